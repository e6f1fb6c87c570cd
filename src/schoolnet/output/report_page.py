"""The national report as one HTML page that opens without internet, in Kazakh, Russian and English.

The page holds its style, its script and one JSON block; a content-security policy in its head forbids every request.
The maps of the regions stand beside it and are opened by relative links, so a folder on a USB stick is enough.
"""

from __future__ import annotations

import html
from importlib import resources
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from schoolnet import decisions, schema
from schoolnet.output import record, report_frames, sealed, spelled, unclaimed, words
from schoolnet.region import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from schoolnet.output.report_frames import Report
    from schoolnet.output.report_region import Reported
    from schoolnet.output.words import Words
    from schoolnet.region import Input

_WIDE = 1000  # units of the map across
_FINE, _SPECK, _SMALL = 1.2, 2.0, 26.0  # of the map: its tolerance, parts left out, regions shown as a spot
_CYLINDER = 1.0  # degrees the parallels of a cone must at least differ by, north from south
_YEARS = tuple(decisions.YEARS.columns)
_GROUPS = ("report.", "caveat.")
_WORDS = ("unknown", "no_name", "ui.language", "ui.warning", "ui.norms_day", "ui.osm", "column.today", "column.region",
          "column.district_id", "column.file", "column.sha256", "column.name")  # fmt: skip


def page(report: Report, *, lang: str = "kk") -> str:
    """Return the page of a report; the same report gives the same page.

    Parameters
    ----------
    report
        The regions and their programme.
    lang
        Language the page opens in: kk, ru or en; the reader can switch.
    """
    inside, said = resources.files(__package__), words.load(lang)
    style, script = (inside.joinpath(f"report.{kind}").read_text("utf-8") for kind in ("css", "js"))
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f"{sealed.policy()}\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(report_frames.title(report, said))}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<main id="report"><noscript>{html.escape(said.text("ui.noscript"))}</noscript></main>\n'
        f"{sealed.block(_data(report, lang))}\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _data(report: Report, lang: str) -> dict[str, Any]:
    first, outcome = report.regions[0], report.outcome
    told, options = first.targets, outcome.options
    return {
        "lang": lang,
        "words": {code: _words(code) for code in words.LANGS},
        "titles": {code: _titles(report, words.load(code)) for code in words.LANGS},
        "kinds": report_frames.kinds(report),
        "day": first.day.isoformat(),
        "stamp": {code: record.stamp(_inputs(report.regions), first.day, words.load(code)) for code in words.LANGS},
        "school_year": options.school_year,
        "season": options.season,
        "caveats": [key for key in report_frames.caveats(report) if key != "project_over"],  # the chart says when
        "missing": list(report.missing),
        "osm": any(one.osm for one in report.regions),
        "targets": {
            "years": [list(one) for one in told.years], "until": told.until, "historical": told.historical,
            "cited": told.cited,
        },
        "columns": {"regions": report_frames.REGIONS, "districts": report_frames.DISTRICTS, "years": _YEARS},
        "map": _map(report.regions),
        "regions": _regions(report),
        "worst": _rows(report_frames.worst_regions(report)[["region"]]),
        "least": report_frames.LEAST,
        "districts": _rows(report_frames.worst_districts(report)),
        "indicator": _indicator(report),
        "years": _rows(outcome.years),
        "inputs": [{"name": one.name, "sha256": one.sha256} for one in _inputs(report.regions)],
    }  # fmt: skip


def _titles(report: Report, said: Words) -> dict[str, Any]:
    """Return what the report and its sums are called, that it is not of all, what is counted twice or not at all."""
    about = report_frames.scope(report, said)
    note = said.text("report_scope.note", regions=about) if about else ""
    held = unclaimed.told(report.held, said) if report.held else []
    return {
        "page": report_frames.title(report, said),
        "whole": report_frames.whole(report, said),
        "note": note,
        "held": held,
    }


