"""Where pupils beyond two shifts live, and where they could go: free seats, extensions, new schools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from schoolnet.model.rounding import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.found import Found
    from schoolnet.planning.prices import Building

_LARGEST = 300  # seats of the largest extension: beyond that a standard school is cheaper


class Crowd(NamedTuple):
    """Places of pupils beyond two shifts: their school, town, place in metres, how many, and metres to the school."""

    school: NDArray[np.object_]
    town: NDArray[np.object_]
    xy: NDArray[np.float64]
    pupils: NDArray[np.float64]
    metres: NDArray[np.float64]


class Sites(NamedTuple):
    """Where they can go: kind (`free`, `extend`, `cell`, `plot`, `settlement`), whose, town, place, and its sizes."""

    kind: list[str]
    key: list[str]
    town: list[str]
    xy: list[Any]
    sizes: list[list[tuple[float, float, Building | None]]]


def _metric(found: Found, geometry: Any) -> NDArray[np.float64]:
    return shapely.get_coordinates(geometry.to_crs(found.region.crs).to_numpy())


def crowd(found: Found, over: pd.Series[int]) -> Crowd:
    """Return where the pupils beyond two shifts live: in a town's cells nearest to their school, else at the school."""
    schools = found.region.schools
    town = schools["settlement_id"].reindex(over.index)
    cells = found.region.people.cells.loc[found.town_cells.index]
    parts = []
    for home, keys in town.groupby(town.fillna(""), sort=True).groups.items():
        inside = cells[cells["settlement_id"] == home]
        parts += _in_cells(found, inside, list(keys), over) if len(inside) else _at_school(found, list(keys), over)
    keys, places, pupils = zip(*parts, strict=True)
    homes, at = town.reindex([*keys]).fillna("").to_numpy(object), np.vstack(places)
    straight = np.hypot(*(at - _metric(found, schools.geometry.loc[[*keys]])).T)
    return Crowd(np.array(keys, object), homes, at, np.array(pupils, float), straight * found.options.straight_factor)


def _centres(found: Found, cells: Any) -> NDArray[np.float64]:
    return shapely.get_coordinates(shapely.centroid(cells.geometry.to_crs(found.region.crs).to_numpy()))


def _at_school(found: Found, keys: list[str], over: pd.Series[int]) -> list[tuple[str, Any, float]]:
    places = _metric(found, found.region.schools.geometry.loc[keys])
    return [(key, place, float(over[key])) for key, place in zip(keys, places, strict=True)]


def _in_cells(found: Found, cells: Any, keys: list[str], over: pd.Series[int]) -> list[tuple[str, Any, float]]:
    """Spread each school's pupils over blocks of the cells nearest to it, as pupils live there."""
    home = cells["settlement_id"].iloc[0]
    mates = found.region.schools.index[found.region.schools["settlement_id"] == home]
    places = _centres(found, cells)
    near = mates.take(cKDTree(_metric(found, found.region.schools.geometry.loc[mates])).query(places)[1])
    weight = found.town_cells.loc[cells.index, "children"].to_numpy(float)
    block = np.floor(places / found.options.candidate_m).astype(np.int64)
    rows = pd.DataFrame({"x": places[:, 0] * weight, "y": places[:, 1] * weight, "weight": weight, "school": near})
    sums = rows.groupby(["school", block[:, 0], block[:, 1]]).sum()
    sums = sums[sums["weight"] > 0]
    out: list[tuple[str, Any, float]] = []
    for key in keys:
        own = sums.loc[[key]] if key in sums.index.get_level_values(0) else sums.iloc[:0]
        if own.empty:
            out += _at_school(found, [key], over)
            continue
        same = np.zeros(len(own))
        share = shared(own["weight"].to_numpy(float), same + float(over[key]), same.astype(object))
        at = own[["x", "y"]].to_numpy() / own[["weight"]].to_numpy()
        out += [(key, place, float(pupils)) for place, pupils in zip(at, share, strict=True) if pupils]
    return out


