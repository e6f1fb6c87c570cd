from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import deep, tiny_region
from schoolnet import api, tables
from schoolnet.options import Options
from schoolnet.output import costing, words


def test_on_the_tiny_region_the_verdicts_are_as_on_paper(tiny_plan):
    found = tiny_plan.verdicts[["verdict", "level", "reason", "band", "meanwhile_bus"]]
    assert found.loc["A"].tolist() == ["keep", "", "keep_satisfied", "", False]
    assert found.loc["B"].tolist() == ["upgrade", "basic", "upgrade_owed", "5-9", True]
    assert found.loc["D"].tolist() == ["build", "primary", "build_owed", "1-4", True]
    assert found.loc["E"].tolist() == ["board", "", "board_no_road", "1-4", False]
    assert found.loc["G"].tolist() == ["build", "primary", "build_owed", "", False]
    assert found.loc["Q"].tolist() == ["build", "secondary", "build_emergency", "", False]


def test_what_a_verdict_and_the_next_best_thing_cost_is_as_on_paper(tiny_plan):
    """25 seats at 8.3 and 20 years of 30 and 25 x 0.1 for Dala; grades 1-4 are 7 of 20 on its bus of 24 seats.

    Bulak's 26 have a bus of 40 seats to themselves (46 fit no bus), so Dala's 20 share theirs by pupils alone.
    """
    found = tiny_plan.verdicts
    assert found.loc["D", "cost_mkzt"] == pytest.approx(25 * 8.3 + 20 * (30 + 2.5))
    fuel = 10.4 * 4 * 170 * 25 / 100 * 300 / 1e6
    assert found.loc["D", "runner_up_mkzt"] == pytest.approx(7 / 20 * (2 * 35 + 20 * (3 + 1.5 + fuel)))
    assert found["runner_up"].to_dict() == {"A": "", "B": "bus", "D": "bus", "E": "build", "G": "keep", "Q": "bus"}
    assert found.loc["G", "runner_up_mkzt"] == 0  # 1,500 m to Arka are walked: nobody of Gulder is owed a bus
    assert found.index[found["below_guarantee"]].tolist() == ["B", "D", "G"]


def test_a_level_raised_in_its_own_seats_is_told_as_the_pay_of_teachers_and_keeping_as_no_further_cost(tiny_plan):
    """Twenty years of teachers at 10; nobody would be owed a bus, so the next best thing is to leave all as it is."""
    row = SimpleNamespace(
        verdict="upgrade", runner_up="keep", cost_mkzt=200.0, runner_up_mkzt=0.0, below_guarantee=True, reason="upgrade"
    )
    free, built = (SimpleNamespace(seats=seats, price_basis="none", action="upgrade") for seats in (0, 60))
    facts = costing.compared(row, [free], tiny_plan.prices)
    assert costing.keys(facts) == ["next_best_keep", "next_best_staff", "next_best_below"]
    told = {lang: costing.sentences(facts, words.load(lang)) for lang in words.LANGS}
    assert (
        "«Сеть без изменений» – без дополнительных затрат; «Повысить уровень школы» – ≈ 200 млн тенге" in told["ru"][0]
    )
    assert "без строительства" not in " ".join(told["ru"])
    assert told["ru"][1].endswith("оплата учителей более высокого уровня за 20 лет.")
    assert "құрылыссыз" not in told["kk"][0]
    assert "20 жылғы еңбекақысы" in told["kk"][1]
    assert "teachers of the higher level over 20 years" in told["en"][1]
    assert costing.keys(costing.compared(row, [built], tiny_plan.prices)) == ["next_best_keep", "next_best_below"]
    row.runner_up, row.runner_up_mkzt = "bus", 50.0
    assert costing.keys(costing.compared(row, [free], tiny_plan.prices))[:2] == ["next_best", "next_best_staff"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("children", "verdict", "level"),
    [(4, "bus", ""), (5, "build", "primary"), (40, "build", "primary"), (41, "build", "basic"), (80, "build", "basic"),
     (81, "build", "secondary")],
)  # fmt: skip
def test_dala_with_so_many_children_gets(tiny, options, children, verdict, level):
    homes = tiny.settlements.copy()
    homes.loc["D", "children"] = children
    found = api.plan(dataclasses.replace(tiny, settlements=homes), options).verdicts.loc["D"]
    assert (found["verdict"], found["level"]) == (verdict, level)


