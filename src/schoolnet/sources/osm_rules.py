"""The words of osm.toml: which tags of OpenStreetMap mean what."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

_ANY = ["*"]


class Test(NamedTuple):
    """A tag, the values of it that are meant (None: any), and what they make."""

    tag: str
    values: frozenset[str] | None
    makes: str = ""


class Rules(NamedTuple):
    """osm.toml as sets; its comments say why."""

    places: frozenset[str]
    urban: frozenset[str]
    built_up: frozenset[str]
    drive: frozenset[str]
    walk: frozenset[str]
    read_as: dict[str, str]
    not_there: tuple[str, ...]
    one_way: frozenset[str]
    one_way_junctions: frozenset[str]
    access: dict[str, Any]
    closed: frozenset[str]
    closed_to_bus: frozenset[str]
    open: frozenset[str]
    void: frozenset[str]
    crossings: tuple[Test, ...]
    fords: tuple[str, ...]
    lines: dict[str, str]
    hidden: tuple[Test, ...]
    not_lakes: frozenset[str]
    areas: dict[str, str]
    dry: tuple[str, ...]


@cache
def rules() -> Rules:
    """Return osm.toml as sets."""
    said = tomllib.loads(resources.files("schoolnet.sources").joinpath("osm.toml").read_text(encoding="utf-8"))
    road, access, over, water = said["highway"], said["access"], said["crossing"], said["water"]
    both = [*road["drive_and_walk"], *road["read_as"]]
    return Rules(
        places=frozenset(said["places"]),
        urban=frozenset(said["urban_places"]),
        built_up=frozenset(said["built_up"]),
        drive=frozenset([*both, *road["drive_only"]]),
        walk=frozenset([*both, *road["walk_only"]]),
        read_as=road["read_as"],
        not_there=tuple(road["not_there"]),
        one_way=frozenset(road["one_way"]),
        one_way_junctions=frozenset(road["one_way_junctions"]),
        access=access,
        closed=frozenset(access["closed"]),
        closed_to_bus=frozenset([*access["closed"], *access["closed_to_bus"]]),
        open=frozenset(access["open"]),
        void=frozenset(over["void"]),
        crossings=tuple(_test(rule) for rule in over["rules"]),
        fords=tuple(over["fords"]),
        lines=water["lines"],
        hidden=tuple(_test(rule) for rule in water["hidden"]),
        not_lakes=frozenset(water["not_lakes"]),
        areas=water["areas"],
        dry=tuple(water["dry"]),
    )


def _test(rule: dict[str, Any]) -> Test:
    values = None if rule["values"] == _ANY else frozenset(rule["values"])
    return Test(rule["tag"], values, rule.get("crossing", ""))
