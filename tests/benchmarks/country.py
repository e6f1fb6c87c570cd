"""Seconds and peak memory per stage: one oblast, and the whole modelled country region by region.

    python tests/benchmarks/country.py FOLDER-WITH-kz

Prints a Markdown table for the README.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from common import Stopwatch, load

from schoolnet import api, outcomes
from schoolnet.options import Options
from schoolnet.sources import osm, people, register, territory

STAGES = (
    "map", "register", "region", "join", "people_read", "people", "forecast", "roads", "access", "audit", "balance",
    "buses", "verdicts", "sites", "okrugs", "profiles", "programme",
)  # fmt: skip
OFFICIAL = "bns_population_2023_districts.csv"


def measure(extract: Path, schools: Path, wanted: str | None) -> tuple[Stopwatch, int]:
    """Read, measure and judge one region, or every region of the extract when none is wanted."""
    watch, options, settlements, parts = Stopwatch(), Options(), 0, []
    with watch("map"):
        read = osm.read(extract)
    with watch("register"):
        sheet = register.read(schools)
    for area in [territory.find(read, wanted)] if wanted else territory.regions(read):
        with watch("region"):
            region = territory.cut(read, area, options)
        with watch("join"):
            region = register.attach(region, sheet, options)
        with watch("people_read"):
            region = people.with_cells(people.attach(region, [schools.parent / OFFICIAL], options), options)
        plan = api.plan(region, options, stage=watch)
        settlements += len(plan.findings)
        parts.append(outcomes.part(plan))
    with watch("programme"):
        outcomes.programme(parts, options)
    return watch, settlements


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kz", type=Path)
    kz = parser.parse_args().kz
    runs = {
        "North Kazakhstan": (
            kz / "north-kazakhstan-modelled.osm.pbf",
            kz / "north-kazakhstan-schools-modelled.csv",
            "KZ-59",
        ),
        "the country, 20 regions": (kz / "kazakhstan-modelled.osm.pbf", kz / "kazakhstan-schools-modelled.csv", None),
    }
    print("| | " + " | ".join(STAGES) + " | all |")
    print("|---" * (len(STAGES) + 2) + "|")
    for name, run in runs.items():
        begun = time.perf_counter()
        watch, settlements = measure(*run)
        whole = time.perf_counter() - begun
        seconds = " | ".join(f"{watch.seconds[stage]:.2f}" for stage in STAGES)
        peaks = " | ".join(f"{watch.peak_mb[stage]:.0f}" for stage in STAGES)
        print(f"| {name}, {settlements:,} settlements: s | {seconds} | {whole:.1f} |")
        print(f"| peak memory, MB | {peaks} | {max(watch.peak_mb.values()):.0f} |")
    print(f"\n{load()}")


if __name__ == "__main__":
    main()
