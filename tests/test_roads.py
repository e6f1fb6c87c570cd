"""Snapping and the road graph: places and metres on paper (see conftest for the drawing of the tiny region)."""

from __future__ import annotations

import dataclasses
import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from conftest import box, line
from schoolnet.model import roads as model
from schoolnet.model.search import nearest
from schoolnet.model.snapping import GEOD
from worlds import build, road, world


def _metres(built, a, b, way="walk", season="dry"):
    start, end = built.nodes("settlement")[[a, b]]
    return nearest(built.network(way, season), np.array([end])).metres[start]


def test_on_the_tiny_region_legs_and_lengths_are_as_on_paper(tiny, options):
    built = model.build(tiny, options)
    legs = built.snaps.loc["settlement"]
    assert legs["snap_m"].round(2).fillna(-1).to_dict() == {"A": 0, "B": 0, "D": 0, "E": -1, "G": 200, "Q": 0}
    assert legs["stray"].to_dict() == {"A": False, "B": False, "D": False, "E": False, "G": True, "Q": False}
    assert legs.loc["E", "node"] == -1
    assert legs.loc["E", "why"] == "no road is near"
    assert _metres(built, "A", "B") == pytest.approx(3000, abs=0.01)
    assert _metres(built, "A", "D") == pytest.approx(1000 + 4000 + 1000 + 4000 + 700, abs=0.01)
    assert _metres(built, "G", "Q") == pytest.approx(200 + 8000, abs=0.01)


def test_a_point_is_snapped_to_the_edge_not_to_its_far_vertex():
    built = build(world({"a": (0, 0), "b": (5000, 30)}, [road("", (0, 0), (10_000, 0))]))
    assert _metres(built, "a", "b") == pytest.approx(5030, abs=0.01)


def test_many_points_on_one_edge_stand_in_order_along_it():
    places = {"a": (7000, 10), "b": (1000, 0), "c": (3000, 0), "d": (3000, -20), "e": (0, 0), "f": (10_000, 0)}
    built = build(world(places, [road("", (0, 0), (10_000, 0))]))
    assert _metres(built, "b", "a") == pytest.approx(6010, abs=0.01)
    assert _metres(built, "c", "d") == pytest.approx(20, abs=0.01)
    assert _metres(built, "e", "f") == pytest.approx(10_000, abs=0.01)


def test_points_in_the_middle_of_a_road_do_not_change_its_length():
    """Drawn with a bend: 3,000 + 4,000 m whether nobody or five live along it."""
    bend = [road("", (0, 0), (3000, 0), (3000, 4000))]
    ends = {"a": (0, 0), "b": (3000, 4000)}
    more = {"c": (700.3, 5), "d": (700.3, -5), "e": (2999.9, 1), "f": (3001, 1234.5), "g": (3000, 3999.99)}
    assert _metres(build(world(ends, bend)), "a", "b") == pytest.approx(7000, abs=0.001)
    assert _metres(build(world(ends | more, bend)), "a", "b") == pytest.approx(7000, abs=0.001)


def test_roads_that_cross_without_a_shared_vertex_do_not_meet():
    net = [road("", (-1000, 0), (1000, 0)), road("", (0, -1000), (0, 1000))]
    built = build(world({"a": (-1000, 0), "b": (0, 1000), "c": (1000, 0), "d": (0, -1000)}, net))
    assert np.isinf(_metres(built, "a", "b"))
    assert _metres(built, "a", "c") == pytest.approx(2000, abs=0.01)


def test_roads_meet_at_a_vertex_in_the_middle_of_both():
    net = [road("", (-1000, 0), (0, 0), (1000, 0)), road("", (0, -1000), (0, 0), (0, 1000))]
    built = build(world({"a": (-1000, 0), "b": (0, 1000), "c": (1000, 0), "d": (0, -1000)}, net))
    assert _metres(built, "a", "b") == pytest.approx(2000, abs=0.01)


