"""Waters and edges, one rule at a time, in plain metres: a river along x = 0, roads across it."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from conftest import box, line
from conftest import waters as table_of
from schoolnet.law.norms import Norms
from schoolnet.model import barriers
from schoolnet.options import Options
from worlds import OPTIONS

RIVER = shapely.LineString([(0, -1000), (0, 1000)])
LAKE = shapely.box(-100, -100, 100, 100)


def _waters(*shapes, kinds=None, names=None):
    kinds = kinds or ["river" if one.geom_type == "LineString" else "lake" for one in shapes]
    names = names or [f"n{at}" for at in range(len(shapes))]
    index = [f"w{at}" for at in range(len(shapes))]
    return barriers.indexed(gpd.GeoDataFrame({"kind": kinds, "name": names}, index=index, geometry=list(shapes)))


def _over(marks, *places, water=RIVER, ends=None):
    """Return {edge: crossing} of edges in a row (or with the end nodes given) over one water."""
    shapes = np.array([shapely.LineString(one) for one in places], dtype=object)
    nodes = [(at, at + 1) for at in range(len(places))] if ends is None else ends
    kind = "river" if water.geom_type in ("LineString", "MultiLineString") else "lake"
    found = barriers.crossings(shapes, np.array(marks, dtype=object), np.array(nodes), _waters(water, kinds=[kind]))
    return dict(zip(found["edge"].tolist(), found["crossing"], strict=True))


@pytest.mark.parametrize("mark", ["bridge", "dam", "tunnel", "ford", "ferry", "ice_road"])
def test_an_edge_that_bears_a_mark_crosses_so(mark):
    assert _over(["", mark, ""], [(-500, 0), (-10, 0)], [(-10, 0), (10, 0)], [(10, 0), (500, 0)]) == {1: mark}


def test_a_road_drawn_over_the_river_without_a_mark_is_unmarked():
    assert _over([""], [(-500, 0), (500, 0)]) == {0: "unmarked"}


def test_a_bridge_farther_on_does_not_cross_this_water():
    """The bridge ends at x = -300, the river lies 300 m on: the road is unmarked there, the bridge meets nothing."""
    assert _over(["", "bridge", ""], [(-500, 0), (-400, 0)], [(-400, 0), (-300, 0)], [(-300, 0), (500, 0)]) == {
        2: "unmarked"
    }


@pytest.mark.parametrize(("end", "crossing"), [(-49.9, "bridge"), (-50, "bridge"), (-50.1, "unmarked")])
def test_a_bridge_that_ends_within_50_m_of_the_drawn_river_crosses_it(end, crossing):
    assert _over(["bridge", ""], [(-300, 0), (end, 0)], [(end, 0), (500, 0)]) == {1: crossing}


@pytest.mark.parametrize("mark", ["ford", "ferry", "tunnel"])
def test_the_mark_adjoined_is_taken_whatever_it_is(mark):
    assert _over([mark, ""], [(-300, 0), (-20, 0)], [(-20, 0), (500, 0)]) == {1: mark}


def test_a_bridge_near_but_not_joined_lends_no_mark():
    assert _over(["bridge", ""], [(-300, 9), (-20, 9)], [(-20, 0), (500, 0)], ends=[(0, 1), (2, 3)]) == {1: "unmarked"}


def test_of_a_ford_and_a_bridge_adjoined_within_reach_the_bridge_is_taken():
    got = _over(["ford", "", "bridge"], [(-90, 0), (-40, 0)], [(-40, 0), (40, 0)], [(40, 0), (90, 0)])
    assert got == {1: "bridge"}


def test_a_causeway_that_begins_at_a_bridge_is_not_the_bridge():
    """The bridge spans the first 60 m of a lake 200 m wide; the rest, 140 m from its end, is unmarked."""
    lake = shapely.box(0, -500, 200, 500)
    got = _over(["", "bridge", ""], [(-500, 0), (-1, 0)], [(-1, 0), (60, 0)], [(60, 0), (500, 0)], water=lake)
    assert got == {1: "bridge", 2: "unmarked"}


def test_the_last_metres_of_a_river_area_beyond_the_bridge_are_still_the_bridge():
    area = shapely.box(-30, -1000, 30, 1000)
    got = _over(["", "bridge", ""], [(-500, 0), (-5, 0)], [(-5, 0), (5, 0)], [(5, 0), (500, 0)], water=area)
    assert got == {0: "bridge", 1: "bridge", 2: "bridge"}


def test_an_edge_that_crosses_twice_is_judged_by_the_worse_of_the_two_places():
    """A bend of the river at x = 0 beside the bridge's end, and again at x = 200."""
    bend = shapely.LineString([(0, -1000), (0, 100), (200, 100), (200, -1000)])
    assert _over(["bridge", ""], [(-90, 0), (-10, 0)], [(-10, 0), (500, 0)], water=bend) == {1: "unmarked"}


