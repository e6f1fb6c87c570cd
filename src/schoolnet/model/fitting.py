"""Progression from grade to grade, fitted on series of pupils: a place leans on its district, that on the region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from schoolnet.model import cohorts, vital
from schoolnet.people import COUNTRY, REGION
from schoolnet.tables import BANDS, GRADES_OF_BAND

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TRANSITIONS = cohorts.COHORTS - 1
_LAST = _TRANSITIONS - cohorts.FIRST  # grades that have a next one: 1-11
_LEAST_MIGRATION = -0.5
#: Last grades of the bands after which a child may change school.
_ENDS = np.cumsum([GRADES_OF_BAND[band] for band in BANDS])
#: Transitions inside a band: pupils of one place move on in the same school.
_INSIDE = np.array([at >= cohorts.FIRST and at - cohorts.FIRST + 1 not in _ENDS for at in range(_TRANSITIONS)])


class Level(NamedTuple):
    """Areas of one level: the ratio of each cohort to the one before it a year earlier, moves included, and moves."""

    ratios: NDArray[np.float64]
    migration: NDArray[np.float64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """The ratios without the moves, as `cohorts.step` takes them."""
        return self.ratios / (1 + self.migration[:, None])


@dataclass(frozen=True)
class Fit:
    """Yearly progression at every level.

    Attributes
    ----------
    settlements, districts, region, country
        `Level`s; region and country hold one row.
    report
        What was fitted: area_id, level, pupils (of the earlier grades, all years), years (pairs of them).
    capped
        Ratios held to the most a year is trusted with (`fit.ratio_most` in model/people.toml).
    """

    settlements: Level
    districts: Level
    region: Level
    country: Level
    report: pd.DataFrame
    capped: int


def fit(
    series: pd.DataFrame, homes: pd.Series[str], districts: pd.Index[str], shares: NDArray[np.float64], migration: float
) -> Fit:
    """Return how cohorts go on from year to year, fitted on the pupils of grades in years one after another.

    A ratio is pupils of a grade to those of the grade before a year earlier, summed over the years, so weighted by
    pupils. A settlement's is drawn to its district's and a district's to the region's, by n / (n + k) for n pupils (k
    is `fit.shrink_pupils` of model/people.toml); the region's own rows, and the country's, stand as they are. An area
    without rows takes those of its parts together, drawn to the level above. A settlement keeps its district's ratio
    from grade 4 to 5 and from 9 to 10, where pupils change school: who is taught there says little of who lives there.
    Grades an area never teaches tell nothing. Migration is what the ratios inside the bands have over survival.

    Parameters
    ----------
    series
        `people.SERIES`, only the years to fit on; rows of all grades together (0) are passed over.
    homes
        District of each settlement ("": none), by settlement_id.
    districts
        Identifiers of the districts.
    shares, migration
        What holds where no series tells it; see `cohorts.rates`.
    """
    pairs = _pairs(series)
    constants = vital.defaults()["fit"]
    k, most = float(constants["shrink_pupils"]), float(constants["ratio_most"])
    places, own, region, country = (
        _counts(pairs, series, pd.Index(index)) for index in (homes.index, districts, [REGION], [COUNTRY])
    )
    code = districts.get_indexer(pd.Index(homes.to_numpy()))
    parts = _own_or_parts(own, places, code)
    default = Level((shares * (1 + migration))[None, :], np.array([migration]))
    top = _level(country, default, 0)
    if region[0].any():
        middle = _level(region, top, 0)
    else:
        middle = _level(np.concatenate([parts, places[:, code < 0]], axis=1).sum(axis=1, keepdims=True), top, k)
    lower = _level(parts, _rows(middle, np.zeros(len(districts), dtype=np.int64)), k)
    above = Level(*map(np.concatenate, zip(lower, middle, strict=True)))  # the last row, -1, is the region
    levels = (_level(places * _INSIDE, _rows(above, code), k), lower, middle, top)
    told = (places * _INSIDE, parts, region, country)
    capped = sum(int(((one.ratios > most) & (own[0] > 0)).sum()) for one, own in zip(levels, told, strict=True))
    held = [Level(np.minimum(one.ratios, most), one.migration) for one in levels]
    return Fit(held[0], held[1], held[2], held[3], _report(pairs, homes.index, districts), capped)


def _pairs(series: pd.DataFrame) -> pd.DataFrame:
    """Return pupils of a grade in a year (before) beside those of the next grade a year on (after), by area."""
    rows = series.groupby(["area_id", "grade", "year"], as_index=False)["pupils"].sum()
    rows = rows[rows["grade"] > 0].astype({"grade": "int64", "year": "int64", "pupils": "float64"})
    later = rows.assign(grade=rows["grade"] - 1, year=rows["year"] - 1)
    pairs = rows.merge(later, on=["area_id", "grade", "year"], suffixes=("_before", "_after"))
    return pairs[pairs["grade"] <= _LAST].rename(columns={"pupils_before": "before", "pupils_after": "after"})


def _counts(pairs: pd.DataFrame, series: pd.DataFrame, areas: pd.Index[str]) -> NDArray[np.float64]:
    """Return pupils by area and transition: before, after, and in the later grade in any year at all."""
    out = np.zeros((3, len(areas), _TRANSITIONS))
    later = series[series["grade"] > 1]
    later = later.assign(grade=later["grade"] - 1, after=later["pupils"])
    for counts, rows, column in ((out[0], pairs, "before"), (out[1], pairs, "after"), (out[2], later, "after")):
        at = areas.get_indexer(pd.Index(rows["area_id"]))
        transition = rows["grade"].to_numpy(dtype=np.int64) + cohorts.FIRST - 1
        np.add.at(counts, (at[at >= 0], transition[at >= 0]), rows[column].to_numpy(dtype=float)[at >= 0])
    return out


def _own_or_parts(
    own: NDArray[np.float64], places: NDArray[np.float64], code: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the districts' own counts, and of a district without any those of its settlements together."""
    out = np.zeros_like(own)
    for made, part in zip(out, places, strict=True):
        np.add.at(made, code[code >= 0], part[code >= 0])
    return np.where(own[0].any(axis=1)[:, None], own, out)


