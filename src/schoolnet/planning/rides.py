"""The check of the buses: loads, times, rides, metres and costs anew, from the road graph and the tables alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from scipy.sparse.csgraph import dijkstra

from schoolnet.model.access import teaching
from schoolnet.model.balance import WHOLE
from schoolnet.model.rounding import GRADES_OF_BAND
from schoolnet.services import minute

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from schoolnet.options import Options
    from schoolnet.planning.found import Found

_EPSILON_MIN = 1e-3
_EPSILON_M = 1.0  # places of the map are kept to the centimetre, a loop has thousands
_EPSILON_MKZT = 1e-9
_GEOD = Geod(ellps="WGS84")
_KZT = 1e6
_SECOND = 2
_LONG = ("too_long", "too_early")


def check(
    found: Found,
    rides: pd.DataFrame,
    routes: gpd.GeoDataFrame,
    calls: pd.DataFrame,
    node: pd.Series[int],
    *,
    fleet: pd.DataFrame,
    carried: pd.DataFrame,
) -> None:
    """Check that every pupil owed transport is brought once or named, and every route is as its table says.

    Minutes are searched anew in the graph, metres measured on the lines drawn, costs added up from the prices, the
    longest ride and the shifts taken from the options; what is shared with the search is the graph and its speeds.

    Parameters
    ----------
    found
        What the stages before found.
    rides, routes, calls
        The tables of `networks`.
    node
        Node of each stop.
    fleet, carried
        The sums of `networks`.

    Raises
    ------
    AssertionError
        Naming what does not hold; a fault of the program, never of the data.
    """
    faults = [
        *_pupils(found, rides),
        *_shifts(found, rides),
        *_nearest(found, rides),
        *_loads(rides, routes, calls),
        *_times(found, routes, calls, node),
        *_limits(found, rides, calls),
        *_money(found, routes),
        *_fleet(routes, fleet),
        *_carried(found, rides, carried),
    ]
    if faults:
        raise AssertionError(f"the buses do not add up in {len(faults)} places: {'; '.join(faults[:5])}")


def _pupils(found: Found, rides: pd.DataFrame) -> Iterator[str]:
    """Yield settlements and bands whose pupils are not those owed transport, or that are not parted by wave."""
    keys = ["settlement_id", "band"]
    owed = found.transport[found.transport["entitled"]].set_index(keys)["pupils"].sort_index()
    told = rides.groupby(keys)["pupils"].sum(min_count=1).sort_index()
    if not owed.index.equals(told.index):
        yield f"owed and told differ: {[*owed.index.symmetric_difference(told.index)][:3]}"
    elif len(off := owed.index[owed.fillna(-1) != told.fillna(-1)]):
        yield f"pupils of {[*off][:3]}"
    named = (rides["mode"] == "bus") == (rides["why"] == "")
    if not (named & (rides["route_id"].notna() == (rides["mode"] == "bus"))).all():
        yield "a ride with a bus and a reason, or without either"


def _shifts(found: Found, rides: pd.DataFrame) -> Iterator[str]:
    """Yield settlements and bands whose grades of the second shift are not those brought in the second wave."""
    late = found.options.second_shift_grades
    shifts = found.region.all_schools["shifts"].fillna(1)
    some = rides[rides["school_id"].notna()]
    told = some["pupils"].where(some["wave"] == _SECOND, 0).groupby([some["settlement_id"], some["band"]]).sum()
    school = some.groupby(["settlement_id", "band"])["school_id"].first()
    meant = {}
    for band, part in GRADES_OF_BAND.items():
        columns = [f"g{grade}" for grade in range(1, 13)[part] if grade in late]
        meant[band] = found.demand[columns].sum(axis=1)
    for home, band in told.index:
        if told[home, band] != (meant[band][home] if shifts[school[home, band]] >= _SECOND else 0):
            yield f"second shift of {home}, {band}"


def _nearest(found: Found, rides: pd.DataFrame) -> Iterator[str]:
    """Yield settlements brought to a school that is not the nearest of the band by road, searched from the schools."""
    graph = found.roads.network("drive", found.options.season).graph.T.tocsr()
    homes, schools = found.roads.nodes("settlement"), found.roads.nodes("school")
    for band, some in rides[rides["school_id"].notna()].groupby("band"):
        teaches = teaching(found.region, str(band), found.options)
        taught = schools[teaches.index[teaches]]
        nodes = np.unique(taught[taught >= 0])
        metres, _, source = dijkstra(graph, indices=nodes, min_only=True, return_predecessors=True)
        pairs = some[["settlement_id", "school_id"]].drop_duplicates()
        at, to = homes[pairs["settlement_id"]].to_numpy(), schools[pairs["school_id"]].to_numpy()
        for home, start, end in zip(pairs["settlement_id"], at, to, strict=True):
            far = source[start] != end
            if far and dijkstra(graph, indices=end)[start] > metres[start] + _EPSILON_M:
                yield f"{home}, {band}: a nearer school"


def _loads(rides: pd.DataFrame, routes: pd.DataFrame, calls: pd.DataFrame) -> Iterator[str]:
    """Yield routes with more pupils than seats, or others than those of their calls and rides; buses used twice."""
    keys = ["route_id", "stop_id"]
    on, bused = calls.groupby(keys)["pupils"].sum(), rides[rides["mode"] == "bus"].groupby(keys)["pupils"].sum()
    if not on.sort_index().equals(bused.sort_index()):
        yield "pupils who get on are not those who ride"
    aboard = calls.groupby("route_id")["pupils"].cumsum()
    last = calls.groupby("route_id")["aboard"].max().reindex(routes.index)
    if not (aboard == calls["aboard"]).all() or not (last == routes["pupils"]).all():
        yield "pupils aboard"
    yield from (f"{key}: more pupils than seats" for key in routes.index[routes["pupils"] > routes["seats"]])
    if (
        routes.duplicated(["bus_id", "wave"]).any()
        or len(routes[["bus_id", "seats"]].drop_duplicates()) > routes["bus_id"].nunique()
    ):
        yield "a bus is in two places"


def _times(found: Found, routes: gpd.GeoDataFrame, calls: pd.DataFrame, node: pd.Series[int]) -> Iterator[str]:
    """Yield routes whose minutes or metres are not those of the roads, or whose clock does not show them."""
    took = _minutes(found, routes, calls, node)
    options = found.options
    length = pd.Series([_GEOD.geometry_length(line) for line in routes.geometry], index=routes.index, dtype=float)
    told = pd.DataFrame(routes.drop(columns="geometry")).to_dict("index")
    for key, some in calls.groupby("route_id", sort=False):
        route = told[str(key)]
        out, *legs = took[str(key)]
        ride = np.cumsum(np.array(legs)[::-1] + options.stop_min)[::-1]
        lessons = options.lessons_from if route["wave"] == 1 else options.lessons_from_second
        arrives = minute(lessons) - options.arrive_min
        if not (some["call"].to_numpy() == np.arange(1, len(some) + 1)).all():
            yield f"{key}: order of calls"
        if np.abs(ride - some["ride_min"].to_numpy(float)).max() > _EPSILON_MIN:
            yield f"{key}: minutes of the rides"
        if abs(out + ride[0] - route["loop_min"]) + abs(ride[0] - route["ride_min"]) > _EPSILON_MIN:
            yield f"{key}: minutes of the loop"
        shown = [route["leaves"], *some["time"], route["arrives"]]
        meant = np.array([arrives - ride[0] - out, *(arrives - ride), arrives])
        late = (meant - [minute(one) for one in shown] + _EPSILON_MIN) % (24 * 60)
        if (late > 1 + 2 * _EPSILON_MIN).any() or route["pickup"] != some["time"].iloc[0]:
            yield f"{key}: the clock"
        if (
            abs(length[key] - route["loop_m"]) > _EPSILON_M
            or abs(route["km_day"] - route["loop_m"] / 500) > _EPSILON_M / 500
        ):
            yield f"{key}: metres of the loop"


def _minutes(found: Found, routes: pd.DataFrame, calls: pd.DataFrame, node: pd.Series[int]) -> dict[str, list[float]]:
    """Return the minutes of each leg of each route, searched from the start of each leg to all its ends."""
    graph = found.roads.network("drive", found.options.season, timed=True).graph
    begins = found.roads.nodes("school")[routes["school_id"]].tolist()
    paths = {str(key): [first] for key, first in zip(routes.index, begins, strict=True)}
    for key, stop in zip(calls["route_id"], node[calls["stop_id"]].tolist(), strict=True):
        paths[key].append(stop)
    ends: dict[int, set[int]] = {}
    for start, end in (leg for path in paths.values() for leg in pairwise([*path, path[0]])):
        ends.setdefault(start, set()).add(end)
    longest = float(routes["loop_min"].max()) if len(routes) else 0.0
    known: dict[tuple[int, int], float] = {}
    for start, some in ends.items():
        took = dijkstra(graph, indices=start, limit=longest)
        known |= {(start, end): float(took[end]) for end in some}
    return {key: [known[leg] for leg in pairwise([*path, path[0]])] for key, path in paths.items()}


def _limits(found: Found, rides: pd.DataFrame, calls: pd.DataFrame) -> Iterator[str]:
    """Yield rides over the limits, and rides said to be over them that are not."""
    options, bused = found.options, rides[rides["mode"] == "bus"]
    longest = {wave: _longest(options, wave) for wave in (1, 2)}
    cap = bused["wave"].map(longest)
    if (bused["ride_min"] > cap + _EPSILON_MIN).any():
        yield "a ride is too long"
    per_stop = calls.groupby(["route_id", "stop_id"])["ride_min"].max()
    same = pd.MultiIndex.from_frame(bused[["route_id", "stop_id"]])
    if (np.abs(per_stop.reindex(same).to_numpy(float) - bused["ride_min"].to_numpy(float)) > _EPSILON_MIN).any():
        yield "a ride is not that of its call"
    left = rides[rides["why"].isin(_LONG)]
    if (left["direct_min"] + options.stop_min <= left["wave"].map(longest)).any():
        yield "a ride is left out that is short enough"


def _longest(options: Options, wave: int) -> float:
    """Return the longest ride that may be: by option, and from the earliest pick-up till the bus is at the school."""
    lessons = options.lessons_from_second if wave == _SECOND else options.lessons_from
    clock = minute(lessons) - options.arrive_min - minute(options.pickup_earliest)
    return clock if options.ride_max_min is None else min(clock, options.ride_max_min)


def _money(found: Found, routes: pd.DataFrame) -> Iterator[str]:
    """Yield buses whose routes do not cost what a bus, its driver, repairs and fuel cost a year."""
    prices = found.prices
    fuel = {"bus": "fuel", "bus_small": "fuel_small", "bus_large": "fuel_large"}
    for bus, some in routes.groupby("bus_id"):
        km, told = some["km_day"].sum() * prices["school_days"], some["cost_year_mkzt"].sum()
        years = [
            prices[name] / prices["bus_life"] + prices["bus_year"] + prices["driver_year"]
            + km * prices[litres] / 100 * prices["fuel_litre"] / _KZT
            for name, litres in fuel.items() if int(prices[f"{name}_seats"]) == some["seats"].iloc[0]
        ]  # fmt: skip
        if min((abs(year - told) for year in years), default=np.inf) > _EPSILON_MKZT * max(1, told):
            yield f"{bus}: cost"
    if not shapely.is_valid(routes.geometry.to_numpy()).all():
        yield "a line"


def _fleet(routes: pd.DataFrame, fleet: pd.DataFrame) -> Iterator[str]:
    """Yield sums of the fleet that are not those of the routes: of the region, and of its districts together."""
    whole = fleet["district_id"] == WHOLE
    for part in (fleet[whole], fleet[~whole]):
        sums = part.groupby("seats")[["buses", "km_day", "cost_year_mkzt"]].sum()
        by = routes.groupby("seats")
        meant = by[["km_day", "cost_year_mkzt"]].sum().assign(buses=by["bus_id"].nunique())[[*sums]]
        if not sums.index.equals(meant.index) or not np.allclose(sums.to_numpy(float), meant.to_numpy(float)):
            yield "the fleet"


def _carried(found: Found, rides: pd.DataFrame, carried: pd.DataFrame) -> Iterator[str]:
    """Yield districts whose pupils by how they get to school are not those of the rides."""
    home = rides["settlement_id"].map(found.region.settlements["district_id"])
    for mode in ("bus", "board", "unserved"):
        some = rides["mode"] == mode
        by = rides["pupils"].where(some).groupby(home).sum().reindex(carried.index).fillna(0)
        by[WHOLE] = rides.loc[some, "pupils"].sum()
        yield from (f"{key}: {mode} of the district" for key in by.index[by != carried[mode]] if key)
    if not (carried["entitled"] == carried[["bus", "board", "unserved"]].sum(axis=1)).all():
        yield "carried and entitled"
