"""What a service (buses, okrugs, network schools) leaves: its files, all or none, and what is said beside its figures.

Every service says the same of itself on screen, in its workbook and in its record: the day of the norms, what must be
said beside every figure, the options, the prices where money is shown, and what became of the rows of its files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet.disk import placed
from schoolnet.given import TABLES as OWN
from schoolnet.output import costing, plan_sheets, titles, workbook
from schoolnet.output.layers import VERSION, dated
from schoolnet.output.outcome import flat
from schoolnet.output.record import record
from schoolnet.sources import table_file

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    import geopandas as gpd

    from schoolnet.ledger import Ledger
    from schoolnet.options import Options
    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan
    from schoolnet.planning.prices import Prices

RECORD = "provenance.json"
_COUNTS = ("read", "used", "corrected", "rejected")
_REASONS = 5  # of the rows rejected, on screen; the sheet of the ledger holds them all


class About(NamedTuple):
    """What is said of a service, in the words of one language.

    Attributes
    ----------
    title
        What it is of.
    day
        Of the norms.
    caveats
        What must be said beside every figure.
    ledger
        What became of the rows of the files it was made of.
    options
        The choices.
    record
        Its provenance.
    prices
        None where it shows no money.
    """

    title: str
    day: dt.date
    caveats: list[str]
    ledger: Ledger
    options: Options
    record: Mapping[str, Any]
    prices: Prices | None = None


class Shown(NamedTuple):
    """The frames of a service: tables (CSV) by name, layers (GeoPackage), sheets (XLSX)."""

    tables: Mapping[str, pd.DataFrame]
    layers: Mapping[str, gpd.GeoDataFrame]
    sheets: Mapping[str, pd.DataFrame]


def of_plan(plan: Plan, said: Words, *, money: bool) -> About:
    """Return what is said of a service of a plan; `money`: whether it shows any."""
    caveats = costing.money_caveats(plan) if money else plan.region.caveats
    return About(
        said.text("ui.title", region=titles.of(plan, said)),
        plan.norms.day,
        [said.text(f"caveat.{one}") for one in caveats],
        plan.ledger,
        plan.options,
        record(plan),
        plan.prices if money else None,
    )


def files(stem: str, tables: Iterator[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the files: tables, layers, workbook, record."""
    return (*(f"{name}.csv" for name in tables), f"{stem}.gpkg", f"{stem}.xlsx", RECORD)


def save(
    about: About,
    shown: Shown,
    folder: Path | str,
    stem: str,
    said: Words,
    more: Mapping[str, Callable[[Path], object]] | None = None,
) -> Path:
    """Write the files of a service, all or none; returns the folder.

    Parameters
    ----------
    about, shown
        What is said of it, and its frames.
    folder, stem
        Where to; the name of the layers and of the workbook.
    said
        The words of a language.
    more
        Writers of further files by name.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    others = more or {}
    with placed(Path(folder), (*files(stem, tuple(shown.tables)), *others)) as part:
        for name, table in shown.tables.items():
            table_file.write(flat(table), part / f"{name}.csv")
        with dated(about.day):
            for name, layer in shown.layers.items():
                layer.to_file(part / f"{stem}.gpkg", layer=name, driver="GPKG", engine="pyogrio", **VERSION)
        tables = {"caveats": caveats(about, said), **shown.sheets, **closing(about, said)}
        workbook.bound(tables, part / f"{stem}.xlsx", said, title=about.title, day=about.day)
        text = json.dumps(about.record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (part / RECORD).write_text(text, encoding="utf-8")
        for name, write in others.items():
            write(part / name)
    return Path(folder)


def caveats(about: About, said: Words) -> pd.DataFrame:
    """Return what must be said beside every figure as a sheet, the day of the norms at its head."""
    return pd.DataFrame({"text": [_day(about, said), *about.caveats]})


def closing(about: About, said: Words) -> dict[str, pd.DataFrame]:
    """Return the sheets of what a service was made with: prices, options, and the ledger where files were read."""
    found = {} if about.prices is None else {"prices": costing.prices_frame(about.prices, said)}
    found["options"] = plan_sheets.options(about.options, said)
    return found | ({"ledger": about.ledger.frame(said.message)} if about.ledger.read else {})


def head(about: About, said: Words) -> Iterator[str]:
    """Yield what a report begins with: title, day of the norms, caveats, and the rows of a planner's own tables."""
    yield f"{about.title}. {_day(about, said)}"
    yield from (f"! {one}" for one in about.caveats)
    yield from own_rows(about.ledger, said)


def own_rows(ledger: Ledger, said: Words) -> Iterator[str]:
    """Yield how many rows of each of a planner's own tables are used, and the first that are not, with the reason."""
    own = {table.name for table in OWN.values()}
    entries = [one for one in ledger.entries if one[1] in own and one[3] == "rejected"]
    for row in ledger.counts().to_dict("records"):
        file, table = row["file"], row["table"]
        if table not in own:
            continue
        counts = ", ".join(f"{said.text(f'column.{name}')} {said.number(row[name])}" for name in _COUNTS)
        yield f"{file} ({said.texts.get(f'layer.{table}', table)}): {counts}"
        rejected = [one for one in entries if one[:2] == (file, table)]
        for _, _, at, _, column, what, why in rejected[:_REASONS]:
            yield f"  {said.text('column.row')} {at}, {column}: {said.message(what)} – {said.message(why)}"
        if len(rejected) > _REASONS:
            yield f"  {said.text('check.more', count=said.number(len(rejected) - _REASONS))}"


def _day(about: About, said: Words) -> str:
    return said.text("ui.norms_day", day=f"{about.day:%d.%m.%Y}")
