"""Batches: keys, folders, the file between a region and the nation, the pool, and a country drawn by hand."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import fcntl
import json
import pickle
import re
import struct
import sys
from html import escape
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import batch_works
import schoolnet
from batch_works import LINE, ran, replies
from schoolnet import disk
from schoolnet.batches import asked, course, cutting, folders, form, memory, pool, run, spent, work
from schoolnet.batches.telling import Note, Region
from schoolnet.batches.work import FILES, Reply, Spent, Task
from schoolnet.errors import Fault, OptionError, RegionError, SchoolnetError, SourceError
from schoolnet.messages import Message
from schoolnet.options import Options
from schoolnet.output import outcome, report_region, words
from schoolnet.planning.scenario import part
from schoolnet.sources.unclaimed import Claims

OPTIONS = Options(on=dt.date(2026, 9, 1))
CODES = ("KZ-91", "KZ-92")
NASTY = "Programme"


# --- keys


def test_the_key_is_of_all_that_a_plan_hangs_on(tmp_path):
    """Contents, names and order of files, options, language, program: each changes it; where the files lie does not."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for name in ("map.osm.pbf", "s.csv", "p.csv"):
            (tmp_path / folder / name).write_text(name, encoding="utf-8")

    def key(folder="a", **changed):
        root = tmp_path / folder
        one = asked.Asked(root / "map.osm.pbf", (), OPTIONS, people=(root / "s.csv", root / "p.csv"))
        one = dataclasses.replace(one, **changed)
        return asked.key_of(one, asked.held(one))

    root = tmp_path / "a"
    others = {
        key(),
        key(people=(root / "p.csv", root / "s.csv")),
        key(people=(root / "s.csv",)),
        key(schools=root / "p.csv"),
        key(norms=root / "p.csv"),
        key(options=Options(on=OPTIONS.on, seed=2)),
        key(lang="ru"),
        key(regions=("KZ-91",)),  # one alone: a planner's own table must then hold a row of it
    }
    assert len(others) == 8
    assert key("b") == key()
    assert key(regions=("KZ-91", "KZ-92")) == key()  # a region is the same whichever others are planned
    (root / "map.osm.pbf").write_text("other", encoding="utf-8")
    assert key() not in others


def test_every_file_that_is_not_there_is_named(tmp_path):
    one = asked.Asked(tmp_path / "no.pbf", (), OPTIONS, schools=tmp_path / "no.csv", given=(tmp_path,))
    with pytest.raises(SourceError) as found:
        asked.held(one)
    assert [fault.file for fault in found.value.faults] == [
        str(tmp_path / "no.pbf"),
        str(tmp_path / "no.csv"),
        str(tmp_path),
    ]


# --- folders


@pytest.mark.parametrize("code", ["programme", "errors", "Errors", "map", "national"])
def test_a_name_that_is_taken_is_no_folder(code, tmp_path):
    with pytest.raises(RegionError):
        folders.place(tmp_path, code)


@pytest.mark.parametrize(
    "code", ["../../x", "..", "a/b", "a\\b", "a\0b", "C:", ".batch", "KZ-59", "Пробная область", ""]
)
def test_a_region_stays_in_the_folder_of_the_batch(code, tmp_path):
    found = folders.place(tmp_path, code)
    assert found.parent == tmp_path
    assert found.resolve() == found
    assert not found.name.startswith(".")
    assert found.name == code or not code.replace("-", "").isalnum()


def staged(tmp_path, **texts):
    folder = tmp_path / "staged"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_folder_is_whole_while_its_files_are_those_of_the_record(tmp_path):
    key, there = "a" * 64, tmp_path / "KZ-91"
    folders.put(staged(tmp_path, one="1", two="2"), there, ("one", "two"), folders.Record(key=key))
    (there / "notes.txt").write_text("a planner's own", encoding="utf-8")
    assert folders.whole(there, key, ("one", "two"))
    assert not folders.whole(there, "b" * 64, ("one", "two"))
    assert not folders.whole(there, key, ("one",))
    (there / "two").write_text("3", encoding="utf-8")
    assert not folders.whole(there, key, ("one", "two"))
    folders.put(staged(tmp_path, one="1", two="2"), there, ("one", "two"), folders.Record(key=key))
    assert folders.whole(there, key, ("one", "two"))
    assert (there / "notes.txt").is_file()
    (there / "one").unlink()
    assert not folders.whole(there, key, ("one", "two"))


def test_a_folder_is_not_whole_from_the_first_file_to_the_last(tmp_path, monkeypatch):
    """Stopped after any of the three moves (two files, the record), the folder is to be made again, no file is cut."""
    key, there, real = "a" * 64, tmp_path / "KZ-91", type(tmp_path).replace
    for stop in range(3):
        folders.put(staged(tmp_path, one="old", two="old"), there, ("one", "two"), folders.Record(key="b" * 64))
        moves = iter(range(9))

        def stopped(self, target, moves=moves, stop=stop):
            if next(moves) == stop:
                raise KeyboardInterrupt
            return real(self, target)

        new = staged(tmp_path, one="new", two="new")
        with monkeypatch.context() as patch:
            patch.setattr(type(tmp_path), "replace", stopped)
            with pytest.raises(KeyboardInterrupt):
                folders.put(new, there, ("one", "two"), folders.Record(key=key))
        assert folders.record_of(there) is None
        assert [(there / name).read_text("utf-8") for name in ("one", "two")] == ["new"] * stop + ["old"] * (2 - stop)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"key": 1}', '{"key": "x", "files": {}}', "[" * 99_999, '{"files": {"../x": "' + "a" * 64 + '"}}'],
)
def test_a_record_that_is_none_is_not_believed(text, tmp_path):
    (tmp_path / folders.RECORD).write_text(text, encoding="utf-8")
    assert folders.record_of(tmp_path) is None
    assert folders.whole(tmp_path, "a" * 64, ()) is None


