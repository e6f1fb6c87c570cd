"""Read an OpenStreetMap extract (.osm.pbf) into layers, streaming.

Grain in: map objects. Grain out: one row per administrative area, settlement, road, water and school.
Every place and school read is used, corrected or rejected in the ledger; what has no whole shape is counted and listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from schoolnet import foreign, schema, tables
from schoolnet.errors import Fault, SourceError
from schoolnet.ledger import Ledger, Recorder
from schoolnet.messages import Message
from schoolnet.region import Input, hashed
from schoolnet.sources import osm_blocks, osm_crossings, osm_tags
from schoolnet.sources.osm_rows import Rows
from schoolnet.sources.text import short, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import geopandas as gpd

_FORMATS = (".pbf", ".osm", ".osm.bz2", ".osm.gz")
_HEADER_WITHIN = 64  # bytes of a PBF
_AREAS = schema.Table(
    "areas",
    "area_id",
    "administrative areas of an extract",
    {
        **tables.DISTRICTS.columns,
        "iso": schema.Col("str", "", absent=""),
        "admin_level": schema.Col("Int64", "", absent=""),
    },
    geometry="polygon",
)
_BUILT_UP = schema.Table(
    "built_up",
    "area_id",
    "built-up areas of an extract",
    {
        **{name: column for name, column in tables.SETTLEMENTS.columns.items() if name.startswith("name")},
        "place": schema.Col("str", "kind of place", absent="a residential area"),
    },
    geometry="polygon",
)


@dataclass(frozen=True)
class Extract:
    """What a map extract holds, before a region is cut out of it.

    Attributes
    ----------
    areas
        Administrative areas: `area_id`, names, `kato`, `iso`, `admin_level` (Int64), polygons.
    settlements, roads, waters, schools
        Layers as in `schoolnet.tables`; `district_id` and `settlement_id` are still empty.
    built_up
        Areas where people live, each not yet of any settlement: `area_id`, names, `place` (empty: a residential area).
    modelled
        Names of layers whose objects carry `modelled=yes`.
    ledger, input
        What became of the rows, and the file.
    incomplete
        Administrative areas whose outline is not whole in the extract: `area_id`, names, `kato`, `iso`.
    """

    areas: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    waters: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    built_up: gpd.GeoDataFrame
    modelled: tuple[str, ...]
    ledger: Ledger
    input: Input
    incomplete: tuple[Mapping[str, Any], ...] = field(default=())


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
    rows = Rows(Recorder(path.name))
    try:
        for thing in _stream(path):
            rows.take(thing)
    except (RuntimeError, ValueError) as error:
        remedy = Message(
            "The file is cut short or is not an .osm.pbf: download it again and compare its size or checksum."
        )
        if isinstance(error, ValueError):  # a whole file, with an object in it that OpenStreetMap would refuse
            remedy = Message("Give another extract, or correct the object.")
        problem = Message("reading stopped: {error}.", error=short(tidy(str(error))))
        raise SourceError(Fault(problem, remedy, path.name)) from None
    rows.finish()
    if not rows.settlements:
        what = Message("no settlement (place = city, town, village or hamlet) was found.")
        remedy = Message(
            "Give an extract of a region with its places; if it should hold them, it is cut short: download it again."
        )
        raise SourceError(Fault(what, remedy, path.name))
    return _extract(rows, hashed(path, "map"))


def _refuse_unreadable(path: Path) -> None:
    if not path.is_file():
        what = Message("this is a folder, not a file.") if path.is_dir() else Message("there is no such file.")
        raise SourceError(Fault(what, Message("Check the path of the map extract (.osm.pbf)."), str(path)))
    try:
        with path.open("rb") as stream:
            begins = stream.read(_HEADER_WITHIN)
    except OSError as error:
        problem = Message("cannot be read: {error}.", error=foreign.system(error))
        raise SourceError(Fault(problem, Message("Check that you may read it."), str(path))) from None
    if not begins:
        remedy = Message("Download the map extract again.")
        raise SourceError(Fault(Message("the file is empty."), remedy, path.name))
    packed = path.suffix.casefold() == ".pbf"
    if not path.name.casefold().endswith(_FORMATS) or (packed and b"OSMHeader" not in begins):
        what = Message("this is not an .osm.pbf file.")
        raise SourceError(Fault(what, Message("Give an OpenStreetMap extract in PBF form."), path.name))
    if packed:
        osm_blocks.check(path)
    else:
        osm_blocks.check_text(path)


def _stream(path: Path) -> Iterator[Any]:
    import osmium

    areas = osmium.filter.TagFilter(*osm_tags.wanted_areas())
    wanted = osmium.filter.TagFilter(*osm_tags.wanted())
    try:
        yield from osmium.FileProcessor(str(path)).with_areas(areas).with_filter(wanted)
    except osmium.InvalidLocationError as error:  # the only one of its errors that is no RuntimeError or ValueError
        raise ValueError(str(error)) from None


def _extract(rows: Rows, source: Input) -> Extract:
    note = rows.recorder.note
    for table, found in (("areas", rows.areas), ("roads", rows.roads.lists["geometry"]), ("waters", rows.waters)):
        if not found:
            why = Message("if the extract should hold them, it is cut short: download it again")
            note(table, Message("none was found"), why)
    why = Message("read from the kind of place: city and town are urban, the rest rural")
    note("settlements", "is_rural", why)
    roads = osm_crossings.resolved(_roads(rows.roads.lists), rows.drawn, rows.recorder)
    return Extract(
        areas=_layer(rows.areas.values(), _AREAS),
        settlements=_layer(rows.settlements.values(), tables.SETTLEMENTS),
        roads=roads,
        waters=_layer(rows.waters.values(), tables.WATERS),
        schools=_layer(rows.schools.values(), tables.SCHOOLS),
        built_up=_layer(rows.built_up.values(), _BUILT_UP),
        modelled=tuple(sorted(rows.modelled)),
        ledger=rows.recorder.ledger(),
        input=source,
        incomplete=tuple(rows.incomplete.values()),
    )


def _layer(rows: Iterable[Mapping[str, Any]], table: schema.Table) -> gpd.GeoDataFrame:
    ordered = sorted(rows, key=lambda row: str(row[table.index]))
    return schema.geoframe(ordered, table, _shapes([row["geometry"] for row in ordered]))


def _roads(columns: Mapping[str, list[Any]]) -> gpd.GeoDataFrame:
    import geopandas as gpd

    types = schema.frame([], tables.ROADS).dtypes.to_dict()
    frame = pd.DataFrame({name: columns[name] for name in tables.ROADS.columns}).astype(types)
    return gpd.GeoDataFrame(frame, geometry=_shapes(columns["geometry"]), crs=schema.EPSG_AT_REST)


def _shapes(values: list[Any]) -> np.ndarray[Any, Any]:
    if values and isinstance(values[0], bytes):
        return np.asarray(shapely.from_wkb(values))
    return np.asarray(values, dtype=object)
