"""What a batch tells while it runs: what each region has come to, and notes on all of them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schoolnet.errors import Fault


class Region(NamedTuple):
    """What a region has come to.

    Attributes
    ----------
    code, name
        Of the region; the name is its title in the language of its files.
    state
        `put_off`: for want of memory, to be planned alone at the end; `skipped`: its files stood there.
    stage
        Where it is in hand: the key of the stage (`stage.*` of the words).
    seconds, peak_mb
        Of one that is done: what it took, memory resident.
    faults, details, older
        Of one that failed: why; a file, where the program failed; whether files of an earlier run stay.
    """

    code: str
    name: str
    state: Literal["waiting", "stage", "put_off", "done", "skipped", "failed"]
    stage: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0
    faults: tuple[Fault, ...] = ()
    details: Path | None = None
    older: bool = False


class Note(NamedTuple):
    """What is told of all regions together.

    Attributes
    ----------
    key
        `stage`: of the reading of the map, and of the national files; `goes_on`, `ended_on`: an earlier batch is gone
        on with, or was brought to its end; `reading`: memory for the map; `memory` of the regions at once; `refused`:
        workers left out.
    values
        By name: `file` and `stage`; `day` and `on` (ISO); `least`, `most` and `limit` (MB); `jobs`, `needed` and
        `limit`; `count`.
    """

    key: Literal["stage", "goes_on", "ended_on", "reading", "memory", "refused"]
    values: Mapping[str, str | float]


Tell = Callable[[Region | Note], object]
