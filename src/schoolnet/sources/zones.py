"""Part a region among its districts and settlements, so that every place in it belongs to one zone at most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from schoolnet import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.region import Region

#: A settlement whose area is not on the map is a disc with so many people to a square kilometre: an assumption of the
#: model, on the low side for towns of Kazakhstan.
PEOPLE_PER_KM2 = 2_000.0
#: The disc of a town whose inhabitants are not known; a village of unknown size is its point.
UNKNOWN_TOWN_M = 1_000.0
_BEND_M = 5_000.0  # a straight line of the region's projection is bent to longitude and latitude in such steps
_SITE_M = 500.0  # an area draws its surroundings to itself from places so far apart, or from some thousands of them
_MOST_SITES = 5_000


def district_zones(region: Region) -> gpd.GeoSeries:
    """Return the area of each district (WGS 84); where two overlap, the first by its identifier keeps what both hold.

    So a settlement on the border of two districts lies in the first one, as in `territory.cut`.
    """
    districts = region.districts.geometry.sort_index()
    shapes = polygonal(districts.to_numpy())
    for first, second in _overlapping(shapes):
        shapes[second] = polygonal(shapely.difference(shapes[[second]], shapes[first]))[0]
    return gpd.GeoSeries(shapes, index=districts.index, crs=schema.EPSG_AT_REST)


def settlement_zones(region: Region, districts: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return the zone of each settlement (WGS 84): the places of its district nearer to its area than to any other's.

    The zones of a district's settlements part it among them. The area counts, not the point, as half of a city lies
    nearer to the point of some village at its edge: see `areas`. Settlements in no district part what the districts
    leave of the region. Of several settlements at one point the first by its identifier has the zone; the zones of the
    others, and of a settlement too far from its district, are empty. A district without settlements is in no zone.

    Parameters
    ----------
    districts
        The areas of the districts, apart from each other: `district_zones`.
    """
    homes = region.settlements.sort_index()
    zones = gpd.GeoSeries([shapely.Polygon()] * len(homes), index=homes.index, crs=schema.EPSG_AT_REST)
    sites = _sites(homes, areas(region).reindex(homes.index))
    wild = homes["district_id"].isna()
    for key, area in districts.items():
        _part(zones, sites[sites["district_id"] == key], area, region.crs)
    if wild.any():
        rest = shapely.difference(shapely.make_valid(region.boundary), shapely.union_all(districts.to_numpy()))
        _part(zones, sites[sites["district_id"].isna()], polygonal(np.array([rest]))[0], region.crs)
    return zones.reindex(region.settlements.index)


def areas(region: Region) -> gpd.GeoSeries:
    """Return the area of each settlement in the region's projection, metres.

    It is the built-up area of the map; where that is not there, a disc of `PEOPLE_PER_KM2`. A village of unknown size
    has an empty one, and so has one whose disc would be smaller than a house.
    """
    homes = region.settlements
    unknown = np.where(homes["is_rural"], 0.0, UNKNOWN_TOWN_M)
    radius_m = np.sqrt(homes["population"].astype("float64") / PEOPLE_PER_KM2 / math.pi) * 1_000
    discs = homes.geometry.to_crs(region.crs).buffer(radius_m.where(radius_m.notna(), unknown))
    if len(region.built_up):
        drawn = region.built_up.to_crs(region.crs).dissolve("settlement_id").geometry
        discs[drawn.index] = polygonal(drawn.to_numpy())
    return discs


def twins(settlements: gpd.GeoDataFrame) -> pd.Series[str]:
    """Return, for each settlement that stands where another of its district does, the first by its identifier."""
    homes = settlements.sort_index()
    keys = [homes["district_id"].fillna("").to_numpy(), homes.geometry.x.to_numpy(), homes.geometry.y.to_numpy()]
    first = homes.index.to_series().groupby(keys, sort=False).transform("first")
    return first[first != homes.index]


