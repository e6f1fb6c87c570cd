"""The command of the buses: who is carried, by how many buses and at what cost, and who is not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schoolnet.commands import arguments, console

_WIDE = 160  # columns of a table that goes to a file


def buses(
    source: Annotated[Path, typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers.")],
    region: arguments.Region = None,
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    boundary: arguments.Boundary = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the buses: CSV, GeoPackage, XLSX, open data.")] = Path(
        "maps/buses"
    ),
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
) -> None:
    """Route the buses of one region: every pupil owed transport rides to school, or is named with why not."""
    import schoolnet
    from schoolnet.output import buses as files

    chosen = arguments.chosen(options, set_, on, season)
    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    with console.progress() as stage:
        read = schoolnet.read(
            source,
            region,
            schools=schools,
            boundary=boundary,
            people=people or (),
            plots=plots,
            options=chosen,
            stage=stage,
        )
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
        files.write(made, out, lang=lang.value)
    console.show(files.report(made, lang.value), width=_WIDE)
    console.files(out, files.FILES)
