"""A folder of GeoJSON layers: a planner's own region."""

from __future__ import annotations

import json

import pytest

from schoolnet.errors import SourceError, TableError
from schoolnet.sources import folder


@pytest.fixture
def saved(tiny, tmp_path):
    return tiny.save(tmp_path / "tiny")


def _edit(path, change):
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data["features"])
    path.write_text(json.dumps(data), encoding="utf-8")


def test_a_missing_layer_is_named_and_schools_may_be_missing(saved):
    (saved / "schools.geojson").unlink()
    assert folder.read(saved).schools.empty
    (saved / "roads.geojson").unlink()
    (saved / "waters.geojson").unlink()
    with pytest.raises(SourceError) as error:
        folder.read(saved)
    assert [fault.file for fault in error.value.faults] == ["tiny/roads.geojson", "tiny/waters.geojson"]


@pytest.mark.parametrize(
    "content",
    [b"", b"<OGRVRTDataSource/>", b'{"type": "FeatureCollection", "features": [', '{"имя":'.encode("cp1251"), b"{}"],
)
def test_a_layer_that_is_not_geojson_is_named(saved, content):
    (saved / "roads.geojson").write_bytes(content)
    with pytest.raises(SourceError, match=r"^roads\.geojson: "):
        folder.read(saved)


def test_all_faults_of_all_layers_are_in_one_error(saved):
    def settlements(features):
        features[0]["properties"]["population"] = "many"
        features[1]["properties"]["is_rural"] = "no"
        features[2]["geometry"] = None
        for feature in features:
            del feature["properties"]["place"]

    def roads(features):
        features[0]["geometry"] = {"type": "Point", "coordinates": [0, 0]}

    _edit(saved / "settlements.geojson", settlements)
    _edit(saved / "roads.geojson", roads)
    with pytest.raises(TableError) as error:
        folder.read(saved)
    found = {(fault.file, fault.row, fault.column) for fault in error.value.faults}
    assert found >= {
        ("settlements.geojson", "1", "population"),
        ("settlements.geojson", "2", "is_rural"),
        ("settlements.geojson", "3", "geometry"),
        ("settlements.geojson", "", "place"),
        ("roads.geojson", "1", "geometry"),
    }


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda features: features.clear(), ""),
        (lambda features: features[0]["properties"].pop("code"), "code"),
        (lambda features: features[0]["properties"].update(caveats="rumour"), "caveats"),
        (lambda features: features[0].update(geometry={"type": "Point", "coordinates": [0, 0]}), "geometry"),
    ],
)
def test_an_outline_without_what_it_needs_is_refused(saved, change, column):
    _edit(saved / "region.geojson", change)
    with pytest.raises((TableError, SourceError)) as error:
        folder.read(saved)
    assert any(fault.file == "region.geojson" and fault.column in ("", column) for fault in error.value.faults)


def test_a_region_without_settlements_is_refused(saved):
    _edit(saved / "settlements.geojson", lambda features: features.clear())
    with pytest.raises((TableError, SourceError), match="settlements"):
        folder.read(saved)


def test_a_value_out_of_bounds_is_named_with_its_row(saved):
    _edit(saved / "settlements.geojson", lambda features: features[0]["properties"].update(population=-5))
    with pytest.raises(TableError, match=r"row A, column “population”: .*-5.*at least 0"):
        folder.read(saved)


def test_a_speed_limit_in_words_is_named_with_its_row(saved):
    _edit(saved / "roads.geojson", lambda features: features[1]["properties"].update(maxspeed_kmh="fast"))
    with pytest.raises(TableError, match=r"roads\.geojson, row 2, column “maxspeed_kmh”: 'fast' is not a number"):
        folder.read(saved)


def test_an_area_of_no_settlement_is_named_with_its_row_and_may_be_left_out(saved):
    square = {"type": "Polygon", "coordinates": [[[0, 0], [0.01, 0], [0.01, 0.01], [0, 0]]]}
    area = {"type": "Feature", "properties": {"settlement_id": "nobody"}, "geometry": square}
    _edit(saved / "built_up.geojson", lambda features: features.append(area))
    with pytest.raises(TableError, match=r"built_up, row 1, .*'nobody' is not there\. .*leave the row out"):
        folder.read(saved)
