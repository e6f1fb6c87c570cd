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
    """An earlier batch of the same: the day it is of, and whether its national files were made."""

    day: dt.date
    ended: bool


def begun(asked: Asked, files: Sequence[Held], out: Path) -> Begun | None:
    """Return the latest batch of an earlier day whose regions stand in the folder, all else being the same.

    None where a day was asked for, where there is none, or where regions stand there for today already.
    """
    if "on" in asked.options.model_fields_set:
        return None
    records = [folders.record_of(path) for path in sorted(out.iterdir()) if path.is_dir()]
    there = [record for record in records if record is not None and record.code and record.day is not None]
    days = {record.day for record in there if record.day is not None and record.day <= asked.options.on}
    for day in sorted(days, reverse=True):
        key = _asked.key_of(on(asked, day), files)
        if any(record.key == _asked.key_of_region(key, record.code) for record in there):
            whole = folders.record_of(out)
            return None if day == asked.options.on else Begun(day, whole is not None and whole.batch == key)
    return None


def on(asked: Asked, day: dt.date) -> Asked:
    """Return what is asked for, for another day."""
    return replace(asked, options=asked.options.model_copy(update={"on": day}))
