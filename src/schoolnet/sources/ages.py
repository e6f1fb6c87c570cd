"""Read inhabitants of areas by age: single years or groups, down the sheet or across it.

Grain in: one row per area and age, or per area with a column for each age. Grain out: `people.AGE_STRUCTURE`.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.errors import Fault, TableError
from schoolnet.messages import Message
from schoolnet.people import AGE_STRUCTURE, AGES
from schoolnet.sources import amounts, forms, names
from schoolnet.sources.gazetteer import is_total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.options import Options
    from schoolnet.sources.areas import Areas

_WIDE = re.compile(r"a[0-9]+(-[0-9]+)?")
_STRUCTURE = ["area_id", "territory", "year", "month"]  # what one age structure is of
_GROUP = [*_STRUCTURE, "age", "age_to"]
_ALL = (-1, -1)  # as an age: all ages together
_MONTHS = (1, 9)
_SEPTEMBER = ("1 сентября", "1 қыркүйек", "1 september")


def read(form: forms.Form, areas: Areas, seen: forms.Seen, options: Options) -> pd.DataFrame:
    """Return the ages of areas of the region, columns as in `people.AGE_STRUCTURE`; both sexes are one.

    A group that finer ones fill is their sum and is not used; what is given for all ages together is only compared.

    In                                     Out
    area  пол  возраст  people  год        area_id  territory  age  age_to  people  month  year
    *     оба  0-4      60      2023       *        all        0    4       60.0    1      2023
    *     оба  5+       700     2023       *        all        5    120     700.0   1      2023
    *     оба  всего    761     2023                                                             760 is noted beside it

    Raises
    ------
    TableError
        Groups overlap, ages are missing between 0 and the last, or up to 17, or all are zero; every one is listed.
    """
    rows = _worded(form, _dated(form, forms.placed(form, areas, "any").rows, options))
    figures = _figures(form, rows)
    rows = forms.without_figure(form, rows, figures)
    keys = [*_STRUCTURE, "sex", *(["span"] if "age" in rows else [])]
    rows = seen.once(
        rows, pd.Series(list(rows[keys].itertuples(index=False, name=None)), index=rows.index), form, "age"
    )
    faults: list[Fault] = []
    kept = []
    for _, part in _of_both_sexes(form, _melted(rows, figures)).groupby(_STRUCTURE, sort=False):
        total = part[part["age"] < 0]["people"]
        groups = _without_sums(form, part[part["age"] >= 0].sort_values(["age", "age_to"]))
        if groups.empty:
            form.remarks.rejected(part["row"].iloc[0], "age", Message("a total alone"), Message("give the ages too"))
            continue
        faults += _faults(form, groups)
        if len(total) and total.iloc[0] != groups["people"].sum():
            _note_total(form, part, total.iloc[0], groups["people"].sum())
        kept.append(groups)
    if faults:
        raise TableError(faults)
    out = pd.concat(kept) if kept else pd.DataFrame(columns=list(AGE_STRUCTURE.columns))
    return out[list(AGE_STRUCTURE.columns)]


# --- rows


def _dated(form: forms.Form, rows: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return the rows with their year and month as numbers; where nothing says them, the plan's, 1 January."""
    year, said = forms.years(form, rows), forms.year_said(form)
    if year.isna().any() and said is None:
        why = Message("taken as of the plan's year, {year}: name a column `year`", year=options.school_year)
        form.remarks.note(Message("no year"), why, column="year")
    cells = rows["month"] if "month" in rows else pd.Series("", index=rows.index)
    month = cells.map(lambda cell: amounts.number(cell).value).astype(float)
    wrong = (cells != "") & ~month.isin(_MONTHS)
    for row in rows.index[wrong]:
        why = Message("ages are counted on 1 January (1) or on 1 September (9)")
        form.remarks.rejected(row, "month", cells[row], why)
    september = any(day in cell.casefold() for cell in form.above for day in _SEPTEMBER)
    month = month.where(cells != "", 9 if september else 1)
    return rows.assign(year=year.fillna(said or options.school_year), month=month)[~wrong]


