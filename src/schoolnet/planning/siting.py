"""Where to build: the sites of all tiers of a region in their order, each with what it gives and what it costs.

The order of needs is lexicographic: what the guarantee owes, emergency buildings, third shifts, seats, the way to
school. A site of a later tier never takes the place of an earlier one; nothing is closed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from schoolnet import decisions, schema
from schoolnet.model import matrix
from schoolnet.planning import owed, ranking, relief, shortening
from schoolnet.planning import relieved as _relieved
from schoolnet.tables import LEVELS

if TYPE_CHECKING:
    import geopandas as gpd

    from schoolnet.options import Options
    from schoolnet.planning.facility.problems import Result
    from schoolnet.planning.found import Found
    from schoolnet.planning.prices import Prices

_AWAY_M = 1.0  # a way shorter by less than this is not counted as shorter


class Siting(NamedTuple):
    """Sites not yet ranked, and what they were chosen by.

    `near`: settlements near each other (`model.matrix.between`); `reach`, `reassigned`, `relieved`, `proofs`:
    tables as in `decisions`; `counts`: schools whose shortage passes, or whose third shift two shifts end; `rooms`:
    places of the schools whose pupils beyond two shifts a site takes.
    """

    sites: gpd.GeoDataFrame
    near: pd.DataFrame
    reach: pd.DataFrame
    reassigned: pd.DataFrame
    relieved: pd.DataFrame
    proofs: pd.DataFrame
    counts: dict[str, int]
    rooms: pd.Series[float]


def siting(found: Found) -> Siting:
    """Return the sites of a region: what every tier asks for, in turn."""
    options = found.options
    near = matrix.between(
        found.region, found.roads, options, within_m=options.travel_reach_m, season=options.season
    )  # fmt: skip
    rows = owed.owed(found)
    leaving = _leaving(found, rows)
    found = replace(found, leaving=leaving.groupby("school_id")["pupils"].sum())
    done = {school for row in rows for school in row.get("replaces", [])}
    rows += relief.replaced(found, done)
    done |= {row["school_id"] for row in rows if row["school_id"]}
    eased = relief.relieved(found, done)
    rows += [*eased.sites, *relief.unschooled(found)]
    left = max(0, options.schools - sum(row["seats"] > 0 for row in rows)) if options.travel_sites == "yes" else 0
    shorter = shortening.shortened(found, near, rows, left)
    rows += shorter.sites
    rows = [part | {"site_id": _site_id(part)} for row in rows for part in _parted(row, found.prices)]
    reach = _reach(found, near, rows)
    sought = [*_proof_of_relief(eased), *_proof_of_ways(shorter)]
    proofs = schema.frame([row | {"region": found.region.code} for row in sought], decisions.PROOFS)
    moved = schema.frame(eased.reassigned, decisions.REASSIGNED)
    for frame, table in ((reach, decisions.REACH), (proofs, decisions.PROOFS), (moved, decisions.REASSIGNED)):
        schema.check(frame, table)
    rooms = pd.Series({row["site_id"]: row.get("rooms", 0.0) for row in rows}, dtype=float)
    ends = _relieved.relieved(found, rows, eased, leaving)
    counts = {"shortage_passing": eased.passing, "shifts_retimed": eased.retimed, **_relieved.eased(ends)}
    counts["weakened"] = _weakened(found, reach)
    return Siting(_frame(found, rows, reach), near, reach, moved, ends, proofs, counts, rooms)


def _leaving(found: Found, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the pupils who leave a school of today for a site of their own settlement: site, school, pupils."""
    new = pd.DataFrame(
        [
            {"settlement_id": row["settlement_id"], "band": band, "site_id": _site_id(row)}
            for row in rows
            for band in row["bands"]
        ],
        columns=["settlement_id", "band", "site_id"],
    )
    now = found.access.loc[~found.access["here"] & ~found.access["approx"], ["settlement_id", "band", "school_id"]]
    gone = new.drop_duplicates(["settlement_id", "band"]).merge(now.dropna(), on=["settlement_id", "band"])
    pupils = [
        found.pupils_of(home, "planned")[band] for home, band in zip(gone["settlement_id"], gone["band"], strict=True)
    ]
    counted = gone.assign(pupils=np.array(pupils, dtype=float))
    return counted.groupby(["site_id", "school_id"], as_index=False)["pupils"].sum()


def listed(
    sites: gpd.GeoDataFrame, errors: pd.DataFrame, caution: pd.Series[str], options: Options
) -> gpd.GeoDataFrame:
    """Return the sites in their order, each with its place, how far the data's error may move it, and its caution.

    Parameters
    ----------
    sites
        Not yet ranked (`siting`).
    errors
        How far the data behind each may be off (`ranking.errors`).
    caution
        What to look at before anything is built, by settlement: of sites the guarantee owes.
    """
    place = ranking.ranked(sites, options).join(ranking.rank_range(sites, options, errors))
    owed_here = sites["settlement_id"].map(caution).where(sites["tier"] == decisions.TIERS[0]).fillna("")
    out = sites.assign(**{name: place[name] for name in place}, caution=owed_here.astype("str")).sort_values("rank")
    schema.check(out, decisions.SITES)
    return out


