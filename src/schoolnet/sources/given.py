"""Read a planner's own tables (CSV or XLSX; headers and values in kk, ru or en) and join them to a region.

Grain in: one row a network school, a partner, or a settlement of an okrug. Grain out: the tables of `given.Given`.
Every row is used, corrected or rejected in the ledger. Network schools and partners of other regions stay: the national
choice asks for all.
"""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import given, schema
from schoolnet.errors import TableError
from schoolnet.ledger import Ledger
from schoolnet.messages import Message
from schoolnet.sources import amounts, cells, forms, given_forms, naming, placing, text
from schoolnet.sources.areas import Areas

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from pathlib import Path

    from schoolnet.region import Region
    from schoolnet.sources.forms import Form

knows = given_forms.knows
_FIRST, _LAST = 1900, 2100
_BESIDE = 1.0  # degrees a place may lie outside the region's box


def attach(region: Region, paths: Iterable[Path | str], *, several: bool = False) -> Region:
    """Return the region with a planner's own tables; a kind that is given stands in place of what it had.

    Files of one kind are joined; of two rows that say the same the first is used. `several`: the same tables are given
    to several regions.

    Raises
    ------
    SourceError
        With every fault of every file that cannot be read, or is of no kind, or of several.
    TableError
        No row of a file can be used: all are rejected. Okrugs of several regions may all lie in another of them.
    """
    found = given_forms.read(paths)
    areas, ledger = Areas(region), region.ledger
    made: dict[str, Any] = {}
    first: dict[str, tuple[str, str]] = {}
    for kind, table in given.TABLES.items():
        of_kind = [form for form in found if form.kind == kind]
        if of_kind:
            seen = forms.Seen()
            rows = pd.concat([_READERS[kind](form, areas, seen) for form in of_kind])
            keys = [name for name, column in table.columns.items() if column.dtype == "str"]
            first = _first(of_kind) | first
            rows = rows.sort_values(keys, kind="stable").to_dict("records")
            made[kind] = schema.frame(rows, table)
    if faults := [
        fault for form in found if not (several and form.kind == "okrugs") for fault in given_forms.lost(form)
    ]:
        raise TableError(faults)
    for form in found:
        ledger += form.remarks.ledger()
    return dataclasses.replace(
        region,
        given=dataclasses.replace(region.given, named_at={**region.given.named_at, **first}, **made),
        ledger=ledger,
        inputs=(*region.inputs, *(form.input for form in found)),
    )


def alone(paths: Iterable[Path | str]) -> Ledger:
    """Return what can be said of the rows of tables that are joined to no region.

    Raises
    ------
    SourceError
        With every fault of every file that can be seen without a region.
    """
    ledger = Ledger()
    for form in given_forms.read(paths):
        form.remarks.recorder.read(form.remarks.table, len(form.rows))
        ledger += form.remarks.ledger()
    return ledger


# --- network schools and partners


def _network(form: Form, areas: Areas, seen: forms.Seen) -> pd.DataFrame:
    """Return network schools: those without a region, or a profile, are rejected."""
    form.remarks.recorder.read(form.remarks.table, len(form.rows))
    rows = _texts(form, {"school": "name", "evidence": "source"})
    rows["profile"] = _each(form, "profile", _profile)
    rows["since"] = _each(form, "since", _year)
    rows = _placed(form, areas, rows, "lon")
    rows = _required(form, rows.assign(region=_region_codes(form, areas)), "region", _NO_REGION)
    rows = _required(form, rows, "profile", Message("give the profile: abai, zhautykov, satpayev or one of your own"))
    return _once(form, rows, seen, ["region", "profile", "school"], "school")


def _partners(form: Form, areas: Areas, seen: forms.Seen) -> pd.DataFrame:
    """Return partners: those without a name, a kind or a place are rejected."""
    form.remarks.recorder.read(form.remarks.table, len(form.rows))
    rows = _texts(form, {"name": "name"})
    rows["profile"] = _each(form, "profile", _profile)
    rows["kind"] = _kinds(form, rows["name"])
    rows = _placed(form, areas, rows, "lon")
    rows = _required(form, rows, "name", Message("give the name of the university or college"))
    rows = _required(form, rows, "kind", Message("say whether it is a university or a college"))
    rows = _required(form, rows, "lon", Message("give coordinates in degrees"))
    return _once(form, rows, seen, ["name", "kind", "profile", "lon", "lat"], "name")


