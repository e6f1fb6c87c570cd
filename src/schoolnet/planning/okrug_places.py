"""Who may be a satellite of an education okrug, who its hub, and which pairs of them a bus and the seats allow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csgraph

from schoolnet.model import minutes
from schoolnet.planning.found import bands_of
from schoolnet.tables import GRADES_OF_BAND, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from schoolnet.planning.found import Found

_OLDER = ("5-9", "10-11")


@dataclass(frozen=True)
class Places:
    """Places of okrugs, frozen; identifiers in their order.

    Attributes
    ----------
    schools
        State day schools in a settlement: `settlement_id`, `level` (that of option `unknown_level` where it is not
        known), `pupils` (NaN: unknown), `small`, `fit` (may be a hub) and `free` (seats in the shifts allowed; NaN:
        unknown).
    of
        The schools of each settlement, of the highest level and most pupils first.
    satellites
        Rural settlements whose state day schools are all small: `school_id` (the first), `district_id` (“” outside
        every district), `weight` (pupils, at least 1; those who live there where the contingent is not known) and
        `visitors` (pupils of grades 5-11).
    hubs
        Schools that may be hubs: `settlement_id`, `district_id`, `free`.
    ways
        Pairs of a satellite and a hub of its district with a bus between them within option `okrug_min`:
        `settlement_id`, `school_id`, `minutes`, `metres`, `fits` (the hub has seats for its visitors alone).
    roadless
        Satellites with hubs in their district, to none of which any bus gets.
    """

    schools: pd.DataFrame
    of: dict[str, list[str]]
    satellites: pd.DataFrame
    hubs: pd.DataFrame
    ways: pd.DataFrame
    roadless: frozenset[str]

    @cached_property
    def districts_with_hubs(self) -> dict[str, set[str]]:
        """Settlements with a hub, by district."""
        return {str(key): set(part) for key, part in self.hubs.groupby("district_id")["settlement_id"]}

    @cached_property
    def bands(self) -> dict[str, tuple[str, ...]]:
        """Bands each school teaches."""
        return {str(key): bands_of(level) for key, level in self.schools["level"].items()}


def places(found: Found) -> Places:
    """Return who may be pooled with whom.

    Small is a school of fewer pupils than option `small_school`; of an unknown contingent, one below secondary. A hub
    is a state day school of level secondary, or a support school, whose building is not in emergency condition and
    that has subject rooms and pupils enough (options `okrug_rooms`, `okrug_hub_least`) where the register tells. Of a
    village's schools one may be a hub, of a town's any.
    """
    schools = _schools(found)
    of = {str(key): [str(one) for one in part.index] for key, part in schools.groupby("settlement_id", sort=True)}
    satellites, hubs = _satellites(found, schools, of), _hubs(found, schools)
    ways = _ways(found, satellites, hubs, within=found.options.okrug_min)
    return Places(schools, of, satellites, hubs, ways, _roadless(found, satellites, hubs))


def district_of(found: Found, settlements: Any) -> NDArray[Any]:
    """Return the district of each of some settlements, “” outside every district."""
    return found.region.settlements["district_id"].reindex(settlements).fillna("").to_numpy(object)


def _schools(found: Found) -> pd.DataFrame:
    """Return the schools as `Places.schools` has them, in the order of `Found.day_schools`."""
    options, keys = found.options, [str(one) for part in found.day_schools.values() for one in part.index]
    rows = found.region.schools.loc[keys]
    level = rows["level"].fillna(options.unknown_level).astype(object)
    pupils = rows["enrolment"].astype("Float64").astype(float)
    rooms = rows["subject_rooms"].fillna(options.okrug_rooms) >= options.okrug_rooms
    top, shifts = level == LEVELS[-1], float(found.norms["shifts.allowed"].value)
    large = pupils.isna() | (pupils >= options.okrug_hub_least)
    sound = ~found.schools.loc[keys, "emergency"] & rooms.astype(bool) & large
    return pd.DataFrame(
        {
            "settlement_id": rows["settlement_id"].astype(object),
            "level": level,
            "pupils": pupils,
            "small": (pupils < options.small_school) | (pupils.isna() & ~top),
            "fit": (top | (rows["support"] == "yes")) & sound,
            "free": (shifts * found.one_shift.loc[keys] - pupils).clip(lower=0),
        }
    )


def _satellites(found: Found, schools: pd.DataFrame, of: Mapping[str, list[str]]) -> pd.DataFrame:
    small, rural = schools.groupby("settlement_id")["small"].all(), found.region.settlements["is_rural"]
    known = schools[["level", "pupils"]].to_dict("index")
    rows = []
    for key in small.index[small & rural.reindex(small.index)]:
        counted = [_counted(found, key, **known[school]) for school in of[key]]
        weight = max(1.0, sum(pupils for pupils, _ in counted))
        rows.append((key, of[key][0], weight, sum(older for _, older in counted)))
    frame = pd.DataFrame(rows, columns=["settlement_id", "school_id", "weight", "visitors"]).set_index("settlement_id")
    return frame.assign(district_id=district_of(found, frame.index))


def _counted(found: Found, settlement: str, *, level: str, pupils: float) -> tuple[float, float]:
    """Return a school's pupils, and those of grades 5-11: their share of the grades it teaches, rounded up.

    Where the contingent is not known, pupils of those bands who live there stand in.
    """
    taught = bands_of(level)
    older = [band for band in taught if band in _OLDER]
    if np.isnan(pupils):
        home = found.pupils_of(settlement, "today")
        return float(sum(home[band] for band in taught)), float(sum(home[band] for band in older))
    grades, all_grades = (sum(GRADES_OF_BAND[band] for band in some) for some in (older, taught))
    return pupils, float(-(-int(pupils) * grades // all_grades))


def _hubs(found: Found, schools: pd.DataFrame) -> pd.DataFrame:
    fitting = schools.loc[schools["fit"], ["settlement_id", "free"]]
    rural = found.region.settlements["is_rural"].reindex(fitting["settlement_id"]).to_numpy(bool)
    frame = fitting[~(rural & fitting["settlement_id"].duplicated())].sort_index()
    frame.index.name = "school_id"
    return frame.assign(district_id=district_of(found, frame["settlement_id"]))


def _roadless(found: Found, satellites: pd.DataFrame, hubs: pd.DataFrame) -> frozenset[str]:
    """Return satellites that no road of a bus joins to any hub of their district, however far."""
    graph = found.roads.network("drive", found.options.season).graph
    piece = csgraph.connected_components(graph, directed=False)[1]
    nodes = found.roads.nodes("school")
    joined: dict[str, set[int]] = {}
    for school, district in hubs["district_id"].items():
        if nodes[school] >= 0:
            joined.setdefault(district, set()).add(int(piece[nodes[school]]))
    rows = zip(satellites.index, satellites["school_id"], satellites["district_id"], strict=True)
    return frozenset(
        key
        for key, school, district in rows
        if nodes[school] < 0 or int(piece[nodes[school]]) not in joined.get(district, ())
    )


def _ways(found: Found, satellites: pd.DataFrame, hubs: pd.DataFrame, *, within: float) -> pd.DataFrame:
    """Return the pairs of one district with a bus between their schools: the columns of `Places.ways`."""
    nodes = found.roads.nodes("school")
    parts = []
    for district, some in satellites.groupby("district_id"):
        others = hubs[hubs["district_id"] == district]
        if others.empty:
            continue
        starts, ends = (nodes.reindex(one).to_numpy(np.int64) for one in (some["school_id"], others.index))
        ways = minutes.between(found.roads, starts, ends, season=found.options.season, within_min=within)
        home = some.index.to_numpy(object)[:, None] == others["settlement_id"].to_numpy(object)[None, :]
        row, column = np.nonzero((ways.minutes <= within) & np.isfinite(ways.minutes) & ~home)
        free = others["free"].to_numpy(float)[column]
        parts.append(
            pd.DataFrame(
                {
                    "settlement_id": some.index.to_numpy(object)[row],
                    "school_id": others.index.to_numpy(object)[column],
                    "minutes": ways.minutes[row, column],
                    "metres": ways.metres[row, column],
                    "fits": np.isnan(free) | (some["visitors"].to_numpy(float)[row] <= free),
                }
            )
        )
    columns = ["settlement_id", "school_id", "minutes", "metres", "fits"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns).astype({"fits": bool})