def _parted(row: dict[str, Any], prices: Prices) -> list[dict[str, Any]]:
    """Return a row as one site, or as several where it has more seats than the largest standard school.

    The first meets the need of the row; what more a guarantee asks for is a matter of seats. Pupils go to each in turn,
    as many as it holds.
    """
    largest = prices.standard[-1]
    count = -(-row["seats"] // largest)
    if count <= 1:
        return [row]
    left = {name: row.get(name, 0) for name in ("pupils", *owed.FROM.values())}
    again = row["action"] == "replace"
    tier = row["tier"] if row["tier"] != decisions.TIERS[0] else "emergency" if again else "seats"
    beside: dict[str, Any] = {} if again else {"action": "build", "at": "settlement", "school_id": None}
    out, eased = [], [*row.get("relieves", [])]
    for at in range(count):
        building = prices.school(min(largest, row["seats"] - at * largest) * prices.shifts)
        holds = building.seats * building.shifts
        taken = {name: many if at == count - 1 else min(many, holds) for name, many in left.items()}
        left = {name: many - taken[name] for name, many in left.items()}
        here, eased = _eased(eased, {need: taken[name] for need, name in owed.FROM.items()})
        named = {"key": f"{row['key']}:{at + 1}", "tier": tier, "also": [], "bands": [], **beside} if at else {}
        out.append({**row, **taken, **owed.built(building), **named, "relieves": here})
    return out


def _eased(rows: list[owed.Eased], room: dict[str, int]) -> tuple[list[owed.Eased], list[owed.Eased]]:
    """Return whom the first part of a site relieves, with room for so many of each need, and who is left."""
    here, left = [], []
    for school, need, pupils in rows:
        taken = min(pupils, room[need])
        room[need] -= taken
        here += [(school, need, taken)] if taken or not pupils else []
        left += [(school, need, pupils - taken)] if pupils > taken else []
    return here, left


def _site_id(row: dict[str, Any]) -> str:
    return f"{row['action']}:{row['key']}"


def _reach(found: Found, near: pd.DataFrame, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the settlements and bands each site would be nearer to than their school of today (`decisions.REACH`)."""
    taught = pd.DataFrame(
        [
            {"site_id": row["site_id"], "to_id": row["settlement_id"], "band": band}
            for row in rows
            for band in row["bands"]
        ],
        columns=["site_id", "to_id", "band"],
    )
    now = found.access.loc[~found.access["here"], ["settlement_id", "band", "road_m"]].rename(
        columns={"road_m": "now_m"}
    )
    out = near.merge(taught, on="to_id").merge(now, on=["settlement_id", "band"])
    out = out[out["now_m"].isna() | (out["road_m"] < out["now_m"] - _AWAY_M)]
    columns = [*decisions.REACH.columns]
    out = out[columns].sort_values(columns[:3], ignore_index=True)
    return out.astype(dict.fromkeys(columns[:3], "str") | {"road_m": float})


def _gains(found: Found, reach: pd.DataFrame) -> pd.DataFrame:
    """Return what each site gives when all stand: pupils whose way grows shorter, metres and minutes saved, unbused.

    Each settlement and band goes to its nearest site. Bused no more are only those of the site's own settlement:
    whether a river lies on the way to another is not looked at.
    """
    first = reach.sort_values(["settlement_id", "band", "road_m", "site_id"]).drop_duplicates(["settlement_id", "band"])
    now = found.access[["settlement_id", "band", "road_m", "bus_min", "bus_school_id"]]
    rows = first.merge(now.rename(columns={"road_m": "now_m"}), on=["settlement_id", "band"])
    owed_bus = found.transport[["settlement_id", "band", "entitled"]]
    rows = rows.merge(owed_bus, how="left", on=["settlement_id", "band"])
    today = found.today.stack(future_stack=True).rename("pupils").rename_axis(["settlement_id", "band"]).reset_index()
    rows = rows.merge(today, on=["settlement_id", "band"])
    known = rows["now_m"].notna()
    share = 1 - (rows["road_m"] / rows["now_m"].where(rows["now_m"] > 0)).fillna(0.0)
    pupils = rows["pupils"].astype(float)
    own = rows["road_m"] == 0
    sums = pd.DataFrame({
        "site_id": rows["site_id"], "moved": rows["pupils"], "metres": (rows["now_m"] - rows["road_m"]) * pupils,
        "by_road": pupils.where(known, 0.0), "minutes": rows["bus_min"] * share * pupils,
        "by_bus": pupils.where(rows["bus_min"].notna(), 0.0),
        "unbused": rows["pupils"].where(own & rows["entitled"].fillna(value=False).astype(bool), 0),
    }).groupby("site_id").sum()  # fmt: skip
    out = sums[["moved", "unbused"]].copy()
    out["saved_m"] = (sums["metres"] / sums["by_road"].where(sums["by_road"] > 0)).clip(lower=0).fillna(0.0)
    out["saved_min"] = (sums["minutes"] / sums["by_bus"].where(sums["by_bus"] > 0)).clip(lower=0)
    return out


def _weakened(found: Found, reach: pd.DataFrame) -> int:
    """Return how many schools keep too few pupils for their level once all sites stand and their pupils leave them.

    Counted are schools whose contingent sustains the level today; nothing is closed: a planner is to know.
    """
    nearest = reach.sort_values(["settlement_id", "band", "road_m", "site_id"])
    gone = nearest.drop_duplicates(["settlement_id", "band"])[["settlement_id", "band"]]
    now = found.access.loc[~found.access["approx"], ["settlement_id", "band", "school_id"]]
    gone = gone.merge(now.dropna(), on=["settlement_id", "band"])
    pupils = [
        found.pupils_of(home, "today")[band] for home, band in zip(gone["settlement_id"], gone["band"], strict=True)
    ]
    leaving = pd.Series(pupils, dtype=float).groupby(gone["school_id"].to_numpy(object)).sum()
    schools = found.region.schools.loc[leaving.index.intersection(found.region.schools.index)]
    least = {level: float(found.norms[f"threshold.{level}"].value) for level in LEVELS}
    asked = schools["level"].map(least).astype("float64")
    enrolled = schools["enrolment"].astype("Float64").astype(float)
    return int(((enrolled >= asked) & (enrolled - leaving[schools.index] < asked)).sum())


def _frame(found: Found, rows: list[dict[str, Any]], reach: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the rows as `decisions.SITES`, not ranked yet (every rank is 1)."""
    gains, region = _gains(found, reach), found.region
    homes, schools = region.settlements, region.schools
    full = []
    for row in rows:
        key, home = row["site_id"], row["settlement_id"]
        home = home if isinstance(home, str) else None
        gain = gains.loc[key].to_dict() if key in gains.index else {}
        cost, pupils = row["cost_mkzt"], row["pupils"]
        full.append({
            "region": region.code, "is_rural": bool(home and homes.loc[home, "is_rural"]),
            "district_id": homes.loc[home, "district_id"] if home else None,
            "from_emergency": 0, "from_third_shift": 0, "from_shortage": 0, "moved": 0, "saved_m": 0.0, "unbused": 0,
            "at_id": None, "score": 0.0, "rank": 1, "rank_best": 1, "rank_worst": 1, "decided": "first", "caution": "",
            **row, **gain, "settlement_id": home, "also": ", ".join(row["also"]),
            "cost_pupil_mkzt": cost / pupils if pupils else None,
        })  # fmt: skip
    points = [_point(found, row, schools, homes) for row in rows]
    return schema.geoframe(full, decisions.SITES, points)


def _point(found: Found, row: dict[str, Any], schools: gpd.GeoDataFrame, homes: gpd.GeoDataFrame) -> Any:
    if row["at"] == "school" and row["school_id"]:
        return schools.geometry[row["school_id"]]
    if row["at"] == "plot":
        return found.region.plots.geometry[row["at_id"]]
    if row["at"] == "cell":
        return shapely.centroid(found.region.people.cells.geometry[row["at_id"]])
    return homes.geometry[row["settlement_id"]]


def _proof_of_relief(eased: relief.Relief) -> list[dict[str, Any]]:
    problem, result = eased.problem, eased.result
    if problem is None or result is None:
        return []
    row = _proof("seats", "seats_least_cost", result)
    penalty = float((result.unserved * (0.0 if problem.unserved is None else problem.unserved)).sum())
    row |= {name: max(0.0, row[name] - penalty) for name in ("objective", "bound")}  # what is left is no cost
    counts = {"customers": problem.pairs.customers, "candidates": problem.pairs.sites, "pairs": len(problem.pairs.cost)}
    return [row | counts | {"unserved": round(float(result.unserved.sum()))}]


def _proof_of_ways(shorter: shortening.Shortening) -> list[dict[str, Any]]:
    problem, first = shorter.problem, shorter.first
    if problem is None or first is None:
        return []
    counts = {"customers": problem.pairs.customers, "candidates": problem.pairs.sites, "pairs": len(problem.pairs.cost)}
    row = _proof("travel", "ways_shortest", first) | counts | {"objective": shorter.objective, "unserved": 0}
    top = max(abs(shorter.objective), abs(first.bound))
    gap = abs(shorter.objective - first.bound) / top if top else 0.0
    status = first.status if np.isclose(shorter.objective, first.objective) else "feasible"
    return [row | {"gap_share": gap, "status": status}]


def _proof(tier: str, what: str, result: Result) -> dict[str, Any]:
    return {
        "tier": tier, "what": what, "objective": result.objective, "bound": result.bound, "gap_share": result.gap,
        "status": result.status,
    }  # fmt: skip
