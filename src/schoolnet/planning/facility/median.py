"""The p-median and maximal covering: one core, since what is not covered is a median of costs that are 0."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility import answers, core, covering, interchange, lagrange, rounds
from schoolnet.planning.facility.problems import Cover
from schoolnet.planning.facility.search import Search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.core import Core
    from schoolnet.planning.facility.problems import Median, Result

#: Rounds of interchange that look for any answer, where every customer must be served.
TRIES = 60


def median(problem: Median, *, seconds: float, gap: float) -> Result:
    """Solve a p-median problem: Beasley (1993) for the bound, Resende and Werneck (2007) for the answer.

    A customer without weight asks for nothing. Where every customer must be served and p hardly allows it, finding any
    answer may take longer than `seconds`: that search is not cut short.
    """
    begun = time.perf_counter()
    pairs, weight = problem.pairs, problem.weight
    if problem.unserved is None:
        fallback = np.where(weight > 0, np.inf, 0.0)
        lacking = np.where((np.diff(pairs.start) == 0) & (weight > 0), weight, 0.0)
        if lacking.any():
            return answers.infeasible(lacking, begun=begun)
    else:
        fallback = weight * problem.unserved
    whole = _core(problem, pairs.cost * weight[pairs.customer], fallback)
    search, least = _started(whole, begun + seconds, gap)
    if search is None:
        lacking = np.where(_unreached(problem), weight, 0.0)
        return answers.infeasible(lacking, begun=begun, least=least)
    rounds.run(search)
    found = answers.served(pairs, weight, search.best, problem.keep, problem.unserved)
    row = found.row[found.row >= 0]
    paid = float((pairs.cost[row] * weight[pairs.customer[row]]).sum())
    objective = paid + float(fallback[found.row < 0].sum())
    return answers.result(pairs, weight, found, sums=(objective, min(search.bound, objective)), begun=begun)


def cover(problem: Cover, *, seconds: float, gap: float) -> Result:
    """Solve a maximal covering problem, as what is left uncovered: Church and ReVelle (1974); Galvão (2000)."""
    begun = time.perf_counter()
    pairs, weight = problem.pairs, problem.weight
    left = _undominated(_core(problem, np.zeros(len(pairs.cost)), weight))
    upper, every = left.base + float(left.fallback.sum()), float(weight.sum())
    search = Search(left, begun + seconds, gap, np.empty(0, dtype=np.int64), upper, whole=every)
    rounds.run(search)
    found = answers.served(pairs, weight, search.best, problem.keep)
    objective = float(weight[found.row >= 0].sum())
    sums = (objective, max(objective, every - search.bound))
    return answers.result(pairs, weight, found, sums=sums, begun=begun)


def _core(problem: Median | Cover, cost: NDArray[np.float64], fallback: NDArray[np.float64]) -> Core:
    """Return what is left to decide once the kept sites are open."""
    pairs = problem.pairs
    opened = np.zeros(pairs.sites, dtype=bool)
    opened[problem.keep] = True
    kept = opened[pairs.site]
    fallback = fallback.copy()
    np.minimum.at(fallback, pairs.customer[kept], cost[kept])
    rows = (pairs.customer[~kept], pairs.site[~kept], cost[~kept])
    return core.build(*rows, fallback, np.arange(pairs.sites), p=problem.p)


def _undominated(left: Core) -> Core:
    """Return the core without sites another reaches all customers of: where costs are 0 they are never needed."""
    needless = covering.dominated(left.reach().T.tocsr(), np.zeros(left.sites), smaller=False)
    return left.without(needless, np.zeros(left.sites, dtype=bool)) if needless.any() else left


def _started(left: Core, until: float, gap: float) -> tuple[Search | None, dict[str, float]]:
    """Return a search with an answer to begin with; none where no p sites serve all, and what p would be needed."""
    none = np.empty(0, dtype=np.int64)
    must = np.isinf(left.fallback)
    if not must.any():
        return Search(left, until, gap, none, left.base + float(left.fallback.sum())), {}
    dearest = left.cost[left.start[1:] - 1]
    penalty = np.ceil(1.0 + float(dearest.sum()) + float(left.fallback[~must].sum()))
    opened = np.zeros(left.sites, dtype=bool)
    served = left.penalised(penalty)
    if left.p:
        opened = lagrange.chosen(served, lagrange.evaluate(served, lagrange.begin(served)).saving)
        tries, rows = iter(range(TRIES)), interchange.BySite(served)

        def over() -> bool:
            return time.perf_counter() >= until or next(tries, None) is None

        opened = interchange.improve(served, opened, sorted_rows=rows, over=over)
    if (left.nearest(opened)[0][must] < 0).any():
        found = _least(left, must)
        if found.upper > left.p:
            return None, {"p": found.upper}
        opened = found.opened
    search = Search(served, until, gap, none, np.inf)
    search.offer(opened)
    return search, {}


def _least(left: Core, must: NDArray[np.bool_]) -> covering.Covering:
    """Return fewest sites that serve everyone who must be, or as few as p: however long that takes."""
    price = np.ones(left.sites)
    return covering.cover(left.reach()[must], price, until=np.inf, enough=lambda upper, _: upper <= left.p)


def _unreached(problem: Median) -> NDArray[np.bool_]:
    """Return customers the best covering with p sites leaves out: as far as is known, who cannot be served."""
    reached = cover(Cover(problem.pairs, problem.weight, problem.p, problem.keep), seconds=2.0, gap=0.0)
    return reached.unserved > 0
