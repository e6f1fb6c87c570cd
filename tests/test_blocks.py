from __future__ import annotations

import dataclasses

import pandas as pd
import shapely

from conftest import lonlat
from schoolnet import schema
from schoolnet.model import blocks
from schoolnet.people import CELLS, GRADES, OFFICIAL, RASTER, People


def _case(tiny, sums, districts=(None, None, None), official=None):
    squares = [shapely.box(*lonlat(-9000 + 250 * at, 0), *lonlat(-8750 + 250 * at, 250)) for at in range(3)]
    cells = schema.geoframe(
        [{"cell_id": f"q{at}", "settlement_id": "Q", "district_id": districts[at]} for at in range(3)], CELLS, squares
    )
    rows = [{"zone": "cell", "zone_id": key, "group": "total", "people": value} for key, value in sums.items()]
    region = dataclasses.replace(
        tiny, people=People(cells=cells, raster=schema.frame(rows, RASTER), **(official or {}))
    )
    headcount = pd.DataFrame({"population": pd.array([100], "Int64")}, index=["Q"])
    pupils = {f"g{grade}": 2 if grade < 12 else 0 for grade in GRADES}
    demand = pd.DataFrame([pupils | {"children": 22}], index=["Q"])
    return blocks.blocks(region, headcount, demand)


def test_a_towns_people_follow_the_raster_and_its_pupils_its_people(tiny):
    # 10 : 30 : 0 of 100 people: 25 75 0; of 22 pupils 5.5 16.5 0: floors 5 16, the one missing to the first of equals
    found = _case(tiny, {"q0": 10.0, "q1": 30.0})
    assert found["people"].tolist() == [25, 75, 0]
    assert found["children"].tolist() == [6, 16, 0]
    assert set(found["basis"]) == {"raster"}


def test_a_town_the_raster_does_not_see_is_spread_evenly_and_marked(tiny):
    found = _case(tiny, {})
    assert found["people"].tolist() == [34, 33, 33]
    assert set(found["basis"]) == {"area"}


def test_cells_keep_every_grade_of_the_town(tiny):
    found = _case(tiny, {"q0": 1.0, "q1": 1.0, "q2": 5.0})
    grades = found[[f"g{grade}" for grade in GRADES]]
    assert grades.sum().tolist() == [2] * 11 + [0]
    assert grades.sum(axis=1).tolist() == found["children"].tolist()


def test_in_a_city_of_districts_each_districts_cells_have_its_official_people(tiny):
    rows = [
        {"district_id": "east", "population": 60, "urban": 60, "rural": 0},
        {"district_id": "west", "population": 40, "urban": 40, "rural": 0},
    ]
    official = {"official": schema.frame(rows, OFFICIAL)}
    # the raster has 1 : 2 in the east and 7 in the west
    found = _case(tiny, {"q0": 1.0, "q1": 2.0, "q2": 7.0}, ("east", "east", "west"), official)
    assert found["people"].tolist() == [20, 40, 40]
