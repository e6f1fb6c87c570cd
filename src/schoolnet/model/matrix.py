"""Every settlement and school within so many metres by road of each other, and whether a river or lake bars the way.

The country is too large for a dense matrix: it is cut into tiles of settlements, and each is searched on the roads no
farther from it than the limit, as no road is shorter than the straight line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from schoolnet.model import barriers
from schoolnet.model.roads import Network
from schoolnet.model.snapping import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.model.ground import Ground
    from schoolnet.model.roads import Roads
    from schoolnet.options import Options
    from schoolnet.region import Region

_TILE_DEG = 0.5
_M_PER_DEG = 110_000.0  # no degree of latitude is shorter; a degree of longitude is at least this times the cosine
_CELLS = 8_000_000  # cells of metres held at once
_HALF = 0.5 * 10**-DECIMALS  # what is rounded to the limit is within it


class _Block(NamedTuple):
    """Ways from some settlements: their nodes, the network searched and its nodes, metres and ways back, a row each."""

    homes: NDArray[np.int64]
    net: Network
    nodes: NDArray[np.int64]
    metres: NDArray[np.float64]
    before: NDArray[Any]


def pairs(
    region: Region,
    roads: Roads,
    options: Options,
    *,
    within_m: float = 50_000.0,
    season: str = "dry",
    ground: Ground | None = None,
) -> pd.DataFrame:
    """Return all pairs of settlement and school within so many metres by road (`results.PAIRS`).

    Parameters
    ----------
    region, roads, options
        As everywhere; the way measured is that of option `way`.
    within_m
        Limit, metres by road.
    season
        dry or flood.
    ground
        Waters and their crossings; without it no pair has a water between.
    """
    net = roads.network(options.way, season)
    at_home, at_school = (_index(roads, kind) for kind in ("settlement", "school"))
    homes = np.flatnonzero(at_home >= 0)
    parts = []
    for block in _blocks(roads.lonlat, homes, net, within_m, back=ground is not None):
        column = np.flatnonzero(at_school[block.nodes] >= 0)
        row, which = np.nonzero(np.isfinite(block.metres[:, column]))
        cell = row, column[which]
        part = pd.DataFrame(
            {
                "settlement_id": at_home[block.homes[row]],
                "school_id": at_school[block.nodes[cell[1]]],
                "road_m": block.metres[cell].round(DECIMALS),
            }
        )
        parts.append(part if ground is None else part.join(_decided(part, block, cell, ground)))
    nothing = pd.DataFrame({"settlement_id": [], "school_id": [], "road_m": []})
    out = pd.concat(parts or [nothing], ignore_index=True)
    if "water_id" not in out:
        out = out.assign(water_id=None, crossing="", barrier=False).astype({"water_id": "str", "crossing": "str"})
    out = out.sort_values(["settlement_id", "school_id"], ignore_index=True)
    for name, table in (("settlement_id", region.settlements), ("school_id", region.schools)):
        out[name] = table.index.astype("str").take(out[name].to_numpy(int))
    return out


def _index(roads: Roads, kind: str) -> NDArray[np.int64]:
    """Return the place in its table of the settlement or school at each node, -1 elsewhere."""
    nodes = roads.nodes(kind).to_numpy()
    out = np.full(len(roads.lonlat), -1, np.int64)
    out[nodes[nodes >= 0]] = np.flatnonzero(nodes >= 0)
    return out


def _blocks(
    lonlat: NDArray[np.float64], homes: NDArray[np.int64], net: Network, within_m: float, *, back: bool
) -> Iterator[_Block]:
    """Yield the ways from all homes to every node within the limit, tile by tile."""
    tile = np.floor(lonlat[homes] / _TILE_DEG).astype(np.int64)
    tiles, which = np.unique(tile, axis=0, return_inverse=True)
    order = np.argsort(lonlat[:, 1], kind="stable")
    latitude = lonlat[order, 1]
    for at, corner in enumerate(tiles * _TILE_DEG):
        south, north = corner[1] - within_m / _M_PER_DEG, corner[1] + _TILE_DEG + within_m / _M_PER_DEG
        wide = within_m / (_M_PER_DEG * max(np.cos(np.radians(max(abs(south), abs(north)))), 0.01))
        band = order[np.searchsorted(latitude, south) : np.searchsorted(latitude, north, side="right")]
        east = lonlat[band, 0] - corner[0]
        nodes = np.sort(band[(east >= -wide) & (east <= _TILE_DEG + wide)])
        part = _part(net, nodes)
        mine = homes[which.ravel() == at]
        size = max(1, _CELLS // len(nodes))
        for start in range(0, len(mine), size):
            some = mine[start : start + size]
            found = dijkstra(
                part.graph, indices=np.searchsorted(nodes, some), limit=within_m + _HALF, return_predecessors=back
            )
            metres, before = found if back else (found, np.zeros((0, 0), np.int32))
            yield _Block(some, part, nodes, metres, before)


def _part(net: Network, nodes: NDArray[np.int64]) -> Network:
    """Return a network with only some of its nodes, in order; numbered from nought."""
    graph = net.graph
    place = np.full(graph.shape[0], -1, np.int32)
    place[nodes] = np.arange(len(nodes))
    starts, ends = graph.indptr[nodes], graph.indptr[nodes + 1]
    counts = ends - starts
    at = np.arange(counts.sum()) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
    column = place[graph.indices[at]]
    kept = column >= 0
    row = np.repeat(np.arange(len(nodes)), counts)[kept]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(nodes)))]).astype(np.int32)
    shape = (len(nodes), len(nodes))
    return Network(csr_array((graph.data[at[kept]], column[kept], indptr), shape=shape), net.edge[at[kept]])


def _decided(
    part: pd.DataFrame, block: _Block, cell: tuple[NDArray[np.int64], NDArray[np.int64]], ground: Ground
) -> pd.DataFrame:
    """Return water_id, crossing and barrier of pairs, by the paths of a block."""
    found = ground.between(part["settlement_id"].to_numpy(), part["school_id"].to_numpy())
    asked = np.unique(found["line"])
    met = _met(block, (cell[0][asked], cell[1][asked]), ground.crossed)
    used = met.assign(line=asked[met["line"]])
    return barriers.decided(ground.verdicts(found, used, np.ones(len(part), dtype=bool)), len(part), ground.waters)


def _met(block: _Block, cell: tuple[NDArray[np.int64], NDArray[np.int64]], wanted: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the wanted edges on the ways of some cells of a block: rows of `line` and `edge`."""
    graph, edge = block.net.graph, block.net.edge
    row, node = cell[0], cell[1]
    line = np.arange(len(row))
    touched = np.zeros(graph.shape[0], dtype=bool)  # looking up an edge is dear: only where one of these ends
    touched[graph.indices[wanted[edge]]] = True
    lines, edges = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    while len(node):
        back = block.before[row, node].astype(np.int64)
        on = back >= 0
        row, node, line, back = row[on], node[on], line[on], back[on]
        look = touched[node]
        here = block.net.edges_between(back[look], node[look])
        lines.append(line[look][wanted[here]])
        edges.append(here[wanted[here]])
        node = back
    return pd.DataFrame({"line": np.concatenate(lines), "edge": np.concatenate(edges)})
