"""How the tags of a map object are read: names, codes, people, waters, and which objects are read at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from schoolnet.messages import Message
from schoolnet.sources import text as texts
from schoolnet.sources.osm_rules import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAME_KEYS = {"name": "name", "name_kk": "name:kk", "name_ru": "name:ru", "name_en": "name:en"}
_KATO_KEYS = ("kato", "ref:kato", "kato:code")
_LISTED = 10
_SANE_PEOPLE = 5_000_000
_THOUSANDS = re.compile(r"(?<=[0-9])[\s,.'](?=[0-9]{3}(?![0-9]))")
# “~500”, “ок. 500”, “500 чел.”, “500 (2009)”, “500-600”; not “-5”, “1,5 тыс.”, “2009: 500”
_PEOPLE = re.compile(
    r"[^0-9\-–—−]*([0-9]{1,9})(?:\.0+)?\s*(?:\(.*\)|[\-–—/;].*|\+|(?:чел|жит|адам|тұрғын|people|inhab|pers)\w*\.?)?",
    re.IGNORECASE,
)


def wanted_areas() -> list[tuple[str, str]]:
    """Return the tags of map objects that are read as polygons."""
    fixed = [
        ("boundary", "administrative"),
        ("amenity", "school"),
        ("natural", "water"),
        ("landuse", "reservoir"),
        ("waterway", "riverbank"),
        ("waterway", "dam"),
        ("man_made", "bridge"),
    ]
    built_up = [("landuse", use) for use in sorted(rules().built_up)]
    return [*fixed, *built_up, *(("place", place) for place in sorted(rules().places))]


def wanted() -> list[tuple[str, str]]:
    """Return the tags of all map objects that are read."""
    roads = [("highway", kind) for kind in sorted(rules().drive | rules().walk)]
    return [
        *wanted_areas(),
        *roads,
        ("route", "ferry"),
        *(("ford", value) for value in rules().fords),
        *(("waterway", kind) for kind in sorted(rules().lines)),
    ]


def clean(raw: str | None) -> str | None:
    """Return a name on one line and cut to length; None when nothing is left of it."""
    return texts.short(texts.tidy(raw), texts.MOST) or None if raw else None


def listed(words: Sequence[str]) -> str:
    """Return the first ten words, for the ledger."""
    return ", ".join([*words[:_LISTED], *(["…"] if len(words) > _LISTED else [])])


def names(tags: Any) -> dict[str, str | None]:
    """Return `name`, `name_kk`, `name_ru` and `name_en`; `name` falls back on the others."""
    found = {column: clean(tags.get(key)) for column, key in _NAME_KEYS.items()}
    found["name"] = found["name"] or found["name_kk"] or found["name_ru"] or found["name_en"]
    return found


def mended_names(tags: Any) -> Iterator[tuple[str, str, str]]:
    """Yield (column, what, why) for each name that is not used as the map has it."""
    for column, key in _NAME_KEYS.items():
        raw = (tags.get(key) or "").strip()
        if raw and raw != clean(raw):
            why = Message("put on one line, cut to {count} characters", count=texts.MOST)
            yield column, texts.short(texts.tidy(raw)), why


def area(key: str, tags: Any) -> dict[str, str | None]:
    """Return the names and codes of an administrative area."""
    return {"area_id": key, **names(tags), "kato": clean(raw_kato(tags)), "iso": clean(tags.get("ISO3166-2"))}


def raw_kato(tags: Any) -> str | None:
    """Return the KATO code as the map has it."""
    return next((value for key in _KATO_KEYS if (value := tags.get(key))), None)


def population(text: str) -> tuple[int | None, str]:
    """Return the number of people, and why it is not simply the text."""
    found = _PEOPLE.fullmatch(_THOUSANDS.sub("", text.strip()))
    value = int(found.group(1)) if found else None
    if value is None or value > _SANE_PEOPLE:
        return None, Message("not a number of people: taken as unknown")
    return value, "" if str(value) == text.strip() else Message("read as {value}", value=value)


def is_ford(tags: Any) -> bool:
    """Return whether a point is a ford."""
    return tags.get("highway") == "ford" or tags.get("ford") in rules().fords


def water_line(tags: Any) -> str | None:
    """Return the kind of water a line is, or None; a river in a culvert is no barrier."""
    kind = rules().lines.get(tags.get("waterway"))
    return None if kind is None or _hidden(tags) else kind


def water_area(tags: Any) -> str | None:
    """Return the kind of water a polygon is, or None."""
    if tags.get("waterway") == "riverbank":
        kind = "river"
    elif tags.get("natural") == "water" or tags.get("landuse") == "reservoir":
        water = tags.get("water")
        if water in rules().not_lakes:
            return None
        kind = rules().areas.get(water, "lake")
    else:
        return None
    return None if _hidden(tags) else kind


def dries_up(tags: Any) -> bool:
    """Return whether a water is dry for part of the year."""
    return any(tags.get(key) not in (None, "no") for key in rules().dry)


def _hidden(tags: Any) -> bool:
    return any(
        (value := tags.get(tag)) is not None and (values is None or value in values)
        for tag, values, _ in rules().hidden
    )


def outlines(tags: Any) -> Iterator[str]:
    """Yield what a polygon with these tags is; a settlement or school may be a node as well.

    The boundary of an administrative territory is no built-up area, even where it bears the name of the place: it
    holds fields and pastures, too.
    """
    administrative = tags.get("boundary") == "administrative"
    if administrative and tags.get("admin_level"):
        yield "areas"
    elif water_area(tags):
        yield "waters"
    elif tags.get("amenity") == "school":
        yield "schools"
    place = tags.get("place") in rules().places
    if place:
        yield "settlements"
    if not administrative and (place or tags.get("landuse") in rules().built_up):
        yield "built_up"
    if tags.get("man_made") == "bridge" and tags.get("bridge") not in rules().void:
        yield "bridges"
    if tags.get("waterway") == "dam":
        yield "dams"
