"""The Lagrangian bound of a capacitated model, and what its multipliers say of sites and pairs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.capacitated_model import Model
    from schoolnet.planning.facility.flow import Flow

#: Steps of the volume algorithm: how much of each new point is taken, steps without gain before a shorter one.
NEW_SHARE, PATIENCE, SHORTER, LONGER, SHORTEST = 0.1, 12, 0.7, 1.2, 1e-4


@dataclass(frozen=True, eq=False)
class Bound:
    """A bound, and what it knows.

    Attributes
    ----------
    value
        No answer of the model is less.
    worth
        The multiplier of each customer: what a unit of it is worth to a site.
    loss
        By how much the bound rises when a new site is opened that it leaves closed (0 for those it opens).
    gain
        By how much it rises when a new site is closed that it opens.
    share, load
        Of each size, how much the bound's mean point takes; of each pair, how many units.
    toll, fee
        The multipliers of the budget (a unit of money) and of p (a new site).
    rent
        What a unit of a site's room is worth at its largest size.
    """

    value: float
    worth: NDArray[np.float64]
    loss: NDArray[np.float64]
    gain: NDArray[np.float64]
    share: NDArray[np.float64]
    load: NDArray[np.float64]
    toll: float
    fee: float
    rent: NDArray[np.float64]

    def forced(self, model: Model) -> NDArray[np.float64]:
        """Return by how much the bound rises, at least, when a pair takes its customer whole."""
        dear = model.cost - self.worth[model.customer] + self.rent[model.site]
        return model.demand[model.customer] * np.maximum(dear, 0.0) + self.loss[model.site]

    @property
    def typical(self) -> float:
        """Return the median loss of the sites the bound leaves closed."""
        some = self.loss[np.isfinite(self.loss) & (self.loss > 0)]
        return float(np.median(some)) if len(some) else 1.0


@dataclass(frozen=True, eq=False)
class _Point:
    """The relaxed problem solved at one set of multipliers."""

    value: float
    size: NDArray[np.int64]
    pair: NDArray[np.int64]
    units: NDArray[np.float64]
    each: NDArray[np.float64]
    rent: NDArray[np.float64]


def raised(model: Model, start: Flow | None = None, *, target: float, seconds: float, rounds: int = 600) -> Bound:
    """Return the bound of relaxing that customers are served (and the budget), by the volume algorithm.

    Each site then takes its best size by itself: the continuous knapsack of its customers by gain, one sort for all
    sizes; with `p` the best new sites are taken (Geoffrion, 1974; Beasley, 1988, with sizes). Steps and the mean
    point after Barahona and Anbil (2000). Steps are in shares unserved, so that large and small customers move alike.
    `target` is the sum of an answer at hand (or a guess); `start` says where the multipliers begin.
    """
    begun = time.monotonic()
    worth, toll = _start(model), 0.0
    if start is not None:
        worth, toll = np.clip(start.worth, 0.0, model.unserved), start.toll
    best = point = _solve(model, worth, toll)
    kept_worth, kept_toll = worth, toll
    share, load = np.zeros(len(model.size_site)), np.zeros(len(model.site))
    length, idle, weight = 1.0, 0, 1.0
    for _ in range(rounds):
        share *= 1 - weight
        load *= 1 - weight
        share[point.size] += weight
        load[point.pair] += weight * point.units
        weight = NEW_SHARE
        step, over = _direction(model, load, share, kept_worth)
        norm = float((model.demand * step**2).sum()) + over**2
        if norm <= 0 or length < SHORTEST or time.monotonic() - begun > seconds:
            break
        aim = min(target, max(1.05 * best.value, best.value + 0.05 * abs(target)))
        stride = length * max(aim - best.value, 1e-5 * abs(target)) / norm
        worth = np.clip(kept_worth + stride * step, 0.0, model.unserved)
        toll = max(0.0, kept_toll + stride * over / max(model.budget, 1.0)) if np.isfinite(model.budget) else 0.0
        point = _solve(model, worth, toll)
        idle += 1
        if point.value > best.value:
            length = min(2.0, length * LONGER) if idle == 1 else length
            best, kept_worth, kept_toll, idle = point, worth, toll, 0
        elif idle >= PATIENCE:
            length, idle = length * SHORTER, 0
    loss, gain = _changes(model, best)
    ranked = np.sort(best.each[model.new])
    fee = max(0.0, -float(ranked[int(model.p) - 1])) if 0 < model.p < len(ranked) else 0.0
    return Bound(best.value, kept_worth, loss, gain, share, load, kept_toll, fee, best.rent)


def _start(model: Model) -> NDArray[np.float64]:
    """Return the first multipliers: what the cheapest pair costs."""
    cheapest = np.full(len(model.demand), np.inf)
    np.minimum.at(cheapest, model.customer, model.cost)
    return np.minimum(np.where(np.isinf(cheapest), 0.0, cheapest), model.unserved)


def _direction(
    model: Model, load: NDArray[np.float64], share: NDArray[np.float64], worth: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return the share of each customer the mean point leaves (or serves twice), and the share over the budget."""
    units = model.demand - np.bincount(model.customer, load, len(model.demand))
    step = np.where(model.demand > 0, units / np.where(model.demand > 0, model.demand, 1.0), 0.0)
    step[(step > 0) & (worth >= model.unserved)] = 0.0
    step[(step < 0) & (worth <= 0)] = 0.0
    if not np.isfinite(model.budget):
        return step, 0.0
    return step, (float((share * model.price).sum()) - model.budget) / max(model.budget, 1.0)


