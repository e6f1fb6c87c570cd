"""The part of one settlement in an education okrug, in words: its hub, the way there, what it finds, or why none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.output import okrug_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan


def told(plan: Plan, key: str, said: Words) -> Iterator[str]:
    """Yield the lines of a settlement; of a town those of the okrugs whose hubs stand there."""
    if key not in plan.okrug_members.index:
        for okrug in plan.okrugs.index[plan.okrugs["settlement_id"] == key]:
            yield _hub(plan, str(okrug), said)
            yield _gathered(plan, str(okrug), said)
        return
    part = plan.okrug_members.loc[key]
    role = said.text(f"okrug_role.{part['role']}")
    if part["role"] == "alone":
        yield f"{role}: {okrug_sheets.reason(plan, part['why'], said)}"
    elif part["role"] == "own":
        yield role
    else:
        yield f"{role}. {_hub(plan, part['okrug_id'], said)}"
        yield from _way(plan, part, said)
    yield _kept(plan, key, said)


def _kept(plan: Plan, key: str, said: Words) -> str:
    """Return that an okrug cancels nothing the law guarantees: a level above that of the school, or a school at all."""
    if not plan.okrug_members.loc[key, "below_guarantee"]:
        return said.text("explain.okrug_keeps")
    none = plan.findings.loc[key, "existing"] == "none"
    return said.text("explain.okrug_below_none" if none else "card.okrug_below")


def _hub(plan: Plan, okrug: str, said: Words) -> str:
    called, row = okrug_sheets.names(plan, said), plan.okrugs.loc[okrug]
    return said.text("card.okrug_of", hub=f"{called[row['settlement_id']]} ({called[row['school_id']]})")


def _gathered(plan: Plan, okrug: str, said: Words) -> str:
    """Return how many a hub gathers, and the seats it has for them."""
    row = plan.okrugs.loc[okrug]
    names = ("satellites", "attached", "visitors", "free_seats")
    return "; ".join(f"{said.text(f'column.{name}')}: {said.number(row[name])}" for name in names)


def _way(plan: Plan, part: pd.Series[Any], said: Words) -> Iterator[str]:
    """Yield the minutes of a bus, and what the pupils find at the hub."""
    okrug = part["okrug_id"]
    if part["role"] == "hub":
        yield _gathered(plan, okrug, said)
        return
    if part["role"] == "attached":
        school = okrug_sheets.names(plan, said)[part["school_id"]]
        yield f"{said.text('column.school_min')}: {said.number(part['school_min'])} ({school})"
    yield f"{said.text('column.minutes')}: {said.number(part['minutes'])} ({said.km(part['road_m'])})"
    if part["adds"]:
        bands = ", ".join(said.text(f"band.{band}") for band in part["adds"].split(", "))
        yield f"{said.text('card.okrug_adds')}: {bands}"
    if not pd.isna(rooms := plan.okrugs.loc[okrug, "subject_rooms"]):
        yield f"{said.text('column.subject_rooms')}: {said.number(rooms)}"
