"""Arguments -> stages -> files: the command line, and the only place that prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from schoolnet.commands import (
    arguments,
    batch,
    buses,
    console,
    fetch,
    okrugs,
    papers,
    profiles,
    report,
    scenarios,
    snapshots,
)
from schoolnet.errors import SchoolnetError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="School-network planning for Kazakhstan: who is owed a school or a bus, why, and where to build.",
)


_TABLES = 200  # columns of a check that goes to a file


@app.command()
def plan(
    source: arguments.Source = None,
    region: arguments.Region = None,
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    given: arguments.Given = None,
    boundary: arguments.Boundary = None,
    out: arguments.Out = Path("maps/plan"),
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
    parquet: arguments.Parquet = False,  # noqa: FBT002 - a flag of the command line
    from_: arguments.From = None,
    to: arguments.To = None,
    tiles: arguments.Tiles = None,
    attribution: arguments.Attribution = "",
) -> None:
    """Plan one region: a map, a workbook, layers and a record."""
    import schoolnet

    chosen = arguments.chosen(options, set_, on, season, source=source)
    arguments.check_parquet(asked=parquet)
    arguments.check_tiles(tiles)
    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    place, target = arguments.source(source, from_), arguments.target(to)
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
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
        made.save(out, lang=lang.value, parquet=parquet, tiles=tiles, attribution=attribution, stage=stage)
        if target is not None:
            with stage("write_database"), console.kept(out):
                from schoolnet.output import postgis

                postgis.write(target, None if target == place else read, made)
    console.report(made, out, *([] if target is None else [target]))


@app.command()
def demo(
    out: arguments.Out = Path("maps/demo"),
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
) -> None:
    """Plan the embedded example, a fictional oblast: no file and no network is needed."""
    import schoolnet

    chosen = arguments.chosen(None, None, on, season)
    schoolnet.Norms.for_plan(chosen)
    layers, register = schoolnet.example()
    with console.progress() as stage:
        read = schoolnet.read(layers, schools=register, options=chosen, stage=stage)
        made = schoolnet.plan(read, chosen, stage=stage)
        made.save(out, lang=lang.value, stage=stage)
    console.report(made, out)


@app.command("explain")
def explain_settlement(
    source: arguments.SourceOrExample = None,
    settlement: Annotated[
        str, typer.Option("--settlement", help="KATO code, name in kk, ru or en, or identifier.")
    ] = "",
    region: arguments.Region = None,
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    given: arguments.Given = None,
    boundary: arguments.Boundary = None,
    out: Annotated[Path, typer.Option("--out", help="HTML page with the way on a small map.")] = Path(
        "maps/explain.html"
    ),
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
    from_: arguments.From = None,
) -> None:
    """Say why one settlement has its verdict: every number, the clause, the way, and what would change it."""
    import schoolnet

    chosen = arguments.chosen(options, set_, on, season, source=source)
    schoolnet.Norms.for_plan(chosen, file=norms)
    layers, register = arguments.source_or_example(source, from_, schools)
    with console.progress() as stage:
        read = schoolnet.read(
            layers,
            region,
            schools=register,
            boundary=boundary,
            people=people or (),
            plots=plots,
            given=given or (),
            options=chosen,
            stage=stage,
        )
        console.own(read)
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
    found, told = made.explain(settlement, lang=lang.value), console.language()
    typer.echo(found.text if told == lang.value else made.explain(settlement, lang=told).text)
    typer.echo(found.save(out))


@app.command("norms")
def list_norms(on: arguments.On = None, lang: arguments.Printed = None, norms: arguments.Norms = None) -> None:
    """List the norms of a day: value, act and clause, standing, and the day it holds from."""
    import schoolnet
    from schoolnet.output import norms_text, words

    found = schoolnet.Norms.on(arguments.chosen(None, None, on).on, file=norms)
    told = console.language() if lang is None else lang.value
    own = [] if norms is None else [words.load(told).text("caveat.own_norms")]
    console.show([*own, *norms_text.listing(found, told)])


@app.command("check")
def check_inputs(
    inputs: Annotated[
        list[Path],
        typer.Argument(help="Map or folder of layers, register, tables of people, rasters: in any order."),
    ],
    region: arguments.Region = None,
    boundary: arguments.Boundary = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the corrected copy of the tables.")] = None,
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
) -> None:
    """Check inputs: every row used, corrected or rejected; districts beside official totals; how fresh the data are."""
    import schoolnet
    from schoolnet.output import checkup, words

    with console.progress() as stage:
        chosen = arguments.chosen(options, set_, on)
        found = schoolnet.check(inputs, region, boundary=boundary, options=chosen, stage=stage)
    console.show(checkup.parts(found, console.language()), width=_TABLES)
    if out is not None:
        folder = found.save(out, say=words.load(lang.value).message)
        typer.echo(words.load(console.language()).text("check.corrected", folder=str(folder)))


for command in (
    scenarios.siting, scenarios.programme, scenarios.compare, snapshots.snapshot,
    profiles.profiles, okrugs.okrugs, buses.buses, report.report, fetch.fetch, batch.batch,
):  # fmt: skip
    app.command()(command)
app.command()(papers.brief)
app.command("open-data")(papers.open_data)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(f"schoolnet {installed('schoolnet')}")


def main() -> None:
    """Run the command line; a planner's fault ends in one clear message and exit code 2, never in a traceback."""
    try:
        arguments.refuse_addresses(sys.argv[1:])
        app()
    except SchoolnetError as error:
        console.refuse(error)
        sys.exit(2)
    except Exception as error:
        console.admit(error)
        if os.environ.get("SCHOOLNET_DEBUG"):
            raise
        sys.exit(1)