@pytest.mark.slow
def test_bus_says_whether_distance_or_water_is_the_reason(tiny, options):
    homes = tiny.settlements.copy()
    homes.loc["D", "children"] = 4
    few = dataclasses.replace(tiny, settlements=homes)
    assert api.plan(few, options).verdicts.loc["D", "reason"] == "bus_far"
    ford = dataclasses.replace(few, roads=tiny.roads.assign(crossing=tiny.roads["crossing"].replace("bridge", "ford")))
    assert api.plan(ford, options).verdicts.loc["D", "reason"] == "bus_far_barrier"
    straight = options.model_copy(update={"distance_basis": "straight"})
    assert api.plan(ford, straight).verdicts.loc["D", "reason"] == "bus_barrier"


@pytest.mark.slow
def test_where_no_bus_can_come_a_boarding_place_is_said_to_be_needed(tiny, options):
    """Dala's road is a path: a child walks the 10,400 m, a bus is 4,000 m and more away."""
    homes = tiny.settlements.copy()
    homes.loc["D", "children"] = 4
    path = tiny.roads.assign(drive=[True, False, False, False, True])
    found = api.plan(dataclasses.replace(tiny, settlements=homes, roads=path), options).verdicts.loc["D"]
    assert found[["verdict", "reason"]].tolist() == ["board", "board_no_bus"]


@pytest.mark.slow
def test_a_ride_too_long_or_too_early_needs_a_boarding_place(tiny, options):
    """Dala to the school: 9,700 m at 40 km/h, 700 m at 55: 14.55 + 0.76 min, with a stop 16.31: 07:33 till 07:50."""
    homes = tiny.settlements.copy()
    homes.loc["D", "children"] = 4
    few = dataclasses.replace(tiny, settlements=homes)
    for long, early, said in (
        (17, "07:33", ["bus", "bus_far"]),
        (16, "07:33", ["board", "board_ride_long"]),
        (17, "07:35", ["board", "board_ride_long"]),
    ):
        chosen = options.model_copy(update={"ride_max_min": long, "pickup_earliest": early})
        plan = api.plan(few, chosen)
        assert plan.verdicts.loc["D", ["verdict", "reason"]].tolist() == said
        rides = plan.rides[plan.rides["settlement_id"] == "D"]
        assert set(rides["mode"]) == {said[0]}
        assert set(rides["why"]) == ({""} if said[0] == "bus" else {"too_long" if long == 16 else "too_early"})


@pytest.mark.slow
def test_four_children_near_a_school_are_owed_nothing(tiny, options):
    homes = tiny.settlements.copy()
    homes.loc["G", "children"] = 4
    found = api.plan(dataclasses.replace(tiny, settlements=homes), options).verdicts.loc["G"]
    assert (found["verdict"], found["reason"]) == ("keep", "keep_near")


@pytest.mark.slow
def test_far_from_school_and_not_entitled_under_the_reading_chosen_is_not_said_to_be_near(tiny, options):
    homes = tiny.settlements.copy()
    homes.loc["D", "children"] = 4
    both = options.model_copy(update={"transport_rule": "and"})
    found = api.plan(dataclasses.replace(tiny, settlements=homes), both).verdicts
    assert found.loc["D", ["verdict", "reason"]].tolist() == ["keep", "keep_rule"]
    assert found.loc["A", "reason"] == "keep_satisfied"


