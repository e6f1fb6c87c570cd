"""Choosing a region and cutting it out: who answers to a name, what an outline may be, what lies inside."""

from __future__ import annotations

import dataclasses
import json
import pickle

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from pbf import Drawing, administrative, oblast
from schoolnet.errors import RegionError, SourceError
from schoolnet.options import Options
from schoolnet.output import words
from schoolnet.sources import osm, territory

SQUARE = [[60, 50], [61, 50], [61, 51], [60, 51], [60, 50]]


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    return osm.read(oblast().write(tmp_path_factory.mktemp("map") / "map.osm.pbf"))


def drawn_with(tmp_path, *relations):
    """Return an extract with one village and boxes 60-61 x 50-51 of the given tags."""
    drawn = Drawing()
    drawn.node((60.5, 50.5), {"place": "village", "name": "Арка"})
    for tags in relations:
        drawn.relation([drawn.box(60, 50, 61, 51)], tags)
    return osm.read(drawn.write(tmp_path / "map.osm.pbf"))


def refused(extract, wanted):
    with pytest.raises(RegionError) as caught:
        territory.find(extract, wanted)
    (fault,) = caught.value.faults
    assert fault.file == "map.osm.pbf"
    return fault


def outline(tmp_path, *rings, name="outline.geojson", **properties):
    features = [
        {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for ring in rings
    ]
    path = tmp_path / name
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8"
    )
    return path


def unread(path):
    with pytest.raises(SourceError) as caught:
        territory.from_file(path)
    (fault,) = caught.value.faults
    return fault


# --- finding a region ---


@pytest.mark.parametrize(
    "wanted",
    [
        "KZ-99", "kz-99", "99", "990000000", "r1", "Сынақ облысы", "сынақ", "Пробная область", "ПРОБНАЯ",
        "Trial Region", "trial", " Trial ", None,
    ],
)  # fmt: skip
def test_a_region_answers_to_its_codes_and_names(extract, wanted):
    assert territory.find(extract, wanted).code == "KZ-99"


@pytest.mark.parametrize("wanted", ["Тriаl", "Пробна область", "KZ-9", "Сынак облысы"])
def test_a_wrong_name_is_answered_with_the_near_ones(extract, wanted):
    fault = refused(extract, wanted)
    assert fault.problem == f"no region is called “{wanted}”."
    assert fault.remedy.startswith("Near it: ")
    assert "KZ-99" in fault.remedy


@pytest.mark.parametrize("wanted", ["", "  ", "область", "Лондон"])
def test_a_name_near_to_none_is_answered_with_all(extract, wanted):
    assert refused(extract, wanted).remedy == "The extract holds: KZ-99 Пробная область."


@pytest.mark.parametrize("hidden", [False, True], ids=["as raised", "from another process"])
def test_regions_are_told_by_their_official_names_in_the_language(tmp_path, *, hidden):
    """The map says “Улытауская” and “Чимкент”; whoever writes what is official finds them, too."""
    names = {"KZ-62": "Улытауская", "KZ-79": "Чимкент", "KZ-99": "Пробная"}
    found = drawn_with(tmp_path, *(administrative("4", name, **{"ISO3166-2": code}) for code, name in names.items()))
    assert territory.find(found, "область Ұлытау").code == territory.find(found, "Ulytau Region").code == "KZ-62"
    remedies = [refused(found, wanted).remedy for wanted in ("Лондон", "KZ-97", "Шымкен")]
    remedies = pickle.loads(pickle.dumps(remedies)) if hidden else remedies  # noqa: S301 - our own
    said = {lang: [words.load(lang).message(one) for one in remedies] for lang in words.LANGS}
    assert said["ru"][0] == "В файле карты есть: KZ-62 область Ұлытау; KZ-79 город Шымкент; KZ-99 Пробная."
    assert "KZ-62 Ұлытау облысы; KZ-79 Шымкент қаласы; KZ-99 Пробная" in said["kk"][0]
    assert said["en"][0] == "The extract holds: KZ-62 Ulytau Region; KZ-79 Shymkent; KZ-99 Пробная."
    assert said["en"][0] == remedies[0]
    assert sorted(said["ru"][1].removeprefix("Похожие: ").rstrip(".").split("; ")) == [
        "KZ-62 область Ұлытау", "KZ-79 город Шымкент", "KZ-99 Пробная",
    ]  # fmt: skip
    assert "KZ-79 город Шымкент" in said["ru"][2]


