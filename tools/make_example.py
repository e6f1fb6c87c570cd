"""Make the embedded example: a fictional oblast, its layers and its school register.

Usage: python tools/make_example.py [FOLDER]        (FOLDER is data/ unless given)

Writes boundaries/example/*.geojson, schools/{example,template,settlements-template}.csv and a README.md beside each.
Everything is drawn from one seed: a second run writes the same bytes. Nothing in it stands for a real place.

How: an outline and its waters are drawn in kilometres on a plane; settlements are set on it, some by hand
so that each ill of a school network is to be seen; a mesh of triangles that crosses water only at bridges
and fords carries the roads (least cost; a road once built draws the next), which are then smoothed; schools
follow the children.

The file is long: it tells one story with its own words (names, reasons, readmes), and nothing else uses
them.
"""

from __future__ import annotations

import csv
import itertools
import math
import re
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyproj
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, cKDTree
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.ops import polygonize, split, substring, unary_union

from schoolnet import schema, tables
from schoolnet.people import HEADCOUNTS
from schoolnet.region import Region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry

Rng = np.random.Generator
Spot = tuple[float, float]
Row = dict[str, object]
Roads = tuple[list[Row], list[LineString]]

SEED = 990_000_000
SCHOOLS = 110
CENTRE = "+proj=laea +lat_0=49.75 +lon_0=67 +datum=WGS84 +units=km +no_defs"
NAMES = {
    "name": "Алтынсай облысы (ойдан шығарылған)",
    "kk": "Алтынсай облысы (ойдан шығарылған)",
    "ru": "Алтынсайская область (вымышленная)",
    "en": "Altynsai Region (fictional)",
}
CHILDREN_PER_HEAD = 0.19
LONG_LAKE_TURN = 1.2
LAKE_ROLES = ("across the lake", "lake shore")
BAND_SHARE = dict(zip(tables.BANDS, (4 / 11, 5 / 11, 0.9 * 2 / 11), strict=True))


# --- the land ---


class Crossing(NamedTuple):
    """A bridge or ford: its two ends, on the left and on the right bank of the water as drawn."""

    kind: str
    left: Spot
    right: Spot


@dataclass(frozen=True)
class Land:
    """Outline, rivers, lakes and the places where roads get over; kilometres on a plane."""

    outline: Polygon
    river: LineString
    tributary: LineString
    lakes: tuple[Polygon, Polygon]
    crossings: tuple[Crossing, ...]

    @cached_property
    def water(self) -> BaseGeometry:
        """Rivers and lakes, islands counted as water."""
        filled = [Polygon(lake.exterior) for lake in self.lakes]
        return unary_union([self.river, self.tributary, *filled])

    @cached_property
    def banks(self) -> tuple[Polygon, Polygon]:
        """The land north and the land south of the main river."""
        halves = split(shapely.box(-104, -104, 104, 104), self.river).geoms
        north, south = sorted(halves, key=lambda half: -half.centroid.y)
        return north, south

    @property
    def ford(self) -> Crossing:
        return next(one for one in self.crossings if one.kind == "ford")

    def dry(self, spot: Spot, gap: float) -> bool:
        """Say whether a spot is inside the oblast and that far from any water."""
        point = Point(spot)
        return self.outline.contains(point) and self.water.distance(point) >= gap


def waves(rng: Rng, angle: np.ndarray, size: float, orders: range) -> np.ndarray:
    """Return a smooth random swing over the angle: lower orders swing more."""
    turns = [rng.normal(0, size / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in orders]
    return np.sum(turns, axis=0)


def blob(rng: Rng, centre: Spot, half: Spot, *, turn: float = 0.0, size: float = 0.12, points: int = 90) -> Polygon:
    """Return an irregular but smooth oval around the centre."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = 1 + waves(rng, angle, size, range(2, 11))
    along = (half[0] * radius * np.cos(angle) + 1j * half[1] * radius * np.sin(angle)) * np.exp(1j * turn)
    return Polygon(np.c_[along.real + centre[0], along.imag + centre[1]])


def winding(rng: Rng, start: Spot, end: Spot, swing: float) -> np.ndarray:
    """Return a meandering course from start to end, a vertex about every 0.6 km."""
    ends = complex(*start), complex(*end)
    count = int(1.35 * abs(ends[1] - ends[0]) / 0.6)
    along = np.arange(count) * 0.6
    heading = np.zeros(count)
    for length, share in ((31, 0.8), (11, 0.8), (5, 0.35)):
        phase = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.09, count))
        heading += swing * share * np.sin(2 * np.pi * along / length + phase)
    course = np.cumsum(np.exp(1j * heading))
    course = ends[0] + (course - course[0]) * (ends[1] - ends[0]) / (course[-1] - course[0])
    return np.c_[course.real, course.imag]


def crossing_at(line: LineString, where: float, kind: str) -> Crossing:
    """Return a short straight way over the line, square to it."""
    before, at, after = (line.interpolate(where + step) for step in (-0.3, 0, 0.3))
    along = complex(after.x - before.x, after.y - before.y)
    side = 0.17j * along / abs(along)
    return Crossing(kind, (at.x + side.real, at.y + side.imag), (at.x - side.real, at.y - side.imag))


def along_at(line: LineString, x: float) -> float:
    """Return how far along the line its vertex nearest to that x lies."""
    course = shapely.get_coordinates(line)
    return float(line.project(Point(course[np.argmin(np.abs(course[:, 0] - x))])))


def make_land(rng: Rng) -> Land:
    outline = blob(rng, (0, 0), (101, 76), size=0.1, points=220)
    river = LineString(winding(rng, (-112, 14), (112, -8), 1.0))
    mouth = river.interpolate(along_at(river, -27))
    tributary = LineString(winding(rng, (-36, 55), (mouth.x, mouth.y), 0.8))
    meeting = min(tributary.project(Point(at)) for at in shapely.get_coordinates(tributary.intersection(river)))
    tributary = substring(tributary, 0, meeting)
    big = blob(rng, (-27, -41), (4.3, 3.7), turn=0.5)
    big = Polygon(big.exterior.coords, [blob(rng, (-27.2, -40.8), (0.55, 0.4), points=24).exterior.coords])
    long = blob(rng, (57, 27), (4.3, 1.5), turn=LONG_LAKE_TURN, size=0.1)
    crossings = [crossing_at(river, along_at(river, x), "bridge") for x in (-66, 3, 37, 75)]
    crossings.append(crossing_at(river, along_at(river, -42), "ford"))
    crossings += [crossing_at(tributary, tributary.length * share, "bridge") for share in (0.3, 0.78)]
    return Land(outline, river, tributary, (big, long), tuple(crossings))


def make_districts(rng: Rng, land: Land) -> list[Polygon | MultiPolygon]:
    """Return the districts around their middles, borders wavy, and last the city's own land."""
    *middles, city = [middle for *_, middle in DISTRICTS]
    town = blob(rng, city, (4.6, 3.9), points=60)
    around_all = land.outline.buffer(60)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(middles), extend_to=around_all, only_edges=True)
    edges = [wavy(rng, edge) for edge in shapely.get_parts(shapely.line_merge(cells))]
    lines = unary_union([land.outline.exterior, town.exterior, *edges])
    parts: list[list[Polygon]] = [[] for _ in DISTRICTS]
    for face in polygonize(lines):
        inner = face.representative_point()
        if land.outline.contains(inner):
            nearest = int(np.argmin([inner.distance(Point(middle)) for middle in middles]))
            parts[-1 if town.contains(inner) else nearest].append(face)
    return [unary_union(part) for part in parts]


def wavy(rng: Rng, edge: LineString) -> LineString:
    """Return the edge with its ends kept and its course swung sideways."""
    share = np.linspace(0, 1, max(3, int(edge.length / 1.5)))
    course = np.array([shapely.get_coordinates(edge.interpolate(one, normalized=True))[0] for one in share])
    along = course[-1] - course[0]
    side = np.array([-along[1], along[0]]) / np.hypot(*along)
    most = min(5.0, 0.08 * edge.length)
    off = np.sum([rng.normal(0, most / k) * np.sin(np.pi * k * share) for k in range(2, 12)], axis=0)
    off[[0, -1]] = 0  # neighbours meet in exactly the same point
    return LineString(course + np.outer(off, side))


# --- settlements ---


