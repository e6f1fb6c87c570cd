"""What would change a verdict: each change is tried by judging the settlement again, never guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet import tables
from schoolnet.model import audit
from schoolnet.model.access import in_season
from schoolnet.model.demand import with_children
from schoolnet.planning import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.options import Options
    from schoolnet.planning.plan import Plan
    from schoolnet.region import Region

_HAIR_M = 0.001  # distances are kept to the millimetre

#: The other reading of each open question: option, value now, value then, and the key of its sentence.
_READINGS = (
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


class _Case(NamedTuple):
    alone: Region
    demand: pd.DataFrame
    access: pd.DataFrame
    options: Options


def flips(plan: Plan, settlement: str) -> list[Flip]:
    """Return the changes that would alter what a settlement is told to do, or who is entitled there.

    Tried, one at a time: as many children as the threshold above asks, or one fewer than the one below; a way just
    within the norm, or just beyond it; a bridge; the other reading of each open question; the other season.
    """
    alone = _alone(plan.region, settlement)
    rows = plan.access["settlement_id"] == settlement
    case = _Case(alone, plan.demand.loc[[settlement]], plan.access[rows].reset_index(drop=True), plan.options)
    now = outcome(plan, case)
    found = []
    for change, facts, other in _changes(plan, case):
        then = outcome(plan, other)
        if then != now:
            found.append(Flip(change, facts, then))
    return found


def outcome(plan: Plan, case: _Case) -> Outcome:
    """Return what a settlement is told to do in one case, judged by the stages of the plan."""
    alone, demand, access, options = case
    transport = audit.transport(alone, demand, access, plan.norms, options)
    findings = audit.findings(alone, demand, access, transport, plan.norms, options)
    owed, now = (in_season(frame, options.season) for frame in (transport, access))
    site = verdicts.verdicts(alone, findings, owed, now).iloc[0]
    pupils = owed.loc[owed["entitled"], "pupils"].sum()
    return Outcome(site["verdict"], site["level"], int(pupils))


def _alone(region: Region, settlement: str) -> Region:
    """Return the region with only one settlement and its own schools: all that judging it looks at."""
    return replace(
        region,
        settlements=region.settlements.loc[[settlement]],
        schools=region.schools[region.schools["settlement_id"] == settlement],
        built_up=region.built_up.iloc[:0],
        roads=region.roads.iloc[:0],
        waters=region.waters.iloc[:0],
    )


def _changes(plan: Plan, case: _Case) -> Iterator[tuple[str, dict[str, Any], _Case]]:
    if not case.alone.settlements["is_rural"].iloc[0]:
        return
    yield from _other_children(plan, case)
    yield from _other_ways(plan, case)
    for name, now, then, change in _READINGS:
        if getattr(case.options, name) == now:
            yield change, {}, case._replace(options=case.options.model_copy(update={name: then}))


def _other_children(plan: Plan, case: _Case) -> Iterator[tuple[str, dict[str, Any], _Case]]:
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


def _other_ways(plan: Plan, case: _Case) -> Iterator[tuple[str, dict[str, Any], _Case]]:
    access, column = case.access, "road_m" if case.options.distance_basis == "road" else "straight_m"
    away = ~access["here"] & access["school_id"].notna()
    now = away & (access["season"] == case.options.season)
    limit = float(plan.norms["transport.distance_m"].value)
    far, near = now & (access[column] > limit), now & (access[column] <= limit)
    if far.any():
        facts = {"change_m": float(access.loc[far, column].max()) - limit, "limit_m": limit}
        shorter = access[column].where(~away, access[column].clip(upper=limit))
        yield "flip_nearer", facts, case._replace(access=access.assign(**{column: shorter}))
    if near.any():
        facts = {"change_m": limit - float(access.loc[near, column].max()), "limit_m": limit}
        longer = access[column].where(~away, access[column].clip(lower=limit + _HAIR_M))
        yield "flip_farther", facts, case._replace(access=access.assign(**{column: longer}))
    barred = away & access["barrier"]
    by_road = access["crossing"] == "round"
    for change, rows in (("flip_bridge", barred & ~by_road & ~access["approx"]), ("flip_lake", barred & by_road)):
        if rows.any():
            yield change, {}, case._replace(access=access.assign(barrier=access["barrier"] & ~rows))