def test_a_road_that_crosses_itself_at_a_vertex_can_be_left_there():
    """A loop (0, 0) > (1000, 0) > (1000, 1000) > (500, 0) ... : the vertex (500, 0) is passed twice.

    From (0, 0) to (500, -700) it is 500 + 700 by the vertex, not the whole loop.
    """
    net = [road("", (0, 0), (500, 0), (1000, 0), (1000, 1000), (500, 1000), (500, 0), (500, -700))]
    built = build(world({"a": (0, 0), "b": (500, -700)}, net))
    assert _metres(built, "a", "b") == pytest.approx(1200, abs=0.01)


def test_a_village_on_a_loop_goes_the_shorter_way_round():
    """A square of 1,000 m hung at (0, 0); the village 1,300 m round it one way, 2,700 m the other."""
    net = [road("", (0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)), road("", (-500, 0), (0, 0))]
    built = build(world({"a": (-500, 0), "b": (1000, 300)}, net))
    assert _metres(built, "a", "b") == pytest.approx(1800, abs=0.01)


def test_of_parallel_roads_the_shorter_counts_and_in_flood_the_one_still_open():
    """Between the same two junctions: a ford of 1,000 m, and a bridge on a bow of 3 x 1,000 m."""
    net = [
        road("ford", (0, 0), (1000, 0)),
        road("bridge", (0, 0), (0, 1000), (1000, 1000), (1000, 0)),
        road("", (-500, 0), (0, 0)),
        road("", (1000, 0), (1500, 0)),
    ]
    built = build(world({"a": (-500, 0), "b": (1500, 0)}, net))
    assert _metres(built, "a", "b") == pytest.approx(2000, abs=0.01)
    assert _metres(built, "a", "b", season="flood") == pytest.approx(4000, abs=0.01)


@pytest.mark.parametrize(("mark", "shut"), [("ford", True), ("ferry", True), ("ice_road", True), ("bridge", False),
                                            ("dam", False), ("tunnel", False), ("", False)])  # fmt: skip
def test_flood_closes_fords_ferries_and_ice_roads_and_nothing_else(mark, shut):
    net = [road("", (0, 0), (1000, 0)), road(mark, (1000, 0), (1100, 0)), road("", (1100, 0), (2000, 0))]
    built = build(world({"a": (0, 0), "b": (2000, 0)}, net))
    assert _metres(built, "a", "b") == pytest.approx(2000, abs=0.01)
    assert np.isinf(_metres(built, "a", "b", season="flood")) == shut


def test_a_child_walks_against_a_one_way_street_and_a_bus_does_not():
    """East by the street of 1,000 m; back by the bow of 3,000 m. `backward` is the same, drawn the other way."""
    bow = road("", (1000, 0), (1000, 1000), (0, 1000), (0, 0))
    tails = [road("", (-100, 0), (0, 0)), road("", (1000, 0), (1100, 0))]
    drawn = road("", (0, 0), (1000, 0), oneway="forward"), road("", (1000, 0), (0, 0), oneway="backward")
    for street in drawn:
        built = build(world({"a": (-100, 0), "b": (1100, 0)}, [street, bow, *tails]))
        for a, b, way, metres in [
            ("a", "b", "walk", 1200), ("b", "a", "walk", 1200), ("a", "b", "drive", 1200), ("b", "a", "drive", 3200),
        ]:  # fmt: skip
            assert _metres(built, a, b, way) == pytest.approx(metres, abs=0.01)


def test_a_footpath_is_closed_to_the_bus_and_a_motor_road_to_the_child():
    tails = [road("", (-100, 0), (0, 0)), road("", (1000, 0), (1100, 0))]
    path = road("", (0, 0), (1000, 0), kind="footway", drive=False)
    motor = road("", (0, 0), (0, 500), (1000, 500), (1000, 0), kind="trunk", walk=False)
    built = build(world({"a": (-100, 0), "b": (1100, 0)}, [path, motor, *tails]))
    assert _metres(built, "a", "b", "walk") == pytest.approx(1200, abs=0.01)
    assert _metres(built, "a", "b", "drive") == pytest.approx(2200, abs=0.01)


