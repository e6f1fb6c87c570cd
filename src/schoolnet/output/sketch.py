"""A small drawing of the way to school: roads, waters, the path, the straight line, the way round; SVG, no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyproj
import shapely

from schoolnet import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from schoolnet.region import Region

_WIDTH, _HEIGHT, _MARGIN = 760, 520, 46
_LEAST_M = 400.0  # a school next door is not drawn as if it were far
_STYLES = {
    "area": "fill:#bcdcee;stroke:#86b6d6;stroke-width:1",
    "river": "fill:none;stroke:#86b6d6;stroke-width:3",
    "road": "fill:none;stroke:#c9c3b2;stroke-width:1.4",
    "way": "fill:none;stroke:#d55e00;stroke-width:4;stroke-linejoin:round",
    "round": "fill:none;stroke:#009e73;stroke-width:3;stroke-dasharray:9 5;stroke-linejoin:round",
    "straight": "fill:none;stroke:#000;stroke-width:1.3;stroke-dasharray:2 5",
}


class Mark(NamedTuple):
    """A place with its label: `kind` is settlement, school or bridge; `at` longitude and latitude."""

    kind: str
    at: tuple[float, float]
    label: str


def sketch(
    region: Region, lines: Iterable[tuple[str, NDArray[np.float64]]], marks: list[Mark], words: Mapping[str, str]
) -> str:
    """Return an SVG drawing of some lines over the roads and waters of a region.

    Parameters
    ----------
    region
        Roads and waters to draw beneath.
    lines
        Pairs of a style (`way`, `round`, `straight`) and places in degrees, (n, 2); later ones lie on top.
    marks
        Places with labels; labels are shown as text, whatever they hold.
    words
        `title`; the name of each style of line, for the legend; `scale`, the label of the scale bar with `{km}`.
    """
    drawn = list(lines)
    places = np.vstack([*(line for _, line in drawn), np.array([mark.at for mark in marks])])
    page = _Page(region, places)
    parts = [*_backdrop(region, page)]
    parts += [page.path(style, shapely.LineString(line)) for style, line in drawn if len(line) > 1]
    parts += [_mark(mark, *page.xy(np.array([mark.at]))[0]) for mark in marks]
    parts.append(page.bar(words["scale"]))
    parts += [_key(at, style, words[style]) for at, style in enumerate(dict.fromkeys(style for style, _ in drawn))]
    styles = "".join(f".{name}{{{style}}}" for name, style in _STYLES.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(words["title"])}" '
        f'font-family="sans-serif" font-size="14"><style>{styles}</style>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fbfaf5"/>{"".join(parts)}</svg>'
    )


class _Page:
    """Metres to points of the page: one scale for both axes, north up."""

    def __init__(self, region: Region, places: NDArray[np.float64]) -> None:
        self._to_metric = pyproj.Transformer.from_crs(schema.EPSG_AT_REST, region.crs, always_xy=True)
        xy = np.column_stack(self._to_metric.transform(*places.T))
        self._middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
        size = np.maximum(xy.max(axis=0) - xy.min(axis=0), _LEAST_M)
        self.per_m = float(min((_WIDTH - 2 * _MARGIN) / size[0], (_HEIGHT - 2 * _MARGIN) / size[1]))
        half = np.array([_WIDTH, _HEIGHT]) / 2 / self.per_m
        corners = [
            self._middle - half,
            self._middle + half,
            self._middle + half * [1, -1],
            self._middle - half * [1, -1],
        ]
        east, north = np.array(corners).T
        lon, lat = self._to_metric.transform(east, north, direction="INVERSE")
        self.frame = shapely.box(min(lon), min(lat), max(lon), max(lat))

    def xy(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places on the page."""
        metres = np.column_stack(self._to_metric.transform(*lonlat.T)) - self._middle
        return np.asarray(metres * [self.per_m, -self.per_m] + [_WIDTH / 2, _HEIGHT / 2]).round(1)

    def path(self, style: str, shape: Any) -> str:
        """Return a shape, cut to the page, as a path."""
        steps = []
        for part in shapely.get_parts(shapely.intersection(shape, self.frame)):
            rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
            for ring in rings:
                xy = self.xy(shapely.get_coordinates(ring))
                steps.append("M" + "L".join(f"{x:g},{y:g}" for x, y in xy))
        return f'<path class="{style}" fill-rule="evenodd" d="{"".join(steps)}"/>' if steps else ""

    def bar(self, label: str) -> str:
        """Return a scale bar of a round number of kilometres, about a fifth of the page."""
        wanted = _WIDTH / 5 / self.per_m / 1000
        power = 10.0 ** np.floor(np.log10(wanted))
        km = float(max(step for step in (1, 2, 5) if step * power <= wanted) * power)
        x, y, length = _MARGIN / 2, _HEIGHT - 16, km * 1000 * self.per_m
        text = escape(label.replace("{km}", f"{km:g}"))
        return (
            f'<path d="M{x:g},{y - 5} v5 h{length:.1f} v-5" fill="none" stroke="#000"/>'
            f'<text x="{x + length + 8:.1f}" y="{y}">{text}</text>'
        )


def _backdrop(region: Region, page: _Page) -> Iterator[str]:
    for layer in (region.waters, region.roads):
        near = _within(layer, page)
        for row in near.itertuples():
            kind = (
                "road" if layer is region.roads else "area" if row.geometry.geom_type.endswith("Polygon") else "river"
            )
            yield page.path(kind, row.geometry)


def _within(layer: gpd.GeoDataFrame, page: _Page) -> gpd.GeoDataFrame:
    return layer.iloc[np.sort(layer.sindex.query(page.frame))] if len(layer) else layer


def _key(at: int, style: str, label: str) -> str:
    y = 20 + 20 * at
    return f'<path class="{style}" d="M14,{y}h34"/><text x="56" y="{y + 5}">{escape(label)}</text>'


def _mark(mark: Mark, x: float, y: float) -> str:
    shape = {
        "settlement": f'<circle cx="{x:g}" cy="{y:g}" r="8" fill="#0072b2" stroke="#fff" stroke-width="2"/>',
        "school": f'<rect x="{x - 7:g}" y="{y - 7:g}" width="14" height="14" fill="#2b2b2b" stroke="#fff"/>',
        "bridge": f'<path d="M{x - 9:g},{y:g}a9,9 0 0 1 18,0" fill="none" stroke="#009e73" stroke-width="4"/>',
    }[mark.kind]
    left = x > _WIDTH * 0.6
    at = f'x="{x - 12 if left else x + 12:g}" y="{y - 10:g}" text-anchor="{"end" if left else "start"}"'
    halo = 'paint-order="stroke" stroke="#fbfaf5" stroke-width="4"'
    return f"{shape}<text {at} {halo}>{escape(mark.label)}</text>"
