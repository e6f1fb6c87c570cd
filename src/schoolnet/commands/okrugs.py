"""The command of education okrugs: hubs and satellites of one region, who is left alone, and the planner's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schoolnet.commands import arguments, serving


def okrugs(
    source: arguments.Source = None,
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
    from_: arguments.From = None,
) -> None:
    """Pool small village schools around hubs: education okrugs, what they add, and whom they leave alone."""
    from schoolnet.output import okrug_files, okrug_text

    chosen = arguments.chosen(options, set_, on, season, source=source)
    inputs = {"region": region, "schools": schools, "boundary": boundary, "people": people or (), "given": given or ()}
    service = serving.Service(okrug_files.write, okrug_text.report, okrug_files.files)
    place = arguments.source(source, from_)
    serving.run(service, place, inputs, chosen, norms=norms, out=out, lang=lang.value)
