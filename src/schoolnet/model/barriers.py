"""Rivers and lakes between two places, and how the road gets over them.

A water lies between A and B when the straight segment A-B crosses it, outside their own built-up areas. It is a barrier
unless the road path gets over it by a bridge, dam or tunnel (a ford, a ferry, an ice road, a crossing the map does not
mark, or no path at all leave a barrier). Of a water that the road path never touches: a river crossed an even number of
times does not lie between (the segment cuts a bend, both places are on one bank); crossed an odd number of times it
does, and the road goes round its head, or over it where it runs underground: no barrier. A lake that the road goes
round lies between and is a barrier, unless option `lake_round` says no.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.region import Region

#: Crossings that leave no barrier.
DRY_CROSSINGS = ("bridge", "dam", "tunnel")
#: Crossings from the best to the worst: of several between the same two places the worst counts.
ORDER = (*DRY_CROSSINGS, "round", "unmarked", "ice_road", "ford", "ferry", "none")
#: A bridge reaches this far along the road beyond its ends, and a dam this far beside it: a river drawn as a line may
#: miss its bridge by half its width, and the shore of a reservoir does not touch the road on its dam.
REACH_M = 50.0
_M2_PER_HA = 10_000.0
_PIECE = 32  # vertices of a piece of water in the index: a long river is no longer than its piece to look at


@dataclass(frozen=True)
class Waters:
    """The barrier layer: each water whole (`table`, metric), and an index of its lines and shores in short pieces.

    `areas` holds the polygons of each water (empty where it is only a line); `of` is the water of each piece of the
    index, `shore` whether the piece is a shore.
    """

    table: gpd.GeoDataFrame
    shapes: NDArray[Any]
    areas: NDArray[Any]
    tree: shapely.STRtree
    of: NDArray[np.int64]
    shore: NDArray[np.bool_]

    def near(self, shapes: NDArray[Any], reach_m: float = 0.0) -> NDArray[np.int64]:
        """Return (shape, water, whether by its shore) of lines that meet a water, or come as near as `reach_m`."""
        how = {"predicate": "dwithin", "distance": reach_m} if reach_m else {"predicate": "intersects"}
        at, piece = self.tree.query(shapes, **how)
        return np.unique(np.column_stack([at, self.of[piece], self.shore[piece]]), axis=0)


def layer(region: Region, options: Options) -> gpd.GeoDataFrame:
    """Return the waters the options leave as possible barriers, metric, each whole."""
    table = region.waters.to_crs(region.crs)
    if options.canal_water == "no":
        table = table[table["kind"] != "canal"]
    if options.intermittent_water == "no":
        table = table[~table["intermittent"]]
    table = whole(table)
    shapes, lake = table.geometry.to_numpy(), (table["kind"] == "lake").to_numpy()
    small = lake & (shapely.area(shapes) < options.min_water_ha * _M2_PER_HA)
    return table[~(small | (~lake & (shapely.length(shapes) < options.min_river_km * 1000)))]


def waters(region: Region, norms: Norms, options: Options) -> Waters:
    """Return the waters that can be a barrier: what `layer` leaves, of the kinds the norm names.

    Source: Order 336 of 13.07.2021, annex 1, row 4 (rivers, lakes).
    """
    table = layer(region, options)
    return indexed(table[table["kind"].isin([*norms["transport.barriers"].value, "canal"])])


def indexed(table: gpd.GeoDataFrame) -> Waters:
    """Return whole waters with the index of their lines and shores."""
    shapes = table.geometry.to_numpy()
    parts, water = shapely.get_parts(shapes, return_index=True)
    shore = shapely.get_dimensions(parts) > 1
    lines, of = shapely.get_parts(np.where(shore, shapely.boundary(parts), parts), return_index=True)
    pieces, line = _pieces(lines)
    of = of[line]
    areas = np.full(len(shapes), shapely.Polygon(), dtype=object)
    for at in np.unique(water[shore]):
        areas[at] = shapely.MultiPolygon(list(parts[shore & (water == at)]))
    shapely.prepare(shapes)
    shapely.prepare(areas)
    return Waters(table, shapes, areas, shapely.STRtree(pieces), water[of], shore[of])


def _pieces(lines: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return lines cut into pieces of a few vertices, and the line of each piece."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    place = np.arange(len(xy)) - np.searchsorted(line, line)
    last = np.searchsorted(line, line, side="right")
    # each piece begins at the vertex the one before ends at
    starts = np.flatnonzero((place % (_PIECE - 1) == 0) & (np.arange(len(xy)) < last - 1))
    counts = np.minimum(starts + _PIECE, last[starts]) - starts
    at = np.arange(counts.sum()) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
    return shapely.linestrings(xy[at], indices=np.repeat(np.arange(len(starts)), counts)), line[starts]


def whole(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the waters with the pieces of each river or lake made one: those of a kind that touch and bear one name.

    A river is drawn on the map as many lines, and often as an area too; its bridge may stand on any of them. A piece
    of river without a name belongs to the named river that runs longest in it. The identifier and the names are those
    of the first named piece.
    """
    if len(table) < 2:  # noqa: PLR2004 - one piece is whole
        return table
    shapes, names = table.geometry.to_numpy(), table["name"].fillna("").to_numpy(object)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    kinds = table["kind"].to_numpy(object) if "kind" in table else np.full(len(table), "")
    names = _adopted(shapes, names, a, b, alike=kinds == "river")
    same = (names[a] == names[b]) & (kinds[a] == kinds[b])
    links = csr_array((np.ones(int(same.sum()), np.int8), (a[same], b[same])), shape=(len(shapes),) * 2)
    part = connected_components(links, directed=False)[1]
    order = np.argsort(table["name"].isna().to_numpy(), kind="stable")
    first = np.sort(order[np.unique(part[order], return_index=True)[1]])
    groups = pd.Series(np.arange(len(shapes))).groupby(part).indices
    joined = [
        shapely.union_all(shapes[groups[one]]) if len(groups[one]) > 1 else shapes[at]
        for at, one in zip(first, part[first], strict=True)
    ]
    return table.iloc[first].copy().set_geometry(gpd.GeoSeries(joined, index=table.index[first], crs=table.crs))


