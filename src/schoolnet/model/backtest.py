"""Backtest: what the forecast would have said in earlier years, beside what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from schoolnet import prospects, schema
from schoolnet.model import cohorts, fitting, vital
from schoolnet.people import COUNTRY, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.region import Region

_TAUGHT = 11
_SUMS = ("area_id", "ahead", "grades", "made", "came", "naive")
#: Grades judged together, first and last.
_GROUPS = {"1": (1, 1), "1-4": (1, 4), "5-9": (5, 9), "10-11": (10, 11), "all": (1, 11)}


def backtest(region: Region, norms: Norms, options: Options) -> pd.DataFrame:
    """Return how far forecasts made in the earlier years of each series miss (`prospects.BACKTEST`).

    From every year by which an area's series has two years one after another, the rest of the series is forecast as
    the plan would be, on the medium path: progression fitted on that year and those before, births known by it, later
    cohorts following births. It is judged beside taking every grade to stay as it is (`naive_share`). A group of
    grades is judged in years in which all of them are told; an error is of the group's pupils together.

    | area | year | g1 | g2 | … | → | area | ahead | grades | forecasts | error_share | bias_share | naive_share |
    |---|---|---|---|---|---|---|---|---|---|---|---|---|
    | * | 2021 | 100 | 98 | | | * | 1 | 1 | 2 | 0.021 | 0.013 | 0.047 |
    | * | 2022 | 104 | 99 | | | * | 1 | 1-4 | 2 | 0.011 | 0.002 | 0.018 |

    Parameters
    ----------
    region
        With `people.series` and `people.births`.
    norms, options
        The norms of the day, the choices.
    """
    series = region.people.series
    past = series[(series["grade"].between(1, _TAUGHT)) & (series["year"] <= options.school_year)]
    past = past[past["area_id"].isin([*region.settlements.index, *region.districts.index, REGION, COUNTRY])]
    judged = [pd.DataFrame({name: [] for name in _SUMS})]
    if len(past):
        told = past.pivot_table(index="area_id", columns=["year", "grade"], values="pupils", aggfunc="sum")
        first, last = int(past["year"].min()), int(past["year"].max())
        full = pd.MultiIndex.from_product([range(first, last + 1), range(1, _TAUGHT + 1)])
        cube = told.reindex(columns=full).to_numpy(float, na_value=np.nan).reshape(len(told), -1, _TAUGHT)
        for origin in range(first, last):
            judged.extend(_judged(region, told.index, cube, (first, origin), (norms, options)))
    return _shares(pd.concat(judged, ignore_index=True))


def _judged(
    region: Region,
    areas: pd.Index[str],
    cube: NDArray[np.float64],
    when: tuple[int, int],
    choices: tuple[Norms, Options],
) -> Iterator[pd.DataFrame]:
    """Yield what was forecast in one year (made), what came and what was there (naive), by grades and years ahead."""
    first, origin = when
    at = origin - first
    some: NDArray[np.bool_] = np.any(np.isfinite(cube), axis=2)
    paired = (some[:, :at] & some[:, 1 : at + 1]).any(axis=1)
    places = np.flatnonzero(paired & some[:, at] & some[:, at + 1 :].any(axis=1))
    names = areas[places]
    came = cube[places, at:].transpose(1, 0, 2)
    states = _led_on(region, names, came[0], (origin, len(came) - 1), choices)
    made = cohorts.grades(states, twelve=False)[..., :_TAUGHT]
    for group, (low, high) in _GROUPS.items():
        band = slice(low - 1, high)
        of_band = made[..., band].sum(axis=2), came[..., band].sum(axis=2)
        for ahead in range(1, len(came)):
            sums = pd.DataFrame({"made": of_band[0][ahead], "came": of_band[1][ahead], "naive": of_band[1][0]})
            yield sums.assign(area_id=names, ahead=ahead, grades=group).dropna()[list(_SUMS)]


def _led_on(
    region: Region,
    areas: pd.Index[str],
    pupils: NDArray[np.float64],
    when: tuple[int, int],
    choices: tuple[Norms, Options],
) -> NDArray[np.float64]:
    """Return the states of areas from a year on: pupils by grade, and before them cohorts that follow births."""
    origin, ahead = when
    norms, options = choices
    years = np.arange(origin - cohorts.FIRST, origin + ahead + 1)
    alive = vital.alive(cohorts.FIRST + 1)
    cohort = pupils[:, :1] / alive[-1] * _births(region, areas, years, origin, options)
    young = cohort[:, 1 : cohorts.FIRST + 1][:, ::-1] * alive[:-1]
    state = np.concatenate([young, pupils, np.full((len(areas), 1), np.nan)], axis=1)
    level = _progression(region, areas, origin, (norms, options))
    return cohorts.project(state, cohort[:, cohorts.FIRST + 1 :], level.shares, level.migration)


def _progression(region: Region, areas: pd.Index[str], origin: int, choices: tuple[Norms, Options]) -> fitting.Level:
    """Return how each area's cohorts go on, fitted on what was known in a year."""
    norms, options = choices
    series, districts = region.people.series, region.districts.index
    homes = region.settlements["district_id"].fillna("")
    shares = cohorts.rates(vital.survival(), vital.stay(norms, options))
    fit = fitting.fit(series[series["year"] <= origin], homes, districts, shares, options.migration)
    levels = (fit.settlements, fit.districts, fit.region, fit.country)
    row = {area: at for at, area in enumerate((*homes.index, *districts, REGION, COUNTRY))}
    at = [row[area] for area in areas]
    return fitting.Level(*(np.concatenate(parts)[at] for parts in zip(*levels, strict=True)))


