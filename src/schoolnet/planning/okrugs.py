"""Education okrugs: a hub school and its satellites, by minutes of a bus, inside a district.

No act read says how large an okrug is, or how far its schools lie apart: sizes are practice (`okrug.satellites` of
law/kz.toml), the rest options. Pooling adds; it cancels no guarantee.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import networks, schema
from schoolnet.model import minutes
from schoolnet.planning import okrug_compare, okrug_places, okrug_reasons
from schoolnet.planning.facility.answers import PROVEN
from schoolnet.planning.facility.pairs import Pairs
from schoolnet.planning.facility.pooling import pool
from schoolnet.planning.facility.problems import Pooling, Pools
from schoolnet.tables import BANDS

if TYPE_CHECKING:
    import geopandas as gpd

    from schoolnet.planning.found import Found
    from schoolnet.planning.okrug_places import Places

_PREFIX = "okrug-"
_BAND = BANDS[1]  # whom a settlement without a school sends: those the okrug is for


@dataclass(frozen=True)
class Pooled:
    """Education okrugs; tables as in `networks`."""

    okrugs: gpd.GeoDataFrame
    okrug_members: pd.DataFrame
    okrug_proofs: pd.DataFrame
    okrug_compared: pd.DataFrame


def pooled(found: Found, rides: pd.DataFrame) -> Pooled:
    """Return the education okrugs of a region, the part of every rural settlement, and the planner's own beside them.

    Chosen exactly, in this order: the fewest small schools are left out; sizes lie nearest to options `okrug_low` to
    `okrug_high`; pupils of satellites × minutes are least.

    Parameters
    ----------
    found
        What the stages before found.
    rides
        The school pupils of each settlement are brought to (`networks.RIDES`); where it says nothing, the nearest.
    """
    known = okrug_places.places(found)
    problem = _problem(found, known)
    pools = pool(problem, seconds=found.options.solve_seconds)
    hub = pd.Series(
        [str(known.hubs.index[site]) if site >= 0 else None for site in pools.site],
        index=known.satellites.index,
        dtype=object,
    ).dropna()
    members = _with_attached(found, known, _members(found, known, problem, pools, hub), rides)
    made = Pooled(
        okrugs=_okrugs(found, known, members, hub),
        okrug_members=members,
        okrug_proofs=_proofs(problem, pools),
        okrug_compared=okrug_compare.compared(found, known, members, _towns(known, hub)),
    )
    schema.check(made.okrugs, networks.OKRUGS)
    schema.check(made.okrug_members, networks.OKRUG_MEMBERS)
    schema.check(made.okrug_proofs, networks.OKRUG_PROOFS)
    return made


def counts(made: Pooled) -> dict[str, int]:
    """Return the counts of okrugs for a plan's summary."""
    roles = made.okrug_members["role"].value_counts()
    return {
        "okrugs": len(made.okrugs),
        "okrugs_in_target": int(made.okrugs["in_target"].sum()),
        **{f"okrug_{role}": int(roles.get(role, 0)) for role in networks.ROLES if role != "hub"},
        "okrug_attached_far": int(made.okrugs["attached_far"].sum()),
    }


def identifier(school: str) -> str:
    """Return the identifier of the okrug of a hub."""
    return f"{_PREFIX}{school}"


def _problem(found: Found, known: Places) -> Pooling:
    options, satellites, hubs = found.options, known.satellites, known.hubs
    ways = known.ways[known.ways["fits"]]
    at = pd.Series(range(len(hubs)), index=hubs["settlement_id"]).groupby(level=0).first()
    same = at.reindex(satellites.index).fillna(-1)  # a village has one hub at most
    free = hubs["free"].fillna(np.inf) if options.okrug_turns == "no" else pd.Series(np.inf, index=hubs.index)
    return Pooling(
        Pairs.of(
            satellites.index.get_indexer(ways["settlement_id"]),
            hubs.index.get_indexer(ways["school_id"]),
            ways["minutes"],
            customers=len(satellites),
            sites=len(hubs),
        ),
        satellites["weight"].to_numpy(float),
        same.to_numpy(np.int64),
        np.ceil(satellites["visitors"].to_numpy(float)),
        np.floor(free.to_numpy(float)),
        options.okrug_least,
        options.okrug_low,
        options.okrug_high,
        options.okrug_most,
    )


