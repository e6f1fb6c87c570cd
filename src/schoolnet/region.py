"""Region: the frozen bundle of checked layers a plan is made from."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from schoolnet import disk, given, schema, tables
from schoolnet.errors import Fault, TableError
from schoolnet.given import Given
from schoolnet.ledger import Ledger
from schoolnet.messages import Message
from schoolnet.people import TABLES, People

if TYPE_CHECKING:
    import datetime as dt

    from shapely import MultiPolygon

#: Layers of a region, each with its declaration, in the order they are stored.
LAYERS = {
    "districts": tables.DISTRICTS,
    "settlements": tables.SETTLEMENTS,
    "roads": tables.ROADS,
    "waters": tables.WATERS,
    "built_up": tables.BUILT_UP,
    "schools": tables.SCHOOLS,
    "plots": tables.PLOTS,
    "adjoining": tables.ADJOINING,
    "beyond": tables.BEYOND,
    "neighbours": tables.NEIGHBOURS,
}
#: Layers most regions lack: without a row they are not stored.
_SELDOM = ("plots", "adjoining", "beyond", "neighbours")
#: What must be said beside every figure: the layer is made up, modelled or missing, or the norms are not the acts.
CAVEATS = (
    "fictional",
    "modelled_population",
    "modelled_roads",
    "modelled_schools",
    "schools_from_map",
    "no_schools",
    "own_norms",
    "estimated_children",
)
#: Decimals of a degree of a layer, and of the outline.
_STORED, _OUTLINE = 7, 15
#: Decimals of a degree that hold a coordinate of the region to its last bit.
_EXACT = 17
_TURN, _HALF_TURN = 360.0, 180.0  # degrees


class Input(NamedTuple):
    """One input file: its role, name, size and hash."""

    role: str
    name: str
    bytes: int
    sha256: str


def hashed(path: Path, role: str) -> Input:
    """Return the file's name, size and SHA-256."""
    return Input(role, path.name, path.stat().st_size, disk.digest(path))


