"""Sources beside official totals: the people of each district before and after they were reconciled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import prospects, schema
from schoolnet.messages import Message
from schoolnet.model.totals import one_city, raster_sums
from schoolnet.people import REGION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.ledger import Recorder
    from schoolnet.region import Region

    Floats = NDArray[np.float64]

_TERRITORIES = ("urban", "rural")
_NAMES_SHOWN = 3
_FAR_OFF = 2.0  # sources so many times the official total, or so small a part of it, are noted


def reconciled(region: Region, people: pd.DataFrame, official: pd.DataFrame) -> pd.DataFrame:
    """Return sources, raster, official totals and what was placed, by district and territory."""
    settlements = region.settlements
    rows = people.assign(
        district_id=settlements["district_id"].fillna("").astype("str"),
        territory=np.where(settlements["is_rural"], "rural", "urban"),
        settlements=1,
        without_figure=people["population_source"].isna(),
        source=people["population_source"].fillna(0),
        placed=people["population"].fillna(0),
    )
    columns = ["settlements", "without_figure", "source", "placed"]
    parts = pd.concat([rows, rows.assign(territory="all")]).groupby(["district_id", "territory"])[columns].sum()
    districts = sorted({*region.districts.index, *rows["district_id"]})
    index = pd.MultiIndex.from_product([districts, ["all", *_TERRITORIES]], names=["district_id", "territory"])
    out = parts.reindex(index, fill_value=0)
    whole = out.groupby("territory", sort=False).sum()
    out = pd.concat([out, whole.set_index(pd.MultiIndex.from_product([[REGION], whole.index], names=index.names))])
    out = out.reset_index().astype(dict.fromkeys(columns, "Int64"))
    out["raster"] = _rastered(region, out)
    out["official"] = _official_of(out, region.people.official, official)
    out["unplaced"] = _unplaced(out, region.people.official, official)
    total = out["official"].astype("Float64").where((out["official"] > 0) & _comparable(region, out))
    out["source_ratio"] = (out["source"] / total).where(out["source"] > 0).astype(float)
    out["raster_ratio"] = (out["raster"] / total.astype(float)).astype(float)
    out = out[list(prospects.RECONCILED.columns)]
    schema.check(out, prospects.RECONCILED)
    return out


def _rastered(region: Region, rows: pd.DataFrame) -> Floats:
    """Return people on the raster: of districts by their outline, of town and village by their settlements' zones."""
    by_district = raster_sums(region, "district")
    if by_district.empty:
        return np.full(len(rows), np.nan)
    settlements = region.settlements
    zones = pd.DataFrame(
        {
            "people": raster_sums(region, "settlement").reindex(settlements.index).fillna(0.0),
            "district_id": settlements["district_id"].fillna("").astype("str"),
            "territory": np.where(settlements["is_rural"], "rural", "urban"),
        }
    )
    outside = raster_sums(region, "region").get("", 0.0)
    inside = by_district.copy()
    inside[""] = max(inside.get("", 0.0) - outside, 0.0)  # in the region, outside every district
    found = {(key, "all"): value for key, value in inside.items()}
    found |= zones.groupby(["district_id", "territory"])["people"].sum().to_dict()
    found |= {(REGION, name): value for name, value in zones.groupby("territory")["people"].sum().items()}
    found[REGION, "all"] = float(inside.sum())
    return np.array([found.get(key, 0.0) for key in zip(rows["district_id"], rows["territory"], strict=True)])


def _official_of(rows: pd.DataFrame, table: pd.DataFrame, used: pd.DataFrame) -> Any:
    used = used.drop(index=REGION, errors="ignore")
    known = pd.concat([used, table[~table.index.isin(used.index)]])
    column = {"all": "population", "urban": "urban", "rural": "rural"}
    keys = zip(rows["district_id"], rows["territory"], strict=True)
    return pd.array([known.loc[key, column[name]] if key in known.index else pd.NA for key, name in keys], "Int64")


def _unplaced(rows: pd.DataFrame, table: pd.DataFrame, used: pd.DataFrame) -> Any:
    """Return official people no settlement could take: of a district with a total, and nobody to rake.

    Of the region also what its total has over the districts': people of districts the map does not have.
    """
    whole = rows["district_id"] == REGION
    every = rows["territory"] == "all"
    named = rows["district_id"].isin(used.index) & ~whole & every
    own = (rows["official"] - rows["placed"]).clip(lower=0).where(named, 0).fillna(0)
    rest = 0
    if REGION in used.index:
        left = rows.loc[~whole & every & ~named & (rows["district_id"] != ""), "placed"].sum()
        rest = max(int(used.loc[REGION, "population"] - left), 0)
    elif REGION in table.index and len(used):
        rest = max(int(table.loc[REGION, "population"] - used["population"].sum()), 0)
    return own.mask(whole & every, int(own.sum()) + rest).astype("Int64")


def _comparable(region: Region, rows: pd.DataFrame) -> pd.Series[bool]:
    """Return which rows have sources and total of the same people: not the region's, where a district has no total."""
    whole, every = rows["district_id"] == REGION, rows["territory"] == "all"
    lacking = (~whole & every & (rows["source"] > 0) & rows["official"].isna() & (rows["district_id"] != "")).any()
    return ~whole | (not lacking) | one_city(region)


def note_strangers(
    recorder: Recorder, region: Region, key: str, inside: NDArray[np.bool_], official: pd.Series[Any]
) -> None:
    """Note a district whose towns and villages the official table sees otherwise: `is_rural` may be wrong."""
    urban = ~region.settlements["is_rural"].to_numpy(bool)
    for name, there in (("urban", inside & urban), ("rural", inside & ~urban)):
        people = region.settlements["population"].fillna(0).to_numpy(float)
        names = region.settlements.loc[there & (people > 0), "name"].dropna().astype(str)
        if pd.notna(official[name]) and official[name] == 0 and len(names):
            said = {"district": _named(region, key), "names": ", ".join(names.head(_NAMES_SHOWN))}
            what = Message("{district} has officially no townspeople, but towns on the map: {names}", **said)
            if name == "rural":
                what = Message("{district} has officially no villagers, but villages on the map: {names}", **said)
            why = Message("raked together; check which places are villages: only they are under the guarantee")
            recorder.note("settlements", what, why, column="is_rural")


def note_districts(recorder: Recorder, region: Region, table: pd.DataFrame) -> None:
    """Note the districts whose people no settlement could take, and those whose sources are far from the total."""
    for row in table[(table["unplaced"] > 0) & (table["district_id"] != REGION)].itertuples():
        what = Message(
            "{district}: {count} official inhabitants", district=_named(region, row.district_id), count=row.unplaced
        )
        why = Message("placed nowhere: no settlement of the district has a figure, nor the raster one")
        recorder.note("official", what, why)
    if one_city(region):
        return
    of = table[(table["territory"] == "all") & (table["source_ratio"].notna())]
    for row in of[(of["source_ratio"] > _FAR_OFF) | (of["source_ratio"] < 1 / _FAR_OFF)].itertuples():
        place = Message("the region") if row.district_id == REGION else _named(region, row.district_id)
        what = Message(
            "{district}: settlements have {source} inhabitants, officially {official}",
            district=place,
            source=row.source,
            official=row.official,
        )
        why = Message("brought to the official total all the same: check which is wrong")
        recorder.note("official", what, why)


def _named(region: Region, key: str) -> str:
    name = region.districts.loc[key, "name"]
    return key if pd.isna(name) else str(name)
