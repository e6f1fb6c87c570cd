"""Sites of the second to fourth tier: emergency buildings replaced; third shifts ended and shortage met at least cost.

The pupils a school has beyond two shifts are customers of a capacitated location problem: free seats of the town's
other schools, an extension, or a new school of a standard size take them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from schoolnet import tables
from schoolnet.model.rounding import shared
from schoolnet.planning import crowds
from schoolnet.planning.facility.pairs import Pairs
from schoolnet.planning.facility.problems import Capacitated
from schoolnet.planning.facility.solving import solve
from schoolnet.planning.owed import built, eased

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.problems import Result
    from schoolnet.planning.found import Found

_M_PER_KM = 1000.0
_ALL = "mixed"  # languages of instruction of a school that does not tell, and of a new one
_THREE = 3  # shifts of equal size, where a school's seats are not known


class Relief(NamedTuple):
    """Sites, who goes to free seats without building, and the search that found them (None: none was needed)."""

    sites: list[dict[str, Any]]
    reassigned: list[dict[str, Any]]
    problem: Capacitated | None
    result: Result | None
    passing: int
    retimed: int


def replaced(found: Found, done: set[str]) -> list[dict[str, Any]]:
    """Return a site for each state day school in emergency condition that no other site replaces (`done`).

    The new building holds its pupils, those of the horizon where option `size_for` says so; a third shift and a
    shortage of the old one end with it.
    """
    schools = found.region.schools
    broken = found.schools["emergency"] & found.schools["state_day"] & ~schools.index.isin([*done])
    rows = []
    for key, school in schools[broken].sort_index().iterrows():
        pupils = found.expected[key] if pd.notna(found.expected[key]) else found.one_shift[key]
        building = found.prices.school(max(1, int(np.ceil(np.nan_to_num(pupils)))))
        flags = found.schools.loc[key]
        crowded = pd.notna(flags["shortage_official"]) and flags["shortage_official"] > 0
        also = [name for name, holds in (("three_shift", flags["three_shift"]), ("seats", crowded)) if holds]
        moved = int(school["enrolment"]) if pd.notna(school["enrolment"]) else 0
        rows.append({
            "settlement_id": school["settlement_id"], "school_id": key, "at": "school", "action": "replace",
            "level": school["level"] if pd.notna(school["level"]) else found.options.unknown_level,
            "tier": "emergency", "also": also, "bands": [], "pupils": moved, "from_emergency": moved, "key": key,
            "seats": building.seats, "shifts": building.shifts, "cost_mkzt": building.mkzt,
            "price_basis": building.basis, "relieves": [(str(key), "emergency", moved)],
        })  # fmt: skip
    return rows


def unschooled(found: Found) -> list[dict[str, Any]]:
    """Return a site for each town whose pupils are known and that has no school at all: seats for all of them.

    No act read sets a network norm for towns, so nothing is called owed; the seats are short by all its pupils.
    """
    homes = found.region.settlements
    empty = ~homes["is_rural"] & (found.findings["existing"] == "none") & ~homes.index.isin(found.day_schools)
    rows = []
    for key in homes.index[empty]:
        today, then = (sum(found.pupils_of(str(key), whose).values()) for whose in ("today", "planned"))
        if today and then:
            rows.append({
                "settlement_id": key, "school_id": None, "at": "settlement", "action": "build", "pupils": today,
                "level": tables.LEVELS[-1], "tier": "seats", "also": [], "bands": [*tables.BANDS],
                "from_shortage": today, "key": f"{key}:none", **built(found.prices.school(then)),
            })  # fmt: skip
    return rows


def relieved(found: Found, done: set[str]) -> Relief:
    """Return the cheapest sites for the pupils beyond two shifts, with what was searched and how good it is proven.

    Counted are state day schools that no site replaces. A third shift that two shifts would end without a seat more is
    `retimed`; a shortage that passes by the year schools are made for is `passing`: neither is built for.
    """
    over, passing, retimed = _excess(found, done)
    if not len(over):
        return Relief([], [], None, None, passing, retimed)
    crowd, sites = crowds.crowd(found, over), crowds.sites(found, over, done)
    problem, metres = _problem(found, crowd, sites)
    options = found.options
    result = solve(problem, seconds=options.solve_seconds, gap=options.solve_gap, seed=options.seed)
    taken = _whole(_taken(crowd, sites, result, metres), over)
    made = [_row(found, sites, rows) for _, rows in taken.groupby("site") if rows["size"].iloc[0] >= 0]
    freed = taken[taken["size"] < 0].groupby(["school_id", "key"], as_index=False)["pupils"].sum()
    left = over - taken.groupby("school_id")["pupils"].sum().reindex(over.index, fill_value=0)
    nowhere = [{"school_id": key, "to_school_id": None, "pupils": count} for key, count in left[left > 0].items()]
    moved = freed[freed["pupils"] > 0].rename(columns={"key": "to_school_id"}).to_dict("records")
    return Relief(made, [*moved, *nowhere], problem, result, passing, retimed)


def _whole(taken: pd.DataFrame, over: pd.Series[int]) -> pd.DataFrame:
    """Return who goes where in whole pupils: of each school as many as are served of it, by largest remainder."""
    served = taken.groupby("school_id")["pupils"].transform("sum").round()
    total = np.minimum(served, taken["school_id"].map(over).astype(float))
    whole = shared(taken["pupils"].to_numpy(float), total.to_numpy(float), taken["school_id"].to_numpy(object))
    return taken.assign(pupils=whole.astype(np.int64))


def _excess(found: Found, done: set[str]) -> tuple[pd.Series[int], int, int]:
    """Return the pupils beyond two shifts of each school that has some, and the schools that need no building."""
    allowed, counted = float(found.norms["shifts.allowed"].value), found.schools["state_day"]
    counted = counted & ~found.region.schools.index.isin([*done])
    room = found.one_shift * allowed
    then = (found.expected - room).clip(lower=0)
    third = found.schools["three_shift"]
    then = then.where(room.notna() | ~third, found.expected / _THREE)
    over = np.ceil(then[counted & then.gt(0)] - 1e-9).astype(np.int64)
    now = found.schools["shortage_official"].astype("Float64").fillna(0) > 0
    passing = counted & now & ~counted.index.isin(over.index)
    known = found.schools["shortage_official"].notna()
    retimed = counted & third & known & ~now & ~counted.index.isin(over.index)
    return over, int(passing.sum()), int(retimed.sum())


def _problem(found: Found, crowd: crowds.Crowd, sites: crowds.Sites) -> tuple[Capacitated, Pairs]:
    """Return the problem (million tenge), and its pairs in metres.

    A pair lies in one settlement and within reach, on foot; a school's own pupils can always go to its extension. What
    is not served costs as much as the dearest building: nothing is left unserved to save money.
    """
    who, where = _mates(crowd.town, np.array(sites.town, object))
    straight = np.hypot(*(crowd.xy[who] - np.array(sites.xy, float).reshape(-1, 2)[where]).T)
    metres = straight * found.options.straight_factor
    own = crowd.school[who] == np.array(sites.key, object)[where]
    near = ((metres <= found.options.town_reach_m) & _understood(found, crowd, sites, who, where)) | own
    sizes = [(at, *size[:2]) for at, row in enumerate(sites.sizes) for size in row]
    at, capacity, price = np.array(sizes, float).reshape(-1, 3).T
    counts = {"customers": len(crowd.pupils), "sites": len(sites.key)}
    reach = Pairs.of(who[near], where[near], metres[near], **counts)
    cost = Pairs.of(reach.customer, reach.site, reach.cost / _M_PER_KM * found.prices["way_km"], **counts)
    free = np.array([at for at, kind in enumerate(sites.kind) if kind == "free"], dtype=np.int64)
    problem = Capacitated(
        pairs=cost, demand=crowd.pupils, size_site=at.astype(np.int64), size_capacity=capacity,
        size_price=price, keep=free, unserved=np.full(len(crowd.pupils), float(price.max(initial=1.0))),
    )  # fmt: skip
    return problem, reach


def _understood(
    found: Found, crowd: crowds.Crowd, sites: crowds.Sites, who: NDArray[np.int64], where: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return whether pupils could go on in their language of instruction: a mixed school, or one not told, has all."""
    taught = found.region.schools["language"]
    left = pd.Series(crowd.school).map(taught).fillna(_ALL).to_numpy(object)[who]
    right = pd.Series(sites.key, dtype=object).map(taught).fillna(_ALL).to_numpy(object)[where]
    return np.asarray((left == right) | (left == _ALL) | (right == _ALL))


