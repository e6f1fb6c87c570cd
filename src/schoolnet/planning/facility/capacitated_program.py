"""The strong mixed-integer program of a capacitated model, on all of it or on a part, given to HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from schoolnet.planning.facility.capacitated_answer import Answer, tidy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.capacitated_model import Model

#: How far HiGHS may take a figure from a whole number, and still be cut to it.
HALF = 0.5
INFEASIBLE = 2
#: A share of a customer that is rounding.
TRACE = 1e-9


@dataclass(frozen=True, eq=False)
class Part:
    """Which pairs and sizes a program has, what a unit not served costs, and what counts, if not the model's sums.

    `cost` is of a unit on each pair of the model, `price` of each size; both None where the model's own count.
    """

    pairs: NDArray[np.bool_]
    sizes: NDArray[np.bool_]
    unserved: NDArray[np.float64]
    cost: NDArray[np.float64] | None = None
    price: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Solved:
    """What HiGHS said: an answer (or none), a bound of the part, and whether the part is proven to have no answer."""

    answer: Answer | None
    bound: float
    infeasible: bool


def everything(model: Model) -> Part:
    """Return the part that is all."""
    return Part(np.ones(len(model.site), dtype=bool), np.ones(len(model.size_site), dtype=bool), model.unserved)


def program(model: Model, part: Part, *, seconds: float, gap: float, strong: bool = True) -> Solved:
    """Solve a part; the bound is for the part, and the sum of a part that lacks nothing is that of the model.

    Serving is in shares of a customer, x, beside y of each size taken: with `strong`, x of a pair is at most the sum
    of y × min(1, capacity / demand) over the sizes of its site (of those that hold the customer, when it goes whole),
    after Leung and Magnanti (1989); weak, only the sum at a site is at most the capacity taken.
    """
    made = _Made(model, part)
    if not made.width or np.isinf(made.lost):
        nothing = made.answer(np.empty(0)) if np.isfinite(made.lost) else None
        return Solved(nothing, made.lost, nothing is None)
    rows = [made.served(), made.held(), *made.counted()]
    if strong:
        rows.append(made.linked())
    solved = milp(
        made.costs(),
        integrality=made.whole_numbers(),
        bounds=made.bounds(),
        constraints=[row for row in rows if row is not None],
        options={"time_limit": max(seconds, 0.01), "mip_rel_gap": gap},
    )
    bound = solved.mip_dual_bound if solved.mip_dual_bound is not None else 0.0
    bound = float(bound) if np.isfinite(bound) else 0.0
    answer = None if solved.x is None else made.answer(solved.x)
    return Solved(answer, bound + made.lost, solved.status == INFEASIBLE)


class _Made:
    """Columns and rows of the program: shares of pairs, shares unserved, sizes taken."""

    def __init__(self, model: Model, part: Part) -> None:
        pairs, sizes, unserved = np.flatnonzero(part.pairs), np.flatnonzero(part.sizes), part.unserved
        self.model, self.pairs, self.sizes = model, pairs, sizes
        self.cost = (model.cost if part.cost is None else part.cost)[pairs]
        self.price = (model.price if part.price is None else part.price)[sizes]
        self.who, self.where = model.customer[pairs], model.site[pairs]
        self.demand = model.demand[self.who]
        asked, self.who_row = np.unique(self.who, return_inverse=True)
        self.unserved, self.free = unserved, np.flatnonzero(np.isfinite(unserved[asked]))
        self.asked = asked
        never = np.ones(len(model.demand), dtype=bool)
        never[asked] = False
        never &= model.demand > 0
        self.lost = float((unserved[never] * model.demand[never]).sum())
        self.of, self.at = model.size_site[sizes], np.arange(len(sizes)) + len(pairs) + len(self.free)
        self.width = len(pairs) + len(self.free) + len(sizes)

    def _matrix(self, rows: Any, columns: Any, values: Any, height: int) -> Any:
        return sparse.csr_array((values, (rows, columns)), shape=(height, self.width))

    def costs(self) -> NDArray[np.float64]:
        model, free = self.model, self.asked[self.free]
        return np.concatenate([self.cost * self.demand, self.unserved[free] * model.demand[free], self.price])

    def whole_numbers(self) -> NDArray[np.int64]:
        kinds = np.zeros(self.width, dtype=np.int64)
        kinds[self.at] = 1
        kinds[: len(self.pairs)] = int(self.model.whole)
        return kinds

    def bounds(self) -> Any:
        low = np.zeros(self.width)
        alone = self.model.kept[self.of] & (np.bincount(self.of, minlength=len(self.model.kept))[self.of] == 1)
        low[self.at[alone]] = 1.0
        return Bounds(low, np.ones(self.width))

    def served(self) -> Any:
        """Each customer's shares add up to one."""
        if not len(self.asked):
            return None
        rows = np.concatenate([self.who_row, self.free])
        matrix = self._matrix(rows, np.arange(len(rows)), np.ones(len(rows)), len(self.asked))
        return LinearConstraint(matrix, 1.0, 1.0)

    def held(self) -> Any:
        """Let a site serve at most what its size holds."""
        used, row = np.unique(self.where, return_inverse=True)
        if not len(used):
            return None
        mine = np.isin(self.of, used)
        rows = np.concatenate([row, np.searchsorted(used, self.of[mine])])
        columns = np.concatenate([np.arange(len(row)), self.at[mine]])
        values = np.concatenate([self.demand, -self.model.capacity[self.sizes[mine]]])
        scale = np.maximum(np.bincount(row, self.demand), 1e-12)
        return LinearConstraint(self._matrix(rows, columns, values / scale[rows], len(used)), -np.inf, 0.0)

    def counted(self) -> list[Any]:
        """Let a site take one size, new sites be at most p, and prices at most the budget."""
        out, model = [], self.model
        many = np.flatnonzero(np.bincount(self.of, minlength=len(model.kept)) > 1)
        if len(many):
            mine = np.isin(self.of, many)
            rows = np.searchsorted(many, self.of[mine])
            matrix = self._matrix(rows, self.at[mine], np.ones(len(rows)), len(many))
            out.append(LinearConstraint(matrix, np.where(model.kept[many], 1.0, 0.0), 1.0))
        fresh = self.at[~model.kept[self.of]]
        if np.isfinite(model.p) and len(fresh):
            out.append(LinearConstraint(self._matrix(fresh * 0, fresh, np.ones(len(fresh)), 1), -np.inf, model.p))
        if np.isfinite(model.budget) and len(self.at):
            scale = max(model.budget, float(model.price[self.sizes].max()), 1e-12)
            prices = model.price[self.sizes] / scale
            out.append(LinearConstraint(self._matrix(self.at * 0, self.at, prices, 1), -np.inf, model.budget / scale))
        return out

    def linked(self) -> Any:
        """Return the strong rows: not needed where the site is kept and each of its sizes holds the customer."""
        model = self.model
        least = np.full(len(model.kept), np.inf)
        np.minimum.at(least, self.of, model.capacity[self.sizes])
        need = np.flatnonzero(~model.kept[self.where] | (model.whole & (least[self.where] < self.demand)))
        if not len(need):
            return None
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
        values = np.concatenate([-share, np.ones(len(need))])
        return LinearConstraint(self._matrix(rows, columns, values, len(need)), -np.inf, 0.0)

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
