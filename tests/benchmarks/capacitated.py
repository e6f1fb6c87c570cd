"""Capacitated siting beside the modelled country's schools: schoolnet and the plain program of scipy.

    python tests/benchmarks/capacitated.py FOLDER-WITH-kz [--peer-seconds 30] [--only oblast]

Settlements and populations are real, schools and their seats modelled, roads left out: a pair is a straight line x 1.3
within the cut-off. A settlement of over 5,000 people is cut into cells of 5,000 around its point, 3,000 people a square
km; children are 0.187 of people. Existing schools are kept with their seats, in two shifts; new ones of 900 seats, two
shifts, may stand at any village of 100 children or more and at any cell, at most p of them. The sum is of pupil-km,
and a pupil not served counts three times the cut-off. Cut-offs of 3.5 and 9 km give 90 k and 400 k pairs.

The rows named "priced" are another and a harder problem: any number of new schools in seven sizes at their prices, one
shift; a pupil-km costs 0.05 m tenge over the horizon, a pupil not served 20 m; a village's pairs reach 30 km, a town
cell's 5 km. Its large economies of scale leave a wide gap between the relaxed program and the best answer.

The peer is `scipy.optimize.milp` with the same pairs and sizes, weak rows (capacity only) and strong ones (x <= y),
with a limit. Each answer is checked by the verifier. Prints Markdown tables for the README.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from common import Stopwatch, alone, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.problems import Capacitated

CHILDREN, CELL, PER_KM2, DETOUR, SHIFTS = 0.187, 5_000, 3_000, 1.3, 2
FROM_CHILDREN, NEW_SEATS, LOST = 100, 900, 3.0
#: Of the priced cases: cut-offs, m tenge of a pupil-km and of a pupil not served, sizes and their prices in m tenge.
REACH_KM, TOWN_REACH_KM, PUPIL_KM, NOT_SERVED = 30.0, 5.0, 0.05, 20.0
SIZES: tuple[int, ...] = (300, 600, 900, 1200, 1500, 2000, 2500)
PRICES: tuple[int, ...] = (2490, 4080, 4770, 5760, 6300, 8400, 9000)


class Case(NamedTuple):
    """Where, how far a pair reaches (priced: None), how many new schools at most, the gap asked and the seconds."""

    region: str | None
    reach_km: float | None
    p: int | None
    gap: float
    seconds: float
    whole: bool = False


CASES = {
    "oblast (North Kazakhstan), p = 20": Case("KZ-59", 15.0, 20, 0.005, 10),
    "oblast (North Kazakhstan), p = 50": Case("KZ-59", 15.0, 50, 0.005, 10),
    "oblast (Turkistan), p = 20": Case("KZ-61", 15.0, 20, 0.005, 10),
    "oblast (Turkistan), p = 50": Case("KZ-61", 15.0, 50, 0.005, 10),
    "country, towns, p = 200": Case(None, 3.5, 200, 0.005, 30),
    "country, towns, p = 500": Case(None, 3.5, 500, 0.005, 30),
    "country, p = 200": Case(None, 9.0, 200, 0.005, 30),
    "country, p = 500": Case(None, 9.0, 500, 0.005, 30),
    "whole, oblast (North Kazakhstan), p = 20": Case("KZ-59", 15.0, 20, 0.01, 60, whole=True),
    "whole, oblast (Turkistan), p = 20": Case("KZ-61", 15.0, 20, 0.01, 60, whole=True),
    "whole, oblast (Turkistan), p = 50": Case("KZ-61", 15.0, 50, 0.01, 60, whole=True),
    "priced, oblast (North Kazakhstan)": Case("KZ-59", None, None, 0.005, 10),
    "priced, oblast (Turkistan)": Case("KZ-61", None, None, 0.005, 10),
    "priced, country, p = 500": Case(None, None, 500, 0.005, 30),
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


def problem(folder: Path, name: str) -> Capacitated:
    """Return the problem of a case."""
    from scipy.spatial import cKDTree

    from schoolnet.planning.facility.pairs import Pairs
    from schoolnet.planning.facility.problems import Capacitated

    case, world = CASES[name], np.load(folder / "world.npz")
    mine = (world["code"] == case.region) | (case.region is None)
    seated = ((world["school_code"] == case.region) | (case.region is None)) & (world["seats"] > 0)
    xy, children, town = (world[one][mine] for one in ("xy", "children", "town"))
    new = np.flatnonzero(town | (children >= FROM_CHILDREN))
    schools, seats = world["school"][seated], world["seats"][seated]
    places, count = np.concatenate([schools, xy[new]]), len(schools)
    reach = case.reach_km or REACH_KM
    near = cKDTree(xy).sparse_distance_matrix(cKDTree(places), reach * 1000 / DETOUR, output_type="coo_matrix")
    km = near.data * DETOUR / 1000
    use = ~town[near.row] | (km <= (case.reach_km or TOWN_REACH_KM))
    sizes, prices, unit, lost = SIZES, PRICES, PUPIL_KM, NOT_SERVED
    if case.reach_km is not None:
        sizes, prices, unit, lost = (NEW_SEATS * SHIFTS,), (0,), 1.0, LOST * reach
        seats = seats * SHIFTS
    return Capacitated(
        Pairs.of(near.row[use], near.col[use], km[use] * unit, customers=len(xy), sites=len(places)),
        children,
        np.concatenate([np.arange(count), np.repeat(np.arange(len(new)) + count, len(sizes))]),
        np.concatenate([seats, np.tile(np.array(sizes, float), len(new))]),
        np.concatenate([np.zeros(count), np.tile(np.array(prices, float), len(new))]),
        keep=np.arange(count),
        whole=case.whole,
        p=case.p,
        unserved=np.full(len(xy), lost),
    )


def ours(folder: Path, case: str) -> dict[str, Any]:
    """Solve a case and verify the answer."""
    from schoolnet.planning.facility.capacitated import capacitated
    from schoolnet.planning.facility.verify import verify

    asked, watch = problem(folder, case), Stopwatch()
    with watch("solve"):
        found = capacitated(asked, seconds=CASES[case].seconds, gap=CASES[case].gap, seed=0)
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
        rows = np.full(len(model.site), strong)
        part = replace(everything(model), strong=rows)
        found = program(model, part, seconds=seconds, gap=CASES[case].gap)
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
    parser.add_argument("--peer-seconds", type=float, default=30.0, help="0 leaves the peers out")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone(prepare, given.kz, folder)
        print(f"{load()}\n")
        print("| case | pairs | new sites | sum | bound | gap | s | peak MB |")
        print("|---|---|---|---|---|---|---|---|")
        for case in (one for one in CASES if one.startswith(given.only)):
            print(_row(f"{case}: schoolnet", alone(ours, folder, case)), flush=True)
            for rows, strong in (("weak", False), ("strong", True)) if given.peer_seconds else ():
                peer = alone(plain, folder, case, given.peer_seconds, strong)
                print(_row(f"{case}: scipy milp, {rows} rows", peer), flush=True)
        print(f"\n{load()}")


if __name__ == "__main__":
    main()
