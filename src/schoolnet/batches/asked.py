"""What a batch is asked for, and the key of what is made of it: the same inputs give the same key, on any computer."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet import foreign
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.output import record
from schoolnet.region import hashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schoolnet.options import Options

_PACKAGE = Path(__file__).parents[1]
_LEFT_OUT = {"__pycache__"}


@dataclass(frozen=True)
class Asked:
    """What a batch is made of.

    Attributes
    ----------
    source, regions
        A map extract, and the regions of it by code or name; none: all of them.
    schools, people, plots, given, norms
        Files, as for `schoolnet.read` and `schoolnet.plan`.
    options, lang
        The choices of the plans; the language of their files.
    """

    source: Path
    regions: tuple[str, ...]
    options: Options
    schools: Path | None = None
    people: tuple[Path, ...] = ()
    plots: Path | None = None
    given: tuple[Path, ...] = ()
    norms: Path | None = None
    lang: str = "kk"

    @property
    def several(self) -> bool:
        """Whether it is of several regions: a planner's own table may then hold no row of one of them."""
        return len(self.regions) != 1


class Job(NamedTuple):
    """What a batch is to do: what is asked, its key (`key_of`), and the folder, where regions may be done already."""

    asked: Asked
    key: str
    out: Path


@dataclass(frozen=True)
class Where:
    """Where and how a batch runs.

    Attributes
    ----------
    jobs, memory_mb
        Regions at once (None: as many as there are cores and memory), and memory of all together (None: what is free).
    scheduler, workers
        A Dask scheduler (tcp://host:port), or so many Dask workers on this computer; None: processes of this one.
    """

    jobs: int | None = None
    memory_mb: float | None = None
    scheduler: str | None = None
    workers: int | None = None

    @property
    def on_dask(self) -> bool:
        """Whether regions are planned by Dask's workers."""
        return self.scheduler is not None or self.workers is not None

    @property
    def address(self) -> str:
        """The address of the scheduler, for a fault; empty where workers are begun here."""
        return self.scheduler or ""


class Held(NamedTuple):
    """A file of a batch: its role, its name, and what it hashes to (SHA-256)."""

    role: str
    name: str
    sha256: str


def key_of(asked: Asked, files: Sequence[Held]) -> str:
    """Return the key of all that the plans of a batch hang on but the region: files, options, program."""
    options = asked.options.model_dump(mode="json")
    return digest([program(), files, options, asked.lang, asked.several])


def held(asked: Asked) -> list[Held]:
    """Return what the files of a batch hash to.

    Raises
    ------
    SourceError
        Files are missing or cannot be read; every one is named.
    """
    files, faults = [], []
    for role, path in _files(asked):
        try:
            files.append(Held(role, path.name, hashed(path, role).sha256))
        except OSError as error:
            missing = Message("there is no such file.")
            other = Message("cannot be read: {error}.", error=foreign.system(error))
            problem = missing if isinstance(error, FileNotFoundError) else other
            faults.append(Fault(problem, Message("Check its path."), str(path)))
    if faults:
        raise SourceError(faults)
    return files


def _files(asked: Asked) -> Iterator[tuple[str, Path]]:
    for role in ("source", "schools", "plots", "norms"):
        path = getattr(asked, role)
        if path is not None:
            yield role, path
    for role in ("people", "given"):
        yield from ((role, path) for path in getattr(asked, role))


def key_of_region(key: str, code: str) -> str:
    """Return the key of a region's files."""
    return digest([key, code])


def digest(value: Any) -> str:
    """Return the SHA-256 of plain values."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def libraries() -> dict[str, str]:
    """Return the version of every library schoolnet asks for, whichever of them a result hangs on."""
    asked = (
        re.match(r"[\w.-]+", one) for one in importlib.metadata.requires("schoolnet") or () if "extra ==" not in one
    )
    return {name[0]: importlib.metadata.version(name[0]) for name in asked if name}


def program() -> str:
    """Return the key of the program: its version, every file of it and of its data, its libraries, Python.

    A plan made elsewhere is the same only where this is: a worker on another machine is asked for it.
    """
    whole = hashlib.sha256(json.dumps([record.versions(), libraries()], sort_keys=True).encode())
    inside = _PACKAGE / "data"
    for root in (_PACKAGE, inside if inside.is_dir() else _PACKAGE.parents[1] / "data"):
        for path in sorted(root.rglob("*"), key=lambda path: path.relative_to(root).as_posix()):
            name = path.relative_to(root)
            if path.is_file() and not _LEFT_OUT & set(name.parts) and name.parts[0] != "data":
                whole.update(f"{name.as_posix()}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
