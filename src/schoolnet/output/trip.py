"""The way from one settlement to its nearest schools: its parts in metres, and its course for a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from schoolnet.model.access import in_season
from schoolnet.model.bridges import way_round
from schoolnet.model.search import route
from schoolnet.output import reasons, spelled
from schoolnet.output.sketch import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

Line = tuple[str, "NDArray[np.float64]"]


class Trip(NamedTuple):
    """The way to one school: the bands it is for, its edges in order (none: no road), and those of the way round."""

    school: str
    bands: list[str]
    edges: list[int]
    round_edges: list[int]
    bridge: tuple[float, float] | None


def trips(plan: Plan, settlement: str) -> list[Trip]:
    """Return the ways from a settlement to the nearest school of each band not taught there, in the plan's season."""
    rows = [way for way in reasons.ways(plan).get(settlement, []) if isinstance(way.school_id, str)]
    options, roads = plan.options, plan.roads
    net = roads.network(options.way, options.season)
    home = int(roads.nodes("settlement")[settlement])
    found: list[Trip] = []
    for school in dict.fromkeys(way.school_id for way in rows):
        mine = [way for way in rows if way.school_id == school]
        end = int(roads.nodes("school")[school])
        joined = home >= 0 and end >= 0 and not mine[0].approx
        edges = route(net, home, end)[1] if joined else []
        barred = joined and mine[0].bridge is not None
        bridge = (mine[0].bridge_lon, mine[0].bridge_lat) if barred and "m" in mine[0].bridge else None
        around = _round(plan, settlement, school) if barred else []
        found.append(Trip(school, [way.band for way in mine], edges, around, bridge))
    return found


def _round(plan: Plan, settlement: str, school: str) -> list[int]:
    rows = in_season(plan.waters_between, plan.options.season)
    rows = rows[(rows["settlement_id"] == settlement) & (rows["school_id"] == school) & rows["barrier"]]
    waters = tuple(sorted(rows["water_id"]))
    return way_round(plan.roads, plan.ground, plan.options, (settlement, school), waters)[1]


def lines(trip: Trip, plan: Plan, said: Words) -> Iterator[str]:
    """Yield what a way is made of: its legs, and the metres on each class of road and crossing, in order of travel."""
    if not trip.edges:
        return
    edges, rows = plan.roads.edges, plan.region.roads
    name = reasons.named(plan, said.lang)({"school": trip.school})["school"]
    parts: list[list[Any]] = []
    for at, edge in enumerate(trip.edges):
        way = int(edges.way[edge])
        if way < 0:
            part = said.text("explain.leg_home" if at == 0 else "explain.leg_school")
        else:
            kind = str(rows["highway"].iat[way]).removesuffix("_link")
            part = said.texts.get(f"highway.{kind}", said.text("highway.other"))
            over = [*_over(plan, edge, said)] or [
                said.text(f"crossing.{one}") for one in [rows["crossing"].iat[way]] if one
            ]
            part = f"{part} ({'; '.join(over)})" if over else part
        if parts and parts[-1][0] == part:
            parts[-1][1] += float(edges.metres[edge])
        else:
            parts.append([part, float(edges.metres[edge])])
    total = said.km(sum(metres for _, metres in parts))
    yield f"{name}: {total} = " + " + ".join(
        f"{said.text('m', value=said.number(metres))} {part}" for part, metres in parts
    )


def _over(plan: Plan, edge: int, said: Words) -> Iterator[str]:
    """Yield how an edge gets over each water it meets, with the water's name."""
    waters = plan.region.waters
    for row in plan.ground.met[plan.ground.met["edge"] == edge].itertuples():
        key = plan.ground.waters.table.index[row.water]
        name = spelled.said(spelled.names(next(waters.loc[[key]].itertuples())), said.lang)
        kind = said.text(f"crossing.{row.crossing}")
        yield said.text("named", kind=kind, name=name) if name else kind


def drawing(
    trips: list[Trip], plan: Plan, settlement: str, said: Words
) -> tuple[list[Line], list[Mark], dict[str, str]]:
    """Return lines, marks and the words of the legend for `sketch`."""
    put, region = reasons.named(plan, said.lang), plan.region
    point = region.settlements.geometry[settlement]
    home = (point.x, point.y)
    drawn: list[Line] = []
    marks = [Mark("settlement", home, put({"place": settlement})["place"])]
    for trip in trips:
        school = region.all_schools.geometry[trip.school]
        at = (school.x, school.y)
        drawn.append(("straight", np.array([home, at])))
        for style, edges in (("round", trip.round_edges), ("way", trip.edges)):
            if edges:
                drawn.append((style, _course(plan, settlement, edges)))
        marks.append(Mark("school", at, put({"school": trip.school})["school"]))
        if trip.bridge is not None:
            marks.append(Mark("bridge", trip.bridge, said.text("crossing.bridge")))
    legend = {style: said.text(f"explain.{style}") for style in ("way", "round", "straight")}
    return (
        drawn,
        marks,
        legend | {"title": said.text("explain.sketch"), "scale": said.texts["km"].replace("{value}", "{km}")},
    )


def _course(plan: Plan, settlement: str, edges: list[int]) -> NDArray[np.float64]:
    """Return the places along some edges, each turned the way it is travelled, from the settlement on."""
    at = plan.roads.lonlat[int(plan.roads.nodes("settlement")[settlement])]
    parts = []
    for edge in edges:
        line = plan.roads.line(edge)
        line = line if np.array_equal(line[0], at) else line[::-1]
        at = line[-1]
        parts.append(line)
    return np.asarray(shapely.get_coordinates(shapely.LineString(np.vstack(parts))))