def test_a_hostile_name_is_answered_on_one_line(extract):
    problem = refused(extract, "\x1b[2J" + "x" * 10_000).problem
    assert problem.isprintable()
    assert len(problem) < 120


def test_a_name_of_nothing_but_a_title_answers_to_no_empty_name(tmp_path):
    found = drawn_with(tmp_path, administrative("4", "область", **{"ISO3166-2": "KZ-99"}))
    assert "no region is called" in refused(found, "").problem


def test_two_regions_of_one_name_are_both_named(tmp_path):
    twins = [administrative("4", "Абай облысы", **{"ISO3166-2": code}) for code in ("KZ-10", "KZ-11")]
    fault = refused(drawn_with(tmp_path, *twins), "Абай")
    assert fault.problem == "“Абай” means more than one area: KZ-10 (Abai Region), KZ-11 (Абай облысы)."
    assert fault.remedy == "Give the code with --region."


def test_two_regions_of_one_name_and_no_code_are_told_apart_by_their_relation(tmp_path):
    found = drawn_with(tmp_path, administrative("4", "Абай"), administrative("4", "Абай"))
    assert refused(found, "Абай").problem == "“Абай” means more than one area: r1 (Абай), r2 (Абай)."
    assert territory.find(found, "r2").area_id == "r2"


def test_without_a_name_several_regions_are_listed(tmp_path):
    pair = [administrative("4", name, **{"ISO3166-2": code}) for name, code in (("Бета", "KZ-11"), ("Альфа", "KZ-10"))]
    fault = refused(drawn_with(tmp_path, *pair), None)
    assert fault.problem == "the extract holds 2 regions."
    assert fault.remedy == "Name one with --region: KZ-10 Альфа; KZ-11 Бета."


def test_without_any_boundary_the_outline_is_asked_for(tmp_path):
    found = drawn_with(tmp_path)
    assert refused(found, None).problem == "the extract holds no administrative boundary."
    assert refused(found, "Абай").problem == "no region is called “Абай”."
    assert "--boundary file.geojson" in refused(found, None).remedy
    assert "--boundary file.geojson" in refused(found, "Абай").remedy


def test_a_region_whose_outline_is_not_whole_is_named_as_such(tmp_path):
    drawn = oblast()
    drawn.relation([77], administrative("4", "Абай облысы", **{"ISO3166-2": "KZ-10"}), kind="boundary")
    fault = refused(osm.read(drawn.write(tmp_path / "map.osm.pbf")), "KZ-10")
    assert fault.problem == "the outline of Abai Region (r5) is not whole in the extract."
    assert "whole relations" in fault.remedy
    assert "--boundary" in fault.remedy


def test_without_level_4_the_largest_area_is_taken_and_said(tmp_path):
    drawn = Drawing()
    drawn.node((60.5, 50.5), {"place": "village"})
    drawn.relation([drawn.box(60, 50, 60.4, 51)], administrative("6", "small"))
    drawn.relation([drawn.box(60.4, 50, 61, 51)], administrative("8", "large"))
    found = osm.read(drawn.write(tmp_path / "map.osm.pbf"))
    area = territory.find(found, None)
    assert area.names["name"] == "large"
    region = territory.cut(found, area, Options())
    assert ("region", "", "note", "", "large", area.note) in [entry[1:] for entry in region.ledger.entries]
    assert "admin_level 8" in area.note


# --- a planner's own outline ---


