"""Which region of the map each row of a register is of: one answer, whichever region it is read for.

A row is of the region of its KATO's settlement, else of the region its point lies in. So a national register that is
read for each region in turn is counted once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyproj
import shapely

from schoolnet.sources import territory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from schoolnet.region import Region
    from schoolnet.sources.osm import Extract

#: So many rows that lie in no region: the register reaches beyond the map, and what lies outside may well be right.
_BEYOND = 100
#: Of the rows that leave no doubt, so many in one region: the register is of this one.
_OF_ONE = 0.9
#: Longitudes and latitudes of Kazakhstan, rounded outwards: west, south, east, north.
_COUNTRY = (46.0, 40.0, 88.0, 56.0)
#: A point so few metres outside an outline, the map's being coarse, may be a school of this region.
_NEAR_M = 10_000.0
_METRES = 111_320.0  # of a degree of latitude
_GEOD = pyproj.Geod(ellps="WGS84")
_NONE = -1


class Country(NamedTuple):
    """The regions of a map, in the order of their codes.

    Attributes
    ----------
    shapes
        Their outlines, WGS 84.
    homes
        The place among them of the region each settlement's KATO lies in.
    """

    shapes: tuple[Any, ...]
    homes: pd.Series[Any]


class Belonging(NamedTuple):
    """What each row of a register is to one region.

    Attributes
    ----------
    rows
        The register; swapped coordinates are put right, 0, 0 is missing.
    swapped, zero
        Rows where this was done.
    doubted
        Rows that would lie in this region if their coordinates were swapped, and may well be right as they are.
    other
        Rows that are not of this region.
    lost
        Rows with coordinates in no region, to be told of in this one: near its border, or of its KATO.
    near
        Of these, those of no KATO.
    """

    rows: pd.DataFrame
    swapped: NDArray[np.bool_]
    zero: NDArray[np.bool_]
    doubted: NDArray[np.bool_]
    other: NDArray[np.bool_]
    lost: NDArray[np.bool_]
    near: NDArray[np.bool_]


class _Ground(NamedTuple):
    """Outlines, the first of several counts; the place among them of the region read, of each KATO and its digits."""

    shapes: tuple[Any, ...]
    own: int
    homes: pd.Series[Any]
    digits: pd.Series[Any]


def country(extract: Extract) -> Country:
    """Return the regions of an extract and the settlements' KATO codes in them; of a border, the first by code."""
    shapes = tuple(territory.multi(area.shape) for area in territory.regions(extract))
    homes = extract.settlements[extract.settlements["kato"].notna()].sort_index()
    lon, lat = shapely.get_coordinates(homes.geometry.to_numpy()).T.reshape(2, -1)
    return Country(shapes, _by_code(homes["kato"], _first(shapes, lon, lat)))


def of(rows: pd.DataFrame, region: Region, known: Country | None) -> Belonging:
    """Return what each row is to a region.

    Coordinates are taken for swapped where the point lies in no region and, swapped, in one: of the row's KATO; or of
    any where the row has none. Where the register reaches beyond the map, or other regions are known and the point is
    near the border of one, that is only done of a point outside Kazakhstan or a row whose KATO says so. Of a row whose
    KATO is a settlement's of a region, the point may lie in another: the KATO decides, as it does inside a region.

    Parameters
    ----------
    rows
        With `lon`, `lat` and `kato`.
    region, known
        The region, and all regions of the map; None where only this one is known, with what lies around it.
    """
    ground = _ground(region, known)
    lon, lat = (rows[name].to_numpy(float, na_value=np.nan) for name in ("lon", "lat"))
    at = _first(ground.shapes, lon, lat)
    zero = (at == _NONE) & (lon == 0) & (lat == 0)
    lon, lat = (np.where(zero, np.nan, values) for values in (lon, lat))
    home = _mapped(rows["kato"], ground.homes)
    said = np.where(home == _NONE, _mapped(rows["kato"].astype("str").str[:2], ground.digits), home)
    strange = rows["kato"].notna().to_numpy() & (said == _NONE) & (len(ground.homes) > 0)
    back = _first(ground.shapes, lat, lon)
    maybe = (at == _NONE) & ((said == _NONE) | (said == back)) & ~strange
    maybe = (back != _NONE) & (maybe | ((home == back) & (at != home)))
    away = ~np.isnan(lon + lat) & (home == _NONE) & (at == _NONE)
    beyond = int((away & (back == _NONE)).sum()) >= _BEYOND
    sure = (said == back) | _abroad(lon, lat)
    if not beyond:
        sure |= _nearest(ground.shapes, lon, lat, maybe & ~sure) == _NONE
    swapped = maybe & sure
    at = np.where(swapped, back, at)
    lost = away & ~swapped & ~strange
    told = lost & (said == ground.own)
    if not beyond and len(ground.shapes) > 1:
        told |= _nearest(ground.shapes, lon, lat, lost & (said == _NONE)) == ground.own
    owner = _owner(home, at)
    bare = np.isnan(lon + lat) & ~strange & ((said == _NONE) | (said == ground.own))
    return Belonging(
        rows=rows.assign(lon=np.where(swapped, lat, lon), lat=np.where(swapped, lon, lat)),
        swapped=swapped,
        zero=zero,
        doubted=maybe & ~sure & (back == ground.own),
        other=np.where(owner == _NONE, ~told & ~bare, owner != ground.own),
        lost=told,
        near=told & (said == _NONE),
    )


