"""Sites of the first tier: a school, or a higher level, in every settlement the guarantee owes it to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet.planning.found import bands_of
from schoolnet.planning.prices import Building
from schoolnet.tables import LEVELS

if TYPE_CHECKING:
    from schoolnet.planning.found import Found


class Own(NamedTuple):
    """The state day schools of a settlement: the first, seats of all, pupils of all, those in emergency condition."""

    school: str | None
    seats: float
    pupils: float
    emergency: list[str]


def owed(found: Found) -> list[dict[str, Any]]:
    """Return a site for each settlement whose school is below the guaranteed level, or that has none.

    A new school has seats for the pupils of all its bands. A school that is raised is extended by what its seats do
    not hold; where they hold all, nothing is built. In place of one in emergency condition a new one is built.

    | children | guaranteed | existing | seats | → action | seats |
    |---|---|---|---|---|---|
    | 41 | basic | none | | build | 50 |
    | 81 | secondary | basic | 60 | upgrade | 0 (60 seats hold 120 in two shifts) |
    | 200 | secondary | basic | 60 | upgrade | 50 |
    """
    low = found.findings[found.findings["network_deficit"]]
    return [_site(found, str(row.Index), row.guaranteed, row.existing) for row in low.itertuples()]


def _site(found: Found, settlement: str, level: str, existing: str) -> dict[str, Any]:
    today, then = found.today.loc[settlement], found.planned.loc[settlement]
    new = [band for band in bands_of(level) if band not in bands_of(existing)]
    row: dict[str, Any] = {
        "settlement_id": settlement, "at": "settlement", "level": level, "tier": "guarantee", "also": [],
        "bands": new, "pupils": int(today[new].sum()), "from_emergency": 0, "key": f"{settlement}:{level}",
    }  # fmt: skip
    needed = int(found.by_level.loc[settlement, level])
    school, broken, building = building_for(found, settlement, existing, needed, int(then[new].sum()))
    row |= {"school_id": school, **built(building)}
    if existing == "none":
        return row | {"action": "build"}
    if not broken:
        return row | {"action": "upgrade", "at": "school"}
    moved = int(found.region.schools.loc[broken, "enrolment"].sum())
    counts = {"pupils": row["pupils"] + moved, "from_emergency": moved}
    return row | counts | {"action": "replace", "at": "school", "also": ["emergency"], "replaces": broken}


def building_for(
    found: Found, settlement: str, existing: str, needed: int, added: int
) -> tuple[str | None, list[str], Building]:
    """Return the school that is raised, those of the settlement in emergency condition, and what is built.

    Parameters
    ----------
    found, settlement, existing
        The settlement and the level of its schools today.
    needed
        Pupils the school is to hold then; `added` of them are of bands not taught today.
    """
    if existing == "none":
        return None, [], found.prices.school(max(needed, 1))
    school, seats, pupils, broken = own_schools(found, settlement)
    if broken:
        return broken[0], broken, found.prices.school(max(needed, int(pupils), 1))
    rest = needed - seats * found.prices.shifts if pd.notna(seats) else added
    if rest <= 0:
        return school, [], Building(0, found.prices.shifts, 0.0, "none")
    return school, [], found.prices.extension(math.ceil(rest))


def built(building: Building) -> dict[str, Any]:
    """Return the columns of a building."""
    return {
        "seats": building.seats, "shifts": building.shifts, "cost_mkzt": building.mkzt, "price_basis": building.basis,
    }  # fmt: skip


def own_schools(found: Found, settlement: str) -> Own:
    """Return the state day schools of a settlement: the one of the highest level and most pupils first."""
    schools = found.day_schools.get(settlement)
    if schools is None:
        return Own(None, float("nan"), 0.0, [])
    rank = schools["level"].fillna(found.options.unknown_level).map({level: at for at, level in enumerate(LEVELS)})
    order = pd.DataFrame({"rank": -rank, "pupils": -schools["enrolment"].fillna(0), "id": schools.index})
    first = str(order.sort_values(["rank", "pupils", "id"]).index[0])
    broken = [str(one) for one in schools.index[schools["emergency"]]]
    return Own(first, float(schools["room"].sum(skipna=False)), float(schools["enrolment"].sum()), broken)
