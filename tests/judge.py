"""A slow and obvious second opinion: the definitions of the model, word by word, in loops with shapely and networkx.

Nothing here is taken from `schoolnet.model`: roads are cut, villages hung, waters joined and ways judged anew from the
layers of a region. It is used on small worlds where no two ways are equally short.
"""

from __future__ import annotations

import itertools
import tomllib
from importlib import resources
from typing import NamedTuple

import networkx as nx
import numpy as np
import pyproj
import shapely

GEOD = pyproj.Geod(ellps="WGS84")
DRY = ("bridge", "dam", "tunnel")
SHUT_IN_FLOOD = ("ford", "ferry", "ice_road")
WORSE = ("bridge", "dam", "tunnel", "round", "unmarked", "ice_road", "ford", "ferry", "none")
TEACHES = {"1-4": ("primary", "basic", "secondary"), "5-9": ("basic", "secondary"), "10-11": ("secondary",)}
SPEEDS = tomllib.loads(resources.files("schoolnet.model").joinpath("speeds.toml").read_text(encoding="utf-8"))


class Stretch(NamedTuple):
    """A piece of one road between two nodes."""

    road: int
    start: object
    end: object
    places: list  # lon, lat
    metres: float


class Water(NamedTuple):
    key: str
    kind: str
    shape: object


class Verdict(NamedTuple):
    water_id: str | None
    crossing: str
    between: bool
    barrier: bool


