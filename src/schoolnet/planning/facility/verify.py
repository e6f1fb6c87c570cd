"""The verifier: recompute a result from the problem alone, sharing no step with what found it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.problems import Capacitated, Centre, Cover, CoverAll, Median

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.planning.facility.problems import Problem, Result

#: Relative room for sums of floating-point numbers.
ROOM = 1e-6


class ResultError(AssertionError):
    """A result that is not what it says; a fault of the program, never of the data."""


def verify(problem: Problem, result: Result) -> None:
    """Recompute a result: open sites, counts, sizes, budget, who is served where, units, objective, bound, gap.

    Raises
    ------
    ResultError
        Naming everything that does not hold.
    """
    if result.status == "infeasible":
        return
    faults = [*_sites(problem, result), *_served(problem, result), *_sums(problem, result)]
    if isinstance(problem, Capacitated):
        faults += [*_sizes(problem, result)]
    if faults:
        raise ResultError("; ".join(faults))


def _sites(problem: Problem, result: Result) -> Iterator[str]:
    opened = result.open.tolist()
    if opened != sorted(set(opened)):
        yield "open sites are not in order, or named twice"
    if not set(opened) <= set(range(problem.pairs.sites)):
        yield "an open site is out of range"
    if missing := set(problem.keep.tolist()) - set(opened):
        yield f"kept sites are closed: {sorted(missing)[:5]}"
    new = len(set(opened) - set(problem.keep.tolist()))
    limit = None if isinstance(problem, CoverAll) else problem.p
    if limit is not None and new > limit:
        yield f"{new} sites are opened, {limit} may be"


def _weights(problem: Problem) -> list[float]:
    if isinstance(problem, Capacitated):
        return [float(units) for units in problem.demand]
    if isinstance(problem, (Median, Cover)):
        return [float(units) for units in problem.weight]
    return [1.0] * problem.pairs.customers


def _served(problem: Problem, result: Result) -> Iterator[str]:
    opened = set(result.open.tolist())
    stored = set(zip(problem.pairs.customer.tolist(), problem.pairs.site.tolist(), strict=True))
    served = dict.fromkeys(range(problem.pairs.customers), 0.0)
    times = dict.fromkeys(range(problem.pairs.customers), 0)
    for customer, site, amount in zip(
        result.customer.tolist(), result.site.tolist(), result.amount.tolist(), strict=True
    ):
        if site not in opened:
            yield f"customer {customer} is served from site {site}, which is closed"
        if (customer, site) not in stored:
            yield f"customer {customer} is served from site {site}, which it cannot reach"
            continue
        if amount < 0:
            yield f"customer {customer} is served a negative amount"
        served[customer] += amount
        times[customer] += 1
    for customer, units in enumerate(_weights(problem)):
        left = float(result.unserved[customer])
        if abs(served[customer] + left - units) > ROOM * max(1.0, units) or left < -ROOM:
            yield f"customer {customer} has {units} units: {served[customer]} served, {left} not"
        if (not isinstance(problem, Capacitated) or problem.whole) and times[customer] > 1:
            yield f"customer {customer} is served from {times[customer]} sites"
        if left > ROOM * max(1.0, units) and not _may_be_left(problem):
            yield f"customer {customer} is not served"


def _may_be_left(problem: Problem) -> bool:
    return isinstance(problem, Cover) or (isinstance(problem, (Median, Capacitated)) and problem.unserved is not None)


def _sizes(problem: Capacitated, result: Result) -> Iterator[str]:
    load: dict[int, float] = {}
    for site, amount in zip(result.site.tolist(), result.amount.tolist(), strict=True):
        load[site] = load.get(site, 0.0) + amount
    price = 0.0
    for site, size in zip(result.open.tolist(), result.size.tolist(), strict=True):
        if not 0 <= size < len(problem.size_site) or int(problem.size_site[size]) != site:
            yield f"site {site} has taken size {size}, which is not its own"
            continue
        price += float(problem.size_price[size])
        capacity = float(problem.size_capacity[size])
        if load.get(site, 0.0) > capacity + ROOM * max(1.0, capacity):
            yield f"site {site} serves {load[site]} units, and holds {capacity}"
    if problem.budget is not None and price > problem.budget + ROOM * max(1.0, problem.budget):
        yield f"sizes cost {price}, {problem.budget} may be spent"


def _cost(problem: Problem, result: Result) -> float:
    costs = {
        (customer, site): cost
        for customer, site, cost in zip(
            problem.pairs.customer.tolist(), problem.pairs.site.tolist(), problem.pairs.cost.tolist(), strict=True
        )
    }
    rows = list(zip(result.customer.tolist(), result.site.tolist(), result.amount.tolist(), strict=True))
    if isinstance(problem, Cover):
        return sum(amount for _, _, amount in rows)
    if isinstance(problem, CoverAll):
        kept = set(problem.keep.tolist())
        return sum(float(problem.price[site]) for site in result.open.tolist() if site not in kept)
    if isinstance(problem, Centre):
        return max((costs.get((customer, site), 0.0) for customer, site, _ in rows), default=0.0)
    total = sum(costs.get((customer, site), 0.0) * amount for customer, site, amount in rows)
    if problem.unserved is not None:
        total += sum(float(left * price) for left, price in zip(result.unserved, problem.unserved, strict=True))
    if isinstance(problem, Capacitated):
        total += sum(float(problem.size_price[size]) for size in result.size.tolist() if size >= 0)
    return total


def _sums(problem: Problem, result: Result) -> Iterator[str]:
    objective = _cost(problem, result)
    room = ROOM * max(1.0, abs(objective))
    if abs(objective - result.objective) > room:
        yield f"the objective is {objective}, not {result.objective}"
    better = result.objective - result.bound if isinstance(problem, Cover) else result.bound - result.objective
    if better > room:
        yield f"the answer, {result.objective}, passes its own bound, {result.bound}"
    greater = max(abs(result.objective), abs(result.bound))
    gap = abs(result.objective - result.bound) / greater if greater else 0.0
    if not np.isclose(gap, result.gap, atol=ROOM):
        yield f"the gap is {gap}, not {result.gap}"
