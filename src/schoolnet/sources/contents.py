"""Look whether a file holds what its name says, so that a login page is not kept as a map.

The readers look closer; here is told what another kind of file, or one cut short, gives away.
"""

from __future__ import annotations

import datetime as dt
import json
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.sources import osm_blocks

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = 512  # bytes
_TITLES = 20  # lines: those of a title may stand above the header
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # and those of BigTIFF
_GEOJSON = ("FeatureCollection", "Feature", "Polygon", "MultiPolygon")
_MOST_JSON = 600_000_000  # bytes of a GeoJSON that is read whole
REMEDY = Message("Fetch it again, or by hand.")


def check(path: Path, form: str, name: str = "") -> None:
    """Raise when a file is not of the form its source declares.

    Parameters
    ----------
    path, form
        The file, and what it should be (`catalogue_checks.FORMS`).
    name
        What it is called in the fault; the file's own name if left out.

    Raises
    ------
    SourceError
        It is missing, empty, a web page, of another kind, or cut short.
    """
    name = name or path.name
    if not path.is_file():
        raise SourceError(Fault(Message("there is no such file."), REMEDY, name))
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise SourceError(Fault(Message("the file is empty."), REMEDY, name))
    if plain.startswith(b"<"):
        raise SourceError(Fault(Message("this is a web page, not the file."), REMEDY, name))
    if not _CHECKS[form](path, head):
        raise SourceError(Fault(Message("this is not a whole .{form} file.", form=form), REMEDY, name))


def edition(path: Path, form: str) -> dict[str, str]:
    """Return which edition a checked file says it is: of an OSM extract the time its data are of (`data_of`)."""
    at = osm_blocks.replicated(path) if form == "osm.pbf" else None
    return {} if at is None else {"data_of": f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"}


def _pbf(path: Path, head: bytes) -> bool:
    if b"OSMHeader" not in head[:64]:
        return False
    try:
        osm_blocks.check(path)
    except SourceError:
        return False
    return True


def _tif(path: Path, head: bytes) -> bool:
    import rasterio

    if not head.startswith(_TIFF):
        return False
    try:
        with warnings.catch_warnings(action="ignore"), rasterio.open(path, driver="GTiff") as grid:
            end = max(_ends(grid), default=0)
    except rasterio.errors.RasterioIOError:
        return False
    return end <= path.stat().st_size


def _ends(grid: Any) -> list[int]:
    """Return where the first and the last block of a raster end, as its directory says; a block may be left out."""
    rows, columns = grid.block_shapes[0]
    last = (-(-grid.width // columns) - 1, -(-grid.height // rows) - 1)
    found = []
    for x, y in ((0, 0), last):
        place = [grid.get_tag_item(f"{what}_{x}_{y}", "TIFF", bidx=1) for what in ("BLOCK_OFFSET", "BLOCK_SIZE")]
        found += [sum(map(int, place))] if all(place) else []
    return found


def _geojson(path: Path, _head: bytes) -> bool:
    if path.stat().st_size > _MOST_JSON:
        return False
    try:
        held = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return isinstance(held, dict) and held.get("type") in _GEOJSON


def _csv(path: Path, head: bytes) -> bool:
    if b"\0" in head or head.startswith((b"{", b"[")):
        return False
    with path.open("rb") as stream:
        lines = stream.read(_HEAD * 100).splitlines()[:_TITLES]
    return any(mark in line for line in lines for mark in (b",", b";", b"\t"))


def _xlsx(path: Path, _head: bytes) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            return "[Content_Types].xml" in packed.namelist()
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError):  # of a version, and a name, that are none
        return False


_CHECKS = {"osm.pbf": _pbf, "tif": _tif, "geojson": _geojson, "csv": _csv, "xlsx": _xlsx}
