"""Pupils by place: children of each settlement by grade and band, those taught at home left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import results, schema, tables
from schoolnet.model import population
from schoolnet.model.rounding import GRADES_OF_BAND, dealt, grades
from schoolnet.people import GRADES, LANGUAGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.model.population import Headcount
    from schoolnet.options import Options
    from schoolnet.region import Region

    Floats = NDArray[np.float64]

#: Column of `results.DEMAND` that holds each band's children.
COLUMN_OF_BAND = {band: f"children_{band.replace('-', '_')}" for band in tables.BANDS}
_GRADES = [f"g{grade}" for grade in GRADES]


def demand(region: Region, headcount: Headcount, options: Options) -> pd.DataFrame:
    """Return pupils by settlement, grade and band (`results.DEMAND`).

    Children are those of `population.headcount`, whole; less those taught at home they are pupils, whole by band and
    then by grade (largest remainder).

    | settlement | children | home | → | 1-4 | 5-9 | 10-11 | g1 | g2 | … |
    |---|---|---|---|---|---|---|---|---|---|
    | A | 81 | 0 | | 29 | 37 | 15 | 8 | 7 | |
    """
    found = headcount.settlements
    children = population.children(found, options)
    home = region.people.headcounts["home_taught"].reindex(found.index).fillna(0)
    home = home.clip(upper=children.fillna(0)).astype("Int64")
    counts = _numbers(children - home)
    shape = _shape(found)
    shape[:, population.last(options) - 5 :] = 0.0
    district = region.settlements["district_id"].fillna("").to_numpy(object)
    by_grade = grades(counts, shape, district, found["children_basis"].isin(population.ESTIMATED).to_numpy())
    out = pd.DataFrame(
        {"children": children, "children_basis": found["children_basis"], "home_taught": home.where(children.notna())}
        | {name: _counts(by_grade[:, at]) for at, name in enumerate(_GRADES)}
        | {COLUMN_OF_BAND[band]: _counts(by_grade[:, part].sum(axis=1)) for band, part in GRADES_OF_BAND.items()},
        index=found.index,
    )
    schema.check(out, results.DEMAND)
    return out


def with_children(demand: pd.DataFrame, headcount: pd.DataFrame, children: int | Floats) -> pd.DataFrame:
    """Return the demand of settlements as it would be with so many pupils each, in grades as their cohorts are."""
    shape = _shape(headcount)
    shape[:, -1] *= demand["g12"].gt(0).fillna(value=False).to_numpy(bool)  # nobody is in a grade that is not taught
    many = np.broadcast_to(np.asarray(children, dtype=float), (len(demand),))
    alone = (demand.index.to_numpy(object), np.zeros(len(demand), bool))  # each by itself
    counts = grades(many, shape, *alone)
    columns = {"children": many, "home_taught": np.zeros(len(demand))}
    columns |= {name: counts[:, at] for at, name in enumerate(_GRADES)}
    columns |= {COLUMN_OF_BAND[band]: counts[:, part].sum(axis=1) for band, part in GRADES_OF_BAND.items()}
    changed = pd.DataFrame(columns, index=demand.index).astype(np.int64).astype("Int64")
    return demand[["children_basis"]].join(changed)[list(demand.columns)]


def _shape(headcount: pd.DataFrame) -> Floats:
    """Return the cohorts of grades 1-12."""
    return headcount[[f"a{grade + 5}" for grade in GRADES]].to_numpy(float, copy=True)


def languages(region: Region, demand: pd.DataFrame) -> pd.DataFrame:
    """Return pupils by language of instruction and grade (`prospects.LANGUAGES`) of settlements that tell them apart.

    The table's children of each language, and each grade of the settlement, keep their sums; pupils of no language
    told are `unknown`.
    """
    from schoolnet import prospects

    columns = [f"children_{one}" for one in LANGUAGES]
    told = region.people.headcounts[columns].reindex(demand.index)
    told = told[told.notna().any(axis=1) & demand["children"].notna()].fillna(0)
    rows = []
    for settlement, counts in told.astype(int).iterrows():
        by_grade = demand.loc[settlement, _GRADES].to_numpy(np.int64)
        by_language = _fitted(counts.to_numpy(np.int64), int(by_grade.sum()))
        for language, parts in zip((*LANGUAGES, "unknown"), dealt(by_language, by_grade), strict=True):
            of = {"settlement_id": settlement, "language": language, "children": int(parts.sum())}
            rows.append(of | dict(zip(_GRADES, parts, strict=True)))
    out = schema.frame((row for row in rows if row["children"]), prospects.LANGUAGES)
    schema.check(out, prospects.LANGUAGES)
    return out


def _fitted(counts: NDArray[np.int64], pupils: int) -> NDArray[np.int64]:
    """Return pupils by language that add up to the pupils: what is missing is of no known language."""
    from schoolnet.model.rounding import shared

    if counts.sum() > pupils:
        same, total = np.zeros(len(counts)), np.full(len(counts), float(pupils))
        counts = shared(counts.astype(float), total, same).astype(np.int64)
    return np.append(counts, pupils - counts.sum())


def _numbers(values: pd.Series[Any]) -> Floats:
    return values.astype("Float64").to_numpy(float, na_value=np.nan)


def _counts(values: Floats) -> Any:
    return pd.array(values, dtype="Float64").astype("Int64")
