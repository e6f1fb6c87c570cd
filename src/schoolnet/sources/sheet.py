"""Read a planner's sheets, CSV or XLSX, into text cells with their row numbers; encoding and separator are found."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import os
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet import foreign
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.sources import limits, workbook_parts
from schoolnet.sources.text import short, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from python_calamine import CalamineWorkbook

_SNIFFED_CHARACTERS = 100_000
_SNIFFED = 20  # lines in which the separator is counted: a title may stand above the header
# the Kazakh letters of the code page KZ-1048 stand where cp1251 has these, which neither Russian nor Kazakh uses
_NOT_RUSSIAN = set("ЌЋќћЎўЈҐЄЇґєјЅѕї")
_SCREEN = 2  # where errors are printed to
_FILL = Message("Fill the template and save it again.")


class Sheet(NamedTuple):
    """Cells of a sheet: `rows` holds (row number in the file, cells as text); `note` says what was guessed."""

    rows: list[tuple[int, list[str]]]
    note: str


def read(path: Path | str) -> Sheet:
    """Read the first sheet that is not empty; see `sheets`."""
    return sheets(path)[0]


def sheets(path: Path | str) -> list[Sheet]:
    """Read a CSV (UTF-8, UTF-16, Windows-1251 or KZ-1048; comma, semicolon or tab), or the filled sheets of an XLSX.

    Raises
    ------
    SourceError
        The file is missing, empty, too large, or of another kind.
    """
    path = Path(path)
    data = _bytes(path)
    found = _xlsx(data, path.name) if data.startswith(b"PK\x03\x04") else [_csv(data, path.name)]
    limits.rows(sum(len(sheet.rows) for sheet in found), path.name)
    filled = [sheet for sheet in found if sheet.rows]
    if not filled:
        raise SourceError(Fault(Message("the sheet holds no row."), _FILL, path.name))
    return filled


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        what = Message("there is no such file.")
        if path.is_dir():
            what = Message("this is a folder, not a file.")
        raise SourceError(Fault(what, Message("Check the path of the CSV or XLSX file."), str(path)))
    limits.size(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        what = Message("cannot be read: {error}.", error=foreign.system(error))
        remedy = Message("Close it in other programs, and check that you may read it.")
        raise SourceError(Fault(what, remedy, str(path))) from None
    if not data.strip():
        raise SourceError(Fault(Message("the file is empty."), _FILL, path.name))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        what = Message("this is an old Excel file (.xls), or one locked with a password.")
        raise SourceError(Fault(what, Message("Save it as .xlsx without a password, or as CSV."), path.name))
    return data


def _csv(data: bytes, file: str) -> Sheet:
    text, note = _decoded(data, file)
    head = text[:_SNIFFED_CHARACTERS].splitlines()[:_SNIFFED]
    separator = max(";\t,", key=lambda mark: sum(line.count(mark) for line in head))
    limits.cells(text.count(separator), file)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows, begins = [], 1
    try:
        for cells in reader:
            if cells:
                rows.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        what = Message("not a readable CSV file: {error}.", error=foreign.sheet(error))
        remedy = Message("Shorten the cell, or close the quote mark opened in this row.")
        raise SourceError(Fault(what, remedy, file, str(begins))) from None
    _refuse_open_quotes(rows, separator, file)
    for at, (number, cells) in enumerate(rows):
        rows[at] = number, [_unmarked(tidy(cell)) for cell in cells]
    return Sheet([(number, cells) for number, cells in rows if any(cells)], note)


def _unmarked(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(("=", "+", "-", "@")) else cell


def _refuse_open_quotes(rows: list[tuple[int, list[str]]], separator: str, file: str) -> None:
    """Refuse a quote mark that is never closed: it would swallow the rows below it into one cell."""
    widths = Counter(len(cells) for _, cells in rows if len(cells) > 2)  # noqa: PLR2004 - titles and notes are narrower
    if not widths:
        return
    marks = widths.most_common(1)[0][0] - 1
    swallowing = [
        number
        for number, cells in rows
        if any(
            _swallows(cell.splitlines(), separator, marks, before=at, after=len(cells) - 1 - at)
            for at, cell in enumerate(cells)
            if "\n" in cell or "\r" in cell
        )
    ]
    if swallowing:
        what = Message("a quote mark is opened and not closed: rows below it would be lost.")
        remedy = Message('Close it, or write a quote mark inside a name twice ("").')
        raise SourceError([Fault(what, remedy, file, str(number)) for number in swallowing])


def _swallows(lines: list[str], separator: str, marks: int, *, before: int, after: int) -> bool:
    """Return whether a cell of several lines holds a row, or the end of one row and the beginning of the next.

    The latter where the next row opens a quote mark, too: both rows have then the width of all others.
    """
    if any(line.count(separator) >= marks for line in lines[1:]):
        return True
    if len(lines) < 2 or separator not in lines[0]:  # noqa: PLR2004 - a line end may be the last of the cell
        return False
    return before + lines[0].count(separator) == marks == lines[-1].count(separator) + after


def _decoded(data: bytes, file: str) -> tuple[str, str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), Message("read as UTF-16")
    if b"\0" in data:
        row = str(data[: data.index(b"\0")].count(b"\n") + 1)
        what = Message("a zero byte stands here: the file is damaged, or is not text.")
        raise SourceError(Fault(what, Message("Save the register as CSV (UTF-8) or XLSX again."), file, row))
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        first = data[: error.start].count(b"\n") + 1
    text = data.decode("utf-8-sig", errors="replace")
    broken = text.count("\ufffd")
    if (
        sum(letter > "\x7f" for letter in text) > 2 * broken
    ):  # Windows-1251 read as UTF-8 would leave next to none whole
        note = Message(
            "read as UTF-8, in which {count} letters are broken, the first on row {row}", count=broken, row=first
        )
        return text, note
    text = data.decode("cp1251", errors="replace")
    if _NOT_RUSSIAN & set(text):
        return data.decode("kz1048", errors="replace"), Message("read as KZ-1048 (Kazakh Windows)")
    return text, Message("read as Windows-1251")


def _xlsx(data: bytes, file: str) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        long_ago = workbook_parts.check(data, file)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        named, count = [], 0
        for name in book.sheet_names:
            with _silenced() if long_ago else contextlib.nullcontext():
                cells = _cells(book, name, file)
            count += sum(map(len, cells))
            limits.cells(count, file)
            named.append((name, _filled(cells)))
    except (CalamineError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError) as error:
        what = Message("not a readable workbook ({error}).", error=short(tidy(str(error))))
        raise SourceError(Fault(what, Message("Save it as .xlsx again."), file)) from None
    count = sum(bool(rows) for _, rows in named)
    return [
        Sheet(
            rows,
            Message("sheet “{name}” was read; {count} more were not", name=tidy(name), count=count - 1)
            if count > 1
            else "",
        )
        for name, rows in named
    ]


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Keep off the screen what the reading library prints there of its own failure, past Python."""
    kept = os.dup(_SCREEN)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), _SCREEN)
        yield
    finally:
        os.dup2(kept, _SCREEN)
        os.close(kept)


def _cells(book: CalamineWorkbook, name: str, file: str) -> list[list[Any]]:
    """Return the cells of a sheet, or raise SourceError: a number in the place of a day or a time is none of either."""
    try:
        return book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except ArithmeticError:
        raise workbook_parts.no_time(file) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # no Exception, and of no module that could be imported
            raise
        raise workbook_parts.no_time(file) from None


def _filled(cells: list[list[Any]]) -> list[tuple[int, list[str]]]:
    rows = [(number, [_text(cell) for cell in row]) for number, row in enumerate(cells, 1)]
    return [(number, row) for number, row in rows if any(row)]


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return tidy(str(cell))
