"""Map of a plan: one HTML file that opens without internet, in Kazakh, Russian and English.

The page holds Leaflet, `map.js`, `map.css` and one JSON block with the plan and all words; a content-security policy in its
head forbids every request, so nothing can be loaded even by mistake. Names of villages and schools are other people's text:
they travel as JSON and are only ever shown as text.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections import defaultdict
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
import pandas as pd
import shapely
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from jinja2 import Template

from schoolnet.errors import Fault, SourceError
from schoolnet.output import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import numpy.typing as npt

    from schoolnet.planning.plan import Plan

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_LEAFLET = ("leaflet", "leaflet_css")
#: Main roads, widest first; each group is one width on the map.
_ROADS = (("motorway", "trunk", "primary"), ("secondary",), ("tertiary",), ("unclassified",))
_ROAD_VERTICES, _WATER_VERTICES = 100_000, 80_000  # together under 2 MB of the file
_FINE, _COARSE = 0.0004, 0.001  # tolerances of the backdrop in degrees, about 40 and 100 m
_PER_DEGREE = 10_000  # the backdrop is kept to 0.0001 degree, about 10 m
_JSON_SAFE = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


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
    names = data["about"]["names"]
    region = next((names[key] for key in (lang, *words.LANGS, "name") if key in names), plan.region.code)
    return _PlanMap(data, title=words.load(lang).text("ui.title", region=region), lean=lean)


def write(plan: Plan, path: Path | str, *, lang: str = "kk") -> None:
    """Write the map of a plan as one HTML file; a file already there is replaced only when the new one is whole."""
    path = Path(path)
    text = build(plan, lang=lang, lean=True).get_root().render()
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def facts(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return, for each settlement, the raw values its reason and notes are filled with (see `Words.sentence`).

    `school` is a school_id and `water` the value of the access table: the caller puts names in.
    """
    common = _common(plan)
    reach = _reach(plan)
    return {row.Index: common | _own(row, reach[row.Index], plan) for row in plan.sites.join(plan.findings).itertuples()}


class _Inline(Element):
    """Text that goes into the page as it is, inside a tag."""

    _template = Template("<{{ this.tag }}>{{ this.text }}</{{ this.tag.split()[0] }}>")

    def __init__(self, tag: str, text: str) -> None:
        super().__init__()
        self.tag, self.text = tag, text


class _Script(Element):
    """Statements that go into the page's own script as they are: a name in them is never read as a template."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Head(Element):
    """Head of the page: where folium links to a script or style, its text is put in."""

    def add_child(self, child: Element, name: str | None = None, index: int | None = None) -> Element:
        if isinstance(child, JavascriptLink):
            child = _Inline("script", _script(_asset(child.url)))
        elif isinstance(child, CssLink):
            child = _Inline("style", _asset(child.url))
        return super().add_child(child, name=name, index=index)


class _Page(Figure):
    """A page that can load nothing from outside."""

    def __init__(self, title: str) -> None:
        super().__init__(title=html.escape(title))
        self.header = _Head()
        self.header._parent = self  # noqa: SLF001  # as Figure does with its own head
        self.header.add_child(Element('<meta charset="utf-8">'), name="charset")
        self.header.add_child(Element(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'), name="policy")


class _Panel(MacroElement):
    """The plan's data, the panel beside the map, and the script that draws both."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__()
        self._name, self._id = "Panel", "plan"
        self.data = data

    def render(self, **kwargs: Any) -> None:
        page, text = self.get_root(), words.load(self.data["lang"])
        here = resources.files(__package__)
        block = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_JSON_SAFE)
        script = here.joinpath("map.js").read_text(encoding="utf-8")
        page.header.add_child(_Inline("style", here.joinpath("map.css").read_text(encoding="utf-8")), name="panel_style")
        page.html.add_child(_Inline('aside id="panel"', _noscript(text)), name="panel")
        page.html.add_child(_Inline('script type="application/json" id="schoolnet-data"', block), name="panel_data")
        page.script.add_child(_Script(f"{script}\nschoolnet({self._parent.get_name()});"), name="panel_script")
        super().render(**kwargs)


class _PlanMap(folium.Map):
    """A Leaflet map without tiles, on a page of its own, with the panel of a plan."""

    def __init__(self, data: Mapping[str, Any], *, title: str, lean: bool) -> None:
        super().__init__(tiles=None, prefer_canvas=True, attribution_control=False, zoom_snap=0.25, max_zoom=16)
        self._id = "plan"  # the same plan gives the same file, byte for byte
        self.default_js = [link for link in self.default_js if link[0] in _LEAFLET or not lean]
        self.default_css = [link for link in self.default_css if link[0] in _LEAFLET or not lean]
        _Page(title).add_child(self)
        self.add_child(_Panel(data))


