"""A core solved: Lagrangian bound, interchange, fixing by reduced cost, and a mixed-integer program for what is left."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility import exact, interchange, lagrange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.core import Core
    from schoolnet.planning.facility.lagrange import Dual

#: Steps of the bound in one round, and after how many of them the chosen sites are tried by interchange.
STEPS, TRY = 400, 60
#: Rounds of interchange at the very start, where the sites are only a first guess.
EARLY = 40
#: Rows up to which what is left is handed to the mixed-integer program.
ROWS = 400_000
#: What counts as nothing, as a share of the sum.
NOTHING = 1e-7


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
    fixed, best
        Sites opened for good and sites of the best answer, in the problem's numbers.
    upper
        What the best answer costs.
    """

    core: Core
    until: float
    gap: float
    best: NDArray[np.int64]
    upper: float
    fixed: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    bound: float = -np.inf

    def over(self) -> bool:
        """Whether time is up."""
        return time.perf_counter() >= self.until

    @property
    def cut(self) -> float:
        """What an answer must cost less than to be worth finding."""
        near = self.upper - max(self.gap * 0.999, NOTHING) * abs(self.upper)
        return min(near, self.upper - 1 + 1e-6) if self.core.whole else near

    @property
    def proven(self) -> float:
        """The bound that holds once nothing below the cut is left."""
        near = self.upper - max(self.gap * 0.999, NOTHING) * abs(self.upper)
        if not self.core.whole:
            return near
        return self.core.rounded(min(near, self.upper))

    def offer(self, opened: NDArray[np.bool_]) -> float:
        """Take open sites of the core as the best answer where they are; return the least cost known."""
        total = self.core.total(opened)
        if total < self.upper:
            self.upper = total
            self.best = np.concatenate([self.fixed, self.core.number[opened]])
        return self.upper


def run(search: Search) -> None:
    """Improve the best answer and the bound until they meet, or time is up."""
    price, theta = lagrange.begin(search.core), 1.0
    while True:
        if not search.core.p or search.core.p == search.core.sites:
            search.offer(np.full(search.core.sites, bool(search.core.p)))
            search.bound = min(search.upper, max(search.bound, search.proven))
            return
        before = search.core.sites
        dual = _ascend(search, price, theta)
        search.bound = max(search.bound, min(search.proven, search.core.rounded(dual.bound)))
        if search.over() or dual.bound >= search.cut:
            return
        core = search.core
        _fix(search, dual)
        price, theta = _carried(search.core, dual.price), 0.3
        if search.core.sites > 0.9 * before or _small(search.core):
            break
    _finish(search, lagrange.evaluate(search.core, price) if search.core is not core else dual)


def _small(core: Core) -> bool:
    return len(core.cost) <= 20_000  # noqa: PLR2004


def _ascend(search: Search, price: NDArray[np.float64], theta: float) -> Dual:
    core, rows, seen = search.core, interchange.BySite(search.core), set()
    rounds = iter(range(EARLY))
    calls = 0

    def improve(opened: NDArray[np.bool_]) -> float:
        nonlocal calls
        calls += 1
        search.offer(opened)
        if calls % (TRY // 10) == 1 and opened.tobytes() not in seen:
            seen.add(opened.tobytes())
            stop = search.over if calls > 1 else (lambda: search.over() or next(rounds, None) is None)
            search.offer(interchange.improve(core, opened, sorted_rows=rows, over=stop))
        return search.upper

    def enough(bound: float) -> bool:
        return bound >= search.cut or search.over()

    dual = lagrange.ascend(core, price, search.upper, steps=STEPS, enough=enough, improve=improve, theta=theta)
    if dual.bound < search.cut:
        opened = lagrange.chosen(core, dual.saving)
        search.offer(interchange.improve(core, opened, sorted_rows=rows, over=search.over))
    return dual


def _fix(search: Search, dual: Dual) -> None:
    """Close for good what no better answer opens, open for good what each opens: by what it does to the bound."""
    core = search.core
    opened = lagrange.chosen(core, dual.saving)
    last_in = dual.saving[opened].max()
    first_out = dual.saving[~opened].min()
    closed = ~opened & (dual.bound + dual.saving - last_in >= search.cut)
    kept = opened & (dual.bound - dual.saving + first_out >= search.cut)
    if not (closed | kept).any():
        return
    search.fixed = np.concatenate([search.fixed, core.number[kept]])
    search.core = core.without(closed, kept)


def _carried(core: Core, price: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(core.into) != len(price):
        return price
    left = core.into >= 0
    carried = np.bincount(core.into[left], price[left], minlength=core.customers)
    return np.clip(carried, core.cost[core.start[:-1]], core.fallback)


def _finish(search: Search, dual: Dual) -> None:
    core, left = search.core, search.until - time.perf_counter()
    if not core.p or core.p == core.sites or len(core.cost) > ROWS:
        return
    found = exact.rest(core, dual, cut=search.cut, seconds=left, gap=min(search.gap / 2, NOTHING))
    claim = search.proven if found.bound >= search.cut else core.rounded(found.bound)
    if found.opened is not None:
        search.offer(found.opened)
        claim = min(claim, search.upper) if found.bound < search.cut else search.proven
    search.bound = max(search.bound, min(claim, search.upper))
