"""Part a region among its districts and settlements, so that every place in it belongs to one zone at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from schoolnet import schema

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from schoolnet.region import Region

_BEND_M = 5_000.0  # a straight line of the region's projection is bent to longitude and latitude in such steps


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
    """Return the zone of each settlement (WGS 84): the places of its district nearer to it than to any other there.

    The zones of a district's settlements part it among them. Settlements in no district part what the districts leave
    of the region. Of several settlements at one point the first by its identifier has the zone; the zones of the
    others, and of a settlement too far from its district, are empty. A district without settlements is in no zone.

    Parameters
    ----------
    districts
        The areas of the districts, apart from each other: `district_zones`.
    """
    homes = region.settlements.sort_index()
    zones = gpd.GeoSeries([shapely.Polygon()] * len(homes), index=homes.index, crs=schema.EPSG_AT_REST)
    wild = homes["district_id"].isna()
    for key, area in districts.items():
        _part(zones, homes[~wild & (homes["district_id"] == key)], area, region.crs)
    if wild.any():
        rest = shapely.difference(shapely.make_valid(region.boundary), shapely.union_all(districts.to_numpy()))
        _part(zones, homes[wild], polygonal(np.array([rest]))[0], region.crs)
    return zones.reindex(region.settlements.index)


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


def _part(zones: gpd.GeoSeries, homes: gpd.GeoDataFrame, area: Any, crs: pyproj.CRS) -> None:
    """Set the zones of the settlements of one area."""
    homes = homes[~homes.index.isin(twins(homes).index)]
    if homes.empty or area.is_empty:
        return
    if len(homes) == 1:
        zones[homes.index] = [area]
        return
    there = pyproj.Transformer.from_crs(schema.EPSG_AT_REST, crs, always_xy=True)
    points = shapely.transform(homes.geometry.to_numpy(), there.transform, interleaved=False)
    around = shapely.transform(shapely.segmentize(shapely.box(*area.bounds), 0.1), there.transform, interleaved=False)
    nearest = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=around, ordered=True))
    nearest = shapely.segmentize(shapely.intersection(nearest, shapely.envelope(around)), _BEND_M)
    back = pyproj.Transformer.from_crs(crs, schema.EPSG_AT_REST, always_xy=True)
    nearest = shapely.transform(nearest, back.transform, interleaved=False)
    shapely.prepare(area)
    crossed = ~shapely.contains_properly(area, nearest)
    nearest[crossed] = polygonal(shapely.intersection(area, nearest[crossed]))
    zones[homes.index] = nearest