def test_a_full_disk_is_said_and_what_is_there_stays(tmp_path, monkeypatch):
    there = tmp_path / "KZ-91"
    folders.put(staged(tmp_path, one="1"), there, ("one",), folders.Record(key="a" * 64))

    def no_space(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "KZ-92/one")

    new = staged(tmp_path, one="1")
    with monkeypatch.context() as patch:
        patch.setattr(type(tmp_path), "replace", no_space)
        with pytest.raises(SourceError, match=r"No space left on device\. Free some space"):
            folders.put(new, tmp_path / "KZ-92", ("one",), folders.Record(key="a" * 64))
    assert folders.whole(there, "a" * 64, ("one",))
    assert not folders.whole(tmp_path / "KZ-92", "a" * 64, ("one",))


def test_what_a_killed_run_left_goes_but_not_what_a_link_leads_to(tmp_path):
    own = tmp_path / "own"
    (tmp_path / ".batch" / "region-KZ-91" / "deep").mkdir(parents=True)
    own.mkdir()
    (own / "kept").touch()
    (tmp_path / ".batch" / "link").symlink_to(own)
    with folders.locked(tmp_path) as passing:
        assert [path.name for path in passing.iterdir()] == ["lock"]
    assert (own / "kept").is_file()


# --- the file between a region and the nation


@pytest.fixture(scope="module")
def kept(tiny_plan, tmp_path_factory):
    path = tmp_path_factory.mktemp("form") / form.FILE
    form.write(part(tiny_plan), report_region.reported(tiny_plan), path)
    return path


def test_a_programme_of_the_file_is_that_of_the_plan_to_the_byte(kept, tiny_plan, tmp_path):
    mine, told = part(tiny_plan), report_region.reported(tiny_plan)
    there, said = form.read(kept, mine.code, mine.options)
    for folder, one in (("plan", mine), ("file", there)):
        outcome.write(schoolnet.programme(one), tmp_path / folder)
    assert batch_works.hashes(tmp_path / "plan") == batch_works.hashes(tmp_path / "file")
    for field in dataclasses.fields(told):
        mine, theirs = getattr(told, field.name), getattr(said, field.name)
        if isinstance(mine, pd.DataFrame):
            pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)
        else:
            assert mine == theirs, field.name


def test_what_the_register_was_taken_for_is_said_of_the_file_in_every_language(tiny_plan, tmp_path):
    what = Message("{count} of {all} rows", count=1, all=2)
    claims = Claims("ab" * 32, ("S1",), (("7", "lon", "0, 0", what),))
    told = dataclasses.replace(report_region.reported(tiny_plan), claims=claims)
    form.write(part(tiny_plan), told, tmp_path / form.FILE)
    _, said = form.read(tmp_path / form.FILE, tiny_plan.region.code, tiny_plan.options)
    assert said.claims == claims
    for lang in ("kk", "ru"):
        assert words.load(lang).message(said.claims.rejected[0][3]) == words.load(lang).message(what) != what


#: A circle through (0, 0), (1, 1) and (2, 0), as ArcGIS writes curves: little end first, CIRCULARSTRING (8), 5 points.
CURVED = struct.pack("<BII10d", 1, 8, 5, 0, 0, 1, 1, 2, 0, 1, -1, 0, 0).hex()


def _set(saved, path, value):
    *way, last = path
    for step in way:
        saved = saved[step]
    if value is None and isinstance(saved, dict):
        del saved[last]
    else:
        saved[last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("form",), 2),
        (("code",), "KZ-00"),
        (("limit_m",), "far"),
        (("tables", "homes"), None),
        (("tables", "sites", "pupils", 0), "many"),
        (("tables", "sites", "pupils", 0), -1),
        (("tables", "sites", "pupils", 0), 10**30),
        (("tables", "people", "road_m", 0), 1.7e308),
        (("tables", "sites", "is_rural", 0), 1),
        (("tables", "sites", "region", 0), "KZ-00"),
        (("tables", "sites", "tier", 0), "palace"),
        (("tables", "register", "school_id", 0), "SB"),
        (("tables", "register", "school_id", 0), None),
        (("tables", "people", "pupils"), []),
        (("tables", "names", "more"), []),
        (("points", 0), [1e9, 0]),
        (("points",), []),
        (("outline",), "00"),
        (("outline",), "0101000000000000000000000000000000000000000000000000"),
        (("outline",), CURVED),
        (("counts", "bad"), 1.5),
        (("counts", "bad"), None),
        (("counts", "bad"), 10**30),
        (("targets", "day"), 31),
        (("about", "inputs"), [{"role": "map", "name": "m", "bytes": 1, "sha256": "<script>"}]),
        (("day",), "today"),
        (("claims",), None),
        (("claims", "sha256"), "x"),
        (("claims", "used"), [1]),
        (("claims", "rejected"), [["2", "lon", "here", 1]]),
        (("claims", "rejected"), [["2", "lon", {"template": 1, "values": {}}, "why"]]),
        (("more",), 1),
        (("tables", "territories", "territory", 0), "moon"),
    ],
)  # fmt: skip
def test_a_file_from_elsewhere_that_is_not_as_declared_is_not_used(kept, tmp_path, path, value):
    saved = json.loads(kept.read_text("utf-8"))
    _set(saved, path, value)
    other = tmp_path / form.FILE
    other.write_text(json.dumps(saved), encoding="utf-8")
    code = json.loads(kept.read_text("utf-8"))["code"]
    assert form.read(kept, code, OPTIONS) is not None
    assert form.read(other, code, OPTIONS) is None


