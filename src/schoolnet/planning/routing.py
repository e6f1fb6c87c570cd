"""Loops of the buses of one school: plain arrays in, loops out; the one place that knows PyVRP.

A bus stands at the school, drives out empty, picks pupils up stop after stop and brings them back. Solved the other way
round in time - from the school, loaded, at minute 0 -, the moment a bus reaches a stop is exactly the ride of those who
get on there, and the way from the last stop back costs metres but no ride: so the longest ride is a time window.
"""

from __future__ import annotations

from itertools import chain, combinations, pairwise, permutations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Order = tuple[int, ...]

_FEW = 4  # so many and fewer are solved by looking at all ways
_UNITS = 50_000  # whole units of cost of the dearest bus alone: beside them the solver's penalties are high enough
_TICKS = 600  # whole units of time a minute
_FAR = 10**7  # units of a way there is not
_HAIR = 1e-9


class Kind(NamedTuple):
    """A kind of bus: its seats, what one costs, what a metre of its loop costs, and how many are paid for already."""

    seats: int
    fixed: float
    per_m: float
    free: int = 0


class Loop(NamedTuple):
    """One bus: its kind, its stops in the order to school, and how many get on at each."""

    kind: int
    stops: tuple[int, ...]
    loads: tuple[int, ...]


class _Task(NamedTuple):
    """Clients from 1 on (0: the school), none of more pupils than the largest bus seats."""

    minutes: Floats
    metres: Floats
    load: NDArray[np.int64]
    cap_min: float
    stop_min: float
    kinds: tuple[Kind, ...]


def routes(
    minutes: Floats,
    metres: Floats,
    demand: Sequence[int],
    cap_min: float,
    kinds: Sequence[Kind],
    *,
    stop_min: float = 0.0,
    rounds: int = 300,
    seed: int = 1,
) -> list[Loop]:
    """Return the loops that bring all pupils to school for the least cost found.

    Up to four stops are solved by looking at every way; more by iterated local search, begun with savings
    heuristics and never worse than they are. The same arrays give the same loops: the search ends after rounds, not
    seconds.

    Parameters
    ----------
    minutes, metres
        Of the quickest way from each place to each other, (n + 1, n + 1); place 0 is the school. Infinite: none.
    demand
        Pupils at each stop, from place 1 on. More than one bus should take are parted as the cheapest buses of a stop
        by itself would part them; all others stay together.
    cap_min
        Longest ride, the stop of getting on counted; a stop that is farther by itself has a bus of its own.
    kinds
        Buses to choose from, smallest first; the free ones cost no `fixed`.
    stop_min
        Minutes a bus stands at a stop.
    rounds, seed
        Of the search.

    Notes
    -----
    Savings: Clarke and Wright 1964, doi:10.1287/opre.12.4.568. Search: PyVRP, doi:10.1287/ijoc.2023.0055.
    """
    place, load = _parted(demand, metres, kinds)
    at = np.array([0, *place])
    task = _Task(minutes[np.ix_(at, at)], metres[np.ix_(at, at)], np.array([0, *load]), cap_min, stop_min, tuple(kinds))
    orders = _every(task) if len(load) <= _FEW else _searched(task, rounds, seed)
    return sorted(_loop(at, task, order, kind) for order, kind in zip(orders, _buses(task, orders)[0], strict=True))


def cost(loops: Sequence[Loop], metres: Floats, kinds: Sequence[Kind]) -> float:
    """Return what loops cost, none of their buses free."""
    return float(sum(kinds[one.kind].fixed + kinds[one.kind].per_m * length(one.stops, metres) for one in loops))


def length(stops: Sequence[int], metres: Floats) -> float:
    """Return the metres of a loop from the school through some stops and back."""
    return float(sum(metres[leg] for leg in pairwise((0, *stops, 0))))


def _loop(at: NDArray[np.int64], task: _Task, order: Order, kind: int) -> Loop:
    """Return a loop of places; two parts of one stop that a bus takes one after the other are one call."""
    calls: list[list[int]] = []
    for client in order:
        place, load = int(at[client]), int(task.load[client])
        if calls and calls[-1][0] == place:
            calls[-1][1] += load
        else:
            calls.append([place, load])
    return Loop(kind, tuple(place for place, _ in calls), tuple(load for _, load in calls))