def test_a_road_along_the_shore_that_shares_its_vertices_does_not_cross():
    assert _over([""], [(-300, 100), (-100, 100), (100, 100), (300, 100)], water=LAKE) == {}


def test_a_road_along_the_shore_that_enters_the_lake_crosses():
    assert _over([""], [(-300, 100), (-100, 100), (100, 90), (300, 100)], water=LAKE) == {0: "unmarked"}


def test_an_edge_wholly_inside_the_lake_crosses():
    assert _over(["ferry"], [(-50, 0), (50, 0)], water=LAKE) == {0: "ferry"}


@pytest.mark.parametrize(("off", "met"), [(149, {0: "dam"}), (151, {})])
def test_a_dam_within_50_m_of_the_water_crosses_it_and_another_road_there_does_not(off, met):
    assert _over(["dam"], [(-300, off), (300, off)], water=LAKE) == met
    assert _over(["bridge"], [(-300, off), (300, off)], water=LAKE) == {}


def test_an_island_is_not_water():
    """On the island of a lake (a hole): an edge on it meets nothing, the way ashore does."""
    ring = LAKE.difference(shapely.box(-50, -50, 50, 50))
    got = _over(["", "bridge"], [(-40, 0), (40, 0)], [(40, 0), (300, 0)], water=ring)
    assert got == {1: "bridge"}


def test_a_river_drawn_in_pieces_is_one_river_and_another_of_another_name_is_not():
    pieces = [
        shapely.LineString([(0, -1000), (0, 0)]),
        shapely.LineString([(0, 0), (0, 1000)]),
        shapely.box(-20, 900, 20, 1500),
        shapely.LineString([(0, 0), (900, 0)]),
        shapely.LineString([(5000, 0), (5000, 900)]),
    ]
    rows = gpd.GeoDataFrame(
        {"name": ["Taza", "Taza", "Taza", "Ashy", "Taza"], "kind": "river"}, index=list("abcde"), geometry=pieces
    )
    found = barriers.whole(rows)
    assert found.index.tolist() == ["a", "d", "e"]
    whole = barriers.indexed(found)
    lines = shapely.linestrings([[(-100, 1400), (100, 1400)], [(-100, -900), (100, -900)], [(9, 9), (20, 9)]])
    assert barriers.between(lines, whole).to_numpy().tolist() == [[0, 0], [1, 0]]
    over = np.array([shapely.LineString([(-500, 1200), (500, 1200)])])
    for mark, crossing in (("bridge", "bridge"), ("", "unmarked")):
        met = barriers.crossings(over, np.array([mark], dtype=object), np.array([[0, 1]]), whole)
        assert met.to_numpy().tolist() == [[0, 0, crossing]]


def test_a_nameless_area_belongs_to_the_river_that_runs_longest_in_it():
    """In the area Taza runs 200 m and Ashy, its tributary, 20 m."""
    shapes = [
        shapely.LineString([(0, -1000), (0, 1000)]),
        shapely.LineString([(0, 0), (900, 0)]),
        shapely.box(-20, -100, 20, 100),
        shapely.box(5000, 0, 5100, 100),
    ]
    rows = gpd.GeoDataFrame(
        {"name": ["Taza", "Ashy", None, None], "kind": "river"}, index=list("abcd"), geometry=shapes
    )
    found = barriers.whole(rows)
    assert found.index.tolist() == ["a", "b", "d"]
    assert found.geometry["a"].area == pytest.approx(40 * 200)


def test_a_nameless_lake_on_a_river_stays_a_lake():
    rows = gpd.GeoDataFrame(
        {"name": ["Taza", None], "kind": ["river", "lake"]}, index=list("ab"), geometry=[RIVER, LAKE]
    )
    assert barriers.whole(rows).index.tolist() == ["a", "b"]


def test_a_river_longer_than_a_piece_of_the_index_is_met_everywhere():
    """A river of 1,000 vertices, one each 10 m: crossed at x = 5, 15, ... 9,985; the index holds pieces of 32."""
    river = shapely.LineString([(at * 10, 0) for at in range(1000)])
    roads = np.array([shapely.LineString([(at * 10 + 5, -5), (at * 10 + 5, 5)]) for at in range(-1, 1000)])
    found = barriers.between(roads, _waters(river))
    assert found["line"].tolist() == list(range(1, 1000))


