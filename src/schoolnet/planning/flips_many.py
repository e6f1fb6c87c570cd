"""What would change each verdict of a plan: the changes of `planning.flips`, each tried for all settlements at once.

Every stage that judges a settlement by the law looks at its own rows alone, so one run over all of them gives what
judging them one by one gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schoolnet import tables
from schoolnet.model import audit
from schoolnet.model.access import in_season
from schoolnet.model.demand import with_children
from schoolnet.planning import flips, riders, verdicts
from schoolnet.planning.flips import Flip, Outcome
from schoolnet.planning.found import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from schoolnet.planning.plan import Plan


class _Try(NamedTuple):
    """A change, what its sentence is filled with by settlement (others are not told it), and the case it makes."""

    change: str
    facts: dict[str, dict[str, Any]]
    case: flips.Case


def flips_of_all(plan: Plan) -> dict[str, list[Flip]]:
    """Return the changes that would alter what each settlement is told to do (`flips.flips`), by settlement.

    Left out are settlements whose own schools ask for a building (`by_schools`): what is told there takes a search for
    each change. Of the others, those that nothing tried would change have an empty list.
    """
    judge = _Judge(plan)
    now = judge.outcomes(judge.base)
    out: dict[str, dict[str, Flip]] = {key: {} for key in now}
    for change, facts, case in _tries(plan, judge.base):
        then = judge.outcomes(case) if facts else {}
        for key, told in facts.items():
            if key in now and then[key] != now[key]:
                out[key].setdefault(change, Flip(change, told, then[key]))
    return {key: [*found.values()] for key, found in out.items()}


def by_schools(plan: Plan) -> set[str]:
    """Return settlements with state day schools in emergency condition, or of more pupils than two shifts hold.

    Pupils of today or of the horizon; a third shift counts, too. What a settlement is told may hang on them.
    """
    schools, flags = plan.region.schools, plan.school_findings
    growth = flips.grown(plan, plan.demand, plan.options).sum(axis=1) / plan.demand["children"].where(
        plan.demand["children"].gt(0)
    )
    pupils = schools["enrolment"].astype("Float64") * schools["settlement_id"].map(growth.fillna(1.0)).clip(lower=1.0)
    room = audit.one_shift(schools) * float(plan.norms["shifts.allowed"].value)
    crowded = (pupils > room - 1).fillna(value=False) | flags["shortage_official"].gt(0).fillna(value=False)
    bad = flags["state_day"] & (flags["emergency"] | flags["three_shift"] | crowded.astype(bool))
    return {str(key) for key in schools.loc[bad, "settlement_id"].dropna()}


@dataclass(frozen=True)
class _Judge:
    """Judges all settlements of a plan in a case; keeps what a case does not alter."""

    plan: Plan
    long: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    @cached_property
    def base(self) -> flips.Case:
        """The plan as it is; the stages look at no more of the region."""
        plan, region = self.plan, self.plan.region
        alone = replace(
            region, built_up=region.built_up.iloc[:0], roads=region.roads.iloc[:0], waters=region.waters.iloc[:0]
        )
        return flips.Case(alone, plan.demand, plan.access, plan.options)

    @cached_property
    def kept(self) -> dict[str, Outcome]:
        """What the plan tells settlements whose site only shortens the way: it stays unless the law owes more."""
        plan = self.plan
        owed = in_season(plan.transport, plan.options.season)
        pupils = owed[owed["entitled"]].groupby("settlement_id")["pupils"].sum()
        rows = plan.verdicts[plan.verdicts["reason"].str.endswith("_travel")]
        return {
            str(row.Index): Outcome(row.verdict, row.level, int(pupils.get(row.Index, 0))) for row in rows.itertuples()
        }

    @cached_property
    def left_out(self) -> set[str]:
        """Settlements that are not tried."""
        return by_schools(self.plan)

    def outcomes(self, case: flips.Case) -> dict[str, Outcome]:
        """Return what every settlement that is tried is told to do in a case."""
        plan, (alone, demand, access, options) = self.plan, case
        transport = audit.transport(alone, demand, access, plan.norms, options)
        findings = audit.findings(alone, demand, access, transport, plan.norms, options)
        owed, now = (in_season(frame, options.season) for frame in (transport, access))
        sums = owed[owed["entitled"]].groupby("settlement_id")["pupils"].sum().to_dict()
        law = verdicts.verdicts(alone, findings, owed, now, self._beyond(case, owed, now))
        out = {}
        for row in law.itertuples():
            key = str(row.Index)
            if key in self.left_out:
                continue
            told = Outcome(row.verdict, row.level, int(sums.get(key, 0)))
            out[key] = told if row.verdict in ("build", "upgrade") else self.kept.get(key, told)
        return out

    def _beyond(self, case: flips.Case, owed: pd.DataFrame, now: pd.DataFrame) -> set[tuple[str, str]]:
        """Return whose ride would be too long, were they entitled.

        Of a band it hangs on its way, its grades and the season alone. Only where the bus of the plan takes long is a
        quicker way looked for.
        """
        season, own = case.options.season, case.demand is self.plan.demand
        if own and season in self.long:
            return self.long[season]
        plan, options = self.plan, case.options
        limit = min(riders.cap(options, wave) for wave in (1, 2)) - options.stop_min
        rows = owed.merge(now.loc[now["bus_min"] > limit, ["settlement_id", "band"]], on=["settlement_id", "band"])
        known = Found(
            region=case.alone, norms=plan.norms, options=options, prices=plan.prices, roads=plan.roads,
            demand=case.demand, access=now, transport=rows.assign(entitled=True), findings=plan.findings,
            schools=plan.school_findings, planned=plan.demand, town_cells=plan.town_cells,
        )  # fmt: skip
        found = riders.beyond(riders.riders(known, plan.region.all_schools).rows)
        if own:
            self.long[season] = found
        return found


def _tries(plan: Plan, case: flips.Case) -> Iterator[_Try]:
    rural = [*case.alone.settlements.index[case.alone.settlements["is_rural"]]]
    yield from _other_children(plan, case, rural)
    yield from _other_ways(plan, case, {*rural})
    for name, now, then, change in flips.READINGS:
        if getattr(case.options, name) == now:
            other = case.options.model_copy(update={name: then})
            yield _Try(change, {key: {} for key in rural}, case._replace(options=other))


def _other_children(plan: Plan, case: flips.Case, rural: list[str]) -> Iterator[_Try]:
    thresholds = [int(plan.norms[f"threshold.{level}"].value) for level in tables.LEVELS]
    rows = plan.findings.loc[rural]
    rows = rows[rows["counted"].notna()]
    above = {key: min((one for one in thresholds if one > many), default=None) for key, many in rows["counted"].items()}
    below = {
        key: max((one for one in thresholds if one <= many), default=None) for key, many in rows["counted"].items()
    }
    wanted = {
        "flip_children_more": {str(key): one for key, one in above.items() if one is not None},
        "flip_children_fewer": {str(key): one - 1 for key, one in below.items() if one is not None},
    }
    for change, counts in wanted.items():
        facts = {
            key: {"count": abs(many - int(rows.loc[key, "counted"])), "children": many} for key, many in counts.items()
        }
        yield _Try(change, facts, _with_counts(plan, case, counts))


def _with_counts(plan: Plan, case: flips.Case, counts: dict[str, int]) -> flips.Case:
    """Return the case with so many counted: children of the settlement, or pupils of its first school and no other."""
    pupils = plan.findings.loc[[*counts], "counted_basis"] == "contingent"
    home = [key for key, taught in pupils.items() if not taught]
    schools, demand = case.alone.schools, case.demand.copy()
    if home:
        many = np.array([counts[key] for key in home], dtype=float)
        demand.loc[home] = with_children(case.demand.loc[home], plan.headcount.loc[home], many)
    own = schools["settlement_id"].isin(pupils.index[pupils])
    first = own & ~schools["settlement_id"].duplicated()
    enrolled = schools["enrolment"].mask(own, 0).mask(first, schools["settlement_id"].map(counts).astype("Int64"))
    alone = replace(case.alone, schools=schools.assign(enrolment=enrolled))
    return case._replace(alone=alone, demand=demand)


def _longest(rows: pd.DataFrame, column: str) -> list[tuple[str, float, str]]:
    """Return settlement, metres and band of the longest way of each settlement; of equal ones the first band's."""
    most = rows.loc[rows.groupby("settlement_id", sort=False)[column].idxmax()]
    return [*zip(most["settlement_id"].astype(str), most[column].astype(float), most["band"].astype(str), strict=True)]