def sites(found: Found, over: pd.Series[int], done: set[str]) -> Sites:
    """Return every place they can go to: free seats, extensions, cells, plots, the settlement's own point."""
    out = Sites([], [], [], [], [])
    homes = sorted({one for one in found.region.schools["settlement_id"].reindex(over.index) if isinstance(one, str)})
    _free_seats(found, over, done, homes, out)
    if found.options.extend == "yes":
        for key, place in zip(over.index, _metric(found, found.region.schools.geometry.loc[over.index]), strict=True):
            home = found.region.schools.loc[key, "settlement_id"]
            _add(out, "extend", str(key), home if isinstance(home, str) else "", place, _extensions(found))
    standard = [(float(one.seats * one.shifts), one.mkzt, one) for one in _standard(found)]
    several = [(float(one.seats * one.shifts), one.mkzt, one) for one in _several(found, int(over.sum()))]
    for home in homes:
        for kind, key, place in _places(found, home):
            most = found.region.plots["seats_max"].get(key, pd.NA) if kind == "plot" else pd.NA
            fits = [size for size in standard if pd.isna(most) or size[2].seats <= most]
            if fits:  # a settlement without cells is one point: all its new schools stand there
                _add(out, kind, key, home, place, fits + several if kind == "settlement" else fits)
    return out


def _add(to: Sites, kind: str, key: str, town: str, place: Any, sizes: Any) -> None:
    to.kind.append(kind)
    to.key.append(key)
    to.town.append(town)
    to.xy.append(place)
    to.sizes.append(sizes)


def _free_seats(found: Found, over: pd.Series[int], done: set[str], homes: list[str], to: Sites) -> None:
    schools, allowed = found.region.schools, float(found.norms["shifts.allowed"].value)
    free = np.floor(found.one_shift * allowed - found.expected)
    here = schools["settlement_id"].isin(homes) & found.schools["state_day"] & free.gt(0)
    here &= ~schools.index.isin([*over.index, *done]) & ~found.schools["emergency"]
    rows = schools[here]
    for key, place in zip(rows.index, _metric(found, rows.geometry), strict=True):
        _add(to, "free", str(key), str(rows.loc[key, "settlement_id"]), place, [(float(free[key]), 0.0, None)])


def _extensions(found: Found) -> list[tuple[float, float, Building]]:
    room, shifts = found.prices.room, found.prices.shifts
    seats = [count for count in (1, 2, 3, 4, 6, 8, 12) if count * room <= _LARGEST]
    built = [found.prices.extension(count * room * shifts) for count in seats]
    return [(float(one.seats * one.shifts), one.mkzt, one) for one in built]


def _standard(found: Found) -> list[Building]:
    shifts = found.prices.shifts
    return [found.prices.school(max(found.prices.standard[0], seats * shifts)) for seats in found.prices.standard]


def _several(found: Found, pupils: int) -> list[Building]:
    """Return the largest standard school so many times and one more of any size, until they hold so many pupils."""
    prices = found.prices
    largest, rounds = prices.standard[-1], -(-pupils // (prices.standard[-1] * prices.shifts))
    sums = [count * largest + seats for count in range(1, rounds) for seats in prices.standard]
    return [prices.school(seats * prices.shifts) for seats in sums]


def _places(found: Found, home: str) -> list[tuple[str, str, Any]]:
    """Return where a new school can stand: given plots, cells (the fullest of each block), the settlement's point."""
    plots = found.region.plots
    own = plots[plots["settlement_id"] == home]
    out = [("plot", str(key), place) for key, place in zip(own.index, _metric(found, own.geometry), strict=True)]
    town = not found.region.settlements.loc[home, "is_rural"]
    if town and found.options.plots_only == "yes":
        return out
    cells = found.region.people.cells.loc[found.town_cells.index]
    cells = cells[cells["settlement_id"] == home]
    if cells.empty:
        point = found.region.settlements.geometry.loc[[home]]
        return [*out, ("settlement", home, _metric(found, point)[0])]
    places = _centres(found, cells)
    block = np.floor(places / found.options.candidate_m).astype(np.int64)
    rows = pd.DataFrame({"bx": block[:, 0], "by": block[:, 1], "id": cells.index, "at": np.arange(len(cells))})
    rows["pupils"] = found.town_cells.loc[cells.index, "children"].to_numpy(float)
    best = rows.sort_values(["pupils", "id"], ascending=[False, True]).drop_duplicates(["bx", "by"]).sort_values("id")
    return [*out, *(("cell", str(row.id), places[row.at]) for row in best[best["pupils"] > 0].itertuples())]
