"""The course of a batch: what each region has come to, told as it happens and put in its folder when it is there."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from schoolnet.batches import asked as _asked
from schoolnet.batches import folders
from schoolnet.batches.work import FILES, Reply, Spent
from schoolnet.errors import SourceError
from schoolnet.output.record import folder_name

if TYPE_CHECKING:
    from pathlib import Path

    from schoolnet.batches.cutting import Cut, Reading
    from schoolnet.batches.pool import Event
    from schoolnet.errors import Fault

ERRORS = "errors"


class Told(NamedTuple):
    """What is told while a batch runs: of the whole (`code` empty), or of a region.

    Attributes
    ----------
    code, name
        Of the region; the name is its title in the language of its files.
    state
        `waiting`, `stage` (value `stage`), `put_off` (for want of memory, to be planned alone), `done` (values
        `seconds`, `peak_mb`), `skipped`, `failed` (values `faults`, `details`, a file, where the program failed, and
        `older`, whether files of an earlier run stay). Of the whole: `stage`; `goes_on` and `ended_on` (value `day`:
        that of an earlier batch, which is gone on with, or was brought to its end); `memory` (values `jobs`, `needed`,
        `limit`, MB); `refused` (value `count`, of Dask's workers).
    values
        By name.
    """

    code: str
    name: str
    state: str
    values: dict[str, Any]


class Tell(Protocol):
    """What a batch calls while it runs."""

    def __call__(self, told: Told, /) -> object:
        """Take what is told."""


@dataclass
class Course:
    """What the regions of a batch have come to so far.

    Attributes
    ----------
    reading, passing, tell
        What is asked, the folder for what passes, and whom to tell.
    names
        Of the regions, by code.
    done, skipped, failed
        Codes of those planned, of those that were there, and why the others are not.
    spent
        What the stages took, by the code of the region.
    """

    reading: Reading
    passing: Path
    tell: Tell
    names: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, tuple[Fault, ...]] = field(default_factory=dict)
    spent: dict[str, tuple[Spent, ...]] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        """The folder of the batch."""
        return self.reading.out

    def skip(self, code: str, name: str) -> None:
        """Take a region whose files are there."""
        self.names[code] = name
        self.skipped.append(code)
        self._say(code, "skipped")

    def wait(self, cut: Cut) -> None:
        """Take a region that is to be planned."""
        self.names[cut.code] = cut.name
        self._say(cut.code, "waiting")

    def fail(self, code: str, faults: tuple[Fault, ...], bug: str = "") -> None:
        """Take a region that cannot be planned; where the program failed, keep the details in a file.

        Raises
        ------
        SourceError
            The disk is full: the others would fail as well.
        """
        self.names.setdefault(code, code)
        full = folders.full(self.out)
        if full is not None:
            raise SourceError(full)
        details = self.details(code, bug) if bug else None
        self.failed[code] = faults
        older = (self.out / folder_name(code) / folders.RECORD).is_file()
        self._say(code, "failed", faults=faults, details=details, older=older)

    def hear(self, event: Event) -> None:
        """Take what a pool says of a region; its files are put in place.

        Raises
        ------
        SourceError
            There is no room for the files: there is none for the others' either.
        """
        code, reply = event.name, event.reply
        self.begun.setdefault(code, time.perf_counter())
        if event.put_off:
            del self.begun[code]
            self._say(code, "put_off")
            return
        if reply is None:
            self._say(code, "stage", stage=event.stage)
            return
        self.spent[code] = reply.spent
        if reply.value is None:
            self.fail(code, reply.faults, reply.bug)
            return
        try:
            self._keep(code, reply)
        except SourceError as error:
            if folders.no_room(error):
                raise
            self.fail(code, error.faults)
            return
        self.done.append(code)
        peak = max((one.peak_mb for one in reply.spent), default=0.0)
        self._say(code, "done", seconds=time.perf_counter() - self.begun[code], peak_mb=peak)

    def _keep(self, code: str, reply: Reply) -> None:
        staged = self.passing / f"region-{folders.place(self.out, code).name}"
        with folders.writing(self.out):
            staged.mkdir()
            for name in FILES:
                (staged / name).write_bytes(reply.value[name])
        key, day = _asked.key_of_region(self.reading.key, code), self.reading.asked.options.on
        folders.put(staged, folders.place(self.out, code), FILES, folders.Record(key=key, day=day, code=code))
        with folders.writing(self.out), contextlib.suppress(FileNotFoundError):
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
        with folders.writing(self.out):
            path.parent.mkdir(exist_ok=True)
            path.write_text(bug, encoding="utf-8", errors="backslashreplace")
        return path

    def _details(self, code: str) -> Path:
        return self.out / ERRORS / f"{folder_name(code)}.txt"

    def _say(self, code: str, state: str, **values: Any) -> None:
        self.tell(Told(code, self.names[code], state, values))
