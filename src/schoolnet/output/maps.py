"""Map of a plan: one HTML file that opens without internet, in Kazakh, Russian and English.

The page (`output.page`) holds the files of `script`, `map.css` and one JSON block with the plan and all words. Names of
villages and schools are other people's text: they travel as JSON and are only ever shown as text.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from schoolnet import disk
from schoolnet.output import (
    costing,
    layers,
    map_backdrop,
    map_paths,
    map_shared,
    norms_text,
    page,
    reasons,
    record,
    spelled,
    words,
)
from schoolnet.output.titles import of_region
from schoolnet.planning import profile_list
from schoolnet.tables import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import folium

    from schoolnet.output.map_tiles import Tiles
    from schoolnet.planning.plan import Plan

_SCRIPT = ("base", "themes", "drawing", "panel", "searching", "tree", "cards", "shared", "whatif", "choosing", "start")
_SETTLEMENT = (
    "kato", "district_id", "place", "is_rural", "population", "population_basis", "children", "children_basis",
    "guaranteed", "existing", "pupils_entitled_or", "pupils_entitled_and", "verdict", "level", "reason", "rank",
    "rank_best", "rank_worst", "network_deficit", "bands_not_taught", "pupils_entitled_flood",
    "children_1_4", "children_5_9", "children_10_11", "year", "children_then", "children_then_low",
    "children_then_high", "guaranteed_then", "fewer", "more",
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
    "long_min",
    "water_id",
    "crossing",
    "bridge",
    "barrier",
    "pupils",
    "entitled_or",
    "entitled_and",
    "entitled_dry",
    "entitled_flood",
)
_SCHOOL = (
    "settlement_id", "level", "seats", "seat_basis", "enrolment", "shifts", "condition", "ownership", "kind",
    "language", "protected", "at_risk", "emergency", "three_shift", "shortage_official", "shortage_comfort",
    "support", "subject_rooms", "modernised", "running_water", "toilets",
)  # fmt: skip
#: What of a school over the border the map holds.
_NEIGHBOUR = ("level", "enrolment", "shifts", "ownership", "kind", "language")
#: What of a site the map holds; a count of 0 is left out.
_SITE = (
    "settlement_id", "school_id", "district_id", "action", "level", "tier", "also", "shifts", "cost_mkzt",
    "cost_pupil_mkzt", "price_basis", "rank", "rank_best", "rank_worst",
)  # fmt: skip
_SITE_COUNTS = (
    "pupils", "seats", "moved", "saved_m", "unbused", "from_emergency", "from_third_shift", "from_shortage",
)  # fmt: skip


def build(plan: Plan, *, lang: str = "kk", lean: bool = False, tiles: Tiles | None = None) -> folium.Map:
    """Return the map of a plan, with everything it needs inside.

    Parameters
    ----------
    plan
        The plan to show.
    lang
        Language the map opens in: kk, ru or en; the reader can switch.
    lean
        Put in Leaflet only; otherwise folium's full set, so that folium's markers can be added to the map.
    tiles
        Background to be asked of a server; without it the page asks nobody anything.
    """
    data = _data(plan, lang) | ({} if tiles is None else {"tiles": tiles._asdict()})
    name = spelled.said(data["about"]["names"], lang) or data["about"]["code"]
    style = resources.files(__package__).joinpath("map.css").read_text("utf-8")
    title, images = words.load(lang).text("ui.title", region=name), "" if tiles is None else tiles.origin
    return page.PageMap(data, title=title, script=script(), style=style, lean=lean, images=images)


def write(plan: Plan, path: Path | str, *, lang: str = "kk", tiles: Tiles | None = None) -> None:
    """Write the map of a plan as one HTML file; a file already there is replaced only when the new one is whole."""
    text = build(plan, lang=lang, lean=True, tiles=tiles).get_root().render()
    with disk.whole(Path(path)) as part:
        part.write_text(text, encoding="utf-8")


def script() -> str:
    """Return the script of the page: its parts in one closure, as each uses what those before it say.

    It draws the plan of #schoolnet-data on a Leaflet map, and the panel beside it. Names come from other people's
    files: they are only ever set as text, never as HTML.
    """
    inside = resources.files(__package__) / "script"
    text = "\n".join((inside / f"{part}.js").read_text("utf-8") for part in _SCRIPT)
    return f'const schoolnet = (() => {{\n"use strict";\n\n{text}}})();\n'


def _data(plan: Plan, lang: str) -> dict[str, Any]:
    region, prices = plan.region, plan.prices
    west, south, east, north = shapely.bounds(region.boundary).round(4).tolist()
    ways, schools = reasons.ways(plan), region.schools.join(plan.school_findings.drop(columns="protected"))
    facts, sites = reasons.facts(plan), reasons.sites_of(plan)
    carried, years = map_shared.of_settlements(plan), map_shared.years(plan)
    changes, drawn = map_shared.flips(plan), map_paths.paths(plan)
    return {
        "lang": lang,
        "words": {code: _words(code) for code in words.LANGS},
        "clauses": norms_text.clauses(plan.norms),
        "about": {
            "names": of_region(region.names, region.code),
            "code": region.code,
            "caveats": list(costing.caveats(plan)),
            "osm": "fictional" not in region.caveats,
            "made": record.made_from(plan),
            "summary": {key: spelled.plain(value) for key, value in plan.summary.items()},
            "options": plan.options.model_dump(mode="json"),
            "thresholds": [[level, plan.norms[f"threshold.{level}"].value] for level in LEVELS],
        },
        "bounds": [[south, west], [north, east]],
        "prices": [[name, value, prices.units[name], prices.basis[name]] for name, value in prices.values.items()],
        **norms_text.targets(plan.norms),
        "settlements": [
            _settlement(row, ways.get(row.Index, []), facts[row.Index])
            | spelled.clean({"next": costing.compared(row, sites.get(row.Index, []), prices, facts[row.Index])})
            | carried.get(row.Index, {})
            | changes.get(row.Index, {})
            | spelled.clean({"paths": drawn.get(row.Index)})
            for row in layers.settlements(plan).itertuples()
        ],
        "sites": [_site(row, years) for row in layers.sites(plan).itertuples()],
        "whatif": map_shared.whatif(plan),
        "plots": map_shared.plots(plan),
        **map_shared.shared(plan),
        "profiles": {key: dict(one.name) for key, one in profile_list.profiles(plan.norms).items()},
        "schools": [_place(row, _SCHOOL) for row in schools.itertuples()],
        "neighbours": map_shared.neighbours(plan, _NEIGHBOUR),
        **map_backdrop.backdrop(region, {way.water_id for rows in ways.values() for way in rows}),
    }


def _place(row: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    point = row.geometry
    at = [] if point is None or point.is_empty else [round(point.y, 5), round(point.x, 5)]
    return spelled.clean(
        {"id": row.Index, "names": spelled.names(row), "at": at} | {key: getattr(row, key) for key in keys}
    )


def _settlement(row: Any, ways: list[Any], facts: dict[str, Any]) -> dict[str, Any]:
    more = {
        "facts": facts,
        "notes": reasons.notes(row, ways),
        "ways": [spelled.clean({key: getattr(way, key) for key in _WAY}) for way in ways],
    }
    return _place(row, _SETTLEMENT) | spelled.clean(more)


def _words(lang: str) -> dict[str, str]:
    """Return the words of the page: all but those of workbooks."""
    return {key: text for key, text in words.load(lang).texts.items() if not key.startswith("meaning.")}


def _site(row: Any, years: Mapping[str, Any]) -> dict[str, Any]:
    counts = {key: getattr(row, key) for key in _SITE_COUNTS if getattr(row, key)}
    at = [round(row.geometry.y, 5), round(row.geometry.x, 5)]
    return spelled.clean(
        {"id": row.Index, "at": at, "where": row.at, "year": years[row.Index]}
        | {key: getattr(row, key) for key in _SITE}
        | counts
    )
