"""Capacitated location: equal to brute force on small problems, and what must hold on any."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from conftest import deep
from schoolnet.planning.facility import capacitated as module
from schoolnet.planning.facility.capacitated import UnfinishedError, capacitated
from schoolnet.planning.facility.pairs import Pairs
from schoolnet.planning.facility.problems import Capacitated
from schoolnet.planning.facility.verify import verify


def drawn(seed, customers=5, sites=4, *, whole=None):
    """Return a small problem: kept and extendable sites, p, budget, must-serve or not, split or whole."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, customers + 1)), int(rng.integers(1, sites + 1))
    cost = np.where(rng.random((n, m)) < 0.75, rng.integers(0, 12, (n, m)), np.inf)
    keep = np.flatnonzero(rng.random(m) < 0.3)
    rows = []
    for site in range(m):
        if site in keep:
            rows.append((site, int(rng.integers(0, 8)), 0))
        capacities = np.sort(rng.integers(0, 16, int(rng.integers(0, 3)))).tolist()
        rows += [(site, units, int(rng.integers(1, 5)) + units * int(rng.integers(0, 3))) for units in capacities]
    rows = np.array(rows, dtype=float).reshape(-1, 3)[rng.permutation(len(rows))]
    return Capacitated(
        Pairs.from_matrix(cost),
        rng.integers(0, 7, n).astype(float),
        rows[:, 0].astype(np.int64),
        rows[:, 1],
        rows[:, 2],
        keep=keep,
        whole=bool(rng.random() < 0.5) if whole is None else whole,
        p=int(rng.integers(0, 3)) if rng.random() < 0.5 else None,
        budget=float(rng.integers(0, 40)) if rng.random() < 0.5 else None,
        unserved=rng.integers(0, 20, n).astype(float) if rng.random() < 0.6 else None,
    )


def choices(problem):
    """Yield capacities of the sites and the price of each choice of sizes that p and the budget allow."""
    kept = set(problem.keep.tolist())
    options = []
    for site in range(problem.pairs.sites):
        rows = np.flatnonzero(problem.size_site == site).tolist()
        options.append(rows if site in kept else [None, *rows])
    for choice in itertools.product(*options):
        taken = [row for row in choice if row is not None]
        price = float(problem.size_price[taken].sum())
        if problem.p is not None and len({int(problem.size_site[row]) for row in taken} - kept) > problem.p:
            continue
        if problem.budget is not None and price > problem.budget:
            continue
        room = np.zeros(problem.pairs.sites)
        room[problem.size_site[taken]] = problem.size_capacity[taken]
        yield room, price


def split_best(problem, room):
    """Return the least sum of serving with given room, by a dense linear program."""
    cost, n = problem.pairs.to_matrix(), problem.pairs.customers
    reach = np.isfinite(cost)
    lost = np.full(n, 1e6) if problem.unserved is None else problem.unserved
    c = np.append(np.where(reach, cost, 0.0), lost[:, None], axis=1)
    m = c.shape[1]
    balance = np.kron(np.eye(n), np.ones(m))
    load = np.tile(np.eye(m)[:-1], n)
    high = np.append(np.where(reach, np.inf, 0.0), np.full((n, 1), np.inf), axis=1).ravel()
    found = linprog(c.ravel(), load, room, balance, problem.demand, [(0, one) for one in high])
    if problem.unserved is None and found.x.reshape(n, m)[:, -1].sum() > 1e-7:
        return np.inf
    return found.fun


def whole_best(problem, room):
    cost, best = problem.pairs.to_matrix(), np.inf
    ends = [np.inf] * problem.pairs.customers if problem.unserved is None else problem.unserved.tolist()

    def go(customer, room, total):
        nonlocal best
        if total >= best:
            return
        if customer == len(ends):
            best = total
            return
        units = problem.demand[customer]
        for site in np.flatnonzero(np.isfinite(cost[customer]) & (room >= units)).tolist():
            less = room.copy()
            less[site] -= units
            go(customer + 1, less, total + cost[customer, site] * units)
        go(customer + 1, room, total + (ends[customer] * units if units else 0.0))

    go(0, room, 0.0)
    return best


def brute(problem):
    serve = whole_best if problem.whole else split_best
    return min((price + serve(problem, room) for room, price in choices(problem)), default=np.inf)


def valid(problem):
    return set(problem.keep.tolist()) <= set(problem.size_site.tolist())


def check(problem, found, best):
    verify(problem, found)
    if np.isinf(best):
        assert found.status == "infeasible"
        return
    assert found.status == "optimal"
    assert found.objective == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("seed", range(400))
