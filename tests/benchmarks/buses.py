"""Buses of a whole region: seconds, peak memory, and what the routes cost beside the plain savings heuristic.

python tests/benchmarks/buses.py FOLDER
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from common import Stopwatch, load

from test_routing import by_savings

if TYPE_CHECKING:
    from schoolnet.planning.found import Found


def found(folder: Path) -> Found:
    """Return what the stages before the buses found in North Kazakhstan."""
    import schoolnet
    from schoolnet.planning import plan, transport

    region = schoolnet.read(
        folder / "north-kazakhstan-modelled.osm.pbf", schools=folder / "north-kazakhstan-schools-modelled.csv"
    )
    kept: list[Found] = []
    carried = transport.carried
    plan.transport.carried = lambda known: kept.append(known) or carried(known)
    schoolnet.plan(region)
    plan.transport.carried = carried
    return kept[0]


def problems(known: Found) -> list[tuple[Any, ...]]:
    """Return each school and wave as arrays, by itself: no bus is there before."""
    from schoolnet.planning import fleet, riders

    who, kinds = riders.riders(known, known.region.schools), fleet.kinds(known.prices)
    bused = who.rows[who.rows["mode"] == "bus"]
    out = []
    for (school, wave), rows in bused.groupby(["school_id", "wave"]):
        pupils, reach = rows.groupby("stop_id")["pupils"].sum(), who.reach[school]
        at = [0, *(1 + reach.stops.index(stop) for stop in pupils.index)]
        ways = [part[at][:, at] for part in reach.ways]
        if pupils.max() <= kinds[-1].seats:  # the plain heuristic parts no stop
            out.append((*ways, pupils.tolist(), riders.cap(known.options, wave), kinds, known.options.stop_min))
    return out


def main() -> None:
    """Print the lines of the README."""
    from schoolnet.planning import routing, transport

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    known, watch = found(parser.parse_args().folder), Stopwatch()
    with watch("buses"):
        made = transport.carried(known)
    print("| | settlements | pupils | schools | routes | buses | s | peak memory, MB |")
    print("|---|---|---|---|---|---|---|---|")
    counts = (made.rides["settlement_id"].nunique(), made.rides["pupils"].sum(), made.routes["school_id"].nunique())
    last = f"{len(made.routes)} | {made.routes['bus_id'].nunique()} | {watch.seconds['buses']:.1f}"
    print(f"| North Kazakhstan | {' | '.join(f'{one:,}' for one in counts)} | {last} | {watch.peak_mb['buses']:,.0f} |")
    print("\n| stops of a school and wave | problems | cost of savings / cost of routes | at most |")
    print("|---|---|---|---|")
    tasks = problems(known)
    for low, high in ((1, 1), (2, 4), (5, 99)):
        some = [task for task in tasks if low <= len(task[2]) <= high]
        pairs = [
            (by_savings(*task), routing.cost(routing.routes(*task[:5], stop_min=task[5]), task[1], task[4]))
            for task in some
        ]
        savings, routes = (sum(pair[at] for pair in pairs) for at in (0, 1))
        worst = max(pair[0] / pair[1] for pair in pairs)
        print(f"| {low}–{high} | {len(some)} | {savings / routes:.3f} | {worst:.3f} |")
    print(f"\n{load()}")


if __name__ == "__main__":
    main()
