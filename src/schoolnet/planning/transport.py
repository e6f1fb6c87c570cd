"""Buses: every pupil owed transport rides to school, or is named with the reason why not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schoolnet import networks, schema
from schoolnet.model.balance import WHOLE
from schoolnet.planning import fleet, riders, rides, routing, timetable
from schoolnet.planning.timetable import Run

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from schoolnet.planning.found import Found
    from schoolnet.planning.riders import Riders


@dataclass(frozen=True)
class Carried:
    """How pupils owed transport get to school; tables as in `networks`."""

    stops: gpd.GeoDataFrame
    rides: pd.DataFrame
    routes: gpd.GeoDataFrame
    calls: pd.DataFrame
    fleet: pd.DataFrame
    carried: pd.DataFrame


def carried(found: Found) -> Carried:
    """Return stops, rides, routes and fleet of a region, in the season of the plan, for the pupils of today.

    Each school and wave is a problem of its own (`routing.routes`). The buses of a school serve both waves: the wave of
    more pupils is solved first, and its buses cost the other one only their fuel.

    Raises
    ------
    AssertionError
        What was found does not add up (`rides.check`); a fault of the program, never of the data.
    """
    who = riders.riders(found, found.region.all_schools)
    runs = _runs(who, found)
    calls = timetable.calls(runs, who, found.options)
    routes = timetable.routes(runs, who, found)
    ridden = timetable.rides(runs, who, found.options)
    district = found.region.settlements["district_id"]
    out = Carried(
        stops=timetable.stops(who, calls, found),
        rides=ridden,
        routes=routes,
        calls=calls,
        fleet=fleet.fleet(routes),
        carried=fleet.carried(ridden, district),
    )
    for name in ("stops", "rides", "routes", "calls", "fleet", "carried"):
        schema.check(getattr(out, name), getattr(networks, name.upper()))
    node = who.stops["node"]
    rides.check(found, out.rides, out.routes, out.calls, node, fleet=out.fleet, carried=out.carried)
    return out


def counts(found: Carried) -> dict[str, Any]:
    """Return the headline counts of the buses: plain numbers by name."""
    whole = found.carried.loc[WHOLE]
    return {
        "pupils_bused": int(whole["bus"]),
        "pupils_board": int(whole["board"]),
        "pupils_unserved": int(whole["unserved"]),
        "buses": int(found.routes["bus_id"].nunique()),
        "bus_km_day": round(float(found.routes["km_day"].sum()), 1),
        "buses_mkzt_year": round(float(found.routes["cost_year_mkzt"].sum()), 1),
    }


def _runs(who: Riders, found: Found) -> list[Run]:
    """Return the runs of all schools by id, of each the first wave first."""
    bused = who.rows[who.rows["mode"] == "bus"]
    pupils: dict[str, dict[int, dict[str, int]]] = {}
    for (school, wave, stop), count in bused.groupby(["school_id", "wave", "stop_id"])["pupils"].sum().items():
        pupils.setdefault(str(school), {}).setdefault(int(wave), {})[str(stop)] = int(count)
    out: list[Run] = []
    for school, waves in sorted(pupils.items()):
        runs: list[Run] = []
        for wave in sorted(waves, key=lambda one: (-sum(waves[one].values()), one)):
            runs += _wave(school, wave, waves[wave], (who, found), runs)
        out += sorted(runs, key=lambda run: run.wave)
    return out


def _wave(school: str, wave: int, pupils: dict[str, int], of: tuple[Riders, Found], before: list[Run]) -> list[Run]:
    """Return the runs of one wave; buses of the wave solved before it are free."""
    who, found = of
    reach, options = who.reach[school], found.options
    places = [0, *(1 + reach.stops.index(stop) for stop in pupils)]
    ways = type(reach.ways)(*(part[places][:, places] for part in reach.ways))
    free = {run.bus_id: run.seats for run in before}
    kinds, names = fleet.kinds(found.prices, Counter(free.values())), [*pupils]
    loops = routing.routes(
        ways.minutes, ways.metres, [*pupils.values()], riders.cap(options, wave), kinds,
        stop_min=options.stop_min, rounds=options.bus_search, seed=options.seed,
    )  # fmt: skip
    bought, runs = len(free), []
    for at, loop in enumerate(sorted(loops, key=lambda one: one.stops), start=1):
        seats = kinds[loop.kind].seats
        bus = next((key for key, size in free.items() if size == seats), None)
        bought += bus is None
        free.pop(bus or "", None)
        stops = tuple(names[place - 1] for place in loop.stops)
        legs = timetable.legs(loop.stops, ways)
        runs.append(
            Run(f"{school}:{wave}-{at}", school, wave, bus or f"{school}:{bought}", seats, stops, loop.loads, *legs)
        )
    return runs
