from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from schoolnet.model import rounding


@given(
    hnp.arrays(float, st.integers(1, 40), elements=st.floats(0, 1e5)).flatmap(
        lambda values: st.tuples(st.just(values), hnp.arrays(int, len(values), elements=st.integers(0, 4)))
    )
)
def test_whole_keeps_each_groups_rounded_sum_and_moves_no_value_by_one_or_more(case):
    values, groups = case
    found = rounding.whole(values, groups)
    assert (found == np.floor(found)).all()
    assert (np.abs(found - values) < 1 + 1e-6).all()
    for group in np.unique(groups):
        assert abs(found[groups == group].sum() - values[groups == group].sum()) <= 0.5 + 1e-6


def test_a_total_is_shared_by_weight_the_largest_remainders_first():
    # 10 by 1 : 1 : 4 is 1.67 1.67 6.67: floors 1 1 6, the two missing go to the first two of the equal remainders
    found = rounding.shared(np.array([1.0, 1.0, 4.0]), np.full(3, 10.0), np.zeros(3))
    assert found.tolist() == [2, 2, 6]


def test_a_group_without_weight_gets_nothing():
    found = rounding.shared(np.array([0.0, 0.0, 3.0]), np.array([5.0, 5.0, 7.0]), np.array(["a", "a", "b"]))
    assert found.tolist() == [0, 0, 7]


def test_grades_are_whole_by_band_first_and_then_inside_the_band():
    # 81 evenly by eleven grades: bands 29.45 36.82 14.73 -> 29 37 15
    # 29 / 4 = 7.25 -> 8 7 7 7; 37 / 5 = 7.4 -> 8 8 7 7 7; 15 / 2 = 7.5 -> 8 7
    shape = np.array([[1.0] * 11 + [0.0]])
    found = rounding.grades(np.array([81.0]), shape, np.array(["e"]), np.array([True]))[0]
    assert found.tolist() == [8, 7, 7, 7, 8, 8, 7, 7, 7, 8, 7, 0]


def test_grades_of_a_row_without_weight_are_even_and_of_an_unknown_one_unknown():
    found = rounding.grades(
        np.array([11.0, np.nan]), np.array([[0.0] * 12, [1.0] * 12]), np.array(["e", "e"]), np.array([True, True])
    )
    assert found[0].tolist() == [1] * 11 + [0]
    assert np.isnan(found[1]).all()


def test_what_rounding_takes_from_a_grade_of_an_estimated_village_is_carried_on_to_the_next():
    # four villages of 5 by 11 even grades: each alone 2 2 1 (1.82 2.27 0.91), together 7.27 9.09 3.64
    even = np.array([[1.0] * 11 + [0.0]] * 4)
    where, totals = np.array(["e"] * 4), np.full(4, 5.0)
    alone = rounding.grades(totals, even, where, np.zeros(4, dtype=bool))
    assert [alone[:, :4].sum(), alone[:, 4:9].sum(), alone[:, 9:].sum()] == [8, 8, 4]
    carried = rounding.grades(totals, even, where, np.ones(4, dtype=bool))
    assert carried.sum(axis=1).tolist() == [5, 5, 5, 5]
    bands = np.array([carried[:, :4].sum(), carried[:, 4:9].sum(), carried[:, 9:].sum()])
    assert (np.abs(bands - [7.27, 9.09, 3.64]) < 1).all()


@given(
    hnp.arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 40)).flatmap(
        lambda totals: st.tuples(
            st.just(totals.astype(float)),
            hnp.arrays(float, (len(totals), 12), elements=st.floats(0, 50)),
            hnp.arrays(bool, len(totals)),
        )
    )
)
def test_grades_keep_every_rows_total_and_many_rows_together_the_sum_of_each_grade(case):
    totals, shape, free = case
    found = rounding.grades(totals, shape, np.zeros(len(totals)), free)
    assert (found >= 0).all()
    assert found.sum(axis=1).tolist() == totals.tolist()
    usual = shape.sum(axis=1) > 1e-6
    assert (found[usual][shape[usual] == 0] == 0).all()


@given(
    hnp.arrays(np.int64, st.integers(1, 8), elements=st.integers(0, 30)).flatmap(
        lambda kinds: st.tuples(
            st.just(kinds),
            st.lists(st.integers(0, int(kinds.sum())), max_size=5).map(
                lambda cuts: np.diff([0, *sorted(cuts), int(kinds.sum())])
            ),
        )
    )
)
def test_what_is_dealt_keeps_both_margins(case):
    kinds, totals = case
    found = rounding.dealt(totals, kinds)
    assert (found >= 0).all()
    assert found.sum(axis=0).tolist() == kinds.tolist()
    assert found.sum(axis=1).tolist() == totals.tolist()


def test_each_row_that_is_dealt_to_is_a_fair_mix():
    # 4 of one kind and 8 of the other in four rows of 3: each row has 1 and 2
    assert rounding.dealt(np.array([3, 3, 3, 3]), np.array([4, 8])).tolist() == [[1, 2]] * 4


@pytest.mark.parametrize("totals", [[], [0, 0]])
def test_nothing_is_dealt_when_there_is_nothing(totals):
    found = rounding.dealt(np.array(totals, dtype=np.int64), np.array([0, 0]))
    assert found.sum() == 0
    assert found.shape == (len(totals), 2)


@st.composite
def bounded(draw):
    count = draw(st.integers(1, 30))
    values = draw(hnp.arrays(float, count, elements=st.floats(0, 1e4)))
    groups = draw(hnp.arrays(int, count, elements=st.integers(0, 3)))
    least = draw(hnp.arrays(int, count, elements=st.integers(0, 50))).astype(float)
    room = draw(hnp.arrays(int, count, elements=st.integers(0, 10**6))).astype(float)
    totals = draw(hnp.arrays(int, 4, elements=st.integers(0, 5000))).astype(float)
    return values, groups, totals, least, least + room


@pytest.mark.slow
@given(bounded())
def test_between_stays_in_its_bounds_and_meets_every_total_they_have_room_for(case):
    values, groups, totals, least, most = case
    found = rounding.between(values, groups, totals, least=least, most=most)
    assert ((found >= least) & (found <= most) & (found == np.floor(found))).all()
    for group, total in enumerate(totals):
        inside = groups == group
        if inside.any():
            assert found[inside].sum() == np.clip(total, least[inside].sum(), most[inside].sum())


@given(bounded())
def test_rows_are_groups_like_any_other(case):
    values, _, totals, least, most = case
    values, least, most = (np.stack([part, part[::-1]]) for part in (values, least, most))
    found = rounding.rows_between(values, totals[:2], least=least, most=most)
    groups = np.repeat([0, 1], values.shape[1])
    flat = rounding.between(values.ravel(), groups, totals[:2], least=least.ravel(), most=most.ravel())
    assert found.ravel().tolist() == flat.tolist()


def test_the_largest_remainder_comes_first_and_of_equal_ones_the_first():
    # 1.5 + 1.5 + 1.9 + 0.1 = 5: floors 1 1 1 0, two are missing: to 1.9, and to the first of the two 1.5
    free = {"least": np.zeros(4), "most": np.full(4, np.inf)}
    values = np.array([1.5, 1.5, 1.9, 0.1])
    assert rounding.between(values, np.zeros(4, dtype=int), np.array([5.0]), **free).tolist() == [2, 1, 2, 0]
    assert rounding.whole(values, np.zeros(4)).tolist() == [2, 1, 2, 0]
