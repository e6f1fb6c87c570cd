"""The strong program of a capacitated model, on all of it or on a part: in whole numbers or relaxed, by HiGHS."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from schoolnet.planning.facility.capacitated_answer import Answer, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.planning.facility.capacitated_model import Model

#: How far HiGHS may take a figure from a whole number, and still be cut to it.
HALF = 0.5
INFEASIBLE = 2
#: A share of a customer that is rounding.
TRACE = 1e-9
_SILENT = threading.Lock()


@dataclass(frozen=True, eq=False)
class Part:
    """Which pairs and sizes a program has, what a unit not served costs, and what counts, if not the model's sums.

    `unserved` below the model's own stands for pairs that are left out: at the cost of the cheapest of them, from a
    site that needs neither opening nor room, so that the part's bound is one of the whole.
    `cost` is of a unit on each pair of the model, `price` of each size; both None where the model's own count.
    `fixed`: each size is taken. `strong`: the pairs that have a strong row (`None`: all).
    """

    pairs: NDArray[np.bool_]
    sizes: NDArray[np.bool_]
    unserved: NDArray[np.float64]
    cost: NDArray[np.float64] | None = None
    price: NDArray[np.float64] | None = None
    fixed: bool = False
    strong: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class Solved:
    """What HiGHS said: an answer (or none), a bound of the part, and whether the part is proven to have no answer."""

    answer: Answer | None
    bound: float
    infeasible: bool


@dataclass(frozen=True, eq=False)
class Relaxed:
    """The relaxed part: its sum, units of each pair, share of each size, what a unit of a customer and of money is."""

    value: float
    amount: NDArray[np.float64]
    share: NDArray[np.float64]
    worth: NDArray[np.float64]
    toll: float


def everything(model: Model) -> Part:
    """Return the part that is all."""
    return Part(np.ones(len(model.site), dtype=bool), np.ones(len(model.size_site), dtype=bool), model.unserved)


def program(model: Model, part: Part, *, seconds: float, gap: float) -> Solved:
    """Solve a part; the bound is for the part, and the sum of a part that lacks nothing is that of the model.

    Serving is in shares of a customer, x, beside y of each size taken: the sum at a site is at most the capacity
    taken, and in a strong row x of a pair is at most the sum of y × min(1, capacity / demand) over the sizes of its
    site (of those that hold the customer, when it goes whole), after Leung and Magnanti (1989).
    """
    made = _Made(model, part)
    if not made.width or np.isinf(made.lost):
        nothing = made.answer(np.empty(0)) if np.isfinite(made.lost) else None
        return Solved(nothing, made.lost, nothing is None)
    matrix, low, high = made.rows()
    with silent():
        solved = milp(
            made.costs(),
            integrality=made.whole_numbers(),
            bounds=Bounds(*made.bounds()),
            constraints=LinearConstraint(matrix, low, high),
            options={"time_limit": max(seconds, 0.01), "mip_rel_gap": gap},
        )
    bound = solved.mip_dual_bound if solved.mip_dual_bound is not None else 0.0
    bound = float(bound) if np.isfinite(bound) else 0.0
    answer = None if solved.x is None else made.answer(solved.x)
    return Solved(answer, bound + made.lost, solved.status == INFEASIBLE)


def relaxed(model: Model, part: Part, *, seconds: float) -> Relaxed | None:
    """Return a part solved without whole numbers, strong rows in: None where the time is too short for it."""
    made = _Made(model, part)
    worth = np.minimum(part.unserved, np.finfo(float).max)
    amount, share = np.zeros(len(model.site)), np.zeros(len(model.size_site))
    if not made.width:
        return Relaxed(made.lost, amount, share, worth, 0.0)
    matrix, low, high = made.rows()
    even = low == high
    with silent():
        solved = linprog(
            made.costs(), matrix[~even], high[~even], matrix[even], high[even],
            bounds=np.column_stack(made.bounds()), options={"time_limit": max(seconds, 0.01)},
        )  # fmt: skip
    if solved.x is None or solved.status != 0:
        return None
    price = np.zeros(len(high))
    price[even], price[~even] = solved.eqlin.marginals, solved.ineqlin.marginals
    worth[made.asked] = price[: len(made.asked)] / model.demand[made.asked]
    toll = max(0.0, -float(price[-1])) / made.money() if made.limited else 0.0
    amount[made.pairs] = np.where(solved.x[: len(made.pairs)] > TRACE, solved.x[: len(made.pairs)], 0.0) * made.demand
    share[made.sizes] = solved.x[made.at]
    return Relaxed(float(solved.fun) + made.lost, amount, share, worth, toll)


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Keep what HiGHS prints past every option off the standard output: a few lines of its search in the search."""
    with _SILENT, contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
            _flush()
            saved, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
            stack.callback(os.close, nowhere)
            stack.callback(os.close, saved)
            stack.callback(os.dup2, saved, 1)
            stack.callback(_flush)
            os.dup2(nowhere, 1)
        yield


def _flush() -> None:
    """Write out what the C library holds back of the standard output."""
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).fflush(None)


