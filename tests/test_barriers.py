from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from schoolnet.model import barriers

RIVER = shapely.LineString([(0, -1000), (0, 1000)])


def _path(*places):
    return shapely.linestrings(np.stack([np.array(places[:-1], float), np.array(places[1:], float)], axis=1))


def _marks(*marks):
    return np.array(marks, dtype=object)


@pytest.mark.parametrize("mark", ["bridge", "dam", "tunnel", "ford", "ferry", "ice_road"])
def test_a_marked_crossing_is_read_off_the_path(mark):
    steps = _path((-500, 0), (-10, 0), (10, 0), (500, 0))
    assert barriers.crossing(steps, _marks("", mark, ""), RIVER) == mark


def test_a_road_drawn_over_the_river_without_a_mark_is_unmarked():
    assert barriers.crossing(_path((-500, 0), (500, 0)), _marks(""), RIVER) == "unmarked"


def test_a_bridge_elsewhere_on_the_path_does_not_cross_this_water():
    steps = _path((-500, 0), (-400, 0), (-300, 0), (500, 0))
    assert barriers.crossing(steps, _marks("", "bridge", ""), RIVER) == "unmarked"


def test_a_bridge_that_ends_within_50_m_of_the_drawn_river_crosses_it_and_one_at_51_m_does_not():
    near = _path((-500, 0), (-300, 0), (-50, 0), (500, 0))
    assert barriers.crossing(near, _marks("", "bridge", ""), RIVER) == "bridge"
    far = _path((-500, 0), (-300, 0), (-51, 0), (500, 0))
    assert barriers.crossing(far, _marks("", "bridge", ""), RIVER) == "unmarked"


def test_of_a_bridge_and_a_ford_over_the_same_water_the_ford_counts():
    steps = _path((-500, 0), (500, 0), (500, 100), (-500, 100))
    assert barriers.crossing(steps, _marks("bridge", "", "ford"), RIVER) == "ford"


def test_a_path_that_never_touches_the_lake_goes_round_it():
    lake = shapely.box(-100, -100, 100, 100)
    steps = _path((-500, 0), (-500, 500), (500, 500), (500, 0))
    assert barriers.crossing(steps, _marks("", "", ""), lake) == "round"


def test_without_a_path_nothing_crosses():
    assert barriers.crossing(np.zeros(0, object), np.zeros(0, object), RIVER) == "none"


def test_a_bridge_at_one_place_does_not_forgive_an_unmarked_crossing_at_another():
    steps = _path((-500, 0), (500, 0), (500, 900), (-500, 900))
    assert barriers.crossing(steps, _marks("bridge", "", ""), RIVER) == "unmarked"


def test_a_river_drawn_in_pieces_is_one_river_and_another_of_another_name_is_not():
    pieces = [
        shapely.LineString([(0, -1000), (0, 0)]),
        shapely.LineString([(0, 0), (0, 1000)]),
        shapely.box(-20, 900, 20, 1500),
        shapely.LineString([(0, 0), (900, 0)]),
        shapely.LineString([(5000, 0), (5000, 900)]),
    ]
    rows = gpd.GeoDataFrame({"name": ["Taza", "Taza", "Taza", "Ashy", "Taza"]}, index=list("abcde"), geometry=pieces)
    found = barriers.whole(rows)
    assert found.index.tolist() == ["a", "d", "e"]
    lines = shapely.linestrings([[(-100, 1400), (100, 1400)], [(-100, -900), (100, -900)]])
    assert barriers.waters_between(lines, found).to_numpy().tolist() == [[0, 0], [1, 0]]
    over = _path((-500, 1200), (500, 1200))
    assert barriers.crossing(over, _marks("bridge"), found.geometry.iloc[0]) == "bridge"
    assert barriers.crossing(over, _marks(""), found.geometry.iloc[0]) == "unmarked"


def test_a_line_that_only_touches_the_bank_does_not_cross():
    waters = gpd.GeoDataFrame({"name": ["Taza"]}, geometry=[RIVER])
    assert barriers.waters_between(shapely.linestrings([[(-100, 0), (0, 0)]]), waters).empty


@pytest.mark.parametrize(
    ("several", "decides"),
    [(["bridge", "ford"], "ford"), (["round", "bridge"], "round"), (["none", "none"], "none"), (["dam"], "dam")],
)
def test_of_several_waters_the_worst_decides(several, decides):
    assert barriers.worst(several) == decides


def test_waters_between_lists_each_crossing_in_order():
    waters = gpd.GeoDataFrame(geometry=[shapely.box(200, -50, 300, 50), RIVER])
    lines = shapely.linestrings([[(-100, 0), (400, 0)], [(-100, 0), (-50, 0)], [(-100, 900), (100, 900)]])
    found = barriers.waters_between(lines, waters)
    assert found.to_numpy().tolist() == [[0, 0], [0, 1], [2, 1]]
