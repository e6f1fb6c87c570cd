"""Seconds and peak memory of network schools: the whole modelled country with roads, and the embedded places.

    python tests/benchmarks/profiles.py FOLDER-WITH-kz

Prints a Markdown table for the README.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from common import Stopwatch, load

import schoolnet
from schoolnet import regions

if TYPE_CHECKING:
    from schoolnet.network_schools import NetworkSchools

STAGES = ("register", "map", "region", "join", "people_read", "people", "roads", "profiles", "files")


def measure(kz: Path | None) -> tuple[Stopwatch, NetworkSchools, float]:
    """Place network schools in every region of the extract, or in the embedded places, and write the files."""
    watch, begun = Stopwatch(), time.perf_counter()
    read = None
    if kz is not None:
        schools = kz / "kazakhstan-schools-modelled.csv"
        read = regions.each(kz / "kazakhstan-modelled.osm.pbf", schools=schools, stage=watch)
    found = schoolnet.profiles(read, stage=watch)
    with watch("files"), tempfile.TemporaryDirectory() as folder:
        found.save(folder)
    return watch, found, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kz", type=Path)
    kz = parser.parse_args().kz
    print("| | places looked at | " + " | ".join(STAGES) + " | all |")
    print("|---" * (len(STAGES) + 3) + "|")
    for name, source in (("the country, 20 regions, roads", kz), ("embedded places, straight lines", None)):
        watch, found, whole = measure(source)
        seconds = " | ".join(f"{watch.seconds[stage]:.2f}" if stage in watch.seconds else "" for stage in STAGES)
        peaks = " | ".join(f"{watch.peak_mb[stage]:.0f}" if stage in watch.peak_mb else "" for stage in STAGES)
        print(f"| {name}: s | {len(found.candidates):,} | {seconds} | {whole:.1f} |")
        print(f"| peak memory, MB | | {peaks} | {max(watch.peak_mb.values()):.0f} |")
        print(f"<!-- {found.proof.to_dict('records')[0]} -->")
    print(f"\n{load()}")


if __name__ == "__main__":
    main()
