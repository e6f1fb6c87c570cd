"""Where buses stop: one place in a settlement, several in one too large to walk to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from schoolnet.planning.found import Found

    Floats = NDArray[np.float64]

_NEARLY = 0.95  # share of the built-up area within reach of a stop
_STEPS = 5  # points of the area on the length of the reach
_MOST = 40  # stops of one settlement
_TRIES = 4  # starts of each clustering


class _Places(NamedTuple):
    """Nodes a bus can stop at, and where they lie, metres."""

    node: NDArray[np.int64]
    xy: Floats


def stops(found: Found, settlements: Iterable[str]) -> pd.DataFrame:
    """Return the stops of some settlements by `stop_id`: `settlement_id`, `node`, `share` of the settlement's area.

    A settlement is one stop, where it hangs on the road. One whose built-up area reaches farther from there than option
    `stop_reach_m` gets more: points of the area are clustered (k-means), each cluster's stop is the junction nearest to
    its middle that a bus can come from and go to, and pupils go to the nearest stop in a straight line. The fewest
    clusters are taken with which 95 % of the area lie within the reach; where none do, those that bring most of it.

    | settlement | area | reach | → stop | share |
    |---|---|---|---|---|
    | A | none on the map | 500 m | A:1 | 1 |
    | B | 2,000 x 100 m | 500 m | B:1, B:2 | 0.5, 0.5 |
    """
    home = found.roads.nodes("settlement")
    large = _large(found, settlements)
    rows: list[dict[str, Any]] = []
    places = _Drivable(found) if large else None
    for one in sorted(settlements):
        node = int(home[one])
        some = places.of(large[one], node) if places is not None and one in large else [(node, 1.0)]
        for at, (where, share) in enumerate(some, start=1):
            rows.append({"stop_id": f"{one}:{at}", "settlement_id": one, "node": where, "share": share})
    return pd.DataFrame(rows, columns=["stop_id", "settlement_id", "node", "share"]).set_index("stop_id")


def _large(found: Found, settlements: Iterable[str]) -> dict[str, shapely.Geometry]:
    """Return the built-up areas, metres, that reach too far from the stop of their settlement."""
    region = found.region
    areas = region.built_up[region.built_up["settlement_id"].isin({*settlements})]
    if areas.empty:
        return {}
    shapes = areas.set_geometry(areas.geometry.to_crs(region.crs)).dissolve("settlement_id").geometry
    points = region.settlements.geometry.loc[shapes.index].to_crs(region.crs)
    return {
        str(key): shape
        for key, shape, point in zip(shapes.index, shapes, points, strict=True)
        if np.hypot(*(shapely.get_coordinates(shape) - shapely.get_coordinates(point)).T).max()
        > found.options.stop_reach_m
    }


class _Drivable:
    """The junctions of the network of a bus, and those that can be come from and gone to from each other."""

    def __init__(self, found: Found) -> None:
        roads, region = found.roads, found.region
        graph = roads.network("drive", found.options.season).graph
        self.part = connected_components(graph, directed=True, connection="strong")[1]
        own = {int(node) for node in roads.snaps["node"] if node >= 0}
        to_metres = Transformer.from_crs(4326, region.crs, always_xy=True)
        self.xy = np.column_stack(to_metres.transform(*roads.lonlat.T))
        self.junction = ~np.isin(np.arange(len(self.xy)), [*own])
        self.reach_m, self.seed = found.options.stop_reach_m, found.options.seed

    def of(self, area: shapely.Geometry, home: int) -> list[tuple[int, float]]:
        """Return the stops of a settlement, node and share of its area each."""
        points = _grid(area, self.reach_m / _STEPS)
        same = (self.part == self.part[home]) & self.junction
        near = shapely.contains_xy(area.buffer(self.reach_m), self.xy[:, 0], self.xy[:, 1])
        node = np.append(home, np.flatnonzero(same & near))
        places = _Places(node, self.xy[node])
        best = _held(points, places, np.array([0]), self.reach_m)
        most = min(math.ceil(area.convex_hull.area / self.reach_m**2) + 2, _MOST, len(points), len(node))
        for count in range(2, most + 1):
            if best[0] >= _NEARLY:
                break
            best = max(best, self._clustered(points, places, count), key=lambda one: one[0])
        _, at, share = best
        return [(int(places.node[place]), float(part)) for place, part in zip(at, share, strict=True)]

    def _clustered(self, points: Floats, places: _Places, count: int) -> tuple[float, NDArray[np.int64], Floats]:
        from sklearn.cluster import KMeans

        middles = KMeans(count, n_init=_TRIES, random_state=self.seed).fit(points).cluster_centers_
        at = np.unique(cKDTree(places.xy).query(np.round(middles))[1])
        return _held(points, places, at, self.reach_m)


def _grid(area: shapely.Geometry, step: float) -> Floats:
    """Return points evenly over an area, its own middle where it is smaller than they are apart."""
    west, south, east, north = area.bounds
    x, y = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    points = np.column_stack([x.ravel(), y.ravel()])
    inside = points[shapely.contains_xy(area, points[:, 0], points[:, 1])]
    return inside if len(inside) else shapely.get_coordinates(area.representative_point())


def _held(
    points: Floats, places: _Places, at: NDArray[np.int64], reach_m: float
) -> tuple[float, NDArray[np.int64], Floats]:
    """Return the share of points within reach of some places, the places, and the share each is nearest to."""
    metres, nearest = cKDTree(places.xy[at]).query(points)
    count = np.bincount(nearest, minlength=len(at))
    used = count > 0
    return float((metres <= reach_m).mean()), at[used], count[used] / len(points)
