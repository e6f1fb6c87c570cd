"""Set covering and the p-centre: the p-centre is a search for the least radius that p sites cover."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from schoolnet.planning.facility import answers, covering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.covering import Covering
    from schoolnet.planning.facility.problems import Centre, CoverAll, Result


def cover_all(problem: CoverAll, *, seconds: float, gap: float) -> Result:
    """Solve a set covering problem: see `covering.cover`."""
    begun = time.perf_counter()
    pairs, ones = problem.pairs, np.ones(problem.pairs.customers)
    lacking = (np.diff(pairs.start) == 0).astype(float)
    if lacking.any():
        return answers.infeasible(lacking, begun=begun)
    price = problem.price.astype(float)
    price[problem.keep] = 0.0
    found = covering.cover(
        _reach(problem),
        price,
        until=begun + seconds,
        enough=lambda _upper, _bound: False,
        gap=gap,
    )
    served = answers.served(pairs, ones, np.flatnonzero(found.opened), problem.keep)
    objective = float(price[served.open].sum())
    return answers.result(pairs, ones, served, sums=(objective, min(found.bound, objective)), begun=begun)


def _reach(problem: CoverAll | Centre, radius: float = np.inf) -> Any:
    """Return customers by sites within a radius."""
    from scipy.sparse import csr_array

    pairs = problem.pairs
    near = pairs.cost <= radius
    start = np.concatenate([[0], np.cumsum(near)])[pairs.start]
    return csr_array((np.ones(int(near.sum())), pairs.site[near], start), shape=(pairs.customers, pairs.sites))


def centre(problem: Centre, *, seconds: float, gap: float) -> Result:
    """Solve a p-centre problem: a radius is met or not, and the distinct costs are searched by halves: Minieka (1970).

    Where p hardly allows every customer to be served, finding any answer may take longer than `seconds`.
    """
    begun = time.perf_counter()
    pairs, ones = problem.pairs, np.ones(problem.pairs.customers)
    lacking = (np.diff(pairs.start) == 0).astype(float)
    if lacking.any():
        return answers.infeasible(lacking, begun=begun)
    fallback = np.full(pairs.customers, np.inf)
    kept = np.isin(pairs.site, problem.keep)
    np.minimum.at(fallback, pairs.customer[kept], pairs.cost[kept])
    radii = _radii(problem, fallback)
    widest = _covered(problem, fallback, radii[-1], np.inf)
    if widest.upper > problem.p:
        left = answers.served(pairs, ones, np.empty(0, dtype=np.int64), problem.keep).row < 0
        return answers.infeasible(left.astype(float), begun=begun, least={"p": widest.upper})
    low, opened = 0, widest.opened
    high = _reached(problem, radii, opened)
    while low < high and radii[high] - radii[low] > gap * radii[high]:
        middle = (low + high) // 2
        found = _covered(problem, fallback, radii[middle], begun + seconds)
        if found.upper <= problem.p:
            opened = found.opened
            high = min(middle, _reached(problem, radii, opened))
        elif found.bound > problem.p:
            low = middle + 1
        else:
            break  # time is up before this radius was decided
    served = answers.served(pairs, ones, np.flatnonzero(opened), problem.keep)
    objective = float(pairs.cost[served.row].max(initial=0.0))
    return answers.result(pairs, ones, served, sums=(objective, min(float(radii[low]), objective)), begun=begun)


def _radii(problem: Centre, fallback: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the costs the answer may be: from the worst customer's nearest site to what the kept sites reach."""
    pairs = problem.pairs
    nearest = pairs.cost[pairs.start[:-1]].max(initial=0.0)
    farthest = min(float(fallback.max(initial=0.0)), float(pairs.cost.max(initial=0.0)))
    costs = np.unique(pairs.cost)
    return costs[(costs >= nearest) & (costs <= farthest)] if len(costs) else np.zeros(1)


def _covered(problem: Centre, fallback: NDArray[np.float64], radius: float, until: float) -> Covering:
    return covering.cover(
        _reach(problem, radius)[fallback > radius],
        np.ones(problem.pairs.sites),
        until=until,
        enough=lambda upper, bound: upper <= problem.p or bound > problem.p,
    )


def _reached(problem: Centre, radii: NDArray[np.float64], opened: NDArray[np.bool_]) -> int:
    """Return the place of the radius some open sites reach."""
    pairs = problem.pairs
    ones = np.ones(pairs.customers)
    row = answers.served(pairs, ones, np.flatnonzero(opened), problem.keep).row
    return int(np.searchsorted(radii, pairs.cost[row].max(initial=0.0)))