@dataclass
class Place:
    """One settlement while the oblast is being made."""

    spot: Spot
    kind: str
    people: int
    children: int
    role: str = ""  # the ill it shows, where set by hand
    level: str = ""  # level of its school; empty: no school
    known: str = "children"  # figures that are published: children (and people), people, none
    names: tuple[str, str, str] = ("", "", "")
    district: int = 0
    kato: str = ""
    place_id: str = ""

    @property
    def rural(self) -> bool:
        return self.kind not in ("city", "town")


TOWNS = (
    ((3.5, 8), "city", 40_000, "Алтынсай"),
    ((-58, 38), "town", 14_200, "Көктоғай"),
    ((44, 44), "town", 9_100, "Сарыдала"),
    ((64, -33), "town", 6_800, "Ұзынсай"),
    ((-9, -49), "town", 5_300, "Айдынкөл"),
    ((-66, -27), "village", 4_600, "Қызылбелес"),
    ((-12, 47), "town", 3_900, "Таскайнар"),
)
# by x of the river: children and level of the school on its north bank, and on its south bank ("": no school)
ACROSS = (
    (-64, (265, "secondary"), (31, "")),
    (-13, (118, "secondary"), (9, "")),
    (20, (72, "basic"), (57, "primary")),
    (37, (124, "secondary"), (19, "")),
    (55, (171, "secondary"), (88, "basic")),
    (79, (40, "primary"), (17, "")),
)
# children and level of villages that show a threshold or a surplus, and what they show
SHOWN = (
    (4, "", "threshold"),
    (5, "primary", "threshold"),
    (5, "", "threshold"),
    (40, "primary", "threshold"),
    (41, "basic", "threshold"),
    (80, "basic", "threshold"),
    (81, "secondary", "threshold"),
    (133, "basic", "level missing"),
    (97, "basic", "level missing"),
    (68, "primary", "level missing"),
    (30, "secondary", "surplus, 30 pupils"),
    (62, "secondary", "surplus"),
    (26, "basic", "surplus"),
    (7, "primary", "surplus"),
)
# direction and distance (share of the way to the border), children and level, what it shows
EDGE = (
    (-2.55, 0.86, (46, "primary"), "cut off"),
    (2.55, 0.93, (34, "secondary"), "protected"),
    (0.55, 0.92, (58, "secondary"), "protected"),
    (-0.75, 0.93, (9, "primary"), "protected"),
)


def heads(rng: Rng, children: int) -> int:
    """Return how many people live where so many children do."""
    return max(4, round(children / CHILDREN_PER_HEAD * rng.uniform(0.93, 1.07)))


def kids(rng: Rng, people: int) -> int:
    """Return how many children live where so many people do: under five where there are under 30 people."""
    children = round(people * CHILDREN_PER_HEAD * rng.uniform(0.86, 1.14))
    return children if people >= 30 else min(4, children)


def of_children(rng: Rng, spot: Spot, shown: tuple[int, str], role: str) -> Place:
    """Return a settlement with so many children and a school of that level, set by hand to show something."""
    children, level = shown
    people = heads(rng, children)
    return Place(spot, kind_of(people), people, children, role, level)


def of_people(rng: Rng, spot: Spot, people: int, role: str = "") -> Place:
    """Return a rural settlement with so many people."""
    return Place(spot, kind_of(people), people, kids(rng, people), role)


def kind_of(people: int) -> str:
    return "village" if people > 45 else "hamlet"


def around(rng: Rng, spot: Spot, low: float, high: float) -> Spot:
    """Return a spot that far from another one, in any direction."""
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(low, high)
    return spot[0] + far * math.cos(angle), spot[1] + far * math.sin(angle)


def first(tries: Iterable[Spot], good: Callable[[Spot], bool]) -> Spot:
    """Return the first spot that is good, of many drawn."""
    return next(spot for spot in itertools.islice(tries, 20_000) if good(spot))


def on_bank(rng: Rng, land: Land, origin: Spot, reach: Spot, *, bank: int, near: Spot | None = None) -> Spot:
    """Return a spot on one bank (0: north) of the river, so far from its origin, 0.7 km from any water."""

    def good(spot: Spot) -> bool:
        close = near is None or 1.6 < math.dist(spot, near) < 2.7
        return close and land.dry(spot, 0.7) and land.banks[bank].contains(Point(spot))

    return first((around(rng, origin, *reach) for _ in itertools.count()), good)


def by_the_river(rng: Rng, land: Land) -> list[Place]:
    """Return the villages whose nearest school is across the river, and those behind the ford."""
    made = []
    for x, north, south in ACROSS:
        at = land.river.interpolate(along_at(land.river, x))
        one = on_bank(rng, land, (at.x, at.y), (0.7, 1.2), bank=0)
        two = on_bank(rng, land, (at.x, at.y), (0.7, 1.2), bank=1, near=one)
        made += [of_children(rng, one, north, "north bank"), of_children(rng, two, south, "across the river")]
    near, far = land.ford.left, land.ford.right
    for end, reach, bank, shown in (
        (near, (0.7, 1.0), 0, (149, "secondary")),
        (far, (0.7, 1.0), 1, (24, "")),
        (far, (4.0, 5.5), 1, (65, "primary")),
    ):
        spot = on_bank(rng, land, end, reach, bank=bank)
        made.append(of_children(rng, spot, shown, "behind the ford" if bank else "north bank"))
    return made


def by_the_lakes(rng: Rng, land: Land) -> list[Place]:
    """Return the two villages with a lake between them, and the hamlet on the island."""
    big, long = land.lakes
    centre = complex(long.centroid.x, long.centroid.y)
    shores = []
    for side in (1j, -1j):
        ray = centre + side * np.exp(1j * LONG_LAKE_TURN) * np.arange(0.5, 9, 0.05)
        spots = ((float(one.real), float(one.imag)) for one in ray)
        shores.append(first(spots, lambda spot: land.water.distance(Point(spot)) > 0.9))
    island = Polygon(big.interiors[0]).centroid
    return [
        of_children(rng, shores[0], (33, ""), LAKE_ROLES[0]),
        of_children(rng, shores[1], (204, "secondary"), LAKE_ROLES[1]),
        Place((island.x, island.y), "hamlet", 20, 3, "cut off"),
    ]


def rim(land: Land, angle: float) -> Spot:
    """Return where the outline lies in a direction from the middle."""
    point = land.outline.exterior.intersection(LineString([(0, 0), (140 * math.cos(angle), 140 * math.sin(angle))]))
    return point.x, point.y


def at_the_edge(rng: Rng, land: Land) -> list[Place]:
    """Return the village without a road, and those by the border whose school is protected."""
    made = []
    for angle, share, shown, role in EDGE:
        x, y = rim(land, angle)
        made.append(of_children(rng, (share * x, share * y), shown, role))
    return made


class Ground:
    """Finds room for further settlements: dry, apart from the others, away from the scenes set by hand."""

    def __init__(self, land: Land, places: list[Place]) -> None:
        self.land = land
        self.places = places
        self.inner = land.outline.buffer(-4)
        centre = land.lakes[1].centroid
        self.kept_clear = [(land.ford.right, 9.0), ((centre.x, centre.y), 14.0)]
        self.kept_clear += [(one.spot, 9.0) for one in places if one.role == "cut off"]
        self.kept_clear += [(one.spot, 8.5) for one in places if one.role in ("north bank", "across the river")]
        self.kept_clear += [(one.spot, 6.0) for one in places if not one.rural]

    def free(self, spot: Spot, gap: float) -> bool:
        clear = all(math.dist(spot, middle) > radius for middle, radius in self.kept_clear)
        apart = all(math.dist(spot, one.spot) > gap for one in self.places)
        return clear and apart and self.inner.contains(Point(spot)) and self.land.dry(spot, 0.9)

    def spot(self, rng: Rng) -> Spot:
        """Return a free spot; land by the river and near towns is settled more densely."""

        def good(spot: Spot) -> bool:
            river = math.exp(-((self.land.river.distance(Point(spot)) / 14) ** 2))
            town = max(math.exp(-math.dist(spot, one.spot) / 18) for one in self.places[: len(TOWNS)])
            return rng.random() < 0.25 + 0.5 * river + 0.5 * town and self.free(spot, 4.6)

        return first(((rng.uniform(-100, 100), rng.uniform(-76, 76)) for _ in itertools.count()), good)


