"""Location problems: against PySAL spopt, against the classic model in HiGHS, and alone at the size of the country.

    python tests/benchmarks/location.py FOLDER-WITH-kz-AND-location [--spopt PYTHON] [--only TABLE]

Points are the modelled country's settlements, weighted by people; lengths are straight lines. spopt solves samples of
them, building its model included, in the Python named, with the faster of the solvers that has (HiGHS or CBC, chosen at
the smallest size); the same dense matrix is given to both. scipy solves the classic model of two of OR-Library's
p-median instances. Optima are compared. Each run has a process of its own. Ratios are of processor seconds, except
where a peer did not end in its time. Prints Markdown tables for the README.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from common import Stopwatch, alone, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.planning.facility.pairs import Pairs

EARTH_M, NEAR_M, COVER_M = 6_371_008.8, 30_000.0, 60_000.0
#: Seconds a peer is given.
PATIENCE = 300
SIZES, GROWTH = (500, 1000, 2000), (1000, 2000, 4000, 8000, 16_000)

SPOPT = """
import json, sys, time, warnings; warnings.simplefilter("ignore")
import numpy as np, pulp
from spopt.locate import MCLP, PMedian
given = np.load(sys.argv[1]); model, solver = sys.argv[2:]
begun, used = time.perf_counter(), time.process_time()
at = {"p_facilities": int(given["p"])}
if model == "median":
    made = PMedian.from_cost_matrix(given["cost"], given["weight"], **at)
else:
    made = MCLP.from_cost_matrix(given["cost"], given["weight"], float(given["radius"]), **at)
built = time.perf_counter() - begun
made = made.solve(pulp.HiGHS(msg=False, gapRel=0) if solver == "HiGHS" else pulp.PULP_CBC_CMD(msg=False, gapRel=0))
opened = [at for at, clients in enumerate(made.fac2cli) if len(clients)]
near = given["cost"][:, opened].min(axis=1)
sum_ = (near * given["weight"]).sum() if model == "median" else given["weight"][near <= given["radius"]].sum()
import os; times = os.times(); spent = times.user + times.system + times.children_user + times.children_system
print(json.dumps({"seconds": time.perf_counter() - begun, "processor": spent - used, "built": built,
                  "objective": float(sum_)}))
"""


def settlements(kz: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the settlements' longitudes and latitudes, and their people."""
    import shapely

    from schoolnet.sources import osm

    places = osm.read(kz / "kazakhstan-modelled.osm.pbf").settlements.sort_index()
    return shapely.get_coordinates(places.geometry.to_numpy()), places["population"].fillna(300).to_numpy(float)


def schools(kz: Path) -> NDArray[Any]:
    with (kz / "kazakhstan-schools-modelled.csv").open(encoding="utf-8-sig") as file:
        return np.array([(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file) if row["lon"]])


def _space(lonlat: NDArray[Any]) -> NDArray[Any]:
    lon, lat = np.radians(lonlat).T
    return EARTH_M * np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def near_pairs(customers: NDArray[Any], sites: NDArray[Any], radius: float) -> Pairs:
    """Return the pairs within a radius, at straight lines."""
    from scipy.spatial import cKDTree

    from schoolnet.planning.facility.pairs import Pairs

    found = cKDTree(customers).sparse_distance_matrix(cKDTree(sites), radius, output_type="ndarray")
    return Pairs.of(found["i"], found["j"], found["v"], customers=len(customers), sites=len(sites))


def _measured(problem: Any, *, gap: float = 0.0, seconds: float = 60.0) -> dict[str, Any]:
    from schoolnet.planning.facility.solving import solve

    watch = Stopwatch()
    with watch("solve"):
        result = solve(problem, seconds=seconds, gap=gap)
    figures = {"objective": result.objective, "bound": result.bound, "gap": result.gap, "status": result.status}
    times = {"seconds": watch.seconds["solve"], "processor": watch.processor["solve"]}
    return {**figures, **times, "peak_mb": watch.peak_mb["solve"], "pairs": len(problem.pairs.cost)}


def ours(path: Path, model: str) -> dict[str, Any]:
    """Solve what spopt solves, from the same dense matrix; making pairs of it is part of the time."""
    from schoolnet.planning.facility.pairs import Pairs
    from schoolnet.planning.facility.problems import Cover, Median
    from schoolnet.planning.facility.solving import solve

    importlib.import_module("scipy.optimize")  # the peer's libraries are loaded before its clock starts, too
    given, watch = dict(np.load(path)), Stopwatch()
    with watch("solve"):
        if model == "median":
            problem: Any = Median(Pairs.from_matrix(given["cost"]), given["weight"], int(given["p"]))
        else:
            near = Pairs.from_matrix(given["cost"], cutoff=float(given["radius"]))
            problem = Cover(near, given["weight"], int(given["p"]))
        result = solve(problem)
    times = {"seconds": watch.seconds["solve"], "processor": watch.processor["solve"]}
    return {**times, "objective": result.objective, "status": result.status, "peak_mb": watch.peak_mb["solve"]}


