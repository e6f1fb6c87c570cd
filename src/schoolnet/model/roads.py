"""The sparse road graph: vertices, geodesic lengths, components, and settlements and schools snapped to its edges.

Two roads meet where they share a vertex (coordinates equal to 1e-7 degree, the grid of OpenStreetMap).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from schoolnet.model.snapping import FINEST, GEOD, Hooks, Lines, snap

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region

_HAIR_M = 1e-7  # a thousand schools stay under the millimetre distances are kept to
_GRID = 1e7  # OpenStreetMap stores 1e-7 degree


@dataclass(frozen=True)
class Roads:
    """The road graph with every settlement and school hung on it.

    Attributes
    ----------
    lonlat
        Coordinates of each node, (n, 2), degrees.
    graph
        Metres between neighbouring nodes, symmetric, (n, n).
    way
        Row of `region.roads` behind each stored entry of `graph`; -1 for a snap leg.
    component
        Connected component of each node.
    snaps
        One row per settlement and school, keyed by (kind, id): `node` (-1: off the network), `snap_m`, `stray`
        (the nearest road was a stray piece and was passed over), `why` (why it is off the network).
    """

    lonlat: NDArray[np.float64]
    graph: csr_array
    way: NDArray[np.int64]
    component: NDArray[np.int32]
    snaps: pd.DataFrame

    def nodes(self, kind: str) -> pd.Series[int]:
        """Return the node of each settlement (`kind="settlement"`) or school (`"school"`), -1 when off the network."""
        rows = self.snaps["node"][self.snaps.index.get_level_values("kind") == kind]
        return rows.droplevel("kind")

    def ways_along(self, path: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the road row behind each step of a path of nodes."""
        starts, ends = self.graph.indptr[path[:-1]], self.graph.indptr[path[:-1] + 1]
        at = [
            start + np.searchsorted(self.graph.indices[start:end], node)
            for start, end, node in zip(starts, ends, path[1:], strict=True)
        ]
        return self.way[np.array(at, dtype=np.int64)]

    def to_networkx(self) -> nx.Graph[int]:
        """Return the graph for the planner to play with: nodes with lon and lat, edges with metres and road row."""
        import networkx as nx

        upper = self.graph.tocoo()
        keep = upper.row < upper.col
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from((at, {"lon": x, "lat": y}) for at, (x, y) in enumerate(self.lonlat.tolist()))
        rows = zip(upper.row[keep], upper.col[keep], upper.data[keep], self.way[keep], strict=True)
        graph.add_edges_from((int(u), int(v), {"metres": float(m), "road": int(w)}) for u, v, m, w in rows)
        return graph


class _Segments(NamedTuple):
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    metres: NDArray[np.float64]
    way: NDArray[np.int64]
    vertex: NDArray[np.int64]  # the vertex of `Lines` a segment starts at; -1 for pieces and legs


def build(region: Region, options: Options) -> Roads:
    """Build the graph of a region and snap its settlements and schools to the nearest edge.

    What does not snap (see `snapping.snap`) is off the network and says why.
    """
    lines, nodes = _lines(region)
    segments = _segments(lines, nodes)
    component = _components(len(nodes), segments)
    points = _points(region)
    return _hung(nodes, segments, lines, points, snap(points, lines, component, region, options))


def _lines(region: Region) -> tuple[Lines, NDArray[np.float64]]:
    shapes = region.roads.geometry.to_numpy()
    lonlat, index = shapely.get_coordinates(shapes, return_index=True)
    grid = np.rint(lonlat * _GRID).astype(np.int64)
    key = (grid[:, 0] + 1_800_000_000) * 1_800_000_001 + grid[:, 1] + 900_000_000
    node, unique = pd.factorize(key)
    nodes = np.empty((len(unique), 2))
    nodes[node[::-1]] = lonlat[::-1]
    metric_shapes = region.roads.geometry.to_crs(region.crs).to_numpy()
    waters = region.waters.geometry.to_crs(region.crs).to_numpy()
    first = np.searchsorted(index, np.arange(len(shapes) + 1))
    return Lines(lonlat, node, first, shapely.get_coordinates(metric_shapes), metric_shapes, waters), nodes


def _segments(lines: Lines, nodes: NDArray[np.float64]) -> _Segments:
    way = np.repeat(np.arange(len(lines.first) - 1), np.diff(lines.first))
    same = (way[1:] == way[:-1]) & (lines.node[1:] != lines.node[:-1])
    start, end = lines.node[:-1][same], lines.node[1:][same]
    a, b = nodes[start], nodes[end]
    metres = GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2] if len(a) else np.zeros(0)
    return _Segments(start, end, np.asarray(metres), way[:-1][same], np.flatnonzero(same))


def _components(count: int, segments: _Segments) -> NDArray[np.int32]:
    links = csr_array((np.ones(len(segments.start), np.int8), (segments.start, segments.end)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1])


