"""What would change a verdict: each change is tried by judging the settlement again, never guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from schoolnet import decisions, tables
from schoolnet.given import Given
from schoolnet.model import audit
from schoolnet.model.access import in_season
from schoolnet.model.demand import with_children
from schoolnet.planning import found, relief, riders, verdicts
from schoolnet.planning.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.options import Options
    from schoolnet.planning.plan import Plan
    from schoolnet.region import Region

HAIR_M = 0.001  # distances are kept to the millimetre
_HAIR_PUPIL = 1e-9  # as shortage is counted

#: The other reading of each open question: option, value now, value then, and the key of its sentence.
READINGS = (
    ("transport_rule", "or", "and", "flip_and"),
    ("transport_rule", "and", "or", "flip_or"),
    ("transport_holder", "band", "no_school", "flip_no_school"),
    ("transport_holder", "no_school", "band", "flip_band"),
    ("distance_basis", "road", "straight", "flip_straight"),
    ("distance_basis", "straight", "road", "flip_road"),
    ("threshold_base", "residents", "contingent", "flip_contingent"),
    ("threshold_base", "contingent", "residents", "flip_residents"),
    ("bridged_barrier", "no", "yes", "flip_bridged"),
    ("bridged_barrier", "yes", "no", "flip_unbridged"),
    ("season", "dry", "flood", "flip_flood"),
    ("season", "flood", "dry", "flip_dry"),
)


class Outcome(NamedTuple):
    """What a settlement is told to do, and how many of its pupils are entitled to transport."""

    verdict: str
    level: str
    pupils: int


class Flip(NamedTuple):
    """One change that alters the outcome.

    `change` is the key of its sentence (`flip_…` in the words); `facts` are the raw values the sentence is filled with.
    """

    change: str
    facts: dict[str, Any]
    outcome: Outcome


class Case(NamedTuple):
    """What settlements are judged by: the region that holds them and their schools, pupils, ways, choices."""

    alone: Region
    demand: pd.DataFrame
    access: pd.DataFrame
    options: Options


def flips(plan: Plan, settlement: str) -> list[Flip]:
    """Return the changes that would alter what a settlement is told to do, or who is entitled there.

    Tried, one at a time: school buildings no longer in emergency condition; so many pupils fewer at the schools, or so
    many seats more, that two shifts hold all; as many children as the threshold above asks, or one fewer than the one
    below; a way just within the norm, or just beyond it; a bridge; the other reading of each open question; the other
    season.
    """
    case = case_of(plan, settlement)
    now = outcome(plan, case)
    out: dict[str, Flip] = {}
    for change, facts, other in (*other_schools(plan, case), *_changes(plan, case)):
        if change in out:  # the least of its kind that was tried is told
            continue
        then = outcome(plan, other)
        if then != now:
            out[change] = Flip(change, facts, then)
    return [*out.values()]


def break_even(plan: Plan, settlement: str) -> dict[str, Any]:
    """Return how far a bus goes, and from how many pupils on it costs more than a school of their own.

    By the prices of the plan alone, on the way to the nearest school of the lowest band not taught here; empty where no
    bus goes. `most`: pupils tried, as many as the largest standard school holds; without `pupils` the bus is cheaper.
    """
    access = in_season(plan.access, plan.options.season)
    rows = access[(access["settlement_id"] == settlement) & ~access["here"] & access["bus_m"].notna()]
    if rows.empty:
        return {}
    metres, prices = float(rows["bus_m"].iloc[0]), plan.prices
    pupils = np.arange(1, prices.standard[-1] * prices.shifts + 1)
    bus = prices.buses(pupils, np.full(len(pupils), metres))
    built = np.array([prices.running(prices.school(int(count))) for count in pupils])
    cheaper = pupils[bus <= built]
    facts = {"bus_m": metres, "most": len(pupils)}
    first = int(cheaper[-1]) + 1 if len(cheaper) else 1
    return facts | ({"pupils": first} if first <= len(pupils) else {})


def outcome(plan: Plan, case: Case) -> Outcome:
    """Return what a settlement is told to do in one case, judged by the stages of the plan.

    Whether a site that only shortens the way stands hangs on the villages around, which are not judged again: where the
    plan has one, the outcome stays the plan's unless the law comes to owe a school or a level.
    """
    alone, demand, access, options = case
    transport = audit.transport(alone, demand, access, plan.norms, options)
    findings = audit.findings(alone, demand, access, transport, plan.norms, options)
    owed, now = (in_season(frame, options.season) for frame in (transport, access))
    known = Found(
        region=alone, norms=plan.norms, options=options, prices=plan.prices, roads=plan.roads, demand=demand,
        access=now, transport=owed, findings=findings, schools=audit.school_findings(alone, plan.norms),
        planned=grown(plan, demand, options), town_cells=plan.town_cells,
    )  # fmt: skip
    beyond = riders.beyond(riders.riders(known, plan.region.all_schools).rows)
    law = verdicts.verdicts(alone, findings, owed, now, beyond).iloc[0]
    pupils = int(owed.loc[owed["entitled"], "pupils"].sum())
    if law["verdict"] in ("build", "upgrade"):
        return Outcome(law["verdict"], law["level"], pupils)
    told = plan.verdicts.loc[demand.index[0]]
    if told["reason"].endswith("_travel"):
        return Outcome(told["verdict"], told["level"], _entitled(plan, str(demand.index[0])))
    rows = relief.replaced(known, set())
    rows += relief.relieved(known, {row["school_id"] for row in rows}).sites
    rows.sort(key=lambda row: decisions.TIERS.index(row["tier"]))
    if rows:
        return Outcome("extend" if rows[0]["action"] == "extend" else "build", rows[0]["level"], pupils)
    return Outcome(law["verdict"], law["level"], pupils)


def _entitled(plan: Plan, settlement: str) -> int:
    owed = in_season(plan.transport, plan.options.season)
    return int(owed.loc[(owed["settlement_id"] == settlement) & owed["entitled"], "pupils"].sum())


def grown(plan: Plan, demand: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return the pupils a school is made for, growing as the plan's own do where today's are other ones."""
    own = plan.demand.loc[demand.index]
    then = found.planned(own, plan.forecast.settlements, options)
    today, other = found.pupils_today(own), found.pupils_today(demand)
    grown = (then * other / today.where(today > 0)).round()
    return grown.where(today > 0, then.where(other == 0, other)).astype(np.int64)


