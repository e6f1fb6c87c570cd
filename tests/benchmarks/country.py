"""Seconds and peak memory per stage: one oblast, and the whole modelled country region by region.

    python tests/benchmarks/country.py FOLDER-WITH-kz

Prints a Markdown table for the README. Also compares the nearest-school search with networkx's
multi_source_dijkstra on the same graph, build included, and checks that both answer the same to the millimetre.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from schoolnet import api
from schoolnet.model import access as access_model
from schoolnet.model import roads as road_model
from schoolnet.options import Options
from schoolnet.sources import osm, register, territory

if TYPE_CHECKING:
    from collections.abc import Iterator

STAGES = ("map", "register", "region", "join", "demand", "roads", "access", "audit", "verdicts")


class Stopwatch:
    """Adds up the seconds of each stage, and keeps the most memory (resident) seen in it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.peak_mb: dict[str, float] = defaultdict(float)

    @contextlib.contextmanager
    def __call__(self, name: str, /) -> Iterator[None]:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Linux: forget the peak so far
        begun = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - begun
        self.peak_mb[name] = max(self.peak_mb[name], _peak_mb())


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def measure(extract: Path, schools: Path, wanted: str | None) -> tuple[Stopwatch, int]:
    """Read, measure and judge one region, or every region of the extract when none is wanted."""
    watch, options, settlements = Stopwatch(), Options(), 0
    with watch("map"):
        read = osm.read(extract)
    with watch("register"):
        sheet = register.read(schools)
    for area in [territory.find(read, wanted)] if wanted else territory.regions(read):
        with watch("region"):
            region = territory.cut(read, area, options)
        with watch("join"):
            region = register.attach(region, sheet, options)
        settlements += len(api.plan(region, options, stage=watch).findings)
    return watch, settlements


def against_networkx(extract: Path, schools: Path) -> str:
    """Time the nearest school of any level on one graph of the whole extract, builds included; compare the answers."""
    import networkx as nx

    options = Options()
    read = osm.read(extract)
    outline = shapely.union_all([area.shape for area in territory.regions(read)])
    whole = territory.Area("all", {"name": "all", "kk": "", "ru": "", "en": ""}, outline)
    region = register.attach(territory.cut(read, whole, options), register.read(schools), options)
    built = road_model.build(region, options)
    upper = built.graph.tocoo()
    one_way = upper.row < upper.col
    start, end, metres = (
        part[one_way] for part in (upper.row.astype(np.int64), upper.col.astype(np.int64), upper.data)
    )
    sources = built.nodes("school").to_numpy()
    rows = list(zip(start.tolist(), end.tolist(), metres.tolist(), strict=True))
    begun = time.perf_counter()
    segments = road_model._Segments(start, end, metres, np.zeros_like(start), np.zeros_like(start))
    again = dataclasses.replace(built, graph=road_model._graph(len(built.lonlat), segments)[0])
    ours = access_model.nearest(again, sources)
    mine = time.perf_counter() - begun
    begun = time.perf_counter()
    graph = nx.Graph()
    graph.add_weighted_edges_from(rows)
    theirs = nx.multi_source_dijkstra_path_length(graph, {int(node) for node in sources if node >= 0})
    other = time.perf_counter() - begun
    worst = max(abs(ours.metres[node] - metres) for node, metres in theirs.items())
    assert int(np.isfinite(ours.metres).sum()) == len(theirs)
    assert worst < 1e-3
    return (
        f"Nearest school of every node of a graph of {len(built.lonlat):,} nodes, build from the same edges included: "
        f"networkx {other:.1f} s, schoolnet {mine:.2f} s, ratio {other / mine:.0f}; "
        f"the answers differ by at most {worst * 1000:.6f} mm."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kz", type=Path)
    kz = parser.parse_args().kz
    runs = {
        "North Kazakhstan": (
            kz / "north-kazakhstan-modelled.osm.pbf",
            kz / "north-kazakhstan-schools-modelled.csv",
            "KZ-59",
        ),
        "the country, 20 regions": (kz / "kazakhstan-modelled.osm.pbf", kz / "kazakhstan-schools-modelled.csv", None),
    }
    print("| | " + " | ".join(STAGES) + " | all |")
    print("|---" * (len(STAGES) + 2) + "|")
    for name, run in runs.items():
        begun = time.perf_counter()
        watch, settlements = measure(*run)
        whole = time.perf_counter() - begun
        seconds = " | ".join(f"{watch.seconds[stage]:.2f}" for stage in STAGES)
        peaks = " | ".join(f"{watch.peak_mb[stage]:.0f}" for stage in STAGES)
        print(f"| {name}, {settlements:,} settlements: s | {seconds} | {whole:.1f} |")
        print(f"| peak memory, MB | {peaks} | {max(watch.peak_mb.values()):.0f} |")
    print()
    print(against_networkx(kz / "kazakhstan-modelled.osm.pbf", kz / "kazakhstan-schools-modelled.csv"))


if __name__ == "__main__":
    main()
