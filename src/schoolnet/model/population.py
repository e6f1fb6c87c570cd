"""Children of each settlement by cohort: as they were counted, else by the age structure of its inhabitants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import prospects, schema
from schoolnet.ledger import Recorder
from schoolnet.messages import Message
from schoolnet.model import ages, cohorts, reconcile, vital
from schoolnet.model.rounding import whole
from schoolnet.people import AGES, GRADES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.ledger import Ledger
    from schoolnet.model.ages import Profile
    from schoolnet.options import Options
    from schoolnet.region import Region

    Floats = NDArray[np.float64]

#: First cohort in school; the cohort a is in grade a - 5.
FIRST = 6
_COHORTS = [f"a{age}" for age in AGES]
#: How children are known that were not counted.
ESTIMATED = ("structure", "share", "modelled")


@dataclass(frozen=True)
class Headcount:
    """People and children of a region.

    Attributes
    ----------
    settlements
        Inhabitants and cohorts of each settlement (`prospects.HEADCOUNT`); a6-a16 (a17 too where grade 12 is taught)
        add up to whole children.
    districts
        Sources beside official totals (`prospects.RECONCILED`).
    ledger
        What a planner must know.
    """

    settlements: pd.DataFrame
    districts: pd.DataFrame
    ledger: Ledger


def headcount(region: Region, norms: Norms, options: Options) -> Headcount:
    """Return inhabitants (see `reconcile.inhabitants`) and children of each settlement by cohort.

    Children given win; of grades and ages given, the grades. What is not given of a settlement's ages is filled by the
    age structure of its district, region or country (`ages.profile`), at the level of what is given; where nothing is,
    children are the inhabitants times that structure. Estimated children are whole inside each district (largest
    remainder), so that a district's children are those of its inhabitants, to the nearest child.

    | settlement | population | children | a structure of 0.2 | → | children | basis |
    |---|---|---|---|---|---|---|
    | A | 500 | 102 | | | 102 | given |
    | B | 100 | | | | 20 | structure |
    | C | | | | | | unknown |
    """
    people = reconcile.inhabitants(region, options)
    profile = ages.profile(region, norms, options)
    told = _numbers(given(region))
    known, basis = _counted(region, norms, options)
    state = _filled(known, profile.cohorts.to_numpy(float), _numbers(people.settlements["population"]))
    basis = _basis(told, basis, people.settlements, profile)
    state = _whole(region, state, told, profile, last(options))
    frame = pd.DataFrame(state, index=region.settlements.index, columns=_COHORTS)
    out = people.settlements.join(frame).assign(children_basis=pd.array(basis, dtype="str"))
    out = out[list(prospects.HEADCOUNT.columns)]
    schema.check(out, prospects.HEADCOUNT)
    return Headcount(out, people.districts, people.ledger + _noted(region, profile, options))


def last(options: Options) -> int:
    """Return the last cohort in school: that of grade 11, or of grade 12 once it is taught."""
    taught = options.twelve_from is not None and options.school_year >= options.twelve_from
    return AGES[-1] if taught else AGES[-1] - 1


def children(headcount: pd.DataFrame, options: Options) -> pd.Series[int]:
    """Return the school-age children of each settlement: cohorts of grades 1-11; missing where unknown."""
    total = headcount[_COHORTS[FIRST : last(options) + 1]].sum(axis=1, min_count=1)
    return total.round().astype("Int64")


def _numbers(values: pd.Series[Any]) -> Floats:
    return values.astype("Float64").to_numpy(float, na_value=np.nan)


def given(region: Region) -> pd.Series[int]:
    """Return children given as one number: by the settlement table, else by the map where the table counts none.

    A table that counts children of school ages by grade or age stands in place of the map's number, as its inhabitants
    do.
    """
    table = region.people.headcounts.reindex(region.settlements.index)
    parts = [f"g{grade}" for grade in GRADES] + _COHORTS[FIRST:]
    return table["children"].fillna(region.settlements["children"].mask(table[parts].notna().any(axis=1)))


def _counted(region: Region, norms: Norms, options: Options) -> tuple[Floats, NDArray[Any]]:
    """Return the cohorts counted by grade or age (NaN elsewhere), and which of the two each settlement has."""
    table = region.people.headcounts.reindex(region.settlements.index)
    single = np.stack([_numbers(table[f"a{age}"]) for age in AGES], axis=1)
    known = cohorts.from_ages(single, options.enter_at_six, vital.stay(norms, options))
    by_age = np.isfinite(known[:, FIRST:]).any(axis=1)
    grades = np.stack([_numbers(table[f"g{grade}"]) for grade in GRADES], axis=1)
    by_grade = np.isfinite(grades).any(axis=1)
    known[by_grade, FIRST:] = grades[by_grade]
    return known, np.select([by_grade, by_age], ["grades", "ages"], "")


def _filled(known: Floats, profile: Floats, population: Floats) -> Floats:
    """Return the cohorts, those not counted by the structure at the level of those counted, else of the inhabitants."""
    counted = np.isfinite(known)
    held = np.where(counted, known, 0.0).sum(axis=1)
    beside = np.where(counted, profile, 0.0).sum(axis=1)
    level = np.divide(held, beside, out=np.full(len(held), np.nan), where=beside > 0)
    level = np.where(counted.any(axis=1), level, population)
    return np.where(counted, known, profile * level[:, None])


def _basis(given: Floats, counted: NDArray[Any], people: pd.DataFrame, profile: Profile) -> NDArray[Any]:
    known = people["population"].notna().to_numpy()
    modelled = known & (people["population_basis"] == "modelled").to_numpy()
    rules = [np.isfinite(given), counted != "", modelled, known]
    return np.select(rules, ["given", counted, "modelled", profile.basis.to_numpy(object)], "unknown")


def _whole(region: Region, state: Floats, given: Floats, profile: Profile, end: int) -> Floats:
    """Return the cohorts brought to whole children: those given, else whole inside each district."""
    school = state[:, FIRST : end + 1]
    total = school.sum(axis=1)
    free = ~np.isfinite(given) & np.isfinite(total)
    district = region.settlements["district_id"].fillna("").to_numpy(object)
    target = given.copy()
    target[free] = whole(total[free], district[free])
    shape = np.where((total > 0)[:, None], state, profile.cohorts.to_numpy(float))
    weight = shape[:, FIRST : end + 1].sum(axis=1)
    factor = np.divide(target, weight, out=np.full(len(target), np.nan), where=weight > 0)
    return shape * factor[:, None]


def _noted(region: Region, profile: Profile, options: Options) -> Ledger:
    """Note what was found in the age tables, and counts of another school year: they are used as they are."""
    recorder = Recorder(region.inputs[0].name if region.inputs else "")
    for what in profile.notes:
        recorder.note("ages", what, Message("children are told from what remains"))
    years = region.people.headcounts["year"].dropna()
    for year, count in years[years != options.school_year].value_counts().sort_index().items():
        what = Message("{count} settlements: children of the school year {year}", count=count, year=year)
        why = Message("used as they are for {year}: not moved on by cohorts", year=options.school_year)
        recorder.note("headcounts", what, why, column="year")
    return recorder.ledger()
