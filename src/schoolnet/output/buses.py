"""The buses of a plan as files and as a report of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.model.balance import WHOLE
from schoolnet.output import bus_sheets, printed, service, sheets, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import RenderableType

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

_TABLES = ("stops", "rides", "routes", "calls", "fleet", "carried")
_OPEN = "open_data_61"
OPEN_DATA = f"{_OPEN}.csv"
#: The files buses are saved as.
FILES = service.files("buses", (*_TABLES, _OPEN))
_FIRST_MONTH = 9  # a school year begins in September
_SUMMARY = ("pupils_bused", "pupils_board", "pupils_unserved", "buses", "bus_km_day", "buses_mkzt_year")


def write(plan: Plan, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write the tables of the buses, their layers, workbook and open data (`FILES`), all or none; returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    said = words.load(lang)
    tables = {name: getattr(plan, name) for name in _TABLES} | {_OPEN: open_data(plan)}
    layers = {f"bus_{name}": getattr(plan, name).reset_index() for name in ("stops", "routes")}
    shown = service.Shown(tables, layers, bus_sheets.frames(plan, said, sheets.places(plan.region, said)))
    return service.save(service.of_plan(plan, said, money=True), shown, folder, "buses", said)


def open_data(plan: Plan) -> pd.DataFrame:
    """Return open-data set 61: children with organised transport to school, by district, of a school year's September.

    | kato | name_kk | name_ru | school_year | children |
    |---|---|---|---|---|
    | 593200000 | Айыртау ауданы | Айыртауский район | 2026/2027 | 779 |

    Source: Order 120 of 29.01.2016, list of open data (as of Order 336 of 13.07.2021, annex 2), row 61: yearly, in
    September. The figure is the plan's, not a count of those carried.
    """
    districts, day = plan.region.districts, plan.norms.day
    first = day.year if day.month >= _FIRST_MONTH else day.year - 1
    rows = plan.carried[plan.carried.index != WHOLE]
    known = districts.reindex(rows.index)
    return pd.DataFrame({
        "kato": known["kato"].to_numpy(object),
        "name_kk": known["name_kk"].fillna(known["name"]).to_numpy(object),
        "name_ru": known["name_ru"].fillna(known["name"]).to_numpy(object),
        "school_year": f"{first}/{first + 1}",
        "children": rows["bus"].to_numpy(int),
    })  # fmt: skip


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
    named = {
        **sheets.places(plan.region, said), WHOLE: said.text("layer.region"), "": said.text("no_district"),
    }  # fmt: skip
    shown = {
        "carried": bus_sheets.carried(plan, named), "rides": _left(plan, said), "fleet": bus_sheets.fleet(plan, named),
    }  # fmt: skip
    yield from (printed.table(said, said.text(f"heading.{name}"), frame) for name, frame in shown.items())


def _left(plan: Plan, said: Words) -> pd.DataFrame:
    """Return pupils whom no bus brings, by reason."""
    left = plan.rides[plan.rides["mode"] != "bus"]
    sums = left.groupby(["mode", "why"]).agg(settlements=("settlement_id", "nunique"), pupils=("pupils", "sum"))
    rows = sums.reset_index().rename(columns={"why": "not_carried"})
    for column in ("mode", "not_carried"):
        rows[column] = [said.text(f"{column}.{one}") for one in rows[column]]
    return rows
