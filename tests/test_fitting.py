from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from peopled import LIVES, series
from schoolnet.model import cohorts, fitting, vital

pytestmark = pytest.mark.usefixtures("real_cohorts")

HOMES = pd.Series({"A": "east", "B": "east", "C": "west", "D": ""}, name="district_id")
DISTRICTS = pd.Index(["east", "west"])
SHARES = cohorts.rates(vital.survival(), 0.65)


def fit(*rows, migration=0.0):
    return fitting.fit(series(*rows), HOMES, DISTRICTS, SHARES, migration)


def ratio(level, grade, at=0):
    """Return pupils of the grade after this one to those of this one a year earlier."""
    return level.ratios[at, grade + 5]


def test_without_a_series_cohorts_go_on_by_survival_stay_and_the_option():
    found = fit(migration=0.02)
    for level in (found.settlements, found.districts, found.region, found.country):
        assert level.shares == pytest.approx(np.broadcast_to(SHARES, level.shares.shape))
        assert level.migration == pytest.approx(0.02)
    assert found.report.empty
    assert found.capped == 0


def test_known_ratios_of_a_region_are_found_again():
    grades = dict.fromkeys(range(1, 12), 1000)
    later = {1: 1000} | {grade + 1: 900 + 10 * grade for grade in range(1, 11)}
    found = fit(("*", 2024, grades), ("*", 2025, later))
    assert [ratio(found.region, grade) for grade in range(1, 11)] == pytest.approx(
        [0.9 + 0.01 * grade for grade in range(1, 11)]
    )
    # inside the bands go grades 1-3, 5-8 and 10: 910 + 920 + 930 + 950 + 960 + 970 + 980 + 1000 = 7620 of those alive
    alive = 1000 * sum(LIVES[grade + 5] for grade in (1, 2, 3, 5, 6, 7, 8, 10))
    assert found.region.migration == pytest.approx([7620 / alive - 1])
    # places without rows follow the region
    assert found.settlements.ratios[:, 6:] == pytest.approx(np.repeat(found.region.ratios[:, 6:], 4, axis=0))
    assert found.report.to_dict("records") == [{"area_id": "*", "level": "region", "pupils": 10_000, "years": 1}]


def test_several_years_weigh_by_their_pupils():
    # 100 -> 110 and 300 -> 270: 380 / 400, not the mean of 1.1 and 0.9
    found = fit(("*", 2022, {1: 100}), ("*", 2023, {1: 300, 2: 110}), ("*", 2024, {1: 1, 2: 270}))
    assert ratio(found.region, 1) == pytest.approx(380 / 400)


def test_a_gap_of_years_is_not_bridged_and_unlike_grades_are_not_paired():
    found = fit(("*", 2020, {1: 100}), ("*", 2022, {2: 50}), ("*", 2023, {2: 70, 4: 30}))
    assert ratio(found.region, 1) == pytest.approx(SHARES[6])
    assert found.report.empty


def test_a_district_leans_on_the_region_and_a_settlement_on_its_district_by_their_pupils():
    found = fit(
        ("*", 2024, {1: 5000}), ("*", 2025, {2: 5000}),
        ("east", 2024, {1: 300}), ("east", 2025, {2: 330}),
        ("A", 2024, {1: 25}), ("A", 2025, {2: 30}),
    )  # fmt: skip
    # 100 pupils weigh as much as the level above: (330 + 100 x 1) / 400 = 1.075; (30 + 100 x 1.075) / 125 = 1.1
    assert ratio(found.districts, 1) == pytest.approx(1.075)
    assert ratio(found.settlements, 1, at=0) == pytest.approx(1.1)
    assert ratio(found.settlements, 1, at=1) == pytest.approx(1.075)
    assert ratio(found.districts, 1, at=1) == ratio(found.settlements, 1, at=2) == pytest.approx(1)
    assert ratio(found.settlements, 1, at=3) == pytest.approx(1)  # outside every district
    assert found.report["level"].tolist() == ["region", "settlement", "district"]


def test_a_region_without_rows_is_its_parts_together_and_leans_on_the_country():
    found = fit(
        ("KZ", 2024, {1: 1000}), ("KZ", 2025, {2: 900}),
        ("east", 2024, {1: 60}), ("east", 2025, {2: 66}),
        ("D", 2024, {1: 40}), ("D", 2025, {2: 44}),
    )  # fmt: skip
    assert ratio(found.country, 1) == pytest.approx(0.9)
    assert ratio(found.region, 1) == pytest.approx((66 + 44 + 100 * 0.9) / 200)


def test_a_district_without_rows_is_its_settlements_together():
    found = fit(("A", 2024, {1: 60, 4: 50}), ("A", 2025, {2: 66, 5: 0}), ("B", 2024, {4: 50}), ("B", 2025, {5: 100}))
    region = (66 + 100 * SHARES[6]) / 160
    assert ratio(found.region, 1) == pytest.approx(region)
    assert ratio(found.districts, 1) == pytest.approx((66 + 100 * region) / 160)
    # grade 5 is not taught in A: its pupils of grade 4 go to B, and both together are as many as before
    assert ratio(found.districts, 4) == pytest.approx((100 + 100 * (100 + 100 * SHARES[9]) / 200) / 200)


def test_a_grade_that_is_never_taught_tells_nothing():
    found = fit(("*", 2024, {3: 100, 11: 100}), ("*", 2025, {3: 90, 4: 0, 12: 0}))
    assert ratio(found.region, 3) == pytest.approx(SHARES[8])
    assert ratio(found.region, 11) == pytest.approx(SHARES[16])
    assert found.region.migration == [0]


def test_a_settlement_takes_its_districts_ratio_where_pupils_change_school():
    found = fit(
        ("east", 2024, {4: 100, 9: 100}), ("east", 2025, {5: 100, 10: 60}),
        ("A", 2024, {4: 100, 9: 100}), ("A", 2025, {5: 200, 10: 150}),
    )  # fmt: skip
    for grade in (4, 9):
        assert ratio(found.settlements, grade) == ratio(found.districts, grade)


def test_the_moves_of_a_place_lead_its_children_before_school_too():
    found = fit(("*", 2024, {1: 1000, 2: 1000}), ("*", 2025, {2: 1050, 3: 1050}))
    moves = 1.05 / LIVES[6] - 1
    assert found.settlements.migration == pytest.approx([moves] * 4)
    assert found.settlements.shares[:, :6] == pytest.approx(np.tile(vital.survival()[:6], (4, 1)))
    assert found.settlements.shares[:, 6] * (1 + moves) == pytest.approx([1.05] * 4)


def test_a_jump_that_no_years_could_repeat_is_held_and_counted():
    found = fit(("*", 2024, {1: 10, 9: 10}), ("*", 2025, {2: 10_000, 10: 0}))
    assert ratio(found.region, 1) == 1.5
    assert found.region.migration == pytest.approx([0.5])
    assert found.capped == 1
    assert fit(("*", 2024, {1: 10}), ("*", 2025, {2: 1, 3: 5})).region.migration == pytest.approx([-0.5])


def test_pupils_of_all_grades_together_tell_no_progression():
    assert fit(("*", 2024, {0: 100}), ("*", 2025, {0: 200})).report.empty
