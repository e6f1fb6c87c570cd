"""Styles of QGIS as XML (QML): classes of marks, lines or areas with their words, and labels.

Symbols are written with `prop` elements, which QGIS 3 of every age reads; a shape QGIS has no name for travels inside
as a drawing (QGIS 3.6 and later).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from schoolnet.output.looks import Look, shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION = "3.22.0"
_MM = 0.2646  # millimetres a pixel at 96 to the inch
_MARK, _QUIET = 2.6, 1.4  # millimetres across
_EXPRESSION = 3  # a property by expression, as QGIS counts kinds of properties
#: Shapes QGIS draws itself, with their turn in degrees.
_NATIVE = {
    "": ("circle", 0),
    "triangle": ("triangle", 0),
    "down": ("triangle", 180),
    "diamond": ("diamond", 0),
    "hexagon": ("hexagon", 30),
    "square": ("square", 0),
}
#: Kinds of geometry, as QGIS numbers them.
KINDS = {"marker": 0, "line": 1, "fill": 2}


class Class(NamedTuple):
    """One class of a style: the value that falls in it, its word for people, its look."""

    value: str
    label: str
    look: Look


class Style(NamedTuple):
    """One style of a layer.

    Attributes
    ----------
    layer
        Table of the GeoPackage.
    name
        What the style shows, in words.
    kind
        marker, line or fill.
    value
        Column, or expression of columns, that the classes are values of; empty: one look for all.
    classes
        The first lies on top; one alone when `value` is empty.
    label
        Expression of the names put beside the places; empty: none.
    from_scale
        Labels are shown from this scale on (1 to so many).
    size, offset
        Expressions of a mark's size and place aside, millimetres; empty: as the look has it.
    """

    layer: str
    name: str
    kind: str
    value: str
    classes: tuple[Class, ...]
    label: str = ""
    from_scale: int = 0
    size: str = ""
    offset: str = ""


def qml(style: Style) -> str:
    """Return a style as the text QGIS keeps in `layer_styles`; equal styles give equal text."""
    root = ET.Element("qgis", version=_VERSION, styleCategories="Symbology|Labeling")
    kind = "categorizedSymbol" if style.value else "singleSymbol"
    renderer = ET.SubElement(
        root, "renderer-v2", type=kind, symbollevels="1" if style.value else "0", enableorderby="0", forceraster="0"
    )
    if style.value:
        renderer.set("attr", style.value)
        categories = ET.SubElement(renderer, "categories")
        for at, one in enumerate(style.classes):
            cells = {"value": one.value, "label": one.label, "symbol": str(at), "render": "true", "type": "string"}
            ET.SubElement(categories, "category", cells)
    symbols = ET.SubElement(renderer, "symbols")
    for at, one in enumerate(style.classes):
        _symbol(symbols, style, one.look, at)
    if style.label:
        _labels(root, style)
    ET.SubElement(root, "layerGeometryType").text = str(KINDS[style.kind])
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _symbol(symbols: ET.Element, style: Style, look: Look, at: int) -> None:
    symbol = ET.SubElement(symbols, "symbol", type=style.kind, name=str(at), alpha="1", clip_to_extent="1")
    name, props = _drawn(style.kind, look)
    above = len(style.classes) - 1 - at  # the first class lies on top
    layer = ET.SubElement(symbol, "layer", {"class": name, "enabled": "1", "locked": "0", "pass": str(above)})
    for key, value in props.items():
        ET.SubElement(layer, "prop", k=key, v=value)
    by = {"size": "" if look.quiet else style.size, "offset": style.offset}
    _by_expression(layer, {key: text for key, text in by.items() if text})


def _drawn(kind: str, look: Look) -> tuple[str, dict[str, str]]:
    edge = _colour(look.edge or "#ffffff")
    dash = "dash" if look.dash else "solid"
    if kind == "line":
        width = f"{look.width * _MM:.2f}"
        props = {"line_color": edge, "line_style": dash, "line_width": width, "line_width_unit": "MM"}
        return "SimpleLine", props | {"capstyle": "round", "joinstyle": "round"}
    outline = {"outline_color": edge, "outline_style": dash, "outline_width_unit": "MM"}
    if kind == "fill":
        fill = {"color": _colour(look.fill or "#ffffff"), "style": "solid" if look.fill else "no"}
        return "SimpleFill", fill | outline | {"outline_width": f"{look.width * _MM:.2f}"}
    size = {"size": f"{_QUIET if look.quiet else _MARK:g}", "size_unit": "MM", "outline_width": "0.2"}
    colour = {"color": _colour(look.fill)}
    if look.shape in _NATIVE:
        name, turn = _NATIVE[look.shape]
        return "SimpleMarker", colour | outline | size | {"name": name, "angle": str(turn)}
    return "SvgMarker", colour | outline | size | {"name": f"base64:{_svg(look.shape)}"}


def _svg(shape: str) -> str:
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in shapes()[shape])
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" viewBox="-1.6 -1.6 3.2 3.2">'
        f'<polygon points="{points}" fill="param(fill)" stroke="param(outline)" stroke-width="0.25"/></svg>'
    )
    return base64.b64encode(text.encode()).decode()


def _by_expression(parent: ET.Element, properties: Mapping[str, str]) -> None:
    """Add properties that are worked out for each feature."""
    if not properties:
        return
    outer = _map(ET.SubElement(parent, "data_defined_properties"))
    _option(outer, "name", "", "QString")
    inner = _map(outer, "properties")
    for key, expression in properties.items():
        one = _map(inner, key)
        _option(one, "active", "true", "bool")
        _option(one, "expression", expression, "QString")
        _option(one, "type", str(_EXPRESSION), "int")
    _option(outer, "type", "collection", "QString")


def _map(parent: ET.Element, name: str = "") -> ET.Element:
    return ET.SubElement(parent, "Option", {"type": "Map"} | ({"name": name} if name else {}))


def _option(parent: ET.Element, name: str, value: str, kind: str) -> None:
    ET.SubElement(parent, "Option", name=name, value=value, type=kind)


def _labels(root: ET.Element, style: Style) -> None:
    settings = ET.SubElement(ET.SubElement(root, "labeling", type="simple"), "settings", calloutType="simple")
    text = {
        "fieldName": style.label, "isExpression": "1", "fontFamily": "Open Sans", "fontSize": "8",
        "fontSizeUnit": "Point", "textColor": _colour("#2b2b2b"), "textOpacity": "1", "multilineHeight": "1",
    }  # fmt: skip
    written = ET.SubElement(settings, "text-style", text)
    halo = {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM", "bufferColor": _colour("#ffffff")}
    ET.SubElement(written, "text-buffer", halo | {"bufferOpacity": "1", "bufferNoFill": "0"})
    around = {"placement": "6" if style.kind == "marker" else "1", "dist": "0.5", "distUnits": "MM", "priority": "5"}
    ET.SubElement(settings, "placement", around)
    scale = {"scaleVisibility": "1", "scaleMin": "1", "scaleMax": str(style.from_scale)} if style.from_scale else {}
    ET.SubElement(settings, "rendering", scale | {"drawLabels": "1", "displayAll": "0", "obstacle": "1"})


def _colour(code: str) -> str:
    """Return `#rrggbb` as QGIS writes a colour: red, green, blue, and wholly there."""
    return ",".join([*(str(int(code[at : at + 2], 16)) for at in (1, 3, 5)), "255"])


def expression(cases: Sequence[tuple[str, str]], other: str) -> str:
    """Return an expression of QGIS (and of SQL): the value of the first condition that holds, else another."""
    whens = " ".join(f"WHEN {condition} THEN {value}" for condition, value in cases)
    return f"CASE {whens} ELSE {other} END"
