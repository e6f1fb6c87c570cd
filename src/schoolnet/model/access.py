"""Metres by road from every settlement to the nearest school of each band, in either season, and what lies between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from schoolnet import results, schema, tables
from schoolnet.model import barriers
from schoolnet.model.bridges import with_bridges
from schoolnet.model.roads import WAYS
from schoolnet.model.search import Tree, nearest, route
from schoolnet.model.snapping import DECIMALS, GEOD

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from schoolnet.model.ground import Ground
    from schoolnet.model.roads import Network, Roads
    from schoolnet.options import Options
    from schoolnet.region import Region

_PROPOSED = 8  # schools proposed for the nearest in a straight line


class Access(NamedTuple):
    """The way to school (`results.ACCESS`), and all waters between (`results.WATERS_BETWEEN`)."""

    ways: pd.DataFrame
    waters: pd.DataFrame


def access(region: Region, roads: Roads, ground: Ground, options: Options) -> Access:
    """Return the nearest school that teaches each band, for every settlement, dry and in flood.

    `road_m` counts both snap legs. Where no road path exists the nearest school in a straight line is taken,
    `road_m` is the straight line times `options.straight_factor`, in flood at least the metres of the dry season, and
    the row is marked `approx`. Where distances are straight (option `distance_basis`) the school is the one nearest so.
    The bus has a nearest school of its own: one-way streets and closed paths may send it
    elsewhere. A school over the border is one of them (see `teaching`).

    | settlement | band | season | here | school | road_m | straight_m | approx | water | crossing | between | barrier |
    |---|---|---|---|---|---|---|---|---|---|---|---|
    | A | 5-9 | dry | no | S1 | 7200 | 1900 | no | Esil | bridge | yes | no |
    | B | 5-9 | dry | no | S1 | 4160 | 3200 | yes | | | no | no |
    | C | 5-9 | dry | yes | S2 | 0 | 0 | no | | | no | no |
    """
    parts = [_season(region, roads, ground, options, season) for season in tables.SEASONS]
    ways = pd.concat([part.ways for part in parts], ignore_index=True)
    order = {"band": tables.BANDS.index, "season": tables.SEASONS.index}
    ways = ways.sort_values(
        ["settlement_id", "band", "season"],
        key=lambda cells: cells.map(order[cells.name]) if cells.name in order else cells,
        ignore_index=True,
    )
    both = ways.groupby(["settlement_id", "band"])  # dry, then flood
    ways[["road_m", "walk_min"]] = both[["road_m", "walk_min"]].cummax()
    ways["divided_by"] = _divided(ways, region, ground)
    waters = with_bridges(pd.concat([part.waters for part in parts], ignore_index=True), region, roads, ground, options)
    ways = ways[[*results.ACCESS.columns]]
    schema.check(ways, results.ACCESS)
    schema.check(waters, results.WATERS_BETWEEN)
    return Access(ways, waters)


def in_season(frame: pd.DataFrame, season: str) -> pd.DataFrame:
    """Return the rows of one season of a table that has both."""
    return frame[frame["season"] == season].drop(columns="season").reset_index(drop=True)


def teaching(region: Region, band: str, options: Options) -> pd.Series[bool]:
    """Return which schools teach a band by day, those over the border too where option `border_schools` counts them.

    A school of unknown level teaches what `options.unknown_level` says.
    """
    schools = region.all_schools if options.border_schools == "yes" else region.schools
    rank = schools["level"].fillna(options.unknown_level).map({level: at for at, level in enumerate(tables.LEVELS)})
    day = schools["kind"].fillna("day") != "evening"
    counted = (schools["ownership"].fillna("state") == "state") | (options.private_schools == "yes")
    return (rank >= tables.BANDS.index(band)) & day & counted


def _season(region: Region, roads: Roads, ground: Ground, options: Options, season: str) -> Access:
    nets = {way: roads.network(way, season) for way in WAYS}
    minutes = roads.edges.minutes[:, tables.SEASONS.index(season)]
    ways, waters = [], []
    for band in tables.BANDS:
        taught = teaching(region, band, options)
        schools = region.all_schools.loc[taught.index[taught]]
        rows, found = _band(region, roads, ground, options, (schools, nets))
        rows = rows.join(_bus(roads, nets["drive"], schools, minutes))
        ways.append(rows.assign(band=band, season=season))
        waters.append(found.assign(season=season))
    found = pd.concat(waters, ignore_index=True).drop_duplicates(["settlement_id", "school_id", "water_id"])
    return Access(pd.concat(ways, ignore_index=True), found)


def _band(
    region: Region,
    roads: Roads,
    ground: Ground,
    options: Options,
    among: tuple[gpd.GeoDataFrame, dict[str, Network]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the nearest of some schools for every settlement, and the waters between."""
    schools, nets = among
    homes, home_node = region.settlements, roads.nodes("settlement")[region.settlements.index].to_numpy()
    net = nets[options.way]
    search = nearest(net, roads.nodes("school")[schools.index].to_numpy())
    metres, source = search.reach(home_node)
    by_tree = _school_at(source, schools, roads)
    school = _straight_instead(by_tree, metres, homes, schools, region, everywhere=options.distance_basis == "straight")
    other = np.flatnonzero(pd.notna(by_tree) & (school != by_tree))
    legs = [_leg(net, int(home_node[at]), int(roads.nodes("school")[school[at]])) for at in other]
    metres[other] = [metre for metre, _ in legs]
    approx = ~np.isfinite(metres) & pd.notna(school)
    straight = _geodesic(homes, schools, school)
    by_road = np.where(approx, straight * options.straight_factor, metres)
    road_m = np.where(np.isfinite(by_road), by_road, np.nan).round(DECIMALS)
    out = pd.DataFrame(
        {
            "settlement_id": pd.array(homes.index, dtype="str"),
            "here": homes.index.isin(schools["settlement_id"].dropna()),
            "school_id": pd.array(school, dtype="str"),
            "road_m": road_m,
            "walk_min": road_m * 60 / 1000 / options.walk_kmh,
            "straight_m": np.round(straight, DECIMALS),
            "approx": approx,
        }
    )
    asked = np.flatnonzero(out["school_id"].notna())
    on_tree = np.where(approx | np.isin(np.arange(len(out)), other), -1, home_node)[asked]
    met = _also(Tree(net, search.before).met(on_tree, ground.crossed), np.searchsorted(asked, other), legs, ground)
    between = ground.between(asked, region.all_schools.index.get_indexer(out["school_id"].iloc[asked]))
    found = ground.verdicts(between, met, ~approx[asked])
    decided = barriers.decided(found, len(asked), ground.waters).set_axis(asked).reindex(range(len(out)))
    decided = decided.fillna({"crossing": "", "between": False, "barrier": False})
    decided = decided.astype({"between": bool, "barrier": bool})
    return out.join(decided), ground.named(out.iloc[asked][["settlement_id", "school_id"]], found)