def _parted(demand: Sequence[int], metres: Floats, kinds: Sequence[Kind]) -> tuple[list[int], list[int]]:
    """Return clients, place and pupils: each stop as the cheapest buses for it alone would share its pupils."""
    place, load = [], []
    for at, pupils in enumerate(demand, start=1):
        price = [one.fixed + one.per_m * (metres[0, at] + metres[at, 0]) for one in kinds]
        best: list[tuple[float, list[int]]] = [(0.0, [])]
        for count in range(1, pupils + 1):
            ways = (best[max(0, count - one.seats)] for one in kinds)
            more = [
                (paid + own, [*seats, one.seats]) for (paid, seats), own, one in zip(ways, price, kinds, strict=True)
            ]
            best.append(min(more, key=lambda way: (way[0], len(way[1]))))
        left = pupils
        for seats in sorted(best[pupils][1], reverse=True):
            place.append(at)
            load.append(min(seats, left))
            left -= load[-1]
    return place, load


def _ride(task: _Task, order: Order) -> float:
    """Return the minutes of the first to get on, his own stop counted."""
    return float(sum(task.minutes[leg] for leg in pairwise((*order, 0)))) + task.stop_min * len(order)


def _fits(task: _Task, order: Order) -> bool:
    seats = max(one.seats for one in task.kinds)
    return int(task.load[[*order]].sum()) <= seats and (len(order) == 1 or _ride(task, order) <= task.cap_min)


def _prices(task: _Task, load: Any, metres: Any) -> Floats:
    """Return what each loop costs by each kind, fixed cost apart: (loops, kinds); infinite where it is too small."""
    seats = np.array([one.seats for one in task.kinds])
    per_m = np.array([one.per_m for one in task.kinds])
    return np.where(np.asarray(load)[..., None] <= seats, np.asarray(metres)[..., None] * per_m, np.inf)


def _buses(task: _Task, orders: Sequence[Order]) -> tuple[list[int], float]:
    """Return the cheapest kinds for some loops, each free bus used once, and what all costs."""
    load = [int(task.load[[*order]].sum()) for order in orders]
    prices = _prices(task, load, [length(order, task.metres) for order in orders])
    bought = prices + np.array([one.fixed for one in task.kinds])
    own = bought.argmin(axis=1)
    free = np.repeat(np.arange(len(task.kinds)), [one.free for one in task.kinds])
    if not len(free):
        return own.tolist(), float(bought.min(axis=1).sum())
    table = np.hstack([prices[:, free], np.repeat(bought.min(axis=1)[:, None], len(orders), axis=1)])
    row, column = linear_sum_assignment(np.where(np.isfinite(table), table, table[np.isfinite(table)].sum() + 1))
    kinds = [int(free[to]) if to < len(free) else int(own[at]) for at, to in zip(row, column, strict=True)]
    return kinds, float(table[row, column].sum())


def _every(task: _Task) -> list[Order]:
    """Return the best loops of a few clients: all ways to share them among buses, all orders of each."""
    clients = range(1, len(task.load))
    best: dict[Order, Order] = {}
    for some in chain.from_iterable(combinations(clients, count) for count in range(1, len(task.load))):
        fits = [order for order in permutations(some) if _fits(task, order)]
        if fits:
            best[some] = min(fits, key=lambda order: (length(order, task.metres), _ride(task, order), order))
    ways = [[best[some] for some in parts] for parts in _partitions([*clients]) if all(some in best for some in parts)]
    return min(ways, key=lambda orders: (_buses(task, orders)[1], len(orders)))


def _partitions(items: list[int]) -> Iterator[list[Order]]:
    """Yield all ways to part some items into groups."""
    if not items:
        yield []
        return
    first, *rest = items
    for count in range(len(rest) + 1):
        for mates in combinations(rest, count):
            left = [one for one in rest if one not in mates]
            yield from ([(first, *mates), *parts] for parts in _partitions(left))


