"""The sparse road graph: vertices, geodesic lengths, components, and settlements and schools snapped to its edges.

Two roads meet where they share a vertex (coordinates equal to 1e-7 degree, the grid of OpenStreetMap).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region

GEOD = pyproj.Geod(ellps="WGS84")
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
    vertex: NDArray[np.int64]  # the vertex of `_Lines` a segment starts at; -1 for pieces and legs


class _Lines(NamedTuple):
    """Vertices of the roads: node and metric place of each, and where each road's vertices begin."""

    lonlat: NDArray[np.float64]
    node: NDArray[np.int64]
    first: NDArray[np.int64]
    metric: NDArray[np.float64]
    shapes: NDArray[Any]


class _Hooks(NamedTuple):
    """Where each point meets a road: the road (-1: none), the vertex before it, the share of that segment, the leg."""

    way: NDArray[np.int64]
    before: NDArray[np.int64]
    share: NDArray[np.float64]
    lonlat: NDArray[np.float64]
    leg_m: NDArray[np.float64]


def build(region: Region, options: Options) -> Roads:
    """Build the graph of a region and snap its settlements and schools to the nearest edge.

    A point is snapped to the nearest road of a component that serves people, within `options.snap_m`, by a leg
    that crosses no river or lake; what does not snap is off the network and says why. A component serves people
    when it is the nearest road of two settlements, or of a settlement and a school, or is the longest of all.
    """
    lines, nodes = _lines(region)
    segments = _segments(lines, nodes)
    component = _components(len(nodes), segments)
    points = _points(region)
    hooks, stray, why = _snap(points, lines, component, region, options)
    return _hung(nodes, segments, lines, points, hooks, stray, why)


def _lines(region: Region) -> tuple[_Lines, NDArray[np.float64]]:
    shapes = region.roads.geometry.to_numpy()
    lonlat, index = shapely.get_coordinates(shapes, return_index=True)
    grid = np.rint(lonlat * _GRID).astype(np.int64)
    key = (grid[:, 0] + 1_800_000_000) * 1_800_000_001 + grid[:, 1] + 900_000_000
    node, unique = pd.factorize(key)
    nodes = np.empty((len(unique), 2))
    nodes[node[::-1]] = lonlat[::-1]
    metric_shapes = region.roads.geometry.to_crs(region.crs).to_numpy()
    first = np.searchsorted(index, np.arange(len(shapes) + 1))
    return _Lines(lonlat, node, first, shapely.get_coordinates(metric_shapes), metric_shapes), nodes


def _segments(lines: _Lines, nodes: NDArray[np.float64]) -> _Segments:
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


def _snap(
    points: gpd.GeoSeries, lines: _Lines, component: NDArray[np.int32], region: Region, options: Options
) -> tuple[_Hooks, NDArray[np.bool_], NDArray[np.object_]]:
    metric = points.to_crs(region.crs).to_numpy()
    of_way = component[lines.node[lines.first[:-1]]] if len(lines.shapes) else np.zeros(0, np.int32)
    nearest = _nearest_way(metric, lines.shapes, np.arange(len(lines.shapes)), options.snap_m)
    kinds = points.index.get_level_values("kind").to_numpy()
    serving = np.flatnonzero(np.isin(of_way, _serving(nearest, of_way, kinds, lines.shapes)))
    chosen = _nearest_way(metric, lines.shapes, serving, options.snap_m)
    stray = (nearest >= 0) & (nearest != chosen)
    wet = _clear_of_water(metric, chosen, lines.shapes, serving, region, options)
    why = np.where(chosen >= 0, "", np.where(nearest >= 0, "only a stray piece of road is near", "no road is near"))
    why = np.where(wet & (chosen < 0), "every road near lies across water", why)
    return _hooks(points.to_numpy(), metric, chosen, lines), stray, why


def _nearest_way(
    metric: NDArray[Any], shapes: NDArray[Any], among: NDArray[np.int64], limit_m: float
) -> NDArray[np.int64]:
    out = np.full(len(metric), -1, dtype=np.int64)
    if len(among):
        tree = shapely.STRtree(shapes[among])
        point, way = tree.query_nearest(metric, max_distance=limit_m, all_matches=True)
        order = np.lexsort((among[way], point))  # of equally near roads the first in the table
        first = np.unique(point[order], return_index=True)[1]
        out[point[order][first]] = among[way[order][first]]
    return out


def _serving(
    nearest: NDArray[np.int64], of_way: NDArray[np.int32], kinds: NDArray[Any], shapes: NDArray[Any]
) -> NDArray[np.int64]:
    if not len(of_way):
        return np.zeros(0, np.int64)
    count = int(of_way.max()) + 1
    hit = nearest >= 0
    homes = np.bincount(of_way[nearest[hit & (kinds == "settlement")]], minlength=count)
    schools = np.bincount(of_way[nearest[hit & (kinds == "school")]], minlength=count)
    serves = (homes >= 2) | ((homes >= 1) & (schools >= 1))  # noqa: PLR2004 - two settlements, as the docstring says
    serves[np.argmax(np.bincount(of_way, shapely.length(shapes), minlength=count))] = True
    return np.flatnonzero(serves)


