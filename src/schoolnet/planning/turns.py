"""What each settlement is newly owed, or no longer, between two dates, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import monitored
from schoolnet.model.audit import RANK
from schoolnet.planning import matched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.planning.observed import Observed

#: What weighs most first, by duty and turn.
_GRAVITY = (
    ("level", "begun"), ("level", "worse"), ("transport", "begun"), ("transport", "more"), ("transport", "fewer"),
    ("transport", "ended"), ("level", "better"), ("level", "ended"),
)  # fmt: skip


def turns(a: Observed, b: Observed, changes: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the settlements of a region whose transport or level owed changed (`monitored.OWED`), by B's identifiers.

    A cause is the first of these that differs between the dates: the settlement is at one only; its own school teaches
    the grades; children of these grades live there (`estimate`: as many inhabitants, by the ages of another year); the
    nearest school that teaches them, where that school changed; the way to it, or the water between; the norms.

    | | taught here | children | nearest | far | → cause |
    |---|---|---|---|---|---|
    | A | yes | 7 | | | |
    | B | no | 7 | SA | yes | own_school |

    Parameters
    ----------
    a, b
        The region at the two dates.
    changes
        What became of its schools (`monitored.CHANGES`).
    """
    homes = matched.settlements(a, b)
    old = {one: two for two, one in homes.items()}
    keys: list[tuple[str | None, str | None]] = [(homes.get(str(key)), str(key)) for key in b.settlements.index]
    keys += [(str(key), None) for key in a.settlements.index if key not in old]
    touched = {*changes["id_a"].dropna(), *changes["id_b"].dropna()}
    causes = {(one.code, day): _ways(one) for day, one in (("a", a), ("b", b))}
    norms = _differ(a, b)
    for before, after in keys:
        one, two = (_home(side, key) for side, key in ((a, before), (b, after)))
        place = b.settlements.loc[after] if after is not None else a.settlements.loc[before]
        base = {"region": a.code, "settlement_id": after or before, "district_id": place["district_id"]}
        bands = (causes[a.code, "a"].get(before, {}), causes[a.code, "b"].get(after, {}))
        yield from (base | row for row in _transport(one, two, bands, touched, norms=norms))
        yield from (base | row for row in _level(one, two, norms=norms))


def by_gravity(owed: pd.DataFrame) -> pd.DataFrame:
    """Return what settlements are owed with what weighs most first: `monitored.OWED`, ties as they were.

    A settlement that lost its last school first, then by what turned, then by how many pupils it concerns; what comes
    of the estimate alone (`estimated_only`) last.
    """
    last = (owed["existing_b"] == "none") & owed["existing_a"].notna() & (owed["existing_a"] != "none")
    turn = pd.Series(list(zip(owed["duty"], owed["turn"], strict=True)), index=owed.index, dtype=object)
    keys = pd.DataFrame({
        "only": estimated_only(owed), "last": ~last.astype(bool), "turn": turn.map(_GRAVITY.index),
        "pupils": -(owed["pupils_b"] - owed["pupils_a"]).abs().fillna(0).astype(int),
    })  # fmt: skip
    return owed.loc[keys.sort_values(list(keys), kind="stable").index].reset_index(drop=True)


def estimated_only(owed: pd.DataFrame) -> pd.Series[bool]:
    """Return the rows that differ by the estimate of children alone: as many inhabitants, the ages of another year."""
    return owed["causes"] == "estimate"


def _differ(a: Observed, b: Observed) -> bool:
    """Return whether a norm of transport or of levels is not the same on both days."""
    keys = [key for key in (*a.norms.in_force, *b.norms.in_force) if key.startswith(("transport.", "threshold."))]
    return any(_value(a, key) != _value(b, key) for key in keys)


def _value(one: Observed, key: str) -> Any:
    norm = one.norms.in_force.get(key)
    return None if norm is None else norm.value


def _ways(one: Observed) -> dict[Any, dict[str, dict[str, Any]]]:
    """Return the ways to school by settlement and band."""
    found: dict[Any, dict[str, dict[str, Any]]] = {}
    for row in one.ways.reset_index().to_dict("records"):
        found.setdefault(row["settlement_id"], {})[row["band"]] = row
    return found


def _home(side: Observed, key: str | None) -> pd.Series[Any] | None:
    return None if key is None else side.settlements.loc[key]