def _mates(towns: NDArray[np.object_], others: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all pairs of rows of the same town."""
    left = pd.DataFrame({"town": towns, "who": np.arange(len(towns))})
    both = left.merge(pd.DataFrame({"town": others, "where": np.arange(len(others))}), on="town")
    return both["who"].to_numpy(np.int64), both["where"].to_numpy(np.int64)


def _taken(crowd: crowds.Crowd, sites: crowds.Sites, result: Result, reach: Pairs) -> pd.DataFrame:
    """Return who goes where: school, site, its kind and size (-1: free seats), pupils, metres then."""
    starts = np.cumsum([0, *(len(row) for row in sites.sizes)])
    size_of = dict(zip(result.open.tolist(), result.size.tolist(), strict=True))
    far = pd.Series(reach.cost, pd.MultiIndex.from_arrays([reach.customer, reach.site]))
    rows = []
    for who, where, pupils in zip(result.customer.tolist(), result.site.tolist(), result.amount.tolist(), strict=True):
        size = -1 if sites.kind[where] == "free" else size_of[where] - int(starts[where])
        rows.append(
            {"school_id": crowd.school[who], "site": where, "key": sites.key[where], "size": size, "pupils": pupils,
             "metres": far[who, where], "today": crowd.metres[who]}
        )  # fmt: skip
    columns = ["school_id", "site", "key", "size", "pupils", "metres", "today"]
    return pd.DataFrame(rows, columns=columns)


def _row(found: Found, sites: crowds.Sites, rows: pd.DataFrame) -> dict[str, Any]:
    at = int(rows["site"].iloc[0])
    building = sites.sizes[at][int(rows["size"].iloc[0])][2]
    kind, key, home = sites.kind[at], sites.key[at], sites.town[at]
    relieves = [
        (str(school), "three_shift" if found.schools.loc[school, "three_shift"] else "seats", int(pupils))
        for school, pupils in rows.groupby("school_id")["pupils"].sum().items()
    ]
    whole = eased(relieves)
    rooms = rows.drop_duplicates("school_id")["school_id"].map(found.one_shift).sum() * found.prices.shifts
    nearer = rows[(rows["today"] > rows["metres"] + 1) & (rows["pupils"] > 0)]
    moved = int(nearer["pupils"].sum())
    saved = float(np.average(nearer["today"] - nearer["metres"], weights=nearer["pupils"])) if moved else 0.0
    level = found.region.schools["level"].get(key) if kind == "extend" else tables.LEVELS[-1]
    assert building is not None  # noqa: S101 - only free seats have none
    return {
        "settlement_id": home or None, "school_id": key if kind == "extend" else None,
        "at": "school" if kind == "extend" else kind, "at_id": key if kind in ("cell", "plot") else None,
        "action": "extend" if kind == "extend" else "build", "xy": sites.xy[at],
        "level": level if isinstance(level, str) else found.options.unknown_level,
        "tier": "three_shift" if whole["from_third_shift"] else "seats",
        "also": ["seats"] if whole["from_third_shift"] and whole["from_shortage"] else [], "bands": [],
        "pupils": sum(whole.values()), **whole, "relieves": relieves,
        "seats": building.seats, "shifts": building.shifts, "cost_mkzt": building.mkzt,
        "price_basis": building.basis, "key": key, "moved": moved, "saved_m": saved,
        "rooms": float(rooms),
    }  # fmt: skip
