"""How the children of settlements go on: who survives, stays, moves and is born, on three paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from schoolnet.messages import Message
from schoolnet.model import cohorts, fitting, vital
from schoolnet.people import REGION
from schoolnet.prospects import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.model.vital import Births
    from schoolnet.options import Options
    from schoolnet.region import Region

_YOUNG = 5  # cohorts a0 … a4 whose share of the area's births is a settlement's: one empty year ends no village


@dataclass(frozen=True)
class Growth:
    """Yearly change of the cohorts of settlements.

    Attributes
    ----------
    years
        School years from the plan's own to the horizon's.
    survival
        Share of the children of each age 0 … 17 who live a year on.
    stay
        Share of grade 9 that goes on to grade 10 where no series tells it.
    shares
        Settlements by transition a0 → a1 … a16 → a17: share that is in the next cohort a year on, nobody moving.
    migration
        Net migration of each settlement's children in a year, as a share: the medium path.
    spread
        How far the migration of the low and high paths lies from it.
    newborn
        By path, the new a0 of each settlement in every year after the first, (settlements, years).
    births_basis
        Whose births each settlement has a part of: `district`, `region` or `country`.
    fitted
        What the series told: area_id, level, pupils, years.
    notes
        What was found, for the ledger.
    """

    years: tuple[int, ...]
    survival: NDArray[np.float64]
    stay: float
    shares: NDArray[np.float64]
    migration: pd.Series[float]
    spread: float
    newborn: Mapping[str, NDArray[np.float64]]
    births_basis: pd.Series[str]
    fitted: pd.DataFrame
    notes: tuple[Message, ...] = ()

    def moves(self, path: str) -> NDArray[np.float64]:
        """Return the net migration of each settlement on a path."""
        away = {"low": -self.spread, "medium": 0.0, "high": self.spread}[path]
        return self.migration.to_numpy() + away


def growth(region: Region, state: pd.DataFrame, norms: Norms, options: Options) -> Growth:
    """Return how the cohorts of settlements change from year to year.

    Progression from grade to grade is fitted on the years of `people.series` up to the plan's (`fitting.fit`); where
    there are none, it is survival, the share that stays after grade 9, and option `migration`. An option
    `stay_after_9` that is given wins over the series. Births are those of the district, else of the region (less its
    districts that have their own), shared out by the settlements' cohorts a0 … a4; where only the country's are
    known, they go up and down with them from what those cohorts tell.

    Parameters
    ----------
    region
        With what is known of its people.
    state
        Settlements by a0 … a17, none missing; see `model.cohorts`.
    norms, options
        The norms of the day, the choices.
    """
    years = tuple(range(options.school_year, options.horizon_year + 1))
    homes = region.settlements["district_id"].fillna("").loc[state.index]
    stay = vital.stay(norms, options)
    past = region.people.series[region.people.series["year"] <= options.school_year]
    fit = fitting.fit(past, homes, region.districts.index, cohorts.rates(vital.survival(), stay), options.migration)
    shares = fit.settlements.shares
    if options.stay_after_9 is not None:
        shares[:, cohorts.LEAVING] = cohorts.rates(vital.survival(), stay)[cohorts.LEAVING]
    notes = _notes(past, fit)
    newborn, basis = _newborn(region, state, homes, options, notes)
    return Growth(
        years=years,
        survival=vital.survival(),
        stay=stay,
        shares=shares,
        migration=pd.Series(fit.settlements.migration, index=state.index),
        spread=options.migration_spread,
        newborn=newborn,
        births_basis=basis,
        fitted=fit.report,
        notes=tuple(notes),
    )


def _notes(past: pd.DataFrame, fit: fitting.Fit) -> list[Message]:
    notes = []
    whole = set(past["area_id"]) - set(past.loc[past["grade"] > 0, "area_id"])
    if whole:
        areas = ", ".join(sorted(whole))
        notes.append(Message("pupils of {areas} are not told by grade: nothing was fitted on them", areas=areas))
    if fit.capped:
        most = vital.defaults()["fit"]["ratio_most"]
        notes.append(
            Message("{count} times more than {most} pupils to one of the grade before: {most} is taken",
                    count=fit.capped, most=most)
        )  # fmt: skip
    return notes


# --- births


def _newborn(
    region: Region, state: pd.DataFrame, homes: pd.Series[str], options: Options, notes: list[Message]
) -> tuple[dict[str, NDArray[np.float64]], pd.Series[str]]:
    """Return the new a0 of each settlement by path and year, and whose births they are a part of."""
    table, first = region.people.births, options.school_year
    country = vital.national(table, options)
    known = {area: _usable(table, area, country, first, notes) for area in (*region.districts.index, REGION)}
    whole = known.pop(REGION)
    districts = {area: births for area, births in known.items() if births is not None}
    rest = ~homes.isin(districts).to_numpy()
    basis = np.where(rest, "country" if whole is None else "region", "district")
    rate = _rate(state, country, first, options.enter_at_six)
    years = np.arange(first + 1, options.horizon_year + 1)
    out = {}
    for path in SCENARIOS:
        born = {area: births.entering(years, options.enter_at_six, path) for area, births in districts.items()}
        made = np.outer(rate, country.entering(years, options.enter_at_six, path))
        for area, of_year in born.items():
            at = (homes == area).to_numpy()
            made[at] = np.outer(_parts(state[at]), of_year)
        if whole is not None:
            left = whole.entering(years, options.enter_at_six, path) - sum(born.values(), np.zeros(len(years)))
            made[rest] = np.outer(_parts(state[rest]), np.maximum(left, 0))
        out[path] = made
    out["low"] = np.minimum(out["low"], out["medium"])
    out["high"] = np.maximum(out["high"], out["medium"])
    return out, pd.Series(basis, index=state.index, dtype="str")


def _usable(table: pd.DataFrame, area: str, country: Births, first: int, notes: list[Message]) -> Births | None:
    """Return births of an area, or None where none are given or they end too long before the plan."""
    births = vital.of_area(table, area, country)
    if births is None or births.years[-1] >= first - vital.defaults()["fit"]["births_years"]:
        return births
    notes.append(
        Message(
            "births of {area} end in {year}: its children under five tell more of those to come",
            area=area,
            year=int(births.years[-1]),
        )
    )
    return None


def _rate(state: pd.DataFrame, country: Births, first: int, enter_at_six: float) -> NDArray[np.float64]:
    """Return each settlement's part of the country's births, told by its cohorts a0 … a4."""
    made = country.entering(first - np.arange(_YOUNG), enter_at_six) * vital.alive(_YOUNG)
    young = state.to_numpy()[:, :_YOUNG].sum(axis=1)
    return young / made.sum() if made.sum() > 0 else np.zeros(len(state))


def _parts(state: pd.DataFrame) -> NDArray[np.float64]:
    """Return the part of an area's births each of its settlements has: by a0 … a4, or by all cohorts if those are 0."""
    young, children = state.to_numpy()[:, :_YOUNG].sum(axis=1), state.to_numpy().sum(axis=1)
    weights = young if young.sum() > 0 else children
    return weights / weights.sum() if weights.sum() > 0 else np.zeros(len(state))