def case_of(plan: Plan, settlement: str) -> Case:
    """Return the case of one settlement as it is in the plan."""
    rows = plan.access["settlement_id"] == settlement
    alone, access = _alone(plan.region, settlement), plan.access[rows].reset_index(drop=True)
    return Case(alone, plan.demand.loc[[settlement]], access, plan.options)


def other_schools(plan: Plan, case: Case) -> Iterator[tuple[str, dict[str, Any], Case]]:
    """Yield the case with no building in emergency condition; with fewer pupils, and with more seats, in two shifts."""
    schools = case.alone.schools
    flags = plan.school_findings.loc[schools.index]
    broken = flags["emergency"] & flags["state_day"]
    if broken.any():
        mended = schools["condition"].mask(broken, "repair")
        yield "flip_repaired", {"count": int(broken.sum())}, _with(case, condition=mended)
    yield from _other_places(plan, case, flags["state_day"] & ~flags["emergency"])


def _other_places(plan: Plan, case: Case, counted: pd.Series[bool]) -> Iterator[tuple[str, dict[str, Any], Case]]:
    """Yield the cases with fewer pupils and with more seats: as many as are built for, then as two shifts lack in all.

    The first is enough where free seats of other schools take the rest, as they do in the plan.
    """
    schools, allowed = case.alone.schools, float(plan.norms["shifts.allowed"].value)
    today, then = found.pupils_today(case.demand), grown(plan, case.demand, case.options)
    growth = float((then.sum(axis=1) / today.sum(axis=1).replace(0, np.nan)).fillna(1.0).iloc[0])
    shifts = schools["seat_basis"].map({"two_shift": allowed}).fillna(1.0).astype(float)
    seats, pupils = (schools[name].astype("Float64").astype(float) for name in ("seats", "enrolment"))
    lacking = np.ceil(pupils * growth - seats / shifts * allowed - _HAIR_PUPIL)
    lacking = lacking[counted & (lacking > 0)]
    if lacking.empty:
        return
    taken = plan.reassigned.groupby("school_id")["pupils"].sum().reindex(lacking.index).fillna(0).astype(float)
    for over in (lacking - taken, lacking) if taken.any() else (lacking,):
        fewer = np.ceil(over / growth - _HAIR_PUPIL)
        told = _with(case, enrolment=_changed(schools["enrolment"], -fewer))
        yield "flip_pupils_fewer", {"count": int(fewer.sum())}, told
        more = np.ceil(over / allowed - _HAIR_PUPIL)
        told = _with(case, seats=_changed(schools["seats"], more * shifts[over.index]))
        yield "flip_seats_more", {"count": int(more.sum())}, told


