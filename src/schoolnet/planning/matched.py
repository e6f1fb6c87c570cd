"""Which school, settlement and district of one date is which of another: by identifier, else by what else tells it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyproj

from schoolnet.planning.observed import NAMES

if TYPE_CHECKING:
    from schoolnet.planning.observed import Observed

#: A school within so many metres of one that is gone may be the same (a choice of the model).
LIKELY_M = 1000.0
#: The pupils of a school that is gone are found in another that has as many more, give or take a fifth (a choice too).
FOUND_SHARE = 0.2
_GLOBE = pyproj.Geod(ellps="WGS84")


class Matched(NamedTuple):
    """Which school is which between two dates.

    Attributes
    ----------
    same
        What A calls each school of B: the same identifier, or likely the same school.
    named
        Schools of B known by name and place, not by identifier.
    perhaps
        Schools of one date alone that may be the same, by identifier: those they may be, of the other date.
    joined
        Schools of A alone, each with the school of B in whose numbers its pupils are found.
    """

    same: dict[str, str]
    named: frozenset[str]
    perhaps: dict[str, list[str]]
    joined: dict[str, str]


def districts(a: Observed, b: Observed) -> dict[str, str]:
    """Return what A calls each district of B that A has: by identifier, else by a name only one has on either side."""
    return _same(a.districts, b.districts, "name")


def settlements(a: Observed, b: Observed) -> dict[str, str]:
    """Return what A calls each settlement of B that A has: by identifier, else by a KATO only one has on each."""
    return _same(a.settlements, b.settlements, "kato")


def schools(a: Observed, b: Observed, homes: dict[str, str]) -> Matched:
    """Return which school of B is which of A: by identifier, else by what likely tells it.

    Of the schools with an identifier of one date only, in the same settlement or within `LIKELY_M`: likely the same are
    two of a name the same letter for letter (case, spaces and marks apart), then two of the same level and year of
    building; both only where no other could be meant. Perhaps the same, and no more than a doubt, are two of the same
    level where the year of building does not tell them apart, or where several could be meant.

    | A | B | → |
    |---|---|---|
    | 17 “Abai school”, Arka | 900 “ABAI SCHOOL”, Arka | 900 is likely 17 |
    | 18 “Abai school”, Dala, 60 km off | | 18 is gone |
    | 19 primary, built 1975, Bulak | 901 primary, built 1975, Bulak | 901 is likely 19 |
    | 20 primary, Eski | 902 primary, Eski | perhaps the same: the years of building are not told |
    """
    same = {str(key): str(key) for key in b.schools.index if key in a.schools.index}
    pairs = _close(_pairs(a, b, same), homes)
    named = _only(pairs[pairs["called"]])
    same |= named
    rest = pairs[~pairs["new"].isin(same) & ~pairs["old"].isin(same.values())]
    same |= _only(rest[rest["built_alike"]])
    rest = rest[~rest["new"].isin(same) & ~rest["old"].isin(same.values())]
    perhaps: dict[str, list[str]] = {}
    for old, new in zip(rest["old"], rest["new"], strict=True):
        perhaps.setdefault(old, []).append(new)
        perhaps.setdefault(new, []).append(old)
    return Matched(same, frozenset(named), perhaps, _joined(a, b, same, homes))


def called(school: pd.Series[Any]) -> set[str]:
    """Return the names of a school, case, spaces and marks apart."""
    names = {re.sub(r"[\W_]+", "", one).casefold() for one in school[[*NAMES]] if isinstance(one, str)}
    return names - {""}


def apart_m(one: pd.Series[Any], two: pd.Series[Any]) -> float:
    """Return how far two schools stand apart, in metres."""
    return float(_GLOBE.inv(one["lon"], one["lat"], two["lon"], two["lat"])[2])


def _same(a: pd.DataFrame, b: pd.DataFrame, column: str) -> dict[str, str]:
    found = {str(key): str(key) for key in b.index if key in a.index}
    left, right = (here[column][~here.index.isin(there.index)].dropna() for here, there in ((a, b), (b, a)))
    left, right = (cells[~cells.duplicated(keep=False)] for cells in (left, right))
    by_cell = {cell: key for key, cell in left.items()}
    return found | {str(key): str(by_cell[cell]) for key, cell in right.items() if cell in by_cell}


def _pairs(a: Observed, b: Observed, same: dict[str, str]) -> pd.DataFrame:
    """Return the pairs of a school of A alone (`old`) and one of B alone (`new`) that something makes alike.

    `called`: a name is the same; `built_alike`: level and year of building are. Else the level is the same, and the
    year does not tell the two apart: it is of one known at most, and the new one was not built since A. A school whose
    row the other side's register has, and its ledger rejected, is in no pair: it was not given another number.
    """
    gone, come = (one.schools[~one.schools.index.isin([*same, *two.rejected])] for one, two in ((a, b), (b, a)))
    named = _framed(gone, "old").merge(_framed(come, "new"), on="called")[["old", "new"]].drop_duplicates()
    left, right = (
        frame[["level", "built"]].rename_axis(key).reset_index().dropna(subset="level")
        for frame, key in ((gone, "old"), (come, "new"))
    )
    leveled = left.merge(right, on="level", suffixes=("_old", "_new"))
    old, new = (pd.to_numeric(leveled[f"built_{side}"]).astype(float) for side in ("old", "new"))
    alike = old == new
    unknown = (old.isna() | new.isna()) & ~(new >= a.day.year)
    leveled = leveled.assign(built_alike=alike)[alike | unknown][["old", "new", "built_alike"]]
    out = named.assign(called=True).merge(leveled, how="outer", on=["old", "new"])
    out[["called", "built_alike"]] = out[["called", "built_alike"]].eq(other=True)
    where = ["lon", "lat", "settlement_id"]
    out = out.join(gone[where].add_suffix("_old"), on="old").join(come[where].add_suffix("_new"), on="new")
    return out.astype({"old": str, "new": str})


def _framed(schools: pd.DataFrame, key: str) -> pd.DataFrame:
    rows = [(str(school.name), name) for _, school in schools.iterrows() for name in sorted(called(school))]
    return pd.DataFrame(rows, columns=[key, "called"], dtype=object)


def _close(pairs: pd.DataFrame, homes: dict[str, str]) -> pd.DataFrame:
    """Return the pairs of `…_old` and `…_new` that are in one settlement, or within `LIKELY_M`."""
    home = pairs["settlement_id_new"].map(homes)
    metres = _GLOBE.inv(*(pairs[name].to_numpy(dtype=float) for name in ("lon_old", "lat_old", "lon_new", "lat_new")))
    return pairs[(home.notna() & (home == pairs["settlement_id_old"])) | (metres[2] <= LIKELY_M)]


def _only(pairs: pd.DataFrame) -> dict[str, str]:
    """Return the new and the old of pairs no third school is in."""
    old, new = (Counter(pairs[side]) for side in ("old", "new"))
    rows = zip(pairs["old"], pairs["new"], strict=True)
    return {two: one for one, two in rows if old[one] == new[two] == 1}


def _joined(a: Observed, b: Observed, same: dict[str, str], homes: dict[str, str]) -> dict[str, str]:
    """Return the schools of A alone whose pupils another of the place likely took in, with that one's identifier in B.

    It has as many pupils more as the school that is gone had, or as all that are gone beside it had, give or take
    `FOUND_SHARE`; and no second one has.

    | | A | B |
    |---|---|---|
    | 83, gone | 200 pupils | |
    | 100, beside it | 500 pupils | 690 pupils: 83 likely joined it |
    """
    columns = ["settlement_id", "lon", "lat", "enrolment"]
    gone = ~a.schools.index.isin([*same.values(), *b.rejected])
    old = a.schools.loc[gone, columns].dropna(subset="enrolment")
    old = old[old["enrolment"] > 0].rename_axis("old").add_suffix("_old").reset_index()
    stays = [(new, before) for new, before in same.items() if new == before]
    more = b.schools.loc[[new for new, _ in stays], columns]
    more["enrolment"] = more["enrolment"] - a.schools.loc[more.index, "enrolment"]
    more = more.dropna(subset="enrolment").rename_axis("new").add_suffix("_new").reset_index()
    pairs = _close(old.merge(more[more["enrolment_new"] > 0], how="cross"), homes)
    every = pairs.groupby("new")["enrolment_old"].transform("sum")
    fits = [
        (pairs["enrolment_new"] - one).abs() <= FOUND_SHARE * one.astype(float)
        for one in (pairs["enrolment_old"], every)
    ]
    pairs = pairs[(fits[0] | fits[1]).astype(bool)]
    alone = pairs[~pairs["old"].duplicated(keep=False)]
    return dict(zip(alone["old"].astype(str), alone["new"].astype(str), strict=True))
