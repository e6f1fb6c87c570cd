"""Sets of the ministry's open data a plan can fill: 6, register of schools; 10, availability; 61, children carried.

Source: the list of open data of Order 120 of 29.01.2016 as Order 336 of 13.07.2021, annex 2, words it. The list names
what each set holds and when it is due; the columns of the portal's own forms were not read: those here say, in Kazakh
and Russian, what the list asks for.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.disk import placed
from schoolnet.model.balance import WHOLE
from schoolnet.output import spelled, words
from schoolnet.sources import table_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schoolnet.planning.plan import Plan

#: The files, by the number of the set.
CARRIED = "open_data_61.csv"
FILES = ("open_data_6.csv", "open_data_10.csv", CARRIED)
#: What a school is called by when its own name says so; else its level says what it is.
_NAMED = {"lyceum": ("лице", "lyceum"), "gymnasium": ("гимнази", "gymnasi")}
_BOTH = ("kk", "ru")
_FIRST_MONTH = 9  # a school year begins in September
_DUE_DAY = 10  # of the month after the quarter


def write(plan: Plan, folder: Path | str) -> Path:
    """Write the sets as CSV, all or none; returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    with placed(Path(folder), FILES) as part:
        for file, table in zip(FILES, (register(plan), availability(plan), carried(plan)), strict=True):
            table_file.write(table, part / file)
    return Path(folder)


def register(plan: Plan) -> pd.DataFrame:
    """Return set 6: general schools by region, district and settlement; day or evening; lyceum, gymnasium, or level.

    Due once a year, in the first quarter. Headings and coded values are in Kazakh and Russian.
    """
    rows = _schools(plan)
    home = plan.region.settlements.reindex(rows["settlement_id"])
    found = {
        "column.region": _names([plan.region.names] * len(rows)),
        "column.district_id": _names(_of(plan.region.districts, home["district_id"])),
        "column.settlement_id": _names(_of(plan.region.settlements, rows["settlement_id"])),
        "column.kato": home["kato"].fillna("").to_numpy(object),
        "column.name_kk": [spelled.said(spelled.names(row), "kk") for row in rows.itertuples()],
        "column.name_ru": [spelled.said(spelled.names(row), "ru") for row in rows.itertuples()],
        "open_data.day": [_both(f"kind.{one}") for one in rows["kind"].fillna("day")],
        "open_data.type": [_both(_type(row)) for row in rows.itertuples()],
        "column.ownership": [_both(f"ownership.{one}") for one in rows["ownership"].fillna("state")],
        "column.id": rows.index.to_numpy(object),
    }
    return _titled(found, ["column.district_id", "column.settlement_id", "column.name_kk", "column.id"])


def availability(plan: Plan) -> pd.DataFrame:
    """Return set 10: schools by year, region, whether opened or being built, town or village, and type.

    Due by the 10th day after each quarter. Of the register's year of construction (`built`): later than the plan's
    year, being built; else opened in that year; unknown, the year is left empty. Rows of the plan's year that say
    “works” count all schools that stand. Seats and pupils are sums of what is known.
    """
    rows, day = _schools(plan), plan.norms.day
    rural = rows["settlement_id"].map(plan.region.settlements["is_rural"])
    built = rows["built"]
    coming = (built > day.year).fillna(value=False).astype(bool)
    base = pd.DataFrame({
        "place": ["unknown" if pd.isna(one) else "territory.rural" if one else "territory.urban" for one in rural],
        "type": [_type(row) for row in rows.itertuples()],
        "seats": rows["seats"].to_numpy(), "pupils": rows["enrolment"].to_numpy(), "schools": 1,
    })  # fmt: skip
    status = coming.map({True: "open_data.building", False: "open_data.opened"}).to_numpy(object)
    opened = base.assign(year=built.astype("Int64").to_numpy(), status=status)
    working = base[~coming.to_numpy()].assign(year=day.year, status="open_data.working")
    keys = ["year", "status", "place", "type"]
    both = pd.concat([working.astype({"year": "Int64"}), opened])
    sums = both.groupby(keys, dropna=False, sort=True)[["schools", "seats", "pupils"]].sum(min_count=1).reset_index()
    found = {
        "open_data.quarter": [_quarter(day)] * len(sums),
        "open_data.due": [due(day).isoformat()] * len(sums),
        "open_data.year": sums["year"],
        "column.region": _names([plan.region.names] * len(sums)),
        **{f"open_data.{name}": [_both(one) for one in sums[name]] for name in keys[1:]},
        "column.schools": sums["schools"], "column.seats": sums["seats"], "column.pupils": sums["pupils"],
    }  # fmt: skip
    return _titled(found, [])


def carried(plan: Plan) -> pd.DataFrame:
    """Return set 61: children with organised transport to school, by district, of a school year's September.

    Due once a year, in September. The figure is the plan's, not a count of those carried.
    """
    districts, day = plan.region.districts, plan.norms.day
    first = day.year if day.month >= _FIRST_MONTH else day.year - 1
    rows = plan.carried[plan.carried.index != WHOLE]
    known = districts.reindex(rows.index)
    found = {
        "column.kato": known["kato"].fillna("").to_numpy(object),
        "column.name_kk": known["name_kk"].fillna(known["name"]).to_numpy(object),
        "column.name_ru": known["name_ru"].fillna(known["name"]).to_numpy(object),
        "open_data.school_year": f"{first}/{first + 1}",
        "open_data.carried": rows["bus"].to_numpy(int),
    }
    return _titled(found, [])


def quarter(day: dt.date) -> tuple[int, int]:
    """Return year and number of the last quarter that is over on a day.

    >>> quarter(dt.date(2026, 9, 1)), quarter(dt.date(2026, 2, 3))
    ((2026, 2), (2025, 4))
    """
    before = (day.month - 1) // 3
    return (day.year, before) if before else (day.year - 1, 4)


def due(day: dt.date) -> dt.date:
    """Return by when the figures of the last quarter are due: the 10th of the month after it.

    >>> due(dt.date(2026, 9, 1))
    datetime.date(2026, 7, 10)
    """
    year, number = quarter(day)
    return dt.date(year + number // 4, number * 3 % 12 + 1, _DUE_DAY)


def _quarter(day: dt.date) -> str:
    year, number = quarter(day)
    return f"{year}-Q{number}"


def _schools(plan: Plan) -> pd.DataFrame:
    return pd.DataFrame(plan.region.schools).sort_index()


def _type(row: Any) -> str:
    """Return the key of a school's type: what its name says, else its level."""
    name = " ".join(str(one) for one in spelled.names(row).values()).casefold()
    for kind, marks in _NAMED.items():
        if any(mark in name for mark in marks):
            return f"open_data.{kind}"
    return f"level.{row.level}" if isinstance(row.level, str) else "unknown"


def _of(layer: pd.DataFrame, keys: Iterable[Any]) -> list[dict[str, str]]:
    called = {row.Index: spelled.names(row) for row in layer.itertuples()}
    return [called.get(one, {}) for one in keys]


def _names(spellings: Iterable[dict[str, str]]) -> list[str]:
    """Return names as “Kazakh / Russian”; one where both are alike."""
    return [" / ".join(dict.fromkeys(filter(None, (spelled.said(one, lang) for lang in _BOTH)))) for one in spellings]


def _both(key: str) -> str:
    return " / ".join(dict.fromkeys(words.load(lang).text(key) for lang in _BOTH))


def _titled(found: dict[str, Any], order: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(found)
    frame = frame.sort_values(order, kind="stable") if order else frame
    return frame.rename(columns=_both).reset_index(drop=True)