class Judge:
    """What the definitions say of one region."""

    def __init__(self, region, options):
        self.region, self.options = region, options
        to_metric = pyproj.Transformer.from_crs(4326, region.crs, always_xy=True).transform
        self.metric = lambda shape: shapely.transform(shape, lambda xy: np.column_stack(to_metric(*xy.T)))
        self.roads = [row._asdict() for row in region.roads.itertuples(index=False)]
        self.points = {("settlement", key): at for key, at in region.settlements.geometry.items()}
        own = region.schools
        self.levels, self.home_of = own["level"].to_dict(), own["settlement_id"].to_dict()
        self.beyond = region.neighbours if options.border_schools == "yes" else region.neighbours.iloc[:0]
        self.levels |= self.beyond["level"].to_dict()
        self.points |= {("school", key): at for layer in (own, self.beyond) for key, at in layer.geometry.items()}
        self.layer = self._layer()
        self.feet = {way: self._feet(way) for way in ("walk", "drive")}
        self.stretches = self._stretches()
        self.courses = [self.metric(shapely.LineString(one.places)) for one in self.stretches]
        self.waters = self._waters()
        self.crossing = self._crossings()
        self.built_up = self._built_up()
        self.divided = self._divided()
        self.graphs = {}

    # -- hanging people on roads

    def _feet(self, way):
        """Return (road, place on it, leg in metres) of each point, or None."""
        among = [at for at, road in enumerate(self.roads) if road[way]]
        firm = [at for at in among if self.roads[at]["crossing"] not in ("ferry", "ice_road")]
        shapes = {at: self.metric(self.roads[at]["geometry"]) for at in among}
        meet = nx.Graph()
        meet.add_nodes_from(among)
        for a, b in itertools.combinations(among, 2):
            if _vertices(self.roads[a]) & _vertices(self.roads[b]):
                meet.add_edge(a, b)
        groups = [*nx.connected_components(meet)]
        group_of = {at: number for number, group in enumerate(groups) for at in group}
        nearest = {}
        for key, point in self.points.items():
            place = self.metric(point)
            near = [
                (place.distance(shapes[at]), at) for at in firm if place.distance(shapes[at]) <= self.options.snap_m
            ]
            nearest[key] = min(near)[1] if near else None
        serves = set()
        lengths = [sum(shapes[at].length for at in group if at in firm) for group in groups]
        for number in range(len(groups)):
            kinds = [
                kind
                for (kind, name), at in nearest.items()
                if at is not None and group_of[at] == number and (kind == "settlement" or name not in self.beyond.index)
            ]
            homes = kinds.count("settlement")
            if homes >= 2 or (homes and "school" in kinds) or lengths[number] == max(lengths):
                serves.add(number)
        return {
            key: self._foot(point, [at for at in firm if group_of[at] in serves]) for key, point in self.points.items()
        }

    def _foot(self, point, among):
        """Return the nearest place whose leg crosses no water; a point in the water has no side of its own."""
        place, found = self.metric(point), []
        waters = [water.shape for water in self.layer]
        afloat = any(place.intersects(water) for water in waters)
        for at in among:
            lonlat = [*self.roads[at]["geometry"].coords]
            for number, (a, b) in enumerate(itertools.pairwise(lonlat)):
                whole = self.metric(shapely.LineString([a, b]))
                dry = whole.difference(shapely.union_all(waters)) if waters and not afloat else whole
                for segment in (part for part in _flat(dry) if not part.is_empty):
                    leg = shapely.shortest_line(place, segment)
                    if leg.length > self.options.snap_m or (not afloat and any(leg.crosses(water) for water in waters)):
                        continue
                    share = whole.project(shapely.Point(leg.coords[-1]), normalized=True)
                    foot = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
                    found.append((leg.length, at, number, share, foot))
        if not found:
            return None
        _, at, number, share, foot = min(found)
        return at, round(number + share, 9), foot, GEOD.inv(point.x, point.y, *foot)[2]

    def _node(self, foot):
        """Return the node of a foot: at a vertex of the road, the vertex."""
        at, along, *_ = foot
        return _key(self.roads[at]["geometry"].coords[int(along)]) if along == int(along) else ("foot", at, along)

    def _stretches(self):
        """Cut every road at its ends, where roads meet, and at the feet."""
        uses = {}
        for road in self.roads:
            for place in road["geometry"].coords:
                uses[_key(place)] = uses.get(_key(place), 0) + 1
        feet = {foot[:3] for way in self.feet.values() for foot in way.values() if foot}
        at_vertex = {self._node(foot) for foot in feet}
        out = []
        for at, road in enumerate(self.roads):
            coords = [*road["geometry"].coords]
            last = len(coords) - 1
            stops = [
                (
                    float(number),
                    _key(place),
                    place,
                    number in (0, last) or uses[_key(place)] > 1 or _key(place) in at_vertex,
                )
                for number, place in enumerate(coords)
            ]
            stops += [
                (along, self._node((where, along)), foot, True)
                for where, along, foot in feet
                if where == at and along != int(along)
            ]
            stops.sort(key=lambda stop: stop[0])
            part = [stops[0]]
            for stop in stops[1:]:
                part.append(stop)
                if stop[3]:
                    places = [one[2] for one in part]
                    metres = sum(GEOD.inv(*a, *b)[2] for a, b in itertools.pairwise(places))
                    out.append(Stretch(at, part[0][1], stop[1], places, metres))
                    part = [stop]
        return out

    # -- waters

    def _waters(self):
        return self.layer  # the norm names rivers and lakes, the option adds canals: all that the layer can hold

    def _layer(self):
        kinds = {"river", "lake"} | ({"canal"} if self.options.canal_water == "yes" else set())
        rows = [
            (key, row["kind"], row["name"] if isinstance(row["name"], str) else "", self.metric(row["geometry"]))
            for key, row in self.region.waters.iterrows()
            if row["kind"] in kinds and not (row["intermittent"] and self.options.intermittent_water == "no")
        ]
        names = [self._name(row, rows) for row in rows]
        same = nx.Graph()
        same.add_nodes_from(range(len(rows)))
        for a, b in itertools.combinations(range(len(rows)), 2):
            if names[a] == names[b] and rows[a][1] == rows[b][1] and rows[a][3].intersects(rows[b][3]):
                same.add_edge(a, b)
        out = []
        for group in nx.connected_components(same):
            first = min(group, key=lambda at: (rows[at][2] == "", at))
            shape = shapely.union_all([rows[at][3] for at in group])
            lake = rows[first][1] == "lake"
            if (
                (shape.area >= self.options.min_water_ha * 10_000)
                if lake
                else (shape.length >= self.options.min_river_km * 1000)
            ):
                out.append((first, Water(rows[first][0], rows[first][1], shape)))
        return [water for _, water in sorted(out, key=lambda one: one[0])]

    @staticmethod
    def _name(row, rows):
        """Return a name; a nameless piece of river belongs to the river that runs longest in it."""
        if row[2] or row[1] != "river":
            return row[2]
        run = {}
        for _, kind, name, shape in rows:
            if name and kind == "river":
                run[name] = run.get(name, 0.0) + row[3].intersection(shape).length
        longest = max(run, key=run.get, default="")
        return longest if longest and run[longest] > 0 else ""

    def _crossings(self):
        """Return how each stretch gets over each water it meets: {stretch: {place of the water: crossing}}."""
        out = {}
        for at, course in enumerate(self.courses):
            mark = self.roads[self.stretches[at].road]["crossing"]
            met = {
                number: mark or self._unmarked(at, water)
                for number, water in enumerate(self.waters)
                if _meets(course, water.shape) or (mark == "dam" and course.distance(water.shape) <= 50)
            }
            if met:
                out[at] = met
        return out

    def _unmarked(self, at, water):
        """Return the mark an unmarked stretch adjoins, when all of the wet place is within 50 m of where they join."""
        wet = self.courses[at].intersection(water.shape)
        one = self.stretches[at]
        worst = "bridge"
        for place in _flat(wet):
            best = "unmarked"
            for node, corner in ((one.start, self.courses[at].coords[0]), (one.end, self.courses[at].coords[-1])):
                if max(shapely.Point(corner).distance(shapely.Point(each)) for each in place.coords) > 50:
                    continue
                for other in self.stretches:
                    mark = self.roads[other.road]["crossing"]
                    if mark and node in (other.start, other.end):
                        best = min(best, mark, key=WORSE.index) if best != "unmarked" else mark
            worst = max(worst, best, key=WORSE.index)
        return worst

    # -- ways

    def graph(self, way, season, *, dry_shod=None):
        """Return the network of a way and season; of parallel stretches the shortest; legs have the stretch -1."""
        if (way, season, dry_shod) in self.graphs:
            return self.graphs[way, season, dry_shod]
        graph = nx.DiGraph()

        def add(a, b, metres, stretch, minutes):
            if not graph.has_edge(a, b) or graph[a][b]["metres"] > metres:
                graph.add_edge(a, b, metres=metres, stretch=stretch, minutes=minutes)

        for at, one in enumerate(self.stretches):
            road = self.roads[one.road]
            if not self._open(at, way, season, dry_shod=dry_shod):
                continue
            minutes = one.metres / 1000 / self.kmh(road, season) * 60
            if way == "walk" or road["oneway"] != "backward":
                add(one.start, one.end, one.metres, at, minutes)
            if way == "walk" or road["oneway"] != "forward":
                add(one.end, one.start, one.metres, at, minutes)
        for key, foot in self.feet[way].items():
            if foot:
                node = self._node(foot)
                minutes = foot[3] / 1000 / SPEEDS["dry"]["other"] * 60
                add(key, node, foot[3], -1, minutes)
                add(node, key, foot[3], -1, minutes)
        self.graphs[way, season, dry_shod] = graph
        return graph

    def _open(self, at, way, season, *, dry_shod):
        road = self.roads[self.stretches[at].road]
        wet = road["crossing"] in SHUT_IN_FLOOD
        met = self.crossing.get(at, {})
        if dry_shod is not None and any(met.get(water, "bridge") not in DRY for water in dry_shod):
            return False
        return road[way] and not (wet and (season == "flood" or dry_shod is not None))

    @staticmethod
    def kmh(road, season):
        known = SPEEDS["dry"] | (SPEEDS["flood"] if season == "flood" else {})
        sign = road["maxspeed_kmh"]
        by_class = known.get(road["highway"], known["other"])
        return min(by_class, sign) if sign == sign else by_class  # noqa: PLR0124 - a sign that is absent is NaN

    def metres(self, way, season, home, school, *, dry_shod=None):
        """Return metres and the ways' nodes, or None where there is no way."""
        graph, ends = self.graph(way, season, dry_shod=dry_shod), (("settlement", home), ("school", school))
        if not all(end in graph for end in ends) or not nx.has_path(graph, *ends):
            return None
        return nx.single_source_dijkstra(graph, ends[0], ends[1], weight="metres")

    def minutes(self, season, home, school):
        graph = self.graph("drive", season)
        nodes = self.metres("drive", season, home, school)[1]
        return sum(graph[a][b]["minutes"] for a, b in itertools.pairwise(nodes))

    def schools(self, band):
        return [key for key, level in self.levels.items() if level in TEACHES[band]]

    def nearest(self, way, season, home, band):
        """Return the nearest school and its metres, or None when no way leads to any."""
        found = [(self.metres(way, season, home, school), school) for school in self.schools(band)]
        found = [(way_to[0], school) for way_to, school in found if way_to]
        return min(found) if found else None

    def straight(self, home, school):
        a, b = self.points["settlement", home], self.points["school", school]
        return GEOD.inv(a.x, a.y, b.x, b.y)[2]

    # -- what lies between

    def _built_up(self):
        rows = self.region.built_up
        return {
            key: shapely.union_all([self.metric(area) for area in rows.geometry[rows["settlement_id"] == key]])
            for key in rows["settlement_id"].unique()
        }

    def _divided(self):
        """Return the settlements a river cuts so that a twentieth of what is built is on a second bank, and it."""
        out = {}
        for key, area in self.built_up.items():
            for water in self.waters:
                banks = _flat(area.convex_hull.difference(water.shape.buffer(1)))
                built = sorted(bank.intersection(area).area for bank in banks)
                if water.kind != "lake" and len(built) > 1 and built[-2] >= sum(built) / 20:
                    out.setdefault(key, water.key)
        return out

    def all_between(self, season, home, school, *, path=True):  # noqa: C901 - plain on purpose
        """Return {place of the water: (crossing, barrier)} for all waters between; `path` False: take no road."""
        ends = [self.metric(self.points["settlement", home]), self.metric(self.points["school", school])]
        line = shapely.LineString(ends)
        for own in (home, self.home_of.get(school)):
            if own in self.built_up:
                area = self.built_up[own]
                line = line.difference(area.convex_hull if own in self.divided else area)
        way = self.options.way
        found = self.metres(way, season, home, school) if path else None
        out = {}
        for number, water in enumerate(self.waters):
            if not line.crosses(water.shape):
                continue
            if found is None:
                out[number] = ("none", True)
                continue
            graph = self.graph(way, season)
            used = [graph[a][b]["stretch"] for a, b in itertools.pairwise(found[1])]
            met = [self.crossing[at][number] for at in used if number in self.crossing.get(at, {})]
            if met:
                worst = max(met, key=WORSE.index)
                out[number] = (worst, worst not in DRY)
            elif any(shapely.intersects(_areas_of(water.shape), shapely.Point(end)) for end in ends):
                continue
            elif water.kind == "lake":
                if self.options.lake_round == "yes":
                    out[number] = ("round", True)
            elif len(_flat(line.intersection(water.shape))) % 2:
                out[number] = ("round", False)
        return out

    def verdict(self, season, home, school, *, path=True):
        found = self.all_between(season, home, school, path=path)
        if not found:
            return Verdict(None, "", between=False, barrier=False)
        number = max(found, key=lambda one: (found[one][1], WORSE.index(found[one][0]), -one))
        return Verdict(self.waters[number].key, found[number][0], between=True, barrier=found[number][1])


def _areas_of(shape):
    return shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def _key(place):
    return round(place[0] * 1e7), round(place[1] * 1e7)


def _vertices(road):
    return {_key(place) for place in road["geometry"].coords}


def _flat(shape):
    parts = shapely.get_parts(shape)
    return [one for part in parts for one in (_flat(part) if hasattr(part, "geoms") else [part])] if len(parts) else []


def _meets(course, water):
    """Return whether a road touches a line of water, or enters an area: running along the shore is not entering."""
    for part in _flat(water):
        if part.geom_type == "Polygon":
            if course.intersects(part) and not course.touches(part):
                return True
        elif course.intersects(part):
            return True
    return False
