from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from conftest import deep, tiny_region
from peopled import COHORTS, LIVES, NORMS, births, flat, options, peopled, series, state
from schoolnet import prospects, schema
from schoolnet.model import ages
from schoolnet.model import forecast as model

pytestmark = pytest.mark.usefixtures("real_cohorts")

TINY = tiny_region()  # A, B, D, E, G in east; Q in west
GRADES = [f"g{grade}" for grade in range(1, 13)]
ORDER = ["low", "medium", "high"]


def forecast(headcount, choices=None, region=TINY, **known):
    counted = headcount.assign(children_basis="given")
    return model.forecast(peopled(region, **known), counted, NORMS, choices or options())


def pupils(found, place, path="medium", column="g1"):
    """Return one column of a settlement, or of a district, by year."""
    table = found.settlements if place in TINY.settlements.index else found.districts
    own = table[(table.iloc[:, 0] == place) & (table["scenario"] == path)]
    return own.set_index("year")[column].to_dict()


def by_path(table):
    """Return grades and totals of each path, rows in the same order."""
    return {path: rows[[*GRADES, "children"]].to_numpy(dtype=int) for path, rows in table.groupby("scenario")}


def settled(**cohorts_of):
    """Return a headcount of 0, but for the cohorts given by settlement: settled(A={"a5": 9})."""
    home = state(TINY)
    for key, row in cohorts_of.items():
        home.loc[key, list(row)] = list(row.values())
    return home


# --- by hand


def test_three_years_of_a_village_as_on_paper():
    # births stay as they are, nobody moves on the medium path, nine in ten stay after grade 9; deaths take 0.03 %
    home = settled(A={"a5": 9.0, "a6": 8.0, "a13": 10.0, "a14": 20.0, "a15": 3.0, "a16": 4.0})
    found = forecast(home, options(horizon=2029, stay_after_9=0.9, migration_spread=0.5), births=flat())
    # 2026: 8 in grade 1, 10 in 8, 20 in 9, 3 in 10, 4 in 11: 45
    # 2027: 9 in 1, 8 in 2, 10 in 9, 18 in 10, 3 in 11: 48;  2028: 9 in 2, 8 in 3, 9 in 10, 18 in 11: 44
    # 2029: 9 in 3, 8 in 4, 9 in 11: 26; none were aged 4 and under in 2026
    assert pupils(found, "A") == {2026: 8, 2027: 9, 2028: 0, 2029: 0}
    assert pupils(found, "A", column="g10") == {2026: 3, 2027: 18, 2028: 9, 2029: 0}
    assert pupils(found, "A", column="g11") == {2026: 4, 2027: 3, 2028: 18, 2029: 9}
    assert pupils(found, "A", column="children") == {2026: 45, 2027: 48, 2028: 44, 2029: 26}
    # low: half of the cohorts move away every year: 24 (23.99 rounded down: 23), 11.0, 3.2
    assert pupils(found, "A", "low", "children") == {2026: 45, 2027: 23, 2028: 10, 2029: 3}
    # high: half as many again: 72 (71.98 rounded up), 99 (98.9), 87.6
    assert pupils(found, "A", "high", "children") == {2026: 45, 2027: 72, 2028: 99, 2029: 88}


def test_the_tables_are_as_declared_and_places_without_children_known_have_no_rows():
    home = settled(A={"a6": 5.0})
    home.loc["B"] = np.nan
    found = forecast(home)
    schema.check(found.settlements, prospects.FORECAST)
    schema.check(found.districts, prospects.FORECAST_DISTRICTS)
    assert found.settlements["settlement_id"].unique().tolist() == ["A", "D", "E", "G", "Q"]
    assert len(found.settlements) == 5 * 5 * 3
    assert found.settlements["scenario"].tolist()[:3] == ORDER
    assert found.districts["district_id"].unique().tolist() == ["east", "west", "*"]
    assert [str(note) for note in found.notes] == ["1 settlements have no forecast: their children are unknown"]


def test_nobody_known_makes_empty_tables():
    found = forecast(settled() * np.nan)
    assert found.settlements.empty
    assert found.districts["district_id"].unique().tolist() == ["*"]
    assert found.districts["children"].sum() == 0


def test_settlements_outside_every_district_are_a_row_of_their_own():
    homes = TINY.settlements.assign(district_id=TINY.settlements["district_id"].where(TINY.settlements.index != "D"))
    found = forecast(settled(D={"a6": 7.0}, A={"a6": 5.0}), region=dataclasses.replace(TINY, settlements=homes))
    assert pupils(found, "")[2026] == 7
    assert pupils(found, "east")[2026] == 5
    assert pupils(found, "*")[2026] == 12


