"""What the command line prints: progress, the report of a plan, faults; in the language asked for."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import typer

from schoolnet.errors import SchoolnetError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from rich.console import RenderableType

    from schoolnet.api import Plan
    from schoolnet.region import Region

LANGS = ("kk", "ru", "en")
_PIPED = 110  # columns of a list that goes to a file


def show(parts: Iterable[RenderableType | str], *, width: int = _PIPED) -> None:
    """Print tables and texts, as wide as the terminal, or so many columns where there is none."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else width)
    for part in parts:
        console.print(part, markup=False)


def progress() -> AbstractContextManager[Any]:
    """Show one bar a stage, with its seconds; plain lines where there is no terminal."""
    from schoolnet.output import session

    return session.progress(language())


@contextmanager
def kept(out: Path) -> Iterator[None]:
    """Name the files of a plan where a database is not written after them: the run ends in a fault, and they stay."""
    from schoolnet.api import FILES
    from schoolnet.output import words

    try:
        yield
    except SchoolnetError:
        typer.echo(words.load(language()).text("kept.files"), err=True)
        for file in FILES:
            typer.echo(f"  {out / file}", err=True)
        raise


def report(plan: Plan, out: Path, *others: object) -> None:
    """Print the headline figures of a plan, what must be said beside them, and the files (and others) written."""
    from schoolnet.api import FILES
    from schoolnet.output import costing, service, titles, words

    said, counts = words.load(language()), plan.ledger.counts()
    typer.echo(
        f"{titles.of(plan, said)} ({plan.region.code}). {said.text('ui.norms_day', day=f'{plan.norms.day:%d.%m.%Y}')}"
    )
    for caveat in costing.caveats(plan):
        typer.echo(f"  ! {said.text(f'caveat.{caveat}')}")
    for key in _SHOWN:
        typer.echo(f"  {said.text(f'summary.{key}')}: {said.number(plan.summary[key])}")
    if plan.summary["over_border"]:
        typer.echo(f"  {said.text('summary.over_border')}: {said.number(plan.summary['over_border'])}")
    for line in service.own_rows(plan.ledger, said):
        typer.echo(f"  {line}")
    rows = (f"{said.text(f'column.{column}')} {counts[column].sum()}" for column in _ROWS)
    typer.echo(f"  {said.text('sheet.ledger')}: {', '.join(rows)}")
    for written in (*(out / file for file in FILES), *others):
        typer.echo(f"  {written}")


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
    "sites",
    "raised",
)
_ROWS = ("read", "used", "corrected", "rejected")


def own(region: Region, before: Collection[str] = ()) -> list[str]:
    """Say beside the progress what became of the rows of a planner's own tables; return what was said.

    `before`: what was said of other regions, not to be said again.
    """
    from schoolnet.output import service, words

    lines = [line for line in service.own_rows(region.ledger, words.load(language())) if line not in before]
    for line in lines:
        typer.echo(line, err=True)
    return lines


def refuse(error: SchoolnetError) -> None:
    """Print a planner's faults, one a line."""
    from schoolnet.output import words

    said = words.load(language())
    for fault in error.faults:
        typer.echo(f"schoolnet: {said.fault(fault)}", err=True)


def admit(error: Exception) -> None:
    """Print that the program failed, not the planner's data."""
    from schoolnet.output import words

    said = words.load(language())
    kind = type(error).__name__
    what = Message("a fault of the program, not of your data: {kind}: {error}", kind=kind, error=str(error))
    remedy = Message("Please report it with the command you ran; SCHOOLNET_DEBUG=1 shows where it happened.")
    typer.echo(f"schoolnet: {said.message(what)}\n{said.message(remedy)}", err=True)


def language() -> str:
    """Return the language everything printed is in: of --lang, else of the computer, else English."""
    from schoolnet.output import session

    # read from the bare words: a fault may come of a command without --lang, and does come after it has ended
    arguments = sys.argv[1:]
    asked = [after for word, after in pairwise([*arguments, ""]) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in arguments if word.startswith("--lang=")]
    # the default of --lang, kk, is of the outputs: a planner who asked for nothing reads the language of the computer
    first = asked[-1][:2] if asked else session.of_computer()
    return first if first in LANGS else "en"


def files(folder: Path, names: Iterable[str]) -> None:
    """Print the files written to a folder."""
    for name in names:
        typer.echo(f"  {folder / name}")
