"""Two dates side by side: what became of schools, what settlements are owed, and the figures of each district.

The facts of each date are held against the norms of that date, and the norms that changed between are named. A change
of the data is not told as one of the world: a school whose row B's register rejects is not called closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import monitored, schema
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message
from schoolnet.model.balance import WHOLE
from schoolnet.planning import matched, turns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from schoolnet.planning.observed import Observed

_RANK = {"primary": 1, "basic": 2, "secondary": 3}
_BAD = ("emergency", "three_shift", "bad")
#: Figures that are not known where the register of a side does not tell the columns they are made of.
_TOLD = {
    "emergency": ("condition",), "three_shift": ("shifts",), "bad": ("condition", "shifts"), "seats": ("seats",),
    "enrolment": ("enrolment",), "shortage_official": ("seats", "enrolment"),
    "shortage_comfort": ("seats", "enrolment"),
}  # fmt: skip


@dataclass(frozen=True)
class Monitored:
    """What changed between two dates.

    Attributes
    ----------
    changes, owed, figures, events
        As declared in `schoolnet.monitored`.
    norms_changed
        Keys of the norms whose value or standing is not the same on both days.
    a, b
        The regions at the earlier and at the later date, in the order of their codes.
    left_out
        Codes of the regions only one side has.
    """

    changes: pd.DataFrame
    owed: pd.DataFrame
    figures: pd.DataFrame
    events: pd.DataFrame
    norms_changed: tuple[str, ...]
    a: tuple[Observed, ...]
    b: tuple[Observed, ...]
    left_out: tuple[str, ...]


def compare(a: Sequence[Observed], b: Sequence[Observed]) -> Monitored:
    """Return what changed between two dates in the regions both sides have (`schoolnet.monitored`).

    | school | A | B | → |
    |---|---|---|---|
    | 1 | basic | secondary | raised |
    | 2 | primary | | closed |
    | 3 | primary | row rejected | row_lost, of the data |
    | | | 4, secondary | opened |

    Raises
    ------
    OptionError
        No region is on both sides.
    """
    left, right = ({one.code: one for one in side} for side in (a, b))
    pairs = [(left[code], right[code]) for code in common(left, right)]
    changes = _framed((row for pair in pairs for row in _changes(*pair)), monitored.CHANGES)
    owed = _framed(
        (row for one, two in pairs for row in turns.turns(one, two, changes[changes["region"] == one.code])),
        monitored.OWED,
    )
    return Monitored(
        changes=changes,
        owed=turns.by_gravity(owed),
        figures=_figures(pairs),
        events=_events(changes),
        norms_changed=tuple(dict.fromkeys(key for pair in pairs for key in _norms(*pair))),
        a=tuple(one for one, _ in pairs),
        b=tuple(two for _, two in pairs),
        left_out=tuple(sorted(set(left) ^ set(right))),
    )


def common(a: Collection[str], b: Collection[str]) -> list[str]:
    """Return the codes of the regions both sides have; none is an OptionError."""
    if not (both := sorted(set(a) & set(b))):
        one, two = (", ".join(sorted(side)) for side in (a, b))
        problem = Message("the two sides have no region in common: {a} and {b}.", a=one, b=two)
        raise OptionError(Fault(problem, Message("Give two snapshots of the same region.")))
    return both


def _framed(rows: Any, table: schema.Table) -> pd.DataFrame:
    out = schema.frame(rows, table)
    schema.check(out, table)
    return out


def _changes(a: Observed, b: Observed) -> Iterator[dict[str, Any]]:
    """Yield what became of each school of one region: pairs first, in B's order, then those gone, then those come."""
    pairs = matched.schools(a, b, matched.settlements(a, b))
    first = min(a.day, b.day)
    for new, old in ((new, pairs[new]) for new in b.schools.index if new in pairs):
        one, two = a.schools.loc[old], b.schools.loc[new]
        yield from _pair(one, two, stale=_stale(two if b.day > a.day else one, a, b), code=a.code)
    sides = ((a.schools, "closed", "row_lost", b, pairs.values()), (b.schools, "opened", "row_found", a, pairs.keys()))
    for schools, world, data, other, taken in sides:
        for row in schools[~schools.index.isin(list(taken))].reset_index().to_dict("records"):
            lost = row["school_id"] in other.rejected
            side = "a" if world == "closed" else "b"
            later = (a.day > b.day) if side == "a" else (b.day > a.day)
            before = later and pd.notna(row["built"]) and row["built"] < first.year
            doubt = "row_rejected" if lost else "built_before" if before else ""
            yield _row(pd.Series(row, name=row["school_id"]), a.code) | {
                f"id_{side}": row["school_id"],
                "changed": data if lost else world,
                "nature": "data" if lost else "doubtful" if before else "world",
                "doubt": doubt,
                "of_column": None,
                f"value_{side}": _text(row["level"]),
            }


