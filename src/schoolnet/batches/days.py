"""The day a batch is of: one that is stopped in the evening goes on in the morning, and is not planned anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from schoolnet.batches import asked as _asked
from schoolnet.batches import folders

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from schoolnet.batches.asked import Asked, Held


class Begun(NamedTuple):
    """An earlier batch of the same: the day it is of, and whether it was brought to its end."""

    day: dt.date
    ended: bool


def begun(asked: Asked, files: Sequence[Held], out: Path) -> Begun | None:
    """Return the latest batch of an earlier day whose regions stand in the folder, all else being the same.

    None where there is none, or where a day was asked for.
    """
    if "on" in asked.options.model_fields_set:
        return None
    records = {path.name: folders.record_of(path) for path in sorted(out.iterdir()) if path.is_dir()}
    there = {(record.day, record.key, code) for code, record in records.items() if record is not None and record.day}
    for day in sorted({day for day, _, _ in there if day < asked.options.on}, reverse=True):
        key = _asked.key_of(on(asked, day), files)
        done = {code for code in records if (day, _asked.key_of_region(key, code), code) in there}
        if done:
            whole = folders.record_of(out)
            return Begun(day, whole is not None and whole.day == day and done >= whole.regions.keys())
    return None


def on(asked: Asked, day: dt.date) -> Asked:
    """Return what is asked for, for another day."""
    return replace(asked, options=asked.options.model_copy(update={"on": day}))
