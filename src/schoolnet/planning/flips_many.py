"""What would change each verdict of a plan: the changes of `planning.flips`, each tried for all settlements at once.

Every stage that judges a settlement by the law looks at its own rows alone, so one run over all of them gives what
judging them one by one gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from schoolnet import tables
from schoolnet.given import Given
from schoolnet.model import audit
from schoolnet.model.access import in_season
from schoolnet.model.demand import with_children
from schoolnet.planning import flips, riders, verdicts
from schoolnet.planning.flips import Flip, Outcome
from schoolnet.planning.found import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from schoolnet.options import Options
    from schoolnet.planning.plan import Plan


#: What a way is judged by, of the columns of `results.ACCESS`.
_WAY = [
    "settlement_id", "band", "season", "here", "school_id", "road_m", "straight_m", "approx", "between", "barrier",
    "divided_by", "bus_school_id", "bus_min",
]  # fmt: skip


class _Try(NamedTuple):
    """A change, what its sentence is filled with by settlement (others are not told it), and the case it makes."""

    change: str
    facts: dict[str, dict[str, Any]]
    case: flips.Case


class _Stack(NamedTuple):
    """Cases of several changes as one; `whose`: the change (`at`) and the settlement (`home`) of each id in it."""

    case: flips.Case
    whose: pd.DataFrame


def flips_of_all(plan: Plan) -> dict[str, list[Flip]]:
    """Return the changes that would alter what each settlement is told to do (`flips.flips`), by settlement.

    Left out are settlements whose own schools ask for a building (`by_schools`): what is told there takes a search for
    each change. Of the others, those that nothing tried would change have an empty list.
    """
    judge, left = _Judge(plan), by_schools(plan)
    as_is = _Try("", {str(key): {} for key in plan.region.settlements.index if key not in left}, judge.base)
    told = [
        one._replace(facts={key: facts for key, facts in one.facts.items() if key in as_is.facts})
        for one in (as_is, *_tries(plan, judge.base))
    ]
    now, *others = judge.outcomes(told)
    out: dict[str, dict[str, Flip]] = {key: {} for key in now}
    for (change, facts, _), outcomes in zip(told[1:], others, strict=True):
        for key, then in outcomes.items():
            if then != now[key]:
                out[key].setdefault(change, Flip(change, facts[key], then))
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
    """Judges settlements of a plan in a case; keeps what a case does not alter."""

    plan: Plan
    found: dict[tuple[int, str], dict[tuple[str, str], bool]] = field(default_factory=dict)

    @cached_property
    def base(self) -> flips.Case:
        """The plan as it is; the stages look at no more of the region."""
        plan, region = self.plan, self.plan.region
        none = ("neighbours", "built_up", "roads", "waters", "plots")
        alone = replace(region, **{name: getattr(region, name).iloc[:0] for name in none}, given=Given())
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

    def outcomes(self, tries: list[_Try]) -> list[dict[str, Outcome]]:
        """Return what the settlements of each change would be told to do.

        Cases of one season and one base of the thresholds are stacked and judged together.
        """
        out: list[dict[str, Outcome]] = [{} for _ in tries]
        options = [one.case.options for one in tries]
        for group in _alike(range(len(tries)), lambda at: (options[at].season, options[at].threshold_base)):
            for (at, key), told in self._judged(tries, _stacked(tries, group)):
                out[at][key] = told
        return out

    def _judged(self, tries: list[_Try], stack: _Stack) -> Iterator[tuple[tuple[int, str], Outcome]]:
        norms, (alone, demand, access, options) = self.plan.norms, stack.case
        number = access["settlement_id"].map(stack.whose["at"])
        parts = _alike(number.unique(), lambda at: id(tries[at].case.options))
        entitled = [
            audit.transport(alone, demand, access[number.isin(some)], norms, tries[some[0]].case.options)
            for some in parts
        ] or [audit.transport(alone, demand, access, norms, options)]  # nobody goes anywhere
        transport = pd.concat(entitled, ignore_index=True)
        findings = audit.findings(alone, demand, access, transport, norms, options)
        owed, now = (in_season(frame, options.season) for frame in (transport, access))
        pupils = owed[owed["entitled"]].groupby("settlement_id")["pupils"].sum().to_dict()
        law = verdicts.verdicts(alone, findings, owed, now)
        bus = now["settlement_id"].map(law.loc[law["verdict"] == "bus", "band"]) == now["band"]
        rows = owed.merge(now.loc[bus, ["settlement_id", "band", "bus_min"]], on=["settlement_id", "band"])
        long = self._long(tries, rows.join(stack.whose, on="settlement_id"), options)
        whose = zip(stack.whose["at"], stack.whose["home"], strict=True)
        for one, verdict, row in zip(whose, law["verdict"], law.itertuples(), strict=True):
            told = Outcome("board" if row.Index in long else verdict, row.level, int(pupils.get(row.Index, 0)))
            yield one, told if verdict in ("build", "upgrade") else self.kept.get(one[1], told)

    def _long(self, tries: list[_Try], rows: pd.DataFrame, options: Options) -> set[str]:
        """Return whose ride is too long (`riders.beyond`), of the settlements and bands told to be carried, by id.

        It hangs on the way, the season and, where one wave may ride longer than the other, on who is in which: what was
        found is kept. Only where the bus of the plan takes long is a quicker way looked for.
        """
        caps = {riders.cap(options, wave) for wave in (1, 2)}
        rows = rows[(rows["bus_min"] > min(caps) - options.stop_min) & rows["pupils"].notna()]
        out: set[str] = set()
        for some in _alike(rows["at"].unique(), lambda at: id(tries[at].case.demand) if len(caps) > 1 else 0):
            part, case = rows[rows["at"].isin(some)], tries[some[0]].case
            known = self.found.setdefault((id(case.demand) if len(caps) > 1 else 0, options.season), {})
            pairs = [*zip(part["home"], part["band"], strict=True)]
            new = part[[pair not in known for pair in pairs]].drop_duplicates(["home", "band"])
            if len(new):
                asked = new.assign(settlement_id=new["home"].astype("str"), entitled=True)
                far = self._beyond(case, asked, options)
                known |= {pair: pair in far for pair in zip(new["home"], new["band"], strict=True)}
            out |= {key for key, pair in zip(part["settlement_id"], pairs, strict=True) if known[pair]}
        return out

    def _beyond(self, case: flips.Case, asked: pd.DataFrame, options: Options) -> set[tuple[str, str]]:
        plan = self.plan
        known = Found(
            region=self.base.alone, norms=plan.norms, options=options, prices=plan.prices, roads=plan.roads,
            demand=case.demand, access=in_season(plan.access, options.season), transport=asked, findings=plan.findings,
            schools=plan.school_findings, planned=plan.demand, town_cells=plan.town_cells,
        )  # fmt: skip
        return riders.beyond(riders.riders(known, plan.region.all_schools).rows)


def _alike(numbers: Iterable[int], by: Callable[[int], Hashable]) -> list[list[int]]:
    """Return numbers in groups of which `by` says the same."""
    out: dict[Hashable, list[int]] = {}
    for one in numbers:
        out.setdefault(by(one), []).append(one)
    return [*out.values()]


def _stacked(tries: list[_Try], group: list[int]) -> _Stack:
    """Return the cases of some changes as one, each with its own settlements, in the season that all have."""
    parts: dict[str, list[Any]] = {"settlements": [], "schools": [], "demand": [], "access": [], "whose": []}
    for at in group:
        (_, facts, (alone, demand, access, options)), mark = tries[at], f"{at}|"
        keys = [key for key in alone.settlements.index if key in facts]
        homes, schools = alone.settlements.loc[keys], alone.schools[alone.schools["settlement_id"].isin(keys)]
        rows = access.loc[(access["season"] == options.season) & access["settlement_id"].isin(keys), _WAY]
        parts["settlements"].append(homes.set_axis(mark + homes.index))
        schools = schools.assign(settlement_id=mark + schools["settlement_id"])
        parts["schools"].append(schools.set_axis(mark + schools.index))
        parts["demand"].append(demand.loc[keys].set_axis(mark + homes.index))
        parts["access"].append(rows.assign(settlement_id=mark + rows["settlement_id"]))
        parts["whose"].append(pd.DataFrame({"at": at, "home": keys}, index=mark + homes.index))
    whole = {name: pd.concat(some) for name, some in parts.items()}
    first = tries[group[0]].case
    alone = replace(first.alone, settlements=whole["settlements"], schools=whole["schools"])
    access = whole["access"].reset_index(drop=True)
    return _Stack(flips.Case(alone, whole["demand"], access, first.options), whole["whose"])


def _tries(plan: Plan, case: flips.Case) -> Iterator[_Try]:
    rural = [*case.alone.settlements.index[case.alone.settlements["is_rural"]]]
    yield from _other_children(plan, case, rural)
    yield from _other_ways(plan, case, {*rural})
    for name, now, then, change in flips.READINGS:
        if getattr(case.options, name) == now:
            other = case.options.model_copy(update={name: then})
            some = _touched(plan, name)
            yield _Try(change, {key: {} for key in rural if key in some}, case._replace(options=other))


def _touched(plan: Plan, name: str) -> set[str]:
    """Return the settlements whose rows the other reading of an option could judge otherwise."""
    access, transport = plan.access, plan.transport
    if name == "transport_rule":  # one reading holds and the other does not
        keys = transport.loc[transport["entitled_or"] != transport["entitled_and"], "settlement_id"]
    elif name == "transport_holder":  # a school there
        keys = access.loc[access["here"], "settlement_id"]
    elif name == "bridged_barrier":  # a water that a bridge leads over
        keys = access.loc[access["barrier"] != access["between"], "settlement_id"]
    elif name == "threshold_base":  # pupils of a school there
        keys = plan.region.schools["settlement_id"].dropna()
    else:
        keys = access["settlement_id"]
    return {*keys}


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
