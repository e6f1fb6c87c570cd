"""A settlement on both banks of a river: what lies in it does not lie between it and the next.

Arka (0, 0) has its school at (300, 0); the river runs along x = 150, without a bridge, and the road crosses it.
"""

from __future__ import annotations

import dataclasses

import pytest

from conftest import box, line, roads, waters
from schoolnet import api, schema, tables


def _plan(tiny, options, *areas, river=((150, -900), (150, 900))):
    """Gulder (-1000, 200) goes to Arka's school over the river: 200 + 1300 m, no bridge on the way."""
    built = schema.geoframe([{"settlement_id": "A"} for _ in areas], tables.BUILT_UP, list(areas))
    water = waters(("river", "Taza", line(*river)))
    return api.plan(dataclasses.replace(tiny, waters=water, built_up=built), options)


def _row(plan, settlement):
    rows = plan.access[plan.access["season"] == "dry"].set_index(["settlement_id", "band"])
    return rows.loc[(settlement, "1-4")]


@pytest.mark.slow
def test_without_an_outline_the_river_before_the_school_bars_the_way_and_divides_its_own_village(tiny, options):
    plan = _plan(tiny, options)
    assert (_row(plan, "G")["crossing"], _row(plan, "G")["barrier"]) == ("unmarked", True)
    assert plan.findings["divided_by"].dropna().to_dict() == {"A": "w0"}
    assert not plan.transport["settlement_id"].eq("A").any()  # its bands are taught there: the act gives it no bus


@pytest.mark.slow
def test_a_river_through_the_outline_of_the_schools_village_does_not_lie_between(tiny, options):
    plan = _plan(tiny, options, box(-200, -200, 500, 200))
    assert (_row(plan, "G")["between"], _row(plan, "G")["barrier"]) == (False, False)
    assert plan.findings["divided_by"].dropna().to_dict() == {"A": "w0"}


@pytest.mark.slow
def test_two_banks_drawn_apart_are_one_village(tiny, options):
    plan = _plan(tiny, options, box(-200, -200, 100, 200), box(200, -200, 500, 200))
    assert not _row(plan, "G")["between"]
    assert plan.findings["divided_by"].dropna().to_dict() == {"A": "w0"}


@pytest.mark.slow
def test_an_outline_on_one_bank_leaves_the_river_between(tiny, options):
    plan = _plan(tiny, options, box(200, -200, 500, 200))
    assert _row(plan, "G")["barrier"]


@pytest.mark.slow
@pytest.mark.parametrize(("east", "divides"), [(490, False), (460, True)])
def test_a_corner_cut_off_is_no_second_bank(tiny, options, east, divides):
    """The outline is 700 m wide: a twentieth is 35 m; the strip behind the river is 10 m wide, or 40."""
    plan = _plan(tiny, options, box(-200, -200, 500, 200), river=((east, -900), (east, 900)))
    assert ("A" in plan.findings["divided_by"].dropna()) == divides


@pytest.mark.slow
def test_a_river_that_bends_into_the_hull_but_not_between_houses_still_bars(tiny, options):
    """Houses along a crescent on the west bank; the river runs through the hollow: nobody lives on its east bank."""
    crescent = box(-400, -300, -300, 300).union(box(-400, 250, 140, 300)).union(box(-400, -300, 140, -250))
    plan = _plan(tiny, options, crescent, river=((-100, -240), (-100, 240)))
    assert "A" not in plan.findings["divided_by"].dropna()
    assert _row(plan, "G")["barrier"]


@pytest.mark.slow
def test_the_other_villages_outline_counts_too(tiny, options):
    """The river between Gulder and Arka runs through Gulder itself."""
    built = schema.geoframe([{"settlement_id": "G"}], tables.BUILT_UP, [box(-1300, 0, -700, 400)])
    water = waters(("river", "Taza", line((-800, -900), (-800, 900))))
    net = roads(("track", "", line((-1000, 200), (300, 0))))
    plan = api.plan(dataclasses.replace(tiny, waters=water, built_up=built, roads=net), options)
    assert not _row(plan, "G")["between"]
    assert plan.findings["divided_by"].dropna().to_dict() == {"G": "w0"}