def test_a_line_that_only_touches_the_bank_does_not_cross():
    assert barriers.between(shapely.linestrings([[(-100, 0), (0, 0)]]), _waters(RIVER)).empty


def test_a_line_over_an_islands_two_channels_crosses_one_lake_once():
    ring = LAKE.difference(shapely.box(-50, -50, 50, 50))
    found = barriers.between(shapely.linestrings([[(-300, 0), (300, 0)], [(-40, 0), (40, 9)]]), _waters(ring))
    assert found.to_numpy().tolist() == [[0, 0]]


def test_waters_between_lists_each_crossing_in_order():
    lines = shapely.linestrings([[(-100, 0), (400, 0)], [(-100, 0), (-50, 0)], [(-100, 900), (100, 900)]])
    found = barriers.between(lines, _waters(shapely.box(200, -50, 300, 50), RIVER))
    assert found.to_numpy().tolist() == [[0, 0], [0, 1], [2, 1]]


def _verdict(kind, used, *, path=True, lake_round=True):
    found = pd.DataFrame({"line": [0], "water": [0]})
    rows = pd.DataFrame({"line": [0] * len(used), "water": [0] * len(used), "crossing": used})
    shape = RIVER if kind == "river" else LAKE
    out = barriers.verdicts(found, rows, np.array([path]), _waters(shape, kinds=[kind]), lake_round=lake_round)
    return out[["crossing", "barrier"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("kind", "used", "verdict"),
    [
        ("river", ["bridge"], [["bridge", False]]), ("river", ["dam"], [["dam", False]]),
        ("river", ["tunnel"], [["tunnel", False]]), ("river", ["ford"], [["ford", True]]),
        ("river", ["ferry"], [["ferry", True]]), ("river", ["ice_road"], [["ice_road", True]]),
        ("river", ["unmarked"], [["unmarked", True]]), ("river", ["bridge", "ford"], [["ford", True]]),
        ("river", ["unmarked", "bridge"], [["unmarked", True]]), ("river", [], []),
        ("lake", [], [["round", True]]), ("lake", ["dam"], [["dam", False]]),
    ],
)  # fmt: skip
def test_the_worst_crossing_on_the_path_is_the_verdict(kind, used, verdict):
    assert _verdict(kind, used) == verdict


def test_without_a_path_nothing_crosses_and_all_that_lies_between_is_a_barrier():
    for kind in ("river", "lake"):
        assert _verdict(kind, [], path=False, lake_round=False) == [["none", True]]


def test_a_lake_gone_round_is_no_barrier_when_the_option_says_so():
    assert _verdict("lake", [], lake_round=False) == []


def test_of_several_waters_the_worst_decides_and_of_equals_the_first():
    both = _waters(RIVER, shapely.LineString([(9, -9), (9, 9)]), shapely.LineString([(10, -9), (10, 9)]))
    rows = pd.DataFrame(
        [[0, 0, "bridge", False], [0, 1, "ford", True], [0, 2, "ford", True], [2, 2, "bridge", False]],
        columns=["line", "water", "crossing", "barrier"],
    )
    found = barriers.decided(rows, 3, both)
    assert found.fillna("-").to_numpy().tolist() == [
        ["w1", "ford", True, True], ["-", "", False, False], ["w2", "bridge", True, False],
    ]  # fmt: skip


def test_which_waters_can_be_a_barrier_is_a_matter_of_options(tiny):
    """A canal, a river of 1.4 km in two pieces of 700 m, and a lake of 1.02 ha that no length is asked of."""
    rows = table_of(
        ("canal", "Arna", line((0, 0), (9000, 0))),
        ("river", "Taza", line((0, 1000), (700, 1000))),
        ("river", "Taza", line((700, 1000), (1400, 1000))),
        ("lake", "Aina", box(0, 2000, 101, 2101)),
    )
    region, norms = dataclasses.replace(tiny, waters=rows), Norms.on(OPTIONS.on)

    def names(**choices):
        return barriers.waters(region, norms, Options(on=OPTIONS.on, **choices)).table["name"].tolist()

    assert names() == ["Taza", "Aina"]
    assert names(min_water_ha=1.03) == ["Taza"]
    assert names(canal_water="yes") == ["Arna", "Taza", "Aina"]
    assert names(min_river_km=1.39) == ["Taza", "Aina"]
    assert names(min_river_km=1.41) == ["Aina"]
    assert names(min_river_km=5, canal_water="yes") == ["Arna", "Aina"]
