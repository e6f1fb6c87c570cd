"""Findings by district and region, and the mass balance: every child of the sources is in exactly one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import results, schema
from schoolnet.model.demand import COLUMN_OF_BAND

if TYPE_CHECKING:
    from schoolnet.region import Region

#: Index of the row of the whole region; district "" holds the settlements outside every district.
WHOLE = "*"
#: Where children are taught; each child is in one.
PLACES = ("at_home", "taught_here", "entitled", "elsewhere", "unreachable")


def children(demand: pd.DataFrame, access: pd.DataFrame, transport: pd.DataFrame) -> pd.DataFrame:
    """Return where the children of each settlement are taught, one season: one column for each of five places.

    `at_home`; `taught_here`; `unreachable` (no road leads to a school of their band); `entitled` to transport (a road
    leads there); `elsewhere` (not entitled; a road leads there). They add up to the children of the settlement.
    """
    counts = demand[list(COLUMN_OF_BAND.values())].rename(columns={name: band for band, name in COLUMN_OF_BAND.items()})
    rows = access.merge(transport[["settlement_id", "band", "entitled"]], how="left", on=["settlement_id", "band"])
    no_road = rows["approx"] | rows["school_id"].isna()
    entitled = rows["entitled"].fillna(value=False).astype(bool)
    place = np.select([rows["here"], no_road, entitled], ["taught_here", "unreachable", "entitled"], "elsewhere")
    pupils = counts.stack(future_stack=True).reindex(pd.MultiIndex.from_frame(rows[["settlement_id", "band"]]))
    counted = rows.assign(place=place, pupils=pupils.fillna(0).to_numpy())
    out = counted.pivot_table(index="settlement_id", columns="place", values="pupils", aggfunc="sum")
    out = out.reindex(index=demand.index, columns=list(PLACES)).assign(at_home=demand["home_taught"])
    return out.fillna(0).astype("Int64")


def districts(
    region: Region, sources: pd.Series[int], taught: pd.DataFrame, findings: pd.DataFrame, schools: pd.DataFrame
) -> pd.DataFrame:
    """Return findings and the mass balance of each district and of the region (`results.DISTRICT_FINDINGS`).

    Parameters
    ----------
    region
        The region.
    sources
        Children in the sources, by district (`population.Headcount.sources`).
    taught
        Where the children of each settlement are taught (`children`).
    findings, schools
        Findings of settlements and of schools.
    """
    home = region.settlements["district_id"].fillna("")
    seat = region.schools["settlement_id"].map(home).fillna("")
    outside = [""] if (home == "").any() or (seat == "").any() else []
    keys = [*sorted({*region.districts.index, *home, *seat} - {""}), *outside]
    lived, taught_in = _settled(region, taught, findings), _schooled(region, schools)
    sums = lived.groupby(home).sum().join(taught_in.groupby(seat).sum(), how="outer").join(sources.rename("sources"))
    sums = sums.reindex(keys).fillna(0).astype("Int64")
    sums.loc[WHOLE] = sums.sum()
    share = (sums["bad"] / sums["state_day_schools"].where(sums["state_day_schools"] > 0)).astype("Float64")
    shown = region.schools[["condition", "shifts"]].notna().any().all()
    out = sums.assign(indicator_share=share.astype(float) if shown else np.nan)[[*results.DISTRICT_FINDINGS.columns]]
    out.index = pd.Index(out.index, dtype="str", name="district_id")
    schema.check(out, results.DISTRICT_FINDINGS)
    return out


def _settled(region: Region, taught: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    rural = region.settlements["is_rural"]
    deficit = findings["network_deficit"]
    counted: dict[str, Any] = {
        "settlements": 1,
        "settlements_rural": rural,
        "network_deficit": deficit,
        "owed_build": deficit & (findings["existing"] == "none"),
        "band_not_taught": rural & (findings["bands_not_taught"] != ""),
        "children": findings["children"].fillna(0),
    }
    return pd.DataFrame(counted, index=findings.index).astype("Int64").join(taught)


def _schooled(region: Region, schools: pd.DataFrame) -> pd.DataFrame:
    day = schools["state_day"]
    counted: dict[str, Any] = {
        "schools": 1,
        "state_day_schools": day,
        "emergency": day & schools["emergency"],
        "three_shift": day & schools["three_shift"],
        "bad": day & (schools["emergency"] | schools["three_shift"]),
        "at_risk": schools["at_risk"],
        "protected": schools["protected"],
        "shortage_official": schools["shortage_official"].fillna(0),
    }
    return pd.DataFrame(counted, index=region.schools.index).astype("Int64")
