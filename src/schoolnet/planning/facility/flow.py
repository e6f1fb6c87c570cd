"""Serving at least cost when sizes are given, and sizes found by serving: transport programs over sparse pairs."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from schoolnet.planning.facility.capacitated_answer import Answer, tidy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.capacitated_model import Model

#: Each customer's cheapest pairs that are always looked at, to kept and to new sites each.
FIRST = 10
#: Rounds of slope scaling, and rounds without gain before it ends.
ROUNDS, IDLE = 40, 5
#: How many more new sites than p an answer may have to be looked at: the least are closed.
MORE, CLOSING = 1.15, 0.7


@dataclass(frozen=True, eq=False)
class Flow:
    """Units of each pair, what a unit of each customer is worth, one of room at each site, and of the budget and p."""

    amount: NDArray[np.float64]
    worth: NDArray[np.float64]
    rent: NDArray[np.float64]
    toll: float
    fee: float


def transported(
    model: Model,
    pairs: NDArray[np.int64],
    slope: NDArray[np.float64],
    room: NDArray[np.float64],
    seconds: float,
    *,
    limited: bool = False,
) -> Flow | None:
    """Return what serves at least cost, with a slope a unit at each site and given room.

    `limited`: the slopes of all units are within the budget, and the shares of rooms used at new sites within p.
    `None` where the time was too short, or a customer that must be served cannot be.
    """
    who, where, customers = model.customer[pairs], model.site[pairs], len(model.demand)
    used, row = np.unique(where, return_inverse=True)
    free = np.flatnonzero(np.isfinite(model.unserved))
    width, at = len(pairs) + len(free), np.arange(len(pairs))
    if not width:
        return Flow(np.zeros(len(model.site)), np.zeros(customers), np.zeros(len(room)), 0.0, 0.0)
    rows, columns, values, most = [row], [at], [np.ones(len(pairs))], room[used].tolist()
    share = model.new[where] / np.maximum(room[where], 1e-9)
    for values_of, limit in ((slope[where], model.budget), (share, model.p)):
        if limited and np.isfinite(limit):
            rows, columns, values = [*rows, at * 0 + len(most)], [*columns, at], [*values, values_of]
            most.append(limit)
    upper = sparse.csr_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(len(most), width)
    )
    equal = sparse.csr_array(
        (np.ones(width), (np.concatenate([who, free]), np.arange(width))), shape=(customers, width)
    )
    cost = np.concatenate([model.cost[pairs] + slope[where], model.unserved[free]])
    options = {"time_limit": max(seconds, 0.01)}
    solved = linprog(cost, upper, most, equal, model.demand, method="highs", options=options)
    if solved.x is None or solved.status != 0:
        return None
    amount, found = np.zeros(len(model.site)), solved.x[: len(pairs)]
    amount[pairs] = np.where(found > 1e-9 * np.maximum(1.0, model.demand[who]), found, 0.0)
    tolls = [max(0.0, -float(one)) for one in solved.ineqlin.marginals[len(used) :]]
    toll = tolls.pop(0) if limited and np.isfinite(model.budget) else 0.0
    rent = np.zeros(len(room))
    rent[used] = -solved.ineqlin.marginals[: len(used)]
    return Flow(amount, solved.eqlin.marginals, rent, toll, tolls.pop() if tolls else 0.0)


def first(model: Model, *, seconds: float) -> Flow | None:
    """Return the weak relaxation, pairs brought in as they are missed: where the bound's multipliers may begin."""
    begun, (slope, room) = time.monotonic(), _slopes(model)
    pairs = _nearest(model, model.cost + slope[model.site], FIRST)
    price, share = slope[model.site], model.new[model.site] / np.maximum(room[model.site], 1e-9)
    best = None
    while (left := seconds + begun - time.monotonic()) > 0:
        made = transported(model, np.flatnonzero(pairs), slope, room, left, limited=True)
        if made is None:
            break
        best, asked = made, model.cost + price * (1 + made.toll) + share * made.fee + made.rent[model.site]
        missed = ~pairs & (asked < made.worth[model.customer] * (1 - 1e-6) - 1e-9)
        if not missed.any():
            break
        pairs |= missed
    return best


