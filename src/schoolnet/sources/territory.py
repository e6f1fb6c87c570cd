"""Choose one region of an extract by code or name, and cut its layers out."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from schoolnet import schema, tables
from schoolnet.errors import Fault, RegionError
from schoolnet.ledger import Ledger, Recorder
from schoolnet.messages import Message, joined
from schoolnet.region import Region
from schoolnet.sources import border, built_up, naming
from schoolnet.sources.outline import NAMES, Area, from_file, word
from schoolnet.sources.text import short, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from schoolnet.options import Options
    from schoolnet.sources.osm import Extract

__all__ = ["Area", "cut", "find", "from_file", "regions"]

REGION_LEVEL, DISTRICT_LEVEL = 4, 6
_EQUAL_AREA = "EPSG:6933"
_TITLES = (
    "область", "облысы", "region", "oblast", "город", "қаласы", "city", "г.", "обл.", "(қала)", "(city)"
)  # fmt: skip
_OUTLINE = Message("Give the outline with --boundary file.geojson.")


def regions(extract: Extract) -> list[Area]:
    """Return the regions (admin_level 4) of an extract, in the order of their codes."""
    rows = extract.areas[extract.areas["admin_level"] == REGION_LEVEL]
    return sorted(_areas(_rows(rows)), key=lambda area: (area.code, area.area_id))


def find(extract: Extract, wanted: str | None) -> Area:
    """Return the region asked for by ISO 3166-2 code, KATO code or name in Kazakh, Russian or English.

    Without `wanted` the only region is taken; an extract without admin_level 4 gives its largest
    administrative area, and says so.

    Raises
    ------
    RegionError
        No region answers to the name (the near ones are named), or more than one does.
    """
    found = regions(extract)
    if not found and wanted is None:
        return _largest(extract)
    pool = found or _areas(_rows(extract.areas))
    if wanted is None:
        if len(found) == 1:
            return found[0]
        known = _listed(found)
        raise RegionError(
            Fault(
                Message("the extract holds {count} regions.", count=len(found)),
                Message("Name one with --region: {known}.", known=known),
                extract.input.name,
            )
        )
    matches = [area for area in pool if _answers(area, wanted)]
    if len(matches) == 1:
        return matches[0]
    raise RegionError(_not_one(short(tidy(wanted)), matches, pool, extract))


def cut(extract: Extract, area: Area, options: Options) -> Region:
    """Cut one region out of an extract: settlements inside, roads and waters up to `margin_m` beyond the border.

    The map's own schools come along, and those of other regions of the extract as far over the border (option
    `border_schools`); `register.attach` puts the register in their place. A settlement or school exactly on the border
    is inside. Built-up areas are those of `built_up.of`.

    Raises
    ------
    RegionError
        No settlement lies inside the outline.
    """
    recorder = Recorder((area.input or extract.input).name)
    if area.note:
        recorder.note("region", area.names["name"], area.note)
    shapely.prepare(area.shape)
    settlements = extract.settlements[_inside(extract.settlements, area.shape)].copy()
    if settlements.empty:
        raise RegionError(_nobody(extract, area))
    schools = extract.schools[_inside(extract.schools, area.shape)].copy()
    districts = _districts(extract, area, recorder)
    settlements["district_id"] = _district_of(settlements, districts)
    _note_outside(settlements, recorder)
    wide = _widened(area.shape, options.margin_m)
    on_map = Recorder(extract.input.name)
    areas = built_up.of(_touching(extract.built_up, wide), extract.settlements, settlements.index, on_map)
    counted = options.border_schools == "yes"
    around = border.around(regions(extract) if counted else [], area, wide, extract, options.margin_m)
    found = _counted_inside(extract, {"settlements": settlements, "schools": schools}, around.neighbours)
    return Region(
        code=area.code,
        names=area.names,
        boundary=multi(area.shape),
        districts=districts,
        settlements=settlements,
        roads=_touching(extract.roads, wide).reset_index(drop=True),
        waters=_barrier_waters(_touching(extract.waters, wide), options),
        built_up=areas,
        schools=schools,
        **around._asdict(),
        caveats=_caveats(extract),
        ledger=found + recorder.ledger() + on_map.ledger(),
        inputs=tuple(one for one in (extract.input, area.input) if one),
    )


def _rows(areas: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    return areas.reset_index().to_dict("records")


def _areas(rows: Iterable[Mapping[str, Any]]) -> list[Area]:
    """Return rows of `Extract.areas`, or of `Extract.incomplete` (which have no shape), as areas."""
    found = []
    for row in rows:
        names = {key: word(row[column]) for key, column in NAMES.items()}
        iso, kato, area_id = word(row["iso"]), word(row["kato"]), word(row["area_id"])
        found.append(Area(iso or kato or names["name"] or area_id, names, row.get("geometry"), kato, area_id=area_id))
    return found


def _largest(extract: Extract) -> Area:
    areas = extract.areas
    if areas.empty:
        problem = Message("the extract holds no administrative boundary.")
        raise RegionError(Fault(problem, _OUTLINE, extract.input.name))
    best = int(np.argmax(shapely.area(areas.geometry.to_numpy())))
    level = areas["admin_level"].iloc[best]
    note = Message(
        "taken as the region: the largest administrative area (admin_level {level}), as there is none of level 4",
        level=level,
    )
    return _areas(_rows(areas.iloc[[best]]))[0]._replace(note=note)


def _plain(name: str) -> str:
    words = (word for word in name.casefold().split() if word not in _TITLES)
    return " ".join(words).replace("i", "і")  # Latin i stands for Kazakh і in many sources


def _answers(area: Area, wanted: str) -> bool:
    wanted = wanted.strip()
    code = area.code.casefold()
    codes = {code, code.removeprefix("kz-"), area.kato, area.area_id}
    names = {_plain(name) for name in (*area.names.values(), *naming.official(area.names, area.code).values())}
    return wanted.casefold() in codes - {""} or _plain(wanted) in names - {""}


def _not_one(wanted: str, matches: list[Area], pool: list[Area], extract: Extract) -> Fault:
    file = extract.input.name
    if matches:
        distinct = len({area.code for area in matches}) == len(matches)
        keys = [area.code if distinct else area.area_id for area in matches]
        named = (joined(key, joined("(", area.called, ")", by="")) for key, area in zip(keys, matches, strict=True))
        codes = joined(*named, by=", ")
        problem = Message("“{wanted}” means more than one area: {codes}.", wanted=wanted, codes=codes)
        return Fault(problem, Message("Give the code with --region."), file)
    lost = [area for area in _areas(extract.incomplete) if _answers(area, wanted)]
    if lost:
        problem = Message(
            "the outline of {name} ({key}) is not whole in the extract.",
            name=lost[0].called,
            key=lost[0].area_id,
        )
        remedy = Message("Give an extract cut with whole relations. {outline}", outline=_OUTLINE)
        return Fault(problem, remedy, file)
    labels = {
        _plain(name): at
        for at, area in enumerate(pool)
        for name in (area.code, *area.names.values(), *naming.official(area.names, area.code).values())
        if name
    }
    near = dict.fromkeys(labels[one] for one in difflib.get_close_matches(_plain(wanted), labels, n=3, cutoff=0.5))
    remedy = Message("The extract holds: {known}.", known=_listed(pool[:25]))
    if near:
        remedy = Message("Near it: {near}.", near=_listed([pool[at] for at in near]))
    if not pool:
        remedy = Message("The extract holds no boundary. {outline}", outline=_OUTLINE)
    return Fault(Message("no region is called “{wanted}”.", wanted=wanted), remedy, file)


def _listed(areas: Iterable[Area]) -> str:
    return joined(*(joined(area.code, area.called) for area in areas), by="; ")


def _nobody(extract: Extract, area: Area) -> Fault:
    flipped = shapely.transform(area.shape, lambda places: places[:, ::-1])
    remedy = Message(
        "Check that the extract covers the region and that the boundary is in longitude, latitude (WGS 84)."
    )
    if _inside(extract.settlements, flipped).any():
        remedy = Message("Its longitude and latitude are swapped: write longitude first.")
    problem = Message("no settlement lies inside {name}.", name=area.called)
    return Fault(problem, remedy, (area.input or extract.input).name)


def _inside(layer: gpd.GeoDataFrame, shape: Any) -> Any:
    points = shapely.get_coordinates(layer.geometry.to_numpy())
    return shapely.intersects_xy(shape, points)


def _districts(extract: Extract, area: Area, recorder: Recorder) -> gpd.GeoDataFrame:
    rows = extract.areas[extract.areas["admin_level"] == DISTRICT_LEVEL]
    centres = shapely.point_on_surface(rows.geometry.to_numpy())
    rows = rows[shapely.intersects(area.shape, centres)] if len(rows) else rows
    if rows.empty:
        why = Message("the region itself is taken as its only district")
        recorder.note("districts", Message("none (admin_level 6)"), why)
        whole = {"district_id": area.code, "kato": None} | _columns(area.names)
        return schema.geoframe([whole], tables.DISTRICTS, [area.shape])
    frame = rows.rename_axis("district_id").sort_index()
    return frame[[*tables.DISTRICTS.columns, "geometry"]]


def _columns(names: dict[str, str]) -> dict[str, str | None]:
    return {("name" if key == "name" else f"name_{key}"): value or None for key, value in names.items()}


def _district_of(settlements: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> pd.Series[str]:
    pairs = gpd.sjoin(settlements[["geometry"]], districts[["geometry"]], predicate="intersects")
    first = pairs["district_id"].sort_values().groupby(level=0).first()
    return first.reindex(settlements.index).astype("str")


def _note_outside(settlements: gpd.GeoDataFrame, recorder: Recorder) -> None:
    for key in settlements.index[settlements["district_id"].isna()]:
        why = Message("lies in no district polygon: reported without one")
        recorder.note("settlements", Message("no district"), why, row=str(key))


def _widened(shape: Any, margin_m: float) -> Any:
    rough = shapely.simplify(shape, 0.005)
    latitude = abs(shapely.centroid(rough).y)
    wide = shapely.buffer(rough, margin_m / 111_320 / max(0.2, 1 - (latitude / 90) ** 2) + 0.005, quad_segs=4)
    shapely.prepare(wide)
    return wide


def _touching(layer: gpd.GeoDataFrame, shape: Any) -> gpd.GeoDataFrame:
    return layer[shapely.intersects(shape, layer.geometry.to_numpy())].copy() if len(layer) else layer.copy()


def _barrier_waters(waters: gpd.GeoDataFrame, options: Options) -> gpd.GeoDataFrame:
    if waters.empty:
        return waters
    hectares = shapely.area(waters.geometry.to_crs(_EQUAL_AREA).to_numpy()) / 10_000
    small = (waters["kind"] == "lake") & (hectares < options.min_water_ha)
    dry = waters["intermittent"] & (options.intermittent_water == "no")
    return waters[~(small | dry)].copy()


def _caveats(extract: Extract) -> tuple[str, ...]:
    modelled = tuple(f"modelled_{layer}" for layer in ("population", "roads", "schools") if layer in extract.modelled)
    return (*modelled, "schools_from_map")


def _counted_inside(extract: Extract, region: Mapping[str, gpd.GeoDataFrame], beyond: gpd.GeoDataFrame) -> Ledger:
    """Return the extract's ledger for this region only: rows used elsewhere are not rows of this region.

    A row that is used nowhere has no place to judge by; it is counted, and listed, in every region. Schools `beyond`
    the border are counted apart.
    """
    entries, read = [], {}
    for table, inside in region.items():
        everywhere = getattr(extract, table).index
        mine = [
            e
            for e in extract.ledger.entries
            if e[1] == table and (not e[2] or e[2] in inside.index or e[2] not in everywhere)
        ]
        entries += mine
        read[extract.input.name, table] = len(inside) + sum(e[3] == "rejected" for e in mine)
    others = [e for e in extract.ledger.entries if e[1] not in region]
    near = [(e[0], "neighbours", *e[2:]) for e in extract.ledger.entries if e[1] == "schools" and e[2] in beyond.index]
    if len(beyond):
        read[extract.input.name, "neighbours"] = len(beyond)
    return Ledger((*entries, *others, *near), read)


def multi(shape: Any) -> Any:
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
