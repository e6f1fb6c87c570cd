"""Regions with something known of their people: short ways to write tables of `schoolnet.people` down."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pandas as pd

import conftest
from schoolnet import people, schema
from schoolnet.law.norms import Norms
from schoolnet.options import Options

if TYPE_CHECKING:
    from schoolnet.region import Region

YEAR = 2026
#: Share of the children of each age 0 … 17 who live a year on, as model/people.toml has it.
LIVES = [0.99216, *[0.99966] * 4, *[0.99975] * 5, *[0.99974] * 5, *[0.99945] * 3]
COHORTS = [f"a{age}" for age in people.AGES]


def options(**choices: Any) -> Options:
    """Return options of a plan made on 1 September 2026."""
    return Options(on=conftest.DAY, **choices)


NORMS = Norms.on(options().on)


def births(**areas: dict[int, int]) -> pd.DataFrame:
    """Return a table of births: births(KZ={2025: 100}); `region` stands for `*`."""
    rows = [
        {"area_id": "*" if area == "region" else area, "year": year, "births": count}
        for area, years in areas.items()
        for year, count in years.items()
    ]
    return schema.frame(rows, people.BIRTHS)


def flat(count: int = 1000, *, first: int = 1990, last: int = 2100, **areas: dict[int, int]) -> pd.DataFrame:
    """Return births of the country that are the same every year, and those of other areas."""
    return births(KZ=dict.fromkeys(range(first, last + 1), count), **areas)


def series(*rows: tuple[str, int, dict[int, int]]) -> pd.DataFrame:
    """Return a table of pupils from (area, year, pupils by grade)."""
    flat_rows = [
        {"area_id": area, "year": year, "grade": grade, "pupils": pupils}
        for area, year, grades in rows
        for grade, pupils in grades.items()
    ]
    return schema.frame(flat_rows, people.SERIES)


def ages(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Return an age table from (area, territory, year, month, {(first, last): people})."""
    flat_rows = [
        {"area_id": area, "territory": territory, "age": first, "age_to": last, "people": float(count),
         "month": month, "year": year}
        for area, territory, year, month, groups in rows
        for (first, last), count in groups.items()
    ]  # fmt: skip
    return schema.frame(flat_rows, people.AGE_STRUCTURE)


def official(**rows: dict[str, int]) -> pd.DataFrame:
    """Return official inhabitants: official(east={"population": 900}); `region` stands for `*`."""
    return schema.frame(
        [{"district_id": "*" if area == "region" else area} | row for area, row in rows.items()], people.OFFICIAL
    )


def peopled(region: Region, **known: pd.DataFrame) -> Region:
    """Return a region of which these tables of people are known."""
    return dataclasses.replace(region, people=people.People(**known))


def state(region: Region, **cohorts: float) -> pd.DataFrame:
    """Return a headcount: the same cohorts in every settlement, 0 where not named."""
    frame = pd.DataFrame(0.0, index=region.settlements.index, columns=COHORTS)
    return frame.assign(**cohorts)
