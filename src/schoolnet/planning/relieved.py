"""What ends the need of each school: the sites that must open for it, or that nothing need be built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import decisions, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.planning.found import Found
    from schoolnet.planning.relief import Relief

_REPLACED, _THIRD, _SEATS = decisions.NEEDS


def relieved(found: Found, rows: list[dict[str, Any]], eased: Relief, leaving: pd.DataFrame) -> pd.DataFrame:
    """Return what ends the need of each school (`decisions.RELIEVED`).

    S has three shifts and 90 pupils beyond two of them: 50 are taken by an extension, 40 go next door. E stands in an
    emergency building, which two schools together replace. D needs no seats to teach in two shifts:

    | school | need | how | site | pupils |
    |---|---|---|---|---|
    | D | three_shift | two_shifts | | 0 |
    | E | emergency | site | replace:E | 5000 |
    | E | emergency | site | replace:E:2 | 1000 |
    | S | three_shift | free_seats | | 40 |
    | S | three_shift | site | extend:S | 50 |

    Parameters
    ----------
    found
        What the sites were chosen by.
    rows
        The sites, each with its `site_id` and what it `relieves`; those that only shorten the way relieve nobody.
    eased
        Who goes to free seats, and for whom nothing was found.
    leaving
        Who leaves a school for a site the guarantee owes: `site_id`, `school_id`, `pupils`.
    """
    full = [*_by_sites(rows), *_elsewhere(found, eased)]
    full += [*_left(found, {one["school_id"] for one in full if one["need"] != _SEATS})]
    replaced = {one["school_id"] for one in full if one["need"] == _REPLACED}
    full += [*_by_leaving(found, leaving, {one["school_id"] for one in full if one["how"] != "two_shifts"} - replaced)]
    out = schema.frame(full, decisions.RELIEVED)
    out = out.sort_values(["school_id", "need", "how", "site_id"], ignore_index=True)
    schema.check(out, decisions.RELIEVED)
    return out


def _by_sites(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if row["tier"] != decisions.TIERS[-1]:
            for school, need, pupils in row.get("relieves", []):
                yield _row(school, need, "site", pupils, row["site_id"])


def _elsewhere(found: Found, eased: Relief) -> Iterator[dict[str, Any]]:
    """Yield who goes to free seats of other schools, and for whom nothing was found."""
    third = found.schools["three_shift"]
    moved = pd.DataFrame(eased.reassigned, columns=["school_id", "to_school_id", "pupils"])
    moved["how"] = moved["to_school_id"].notna().map({True: "free_seats", False: "nowhere"})
    for (school, how), pupils in moved.groupby(["school_id", "how"])["pupils"].sum().items():
        yield _row(school, _THIRD if third[school] else _SEATS, how, pupils)


def _left(found: Found, told: set[str]) -> Iterator[dict[str, Any]]:
    """Yield how the third shift ends in schools no seats are sought for: at once, by the horizon, or not known how."""
    third = found.schools[found.schools["three_shift"] & found.schools["state_day"]]
    for school, short in third.loc[~third.index.isin([*told]), "shortage_official"].items():
        if pd.isna(short):
            yield _row(school, _THIRD, "nowhere", None)
        else:
            yield _row(school, _THIRD, "by_horizon" if short else "two_shifts", short)


def _by_leaving(found: Found, leaving: pd.DataFrame, asked: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the sites of other villages a third shift waits for: without their pupils leaving it would not end."""
    gone = leaving[leaving["school_id"].isin([*asked & {*found.schools.index[found.schools["three_shift"]]}])]
    all_stay = (found.expected + found.leaving.reindex(found.expected.index).fillna(0.0)).reindex(gone["school_id"])
    room = found.one_shift.reindex(gone["school_id"]) * float(found.norms["shifts.allowed"].value)
    for one in gone[(all_stay > room).to_numpy()].itertuples():
        yield _row(one.school_id, _THIRD, "site", one.pupils, one.site_id)


def _row(school: Any, need: str, how: Any, pupils: Any, site: str | None = None) -> dict[str, Any]:
    return {"school_id": school, "need": need, "how": how, "site_id": site, "pupils": pupils}


def eased(table: pd.DataFrame) -> dict[str, int]:
    """Return the schools of three shifts whose pupils go to free seats of others, and those pupils: nothing is built.

    | school | need | how | pupils | → |
    |---|---|---|---|---|
    | S | three_shift | free_seats | 40 | counted |
    | S | three_shift | site | 50 | left out |
    | F | seats | free_seats | 10 | left out: it is not in the indicator |
    """
    rows = table[(table["how"] == "free_seats") & (table["need"] == _THIRD)]
    return {"eased_schools": int(rows["school_id"].nunique()), "eased_pupils": int(rows["pupils"].sum())}