@pytest.mark.parametrize("text", [b"", b"\xff", b"NaN", b"[" * 99_999, b"\x80\x04\x95cos\nsystem\n."])
def test_a_file_that_is_no_json_is_not_used(text, tmp_path):
    (tmp_path / form.FILE).write_bytes(text)
    assert form.read(tmp_path / form.FILE, "KZ-91", OPTIONS) is None
    assert form.read(tmp_path / "none", "KZ-91", OPTIONS) is None


# --- memory


def test_memory_is_read_as_people_write_it():
    found = [memory.parsed_mb(text) for text in ("4G", "800M", "800", " 1.5 gb", "4GiB", None)]
    assert found == [4096.0, 800.0, 800.0, 1536.0, 4096.0, None]


@pytest.mark.parametrize("text", ["", "4X", "-1G", "1", "nan", "G", "4 G 5", "１２８M"])
def test_what_is_no_memory_is_refused(text):
    with pytest.raises(OptionError, match="no amount of memory"):
        memory.parsed_mb(text)


def test_so_many_regions_run_at_once_as_have_room(monkeypatch):
    """Four cores, regions of 300, 400 and 500 MB: 1,000 MB hold two of the largest, 499 MB one at a time."""
    monkeypatch.setattr(memory, "cores", lambda: 4)
    estimates = [300.0, 400.0, 500.0]
    assert [memory.jobs_of(None, estimates, room) for room in (9e9, 1500.0, 1000.0, 499.0)] == [3, 3, 2, 1]
    assert [memory.jobs_of(jobs, estimates, 9e9) for jobs in (1, 2, 9)] == [1, 2, 3]
    assert memory.jobs_of(None, [], 9e9) == 1


# --- the pool


def tasks(**data):
    return [Task(name, text.encode()) for name, text in data.items()]


@pytest.mark.slow
def test_what_happens_to_one_happens_to_no_other(tmp_path):
    todo = tasks(
        a="back 123", killed="kill", left="leave", bug="bug q", fault="fault seats", full="memory", z="back xyz"
    )
    found = replies(pool.run(batch_works.obey, todo, jobs=3, scratch=str(tmp_path)))
    assert found["a"].value == {"back": b"321", "scratch": str(tmp_path).encode()}
    assert found["z"].value["back"] == b"zyx"
    assert [one.stage for one in found["z"].spent] == ["stage back"]
    said = {name: reply.faults[0] for name, reply in found.items() if reply.faults}
    assert sorted(said) == ["bug", "fault", "full", "killed", "left"]
    assert "SIGKILL" in said["killed"].problem
    assert "code 7" in said["left"].problem
    assert "KeyError: 'q'" in said["bug"].problem
    assert "batch_works.py" in found["bug"].bug
    assert said["fault"].problem.template == "no {what}."  # can still be said in other languages
    assert (said["fault"].row, said["fault"].column) == ("2", "b")
    assert "no more memory" in said["full"].problem


@pytest.mark.slow
def test_a_runaway_is_ended_and_its_neighbour_is_not():
    found = replies(pool.run(batch_works.obey, tasks(large="eat 700", small="back 1"), jobs=2, limit_mb=600.0))
    assert "more than the 600 MB" in found["large"].faults[0].problem
    assert found["small"].value["back"] == b"1"


@pytest.mark.slow
def test_where_two_have_no_room_together_one_is_put_off_and_done_alone():
    """Each holds over 400 MB for a while, 900 MB together with the libraries have no room: one after the other has."""
    events = [*pool.run(batch_works.obey, tasks(a="eat 400 2", b="eat 400 2"), jobs=2, limit_mb=900.0)]
    assert len([event for event in events if event.put_off]) == 1
    assert [reply.faults for reply in replies(events).values()] == [(), ()]
    assert {name: reply.value for name, reply in replies(events).items()} == {"a": b"\0", "b": b"\0"}


@pytest.mark.slow
def test_after_one_is_put_off_no_other_takes_its_room():
    """Five of over 400 MB, room for one: the second is put off, and then they are done one after another."""
    todo = tasks(**dict.fromkeys("abcde", "eat 400 1"))
    events = [*pool.run(batch_works.obey, todo, jobs=2, limit_mb=900.0)]
    assert len([event for event in events if event.put_off]) == 1
    assert [reply.faults for reply in replies(events).values()] == [()] * 5


def test_too_little_memory_is_refused_before_the_map_is_read(drawn, tmp_path):
    code, _, err = ran("batch", drawn[0], "--memory", "100M", "--out", tmp_path, "--lang", "ru")
    assert code == 2
    assert "--memory оставляет региону 0 МБ, а нужно не меньше 320 МБ" in err


