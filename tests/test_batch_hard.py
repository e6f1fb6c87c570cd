"""Batches on a bad day: killed, stopped, on a full disk; the same bytes as on a good one; and a whole country."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import batch_works
import command
import conftest
import schoolnet
from batch_works import LINE, batch, started, wait_for
from schoolnet.batches import folders, national

CODES = ("KZ-91", "KZ-92", "KZ-93")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return batch_works.country(tmp_path_factory.mktemp("drawn"), CODES)


@pytest.fixture(scope="module")
def undisturbed(drawn, tmp_path_factory):
    return batch_works.undisturbed(drawn, tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.slow
def test_the_bytes_are_those_of_the_commands_that_plan_one_region_after_another(drawn, undisturbed, tmp_path):
    source, schools = drawn
    for name, folder in (("report", "r"), ("programme", "p")):  # here the tests' own births would be used
        line = [name, str(source), "--all", "--schools", str(schools), "--out", str(tmp_path / folder), *LINE]
        one = started(line)
        said, _ = one.communicate(timeout=300)
        assert one.returncode == 0, said
    theirs = batch_works.hashes(tmp_path / "r")
    theirs |= {f"{national.PROGRAMME}/{name}": found for name, found in batch_works.hashes(tmp_path / "p").items()}
    own = ("batch.json", "national.json")
    assert {name: found for name, found in undisturbed.items() if Path(name).name not in own} == theirs


@pytest.mark.slow
def test_the_bytes_are_the_same_with_any_number_of_jobs_and_a_changed_file_is_made_again(drawn, undisturbed, tmp_path):
    out = tmp_path / "o"
    done = command.run(*batch(drawn, out, "--jobs", "3"))
    assert "planned – 3" in done.stdout
    assert batch_works.hashes(out) == undisturbed
    (out / "KZ-92" / "map.html").write_text("changed", encoding="utf-8")
    (out / folders.PASSING / "region-KZ-91").mkdir()  # as a killed run leaves it
    done = command.run(*batch(drawn, out))
    assert (done.returncode, "planned – 1, done before – 2" in done.stdout) == (0, True)
    assert batch_works.hashes(out) == undisturbed


def whole(out):
    """Open each file under its final name as what it is called, to its end; return their number."""
    files = [path for path in out.rglob("*") if path.is_file() and folders.PASSING not in path.parts]
    for path in files:
        assert OPENED[path.suffix](path), path
    return len(files)


def _book(path):
    with zipfile.ZipFile(path) as book:
        return book.testzip() is None


def _layers(path):
    """SQLite looks at every page; none is missing, nor a part of the last."""
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as layers:
        said, pages, size = (
            layers.execute(f"PRAGMA {word}").fetchone()[0] for word in ("integrity_check", "page_count", "page_size")
        )
    return said == "ok" and 0 < pages * size == path.stat().st_size


def _rows(path):
    """Return whether the last line has its end, and all rows are as wide as the first."""
    text = path.read_bytes().decode("utf-8-sig")  # line ends as they are
    return text.endswith("\n") and len({len(row) for row in csv.reader(io.StringIO(text, newline=""))}) == 1


def _read(path, read):
    """Return whether a text has its last line end, and what a reader makes of it."""
    text = path.read_text("utf-8")
    return text.endswith("\n") and read(text)


OPENED = {
    ".html": lambda path: path.read_text("utf-8").rstrip().endswith("</html>"),
    ".xlsx": _book,
    ".gpkg": _layers,
    ".json": lambda path: _read(path, json.loads),
    ".toml": lambda path: _read(path, tomllib.loads),
    ".csv": _rows,
}
CUT = (AssertionError, ValueError, zipfile.BadZipFile, sqlite3.DatabaseError)


@pytest.mark.slow
def test_a_file_that_is_cut_is_not_taken_for_whole(tiny_plan, tmp_path):
    """Of each kind a batch writes, whole and cut: at 0, 19 and 60 bytes, at half, and two or one before its end."""
    tiny_plan.save(tmp_path / "made")
    schoolnet.programme([tiny_plan]).save(tmp_path / "made")
    files = {path.suffix: path.read_bytes() for path in sorted((tmp_path / "made").iterdir())}
    assert set(files) == set(OPENED)
    for kind, held in files.items():
        there = tmp_path / kind[1:] / f"cut{kind}"
        there.parent.mkdir()
        there.write_bytes(held)
        assert whole(there.parent) == 1
        end = len(held.rstrip()) if kind == ".html" else len(held)
        for size in (0, 19, 60, end // 2, end - 2, end - 1):
            there.write_bytes(held[:size])
            with pytest.raises(CUT):
                whole(there.parent)


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_and_ends_in_the_same_bytes(drawn, undisturbed, tmp_path):
    """Kill it ten times, by lot within the time a run takes; then let it run to its end."""
    out, lot, counts = tmp_path / "out", random.Random(8), []  # noqa: S311 - no secret
    begun = time.monotonic()
    started(batch(drawn, tmp_path / "timed", "--jobs", "2")).communicate()
    took = time.monotonic() - begun
    for at in range(10):
        if at in (4, 7):  # begin anew, so that early moments are met again too
            batch_works.emptied(out)
        running = started(batch(drawn, out, "--jobs", "2"), stdout=subprocess.DEVNULL)
        time.sleep(lot.uniform(0.3 * took, took))
        running.send_signal(signal.SIGKILL)
        running.wait()  # for it alone: what it began may still run when the next begins
        counts.append(whole(out) if out.exists() else 0)
    assert len(set(counts)) > 1, "no run was killed in the middle"
    last = started(batch(drawn, out, "--jobs", "2"))
    said, _ = last.communicate(timeout=300)
    assert last.returncode == 0, said
    assert "Traceback" not in said
    assert batch_works.hashes(out) == undisturbed
    assert [path.name for path in (out / folders.PASSING).iterdir()] == [folders.LOCK]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_hand_it_says_that_what_is_done_stays_and_leaves_nothing_running(
    drawn, undisturbed, tmp_path, number, code
):
    out = tmp_path / "out"
    running = started(batch(drawn, out, "--jobs", "1", "--lang", "ru"))
    wait_for(lambda: any((out / one / folders.RECORD).exists() for one in CODES))
    wait_for(lambda: [child for server in children(running.pid) for child in children(server)])
    begun = children(running.pid)
    begun += [child for server in begun for child in children(server)]
    running.send_signal(number)
    said, _ = running.communicate(timeout=60)
    assert running.returncode == code, said
    assert "Остановлено. Готовые регионы сохранены" in said
    assert "Traceback" not in said
    wait_for(lambda: not any(Path(f"/proc/{one}").exists() for one in begun), 10)
    assert [path.name for path in (out / folders.PASSING).iterdir()] == [folders.LOCK]
    assert command.run(*batch(drawn, out, "--lang", "en")).returncode == 0
    assert batch_works.hashes(out) == undisturbed


@pytest.mark.slow
def test_the_whole_country_is_planned_within_four_gigabytes(tmp_path):
    """20 regions with map, workbook and layers; memory as batch.csv tells it, the two largest taken to be at once."""
    data = conftest.shared("kz/kazakhstan-modelled.osm.pbf"), conftest.shared("kz/kazakhstan-schools-modelled.csv")
    done = command.run(*batch(data, tmp_path, "--jobs", "2", "--memory", "4G"))
    assert done.returncode == 0, done.stderr
    assert "planned – 20, done before – 0, failed – 0" in done.stdout
    assert len([*tmp_path.glob("KZ-*/map.html")]) == len([*tmp_path.glob("KZ-*/plan.xlsx")]) == 20
    peaks = pd.read_csv(tmp_path / "batch.csv").groupby("region")["peak_mb"].max()
    assert peaks["map"] < 4096
    assert peaks["national"] < 4096
    assert peaks.drop(["map", "national"]).nlargest(2).sum() < 4096


@pytest.mark.slow
def test_one_worker_killed_fails_its_region_and_the_next_run_plans_it(drawn, undisturbed, tmp_path):
    out = tmp_path / "out"
    running = started(batch(drawn, out, "--jobs", "3"))
    child = wait_for(lambda: planning(running.pid))
    os.kill(child, signal.SIGKILL)
    said, _ = running.communicate(timeout=300)
    assert running.returncode == 3, said
    assert said.count("failed: its process was ended from outside (SIGKILL)") == 1
    assert "planned – 2, done before – 0, failed – 1" in said
    assert "Traceback" not in said
    done = command.run(*batch(drawn, out))
    assert (done.returncode, "planned – 1, done before – 2" in done.stdout) == (0, True)
    assert batch_works.hashes(out) == undisturbed


def planning(parent):
    """Return a process that plans a region for a batch, the folder it works in being there; None: none does yet."""
    servers = children(parent)
    busy = [child for server in servers for child in children(server)]
    return busy[-1] if len(busy) == len(CODES) else None


def children(parent):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = path.read_text().rpartition(")")[2].split()
            if int(words[1]) == parent:
                found.append(int(path.parent.name))
    return sorted(found)


@pytest.mark.slow
def test_a_full_disk_is_said_nothing_is_lost_and_the_next_run_goes_on(drawn, undisturbed, tmp_path):
    """A disk of 25 MB: one region of 4 MB is put there, then a file of a planner takes the rest, then goes again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=25m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        out = disk / "out"
        assert command.run(*batch(drawn, out, "--regions", "KZ-91,KZ-92")).returncode == 0
        before = batch_works.hashes(out)
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        (disk / "big").write_bytes(bytes(free - 600_000))
        done = command.run(*batch(drawn, out))
        assert done.returncode == 2, done.stderr
        assert "No space left on device. Free some space and run it again" in done.stderr or (
            "there is no space left on the disk. Free some space and run it again" in done.stderr
        )
        assert "Traceback" not in done.stderr
        after = batch_works.hashes(out)
        regions = {name: found for name, found in before.items() if name.startswith("KZ-")}
        assert {name: after.get(name) for name in regions} == regions
        assert folders.record_of(out / "KZ-93") is None
        (disk / "big").unlink()
        done = command.run(*batch(drawn, out))
        assert (done.returncode, "planned – 1, done before – 2" in done.stdout) == (0, True), done.stderr
        assert batch_works.hashes(out) == undisturbed
    finally:
        subprocess.run(["umount", str(disk)], check=True)
