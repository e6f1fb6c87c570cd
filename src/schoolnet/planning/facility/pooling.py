"""Pools of limited sizes: an exact program a connected part, one sum after another, verified before it is returned."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from schoolnet.planning.facility.answers import PROVEN
from schoolnet.planning.facility.capacitated_program import silent
from schoolnet.planning.facility.pooling_verify import verify
from schoolnet.planning.facility.problems import Pools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.planning.facility.problems import Pooling

    Sums = tuple[int, int, float]

_ROOM = 1e-6
_HALF = 0.5
_LEAST_SECONDS = 0.05


class _Part(NamedTuple):
    """A connected part: its rows of pairs, its customers and its sites."""

    rows: NDArray[np.int64]
    customers: NDArray[np.int64]
    sites: NDArray[np.int64]


def pool(problem: Pooling, *, seconds: float = 60.0) -> Pools:
    """Return the pools, verified; the same problem gives the same pools, unless time runs out in between.

    A site too few customers can reach is never open. What is left falls into parts no pair connects, each a program in
    whole numbers (HiGHS), solved for the customers left out, then for sizes, then for costs, each sum held for the
    next. There is always an answer: that nobody joins.

    Raises
    ------
    ValueError
        Naming every figure of the problem that cannot be.
    """
    begun = time.monotonic()
    faults = [*_faults(problem)]
    if not seconds > 0:
        faults.append(f"seconds must be above 0: {seconds}")
    if faults:
        raise ValueError("; ".join(faults))
    site = np.full(problem.pairs.customers, -1, dtype=np.int64)
    bounds: Sums = (0, 0, 0.0)
    parts = _parts(problem)
    for part in parts:
        joined, low = _Program(problem, part).solved(begun + seconds)
        site[part.customers] = joined
        bounds = (bounds[0] + low[0], bounds[1] + low[1], bounds[2] + low[2])
    site = _filled(problem, site)
    lonely = len(site) - sum(len(part.customers) for part in parts)
    bounds = (bounds[0] + lonely, *bounds[1:])
    sums = _sums(problem, site)
    exact = sums[:2] == bounds[:2] and sums[2] - bounds[2] <= PROVEN * max(1.0, sums[2])
    bounds = (bounds[0], bounds[1], min(bounds[2], sums[2])) if sums[:2] == bounds[:2] else bounds
    status: Any = "optimal" if exact else "feasible"
    found = Pools(site, np.unique(site[site >= 0]), sums, bounds, status, time.monotonic() - begun)
    verify(problem, found)
    return found


def _faults(problem: Pooling) -> Iterator[str]:
    pairs = problem.pairs
    for name in ("weight", "same"):
        if np.shape(getattr(problem, name)) != (pairs.customers,):
            yield f"{name} must have {pairs.customers} figures, not {np.shape(getattr(problem, name))}"
    if not (np.isfinite(problem.weight) & (np.asarray(problem.weight) >= 0)).all():
        yield "weight must be finite numbers, not negative"
    same = np.asarray(problem.same)
    if len(same) and (same.min() < -1 or same.max() >= pairs.sites):
        yield f"same must lie in -1 to {pairs.sites - 1}"
    elif len(np.unique(same[same >= 0])) < (same >= 0).sum():
        yield "two customers are the same site"
    elif len(same) == pairs.customers and (same[pairs.customer] == pairs.site).any():
        yield "a customer cannot join the site it is itself"
    yield from _misheld(problem)
    if not 1 <= problem.least <= problem.low <= problem.high <= problem.most:
        yield "least, low, high and most must rise in this order, from 1 on"


def _misheld(problem: Pooling) -> Iterator[str]:
    """Yield what is amiss with loads and rooms."""
    for name, count in (("load", problem.pairs.customers), ("room", problem.pairs.sites)):
        figures = np.asarray(getattr(problem, name), dtype=float)
        if figures.shape != (count,) or not ((figures >= 0) & (np.floor(figures) == figures)).all():
            yield f"{name} must be {count} whole numbers, not negative"
    if not np.isfinite(np.asarray(problem.load)).all():
        yield "load must be finite"


def _parts(problem: Pooling) -> list[_Part]:
    """Return the parts no pair connects, of sites that enough customers can reach."""
    pairs = problem.pairs
    reached = np.bincount(pairs.site, minlength=pairs.sites)
    rows = np.flatnonzero(reached[pairs.site] >= problem.least)
    if not len(rows):
        return []
    mine = np.flatnonzero(problem.same >= 0)
    mine = mine[reached[problem.same[mine]] >= problem.least]
    who = np.concatenate([pairs.customer[rows], mine])
    where = np.concatenate([pairs.site[rows], problem.same[mine]]) + pairs.customers
    count = pairs.customers + pairs.sites
    graph = sparse.coo_array((np.ones(len(who)), (who, where)), shape=(count, count))
    label = sparse.csgraph.connected_components(graph, directed=False)[1]
    used = np.unique(np.concatenate([who, where]))
    out = []
    for one in dict.fromkeys(label[used].tolist()):
        nodes = used[label[used] == one]
        own = rows[label[pairs.customer[rows]] == one]
        split = np.searchsorted(nodes, pairs.customers)
        out.append(_Part(own, nodes[:split], nodes[split:] - pairs.customers))
    return out


def _sums(problem: Pooling, site: NDArray[np.int64]) -> Sums:
    """Return the sums of an answer."""
    pairs = problem.pairs
    opened = np.append(np.bincount(site[site >= 0], minlength=pairs.sites), 0)  # -1 is no site
    is_site = opened[problem.same] > 0
    sizes = opened[opened > 0]
    missed = np.maximum(problem.low - sizes, 0) + np.maximum(sizes - problem.high, 0)
    taken = site[pairs.customer] == pairs.site
    cost = float((problem.weight[pairs.customer] * pairs.cost)[taken].sum())
    return int(((site < 0) & ~is_site).sum()), int(missed.sum()), cost


def _filled(problem: Pooling, site: NDArray[np.int64]) -> NDArray[np.int64]:
    """Let everybody left out join the cheapest open site that has room: only an answer short of time leaves one."""
    pairs = problem.pairs
    site, size = site.copy(), np.bincount(site[site >= 0], minlength=pairs.sites)
    room = problem.room - np.bincount(site[site >= 0], problem.load[site >= 0], minlength=pairs.sites)
    for customer in np.flatnonzero(site < 0).tolist():
        if problem.same[customer] >= 0 and size[problem.same[customer]]:
            continue
        for row in range(pairs.start[customer], pairs.start[customer + 1]):
            one = pairs.site[row]
            if 0 < size[one] < problem.most and problem.load[customer] <= room[one]:
                site[customer] = one
                size[one] += 1
                room[one] -= problem.load[customer]
                break
    return site


class _Program:
    """A part as a program: shares of pairs, customers left out, open sites, and how far each is below and above."""

    def __init__(self, problem: Pooling, part: _Part) -> None:
        pairs, self.problem, self.part = problem.pairs, problem, part
        self.who = np.searchsorted(part.customers, pairs.customer[part.rows])
        self.where = np.searchsorted(part.sites, pairs.site[part.rows])
        counts = (len(part.rows), len(part.customers), len(part.sites), len(part.sites), len(part.sites))
        ends = np.cumsum(counts)
        self.x, self.left, self.open, self.below, self.above = (
            np.arange(end - count, end) for count, end in zip(counts, ends, strict=True)
        )
        self.width = int(ends[-1])
        cost = problem.weight[pairs.customer[part.rows]] * pairs.cost[part.rows]
        ones = np.ones(self.width)
        self.aims = [
            self._aim(self.left, ones[self.left]),
            self._aim(np.concatenate([self.below, self.above]), np.ones(2 * len(self.below))),
            self._aim(self.x, cost),
        ]

    def solved(self, until: float) -> tuple[NDArray[np.int64], Sums]:
        """Return the site each customer of the part joins, or -1, and the bounds of its sums."""
        rows, found, bounds = self._rows(), None, [0.0, 0.0, 0.0]
        for at, aim in enumerate(self.aims):
            answer, bound = self._best(aim, rows, until)
            found = answer if answer is not None else found
            bounds[at] = bound if at == len(self.aims) - 1 else float(np.ceil(bound - _ROOM))
            if answer is None or (at < len(bounds) - 1 and aim @ answer > bounds[at] + _HALF):
                break
            rows.append(self._row(np.flatnonzero(aim), aim[aim != 0], high=round(float(aim @ answer)) + _HALF))
        site = np.full(len(self.part.customers), -1, dtype=np.int64)
        if found is not None:
            taken = found[self.x] > _HALF
            site[self.who[taken]] = self.part.sites[self.where[taken]]
        return site, (int(bounds[0]), int(bounds[1]), bounds[2])

    def _best(self, aim: NDArray[np.float64], rows: list[Any], until: float) -> tuple[Any, float]:
        matrices, low, high = zip(*rows, strict=True)
        whole = np.ones(self.width)
        whole[self.below[0] :] = 0  # whole by themselves where all others are
        top = np.ones(self.width)
        top[self.below[0] :] = self.problem.most
        with silent():
            solved = milp(
                aim,
                integrality=whole,
                bounds=Bounds(np.zeros(self.width), top),
                constraints=LinearConstraint(
                    sparse.vstack(matrices, format="csr"), np.concatenate(low), np.concatenate(high)
                ),
                options={"time_limit": max(until - time.monotonic(), _LEAST_SECONDS), "mip_rel_gap": 0.0},
            )
        bound = solved.mip_dual_bound if solved.mip_dual_bound is not None else 0.0
        return solved.x, max(0.0, float(bound)) if np.isfinite(bound) else 0.0

    def _aim(self, columns: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.zeros(self.width)
        out[columns] = values
        return out

    def _rows(self) -> list[Any]:
        problem, part, many = self.problem, self.part, len(self.open)
        at = np.arange(many)
        ones = np.ones(len(self.x))
        site = np.searchsorted(part.sites, problem.same[part.customers])
        own = np.flatnonzero(np.isin(problem.same[part.customers], part.sites))
        each = np.concatenate([self.who, np.arange(len(self.left)), own])
        columns = np.concatenate([self.x, self.left, self.open[site[own]]])
        once = self._row(columns, np.ones(len(each)), each, low=1.0, high=1.0)
        pairs = np.arange(len(self.x))
        linked = self._row(
            np.concatenate([self.x, self.open[self.where]]), np.concatenate([ones, -ones]), np.tile(pairs, 2)
        )

        def sized(sign: int, size: int, slack: NDArray[np.int64] | None = None) -> Any:
            """Hold sign × (customers of a site - size while it is open) at 0 or below, less what it may miss."""
            more = [] if slack is None else [slack]
            values = [sign * ones, np.full(many, -sign * float(size)), *(-np.ones(many) for _ in more)]
            return self._row(
                np.concatenate([self.x, self.open, *more]),
                np.concatenate(values),
                np.concatenate([self.where, at, *(at for _ in more)]),
            )

        sizes = [sized(-1, problem.least), sized(1, problem.most)]
        return [
            once, linked, *sizes, *self._held(), sized(-1, problem.low, self.below),
            sized(1, problem.high, self.above),
        ]  # fmt: skip

    def _held(self) -> list[Any]:
        """Hold what the customers of each site take up within its room, where any has one."""
        room, load = self.problem.room[self.part.sites], self.problem.load[self.part.customers]
        if not np.isfinite(room).any():
            return []
        at, room = np.arange(len(room)), np.minimum(room, load.sum())
        columns, values = np.concatenate([self.x, self.open]), np.concatenate([load[self.who], -room])
        return [self._row(columns, values, np.concatenate([self.where, at]))]

    def _row(self, columns: Any, values: Any, rows: Any = None, *, low: float = -np.inf, high: float = 0.0) -> Any:
        rows = np.zeros(len(columns), dtype=np.int64) if rows is None else rows
        height = int(rows.max(initial=-1)) + 1
        matrix = sparse.csr_array((values, (rows, columns)), shape=(height, self.width))
        return matrix, np.full(height, low), np.full(height, high)
