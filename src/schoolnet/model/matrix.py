"""Every settlement and school within so many metres by road of each other, and whether a river or lake bars the way.

Most nodes are corners of streets, and the ways through a town are the same for all who come by. So each town is
searched once, from its settlements and its gates (where the roads to other towns leave it) to its schools and gates,
and the ways found take the place of its streets. The country is still too large for a dense matrix: it is cut into
tiles of settlements, and each is searched on the roads no farther from it than the limit, as no road is shorter than
the straight line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from schoolnet import results, schema
from schoolnet.model import barriers
from schoolnet.model.roads import Network
from schoolnet.model.snapping import DECIMALS, FINEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.model.ground import Ground
    from schoolnet.model.roads import Roads
    from schoolnet.options import Options
    from schoolnet.region import Region

_TILE_DEG = 2.0
_M_PER_DEG = 110_000.0  # no degree of latitude is shorter; a degree of longitude is at least this times the cosine
_CELLS = 8_000_000  # cells of metres held at once
_HALF = 0.5 * 10**-DECIMALS  # what is rounded to the limit is within it
# any values of these three give the same answers, poor ones later
_STREET_M = 500.0  # edges no longer than this join a town
_GATES = 20  # a town with more settlements and gates keeps its streets: its ways would cost more than they save
_TOGETHER = 20_000  # nodes of towns searched at once


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
    parts = _measured(roads, options, "school", within_m, season, ground)
    nothing = pd.DataFrame({"settlement_id": [], "school_id": [], "road_m": []})
    out = pd.concat([*parts] or [nothing], ignore_index=True)
    if "water_id" not in out:
        out = out.assign(water_id=None, crossing="", barrier=False).astype({"water_id": "str", "crossing": "str"})
    out = out.sort_values(["settlement_id", "school_id"], ignore_index=True)
    for name, table in (("settlement_id", region.settlements), ("school_id", region.all_schools)):
        out[name] = table.index.astype("str").take(out[name].to_numpy(int))
    out = out[[*results.PAIRS.columns]]
    schema.check(out, results.PAIRS)
    return out


def between(region: Region, roads: Roads, options: Options, *, within_m: float, season: str = "dry") -> pd.DataFrame:
    """Return all pairs of two settlements within so many metres by road: `settlement_id`, `to_id`, `road_m`.

    Measured as `pairs` does: from a settlement's point to where a school at the other's point would stand; a
    settlement and itself are 0 m apart.
    """
    nothing = pd.DataFrame({"settlement_id": [], "school_id": [], "road_m": []})
    parts = [*_measured(roads, options, "settlement", within_m, season, None)]
    out = pd.concat(parts or [nothing], ignore_index=True).rename(columns={"school_id": "to_id"})
    out = out.sort_values(["settlement_id", "to_id"], ignore_index=True)
    for name in ("settlement_id", "to_id"):
        out[name] = region.settlements.index.astype("str").take(out[name].to_numpy(int))
    return out


def _measured(
    roads: Roads, options: Options, end: str, within_m: float, season: str, ground: Ground | None
) -> Iterator[pd.DataFrame]:
    """Yield pairs of a settlement and a school (`end`; or another settlement) by their places in the tables."""
    at_home, at_school = (_index(roads, kind) for kind in ("settlement", end))
    fixed = np.zeros(len(roads.edges.start), dtype=bool) if ground is None else ground.crossed
    net, nodes = _coarse(roads.network(options.way, season), at_home >= 0, at_school >= 0, fixed, within_m + _HALF)
    at_home, at_school = at_home[nodes], at_school[nodes]
    homes = np.flatnonzero(at_home >= 0)
    for block in _blocks(roads.lonlat[nodes], homes, net, within_m, back=ground is not None):
        column = np.flatnonzero(at_school[block.nodes] >= 0)
        row, which = np.nonzero(np.isfinite(block.metres[:, column]))
        cell = row, column[which]
        part = pd.DataFrame(
            {
                "settlement_id": at_home[block.homes[row]],
                "school_id": at_school[block.nodes[cell[1]]],
                "road_m": block.metres[cell].round(2 * FINEST).round(DECIMALS),  # see `_ways`
            }
        )
        yield part if ground is None else part.join(_decided(part, block, cell, ground))


def _index(roads: Roads, kind: str) -> NDArray[np.int64]:
    """Return the place in its table of the settlement or school at each node, -1 elsewhere."""
    nodes = roads.nodes(kind).to_numpy()
    out = np.full(len(roads.lonlat), -1, np.int64)
    out[nodes[nodes >= 0]] = np.flatnonzero(nodes >= 0)
    return out


def _coarse(
    net: Network, homes: NDArray[np.bool_], schools: NDArray[np.bool_], fixed: NDArray[np.bool_], within_m: float
) -> tuple[Network, NDArray[np.int64]]:
    """Return the network with ways through towns in place of their streets, and its nodes by their old numbers.

    Fixed edges stay edges of their own. The edge behind a way through a town is -1.
    """
    graph, row = net.graph, _rows(net)
    town, street = _towns(net, fixed)
    gate = np.zeros(len(town), dtype=bool)
    gate[row[~street]] = gate[graph.indices[~street]] = True
    whole = (np.bincount(town[homes | gate], minlength=len(town)) > _GATES)[town]
    street &= ~whole[row]
    nodes = np.flatnonzero(homes | schools | gate | whole)
    ways, metres = _ways(_only(net, street), town, (homes | gate) & ~whole, schools | gate, within_m)
    ends = np.concatenate([ways, [row[~street], graph.indices[~street]]], axis=1)
    metres = np.concatenate([metres, graph.data[~street]])
    edge = np.concatenate([np.full(ways.shape[1], -1), net.edge[~street]])
    start, end = np.searchsorted(nodes, ends)
    order = np.lexsort([metres, end, start])
    new = np.append(True, (np.diff(start[order]) != 0) | (np.diff(end[order]) != 0))[: len(order)]  # the shortest
    best = order[new]
    return _network(len(nodes), start[best], end[best], metres[best], edge[best]), nodes


def _towns(net: Network, fixed: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the town of each node, and which entries of the graph are streets of one town."""
    free = ~fixed[net.edge]
    town = connected_components(_only(net, free & (net.graph.data <= _STREET_M)).graph, directed=False)[1]
    return town, free & (town[_rows(net)] == town[net.graph.indices])


