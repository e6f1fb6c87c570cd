"""Rivers and lakes between two points, and how the road path gets over them.

A water lies between A and B when the straight segment A-B crosses it. It is a barrier unless the road path gets over
it by a bridge, dam or tunnel (spec: a ford, a ferry, an ice road or no path means barrier).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

#: Crossings that leave no barrier.
DRY_CROSSINGS = ("bridge", "dam", "tunnel")
#: Crossings from the best to the worst; of several on one path over one water the worst counts.
_ORDER = ("bridge", "dam", "tunnel", "unmarked", "ice_road", "ford", "ferry")
#: A bridge crosses a water it ends this near to: a river drawn as a line may miss its bridge by half its width.
_REACH_M = 50.0


def waters_between(lines: NDArray[Any], waters: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return which straight lines cross which waters.

    Parameters
    ----------
    lines
        Straight segments, metric.
    waters
        Barrier layer, metric; lines or polygons.

    Returns
    -------
    Rows of `line` (place in `lines`) and `water` (place in `waters`), in order; the same water drawn as several
    pieces stands once for each piece.
    """
    tree = shapely.STRtree(waters.geometry.to_numpy())
    line, water = tree.query(lines, predicate="intersects")
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
    marked = marks != ""
    used = set(marks[marked][shapely.dwithin(steps[marked], water, _REACH_M)].tolist())
    bare = shapely.intersects(steps[~marked], water).any()
    if bare and not used:
        used.add("unmarked")
    return max(used, key=_ORDER.index) if used else "round"


def worst(crossings: NDArray[Any]) -> str:
    """Return the crossing that decides among those of several waters between the same two points."""
    order = (*DRY_CROSSINGS, "round", "unmarked", "ice_road", "ford", "ferry", "none")
    return max((str(one) for one in crossings), key=order.index)
