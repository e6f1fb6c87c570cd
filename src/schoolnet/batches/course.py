"""The course of a batch: what each region has come to, told as it happens and put in its folder when it is there."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schoolnet.batches import asked as _asked
from schoolnet.batches import folders
from schoolnet.batches.telling import Region
from schoolnet.batches.work import FILES, Reply, Spent
from schoolnet.errors import SourceError
from schoolnet.output.record import folder_name

if TYPE_CHECKING:
    from pathlib import Path

    from schoolnet.batches.asked import Job
    from schoolnet.batches.pool import Event
    from schoolnet.batches.telling import Tell
    from schoolnet.errors import Fault

ERRORS = "errors"


@dataclass
class Course:
    """What the regions of a batch have come to so far.

    Attributes
    ----------
    job, passing, tell
        What is to be done, the folder for what passes, and whom to tell.
    regions
        What was last told of each region, by code.
    begun, spent
        When a region was begun (seconds of a clock that never goes back), and what its stages took, by its code.
    """

    job: Job
    passing: Path
    tell: Tell
    regions: dict[str, Region] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    spent: dict[str, tuple[Spent, ...]] = field(default_factory=dict)

    def of(self, *states: str) -> dict[str, Region]:
        """Return the regions in some states, by code and in its order."""
        return {code: one for code, one in sorted(self.regions.items()) if one.state in states}

    def take(self, one: Region) -> None:
        """Take what a region has come to, and tell it."""
        self.regions[one.code] = one
        self.tell(one)

    def fail(self, code: str, name: str, faults: tuple[Fault, ...], bug: str = "") -> None:
        """Take a region that cannot be planned; where the program failed, keep the details in a file.

        Raises
        ------
        SourceError
            The disk is full: the others would fail as well.
        """
        full = folders.full(self.job.out)
        if full is not None:
            raise SourceError(full)
        details = self.details(code, bug) if bug else None
        older = (self.job.out / folder_name(code) / folders.RECORD).is_file()
        self.take(Region(code, name, "failed", faults=faults, details=details, older=older))

    def hear(self, event: Event) -> None:
        """Take what a pool says of a region; its files are put in place.

        Raises
        ------
        SourceError
            There is no room for the files: there is none for the others' either.
        """
        code, reply = event.name, event.reply
        name, begun = self.regions[code].name, self.begun.setdefault(code, time.perf_counter())
        if event.put_off:
            del self.begun[code]
            self.take(Region(code, name, "put_off"))
            return
        if reply is None:
            self.take(Region(code, name, "stage", event.stage))
            return
        self.spent[code] = reply.spent
        if reply.value is None:
            self.fail(code, name, reply.faults, reply.bug)
            return
        try:
            self._keep(code, reply)
        except SourceError as error:
            if folders.no_room(error):
                raise
            self.fail(code, name, error.faults)
            return
        peak = max((one.peak_mb for one in reply.spent), default=0.0)
        self.take(Region(code, name, "done", seconds=time.perf_counter() - begun, peak_mb=peak))

    def _keep(self, code: str, reply: Reply) -> None:
        staged = self.passing / f"region-{folders.place(self.job.out, code).name}"
        with folders.writing(self.job.out):
            staged.mkdir()
            for name in FILES:
                (staged / name).write_bytes(reply.value[name])
        key, day = _asked.key_of_region(self.job.key, code), self.job.asked.options.on
        folders.put(staged, folders.place(self.job.out, code), FILES, folders.Record(key=key, day=day, code=code))
        with folders.writing(self.job.out), contextlib.suppress(FileNotFoundError):
            staged.rmdir()
            self._details(code).unlink()

    def details(self, code: str, bug: str) -> Path:
        """Keep what the program says of its own failure in a file, and return it.

        Raises
        ------
        SourceError
            It cannot be written.
        """
        path = self._details(code)
        with folders.writing(self.job.out):
            path.parent.mkdir(exist_ok=True)
            path.write_text(bug, encoding="utf-8", errors="backslashreplace")
        return path

    def _details(self, code: str) -> Path:
        return self.job.out / ERRORS / f"{folder_name(code)}.txt"