def test_an_outline_file_gives_code_names_and_shape(tmp_path):
    area = territory.from_file(outline(tmp_path, SQUARE, name_kk="Сынақ\nоблысы", kato=990000000))
    assert (area.code, area.names["name"], area.names["kk"]) == ("990000000", "Сынақ облысы", "Сынақ облысы")
    assert area.shape.equals(shapely.box(60, 50, 61, 51))
    assert area.note == ""
    assert area.input.role == "boundary"


def test_an_outline_without_properties_is_called_after_its_file(tmp_path):
    assert territory.from_file(outline(tmp_path, SQUARE, name="Абай.geojson")).names["name"] == "Абай"


def test_an_outline_of_several_polygons_is_joined(tmp_path):
    east = [[x + 1, y] for x, y in SQUARE]
    assert territory.from_file(outline(tmp_path, SQUARE, east)).shape.equals(shapely.box(60, 50, 62, 51))


def test_an_outline_in_another_projection_is_turned_into_degrees(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["X"]}, geometry=[shapely.box(60, 50, 61, 51)], crs=4326)
    frame.to_crs(32641).to_file(tmp_path / "utm.gpkg")
    shape = territory.from_file(tmp_path / "utm.gpkg").shape
    assert shape.bounds == pytest.approx((60, 50, 61, 51), abs=1e-6)


def test_an_outline_that_crosses_itself_is_mended_and_said(tmp_path, extract):
    bowtie = [[60, 50], [62, 51], [62, 50], [60, 51], [60, 50]]  # two triangles that meet at 61, 50.5
    area = territory.from_file(outline(tmp_path, bowtie))
    assert area.shape.is_valid
    assert area.shape.area == pytest.approx(1.0)
    region = territory.cut(extract, area, Options())
    notes = [entry for entry in region.ledger.entries if entry[1] == "region"]
    assert [(entry[0], entry[5]) for entry in notes] == [("outline.geojson", "outline")]
    assert "crosses itself: mended" in notes[0][6]


def test_an_outline_with_heights_is_flat(tmp_path):
    shape = territory.from_file(outline(tmp_path, [[*corner, 300] for corner in SQUARE])).shape
    assert not shape.has_z
    assert shape.equals(shapely.box(60, 50, 61, 51))


def test_an_unclosed_ring_is_closed(tmp_path):
    assert territory.from_file(outline(tmp_path, SQUARE[:-1])).shape.equals(shapely.box(60, 50, 61, 51))


def test_polygons_inside_a_collection_count(tmp_path):
    parts = [{"type": "Polygon", "coordinates": [SQUARE]}, {"type": "Point", "coordinates": [0, 0]}]
    path = tmp_path / "c.geojson"
    path.write_text(json.dumps({"type": "GeometryCollection", "geometries": parts}), encoding="utf-8")
    assert territory.from_file(path).shape.equals(shapely.box(60, 50, 61, 51))


def test_a_missing_outline_and_a_folder_say_what_they_are(tmp_path):
    assert unread(tmp_path / "none.geojson").problem == "there is no such file."
    assert unread(tmp_path / "none.geojson").file == str(tmp_path / "none.geojson")
    assert unread(tmp_path).problem == "this is a folder, not a file."


NO_LAYERS = {
    "empty": b"",
    "text": b"hello",
    "other json": b'{"a": 1}',
    "cut short": b'{"type": "FeatureCollection", "features": [{"type": "Fea',
    "binary": b"\x00\x01\x02" * 50,
    "deep": b"[" * 100_000,
    "cp1251": json.dumps(
        {
            "type": "Feature",
            "properties": {"name": "Абай"},
            "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
        },
        ensure_ascii=False,
    ).encode("cp1251"),
}