def _points(region: Region) -> gpd.GeoSeries:
    settlements = region.settlements.geometry.rename_axis("id")
    schools = region.schools.geometry.rename_axis("id")
    return pd.concat({"settlement": settlements, "school": schools}, names=["kind"]).set_crs(region.settlements.crs)


def _hung(nodes: NDArray[np.float64], segments: _Segments, lines: Lines, points: gpd.GeoSeries, hooks: Hooks) -> Roads:
    on = np.flatnonzero(hooks.way >= 0)
    foot = len(nodes) + np.arange(len(on))  # the node on the road
    leaf = foot + len(on)  # the settlement or school itself
    split, kept = _split(segments, lines, hooks, on, foot)
    none = np.full(len(on), -1, np.int64)
    legs = _Segments(foot, leaf, hooks.leg_m[on] + _handicap(points)[on], none, none)
    every = _joined(kept, split, legs)
    lonlat = np.vstack([nodes, hooks.lonlat[on], shapely.get_coordinates(points.to_numpy())[on]])
    graph, way = _graph(len(lonlat), every)
    node = np.full(len(points), -1, dtype=np.int64)
    node[on] = leaf
    snaps = pd.DataFrame(
        {"node": node, "snap_m": hooks.leg_m, "stray": hooks.stray, "why": hooks.why}, index=points.index
    )
    return Roads(lonlat, graph, way, _components(len(lonlat), every), snaps)


def _handicap(points: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return a hair for each school, longer with its id: of equally near schools the first by id is found."""
    school = points.index.get_level_values("kind") == "school"
    ids = points.index.get_level_values("id").to_numpy(object)[school]
    out = np.zeros(len(points))
    out[school] = np.argsort(np.argsort(ids, kind="stable"), kind="stable") * _HAIR_M
    return out


def _split(
    segments: _Segments, lines: Lines, hooks: Hooks, on: NDArray[np.int64], foot: NDArray[np.int64]
) -> tuple[_Segments, _Segments]:
    """Return the pieces of the segments that carry points, and the segments that carry none."""
    start, end = lines.node[hooks.before[on]], lines.node[hooks.before[on] + 1]
    order = np.lexsort((foot, hooks.share[on], hooks.before[on]))
    before, share = hooks.before[on][order], hooks.share[on][order]
    start, end, foot, way = start[order], end[order], foot[order], hooks.way[on][order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = before[1:] != before[:-1]
    last = np.roll(new, -1)
    a, b = lines.lonlat[before], lines.lonlat[before + 1]
    metres = np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])
    from_share = np.where(new, 0.0, np.roll(share, 1))
    from_node = np.where(new, start, np.roll(foot, 1))
    count = len(order) + int(last.sum())
    pieces = _Segments(
        np.concatenate([from_node, foot[last]]),
        np.concatenate([foot, end[last]]),
        np.concatenate([(share - from_share) * metres, ((1 - share) * metres)[last]]).round(FINEST),
        np.concatenate([way, way[last]]),
        np.full(count, -1, np.int64),
    )
    whole = ~np.isin(segments.vertex, before)
    return pieces, _chosen(segments, whole)


def _joined(*sets: _Segments) -> _Segments:
    columns: list[Any] = [np.concatenate(column) for column in zip(*sets, strict=True)]
    return _Segments(*columns)


def _graph(count: int, segments: _Segments) -> tuple[csr_array, NDArray[np.int64]]:
    segments = _without_parallels(count, segments)
    row = np.concatenate([segments.start, segments.end])
    column = np.concatenate([segments.end, segments.start])
    place = np.tile(np.arange(len(segments.start)), 2)
    entries = coo_array((place, (row, column)), shape=(count, count)).tocsr()
    entries.sort_indices()
    graph = csr_array((segments.metres[entries.data], entries.indices, entries.indptr), shape=(count, count))
    return graph, segments.way[entries.data]


def _without_parallels(count: int, segments: _Segments) -> _Segments:
    """Return the segments, of several between the same two nodes only the shortest (a matrix would add them up)."""
    low, high = np.minimum(segments.start, segments.end), np.maximum(segments.start, segments.end)
    pair = low * count + high
    twice = np.flatnonzero(pd.Series(pair).duplicated(keep=False).to_numpy())
    keep = np.ones(len(pair), dtype=bool)
    keep[twice] = False
    order = twice[np.lexsort((segments.metres[twice], pair[twice]))]
    keep[order[np.unique(pair[order], return_index=True)[1]]] = True
    return segments if keep.all() else _chosen(segments, keep)


def _chosen(segments: _Segments, keep: NDArray[np.bool_]) -> _Segments:
    columns: list[Any] = [column[keep] for column in segments]
    return _Segments(*columns)
