"""The command of the buses: who is carried, by how many buses and at what cost, and who is not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schoolnet.commands import arguments, serving


def buses(
    source: arguments.Source = None,
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
    from_: arguments.From = None,
) -> None:
    """Route the buses of one region: every pupil owed transport rides to school, or is named with why not."""
    from schoolnet.output import buses as files

    chosen = arguments.chosen(options, set_, on, season, source=source)
    inputs = {"region": region, "schools": schools, "boundary": boundary, "people": people or (), "plots": plots}
    service = serving.Service(files.write, files.report, lambda _: files.FILES)
    place = arguments.source(source, from_)
    serving.run(service, place, inputs, chosen, norms=norms, out=out, lang=lang.value)
