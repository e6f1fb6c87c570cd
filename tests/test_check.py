"""`schoolnet check`: what became of every row, people beside official totals, freshness, a corrected copy."""

from __future__ import annotations

import csv
import dataclasses
import io
import re

import pandas as pd
import pytest
from rich.console import Console

import chain
import schoolnet
from schoolnet import cli, people
from schoolnet.commands import console
from schoolnet.errors import SourceError
from schoolnet.options import Options
from schoolnet.output import checkup, words

NOVEMBER = Options(on="2026-11-20")  # a Friday
REGISTER = """
school_id;name;level;kato;seats;updated_at;changed_at
S1;Arka school;secondary;990301001;100;2026-11-10;2026-11-02
S2;[red]x[/red];basic;990301002;50;2025-09-01;
S3;=1+1;basic;990301003;many;;2026-11-02
S4;lost;basic;;50;;
"""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Return the files of chain.py and a register: S1 updated a day late, S2 before October, S4 nowhere."""
    folder = tmp_path_factory.mktemp("inputs")
    layers, files = chain.files(folder)
    register = folder / "register.csv"
    register.write_text(REGISTER.lstrip(), encoding="utf-8")
    return [layers, register, *files]


@pytest.fixture(scope="module")
def found(inputs):
    return schoolnet.check(inputs, options=NOVEMBER)


def shown(found, lang):
    wide = Console(width=260, file=io.StringIO())
    for part in checkup.parts(found, lang):
        wide.print(part, markup=False)
    return wide.file.getvalue()


def command(monkeypatch, capsys, *arguments):
    """Run the command in this process; returns its exit code, output and errors."""
    monkeypatch.setattr("sys.argv", ["schoolnet", "check", *map(str, arguments)])
    try:
        cli.main()
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    said = capsys.readouterr()
    return code, said.out, said.err


def faults(*paths, **how):
    with pytest.raises(SourceError) as error:
        schoolnet.check(paths, options=NOVEMBER, **how)
    return [(fault.file, str(fault.problem)) for fault in error.value.faults]


# --- with a map


def test_every_row_of_every_file_is_accounted_for(found, inputs):
    counts = found.ledger.counts().set_index("file")
    assert (counts["read"] == counts["used"] + counts["corrected"] + counts["rejected"]).all()
    rows = {path.name: len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in inputs[1:-1]}
    assert counts.loc[list(rows), "read"].to_dict() == rows
    assert counts.loc["register.csv", ["used", "corrected", "rejected"]].tolist() == [0, 3, 1]
    rejected = found.ledger.frame().query("outcome == 'rejected'")
    assert rejected[["file", "row"]].to_numpy().tolist() == [["register.csv", "5"]]


def test_districts_stand_beside_their_official_totals(found):
    rows = found.reconciled[found.reconciled["territory"] == "all"].set_index("district_id")
    assert rows["source"].to_dict() == {"": 55, "east": 724, "north": 0, "west": 3000, "*": 3779}
    assert rows["official"].dropna().to_dict() == {"east": 569, "north": 50, "west": 3500, "*": 4119}
    assert rows["placed"].to_dict() == {"": 55, "east": 569, "north": 0, "west": 3500, "*": 4124}


def test_stale_and_late_records_are_told(found):
    # Monday 2 November to Tuesday 10: six working days, one too many; S3 not updated since: fourteen, to the 20th
    assert found.allowed_days == 5
    assert found.late.set_index("school_id")["late"].to_dict() == {"S1": 1, "S3": 9}
    fresh = found.freshness.set_index("table")
    assert fresh.loc["schools", ["rows", "dated", "before_snapshot", "late"]].tolist() == [3, 2, 1, 2]
    assert fresh.loc["schools", "newest"] == "2026-11-10"
    assert fresh.loc["births", ["last_year", "years_old"]].tolist() == [2025, 0]
    assert fresh.loc["series", ["rows", "dated", "last_year"]].tolist() == [25, 22, 2026]  # 3 are of years to come


def test_figures_of_an_earlier_year_are_old(inputs):
    found = schoolnet.check(inputs, options=Options(on="2028-11-20"))
    fresh = found.freshness.set_index("table")["years_old"]
    assert fresh[["ages", "births", "series"]].tolist() == [2, 2, 0]  # births to 2027 can be known; pupils of 2028 are


@pytest.mark.parametrize("lang", words.LANGS)
def test_a_check_is_said_in_each_language_with_districts_and_totals(found, lang):
    text = shown(found, lang)
    said = words.load(lang)
    names = {"kk": ("Шығыс", "Батыс", "Солтүстік"), "ru": ("Восток", "Запад", "Север"), "en": ("East", "West", "North")}
    for name in (*names[lang], said.text("check.total"), said.text("no_district")):
        assert name in text
    plain = re.sub(r"[\s\u00a0\u202f,]", "", text)
    for number in ("724", "569", "3000", "3500", "4119", "4124", "4060", "5130"):
        assert number in plain
    for title in ("check.files", "check.fresh", "check.districts", "check.worst"):
        assert said.text(title) in text
    assert said.text("check.late_schools", days="5") in text
    assert not re.search(r"\{[a-z_]+\}", text)
    left = {"rejected", "corrected", "note", "headcounts", "official", "births", "series", "ages", "years_old"}
    unsaid = left & set(re.findall(r"[a-z_]+", re.sub(r"\S+\.(csv|geojson)", "", text)))
    assert lang == "en" or not unsaid


def test_the_raster_farthest_from_the_official_total_comes_first(found):
    # East 945 / 569 = 1.66, North 70 / 50 = 1.4, West 4060 / 3500 = 1.16
    text = shown(found, "en")
    worst = text[text.index(words.load("en").text("check.worst")) :]
    order = [worst.index(name) for name in ("East", "North", "West")]
    assert order == sorted(order)


def test_names_are_text_and_never_markup(found):
    text = shown(found, "ru")
    assert "=1+1" in text  # late, so named
    layers = found.region.schools
    assert layers.loc["S2", "name"] == "[red]x[/red]"
    late = found.late.assign(name=["[red]x[/red]", "[link=http://evil]y[/link]"])
    hostile = shown(dataclasses.replace(found, late=late), "kk")
    assert "[red]x[/red]" in hostile
    assert "[link=http://evil]y[/link]" in hostile


@pytest.mark.slow
def test_a_corrected_copy_is_read_again_as_the_same_tables(found, inputs, tmp_path):
    folder = found.save(tmp_path / "copy")
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "rejected.csv",
        "schools.csv",
        *(f"{kind}.csv" for kind in ("headcounts", "official", "ages", "births", "series")),
    }
    again = schoolnet.check(
        [inputs[0], inputs[-1], *(folder / name for name in names - {"rejected.csv"})], options=NOVEMBER
    )
    for name in people.TABLES:
        one, other = (pd.DataFrame(getattr(one.region.people, name)) for one in (found, again))
        if name in ("ages", "births", "series"):
            keys = [column for column in one if column not in ("people", "births", "pupils")]
            one, other = (table.sort_values(keys).reset_index(drop=True) for table in (one, other))
        if name in ("headcounts", "official"):
            one, other = one.sort_index(), other.sort_index()
        pd.testing.assert_frame_equal(one, other)
    columns = ["name", "level", "seats", "settlement_id", "updated_at", "changed_at"]
    pd.testing.assert_frame_equal(found.region.schools[columns], again.region.schools[columns])
    assert not (again.ledger.frame()["outcome"] == "rejected").any()


def test_a_corrected_copy_holds_no_formula_and_the_rejected_rows(found, tmp_path):
    folder = found.save(tmp_path / "copy", say=words.load("ru").message)
    for path in folder.iterdir():
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))], path.name
    with (folder / "rejected.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["file"], row["row"]) for row in rows] == [("register.csv", "5")]
    assert re.search("[а-я]{4}", rows[0]["why"])


@pytest.mark.slow
def test_a_corrected_copy_makes_the_same_plan(found, inputs, tmp_path):
    folder = found.save(tmp_path / "copy")
    files = [folder / f"{kind}.csv" for kind in ("headcounts", "official", "ages", "births", "series")]
    first = schoolnet.plan(found.region, NOVEMBER)
    read = schoolnet.read(inputs[0], schools=folder / "schools.csv", people=[*files, inputs[-1]], options=NOVEMBER)
    second = schoolnet.plan(read, NOVEMBER)
    for name in ("headcount", "reconciled", "demand", "outlook", "sites", "town_cells"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


# --- without a map


def test_without_a_map_rows_are_counted_but_not_compared(inputs):
    found = schoolnet.check(inputs[1:-1], options=NOVEMBER)
    assert found.region is None
    assert found.reconciled is None
    counts = found.ledger.counts().set_index("file")["read"]
    assert counts.to_dict() == {
        "homes.csv": 5, "official.csv": 3, "ages.csv": 19, "births.csv": 8, "series.csv": 25, "register.csv": 4,
    }  # fmt: skip
    assert found.late["school_id"].tolist() == ["S1", "S3"]
    assert words.load("kk").text("check.no_map") in shown(found, "kk")
    with pytest.raises(SourceError, match="without a map there is no corrected copy"):
        found.save("anywhere")


def test_a_raster_alone_is_looked_at_and_said_not_to_be_added_up(inputs, tmp_path):
    found = schoolnet.check([inputs[-1]], options=NOVEMBER)
    entries = found.ledger.frame()
    assert entries["file"].tolist() == ["xxx_ppp_2020.tif"]
    assert "without a map there are no districts" in entries["why"].iloc[0]
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"II*\0nothing")
    assert [file for file, _ in faults(broken)] == ["broken.tif"]
    missing_crs = chain.tif(tmp_path / "nowhere.tif", crs=None)
    assert [file for file, _ in faults(missing_crs)] == ["nowhere.tif"]


# --- faults


def test_two_registers_or_two_maps_are_refused_by_name(inputs, tmp_path):
    second = tmp_path / "second.csv"
    second.write_text(REGISTER.lstrip(), encoding="utf-8")
    other = tmp_path / "other.osm.pbf"
    assert faults(*inputs, second, other) == [
        (f"{inputs[0].name}, other.osm.pbf", "there are several files of this kind."),
        ("register.csv, second.csv", "there are several files of this kind."),
    ]


def test_all_faults_of_all_files_are_said_at_once(inputs, tmp_path):
    strange, register, short = (tmp_path / name for name in ("strange.csv", "schools.csv", "short.csv"))
    strange.write_text("foo;bar\n1;2\n", encoding="utf-8")
    assert len(faults(strange, tmp_path / "none.csv", tmp_path / "none.xlsx")) == 3
    register.write_text("id;name;level\n1;Arka;basic\n", encoding="utf-8")
    short.write_text("Численность, тыс. человек\nРайон;Население\nВосточный район;0.8\n", encoding="utf-8")
    for more in ([], [inputs[0]]):
        assert [file for file, _ in faults(register, short, *more)] == ["short.csv", "schools.csv", "schools.csv"]


@pytest.mark.slow
def test_the_command_checks_and_writes_the_copy(monkeypatch, capsys, inputs, tmp_path):
    out = tmp_path / "copy"
    code, said, _ = command(monkeypatch, capsys, *inputs, "--on", "2026-11-20", "--lang", "ru", "--out", out)
    assert code == 0
    assert "Восток" in said
    assert "=1+1" in said
    assert str(out) in said
    assert (out / "headcounts.csv").exists()


def test_the_command_ends_with_2_and_every_fault(monkeypatch, capsys, tmp_path):
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("foo;bar\n1;2\n", encoding="utf-8")
    code, said, errors = command(monkeypatch, capsys, tmp_path / "one.csv", tmp_path / "two.csv", "--lang", "kk")
    assert code == 2
    assert said == ""
    assert [line.split(":")[0] for line in errors.splitlines() if line] == ["schoolnet", "schoolnet"]
    assert "one.csv" in errors
    assert "two.csv" in errors
    assert console.language() == "kk"
    assert re.search("[қңөұүһі]", errors)


def test_a_file_with_a_hostile_name_or_header_is_shown_as_it_is(monkeypatch, capsys, tmp_path):
    path = tmp_path / "[bold]x.csv"
    path.write_text("[red]a[/red];=1+1\n1;2\n", encoding="utf-8")
    code, _, errors = command(monkeypatch, capsys, path, "--lang", "en")
    assert code == 2
    assert "[bold]x.csv" in errors
    assert "[red]a[/red], =1+1" in errors
