"""What one region brings to the choice of network schools: its places measured and ranked, and whom each reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from schoolnet import networks, schema
from schoolnet.networks import NEAR_MIN
from schoolnet.planning import profile_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from schoolnet.given import Given
    from schoolnet.options import Options
    from schoolnet.planning.profile_list import Profile

#: Columns of homes beside `pupils`, `is_rural`, `lon` and `lat`.
NAMES = ("name", "name_kk", "name_ru", "name_en")
_WORKING_KM = 30.0  # a working school with a place stands in the nearest settlement up to this far


@dataclass(frozen=True)
class Part:
    """One region: small, where the region itself holds all roads.

    Attributes
    ----------
    code, names
        Of the region.
    homes
        Its settlements: `pupils` of grades 5-11, `is_rural`, `lon`, `lat`, names.
    schools
        Names of the base schools.
    coverage, candidates
        As in `networks`; nothing is opened yet.
    within
        Who is reached within 60 minutes: `place` (settlement of a candidate or of a working school) and `home`.
    working
        Network schools that work and have a place: `profile`, and the settlement they stand in.
    about
        What must be said beside it: `caveats`, `inputs`, `norms_on`.
    """

    code: str
    names: Mapping[str, str]
    homes: pd.DataFrame
    schools: pd.DataFrame
    coverage: pd.DataFrame
    candidates: gpd.GeoDataFrame
    within: pd.DataFrame
    working: pd.DataFrame
    about: Mapping[str, Any]


class Looked(NamedTuple):
    """A region with the places looked at (`profile_bases.COLUMNS`), before they are measured.

    `minutes` lead from each settlement of `starts` to each home; `approx`: they are of straight lines.
    """

    code: str
    names: Mapping[str, str]
    homes: pd.DataFrame
    schools: pd.DataFrame
    places: pd.DataFrame
    working: pd.DataFrame
    starts: list[str]
    minutes: NDArray[np.float64]
    approx: bool
    about: Mapping[str, Any]


def working(code: str, homes: pd.DataFrame, given: Given) -> pd.DataFrame:
    """Return the working network schools of a region that have a place, each with the settlement it stands in."""
    rows = given.network[given.network["region"].eq(code)].dropna(subset=["lon", "lat"])
    if rows.empty or homes.empty:
        return pd.DataFrame({"profile": [], "settlement_id": []}, dtype=object)
    away = profile_scores.km(rows, homes)
    near = away.min(axis=1) <= _WORKING_KM
    stands = homes.index.to_numpy(object)[away.argmin(axis=1)]
    return pd.DataFrame({"profile": rows["profile"].to_numpy(object)[near], "settlement_id": stands[near]})


def starts(places: pd.DataFrame, working: pd.DataFrame) -> list[str]:
    """Return the settlements whose reach is asked: of candidates and working schools."""
    return sorted({*places["settlement_id"], *working["settlement_id"]})


def made(looked: Looked, given: Given, profiles: Mapping[str, Profile], options: Options) -> Part:
    """Return the part of a region: its places measured, scored and ranked, and its coverage."""
    at = {place: row for row, place in enumerate(looked.starts)}
    home = {name: column for column, name in enumerate(looked.homes.index)}
    minutes = looked.minutes.copy()
    for place, row in at.items():
        minutes[row, home[place]] = 0.0  # the own pupils need no road
    rows = np.array([at[place] for place in looked.places["settlement_id"]], dtype=np.int64)
    whom = profile_scores.reach(minutes, looked.homes, options)
    places = looked.places.reset_index(drop=True).assign(region=looked.code)
    places = places.join(whom.iloc[rows].reset_index(drop=True))
    own = looked.homes.loc[places["settlement_id"], ["lon", "lat", "pupils"]].rename(columns={"pupils": "pupils_own"})
    places = places.join(own.reset_index(drop=True))
    places = places.join(profile_scores.nearness(places, given))
    places = places.join(profile_scores.scored(places, options))
    near, who = np.nonzero(minutes <= NEAR_MIN)
    within = {
        "place": np.array(looked.starts, dtype=object)[near],
        "home": looked.homes.index.to_numpy(object)[who],
    }  # fmt: skip
    return Part(
        code=looked.code, names=looked.names, homes=looked.homes, schools=looked.schools,
        coverage=_coverage(looked, given, profiles, options), candidates=_candidates(places, approx=looked.approx),
        within=pd.DataFrame(within), working=looked.working, about=looked.about,
    )  # fmt: skip


def _coverage(looked: Looked, given: Given, profiles: Mapping[str, Profile], options: Options) -> pd.DataFrame:
    """Return the row of each profile: the schools of the planner's table, and what the quota still asks for.

    A profile of the table that is not among those asked has a row too, without a quota.
    """
    rows, told_of = [], given.network[given.network["region"].eq(looked.code)]
    for key in dict.fromkeys([*profiles, *sorted(told_of["profile"])]):
        own = told_of[told_of["profile"].eq(key)]
        quota = options.network_quota if key in profiles else 0
        mine = looked.places[looked.places["profile"] == key]
        told = dict.fromkeys(str(one) for one in own["evidence"].dropna())
        rows.append({
            "region": looked.code, "profile": key, "schools": len(own), "evidence": "; ".join(told) or None,
            "quota": quota, "lacking": max(0, quota - len(own)),
            "looked_at": "all" if mine.empty else mine["looked_at"].iloc[0], "candidates": len(mine), "opened": None,
        })  # fmt: skip
    out = schema.frame(rows, networks.COVERAGE)
    schema.check(out, networks.COVERAGE)
    return out


def _candidates(places: pd.DataFrame, *, approx: bool) -> gpd.GeoDataFrame:
    """Return the places as `networks.CANDIDATES`, by profile and rank; nothing is opened."""
    import shapely

    order = places.sort_values(["profile", "rank"], kind="stable").reset_index(drop=True)
    order = order.assign(
        candidate_id=order["region"] + ":" + order["profile"] + ":" + order["settlement_id"],
        base=np.where(order["school_id"].notna(), "school", "settlement"), opened=False, approx=approx,
    )  # fmt: skip
    points = shapely.points(order["lon"].to_numpy(float), order["lat"].to_numpy(float))
    out = schema.geoframe(order.to_dict("records"), networks.CANDIDATES, points)
    schema.check(out, networks.CANDIDATES)
    return out
