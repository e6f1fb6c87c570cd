"""Cut towns into cells, squares or hexagons, that their people are counted in: one point is too coarse for a city."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from schoolnet import people, schema
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message
from schoolnet.sources.zones import areas as settlement_areas

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region

_MOST_CELLS = 500_000  # tried in one town


def cells(region: Region, options: Options, zones: gpd.GeoSeries, districts: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Return the cells (`people.CELLS`) of the region's urban settlements.

    Squares have the side `cell_m` in the region's projection and stand on one grid for all towns, so that an
    identifier stays the same from year to year; hexagons are H3's of `h3_resolution`. A cell is whole, and there where
    it shares an area with the town's: its built-up area, or, where that is not on the map, its disc as far as its zone
    goes (`zones.areas`). A cell that two towns share belongs to the one that holds more of it.

    Parameters
    ----------
    zones, districts
        As `zones.settlement_zones` and `zones.district_zones` part the region.

    Raises
    ------
    OptionError
        A town would be cut into too many cells.
    """
    towns = region.settlements.index[~region.settlements["is_rural"]].sort_values()
    if options.cells == "none" or not len(towns):
        return schema.geoframe([], people.CELLS, [])
    there = pyproj.Transformer.from_crs(schema.EPSG_AT_REST, region.crs, always_xy=True)
    found = []
    for town, area in zip(towns, _areas(region, towns, zones, there), strict=True):
        cut = _hexagons(area, options, there) if options.cells == "h3" else _squares(area, options)
        if cut is None:
            raise OptionError(_too_many(region, town, area))
        keys, shapes = cut
        shared = _shared(area, shapes)
        found.append(pd.DataFrame({"cell_id": keys, "settlement_id": town, "shared": shared, "shape": shapes}))
    every = pd.concat(found)
    every = every[every["shared"] > 0].sort_values(
        ["cell_id", "shared", "settlement_id"], ascending=[True, False, True]
    )
    every = every.drop_duplicates("cell_id")
    back = pyproj.Transformer.from_crs(region.crs, schema.EPSG_AT_REST, always_xy=True)
    shapes = shapely.transform(every["shape"].to_numpy(), back.transform, interleaved=False)
    every["district_id"] = _district(shapely.centroid(shapes), districts)
    return schema.geoframe(every.drop(columns=["shape", "shared"]).to_dict("records"), people.CELLS, shapes)


def _areas(region: Region, towns: pd.Index, zones: gpd.GeoSeries, there: pyproj.Transformer) -> list[Any]:
    """Return the area of each town in the region's projection; one that is not on the map ends with its zone."""
    drawn = set(region.built_up["settlement_id"])
    areas = settlement_areas(region)[towns]
    around = shapely.transform(zones[towns].to_numpy(), there.transform, interleaved=False)
    return [
        area if town in drawn else shapely.intersection(area, shapely.make_valid(zone))
        for town, area, zone in zip(towns, areas, around, strict=True)
    ]


def _squares(area: Any, options: Options) -> tuple[list[str], NDArray[Any]] | None:
    """Return names and shapes of the squares around an area, or None where there are too many."""
    side = options.cell_m
    if area.is_empty:
        return [], np.zeros(0, dtype=object)
    west, south, east, north = (math.floor(one / side) for one in area.bounds)
    if (east - west + 1) * (north - south + 1) > _MOST_CELLS:
        return None
    x, y = (one.ravel() for one in np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1)))
    keys = [f"s{side:g}:{column}:{row}" for column, row in zip(x.tolist(), y.tolist(), strict=True)]
    return keys, shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side)


def _hexagons(area: Any, options: Options, there: pyproj.Transformer) -> tuple[list[str], NDArray[Any]] | None:
    """Return names and shapes of the hexagons around an area, or None where there are too many."""
    import h3

    level = options.h3_resolution
    if area.is_empty:
        return [], np.zeros(0, dtype=object)
    around = shapely.buffer(area, 2 * h3.average_hexagon_edge_length(level, unit="m"), quad_segs=2)
    if shapely.area(around) / h3.average_hexagon_area(level, unit="m^2") > _MOST_CELLS:
        return None
    lonlat = shapely.transform(around, lambda x, y: there.transform(x, y, direction="INVERSE"), interleaved=False)
    keys = sorted(h3.geo_to_cells(lonlat, level))
    corners = [[place[::-1] for place in h3.cell_to_boundary(key)] for key in keys]
    shapes = shapely.transform(np.array([*map(shapely.Polygon, corners)]), there.transform, interleaved=False)
    return keys, shapes


def _shared(area: Any, shapes: NDArray[Any]) -> NDArray[np.float64]:
    """Return the square metres that each shape shares with an area."""
    shapely.prepare(area)
    shared = np.where(shapely.contains(area, shapes), shapely.area(shapes), 0.0)
    crossed = shapely.intersects(area, shapes) & (shared == 0)
    shared[crossed] = shapely.area(shapely.intersection(area, shapes[crossed]))
    return shared


def _district(centres: NDArray[Any], districts: gpd.GeoSeries) -> NDArray[Any]:
    """Return the district each point lies in, the first by its identifier on a border; None outside of all."""
    point, at = shapely.STRtree(districts.to_numpy()).query(centres, predicate="intersects")
    found = pd.DataFrame({"point": point, "district_id": districts.index.to_numpy(object)[at]})
    first = found.sort_values(["point", "district_id"]).drop_duplicates("point").set_index("point")["district_id"]
    return first.reindex(range(len(centres))).to_numpy(object)


def _too_many(region: Region, town: str, area: Any) -> Fault:
    name, km2 = region.settlements.loc[town, "name"], f"{shapely.area(area) / 1e6:,.0f}"
    problem = Message("{town} ({km2} km²) would be cut into too many cells.", town=name, km2=km2)
    remedy = Message("Choose a larger `cell_m` or a smaller `h3_resolution`, or correct its built-up area.")
    return Fault(problem, remedy)
