"""The headline indicator by year: state day schools in emergency condition or with three shifts, while sites open.

A school leaves the count in the year in which all that makes it bad is met: every building in the place of its
emergency one is open (a third shift ends with it), all its pupils beyond two shifts are taken. What needs no building
is done in the first year, what passes by itself by the horizon. Schools built anew count from their year on; seats
ordered in private schools are no state day schools. Nothing is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import decisions, schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.options import Options

#: All regions together.
WHOLE = "*"
_ENDED = 0.0  # no year is before it
_NEVER = np.inf
_UNTOLD = dict.fromkeys(("emergency", "three_shift", "bad", "indicator_share"))


def indicator(
    register: pd.DataFrame, relieved: pd.DataFrame, sites: pd.DataFrame, programme: pd.DataFrame, options: Options
) -> pd.DataFrame:
    """Return the indicator of each region and of all together, today and by year (`decisions.INDICATOR`).

    Four state day schools. E is replaced in 2028; S waits for two sites, of 2027 and of 2028; a new school opens in
    2027:

    | year | state day schools | emergency | three_shift | share |
    |---|---|---|---|---|
    | | 4 | 1 | 1 | 2/4 |
    | 2027 | 5 | 1 | 1 | 2/5 |
    | 2028 | 5 | 0 | 0 | 0/5 |

    Parameters
    ----------
    register
        The schools of today (`outcome.REGISTER`); of a region whose register tells no condition or no shifts nothing
        but the schools is counted, and all together are those of the others.
    relieved, sites, programme
        What ends the need of each school, and what opens when (`decisions`).
    options
        First year, years, horizon.
    """
    schools = register[register["state_day"]].assign(**_ends(register, relieved, programme, options))
    built = (sites["action"] == "build") & (sites["seats"] > 0)
    year = programme["year"].reindex(sites.index).astype("Float64").fillna(_NEVER)
    private = (programme["mechanism"].reindex(sites.index) == "private").fillna(value=False)
    new = pd.DataFrame({"region": sites["region"], "year": year})[built & ~private]
    told = register.groupby("region")["told"].any()
    years = (None, *range(options.first_year, options.first_year + options.years))
    rows = [
        {"region": region, **_counts(schools[part], new[there], year)} | ({} if known else _UNTOLD)
        for region, known, part, there in _parts(schools, new, told)
        for year in years
    ]
    out = schema.frame(rows, decisions.INDICATOR)
    schema.check(out, decisions.INDICATOR)
    return out


def _parts(schools: pd.DataFrame, new: pd.DataFrame, told: pd.Series[bool]) -> Any:
    """Yield all together and each region, whether its register tells, and which schools, and new ones, are its."""
    known = told.index[told] if told.any() else told.index
    yield WHOLE, told.any(), schools["region"].isin(known), new["region"].isin(known)
    for region, tells in told.items():
        yield region, tells, schools["region"] == region, new["region"] == region


def _ends(
    register: pd.DataFrame, relieved: pd.DataFrame, programme: pd.DataFrame, options: Options
) -> dict[str, NDArray[np.float64]]:
    """Return the year each state day school is no more in emergency condition, and no more in three shifts."""
    first = options.first_year
    fixed = {"free_seats": first, "two_shifts": first, "by_horizon": max(first, options.horizon_year)}
    by_site = relieved["site_id"].map(programme["year"].astype("Float64").astype(float))
    when = by_site.where(relieved["how"] == "site", relieved["how"].map(fixed)).astype(float).fillna(_NEVER)
    last = when.groupby([relieved["school_id"], relieved["need"]]).max()
    schools = register[register["state_day"]]
    repaired, timed = (
        last[last.index.get_level_values("need") == need].droplevel("need").reindex(schools.index)
        for need in ("emergency", "three_shift")
    )
    ends = {"emergency_ends": repaired, "three_shift_ends": repaired.where(repaired.notna(), timed)}
    flags = {"emergency_ends": schools["emergency"], "three_shift_ends": schools["three_shift"]}
    return {name: np.where(flags[name], year.fillna(_NEVER), _ENDED).astype(np.float64) for name, year in ends.items()}


def _counts(schools: pd.DataFrame, new: pd.DataFrame, year: int | None) -> dict[str, Any]:
    """Return what is counted after a year; today when None."""
    now = _ENDED if year is None else float(year)
    emergency, third = schools["emergency_ends"] > now, schools["three_shift_ends"] > now
    opened = 0 if year is None else int((new["year"] <= now).sum())
    count, bad = len(schools) + opened, int((emergency | third).sum())
    return {
        "year": year, "state_day_schools": count, "opened": opened, "emergency": int(emergency.sum()),
        "three_shift": int(third.sum()), "bad": bad, "indicator_share": bad / count if count else None,
    }  # fmt: skip
