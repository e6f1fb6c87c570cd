"""Quickest ways of a bus: by hand, and beside networkx on the same graph."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import worlds
from schoolnet.model import minutes

#: A at 0 km, B at 10 km; two ways from A to B: 10 km of track (15 km/h: 40 min), and
#: 20 km round by a primary road (65 km/h: 18.5 min).
HOMES = {"A": (0.0, 0.0), "B": (10_000.0, 0.0), "Off": (0.0, 30_000.0)}
NET = [
    worlds.road("", (0, 0), (10_000, 0)),
    worlds.road("", (0, 0), (0, 5_000), (10_000, 5_000), (10_000, 0), kind="primary"),
]


def built(net=NET, homes=HOMES, **choices):
    region = worlds.world(homes, net)
    return region, worlds.build(region, **choices)


def nodes(roads, *keys):
    return roads.nodes("settlement").loc[list(keys)].to_numpy()


def test_the_quickest_way_is_not_the_shortest():
    _, roads = built()
    found = minutes.between(roads, nodes(roads, "A"), nodes(roads, "B"))
    assert found.minutes[0, 0] == pytest.approx(20 / 65 * 60, rel=1e-3)
    assert found.metres[0, 0] == pytest.approx(20_000, rel=1e-3)  # not the 10 km of the track


def test_a_place_and_itself_are_nothing_apart_and_one_off_the_road_is_out_of_reach():
    _, roads = built()
    found = minutes.between(roads, nodes(roads, "A", "Off"), nodes(roads, "A", "Off", "B"))
    assert found.minutes[0, 0] == found.metres[0, 0] == 0
    assert np.isinf(found.minutes[1]).all()
    assert np.isinf(found.minutes[:, 1]).all()
    assert np.isinf(found.metres[1]).all()


def test_a_limit_leaves_longer_ways_out():
    _, roads = built()
    assert np.isinf(minutes.between(roads, nodes(roads, "A"), nodes(roads, "B"), within_min=18).minutes[0, 0])
    assert np.isfinite(minutes.between(roads, nodes(roads, "A"), nodes(roads, "B"), within_min=19).minutes[0, 0])


def test_a_bus_keeps_to_the_direction_of_a_street():
    one_way = [NET[0], NET[1] | {"oneway": "forward"}]
    _, roads = built(one_way)
    there, back = (minutes.between(roads, nodes(roads, *way[0]), nodes(roads, *way[1])) for way in ("AB", "BA"))
    assert there.minutes[0, 0] == pytest.approx(20 / 65 * 60, rel=1e-3)
    assert back.minutes[0, 0] == pytest.approx(10 / 15 * 60, rel=1e-3)
    assert back.metres[0, 0] == pytest.approx(10_000, rel=1e-3)


def test_a_ford_is_closed_in_flood_and_tracks_are_slower():
    _, roads = built([NET[0] | {"crossing": "ford"}])
    assert np.isfinite(minutes.between(roads, nodes(roads, "A"), nodes(roads, "B")).minutes[0, 0])
    assert np.isinf(minutes.between(roads, nodes(roads, "A"), nodes(roads, "B"), season="flood").minutes[0, 0])
    _, open_road = built([NET[0]])
    found = minutes.between(open_road, nodes(open_road, "A"), nodes(open_road, "B"), season="flood")
    assert found.minutes[0, 0] == pytest.approx(10 / 5 * 60, rel=1e-3)


def test_a_line_follows_the_road_and_joins_its_places():
    region, roads = built()
    line = minutes.lines(roads, [nodes(roads, "A", "B", "A").tolist()])[0]
    around = [(0, 0), (0, 5_000), (10_000, 5_000), (10_000, 0), (10_000, 5_000), (0, 5_000), (0, 0)]
    expected = [worlds.conftest.point(*at).coords[0] for at in around]
    assert np.allclose(line.coords, expected, atol=1e-7)
    a = region.settlements.geometry["A"]
    assert minutes.lines(roads, [nodes(roads, "A").tolist()])[0].coords[0] == a.coords[0]


def test_minutes_and_metres_are_those_of_networkx():
    random = np.random.default_rng(7)
    places = {f"P{at}": (float(x), float(y)) for at, (x, y) in enumerate(random.integers(0, 20_000, (25, 2)))}
    kinds = ("primary", "tertiary", "track", "residential")
    net = []
    for key, start in places.items():
        near = sorted(places.values(), key=lambda end, start=start: (end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2)
        sides = {"oneway": str(random.choice(["", "", "forward"])), "kind": str(random.choice(kinds))}
        net += [worlds.road("", start, end, **sides) for end in near[1:4] if key != "P0"]
    _, roads = built(net, places)
    graph = nx.DiGraph()
    edges = roads.edges
    for at in np.flatnonzero(edges.drive):
        for start, end, sign in ((edges.start[at], edges.end[at], 1), (edges.end[at], edges.start[at], -1)):
            if edges.oneway[at] * sign < 0:
                continue
            known = graph.get_edge_data(start, end, {"minutes": np.inf})
            if edges.minutes[at, 0] < known["minutes"]:
                graph.add_edge(start, end, minutes=edges.minutes[at, 0], metres=edges.metres[at])
    at = roads.nodes("settlement").to_numpy()
    found = minutes.between(roads, at, at)
    checked = 0
    for row, start in enumerate(at):
        took = nx.single_source_dijkstra_path_length(graph, start, weight="minutes") if start in graph else {}
        for column, end in enumerate(at):
            assert found.minutes[row, column] == pytest.approx(took.get(end, np.inf))
            if row != column and end in took:
                path = nx.dijkstra_path(graph, start, end, weight="minutes")
                metres = nx.path_weight(graph, path, "metres")
                assert found.metres[row, column] == pytest.approx(metres, rel=1e-6)
                checked += 1
    assert checked > 100