def _stale(later: pd.Series[Any], a: Observed, b: Observed) -> bool:
    """Return whether the later record says that it was not updated since the earlier date."""
    first = min(a.day, b.day).isoformat()
    return bool(a.day != b.day and pd.notna(later["updated_at"]) and later["updated_at"] <= first)


def _pair(one: pd.Series[Any], two: pd.Series[Any], *, stale: bool, code: str) -> Iterator[dict[str, Any]]:
    """Yield what became of a school that is at both dates."""
    base = _row(two, code) | {"id_a": one.name, "id_b": two.name}
    sure = one.name == two.name
    if not sure:
        told = {"changed": "renumbered", "nature": "data", "doubt": "likely_same", "of_column": "school_id"}
        yield base | told | {"value_a": one.name, "value_b": two.name}
    doubt = "likely_same" if not sure else "not_updated" if stale else ""
    for what, changed in _kinds(one, two):
        data = changed in ("told", "untold")
        yield base | {
            "changed": changed,
            "nature": "data" if data else "doubtful" if doubt else "world",
            "doubt": "not_told" if data else doubt,
            "of_column": what,
            "value_a": _text(one[what]),
            "value_b": _text(two[what]),
        }


def _kinds(one: pd.Series[Any], two: pd.Series[Any]) -> Iterator[tuple[str, str]]:
    """Yield the columns of which a school's values differ between two dates, and what that means."""
    flags = {"level": None, "condition": "emergency", "shifts": "three_shift"}
    for what, flag in (flags | dict.fromkeys(monitored.SUMMED)).items():
        before, after = pd.notna(one[what]), pd.notna(two[what])
        if before != after:
            yield what, "told" if after else "untold"
        elif what in monitored.SUMMED:  # a number that moved is one of the figures
            continue
        elif before and flag is None and one[what] != two[what]:
            yield what, "raised" if _RANK[two[what]] > _RANK[one[what]] else "lowered"
        elif flag is not None and bool(one[flag]) != bool(two[flag]):
            yield what, f"{flag}_begun" if two[flag] else f"{flag}_ended"


def _row(school: pd.Series[Any], code: str) -> dict[str, Any]:
    kept = ("district_id", "settlement_id", "is_rural", "state_day")
    return {"region": code, "school_id": school.name, **{name: school[name] for name in kept}}


def _text(value: Any) -> str | None:
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else f"{value:g}"


def _norms(a: Observed, b: Observed) -> Iterator[str]:
    """Yield the keys of the norms that are not the same on both days."""
    for key in dict.fromkeys([*a.norms.in_force, *b.norms.in_force]):
        one, two = (side.norms.in_force.get(key) for side in (a, b))
        if one is None or two is None or (one.value, one.standing) != (two.value, two.standing):
            yield key


