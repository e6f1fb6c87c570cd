from __future__ import annotations

import dataclasses

import pandas as pd

from schoolnet.model import population
from schoolnet.options import Options
from schoolnet.planning import pmpc


def test_one_to_50000_children_rounded_up_and_given_to_the_districts_with_most(tiny, norms):
    # 18 even cohorts; children of grades 1-11 are 11 of them: 88,000 -> 144,000 under 18, 33,000 -> 54,000
    homes = tiny.settlements.loc[["A", "B", "Q"]].assign(
        children=pd.array([77_000, 11_000, 33_000], dtype="Int64"), population=pd.array([None] * 3, dtype="Int64")
    )
    region = dataclasses.replace(tiny, settlements=homes, schools=tiny.schools.iloc[:0])
    options = Options(on=norms.day)
    headcount = population.headcount(region, norms, options).settlements
    found = pmpc.need(region, headcount, norms, options)
    assert found["children"].to_dict() == {"east": 144_000, "west": 54_000, "*": 198_000}
    # east 2.88, west 1.08, region 3.96; 144, 72, 54, 48: the fourth is again east's
    assert found["needed"].to_dict() == {"east": 3, "west": 2, "*": 4}
    assert found["placed"].to_dict() == {"east": 3, "west": 1, "*": 4}
    assert found["settlement_id"].to_dict() == {"east": "A", "west": "Q", "*": "A"}


def test_leavers_after_grade_9_are_children_too(tiny, norms):
    homes = tiny.settlements.loc[["A"]].assign(
        children=pd.array([None], "Int64"), population=pd.array([180_000], "Int64")
    )
    region = dataclasses.replace(tiny, settlements=homes, schools=tiny.schools.iloc[:0])
    options = Options(on=norms.day, school_age_share=0.2, stay_after_9=0.5)
    headcount = population.headcount(region, norms, options).settlements
    # 36,000 in nine whole cohorts and two halved ones: 3,600 each; eighteen of them under 18
    assert pmpc.need(region, headcount, norms, options).loc["*", "children"] == 64_800


def test_without_the_norm_nothing_is_asked(tiny, norms, options):
    headcount = population.headcount(tiny, norms, options).settlements
    in_force = {key: norm for key, norm in norms.in_force.items() if key != "pmpc.children"}
    assert pmpc.need(tiny, headcount, dataclasses.replace(norms, in_force=in_force), options).empty
