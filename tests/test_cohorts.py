from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from schoolnet.model import cohorts

pytestmark = pytest.mark.usefixtures("real_cohorts")

COUNTS = st.floats(0, 1e6)
STATES = hnp.arrays(float, (2, 18), elements=COUNTS)


def state(**some):
    return np.array([[float(some.get(f"a{age}", 0)) for age in range(18)]])


def test_ages_on_1_january_become_ages_on_1_september_as_on_paper():
    # of those aged 1 on 1 September a third was 1 on 1 January (60 / 3 = 20), and two thirds of those who were 0 then
    # have turned 1 (90 x 2/3 = 60): 80; aged 0 are 90 / 3 and two thirds of the year's 120 births: 30 + 80 = 110
    found = cohorts.january_to_september(np.array([90.0, 60.0, 30.0]), 120)
    assert found == pytest.approx([110, 80, 50])


def test_an_even_age_structure_stays_even_from_january_to_september():
    found = cohorts.january_to_september(np.full((3, 20), 7.0), np.full(3, 7.0))
    assert found == pytest.approx(np.full((3, 20), 7.0))


def test_who_enters_at_seven_is_a_cohort_later_and_leavers_are_out():
    ages = np.arange(100.0, 119.0)  # 100 aged 0 … 106 aged 6, 107 aged 7 … 118 aged 18
    found = cohorts.from_ages(ages, 0.75, 0.5)
    assert found[6] == pytest.approx(0.75 * 106 + 0.25 * 107)
    assert found[14] == pytest.approx(0.75 * 114 + 0.25 * 115)
    assert found[15] == pytest.approx((0.75 * 115 + 0.25 * 116) * 0.5)
    assert found[17] == pytest.approx((0.75 * 117 + 0.25 * 118) * 0.5)
    assert cohorts.from_ages(ages, 1, 1) == pytest.approx(ages[:18])
    assert cohorts.from_ages(ages[:18], 0, 1)[17] == 117  # as many of eighteen as of seventeen where not told


def test_grades_are_the_cohorts_of_six_and_older_and_the_twelfth_only_where_taught():
    of_age = np.arange(18.0)
    assert cohorts.grades(of_age, twelve=True).tolist() == list(range(6, 18))
    assert cohorts.grades(of_age, twelve=False).tolist() == [*range(6, 17), 0]


def test_three_years_of_a_village_as_on_paper():
    # one of ten dies in the first year, half leave after grade 9, one in ten more comes every year
    survival = np.ones(18)
    survival[0] = 0.9
    rates = cohorts.rates(survival, 0.5)
    first = state(a0=100, a5=50, a14=40, a15=20)
    found = cohorts.project(first, np.array([[10.0, 20.0, 30.0]]), rates, np.array([0.1]))
    assert found.shape == (4, 1, 18)
    assert found[0].tolist() == first.tolist()
    # a1: 100 x 0.9 x 1.1; a6: 50 x 1.1; a15: 40 x 0.5 x 1.1; a16: 20 x 1.1
    assert found[1] == pytest.approx(state(a0=10, a1=99, a6=55, a15=22, a16=22))
    # a1: 10 x 0.9 x 1.1; a2: 99 x 1.1; a7: 55 x 1.1; a16 and a17: 22 x 1.1
    assert found[2] == pytest.approx(state(a0=20, a1=9.9, a2=108.9, a7=60.5, a16=24.2, a17=24.2))
    # a1: 20 x 0.9 x 1.1; a2: 9.9 x 1.1; a3: 108.9 x 1.1; a8: 60.5 x 1.1; a17: 24.2 x 1.1, the older ones are out
    assert found[3] == pytest.approx(state(a0=30, a1=19.8, a2=10.89, a3=119.79, a8=66.55, a17=26.62))
    pupils = cohorts.grades(found, twelve=False)[:, 0].sum(axis=1)
    assert pupils == pytest.approx([60, 99, 84.7, 66.55])


def test_what_is_not_known_stays_unknown_and_touches_no_other_place():
    both = np.vstack([state(a0=5), np.full((1, 18), np.nan)])
    found = cohorts.project(both, np.full((2, 4), 3.0), np.ones(17), np.zeros(2))
    assert np.isnan(found[:, 1]).all()
    assert np.isfinite(found[:, 0]).all()


@given(STATES)
def test_where_nobody_dies_leaves_or_moves_a_cohort_keeps_its_number(first):
    found = cohorts.project(first, np.zeros((2, 5)), np.ones(17), 0.0)
    for year in range(6):
        assert (found[year][:, year:] == first[:, : 18 - year]).all()
        assert (found[year][:, :year] == 0).all()


@given(
    STATES,
    hnp.arrays(float, (2, 6), elements=COUNTS),
    hnp.arrays(float, 17, elements=st.floats(0, 1.5)),
    hnp.arrays(float, 2, elements=st.floats(-2, 1)),
)
def test_no_cohort_is_ever_negative(first, newborn, rates, migration):
    assert (cohorts.project(first, newborn, rates, migration) >= 0).all()


def test_an_age_none_of_whom_is_in_a_cohort_may_be_missing():
    ages = np.array([*range(1, 7), *[np.nan] * 13])
    assert cohorts.from_ages(ages, 1.0, 1.0)[:6].tolist() == [1, 2, 3, 4, 5, 6]
    assert np.isnan(cohorts.from_ages(ages, 1.0, 1.0)[6:]).all()
    assert cohorts.from_ages(ages, 0.0, 1.0)[:5].tolist() == [2, 3, 4, 5, 6]
    assert np.isnan(cohorts.from_ages(ages, 0.5, 1.0)[5])