def _figures(pairs: Sequence[tuple[Observed, Observed]]) -> pd.DataFrame:
    """Return the figures of each district, each region and all together, at both dates."""
    sides = {}
    for at, side in enumerate(("then_a", "then_b")):
        parts = {}
        for a, b in pairs:
            known = matched.districts(a, b)
            # a district is called as B calls it
            called = {old: new for new, old in known.items()} if at == 0 else {}
            parts[a.code] = counted((a, b)[at], called)
        whole = pd.concat([frame.loc[[WHOLE]] for frame in parts.values()])
        if len(parts) > 1:
            parts[WHOLE] = _shared(whole.sum(skipna=False).to_frame(WHOLE).T)
        sides[side] = pd.concat(parts, names=["region", "district_id"])
    order = list(dict.fromkeys([*sides["then_a"].index, *sides["then_b"].index]))
    order.sort(key=lambda key: (key[0] != WHOLE, key[0], key[1] != WHOLE, key[1]))
    index = pd.MultiIndex.from_tuples(order, names=["region", "district_id"])
    out = pd.DataFrame({side: frame.reindex(index).stack(future_stack=True) for side, frame in sides.items()})
    out = out.rename_axis(["region", "district_id", "figure"]).reset_index()
    out["difference"] = out["then_b"] - out["then_a"]
    return _framed(out.to_dict("records"), monitored.FIGURES)


def counted(one: Observed, called: dict[str, str], by: str = "district_id") -> pd.DataFrame:
    """Return the figures of a region by district, its last row the whole (`*`); NaN where the register does not tell.

    `called`: what a district is called where not by its identifier; `by`: another column to count by.
    """
    schools, homes = one.schools, one.settlements
    told = {name: all(schools[column].notna().any() for column in columns) for name, columns in _TOLD.items()}
    state = schools["state_day"]
    bad = schools["emergency"] | schools["three_shift"]
    taught = pd.DataFrame({
        "schools": 1, "state_day_schools": state, "emergency": schools["emergency"] & state,
        "three_shift": schools["three_shift"] & state, "bad": bad & state, "seats": schools["seats"],
        "enrolment": schools["enrolment"], "shortage_official": schools["shortage_official"],
        "shortage_comfort": schools["shortage_comfort"],
    }, index=schools.index).astype("Float64").astype(float).fillna(0)  # fmt: skip
    deficit, pupils = homes["network_deficit"], homes["entitled_pupils"]
    lived = pd.DataFrame({
        "children": homes["children"], "network_deficit": deficit,
        "owed_build": deficit & (homes["existing"] == "none"),
        "entitled_settlements": pupils > 0, "entitled_pupils": pupils,
    }, index=homes.index).astype("Float64").astype(float).fillna(0)  # fmt: skip
    keys = [side[by].replace(called) if called else side[by] for side in (schools, homes)]
    sums = taught.groupby(keys[0]).sum().join(lived.groupby(keys[1]).sum(), how="outer").fillna(0)
    sums.loc[WHOLE] = sums.sum()
    sums[[name for name, tells in told.items() if not tells]] = np.nan
    return _shared(sums)


def _shared(sums: pd.DataFrame) -> pd.DataFrame:
    """Return sums with the headline indicator, the columns in order."""
    known = sums["state_day_schools"].where(sums["state_day_schools"] > 0)
    return sums.assign(indicator_share=sums["bad"] / known)[[*monitored.FIGURES_OF]]


def _events(changes: pd.DataFrame) -> pd.DataFrame:
    """Return how often what became of schools, by district and for each region."""
    rows = changes.assign(count=1, doubtful=changes["nature"] != "world")
    parts = [rows, rows.assign(district_id=WHOLE)]
    if len(changes["region"].unique()) > 1:
        parts.append(rows.assign(region=WHOLE, district_id=WHOLE))
    keys = ["region", "district_id", "changed"]
    sums = pd.concat(parts).groupby(keys)[["count", "doubtful"]].sum().reset_index()
    turn = {kind: at for at, kind in enumerate(monitored.KINDS)}
    order = sums.assign(
        all_=sums["region"] != WHOLE, whole=sums["district_id"] != WHOLE, at=sums["changed"].map(turn)
    ).sort_values(["all_", "region", "whole", "district_id", "at"])
    return _framed(order[[*keys, "count", "doubtful"]].to_dict("records"), monitored.EVENTS)
