"""Show how far downloads are: bars in a terminal and in Jupyter, a line now and then in a file."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_MEGABYTE = 1_000_000
_LINES = 10  # for a file whose size is known
_LINE_EACH = 100 * _MEGABYTE  # where it is not


def in_jupyter() -> bool:
    """Return whether a notebook shows what is written."""
    return "ipykernel" in sys.modules


@contextmanager
def bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """Give a function that is told the name of a file, the bytes there are and all of them (None: not known)."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=not in_jupyter())
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), DownloadColumn(), TransferSpeedColumn())
    live = console.is_terminal or console.is_jupyter
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not live) as shown:
        tasks: dict[str, Any] = {}
        lines: dict[str, int] = {}

        def told(name: str, done: int, whole: int | None) -> None:
            if live:
                if name not in tasks:
                    tasks[name] = shown.add_task(name, total=whole)
                shown.update(tasks[name], completed=done, total=whole)
                return
            step = max(1, whole // _LINES) if whole else _LINE_EACH
            line = _LINES + 1 if done == whole else done // step
            if line > lines.get(name, 0):
                lines[name] = line
                share = f"{done / whole:4.0%} " if whole else ""
                console.print(f"{name} {share}{done / _MEGABYTE:.1f} MB", markup=False, highlight=False)

        yield told
