"""Results put together from open sites: who goes where, what is left, the gap, and whether it is proven."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.problems import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.pairs import Pairs

#: A gap up to this is none.
PROVEN = 1e-6


@dataclass(frozen=True, eq=False)
class Served:
    """Who goes where when some sites are open.

    Attributes
    ----------
    open
        Sites that serve somebody of weight, and those kept.
    row
        Each customer's row of pairs, or -1.
    """

    open: NDArray[np.int64]
    row: NDArray[np.int64]


def served(
    pairs: Pairs,
    weight: NDArray[np.float64],
    opened: NDArray[np.int64],
    keep: NDArray[np.int64],
    unserved: NDArray[np.float64] | None = None,
) -> Served:
    """Send customers to the cheapest open site, unless being served nowhere is cheaper; close what serves nobody."""
    row = first_rows(pairs, np.union1d(opened, keep), unserved)
    used = pairs.site[row[(row >= 0) & (weight > 0)]]
    left = np.union1d(used, keep).astype(np.int64)
    return Served(left, first_rows(pairs, left, unserved))


def first_rows(
    pairs: Pairs, opened: NDArray[np.int64], unserved: NDArray[np.float64] | None = None
) -> NDArray[np.int64]:
    """Return each customer's cheapest row with an open site, -1 where there is none or being unserved is cheaper."""
    mask = np.zeros(pairs.sites, dtype=bool)
    mask[opened] = True
    useful = mask[pairs.site]
    if unserved is not None:
        useful &= pairs.cost <= unserved[pairs.customer]
    rows = np.append(np.flatnonzero(useful), len(pairs.site))
    first = rows[np.searchsorted(rows, pairs.start[:-1])]
    return np.where(first < pairs.start[1:], first, -1)


def result(
    pairs: Pairs, weight: NDArray[np.float64], found: Served, *, sums: tuple[float, float], begun: float
) -> Result:
    """Return the result of a sum and its bound."""
    objective, bound = sums
    row = found.row[found.row >= 0]
    greater = max(abs(objective), abs(bound))
    gap = abs(objective - bound) / greater if greater else 0.0
    return Result(
        open=found.open,
        size=np.full(len(found.open), -1),
        customer=pairs.customer[row],
        site=pairs.site[row],
        amount=weight[pairs.customer[row]],
        unserved=np.where(found.row < 0, weight, 0.0),
        objective=objective,
        bound=bound,
        gap=gap,
        status="optimal" if gap <= PROVEN else "feasible",
        seconds=time.perf_counter() - begun,
        lacking=np.zeros(pairs.customers),
        least={},
    )


def infeasible(lacking: NDArray[np.float64], *, begun: float, least: dict[str, float] | None = None) -> Result:
    """Return the result of a problem no answer satisfies: who cannot be served, and what would be needed."""
    none = np.empty(0, dtype=np.int64)
    return Result(
        open=none,
        size=none,
        customer=none,
        site=none,
        amount=np.empty(0),
        unserved=lacking,
        objective=float("inf"),
        bound=float("inf"),
        gap=0.0,
        status="infeasible",
        seconds=time.perf_counter() - begun,
        lacking=lacking,
        least=least or {},
    )
