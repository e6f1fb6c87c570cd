"""Prices: standard schools as published, assumptions marked as such, the planner's own in their place."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolnet.errors import OptionError
from schoolnet.options import Options
from schoolnet.planning.prices import prices

#: Seats and million tenge a seat, norms.md 4.6: the national project's standard schools, prices of 2022.
PUBLISHED = {300: 8.3, 600: 6.8, 900: 5.3, 1200: 4.8, 1500: 4.2, 2000: 4.2, 2500: 3.6}


def _prices(**choices):
    return prices(Options(**choices), room=25)


def test_standard_schools_cost_what_was_published():
    found = _prices()
    assert found.standard == sorted(PUBLISHED)
    for seats, each in PUBLISHED.items():
        assert found[f"size_{seats}"] == pytest.approx(seats * each)
        assert found.basis[f"size_{seats}"] == "published"
    assumed = {name for name, basis in found.basis.items() if basis == "assumed"}
    assert {"small_seat", "extension_seat", "bus", "driver_year", "board_place", "way_km"} <= assumed


@pytest.mark.parametrize(
    ("pupils", "shifts", "seats", "counted", "mkzt", "basis"),
    [
        (1, 2, 25, 1, 25 * 8.3, "assumed"),
        (25, 2, 25, 1, 25 * 8.3, "assumed"),
        (26, 2, 50, 1, 50 * 8.3, "assumed"),
        (276, 2, 300, 1, 2490.0, "published"),  # 12 classrooms are the standard school
        (300, 2, 300, 1, 2490.0, "published"),
        (301, 2, 300, 2, 2490.0, "published"),
        (600, 2, 300, 2, 2490.0, "published"),
        (601, 2, 600, 2, 4080.0, "published"),
        (301, 1, 600, 1, 4080.0, "published"),
        (5000, 2, 2500, 2, 9000.0, "published"),
        (5001, 2, 2800, 2, 9000.0 + 2490.0, "published"),
    ],
)
def test_the_cheapest_building_that_holds_the_pupils(pupils, shifts, seats, counted, mkzt, basis):
    found = _prices(shifts_planned=shifts).school(pupils)
    assert (found.seats, found.shifts, found.basis) == (seats, counted, basis)
    assert found.mkzt == pytest.approx(mkzt)


@given(st.integers(1, 20_000), st.sampled_from([1, 2]))
def test_a_building_always_holds_its_pupils_and_is_the_cheapest_of_its_kind(pupils, shifts):
    found = _prices(shifts_planned=shifts)
    building = found.school(pupils)
    assert building.seats * building.shifts >= pupils
    if 300 < pupils <= 2500 * shifts:  # by trying all standard schools
        fits = [found[f"size_{seats}"] for seats in PUBLISHED if seats * shifts >= pupils]
        assert building.mkzt == pytest.approx(min(fits))
    assert found.school(pupils + 1).mkzt >= building.mkzt - 1e-9


@given(st.integers(1, 2000), st.sampled_from([1, 2]))
def test_an_extension_is_whole_classrooms_and_never_larger_than_a_standard_school(pupils, shifts):
    found = _prices(shifts_planned=shifts).extension(pupils)
    if pupils > 300 * shifts:
        assert found == _prices(shifts_planned=shifts).school(pupils)
        return
    assert found.seats % 25 == 0
    assert found.seats * shifts >= pupils > (found.seats - 25) * shifts
    assert found.mkzt == pytest.approx(found.seats * 6.8)


def test_a_bus_is_bought_anew_and_discounted():
    plain = _prices(cost_years=20)
    assert plain.buses(np.array([24]), np.array([0.0])) == pytest.approx([2 * 35 + 20 * 4.5])
    assert plain.buses(np.array([25]), np.array([0.0])) == pytest.approx([2 * (2 * 35 + 20 * 4.5)])
    later = _prices(cost_years=11, discount=0.1)
    worth = sum(1.1**-year for year in range(11))
    assert later.worth == pytest.approx(worth)
    assert later.buses(np.array([1]), np.array([0.0])) == pytest.approx([35 + 35 * 1.1**-10 + worth * 4.5])
    assert later.boarding(np.array([3])) == pytest.approx([3 * (12 + worth)])
    assert math.isfinite(float(later.buses(np.array([0]), np.array([1e6]))[0]))


def test_prices_of_the_planner_win_and_a_wrong_name_is_answered_with_the_near_one():
    found = _prices(prices={"small_seat": 12.0, "index": 1.4})
    assert found.school(20).mkzt == pytest.approx(25 * 12 * 1.4)
    assert found.school(20).basis == "given"
    assert found.school(500).mkzt == pytest.approx(2490 * 1.4)
    with pytest.raises(OptionError, match=r"smal_seat.*small_seat"):
        _prices(prices={"smal_seat": 1})
    with pytest.raises(OptionError, match=r"bus_seats.*must be over 0"):
        _prices(prices={"bus_seats": 0})
