"""The folder of a batch: one batch at a time, files put in place whole, and a record of what was made of what.

OUT/.batch holds what passes: the lock, and folders of files not yet whole; what a killed run left there goes when the
next begins. A file stands under its final name only when it is whole; the record of a region is put there last, and
says by which key its files were made and what they hash to.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - asked for by pydantic
import json
import re
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schoolnet import disk, foreign
from schoolnet.errors import Fault, RegionError, SourceError
from schoolnet.messages import Message
from schoolnet.output.record import folder_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

PASSING, RECORD, LOCK = ".batch", "batch.json", "lock"
#: Files and folders of a batch beside its regions, which no region may be called.
OWN = ("programme", "errors", "index.html", "report.xlsx", RECORD, "batch.csv", "map", "national")
_MOST_BYTES = 10_000_000
_Count = Annotated[int, Field(ge=0, le=10**9)]
_Hash = Annotated[str, Field(pattern=re.compile(r"\A[0-9a-f]{64}\Z"))]
NO_ROOM, no_room = disk.FULL, disk.no_room
_LOOK = Message("Check that you may write there, and what stands there.")
FULL = Message("Free some space and run it again: regions that are done stay, and are not planned again.")


class Left(BaseModel):
    """What must be said beside the national files.

    Attributes
    ----------
    quotas, caveats
        Keys of quotas that are of no region there, and are left out, and of caveats.
    lost, twice
        How many rows of the register no region took, and how many schools several took.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    quotas: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    lost: _Count = 0
    twice: _Count = 0


class Record(BaseModel):
    """What a batch made.

    Attributes
    ----------
    key
        What its files hang on.
    day
        The day of its norms.
    files
        What they hash to (SHA-256).
    code
        Of the region; empty for what is made of all together, which has:
    batch, regions, left
        The key of the batch whatever its regions, their names by code, and what must be said beside the files.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    key: _Hash
    day: dt.date | None = None
    files: dict[str, _Hash] = {}
    code: str = ""
    batch: _Hash | None = None
    regions: dict[str, str] = {}
    left: Left | None = None


@contextmanager
def locked(out: Path) -> Iterator[Path]:
    """Give the folder for what passes, emptied, while no other batch may write to `out`.

    The lock is the system's on an open file: it goes with its owner, however that ends.

    Raises
    ------
    SourceError
        Another batch is at work there, or the folder cannot be written to.
    """
    import fcntl

    passing = out / PASSING
    if passing.is_symlink():
        problem = Message("“{name}” leads to another folder.", name=PASSING)
        raise SourceError(Fault(problem, Message("Remove it, or choose another --out."), str(out)))
    with writing(out):
        passing.mkdir(parents=True, exist_ok=True)
        stream = (passing / LOCK).open("ab")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = Message("another batch is at work in this folder.")
            raise SourceError(Fault(problem, Message("Wait for its end, or choose another --out."), str(out))) from None
        except OSError as error:  # as of a share of another computer
            said = foreign.system(error)
            problem = Message("the folder cannot be locked against another batch: {error}.", error=said)
            remedy = Message("Choose a folder on this computer with --out.")
            raise SourceError(Fault(problem, remedy, str(out))) from None
        with writing(out):
            _emptied(passing)
        try:
            yield passing
        finally:
            with suppress(OSError):  # else the next run does it
                _emptied(passing)


def _emptied(passing: Path) -> None:
    """Remove what a run left; never through a link to elsewhere."""
    for path in passing.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def writing(out: Path) -> AbstractContextManager[None]:
    """Turn what stands against writing to the folder of a batch into a fault that says what to do (`disk.writing`)."""
    return disk.writing(out, remedy=_LOOK, room=FULL)


def full(out: Path) -> Fault | None:
    """Return the fault of a full disk, or None."""
    return Fault(NO_ROOM, FULL, str(out)) if disk.full(out) else None


def place(out: Path, code: str) -> Path:
    """Return the folder of a region: its code, or a name made of it (`record.folder_name`).

    Raises
    ------
    RegionError
        Its code is the name of something else of a batch.
    """
    name = folder_name(code)
    if name.casefold() in OWN:
        problem = Message("“{code}” cannot be the name of a folder.", code=code)
        raise RegionError(Fault(problem, Message("Correct the code of the region on the map.")))
    return out / name


def record_of(folder: Path) -> Record | None:
    """Return the record of a folder; None where there is none, or it is not one."""
    path = folder / RECORD
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        return Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def whole(folder: Path, key: str, names: Iterable[str]) -> Record | None:
    """Return the record of a folder whose files are those made by a key, unchanged; else None."""
    record = record_of(folder)
    if record is None or record.key != key or set(record.files) != set(names):
        return None
    try:
        same = all(
            (folder / name).is_file() and disk.digest(folder / name) == found for name, found in record.files.items()
        )
    except OSError:
        return None
    return record if same else None


def put(staged: Path, folder: Path, names: Iterable[str], made: Record) -> None:
    """Move whole files to a folder, last their record with what they hash to; files there of other names stay.

    Raises
    ------
    SourceError
        The folder cannot be written to.
    """
    with writing(folder):
        hashes = {name: disk.digest(staged / name) for name in names}
        record = made.model_copy(update={"files": hashes})
        text = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (staged / RECORD).write_text(text, encoding="utf-8")
        folder.mkdir(exist_ok=True)
        (folder / RECORD).unlink(missing_ok=True)  # from here on until its end the folder is not whole
        for name in (*hashes, RECORD):
            (folder / name).parent.mkdir(exist_ok=True)
            (staged / name).replace(folder / name)
