"""Crossings drawn apart from their road: the road is split at its own vertices, and the right piece bears the mark.

One degree of longitude at 50 north is 71.6 km, of latitude 111.3 km: 0.001 degree is 72 m east, 111 m north.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from scipy.sparse.csgraph import connected_components

from pbf import Drawing, oblast
from schoolnet.model import roads as graph
from schoolnet.options import Options
from schoolnet.sources import osm, territory

TRACK = {"highway": "track"}
BRIDGE = {"man_made": "bridge"}
DAM = {"waterway": "dam"}


def village():
    drawn = Drawing()
    drawn.node((61, 50), {"place": "village"})
    return drawn


def east(*steps, north=0.0):
    """Return places so many thousandths of a degree east of 61, 50."""
    return [(round(61 + step / 1000, 7), round(50 + north / 1000, 7)) for step in steps]


def read(tmp_path, drawn):
    return osm.read(drawn.write(tmp_path / "map.osm.pbf"))


def pieces(extract):
    """Return (crossing, thousandths east of 61 of each vertex) of each road."""
    found = []
    for crossing, line in zip(extract.roads["crossing"], extract.roads.geometry, strict=True):
        found.append((crossing, [round((x - 61) * 1000, 3) for x in shapely.get_coordinates(line)[:, 0]]))
    return found


def notes(extract):
    return [entry[4:] for entry in extract.ledger.entries if entry[1] == "roads"]


# --- fords ---


@pytest.mark.parametrize("tags", [{"ford": "yes"}, {"highway": "ford"}, {"ford": "stepping_stones"}])
def test_a_ford_on_a_road_marks_the_segments_before_and_after_it(tmp_path, tags):
    drawn = village()
    before, after = [drawn.node(place) for place in east(0, 1)], [drawn.node(place) for place in east(3, 4)]
    drawn.way([*before, drawn.node(east(2)[0], tags), *after], TRACK | {"name": "Жол", "oneway": "yes"})
    extract = read(tmp_path, drawn)
    assert pieces(extract) == [("", [0, 1]), ("ford", [1, 2, 3]), ("", [3, 4])]
    assert extract.roads["name"].to_list() == ["Жол"] * 3
    assert extract.roads["oneway"].to_list() == ["forward"] * 3
    assert extract.roads.index.to_list() == [0, 1, 2]
    assert notes(extract) == []


def test_a_ford_at_the_end_of_two_roads_marks_the_last_segment_of_each(tmp_path):
    drawn = village()
    ford = drawn.node(east(2)[0], {"ford": "yes"})
    drawn.way([*east(0, 1), ford], TRACK)
    drawn.way([ford, *east(3, 4)], TRACK)
    assert pieces(read(tmp_path, drawn)) == [("", [0, 1]), ("ford", [1, 2]), ("ford", [2, 3]), ("", [3, 4])]


def test_a_ford_on_a_road_of_one_segment_marks_the_whole(tmp_path):
    drawn = village()
    drawn.way([drawn.node(east(0)[0], {"ford": "yes"}), *east(1)], TRACK)
    assert pieces(read(tmp_path, drawn)) == [("ford", [0, 1])]


@pytest.mark.parametrize("tags", [{"bridge": "yes"}, {"tunnel": "yes"}, {"embankment": "dam"}, {"ice_road": "yes"}])
def test_a_ford_on_a_road_that_says_how_it_crosses_is_noted_and_not_used(tmp_path, tags):
    drawn = village()
    drawn.way([*east(0), drawn.node(east(1)[0], {"ford": "yes"}), *east(2)], TRACK | tags)
    extract = read(tmp_path, drawn)
    assert [vertices for _, vertices in pieces(extract)] == [[0, 1, 2]]
    assert extract.roads["crossing"].to_list() not in (["ford"], [""])
    ((column, what, why),) = notes(extract)
    assert (column, what) == ("crossing", "1 fords: n2")
    assert "the road is believed" in why


def test_fords_on_no_road_and_no_fords_at_all(tmp_path):
    drawn = village()
    for step in range(12):
        drawn.node(east(step, north=1)[0], {"ford": "yes"})  # beside the road
    drawn.node(east(1)[0], {"ford": "yes"})  # on the road's line, but no vertex of it
    drawn.way([*east(0), drawn.node(east(2)[0], {"ford": "no"}), *east(4)], TRACK)
    extract = read(tmp_path, drawn)
    assert pieces(extract) == [("", [0, 2, 4])]
    what = "13 fords: n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, …"
    assert notes(extract) == [("crossing", what, "on no vertex of a road that is read: not used")]


def test_a_ford_with_no_place_on_earth_is_no_crash(tmp_path):
    drawn = village()
    drawn.node((500, 50), {"ford": "yes"})
    drawn.way(east(0, 1), TRACK)
    assert pieces(read(tmp_path, drawn)) == [("", [0, 1])]


def test_a_road_split_at_a_ford_stays_joined_to_itself_and_to_its_side_roads(tmp_path):
    drawn = oblast()
    ford, corner = drawn.node((60.7345678, 50.1234567), {"ford": "yes"}), drawn.node((60.7100001, 50.2))
    drawn.way([(60.5, 50.5), corner, ford, (60.75, 50.1), (60.8, 50.1)], TRACK | {"name": "Өткел"})
    drawn.way([corner, (60.9, 50.2)], TRACK)
    extract = read(tmp_path, drawn)
    region = territory.cut(extract, territory.find(extract, None), Options())
    marks = region.roads[region.roads["name"] == "Өткел"]["crossing"].to_list()
    assert marks == ["", "ford", ""]
    network = graph.build(region, Options())
    assert connected_components(network.network().graph)[0] == 1


# --- bridges drawn as an area ---


def test_the_area_of_a_bridge_marks_the_segments_in_it(tmp_path):
    drawn = village()
    drawn.way(east(0, 1, 2, 3, 4, 5), TRACK)
    drawn.box(61.001, 49.9999, 61.003, 50.0001, BRIDGE)
    assert pieces(read(tmp_path, drawn)) == [("", [0, 1]), ("bridge", [1, 2, 3]), ("", [3, 4, 5])]


def test_a_bridge_between_two_vertices_marks_the_segment_across_it(tmp_path):
    drawn = village()
    drawn.way(east(0, 1, 3, 4), TRACK)
    drawn.box(61.0015, 49.9999, 61.0025, 50.0001, BRIDGE)
    assert pieces(read(tmp_path, drawn)) == [("", [0, 1]), ("bridge", [1, 3]), ("", [3, 4])]


def test_a_bridge_as_a_multipolygon_marks_the_road(tmp_path):
    drawn = village()
    drawn.way(east(0, 1, 2, 3), TRACK)
    drawn.relation([drawn.box(61.001, 49.9999, 61.002, 50.0001)], BRIDGE)
    assert pieces(read(tmp_path, drawn)) == [("", [0, 1]), ("bridge", [1, 2]), ("", [2, 3])]


def test_a_bridge_drawn_a_step_too_far_does_not_mark_the_next_segment(tmp_path):
    drawn = village()
    drawn.way(east(0, 1, 2, 3), TRACK)
    drawn.box(61.00098, 49.9999, 61.00202, 50.0001, BRIDGE)  # 1.4 m beyond the vertex at each end
    assert pieces(read(tmp_path, drawn)) == [("", [0, 1]), ("bridge", [1, 2]), ("", [2, 3])]


def test_a_road_beneath_a_bridge_is_not_on_it(tmp_path):
    drawn = village()
    drawn.way(east(0, 1, 2, 3), TRACK | {"name": "above"})
    drawn.way([(61.0015, 49.999), (61.0015, 50.001)], TRACK | {"name": "beneath"})
    drawn.box(61.001, 49.9999, 61.002, 50.0001, BRIDGE)
    roads = read(tmp_path, drawn).roads
    assert roads.groupby("name")["crossing"].agg(list).to_dict() == {"above": ["", "bridge", ""], "beneath": [""]}


def test_a_road_that_says_it_is_a_bridge_is_above_one_that_runs_longer_in_its_area(tmp_path):
    drawn = village()
    drawn.way([(61.0015, 49.999), (61.0015, 50.001)], TRACK | {"name": "beneath"})
    drawn.way(east(1, 2), TRACK | {"name": "above", "bridge": "yes"})
    drawn.box(61.001, 49.9995, 61.002, 50.0005, BRIDGE)  # wider than long
    roads = read(tmp_path, drawn).roads
    assert roads.set_index("name")["crossing"].to_dict() == {"above": "bridge", "beneath": ""}


def test_a_footway_joined_to_a_road_on_the_bridge_is_on_it_too(tmp_path):
    drawn = village()
    joint = drawn.node(east(1.5)[0])
    drawn.way([*east(0, 1), joint, *east(2, 3)], TRACK | {"bridge": "yes"})
    drawn.way([joint, (61.0016, 50.00005), *east(2, north=0.05)], {"highway": "footway"})
    drawn.way(east(0, 1, 2, 3, north=0.08), {"highway": "footway"})
    drawn.box(61.001, 49.9999, 61.002, 50.0001, BRIDGE)
    assert read(tmp_path, drawn).roads["crossing"].to_list() == ["bridge", "bridge", "", "bridge", ""]


def test_the_area_of_a_bridge_leaves_what_a_road_says_and_a_bridge_that_is_gone_marks_nothing(tmp_path):
    drawn = village()
    drawn.way(east(1, 2), TRACK | {"ford": "yes"})
    drawn.way(east(4, 5), TRACK)
    drawn.box(61.001, 49.9999, 61.002, 50.0001, BRIDGE)
    drawn.box(61.004, 49.9999, 61.005, 50.0001, BRIDGE | {"bridge": "collapsed"})
    drawn.box(61.004, 49.9999, 61.005, 50.0001, {"abandoned:man_made": "bridge"})
    assert pieces(read(tmp_path, drawn)) == [("ford", [1, 2]), ("", [4, 5])]


def test_a_ford_beneath_a_bridge_stays_a_ford(tmp_path):
    drawn = village()
    drawn.way([*east(0, 1), drawn.node(east(2)[0], {"ford": "yes"}), *east(3, 4)], TRACK)
    drawn.box(61.0005, 49.9999, 61.0035, 50.0001, BRIDGE)
    assert pieces(read(tmp_path, drawn)) == [("bridge", [0, 1]), ("ford", [1, 2, 3]), ("bridge", [3, 4])]


def test_a_bridge_whose_area_is_not_whole_is_listed(tmp_path):
    drawn = village()
    drawn.way(east(0, 1), BRIDGE)
    drawn.relation([77], BRIDGE)
    why = "left out: their shape is not whole in the extract, or their tags cannot be read"
    assert ("", "2 map objects: r1, w1", why) in notes(read(tmp_path, drawn))


# --- dams ---


@pytest.mark.parametrize("area", [False, True])
def test_a_road_along_a_dam_is_on_it(tmp_path, area):
    drawn = village()
    drawn.way(east(0, 1, 2, 3, 4, 5, north=0.1), TRACK)  # 11 m from the line of the dam
    if area:
        drawn.box(61.001, 49.99995, 61.004, 50.00005, DAM)
    else:
        drawn.way(east(1, 4), DAM)
    assert pieces(read(tmp_path, drawn)) == [("", [0, 1]), ("dam", [1, 2, 3, 4]), ("", [4, 5])]


@pytest.mark.parametrize(("north", "mark"), [(0.2, "dam"), (0.25, "")])
def test_a_road_farther_than_25_m_from_a_dam_is_not_on_it(tmp_path, north, mark):
    drawn = village()
    drawn.way(east(1, 2, 3, north=north), TRACK)  # 22 m and 28 m
    drawn.way(east(1, 3), DAM)
    assert read(tmp_path, drawn).roads["crossing"].to_list() == [mark]


def test_a_long_segment_over_a_short_dam_is_on_it(tmp_path):
    drawn = village()
    drawn.way(east(0, 20), TRACK)
    drawn.way(east(9, 11), DAM)
    assert pieces(read(tmp_path, drawn)) == [("dam", [0, 20])]


@pytest.mark.parametrize("area", [False, True])
def test_a_road_that_crosses_the_end_of_a_dam_is_not_on_it(tmp_path, area):
    drawn = village()
    drawn.way([(61.001, 49.999), (61.001, 49.99995), (61.001, 50.00005), (61.001, 50.001)], TRACK)
    if area:
        drawn.box(61.001, 49.9999, 61.004, 50.0001, DAM)
    else:
        drawn.way(east(1, 4), DAM)
    assert read(tmp_path, drawn).roads["crossing"].to_list() == [""]


def test_a_dam_that_is_a_multipolygon_marks_and_a_weir_does_not(tmp_path):
    drawn = village()
    drawn.way(east(1, 2), TRACK)
    drawn.way(east(5, 6), TRACK)
    drawn.relation([drawn.box(61.001, 49.9999, 61.002, 50.0001)], DAM)
    drawn.way(east(5, 6), {"waterway": "weir"})
    assert pieces(read(tmp_path, drawn)) == [("dam", [1, 2]), ("", [5, 6])]


def test_a_road_that_is_the_dam_itself_bears_it_and_so_does_the_path_beside_it(tmp_path):
    drawn = village()
    drawn.way(east(1, 3), TRACK | DAM)
    drawn.way(east(1, 3, north=0.05), {"highway": "path"})
    extract = read(tmp_path, drawn)
    assert pieces(extract) == [("dam", [1, 3]), ("dam", [1, 3])]
    assert notes(extract) == []


def test_a_bridge_over_the_spillway_of_a_dam_stays_a_bridge(tmp_path):
    drawn = village()
    drawn.way(east(1, 2), TRACK | {"bridge": "yes"})
    drawn.way(east(1, 2), DAM)
    assert pieces(read(tmp_path, drawn)) == [("bridge", [1, 2])]


def test_dams_that_are_not_whole_or_have_no_length_are_listed_and_no_crash(tmp_path):
    drawn = village()
    drawn.way([1, 900], DAM)
    drawn.way([(61, 50), (61, 50)], DAM)
    drawn.relation([77], DAM)
    drawn.node((61, 50), DAM)
    drawn.way(east(1, 2), TRACK)
    why = "left out: their shape is not whole in the extract, or their tags cannot be read"
    extract = read(tmp_path, drawn)
    assert notes(extract) == [("", "3 map objects: w1, w2, r1", why)]
    assert pieces(extract) == [("", [1, 2])]


# --- all at once ---


def test_splitting_keeps_every_vertex_of_every_road(tmp_path):
    chance = np.random.default_rng(1)
    drawn = village()
    for _ in range(40):
        places = [tuple(place) for place in (chance.random((12, 2)) * 0.02 + [61, 50]).round(7).tolist()]
        nodes = [drawn.node(place, {"ford": "yes"} if chance.random() < 0.1 else {}) for place in places]
        drawn.way(nodes, TRACK)
    drawn.box(61.002, 50.002, 61.008, 50.004, BRIDGE)
    drawn.way([(61.01, 50.01), (61.015, 50.012)], DAM)
    roads = read(tmp_path, drawn).roads
    drawn_pairs = set()
    for way in drawn.ways[:40]:
        places = [drawn.nodes[node - 1].location for node in way.nodes]
        drawn_pairs |= {(a, b) for a, b in pairwise(places)}
    kept = set()
    for line in roads.geometry:
        places = [tuple(place) for place in shapely.get_coordinates(line).tolist()]
        kept |= {(a, b) for a, b in pairwise(places)}
    assert kept == drawn_pairs
    assert {"", "ford", "bridge"} <= set(roads["crossing"])
    assert str(roads["crossing"].dtype) == "str"


@pytest.mark.parametrize("north", [-90.0, 89.9999, 90.0])
def test_crossings_at_the_ends_of_the_earth_are_no_crash(tmp_path, north):
    drawn = village()
    south = max(north - 0.0002, -90.0)
    corners = [
        drawn.node(place) for place in ((61, north), (61.1, north), (61.1, south + 0.0001), (61, south + 0.0001))
    ]
    drawn.way([*corners, corners[0]], BRIDGE)
    drawn.way(corners[:2], DAM)
    drawn.way([*corners[:2], drawn.node((61.2, north), {"ford": "yes"})], TRACK)
    assert len(read(tmp_path, drawn).roads) >= 1