def test_on_a_terminal_what_is_said_of_the_whole_stays(monkeypatch, capsys):
    from schoolnet.commands import batch_lines

    monkeypatch.setattr(sys, "argv", ["schoolnet", "--lang", "en"])
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with batch_lines.shown() as tell:
        tell(Note("goes_on", {"day": "01.09.2026", "on": "2026-09-01"}))
        tell(Note("stage", {"file": "m.pbf", "stage": "map"}))
        tell(Note("stage", {"file": "m.pbf", "stage": "join"}))
        tell(Note("refused", {"count": 2}))
        tell(Region("refused", "Пробная", "waiting"))  # a code like the name of a note
    last = capsys.readouterr().err.split("\x1b[2K")[-4:]
    shown = " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "".join(last)).split())
    assert "01.09.2026" in shown
    assert "Workers left out" in shown
    assert "Reading the map" not in shown
    assert "Joining schools" in shown
    assert "waiting" in shown


def test_a_disk_that_is_full_under_a_process_is_not_a_bug(monkeypatch):
    full = work.attempt(batch_works.obey, b"full /somewhere", lambda _stage: None)
    assert (full.faults[0].problem, full.bug) == ("there is no space left on the disk.", "")
    assert "Free some space" in full.faults[0].remedy

    def dies(*_):
        raise RuntimeError("database or disk is full")  # without the system's word

    wanted = work.packed(work.Wanted(None, OPTIONS, None, "en"))
    monkeypatch.setattr(work, "_files", dies)
    assert "RuntimeError" in work.attempt(work.planned, wanted, lambda _stage: None).bug
    monkeypatch.setattr(disk, "FREE_MB", 1e12)  # the folder it writes to is looked at before it goes
    full = work.attempt(work.planned, wanted, lambda _stage: None)
    assert (full.faults[0].problem, full.bug) == ("there is no space left on the disk.", "")


def test_stages_are_told_and_a_listener_who_leaves_ends_the_work():
    events = pool.run(batch_works.obey, tasks(a="sleep 60", b="sleep 60"), jobs=2)
    first = next(events)
    assert (first.name in "ab", first.stage) == (True, "stage sleep")
    events.close()  # a batch that ends early: nothing is left running
    assert not [one for one in pool.multiprocessing.active_children() if one.is_alive()]


# --- times


def test_times_of_regions_not_made_now_stay(tmp_path):
    passing = tmp_path / ".batch"
    passing.mkdir()
    spent.write(tmp_path, passing, {"b": [Spent("map", 1.0, 5.0)], "a": [Spent("x", 1.0, 5.0), Spent("x", 2.0, 4.0)]})
    spent.write(tmp_path, passing, {"b": [Spent("map", 2.0, 6.0)]})
    lines = (tmp_path / spent.FILE).read_text("utf-8").split()
    assert lines == ["region,stage,seconds,peak_mb", "a,x,3.00,5", "b,map,2.00,6"]
    for text in ("a,b\n1\n", "a,b,c,d\na,b,inf,1\n", "a,b,c,d\na,b,x,1\n"):
        (tmp_path / spent.FILE).write_text(text, encoding="utf-8")
        spent.write(tmp_path, passing, {"b": [Spent("map", 2.0, 6.0)]})
        assert (tmp_path / spent.FILE).read_text("utf-8").split()[1:] == ["b,map,2.00,6"]


# --- a country


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Two regions, one whose code is the name of another folder, one whose outline is broken."""
    return batch_works.country(tmp_path_factory.mktemp("drawn"), (*CODES, NASTY, "KZ-94"), broken=("KZ-94",))


@pytest.fixture(scope="module")
def planned(drawn, tmp_path_factory):
    """Plan the country; return the folder, the exit code and what was printed."""
    out = tmp_path_factory.mktemp("out") / "batch"
    return out, *ran(*batch_works.batch(drawn, out, "--jobs", "2"))


def test_regions_are_planned_broken_ones_are_said_and_the_national_files_name_them(planned):
    out, code, printed, err = planned
    assert code == 3
    assert "planned – 2, done before – 0, failed – 2" in printed
    assert re.search(r"KZ-91 Trial 1 Region: done in [0-9.]+ s, [0-9]+ MB", err)
    assert "Programme Trial 3: failed: “Programme” cannot be the name of a folder." in err
    assert "KZ-94 Trial 4 Region: failed: country.osm.pbf: its outline is not whole in the extract." in err
    assert "missing, and are not in the national files: KZ-94, Programme." in err
    assert "Traceback" not in err
    assert [path.name for path in out.parent.iterdir()] == ["batch"]
    assert {path.name for path in out.iterdir()} == {
        ".batch", *CODES, "programme", "index.html", "report.xlsx", "quarterly.kk.csv", "quarterly.ru.csv",
        "batch.json", "batch.csv",
    }  # fmt: skip
    for region in CODES:
        assert {path.name for path in (out / region).iterdir()} == {*FILES, "batch.json"}
    assert [path.name for path in (out / ".batch").iterdir()] == ["lock"]
    page = (out / "index.html").read_text("utf-8")
    data = json.loads(re.search(r'id="schoolnet-data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["missing"] == ["Trial 4 Region", "Trial 3"]
    assert [(row["region"], row.get("linked")) for row in data["regions"]] == [
        ("KZ-91", True),
        ("KZ-92", True),
        ("*", None),
    ]
    assert json.loads((out / "programme" / "provenance.json").read_text("utf-8"))["missing"] == ["KZ-94", NASTY]
    book = CalamineWorkbook.from_path(str(out / "report.xlsx"))
    assert [row[0] for row in book.get_sheet_by_name("Missing").to_python()][-2:] == ["Trial 4 Region", "Trial 3"]
    quarterly = (out / "quarterly.ru.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in quarterly[-2:]] == ["Trial 4 Region", "Trial 3"]
    told = schoolnet.read_outcome(out / "programme")
    assert told.about["regions"] == list(CODES)
    times = pd.read_csv(out / "batch.csv")
    assert set(times["region"]) == {*CODES, "map", "national"}
    assert (times["seconds"] >= 0).all()


@pytest.mark.slow
def test_a_quota_of_a_missing_region_is_left_out_and_said(drawn, tmp_path):
    """KZ-94's outline is broken: a quota may be of it or of one of its districts, and does not cost the programme."""
    source, schools = drawn
    line = ("batch", source, "--schools", schools, "--regions", "KZ-91,KZ-94", "--out", tmp_path, *LINE)
    code, _, err = ran(*line, "--set", "quotas=KZ-94=1,KZ-91=0,940000000=2")
    assert code == 3
    told = "These quotas are left out – their regions or districts are not there: 940000000, KZ-94."
    assert told in err
    code, printed, err = ran(*line, "--set", "quotas=KZ-94=1,KZ-91=0,940000000=2")
    assert (code, "The national files were done before" in printed, told in err) == (3, True, True)
    about = json.loads((tmp_path / "programme" / "provenance.json").read_text("utf-8"))
    assert about["missing"] == ["KZ-94"]
    assert schoolnet.read_outcome(tmp_path / "programme").options.quotas == {"KZ-91": 0}


