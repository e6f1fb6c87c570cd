"""The command of education okrugs: hubs and satellites of one region, who is left alone, and the planner's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schoolnet.commands import arguments, console

_WIDE = 160  # columns of a table that goes to a file


def okrugs(
    source: Annotated[Path, typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers.")],
    region: arguments.Region = None,
    schools: arguments.Schools = None,
    people: arguments.People = None,
    given: arguments.Given = None,
    boundary: arguments.Boundary = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the okrugs: CSV, GeoPackage, XLSX.")] = Path(
        "maps/okrugs"
    ),
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
) -> None:
    """Pool small village schools around hubs: education okrugs, what they add, and whom they leave alone."""
    import schoolnet
    from schoolnet.output import okrug_files, okrug_text

    chosen = arguments.chosen(options, set_, on, season)
    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    with console.progress() as stage:
        read = schoolnet.read(
            source,
            region,
            schools=schools,
            boundary=boundary,
            people=people or (),
            given=given or (),
            options=chosen,
            stage=stage,
        )
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
        okrug_files.write(made, out, lang=lang.value)
    console.show(okrug_text.report(made, lang.value), width=_WIDE)
    console.files(out, okrug_files.files(made))
