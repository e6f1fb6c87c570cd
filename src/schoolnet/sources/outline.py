"""Read the outline of a region from a planner's own file."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from schoolnet import schema
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.region import Input, hashed
from schoolnet.sources import limits, naming
from schoolnet.sources.text import MOST, short, tidy

#: Column of an area's name in each language.
NAMES = {"name": "name", "kk": "name_kk", "ru": "name_ru", "en": "name_en"}
# not whatever GDAL opens: some forms (VRT, GML) make it open other files, or the network
_FORMATS = (".geojson", ".json", ".gpkg", ".shp", ".fgb")
_REMEDY = Message("Give the outline as polygons in GeoJSON, or as {forms}.", forms=", ".join(_FORMATS[2:]))


class Area(NamedTuple):
    """An outline with its names: what a region is cut along."""

    code: str
    names: dict[str, str]
    shape: Any
    kato: str = ""
    note: str = ""
    input: Input | None = None
    area_id: str = ""

    @property
    def called(self) -> str:
        """The name of the area for a sentence (`naming.said`)."""
        return naming.said(self.names, self.code)


def from_file(path: Path | str) -> Area:
    """Return the outline in a planner's own file (GeoJSON, GeoPackage, Shapefile, FlatGeobuf); its polygons are joined.

    Raises
    ------
    SourceError
        The file is missing, unreadable, holds no polygon, or is not in degrees.
    """
    path = Path(path)
    layer = _layer_of(path)
    layer = layer.set_crs(schema.EPSG_AT_REST) if layer.crs is None else _in_degrees(layer, path.name)
    shapes = shapely.force_2d(layer.geometry.to_numpy())
    valid = bool(shapely.is_valid(shapes[~shapely.is_missing(shapes)]).all())
    with np.errstate(all="ignore"):  # of coordinates that are no numbers: refused below
        parts = shapely.get_parts(shapely.get_parts(_mended(shapes, path.name)))
    polygons = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)]
    if not len(polygons):
        raise SourceError(Fault(Message("no polygon was found."), _REMEDY, path.name))
    west, south, east, north = shapely.total_bounds(polygons)
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):  # noqa: PLR2004 - degrees; NaN fails, too
        problem = Message(
            "the outline is not in degrees: it runs from {start} to {end}.",
            start=f"{west:g}, {south:g}",
            end=f"{east:g}, {north:g}",
        )
        remedy = Message("Save it in longitude, latitude (WGS 84, EPSG:4326), or with its projection.")
        raise SourceError(Fault(problem, remedy, path.name))
    row = layer.iloc[0]
    names = {key: word(row.get(column)) for key, column in NAMES.items()}
    names["name"] = names["name"] or names["kk"] or names["ru"] or names["en"] or path.stem
    code = word(row.get("iso")) or word(row.get("kato")) or names["name"]
    note = "" if valid else Message("the outline crosses itself: mended, check its area on the map")
    return Area(code, names, shapely.union_all(polygons), note=note, input=hashed(path, "boundary"))


def word(value: Any) -> str:
    """Return a name or code as text: numbers without a fraction, what is missing or of another kind as nothing."""
    if isinstance(value, str):
        return short(tidy(value), MOST)
    return f"{value:.0f}" if isinstance(value, (int, float, np.number)) and math.isfinite(value) else ""


def _mended(shapes: Any, file: str) -> Any:
    try:
        return shapely.make_valid(shapes)
    except (shapely.errors.ShapelyError, MemoryError) as error:  # lines that cross one another without end
        what = Message("not a readable map layer ({error}).", error=short(tidy(str(error))))
        raise SourceError(Fault(what, _REMEDY, file)) from None


def _in_degrees(layer: gpd.GeoDataFrame, file: str) -> gpd.GeoDataFrame:
    try:
        return layer.to_crs(schema.EPSG_AT_REST)
    except (RuntimeError, ValueError) as error:  # a projection that is not of the Earth, or no geometry
        what = Message("not a readable map layer ({error}).", error=short(tidy(str(error))))
        raise SourceError(Fault(what, _REMEDY, file)) from None


def _layer_of(path: Path) -> gpd.GeoDataFrame:
    if not path.is_file():
        what = Message("this is a folder, not a file.") if path.is_dir() else Message("there is no such file.")
        raise SourceError(Fault(what, Message("Check the path of the boundary file."), str(path)))
    limits.size(path, limits.LAYER_BYTES)
    with path.open("rb") as stream:
        begins = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if path.suffix.casefold() not in _FORMATS or begins.startswith(b"<"):
        raise SourceError(Fault(Message("this is not a map layer of a known form."), _REMEDY, path.name))
    try:
        with warnings.catch_warnings(action="ignore"):  # what GDAL finds odd is mended or refused below
            limits.fields(path)
            layer = gpd.read_file(path, engine="pyogrio", on_invalid="fix")
    except (RuntimeError, ValueError, LookupError, MemoryError, shapely.errors.ShapelyError) as error:  # by GDAL
        what = Message("not a readable map layer ({error}).", error=short(tidy(str(error).split(";")[0])))
        raise SourceError(Fault(what, _REMEDY, path.name)) from None
    if not isinstance(layer, gpd.GeoDataFrame):
        raise SourceError(Fault(Message("no polygon was found."), _REMEDY, path.name))
    return layer