def _other_ways(plan: Plan, case: flips.Case, rural: set[str]) -> Iterator[_Try]:
    access, column = case.access, "road_m" if case.options.distance_basis == "road" else "straight_m"
    away = ~access["here"] & access["school_id"].notna()
    now = away & (access["season"] == case.options.season)
    limit = float(plan.norms["transport.distance_m"].value)
    homes = access["settlement_id"]
    far = access.loc[now & (access[column] > limit)].pipe(_longest, column)
    near = access.loc[now & (access[column] <= limit)].pipe(_longest, column)
    shorter = access[column].where(~away, access[column].clip(upper=limit))
    facts = {key: {"change_m": one - limit, "limit_m": limit, "band": band} for key, one, band in far if key in rural}
    yield _Try("flip_nearer", facts, case._replace(access=access.assign(**{column: shorter})))
    longer = access[column].where(~away, access[column].clip(lower=limit + flips.HAIR_M))
    facts = {key: {"change_m": limit - one, "limit_m": limit, "band": band} for key, one, band in near if key in rural}
    yield _Try("flip_farther", facts, case._replace(access=access.assign(**{column: longer})))
    barred, by_road = away & access["barrier"], access["crossing"] == "round"
    for change, rows in (("flip_bridge", barred & ~by_road & ~access["approx"]), ("flip_lake", barred & by_road)):
        some: dict[str, dict[str, Any]] = {str(key): {} for key in homes[rows].unique() if key in rural}
        yield _Try(change, some, case._replace(access=access.assign(barrier=access["barrier"] & ~rows)))