def _asset(url: str) -> str:
    """Return a script or style of folium by its address, from the copies in folium-offline."""
    from offlinefolium.elements import _res

    if url not in _res:
        remedy = "Leave out the folium plugin that asks for it: the map must open without internet."
        raise SourceError(Fault(f"folium-offline holds no copy of {url}.", remedy))
    return str(_res[url])


def _script(text: str) -> str:
    # both sequences stand in strings and patterns of scripts, where the backslash changes nothing
    return re.sub(r"<(/script|!--)", r"<\\\1", text, flags=re.IGNORECASE)


def _noscript(text: words.Words) -> str:
    return f"<noscript>{html.escape(text.text('ui.noscript'))}</noscript>"


def _data(plan: Plan, lang: str) -> dict[str, Any]:
    region = plan.region
    west, south, east, north = shapely.bounds(region.boundary).round(4).tolist()
    return {
        "lang": lang,
        "words": {code: words.load(code).texts for code in words.LANGS},
        "clauses": words.REASONS,
        "about": {
            "names": _clean(region.names),
            "code": region.code,
            "caveats": list(region.caveats),
            "osm": "fictional" not in region.caveats,
            "day": plan.norms.day.isoformat(),
            "summary": {key: _plain(value) for key, value in plan.summary.items()},
            "options": plan.options.model_dump(mode="json"),
        },
        "bounds": [[south, west], [north, east]],
        "common": _common(plan),
        "backdrop": _backdrop(plan),
        "waters": _cited(plan),
        "settlements": _settlements(plan),
        "schools": _schools(plan),
    }


