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
from schoolnet.sources import cells, headings, joining, placing, sheet
from schoolnet.sources.text import short, tidy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from schoolnet.options import Options
    from schoolnet.sources.belonging import Country

_GRADE = re.compile(r"^(?:g|grade|класс|сынып)([0-9]{1,2})$|^([0-9]{1,2})(?:класс|сынып|grade)$")
_MOST_GRADE = 12  # a twelfth grade may come
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
    chosen, place = _chosen(path)
    number, titles = chosen.rows[place]
    columns = headings.columns(titles, name_of)
    _refuse_missing(columns, titles, path.name, number)
    body = chosen.rows[place + 1 :]
    if not body:
        remedy = Message("Fill in one row for each school below it.")
        raise SourceError(Fault(Message("the sheet holds a header and no school."), remedy, path.name, str(number)))
    remarks = cells.Remarks(Recorder(path.name), {name: titles[at] for at, name in columns.items()})
    unknown = Message("their headers are not known to the register")
    for what, why in headings.notes(chosen, titles, columns, body, name_of, unknown=unknown):
        remarks.note(what, why)
    fitting = headings.fitting(body, len(titles), remarks)
    data = {name: [row[at] if at < len(row) else "" for _, row in fitting] for at, name in columns.items()}
    text = pd.DataFrame(data, index=pd.Index([str(n) for n, _ in fitting], name="row"), dtype=object)
    return Register(cells.values(text, remarks), remarks.headers, remarks.ledger(), hashed(path, "schools"))


def ids(path: Path, lines: Collection[str]) -> dict[str, str]:
    """Return the identifier of the school on each of some lines of a register, as it stands there, used or not."""
    chosen, place = _chosen(path)
    columns = headings.columns(chosen.rows[place][1], name_of)
    at = next((number for number, name in columns.items() if name == "school_id"), None)
    if at is None:
        return {}
    rows = ((str(number), row[at]) for number, row in chosen.rows[place + 1 :] if at < len(row))
    return {number: tidy(cell) for number, cell in rows if number in lines and tidy(cell)}


def _chosen(path: Path) -> tuple[sheet.Sheet, int]:
    """Return the sheet whose headers are known best, and which of its rows they stand in."""
    chosen = max(sheet.sheets(path), key=lambda one: max(headings.scores(one.rows, name_of)))
    scores = headings.scores(chosen.rows, name_of)
    return chosen, scores.index(max(scores))


def attach(region: Region, register: Register, options: Options, country: Country | None = None) -> Region:
    """Return the region with the register's schools in place of the map's, each joined to its settlement.

    A school is joined by KATO, else by the built-up area it lies in, else by nearness (see `joining.join`); one that
    joins none stays, serves by road, and is listed. A school with KATO but no coordinates is placed at its settlement.
    Schools of other regions near the border become `neighbours`; a register of this region alone leaves the map's.
    `country`: all regions of the map, so that a row is of one of them only; None where only this one is known.

    Raises
    ------
    TableError
        No school of the register can be placed in the region; the first reasons are listed.
    """
    remarks = cells.Remarks(Recorder(register.input.name, register.ledger), register.headers)
    placed = placing.place(register.rows, region, options, remarks, country)
    rows, beyond = placed.own, region.neighbours
    if rows.empty:
        raise placing.nothing_placed(region, len(register.rows) + sum(register.ledger.read.values()), remarks)
    schools = schema.geoframe(rows.to_dict("records"), tables.SCHOOLS, list(rows["geometry"]))
    lines = dict(zip(rows["school_id"], rows.index, strict=True))
    schools["settlement_id"] = joining.join(schools, lines, region, options, remarks)
    if placed.country:
        records, points = placed.beyond.to_dict("records"), [*placed.beyond["geometry"]]
        beyond = schema.geoframe(records, tables.NEIGHBOURS, points).sort_index()
    return dataclasses.replace(
        region,
        schools=schools.sort_index(),
        neighbours=beyond[~beyond.index.isin(schools.index)],
        caveats=_caveats(region, schools),
        ledger=_without_schools(region, remarks, beyond=placed.country) + remarks.ledger(),
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


@cache
def _header_names() -> dict[str, str]:
    return {headings.plain(alias): name for name, aliases in cells.words()["headers"].items() for alias in aliases}


def name_of(title: str) -> str | None:
    """Return the name of a register's column by its title, in English, Russian or Kazakh, or None."""
    plain = headings.plain(title)
    grade = _GRADE.match(plain)
    if grade:
        number = int(grade.group(1) or grade.group(2))
        return f"g{number}" if 1 <= number <= _MOST_GRADE else None
    return _header_names().get(plain)


def _refuse_missing(columns: dict[int, str], titles: Sequence[str], file: str, row: int) -> None:
    have = set(columns.values())
    missing = [name for name in ("school_id", "level") if name not in have]
    if not have & set(_NAMES):
        missing.append("name")
    if not {"lon", "lat"} <= have and "kato" not in have:
        missing += sorted({"lon", "lat"} - have, reverse=True)
    spare = {headings.plain(title): title for at, title in enumerate(titles) if title and at not in columns}
    shown = headings.listed([title for title in titles if title]) or Message("none")
    found = Message("Headers found: {headers}.", headers=shown)
    faults = []
    for name in missing:
        aliases = cells.words()["headers"][name]
        near = [
            title
            for alias in aliases
            for title in difflib.get_close_matches(headings.plain(alias), spare, n=1, cutoff=0.75)
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


def _without_schools(region: Region, remarks: cells.Remarks, *, beyond: bool) -> Ledger:
    """Return the region's ledger without the map's schools: the register stands in their place, and says so.

    `beyond`: in the place of those over the border too.
    """
    gone = ("schools", "neighbours") if beyond else ("schools",)
    if len(region.schools):
        what = Message("{count} schools of the map", count=len(region.schools))
        remarks.note(what, Message("not used: the register stands in their place"))
    read = {key: count for key, count in region.ledger.read.items() if key[1] not in gone}
    return Ledger(tuple(entry for entry in region.ledger.entries if entry[1] not in gone), read)
