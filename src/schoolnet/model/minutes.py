"""Quickest ways of a bus between settlements, schools and stops: minutes, the metres on them, and their lines."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from schoolnet.model.roads import Network, Roads

_CELLS = 20_000_000  # minutes held at once


class Ways(NamedTuple):
    """Minutes and metres of the quickest way of a bus, (starts, ends); infinite where there is none within the limit.

    A node of -1 (off every road) is reached from nowhere.
    """

    minutes: NDArray[np.float64]
    metres: NDArray[np.float64]


def between(
    roads: Roads, starts: NDArray[np.int64], ends: NDArray[np.int64], *, season: str = "dry", within_min: float = np.inf
) -> Ways:
    """Return the quickest ways of a bus from each of some nodes to each of others, one-way streets respected.

    Parameters
    ----------
    roads
        The graph; minutes are those of its edges, by class of road and season.
    starts, ends
        Nodes, as `Roads.nodes` gives them; -1 is off every road.
    season
        dry, or flood: fords, ferries and ice roads are closed.
    within_min
        Ways longer than this are not looked for.
    """
    return _between(roads, roads.network("drive", season, timed=True), starts, ends, within_min)


def among(
    roads: Roads, groups: Sequence[NDArray[np.int64]], *, season: str = "dry", within_min: float = np.inf
) -> list[Ways]:
    """Return the quickest ways of a bus among the nodes of each group (`between` of a group and itself)."""
    if not len(groups):
        return []
    net = roads.network("drive", season, timed=True)
    return [_between(roads, net, group, group, within_min) for group in groups]


def _between(roads: Roads, net: Network, starts: NDArray[np.int64], ends: NDArray[np.int64], within_min: float) -> Ways:
    ends_on = np.flatnonzero(ends >= 0)
    out = Ways(np.full((len(starts), len(ends)), np.inf), np.full((len(starts), len(ends)), np.inf))
    on = np.flatnonzero(starts >= 0)
    step = max(1, _CELLS // max(1, net.graph.shape[0]))
    for first in range(0, len(on), step):
        rows = on[first : first + step]
        took, before = dijkstra(net.graph, indices=starts[rows], limit=within_min, return_predecessors=True)
        at = np.ix_(rows, ends_on)
        out.minutes[at] = took[:, ends[ends_on]]
        out.metres[at] = _along(net, roads.edges.metres, before, ends[ends_on], np.isfinite(out.minutes[at]))
    return out


def lines(
    roads: Roads, paths: Sequence[Sequence[int]], *, season: str = "dry", within_min: float = np.inf
) -> list[shapely.LineString]:
    """Return the quickest way of a bus through the nodes of each path in their order, degrees.

    Of a single place, or where no way leads on within the limit, the straight line stands in.
    """
    net = roads.network("drive", season, timed=True)
    ends: dict[int, set[int]] = {}
    for path in paths:
        for start, end in pairwise(path):
            ends.setdefault(start, set()).add(end)
    legs: dict[tuple[int, int], NDArray[np.float64]] = {}
    for start, some in ends.items():
        _, before = dijkstra(net.graph, indices=start, limit=within_min, return_predecessors=True)
        legs |= {(start, end): _leg(roads, net, before, end) for end in some}
    out = []
    for path in paths:
        drawn = np.vstack([roads.lonlat[path[0]], *(legs[leg] for leg in pairwise(path)), roads.lonlat[path[-1]]])
        new = np.append(True, (np.diff(drawn, axis=0) != 0).any(axis=1))
        out.append(shapely.LineString(drawn[new] if new.sum() > 1 else drawn[[0, 0]]))
    return out


def _leg(roads: Roads, net: Network, before: NDArray[np.int32], end: int) -> NDArray[np.float64]:
    """Return the places of the way to a node, from where it was searched."""
    nodes = [end]
    while before[nodes[-1]] >= 0:
        nodes.append(int(before[nodes[-1]]))
    steps = np.array(nodes[::-1], dtype=np.int64)
    drawn = [roads.lonlat[[end]]]
    for edge, node in zip(net.edges_between(steps[:-1], steps[1:]).tolist(), steps[1:].tolist(), strict=True):
        places = roads.line(edge)
        drawn.insert(-1, places if roads.edges.end[edge] == node else places[::-1])
    return np.vstack(drawn)


def _along(
    net: Network,
    metres: NDArray[np.float64],
    before: NDArray[np.int32],
    ends: NDArray[np.int64],
    found: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return the metres on the ways from each start (a row of `before`) to each end, walked back step by step."""
    total = np.where(found, 0.0, np.inf)
    row, column = np.nonzero(found)
    node = ends[column].astype(np.int64)
    while len(node):
        back = before[row, node].astype(np.int64)
        on = back >= 0
        row, column, node, back = row[on], column[on], node[on], back[on]
        total[row, column] += metres[net.edges_between(back, node)]
        node = back
    return total
