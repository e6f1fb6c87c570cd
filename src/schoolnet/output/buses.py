"""The buses of a plan as files and as a report of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.model.balance import WHOLE
from schoolnet.output import bus_sheets, open_data, printed, service, sheets, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

_TABLES = ("stops", "rides", "routes", "calls", "fleet", "carried")
#: The files buses are saved as.
FILES = service.files("buses", (*_TABLES, Path(open_data.CARRIED).stem))
_SUMMARY = ("pupils_bused", "pupils_board", "pupils_unserved", "buses", "bus_km_day", "buses_mkzt_year")


def write(plan: Plan, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write the tables of the buses, their layers, workbook and open data (`FILES`), all or none; returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    said = words.load(lang)
    tables = {name: getattr(plan, name) for name in _TABLES} | {Path(open_data.CARRIED).stem: open_data.carried(plan)}
    layers = {f"bus_{name}": getattr(plan, name).reset_index() for name in ("stops", "routes")}
    shown = service.Shown(tables, layers, bus_sheets.frames(plan, said, sheets.places(plan.region, said)))
    return service.save(service.of_plan(plan, said, money=True), shown, folder, "buses", said)


def report(plan: Plan, lang: str) -> Iterator[RenderableType | str]:
    """Yield what the buses come to: pupils, buses, kilometres and cost; districts; who is left and why; the fleet."""
    said = words.load(lang)
    yield from service.head(service.of_plan(plan, said, money=True), said)
    season = f"pupils_entitled_{plan.options.season}"
    for key in (season, *_SUMMARY, "entitled_unknown"):
        yield f"{said.text(f'summary.{key}')}: {said.number(plan.summary[key], digits=1)}"
    over = said.number(plan.carried.loc[WHOLE, "over_advised"])
    yield said.text("buses.advised", limit=said.number(plan.options.ride_advised_min), count=over)
    if plan.rides.empty:
        return
    if len(plan.routes):
        yield _load(plan, said)
    named = {
        **sheets.places(plan.region, said), WHOLE: said.text("layer.region"), "": said.text("no_district"),
    }  # fmt: skip
    shown = {
        "carried": bus_sheets.carried(plan, named), "rides": _left(plan, said),
        "fleet": _loaded(plan, bus_sheets.fleet(plan, named), named),
    }  # fmt: skip
    yield from (printed.table(said, said.text(f"heading.{name}"), frame) for name, frame in shown.items())


def _load(plan: Plan, said: Words) -> str:
    """Return how full the buses are: pupils on all routes to the seats that run on them."""
    seats, pupils = (int(plan.routes[name].sum()) for name in ("seats", "pupils"))
    return said.text(
        "buses.load", seats=said.number(seats), pupils=said.number(pupils), share=said.percent(pupils / seats)
    )  # fmt: skip


def _loaded(plan: Plan, fleet: pd.DataFrame, named: Mapping[str, str]) -> pd.DataFrame:
    """Return the fleet with the pupils its buses bring, and their share of the seats that run (`load_share`)."""
    routes = pd.DataFrame(plan.routes[["district_id", "seats", "pupils"]])
    routes["district_id"] = routes["district_id"].fillna("")
    both = pd.concat([routes, routes.assign(district_id=WHOLE)]).assign(run=lambda rows: rows["seats"])
    sums = both.groupby(["district_id", "seats"])[["pupils", "run"]].sum().reset_index()
    sums["school_district"] = [named.get(one, one) for one in sums["district_id"]]
    sums = sums.assign(load_share=sums["pupils"] / sums["run"]).rename(columns={"seats": "bus_seats"})
    return fleet.merge(sums.drop(columns=["run", "district_id"]), on=["school_district", "bus_seats"], how="left")


def _left(plan: Plan, said: Words) -> pd.DataFrame:
    """Return pupils whom no bus brings, by reason."""
    left = plan.rides[plan.rides["mode"] != "bus"]
    sums = left.groupby(["mode", "why"]).agg(settlements=("settlement_id", "nunique"), pupils=("pupils", "sum"))
    rows = sums.reset_index().rename(columns={"why": "not_carried"})
    for column in ("mode", "not_carried"):
        rows[column] = [said.text(f"{column}.{one}") for one in rows[column]]
    return rows
