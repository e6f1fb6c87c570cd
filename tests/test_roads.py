from __future__ import annotations

import dataclasses
import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from conftest import box, line, roads, schools, settlements, waters
from schoolnet.model import roads as model
from schoolnet.model.access import nearest


def _world(tiny, homes, net, water=(), found=None):
    """Return a region of settlements by place (all hamlets of 10 children) and roads."""
    rows = "settlement_id  name  district_id  place  population  children\n" + "\n".join(
        f"{key}  {key}  east  hamlet  50  10" for key in homes
    )
    empty = tiny.schools.iloc[:0]
    return dataclasses.replace(
        tiny,
        settlements=settlements(rows, homes),
        schools=empty if found is None else found,
        roads=roads(*net),
        waters=waters(*water) if water else tiny.waters.iloc[:0],
    )


def _metres(built, a, b):
    start, end = built.nodes("settlement")[[a, b]]
    return dijkstra(built.graph, indices=start)[end]


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


def test_a_point_is_snapped_to_the_edge_not_to_its_far_vertex(tiny, options):
    region = _world(tiny, {"a": (0, 0), "b": (5000, 30)}, [("track", "", line((0, 0), (10_000, 0)))])
    built = model.build(region, options)
    assert _metres(built, "a", "b") == pytest.approx(5030, abs=0.01)


def test_many_points_on_one_edge_stand_in_order_along_it(tiny, options):
    places = {"a": (7000, 10), "b": (1000, 0), "c": (3000, 0), "d": (3000, -20), "e": (0, 0), "f": (10_000, 0)}
    region = _world(tiny, places, [("track", "", line((0, 0), (10_000, 0)))])
    built = model.build(region, options)
    assert _metres(built, "b", "a") == pytest.approx(6010, abs=0.01)
    assert _metres(built, "c", "d") == pytest.approx(20, abs=0.01)
    assert _metres(built, "e", "f") == pytest.approx(10_000, abs=0.01)


def test_roads_that_cross_without_a_shared_vertex_do_not_meet(tiny, options):
    net = [("track", "", line((-1000, 0), (1000, 0))), ("track", "", line((0, -1000), (0, 1000)))]
    built = model.build(_world(tiny, {"a": (-1000, 0), "b": (0, 1000), "c": (1000, 0), "d": (0, -1000)}, net), options)
    assert np.isinf(_metres(built, "a", "b"))
    assert _metres(built, "a", "c") == pytest.approx(2000, abs=0.01)


def test_the_snap_leg_does_not_cross_a_river(tiny, options):
    """A cape: the nearest road is 100 m off across the river, the own bank's road 900 m off must be taken."""
    net = [
        ("track", "", line((0, 1000), (5000, 1000))),
        ("track", "", line((0, -100), (5000, -100))),
        ("track", "", line((5000, 1000), (9000, 1000), (9000, -100), (5000, -100))),
    ]
    homes = {"cape": (2500, 100), "n": (0, 1000), "s": (0, -100)}
    region = _world(tiny, homes, net, [("river", "Taza", line((-1000, 0), (8000, 0)))])
    built = model.build(region, options)
    assert built.snaps.loc[("settlement", "cape"), "snap_m"] == pytest.approx(900, abs=0.01)
    assert _metres(built, "cape", "n") == pytest.approx(900 + 2500, abs=0.01)
    assert _metres(built, "cape", "s") == pytest.approx(900 + 6500 + 1100 + 9000, abs=0.01)


def test_the_part_of_a_road_on_the_own_bank_is_taken_when_its_nearest_part_lies_across(tiny, options):
    """One road: 300 m off across the river, and 800 m off on the own bank."""
    net = [("track", "", line((-800, 0), (-800, 3000), (300, 3000), (300, -3000), (9000, -3000)))]
    homes = {"v": (0, 0), "a": (-800, 0), "b": (9000, -3000)}
    region = _world(tiny, homes, net, [("river", "Taza", line((150, -9000), (150, 2900)))])
    built = model.build(region, options)
    assert built.snaps.loc[("settlement", "v"), "snap_m"] == pytest.approx(800, abs=0.01)
    assert _metres(built, "v", "a") == pytest.approx(800, abs=0.01)


def test_a_village_all_of_whose_roads_lie_across_water_is_off_the_network_and_says_so(tiny, options):
    ring = line((-800, -800), (800, -800), (800, 800), (-800, 800), (-800, -800))
    homes = {"isle": (0, 0), "a": (800, 800), "b": (-800, -800)}
    lake = box(-600, -600, 600, 600).difference(box(-100, -100, 100, 100))
    built = model.build(_world(tiny, homes, [("track", "", ring)], [("lake", "Aina", lake)]), options)
    snap = built.snaps.loc[("settlement", "isle")]
    assert snap["node"] == -1
    assert snap["why"] == "every road near lies across water"


