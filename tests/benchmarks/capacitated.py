"""Capacitated siting beside the modelled country's schools: schoolnet and the plain program of scipy.

    python tests/benchmarks/capacitated.py FOLDER-WITH-kz [--seconds 30] [--peer-seconds 60] [--only oblast]

Settlements and populations are real, schools and their seats modelled, roads left out: a pair is a straight line x 1.3
within the cut-off. A settlement of over 5,000 people is cut into cells of 5,000 around its point, 3,000 people a square
km; children are 0.187 of people. A village's pairs reach 30 km, a town cell's 5 km. Existing schools are kept with
their seats at a price of nothing; a new one may stand at any village of 100 children or more and at any cell, in seven
sizes. A pupil-km costs 0.05 m tenge over the horizon, a pupil not served 20 m. The peers are
`scipy.optimize.milp` with the same pairs and sizes: weak rows (capacity only) and strong ones (x <= y), with a limit.
Each answer is checked by the verifier. Prints Markdown tables for the README.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from common import Stopwatch, alone, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.problems import Capacitated

CHILDREN, CELL, PER_KM2, DETOUR = 0.187, 5_000, 3_000, 1.3
REACH_KM, TOWN_REACH_KM, FROM_CHILDREN = 30.0, 5.0, 100
PUPIL_KM, NOT_SERVED = 0.05, 20.0
SIZES = (300, 600, 900, 1200, 1500, 2000, 2500)
PRICES = (2490, 4080, 4770, 5760, 6300, 8400, 9000)
#: Where, how many new schools at most, what may be spent (m tenge), whether customers go whole, and the gap asked.
CASES: dict[str, tuple[str | None, int | None, float | None, bool, float]] = {
    "oblast, any number": ("KZ-61", None, None, False, 0.005),
    "oblast, p = 50": ("KZ-61", 50, None, False, 0.005),
    "oblast, 200,000 m tenge": ("KZ-61", None, 200_000.0, False, 0.005),
    "oblast, whole customers": ("KZ-61", None, None, True, 0.01),
    "oblast, whole customers, p = 50": ("KZ-61", 50, None, True, 0.01),
    "rural oblast, any number": ("KZ-59", None, None, False, 0.005),
    "rural oblast, whole customers": ("KZ-59", None, None, True, 0.01),
    "country, any number": (None, None, None, False, 0.005),
    "country, p = 200": (None, 200, None, False, 0.005),
    "country, p = 500": (None, 500, None, False, 0.005),
    "country, p = 1,000": (None, 1000, None, False, 0.005),
    "country, whole customers": (None, None, None, True, 0.01),
}


def prepare(kz: Path, folder: Path) -> None:
    """Leave customers and schools of the country in a folder: metres east and north, children, seats, region."""
    import shapely

    from schoolnet.options import Options
    from schoolnet.sources import osm, register, territory

    read = osm.read(kz / "kazakhstan-modelled.osm.pbf")
    areas = list(territory.regions(read))
    everywhere = shapely.union_all([area.shape for area in areas])
    whole = territory.Area("all", dict.fromkeys(("name", "kk", "ru", "en"), "all"), everywhere)
    sheet = register.read(kz / "kazakhstan-schools-modelled.csv")
    region = register.attach(territory.cut(read, whole, Options()), sheet, Options())
    codes = np.array([area.code for area in areas])

    def code(lonlat: NDArray[Any]) -> NDArray[Any]:
        out, points = np.full(len(lonlat), "     "), shapely.points(lonlat)
        for at, area in enumerate(areas):
            out[shapely.contains(area.shape, points)] = codes[at]
        return out

    homes = shapely.get_coordinates(region.settlements.geometry.to_numpy())
    schools = shapely.get_coordinates(region.schools.geometry.to_numpy())
    people = region.settlements["population"].fillna(0).to_numpy(float)
    xy, children, owner = _cells(_metres(homes), people)
    np.savez(
        folder / "world.npz", xy=xy, children=children, town=people[owner] > CELL, code=code(homes)[owner],
        school=_metres(schools), seats=region.schools["seats"].to_numpy(float), school_code=code(schools),
    )  # fmt: skip


def _metres(lonlat: NDArray[Any]) -> NDArray[Any]:
    """Return places in the equal-distance form of a map around 48 degrees north (Lambert's, two parallels)."""
    from pyproj import Transformer

    to = Transformer.from_crs(4326, "+proj=lcc +lat_1=43 +lat_2=53 +lat_0=48 +lon_0=67", always_xy=True)
    return np.column_stack(to.transform(*lonlat.T))


def _cells(xy: NDArray[Any], people: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return places, children and settlement of customers: towns are cut into cells on a spiral."""
    count = np.maximum(1, np.ceil(people / CELL)).astype(int)
    owner = np.repeat(np.arange(len(people)), count)
    inner = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    turn = inner * np.pi * (3 - np.sqrt(5))
    radius = 1000 * np.sqrt(inner * CELL / PER_KM2 / np.pi)
    place = xy[owner] + radius[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return place, np.round(people / count * CHILDREN)[owner], owner


def problem(folder: Path, case: str) -> Capacitated:
    """Return the problem of a case."""
    from scipy.spatial import cKDTree

    from schoolnet.planning.facility.pairs import Pairs
    from schoolnet.planning.facility.problems import Capacitated

    region, p, budget, whole, _ = CASES[case]
    world = np.load(folder / "world.npz")
    mine = (world["code"] == region) | (region is None)
    seated = ((world["school_code"] == region) | (region is None)) & (world["seats"] > 0)
    xy, children, town = (world[name][mine] for name in ("xy", "children", "town"))
    new = np.flatnonzero(town | (children >= FROM_CHILDREN))
    schools, seats = world["school"][seated], world["seats"][seated]
    places = np.concatenate([schools, xy[new]])
    near = cKDTree(xy).sparse_distance_matrix(cKDTree(places), REACH_KM * 1000 / DETOUR, output_type="coo_matrix")
    km = near.data * DETOUR / 1000
    kept = (~town[near.row] & (km <= REACH_KM)) | (km <= TOWN_REACH_KM)
    pairs = Pairs.of(near.row[kept], near.col[kept], km[kept] * PUPIL_KM, customers=len(xy), sites=len(places))
    count = len(schools)
    return Capacitated(
        pairs,
        children,
        np.concatenate([np.arange(count), np.repeat(np.arange(len(new)) + count, len(SIZES))]),
        np.concatenate([seats, np.tile(np.array(SIZES, float), len(new))]),
        np.concatenate([np.zeros(count), np.tile(np.array(PRICES, float), len(new))]),
        keep=np.arange(count),
        whole=whole,
        p=p,
        budget=budget,
        unserved=np.full(len(xy), NOT_SERVED),
    )


def ours(folder: Path, case: str, seconds: float) -> dict[str, Any]:
    """Solve a case and verify the answer."""
    from schoolnet.planning.facility.capacitated import capacitated
    from schoolnet.planning.facility.verify import verify

    asked, watch = problem(folder, case), Stopwatch()
    with watch("solve"):
        found = capacitated(asked, seconds=seconds, gap=CASES[case][-1], seed=0)
    verify(asked, found)
    return {
        "pairs": len(asked.pairs.customer),
        "new": len(found.open) - len(asked.keep),
        "objective": found.objective,
        "bound": found.bound,
        "seconds": watch.seconds["solve"],
        "mb": watch.peak_mb["solve"],
    }


def plain(folder: Path, case: str, seconds: float, strong: bool) -> dict[str, Any]:  # noqa: FBT001 - given by position
    """Solve the whole program of a case with scipy.optimize.milp, and nothing more."""
    from schoolnet.planning.facility.capacitated_model import ready
    from schoolnet.planning.facility.capacitated_program import everything, program

    asked, watch = problem(folder, case), Stopwatch()
    with watch("solve"):
        model = ready(asked)
        found = program(model, everything(model), seconds=seconds, gap=CASES[case][-1], strong=strong)
    objective = np.inf if found.answer is None else found.answer.objective
    new = 0 if found.answer is None else int(np.count_nonzero(found.answer.size >= 0)) - len(asked.keep)
    return {
        "pairs": len(asked.pairs.customer),
        "new": new,
        "objective": objective,
        "bound": found.bound,
        "seconds": watch.seconds["solve"],
        "mb": watch.peak_mb["solve"],
    }


def _row(name: str, one: dict[str, Any]) -> str:
    gap = f"{1 - one['bound'] / one['objective']:.2%}" if np.isfinite(one["objective"]) else "no answer"
    sums = f"{one['objective']:,.0f} | {one['bound']:,.0f} | {gap}"
    return f"| {name} | {one['pairs']:,} | {one['new']:,} | {sums} | {one['seconds']:.1f} | {one['mb']:,.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kz", type=Path)
    parser.add_argument("--seconds", type=float, help="for schoolnet: else 10 for an oblast, 60 whole, 30 the country")
    parser.add_argument("--peer-seconds", type=float, default=30.0, help="0 leaves the peers out")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone(prepare, given.kz, folder)
        print(f"{load()}\n")
        print("| case | pairs | new sites | sum, m tenge | bound | gap | s | peak MB |")
        print("|---|---|---|---|---|---|---|---|")
        for case, (region, _, _, whole, _) in CASES.items():
            if not case.startswith(given.only):
                continue
            seconds = given.seconds or (60.0 if whole else 30.0 if region is None else 10.0)
            print(_row(f"{case}: schoolnet", alone(ours, folder, case, seconds)), flush=True)
            for rows, strong in (("weak", False), ("strong", True)) if given.peer_seconds else ():
                peer = alone(plain, folder, case, given.peer_seconds, strong)
                print(_row(f"{case}: scipy milp, {rows} rows", peer), flush=True)
        print(f"\n{load()}")


if __name__ == "__main__":
    main()