def _ways(
    streets: Network, town: NDArray[np.int32], starts: NDArray[np.bool_], ends: NDArray[np.bool_], within_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the ways through every town from each of its starts to its ends: their two nodes (2, n), and metres.

    No street leads from town to town: the first starts of all are searched from at once, then the second of all, ...
    The metres of a path are now added up in another order. All edges are whole units of the finest decimal, and
    rounding the sum to it takes away what dust the order leaves.
    """
    order = np.argsort(town, kind="stable")
    group = (np.cumsum(np.bincount(town)) // _TOGETHER)[town[order]]
    pairs, metres = [np.zeros((2, 0), np.int64)], [np.zeros(0)]
    for some in np.split(order, np.flatnonzero(np.diff(group)) + 1):
        nodes = np.sort(some)
        graph, here = _part(streets, nodes).graph, town[nodes]
        start, end = np.flatnonzero(starts[nodes]), np.flatnonzero(ends[nodes])
        start = start[np.argsort(here[start], kind="stable")]
        turn = np.arange(len(start)) - np.searchsorted(here[start], here[start])
        for now in range(int(turn.max(initial=-1)) + 1):
            one = start[turn == now]  # of each town that has so many
            found = dijkstra(graph, indices=one, min_only=True, limit=within_m)[end]
            to = end[np.isfinite(found)]
            of = one[np.searchsorted(here[one], here[to])]
            pairs.append(nodes[np.array([of, to])][:, of != to])
            metres.append(found[np.isfinite(found)][of != to])
    return np.concatenate(pairs, axis=1), np.concatenate(metres)


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
    return _network(len(nodes), row, column[kept], graph.data[at[kept]], net.edge[at[kept]])


def _only(net: Network, kept: NDArray[np.bool_]) -> Network:
    """Return a network with only some of its entries."""
    graph = net.graph
    return _network(graph.shape[0], _rows(net)[kept], graph.indices[kept], graph.data[kept], net.edge[kept])


def _network(
    count: int, row: NDArray[np.int64], column: NDArray[Any], metres: NDArray[np.float64], edge: NDArray[np.int64]
) -> Network:
    """Return a network of entries in the order of their rows and columns."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))])
    small = (column.astype(np.int32), starts.astype(np.int32))
    return Network(csr_array((metres, *small), shape=(count, count)), edge)


def _rows(net: Network) -> NDArray[np.int64]:
    """Return the row of each entry of a network."""
    return np.repeat(np.arange(net.graph.shape[0]), np.diff(net.graph.indptr))


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
    wanted = np.append(wanted, values=False)  # the edge of a way through a town, -1
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
