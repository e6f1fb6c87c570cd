"""The styles of plan.gpkg: each layer as on the map, with its legend in the language of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.output import words
from schoolnet.output.looks import looks
from schoolnet.output.qgis import Class, Style, expression, qml
from schoolnet.tables import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import geopandas as gpd

    from schoolnet.law.norms import Norms
    from schoolnet.output.words import Words

_BY_CHILDREN = '2.2 + min(2.8, sqrt(coalesce("children", 0)) / 6)'
_ASIDE = """CASE WHEN "at" IN ('settlement', 'school') THEN '2.6,-2.6' ELSE '0,0' END"""
_TOWN_SCALE, _VILLAGE_SCALE = 4_000_000, 750_000
#: Columns of `layer_styles`, as QGIS makes the table.
COLUMNS = (
    "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML", "styleSLD",
    "useAsDefault", "description", "owner", "ui", "update_time",
)  # fmt: skip
TABLE = "layer_styles"
#: The column of shapes in a GeoPackage written by GDAL.
GEOMETRY = "geom"


def table(layers: Mapping[str, gpd.GeoDataFrame], norms: Norms, *, lang: str) -> pd.DataFrame:
    """Return the table QGIS reads styles from, a row a style; the first style of a layer is its default.

    Parameters
    ----------
    layers
        The layers of the file by name; styles of others are left out.
    norms
        The norms of the plan: the classes of children are their thresholds.
    lang
        Language of legends: kk, ru or en.
    """
    rows, seen = [], set()
    for style in styles(norms, lang=lang):
        if style.layer not in layers:
            continue
        cells = dict.fromkeys(COLUMNS, "") | {
            "f_table_name": style.layer, "f_geometry_column": GEOMETRY, "styleName": style.name,
            "styleQML": qml(style), "useAsDefault": style.layer not in seen,
            "update_time": pd.Timestamp(norms.day, tz="UTC"),
        }  # fmt: skip
        seen.add(style.layer)
        rows.append(cells)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def kinds(norms: Norms) -> dict[str, str]:
    """Return the kind of geometry each styled layer holds, by its name."""
    shapes = {"marker": "Point", "line": "LineString", "fill": "Polygon"}
    return {style.layer: shapes[style.kind] for style in styles(norms, lang=words.LANGS[0])}


def styles(norms: Norms, *, lang: str) -> Iterator[Style]:
    """Yield the styles of all layers, the default of each first."""
    said = words.load(lang)
    yield from _settlements(norms, said)
    yield from _schools(said)
    actions = _classes("action", {key: said.text(f"action.{key}") for key in looks()["action"]})
    yield Style("sites", said.text("layer.sites"), "marker", "action", actions, offset=_ASIDE)
    yield from _shared(said)
    yield from _ground(said)


def _settlements(norms: Norms, said: Words) -> Iterator[Style]:
    least = {level: int(norms[f"threshold.{level}"].value) for level in LEVELS}
    town = """NOT "is_rural" OR "guaranteed" IS NULL"""
    owed = [
        (town, "'other'"), ('"network_deficit"', '"guaranteed"'), ("\"guaranteed\" = 'none'", "'none'"),
    ]  # fmt: skip
    missing = [
        ('NOT "is_rural" OR "children" IS NULL', "'other'"),
        *((f"\"bands_not_taught\" LIKE '{band}%'", f"'{band}'") for band in ("1-4", "5-9", "10-11")),
    ]
    transport = [
        ('"pupils_entitled_and" > 0', "'both'"), ('"pupils_entitled_or" > 0', "'one'"),
        ('"pupils_entitled_flood" > 0', "'flood'"),
    ]  # fmt: skip
    children = [
        ('"children" IS NULL', "'unknown'"),
        *((f'"children" >= {least[level]}', f"'{level}'") for level in reversed(LEVELS)),
    ]
    values = {
        "verdict": "verdict",
        "owed": expression(owed, "'met'"),
        "missing": expression(missing, "'all'"),
        "transport": expression(transport, "'no'"),
        "children": expression(children, "'few'"),
    }
    for theme, value in values.items():
        classes = _classes(theme, {key: _settlement(theme, key, least, said) for key in looks()[theme]})
        name = said.text("layer.settlements") if theme == "verdict" else said.text(f"theme.{theme}")
        yield Style("settlements", _capital(name), "marker", value, classes, _name(said), _VILLAGE_SCALE, _BY_CHILDREN)


def _settlement(theme: str, key: str, least: Mapping[str, int], said: Words) -> str:
    if theme == "verdict":
        return said.text(f"verdict.{key}")
    if theme == "missing" and "-" in key:
        return said.text(f"band.{key}")
    if theme == "children" and key in least:
        return said.text("theme_children.from", least=said.number(least[key]))
    if theme == "children":
        few = {"least": said.number(least[LEVELS[0]])}
        return said.text("theme_children.few", **few) if key == "few" else said.text("unknown")
    return said.text(f"theme_{theme}.{key}")


def _schools(said: Words) -> Iterator[Style]:
    seats = [
        ('"shortage_official" IS NULL', "'unknown'"), ('"shortage_official" > 0', "'short'"),
        ('"shortage_comfort" > 0', "'two'"),
    ]  # fmt: skip
    values = {
        "flagged": expression([('"emergency" OR "three_shift"', "'flagged'")], "'other'"),
        "condition": "coalesce(\"condition\", 'unknown')",
        # no cast: QGIS and SQL name types otherwise
        "shifts": expression([(f'"shifts" = {count}', f"'{count}'") for count in (1, 2, 3)], "'unknown'"),
        "seats": expression(seats, "'one'"),
        "level": "coalesce(\"level\", 'unknown')",
    }
    for theme, value in values.items():
        classes = _classes(theme, {key: _school(theme, key, said) for key in looks()[theme]})
        name = said.text("layer.schools") if theme == "flagged" else said.text(f"theme.{theme}")
        yield Style("schools", _capital(name), "marker", value, classes)


def _school(theme: str, key: str, said: Words) -> str:
    if key == "unknown":
        return said.text("unknown")
    if theme == "flagged":
        return said.text("ui.school_flagged" if key == "flagged" else "layer.schools")
    if theme == "shifts":
        return said.text("theme_shifts.shifts", count=key)
    return said.text(f"theme_seats.{key}" if theme == "seats" else f"{theme}.{key}")


def _shared(said: Words) -> Iterator[Style]:
    looked = looks()["shared"]
    waves = tuple(
        Class(str(wave), _capital(said.text("theme_wave.wave", count=str(wave))), looked[key])
        for wave, key in ((1, "routes"), (2, "second_wave"))
    )
    yield Style("bus_routes", said.text("ui.routes"), "line", "wave", waves)
    for layer, key, word, kind in (
        ("okrugs", "okrugs", "ui.okrugs", "marker"),
        ("okrug_ways", "spokes", "ui.okrugs", "line"),
        ("network_candidates", "places", "ui.places", "marker"),
        ("bus_stops", "stops", "layer.stops", "marker"),
        ("neighbours", "neighbours", "layer.neighbours", "marker"),
    ):
        yield Style(layer, said.text(word), kind, "", (Class("", said.text(word), looked[key]),))


def _ground(said: Words) -> Iterator[Style]:
    looked, roads = looks()["ground"], looks()["road"]
    name = _name(said)
    for layer, key, kind, label in (
        ("region", "region", "fill", ""), ("districts", "district", "fill", name),
        ("built_up", "built_up", "fill", ""), ("nearest_school", "nearest", "line", ""),
        ("bridges", "bridge", "marker", ""),
    ):  # fmt: skip
        word = {"nearest_school": "card.nearest", "bridges": "crossing.bridge"}.get(layer, f"layer.{layer}")
        text = _capital(said.text(word))
        yield Style(layer, text, kind, "", (Class("", text, looked[key]),), label=label, from_scale=_TOWN_SCALE)
    for layer, key, kind in (("waters", "lake", "fill"), ("water_lines", "river", "line")):
        yield Style(layer, said.text("layer.waters"), kind, "", (Class("", said.text("layer.waters"), looked[key]),))
    main = [key for key in roads if key != "other"]
    value = expression([(f"\"highway\" = '{key}'", f"'{key}'") for key in main], "'other'")
    classes = tuple(Class(key, _capital(said.text(f"highway.{key}")), look) for key, look in roads.items())
    yield Style("roads", said.text("layer.roads"), "line", value, classes)
    counts = looks()["children"]
    steps = [('"pupils" >= 100', "'secondary'"), ('"pupils" >= 25', "'basic'"), ('"pupils" >= 5', "'primary'")]
    least = {"secondary": 100, "basic": 25, "primary": 5}
    classes = tuple(
        Class(key, _capital(_settlement("children", key, least, said)), counts[key]._replace(edge="", shape=""))
        for key in (*least, "few")
    )
    yield Style("town_cells", said.text("layer.town_cells"), "fill", expression(steps, "'few'"), classes)


def _classes(group: str, called: Mapping[str, str]) -> tuple[Class, ...]:
    return tuple(Class(key, _capital(called[key]), look) for key, look in looks()[group].items())


def _name(said: Words) -> str:
    """Return the expression of a place's name: the language of the plan, then the next one that has it."""
    columns = dict.fromkeys([f"name_{said.lang}", *(f"name_{one}" for one in words.LANGS), "name"])
    listed = ", ".join(f'"{column}"' for column in columns)
    return f"coalesce({listed})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
