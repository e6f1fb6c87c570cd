"""Read a sheet of people into rows of text, each with the area it is of; what becomes of every row is recorded."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet.errors import Fault, SourceError, TableError
from schoolnet.ledger import Recorder
from schoolnet.messages import Message
from schoolnet.region import Input, hashed
from schoolnet.sources import amounts, cells, headings, kinds, names, naming, sheet
from schoolnet.sources.areas import Areas, Found, Told

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from schoolnet.schema import Col

_NAMES = ("name", "name_kk", "name_ru", "name_en", "area")
_IDS = ("id", "district_id", "area_id")
_THOUSANDS = re.compile(r"\b(?:тыс|тысяч|тысячах|мың|thousands?)\b", re.IGNORECASE)
_FAULTS_SHOWN = 20


class Form(NamedTuple):
    """A sheet of people as read, before its rows are joined to areas.

    Attributes
    ----------
    kind
        Of `kinds.KINDS`.
    path
        The file.
    rows
        Cells as text, columns as `kinds.name_of` names them; the index is the row of the file.
    above
        Titles above the header, the header, and the name of the file: they may tell a year.
    remarks
        Its ledger.
    input
        The file's size and hash.
    """

    kind: str
    path: Path
    rows: pd.DataFrame
    above: tuple[str, ...]
    remarks: cells.Remarks
    input: Input

    def fault(self, problem: Message, remedy: Message, row: str = "", column: str = "") -> Fault:
        """Return a fault of this file, under its own name of the column."""
        return Fault(problem, remedy, self.path.name, row, self.remarks.headers.get(column, column))


class Placed(NamedTuple):
    """Rows of a form that are of the region, with `area_id`; `strangers` are of districts that are not on the map."""

    rows: pd.DataFrame
    strangers: pd.DataFrame


def read(path: Path | str) -> Form:
    """Read a sheet of people; of several sheets of a workbook, the one whose headers are known best.

    Raises
    ------
    SourceError
        The file is missing, empty, of another kind, a school register, in thousands, or holds headers and no row.
    TableError
        Its headers are of no kind, or of several.
    """
    path = Path(path)
    header = kinds.recognised(sheet.sheets(path), path.name)
    if header.kind == "register":
        problem = Message("this is a school register, not a table of people.")
        raise SourceError(Fault(problem, Message("Give it with --schools."), path.name))
    rows = header.sheet.rows
    number, titles = rows[header.place]
    body = rows[header.place + 1 :]
    _refuse_thousands(rows[: header.place + 1], path.name)
    if not body:
        remedy = Message("Fill in one row for each area below it.")
        raise SourceError(Fault(Message("the sheet holds a header and no row."), remedy, path.name, str(number)))
    titled = {name: titles[at] for at, name in header.columns.items()}
    remarks = cells.Remarks(Recorder(path.name), titled, header.kind)
    naming = partial(kinds.name_of, kind=header.kind)
    unknown = Message("their headers are not known in a table of this kind")
    for what, why in headings.notes(header.sheet, titles, header.columns, body, naming, unknown=unknown):
        remarks.note(what, why)
    fitting = headings.fitting(body, len(titles), remarks)
    data = {name: [row[at] if at < len(row) else "" for _, row in fitting] for at, name in header.columns.items()}
    frame = pd.DataFrame(data, index=pd.Index([str(n) for n, _ in fitting], name="row"), dtype=object)
    above = (*(cell for _, row in rows[: header.place + 1] for cell in row if cell), path.stem)
    return Form(header.kind, path, frame, above, remarks, hashed(path, header.kind))


def _refuse_thousands(rows: headings.Rows, file: str) -> None:
    for number, row in rows:
        for cell in row:
            if _THOUSANDS.search(cell):
                problem = Message("the numbers are in thousands.")
                remedy = Message("Give whole people: no child can be counted from rounded thousands.")
                raise SourceError(Fault(problem, remedy, file, str(number), cell))


# --- areas


def placed(form: Form, areas: Areas, level: str) -> Placed:
    """Return the rows of this region; the others are noted in one line, or rejected one by one.

    Rows of other regions and rows of totals are no rows of this table: they are counted in notes. A code of another
    region in a table that is not mostly of other regions is taken for a slip of the pen, and rejected.
    """
    found = pd.Series(list(_found(form, areas, level)), index=form.rows.index, dtype=object)
    outcome = found.map(lambda one: one.outcome)
    by_code = found.map(lambda one: one.outcome == "elsewhere" and one.why is not None)
    if by_code.sum() and 2 * (outcome == "elsewhere").sum() <= len(found):
        outcome = outcome.mask(by_code, "rejected")
    aside = outcome.isin(["elsewhere", "total"])
    _note_aside(form, outcome)
    form.remarks.recorder.read(form.kind, int((~aside).sum()))
    for row, one in found[~aside].items():
        if outcome[row] == "rejected":
            form.remarks.rejected(row, one.column, one.what, one.why)
        elif outcome[row] == "found" and one.why is not None:
            form.remarks.note(one.what, one.why, row=row, column=one.column)
    ids = form.rows.assign(area_id=[one.area_id for one in found])
    told = found[outcome == "stranger"]
    strangers = ids[outcome == "stranger"].assign(
        what=[one.what for one in told], why=[one.why for one in told], column=[one.column for one in told]
    )
    return Placed(ids[outcome == "found"], strangers)


def _found(form: Form, areas: Areas, level: str) -> Iterator[Found]:
    """Yield the area of each row; below the name of another region all rows are of that region, up to the next."""
    rows, away = form.rows, False
    told_apart = {"oblast", "oblast_kato", "kato", *_IDS} & set(rows)
    for row in rows.to_dict("records"):
        told = _told(row)
        found = areas.find(told, level)
        if not told_apart and level != "settlement":
            if found.area_id == "*" or found.outcome == "elsewhere":
                away = found.outcome == "elsewhere"
            elif away:
                found = Found("", "elsewhere")
        yield found


def _told(row: dict[Hashable, Any]) -> Told:
    plain = {name: row[name] for name in Told._fields if name in row and name not in ("id", "names")}
    plain["id"] = next((row[name] for name in _IDS if name in row), "")
    of_region = row.get("oblast") and row.get("level", "").casefold() in names.words()["words"]["region"]
    return Told(**plain, names=() if of_region else tuple(row[name] for name in _NAMES if row.get(name)))


def _note_aside(form: Form, outcome: pd.Series[str]) -> None:
    count, totals = int((outcome == "elsewhere").sum()), outcome.index[outcome == "total"]
    if count:
        what = Message("{count} of {all} rows", count=count, all=len(outcome))
        form.remarks.note(what, Message("they lie in other regions: not rows of this region"))
    if len(totals):
        what = Message("rows {rows}", rows=headings.listed(list(totals)))
        form.remarks.note(what, Message("they are sums of other rows: not used"))


def nothing(form: Form, areas: Areas) -> TableError:
    """Return the error of a form of which no row is of the region, with the first rows and their reasons."""
    region = areas.region
    name = naming.said(region.names, region.code)
    problem = Message("none of the {count} rows is of {region}.", count=len(form.rows), region=name)
    remedy = Message("Check that it is the table of this region, and that its areas bear their KATO or their names.")
    rejected = [entry[2:] for entry in form.remarks.ledger().entries if entry[3] == "rejected"][:_FAULTS_SHOWN]
    first = [
        Fault(Message("{what}: not used.", what=what), Message("{why}.", why=why), form.path.name, row, column)
        for row, _, column, what, why in rejected
    ]
    return TableError([Fault(problem, remedy, form.path.name), *first])


# --- cells


def numbers(form: Form, column: pd.Series[Any], bounds: Col) -> pd.Series[float]:
    """Return the numbers of a column of cells; one that cannot be read, or was guessed at, is in the ledger."""
    low, high = bounds.low or 0, bounds.high or 1e9
    found = []
    for row, cell in column.items():
        value, why = amounts.count(cell, low, high, whole=bounds.dtype == "Int64") if cell else (None, None)
        if why:
            form.remarks.corrected(row, str(column.name), cell, why)
        found.append(value)
    return pd.Series(found, index=column.index, dtype=float)


def years(form: Form, rows: pd.DataFrame) -> pd.Series[float]:
    """Return the year of each row, missing where the sheet says none; one that cannot be read is in the ledger."""
    found = []
    for row, cell in (rows["year"] if "year" in rows else pd.Series("", index=rows.index)).items():
        value = amounts.year(cell) if cell else None
        if cell and value is None:
            form.remarks.corrected(row, "year", cell, Message("not a year (2023 or 2023/24): taken as unknown"))
        found.append(value)
    return pd.Series(found, index=rows.index, dtype=float)


def year_said(form: Form) -> int | None:
    """Return the year that the header, the titles above it or the name of the file name, when they name one only."""
    return amounts.year_within(*form.above)


class Seen:
    """Keys of a table that were read, over all its files: of two rows of one key the first is used."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, tuple[Path, str, str]] = {}

    def before(self, key: Hashable, form: Form, row: str, column: str = "") -> Message | None:
        """Return where the key was read before, and what to do; None, and remember it, where it was not."""
        here = (form.path, row, column)
        first = self._rows.setdefault(key, here)
        if first == here:
            return None
        if first[0] == form.path:
            return Message("stands already on row {row}: remove one", row=first[1])
        return Message("stands already in {file}, row {row}: remove one", file=first[0].name, row=first[1])

    def once(self, rows: pd.DataFrame, keys: pd.Series[Any], form: Form, column: str) -> pd.DataFrame:
        """Return the rows whose key is new; the others are rejected."""
        new = []
        for row, key in keys.items():
            why = self.before(key, form, str(row))
            if why:
                form.remarks.rejected(row, column, _shown(key), why)
            new.append(why is None)
        return rows[pd.Series(new, index=rows.index, dtype=bool)]


def _shown(key: Any) -> str:
    return ", ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


def without_figure(form: Form, rows: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that hold a figure that can be used; the others are rejected."""
    empty = figures.reindex(rows.index).isna().all(axis=1)
    for row in rows.index[empty]:
        form.remarks.rejected(row, "", Message("no figure"), Message("the row holds no number that can be used"))
    return rows[~empty]
