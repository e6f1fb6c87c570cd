"""Waters of a map: rivers as lines and as areas, lakes with islands, canals, what dries up and what runs in a pipe."""

from __future__ import annotations

import pytest
import shapely

from pbf import Drawing
from schoolnet.options import Options
from schoolnet.sources import osm, territory

RIVER = {"waterway": "river", "name": "Таза"}


def village():
    drawn = Drawing()
    drawn.node((61, 50), {"place": "village"})
    return drawn


def read(tmp_path, drawn):
    return osm.read(drawn.write(tmp_path / "map.osm.pbf"))


LINES = [
    ({"waterway": "river"}, "river"),
    ({"waterway": "canal"}, "canal"),
    ({"waterway": "stream"}, None),
    ({"waterway": "ditch"}, None),
    ({"waterway": "drain"}, None),
    ({"waterway": "dam"}, None),
    ({"waterway": "river", "tunnel": "culvert"}, None),
    ({"waterway": "river", "tunnel": "yes"}, None),
    ({"waterway": "canal", "tunnel": "flooded"}, None),
    ({"waterway": "river", "culvert": "yes"}, None),
    ({"waterway": "river", "culvert": "no"}, "river"),
    ({"waterway": "river", "covered": "yes"}, None),
    ({"waterway": "river", "location": "underground"}, None),
    ({"waterway": "canal", "bridge": "aqueduct"}, None),
    ({"waterway": "river", "bridge": "no"}, "river"),
    ({"waterway": "river", "layer": "-1"}, "river"),  # a layer alone says nothing of a pipe
]


@pytest.mark.parametrize(("tags", "kind"), LINES)
def test_lines_of_water(tmp_path, tags, kind):
    drawn = village()
    drawn.way([(61, 50), (61.1, 50)], tags)
    assert read(tmp_path, drawn).waters["kind"].to_list() == ([kind] if kind else [])


AREAS = [
    ({"natural": "water"}, "lake"),
    ({"natural": "water", "water": "lake"}, "lake"),
    ({"natural": "water", "water": "reservoir"}, "lake"),
    ({"natural": "water", "water": "pond"}, "lake"),
    ({"natural": "water", "water": "oxbow"}, "lake"),
    ({"natural": "water", "water": "no such word"}, "lake"),
    ({"landuse": "reservoir"}, "lake"),
    ({"natural": "water", "water": "river"}, "river"),
    ({"natural": "water", "water": "rapids"}, "river"),
    ({"waterway": "riverbank"}, "river"),
    ({"natural": "water", "water": "canal"}, "canal"),
    ({"natural": "water", "water": "lock"}, "canal"),
    ({"natural": "water", "water": "stream"}, None),
    ({"natural": "water", "water": "ditch"}, None),
    ({"natural": "water", "water": "wastewater"}, None),
    ({"natural": "water", "covered": "yes"}, None),
    ({"waterway": "riverbank", "tunnel": "culvert"}, None),
]


@pytest.mark.parametrize("relation", [False, True])
@pytest.mark.parametrize(("tags", "kind"), AREAS)
def test_areas_of_water(tmp_path, tags, kind, relation):
    drawn = village()
    way = drawn.box(61, 50, 61.1, 50.1, {} if relation else tags)
    if relation:
        drawn.relation([way], tags)
    extract = read(tmp_path, drawn)
    assert extract.waters["kind"].to_list() == ([kind] if kind else [])
    assert extract.waters["name"].isna().all()
    assert [entry for entry in extract.ledger.entries if "left out" in entry[6]] == []


DRY = [
    ({}, False),
    ({"intermittent": "yes"}, True),
    ({"intermittent": "no"}, False),
    ({"seasonal": "yes"}, True),
    ({"seasonal": "spring"}, True),
    ({"seasonal": "no", "intermittent": "no"}, False),
    ({"intermittent": "no", "seasonal": "wet_season"}, True),
]


