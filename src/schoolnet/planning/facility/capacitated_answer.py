"""Answers to a capacitated model: sizes taken and who is served where, tidied, summed, and made a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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
