"""The command of the national report: every region planned in turn, one page over all, one folder of files each."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from schoolnet.commands import arguments, console, scenarios

_WIDE = 160  # columns of a table that goes to a file


class Maps(StrEnum):
    """Whether the files of each region's own plan are written."""

    yes = "yes"
    no = "no"


def report(
    source: Annotated[Path, typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers.")],
    region: arguments.Regions = None,
    all_: arguments.All = False,  # noqa: FBT002 - a flag of the command line
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    given: arguments.Given = None,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for index.html, report.xlsx and the quarterly form.")
    ] = Path("maps/report"),
    maps: Annotated[
        Maps, typer.Option("--maps", help="Whether each region's map, workbook and layers are written too.")
    ] = Maps.yes,
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
) -> None:
    """Report on one, several or all regions: one page that leads to the map of each, tables, the quarterly form."""
    import schoolnet
    from schoolnet.output import report as files
    from schoolnet.output import scenario_text

    chosen = arguments.chosen(options, set_, on, season, source=source)
    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    named = scenarios.regions_of(region, all_=all_)
    inputs = {"schools": schools, "people": people or (), "plots": plots, "given": given or ()}
    with console.progress() as stage:
        regions = scenarios.in_turn(source, named, chosen, stage, inputs)
        plans = (schoolnet.plan(one, chosen, norms=norms, stage=stage) for one in regions)
        held = schools if all_ else None  # only of all regions of a map can it be said that none took a row
        found = schoolnet.report(
            plans, out, lang=lang.value, options=chosen, maps=maps is Maps.yes, schools=held, stage=stage
        )
    console.show(scenario_text.report(found, console.language()), width=_WIDE)
    console.files(out, files.FILES)
