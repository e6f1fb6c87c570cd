"""The ground paths are laid over: which waters lie between two places, and how the edges of the roads cross them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from schoolnet import schema
from schoolnet.model import barriers
from schoolnet.model.roads import CLOSED_IN_FLOOD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.model.roads import Network, Roads
    from schoolnet.options import Options
    from schoolnet.region import Region

_SLIT_M = 1.0  # a river drawn as a line is given a width, to cut with
_SECOND_BANK = 0.05  # share of what is built


class Ground:
    """Waters, the crossings of every edge, and where everybody lives, in metres: made once for all bands and seasons.

    Attributes
    ----------
    waters
        The barrier layer.
    met
        Crossing of each edge over each water it meets: `edge`, `water`, `crossing`.
    crossed
        Edges that meet any water.
    divided
        Settlements that lie on both banks of a river, and the river.
    """

    def __init__(self, region: Region, roads: Roads, norms: Norms, options: Options) -> None:
        self.waters = barriers.waters(region, norms, options)
        self.lake_round = options.lake_round == "yes"
        self._to_metric = pyproj.Transformer.from_crs(schema.EPSG_AT_REST, region.crs, always_xy=True)
        self.homes_xy, self.schools_xy = (
            self._metric(shapely.get_coordinates(layer.geometry)) for layer in (region.settlements, region.all_schools)
        )
        areas = _areas(region)
        self.divided = _divided(areas, self.waters)
        self._built_up = areas | {key: shapely.convex_hull(areas[key]) for key in self.divided}
        self._home_areas = self._of(region.settlements.index)
        self._school_areas = self._of(region.all_schools["settlement_id"])
        self.met = self._crossings(region, roads)
        self.crossed = np.zeros(len(roads.edges.start), dtype=bool)
        self.crossed[self.met["edge"]] = True
        self._dry: dict[tuple[str, tuple[str, ...]], Network] = {}

    def _metric(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(self._to_metric.transform(*lonlat.T))

    def _of(self, settlements: Iterable[str]) -> NDArray[Any]:
        nothing = shapely.Polygon()
        return np.array([self._built_up.get(one, nothing) for one in settlements], dtype=object)

    def _crossings(self, region: Region, roads: Roads) -> pd.DataFrame:
        """Return the crossings of all edges; only the roads that come near water are drawn."""
        if not len(self.waters.shapes) or not len(region.roads):
            return pd.DataFrame({"edge": [], "water": [], "crossing": []}).astype({"edge": int, "water": int})
        courses = region.roads.geometry.to_crs(region.crs).to_numpy()
        beside = self.waters.near(courses, barriers.REACH_M)[:, 0]
        near = np.union1d(beside, barriers.begun_in_water(courses, self.waters)[:, 0])
        edges = roads.edges
        ask = np.flatnonzero(np.isin(edges.way, near) | (edges.crossing != ""))
        found = barriers.crossings(
            self.shapes(roads, ask), edges.crossing[ask], np.column_stack([edges.start, edges.end])[ask], self.waters
        )
        return found.assign(edge=ask[found["edge"]])

    def shapes(self, roads: Roads, edges: NDArray[np.int64]) -> NDArray[Any]:
        """Return the course of some edges, metric."""
        lines = [roads.line(int(edge)) for edge in edges]
        at = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
        return np.asarray(shapely.linestrings(self._metric(np.vstack([np.zeros((0, 2)), *lines])), indices=at))

    def dry_network(self, roads: Roads, way: str, waters: tuple[str, ...]) -> Network:
        """Return the network on which some waters are got over by bridge, dam or tunnel, and nothing is forded."""
        if (way, waters) not in self._dry:
            wet = np.isin(roads.edges.crossing.astype(str), CLOSED_IN_FLOOD)
            over = self.met["water"].isin(self.waters.table.index.get_indexer(list(waters)))
            wet[self.met.loc[over & ~self.met["crossing"].isin(barriers.DRY_CROSSINGS), "edge"]] = True
            self._dry[way, waters] = roads.network(way, "dry", without=wet)
        return self._dry[way, waters]

    def place(self, roads: Roads, edge: int, water: int) -> tuple[float, float]:
        """Return longitude and latitude of the first place, as it is drawn, where an edge gets over a water."""
        course = self.shapes(roads, np.array([edge]))[0]
        over = shapely.get_parts(shapely.intersection(course, self.waters.shapes[water]))
        over = over[~shapely.is_empty(over)]
        over = over if len(over) else np.array([course])  # a dam lies beside its water
        at = min(
            (part if part.geom_type == "Point" else part.interpolate(0.5, normalized=True) for part in over),
            key=course.project,
        )
        lon, lat = self._to_metric.transform(at.x, at.y, direction="INVERSE")
        return float(lon), float(lat)

    def between(self, homes: NDArray[np.int64], schools: NDArray[np.int64]) -> pd.DataFrame:
        """Return the waters between pairs of a settlement and a school, by place in their tables.

        Rows of `line`, `water`, `odd` and `afloat`, as `barriers.verdicts` asks. What lies in the built-up area of one
        of the two settlements does not lie between.
        """
        lines = shapely.linestrings(np.stack([self.homes_xy[homes], self.schools_xy[schools]], axis=1))
        found = barriers.between(lines, self.waters)
        at, water = found["line"].to_numpy(), found["water"].to_numpy()
        rest = lines[at]
        if self._built_up and len(found):
            rest = shapely.difference(
                shapely.difference(rest, self._home_areas[homes[at]]), self._school_areas[schools[at]]
            )
        ends = [
            shapely.intersects_xy(self.waters.areas[water], xy[of[at]])
            for xy, of in ((self.homes_xy, homes), (self.schools_xy, schools))
        ]
        found = found.assign(odd=barriers.odd(rest, self.waters.shapes[water]), afloat=ends[0] | ends[1])
        return found[shapely.crosses(self.waters.shapes[water], rest)].reset_index(drop=True)

    def verdicts(self, found: pd.DataFrame, met: pd.DataFrame, has_path: NDArray[np.bool_]) -> pd.DataFrame:
        """Return what each water between is: `line`, `water`, `crossing`, `barrier`.

        Parameters
        ----------
        found
            From `between`.
        met
            Edges that meet water on the road path of each pair: `line`, `edge`.
        has_path
            Whether a road path joins the pair.
        """
        used = met.merge(self.met, on="edge")
        return barriers.verdicts(found, used, has_path, self.waters, lake_round=self.lake_round)

    def named(self, pairs: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
        """Return what `verdicts` found with identifiers in place of positions: rows of `results.WATERS_BETWEEN`."""
        of = pairs.iloc[found["line"]].reset_index(drop=True)
        water = self.waters.table.index.to_numpy(object)[found["water"]]
        return of.assign(water_id=water, crossing=found["crossing"], barrier=found["barrier"])


def _divided(areas: dict[str, Any], waters: barriers.Waters) -> dict[str, str]:
    """Return the settlements that lie on both banks of a river, and the river.

    A river divides a settlement when it cuts the hull of its built-up area so that at least a twentieth of what is
    built lies on a second bank: the two banks may be drawn apart, and a corner cut off is no second bank.
    """
    out: dict[str, str] = {}
    keys, hulls = list(areas), shapely.convex_hull(np.array(list(areas.values()), dtype=object))
    pairs = np.unique(waters.near(hulls)[:, :2], axis=0)
    river = waters.table["kind"].to_numpy(object) != "lake"
    for at, water in pairs[river[pairs[:, 1]]]:
        near = shapely.clip_by_rect(waters.shapes[water], *shapely.bounds(shapely.buffer(hulls[at], _SLIT_M)))
        banks = shapely.get_parts(shapely.difference(hulls[at], shapely.buffer(near, _SLIT_M)))
        built = np.sort(shapely.area(shapely.intersection(banks, areas[keys[at]])))
        if len(built) > 1 and built[-2] >= _SECOND_BANK * built.sum():
            out.setdefault(keys[at], waters.table.index[water])
    return out


def _areas(region: Region) -> dict[str, Any]:
    """Return the built-up area of each settlement that has one, metric."""
    areas = region.built_up.to_crs(region.crs)
    grouped = areas.groupby("settlement_id").groups
    return {str(key): shapely.union_all(areas.geometry.loc[rows].to_numpy()) for key, rows in grouped.items()}