def test_a_child_and_a_bus_may_meet_the_road_at_two_places():
    """The footpath passes the door (0 m), the road 300 m north; both meet at x = 2000."""
    net = [road("", (0, 0), (2000, 0), kind="path", drive=False), road("", (0, 300), (2000, 300), (2000, 0), (3000, 0))]
    built = build(world({"a": (500, 0), "b": (3000, 0)}, net))
    assert _metres(built, "a", "b", "walk") == pytest.approx(2500, abs=0.01)
    assert _metres(built, "a", "b", "drive") == pytest.approx(300 + 1500 + 300 + 1000, abs=0.01)


def test_nobody_is_snapped_to_a_ferry():
    net = [road("", (0, 0), (1000, 0)), road("ferry", (1000, 0), (2000, 0)), road("", (2000, 0), (3000, 0))]
    built = build(world({"mid": (1300, 10), "a": (0, 0), "b": (3000, 0)}, net))
    assert built.snaps.loc[("settlement", "mid"), "snap_m"] == pytest.approx(np.hypot(300, 10), abs=0.01)


@pytest.mark.parametrize("cells", [{"oneway": "forward"}, {"oneway": "backward"}])
@pytest.mark.parametrize("first", [True, False])
def test_a_village_nearest_to_a_junction_is_at_the_junction_whatever_meets_there(first, cells):
    """A corner at (0, 0), 100 m from the village: one of its streets is one-way, yet the other leads off both ways."""
    corner = [road("", (0, 0), (0, 2000), **cells), road("", (0, 0), (2000, 0))]
    built = build(world({"v": (-60, -80), "b": (2000, 0)}, corner if first else corner[::-1]))
    assert _metres(built, "v", "b", "drive") == pytest.approx(2100, abs=0.01)
    assert _metres(built, "b", "v", "drive") == pytest.approx(2100, abs=0.01)


@pytest.mark.parametrize("first", [True, False])
def test_a_ford_that_begins_at_the_nearest_junction_cuts_nobody_off_in_flood(first):
    corner = [road("ford", (0, 0), (0, 2000)), road("", (0, 0), (2000, 0))]
    built = build(world({"v": (-60, -80), "b": (2000, 0)}, corner if first else corner[::-1]))
    assert _metres(built, "v", "b", season="flood") == pytest.approx(2100, abs=0.01)


def test_the_snap_leg_does_not_cross_a_river():
    """A cape (pandana#170): the nearest road is 200 m off across the river; the own bank's, 900 m off, is taken."""
    net = [
        road("", (0, 1000), (5000, 1000)),
        road("", (0, -100), (5000, -100)),
        road("", (5000, 1000), (9000, 1000), (9000, -100), (5000, -100)),
    ]
    homes = {"cape": (2500, 100), "n": (0, 1000), "s": (0, -100)}
    built = build(world(homes, net, [("river", "Taza", line((-1000, 0), (8000, 0)))]))
    assert built.snaps.loc[("settlement", "cape"), "snap_m"] == pytest.approx(900, abs=0.01)
    assert _metres(built, "cape", "n") == pytest.approx(900 + 2500, abs=0.01)
    assert _metres(built, "cape", "s") == pytest.approx(900 + 6500 + 1100 + 9000, abs=0.01)


def test_the_snap_leg_does_not_cross_a_river_drawn_as_an_area():
    net = [road("", (0, 1000), (5000, 1000), (9000, 1000), (9000, -100), (0, -100))]
    homes = {"cape": (2500, 100), "n": (0, 1000), "s": (0, -100)}
    built = build(world(homes, net, [("river", "Taza", box(-1000, -50, 8000, 50))]))
    assert built.snaps.loc[("settlement", "cape"), "snap_m"] == pytest.approx(900, abs=0.01)


def test_the_part_of_a_road_on_the_own_bank_is_taken_when_its_nearest_part_lies_across():
    """One road: 300 m off across the river, and 800 m off on the own bank."""
    net = [road("", (-800, 0), (-800, 3000), (300, 3000), (300, -3000), (9000, -3000))]
    homes = {"v": (0, 0), "a": (-800, 0), "b": (9000, -3000)}
    built = build(world(homes, net, [("river", "Taza", line((150, -9000), (150, 2900)))]))
    assert built.snaps.loc[("settlement", "v"), "snap_m"] == pytest.approx(800, abs=0.01)
    assert _metres(built, "v", "a") == pytest.approx(800, abs=0.01)