def _words(lang: str) -> dict[str, str]:
    columns = {*report_frames.REGIONS, *report_frames.DISTRICTS, *_YEARS}
    kept = {*_WORDS, *(f"column.{name}" for name in columns)}
    found = words.load(lang).texts
    return {key: text for key, text in found.items() if key in kept or key.startswith(_GROUPS)}


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values; an absent cell is unknown."""
    found = ({key: spelled.plain(value) for key, value in row.items()} for row in frame.to_dict("records"))
    return [{key: value for key, value in row.items() if value is not None} for row in found]


def _regions(report: Report) -> list[dict[str, Any]]:
    about = {one.code: one for one in report.regions}
    rows = _rows(report_frames.regions(report))
    for row in rows:
        if row["region"] in about:
            row |= {"names": about[row["region"]].names, "linked": row["region"] in report.linked}
            row |= {"folder": record.folder_name(row["region"])}
    return rows


def _indicator(report: Report) -> dict[str, list[list[Any]]]:
    """Return by region and year, today first: year, bad schools, all of them, share."""
    rows = report.outcome.indicator[["region", "year", "bad", "state_day_schools", "indicator_share"]]
    out: dict[str, list[list[Any]]] = {}
    for region, *values in rows.astype(object).where(rows.notna(), None).itertuples(index=False, name=None):
        out.setdefault(region, []).append([spelled.plain(value) for value in values])
    return out


def _inputs(regions: Sequence[Reported]) -> list[Input]:
    """Return the files the regions were read from, each once."""
    return list({file.sha256: file for one in regions for file in one.inputs}.values())


def _map(regions: Sequence[Reported]) -> dict[str, Any]:
    """Return the outlines of the regions in units of the map: equal in area, borders shared, y downwards."""
    shapes = gpd.GeoSeries(whole(np.array([one.outline for one in regions])), crs=schema.EPSG_AT_REST)
    west, south, east, north = shapes.total_bounds
    flat = shapes.to_crs(_equal_area(west, south, east, north))
    left, low, right, high = flat.total_bounds
    scale = _WIDE / max(right - left, high - low, 1.0)
    units = flat.affine_transform([scale, 0, 0, -scale, -left * scale, high * scale])
    simple = shapely.coverage_simplify(units.to_numpy(), _FINE)
    size = [round((right - left) * scale), round((high - low) * scale)]
    drawn = [_shape(one.code, shape) for one, shape in zip(regions, simple, strict=True)]
    # cities far apart are spots on an empty sheet
    return {"size": size, "shapes": drawn, "drawn": not all(one["small"] for one in drawn)}


def _equal_area(west: float, south: float, east: float, north: float) -> str:
    """Return the equal-area projection of a map of these degrees: conic, or cylindrical where the equator halves it.

    The cone of two parallels as far south as north has its tip at no distance, and is a cylinder.
    """
    third, middle = (north - south) / 6, (west + east) / 2
    if abs(south + north) < _CYLINDER:
        return f"+proj=cea +lat_ts={(north - south) / 3} +lon_0={middle}"
    return f"+proj=aea +lat_1={south + third} +lat_2={north - third} +lat_0={(south + north) / 2} +lon_0={middle}"


def _shape(code: str, shape: BaseGeometry) -> dict[str, Any]:
    """Return a region as an SVG path, a place for its figure, and whether it is too small to be seen."""
    several = sorted(shapely.get_parts(shape), key=lambda part: -part.area)
    largest = several[0]
    parts = [largest, *(part for part in several[1:] if part.area >= _SPECK)]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    circle = shapely.maximum_inscribed_circle(largest, tolerance=1.0)  # from its centre to its edge
    x, y = shapely.get_coordinates(circle)[0].round(1).tolist()
    return {"id": code, "d": "".join(map(_path, rings)), "at": [x, y], "small": bool(2 * circle.length < _SMALL)}


def _path(ring: BaseGeometry) -> str:
    points = np.round(shapely.get_coordinates(ring)[:-1], 1)
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"
