"""Pupils by place: school-age children of each settlement, and how they fall into bands of grades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import results, schema, tables
from schoolnet.model.rounding import nearest, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.region import Region


def demand(region: Region, norms: Norms, options: Options) -> pd.DataFrame:
    """Return school-age children by settlement and band (`results.DEMAND`).

    Children given are taken as they are. Elsewhere they are a share of the inhabitants, made whole by largest
    remainder inside the district, so that a district's children are its inhabitants times the share, to the
    nearest child. Bands are split by grades (4 : 5 : 2) in the same way inside each settlement.

    | settlement | population | children | → | children | basis | 1-4 | 5-9 | 10-11 |
    |---|---|---|---|---|---|---|---|---|
    | A | 500 | 102 | | 102 | given | 37 | 46 | 19 |
    | B | 100 | | | 19 | share | 7 | 9 | 3 |
    | C | | | | | unknown | | | |
    """
    settlements = region.settlements
    share = norms["children.share"].value if options.school_age_share is None else options.school_age_share
    given = settlements["children"].notna().to_numpy()
    shared = settlements["population"].notna().to_numpy() & ~given
    people = settlements["population"].to_numpy(float, na_value=np.nan)
    children = settlements["children"].to_numpy(float, na_value=np.nan)
    districts = settlements["district_id"].fillna("").to_numpy()
    children[shared] = whole(people[shared] * share, districts[shared])
    modelled = (settlements["population_basis"] == "modelled").to_numpy() & shared
    basis = np.select([given, modelled, shared], ["given", "modelled", "share"], "unknown")
    bands = _bands(children)
    out = pd.DataFrame(
        {"children": _counts(children), "children_basis": pd.array(basis, dtype="str")}
        | {column: _counts(bands[:, at]) for at, column in enumerate(COLUMN_OF_BAND.values())},
        index=settlements.index,
    )
    schema.check(out, results.DEMAND)
    return out


def with_children(demand: pd.DataFrame, settlement: str, children: int) -> pd.DataFrame:
    """Return the demand as it would be with so many children in one settlement, split by bands as everywhere."""
    out = demand.copy()
    out.loc[settlement, "children"] = children
    for column, count in zip(COLUMN_OF_BAND.values(), _bands(np.array([float(children)]))[0], strict=True):
        out.loc[settlement, column] = int(count)
    return out


def sources(region: Region, demand: pd.DataFrame, norms: Norms, options: Options) -> pd.Series[int]:
    """Return the children the sources speak of, by district ("" outside every one): given, or share x inhabitants.

    The other side of the mass balance: made from the settlements as they were read, not from what was shared out.
    """
    settlements = region.settlements
    share = norms["children.share"].value if options.school_age_share is None else options.school_age_share
    district = settlements["district_id"].fillna("")
    by_share = demand["children_basis"].isin(["share", "modelled"])
    people = settlements["population"].astype("Float64").where(by_share, 0.0)
    shared = nearest(people.fillna(0.0).groupby(district).sum().astype(float) * share)
    return settlements["children"].fillna(0).groupby(district).sum() + shared.astype(int)


#: Column of `results.DEMAND` that holds each band's children.
COLUMN_OF_BAND = {band: f"children_{band.replace('-', '_')}" for band in tables.BANDS}


def _bands(children: NDArray[np.float64]) -> NDArray[np.float64]:
    grades = np.array([tables.GRADES_OF_BAND[band] for band in tables.BANDS], dtype=float)
    parts = children[:, None] * grades / grades.sum()
    known = np.isfinite(children)
    out = np.full(parts.shape, np.nan)
    groups = np.repeat(np.arange(known.sum()), len(grades))
    out[known] = whole(parts[known].ravel(), groups).reshape(-1, len(grades))
    return out


def _counts(values: NDArray[np.float64]) -> Any:
    return pd.array(values, dtype="Float64").astype("Int64")