def _changed(column: pd.Series[Any], change: pd.Series[float]) -> pd.Series[Any]:
    return column + change.reindex(column.index).fillna(0).astype(np.int64)


def _with(case: Case, **columns: pd.Series[Any]) -> Case:
    return case._replace(alone=replace(case.alone, schools=case.alone.schools.assign(**columns)))


def _alone(region: Region, settlement: str) -> Region:
    """Return the region with only one settlement, its own schools and its plots: all that judging it looks at."""
    return replace(
        region,
        settlements=region.settlements.loc[[settlement]],
        schools=region.schools[region.schools["settlement_id"] == settlement],
        plots=region.plots[region.plots["settlement_id"] == settlement],
        given=Given(),
        neighbours=region.neighbours.iloc[:0],
        built_up=region.built_up.iloc[:0],
        roads=region.roads.iloc[:0],
        waters=region.waters.iloc[:0],
    )


def _changes(plan: Plan, case: Case) -> Iterator[tuple[str, dict[str, Any], Case]]:
    if not case.alone.settlements["is_rural"].iloc[0]:
        return
    yield from _other_children(plan, case)
    yield from _other_ways(plan, case)
    for name, now, then, change in READINGS:
        if getattr(case.options, name) == now:
            yield change, {}, case._replace(options=case.options.model_copy(update={name: then}))


def _other_children(plan: Plan, case: Case) -> Iterator[tuple[str, dict[str, Any], Case]]:
    """Yield the case with as many counted as the threshold above asks, and with one fewer than the one below."""
    finding = plan.findings.loc[case.demand.index[0]]
    counted = finding["counted"]
    if pd.isna(counted):
        return
    thresholds = [int(plan.norms[f"threshold.{level}"].value) for level in tables.LEVELS]
    above, below = [one for one in thresholds if one > counted], [one for one in thresholds if one <= counted]
    cohorts = plan.headcount.loc[case.demand.index]
    wanted = [("flip_children_more", min(above))] if above else []
    wanted += [("flip_children_fewer", max(below) - 1)] if below else []
    for change, count in wanted:
        facts = {"count": abs(count - int(counted)), "children": count}
        if finding["counted_basis"] == "contingent":
            pupils = case.alone.schools["enrolment"] * 0 + pd.array(
                [count, *[0] * (len(case.alone.schools) - 1)], "Int64"
            )
            yield (
                change,
                facts,
                case._replace(alone=replace(case.alone, schools=case.alone.schools.assign(enrolment=pupils))),
            )
        else:
            yield change, facts, case._replace(demand=with_children(case.demand, cohorts, count))


def _other_ways(plan: Plan, case: Case) -> Iterator[tuple[str, dict[str, Any], Case]]:
    access, column = case.access, "road_m" if case.options.distance_basis == "road" else "straight_m"
    away = ~access["here"] & access["school_id"].notna()
    now = away & (access["season"] == case.options.season)
    limit = float(plan.norms["transport.distance_m"].value)
    far, near = now & (access[column] > limit), now & (access[column] <= limit)
    if far.any():
        most = access.loc[access.loc[far, column].idxmax()]
        facts = {"change_m": float(most[column]) - limit, "limit_m": limit, "band": most["band"]}
        shorter = access[column].where(~away, access[column].clip(upper=limit))
        yield "flip_nearer", facts, case._replace(access=access.assign(**{column: shorter}))
    if near.any():
        most = access.loc[access.loc[near, column].idxmax()]
        facts = {"change_m": limit - float(most[column]), "limit_m": limit, "band": most["band"]}
        longer = access[column].where(~away, access[column].clip(lower=limit + HAIR_M))
        yield "flip_farther", facts, case._replace(access=access.assign(**{column: longer}))
    barred = away & access["barrier"]
    by_road = access["crossing"] == "round"
    for change, rows in (("flip_bridge", barred & ~by_road & ~access["approx"]), ("flip_lake", barred & by_road)):
        if rows.any():
            yield change, {}, case._replace(access=access.assign(barrier=access["barrier"] & ~rows))
