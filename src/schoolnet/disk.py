"""Put files in place whole, and say what stood against writing as what it is.

GDAL, osmium and xlsxwriter say of a full disk, or of a folder that is shut, what they were doing: the system is asked.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from schoolnet import foreign
from schoolnet.errors import Fault, SchoolnetError, SourceError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FREE_MB = 16  # less is taken for a full disk
_FULL = (errno.ENOSPC, errno.EDQUOT)
_LIBRARIES = ("pyogrio", "xlsxwriter")
FULL = Message("there is no space left on the disk.")
FREE = Message("Free some space and run it again.")
CHOOSE = Message("Choose another folder with --out, close the file if it is open, or free some space.")


@contextmanager
def writing(
    folder: Path, *, file: Path | None = None, remedy: Message = CHOOSE, room: Message = FREE
) -> Iterator[None]:
    """Turn what the system, or a library, says against writing to a folder into a fault that says what to do.

    `room` is the remedy of a full disk, `remedy` that of anything else; `file` is told of in the place of the one the
    system names. Other errors pass: they are not of writing.

    Raises
    ------
    SourceError
        A file or folder cannot be written.
    """
    try:
        yield
    except (SchoolnetError, MemoryError):
        raise
    except Exception as error:
        fault = _unwritten(error, folder, remedy, room)
        if fault is None:
            raise
        raise SourceError(fault if file is None else fault._replace(file=str(file))) from None


def _unwritten(error: Exception, folder: Path, remedy: Message, room: Message) -> Fault | None:
    """Return the fault of what failed in writing; None where the failure is of another kind."""
    said = next((one for one in _behind(error) if isinstance(one, OSError)), None)
    filled = said is not None and said.errno in _FULL
    if said is not error and (filled or full(folder)):
        return Fault(FULL, room, str(folder))
    if said is not None and (said is error or _of_library(error)):
        problem = Message("cannot be written: {error}.", error=foreign.system(said))
        return Fault(problem, room if filled else remedy, str(said.filename or folder))
    if _of_library(error):
        return Fault(Message("cannot be written: {error}.", error=foreign.library(error)), remedy, str(folder))
    return None


def _of_library(error: Exception) -> bool:
    """Return whether an error is what a library says of writing; osmium's has no kind of its own."""
    of_osmium = type(error) is RuntimeError and str(error).startswith("Write failed")
    return of_osmium or type(error).__module__.partition(".")[0] in _LIBRARIES


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and what it was made of, one after another."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def no_room(error: BaseException | None) -> bool:
    """Return whether something failed for a reason that holds for every file, such as a full disk or a quota."""
    return any(isinstance(one, OSError) and one.errno in (*_FULL, errno.EROFS) for one in _behind(error))


def full(folder: Path) -> bool:
    """Return whether a disk is full: libraries say it in many ways, the system in one."""
    try:
        return shutil.disk_usage(folder).free < FREE_MB * 2**20
    except OSError:
        return False


@contextmanager
def whole(path: Path, *, remedy: Message = CHOOSE) -> Iterator[Path]:
    """Give a temporary path beside `path`, and move it there when the block ends well: never a half-written file.

    Raises
    ------
    SourceError
        It cannot be written (`writing`).
    """
    with writing(path.parent, file=path, remedy=remedy):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
        os.close(handle)
        part = Path(name)
        try:
            with writing(
                path.parent, file=path, remedy=remedy
            ):  # asked while the part is there still: to take it away makes room
                yield part
                part.chmod(0o644)
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def placed(folder: Path, files: Iterable[str] | None = None) -> Iterator[Path]:
    """Give a folder to write files to; when all are written, put them in place of those of the same names.

    Nothing is put in place before all are whole: what fails in the writing leaves the files there as they were.
    `files`: those that are put in place, in their order; all that were written if left out.

    Raises
    ------
    SourceError
        The folder cannot be made, or a file cannot be written: whatever library writes it (`writing`).
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as name, writing(folder):
            part = Path(name)
            yield part
            written = sorted(str(path.relative_to(part)) for path in part.rglob("*") if path.is_file())
            for file in written if files is None else files:
                (folder / file).parent.mkdir(exist_ok=True)
                (part / file).replace(folder / file)


def digest(path: Path, name: str = "sha256") -> str:
    """Return the checksum of a file in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, name).hexdigest()
