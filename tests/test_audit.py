from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from conftest import table
from schoolnet import api
from schoolnet.model import audit
from schoolnet.model.access import in_season


def _now(plan):
    """Return transport and access of the plan's season."""
    return (in_season(frame, plan.options.season) for frame in (plan.transport, plan.access))


def test_on_the_tiny_region_the_guarantee_is_as_on_paper(tiny_plan):
    found = tiny_plan.findings
    assert found["guaranteed"].to_dict() == {
        "A": "secondary", "B": "basic", "D": "primary", "E": "none", "G": "primary", "Q": "none",
    }  # fmt: skip
    assert found["existing"].to_dict() == {
        "A": "secondary", "B": "primary", "D": "none", "E": "none", "G": "none", "Q": "secondary",
    }  # fmt: skip
    assert found.index[found["network_deficit"]].tolist() == ["B", "D", "G"]
    assert found["bands_not_taught"].to_dict() == {
        "A": "", "B": "5-9, 10-11", "D": "1-4, 5-9, 10-11", "E": "1-4, 5-9, 10-11", "G": "1-4, 5-9, 10-11", "Q": "",
    }  # fmt: skip


def test_on_the_tiny_region_transport_is_owed_as_on_paper_under_both_readings(tiny_plan):
    assert tiny_plan.findings["pupils_entitled_or"].to_dict() == {"A": 0, "B": 26, "D": 20, "E": 4, "G": 0, "Q": 0}
    assert tiny_plan.findings["pupils_entitled_and"].to_dict() == {"A": 0, "B": 0, "D": 0, "E": 4, "G": 0, "Q": 0}


@pytest.mark.slow
def test_a_bridged_river_is_a_barrier_only_in_the_stricter_reading(tiny, options):
    strict = api.plan(tiny, options.model_copy(update={"bridged_barrier": "yes"}))
    assert strict.findings["pupils_entitled_and"].to_dict() == {"A": 0, "B": 0, "D": 20, "E": 4, "G": 0, "Q": 0}


def test_the_and_rule_changes_who_is_entitled_not_the_two_counts(tiny, tiny_plan, options):
    both = api.plan(tiny, options.model_copy(update={"transport_rule": "and"}))
    assert both.findings["pupils_entitled_or"].sum() == tiny_plan.findings["pupils_entitled_or"].sum() == 50
    assert both.transport.loc[both.transport["entitled"], "settlement_id"].unique().tolist() == ["E"]


@pytest.mark.slow
def test_only_a_village_without_any_school_is_entitled_when_the_holder_is_read_so(tiny, options):
    read_so = api.plan(tiny, options.model_copy(update={"transport_holder": "no_school"}))
    assert read_so.findings["pupils_entitled_or"].to_dict() == {"A": 0, "B": 0, "D": 20, "E": 4, "G": 0, "Q": 0}


def test_in_a_straight_line_dala_is_near(tiny, options):
    straight = api.plan(tiny, options.model_copy(update={"distance_basis": "straight"}))
    rows = in_season(straight.transport, "dry").set_index(["settlement_id", "band"])
    assert not rows.loc[("D", "1-4"), "far"]
    assert rows.loc[("B", "5-9"), "far"]


@pytest.mark.parametrize(
    ("metres", "barrier", "far", "entitled_or", "entitled_and"),
    [
        (2999.999, False, False, False, False),
        (3000.0, False, False, False, False),
        (3000.001, False, True, True, False),
        (3000.0, True, False, True, False),
        (3000.001, True, True, True, True),
        (float("nan"), False, True, True, False),
    ],
)
def test_three_kilometres_are_near_and_a_millimetre_more_is_far(
    tiny, tiny_plan, norms, options, metres, barrier, far, entitled_or, entitled_and
):
    rows = tiny_plan.access.assign(
        road_m=lambda a: a["road_m"].where(a["settlement_id"] != "G", metres),
        barrier=lambda a: a["barrier"].where(a["settlement_id"] != "G", barrier),
    )
    found = audit.transport(tiny, tiny_plan.demand, rows, norms, options)
    row = found.set_index(["settlement_id", "band", "season"]).loc[("G", "1-4", "dry")]
    assert (row["far"], row["entitled_or"], row["entitled_and"]) == (far, entitled_or, entitled_and)


