"""Official totals to bring people to, and what rasters hold, by zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.messages import Message
from schoolnet.people import REGION

if TYPE_CHECKING:
    from schoolnet.options import Options
    from schoolnet.region import Region

_FAR_OFF = 2.0  # a remainder so many times the figures of its places, or so small a part of them, is not theirs


def to_rake(region: Region, options: Options, notes: list[Message]) -> pd.DataFrame:
    """Return the official totals to rake to, by district; row `*` is what is left for the districts it does not name.

    Left over is the region's total less the districts named, where the table has both; it is not used where it cannot
    be those districts' (districts the map does not have are in it too). A city that is a region has one row, `*`.

    Parameters
    ----------
    region, options
        The region; whether to rake.
    notes
        Takes what was left over and not used.
    """
    table = region.people.official
    if options.rake == "no" or table.empty:
        return table.iloc[:0]
    named = _of_districts(region)
    if one_city(region):
        whole = table if REGION in table.index else named.sum().to_frame(REGION).T.astype(named.dtypes.to_dict())
        return whole.loc[[REGION]].rename_axis(named.index.name)
    others = rest(region, named)
    if REGION not in table.index or not others.any():
        return named
    left = int(table.loc[REGION, "population"] - named["population"].sum())
    held = int(region.settlements.loc[others, "population"].fillna(0).sum())
    if left <= 0 or (held and not 1 / _FAR_OFF <= left / held <= _FAR_OFF):
        notes.append(
            Message(
                "the region's total leaves {left} people for districts without a row, whose settlements have {held}",
                left=left,
                held=held,
            )
        )
        return named
    row = {"population": left, "urban": pd.NA, "rural": pd.NA, "year": table.loc[REGION, "year"]}
    more = pd.DataFrame([row], index=pd.Index([REGION], name=named.index.name)).astype(named.dtypes.to_dict())
    return pd.concat([named, more])


def one_city(region: Region) -> bool:
    """Return whether the region is one city: nobody lives in a village, in none of the districts of the official table.

    Such a city is one settlement on the map, in one of its districts: its people are those of all of them.
    """
    named = _of_districts(region)
    return len(named) > 1 and bool((named["rural"] == 0).fillna(value=False).all())


def _of_districts(region: Region) -> pd.DataFrame:
    table = region.people.official
    return table[table.index.isin(region.districts.index)]


def rest(region: Region, named: pd.DataFrame) -> pd.Series[bool]:
    """Return the settlements of districts that have no row of their own among official totals."""
    district = region.settlements["district_id"].fillna("")
    return district.isin(region.districts.index) & ~district.isin(named.index)


def raster_sums(region: Region, zone: str) -> pd.Series[float]:
    """Return people on the raster by zone of a kind: its total, or the sum of its groups of age; empty without one."""
    rows = region.people.raster
    rows = rows[rows["zone"] == zone]
    total = rows[rows["group"] == "total"]
    return (rows if total.empty else total).groupby("zone_id")["people"].sum()
