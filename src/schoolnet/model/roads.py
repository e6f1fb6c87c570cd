"""The sparse road graph: stretches of road between junctions, with settlements and schools hung on them.

Two roads meet where they share a vertex (coordinates equal to 1e-7 degree, the grid of OpenStreetMap). An edge is a
stretch of one road between two junctions: the vertices between vanish from the search, and every edge has the class,
the crossing and the direction of its road. The same edges give the networks of a child on foot and of a bus, dry and
in flood.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from schoolnet import tables
from schoolnet.model import barriers, stretches
from schoolnet.model.snapping import snap

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx
    from numpy.typing import NDArray

    from schoolnet.model.snapping import Hooks, Lines
    from schoolnet.model.stretches import Stretches
    from schoolnet.options import Options
    from schoolnet.region import Region

#: Crossings that are closed in flood.
CLOSED_IN_FLOOD = ("ford", "ferry", "ice_road")
WAYS = ("walk", "drive")
_HAIR_M = 1e-8  # forty thousand schools stay under the half millimetre distances are rounded by
_AT_1_KMH = 60 / 1000  # minutes a metre


class Edges(NamedTuple):
    """Stretches of road, drawn from `start` to `end`, and the legs of settlements and schools, from the road to them.

    `way` is the row of `region.roads` (-1: a leg), `first` and `last` bound the vertices between the two ends,
    `oneway` is 1 (forward), -1 (backward) or 0; `minutes` are a bus's, (edges, seasons).
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    metres: NDArray[np.float64]
    way: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    walk: NDArray[np.bool_]
    drive: NDArray[np.bool_]
    oneway: NDArray[np.int8]
    crossing: NDArray[np.object_]
    minutes: NDArray[np.float64]


class _Steps(NamedTuple):
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    edge: NDArray[np.int64]
    sign: NDArray[np.int8]