def make_places(rng: Rng, land: Land) -> list[Place]:
    places = [Place(spot, kind, people, kids(rng, people), level="secondary") for spot, kind, people, _ in TOWNS]
    places += by_the_river(rng, land) + by_the_lakes(rng, land) + at_the_edge(rng, land)
    ground = Ground(land, places)
    for children, level, role in SHOWN:
        places.append(of_children(rng, ground.spot(rng), (children, level), role))
    for shown in ((118, "secondary"), (6, "")):
        places.append(of_children(rng, ground.spot(rng), shown, "people unknown"))
    villages = np.clip(np.exp(rng.normal(math.log(430), 0.8, 66)), 60, 2900).astype(int).tolist()
    hamlets = np.clip(np.exp(rng.normal(math.log(12), 0.6, 28)), 4, 42).astype(int).tolist()
    for people in (*villages, 4, 20, 30, *hamlets):
        places.append(of_people(rng, ground.spot(rng), people))
    hosts = [one for one in places if not one.role and 500 < one.people < 2900][:8]
    for host, people in zip(hosts, (12, 18, 26, 41, 47, 66, 85, 120), strict=True):
        tries = (around(rng, host.spot, 1.6, 2.8) for _ in itertools.count())
        places.append(of_people(rng, first(tries, lambda one: ground.free(one, 1.5)), people, "satellite"))
    return places


# --- names and codes ---

COMPOUNDS = {
    "Ақ": "бұлақ жар арал тоғай дала құдық шоқы өткел тал терек шілік өзек белес тас қамыс",
    "Қара": "жар қайың арал құдық шоқы өткел терек шілік өзек қоға тас",
    "Көк": "бұлақ жар арал дала құдық шоқы өткел тал терек өзек белес қамыс тас",
    "Сары": "бұлақ жар қайың тоғай құдық шоқы өткел шілік белес қамыс қоға тас",
    "Қызыл": "бұлақ қайың арал дала құдық шоқы өткел тал өзек шілік қоға",
    "Боз": "арал дала тоғай құдық шоқы төбе белес қайың",
    "Ала": "бұлақ қайың тоғай төбе шоқы қамыс",
    "Жаңа": "бұлақ су арал дала тоғай құдық өткел жар",
    "Ұзын": "бұлақ арал жар қайың тоғай өзек белес дала",
    "Терең": "сай өзек құдық су көл",
    "Тас": "өткел бұлақ құдық сай төбе арал",
    "Бес": "қайың құдық терек тал шоқы",
    "Үш": "қайың құдық терек арал шоқы белес",
    "Қос": "қайың бұлақ терек арал құдық",
    "Құм": "төбе құдық арал тоғай",
    "Май": "бұлақ төбе дала",
    "Мың": "бұлақ терек",
    "Қоңыр": "дала төбе белес тоғай өзек",
    "Шұбар": "тал төбе құдық қайың",
}
RUSSIAN = (
    "Степное", "Берёзовка", "Озёрное", "Ключевое", "Полынное", "Ковыльное", "Луговое", "Раздольное",
    "Заречное", "Тополёвка", "Песчаное", "Ветровка", "Солонцовка", "Осинники",
)  # fmt: skip
TO_RU = str.maketrans("ӘәҒғҚқҢңӨөҰұҮүІі", "АаГгКкНнОоУуУуИи")
TO_EN = dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziiklmnoprstufye", strict=True))
TO_EN |= dict(zip("ёжхцчшщьюя", ("yo", "zh", "kh", "ts", "ch", "sh", "shch", "", "yu", "ya"), strict=True))


def in_three(kazakh: str) -> tuple[str, str, str]:
    """Return a name in Kazakh, Russian and English letters."""
    plain = kazakh.translate(TO_RU)
    russian = re.sub("(кол|откел)$", r"\1ь", plain)
    english = re.sub("oe$", "oye", "".join(TO_EN[letter] for letter in plain.lower()))
    return kazakh, russian, english.capitalize()


def name_places(rng: Rng, places: list[Place]) -> None:
    """Give each settlement a name of its own; towns have theirs already."""
    compounds = [stem + end for stem, ends in COMPOUNDS.items() for end in ends.split()]
    plain = places[len(TOWNS) :]
    russian = set(rng.choice(len(plain), len(RUSSIAN), replace=False).tolist())
    pools = iter(rng.permutation(compounds).tolist()), iter(RUSSIAN)
    for place, (*_, name) in zip(places, TOWNS, strict=False):
        place.names = in_three(name)
    for at, place in enumerate(plain):
        place.names = in_three(next(pools[1 if at in russian else 0]))


# names, KATO code and middle; the city last
DISTRICTS = (
    ("Көктоғай ауданы", "Коктогайский район", "Koktogai District", "993200000", (-58, 38)),
    ("Сарыдала ауданы", "Сарыдалинский район", "Sarydala District", "993400000", (37, 36)),
    ("Ұзынсай ауданы", "Узынсайский район", "Uzynsai District", "993600000", (64, -33)),
    ("Айдынкөл ауданы", "Айдынкольский район", "Aidynkol District", "993800000", (-9, -49)),
    ("Қызылбелес ауданы", "Кызылбелесский район", "Kyzylbeles District", "994000000", (-66, -27)),
    ("Алтынсай қаласы", "город Алтынсай", "Altynsai City", "991000000", (3.5, 8)),
)


def place_codes(places: list[Place], districts: list[Polygon | MultiPolygon]) -> None:
    """Set district, KATO code (neighbours share a rural okrug of three) and identifier."""
    for number, place in enumerate(places, 1):
        point = Point(place.spot)
        place.district = next(at for at, shape in enumerate(districts) if shape.contains(point))
        place.place_id = f"x{number:03d}"
    for at, (*_, code, _) in enumerate(DISTRICTS):
        members = [one for one in places if one.district == at]
        urban = [one for one in members if not one.rural]
        rural = sorted((one for one in members if one.rural), key=lambda one: one.spot)
        for number, place in enumerate(urban):
            place.kato = f"{code[:4]}{10 + 2 * number}100"
        for number, place in enumerate(rural):
            place.kato = f"{code[:4]}{30 + number // 3}{number % 3 + 1}00"


# --- roads ---

CLASSES = ("primary", "secondary", "tertiary", "unclassified", "residential", "track")
UNBUILT = len(CLASSES)
STREETS = ((30_000, 6), (12_000, 4), (6_000, 3), (3_500, 2), (0, 1))  # people, half the number of streets
QUIET_KM = 5.0  # no road comes so near to a settlement that is cut off


@dataclass
class Mesh:
    """Triangles that roads may follow: nodes, edges, which nodes must not move, and who owns which node."""

    nodes: np.ndarray
    edges: np.ndarray
    fixed: np.ndarray
    anchors: dict[int, int]  # node of each settlement, by its number
    streets: np.ndarray  # cost of a street per km; 0: the edge is none
    crossing: dict[int, str]  # kind of crossing, by edge
    ends: list[tuple[int, int]]  # nodes of each crossing, left and right


