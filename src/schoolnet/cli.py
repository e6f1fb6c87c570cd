"""Arguments -> stages -> files: the command line, and the only place that prints."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from contextlib import contextmanager
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schoolnet.errors import Fault, OptionError, SchoolnetError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.api import Plan
    from schoolnet.options import Options

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="School-network planning for Kazakhstan: who is owed a school or a bus, why, and where to build.",
)


class Lang(StrEnum):
    """Language the outputs open in."""

    kk = "kk"
    ru = "ru"
    en = "en"


class Season(StrEnum):
    """Season the verdict is given for."""

    dry = "dry"
    flood = "flood"


_Out = Annotated[Path, typer.Option("--out", help="Folder for map.html, plan.xlsx, plan.gpkg and provenance.json.")]
_Lang = Annotated[Lang, typer.Option("--lang", help="Language the map opens in and the workbook is written in.")]
_On = Annotated[
    dt.datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Day on which the norms are asked.")
]
_OptionsFile = Annotated[Path | None, typer.Option("--options", help="Options file (TOML); names as in the README.")]
_Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One option; may be given several times.")
]
_Norms = Annotated[Path | None, typer.Option("--norms", help="Own norms file in the form of law/kz.toml.")]

_Season = Annotated[
    Season | None, typer.Option("--season", help="Season of the verdict: in flood, fords and ferries are closed.")
]
_Region = Annotated[str | None, typer.Option("--region", help="Code (KZ-59), KATO, or name in kk, ru or en.")]
_Schools = Annotated[Path | None, typer.Option("--schools", help="School register, CSV or XLSX.")]
_Boundary = Annotated[Path | None, typer.Option("--boundary", help="GeoJSON with the region's outline.")]

_PIPED = 110  # columns of a list that goes to a file


@app.command()
def plan(
    source: Annotated[Path, typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers.")],
    region: _Region = None,
    schools: _Schools = None,
    boundary: _Boundary = None,
    out: _Out = Path("maps/plan"),
    lang: _Lang = Lang.kk,
    on: _On = None,
    season: _Season = None,
    options: _OptionsFile = None,
    set_: _Set = None,
    norms: _Norms = None,
) -> None:
    """Plan one region: a map, a workbook, layers and a record."""
    import schoolnet

    chosen = _options(options, set_, on, season)
    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    with _progress() as stage:
        read = schoolnet.read(source, region, schools=schools, boundary=boundary, options=chosen, stage=stage)
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
        made.save(out, lang=lang.value, stage=stage)
    _report(made, out, lang)


@app.command()
def demo(out: _Out = Path("maps/demo"), lang: _Lang = Lang.kk, on: _On = None, season: _Season = None) -> None:
    """Plan the embedded example, a fictional oblast: no file and no network is needed."""
    import schoolnet

    chosen = _options(None, None, on, season)
    schoolnet.Norms.for_plan(chosen)
    layers, register = schoolnet.example()
    with _progress() as stage:
        read = schoolnet.read(layers, schools=register, options=chosen, stage=stage)
        made = schoolnet.plan(read, chosen, stage=stage)
        made.save(out, lang=lang.value, stage=stage)
    _report(made, out, lang)


@app.command("explain")
def explain_settlement(
    source: Annotated[
        Path | None,
        typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers; the example if left out."),
    ] = None,
    settlement: Annotated[
        str, typer.Option("--settlement", help="KATO code, name in kk, ru or en, or identifier.")
    ] = "",
    region: _Region = None,
    schools: _Schools = None,
    boundary: _Boundary = None,
    out: Annotated[Path, typer.Option("--out", help="HTML page with the way on a small map.")] = Path(
        "maps/explain.html"
    ),
    lang: _Lang = Lang.kk,
    on: _On = None,
    season: _Season = None,
    options: _OptionsFile = None,
    set_: _Set = None,
    norms: _Norms = None,
) -> None:
    """Say why one settlement has its verdict: every number, the clause, the way, and what would change it."""
    import schoolnet

    chosen = _options(options, set_, on, season)
    schoolnet.Norms.for_plan(chosen, file=norms)
    layers, register = (source, schools) if source is not None else schoolnet.example()
    with _progress() as stage:
        read = schoolnet.read(layers, region, schools=register, boundary=boundary, options=chosen, stage=stage)
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
    found = made.explain(settlement, lang=lang.value)
    typer.echo(found.text)
    typer.echo(found.save(out))


@app.command("norms")
def list_norms(on: _On = None, lang: _Lang = Lang.kk, norms: _Norms = None) -> None:
    """List the norms of a day: value, act and clause, standing, and the day it holds from."""
    from rich.console import Console

    import schoolnet
    from schoolnet.output import norms_text, words

    found = schoolnet.Norms.on(_options(None, None, on).on, file=norms)
    console = Console(width=None if sys.stdout.isatty() else _PIPED)
    if norms is not None:
        console.print(words.load(lang.value).text("caveat.own_norms"), markup=False)
    for part in norms_text.listing(found, lang.value):
        console.print(part)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(f"schoolnet {installed('schoolnet')}")


def _options(
    file: Path | None, pairs: list[str] | None, on: dt.datetime | None, season: Season | None = None
) -> Options:
    from schoolnet import options

    values: dict[str, Any] = {} if file is None else options.load(file).model_dump(exclude_unset=True)
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals:
            problem = Message("“{text}” is not NAME=VALUE.", text=pair)
            raise OptionError(Fault(problem, Message("Write it as --set transport_rule=and.")))
        values[name.strip()] = value.strip()
    if on is not None:
        values["on"] = on.date()
    if season is not None:
        values["season"] = season.value
    return options.make(values)


@contextmanager
def _progress() -> Iterator[Any]:
    """Show one bar a stage, with its seconds; plain lines where there is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from schoolnet.output import words

    said = {key: text for key, text in words.load(_language()).texts.items() if key.startswith("stage.")}
    width = max(map(len, said.values())) + 2
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:

        @contextmanager
        def stage(name: str) -> Iterator[None]:
            label = f"{said.get(f'stage.{name}', name):<{width}}"
            task = bars.add_task(label, total=None)
            begun = time.perf_counter()
            yield
            bars.update(task, total=1, completed=1)
            if not console.is_terminal:
                typer.echo(f"{label} {time.perf_counter() - begun:6.2f} s", err=True)

        yield stage


