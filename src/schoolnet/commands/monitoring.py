"""How `compare` sets two snapshots side by side: told apart from scenarios by what the folders hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet.commands import console
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from schoolnet.options import Options

_WIDE = 160  # columns of a table that goes to a file


def compared(
    sides: tuple[Path, Path],
    days: tuple[dt.datetime | None, dt.datetime | None],
    chosen: Options,
    norms: Path | None,
    out: Path | None,
    lang: str,
) -> None:
    """Say what changed between two snapshots, and write it in a language (`lang`) to a folder where one is named."""
    import schoolnet
    from schoolnet.output import monitoring, monitoring_text

    with console.progress() as stage:
        one, two = (day.date() if day is not None else None for day in days)
        found = schoolnet.monitor(*sides, chosen, days=(one, two), norms=norms, stage=stage)
        if out is not None:
            found.save(out, lang=lang)
    console.show(monitoring_text.told(found, console.language()), width=_WIDE)
    if out is not None:
        console.files(out, monitoring.FILES)


def are(sides: tuple[Path, Path]) -> bool:
    """Return whether both sides of a comparison are snapshots, or folders of them; one alone is refused."""
    from schoolnet.sources import snapshot as _snapshot

    held = [_snapshot.holds(side) for side in sides]
    if held[0] != held[1]:
        problem = Message("one side is a snapshot, the other is not.")
        raise OptionError(
            Fault(problem, Message("Give two snapshots, or two scenarios."), str(sides[held.index(False)]))
        )
    return all(held)


def refuse_others(given: Mapping[str, object]) -> None:
    """Raise where an argument is given that has no meaning beside the sides: it would be left unread."""
    named = ", ".join(name for name, value in given.items() if value)
    if named:
        problem = Message("{names} cannot be used with these two sides.", names=named)
        raise OptionError(Fault(problem, Message("Leave them out.")))