@dataclass(frozen=True)
class Network:
    """One graph to search: `graph[u, v]` is the metres (or minutes) from u to v, `edge` the edge behind each entry."""

    graph: csr_array
    edge: NDArray[np.int64]

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        count = self.graph.shape[0]
        return np.repeat(np.arange(count, dtype=np.int64), np.diff(self.graph.indptr)) * count + self.graph.indices

    def edges_between(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the edge behind each step from a node to a neighbour."""
        return self.edge[np.searchsorted(self._keys, start.astype(np.int64) * self.graph.shape[0] + end)]


@dataclass(frozen=True)
class Roads:
    """The road graph with every settlement and school hung on it.

    Attributes
    ----------
    lonlat
        Coordinates of each node, (n, 2), degrees.
    edges
        The stretches and legs between them.
    vertices
        Coordinates that `edges.first` and `edges.last` bound, (v, 2), degrees.
    snaps
        One row per settlement and school, keyed by (kind, id): `node` (-1: off every road); for the way that option
        `way` names `snap_m` (NaN: off it), `stray` (the nearest road was a stray piece and was passed over) and `why`
        (why it is off); `bus_why` (why no bus comes near).
    """

    lonlat: NDArray[np.float64]
    edges: Edges
    vertices: NDArray[np.float64]
    snaps: pd.DataFrame

    def nodes(self, kind: str) -> pd.Series[int]:
        """Return the node of each settlement (`kind="settlement"`) or school (`"school"`), -1 when off every road."""
        rows = self.snaps["node"][self.snaps.index.get_level_values("kind") == kind]
        return rows.droplevel("kind")

    def network(
        self, way: str = "walk", season: str = "dry", *, without: NDArray[np.bool_] | None = None, timed: bool = False
    ) -> Network:
        """Return the network of a child on foot (`walk`: directions do not hold) or of a bus (`drive`: they do).

        Parameters
        ----------
        way
            walk or drive.
        season
            dry, or flood: fords, ferries and ice roads are closed.
        without
            Edges to leave out besides, one flag an edge.
        timed
            Hold the minutes of a bus in the place of metres; of several edges between two nodes the quickest.
        """
        if without is not None:
            return self._network(way, season, without, timed=timed)
        key = way, season, timed
        if key not in self._whole:  # the same few are asked for by every stage
            self._whole[key] = self._network(way, season, None, timed=timed)
        return self._whole[key]

    @cached_property
    def _whole(self) -> dict[tuple[str, str, bool], Network]:
        return {}

    def _network(self, way: str, season: str, without: NDArray[np.bool_] | None, *, timed: bool) -> Network:
        edges, steps = self.edges, self._steps
        use = edges.walk if way == "walk" else edges.drive
        if season == "flood":
            use = use & ~np.isin(edges.crossing.astype(str), CLOSED_IN_FLOOD)
        if without is not None:
            use = use & ~without
        keep = use[steps.edge]
        if way == "drive":
            keep &= edges.oneway[steps.edge] * steps.sign >= 0
        if not timed:
            return _network(len(self.lonlat), steps, keep, edges.metres)
        took = edges.minutes[:, tables.SEASONS.index(season)]
        order = np.lexsort((steps.edge, took[steps.edge], steps.column, steps.row))
        again = _Steps(steps.row[order], steps.column[order], steps.edge[order], steps.sign[order])
        return _network(len(self.lonlat), again, keep[order], took)

    @cached_property
    def _steps(self) -> _Steps:
        """Every edge both ways, in the order of the two nodes; of several between the same two the shortest first."""
        edges = self.edges
        edge = np.tile(np.flatnonzero(edges.start != edges.end), 2)
        sign = np.repeat([1, -1], len(edge) // 2).astype(np.int8)
        row = np.where(sign > 0, edges.start[edge], edges.end[edge])
        column = np.where(sign > 0, edges.end[edge], edges.start[edge])
        order = np.lexsort((edge, edges.metres[edge], column, row))
        return _Steps(row[order], column[order], edge[order], sign[order])

    def line(self, edge: int) -> NDArray[np.float64]:
        """Return the places of one edge from its start to its end, (k, 2), degrees."""
        one, ends = self.edges, (self.lonlat[self.edges.start[edge]], self.lonlat[self.edges.end[edge]])
        return np.vstack([ends[0], self.vertices[one.first[edge] : one.last[edge]], ends[1]])

    def to_networkx(self, way: str = "walk", season: str = "dry") -> nx.DiGraph[int]:
        """Return a network for the planner to play with: nodes with lon and lat, edges with metres and road row."""
        import networkx as nx

        net = self.network(way, season)
        found = net.graph.tocoo()
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from((at, {"lon": x, "lat": y}) for at, (x, y) in enumerate(self.lonlat.tolist()))
        rows = zip(found.row, found.col, found.data, self.edges.way[net.edge], strict=True)
        graph.add_edges_from((int(u), int(v), {"metres": float(m), "road": int(w)}) for u, v, m, w in rows)
        return graph


def build(region: Region, options: Options) -> Roads:
    """Build the graph of a region and snap its settlements and schools to the nearest edge, on foot and by bus.

    What does not snap (see `snapping.snap`) is off the network and says why. Nobody is snapped to a ferry.
    """
    waters = barriers.layer(region, options).geometry.to_numpy()
    lines, points = stretches.lines(region, waters), _points(region, options)
    hooks = _hooks(region, lines, points, options)
    feet = stretches.feet(hooks)
    cut = stretches.cut(lines, feet)
    on = np.flatnonzero((feet.of["walk"] >= 0) | (feet.of["drive"] >= 0))
    leaf = np.full(len(points), -1, np.int64)
    leaf[on] = len(cut.nodes) + np.arange(len(on))
    edges = _joined(_stretched(region, cut, options), _legs(hooks, feet.of, cut.foot, leaf, _hair(points)))
    chosen = hooks[options.way]
    snaps = {"node": leaf, "snap_m": chosen.leg_m, "stray": chosen.stray, "why": chosen.why}
    table = pd.DataFrame(snaps | {"bus_why": hooks["drive"].why}, index=points.index)
    own = shapely.get_coordinates(points.to_numpy())[on]
    return Roads(np.vstack([cut.nodes, own]), edges, cut.vertices, table)


def bus_kmh(region: Region, options: Options, season: str) -> NDArray[np.float64]:
    """Return the speed of a bus on each road of a region, km/h: the default of its class, at most what a sign says."""
    known = _speeds()[season] | options.bus_kmh
    by_class = region.roads["highway"].map(known).astype(float).fillna(known["other"]).to_numpy()
    return np.fmin(by_class, region.roads["maxspeed_kmh"].to_numpy(float))


@cache
def _speeds() -> dict[str, dict[str, float]]:
    said = tomllib.loads(resources.files(__package__).joinpath("speeds.toml").read_text(encoding="utf-8"))
    return {"dry": said["dry"], "flood": said["dry"] | said["flood"]}


def _points(region: Region, options: Options) -> gpd.GeoSeries:
    settlements = region.settlements.geometry.rename_axis("id")
    counted = region.all_schools if options.border_schools == "yes" else region.schools
    schools = counted.geometry.rename_axis("id")
    return pd.concat({"settlement": settlements, "school": schools}, names=["kind"]).set_crs(region.settlements.crs)


def _hooks(region: Region, lines: Lines, points: gpd.GeoSeries, options: Options) -> dict[str, Hooks]:
    roads = region.roads
    firm = ~roads["crossing"].isin(["ferry", "ice_road"]).to_numpy()
    hooks: dict[str, Hooks] = {}
    for way in WAYS:
        among = roads[way].to_numpy(bool)
        if hooks and np.array_equal(among, roads[WAYS[0]]):
            hooks[way] = hooks[WAYS[0]]  # every road is open to both
        else:
            hooks[way] = snap(points, lines, stretches.components(lines, among), among & firm, (region, options))
    return hooks


def _stretched(region: Region, cut: Stretches, options: Options) -> Edges:
    roads, way = region.roads, cut.way
    minutes = [cut.metres * _AT_1_KMH / bus_kmh(region, options, season)[way] for season in tables.SEASONS]
    oneway = roads["oneway"].map({"": 0, "forward": 1, "backward": -1}).to_numpy(np.int8)[way]
    walk, drive = (roads[name].to_numpy(bool)[way] for name in WAYS)
    crossing = roads["crossing"].to_numpy(object)[way]
    shape = (cut.start, cut.end, cut.metres, way, cut.first, cut.last)
    return Edges(*shape, walk, drive, oneway, crossing, np.column_stack(minutes))


def _legs(
    hooks: dict[str, Hooks],
    of: dict[str, NDArray[np.int64]],
    foot: NDArray[np.int64],
    leaf: NDArray[np.int64],
    hair: NDArray[np.float64],
) -> Edges:
    """Return the leg of each point on foot and by bus: one leg where both leave the road at the same place."""
    same = of["walk"] == of["drive"]
    asked = {"walk": of["walk"] >= 0, "drive": (of["drive"] >= 0) & ~same}
    point = np.concatenate([np.flatnonzero(asked[way]) for way in WAYS])
    way = np.repeat(WAYS, [int(asked[way].sum()) for way in WAYS])
    on_foot = way == "walk"
    start = foot[np.where(on_foot, of["walk"][point], of["drive"][point])]
    metres = np.where(on_foot, hooks["walk"].leg_m[point], hooks["drive"].leg_m[point])
    count = len(point)
    none = np.zeros(count, np.int64)
    minutes = np.column_stack([metres * _AT_1_KMH / _speeds()[season]["other"] for season in tables.SEASONS])
    drive = ~on_foot | same[point]
    shape = (start, leaf[point], metres + hair[point], none - 1, none, none)
    return Edges(*shape, on_foot, drive, np.zeros(count, np.int8), np.full(count, "", object), minutes)


def _joined(*sets: Edges) -> Edges:
    columns: list[Any] = [np.concatenate(column) for column in zip(*sets, strict=True)]
    return Edges(*columns)


def _hair(points: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return a hair for each school, longer with its id: of equally near schools the first by id is found."""
    school = points.index.get_level_values("kind") == "school"
    ids = points.index.get_level_values("id").to_numpy(object)[school]
    out = np.zeros(len(points))
    out[school] = np.argsort(np.argsort(ids, kind="stable"), kind="stable") * _HAIR_M
    return out


def _network(count: int, steps: _Steps, keep: NDArray[np.bool_], costs: NDArray[np.float64]) -> Network:
    """Return a graph of the steps kept; of several between the same two nodes the first."""
    at = np.flatnonzero(keep)
    row, column = steps.row[at], steps.column[at]
    new = np.ones(len(at), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    row, column, edge = row[new], column[new], steps.edge[at[new]]
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))])
    small = (column.astype(np.int32), starts.astype(np.int32))
    return Network(csr_array((costs[edge], *small), shape=(count, count)), edge)
