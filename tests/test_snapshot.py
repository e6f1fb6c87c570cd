"""Snapshots: frozen as they were read, found out when a byte was changed, never written over, hostile names and all."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
import stat
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import command
import schoolnet
from conftest import deep, shared
from schoolnet import messages
from schoolnet.commands import arguments
from schoolnet.errors import OptionError, SourceError
from schoolnet.messages import Message
from schoolnet.output import record, words
from schoolnet.output import snapshot as writing
from schoolnet.region import LAYERS
from schoolnet.sources import snapshot as reading
from test_monitoring import EARLIER, LATER, register
from test_scenario_cli import two  # noqa: F401 - a fixture

DAY = dt.date(2026, 10, 5)
OPTIONS = schoolnet.Options(on=DAY)


@pytest.fixture(scope="module")
def read(tiny, tmp_path_factory):
    """Return the tiny region as it is read from layers and a register of which one row is rejected, and that sheet."""
    folder = tmp_path_factory.mktemp("read")
    sheet = register(folder / "тізілім 2026.csv", LATER)
    return schoolnet.read(tiny.save(folder / "map"), schools=sheet, options=OPTIONS), sheet


@pytest.fixture(scope="module")
def kept(read, tmp_path_factory):
    region, sheet = read
    return schoolnet.snapshot(
        region, DAY, tmp_path_factory.mktemp("kept"), files=[sheet], options=OPTIONS, told_by="Akimat",
        frozen_on=dt.date(2026, 10, 9),
    )  # fmt: skip


@pytest.fixture
def copy(kept, tmp_path):
    return Path(shutil.copytree(kept, tmp_path / kept.name))


# --- what is frozen


def test_a_plan_of_the_snapshot_is_the_plan_of_the_inputs(read, kept):
    region, _ = read
    again = schoolnet.read(kept, options=OPTIONS)
    one, other = (schoolnet.plan(each, OPTIONS) for each in (region, again))
    assert json.dumps(record.record(one)) == json.dumps(record.record(other))
    for name in ("access", "transport", "findings", "school_findings", "verdicts"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert again.ledger == region.ledger
    assert again.ledger.frame(words.load("ru").message).equals(region.ledger.frame(words.load("ru").message))
    for name in LAYERS:
        assert getattr(region, name).geometry.geom_equals_exact(getattr(again, name).geometry, 0).all(), name


def test_the_manifest_says_what_was_frozen_when_and_of_whom(read, kept):
    _, sheet = read
    about = reading.verified(kept).about
    assert (about["date"], about["frozen_on"], about["norms"]["on"]) == ("2026-10-05", "2026-10-09", "2026-10-05")
    assert (about["source"], about["region"]["code"]) == ("Akimat", "XX-00")
    assert about["counts"]["schools"] == 5
    assert about["counts"]["rejected"] == 1
    (own,) = [one for one in about["inputs"] if one["role"] == "schools"]
    assert (own["name"], own["kept"]) == (sheet.name, f"inputs/01-{sheet.name}")
    assert (kept / own["kept"]).read_bytes() == sheet.read_bytes()
    assert kept.parts[-2:] == ("XX-00", "2026-10-05")


def test_the_same_inputs_are_frozen_in_the_same_bytes(read, kept, tmp_path):
    region, sheet = read
    told = {"files": [sheet], "options": OPTIONS, "told_by": "Akimat", "frozen_on": dt.date(2026, 10, 9)}
    again = schoolnet.snapshot(region, "2026-10-05", tmp_path, **told)
    files = {path.relative_to(kept).as_posix(): path.read_bytes() for path in sorted(kept.rglob("*")) if path.is_file()}
    assert files == {
        path.relative_to(again).as_posix(): path.read_bytes() for path in again.rglob("*") if path.is_file()
    }


def test_files_are_read_only(kept):
    modes = {stat.S_IMODE(path.stat().st_mode) for path in kept.rglob("*") if path.is_file()}
    assert modes == {0o444}


@pytest.mark.slow
def test_the_commands_take_a_snapshot_as_they_take_a_folder(kept, tmp_path):
    told = command.run("explain", kept, "--settlement", "B", "--on", DAY, "--out", tmp_path / "x.html", "--lang", "en")
    assert "Bulak" in told.stdout
    checked = command.run("check", kept, "--on", DAY, "--lang", "en")
    assert checked.returncode == 0, checked.stderr


# --- what was changed is found


def test_a_changed_byte_of_any_file_is_found_and_the_file_named(copy):
    files = sorted(path for path in copy.rglob("*") if path.is_file())
    assert len(files) > 8
    for path in files:
        data = path.read_bytes()
        at = len(data) // 2
        path.chmod(0o644)
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(SourceError) as caught:
            schoolnet.read(copy)
        assert [fault.file for fault in caught.value.faults] == [f"2026-10-05/{path.relative_to(copy).as_posix()}"]
        path.write_bytes(data)
    assert reading.verified(copy).code == "XX-00"


def test_every_byte_of_the_manifest_counts(copy):
    path = copy / reading.MANIFEST
    data = path.read_bytes()
    path.chmod(0o644)
    for at in range(0, len(data), max(len(data) // 150, 1)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(SourceError):
            reading.opened(copy)
    path.write_bytes(data + b"\n")
    with pytest.raises(SourceError, match="bytes were changed"):
        reading.opened(copy)


def test_a_missing_file_and_one_put_there_are_found_together(copy, tmp_path):
    (copy / "ledger.json").unlink()
    (copy / "layers" / "extra.geojson").write_text("{}", encoding="utf-8")
    outside = tmp_path / "roads.geojson"
    shutil.move(copy / "layers" / "roads.geojson", outside)
    (copy / "layers" / "roads.geojson").symlink_to(outside)  # the same bytes, but not kept here
    with pytest.raises(SourceError) as caught:
        schoolnet.read(copy)
    assert [(fault.file.partition("/")[2], str(fault.problem)[:24]) for fault in caught.value.faults] == [
        ("layers/roads.geojson", "the file is not as it wa"),
        ("ledger.json", "the file is missing."),
        ("layers/extra.geojson", "the file is not of the s"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"../../etc/passwd": {"sha256": "0"}}}, {"files": {"/etc/passwd": {"sha256": "0"}}}, {"files": []},
        {"date": "soon"}, {"region": {}}, {"inputs": [{"role": "schools"}]}, {"files": {"ledger.json": 7}},
        {"inputs": [{"role": "a", "name": "b", "bytes": 1, "sha256": "", "kept": "../x"}]},
    ],
)  # fmt: skip
def test_a_manifest_forged_and_sealed_anew_is_no_manifest(copy, change):
    path = copy / reading.MANIFEST
    path.chmod(0o644)
    path.write_bytes(reading.rendered(json.loads(path.read_bytes()) | change))
    with pytest.raises(SourceError, match="not the manifest"):
        reading.verified(copy)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b"null", b'{"entries": 1, "read": []}',
             b'{"read": [], "entries": [[{"template": "{x}"}]]}',
             b'{"entries": [[1, 2]], "read": []}', b"[" * 100_000],
)  # fmt: skip
def test_a_ledger_forged_and_sealed_anew_is_a_fault_not_a_traceback(copy, data):
    (copy / "ledger.json").chmod(0o644)
    (copy / "ledger.json").write_bytes(data)
    with pytest.raises(SourceError, match="not the ledger"):
        reading.ledger(reading.opened(copy))


# --- never written over, whole or not at all


def test_a_snapshot_is_never_written_over(read, kept):
    region, sheet = read
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    with pytest.raises(SourceError, match="never written over"):
        schoolnet.snapshot(region, DAY, kept.parents[1], files=[sheet])
    assert {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()} == before
    assert [path.name for path in kept.parent.iterdir()] == ["2026-10-05"]


def test_of_two_runs_at_once_the_first_stays(read, tmp_path, monkeypatch):
    region, _ = read
    real = writing._ledger

    def slow(one, path):
        place = tmp_path / "XX-00" / "2026-10-05"
        place.mkdir(parents=True)
        (place / "first").write_text("1", encoding="utf-8")
        real(one, path)

    monkeypatch.setattr(writing, "_ledger", slow)
    with pytest.raises(SourceError, match="never written over"):
        schoolnet.snapshot(region, DAY, tmp_path)
    assert [path.name for path in (tmp_path / "XX-00").rglob("*")] == ["2026-10-05", "first"]


def test_what_breaks_off_leaves_nothing_behind(read, tmp_path, monkeypatch):
    region, _ = read

    def full(_one, _path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "_ledger", full)
    with pytest.raises(SourceError, match="cannot be written"):
        schoolnet.snapshot(region, DAY, tmp_path)
    assert list((tmp_path / "XX-00").iterdir()) == []


def test_a_file_the_region_was_not_read_from_is_refused(read, tmp_path):
    region, _ = read
    other = register(tmp_path / "other.csv", EARLIER)
    with pytest.raises(SourceError, match="not the file the region was read from"):
        schoolnet.snapshot(region, DAY, tmp_path / "out", files=[other])
    assert list((tmp_path / "out").rglob("*.json")) == []


# --- hostile names


@pytest.mark.parametrize(
    "code", ["../../x", "/etc", "a/b", "..", "C:\\x", "x" * 400, "Қостанай облысы", "a\nb", ".part", "CON"]
)
def test_a_region_by_any_name_is_frozen_inside_the_folder(tiny, tmp_path, code):
    place = schoolnet.snapshot(dataclasses.replace(tiny, code=code), DAY, tmp_path / "out")
    assert place.resolve().parents[1] == (tmp_path / "out").resolve()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert place.parent.name == record.folder_name(code)
    assert reading.opened(place).code == code


def test_two_regions_whose_names_become_alike_have_folders_of_their_own():
    codes = ["a/b", "a\\b", "a b", "a_b", "..", "", "...", "KZ-59"]
    assert len({record.folder_name(code) for code in codes}) == len(codes)
    assert record.folder_name("KZ-59") == "KZ-59"


@pytest.mark.parametrize(
    "name",
    [
        '{"a": 1}',
        "[1, 2]",
        "2026-10-05",
        "null",
        "=1+1",
        "\u202eabc",
        "a\nb",
        "<b>x</b>",
        "0012",
        "1e5",
        "true",
        "\ud800",
    ],
)
def test_a_school_by_any_name_is_kept_as_it_is_or_refused(tiny, tmp_path, name):
    schools = tiny.schools.assign(name=name, name_kk=name)
    region = dataclasses.replace(tiny, schools=schools)
    try:
        place = schoolnet.snapshot(region, DAY, tmp_path)
    except (SourceError, UnicodeError):
        assert not list(tmp_path.rglob("manifest.json"))
        return
    assert set(schoolnet.read(place).schools["name"]) == {name}


@deep(100)
@given(st.recursive(
    st.builds(lambda text: Message("{a} is “{b}”.", a=3, b=text), st.text()) | st.text(),
    lambda inner: st.builds(lambda a, b: Message("{a}: {b}", a=a, b=b), inner, inner), max_leaves=4,
))  # fmt: skip
def test_a_sentence_kept_is_the_same_sentence_in_every_language(text):
    again = messages.unpacked(json.loads(json.dumps(messages.packed(text))))
    assert again == text
    assert type(again) is type(text)
    assert [words.load(lang).message(again) for lang in words.LANGS] == [
        words.load(lang).message(text) for lang in words.LANGS
    ]


# --- days


def test_without_a_day_the_first_of_the_last_october_is_taken_and_said_to_be_an_assumption(read, tmp_path):
    region, _ = read
    assert schoolnet.snapshot(region, None, tmp_path, options=OPTIONS).name == "2026-10-01"
    from schoolnet import snapshots

    assert snapshots.snapshot_day(dt.date(2026, 9, 30)) == dt.date(2025, 10, 1)
    assert snapshots.snapshot_day(dt.date(2026, 10, 1)) == dt.date(2026, 10, 1)
    with pytest.raises(OptionError, match="in which month"):
        snapshots.snapshot_day(dt.date(2024, 1, 1))


@pytest.mark.slow
def test_a_day_after_that_of_freezing_is_refused_and_one_before_all_norms_is_kept_with_a_word(tiny, tmp_path):
    """Norms of transport are known from 2021 on: data of 2019 are kept, and cannot be planned under their own day."""
    with pytest.raises(OptionError, match=r"cannot speak of 10\.10\.2026: that is after 09\.10\.2026"):
        schoolnet.snapshot(tiny, "2026-10-10", tmp_path / "out", frozen_on=dt.date(2026, 10, 9))
    assert not (tmp_path / "out").exists()
    assert schoolnet.snapshot(tiny, "2026-10-09", tmp_path / "out", frozen_on=dt.date(2026, 10, 9)).is_dir()
    source, out = tiny.save(tmp_path / "map"), ("--out", tmp_path / "out")
    ahead = command.run("snapshot", source, "--date", "2099-10-01", *out, "--lang", "ru")
    assert (ahead.returncode, "данные не могут быть на 01.10.2099" in ahead.stderr) == (2, True)
    old = command.run("snapshot", source, "--date", "2019-10-01", *out, "--lang", "en")
    assert (old.returncode, "No norms of 01.10.2019 are known: the snapshot can be kept" in old.stdout) == (0, True)
    place = tmp_path / "out" / "XX-00" / "2019-10-01"
    with pytest.raises(OptionError, match=r"not in force on 01\.10\.2019"):
        schoolnet.plan(schoolnet.read(place))
    assert schoolnet.plan(schoolnet.read(place), schoolnet.Options(on=DAY)).norms.day == DAY


@pytest.mark.slow
def test_a_plan_of_a_snapshot_is_of_its_day_unless_one_is_named(kept, tmp_path):
    assert schoolnet.read(kept).day == DAY
    plan = schoolnet.plan(schoolnet.read(kept))
    assert (plan.norms.day, plan.options.on) == (DAY, DAY)
    other = dt.date(2026, 9, 1)
    assert schoolnet.plan(schoolnet.read(kept), schoolnet.Options(on=other)).norms.day == other
    done = command.run("plan", kept, "--out", tmp_path / "plan", "--lang", "ru")
    assert (done.returncode, "Нормы на 05.10.2026" in done.stdout) == (0, True), done.stderr
    assert schoolnet.check([kept]).norms.day == DAY


#: Commands that plan what they read, each with what it needs.
PLANNING = {
    "plan": [], "explain": ["--settlement", "B"], "siting": [], "programme": [], "okrugs": [], "buses": [],
    "brief": [], "open-data": [], "profiles": [], "report": ["--maps", "no"],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANNING)
def test_every_command_judges_a_snapshot_by_the_norms_of_its_day_unless_another_is_named(name, read, tmp_path):
    """What is printed and written bears the day: it is that of `--on` with the snapshot's day, and not of another.

    Open data name the quarter only, so the snapshot is of another year than any day this is run on.
    """
    kept, made = schoolnet.snapshot(read[0], "2025-10-01", tmp_path / "kept"), {}
    for said in ("", "2025-10-01", "2026-09-01"):
        folder = tmp_path / (said or "none")
        folder.mkdir()
        out = "out.html" if name == "explain" else "out"
        day = ["--on", said] if said else []
        done = command.run(name, kept, *PLANNING[name], "--out", out, *day, cwd=folder)
        assert done.returncode == 0, done.stderr
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        made[said] = (done.stdout, files)
    assert made[""] == made["2025-10-01"]
    assert made[""] != made["2026-09-01"]


def test_the_options_of_a_command_are_of_the_day_of_its_snapshot_unless_they_name_one(kept, tmp_path):
    assert arguments.chosen(None, None, None, source=kept).on == DAY
    assert arguments.chosen(None, ["on=2026-09-01"], None, source=kept).on == dt.date(2026, 9, 1)
    assert "on" not in arguments.chosen(None, None, None, source=tmp_path).model_fields_set


@pytest.mark.slow
def test_a_scenario_drawn_on_a_snapshot_is_of_its_day_too(kept, tmp_path, monkeypatch):
    (tmp_path / "more.toml").write_text("schools = 2\n", encoding="utf-8")
    read, days = schoolnet.plan, []
    monkeypatch.setattr(schoolnet, "plan", lambda *what, **more: days.append(read(*what, **more)) or days[-1])
    for on, day in (([], DAY), (["--on", "2026-09-01"], dt.date(2026, 9, 1))):
        days.clear()
        told = tmp_path / "more.toml"
        done = command.run("compare", told, told, "--source", kept, *on)
        assert done.returncode == 0, done.stderr
        assert [plan.norms.day for plan in days] == [day, day]


@pytest.mark.slow
def test_own_norms_of_the_day_of_a_snapshot_need_not_hold_today(kept, tmp_path):
    """A norm repealed on 6 October does not hold today; on 5 October it does, and that is the snapshot's day."""
    own = tmp_path / "own.toml"
    own.write_text(
        '[[norm]]\nkey = "transport.distance_m"\nfrom = 2021-07-13\nstanding = "default"\nvalue = 2500\n'
        '[[norm]]\nkey = "transport.distance_m"\nfrom = 2026-10-06\nstanding = "default"\n', encoding="utf-8",
    )  # fmt: skip
    done = command.run("open-data", kept, "--norms", own, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_in_python_network_schools_and_programmes_are_of_the_day_of_the_snapshot(kept):
    region, other = schoolnet.read(kept), dt.date(2026, 9, 1)
    assert schoolnet.profiles(region).norms.day == DAY
    assert schoolnet.profiles(iter([region]), schoolnet.Options(network_quota=2)).about["XX-00"]["norms_on"] == f"{DAY}"
    assert schoolnet.profiles(region, schoolnet.Options(on=other)).norms.day == other
    made = schoolnet.plan(region)
    assert schoolnet.programme(made, schoolnet.Options(schools=2)).options.on == DAY
    assert schoolnet.programme(made, schoolnet.Options(on=other)).options.on == other


@pytest.mark.slow
def test_a_snapshot_frozen_again_is_of_the_day_of_its_data(kept, tmp_path):
    """Data of 5 October are not those of another day because they are frozen again; no day is assumed for them."""
    region = schoolnet.read(kept)
    assert schoolnet.snapshot(region, None, tmp_path / "a").name == f"{DAY}"
    assert schoolnet.snapshot(region, DAY, tmp_path / "b").name == f"{DAY}"
    for day in ("2026-11-01", "2026-10-04"):
        with pytest.raises(OptionError, match=r"the data are of 05\.10\.2026, as their snapshot says, not of"):
            schoolnet.snapshot(region, day, tmp_path / "c")
    assert not (tmp_path / "c").exists()
    done = command.run("snapshot", kept, "--out", tmp_path / "d", "--lang", "en")
    assert (done.returncode, "is taken" in done.stdout) == (0, False), done.stderr
    assert reading.opened(tmp_path / "d" / "XX-00" / f"{DAY}").day == DAY
    other = command.run("snapshot", kept, "--date", "2026-10-01", "--out", tmp_path / "e", "--lang", "ru")
    assert (other.returncode, "данные не на 01.10.2026: по их снимку они на 05.10.2026" in other.stderr) == (2, True)


@pytest.mark.slow
def test_the_command_says_what_the_day_rests_on_and_reports_one_that_is_there(tiny, tmp_path):
    source = tiny.save(tmp_path / "map")
    once = command.run("snapshot", source, "--set", "on=2026-11-02", "--out", tmp_path / "out", "--lang", "en")
    assert once.returncode == 0, once.stderr
    assert "01.10.2026 is taken. The norm names the month, not the day; the first is an assumption" in once.stdout
    seal = reading.opened(tmp_path / "out" / "XX-00" / "2026-10-01").about["seal"]
    assert seal in once.stdout
    twice = command.run("snapshot", source, "--date", "2026-10-01", "--out", tmp_path / "out", "--lang", "ru")
    assert (twice.returncode, "снимок этого дня уже есть" in twice.stderr) == (2, True)


def test_folders_of_snapshots_are_looked_through_by_day(kept, read, tmp_path):
    region, _ = read
    folder = tmp_path / "snapshots"
    for day in ("2025-10-01", "2026-10-01"):
        schoolnet.snapshot(region, day, folder)
    with pytest.raises(OptionError, match="several snapshots of XX-00: 2025-10-01, 2026-10-01"):
        reading.found(folder)
    assert [f"{one.day}" for one in reading.found(folder, dt.date(2025, 10, 1))] == ["2025-10-01"]
    with pytest.raises(OptionError, match="Days there are: 2025-10-01, 2026-10-01"):
        reading.found(folder, dt.date(2024, 10, 1))
    assert reading.found(kept)[0].folder == kept
    assert (reading.holds(folder), reading.holds(tmp_path / "nothing")) == (True, False)


@pytest.mark.slow
def test_regions_of_an_extract_are_frozen_in_turn(two, tmp_path):  # noqa: F811
    """KZ-98 is there already: that is said, and KZ-99 is frozen all the same."""
    out = ("--date", DAY, "--out", tmp_path / "out", "--lang", "en")
    assert command.run("snapshot", two, "--region", "KZ-98", *out).returncode == 0
    both = command.run("snapshot", two, "--all", *out)
    assert both.returncode == 2
    assert "KZ-98/2026-10-05: there is a snapshot of this day already" in both.stderr
    assert [one.code for one in reading.found(tmp_path / "out")] == ["KZ-98", "KZ-99"]


@pytest.mark.slow
def test_regions_frozen_are_compared_together(two, tmp_path):  # noqa: F811
    """The map's schools tell no condition: nobody knows how many are in emergency condition."""
    assert command.run("snapshot", two, "--all", "--date", DAY, "--out", tmp_path / "out").returncode == 0
    found = schoolnet.monitor(tmp_path / "out", tmp_path / "out")
    assert found.changes.empty
    assert set(found.figures["region"]) == {"*", "KZ-98", "KZ-99"}
    rows = found.figures.set_index(["region", "district_id", "figure"])["then_b"]
    assert rows["*", "*", "schools"] == rows["KZ-98", "*", "schools"] + rows["KZ-99", "*", "schools"]
    assert pd.isna(rows["*", "*", "emergency"])
    assert len(list(found.save(tmp_path / "told").iterdir())) == 12


@pytest.mark.slow
def test_a_real_oblast_with_its_raster_is_planned_from_the_snapshot_to_the_byte(tmp_path):
    """North Kazakhstan: people by a raster, schools by a register; every file of the two plans is the same."""
    pbf, raster = shared("kz/north-kazakhstan-modelled.osm.pbf"), shared("kz/north-kazakhstan-population-modelled.tif")
    sheet = shared("kz/north-kazakhstan-schools-modelled.csv")
    region = schoolnet.read(pbf, schools=sheet, people=[raster], options=OPTIONS)
    place = schoolnet.snapshot(region, DAY, tmp_path / "out", files=[sheet, raster], options=OPTIONS)
    assert [path.name for path in (place / "inputs").iterdir()] == [f"01-{sheet.name}"]  # the raster's hash alone
    for one, source in (("inputs", region), ("snapshot", schoolnet.read(place, options=OPTIONS))):
        schoolnet.plan(source, OPTIONS).save(tmp_path / one)
    files = sorted(path.name for path in (tmp_path / "inputs").iterdir())
    assert [
        name
        for name in files
        if (tmp_path / "inputs" / name).read_bytes() != (tmp_path / "snapshot" / name).read_bytes()
    ] == []
