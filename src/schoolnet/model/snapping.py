"""Where settlements and schools meet the roads: the nearest edge that serves people, on their own side of the water."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyproj
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region

GEOD = pyproj.Geod(ellps="WGS84")
#: Decimals of a metre a place on a road is known to: the projection moves it by some millionths.
FINEST = 4
_MENDED = 1e-3  # share of a segment: what differs by more is another place
_AT_BANK_M = 1e-6
#: Decimals of metres that are handed on: 3,000 m must not become more than 3,000 by the last bit of a sum.
DECIMALS = 3


class Lines(NamedTuple):
    """Vertices of the roads: node and metric place of each, where each road's begin; and the waters beside them.

    `kept` marks the vertices where a road ends or meets another.
    """

    lonlat: NDArray[np.float64]
    node: NDArray[np.int64]
    kept: NDArray[np.bool_]
    first: NDArray[np.int64]
    metric: NDArray[np.float64]
    shapes: NDArray[Any]
    waters: NDArray[Any]


class Hooks(NamedTuple):
    """Where each point meets a road: the road (-1: none), the vertex before it, the share of that segment, the leg.

    `stray` marks points whose nearest road is a stray piece that was passed over; `why` says what keeps a point off.
    """

    way: NDArray[np.int64]
    before: NDArray[np.int64]
    share: NDArray[np.float64]
    lonlat: NDArray[np.float64]
    leg_m: NDArray[np.float64]
    stray: NDArray[np.bool_]
    why: NDArray[np.object_]


def snap(
    points: gpd.GeoSeries,
    lines: Lines,
    component: NDArray[np.int32],
    among: NDArray[np.bool_],
    place: tuple[Region, Options],
) -> Hooks:
    """Return where each point meets the nearest road of a component that serves people.

    Parameters
    ----------
    points
        Settlements and schools, WGS 84, keyed by (kind, id).
    lines
        The roads.
    component
        Connected component of each road.
    among
        Which roads may be met.
    place
        The region, for its metric projection, and the options, for `snap_m`.

    A component serves people when it is the nearest road of two settlements, or of a settlement and a school of the
    region, or is the longest of all: schools over the border move nobody to another road. The leg is at most
    `options.snap_m` and crosses no river or lake.
    """
    region, options = place
    metric = points.to_crs(region.crs).to_numpy()
    open_ = np.flatnonzero(among)
    nearest = _nearest_way(metric, lines.shapes, open_, options.snap_m)
    kinds, ids = (points.index.get_level_values(level) for level in ("kind", "id"))
    kinds = kinds.where((kinds != "school") | ids.isin(region.schools.index), "neighbour").to_numpy()
    serves = _serving(nearest, component, kinds, np.where(among, shapely.length(lines.shapes), 0.0))
    serving = open_[np.isin(component[open_], serves)]
    chosen = _nearest_way(metric, lines.shapes, serving, options.snap_m)
    stray = (nearest >= 0) & (nearest != chosen)
    chosen, aims, wet, bank = _on_own_side(metric, chosen, lines, serving, options.snap_m)
    why = np.where(nearest >= 0, "only a stray piece of road is near", "no road is near")
    why = np.where(wet, "every road near lies across water", why)
    return _hooks(points.to_numpy(), aims, chosen, bank, lines)._replace(
        stray=stray, why=np.where(chosen >= 0, "", why)
    )


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
    nearest: NDArray[np.int64], of_way: NDArray[np.int32], kinds: NDArray[Any], metres: NDArray[np.float64]
) -> NDArray[np.int64]:
    if not len(of_way):
        return np.zeros(0, np.int64)
    count = int(of_way.max()) + 1
    hit = nearest >= 0
    homes = np.bincount(of_way[nearest[hit & (kinds == "settlement")]], minlength=count)
    schools = np.bincount(of_way[nearest[hit & (kinds == "school")]], minlength=count)
    serves = (homes >= 2) | ((homes >= 1) & (schools >= 1))  # noqa: PLR2004 - two settlements, as the docstring says
    serves[np.argmax(np.bincount(of_way, metres, minlength=count))] = True
    return np.flatnonzero(serves)


def _on_own_side(
    metric: NDArray[Any], chosen: NDArray[np.int64], lines: Lines, serving: NDArray[np.int64], limit_m: float
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the road of each point, the place its leg aims at, which were moved from across the water, and to a bank.

    A place on a bank is not the nearest of its segment: beyond it the road is in the water.
    """
    chosen, aims = chosen.copy(), metric.copy()
    wet, bank = np.zeros(len(metric), dtype=bool), np.zeros(len(metric), dtype=bool)
    on = np.flatnonzero(chosen >= 0)
    if not len(lines.waters) or not len(on):
        return chosen, aims, wet, bank
    waters, roads = shapely.STRtree(lines.waters), shapely.STRtree(lines.shapes[serving])
    across = np.unique(
        waters.query(shapely.shortest_line(metric[on], lines.shapes[chosen[on]]), predicate="crosses")[0]
    )
    afloat = np.unique(waters.query(metric[on], predicate="intersects")[0])  # in the water: no side of its own
    for at in on[np.setdiff1d(across, afloat)]:
        near = serving[roads.query(metric[at], predicate="dwithin", distance=limit_m)]
        chosen[at], aims[at] = _dry(metric[at], near, lines.shapes, waters, limit_m)
        wet[at] = True
        bank[at] = len(waters.query(aims[at], predicate="dwithin", distance=_AT_BANK_M)) > 0
    return chosen, aims, wet, bank