def test_a_village_all_of_whose_roads_lie_across_water_is_off_the_network_and_says_so():
    ring = road("", (-800, -800), (800, -800), (800, 800), (-800, 800), (-800, -800))
    lake = box(-600, -600, 600, 600).difference(box(-100, -100, 100, 100))
    built = build(world({"isle": (0, 0), "a": (800, 800), "b": (-800, -800)}, [ring], [("lake", "Aina", lake)]))
    snap = built.snaps.loc[("settlement", "isle")]
    assert snap["node"] == -1
    assert snap["why"] == snap["bus_why"] == "every road near lies across water"


def test_a_village_drawn_inside_the_lake_polygon_is_still_snapped():
    net = [road("", (-800, 0), (-300, 0), (-300, 400), (800, 400), (800, 0))]
    homes = {"wet": (0, 0), "a": (800, 0), "b": (-800, 0)}
    built = build(world(homes, net, [("lake", "Aina", box(-100, -100, 100, 100))]))
    assert built.snaps.loc[("settlement", "wet"), "snap_m"] == pytest.approx(300, abs=0.01)


def test_an_origin_beside_a_stray_piece_is_taken_to_the_network_that_serves_people():
    """GOSTnets#8: the nearest road (50 m) is a piece that leads nowhere; the network lies 400 m off."""
    net = [road("", (900, 50), (1100, 50)), road("", (0, -400), (5000, -400))]
    built = build(world({"v": (1000, 0), "a": (0, -400), "b": (5000, -400)}, net))
    snap = built.snaps.loc[("settlement", "v")]
    assert snap["snap_m"] == pytest.approx(400, abs=0.01)
    assert snap["stray"]
    assert _metres(built, "v", "b") == pytest.approx(400 + 4000, abs=0.01)


def test_where_only_a_stray_piece_is_near_it_is_said():
    net = [road("", (900, 50), (1100, 50)), road("", (0, -4000), (5000, -4000))]
    built = build(world({"v": (1000, 0), "a": (0, -4000), "b": (5000, -4000)}, net))
    snap = built.snaps.loc[("settlement", "v")]
    assert (snap["node"], snap["why"]) == (-1, "only a stray piece of road is near")


def test_an_own_street_with_the_villages_school_is_no_stray_piece():
    net = [road("", (0, 0), (400, 0), kind="residential"), road("", (0, 1500), (9000, 1500))]
    homes = {"a": (0, 0), "b": (0, 1500), "c": (9000, 1500)}
    built = build(world(homes, net, schools={"S": ((400, 0), "a")}))
    assert built.snaps.loc[("settlement", "a"), "snap_m"] == pytest.approx(0, abs=0.01)
    assert not built.snaps["stray"].any()
    assert np.isinf(_metres(built, "a", "b"))


def test_beyond_the_cut_off_a_point_is_off_the_network():
    built = build(world({"a": (0, 0), "near": (100, 1999), "far": (100, 2001)}, [road("", (0, 0), (9000, 0))]))
    assert (built.nodes("settlement") >= 0).to_dict() == {"a": True, "near": True, "far": False}


def test_a_region_without_roads_has_every_point_off_the_network(tiny, options):
    built = model.build(dataclasses.replace(tiny, roads=tiny.roads.iloc[:0]), options)
    assert (built.snaps["node"] == -1).all()
    assert built.network().graph.shape == (0, 0)
    assert built.to_networkx().number_of_nodes() == 0


def test_roads_open_to_nobody_take_nobody(tiny, options):
    built = model.build(dataclasses.replace(tiny, roads=tiny.roads.assign(walk=False, drive=False)), options)
    assert (built.snaps["node"] == -1).all()
    assert built.network().graph.nnz == 0


def test_a_point_exactly_on_a_vertex_and_one_beside_share_the_place():
    built = build(world({"a": (0, 0), "b": (1000, 0)}, [road("", (0, 0), (1000, 0), (2000, 0))]))
    assert _metres(built, "a", "b") == pytest.approx(1000, abs=0.01)


