"""Location problems: brute force, invariants, edges, and a verifier that catches each fault."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolnet.planning.facility.pairs import Pairs
from schoolnet.planning.facility.problems import Centre, Cover, CoverAll, Median
from schoolnet.planning.facility.solving import solve
from schoolnet.planning.facility.verify import ResultError, verify

CASES = 150


def _random(seed, *, whole=None):
    """Return a small random problem: costs, weights, kept sites, p and prices; with ties, gaps, zeros and twins."""
    rng = np.random.default_rng(seed)
    customers, sites = int(rng.integers(1, 11)), int(rng.integers(1, 9))
    cost = rng.integers(0, 8, (customers, sites)).astype(float)
    if not (rng.random() < 0.5 if whole is None else whole):
        cost += rng.random((customers, sites))
    cost[rng.random((customers, sites)) < rng.choice([0.0, 0.3, 0.7])] = np.inf
    if customers > 1 and rng.random() < 0.5:
        cost[-1] = cost[0]
    if rng.random() < 0.1:
        cost[np.isfinite(cost)] = 3.0
    weight = rng.integers(0, 5, customers).astype(float)
    keep = np.sort(rng.choice(sites, int(rng.integers(0, sites + 1)) if rng.random() < 0.5 else 0, replace=False))
    price = rng.integers(0, 5, sites) + (0 if rng.random() < 0.5 else rng.random(sites))
    unserved = rng.integers(0, 9, customers).astype(float) if rng.random() < 0.5 else None
    return cost, weight, keep, int(rng.integers(0, sites + 2)), price, unserved


def _choices(cost, keep, p):
    others = np.setdiff1d(np.arange(cost.shape[1]), keep)
    for count in range(min(p, len(others)) + 1):
        for new in itertools.combinations(others, count):
            opened = np.union1d(keep, new).astype(int)
            nearest = cost[:, opened].min(axis=1) if len(opened) else np.full(len(cost), np.inf)
            yield opened, nearest


def _brute(value, cost, keep, p):
    return min(value(opened, nearest) for opened, nearest in _choices(cost, keep, p))


def _check(result, best):
    if np.isinf(best):
        assert result.status == "infeasible"
        assert result.lacking.sum() > 0
    else:
        assert result.status == "optimal"
        assert result.objective == pytest.approx(best, abs=1e-6)
        assert result.bound == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("seed", range(CASES))
def test_the_median_is_that_of_brute_force(seed):
    cost, weight, keep, p, _, unserved = _random(seed)

    def value(_, nearest):
        left = nearest if unserved is None else np.minimum(nearest, unserved)
        return float((weight[weight > 0] * left[weight > 0]).sum())

    result = solve(Median(Pairs.from_matrix(cost), weight, p, keep, unserved))
    _check(result, _brute(value, cost, keep, p))
    if result.status == "infeasible" and "p" in result.least:
        assert np.isinf(_brute(value, cost, keep, int(result.least["p"]) - 1))
        assert np.isfinite(_brute(value, cost, keep, int(result.least["p"])))


@pytest.mark.parametrize("seed", range(CASES))
def test_the_covering_is_that_of_brute_force(seed):
    cost, weight, keep, p, _, _ = _random(seed)
    weight = weight + (0.25 if seed % 3 else 0)
    best = _brute(lambda _, nearest: -float(weight[np.isfinite(nearest)].sum()), cost, keep, p)
    _check(solve(Cover(Pairs.from_matrix(cost), weight, p, keep)), -best)


@pytest.mark.parametrize("seed", range(CASES))
def test_the_covering_of_all_is_that_of_brute_force(seed):
    cost, _, keep, _, price, _ = _random(seed)
    new = np.where(np.isin(np.arange(len(price)), keep), 0, price)

    def value(opened, nearest):
        return float(new[opened].sum()) if np.isfinite(nearest).all() else np.inf

    _check(solve(CoverAll(Pairs.from_matrix(cost), price, keep)), _brute(value, cost, keep, cost.shape[1]))


@pytest.mark.parametrize("seed", range(CASES))
def test_the_centre_is_that_of_brute_force(seed):
    cost, _, keep, p, _, _ = _random(seed)
    _check(solve(Centre(Pairs.from_matrix(cost), p, keep)), _brute(lambda _, near: float(near.max()), cost, keep, p))


def _spread(seed, customers=60, sites=40, near=0.35):
    rng = np.random.default_rng(seed)
    cost = np.hypot(*(rng.random((customers, 1, 2)) - rng.random((1, sites, 2))).transpose(2, 0, 1))
    return Pairs.from_matrix(cost, cutoff=near), rng.lognormal(2, 1, customers), np.full(customers, near)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), p=st.integers(0, 12), kept=st.integers(0, 4))
def test_invariants_of_a_median(seed, p, kept):
    pairs, weight, unserved = _spread(seed)
    keep = np.arange(kept)
    result = solve(Median(pairs, weight, p, keep, unserved))
    served = np.bincount(result.customer, minlength=pairs.customers)
    assert ((served == 1) ^ (result.unserved > 0)).all()
    assert set(keep) <= set(result.open)
    assert len(result.open) <= p + kept
    more = solve(Median(pairs, weight, p + 1, keep, unserved))
    assert more.objective <= result.objective * (1 + 1e-6)
    fewer = pairs.where(pairs.site != pairs.sites - 1)
    assert result.objective <= solve(Median(fewer, weight, p, keep, unserved)).objective * (1 + 1e-6)
    again = solve(Median(pairs, weight, p, keep, unserved))
    assert (again.open.tolist(), again.objective, again.bound) == (result.open.tolist(), result.objective, result.bound)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), p=st.integers(0, 12), kept=st.integers(0, 4))
def test_invariants_of_a_covering(seed, p, kept):
    pairs, weight, _ = _spread(seed, near=0.12)
    result = solve(Cover(pairs, weight, p, np.arange(kept)))
    assert set(range(kept)) <= set(result.open)
    assert len(result.open) <= p + kept
    assert result.objective <= solve(Cover(pairs, weight, p + 1, np.arange(kept))).objective * (1 + 1e-6)
    fewer = pairs.where(pairs.site != pairs.sites - 1)
    assert solve(Cover(fewer, weight, p, np.arange(kept))).objective <= result.objective * (1 + 1e-6)
    assert solve(Cover(pairs, weight, p, np.arange(kept))).open.tolist() == result.open.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_little_time_gives_an_answer_and_an_honest_bound(seed):
    pairs, weight, unserved = _spread(seed, 600, 600, 0.15)
    problems = [
        Median(pairs, weight, 40, unserved=unserved),
        Median(pairs, weight, 100),
        Cover(pairs, weight, 18),
        CoverAll(pairs, np.ones(pairs.sites)),
        Centre(pairs, 100),
    ]
    for problem in problems:
        long = solve(problem, seconds=0.5)
        sign = -1 if isinstance(problem, Cover) else 1
        for seconds in (0.001, 0.05):
            short = solve(problem, seconds=seconds)
            assert sign * short.bound <= sign * long.objective * (1 + 1e-9 * sign)
            assert sign * short.objective >= sign * long.bound * (1 - 1e-9 * sign)


def test_an_answer_that_is_good_enough_says_how_good():
    pairs, weight, unserved = _spread(1, 800, 800, 0.2)
    result = solve(Median(pairs, weight, 30, unserved=unserved), gap=0.02)
    best = solve(Median(pairs, weight, 30, unserved=unserved))
    assert result.gap <= 0.02
    assert result.bound <= best.objective
    assert best.status == "optimal"


def test_a_problem_without_pairs_or_customers():
    none = Pairs.of([], [], [], customers=3, sites=2)
    weight = np.array([1.0, 2.0, 0.0])
    assert solve(Median(none, weight, 1)).lacking.tolist() == [1, 2, 0]
    left = solve(Median(none, weight, 1, unserved=np.array([1.0, 2.0, 3.0])))
    assert (left.objective, left.status, left.open.tolist()) == (5, "optimal", [])
    assert solve(Cover(none, weight, 1)).objective == 0
    assert solve(CoverAll(none, np.ones(2))).status == "infeasible"
    assert solve(Centre(none, 1)).lacking.tolist() == [1, 1, 1]
    nobody = Pairs.of([], [], [], customers=0, sites=2)
    for problem in (Median(nobody, np.empty(0), 1), Cover(nobody, np.empty(0), 1), Centre(nobody, 1)):
        assert (solve(problem).objective, solve(problem).status) == (0, "optimal")
    assert solve(CoverAll(nobody, np.ones(2), np.array([1]))).open.tolist() == [1]


def test_too_few_sites_say_how_many_are_needed():
    pairs = Pairs.of([0, 1, 2, 3], [0, 0, 1, 2], [1, 2, 1, 1], customers=4, sites=3)
    result = solve(Median(pairs, np.ones(4), 2))
    assert (result.status, result.least, result.lacking.sum()) == ("infeasible", {"p": 3}, 1)
    assert solve(Centre(pairs, 1)).least == {"p": 3}


def test_figures_that_cannot_be_are_named_together():
    pairs = Pairs.of([0], [0], [1], customers=1, sites=1)
    with pytest.raises(ValueError, match=r"weight must be finite.*keep must lie in 0 to 0.*p must not be negative"):
        solve(Median(pairs, np.array([-1.0]), -1, np.array([5])))
    with pytest.raises(ValueError, match="price must have 1 figures"):
        solve(CoverAll(pairs, np.ones(2)))
    with pytest.raises(ValueError, match="seconds must be above 0"):
        solve(Centre(pairs, 1), seconds=0)


def _good():
    pairs = Pairs.from_matrix([[1.0, 5.0, 9.0], [4.0, 2.0, 9.0], [9.0, 9.0, np.inf]])
    problem = Median(pairs, np.array([2.0, 1.0, 1.0]), 1, np.array([1]), np.array([8.0, 8.0, 6.0]))
    return problem, solve(problem)


CORRUPTED = {
    "not in order": {"open": [1, 0]},
    "out of range": {"open": [0, 1, 7]},
    "kept sites are closed": {"open": [0]},
    "2 sites are opened, 1 may be": {"open": [0, 1, 2]},
    "which is closed": {"site": [0, 2]},
    "which it cannot reach": {"customer": [0, 2], "site": [0, 2]},
    "a customer is out of range": {"customer": [0, 9]},
    "differ in length": {"amount": [2.0]},
    "negative amount": {"amount": [-2.0, 1.0]},
    "has 2.0 units: 1.0 served": {"amount": [1.0, 1.0]},
    "is served from 2 sites": {"customer": [0, 0, 1], "site": [0, 1, 1], "amount": [1.0, 1.0, 1.0]},
    "unserved has 1 figures": {"unserved": [1.0]},
    "the objective is 10.0, not 9.0": {"objective": 9.0},
    "passes its own bound": {"bound": 12.0},
    "the gap is": {"gap": 0.5},
    "called optimal with a gap": {"bound": 5.0, "gap": 0.5},
}


@pytest.mark.parametrize("words", CORRUPTED)
def test_the_verifier_catches(words):
    problem, result = _good()
    verify(problem, result)
    wrong = {name: np.array(one) if isinstance(one, list) else one for name, one in CORRUPTED[words].items()}
    with pytest.raises(ResultError, match=words):
        verify(problem, dataclasses.replace(result, **wrong))


def test_the_verifier_catches_a_customer_left_out_where_all_must_be_served():
    problem, result = _good()
    with pytest.raises(ResultError, match="customer 2 is not served"):
        verify(dataclasses.replace(problem, unserved=None), result)