def polygonal(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return shapes that do not cross themselves, of their areas only: lines and points are dropped."""
    valid = shapely.make_valid(shapes)
    for at in np.flatnonzero(shapely.get_type_id(valid) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = shapely.get_parts(shapely.get_parts(valid[at]))
        valid[at] = shapely.union_all(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    valid[shapely.get_dimensions(valid) < 2] = shapely.Polygon()  # noqa: PLR2004 - an area has two dimensions
    return valid


def _overlapping(shapes: NDArray[Any]) -> list[tuple[int, int]]:
    """Return pairs of shapes that share an area, the first in order first."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.relate_pattern(shapes[one], shapes[other], "2********")
    return sorted(zip(one[shared].tolist(), other[shared].tolist(), strict=True))


def _sites(homes: gpd.GeoDataFrame, areas: gpd.GeoSeries) -> pd.DataFrame:
    """Return the places that draw their surroundings to a settlement: its point, and a grid of points in its area.

    A point in the areas of several belongs to the one to whose middle it is nearest, measured in radii: so a village
    at the edge of a city keeps its own surroundings and no more.
    """
    homes = homes[~homes.index.isin(twins(homes).index)]
    points = shapely.get_coordinates(homes.geometry.to_crs(areas.crs).to_numpy())
    found = [pd.DataFrame({"settlement_id": homes.index, "x": points[:, 0], "y": points[:, 1], "far": -1.0})]
    for key, (x, y), area in zip(homes.index, points, areas[homes.index], strict=True):
        size = shapely.area(area)
        step = max(_SITE_M, math.sqrt(size / _MOST_SITES))
        if size > step**2:
            grid = _grid(area, step)
            far = np.hypot(grid[:, 0] - x, grid[:, 1] - y) / math.sqrt(size / math.pi)
            found.append(pd.DataFrame({"settlement_id": key, "x": grid[:, 0], "y": grid[:, 1], "far": far}))
    every = pd.concat(found).join(homes["district_id"], on="settlement_id")
    return every.sort_values(["x", "y", "far", "settlement_id"]).drop_duplicates(["x", "y", "district_id"])


def _grid(area: Any, step: float) -> NDArray[np.float64]:
    """Return the places in an area whose coordinates are whole steps."""
    west, south, east, north = (one / step for one in area.bounds)
    x, y = np.meshgrid(np.arange(math.ceil(west), east), np.arange(math.ceil(south), north))
    places = np.column_stack([x.ravel(), y.ravel()]) * step
    return places[shapely.contains_xy(area, places)]


def _part(zones: gpd.GeoSeries, sites: pd.DataFrame, area: Any, crs: pyproj.CRS) -> None:
    """Set the zones of the settlements of one area."""
    if sites.empty or area.is_empty:
        return
    first = sites["settlement_id"].iloc[0]
    if (sites["settlement_id"] == first).all():
        zones[first] = area
        return
    there = pyproj.Transformer.from_crs(schema.EPSG_AT_REST, crs, always_xy=True)
    around = shapely.transform(shapely.segmentize(shapely.box(*area.bounds), 0.1), there.transform, interleaved=False)
    around = shapely.envelope(shapely.buffer(around, _BEND_M))
    points = shapely.MultiPoint(sites[["x", "y"]].to_numpy())
    nearest = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=around, ordered=True))
    nearest = gpd.GeoSeries(nearest, index=sites["settlement_id"]).groupby(level=0).agg(shapely.union_all)
    shapes = shapely.intersection(nearest.to_numpy(), around)
    back = pyproj.Transformer.from_crs(crs, schema.EPSG_AT_REST, always_xy=True)
    shapes = shapely.transform(shapely.segmentize(shapes, _BEND_M), back.transform, interleaved=False)
    shapely.prepare(area)
    crossed = ~shapely.contains_properly(area, shapes)
    shapes[crossed] = polygonal(shapely.intersection(area, shapes[crossed]))
    zones[nearest.index] = shapes
