"""What would change a verdict, worked out on the tiny region (its answers are in conftest)."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import conftest
from schoolnet import api, schema, tables
from schoolnet.given import OKRUGS, Given
from schoolnet.planning import flips


def _found(plan, settlement):
    return {flip.change: (flip.facts, tuple(flip.outcome)) for flip in flips.flips(plan, settlement)}


def test_bulak_needs_40_children_more_one_fewer_300_m_less_or_the_other_reading(tiny_plan):
    """41 children, a primary school of 15, 3300 m to SA; 81 -> 29 37 15; 40 -> 14.5 18.2 7.3 -> 15 18 7."""
    found = _found(tiny_plan, "B")
    assert found["flip_children_more"] == ({"count": 40, "children": 81}, ("upgrade", "secondary", 37 + 15))
    assert found["flip_children_fewer"] == ({"count": 1, "children": 40}, ("bus", "", 18 + 7))
    assert found["flip_nearer"][0]["change_m"] == pytest.approx(300, abs=0.01)
    assert found["flip_nearer"][0]["band"] == "5-9"  # grades 10-11 go the same way
    for change in ("flip_nearer", "flip_and", "flip_no_school"):
        assert found[change][1] == ("upgrade", "basic", 0)
    assert found["flip_contingent"][1] == ("bus", "", 19 + 7)  # 15 pupils keep a primary school, and it is there
    both = {"flip_children_more", "flip_children_fewer"}
    assert set(found) == both | {"flip_nearer", "flip_and", "flip_no_school", "flip_contingent"}


@pytest.mark.slow
def test_in_a_straight_line_dala_would_be_near(tiny_plan):
    assert _found(tiny_plan, "D")["flip_straight"] == ({}, ("build", "primary", 0))


@pytest.mark.slow
def test_gulder_would_be_owed_transport_were_its_way_1500_m_longer(tiny_plan):
    found = _found(tiny_plan, "G")
    assert found["flip_farther"][0]["change_m"] == pytest.approx(1500, abs=0.01)
    assert found["flip_farther"][1] == ("build", "primary", 5)
    assert found["flip_children_fewer"] == ({"count": 1, "children": 4}, ("keep", "", 0))


@pytest.mark.slow
def test_one_child_more_and_eski_is_owed_a_school(tiny_plan):
    assert _found(tiny_plan, "E") == {"flip_children_more": ({"count": 1, "children": 5}, ("build", "primary", 5))}


def test_where_nothing_is_near_an_edge_nothing_flips(tiny_plan):
    assert _found(tiny_plan, "A") == {}


def test_qala_would_only_be_extended_were_its_school_no_longer_in_emergency_condition(tiny_plan):
    """700 pupils on 300 seats: 100 more than two shifts hold, and a third shift."""
    assert _found(tiny_plan, "Q") == {"flip_repaired": ({"count": 1}, ("extend", "secondary", 0))}


@pytest.fixture(scope="module")
def crowded(tiny, options):
    """Qala with a sound building, made for the pupils of today."""
    sound = tiny.schools.assign(condition=tiny.schools["condition"].replace("emergency", "good"))
    return api.plan(dataclasses.replace(tiny, schools=sound), options.model_copy(update={"size_for": "today"}))


def test_100_pupils_fewer_or_50_seats_more_and_two_shifts_hold_all_of_qala(crowded):
    assert crowded.verdicts.loc["Q", ["verdict", "reason"]].tolist() == ["extend", "extend_relief"]
    assert _found(crowded, "Q") == {
        "flip_pupils_fewer": ({"count": 100}, ("keep", "", 0)),
        "flip_seats_more": ({"count": 50}, ("keep", "", 0)),
    }


@pytest.mark.slow
def test_free_seats_of_another_school_take_the_rest(tiny, options):
    """A second school of Qala has 50 places free in two shifts: only the other 50 of 100 are built for."""
    schools = tiny.schools.assign(condition=tiny.schools["condition"].replace("emergency", "good"))
    second = schools.loc[["SQ"]].rename(index={"SQ": "ST"}).assign(enrolment=550, shifts=2)
    both = pd.concat([schools, second]).rename_axis("school_id")
    plan = api.plan(dataclasses.replace(tiny, schools=both), options.model_copy(update={"size_for": "today"}))
    assert plan.reassigned["pupils"].tolist() == [50]
    assert _found(plan, "Q") == {
        "flip_pupils_fewer": ({"count": 50}, ("keep", "", 0)),
        "flip_seats_more": ({"count": 25}, ("keep", "", 0)),
    }


@pytest.mark.parametrize(("name", "change"), [("enrolment", 99), ("seats", 49)])
def test_one_pupil_or_one_seat_less_than_that_does_not_end_it(crowded, name, change):
    case = flips.case_of(crowded, "Q")
    column = case.alone.schools[name]
    other = flips._with(case, **{name: column - change if name == "enrolment" else column + change})
    assert flips.outcome(crowded, other).verdict == "extend"


def test_where_a_site_hangs_on_the_villages_around_only_what_the_law_owes_is_told(tiny_plan):
    """Eski, were its verdict of a site that shortens the way: only five children would change it."""
    told = tiny_plan.verdicts.copy()
    told.loc["E", ["verdict", "level", "reason"]] = ["build", "primary", "build_travel"]
    plan = dataclasses.replace(tiny_plan, verdicts=told)
    assert _found(plan, "E") == {"flip_children_more": ({"count": 1, "children": 5}, ("build", "primary", 5))}


def test_a_bus_costs_more_than_a_school_from_so_many_pupils_on_and_not_before(tiny_plan):
    found, prices = flips.break_even(tiny_plan, "D"), tiny_plan.prices
    assert found["bus_m"] == pytest.approx(10_400, abs=0.1)
    pupils = np.arange(1, found["most"] + 1)
    bus = prices.buses(pupils, np.full(len(pupils), found["bus_m"]))
    dear = [one > prices.running(prices.school(int(count))) for one, count in zip(bus, pupils, strict=True)]
    assert all(dear[found["pupils"] - 1 :])
    assert not dear[found["pupils"] - 2]
    assert flips.break_even(tiny_plan, "A") == {}


@pytest.mark.slow
def test_a_bus_that_is_always_cheaper_has_no_such_number(tiny, options):
    free = options.model_copy(update={"prices": {"bus": 0.0, "bus_year": 0.0, "driver_year": 0.0, "fuel_litre": 0.0}})
    assert set(flips.break_even(api.plan(tiny, free), "D")) == {"bus_m", "most"}


@pytest.mark.slow
def test_a_bridge_in_place_of_the_ford_ends_what_only_the_ford_gave(tiny, options):
    """Dala at (2000, 3800), the school at (1000, 3700): 300 + 1000 over the ford + 200 = 1,500 m, which is near.

    In flood there is no road at all: owed as before, so nothing flips.
    """
    near = tiny.schools.set_geometry(tiny.schools.geometry.where(tiny.schools.index != "SA", _at(1000, 3700)))
    marks = tiny.roads["crossing"].replace("bridge", "ford")
    homes = tiny.settlements.set_geometry(
        tiny.settlements.geometry.where(tiny.settlements.index != "D", _at(2000, 3800))
    )
    region = dataclasses.replace(tiny, schools=near, roads=tiny.roads.assign(crossing=marks), settlements=homes)
    plan = api.plan(region, options)
    found = _found(plan, "D")
    assert plan.findings.loc["D", "pupils_entitled_or"] == 20
    assert found["flip_bridge"][1] == found["flip_and"][1] == ("build", "primary", 0)
    assert "flip_nearer" not in found
    assert "flip_flood" not in found


@pytest.mark.parametrize("settlement", list("ABDEGQ"))
def test_with_nothing_changed_the_outcome_is_the_plans(tiny_plan, settlement):
    case = flips.case_of(tiny_plan, settlement)
    site = tiny_plan.verdicts.loc[settlement]
    pupils = tiny_plan.findings.loc[settlement, "pupils_entitled_or"]
    assert flips.outcome(tiny_plan, case) == (site["verdict"], site["level"], pupils)


def _at(x, y):
    from conftest import point

    return point(x, y)


@pytest.mark.slow
def test_plots_and_own_okrugs_of_other_settlements_change_nothing(tiny, options):
    """A plot of Bulak and one of no settlement, an okrug of Arka and Dala: each settlement is judged without them."""
    rows = [{"plot_id": "1", "settlement_id": "B"}, {"plot_id": "2", "settlement_id": None}]
    plots = schema.geoframe(rows, tables.PLOTS, [conftest.point(-3000, 50), conftest.point(9000, 9000)])
    okrugs = [
        {"okrug": "One", "settlement_id": "A", "role": "hub"},
        {"okrug": "One", "settlement_id": "D", "role": "satellite"},
    ]
    own = Given(okrugs=schema.frame(okrugs, OKRUGS))
    plan = api.plan(dataclasses.replace(tiny, plots=plots, given=own), options)
    bare = api.plan(tiny, options)
    for key in tiny.settlements.index:
        assert flips.flips(plan, key) == flips.flips(bare, key)


@pytest.mark.slow
def test_a_settlement_keeps_the_plots_it_has(tiny, options):
    """Qala is built for on plots only; without its plot nothing would be built there, whatever is tried."""
    rows = [{"plot_id": "1", "settlement_id": "Q"}]
    plots = schema.geoframe(rows, tables.PLOTS, [conftest.point(-9000, 500)])
    sound = tiny.schools.assign(condition=tiny.schools["condition"].replace("emergency", "good"))
    region = dataclasses.replace(tiny, plots=plots, schools=sound)
    chosen = options.model_copy(update={"size_for": "today", "plots_only": "yes", "extend": "no"})
    plan = api.plan(region, chosen)
    assert plan.verdicts.loc["Q", "verdict"] == "build"
    assert _found(plan, "Q")["flip_pupils_fewer"] == ({"count": 100}, ("keep", "", 0))
    assert flips.outcome(plan, flips.case_of(plan, "Q")).verdict == "build"
