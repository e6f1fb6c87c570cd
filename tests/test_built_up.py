"""Built-up areas: whose each area of the map is, and that an area nobody can be sure of is nobody's.

Two villages, at 61, 50 and 61.1, 50: 7.2 km apart; 0.01 degree is 716 m east and 1,113 m north.
"""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from pbf import Drawing, administrative
from schoolnet import schema, tables
from schoolnet.ledger import Recorder
from schoolnet.options import Options
from schoolnet.sources import built_up, folder, osm, territory

HOMES = {"landuse": "residential"}


def drawn():
    found = Drawing()
    found.node((61, 50), {"place": "village", "name": "Арка"})
    found.node((61.1, 50), {"place": "village", "name": "Бұлақ"})
    found.relation([found.box(60, 49, 62, 51)], administrative("4", "Сынақ"))
    return found


def cut(tmp_path, drawing):
    extract = osm.read(drawing.write(tmp_path / "map.osm.pbf"))
    return territory.cut(extract, territory.find(extract, None), Options())


def areas(region):
    return dict(zip(region.built_up["settlement_id"], region.built_up.geometry, strict=True))


def notes(region):
    return [entry[2:] for entry in region.ledger.entries if entry[1] == "built_up"]


def test_an_area_belongs_to_the_settlement_whose_point_lies_in_it(tmp_path):
    found = drawn()
    found.box(60.99, 49.99, 61.01, 50.01, HOMES)
    found.box(61.09, 49.99, 61.11, 50.01, {"place": "village", "name": "Бұлақ"})
    region = cut(tmp_path, found)
    assert {key: shape.bounds for key, shape in areas(region).items()} == {
        "n1": (60.99, 49.99, 61.01, 50.01),
        "n2": (61.09, 49.99, 61.11, 50.01),
    }
    assert region.settlements.index.to_list() == ["n1", "n2"]
    assert notes(region) == []


def test_a_point_on_the_border_of_an_area_lies_in_it(tmp_path):
    found = drawn()
    found.box(61, 49.99, 61.02, 50.01, HOMES)
    assert list(areas(cut(tmp_path, found))) == ["n1"]


def test_the_areas_of_one_settlement_are_one_row(tmp_path):
    found = drawn()
    hole = found.box(61.001, 50.001, 61.002, 50.002)
    found.relation([found.box(60.995, 49.995, 61.005, 50.005)], HOMES, inner=(hole,))
    found.box(61.006, 50, 61.008, 50.002, HOMES)  # 430 m east of the point
    found.box(61.004, 50.004, 61.006, 50.006, HOMES)  # overlaps the first
    (shape,) = areas(cut(tmp_path, found)).values()
    assert shape.geom_type == "MultiPolygon"
    assert len(shape.geoms) == 2
    assert shape.area == pytest.approx(1e-4 - 1e-6 + 4e-6 + 4e-6 - 1e-6)
    assert not shape.contains(shapely.Point(61.0015, 50.0015))


@pytest.mark.parametrize(("west", "owner"), [(61.0130, ["n1"]), (61.0145, [])])
def test_homes_without_a_point_belong_to_the_nearest_settlement_within_a_kilometre(tmp_path, west, owner):
    found = drawn()
    found.box(west, 49.99, west + 0.001, 50.01, HOMES)  # 932 m and 1,040 m
    region = cut(tmp_path, found)
    assert list(areas(region)) == owner
    why = "no settlement lies in them, nor within 1 km: not used"
    assert notes(region) == ([] if owner else [("", "note", "", "1 areas: w2", why)])


def test_of_two_settlements_near_the_nearer_has_the_homes_and_of_two_as_near_the_first(tmp_path):
    found = drawn()
    found.node((61.01, 50), {"place": "hamlet"})
    found.box(61.006, 50, 61.007, 50.001, HOMES)
    found.node((61.1, 50.01), {"place": "hamlet"})
    found.box(61.1, 50.004, 61.101, 50.006, HOMES)
    keys = {node.location: f"n{node.id}" for node in found.nodes if node.tags}
    shapes = areas(cut(tmp_path, found))
    assert set(shapes) == {keys[61.01, 50], "n2"}


def test_an_area_that_holds_two_settlements_is_neithers(tmp_path):
    found = drawn()
    for tags in (HOMES, {"place": "village", "name": "Арка"}):
        found.box(60.99, 49.99, 61.11, 50.01, tags)
    region = cut(tmp_path, found)
    assert region.built_up.empty
    why = "they hold the points of several settlements: left out, as whose they are is not known"
    assert notes(region) == [("", "note", "", "2 areas: w2, w3", why)]


