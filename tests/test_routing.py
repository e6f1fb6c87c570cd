"""Loops of buses: against all ways there are, against a slow savings heuristic, and on paper."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolnet.planning.routing import Kind, Loop, cost, routes

#: 16, 24 and 40 seats: price by ten years, driver and repairs (million tenge a year), fuel of a metre twice a day.
KINDS = [Kind(16, 7.0, 1.6e-5), Kind(24, 8.0, 2.6e-5), Kind(40, 10.0, 3.3e-5)]


def world(places, kmh=45.0):
    """Return minutes and metres between places in metres, the first the school, in straight lines."""
    at = np.array(places, float)
    metres = np.hypot(*(at[:, None] - at[None]).T).T
    return metres / 1000 / kmh * 60, metres


def drawn(seed, count, *, most=20, wide=15_000):
    """Return a random world whose ways there and back differ, as one-way streets make them."""
    random = np.random.default_rng(seed)
    minutes, metres = world(np.vstack([[0, 0], random.uniform(-wide, wide, (count, 2))]))
    other = random.uniform(1.0, 1.2, metres.shape)
    return minutes * other, metres * other, random.integers(1, most, count).tolist()


def ride(stops, minutes, stop_min):
    return sum(minutes[leg] for leg in pairwise((*stops, 0))) + stop_min * len(stops)


def proven(loops, minutes, demand, cap, kinds, stop_min):
    """Check loads, seats, that everybody is brought once, and rides."""
    brought = dict.fromkeys(range(1, len(demand) + 1), 0)
    for loop in loops:
        assert sum(loop.loads) <= kinds[loop.kind].seats
        assert min(loop.loads) > 0
        for stop, load in zip(loop.stops, loop.loads, strict=True):
            brought[stop] += load
        assert len(loop.stops) == 1 or ride(loop.stops, minutes, stop_min) <= cap + 1e-3
    assert [*brought.values()] == [*demand]


def groupings(items):
    if not items:
        yield []
        return
    for rest in groupings(items[1:]):
        yield [[items[0]], *rest]
        for at, group in enumerate(rest):
            yield [*rest[:at], [items[0], *group], *rest[at + 1 :]]


def cheapest(minutes, metres, demand, cap, kinds, stop_min):
    """Return the least cost there is: every way to group the stops, every order of each group, every kind of bus."""
    best = {}
    for groups in groupings([*range(1, len(demand) + 1)]):
        total = 0.0
        for group in groups:
            key = tuple(sorted(group))
            if key not in best:
                load = sum(demand[one - 1] for one in group)
                best[key] = min(
                    (
                        kind.fixed + kind.per_m * sum(metres[leg] for leg in pairwise((0, *order, 0)))
                        for order in permutations(group)
                        for kind in kinds
                        if load <= kind.seats and (len(order) == 1 or ride(order, minutes, stop_min) <= cap)
                    ),
                    default=np.inf,
                )
            total += best[key]
        best["all"] = min(best.get("all", np.inf), total)
    return best["all"]


def by_savings(minutes, metres, demand, cap, kinds, stop_min):
    """Return the cost of Clarke and Wright's loops, the plain way: ends joined in the order of metres saved."""
    loops = {one: [one] for one in range(1, len(demand) + 1)}

    def price(stops):
        load = sum(demand[one - 1] for one in stops)
        way = sum(metres[leg] for leg in pairwise((0, *stops, 0)))
        return min((kind.fixed + kind.per_m * way for kind in kinds if load <= kind.seats), default=np.inf)

    saved = sorted(
        ((metres[a, 0] + metres[0, b] - metres[a, b], a, b) for a in loops for b in loops if a != b), reverse=True
    )
    for _, a, b in saved:
        first, second = loops[a], loops[b]
        joined = first + second
        if first is second or first[-1] != a or second[0] != b or ride(joined, minutes, stop_min) > cap:
            continue
        if price(joined) <= price(first) + price(second):
            for one in joined:
                loops[one] = joined
    return sum(price(stops) for stops in {id(one): one for one in loops.values()}.values())


def test_two_villages_on_one_road_share_a_bus():
    """School at 0, villages at 3 and 6 km: out 6 km, both on the way back, 12 min at 30 km/h and two stops."""
    minutes, metres = world([(0, 0), (3000, 0), (6000, 0)], kmh=30)
    loops = routes(minutes, metres, [5, 7], 60, KINDS, stop_min=1)
    assert loops == [Loop(0, (2, 1), (7, 5))]
    assert cost(loops, metres, KINDS) == pytest.approx(7.0 + 12_000 * 1.6e-5)
    assert ride((2, 1), minutes, 1) == pytest.approx(14)


@pytest.mark.parametrize(("cap", "buses"), [(14.0, 1), (13.9, 2)])
def test_the_longest_ride_parts_them(cap, buses):
    minutes, metres = world([(0, 0), (3000, 0), (6000, 0)], kmh=30)
    assert len(routes(minutes, metres, [5, 7], cap, KINDS, stop_min=1)) == buses


