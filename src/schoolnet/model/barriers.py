"""Rivers and lakes between two points, and how the road path gets over them.

A water lies between A and B when the straight segment A-B crosses it. It is a barrier unless the road path gets over
it by a bridge, dam or tunnel (spec: a ford, a ferry, an ice road or no path means barrier). A river that the road path
never touches does not lie between: the segment cuts a bend, and both places are on the same bank. A lake that the road
goes round lies between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: Crossings that leave no barrier.
DRY_CROSSINGS = ("bridge", "dam", "tunnel")
#: Crossings from the best to the worst: of several between the same two points the worst counts.
_ORDER = (*DRY_CROSSINGS, "round", "unmarked", "ice_road", "ford", "ferry", "none")
#: A bridge crosses a water it ends this near to: a river drawn as a line may miss its bridge by half its width.
_REACH_M = 50.0


def whole(waters: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the waters with the pieces of each river or lake made one: those that touch and bear the same name.

    A river is drawn on the map as many lines, and often as an area too; its bridge may stand on any of them. The
    identifier and the names are those of the first piece.
    """
    if len(waters) < 2:  # noqa: PLR2004 - one piece is whole
        return waters
    shapes, names = waters.geometry.to_numpy(), waters["name"].fillna("").to_numpy(object)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    same = names[a] == names[b]
    links = csr_array((np.ones(same.sum(), np.int8), (a[same], b[same])), shape=(len(shapes),) * 2)
    part = connected_components(links, directed=False)[1]
    first = np.unique(part, return_index=True)[1]
    out = waters.iloc[first].copy()
    joined = [shapely.union_all(shapes[part == one]) for one in part[first]]
    return out.set_geometry(gpd.GeoSeries(joined, index=out.index, crs=waters.crs))


def waters_between(lines: NDArray[Any], waters: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return which straight lines cross which waters.

    Parameters
    ----------
    lines
        Straight segments, metric.
    waters
        Barrier layer, metric, each water whole; lines or polygons.

    Returns
    -------
    Rows of `line` (place in `lines`) and `water` (place in `waters`), in order.
    """
    tree = shapely.STRtree(waters.geometry.to_numpy())
    line, water = tree.query(lines, predicate="crosses")
    return pd.DataFrame({"line": line, "water": water}).sort_values(["line", "water"], ignore_index=True)


def crossing(steps: NDArray[Any], marks: NDArray[Any], water: Any) -> str:
    """Return how a road path gets over one water.

    Parameters
    ----------
    steps
        Segments of the path, metric; empty when there is no path.
    marks
        Crossing mark of the road behind each step ("" where it has none).
    water
        The water, metric.

    Returns
    -------
    A value of `tables.CROSSINGS`: the worst of those used; `unmarked` when the path crosses the water where the map
    shows no bridge; `round` when it does not touch the water; `none` when there is no path.
    """
    if not len(steps):
        return "none"
    near = (marks != "") & shapely.dwithin(steps, water, _REACH_M)
    used = set(marks[near].tolist())
    bare = steps[(marks == "") & shapely.intersects(steps, water)]
    if len(bare):
        at = shapely.intersection(bare, water)
        if not near.any() or (shapely.distance(at, shapely.union_all(steps[near])) > _REACH_M).any():
            used.add("unmarked")
    return worst(used) if used else "round"


def worst(crossings: Iterable[str]) -> str:
    """Return the crossing that decides among several."""
    return max(crossings, key=_ORDER.index)
