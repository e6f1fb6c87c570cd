"""Which settlement a built-up area of the map belongs to.

The areas decide whether a river runs through a settlement or lies between it and its neighbour, so where the map does
not tell whose an area is, it is left out: the way is then measured from the settlement's point, and the river stays a
barrier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from schoolnet import schema, tables
from schoolnet.messages import Message
from schoolnet.sources.osm_tags import listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.ledger import Recorder

#: A residential area without a settlement in it belongs to the nearest one within this.
NEAR_M = 1_000.0


def of(
    areas: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    inside: pd.Index,
    recorder: Recorder,
) -> gpd.GeoDataFrame:
    """Return one row (`tables.BUILT_UP`) for each settlement with a built-up area: its areas, joined.

    - An area, place or residential, belongs to the settlement whose point lies in it (the border counts).
    - An area that holds the points of several settlements belongs to none of them: it cannot say where one ends and
      the other begins, and a river in it may well lie between them. A place drawn both as a point and as an area is
      one settlement.
    - A residential area that holds no point belongs to the settlement whose place area it lies in (by a point inside
      it), or else to the one whose point is nearest, within 1 km of its edge.
    - All else belongs to nobody and is dropped. What was left out is counted in the ledger.

    Parameters
    ----------
    areas
        `Extract.built_up`, those near the region.
    settlements
        Settlements of the whole extract: an area near the border may belong to one beyond it.
    inside
        Identifiers of the settlements of the region; areas of others are not returned.
    """
    if areas.empty:
        return schema.geoframe([], tables.BUILT_UP, [])
    shapes = _mended(areas, recorder)
    points = settlements.sort_index()
    is_place = areas["place"].notna().to_numpy()
    owner, several = _by_point(shapes, points)
    if several.any():
        why = Message("they hold the points of several settlements: left out, as whose they are is not known")
        _note(areas.index[several], why, recorder)
    asking = (owner == "") & ~several & ~is_place & ~shapely.is_empty(shapes)
    owner[asking] = _by_place(shapes[asking], shapes[is_place & (owner != "")], owner[is_place & (owner != "")])
    asking &= owner == ""
    owner[asking] = _by_nearest(shapes[asking], points)
    lonely = areas.index[(owner == "") & ~several & ~shapely.is_empty(shapes)]
    if len(lonely):
        _note(lonely, Message("no settlement lies in them, nor within 1 km: not used"), recorder)
    keys = sorted(set(owner.tolist()) & set(inside))
    rows = [{"settlement_id": key} for key in keys]
    return schema.geoframe(rows, tables.BUILT_UP, [shapely.union_all(shapes[owner == key]) for key in keys])


def _note(keys: pd.Index, why: Message, recorder: Recorder) -> None:
    what = Message("{count} areas: {keys}", count=len(keys), keys=listed(keys.to_list()))
    recorder.note("built_up", what, why)


def _mended(areas: gpd.GeoDataFrame, recorder: Recorder) -> NDArray[Any]:
    """Return the shapes, those that cross themselves mended to their polygons; empty where nothing is left."""
    shapes = areas.geometry.to_numpy().copy()
    for at in np.flatnonzero(~shapely.is_valid(shapes)):
        parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shapes[at])))
        shapes[at] = shapely.union_all(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
        gone = shapes[at].is_empty
        why = Message("crosses itself: left out") if gone else Message("crosses itself: mended")
        recorder.note("built_up", Message("outline"), why, row=str(areas.index[at]), column="geometry")
    return shapes


def _by_point(shapes: NDArray[Any], points: gpd.GeoDataFrame) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the settlement whose point alone lies in each area, and where several do."""
    area, point = shapely.STRtree(points.geometry.to_numpy()).query(shapes, predicate="intersects")
    held = np.bincount(area, minlength=len(shapes))
    owner = np.full(len(shapes), "", dtype=object)
    owner[area] = points.index.to_numpy(object)[point]
    owner[held > 1] = ""
    return owner, held > 1


def _by_place(shapes: NDArray[Any], places: NDArray[Any], owners: NDArray[Any]) -> NDArray[Any]:
    """Return the settlement in whose place area each shape lies; of several the first by its identifier."""
    shape, place = shapely.STRtree(places).query(shapely.point_on_surface(shapes), predicate="intersects")
    found = pd.Series(owners[place], dtype=object).groupby(shape).min()
    return found.reindex(range(len(shapes)), fill_value="").to_numpy(object)


def _by_nearest(shapes: NDArray[Any], points: gpd.GeoDataFrame) -> NDArray[Any]:
    """Return the settlement nearest to each shape; of equally near ones the first by its identifier."""
    if not len(shapes):
        return np.zeros(0, dtype=object)
    west, south, east, north = shapely.total_bounds(shapes)
    crs = f"+proj=laea +lat_0={(south + north) / 2:.4f} +lon_0={(west + east) / 2:.4f} +datum=WGS84 +units=m +no_defs"
    tree = shapely.STRtree(points.geometry.to_crs(crs).to_numpy())
    metric = gpd.GeoSeries(shapes, crs=points.crs).to_crs(crs).to_numpy()
    shape, point = tree.query_nearest(metric, max_distance=NEAR_M, all_matches=True)
    found = pd.Series(points.index.to_numpy(object)[point], dtype=object).groupby(shape).min()
    return found.reindex(range(len(shapes)), fill_value="").to_numpy(object)
