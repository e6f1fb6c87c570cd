"""Read a region from a folder of GeoJSON layers: one that was saved, or a planner's own in the same form."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from schoolnet import schema
from schoolnet.errors import Fault, SourceError, TableError
from schoolnet.ledger import Ledger
from schoolnet.messages import Message
from schoolnet.people import CELLS, People
from schoolnet.region import CAVEATS, LAYERS, Region, hashed
from schoolnet.sources import given_folder, limits, people_folder
from schoolnet.sources.text import short, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

_SHAPES = {
    "point": {"Point"},
    "line": {"LineString"},
    "polygon": {"Polygon", "MultiPolygon"},
    "line or polygon": {"LineString", "MultiLineString", "Polygon", "MultiPolygon"},
}
_KINDS = {
    "point": Message("point"),
    "line": Message("line"),
    "polygon": Message("polygon"),
    "line or polygon": Message("line or polygon"),
}
_EARTH = (180, 90, 180, 90)  # degrees
_EMPTY = Message("the layer holds no feature.")
_OPTIONAL = ("schools", "built_up", "plots", "adjoining", "beyond", "neighbours")
_NAMES = {"name": "name", "kk": "name_kk", "ru": "name_ru", "en": "name_en"}


def read(folder: Path | str) -> Region:
    """Read a region from region.geojson and one GeoJSON a layer; those of `_OPTIONAL`, and people, may be absent.

    Raises
    ------
    SourceError
        A layer is missing or is not GeoJSON.
    TableError
        Columns, values or shapes are not as declared; every fault of every layer is listed.
    """
    folder = Path(folder)
    paths = {name: folder / f"{name}.geojson" for name in ("region", *LAYERS)}
    missing = [path for name, path in paths.items() if name not in _OPTIONAL and not path.is_file()]
    if missing:
        remedy = Message("Add the layer; data/boundaries/example shows the form.")
        problem = Message("the layer is missing.")
        raise SourceError([Fault(problem, remedy, f"{folder.name}/{path.name}") for path in missing])
    paths["cells"] = folder / "people" / "cells.geojson"
    about = _opened(paths["region"])
    declared = {**LAYERS, "cells": CELLS}
    found = {name: _opened(paths[name]) for name in declared if paths[name].is_file()}
    faults = [*about_faults(about, paths["region"].name)]
    for name, layer in found.items():
        faults += _layer_faults(layer, declared[name], paths[name].name)
    if faults:
        raise TableError(faults)
    row = about.iloc[0]
    layers = {name: _layer(found.get(name), table) for name, table in declared.items()}
    if faults := [one for name in found for one in _broken(layers[name], declared[name], paths[name].name)]:
        raise TableError(faults)
    told = _people(folder, layers)
    sheets = [folder / "people" / f"{name}.csv" for name in told if name != "cells"]
    rows = {(path.name, path.stem): len(told[path.stem]) for path in sheets}
    given = given_folder.read(folder, layers["settlements"].index)
    sheets += given_folder.files(folder)
    return Region(
        code=str(row["code"]),
        names={key: _text(row, column) for key, column in _NAMES.items()},
        boundary=multi(about.union_all()),
        caveats=tuple(_text(row, "caveats").split()),
        ledger=Ledger((), {(paths[name].name, name): len(layer) for name, layer in found.items()} | rows),
        inputs=tuple(hashed(path, "region") for path in (*paths.values(), *sheets) if path.is_file()),
        people=People(**told),
        given=given,
        **{name: layers[name] for name in LAYERS},
    )


def _broken(layer: gpd.GeoDataFrame, table: schema.Table, file: str) -> tuple[Fault, ...]:
    """Return the faults of a typed layer, each with the name of its file."""
    try:
        schema.check(layer, table, file=file)
    except TableError as error:
        return error.faults
    return ()


def _people(folder: Path, layers: dict[str, gpd.GeoDataFrame]) -> dict[str, Any]:
    """Return the tables of people that are there, the cells of towns among them."""
    told: dict[str, Any] = people_folder.tables(folder, layers["settlements"].index, layers["districts"].index)
    cells = layers["cells"]
    faults = list(cell_strangers(cells, layers, "cells.geojson"))
    if faults:
        raise TableError(faults)
    return told if cells.empty else {**told, "cells": cells}


def cell_strangers(cells: pd.DataFrame, layers: Mapping[str, pd.DataFrame], file: str) -> Iterator[Fault]:
    """Yield a fault for each cell of a town or district that the region does not have."""
    remedy = Message("Correct the key, or leave the row out.")
    for column, layer in (("settlement_id", "settlements"), ("district_id", "districts")):
        strange = cells[column].notna() & ~cells[column].isin(layers[layer].index)
        for row in cells.index[strange]:
            problem = Message("{key} is not there.", key=repr(cells.loc[row, column]))
            yield Fault(problem, remedy, file, row, column)


def _opened(path: Path) -> gpd.GeoDataFrame:
    remedy = Message("Export the layer again as GeoJSON (UTF-8).")
    limits.size(path, limits.LAYER_BYTES)
    if not path.read_bytes().lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):  # the reader opens other kinds too
        raise SourceError(Fault(Message("this is not a GeoJSON file."), remedy, path.name))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cells of mixed kinds: each is checked below
            limits.fields(path)
            layer = gpd.read_file(path, engine="pyogrio")
    except (RuntimeError, ValueError, LookupError, MemoryError, shapely.errors.ShapelyError) as error:  # by GDAL
        problem = Message("not a readable GeoJSON file ({error}).", error=short(tidy(str(error))))
        raise SourceError(Fault(problem, remedy, path.name)) from None
    if not isinstance(layer, gpd.GeoDataFrame):
        raise SourceError(Fault(Message("the features have no shapes."), remedy, path.name))
    try:
        return layer.to_crs(schema.EPSG_AT_REST)
    except (RuntimeError, ValueError) as error:  # a projection that is not of the Earth, or none
        problem = Message("not a readable GeoJSON file ({error}).", error=short(tidy(str(error))))
        raise SourceError(Fault(problem, remedy, path.name)) from None


def about_faults(about: gpd.GeoDataFrame, file: str) -> Iterator[Fault]:
    """Yield what is wrong with the outline of a region and its names."""
    if about.empty:
        yield Fault(_EMPTY, Message("Draw the outline of the region."), file)
        return
    for column in ("code", "name"):
        if column not in about or not _text(about.iloc[0], column):
            problem = Message("the column is missing or empty.")
            yield Fault(problem, Message("Give the region its code and its name."), file, "1", column)
    yield from shape_faults(about, "polygon", file)
    for caveat in _text(about.iloc[0], "caveats").split():
        if caveat not in CAVEATS:
            problem = Message("“{word}” is not known.", word=caveat)
            yield Fault(problem, Message("Use one of {known}.", known=", ".join(CAVEATS)), file, "1", "caveats")


def _layer_faults(layer: gpd.GeoDataFrame, table: schema.Table, file: str) -> Iterator[Fault]:
    if table.name == "settlements" and layer.empty:
        yield Fault(_EMPTY, Message("Give at least one settlement."), file)
    yield from shape_faults(layer, table.geometry, file)
    required = [name for name, column in table.columns.items() if column.absent is None]
    for name in [table.index, *required]:
        if name and name not in layer and len(layer):
            remedy = Message("Add it; the table dictionary says what it holds.")
            yield Fault(Message("the column is missing."), remedy, file, "", name)
    for name, column in table.columns.items():
        if name in layer:
            yield from _cell_faults(layer[name], column, file)


def shape_faults(
    layer: gpd.GeoDataFrame, kind: str, file: str, rows: Sequence[object] | None = None
) -> Iterator[Fault]:
    """Yield the shapes that are missing, or of another kind than wanted; `rows`: what their rows are called."""
    kinds = layer.geometry.geom_type.to_numpy()
    named = [*(range(1, len(layer) + 1) if rows is None else rows)]
    for row, found, shape in zip(named, kinds, layer.geometry, strict=True):
        if shape is None or shape.is_empty or found not in _SHAPES[kind]:
            what = Message("no shape") if shape is None or shape.is_empty else found
            problem = Message("{found} where a {wanted} is wanted.", found=what, wanted=_KINDS[kind])
            yield Fault(problem, Message("Mend or remove the feature."), file, str(row), "geometry")
    held = layer.geometry.bounds.to_numpy()
    there = ~(layer.geometry.isna() | layer.geometry.is_empty).to_numpy()
    for at in (there & ~(abs(held) <= _EARTH).all(axis=1)).nonzero()[0]:  # NaN fails, too
        problem = Message("the shape is not on Earth: its coordinates are not degrees.")
        yield Fault(problem, Message("Mend or remove the feature."), file, str(named[at]), "geometry")
    for at in _jumps(layer.geometry.to_numpy()) if kind == "line" else ():
        problem = Message("the line jumps from one side of 180° to the other.")
        yield Fault(problem, Message("Cut it at 180°, as GeoJSON asks."), file, str(named[at]), "geometry")


def _jumps(lines: NDArray[Any]) -> list[int]:
    """Return the places of the lines with a step of more than half a turn: on a map it would cross the whole Earth."""
    places, of = shapely.get_coordinates(lines, return_index=True)
    far = (abs(np.diff(places[:, 0])) > _EARTH[0]) & (np.diff(of) == 0)
    return np.unique(of[1:][far]).tolist()


def _cell_faults(cells: pd.Series[Any], column: schema.Col, file: str) -> Iterator[Fault]:
    """Yield the cells that would not survive being typed: words for numbers, anything but true and false."""
    if column.dtype in ("Int64", "float64") and pd.api.types.is_datetime64_any_dtype(cells):
        bad, wanted = cells.notna(), Message("a number")  # a text like a day is taken for one by the reader
    elif column.dtype == "Int64":
        numbers = pd.to_numeric(cells, errors="coerce")
        bad = (numbers.isna() | (numbers % 1 != 0)) & cells.notna()
        wanted = Message("a whole number")
    elif column.dtype == "float64":
        bad = pd.to_numeric(cells, errors="coerce").isna() & cells.notna()
        wanted = Message("a number")
    elif column.dtype == "bool":
        bad = ~cells.map(lambda cell: cell in (True, False))
        wanted = Message("true or false")
    else:
        return
    for row, cell in zip(bad.to_numpy().nonzero()[0] + 1, cells[bad], strict=True):
        problem = Message("{cell} is not {wanted}.", cell=repr(cell), wanted=wanted)
        yield Fault(problem, Message("Correct the cell."), file, str(row), str(cells.name))


def _layer(layer: gpd.GeoDataFrame | None, table: schema.Table) -> gpd.GeoDataFrame:
    if layer is None or layer.empty:
        return schema.geoframe([], table, [])
    plain = pd.DataFrame(layer.drop(columns="geometry"))
    for name in plain.select_dtypes("datetime"):
        plain[name] = plain[name].dt.strftime("%Y-%m-%d")  # the reader takes a text that looks like a day for one
    rows = plain.to_dict("records")
    return schema.geoframe(rows, table, layer.geometry.to_numpy())


def _text(row: pd.Series[Any], column: str) -> str:
    value = row.get(column)
    return "" if value is None or pd.isna(value) else str(value)


def multi(shape: Any) -> Any:
    """Return a shape of polygons as one of several, though it may be one."""
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
