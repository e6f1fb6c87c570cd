"""Add up a population raster by zones: several layers of polygons at once, one pass over the tiles it holds.

A cell belongs to the polygon that holds its centre, as in `rasterio.features.rasterize`; the raster is never resampled,
the polygons are taken to its grid. Each border becomes the places at which it crosses the middle of a row of cells, and
the sum of a polygon is what lies left of its right-hand crossings less what lies left of its left-hand ones. So the
cost is that of the cells with people and of the borders, not of their product, and nothing is painted.

People are added up in whole numbers of 2^-29 of a person: the order does not matter and nothing is lost on the way.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyproj
import shapely

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.sources import raster as rasters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from schoolnet.sources.raster import Block, Raster

_UNITS = 2.0**29  # of a person
_MOST_PEOPLE = 1e10  # more than live on Earth; 2^63 units are 1.7e10
_STEP_DEGREES = 0.01  # borders are bent to another projection in steps of about 1 km: 3 cm off at most
_FINE = 2.0**20  # places on the grid are told apart to so small a part of a cell: rounding of borders ends below it


@dataclass(frozen=True)
class Tally:
    """What the cells of a raster hold, beside people.

    Attributes
    ----------
    peopled, people
        Cells with people, and their sum.
    largest
        Most people in a cell.
    negative, negative_people
        Cells below zero that are not nodata, and their sum; they are counted as nothing.
    filler
        The one value that all of these have, or None.
    broken
        Cells that are not a number and not nodata; they are counted as nothing.
    """

    peopled: int = 0
    people: float = 0.0
    largest: float = 0.0
    negative: int = 0
    negative_people: float = 0.0
    filler: float | None = None
    broken: int = 0

    def __add__(self, block: Block) -> Tally:
        """Return the tally with a window added."""
        below = block.negative
        filler = self.filler
        if len(below):
            one = float(below[0])
            same = (self.negative == 0 or filler == one) and bool((below == one).all())
            filler = one if same else None
        return Tally(
            self.peopled + len(block.at),
            self.people + float(block.people.sum()),
            max(self.largest, float(block.people.max(initial=0.0))),
            self.negative + len(below),
            self.negative_people + float(below.sum()),
            filler,
            self.broken + block.broken,
        )


@dataclass(frozen=True)
class Sums:
    """People of one raster: of all its cells, of each polygon of each layer, and outside all polygons of the layer.

    For a layer whose polygons lie apart, its sums and what is outside add up to the total.
    """

    total: float
    zones: dict[str, NDArray[np.float64]]
    outside: dict[str, float]
    tally: Tally


class _Edges(NamedTuple):
    """Sides of polygons on the grid, by the first row they cross; `reach` is the last row any of so many reaches."""

    first: NDArray[np.int64]
    end: NDArray[np.int64]
    reach: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    slope: NDArray[np.float64]
    sign: NDArray[np.int64]
    zone: NDArray[np.int64]


class _Crossings(NamedTuple):
    """Where sides cross the middles of a band's rows: row in the band, cells left of it, sign (right +1), polygon.

    In the order of layers, rows and cells; at one place those on the left of a polygon come first.
    """

    row: NDArray[np.int64]
    cells: NDArray[np.int64]
    sign: NDArray[np.int64]
    zone: NDArray[np.int64]


def sums(raster: Raster, layers: Mapping[str, NDArray[Any]], *, overlapping: Collection[str] = ()) -> Sums:
    """Return the people of a raster in the polygons of each layer, and outside of all of them.

    Parameters
    ----------
    raster
        The raster; each of its tiles is read once.
    layers
        Polygons or multipolygons (WGS 84) of each layer; None and empty ones hold nobody.
    overlapping
        Layers in which each polygon gets the whole of its sum. In the others a cell is counted once, for the first of
        the polygons that hold it: a district map whose borders cross by a few metres still parts its people.

    Raises
    ------
    SourceError
        The file is damaged, or holds more people than live on Earth.
    """
    polygons = np.concatenate([np.zeros(0, dtype=object), *layers.values()])
    sizes = [len(one) for one in layers.values()]
    layer = np.repeat(np.arange(len(sizes)), sizes)
    apart = np.repeat([name not in overlapping for name in layers], sizes).astype(bool)
    account = _Account(layer, apart, np.zeros(len(layer), np.int64), np.zeros(len(sizes), np.int64))
    edges, total, tally = _edges(raster, polygons), 0, Tally()
    for (row, height), band in itertools.groupby(_sane(raster), key=lambda block: (block.row, block.height)):
        crossings = _crossings(edges, row, row + height, raster.width, layer)
        left, people, tally = _left_of(crossings, band, (height, raster.window[1]), tally)
        total += people
        _share(account, crossings, left)
    parts = np.split(account.found / _UNITS, np.cumsum(sizes)[:-1]) if sizes else []
    outside = {name: (total - int(inside)) / _UNITS for name, inside in zip(layers, account.inside, strict=True)}
    return Sums(total / _UNITS, dict(zip(layers, parts, strict=True)), outside, tally)


class _Account(NamedTuple):
    """Of each polygon its layer, whether its layer's polygons lie apart, its people; of each layer the people inside.

    People are in units; both counts are added to.
    """

    layer: NDArray[np.int64]
    apart: NDArray[np.bool_]
    found: NDArray[np.int64]
    inside: NDArray[np.int64]


def _sane(raster: Raster) -> Iterator[Block]:
    """Yield the windows of a raster as long as it holds no more people than live on Earth."""
    seen = 0.0
    for block in rasters.blocks(raster):
        seen += float(block.people.sum())
        if seen > _MOST_PEOPLE:
            problem = Message("more people than live on Earth; one cell holds {most}.", most=f"{block.people.max():g}")
            remedy = Message("Give a raster of people per cell, with its nodata declared (`gdal_translate -a_nodata`).")
            raise SourceError(Fault(problem, remedy, raster.path.name))
        yield block


def _left_of(
    crossings: _Crossings, band: Iterable[Block], window: tuple[int, int], tally: Tally
) -> tuple[NDArray[np.int64], int, Tally]:
    """Return the people left of each crossing in its row, the people of the band, and the tally of what was seen."""
    row, cells = crossings.row, crossings.cells
    height, wide = window
    piece = np.maximum(cells - 1, 0) // wide
    piece = piece.astype(np.min_scalar_type(piece.max(initial=0)))  # short numbers are sorted faster
    order = np.argsort(piece, kind="stable")
    pieces = piece[order]
    left, running, done = np.zeros(len(row), np.int64), np.zeros(height, np.int64), 0
    for block in band:
        tally += block
        upto = np.zeros(len(block.at) + 1, np.int64)
        np.cumsum(np.rint(block.people * _UNITS).astype(np.int64), out=upto[1:])
        rows = upto[np.searchsorted(block.at, np.arange(height + 1) * block.width)]
        begin, end = np.searchsorted(pieces, (block.column // wide, block.column // wide + 1))
        passed, here = order[done:begin], order[begin:end]
        left[passed] = running[row[passed]]
        place = row[here] * block.width + cells[here] - block.column
        left[here] = running[row[here]] + upto[np.searchsorted(block.at, place)] - rows[row[here]]
        running += np.diff(rows)
        done = end
    left[order[done:]] = running[row[order[done:]]]
    return left, int(running.sum()), tally


def _share(account: _Account, crossings: _Crossings, left: NDArray[np.int64]) -> None:
    """Add the people of a band to the polygons that hold them, and to the layers that hold them anywhere."""
    sign, zone = crossings.sign, crossings.zone
    np.add.at(account.found, zone, sign * left)
    deep = -np.cumsum(sign)  # polygons that hold the stretch right of each crossing
    people = np.diff(left, append=0)
    np.add.at(account.inside, account.layer[zone], np.where(deep > 0, people, 0))
    twice = np.flatnonzero((deep > 1) & (people > 0) & account.apart[zone])
    begins = np.flatnonzero(np.concatenate([[0], deep[:-1]]) == 0)
    for at in twice:
        begin = begins[np.searchsorted(begins, at, side="right") - 1]
        held, where = np.unique(zone[begin : at + 1], return_inverse=True)
        holders = held[np.bincount(where, weights=sign[begin : at + 1]) < 0]
        account.found[holders[1:]] -= people[at]


def _crossings(edges: _Edges, top: int, bottom: int, width: int, layer: NDArray[np.int64]) -> _Crossings:
    """Return where sides cross the middles of the rows of a band."""
    begin = np.searchsorted(edges.reach, top, side="right")
    end = np.searchsorted(edges.first, bottom)
    side = begin + np.flatnonzero(edges.end[begin:end] > top)
    first = np.maximum(edges.first[side], top)
    count = np.minimum(edges.end[side], bottom) - first
    row = np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)
    side = np.repeat(side, count)
    x = edges.x[side] + (row + 0.5 - edges.y[side]) * edges.slope[side]
    cells = np.clip(np.floor(np.rint(x * _FINE) / _FINE + 0.5), 0, width).astype(np.int64)
    right = edges.sign[side] > 0
    order = np.argsort((layer[edges.zone[side]] << 56) + (row - top << 32) + (cells << 1) + right)
    side = side[order]
    return _Crossings(row[order] - top, cells[order], edges.sign[side], edges.zone[side])


def _edges(raster: Raster, polygons: NDArray[Any]) -> _Edges:
    """Return the sides of polygons on the raster's grid, without those between the middles of two rows."""
    part, zone = shapely.get_parts(_valid(polygons), return_index=True)
    ring, of_part = shapely.get_rings(part, return_index=True)
    x, y, of_ring = _on_grid(raster, ring)
    start = np.flatnonzero(of_ring[1:] == of_ring[:-1])
    x0, y0, x1, y1 = x[start], y[start], x[start + 1], y[start + 1]
    middle = y[np.searchsorted(of_ring, np.arange(len(ring)))]
    outer = np.diff(of_part, prepend=-1) > 0
    area = np.bincount(of_ring[start], (x0 - x1) * (y0 + y1 - 2 * middle[of_ring[start]]), minlength=len(ring))
    turn = np.sign(area).astype(np.int64) * np.where(outer, 1, -1)
    sign = np.sign(y1 - y0).astype(np.int64) * turn[of_ring[start]]
    low, high = np.minimum(y0, y1), np.maximum(y0, y1)
    first = np.clip(np.ceil(low - 0.5), 0, raster.height).astype(np.int64)
    end = np.clip(np.ceil(high - 0.5), 0, raster.height).astype(np.int64)
    kept = np.flatnonzero((end > first) & (sign != 0))
    kept = kept[np.argsort(first[kept], kind="stable")]
    slope = (x1[kept] - x0[kept]) / (y1[kept] - y0[kept])
    upper = y0[kept] <= y1[kept]
    x, y = np.where(upper, x0[kept], x1[kept]), np.where(upper, y0[kept], y1[kept])
    reach = np.maximum.accumulate(end[kept])
    return _Edges(first[kept], end[kept], reach, x, y, slope, sign[kept], zone[of_part[of_ring[start[kept]]]])


