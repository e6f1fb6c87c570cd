"""All pairs of settlement and school within 50 km by road: 1, 4 and 20 regions of the modelled country, each as one.

    python tests/benchmarks/pairs.py FOLDER-WITH-kz

Distances alone, and with the barrier verdict (`Ground` included): medians of some runs. Then, on the same edges and
each in a process of its own, networkx (`single_source_dijkstra_path_length` with a cut-off) and scipy without tiles;
where that takes too long, for a sample of the settlements, the search scaled up: the table says so. Ratios are of
processor seconds. Prints Markdown tables for the README. The pairs are compared.
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from common import ALL, FOUR, ONE, Stopwatch, alone, edge_arrays, graph_of, load, rows, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

AREAS = {"North Kazakhstan": ONE, "4 regions": FOUR, "the country, 20 regions": ALL}
WITHIN_M = 50_000.0
ROWS = 32  # rows as long as the graph that scipy holds at once


def prepare(kz: Path, area: str, folder: Path) -> None:
    """Leave in a folder the region and its roads for schoolnet, and the edges and nodes for its peers."""
    region, roads = whole(kz, AREAS[area])
    (folder / "region.pkl").write_bytes(pickle.dumps((region, roads), 5))
    nodes = {kind: roads.nodes(kind).to_numpy() for kind in ("settlement", "school")}
    np.savez(folder / "edges.npz", count=len(roads.lonlat), **edge_arrays(roads), **nodes)


def with_schoolnet(folder: Path, runs: int) -> dict[str, Any]:
    """Leave the pairs in the folder; return counts, seconds and peak memory, without the verdict and with it."""
    from schoolnet.law.norms import Norms
    from schoolnet.model import matrix
    from schoolnet.model.ground import Ground
    from schoolnet.options import Options

    options = Options()
    norms = Norms.on(options.on)
    region, roads = pickle.loads((folder / "region.pkl").read_bytes())  # noqa: S301 - written by prepare
    watches = [Stopwatch() for _ in range(runs)]
    for watch in watches:
        with watch("distances"):
            bare = matrix.pairs(region, roads, options, within_m=WITHIN_M)
        with watch("verdicts"):
            ground = Ground(region, roads, norms, options)
            judged = matrix.pairs(region, roads, options, within_m=WITHIN_M, ground=ground)
    same = ["settlement_id", "school_id", "road_m"]
    assert judged[same].equals(bare[same])
    home, school = (
        table.index.get_indexer(bare[name])
        for name, table in (("settlement_id", region.settlements), ("school_id", region.schools))
    )
    _leave(folder, "schoolnet", (home, school, bare["road_m"].to_numpy()))
    stages = ("distances", "verdicts")
    return {
        "counts": (len(region.settlements), len(region.schools), len(bare)),
        "seconds": [median(watch.seconds[stage] for watch in watches) for stage in stages],
        "processor": median(watch.processor["distances"] for watch in watches),
        "peak_mb": [max(watch.peak_mb[stage] for watch in watches) for stage in stages],
    }


def _with_networkx(given: dict[str, Any], homes: Any, watch: Stopwatch) -> Iterator[tuple[Any, Any, Any]]:
    import networkx as nx

    lines, nodes = rows(given), given["settlement"].tolist()
    schools = {node: at for at, node in enumerate(given["school"].tolist()) if node >= 0}
    with watch("build"):
        graph = graph_of(lines)
    for home in homes.tolist():
        with watch("search"):
            found = nx.single_source_dijkstra_path_length(graph, nodes[home], cutoff=WITHIN_M, weight="weight")
            ours = {schools[node]: metres for node, metres in found.items() if node in schools}
        yield np.full(len(ours), home), np.fromiter(ours, int), np.fromiter(ours.values(), float)


def _with_scipy(given: dict[str, Any], homes: Any, watch: Stopwatch) -> Iterator[tuple[Any, Any, Any]]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    count, schools = int(given["count"]), np.flatnonzero(given["school"] >= 0)
    with watch("build"):
        ends = np.sort(np.column_stack([given["start"], given["end"]]), axis=1)[::-1]  # the shortest of several first
        first = np.unique(ends[:, 0] * count + ends[:, 1], return_index=True)[1]
        graph = csr_array((given["metres"][::-1][first], tuple(ends[first].T)), shape=(count, count))
    for start in range(0, len(homes), ROWS):
        some = homes[start : start + ROWS]
        with watch("search"):
            found = dijkstra(graph, directed=False, indices=given["settlement"][some], limit=WITHIN_M)
            metres = found[:, given["school"][schools]]
            row, column = np.nonzero(np.isfinite(metres))
        yield some[row], schools[column], metres[row, column]


PEERS = {"networkx": _with_networkx, "scipy without tiles": _with_scipy}


def ask(peer: str, folder: Path, sample: int | None) -> tuple[int, int, float, float, float]:
    """Return settlements asked and all of them, seconds and the processor's for all, peak memory; pairs are left."""
    given, watch = dict(np.load(folder / "edges.npz")), Stopwatch()
    every = homes = np.flatnonzero(given["settlement"] >= 0)
    if sample and sample < len(every):
        homes = np.sort(np.random.default_rng(1).choice(every, sample, replace=False))
    parts = list(PEERS[peer](given, homes, watch))
    _leave(folder, peer, tuple(np.concatenate(column) for column in zip(*parts, strict=True)), homes)
    times = len(every) / len(homes)
    took, used = (one["build"] + one["search"] * times for one in (watch.seconds, watch.processor))
    return len(homes), len(every), took, used, max(watch.peak_mb.values())


