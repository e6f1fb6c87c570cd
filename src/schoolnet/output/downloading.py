"""Show how far downloads are: bars in a terminal, a table in Jupyter, a line now and then in a file."""

from __future__ import annotations

import time
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from schoolnet.output.session import in_jupyter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import Any

    from schoolnet.sources.download import Told

_MEGABYTE = 1_000_000
_LINES = 10  # for a file whose size is known
_LINE_EACH = 100 * _MEGABYTE  # where it is not
_REDRAW_S = 0.5


def bars() -> AbstractContextManager[Told]:
    """Give a function that is told how far the files are."""
    return _in_jupyter() if in_jupyter() else _in_terminal()


@contextmanager
def _in_terminal() -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as shown:
        tasks: dict[str, Any] = {}
        lines: dict[str, int] = {}

        def told(name: str, done: int, whole: int | None) -> None:
            if console.is_terminal:
                if name not in tasks:
                    tasks[name] = shown.add_task(name, total=whole)
                shown.update(tasks[name], completed=done, total=whole)
                return
            step = max(1, whole // _LINES) if whole else _LINE_EACH
            line = _LINES + 1 if done == whole else done // step
            if line > lines.get(name, 0):
                lines[name] = line
                console.print(f"{name} {_far(done, whole)}", markup=False, highlight=False)

        yield told


@contextmanager
def _in_jupyter() -> Iterator[Told]:
    from IPython.display import HTML, display

    rows: dict[str, str] = {}
    shown = display(HTML(""), display_id=True)
    drawn = 0.0

    def redraw() -> None:
        lines = "".join(f"<tr><td>{escape(name)}</td><td>{far}</td></tr>" for name, far in rows.items())
        shown.update(HTML(f"<table>{lines}</table>"))

    def told(name: str, done: int, whole: int | None) -> None:
        nonlocal drawn
        rows[name] = _far(done, whole)
        if time.monotonic() - drawn > _REDRAW_S:
            drawn = time.monotonic()
            redraw()

    try:
        yield told
    finally:
        redraw()


def _far(done: int, whole: int | None) -> str:
    """Return how far a file is: “40% 0.2 MB”."""
    share = f"{done / whole:.0%} " if whole else ""
    return f"{share}{done / _MEGABYTE:.1f} MB"
