"""Read a snapshot: the inputs of a region frozen on a day, every byte held against the manifest before it is used.

A snapshot is a folder: `manifest.json` (what was frozen, SHA-256 of every file, its own seal), `layers/` (the checked
region as `Region.save` writes it), `inputs/` (its tables byte for byte), `ledger.json` (what became of every row).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from schoolnet.errors import Fault, OptionError, SourceError
from schoolnet.ledger import Ledger
from schoolnet.messages import Message, unpacked
from schoolnet.region import Input, Region, hashed
from schoolnet.sources import folder as _folder

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST, LAYERS, INPUTS, LEDGER = "manifest.json", "layers", "inputs", "ledger.json"
#: What the manifest of a snapshot says it is.
FORM = "schoolnet snapshot 1"
_AGAIN = Message("Take the snapshot from where it was kept, or freeze the inputs again into another folder.")
_CHANGED = Message("the file is not as it was frozen: bytes were changed.")
_MOST_BYTES = 64 * 1024 * 1024
_WHOLE = {"region": dict, "date": str, "frozen_on": str, "inputs": list, "files": dict, "counts": dict}


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that was looked at: its folder and what its manifest says."""

    folder: Path
    about: dict[str, Any]

    @property
    def code(self) -> str:
        """The code of its region."""
        return str(self.about["region"]["code"])

    @property
    def day(self) -> dt.date:
        """The day its data speak of."""
        return dt.date.fromisoformat(self.about["date"])


def is_snapshot(folder: Path | str) -> bool:
    """Return whether a folder holds a manifest, and so is a snapshot, whole or not."""
    return (Path(folder) / MANIFEST).is_file()


def holds(folder: Path | str) -> bool:
    """Return whether a folder is a snapshot, or holds some (see `found`)."""
    return any(True for _ in _folders(Path(folder)))


def found(folder: Path | str, day: dt.date | None = None) -> list[Snapshot]:
    """Return the snapshots of a folder, one a region: itself, or those at most two folders below (region, day).

    Raises
    ------
    SourceError
        A manifest is no manifest, or was changed.
    OptionError
        There is none of the day, or a region has several and no day is asked for.
    """
    every = [opened(one) for one in _folders(Path(folder))]
    asked = [one for one in every if day is None or one.day == day]
    by_code: dict[str, list[Snapshot]] = {}
    for one in asked:
        by_code.setdefault(one.code, []).append(one)
    if not asked:
        days = ", ".join(sorted({f"{one.day}" for one in every})) or "–"
        problem = Message("there is no snapshot of the day asked for.")
        raise OptionError(Fault(problem, Message("Days there are: {days}.", days=days), str(folder)))
    faults = []
    for code, several in by_code.items():
        if len(several) > 1:
            days = ", ".join(sorted(f"{one.day}" for one in several))
            problem = Message("there are several snapshots of {region}: {days}.", region=code, days=days)
            faults.append(Fault(problem, Message("Name the day with --day-a or --day-b."), str(folder)))
    if faults:
        raise OptionError(faults)
    return sorted(asked, key=lambda one: one.code)


def rendered(about: dict[str, Any]) -> bytes:
    """Return the bytes of a manifest: sorted, and sealed with the SHA-256 of everything else in it."""
    bare = {key: value for key, value in about.items() if key != "seal"}
    seal = hashlib.sha256(_json(bare)).hexdigest()
    return _json({**bare, "seal": seal})


def opened(folder: Path | str) -> Snapshot:
    """Return what the manifest of a snapshot says; its files are not looked at.

    Raises
    ------
    SourceError
        There is no manifest, or it is none, or a byte of it was changed.
    """
    folder = Path(folder)
    file = f"{folder.name}/{MANIFEST}"
    try:
        sound = is_snapshot(folder) and (folder / MANIFEST).stat().st_size <= _MOST_BYTES
        data = (folder / MANIFEST).read_bytes() if sound else b""
        about = json.loads(data)
    except (OSError, ValueError, RecursionError):
        raise SourceError(Fault(Message("this is not the manifest of a snapshot."), _AGAIN, file)) from None
    if not isinstance(about, dict) or about.get("form") != FORM:
        raise SourceError(Fault(Message("this is not the manifest of a snapshot."), _AGAIN, file))
    if rendered(about) != data:
        raise SourceError(Fault(_CHANGED, _AGAIN, file))
    if not _is_whole(about):
        raise SourceError(Fault(Message("this is not the manifest of a snapshot."), _AGAIN, file))
    return Snapshot(folder, about)


