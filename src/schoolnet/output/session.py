"""A session in Jupyter or Python: its language, and the progress of what takes long."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

from schoolnet.errors import Fault, OptionError, SchoolnetError
from schoolnet.messages import Message
from schoolnet.output import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.output.words import Words

_CHOSEN: dict[str, str] = {}


def language(lang: str | None = None) -> str:
    """Return the language of the session, chosen first where one is given.

    Regions, plans and findings show themselves in it, progress is told in it, and in Jupyter a fault is said in it, one
    a line and without a traceback. Until one is chosen it is the computer's, else English.

    Parameters
    ----------
    lang
        kk, ru or en; None: only ask.

    Raises
    ------
    OptionError
        It is none of these.
    """
    if lang is not None:
        if lang not in words.LANGS:
            remedy = Message("Choose one of {choices}.", choices=", ".join(words.LANGS))
            raise OptionError(Fault(Message("there is no language “{lang}”.", lang=lang), remedy))
        _CHOSEN["lang"] = lang
        SchoolnetError.say = staticmethod(words.load(lang).message)
    return _CHOSEN.get("lang") or of_computer()


def of_computer() -> str:
    """Return the language the computer is set to where it is kk, ru or en, else English."""
    system = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    first = next(filter(None, system), "")[:2]
    return first if first in words.LANGS else "en"


@contextmanager
def progress(lang: str | None = None) -> Iterator[Any]:
    """Show the stages of `read`, `plan` and others as they run, with their seconds; give it to them as `stage`.

    One bar a stage in a terminal, one table in Jupyter, plain lines elsewhere.

    >>> with progress() as stage:  # doctest: +SKIP
    ...     plan = schoolnet.plan(region, stage=stage)

    Parameters
    ----------
    lang
        Language of the stages (kk, ru or en); that of the session when None.

    Raises
    ------
    KeyError
        There are no words in that language.
    """
    said = words.load(lang or language())
    with _in_jupyter(said) if in_jupyter() else _in_terminal(said) as stage:
        yield stage


def in_jupyter() -> bool:
    """Return whether a notebook shows what is displayed; a terminal of IPython does not."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


@contextmanager
def _in_jupyter(said: Words) -> Iterator[Any]:
    from IPython.display import HTML, display

    rows: list[tuple[str, str]] = []
    # a display that is written anew needs no widget, and stands in the saved notebook as it ended
    shown = display(HTML(""), display_id=True)

    def redraw() -> None:
        lines = "".join(f"<tr><td>{name}</td><td>{spent}</td></tr>" for name, spent in rows)
        shown.update(HTML(f"<table>{lines}</table>"))

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        at, label, begun = len(rows), escape(said.texts.get(f"stage.{name}", name)), time.perf_counter()
        rows.append((label, "…"))
        redraw()
        ended = "✗"
        try:
            yield
            ended = escape(_spent(begun, said))
        finally:
            rows[at] = (label, ended)
            redraw()

    yield stage


@contextmanager
def _in_terminal(said: Words) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    width = max(len(text) for key, text in said.texts.items() if key.startswith("stage.")) + 2
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
            label = f"{said.texts.get(f'stage.{name}', name):<{width}}"
            task = bars.add_task(label, total=None)
            begun = time.perf_counter()
            yield
            bars.update(task, total=1, completed=1)
            if not console.is_terminal:
                print(f"{label} {_spent(begun, said):>8}", file=sys.stderr)  # noqa: T201

        yield stage


def _spent(begun: float, said: Words) -> str:
    """Return the seconds since a moment as the language writes them."""
    return said.text("seconds", value=said.number(time.perf_counter() - begun, digits=2))
