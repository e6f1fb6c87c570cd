"""What a batch shows while it runs: one line a region, living on a terminal, written once in a file."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from schoolnet.commands import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from schoolnet.batches.course import Tell, Told
    from schoolnet.batches.run import Batch
    from schoolnet.output.words import Words

_ENDED = ("done", "skipped", "failed")
_TOLD = (*_ENDED, "put_off")
_STYLES = {"done": "green", "skipped": "dim", "failed": "red", "stage": "bold", "put_off": "yellow"}


class _Stopped(KeyboardInterrupt):
    """A signal that asks for the end."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Where the batch is stopped from outside (Ctrl-C, SIGTERM), its work ends, and it is said that what is done stays.

    Raises
    ------
    typer.Exit
        It was stopped; with the code the system gives such an end (130, 143).
    """

    def stop(number: int, _frame: object) -> None:
        raise _Stopped(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except _Stopped as stopped:
        from schoolnet.output import words

        typer.echo(words.load(console.language()).text("batch.stopped"), err=True)
        raise typer.Exit(128 + stopped.args[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def shown() -> Iterator[Tell]:
    """Show what is told: on a terminal each region's line changes in place, elsewhere it is written when it ends."""
    from rich.console import Console
    from rich.live import Live

    from schoolnet.output import words

    said, screen = words.load(console.language()), Console(stderr=True)
    if not screen.is_terminal:
        before: set[str] = set()
        yield lambda told: _written(told, said, before)
        return
    lines: dict[str, Told] = {}
    with Live(console=screen, refresh_per_second=4) as live:

        def tell(told: Told) -> None:
            # of the whole only one stage takes the place of another
            lines[told.code or ("" if told.state == "stage" else told.state)] = told
            live.update(_table(lines, said))

        yield tell


def _written(told: Told, said: Words, before: set[str]) -> None:
    """Write a line once: what a region has come to, and each step of what concerns all."""
    line = _state(told, said)
    if told.code:
        called = _called(told, said)
        line = f"{told.code} {called}: {line}" if told.code != called else f"{told.code}: {line}"
    if (told.state in _TOLD or not told.code) and line not in before:
        before.add(line)
        typer.echo(line, err=True)


def _table(lines: dict[str, Told], said: Words) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False, box=None, pad_edge=False)
    for told in lines.values():  # names and faults are other people's words: never markup
        style = _STYLES.get(told.state, "")
        table.add_row(*(Text(text, style=style) for text in (told.code, _called(told, said), _state(told, said))))
    return table


def _called(told: Told, said: Words) -> str:
    """Return what a region is called in the language of the screen, which that of its files need not be."""
    from schoolnet.output import titles

    return titles.region({"name": told.name}, told.code, said.lang) if told.code else told.name


def _state(told: Told, said: Words) -> str:
    """Return what is said of a region, or of the whole, in one line."""
    values: dict[str, Any] = told.values
    if told.state == "stage":
        return said.texts.get(f"stage.{values['stage']}", values["stage"])
    if told.state == "failed":
        why = " ".join(said.fault(fault) for fault in values["faults"][:1])
        more = len(values["faults"]) - 1
        why += f" {said.text('check.more', count=said.number(more))}" if more else ""
        details = f" {said.text('batch.details', file=str(values['details']))}" if values["details"] else ""
        older = f" {said.text('batch.older')}" if values["older"] else ""
        return said.text("batch.failed", why=why + details + older)
    if told.state in ("goes_on", "ended_on"):
        return said.text(f"batch.{told.state}", day=f"{values['day']:%d.%m.%Y}", on=values["day"].isoformat())
    numbers = {name: said.number(value, digits=1 if name == "seconds" else 0) for name, value in values.items()}
    return said.text(f"batch.{told.state}", **numbers)


def end(made: Batch) -> None:
    """Say what the batch came to: how many regions are done, stood there, or failed, what is lacking; what to open."""
    from schoolnet.batches import national, spent
    from schoolnet.output import words
    from schoolnet.output.record import folder_name

    said = words.load(console.language())
    counts = {name: said.number(len(getattr(made, name))) for name in _ENDED}
    typer.echo(said.text("batch.counts", **counts))
    if made.failed:
        typer.echo(said.text("batch.missing", regions=", ".join(sorted(made.failed))), err=True)
    if not made.files:
        typer.echo(said.text("batch.nothing"), err=True)
        return
    for line in national.told(made.left, said):
        typer.echo(f"  ! {line}", err=True)
    if not made.remade:
        typer.echo(said.text("batch.same"))
    page, *others = made.files
    typer.echo(said.text("batch.open", file=str(made.folder / page)))
    alone = [name for name in others if "/" not in name]
    folders = dict.fromkeys(name.partition("/")[0] + "/" for name in others if "/" in name)
    maps = [f"{folder_name(code)}/map.html" for code in sorted((*made.done, *made.skipped))]
    console.files(made.folder, (*alone, *folders, *maps, spent.FILE))
