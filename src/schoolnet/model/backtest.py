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
_Row = tuple[str, int, str, float, float, float]
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
    rows: list[_Row] = []
    if len(past):
        told = past.pivot_table(index="area_id", columns=["year", "grade"], values="pupils", aggfunc="sum")
        first, last = int(past["year"].min()), int(past["year"].max())
        full = pd.MultiIndex.from_product([range(first, last + 1), range(1, _TAUGHT + 1)])
        cube = told.reindex(columns=full).to_numpy(float, na_value=np.nan).reshape(len(told), -1, _TAUGHT)
        for origin in range(first, last):
            rows.extend(_judged(region, told.index, cube, (first, origin), (norms, options)))
    return _shares(pd.DataFrame(rows, columns=["area_id", "ahead", "grades", "made", "came", "naive"]))


def _judged(
    region: Region,
    areas: pd.Index[str],
    cube: NDArray[np.float64],
    when: tuple[int, int],
    choices: tuple[Norms, Options],
) -> Iterator[_Row]:
    """Yield what was forecast in one year (made), what came, and what was there (naive), by area, year and grades."""
    first, origin = when
    at = origin - first
    some: NDArray[np.bool_] = np.any(np.isfinite(cube), axis=2)
    paired = (some[:, :at] & some[:, 1 : at + 1]).any(axis=1)
    levels = _levels(region, origin, choices)
    for place in np.flatnonzero(paired & some[:, at] & some[:, at + 1 :].any(axis=1)):
        area = str(areas[place])
        if area not in levels:
            continue
        states = _led_on(region, area, levels[area], cube[place, at], (origin, cube.shape[1] - 1 - at, choices[1]))
        made = cohorts.grades(states, twelve=False)[:, 0, :_TAUGHT]
        for ahead in range(1, len(made)):
            for name, (low, high) in _GROUPS.items():
                band = slice(low - 1, high)
                parts = made[ahead], cube[place, at + ahead], cube[place, at]
                forecast, came, naive = (float(part[band].sum()) for part in parts)
                if np.isfinite(forecast + came + naive):
                    yield area, ahead, name, forecast, came, naive


def _levels(region: Region, origin: int, choices: tuple[Norms, Options]) -> dict[str, fitting.Level]:
    """Return the progression of every area, fitted on what was known in a year."""
    norms, options = choices
    series = region.people.series
    homes = region.settlements["district_id"].fillna("")
    districts = region.districts.index
    shares = cohorts.rates(vital.survival(), vital.stay(norms, options))
    fit = fitting.fit(series[series["year"] <= origin], homes, districts, shares, options.migration)
    parts = (
        (homes.index, fit.settlements),
        (districts, fit.districts),
        ([REGION], fit.region),
        ([COUNTRY], fit.country),
    )
    return {
        str(area): fitting.Level(level.ratios[[at]], level.migration[[at]])
        for index, level in parts
        for at, area in enumerate(index)
    }


def _led_on(
    region: Region,
    area: str,
    level: fitting.Level,
    pupils: NDArray[np.float64],
    when: tuple[int, int, Options],
) -> NDArray[np.float64]:
    """Return the states of an area from a year on: its pupils by grade, and before them cohorts that follow births."""
    origin, ahead, options = when
    births = _births(region, area, origin, options)
    alive = vital.alive(cohorts.FIRST + 1)
    entry = pupils[0] / alive[cohorts.FIRST]
    base = births.entering(origin - cohorts.FIRST, options.enter_at_six)
    follow = np.arange(origin - cohorts.FIRST + 1, origin + ahead + 1)
    cohort = entry * (births.entering(follow, options.enter_at_six) / base if base > 0 else np.ones(len(follow)))
    young = cohort[: cohorts.FIRST][::-1] * alive[: cohorts.FIRST]
    state = np.concatenate([young, pupils, [np.nan]])[None, :]
    return cohorts.project(state, cohort[None, cohorts.FIRST :], level.shares, level.migration)


def _births(region: Region, area: str, until: int, options: Options) -> vital.Births:
    """Return births of the nearest area that has any known by a year."""
    table = region.people.births
    country = vital.national(table, options, until=until)
    homes = region.settlements["district_id"].fillna("")
    chain = [area, homes.get(area, ""), REGION] if area != COUNTRY else []
    found = (vital.of_area(table, one, country, until=until) for one in chain)
    return next((births for births in found if births is not None), country)


def _shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return errors as shares of the pupils who came, by area, years ahead and grades."""
    rows = rows.assign(error=(rows["made"] - rows["came"]).abs(), bias=rows["made"] - rows["came"])
    rows["stayed"] = (rows["naive"] - rows["came"]).abs()
    sums = rows.groupby(["area_id", "ahead", "grades"]).agg(
        forecasts=("came", "size"), came=("came", "sum"), error=("error", "sum"), bias=("bias", "sum"),
        stayed=("stayed", "sum"),
    )  # fmt: skip
    sums = sums[sums["came"] > 0].reset_index()
    order = sums["grades"].map(list(_GROUPS).index)
    sums = sums.assign(order=order).sort_values(["area_id", "ahead", "order"])
    shares = {f"{name}_share": sums[column] / sums["came"] for name, column in
              (("error", "error"), ("bias", "bias"), ("naive", "stayed"))}  # fmt: skip
    out = schema.frame(sums.assign(**shares).to_dict("records"), prospects.BACKTEST)
    schema.check(out, prospects.BACKTEST)
    return out