def test_the_3_km_end_to_end_on_the_road_itself(tiny, options):
    """Bulak moved to 2,700 m west of Arka is 3,000.000 m from the school; 1 mm farther it is entitled."""
    from conftest import point

    for x, owed in [(-2699.999, 0), (-2700, 0), (-2700.001, 26)]:
        places = tiny.settlements.geometry.copy()
        places["B"] = point(x, 0)
        plan = api.plan(dataclasses.replace(tiny, settlements=tiny.settlements.set_geometry(places)), options)
        assert plan.findings.loc["B", "pupils_entitled_or"] == owed


@pytest.mark.slow
def test_a_village_whose_children_are_unknown_has_no_finding_but_stays_in_the_table(tiny, options):
    homes = tiny.settlements.copy()
    homes.loc["D", ["children", "population"]] = pd.NA
    homes["population_basis"] = homes["population_basis"].where(homes.index != "D", "unknown")
    plan = api.plan(dataclasses.replace(tiny, settlements=homes), options)
    row = plan.findings.loc["D"]
    assert pd.isna(row["children"])
    assert pd.isna(row["guaranteed"])
    assert not row["network_deficit"]
    assert plan.summary["children_unknown"] == 1
    assert plan.verdicts.loc["D", "verdict"] == "no_data"


@pytest.mark.slow
def test_a_level_that_was_assumed_is_said(tiny, options):
    schools = tiny.schools.assign(level=pd.array([None, "primary", "secondary"], dtype="str"))
    plan = api.plan(dataclasses.replace(tiny, schools=schools), options)
    assert plan.findings["level_known"].to_dict() == {"A": False, "B": True, "D": True, "E": True, "G": True, "Q": True}


def _school_findings(tiny, norms, rows):
    frame = table(rows)
    schools = tiny.schools.iloc[[0] * len(frame)].reset_index(drop=True)
    schools.index = pd.Index(frame["school_id"], dtype="str", name="school_id")
    for column in frame.columns.drop("school_id"):
        dtype = tiny.schools[column].dtype
        schools[column] = pd.array(frame[column].where(frame[column].notna(), None).to_list(), dtype=dtype)
    return audit.school_findings(dataclasses.replace(tiny, schools=schools), norms)


def test_a_school_is_at_risk_when_its_contingent_no_longer_sustains_its_level(tiny, norms):
    found = _school_findings(
        tiny,
        norms,
        """
        school_id  level      enrolment  settlement_id  protected  ownership
        s81        secondary  81         A              -          -
        s80        secondary  80         A              -          -
        b41        basic      41         A              -          state
        b40        basic      40         A              -          state
        p5         primary    5          A              -          -
        p4         primary    4          A              -          -
        kept       primary    4          A              border     -
        town       secondary  30         Q              -          -
        unknown    secondary  -          A              -          -
        nolevel    -          3          A              -          -
        private    primary    3          A              -          private
        """,
    )
    assert found.index[found["at_risk"]].tolist() == ["s80", "b40", "p4"]
    assert found["sustained"].fillna("").to_dict() == {
        "s81": "secondary", "s80": "basic", "b41": "basic", "b40": "primary", "p5": "primary", "p4": "none",
        "kept": "none", "town": "primary", "unknown": "", "nolevel": "", "private": "none",
    }  # fmt: skip
    assert found.index[found["protected"]].tolist() == ["kept"]


def test_shortage_counts_two_shifts_officially_and_one_for_comfort_whatever_the_seats_are_counted_in(tiny, norms):
    found = _school_findings(
        tiny,
        norms,
        """
        school_id  enrolment  seats  seat_basis
        one        700        300    one_shift
        two        700        600    two_shift
        fits       300        300    one_shift
        blank      700        -      one_shift
        plain      301        300    -
        """,
    )
    assert found["shortage_official"].fillna(-1).to_dict() == {
        "one": 100,
        "two": 100,
        "fits": 0,
        "blank": -1,
        "plain": 0,
    }
    assert found["shortage_comfort"].fillna(-1).to_dict() == {
        "one": 400,
        "two": 400,
        "fits": 0,
        "blank": -1,
        "plain": 1,
    }


