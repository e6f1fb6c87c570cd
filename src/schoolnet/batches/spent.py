"""What the regions and stages of a batch took, as batch.csv: seconds and memory, of the last run that made each."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING

from schoolnet.batches import folders
from schoolnet.batches.work import Spent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FILE = "batch.csv"
COLUMNS = ("region", "stage", "seconds", "peak_mb")
_MOST_BYTES = 50_000_000


def write(out: Path, passing: Path, spent: Mapping[str, Sequence[Spent]]) -> None:
    """Write what the stages took; rows of regions that were not made now stay as they were.

    Raises
    ------
    SourceError
        The folder cannot be written to.
    """
    if not spent:
        return
    rows = {**_there(out / FILE), **{code: _added_up(stages) for code, stages in spent.items()}}
    with folders.writing(out):
        part = passing / FILE
        with part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            for code in sorted(rows):
                writer.writerows((code, one.stage, f"{one.seconds:.2f}", f"{one.peak_mb:.0f}") for one in rows[code])
        part.replace(out / FILE)


def _added_up(stages: Sequence[Spent]) -> list[Spent]:
    """Return each stage once: its seconds added up, its greatest peak."""
    found: dict[str, Spent] = {}
    for one in stages:
        before = found.get(one.stage, Spent(one.stage, 0.0, 0.0))
        found[one.stage] = Spent(one.stage, before.seconds + one.seconds, max(before.peak_mb, one.peak_mb))
    return [*found.values()]


def _there(path: Path) -> dict[str, list[Spent]]:
    """Return what an earlier run wrote; nothing where it is not that."""
    found: dict[str, list[Spent]] = {}
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return {}
        with path.open(encoding="utf-8", newline="") as stream:
            for code, stage, seconds, peak in [*csv.reader(stream)][1:]:
                one = Spent(stage, float(seconds), float(peak))
                if not math.isfinite(one.seconds + one.peak_mb):
                    return {}
                found.setdefault(code, []).append(one)
    except (OSError, ValueError, csv.Error):
        return {}
    return found
