"""What fails in the writing is told as what it is, whatever library wrote, and what was there stays as it was."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import fcntl
import os
import shutil
import subprocess

import geopandas as gpd
import pandas as pd
import pyogrio.errors
import pytest
import shapely
import xlsxwriter
import xlsxwriter.exceptions

import batch_works
import conftest
import schoolnet
from schoolnet import disk, people, schema
from schoolnet.batches import folders
from schoolnet.errors import Fault, SchoolnetError, SourceError
from schoolnet.messages import Message
from schoolnet.output import outcome as output_outcome
from schoolnet.sources import folder as reading

POINT = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(60, 50)], crs="EPSG:4326")


def told(folder, error, **remedies):
    """Return the fault that an error in the writing becomes."""
    with pytest.raises(SourceError) as caught, disk.writing(folder, **remedies):
        raise error
    (fault,) = caught.value.faults
    return fault


@pytest.fixture
def filled(monkeypatch):
    """Let the system say that no byte of any disk is free."""
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9, 0))


# --- the words


def test_what_the_system_says_is_said_with_the_file_it_says_it_of(tmp_path):
    full = told(tmp_path, OSError(errno.ENOSPC, "No space left on device", "/x/plan.xlsx"))
    assert full == ("cannot be written: No space left on device.", disk.FREE, "/x/plan.xlsx", "", "")
    shut = told(tmp_path, PermissionError(errno.EACCES, "Permission denied"))
    assert shut == ("cannot be written: Permission denied.", disk.CHOOSE, str(tmp_path), "", "")
    other = told(tmp_path, OSError(errno.EDQUOT, "Disk quota exceeded"), room=Message("Go."), remedy=Message("Stop."))
    assert other.remedy == "Go."


@pytest.mark.parametrize(
    "error",
    [
        pyogrio.errors.FeatureError("Could not add feature to layer at index 3"),
        pyogrio.errors.DataSourceError("unable to open database file"),
        xlsxwriter.exceptions.FileCreateError("x"),
        RuntimeError("Write failed"),  # osmium
        KeyError("what comes of it in the end"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_on_a_full_disk_whatever_failed_failed_for_want_of_room(tmp_path, error):
    assert told(tmp_path, error) == (disk.FULL, disk.FREE, str(tmp_path), "", "")


def test_where_there_is_room_a_library_is_told_by_its_own_words_on_one_line(tmp_path):
    found = told(tmp_path, pyogrio.errors.FeatureError("Failed to write\n\x1b[31m feature."))
    assert found == ("cannot be written: Failed to write [31m feature.", disk.CHOOSE, str(tmp_path), "", "")
    assert "Write failed: Disk quota" in told(tmp_path, RuntimeError("Write failed: Disk quota exceeded")).problem
    assert "DataLayerError" in told(tmp_path, pyogrio.errors.DataLayerError()).problem


def test_behind_the_word_of_a_library_stands_that_of_the_system(tmp_path):
    behind = xlsxwriter.exceptions.FileCreateError("x")
    behind.__context__ = PermissionError(errno.EACCES, "Permission denied", "/x/plan.xlsx")
    assert told(tmp_path, behind) == ("cannot be written: Permission denied.", disk.CHOOSE, "/x/plan.xlsx", "", "")
    behind.__context__ = OSError(errno.ENOSPC, "No space left on device")  # as where the disk is one of its own, /tmp
    assert told(tmp_path, behind).problem == disk.FULL


@pytest.mark.parametrize("error", [KeyError("q"), RuntimeError("a bug"), ZeroDivisionError(), MemoryError()])
def test_what_is_not_of_the_writing_passes(tmp_path, error):
    with pytest.raises(type(error)) as caught, disk.writing(tmp_path):
        raise error
    assert caught.value is error


@pytest.mark.usefixtures("filled")
def test_a_fault_and_a_want_of_memory_stay_what_they_are_on_a_full_disk(tmp_path):
    for error in (SchoolnetError(Fault(Message("no."), Message("Yes."))), MemoryError()):
        with pytest.raises(type(error)) as caught, disk.writing(tmp_path):
            raise error
        assert caught.value is error


@pytest.mark.usefixtures("filled")
def test_a_batch_says_what_is_done_stays_whatever_library_wrote(tmp_path):
    with pytest.raises(SourceError) as caught, folders.writing(tmp_path):
        raise pyogrio.errors.FeatureError("x")
    assert caught.value.faults == (folders.full(tmp_path),)
    assert "regions that are done stay" in str(caught.value)


def test_a_place_that_is_gone_is_not_a_full_disk(tmp_path):
    assert not disk.full(tmp_path / "gone")


def test_a_workbook_that_cannot_be_put_where_it_is_asked_for_is_told_by_the_systems_word(tmp_path):
    def write():
        with disk.writing(tmp_path):
            book = xlsxwriter.Workbook(tmp_path / "gone" / "plan.xlsx")
            book.add_worksheet()
            book.close()

    with pytest.raises(SourceError, match="cannot be written: No such file or directory"):
        write()


def test_a_folder_that_cannot_be_locked_is_told_as_one(tmp_path, monkeypatch):
    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)  # as of a share of another computer
    with pytest.raises(SourceError) as caught, folders.locked(tmp_path):
        pass
    (fault,) = caught.value.faults
    assert fault.problem == "the folder cannot be locked against another batch: No locks available."
    assert fault.remedy == "Choose a folder on this computer with --out."
    assert fault.file == str(tmp_path)


def test_a_file_by_itself_is_told_of_by_its_own_name(tmp_path):
    (tmp_path / "taken").touch()
    for path in (tmp_path / "taken" / "plan.html", tmp_path):
        with pytest.raises(SourceError) as caught, disk.whole(path, remedy=Message("Another.")) as part:
            part.touch()
        (fault,) = caught.value.faults
        assert fault.problem in (
            "cannot be written: Not a directory.",
            "cannot be written: Is a directory.",
            "cannot be written: File exists.",
        )
        assert (fault.remedy, fault.file) == ("Another.", str(path))
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    with disk.whole(tmp_path / "new" / "plan.html") as part:
        part.touch()
    assert (tmp_path / "new" / "plan.html").is_file()


# --- whole, or not at all


def test_nothing_is_put_in_place_where_one_file_failed(tmp_path):
    (tmp_path / "a").write_text("before", encoding="utf-8")

    def write():
        with disk.placed(tmp_path, ("a", "b")) as part:
            (part / "a").write_text("after", encoding="utf-8")
            POINT.to_file(part / "gone" / "b.gpkg", driver="GPKG", engine="pyogrio")

    with pytest.raises(SourceError, match="cannot be written"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text(encoding="utf-8") == "before"


def test_all_that_was_written_is_put_in_place_where_no_file_is_named(tmp_path):
    with disk.placed(tmp_path / "out") as part:
        (part / "deep").mkdir()
        for name in ("a", "deep/b"):
            (part / name).touch()
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == [
        "out/a", "out/deep/b",
    ]  # fmt: skip


def test_a_region_that_breaks_off_leaves_the_one_saved_before(tiny, tmp_path, monkeypatch):
    tiny.save(tmp_path)
    before = batch_works.hashes(tmp_path)
    births = schema.frame([{"area_id": "KZ", "year": 2023, "births": 7}], people.BIRTHS)
    new = dataclasses.replace(tiny, code="XX-99", people=people.People(births=births))

    def no_room(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_csv", no_room)  # people come last
        with pytest.raises(SourceError, match="No space left on device"):
            new.save(tmp_path)
    assert batch_works.hashes(tmp_path) == before
    assert reading.read(new.save(tmp_path)).code == "XX-99"


@contextlib.contextmanager
def small(tmp_path, size):
    """Give a disk of so many MB, and a function that leaves so many bytes of it free."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")

    def leave(room):
        (place / "big").unlink(missing_ok=True)
        free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
        (place / "big").write_bytes(bytes(max(0, free - room)))

    try:
        yield place, leave
    finally:
        subprocess.run(["umount", str(place)], check=True)


