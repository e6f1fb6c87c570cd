"""How much memory a region takes, and how many regions may be planned at once."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from schoolnet.batches import work
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

#: Memory (resident, MB) of a region's process: libraries and data of the program, then a thousand of each. The 20
#: regions of the modelled country took 278 to 594 MB (`tests/benchmarks/batch.py`) and lie below this line; a fit gives
#: it all to the roads, which grow with the rest, and 10 MB are added for villages and schools with few.
LIBRARIES_MB, SETTLEMENTS_MB, SCHOOLS_MB, ROADS_MB = 320.0, 10.0, 10.0, 16.5
#: Memory (resident, MB) of reading a map and cutting it: without a map, then what each MB of its file adds. A real one
#: (Liechtenstein) added 5 a MB, the modelled country, nearly all of it roads, 29.
READING_MB, MAP_LEAST_MB, MAP_MOST_MB = 215.0, 5.0, 29.0
#: Of the computer's free memory, when none is said.
_SHARE = 0.8
_UNITS = {"": 1.0, "M": 1.0, "G": 1024.0, "T": 1024.0**2}
_LEAST_MB = 64.0


class Size(NamedTuple):
    """What the memory of a region hangs on."""

    settlements: int
    schools: int
    roads: int


def estimate_mb(size: Size) -> float:
    """Return the memory (MB) planning a region is taken to need: measured, and so a guess for others."""
    thousands = [count / 1000 for count in size]
    return LIBRARIES_MB + sum(
        each * count for each, count in zip((SETTLEMENTS_MB, SCHOOLS_MB, ROADS_MB), thousands, strict=True)
    )


def reading_mb(size: int) -> tuple[float, float]:
    """Return the least and the most memory (MB) reading a map of so many bytes is taken to need: a guess for others."""
    megabytes = size / 1e6
    return READING_MB + MAP_LEAST_MB * megabytes, READING_MB + MAP_MOST_MB * megabytes


def parsed_mb(text: str | None) -> float | None:
    """Return megabytes of a text: 4G, 800M, 800; None where nothing is said.

    Raises
    ------
    OptionError
        It is no amount of memory, or too little to begin with.
    """
    if text is None:
        return None
    found = re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([MGT]?)(?:i?B)?\s*", text, re.IGNORECASE | re.ASCII)
    value = float(found[1]) * _UNITS[found[2].upper()] if found else 0.0
    if value < _LEAST_MB:
        problem = Message("--memory “{text}” is no amount of memory, or too little.", text=text[:40])
        raise OptionError(Fault(problem, Message("Write it as 4G or 800M.")))
    return value


def check(given_mb: float | None, workers: int | None) -> None:
    """Raise where the memory that is given is less than the libraries take.

    Raises
    ------
    OptionError
        With what is left beside this process, for each worker.
    """
    left = float("inf") if given_mb is None else available_mb(given_mb) / (workers or 1)
    if left < LIBRARIES_MB:
        problem = Message("--memory leaves {left} MB for a region, and one takes {least} MB at least.",
                          left=max(0, round(left)), least=round(LIBRARIES_MB))  # fmt: skip
        fewer = Message("Give more with --memory, or take fewer --workers.")
        raise OptionError(Fault(problem, fewer if workers else Message("Give more with --memory.")))


def available_mb(given_mb: float | None) -> float:
    """Return the memory (MB) regions may take together: what is given or free, less what this process holds."""
    own = work.resident_mb()
    if given_mb is not None:
        return given_mb - own
    try:  # Linux only
        found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    except OSError:
        found = None
    return int(found[1]) / 1024 * _SHARE if found else float("inf")


def jobs_of(asked: int | None, estimates_mb: list[float], available: float) -> int:
    """Return how many regions are planned at once: as asked, or a core each, and no more than have room together."""
    room = available // max(estimates_mb, default=1.0)
    return max(1, int(min(asked or cores(), room, max(1, len(estimates_mb)))))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def refused(size: Size, available: float) -> Fault:
    """Return the fault of a region that is taken to need more than there is."""
    problem = Message(
        "it is taken to need {needed} MB of memory, and there are {available} MB.",
        needed=round(estimate_mb(size)),
        available=max(0, round(available)),
    )
    return Fault(problem, Message("Give more with --memory, or plan it on a computer with more."))
