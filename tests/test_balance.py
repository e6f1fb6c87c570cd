"""The mass balance of children: every one in exactly one place, in each district and in the whole region."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import deep, tiny_region
from schoolnet import api
from schoolnet.model import balance
from schoolnet.options import Options

PLACES = ["sources", "children", "taught_here", "entitled", "elsewhere", "unreachable"]


def _places(plan):
    return {key: row.tolist() for key, row in plan.district_findings[PLACES].iterrows()}


def test_on_the_tiny_region_every_child_is_where_the_paper_says(tiny_plan):
    """East: taught here Arka 81 and Bulak's 15; entitled Bulak's 26 and Dala 20; Gulder 5 by road; Eski 4 by none."""
    assert _places(tiny_plan) == {
        "east": [151, 151, 96, 46, 5, 4],
        "west": [600, 600, 600, 0, 0, 0],
        balance.WHOLE: [751, 751, 696, 46, 5, 4],
    }


@pytest.mark.slow
def test_under_and_nobody_but_eski_is_entitled_and_eski_has_no_road(tiny, options):
    plan = api.plan(tiny, options.model_copy(update={"transport_rule": "and"}))
    assert _places(plan)["east"] == [151, 151, 96, 0, 51, 4]


@pytest.mark.slow
def test_in_flood_a_ford_leaves_dala_out_of_reach(tiny, options):
    ford = dataclasses.replace(tiny, roads=tiny.roads.assign(crossing=tiny.roads["crossing"].replace("bridge", "ford")))
    assert _places(api.plan(ford, options))["east"] == [151, 151, 96, 46, 5, 4]
    flood = api.plan(ford, options.model_copy(update={"season": "flood"}))
    assert _places(flood)["east"] == [151, 151, 96, 26, 5, 24]


def test_on_the_tiny_region_the_findings_of_the_districts_are_as_on_paper(tiny_plan):
    found = tiny_plan.district_findings
    counts = ["settlements", "settlements_rural", "network_deficit", "owed_build", "band_not_taught", "schools",
              "state_day_schools", "emergency", "three_shift", "at_risk", "protected", "shortage_official"]  # fmt: skip
    assert found.loc["east", counts].tolist() == [5, 5, 3, 2, 4, 2, 2, 0, 0, 0, 0, 0]
    assert found.loc["west", counts].tolist() == [1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 100]
    assert found.loc[balance.WHOLE, counts].tolist() == [6, 5, 3, 2, 4, 3, 3, 1, 1, 0, 0, 100]
    assert found["indicator_share"].tolist() == pytest.approx([0, 1, 1 / 3])


@pytest.mark.slow
def test_a_settlement_outside_every_district_has_a_row_of_its_own(tiny, options):
    homes = tiny.settlements.copy()
    homes.loc["D", "district_id"] = None
    plan = api.plan(dataclasses.replace(tiny, settlements=homes), options)
    assert plan.district_findings.index.tolist() == ["east", "west", "", balance.WHOLE]
    assert _places(plan)[""] == [20, 20, 0, 20, 0, 0]
    assert _places(plan)["east"] == [131, 131, 96, 26, 5, 4]


@pytest.mark.slow
def test_a_district_without_settlements_or_schools_has_its_row_of_noughts(tiny, options):
    homes, found = tiny.settlements.copy(), tiny.schools.copy()
    homes["district_id"], found["settlement_id"] = "east", None
    plan = api.plan(dataclasses.replace(tiny, settlements=homes, schools=found), options)
    assert plan.district_findings.loc["west", "settlements"] == 0
    assert pd.isna(plan.district_findings.loc["west", "indicator_share"])
    # the schools stand in no settlement: they are in the row of no district, and nobody is taught in his own
    assert plan.district_findings["schools"].to_dict() == {"east": 0, "west": 0, "": 3, balance.WHOLE: 3}
    assert plan.district_findings.loc[balance.WHOLE, "taught_here"] == 0


@pytest.mark.slow
def test_children_of_unknown_number_are_in_neither_side(tiny, options):
    homes = tiny.settlements.copy()
    homes.loc["D", ["children", "population"]] = pd.NA
    plan = api.plan(dataclasses.replace(tiny, settlements=homes), options)
    assert _places(plan)["east"] == [131, 131, 96, 26, 5, 4]


@pytest.mark.slow
def test_half_a_child_is_rounded_the_same_way_on_both_sides(tiny, options):
    """295 + 205 inhabitants x 0.187 = 55.165 + 38.335 = 93.5; to the nearest even child 94, in the sources and here."""
    homes = tiny.settlements.loc[["A", "B"]].copy()
    homes["children"] = pd.array([pd.NA, pd.NA], dtype="Int64")
    homes["population"] = pd.array([295, 205], dtype="Int64")
    schools = tiny.schools.loc[["SA", "SB"]]
    plan = api.plan(dataclasses.replace(tiny, settlements=homes, schools=schools), options)
    assert _places(plan)["east"][:2] == [94, 94]


@pytest.mark.slow
@deep(15)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 300)), min_size=6, max_size=6),
    st.lists(st.one_of(st.none(), st.integers(0, 3000)), min_size=6, max_size=6),
    st.sampled_from(["or", "and"]),
    st.sampled_from(["dry", "flood"]),
)
def test_whatever_the_children_and_people_none_is_lost_or_made(children, people, rule, season):
    tiny = tiny_region()
    homes = tiny.settlements.assign(
        children=pd.array(children, dtype="Int64"), population=pd.array(people, dtype="Int64")
    )
    homes["population_basis"] = ["given" if one is not None else "unknown" for one in people]
    choices = {"transport_rule": rule, "season": season}
    found = api.plan(
        dataclasses.replace(tiny, settlements=homes), Options(on="2026-09-01", **choices)
    ).district_findings
    assert (found["sources"] == found["children"]).all()
    assert (found[PLACES[2:]].sum(axis=1) == found["children"]).all()
    assert (found[PLACES].iloc[:-1].sum() == found.loc[balance.WHOLE, PLACES]).all()
