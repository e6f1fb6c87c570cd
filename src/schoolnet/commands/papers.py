"""The commands of papers: the brief of a region or district as PDF, and the sets of open data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schoolnet.commands import arguments, console

if TYPE_CHECKING:
    from schoolnet.api import Plan
    from schoolnet.options import Options
    from schoolnet.sources.address import Address


def brief(
    source: arguments.SourceOrExample = None,
    district: Annotated[
        list[str] | None,
        typer.Option("--district", help="District, by identifier, KATO or name; several times. Without: the region."),
    ] = None,
    all_districts: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--all-districts", help="The region and every district of it.")
    ] = False,
    region: arguments.Region = None,
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    boundary: arguments.Boundary = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the PDF files.")] = Path("maps/brief"),
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
    from_: arguments.From = None,
) -> None:
    """Write a brief of two pages (PDF) on a region or district: picture, figures, sites, who is owed what and why."""
    chosen = arguments.chosen(options, set_, on, season, source=source)
    place, register = arguments.source_or_example(source, from_, schools)
    given = {"schools": register, "people": people or (), "plots": plots, "boundary": boundary}
    made = _planned(place, region, chosen, norms, given)
    asked: list[str | None] = [*(district or [])]
    if all_districts:
        asked = [None, *made.region.districts.index]
    for file in made.brief(out, lang=lang.value, districts=asked or (None,)):
        typer.echo(f"  {file}")


def open_data(
    source: arguments.SourceOrExample = None,
    region: arguments.Region = None,
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    boundary: arguments.Boundary = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the CSV files.")] = Path("maps/open-data"),
    on: arguments.On = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
    from_: arguments.From = None,
) -> None:
    """Write open-data sets 6 (register), 10 (availability) and 61 (children carried) as CSV, in Kazakh and Russian."""
    from schoolnet.output import open_data as _open_data

    chosen = arguments.chosen(options, set_, on, source=source)
    place, register = arguments.source_or_example(source, from_, schools)
    given = {"schools": register, "people": people or (), "plots": plots, "boundary": boundary}
    made = _planned(place, region, chosen, norms, given)
    made.open_data(out)
    console.files(out, _open_data.FILES)


def _planned(
    source: Path | Address, region: str | None, chosen: Options, norms: Path | None, given: dict[str, Any]
) -> Plan:
    """Return the plan of a region."""
    import schoolnet

    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    with console.progress() as stage:
        read = schoolnet.read(source, region, options=chosen, stage=stage, **given)
        return schoolnet.plan(read, chosen, norms=norms, stage=stage)
