"""The command of the national report: every region planned in turn, one page over all, one folder of files each."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schoolnet.commands import arguments, console, scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.planning.scenario import Part

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
    from schoolnet.output import report as _report
    from schoolnet.output import report_frames, report_region, scenario_text
    from schoolnet.output.record import folder_name
    from schoolnet.planning.scenario import part

    chosen = arguments.chosen(options, set_, on, season)
    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    named = scenarios.regions_of(region, all_=all_)
    told: list[report_region.Reported] = []
    inputs = {"schools": schools, "people": people or (), "plots": plots, "given": given or ()}
    with console.progress() as stage:

        def parts() -> Iterator[Part]:
            for one in scenarios.in_turn(source, named, chosen, stage, inputs):
                made = schoolnet.plan(one, chosen, norms=norms, stage=stage)
                if maps is Maps.yes:
                    made.save(out / folder_name(made.region.code), lang=lang.value, stage=stage)
                told.append(report_region.reported(made))
                yield part(made)

        outcome = schoolnet.programme(parts(), chosen)
        linked = frozenset(one.code for one in told) if maps is Maps.yes else frozenset()
        found = report_frames.Report(told, outcome, linked)
        with stage("report"):
            _report.write(found, out, lang=lang.value)
    console.show(scenario_text.report(found, lang.value), width=_WIDE)
    console.files(out, _report.FILES)