def _ground(region: Region, known: Country | None) -> _Ground:
    """Return the regions to choose from: an outline that is none of the map's comes before them."""
    known = known or Country(tuple(region.adjoining.geometry), pd.Series(dtype=np.int64))
    shapes, homes = known
    at = next((at for at, shape in enumerate(shapes) if shapely.equals_exact(shape, region.boundary)), None)
    if at is None:
        at, shapes = 0, (region.boundary, *shapes)
        own = region.settlements["kato"].dropna()
        mine = _by_code(own, np.zeros(len(own), dtype=np.int64))
        homes = pd.concat([mine, homes[~homes.index.isin(mine.index)] + 1])
    first = pd.DataFrame({"digits": homes.index.astype("str").str[:2], "at": homes.to_numpy(np.int64)})
    most = first.value_counts().rename("count").reset_index().sort_values(["count", "at"], ascending=[False, True])
    digits = most.drop_duplicates("digits").set_index("digits")["at"]
    return _Ground(shapes, at, homes, digits)


def _by_code(codes: pd.Series[Any], at: NDArray[np.int64]) -> pd.Series[Any]:
    """Return the region of each code, the first where several have it; codes in none are left out."""
    found = pd.Series(at, index=pd.Index(codes.to_numpy(object), dtype=object))
    return found[found != _NONE].groupby(level=0).min()


def _mapped(codes: pd.Series[Any], regions: pd.Series[Any]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = codes.astype(object).map(regions).fillna(_NONE).to_numpy(np.int64)
    return found


def _first(shapes: Sequence[Any], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the first outline each point lies in, its edge included; -1 in none."""
    found = np.full(len(lon), _NONE, dtype=np.int64)
    for at, shape in enumerate(shapes):
        left = np.flatnonzero((found == _NONE) & ~np.isnan(lon + lat))
        shapely.prepare(shape)
        found[left[shapely.intersects_xy(shape, lon[left], lat[left])]] = at
    return found


def _abroad(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = _COUNTRY
    return np.asarray((lon < west) | (lon > east) | (lat < south) | (lat > north))


def _nearest(
    shapes: Sequence[Any], lon: NDArray[np.float64], lat: NDArray[np.float64], which: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the outline nearest to each of some points, of those about `_NEAR_M` away at most; -1 where none is.

    Where only one region is known, none: a point outside it may lie in another.
    """
    found, best = np.full(len(lon), _NONE, dtype=np.int64), np.full(len(lon), np.inf)
    asked = np.flatnonzero(which)
    for at, shape in enumerate(shapes if len(shapes) > 1 and len(asked) else ()):
        wide = _NEAR_M / _METRES / np.cos(np.radians(min(89.0, np.abs(lat[asked]).max())))
        shapely.prepare(shape)
        close = asked[shapely.dwithin(shape, shapely.points(lon[asked], lat[asked]), wide)]
        ends = shapely.get_coordinates(shapely.shortest_line(shapely.points(lon[close], lat[close]), shape))
        metres = np.asarray(_GEOD.inv(*ends.reshape(-1, 4).T)[2])
        better = (metres <= _NEAR_M) & (metres < best[close])
        found[close[better]], best[close[better]] = at, metres[better]
    return found


def _owner(home: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the region of each row: of its KATO, else of its point; -1 in none.

    Where the two differ the KATO decides, unless the register is of the region the point lies in:

    | rows | KATO in | point in | → |
    |---|---|---|---|
    | 50, and 50 | A; B | A; B | A; B |
    | 1 | A | B | A |
    | 99 | B | B | B |
    | 1 | A | B | B: the register is of B, and a KATO is soon mistyped |
    """
    owner = np.where(home == _NONE, at, home)
    disputed = (home != _NONE) & (at != _NONE) & (home != at)
    sure = owner[~disputed & (owner != _NONE)]
    if not len(sure) or not disputed.any():
        return owner
    counts = np.bincount(sure)
    most = int(counts.argmax())
    of_one = counts[most] >= _OF_ONE * len(sure)
    return np.where(disputed & (at == most) & of_one, at, owner)