def test_a_village_drawn_inside_the_lake_polygon_is_still_snapped(tiny, options):
    homes = {"wet": (0, 0), "a": (800, 0), "b": (-800, 0)}
    built = model.build(
        _world(tiny, homes, [("track", "", line((-800, 0), (-300, 0), (-300, 400), (800, 400), (800, 0)))],
               [("lake", "Aina", box(-100, -100, 100, 100))]),
        options,
    )  # fmt: skip
    assert built.snaps.loc[("settlement", "wet"), "snap_m"] == pytest.approx(300, abs=0.01)


def test_an_own_street_with_the_villages_school_is_no_stray_piece(tiny, options):
    net = [("residential", "", line((0, 0), (400, 0))), ("track", "", line((0, 1500), (9000, 1500)))]
    found = schools("school_id  name  level  settlement_id\nS  school  primary  a", {"S": (400, 0)})
    region = _world(tiny, {"a": (0, 0), "b": (0, 1500), "c": (9000, 1500)}, net, found=found)
    built = model.build(region, options)
    assert built.snaps.loc[("settlement", "a"), "snap_m"] == pytest.approx(0, abs=0.01)
    assert not built.snaps["stray"].any()
    assert np.isinf(_metres(built, "a", "b"))


def test_beyond_the_cut_off_a_point_is_off_the_network(tiny, options):
    net = [("track", "", line((0, 0), (9000, 0)))]
    built = model.build(_world(tiny, {"a": (0, 0), "near": (100, 1999), "far": (100, 2001)}, net), options)
    assert (built.nodes("settlement") >= 0).to_dict() == {"a": True, "near": True, "far": False}


def test_a_region_without_roads_has_every_point_off_the_network(tiny, options):
    built = model.build(dataclasses.replace(tiny, roads=tiny.roads.iloc[:0]), options)
    assert (built.snaps["node"] == -1).all()
    assert built.graph.shape == (0, 0)


def test_the_export_is_the_same_graph(tiny, options):
    built = model.build(tiny, options)
    graph = built.to_networkx()
    start, end = built.nodes("settlement")[["A", "D"]]
    assert nx.dijkstra_path_length(graph, start, end, weight="metres") == pytest.approx(10_700, abs=0.01)
    assert graph.number_of_nodes() == len(built.lonlat)
    bridge = [road for *_, road in graph.edges(data="road") if road == 2]
    assert len(bridge) == 1


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_on_random_nets_the_nearest_source_is_networkxs_to_the_millimetre(data):
    """Grid nets with random streets left out; points hung beside them; networkx on the same edges is the judge."""
    cells = data.draw(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), min_size=4, max_size=30, unique=True)
    )
    net = [
        ("track", "", line((x * 500, y * 500), ((x + 1) * 500, y * 500) if east else (x * 500, (y + 1) * 500)))
        for x, y, east in cells
    ]
    spots = data.draw(
        st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 2500)), min_size=3, max_size=8, unique=True)
    )
    from conftest import tiny_region
    from schoolnet.options import Options

    region = _world(tiny_region(), {f"p{at}": spot for at, spot in enumerate(spots)}, net)
    built = model.build(region, Options(on="2026-09-01"))
    nodes = built.nodes("settlement")
    on = nodes[nodes >= 0].to_numpy()
    search = nearest(built, on[:2])
    judge = (
        nx.multi_source_dijkstra_path_length(built.to_networkx(), set(on[:2].tolist()), weight="metres")
        if len(on)
        else {}
    )
    for node in range(len(built.lonlat)):
        assert search.metres[node] == pytest.approx(judge.get(node, np.inf), abs=1e-3)
    for node in on:
        path = search.path(int(node))
        steps = [built.graph[u, v] for u, v in itertools.pairwise(path)]
        if np.isfinite(search.metres[node]):
            assert sum(steps) == pytest.approx(search.metres[node], abs=1e-6)
            assert path[-1] == search.source[node]


def test_a_point_exactly_on_a_vertex_and_one_beside_share_the_place(tiny, options):
    region = _world(tiny, {"a": (0, 0), "b": (1000, 0)}, [("track", "", line((0, 0), (1000, 0), (2000, 0)))])
    built = model.build(region, options)
    assert _metres(built, "a", "b") == pytest.approx(1000, abs=0.01)