def _rows(level: Level, code: NDArray[np.int64]) -> Level:
    return Level(level.ratios[code], level.migration[code])


def _level(counts: NDArray[np.float64], above: Level, k: float) -> Level:
    """Return the ratios and moves of areas, drawn to those above by k pupils; a grade never taught tells nothing."""
    lives = vital.survival()[:_TRANSITIONS]
    before, after = counts[:2] * (counts[2] > 0)
    alive = (before * _INSIDE * lives).sum(axis=1)
    change = _drawn(alive, (after * _INSIDE).sum(axis=1), 1 + above.migration, k) - 1
    migration = np.clip(change, _LEAST_MIGRATION, float(vital.defaults()["fit"]["ratio_most"]) - 1)
    ratios = _drawn(before, after, above.ratios, k)
    ratios[:, : cohorts.FIRST] = lives[: cohorts.FIRST] * (1 + migration)[:, None]
    return Level(ratios, migration)


def _drawn(
    before: NDArray[np.float64], after: NDArray[np.float64], above: NDArray[np.float64], k: float
) -> NDArray[np.float64]:
    """Return after / before drawn to the level above by k pupils; the level above where there is nobody before."""
    known = before > 0
    return np.where(known, (after + k * above) / np.where(known, before + k, 1), above)


def _report(pairs: pd.DataFrame, settlements: pd.Index[str], districts: pd.Index[str]) -> pd.DataFrame:
    """Return on how many pupils and years each area's own progression rests."""
    found = pairs.groupby("area_id").agg(pupils=("before", "sum"), years=("year", "nunique")).reset_index()
    area = found["area_id"]
    level = np.select(
        [area == COUNTRY, area == REGION, area.isin(districts), area.isin(settlements)],
        ["country", "region", "district", "settlement"],
        "unknown",
    )
    found = found.assign(level=level, pupils=found["pupils"].astype("int64"))
    return found[found["level"] != "unknown"][["area_id", "level", "pupils", "years"]].reset_index(drop=True)