def _report(plan: Plan, out: Path, lang: Lang) -> None:
    from schoolnet.api import FILES
    from schoolnet.output import words

    said, counts = words.load(lang.value), plan.ledger.counts()
    name = plan.region.names.get(lang.value) or plan.region.names.get("name") or plan.region.code
    typer.echo(f"{name} ({plan.region.code}). {said.text('ui.norms_day', day=f'{plan.norms.day:%d.%m.%Y}')}")
    for caveat in plan.region.caveats:
        typer.echo(f"  ! {said.text(f'caveat.{caveat}')}")
    for key in _SHOWN:
        typer.echo(f"  {said.text(f'summary.{key}')}: {said.number(plan.summary[key])}")
    rows = (f"{said.text(f'column.{column}')} {counts[column].sum()}" for column in _ROWS)
    typer.echo(f"  {said.text('sheet.ledger')}: {', '.join(rows)}")
    for file in FILES:
        typer.echo(f"  {out / file}")


_SHOWN = (
    "settlements",
    "children",
    "schools",
    "owed_build",
    "owed_upgrade",
    "pupils_entitled_or",
    "pupils_entitled_and",
    "pupils_entitled_dry",
    "pupils_entitled_flood",
    "pupils_bridge_ends",
    "pupils_bridge_stays",
)
_ROWS = ("read", "used", "corrected", "rejected")


def main() -> None:
    """Run the command line; a planner's fault ends in one clear message and exit code 2, never in a traceback."""
    try:
        app()
    except SchoolnetError as error:
        from schoolnet.output import words

        said = words.load(_language())
        for fault in error.faults:
            typer.echo(f"schoolnet: {said.fault(fault)}", err=True)
        sys.exit(2)
    except Exception as error:
        _admit(error)
        if os.environ.get("SCHOOLNET_DEBUG"):
            raise
        sys.exit(1)


def _admit(error: Exception) -> None:
    from schoolnet.output import words

    said = words.load(_language())
    kind = type(error).__name__
    what = Message("a fault of the program, not of your data: {kind}: {error}", kind=kind, error=str(error))
    remedy = Message("Please report it with the command you ran; SCHOOLNET_DEBUG=1 shows where it happened.")
    typer.echo(f"schoolnet: {said.message(what)}\n{said.message(remedy)}", err=True)


def _language() -> str:
    """Return the language progress and faults are said in: of --lang, else of the computer, else English."""
    # read from the bare words: a fault may come of a command without --lang, and does come after it has ended
    arguments = sys.argv[1:]
    asked = [after for word, after in pairwise([*arguments, ""]) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in arguments if word.startswith("--lang=")]
    # the default of --lang, kk, is of the outputs: a planner who asked for nothing reads the language of the computer
    system = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    first = asked[-1] if asked else next(filter(None, system), "")
    return first[:2] if first[:2] in list(Lang) else "en"
