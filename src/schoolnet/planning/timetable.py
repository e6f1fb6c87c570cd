"""Loops as a timetable: routes, the calls of each, and the ride of every pupil, on the clock."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from schoolnet import networks, schema
from schoolnet.model import minutes
from schoolnet.planning import fleet, riders

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from schoolnet.options import Options
    from schoolnet.planning.found import Found
    from schoolnet.planning.riders import Riders
    from schoolnet.region import Region

_DAY = 24 * 60
_HAIR = 1e-6  # minutes added up in another order


class Run(NamedTuple):
    """A loop of one bus: `stops` and pupils who get on (`loads`) in the order to school; `legs`: out, on, and back."""

    route_id: str
    school_id: str
    wave: int
    bus_id: str
    seats: int
    stops: tuple[str, ...]
    loads: tuple[int, ...]
    legs_min: tuple[float, ...]
    legs_m: tuple[float, ...]

    def rides(self, stop_min: float) -> list[float]:
        """Return the minutes from each stop, the bus's standing there counted, to the school."""
        after = np.cumsum(np.array(self.legs_min[1:])[::-1] + stop_min)[::-1]
        return [float(one) for one in after]


def clock(at: float) -> str:
    """Return a minute of the day as HH:MM, the minute begun; a bus that leaves before midnight leaves the day before.

    >>> clock(470.5)
    '07:50'
    """
    whole = int(np.floor(at + _HAIR)) % _DAY
    return f"{whole // 60:02d}:{whole % 60:02d}"


def calls(runs: list[Run], who: Riders, options: Options) -> pd.DataFrame:
    """Return the stops of each route in their order to school (`networks.CALLS`)."""
    home, rows = who.stops["settlement_id"], []
    for run in runs:
        aboard, arrives = 0, riders.arrival(options, run.wave)
        on = zip(run.stops, run.loads, run.rides(options.stop_min), strict=True)
        for at, (stop, pupils, ride) in enumerate(on, start=1):
            aboard += pupils
            rows.append({
                "route_id": run.route_id, "call": at, "stop_id": stop, "settlement_id": home[stop], "pupils": pupils,
                "aboard": aboard, "time": clock(arrives - ride), "ride_min": ride,
            })  # fmt: skip
    return schema.frame(rows, networks.CALLS)


def routes(runs: list[Run], who: Riders, found: Found) -> gpd.GeoDataFrame:
    """Return the routes with what they cost, and their lines (`networks.ROUTES`)."""
    region, options = found.region, found.options
    own = region.schools["settlement_id"].map(region.settlements["district_id"]).to_dict()
    district = own | _from_beyond(runs, who, region)
    rows: list[dict[str, Any]] = []
    for run in runs:
        longest, arrives = run.rides(options.stop_min)[0], riders.arrival(options, run.wave)
        metres = sum(run.legs_m)
        rows.append({
            "route_id": run.route_id, "school_id": run.school_id, "district_id": district.get(run.school_id),
            "wave": run.wave, "bus_id": run.bus_id, "seats": run.seats, "pupils": sum(run.loads),
            "stops": len({*run.stops}), "loop_m": metres, "loop_min": run.legs_min[0] + longest, "ride_min": longest,
            "leaves": clock(arrives - longest - run.legs_min[0]), "pickup": clock(arrives - longest),
            "arrives": clock(arrives), "km_day": fleet.TWICE * metres / 1000,
        })  # fmt: skip
    schools, node = found.roads.nodes("school"), who.stops["node"]
    paths = [[int(schools[run.school_id]), *(int(node[one]) for one in run.stops)] for run in runs]
    legs = max((leg for run in runs for leg in run.legs_min), default=0.0)
    drawn = minutes.lines(
        found.roads, [[*path, path[0]] for path in paths], season=options.season, within_min=legs + _HAIR
    )
    table = schema.geoframe(rows, networks.ROUTES, drawn)
    return table.assign(cost_year_mkzt=fleet.costs(table, found.prices), price_basis=fleet.basis(found.prices))


def _from_beyond(runs: list[Run], who: Riders, region: Region) -> dict[str, Any]:
    """Return the district of each school over the border: of those its buses bring pupils from, the one of most.

    The school lies in none of the region; the buses are the region's, and one school's stay together.
    """
    home = who.stops["settlement_id"].map(region.settlements["district_id"])
    brought: dict[str, Counter[str]] = {}
    for run in runs:
        if run.school_id in region.neighbours.index:
            for stop, pupils in zip(run.stops, run.loads, strict=True):
                if isinstance(home[stop], str):
                    brought.setdefault(run.school_id, Counter())[home[stop]] += pupils
    return {school: min((-count, one) for one, count in some.items())[1] for school, some in brought.items()}


def rides(runs: list[Run], who: Riders, options: Options) -> pd.DataFrame:
    """Return how every pupil owed transport gets to school (`networks.RIDES`).

    Pupils of a stop that several buses call at fill them in the order of routes, lower bands first.
    """
    seats: dict[tuple[str, int, str], list[list[Any]]] = {}
    for run in runs:
        for stop, pupils, ride in zip(run.stops, run.loads, run.rides(options.stop_min), strict=True):
            seats.setdefault((run.school_id, run.wave, stop), []).append([run, pupils, ride])
    rows: list[dict[str, Any]] = []
    for row in who.rows.to_dict("records"):
        if row["mode"] != "bus":
            rows.append(row | {"over_advised": False})
            continue
        left = int(row["pupils"])
        for place in seats[row["school_id"], row["wave"], row["stop_id"]]:
            taken = min(left, place[1])
            if taken:
                rows.append(row | {"pupils": taken} | _ridden(place[0], place[2], options))
                place[1] -= taken
                left -= taken
    return schema.frame(rows, networks.RIDES)


def _ridden(run: Run, ride: float, options: Options) -> dict[str, Any]:
    return {
        "route_id": run.route_id, "ride_min": ride, "over_advised": ride > options.ride_advised_min + _HAIR,
        "pickup": clock(riders.arrival(options, run.wave) - ride),
    }  # fmt: skip


def stops(who: Riders, calls: pd.DataFrame, found: Found) -> gpd.GeoDataFrame:
    """Return the stops buses call at (`networks.STOPS`)."""
    pupils = calls.groupby("stop_id")["pupils"].sum()
    used = who.stops.loc[sorted(pupils.index)]
    rows = [{"stop_id": key, "settlement_id": one, "pupils": pupils[key]} for key, one in used["settlement_id"].items()]
    return schema.geoframe(rows, networks.STOPS, shapely.points(found.roads.lonlat[used["node"].to_numpy(np.int64)]))


def legs(order: tuple[int, ...], ways: minutes.Ways) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return minutes and metres of each leg of a loop, from the school (0) through places and back."""
    steps = [*pairwise((0, *order, 0))]
    return tuple(float(ways.minutes[leg]) for leg in steps), tuple(float(ways.metres[leg]) for leg in steps)
