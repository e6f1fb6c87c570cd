"""Where a network school may open: the settlements looked at for each profile, and the base school of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from schoolnet.model.audit import one_shift
from schoolnet.planning.profile_scores import km

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.planning.profile_list import Profile
    from schoolnet.region import Region

_TOWNS = ("city", "town")
_SECONDARY = "secondary"
_CONDITION = {"good": 1.0, "repair": 0.5}
_ASSUMED = 0.5  # of a level the register does not tell
_FIRST = 1e-9  # of profiles for which schools are as fit, the first has the fitter one
_SAME_KM = 0.1  # a working network school so near to a school of the register is that school
_NAMES = ["name", "name_kk", "name_ru", "name_en"]
COLUMNS = ("profile", "settlement_id", "school_id", "fitness", "looked_at")


def bases(
    region: Region, pupils: pd.Series[Any], profiles: Mapping[str, Profile], norms: Norms, options: Options
) -> pd.DataFrame:
    """Return the places of a region for each profile (`COLUMNS`), by profile and settlement.

    Looked at are the settlements with most pupils (option `network_candidates`), towns, and those with a working
    school so marked. A profile that opens on the base of such schools has those settlements alone, where there are
    some. A base is a state day school that teaches all grades, is not in emergency condition and carries no network
    school yet (by name, or as near as 100 m). Each profile has one of its own in a settlement, so that all together are
    fittest; where there are fewer schools than profiles, those left have the fittest too, and rivals there.

    Parameters
    ----------
    region
        Its settlements and schools.
    pupils
        Pupils of grades 5-11 of each settlement.
    profiles, norms, options
        The profiles by key; norm `shifts.allowed`; options `network_candidates`, `network_seats`, `unknown_level`.
    """
    fit = _fit(region, norms, options)
    fit = fit.drop(index=_taken(region, fit.index))
    homes = region.settlements
    largest = pupils[pupils > 0].rename_axis("id").reset_index(name="pupils")
    largest = largest.sort_values(["pupils", "id"], ascending=[False, True]).head(options.network_candidates)
    looked = set(largest["id"]) | set(homes.index[homes["place"].isin(_TOWNS) & (pupils > 0)])
    marked = {key: fit["told"].map(profile.marked).astype(bool) for key, profile in profiles.items()}
    looked |= {one for found in marked.values() for one in fit.loc[found, "settlement_id"]}
    rows, fits = [], {}
    for key, profile in profiles.items():
        working = fit[marked[key]]
        places, said = sorted(looked), "all"
        if profile.on_base:
            said = "working" if len(working) else "no_working"
            places = sorted(set(working["settlement_id"])) if len(working) else places
        fits[key] = _fitness(working if said == "working" else fit, marked[key], told=bool(marked[key].any()))
        rows += [(key, place, said) for place in places]
    frame = pd.DataFrame(rows, columns=["profile", "settlement_id", "looked_at"])
    found = _shared_out(pd.DataFrame(fits, index=fit.index), fit["settlement_id"])
    best = [found.get((key, place), (None, 0.0)) for key, place, _ in rows]
    frame = frame.assign(school_id=[one for one, _ in best], fitness=[fitness for _, fitness in best])
    return frame[list(COLUMNS)].astype({"school_id": object, "fitness": float})


def _fit(region: Region, norms: Norms, options: Options) -> pd.DataFrame:
    """Return the schools that may be a base, with what speaks for each, 0 to 1; NaN where the register is silent."""
    schools = pd.DataFrame(region.schools.drop(columns="geometry"))
    day = schools["kind"].fillna("day").eq("day") & schools["ownership"].fillna("state").eq("state")
    level = schools["level"].fillna(options.unknown_level)
    rows = schools[day & level.eq(_SECONDARY) & ~schools["condition"].eq("emergency")]
    rows = rows[rows["settlement_id"].notna()]
    free = _numbers(one_shift(rows)) * float(norms["shifts.allowed"].value) - _numbers(rows["enrolment"])
    rooms = _numbers(rows["subject_rooms"])
    most = rooms.max()
    return pd.DataFrame({
        "settlement_id": rows["settlement_id"], "told": rows["profile"].astype(object),
        "level": rows["level"].eq(_SECONDARY).astype(float).replace(0.0, _ASSUMED),
        "free": (free / options.network_seats).clip(0.0, 1.0), "condition": rows["condition"].map(_CONDITION),
        "rooms": rooms / most if most > 0 else rooms,
    })  # fmt: skip


def _taken(region: Region, among: pd.Index[Any]) -> set[Any]:
    """Return the schools that carry a working network school of the region: of its name, or where it stands."""
    working = region.given.network[region.given.network["region"].eq(region.code)]
    schools = region.schools.loc[among]
    called = schools[_NAMES].apply(lambda column: column.str.strip().str.casefold())
    out = {one for name in working["school"].dropna() for one in among[called.eq(name.strip().casefold()).any(axis=1)]}
    there = working.dropna(subset=["lon", "lat"])
    if len(there) and len(schools):
        at = pd.DataFrame({"lon": schools.geometry.x, "lat": schools.geometry.y}, index=among)
        away = km(there, at)
        out |= {among[column] for row, column in enumerate(away.argmin(axis=1)) if away[row, column] <= _SAME_KM}
    return out


def _fitness(fit: pd.DataFrame, marked: pd.Series[bool], *, told: bool) -> pd.Series[float]:
    """Return how fit each school is for a profile: the mean of what the register tells.

    The mark of the profile counts where some school of the region has it.
    """
    parts = fit[["level", "free", "condition", "rooms"]].astype("float64")
    if told:
        parts = parts.assign(marked=marked.reindex(fit.index).astype(float))
    return parts.mean(axis=1)


def _shared_out(fits: pd.DataFrame, settlement: pd.Series[Any]) -> dict[tuple[str, str], tuple[str, float]]:
    """Return the base of each profile (column of `fits`, NaN: not for it) in each settlement, and how fit it is."""
    out = {}
    for place, ids in sorted(settlement.groupby(settlement).groups.items()):
        own = fits.loc[sorted(ids)]
        own = own.loc[:, own.notna().any()]
        first = 1.0 + _FIRST * np.arange(own.shape[1])[::-1]
        table = own.fillna(-float(own.shape[1])).to_numpy(float) * first
        given = {column: row for row, column in zip(*linear_sum_assignment(table, maximize=True), strict=True)}
        for column, key in enumerate(own):
            row = given.get(column, -1)
            if row < 0 or pd.isna(own.iloc[row, column]):
                row = int(table[:, column].argmax())
            out[str(key), str(place)] = (str(own.index[row]), float(own.iloc[row, column]))
    return out


def _numbers(values: pd.Series[Any]) -> pd.Series[float]:
    return values.astype("Float64").astype(float)
