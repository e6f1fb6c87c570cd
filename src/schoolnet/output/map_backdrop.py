"""The backdrop of the map: outline and districts, main roads, rivers and lakes, simplified to fit the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from schoolnet.output import spelled, titles
from schoolnet.output.map_lines import parts

if TYPE_CHECKING:
    import geopandas as gpd

    from schoolnet.region import Region

#: Main roads, widest first; each group is one width on the map.
_ROADS = (("motorway", "trunk", "primary"), ("secondary",), ("tertiary",), ("unclassified",))
_ROAD_VERTICES, _WATER_VERTICES = 100_000, 80_000  # together under 2 MB of the file
_FINE, _COARSE = 0.0004, 0.001  # tolerances of the backdrop in degrees, about 40 and 100 m


def backdrop(region: Region, cited: set[Any]) -> dict[str, Any]:
    """Return outline, districts, main roads and waters of a region as the page draws them.

    Parameters
    ----------
    region
        The region.
    cited
        Waters that a finding names: never left out.
    """
    districts = region.districts
    outlines = shapely.coverage_simplify(districts.geometry.to_numpy(), _COARSE) if len(districts) else []
    return {
        "outline": parts(shapely.simplify(region.boundary, _COARSE)),
        "districts": [
            _place(row.Index, row) | {"names": titles.of_district(row), "parts": parts(outline)}
            for row, outline in zip(districts.itertuples(), outlines, strict=True)
        ],
        "roads": _roads(region.roads),
        "waters": _waters(region.waters, cited),
    }


def _roads(roads: gpd.GeoDataFrame) -> list[list[Any]]:
    """Return the main roads by width; the smallest classes are left out when the file would grow too large."""
    groups: list[list[Any]] = []
    left = _ROAD_VERTICES
    for classes in _ROADS:
        shapes = roads.geometry[roads["highway"].isin(classes)].to_numpy()
        lines = shapely.simplify(shapely.line_merge(shapely.union_all(shapes)), _FINE)
        left -= int(shapely.get_num_coordinates(lines))
        if left < 0:
            break
        groups.append(parts(lines))
    return groups


def _waters(waters: gpd.GeoDataFrame, cited: set[Any]) -> list[dict[str, Any]]:
    """Return rivers and lakes: those between a village and its school, then the largest, while they fit."""
    shapes = shapely.simplify(waters.geometry.to_numpy(), _FINE)
    named = waters.index.isin(cited)
    order = np.lexsort((-shapely.length(shapes), ~named))
    kept = order[(np.cumsum(shapely.get_num_coordinates(shapes[order])) <= _WATER_VERTICES) | named[order]]
    rows = waters.iloc[kept].itertuples()
    return [
        {"id": row.Index, "kind": row.kind, "names": spelled.names(row), "parts": parts(shapes[at])}
        for row, at in zip(rows, kept, strict=True)
    ]


def _place(key: str, row: Any) -> dict[str, Any]:
    point = row.geometry.representative_point()
    return spelled.clean({"id": key, "names": spelled.names(row), "at": [round(point.y, 5), round(point.x, 5)]})
