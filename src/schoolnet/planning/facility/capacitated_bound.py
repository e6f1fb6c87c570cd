"""The bound of a capacitated model by pricing: a linear program on few pairs, checked against all of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.capacitated_program import Part, everything, relaxed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.capacitated_model import Model
    from schoolnet.planning.facility.capacitated_program import Relaxed

#: Each customer's cheapest pairs that are looked at first, to kept and to new sites each; so many more a round.
FIRST, MORE = 3, 8
#: Relative room of sums.
ROOM = 1e-9


@dataclass(frozen=True, eq=False)
class Bound:
    """A bound, and what it knows.

    Attributes
    ----------
    value
        No answer of the model is less.
    worth
        What a unit of each customer is worth to a site: the multipliers of the bound.
    loss
        By how much the bound rises when a new site is opened that it leaves closed (0 for those it opens).
    rent
        What a unit of a site's room is worth at its size that is filled least.
    """

    value: float
    worth: NDArray[np.float64]
    loss: NDArray[np.float64]
    rent: NDArray[np.float64]

    def forced(self, model: Model) -> NDArray[np.float64]:
        """Return by how much the bound rises, at least, when a pair takes its customer whole."""
        dear = model.cost - self.worth[model.customer] + self.rent[model.site]
        return model.demand[model.customer] * np.maximum(dear, 0.0) + self.loss[model.site]


@dataclass(frozen=True, eq=False)
class Priced:
    """The best bound, the last relaxed program (none where the time was too short), and the pairs it had.

    `matters`: the pairs whose strong rows make the bound.
    """

    bound: Bound
    last: Relaxed | None
    pairs: NDArray[np.bool_]
    matters: NDArray[np.bool_]


def priced(model: Model, *, seconds: float, gap: float) -> Priced:
    """Return the bound of the strong relaxation, pairs brought into it as they are missed.

    The program's multipliers, given to the problem in which nobody need be served, bound all pairs from below: each
    site takes its best size by itself, the continuous knapsack of its customers by gain, and with `p` the best new
    sites are taken (Geoffrion, 1974; Beasley, 1988, with sizes). Pairs that better the knapsack of a site are missing
    from the program (column generation; Klose and Goertz, 2007, for capacitated location). It ends where no pair is
    missing, when the bound is within `gap` of the program, or with the time.
    """
    begun, whole = time.monotonic(), everything(model)
    pairs = _nearest(model)
    best, last = bound(model, _cheapest(model), 0.0), None
    while (left := seconds + begun - time.monotonic()) > 0:
        made = relaxed(model, Part(pairs, whole.sizes, model.unserved), seconds=left)
        if made is None:
            break
        last, worth = made, np.clip(made.worth, 0.0, model.unserved)
        found = bound(model, worth, made.toll)
        best = max(best, found, key=lambda one: one.value)
        if made.value - best.value <= gap * abs(made.value):
            break
        missed = ~pairs & _missed(model, worth, made.toll, pairs)
        if not missed.any():
            break
        pairs |= _first(model, model.cost - worth[model.customer] + found.rent[model.site], missed, MORE)
    gain = best.worth[model.customer] - model.cost
    return Priced(best, last, pairs, gain > best.rent[model.site])


def bound(model: Model, worth: NDArray[np.float64], toll: float) -> Bound:
    """Return the bound of some multipliers: `toll` is what a unit of money costs beyond itself."""
    each, rent = _knapsacks(model, worth, toll, np.ones(len(model.site), dtype=bool))
    new = each[model.new]
    ranked, p = np.sort(new), int(min(model.p, len(new)))
    value = each[model.kept].sum() + np.minimum(ranked[:p], 0.0).sum()
    value += float((worth * model.demand).sum()) - (toll * model.budget if np.isfinite(model.budget) else 0.0)
    last = min(0.0, float(ranked[p - 1])) if p else -np.inf
    loss = np.where(model.new, np.maximum(each - last, 0.0), 0.0)
    return Bound(float(value), worth, loss, rent)


def _cheapest(model: Model) -> NDArray[np.float64]:
    """Return what the cheapest pair of each customer costs."""
    cheapest = np.full(len(model.demand), np.inf)
    np.minimum.at(cheapest, model.customer, model.cost)
    return np.minimum(np.where(np.isinf(cheapest), 0.0, cheapest), model.unserved)


def _first(model: Model, cost: NDArray[np.float64], mask: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Return the so many cheapest pairs of each customer among some."""
    at, out = np.flatnonzero(mask), np.zeros(len(cost), dtype=bool)
    order = at[np.lexsort((cost[at], model.customer[at]))]
    begin = np.searchsorted(model.customer[order], np.arange(len(model.demand)))
    out[order[np.arange(len(order)) - begin[model.customer[order]] < count]] = True
    return out


def _nearest(model: Model) -> NDArray[np.bool_]:
    kept = model.kept[model.site]
    return _first(model, model.cost, kept, FIRST) | _first(model, model.cost, ~kept, FIRST)


def _missed(model: Model, worth: NDArray[np.float64], toll: float, pairs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pairs that would better the knapsack of a site that the program had without them."""
    had, rent = _knapsacks(model, worth, toll, pairs)
    have, _ = _knapsacks(model, worth, toll, np.ones(len(pairs), dtype=bool))
    new = np.sort(had[model.new])
    last = min(0.0, float(new[int(model.p) - 1])) if 0 < model.p < len(new) else 0.0
    better = have < had - ROOM * np.maximum(1.0, np.abs(had))
    better &= model.kept | (have < last - ROOM * max(1.0, abs(last)))
    return better[model.site] & (worth[model.customer] - model.cost > rent[model.site])


def _knapsacks(
    model: Model, worth: NDArray[np.float64], toll: float, pairs: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least sum of each site by itself, and the gain of a unit more at its size that is filled least."""
    gain = worth[model.customer] - model.cost
    order = np.flatnonzero((gain > 0) & pairs)
    # by site, then gain: one fast sort
    order = order[np.argsort(model.site[order] - gain[order] / (gain.max(initial=0.0) * 1.001 + 1e-300))]
    gain, units, site = gain[order], model.demand[model.customer[order]], model.site[order]
    begin = np.searchsorted(site, np.arange(len(model.kept) + 1))
    room, gained = _sums(units), _sums(gain * units)
    low, high = begin[model.size_site], begin[model.size_site + 1]
    filled = np.clip(np.searchsorted(room, room[low] + model.capacity, side="right") - 1, low, high)
    rest = np.where(filled < high, model.capacity - (room[filled] - room[low]), 0.0)
    edge = np.append(gain, 0.0)[filled]
    value = (1 + toll) * model.price - (gained[filled] - gained[low] + edge * np.maximum(rest, 0.0))
    there = np.flatnonzero(np.diff(model.first) > 0)
    each, rent = np.zeros(len(model.kept)), np.zeros(len(model.kept))
    if len(there):
        each[there] = np.minimum.reduceat(value, model.first[there])
        rent[there] = np.minimum.reduceat(np.where(filled < high, edge, 0.0), model.first[there])
    return each, rent


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(values)])
