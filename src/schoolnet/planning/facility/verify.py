"""The verifier: recompute a result from the problem alone, sharing no step with what found it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.problems import Capacitated, Centre, Cover, CoverAll, Median

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.planning.facility.problems import Problem, Result

#: Relative room for sums of floating-point numbers.
ROOM = 1e-6
#: How many of one fault are named.
NAMED = 5


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
    faults = [*_form(problem, result)]
    if not faults:
        faults = [*_sites(problem, result), *_served(problem, result), *_sums(problem, result)]
    if isinstance(problem, Capacitated):
        faults += _sizes(problem, result)
    if faults:
        raise ResultError("; ".join(faults))


def _form(problem: Problem, result: Result) -> Iterator[str]:
    customers = problem.pairs.customers
    if not len(result.customer) == len(result.site) == len(result.amount):
        yield "customer, site and amount differ in length"
    if ((result.customer < 0) | (result.customer >= customers)).any():
        yield "a customer is out of range"
    if len(result.unserved) != customers:
        yield f"unserved has {len(result.unserved)} figures, there are {customers} customers"


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
    if isinstance(problem, Cover):
        yield from _groups(problem, opened)


def _groups(problem: Cover, opened: list[int]) -> Iterator[str]:
    if problem.group is not None:
        count = [0] * len(problem.least)
        for site in opened:
            count[int(problem.group[site])] += 1
        for group, (there, least) in enumerate(zip(count, problem.least.tolist(), strict=True)):
            if there < least:
                yield f"{there} sites of group {group} are open, {least} must be"
    if problem.rival is not None:
        taken = [int(problem.rival[site]) for site in set(opened) - set(problem.keep.tolist())]
        for rival in sorted({one for one in taken if one >= 0 and taken.count(one) > 1}):
            yield f"{taken.count(rival)} sites of rival {rival} are opened, one may be"


def _weights(problem: Problem) -> NDArray[np.float64]:
    if isinstance(problem, Capacitated):
        return problem.demand
    if isinstance(problem, (Median, Cover)):
        return problem.weight
    return np.ones(problem.pairs.customers)


def _costs(problem: Problem, result: Result) -> NDArray[np.float64]:
    """Look up what each row of a result costs a unit; NaN where its site cannot serve the customer."""
    pairs = problem.pairs
    key = pairs.customer * pairs.sites + pairs.site
    order = np.argsort(key)
    wanted = result.customer * pairs.sites + result.site
    if not len(key):
        return np.full(len(wanted), np.nan)
    at = order[np.minimum(np.searchsorted(key, wanted, sorter=order), len(key) - 1)]
    return np.where(key[at] == wanted, pairs.cost[at], np.nan)


def _served(problem: Problem, result: Result) -> Iterator[str]:
    customers = problem.pairs.customers
    closed, beyond = ~np.isin(result.site, result.open), np.isnan(_costs(problem, result))
    for faulty, words in ((closed, "which is closed"), (beyond, "which it cannot reach")):
        for row in np.flatnonzero(faulty)[:NAMED].tolist():
            yield f"customer {result.customer[row]} is served from site {result.site[row]}, {words}"
    for row in np.flatnonzero(~(result.amount >= 0))[:NAMED].tolist():
        yield f"customer {result.customer[row]} is served a negative amount"
    real = ~beyond
    served = np.bincount(result.customer[real], result.amount[real], minlength=customers).astype(np.float64)
    times = np.bincount(result.customer[real], minlength=customers)
    yield from _units(problem, result, served, times)


def _units(problem: Problem, result: Result, served: NDArray[np.float64], times: NDArray[np.int64]) -> Iterator[str]:
    units, left = _weights(problem), result.unserved
    room = ROOM * np.maximum(1.0, units)
    for customer in np.flatnonzero(~(np.abs(served + left - units) <= room) | (left < -ROOM))[:NAMED].tolist():
        yield f"customer {customer} has {units[customer]} units: {served[customer]} served, {left[customer]} not"
    if not isinstance(problem, Capacitated) or problem.whole:
        for customer in np.flatnonzero(times > 1)[:NAMED].tolist():
            yield f"customer {customer} is served from {times[customer]} sites"
    if not _may_be_left(problem):
        for customer in np.flatnonzero(left > room)[:NAMED].tolist():
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
    if isinstance(problem, Cover):
        return float(result.amount.sum())
    if isinstance(problem, CoverAll):
        return float(problem.price[np.setdiff1d(result.open, problem.keep)].sum())
    costs = np.nan_to_num(_costs(problem, result))
    if isinstance(problem, Centre):
        return float(costs.max(initial=0.0))
    total = float((costs * result.amount).sum())
    if problem.unserved is not None:
        total += float((result.unserved * problem.unserved).sum())
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
    if result.status == "optimal" and not result.gap <= ROOM:
        yield f"it is called optimal with a gap of {result.gap}"
