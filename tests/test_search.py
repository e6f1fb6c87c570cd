"""Shortest ways against networkx, ties, sums and edges met on the way; numbers beyond 32 bits."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import drawn
from judge import Judge
from schoolnet.model.roads import CLOSED_IN_FLOOD, Network
from schoolnet.model.search import NOWHERE, Tree, nearest
from worlds import access, build, options, road, way, world


def _plain(built, way_, season):
    """Return the network of a way and season straight from the list of edges, in a loop."""
    graph = nx.DiGraph()
    edges = built.edges
    for at, metres in enumerate(edges.metres):
        if not (edges.walk if way_ == "walk" else edges.drive)[at]:
            continue
        if season == "flood" and edges.crossing[at] in CLOSED_IN_FLOOD:
            continue
        both = (edges.start[at], edges.end[at]), (edges.end[at], edges.start[at])
        for (a, b), against in zip(both, (-1, 1), strict=True):
            if a == b or (way_ == "drive" and edges.oneway[at] == against):
                continue  # a loop back to where it began leads nowhere
            if not graph.has_edge(a, b) or graph[a][b]["metres"] > metres:
                graph.add_edge(int(a), int(b), metres=metres, edge=at)
    return graph


@pytest.mark.slow
@drawn.worlds(25)
@given(drawn.SEEDS, st.sampled_from(["walk", "drive"]), st.sampled_from(["dry", "flood"]))
def test_on_random_nets_the_nearest_source_its_way_and_its_sums_are_networkxs(seed, way_, season):
    """Crooked grids with one-way streets, parallel roads, loops, closed paths and feet in the middle of edges."""
    built = build(drawn.draw(seed))
    net, graph = built.network(way_, season), _plain(built, way_, season)
    sources = built.nodes("school").to_numpy()
    sources = sources[sources >= 0]
    search = nearest(net, sources)
    reachable = {int(node) for node in sources if node in graph}
    judge = nx.multi_source_dijkstra_path_length(graph.reverse(), reachable, weight="metres") if reachable else {}
    expected = np.array([judge.get(node, np.inf) for node in range(len(built.lonlat))])
    expected[sources] = 0
    assert search.metres == pytest.approx(expected, abs=1e-6)
    tree = Tree(net, search.before)
    sums = tree.summed(built.edges.metres)
    wanted = np.arange(len(built.edges.metres)) % 3 == 0
    met = tree.met(np.arange(len(built.lonlat)), wanted)
    for node in np.flatnonzero(np.isfinite(search.metres)):
        path = search.path(int(node))
        assert path[-1] == search.source[node]
        steps = [graph[a][b] for a, b in itertools.pairwise(path)]
        assert sum(step["metres"] for step in steps) == pytest.approx(search.metres[node], abs=1e-6)
        assert sums[node] == pytest.approx(search.metres[node], abs=1e-6)
        assert met["edge"][met["line"] == node].tolist() == [step["edge"] for step in steps if wanted[step["edge"]]]
    exported = built.to_networkx(way_, season)
    assert {(a, b): d["metres"] for a, b, d in exported.edges(data=True)} == {
        (a, b): d["metres"] for a, b, d in graph.edges(data=True)
    }


@pytest.mark.slow
@drawn.worlds(15)
@given(drawn.SEEDS, st.sampled_from(["walk", "drive"]), st.sampled_from(["dry", "flood"]))
def test_on_random_nets_all_metres_are_those_of_a_graph_built_anew_from_the_roads(seed, way_, season):
    region = drawn.draw(seed)
    built, judge = build(region), Judge(region, options())
    for school in region.schools.index:
        search = nearest(built.network(way_, season), built.nodes("school")[[school]].to_numpy())
        for home in region.settlements.index:
            found = judge.metres(way_, season, home, school)
            ours = search.reach(built.nodes("settlement")[[home]].to_numpy())[0][0]
            assert ours == pytest.approx(found[0] if found else np.inf, abs=1e-3)


def test_a_search_without_sources_reaches_nothing():
    built = build(world({"a": (0, 0), "b": (900, 0)}, [road("", (0, 0), (1000, 0))]))
    search = nearest(built.network(), np.array([-1]))
    metres, source = search.reach(built.nodes("settlement").to_numpy())
    assert np.isinf(metres).all()
    assert source.tolist() == [-1, -1]
    assert (search.before == NOWHERE).all()


def test_a_node_of_minus_one_is_reached_by_nothing_and_meets_nothing():
    built = build(world({"a": (0, 0), "b": (900, 0)}, [road("", (0, 0), (1000, 0))]))
    net = built.network()
    search = nearest(net, built.nodes("settlement").to_numpy()[:1])
    metres, source = search.reach(np.array([-1]))
    assert (np.isinf(metres[0]), source[0]) == (True, -1)
    everything = np.ones(len(built.edges.metres), dtype=bool)
    assert Tree(net, search.before).met(np.array([-1]), everything).empty


def test_the_edge_of_a_step_is_found_beyond_the_reach_of_32_bits():
    """200,000 nodes: a step from node 199,998 has the key 199,998 x 200,000 + 199,999 = 39,999,799,999 > 2^31."""
    count = 200_000
    indptr = np.zeros(count + 1, np.int32)
    indptr[count - 1] = 1  # one step from 199,998 ...
    indptr[count] = 3  # ... and two from 199,999
    indptr[:10] = 0
    columns = np.array([count - 1, 5, count - 2], np.int32)
    net = Network(csr_array((np.array([7.0, 1.0, 2.0]), columns, indptr), shape=(count, count)), np.array([70, 10, 20]))
    start = np.array([count - 1, count - 2, count - 1], np.int32)
    end = np.array([count - 2, count - 1, 5], np.int32)
    assert net.edges_between(start, end).tolist() == [20, 70, 10]


@pytest.mark.slow
@pytest.mark.parametrize(("east", "order"), [(1000, 1), (1234.5678, -1), (3000, 1)])
def test_of_two_schools_equally_near_the_first_by_id_is_taken_among_thousands(order, east):
    """6,000 schools stand 9 km off; the two nearest, one east and one west, come last by id; 3,000 m stay 3,000."""
    crowd = {f"a{at:04d}": ((9000 - at / 10, 0), None) for at in range(6000)}
    near = {"y": ((-east, 0), None), "z": ((east, 0), None)}
    schools = dict([*crowd.items(), *near.items()][::order])
    region = world({"v": (0, 0), "w": (-9000, 0)}, [road("", (-9000, 0), (0, 0), (9000, 0))], schools=schools)
    found = way(access(region).ways, "v")
    assert found["school_id"] == "y"
    assert found["road_m"] == round(east, 3)
