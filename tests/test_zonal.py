"""Zonal sums, worked out by hand on cells of one degree, and against a slow count by points."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.features import rasterize
from rasterio.transform import Affine

from rasters import DEGREES, write
from schoolnet.errors import SourceError
from schoolnet.sources import raster, zonal

# longitude  0  1  2  3  4      the middles of the cells are at .5
GRID = [[1, 2, 4, 8],  # latitude 3-4
        [16, 32, 64, 128],  # 2-3
        [256, 512, 1024, 2048],  # 1-2
        [4096, 8192, 16384, 32768]]  # 0-1  # fmt: skip
ALL = 65535


def sums(path, *polygons, **how):
    found = zonal.sums(raster.check(path), {"zones": np.array([*polygons], dtype=object)}, **how)
    return found.zones["zones"].tolist(), found.outside["zones"], found.total


@pytest.fixture
def grid(tmp_path):
    return write(tmp_path / "grid.tif", GRID)


def test_a_cell_belongs_to_the_polygon_that_holds_its_middle(grid):
    west, east = shapely.box(0, 0, 1.4, 4), shapely.box(1.4, 0, 4, 4)
    assert sums(grid, west, east) == ([1 + 16 + 256 + 4096, ALL - 4369], 0, ALL)


def test_a_cell_over_a_district_border_is_counted_once_and_whole(grid):
    border = shapely.LineString([(-1, 2.2), (5, 2.8)])  # middles of the second row lie at 2.5: right of x = 2 above it
    south, north = shapely.get_parts(shapely.ops.split(shapely.box(-1, -1, 5, 5), border))
    if south.centroid.y > north.centroid.y:
        south, north = north, south
    assert sums(grid, south, north) == ([ALL - 15 - 16 - 32, 15 + 16 + 32], 0, ALL)


@pytest.mark.parametrize("x", [0.5, 1.5, 2.5, 3.5])
def test_middles_on_an_upright_border_belong_to_one_side(grid, x):
    (west, east), outside, total = sums(grid, shapely.box(0, 0, x, 4), shapely.box(x, 0, 4, 4))
    assert (west + east, outside, total) == (ALL, 0, ALL)
    assert west == sum(sum(row[: int(x + 0.5)]) for row in GRID)  # as rasterio.features.rasterize has it


@pytest.mark.parametrize("y", [0.5, 1.5, 2.5, 3.5])
def test_middles_on_a_level_border_belong_to_one_side(grid, y):
    (south, north), outside, total = sums(grid, shapely.box(0, 0, 4, y), shapely.box(0, y, 4, 4))
    assert (south + north, outside, total) == (ALL, 0, ALL)


def test_middles_on_a_slanting_border_with_corners_of_one_side_only_belong_to_one_side(grid):
    corners = [(0.1 * step, 0.1 * step) for step in range(41)]  # as the other side has none, its crossings are rounded
    lower = shapely.Polygon([*corners, (4, 0)])
    upper = shapely.Polygon([(0, 0), (4, 4), (0, 4)])
    (below, above), outside, total = sums(grid, lower, upper)
    assert (below + above, outside, total) == (ALL, 0, ALL)


def test_a_raster_clipped_by_the_border_is_inside_and_outside(grid):
    assert sums(grid, shapely.box(1, 1, 9, 3)) == ([32 + 64 + 128 + 512 + 1024 + 2048], ALL - 3808, ALL)


def test_holes_parts_and_empty_polygons(grid):
    ring = shapely.box(0, 0, 4, 4) - shapely.box(1, 1, 3, 3)
    two = shapely.MultiPolygon([shapely.box(1, 1, 2, 2), shapely.box(2, 2, 3, 3)])
    inside = 32 + 64 + 512 + 1024
    found = sums(grid, ring, two, shapely.Polygon(), None, shapely.box(50, 50, 60, 60))
    assert found == ([ALL - inside, 512 + 64, 0, 0, 0], 32 + 1024, ALL)


def test_the_turn_of_a_ring_does_not_matter(grid):
    assert sums(grid, shapely.box(0, 0, 2, 2, ccw=False)) == sums(grid, shapely.box(0, 0, 2, 2, ccw=True))


def test_a_polygon_that_crosses_itself_is_mended(grid):
    hourglass = shapely.Polygon([(0, 0), (4, 4), (4, 0.1), (0, 3.9)])
    mended = shapely.make_valid(hourglass)
    assert sums(grid, hourglass) == sums(grid, mended)


def test_polygons_that_overlap_each_get_their_whole_sum_or_part_it(grid):
    first, second = shapely.box(0, 0, 3, 4), shapely.box(2, 0, 4, 4)
    shared = 4 + 64 + 1024 + 16384
    only = 8 + 128 + 2048 + 32768
    assert sums(grid, first, second, overlapping=("zones",)) == ([ALL - only, shared + only], 0, ALL)
    assert sums(grid, first, second) == ([ALL - only, only], 0, ALL)
    assert sums(grid, second, first) == ([shared + only, ALL - only - shared], 0, ALL)


def test_one_polygon_inside_another(grid):
    outer, inner = shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2)
    assert sums(grid, outer, inner) == ([ALL, 0], 0, ALL)
    assert sums(grid, inner, outer) == ([512, ALL - 512], 0, ALL)
    assert sums(grid, inner, outer, inner, overlapping=("zones",)) == ([512, ALL, 512], 0, ALL)


def test_several_layers_are_summed_in_one_pass_each_with_its_own_outside(grid):
    layers = {
        "region": np.array([shapely.box(0, 0, 4, 3)]),
        "districts": np.array([shapely.box(0, 0, 2, 3), shapely.box(2, 0, 4, 3)]),
        "cells": np.zeros(0, dtype=object),
    }
    found = zonal.sums(raster.check(grid), layers)
    assert {name: one.tolist() for name, one in found.zones.items()} == {
        "region": [ALL - 15],
        "districts": [16 + 32 + 256 + 512 + 4096 + 8192, 64 + 128 + 1024 + 2048 + 16384 + 32768],
        "cells": [],
    }
    assert found.outside == {"region": 15, "districts": 15, "cells": ALL}
    assert zonal.sums(raster.check(grid), {}).total == ALL


def test_turned_and_upturned_grids_are_summed_where_their_cells_lie(tmp_path):
    south_up = write(tmp_path / "a.tif", GRID[::-1], transform=Affine(1, 0, 10, 0, 1, 0))
    assert sums(south_up, shapely.box(10, 3, 12, 4)) == ([1 + 2], ALL - 3, ALL)
    quarter = write(tmp_path / "b.tif", GRID, transform=Affine(0, 1, 0, 1, 0, 0))  # columns go north, rows go east
    assert sums(quarter, shapely.box(0, 0, 1, 2)) == ([1 + 2], ALL - 3, ALL)
    slanting = write(tmp_path / "c.tif", GRID, transform=Affine(1, 1, 0, 1, -1, 0))  # the first middle is at (1, 0)
    assert sums(slanting, shapely.box(0.9, -0.1, 1.1, 0.1)) == ([1], ALL - 1, ALL)


@pytest.mark.parametrize("crs", ["EPSG:32642", "EPSG:3035", "EPSG:3857", "+proj=laea +lat_0=48 +lon_0=68 +datum=WGS84"])
def test_reprojection_loses_nobody_and_the_raster_is_not_resampled(tmp_path, crs):
    there = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    x, y = there.transform(69.0, 51.0)
    transform = Affine(1000, 0, x - 40_000, 0, -1000, y + 40_000)
    people = np.random.default_rng(1).gamma(1, 10, (80, 80)).astype(np.float32)
    path = write(tmp_path / "a.tif", people, crs=pyproj.CRS(crs).to_wkt(), transform=transform)
    districts = [shapely.box(68, 50, 68.9, 52), shapely.box(68.9, 50, 69.2, 51), shapely.box(68.9, 51, 69.2, 52)]
    column, row = np.meshgrid(np.arange(80) + 0.5, np.arange(80) + 0.5)
    lon, lat = there.transform(x - 40_000 + 1000 * column, y + 40_000 - 1000 * row, direction="INVERSE")
    expected = [people[shapely.contains_xy(one, lon, lat)].sum(dtype=float) for one in districts]
    found, outside, total = sums(path, *districts)
    assert found == pytest.approx(expected, rel=1e-9)
    assert sum(found) + outside == pytest.approx(total, rel=1e-12)
    assert total == pytest.approx(people.sum(dtype=float), rel=1e-12)


def test_a_region_that_the_projection_cannot_show_is_refused(tmp_path):
    path = write(tmp_path / "a.tif", GRID, crs="+proj=gnom +lat_0=90 +lon_0=0 +datum=WGS84")
    with pytest.raises(SourceError, match="cannot be drawn in the coordinate reference system"):
        sums(path, shapely.box(60, -50, 70, -40))


def test_more_people_than_live_on_earth_are_refused(tmp_path):
    path = write(tmp_path / "a.tif", [[1, 3e38]], nodata=None)
    with pytest.raises(SourceError, match=r"more people than live on Earth; one cell holds 3e\+38"):
        sums(path, shapely.box(0, 0, 1, 1))


def test_the_tally_says_what_else_is_in_the_cells(tmp_path):
    path = write(tmp_path / "a.tif", [[5, -2, -2, 0], [7, np.nan, np.inf, 1]], nodata=None, blockysize=1)
    tally = zonal.sums(raster.check(path), {}).tally
    assert tally == zonal.Tally(3, 13.0, 7.0, 2, -4.0, -2.0, 2)
    path = write(tmp_path / "b.tif", [[5, -2], [-3, 0]], nodata=None)
    assert zonal.sums(raster.check(path), {}).tally.filler is None


@pytest.mark.parametrize(
    "form",
    [{"blockysize": 1}, {"blockysize": 9}, {"tiled": True, "blockxsize": 16, "blockysize": 16, "sparse_ok": True}],
)
def test_how_the_file_is_stored_changes_no_sum(tmp_path, monkeypatch, form):
    monkeypatch.setattr(raster, "_SIDE", 16)
    monkeypatch.setattr(raster, "_MOST_CELLS", 600)
    rng = np.random.default_rng(3)
    people = np.where(rng.random((75, 91)) < 0.2, rng.gamma(1, 9, (75, 91)), -99999).astype(np.float32)
    people[20:50, 30:64] = -99999
    districts = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(rng.random((9, 2)) * [91, 75])))
    transform = Affine(1, 0, 0, 0, -1, 75)
    whole = write(tmp_path / "a.tif", people, transform=transform)
    parts = write(tmp_path / "b.tif", people, transform=transform, **form)
    assert sums(whole, *districts) == sums(parts, *districts)


def slowly(people, transform, polygons):
    """Return the sum of each polygon, each cell by its middle, and that of no polygon."""
    row, column = np.indices(people.shape)
    a, b, c, d, e, f = tuple(transform)[:6]
    x = a * (column + 0.5) + b * (row + 0.5) + c
    y = d * (column + 0.5) + e * (row + 0.5) + f
    held = [shapely.contains_xy(one, x, y) for one in polygons]
    return [people[one].sum() for one in held], people[~np.logical_or.reduce(held)].sum()


corner = st.tuples(st.floats(-3, 33), st.floats(-3, 23)).map(lambda place: (place[0] + 0.0123, place[1] + 0.0071))


@pytest.mark.slow
@given(
    st.lists(st.lists(corner, min_size=3, max_size=6), min_size=1, max_size=6),
    st.integers(0, 1000),
    st.sampled_from([16, 32]),
)
def test_random_polygons_against_a_slow_count(tmp_path_factory, corners, seed, side):
    rng = np.random.default_rng(seed)
    people = np.where(rng.random((20, 30)) < 0.4, rng.integers(1, 50, (20, 30)), 0).astype(float)
    transform = Affine(1, 0.1, 0, 0.05, -1, 20)
    path = tmp_path_factory.mktemp("random") / "a.tif"
    write(path, people.astype(np.float32), transform=transform, tiled=True, blockxsize=side, blockysize=side)
    shapes = [shapely.MultiPoint(one).convex_hull.buffer(0) for one in corners]
    expected, outside = slowly(people, transform, shapes)
    found = sums(path, *shapes, overlapping=("zones",))
    assert found == (expected, outside, people.sum())
    apart, left, total = sums(path, *shapes)
    assert (sum(apart) + left, left) == (total, outside)
    assert apart[0] == expected[0]


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=4, max_size=12, unique=True))
def test_a_partition_counts_everybody_once_even_where_borders_run_through_middles(tmp_path_factory, places):
    people = np.arange(1, 601, dtype=np.float32).reshape(20, 30)
    path = write(tmp_path_factory.mktemp("parts") / "a.tif", people, transform=Affine(1, 0, 0, 0, -1, 20))
    points = shapely.MultiPoint(np.array(places) / 2)  # many borders lie on whole and half numbers
    parts = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=shapely.box(-5, -5, 35, 25)))
    found, outside, total = sums(path, *parts)
    assert (sum(found) + outside, total) == (total, people.sum())
    assert outside == 0


def test_the_cell_rule_is_that_of_rasterio(tmp_path):
    rng = np.random.default_rng(7)
    people = rng.gamma(1, 9, (200, 300)).astype(np.float32)
    path = write(tmp_path / "a.tif", people, transform=Affine(1, 0, 0, 0, -1, 200))
    points = shapely.MultiPoint(rng.random((40, 2)) * [300, 200])
    districts = shapely.get_parts(shapely.voronoi_polygons(points))
    districts = shapely.intersection(districts, shapely.buffer(shapely.Point(150, 100), 90))
    districts = districts[~shapely.is_empty(districts)]
    with rasterio.open(path) as made:
        labels = rasterize(
            [(shape, at + 1) for at, shape in enumerate(districts)], people.shape, transform=made.transform
        )
    expected = np.bincount(labels.ravel(), people.ravel().astype(float), minlength=len(districts) + 1)
    found, outside, _ = sums(path, *districts)
    assert [outside, *found] == pytest.approx(expected.tolist(), rel=1e-9)


def test_the_grid_of_the_tests_is_as_drawn(grid):
    with rasterio.open(grid) as made:
        assert (made.transform, list(made.sample([(0.5, 3.5)]))) == (DEGREES, [1])