def _okrugs(form: Form, areas: Areas, seen: forms.Seen) -> pd.DataFrame:
    """Return the settlements of okrugs, by identifier, KATO or name: others, or without a part, are rejected."""
    placed = forms.placed(_told(given_forms.by_code(form)), areas, "settlement").rows
    names = _texts(form, {"okrug": "name"}).reindex(placed.index)
    part = _each(form, "role", _role).reindex(placed.index)
    rows = names.assign(settlement_id=placed["area_id"], role=part)
    rows = _required(form, rows, "okrug", Message("give the name of the okrug"))
    rows = _required(form, rows, "role", Message("say whether it is the hub or a satellite"))
    return _once(form, rows, seen, ["okrug", "settlement_id", "role"], "settlement")


_READERS: dict[str, Callable[[Form, Areas, forms.Seen], pd.DataFrame]] = {
    "network": _network,
    "partners": _partners,
    "okrugs": _okrugs,
}
_KINDS = {"university": Message("university"), "college": Message("college")}
_NO_REGION = Message("give the region: its code (KZ-59), KATO or name")


# --- rows


def _first(forms_of_kind: list[Form]) -> dict[str, tuple[str, str]]:
    """Return the file and the row in which each profile is first named."""
    found: dict[str, tuple[str, str]] = {}
    for form in forms_of_kind:
        for row, cell in form.rows["profile"].items() if "profile" in form.rows else ():
            found.setdefault(_profile(cell)[0], (form.path.name, str(row)))
    return found


def _told(form: Form) -> Form:
    """Return a table whose ledger counts its rows as those of people are counted: under the kind it bears there."""
    return form._replace(kind=form.remarks.table, rows=form.rows.rename(columns={"settlement_id": "id"}))


def _required(form: Form, rows: pd.DataFrame, column: str, remedy: Message) -> pd.DataFrame:
    """Return the rows that have a value; the others are rejected."""
    empty = rows[column].isna() | (rows[column] == "")
    for row in rows.index[empty]:
        cell = form.rows.loc[row].get(column, "")
        form.remarks.rejected(row, column, cell or Message("the cell is empty"), remedy)
    return rows[~empty]


def _once(form: Form, rows: pd.DataFrame, seen: forms.Seen, keys: list[str], column: str) -> pd.DataFrame:
    """Return the rows that say something new; one that says what another said is rejected."""
    told = pd.Series(
        [tuple(_alike(row[key]) for key in keys) for row in rows.to_dict("records")], index=rows.index, dtype=object
    )
    return seen.once(rows, told, form, column)


def _alike(value: Any) -> Hashable:
    if isinstance(value, str):
        return value.casefold()
    return "" if pd.isna(value) else value


# --- cells


def _texts(form: Form, wanted: dict[str, str]) -> pd.DataFrame:
    """Return columns of text, too long ones cut; `wanted`: each with the column of a register that is read alike."""
    raw = pd.DataFrame({alias: form.rows.get(name, "") for name, alias in wanted.items()}, index=form.rows.index)
    read = cells.values(raw.assign(name=raw.get("name", "")), _renamed(form, wanted))
    return pd.DataFrame({name: read[alias] for name, alias in wanted.items()}, index=form.rows.index)


def _renamed(form: Form, wanted: dict[str, str]) -> cells.Remarks:
    titles = {alias: form.remarks.headers.get(name, name) for name, alias in wanted.items()}
    return cells.Remarks(form.remarks.recorder, form.remarks.headers | titles, form.remarks.table)


def _each(form: Form, column: str, reader: Callable[[str], tuple[Any, Message | None]]) -> pd.Series[Any]:
    """Return the values of a column; a reader gives the value and, when it is not what the cell says, why."""
    found = []
    for row, cell in form.rows[column].items() if column in form.rows else ((row, "") for row in form.rows.index):
        value, why = reader(cell) if cell else (None, None)
        if why:
            form.remarks.corrected(row, column, cell, why)
        found.append(value)
    return pd.Series(found, index=form.rows.index, dtype=object)


