"""The course of the way from each settlement to its nearest schools, as the map's page draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from schoolnet.model.access import in_season
from schoolnet.model.search import nearest
from schoolnet.output.map_lines import coded

if TYPE_CHECKING:
    from schoolnet.model.roads import Network
    from schoolnet.model.search import Search
    from schoolnet.planning.plan import Plan

_FINE = 0.0003  # tolerance of a line in degrees, about 30 m


def paths(plan: Plan) -> dict[str, dict[str, list[int]]]:
    """Return coded lines by settlement and school, in the season of the plan; none where no road joins the two.

    All ways to the schools of a band are one search from these schools at once: each is the nearest of its settlement.
    """
    options, roads = plan.options, plan.roads
    net = roads.network(options.way, options.season)
    rows = in_season(plan.access, options.season)
    rows = rows[~rows["here"] & ~rows["approx"] & rows["school_id"].notna()]
    home, school = roads.nodes("settlement"), roads.nodes("school")
    out: dict[str, dict[str, list[int]]] = {}
    for _, some in rows.groupby("band", sort=False):
        found = nearest(net, school[some["school_id"].unique()].to_numpy())
        for settlement, target in zip(some["settlement_id"], some["school_id"], strict=True):
            at, own = int(home[settlement]), out.setdefault(str(settlement), {})
            if target not in own and at >= 0 and found.source[at] == school[target]:
                own[str(target)] = _coded(plan, net, found, at)
    return out


def _coded(plan: Plan, net: Network, found: Search, start: int) -> list[int]:
    nodes = found.path(start)
    drawn = [plan.roads.lonlat[[start]]]
    for edge, node in zip(net.edges_between(nodes[:-1], nodes[1:]).tolist(), nodes[1:].tolist(), strict=True):
        line = plan.roads.line(edge)
        drawn.append(line if plan.roads.edges.end[edge] == node else line[::-1])
    return coded(shapely.simplify(shapely.LineString(np.vstack([*drawn, drawn[-1][-1:]])), _FINE))