def test_the_other_areas_of_settlements_in_a_common_one_stay_theirs(tmp_path):
    found = drawn()
    found.box(60.99, 49.99, 61.11, 50.01, HOMES)
    found.box(60.999, 49.999, 61.001, 50.001, HOMES)
    assert list(areas(cut(tmp_path, found))) == ["n1"]


def test_homes_far_from_the_point_but_inside_the_place_area_are_of_the_place(tmp_path):
    found = drawn()
    found.box(60.95, 49.95, 61.05, 50.05, {"place": "village", "name": "Арка"})
    found.box(61.04, 50.04, 61.06, 50.045, HOMES)  # 5 km from the point, its middle on the edge of the place
    found.box(61.05, 50.04, 61.07, 50.045, HOMES)  # its middle is outside
    (shape,) = areas(cut(tmp_path, found)).values()
    assert shape.bounds == pytest.approx((60.95, 49.95, 61.06, 50.05))


def test_a_settlement_drawn_only_as_an_area_has_it(tmp_path):
    found = drawn()
    found.box(61.5, 50.5, 61.51, 50.51, {"place": "hamlet", "name": "Дала"})
    region = cut(tmp_path, found)
    assert list(areas(region)) == ["w2"]
    assert region.settlements.loc["w2", "name"] == "Дала"


def test_the_territory_of_an_administration_is_no_built_up_area(tmp_path):
    found = drawn()
    way = found.box(60.9, 49.9, 61.05, 50.1)
    found.relation([way], administrative("8", "Арка", place="village"))
    region = cut(tmp_path, found)
    assert region.built_up.empty
    assert notes(region) == []


def test_an_area_near_the_border_is_of_the_settlement_beyond_it(tmp_path):
    found = drawn()
    found.node((62.001, 50), {"place": "village", "name": "Шет"})
    found.box(61.998, 49.999, 61.9995, 50.001, HOMES)
    found.node((61.985, 50), {"place": "hamlet"})  # 930 m from the homes; the one beyond is 107 m away
    assert cut(tmp_path, found).built_up.empty


def test_areas_that_are_not_whole_are_listed(tmp_path):
    found = drawn()
    found.relation([77], HOMES)
    found.way([(61, 50), (61.1, 50)], HOMES)
    region = cut(tmp_path, found)
    why = "left out: their shape is not whole in the extract, or their tags cannot be read"
    assert notes(region) == [("", "note", "", "2 map objects: r2, w2", why)]


def _layers(*shapes):
    villages = [{"settlement_id": "A", "place": "village", "is_rural": True, "population_basis": "unknown"}]
    settlements = schema.geoframe(villages, tables.SETTLEMENTS, [shapely.Point(61, 50)])
    found = gpd.GeoDataFrame({"place": [None] * len(shapes)}, geometry=list(shapes), crs=4326)
    found.index = [f"w{number}" for number in range(len(shapes))]
    return found, settlements


def test_areas_that_cross_themselves_are_mended_or_dropped_and_said():
    bowtie = shapely.Polygon([(60.9, 49.9), (61.1, 50.1), (61.1, 49.9), (60.9, 50.1)])
    spike = shapely.Polygon([(61, 50), (61.1, 50), (61, 50)])
    recorder = Recorder("map")
    found, settlements = _layers(bowtie, spike)
    out = built_up.of(found, settlements, settlements.index, recorder)
    assert out.geometry.is_valid.all()
    assert out.geometry.iloc[0].area == pytest.approx(0.02)
    assert [(entry[2], entry[6]) for entry in recorder.ledger().entries] == [
        ("w0", "crosses itself: mended"),
        ("w1", "crosses itself: left out"),
    ]


def test_a_region_with_and_without_built_up_areas_is_saved_and_read_back(tmp_path):
    bare = cut(tmp_path, drawn())
    assert bare.built_up.empty
    assert folder.read(bare.save(tmp_path / "bare")).built_up.empty
    found = drawn()
    found.box(60.99, 49.99, 61.01, 50.01, HOMES)
    region = cut(tmp_path, found)
    back = folder.read(region.save(tmp_path / "built"))
    assert back.built_up["settlement_id"].to_list() == ["n1"]
    assert back.built_up.geometry.iloc[0].equals(region.built_up.geometry.iloc[0])
