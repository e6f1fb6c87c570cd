"""What sites are chosen by: the findings of a region, the way to school, prices, and whom schools are made for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from schoolnet import tables
from schoolnet.model.audit import one_shift
from schoolnet.model.demand import COLUMN_OF_BAND
from schoolnet.tables import GRADES_OF_BAND

if TYPE_CHECKING:
    from schoolnet.law.norms import Norms
    from schoolnet.model.roads import Roads
    from schoolnet.options import Options
    from schoolnet.planning.prices import Prices
    from schoolnet.region import Region

_TWELVE = 12


@dataclass(frozen=True)
class Found:
    """What the stages before found, in the season of the plan; tables as in `results`.

    `planned`: pupils of each settlement and band that schools are made for (`planned`), whole numbers. `leaving`: those
    who leave a school once the guarantee is kept in their own settlement, by school.
    """

    region: Region
    norms: Norms
    options: Options
    prices: Prices
    roads: Roads
    demand: pd.DataFrame
    access: pd.DataFrame
    transport: pd.DataFrame
    findings: pd.DataFrame
    schools: pd.DataFrame
    planned: pd.DataFrame
    town_cells: pd.DataFrame
    leaving: pd.Series[float] = field(default_factory=lambda: pd.Series(dtype=float))

    @cached_property
    def today(self) -> pd.DataFrame:
        """Pupils of each settlement and band today, 0 where they are not known."""
        return pupils_today(self.demand)

    @cached_property
    def growth(self) -> pd.Series[float]:
        """Pupils a school is made for as a share of those of today, by settlement; 1 where there are none today."""
        today, then = self.today.sum(axis=1), self.planned.sum(axis=1)
        return (then / today.where(today > 0)).astype(float).fillna(1.0)

    @cached_property
    def one_shift(self) -> pd.Series[float]:
        """One-shift seats of each school, NaN where they are not known."""
        return one_shift(self.region.schools).astype("Float64").astype(float)

    @cached_property
    def expected(self) -> pd.Series[float]:
        """Pupils each school is made for: its contingent, grown with its settlement, less `leaving`; NaN: not known."""
        schools = self.region.schools
        growth = schools["settlement_id"].map(self.growth).fillna(1.0).astype(float)
        grown = schools["enrolment"].astype("Float64").astype(float) * growth
        return (grown - self.leaving.reindex(schools.index).fillna(0.0)).clip(lower=0.0)

    @cached_property
    def by_level(self) -> pd.DataFrame:
        """Pupils of each settlement that a school of a level would teach there, those it is made for."""
        return pd.DataFrame({level: self.planned[[*bands_of(level)]].sum(axis=1) for level in tables.LEVELS})

    @cached_property
    def day_schools(self) -> dict[str, pd.DataFrame]:
        """State day schools of each settlement that has some, of the highest level and most pupils first.

        Beside their columns stand one-shift `room`, `expected` pupils, and `emergency`, `three_shift`, `short` (pupils
        beyond two shifts) of the findings.
        """
        schools = pd.DataFrame(self.region.schools.drop(columns="geometry"))
        found = self.schools[["emergency", "three_shift"]].assign(short=self.schools["shortage_official"])
        rows = schools.assign(room=self.one_shift, expected=self.expected).join(found)[self.schools["state_day"]]
        level = rows["level"].fillna(self.options.unknown_level).map(tables.LEVELS.index).astype("int64")
        order = pd.DataFrame({"level": -level, "pupils": -rows["enrolment"].fillna(0), "id": rows.index})
        rows = rows.loc[order.sort_values(["level", "pupils", "id"]).index]
        return {str(key): part for key, part in rows.groupby("settlement_id")}

    def pupils_of(self, settlement: str, whose: Literal["today", "planned"]) -> dict[str, int]:
        """Return the pupils of a settlement by band."""
        return self._by_settlement[whose][settlement]

    @cached_property
    def _by_settlement(self) -> dict[str, dict[str, dict[str, int]]]:
        return {name: frame.to_dict("index") for name, frame in (("today", self.today), ("planned", self.planned))}


def bands_of(level: str) -> tuple[str, ...]:
    """Return the bands a school of a level teaches; none of level `none`."""
    return tables.BANDS[: (*tables.LEVELS,).index(level) + 1] if level in tables.LEVELS else ()


def pupils_today(demand: pd.DataFrame) -> pd.DataFrame:
    """Return pupils of each settlement by band, 0 where they are not known."""
    names = {column: band for band, column in COLUMN_OF_BAND.items()}
    return demand[[*names]].rename(columns=names).fillna(0).astype(np.int64)


def planned(demand: pd.DataFrame, forecast: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return the pupils schools are made for, by settlement and band (option `size_for`).

    Those of the horizon are the path of option `growth`; a settlement the forecast does not know keeps those of today.
    """
    today = pupils_today(demand)
    if options.size_for == "today":
        return today
    rows = forecast[(forecast["year"] == options.horizon_year) & (forecast["scenario"] == options.growth)]
    rows = rows.set_index("settlement_id")
    then: dict[str, Any] = {band: rows[_grades(band)].sum(axis=1) for band in tables.BANDS}
    out = pd.DataFrame(then).reindex(today.index).astype("Float64")
    out = out.fillna(today.astype("Float64")).astype(np.int64)
    return out if options.size_for == "horizon" else out.where(out >= today, today)


def _grades(band: str) -> list[str]:
    first = 1 + sum(GRADES_OF_BAND[one] for one in tables.BANDS[: tables.BANDS.index(band)])
    last = first + GRADES_OF_BAND[band] - 1 if band != tables.BANDS[-1] else _TWELVE
    return [f"g{grade}" for grade in range(first, last + 1)]
