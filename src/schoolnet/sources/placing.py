"""Place the schools of a register in one region: at their coordinates, or at the settlement of their KATO.

Every row stays, stays with a correction, or is rejected in the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from schoolnet import schema
from schoolnet.errors import Fault, TableError
from schoolnet.messages import Message
from schoolnet.sources import belonging, border, naming

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region
    from schoolnet.sources.belonging import Belonging, Country
    from schoolnet.sources.cells import Remarks

_NATIONAL = 100  # so many rows of other regions, and more than half of all: the register of a country
_FAULTS_SHOWN = 20


class Placed(NamedTuple):
    """Rows of a register in the region, and those over its border (`region_id`: in which), each with its `geometry`.

    `country`: the register holds schools of other regions too.
    """

    own: pd.DataFrame
    beyond: pd.DataFrame
    country: bool


class _Where(NamedTuple):
    """Of each row: has coordinates, inside the region, its KATO has a settlement here, or is of another region.

    `elsewhere`: it is not of this region; `lost`: it lies in none; `near`: that, near the border; `over`: it lies over
    the border, and is counted there.
    """

    has: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    home: NDArray[np.bool_]
    foreign: NDArray[np.bool_]
    elsewhere: NDArray[np.bool_]
    lost: NDArray[np.bool_]
    near: NDArray[np.bool_]
    over: NDArray[np.bool_]

    @property
    def national(self) -> bool:
        count = int(self.elsewhere.sum())
        return count >= _NATIONAL and count * 2 > len(self.has)


def place(
    rows: pd.DataFrame, region: Region, options: Options, remarks: Remarks, country: Country | None = None
) -> Placed:
    """Return the rows that can be placed in the region or just over its border; the rest are rejected.

    A school inside the region stands at its coordinates; one without, or with coordinates outside, stands at the
    settlement of its KATO. Swapped coordinates are put right, and a row that `belonging.of` says is of another region
    of the `country` is left to that. Over the border (option `border_schools`) are rows with
    coordinates there, of another region by their KATO or without one; or of a settlement there (`border.over`).
    """
    known = codes(region)
    homes = rows["kato"].map(known).astype(object)
    foreign = _foreign(rows["kato"], known)
    found = belonging.of(rows, region, country)
    rows = _put_right(rows, found, remarks)
    has = (rows["lon"].notna() & rows["lat"].notna()).to_numpy()
    nobody = np.zeros(len(rows), dtype=bool)
    inside = _inside(region, rows["lon"], rows["lat"]) & ~found.other
    home = homes.notna().to_numpy()
    where = _Where(has, inside, home, foreign, found.other, found.lost, found.near, nobody)
    over = pd.DataFrame({"region_id": [], "geometry": []})
    if options.border_schools == "yes":
        near = rows["kato"].isin(region.beyond["kato"]).to_numpy() & ~where.home
        own = rows["kato"].notna().to_numpy() & ~foreign & ~near & bool(len(known))
        own |= found.lost
        over = border.over(rows[~own], (foreign | where.national)[~own], region, options.margin_m)
        where = where._replace(over=rows.index.isin(over.index), foreign=foreign | near)
    keep = _kept(rows, where, region, remarks)
    beyond = _beyond(rows, over, where, rows.loc[keep, "school_id"], remarks)
    points = shapely.points(rows["lon"].where(where.inside, 0.0), rows["lat"].where(where.inside, 0.0))
    geometry = np.where(where.inside, points, region.settlements.geometry.reindex(homes).to_numpy())
    for at in np.flatnonzero(keep & ~where.inside):
        what = Message("no coordinates")
        if has[at]:
            what = Message("{point}, outside the region", point=point(rows["lon"].iat[at], rows["lat"].iat[at]))
        home = named(region, homes.iat[at])
        remarks.corrected(
            rows.index[at], "lon", what, Message("placed at the settlement of its KATO, {settlement}", settlement=home)
        )
    several = bool(where.over.any() or where.foreign.any() or where.national)
    return Placed(rows.assign(geometry=geometry)[keep], beyond, several)


def nothing_placed(region: Region, count: int, remarks: Remarks) -> TableError:
    """Return the error of a register of which no row lies in the region, with the first rows and their reasons."""
    ledger, file = remarks.ledger(), remarks.recorder.file
    name = naming.said(region.names, region.code)
    problem = Message("none of the {count} schools can be placed in {region}.", count=count, region=name)
    remedy = Message(
        "Check that it is the register of this region, and that lon and lat are degrees of longitude and latitude."
    )
    rejected = [entry[2:] for entry in ledger.entries if entry[3] == "rejected"][:_FAULTS_SHOWN]
    first = [
        Fault(Message("{what}: not used.", what=what), Message("{why}.", why=why), file, row, column)
        for row, _, column, what, why in rejected
    ]
    return TableError([Fault(problem, remedy, file), *first])


def codes(region: Region) -> pd.Series[str]:
    """Return the settlement of each KATO code; the first by id where several share one."""
    known = region.settlements["kato"].dropna().sort_index()
    known = known[~known.duplicated()]
    return pd.Series(known.index, index=pd.Index(known.to_numpy(), dtype=object), dtype=object)


def named(region: Region, settlement_id: str) -> str:
    """Return the settlement's name, or its identifier where it has none."""
    name = region.settlements.loc[settlement_id, "name"]
    return str(settlement_id) if pd.isna(name) else str(name)


