"""Inhabitants of each settlement: official totals of districts win, figures and rasters only spread them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet.ledger import Ledger, Recorder
from schoolnet.messages import Message
from schoolnet.model import compared, totals
from schoolnet.model.rounding import nearest, shared
from schoolnet.people import REGION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region

    Floats = NDArray[np.float64]

_TERRITORIES = ("urban", "rural")


@dataclass(frozen=True)
class Inhabitants:
    """Reconciled inhabitants.

    Attributes
    ----------
    settlements
        `population`, `population_basis`, `population_source`: as in `prospects.HEADCOUNT`.
    districts
        Sources beside the official total (`prospects.RECONCILED`).
    ledger
        What a planner must know of districts whose figures do not fit.
    """

    settlements: pd.DataFrame
    districts: pd.DataFrame
    ledger: Ledger


def inhabitants(region: Region, options: Options) -> Inhabitants:
    """Return the inhabitants of each settlement, raked so that each district's sum is its official total.

    A settlement without a figure of its own gets one from the raster, brought to the level of the district's given
    figures; without a raster it stays unknown. Where the official table tells town and village apart, and so do the
    settlements, each is raked to its own total. Whole people by largest remainder. What no settlement can take (no one
    there has a figure) is `unplaced`, and noted; settlements outside every district keep their figures. A city that is
    a region is raked as a whole.

    | settlement | figure | raster | official (district) | → | population | basis |
    |---|---|---|---|---|---|---|
    | A | 300 | 345 | 500 | | 333 | raked |
    | B | 100 | 115 | | | 111 | raked |
    | C | | 58 | | | 56 | raster |
    """
    settlements = region.settlements
    district = settlements["district_id"].fillna("").astype("str")
    source = settlements["population"].astype("Float64").to_numpy(float, na_value=np.nan)
    figure = np.where(np.isfinite(source), source, _from_raster(region, source, district))
    left: list[Message] = []
    official = totals.to_rake(region, options, left)
    recorder = Recorder(region.inputs[0].name if region.inputs else "")
    people = nearest(figure)
    groups = np.full(len(figure), "", dtype=object)
    for key, row in official.iterrows():
        inside = (totals.rest(region, official) if key == REGION else district == key).to_numpy(bool)
        for name, part, total in _parts(region, inside, (source, figure), row):
            groups[part] = f"{key} {name}"
            people[part & np.isfinite(figure)] = _raked(figure[part & np.isfinite(figure)], total)
            if total == 0 and name != "all":
                people[part & ~np.isfinite(source)] = np.nan
        if key != REGION:
            compared.note_strangers(recorder, region, str(key), inside, row)
    out = pd.DataFrame(
        {
            "population": _counts(people),
            "population_basis": _basis(settlements, source, people),
            "population_source": _counts(source),
        },
        index=settlements.index,
    )
    table = compared.reconciled(region, out, official)
    compared.note_districts(recorder, region, table)
    _note_left(recorder, region, left, np.isfinite(figure) & ~np.isfinite(people))
    return Inhabitants(out, table, recorder.ledger())


def _raked(figures: Floats, total: float) -> Floats:
    if not figures.sum() > 0:
        return figures
    same = np.zeros(len(figures))
    return shared(figures, np.full(len(figures), total), same)


def _from_raster(region: Region, source: Floats, district: pd.Series[str]) -> Floats:
    """Return what the raster says of each settlement, at the level of the figures given in its district."""
    sums = totals.raster_sums(region, "settlement").reindex(region.settlements.index).to_numpy(float)
    both = np.isfinite(source) & np.isfinite(sums)
    level = pd.DataFrame({"given": np.where(both, source, 0.0), "raster": np.where(both, sums, 0.0)})
    by_district = level.groupby(district.to_numpy()).transform("sum")
    whole = level.sum()
    ratio = np.where(by_district["raster"] > 0, by_district["given"] / by_district["raster"], np.nan)
    general = whole["given"] / whole["raster"] if whole["raster"] > 0 and whole["given"] > 0 else 1.0
    return sums * np.where(np.isfinite(ratio) & (ratio > 0), ratio, general)


def _parts(
    region: Region, inside: NDArray[np.bool_], people: tuple[Floats, Floats], official: pd.Series[Any]
) -> list[tuple[str, NDArray[np.bool_], float]]:
    """Return what is raked together in a district: towns and villages apart where both sides tell them apart.

    `people` are the figures given, and the same with the raster's. Where officially nobody lives, a raster's people are
    those of the neighbours.
    """
    given, figure = people
    urban = ~region.settlements["is_rural"].to_numpy(bool)
    parts = [(name, inside & (urban == (name == "urban"))) for name in _TERRITORIES]
    fits = all(
        pd.notna(official[name])
        and (np.nansum(figure[part]) > 0 if official[name] > 0 else np.nansum(given[part]) == 0)
        for name, part in parts
    )
    if fits and official["urban"] + official["rural"] == official["population"]:
        return [(name, part, float(official[name])) for name, part in parts]
    return [("all", inside, float(official["population"]))]


def _note_left(recorder: Recorder, region: Region, left: list[Message], unknown: NDArray[np.bool_]) -> None:
    for what in left:
        recorder.note("official", what, Message("not raked: it is not theirs"))
    if unknown.any():
        names = region.settlements.loc[unknown, "name"].dropna().astype(str)
        what = Message("villages where officially nobody lives: {names}", names=", ".join(names))
        why = Message("their people are unknown: the raster has some there, who may be the neighbours'")
        recorder.note("settlements", what, why, column="population")


def _basis(settlements: pd.DataFrame, source: Floats, people: Floats) -> Any:
    given = settlements["population_basis"].to_numpy(object)
    known = np.isfinite(source)
    changed = known & (people != source) & (given != "modelled")
    spread = ~known & np.isfinite(people)
    return pd.array(np.select([changed, spread], ["raked", "raster"], given), dtype="str")


def _counts(values: Any) -> Any:
    return pd.array(np.asarray(values, float), dtype="Float64").astype("Int64")