def _births(
    region: Region, areas: pd.Index[str], years: NDArray[np.int64], until: int, options: Options
) -> NDArray[np.float64]:
    """Return the cohorts born in each area to those of the first year, as far as known by a year; areas by years.

    Births are those of the nearest area that has any: its own, its district's, the region's, the country's.
    """
    table = region.people.births
    country = vital.national(table, options, until=until)
    homes = region.settlements["district_id"].fillna("")
    told = set(table.loc[table["year"] <= until, "area_id"]) - {COUNTRY}
    ratios: dict[str, NDArray[np.float64]] = {}
    nearest = [
        next((one for one in (area, homes.get(area, ""), REGION) if one in told and area != COUNTRY), COUNTRY)
        for area in areas
    ]
    for area in set(nearest):
        births = vital.of_area(table, area, country, until=until) if area != COUNTRY else country
        born = (births or country).entering(years, options.enter_at_six)
        ratios[area] = born / born[0] if born[0] > 0 else np.ones(len(years))
    return np.array([ratios[area] for area in nearest]).reshape(len(areas), len(years))


def _shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return errors as shares of the pupils who came, by area, years ahead and grades."""
    miss = rows["made"] - rows["came"]
    rows = rows.assign(error=miss.abs(), bias=miss, stayed=(rows["naive"] - rows["came"]).abs())
    rows["grades"] = pd.Categorical(rows["grades"], list(_GROUPS), ordered=True)
    sums = rows.groupby(["area_id", "ahead", "grades"], observed=True)[["came", "error", "bias", "stayed"]].sum()
    sums["forecasts"] = rows.groupby(["area_id", "ahead", "grades"], observed=True).size()
    sums = sums[sums["came"] > 0].reset_index()
    out = pd.DataFrame(
        {
            "area_id": sums["area_id"].astype("str"),
            "ahead": sums["ahead"].astype("Int64"),
            "grades": sums["grades"].astype("str"),
            "forecasts": sums["forecasts"].astype("Int64"),
            "error_share": sums["error"] / sums["came"],
            "bias_share": sums["bias"] / sums["came"],
            "naive_share": sums["stayed"] / sums["came"],
        }
    )
    schema.check(out, prospects.BACKTEST)
    return out