@pytest.mark.slow
def test_where_no_school_at_all_teaches_the_band_a_boarding_place_is_said_to_be_needed(tiny, options):
    primary = tiny.schools.assign(level=pd.array(["primary"] * 3, dtype="str"))
    homes = tiny.settlements.copy()
    homes.loc["A", "children"] = 40
    plan = api.plan(dataclasses.replace(tiny, schools=primary, settlements=homes), options)
    assert plan.verdicts.loc["A", ["verdict", "reason", "band"]].tolist() == ["board", "board_no_school", "5-9"]


@pytest.mark.slow
@pytest.mark.parametrize("reading", [{"transport_rule": "and"}, {"transport_holder": "no_school"}])
def test_no_school_of_the_band_is_never_said_to_be_near_or_kept(tiny, options, reading, tmp_path):
    primary = tiny.schools.assign(level=pd.array(["primary"] * 3, dtype="str"))
    homes = tiny.settlements.copy()
    homes.loc["A", "children"] = 40
    region = dataclasses.replace(tiny, schools=primary, settlements=homes)
    plan = api.plan(region, options.model_copy(update=reading))
    assert plan.verdicts.loc["A", ["verdict", "reason"]].tolist() == ["board", "board_no_school"]
    plan.save(tmp_path / "out")


@pytest.mark.slow
def test_the_reason_speaks_of_the_band_that_caused_it(tiny, options):
    """Gulder: grades 1-4 are 1,500 m away at the basic school of Arka, the others at Qala, 200 + 8,000 m."""
    basic = tiny.schools.assign(level=pd.array(["primary", "primary", "secondary"], dtype="str"))
    homes = tiny.settlements.copy()
    homes.loc["G", "children"] = 4
    region = dataclasses.replace(tiny, schools=basic, settlements=homes)
    both = api.plan(region, options.model_copy(update={"transport_rule": "and"}))
    assert both.verdicts.loc["G", ["reason", "band"]].tolist() == ["keep_rule", "5-9"]
    either = api.plan(region, options)
    assert either.verdicts.loc["G", ["reason", "band"]].tolist() == ["bus_far", "5-9"]


@pytest.mark.slow
def test_a_village_without_children_is_owed_nothing(tiny, options):
    homes = tiny.settlements.copy()
    homes.loc["D", "children"] = 0
    plan = api.plan(dataclasses.replace(tiny, settlements=homes), options)
    assert (plan.verdicts.loc["D", "verdict"], plan.verdicts.loc["D", "reason"]) == ("keep", "keep_too_few")
    assert "D" not in set(plan.transport["settlement_id"])


@pytest.mark.slow
@deep(15)
@given(st.lists(st.one_of(st.none(), st.integers(0, 300)), min_size=6, max_size=6), st.sampled_from(["or", "and"]))
def test_whatever_the_children_the_invariants_hold(children, rule):
    tiny = tiny_region()
    homes = tiny.settlements.assign(
        children=pd.array(children, dtype="Int64"),
        population=pd.array([pd.NA] * 6, dtype="Int64"),
        population_basis="unknown",
    )
    plan = api.plan(dataclasses.replace(tiny, settlements=homes), Options(on="2026-09-01", transport_rule=rule))
    transport = plan.transport
    assert not (transport["entitled_and"] & ~transport["entitled_or"]).any()
    bands = plan.demand[["children_1_4", "children_5_9", "children_10_11"]].sum(axis=1, min_count=3)
    known = plan.demand["children"].notna()
    assert (bands[known] == plan.demand["children"][known]).all()
    owed = plan.findings["network_deficit"]
    assert plan.verdicts.loc[owed, "verdict"].isin(["build", "upgrade"]).all()
    others = plan.verdicts.loc[~owed & plan.region.settlements["is_rural"], "verdict"]
    assert not others.isin(["build", "upgrade"]).any()
    assert plan.verdicts["verdict"].isin(tables.VERDICTS).all()
    built = plan.verdicts.index[plan.verdicts["verdict"].isin(["build", "upgrade", "extend"])]
    assert set(built) == set(plan.sites["settlement_id"])
    assert (plan.findings["pupils_entitled_or"] <= plan.demand["children"].fillna(0)).all()
