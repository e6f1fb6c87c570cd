"""Open population rasters (GeoTIFF, WorldPop form) and give their cells that hold people, on the raster's own grid.

A raster is taken as it stands in its one file: what lies beside it (.aux.xml, .tfw, .ovr) is not looked at, and
nothing is read from the net, from archives, or by another driver than that of GeoTIFF.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schoolnet import foreign
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.sources import limits, worldpop
from schoolnet.sources.text import short, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    import rasterio
    from numpy.typing import NDArray

_ADDRESS = re.compile(r"[a-z][a-z0-9+._-]+:|[/\\]vsi", re.IGNORECASE)
_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MOST_BLOCK_BYTES = 64 * 1024 * 1024  # a tile or strip is unpacked whole
_MOST_BLOCKS = 4_000_000
_MOST_CELLS = 4_194_304  # read at once
_SIDE = 512  # tiles smaller than this are read several at once
_OPTIONS = {
    "GDAL_CACHEMAX": 64,
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GDAL_PAM_ENABLED": "NO",
}
_ITSELF = Message("Give the GeoTIFF itself, unpacked, from a disk of this computer.")


@dataclass(frozen=True)
class Raster:
    """One checked population raster; each cell holds a number of people.

    Attributes
    ----------
    path
        The file.
    label
        Whose people it holds.
    crs
        Its reference system, as WKT.
    transform
        a, b, c, d, e, f: x = a col + b row + c, y = d col + e row + f; turned grids are as good as upright ones.
    width, height, window
        Its columns and rows; the rows and columns read at once: whole tiles or strips, unless one is too large.
    nodata
        Value of a cell without data, or None where the file declares none.
    bands, masked, scale
        Its bands, of which the first is read; whether it holds a mask; people per unit of a stored value.
    """

    path: Path
    label: worldpop.Label
    crs: str
    transform: tuple[float, ...]
    width: int
    height: int
    window: tuple[int, int]
    nodata: float | None = None
    bands: int = 1
    masked: bool = False
    scale: float = 1.0


class Block(NamedTuple):
    """The cells of a window of a raster that hold people, and what else is in it.

    Attributes
    ----------
    row, column, height, width
        The window.
    at
        Cells with people, counted along the rows of the window, ascending.
    people
        Their people, float64, above 0 and finite.
    negative, broken
        Values below zero; number of cells that are no number or infinite: not nodata, counted as nothing.
    """

    row: int
    column: int
    height: int
    width: int
    at: NDArray[np.int64]
    people: NDArray[np.float64]
    negative: NDArray[np.float64]
    broken: int


def check(path: Path | str) -> Raster:
    """Open a raster and return what is needed to read it.

    Raises
    ------
    SourceError
        Not a plain local GeoTIFF, no reference system, no place on the map, or cells that cannot be people; every
        fault is listed.
    """
    local = _plain(path)
    named = worldpop.label(local.name)
    with _opened(local) as dataset:
        faults = [*_misplaced(dataset), *_unreadable(dataset)]
        if named is None:
            problem = Message("the name says that it holds the people of some ages only.")
            faults.append((problem, Message("Give the total, or one file per age group and sex (kaz_f_5_2020.tif).")))
        if faults:
            raise SourceError(Fault(problem, remedy, local.name) for problem, remedy in faults)
        flags = {one.name for one in dataset.mask_flag_enums[0]}
        return Raster(
            local,
            named or worldpop.Label(),
            dataset.crs.to_wkt(),
            tuple(dataset.transform)[:6],
            dataset.width,
            dataset.height,
            _window(dataset),
            dataset.nodata,
            dataset.count,
            "per_dataset" in flags and "alpha" not in flags,
            dataset.scales[0],
        )


def blocks(raster: Raster) -> Iterator[Block]:
    """Yield the windows of a raster that its file holds, each once, in rows from the top, left to right.

    A sparse file leaves out tiles without data; they are skipped without being asked for. Windows of one row have the
    same height. Memory does not grow with the raster: a window holds at most some millions of cells.

    Raises
    ------
    SourceError
        The file is damaged.
    """
    from rasterio.errors import RasterioError

    with _opened(raster.path) as dataset:
        nodata = _stored(raster.nodata, np.dtype(dataset.dtypes[0]))
        for row, column, height, width in _windows(dataset, raster.window):
            window = ((row, row + height), (column, column + width))
            try:
                values = dataset.read(1, window=window)
                if raster.masked:
                    values[dataset.read_masks(1, window=window) == 0] = 0
            except RasterioError as error:
                told = short(tidy(str(error)))
                what = Message("the cells from row {row} on cannot be read: {error}.", row=row + 1, error=told)
                remedy = Message("The file is damaged: copy or download it again.")
                raise SourceError(Fault(what, remedy, raster.path.name)) from None
            yield Block(row, column, height, width, *_told_apart(values.ravel(), nodata, raster.scale))


def _window(dataset: rasterio.DatasetReader) -> tuple[int, int]:
    high, wide = dataset.block_shapes[0]
    if wide < dataset.width:
        wide *= max(1, _SIDE // wide)
        high *= max(1, _SIDE // high)
    else:
        high *= max(1, _MOST_CELLS // (wide * high))
    return min(high, max(1, _MOST_CELLS // wide)), wide


def _plain(path: Path | str) -> Path:
    """Return the path of a local file that begins as a TIFF does; GDAL would take more, as addresses on the net."""
    local = Path(path).absolute()
    if _ADDRESS.match(str(local)) or (not local.is_file() and _ADDRESS.match(str(path))):
        raise SourceError(Fault(Message("an address, not a file."), _ITSELF, str(path)))
    if not local.is_file():
        what = Message("this is a folder, not a file.") if local.is_dir() else Message("there is no such file.")
        raise SourceError(Fault(what, Message("Check the path of the raster."), str(path)))
    try:
        with local.open("rb") as stream:
            begins = stream.read(4)
    except OSError as error:
        what = Message("cannot be read: {error}.", error=foreign.system(error))
        remedy = Message("Close it in other programs, and check that you may read it.")
        raise SourceError(Fault(what, remedy, str(path))) from None
    if begins not in _MAGIC:
        raise SourceError(Fault(Message("not a GeoTIFF."), _ITSELF, local.name))
    return local


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[rasterio.DatasetReader]:
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    with rasterio.Env(**_OPTIONS), contextlib.ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)
                dataset = stack.enter_context(rasterio.open(path, driver="GTiff"))
        except RasterioError as error:
            what = Message("not a readable GeoTIFF: {error}.", error=short(tidy(str(error)), 200))
            raise SourceError(Fault(what, _ITSELF, path.name)) from None
        yield dataset


def _misplaced(dataset: rasterio.DatasetReader) -> Iterator[tuple[Message, Message]]:
    """Yield what is wrong with the raster's place on the map."""
    import pyproj

    a, b, _, d, e, _ = numbers = tuple(dataset.transform)[:6]
    if numbers == (1, 0, 0, 0, 1, 0) or not all(map(math.isfinite, numbers)) or a * e == b * d:
        problem = Message("the file does not say where its cells lie (no geotransform).")
        yield problem, Message("Write it in: `gdal_translate -a_ullr WEST NORTH EAST SOUTH old.tif new.tif`.")
    remedy = Message("Write it in: `gdal_translate -a_srs EPSG:4326 old.tif new.tif`.")
    if dataset.crs is None:
        yield Message("the file does not name its coordinate reference system."), remedy
        return
    try:
        pyproj.Transformer.from_crs(4326, dataset.crs.to_wkt(), always_xy=True)
    except pyproj.exceptions.ProjError:
        yield Message("its coordinate reference system is not one of the Earth."), remedy