def _worded(form: forms.Form, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with territory, sex and, down the sheet, ages read; rows of words not known are rejected."""
    rows = rows.assign(
        territory=[_word(form, rows, row, "territory", "all") for row in rows.index],
        sex=[_word(form, rows, row, "sex", "both") for row in rows.index],
    )
    known = rows["territory"].notna() & rows["sex"].notna()
    if "age" in rows:
        spans = [_span(rows.loc[row]) for row in rows.index]
        rows = rows.assign(span=pd.Series(spans, index=rows.index, dtype=object))
        for row in rows.index[known & rows["span"].isna()]:
            why = Message("not an age (7), a group (0-4, 85+) or a total")
            form.remarks.rejected(row, "age", rows.loc[row, "age"], why)
        known &= rows["span"].notna()
    return rows[known]


@cache
def _meanings(column: str) -> dict[str, str]:
    return {names.key(alias): one for one, some in names.words()["values"][column].items() for alias in some}


def _word(form: forms.Form, rows: pd.DataFrame, row: str, column: str, whole: str) -> str | None:
    cell = rows.loc[row, column] if column in rows else ""
    if not cell or is_total(cell) or cell.casefold() == whole:
        return whole
    found = _meanings(column).get(names.key(cell))
    if found is None:
        form.remarks.rejected(row, column, cell, Message("not a word known here: see data/schools/README.md"))
    return found


def _span(row: pd.Series[Any]) -> tuple[int, int] | None:
    if is_total(row["age"]):
        return _ALL
    found, last = amounts.ages(row["age"]), amounts.number(row.get("age_to", "")).value
    if found and last is not None:
        return (found[0], int(last)) if found[0] <= last <= amounts.OLDEST else None
    return found


def _figures(form: forms.Form, rows: pd.DataFrame) -> pd.DataFrame:
    wide = [name for name in rows if _WIDE.fullmatch(name)]
    said = [name for name in ("people", "total") if name in rows]
    columns = said[:1] if "age" in rows else [*wide, *said[:1]]
    bounds = AGE_STRUCTURE.columns["people"]
    return pd.DataFrame({name: forms.numbers(form, rows[name], bounds) for name in columns}, index=rows.index)


def _melted(rows: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each cell of people, with its ages, and where it stands."""
    parts = []
    for name in figures:
        part = rows[[*_STRUCTURE, "sex"]].assign(row=rows.index, column=name, people=figures[name].reindex(rows.index))
        spans = list(rows["span"]) if "span" in rows else [_titled(name)] * len(rows)
        parts.append(part.assign(age=[one[0] for one in spans], age_to=[one[1] for one in spans]))
    columns = [*_STRUCTURE, "sex", "row", "column", "people", "age", "age_to"]
    out = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return out[out["people"].notna()]


def _titled(name: str) -> tuple[int, int]:
    if not _WIDE.fullmatch(name):
        return _ALL
    first, _, last = name.removeprefix("a").partition("-")
    return int(first), int(last or first)


# --- sexes and groups


def _of_both_sexes(form: forms.Form, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of both sexes together; men and women are summed where both are given, and nothing else is."""
    whole, parted = cells[cells["sex"] == "both"], cells[cells["sex"] != "both"]
    if parted.empty:
        return whole
    counts = parted.groupby(_GROUP, sort=False)["people"].agg(["sum", "count"]).reset_index()
    first = parted.drop_duplicates(_GROUP).drop(columns="people").merge(counts, on=_GROUP)
    given = first.merge(whole[[*_GROUP, "people"]], on=_GROUP, how="left")
    for one in given[given["people"].notna() & (given["count"] > 1) & (given["people"] != given["sum"])].itertuples():
        values = {"given": f"{one.people:g}", "sum": f"{one.sum:g}"}
        what = Message("{given} inhabitants, but men and women sum to {sum}", **values)
        form.remarks.note(what, Message("the inhabitants given are used"), row=one.row, column=str(one.column))
    alone = given[given["people"].isna() & (given["count"] == 1)]
    for one in alone.drop_duplicates("row").itertuples():
        form.remarks.rejected(
            one.row, "sex", Message("one sex only"), Message("the other is missing: give both, or their sum")
        )
    summed = given[given["people"].isna() & (given["count"] > 1)].assign(people=lambda rows: rows["sum"])
    return pd.concat([whole, summed[whole.columns]], ignore_index=True)


def _without_sums(form: forms.Form, groups: pd.DataFrame) -> pd.DataFrame:
    """Return the groups less those that finer groups fill; one that is not their sum is noted."""
    spans = {(one.age, one.age_to): one for one in groups.itertuples()}
    drop = []
    for (age, age_to), one in spans.items():
        finer = _filled(age, age_to, set(spans) - {(age, age_to)})
        if finer:
            drop.append(one.Index)
            total = sum(spans[span].people for span in finer)
            if total != one.people:
                values = {"ages": _said(age, age_to), "given": f"{one.people:g}", "sum": f"{total:g}"}
                what = Message("ages {ages}: {given}, but they sum to {sum}", **values)
                form.remarks.note(what, Message("the single ages are used"), row=one.row, column=one.column)
    return groups.drop(index=drop)


def _filled(age: int, age_to: int, spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the finest groups that fill ages without a gap, or nothing."""
    found, at = [], age
    while at <= age_to:
        ends = [last for first, last in spans if first == at and last <= age_to]
        if not ends:
            return []
        found.append((at, min(ends)))
        at = min(ends) + 1
    return found


def _faults(form: forms.Form, groups: pd.DataFrame) -> Iterator[Fault]:
    remedy = Message("Give each age once, from 0 to 17 at the least; write 0 where there is nobody.")
    rows = list(groups.itertuples())
    for before, one in pairwise(rows):
        if one.age <= before.age_to:
            values = {"ages": _said(one.age, one.age_to), "others": _said(before.age, before.age_to)}
            problem = Message("ages {ages} overlap ages {others} of row {row}.", **values, row=before.row)
            yield form.fault(problem, remedy, str(one.row), str(one.column))
        elif one.age > before.age_to + 1:
            yield form.fault(_missing(before.age_to + 1, one.age - 1), remedy, str(one.row), str(one.column))
    first, last = rows[0], rows[-1]
    if first.age > 0:
        yield form.fault(_missing(0, first.age - 1), remedy, str(first.row), str(first.column))
    if groups["age_to"].max() < AGES[-1]:
        yield form.fault(_missing(groups["age_to"].max() + 1, AGES[-1]), remedy, str(last.row), str(last.column))
    if not groups["people"].sum() > 0:
        remedy = Message("Give the figures, or leave the area out.")
        yield form.fault(Message("nobody is counted in any age."), remedy, str(first.row))


def _missing(age: int, age_to: int) -> Message:
    return Message("ages {ages} are missing.", ages=_said(age, age_to))


def _said(age: int, age_to: int) -> str:
    return f"{age}" if age == age_to else f"{age}+" if age_to == amounts.OLDEST else f"{age}–{age_to}"


def _note_total(form: forms.Form, part: pd.DataFrame, total: float, found: float) -> None:
    one = part[part["age"] < 0].iloc[0]
    what = Message("{given} of all ages, but the ages sum to {sum}", given=f"{total:g}", sum=f"{found:g}")
    form.remarks.note(what, Message("the ages are used"), row=one["row"], column=one["column"])
