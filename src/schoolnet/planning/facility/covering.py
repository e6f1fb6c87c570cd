"""Set covering on rows of customers and sites: reductions, greedy, Lagrangian bound, and HiGHS for what is left."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

#: Common sites (or customers) of any two, summed, up to which dominance is looked for.
COMPARED = 30_000_000
#: Steps of the bound.
STEPS = 300
#: Room for rounding in a bound that is rounded up.
ROOM = 1e-6
#: From where on a site counts as open in an answer that is whole but for rounding; what scipy says of no answer.
HALF, INFEASIBLE = 0.5, 2


@dataclass(frozen=True, eq=False)
class Covering:
    """Open sites that reach every customer, their price, and what none is below."""

    opened: NDArray[np.bool_]
    upper: float
    bound: float


def cover(
    reach: Any, price: NDArray[np.float64], *, until: float, enough: Callable[[float, float], bool], gap: float = 0.0
) -> Covering:
    """Return sites of least price that reach every customer (each has a site that does).

    `reach` is a sparse matrix, customers down and sites across; `enough(upper, bound)` stops the search before proof.
    Reductions: Toregas and ReVelle (1973); bound: Beasley (1987).
    """
    opened, left, sites = _reduced(reach.tocsr(), price, until)
    base = float(price[opened].sum())
    if not left.shape[0]:
        return Covering(opened, base, base)
    cost = price[sites]
    whole = bool((price == np.rint(price)).all() and price.sum() < 2.0**40)

    def answer(chosen: NDArray[np.bool_], bound: float) -> Covering:
        every = opened.copy()
        every[sites[chosen]] = True
        upper = float(price[every].sum())
        bound += base
        return Covering(every, upper, min(float(np.ceil(bound - ROOM)) if whole else bound, upper))

    chosen = greedy(left, cost)
    first = answer(chosen, _trivial(left, cost))
    if _done(first, enough, gap) or time.perf_counter() >= until:
        return first
    weights, bound = _bound(left, cost, upper=first.upper - base, until=until)
    second = greedy(left, np.maximum(cost - left.T @ weights, 0.0) + 1e-3 * cost)
    chosen = min(chosen, second, key=lambda one: float(cost[one].sum()))
    third = answer(chosen, bound)
    if _done(third, enough, gap) or time.perf_counter() >= until:
        return third
    step = 1.0 - ROOM if whole else -ROOM * third.upper
    spare = np.maximum(cost - left.T @ weights, 0.0) <= third.upper - base - bound - step
    found, proven = _program(left, cost, spare | chosen, seconds=until - time.perf_counter(), gap=gap)
    if found is not None and cost[found].sum() < cost[chosen].sum():
        chosen = found
    return answer(chosen, max(bound, min(proven, float(cost[chosen].sum()))))


def _done(now: Covering, enough: Callable[[float, float], bool], gap: float) -> bool:
    return now.upper - now.bound <= gap * now.upper or enough(now.upper, now.bound)


def _reduced(reach: Any, price: NDArray[np.float64], until: float) -> tuple[NDArray[np.bool_], Any, NDArray[np.int64]]:
    """Return sites open for good, the customers and sites that are left, and the sites' numbers."""
    opened, sites = price == 0, np.arange(reach.shape[1])
    while True:
        before = reach.shape
        reach = reach[reach @ opened[sites].astype(float) == 0]
        single = np.diff(reach.indptr) == 1
        opened[sites[reach.indices[reach.indptr[:-1][single]]]] = True
        reach = reach[reach @ opened[sites].astype(float) == 0]
        if time.perf_counter() < until:
            reach = reach[~dominated(reach, np.zeros(reach.shape[0]), smaller=True)]
        kept = np.diff(reach.tocsc().indptr) > 0
        if time.perf_counter() < until:
            kept &= ~dominated(reach.T.tocsr(), price[sites], smaller=False)
        reach, sites = reach[:, np.flatnonzero(kept)].tocsr(), sites[kept]
        if reach.shape == before or not reach.shape[0]:
            return opened, reach, sites


