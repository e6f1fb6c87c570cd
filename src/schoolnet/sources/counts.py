"""Read births and pupils of areas by year, down the sheet or across it.

Grain in: one row per area and year (and grade), or per area with a column for each year or grade.
Grain out: `people.BIRTHS`, `people.SERIES`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.messages import Message
from schoolnet.people import BIRTHS, SERIES
from schoolnet.sources import amounts, forms, names
from schoolnet.sources.gazetteer import is_total

if TYPE_CHECKING:
    from schoolnet.schema import Col
    from schoolnet.sources.areas import Areas

_YEAR, _GRADE = re.compile(r"y[0-9]{4}"), re.compile(r"g[0-9]+")
_MOST_GRADE = 12
_NO_YEAR = Message("not a year (2023 or 2023/24)")


def births(form: forms.Form, areas: Areas, seen: forms.Seen) -> pd.DataFrame:
    """Return live births of areas of the region, columns as in `people.BIRTHS`; boys and girls are one.

    In                                    Out
    Регион                 2021  2022     area_id  year  births
    Республика Казахстан   900   800      KZ       2021  900
    Акмолинская область    90    80       KZ       2022  800        the second row is of another region
    """
    rows = forms.placed(form, areas, "any").rows
    columns = [name for name in rows if _YEAR.fullmatch(name)] or ["births"]
    cells = _cells(form, rows, columns, BIRTHS.columns["births"])
    sexes = rows["sex"].map(_sex) if "sex" in rows else pd.Series("both", index=rows.index)
    cells["sex"] = cells["row"].map(sexes)
    cells = _both(form, _once(form, cells, ["area_id", "year", "sex"], seen))
    return cells.rename(columns={"count": "births"})[list(BIRTHS.columns)]


def series(form: forms.Form, areas: Areas, seen: forms.Seen) -> pd.DataFrame:
    """Return pupils of areas of the region by school year and grade, columns as in `people.SERIES`.

    In                                      Out
    area  учебный год  1 класс  2 класс     area_id  year  grade  pupils
    *     2023/24      100      90          *        2023  1      100
                                            *        2023  2      90
    """
    rows = forms.placed(form, areas, "any").rows
    grades = pd.Series(0, index=rows.index)
    if "grade" in rows:
        grades = rows["grade"].map(_grade)
        for row in rows.index[grades.isna()]:
            form.remarks.rejected(row, "grade", rows.loc[row, "grade"], Message("not a grade from 1 to 12, or a total"))
        rows = rows[grades.notna()]
    columns = [name for name in rows if _YEAR.fullmatch(name)] or [
        *(name for name in rows if _GRADE.fullmatch(name)),
        *[name for name in ("pupils", "total") if name in rows][:1],
    ]
    cells = _cells(form, rows, columns, SERIES.columns["pupils"])
    titled = cells["column"].where(cells["column"].str.fullmatch(_GRADE)).str[1:]
    cells["grade"] = titled.astype(float).fillna(cells["row"].map(grades).astype(float))
    cells = _once(form, cells, ["area_id", "year", "grade"], seen)
    _note_sums(form, cells)
    return cells.rename(columns={"count": "pupils"})[list(SERIES.columns)]


def _cells(form: forms.Form, rows: pd.DataFrame, columns: list[str], bounds: Col) -> pd.DataFrame:
    """Return one row for each figure: where it stands (`row`, `column`), `area_id`, `year` and `count`."""
    if not any(_YEAR.fullmatch(name) for name in columns):
        years = rows["year"].map(amounts.year)
        for row in rows.index[years.isna()]:
            form.remarks.rejected(row, "year", rows.loc[row, "year"] or Message("no year"), _NO_YEAR)
        rows = rows[years.notna()].assign(year=years.dropna())
    figures = pd.DataFrame({name: forms.numbers(form, rows[name], bounds) for name in columns}, index=rows.index)
    rows = forms.without_figure(form, rows, figures)
    parts = [
        pd.DataFrame(
            {
                "row": rows.index,
                "column": name,
                "area_id": rows["area_id"].to_numpy(),
                "year": int(name[1:]) if _YEAR.fullmatch(name) else rows["year"].to_numpy(),
                "count": figures.loc[rows.index, name].to_numpy(),
            }
        )
        for name in columns
    ]
    out = pd.concat(parts, ignore_index=True).astype({"row": object, "column": "str", "year": float, "count": float})
    return out[out["count"].notna()].reset_index(drop=True)


def _once(form: forms.Form, cells: pd.DataFrame, keys: list[str], seen: forms.Seen) -> pd.DataFrame:
    """Return the figures whose key is new. A row of which no figure is new is rejected; else its old ones are."""
    told = list(cells[keys].itertuples(index=False, name=None))
    places = zip(told, cells["row"], cells["column"], strict=True)
    copies = [seen.before(key, form, str(row), str(column)) for key, row, column in places]
    before = pd.Series(copies, index=cells.index, dtype=object)
    for row, group in cells.groupby("row", sort=False):
        old = before[group.index].dropna()
        if len(old) == len(group):
            form.remarks.rejected(row, "", str(group["area_id"].iloc[0]), old.iloc[0])
            continue
        for at, why in old.items():
            form.remarks.corrected(row, group.loc[at, "column"], str(int(group.loc[at, "count"])), why)
    return cells[before.isna()]


def _sex(cell: str) -> str:
    words = names.words()["values"]["sex"]
    return next((one for one, some in words.items() if names.key(cell) in map(names.key, some)), "both")


def _grade(cell: str) -> float | None:
    if not cell or is_total(cell):
        return 0
    value = amounts.number(cell).value
    value = amounts.grade(cell) if value is None else value
    return value if value is not None and value in range(_MOST_GRADE + 1) else None


def _both(form: forms.Form, cells: pd.DataFrame) -> pd.DataFrame:
    """Return births of boys and girls together; where one sex alone is given, the row is rejected."""
    whole, parted = cells[cells["sex"] == "both"], cells[cells["sex"] != "both"]
    keys = ["area_id", "year"]
    known = set(whole[keys].itertuples(index=False, name=None))
    parted = (
        parted[[key not in known for key in parted[keys].itertuples(index=False, name=None)]] if len(parted) else parted
    )
    counts = parted.groupby(keys, sort=False)["count"].agg(["sum", "count"]).reset_index()
    alone = parted.merge(counts[counts["count"] == 1][keys], on=keys)
    for row in alone["row"].unique():
        why = Message("the other is missing: give both, or their sum")
        form.remarks.rejected(row, "sex", Message("one sex only"), why)
    summed = counts[counts["count"] > 1].drop(columns="count").rename(columns={"sum": "count"})
    return pd.concat([whole, summed], ignore_index=True)


def _note_sums(form: forms.Form, cells: pd.DataFrame) -> None:
    """Note the total of a row's grades that is not their sum; both are kept."""
    for row, group in cells.groupby("row", sort=False):
        total, grades = group[group["grade"] == 0], group[group["grade"] > 0]
        if len(total) == 1 and len(grades) > 1 and total["count"].iloc[0] != grades["count"].sum():
            values = {"given": f"{total['count'].iloc[0]:.0f}", "sum": f"{grades['count'].sum():.0f}"}
            what = Message("{given} pupils, but the grades sum to {sum}", **values)
            form.remarks.note(what, Message("both are kept"), row=row, column=total["column"].iloc[0])