@pytest.mark.slow
def test_a_row_no_region_took_and_a_school_two_regions_took_are_listed_and_said(tmp_path):
    """Row 4 lies 7 degrees east of both regions, row 5 is of the second region under the identifier of the first."""
    source, schools = batch_works.country(tmp_path / "in")
    with schools.open("a", encoding="utf-8") as stream:
        stream.write("LOST;Жоқ;орта;300;900;3;авариялық;69.5;50.5\nS0;Екінші;орта;9;9;1;жақсы;60.52;48.5\n")
    line = ("batch", source, "--schools", schools, "--out", tmp_path / "all", *LINE)
    code, _, err = ran(*line)
    assert code == 0
    assert "Rows of the register no region took: 1 – see report.xlsx." in err
    assert "Schools several regions took: 1 – see report.xlsx." in err
    kept = json.loads((tmp_path / "all" / "batch.json").read_text("utf-8"))["left"]
    assert (kept["lost"], kept["twice"]) == (1, 1)
    _, _, again = ran(*line)  # the map is not read, the files stand: it is said all the same
    told = [line for line in err.splitlines() if line.startswith("  ! ")]
    assert told == [line for line in again.splitlines() if line.startswith("  ! ")]
    assert "  ! Rows of the register no region took: 1 – see report.xlsx." in told
    book = CalamineWorkbook.from_path(str(tmp_path / "all" / "report.xlsx"))
    assert book.get_sheet_by_name("Rows of no region").to_python()[-1] == [
        "4", "LOST", "Жоқ", "", "lon", "lon 69.5, lat 50.5",
        "in no region of the map: correct the coordinates, or give the KATO of its settlement",
    ]  # fmt: skip
    both = "Trial 1 Region, Trial 2 Region"
    assert book.get_sheet_by_name("Taken twice").to_python()[-1] == ["S0", both, "2, 5"]
    page = (tmp_path / "all" / "index.html").read_text("utf-8")
    for lang in ("kk", "ru", "en"):
        said = words.load(lang)
        for name in ("lost_rows", "taken_twice"):
            told = said.text(f"report_scope.{name}", count="1", sheet=said.text(f"sheet.{name}"))
            assert json.dumps(told, ensure_ascii=False) in page
    line = ("batch", source, "--schools", schools, "--regions", "KZ-91,KZ-92", "--out", tmp_path / "named", *LINE)
    _, _, err = ran(*line)
    assert "no region took" not in err  # a region not asked for may have taken it
    assert "Schools several regions took: 1" in err
    sheets = CalamineWorkbook.from_path(str(tmp_path / "named" / "report.xlsx")).sheet_names
    assert "Taken twice" in sheets
    assert "Rows of no region" not in sheets


def test_each_region_of_the_map_is_to_do_done_or_not_to_be_had(tmp_path):
    """Five on the map: one is whole, two are of one code, one is broken, one is called as another folder of a batch."""
    codes = ("KZ-91", "KZ-92", "KZ-92", NASTY, "KZ-94")
    source, schools = batch_works.country(tmp_path / "in", codes, broken=("KZ-94",))
    job = asked.Job(asked.Asked(source, (), OPTIONS, schools, lang="en"), "a" * 64, tmp_path)
    found = cutting.cut(pickle.dumps(job), lambda _name: contextlib.nullcontext(), str(tmp_path))
    assert [(one.code, one.name) for one in found.todo] == [("KZ-91", "Trial 1 Region")]
    assert Path(found.todo[0].file).parent == tmp_path
    assert found.done == {}
    assert {code: [fault.problem for fault in faults] for code, (_, faults) in found.failed.items()} == {
        "KZ-92": ["region KZ-92 is there more than once."],
        "KZ-94": ["its outline is not whole in the extract."],
        NASTY: ["“Programme” cannot be the name of a folder."],
    }
    assert found.districts == {"r2", "r3"}  # of KZ-91, whose own relation is the first of the map


