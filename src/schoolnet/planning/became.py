"""What became of each school of a region between two dates, and what each change adds to the headline figures.

The figures are those of `monitored.ADDS`. A school passes from what it was to what it is in steps, one a change; what a
step adds is the figure after it less the figure before it. So the changes of a region add up to the difference of its
figures, and nothing moves one without a row that says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet import monitored
from schoolnet.model.audit import RANK
from schoolnet.planning import matched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schoolnet.planning.observed import Observed

_FLAGS = ("state_day", "emergency", "three_shift")
#: What the cells of a column decide of a school's place among the figures.
_FLAG_OF = {"ownership": "state_day", "kind": "state_day", "condition": "emergency", "shifts": "three_shift"}
_USUAL = {"ownership": "state", "kind": "day"}
#: Changes by which a school may count in another district, or among towns or villages.
_CROSSING = ("moved", "redrawn")


class _Sides(NamedTuple):
    """Two dates of a region: which school is which, and what B calls A's settlements and districts."""

    a: Observed
    b: Observed
    schools: matched.Matched
    settlements: dict[str, str]
    districts: dict[str, str]


def became(a: Observed, b: Observed) -> Iterator[dict[str, Any]]:
    """Yield what became of each school of a region (`monitored.CHANGES`): pairs in B's order, then gone, then come.

    | school | A | B | → | adds to state day schools |
    |---|---|---|---|---|
    | 1 | basic | secondary | raised | 0 |
    | 2 | primary | | closed | -1 |
    | 3 | primary | row rejected | row_lost, of the data | -1 |
    | 4 | state | private | left_state_day | -1 |
    | | | 5, secondary | opened | 1 |
    """
    homes = matched.settlements(a, b)
    known = matched.districts(a, b)
    sides = _Sides(
        a, b, matched.schools(a, b, homes),
        {old: new for new, old in homes.items()}, {old: new for new, old in known.items()},
    )  # fmt: skip
    same = sides.schools.same
    for new in (new for new in b.schools.index if new in same):
        yield from _pair(a.schools.loc[same[new]], b.schools.loc[new], sides)
    for key in a.schools.index[~a.schools.index.isin(list(same.values()))]:
        yield _gone(a.schools.loc[key], sides)
    for key in b.schools.index[~b.schools.index.isin(list(same))]:
        yield _come(b.schools.loc[key], sides)


def by_area(changes: pd.DataFrame, pairs: Iterable[tuple[Observed, Observed]], key: str) -> pd.DataFrame:
    """Return changes by the area they count in; a school that came to another is in both, less there and more here.

    `key`: `district_id` or `is_rural`. The rows of an area add up to the difference of its figures.
    """
    out, left = changes.copy(), []
    for one, two in pairs:
        rows = changes[(changes["region"] == one.code) & changes["changed"].isin(_CROSSING)]
        was = one.schools.loc[rows["id_a"]].set_axis(rows.index)
        named = {old: new for new, old in matched.districts(one, two).items()}
        there = was[key].replace(named) if key == "district_id" and named else was[key]
        crossed = there != rows[key]
        counts = pd.DataFrame([_counted(school) for _, school in was[crossed].iterrows()], index=was.index[crossed])
        for name in counts:
            out.loc[counts.index, name] += counts[name]
        left.append(rows[crossed].assign(**{key: there[crossed]}, **{name: -counts[name] for name in counts}))
    return pd.concat([out, *(rows for rows in left if len(rows))], ignore_index=True)


def _counted(school: Mapping[str, Any] | pd.Series[Any]) -> dict[str, int]:
    """Return what a school adds to each figure of `monitored.ADDS`."""
    state, emergency, third = (bool(school[flag]) for flag in _FLAGS)
    counts = (state, state and emergency, state and third, state and (emergency or third))
    return dict(zip(monitored.ADDS, map(int, counts), strict=True))


