"""Age structure: of so many inhabitants, how many children are in each cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from schoolnet.messages import Message
from schoolnet.model import cohorts, vital
from schoolnet.people import AGES, COUNTRY, REGION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.model.vital import Births
    from schoolnet.options import Options
    from schoolnet.region import Region

_COLUMNS = [f"a{age}" for age in AGES]
_CHILDREN = len(AGES)  # ages under 18
_ALL = 140  # ages kept while a table is moved back in time
_OLD = 80  # a table without a gap from 18 to this age is of all inhabitants, not of children only
_YOUNG = 5  # ages by which a place's births are told from the country's


@dataclass(frozen=True)
class Profile:
    """Children in each cohort per inhabitant.

    Attributes
    ----------
    cohorts
        Settlements by a0 … a17 (see `model.cohorts`), children per inhabitant.
    basis
        Of each settlement: `structure` (an age table of its area) or `share` (the country's cohorts, scaled to the
        share of school-age children).
    notes
        What was found in the age tables, for the ledger.
    """

    cohorts: pd.DataFrame
    basis: pd.Series[str]
    notes: tuple[Message, ...] = ()


def profile(region: Region, norms: Norms, options: Options, year: int | None = None) -> Profile:
    """Return the children in each cohort per inhabitant of every settlement.

    The age table of the nearest area wins: the settlement's own, its district's, the region's, the country's; of an
    area, the table of its towns or villages before that of all. Groups of ages are split by the ages that the births
    of the country make, sums kept; ages on 1 January become ages on 1 September; years between the table and the
    school year are lived through, with deaths and without moves. Where no table is given, the cohorts are the
    country's, scaled so that grades 1-11 are the share of school-age children (`children.share`).

    | area | ages | → | settlement | a0 | a1 | … | basis |
    |---|---|---|---|---|---|---|---|
    | east | 0-4: 100, 5-9: 90 … | | A (in east) | 0.021 | 0.021 | … | structure |
    | | | | B (in west) | 0.018 | 0.019 | … | share |

    Parameters
    ----------
    region, norms, options
        The region, the norms of the day, the choices.
    year
        School year; the plan's when not given.
    """
    year = options.school_year if year is None else year
    stay = vital.stay(norms, options)
    country = vital.national(region.people.births, options)
    made = cohorts.from_ages(country.ages(year, _CHILDREN + 1), options.enter_at_six, stay)
    share = norms["children.share"].value if options.school_age_share is None else options.school_age_share
    default = made * share / made[cohorts.FIRST : _CHILDREN - 1].sum()
    notes: list[Message] = []
    found: dict[tuple[str, str], NDArray[np.float64]] = {}
    for (area, territory), rows in region.people.ages.groupby(["area_id", "territory"]):
        ages = _per_inhabitant(region, rows, year, country, notes)
        if ages is not None:
            found[area, territory] = cohorts.from_ages(ages, options.enter_at_six, stay)
    return _assigned(region, found, default, tuple(notes))


def _assigned(
    region: Region,
    found: dict[tuple[str, str], NDArray[np.float64]],
    default: NDArray[np.float64],
    notes: tuple[Message, ...],
) -> Profile:
    settlements = region.settlements
    rows, basis = [], []
    for key, district, rural in zip(
        settlements.index, settlements["district_id"].fillna(""), settlements["is_rural"], strict=True
    ):
        kinds = ("rural" if rural else "urban", "all")
        near = ((area, kind) for area in (key, district, REGION, COUNTRY) for kind in kinds)
        at = next((one for one in near if one in found), None)
        rows.append(default if at is None else found[at])
        basis.append("share" if at is None else "structure")
    frame = pd.DataFrame(np.array(rows).reshape(-1, _CHILDREN), index=settlements.index, columns=_COLUMNS)
    return Profile(frame, pd.Series(basis, index=settlements.index, dtype="str"), notes)


# --- one table


def _per_inhabitant(
    region: Region, rows: pd.DataFrame, year: int, country: Births, notes: list[Message]
) -> NDArray[np.float64] | None:
    """Return children aged 0 … 18 on 1 September per inhabitant of an area, or None where its table cannot be used."""
    area, territory = str(rows["area_id"].iloc[0]), str(rows["territory"].iloc[0])
    own = _nearest_in_time(rows, year)
    then, month = int(own["year"].iloc[0]), int(own["month"].iloc[0])
    births = vital.of_area(region.people.births, area, country)
    shape = (births or country).ages(then, _ALL, month=month)
    told = _singles(own, shape)
    known = np.isfinite(told)
    if told[:_CHILDREN][known[:_CHILDREN]].sum() <= 0:
        notes.append(Message("the age table of {area} is not used: it holds no child", area=area))
        return None
    missing = np.flatnonzero(~known[:_CHILDREN])
    if len(missing):
        lacking = ", ".join(map(str, missing))
        notes.append(
            Message(
                "the age table of {area} lacks ages {ages}: filled in by births of the years", area=area, ages=lacking
            )
        )
    among = known[:_CHILDREN]
    ratio = told[:_CHILDREN][among].sum() / max(shape[:_CHILDREN][among].sum(), 1e-9)
    ages = np.where(known, told, shape * ratio)
    everybody = known[_CHILDREN:_OLD].all()
    people = np.nansum(told) + ages[missing].sum() if everybody else _people(region, area, territory)
    if not people > 0:
        notes.append(Message("the age table of {area} is not used: its inhabitants are not known", area=area))
        return None
    absolute = births is not None and territory == "all"
    rate = 1.0 if absolute else ages[:_YOUNG].sum() / max(shape[:_YOUNG].sum(), 1e-9)
    return _moved(ages, births or country, rate, (then, month, year))[: _CHILDREN + 1] / people


def _nearest_in_time(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the latest table that is not after the school year's beginning, else the earliest one."""
    when = rows["year"].astype(int) * 12 + rows["month"].astype(int)
    past = when[when <= year * 12 + 9]
    return rows[when == (past.max() if len(past) else when.min())]