# --- the country's births


def test_by_default_grade_1_of_the_country_peaks_in_2027():
    # births were highest in 2021: who was born from September 2020 to August 2021 is six in September 2027
    profile = ages.profile(TINY, NORMS, options()).cohorts
    found = forecast(profile * 100_000, options(horizon=2034))
    for path in ORDER:
        first = pupils(found, "*", path)
        assert max(first, key=first.get) == 2027
        assert first[2030] < 0.9 * first[2027]
        assert first[2032] < 0.85 * first[2027]


def test_zero_births_drain_grade_1_first_and_then_grade_by_grade():
    none = births(KZ=dict.fromkeys(range(2000, 2026), 1000) | dict.fromkeys(range(2026, 2041), 0))
    home = state(TINY, **dict.fromkeys(COHORTS, 10.0))
    found = forecast(home, options(horizon=2038, stay_after_9=1), births=none)
    for path in ORDER:
        for grade in range(1, 6):
            years = pupils(found, "A", path, f"g{grade}")
            empty = 2026 + 6 + grade  # born before September 2026 are in grade 1 by 2032; 1 January - 31 August: none
            assert years[empty - 1] > 0
            assert [years[year] for year in range(empty, 2039)] == [0] * (2039 - empty)


def test_in_the_plans_year_all_paths_are_the_children_counted():
    home = settled(A={"a6": 2.5, "a7": 2.5}, B={"a6": 0.5, "a8": 1.5}, Q={"a9": 3.25})
    found = forecast(home)
    at = found.settlements[found.settlements["year"] == 2026]
    # A 5, B 2 and west 3 (3.25); of equal halves the first is rounded up
    assert at[at["scenario"] == "medium"].set_index("settlement_id")["children"].to_dict() == {
        "A": 5, "B": 2, "D": 0, "E": 0, "G": 0, "Q": 3,
    }  # fmt: skip
    paths = by_path(at)
    assert (paths["low"] == paths["medium"]).all()
    assert (paths["high"] == paths["medium"]).all()
    assert at[at["settlement_id"] == "A"][["g1", "g2"]].to_numpy().tolist() == [[3, 2]] * 3


def test_twelve_year_schooling_adds_one_cohort_and_only_from_its_year():
    home = state(TINY, **dict.fromkeys(COHORTS, 10.0))
    plain, more = forecast(home), forecast(home, options(twelve_from=2028))
    assert set(plain.settlements["g12"]) == {0}
    early = more.settlements["year"] < 2028
    assert more.settlements[early].equals(plain.settlements[early])
    assert (more.settlements[~early]["g12"] > 0).all()
    medium = (more.settlements["scenario"] == "medium") & ~early
    assert (more.settlements[medium][GRADES[:11]].sum(axis=1) - plain.settlements[medium]["children"]).abs().max() <= 1
    assert pupils(more, "A", column="g12")[2028] == round(pupils(more, "A", column="g11")[2027] * LIVES[16])


# --- totals


def control(*rows, choices=None, home=None):
    home = state(TINY, **dict.fromkeys(COHORTS, 10.0)) if home is None else home
    return forecast(home, choices or options(stay_after_9=1), births=flat(), series=series(*rows))


def test_a_total_of_the_region_is_met_to_the_child_and_no_path_leaves_its_order():
    found = control(("*", 2028, {0: 901}))
    assert pupils(found, "*", column="children")[2028] == 901
    paths = by_path(found.settlements)
    assert (paths["low"] <= paths["medium"]).all()
    assert (paths["medium"] <= paths["high"]).all()
    assert found.notes == ()


def test_a_total_of_a_district_wins_and_the_rest_of_the_region_comes_up_for_the_regions():
    found = control(("east", 2027, {0: 300}), ("*", 2027, {0: 451}))
    assert pupils(found, "east", column="children")[2027] == 300
    assert pupils(found, "west", column="children")[2027] == 151


def test_totals_by_grade_are_met_grade_by_grade():
    wanted = {grade: 60 + grade for grade in range(1, 12)}
    found = control(("*", 2027, wanted), ("west", 2029, {1: 3}))
    at = found.districts[(found.districts["year"] == 2027) & (found.districts["scenario"] == "medium")]
    assert at[at["district_id"] == "*"][GRADES[:11]].to_numpy().tolist() == [list(wanted.values())]
    assert pupils(found, "west")[2029] == 3


def test_a_grade_and_the_total_together_leave_the_rest_to_the_other_grades():
    found = control(("east", 2027, {1: 100, 0: 501}))
    assert pupils(found, "east")[2027] == 100
    assert pupils(found, "east", column="children")[2027] == 501


