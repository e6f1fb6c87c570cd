"""What a batch shows while it runs: one line a region, living on a terminal, written once in a file."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from schoolnet.batches.telling import Note, Region
from schoolnet.commands import console

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from schoolnet.batches.run import Batch
    from schoolnet.batches.telling import Tell
    from schoolnet.output.words import Words

_ENDED = ("done", "skipped", "failed")
_WRITTEN = (*_ENDED, "put_off")
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
    lines: dict[tuple[str, bool], Region | Note] = {}
    with Live(console=screen, refresh_per_second=4) as live:

        def tell(told: Region | Note) -> None:
            lines[told[0], isinstance(told, Note)] = told  # of the whole only one stage takes the place of another
            live.update(_table(lines.values(), said))

        yield tell


def _written(told: Region | Note, said: Words, before: set[str]) -> None:
    """Write a line once: what a region has come to, and each step of what concerns all."""
    code, called, line = _cells(told, said)
    if isinstance(told, Region):
        line = f"{code} {called}: {line}" if code != called else f"{code}: {line}"
    if (isinstance(told, Note) or told.state in _WRITTEN) and line not in before:
        before.add(line)
        typer.echo(line, err=True)


def _table(lines: Iterable[Region | Note], said: Words) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False, box=None, pad_edge=False)
    for told in lines:  # names and faults are other people's words: never markup
        style = _STYLES.get(told.state if isinstance(told, Region) else told.key, "")
        table.add_row(*(Text(text, style=style) for text in _cells(told, said)))
    return table


def _cells(told: Region | Note, said: Words) -> tuple[str, str, str]:
    """Return the code of a region, its title in the language of the screen (its files may have another), its line."""
    from schoolnet.output import titles

    if isinstance(told, Region):
        return told.code, titles.region({"name": told.name}, told.code, said.lang), _come_to(told, said)
    values = {name: one if isinstance(one, str) else said.number(one) for name, one in told.values.items()}
    if told.key == "stage":
        return "", values["file"], _stage(values["stage"], said)
    return "", "", said.text(f"batch.{told.key}", **values)


def _come_to(one: Region, said: Words) -> str:
    """Return what a region has come to, in one line."""
    if one.state == "stage":
        return _stage(one.stage, said)
    if one.state == "failed":
        more = len(one.faults) - 1
        why = [
            *map(said.fault, one.faults[:1]),
            said.text("check.more", count=said.number(more)) if more else "",
            said.text("batch.details", file=str(one.details)) if one.details else "",
            said.text("batch.older") if one.older else "",
        ]
        return said.text("batch.failed", why=" ".join(filter(None, why)))
    seconds, peak_mb = said.number(one.seconds, digits=1), said.number(one.peak_mb)
    return said.text(f"batch.{one.state}", seconds=seconds, peak_mb=peak_mb)


def _stage(key: str, said: Words) -> str:
    return said.texts.get(f"stage.{key}", key)


def end(made: Batch) -> None:
    """Say what a batch came to: how many regions are planned, stood there or failed, what is lacking; what to open."""
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
    for line in national.lines(made.left, said):
        typer.echo(f"  ! {line}", err=True)
    if not made.remade:
        typer.echo(said.text("batch.same"))
    page, *others = made.files
    typer.echo(said.text("batch.open", file=str(made.folder / page)))
    alone = [name for name in others if "/" not in name]
    folders = dict.fromkeys(name.partition("/")[0] + "/" for name in others if "/" in name)
    maps = [f"{folder_name(code)}/map.html" for code in sorted((*made.done, *made.skipped))]
    console.files(made.folder, (*alone, *folders, *maps, spent.FILE))
