"""Show how far downloads are: bars in a terminal, a table in Jupyter, a line now and then in a file."""

from __future__ import annotations

import time
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from schoolnet.output import session, words
from schoolnet.output.session import in_jupyter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import Any

    from schoolnet.output.words import Words
    from schoolnet.sources.download import Told

_MEGABYTE = 1_000_000
_LINES = 10  # for a file whose size is known
_LINE_EACH = 100 * _MEGABYTE  # where it is not
_REDRAW_S = 0.5


def bars(lang: str | None = None) -> AbstractContextManager[Told]:
    """Give a function that is told how far the files are, to show it in a language; in the session's when None."""
    said = words.load(lang or session.language())
    return _in_jupyter(said) if in_jupyter() else _in_terminal(said)


@contextmanager
def _in_terminal(said: Words) -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TextColumn("{task.fields[far]}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as shown:
        tasks: dict[str, Any] = {}
        lines: dict[str, int] = {}

        def told(name: str, done: int, whole: int | None) -> None:
            if console.is_terminal:
                if name not in tasks:
                    tasks[name] = shown.add_task(name, total=whole, far="")
                shown.update(tasks[name], completed=done, total=whole, far=_far(done, whole, said))
                return
            step = max(1, whole // _LINES) if whole else _LINE_EACH
            line = _LINES + 1 if done == whole else done // step
            if line > lines.get(name, 0):
                lines[name] = line
                console.print(f"{name} {_far(done, whole, said)}", markup=False, highlight=False)

        yield told


@contextmanager
def _in_jupyter(said: Words) -> Iterator[Told]:
    from IPython.display import HTML, display

    rows: dict[str, str] = {}
    shown = display(HTML(""), display_id=True)
    drawn = 0.0

    def redraw() -> None:
        lines = "".join(f"<tr><td>{escape(name)}</td><td>{far}</td></tr>" for name, far in rows.items())
        shown.update(HTML(f"<table>{lines}</table>"))

    def told(name: str, done: int, whole: int | None) -> None:
        nonlocal drawn
        rows[name] = _far(done, whole, said)
        if time.monotonic() - drawn > _REDRAW_S:
            drawn = time.monotonic()
            redraw()

    try:
        yield told
    finally:
        redraw()


def _far(done: int, whole: int | None, said: Words) -> str:
    """Return how far a file is as the language writes it: “40% 0.2 MB”, “40 % 0,2 МБ”."""
    share = f"{said.percent(round(done / whole, 2))} " if whole else ""
    return share + said.text("fetch.megabytes", value=said.number(done / _MEGABYTE, digits=1))
