"""The sheets of the buses as frames, names in the place of identifiers: districts, fleet, routes, rides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import networks
from schoolnet.model.balance import WHOLE
from schoolnet.output import reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

_ROUTE = ["route_id", "district_id", "school_id", "wave", "bus_id", "bus_seats"]
_CALL = ["call", "stop_id", "pupils", "aboard", "time", "ride_min"]
#: Of the whole route: on the line of its first stop alone, so that columns add up.
_ONCE = ["leaves", "arrives", "loop_m", "loop_min", "km_day", "cost_year_mkzt", "price_basis"]
_RIDES = [
    "district_id", "settlement_id", "band", "wave", "pupils", "mode", "not_carried", "school_id", "stop_id", "pickup",
    "ride_min", "over_advised", "direct_min", "route_id",
]  # fmt: skip


def frames(plan: Plan, said: Words, places: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Return the sheets of the buses by name, in order; none where nobody is owed transport.

    Parameters
    ----------
    plan, said
        The plan and the words of a language.
    places
        Names of districts and settlements by identifier.
    """
    if plan.rides.empty:
        return {}
    named = {**places, WHOLE: said.text("layer.region"), "": said.text("no_district")}
    return {
        "carried": carried(plan, named),
        "fleet": fleet(plan, named),
        "routes": _routes(plan, said, named),
        "rides": _rides(plan, said, named),
    }


def carried(plan: Plan, named: Mapping[str, str]) -> pd.DataFrame:
    """Return how pupils owed transport get to school, by the name of their district."""
    frame = plan.carried.reset_index().rename(columns={"unserved": "no_school"})
    return frame.assign(district_id=_called(frame["district_id"], named))


def fleet(plan: Plan, named: Mapping[str, str]) -> pd.DataFrame:
    """Return the buses by the district of the schools they stand at, by its name; their pupils may live in another."""
    frame = plan.fleet.rename(columns={"seats": "bus_seats", "district_id": "school_district"})
    return frame.assign(school_district=_called(frame["school_district"], named))


def _routes(plan: Plan, said: Words, named: Mapping[str, str]) -> pd.DataFrame:
    """Return a line for each stop of each route, in the order to school."""
    routes = pd.DataFrame(plan.routes.drop(columns="geometry")).rename(columns={"seats": "bus_seats"})
    routes = routes.assign(district_id=_called(routes["district_id"].fillna(""), named))
    routes["school_id"] = _schools(plan, said, routes["school_id"])
    calls = plan.calls.assign(stop_id=_stops(plan.calls, named))
    frame = calls.merge(routes[[*_ROUTE[1:], *_ONCE]], left_on="route_id", right_index=True)
    frame[_ONCE] = frame[_ONCE].astype(object).where(frame["call"] == 1, None)
    return frame[[*_ROUTE, *_CALL, *_ONCE]]


def _rides(plan: Plan, said: Words, named: Mapping[str, str]) -> pd.DataFrame:
    """Return how every pupil owed transport gets to school; by district those first whom no bus brings."""
    frame = plan.rides.rename(columns={"why": "not_carried"})
    home = frame["settlement_id"].map(plan.region.settlements["district_id"]).fillna("")
    frame = frame.assign(
        district_id=_called(home, named), school_id=_schools(plan, said, frame["school_id"]),
        stop_id=_stops(frame, named), settlement_id=_called(frame["settlement_id"], named),
        mode_at=frame["mode"].map(networks.MODES[::-1].index),
    )  # fmt: skip
    return frame.sort_values(["district_id", "mode_at", "settlement_id"], kind="stable")[_RIDES]


def _called(column: pd.Series[str], named: Mapping[str, str]) -> list[str]:
    return [named.get(one, one) for one in column]


def _stops(rows: pd.DataFrame, named: Mapping[str, str]) -> list[Any]:
    """Return the name of each stop: that of its settlement, with its number from the second on."""
    out = []
    for stop, settlement in zip(rows["stop_id"], rows["settlement_id"], strict=True):
        number = "" if pd.isna(stop) else str(stop).rsplit(":", 1)[-1]
        name = named.get(settlement, settlement)
        out.append(None if not number else name if number == "1" else f"{name} {number}")
    return out


def _schools(plan: Plan, said: Words, column: pd.Series[str]) -> list[Any]:
    put = reasons.named(plan, said.lang)
    known = {one: put({"school": one})["school"] for one in column.dropna().unique()}
    return [known.get(one) for one in column]