def test_a_quota_of_no_region_is_refused_before_anything_is_planned(drawn, tmp_path):
    source, schools = drawn
    line = ("batch", source, "--schools", schools, "--regions", "KZ-91", "--out", tmp_path, *LINE)
    code, _, err = ran(*line, "--set", "quotas=KZ-19=1")
    assert code == 2
    assert "“KZ-19” is no region or district of the plan. Use one of KZ-91" in err
    assert not (tmp_path / "KZ-91").exists()


def test_an_input_that_is_changed_while_it_is_read_is_said_and_nothing_is_planned(drawn, tmp_path, monkeypatch):
    source, schools = drawn
    mine, real = tmp_path / "schools.csv", pool.run
    mine.write_bytes(schools.read_bytes())

    def while_saved(*given, **more):
        yield from real(*given, **more)
        mine.write_text(mine.read_text("utf-8") + "S9;Школа 9;орта;300;200;1;;60.52;50.52\n", encoding="utf-8")

    monkeypatch.setattr(pool, "run", while_saved)
    line = ("batch", source, "--schools", mine, "--regions", "KZ-91", "--out", tmp_path / "o", *LINE)
    code, _, err = ran(*line)
    assert code == 2
    assert "an input was changed while it was read. Run it again" in err
    assert not (tmp_path / "o" / "KZ-91").exists()


def test_a_region_that_fails_says_that_its_older_files_stay(drawn, tmp_path, monkeypatch):
    source, schools = drawn
    line = ("batch", source, "--schools", schools, "--regions", "KZ-91", "--out", tmp_path)
    folders.put(
        staged(tmp_path, **{"map.html": "yesterday"}), tmp_path / "KZ-91", ("map.html",), folders.Record(key="a" * 64)
    )
    monkeypatch.setattr(memory, "LIBRARIES_MB", 1e9)
    code, _, err = ran(*line, *LINE)
    assert code == 3
    assert "KZ-91 Trial 1 Region: failed: it is taken to need" in err
    assert "Files of an earlier run stay in its folder." in err


@pytest.mark.slow
def test_a_batch_that_is_stopped_in_the_evening_goes_on_in_the_morning(drawn, tmp_path, monkeypatch):
    """Day 1: stopped with KZ-91 done; day 2: KZ-92 for day 1; day 3: all anew, stopped again; and gone on with."""
    source, schools = drawn
    line = ("batch", source, "--schools", schools, "--regions", "KZ-91,KZ-92", "--out", tmp_path, "--lang", "en")

    def on(day, *more):
        made = Options.model_fields["on"]
        monkeypatch.setattr(made, "default_factory", lambda: dt.date(2026, 9, day))
        Options.model_rebuild(force=True)
        return ran(*line, *more)

    def stopped():
        """Leave it as where it is killed before KZ-92 is done."""
        (tmp_path / "batch.json").unlink()
        batch_works.emptied(tmp_path / "KZ-92")

    def days():
        return {json.loads((tmp_path / one / "batch.json").read_text("utf-8"))["day"] for one in (*CODES, "")}

    try:
        assert on(1)[0] == 0
        stopped()
        code, printed, err = on(2)
        assert (code, "planned – 1, done before – 1, failed – 0" in printed) == (0, True)
        assert "It goes on with what this folder holds for 01.09.2026" in err
        assert days() == {"2026-09-01"}
        code, printed, err = on(3)
        assert (code, "planned – 2, done before – 0, failed – 0" in printed) == (0, True)
        assert "for today all is planned anew (to keep that day: --on 2026-09-01)" in err
        batch_works.emptied(tmp_path / "KZ-92")  # now what stands there of today holds, not the day before
        code, printed, err = on(3)
        assert (code, "planned – 1, done before – 1, failed – 0" in printed, "2026" in err) == (0, True, False)
        assert days() == {"2026-09-03"}
        code, printed, err = on(4, "--on", "2026-09-03")
        assert (code, "done before – 2" in printed, "goes on" in err) == (0, True, False)
    finally:
        monkeypatch.undo()
        Options.model_rebuild(force=True)


@pytest.mark.slow
def test_a_region_that_always_fails_does_not_hold_the_day(drawn, tmp_path, monkeypatch):
    """KZ-94's outline is broken: the batch of day 1 has come to its end all the same, and day 2 is planned anew."""
    source, schools = drawn
    line = ("batch", source, "--schools", schools, "--regions", "KZ-91,KZ-94", "--out", tmp_path, "--lang", "en")
    try:
        for day, told in ((1, "done before – 0"), (2, "for today all is planned anew")):
            made = Options.model_fields["on"]
            monkeypatch.setattr(made, "default_factory", lambda day=day: dt.date(2026, 9, day))
            Options.model_rebuild(force=True)
            code, printed, err = ran(*line)
            assert (code, "planned – 1" in printed, told in printed + err) == (3, True, True)
    finally:
        monkeypatch.undo()
        Options.model_rebuild(force=True)


