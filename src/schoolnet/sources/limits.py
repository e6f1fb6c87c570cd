"""What a planner's files may be at most: above it a file is refused with a remedy, not read until memory ends.

Map extracts have no limit of size: they are streamed. 8,000 schools with 60 columns are half a million cells and 20 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from pathlib import Path

_MIB = 1024 * 1024
#: Bytes of a table on disk (CSV, XLSX, the tables of a saved region or programme), and of a layer in GeoJSON.
TABLE_BYTES = 64 * _MIB
LAYER_BYTES = 512 * _MIB
_NOTE_BYTES = _MIB  # of a record of what was fetched
#: Bytes a workbook unpacks to, bytes of text in its cells, and its sheets.
UNPACKED_BYTES = 256 * _MIB
TEXT_BYTES = 128 * _MIB
SHEETS = 256
#: Cells of a table, empty ones among them.
CELLS = 5_000_000
#: Rows of a planner's table that hold anything: each may be told of in the ledger.
ROWS = 300_000
#: Cells of a raster: Kazakhstan in cells of 30 m has 8 milliard.
RASTER_CELLS = 20_000_000_000
#: Above so many cells a raster has at most so many for each byte of its file: deflate holds a thousand at best.
_FEW_CELLS, _CELLS_A_BYTE = 500_000_000, 5000
#: Columns of a layer.
COLUMNS = 1000
_GIVE = Message("Give the table itself, without what is not of it.")


def note(path: Path) -> str:
    """Return the text of a small file this program wrote; nothing where what bears its name is a pipe, or large."""
    sound = path.is_file() and path.stat().st_size <= _NOTE_BYTES
    return path.read_text(encoding="utf-8") if sound else ""


def size(path: Path, most: int | None = None) -> None:
    """Raise SourceError when a file has more bytes than `most`; than a table may have when None."""
    most = TABLE_BYTES if most is None else most
    if path.stat().st_size > most:
        what = Message("the file is over {size} MiB: no table of this kind is so large.", size=most // _MIB)
        raise SourceError(Fault(what, _GIVE, path.name))


def rows(count: int, file: str) -> None:
    """Raise SourceError when a table has more rows than it may."""
    if count > ROWS:
        what = Message("the table has over {count} rows.", count=f"{ROWS:,}".replace(",", " "))
        raise SourceError(Fault(what, _GIVE, file))


def cells(count: int, file: str) -> None:
    """Raise SourceError when a table has more cells than it may."""
    if count > CELLS:
        what = Message("the table has over {count} cells.", count=f"{CELLS:,}".replace(",", " "))
        raise SourceError(Fault(what, _GIVE, file))


def fields(path: Path) -> None:
    """Raise SourceError when a layer has more columns than one may; what GDAL says of a file it cannot open passes."""
    import pyogrio

    if len(pyogrio.read_info(path)["fields"]) > COLUMNS:  # their reading takes the square of their number
        what = Message("the layer has over {count} columns.", count=COLUMNS)
        raise SourceError(Fault(what, _GIVE, path.name))


def raster(cells_: int, path: Path) -> bool:
    """Return whether a raster can be read: few enough cells, and a file that could hold them if it were packed well."""
    return cells_ <= min(RASTER_CELLS, max(_FEW_CELLS, _CELLS_A_BYTE * path.stat().st_size))
