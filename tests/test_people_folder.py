"""People of a saved region come back as they were; a folder that was tampered with is refused with row and column."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolnet import people, schema
from schoolnet.errors import SourceError, TableError
from schoolnet.sources import folder


def table(name, *rows):
    return schema.frame(rows, people.TABLES[name])


@pytest.fixture(scope="module")
def counted(tiny):
    """Return the tiny region with rows in every table of people; a third of a person and a cell of odd corners."""
    cell = shapely.Polygon([(66.1 + 0.2, 50 + 1 / 3), (66.5, 50.25), (66 + 2 / 3, 50.7), (66.1 + 0.2, 50 + 1 / 3)])
    cells = schema.geoframe(
        [{"cell_id": "c1", "settlement_id": "Q", "district_id": "west"}, {"cell_id": "c2", "settlement_id": "Q"}],
        people.CELLS,
        [cell, shapely.box(1, 1, 2, 2)],
    )
    told = people.People(
        headcounts=table(
            "headcounts", {"settlement_id": "A", "population": 430, "g1": 0}, {"settlement_id": "B", "year": 2023}
        ),
        official=table("official", {"district_id": "*", "population": 5}, {"district_id": "east", "population": 5}),
        ages=table(
            "ages",
            *(
                {"area_id": key, "territory": "all", "age": 0, "age_to": 120, "people": 1 / 3, "month": 9, "year": 2023}
                for key in ("KZ", "*", "east", "A")
            ),
        ),
        births=table("births", {"area_id": "*", "year": 2021, "births": 447_000}),
        series=table("series", {"area_id": "east", "year": 2021, "grade": 0, "pupils": 7}),
        raster=table(
            "raster",
            {"zone": "all", "zone_id": "", "group": "total", "people": 0.1 + 0.2},
            {"zone": "cell", "zone_id": "c1", "group": "total", "people": 1e-9},
        ),
        cells=cells,
    )
    return dataclasses.replace(tiny, people=told)


@pytest.fixture
def saved(counted, tmp_path):
    return counted.save(tmp_path / "saved")


def same(one, other):
    for name in people.TABLES:
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(one, name)).drop(columns="geometry", errors="ignore"),
            pd.DataFrame(getattr(other, name)).drop(columns="geometry", errors="ignore"),
            check_exact=True,
        )
    assert shapely.equals_exact(one.cells.geometry.to_numpy(), other.cells.geometry.to_numpy(), tolerance=0).all()


def test_people_come_back_exactly_as_they_were(counted, saved):
    back = folder.read(saved)
    same(back.people, counted.people)
    assert back.ledger.read["headcounts.csv", "headcounts"] == 2
    assert {"headcounts.csv", "cells.geojson"} <= {one.name for one in back.inputs}


def test_absent_tables_are_empty_and_a_region_without_people_has_no_folder_of_them(tiny, counted, saved, tmp_path):
    for name in ("ages.csv", "cells.geojson", "raster.csv"):
        (saved / "people" / name).unlink()
    back = folder.read(saved).people
    assert back.ages.empty
    assert back.cells.empty
    assert back.headcounts.equals(counted.people.headcounts)
    assert not (tiny.save(tmp_path / "tiny") / "people").exists()
    same(folder.read(tmp_path / "tiny").people, people.People())


def test_a_table_saved_before_does_not_outlive_its_region(tiny, saved):
    assert list((saved / "people").iterdir())
    tiny.save(saved)
    assert not list((saved / "people").iterdir())
    same(folder.read(saved).people, people.People())


@pytest.mark.slow
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.floats(0, 1e9, allow_nan=False), min_size=1, max_size=4),
    st.lists(st.integers(0, 5_000_000) | st.none(), min_size=2, max_size=2),
)
def test_any_numbers_come_back_to_the_last_bit(tiny, tmp_path, floats, counts):
    told = people.People(
        headcounts=table(
            "headcounts",
            *({"settlement_id": key, "a3": count} for key, count in zip("AB", counts, strict=True)),
        ),
        raster=table(
            "raster",
            *({"zone": "all", "zone_id": "", "group": f"{at}", "people": value} for at, value in enumerate(floats)),
        ),
    )
    region = dataclasses.replace(tiny, people=told)
    same(folder.read(region.save(tmp_path / "any")).people, told)


@pytest.mark.parametrize(
    ("name", "old", "new", "row", "column", "why"),
    [
        ("headcounts", "A,430", "A,many", "2", "population", "'many' is not a whole number."),
        ("headcounts", "A,430", "A,4.5", "2", "population", "'4.5' is not a whole number."),
        ("headcounts", "A,430", "A,nan", "2", "population", "'nan' is not a whole number."),
        ("headcounts", "A,430", "A,-1", "2", "population", "at least 0"),
        ("headcounts", "A,430", "A,9e6", "2", "population", "at most 5e+06"),
        ("headcounts", "A,430", "nobody,430", "2", "settlement_id", "'nobody' is not there."),
        ("headcounts", "\nB,", "\nA,", "3", "settlement_id", "'A' stands here a second time."),
        ("official", "population", "people", "", "population", "the column is missing."),
        ("official", "*,5", "*,", "2", "population", "not_nullable"),
        ("ages", "KZ,all", "XX,all", "2", "area_id", "'XX' is not there."),
        ("ages", "KZ,all", "KZ,sea", "2", "territory", "must be one of all, urban, rural"),
        ("births", "*,2021", "*,1812", "2", "year", "at least 1990"),
        ("series", "east,2021,0", "east,2021,13", "2", "grade", "at most 12"),
        ("raster", "all,,", "region,west,", "2", "zone_id", "'west' is not there."),
    ],
)
def test_a_cell_that_is_not_as_declared_is_named(saved, name, old, new, row, column, why):
    path = saved / "people" / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TableError) as error:
        folder.read(saved)
    found = {(fault.file, fault.row, fault.column) for fault in error.value.faults}
    assert found == {(f"{name}.csv", row, column)}
    assert why in str(error.value)


@pytest.mark.slow
def test_faults_of_all_tables_are_in_one_error(saved):
    (saved / "people" / "births.csv").write_text("area_id,year,births\n*,x,1\n*,2021,y\n", encoding="utf-8")
    (saved / "people" / "official.csv").write_text("district_id,population\nnorth,5\n", encoding="utf-8")
    with pytest.raises(TableError) as error:
        folder.read(saved)
    assert {(fault.file, fault.row, fault.column) for fault in error.value.faults} == {
        ("births.csv", "2", "year"), ("births.csv", "3", "births"), ("official.csv", "2", "district_id"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "row", "why"),
    [
        (b"", "", "the file is empty."),
        (b"\xff\xfe\x00", "", "the file is not in UTF-8."),
        (b"area_id,year,births\n*,2021\n", "2", "2 cells under 3 headers."),
        (b"area_id,year,births\n*,2021,1,2\n", "2", "4 cells under 3 headers."),
        (b"area_id,area_id,births\n*,*,1\n", "1", "a column stands twice."),
        (b'area_id,year,births\n"*,2021,1\n', "2", "not a readable CSV file"),
    ],
)
def test_a_file_that_is_not_such_a_table_is_refused(saved, content, row, why):
    (saved / "people" / "births.csv").write_bytes(content)
    with pytest.raises(SourceError) as error:
        folder.read(saved)
    fault = error.value.faults[0]
    assert (fault.file, fault.row) == ("births.csv", row)
    assert why in fault.problem


def test_a_cell_of_no_town_and_a_cell_that_is_no_area_are_refused(saved):
    path = saved / "people" / "cells.geojson"
    cells = gpd.read_file(path)
    cells.assign(settlement_id=["nobody", "Q"]).to_file(path, driver="GeoJSON")
    with pytest.raises(TableError, match=r"cells\.geojson, row c1, column “settlement_id”: 'nobody' is not there"):
        folder.read(saved)
    cells.set_geometry(cells.centroid if cells.empty else gpd.GeoSeries([shapely.Point(0, 0)] * 2, crs=4326)).to_file(
        path, driver="GeoJSON"
    )
    with pytest.raises(TableError, match=r"cells\.geojson, row 1, column “geometry”: Point where a polygon is wanted"):
        folder.read(saved)