def _leave(folder: Path, peer: str, found: tuple[Any, Any, Any], homes: Any = ()) -> None:
    home, school, metres = found
    order = np.lexsort([school, home])
    np.savez(folder / f"{peer}.npz", home=home[order], school=school[order], metres=metres[order], homes=homes)


def _worst(folder: Path, peer: str) -> float:
    """Return by how many metres a peer's pairs differ at most; those of schoolnet are rounded to the millimetre."""
    ours, theirs = np.load(folder / "schoolnet.npz"), np.load(folder / f"{peer}.npz")
    asked = np.isin(ours["home"], theirs["homes"])
    assert np.array_equal(ours["home"][asked], theirs["home"])
    assert np.array_equal(ours["school"][asked], theirs["school"])
    return float(np.abs(ours["metres"][asked] - theirs["metres"]).max())


def compare(area: str, folder: Path, sample: int, ours: dict[str, Any]) -> Iterator[str]:
    """Yield the rows of the table of peers for one area."""
    mine = ours["processor"]
    yield f"| {area} | schoolnet | all | {ours['seconds'][0]:.2f} | {mine:.2f} | 1.0 | {ours['peak_mb'][0]:,.0f} | |"
    for peer in PEERS:
        asked, every, took, used, peak = alone(ask, peer, folder, None if AREAS[area] == ONE else sample)
        worst = _worst(folder, peer)
        assert worst < 1e-3
        scaled = "all" if asked == every else f"{asked} of {every:,}, scaled"
        said = f"{took:,.1f} | {used:,.1f} | {used / mine:.1f} | {peak:,.0f} | {worst * 1000:.3f}"
        yield f"| {area} | {peer} | {scaled} | {said} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kz", type=Path)
    parser.add_argument("--runs", type=int, default=3, help="runs of schoolnet")
    parser.add_argument("--sample", type=int, default=200, help="settlements a slow peer is asked for")
    parser.add_argument("--alone", action="store_true", help="leave the peers out")
    given = parser.parse_args()
    peers = []
    print("| | settlements | schools | pairs | distances, s | peak, MB | with verdict, s | peak, MB |")
    print("|---|---|---|---|---|---|---|---|")
    for area, codes in AREAS.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            alone(prepare, given.kz, area, folder)
            ours = alone(with_schoolnet, folder, given.runs)
            counts = " | ".join(f"{count:,}" for count in ours["counts"])
            both = zip(ours["seconds"], ours["peak_mb"], strict=True)
            print(f"| {area} | {counts} | " + " | ".join(f"{s:.2f} | {mb:,.0f}" for s, mb in both) + " |", flush=True)
            if not given.alone and codes != FOUR:
                peers += compare(area, folder, given.sample, ours)
    if peers:
        print("\n| distances | | settlements | s | processor, s | ratio | peak, MB | differs at most by, mm |")
        print("|---|---|---|---|---|---|---|---|")
        print("\n".join(peers))
    print(f"\n{load()}")


if __name__ == "__main__":
    main()