def _foreign(kato: pd.Series[Any], codes: pd.Series[str]) -> NDArray[np.bool_]:
    # the first two digits of a KATO are the region
    here = set(codes.index.str[:2]) if len(codes) else set()
    return (kato.notna() & ~kato.astype("str").str[:2].isin(here)).to_numpy(bool) & bool(here)


def point(lon: float, lat: float) -> str:
    """Return coordinates as the ledger shows them."""
    return f"lon {lon:g}, lat {lat:g}"


def _inside(region: Region, lon: pd.Series[float], lat: pd.Series[float]) -> NDArray[np.bool_]:
    known = (lon.notna() & lat.notna()).to_numpy()
    shapely.prepare(region.boundary)
    return known & shapely.intersects_xy(region.boundary, lon.fillna(0.0).to_numpy(), lat.fillna(0.0).to_numpy())


def _put_right(rows: pd.DataFrame, found: Belonging, remarks: Remarks) -> pd.DataFrame:
    lon, lat = rows["lon"], rows["lat"]
    for row in rows.index[found.swapped]:
        remarks.corrected(row, "lat", point(lon[row], lat[row]), Message("longitude and latitude were swapped"))
    for row in rows.index[found.zero]:
        remarks.corrected(row, "lon", "0, 0", Message("no place: taken as missing"))
    doubted = [str(row) for row in rows.index[found.doubted]]
    if doubted:
        more = ", …" if len(doubted) > _FAULTS_SHOWN else ""
        what = Message(
            "swapped, {count} points lie here: rows {rows}",
            count=len(doubted), rows=", ".join(doubted[:_FAULTS_SHOWN]) + more,
        )  # fmt: skip
        remarks.note(what, Message("not swapped, as they may well be right: correct them, or give the KATO"))
    return found.rows


def _kept(rows: pd.DataFrame, where: _Where, region: Region, remarks: Remarks) -> NDArray[np.bool_]:
    """Return which rows stay; a national register's rows of other regions are counted in one note."""
    elsewhere = where.elsewhere & ~where.over
    count, national = int(elsewhere.sum()), where.national
    if national:
        remarks.elsewhere(rows.index[elsewhere])
        what = Message("{count} of {all} rows", count=count, all=len(rows))
        remarks.note(what, Message("they lie in other regions: not rows of this region"))
    remarks.recorder.read("schools", len(rows) - int(where.over.sum()) - (count if national else 0))
    seen: dict[str, str] = {}
    keep = np.zeros(len(rows), dtype=bool)
    for at, (row, school_id) in enumerate(rows["school_id"].items()):
        if where.over[at]:
            continue
        if elsewhere[at]:
            if not national:
                remarks.rejected(row, *_elsewhere(rows.iloc[at], has=bool(where.has[at])))
        elif where.lost[at]:
            remarks.rejected(row, *_lost(rows.iloc[at], region, near=bool(where.near[at])))
        elif not where.inside[at] and not where.home[at]:
            why = Message("give coordinates, or the KATO of a settlement of the region")
            remarks.rejected(row, "lon", Message("no place"), why)
        else:
            keep[at] = _first(row, school_id, seen, remarks)
    return keep


def _first(row: Any, school_id: str, seen: dict[str, str], remarks: Remarks) -> bool:
    """Return whether a row has an id that stands on no row before it, and note where it stands."""
    if not school_id:
        remarks.rejected(row, "school_id", Message("no id"), Message("give each school an id of its own"))
    elif school_id in seen:
        why = Message("stands already on row {row}: remove one", row=seen[school_id])
        remarks.rejected(row, "school_id", school_id, why)
    return bool(school_id) and seen.setdefault(school_id, str(row)) == str(row)


def _beyond(
    rows: pd.DataFrame, over: pd.DataFrame, where: _Where, own: pd.Series[str], remarks: Remarks
) -> pd.DataFrame:
    """Return the rows over the border with their points, each id once; counted, and listed, apart."""
    remarks.beyond(over.index)
    if over.empty:
        return rows.iloc[:0].assign(geometry=None, region_id=None)
    what = Message("schools over the border: {count}", count=len(over))
    why = Message("of other regions: a child's nearest school may be one, nothing else is counted there")
    remarks.recorder.note("neighbours", what, why)
    seen = {school_id: str(row) for row, school_id in own.items()}
    keep = [_first(row, rows.loc[row, "school_id"], seen, remarks) for row in over.index]
    found = rows.loc[over.index[keep]].join(over)
    told = pd.Series(where.foreign, rows.index)
    for row in found.index[~told[found.index] & (not where.national)]:
        why = Message("taken for a school of another region: if it is of this one, correct its coordinates")
        remarks.note(point(rows.loc[row, "lon"], rows.loc[row, "lat"]), why, row=row, column="lon")
    return found


def _elsewhere(row: pd.Series[Any], *, has: bool) -> tuple[str, str, Message]:
    if has:
        why = Message("outside the region: correct the coordinates or the KATO")
        return "lon", point(row["lon"], row["lat"]), why
    why = Message("a KATO of another region, and no coordinates: correct the KATO or give coordinates")
    return "kato", row["kato"], why


def _lost(row: pd.Series[Any], region: Region, *, near: bool) -> tuple[str, str, Message]:
    column, what, why = _elsewhere(row, has=True)
    if near:
        shapes = gpd.GeoSeries([region.boundary, shapely.Point(row["lon"], row["lat"])], crs=schema.EPSG_AT_REST)
        outline, place = shapes.to_crs(region.crs)
        why = Message(
            "{metres} m outside the region, in no other: correct the coordinates or give the KATO of its settlement",
            metres=f"{outline.distance(place):.0f}",
        )
    return column, what, why