class _Made:
    """Columns and rows of the program: shares of pairs, shares unserved, sizes taken."""

    def __init__(self, model: Model, part: Part) -> None:
        pairs, sizes, unserved = np.flatnonzero(part.pairs), np.flatnonzero(part.sizes), part.unserved
        self.model, self.pairs, self.sizes, self.fixed = model, pairs, sizes, part.fixed
        self.cost = (model.cost if part.cost is None else part.cost)[pairs]
        self.price = (model.price if part.price is None else part.price)[sizes]
        self.who, self.where = model.customer[pairs], model.site[pairs]
        self.strong = np.ones(len(pairs), dtype=bool) if part.strong is None else part.strong[pairs]
        self.strong &= not part.fixed
        self.demand = model.demand[self.who]
        self.asked, self.who_row = np.unique(self.who, return_inverse=True)
        self.unserved, self.free = unserved, np.flatnonzero(np.isfinite(unserved[self.asked]))
        never = model.demand > 0
        never[self.asked] = False
        self.lost = float((unserved[never] * model.demand[never]).sum())
        self.of, self.at = model.size_site[sizes], np.arange(len(sizes)) + len(pairs) + len(self.free)
        self.width = len(pairs) + len(self.free) + len(sizes)
        self.limited = bool(np.isfinite(model.budget)) and len(sizes) > 0

    def costs(self) -> NDArray[np.float64]:
        model, free = self.model, self.asked[self.free]
        return np.concatenate([self.cost * self.demand, self.unserved[free] * model.demand[free], self.price])

    def whole_numbers(self) -> NDArray[np.int64]:
        kinds = np.zeros(self.width, dtype=np.int64)
        kinds[self.at] = int(not self.fixed)
        kinds[: len(self.pairs)] = int(self.model.whole)
        return kinds

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        low = np.zeros(self.width)
        alone = self.model.kept[self.of] & (np.bincount(self.of, minlength=len(self.model.kept))[self.of] == 1)
        low[self.at[alone | self.fixed]] = 1.0
        return low, np.ones(self.width)

    def money(self) -> float:
        """Return what the row of the budget is divided by."""
        return max(self.model.budget, float(self.model.price[self.sizes].max()), 1e-12)

    def rows(self) -> tuple[Any, NDArray[np.float64], NDArray[np.float64]]:
        """Return all rows with their least and greatest sums: customers first, the budget last."""
        made = [self._served(), self._held(), self._one_size(), self._linked()]
        fresh = self.at[~self.model.kept[self.of]]
        if np.isfinite(self.model.p):
            made.append(self._rows(fresh * 0, fresh, np.ones(len(fresh)), 1, high=self.model.p))
        if self.limited:
            prices, most = self.model.price[self.sizes] / self.money(), self.model.budget / self.money()
            made.append(self._rows(self.at * 0, self.at, prices, 1, high=most))
        matrices, low, high = zip(*made, strict=True)
        return sparse.vstack(matrices, format="csr"), np.concatenate(low), np.concatenate(high)

    def _rows(self, rows: Any, columns: Any, values: Any, height: int, low: Any = -np.inf, high: Any = 0.0) -> Any:
        matrix = sparse.csr_array((values, (rows, columns)), shape=(height, self.width))
        return matrix, np.broadcast_to(low, height), np.broadcast_to(high, height)

    def _served(self) -> Any:
        """Each customer's shares add up to one."""
        rows = np.concatenate([self.who_row, self.free])
        return self._rows(rows, np.arange(len(rows)), np.ones(len(rows)), len(self.asked), 1.0, 1.0)

    def _held(self) -> Any:
        """Let a site serve at most what its size holds."""
        used, row = np.unique(self.where, return_inverse=True)
        mine = np.isin(self.of, used)
        rows = np.concatenate([row, np.searchsorted(used, self.of[mine])])
        columns = np.concatenate([np.arange(len(row)), self.at[mine]])
        values = np.concatenate([self.demand, -self.model.capacity[self.sizes[mine]]])
        scale = np.maximum(np.bincount(row, self.demand), 1e-12)
        return self._rows(rows, columns, values / scale[rows], len(used))

    def _one_size(self) -> Any:
        """Let a site take one size, and let a kept one do."""
        many = np.flatnonzero(np.bincount(self.of, minlength=len(self.model.kept)) > 1)
        mine = np.isin(self.of, many)
        rows, low = np.searchsorted(many, self.of[mine]), np.where(self.model.kept[many], 1.0, -np.inf)
        return self._rows(rows, self.at[mine], np.ones(len(rows)), len(many), low, 1.0)

    def _linked(self) -> Any:
        """Return the strong rows: not needed where the site is kept and each of its sizes holds the customer."""
        model = self.model
        least = np.full(len(model.kept), np.inf)
        np.minimum.at(least, self.of, model.capacity[self.sizes])
        short = model.whole & (least[self.where] < self.demand)
        need = np.flatnonzero((self.strong & ~model.kept[self.where]) | short)
        order = np.argsort(self.of, kind="stable")
        start = np.searchsorted(self.of[order], self.where[need])
        count = np.searchsorted(self.of[order], self.where[need], side="right") - start
        rows = np.repeat(np.arange(len(need)), count)
        inner = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        size = order[np.repeat(start, count) + inner]
        room = model.capacity[self.sizes[size]] / self.demand[need][rows]
        share = np.where(room >= 1 - 1e-9, 1.0, 0.0 if model.whole else room)
        rows = np.concatenate([rows, np.arange(len(need))])
        columns = np.concatenate([self.at[size], need])
        return self._rows(rows, columns, np.concatenate([-share, np.ones(len(need))]), len(need))

    def answer(self, found: NDArray[np.float64]) -> Answer:
        """Return the answer of a solution's columns, whole numbers made whole."""
        model = self.model
        share = np.clip(found[: len(self.pairs)], 0.0, 1.0)
        share = np.where(share > HALF, 1.0, 0.0) if model.whole else np.where(share > TRACE, share, 0.0)
        over = np.bincount(self.who_row, share, len(self.asked))
        ends = np.where(over > 1 - 1e-7, over, 1.0)
        amount = np.zeros(len(model.site))
        amount[self.pairs] = share / ends[self.who_row] * self.demand
        size = np.full(len(model.kept), -1, dtype=np.int64)
        taken = found[self.at] > HALF
        size[self.of[taken]] = self.sizes[taken]
        return tidy(model, size, amount)