@pytest.mark.parametrize("data", NO_LAYERS.values(), ids=NO_LAYERS)
def test_a_file_that_is_no_layer_is_refused_with_what_to_give(tmp_path, data):
    path = tmp_path / "b.geojson"
    path.write_bytes(data)
    fault = unread(path)
    assert fault.file == "b.geojson"
    assert fault.problem.startswith("not a readable map layer")
    assert "GeoJSON" in fault.remedy


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "Point", "coordinates": [60, 50]},
        {"type": "LineString", "coordinates": SQUARE},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[60, 50], [60, 50], [60, 50], [60, 50]]]},
        {"type": "Polygon", "coordinates": [[["a", "b"], [1, 2], [3, 4]]]},
    ],
)
def test_a_layer_without_a_polygon_is_refused(tmp_path, geometry):
    path = tmp_path / "b.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": geometry}), encoding="utf-8")
    assert unread(path).problem == "no polygon was found."
    assert "as polygons" in unread(path).remedy


def test_a_layer_with_no_features_is_refused(tmp_path):
    assert unread(outline(tmp_path)).problem == "no polygon was found."


def test_a_geopackage_without_shapes_is_refused(tmp_path):
    pyogrio.write_dataframe(pd.DataFrame({"name": ["X"]}), tmp_path / "table.gpkg")
    assert unread(tmp_path / "table.gpkg").problem == "no polygon was found."


