"""A capacitated problem made ready: checked, without pairs and sizes that cannot matter, pairs by site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.problems import Capacitated

#: Relative room for sums of floating-point numbers, well inside that of the verifier.
ROOM = 1e-9


@dataclass(frozen=True, eq=False)
class Model:
    """What is solved: numbers of customers and sites are the problem's own.

    Attributes
    ----------
    customer, site, cost
        The pairs that matter, by site, then customer.
    demand, unserved
        Units of each customer, and what one costs that is not served: infinite where all must be.
    size_site, capacity, price, row
        The sizes that matter, by site, then capacity (and price): `row` is their number in the problem. No capacity
        is greater than all that the site's customers ask for.
    first
        Where the sizes of each site begin, and where the last one's end.
    kept
        Whether a site is open whatever it costs.
    whole
        Whether a customer goes to one site only.
    p, budget
        The most new sites, and the most to be spent: infinite where that binds nothing.
    """

    customer: NDArray[np.int64]
    site: NDArray[np.int64]
    cost: NDArray[np.float64]
    demand: NDArray[np.float64]
    unserved: NDArray[np.float64]
    size_site: NDArray[np.int64]
    capacity: NDArray[np.float64]
    price: NDArray[np.float64]
    row: NDArray[np.int64]
    first: NDArray[np.int64]
    kept: NDArray[np.bool_]
    whole: bool
    p: float
    budget: float

    @property
    def new(self) -> NDArray[np.bool_]:
        """Return which sites may be opened: those with a size, not kept."""
        return (np.diff(self.first) > 0) & ~self.kept


def _check(problem: Capacitated) -> None:  # noqa: C901 - one line a fault
    """Raise ValueError naming every fault of the arrays."""
    faults = []
    sites, sizes = problem.pairs.sites, problem.size_site
    if not len(sizes) == len(problem.size_capacity) == len(problem.size_price):
        faults.append("size_site, size_capacity and size_price differ in length")
    for name, index in (("size_site", sizes), ("keep", problem.keep)):
        if len(index) and (index.min() < 0 or index.max() >= sites):
            faults.append(f"{name} must lie in 0 to {sites - 1}")
    for name, values in (("demand", problem.demand), ("unserved", problem.unserved)):
        if values is None:
            continue
        if len(values) != problem.pairs.customers:
            faults.append(f"{name} must have {problem.pairs.customers} figures, not {len(values)}")
        if not (np.isfinite(values) & (values >= 0)).all():
            faults.append(f"{name} must be finite and not negative")
    if not (problem.size_capacity >= 0).all():
        faults.append("size_capacity must not be negative")
    if not (np.isfinite(problem.size_price) & (problem.size_price >= 0)).all():
        faults.append("size_price must be finite and not negative")
    if bare := sorted(set(problem.keep.tolist()) - set(sizes.tolist())):
        faults.append(f"kept sites have no size: {bare[:5]}")
    if problem.p is not None and problem.p < 0:
        faults.append(f"p must not be negative: {problem.p}")
    if faults:
        raise ValueError("; ".join(faults))


def ready(problem: Capacitated) -> Model:
    """Return the model of a problem.

    A pair that costs at least what leaving its customer unserved does, one of a customer without units or of a site
    without a capacity, and one of a whole customer that no size of the site holds are left out. So is a size that
    holds no more than another one of its site at the same price or less; all of this keeps every best answer's sum.

    Raises
    ------
    ValueError
        Naming every fault of the arrays.
    """
    _check(problem)
    pairs, sites = problem.pairs, problem.pairs.sites
    demand = np.asarray(problem.demand, dtype=np.float64)
    unserved = np.full(len(demand), np.inf) if problem.unserved is None else problem.unserved.astype(np.float64)
    kept = np.zeros(sites, dtype=bool)
    kept[problem.keep] = True
    most = np.zeros(sites)
    np.maximum.at(most, problem.size_site, problem.size_capacity)
    useful = (demand[pairs.customer] > 0) & (most[pairs.site] > 0) & (pairs.cost < unserved[pairs.customer])
    if problem.whole:
        useful &= demand[pairs.customer] <= most[pairs.site] * (1 + ROOM)
    at = np.flatnonzero(useful)
    at = at[np.lexsort((pairs.customer[at], pairs.site[at]))]
    customer, site, cost = pairs.customer[at], pairs.site[at], pairs.cost[at]
    row, capacity = _sizes(problem, kept, np.bincount(site, demand[customer], sites).astype(np.float64))
    size_site, price = problem.size_site[row], problem.size_price[row].astype(np.float64)
    first = np.searchsorted(size_site, np.arange(sites + 1))
    fresh = np.count_nonzero((np.diff(first) > 0) & ~kept)
    p = np.inf if problem.p is None or problem.p >= fresh else float(problem.p)
    free = problem.budget is None or problem.budget >= price.sum()
    budget = np.inf if free or problem.budget is None else float(problem.budget)
    return Model(
        customer, site, cost, demand, unserved, size_site, capacity, price, row, first, kept, problem.whole, p, budget
    )


def _sizes(
    problem: Capacitated, kept: NDArray[np.bool_], asked: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the rows of sizes that matter, by site and capacity, and their capacities."""
    capacity = np.minimum(problem.size_capacity, asked[problem.size_site])
    order = np.lexsort((-capacity, problem.size_price, problem.size_site))
    taken, last, greatest = [], -1, -1.0
    for row, site, units in zip(
        order.tolist(), problem.size_site[order].tolist(), capacity[order].tolist(), strict=True
    ):
        if site != last:
            last, greatest = site, -1.0 if kept[site] else 0.0
        if units > greatest:
            taken.append(row)
            greatest = units
    rows = np.array(taken, dtype=np.int64)
    return rows, capacity[rows]
