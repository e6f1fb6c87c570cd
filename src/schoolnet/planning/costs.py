"""What each verdict costs, what the next best thing is and costs: building, carrying and boarding side by side.

The law decides the verdict, not the cost: a guarantee is never given up because a bus is cheaper (`below_guarantee`
says so beside the cheaper figure).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schoolnet import decisions, schema
from schoolnet.model import audit
from schoolnet.model.audit import RANK
from schoolnet.planning import riders
from schoolnet.planning.found import bands_of
from schoolnet.tables import BANDS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from schoolnet.planning.found import Found

#: Reason and verdict of a settlement that a site of a later tier stands in, by tier and action.
_BY_SITE = {
    ("emergency", "replace"): ("build", "build_emergency"),
    ("three_shift", "build"): ("build", "build_relief"),
    ("three_shift", "extend"): ("extend", "extend_relief"),
    ("seats", "build"): ("build", "build_relief"),
    ("seats", "unschooled"): ("build", "build_unschooled"),
    ("seats", "extend"): ("extend", "extend_relief"),
    ("travel", "build"): ("build", "build_travel"),
    ("travel", "upgrade"): ("upgrade", "upgrade_travel"),
    ("travel", "replace"): ("upgrade", "upgrade_travel"),
}


class _Way(NamedTuple):
    """A band that is brought to school: metres of a bus (NaN: none goes, or too long), and pupils to be carried.

    `routed`: its share of the routes of today's pupils over the years compared; NaN where none of them is bused.
    """

    band: str
    bus_m: float
    pupils: int
    routed: float


class _Cost(NamedTuple):
    verdict: str
    mkzt: float | None


def decided(
    found: Found,
    verdicts: pd.DataFrame,
    sites: pd.DataFrame,
    near: pd.DataFrame,
    outlook: pd.DataFrame,
    *,
    bused: pd.Series[float],
    beyond: Collection[tuple[str, str]],
) -> pd.DataFrame:
    """Return the verdicts with the sites of later tiers in them, what they cost, and the next best thing.

    A bus costs what the routes of today's pupils do: the settlement's share of them. A band nobody is bused of today,
    but pupils of the horizon would be, is estimated: a bus of its own for the pupils schools are made for.

    Parameters
    ----------
    found
        What the stages before found.
    verdicts
        Of the law alone (`planning.verdicts`).
    sites
        `decisions.SITES`; the highest tier of a settlement speaks.
    near
        Settlements by road of each other (`model.matrix.between`).
    outlook
        For `caution`.
    bused
        Shares of the routes by settlement and band (`fleet.shares`).
    beyond
        Settlements and bands whose ride would be too long (`riders.beyond`).

    | verdict | cost | runner-up | cost | below_guarantee |
    |---|---|---|---|---|
    | build (owed) | school | bus, or board where no bus goes | bus | yes |
    | build (owed) | school | keep: nobody would be owed a bus | nothing | yes |
    | bus | bus | the cheaper of build and board | that | no |
    | extend | extension | a new school | school | no |
    | keep | | | | no |
    """
    order = sites.assign(tier=sites["tier"].map(decisions.TIERS.index)).sort_values("tier", kind="stable")
    first = order[order["settlement_id"].notna()].drop_duplicates("settlement_id").set_index("settlement_id")
    first["tier"] = [decisions.TIERS[at] for at in first["tier"]]
    sums = sites.groupby("settlement_id")[["cost_mkzt", "seats", "pupils"]].sum()
    ways = _ways(found, bused, beyond)
    other = _nearest_other(found, near)
    rows = []
    for row in verdicts.itertuples():
        site = first.loc[row.Index] if row.Index in first.index else None
        now = _amended(row, site, found.findings.loc[row.Index, "existing"])
        cost, second = _compared(found, now, site, sums, (ways.get(row.Index, []), other))
        rows.append(now | {
            "runner_up": second.verdict, "cost_mkzt": cost, "runner_up_mkzt": second.mkzt,
            "below_guarantee": _below(now, second.verdict, found.findings.loc[row.Index, "guaranteed"]),
        })  # fmt: skip
    out = schema.frame(rows, decisions.VERDICT).assign(caution=caution(outlook))
    schema.check(out, decisions.VERDICT)
    return out


def _below(now: dict[str, Any], second: str, guaranteed: Any) -> bool:
    """Return whether the next best thing leaves a settlement without the school the law guarantees it."""
    kept = now["reason"].endswith(("_owed", "_contingent", "_emergency"))
    return second in ("bus", "board", "keep") and kept and guaranteed in LEVELS


def caution(outlook: pd.DataFrame) -> pd.Series[str]:
    """Return what to look at before anything is built: the level falls or rises by the horizon, or hangs on few."""
    changes = outlook["change"].where(outlook["change"].isin(["falls", "rises"]), "")
    hangs = ~outlook["sure"] & outlook["guaranteed_low"].notna() & (changes == "")
    return changes.mask(hangs, "hangs").astype("str")


def _amended(row: Any, site: Any, existing: str) -> dict[str, Any]:
    """Return the verdict, with that of a site of a later tier in its place."""
    now = {"settlement_id": row.Index} | {
        name: getattr(row, name) for name in ("verdict", "level", "reason", "band", "meanwhile_bus")
    }
    if site is None or site["tier"] == "guarantee":
        return now
    unschooled = site["tier"] == "seats" and existing == "none"
    verdict, reason = _BY_SITE[site["tier"], "unschooled" if unschooled else site["action"]]
    bused = row.verdict in ("bus", "board")
    return now | {"verdict": verdict, "reason": reason, "level": site["level"], "meanwhile_bus": bused}


def _ways(found: Found, bused: pd.Series[float], beyond: Collection[tuple[str, str]]) -> dict[str, list[_Way]]:
    """Return, by settlement, its bands not taught here that somebody must be brought to school of.

    That is owed by the way alone (`audit.held`), so that pupils of the horizon count as those of today do. Whom the
    rule does not reach walks and costs nothing; but where no school or no road is, all must be brought, and the act
    says nothing of towns. A band nobody rides in today would ride straight to school, in the first shift.

    | band | pupils made for | of the routes | way | → by bus |
    |---|---|---|---|---|
    | 1-4 | 8 | 6.8 | 9 km, owed | 9 km, 6.8 |
    | 1-4 | 8 | | 2 km, not owed | left out |
    | 10-11 | 1 | | 60 km, 86 min, the cap is 60 | none goes |
    | 10-11 | 1 | | 40 km, 45 min | 40 km, a bus of their own |
    """
    access, cap = found.access, riders.cap(found.options, 1)
    law = audit.held(found.region, access, found.norms, found.options)
    must = law["entitled"] | ~law["asked"] | access["school_id"].isna() | access["approx"]
    long = access["bus_min"] + found.options.stop_min > cap
    rows = access.assign(long=long)[~access["here"] & must][["settlement_id", "band", "bus_m", "long"]]
    pupils = found.planned.stack(future_stack=True).rename("pupils").rename_axis(["settlement_id", "band"])
    rows = rows.merge(pupils.reset_index(), on=["settlement_id", "band"])
    shares = bused.to_dict()
    out: dict[str, list[_Way]] = {}
    for row in rows.itertuples():
        key = (str(row.settlement_id), str(row.band))
        share = float(shares.get(key, np.nan))
        if row.pupils > 0 or np.isfinite(share):
            alone = row.long and not np.isfinite(share)
            metres = np.nan if key in beyond or alone else row.bus_m
            out.setdefault(key[0], []).append(_Way(key[1], metres, row.pupils, share))
    return out


def _nearest_other(found: Found, near: pd.DataFrame) -> pd.Series[float]:
    """Return metres by road to the nearest other settlement with a school of as high a level; by settlement."""
    rank = found.findings["existing"].map(RANK)
    away = near[near["settlement_id"] != near["to_id"]]
    fits = away[away["to_id"].map(rank).to_numpy(int) >= away["settlement_id"].map(rank).to_numpy(int)]
    return fits.groupby("settlement_id")["road_m"].min()


def _compared(
    found: Found,
    now: dict[str, Any],
    site: Any,
    sums: pd.DataFrame,
    others: tuple[list[_Way], pd.Series[float]],
) -> tuple[float | None, _Cost]:
    """Return what the verdict costs, and the next best thing."""
    ways, other = others
    verdict, key = now["verdict"], now["settlement_id"]
    if verdict in ("build", "upgrade", "extend") and site is not None:
        cost = _built(found, site, sums.loc[key])
        if now["reason"] == "build_unschooled":  # there is nothing to extend
            return cost, _bused(found, ways, BANDS) if ways else _Cost("", None)
        if site["tier"] in ("three_shift", "seats"):
            return cost, _other_seats(found, verdict, int(sums.loc[key, "pupils"]))
        if site["tier"] == "emergency":
            return cost, _carried(found, int(site["pupils"]), float(other.get(key, float("nan"))))
        return cost, _bused(found, ways, bands_of(site["level"]))
    if verdict in ("bus", "board"):
        return _brought(found, ways, verdict), _instead(found, key, verdict, ways)
    return None, _Cost("", None)


def _built(found: Found, site: Any, sums: Any) -> float:
    """Return what the sites of a settlement cost over the years compared: built, kept, and staffed where new."""
    kept = found.prices.worth * float(sums["seats"]) * found.prices["seat_year"]
    staff = {"build": "school_year", "upgrade": "level_year"}.get(site["action"])
    staffed = found.prices.worth * found.prices[staff] if staff else 0.0
    kept = 0.0 if site["action"] == "replace" else kept  # the school that was there had to be kept too
    return float(sums["cost_mkzt"]) + kept + staffed


def _other_seats(found: Found, verdict: str, pupils: int) -> _Cost:
    if verdict == "extend":
        building = found.prices.school(max(pupils, found.prices.standard[0]))
        return _Cost("build", found.prices.running(building))
    building = found.prices.extension(max(pupils, 1))
    return _Cost("extend", building.mkzt + found.prices.worth * building.seats * found.prices["seat_year"])


def _carried(found: Found, pupils: int, metres: float) -> _Cost:
    carried = np.array([float(pupils)])
    if np.isnan(metres):
        return _Cost("board", float(found.prices.boarding(carried)[0]))
    return _Cost("bus", float(found.prices.buses(carried, np.array([metres]))[0]))


def _bused(found: Found, ways: list[_Way], bands: tuple[str, ...]) -> _Cost:
    """Return the bus for the bands brought to school; boarding places where no bus goes for one; nothing for none."""
    some = [way for way in ways if way.band in bands]
    if not some:
        return _Cost("keep", 0.0)
    if any(np.isnan(way.bus_m) for way in some):
        return _Cost("board", _boarded(found, some))
    trips: dict[float, int] = {}
    for way in some:  # bands that go to one school share a bus
        if np.isnan(way.routed):
            trips[way.bus_m] = trips.get(way.bus_m, 0) + way.pupils
    own = float(found.prices.buses(np.array([*trips.values()]), np.array([*trips])).sum()) if trips else 0.0
    return _Cost("bus", own + float(np.nansum([way.routed for way in some])))


def _brought(found: Found, ways: list[_Way], verdict: str) -> float | None:
    """Return what bus or boarding costs: by bus whoever can go by bus, where that is the verdict, the others board."""
    bused = [way for way in ways if verdict == "bus" and not np.isnan(way.bus_m)]
    parts = (
        _bused(found, bused, BANDS).mkzt if bused else None,
        _boarded(found, [way for way in ways if way not in bused]),
    )
    return sum(part for part in parts if part is not None) if ways else None


def _boarded(found: Found, ways: list[_Way]) -> float | None:
    return float(found.prices.boarding(np.array([way.pupils for way in ways])).sum()) if ways else None


def _instead(found: Found, key: str, verdict: str, ways: list[_Way]) -> _Cost:
    """Return the next best thing to a bus or boarding: a school of the band here, or the other of the two."""
    if not ways:
        return _Cost("", None)
    level = LEVELS[max(BANDS.index(way.band) for way in ways)]
    pupils = sum(found.pupils_of(key, "planned")[band] for band in bands_of(level))
    school = _Cost("build", found.prices.running(found.prices.school(max(pupils, 1))))
    if verdict == "board":
        return school
    board = _Cost("board", _boarded(found, ways))
    return min(school, board, key=lambda one: float("inf") if one.mkzt is None else one.mkzt)