def test_an_emergency_school_in_three_shifts_counts_once_in_the_headline_indicator(tiny_plan):
    assert tiny_plan.summary["emergency"] == 1
    assert tiny_plan.summary["three_shift"] == 1
    assert tiny_plan.summary["indicator_share"] == pytest.approx(1 / 3)


def test_the_headline_indicator_asks_for_no_seats(tiny, norms, tiny_plan):
    region = dataclasses.replace(tiny, schools=tiny.schools.assign(seats=pd.array([None] * 3, dtype="Int64")))
    found = audit.school_findings(region, norms)
    summary = audit.summary(region, tiny_plan.findings, found, *_now(tiny_plan))
    assert summary["indicator_share"] == pytest.approx(1 / 3)
    assert summary["shortage_official"] is None


def test_evening_and_private_schools_are_outside_the_headline_indicator(tiny, norms, tiny_plan):
    region = dataclasses.replace(
        tiny,
        schools=tiny.schools.assign(
            kind=pd.array(["evening", None, "day"], dtype="str"),
            ownership=pd.array([None, "private", "state"], dtype="str"),
        ),
    )
    found = audit.school_findings(region, norms)
    assert found["state_day"].to_dict() == {"SA": False, "SB": False, "SQ": True}
    summary = audit.summary(region, tiny_plan.findings, found, *_now(tiny_plan))
    assert summary["indicator_share"] == 1.0


def test_where_neither_condition_nor_shifts_are_known_the_indicator_is_unknown_not_zero(tiny, norms, tiny_plan):
    blank = {"condition": pd.array([None] * 3, dtype="str"), "shifts": pd.array([None] * 3, dtype="Int64")}
    region = dataclasses.replace(tiny, schools=tiny.schools.assign(**blank))
    found = audit.school_findings(region, norms)
    assert audit.summary(region, tiny_plan.findings, found, *_now(tiny_plan))["indicator_share"] is None


@pytest.mark.slow
def test_both_readings_of_a_bridged_river_are_counted(tiny, options):
    """Dala, 10,400 m over the bridge: under `and` the river makes it entitled only when bridged rivers count."""
    plan = api.plan(tiny, options.model_copy(update={"transport_rule": "and"}))
    assert plan.summary["pupils_bridge_ends"] == 4
    assert plan.summary["pupils_bridge_stays"] == 24
    either = api.plan(tiny, options)
    assert either.summary["pupils_bridge_ends"] == either.summary["pupils_bridge_stays"] == 50


@pytest.mark.slow
def test_in_flood_a_ford_is_closed_and_the_entitled_are_counted_in_both_seasons(tiny, options):
    """A ford in place of the bridge: Dala is 10,400 m and a ford off when dry; in flood no road leads there.

    Under `and` Dala's 20 are owed in both (far, and the river a barrier); Bulak's 26 in neither: no water lies between.
    """
    ford = dataclasses.replace(tiny, roads=tiny.roads.assign(crossing=tiny.roads["crossing"].replace("bridge", "ford")))
    plan = api.plan(ford, options.model_copy(update={"transport_rule": "and"}))
    assert plan.findings["pupils_entitled_dry"].to_dict() == {"A": 0, "B": 0, "D": 20, "E": 4, "G": 0, "Q": 0}
    assert plan.findings["pupils_entitled_flood"].to_dict() == plan.findings["pupils_entitled_dry"].to_dict()
    flood = api.plan(ford, options.model_copy(update={"season": "flood"}))
    assert flood.verdicts.loc["D", "verdict"] == "build"
    rows = in_season(flood.access, "flood").set_index(["settlement_id", "band"])
    assert rows.loc[("D", "1-4"), ["approx", "crossing"]].tolist() == [True, "none"]


@pytest.mark.slow
def test_the_finding_names_the_river_that_divides_the_village(tiny, options):
    """The school of Dala itself stands across Taza, with a ford in place of the bridge."""
    schools = tiny.schools.copy()
    schools.loc["SA", "settlement_id"] = "D"
    ford = tiny.roads.assign(crossing=tiny.roads["crossing"].replace("bridge", "ford"))
    found = api.plan(dataclasses.replace(tiny, schools=schools, roads=ford), options).findings["divided_by"]
    assert found.dropna().to_dict() == {"D": "w0"}
