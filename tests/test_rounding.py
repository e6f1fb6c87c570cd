from __future__ import annotations

import numpy as np
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


@st.composite
def bounded(draw):
    count = draw(st.integers(1, 30))
    values = draw(hnp.arrays(float, count, elements=st.floats(0, 1e4)))
    groups = draw(hnp.arrays(int, count, elements=st.integers(0, 3)))
    least = draw(hnp.arrays(int, count, elements=st.integers(0, 50))).astype(float)
    room = draw(hnp.arrays(int, count, elements=st.integers(0, 10**6))).astype(float)
    totals = draw(hnp.arrays(int, 4, elements=st.integers(0, 5000))).astype(float)
    return values, groups, totals, least, least + room


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
