"""Answers to a capacitated model: sizes taken and who is served where, filled, tidied, summed, made a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.capacitated_model import ROOM
from schoolnet.planning.facility.problems import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.capacitated_model import Model
    from schoolnet.planning.facility.problems import Capacitated, Status

#: The greatest gap of an answer said to be optimal.
PROVEN = 1e-6


@dataclass(frozen=True, eq=False)
class Answer:
    """Who is served where, and at what sum: `size` is of each site, -1 where it is closed; `amount` is of each pair."""

    size: NDArray[np.int64]
    amount: NDArray[np.float64]
    objective: float


def tidy(model: Model, size: NDArray[np.int64], amount: NDArray[np.float64]) -> Answer:
    """Return the answer with each site at its cheapest size that holds its load, new sites without a load closed."""
    load = np.bincount(model.site, amount, len(size))
    held = model.capacity >= load[model.size_site] * (1 - 1e-9) - 1e-12
    held |= np.arange(len(held)) == size[model.size_site]
    priced = np.where(held, model.price, np.inf)
    order = np.lexsort((model.capacity, priced, model.size_site))
    at = np.flatnonzero((np.diff(model.first) > 0) & ((size >= 0) | model.kept))
    taken = np.full(len(size), -1, dtype=np.int64)
    taken[at] = order[model.first[at]]
    taken[(load <= 0) & ~model.kept] = -1
    return Answer(taken, amount, total(model, taken, amount))


def left(model: Model, amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the units of each customer that are served nowhere."""
    units = model.demand - np.bincount(model.customer, amount, len(model.demand))
    return np.where(units > 1e-9 * np.maximum(1.0, model.demand), units, 0.0)


def total(model: Model, size: NDArray[np.int64], amount: NDArray[np.float64]) -> float:
    """Return the sum of prices, serving and what is not served: infinite where a unit is not that must be."""
    units = left(model, amount)
    lost = units > 0
    penalty = float((units[lost] * model.unserved[lost]).sum())
    return float(model.price[size[size >= 0]].sum()) + float((model.cost * amount).sum()) + penalty


def cheapest_kept(model: Model) -> NDArray[np.int64]:
    """Return the cheapest size of each kept site, -1 at the others."""
    size = np.full(len(model.kept), -1, dtype=np.int64)
    size[model.kept] = model.first[:-1][model.kept]
    return size


def filled(model: Model, size: NDArray[np.int64], begun: NDArray[np.float64] | None = None) -> Answer:
    """Return the answer of some sizes that takes pairs by falling saving, each as far as the site has room.

    `begun`: units of each pair that are served already.

    Where a customer must be served, its cheapest pairs come first; the sum is infinite when one is left.
    """
    room = np.where(size >= 0, np.append(model.capacity, 0.0)[size], 0.0)
    at = np.flatnonzero(room[model.site] > 0)
    saving = np.where(np.isfinite(model.unserved), model.unserved, 0.0)[model.customer[at]] - model.cost[at]
    at = at[np.argsort(-saving, kind="stable")]
    amount = np.zeros(len(model.site)) if begun is None else begun.copy()
    rooms = (room - np.bincount(model.site, amount, len(room))).tolist()
    lefts = (model.demand - np.bincount(model.customer, amount, len(model.demand))).tolist()
    for pair, customer, site in zip(at.tolist(), model.customer[at].tolist(), model.site[at].tolist(), strict=True):
        units, free = lefts[customer], rooms[site]
        if units <= 0 or free <= 0 or (model.whole and units > free * (1 + ROOM)):
            continue
        units = min(units, free) if not model.whole else units
        amount[pair] += units
        lefts[customer] -= units
        rooms[site] -= units
    return tidy(model, size, amount)


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


def result(problem: Capacitated, model: Model, answer: Answer, bound: float, seconds: float) -> Result:
    """Return the result of an answer; a bound that passes it by rounding is cut to it."""
    bound = min(max(bound, 0.0), answer.objective)
    gap = (answer.objective - bound) / answer.objective if answer.objective > 0 else 0.0
    status: Status = "optimal" if gap <= PROVEN else "feasible"
    opened = np.flatnonzero(answer.size >= 0)
    at = np.flatnonzero(answer.amount > 0)
    at = at[np.lexsort((model.site[at], model.customer[at]))]
    return Result(
        open=opened,
        size=model.row[answer.size[opened]],
        customer=model.customer[at],
        site=model.site[at],
        amount=answer.amount[at],
        unserved=left(model, answer.amount),
        objective=answer.objective,
        bound=bound,
        gap=gap,
        status=status,
        seconds=seconds,
        lacking=np.zeros(problem.pairs.customers),
        least={},
    )
