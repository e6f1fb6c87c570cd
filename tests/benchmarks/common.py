"""What the benchmarks share: several regions cut out as one, one process for each peer, and its peak memory."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import networkx as nx
    from numpy.typing import NDArray

    from schoolnet.model.roads import Roads
    from schoolnet.region import Region

#: Regions cut out as one; None is the whole country.
ONE, FOUR, ALL = ("KZ-59",), ("KZ-11", "KZ-39", "KZ-55", "KZ-59"), None


class Stopwatch:
    """Adds up the seconds of each stage, those of the processor too, and keeps the most memory (resident) seen in it.

    Ratios are of processor seconds: every peer runs in one thread, and a busy machine does not choose between them.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.processor: dict[str, float] = defaultdict(float)
        self.peak_mb: dict[str, float] = defaultdict(float)

    @contextlib.contextmanager
    def __call__(self, name: str, /) -> Iterator[None]:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Linux: forget the peak so far
        begun, used = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] += time.perf_counter() - begun
        self.processor[name] += time.process_time() - used
        self.peak_mb[name] = max(self.peak_mb[name], _peak_mb())


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def load() -> str:
    """Return how busy the machine is: a timing is worth reading only beside it."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def alone(function: Callable[..., Any], *given: Any) -> Any:
    """Call a function in a process of its own, so that its peak memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, given)


def whole(kz: Path, codes: tuple[str, ...] | None) -> tuple[Region, Roads]:
    """Return some regions of the modelled country as one region, and its roads."""
    import shapely

    from schoolnet.model import roads
    from schoolnet.options import Options
    from schoolnet.sources import osm, register, territory

    options, read = Options(), osm.read(kz / "kazakhstan-modelled.osm.pbf")
    shapes = [area.shape for area in territory.regions(read) if codes is None or area.code in codes]
    area = territory.Area("all", {"name": "all", "kk": "", "ru": "", "en": ""}, shapely.union_all(shapes))
    sheet = register.read(kz / "kazakhstan-schools-modelled.csv")
    region = register.attach(territory.cut(read, area, options), sheet, options)
    return region, roads.build(region, options)


def edge_arrays(roads: Roads) -> dict[str, NDArray[Any]]:
    """Return the edges a child can walk, each once: start, end, metres, and which of them a flood closes.

    Of several between the same two nodes the shortest comes last: the last one counts in a graph that keeps one.
    """
    from schoolnet.model.roads import CLOSED_IN_FLOOD

    edges = roads.edges
    walk = np.flatnonzero(edges.walk)
    walk = walk[np.argsort(-edges.metres[walk], kind="stable")]
    closed = np.isin(edges.crossing[walk].astype(str), CLOSED_IN_FLOOD)
    return {"start": edges.start[walk], "end": edges.end[walk], "metres": edges.metres[walk], "closed": closed}


def rows(edges: Mapping[str, NDArray[Any]], which: NDArray[np.bool_] | None = None) -> Iterable[tuple[int, int, float]]:
    """Return edges in the form networkx takes them."""
    at = slice(None) if which is None else which
    return zip(*(edges[name][at].tolist() for name in ("start", "end", "metres")), strict=True)


def graph_of(lines: Iterable[tuple[int, int, float]]) -> nx.Graph[int]:
    """Return the networkx graph of some rows."""
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_weighted_edges_from(lines)
    return graph
