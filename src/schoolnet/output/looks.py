"""How things look: colours, shapes and widths by group and class, read from looks.toml."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Ring = tuple[tuple[float, float], ...]
#: Points of a star: as on the map, every other one nearer.
_STAR = tuple(
    (reach * math.sin(math.pi / 5 * at), -reach * math.cos(math.pi / 5 * at))
    for at, reach in enumerate([1.45, 0.6] * 5)
)


class Look(NamedTuple):
    """How one class is drawn.

    Attributes
    ----------
    fill, edge
        Colours, `#rrggbb`; empty: none (a mark without an edge has a white one).
    shape
        Name in `shapes`; empty: a circle, or the thing is no point.
    width
        Width of a line in pixels.
    dash
        The line or edge is broken.
    quiet
        Drawn small: there is nothing to see to.
    """

    fill: str = ""
    shape: str = ""
    edge: str = ""
    width: float = 1.0
    dash: bool = False
    quiet: bool = False


@cache
def looks() -> Mapping[str, Mapping[str, Look]]:
    """Return the looks by group (`verdict`, `action`, `ground`, …) and class, the class that lies on top first."""
    groups = {name: rows for name, rows in _file().items() if name != "shape"}
    return {
        group: {str(key): Look(**cells) for key, cells in rows.items()} for group, rows in groups.items()
    }  # fmt: skip


@cache
def shapes() -> Mapping[str, Ring]:
    """Return the rings of shapes by name: points about (0, 0), within 1.5 of it, y down."""
    rings = {name: tuple((float(x), float(y)) for x, y in ring) for name, ring in _file()["shape"].items()}
    return {**rings, "star": _STAR}


@cache
def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files(__package__).joinpath("looks.toml").read_text(encoding="utf-8"))