def _savings(task: _Task, by: str) -> list[Order]:
    """Return loops by the savings heuristic: of all pairs the one whose joining saves most is joined, till none does.

    `by`: what is saved, cost or metres (of those that cost no more).
    """
    orders: list[Order] = [(client,) for client in range(1, len(task.load))]
    seats = max(one.seats for one in task.kinds)
    fixed = np.array([one.fixed for one in task.kinds])
    while len(orders) > 1:
        first, last = np.array([order[0] for order in orders]), np.array([order[-1] for order in orders])
        load = np.array([task.load[[*order]].sum() for order in orders])
        metres = np.array([length(order, task.metres) for order in orders])
        ride = np.array([_ride(task, order) for order in orders])
        joint = task.metres[np.ix_(last, first)] - task.metres[last, 0][:, None] - task.metres[0, first]
        took = (ride - task.minutes[last, 0])[:, None] + task.minutes[np.ix_(last, first)] + ride
        fits = (load[:, None] + load <= seats) & (took <= task.cap_min) & ~np.eye(len(orders), dtype=bool)
        alone = (_prices(task, load, metres) + fixed).min(axis=1)
        together = _prices(task, load[:, None] + load, np.where(fits, metres[:, None] + metres + joint, 0.0)) + fixed
        cheaper = alone[:, None] + alone - together.min(axis=2)
        saved = np.where(fits & (cheaper >= 0), cheaper if by == "cost" else -joint, -np.inf)
        a, b = np.unravel_index(int(saved.argmax()), saved.shape)
        if saved[a, b] <= _HAIR:
            break
        orders = [*(one for at, one in enumerate(orders) if at not in (a, b)), orders[a] + orders[b]]
    return orders


def _searched(task: _Task, rounds: int, seed: int) -> list[Order]:
    """Return the best of both savings heuristics and of what the search makes of it.

    The search changes the size of a bus unwillingly: it is asked with all kinds, without the smallest, and so on.
    """
    best = min((_savings(task, by) for by in ("cost", "metres")), key=lambda orders: _buses(task, orders)[1])
    for least in range(len(task.kinds)):
        fewer = task._replace(kinds=task.kinds[least:])
        best = min([best, _improved(fewer, best, rounds, seed)], key=lambda orders: _buses(task, orders)[1])
    return best


def _improved(task: _Task, begun: list[Order], rounds: int, seed: int) -> list[Order]:
    """Return what iterated local search makes of some loops."""
    import pyvrp
    from pyvrp.stop import MaxIterations

    data, kind_of = _data(task)
    bought = {kind: at for at, (kind, free) in enumerate(kind_of) if not free}
    kinds = _buses(task._replace(kinds=tuple(one._replace(free=0) for one in task.kinds)), begun)[0]
    given = [
        pyvrp.Route(data, [client - 1 for client in reversed(order)], bought[kind])
        for order, kind in zip(begun, kinds, strict=True)
    ]
    first = pyvrp.Solution(data, given)
    found = pyvrp.solve(
        data, MaxIterations(rounds), seed=seed, collect_stats=False, display=False, initial_solution=first
    )
    orders = [
        tuple(visit.idx + 1 for visit in reversed(list(route)) if visit.is_client()) for route in found.best.routes()
    ]
    return orders if found.is_feasible() and all(_fits(task, order) for order in orders) else begun


def _data(task: _Task) -> tuple[Any, list[tuple[int, bool]]]:
    """Return the task as PyVRP's, and of each of its kinds of vehicle our kind, and whether it is free."""
    import pyvrp

    count = len(task.load) - 1
    alone = task.metres[0] + task.metres[:, 0]
    dearest = max(one.fixed + one.per_m * alone.max() for one in task.kinds)
    unit = _UNITS / dearest if dearest > 0 else 1.0
    kind_of = [(at, False) for at in range(len(task.kinds))]
    kind_of += [(at, True) for at, one in enumerate(task.kinds) if one.free]
    types = [
        pyvrp.VehicleType(
            min(task.kinds[at].free, count) if free else count, [task.kinds[at].seats], profile=at,
            fixed_cost=0 if free else round(task.kinds[at].fixed * unit),
        )
        for at, free in kind_of
    ]  # fmt: skip
    took = _whole(np.ceil(task.minutes.T * _TICKS - _HAIR))
    stop = int(np.ceil(task.stop_min * _TICKS))
    cap = int((task.cap_min - task.stop_min) * _TICKS) if np.isfinite(task.cap_min) else _FAR
    clients = [
        pyvrp.Client(at, delivery=[int(task.load[at])], service_duration=stop, tw_late=max(cap, int(took[0, at])))
        for at in range(1, count + 1)
    ]
    places = [pyvrp.Location(0, 0)] * (count + 1)
    costs = [_whole(np.rint(task.metres.T * one.per_m * unit)) for one in task.kinds]
    return pyvrp.ProblemData(places, clients, [pyvrp.Depot(0)], types, costs, [took] * len(task.kinds)), kind_of


def _whole(values: Floats) -> Any:
    return np.where(np.isfinite(values), values, _FAR).clip(0, _FAR).astype(np.int64)
