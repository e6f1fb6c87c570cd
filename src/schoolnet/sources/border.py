"""Schools over a region's border: which regions lie around, and which schools of theirs are near.

A school of another region may be a child's nearest. One abroad never is: only regions of the same country are around.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from schoolnet import schema, tables
from schoolnet.region import metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from schoolnet.region import Region
    from schoolnet.sources.osm import Extract
    from schoolnet.sources.outline import Area

_COUNTRY = re.compile("([A-Z]{2})-")
_HOME = "KZ"  # of an outline without an ISO 3166-2 code: a planner's own
_POLYGON = shapely.GeometryType.POLYGON


class Around(NamedTuple):
    """The regions around, and settlements and schools of theirs near the border; tables as in `tables`."""

    adjoining: gpd.GeoDataFrame
    beyond: gpd.GeoDataFrame
    neighbours: gpd.GeoDataFrame


def around(areas: Iterable[Area], area: Area, wide: Any, extract: Extract, margin_m: float) -> Around:
    """Return what lies around a region.

    Parameters
    ----------
    areas
        All regions that are known.
    area, wide
        The region itself, and its outline with the margin.
    extract
        The map, with the settlements and schools of all.
    margin_m
        How far over the border.
    """
    found = _adjoining(areas, area, wide)
    settlements, schools = (
        _near_in(layer, area.shape, found, margin_m).loc[:, [*table.columns, "geometry"]]
        for layer, table in ((extract.settlements, tables.BEYOND), (extract.schools, tables.NEIGHBOURS))
    )
    return Around(found, settlements[settlements["kato"].notna()], schools)


def _adjoining(areas: Iterable[Area], area: Area, wide: Any) -> gpd.GeoDataFrame:
    """Return what lies of other regions of the same country within a widened outline (`tables.ADJOINING`).

    The region itself is not one of those around, but a region that an own outline lies in is.
    """
    rows, shapes = [], []
    for one in areas:
        if one.area_id == area.area_id or _country(one.code) != _country(area.code):
            continue
        parts = shapely.get_parts(shapely.intersection(one.shape, wide))
        parts = parts[(shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)]
        if len(parts):
            names = {("name" if key == "name" else f"name_{key}"): name or None for key, name in one.names.items()}
            rows.append({"region_id": one.area_id, **names})
            shapes.append(shapely.MultiPolygon([*parts]))
    return schema.geoframe(rows, tables.ADJOINING, shapes).sort_index()


def near(places: gpd.GeoSeries, boundary: Any, margin_m: float) -> NDArray[np.bool_]:
    """Return which points lie outside an outline, at most so many metres from it."""
    shapely.prepare(boundary)
    points = shapely.get_coordinates(places.to_numpy())
    out = _beside(points, boundary, margin_m) & ~shapely.intersects_xy(boundary, points)
    crs = metric(boundary)
    outline = gpd.GeoSeries([boundary], crs=schema.EPSG_AT_REST).to_crs(crs).iloc[0]
    shapely.prepare(outline)
    out[out] = shapely.dwithin(outline, places[out].to_crs(crs).to_numpy(), margin_m)
    return np.asarray(out)


def _beside(points: NDArray[np.float64], boundary: Any, margin_m: float) -> NDArray[np.bool_]:
    """Return which points lie in the outline's box, widened: others may be anywhere, even where no metres are."""
    west, south, east, north = shapely.bounds(boundary)
    up = margin_m / 110_000 + 0.01
    aside = up / max(0.1, np.cos(np.radians(min(89.0, max(abs(south), abs(north)) + up))))
    lon, lat = points.T
    return (lon >= west - aside) & (lon <= east + aside) & (lat >= south - up) & (lat <= north + up)


def _region_of(places: gpd.GeoSeries, regions: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Return the region around that each point lies in, the first by id of several; missing where it lies in none."""
    area, point = shapely.STRtree(places.to_numpy()).query(regions.geometry.to_numpy(), predicate="intersects")
    found = pd.Series(regions.index.to_numpy(object)[area], index=places.index[point], dtype=object)
    return found.groupby(level=0).min().reindex(places.index)


def _near_in(layer: gpd.GeoDataFrame, boundary: Any, regions: gpd.GeoDataFrame, margin_m: float) -> gpd.GeoDataFrame:
    """Return the points of a layer in the regions around within so many metres of the border, with their region."""
    found = layer[near(layer.geometry, boundary, margin_m)] if len(regions) else layer.iloc[:0]
    found = found.assign(region_id=_region_of(found.geometry, regions).astype("str"))
    return found[found["region_id"].notna()]


def over(rows: pd.DataFrame, told: NDArray[np.bool_], region: Region, margin_m: float) -> pd.DataFrame:
    """Return, of the rows of a register that lie over the border within so many metres, `region_id` and `geometry`.

    Other rows are left out. A row without coordinates stands at the settlement of its KATO. Where no region around is
    known the coordinates decide alone, of rows that are `told` to be of another region; their region is missing.

    Parameters
    ----------
    rows
        With `lon`, `lat` and `kato`.
    told
        Rows that are of another region whatever their coordinates say.
    region, margin_m
        Where, and how far.
    """
    places = gpd.GeoSeries(gpd.points_from_xy(rows["lon"], rows["lat"]), index=rows.index, crs=schema.EPSG_AT_REST)
    has = (rows["lon"].notna() & rows["lat"].notna()).to_numpy()
    places = places[has & (told | (len(region.adjoining) > 0))]
    places = places[near(places, region.boundary, margin_m)]
    found = pd.DataFrame({"region_id": _region_of(places, region.adjoining), "geometry": places.to_numpy()})
    known = found["region_id"].notna() | region.adjoining.empty
    by_kato = region.beyond.sort_index().drop_duplicates("kato").set_index("kato")[["region_id", "geometry"]]
    bare = rows.loc[~has & rows["kato"].isin(by_kato.index).to_numpy(), "kato"]
    return pd.concat([found[known], pd.DataFrame(by_kato.loc[bare]).set_axis(bare.index)])


def _country(code: str) -> str:
    found = _COUNTRY.match(code)
    return found.group(1) if found else _HOME