def _valid(polygons: NDArray[Any]) -> NDArray[Any]:
    """Return polygons with those that cross themselves mended."""
    shapes = polygons.copy()
    for at in np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)):
        parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shapes[at])))
        shapes[at] = shapely.union_all(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    return shapes


def _on_grid(raster: Raster, rings: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return columns and rows, with fractions, of the corners of rings on the raster's grid, and whose they are."""
    crs = pyproj.CRS.from_wkt(raster.crs)
    lonlat = crs.equals(4326, ignore_axis_order=True)
    corners, of_ring = shapely.get_coordinates(
        rings if lonlat else shapely.segmentize(rings, _STEP_DEGREES), return_index=True
    )
    x, y = corners.T
    if not lonlat:
        x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(x, y)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        problem = Message("the region cannot be drawn in the coordinate reference system of the raster.")
        remedy = Message("Give the raster in WGS 84 (EPSG:4326), as it is published.")
        raise SourceError(Fault(problem, remedy, raster.path.name))
    a, b, c, d, e, f = raster.transform
    across, down, scale = x - c, y - f, a * e - b * d
    column, row = (e * across - b * down) / scale, (a * down - d * across) / scale
    return np.rint(column * _FINE) / _FINE, np.rint(row * _FINE) / _FINE, of_ring
