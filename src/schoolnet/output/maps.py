"""Map of a plan: one HTML file that opens without internet, in Kazakh, Russian and English.

The page (`output.page`) holds `map.js`, `map.css` and one JSON block with the plan and all words. Names of villages and
schools are other people's text: they travel as JSON and are only ever shown as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from schoolnet.output import costing, layers, norms_text, page, reasons, words
from schoolnet.output.record import whole

if TYPE_CHECKING:
    import folium
    import geopandas as gpd

    from schoolnet.planning.plan import Plan

#: Main roads, widest first; each group is one width on the map.
_ROADS = (("motorway", "trunk", "primary"), ("secondary",), ("tertiary",), ("unclassified",))
_ROAD_VERTICES, _WATER_VERTICES = 100_000, 80_000  # together under 2 MB of the file
_FINE, _COARSE = 0.0004, 0.001  # tolerances of the backdrop in degrees, about 40 and 100 m
_PER_DEGREE = 10_000  # the backdrop is kept to 0.0001 degree, about 10 m
_SETTLEMENT = (
    "kato", "district_id", "place", "is_rural", "population", "population_basis", "children", "children_basis",
    "guaranteed", "existing", "pupils_entitled_or", "pupils_entitled_and", "verdict", "level", "reason", "rank",
    "rank_best", "rank_worst",
)  # fmt: skip
_WAY = (
    "band",
    "school_id",
    "road_m",
    "walk_min",
    "straight_m",
    "approx",
    "bus_school_id",
    "bus_m",
    "bus_min",
    "water_id",
    "crossing",
    "bridge",
    "pupils",
    "entitled_or",
    "entitled_and",
    "entitled_dry",
    "entitled_flood",
)
_SCHOOL = (
    "settlement_id", "level", "seats", "seat_basis", "enrolment", "shifts", "condition", "ownership", "kind",
    "language", "protected", "at_risk", "emergency", "three_shift", "shortage_official",
)  # fmt: skip
#: What of a site the map holds; a count of 0 is left out.
_SITE = (
    "settlement_id", "school_id", "action", "level", "tier", "also", "shifts", "cost_mkzt", "cost_pupil_mkzt",
    "price_basis", "rank", "rank_best", "rank_worst",
)  # fmt: skip
_SITE_COUNTS = (
    "pupils", "seats", "moved", "saved_m", "unbused", "from_emergency", "from_third_shift", "from_shortage",
)  # fmt: skip


def build(plan: Plan, *, lang: str = "kk", lean: bool = False) -> folium.Map:
    """Return the map of a plan, with everything it needs inside.

    Parameters
    ----------
    plan
        The plan to show.
    lang
        Language the map opens in: kk, ru or en; the reader can switch.
    lean
        Put in Leaflet only; otherwise folium's full set, so that folium's markers can be added to the map.
    """
    data = _data(plan, lang)
    name = reasons.said(data["about"]["names"], lang) or data["about"]["code"]
    return page.PageMap(data, title=words.load(lang).text("ui.title", region=name), parts=("map",), lean=lean)


def write(plan: Plan, path: Path | str, *, lang: str = "kk") -> None:
    """Write the map of a plan as one HTML file; a file already there is replaced only when the new one is whole."""
    text = build(plan, lang=lang, lean=True).get_root().render()
    with whole(Path(path)) as part:
        part.write_text(text, encoding="utf-8")


def _data(plan: Plan, lang: str) -> dict[str, Any]:
    region, prices = plan.region, plan.prices
    west, south, east, north = shapely.bounds(region.boundary).round(4).tolist()
    ways, schools = reasons.ways(plan), region.schools.join(plan.school_findings.drop(columns="protected"))
    facts, sites = reasons.facts(plan), reasons.sites_of(plan)
    return {
        "lang": lang,
        "words": {code: words.load(code).texts for code in words.LANGS},
        "clauses": norms_text.clauses(plan.norms),
        "about": {
            "names": reasons.clean(region.names),
            "code": region.code,
            "caveats": list(costing.caveats(plan)),
            "osm": "fictional" not in region.caveats,
            "day": plan.norms.day.isoformat(),
            "summary": {key: reasons.plain(value) for key, value in plan.summary.items()},
            "options": plan.options.model_dump(mode="json"),
        },
        "bounds": [[south, west], [north, east]],
        "prices": [[name, value, prices.units[name], prices.basis[name]] for name, value in prices.values.items()],
        "targets": list(words.TARGETS),
        "settlements": [
            _settlement(row, ways.get(row.Index, []), facts[row.Index])
            | reasons.clean({"next": costing.compared(row, sites.get(row.Index, []), prices)})
            for row in layers.settlements(plan).itertuples()
        ],
        "sites": [_site(row) for row in layers.sites(plan).itertuples()],
        "schools": [_place(row, _SCHOOL) for row in schools.itertuples()],
        **_backdrop(region, {way.water_id for rows in ways.values() for way in rows}),
    }


def _place(row: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    point = row.geometry
    at = [] if point is None or point.is_empty else [round(point.y, 5), round(point.x, 5)]
    return reasons.clean(
        {"id": row.Index, "names": reasons.names(row), "at": at} | {key: getattr(row, key) for key in keys}
    )


def _settlement(row: Any, ways: list[Any], facts: dict[str, Any]) -> dict[str, Any]:
    more = {
        "facts": facts,
        "notes": reasons.notes(row, ways),
        "ways": [reasons.clean({key: getattr(way, key) for key in _WAY}) for way in ways],
    }
    return _place(row, _SETTLEMENT) | reasons.clean(more)


def _site(row: Any) -> dict[str, Any]:
    counts = {key: getattr(row, key) for key in _SITE_COUNTS if getattr(row, key)}
    at = [round(row.geometry.y, 5), round(row.geometry.x, 5)]
    return reasons.clean(
        {"id": row.Index, "at": at, "where": row.at} | {key: getattr(row, key) for key in _SITE} | counts
    )


def _backdrop(region: Any, cited: set[Any]) -> dict[str, Any]:
    districts = region.districts
    outlines = shapely.coverage_simplify(districts.geometry.to_numpy(), _COARSE) if len(districts) else []
    return {
        "outline": parts(shapely.simplify(region.boundary, _COARSE)),
        "districts": [
            _place(row._replace(geometry=row.geometry.representative_point()), ()) | {"parts": parts(outline)}
            for row, outline in zip(districts.itertuples(), outlines, strict=True)
        ],
        "roads": _roads(region.roads),
        "waters": _waters(region.waters, cited),
    }


def _roads(roads: gpd.GeoDataFrame) -> list[list[Any]]:
    """Return the main roads by width; the smallest classes are left out when the file would grow too large."""
    groups: list[list[Any]] = []
    left = _ROAD_VERTICES
    for classes in _ROADS:
        shapes = roads.geometry[roads["highway"].isin(classes)].to_numpy()
        lines = shapely.simplify(shapely.line_merge(shapely.union_all(shapes)), _FINE)
        left -= int(shapely.get_num_coordinates(lines))
        if left < 0:
            break
        groups.append(parts(lines))
    return groups


def _waters(waters: gpd.GeoDataFrame, cited: set[Any]) -> list[dict[str, Any]]:
    """Return rivers and lakes: those between a village and its school, then the largest, while they fit."""
    shapes = shapely.simplify(waters.geometry.to_numpy(), _FINE)
    named = waters.index.isin(cited)
    order = np.lexsort((-shapely.length(shapes), ~named))
    kept = order[(np.cumsum(shapely.get_num_coordinates(shapes[order])) <= _WATER_VERTICES) | named[order]]
    rows = waters.iloc[kept].itertuples()
    return [
        {"id": row.Index, "kind": row.kind, "names": reasons.names(row), "parts": parts(shapes[at])}
        for row, at in zip(rows, kept, strict=True)
    ]


def parts(shape: Any) -> list[Any]:
    """Return lines as coded lines, and polygons as lists of coded rings."""
    pieces = shapely.get_parts(shape)
    if shape.geom_type.endswith("Polygon"):
        return [[_coded(ring) for ring in (piece.exterior, *piece.interiors)] for piece in pieces]
    return [_coded(part) for part in pieces if part.geom_type == "LineString"]


def _coded(line: Any) -> list[int]:
    """Return latitude, longitude pairs in whole ten-thousandths of a degree, each as a step from the one before."""
    whole_steps = np.round(shapely.get_coordinates(line)[:, ::-1] * _PER_DEGREE).astype(np.int64)
    return [int(step) for step in np.diff(whole_steps, axis=0, prepend=[[0, 0]]).ravel()]