@pytest.mark.parametrize("name", ["v.vrt", "v.geojson", "v.gml", "v.csv"])
def test_a_form_that_opens_other_files_is_refused_unopened(tmp_path, name):
    secret = outline(tmp_path, SQUARE, name="secret.geojson")
    path = tmp_path / name
    layer = f"<OGRVRTLayer name='secret'><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>"
    path.write_text(f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>", encoding="utf-8")
    fault = unread(path)
    assert fault.problem == "this is not a map layer of a known form."
    assert ".gpkg" in fault.remedy


def test_a_table_with_a_shape_in_words_is_no_layer(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text('name,WKT\nX,"POLYGON((60 50,61 50,61 51,60 50))"\n', encoding="utf-8")
    assert unread(path).problem == "this is not a map layer of a known form."


def test_an_outline_in_metres_without_its_projection_is_refused(tmp_path):
    metres = [[x * 111_000, y * 111_000] for x, y in SQUARE]
    fault = unread(outline(tmp_path, metres))
    assert "not in degrees" in fault.problem
    assert "EPSG:4326" in fault.remedy


# --- cutting ---


def test_the_whole_oblast_is_cut_with_its_districts(extract):
    region = territory.cut(extract, territory.find(extract, "KZ-99"), Options())
    assert region.settlements["district_id"].to_list() == ["r2", "r3"]
    assert region.districts["name"].to_list() == ["West district", "East district"]
    assert len(region.roads) == 3
    assert region.caveats == ("schools_from_map",)
    counts = region.ledger.counts().set_index("table")
    assert counts.loc["settlements", ["read", "used"]].to_list() == [2, 2]
    assert counts.loc["schools", ["read", "used"]].to_list() == [1, 1]


def test_a_settlement_exactly_on_the_border_is_inside_and_has_one_district(tmp_path):
    drawn = oblast()
    drawn.node((61, 50.7), {"place": "hamlet", "name": "between"})  # on the border of the two districts
    drawn.node((62, 50.7), {"place": "hamlet", "name": "on the edge"})
    drawn.node((62.0001, 50.7), {"place": "hamlet", "name": "beyond"})
    found = osm.read(drawn.write(tmp_path / "map.osm.pbf"))
    region = territory.cut(found, territory.find(found, None), Options())
    districts = region.settlements.set_index("name")["district_id"].to_dict()
    assert districts == {"Арка": "r2", "Бұлақ": "r3", "between": "r2", "on the edge": "r3"}


def test_a_settlement_in_no_district_is_kept_and_listed(extract):
    shapes = extract.areas.copy()
    shapes.loc["r3", "geometry"] = shapely.box(61.8, 50, 62, 51)  # Бұлақ, at 61.5, is in neither district now
    holed = dataclasses.replace(extract, areas=shapes)
    region = territory.cut(holed, territory.find(holed, "KZ-99"), Options())
    assert region.settlements["district_id"].isna().to_list() == [False, True]
    listed = [entry[2:5] + entry[5:] for entry in region.ledger.entries if entry[5] == "no district"]
    assert listed == [("n2", "note", "", "no district", "lies in no district polygon: reported without one")]


def test_a_region_without_districts_is_its_own_district_and_says_so(tmp_path):
    found = drawn_with(tmp_path, administrative("4", "Сынақ", **{"ISO3166-2": "KZ-99"}))
    region = territory.cut(found, territory.find(found, None), Options())
    assert region.districts["name"].to_dict() == {"KZ-99": "Сынақ"}
    assert region.settlements["district_id"].to_list() == ["KZ-99"]
    assert "the region itself is taken as its only district" in [entry[6] for entry in region.ledger.entries]


def test_an_outline_with_nobody_inside_is_refused(extract, tmp_path):
    area = territory.from_file(outline(tmp_path, [[x - 30, y] for x, y in SQUARE]))
    with pytest.raises(RegionError, match="no settlement lies inside outline") as caught:
        territory.cut(extract, area, Options())
    assert caught.value.faults[0].file == "outline.geojson"
    assert "covers the region" in caught.value.faults[0].remedy


def test_an_outline_with_latitude_first_is_told_so(extract, tmp_path):
    area = territory.from_file(outline(tmp_path, [[y, x] for x, y in SQUARE]))
    with pytest.raises(RegionError, match="longitude and latitude are swapped"):
        territory.cut(extract, area, Options())


def test_the_ledger_of_a_region_holds_its_own_rows_and_those_with_no_place(tmp_path):
    drawn = oblast()
    drawn.node((60.6, 50.6), {"place": "hamlet", "name": "here", "population": "many"})
    drawn.node((70, 50), {"place": "hamlet", "name": "elsewhere", "population": "many"})
    drawn.node((500, 50), {"place": "hamlet", "name": "nowhere"})
    drawn.node((500, 50), {"amenity": "school"})
    found = osm.read(drawn.write(tmp_path / "map.osm.pbf"))
    region = territory.cut(found, territory.find(found, None), Options())
    by_name = {node.tags.get("name"): f"n{node.id}" for node in drawn.nodes if node.tags}
    rows = {(entry[1], entry[2], entry[3]) for entry in region.ledger.entries if entry[2]}
    assert ("settlements", by_name["here"], "corrected") in rows
    assert ("settlements", by_name["nowhere"], "rejected") in rows
    assert by_name["elsewhere"] not in {row for _, row, _ in rows}
    counts = region.ledger.counts().set_index("table")[["read", "used", "corrected", "rejected"]]
    assert counts.loc["settlements"].to_list() == [4, 2, 1, 1]
    assert counts.loc["schools"].to_list() == [2, 1, 0, 1]


def test_small_lakes_and_dry_rivers_are_left_to_the_options(extract):
    area = territory.find(extract, None)
    assert set(territory.cut(extract, area, Options()).waters["kind"]) == {"river", "lake"}
    assert set(territory.cut(extract, area, Options(min_water_ha=1e6)).waters["kind"]) == {"river"}
    dry = dataclasses.replace(extract, waters=extract.waters.assign(intermittent=True))
    assert territory.cut(dry, area, Options(intermittent_water="no")).waters.empty


def test_roads_are_read_as_far_as_the_margin_beyond_the_border(tmp_path):
    drawn = oblast()
    # at 50.5 north a degree of longitude is 71 km: the first begins 3.5 km beyond the border, the second 71 km
    drawn.way([(62.05, 50.5), (62.06, 50.5)], {"highway": "track", "name": "near"})
    drawn.way([(63, 50.5), (63.1, 50.5)], {"highway": "track", "name": "far"})
    found = osm.read(drawn.write(tmp_path / "map.osm.pbf"))
    area = territory.find(found, None)
    assert territory.cut(found, area, Options(margin_m=10_000)).roads["name"].dropna().to_list() == ["near"]
    assert territory.cut(found, area, Options(margin_m=0)).roads["name"].dropna().to_list() == []
