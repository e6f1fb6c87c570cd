"""Metres by road from every settlement to the nearest school of each band, and what lies between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from schoolnet import schema, tables
from schoolnet.model import barriers
from schoolnet.model.snapping import GEOD

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.model.roads import Roads
    from schoolnet.options import Options
    from schoolnet.region import Region

_PROPOSED = 8  # schools proposed for the nearest in a straight line
_DECIMALS = 3  # millimetres: 3,000 m must not become more than 3,000 by the last bit of a sum


class Search(NamedTuple):
    """Nearest source of every node: metres (inf: none), the next node on the way there, the source (-9999: none)."""

    metres: NDArray[np.float64]
    before: NDArray[np.int32]
    source: NDArray[np.int32]

    def reach(self, nodes: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return metres and source node of some nodes: infinite and -1 where there is no path, or the node is -1."""
        metres, source = np.full(len(nodes), np.inf), np.full(len(nodes), -1, np.int64)
        on = nodes >= 0
        metres[on] = self.metres[nodes[on]]
        source[on] = self.source[nodes[on]]
        return metres, np.where(np.isfinite(metres), source, -1)

    def path(self, node: int) -> NDArray[np.int64]:
        """Return the nodes from a node to its nearest source."""
        nodes = [node]
        while self.before[nodes[-1]] >= 0:
            nodes.append(int(self.before[nodes[-1]]))
        return np.array(nodes, dtype=np.int64)


def nearest(roads: Roads, sources: NDArray[np.int64]) -> Search:
    """Return the nearest of the source nodes for every node of the graph (Dijkstra from all sources at once)."""
    sources = np.unique(sources[sources >= 0])
    count = len(roads.lonlat)
    if not len(sources):
        nowhere = np.full(count, -9999, np.int32)
        return Search(np.full(count, np.inf), nowhere, nowhere)
    return Search(*dijkstra(roads.graph, indices=sources, min_only=True, return_predecessors=True))


def access(region: Region, roads: Roads, norms: Norms, options: Options) -> pd.DataFrame:
    """Return the nearest school that teaches each band, for every settlement (`tables.ACCESS`).

    `road_m` counts both snap legs. Where no road path exists the nearest school in a straight line is taken,
    `road_m` is the straight line times `options.straight_factor`, and the row is marked `approx`.

    | settlement | band | here | school | road_m | straight_m | approx | water | crossing | between | barrier |
    |---|---|---|---|---|---|---|---|---|---|---|
    | A | 5-9 | no | S1 | 7200 | 1900 | no | Esil | bridge | yes | no |
    | B | 5-9 | no | S1 | 4160 | 3200 | yes | | | no | no |
    | C | 5-9 | yes | S2 | 0 | 0 | no | | | no | no |
    """
    kinds = norms["transport.barriers"].value
    ground = _Ground(region, roads, kinds)
    parts = [_band(band, region, roads, ground, options) for band in tables.BANDS]
    order = {band: at for at, band in enumerate(tables.BANDS)}
    out = pd.concat(parts, ignore_index=True)
    out = out.sort_values(
        ["settlement_id", "band"], key=lambda c: c.map(order) if c.name == "band" else c, ignore_index=True
    )
    schema.check(out, tables.ACCESS)
    return out


def teaching(region: Region, band: str, options: Options) -> pd.Series[bool]:
    """Return which schools teach a band by day; a school of unknown level teaches what `options.unknown_level` says."""
    schools = region.schools
    rank = schools["level"].fillna(options.unknown_level).map({level: at for at, level in enumerate(tables.LEVELS)})
    day = schools["kind"].fillna("day") != "evening"
    counted = (schools["ownership"].fillna("state") == "state") | (options.private_schools == "yes")
    return (rank >= tables.BANDS.index(band)) & day & counted


def _band(band: str, region: Region, roads: Roads, ground: _Ground, options: Options) -> pd.DataFrame:
    schools = region.schools[teaching(region, band, options)]
    homes = region.settlements
    school_node = roads.nodes("school")[schools.index].to_numpy()
    home_node = roads.nodes("settlement")[homes.index].to_numpy()
    search = nearest(roads, school_node)
    metres, source = search.reach(home_node)
    by_node = pd.Series(schools.index, index=school_node)
    school = pd.Series(source).map(by_node[by_node.index >= 0])
    school, approx = _straight_instead(school.to_numpy(object), metres, homes, schools, region)
    straight = _geodesic(homes, schools, school)
    metres = np.where(approx, straight * options.straight_factor, metres)
    out = pd.DataFrame(
        {
            "settlement_id": pd.array(homes.index, dtype="str"),
            "band": band,
            "here": homes.index.isin(schools["settlement_id"].dropna()),
            "school_id": pd.array(school, dtype="str"),
            "road_m": np.round(np.where(np.isfinite(metres), metres, np.nan), _DECIMALS),
            "straight_m": np.round(straight, _DECIMALS),
            "approx": approx,
        }
    )
    return out.join(_water(out, home_node, search, region, ground))


