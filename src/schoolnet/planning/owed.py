"""Sites of the first tier: a school, or a higher level, in every settlement the guarantee owes it to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet.decisions import NEEDS
from schoolnet.planning.found import bands_of
from schoolnet.planning.prices import Building

if TYPE_CHECKING:
    from schoolnet.planning.found import Found


#: The column of a site that counts whom it relieves of each need, beside those who are taught a new band there.
FROM = dict(zip(NEEDS, ("from_emergency", "from_third_shift", "from_shortage"), strict=True))
#: A school, the need of it that a site ends, and how many pupils the site takes.
Eased = tuple[str, str, int]
_NO_SCHOOLS = pd.DataFrame({"emergency": pd.Series([], dtype=bool)})


class Raised(NamedTuple):
    """The school that is raised or replaced (None: a new one), all it replaces, the building, what it relieves."""

    school: str | None
    replaces: list[str]
    building: Building
    relieves: list[Eased]


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
    new = [band for band in bands_of(level) if band not in bands_of(existing)]
    served = sum(found.pupils_of(settlement, "today")[band] for band in new)
    row: dict[str, Any] = {
        "settlement_id": settlement, "at": "settlement", "level": level, "tier": "guarantee", "bands": new,
        "key": f"{settlement}:{level}",
    }  # fmt: skip
    raised = raise_to(found, settlement, existing, level, 0)
    counts = eased(raised.relieves)
    also = [need for need in NEEDS if counts[FROM[need]]]
    action = "build" if raised.school is None else "replace" if raised.replaces else "upgrade"
    place = {"action": action, "school_id": raised.school, "replaces": raised.replaces, "also": also}
    row |= {"relieves": raised.relieves}
    at = {} if raised.school is None else {"at": "school"}
    return row | counts | {"pupils": served + sum(counts.values())} | place | at | built(raised.building)


def raise_to(found: Found, settlement: str, existing: str, level: str, brought: int) -> Raised:
    """Return what is built for a settlement's school to teach a level, and whom of its pupils that relieves.

    A settlement without a school gets one for the pupils of all its bands. The school that is raised holds its own
    pupils (those of the bands it teaches, where they are not known) and those of the new bands; a building in emergency
    condition is replaced, all of them by one.

    Parameters
    ----------
    found, settlement, existing, level
        The settlement, the level of its schools today and then.
    brought
        Pupils who come from other settlements.
    """
    then = found.pupils_of(settlement, "planned")
    taught = [band for band in bands_of(level) if band in bands_of(existing)]
    added = sum(then[band] for band in bands_of(level) if band not in taught) + brought
    own = sum(then[band] for band in taught)
    if existing == "none":
        return Raised(None, [], found.prices.school(max(own + added, 1)), [])
    schools = found.day_schools.get(settlement, _NO_SCHOOLS)
    broken = schools[schools["emergency"]]
    if len(broken):
        pupils = added + math.ceil(broken["expected"].sum() if broken["expected"].notna().all() else own)
        moved = broken["enrolment"].fillna(0)
        relieves = [(str(key), "emergency", int(count)) for key, count in moved.items()]
        return Raised(relieves[0][0], [key for key, _, _ in relieves], found.prices.school(max(pupils, 1)), relieves)
    if schools.empty:  # only private, evening or other schools stand here: beside them a state day school is built
        return Raised(None, [], found.prices.school(max(own + added, 1)), [])
    first = schools.iloc[0]
    pupils = added + (math.ceil(first["expected"]) if pd.notna(first["expected"]) else own)
    rest = pupils - first["room"] * found.prices.shifts if pd.notna(first["room"]) else added
    short = int(first["short"]) if pd.notna(first["short"]) else 0
    relieves = [(str(schools.index[0]), "three_shift" if first["three_shift"] else "seats", short)] if short else []
    building = found.prices.extension(math.ceil(rest)) if rest > 0 else Building(0, found.prices.shifts, 0.0, "none")
    return Raised(str(schools.index[0]), [], building, relieves)


def eased(relieves: list[Eased]) -> dict[str, int]:
    """Return how many pupils a site takes of each need, by the column that counts them."""
    return {column: sum(pupils for _, one, pupils in relieves if one == need) for need, column in FROM.items()}


def built(building: Building) -> dict[str, Any]:
    """Return the columns of a building."""
    return {
        "seats": building.seats, "shifts": building.shifts, "cost_mkzt": building.mkzt, "price_basis": building.basis,
    }  # fmt: skip
