"""Who is owed a bus, from which stop and to which school; and whom no bus can bring, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from schoolnet import tables
from schoolnet.model import minutes
from schoolnet.model.rounding import GRADES_OF_BAND, shared
from schoolnet.planning import stops as _stops
from schoolnet.services import minute

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.planning.found import Found

_KEYS = ["settlement_id", "band"]
#: Reasons that are of the ride, not of the map: a bus could go.
LONG = ("too_long", "too_early")
#: Reasons for which nobody in the data can serve a pupil; for all others a boarding place does.
_NOBODY = ("unknown", "no_school")
_WIDER = 3  # times the longest ride: how far the ways over it are looked for at first


class Reach(NamedTuple):
    """Quickest ways of a bus among a school (first) and its stops, in their order: minutes and metres."""

    stops: list[str]
    ways: minutes.Ways


class Riders(NamedTuple):
    """Pupils owed transport by settlement, band, wave and stop (as `networks.RIDES`); their stops; ways by school."""

    rows: pd.DataFrame
    stops: pd.DataFrame
    reach: dict[str, Reach]


def riders(found: Found, schools: pd.DataFrame) -> Riders:
    """Return who is owed a bus, and how far the school is.

    Everybody goes to the school of their band nearest by bus. Pupils of a settlement and band are parted by wave, whole
    (a grade is in one shift), and by stop (largest remainder).

    Parameters
    ----------
    found
        What the stages before found.
    schools
        Schools with their `shifts`: also those that pupils of a settlement judged alone go to.

    | owed | pupils | school | shifts | direct | cap | → wave | mode | why |
    |---|---|---|---|---|---|---|---|---|
    | B, 1-4 | 8 (grades 1-4: 2 each) | SA | 1 | 20 min | 60 | 1: 8 | bus | |
    | D, 1-4 | 8 | SQ | 2 | 20 min | 60 | 1: 2; 2: 6 | bus | |
    | E, 1-4 | 8 | SA | 1 | 70 min | 60 | 1: 8 | board | too_long |
    """
    rows = _by_wave(_owed(found), found, schools["shifts"])
    places = _stops.stops(found, rows.loc[rows["why"] == "", "settlement_id"].unique())
    rows = _by_stop(rows, places)
    reach = _reach(rows, places, found)
    return Riders(_judged(rows, reach, found.options), places, reach)


def arrival(options: Options, wave: int) -> float:
    """Return the minute of the day the buses of a wave are at the school."""
    lessons = options.lessons_from if wave == 1 else options.lessons_from_second
    return minute(lessons) - options.arrive_min


def window(options: Options, wave: int) -> float:
    """Return the longest ride the clock leaves a wave: from the earliest pick-up to the arrival, minutes."""
    return arrival(options, wave) - minute(options.pickup_earliest)


def cap(options: Options, wave: int) -> float:
    """Return the longest ride of a wave, minutes."""
    longest = np.inf if options.ride_max_min is None else options.ride_max_min
    return float(min(longest, window(options, wave)))


def beyond(rows: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the settlements and bands (of `networks.RIDES`) whose ride is too long, or begins too early, for all."""
    long = rows["why"].isin(LONG).groupby([rows["settlement_id"], rows["band"]]).all()
    return {(str(settlement), str(band)) for settlement, band in long.index[long]}


def _owed(found: Found) -> pd.DataFrame:
    """Return the settlements and bands owed transport, with the school a bus goes to, and why none does."""
    owed = found.transport.loc[found.transport["entitled"], [*_KEYS, "pupils"]]
    rows = owed.merge(found.access[[*_KEYS, "school_id", "approx", "bus_school_id"]], on=_KEYS, validate="1:1")
    bus, school = rows["bus_school_id"], rows["school_id"]
    tests = [rows["pupils"].isna(), school.isna() & bus.isna(), bus.isna() & rows["approx"], bus.isna()]
    why = np.select([test.to_numpy(bool) for test in tests], ["unknown", "no_school", "no_road", "no_bus"], "")
    rows = rows.assign(why=why, school_id=bus.where(why == ""))
    return rows[[*_KEYS, "pupils", "school_id", "why"]]


def _by_wave(rows: pd.DataFrame, found: Found, shifts: pd.Series[int]) -> pd.DataFrame:
    """Return the rows parted by the shift their grades are taught in; what is not brought is of the first."""
    grades = {band: range(1, 13)[part] for band, part in GRADES_OF_BAND.items()}
    second = {
        band: found.demand[[f"g{one}" for one in of if one in found.options.second_shift_grades]].sum(axis=1)
        for band, of in grades.items()
    }
    two = (rows["school_id"].map(shifts).fillna(1) > 1).to_numpy(bool)
    late = np.array([second[band][home] for home, band in zip(rows["settlement_id"], rows["band"], strict=True)], float)
    late = np.where(two, late, 0).astype(np.int64)
    first = rows.assign(wave=1, pupils=rows["pupils"] - late)
    out = pd.concat([first, rows.assign(wave=2, pupils=pd.array(late, dtype="Int64"))], ignore_index=True)
    return out[out["pupils"].isna() & (out["wave"] == 1) | (out["pupils"] > 0).fillna(value=False)]


