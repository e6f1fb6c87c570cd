"""The sheets of people: totals beside official ones, the forecast, what hangs on few children, consultations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet.model.balance import WHOLE
from schoolnet.output import layers

if TYPE_CHECKING:
    import pandas as pd

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

_OUTLOOK = [
    "name", "kato", "district_id", "verdict", "rank", "rank_best", "rank_worst", "caution", "children", "children_low",
    "children_high", "guaranteed", "guaranteed_low", "guaranteed_high", "sure", "fewer", "more", "year",
    "children_then", "children_then_low", "children_then_high", "guaranteed_then", "change", "change_year", "sure_then",
]  # fmt: skip
_WORST = 10


def frames(plan: Plan, said: Words, names: dict[str, str]) -> dict[str, pd.DataFrame]:
    """Return the sheets of people by name, in order; those with nothing to show are left out.

    Parameters
    ----------
    plan
        The plan.
    said
        The words of one language.
    names
        Names of districts and settlements in that language, by identifier.
    """
    places = names | {WHOLE: said.text("layer.region"), "": said.text("no_district")}
    found = {
        "people": reconciled(plan.reconciled, places),
        "forecast": plan.forecast.districts.assign(district_id=plan.forecast.districts["district_id"].map(places)),
        "outlook": _outlook(plan, places),
        "pmpc": _pmpc(plan, places),
        "backtest": plan.backtest.assign(area_id=plan.backtest["area_id"].replace(places)),
        "languages": plan.languages.assign(settlement_id=plan.languages["settlement_id"].map(places)),
    }
    return {name: frame for name, frame in found.items() if len(frame)}


def reconciled(table: pd.DataFrame, places: dict[str, str]) -> pd.DataFrame:
    """Return the districts' people (`prospects.RECONCILED`) in words; territories nobody lives in are left out."""
    shown = (table["territory"] == "all") | (table[["source", "placed", "official"]].fillna(0) > 0).any(axis=1)
    frame = table[shown].assign(
        district_id=table["district_id"].map(places), raster=table["raster"].round().astype("Float64").astype("Int64")
    )
    return frame.rename(columns={"source": "population_source"})


def worst(table: pd.DataFrame) -> pd.DataFrame:
    """Return the districts whose raster is farthest from the official total, by ratio either way; at most ten."""
    rows = table[(table["territory"] == "all") & ~table["district_id"].isin([WHOLE, ""])]
    ratio = rows["raster_ratio"].where(rows["raster_ratio"] > 0)
    off = ratio.where(ratio >= 1, 1 / ratio)
    return rows.loc[off.sort_values(ascending=False, kind="stable").dropna().index[:_WORST]]


def _outlook(plan: Plan, places: dict[str, str]) -> pd.DataFrame:
    """Return the rural settlements, those to look at first on top."""
    region = plan.region
    ranked = plan.verdicts.join(layers.first_sites(plan))
    frame = plan.outlook.join(ranked).join(plan.findings[["children", "guaranteed"]])
    frame = frame.join(region.settlements[["kato", "district_id"]])[region.settlements["is_rural"]]
    frame = frame[frame["guaranteed"].notna()]
    frame["name"] = frame.index.map(places)
    frame["district_id"] = frame["district_id"].fillna("").map(places)
    order = frame.assign(quiet=frame["caution"] == "", rank=frame["rank"].fillna(len(frame) + 1))
    return frame.loc[order.sort_values(["quiet", "rank"], kind="stable").index, _OUTLOOK]


def _pmpc(plan: Plan, places: dict[str, str]) -> pd.DataFrame:
    titles = {"settlement_id": "where", "children": "minors", "placed": "allotted"}  # not of school age, not people
    frame = plan.pmpc.rename(columns=titles).reset_index()
    if len(frame):  # none where no such norm is in force
        frame.insert(frame.columns.get_loc("needed"), "to_one", int(plan.norms["pmpc.children"].value))
    frame["where"] = frame["where"].map(places)
    return frame.assign(district_id=frame["district_id"].map(places))
