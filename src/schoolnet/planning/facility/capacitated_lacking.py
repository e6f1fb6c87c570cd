"""Why a capacitated problem has no answer: who cannot be served, and how much more would do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.capacitated_answer import cheapest_kept, filled, left
from schoolnet.planning.facility.capacitated_program import everything, program
from schoolnet.planning.facility.problems import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from schoolnet.planning.facility.capacitated_answer import Answer
    from schoolnet.planning.facility.capacitated_model import Model

#: Units under this share of all demand are rounding.
NOTHING = 1e-7


def most_served(model: Model, *, seconds: float) -> tuple[Answer, bool]:
    """Return an answer that leaves as few units as could be found, and whether it is proven that some must be left."""
    ones = np.ones(len(model.demand))
    free = replace(everything(model), unserved=ones, cost=np.zeros(len(model.cost)), price=np.zeros(len(model.price)))
    solved = program(model, free, seconds=seconds, gap=0.0)
    answer = solved.answer or filled(model, cheapest_kept(model))
    return answer, solved.bound > NOTHING * max(1.0, float(model.demand.sum()))


def infeasible(model: Model, *, begun: float, clock: Callable[[], float], seconds: float) -> Result:
    """Return the result of a model proven to have no answer: what is lacking, and the least that would be needed."""
    lacking = model.demand
    if model.price[cheapest_kept(model)[model.kept]].sum() <= model.budget * (1 + NOTHING):
        answer, _ = most_served(model, seconds=seconds + begun - clock())
        lacking = left(model, answer.amount)
    least = _least(model, lambda: seconds + begun - clock())
    none = np.empty(0, dtype=np.int64)
    return Result(
        open=none,
        size=none,
        customer=none,
        site=none,
        amount=np.empty(0),
        unserved=model.demand,
        objective=np.inf,
        bound=np.inf,
        gap=0.0,
        status="infeasible",
        seconds=clock() - begun,
        lacking=lacking,
        least=least,
    )


def _least(model: Model, remaining: Callable[[], float]) -> dict[str, float]:
    """Return the least p, budget and capacity known to be needed, each with the others as they are."""
    least, nothing = {}, np.zeros(len(model.cost))
    if np.isfinite(model.p):
        fresh = (~model.kept[model.size_site]).astype(np.float64)
        needed = _needed(replace(model, p=np.inf), nothing, fresh, remaining())
        if needed is not None and needed > model.p:
            least["p"] = float(np.ceil(needed - NOTHING))
    if np.isfinite(model.budget):
        needed = _needed(replace(model, budget=np.inf), nothing, model.price, remaining())
        if needed is not None and needed > model.budget:
            least["budget"] = needed
    if _most_capacity(model) < model.demand.sum():
        least["capacity"] = float(model.demand.sum())
    return least


def _needed(model: Model, cost: NDArray[np.float64], price: NDArray[np.float64], seconds: float) -> float | None:
    """Return a bound of the least sum of what sizes count, or None where even that has no answer."""
    if not served_somewhere(model):
        return None
    solved = program(model, replace(everything(model), cost=cost, price=price), seconds=seconds, gap=0.0)
    return None if solved.infeasible else solved.bound


def served_somewhere(model: Model) -> bool:
    """Return whether each customer that must be served has a pair."""
    must = (model.demand > 0) & ~np.isfinite(model.unserved)
    return bool((np.bincount(model.customer, minlength=len(must))[must] > 0).all())


def _most_capacity(model: Model) -> float:
    """Return the most units the sites can hold together: those kept, and the p largest new ones."""
    most = np.zeros(len(model.kept))
    np.maximum.at(most, model.size_site, model.capacity)
    new = np.sort(most[model.new])[::-1]
    return float(most[model.kept].sum() + new[: int(min(model.p, len(new)))].sum())