def dominated(rows: Any, price: NDArray[np.float64], *, smaller: bool) -> NDArray[np.bool_]:
    """Return rows another makes needless: one with a part of its entries (`smaller`), or with all, and no dearer."""
    out = np.zeros(rows.shape[0], dtype=bool)
    columns = np.diff(rows.tocsc().indptr).astype(float)
    if not rows.shape[0] or (columns**2).sum() > COMPARED:
        return out
    common = (rows @ rows.T).tocoo()
    count = np.diff(rows.indptr)
    this, other = common.row, common.col
    inside = common.data == (count[other] if smaller else count[this])
    inside &= (this != other) & (price[other] <= price[this])
    strict = (count[other] != count[this]) | (price[other] < price[this]) | (other < this)
    out[this[inside & strict]] = True
    return out


def greedy(reach: Any, price: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return sites opened by most new customers for the price, less those the others make needless: Chvátal (1979)."""
    by_site = reach.tocsc()
    start, who = by_site.indptr, by_site.indices
    times = np.zeros(reach.shape[0], dtype=np.int64)
    heap = [
        (-count / max(cost, 1e-12), site) for site, (count, cost) in enumerate(zip(np.diff(start), price, strict=True))
    ]
    heapq.heapify(heap)
    order: list[int] = []
    left = reach.shape[0]
    while left:
        worth, site = heapq.heappop(heap)
        mine = who[start[site] : start[site + 1]]
        new = int((times[mine] == 0).sum())
        now = -new / max(price[site], 1e-12)
        if now > worth:
            if new:
                heapq.heappush(heap, (now, site))
            continue
        times[mine] += 1
        left -= new
        order.append(site)
    opened = np.zeros(reach.shape[1], dtype=bool)
    opened[order] = True
    for site in sorted(order, key=lambda one: -price[one]):
        mine = who[start[site] : start[site + 1]]
        if (times[mine] > 1).all():
            times[mine] -= 1
            opened[site] = False
    return opened


def _trivial(reach: Any, price: NDArray[np.float64]) -> float:
    """Return the dearest customer's cheapest site: some bound, at no cost."""
    return float(np.minimum.reduceat(price[reach.indices], reach.indptr[:-1]).max())


def _bound(reach: Any, price: NDArray[np.float64], *, upper: float, until: float) -> tuple[NDArray[np.float64], float]:
    """Return what each customer would pay, and the bound of it, by subgradient steps."""
    across = reach.T.tocsr()
    share = price / np.maximum(1, np.diff(across.indptr))
    pay = np.minimum.reduceat(share[reach.indices], reach.indptr[:-1])
    best, best_pay, theta, idle = -np.inf, pay, 1.0, 0
    for _ in range(STEPS):
        spare = price - across @ pay
        bound = float(pay.sum() + np.minimum(spare, 0.0).sum())
        idle = 0 if bound > best + 1e-4 * abs(upper - best) else idle + 1
        if bound > best:
            best, best_pay = bound, pay
        if idle >= 10:  # noqa: PLR2004 - as many steps without progress
            theta, idle, pay = theta / 2, 0, best_pay
        slope = 1.0 - reach @ (spare < 0).astype(float)
        slope[(slope < 0) & (pay <= 0)] = 0
        square = float(slope @ slope)
        if not square or upper - best < ROOM or time.perf_counter() >= until:
            break
        pay = np.maximum(pay + theta * (1.05 * upper - bound) / square * slope, 0.0)
    return best_pay, best


def _program(
    reach: Any, price: NDArray[np.float64], spare: NDArray[np.bool_], *, seconds: float, gap: float
) -> tuple[NDArray[np.bool_] | None, float]:
    """Return the program's answer over the sites that may be in a better one, and the bound of all sites."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    at = np.flatnonzero(spare)
    scale = max(1e-300, float(price[at].max()))
    answer = milp(
        price[at] / scale,
        integrality=np.ones(len(at)),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(reach[:, at], lb=1)],
        options={"time_limit": max(seconds, 0.01), "mip_rel_gap": max(gap / 2, 1e-7)},
    )
    bound = -np.inf if answer.mip_dual_bound is None else float(answer.mip_dual_bound) * scale
    if answer.x is None:
        return None, np.inf if answer.status == INFEASIBLE else bound
    opened = np.zeros(len(price), dtype=bool)
    opened[at[answer.x > HALF]] = True
    return opened, bound
