from __future__ import annotations

import dataclasses

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from conftest import deep, tiny_region
from conftest import settlements as homes_of
from schoolnet import schema
from schoolnet.model import demand, population
from schoolnet.options import Options
from schoolnet.people import AGE_STRUCTURE, HEADCOUNTS, People

ON = "2026-09-01"
ROWS = """
    settlement_id  name  district_id  place    population  children
    a              A     east         village  500         -
    b              B     east         village  100         -
    c              C     west         village  -           -
"""


def region(tiny, rows=ROWS, **tables):
    homes = homes_of(rows, dict.fromkeys("abcdefx", (0, 0)))
    return dataclasses.replace(tiny, settlements=homes, schools=tiny.schools.iloc[:0], people=People(**tables))


def table(*rows):
    return schema.frame(rows, HEADCOUNTS)


def counted(found):
    return population.children(found.settlements, Options(on=ON)).astype(object).where(lambda n: n.notna(), None)


def test_grades_counted_are_children_and_stay_as_they_are(tiny, norms, options):
    grades = {f"g{grade}": count for grade, count in enumerate([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], 1)}
    found = population.headcount(region(tiny, headcounts=table({"settlement_id": "a", **grades})), norms, options)
    assert counted(found)["a"] == 44
    assert found.settlements.loc["a", "children_basis"] == "grades"
    made = demand.demand(region(tiny), found, options)
    assert made.loc["a", [f"g{grade}" for grade in range(1, 13)]].tolist() == [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 0]
    assert made.loc["a", ["children_1_4", "children_5_9", "children_10_11"]].tolist() == [9, 27, 8]


def test_ages_counted_go_into_grades_and_leavers_after_grade_9_are_left_out(tiny, norms):
    ages = {f"a{age}": 10 for age in range(18)}
    people = region(tiny, headcounts=table({"settlement_id": "a", **ages}))
    found = population.headcount(people, norms, Options(on=ON, stay_after_9=0.6))
    # six to fourteen are 9 x 10; fifteen and sixteen 2 x 10 x 0.6
    assert counted(found)["a"] == 102
    assert found.settlements.loc["a", "children_basis"] == "ages"


def test_children_given_win_over_grades_whose_shape_they_take(tiny, norms, options):
    grades = {f"g{grade}": 20 if grade == 3 else 0 for grade in range(1, 12)}
    row = {"settlement_id": "a", "children": 30, **grades}
    people = region(tiny, headcounts=table(row))
    found = population.headcount(people, norms, options)
    assert counted(found)["a"] == 30
    assert demand.demand(people, found, options).loc["a", "g3"] == 30


def test_the_age_table_of_the_district_makes_children_of_inhabitants(tiny, norms, options):
    ages = [
        {
            "area_id": "east", "territory": "all", "age": low, "age_to": high, "people": people, "month": 9,
            "year": 2026,
        }
        for low, high, people in [*((age, age, 10.0) for age in range(20)), (20, 120, 800.0)]
    ]  # fmt: skip
    found = population.headcount(region(tiny, ages=schema.frame(ages, AGE_STRUCTURE)), norms, options)
    # 110 of 1,000 are six to sixteen: of 500 people 55, of 100 people 11
    assert counted(found).to_dict() == {"a": 55, "b": 11, "c": None}
    assert found.settlements["children_basis"].tolist() == ["structure", "structure", "unknown"]


def test_children_taught_at_home_are_no_pupils_but_count_for_the_guarantee(tiny, norms, options):
    people = region(tiny, headcounts=table({"settlement_id": "a", "children": 44, "home_taught": 4}))
    made = demand.demand(people, population.headcount(people, norms, options), options)
    assert made.loc["a", ["children", "home_taught"]].tolist() == [44, 4]
    assert made.loc["a", ["children_1_4", "children_5_9", "children_10_11"]].sum() == 40


def test_counts_of_another_school_year_are_used_and_noted(tiny, norms, options):
    people = region(tiny, headcounts=table({"settlement_id": "a", "children": 44, "year": 2024}))
    found = population.headcount(people, norms, options)
    assert counted(found)["a"] == 44
    assert any("2024" in entry[5] for entry in found.ledger.entries)


def test_languages_keep_each_languages_pupils_and_each_grade(tiny, norms, options):
    row = {"settlement_id": "a", "children": 22, "children_kk": 15, "children_ru": 5}
    people = region(tiny, headcounts=table(row))
    made = demand.demand(people, population.headcount(people, norms, options), options)
    found = demand.languages(people, made)
    assert found.set_index("language")["children"].to_dict() == {"kk": 15, "ru": 5, "unknown": 2}
    grades = [f"g{grade}" for grade in range(1, 13)]
    assert found[grades].sum().tolist() == made.loc["a", grades].tolist()


def test_grade_12_is_one_more_cohort_where_it_is_taught(tiny, norms):
    rows = """
        settlement_id  name  district_id  place    population  children
        a              A     east         village  1000        -
    """
    eleven, twelve = (
        population.headcount(region(tiny, rows), norms, Options(on=ON, school_age_share=0.22, twelve_from=year))
        for year in (None, 2026)
    )
    assert counted(eleven)["a"] == 220
    # even cohorts of 20: grade 12 is 20 more
    assert population.children(twelve.settlements, Options(on=ON, twelve_from=2026))["a"] == 240


cell = st.one_of(st.none(), st.integers(0, 300))


@deep(12)
@given(
    st.lists(st.tuples(cell, cell, st.lists(cell, min_size=11, max_size=11)), min_size=3, max_size=3),
    st.floats(0.05, 0.4),
)
def test_whatever_is_given_no_child_is_lost_or_made(norms, rows, share):
    options = Options(on=ON, school_age_share=share)
    given_rows = [
        {"settlement_id": key, "population": people, "children": children}
        | {f"g{grade}": count for grade, count in enumerate(grades, 1)}
        for key, (people, children, grades) in zip("abc", rows, strict=True)
    ]
    tiny = tiny_region()
    people = region(tiny, headcounts=table(*given_rows))
    homes = people.settlements.assign(population=pd.array([row[0] for row in rows], dtype="Int64"))
    people = dataclasses.replace(people, settlements=homes)
    found = population.headcount(people, norms, options)
    made = demand.demand(people, found, options)
    children = made["children"].fillna(0)
    assert children.sum() == found.sources.sum()
    bands = made[["children_1_4", "children_5_9", "children_10_11"]].fillna(0).sum(axis=1)
    assert (bands + made["home_taught"].fillna(0) == children).all()
    assert (found.settlements.filter(regex=r"^a\d").fillna(0) >= 0).all().all()
    for key, (_, total, grades) in zip("abc", rows, strict=True):
        if total is not None:
            assert made.loc[key, "children"] == total
        elif None not in grades:
            assert made.loc[key, [f"g{grade}" for grade in range(1, 12)]].tolist() == grades


def test_more_children_than_inhabitants_and_languages_of_more_children_are_noted(tiny, norms, options):
    rows = table(
        {"settlement_id": "a", "children": 600},
        {"settlement_id": "b", "children": 10, "children_kk": 9, "children_ru": 9},
    )
    people = region(tiny, headcounts=rows)
    found = population.headcount(people, norms, options)
    what = [entry[5] for entry in found.ledger.entries]
    assert "more children than inhabitants: A" in what
    assert "languages of more children than there are: B" in what
    made = demand.languages(people, demand.demand(people, found, options))
    assert made.set_index("language")["children"].to_dict() == {"kk": 5, "ru": 5}
