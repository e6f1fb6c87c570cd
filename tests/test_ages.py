from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import tiny_region
from peopled import COHORTS, LIVES, NORMS, YEAR, ages, births, flat, official, options, peopled
from schoolnet.model import ages as model
from schoolnet.model import population

pytestmark = pytest.mark.usefixtures("real_cohorts")

TINY = tiny_region()  # A, B, D, E, G rural in east; Q a town in west
SINGLE = {(age, age): 10 for age in range(100)}


def profile(year=None, choices=None, **known):
    return model.profile(peopled(TINY, **known), NORMS, choices or options(), year)


def test_without_a_table_cohorts_are_the_countrys_and_grades_1_to_11_the_share():
    found = profile()
    assert set(found.basis) == {"share"}
    assert found.cohorts.columns.tolist() == COHORTS
    assert found.cohorts[COHORTS[6:17]].sum(axis=1).to_numpy() == pytest.approx(NORMS["children.share"].value)
    own = profile(choices=options(school_age_share=0.1))
    assert own.cohorts[COHORTS[6:17]].sum(axis=1).to_numpy() == pytest.approx(0.1)
    assert (found.cohorts["a15"] < 0.7 * found.cohorts["a14"]).all()  # leavers to colleges are out


def test_without_a_table_the_youngest_are_as_many_as_were_born():
    found = profile(births=births(KZ={**dict.fromkeys(range(2000, 2025), 300), 2025: 150, 2026: 0})).cohorts.loc["A"]
    # a1 was born in September 2024 - August 2025: 300 / 3 + 150 x 2/3 = 200; a0: 150 / 3 = 50; a2: 300
    assert found["a0"] / found["a1"] == pytest.approx(50 / (200 * LIVES[0]))
    assert found["a2"] / found["a1"] == pytest.approx(300 * LIVES[1] / 200)


def test_the_table_of_the_nearest_area_wins_and_of_an_area_that_of_its_villages():
    at = (YEAR, 9)
    rows = [
        ("KZ", "all", *at, {(0, 99): 1000}),
        ("*", "urban", *at, dict.fromkeys(SINGLE, 10)),
        ("east", "all", *at, dict.fromkeys(SINGLE, 10) | {(7, 7): 20}),
        ("east", "rural", *at, dict.fromkeys(SINGLE, 10) | {(7, 7): 30}),
        ("B", "all", *at, dict.fromkeys(SINGLE, 10) | {(7, 7): 50}),
    ]
    found = profile(ages=ages(*rows))
    assert set(found.basis) == {"structure"}
    assert found.cohorts["a7"].to_dict() == pytest.approx(
        {"A": 30 / 1020, "B": 50 / 1040, "D": 30 / 1020, "E": 30 / 1020, "G": 30 / 1020, "Q": 10 / 1000}
    )
    assert profile(ages=ages(*rows[1:2])).basis.to_dict() == dict.fromkeys("ABDEG", "share") | {"Q": "structure"}


def test_ages_on_1_january_are_moved_to_1_september_with_the_births_of_the_area():
    # aged 1 in September: 90 / 3 + 120 x 2/3 = 110; aged 0: 120 / 3 and 2/3 of the 60 births of the year = 80
    groups = {(0, 0): 120, (1, 1): 90} | {(age, age): 0 for age in range(2, 99)} | {(99, 99): 790}
    found = profile(ages=ages(("*", "all", YEAR, 1, groups)), births=births(region={YEAR - 1: 120, YEAR: 60}))
    assert found.cohorts.loc["A", ["a0", "a1", "a2"]].to_numpy() == pytest.approx(np.array([80, 110, 60]) / 1000)
    assert found.notes == ()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 5000), min_size=4, max_size=4))
def test_groups_are_split_and_keep_their_sums(counts):
    counts[0] += 1
    groups = dict(zip([(0, 4), (5, 9), (10, 14), (15, 99)], counts, strict=True))
    found = profile(ages=ages(("KZ", "all", YEAR, 9, groups)), choices=options(stay_after_9=1)).cohorts.loc["A"]
    people = sum(counts)
    sums = [found[COHORTS[at : at + 5]].sum() * people for at in (0, 5, 10)]
    assert sums == pytest.approx(counts[:3])
    assert (found >= 0).all()


def test_a_group_falls_into_single_years_as_its_children_were_born():
    born = dict.fromkeys(range(1990, 2101), 300) | {2024: 600}
    found = profile(ages=ages(("KZ", "all", YEAR, 9, {(0, 4): 1700, (5, 99): 0})), births=births(KZ=born)).cohorts
    # born September 2023 - August 2024: 300 / 3 + 600 x 2/3 = 500, aged 2; a year later 400, aged 1; others 300
    alive = np.array([1, LIVES[0], LIVES[0] * LIVES[1]])
    assert found.loc["A", ["a0", "a1", "a2"]].to_numpy() / found.loc["A", "a0"] == pytest.approx(
        np.array([300, 400, 500]) / 300 * alive
    )


