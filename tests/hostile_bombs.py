"""Small files that unpack to, or promise, far more than any map, raster, layer or table holds."""

from __future__ import annotations

import bz2
import gzip
import json
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST = 32 << 20  # bytes a block of a PBF may unpack to


def number(value: int) -> bytes:
    """Return a whole number as protocol buffers have it: seven bits a byte, the lowest first."""
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def field(key: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return number(key << 3) + number(value)
    return number(key << 3 | 2) + number(len(value)) + value


def blob(kind: bytes, content: bytes, *, claimed: int | None = None, size: int | None = None) -> bytes:
    """Return a packed block; `claimed`: the bytes it says to unpack to; `size`: those its header says it has."""
    body = field(2, len(content) if claimed is None else claimed) + field(3, zlib.compress(content, 9))
    header = field(1, kind) + field(3, len(body) if size is None else size)
    return len(header).to_bytes(4, "big") + header + body


HEADER = blob(b"OSMHeader", field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes"))


def nodes(count: int, *, step: int = 1, place: bytes = b"\0", more: bytes = b"") -> bytes:
    """Return an unpacked block of so many nodes, each `step` in its number and `place` in degrees from the last."""
    dense = field(1, number(zigzag(step)) * count) + field(8, place * count) + field(9, place * count)
    return field(1, field(1, b"")) + field(2, field(2, dense)) + more


def pbf(path: Path, *blocks: bytes) -> Path:
    path.write_bytes(HEADER + b"".join(blocks))
    return path


def _way(count: int) -> bytes:
    tags = field(1, field(1, b"") + field(1, b"highway") + field(1, b"primary"))
    way = field(1, 1) + field(2, number(1)) + field(3, number(2)) + field(8, b"\2" * count)
    return tags + field(2, field(3, way))


MAPS = {
    "a block of 2 GB": lambda: blob(b"OSMData", b"x", size=1 << 31),
    "a header of 4 GB": lambda: b"\xff\xff\xff\xff" + b"x" * 100,
    "a block that unpacks to 1 GB": lambda: blob(b"OSMData", bytes(1 << 30), claimed=100),
    "a block that says it unpacks to 4 GB": lambda: blob(b"OSMData", nodes(10), claimed=1 << 32),
    "300 blocks of 30 MB each": lambda: blob(b"OSMData", field(1, field(1, bytes([97]) * (30 << 20)))) * 300,
    "16 million names": lambda: blob(b"OSMData", field(1, field(1, b"") * (15 << 20))) * 20,
    "10 million nodes": lambda: blob(b"OSMData", nodes(10_000_000)),
    "a milliard nodes": lambda: blob(b"OSMData", nodes(10_000_000)) * 100,
    "nodes far from one another": lambda: blob(b"OSMData", nodes(3_000_000, step=1 << 40)),
    "places beyond the Earth": lambda: blob(b"OSMData", nodes(100_000, place=number(zigzag(1 << 60)))),
    "degrees of a size that is none": lambda: blob(
        b"OSMData", nodes(1000, more=field(17, (1 << 31) - 1) + field(19, 1 << 62) + field(20, 1 << 62))
    ),
    "a way of 30 million places": lambda: blob(b"OSMData", nodes(1)) + blob(b"OSMData", _way(30_000_000)),
    "10 million empty groups": lambda: blob(b"OSMData", field(1, field(1, b"")) + field(2, b"") * 10_000_000) * 10,
}


def _laughs() -> bytes:
    told = "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    return f'<!DOCTYPE o [<!ENTITY a "{"a" * 1000}">{told}]><osm version="0.6"><node id="1" v="&i;"/></osm>'.encode()


def _nodes_in_xml(count: int) -> Iterator[bytes]:
    yield b'<osm version="0.6">'
    for at in range(0, count, 100_000):
        yield b"".join(b'<node id="%d" lat="5" lon="6"/>' % one for one in range(at + 1, at + 100_001))
    yield b"</osm>"


XML = {
    "laughs": ("m.osm", _laughs),
    "laughs, packed": ("m.osm.gz", lambda: gzip.compress(_laughs())),
    "3 GB of spaces": (
        "m.osm.bz2",
        lambda: bz2.compress(b"<osm>" + b" " * (1 << 20)) + bz2.compress(b"<a/>" * (1 << 20)) * 750,
    ),
    "2 million nodes": ("m.osm.gz", lambda: gzip.compress(b"".join(_nodes_in_xml(2_000_000)), 1)),
    "deep in one another": ("m.osm", lambda: b'<osm version="0.6">' + b"<way>" * 3_000_000),
}


def tif(
    path: Path, *, width: int, height: int, side: int, packed: bytes, size: tuple[float, float] = (0.01, 0.01),
    at: tuple[float, float] = (60.0, 50.0),
) -> Path:  # fmt: skip
    """Write a GeoTIFF of tiles that are all one and the same packed piece of the file."""
    count = -(-width // side) * -(-height // side)
    short, long, double = (3, "<H"), (4, "<I"), (12, "<d")
    end = 8 + 2 + 15 * 12 + 4

    def entry(tag, kind, *values):
        nonlocal end, extra
        raw = b"".join(struct.pack(kind[1], one) for one in values)
        if len(raw) > 4:
            extra, raw = extra + raw, struct.pack("<I", end + len(extra))
        return struct.pack("<HHI", tag, kind[0], len(values)) + raw.ljust(4, b"\0")

    extra = b""
    keys = (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326)
    sizes = 2 * 4 * count * (count > 1) + 3 * 8 + 6 * 8 + 2 * len(keys)
    begins = end + sizes
    entries = [
        entry(256, long, width), entry(257, long, height), entry(258, short, 32), entry(259, short, 8),
        entry(262, short, 1), entry(277, short, 1), entry(284, short, 1), entry(322, long, side),
        entry(323, long, side), entry(324, long, *[begins] * count), entry(325, long, *[len(packed)] * count),
        entry(339, short, 3), entry(33550, double, *size, 0), entry(33922, double, 0, 0, 0, *at, 0),
        entry(34735, short, *keys),
    ]  # fmt: skip
    path.write_bytes(b"II*\0" + struct.pack("<IH", 8, 15) + b"".join(entries) + bytes(4) + extra + packed)
    return path


def _zeros(cells: int) -> bytes:
    made = zlib.compressobj(9)
    out = [made.compress(bytes(1 << 20)) for _ in range(cells * 4 >> 20)]
    return b"".join(out) + made.flush()


_TILE = {"width": 48, "height": 32, "side": 16}
RASTERS = {
    "a raster of 4 milliard by 4 milliard cells": lambda: {
        "width": (1 << 31) - 16, "height": (1 << 31) - 16, "side": 1 << 30, "packed": _zeros(256),
    },
    "one tile of a milliard cells": lambda: {
        "width": 32768, "height": 32768, "side": 32768, "packed": _zeros(1 << 28), "size": (0.0001, 0.0001),
    },
    "tiles of 16 milliard cells, all one": lambda: {
        "width": 130_000, "height": 130_000, "side": 4096, "packed": _zeros(4096 * 4096), "size": (0.0001, 0.0001),
    },
    "a tile that unpacks to 1 GB": lambda: _TILE | {"packed": _zeros(1 << 28)},
    "tiles of 4 cells": lambda: {"width": 30_000, "height": 1600, "side": 16, "packed": zlib.compress(b"", 9)},
    "cells of no size": lambda: _TILE | {"packed": _zeros(256), "size": (0.0, 0.0)},
    "cells of 1e300 degrees": lambda: _TILE | {"packed": _zeros(256), "size": (1e300, 1e300)},
    "cells of no number": lambda: _TILE | {"packed": _zeros(256), "size": (float("nan"), float("inf"))},
    "a place of no number": lambda: _TILE | {"packed": _zeros(256), "at": (float("nan"), float("-inf"))},
    "a place beyond the Earth": lambda: _TILE | {"packed": _zeros(256), "at": (1e18, -1e18)},
}  # fmt: skip

TOML = {
    "100 MB": lambda: b"a = 1 # " + b"x" * 100_000_000,
    "a list 900,000 deep": lambda: b"seed = " + b"[" * 900_000,
    "tables 200,000 deep": lambda: b"seed = " + b"{a=" * 200_000,
    "900,000 dots": lambda: b"a" + b".a" * 450_000 + b" = 1",
    "tables of many parts": lambda: b"".join(b"[a%d.b.c.d]\n" % one for one in range(60_000)),
    "a number of 900,000 digits": lambda: b"seed = " + b"9" * 900_000,
    "one list of 400,000": lambda: b"seed = [" + b"1," * 400_000 + b"]",
    "quotes that do not end": lambda: b'seed = """' + b'\\"' * 400_000,
    "900,000 dates": lambda: b"seed = [" + b"2026-01-01," * 80_000 + b"]",
}


def _feature(shape: str) -> bytes:
    told = (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "X"}, "geometry": %s}]}'
    )
    return (told % shape).encode()


def _comb(count: int) -> str:
    """Return a polygon whose edges cross one another every way: a star of so many points."""
    import math

    points = [[60 + math.cos(2.0 * one), 50 + math.sin(2.0 * one)] for one in range(count)]
    return json.dumps({"type": "Polygon", "coordinates": [[*points, points[0]]]})


LAYERS = {
    "lists in lists": lambda: _feature('{"type": "Polygon", "coordinates": ' + "[" * 3_000_000),
    "5 million points": lambda: _feature(
        '{"type": "MultiPoint", "coordinates": [' + "[60,50]," * 5_000_000 + "[60,50]]}"
    ),
    "a star of 3,000 points": lambda: _feature(_comb(3000)),
    "collections in collections": lambda: _feature(
        '{"type": "GeometryCollection", "geometries": [' * 20_000 + "]}" * 20_000
    ),
    "100,000 properties": lambda: _feature("null").replace(
        b'"name": "X"', b",".join(b'"p%d": 1' % one for one in range(100_000))
    ),
    "a text of 50 MB": lambda: _feature("null").replace(b'"X"', b'"' + b"x" * 50_000_000 + b'"'),
}
