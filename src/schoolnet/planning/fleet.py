"""What buses cost: the kinds routes are made of, each route a year and over the years compared, fleets by district."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import networks, schema
from schoolnet.model.balance import WHOLE
from schoolnet.planning.routing import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolnet.planning.prices import Prices, Vehicle

#: A bus drives the loop of a route twice a school day: to school, and home.
TWICE = 2
_M_PER_KM = 1000.0
#: Prices that enter the cost of a bus.
ENTERING = (
    "bus", "bus_seats", "bus_small", "bus_small_seats", "bus_large", "bus_large_seats", "bus_life", "bus_year",
    "driver_year", "fuel", "fuel_small", "fuel_large", "fuel_litre", "runs", "school_days",
)  # fmt: skip


def vehicles(prices: Prices) -> list[Vehicle]:
    """Return the kinds of bus, smallest first; of two with as many seats the one that costs less to have."""
    cheap = sorted(prices.vehicles, key=lambda one: (one.seats, prices.bus_year(one, 0.0)))
    return [*{one.seats: one for one in reversed(cheap)}.values()][::-1]


def kinds(prices: Prices, free: Mapping[int, int] | None = None) -> list[Kind]:
    """Return the kinds of bus as routes are made of them, costs of a year; `free`: how many are there, by seats."""
    metre = TWICE * prices["school_days"] / _M_PER_KM
    return [
        Kind(one.seats, prices.bus_year(one, 0.0), metre * one.km_mkzt, (free or {}).get(one.seats, 0))
        for one in vehicles(prices)
    ]


def costs(routes: pd.DataFrame, prices: Prices, *, period: bool = False) -> pd.Series[float]:
    """Return what each route costs: fuel, and its share of the bus and the driver, which the waves of a bus share.

    Parameters
    ----------
    routes
        `bus_id`, `seats` and `km_day` of each (`networks.ROUTES`).
    prices
        The prices of the plan.
    period
        Over the years compared, not a year.

    | bus | wave | km a day | bus and driver | fuel | → cost |
    |---|---|---|---|---|---|
    | SA:1 | 1 | 20 | 8 | 0.3 | 4.3 |
    | SA:1 | 2 | 10 | 8 | 0.15 | 4.15 |
    """
    of = prices.bus_period if period else prices.bus_year
    by_seats = {one.seats: one for one in vehicles(prices)}
    waves = routes.groupby("bus_id")["bus_id"].transform("size").to_numpy(float)
    held = np.array([of(by_seats[seats], 0.0) for seats in routes["seats"]], float)
    driven = np.array(
        [of(by_seats[seats], km) for seats, km in zip(routes["seats"], routes["km_day"], strict=True)], float
    )
    return pd.Series(held / waves + (driven - held), index=routes.index, dtype=float)


def basis(prices: Prices) -> str:
    """Return where the cost of a bus comes from: assumed where one price of it is."""
    found = {prices.basis[name] for name in ENTERING}
    return next(one for one in ("assumed", "published", "given") if one in found)


def shares(rides: pd.DataFrame, routes: pd.DataFrame, prices: Prices) -> pd.Series[float]:
    """Return what the routes cost over the years compared, by the settlement and band they carry.

    Each route's cost is shared by pupils times minutes straight to the school; the shares add up to what all routes
    cost.
    """
    rows = rides[rides["mode"] == "bus"]
    pupils = rows["pupils"].to_numpy(float)
    weight = pd.Series(pupils * rows["direct_min"].to_numpy(float), index=rows.index)
    total = weight.groupby(rows["route_id"]).transform("sum")
    weight = weight.where(total > 0, pupils)  # all live beside the school
    total = weight.groupby(rows["route_id"]).transform("sum")
    part = weight / total * rows["route_id"].map(costs(routes, prices, period=True)).astype(float)
    return part.groupby([rows["settlement_id"], rows["band"]]).sum()


def fleet(routes: pd.DataFrame) -> pd.DataFrame:
    """Return the buses of each district of schools by size, and of the whole region (`networks.FLEET`)."""
    rows = pd.DataFrame(routes.drop(columns="geometry")).assign(district_id=routes["district_id"].fillna(""))
    rows = pd.concat([rows, rows.assign(district_id=WHOLE)])
    sums = rows.groupby(["district_id", "seats"], sort=False).agg(
        buses=("bus_id", "nunique"), km_day=("km_day", "sum"), cost_year_mkzt=("cost_year_mkzt", "sum")
    )
    found: list[Any] = sums.reset_index().to_dict("records")
    found.sort(key=lambda row: (row["district_id"] == WHOLE, row["district_id"], row["seats"]))
    return schema.frame(found, networks.FLEET)


def carried(rides: pd.DataFrame, districts: pd.Series[str]) -> pd.DataFrame:
    """Return pupils owed transport by the district they live in, and how they get to school (`networks.CARRIED`).

    Parameters
    ----------
    rides
        `networks.RIDES`.
    districts
        District of each settlement.
    """
    home = rides["settlement_id"].map(districts).fillna("")
    counts = {
        "entitled": rides["pupils"],
        **{mode: rides["pupils"].where(rides["mode"] == mode, 0) for mode in networks.MODES},
        "over_advised": rides["pupils"].where(rides["over_advised"], 0),
    }
    table = pd.DataFrame({name: column.fillna(0).astype("int64") for name, column in counts.items()})
    place = rides["settlement_id"].to_numpy(object)
    unknown = rides["settlement_id"].where(rides["why"] == "unknown")
    table = table.assign(settlement=place, unsure=unknown.to_numpy(object), district_id=home.to_numpy(object))
    table = pd.concat([table, table.assign(district_id=WHOLE)])
    by = table.groupby("district_id", sort=True)
    sums = by[[*counts]].sum().assign(settlements=by["settlement"].nunique(), unknown=by["unsure"].nunique())
    order = [*sorted({*districts.dropna()} | ({*sums.index} - {WHOLE})), WHOLE]
    rows = sums.reindex(order, fill_value=0).rename_axis("district_id").reset_index().to_dict("records")
    return schema.frame(rows, networks.CARRIED)