def _members(found: Found, known: Places, problem: Pooling, pools: Pools, hub: pd.Series[Any]) -> pd.DataFrame:
    """Return the rows of `networks.OKRUG_MEMBERS`, settlements without a school all alone."""
    ways = {(row.settlement_id, row.school_id): row for row in known.ways.itertuples()}
    opened = set(hub)
    hub_at = {str(row.settlement_id): str(row.Index) for row in known.hubs.itertuples() if row.Index in opened}
    alone = okrug_reasons.reasons(known, problem, pools)
    children = found.demand["children"]
    empty = set(children.index[children.eq(0).fillna(value=False)])
    rows = []
    for key in sorted(found.region.settlements.index[found.region.settlements["is_rural"]]):
        row: dict[str, Any] = {"settlement_id": key, "why": "", "adds": ""}
        schools = known.of.get(key)
        if key in hub_at:
            row |= _in(hub_at[key]) | {"role": "hub", "school_id": hub_at[key], "minutes": 0.0, "road_m": 0.0}
        elif schools is None:
            row |= {"role": "alone", "why": "no_children" if key in empty else "no_school"}
        else:
            row |= {"role": "own", "school_id": schools[0]}
            if key in hub.index:
                way = ways[key, hub[key]]
                row |= _in(hub[key]) | {"role": "satellite", "minutes": way.minutes, "road_m": way.metres}
                row["adds"] = _adds(known, hub[key], schools[0])
            elif key in known.satellites.index:
                row |= {"role": "alone", "why": alone[key]}
        rows.append(row)
    frame = schema.frame(rows, networks.OKRUG_MEMBERS)
    low = found.findings["network_deficit"].reindex(frame.index)
    return frame.assign(below_guarantee=low.astype(bool))


def _in(school: str) -> dict[str, Any]:
    return {"okrug_id": identifier(school)}


def _adds(known: Places, hub: str, school: str) -> str:
    """Return the bands a hub teaches and another school does not."""
    return ", ".join(band for band in known.bands[hub] if band not in known.bands[school])


def _with_attached(found: Found, known: Places, members: pd.DataFrame, rides: pd.DataFrame) -> pd.DataFrame:
    """Return the members with settlements that have no school beside those their pupils ride to, in one district.

    They belong there however far the hub lies: their pupils are on the roll of that school.
    """
    goes = _goes(found, members.index[members["why"] == "no_school"], rides)
    hubs = members["okrug_id"].dropna().str.removeprefix(_PREFIX)
    hub_of = {school: str(hub) for key, hub in hubs.items() for school in known.of[str(key)]}
    hub_of |= {str(hub): str(hub) for hub in hubs}  # those in towns
    joined = goes[goes.isin(list(hub_of))]
    homes = found.region.schools["settlement_id"].reindex(joined)
    joined = joined[okrug_places.district_of(found, joined.index) == okrug_places.district_of(found, homes)]
    hub = joined.map(hub_of).astype(object)
    members = members.astype({"school_id": object, "okrug_id": object})
    members.loc[goes.index, "school_id"] = goes
    members.loc[joined.index, ["role", "why"]] = ["attached", ""]
    members.loc[joined.index, "okrug_id"] = hub.map(identifier)
    members.loc[joined.index, "adds"] = [_adds(known, hub[key], school) for key, school in joined.items()]
    starts = found.roads.nodes("settlement")[joined.index]
    ends = found.roads.nodes("school")[sorted({*hub, *joined})]
    ways = minutes.between(found.roads, starts.to_numpy(np.int64), ends.to_numpy(np.int64), season=found.options.season)
    at, far, near = np.arange(len(joined)), ends.index.get_indexer(hub), ends.index.get_indexer(joined)
    told = {"minutes": ways.minutes[at, far], "road_m": ways.metres[at, far], "school_min": ways.minutes[at, near]}
    for column, values in told.items():
        members.loc[joined.index, column] = np.where(np.isfinite(values), values, np.nan)
    return members.astype({"school_id": "str", "okrug_id": "str"})