def refusal(write, folder):
    """Return the fault told of a writing, or None: it was written."""
    try:
        write(folder)
    except SourceError as error:
        return error.faults[0]
    return None


def swept(tmp_path, write, *, size, steps):
    """Write to a disk with less and less room; each time all is there, or a fault is told and nothing is there.

    Returns how many times it was refused.
    """
    write(tmp_path / "whole")
    whole = batch_works.hashes(tmp_path / "whole")
    most = 2 * sum(path.stat().st_size for path in (tmp_path / "whole").rglob("*") if path.is_file()) + 200_000
    refused = 0
    with small(tmp_path, size) as (place, leave):
        for step in range(steps):
            leave(most * step // steps)
            fault = refusal(write, place / "out")
            assert batch_works.hashes(place / "out") == ({} if fault else whole)
            if fault:
                assert "space left" in fault.problem
                assert "Free some space" in fault.remedy
                refused += 1
            shutil.rmtree(place / "out", ignore_errors=True)
    return refused


def test_a_region_on_a_disk_that_fills_is_all_there_or_not_at_all(tiny, tmp_path):
    assert 2 <= swept(tmp_path, tiny.save, size=2, steps=14) < 14


@pytest.mark.slow
@pytest.mark.parametrize("what", ["plan", "programme", "compare", "report"])
def test_results_on_a_disk_that_fills_are_all_there_or_not_at_all(tiny_plan, tmp_path, what):
    programme = schoolnet.programme([tiny_plan])
    compared = schoolnet.compare(programme, programme)
    write = {
        "plan": tiny_plan.save,
        "programme": programme.save,
        "compare": lambda folder: output_outcome.write_comparison(compared, folder),
        "report": lambda folder: schoolnet.report([tiny_plan], folder, maps=False),
    }[what]
    assert 2 <= swept(tmp_path, write, size=12, steps=8) < 8


@pytest.mark.slow
def test_a_snapshot_on_a_disk_that_fills_is_all_there_or_not_at_all(tiny, tmp_path):
    def write(folder):
        schoolnet.snapshot(tiny, conftest.DAY, folder, frozen_on=dt.date(2026, 10, 1))

    assert 2 <= swept(tmp_path, write, size=4, steps=14) < 14