def test_what_a_total_adds_to_a_cohort_stays_with_it():
    found = control(("Q", 2027, {0: 5}), ("west", 2027, {1: 20}))
    assert pupils(found, "Q")[2027] == 20
    assert pupils(found, "Q", column="g2")[2028] == 20
    assert pupils(found, "Q")[2028] == 10


def test_a_total_of_grades_that_nobody_is_in_is_put_where_children_are():
    found = control(("east", 2027, {1: 7}), home=settled(A={"a9": 5.0}, B={"a9": 10.0}))
    assert pupils(found, "east")[2027] == 7
    assert (pupils(found, "A")[2027], pupils(found, "B")[2027]) == (2, 5)
    assert pupils(found, "east", "low")[2027] == 0


@pytest.mark.parametrize(
    ("rows", "home", "said"),
    [
        ([("east", 2027, {0: 7})], {"Q": {"a9": 5.0}}, "east for 2027 is not met: it differs by 7"),
        ([("east", 2027, {0: 7, 1: 9})], {"A": {"a5": 5.0, "a9": 5.0}}, "east for 2027 is not met: it differs by -2"),
        ([("east", 2027, {0: 7}), ("west", 2027, {0: 5}), ("*", 2027, {0: 15})],
         {"A": {"a9": 5.0}, "Q": {"a9": 5.0}}, "* for 2027 is not met: it differs by 3"),
        ([("A", 2027, {0: 7}), ("KZ", 2027, {0: 7})], {}, "2 totals of years to come are of settlements"),
        ([("east", 2027, {12: 7})], {}, "1 totals of grade 12 are of years it is not taught in"),
    ],
)  # fmt: skip
def test_a_total_that_cannot_be_met_is_said(rows, home, said):
    notes = [str(note) for note in control(*rows, home=settled(**home)).notes]
    assert len(notes) == 1
    assert said in notes[0]


def test_totals_of_years_gone_by_or_beyond_the_horizon_change_nothing():
    far = control(("*", 2026, {0: 5}), ("*", 2031, {0: 5}))
    assert far.settlements.equals(control().settlements)


# --- whatever the region


@st.composite
def worlds(draw):
    home = pd.DataFrame(
        draw(hnp.arrays(float, (6, 18), elements=st.floats(0, 400).map(lambda value: round(value, 2)))),
        index=TINY.settlements.index,
        columns=COHORTS,
    )
    shares = st.floats(-0.3, 0.3)
    low, medium, high = sorted(draw(shares) for _ in range(3))
    choices = options(
        births_low=low, births_medium=medium, births_high=high, migration=draw(shares),
        migration_spread=draw(st.floats(0, 0.5)), enter_at_six=draw(st.floats(0, 1)),
        twelve_from=draw(st.sampled_from([None, 2026, 2028])),
    )  # fmt: skip
    rows = [
        (area, year, {grade: draw(st.integers(0, 3000)) for grade in draw(st.sets(st.integers(0, 11), max_size=3))})
        for area in draw(st.sets(st.sampled_from(["east", "west", "*"])))
        for year in draw(st.sets(st.integers(2024, 2030), max_size=3))
    ]
    return home, choices, series(*rows)


@deep(25)
@given(worlds())
def test_paths_keep_their_order_and_sums_agree_whatever_is_given(world):
    home, choices, totals = world
    found = forecast(home, choices, series=totals)
    for table in (found.settlements, found.districts):
        paths = by_path(table)
        assert (paths["low"] >= 0).all()
        assert (paths["low"] <= paths["medium"]).all()
        assert (paths["medium"] <= paths["high"]).all()
        assert (table[GRADES].sum(axis=1) == table["children"]).all()
    keys = ["year", "scenario"]
    columns = [*GRADES, "children"]
    districts = found.districts.set_index("district_id")
    whole = districts.loc[["*"]].set_index(keys)[columns].sort_index()
    assert whole.equals(found.settlements.groupby(keys)[columns].sum())
    assert whole.equals(districts.drop("*").groupby(keys)[columns].sum())
    east = found.settlements[found.settlements["settlement_id"] != "Q"].groupby(keys)[columns].sum()
    assert districts.loc[["east"]].set_index(keys)[columns].sort_index().equals(east)


def test_growing_by_half_for_a_lifetime_is_still_counted():
    choices = options(horizon=2100, births_medium=0.5, births_high=0.5, migration=0.5, migration_spread=0.5)
    found = forecast(state(TINY, **dict.fromkeys(COHORTS, 1e5)), choices)
    assert (found.settlements["children"] >= 0).all()
