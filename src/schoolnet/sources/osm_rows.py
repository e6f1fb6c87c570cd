"""Map objects -> rows of tables, one object at a time while the file streams by.

Every settlement and school is used, corrected or rejected in the ledger; what has no whole shape is listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import shapely

from schoolnet.messages import Message
from schoolnet.sources import osm_roads, osm_shapes
from schoolnet.sources import osm_tags as read
from schoolnet.sources import text as texts
from schoolnet.sources.osm_crossings import Drawn
from schoolnet.sources.osm_rules import rules

if TYPE_CHECKING:
    from schoolnet.ledger import Recorder

Row = dict[str, Any]
Outline = tuple[str, str]  # table, object

# the first key an object with unreadable letters has says what it was meant to be
_MEANT = {"place": "settlements", "amenity": "schools", "highway": "roads", "boundary": "areas"}
# what is nothing without its shape, and the table it is missing from
_SHAPES_ONLY = {"waters": "waters", "built_up": "built_up", "bridges": "roads", "dams": "roads"}


@dataclass
class Rows:
    """Rows gathered from map objects, keyed by the object (n, w or r and its number); lines and polygons are WKB.

    Attributes
    ----------
    areas, settlements, waters, schools
        One row for each object.
    roads
        One list for each column: there are a hundred times more of them.
    incomplete
        Tags of the administrative areas whose outline is not whole.
    built_up
        Areas that say where a place is built: `area_id`, `name`, `place` (None: a residential area), polygons.
    drawn
        Crossings drawn apart from their road.
    modelled
        Names of layers whose objects carry `modelled=yes`.
    """

    recorder: Recorder
    areas: dict[str, Row] = field(default_factory=dict)
    settlements: dict[str, Row] = field(default_factory=dict)
    waters: dict[str, Row] = field(default_factory=dict)
    schools: dict[str, Row] = field(default_factory=dict)
    roads: osm_roads.Columns = field(default_factory=osm_roads.Columns)
    built_up: dict[str, Row] = field(default_factory=dict)
    drawn: Drawn = field(default_factory=Drawn)
    incomplete: dict[str, Row] = field(default_factory=dict)
    modelled: set[str] = field(default_factory=set)
    _expected: dict[Outline, tuple[Row, Any]] = field(default_factory=dict)
    _built: set[Outline] = field(default_factory=set)
    _towns: dict[str, tuple[Row, Any]] = field(default_factory=dict)
    _left_out: dict[str, list[str]] = field(default_factory=dict)

    def take(self, thing: Any) -> None:
        """Add the rows of one map object."""
        try:
            if thing.is_node():
                self._node(thing, thing.tags)
            elif thing.is_way():
                self._way(thing, thing.tags)
            elif thing.is_area():
                self._area(thing, thing.tags)
            else:
                self._expect(f"r{thing.id}", thing.tags, None)
        except UnicodeDecodeError:
            self._unreadable(thing)

    def finish(self) -> None:
        """Settle the outlines: those that are not whole, and settlements that are drawn by nothing else."""
        self._add_outlined_settlements()
        for (table, key), (tags, middle) in sorted(self._expected.items(), key=lambda item: item[0]):
            if (table, key) not in self._built:
                self._not_whole(table, key, tags, middle)
        self.roads.note(self.recorder)
        for table, keys in sorted(self._left_out.items()):
            what = Message("{count} map objects: {keys}", count=len(keys), keys=read.listed(keys))
            why = Message("left out: their shape is not whole in the extract, or their tags cannot be read")
            self.recorder.note(table, what, why)

    def _node(self, node: Any, tags: Any) -> None:
        key = f"n{node.id}"
        add = {"settlements": self._settlement, "schools": self._school}
        for table in read.outlines(tags):
            if table in add and node.location.valid():
                add[table](key, tags, shapely.Point(node.lon, node.lat))
            elif table in add:
                why = Message("correct its place on the map")
                self._reject(table, key, Message("its coordinates are not on Earth"), why)
        if read.is_ford(tags) and node.location.valid():
            self.drawn.fords[key] = node.lon, node.lat

    def _settlement(self, key: str, tags: Any, point: shapely.Point) -> None:
        place, people, kato = tags["place"], tags.get("population") or "", read.raw_kato(tags) or ""
        names, mended = read.names(tags), list(read.mended_names(tags))
        if not self._first("settlements", key, self.settlements):
            return
        population, why = read.population(people) if people else (None, "")
        if why:
            mended.append(("population", people, why))
        code = texts.kato(kato)
        if kato and not code:
            mended.append(("kato", kato, Message("not a KATO code of nine digits: taken as missing")))
        for column, what, reason in mended:
            self.recorder.corrected("settlements", key, column, texts.short(texts.tidy(what)), reason)
        basis = "unknown" if population is None else "modelled" if "population:modelled" in tags else "given"
        if basis == "modelled":
            self.modelled.add("population")
        row = {
            "settlement_id": key,
            **names,
            "kato": code,
            "place": place,
            "is_rural": place not in rules().urban,
        }
        self.settlements[key] = row | {"population": population, "population_basis": basis, "geometry": point}

    def _school(self, key: str, tags: Any, point: shapely.Point) -> None:
        names, mended = read.names(tags), list(read.mended_names(tags))
        if not self._first("schools", key, self.schools):
            return
        for column, what, why in mended:
            self.recorder.corrected("schools", key, column, what, why)
        if tags.get("modelled") == "yes":
            self.modelled.add("schools")
        self.schools[key] = {"school_id": key, **names, "source": "OpenStreetMap", "geometry": point}

    def _way(self, way: Any, tags: Any) -> None:
        if tags.get("waterway") == "dam" and not way.is_closed():
            self._dam(way)
        if tags.get("highway") is not None or tags.get("route") == "ferry":
            self._road(way, tags)
            return
        area = way.is_closed() and "waters" in read.outlines(tags)
        if (kind := read.water_line(tags)) and not area:
            self._water(f"w{way.id}", tags, kind, osm_shapes.line(way))
        self._expect(f"w{way.id}", tags, way)

    def _dam(self, way: Any) -> None:
        shape = osm_shapes.line(way)
        if shape is None:
            self._leave_out("roads", f"w{way.id}")
        else:
            self.drawn.dams.append(shape)

    def _road(self, way: Any, tags: Any) -> None:
        said = osm_roads.reading(tags)
        if said is None:
            return
        name, shape = read.clean(tags.get("name")), osm_shapes.line(way)
        if shape is None:
            self._leave_out("roads", f"w{way.id}")
            return
        if "roads" not in self.modelled and tags.get("modelled") == "yes":
            self.modelled.add("roads")
        self.roads.add(said, name, shape)

    def _water(self, key: str, tags: Any, kind: str, shape: bytes | None) -> None:
        if shape is None:
            self._leave_out("waters", key)
            return
        self.waters[key] = {
            "water_id": key,
            **read.names(tags),
            "kind": kind,
            "intermittent": read.dries_up(tags),
            "geometry": shape,
        }

    def _expect(self, key: str, tags: Any, way: Any) -> None:
        """Remember an outline: it should come by as an area, too; a side of an administrative boundary need not."""
        for table in read.outlines(tags):
            if table == "dams" and way is not None and not way.is_closed():
                continue  # a dam is a line, too
            if table == "built_up" and tags.get("place") in rules().places:
                continue  # said of the settlement
            if table != "areas" or way is None:
                line = osm_shapes.line(way) if table == "schools" and way is not None else None
                middle = None if line is None else shapely.centroid(shapely.from_wkb(line))
                self._expected[table, key] = dict(tags), middle

    def _area(self, area: Any, tags: Any) -> None:
        key = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
        shape = osm_shapes.polygon(area)
        if shape is None:
            return
        for table in read.outlines(tags):
            self._built.add((table, key))
            if table == "areas":
                self._administrative(key, tags, shape)
            elif table == "waters":
                self._water(f"a{key}", tags, str(read.water_area(tags)), shape)
            elif table == "schools":
                self._school(key, tags, shapely.point_on_surface(shapely.from_wkb(shape)))
            elif table == "settlements":
                self._towns[key] = dict(tags), shapely.from_wkb(shape)
            elif table == "built_up":
                self._built_up(key, tags, shape)
            else:
                (self.drawn.bridges if table == "bridges" else self.drawn.dams).append(shape)

    def _built_up(self, key: str, tags: Any, shape: bytes) -> None:
        place = tags.get("place")
        known = place if place in rules().places else None
        self.built_up[key] = {"area_id": key, **read.names(tags), "place": known, "geometry": shape}

    def _administrative(self, key: str, tags: Any, shape: bytes) -> None:
        level = tags["admin_level"]
        known = re.fullmatch("[0-9]{1,2}", level)
        if not known:
            why = Message("not one number: kept as an area, but neither region nor district")
            self.recorder.note("areas", texts.short(texts.tidy(level)), why, row=key, column="admin_level")
        self.areas[key] = read.area(key, tags) | {
            "admin_level": int(level) if known else None,
            "geometry": shape,
        }

    def _add_outlined_settlements(self) -> None:
        """Add settlements drawn as an outline with no node of the same kind or name inside."""
        rows = list(self.settlements.values())
        tree = shapely.STRtree([row["geometry"] for row in rows])
        for key, (tags, shape) in sorted(self._towns.items()):
            inside = [rows[at] for at in tree.query(shape, predicate="intersects")]
            name = read.names(tags)["name"]
            if not any(row["place"] == tags["place"] or (name and row["name"] == name) for row in inside):
                self._settlement(key, tags, shapely.point_on_surface(shape))
                what, why = Message("drawn as an outline"), Message("a point inside it is taken")
                self.recorder.corrected("settlements", key, "geometry", what, why)

    def _not_whole(self, table: str, key: str, tags: Row, middle: Any) -> None:
        name = read.names(tags)["name"]
        shown = name or Message("without a name")
        if table == "areas":
            self.incomplete[key] = read.area(key, tags)
            self.recorder.note(table, shown, Message("left out: its outline is not whole in the extract"), row=key)
        elif table in _SHAPES_ONLY:
            self._leave_out(_SHAPES_ONLY[table], key)
        elif table == "schools" and middle is not None:
            self._school(key, tags, middle)
            what, why = Message("its outline does not close"), Message("the middle of its line is taken")
            self.recorder.corrected(table, key, "geometry", what, why)
        elif table == "schools" or name not in {row["name"] for row in self.settlements.values()}:
            self._reject(table, key, shown, Message("its outline is not whole in the extract: mark it by a node"))

    def _first(self, table: str, key: str, rows: dict[str, Row]) -> bool:
        if key in rows:
            self._reject(table, key, Message("stands twice in the extract"), Message("the first is used"))
            return False
        self.recorder.read(table)
        return True

    def _reject(self, table: str, key: str, what: str, why: str) -> None:
        self.recorder.read(table)
        self.recorder.rejected(table, key, "", what, why)

    def _leave_out(self, table: str, key: str) -> None:
        self._left_out.setdefault(table, []).append(key)

    def _unreadable(self, thing: Any) -> None:
        if thing.is_area():  # its way or relation is recorded
            return
        table = next((table for key, table in _MEANT.items() if key in thing.tags), "waters")
        key = f"{thing.type_str()}{thing.id}"
        if table in ("settlements", "schools"):
            self._reject(table, key, Message("its letters are not UTF-8"), Message("correct its tags on the map"))
        else:
            self._leave_out(table, key)
