from __future__ import annotations

import dataclasses

import pandas as pd

from conftest import settlements
from schoolnet.model import demand, population
from schoolnet.options import Options


def _demand(region, norms, options):
    return demand.demand(region, population.headcount(region, norms, options), options)


def test_children_given_are_taken_as_they_are_and_fall_into_bands_as_on_paper(tiny, norms, options):
    found = _demand(tiny, norms, options)
    assert found["children"].to_dict() == {"A": 81, "B": 41, "D": 20, "E": 4, "G": 5, "Q": 600}
    bands = found[list(demand.COLUMN_OF_BAND.values())]
    assert bands.loc["A"].tolist() == [29, 37, 15]
    assert bands.loc["B"].tolist() == [15, 19, 7]
    assert bands.loc["D"].tolist() == [7, 9, 4]
    assert bands.loc["E"].tolist() == [1, 2, 1]
    assert bands.loc["G"].tolist() == [2, 2, 1]


def test_without_children_the_share_of_inhabitants_is_kept_to_the_child_in_each_district(tiny, norms):
    homes = settlements(
        """
        settlement_id  name  district_id  place    population  children
        a              A     east         village  13          -
        b              B     east         village  13          -
        c              C     east         village  14          -
        d              D     west         village  100         -
        e              E     west         village  -           -
        f              F     west         village  100         7
        """,
        dict.fromkeys("abcdef", (0, 0)),
    )
    region = dataclasses.replace(tiny, settlements=homes, schools=tiny.schools.iloc[:0])
    found = _demand(region, norms, Options(on=norms.day, school_age_share=0.2))
    # east: 2.6 + 2.6 + 2.8 = 8 children: floors 2 2 2, the two missing go to c (0.8) and a (0.6, first of the equal)
    assert found["children"].fillna(-1).to_dict() == {"a": 3, "b": 2, "c": 3, "d": 20, "e": -1, "f": 7}
    assert found["children_basis"].tolist() == ["share", "share", "share", "share", "unknown", "given"]
    assert found.loc["e", list(demand.COLUMN_OF_BAND.values())].isna().all()


def test_population_that_is_modelled_makes_children_that_are_modelled(tiny, norms, options):
    homes = tiny.settlements.assign(population_basis="modelled", children=pd.array([pd.NA] * 6, dtype="Int64"))
    found = _demand(dataclasses.replace(tiny, settlements=homes), norms, options)
    assert set(found["children_basis"]) == {"modelled"}
    assert found["children"].sum() == round(4013 * 0.187 - (3209 * 0.187)) + round(3209 * 0.187)  # east, then west
