"""What things cost, in words: prices with where they come from, and a verdict beside the next best thing."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.output import plan_sheets, reasons
from schoolnet.output.spelled import clean
from schoolnet.planning import fleet
from schoolnet.planning.fleet import ENTERING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan
    from schoolnet.planning.prices import Prices

_SIZE = "size_"
#: The headline indicator of the national project.
INDICATOR = "indicator.share"
#: Prices that enter the cost of a verdict over the years; of building, besides the price of the building itself.
_ENTERING = {
    "bus": ENTERING,
    "board": ("board_place", "board_year"),
    "build": ("school_year", "seat_year"),
    "upgrade": ("level_year", "seat_year"),
    "extend": ("seat_year",),
    "keep": (),
}  # fmt: skip


def caveats(plan: Plan) -> tuple[str, ...]:
    """Return the keys of what must be said beside the figures of a plan: of its data, prices, programme and targets."""
    over = plan.norms.in_force.get(INDICATOR)
    ended = over is not None and over.historical(plan.norms.day)
    more = plan_sheets.programme_caveats(plan.options, plan.relieved, plan.sites)
    return (*money_caveats(plan), *more, *(("project_over",) if ended else ()))


def money_caveats(plan: Plan) -> tuple[str, ...]:
    """Return the keys of what must be said beside every figure: of the region's data, and of assumed prices."""
    assumed = "assumed" in plan.prices.basis.values()
    return (*plan.region.caveats, *(("assumed_prices",) if assumed else ()))


def basis(prices: Prices, verdict: str, sites: Sequence[Any] = ()) -> str:
    """Return where the cost of a verdict over the years comes from: assumed where one price of it is.

    Parameters
    ----------
    prices
        The prices of the plan.
    verdict
        What is done.
    sites
        The sites of the settlement, by rank; a building put in place of another costs no more to keep.
    """
    found = {one.price_basis for one in sites if one.price_basis != "none"}
    if not found or sites[0].action != "replace":
        found |= {prices.basis[name] for name in _ENTERING[verdict]}
    return next((one for one in ("assumed", "published", "given") if one in found), "none")


def compared(
    row: Any, sites: Sequence[Any], prices: Prices, known: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Return the raw values of the sentence on the next best thing; nothing where there is none.

    Parameters
    ----------
    row
        The settlement with its verdict.
    sites
        Its sites, by rank.
    prices
        The prices of the plan.
    known
        The facts of the settlement (`reasons.facts`): whom neither of the two teaches, and who rides either way.
    """
    if not row.runner_up:
        return {}
    own = basis(prices, row.verdict, sites) if row.cost_mkzt else "none"  # a level is raised without building
    still = {name: known.get(name) for name in ("bands_after", "pupils_after")}
    paid = row.verdict == "upgrade" and bool(sites) and not any(one.seats for one in sites)  # only teachers are
    dearer = pd.notna(row.cost_mkzt) and pd.notna(row.runner_up_mkzt) and row.runner_up_mkzt < row.cost_mkzt
    return clean({
        "chosen": row.verdict, "cost_mkzt": row.cost_mkzt, "cost_basis": own,
        "other": row.runner_up, "other_cost_mkzt": row.runner_up_mkzt,
        "other_cost_basis": basis(prices, row.runner_up), "years": prices.years, "below": row.below_guarantee,
        "staff": paid and pd.notna(row.cost_mkzt),
        "order": bool(dearer and (row.verdict, row.runner_up) == ("bus", "board")),
        **(still if row.reason != "build_unschooled" else {}),
    })  # fmt: skip


def keys(facts: dict[str, Any]) -> list[str]:
    """Return the keys of the sentences on the next best thing; the script of the map keeps the same rule."""
    if not facts:
        return []
    both = "cost_mkzt" in facts and "other_cost_mkzt" in facts
    first = "next_best_keep" if facts["other"] == "keep" else "next_best"
    more = [f"next_best_{one}" for one in ("staff", "below", "order") if facts.get(one)]
    more += ["next_best_still"] if facts.get("bands_after") else []
    return [first if both else "next_best_unpriced", *more]


def sentences(facts: dict[str, Any], said: Words) -> list[str]:
    """Return the sentences on the next best thing."""
    filled = {"cost_mkzt": None, "other_cost_mkzt": None} | facts
    return [said.sentence(key, filled) for key in keys(facts)]


def ridden(plan: Plan, key: str, said: Words) -> list[str]:
    """Return how the pupils of a settlement ride to school, and what of the cost of the routes is theirs."""
    schools = reasons.named(plan, said.lang)
    out = []
    for row in plan.rides[plan.rides["settlement_id"] == key].itertuples():
        count = said.text("ui.pupils", count=said.number(row.pupils))
        if row.mode == "bus":
            way = said.text("card.ride", time=row.pickup, minutes=said.number(row.ride_min))
            to = said.text("card.route_to", school=schools({"school": row.school_id})["school"])
            how = f"{way}; {to} ({row.route_id})"
        else:
            how = f"{said.text(f'mode.{row.mode}')} – {said.text(f'not_carried.{row.why}')}"
        out.append(f"{said.text(f'band.{row.band}')}: {how}; {count}")
    shares = fleet.shares(plan.rides, plan.routes, plan.prices)
    own = shares[shares.index.get_level_values(0) == key].sum()
    if own:
        cost = said.cost(own, fleet.basis(plan.prices))
        out.append(said.text("explain.bus_share", cost=cost, years=said.number(plan.prices.years)))
    return out


def prices_frame(prices: Prices, said: Words) -> pd.DataFrame:
    """Return all prices in words: name, value, unit, standing, source."""
    rows = [
        {
            "name": said.text(f"price.{name}"), "value": value, "unit": said.text(f"price_unit.{prices.units[name]}"),
            "standing": said.text(f"price_basis.{prices.basis[name]}"), "source": _source(prices, name, said),
            "option": name,
        }
        for name, value in prices.values.items()  # noqa: PD011 - no frame
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["name", "value", "unit", "standing", "source", "option"])


def _source(prices: Prices, name: str, said: Words) -> str:
    key = f"price_source.{prices.basis[name]}"
    if prices.basis[name] != "published":
        return said.text(key)
    return said.text(key, value=said.number(prices[name] / int(name.removeprefix(_SIZE)), digits=2))