def street_grid(rng: Rng, place: Place) -> tuple[np.ndarray, dict[tuple[int, int], float]]:
    """Return street corners, the first in the middle, and what a street between two of them costs."""
    half = next(size for least, size in STREETS if place.people > least)
    block, turn = 0.24, np.exp(1j * rng.uniform(0, np.pi / 2))
    cells = [(i, j) for i in range(-half, half + 1) for j in range(-half + half // 3, half + 1 - half // 3)]
    cells = [(i, j) for i, j in cells if abs(i) + abs(j) < 1.5 * half or half == 1]
    cells.sort(key=lambda cell: (cell != (0, 0), cell))
    at = {cell: number for number, cell in enumerate(cells)}
    spots = np.array([block * complex(i, j) * turn for i, j in cells])
    streets = {}
    for (i, j), (di, dj) in itertools.product(cells, ((1, 0), (0, 1))):
        ahead = (i + di, j + dj)
        if ahead in at:
            avenue = (i == 0 and dj) or (j == 0 and di)  # main roads follow the two through the middle
            one, two = sorted((at[i, j], at[ahead]))
            streets[one, two] = 0.4 if avenue else 1.0
    return np.c_[spots.real + place.spot[0] + 0.05, spots.imag + place.spot[1] + 0.03], streets


def scatter(rng: Rng, land: Land, own: np.ndarray, quiet: list[Spot]) -> np.ndarray:
    """Return loose mesh nodes 1.3 km apart, away from water, from nodes set before and from quiet places."""
    step = 1.3
    x, y = np.meshgrid(np.arange(-106, 106, step), np.arange(-84, 84, step * math.sqrt(3) / 2))
    x[1::2] += step / 2
    grid = np.c_[x.ravel(), y.ravel()] + rng.uniform(-0.33, 0.33, (x.size, 2))
    points = shapely.points(grid)
    far = cKDTree(own).query(grid)[0] > 0.6
    far &= cKDTree(np.array(quiet)).query(grid)[0] > QUIET_KM
    dry = shapely.distance(land.water, points) > 0.55
    return grid[far & dry & shapely.contains(land.outline.buffer(-0.5), points)]


def make_mesh(rng: Rng, land: Land, places: list[Place]) -> Mesh:
    spots: list[np.ndarray] = []
    owner: list[int] = []
    streets: dict[tuple[int, int], float] = {}
    anchors: dict[int, int] = {}
    for number, place in enumerate(places):
        if place.role == "cut off":
            continue
        base = len(owner)
        anchors[number] = base
        corners, grid = np.array([around(rng, place.spot, 0.06, 0.25)]), {}
        if place.people > 1500:
            corners, grid = street_grid(rng, place)
        spots.append(corners)
        owner += [number] * len(corners)
        streets |= {(base + one, base + two): cost for (one, two), cost in grid.items()}
    ends = []
    for one in land.crossings:
        ends.append((len(owner), len(owner) + 1))
        spots.append(np.array([one.left, one.right]))
        owner += [-1, -1]
    own = np.vstack(spots)
    nodes = np.vstack([own, scatter(rng, land, own, [one.spot for one in places if one.role == "cut off"])])
    edges = triangles(land, nodes, np.array(owner + [-1] * (len(nodes) - len(owner))), streets, ends)
    at = {tuple(edge): number for number, edge in enumerate(edges.tolist())}
    crossing = {at[pair]: one.kind for pair, one in zip(ends, land.crossings, strict=True)}
    costs = np.array([streets.get(tuple(edge), 0) for edge in edges.tolist()])
    return Mesh(nodes, edges, np.arange(len(nodes)) < len(own), anchors, costs, crossing, ends)


def triangles(
    land: Land,
    nodes: np.ndarray,
    owner: np.ndarray,
    streets: dict[tuple[int, int], float],
    ends: list[tuple[int, int]],
) -> np.ndarray:
    """Return the edges of the triangles: over water only at crossings, inside a town only along streets."""
    corners = Delaunay(nodes).simplices
    pairs = np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    pairs = np.unique(np.vstack([pairs, sorted(streets)]), axis=0)
    lines = shapely.linestrings(nodes[pairs])
    kept = {*ends, *streets}
    special = np.array([tuple(pair) in kept for pair in pairs.tolist()])
    inside = (owner[pairs[:, 0]] == owner[pairs[:, 1]]) & (owner[pairs[:, 0]] >= 0)
    wet = shapely.distance(land.water, lines) < 0.05
    out = ~shapely.contains(land.outline, lines)
    return pairs[special | ~(inside | wet | out)]


class Net:
    """The roads built so far on a mesh; what is built makes the next way along it cheaper."""

    def __init__(self, rng: Rng, mesh: Mesh, closed: np.ndarray) -> None:
        self.mesh = mesh
        start, end = mesh.nodes[mesh.edges[:, 0]], mesh.nodes[mesh.edges[:, 1]]
        self.length = np.hypot(*(start - end).T)
        wild = rng.uniform(1, 1.25, len(self.length))
        self.cost = self.length * np.where(mesh.streets > 0, mesh.streets, wild)
        self.shut = closed[mesh.edges].any(axis=1)
        self.rank = np.where(mesh.streets > 0, CLASSES.index("residential"), UNBUILT)
        self.name = [""] * len(self.rank)
        self.at = {tuple(edge): number for number, edge in enumerate(mesh.edges.tolist())}

    def distances(self, start: int, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ends = self.mesh.edges[np.isfinite(weight)]
        size = len(self.mesh.nodes)
        graph = coo_matrix((weight[np.isfinite(weight)], (ends[:, 0], ends[:, 1])), shape=(size, size)).tocsr()
        return dijkstra(graph, directed=False, indices=start, return_predecessors=True)

    def weights(self, *, pocket: bool = False) -> np.ndarray:
        weight = np.where(self.rank < UNBUILT, 0.45, 1.0) * self.cost
        return weight if pocket else np.where(self.shut, np.inf, weight)

    def build(self, start: int, goals: np.ndarray, highway: str, *, name: str = "", pocket: bool = False) -> None:
        """Build the cheapest road from a node to the first of the goals; a better road stays what it is."""
        far, before = self.distances(start, self.weights(pocket=pocket))
        node = int(goals[np.argmin(far[goals])])
        rank = CLASSES.index(highway)
        while node != start:
            previous = int(before[node])
            edge = self.at[min(node, previous), max(node, previous)]
            if rank < self.rank[edge]:
                self.rank[edge] = rank
                self.name[edge] = name
            node = previous

    def nodes(self) -> np.ndarray:
        """Return the nodes on a road that can be reached."""
        return np.unique(self.mesh.edges[self.rank < UNBUILT])

    def on_roads(self) -> np.ndarray:
        """Return the length of each edge with a road; the rest cannot be used."""
        return np.where(self.rank < UNBUILT, self.length, np.inf)


TRUNKS = (
    (1, "primary"),
    (2, "primary"),
    (4, "primary"),
    (3, "secondary"),
    (5, "secondary"),
    (6, "secondary"),
)
RING = ((1, 6), (6, 2), (2, 3), (3, 4), (4, 5), (5, 1))


def exits(land: Land, mesh: Mesh) -> list[int]:
    """Return the mesh nodes where main roads leave the oblast."""
    loose = np.flatnonzero(~mesh.fixed)
    tree = cKDTree(mesh.nodes[loose])
    return [int(loose[tree.query(rim(land, angle))[1]]) for angle in (2.8, 1.05, -0.25, -1.75)]


def build_roads(rng: Rng, land: Land, places: list[Place], mesh: Mesh) -> Net:
    behind_ford = Point(land.ford.right).buffer(8.5).intersection(land.banks[1])
    pocket = shapely.contains(behind_ford, shapely.points(mesh.nodes))
    net = Net(rng, mesh, pocket)
    build_trunks(land, net, mesh)
    shores = [node for number, node in mesh.anchors.items() if places[number].role in LAKE_ROLES]
    net.build(shores[0], np.array(shores[1:]), "unclassified")
    inside = [number for number, node in mesh.anchors.items() if not pocket[node]]
    for number in sorted(inside[len(TOWNS) :], key=lambda one: -places[one].people):
        build_access(net, mesh.anchors[number], places[number].people)
    build_crossings(net, mesh)
    ford = [left for left, right in mesh.ends if mesh.crossing[net.at[left, right]] == "ford"]
    for node in mesh.anchors.values():
        if pocket[node]:
            net.build(node, np.array(ford), "unclassified", pocket=True)
    build_loops(net, places, inside)
    return net


def build_trunks(land: Land, net: Net, mesh: Mesh) -> None:
    """Build the roads from the city to the towns, from town to town, and out of the oblast."""
    centres = np.array([mesh.anchors[number] for number in range(len(TOWNS))])
    for goal, highway in TRUNKS:
        net.build(centres[goal], centres[:1], highway, name=f"{TOWNS[0][3]} — {TOWNS[goal][3]}")
    for gate, town in zip(exits(land, mesh), (1, 2, 3, 4), strict=True):
        net.build(gate, centres[[town]], "secondary")
    for one, two in RING:
        net.build(centres[one], centres[[two]], "secondary", name=f"{TOWNS[one][3]} — {TOWNS[two][3]}")


def build_access(net: Net, node: int, people: int) -> None:
    """Build the road of a village to the nearest town, or of a small one to the nearest road."""
    if people > 150:
        towns = np.array([net.mesh.anchors[number] for number in range(len(TOWNS))])
        net.build(node, towns, "tertiary" if people > 700 else "unclassified")
    else:
        net.build(node, net.nodes(), "unclassified" if people > 45 else "track")


def build_crossings(net: Net, mesh: Mesh) -> None:
    """Join both ends of every crossing to the roads there; the ford's far end is left to its villages."""
    for left, right in mesh.ends:
        edge = net.at[left, right]
        ford = mesh.crossing[edge] == "ford"
        if net.rank[edge] < UNBUILT:
            continue
        reached = net.nodes()
        for node in (left,) if ford else (left, right):
            net.build(node, reached, "tertiary")
        net.rank[edge] = CLASSES.index("unclassified" if ford else "tertiary")


def build_loops(net: Net, places: list[Place], members: list[int]) -> None:
    """Link neighbouring villages and bridges that are more than twice as far by road as over the steppe."""
    mesh = net.mesh
    nodes = [mesh.anchors[number] for number in members if places[number].people > 80]
    nodes += [end for ends in mesh.ends for end in ends if mesh.crossing[net.at[ends]] == "bridge"]
    corners = Delaunay(mesh.nodes[nodes]).simplices.tolist()
    pairs = {tuple(sorted(pair)) for corner in corners for pair in itertools.combinations(corner, 2)}
    for one, two in sorted(pairs):
        start, end = nodes[one], nodes[two]
        straight = math.dist(mesh.nodes[start], mesh.nodes[end])
        if straight > 24 or net.distances(start, net.on_roads())[0][end] < 2 * straight:
            continue
        open_land = np.where(net.shut, np.inf, net.length)
        if net.distances(start, open_land)[0][end] < 1.35 * straight:
            net.build(start, np.array([end]), "unclassified")


def smooth(land: Land, net: Net) -> np.ndarray:
    """Return node positions without the zigzag of the mesh; no road comes to cross another, or water."""
    mesh, built = net.mesh, net.rank < UNBUILT
    edges = mesh.edges[built]
    keep_off = ~np.array([edge in mesh.crossing for edge in np.flatnonzero(built)])
    degree = np.bincount(edges.ravel(), minlength=len(mesh.nodes))
    free = ~mesh.fixed & (degree > 1)
    place = mesh.nodes.copy()
    for _ in range(14):
        total = np.zeros_like(place)
        np.add.at(total, edges[:, 0], place[edges[:, 1]])
        np.add.at(total, edges[:, 1], place[edges[:, 0]])
        moved = place.copy()
        moved[free] += 0.5 * (total[free] / degree[free, None] - place[free])
        place = reverted(land, place, moved, edges, keep_off)
    return place


def reverted(land: Land, old: np.ndarray, new: np.ndarray, edges: np.ndarray, keep_off: np.ndarray) -> np.ndarray:
    """Return the new positions, but the old ones wherever a road would touch water or cross another road."""
    new = new.copy()
    while True:
        lines = shapely.linestrings(new[edges])
        bad = keep_off & (shapely.distance(land.water, lines) < 0.12)
        tree = shapely.STRtree(lines)
        one, two = tree.query(lines, predicate="intersects")
        apart = ~(edges[one][:, :, None] == edges[two][:, None, :]).any(axis=(1, 2))
        bad[one[apart]] = True
        nodes = np.unique(edges[bad])
        nodes = nodes[(new[nodes] != old[nodes]).any(axis=1)]
        if not len(nodes):
            return new
        new[nodes] = old[nodes]


def strokes(net: Net) -> list[tuple[list[int], int]]:
    """Return roads as chains of nodes: each goes straight on as far as class and name stay."""
    mesh = net.mesh
    todo = [int(edge) for edge in np.flatnonzero(net.rank < UNBUILT)]
    touching: dict[int, list[int]] = {}
    for edge in todo:
        for node in mesh.edges[edge].tolist():
            touching.setdefault(node, []).append(edge)
    used: set[int] = set()
    chains = []
    for edge in todo:
        if edge in used:
            continue
        used.add(edge)
        one, two = mesh.edges[edge].tolist()
        if edge in mesh.crossing:
            chains.append(([one, two], edge))
            continue
        ahead = extend(net, touching, used, [one, two], edge)
        chains.append((extend(net, touching, used, ahead[::-1], edge), edge))
    return chains


def extend(net: Net, touching: dict[int, list[int]], used: set[int], chain: list[int], like: int) -> list[int]:
    """Return the chain drawn on from its end while there is a road of its kind nearly straight ahead."""
    nodes = net.mesh.nodes
    while True:
        along = nodes[chain[-1]] - nodes[chain[-2]]
        best, least = -1, math.cos(math.radians(50))
        for edge in touching[chain[-1]]:
            same = net.rank[edge] == net.rank[like] and net.name[edge] == net.name[like]
            if edge in used or edge in net.mesh.crossing or not same:
                continue
            on = nodes[other_end(net, edge, chain[-1])] - nodes[chain[-1]]
            straight = float(along @ on / np.hypot(*along) / np.hypot(*on))
            if straight > least or len(touching[chain[-1]]) == 2:
                best, least = edge, straight
        if best < 0:
            return chain
        used.add(best)
        chain = [*chain, other_end(net, best, chain[-1])]


def other_end(net: Net, edge: int, node: int) -> int:
    one, two = net.mesh.edges[edge].tolist()
    return two if node == one else one


def strays(rng: Rng, land: Land, places: list[Place], roads: BaseGeometry) -> list[list[Spot]]:
    """Return seven pieces of track that pass close to a village and are joined to nothing."""
    pieces: list[list[Spot]] = []
    hosts = [one for one in places if one.role == "" and 60 < one.people < 1500]
    for host in itertools.islice(itertools.cycle(hosts[::5]), 400):
        start = around(rng, host.spot, 0.03, 0.05)
        turn, piece = rng.uniform(0, 2 * np.pi), [start]
        for _ in range(int(rng.integers(2, 5))):
            turn += rng.normal(0, 0.4)
            piece.append((piece[-1][0] + 0.55 * math.cos(turn), piece[-1][1] + 0.55 * math.sin(turn)))
        line = LineString(piece)
        taken = any(Point(host.spot).distance(LineString(other)) < 3 for other in pieces)
        if not taken and line.distance(roads) > 0.05 and line.distance(land.water) > 0.3:
            pieces.append(piece)
        if len(pieces) == 7:
            return pieces
    raise RuntimeError("no room for stray tracks")


def make_roads(rng: Rng, land: Land, places: list[Place]) -> Roads:
    mesh = make_mesh(rng, land, places)
    net = build_roads(rng, land, places, mesh)
    spots = smooth(land, net)
    rows: list[Row] = []
    lines: list[LineString] = []
    for chain, edge in strokes(net):
        rows.append(road_row(CLASSES[net.rank[edge]], mesh.crossing.get(edge, ""), net.name[edge]))
        lines.append(LineString(spots[chain]))
    city = Point(places[0].spot).buffer(1.0)
    streets = [at for at, row in enumerate(rows) if row["highway"] == "residential" and city.intersects(lines[at])]
    for at in streets[1::6]:
        rows[at]["oneway"] = "forward"
    loose = [LineString(piece) for piece in strays(rng, land, places, unary_union(lines))]
    return rows + [road_row("track") for _ in loose], lines + loose


def road_row(highway: str, crossing: str = "", name: str = "") -> Row:
    row: Row = {"highway": highway, "crossing": crossing, "drive": True, "walk": True}
    return row | {"oneway": "", "name": name or None}


# --- schools ---

WORDS = {
    "primary": ("бастауыш мектебі", "Начальная школа", "Primary School"),
    "basic": ("негізгі мектебі", "Основная школа", "Basic School"),
    "secondary": ("орта мектебі", "Средняя школа", "Secondary School"),
    "evening": ("кешкі мектебі", "Вечерняя школа", "Evening School"),
    "boarding": ("мектеп-интернаты", "Школа-интернат", "Boarding School"),
    "private": ("жекеменшік мектебі", "Частная школа", "Private School"),
    "": ("мектебі", "Школа", "School"),
}
# for each of TOWNS, the share of the place's children in each of its state day schools
TOWN_SHARES = (
    (1.0, 1.1, 0.9, 0.8, 1.25, 1.0, 0.7, 0.95, 0.5),
    (1.0, 0.8, 0.7),
    (1.0, 0.8, 0.6),
    (1.0, 0.7),
    (1.0, 0.8),
    (1.0, 0.6),
    (1.0, 0.5),
)
NOT_SECONDARY = {
    (0, 9): "primary",
    (2, 3): "basic",
    (5, 2): "basic",
    (6, 2): "basic",
}  # town, number of the school
OTHER_TOWN_SCHOOLS = (  # town, number, level, owner, kind, pupils on roll
    (0, 10, "secondary", "private", "day", 212),
    (0, 11, "basic", "private", "day", 96),
    (0, 12, "secondary", "state", "evening", 84),
    (1, 4, "secondary", "state", "boarding", 168),
)
THREE_SHIFT = ((0, 2), (0, 5), (1, 1), (3, 1))  # town, number of the school
EMERGENCY = (0, 5)
PROFILES = {(0, 1): "Zhautykov", (1, 4): "Abai"}
REASONS = {
    "secondary": "шекара маңындағы мектеп",
    "basic": "шекара маңындағы мектеп",
    "primary": "шекара маңындағы мектеп; қыста жол жабылады",
}
AGAIN = 40  # the row that stands in the register a second time
COLUMNS = (
    "school_id", "name_kk", "name_ru", "name_en", "level", "lon", "lat", "kato", "seats", "seat_basis",
    "enrolment", *(f"g{grade}" for grade in range(1, 12)), "shifts", "condition", "ownership", "kind",
    "language", "profile", "support", "subject_rooms", "teachers", "modernised",
    "running_water", "toilets", "built", "protected",
    "source", "updated_at", "changed_at",
)  # fmt: skip


@dataclass
class School:
    """One school while the register is being made."""

    place: Place
    level: str
    number: int = 0  # where a place has several
    share: float = 1.0
    ownership: str = "state"
    kind: str = "day"
    roll: int = 0

    @property
    def local(self) -> bool:
        """Say whether it takes the children of its place and of those without a school."""
        return self.ownership == "state" and self.kind == "day"

    def names(self, *, level: bool = True) -> dict[str, str]:
        kk, ru, en = self.place.names
        key = next((one for one in (self.kind, self.ownership) if one in WORDS), self.level if level else "")
        word = WORDS[key]
        rural = self.place.kind in ("village", "hamlet")
        mark = f"№{self.number} " if self.number else ""
        tail = f" No. {self.number}" if self.number else ""
        return {
            "name_kk": f"{kk} {'ауылының' if rural else 'қаласының'} {mark}{word[0]}",
            "name_ru": f"{word[1]} {mark}{'села' if rural else 'города'} {ru}",
            "name_en": f"{en} {word[2]}{tail}",
        }


def guaranteed(children: int) -> str:
    """Return the level that so many children bring with them; the example is built around the thresholds."""
    return next(
        (level for least, level in ((81, "secondary"), (41, "basic"), (5, "primary")) if children >= least),
        "",
    )


def open_schools(places: list[Place]) -> list[School]:
    """Return the schools: in towns by table, where set by hand as said, else in the larger villages."""
    schools = [
        School(places[town], NOT_SECONDARY.get((town, number), "secondary"), number, share)
        for town, shares in enumerate(TOWN_SHARES)
        for number, share in enumerate(shares, 1)
    ]
    for town, number, level, ownership, kind, roll in OTHER_TOWN_SCHOOLS:
        schools.append(School(places[town], level, number, ownership=ownership, kind=kind, roll=roll))
    villages = places[len(TOWNS) :]
    schools += [School(place, place.level) for place in villages if place.level]
    rest = [one for one in villages if not one.role and guaranteed(one.children)]
    rest.sort(key=lambda one: -one.children)
    for place in rest[: SCHOOLS - len(schools)]:
        place.level = guaranteed(place.children)
        schools.append(School(place, place.level))
    for school in [one for one in schools if one.level == "basic" and not one.place.role and one.place in villages][
        ::4
    ]:
        school.level = school.place.level = "secondary"
    return sorted(schools, key=lambda one: (one.place.kato, one.number))


def fill_schools(places: list[Place], schools: list[School]) -> None:
    """Set the pupils on roll: each band goes to school at home, else to the nearest place that teaches it."""
    load = [0.0] * len(schools)
    for band, least in zip(tables.BANDS, tables.LEVELS, strict=True):
        teaching: dict[str, list[int]] = {}
        for at, school in enumerate(schools):
            if school.local and tables.LEVELS.index(school.level) >= tables.LEVELS.index(least):
                teaching.setdefault(school.place.place_id, []).append(at)
        hosts = [one for one in places if one.place_id in teaching]
        for place in places:
            host = min(hosts, key=lambda one: math.dist(one.spot, place.spot))
            members = teaching[host.place_id]
            shares = sum(schools[at].share for at in members)
            for at in members:
                load[at] += place.children * BAND_SHARE[band] * schools[at].share / shares
    for school, pupils in zip(schools, load, strict=True):
        if school.local:
            school.roll = 30 if school.place.role == "surplus, 30 pupils" else round(pupils)


def tens(value: float) -> int:
    """Return the next multiple of ten, at least twenty."""
    return max(20, 10 * math.ceil(value / 10))


def school_row(rng: Rng, school: School, places: list[Place], plane: Plane) -> Row:
    """Return the school's row of the register, with nothing amiss in it."""
    key = (places.index(school.place), school.number)
    urban = not school.place.rural
    emergency, three = key == EMERGENCY, key in THREE_SHIFT
    seats = tens(school.roll * (rng.uniform(0.62, 1.1) if urban else rng.uniform(1.05, 2.1)))
    if three:
        seats = tens(school.roll / 2.35)
    reach = (0.2, 1.3) if school.place.kind == "city" else (0.1, 0.5)
    lon, lat = plane.degrees(around(rng, school.place.spot, *(reach if urban else (0.05, 0.3))))
    russian = school.place.names[0] in RUSSIAN
    tongues = ["ru", "mixed"] if russian else ["kk", "kk", "kk", "mixed"]
    return {
        **school.names(),
        "level": school.level,
        "lon": f"{lon:.6f}",
        "lat": f"{lat:.6f}",
        "kato": school.place.kato,
        "seats": seats,
        "seat_basis": "one_shift",
        "enrolment": school.roll,
        "shifts": 3 if three else 1 if school.roll <= seats else 2,
        "condition": "emergency" if emergency else str(rng.choice(["good", "good", "good", "repair"])),
        "ownership": school.ownership,
        "kind": school.kind,
        "language": str(rng.choice(["kk", "ru", "mixed"] if urban else tongues)),
        "profile": PROFILES.get(key, ""),
        **equipped(school, emergency=emergency),
        "built": int(rng.integers(1936, 1952) if emergency else rng.integers(1958, 2024)),
        "protected": REASONS[school.level] if school.place.role == "protected" else "",
        "source": "fictional",
        "updated_at": f"2026-10-{int(rng.integers(1, 10)):02d}",
    }


def equipped(school: School, *, emergency: bool) -> Row:
    """Return support, subject rooms and teachers: of one school in six support, of small ones no subject rooms."""
    secondary = school.level == "secondary"
    sixth = sum(map(ord, school.place.kato)) % 6 == 0
    support = secondary and school.place.rural and sixth and not emergency
    rooms = 0 if emergency or not secondary else min(8, school.roll // 40)
    return {
        "support": "yes" if support else "no",
        "subject_rooms": rooms,
        "teachers": max(2, round(school.roll / 11) + (4 if secondary else 0)),
        "modernised": "yes" if rooms > 4 else "no",
        "running_water": "no" if emergency or school.roll < 20 else "yes",
        "toilets": "no" if emergency or school.roll < 60 else "yes",
    }


def spoil(rng: Rng, schools: list[School], rows: list[Row]) -> None:
    """Leave out and change what real registers lack: the rows stay readable, and say less."""
    plain = [at for at, one in enumerate(schools) if one.place.rural and not one.place.role and not one.number]
    plain = [plain[at] for at in rng.permutation(len(plain))]
    for at in plain[:2]:
        rows[at] |= {"level": "", **schools[at].names(level=False)}
    for at in plain[2:8]:
        rows[at] |= {"lon": "", "lat": ""}
    for at in plain[8:14]:
        rows[at]["kato"] = ""
    for at in plain[14:18]:
        rows[at] |= {"seat_basis": "two_shift", "seats": 2 * int(str(rows[at]["seats"]))}
    for at in plain[18:20]:
        rows[at]["seats"] = rows[at]["seat_basis"] = ""
    rows[plain[20]]["enrolment"] = ""
    for at, day in zip(
        plain[21:26], ("2024-10-03", "2025-03-14", "2025-10-02", "2025-10-06", "2026-01-21"), strict=True
    ):
        rows[at]["updated_at"] = day
    unsafe = [at for at in plain[26:] if schools[at].level != "primary"][:2]
    for at, year in zip(unsafe, (1939, 1954), strict=True):
        rows[at] |= {"condition": "emergency", "built": year}


def faulty_rows(rng: Rng, places: list[Place], rows: list[Row], plane: Plane) -> list[Row]:
    """Return rows for the ledger: swapped coordinates, negative seats, outside the region, an id twice."""
    without = max((one for one in places if not one.role and not one.level), key=lambda one: one.children)
    largest = max((one for one in places[len(TOWNS) :] if not one.role), key=lambda one: one.people)
    far = Place((330.0, 140.0), "village", 900, 170, names=in_three("Алыс"))
    swapped = school_row(rng, School(without, "primary", roll=11), places, plane)
    swapped |= {"lon": swapped["lat"], "lat": swapped["lon"]}
    negative = school_row(rng, School(largest, "primary", 2, roll=64), places, plane) | {"seats": -120}
    outside = school_row(rng, School(far, "secondary", roll=150), [*places, far], plane)
    again = rows[AGAIN] | {"updated_at": "2026-09-14"}
    return [swapped, negative, outside, again]


# --- files ---


class Plane:
    """Kilometres on the plane to degrees: equal spots give equal degrees, to 1e-7."""

    def __init__(self) -> None:
        self._project = pyproj.Transformer.from_crs(pyproj.CRS.from_proj4(CENTRE), 4326, always_xy=True)

    def degrees(self, spot: Spot) -> Spot:
        lon, lat = self._project.transform(*spot)
        return round(lon, 7), round(lat, 7)

    def shape(self, shape: BaseGeometry) -> BaseGeometry:
        def degrees(course: np.ndarray) -> np.ndarray:
            return np.round(np.c_[self._project.transform(course[:, 0], course[:, 1])], 7)

        return shapely.transform(shape, degrees)


def hide(rng: Rng, places: list[Place]) -> None:
    """Leave a third of the settlements without a count of children, and two without any count."""
    plain = [one for one in places if one.rural and not one.role]
    for at in rng.permutation(len(plain))[: len(places) // 3 - 2]:
        plain[at].known = "people"
    for place in places:
        if place.role == "people unknown":
            place.known = "none"


def named(names: tuple[str, ...]) -> dict[str, str]:
    return {"name": names[0], **dict(zip(("name_kk", "name_ru", "name_en"), names, strict=True))}


def settlement_row(place: Place) -> Row:
    return {
        "settlement_id": place.place_id,
        **named(place.names),
        "kato": place.kato,
        "district_id": f"d{place.district + 1}",
        "place": place.kind,
        "is_rural": place.rural,
        "population": None if place.known == "none" else place.people,
        "population_basis": "unknown" if place.known == "none" else "given",
        "children": place.children if place.known == "children" else None,
    }


def water_rows() -> list[Row]:
    names = ("Алтынсу", "Қамыстысай", "Айдынкөл", "Сұлукөл")
    kinds = ("river", "river", "lake", "lake")
    return [
        {"water_id": f"w{at}", **named(in_three(name)), "kind": kind, "intermittent": at == 2}
        for at, (name, kind) in enumerate(zip(names, kinds, strict=True), 1)
    ]


def make_region(
    land: Land, shapes: list[Polygon | MultiPolygon], places: list[Place], roads: Roads, plane: Plane
) -> Region:
    """Return the oblast as the package reads it, without schools."""
    course = land.river.intersection(land.outline.buffer(4))
    districts = [
        {"district_id": f"d{at}", **named(names), "kato": code} for at, (*names, code, _) in enumerate(DISTRICTS, 1)
    ]

    def layer(rows: list[Row], table: schema.Table, drawn: Iterable[BaseGeometry]) -> GeoDataFrame:
        return schema.geoframe(rows, table, [plane.shape(shape) for shape in drawn])

    return Region(
        code="XX-99",
        names=NAMES,
        boundary=MultiPolygon([plane.shape(land.outline)]),
        districts=layer(districts, tables.DISTRICTS, shapes),
        settlements=layer([settlement_row(one) for one in places], tables.SETTLEMENTS, [Point(p.spot) for p in places]),
        roads=layer(roads[0], tables.ROADS, roads[1]),
        waters=layer(water_rows(), tables.WATERS, [course, land.tributary, *land.lakes]),
        schools=schema.geoframe([], tables.SCHOOLS, []),
        caveats=("fictional",),
    )


def write_layers(folder: Path, region: Region) -> None:
    region.save(folder)
    (folder / "schools.geojson").unlink()


def write_rows(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        columns = COLUMNS if not rows else [name for name in COLUMNS if name in rows[0]]
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


BOUNDARIES_README = """\
# Boundaries

`example/` енгізілген мысал: **ойдан шығарылған** облыс. Оның бірде-бір елді мекені, өзені мен жолы шын емес.

`example/` — встроенный пример: **вымышленная** область. Ни одного настоящего населённого пункта, ни одной
настоящей реки или дороги в ней нет.

`example/` is the embedded example, a **fictional** oblast: code XX-99, KATO codes that begin with 99.
None of its settlements, rivers or roads is real, and nothing computed from it says anything about a real
place. It lies over the steppe at 66-68° E, 49-50.5° N only because a map must lie somewhere.

It is the folder which `schoolnet.read` reads and `Region.save` writes; your own layers can be given in
the same form. Columns, units and meaning: the table dictionary in the README of the project.

| layer | what it holds | features |
|---|---|---|
| `region.geojson` | outline, code, names, caveat `fictional` | 1 |
{layers}
Made by `python tools/make_example.py`, a seeded script: it writes the same bytes each time. WGS 84, seven
decimals; roads that meet share a vertex. Do not edit the files by hand: edit the script.

What it shows on purpose: villages whose nearest school is across a river or a lake, villages behind a ford, a
village and a hamlet without any road, tracks joined to nothing, settlements with exactly 4, 5, 40, 41, 80 and
81 children, settlements whose children, or whose people, are not known. The schools of the oblast are in
`../schools/example.csv`.

Licence of the example data: [CC0-1.0](https://creativecommons.org/publicdomain/zero/1.0/) (public domain).
"""
LAYER_WORDS = {
    "districts": "five districts and the city",
    "settlements": "city, towns, villages and hamlets, one point each",
    "roads": "roads, streets and tracks; bridges and the ford are features of their own",
    "waters": "a river, its tributary (dry for part of the year), two lakes, one with an island",
}

#: Columns of the settlement table and what each holds, in Kazakh, Russian and English.
SETTLEMENTS_COLUMNS = {
    "kato": (
        "елді мекеннің ӘАОЖ (КАТО) коды, тоғыз цифр",
        "код КАТО населённого пункта, девять цифр",
        "KATO code of the settlement, nine digits",
    ),
    "name": (
        "елді мекеннің атауы, кез келген тілде; КАТО болмаса қажет",
        "название населённого пункта на любом языке; нужно, если нет КАТО",
        "name of the settlement in any language; needed where there is no KATO",
    ),
    "district": (
        "ауданы; аттас елді мекендер болса қажет",
        "район; нужен, если есть другие пункты с тем же названием",
        "its district; needed where others have the same name",
    ),
    "population": ("тұрғындар саны", "число жителей", "inhabitants"),
    "children": (
        "мектеп жасындағы балалар саны (1–11-сыныптар)",
        "число детей школьного возраста (1–11 классы)",
        "school-age children (grades 1 to 11)",
    ),
    "a0": (
        "1 қыркүйекте 0 жастағы балалар; `a1`–`a17` да солай",
        "дети 0 лет на 1 сентября; так же `a1`–`a17`",
        "children aged 0 on 1 September; `a1` to `a17` likewise",
    ),
    "g1": (
        "осында тұратын 1-сынып оқушылары; `g2`–`g12` де солай",
        "живущие здесь дети 1 класса; так же `g2`–`g12`",
        "children of grade 1 who live here; `g2` to `g12` likewise",
    ),
    "home_taught": (
        "олардың ішінде үйде оқитындар",
        "из них обучаются на дому",
        "of the children, those taught at home",
    ),
    "children_kk": (
        "олардың ішінде қазақ тілінде оқитындар",
        "из них учатся на казахском языке",
        "of the children, those taught in Kazakh",
    ),
    "children_ru": (
        "олардың ішінде орыс тілінде оқитындар",
        "из них учатся на русском языке",
        "of the children, those taught in Russian",
    ),
    "children_other": (
        "олардың ішінде басқа тілде оқитындар",
        "из них учатся на другом языке",
        "of the children, those taught in another language",
    ),
    "year": (
        "балалар санының оқу жылы (2026 – 2026/27)",
        "учебный год, к которому относятся дети (2026 – это 2026/27)",
        "school year the children are of (2026 is 2026/27)",
    ),
}

SCHOOLS_README = """\
# School register

Бұл қалтада мектептер тізілімінің үлгісі (`template.csv`) және толтырылған мысалы (`example.csv`) бар.
`example.csv` ішіндегі мектептердің, атаулар мен сандардың бәрі **ойдан шығарылған**. Өз тізіліміңізді толтыру
үшін `template.csv` файлын алыңыз; бағандардың атауларын қазақша да жазуға болады.

Здесь лежат шаблон реестра школ (`template.csv`) и заполненный пример (`example.csv`). Все школы, названия и
числа в `example.csv` **вымышлены**. Для своего реестра возьмите `template.csv`; заголовки можно писать и
по-русски.

`example.csv` is **fictional**: it belongs to the fictional oblast of `../boundaries/example` and is made
with it by `python tools/make_example.py`. Of its {rows} rows, the last {faulty} carry a fault on purpose,
for the ledger to show: longitude and latitude swapped, seats below zero, a place outside the region, an
identifier used twice. Other rows lack what registers lack: a level, coordinates, KATO, seats, pupils.
Licence of the example data: [CC0-1.0](https://creativecommons.org/publicdomain/zero/1.0/) (public
domain).

`template.csv` holds the header only. One row per school; CSV (UTF-8) or XLSX. Needed are an identifier, a
name, the level and a place (coordinates, or KATO); whatever else is absent is said in the report, with
what the model did then.

| column | meaning | unit | allowed values | when absent |
|---|---|---|---|---|
{columns}

# Settlement table

`settlements-template.csv` – елді мекендер кестесінің үлгісі: әр жолға бір елді мекен. КАТО коды немесе ауданы
көрсетілген атауы ғана міндетті, қалғаны – белгілі болғаны. Белгісіз ұяшық бос қалады: 0 – «жоқ» дегені.

`settlements-template.csv` — шаблон таблицы населённых пунктов: по одному в строке. Обязателен только код КАТО или
название с районом, остальное – что известно. Неизвестное оставляют пустым: 0 значит «нет».

`settlements-template.csv` is the empty settlement table: one row per settlement. Only its KATO, or its name and
district, must be there, and of the rest whatever is known. What is not known stays empty: 0 means none.

| column | қазақша | по-русски | in English |
|---|---|---|---|
{settlements}

Tables of other forms are known by their headers, in Kazakh, Russian or English, wherever they stand in the first 20
rows: totals of districts (the form of the Bureau of National Statistics, one region or the country), ages (single years
or groups, down the sheet or across it; men and women are summed), births by year, pupils by school year and grade.
Words they may hold: sex `men`, `women`; territory `urban`, `rural`; area `*` (the region) and `KZ` (the country).
"""
NO_PLACE = "placed at the settlement of its `kato`; without both, the row is rejected"
NOT_IN_TABLES = {
    "school_id": ("identifier of the school, each used once", "", "any text", "the row is rejected"),
    "lon": ("longitude, WGS 84", "degrees", "decimal", NO_PLACE),
    "lat": ("latitude, WGS 84", "degrees", "decimal", NO_PLACE),
    "kato": (
        "KATO code of its settlement",
        "",
        "nine digits",
        "joined to the nearest settlement by coordinates",
    ),
    "g1": (
        "pupils of grade 1; `g2` to `g11` likewise",
        "pupils",
        "whole number",
        "`enrolment` alone is used",
    ),
    "enrolment": (
        "pupils on roll (contingent), all grades",
        "pupils",
        "0 to 20000",
        "the sum of `g1` to `g11`; without both, no contingent finding",
    ),
    "updated_at": ("day the record was last updated", "", "YYYY-MM-DD", "not judged stale"),
    "changed_at": ("day the school itself last changed", "", "YYYY-MM-DD", "not judged late"),
}


def column_line(name: str) -> str:
    """Return what the register's readme says of one column."""
    cells = NOT_IN_TABLES.get(name)
    if cells is None:
        column = tables.SCHOOLS.columns[name]
        allowed = ", ".join(f"`{value}`" for value in column.among or ()) or "any text"
        if column.low is not None:
            allowed = f"{column.low:.0f} to {column.high:.0f}"
        cells = (column.meaning, column.unit, allowed, column.absent or "required")
    return f"| `{name}` | {' | '.join(cells)} |"


def write_readmes(folder: Path, region: Region, rows: list[Row]) -> None:
    layers = [f"| `{name}.geojson` | {words} | {len(getattr(region, name))} |\n" for name, words in LAYER_WORDS.items()]
    text = BOUNDARIES_README.format(layers="".join(layers))
    (folder / "boundaries" / "README.md").write_text(text, encoding="utf-8")
    columns = [column_line(name) for name in COLUMNS if not re.fullmatch(r"g([2-9]|1\d)", name)]
    text = SCHOOLS_README.format(
        rows=len(rows),
        faulty=len(rows) - SCHOOLS,
        columns="\n".join(columns),
        settlements="\n".join(f"| `{name}` | {' | '.join(said)} |" for name, said in SETTLEMENTS_COLUMNS.items()),
    )
    (folder / "schools" / "README.md").write_text(text, encoding="utf-8")


def report(folder: Path, region: Region, places: list[Place], schools: list[School]) -> None:
    """Print what was made."""
    known = region.settlements["children"].notna().sum()
    counts = {
        "settlements": tally(one.kind for one in places),
        "people": sum(one.people for one in places),
        "children": f"{sum(one.children for one in places)}; given for {known} settlements",
        "roads": tally(region.roads["highway"]),
        "crossings": tally(one for one in region.roads["crossing"] if one),
        "schools": tally(one.level for one in schools),
        "pupils": sum(one.roll for one in schools),
        "owed a school, have none": sum(one.rural and not one.level and one.children >= 5 for one in places),
    }
    for path in sorted([*folder.glob("boundaries/**/*.*"), *folder.glob("schools/*.*")]):
        counts[str(path.relative_to(folder))] = f"{path.stat().st_size:,} bytes"
    for what, count in counts.items():
        print(f"{what:40} {count}")
    for one in places:
        if one.role:
            school = one.level or "no school"
            print(f"{one.role:20} {one.place_id} {one.names[2]:14} {one.children:4} children, {school}")


def tally(values: Iterable[str]) -> str:
    """Return how many there are, in all and of each value."""
    counts = Counter(values)
    return f"{counts.total()}: " + ", ".join(f"{count} {value}" for value, count in counts.most_common())


def main(folder: Path) -> None:
    rng = np.random.default_rng(SEED)
    land, plane = make_land(rng), Plane()
    places = make_places(rng, land)
    shapes = make_districts(rng, land)
    name_places(rng, places)
    place_codes(places, shapes)
    roads = make_roads(rng, land, places)
    schools = open_schools(places)
    fill_schools(places, schools)
    rows = [school_row(rng, school, places, plane) for school in schools]
    spoil(rng, schools, rows)
    rows += faulty_rows(rng, places, rows, plane)
    rows = [{"school_id": f"99-{at:03d}", **row} for at, row in enumerate(rows, 1)]
    rows[-1]["school_id"] = rows[AGAIN]["school_id"]
    hide(rng, places)
    region = make_region(land, shapes, places, roads, plane)
    write_layers(folder / "boundaries" / "example", region)
    write_rows(folder / "schools" / "example.csv", rows)
    write_rows(folder / "schools" / "template.csv", [])
    titles = ",".join(["kato", "name", "district", *HEADCOUNTS.columns])
    (folder / "schools" / "settlements-template.csv").write_text(f"{titles}\n", encoding="utf-8")
    write_readmes(folder, region, rows)
    report(folder, region, places, schools)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "data")