def test_the_answer_is_that_of_brute_force(seed):
    problem = drawn(seed)
    check(problem, capacitated(problem, seconds=30, gap=0, seed=0), brute(problem))


@pytest.mark.parametrize("seed", range(1000, 1120))
def test_the_way_of_large_problems_finds_the_same(seed, monkeypatch):
    monkeypatch.setattr(module, "SMALL", -1)
    monkeypatch.setattr(module, "EASY", 0)
    monkeypatch.setattr(module, "WIDER", 1.3)  # several parts, pairs left out of all but the last
    problem = drawn(seed)
    check(problem, capacitated(problem, seconds=30, gap=0, seed=0), brute(problem))


@pytest.mark.parametrize("seed", range(60))
def test_a_bound_is_never_passed_by_the_best_answer(seed):
    from schoolnet.planning.facility.capacitated_bound import priced
    from schoolnet.planning.facility.capacitated_model import ready

    problem = drawn(seed + 5000, customers=5, sites=4)
    best = brute(problem)
    model = ready(problem)
    if np.isfinite(best) and np.isfinite(model.unserved).all():
        assert priced(model, seconds=5, gap=0.0).bound.value <= best + 1e-6 * max(1.0, best)


def test_the_solver_prints_nothing(capfd):
    from schoolnet.planning.facility.capacitated_program import silent

    with silent():
        os.write(1, b"a line of a library")
    os.write(1, b"a line of ours")
    solved(large(whole=True, customers=60, sites=20), gap=0.02)
    assert capfd.readouterr().out == "a line of ours"


def small(**more):
    """Two customers of 3 and 5 units, two sites: 0 is kept with 4 units (10 for 9 more), 1 is new (6 units for 7)."""
    given = {
        "pairs": Pairs.from_matrix(np.array([[1.0, 2.0], [4.0, 1.0]])),
        "demand": np.array([3.0, 5.0]),
        "size_site": np.array([0, 0, 1]),
        "size_capacity": np.array([4.0, 13.0, 6.0]),
        "size_price": np.array([0.0, 10.0, 7.0]),
        "keep": np.array([0]),
    }
    return Capacitated(**{**given, **more})


def solved(problem, seconds=30.0, gap=0.0, seed=0):
    found = capacitated(problem, seconds=seconds, gap=gap, seed=seed)
    verify(problem, found)
    return found


def test_a_new_site_is_opened_where_that_is_cheapest():
    found = solved(small())
    assert found.objective == 7 + 3 + 5
    assert found.open.tolist() == [0, 1]
    assert found.size.tolist() == [0, 2]


def test_a_kept_site_is_extended_where_no_new_one_may_be():
    found = solved(small(p=0))
    assert found.objective == 10 + 3 + 20
    assert found.size.tolist() == [1]


def test_without_money_or_sites_the_least_that_is_needed_is_said():
    found = solved(small(p=0, budget=5.0))
    assert found.status == "infeasible"
    assert found.lacking.sum() == pytest.approx(4)
    assert found.least == pytest.approx({"p": 1, "budget": 10, "capacity": 8}) or found.least == pytest.approx(
        {"budget": 10}
    )


def test_a_budget_too_small_for_kept_sites_is_said():
    found = solved(small(size_price=np.array([3.0, 10.0, 7.0]), budget=2.0))
    assert found.status == "infeasible"
    assert found.least["budget"] == pytest.approx(10)


def test_too_little_capacity_is_said():
    found = solved(small(demand=np.array([30.0, 5.0])))
    assert found.status == "infeasible"
    assert found.lacking.sum() == pytest.approx(16)
    assert found.least == {"capacity": 35.0}


def test_too_few_sites_are_said():
    problem = Capacitated(
        Pairs.from_matrix(np.where(np.eye(3) > 0, 1.0, np.inf)), np.ones(3), np.arange(3), np.ones(3), np.ones(3), p=1
    )
    found = solved(problem)
    assert found.status == "infeasible"
    assert found.lacking.sum() == pytest.approx(2)
    assert found.least["p"] == 3


