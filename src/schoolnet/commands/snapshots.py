"""The command of snapshots: freeze the inputs of a day for good."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - typer reads the types
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schoolnet.commands import arguments, console, scenarios
from schoolnet.errors import Fault, SchoolnetError, SourceError

if TYPE_CHECKING:
    from schoolnet.options import Options
    from schoolnet.output.words import Words


def snapshot(
    source: arguments.Source = None,
    region: arguments.Regions = None,
    all_: arguments.All = False,  # noqa: FBT002 - a flag of the command line
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    given: arguments.Given = None,
    date: Annotated[
        dt.datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="Day the data speak of; a snapshot's own, else 1 October last, if left out.",
        ),
    ] = None,
    told_by: Annotated[str, typer.Option("--told-by", help="Who the data are from, in a few words.")] = "",
    out: Annotated[Path, typer.Option("--out", help="Folder of snapshots: REGION/DATE in it.")] = Path("snapshots"),
    lang: arguments.Printed = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    from_: arguments.From = None,
) -> None:
    """Freeze the inputs of a day for good: checked layers, tables byte for byte, hashes, ledger; never written over."""
    from schoolnet import snapshots
    from schoolnet.output import words
    from schoolnet.sources import snapshot as _snapshot

    said = words.load(console.language() if lang is None else lang.value)
    asked = arguments.chosen(options, set_, None)
    place = arguments.source(source, from_)
    own = _snapshot.opened(source).day if source is not None and _snapshot.is_snapshot(source) else None
    named = date.date() if date is not None else own
    day = named or snapshots.snapshot_day(asked.on)
    chosen = asked.model_copy(update={"on": day})
    inputs = {"schools": schools, "people": people or (), "plots": plots, "given": given or ()}
    files = [path for path in (schools, *(people or ()), plots, *(given or ())) if path is not None]
    faults: list[Fault] = []
    days: list[dt.date] = []
    with console.progress() as stage:
        for one in scenarios.in_turn(place, scenarios.regions_of(region, all_=all_), chosen, stage, inputs):
            if named is None and one.day is None and day not in days:
                _say_assumed(day, asked, said)
            days.append(named or one.day or day)  # rows of a database may be of a snapshot
            told = chosen.model_copy(update={"on": days[-1]})
            try:
                kept = snapshots.snapshot(one, days[-1], out, files=files, options=told, told_by=told_by)
            except SchoolnetError as error:  # the others are frozen all the same
                faults += error.faults
                continue
            seal = _snapshot.opened(kept).about["seal"]
            typer.echo(said.text("monitored.frozen", folder=str(kept), seal=seal))
    for one_day in sorted(set(days)):
        if not snapshots.can_be_planned(one_day):
            typer.echo(said.text("monitored.no_plan", day=f"{one_day:%d.%m.%Y}"))
    if faults:
        raise SourceError(faults)


def _say_assumed(day: dt.date, asked: Options, said: Words) -> None:
    """Say which day is taken where none is named, and what it rests on."""
    import schoolnet
    from schoolnet.output import norms_text

    norms = schoolnet.Norms.on(asked.on)
    norm = norms["calendar.snapshot_month"]
    rests = norms_text.basis(norms, ("calendar.snapshot_month",), said.lang) or norm.say("text", said.lang)
    typer.echo(said.text("monitored.assumed_day", day=f"{day:%d.%m.%Y}", rests=rests))
