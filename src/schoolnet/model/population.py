"""Children of each settlement by cohort: as they were counted, else by the age structure of its inhabitants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import prospects, schema
from schoolnet.ledger import Recorder
from schoolnet.messages import Message
from schoolnet.model import ages, areal, cohorts, reconcile, vital
from schoolnet.model.rounding import between, nearest, whole
from schoolnet.people import AGES, GRADES, LANGUAGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.ledger import Ledger
    from schoolnet.model.ages import Profile
    from schoolnet.options import Options
    from schoolnet.region import Region

    Floats = NDArray[np.float64]

#: First cohort in school; the cohort a is in grade a - 5.
FIRST = cohorts.FIRST
_NAMES_SHOWN = 10
_COHORTS = [f"a{age}" for age in AGES]
#: How children are known that were not counted.
ESTIMATED = areal.ESTIMATED


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
    sources
        The children the sources speak of, by district ("" outside every one), before they were made whole in
        settlements: the other side of the mass balance.
    ledger
        What a planner must know.
    """

    settlements: pd.DataFrame
    districts: pd.DataFrame
    sources: pd.Series[int]
    ledger: Ledger


def headcount(region: Region, norms: Norms, options: Options) -> Headcount:
    """Return inhabitants (see `reconcile.inhabitants`) and children of each settlement by cohort.

    Children given win; of grades and ages given, the grades. What is not given of a settlement's ages is filled by the
    age structure of its district, region or country (`ages.profile`), at the level of what is given; where nothing is,
    children are the inhabitants times that structure. Children of settlements of which only some grades or ages are
    given are estimated too. Estimates are brought to what is known of their area (`areal.fitted`): its births, and its
    pupils of this school year; and made whole inside each district (largest remainder), so that a district's children
    are those of its inhabitants, to the nearest child.

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
    notes: list[Message] = []
    state = areal.fitted(region, _scaled(state, told, profile, last(options)), basis, options, notes)
    total = state[:, FIRST : last(options) + 1].sum(axis=1)
    sources = _sources(region, total, told, together=areal.of_this_year(region, options))
    state = _scaled(state, _whole(region, total, told, sources), profile, last(options))
    frame = pd.DataFrame(state, index=region.settlements.index, columns=_COHORTS)
    out = people.settlements.join(frame).assign(children_basis=pd.array(basis, dtype="str"))
    out = out[list(prospects.HEADCOUNT.columns)]
    schema.check(out, prospects.HEADCOUNT)
    recorder = Recorder(region.inputs[0].name if region.inputs else "", people.ledger)
    _note(recorder, region, (profile, notes), options)
    _note_odd(recorder, region, out, options)
    return Headcount(out, people.districts, sources, recorder.ledger())


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
    """Return the cohorts counted by grade or age (NaN elsewhere), and by which of the two all of school is counted."""
    table = region.people.headcounts.reindex(region.settlements.index)
    single = np.stack([_numbers(table[f"a{age}"]) for age in AGES], axis=1)
    known = cohorts.from_ages(single, options.enter_at_six, vital.stay(norms, options))
    end = last(options) + 1
    by_age = np.isfinite(known[:, FIRST:end]).all(axis=1)
    grades = np.stack([_numbers(table[f"g{grade}"]) for grade in GRADES], axis=1)
    by_grade = np.isfinite(grades).any(axis=1)
    known[by_grade, FIRST:] = grades[by_grade]
    whole = np.isfinite(grades[:, : end - FIRST]).all(axis=1)
    return known, np.select([whole, by_age & ~by_grade], ["grades", "ages"], "")


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


def _scaled(state: Floats, target: Floats, profile: Profile, end: int) -> Floats:
    """Return the cohorts brought to the children wanted of each settlement; as they are where none are wanted."""
    total = state[:, FIRST : end + 1].sum(axis=1)
    shape = np.where((~(total > 0))[:, None], profile.cohorts.to_numpy(float), state)
    weight = shape[:, FIRST : end + 1].sum(axis=1)
    factor = np.divide(target, weight, out=np.full(len(target), np.nan), where=weight > 0)
    return np.where(np.isfinite(target)[:, None], shape * factor[:, None], state)


def _sources(region: Region, total: Floats, given: Floats, *, together: bool) -> pd.Series[int]:
    """Return the children by district: given, and the nearest whole number of the others.

    Where the region's pupils are known, the districts' whole numbers together are the region's.
    """
    district = region.settlements["district_id"].fillna("")
    free = ~np.isfinite(given) & np.isfinite(total)
    sums = pd.Series(np.where(free, total, 0.0), district.index).groupby(district).sum()
    numbers = whole(sums.to_numpy(float), np.zeros(len(sums))) if together else nearest(sums.to_numpy(float))
    fixed = pd.Series(np.nan_to_num(given), district.index).groupby(district).sum()
    return (fixed + pd.Series(numbers, sums.index)).astype(int)


def _whole(region: Region, total: Floats, given: Floats, sources: pd.Series[int]) -> Floats:
    """Return whole children: those given, and the others to the sum of their district."""
    district = region.settlements["district_id"].fillna("")
    free = ~np.isfinite(given) & np.isfinite(total)
    codes, keys = pd.factorize(district[free])
    fixed = pd.Series(np.nan_to_num(given), district.index).groupby(district).sum()
    left = (sources - fixed).reindex(keys).to_numpy(float)
    out = given.copy()
    room = np.full(int(free.sum()), np.inf)
    out[free] = between(total[free], codes, left, least=np.zeros(len(room)), most=room)
    return out


def _note_odd(recorder: Recorder, region: Region, found: pd.DataFrame, options: Options) -> None:
    """Note what does not fit: more children than inhabitants, languages of more children than there are."""
    counted = children(found, options)
    told = region.people.headcounts[[f"children_{one}" for one in LANGUAGES]].sum(axis=1, min_count=1)
    if names := _listed(region, counted > found["population"]):
        what = Message("more children than inhabitants: {names}", names=names)
        recorder.note("headcounts", what, Message("used as they are: check which is wrong"), column="children")
    if names := _listed(region, told.reindex(counted.index) > counted):
        what = Message("languages of more children than there are: {names}", names=names)
        recorder.note("headcounts", what, Message("brought to the children, in the same shares"))


def _listed(region: Region, chosen: pd.Series[bool]) -> str:
    names = region.settlements["name"][chosen.fillna(value=False).to_numpy(bool)].dropna().astype(str)
    return ", ".join(names.head(_NAMES_SHOWN))


def _note(recorder: Recorder, region: Region, found: tuple[Profile, list[Message]], options: Options) -> None:
    """Note what was found in the tables, and counts of another school year: they are used as they are."""
    profile, notes = found
    for what in notes:
        recorder.note("people", what, Message("official figures win over estimates"))
    for what in profile.notes:
        recorder.note("ages", what, Message("children are told from what remains"))
    years = region.people.headcounts["year"].dropna()
    for year, count in years[years != options.school_year].value_counts().sort_index().items():
        what = Message("{count} settlements: children of the school year {year}", count=count, year=year)
        why = Message("used as they are for {year}: not moved on by cohorts", year=options.school_year)
        recorder.note("headcounts", what, why, column="year")
