"""Small worlds drawn at random: crooked grids of roads, rivers as lines and areas, lakes with islands, marks."""

from __future__ import annotations

import itertools
import math
import random

import pandas as pd
import shapely
import shapely.ops
from hypothesis import Phase
from hypothesis import strategies as st

import conftest
from worlds import road, world

CELL = 600
KINDS = ("track", "track", "residential", "tertiary", "secondary", "footway")
MARKS = ("bridge", "bridge", "dam", "tunnel", "ford", "ferry", "ice_road")

#: A seed of a world; there is nothing to shrink in a seed.
SEEDS = st.integers(0, 10**9)


def worlds(count):
    """Return the settings of a test on so many worlds (a third of them in a quick run)."""
    return conftest.deep(count, derandomize=True, phases=(Phase.explicit, Phase.generate))


def draw(seed):
    """Return a region: 4 x 4 crossroads or so, up to four waters, five homes, three schools, some built-up areas."""
    luck = random.Random(seed)  # noqa: S311 - a drawing, no secret
    wide, high = luck.randint(3, 4), luck.randint(3, 4)
    waters = _waters(luck, wide * CELL, high * CELL)
    net = _net(luck, wide, high, [shape for *_, shape in waters])
    homes = {f"h{at}": _spot(luck, wide, high) for at in range(luck.randint(3, 5))}
    where = [*homes, None]
    schools = {f"s{at}": (_spot(luck, wide, high), luck.choice(where)) for at in range(luck.randint(1, 3))}
    areas = {key: _lonlat(_quarters(luck, *homes[key])) for key in homes if luck.random() < 0.4}
    water = [(kind, name, _lonlat(shape)) for kind, name, shape in waters]
    region = world(homes, net, water, schools, areas)
    levels = [luck.choice(["primary", "basic", "secondary", "secondary"]) for _ in schools]
    region.schools["level"] = pd.array(levels, dtype="str")
    return region


def choices(seed):
    """Return the options of a world."""
    luck = random.Random(-seed - 1)  # noqa: S311 - a drawing, no secret
    return {
        "way": luck.choice(["walk", "walk", "drive"]),
        "lake_round": luck.choice(["yes", "yes", "no"]),
        "canal_water": luck.choice(["no", "yes"]),
    }


def _lonlat(shape):
    return shapely.transform(shape, lambda xy: xy / [conftest.METRES_PER_DEGREE_EAST, conftest.METRES_PER_DEGREE_NORTH])


def _spot(luck, wide, high):
    return luck.uniform(-200, (wide - 1) * CELL + 200), luck.uniform(-200, (high - 1) * CELL + 200)


def _quarters(luck, x, y):
    """Return a built-up area: one quarter or two, which a river may part."""
    here = shapely.Point(x, y).buffer(luck.uniform(50, 400), quad_segs=3)
    if luck.random() < 0.5:
        return here
    there = shapely.Point(x + luck.uniform(-600, 600), y + luck.uniform(-600, 600))
    return here.union(there.buffer(luck.uniform(30, 300), quad_segs=3))


