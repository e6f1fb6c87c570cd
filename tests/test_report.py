"""The national report: tables added up on paper, the page, the workbook, the quarterly form, the command."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import gc
import html
import importlib.metadata
import json
import math
import re
import sys
import weakref

import pandas as pd
import pytest
import shapely
from python_calamine import CalamineWorkbook

import reports
import schoolnet
from schoolnet import cli
from schoolnet import regions as _regions
from schoolnet.law.norms import Norms
from schoolnet.output import report, report_frames, report_page, report_region, sheets, words
from schoolnet.region import Input
from schoolnet.sources import unclaimed
from test_scenario_cli import two  # noqa: F401 - a fixture

LOST = ["row", "id", "name", "region", "column", "what", "why"]
KK, RU, EN = (words.load(lang).texts for lang in words.LANGS)


@pytest.fixture(scope="module")
def drawn():
    return reports.drawn(linked=("KZ-01", "KZ-03"))


@pytest.fixture(scope="module")
def data(drawn):
    page = report_page.page(drawn, lang="ru")
    return json.loads(re.search(r'id="schoolnet-data">(.*?)</script>', page, re.DOTALL)[1])


# --- one region


def test_what_is_said_of_the_tiny_region_is_what_its_plan_says(tiny_plan):
    """Three state day schools: SQ in the town is in emergency condition, of three shifts, and 100 pupils too full."""
    found = report_region.reported(tiny_plan)
    assert found.counts == {
        "schools": 3, "state_day_schools": 3, "emergency": 1, "three_shift": 1, "bad": 1, "eased_schools": 0,
        "eased_pupils": 0, "shortage_official": 100, "shortage_comfort": 400, "owed_build": 2, "owed_upgrade": 1,
        "entitled_pupils": tiny_plan.summary["pupils_entitled_dry"],
    }  # fmt: skip
    assert found.territories.astype(int).to_numpy().tolist() == [[1, 1, 1, 1, 100, 1, 0], [2, 0, 0, 0, 0, 0, 0]]
    assert found.districts[["state_day_schools", "bad", "indicator_share"]].to_numpy().tolist() == [
        [2, 0, 0.0], [1, 1, 1.0],
    ]  # fmt: skip
    assert found.districts["names"].tolist() == [{"name": "East"}, {"name": "West"}]


def test_a_register_that_does_not_tell_is_not_called_good(tiny_plan):
    schools = tiny_plan.region.schools.assign(condition=pd.Series(pd.NA, tiny_plan.region.schools.index, dtype="str"))
    region = dataclasses.replace(tiny_plan.region, schools=schools)
    summary = tiny_plan.summary | {"indicator_share": None, "emergency": None}
    found = report_region.reported(dataclasses.replace(tiny_plan, region=region, summary=summary))
    assert (found.counts["bad"], found.counts["emergency"]) == (None, None)
    assert found.districts.empty
    assert found.territories["bad"].isna().all()
    assert found.territories["state_day_schools"].tolist() == [1, 2]


def test_the_targets_are_the_acts_year_by_year_and_over_after_2025():
    told = report_region.targets(Norms.on(dt.date(2026, 10, 15)))
    assert told.years == [(2020, 0.025), (2021, 0.019), (2022, 0.013), (2023, 0.007), (2024, 0.004), (2025, 0.001)]
    assert (told.until, told.historical, told.day) == (2025, True, 10)
    assert "No 726" in told.cited["en"]["target"]
    assert "№ 726" in told.cited["kk"]["monitoring"]
    assert "№ 336" in told.cited["ru"]["day"]
    assert not report_region.targets(Norms.on(dt.date(2024, 10, 15))).historical
    before = report_region.targets(Norms.on(dt.date(2021, 9, 1)))
    assert (before.years, before.until, before.cited["en"]["target"]) == ([], None, "")


# --- tables


def test_the_regions_add_up_and_the_last_row_is_all_of_them(drawn):
    """North 2 of 4, then 0 of 5; South 1 of 10; all: 3 of 16, then 1 of 17."""
    rows = report_frames.regions(drawn).set_index("region")
    assert rows.index.tolist() == ["KZ-01", "KZ-02", "KZ-03", "*"]
    assert rows["indicator_share"].tolist() == [2 / 4, 1 / 10, 0.0, 3 / 16]
    assert rows["share_after"].tolist() == [0.0, 1 / 10, 0.0, 1 / 17]
    assert rows[["sites", "seats", "cost_mkzt"]].astype(float).to_numpy().tolist() == [
        [2, 360, 2990.0], [0, 0, 0.0], [0, 0, 0.0], [2, 360, 2990.0],
    ]  # fmt: skip
    assert rows.loc["*", ["schools", "state_day_schools", "bad", "shortage_comfort"]].tolist() == [19, 16, 3, 1200]


def test_a_figure_nobody_knows_of_a_region_is_not_a_zero(drawn):
    silent = dataclasses.replace(drawn.regions[1], counts=drawn.regions[1].counts | {"bad": None})
    rows = report_frames.regions(dataclasses.replace(drawn, regions=[drawn.regions[0], silent, drawn.regions[2]]))
    assert rows["bad"].isna().tolist() == [False, True, False, False]
    assert rows["bad"].iloc[-1] == 2


def test_the_worst_come_first_and_the_good_are_left_out(drawn):
    assert report_frames.worst_regions(drawn)["region"].tolist() == ["KZ-01", "KZ-02"]
    assert report_frames.worst_districts(drawn)["district_id"].tolist() == ["KZ-02-d"]  # the other has four schools


def test_of_many_districts_ten_are_listed_by_share_then_number_then_name(drawn):
    rows = pd.DataFrame(
        {"state_day_schools": 10, "emergency": 1, "three_shift": 0, "bad": [1, 2, *[1] * 10],
         "indicator_share": [0.1, 0.1, *[0.05] * 10], "names": [{}] * 12},
        index=[f"d{at:02}" for at in range(12)],
    )  # fmt: skip
    found = dataclasses.replace(drawn, regions=[dataclasses.replace(drawn.regions[0], districts=rows)])
    listed = report_frames.worst_districts(found)["district_id"].tolist()
    assert listed == ["d01", "d00", *(f"d{at:02}" for at in range(2, 10))]


@pytest.mark.parametrize(
    ("day", "named", "due"),
    [
        (dt.date(2026, 10, 15), "IV 2026", dt.date(2027, 1, 10)),
        (dt.date(2026, 3, 31), "I 2026", dt.date(2026, 4, 10)),
        (dt.date(2026, 4, 1), "II 2026", dt.date(2026, 7, 10)),
        (dt.date(2026, 9, 30), "III 2026", dt.date(2026, 10, 10)),
    ],
)
def test_the_quarter_is_due_in_the_month_after_it(day, named, due):
    assert report_frames.quarter(day) == named
    assert report_frames.due_day(day, 10) == due
    assert report_frames.due_day(day, None) is None


def test_the_quarterly_form_adds_up_town_and_village_and_all_regions(drawn):
    rows = report_frames.quarterly(drawn)
    assert rows[["region", "territory"]].to_numpy().tolist() == [
        [region, territory] for region in ("KZ-01", "KZ-02", "KZ-03", "*") for territory in ("urban", "rural", "all")
    ]
    counts = ["state_day_schools", "emergency", "three_shift", "bad", "shortage_official", "in_place", "for_third"]
    north = rows[rows["region"] == "KZ-01"][counts].astype(int).to_numpy().tolist()
    assert north == [[1, 0, 0, 0, 0, 0, 1], [3, 1, 1, 2, 90, 1, 0], [4, 1, 1, 2, 90, 1, 1]]
    assert rows[counts].iloc[-1].astype(int).tolist() == [16, 2, 2, 3, 90, 1, 1]
    assert rows["indicator_share"].iloc[-1] == 3 / 16
    assert rows["due"].unique().tolist() == ["10.01.2027"]
    assert rows[["under_way", "opened_quarter"]].isna().all(axis=None)  # to be filled in: the plan does not know


# --- the page


def test_the_page_asks_for_nothing_and_names_are_text_only(drawn):
    page = report_page.page(drawn)
    assert "default-src 'none'" in html.unescape(page)
    assert not re.search(r'(?:src|href)="', page.split("<style>")[0])
    assert re.findall(r"https?://[^\"]*", page) == ["http://www.w3.org/2000/svg"]  # a name, not an address
    assert reports.NASTY not in page
    assert "<img" not in page
    assert page == report_page.page(drawn)


def test_the_page_holds_what_the_tables_hold_and_only_words_it_needs(drawn, data):
    rows = {row["region"]: row for row in data["regions"]}
    assert rows["KZ-02"]["names"]["en"] == reports.NASTY
    assert {code: row.get("linked") for code, row in rows.items()} == {
        "KZ-01": True, "KZ-02": False, "KZ-03": True, "*": None,
    }  # fmt: skip
    rounded = round(1 / 17, 4)  # two decimals of a percentage
    assert data["indicator"]["*"] == [[None, 3, 16, 3 / 16], [2027, 2, 16, 2 / 16], [2028, 1, 17, rounded]]
    assert data["lang"] == "ru"
    assert [*data["words"]["kk"]] == [*data["words"]["ru"]] == [*data["words"]["en"]]
    columns = {column for names in data["columns"].values() for column in names}
    assert {f"column.{column}" for column in columns} <= {*data["words"]["kk"]}
    assert len(data["words"]["kk"]) < 200
    assert [row["year"] for row in data["years"]] == drawn.outcome.years["year"].tolist()


def test_rows_of_no_region_are_said_on_the_page_and_listed_in_the_workbook(drawn):
    """One row no region took: a sentence and a sheet; no school was taken twice: neither."""
    lost = pd.DataFrame([("9", "X", None, "KZ-02", "lon", "0, 0", "=1+1")], columns=LOST)
    report = dataclasses.replace(drawn, held=unclaimed.Held(lost, pd.DataFrame(columns=["id", "region", "row"])))
    page = report_page.page(report, lang="ru")
    assert "не взял ни один регион: 1. В эти показатели они не вошли" in page
    assert "взяли несколько" not in page
    frames = report_frames.frames(report, words.load("ru"))
    assert frames["lost_rows"].iloc[0].tolist()[:4] == ["9", "X", None, "Южная область"]
    assert "taken_twice" not in frames
    assert "lost_rows" not in report_frames.frames(drawn, words.load("ru"))
    assert frames["caveats"]["text"].str.contains("не взял ни один регион: 1").sum() == 1


def test_every_word_the_script_asks_for_is_in_the_page(data):
    script = (report_page.resources.files("schoolnet.output") / "report.js").read_text("utf-8")
    asked = set(re.findall(r'\bt\("([a-z_.]+)"', script))
    asked |= {f"report.season_{one}" for one in ("dry", "flood")}
    asked |= {f"report.rests_{one}" for one in ("target", "monitoring", "day")}
    assert asked <= {*data["words"]["ru"]}
    asked |= {f"report.{key}" for key in re.findall(r'"report\.([a-z_]+)"', script)}
    left = {key for key in data["words"]["ru"] if key.startswith("report.")} - {"report.title", "report.all"}
    assert left <= asked  # none is left over


def _outlines(data):
    out = {}
    for one in data["map"]["shapes"]:
        rings = [
            [tuple(map(float, pair.split())) for pair in ring.strip("MZ").split("L")]
            for ring in one["d"].split("Z")[:-1]
        ]
        out[one["id"]] = shapely.Polygon(rings[0], rings[1:])
    return out


def test_the_map_keeps_areas_and_neighbours_and_a_city_is_a_spot(data):
    """Equal in area: a belt 4 degrees high at 46-50 N is to that at 50-54 N as sin 50 - sin 46 to sin 54 - sin 50."""
    found = _outlines(data)
    assert found["KZ-02"].area / found["KZ-01"].area == pytest.approx(0.046705 / 0.042973, rel=0.01)
    assert found["KZ-01"].intersection(found["KZ-02"]).area < 0.001 * found["KZ-01"].area
    assert found["KZ-01"].distance(found["KZ-02"]) < 1
    assert found["KZ-01"].centroid.y < found["KZ-02"].centroid.y  # north is up
    assert {one["id"]: one["small"] for one in data["map"]["shapes"]} == {
        "KZ-01": False, "KZ-02": False, "KZ-03": True,
    }  # fmt: skip
    assert max(data["map"]["size"]) == 1000


# --- files


@pytest.mark.parametrize("lang", words.LANGS)
def test_the_workbook_and_the_form_are_in_their_languages(drawn, tmp_path, lang):
    report.write(drawn, tmp_path, lang=lang)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(report.FILES)
    said = words.load(lang)
    book = CalamineWorkbook.from_path(str(tmp_path / "report.xlsx"))
    sheets = ("caveats", "report_regions", "worst_regions", "worst_districts", "indicator", "years", "targets",
              "quarterly", "inputs", "options")  # fmt: skip
    assert book.sheet_names == [said.text(f"sheet.{name}") for name in sheets]
    assert all(len(name) <= 31 for name in book.sheet_names)
    rows = book.get_sheet_by_name(said.text("sheet.report_regions")).to_python()
    assert rows[3][0] == reports.NAMES["KZ-01"][lang]
    assert rows[6][0] == report_frames.whole(drawn, said)
    assert 3 / 16 in rows[6]  # a number, shown as a percentage
    titles = [cell for sheet in book.sheet_names for cell in book.get_sheet_by_name(sheet).to_python()[2]]
    assert [one for one in titles if re.fullmatch(r"[a-z_]+", str(one)) and f"column.{one}" in EN] == []
    for one in report.FORMS:
        with (tmp_path / f"quarterly.{one}.csv").open(encoding="utf-8-sig", newline="") as stream:
            form = [*csv.reader(stream)]
        assert form[0][0] == words.load(one).text("column.region")
        assert form[-1][:2] == [report_frames.whole(drawn, words.load(one)), words.load(one).text("territory.all")]
        assert len(form) == 1 + 12


def test_no_cell_of_the_form_starts_a_formula(drawn, tmp_path):
    first = dataclasses.replace(drawn.regions[0])
    names = drawn.outcome.names.copy()
    names.loc["KZ-01", "name_kk"] = "=HYPERLINK(1)"
    bad = dataclasses.replace(drawn, outcome=dataclasses.replace(drawn.outcome, names=names), regions=[first])
    report.write(bad, tmp_path)
    text = (tmp_path / "quarterly.kk.csv").read_text(encoding="utf-8-sig")
    assert "\n'=HYPERLINK(1)" in text
    assert "\n=HYPERLINK" not in text


# --- the command


def _run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["schoolnet", "report", *map(str, arguments), "--on", "2026-09-01"])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.slow
def test_the_command_writes_a_page_over_all_and_a_folder_of_each(two, tmp_path, monkeypatch, capsys):  # noqa: F811
    assert _run(monkeypatch, two, "--all", "--out", tmp_path, "--lang", "ru") == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["KZ-98", "KZ-99", *report.FILES])
    for code in ("KZ-98", "KZ-99"):
        files = {path.name for path in (tmp_path / code).iterdir()}
        assert files == {"map.html", "plan.xlsx", "plan.gpkg", "provenance.json"}
    assert "Восточная" in capsys.readouterr().out
    assert '"linked":true' in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_without_maps_the_page_stands_alone_and_leads_nowhere(two, tmp_path, monkeypatch):  # noqa: F811
    out = ("--out", tmp_path, "--maps", "no", "--lang", "ru")
    assert _run(monkeypatch, two, "--region", "KZ-98", *out) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(report.FILES)
    assert '"linked":true' not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_planners_fault_is_one_message(tmp_path, monkeypatch, capsys):
    assert _run(monkeypatch, "none.pbf", "--region", "KZ-59", "--all", "--out", tmp_path, "--lang", "en") == 2
    assert "--region and --all are both given" in capsys.readouterr().err


# --- from Python


@pytest.mark.slow
def test_plans_of_an_iterator_are_reported_one_at_a_time(two, tmp_path):  # noqa: F811
    """When a region is asked for, nobody holds the plan of the one before it any more."""
    alive = []

    def plans():
        for region in _regions.each(two):
            gc.collect()
            assert [one() for one in alive if one() is not None] == []
            made = schoolnet.plan(region)
            alive.append(weakref.ref(made))
            yield made
            del made

    found = schoolnet.report(plans(), tmp_path, lang="ru", maps=False)
    assert len(alive) == 2
    assert [one.code for one in found.regions] == ["KZ-98", "KZ-99"]
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(report.FILES)
    assert found.linked == frozenset()


@pytest.mark.slow
def test_a_code_that_is_no_name_of_a_folder_stays_inside(two, tmp_path):  # noqa: F811
    region = dataclasses.replace(next(_regions.each(two)), code="../../evil")
    schoolnet.report(schoolnet.plan(region), tmp_path / "out")
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
    (inside,) = (one for one in (tmp_path / "out").iterdir() if one.is_dir())
    assert re.fullmatch("______evil-[0-9a-f]{8}", inside.name)
    assert (inside / "map.html").is_file()
    assert f'"folder":"{inside.name}"' in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_the_page_and_the_first_sheet_bear_the_stamp_of_the_inputs(data, tiny_plan):
    """The file, eight digits of its checksum, the day of the norms and the version."""
    version = importlib.metadata.version("schoolnet")
    assert data["stamp"]["en"] == f"Inputs: kz.osm.pbf (abababab); norms of 15.10.2026; schoolnet {version}"
    region = dataclasses.replace(tiny_plan.region, inputs=(Input("map", "a.pbf", 1, "0123456789"),))
    rows = sheets.frames(dataclasses.replace(tiny_plan, region=region), words.load("ru"))["summary"]["text"]
    assert rows.iloc[-1].startswith("Исходные данные: a.pbf (01234567); нормы на ")


# --- maps of regions that lie oddly


def _drawn_map(*outlines):
    """Return the map of the report whose first regions have these outlines (the others are left out)."""
    whole = reports.drawn()
    some = [dataclasses.replace(one, outline=shape) for one, shape in zip(whole.regions, outlines, strict=False)]
    page = report_page.page(dataclasses.replace(whole, regions=some), lang="ru")
    return json.loads(re.search(r'id="schoolnet-data">(.*?)</script>', page, re.DOTALL)[1])["map"]


@pytest.mark.slow
@pytest.mark.parametrize("north", [2.0, 1.7, 89.9])
def test_a_map_halved_by_the_equator_keeps_its_areas(north):
    """Two boxes as wide as each other, from the equator north and south: equal areas on any map of equal areas."""
    found = _drawn_map(shapely.box(60, 0, 62, north), shapely.box(60, -2.0 if north < 5 else -north, 62, 0))
    top, bottom = (
        shapely.Polygon([tuple(map(float, pair.split())) for pair in one["d"].strip("MZ").split("L")])
        for one in found["shapes"]
    )
    whole = {2.0: 1.0, 1.7: math.sin(math.radians(1.7)) / math.sin(math.radians(2.0)), 89.9: 1.0}[north]
    assert top.area / bottom.area == pytest.approx(whole, rel=0.01)
    assert 0 < min(found["size"]) <= max(found["size"]) == 1000


@pytest.mark.parametrize("south", [-90, -89.5, -1, 0, 60, 85])
def test_a_region_on_both_sides_of_180_degrees_is_drawn_in_one_piece(south):
    """4 degrees of longitude, half of them west of 180 degrees: one sheet of so many, not two spots on an empty one."""
    halves = [shapely.box(178, south, 180, south + 5), shapely.box(-180, south, -178, south + 5)]
    found = _drawn_map(shapely.MultiPolygon(halves))
    here = _drawn_map(
        shapely.MultiPolygon([shapely.box(58, south, 60, south + 5), shapely.box(60, south, 62, south + 5)])
    )
    assert found["size"] == here["size"]
    assert found["drawn"]


def test_the_whole_earth_is_a_map_too():
    found = _drawn_map(shapely.box(-180, -90, 180, 90))
    assert found["drawn"]
    assert min(found["size"]) > 300