def _gone(school: pd.Series[Any], sides: _Sides) -> dict[str, Any]:
    key, matches = str(school.name), sides.schools
    lost = key in sides.b.rejected
    twins = [matches.joined[key]] if key in matches.joined else matches.perhaps.get(key, [])
    doubt = "likely_merged" if key in matches.joined else "perhaps_same" if twins else ""
    return (
        _base(school, sides, earlier=True)
        | _told("row_lost" if lost else "closed", lost=lost, doubt=doubt)
        | {
            "id_a": key,
            "twin": ", ".join(twins) or None,
            "value_a": _text(school["level"]),
            **{name: -count for name, count in _counted(school).items()},
        }
    )


def _come(school: pd.Series[Any], sides: _Sides) -> dict[str, Any]:
    key, first = str(school.name), sides.a.day
    found = key in sides.a.rejected
    before = first < sides.b.day and pd.notna(school["built"]) and school["built"] < first.year
    twins = sides.schools.perhaps.get(key, [])
    doubt = "perhaps_same" if twins else "built_before" if before else ""
    return (
        _base(school, sides)
        | _told("row_found" if found else "opened", lost=found, doubt=doubt)
        | {
            "id_b": key,
            "twin": ", ".join(twins) or None,
            "value_b": _text(school["level"]),
            **_counted(school),
        }
    )


def _told(changed: str, *, lost: bool, doubt: str) -> dict[str, Any]:
    nature = "data" if lost else "doubtful" if doubt else "world"
    return {"changed": changed, "nature": nature, "doubt": "row_rejected" if lost else doubt, "of_column": None}


def _pair(one: pd.Series[Any], two: pd.Series[Any], sides: _Sides) -> Iterator[dict[str, Any]]:
    """Yield what became of a school that is at both dates."""
    base = _base(two, sides) | {"id_a": one.name, "id_b": two.name}
    place, other = _place(one, two, sides), not matched.called(one) & matched.called(two)
    renamed = other and bool(matched.called(one)) and bool(matched.called(two))
    doubt = _doubt(one, two, sides, swapped=renamed and place is not None and place[1] == "moved")
    now = {flag: one[flag] for flag in _FLAGS}
    for what, changed in _kinds(one, two, place, renamed=renamed):
        after = now | ({_FLAG_OF[what]: two[_FLAG_OF[what]]} if what in _FLAG_OF else {})
        adds = {name: count - _counted(now)[name] for name, count in _counted(after).items()}
        now = after
        nature, why = _nature(changed, what, one, two, doubt=doubt, since=sides.a.day.year)
        told = {"changed": changed, "nature": nature, "doubt": why, "of_column": what}
        yield base | told | adds | {"value_a": _cell(one, what), "value_b": _cell(two, what)}
    took = [old for old, new in sides.schools.joined.items() if new == two.name]
    if took:
        told = {"changed": "took_in", "nature": "doubtful", "doubt": "likely_merged", "of_column": "enrolment"}
        cells = {"value_a": _cell(one, "enrolment"), "value_b": _cell(two, "enrolment"), "twin": ", ".join(took)}
        yield base | told | dict.fromkeys(monitored.ADDS, 0) | cells


def _doubt(one: pd.Series[Any], two: pd.Series[Any], sides: _Sides, *, swapped: bool) -> str:
    """Return why all that changed of a school is doubted; empty where nothing gives a reason."""
    if one.name != two.name:
        return "likely_same" if two.name in sides.schools.named else "likely_built"
    if swapped:
        return "another_school"
    first, told = sides.a.day, two["updated_at"]
    return "not_updated" if first < sides.b.day and pd.notna(told) and told <= first.isoformat() else ""


