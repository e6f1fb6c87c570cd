"""The core of a median or covering problem: weighted rows that may still matter, and nothing else.

Everything a solver fixes makes a smaller core of the same kind: a site that is opened for good becomes part of what a
customer has to fall back on, a site that is closed for good goes with its rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Sums of whole numbers up to this stay far enough apart in float64 for a bound to be rounded up.
EXACT = 2.0**40


@dataclass(frozen=True, eq=False)
class Core:
    """Rows by customer and cost, sites and customers numbered anew; every customer and every site has a row.

    Attributes
    ----------
    customer, site, cost, start
        Rows, and where those of each customer begin; cost is weight × cost.
    fallback
        What each customer costs when no site of the core serves it: infinite where one must.
    number
        The problem's number of each site.
    p
        How many sites may be opened still, at most as many as there are.
    base
        Cost of those no row can help.
    into
        For each customer of the core this one was made from, its number here, or -1.
    whole
        Whether every cost is a whole number, so that a bound may be rounded up.
    penalty
        From where on a fallback stands for a customer that must be served.
    """

    customer: NDArray[np.int64]
    site: NDArray[np.int64]
    cost: NDArray[np.float64]
    start: NDArray[np.int64]
    fallback: NDArray[np.float64]
    number: NDArray[np.int64]
    p: int
    base: float
    into: NDArray[np.int64]
    whole: bool
    penalty: float = np.inf

    @property
    def customers(self) -> int:
        """How many customers are left."""
        return len(self.fallback)

    @property
    def sites(self) -> int:
        """How many sites are left."""
        return len(self.number)

    def nearest(self, opened: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return each customer's first and second row with an open site; -1 where there is none."""
        rows = np.append(np.flatnonzero(opened[self.site]), len(self.site))
        at = np.searchsorted(rows, self.start[:-1])
        first, second = rows[at], rows[np.minimum(at + 1, len(rows) - 1)]
        end = self.start[1:]
        return np.where(first < end, first, -1), np.where(second < end, second, -1)

    def costs(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what each customer pays on its row; its fallback where that is -1."""
        if not len(self.cost):
            return self.fallback
        return np.where(rows >= 0, self.cost[rows], self.fallback)

    def total(self, opened: NDArray[np.bool_]) -> float:
        """Return what a set of open sites costs in all."""
        return self.base + float(self.costs(self.nearest(opened)[0]).sum())

    def reach(self) -> Any:
        """Return the rows as a sparse matrix of ones, customers down and sites across."""
        from scipy.sparse import csr_array

        return csr_array((np.ones(len(self.site)), self.site, self.start), shape=(self.customers, self.sites))

    def rounded(self, bound: float) -> float:
        """Return a lower bound rounded up to a whole number where costs are."""
        return float(np.ceil(bound - 1e-6)) if self.whole and np.isfinite(bound) else bound

    def penalised(self, penalty: float) -> Core:
        """Return the core where not to serve a customer who must be served costs a penalty instead."""
        return replace(self, fallback=np.where(np.isinf(self.fallback), penalty, self.fallback), penalty=penalty)

    def without(self, closed: NDArray[np.bool_], opened: NDArray[np.bool_]) -> Core:
        """Return the core with some sites closed for good and others opened for good."""
        fallback = np.minimum(self.fallback, self.costs(self.nearest(opened)[0]))
        kept = ~(closed | opened)[self.site]
        rows = (self.customer[kept], self.site[kept], self.cost[kept])
        p = self.p - int(opened.sum())
        made = build(*rows, fallback, self.number, p=p, base=self.base, whole=self.whole)
        return replace(made, penalty=self.penalty)


def build(
    customer: NDArray[np.int64],
    site: NDArray[np.int64],
    cost: NDArray[np.float64],
    fallback: NDArray[np.float64],
    number: NDArray[np.int64],
    *,
    p: int,
    base: float = 0.0,
    whole: bool | None = None,
) -> Core:
    """Return the core of rows by customer and cost: those behind the fallback go, customers alike become one."""
    useful = cost < fallback[customer]
    customer, site, cost = customer[useful], site[useful], cost[useful]
    left, into, customer = _numbered(customer, len(fallback))
    base += float(np.delete(fallback, left).sum())
    chosen, _, site = _numbered(site, len(number))
    fallback = fallback[left]
    if whole is None:
        costs = np.concatenate([cost, fallback[np.isfinite(fallback)], [base] if np.isfinite(base) else []])
        whole = bool((costs == np.rint(costs)).all() and costs.sum() < EXACT)
    start = np.searchsorted(customer, np.arange(len(left) + 1))
    alike = _alike(site, start, len(chosen), fallback)
    if len(left) and alike.max() < len(left) - 1:
        customer, site, cost, start = _merged(customer, site, cost, start, alike)
        fallback = added(alike, fallback, int(alike.max()) + 1)
        into = np.where(into >= 0, alike[into], -1)
    return Core(customer, site, cost, start, fallback, number[chosen], min(max(p, 0), len(chosen)), base, into, whole)


def added(index: NDArray[Any], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the sum of values by index, one of each of `count`."""
    return np.bincount(index, values, minlength=count).astype(np.float64, copy=False)


def _numbered(index: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return which of `count` occur, the new number of each (-1: does not occur), and the index in new numbers."""
    seen = np.zeros(count, dtype=bool)
    seen[index] = True
    left = np.flatnonzero(seen)
    into = np.full(count, -1)
    into[left] = np.arange(len(left))
    return left, into, into[index]


def _alike(
    site: NDArray[np.int64], start: NDArray[np.int64], sites: int, fallback: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return a number for each customer, shared by those with the same sites in the same order.

    Such customers go to the same site whatever is open, so their costs may be added row by row. A hash proposes them,
    a comparison of every row with the first of its group decides.
    """
    count = np.diff(start)
    if not len(count):
        return np.empty(0, dtype=np.int64)
    rank = np.arange(len(site)) - np.repeat(start[:-1], count)
    random = np.random.default_rng(0).integers(1, 2**63, size=(sites, 2), dtype=np.uint64)
    mixed = random[site, 0] * (2 * rank.astype(np.uint64) + 1) + (random[site, 1] >> (rank % 31).astype(np.uint64))
    sums = np.add.reduceat(mixed, start[:-1]) + count.astype(np.uint64) * np.uint64(2) + np.isinf(fallback)
    _, first, group = np.unique(sums, return_index=True, return_inverse=True)
    leader = first[group]
    alike = count[leader] == count
    steps = np.where(np.repeat(alike, count), np.repeat(start[leader] - start[:-1], count), 0)
    same = site[np.arange(len(site)) + steps] == site
    alike &= np.logical_and.reduceat(same, start[:-1])
    leader = np.where(alike, leader, np.arange(len(count)))
    return np.unique(leader, return_inverse=True)[1].astype(np.int64)


def _merged(
    customer: NDArray[np.int64],
    site: NDArray[np.int64],
    cost: NDArray[np.float64],
    start: NDArray[np.int64],
    alike: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    count = np.diff(start)
    _, first = np.unique(alike, return_index=True)
    begin = np.concatenate([[0], np.cumsum(count[first])])
    rank = np.arange(len(site)) - np.repeat(start[:-1], count)
    target = begin[alike[customer]] + rank
    led = np.empty(begin[-1], dtype=np.int64)
    led[target] = site
    return np.repeat(np.arange(len(first)), count[first]), led, added(target, cost, len(led)), begin
