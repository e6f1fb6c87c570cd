"""The styles inside plan.gpkg: as QGIS wants them, true to the columns, and the same as on the map."""

from __future__ import annotations

import json
import re
import sqlite3
from importlib import resources
from xml.etree import ElementTree as ET

import pytest

from schoolnet.output import layers, looks, styles, words
from schoolnet.output.qgis import Class, Style, qml

SCRIPT = resources.files("schoolnet.output") / "script"
PLAIN = looks.Look(fill="#d55e00")


@pytest.fixture(scope="module")
def gpkg(tiny_plan, tmp_path_factory):
    path = tmp_path_factory.mktemp("styles") / "plan.gpkg"
    layers.write(tiny_plan, path, lang="en")
    with sqlite3.connect(path) as base:
        yield base
    base.close()


def _classes(gpkg, layer, style, key):
    """Return the class of each row of a layer: the style's expression is worked out by SQLite, as QGIS would."""
    (text,) = gpkg.execute(
        "SELECT styleQML FROM layer_styles WHERE f_table_name = ? AND styleName = ?", (layer, style)
    ).fetchone()
    value = ET.fromstring(text).find("renderer-v2").get("attr")
    return {row[0]: str(row[1]) for row in gpkg.execute(f"SELECT {key}, {value} FROM {layer}")}  # noqa: S608


