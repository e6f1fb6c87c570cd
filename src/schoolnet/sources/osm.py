"""Read an OpenStreetMap extract (.osm.pbf) into layers, streaming, and cut one region out of them.

Grain in: map objects. Grain out: one row per administrative area, settlement, road, water and school.
Every place and school read is used, corrected or rejected in the ledger; roads and waters that cannot be built are counted.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from schoolnet import tables
from schoolnet.errors import Fault, SourceError
from schoolnet.ledger import Ledger, Recorder
from schoolnet.region import Input, hashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import geopandas as gpd

_KEYS = ("place", "highway", "waterway", "natural", "amenity", "boundary", "route", "landuse")
_AREA_KEYS = ("boundary", "natural", "waterway", "amenity", "landuse")
_SANE_PEOPLE = 5_000_000


@dataclass(frozen=True)
class Extract:
    """What a map extract holds, before a region is cut out of it.

    Attributes
    ----------
    areas
        Administrative areas: `area_id`, names, `kato`, `iso`, `admin_level` (Int64), polygons.
    settlements, roads, waters, schools
        Layers as in `schoolnet.tables`; `district_id` and `settlement_id` are still empty.
    modelled
        Names of layers whose objects carry `modelled=yes`.
    ledger, input
        What became of the rows, and the file.
    """

    areas: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    waters: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    modelled: tuple[str, ...]
    ledger: Ledger
    input: Input


@cache
def _tags() -> dict[str, Any]:
    return tomllib.loads(resources.files("schoolnet.sources").joinpath("osm.toml").read_text(encoding="utf-8"))


def read(path: Path | str) -> Extract:
    """Read an extract in one streaming pass (two for its polygons).

    Parameters
    ----------
    path
        An .osm.pbf file (.osm, .osm.bz2 and .osm.gz are read too).

    Raises
    ------
    SourceError
        The file is missing, empty, cut short, not OpenStreetMap data, or holds no settlement.
    """
    path = Path(path)
    _refuse_unreadable(path)
    rows = _Rows(Recorder(path.name))
    try:
        for thing in _stream(path):
            rows.take(thing)
    except RuntimeError as error:
        raise SourceError(
            Fault(
                f"reading stopped: {error}.",
                "The file is cut short or is not an .osm.pbf: download it again and compare its size or checksum.",
                path.name,
            )
        ) from None
    if not rows.settlements:
        raise SourceError(
            Fault(
                "no settlement (place = city, town, village or hamlet) was found.",
                "Give an extract of a whole region with its places, such as one cut by administrative boundary.",
                path.name,
            )
        )
    return rows.extract(hashed(path, "map"))


def _refuse_unreadable(path: Path) -> None:
    if not path.is_file():
        what = "this is a folder, not a file." if path.is_dir() else "there is no such file."
        raise SourceError(Fault(what, "Check the path of the map extract (.osm.pbf).", str(path)))
    if path.stat().st_size == 0:
        raise SourceError(Fault("the file is empty.", "Download the map extract again.", path.name))
    if path.suffix == ".pbf":
        with path.open("rb") as stream:
            if b"OSMHeader" not in stream.read(64):
                raise SourceError(
                    Fault("this is not an .osm.pbf file.", "Give an OpenStreetMap extract in PBF form.", path.name)
                )


def _stream(path: Path) -> Iterator[Any]:
    import osmium

    wanted = osmium.filter.KeyFilter(*_KEYS)
    return iter(osmium.FileProcessor(str(path)).with_areas(osmium.filter.KeyFilter(*_AREA_KEYS)).with_filter(wanted))


@dataclass
class _Rows:
    """Rows gathered while the file streams by; geometries are kept as WKB until the end."""

    recorder: Recorder
    areas: list[dict[str, Any]] = field(default_factory=list)
    settlements: list[dict[str, Any]] = field(default_factory=list)
    roads: list[dict[str, Any]] = field(default_factory=list)
    waters: list[dict[str, Any]] = field(default_factory=list)
    schools: list[dict[str, Any]] = field(default_factory=list)
    modelled: set[str] = field(default_factory=set)
    unbuilt: dict[str, int] = field(default_factory=dict)

    def take(self, thing: Any) -> None:
        tags = thing.tags
        if thing.is_node():
            if "place" in tags:
                self._settlement(thing, tags)
            elif tags.get("amenity") == "school":
                self._school(f"n{thing.id}", tags, shapely.Point(thing.lon, thing.lat))
        elif thing.is_way():
            if "highway" in tags or tags.get("route") == "ferry":
                self._road(thing, tags)
            elif "waterway" in tags:
                self._river(thing, tags)
        elif thing.is_area():
            self._area(thing, tags)

    def _settlement(self, node: Any, tags: Any) -> None:
        if tags["place"] not in _tags()["places"]:
            return
        self.recorder.read("settlements")
        key = f"n{node.id}"
        population = self._population(key, tags)
        basis = "unknown" if population is None else "modelled" if "population:modelled" in tags else "given"
        if basis == "modelled":
            self.modelled.add("population")
        row = {"settlement_id": key, **_names(tags), "kato": _kato(tags), "place": tags["place"]}
        row |= {"is_rural": tags["place"] not in _tags()["urban_places"], "geometry": shapely.Point(node.lon, node.lat)}
        self.settlements.append(row | {"population": population, "population_basis": basis})

    def _population(self, key: str, tags: Any) -> int | None:
        text = tags.get("population")
        if text is None:
            return None
        found = re.search(r"\d+", re.sub(r"(?<=\d)[\s ,.](?=\d{3}\b)", "", text))
        value = int(found.group()) if found and not text.strip().startswith("-") else None
        if value is None or value > _SANE_PEOPLE:
            self.recorder.corrected("settlements", key, "population", text, "not a number of people: taken as unknown")
            return None
        if str(value) != text.strip():
            self.recorder.corrected("settlements", key, "population", text, f"read as {value}")
        return value

    def _school(self, key: str, tags: Any, point: shapely.Point) -> None:
        self.recorder.read("schools")
        if tags.get("modelled") == "yes":
            self.modelled.add("schools")
        self.schools.append({"school_id": key, **_names(tags), "source": "OpenStreetMap", "geometry": point})

    def _road(self, way: Any, tags: Any) -> None:
        use = _use(tags)
        if use is None:
            return
        line = self._line("roads", way)
        if line is None:
            return
        if tags.get("modelled") == "yes":
            self.modelled.add("roads")
        kind = tags.get("highway", "ferry")
        drive, walk = use
        row = {"highway": kind, "crossing": _crossing(tags), "drive": drive, "walk": walk, "name": tags.get("name")}
        self.roads.append(row | {"oneway": _oneway(tags), "geometry": line})

    def _river(self, way: Any, tags: Any) -> None:
        kind = _tags()["water"]["lines"].get(tags["waterway"])
        if kind is None or tags.get("tunnel") in _tags()["water"]["hidden"]:
            return
        line = self._line("waters", way)
        if line is not None:
            self._water(f"w{way.id}", tags, kind, line)

    def _water(self, key: str, tags: Any, kind: str, geometry: str) -> None:
        dry = "yes" in (tags.get("intermittent"), tags.get("seasonal"))
        self.waters.append({"water_id": key, **_names(tags), "kind": kind, "intermittent": dry, "geometry": geometry})

    def _area(self, area: Any, tags: Any) -> None:
        key = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
        if tags.get("boundary") == "administrative" and "admin_level" in tags:
            shape = self._built("areas", lambda: _wkb().create_multipolygon(area))
            if shape is not None:
                level = tags["admin_level"]
                row = {"area_id": key, **_names(tags), "kato": _kato(tags), "iso": tags.get("ISO3166-2")}
                self.areas.append(row | {"admin_level": int(level) if level.isdigit() else None, "geometry": shape})
        elif (kind := _water_area(tags)) is not None:
            shape = self._built("waters", lambda: _wkb().create_multipolygon(area))
            if shape is not None:
                self._water(f"a{key}", tags, kind, shape)
        elif tags.get("amenity") == "school":
            shape = self._built("schools", lambda: _wkb().create_multipolygon(area))
            if shape is not None:
                self._school(key, tags, shapely.point_on_surface(shapely.from_wkb(shape)))

    def _line(self, table: str, way: Any) -> str | None:
        return self._built(table, lambda: _wkb().create_linestring(way))

    def _built(self, table: str, build: Callable[[], str]) -> str | None:
        # a way cut at the edge of the extract, or a ring that does not close, cannot be built
        try:
            return build()
        except RuntimeError:
            self.unbuilt[table] = self.unbuilt.get(table, 0) + 1
            return None

    def extract(self, source: Input) -> Extract:
        for table, count in sorted(self.unbuilt.items()):
            self.recorder.note(table, f"{count} map objects", "left out: their shape is incomplete in the extract")
        if any(row["place"] in _tags()["places"] for row in self.settlements):
            self.recorder.note("settlements", "is_rural", "read from the kind of place: city and town are urban, the rest rural")
        return Extract(
            areas=_area_frame(self.areas),
            settlements=_layer(self.settlements, tables.SETTLEMENTS, by="settlement_id"),
            roads=_layer(self.roads, tables.ROADS),
            waters=_layer(self.waters, tables.WATERS, by="water_id"),
            schools=_layer(self.schools, tables.SCHOOLS, by="school_id"),
            modelled=tuple(sorted(self.modelled)),
            ledger=self.recorder.ledger(),
            input=source,
        )


@cache
def _wkb() -> Any:
    import osmium

    return osmium.geom.WKBFactory()


def _names(tags: Any) -> dict[str, str | None]:
    names = {"name": tags.get("name") or None} | {f"name_{lang}": tags.get(f"name:{lang}") or None for lang in ("kk", "ru", "en")}
    names["name"] = names["name"] or names["name_kk"] or names["name_ru"] or names["name_en"]
    return names


def _kato(tags: Any) -> str | None:
    return tags.get("kato") or tags.get("ref:kato") or tags.get("kato:code")


def _use(tags: Any) -> tuple[bool, bool] | None:
    """Return (drive, walk), or None when the way serves neither."""
    classes = _tags()["highway"]
    if tags.get("route") == "ferry":
        return True, True
    kind = tags["highway"]
    if tags.get("access") in classes["closed_access"] or tags.get("area") == "yes":
        return None
    drive = kind in classes["drive_and_walk"] or kind in classes["drive_only"]
    walk = kind in classes["drive_and_walk"] or kind in classes["walk_only"]
    return (drive, walk) if drive or walk else None


def _crossing(tags: Any) -> str:
    for rule in _tags()["crossing"]["rules"]:
        value = tags.get(rule["tag"])
        if value is not None and value != "no" and (value in rule["values"] or rule["values"] == ["*"]):
            return str(rule["crossing"])
    return ""


def _oneway(tags: Any) -> str:
    return {"yes": "forward", "true": "forward", "1": "forward", "-1": "backward", "reverse": "backward"}.get(
        tags.get("oneway", ""), ""
    )


def _water_area(tags: Any) -> str | None:
    if tags.get("waterway") == "riverbank":
        return "river"
    if tags.get("natural") != "water" and tags.get("landuse") != "reservoir":
        return None
    water = tags.get("water")
    if water in _tags()["water"]["not_lakes"]:
        return None
    return "river" if water in _tags()["water"]["river_areas"] else "lake"


def _layer(rows: list[dict[str, Any]], table: tables.Table, *, by: str = "") -> gpd.GeoDataFrame:
    rows = sorted(rows, key=lambda row: str(row[by])) if by else rows
    return tables.geoframe(rows, table, _shapes(rows))


def _shapes(rows: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    values = [row["geometry"] for row in rows]
    if values and isinstance(values[0], str):
        return np.asarray(shapely.from_wkb(values))
    return np.asarray(values, dtype=object)


def _area_frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    columns = {**tables.DISTRICTS.columns, "iso": tables.Col("str", "", absent=""), "admin_level": tables.Col("Int64", "", absent="")}
    declared = tables.Table("areas", "area_id", "administrative areas of an extract", columns)
    return tables.geoframe(rows, declared, _shapes(rows))