@pytest.mark.parametrize("whole", [False, True])
def test_nothing_to_do_is_done(whole):
    none = np.empty(0, dtype=np.int64)
    empty = Capacitated(Pairs.of(none, none, none, customers=0, sites=0), none * 1.0, none, none * 1.0, none * 1.0)
    assert solved(replace(empty, whole=whole)).status == "optimal"
    lonely = replace(
        small(whole=whole, unserved=np.array([2.0, 3.0])), pairs=Pairs.of([], [], [], customers=2, sites=2)
    )
    assert solved(lonely).objective == 6 + 15
    assert solved(small(whole=whole, demand=np.zeros(2))).objective == 0
    closed = small(whole=whole, size_capacity=np.zeros(3), unserved=np.array([2.0, 3.0]))
    assert solved(closed).objective == 6 + 15
    assert solved(replace(closed, size_capacity=np.full(3, np.inf), budget=0.0)).open.tolist() == [0]
    assert solved(small(whole=whole, demand=np.array([30.0, 50.0]), unserved=np.array([5.0, 5.0]))).status == "optimal"


def test_faults_are_named_all_at_once():
    with pytest.raises(ValueError, match=r"demand must have 2 figures.*size_price must be.*kept sites have no size"):
        solved(small(demand=np.ones(3), size_price=-np.ones(3), size_site=np.ones(3, dtype=np.int64)))


def large(seed=0, customers=400, sites=80, **more):
    rng = np.random.default_rng(seed)
    homes, places = rng.random((customers, 2)) * 100, rng.random((sites, 2)) * 100
    away = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1))
    given = {
        "pairs": Pairs.from_matrix(away, cutoff=45.0),
        "demand": rng.integers(1, 60, customers).astype(float),
        "size_site": np.concatenate([np.arange(sites), np.arange(sites)]),
        "size_capacity": np.repeat([300.0, 900.0], sites),
        "size_price": np.concatenate([np.where(np.arange(sites) < 15, 0.0, 3000.0), np.full(sites, 7000.0)]),
        "keep": np.arange(15),
        "unserved": np.full(customers, 200.0),
    }
    return Capacitated(**{**given, **more})


@pytest.mark.parametrize("whole", [False, True])
def test_time_is_kept_and_an_answer_given(whole):
    found = solved(large(whole=whole), seconds=0.05)
    assert found.seconds < 0.5
    assert found.status in ("feasible", "optimal")
    assert found.bound <= found.objective


def test_too_short_a_time_is_no_proof_that_there_is_no_answer():
    with pytest.raises(UnfinishedError, match="more seconds"):
        solved(large(unserved=None, p=17), seconds=0.05)


@pytest.mark.parametrize("limit", [6_000, -1])
@pytest.mark.parametrize("whole", [False, True])
def test_the_same_seed_gives_the_same_answer_where_no_clock_cuts_it(whole, limit, monkeypatch):
    monkeypatch.setattr(module, "SMALL", limit)
    problem = large(whole=whole, customers=40, sites=20, demand=np.arange(40) + 40.0)
    one, two = (solved(problem, seconds=60, gap=0.05) for _ in range(2))
    assert one.open.tolist() == two.open.tolist()
    assert one.objective == two.objective


@pytest.mark.slow
@given(st.integers(0, 10**6))
@deep(60)
def test_more_money_sites_or_choice_is_never_worse(seed):
    problem = drawn(seed, customers=7, sites=6)
    found = solved(problem)
    wider = [
        replace(problem, p=None if problem.p is None else problem.p + 1),
        replace(problem, budget=None if problem.budget is None else problem.budget + 7),
        replace(
            problem,
            size_site=np.append(problem.size_site, 0),
            size_capacity=np.append(problem.size_capacity, 9.0),
            size_price=np.append(problem.size_price, 2.0),
        ),
        replace(problem, demand=np.maximum(problem.demand - 1, 0)) if not problem.whole else problem,
    ]
    for more in wider:
        again = solved(more)
        if found.status != "infeasible":
            assert again.objective <= found.objective + 1e-6
        elif problem.unserved is None and again.status == "infeasible":
            assert again.lacking.sum() <= found.lacking.sum() + 1e-6


@given(st.integers(0, 10**6))
@deep(60)
def test_every_unit_is_served_once_or_named(seed):
    problem = drawn(seed, customers=8, sites=6)
    found = solved(problem)
    if found.status == "infeasible":
        assert found.lacking.sum() > 0 or "budget" in found.least
        return
    served = np.bincount(found.customer, found.amount, problem.pairs.customers)
    assert served + found.unserved == pytest.approx(problem.demand)
    load = np.bincount(found.site, found.amount, problem.pairs.sites)
    room = dict(zip(found.open.tolist(), problem.size_capacity[found.size].tolist(), strict=True))
    assert all(load[site] <= room.get(site, 0.0) + 1e-6 for site in range(problem.pairs.sites))
    assert set(problem.keep.tolist()) <= set(found.open.tolist())
