"""Education okrugs of the modelled country: pairs, the exact choice, and the plain program of all districts at once.

    python tests/benchmarks/okrugs.py FOLDER-WITH-kz [--only KZ-59]

Settlements are real, schools and roads modelled. `places` is the search for pairs by bus minutes, `pools` the choice;
`whole` solves the first and the second sum and the third as one program with weights, without parts: the peer.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from common import Stopwatch, load
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from schoolnet import api
from schoolnet.options import Options
from schoolnet.planning import okrugs
from schoolnet.planning import plan as _plan
from schoolnet.planning.facility import pooling
from schoolnet.sources import osm, register, territory

_PATIENCE = 60.0


def whole(problem, seconds=_PATIENCE):
    """Solve the three sums at once, weighted so that the order holds: what one writes down first."""
    pairs = problem.pairs
    rows, n, m = len(pairs.site), pairs.customers, pairs.sites
    cost = problem.weight[pairs.customer] * pairs.cost
    size = cost.sum() + 1
    aim = np.concatenate([cost, np.full(n, size * (problem.most * m + 1)), np.zeros(m), np.full(2 * m, size)])
    width, at = rows + n + 3 * m, np.arange(rows)
    y, s, e = (np.arange(m) + rows + n + k * m for k in range(3))

    def matrix(values, row, column, height):
        return sparse.csr_array((values, (row, column)), shape=(height, width))

    one, own = np.ones(rows), np.flatnonzero(problem.same >= 0)
    who = np.concatenate([pairs.customer, np.arange(n), own])
    column = np.concatenate([at, np.arange(n) + rows, y[problem.same[own]]])
    held = [LinearConstraint(matrix(np.ones(len(who)), who, column, n), 1, 1)]
    sites = np.arange(m)
    for sign, bound, slack in (
        (-1, problem.least, None), (1, problem.most, None), (-1, problem.low, s), (1, problem.high, e),
    ):  # fmt: skip
        more = [] if slack is None else [slack]
        values = np.concatenate([sign * one, np.full(m, -sign * bound), *(-np.ones(m) for _ in more)])
        place = np.concatenate([pairs.site, sites, *(sites for _ in more)])
        held.append(LinearConstraint(matrix(values, place, np.concatenate([at, y, *more]), m), -np.inf, 0))
    ends = np.ones(width)
    ends[rows + n + m :] = problem.most
    kinds = np.ones(width)
    kinds[rows + n + m :] = 0
    options = {"time_limit": seconds, "mip_rel_gap": 0.0}
    found = milp(aim, integrality=kinds, bounds=Bounds(0, ends), constraints=held, options=options)
    return None if found.x is None else (round(found.x[rows : rows + n].sum()), found.status == 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kz", type=Path)
    parser.add_argument("--only", default=None)
    given = parser.parse_args()
    options, watch, sums, problems = Options(), Stopwatch(), np.zeros(5), []
    extract = osm.read(given.kz / "kazakhstan-modelled.osm.pbf")
    sheet = register.read(given.kz / "kazakhstan-schools-modelled.csv")
    solve, problem_of = okrugs.pool, []

    def pool(problem, *, seconds):
        problem_of.append(problem)
        with watch("pools"):
            return solve(problem, seconds=seconds)

    okrugs.pool = pool
    areas = territory.regions(extract) if given.only is None else [territory.find(extract, given.only)]
    for area in areas:
        region = register.attach(territory.cut(extract, area, options), sheet, options)
        made = api.plan(region, options, stage=watch)
        proofs = made.okrug_proofs
        sums += [
            len(made.okrugs),
            proofs["customers"][0],
            proofs["pairs"][0],
            proofs["objective"][0],
            len(made.findings),
        ]
        problems.append((area.code, problem_of[-1], proofs["status"].tolist()))
    print(
        f"{load()}; {len(areas)} regions, {sums[4]:.0f} settlements, {sums[1]:.0f} small schools, {sums[2]:.0f} pairs"
    )
    print(f"okrugs {sums[0]:.0f}, left out {sums[3]:.0f}; all stages of okrugs {watch.seconds['okrugs']:.2f} s,")
    print(f"of these the choice {watch.seconds['pools']:.2f} s; peak {watch.peak_mb['okrugs']:.0f} MB")
    print("not proven:", [code for code, _, status in problems if set(status) != {"optimal"}])
    for code, problem, _ in problems[:1]:
        begun = time.perf_counter()
        ours = pooling.pool(problem)
        middle = time.perf_counter()
        peer = whole(problem)
        print(
            f"{code}: by parts {middle - begun:.2f} s {ours.sums}; at once {time.perf_counter() - middle:.2f} s {peer}"
        )


if __name__ == "__main__":
    assert _plan.okrugs is okrugs
    main()