def test_the_table_is_the_one_qgis_makes_and_each_layer_has_one_default_style(gpkg):
    """QGIS looks for an empty schema, the table, the column of shapes, and the default (qgsogrprovidermetadata.cpp)."""
    names = [row[1] for row in gpkg.execute("PRAGMA table_info(layer_styles)")]
    assert names == ["id", *styles.COLUMNS]
    rows = gpkg.execute(
        "SELECT f_table_schema, f_table_name, f_geometry_column, useAsDefault, styleName FROM layer_styles"
    ).fetchall()
    shapes = dict(gpkg.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
    assert {(schema, shapes[table]) for schema, table, _, _, _ in rows} == {("", "geom")}
    assert all(shapes[table] == column for _, table, column, _, _ in rows)
    defaults = [table for _, table, _, default, _ in rows if default]
    assert sorted(defaults) == sorted(shapes)  # every layer is coloured, and by one style
    assert len({(table, name) for _, table, _, _, name in rows}) == len(rows)
    assert gpkg.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchone() == (
        "attributes",
    )


def test_an_empty_layer_still_says_what_it_would_hold(gpkg, tiny_plan):
    assert tiny_plan.region.built_up.empty
    kinds = dict(gpkg.execute("SELECT table_name, geometry_type_name FROM gpkg_geometry_columns"))
    assert kinds["built_up"] == "POLYGON"
    assert (kinds["waters"], kinds["water_lines"]) == ("POLYGON", "LINESTRING")  # the lake, the river


@pytest.mark.parametrize("lang", words.LANGS)
def test_every_style_is_whole(norms, lang):
    for style in styles.styles(norms, lang=lang):
        root = ET.fromstring(qml(style))
        renderer = root.find("renderer-v2")
        symbols = {symbol.get("name"): symbol for symbol in renderer.find("symbols")}
        categories = renderer.findall("categories/category")
        assert [one.get("symbol") for one in categories] == (list(symbols) if style.value else [])
        assert len({one.get("value") for one in categories}) == len(categories)
        assert all(one.get("label") and one.get("label")[0] == one.get("label")[0].upper() for one in categories)
        assert {symbol.get("type") for symbol in symbols.values()} == {style.kind}
        passes = [int(symbol.find("layer").get("pass")) for symbol in symbols.values()]
        assert passes == sorted(passes, reverse=True)  # the first class lies on top


def test_the_classes_of_the_tiny_region_are_those_of_the_paper(gpkg):
    """See conftest: who is owed what, which grades are taught, who is entitled by one and by both conditions."""
    assert _classes(gpkg, "settlements", "Settlements", "settlement_id") == {
        "A": "keep", "B": "upgrade", "D": "build", "E": "board", "G": "build", "Q": "build",
    }  # fmt: skip
    assert _classes(gpkg, "settlements", "School owed by law", "settlement_id") == {
        "A": "met", "B": "basic", "D": "primary", "E": "none", "G": "primary", "Q": "other",
    }  # fmt: skip
    assert _classes(gpkg, "settlements", "Grades not taught", "settlement_id") == {
        "A": "all", "B": "5-9", "D": "1-4", "E": "1-4", "G": "1-4", "Q": "other",
    }  # fmt: skip
    assert _classes(gpkg, "settlements", "Right to transport", "settlement_id") == {
        "A": "no", "B": "one", "D": "one", "E": "both", "G": "no", "Q": "no",
    }  # fmt: skip
    assert _classes(gpkg, "settlements", "Number of children", "settlement_id") == {
        "A": "secondary", "B": "basic", "D": "primary", "E": "few", "G": "primary", "Q": "secondary",
    }  # fmt: skip
    schools = {
        "Schools": ["other", "other", "flagged"],
        "Condition of the building": ["good", "repair", "emergency"],
        "Number of shifts": ["1", "1", "3"],
        "Seats": ["one", "one", "short"],
        "Level": ["secondary", "primary", "secondary"],
    }
    for style, classes in schools.items():
        found = _classes(gpkg, "schools", style, "school_id")
        assert [found[key] for key in ("SA", "SB", "SQ")] == classes, style


def test_every_row_of_every_layer_falls_in_a_class(gpkg):
    for layer, name, text in gpkg.execute("SELECT f_table_name, styleName, styleQML FROM layer_styles").fetchall():
        renderer = ET.fromstring(text).find("renderer-v2")
        if renderer.get("attr"):
            values = {one.get("value") for one in renderer.findall("categories/category")}
            assert set(_classes(gpkg, layer, name, "fid").values()) <= values, (layer, name)


def test_names_are_shown_in_the_language_and_never_read_as_markup(norms, gpkg):
    found = {lang: next(styles.styles(norms, lang=lang)) for lang in words.LANGS}
    assert found["kk"].label.startswith('coalesce("name_kk", "name_ru"')
    assert [one.label for one in found["ru"].classes][:2] == ["Построить школу", "Повысить уровень школы"]
    shown = dict(gpkg.execute(f"SELECT settlement_id, {found['ru'].label} FROM settlements"))  # noqa: S608
    assert shown["A"] == "Arka"
    hostile = Style("settlements", "x", "marker", "", (Class("", "", PLAIN),), label='"name" || \'<b>&"\'')
    assert ET.fromstring(qml(hostile)).find(".//text-style").get("fieldName") == hostile.label


def _objects(name):
    """Return an object of the script's constants as JSON."""
    text = (SCRIPT / "base.js").read_text(encoding="utf-8")
    body = re.search(rf"const {name} = (\{{.*?\n\}});", text, re.DOTALL)[1]
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", re.sub(r"(\w+):", r'"\1":', body)))


@pytest.mark.parametrize(("name", "group"), [("LOOK", "verdict"), ("SITES", "action")])
def test_verdicts_and_sites_look_as_on_the_map(name, group):
    script, ours = _objects(name), looks.looks()[group]
    assert list(script) == list(ours)
    for key, one in script.items():
        assert one["fill"] == ours[key].fill
        ring = [list(point) for point in looks.shapes()[ours[key].shape]] if ours[key].shape else None
        assert one.get("shape") == ring
        if name == "LOOK":
            assert (one.get("edge", ""), "dash" in one) == (ours[key].edge, ours[key].dash)


@pytest.mark.parametrize("theme", ["owed", "missing", "transport", "children", "condition", "shifts", "seats", "level"])
def test_themes_look_as_on_the_map(theme):
    text = (SCRIPT / "themes.js").read_text(encoding="utf-8")
    named = {"QUIET": ("#9db0b8", ""), "UNKNOWN": ("#ffffff", ""), "BLANK": ("#ffffff", "square")}
    for name, (fill, _) in named.items():
        assert re.search(rf'{name} = look\("{fill}"', text)
    body = re.search(rf"\n    {theme}: \{{\n      classes: \{{(.*?)\n      \}},", text, re.DOTALL)[1]
    looked = re.findall(r'"?([\w-]+)"?: (?:look\("(#\w+)"(?:, (?:"(\w+)"|undefined))?|(QUIET|UNKNOWN|BLANK))', body)
    script = {key: named[name] if name else (fill, shape) for key, fill, shape, name in looked}
    assert script == {key: (one.fill, one.shape) for key, one in looks.looks()[theme].items()}
