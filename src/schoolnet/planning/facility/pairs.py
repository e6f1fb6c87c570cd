"""Sparse costs between customers and sites: what every location problem is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which site may serve which customer, and at what cost a unit: one row a pair, by customer, cost, site.

    A pair that is not there is a site that cannot serve the customer (farther than the cut-off, say).

    Attributes
    ----------
    customer, site
        Indices, int64.
    cost
        Cost of serving one unit of the customer from the site, float64, finite and not negative.
    customers, sites
        How many there are, with those that have no pair.
    start
        Where the rows of each customer begin, and where the last one's end: int64, customers + 1.
    """

    customer: NDArray[np.int64]
    site: NDArray[np.int64]
    cost: NDArray[np.float64]
    customers: int
    sites: int
    start: NDArray[np.int64]

    @classmethod
    def of(cls, customer: ArrayLike, site: ArrayLike, cost: ArrayLike, *, customers: int, sites: int) -> Pairs:
        """Return pairs in their order; of two rows of the same customer and site the cheaper stays.

        Raises
        ------
        ValueError
            For an index out of range, arrays of different lengths, or a cost that is negative or not a finite number.
        """
        who, where = (np.asarray(values, dtype=np.int64).ravel() for values in (customer, site))
        what = np.asarray(cost, dtype=np.float64).ravel()
        if not len(who) == len(where) == len(what):
            raise ValueError(f"customer, site and cost differ in length: {len(who)}, {len(where)}, {len(what)}")
        for name, index, count in (("customer", who, customers), ("site", where, sites)):
            if len(index) and (index.min() < 0 or index.max() >= count):
                raise ValueError(f"{name} must lie in 0 to {count - 1}")
        if not (np.isfinite(what) & (what >= 0)).all():
            raise ValueError("cost must be a finite number, not negative")
        order = np.lexsort((what, where, who))
        who, where, what = who[order], where[order], what[order]
        first = np.ones(len(who), dtype=bool)
        first[1:] = (who[1:] != who[:-1]) | (where[1:] != where[:-1])
        who, where, what = who[first], where[first], what[first]
        order = np.lexsort((where, what, who))
        who, where, what = who[order], where[order], what[order]
        return cls(who, where, what, customers, sites, np.searchsorted(who, np.arange(customers + 1)))

    @classmethod
    def from_matrix(cls, matrix: Any, *, cutoff: float = np.inf) -> Pairs:
        """Return the pairs of a cost matrix, customers down and sites across, as PySAL spopt takes it.

        A dense entry over `cutoff`, infinite or NaN is no pair; of a scipy sparse matrix only stored entries are pairs.
        """
        if hasattr(matrix, "tocoo"):
            stored = matrix.tocoo()
            rows, columns, cost = stored.row, stored.col, stored.data
        else:
            dense = np.asarray(matrix, dtype=np.float64)
            rows, columns = np.nonzero(np.isfinite(dense) & (dense <= cutoff))
            cost = dense[rows, columns]
        kept = np.isfinite(cost) & (cost <= cutoff)
        customers, sites = np.shape(matrix)
        return cls.of(rows[kept], columns[kept], cost[kept], customers=customers, sites=sites)

    def to_matrix(self, *, absent: float = np.inf) -> NDArray[np.float64]:
        """Return the dense matrix, customers down and sites across, `absent` where there is no pair: for spopt."""
        out = np.full((self.customers, self.sites), absent)
        out[self.customer, self.site] = self.cost
        return out

    def where(self, mask: NDArray[np.bool_]) -> Pairs:
        """Return the pairs of a mask over the rows, customers and sites numbered as before."""
        kept = self.customer[mask]
        start = np.searchsorted(kept, np.arange(self.customers + 1))
        return Pairs(kept, self.site[mask], self.cost[mask], self.customers, self.sites, start)