def _singles(rows: pd.DataFrame, shape: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return inhabitants by single age, NaN where not told; a group is split in proportion to `shape`, its sum kept."""
    out = np.full(_ALL, np.nan)
    for first, last, people in zip(rows["age"].astype(int), rows["age_to"].astype(int), rows["people"], strict=True):
        at = slice(first, last + 1)
        weights = shape[at] if shape[at].sum() > 0 else np.ones(last + 1 - first)
        out[at] = np.nan_to_num(out[at]) + people * weights / weights.sum()
    return out


def _people(region: Region, area: str, territory: str) -> float:
    """Return the inhabitants of whom a table's children are a part: official ones, else its settlements'; or NaN."""
    column = "population" if territory == "all" else territory
    if area in region.people.official.index and pd.notna(region.people.official.loc[area, column]):
        return float(region.people.official.loc[area, column])
    if area == COUNTRY:
        return float(vital.defaults()["population"]["people"]) if territory == "all" else np.nan
    homes = region.settlements
    inside = (homes.index == area) | (homes["district_id"] == area).fillna(value=False) | (area == REGION)
    if territory != "all":
        inside = inside & (homes["is_rural"] == (territory == "rural"))
    return float(homes.loc[inside, "population"].sum())


def _moved(ages: NDArray[np.float64], births: Births, rate: float, when: tuple[int, int, int]) -> NDArray[np.float64]:
    """Return ages on 1 September of a year from those of a table of another: everybody older or younger, or born."""
    then, month, year = when
    if month == 1:
        ages = cohorts.january_to_september(ages, rate * births.at(then))
    lives = vital.survival(_ALL)
    for one in range(then + 1, year + 1):
        ages = np.concatenate([[rate * births.newborn(one)], ages[:-1] * lives[:-1]])
    for _ in range(year, then):
        ages = ages[1:] / lives[: len(ages) - 1]
    return ages
