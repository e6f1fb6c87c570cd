"""Seconds, processor seconds and memory of a batch of 1, 4 and 20 regions of the modelled country, with all files.

    python tests/benchmarks/batch.py FOLDER-WITH-kz [--jobs N]

Prints Markdown tables for the README: growth, regions by stage, and what a region takes of memory by its size.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from common import ALL, FOUR, ONE, load

_TICK = os.sysconf("SC_CLK_TCK")
_RUN = "from schoolnet.cli import main; main()"


def measure(kz: Path, codes: tuple[str, ...] | None, out: Path, jobs: list[str]) -> tuple[float, float, float]:
    """Run a batch in a session of its own; return seconds, processor seconds, and most memory of all its processes.

    Memory is what each process holds, pages shared with others counted in part (PSS), so that the sum is the machine's.
    """
    line = [sys.executable, "-c", _RUN, "batch", str(kz / "kazakhstan-modelled.osm.pbf"), "--out", str(out), *jobs]
    line += ["--schools", str(kz / "kazakhstan-schools-modelled.csv"), "--on", "2026-10-15"]
    line += [] if codes is None else ["--regions", ",".join(codes)]
    begun, used, most = time.perf_counter(), 0.0, 0.0
    with subprocess.Popen(line, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while run.poll() is None:
            seconds, held = _session(run.pid)
            used, most = max(used, seconds), max(most, held)
            time.sleep(0.2)
    if run.returncode:
        sys.exit(f"the batch ended with {run.returncode}")
    return time.perf_counter() - begun, used, most


def _session(number: int) -> tuple[float, float]:
    """Return processor seconds (those of ended children too) and memory, MB, of the processes of a session."""
    ticks, held = 0, 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            if int(words[3]) != number:
                continue
            ticks += sum(map(int, words[11:15]))
            rows = (path / "smaps_rollup").read_text(encoding="ascii").splitlines()
            held += next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
        except (OSError, StopIteration, IndexError):  # it has ended meanwhile
            continue
    return ticks / _TICK, held / 1024


def stages(out: Path) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Return seconds by region and stage, and the most memory of each region, as batch.csv says."""
    seconds: dict[str, dict[str, float]] = defaultdict(dict)
    peak: dict[str, float] = defaultdict(float)
    with (out / "batch.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            seconds[row["region"]][row["stage"]] = float(row["seconds"])
            peak[row["region"]] = max(peak[row["region"]], float(row["peak_mb"]))
    return seconds, peak


def fitted(kz: Path, peak: dict[str, float]) -> str:
    """Return the memory of a region as a line of its settlements, schools and roads (least squares, none negative)."""
    import numpy as np
    from scipy.optimize import nnls

    from schoolnet.options import Options
    from schoolnet.sources import osm, register, territory

    read, sheet = osm.read(kz / "kazakhstan-modelled.osm.pbf"), register.read(kz / "kazakhstan-schools-modelled.csv")
    cuts = [territory.cut(read, area, Options()) for area in territory.regions(read) if area.code in peak]
    regions = [register.attach(one, sheet, Options()) for one in cuts]
    sizes = [(1000, len(one.settlements), len(one.schools), len(one.roads)) for one in regions]
    known = np.array([peak[one.code] for one in regions])
    line, _ = nnls(np.array(sizes) / 1000, known)
    above = (known - np.array(sizes) / 1000 @ line).max()
    names = ("settlements", "schools", "roads")
    each = " + ".join(f"{mb:.1f} a thousand {name}" for mb, name in zip(line[1:], names, strict=True))
    return f"MB: {line[0]:.0f} + {each}; no region lies more than {above:.0f} MB above"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kz", type=Path)
    parser.add_argument("--jobs", type=int)
    given = parser.parse_args()
    jobs = ["--jobs", str(given.jobs)] if given.jobs else []
    print("| regions | s | processor, s | most memory of all processes, MB | of one region, MB | files, MB |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for codes in (ONE, FOUR, ALL):
            out = Path(name) / f"{len(codes or ())}"
            took, used, most = measure(given.kz, codes, out, jobs)
            seconds, peak = stages(out)
            size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
            largest = max(mb for code, mb in peak.items() if code.startswith("KZ-"))
            print(f"| {len(seconds) - 2} | {took:.0f} | {used:.0f} | {most:.0f} | {largest:.0f} | {size:.0f} |")
    own = {code: rows for code, rows in seconds.items() if code.startswith("KZ-")}
    kinds = list(dict.fromkeys(stage for rows in own.values() for stage in rows))
    print("\n| | " + " | ".join(kinds) + " | all | peak, MB |\n|---" + "|---" * (len(kinds) + 2) + "|")
    for code, rows in own.items():
        cells = " | ".join(f"{rows[stage]:.1f}" for stage in kinds)
        print(f"| {code} | {cells} | {sum(rows.values()):.1f} | {peak[code]:.0f} |")
    sums = " | ".join(f"{sum(rows[stage] for rows in own.values()):.1f}" for stage in kinds)
    print(f"| all | {sums} | {sum(sum(rows.values()) for rows in own.values()):.1f} | {max(peak.values()):.0f} |")
    print(f"\nmap: {dict(seconds['map'])}; national: {dict(seconds['national'])}")
    print(f"{fitted(given.kz, {code: mb for code, mb in peak.items() if code in own})}\n{load()}")


if __name__ == "__main__":
    main()