def _straight_instead(
    school: NDArray[Any], metres: NDArray[np.float64], homes: Any, schools: Any, region: Region
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the school of each settlement, the nearest in a straight line where no road path leads to one."""
    approx = ~np.isfinite(metres)
    if not len(schools):
        return np.full(len(homes), None, dtype=object), np.zeros(len(homes), dtype=bool)
    if approx.any():
        school[approx] = _nearest_straight(homes[approx], schools.sort_index(), region)
    return school, approx


def _nearest_straight(homes: Any, schools: Any, region: Region) -> NDArray[Any]:
    """Return the school nearest by the geodesic, of equally near ones the first: the projection only proposes some."""
    tree = cKDTree(shapely.get_coordinates(schools.geometry.to_crs(region.crs).to_numpy()))
    places = shapely.get_coordinates(homes.geometry.to_crs(region.crs).to_numpy())
    at = np.sort(tree.query(places, k=list(range(1, min(_PROPOSED, len(schools)) + 1)))[1], axis=1)
    a = np.repeat(shapely.get_coordinates(homes.geometry.to_numpy()), at.shape[1], axis=0)
    b = shapely.get_coordinates(schools.geometry.to_numpy())[at.ravel()]
    metres = np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]).round(_DECIMALS).reshape(at.shape)
    best = metres.argmin(axis=1)
    return schools.index.to_numpy()[at[np.arange(len(at)), best]]


def _geodesic(homes: Any, schools: Any, school: NDArray[Any]) -> NDArray[np.float64]:
    straight = np.full(len(homes), np.nan)
    has = pd.notna(school)
    a = shapely.get_coordinates(homes.geometry.to_numpy()[has])
    b = shapely.get_coordinates(schools.geometry.loc[school[has]].to_numpy())
    straight[has] = GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]
    return straight


def _water(
    rows: pd.DataFrame, home_node: NDArray[np.int64], search: Search, region: Region, ground: _Ground
) -> pd.DataFrame:
    """Return water_id, crossing, between and barrier of each row; a band taught in the settlement is not asked."""
    blank = {"water_id": None, "crossing": "", "between": False, "barrier": False}
    out: dict[str, list[Any]] = {column: [value] * len(rows) for column, value in blank.items()}
    ask = np.flatnonzero(~rows["here"] & rows["school_id"].notna())
    if len(ask) and len(ground.waters):
        homes = region.settlements.index.get_indexer(rows["settlement_id"].iloc[ask])
        schools = region.schools.index.get_indexer(rows["school_id"].iloc[ask])
        lines = shapely.linestrings(np.stack([ground.homes_xy[homes], ground.schools_xy[schools]], axis=1))
        for line, hits in barriers.waters_between(lines, ground.waters).groupby("line")["water"]:
            at = ask[line]
            path = np.zeros(0, np.int64) if rows["approx"].iat[at] else search.path(int(home_node[at]))
            found = _verdict(hits.to_numpy(), *ground.steps(path), ground.waters)
            for column, value in zip(out, found, strict=True):
                out[column][at] = value
    return pd.DataFrame(out, index=rows.index).assign(water_id=pd.array(out["water_id"], dtype="str"))


class _Ground:
    """What a path is laid over, in metres: made once for all bands."""

    def __init__(self, region: Region, roads: Roads, kinds: list[str]) -> None:
        to_metric = pyproj.Transformer.from_crs(schema.EPSG_AT_REST, region.crs, always_xy=True)
        self.roads, self.marks = roads, region.roads["crossing"].to_numpy(object)
        self.waters = barriers.whole(region.waters[region.waters["kind"].isin(kinds)].to_crs(region.crs))
        points = (
            roads.lonlat,
            *(shapely.get_coordinates(layer.geometry) for layer in (region.settlements, region.schools)),
        )
        self.xy, self.homes_xy, self.schools_xy = (np.column_stack(to_metric.transform(*place.T)) for place in points)

    def steps(self, path: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the segments of a path of nodes, and the crossing mark of the road behind each."""
        if not len(path):
            return np.zeros(0, object), np.zeros(0, object)
        ways = self.roads.ways_along(path)
        marks = np.where(ways >= 0, self.marks[ways], "")
        return shapely.linestrings(np.stack([self.xy[path[:-1]], self.xy[path[1:]]], axis=1)), marks


def _verdict(hits: NDArray[np.int64], steps: NDArray[Any], marks: NDArray[Any], waters: gpd.GeoDataFrame) -> list[Any]:
    ways = {hit: barriers.crossing(steps, marks, waters.geometry.iat[hit]) for hit in hits}
    between = {hit: way for hit, way in ways.items() if way != "round" or waters["kind"].iat[hit] == "lake"}
    if not between:
        return [None, "", False, False]
    decides = barriers.worst(between.values())
    first = next(hit for hit, way in between.items() if way == decides)
    return [waters.index[first], decides, True, decides not in barriers.DRY_CROSSINGS]