@pytest.mark.parametrize(
    ("pupils", "seats"), [(1, [16]), (16, [16]), (17, [24]), (25, [40]), (40, [40]), (41, [24, 24]), (90, [16, 40, 40])]
)
def test_a_single_stop_has_the_cheapest_buses_that_hold_it(pupils, seats):
    """41: two of 24 (16 a year) rather than 40 + 16 (17); 90: 40 + 40 + 16 (27), not 40 + 24 + 24 + 16."""
    minutes, metres = world([(0, 0), (1, 0)])
    loops = routes(minutes, metres, [pupils], 60, KINDS)
    assert sorted(KINDS[one.kind].seats for one in loops) == seats
    proven(loops, minutes, [pupils], 60, KINDS, 0)


def test_a_bus_that_is_there_is_used_before_one_is_bought():
    """A free bus of 40 costs only fuel: 6 km x 3.3e-5 = 0.198, less than 7 + 0.096 for a small one; once only."""
    minutes, metres = world([(0, 0), (3000, 0), (-3000, 0)])
    kinds = [*KINDS[:2], KINDS[2]._replace(free=1)]
    assert [one.kind for one in routes(minutes, metres, [5], 60, kinds)] == [2]
    loops = routes(minutes, metres, [30, 12], 60, kinds)
    assert [(one.kind, one.stops) for one in loops] == [(0, (2,)), (2, (1,))]


def test_a_stop_beyond_the_longest_ride_has_a_bus_of_its_own():
    minutes, metres = world([(0, 0), (30_000, 0), (29_000, 0)], kmh=30)
    assert len(routes(minutes, metres, [2, 2], 30, KINDS)) == 2


def test_nobody_to_bring_is_no_bus():
    minutes, metres = world([(0, 0)])
    assert routes(minutes, metres, [], 60, KINDS) == []


@pytest.mark.parametrize("seed", range(40))
def test_tiny_worlds_are_solved_as_all_ways_tried_one_by_one(seed):
    """Up to four stops exactly; five and six, by search, no worse than a hair above the best there is."""
    count = 2 + seed % 5
    minutes, metres, demand = drawn(seed, count)
    for cap, stop_min in ((45.0, 1.0), (25.0, 0.0)):
        loops = routes(minutes, metres, demand, cap, KINDS, stop_min=stop_min)
        proven(loops, minutes, demand, cap, KINDS, stop_min)
        best = cheapest(minutes, metres, demand, cap, KINDS, stop_min)
        assert cost(loops, metres, KINDS) == pytest.approx(best, rel=1e-9 if count <= 4 else 1e-3)


@pytest.mark.parametrize("seed", range(60))
def test_it_is_never_worse_than_the_savings_heuristic(seed):
    count = 5 + seed % 26
    minutes, metres, demand = drawn(1000 + seed, count, most=(8, 20, 40)[seed % 3], wide=(8_000, 20_000)[seed % 2])
    for kinds in (KINDS, KINDS[1:]):
        loops = routes(minutes, metres, demand, 50, kinds, stop_min=1, rounds=50)
        proven(loops, minutes, demand, 50, kinds, 1)
        assert cost(loops, metres, kinds) <= by_savings(minutes, metres, demand, 50, kinds, 1) * (1 + 1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 120), st.integers(0, 3))
def test_whatever_the_world_everybody_is_brought_once_and_in_time(seed, count, most, free):
    minutes, metres, _ = drawn(seed, count)
    demand = np.random.default_rng(seed).integers(1, most + 1, count).tolist()
    kinds = [one._replace(free=free) for one in KINDS]
    found = [routes(minutes, metres, demand, 40, kinds, stop_min=1, rounds=20, seed=seed) for _ in range(2)]
    proven(found[0], minutes, demand, 40, kinds, 1)
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "kinds", [[Kind(24, 0.0, 0.0)], [Kind(24, 8.0, 0.0)], [Kind(24, 0.0, 1e-5)], [Kind(24, 1e9, 1e4)]]
)
def test_prices_may_be_nought_or_very_high(kinds):
    minutes, metres, demand = drawn(7, 9)
    proven(routes(minutes, metres, demand, 40, kinds, stop_min=1, rounds=30), minutes, demand, 40, kinds, 1)


def test_a_way_that_is_not_there_is_not_driven():
    """Two villages with no way between them: each has a bus, though one would hold both."""
    minutes, metres = world([(0, 0), (3000, 0), (3100, 0), (5000, 0), (-3000, 0), (-3100, 0)])
    for array in (minutes, metres):
        array[1:4, 4:] = array[4:, 1:4] = np.inf
    loops = routes(minutes, metres, [1, 1, 1, 1, 1], 60, KINDS)
    assert sorted(sorted(one.stops) for one in loops) == [[1, 2, 3], [4, 5]]
