"""A drawing of lines, areas and words that stands by itself, and as SVG: the same one goes into a page and into a PDF.

Places are in points from the upper left corner, y down. An SVG loads nothing and runs nothing, whatever a word holds.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from schoolnet.output.looks import Look, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Point = tuple[float, float]
#: Characters an XML file cannot hold.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Path(NamedTuple):
    """A line, or an area of one or more rings (a ring inside another is a hole).

    Attributes
    ----------
    rings
        Places of each line or ring.
    fill, edge
        Colours `#rrggbb`; an area has a fill, an empty edge is not drawn.
    width
        Width of the edge.
    dash
        The edge is broken.
    closed
        Rings, not lines.
    """

    rings: tuple[tuple[Point, ...], ...]
    fill: str = ""
    edge: str = ""
    width: float = 1.0
    dash: bool = False
    closed: bool = False


class Disc(NamedTuple):
    """A round mark."""

    x: float
    y: float
    radius: float
    fill: str
    edge: str = ""
    dash: bool = False


class Label(NamedTuple):
    """A line of words; `anchor`: start, middle or end; `halo`: a white edge keeps it legible over lines."""

    x: float
    y: float
    text: str
    size: float = 8.0
    anchor: str = "start"
    bold: bool = False
    halo: bool = False
    colour: str = "#1d2327"


Item = Path | Disc | Label


class Scene(NamedTuple):
    """A drawing: its size, what it shows in words, and what is drawn, the last on top."""

    width: float
    height: float
    title: str
    items: tuple[Item, ...]


def line(points: Sequence[Point], edge: str, *, width: float = 1.0, dash: bool = False) -> Path:
    """Return a line through places."""
    return Path((tuple(points),), edge=edge, width=width, dash=dash)


def box(x: float, y: float, width: float, height: float, fill: str, edge: str = "") -> Path:
    """Return a rectangle by its upper left corner and size."""
    return Path((((x, y), (x + width, y), (x + width, y + height), (x, y + height)),), fill, edge, 0.5, closed=True)


def mark(x: float, y: float, radius: float, look: Look) -> Item:
    """Return the mark of a look at a place."""
    edge = look.edge or "#ffffff"
    if not look.shape:
        return Disc(x, y, radius, look.fill, edge, look.dash)
    ring = tuple((x + dx * radius, y + dy * radius) for dx, dy in shapes()[look.shape])
    return Path((ring,), look.fill, edge, 0.4, look.dash, closed=True)


def svg(scene: Scene) -> str:
    """Return a drawing as one SVG element that scales to the width it is given."""
    size = f"{scene.width:g} {scene.height:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" '
        f'aria-label="{_safe(scene.title)}" font-family="sans-serif" style="max-width:100%;height:auto" '
        f'width="{scene.width:g}" height="{scene.height:g}"><title>{_safe(scene.title)}</title>'
        f"{''.join(_drawn(scene.items))}</svg>"
    )


def _drawn(items: Sequence[Item]) -> Iterator[str]:
    for one in items:
        if isinstance(one, Label):
            yield _word(one)
        elif isinstance(one, Disc):
            paint = f'fill="{one.fill}"' + _edge(one.edge, 0.4, dash=one.dash)
            yield f'<circle cx="{one.x:.1f}" cy="{one.y:.1f}" r="{one.radius:.1f}" {paint}/>'
        else:
            end = "z" if one.closed else ""
            steps = "".join(f"M{'L'.join(f'{x:.1f},{y:.1f}' for x, y in ring)}{end}" for ring in one.rings)
            paint = f'fill="{one.fill or "none"}" fill-rule="evenodd"' + _edge(one.edge, one.width, dash=one.dash)
            yield f'<path d="{steps}" {paint}/>'


def _edge(colour: str, width: float, *, dash: bool) -> str:
    if not colour:
        return ""
    return f' stroke="{colour}" stroke-width="{width:g}"' + (' stroke-dasharray="3 2"' if dash else "")


def _word(one: Label) -> str:
    more = ' font-weight="bold"' if one.bold else ""
    more += ' paint-order="stroke" stroke="#ffffff" stroke-width="2"' if one.halo else ""
    at = f'x="{one.x:.1f}" y="{one.y:.1f}" font-size="{one.size:g}" text-anchor="{one.anchor}" fill="{one.colour}"'
    return f"<text {at}{more}>{_safe(one.text)}</text>"


def _safe(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text))