def _goes(found: Found, settlements: pd.Index[str], rides: pd.DataFrame) -> pd.Series[Any]:
    """Return the school the pupils of grades 5-9 of settlements without a school go to; the younger ones' where none.

    That they ride to, the most of them; else the nearest.
    """
    some = rides[rides["settlement_id"].isin(settlements) & rides["school_id"].notna() & (rides["mode"] == "bus")]
    most = some.groupby(["settlement_id", "band", "school_id"], as_index=False)["pupils"].sum()
    most = most.sort_values(["settlement_id", "band", "pupils", "school_id"], ascending=[True, True, False, True])
    near = found.access[found.access["settlement_id"].isin(settlements) & found.access["school_id"].notna()]
    out = pd.Series(dtype=object)
    for rows in (most[most["band"] == _BAND], near[near["band"] == _BAND], near[near["band"] == BANDS[0]]):
        one = rows.drop_duplicates("settlement_id").set_index("settlement_id")["school_id"].astype(object)
        out = pd.concat([out, one[~one.index.isin(out.index)]])
    return out.sort_index()


def _towns(known: Places, hub: pd.Series[Any]) -> dict[str, str]:
    """Return the okrug of each settlement a hub stands in; of several the first."""
    homes = known.hubs["settlement_id"].reindex(sorted(set(hub), reverse=True))
    return {str(home): identifier(str(school)) for school, home in homes.items()}


def _okrugs(found: Found, known: Places, members: pd.DataFrame, hub: pd.Series[Any]) -> gpd.GeoDataFrame:
    pupils = known.schools["pupils"].to_dict()
    teachers = found.region.schools["teachers"].astype("Float64").astype(float).to_dict()
    inside: dict[str, list[dict[str, Any]]] = {}
    for row in members[members["okrug_id"].notna()].reset_index().to_dict("records"):
        inside.setdefault(row["okrug_id"], []).append(row)
    rows = []
    for school in sorted(set(hub)):
        some, rode = (
            [row for row in inside[identifier(school)] if row["role"] == role] for role in ("satellite", "attached")
        )
        theirs = [one for row in some for one in known.of[row["settlement_id"]]]
        took = [row["minutes"] for row in some]
        home, district, free = known.hubs.loc[school, ["settlement_id", "district_id", "free"]]
        rows.append(
            {
                "okrug_id": identifier(school),
                "district_id": district or None,
                "school_id": school,
                "settlement_id": home,
                "satellites": len(some),
                "attached": len(rode),
                "attached_far": sum(not row["minutes"] <= found.options.okrug_min for row in rode),  # NaN is no road
                "pupils": sum(pupils[one] for one in [school, *theirs]),  # NaN where one is
                "pupils_satellites": sum(pupils[one] for one in theirs),
                "free_seats": free,
                "visitors": known.satellites.loc[[row["settlement_id"] for row in some], "visitors"].sum(),
                "subject_rooms": found.region.schools.loc[school, "subject_rooms"],
                "teachers": sum(teachers[one] for one in [school, *theirs]),
                "adds": ", ".join(band for band in BANDS if any(band in row["adds"].split(", ") for row in some)),
                "pooled_level": _sustained(found, [row["settlement_id"] for row in [*some, *rode]]),
                "mean_min": sum(took) / len(took),
                "worst_min": max(took),
                "in_target": found.options.okrug_low <= len(some) <= found.options.okrug_high,
            }
        )
    places = found.region.schools.geometry.reindex([row["school_id"] for row in rows]).to_numpy()
    return schema.geoframe(rows, networks.OKRUGS, places)


def _sustained(found: Found, settlements: list[str]) -> str | None:
    """Return the level all children of some villages would be guaranteed if they lived in one."""
    children = found.findings.loc[settlements, "children"]
    return None if children.isna().any() else found.norms.guaranteed_level(int(children.sum()))


def _proofs(problem: Pooling, pools: Pools) -> pd.DataFrame:
    rows, proven = [], True
    for sought, value, bound in zip(networks.OKRUG_AIMS, pools.sums, pools.bounds, strict=True):
        gap = max(0.0, value - bound) / value if value else 0.0
        proven &= gap <= PROVEN
        rows.append(
            {
                "sought": sought, "customers": problem.pairs.customers, "candidates": problem.pairs.sites,
                "pairs": len(problem.pairs.site), "objective": value, "bound": bound, "gap_share": gap,
                "status": "optimal" if proven else "feasible",
            }
        )  # fmt: skip
    return schema.frame(rows, networks.OKRUG_PROOFS)
