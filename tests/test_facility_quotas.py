"""Maximal covering with a quota for each group: by hand, against brute force, and what cannot be met in numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import deep
from schoolnet.planning.facility.pairs import Pairs
from schoolnet.planning.facility.problems import Cover
from schoolnet.planning.facility.solving import solve
from schoolnet.planning.facility.verify import ResultError, verify


def cover(reach, weight, p, group, least, keep=(), rival=None):
    """Return a problem of a table of 0 and 1, customers down and sites across."""
    pairs = Pairs.from_matrix(np.where(np.asarray(reach) > 0, 0.0, np.inf))
    asked = (np.array(group, dtype=np.int64), np.array(least, dtype=np.int64))
    others = None if rival is None else np.array(rival, dtype=np.int64)
    return Cover(pairs, np.array(weight, dtype=float), p, np.array(keep, dtype=np.int64), *asked, others)


def brute(problem):
    """Return the greatest weight covered over every choice of sites; None where no choice keeps the quotas."""
    pairs, best = problem.pairs, None
    reach = np.zeros((pairs.customers, pairs.sites), dtype=bool)
    reach[pairs.customer, pairs.site] = True
    free = [site for site in range(pairs.sites) if site not in problem.keep]
    for count in range(min(problem.p, len(free)) + 1):
        for some in itertools.combinations(free, count):
            taken = [] if problem.rival is None else [one for one in problem.rival[list(some)].tolist() if one >= 0]
            if len(set(taken)) < len(taken):
                continue
            opened = [*some, *problem.keep.tolist()]
            there = np.bincount(problem.group[opened], minlength=len(problem.least)) if opened else 0
            if (there >= problem.least).all():
                total = float(problem.weight[reach[:, opened].any(axis=1)].sum())
                best = total if best is None else max(best, total)
    return best


# Two groups of two sites: a, b of group 0 and c, d of group 1; customers weigh 10, 20, 30, 5.
# a reaches 10 + 20, b reaches 20 + 30, c reaches 30, d reaches 5.
REACH = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]
WEIGHT, GROUP = [10, 20, 30, 5], [0, 0, 1, 1]


def test_a_quota_opens_a_site_of_the_group_that_the_plain_covering_leaves_out():
    # without quotas two sites reach most with a and b: 10 + 20 + 30 = 60
    assert solve(replace(cover(REACH, WEIGHT, 2, GROUP, [0, 0]), group=None, least=np.empty(0))).objective == 60
    # one of each group: a and c reach 10 + 20 + 30 = 60; b and d 55, a and d 35, b and c 50
    found = solve(cover(REACH, WEIGHT, 2, GROUP, [1, 1]))
    assert (found.objective, found.open.tolist(), found.status) == (60, [0, 2], "optimal")


def test_a_site_that_serves_nobody_new_stays_open_where_the_quota_asks_for_it():
    # both sites of group 1, and one of group 0: a, c and d reach everybody, b would leave out the 10
    found = solve(cover(REACH, WEIGHT, 3, GROUP, [1, 2]))
    assert (found.objective, found.open.tolist()) == (65, [0, 2, 3])
    # the quota asks for two of group 0, though b brings nobody new beside c
    found = solve(cover(REACH[:3], WEIGHT[:3], 3, GROUP, [2, 1]))
    assert (found.objective, found.open.tolist()[:2], len(found.open)) == (60, [0, 1], 3)


def test_kept_sites_count_to_the_quota_and_their_customers_are_reached():
    # b is kept: group 0 has its one, and 20 + 30 are reached; with p = 1 group 1 takes d: 55
    found = solve(cover(REACH, WEIGHT, 1, GROUP, [1, 1], keep=[1]))
    assert (found.objective, found.open.tolist()) == (55, [1, 3])


def test_what_cannot_be_met_is_said_in_numbers():
    few = solve(cover(REACH, WEIGHT, 9, GROUP, [1, 4]))
    # group 1 has two sites and is asked for four: two too few; least p is 1 + 4
    assert (few.status, few.least) == ("infeasible", {"group 1": 2.0, "p": 5.0})
    assert solve(cover(REACH, WEIGHT, 2, GROUP, [1, 2])).least == {"p": 3.0}
    # a kept site of group 1 leaves one to open there
    assert solve(cover(REACH, WEIGHT, 1, GROUP, [1, 2], keep=[3])).least == {"p": 2.0}


def test_a_problem_that_cannot_be_is_refused_with_every_figure():
    wrong = replace(cover(REACH, WEIGHT, 2, GROUP, [1, -1]), group=np.array([0, 0, 2]))
    with pytest.raises(ValueError, match=r"group must have 4 figures.*least must not be negative"):
        solve(wrong)
    with pytest.raises(ValueError, match="group must lie in 0 to 1"):
        solve(cover(REACH, WEIGHT, 2, [0, 0, 1, 2], [1, 1]))
    with pytest.raises(ValueError, match="rival must have 4 figures"):
        solve(cover(REACH, WEIGHT, 2, GROUP, [1, 1], rival=[0]))
    with pytest.raises(ValueError, match="least is given without group"):
        solve(replace(cover(REACH, WEIGHT, 2, GROUP, [1, 1]), group=None))


def test_of_rivals_one_is_opened_though_it_reaches_fewer():
    # a and c reach most, 60; as rivals they cannot both be: b and d reach 55, b and c 50, a and d 35
    found = solve(cover(REACH, WEIGHT, 2, GROUP, [1, 1], rival=[0, -1, 0, -1]))
    assert (found.objective, found.open.tolist(), found.status) == (55, [1, 3], "optimal")
    # all of one rival: one of the two groups stays without
    few = solve(cover(REACH, WEIGHT, 2, GROUP, [1, 1], rival=[0, 0, 0, 0]))
    assert few.status == "infeasible"
    assert sorted(few.least.values()) == [1.0, 2.0]
    # a kept site is not counted: c is kept, a may open beside it
    assert solve(cover(REACH, WEIGHT, 1, GROUP, [1, 1], keep=[2], rival=[0, -1, 0, -1])).objective == 60


def test_the_verifier_finds_rivals_that_are_both_opened():
    problem = cover(REACH, WEIGHT, 2, GROUP, [1, 1])
    right = solve(problem)
    with pytest.raises(ResultError, match="2 sites of rival 7 are opened, one may be"):
        verify(replace(problem, rival=np.array([7, -1, 7, -1])), right)


def test_the_verifier_finds_a_quota_that_is_not_kept():
    problem = cover(REACH, WEIGHT, 2, GROUP, [1, 1])
    right = solve(problem)
    with pytest.raises(ResultError, match="1 sites of group 1 are open, 2 must be"):
        verify(replace(problem, least=np.array([1, 2])), right)


@st.composite
def problems(draw):
    customers, sites = draw(st.integers(1, 8)), draw(st.integers(1, 7))
    groups = draw(st.integers(1, 3))
    cells = st.lists(st.booleans(), min_size=sites, max_size=sites)
    reach = draw(st.lists(cells, min_size=customers, max_size=customers))
    weight = draw(st.lists(st.integers(0, 30), min_size=customers, max_size=customers))
    group = draw(st.lists(st.integers(0, groups - 1), min_size=sites, max_size=sites))
    least = draw(st.lists(st.integers(0, 2), min_size=groups, max_size=groups))
    keep = draw(st.sets(st.integers(0, sites - 1), max_size=2))
    rival = draw(st.none() | st.lists(st.integers(-1, 3), min_size=sites, max_size=sites))
    return cover(reach, weight, draw(st.integers(0, sites)), group, least, sorted(keep), rival)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(problems())
def test_it_finds_what_trying_every_choice_finds(problem):
    best, found = brute(problem), solve(problem)
    if best is None:
        assert found.status == "infeasible"
        kept = np.bincount(problem.group[problem.keep], minlength=len(problem.least))
        asked = float(np.maximum(problem.least - kept, 0).sum())
        assert found.least["p"] == asked
        if problem.rival is None:
            there = np.bincount(problem.group, minlength=len(problem.least))
            few = {f"group {at}": float(n) for at, n in enumerate(problem.least - there) if n > 0}
            assert found.least == few | {"p": asked}
        else:  # were each group asked so much less, there would be an answer
            less = [int(found.least.get(f"group {at}", 0)) for at in range(len(problem.least))]
            assert brute(replace(problem, least=problem.least - less, p=len(problem.group))) is not None
    else:
        assert (found.status, found.objective) == ("optimal", best)
        assert found.bound >= best


@deep(60)
@given(problems())
def test_a_smaller_quota_or_one_site_more_is_never_worse(problem):
    found = solve(problem)
    if found.status == "infeasible":
        return
    looser = solve(replace(problem, least=np.maximum(problem.least - 1, 0)))
    more = solve(replace(problem, p=problem.p + 1))
    assert min(looser.objective, more.objective) >= found.objective