def _unreadable(dataset: rasterio.DatasetReader) -> Iterator[tuple[Message, Message]]:
    """Yield why the cells of the raster cannot be read as people."""
    kind = np.dtype(dataset.dtypes[0]) if not dataset.dtypes[0].startswith("complex") else np.dtype(complex)
    if kind.kind not in "iuf":
        yield Message("its cells are not plain numbers ({kind}).", kind=kind.name), _ITSELF
    if dataset.offsets[0] or not 0 < dataset.scales[0] < math.inf:
        remedy = Message("Write the numbers out: `gdal_translate -unscale old.tif new.tif`.")
        yield Message("its numbers are stored with an offset."), remedy
    if not limits.raster(dataset.width * dataset.height, Path(dataset.name)):
        problem = Message("it has {x} x {y} cells: too many to be read.", x=dataset.width, y=dataset.height)
        yield problem, Message("Cut your region out: `gdal_translate -projwin WEST NORTH EAST SOUTH old.tif new.tif`.")
    high, wide = dataset.block_shapes[0]
    if high * wide * kind.itemsize > _MOST_BLOCK_BYTES or math.prod(_grid(dataset, high, wide)) > _MOST_BLOCKS:
        problem = Message("it is stored in pieces of {x} x {y} cells: too large, or too many.", x=wide, y=high)
        yield problem, Message("Store it anew: `gdal_translate -co TILED=YES -co COMPRESS=DEFLATE old.tif new.tif`.")