def _clear_of_water(
    metric: NDArray[Any], chosen: NDArray[np.int64], shapes: NDArray[Any], among: NDArray[np.int64],
    region: Region, options: Options,
) -> NDArray[np.bool_]:  # fmt: skip
    """Move snaps whose leg crosses water to the nearest road on the point's own side; return which were moved."""
    wet = np.zeros(len(metric), dtype=bool)
    waters = region.waters.geometry.to_crs(region.crs).to_numpy()
    on = np.flatnonzero(chosen >= 0)
    if not len(waters) or not len(on):
        return wet
    water_tree = shapely.STRtree(waters)
    legs = shapely.shortest_line(metric[on], shapes[chosen[on]])
    afloat = set(water_tree.query(metric[on], predicate="intersects")[0].tolist())  # drawn in the water: no side of its own
    crossing = on[[at for at in np.unique(water_tree.query(legs, predicate="crosses")[0]) if at not in afloat]]
    road_tree = shapely.STRtree(shapes[among])
    for at in crossing:
        near = among[road_tree.query(metric[at], predicate="dwithin", distance=options.snap_m)]
        near = near[np.argsort(shapely.distance(metric[at], shapes[near]), kind="stable")]
        legs = shapely.shortest_line(metric[at], shapes[near])
        bad = set(water_tree.query(legs, predicate="crosses")[0].tolist())
        chosen[at] = next((way for k, way in enumerate(near) if k not in bad), -1)
        wet[at] = True
    return wet


def _hooks(lonlat_points: NDArray[Any], metric: NDArray[Any], chosen: NDArray[np.int64], lines: _Lines) -> _Hooks:
    count = len(chosen)
    before, share, lonlat = np.full(count, -1, np.int64), np.zeros(count), np.full((count, 2), np.nan)
    on = np.flatnonzero(chosen >= 0)
    along = shapely.line_locate_point(lines.shapes[chosen[on]], metric[on])
    for at, distance in zip(on, along, strict=True):
        first, last = lines.first[chosen[at]], lines.first[chosen[at] + 1]
        steps = np.hypot(*np.diff(lines.metric[first:last], axis=0).T)
        reached = np.concatenate([[0.0], np.cumsum(steps)])
        k = int(np.clip(np.searchsorted(reached, distance, side="right") - 1, 0, len(steps) - 1))
        before[at] = first + k
        share[at] = np.clip((distance - reached[k]) / steps[k], 0, 1) if steps[k] > 0 else 0.0
        a, b = lines.lonlat[first + k], lines.lonlat[first + k + 1]
        lonlat[at] = a + share[at] * (b - a)
    own = shapely.get_coordinates(lonlat_points)
    leg = np.asarray(GEOD.inv(own[:, 0], own[:, 1], np.nan_to_num(lonlat[:, 0]), np.nan_to_num(lonlat[:, 1]))[2])
    return _Hooks(chosen, before, share, lonlat, np.where(chosen >= 0, leg, np.nan))


def _hung(
    nodes: NDArray[np.float64], segments: _Segments, lines: _Lines, points: gpd.GeoSeries,
    hooks: _Hooks, stray: NDArray[np.bool_], why: NDArray[np.object_],
) -> Roads:  # fmt: skip
    on = np.flatnonzero(hooks.way >= 0)
    foot = len(nodes) + np.arange(len(on))  # the node on the road
    leaf = foot + len(on)  # the settlement or school itself
    split, kept = _split(segments, lines, hooks, on, foot)
    none = np.full(len(on), -1, np.int64)
    legs = _Segments(foot, leaf, hooks.leg_m[on], none, none)
    every = _Segments(*(np.concatenate(parts) for parts in zip(kept, split, legs, strict=True)))
    lonlat = np.vstack([nodes, hooks.lonlat[on], shapely.get_coordinates(points.to_numpy())[on]])
    graph, way = _graph(len(lonlat), every)
    node = np.full(len(points), -1, dtype=np.int64)
    node[on] = leaf
    snaps = pd.DataFrame({"node": node, "snap_m": hooks.leg_m, "stray": stray, "why": why}, index=points.index)
    return Roads(lonlat, graph, way, _components(len(lonlat), every), snaps)


def _split(
    segments: _Segments, lines: _Lines, hooks: _Hooks, on: NDArray[np.int64], foot: NDArray[np.int64]
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
        np.concatenate([(share - from_share) * metres, ((1 - share) * metres)[last]]),
        np.concatenate([way, way[last]]),
        np.full(count, -1, np.int64),
    )
    whole = ~np.isin(segments.vertex, before)
    return pieces, _Segments(*(part[whole] for part in segments))


def _graph(count: int, segments: _Segments) -> tuple[csr_array, NDArray[np.int64]]:
    row = np.concatenate([segments.start, segments.end])
    column = np.concatenate([segments.end, segments.start])
    metres = np.tile(segments.metres, 2)
    way = np.tile(segments.way, 2)
    order = np.lexsort((metres, column, row))
    row, column, metres, way = row[order], column[order], metres[order], way[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])  # of parallel edges the shortest
    row, column, metres, way = row[first], column[first], metres[first], way[first]
    start = np.searchsorted(row, np.arange(count + 1))
    graph = csr_array((metres, column.astype(np.int32), start.astype(np.int32)), shape=(count, count))
    return graph, way