def _dry(point: Any, near: NDArray[np.int64], shapes: NDArray[Any], waters: Any, limit_m: float) -> tuple[int, Any]:
    """Return the road of the nearest part whose leg crosses no water, and the place on it; -1 when there is none.

    The roads are cut at their vertices and at the waters: of a stretch that crosses, the near bank may be in reach.
    """
    xy, road = shapely.get_coordinates(shapes[near], return_index=True)
    inner = road[1:] == road[:-1]
    segments, road = shapely.linestrings(np.stack([xy[:-1][inner], xy[1:][inner]], axis=1)), road[:-1][inner]
    around = waters.geometries[waters.query(point, predicate="dwithin", distance=limit_m)]
    parts, of = shapely.get_parts(shapely.difference(segments, shapely.union_all(around)), return_index=True)
    metres = shapely.distance(point, parts)
    order = np.argsort(metres, kind="stable")[: int((metres <= limit_m).sum())]
    legs = shapely.shortest_line(point, parts[order])
    dry = np.setdiff1d(np.arange(len(order)), waters.query(legs, predicate="crosses")[0])
    if not len(dry):
        return -1, point
    return int(near[road[of[order[dry[0]]]]]), shapely.get_point(legs[dry[0]], 1)


def _hooks(
    lonlat_points: NDArray[Any], aims: NDArray[Any], chosen: NDArray[np.int64], bank: NDArray[np.bool_], lines: Lines
) -> Hooks:
    count = len(chosen)
    before, share, lonlat = np.full(count, -1, np.int64), np.zeros(count), np.full((count, 2), np.nan)
    on, own = np.flatnonzero(chosen >= 0), shapely.get_coordinates(lonlat_points)
    along = shapely.line_locate_point(lines.shapes[chosen[on]], aims[on])
    for at, distance in zip(on, along, strict=True):
        first, last = lines.first[chosen[at]], lines.first[chosen[at] + 1]
        steps = np.hypot(*np.diff(lines.metric[first:last], axis=0).T)
        reached = np.concatenate([[0.0], np.cumsum(steps)])
        k = int(np.clip(np.searchsorted(reached, distance, side="right") - 1, 0, len(steps) - 1))
        before[at] = first + k
        a, b = lines.lonlat[first + k], lines.lonlat[first + k + 1]
        share[at] = float(np.clip((distance - reached[k]) / steps[k], 0, 1)) if steps[k] else 0.0
        if not bank[at]:
            share[at] = _share(own[at], a, b, share[at])
        lonlat[at] = a + share[at] * (b - a)
    leg = np.asarray(GEOD.inv(own[:, 0], own[:, 1], np.nan_to_num(lonlat[:, 0]), np.nan_to_num(lonlat[:, 1]))[2])
    leg = np.where(chosen >= 0, leg.round(FINEST), np.nan)
    return Hooks(chosen, before, share, lonlat, leg, np.zeros(count, dtype=bool), np.full(count, "", dtype=object))


def _share(place: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64], share: float) -> float:
    """Return the share of a segment at its place nearest to a point, mended by the ellipsoid about the point.

    Over kilometres the projection moves a place along its segment by millimetres.
    """
    squeeze = 1 - GEOD.es * np.sin(np.radians(place[1])) ** 2
    scale = np.array([np.cos(np.radians(place[1])), (1 - GEOD.es) / squeeze])
    along, aim = (b - a) * scale, (place - a) * scale
    square = float(along @ along)
    better = float(np.clip(along @ aim / square, 0, 1)) if square else share
    return better if abs(better - share) < _MENDED else share