@pytest.mark.slow
def test_what_is_done_is_not_done_again_and_then_the_map_is_not_even_read(drawn, planned, monkeypatch):
    out = planned[0]
    before = batch_works.hashes(out)
    line = batch_works.batch(drawn, out)
    code, printed, err = ran(*line)
    assert (code, "planned – 0, done before – 2, failed – 2" in printed) == (3, True)
    assert "KZ-91 Trial 1 Region: skipped" in err
    assert "The national files were done before" in printed
    assert batch_works.hashes(out) == before
    code, printed, _ = ran(*line, "--regions", "KZ-91, KZ-92")  # the same regions, and none is missing now
    assert (code, "done before – 2, failed – 0" in printed, "index.html" in printed) == (0, True, True)
    after = batch_works.hashes(out)
    assert {name for name in before if after[name] != before[name]} == {
        "index.html", "report.xlsx", "quarterly.kk.csv", "quarterly.ru.csv", "programme/provenance.json", "batch.json",
    }  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(pool, "run", None)  # nothing can be read or planned any more
        code, printed, _ = ran(*line, "--regions", "KZ-91, KZ-92")
    assert (code, "done before – 2" in printed) == (0, True)
    (out / "index.html").write_text("changed", encoding="utf-8")
    ran(*line, "--regions", "KZ-91, KZ-92")
    assert batch_works.hashes(out) == after


def test_two_batches_in_one_folder_are_refused(drawn, tmp_path):
    source, _ = drawn
    out = tmp_path / "out"
    (out / ".batch").mkdir(parents=True)
    with (out / ".batch" / "lock").open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        code, _, err = ran("batch", source, "--out", out, "--lang", "en")
    assert code == 2
    assert "another batch is at work in this folder. Wait for its end, or choose another --out." in err


def test_a_region_too_large_for_the_memory_is_refused_and_nothing_is_left(drawn, tmp_path, monkeypatch):
    source, _ = drawn
    monkeypatch.setattr(memory, "LIBRARIES_MB", 1e9)
    code, _, err = ran("batch", source, "--out", tmp_path / "o", "--regions", "KZ-91", "--lang", "en")
    assert code == 3
    assert "KZ-91 Trial 1 Region: failed: it is taken to need 1000000000 MB of memory" in err
    assert "No region is done" in err
    assert {path.name for path in (tmp_path / "o").iterdir()} == {".batch", "batch.csv"}


def test_times_are_kept_also_where_the_national_files_fail(drawn, tmp_path, monkeypatch):
    def fails(*_):
        raise SourceError(Fault(Message("no."), Message("Go on.")))

    monkeypatch.setattr(memory, "LIBRARIES_MB", 1e9)
    monkeypatch.setattr(run, "_together", fails)
    with pytest.raises(SourceError, match=r"no\. Go on"):
        schoolnet.batch(drawn[0], tmp_path, ["KZ-91"], options=OPTIONS)
    assert set(pd.read_csv(tmp_path / "batch.csv")["region"]) == {"map"}


def test_who_asks_for_a_batch_is_told_of_each_region_and_of_all(drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "LIBRARIES_MB", 1e9)
    heard = []
    made = schoolnet.batch(drawn[0], tmp_path, ["KZ-91"], options=OPTIONS, lang="en", tell=heard.append)
    notes = [one for one in heard if isinstance(one, Note)]
    assert [one.key for one in notes][:2] == ["reading", "stage"]
    assert {told["file"] for key, told in notes if key == "stage"} == {"country.osm.pbf"}
    megabytes = drawn[0].stat().st_size / 1e6
    _, about = notes[0]
    assert (about["least"], about["most"]) == (pytest.approx(215 + 5 * megabytes), pytest.approx(215 + 29 * megabytes))
    failed = Region("KZ-91", "Trial 1 Region", "failed", faults=made.failed["KZ-91"])
    assert [one for one in heard if isinstance(one, Region)] == [failed]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--regions", "KZ-90"], "no region"),
        (["--regions", "KZ-91,ALL"], "`all` stands alone"),
        (["--memory", "lots"], "no amount of memory"),
        (["--memory", "300M", "--jobs", "1"], "320 MB at least. Give more with --memory.\n"),
        (["--memory", "300M", "--workers", "2"], "Give more with --memory, or take fewer --workers."),
        (["--jobs", "2", "--workers", "2"], "do not go together"),
        (["--set", "quota=KZ-59=1"], "Did you mean “quotas”?"),
        (["--schools", "none.csv", "--people", "none.xlsx"], "none.xlsx: there is no such file."),
        (["--norms", "none.toml"], "there is no such file"),
    ],
)
def test_what_cannot_be_is_said_at_once(drawn, tmp_path, arguments, said):
    code, _, err = ran("batch", drawn[0], "--out", tmp_path, "--lang", "en", *arguments)
    assert (code, said in err) == (2, True), err


def test_where_reading_the_map_fails_by_a_bug_its_details_are_kept_and_nothing_passing_is_left(
    drawn, tmp_path, monkeypatch
):
    monkeypatch.setattr(cutting, "cut", batch_works.obey)  # cannot make words of what it is given
    code, _, err = ran("batch", drawn[0], "--out", tmp_path, "--lang", "en")
    assert code == 2
    assert f"{tmp_path / 'errors' / 'map.txt'}: a fault of the program, not of your data: UnicodeDecodeError" in err
    assert "Traceback" not in err
    assert "Traceback" in (tmp_path / "errors" / "map.txt").read_text("utf-8")
    assert [path.name for path in (tmp_path / ".batch").iterdir()] == ["lock"]