def _grid(dataset: rasterio.DatasetReader, high: int, wide: int) -> tuple[int, int]:
    return -(-dataset.height // high), -(-dataset.width // wide)


def _windows(dataset: rasterio.DatasetReader, size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Yield row, column, height and width of each window of which the file holds a tile."""
    high, wide = size
    block_high, block_wide = dataset.block_shapes[0]
    rows, columns = _grid(dataset, high, wide)
    for row, column in itertools.product(range(0, rows * high, high), range(0, columns * wide, wide)):
        height, width = min(high, dataset.height - row), min(wide, dataset.width - column)
        tiles = itertools.product(
            range(row // block_high, -(-(row + height) // block_high)),
            range(column // block_wide, -(-(column + width) // block_wide)),
        )
        if any(dataset.get_tag_item(f"BLOCK_OFFSET_{x}_{y}", "TIFF", bidx=1) for y, x in tiles):
            yield row, column, height, width


def _stored(nodata: float | None, kind: np.dtype[Any]) -> Any:
    """Return nodata as the cells hold it; None where no cell can."""
    if nodata is None or kind.kind == "f":
        return None if nodata is None else kind.type(np.clip(nodata, np.finfo(kind).min, np.finfo(kind).max))
    held = np.iinfo(kind)
    return int(nodata) if math.isfinite(nodata) and nodata.is_integer() and held.min <= nodata <= held.max else None


def _told_apart(
    values: NDArray[Any], nodata: Any, scale: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], int]:
    """Return where people are and how many, values below zero, and the number of broken cells."""
    at = np.flatnonzero(values > 0)
    people = values[at].astype(np.float64)
    if nodata is not None and nodata > 0:
        at, people = at[people != nodata], people[people != nodata]
    nothing: Any = 0
    if nodata is not None and nodata != 0:
        nothing += np.count_nonzero(np.isnan(values) if np.isnan(nodata) else values == nodata)
    if len(at) + nothing < len(values):
        nothing += np.count_nonzero(values == 0)
    negative = np.zeros(0)
    if len(at) + nothing < len(values):
        below = values[values < 0].astype(np.float64)
        negative = below[(below != nodata) & np.isfinite(below)] if nodata is not None else below[np.isfinite(below)]
    finite = np.isfinite(people)
    if not finite.all():
        at, people = at[finite], people[finite]
    broken = len(values) - len(at) - int(nothing) - len(negative)
    return at.astype(np.int64, copy=False), people * scale, negative * scale, broken