def verified(folder: Path | str) -> Snapshot:
    """Return what the manifest says, every file of the folder held against it.

    Raises
    ------
    SourceError
        As `opened`; or a file is missing, was changed, or is none of the snapshot's: each is named.
    """
    found = opened(folder)
    there = {path.relative_to(found.folder).as_posix(): path for path in sorted(found.folder.rglob("*"))}
    files = {name: path for name, path in there.items() if path.is_symlink() or not path.is_dir()}
    faults = [Fault(what, remedy, f"{found.folder.name}/{name}") for name, what, remedy in _amiss(found, files)]
    if faults:
        raise SourceError(faults)
    return found


def read(folder: Path | str) -> Region:
    """Read the region of a snapshot as it was when it was frozen: layers, ledger, the files it was read from, its day.

    Raises
    ------
    SourceError, TableError
        As `verified` and `sources.folder.read`.
    """
    found = verified(folder)
    region = _folder.read(found.folder / LAYERS)
    return replace(region, ledger=ledger(found), inputs=tuple(Input(*one) for one in _inputs(found)), day=found.day)


def ledger(found: Snapshot) -> Ledger:
    """Return what became of every input row of a snapshot."""
    try:
        data = json.loads((found.folder / LEDGER).read_bytes())
        entries = tuple(_entry(row) for row in data["entries"])
        rows = {(str(file), str(table)): int(count) for file, table, count in data["read"]}
    except (ValueError, TypeError, LookupError, RecursionError):
        problem = Message("this is not the ledger of a snapshot.")
        raise SourceError(Fault(problem, _AGAIN, f"{found.folder.name}/{LEDGER}")) from None
    return Ledger(entries, rows)


def kept(found: Snapshot, role: str) -> list[Path]:
    """Return the tables of a role (`schools`, …) that a snapshot keeps byte for byte."""
    return [found.folder / one["kept"] for one in found.about["inputs"] if one["role"] == role and one["kept"]]


def _entry(row: Any) -> tuple[str, str, str, str, str, str, str]:
    cells = [unpacked(cell) for cell in row]
    if not all(isinstance(cell, str) for cell in cells):
        raise TypeError(row)
    file, table, line, outcome, column, what, why = cells
    return file, table, line, outcome, column, what, why


def _inputs(found: Snapshot) -> Iterator[tuple[str, str, int, str]]:
    for one in found.about["inputs"]:
        yield one["role"], one["name"], one["bytes"], one["sha256"]


def _folders(folder: Path) -> Iterator[Path]:
    """Yield a folder, or those one or two below it, that hold a manifest."""
    if is_snapshot(folder):
        yield folder
        return
    for pattern in ("*", "*/*"):
        yield from (path.parent for path in sorted(folder.glob(f"{pattern}/{MANIFEST}")) if path.is_file())


def _amiss(found: Snapshot, there: dict[str, Path]) -> Iterator[tuple[str, Message, Message]]:
    """Yield the files that are missing, changed or not the snapshot's."""
    named = found.about["files"]
    for name, told in named.items():
        if name not in there:
            yield name, Message("the file is missing."), _AGAIN
        elif (
            there[name].is_symlink()
            or not there[name].is_file()
            or hashed(there[name], "").sha256 != told.get("sha256")
        ):
            yield name, _CHANGED, _AGAIN
    for name in there:
        if name not in named and name != MANIFEST:
            yield name, Message("the file is not of the snapshot."), Message("Move it out of the folder.")


def _is_whole(about: dict[str, Any]) -> bool:
    """Return whether a sealed manifest holds what is read of it, in the types it is read as."""
    if not all(isinstance(about.get(key), kind) for key, kind in _WHOLE.items()):
        return False
    rows = all(
        isinstance(one, dict) and {"role", "name", "bytes", "sha256", "kept"} <= set(one) for one in about["inputs"]
    )
    paths = [*about["files"], *(str(one["kept"]) for one in about["inputs"] if rows and one["kept"])]
    inside = all(not PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts for path in paths)
    try:
        dt.date.fromisoformat(about["date"]), dt.date.fromisoformat(about["frozen_on"])
    except ValueError:
        return False
    told = all(isinstance(one, dict) for one in about["files"].values())
    return rows and inside and told and isinstance(about["region"].get("code"), str)


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "surrogatepass")
