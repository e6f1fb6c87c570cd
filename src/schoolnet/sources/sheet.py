"""Read a planner's sheet, CSV or XLSX, into text cells with their row numbers; the encoding and separator are found."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from schoolnet.errors import Fault, SourceError

_MOST_BYTES = 256 * 1024 * 1024
# the Kazakh letters of the code page KZ-1048 stand where cp1251 has these, which neither Russian nor Kazakh uses
_NOT_RUSSIAN = set("ЌЋќћЎўЈҐЄЇґєјЅѕї")


class Sheet(NamedTuple):
    """Cells of a sheet: `rows` holds (row number in the file, cells as text); `note` says what was guessed."""

    rows: list[tuple[int, list[str]]]
    note: str


def read(path: Path | str) -> Sheet:
    """Read a CSV (UTF-8, UTF-16, Windows-1251 or KZ-1048; comma, semicolon or tab) or XLSX file.

    Raises
    ------
    SourceError
        The file is missing, empty, too large, or of another kind.
    """
    path = Path(path)
    if not path.is_file():
        what = "this is a folder, not a file." if path.is_dir() else "there is no such file."
        raise SourceError(Fault(what, "Check the path.", str(path)))
    if path.stat().st_size > _MOST_BYTES:
        raise SourceError(Fault("the file is over 256 MiB: no register is so large.", "Give the register itself.", path.name))
    data = path.read_bytes()
    if not data.strip():
        raise SourceError(Fault("the file is empty.", "Fill the template and save it again.", path.name))
    sheet = _xlsx(path) if data.startswith(b"PK\x03\x04") else _csv(data, path.name)
    if not sheet.rows:
        raise SourceError(Fault("the sheet holds no row.", "Fill the template and save it again.", path.name))
    return sheet


def _csv(data: bytes, file: str) -> Sheet:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise SourceError(Fault("this is an old Excel file (.xls).", "Save it as .xlsx or CSV.", file))
    text, note = _decoded(data, file)
    first = text.lstrip().splitlines()[0]
    separator = max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise SourceError(Fault(f"not a readable CSV file: {error}.", "Save it as CSV (UTF-8) again.", file)) from None
    return Sheet([(number, row) for number, row in rows if any(row)], note)


def _decoded(data: bytes, file: str) -> tuple[str, str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16"), "read as UTF-16"
    if b"\0" in data:
        raise SourceError(Fault("this is not a text file.", "Save the register as CSV (UTF-8) or XLSX.", file))
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        text = data.decode("cp1251", errors="replace")
        if _NOT_RUSSIAN & set(text):
            return data.decode("kz1048", errors="replace"), "read as KZ-1048 (Kazakh Windows)"
        return text, "read as Windows-1251"


def _xlsx(path: Path) -> Sheet:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise SourceError(Fault("the workbook unpacks to over 256 MiB.", "Give the register itself.", path.name))
        book = CalamineWorkbook.from_path(str(path))
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except (CalamineError, zipfile.BadZipFile) as error:
        raise SourceError(Fault(f"not a readable workbook ({error}).", "Save it as .xlsx again.", path.name)) from None
    filled = [(name, rows) for name, rows in sheets if any(any(cell != "" for cell in row) for row in rows)]
    if not filled:
        return Sheet([], "")
    name, cells = filled[0]
    rows = [(number, [_text(cell) for cell in row]) for number, row in enumerate(cells, 1)]
    note = f"sheet “{name}” was read; {len(filled) - 1} more were not" if len(filled) > 1 else ""
    return Sheet([(number, row) for number, row in rows if any(row)], note)


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return str(cell).strip()
