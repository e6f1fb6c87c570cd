"""Write a snapshot: a checked region and the tables it was read from, frozen for good under its region and day."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import disk, given, people
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message, packed
from schoolnet.output.record import folder_name
from schoolnet.region import LAYERS
from schoolnet.sources import folder as _folder
from schoolnet.sources import snapshot

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.region import Region
    from schoolnet.schema import Table

#: Kinds of files that are not copied: a map of the whole country, rasters. Their hash and what was cut of them stand.
NOT_COPIED = (".pbf", ".tif", ".tiff", ".vrt")
#: Decimals of a degree: a layer read back is the layer that was frozen.
_EXACT = 20
_NEAR = 1e-15  # degrees: a tenth of a nanometre
_LONGEST = 60


def write(
    region: Region,
    day: dt.date,
    folder: Path | str,
    *,
    norms: Norms,
    options: Options,
    files: Sequence[Path | str] = (),
    told_by: str = "",
    frozen_on: dt.date,
) -> Path:
    """Freeze a region under `folder`/region/day; returns that folder. Either all of it is there, or nothing.

    Parameters
    ----------
    region
        As it was read and checked.
    day
        The day the data speak of.
    folder
        Where snapshots are kept.
    norms, options
        The norms of that day, and the choices the region was read with.
    files
        The tables it was read from, copied byte for byte (not `NOT_COPIED`).
    told_by
        Who the data are from.
    frozen_on
        The day of freezing.

    Raises
    ------
    SourceError
        There is a snapshot of the day already; a file is not the one the region was read from; a layer would not read
        back as it is; the folder cannot be written to.
    """
    place = Path(folder) / folder_name(region.code) / day.isoformat()
    if place.exists():
        raise _there(place)
    with disk.writing(Path(folder)):
        place.parent.mkdir(parents=True, exist_ok=True)
        with _apart(place.parent) as part, disk.writing(place.parent):
            about = _about(region, day, norms, options) | {
                "source": told_by.strip() or None,
                "frozen_on": frozen_on.isoformat(),
            }
            _layers(region, part / snapshot.LAYERS)
            about["inputs"] = _inputs(region, files, part)
            _ledger(region, part / snapshot.LEDGER)
            about["files"] = {path.relative_to(part).as_posix(): _hash(path) for path in _files(part)}
            (part / snapshot.MANIFEST).write_bytes(snapshot.rendered(about))
            for path in _files(part):
                path.chmod(0o444)
            part.chmod(0o755)
            _put(part, place)
    return place


def _put(part: Path, place: Path) -> None:
    """Move the whole snapshot to its place; where another run was quicker, say so."""
    try:
        part.rename(place)
    except OSError:
        if place.exists():
            raise _there(place) from None
        raise


@contextlib.contextmanager
def _apart(parent: Path) -> Iterator[Path]:
    """Give a folder beside the place of the snapshot; it is taken away where it was not put in place."""
    part = Path(tempfile.mkdtemp(dir=parent, prefix=".part-"))
    try:
        yield part
    finally:
        if part.exists():
            shutil.rmtree(part)


def _there(place: Path) -> SourceError:
    problem = Message("there is a snapshot of this day already; a snapshot is never written over.")
    remedy = Message("Use it, name another day with --date, or another folder with --out.")
    return SourceError(Fault(problem, remedy, str(place)))


def _about(region: Region, day: dt.date, norms: Norms, options: Options) -> dict[str, Any]:
    rejected = sum(entry[3] == "rejected" for entry in region.ledger.entries)
    return {
        "form": snapshot.FORM,
        "region": {"code": region.code, "names": region.names, "caveats": list(region.caveats)},
        "date": day.isoformat(),
        "norms": {"on": norms.day.isoformat(), "in_force": {key: norm.value for key, norm in norms.in_force.items()}},
        "options": options.model_dump(mode="json", exclude_unset=True),
        "schoolnet": importlib.metadata.version("schoolnet"),
        "counts": {name: len(getattr(region, name)) for name in LAYERS} | {"rejected": rejected},
    }


def _layers(region: Region, folder: Path) -> None:
    """Save the layers, read them again, and refuse to freeze what would not come back as it is."""
    region.save(folder, decimals=_EXACT)
    again = _folder.read(folder)
    parts = (
        (LAYERS, region, again),
        (people.TABLES, region.people, again.people),
        (given.TABLES, region.given, again.given),
    )
    changed = [
        name
        for tables, now, then in parts
        for name, table in tables.items()
        if not _same(getattr(now, name), getattr(then, name), table)
    ]
    if changed:
        problem = Message("the table would not read back as it is now.")
        remedy = Message("Look for cells of it that hold dates, brackets or control characters, and correct them.")
        raise SourceError([Fault(problem, remedy, name) for name in changed])


def _same(one: pd.DataFrame, two: pd.DataFrame, table: Table) -> bool:
    """Return whether two tables hold the same rows, cells and shapes in the declared columns."""
    if list(one.index) != list(two.index):
        return False
    if table.geometry and not one.geometry.geom_equals_exact(two.geometry, _NEAR).all():
        return False
    left, right = (pd.DataFrame(frame)[[*table.columns]].astype(object) for frame in (one, two))
    alike = (left == right) | (left.isna() & right.isna())
    return bool(alike.all(axis=None))


def _inputs(region: Region, files: Sequence[Path | str], part: Path) -> list[dict[str, Any]]:
    """Return the files the region was read from, each with the path of its copy where there is one."""
    rows: list[dict[str, Any]] = [{**one._asdict(), "kept": None} for one in region.inputs]
    faults = []
    for path in map(Path, files):
        if path.suffix.casefold() in NOT_COPIED or path.is_dir():
            continue
        at = sum(row["kept"] is not None for row in rows)
        copy = part / snapshot.INPUTS / f"{at + 1:02d}-{path.name[-_LONGEST:]}"
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, copy)
        digest = disk.digest(copy)
        own = next((row for row in rows if row["sha256"] == digest and row["kept"] is None), None)
        if own is None:
            problem = Message("it is not the file the region was read from.")
            faults.append(Fault(problem, Message("Read the region again, then freeze it."), path.name))
        else:
            own["kept"] = copy.relative_to(part).as_posix()
    if faults:
        raise SourceError(faults)
    return rows


def _ledger(region: Region, path: Path) -> None:
    data = {
        "entries": [[packed(cell) for cell in entry] for entry in region.ledger.entries],
        "read": [[*key, int(count)] for key, count in region.ledger.read.items()],
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", errors="surrogatepass")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _hash(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": disk.digest(path)}
