"""The nearest bridge over a water that separates, and the way round by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schoolnet import results, schema, tables
from schoolnet.model import barriers
from schoolnet.model.search import route
from schoolnet.model.snapping import DECIMALS, GEOD

if TYPE_CHECKING:
    import pandas as pd

    from schoolnet.model.ground import Ground
    from schoolnet.model.roads import Roads
    from schoolnet.options import Options
    from schoolnet.region import Region

#: A way round is looked for up to the first, then up to the second; a longer one is none.
_LIMITS_M = (60_000.0, 300_000.0)
_FOUND = ("round_m", "bridge_m", "bridge_to", "bridge_lon", "bridge_lat")
Pair = tuple[str, str]
Place = tuple[float, float]


def with_bridges(rows: pd.DataFrame, region: Region, roads: Roads, ground: Ground, options: Options) -> pd.DataFrame:
    """Return waters between (`results.WATERS_BETWEEN`) with the way round each barrier, and the bridge it goes over.

    The way round is the shortest, up to 300 km, on which the waters that separate the two are got over by a bridge, dam
    or tunnel, and no ford, ferry or ice road is used at all. The bridge named is the first over the water on that way
    (none, when it goes round the water's head); without such a way, the nearest over it in a straight line.
    """
    out = schema.frame(rows.to_dict("records"), results.WATERS_BETWEEN)
    barred = out[out["barrier"]]
    water_of = {key: at for at, key in enumerate(ground.waters.table.index)}
    sets = barred.groupby(["settlement_id", "school_id", "season"])["water_id"].agg(frozenset)
    asked = sorted({(pair[:2], tuple(sorted(waters))) for pair, waters in sets.items()})
    ways = {one: way_round(roads, ground, options, *one) for one in asked}
    dry = ground.met[ground.met["crossing"].isin(barriers.DRY_CROSSINGS)]
    over = {water: set(edges) for water, edges in dry.groupby("water")["edge"]}
    places: dict[tuple[int, int], Place] = {}
    found = []
    for row in barred.itertuples():
        water, pair = water_of[row.water_id], (row.settlement_id, row.school_id)
        metres, edges = ways[pair, tuple(sorted(sets[(*pair, row.season)]))]
        bridges = over.get(water, set())
        named = [edge for edge in edges if edge in bridges][:1] if edges else sorted(bridges)
        for edge in named:
            if (edge, water) not in places:
                places[edge, water] = ground.place(roads, edge, water)
        home = region.settlements.geometry[row.settlement_id]
        found.append((metres, *_nearest((home.x, home.y), [places[edge, water] for edge in named])))
    for at, column in enumerate(_FOUND):
        out.loc[barred.index, column] = [one[at] for one in found]
    return out.assign(bridge_to=out["bridge_to"].fillna(""))


def way_round(
    roads: Roads, ground: Ground, options: Options, pair: Pair, waters: tuple[str, ...]
) -> tuple[float, list[int]]:
    """Return metres and edges of the way round some waters, by option `way`; NaN and none where there is none.

    Parameters
    ----------
    roads, ground, options
        As everywhere.
    pair
        Settlement and school.
    waters
        Identifiers of the waters that have to be got over dry-shod.
    """
    start, end = int(roads.nodes("settlement")[pair[0]]), int(roads.nodes("school")[pair[1]])
    if start < 0 or end < 0:
        return np.nan, []
    net = ground.dry_network(roads, options.way, waters)
    for limit in _LIMITS_M:
        metres, edges = route(net, start, end, limit_m=limit)
        if edges:
            return round(metres, DECIMALS), edges
    return np.nan, []


def _nearest(home: Place, places: list[Place]) -> tuple[float, str, float, float]:
    """Return metres and direction from home to the nearest of some places, and its longitude and latitude."""
    if not places:
        return np.nan, "", np.nan, np.nan
    lon, lat = np.array(places).T
    azimuth, _, metres = GEOD.inv(np.full(len(lon), home[0]), np.full(len(lat), home[1]), lon, lat)
    best = int(np.argmin(np.round(metres, DECIMALS)))
    turn = 360 / len(tables.DIRECTIONS)
    to = tables.DIRECTIONS[round(float(azimuth[best]) / turn) % len(tables.DIRECTIONS)]
    return round(float(metres[best]), DECIMALS), to, round(float(lon[best]), 7), round(float(lat[best]), 7)
