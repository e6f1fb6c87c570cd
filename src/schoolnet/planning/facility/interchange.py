"""Fast interchange: close one open site and open another, wherever that saves, until nothing does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.core import added

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from schoolnet.planning.facility.core import Core

#: Open × closed sites up to which what a swap saves is kept in a dense table.
DENSE = 300_000


@dataclass(frozen=True, eq=False)
class _Moves:
    """For each site that could be opened: the best one to close for it, and what that saves in all."""

    enter: NDArray[np.int64]
    leave: NDArray[np.int64]
    saved: NDArray[np.float64]


class BySite:
    """The rows of a core in the order of sites."""

    def __init__(self, core: Core) -> None:
        site = core.site.astype(np.int32)
        order = np.argsort(site, kind="stable")
        self.site, self.customer, self.cost = site[order], core.customer.astype(np.int32)[order], core.cost[order]
        self.start = np.searchsorted(self.site, np.arange(core.sites + 1))


def improve(
    core: Core, opened: NDArray[np.bool_], *, sorted_rows: BySite, over: Callable[[], bool]
) -> NDArray[np.bool_]:
    """Return open sites no swap of two improves (or those reached when time is `over`).

    A swap is valued by what opening saves, less what closing costs, plus what both together save again: Resende and
    Werneck (2004, 2007). Each round values every swap at once and makes, best first, all that touch no common customer.
    """
    opened = _filled(core, opened)
    least = core.total(opened)
    while not over():
        first, second = core.nearest(opened)
        near, next_best = core.costs(first), core.costs(second)
        holder = np.where(first >= 0, core.site[first], -1)
        moves = _moves(sorted_rows, opened, holder, (near, next_best))
        if not len(moves.enter):
            break
        follower = np.where(second >= 0, core.site[second], -1)
        made = _made(sorted_rows, opened, moves, (holder, follower), next_best)
        total = core.total(made)
        if total >= least - 1e-9 * abs(least):
            made = opened.copy()
            made[moves.enter[0]], made[moves.leave[0]] = True, False
            total = core.total(made)
            if total >= least - 1e-9 * abs(least):
                break
        opened, least = made, total
    return opened


def _filled(core: Core, opened: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Open what saves most until p sites are open."""
    opened = opened.copy()
    while opened.sum() < core.p:
        near = core.costs(core.nearest(opened)[0])
        gain = added(core.site, _saved(near[core.customer], core.cost), core.sites)
        opened[np.argmax(np.where(opened, -1.0, gain))] = True
    return opened


def _saved(now: NDArray[np.float64], cost: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(now - cost, 0.0)


def _moves(
    rows: BySite,
    opened: NDArray[np.bool_],
    holder: NDArray[np.int64],
    costs: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> _Moves:
    near, next_best = costs
    count = len(opened)
    held = holder >= 0
    loss = added(holder[held], (next_best - near)[held], count)
    active = np.flatnonzero(rows.cost < next_best[rows.customer])
    who, where, cost = rows.customer[active], rows.site[active], rows.cost[active]
    keep = ~opened[where]
    who, where, cost = who[keep], where[keep], cost[keep]
    gain = added(where, _saved(near[who], cost), count)
    again = next_best[who] - np.maximum(cost, near[who])
    inside = holder[who] >= 0
    open_number = (np.cumsum(opened) - 1).astype(np.int32)
    pairs = (where[inside], open_number[holder[who[inside]]])
    value, leave = _best_to_close(pairs, again[inside], loss[opened], count)
    saved = gain + value
    enter = np.flatnonzero(~opened & (saved > 1e-9 * np.maximum(1.0, gain)))
    enter = enter[np.argsort(-saved[enter], kind="stable")]
    return _Moves(enter, np.flatnonzero(opened)[leave[enter]], saved[enter])


def _best_to_close(
    pairs: tuple[NDArray[np.int32], NDArray[np.int32]],
    again: NDArray[np.float64],
    loss: NDArray[np.float64],
    count: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return for each site the most that closing one open site adds, and which (by its place among the open)."""
    where, at = pairs
    cheapest = int(np.argmin(loss))
    value, leave = np.full(count, -loss[cheapest]), np.full(count, cheapest)
    if count * len(loss) <= DENSE:
        table = (
            np.bincount(where.astype(np.int64) * len(loss) + at, again, minlength=count * len(loss)).reshape(count, -1)
            - loss
        )
        leave = table.argmax(axis=1)
        return table[np.arange(count), leave], leave
    from scipy.sparse import csr_array

    start = np.searchsorted(where, np.arange(count + 1))
    table = csr_array((again, at, start), shape=(count, len(loss)))
    table.sum_duplicates()
    entry = table.data - loss[table.indices]
    row = np.repeat(np.arange(count), np.diff(table.indptr))
    some = np.diff(table.indptr) > 0
    most = np.maximum.reduceat(entry, table.indptr[:-1][some]) if some.any() else np.empty(0)
    full = np.full(count, -np.inf)
    full[some] = most
    hit = np.flatnonzero(entry == full[row])[::-1]
    better = hit[full[row[hit]] > value[row[hit]]]
    leave[row[better]] = table.indices[better]
    return np.maximum(value, full), leave


def _made(
    rows: BySite,
    opened: NDArray[np.bool_],
    moves: _Moves,
    nearest: tuple[NDArray[np.int64], NDArray[np.int64]],
    next_best: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Make swaps, best first, as long as no customer is touched by two of them."""
    holder, follower = nearest
    made, touched = opened.copy(), np.zeros(len(next_best), dtype=bool)
    served = _groups(np.concatenate([holder, follower]), len(opened), len(holder))
    for enter, leave in zip(moves.enter.tolist(), moves.leave.tolist(), strict=True):
        if not made[leave]:
            continue
        part = slice(rows.start[enter], rows.start[enter + 1])
        who = rows.customer[part]
        who = np.concatenate(
            [who[rows.cost[part] < next_best[who]], served[0][served[1][leave] : served[1][leave + 1]]]
        )
        if touched[who].any():
            continue
        touched[who] = True
        made[enter], made[leave] = True, False
    return made


def _groups(key: NDArray[np.int64], count: int, length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return customers in the order of a site they hang on, and where those of each site begin."""
    order = np.argsort(key, kind="stable")
    return order % length, np.searchsorted(key[order], np.arange(count + 1))
