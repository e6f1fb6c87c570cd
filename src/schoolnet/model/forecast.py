"""Forecast: pupils of every settlement by grade and year on three paths, from cohorts, births, moves and totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from schoolnet import prospects, schema
from schoolnet.messages import Message
from schoolnet.model import cohorts, controls, rounding
from schoolnet.model.growth import Growth, growth
from schoolnet.model.population import ESTIMATED
from schoolnet.people import AGES, GRADES, REGION
from schoolnet.prospects import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.region import Region

_COHORTS = [f"a{age}" for age in AGES]
_GRADES = [f"g{grade}" for grade in GRADES]
_MOST = 1e12  # children of a cohort: what growing by half every year for a century may come to, kept countable


@dataclass(frozen=True)
class Forecast:
    """Pupils to come.

    Attributes
    ----------
    settlements
        `prospects.FORECAST`: the years from the plan's to the horizon's; no rows where children are unknown.
    districts
        `prospects.FORECAST_DISTRICTS`: their sums, `*` the region, "" what lies outside every district.
    growth
        What the cohorts were led on by.
    notes
        What was found, for the ledger.
    """

    settlements: pd.DataFrame
    districts: pd.DataFrame
    growth: Growth
    notes: tuple[Message, ...]


def forecast(region: Region, headcount: pd.DataFrame, norms: Norms, options: Options) -> Forecast:
    """Return pupils of each settlement by grade, from the plan's school year to the horizon, on three paths.

    Cohorts grow older by `growth`; low and high differ by births and by migration. Control totals
    (`controls.met`) hold from their year on: what they add to a cohort stays with it. Pupils are whole: on the medium
    path settlements keep their district's rounded sum and grades their settlement's; the low path's sum is rounded
    down and the high path's up, and nowhere is low above medium or medium above high. In the plan's year all paths are
    the children counted.

    | settlement | a5 | a6 | a7 | … | → | settlement | year | scenario | g1 | g2 | … | children |
    |---|---|---|---|---|---|---|---|---|---|---|---|---|
    | A | 9.0 | 8.0 | 7.0 | | | A | 2026 | low | 8 | 7 | … | 81 |
    | | | | | | | A | 2026 | medium | 8 | 7 | … | 81 |
    | | | | | | | A | 2027 | medium | 9 | 8 | … | 83 |

    Parameters
    ----------
    region
        With what is known of its people.
    headcount
        `prospects.HEADCOUNT`.
    norms, options
        The norms of the day, the choices.
    """
    known = headcount[_COHORTS].notna().all(axis=1)
    state = headcount.loc[known, _COHORTS].astype(float)
    notes: list[Message] = []
    if not known.all():
        notes.append(
            Message("{count} settlements have no forecast: their children are unknown", count=int((~known).sum()))
        )
    grown = growth(region, state, norms, options)
    homes = region.settlements["district_id"].fillna("").loc[state.index]
    free = headcount.loc[state.index, "children_basis"].isin(ESTIMATED)
    places = pd.DataFrame({"district_id": homes, "free": free})
    totals = controls.controls(region.people.series, places, region.districts.index, options, notes)
    years = list(_years(state.to_numpy(), grown, totals, options, notes))
    cells = np.stack(years, axis=1)  # path, year, settlement, grade
    return Forecast(
        _table(cells, grown.years, homes.index, prospects.FORECAST),
        _districts(cells, grown.years, homes),
        grown,
        (*grown.notes, *notes),
    )


def _years(
    state: NDArray[np.float64], grown: Growth, totals: controls.Controls, options: Options, notes: list[Message]
) -> Iterator[NDArray[np.float64]]:
    """Yield the whole pupils of each year by path, settlement and grade."""
    states = dict.fromkeys(SCENARIOS, state)
    for at, year in enumerate(grown.years):
        if at:
            states = {
                path: cohorts.step(one, grown.newborn[path][:, at - 1], grown.shares, grown.moves(path))
                for path, one in states.items()
            }
        states = {path: np.minimum(one, _MOST) for path, one in states.items()}
        twelve = options.twelve_from is not None and year >= options.twelve_from
        states, medium, groups = controls.met(states, year, totals, twelve=twelve, notes=notes)
        if not at:
            yield np.stack([medium] * len(SCENARIOS))
            continue
        low, high = (np.minimum(cohorts.grades(states[path], twelve=twelve), _MOST) for path in ("low", "high"))
        yield np.stack([_under(low, medium, groups), medium, _over(high, medium, groups)])


def _under(low: NDArray[np.float64], medium: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return whole pupils of the low path: a group's sum rounded down, none over the medium path."""
    sums, most = low.sum(axis=1), medium.sum(axis=1)
    down = np.floor(np.round(np.bincount(groups, sums), 6))
    totals = rounding.between(sums, groups, down, least=np.zeros_like(most), most=most)
    return rounding.rows_between(low, totals, least=np.zeros_like(medium), most=medium)


def _over(high: NDArray[np.float64], medium: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return whole pupils of the high path: a group's sum rounded up, none under the medium path."""
    sums, least = high.sum(axis=1), medium.sum(axis=1)
    most = np.full_like(medium, np.inf)
    up = np.ceil(np.round(np.bincount(groups, sums), 6))
    totals = rounding.between(sums, groups, up, least=least, most=most[:, 0])
    return rounding.rows_between(high, totals, least=medium, most=most)


# --- tables


def _table(
    cells: NDArray[np.float64], years: tuple[int, ...], keys: pd.Index[str], table: schema.Table
) -> pd.DataFrame:
    """Return cells by path, year, place and grade as rows of a table: place by place, year by year, low to high."""
    paths, spans, places, grades = cells.shape
    rows = cells.transpose(2, 1, 0, 3).reshape(-1, grades)
    key = next(iter(table.columns))
    columns = {
        key: pd.array(np.repeat(keys.to_numpy(dtype=object), spans * paths), dtype="str"),
        "year": pd.array(np.tile(np.repeat(years, paths), places), dtype="Int64"),
        "scenario": pd.array(np.tile(np.array(SCENARIOS, dtype=object), places * spans), dtype="str"),
        **{name: pd.array(rows[:, at].astype(np.int64), dtype="Int64") for at, name in enumerate(_GRADES)},
        "children": pd.array(rows.sum(axis=1).astype(np.int64), dtype="Int64"),
    }
    out = pd.DataFrame(columns)
    schema.check(out, table)
    return out


def _districts(cells: NDArray[np.float64], years: tuple[int, ...], homes: pd.Series[str]) -> pd.DataFrame:
    """Return the sums of districts that have settlements with children known, and of the region."""
    codes, names = pd.factorize(homes, sort=True)
    order = np.argsort(codes, kind="stable")
    start = np.searchsorted(codes[order], np.arange(len(names)))
    sums = np.add.reduceat(cells[:, :, order], start, axis=2) if len(names) else cells[:, :, :0]
    whole = np.concatenate([sums, cells.sum(axis=2, keepdims=True)], axis=2)
    return _table(whole, years, pd.Index([*names, REGION], dtype="str"), prospects.FORECAST_DISTRICTS)
