"""The work on one region, wherever it is done: bytes in, files out as bytes, every failure put into words."""

from __future__ import annotations

import pickle
import re
import tempfile
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from schoolnet import api, views
from schoolnet.batches import asked, folders, form
from schoolnet.errors import Fault, SchoolnetError, SourceError
from schoolnet.messages import Message
from schoolnet.output.report_region import reported
from schoolnet.planning.scenario import part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schoolnet.options import Options
    from schoolnet.planning.plan import Stage
    from schoolnet.region import Region

#: The files of a region: those of its plan, and what the national step needs of it.
FILES = (*views.FILES, form.FILE)
OTHER_PROGRAM = Fault(
    Message("a worker runs another schoolnet, other libraries or another Python than this computer."),
    Message("Install the same versions there: `pip install -c constraints.txt`."),
)


class Spent(NamedTuple):
    """What a stage took: its name, seconds, and the most memory (resident, MB) seen in it; 0: not known."""

    stage: str
    seconds: float
    peak_mb: float


class Task(NamedTuple):
    """One piece of work: its name, and all it needs, as bytes, or as a file of them until it is begun."""

    name: str
    data: bytes = b""
    file: str = ""

    def load(self) -> bytes:
        """Return the bytes."""
        return Path(self.file).read_bytes() if self.file else self.data


@dataclass(frozen=True)
class Reply:
    """What came of a task.

    Attributes
    ----------
    value
        What the work returned; None where it failed.
    faults
        What is wrong with the data.
    bug
        Where the program failed, for its makers; empty where it did not.
    spent
        What the stages took.
    """

    value: Any = None
    faults: tuple[Fault, ...] = ()
    bug: str = ""
    spent: tuple[Spent, ...] = ()


class Work(Protocol):
    """A function a pool calls for each task; it is sent by its name."""

    def __call__(self, data: bytes, stage: Stage, scratch: str | None) -> Any:
        """Return what is made of the data; `scratch`: a folder for passing files, None: the computer's own."""


class Wanted(NamedTuple):
    """What the work on a region needs; goes from one process to another, never into a file."""

    region: Region
    options: Options
    norms: tuple[str, bytes] | None
    lang: str


def packed(wanted: Wanted) -> bytes:
    """Return what is wanted as bytes, with the key of the program apart, which any program can read."""
    return pickle.dumps((asked.program(), pickle.dumps(wanted, protocol=pickle.HIGHEST_PROTOCOL)))


def planned(data: bytes, stage: Stage, scratch: str | None) -> dict[str, bytes]:
    """Plan one region (`packed`) and return its files (`FILES`) by name.

    Raises
    ------
    SchoolnetError
        It was packed by another program: nothing of it is unpickled. Or it cannot be planned.
    """
    program, inner = pickle.loads(data)  # noqa: S301 - from the process that asked for the work
    if program != asked.program():
        raise SchoolnetError(OTHER_PROGRAM)
    wanted: Wanted = pickle.loads(inner)  # noqa: S301 - the same
    with tempfile.TemporaryDirectory(dir=scratch, prefix="plan-") as name:
        try:
            return _files(wanted, Path(name), stage)
        except Exception as error:
            full = folders.full(Path(name))  # asked before the folder goes, and frees what room there is
            if full is None or isinstance(error, SchoolnetError):
                raise
            raise SourceError(full) from None


def _files(wanted: Wanted, folder: Path, stage: Stage) -> dict[str, bytes]:
    norms = None
    if wanted.norms is not None:
        norms = folder / Path(wanted.norms[0]).name
        norms.write_bytes(wanted.norms[1])
    made = api.plan(wanted.region, wanted.options, norms=norms, stage=stage)
    made.save(folder / "files", lang=wanted.lang, stage=stage)
    form.write(part(made), reported(made), folder / "files" / form.FILE)
    return {file: (folder / "files" / file).read_bytes() for file in FILES}


def attempt(work: Work, data: bytes, tell: Callable[[str], object], scratch: str | None = None) -> Reply:
    """Do one piece of work and return what came of it; `tell` is called with the name of each stage."""
    spent: list[Spent] = []

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        tell(name)
        _forget_peak()
        begun = time.perf_counter()
        try:
            yield
        finally:
            spent.append(Spent(name, time.perf_counter() - begun, peak_mb()))

    try:
        value = work(data, stage, scratch)
    except SchoolnetError as error:
        return Reply(faults=error.faults, spent=tuple(spent))
    except MemoryError:
        return Reply(faults=(no_memory(),), spent=tuple(spent))
    except Exception as error:  # noqa: BLE001 - one region's failure is not the others'
        if folders.no_room(error):
            return Reply(faults=(Fault(folders.NO_ROOM, folders.FULL),), spent=tuple(spent))
        kind = type(error).__name__
        what = Message("a fault of the program, not of your data: {kind}: {error}", kind=kind, error=str(error)[:500])
        remedy = Message("Please report it with the file of its details.")
        return Reply(faults=(Fault(what, remedy),), bug=traceback.format_exc(), spent=tuple(spent))
    return Reply(value, spent=tuple(spent))


def no_memory() -> Fault:
    """Return the fault of a region whose work found no more memory."""
    remedy = Message("Close other programs, give more with --memory, or plan fewer regions at once with --jobs.")
    return Fault(Message("the computer had no more memory for it."), remedy)


def peak_mb() -> float:
    """Return the most memory (resident, MB) this process has held since it was last forgotten; 0: not known."""
    return _status("VmHWM")


def resident_mb(process: int | str = "self") -> float:
    """Return the memory (resident, MB) a process holds; 0: not known."""
    return _status("VmRSS", process)


def _status(field: str, process: int | str = "self") -> float:
    try:  # Linux only
        found = re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def _forget_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return
