"""Zonal sums of 6,000 settlements and the districts together over a sparse raster of 60,000 x 30,000 cells.

    python tests/benchmarks/zonal.py FOLDER-WITH-kz [--rasterstats PYTHON]

The raster is made in WorldPop's constrained form (3 arc-seconds, float32, deflate with predictor 3, tiles of 512,
nodata -99999): people of the modelled country's settlements, about six to a cell, scattered around their points; tiles
without people are not in the file. Its corner is not a round number, so that no centre of a cell lies on a border.
Settlements are discs of 3 km, districts are the country's; discs overlap, and some districts do by a hair: each polygon
gets its whole sum, as rasterstats gives it. Each peer runs in a process of its own: the bare read of the tiles that are
there, schoolnet (both layers in one pass), and rasterstats (`zonal_stats`, each layer in turn) in the Python named,
where it is installed. The sums are compared. The same world at half and at double resolution, and with every tile
written, shows what memory and time depend on. Ratios are of processor seconds. Prints a Markdown table for the README.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from common import Stopwatch, alone, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

WEST, NORTH, DEGREES_EAST, DEGREES_SOUTH = 44.000131, 57.999717, 50.0, 25.0
TILE, NODATA, PEOPLE_PER_CELL = 512, -99999.0, 6.0
SETTLEMENTS, DISC_M = 6_000, 3_000.0
#: Cells per degree, predictor (3 as in WorldPop's form; 1, none, is the quickest to unpack), every tile written or not.
RASTERS = {
    "60,000 x 30,000": (1200, 3, False),
    "60,000 x 30,000, without a predictor": (1200, 1, False),
    "30,000 x 15,000": (600, 3, False),
    "120,000 x 60,000": (2400, 3, False),
    "60,000 x 30,000, every tile written": (1200, 3, True),
}


def prepare(kz: Path, folder: Path) -> tuple[int, int, int]:
    """Leave the polygons and the rasters in a folder; return how many settlements, districts and their corners."""
    import shapely

    from schoolnet.sources import osm

    read = osm.read(kz / "kazakhstan-modelled.osm.pbf")
    places = read.settlements.sort_index()
    chosen = np.sort(np.random.default_rng(1).choice(len(places), min(SETTLEMENTS, len(places)), replace=False))
    lonlat = shapely.get_coordinates(places.geometry.to_numpy())
    districts = read.areas[read.areas["admin_level"] == 6].geometry.to_numpy()
    layers = {"settlements": [_disc(*one) for one in lonlat[chosen]], "districts": list(districts)}
    wkb = {name: shapely.to_wkb(shapes).tolist() for name, shapes in layers.items()}
    (folder / "layers.pkl").write_bytes(pickle.dumps(wkb))
    people = places["population"].fillna(300).to_numpy(float)
    for at, (per_degree, predictor, full) in enumerate(RASTERS.values()):
        _write(folder / f"{at}.tif", _cells(lonlat, people, per_degree), per_degree, predictor=predictor, full=full)
    corners = int(sum(shapely.get_num_coordinates(np.concatenate([*map(np.asarray, layers.values())]))))
    return len(chosen), len(districts), corners


def _disc(lon: float, lat: float) -> Any:
    import shapely

    turn = np.linspace(0, 2 * np.pi, 33)[:-1]
    north = DISC_M / 111_320
    return shapely.Polygon(
        np.column_stack([lon + north / np.cos(np.radians(lat)) * np.cos(turn), lat + north * np.sin(turn)])
    )


def _cells(
    lonlat: NDArray[Any], people: NDArray[Any], per_degree: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return row, column and people of the cells that hold any: each settlement's, scattered around its point."""
    rng = np.random.default_rng(2)
    share = (per_degree / 1200) ** 2
    count = np.maximum(1, people / PEOPLE_PER_CELL * share).astype(int)
    spread = np.repeat(np.sqrt(count) / 2.5, count)
    column = np.repeat((lonlat[:, 0] - WEST) * per_degree, count) + rng.normal(0, 1, count.sum()) * spread
    row = np.repeat((NORTH - lonlat[:, 1]) * per_degree, count) + rng.normal(0, 1, count.sum()) * spread
    width = int(DEGREES_EAST * per_degree)
    cell = np.unique(np.floor(row).astype(np.int64) * width + np.floor(column).astype(np.int64))
    return cell // width, cell % width, rng.gamma(2.0, PEOPLE_PER_CELL / share / 2, len(cell)).astype(np.float32)