def _solve(model: Model, worth: NDArray[np.float64], toll: float) -> _Point:
    """Return the relaxed problem's best point: `toll` is what a unit of money costs beyond itself."""
    gain = worth[model.customer] - model.cost
    order = np.flatnonzero(gain > 0)
    # by site, then gain: one fast sort
    key = model.site[order] - gain[order] / (gain.max(initial=0.0) * 1.001 + 1e-300)
    order = order[np.argsort(key)]
    gain, units, site = gain[order], model.demand[model.customer[order]], model.site[order]
    begin = np.searchsorted(site, np.arange(len(model.kept) + 1))
    room, gained = _sums(units), _sums(gain * units)
    low, high = begin[model.size_site], begin[model.size_site + 1]
    filled = np.clip(np.searchsorted(room, room[low] + model.capacity, side="right") - 1, low, high)
    rest = np.where(filled < high, model.capacity - (room[filled] - room[low]), 0.0)
    part = np.append(gain, 0.0)[filled] * np.maximum(rest, 0.0)
    value = (1 + toll) * model.price - (gained[filled] - gained[low] + part)
    there = np.flatnonzero(np.diff(model.first) > 0)
    each = np.zeros(len(model.kept))
    each[there] = np.minimum.reduceat(value, model.first[there]) if len(there) else 0.0
    ties = np.flatnonzero(value == each[model.size_site])
    chosen = ties[np.unique(model.size_site[ties], return_index=True)[1]]
    taken = _taken(model, each)
    chosen = chosen[taken[there]]
    whole, last = _filled(chosen, (low, filled, high), rest)
    pair = np.concatenate([order[whole], order[last[0]]])
    amount = np.concatenate([units[whole], np.minimum(last[1], units[last[0]])])
    money = toll * model.budget if np.isfinite(model.budget) else 0.0
    total = float((worth * model.demand).sum() + each[taken].sum() - money)
    rent = np.zeros(len(model.kept))
    edge = np.where((filled < high) & (rest >= 0), np.append(gain, 0.0)[filled], 0.0)
    rent[there] = np.minimum.reduceat(edge, model.first[there]) if len(there) else 0.0
    return _Point(total, chosen, pair, amount, each, rent)


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(values)])


def _filled(
    chosen: NDArray[np.int64], ranges: tuple[NDArray[np.int64], ...], rest: NDArray[np.float64]
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Return the rows the chosen sizes serve in full, and those they serve in part with how many units."""
    low, filled, high = (one[chosen] for one in ranges)
    count = filled - low
    rows = np.arange(count.sum()) + np.repeat(low - (np.cumsum(count) - count), count)
    some = (filled < high) & (rest[chosen] > 0)
    return rows, (filled[some], rest[chosen][some])


def _taken(model: Model, each: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the sites the relaxed problem opens: those kept, and at most p of the new ones that gain."""
    taken = model.kept.copy()
    at = np.flatnonzero(model.new & (each < 0))
    if len(at) > model.p:
        at = at[np.argsort(each[at], kind="stable")[: int(model.p)]]
    taken[at] = True
    return taken


def _changes(model: Model, point: _Point) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return by how much the bound rises with one new site opened, or closed, against what it does."""
    at = np.flatnonzero(model.new)
    ranked = np.sort(point.each[at])
    loss, gain = np.zeros(len(model.kept)), np.zeros(len(model.kept))
    p = min(int(min(model.p, len(at))), len(at))
    last = min(0.0, float(ranked[p - 1])) if p else -np.inf
    after = min(0.0, float(ranked[p])) if p < len(at) else 0.0
    opened = _taken(model, point.each) & model.new
    closed = model.new & ~opened
    loss[closed] = np.maximum(point.each[closed] - last, 0.0) if p else np.inf
    gain[opened] = np.maximum(after - point.each[opened], 0.0)
    return loss, gain
