"""Where a network school may open: the settlements looked at for each profile, and the base school of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

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
_TWO_SHIFT = {"two_shift": 2.0}
COLUMNS = ("profile", "settlement_id", "school_id", "fitness", "looked_at")


def bases(
    region: Region, pupils: pd.Series[Any], profiles: Mapping[str, Profile], norms: Norms, options: Options
) -> pd.DataFrame:
    """Return the places of a region for each profile (`COLUMNS`), by profile and settlement.

    Looked at are the settlements with most pupils (option `network_candidates`), towns, and those with a working
    school so marked. A profile that opens on the base of such schools has those settlements alone, where there are
    some. The base is the fittest state day school that teaches all grades and is not in emergency condition.

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
    homes = region.settlements
    largest = pupils[pupils > 0].rename_axis("id").reset_index(name="pupils")
    largest = largest.sort_values(["pupils", "id"], ascending=[False, True]).head(options.network_candidates)
    looked = set(largest["id"]) | set(homes.index[homes["place"].isin(_TOWNS) & (pupils > 0)])
    marked = {key: fit["told"].map(profile.marked).astype(bool) for key, profile in profiles.items()}
    looked |= {one for found in marked.values() for one in fit.loc[found, "settlement_id"]}
    rows = []
    for key, profile in profiles.items():
        working = fit[marked[key]]
        places, said = sorted(looked), "all"
        if profile.on_base:
            said = "working" if len(working) else "no_working"
            places = sorted(set(working["settlement_id"])) if len(working) else places
        best = _best(working if said == "working" else fit, marked[key], told=bool(marked[key].any()))
        for place in places:
            school, fitness = best.get(place, (None, 0.0))
            rows.append((key, place, school, fitness, said))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"school_id": object, "fitness": float})


def _fit(region: Region, norms: Norms, options: Options) -> pd.DataFrame:
    """Return the schools that may be a base, with what speaks for each, 0 to 1; NaN where the register is silent."""
    schools = pd.DataFrame(region.schools.drop(columns="geometry"))
    day = schools["kind"].fillna("day").eq("day") & schools["ownership"].fillna("state").eq("state")
    level = schools["level"].fillna(options.unknown_level)
    rows = schools[day & level.eq(_SECONDARY) & ~schools["condition"].eq("emergency")]
    rows = rows[rows["settlement_id"].notna()]
    one_shift = _numbers(rows["seats"]) / rows["seat_basis"].map(_TWO_SHIFT).fillna(1.0)
    free = one_shift * float(norms["shifts.allowed"].value) - _numbers(rows["enrolment"])
    rooms = _numbers(rows["subject_rooms"])
    most = rooms.max()
    return pd.DataFrame({
        "settlement_id": rows["settlement_id"], "told": rows["profile"].astype(object),
        "level": rows["level"].eq(_SECONDARY).astype(float).replace(0.0, _ASSUMED),
        "free": (free / options.network_seats).clip(0.0, 1.0), "condition": rows["condition"].map(_CONDITION),
        "rooms": rooms / most if most > 0 else rooms,
    })  # fmt: skip


def _best(fit: pd.DataFrame, marked: pd.Series[bool], *, told: bool) -> dict[str, tuple[str, float]]:
    """Return the fittest school of each settlement, and how fit it is: the mean of what the register tells.

    The mark of the profile counts where some school of the region has it.
    """
    parts = fit[["level", "free", "condition", "rooms"]]
    if told:
        parts = parts.assign(marked=marked.reindex(fit.index).astype(float))
    order = parts.mean(axis=1).rename("fitness").to_frame().assign(settlement=fit["settlement_id"]).rename_axis("id")
    order = order.reset_index().sort_values(["settlement", "fitness", "id"], ascending=[True, False, True])
    first = order.drop_duplicates("settlement")
    return {
        str(place): (str(school), float(fitness))
        for place, school, fitness in zip(first["settlement"], first["id"], first["fitness"], strict=True)
    }


def _numbers(values: pd.Series[Any]) -> pd.Series[float]:
    return values.astype("Float64").astype(float)