def test_years_between_the_table_and_the_plan_are_lived_through():
    table = ages(("*", "all", YEAR - 2, 9, SINGLE))
    found = profile(ages=table, births=flat(7, region={YEAR - 2: 5, YEAR - 1: 8, YEAR: 11})).cohorts.loc["A"]
    # aged 0 in 2026: 8 / 3 + 11 x 2/3 = 10; aged 1: 5 / 3 + 8 x 2/3 = 7; aged 2 were 0 in the table
    assert found["a0"] * 1000 == pytest.approx(10)
    assert found["a1"] * 1000 == pytest.approx(7 * LIVES[0])
    assert found["a2"] * 1000 == pytest.approx(10 * LIVES[0] * LIVES[1])
    assert found["a14"] * 1000 == pytest.approx(10 * LIVES[12] * LIVES[13])


def test_a_table_of_a_later_year_is_gone_back_from():
    late = profile(ages=ages(("*", "all", YEAR + 3, 9, SINGLE))).cohorts.loc["A"]
    assert late["a1"] * 1000 == pytest.approx(10 / LIVES[1] / LIVES[2] / LIVES[3])
    assert late["a0"] * 1000 == pytest.approx(10 / LIVES[0] / LIVES[1] / LIVES[2])
    both = profile(
        ages=ages(("*", "all", YEAR + 1, 1, SINGLE), ("*", "all", YEAR - 1, 9, SINGLE)), births=flat()
    ).cohorts.loc["A"]
    assert both["a9"] * 1000 == pytest.approx(10 * LIVES[8])  # the one before the plan's 1 September is taken


def test_without_births_of_the_area_its_youngest_tell_how_many_are_born():
    # births of the country halve: those of an area with ten children of every age halve too
    born = dict.fromkeys(range(1990, YEAR), 1000) | dict.fromkeys(range(YEAR, 2101), 500)
    alive = np.cumprod([1, *LIVES, *[1] * 80])
    groups = {(age, age): 10 * alive[age] for age in range(90)}
    found = profile(ages=ages(("*", "all", YEAR - 1, 9, groups)), births=births(KZ=born)).cohorts.loc["A"]
    assert found["a0"] / found["a1"] == pytest.approx((10 / 3 + 5 * 2 / 3) / (10 * LIVES[0]))


def test_a_table_of_children_only_is_divided_by_the_inhabitants():
    children = {(age, age): 10 for age in range(18)}
    table = ages(("east", "all", YEAR, 9, children), ("west", "urban", YEAR, 9, children))
    summed = profile(ages=table)
    assert summed.cohorts.loc["A", "a3"] == pytest.approx(10 / (430 + 219 + 107 + 21 + 27))
    assert summed.cohorts.loc["Q", "a3"] == pytest.approx(10 / 3209)
    counted = profile(
        ages=table, official=official(east={"population": 1000}, west={"population": 4000, "urban": 2500})
    )
    assert counted.cohorts.loc["A", "a3"] == pytest.approx(10 / 1000)
    assert counted.cohorts.loc["Q", "a3"] == pytest.approx(10 / 2500)
    country = profile(ages=ages(("KZ", "all", YEAR, 9, {(age, age): 360_000 for age in range(18)})))
    assert country.cohorts.loc["A", "a3"] == pytest.approx(360_000 / 20_495_975)


def test_what_a_table_lacks_is_filled_in_and_said():
    groups = {(age, age): 10 for age in range(6, 90)}
    found = profile(ages=ages(("*", "all", YEAR, 9, groups)), births=flat())
    assert [str(note) for note in found.notes] == [
        "the age table of * lacks ages 0, 1, 2, 3, 4, 5: filled in by births of the years"
    ]
    row = found.cohorts.loc["A"]
    assert row["a3"] == pytest.approx(row["a6"], rel=0.02)  # births are even, few die


def test_a_table_that_cannot_be_used_is_said_and_gives_way():
    nobody = dataclasses.replace(
        TINY, settlements=TINY.settlements.assign(population=np.nan).astype({"population": "Int64"})
    )
    table = ages(("east", "all", YEAR, 9, {(3, 7): 50}), ("west", "all", YEAR, 9, {(18, 99): 50}))
    found = model.profile(peopled(nobody, ages=table), NORMS, options())
    assert set(found.basis) == {"share"}
    assert [str(note) for note in found.notes][1:] == [
        "the age table of east is not used: its inhabitants are not known",
        "the age table of west is not used: it holds no child",
    ]


@pytest.mark.parametrize("year", [1991, 2020, 2026, 2060, 2100])
@pytest.mark.parametrize("then", [(1990, 1), (2026, 9), (2100, 9)])
def test_any_years_can_lie_between(year, then):
    found = profile(year, ages=ages(("*", "all", *then, {(0, 14): 300, (15, 64): 600, (65, 120): 100}))).cohorts
    assert np.isfinite(found.to_numpy()).all()
    assert (found.to_numpy() >= 0).all()


def test_the_children_of_a_town_are_the_share_and_its_cohorts_the_births_of_the_country():
    town = TINY.settlements.loc[["Q"]].assign(
        population=pd.array([100_000], dtype="Int64"), children=pd.array([None], dtype="Int64")
    )
    region = dataclasses.replace(TINY, settlements=town, schools=TINY.schools.iloc[:0])
    found = population.headcount(region, NORMS, options()).settlements.loc["Q"]
    assert found[[f"a{age}" for age in range(6, 17)]].sum() == pytest.approx(18_700)
    # born in 2020/21, before the fall of births: the most of all who are not in school yet
    assert found[[f"a{age}" for age in range(6)]].astype(float).idxmax() == "a5"
    assert found["a15"] < 0.75 * found["a14"]  # those who leave for colleges are out
