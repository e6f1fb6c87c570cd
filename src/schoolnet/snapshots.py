"""Snapshots, public: freeze the inputs of a day for good."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from schoolnet.errors import Fault, OptionError
from schoolnet.law.norms import NEEDED, Norms
from schoolnet.messages import Message
from schoolnet.model import freshness
from schoolnet.options import Options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from schoolnet.region import Region


def snapshot(
    region: Region,
    date: dt.date | str | None = None,
    folder: Path | str = "snapshots",
    *,
    files: Sequence[Path | str] = (),
    options: Options | None = None,
    told_by: str = "",
    frozen_on: dt.date | None = None,
) -> Path:
    """Freeze the inputs of a region for good, under `folder`/region/date; returns that folder.

    `read` and every command that takes a folder of layers take it, and give the plan the inputs gave.

    Parameters
    ----------
    region
        From `read`.
    date
        The day the data speak of; when None that of the snapshot the region was read from, else `snapshot_day`. A
        snapshot of a day without norms (`can_be_planned`) can be kept, but not planned unless another day of the norms
        is named.
    folder
        Where snapshots are kept.
    files
        The tables the region was read from: each is copied byte for byte. Of a map extract and of rasters the hash
        stands, and the layers that were cut of them.
    options
        The choices the region was read with.
    told_by
        Who the data are from, in a few words.
    frozen_on
        The day of freezing, kept beside the date; today when None.

    Raises
    ------
    SourceError
        There is a snapshot of the day already: it is never written over. Or a file is not the one the region was read
        from, or the folder cannot be written to.
    OptionError
        The day is after the day of freezing, or not that of the snapshot the region was read from.
    """
    from schoolnet.output import snapshot as writing

    options = options or Options()
    asked = dt.date.fromisoformat(date) if isinstance(date, str) else date
    day = asked or region.day or snapshot_day(options.on)
    if region.day is not None and day != region.day:
        told = {"day": f"{region.day:%d.%m.%Y}", "other": f"{day:%d.%m.%Y}"}
        problem = Message("the data are of {day}, as their snapshot says, not of {other}.", **told)
        raise OptionError(Fault(problem, Message("Leave the day out, or read the data of that day.")))
    frozen = frozen_on or dt.date.today()  # noqa: DTZ011 - the planner's own day
    if day > frozen:
        days = {"day": f"{day:%d.%m.%Y}", "frozen": f"{frozen:%d.%m.%Y}"}
        problem = Message("the data cannot speak of {day}: that is after {frozen}, the day they are frozen on.", **days)
        raise OptionError(Fault(problem, Message("Name the day the data are of.")))
    norms = Norms.on(day)
    return writing.write(
        region, day, folder, norms=norms, options=options, files=files, told_by=told_by, frozen_on=frozen
    )


def can_be_planned(day: dt.date) -> bool:
    """Return whether every norm no plan is made without is known of a day; data of another can only be kept."""
    return all(key in Norms.on(day).in_force for key in NEEDED)


def snapshot_day(today: dt.date) -> dt.date:
    """Return the first day of the last October begun: Order 459 sets the month; the day in it is our assumption.

    Raises
    ------
    OptionError
        No norm of the day names the month.
    """
    found = freshness.snapshot(Norms.on(today), Options(on=today))
    if found is None:
        problem = Message("no norm of {day} says in which month data are frozen.", day=f"{today:%d.%m.%Y}")
        raise OptionError(Fault(problem, Message("Name the day with --date.")))
    return found
