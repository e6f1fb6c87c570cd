"""How the tags of a road are read: who may use it, which way, how fast, and how it gets over water."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet.messages import Message
from schoolnet.sources import text as texts
from schoolnet.sources.osm_rules import rules
from schoolnet.sources.osm_tags import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schoolnet.ledger import Recorder

_COLUMNS = ("highway", "crossing", "drive", "walk", "oneway", "maxspeed_kmh")
_ODD = 20  # letters kept of a speed limit that is none

_ONEWAY = {"yes": "forward", "true": "forward", "1": "forward", "-1": "backward", "reverse": "backward"}
_BOTH_WAYS = ("no", "false", "0", "reversible", "alternating")
# “60”, “60 km/h”, “40 mph”, “KZ:60”, “RU:zone30”; not “KZ:urban”, “60;40”, “-60”
_SPEED = re.compile(
    r"(?:[A-Za-z]{2}:)?(?:zone:?)?([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*(km/?h|kph|км/ч|mph|knots)?", re.IGNORECASE
)
_KMH = {"mph": 1.609344, "knots": 1.852}
_SIGNLESS = re.compile(r"none|walk|signals|variable|[A-Za-z]{2}:[a-z_]+")
_SLOWEST, _FASTEST = 1, 200  # as `tables.ROADS` bounds it


class Reading(NamedTuple):
    """What the tags of a road say.

    Attributes
    ----------
    highway, crossing, drive, walk, oneway, maxspeed_kmh
        Columns of `tables.ROADS`.
    odd_speed
        The speed limit that is neither a number in bounds nor a known word for none.
    culvert
        The road is said to be a culvert.
    """

    highway: str
    crossing: str
    drive: bool
    walk: bool
    oneway: str
    maxspeed_kmh: float | None
    odd_speed: str
    culvert: bool


@dataclass
class Columns:
    """Roads gathered from the map, one list for each column of `tables.ROADS`; the lines are WKB."""

    lists: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in (*_COLUMNS, "name", "geometry")})
    odd_speeds: list[str] = field(default_factory=list)
    culverts: int = 0

    def add(self, said: Reading, name: str | None, shape: bytes) -> None:
        """Add a road."""
        for column, value in zip(self.lists.values(), (*said[: len(_COLUMNS)], name, shape), strict=True):
            column.append(value)
        self.culverts += said.culvert
        if said.odd_speed:
            self.odd_speeds.append(texts.short(texts.tidy(said.odd_speed), _ODD))

    def note(self, recorder: Recorder) -> None:
        """Record what was not read as the map has it."""
        if self.odd_speeds:
            signs = listed(sorted(set(self.odd_speeds)))
            what = Message("{count} speed limits: {signs}", count=len(self.odd_speeds), signs=signs)
            why = Message("not a speed from 1 to 200 km/h: the default of the class of road is taken")
            recorder.note("roads", what, why, column="maxspeed_kmh")
        if self.culverts:
            what = Message("{count} roads with tunnel=culvert", count=self.culverts)
            why = Message("a culvert is a pipe for water: read as water led beneath the road, dry as under a bridge")
            recorder.note("roads", what, why, column="crossing")


def reading(tags: Any) -> Reading | None:
    """Return what the tags of a road say, or None when it is open to neither bus nor child."""
    kind = tags.get("highway")
    if kind is not None and len(tags) == 1 + ("name" in tags) + ("modelled" in tags):  # most roads: spare the others
        return _reading(frozenset([("highway", kind)]))
    keys = _keys()
    return _reading(frozenset([tag for tag in tags if tag[0] in keys]))


@lru_cache(maxsize=10_000)  # a country has a hundred times more roads than ways to say what they are
def _reading(said: frozenset[tuple[str, str]]) -> Reading | None:
    tags = dict(said)
    opened = use(tags)
    if opened is None:
        return None
    speed, odd = maxspeed(tags)
    return Reading(kind(tags), crossing(tags), *opened, oneway(tags), speed, odd, tags.get("tunnel") == "culvert")


@cache
def _keys() -> frozenset[str]:
    said = rules()
    keys = [key for name in ("bus", "walk", "one_way", "speed") for key in said.access[name]]
    fixed = ("highway", "route", "area", "motorroad", "junction")
    return frozenset([*keys, *fixed, *said.not_there, *(test.tag for test in said.crossings)])


def kind(tags: Any) -> str:
    """Return the class of a road; a ferry is one, whatever else it is called."""
    if tags.get("route") == "ferry":
        return "ferry"
    raw = tags.get("highway")
    return rules().read_as.get(raw, raw)


def use(tags: Any) -> tuple[bool, bool] | None:
    """Return whether a way is open to (a bus, a child on foot), or None when to neither.

    The class of road opens it; the finest tag that says something closes or opens it. No tag lets a bus onto a
    footway: `bus=yes` on one marks a platform.
    """
    said = rules()
    if tags.get("route") == "ferry":
        drive = walk = True
    elif tags.get("area") == "yes" or any(tags.get(key) == "yes" for key in said.not_there):
        return None
    else:
        drive, walk = tags.get("highway") in said.drive, tags.get("highway") in said.walk
        if not (drive or walk):
            return None
        walk = walk and tags.get("motorroad") != "yes"
    foot, walks = _first_word(tags, said.access["walk"], said.closed)
    walk = walks and (walk or foot == "foot")
    drive = drive and _first_word(tags, said.access["bus"], said.closed_to_bus)[1]
    drive = drive and tags.get("foot") not in said.access["foot_only"]
    return (drive, walk) if drive or walk else None


def _first_word(tags: Any, keys: Iterable[str], closed: frozenset[str]) -> tuple[str, bool]:
    """Return the first key that closes or opens a way, and whether it is open; open when no key says anything."""
    for key in keys:
        value = tags.get(key)
        if value is not None and (value in closed or value in rules().open):
            return key, value not in closed
    return "", True


def crossing(tags: Any) -> str:
    """Return how a way gets over water, or nothing."""
    said = rules()
    for tag, values, makes in said.crossings:
        value = tags.get(tag)
        if value is not None and value not in said.void and (values is None or value in values):
            return makes
    return ""


def oneway(tags: Any) -> str:
    """Return the direction a bus is bound to: `forward`, `backward` or nothing."""
    said = rules()
    for key in said.access["one_way"]:
        value = tags.get(key)
        if value in _ONEWAY:
            return _ONEWAY[value]
        if value in _BOTH_WAYS:
            return ""
    bound = tags.get("junction") in said.one_way_junctions or tags.get("highway") in said.one_way
    return "forward" if bound else ""


def maxspeed(tags: Any) -> tuple[float | None, str]:
    """Return the speed limit in km/h, and the sign that is neither a limit nor a known word for none."""
    for key in rules().access["speed"]:
        text = (tags.get(key) or "").strip()
        found = _SPEED.fullmatch(text)
        if found:
            value = round(float(found.group(1)) * _KMH.get((found.group(2) or "").casefold(), 1.0), 3)
            return (value, "") if _SLOWEST <= value <= _FASTEST else (None, text)
        if text:
            return None, "" if _SIGNLESS.fullmatch(text) else text
    return None, ""
