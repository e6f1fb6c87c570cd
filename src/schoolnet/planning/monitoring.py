"""Two dates side by side: what became of schools, what settlements are owed, and the figures of each district.

The facts of each date are held against the norms of that date (or of one named for both), and the norms that changed
between are named. A change of the data is not told as one of the world: a school whose row B's register rejects is not
called closed.
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
from schoolnet.planning import became, matched, turns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from schoolnet.planning.observed import Observed

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
    pairs
        Each region at the earlier and at the later date, in the order of their codes.
    left_out
        Codes of the regions only one side has.
    """

    changes: pd.DataFrame
    owed: pd.DataFrame
    figures: pd.DataFrame
    events: pd.DataFrame
    norms_changed: tuple[str, ...]
    pairs: tuple[tuple[Observed, Observed], ...]
    left_out: tuple[str, ...]

    @property
    def a(self) -> tuple[Observed, ...]:
        """The regions at the earlier date."""
        return tuple(one for one, _ in self.pairs)

    @property
    def b(self) -> tuple[Observed, ...]:
        """The regions at the later date."""
        return tuple(two for _, two in self.pairs)


def compare(a: Sequence[Observed], b: Sequence[Observed], left_out: Collection[str] = ()) -> Monitored:
    """Return what changed between two dates in the regions both sides have (`schoolnet.monitored`).

    The changes of a region, and the events of each district, add up to the difference of the figures `monitored.ADDS`.
    `left_out`: codes of regions only one side has, beside those of `a` and `b`.

    Raises
    ------
    OptionError
        No region is on both sides.
    """
    left, right = ({one.code: one for one in side} for side in (a, b))
    pairs = tuple((left[code], right[code]) for code in common(left, right))
    changes = _framed((row for pair in pairs for row in became.became(*pair)), monitored.CHANGES)
    owed = _framed(
        (row for one, two in pairs for row in turns.turns(one, two, changes[changes["region"] == one.code])),
        monitored.OWED,
    )
    return Monitored(
        changes=changes,
        owed=turns.by_gravity(owed),
        figures=_figures(pairs),
        events=_events(changes, pairs),
        norms_changed=tuple(dict.fromkeys(key for pair in pairs for key in _norms(*pair))),
        pairs=pairs,
        left_out=tuple(sorted({*left_out} | (set(left) ^ set(right)))),
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


def _events(changes: pd.DataFrame, pairs: Sequence[tuple[Observed, Observed]]) -> pd.DataFrame:
    """Return how often what became of schools and what that adds to the figures, by district and for each region."""
    by_district = became.by_area(changes, pairs, "district_id")
    parts = [by_district, changes.assign(district_id=WHOLE)]
    if len(pairs) > 1:
        parts.append(changes.assign(region=WHOLE, district_id=WHOLE))
    rows = pd.concat(parts)
    rows = rows.assign(count=1, doubtful=rows["nature"] != "world")
    keys, sums = ["region", "district_id", "changed"], ["count", "doubtful", *monitored.ADDS]
    out = rows.groupby(keys)[sums].sum().reset_index()
    turn = {kind: at for at, kind in enumerate(monitored.KINDS)}
    order = out.assign(
        all_=out["region"] != WHOLE, whole=out["district_id"] != WHOLE, at=out["changed"].map(turn)
    ).sort_values(["all_", "region", "whole", "district_id", "at"])
    return _framed(order[[*keys, *sums]].to_dict("records"), monitored.EVENTS)