def _slopes(model: Model) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least price of a unit at each site (kept ones: nothing), and the room of its largest size."""
    each = model.price / np.maximum(model.capacity, 1e-9)
    slope, room = np.full(len(model.kept), np.inf), np.zeros(len(model.kept))
    np.minimum.at(slope, model.size_site, each)
    np.maximum.at(room, model.size_site, model.capacity)
    return np.where(model.new, slope, 0.0), room


def _nearest(model: Model, cost: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Return the so many cheapest pairs of each customer, to kept and to new sites each."""
    out = np.zeros(len(cost), dtype=bool)
    for kind in (model.kept, model.new):
        at = np.flatnonzero(kind[model.site])
        order = at[np.lexsort((cost[at], model.customer[at]))]
        begin = np.searchsorted(model.customer[order], np.arange(len(model.demand)))
        out[order[np.arange(len(order)) - begin[model.customer[order]] < count]] = True
    return out


def scaled(model: Model, toll: float, *, seconds: float) -> list[Answer]:
    """Return split answers by slope scaling, best first, that need not be within p or the budget.

    `toll` is what a unit of money costs beyond itself. A site's price is spread over its units: the transport program
    is solved, and each open site's slope becomes the
    price of the size that holds its load by the load, until nothing changes; a new site without a load is left.
    Kim and Pardalos (1999), with sizes.
    """
    begun, found, least = time.monotonic(), list[Answer](), np.inf
    slope, room = _slopes(model)
    largest = np.where(room > 0, model.first[1:] - 1, -1)
    prices, idle, inside = np.append(model.price, 0.0), 0, room > 0
    slope = slope * (1 + toll)
    for _ in range(ROUNDS):
        pairs = _nearest(model, model.cost + slope[model.site], FIRST) & inside[model.site]
        made = transported(model, np.flatnonzero(pairs), slope, room, seconds + begun - time.monotonic())
        if made is None:
            break
        answer = tidy(model, largest, made.amount)
        load = np.where(model.new, np.bincount(model.site, made.amount, len(room)), 0.0)
        count = np.count_nonzero(load)
        value = answer.objective if count <= MORE * model.p else np.inf
        idle = 0 if value < least * (1 - 1e-4) or np.isinf(value) else idle + 1
        least = min(least, value)
        found.append(replace(answer, objective=value))
        if count > model.p:
            most = int(max(model.p, CLOSING * count))
            inside[
                np.argsort(np.where(model.new, -load, -np.inf), kind="stable")[np.count_nonzero(~model.new) + most :]
            ] = False
        slope = np.where(load > 0, prices[answer.size] * (1 + toll) / np.maximum(load, 1e-9), slope)
        if idle >= IDLE:
            break
    found.reverse()  # of those of too many sites the last ones have the fewest
    return sorted(found, key=lambda one: one.objective)


def within(model: Model, answer: Answer) -> NDArray[np.int64]:
    """Return the sizes of an answer, new sites of least load closed as far as p and the budget ask."""
    size = answer.size.copy()
    load = np.bincount(model.site, answer.amount, len(size))
    fresh = np.flatnonzero((size >= 0) & ~model.kept)
    fresh = fresh[np.argsort(-load[fresh], kind="stable")]
    kept = size[model.kept]
    over = model.price[kept].sum() > model.budget
    if over:
        size[model.kept] = model.first[:-1][model.kept]
    spent = model.price[size[model.kept]].sum() + np.cumsum(model.price[size[fresh]])
    ends = (spent > model.budget * (1 + 1e-12)) | (np.arange(len(fresh)) >= model.p)
    size[fresh[ends]] = -1
    return size


def served(model: Model, size: NDArray[np.int64], *, seconds: float) -> Answer | None:
    """Return the best split answer of given sizes."""
    room = np.where(size >= 0, np.append(model.capacity, 0.0)[size], 0.0)
    at = np.flatnonzero(room[model.site] > 0)
    made = transported(model, at, np.zeros(len(size)), room, seconds)
    return None if made is None else tidy(model, size, made.amount)
