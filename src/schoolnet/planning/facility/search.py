"""A search: what is left of a core, the best answer so far, and what may be fixed because of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility import lagrange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.core import Core
    from schoolnet.planning.facility.lagrange import Dual

#: What counts as nothing, as a share of the sum.
NOTHING = 1e-9


@dataclass(eq=False)
class Search:
    """A core, the best answer so far, and until when to look.

    Attributes
    ----------
    core
        What is left to decide.
    until
        When to stop, in seconds of `time.perf_counter`.
    gap
        What share of the answer may stay open.
    best, upper
        Sites of the best answer beside those kept, in the problem's numbers, and what it costs.
    fixed
        Sites opened for good, in the problem's numbers.
    bound
        What no answer is below.
    whole
        What is covered and what is not, together, where the answer is known by what is covered: a share of the answer
        is then one of what is covered.
    """

    core: Core
    until: float
    gap: float
    best: NDArray[np.int64]
    upper: float
    fixed: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    bound: float = -np.inf
    whole: float | None = None

    def left(self) -> float:
        """Return how many seconds are left."""
        return self.until - time.perf_counter()

    def over(self) -> bool:
        """Whether time is up."""
        return self.left() <= 0

    @property
    def near(self) -> float:
        """What is as good as the best answer."""
        size = self.upper if self.whole is None else self.whole - self.upper
        return self.upper - max(self.gap * 0.999, NOTHING) * abs(size)

    @property
    def cut(self) -> float:
        """What an answer must cost less than to be worth finding."""
        return min(self.near, self.upper - 1 + 1e-5) if self.core.whole else self.near

    @property
    def closed(self) -> bool:
        """Whether nothing worth finding is left."""
        return self.bound >= self.cut

    def offer(self, opened: NDArray[np.bool_]) -> float:
        """Take open sites of the core as the best answer where they are; return the least cost known."""
        total = self.core.total(opened)
        if total < self.upper:
            self.upper = total
            self.best = np.concatenate([self.fixed, self.core.number[opened]])
        return self.upper

    def prove(self, bound: float) -> None:
        """Take what no answer that is left is below: with what was fixed, no answer at all is below it or the cut."""
        bound = min(bound, self.cut)
        self.bound = max(self.bound, min(self.core.rounded(bound), self.upper))

    def fix(self, dual: Dual) -> NDArray[np.float64]:
        """Close for good what no better answer opens, open what each opens; return the prices of the core left.

        By reduced cost: a site that would bring the bound to the cut if it were open, or closed.
        """
        core = self.core
        opened = lagrange.chosen(core, dual.saving)
        last_in, first_out = dual.saving[opened].max(), dual.saving[~opened].min()
        closed = ~opened & (dual.bound + dual.saving - last_in >= self.cut)
        kept = opened & (dual.bound - dual.saving + first_out >= self.cut)
        return self.narrow(closed, kept, dual.price) if (closed | kept).any() else dual.price

    def narrow(
        self, closed: NDArray[np.bool_], opened: NDArray[np.bool_], price: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Close and open sites for good; return the prices of the core left."""
        self.fixed = np.concatenate([self.fixed, self.core.number[opened]])
        self.core = self.core.without(closed, opened)
        into = self.core.into
        carried = np.bincount(into[into >= 0], price[into >= 0], minlength=self.core.customers)
        return np.clip(carried, self.core.cost[self.core.start[:-1]], self.core.fallback)

    def settled(self) -> bool:
        """Whether nothing is left to choose; then offer it."""
        if self.core.p and self.core.p < self.core.sites:
            return False
        self.offer(np.full(self.core.sites, bool(self.core.p)))
        return True
