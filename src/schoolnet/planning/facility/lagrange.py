"""The Lagrangian bound of a core, and the sites it would open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.core import added

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from schoolnet.planning.facility.core import Core

#: Steps without progress after which they are halved, and how short they get.
IDLE, SHORTEST = 12, 1e-3
#: How much of the last direction the next keeps.
DAMPED = 0.65
#: The least a customer's price moves, as a share of the mean.
SLOWEST = 1e-3


@dataclass(frozen=True, eq=False)
class Dual:
    """A lower bound, with the prices it comes from.

    Attributes
    ----------
    price
        What each customer would pay to be served (its multiplier).
    saving
        What each site would save at these prices (not positive): the p least are chosen.
    bound
        The bound: no set of sites costs less.
    """

    price: NDArray[np.float64]
    saving: NDArray[np.float64]
    bound: float


class _Rows:
    """Rows cheap enough to matter at the prices of now; gathered anew when a price has outgrown them."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.limit = np.full(core.customers, -np.inf)

    def at(self, price: NDArray[np.float64]) -> None:
        if (price <= self.limit).all():
            return
        low = self.core.cost[self.core.start[:-1]]
        self.limit = np.minimum(low + 1.4 * (price - low), self.core.fallback)
        rows = self.core.cost < self.limit[self.core.customer]
        self.customer, self.site, self.cost = self.core.customer[rows], self.core.site[rows], self.core.cost[rows]


def begin(core: Core) -> NDArray[np.float64]:
    """Return first prices: the cost of as near a site as an even spread of p sites would leave each customer.

    Where that is no more than the nearest site's, as in covering, half of what the customer has to lose is added: from
    prices that save nothing anywhere no step would lead up.
    """
    count = np.diff(core.start)
    rank = max(1, round(core.sites / max(1, core.p)))
    low, even = (core.cost[core.start[:-1] + np.minimum(one, count) - 1] for one in (1, rank))
    half = np.where(core.fallback < core.penalty, (low + core.fallback) / 2, even)
    return np.where(even > low, np.minimum(even, core.fallback), half)


def evaluate(core: Core, price: NDArray[np.float64]) -> Dual:
    """Return the bound at some prices."""
    less = np.minimum(core.cost - price[core.customer], 0.0)
    saving = added(core.site, less, core.sites)
    return Dual(price, saving, core.base + float(price.sum()) + _least(saving, core.p))


def _least(saving: NDArray[np.float64], p: int) -> float:
    return float(np.partition(saving, p - 1)[:p].sum()) if p else 0.0


def chosen(core: Core, saving: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the p sites that save most."""
    opened = np.zeros(core.sites, dtype=bool)
    if core.p:
        opened[np.argpartition(saving, core.p - 1)[: core.p]] = True
    return opened


def ascend(
    core: Core,
    price: NDArray[np.float64],
    upper: float,
    *,
    steps: int,
    enough: Callable[[float], bool],
    improve: Callable[[NDArray[np.bool_]], float],
    theta: float = 1.0,
) -> Dual:
    """Raise the bound by subgradient steps until `enough` of it, or `steps` are done.

    `improve` is shown the chosen sites now and then and returns the least cost known. Prices never pass the fallback,
    and never go below the cheapest row: neither would help. Held and others (1974); Beasley (1993); direction damped
    after Camerini and others (1975).
    """
    rows, low = _Rows(core), core.cost[core.start[:-1]]
    best, best_price, best_saving = -np.inf, price, np.zeros(core.sites)
    direction = np.zeros(core.customers)
    scale = _scale(core)
    idle = 0
    for step in range(steps):
        rows.at(price)
        less = np.minimum(rows.cost - price[rows.customer], 0.0)
        saving = added(rows.site, less, core.sites)
        opened = chosen(core, saving)
        bound = core.base + float(price.sum()) + float(saving[opened].sum())
        if bound > best:
            idle = 0 if bound > best + 1e-5 * abs(upper - best) else idle + 1
            best, best_price, best_saving = bound, price, saving
        else:
            idle += 1
        if step % 10 == 0:
            upper = improve(opened)
        if enough(best):
            break
        if idle >= IDLE:
            idle, theta = 0, theta / 2
            price, direction = best_price, direction * 0
            if theta < SHORTEST:
                break
        times = np.bincount(rows.customer[opened[rows.site] & (less < 0)], minlength=core.customers)
        slope = 1.0 - times
        slope[(slope > 0) & (price >= core.fallback)] = 0
        slope[(slope < 0) & (price <= low)] = 0
        direction = slope + DAMPED * direction
        square = float(direction**2 @ scale)
        if not square:
            break
        price = np.clip(price + theta * (upper - bound) / square * scale * direction, low, core.fallback)
    return Dual(best_price, best_saving, best)


def _scale(core: Core) -> NDArray[np.float64]:
    """Return how far each customer's price may move in one step: by what it has to lose, since weights differ much.

    Its root, of several powers tried, raises the bound of coverings the most, and that of medians as well as any.
    """
    low, dearest = core.cost[core.start[:-1]], core.cost[core.start[1:] - 1]
    scale = np.where(core.fallback < core.penalty, core.fallback - low, dearest)
    mean = float(scale.mean())
    return np.sqrt(np.maximum(scale / mean, SLOWEST)) if mean else np.ones(core.customers)
