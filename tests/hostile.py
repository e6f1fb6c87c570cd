"""Read a hostile file in a process of its own: little memory, little time, and nothing but a result or a clear refusal.

Run as a program, `python hostile.py BYTES SECONDS` answers each line `["READER", "PATH"]` with a line of JSON: `Told`.
"""

from __future__ import annotations

import datetime as dt
import faulthandler
import json
import os
import re
import select
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from functools import cache
from pathlib import Path
from typing import NamedTuple

from schoolnet.errors import SchoolnetError

#: Address space of a process that reads a hostile file, and the seconds it may take.
MEMORY = 1_500_000_000
SECONDS = 60
#: The same of a process that reads thousands of small ones, with every library there is.
LONG_MEMORY, LONG_SECONDS = 3_000_000_000, 20


class Told(NamedTuple):
    """What a reader made of a file: `read`, or `refused` with its faults, or anything else, which is a bug.

    `peak_mb`: the most it held beyond what the process held before, in MB; `seconds` it took.
    """

    end: str
    faults: tuple[str, ...] = ()
    peak_mb: int = 0
    seconds: float = 0.0


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


@cache
def _tiny():
    import conftest

    return conftest.tiny_region()


def _chosen():
    from schoolnet.options import Options

    return Options(on="2026-09-01")


def _people(path):
    from schoolnet.sources import people

    people.attach(_tiny(), [path], _chosen())


def _people_alone(path):
    from schoolnet.sources import people

    people.alone([path])


def _plots(path):
    from schoolnet.sources import plots

    plots.attach(_tiny(), path, _chosen())


def _given(path):
    from schoolnet.sources import given, given_forms

    given_forms.knows(path)
    given.attach(_tiny(), [path])


def _given_alone(path):
    from schoolnet.sources import given

    given.alone([path])


def _snapshot(path):
    from schoolnet.sources import snapshot

    found = snapshot.found(path)[0]
    region = snapshot.read(found.folder)
    assert region.boundary.is_valid
    for role in ("schools", "people"):
        assert all(one.is_file() for one in snapshot.kept(found, role))


def _national(path):
    """Read what a region brings to a programme; what is taken for whole must make a programme and a report."""
    from schoolnet.batches import form
    from schoolnet.output import report_page
    from schoolnet.output.report_frames import Report
    from schoolnet.planning.scenario import outcome_of

    if found := form.read(path, "XX-00", _chosen()):
        part, told = found
        report_page.page(Report([told], outcome_of([part]), frozenset()))


def _batch(path):
    """Look at a region's folder of a batch, and at the times of an earlier run beside it."""
    from schoolnet.batches import folders, spent, work

    if record := folders.record_of(path):
        folders.whole(path, record.key, record.files)
    with tempfile.TemporaryDirectory(dir=path.parent) as passing:
        spent.write(path, Path(passing), {"KZ-59": [work.Spent("map", 1.0, 2.0)]})


def _fetched(path):
    """Look at what was fetched, its record, and a half that an earlier run left."""
    from schoolnet import fetching
    from schoolnet.sources import catalogue, catalogue_checks, contents, download

    (source,) = (one for one in catalogue.load() if one.key == "worldpop-total-2020")
    file = path / "kaz_ppp_2020.tif"
    download.recorded(file)
    fetching._unchanged(file)
    download._half(source, path / "half.part")
    for form in catalogue_checks.FORMS:
        for one in sorted(path.iterdir()):
            try:
                contents.check(one, form)
            except SchoolnetError:
                continue
            contents.edition(one, form)


def _passwords(path):
    from schoolnet.sources import address

    os.environ["PGPASSFILE"] = str(path)
    address.address("postgresql://planner@db.kz/network")


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
    "people": _people,
    "people alone": _people_alone,
    "plots": _plots,
    "given": _given,
    "given alone": _given_alone,
    "snapshot": _snapshot,
    "national": _national,
    "batch": _batch,
    "fetched": _fetched,
    "passwords": _passwords,
}


def _waits(path):
    path.read_bytes()


def _fills(_path):
    bytes(10**13)


#: Readers that are none: what the process does with a file that takes too long, or too much.
BAD_ONES = {"waits": _waits, "fills": _fills}


def told(reader: str, path: Path) -> Told:
    """Read a file here; a warning, or an exception that is not of the house, passes through: it is a bug."""
    try:
        with warnings.catch_warnings(action="error"):
            (READERS | BAD_ONES)[reader](path)
    except SchoolnetError as error:
        return Told("refused", tuple(str(fault) for fault in error.faults) if _whole(error) else ())
    return Told("read")


def _whole(error: SchoolnetError) -> bool:
    return any(fault.file for fault in error.faults) and all(fault.problem and fault.remedy for fault in error.faults)


class Child:
    """A process that reads file after file, with so many bytes of address space and so many seconds for each.

    One that ends, or takes too long, is told of by its last words, and another takes its place.
    """

    def __init__(self, *, memory: int = LONG_MEMORY, seconds: float = LONG_SECONDS) -> None:
        self._memory, self._seconds = memory, seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child

    def told(self, reader: str, path: Path) -> Told:
        """Return what a reader makes of a file."""
        if self._process is None:
            self._process = self._started()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write((json.dumps([reader, str(path)]) + "\n").encode())
            process.stdin.flush()
        except BrokenPipeError:  # it ended after its last answer
            return self._ended()
        late = self._seconds + 30  # it ends itself; a machine that is busy may be late
        line = process.stdout.readline() if select.select([process.stdout], [], [], late)[0] else b""
        if not line:
            return self._ended()
        end, faults, peak, seconds = json.loads(line)
        return Told(end, tuple(faults), peak, seconds)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
        self._words.close()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-X", "utf8", __file__, str(self._memory), str(self._seconds)]
        where = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PGPASSWORD": ""}
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._words, env=where, bufsize=0
        )

    def _ended(self) -> Told:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()
        code, self._process = self._process.returncode, None
        self._words.seek(0)
        said = self._words.read().decode("utf-8", "replace")[-3000:]
        return Told(f"ended with code {code}: {said}")


def apart(reader: str, path: Path, *, memory: int = MEMORY, seconds: float = SECONDS) -> Told:
    """Read a file in a process of its own with so many bytes of address space and so many seconds."""
    child = Child(memory=memory, seconds=seconds)
    try:
        return child.told(reader, path)
    finally:
        child.close()


def _resident(*, peak: bool = False) -> int:
    """Return the MB this process holds, or the most since it was last set back."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", text)
    return int(found[1]) // 1024 if found else 0


def _one(reader: str, path: Path) -> Told:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # sets VmHWM back
    before, began = _resident(), time.monotonic()
    try:
        one = told(reader, path)
    except Exception:  # noqa: BLE001 - whatever it is, it is told of
        one = Told(traceback.format_exc()[-3000:])
    return Told(one.end, one.faults, max(0, _resident(peak=True) - before), time.monotonic() - began)


def _main() -> None:
    import resource

    memory, seconds = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    for line in sys.stdin:
        reader, path = json.loads(line)
        faulthandler.dump_traceback_later(float(seconds), exit=True)
        one = _one(reader, Path(path))
        faulthandler.cancel_dump_traceback_later()
        faults = [fault[:300] for fault in one.faults[:5]]
        answers.write(json.dumps([one.end, faults, one.peak_mb, one.seconds]) + "\n")
        answers.flush()


if __name__ == "__main__":
    _main()
