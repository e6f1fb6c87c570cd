"""Read official totals of districts: inhabitants, in towns and in villages, and of the whole region.

Grain in: one row of the sheet per district, of one region or of the country. Grain out: `people.OFFICIAL`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet.messages import Message
from schoolnet.people import OFFICIAL, REGION
from schoolnet.sources import amounts, forms
from schoolnet.sources.headings import listed

if TYPE_CHECKING:
    from schoolnet.options import Options
    from schoolnet.sources.areas import Areas

_FIGURES = ["population", "men", "women", "urban", "rural"]
_PARTS = (("men", "women"), ("urban", "rural"))
_LEAST_PARTS = 2
_LEFT = 0.02  # share of a city that may lie outside its own districts


class Counted(NamedTuple):
    """Rows of one file: of districts and the region (`area_id`), and those that count in the region's total only."""

    rows: pd.DataFrame
    total_only: pd.DataFrame


def read(form: forms.Form, areas: Areas, seen: forms.Seen, options: Options) -> Counted:
    """Return the rows of districts of the region, columns as in `people.OFFICIAL` and `area_id`.

    A district of this region that the map does not have counts in the region's total alone; one that is a part of the
    row above it (the districts of a city, listed after the city) counts once, with it.

    In                                        Out
    name_kk         pop       adm2_kato       area_id  population
    Ақтөбе қ.ә.     559965.0  151000000       r1053    559965
    Астана ауданы   313830.0                                       part of the row above
    Алматы ауданы   246135.0                                       part of the row above
    """
    form = _of_one_year(form, options)
    placed = forms.placed(form, areas, "district")
    every = pd.concat([placed.rows, placed.strangers]).loc[lambda rows: _in_order(rows, form)]
    figures = _figures(form, every)
    years = forms.years(form, every)
    if "year" not in every:
        years = years.fillna(forms.year_said(form) or float("nan"))
    every = every.assign(**{name: figures[name] for name in _FIGURES}, year=years)
    every = forms.without_figure(form, every, figures[["population"]])
    parts = _parts(every)
    for row in every.index[parts != ""]:
        what = Message("a part of row {row}: the districts below it sum to it, or to all but 2 % of it", row=parts[row])
        form.remarks.note(what, Message("counted once, with the whole"), row=row)
    strangers = every[(every["area_id"] == "") & (parts == "")]
    for row in strangers.index:
        what, why = strangers.loc[row, ["what", "why"]]
        form.remarks.note(Message("{what}: {why}", what=what, why=why), _TOTAL_ONLY, row=row)
    known = every[every["area_id"] != ""]
    known = seen.once(known, known["area_id"], form, "kato" if "kato" in known else "name")
    return Counted(known, strangers)


_TOTAL_ONLY = Message("no district of the map: counts in the region's total only")


def whole(counted: list[Counted], form: forms.Form, areas: Areas) -> pd.DataFrame:
    """Return all files' rows as one table with the region's total (`*`): as given, else the sum of its districts."""
    rows = pd.concat([one.rows for one in counted])
    rest = pd.concat([one.total_only for one in counted])
    region = areas.region
    out = rows.set_index(rows["area_id"].to_numpy())[["population", "urban", "rural", "year"]]
    missing = [key for key in region.districts.index if key not in out.index]
    total = _total(pd.concat([rows[rows["area_id"] != REGION], rest]))
    if REGION not in out.index and not total.empty:
        out.loc[REGION] = total
    elif not total.empty and not missing and total["population"] != out.loc[REGION, "population"]:
        given = f"{out.loc[REGION, 'population']:.0f}"
        what = Message(
            "{given} in the region, but its districts sum to {sum}", given=given, sum=f"{total['population']:.0f}"
        )
        form.remarks.note(what, Message("both are kept: the districts' totals are used for the districts"))
    if len(region.districts) == 1 and missing and REGION in out.index:
        out.loc[missing[0]] = out.loc[REGION]
        missing = []
    if missing:
        what = Message("no row for {names}", names=listed([areas.known.label(key) for key in missing]))
        form.remarks.note(
            what, Message("these districts have no official total: their settlements are not raked to one")
        )
    return out.rename_axis(OFFICIAL.index).reset_index()