def _nature(
    changed: str, what: str, one: pd.Series[Any], two: pd.Series[Any], *, doubt: str, since: int
) -> tuple[str, str]:
    """Return whether a change is of the world or the data, and why that is doubted."""
    if changed in ("told", "untold") or (what in _USUAL and pd.isna(one[what]) != pd.isna(two[what])):
        return "data", "not_told"
    if changed == "redrawn" and (pd.isna(one["settlement_id"]) or pd.isna(two["settlement_id"])):
        return "data", "not_told"
    if changed in ("renumbered", "renamed"):
        return "data", doubt if changed == "renumbered" or doubt == "another_school" else "name_only"
    if changed == "moved" and not doubt:
        stood = matched.apart_m(one, two) <= matched.LIKELY_M
        same = stood or (pd.notna(two["built"]) and two["built"] < since)
        return ("doubtful", "same_building") if same else ("world", "")
    return ("doubtful" if doubt else "world"), doubt


def _kinds(
    one: pd.Series[Any], two: pd.Series[Any], place: tuple[str, str] | None, *, renamed: bool
) -> Iterator[tuple[str, str]]:
    """Yield the columns of which a school's values differ between two dates, and what that means."""
    if one.name != two.name:
        yield "school_id", "renumbered"
    if renamed:
        yield "name", "renamed"
    if place is not None:
        yield place
    if bool(one["state_day"]) != bool(two["state_day"]):
        owners = [school["ownership"] if pd.notna(school["ownership"]) else "state" for school in (one, two)]
        yield "ownership" if owners[0] != owners[1] else "kind", f"{'joined' if two['state_day'] else 'left'}_state_day"
    for what in ("level", "condition", "shifts", *monitored.SUMMED):
        before, after, flag = pd.notna(one[what]), pd.notna(two[what]), _FLAG_OF.get(what)
        if before != after:
            yield what, "told" if after else "untold"
        elif what == "level" and before and one[what] != two[what]:
            yield what, "raised" if RANK[two[what]] > RANK[one[what]] else "lowered"
        elif flag is not None and bool(one[flag]) != bool(two[flag]):
            yield what, f"{flag}_begun" if two[flag] else f"{flag}_ended"


def _place(one: pd.Series[Any], two: pd.Series[Any], sides: _Sides) -> tuple[str, str] | None:
    """Return by which column a school stands elsewhere, and what that means; None where it stands where it stood.

    It moved where its settlement is another of those both dates have, or where it is more than `matched.LIKELY_M` off.
    It was redrawn where it stayed, and what it stays in counts to another district, or to towns or villages, now.
    """
    home = sides.settlements.get(one["settlement_id"])
    if home is not None and two["settlement_id"] in sides.settlements.values() and home != two["settlement_id"]:
        return "settlement_id", "moved"
    if matched.apart_m(one, two) > matched.LIKELY_M:
        return "location", "moved"
    district = sides.districts.get(one["district_id"], one["district_id"])
    if district != two["district_id"]:
        return "district_id", "redrawn"
    return ("is_rural", "redrawn") if bool(one["is_rural"]) != bool(two["is_rural"]) else None


def _base(school: pd.Series[Any], sides: _Sides, *, earlier: bool = False) -> dict[str, Any]:
    """Return where a school is and of what kind, as B calls it where B has it."""
    kept = {name: school[name] for name in ("district_id", "settlement_id", "is_rural", "state_day")}
    if earlier:
        kept["district_id"] = sides.districts.get(kept["district_id"], kept["district_id"])
        kept["settlement_id"] = sides.settlements.get(kept["settlement_id"], kept["settlement_id"])
    return {"region": sides.a.code, "school_id": school.name, **kept}


def _cell(school: pd.Series[Any], what: str) -> str | None:
    if what == "school_id":
        return str(school.name)
    if what == "location":
        return f"{school['lat']:.4f}, {school['lon']:.4f}"
    if what == "name":
        return next((one for one in school[["name", "name_kk", "name_ru", "name_en"]] if isinstance(one, str)), None)
    if what == "is_rural":
        return "rural" if school[what] else "urban"
    return _text(school[what])


def _text(value: Any) -> str | None:
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else f"{value:g}"