def _waters(luck, width, height):
    out = []
    for name in ("Taza", "Ashy")[: luck.randint(1, 2)]:
        upright = luck.random() < 0.7
        span, length = (width, height) if upright else (height, width)
        middle = luck.uniform(0.1, 0.8) * span
        at = [(middle + luck.uniform(-150, 150), -700 + step * (length + 1400) / 7) for step in range(8)]
        course = shapely.LineString(at if upright else [(y, x) for x, y in at])
        drawn = luck.choice(["line", "area", "both", "nameless", "pieces"])
        if drawn == "pieces":
            half = luck.randint(2, 5)
            parts = [shapely.LineString(course.coords[: half + 1]), shapely.LineString(course.coords[half:])]
            out += [("river", name, part) for part in parts]
        if drawn in ("line", "both", "nameless"):
            out.append((luck.choice(["river", "river", "river", "canal"]), name, course))
        if drawn in ("area", "both", "nameless"):
            area = course.buffer(luck.uniform(5, 60), quad_segs=2)
            out.append(("river", None if drawn == "nameless" else name, area))
    if luck.random() < 0.7:
        x, y, size = luck.uniform(0, width), luck.uniform(0, height), luck.uniform(150, 500)
        turns = [2 * math.pi * step / 9 for step in range(9)]
        shore = shapely.Polygon(
            [(x + size * luck.uniform(0.7, 1.2) * math.cos(turn), y + size * luck.uniform(0.7, 1.2) * math.sin(turn))
             for turn in turns]
        ).buffer(0)  # fmt: skip
        if luck.random() < 0.5:
            shore = shore.difference(shapely.Point(x, y).buffer(size * 0.4, quad_segs=2))
        out.append(("lake", luck.choice(["Aina", None]), shore))
    luck.shuffle(out)
    return out


def _net(luck, wide, high, waters):
    place = {
        (i, j): (i * CELL + luck.uniform(-150, 150), j * CELL + luck.uniform(-150, 150))
        for i, j in itertools.product(range(wide), range(high))
    }
    wet = shapely.union_all(waters) if waters else shapely.Point()
    net = []
    for (i, j), step in itertools.product(place, ((1, 0), (0, 1))):
        there = (i + step[0], j + step[1])
        if there in place and luck.random() < 0.85:
            net += _street(luck, place[i, j], place[there], wet)
            if luck.random() < 0.1:  # a second street between the same crossroads
                net += _street(luck, place[i, j], place[there], wet)
    if luck.random() < 0.4:
        x, y = place[0, 0]
        net.append(road("", (x, y), (x - 200, y - 90), (x - 260, y + 170), (x, y)))
    if luck.random() < 0.4:
        x, y = _spot(luck, wide, high)
        net.append(road("", (x, y), (x + luck.uniform(-300, 300), y + luck.uniform(50, 300))))
    return net


def _street(luck, a, b, wet):
    """Return a street with a bend; where it gets over water, with a mark on the whole, on a short piece, or none."""
    cells = {"kind": luck.choice(KINDS), "oneway": luck.choice([""] * 8 + ["forward", "backward"])}
    cells["drive"] = cells["kind"] != "footway"
    cells["walk"] = luck.random() > 0.05 or not cells["drive"]
    if luck.random() < 0.15:
        cells["maxspeed_kmh"] = float(luck.choice([5, 20, 60]))
    bend = ((a[0] + b[0]) / 2 + luck.uniform(-120, 120), (a[1] + b[1]) / 2 + luck.uniform(-120, 120))
    course = shapely.LineString([a, bend, b])
    over = course.intersection(wet)
    how = luck.random()
    if over.is_empty or how < 0.25:
        mark = luck.choice(MARKS) if luck.random() < 0.04 else ""
        return [road(mark, *course.coords, **cells)]
    if how < 0.5:
        return [road(luck.choice(MARKS), *course.coords, **cells)]
    first = course.project(shapely.Point(shapely.get_coordinates(over)[0]))
    last = course.project(shapely.Point(shapely.get_coordinates(over)[-1]))
    begin = min(first, last) - luck.uniform(-45, 30)
    end = max(first, last) + luck.uniform(-45, 30) if luck.random() < 0.8 else begin + 20
    cuts = sorted({min(max(begin, 1.0), course.length - 2.0), min(max(end, 2.0), course.length - 1.0)})
    stops = [0.0, *cuts, course.length]
    marks = ["", luck.choice(MARKS), ""] if len(cuts) == 2 else ["", ""]
    pieces = [shapely.ops.substring(course, s, e) for s, e in itertools.pairwise(stops)]
    return [road(mark, *piece.coords, **cells) for mark, piece in zip(marks, pieces, strict=True)]
