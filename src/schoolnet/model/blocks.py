"""Towns by cells: the people and pupils of a town on its blocks, so that sites in it can be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from schoolnet import prospects, schema
from schoolnet.model.rounding import dealt, shared
from schoolnet.model.totals import one_city, raster_sums
from schoolnet.people import GRADES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.region import Region

_GRADES = [f"g{grade}" for grade in GRADES]


def blocks(region: Region, headcount: pd.DataFrame, demand: pd.DataFrame) -> pd.DataFrame:
    """Return inhabitants and pupils of each cell of the towns (`prospects.TOWN_CELLS`).

    A town's inhabitants are spread as the raster has them; evenly where it has nobody there, or there is no raster
    (`basis` area). In a city that is a region each district's cells have its official inhabitants. Pupils follow the
    inhabitants. Sums are those of the town, in people, pupils, and every grade.
    """
    cells = region.people.cells
    cells = cells[cells["settlement_id"].isin(demand.index[demand["children"].notna()])]
    town = cells["settlement_id"]
    raster = raster_sums(region, "cell").reindex(cells.index).fillna(0.0).to_numpy(float)
    seen = pd.Series(raster, cells.index).groupby(town).transform("sum").to_numpy(float) > 0
    weights = _by_district(region, cells["district_id"], np.where(seen, raster, 1.0))
    people = town.map(headcount["population"]).astype("Float64").fillna(0).to_numpy(float)
    pupils = town.map(demand[_GRADES].sum(axis=1)).astype(float).to_numpy()
    spread = shared(weights, people, town.to_numpy(object))
    counts = shared(weights, pupils, town.to_numpy(object)).astype(np.int64)
    by_grade = np.zeros((len(cells), len(_GRADES)), dtype=np.int64)
    for settlement, at in cells.groupby("settlement_id").indices.items():
        kinds = demand.loc[settlement, _GRADES].to_numpy(np.int64)
        by_grade[at] = dealt(counts[at], kinds)
    out = pd.DataFrame(
        {"settlement_id": town, "people": spread, "basis": np.where(seen, "raster", "area")}
        | {name: by_grade[:, at] for at, name in enumerate(_GRADES)}
        | {"children": counts},
        index=cells.index,
    )
    whole = ["people", *_GRADES, "children"]
    out = out.astype({"settlement_id": "str", "basis": "str"} | dict.fromkeys(whole, "Int64"))
    schema.check(out, prospects.TOWN_CELLS)
    return out


def _by_district(region: Region, district: pd.Series[str], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of cells, in a city of districts brought to the districts' official inhabitants."""
    if not one_city(region):
        return weights
    official = district.map(region.people.official["population"]).astype("Float64").to_numpy(float, na_value=np.nan)
    held = pd.Series(weights, district.index).groupby(district.fillna("")).transform("sum").to_numpy(float)
    told = np.isfinite(official) & (held > 0)
    if not told.any():
        return weights
    level = np.divide(official, held, out=np.zeros(len(held)), where=told)
    usual = (weights * level).sum() / weights[told].sum()  # of a district the official table does not know
    return weights * np.where(told, level, usual)