def test_a_folder_of_layers_is_no_country(tmp_path):
    code, _, err = ran("batch", tmp_path, "--out", tmp_path / "o", "--lang", "ru")
    assert code == 2
    assert "schoolnet plan" in err


# --- what is told


@pytest.mark.parametrize("lang", words.LANGS)
def test_what_the_nation_lacks_is_said_in_a_notebook_and_on_the_terminal(lang, monkeypatch, capsys):
    """Of a batch whose files stood there: two quotas, a caveat, 1,200 rows; no caveat without words (a stranger's)."""
    from schoolnet.commands import batch_lines

    left = folders.Left(quotas=("KZ-94", "<b>"), caveats=("no_schools", "strange"), lost=1200)
    made = run.Batch(Path("maps"), (), ("KZ-91",), {}, ("index.html",), remade=False, left=left)
    said = words.load(lang)
    lines = [
        said.text("batch.quotas", keys="KZ-94, <b>"),
        said.text("caveat.no_schools"),
        said.text("batch.lost", count={"en": "1,200", "ru": "1\xa0200", "kk": "1\xa0200"}[lang]),
    ]
    monkeypatch.setattr(sys, "argv", ["schoolnet", "--lang", lang])
    batch_lines.end(made)
    assert capsys.readouterr().err.splitlines() == [f"  ! {line}" for line in lines]
    schoolnet.language(lang)
    try:
        html = made._repr_html_()
    finally:
        schoolnet.language("kk")
    assert all(f"! {escape(line)}<" in html for line in lines)


@pytest.mark.parametrize("lang", words.LANGS)
def test_a_bug_is_one_line_with_the_file_of_its_details(lang, tmp_path, monkeypatch, capsys):
    from schoolnet.commands import batch_lines

    monkeypatch.setattr(sys, "argv", ["schoolnet", "--lang", lang])
    job = asked.Job(asked.Asked(tmp_path, (), OPTIONS), "a" * 64, tmp_path)
    with batch_lines.shown() as tell:
        now = course.Course(job, tmp_path, tell)
        now.take(Region("KZ-91", "[red]Пробная", "waiting"))
        found = replies(pool.run(batch_works.obey, tasks(**{"KZ-91": "bug q"}), jobs=1))
        now.hear(pool.Event("KZ-91", reply=found["KZ-91"]))
    err = capsys.readouterr().err
    assert len(err.strip().splitlines()) == 1
    assert str(tmp_path / "errors" / "KZ-91.txt") in err
    assert "[red]Пробная" in err
    assert "Traceback" in (tmp_path / "errors" / "KZ-91.txt").read_text("utf-8")


@pytest.mark.parametrize(("lang", "line"), [("kk", "KZ-10 Абай облысы: "), ("ru", "KZ-10 область Абай: ")])
def test_a_line_calls_a_region_by_its_title_in_the_language_of_the_screen(lang, line, monkeypatch, capsys):
    from schoolnet.commands import batch_lines

    monkeypatch.setattr(sys, "argv", ["schoolnet", "--lang", lang])
    with batch_lines.shown() as tell:
        tell(Region("KZ-10", "Абайская", "skipped"))
    assert capsys.readouterr().err.startswith(line)


def test_a_failure_on_a_full_disk_ends_the_batch(tmp_path, monkeypatch):
    job = asked.Job(asked.Asked(tmp_path, (), OPTIONS), "a" * 64, tmp_path)
    now = course.Course(job, tmp_path, lambda _told: None, {"KZ-91": Region("KZ-91", "", "waiting")})
    monkeypatch.setattr(disk, "FREE_MB", 1e12)
    with pytest.raises(SchoolnetError, match=r"there is no space left on the disk\. Free some space"):
        now.hear(pool.Event("KZ-91", reply=Reply(bug="a library's own words")))


def test_every_library_asked_for_is_in_the_key_of_the_program():
    found = {name.casefold() for name in asked.libraries()}
    assert {"pyvrp", "scikit-learn", "h3", "xlsxwriter", "folium-offline", "rasterio", "pydantic"} <= found
    assert not {"dask", "pytest"} & found


def test_a_place_for_what_passes_that_leads_elsewhere_is_refused(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "kept.txt").write_text("a planner's own", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    (out / ".batch").symlink_to(mine)
    with pytest.raises(SourceError), folders.locked(out):
        pass
    assert (mine / "kept.txt").is_file()


def test_no_region_at_all_is_refused_and_not_taken_for_all(tmp_path):
    code, _, err = ran("batch", tmp_path / "no.pbf", "--regions", " , ", "--out", tmp_path / "out", "--lang", "ru")
    assert code == 2
    assert "--regions не называет ни одного региона. Укажите `all`" in err


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_fails_its_region_alone(drawn, tmp_path):
    """A planner's own file stands where the folder of KZ-92 would be."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "KZ-92").write_text("mine", encoding="utf-8")
    source, schools = drawn
    code, _, err = ran(
        "batch", source, "--regions", "KZ-91,KZ-92", "--schools", schools, "--out", out, "--on", "2026-09-01",
        "--lang", "en", "--jobs", "2",
    )  # fmt: skip
    assert code == 3
    assert "what stands there" in err
    assert (out / "KZ-92").read_text(encoding="utf-8") == "mine"
    assert (out / "KZ-91" / "map.html").is_file()
    assert (out / "index.html").is_file()
