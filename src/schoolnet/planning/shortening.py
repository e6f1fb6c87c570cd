"""Sites of the last tier: schools that shorten the way of those who are owed a bus, where enough pupils sustain them.

A p-median: settlements and bands whose school is far are customers, settlements that could have a higher level are
sites. A site that could not have the pupils its level needs is no candidate; of sites that do not get them the weakest
are dropped, and the search is made again. The bound is that of the first search, in which no site was dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet import tables
from schoolnet.model.audit import RANK
from schoolnet.planning.facility.pairs import Pairs
from schoolnet.planning.facility.problems import Median
from schoolnet.planning.facility.solving import solve
from schoolnet.planning.found import bands_of
from schoolnet.planning.owed import built, eased, raise_to

if TYPE_CHECKING:
    from schoolnet.planning.facility.problems import Result
    from schoolnet.planning.found import Found

_TENTH = 10


class Shortening(NamedTuple):
    """Sites, the first search (its bound holds for what was found, which had to meet more) and what was found."""

    sites: list[dict[str, Any]]
    problem: Median | None
    first: Result | None
    objective: float


def shortened(found: Found, reach: pd.DataFrame, sites: list[dict[str, Any]], count: int) -> Shortening:
    """Return the sites, at most so many, that save most pupil-metres beside the sites of the tiers before.

    Parameters
    ----------
    found
        What the stages before found.
    reach
        Settlements within a day's bus of each other (`model.matrix.between`).
    sites
        The sites of the tiers before: their levels count as there.
    count
        Sites left of the programme.
    """
    far = _far(found, reach, sites)
    pairs = _enough(found, far, _pairs(found, reach, far, sites))
    if count == 0 or pairs.empty:
        return Shortening([], None, None, 0.0)
    first: tuple[Median, Result] | None = None
    options = found.options
    while not pairs.empty:
        sought, keys = _problem(far, pairs, count)
        result = solve(sought, seconds=options.solve_seconds, seed=options.seed)
        first = first or (sought, result)
        served = _served(far, result, keys)
        lacking = _lacking(found, served)
        if lacking.empty:
            rows = [_row(found, str(to), str(level), part) for (to, level), part in served.groupby(["to_id", "level"])]
            return Shortening(rows, first[0], first[1], result.objective)
        weakest = lacking.nlargest(max(1, len(lacking) // _TENTH)).index
        pairs = pairs[~pd.MultiIndex.from_frame(pairs[["to_id", "level"]]).isin(weakest)]
        pairs = _enough(found, far, pairs)
    whole = float((far["pupils"] * far["road_m"]).sum())
    return Shortening([], None, None, whole) if first is None else Shortening([], first[0], first[1], whole)


def _far(found: Found, reach: pd.DataFrame, sites: list[dict[str, Any]]) -> pd.DataFrame:
    """Return settlement, band, pupils and metres of all who are owed a bus and that no site of before brings nearer."""
    owed = found.transport[found.transport["entitled"]]
    now = found.access[["settlement_id", "band", "road_m", "approx"]]
    rows = owed.merge(now, on=["settlement_id", "band"])
    pupils = found.planned.stack(future_stack=True).rename("planned").rename_axis(["settlement_id", "band"])
    rows = rows.merge(pupils.reset_index(), on=["settlement_id", "band"])
    rows = rows[(rows["planned"] > 0) & rows["road_m"].notna()]
    made = [{"to_id": one["settlement_id"], "band": band} for one in sites for band in one["bands"]]
    new = reach.merge(pd.DataFrame(made, columns=["to_id", "band"]), on="to_id").rename(columns={"road_m": "new_m"})
    nearest = new.groupby(["settlement_id", "band"], as_index=False)["new_m"].min()
    rows = rows.merge(nearest, how="left", on=["settlement_id", "band"])
    metres = rows["road_m"].where(~(rows["new_m"] < rows["road_m"]), rows["new_m"])
    limit = float(found.norms["transport.distance_m"].value)
    out = rows.assign(road_m=metres, pupils=rows["planned"])[["settlement_id", "band", "pupils", "road_m"]]
    return out[out["road_m"] > limit].reset_index(drop=True)


def _pairs(found: Found, reach: pd.DataFrame, far: pd.DataFrame, sites: list[dict[str, Any]]) -> pd.DataFrame:
    """Return who could go where: row of `far`, settlement and level that could be there, metres, if nearer.

    Where a site of a tier before stands, its level is settled.
    """
    there = found.findings["existing"].map(RANK)
    free = found.region.settlements["is_rural"] & ~there.index.isin([one["settlement_id"] for one in sites])
    could = [
        {"to_id": key, "level": level, "band": band}
        for key, rank in there[free].items()
        for level in tables.LEVELS
        if RANK[level] > rank
        for band in bands_of(level)
        if RANK[level] >= tables.BANDS.index(band) > rank
    ]
    levels = pd.DataFrame(could, columns=["to_id", "level", "band"])
    rows = far.rename_axis("row").reset_index().merge(reach.rename(columns={"road_m": "new_m"}), on="settlement_id")
    rows = rows[rows["new_m"] < rows["road_m"]]
    return rows.merge(levels, on=["to_id", "band"])[["row", "to_id", "level", "new_m"]]


def _problem(far: pd.DataFrame, pairs: pd.DataFrame, count: int) -> tuple[Median, pd.MultiIndex]:
    """Return the p-median: who is not served nearer goes as far as now."""
    site, keys = pd.MultiIndex.from_frame(pairs[["to_id", "level"]]).factorize(sort=True)
    table = Pairs.of(pairs["row"], site, pairs["new_m"], customers=len(far), sites=len(keys))
    weight = far["pupils"].to_numpy(float)
    return Median(table, weight, count, unserved=far["road_m"].to_numpy(float)), keys


def _served(far: pd.DataFrame, result: Result, keys: pd.MultiIndex) -> pd.DataFrame:
    """Return who goes to which site then: settlement, band, pupils, metres today and then."""
    rows = far.loc[result.customer].reset_index(drop=True)
    out = rows.join(keys.take(result.site).to_frame(index=False).set_axis(["to_id", "level"], axis=1))
    rank = out["level"].map(RANK)  # of two levels at a place, as near as each other, the higher teaches all
    return out.assign(level=rank.groupby(out["to_id"]).transform("max").map(dict(enumerate(tables.LEVELS))))


def _lacking(found: Found, served: pd.DataFrame) -> pd.Series[float]:
    """Return the pupils each site lacks, own and brought together, to sustain its level; only those that lack some."""
    away = served["pupils"].where(served["settlement_id"] != served["to_id"], 0)
    brought = away.groupby([served["to_id"], served["level"]]).sum()
    own = found.by_level.stack().reindex(brought.index).to_numpy(float)
    asked = [float(found.norms[f"threshold.{level}"].value) for _, level in brought.index]
    lacking = pd.Series(asked, brought.index) - brought - own
    return lacking[lacking > 0]


def _enough(found: Found, far: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of sites that would sustain their level if all came who could go there nearer than now."""
    all_come = far.loc[pairs["row"], ["settlement_id", "pupils"]].reset_index(drop=True)
    lacking = _lacking(found, all_come.join(pairs[["to_id", "level"]].reset_index(drop=True)))
    return pairs[~pd.MultiIndex.from_frame(pairs[["to_id", "level"]]).isin(lacking.index)].reset_index(drop=True)


def _row(found: Found, to: str, level: str, rows: pd.DataFrame) -> dict[str, Any]:
    existing = str(found.findings.loc[to, "existing"])
    brought = int(rows.loc[rows["settlement_id"] != to, "pupils"].sum())
    raised = raise_to(found, to, existing, level, brought)
    counts = eased(raised.relieves)
    action = "build" if raised.school is None else "replace" if raised.replaces else "upgrade"
    return {
        "settlement_id": to, "school_id": raised.school, "at": "settlement" if raised.school is None else "school",
        "action": action, "level": level, "tier": "travel", "also": ["emergency"] if raised.replaces else [],
        "bands": [band for band in bands_of(level) if band not in bands_of(existing)], **counts,
        "pupils": int(rows["pupils"].sum()) + sum(counts.values()), "key": f"{to}:{level}",
        "replaces": raised.replaces, **built(raised.building),
    }  # fmt: skip
