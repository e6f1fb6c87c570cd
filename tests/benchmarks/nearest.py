"""Nearest school of each band, dry and in flood, for every node of the road graph: schoolnet, networkx and osmnx.

    python tests/benchmarks/nearest.py FOLDER-WITH-kz

Six searches on foot on one graph of the whole modelled country; each peer builds its graph from the same edges, in a
process of its own, and the clock runs from the edges to the last answer; ratios
are of processor seconds. Prints a Markdown table for the README. The
answers are compared. osmnx is asked if it is installed (`pip install osmnx`).
"""

from __future__ import annotations

import argparse
import importlib.util
import pickle
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from common import ALL, FOUR, ONE, Stopwatch, alone, edge_arrays, graph_of, load, rows, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

AREAS = {"country": ALL, "four": FOUR, "one": ONE}
BANDS = 3


def prepare(kz: Path, area: str, folder: Path) -> str:
    """Leave in a folder the edges for the peers and the roads for schoolnet; return what the graph holds."""
    from schoolnet import tables
    from schoolnet.model.access import teaching
    from schoolnet.options import Options

    region, roads = whole(kz, AREAS[area])
    taught = [teaching(region, band, Options()) for band in tables.BANDS]
    sources = [roads.nodes("school")[region.schools.index[flags]].to_numpy() for flags in taught]
    named = {f"sources{band}": np.unique(nodes[nodes >= 0]) for band, nodes in enumerate(sources)}
    edges = edge_arrays(roads)
    np.savez(folder / "edges.npz", lonlat=roads.lonlat, **edges, **named)
    (folder / "roads.pkl").write_bytes(pickle.dumps(roads, 5))
    counts = f"{len(roads.lonlat):,} nodes, {len(edges['start']):,} edges, {edges['closed'].sum():,} closed in flood"
    return f"{len(region.settlements):,} settlements, {len(region.schools):,} schools; {counts}"


def with_schoolnet(folder: Path, watch: Stopwatch) -> Any:
    from schoolnet import tables
    from schoolnet.model.search import nearest

    given = np.load(folder / "edges.npz")
    sources = [given[f"sources{band}"] for band in range(BANDS)]
    roads = pickle.loads((folder / "roads.pkl").read_bytes())  # noqa: S301 - written by prepare
    with watch("build"):
        nets = [roads.network("walk", season) for season in tables.SEASONS]
    with watch("search"):
        return np.array([nearest(net, nodes).metres for net in nets for nodes in sources])


def with_networkx(folder: Path, watch: Stopwatch) -> Any:
    given = dict(np.load(folder / "edges.npz"))
    lines, closed, again = rows(given), list(rows(given, given["closed"])), _beside(given)
    with watch("build"):
        graph = graph_of(lines)
    with watch("search"):
        found = _searched(graph, given, "weight")
    with watch("build"):
        graph.remove_edges_from([line[:2] for line in closed])
        graph.add_weighted_edges_from(again)
    with watch("search"):
        found += _searched(graph, given, "weight")
    return _dense(found, len(given["lonlat"]))


def with_osmnx(folder: Path, watch: Stopwatch) -> Any:
    """As its user would: a MultiDiGraph from GeoDataFrames of nodes and edges, both ways; only `length` is kept."""
    import geopandas as gpd
    import pandas as pd
    from osmnx import convert

    given = dict(np.load(folder / "edges.npz"))
    x, y = given["lonlat"].T
    nodes = gpd.GeoDataFrame({"x": x, "y": y}, geometry=gpd.points_from_xy(x, y), crs="EPSG:4326")
    u, v = (np.concatenate([given[a], given[b]]) for a, b in (("start", "end"), ("end", "start")))
    key = pd.DataFrame({"u": u, "v": v}).groupby(["u", "v"]).cumcount()
    index = pd.MultiIndex.from_arrays([u, v, key], names=["u", "v", "key"])
    edges = gpd.GeoDataFrame({"length": np.tile(given["metres"], 2)}, index=index)
    closed = index[np.tile(given["closed"], 2)].tolist()
    with watch("build"):
        graph = convert.graph_from_gdfs(nodes, edges, graph_attrs={"crs": "EPSG:4326"})
    with watch("search"):
        found = _searched(graph, given, "length")
    with watch("build"):
        graph.remove_edges_from(closed)
    with watch("search"):
        found += _searched(graph, given, "length")
    return _dense(found, len(given["lonlat"]))


def _beside(given: dict[str, Any]) -> Iterable[tuple[int, int, float]]:
    """Return the open edges between the same two nodes as a closed one: a simple graph loses them with it."""
    low, high = np.minimum(given["start"], given["end"]), np.maximum(given["start"], given["end"])
    key = low * len(given["lonlat"]) + high
    return rows(given, np.isin(key, key[given["closed"]]) & ~given["closed"])


def _searched(graph: Any, given: dict[str, Any], weight: str) -> list[dict[int, float]]:
    import networkx as nx

    sources = [set(given[f"sources{band}"].tolist()) for band in range(BANDS)]
    return [nx.multi_source_dijkstra_path_length(graph, nodes, weight=weight) for nodes in sources]


def _dense(found: list[dict[int, float]], count: int) -> np.ndarray[Any, Any]:
    out = np.full((len(found), count), np.inf)
    for row, one in zip(out, found, strict=True):
        row[np.fromiter(one, int, len(one))] = np.fromiter(one.values(), float, len(one))
    return out


PEERS = {"schoolnet": with_schoolnet, "networkx": with_networkx, "osmnx": with_osmnx}


def ask(peer: str, folder: Path) -> tuple[list[float], float]:
    """Return a peer's seconds (to build, to search, the processor's), and peak memory; its answers are left."""
    watch = Stopwatch()
    np.save(folder / f"{peer}.npy", PEERS[peer](folder, watch))
    seconds = [watch.seconds["build"], watch.seconds["search"], sum(watch.processor.values())]
    return seconds, max(watch.peak_mb.values())


def compare(kz: Path, area: str, peers: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"\n{area}: {alone(prepare, kz, area, folder)}; six searches; {load()}\n")
        print("| | build, s | search, s | processor, s | ratio | peak memory, MB | differs at most by, mm |")
        print("|---|---|---|---|---|---|---|")
        mine = None
        for peer in peers:
            seconds, peak = alone(ask, peer, folder)
            mine = mine or seconds[-1]
            ours, theirs = np.load(folder / "schoolnet.npy"), np.load(folder / f"{peer}.npy")
            reached = np.isfinite(ours)
            assert np.array_equal(reached, np.isfinite(theirs))
            worst = np.abs(ours[reached] - theirs[reached]).max()
            assert worst < 1e-3
            said = " | ".join(f"{one:.2f}" for one in seconds)
            print(f"| {peer} | {said} | {seconds[-1] / mine:.1f} | {peak:,.0f} | {worst * 1000:.6f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kz", type=Path)
    parser.add_argument("--area", choices=AREAS, default="country")
    given = parser.parse_args()
    peers = [peer for peer in PEERS if peer == "schoolnet" or importlib.util.find_spec(peer)]
    compare(given.kz, given.area, peers)
    if "osmnx" not in peers:
        print("\nosmnx is not installed: left out.", file=sys.stderr)


if __name__ == "__main__":
    main()