def _leg(net: Network, home: int, school: int) -> tuple[float, list[int]]:
    return route(net, home, school) if school >= 0 else (np.inf, [])


def _also(
    met: pd.DataFrame, lines: NDArray[np.int64], legs: list[tuple[float, list[int]]], ground: Ground
) -> pd.DataFrame:
    """Return edges met on ways of a tree with those of ways that are not on it."""
    more = [
        (line, edge) for line, (_, edges) in zip(lines, legs, strict=True) for edge in edges if ground.crossed[edge]
    ]
    return pd.concat([met, pd.DataFrame(more, columns=["line", "edge"], dtype=np.int64)], ignore_index=True)


def _bus(roads: Roads, net: Network, schools: gpd.GeoDataFrame, minutes: NDArray[np.float64]) -> pd.DataFrame:
    """Return the nearest of some schools by bus for every settlement."""
    search = nearest(net, roads.nodes("school")[schools.index].to_numpy())
    homes = roads.nodes("settlement").to_numpy()
    metres, source = search.reach(homes)
    took = np.append(Tree(net, search.before).summed(minutes), np.nan)[homes]  # -1, off every road, is the last
    reached = np.isfinite(metres)
    return pd.DataFrame(
        {
            "bus_school_id": pd.array(_school_at(source, schools, roads), dtype="str"),
            "bus_m": np.where(reached, metres, np.nan).round(DECIMALS),
            "bus_min": np.where(reached, took, np.nan),
        }
    )


def _school_at(node: NDArray[np.int64], schools: gpd.GeoDataFrame, roads: Roads) -> NDArray[Any]:
    """Return the school at each node, None where the node is -1."""
    own = roads.nodes("school")[schools.index]
    by_node = pd.Series(own.index, index=own.to_numpy())
    school = pd.Series(node).map(by_node[by_node.index >= 0]).to_numpy(object, copy=True)
    school[node < 0] = None
    return school


def _divided(ways: pd.DataFrame, region: Region, ground: Ground) -> pd.Series[str]:
    """Return the river that parts a settlement: runs through its built-up area, or bars the way to its own school."""
    own = ways["school_id"].map(region.all_schools["settlement_id"]) == ways["settlement_id"]
    river = ways["water_id"].map(ground.waters.table["kind"]) != "lake"
    barred = ways[own & river & ways["barrier"]].drop_duplicates("settlement_id").set_index("settlement_id")["water_id"]
    return ways["settlement_id"].map(barred.to_dict() | ground.divided).astype("str")


def _straight_instead(
    school: NDArray[Any], metres: NDArray[np.float64], homes: Any, schools: Any, region: Region, *, everywhere: bool
) -> NDArray[Any]:
    """Return the school of each settlement: the nearest in a straight line where no road leads to one, or for all."""
    asked = ~np.isfinite(metres) | everywhere
    out = school.copy()
    if len(schools) and asked.any():
        out[asked] = _nearest_straight(homes[asked], schools.sort_index(), region)
    return out


def _nearest_straight(homes: Any, schools: Any, region: Region) -> NDArray[Any]:
    """Return the school nearest by the geodesic, of equally near ones the first: the projection only proposes some."""
    tree = cKDTree(shapely.get_coordinates(schools.geometry.to_crs(region.crs).to_numpy()))
    places = shapely.get_coordinates(homes.geometry.to_crs(region.crs).to_numpy())
    at = np.sort(tree.query(places, k=list(range(1, min(_PROPOSED, len(schools)) + 1)))[1], axis=1)
    a = np.repeat(shapely.get_coordinates(homes.geometry.to_numpy()), at.shape[1], axis=0)
    b = shapely.get_coordinates(schools.geometry.to_numpy())[at.ravel()]
    metres = np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]).round(DECIMALS).reshape(at.shape)
    best = metres.argmin(axis=1)
    return schools.index.to_numpy()[at[np.arange(len(at)), best]]


def _geodesic(homes: Any, schools: Any, school: NDArray[Any]) -> NDArray[np.float64]:
    straight = np.full(len(homes), np.nan)
    has = pd.notna(school)
    a = shapely.get_coordinates(homes.geometry.to_numpy()[has])
    b = shapely.get_coordinates(schools.geometry.loc[school[has]].to_numpy())
    straight[has] = GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]
    return straight
