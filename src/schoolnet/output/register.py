"""The transport register: who is owed a bus, row by row, with the reason in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import tables
from schoolnet.output import reasons, spelled, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.planning.plan import Plan

COLUMNS = (
    "settlement_id", "band", "pupils", "school_id", "road_m", "walk_min", "straight_m", "approx",
    "bus_school_id", "bus_m", "bus_min", "water_id", "crossing", "between", "barrier",
    "bridge_m", "bridge_to", "round_m",
    "entitled_or", "entitled_and", "entitled_bridge_ends", "entitled_bridge_stays", "entitled_dry", "entitled_flood",
)  # fmt: skip


def register(plan: Plan, *, lang: str = "kk", together: bool = False) -> pd.DataFrame:
    """Return one row per rural settlement and band not taught there, with the reason in words (`reason`).

    Columns are those of `results.ACCESS`, `results.TRANSPORT` and `results.WATERS_BETWEEN` in the season of the plan;
    `entitled_dry` and `entitled_flood` hold under the rule of the plan.

    Parameters
    ----------
    plan
        The plan.
    lang
        Language of the reasons: kk, ru or en.
    together
        Put bands of one settlement that share their way, and the answer, in one row; `band` and `pupils` are theirs.
    """
    said, put = words.load(lang), reasons.named(plan, lang)
    band = {name: at for at, name in enumerate(tables.BANDS)}
    found = reasons.ways(plan)
    rows = [way for key in sorted(found) for way in sorted(found[key], key=lambda way: band[way.band])]
    rows = [way for way in rows if isinstance(way.entitled_or, bool)]
    out = pd.DataFrame([{name: getattr(way, name) for name in COLUMNS} for way in rows], columns=list(COLUMNS))
    if together:
        out, rows = _together(out, rows)
    facts = [spelled.clean(_facts(way, plan) | {"band": band}) for way, band in zip(rows, out["band"], strict=True)]
    out["reason"] = [
        " ".join(said.sentence(key, put(one)) for key in _keys(way, plan)) for way, one in zip(rows, facts, strict=True)
    ]
    return out


def _together(out: pd.DataFrame, rows: list[Any]) -> tuple[pd.DataFrame, list[Any]]:
    """Return the rows with those that differ in band and pupils alone made one, and the first way of each."""
    alike = [column for column in out if column not in ("band", "pupils")]
    group = out.groupby(alike, dropna=False, sort=False).ngroup()
    first = ~group.duplicated()
    bands, pupils = out.groupby(group)["band"].agg(", ".join), out.groupby(group)["pupils"].sum(min_count=1)
    one = out[first].assign(band=bands[group[first]].to_numpy(), pupils=pupils[group[first]].to_numpy())
    return one.reset_index(drop=True), [row for row, kept in zip(rows, first, strict=True) if kept]


def _facts(way: Any, plan: Plan) -> dict[str, Any]:
    more = {"place": way.settlement_id, "limit_m": plan.norms["transport.distance_m"].value}
    more |= {"bus_school": way.bus_school_id, "bus_m": way.bus_m, "minutes": way.bus_min}
    return reasons.way_facts(way, plan) | more


def _keys(way: Any, plan: Plan) -> Iterator[str]:
    """Yield the sentences of one row, in order."""
    if pd.isna(way.school_id):
        yield "reg_nowhere"
    else:
        yield "reg_away"
        metres = way.road_m if plan.options.distance_basis == "road" else way.straight_m
        if not way.approx or plan.options.distance_basis == "straight":
            yield "reg_far" if metres > plan.norms["transport.distance_m"].value else "reg_near"
        if way.between:
            bridged = "reg_bridged" if plan.options.bridged_barrier == "yes" else "reg_between"
            yield "reg_barrier" if way.barrier else bridged
    yield from _owed(way, plan)
    if not pd.isna(way.school_id):
        elsewhere = "reg_bus" if way.bus_school_id == way.school_id else "reg_bus_other"
        yield "reg_no_bus" if pd.isna(way.bus_m) else elsewhere


def _owed(way: Any, plan: Plan) -> Iterator[str]:
    flood_only = way.entitled_flood and not way.entitled_dry
    owed = way.entitled_flood if plan.options.season == "flood" else way.entitled_dry
    if flood_only:
        yield "reg_owed_flood"
    else:
        yield "reg_owed" if owed else "reg_not_owed"
