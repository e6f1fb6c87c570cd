"""The nearest bridge over a water that separates, and the way round by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

from schoolnet import results, schema, tables
from schoolnet.model import barriers
from schoolnet.model.roads import CLOSED_IN_FLOOD
from schoolnet.model.snapping import DECIMALS, GEOD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from schoolnet.model.ground import Ground
    from schoolnet.model.roads import Network, Roads
    from schoolnet.options import Options
    from schoolnet.region import Region

_BATCH = 64  # schools searched from at once
_FAR_M = 300_000.0  # a way round longer than this is none
_FOUND = ("round_m", "bridge_m", "bridge_to", "bridge_lon", "bridge_lat")
Pair = tuple[str, str]
Place = tuple[float, float]


def with_bridges(rows: pd.DataFrame, region: Region, roads: Roads, ground: Ground, options: Options) -> pd.DataFrame:
    """Return waters between (`results.WATERS_BETWEEN`) with the way round each barrier, and the bridge it goes over.

    The way round is the shortest, up to 300 km, on which every water is got over by a bridge, dam or tunnel. The bridge
    named is the first over the water on that way; where there is none, the nearest over it in a straight line.
    """
    out = schema.frame(rows.to_dict("records"), results.WATERS_BETWEEN)
    barred = out[out["barrier"]]
    dry = ground.met["crossing"].isin(barriers.DRY_CROSSINGS)
    wet = np.isin(roads.edges.crossing.astype(str), CLOSED_IN_FLOOD)  # a ford is wet, though its brook is on no map
    wet[ground.met.loc[~dry, "edge"]] = True
    net = roads.network(options.way, "dry", without=wet)
    ways = dict(_ways_round(set(zip(barred["settlement_id"], barred["school_id"], strict=True)), roads, net))
    over = ground.met[dry].groupby("water")["edge"].unique()
    water_of = {key: at for at, key in enumerate(ground.waters.table.index)}
    known: dict[tuple[int, int], Place] = {}
    found = []
    for row in barred.itertuples():
        water = water_of[row.water_id]
        bridges = list(over.get(water, []))
        metres, edges = ways[row.settlement_id, row.school_id]
        used = [edge for edge in edges if edge in set(bridges)]
        for edge in used[:1] or bridges:
            known.setdefault((edge, water), ground.place(roads, edge, water))
        home = region.settlements.geometry[row.settlement_id]
        found.append((metres, *_nearest((home.x, home.y), [known[edge, water] for edge in used[:1] or bridges])))
    for at, column in enumerate(_FOUND):
        out.loc[barred.index, column] = [one[at] for one in found]
    return out.assign(bridge_to=out["bridge_to"].fillna(""))


def _ways_round(pairs: Iterable[Pair], roads: Roads, net: Network) -> Iterator[tuple[Pair, tuple[float, list[int]]]]:
    """Yield for each pair the metres of its way on a network (NaN: none), and the edges of that way in order."""
    homes, schools = roads.nodes("settlement"), roads.nodes("school")
    asked = sorted(pairs)
    for pair in asked:
        if homes[pair[0]] < 0 or schools[pair[1]] < 0:
            yield pair, (np.nan, [])
    asked = [(home, school) for home, school in asked if homes[home] >= 0 and schools[school] >= 0]
    every = sorted({school for _, school in asked})
    back = net.graph.T.tocsr()
    for start in range(0, len(every), _BATCH):
        batch = {school: at for at, school in enumerate(every[start : start + _BATCH])}
        metres, before = dijkstra(back, indices=schools[list(batch)].to_numpy(), limit=_FAR_M, return_predecessors=True)
        for home, school in asked:
            if school in batch:
                reached = metres[batch[school], homes[home]]
                edges = _edges(int(homes[home]), before[batch[school]], net) if np.isfinite(reached) else []
                yield (home, school), (round(float(reached), DECIMALS) if edges else np.nan, edges)


def _edges(node: int, before: NDArray[np.int32], net: Network) -> list[int]:
    nodes = [node]
    while before[nodes[-1]] >= 0:
        nodes.append(int(before[nodes[-1]]))
    return [int(edge) for edge in net.edges_between(np.array(nodes[:-1]), np.array(nodes[1:]))]


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
