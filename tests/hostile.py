"""Read a hostile file in a process of its own: little memory, little time, and nothing but a result or a clear refusal.

Run as a program: `python hostile.py READER PATH BYTES SECONDS` prints one line of JSON (see `Told`).
"""

from __future__ import annotations

import datetime as dt
import faulthandler
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import NamedTuple

from schoolnet.errors import SchoolnetError

#: Address space of a process that reads a hostile file, and the seconds it may take.
MEMORY = 1_500_000_000
SECONDS = 60


class Told(NamedTuple):
    """What a reader made of a file: `read`, or `refused` with its faults, or anything else, which is a bug."""

    end: str
    faults: tuple[str, ...] = ()
    peak_mb: int = 0


def _sheet(path):
    from schoolnet.sources import sheet

    sheet.sheets(path)


def _register(path):
    from schoolnet.sources import register

    register.read(path)


def _map(path):
    from schoolnet.sources import osm

    osm.read(path)


def _raster(path):
    from schoolnet.sources import raster

    for _ in raster.blocks(raster.check(path)):
        pass


def _options(path):
    from schoolnet import options

    options.load(path)


def _norms(path):
    from schoolnet.law.norms import Norms

    Norms.on(dt.date(2026, 9, 1), file=path)


def _profiles(path):
    from schoolnet.law.norms import Norms
    from schoolnet.planning import profile_list

    profile_list.profiles(Norms.on(dt.date(2026, 9, 1)), file=path)


def _catalogue(path):
    from schoolnet.sources import catalogue

    catalogue.load(path)


def _outline(path):
    from schoolnet.sources import outline

    outline.from_file(path)


def _folder(path):
    from schoolnet.sources import folder

    folder.read(path)


def _outcome(path):
    from schoolnet.sources import outcome

    outcome.read(path)


def _check(path):
    from schoolnet import api

    api.check([path])


READERS = {
    "sheet": _sheet,
    "register": _register,
    "map": _map,
    "raster": _raster,
    "options": _options,
    "norms": _norms,
    "profiles": _profiles,
    "catalogue": _catalogue,
    "outline": _outline,
    "folder": _folder,
    "outcome": _outcome,
    "check": _check,
}


def told(reader: str, path: Path) -> Told:
    """Read a file here; a warning, or an exception that is not of the house, passes through: it is a bug."""
    try:
        with warnings.catch_warnings(action="error"):
            READERS[reader](path)
    except SchoolnetError as error:
        return Told("refused", tuple(str(fault) for fault in error.faults) if _whole(error) else ())
    return Told("read")


def _whole(error: SchoolnetError) -> bool:
    return any(fault.file for fault in error.faults) and all(fault.problem and fault.remedy for fault in error.faults)


def apart(reader: str, path: Path, *, memory: int = MEMORY, seconds: float = SECONDS) -> Told:
    """Read a file in a process with so many bytes of address space and so many seconds."""
    command = [sys.executable, "-X", "utf8", __file__, reader, str(path), str(memory), str(seconds)]
    where = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=where, check=False)
    if done.returncode:
        return Told(f"ended with code {done.returncode}: {done.stderr[-2000:]}")
    end, faults, peak = json.loads(done.stdout.splitlines()[-1])
    return Told(end, tuple(faults), peak)


def _main() -> None:
    import resource

    reader, path, memory, seconds = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    faulthandler.dump_traceback_later(float(seconds), exit=True)
    one = told(reader, Path(path))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(json.dumps([one.end, [fault[:300] for fault in one.faults[:5]], peak]) + "\n")


if __name__ == "__main__":
    _main()