def sample(kz: Path, folder: Path) -> None:
    """Leave the matrices of samples of settlements in a folder."""
    lonlat, people = settlements(kz)
    for size in SIZES:
        at = np.sort(np.random.default_rng(size).choice(len(people), size, replace=False))
        points = _space(lonlat[at])
        cost = np.rint(np.sqrt(((points[:, None] - points) ** 2).sum(axis=2)))
        where = {"cost": cost, "weight": people[at], "p": size // 20, "radius": COVER_M}
        np.savez(folder / f"{size}.npz", **where)


def _spopt(python: str, path: Path, model: str, solver: str) -> dict[str, Any] | str:
    try:
        done = subprocess.run(
            [python, "-c", SPOPT, str(path), model, solver],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return f"not in {PATIENCE} s"
    if done.returncode:
        return f"left out: {done.stderr.strip().splitlines()[-1][:60]}"
    return json.loads(done.stdout.splitlines()[-1])


def against_spopt(kz: Path, python: str) -> Iterator[str]:
    yield "| | schoolnet s | processor s | spopt s | processor s | of it building | spopt / schoolnet |"
    yield "|---|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone(sample, kz, folder)
        for model in ("median", "covering"):
            solvers = ["HiGHS", "CBC"]
            for size in SIZES:
                path = folder / f"{size}.npz"
                mine = alone(ours, path, model)
                peers = {one: _spopt(python, path, model, one) for one in solvers}
                ended = {one: peer for one, peer in peers.items() if not isinstance(peer, str)}
                solvers = [min(ended, key=lambda one: ended[one]["processor"])] if ended else solvers[:1]
                yield _versus(f"{model}, n = {size:,}, p = {size // 20}, {solvers[0]}", mine, peers[solvers[0]])


def _versus(name: str, mine: dict[str, Any], peer: dict[str, Any] | str) -> str:
    row = f"| {name} | {mine['seconds']:.2f} | {mine['processor']:.2f} | "
    if isinstance(peer, str):
        return f"{row}{peer} | | | over {PATIENCE / mine['seconds']:.0f} |"
    apart = abs(peer["objective"] - mine["objective"]) / max(1, abs(mine["objective"]))
    assert mine["status"] == "optimal", name
    assert apart < 1e-6, (name, peer["objective"], mine["objective"])
    times = f"{peer['seconds']:.1f} | {peer['processor']:.1f} | {peer['built']:.1f}"
    return f"{row}{times} | {peer['processor'] / mine['processor']:.0f} |"


def _instance(path: Path) -> tuple[NDArray[Any], int]:
    from scipy.sparse.csgraph import shortest_path

    numbers = [int(one) for one in path.read_text(encoding="ascii").split()]
    count, edges, p = numbers[:3]
    dense = np.zeros((count, count))
    for start, end, length in np.array(numbers[3 : 3 + 3 * edges]).reshape(-1, 3):
        dense[start - 1, end - 1] = dense[end - 1, start - 1] = length  # the last of edges given twice counts
    return shortest_path(dense), p


def known(path: Path) -> dict[str, Any]:
    from schoolnet.planning.facility.pairs import Pairs
    from schoolnet.planning.facility.problems import Median

    cost, p = _instance(path)
    return _measured(Median(Pairs.from_matrix(cost), np.ones(len(cost)), p))


def classic(path: Path, seconds: float) -> dict[str, Any]:
    """Solve an instance as the classic model, who goes where and what is open, in scipy's HiGHS."""
    from scipy.optimize import LinearConstraint, milp
    from scipy.sparse import eye_array, hstack, kron, vstack

    cost, p = _instance(path)
    count, watch = len(cost), Stopwatch()
    with watch("solve"):
        one = eye_array(count)
        each = hstack([kron(one, np.ones((1, count))), 0 * one])
        open_ = hstack([eye_array(count * count), -kron(np.ones((count, 1)), one)])
        number = hstack([0 * kron(np.ones((1, count)), np.ones((1, count))), np.ones((1, count))])
        rows = vstack([each, open_, number]).tocsr()
        rows.eliminate_zeros()
        low = np.concatenate([np.ones(count), np.full(count * count, -np.inf), [p]])
        high = np.concatenate([np.ones(count), np.zeros(count * count), [p]])
        answer = milp(
            np.concatenate([cost.ravel(), np.zeros(count)]),
            integrality=np.repeat([0, 1], [count * count, count]),
            bounds=(0, 1),
            constraints=LinearConstraint(rows, low, high),
            options={"time_limit": seconds},
        )
    objective = None if answer.x is None else float(answer.fun)
    times = {"seconds": watch.seconds["solve"], "processor": watch.processor["solve"]}
    return {**times, "objective": objective, "status": int(answer.status)}


def against_classic(folder: Path, seconds: float) -> Iterator[str]:
    yield "| | schoolnet s | processor s | classic model, scipy s | ratio |\n|---|---|---|---|---|"
    for name in ("pmed16", "pmed26"):
        mine, peer = alone(known, folder / f"{name}.txt"), alone(classic, folder / f"{name}.txt", seconds)
        assert mine["status"] == "optimal", name
        row = f"| {name}: {mine['objective']:.0f} | {mine['seconds']:.2f} | {mine['processor']:.2f} |"
        if peer["status"] == 0:
            assert abs(peer["objective"] - mine["objective"]) < 1, name
            yield f"{row} {peer['seconds']:.0f} | {peer['processor'] / mine['processor']:.0f} |"
        else:
            found = "nothing" if peer["objective"] is None else f"{peer['objective'] / mine['objective'] - 1:.1%} off"
            yield f"{row} not in {seconds:.0f} s: {found} | over {seconds / mine['seconds']:.0f} |"
    every = sorted(folder.glob("pmed*.txt"))
    all_ = [alone(known, one) for one in every]
    assert all(one["status"] == "optimal" for one in all_)
    sums = [sum(one[name] for one in all_) for name in ("seconds", "processor")]
    yield f"| all {len(every)} of pmed, each proven | {sums[0]:.2f} | {sums[1]:.2f} | | |"


def country(kz: Path, *, kept: bool, p: int) -> dict[str, Any]:
    """Open sites among all settlements within 30 km; a customer of none costs as one at 30 km."""
    from schoolnet.planning.facility.problems import Median

    lonlat, people = settlements(kz)
    points = _space(lonlat)
    sites = np.vstack([points, _space(schools(kz))]) if kept else points
    keep = np.arange(len(points), len(sites))
    pairs = near_pairs(points, sites, NEAR_M)
    unserved = np.full(len(points), NEAR_M)
    return _measured(Median(pairs, people, p, keep, unserved), gap=0.001)


def town(cells: int, wanted: int, p: int, gap: float) -> dict[str, Any]:
    """Open sites among the cells of a town made by a seed: as many pairs as wanted, lognormal people."""
    from schoolnet.planning.facility.problems import Median

    rng = np.random.default_rng(0)
    side = np.sqrt(cells) * 0.5
    points, people = rng.uniform(0, side, (cells, 2)), rng.lognormal(3, 1, cells)
    radius = side * np.sqrt(wanted / cells / cells / np.pi)
    pairs = near_pairs(points, points, radius)
    return _measured(Median(pairs, people, p, unserved=np.full(cells, radius)), gap=gap)


def large(kz: Path) -> Iterator[str]:
    yield "| | pairs | s | processor s | proven gap | peak MB |\n|---|---|---|---|---|---|"
    runs = {
        "the country from nothing, p = 1,000, gap asked 0.1 %": (_country, kz, False, 1000),
        "the country, its schools kept, p = 1,000, gap asked 0.1 %": (_country, kz, True, 1000),
        "town of 10,000 cells, p = 200, gap asked 0.5 %": (town, 10_000, 1_000_000, 200, 0.005),
        "town of 10,000 cells, p = 1,000, gap asked 0.5 %": (town, 10_000, 1_000_000, 1000, 0.005),
    }
    for size in GROWTH:
        runs[f"town of {size:,} cells, p = {size // 20}, gap asked 0.1 %"] = (town, size, size * 60, size // 20, 0.001)
    for name, (function, *given) in runs.items():
        one = alone(function, *given)
        times = f"{one['seconds']:.2f} | {one['processor']:.2f}"
        yield f"| {name} | {one['pairs']:,} | {times} | {one['gap']:.3%} | {one['peak_mb']:.0f} |"


def _country(kz: Path, kept: bool, p: int) -> dict[str, Any]:  # noqa: FBT001 - a pool passes by place
    return country(kz, kept=kept, p=p)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--spopt", default=sys.executable, help="a Python that has spopt")
    parser.add_argument("--only", choices=["spopt", "classic", "large"])
    parser.add_argument("--classic-seconds", type=float, default=150)
    given = parser.parse_args()
    tables = {
        "large": lambda: large(given.data / "kz"),
        "spopt": lambda: against_spopt(given.data / "kz", given.spopt),
        "classic": lambda: against_classic(given.data / "location" / "pmed", given.classic_seconds),
    }
    for name, table in tables.items():
        if given.only in (None, name):
            print(f"\n{load()}\n")
            for row in table():
                print(row, flush=True)


if __name__ == "__main__":
    main()
