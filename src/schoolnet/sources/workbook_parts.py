"""Look through the parts of an XLSX before the reading library does, which trusts what they say.

A few hundred bytes can ask it for half a terabyte: a stray cell in the last corner, a count of texts, a long text that
many cells show. It ends the whole program then. So the parts are measured first; it takes a tenth of the reading.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import NamedTuple

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.sources import limits

_GIVE = Message("Give the register itself.")
_AGAIN = Message("Save it as .xlsx again.")
_PLACE = re.compile(rb"""\br\s*=\s*["']([^"']*)["']""")  # of a row: 12; of a cell: B12
_CELL = re.compile(rb"([A-Za-z]+)([0-9]+)")
_PREFIX = rb"<(?:[\w.-]+:)?"
_ROW_BEGINS, _CELL_BEGINS, _VALUE_BEGINS = (re.compile(_PREFIX + one + rb"[\s/>]") for one in (b"row", b"c", b"v"))
_TEXT_BEGINS = re.compile(_PREFIX + rb"si[\s/>]")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")
_SHOWS = re.compile(_SHARED.pattern + rb"[^<>]*>\s*" + _PREFIX + rb"v(?:\s[^<>]*)?>\s*([0-9]{1,9})\s*</")
_COUNT = re.compile(rb"""ount\s*=\s*["'][^"'0-9]*([0-9]*)""", re.IGNORECASE)
_ODD = re.compile(rb"""(?:\br|ount)\s*=\s*(?:"[^"&]*&|'[^'&]*&)""", re.IGNORECASE)
_ROWS, _COLUMNS = 1_048_576, 16_384  # of any sheet: its last cell is XFD1048576
_LETTERS, _DIGITS = 3, 7  # of that cell
#: A number that were a day long before the world began: the reading library breaks off there, and says so itself.
_LONG_AGO = re.compile(rb">\s*-(?:[0-9]{12}|[0-9.]+[eE][+]?[0-9]{2})")
_MOST_WORK = 4  # times what a workbook unpacks to: sheets may share a part


class _Part(NamedTuple):
    """What a part asks for: its bytes, and of each text it shows the number among the shared ones (-1: not said)."""

    size: int
    shows: list[int]


def check(data: bytes, file: str) -> bool:
    """Raise when a workbook would not fit into memory; return whether a number in it may be a day that is none.

    Raises
    ------
    SourceError
        It unpacks to too much, its cells lie too far apart or beyond any sheet, or many of them show a long text.
    zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, NotImplementedError
        It is no archive that can be unpacked.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > limits.UNPACKED_BYTES:
            what = Message("the workbook unpacks to over {size} MiB.", size=limits.UNPACKED_BYTES >> 20)
            raise SourceError(Fault(what, _GIVE, file))
        texts: list[int] = []
        parts, long_ago = [], False
        for entry in entries:
            part = archive.read(entry)
            texts += _texts(part)
            long_ago = long_ago or bool(_LONG_AGO.search(part))
            parts.append(_measured(part, file))
    sheets = sum(part.size for part in parts if part.size) and _sheets(data)
    longest = max(texts, default=0)
    shown = sum(texts[at] if 0 <= at < len(texts) else longest for part in parts for at in part.shows)
    largest = max((part.size for part in parts), default=0)
    if sheets > limits.SHEETS or sheets * largest > _MOST_WORK * limits.UNPACKED_BYTES:
        raise SourceError(Fault(Message("the workbook holds {count} sheets.", count=sheets), _GIVE, file))
    if shown * max(sheets, 1) > limits.TEXT_BYTES:
        what = Message("the cells of the workbook hold over {size} MiB of text.", size=limits.TEXT_BYTES >> 20)
        raise SourceError(Fault(what, _GIVE, file))
    return long_ago


def no_time(file: str) -> SourceError:
    """Return what is raised where a cell of a day or a time holds a number that is none of either."""
    remedy = Message("Look for a cell of a day or a time that shows ####, and correct it.")
    return SourceError(Fault(Message("a day or a time in it cannot be one."), remedy, file))


def _sheets(data: bytes) -> int:
    """Return how many sheets the workbook names: the most that any of its parts does."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [entry for entry in archive.infolist() if entry.filename.casefold().endswith("workbook.xml")]
        return max((len(re.findall(_PREFIX + rb"sheet[\s/>]", archive.read(entry))) for entry in names), default=0)


def _texts(part: bytes) -> list[int]:
    """Return the bytes of each shared text, in their order."""
    begins = [found.start() for found in _TEXT_BEGINS.finditer(part)]
    return [after - at for at, after in zip(begins, [*begins[1:], len(part)], strict=False)]


def _measured(part: bytes, file: str) -> _Part:
    """Return what a part asks for, or raise SourceError: it asks for too much."""
    counts = (int(found[1][:20] or 0) for found in _COUNT.finditer(part))
    if _ODD.search(part) or max(counts, default=0) > limits.CELLS:
        what = Message("not a readable workbook ({error}).", error=Message("its counts are not as the format says"))
        raise SourceError(Fault(what, _AGAIN, file))
    limits.cells(_number(_CELL_BEGINS, part), file)
    height, width, widest = _far(part)
    if height * width > limits.CELLS or height > _ROWS or width > _COLUMNS:
        what = Message("a cell stands as far out as column {column}, row {row}.", column=widest, row=height)
        remedy = Message("Delete the stray cells beyond the table and save again.")
        raise SourceError(Fault(what, remedy, file))
    shared = _number(_SHARED, part)
    if not shared:
        return _Part(len(part), [])
    shows = [int(at) for at in _SHOWS.findall(part)]
    again = _number(_VALUE_BEGINS, part) - _number(_CELL_BEGINS, part)  # of two values a cell shows the last
    return _Part(len(part), shows + [-1] * (max(0, shared - len(shows)) + max(0, again)))


def _far(part: bytes) -> tuple[int, int, str]:
    """Return the farthest row and column a cell of a sheet may stand in, and the letters of the farthest one named."""
    places = _PLACE.findall(part)
    last, widest = 0, b"A"
    for place in places:
        cell = _CELL.fullmatch(place.strip())
        row = cell[2] if cell else place.strip()
        if row.isdigit():
            last = max(last, int(row.lstrip(b"0")[: _DIGITS + 1] or 0))
        if cell:
            widest = max(widest, cell[1][: _LETTERS + 1].upper(), key=lambda letters: (len(letters), letters))
    rows, cells = _number(_ROW_BEGINS, part), _number(_CELL_BEGINS, part)
    if rows + cells <= len(places):  # every row and cell says where it stands
        return last, _column_number(widest), widest.decode()
    unplaced = max(map(len, map(_CELL_BEGINS.findall, _ROW_BEGINS.split(part))))
    return last + min(rows, rows + cells - len(places)), _column_number(widest) + unplaced, widest.decode()


def _number(what: re.Pattern[bytes], part: bytes) -> int:
    return sum(1 for _ in what.finditer(part))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
