from __future__ import annotations

import numpy as np
import pytest

from peopled import LIVES, NORMS, births, options
from schoolnet.errors import OptionError
from schoolnet.model import vital
from schoolnet.options import make

pytestmark = pytest.mark.usefixtures("real_cohorts")

NONE = births()


def test_births_between_two_years_known_lie_on_the_straight_line():
    found = vital.of_area(births(east={2020: 100, 2022: 300}), "east", vital.national(NONE, options()))
    assert found.at([2020, 2021, 2022]).tolist() == [100, 200, 300]


def test_births_of_the_country_are_those_of_the_facts():
    found = vital.national(NONE, options())
    # 447 thousand in 2021, about 366 in 2024 (facts/norms.md 4.9)
    assert found.at([2021, 2024]) / 1000 == pytest.approx([447, 366], rel=0.002)
    assert (np.diff(found.years) == 1).all()


def test_what_is_taken_says_how_it_stands_and_where_it_is_from():
    for name, part in vital.defaults().items():
        assert part["standing"] in {"published", "default"}
        assert part["standing"] == "default" or name == "population" or part["source"]
    assert vital.survival() == pytest.approx(LIVES)
    assert vital.survival(3) == pytest.approx(LIVES[:3])


def test_children_these_births_make_are_near_those_counted():
    # counted: 6,902,492 under 18 on 1 January 2025; 3.7 million pupils in 2022/23 (facts/norms.md 4.9, 4.7)
    country = vital.national(NONE, options())
    assert country.ages(2025, 18, month=1).sum() == pytest.approx(6_902_492, rel=0.01)
    pupils = country.ages(2022, 18)
    stay = vital.stay(NORMS, options())
    assert pupils[6:15].sum() + stay * pupils[15:17].sum() == pytest.approx(3.7e6, rel=0.02)


def test_after_the_last_year_births_go_three_ways_and_before_the_first_they_stay():
    choices = options(births_low=-0.1, births_medium=0.0, births_high=0.1)
    found = vital.national(births(KZ={2025: 1000, 2026: 900}), choices)
    assert found.at([2026, 2027, 2028], "low") == pytest.approx([900, 810, 729])
    assert found.at([2026, 2027, 2028], "medium") == pytest.approx([900, 900, 900])
    assert found.at([2026, 2027, 2028], "high") == pytest.approx([900, 990, 1089])
    assert found.at(1990) == found.at(2000)


def test_paths_in_the_wrong_order_and_a_horizon_gone_by_are_refused():
    with pytest.raises(OptionError, match="must rise in this order"):
        make({"on": "2026-09-01", "births_low": 0.1, "births_high": -0.1})
    with pytest.raises(OptionError, match="before the school year of the plan"):
        make({"on": "2026-09-01", "horizon": 2025})


def test_a_school_year_is_born_from_september_to_august():
    found = vital.national(births(KZ={2024: 300, 2025: 600}), options())
    assert found.newborn(2025) == pytest.approx(300 / 3 + 600 * 2 / 3)
    # a quarter enters school a year later: 0.75 x 500 + 0.25 x those of the year before who are alive
    before = found.newborn(2024)
    assert found.entering(2025, 0.75) == pytest.approx(0.75 * 500 + 0.25 * before * LIVES[0])


def test_births_of_a_district_go_on_as_the_countrys_do():
    table = births(KZ={2023: 1000, 2024: 900, 2025: 1800}, east={2024: 90})
    country = vital.national(table, options(births_medium=0.5, births_high=0.5))
    east = vital.of_area(table, "east", country)
    assert east.at([2023, 2024, 2025, 2026]) == pytest.approx([100, 90, 180, 270])
    assert vital.of_area(table, "west", country) is None
    assert vital.of_area(table, "east", country, until=2023) is None


def test_births_of_no_child_stay_of_no_child():
    table = births(KZ=dict.fromkeys(range(2000, 2030), 0), east={2024: 90})
    country = vital.national(table, options())
    assert country.at([2010, 2050]).tolist() == [0, 0]
    assert np.isfinite(vital.of_area(table, "east", country).at([2010, 2024, 2050])).all()


def test_of_a_hundred_thousand_born_so_many_reach_an_age():
    found = vital.alive(4)
    assert found == pytest.approx(np.cumprod([1, *LIVES[:3]]))
    assert vital.alive(1).tolist() == [1]


def test_an_option_says_who_stays_after_grade_9_else_the_norms_do():
    assert vital.stay(NORMS, options(stay_after_9=0.5)) == 0.5
    assert vital.stay(NORMS, options()) == NORMS["children.stay_after_9"].value
    assert NORMS["children.stay_after_9"].standing == "default"
