"""The commands of scenarios: the ranked sites of a region, a programme of several, and two scenarios side by side."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schoolnet.commands import arguments, console, monitoring
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from schoolnet.options import Options
    from schoolnet.outcomes import Outcome
    from schoolnet.planning.plan import Stage
    from schoolnet.planning.scenario import Part
    from schoolnet.region import Region
    from schoolnet.sources.address import Address

_Side = Annotated[
    Path,
    typer.Argument(
        help="Folder written by `schoolnet programme`, or a scenario (TOML) to plan with --source; or a snapshot, or a"
        " folder of snapshots."
    ),
]
_Day = Annotated[
    dt.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Of a folder that holds several snapshots of a region, the day meant."),
]
_WIDE = 160  # columns of a table that goes to a file


def siting(
    source: arguments.Source = None,
    region: arguments.Region = None,
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    given: arguments.Given = None,
    boundary: arguments.Boundary = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the sites: CSV, GeoPackage, XLSX.")] = Path(
        "maps/siting"
    ),
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
    from_: arguments.From = None,
) -> None:
    """Find where to build, extend or replace in one region: the sites in order, and how good each search is."""
    import schoolnet
    from schoolnet.output import outcome, scenario_text

    chosen = arguments.chosen(options, set_, on, season, source=source)
    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    place = arguments.source(source, from_)
    with console.progress() as stage:
        read = schoolnet.read(
            place,
            region,
            schools=schools,
            boundary=boundary,
            people=people or (),
            plots=plots,
            given=given or (),
            options=chosen,
            stage=stage,
        )
        console.own(read)
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
        found = schoolnet.programme(made)
        found.save_sites(out, lang=lang.value)
    console.show(scenario_text.siting(found, console.language()), width=_WIDE)
    console.files(out, outcome.SITE_FILES)


def programme(
    source: arguments.Source = None,
    region: arguments.Regions = None,
    all_: arguments.All = False,  # noqa: FBT002 - a flag of the command line
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    given: arguments.Given = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the programme: CSV, GeoPackage, XLSX, TOML.")] = Path(
        "maps/programme"
    ),
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
    from_: arguments.From = None,
) -> None:
    """Make one programme of the schools of one or several regions: years, money, mechanisms, and what more would do."""
    from schoolnet.output import outcome, scenario_text

    chosen = arguments.chosen(options, set_, on, season, source=source)
    inputs = {"schools": schools, "people": people or (), "plots": plots, "given": given or ()}
    place = arguments.source(source, from_)
    found = _planned(place, regions_of(region, all_=all_), chosen, norms, inputs)
    found.save(out, lang=lang.value)
    console.show(scenario_text.programme(found, console.language()), width=_WIDE)
    console.files(out, outcome.FILES)


def compare(
    a: _Side,
    b: _Side,
    source: Annotated[Path | None, typer.Option("--source", help="Map to plan scenarios (TOML) with.")] = None,
    region: arguments.Regions = None,
    all_: arguments.All = False,  # noqa: FBT002 - a flag of the command line
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    given: arguments.Given = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the comparison: CSV, XLSX.")] = None,
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
    day_a: _Day = None,
    day_b: _Day = None,
) -> None:
    """Set two scenarios, or two snapshots, side by side: what opens and closes, whom it serves; what changed between.

    Of snapshots --options, --set and --norms hold for both, each under the norms of its own day unless --on names one.
    """
    import schoolnet
    from schoolnet.output import outcome, scenario_text

    of_plans = {"--source": source, "--region": region, "--all": all_, "--schools": schools, "--people": people,
                "--plots": plots, "--given": given}  # fmt: skip
    of_snapshots = {"--options": options, "--set": set_, "--day-a": day_a, "--day-b": day_b}
    if monitoring.are((a, b)):
        monitoring.refuse_others(of_plans)
        chosen = arguments.chosen(options, set_, on)
        monitoring.compared((a, b), (day_a, day_b), chosen, norms, out, lang.value)
        return
    monitoring.refuse_others(of_snapshots)
    inputs = {"schools": schools, "people": people or (), "plots": plots, "given": given or ()}
    sides = []
    for side in (a, b):
        if side.is_dir():
            sides.append(schoolnet.read_outcome(side))
        elif source is None and side.suffix.lower() != ".toml":
            sides.append(schoolnet.read_outcome(side))  # says what is missing
        else:
            drawn_on = _needed(source, side)
            chosen = arguments.chosen(side, None, on, source=drawn_on)
            sides.append(_planned(drawn_on, regions_of(region, all_=all_), chosen, norms, inputs))
    found = schoolnet.compare(*sides)
    console.show(scenario_text.compared(found, console.language()), width=_WIDE)
    if out is not None:
        outcome.write_comparison(found, out, lang=lang.value)
        console.files(out, outcome.COMPARED_FILES)


def regions_of(named: list[str] | None, *, all_: bool) -> list[str] | None:
    """Return the regions asked for: those named, none named for all of them; None: the only one there is."""
    if named and all_:
        remedy = Message("Leave one of the two out.")
        raise OptionError(Fault(Message("--region and --all are both given."), remedy))
    return [] if all_ else named or None


def _needed(source: Path | None, scenario: Path) -> Path:
    if source is None:
        problem = Message("a scenario is planned with a map, and none is given.")
        remedy = Message("Add --source, or give a folder written by `schoolnet programme`.")
        raise OptionError(Fault(problem, remedy, scenario.name))
    return source


def in_turn(
    source: Path | Address, regions: list[str] | None, chosen: Options, stage: Stage, inputs: dict[str, Any]
) -> Iterator[Region]:
    """Read the regions asked for (`regions_of`) one after another, so that one is held at a time."""
    import schoolnet
    from schoolnet.regions import each

    if regions is None:
        read = iter([schoolnet.read(source, options=chosen, stage=stage, **inputs)])
    else:
        read = each(source, regions, options=chosen, stage=stage, **inputs)
    said: list[str] = []
    for region in read:
        said += console.own(region, said)
        yield region


def _planned(
    source: Path | Address, regions: list[str] | None, chosen: Options, norms: Path | None, inputs: dict[str, Any]
) -> Outcome:
    """Return the outcome of regions planned one after another, one held at a time."""
    import schoolnet
    from schoolnet.planning.scenario import part

    schoolnet.Norms.for_plan(chosen, file=norms)
    with console.progress() as stage:

        def parts() -> Iterator[Part]:
            for region in in_turn(source, regions, chosen, stage, inputs):
                made = schoolnet.plan(region, chosen, norms=norms, stage=stage)
                yield part(made)

        return schoolnet.programme(parts(), chosen)
