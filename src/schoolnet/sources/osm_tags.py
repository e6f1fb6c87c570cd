"""How the tags of a map object are read: names, codes, people, roads, crossings, waters; the words are in osm.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet.sources import text as texts

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME_KEYS = {"name": "name", "name_kk": "name:kk", "name_ru": "name:ru", "name_en": "name:en"}
_KATO_KEYS = ("kato", "ref:kato", "kato:code")
_ONEWAY = {"yes": "forward", "true": "forward", "1": "forward", "-1": "backward", "reverse": "backward"}
_SANE_PEOPLE = 5_000_000
_THOUSANDS = re.compile(r"(?<=[0-9])[\s,.'](?=[0-9]{3}(?![0-9]))")
# “~500”, “ок. 500”, “500 чел.”, “500 (2009)”, “500-600”; not “-5”, “1,5 тыс.”, “2009: 500”
_PEOPLE = re.compile(
    r"[^0-9\-–—−]*([0-9]{1,9})(?:\.0+)?\s*(?:\(.*\)|[\-–—/;].*|\+|(?:чел|жит|адам|тұрғын|people|inhab|pers)\w*\.?)?",
    re.IGNORECASE,
)


class _Rules(NamedTuple):
    places: frozenset[str]
    urban: frozenset[str]
    drive: frozenset[str]
    walk: frozenset[str]
    closed: frozenset[str]
    crossings: tuple[tuple[str, frozenset[str] | None, str], ...]
    lines: dict[str, str]
    hidden: frozenset[str]
    not_lakes: frozenset[str]
    rivers: frozenset[str]


@cache
def rules() -> _Rules:
    """Return osm.toml as sets."""
    said = tomllib.loads(resources.files("schoolnet.sources").joinpath("osm.toml").read_text(encoding="utf-8"))
    road, water, both = said["highway"], said["water"], said["highway"]["drive_and_walk"]
    return _Rules(
        places=frozenset(said["places"]),
        urban=frozenset(said["urban_places"]),
        drive=frozenset([*both, *road["drive_only"]]),
        walk=frozenset([*both, *road["walk_only"]]),
        closed=frozenset(road["closed_access"]),
        crossings=tuple(
            (rule["tag"], None if rule["values"] == ["*"] else frozenset(rule["values"]), rule["crossing"])
            for rule in said["crossing"]["rules"]
        ),
        lines=water["lines"],
        hidden=frozenset(water["hidden"]),
        not_lakes=frozenset(water["not_lakes"]),
        rivers=frozenset(water["river_areas"]),
    )


def wanted_areas() -> list[tuple[str, str]]:
    """Return the tags of map objects that are read as polygons."""
    fixed = [
        ("boundary", "administrative"),
        ("amenity", "school"),
        ("natural", "water"),
        ("landuse", "reservoir"),
    ]
    return [*fixed, ("waterway", "riverbank"), *(("place", place) for place in sorted(rules().places))]


def wanted() -> list[tuple[str, str]]:
    """Return the tags of all map objects that are read."""
    roads = [("highway", kind) for kind in sorted(rules().drive | rules().walk)]
    return [
        *wanted_areas(),
        *roads,
        ("route", "ferry"),
        *(("waterway", kind) for kind in sorted(rules().lines)),
    ]


def clean(raw: str | None) -> str | None:
    """Return a name on one line and cut to length; None when nothing is left of it."""
    return texts.short(texts.tidy(raw), texts.MOST) or None if raw else None


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
            yield column, texts.short(texts.tidy(raw)), f"put on one line, cut to {texts.MOST} characters"


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
        return None, "not a number of people: taken as unknown"
    return value, "" if str(value) == text.strip() else f"read as {value}"


def use(tags: Any) -> tuple[bool, bool] | None:
    """Return whether a way is open to (a bus, a child on foot), or None when to neither."""
    if tags.get("route") == "ferry":
        return True, True
    kind = tags.get("highway")
    drive, walk = kind in rules().drive, kind in rules().walk
    if not (drive or walk) or tags.get("access") in rules().closed or tags.get("area") == "yes":
        return None
    return drive, walk


def crossing(tags: Any) -> str:
    """Return how a way gets over water, or nothing."""
    for key, values, name in rules().crossings:
        value = tags.get(key)
        if value is not None and value != "no" and (values is None or value in values):
            return name
    return ""


def oneway(tags: Any) -> str:
    """Return `forward`, `backward` or nothing."""
    return _ONEWAY.get(tags.get("oneway"), "")


def water_line(tags: Any) -> str | None:
    """Return the kind of water a line is, or None; a river in a culvert is no barrier."""
    kind = rules().lines.get(tags.get("waterway"))
    return None if tags.get("tunnel") in rules().hidden else kind


def water_area(tags: Any) -> str | None:
    """Return the kind of water a polygon is, or None."""
    if tags.get("waterway") == "riverbank":
        return "river"
    if tags.get("natural") != "water" and tags.get("landuse") != "reservoir":
        return None
    water = tags.get("water")
    if water in rules().not_lakes:
        return None
    return "river" if water in rules().rivers else "lake"


def outlines(tags: Any) -> Iterator[str]:
    """Yield the tables that a polygon with these tags belongs to; a settlement or school may be a node as well."""
    if tags.get("boundary") == "administrative" and tags.get("admin_level"):
        yield "areas"
    elif water_area(tags):
        yield "waters"
    elif tags.get("amenity") == "school":
        yield "schools"
    if tags.get("place") in rules().places:
        yield "settlements"
