"""Inhabitants of each settlement: official totals of districts win, figures and rasters only spread them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import prospects, schema
from schoolnet.ledger import Ledger, Recorder
from schoolnet.messages import Message
from schoolnet.model.rounding import nearest, shared
from schoolnet.people import REGION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region

    Floats = NDArray[np.float64]

_TERRITORIES = ("urban", "rural")
_NAMES_SHOWN = 3


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
    official = _official(region, district, options)
    recorder = Recorder(region.inputs[0].name if region.inputs else "")
    people = nearest(figure)
    groups = np.full(len(figure), "", dtype=object)
    for key, row in official.iterrows():
        inside = (_rest(region, district, official) if key == REGION else district == key).to_numpy(bool)
        for name, part, total in _parts(region, inside, (source, figure), row):
            groups[part] = f"{key} {name}"
            people[part & np.isfinite(figure)] = _raked(figure[part & np.isfinite(figure)], total)
        if key != REGION:
            _note_strangers(recorder, region, str(key), inside, row)
    out = pd.DataFrame(
        {
            "population": _counts(people),
            "population_basis": _basis(settlements, source, people),
            "population_source": _counts(source),
        },
        index=settlements.index,
    )
    table = _reconciled(region, out, official)
    _note_unplaced(recorder, region, table)
    return Inhabitants(out, table, recorder.ledger())


def _raked(figures: Floats, total: float) -> Floats:
    if not figures.sum() > 0:
        return figures
    same = np.zeros(len(figures))
    return shared(figures, np.full(len(figures), total), same)


def _from_raster(region: Region, source: Floats, district: pd.Series[str]) -> Floats:
    """Return what the raster says of each settlement, at the level of the figures given in its district."""
    sums = raster_sums(region, "settlement").reindex(region.settlements.index).to_numpy(float)
    both = np.isfinite(source) & np.isfinite(sums)
    level = pd.DataFrame({"given": np.where(both, source, 0.0), "raster": np.where(both, sums, 0.0)})
    by_district = level.groupby(district.to_numpy()).transform("sum")
    whole = level.sum()
    ratio = np.where(by_district["raster"] > 0, by_district["given"] / by_district["raster"], np.nan)
    general = whole["given"] / whole["raster"] if whole["raster"] > 0 and whole["given"] > 0 else 1.0
    return sums * np.where(np.isfinite(ratio) & (ratio > 0), ratio, general)


def raster_sums(region: Region, zone: str) -> pd.Series[float]:
    """Return people on the raster by zone of a kind: its total, or the sum of its groups of age; empty without one."""
    rows = region.people.raster
    rows = rows[rows["zone"] == zone]
    total = rows[rows["group"] == "total"]
    return (rows if total.empty else total).groupby("zone_id")["people"].sum()


def _official(region: Region, district: pd.Series[str], options: Options) -> pd.DataFrame:
    """Return the official totals to rake to, by district; row `*` is what is left for the districts it does not name.

    Left over is the region's total less the districts named, where the table has both.
    """
    table = region.people.official
    if options.rake == "no" or table.empty:
        return table.iloc[:0]
    named = _of_districts(region)
    if one_city(region):
        whole = table if REGION in table.index else named.sum().to_frame(REGION).T.astype(named.dtypes.to_dict())
        return whole.loc[[REGION]].rename_axis(named.index.name)
    if REGION not in table.index or not _rest(region, district, named).any():
        return named
    left = int(table.loc[REGION, "population"] - named["population"].sum())
    if left <= 0:
        return named
    row = {"population": left, "urban": pd.NA, "rural": pd.NA, "year": table.loc[REGION, "year"]}
    rest = pd.DataFrame([row], index=pd.Index([REGION], name=named.index.name)).astype(named.dtypes.to_dict())
    return pd.concat([named, rest])


def one_city(region: Region) -> bool:
    """Return whether the region is one city: nobody lives in a village, in none of the districts of the official table.

    Such a city is one settlement on the map, in one of its districts: its people are those of all of them.
    """
    named = _of_districts(region)
    return len(named) > 1 and bool((named["rural"] == 0).fillna(value=False).all())


def _of_districts(region: Region) -> pd.DataFrame:
    table = region.people.official
    return table[table.index.isin(region.districts.index)]


def _rest(region: Region, district: pd.Series[str], named: pd.DataFrame) -> pd.Series[bool]:
    return district.isin(region.districts.index) & ~district.isin(named.index)


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


def _basis(settlements: pd.DataFrame, source: Floats, people: Floats) -> Any:
    given = settlements["population_basis"].to_numpy(object)
    known = np.isfinite(source)
    changed = known & (people != source) & (given != "modelled")
    spread = ~known & np.isfinite(people)
    return pd.array(np.select([changed, spread], ["raked", "raster"], given), dtype="str")


def _reconciled(region: Region, people: pd.DataFrame, official: pd.DataFrame) -> pd.DataFrame:
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
    total = out["official"].astype("Float64").where(out["official"] > 0)
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


def _note_strangers(
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


def _note_unplaced(recorder: Recorder, region: Region, table: pd.DataFrame) -> None:
    for row in table[(table["unplaced"] > 0) & (table["district_id"] != REGION)].itertuples():
        what = Message(
            "{district}: {count} official inhabitants", district=_named(region, row.district_id), count=row.unplaced
        )
        why = Message("placed nowhere: no settlement of the district has a figure, nor the raster one")
        recorder.note("official", what, why)


def _named(region: Region, key: str) -> str:
    name = region.districts.loc[key, "name"]
    return key if pd.isna(name) else str(name)


def _counts(values: Any) -> Any:
    return pd.array(np.asarray(values, float), dtype="Float64").astype("Int64")
