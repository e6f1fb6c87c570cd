"""Shapes of map objects, as the reading library makes them."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def _factory() -> tuple[Any, tuple[type[Exception], ...]]:
    import osmium

    return osmium.geom.WKBFactory(), (RuntimeError, osmium.InvalidLocationError)


def line(way: Any) -> bytes | None:
    """Return a way as WKB, or None when it is cut at the edge of the extract."""
    make, refused = _factory()
    try:
        return bytes.fromhex(make.create_linestring(way))
    except refused:
        return None


def polygon(area: Any) -> bytes | None:
    """Return an area as WKB, or None when its rings do not close."""
    make, refused = _factory()
    try:
        return bytes.fromhex(make.create_multipolygon(area))
    except refused:
        return None
