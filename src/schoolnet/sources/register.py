"""Read the school register (CSV or XLSX; headers in kk, ru or en) and join each school to its settlement.

Grain in: one row of the sheet per school. Grain out: `tables.SCHOOLS`. Every row is used, corrected
or rejected in the ledger.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from schoolnet import schema, tables
from schoolnet.errors import Fault, SourceError, TableError
from schoolnet.ledger import Ledger, Recorder
from schoolnet.messages import Message, joined
from schoolnet.region import Input, Region, hashed
from schoolnet.sources import cells, joining, placing, sheet
from schoolnet.sources.text import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolnet.options import Options

    Rows = Sequence[tuple[int, list[str]]]

_HEADER_WITHIN = 20  # rows; titles may stand above the header
_GRADE = re.compile(r"^(?:g|grade|класс|сынып)([0-9]{1,2})$|^([0-9]{1,2})(?:класс|сынып|grade)$")
_MOST_GRADE = 12  # a twelfth grade may come
_TITLES_SHOWN = 600
_NAMES = ("name", "name_kk", "name_ru", "name_en")


class Register(NamedTuple):
    """A register as read, before it is joined to a region.

    Attributes
    ----------
    rows
        Values, columns as in `tables.SCHOOLS` plus lon and lat; the index is the row of the file.
    headers
        The file's own header of each column, for messages.
    ledger
        What could not be read, and the rows refused because their cells do not fit the headers.
    input
        The file.
    """

    rows: pd.DataFrame
    headers: dict[str, str]
    ledger: Ledger
    input: Input


def read(path: Path | str) -> Register:
    """Read a register and name its columns; of several sheets, the one whose headers are known best.

    Raises
    ------
    SourceError
        The file is missing, empty, of another kind, or holds headers and no school.
    TableError
        A required column (id, name, level, and coordinates or KATO) is not there; the headers found are listed.
    """
    path = Path(path)
    chosen = max(sheet.sheets(path), key=lambda one: max(_scores(one.rows)))
    scores = _scores(chosen.rows)
    place = scores.index(max(scores))
    number, titles = chosen.rows[place]
    columns = _columns(titles)
    _refuse_missing(columns, titles, path.name, number)
    body = chosen.rows[place + 1 :]
    if not body:
        remedy = Message("Fill in one row for each school below it.")
        raise SourceError(Fault(Message("the sheet holds a header and no school."), remedy, path.name, str(number)))
    remarks = cells.Remarks(Recorder(path.name), {name: titles[at] for at, name in columns.items()})
    for what, why in _notes(chosen, titles, columns, body):
        remarks.note(what, why)
    fitting = _fitting(body, len(titles), remarks)
    data = {name: [row[at] if at < len(row) else "" for _, row in fitting] for at, name in columns.items()}
    text = pd.DataFrame(data, index=pd.Index([str(n) for n, _ in fitting], name="row"), dtype=object)
    return Register(cells.values(text, remarks), remarks.headers, remarks.ledger(), hashed(path, "schools"))


def attach(region: Region, register: Register, options: Options) -> Region:
    """Return the region with the register's schools in place of the map's, each joined to its settlement.

    A school is joined by KATO, else by the built-up area it lies in, else by nearness (see `joining.join`); one that
    joins none stays, serves by road, and is listed. A school with KATO but no coordinates is placed at its settlement.

    Raises
    ------
    TableError
        No school of the register can be placed in the region; the first reasons are listed.
    """
    remarks = cells.Remarks(Recorder(register.input.name, register.ledger), register.headers)
    rows = placing.place(register.rows, region, remarks)
    if rows.empty:
        raise placing.nothing_placed(region, len(register.rows) + sum(register.ledger.read.values()), remarks)
    schools = schema.geoframe(rows.to_dict("records"), tables.SCHOOLS, list(rows["geometry"]))
    lines = dict(zip(rows["school_id"], rows.index, strict=True))
    schools["settlement_id"] = joining.join(schools, lines, region, options, remarks)
    return dataclasses.replace(
        region,
        schools=schools.sort_index(),
        caveats=_caveats(region, schools),
        ledger=_without_schools(region, remarks) + remarks.ledger(),
        inputs=(*region.inputs, register.input),
    )


def join_map_schools(region: Region, options: Options) -> Region:
    """Return the region with the map's own schools joined to their settlements, as those of a register are."""
    file = next((file for file, table in region.ledger.read if table == "schools"), None)
    recorder = Recorder(file or (region.inputs[0].name if region.inputs else "map"))
    if file is None:
        recorder.read("schools", len(region.schools))
    schools = region.schools.copy()
    if len(schools):
        lines = {key: key for key in schools.index}
        schools["settlement_id"] = joining.join(schools, lines, region, options, cells.Remarks(recorder, {}))
    why = Message("schools are taken from the map; their level is not known")
    recorder.note("schools", Message("no register was given"), why)
    return dataclasses.replace(region, schools=schools, ledger=region.ledger + recorder.ledger())


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


@cache
def _header_names() -> dict[str, str]:
    return {_plain(alias): name for name, aliases in cells.words()["headers"].items() for alias in aliases}


