"""A planner's own education okrugs beside those found: minutes, parts, and what is amiss in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schoolnet import networks, schema
from schoolnet.model import minutes
from schoolnet.planning import okrug_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from schoolnet.planning.found import Found
    from schoolnet.planning.okrug_places import Places


class _Hub(NamedTuple):
    """The hub of a planner's okrug: its settlement, its school ("" for none), and whether that may be a hub."""

    settlement: str
    school: str
    fit: bool


class Total(NamedTuple):
    """What okrugs come to: how many, schools pooled beside their hubs, minutes to the hub, settlements with a fault."""

    okrugs: int
    pooled: int
    mean_min: float
    worst_min: float
    faulty: int


def compared(found: Found, known: Places, members: pd.DataFrame, towns: Mapping[str, str]) -> pd.DataFrame:
    """Return the planner's okrugs beside those found (`networks.OKRUG_COMPARED`); empty where none are given.

    A row for each settlement in an okrug of either. Of a settlement that stands in several of the planner's okrugs the
    first by name counts.

    Parameters
    ----------
    found, known
        What the stages before found, and who may be pooled with whom.
    members
        The parts found (`networks.OKRUG_MEMBERS`).
    towns
        The okrug of each settlement a hub found stands in.
    """
    own = found.region.given.okrugs
    if own.empty:
        return schema.frame([], networks.OKRUG_COMPARED)
    own = own.sort_values(["okrug", "role", "settlement_id"], ignore_index=True)  # the hub before its satellites
    twice = set(own.loc[own["settlement_id"].duplicated(), "settlement_id"])
    rows: dict[str, dict[str, Any]] = {}
    for name, part in own.groupby("okrug"):
        for row in _given(found, known, part):
            faults = [*row.pop("faults"), *(["twice"] if row["settlement_id"] in twice else [])]
            row |= {"given": str(name), "faults": ", ".join(faults)}
            rows.setdefault(row["settlement_id"], row)
    pooled = members.index[members["okrug_id"].notna()]
    keys = sorted({*rows, *map(str, pooled), *towns})
    none = {"faults": ""}
    full = [none | {"settlement_id": key} | rows.get(key, {}) | _ours(known, members, towns, key) for key in keys]
    out = schema.frame(full, networks.OKRUG_COMPARED)
    schema.check(out, networks.OKRUG_COMPARED)
    return out


def totals(table: pd.DataFrame, okrugs: int) -> dict[str, Total]:
    """Return what the planner's okrugs (`given`) and those found come to."""
    mine, theirs = table[table["role"] == "satellite"], table[table["given_role"] == "satellite"]
    faulty = int((table["faults"] != "").sum())
    return {
        "given": Total(
            table["given"].nunique(), len(theirs), theirs["given_min"].mean(), theirs["given_min"].max(), faulty
        ),
        "found": Total(okrugs, len(mine), mine["minutes"].mean(), mine["minutes"].max(), 0),
    }


def _ours(known: Places, members: pd.DataFrame, towns: Mapping[str, str], key: str) -> dict[str, Any]:
    if key in members.index:
        return members.loc[key, ["okrug_id", "role", "minutes"]].to_dict()
    if key in towns:
        return {"okrug_id": towns[key], "role": "hub", "minutes": 0.0}
    return {"role": "own" if key in known.of else "alone"}


def _given(found: Found, known: Places, part: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the rows of one of the planner's okrugs with their faults."""
    hubs = part.loc[part["role"] == "hub", "settlement_id"].unique().tolist()
    some = part.loc[part["role"] == "satellite", "settlement_id"].unique()
    size = _size(found, len(some))
    named = [_hub(known, key) for key in hubs]
    hub = next((one for one in named if one.fit), named[0] if named else None)
    for one in named:
        faults = [*(["two_hubs"] if len(named) > 1 else []), *([] if one.fit else ["hub_not_fit"]), *size]
        yield {"settlement_id": one.settlement, "given_role": "hub", "given_min": 0.0, "faults": faults}
    took = _minutes(found, known, hub, some)
    together = found.options.okrug_turns == "no"
    for key, value in zip(some.tolist(), took.tolist(), strict=True):
        if key in hubs:
            continue
        row = {"settlement_id": key, "given_role": "satellite", "given_min": value if np.isfinite(value) else None}
        crowded = hub is not None and _crowded(known, hub, key, some.tolist() if together else [key])
        yield row | {"faults": [*_faults(found, known, hub, key, value), *(["no_seats"] if crowded else []), *size]}


def _size(found: Found, count: int) -> list[str]:
    if count > found.options.okrug_most:
        return ["too_many"]
    return ["too_few"] if count < found.options.okrug_least else []


def _hub(known: Places, settlement: str) -> _Hub:
    """Return the school of a settlement that may be a hub: of several the one with most free seats; else its first."""
    if settlement not in known.of:
        return _Hub(settlement, "", fit=False)
    schools = known.schools.loc[known.of[settlement]]
    fitting = schools[schools["fit"]]
    first = fitting.sort_index().sort_values("free", ascending=False, kind="stable").index
    return _Hub(settlement, str(first[0] if len(first) else schools.index[0]), fit=bool(len(first)))


def _minutes(found: Found, known: Places, hub: _Hub | None, settlements: Any) -> Any:
    """Return the minutes of a bus from the first school of each settlement, or its own point, to a hub's school."""
    if hub is None:
        return np.full(len(settlements), np.inf)
    schools, homes = found.roads.nodes("school"), found.roads.nodes("settlement")
    starts = [schools[known.of[key][0]] if key in known.of else homes[key] for key in settlements]
    end = schools[hub.school] if hub.school else homes[hub.settlement]
    ways = minutes.between(
        found.roads, np.array(starts, dtype=np.int64), np.array([end], dtype=np.int64), season=found.options.season
    )
    return ways.minutes[:, 0]


def _faults(found: Found, known: Places, hub: _Hub | None, key: str, took: float) -> Iterator[str]:
    """Yield what is amiss with a satellite, its hub first."""
    yield from _of_hub(found, hub, key)
    if key not in known.of:
        yield "no_school"
    elif key not in known.satellites.index:
        yield "not_small"
    if hub is not None and took > found.options.okrug_min:
        yield "too_far" if np.isfinite(took) else "no_road"


def _of_hub(found: Found, hub: _Hub | None, key: str) -> Iterator[str]:
    if hub is None:
        yield "no_hub"
        return
    if not hub.fit:
        yield "hub_not_fit"
    here, there = okrug_places.district_of(found, [key, hub.settlement])
    if here != there:
        yield "other_district"


def _crowded(known: Places, hub: _Hub, key: str, beside: list[str]) -> bool:
    """Return whether a hub is known to lack seats for the older pupils of a satellite and those who come with it."""
    if not hub.fit or key not in known.satellites.index:
        return False
    return bool(known.schools.loc[hub.school, "free"] < known.satellites["visitors"].reindex(beside).sum())