def _adopted(
    shapes: NDArray[Any], names: NDArray[Any], a: NDArray[np.int64], b: NDArray[np.int64], *, alike: NDArray[np.bool_]
) -> NDArray[Any]:
    """Return the names, a river's nameless area given the name of the river that runs longest in it."""
    asked = (names[a] == "") & (names[b] != "") & alike[a] & alike[b]
    if not asked.any():
        return names
    a, b = a[asked], b[asked]
    run = pd.DataFrame({"a": a, "name": names[b], "m": shapely.length(shapely.intersection(shapes[a], shapes[b]))})
    run = run[run["m"] > 0].groupby(["a", "name"], as_index=False)["m"].sum()
    best = run.sort_values(["m", "name"], ascending=[False, True]).drop_duplicates("a")
    names = names.copy()
    names[best["a"]] = best["name"]
    return names


def between(lines: NDArray[Any], waters: Waters) -> pd.DataFrame:
    """Return which straight lines cross which waters: rows of `line` and `water`, places in what was given, in order.

    Parameters
    ----------
    lines
        Straight segments, metric; or what is left of them outside the built-up areas of their two ends.
    waters
        The barrier layer.
    """
    pairs = np.unique(waters.near(lines)[:, :2], axis=0)
    pairs = pairs[shapely.crosses(waters.shapes[pairs[:, 1]], lines[pairs[:, 0]])]
    return pd.DataFrame({"line": pairs[:, 0], "water": pairs[:, 1]})


def crossings(shapes: NDArray[Any], marks: NDArray[Any], ends: NDArray[np.int64], waters: Waters) -> pd.DataFrame:
    """Return how each edge of the road graph gets over the waters it meets: rows of `edge`, `water`, `crossing`.

    Parameters
    ----------
    shapes
        Course of each edge, metric.
    marks
        Crossing mark of the road of each ("" where it has none).
    ends
        Node at the start and at the end of each edge, (n, 2).
    waters
        The barrier layer.

    An edge without a mark takes the mark of a bridge, dam, tunnel or ford it adjoins, within `REACH_M` of the place
    where they join; elsewhere it crosses `unmarked`. An edge on a dam crosses the water beside it, too.
    """
    met = waters.near(shapes)
    # a road along the shore that shares its vertices touches the area, and does not cross it
    ashore = (met[:, 2] == 1) & shapely.touches(waters.areas[met[:, 1]], shapes[met[:, 0]])
    on_dam = np.flatnonzero(marks == "dam")
    beside = waters.near(shapes[on_dam], REACH_M)
    beside[:, 0] = on_dam[beside[:, 0]]
    met = np.unique(np.concatenate([met[~ashore, :2], beside[:, :2], begun_in_water(shapes, waters)]), axis=0)
    crossing = marks[met[:, 0]].astype(object)
    bare = np.flatnonzero(crossing == "")
    crossing[bare] = _adjoining(met[bare], shapes, marks, ends, waters)
    return pd.DataFrame({"edge": met[:, 0], "water": met[:, 1], "crossing": crossing})