@pytest.mark.parametrize(("tags", "dry"), DRY)
def test_what_is_dry_for_part_of_the_year_is_marked(tmp_path, tags, dry):
    drawn = village()
    drawn.way([(61, 50), (61.1, 50)], RIVER | tags)
    drawn.box(61, 50, 61.1, 50.1, {"natural": "water"} | tags)
    assert read(tmp_path, drawn).waters["intermittent"].to_list() == [dry, dry]


def test_a_river_comes_both_as_its_line_and_as_its_area(tmp_path):
    drawn = village()
    drawn.way([(61, 50.05), (61.1, 50.05)], RIVER)
    drawn.box(61, 50.04, 61.1, 50.06, {"natural": "water", "water": "river"})
    waters = read(tmp_path, drawn).waters
    assert waters["kind"].to_dict() == {"aw2": "river", "w1": "river"}
    assert waters.geometry.geom_type.to_list() == ["MultiPolygon", "LineString"]


def test_an_area_of_water_that_says_it_is_a_river_is_no_line_around_itself(tmp_path):
    drawn = village()
    drawn.box(61, 50, 61.1, 50.1, {"natural": "water", "water": "river", "waterway": "river"})
    drawn.way([(61, 50), (61.1, 50)], {"natural": "water", "waterway": "river"})  # no area: its line is all there is
    assert read(tmp_path, drawn).waters["kind"].to_dict() == {"aw1": "river", "w2": "river"}


def test_only_the_piece_in_a_culvert_is_hidden(tmp_path):
    drawn = village()
    drawn.way([(61, 50), (61.1, 50)], RIVER)
    drawn.way([(61.1, 50), (61.101, 50)], RIVER | {"tunnel": "culvert"})
    drawn.way([(61.101, 50), (61.2, 50)], RIVER)
    waters = read(tmp_path, drawn).waters
    assert waters.index.to_list() == ["w1", "w3"]
    assert not waters.union_all().intersects(shapely.Point(61.1005, 50))


def test_a_lake_of_several_shores_keeps_its_islands_and_the_pond_on_one(tmp_path):
    drawn = village()
    corners = [drawn.node(place) for place in ((61, 50), (61.4, 50), (61.4, 50.4), (61, 50.4))]
    south, north = drawn.way(corners[:3]), drawn.way([corners[2], corners[3], corners[0]])
    other = drawn.box(62, 50, 62.1, 50.1)
    islands = drawn.box(61.1, 50.1, 61.2, 50.2), drawn.box(61.3, 50.3, 61.35, 50.35)
    drawn.relation([south, north, other], {"natural": "water", "name": "Айна"}, inner=islands)
    drawn.box(61.14, 50.14, 61.16, 50.16, {"natural": "water"})
    waters = read(tmp_path, drawn).waters
    lake = waters.geometry.loc["ar1"]
    assert lake.area == pytest.approx(0.4 * 0.4 + 0.1 * 0.1 - 0.1 * 0.1 - 0.05 * 0.05)
    for land in ((61.12, 50.12), (61.32, 50.32)):
        assert not waters.intersects(shapely.Point(land)).any()
    assert waters.intersects(shapely.Point(61.15, 50.15)).to_dict() == {"ar1": False, "aw6": True}


def test_the_smallest_water_is_asked_of_lakes_only(tmp_path):
    drawn = village()
    box = (61, 50, 61.0005, 50.0005)  # 36 m by 56 m: a fifth of a hectare
    for tags in ({"natural": "water"}, {"natural": "water", "water": "river"}, {"natural": "water", "water": "canal"}):
        drawn.box(*box, tags)
    drawn.relation([drawn.box(60, 49, 62, 51)], {"boundary": "administrative", "admin_level": "4", "name": "Сынақ"})
    extract = read(tmp_path, drawn)
    area = territory.find(extract, None)
    assert territory.cut(extract, area, Options()).waters["kind"].to_list() == ["river", "canal"]
    assert len(territory.cut(extract, area, Options(min_water_ha=0.1)).waters) == 3