def _by_stop(rows: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Return the rows parted by stop, by the share of each in the settlement's area."""
    rows = rows.sort_values([*_KEYS, "wave"], kind="stable").reset_index(drop=True)
    part = rows.reset_index(names="row").merge(places.reset_index()[["stop_id", "settlement_id", "share"]])
    part = part[part["why"] == ""]
    pupils = shared(part["share"].to_numpy(float), part["pupils"].to_numpy(float), part["row"].to_numpy())
    part = part.assign(pupils=pd.array(pupils, dtype="Float64").astype("Int64")).drop(columns=["share", "row"])
    left = rows[rows["why"] != ""].assign(stop_id=None)
    return pd.concat([part[part["pupils"] > 0], left], ignore_index=True)


def _reach(rows: pd.DataFrame, places: pd.DataFrame, found: Found) -> dict[str, Reach]:
    """Return the ways among each school and its stops.

    Ways over the longest ride are of no use but from and to the school: they are looked for where one is missing.
    """
    some = rows[rows["stop_id"].notna()]
    by_school = {str(key): sorted({*part}) for key, part in some.groupby("school_id")["stop_id"]}
    schools = found.roads.nodes("school")
    nodes = [np.array([schools[key], *places["node"][own]], np.int64) for key, own in by_school.items()]
    season = found.options.season
    limit = max(cap(found.options, wave) for wave in (1, 2))
    ways = minutes.among(found.roads, nodes, season=season, within_min=limit)
    for wider in (_WIDER * limit, np.inf):  # a search to the end of the roads is dear, and few need it
        for own, one in zip(nodes, ways, strict=True):
            _fill(found, own, one, wider)
    return {key: Reach(own, one) for (key, own), one in zip(by_school.items(), ways, strict=True)}


def _fill(found: Found, nodes: NDArray[np.int64], ways: minutes.Ways, within_min: float) -> None:
    """Look for the ways from and to the school, the first node, that are not found yet, and put them in their place."""
    far, season = np.flatnonzero(~np.isfinite(ways.minutes[:, 0])), found.options.season
    if not np.isfinite(ways.minutes[0]).all():
        out = minutes.between(found.roads, nodes[:1], nodes, season=season, within_min=within_min)
        ways.minutes[0], ways.metres[0] = out.minutes[0], out.metres[0]
    if len(far):
        back = minutes.between(found.roads, nodes[far], nodes[:1], season=season, within_min=within_min)
        ways.minutes[far, 0], ways.metres[far, 0] = back.minutes[:, 0], back.metres[:, 0]


def _judged(rows: pd.DataFrame, reach: dict[str, Reach], options: Options) -> pd.DataFrame:
    """Return the rows with the minutes straight to school, how the pupils get there, and why no bus brings them."""
    to: dict[tuple[Any, Any], tuple[float, float]] = {}
    for school, (own, ways) in reach.items():
        pairs = zip(own, ways.minutes[1:, 0], ways.minutes[0, 1:], strict=True)
        to |= {(school, stop): (there, back) for stop, there, back in pairs}
    known = [to.get(key, (np.nan, np.nan)) for key in zip(rows["school_id"], rows["stop_id"], strict=True)]
    direct, out = np.array(known, float).reshape(-1, 2).T
    ride, asked = direct + options.stop_min, rows["why"].to_numpy(object) == ""
    clock = rows["wave"].map({wave: window(options, wave) for wave in (1, 2)}).to_numpy(float)
    longest = np.inf if options.ride_max_min is None else options.ride_max_min
    tests = [~np.isfinite(direct) | ~np.isfinite(out), ride > longest, ride > clock]
    why = np.where(asked, np.select(tests, ["no_bus", *LONG], ""), rows["why"])
    mode = np.select([why == "", np.isin(why.astype(str), _NOBODY)], ["bus", "unserved"], "board")
    out_rows = rows.assign(direct_min=np.where(np.isfinite(direct), direct, np.nan), mode=mode, why=why)
    out_rows["stop_id"] = out_rows["stop_id"].where(out_rows["why"] == "")
    return _joined(out_rows)


def _joined(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with those of one settlement, band and wave whom no bus brings, from whatever stop, as one."""
    keys = [*_KEYS, "wave", "school_id", "stop_id", "mode", "why"]
    sums = rows.groupby(keys, dropna=False, sort=False).agg(
        pupils=("pupils", lambda some: some.sum(min_count=1)), direct_min=("direct_min", "max")
    )
    out = sums.reset_index()
    order = out.assign(band=out["band"].map(tables.BANDS.index)).sort_values([*_KEYS, "wave", "stop_id"], kind="stable")
    return out.loc[order.index].reset_index(drop=True)