@cache
def _aliases(column: str) -> dict[str, str]:
    values = given_forms.words()["values"][column]
    return {_plain(alias): key for key, some in values.items() for alias in (key, *some)}


def _plain(cell: str) -> str:
    return re.sub(r"[\W_]+", " ", cell.casefold()).strip()


def _role(cell: str) -> tuple[str | None, Message | None]:
    found = _aliases("role").get(_plain(cell))
    why = Message("neither a hub nor a satellite, in English, Russian or Kazakh: taken as unknown")
    return found, None if found else why


def _profile(cell: str) -> tuple[str, Message | None]:
    """Return the key of a profile: one that is not known is a planner's own, in small letters."""
    plain = _plain(cell)
    if key := _aliases("profile").get(plain):
        return key, None
    key = " ".join(cell.casefold().split())
    if len(key) <= text.MOST:
        return key, None
    return text.short(key, text.MOST), Message("cut to {count} characters", count=text.MOST)


def _kinds(form: Form, name: pd.Series[Any]) -> pd.Series[Any]:
    """Return whether each partner is a university or a college: as said, else as its name says."""
    said = form.rows["kind"] if "kind" in form.rows else pd.Series("", index=form.rows.index)
    found = []
    for row, cell in said.items():
        value = _aliases("kind").get(_plain(cell)) or _by_name(str(name[row] or "").casefold())
        if value and cell and _plain(cell) not in _aliases("kind"):
            form.remarks.corrected(row, "kind", cell, Message("taken from its name: {kind}", kind=_KINDS[value]))
        found.append(value)
    return pd.Series(found, index=form.rows.index, dtype=object)


def _by_name(name: str) -> str | None:
    some = given_forms.words()["in_names"]
    return next((kind for kind, parts in some.items() if any(part in name for part in parts)), None)


def _year(cell: str) -> tuple[int | None, Message | None]:
    value = amounts.year(cell)
    if value is not None and _FIRST <= value <= _LAST:
        return value, None
    return None, Message("not a year (2023 or 2023/24): taken as unknown")


def _region_codes(form: Form, areas: Areas) -> pd.Series[Any]:
    """Return the code of each row's region, None where the cell names none, or two."""
    found = []
    for row, cell in form.rows["region"].items():
        codes = naming.region_codes(cell)
        if areas.known.is_own(cell) or cell.casefold() == areas.region.code.casefold():
            codes = [areas.region.code]
        if len(codes) > 1:
            why = Message("several regions are called so ({codes}): the code is needed", codes=", ".join(codes))
            form.remarks.note(cell, why, row=row, column="region")
        found.append(codes[0] if len(codes) == 1 else None)
    return pd.Series(found, index=form.rows.index, dtype=object)


def _placed(form: Form, areas: Areas, rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows with `lon` and `lat`: swapped ones put right, those of no place in the country missing."""
    raw = form.rows.reindex(columns=["lon", "lat"], fill_value="")
    read = cells.values(raw.assign(name=""), form.remarks)
    west, south, east, north = areas.region.boundary.bounds
    boxes = [given_forms.words()["country"]["box"], (west - _BESIDE, south - _BESIDE, east + _BESIDE, north + _BESIDE)]
    out = []
    for row, lon, lat in zip(raw.index, read["lon"], read["lat"], strict=True):
        place = (lon, lat) if _inside(boxes, lon, lat) else None
        if pd.notna(lon) and pd.notna(lat) and place is None:
            place = (lat, lon) if _inside(boxes, lat, lon) else None
            why = Message("longitude and latitude were swapped")
            if place is None:
                why = Message("no place of the country: taken as missing")
            form.remarks.corrected(row, column, placing.point(lon, lat), why)
        out.append(place or (None, None))
    return rows.assign(lon=[lon for lon, _ in out], lat=[lat for _, lat in out])


def _inside(boxes: list[Any], lon: float, lat: float) -> bool:
    return any(west <= lon <= east and south <= lat <= north for west, south, east, north in boxes)