def _write(path: Path, cells: tuple[NDArray[Any], ...], per_degree: int, *, predictor: int, full: bool) -> None:
    import rasterio
    from rasterio.transform import from_origin

    row, column, people = cells
    width, height = int(DEGREES_EAST * per_degree), int(DEGREES_SOUTH * per_degree)
    across = -(-width // TILE)
    tile = row // TILE * across + column // TILE
    order = np.argsort(tile, kind="stable")
    wanted = range(across * -(-height // TILE)) if full else np.unique(tile).tolist()
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "width": width, "height": height, "nodata": NODATA}
    form = {
        "tiled": True,
        "blockxsize": TILE,
        "blockysize": TILE,
        "compress": "deflate",
        "predictor": predictor,
        "sparse_ok": not full,
        "bigtiff": "yes",
    }
    where = {"crs": "EPSG:4326", "transform": from_origin(WEST, NORTH, 1 / per_degree, 1 / per_degree)}
    with rasterio.open(path, "w", **profile, **form, **where) as made:
        for one in wanted:
            top, left = one // across * TILE, one % across * TILE
            begin, end = np.searchsorted(tile[order], (one, one + 1))
            mine = order[begin:end]
            values = np.full((min(TILE, height - top), min(TILE, width - left)), NODATA, np.float32)
            values[row[mine] - top, column[mine] - left] = people[mine]
            made.write(values, 1, window=((top, top + values.shape[0]), (left, left + values.shape[1])))


def bare(folder: Path, at: int, runs: int) -> dict[str, Any]:
    """Read every tile that is there, and nothing more."""
    import rasterio

    watch, tiles, took = Stopwatch(), 0, []
    for _ in range(runs):
        with watch("read"), rasterio.Env(GDAL_CACHEMAX=64), rasterio.open(folder / f"{at}.tif") as made:
            tiles = 0
            for one, window in made.block_windows(1):
                if made.get_tag_item(f"BLOCK_OFFSET_{one[1]}_{one[0]}", "TIFF", bidx=1):
                    made.read(1, window=window)
                    tiles += 1
        took.append((watch.seconds.pop("read"), watch.processor.pop("read")))
    return _result(took, watch, tiles=tiles)


def ours(folder: Path, at: int, runs: int) -> dict[str, Any]:
    """Add up both layers in one pass."""
    import shapely

    from schoolnet.sources import raster, zonal

    wkb = pickle.loads((folder / "layers.pkl").read_bytes())  # noqa: S301 - written by prepare
    layers = {name: shapely.from_wkb(np.array(shapes, dtype=object)) for name, shapes in wkb.items()}
    watch, took = Stopwatch(), []
    for _ in range(runs):
        with watch("sums"):
            found = zonal.sums(raster.check(folder / f"{at}.tif"), layers, overlapping=tuple(layers))
        took.append((watch.seconds.pop("sums"), watch.processor.pop("sums")))
    return _result(
        took, watch, cells=found.tally.peopled, sums={name: one.tolist() for name, one in found.zones.items()}
    )


def theirs(folder: Path) -> dict[str, Any]:
    """Add up each layer with rasterstats; called in the Python that has it."""
    import shapely
    from rasterstats import zonal_stats

    wkb = pickle.loads((folder / "layers.pkl").read_bytes())  # noqa: S301 - written by prepare
    watch, sums = Stopwatch(), {}
    with watch("sums"):
        for name, shapes in wkb.items():
            rows = zonal_stats(list(shapely.from_wkb(shapes)), str(folder / "0.tif"), stats="sum", nodata=NODATA)
            sums[name] = [float(row["sum"] or 0) for row in rows]
    return _result([(watch.seconds["sums"], watch.processor["sums"])], watch, sums=sums)


def _result(took: list[tuple[float, float]], watch: Stopwatch, **more: Any) -> dict[str, Any]:
    seconds, processor = (median(column) for column in zip(*took, strict=True))
    return {"seconds": seconds, "processor": processor, "peak_mb": max(watch.peak_mb.values()), **more}


def _ask_rasterstats(python: str, folder: Path) -> dict[str, Any] | None:
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import json, pathlib, zonal;"
    code += f"print(json.dumps(zonal.theirs(pathlib.Path({str(folder)!r}))))"
    done = subprocess.run([python, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"rasterstats is left out: {done.stderr.strip().splitlines()[-1]}\n")
        return None
    return json.loads(done.stdout)


def _rows(folder: Path, runs: int, python: str) -> Iterator[str]:
    for at, name in enumerate(RASTERS):
        read, mine = (alone(one, folder, at, 1 if at else runs) for one in (bare, ours))
        size = (folder / f"{at}.tif").stat().st_size / 1e6
        about = f"{name}: {read['tiles']:,} tiles, {mine['cells'] / 1e6:.1f} M cells with people, {size:.0f} MB"
        yield _row(f"bare read, {about}", read, read)
        yield _row("schoolnet, both layers in one pass", mine, read)
        peer = _ask_rasterstats(python, folder) if at == 0 else None
        if peer:
            yield _row("rasterstats, each layer in turn", peer, read)
            pairs = [(np.array(mine["sums"][one]), np.array(peer["sums"][one])) for one in peer["sums"]]
            worst = max(float((np.abs(a - b) / np.maximum(b, 1)).max()) for a, b in pairs)
            assert worst < 1e-6, worst
            ratio = peer["processor"] / mine["processor"]
            yield f"| same sums, {worst:.0e} apart at most; rasterstats takes {ratio:.1f} x schoolnet | | | | |"


def _row(name: str, one: dict[str, Any], read: dict[str, Any]) -> str:
    ratio = one["processor"] / read["processor"]
    return f"| {name} | {one['seconds']:.2f} | {one['processor']:.2f} | {ratio:.2f} | {one['peak_mb']:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kz", type=Path)
    parser.add_argument("--rasterstats", default=sys.executable, help="a Python that has rasterstats")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settlements, districts, corners = alone(prepare, given.kz, folder)
        print(f"{settlements:,} settlements and {districts} districts with {corners:,} corners; {load()}\n")
        print("| | s | processor s | of the bare read | peak MB |\n|---|---|---|---|---|")
        for row in _rows(folder, given.runs, given.rasterstats):
            print(row, flush=True)


if __name__ == "__main__":
    main()