def _transport(
    one: pd.Series[Any] | None, two: pd.Series[Any] | None, bands: tuple[Any, Any], touched: set[str], *, norms: bool
) -> Iterator[dict[str, Any]]:
    pupils = [0 if home is None else int(home["entitled_pupils"]) for home in (one, two)]
    owed = [any(row["entitled"] for row in side.values()) for side in bands]
    if owed == [False, False] or (owed == [True, True] and pupils[0] == pupils[1]):
        return
    crossed = "begun" if owed[1] else "ended"
    turn = crossed if owed[0] != owed[1] else "more" if pupils[1] > pupils[0] else "fewer"
    found = {"settlement"} if one is None or two is None else set(_band_causes(bands, touched, norms=norms))
    if "children" in found and one is not None and two is not None and _guessed(one, two):
        found = (found - {"children"}) | {"estimate"}
    yield {"duty": "transport", "turn": turn, "causes": _said(found), "pupils_a": pupils[0], "pupils_b": pupils[1]}


def _band_causes(bands: tuple[Any, Any], touched: set[str], *, norms: bool) -> Iterator[str]:
    """Yield why transport owed for a band is not the same at both dates, each band in turn."""
    taught = [{band for band, row in side.items() if row["here"]} for side in bands]
    for band in dict.fromkeys([*bands[0], *bands[1]]):
        one, two = (side.get(band) for side in bands)
        if one is None or two is None:
            yield "unknown"
        elif one["entitled"] != two["entitled"]:
            yield _cause(one, two, touched, own=taught[0] != taught[1], norms=norms)
        elif one["entitled"] and not _alike(one["pupils"], two["pupils"]):
            yield "children"


def _cause(one: dict[str, Any], two: dict[str, Any], touched: set[str], *, own: bool, norms: bool) -> str:
    if one["here"] != two["here"]:
        return "own_school"
    if _none(one["pupils"]) != _none(two["pupils"]):
        return "children"
    if (one["far"], one["barrier"]) != (two["far"], two["barrier"]):
        if norms and _alike(one["school_id"], two["school_id"]):
            return "norms"
        return "nearest_school" if {one["school_id"], two["school_id"]} & touched else "way"
    if own:  # option `transport_holder`: one band taught decides for the others
        return "own_school"
    return "norms" if norms else "unknown"


def _level(one: pd.Series[Any] | None, two: pd.Series[Any] | None, *, norms: bool) -> Iterator[dict[str, Any]]:
    if (turn := _turn(one, two)) is None:
        return
    told = {
        f"{name}_{side}": None if home is None else home[name]
        for side, home in (("a", one), ("b", two))
        for name in ("guaranteed", "existing")
    }
    found = {"settlement"} if one is None or two is None else set()
    if not found and not _alike(told["existing_a"], told["existing_b"]):
        found.add("own_school")
    if one is not None and two is not None and not _alike(told["guaranteed_a"], told["guaranteed_b"]):
        same = _alike(one["children"], two["children"])
        found.add("norms" if norms and same else "estimate" if _guessed(one, two) else "children")
    yield {"duty": "level", "turn": turn, "causes": _said(found or {"unknown"}), **told}


def _turn(one: pd.Series[Any] | None, two: pd.Series[Any] | None) -> str | None:
    """Return what became of the level of a settlement, None where nothing did.

    Owed on both days or on neither, it is better or worse by the levels between what is guaranteed and what exists; by
    what exists where these are as many. A guarantee that is not known on both days moves nothing.

    | guaranteed | exists on A | on B | |
    |---|---|---|---|
    | basic | primary | none | worse: owed on both days, and the only school is gone |
    | none | primary | none | worse |
    """
    owed = [home is not None and bool(home["network_deficit"]) for home in (one, two)]
    if owed[0] != owed[1]:
        return "begun" if owed[1] else "ended"
    if one is None or two is None:
        return None
    built, due = (_steps(one[name], two[name]) for name in ("existing", "guaranteed"))
    moved = built - due or built
    return None if not moved else "better" if moved > 0 else "worse"


def _steps(one: Any, two: Any) -> int:
    """Return by how many levels the second is higher; none where one of them is not known."""
    return 0 if pd.isna(one) or pd.isna(two) else RANK[two] - RANK[one]


def _guessed(one: pd.Series[Any], two: pd.Series[Any]) -> bool:
    """Return whether children differ by their estimate alone: as many inhabitants, the ages of another year."""
    return bool(one["estimated"] and two["estimated"]) and _alike(one["population"], two["population"])


def _none(pupils: Any) -> bool:
    return bool(pd.notna(pupils) and pupils == 0)


def _alike(one: Any, two: Any) -> bool:
    return bool(pd.isna(one) and pd.isna(two)) or (pd.notna(one) and pd.notna(two) and bool(one == two))


def _said(found: set[str]) -> str:
    return ", ".join(cause for cause in monitored.CAUSES if cause in found)
