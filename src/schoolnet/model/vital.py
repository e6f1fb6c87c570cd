"""Births and deaths: what is known of them, what is taken where nothing is, and the cohorts they make."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from schoolnet.people import COUNTRY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.options import Options

_EARLIER = 1 / 3  # of the children born in a year, those of September to December: a school year younger


@cache
def defaults() -> dict[str, Any]:
    """Return model/people.toml: births of the country, deaths, and how a series is fitted."""
    text = resources.files("schoolnet.model").joinpath("people.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def survival(ages: int = 18) -> NDArray[np.float64]:
    """Return the share of the children of each age 0, 1, 2 … who live a year on."""
    shares = {int(age): share for age, share in defaults()["survival"]["from_age"].items()}
    first = np.searchsorted(list(shares), np.arange(ages), side="right") - 1
    return np.array(list(shares.values()))[first]


def alive(ages: int) -> NDArray[np.float64]:
    """Return the share of the children born who reach each age 0, 1, 2 … of so many."""
    return np.concatenate([[1.0], np.cumprod(survival(max(ages, 2)))[: ages - 1]])


def stay(norms: Norms, options: Options) -> float:
    """Return the share of grade 9 that goes on to grade 10 where no series tells it."""
    if options.stay_after_9 is not None:
        return options.stay_after_9
    return float(norms["children.stay_after_9"].value)


@dataclass(frozen=True)
class Births:
    """Births of an area by calendar year: known ones, and how they go on.

    Attributes
    ----------
    years, births
        Calendar years, one or more, rising, and the births in them; a year between lies on the straight line.
    changes
        Yearly change after the last year by path, as a share; low ≤ medium ≤ high.
    like
        The area whose births these follow before their first year and after their last; None: the first year's births
        before, `changes` after.
    """

    years: NDArray[np.int64]
    births: NDArray[np.float64]
    changes: Mapping[str, float]
    like: Births | None = None

    def at(self, years: ArrayLike, path: str = "medium") -> NDArray[np.float64]:
        """Return births in calendar years on a path (low, medium or high)."""
        asked = np.asarray(years)
        known = np.interp(asked, self.years, self.births)
        if self.like is None:
            return known * (1 + self.changes[path]) ** np.maximum(asked - self.years[-1], 0)
        nearest = self.like.at(np.clip(asked, self.years[0], self.years[-1]), path)
        ratio = np.divide(self.like.at(asked, path), nearest, out=np.ones_like(nearest), where=nearest > 0)
        return known * ratio

    def newborn(self, years: ArrayLike, path: str = "medium") -> NDArray[np.float64]:
        """Return children born from September to August before 1 September of the years: a third, and two thirds."""
        asked = np.asarray(years)
        return _EARLIER * self.at(asked - 1, path) + (1 - _EARLIER) * self.at(asked, path)

    def entering(self, years: ArrayLike, enter_at_six: float, path: str = "medium") -> NDArray[np.float64]:
        """Return the cohorts a0 of the years: the newborn, and those a year older who will enter school at seven."""
        asked = np.asarray(years)
        older = self.newborn(asked - 1, path) * survival()[0]
        return enter_at_six * self.newborn(asked, path) + (1 - enter_at_six) * older

    def ages(self, year: int, count: int, *, month: int = 9) -> NDArray[np.float64]:
        """Return the children aged 0, 1, 2 … that these births make on 1 January or 1 September of a year."""
        ages = np.arange(count)
        born = self.at(year - 1 - ages) if month == 1 else self.newborn(year - ages)
        return born * alive(count)


def national(table: pd.DataFrame, options: Options, *, until: int | None = None) -> Births:
    """Return births of the country: a planner's own rows in place of the model's.

    Parameters
    ----------
    table
        `people.BIRTHS`.
    options
        The yearly changes after the last year known.
    until
        Last year taken as known; None: all of them.
    """
    rows = {int(year): float(count) for year, count in defaults()["births"]["years"].items()}
    rows |= _rows(table, COUNTRY)
    first = min(rows)
    known = {year: rows[year] for year in sorted(rows) if until is None or year <= until} or {first: rows[first]}
    changes = {"low": options.births_low, "medium": options.births_medium, "high": options.births_high}
    return Births(np.array(list(known), dtype=np.int64), np.array(list(known.values())), changes)


def of_area(table: pd.DataFrame, area: str, country: Births, *, until: int | None = None) -> Births | None:
    """Return births of a district or region, going on as the country's do; None where none are given."""
    rows = _rows(table, area)
    known = {year: rows[year] for year in sorted(rows) if until is None or year <= until}
    if not known:
        return None
    years = np.array(list(known), dtype=np.int64)
    return Births(years, np.array(list(known.values())), country.changes, like=country)


def _rows(table: pd.DataFrame, area: str) -> dict[int, float]:
    own = table[table["area_id"] == area]
    return dict(zip(own["year"].astype(int), own["births"].astype(float), strict=True))