def _name_of(title: str) -> str | None:
    plain = _plain(title)
    grade = _GRADE.match(plain)
    if grade:
        number = int(grade.group(1) or grade.group(2))
        return f"g{number}" if 1 <= number <= _MOST_GRADE else None
    return _header_names().get(plain)


def _columns(titles: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at, title in enumerate(titles):
        name = _name_of(title)
        if name and name not in found.values():
            found[at] = name
    return found


def _scores(rows: Rows) -> list[int]:
    return [len(_columns(titles)) for _, titles in rows[:_HEADER_WITHIN]]


def _fitting(body: Rows, width: int, remarks: cells.Remarks) -> Rows:
    """Return the rows whose cells fit the headers; the others are rejected."""
    refused = [(number, row) for number, row in body if any(row[width:])]
    remarks.recorder.read("schools", len(refused))
    for number, row in refused:
        what = Message("{cells} cells under {headers} headers", cells=len(row), headers=width)
        remarks.rejected(number, "", what, Message("put the cell that holds the separator in quotes"))
    return [(number, row) for number, row in body if not any(row[width:])]


def _notes(read: sheet.Sheet, titles: Sequence[str], columns: dict[int, str], body: Rows) -> list[tuple[str, Message]]:
    """Return what was guessed, and which cells of the sheet are not used."""
    notes: list[tuple[str, Message]] = []
    if read.note:
        notes.append((read.note, Message("check that the letters, and the sheet, are the ones meant")))
    others = [(at, title) for at, title in enumerate(titles) if title and at not in columns]
    ignored = [title for _, title in others if not _name_of(title)]
    if ignored:
        what = Message("columns not used: {columns}", columns=_listed(ignored))
        notes.append((what, Message("their headers are not known to the register")))
    for at, title in others:
        if name := _name_of(title):
            first = titles[next(place for place, other in columns.items() if other == name)]
            what = Message("column {number}, “{title}”, not used", number=at + 1, title=short(title))
            notes.append((what, Message("“{title}” before it is read as `{name}`", title=short(first), name=name)))
    blank = [
        str(at + 1)
        for at, title in enumerate(titles)
        if not title and any(row[at : at + 1] != [""] for _, row in body if row[at : at + 1])
    ]
    if blank:
        what = Message("columns without a header, not used: {columns}", columns=_listed(blank))
        notes.append((what, Message("give them a header if they are meant")))
    narrow = [str(number) for number, row in body if len(row) < len(titles)]
    if narrow:
        what = Message("rows with fewer cells than headers: {rows}", rows=_listed(narrow))
        notes.append((what, Message("the cells missing at their end are taken as empty")))
    return notes


def _listed(parts: Sequence[str]) -> str:
    return short(", ".join(parts), _TITLES_SHOWN)


def _refuse_missing(columns: dict[int, str], titles: Sequence[str], file: str, row: int) -> None:
    have = set(columns.values())
    missing = [name for name in ("school_id", "level") if name not in have]
    if not have & set(_NAMES):
        missing.append("name")
    if not {"lon", "lat"} <= have and "kato" not in have:
        missing += sorted({"lon", "lat"} - have, reverse=True)
    spare = {_plain(title): title for at, title in enumerate(titles) if title and at not in columns}
    shown = _listed([title for title in titles if title]) or Message("none")
    found = Message("Headers found: {headers}.", headers=shown)
    faults = []
    for name in missing:
        aliases = cells.words()["headers"][name]
        near = [
            title for alias in aliases for title in difflib.get_close_matches(_plain(alias), spare, n=1, cutoff=0.75)
        ]
        hint = [Message("Is “{title}” meant?", title=short(spare[near[0]]))] if near else []
        remedy = joined(*hint, _to_name(name, aliases[-1]), found)
        faults.append(Fault(Message("the column `{name}` is not there.", name=name), remedy, file, str(row), name))
    if faults:
        raise TableError(faults)


def _to_name(name: str, alias: str) -> Message:
    titles = f"`{name}`" if alias == name else Message("`{name}` or `{alias}`", name=name, alias=alias)
    if name in ("lon", "lat"):
        return Message("Name the column {titles} (or give a KATO column).", titles=titles)
    return Message("Name the column {titles}.", titles=titles)


def _caveats(region: Region, schools: pd.DataFrame) -> tuple[str, ...]:
    kept = [one for one in region.caveats if one not in ("schools_from_map", "modelled_schools")]
    return (*kept, "modelled_schools") if (schools["source"] == "modelled").any() else tuple(kept)


def _without_schools(region: Region, remarks: cells.Remarks) -> Ledger:
    """Return the region's ledger without the map's schools: the register stands in their place, and says so."""
    if len(region.schools):
        what = Message("{count} schools of the map", count=len(region.schools))
        remarks.note(what, Message("not used: the register stands in their place"))
    read = {key: count for key, count in region.ledger.read.items() if key[1] != "schools"}
    return Ledger(tuple(entry for entry in region.ledger.entries if entry[1] != "schools"), read)
