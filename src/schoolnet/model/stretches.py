"""Stretches of road: the vertices of all roads, cut at junctions and where settlements and schools hang on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from schoolnet.model.snapping import FINEST, GEOD, Lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from schoolnet.model.snapping import Hooks
    from schoolnet.region import Region

_GRID = 1e7  # OpenStreetMap stores 1e-7 degree


class Feet(NamedTuple):
    """Places on roads where points hang, in the order of the roads; `of` gives each point's place by way (-1: none)."""

    before: NDArray[np.int64]
    share: NDArray[np.float64]
    of: dict[str, NDArray[np.int64]]


class Stretches(NamedTuple):
    """Nodes (lon, lat), vertices, and for each stretch: its end nodes, metres, road, and the vertices between its ends.

    `foot` is the node of each of the `Feet`.
    """

    nodes: NDArray[np.float64]
    vertices: NDArray[np.float64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    metres: NDArray[np.float64]
    way: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    foot: NDArray[np.int64]


def lines(region: Region, waters: NDArray[Any]) -> Lines:
    """Return the vertices of a region's roads: the node of each, and whether a stretch ends there.

    `waters` are the metric shapes no leg may cross.
    """
    shapes = region.roads.geometry.to_numpy()
    lonlat, way = shapely.get_coordinates(shapes, return_index=True)
    metric = region.roads.geometry.to_crs(region.crs).to_numpy()
    grid = np.rint(lonlat * _GRID).astype(np.int64)
    node, unique = pd.factorize((grid[:, 0] + 1_800_000_000) * 1_800_000_001 + grid[:, 1] + 900_000_000)
    kept = np.bincount(node, minlength=len(unique))[node] > 1
    first = np.searchsorted(way, np.arange(len(shapes) + 1))
    if len(kept):
        kept[first[:-1]] = kept[first[1:] - 1] = True
    return Lines(lonlat, node, kept, first, shapely.get_coordinates(metric), metric, waters)


def components(lines: Lines, among: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the connected component of each road when only those `among` are open."""
    if not len(lines.node):
        return np.zeros(0, np.int32)
    way = np.repeat(np.arange(len(among)), np.diff(lines.first))
    at = np.flatnonzero(lines.kept & among[way])
    same = way[at[1:]] == way[at[:-1]]
    links = (lines.node[at[:-1][same]], lines.node[at[1:][same]])
    count = int(lines.node.max()) + 1
    graph = csr_array((np.ones(len(links[0]), np.int8), links), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1][lines.node[lines.first[:-1]]])


def feet(hooks: Mapping[str, Hooks]) -> Feet:
    """Return the places where points hang on roads, each once, though a child and a bus may come by the same."""
    on = {way: np.flatnonzero(one.way >= 0) for way, one in hooks.items()}
    places = [np.column_stack([one.before[on[way]], one.share[on[way]]]) for way, one in hooks.items()]
    distinct, which = np.unique(np.concatenate(places), axis=0, return_inverse=True)
    parts = np.split(which.ravel(), np.cumsum([len(one) for one in on.values()])[:-1])
    of = {way: np.full(len(one.way), -1, np.int64) for way, one in hooks.items()}
    for (way, at), part in zip(on.items(), parts, strict=True):
        of[way][at] = part
    return Feet(distinct[:, 0].astype(np.int64), distinct[:, 1], of)


def cut(lines: Lines, feet: Feet) -> Stretches:
    """Return the roads cut into stretches at junctions, at their ends and at the feet.

    A foot at a junction or end is that node: neither the direction nor the crossing of one road keeps anyone from it.
    """
    corner = _corners(lines, feet)
    inner = corner < 0
    some = Feet(feet.before[inner], feet.share[inner], {})
    after = some.before + 1
    vertex = np.insert(np.arange(len(lines.node)), after, some.before)
    share = np.insert(np.zeros(len(lines.node)), after, some.share)
    is_foot = np.insert(np.zeros(len(lines.node), dtype=bool), after, values=True)
    places = np.insert(lines.lonlat, after, _places(lines, some), axis=0)
    way = np.repeat(np.arange(len(lines.first) - 1), np.diff(lines.first))[vertex]
    node, nodes = _numbered(lines, vertex, places, is_foot)
    along = np.concatenate([[0.0], np.cumsum(_steps(lines, vertex, share, is_foot, way))])
    at = np.flatnonzero(node >= 0)
    same = way[at[1:]] == way[at[:-1]]
    a, b = at[:-1][same], at[1:][same]
    metres = np.round(along[b] - along[a], 2 * FINEST)  # the running sum leaves dust
    foot = np.full(len(inner), -1, np.int64)
    foot[inner], foot[~inner] = node[is_foot], node[~is_foot][corner[~inner]]
    return Stretches(nodes, places, node[a], node[b], metres, way[a], a + 1, b, foot)


def _corners(lines: Lines, feet: Feet) -> NDArray[np.int64]:
    """Return the vertex each foot stands on where roads end or meet there, else -1."""
    a, b = lines.lonlat[feet.before], lines.lonlat[feet.before + 1]
    whole = np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])
    first, last = (np.round(part * whole, FINEST) == 0 for part in (feet.share, 1 - feet.share))
    vertex = np.where(last, feet.before + 1, feet.before)
    return np.where((first | last) & lines.kept[vertex], vertex, -1)


def _places(lines: Lines, feet: Feet) -> NDArray[np.float64]:
    a, b = lines.lonlat[feet.before], lines.lonlat[feet.before + 1]
    return a + feet.share[:, None] * (b - a)


def _numbered(
    lines: Lines, vertex: NDArray[np.int64], places: NDArray[np.float64], is_foot: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the node of each place in the row of vertices and feet (-1: no stretch ends there), and the nodes."""
    ends = lines.kept[vertex] & ~is_foot
    distinct, first, which = np.unique(lines.node[vertex[ends]], return_index=True, return_inverse=True)
    node = np.full(len(vertex), -1, np.int64)
    node[ends] = which.ravel()
    node[is_foot] = len(distinct) + np.arange(int(is_foot.sum()))
    return node, np.vstack([places[ends][first], places[is_foot]])


def _steps(
    lines: Lines,
    vertex: NDArray[np.int64],
    share: NDArray[np.float64],
    is_foot: NDArray[np.bool_],
    way: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the metres of each step along the row of vertices and feet, nought from one road to the next."""
    if len(vertex) < 2:  # noqa: PLR2004 - a step has two ends
        return np.zeros(0)
    a, b = lines.lonlat[:-1], lines.lonlat[1:]
    whole = np.append(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], 0.0)
    reached = np.where(vertex[1:] == vertex[:-1], share[1:], 1.0)
    parted = is_foot[1:] | is_foot[:-1]
    metres = np.where(parted, (reached - share[:-1]) * whole[vertex[:-1]], whole[vertex[:-1]])
    metres[parted] = metres[parted].round(FINEST)
    return np.where(way[1:] == way[:-1], metres, 0.0)