def _clean(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without its empty cells (the script takes an absent cell as empty), as plain Python values."""
    plain = {key: _plain(value) for key, value in row.items()}
    return {key: value for key, value in plain.items() if value is not None and value is not False and value not in ("", [], {})}


def _plain(value: Any) -> Any:
    if isinstance(value, (str, list, dict)):
        return value
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _names(row: Any) -> dict[str, str]:
    names = _clean({"kk": row.name_kk, "ru": row.name_ru, "en": row.name_en})
    # `name` is the last resort of a reader, and one more spelling to search for
    return names if row.name in names.values() else _clean({**names, "name": row.name})


def _at(point: shapely.Point | None) -> list[float]:
    return [] if point is None or point.is_empty else [round(point.y, 5), round(point.x, 5)]


def _metres(value: float) -> int | None:
    return None if pd.isna(value) else round(value)


def _common(plan: Plan) -> dict[str, Any]:
    options = plan.options
    return {
        "basis": options.distance_basis,
        "limit_m": plan.norms["transport.distance_m"].value,
        "assumed": options.unknown_level,
        "factor": options.straight_factor,
    }


def _reach(plan: Plan) -> defaultdict[str, list[Any]]:
    """Return, by settlement, the bands not taught there: the nearest school of each, and who is entitled."""
    away = plan.access[~plan.access["here"]]
    owed = plan.transport.drop(columns=["far", "barrier", "entitled"])
    reach = defaultdict(list)
    for row in away.merge(owed, how="left", on=["settlement_id", "band"]).itertuples():
        reach[row.settlement_id].append(row)
    return reach


def _own(row: Any, reach: Iterable[Any], plan: Plan) -> dict[str, Any]:
    level = row.level or row.guaranteed
    band = row.band or str(row.bands_not_taught).split(", ")[0]
    known = {
        "children": row.children,
        "threshold": plan.norms[f"threshold.{'primary' if level == 'none' else level}"].value,
        "level": None if level == "none" else level,
        "existing": row.existing,
        "band": band,
    }
    for way in reach:
        if way.band == band:
            metres = way.road_m if plan.options.distance_basis == "road" else way.straight_m
            known |= {"school": way.school_id, "metres": _metres(metres), "water": way.water, "crossing": way.crossing}
    return _clean(known)


def _notes(row: Any, reach: Iterable[Any]) -> list[str]:
    instead = row.verdict == "board" or (row.verdict == "bus" and row.existing == "none")
    notes = {
        "note_level_unknown": row.existing != "none" and not row.level_known,
        "note_approx": any(way.approx for way in reach),
        "note_meanwhile_bus": row.meanwhile_bus,
        "note_substitute_consent": instead,
    }
    return [key for key, holds in notes.items() if holds]


def _settlements(plan: Plan) -> list[dict[str, Any]]:
    reach = _reach(plan)
    places = plan.region.settlements.drop(columns="children").join(plan.findings).join(plan.sites)
    plain = ("kato", "place", "population", "population_basis", "children", "guaranteed", "existing", "verdict", "reason", "rank")
    rows = []
    for row in places.join(plan.demand["children_basis"]).itertuples():
        ways = reach[row.Index]
        about = {"id": row.Index, "names": _names(row), "at": _at(row.geometry), "district": row.district_id}
        about |= {key: getattr(row, key) for key in (*plain, "children_basis")}
        about |= {"rural": row.is_rural, "or": row.pupils_entitled_or, "and": row.pupils_entitled_and}
        about |= {"facts": _own(row, ways, plan), "notes": _notes(row, ways), "reach": [_way(way) for way in ways]}
        rows.append(_clean(about))
    return rows


def _way(way: Any) -> dict[str, Any]:
    plain = {key: getattr(way, key) for key in ("band", "approx", "water", "crossing", "barrier", "pupils")}
    owed = {"or": way.entitled_or, "and": way.entitled_and}
    return _clean({**plain, **owed, "school": way.school_id, "road": _metres(way.road_m), "straight": _metres(way.straight_m)})


def _schools(plan: Plan) -> list[dict[str, Any]]:
    plain = ("level", "seats", "seat_basis", "enrolment", "shifts", "condition", "ownership", "kind", "language", "protected")
    found = ("sustained", "at_risk", "emergency", "three_shift", "shortage_official")
    rows = []
    for row in plan.region.schools.join(plan.school_findings[list(found)]).itertuples():
        about = {"id": row.Index, "names": _names(row), "at": _at(row.geometry), "settlement": row.settlement_id}
        rows.append(_clean(about | {key: getattr(row, key) for key in (*plain, *found)}))
    return rows


def _cited(plan: Plan) -> dict[str, Any]:
    """Return the waters that the access table names, by the value it names them with."""
    known = {}
    for row in plan.region.waters.itertuples():
        known[row.Index] = known[row.name] = {"id": row.Index, "kind": row.kind, "names": _names(row)}
    named = plan.access.loc[~plan.access["here"], "water"].dropna().unique()
    return {name: known.get(name, {"kind": "other", "names": {"name": name}}) for name in named if name}


def _backdrop(plan: Plan) -> dict[str, Any]:
    region = plan.region
    districts = region.districts
    outlines = shapely.coverage_simplify(districts.geometry.to_numpy(), _COARSE) if len(districts) else []
    return {
        "outline": _parts(shapely.simplify(region.boundary, _COARSE)),
        "districts": [
            {"id": row.Index, "names": _names(row), "at": _at(row.geometry.representative_point()), "parts": _parts(outline)}
            for row, outline in zip(districts.itertuples(), outlines, strict=True)
        ],
        "roads": _roads(region.roads),
        "waters": _waters(region.waters, {water.get("id") for water in _cited(plan).values()}),
    }


def _roads(roads: gpd.GeoDataFrame) -> list[list[Any]]:
    """Return the main roads by width; the smallest classes are left out when the file would grow too large."""
    groups, left = [], _ROAD_VERTICES
    for classes in _ROADS:
        shapes = roads.geometry[roads["highway"].isin(classes)].to_numpy()
        lines = shapely.simplify(shapely.line_merge(shapely.union_all(shapes)), _FINE)
        left -= shapely.get_num_coordinates(lines)
        if left < 0:
            break
        groups.append(_parts(lines))
    return groups


def _waters(waters: gpd.GeoDataFrame, cited: set[str | None]) -> list[dict[str, Any]]:
    """Return rivers and lakes: first those a finding names, then the largest, as many as the file can hold."""
    shapes = shapely.simplify(waters.geometry.to_numpy(), _FINE)
    order = np.lexsort((-shapely.length(shapes), [key not in cited for key in waters.index]))
    kept = order[np.cumsum(shapely.get_num_coordinates(shapes[order])) <= _WATER_VERTICES]
    rows = []
    for place in kept:
        key = waters.index[place]
        rows.append(_clean({"id": key if key in cited else None, "kind": waters["kind"].iloc[place], "parts": _parts(shapes[place])}))
    return rows


def _parts(shape: Any) -> list[Any]:
    """Return lines as coded lines, and polygons as lists of coded rings."""
    parts = shapely.get_parts(shape)
    if shape.geom_type.endswith("Polygon"):
        return [[_coded(ring) for ring in (part.exterior, *part.interiors)] for part in parts]
    return [_coded(part) for part in parts if part.geom_type == "LineString"]


def _coded(line: Any) -> list[int]:
    """Return latitude, longitude pairs in whole ten-thousandths of a degree, each as a step from the one before."""
    whole = np.round(shapely.get_coordinates(line)[:, ::-1] * _PER_DEGREE).astype(np.int64)
    steps: npt.NDArray[np.int64] = np.diff(whole, axis=0, prepend=[[0, 0]])
    return [int(step) for step in steps.ravel()]
