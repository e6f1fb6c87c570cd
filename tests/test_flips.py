"""What would change a verdict, worked out on the tiny region (its answers are in conftest)."""

from __future__ import annotations

import dataclasses

import pytest

from schoolnet import api
from schoolnet.planning import flips


def _found(plan, settlement):
    return {flip.change: (flip.facts, tuple(flip.outcome)) for flip in flips.flips(plan, settlement)}


def test_bulak_needs_40_children_more_one_fewer_300_m_less_or_the_other_reading(tiny_plan):
    """41 children, a primary school of 15, 3300 m to SA; 81 -> 29 37 15; 40 -> 14.5 18.2 7.3 -> 15 18 7."""
    found = _found(tiny_plan, "B")
    assert found["flip_children_more"] == ({"count": 40, "children": 81}, ("upgrade", "secondary", 37 + 15))
    assert found["flip_children_fewer"] == ({"count": 1, "children": 40}, ("bus", "", 18 + 7))
    assert found["flip_nearer"][0]["change_m"] == pytest.approx(300, abs=0.01)
    for change in ("flip_nearer", "flip_and", "flip_no_school"):
        assert found[change][1] == ("upgrade", "basic", 0)
    assert found["flip_contingent"][1] == ("bus", "", 19 + 7)  # 15 pupils keep a primary school, and it is there
    both = {"flip_children_more", "flip_children_fewer"}
    assert set(found) == both | {"flip_nearer", "flip_and", "flip_no_school", "flip_contingent"}


def test_in_a_straight_line_dala_would_be_near(tiny_plan):
    assert _found(tiny_plan, "D")["flip_straight"] == ({}, ("build", "primary", 0))


def test_gulder_would_be_owed_transport_were_its_way_1500_m_longer(tiny_plan):
    found = _found(tiny_plan, "G")
    assert found["flip_farther"][0]["change_m"] == pytest.approx(1500, abs=0.01)
    assert found["flip_farther"][1] == ("build", "primary", 5)
    assert found["flip_children_fewer"] == ({"count": 1, "children": 4}, ("keep", "", 0))


def test_one_child_more_and_eski_is_owed_a_school(tiny_plan):
    assert _found(tiny_plan, "E") == {"flip_children_more": ({"count": 1, "children": 5}, ("build", "primary", 5))}


@pytest.mark.parametrize("settlement", ["A", "Q"])
def test_where_nothing_is_near_an_edge_nothing_flips(tiny_plan, settlement):
    assert _found(tiny_plan, settlement) == {}


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
    alone = flips._alone(tiny_plan.region, settlement)
    rows = tiny_plan.access[tiny_plan.access["settlement_id"] == settlement].reset_index(drop=True)
    case = flips._Case(alone, tiny_plan.demand.loc[[settlement]], rows, tiny_plan.options)
    site = tiny_plan.verdicts.loc[settlement]
    pupils = tiny_plan.findings.loc[settlement, "pupils_entitled_or"]
    assert flips.outcome(tiny_plan, case) == (site["verdict"], site["level"], pupils)


def _at(x, y):
    from conftest import point

    return point(x, y)