def test_the_export_is_the_same_graph(tiny, options):
    built = model.build(tiny, options)
    graph = built.to_networkx()
    start, end = built.nodes("settlement")[["A", "D"]]
    assert nx.dijkstra_path_length(graph, start, end, weight="metres") == pytest.approx(10_700, abs=0.01)
    assert nx.dijkstra_path_length(graph, end, start, weight="metres") == pytest.approx(10_700, abs=0.01)
    assert graph.number_of_nodes() == len(built.lonlat)
    assert sum(road == 2 for *_, road in graph.edges(data="road")) == 2  # the bridge, there and back
    lon, lat = graph.nodes[start]["lon"], graph.nodes[start]["lat"]
    assert (lon, lat) == pytest.approx((0, 0), abs=1e-7)


def test_the_export_of_the_bus_in_flood_has_its_directions_and_closures():
    net = [
        road("", (0, 0), (1000, 0), oneway="forward"),
        road("ford", (1000, 0), (2000, 0)),
        road("", (2000, 0), (3000, 0)),
    ]
    built = build(world({"a": (0, 0), "b": (3000, 0)}, net))
    a, b = built.nodes("settlement")[["a", "b"]]
    assert nx.has_path(built.to_networkx("drive"), a, b)
    assert not nx.has_path(built.to_networkx("drive"), b, a)
    assert nx.has_path(built.to_networkx("walk"), b, a)
    assert not nx.has_path(built.to_networkx("drive", "flood"), a, b)


def test_the_line_of_every_edge_is_as_long_as_its_metres():
    """Geodesic lengths of the course of each edge; a leg is the straight line from the road to the village."""
    net = [
        road("", (0, 0), (500, 0), (1000, 700), (1700, 700)),
        road("", (1000, 700), (1000, 2000), (0, 2000), (0, 0)),
        road("", (1700, 700), (2500, 700), (2500, 0), (1700, 0), (1700, 700)),
    ]
    homes = {"a": (250, 40), "b": (1400, 650), "c": (1000, 1333), "d": (2500, 350), "e": (2600, 350)}
    built = build(world(homes, net, schools={"S": ((0, 1000), None)}))
    edges = built.edges
    for edge, metres in enumerate(edges.metres):
        course = built.line(edge)
        length = sum(GEOD.inv(*a, *b)[2] for a, b in itertools.pairwise(course))
        assert length == pytest.approx(metres, abs=1e-3)
        assert (course[0] == built.lonlat[edges.start[edge]]).all()
        assert (course[-1] == built.lonlat[edges.end[edge]]).all()
    assert edges.metres[edges.way >= 0].sum() == pytest.approx(
        (500 + np.hypot(500, 700) + 700) + (1300 + 1000 + 2000) + (800 + 700 + 800 + 700), abs=0.01
    )


def test_every_edge_keeps_the_class_mark_and_direction_of_its_road():
    net = [
        road("bridge", (0, 0), (1000, 0), oneway="forward"),
        road("ford", (1000, 0), (2000, 0), walk=False),
        road("", (2000, 0), (3000, 0), drive=False, oneway="backward"),
    ]
    built = build(world({"a": (100, 0), "b": (500, 5), "c": (1500, 0), "d": (2500, 0)}, net))
    edges = built.edges
    on = edges.way >= 0
    frame = pd.DataFrame({"way": edges.way, "mark": edges.crossing, "walk": edges.walk, "drive": edges.drive,
                          "oneway": edges.oneway})[on].drop_duplicates()  # fmt: skip
    assert frame.sort_values("way").to_numpy().tolist() == [
        [0, "bridge", True, True, 1], [1, "ford", False, True, 0], [2, "", True, False, -1],
    ]  # fmt: skip


@pytest.mark.parametrize("at", [1, 2999.999, 3000, 3000.001, 50_000, 79_999])
def test_on_a_straight_of_eighty_kilometres_a_place_is_known_to_the_millimetre(at):
    """The projection is centred near x = -2,500: far from it, it must not move a place along the road."""
    built = build(world({"a": (0, 0), "b": (at, 0)}, [road("", (0, 0), (80_000, 0))]))
    assert round(_metres(built, "a", "b"), 3) == at