def _total(rows: pd.DataFrame) -> pd.Series[Any]:
    """Return the sums of districts; of town and village only where all of them tell them apart."""
    if rows.empty:
        return pd.Series(dtype=float)
    sums = {name: rows[name].sum(skipna=False) for name in ("population", "urban", "rural")}
    years = rows["year"].dropna().unique()
    return pd.Series({**sums, "year": years[0] if len(years) == 1 else float("nan")}, dtype=float)


def _of_one_year(form: forms.Form, options: Options) -> forms.Form:
    """Return the rows of one year of a table of several: the last before the plan's day, else the first after it."""
    if "year" not in form.rows:
        return form
    years = form.rows["year"].map(amounts.year)
    known = sorted(years.dropna().unique())
    if len(known) < 2:  # noqa: PLR2004 - one year is no choice
        return form
    chosen = max((one for one in known if one <= options.on.year), default=known[0])
    kept = years.isna() | (years == chosen)
    what = Message("{count} of {all} rows", count=int((~kept).sum()), all=len(kept))
    form.remarks.note(what, Message("they are of other years: the figures of {year} are used", year=f"{chosen:.0f}"))
    return form._replace(rows=form.rows[kept])


def _in_order(rows: pd.DataFrame, form: forms.Form) -> list[str]:
    there = set(rows.index)
    return [row for row in form.rows.index if row in there]


def _figures(form: forms.Form, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of each row; inhabitants that are missing are the sum of their parts."""
    blank = pd.Series("", index=rows.index, dtype=object)
    found = {
        name: forms.numbers(form, rows.get(name, blank).rename(name), OFFICIAL.columns["population"])
        for name in _FIGURES
    }
    out = pd.DataFrame(found, index=rows.index)
    for pair in _PARTS:
        sums = out[list(pair)].sum(axis=1, skipna=False)
        for row in out.index[sums.notna() & out["population"].isna()]:
            what = Message("no inhabitants")
            form.remarks.corrected(
                row, "population", what, Message("taken as the sum of its parts, {sum}", sum=f"{sums[row]:.0f}")
            )
        out["population"] = out["population"].fillna(sums)
        for row in out.index[sums.notna() & (sums != out["population"])]:
            values = {"given": f"{out['population'][row]:.0f}", "sum": f"{sums[row]:.0f}"}
            what = Message("{given} inhabitants, but men and women sum to {sum}", **values)
            if pair[0] == "urban":
                what = Message("{given} inhabitants, but town and village sum to {sum}", **values)
            form.remarks.note(what, Message("the inhabitants given are used"), row=row, column="population")
    for row in out.index[out["population"] == 0]:
        why = Message("a district without a soul: check the figure")
        form.remarks.note(Message("{count} inhabitants", count=0), why, row=row, column="population")
    return out


def _parts(rows: pd.DataFrame) -> pd.Series[str]:
    """Return for each row the row it is a part of, “” for none.

    Strangers right below a district are its parts when they sum to it, or to all but what may be left of a city outside
    its own districts: in the Bureau's table the districts of Karaganda follow the city and lack 194 of 515,819.
    """
    found = pd.Series("", index=rows.index, dtype=object)
    for at, (key, people) in enumerate(zip(rows["area_id"], rows["population"], strict=True)):
        if key in ("", REGION):
            continue
        upto = at + 1
        while upto < len(rows) and rows["area_id"].iloc[upto] == "":
            upto += 1
        below = rows["population"].iloc[at + 1 : upto]
        if len(below) >= _LEAST_PARTS and (1 - _LEFT) * people <= below.sum() <= people:
            found.iloc[at + 1 : upto] = str(rows.index[at])
    return found
