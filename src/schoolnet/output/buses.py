"""The buses of a plan as files and as a report of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from schoolnet.model.balance import WHOLE
from schoolnet.output import bus_sheets, costing, plan_sheets, sheets, words, workbook
from schoolnet.output.layers import dated
from schoolnet.output.outcome import flat, table_file
from schoolnet.output.record import placed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

_TABLES = ("stops", "rides", "routes", "calls", "fleet", "carried")
OPEN_DATA = "open_data_61.csv"
#: The files buses are saved as.
FILES = (*(f"{name}.csv" for name in _TABLES), "buses.gpkg", "buses.xlsx", OPEN_DATA)
_FIRST_MONTH = 9  # a school year begins in September
_SUMMARY = ("pupils_bused", "pupils_board", "pupils_unserved", "buses", "bus_km_day", "buses_mkzt_year")
_DIGITS = 2


def write(plan: Plan, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write the tables of the buses, their layers, workbook and open data (`FILES`), all or none; returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    said = words.load(lang)
    with placed(Path(folder), FILES) as part:
        for name in _TABLES:
            table_file(flat(getattr(plan, name)), part / f"{name}.csv")
        table_file(open_data(plan), part / OPEN_DATA)
        with dated(plan.norms.day):
            for name in ("stops", "routes"):
                layer = getattr(plan, name).reset_index()
                layer.to_file(part / "buses.gpkg", layer=f"bus_{name}", driver="GPKG", engine="pyogrio")
        tables = bus_sheets.frames(plan, said, sheets.places(plan.region, said))
        tables["options"] = plan_sheets.options(plan.options, said)
        workbook.bound(tables, part / "buses.xlsx", said, title=_title(plan, said), day=plan.norms.day)
    return Path(folder)


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
    yield f"{_title(plan, said)}. {said.text('ui.norms_day', day=f'{plan.norms.day:%d.%m.%Y}')}"
    yield from (f"! {said.text(f'caveat.{one}')}" for one in costing.caveats(plan))
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
    yield _table(said, "carried", bus_sheets.carried(plan, named))
    yield _table(said, "rides", _left(plan, said))
    yield _table(said, "fleet", bus_sheets.fleet(plan, named))


def _left(plan: Plan, said: Words) -> pd.DataFrame:
    """Return pupils whom no bus brings, by reason."""
    left = plan.rides[plan.rides["mode"] != "bus"]
    sums = left.groupby(["mode", "why"]).agg(settlements=("settlement_id", "nunique"), pupils=("pupils", "sum"))
    rows = sums.reset_index().rename(columns={"why": "not_carried"})
    for column in ("mode", "not_carried"):
        rows[column] = [said.text(f"{column}.{one}") for one in rows[column]]
    return rows


def _table(said: Words, name: str, frame: pd.DataFrame) -> Table:
    table = Table(title=said.text(f"heading.{name}"), title_justify="left")
    for column in frame:
        number = frame[column].dtype != object and not pd.api.types.is_string_dtype(frame[column])
        table.add_column(said.text(f"column.{column}"), justify="right" if number else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*(Text(_cell(value, said)) for value in row))
    return table


def _cell(value: Any, said: Words) -> str:
    return value if isinstance(value, str) else said.number(value, digits=_DIGITS)


def _title(plan: Plan, said: Words) -> str:
    names = plan.region.names
    return said.text("ui.title", region=names.get(said.lang) or names.get("name") or plan.region.code)