def begun_in_water(shapes: NDArray[Any], waters: Waters) -> NDArray[np.int64]:
    """Return (line, water) of lines that begin in an area of water: of one that meets no shore, all lies in it."""
    starts = shapely.get_point(shapes, 0)
    edge, water = shapely.STRtree(waters.areas).query(starts)
    inside = shapely.contains_properly(waters.areas[water], starts[edge])
    return np.column_stack([edge[inside], water[inside]])


def _adjoining(
    met: NDArray[np.int64], shapes: NDArray[Any], marks: NDArray[Any], ends: NDArray[np.int64], waters: Waters
) -> NDArray[Any]:
    """Return the mark of crossings that bear none: of the bridge they adjoin, else `unmarked`; the worst counts."""
    parts = shapely.intersection(shapes[met[:, 0]], waters.shapes[met[:, 1]])
    at, which = shapely.get_parts(parts, return_index=True)
    marked = np.flatnonzero(marks != "")
    ranks = pd.Series([ORDER.index(mark) for mark in np.repeat(marks[marked], 2)], dtype=float)
    ranks = ranks.groupby(ends[marked].ravel()).min()
    best = np.full(len(at), np.inf)
    for side in (0, 1):
        edge = met[which, 0]
        # from the far end of what is wet: a causeway that begins at a bridge is not the bridge
        reached = shapely.hausdorff_distance(at, shapely.get_point(shapes[edge], -side)) <= REACH_M
        rank = ranks.reindex(ends[edge, side]).to_numpy()
        best = np.fmin(best, np.where(reached, rank, np.inf))
    bare = ORDER.index("unmarked")
    worst = (
        pd.Series(np.where(np.isfinite(best), best, bare))
        .groupby(which)
        .max()
        .reindex(range(len(met)), fill_value=bare)
    )
    return np.array(ORDER, dtype=object)[worst.to_numpy(int)]


def odd(lines: NDArray[Any], waters: NDArray[Any]) -> NDArray[np.bool_]:
    """Return whether each line crosses its water an odd number of times: its ends are on different banks."""
    return np.asarray(shapely.get_num_geometries(shapely.intersection(lines, waters)) % 2 == 1)


def verdicts(
    found: pd.DataFrame, used: pd.DataFrame, has_path: NDArray[np.bool_], waters: Waters, *, lake_round: bool
) -> pd.DataFrame:
    """Return what each water between two places is: rows of `line`, `water`, `crossing`, `barrier`.

    Parameters
    ----------
    found
        From `between`; with `odd` (see `odd`) and `afloat` (the water holds one of the two places), both no if absent.
    used
        Crossings on the road path of each line: `line`, `water`, `crossing`.
    has_path
        Whether a road path joins the two ends, for each line.
    waters
        The barrier layer.
    lake_round
        Whether a lake that the road goes round lies between.

    What does not lie between is left out. `crossing` is the worst used, `round` or `none`.
    """
    rank = used["crossing"].map({name: at for at, name in enumerate(ORDER)}).astype(float)
    worst = rank.groupby([used["line"], used["water"]]).max()
    got = worst.reindex(pd.MultiIndex.from_frame(found[["line", "water"]])).to_numpy()
    path = has_path[found["line"]]
    got = np.where(path, np.where(np.isnan(got), ORDER.index("round"), got), ORDER.index("none")).astype(int)
    crossing = np.array(ORDER, dtype=object)[got]
    lake = (waters.table["kind"].to_numpy(object) == "lake")[found["water"]]
    by_road = crossing == "round"
    lies = np.where(lake, lake_round, found.get("odd", False)) & ~np.asarray(found.get("afloat", False))
    barrier = np.where(by_road, lake, ~np.isin(crossing.astype(str), DRY_CROSSINGS))
    out = found[["line", "water"]].assign(crossing=crossing, barrier=barrier.astype(bool))
    return out[~by_road | lies].reset_index(drop=True)


def decided(rows: pd.DataFrame, count: int, waters: Waters) -> pd.DataFrame:
    """Return water_id, crossing, between and barrier of each of `count` lines: of the water that decides, if any.

    Of several waters one that is a barrier decides before one that is not, then the worst crossing, then the first.
    """
    rank = rows["crossing"].map({name: at for at, name in enumerate(ORDER)})
    order = rows.assign(open=~rows["barrier"], rank=-rank).sort_values(["line", "open", "rank", "water"], kind="stable")
    one = order.drop_duplicates("line")
    at = one["line"].to_numpy()
    water, crossing = np.full(count, None, object), np.full(count, "", object)
    between, barrier = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    water[at], crossing[at] = waters.table.index.to_numpy(object)[one["water"]], one["crossing"]
    between[at], barrier[at] = True, one["barrier"]
    out = {"water_id": water, "crossing": crossing, "between": between, "barrier": barrier}
    return pd.DataFrame(out).astype({"water_id": "str", "crossing": "str"})