@dataclass(frozen=True)
class Region:
    """People, roads, waters and schools of one region, each table as declared in `schoolnet.tables`.

    A what-if is `dataclasses.replace(region, schools=…)`.

    Attributes
    ----------
    code
        ISO 3166-2 code (KZ-59), KATO code, or the name where neither is known.
    names
        The region's name by language: kk, ru, en and `name`.
    boundary
        Its outline, WGS 84.
    districts, settlements, roads, waters, schools
        Its layers, WGS 84.
    built_up
        Built-up areas of settlements where they are known; may hold nothing.
    plots
        Land plots given for new schools; may hold nothing.
    adjoining, beyond, neighbours
        The regions around, and settlements and schools of theirs near the border; may hold nothing.
    people
        What official tables and rasters say of its people; may hold nothing.
    given
        A planner's own tables: network schools, partners, own okrugs; may hold nothing.
    caveats
        What must be said beside every figure: keys of `CAVEATS`.
    ledger
        What became of every input row.
    inputs
        The files it was read from.
    day
        The day its data speak of, where it was frozen (`schoolnet.snapshot`); a plan is held against the norms of it.
    """

    code: str
    names: dict[str, str]
    boundary: MultiPolygon
    districts: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    waters: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    built_up: gpd.GeoDataFrame = field(default_factory=lambda: schema.geoframe([], tables.BUILT_UP, []))
    plots: gpd.GeoDataFrame = field(default_factory=lambda: schema.geoframe([], tables.PLOTS, []))
    adjoining: gpd.GeoDataFrame = field(default_factory=lambda: schema.geoframe([], tables.ADJOINING, []))
    beyond: gpd.GeoDataFrame = field(default_factory=lambda: schema.geoframe([], tables.BEYOND, []))
    neighbours: gpd.GeoDataFrame = field(default_factory=lambda: schema.geoframe([], tables.NEIGHBOURS, []))
    people: People = field(default_factory=People)
    given: Given = field(default_factory=Given)
    caveats: tuple[str, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    inputs: tuple[Input, ...] = ()
    day: dt.date | None = None

    def __post_init__(self) -> None:
        """Check every layer against its declaration."""
        for name, table in LAYERS.items():
            schema.check(getattr(self, name), table)
        faults = [
            *_strangers(self.settlements["district_id"], self.districts, "settlements"),
            *_strangers(self.schools["settlement_id"], self.settlements, "schools"),
            *_strangers(_counted(self.built_up)["settlement_id"], self.settlements, "built_up"),
            *_strangers(self.plots["settlement_id"], self.settlements, "plots"),
            *_strangers(_counted(self.given.okrugs)["settlement_id"], self.settlements, "own_okrugs"),
            *_strangers(self.neighbours["region_id"], self.adjoining, "neighbours"),
            *_strangers(self.beyond["region_id"], self.adjoining, "beyond"),
            *_twice(self.neighbours, self.schools),
        ]
        if set(self.roads.geom_type) - {"LineString"}:
            remedy = Message("Explode the roads into single lines.")
            faults.append(Fault(Message("a road is not a LineString."), remedy, "roads"))
        if faults:
            raise TableError(faults)

    @cached_property
    def crs(self) -> pyproj.CRS:
        """The metric projection at work: Lambert azimuthal equal-area, centred on the region."""
        return metric(self.boundary)

    @cached_property
    def all_schools(self) -> gpd.GeoDataFrame:
        """The region's own schools, then those of its neighbours, which stand in no settlement (`tables.SCHOOLS`)."""
        if self.neighbours.empty:
            return self.schools
        beyond = self.neighbours.assign(settlement_id=pd.array([None] * len(self.neighbours), dtype="str"))
        return pd.concat([self.schools, beyond[[*self.schools.columns]]])

    def save(self, folder: Path | str, *, decimals: int = _STORED) -> Path:
        """Write the region to a folder that `sources.folder.read` reads: one GeoJSON a layer, people as CSV.

        Layers of a region saved there before that this one has no row of are removed.

        `decimals`: of a degree, of the coordinates; seven are a centimetre.

        Raises
        ------
        SourceError
            The folder cannot be made or written to; what was there is then as it was.
        """
        folder = Path(folder)
        about = {"code": self.code, "caveats": " ".join(self.caveats), **_prefixed(self.names)}
        outline = gpd.GeoDataFrame([about], geometry=[self.boundary], crs=schema.EPSG_AT_REST)
        seldom = {f"{name}.geojson" for name in _SELDOM}
        with disk.placed(folder) as part:
            _save_layer(outline, part / "region.geojson", max(decimals, _OUTLINE))
            for name in LAYERS:
                if name not in _SELDOM or not getattr(self, name).empty:
                    _save_layer(getattr(self, name), part / f"{name}.geojson", decimals)
            seldom |= _save_tables(self.people, TABLES, part / "people", decimals=max(decimals, _EXACT))
            seldom |= _save_tables(self.given, given.TABLES, part / "given")
            stale = [name for name in seldom if not (part / name).exists()]
        with disk.writing(folder):
            for name in stale:
                (folder / name).unlink(missing_ok=True)
        return folder


def metric(shape: Any) -> pyproj.CRS:
    """Return the metric projection for a shape in WGS 84: Lambert azimuthal equal-area, centred on it."""
    centre = shapely.centroid(whole(shape))
    return pyproj.CRS.from_proj4(
        f"+proj=laea +lat_0={centre.y:.4f} +lon_0={centre.x:.4f} +datum=WGS84 +units=m +no_defs"
    )


def whole(shape: Any) -> Any:
    """Return a shape in degrees, or several, of which those cut at 180° are in one piece: eastward, beyond 180.

    Shapes with a part on both sides of Greenwich stay as they are.
    """
    west, _, east, _ = shapely.bounds(shapely.get_parts(shape)).T
    if east.max() - west.min() <= _HALF_TURN or ((west < 0) & (east >= 0)).any():
        return shape
    return shapely.transform(shape, lambda places: places + np.where(places < 0, [_TURN, 0.0], 0.0))


def _save_layer(layer: gpd.GeoDataFrame, path: Path, decimals: int) -> None:
    """Write a layer as GeoJSON, by way of memory: of a disk that fills under its last bytes GDAL says nothing."""
    layer = layer.reset_index() if layer.index.name else layer
    held, options = io.BytesIO(), {"layer": path.stem, "COORDINATE_PRECISION": decimals}
    layer.to_file(held, driver="GeoJSON", engine="pyogrio", **options)
    path.write_bytes(held.getbuffer())


def _save_tables(
    bundle: People | Given, declared: dict[str, schema.Table], folder: Path, *, decimals: int = _EXACT
) -> set[str]:
    """Write each table of a bundle that holds rows as CSV, or as GeoJSON; return the files that all have."""
    names = set()
    for name, table in declared.items():
        path = folder / (f"{name}.geojson" if table.geometry else f"{name}.csv")
        names.add(f"{folder.name}/{path.name}")
        rows = getattr(bundle, name)
        if rows.empty:
            continue
        folder.mkdir(exist_ok=True)
        if table.geometry:
            _save_layer(rows, path, decimals)
        else:
            rows = rows.reset_index() if rows.index.name else rows
            rows.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return names


def _counted(layer: pd.DataFrame) -> pd.DataFrame:
    """Return a layer without an index of its own with its rows counted from 1, as messages name them."""
    return layer.set_axis(range(1, len(layer) + 1))


def _strangers(keys: pd.Series[str], layer: gpd.GeoDataFrame, file: str) -> list[Fault]:
    """Return a fault for each key that names no row of the layer it points to."""
    strange = keys[keys.notna() & ~keys.isin(layer.index)]
    may_be_empty = file in LAYERS and LAYERS[file].columns[str(keys.name)].absent is not None
    remedy = (
        Message("Correct the key, or leave it empty.")
        if may_be_empty
        else Message("Correct the key, or leave the row out.")
    )
    return [
        Fault(Message("{key} is not there.", key=repr(key)), remedy, file, str(row), str(keys.name))
        for row, key in strange.items()
    ]


def _twice(neighbours: gpd.GeoDataFrame, schools: gpd.GeoDataFrame) -> list[Fault]:
    """Return a fault for each school over the border that is a school of the region too."""
    remedy = Message("Leave it out of one of the two layers.")
    return [
        Fault(Message("{key} stands among the schools already.", key=repr(key)), remedy, "neighbours", str(key))
        for key in neighbours.index[neighbours.index.isin(schools.index)]
    ]


def _prefixed(names: dict[str, str]) -> dict[str, str]:
    return {(key if key == "name" else f"name_{key}"): value for key, value in names.items()}
