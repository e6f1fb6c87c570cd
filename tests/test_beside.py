"""What is said beside a verdict, a programme and a report, so that no figure claims more than it holds."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import zipfile

import pandas as pd
import pytest
import shapely

import reports
from schoolnet.output import (
    brief_text,
    costing,
    layers,
    map_backdrop,
    plan_sheets,
    reasons,
    report_frames,
    report_page,
    sheets,
    words,
    workbook,
)
from schoolnet.planning import relieved
from schoolnet.region import Input


@pytest.mark.slow
@pytest.mark.parametrize(("home", "bands", "pupils"), [("B", "10-11", 7), ("D", "5-9, 10-11", 13)])
def test_who_rides_on_after_the_school_is_said(tiny_plan, home, bands, pupils):
    """Bulak (15 + 19 + 7) is raised to grade 9: its 7 of grades 10-11 ride on. Dala's 20 get grades 1-4: 13 of them."""
    facts = reasons.facts(tiny_plan)[home]
    assert (facts["bands_after"], facts["pupils_after"]) == (bands, pupils)
    row = next(one for one in layers.settlements(tiny_plan).itertuples() if one.Index == home)
    assert "note_bus_after" in reasons.notes(row, reasons.ways(tiny_plan)[home])
    told = tiny_plan.explain(home, lang="en").text
    shown = bands.replace("-", "–")
    assert f"After that transport stays for grades {shown}: pupils – {pupils}." in told
    assert f"Grades {shown} need transport either way (pupils – {pupils})" in told


def test_nobody_rides_on_where_every_band_is_taught_or_the_bus_is_the_verdict(tiny_plan):
    """Qala's new building teaches all bands; Eski is no school's, and boards."""
    facts = reasons.facts(tiny_plan)
    assert [home for home in facts if "bands_after" in facts[home]] == ["B", "D"]


# --- a report of some regions is not the nation's


@pytest.fixture(scope="module")
def report():
    return reports.drawn()


def test_a_report_of_some_regions_says_which_in_its_title_its_sums_and_its_workbook(report):
    said = words.load("en")
    called = "Main City"
    assert report_frames.missing(report)
    assert called in report_frames.title(report, said)
    assert said.text("report.title") not in report_page.page(report, lang="en").split("<style>")[0]
    tables = report_frames.frames(report, said)
    assert called in tables["caveats"]["text"].iloc[0]
    assert tables["report_regions"]["region"].iloc[-1] == "All of these regions (3)"


def test_only_with_every_region_of_the_country_is_it_national(report):
    """Twenty regions have a code; with nineteen of them it is a report of nineteen."""
    every = [dataclasses.replace(report.regions[0], code=code) for code in sorted(report_frames._country())]
    said = words.load("ru")
    assert len(every) == 20
    whole = dataclasses.replace(report, regions=every)
    assert report_frames.scope(whole, said) == ""
    assert report_frames.title(whole, said) == "Сеть школ: национальный отчёт"
    assert report_frames.scope(dataclasses.replace(report, regions=every[1:]), said) == "регионов – 19 из 20"


def test_new_schools_are_not_counted_with_sites_that_replace(report):
    """N1 is replaced, N2 gets a new school."""
    assert report_frames.kinds(report) == {"new": 1, "replaced": 1, "extended": 0, "raised": 0}


def test_a_quarter_that_is_not_over_is_as_of_its_day(report):
    """The day is 15.10.2026; the fourth quarter ends on 31.12."""
    said = words.load("ru")
    assert set(report_frames.quarterly_form(report, said)["quarter"]) == {"IV 2026 (по состоянию на 15.10.2026)"}
    assert report_frames.quarter_told(dt.date(2026, 12, 31), said) == "IV 2026"
    assert report_frames.quarter_told(dt.date(2026, 3, 30), said) == "I 2026 (по состоянию на 30.03.2026)"


def test_cities_far_apart_are_no_map(report):
    assert report_page._map(report.regions)["drawn"]
    far = [dataclasses.replace(report.regions[0], outline=shapely.box(x, 50, x + 0.05, 50.05)) for x in (60, 80)]
    assert not report_page._map(far)["drawn"]


def test_third_shifts_that_end_in_free_seats_are_counted_by_school_and_pupil():
    """S sends 40 and 5, T 10; a site for S and free seats for a school short of seats are other things."""
    rows = [("S", "three_shift", "free_seats", 40), ("S", "three_shift", "site", 50),
            ("T", "three_shift", "free_seats", 10), ("S", "three_shift", "free_seats", 5),
            ("F", "seats", "free_seats", 7)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["school_id", "need", "how", "pupils"])
    assert relieved.eased(table) == {"eased_schools": 2, "eased_pupils": 55}


@pytest.mark.parametrize(
    ("lang", "names"), [(lang, [reports.NAMES[code][lang] for code in sorted(reports.NAMES)]) for lang in ("kk", "ru")]
)
def test_a_search_names_its_region_and_a_school_its_region_and_settlement(report, lang, names):
    """Three searches of three regions; N1 and N2 stand in the one village of the North."""
    said = words.load(lang)
    found = plan_sheets.frames(report.outcome, said)
    assert found["proofs"]["region"].tolist() == names
    ends = found["relieved"]
    assert ends[["region", "settlement_id", "school_id"]].to_numpy().tolist() == [
        [names[0], "KZ-01-h", "N1"], [names[0], "KZ-01-h", "N2"],
    ]  # fmt: skip
    heads = [str(one) for one in workbook.headed(ends, said)]
    assert heads[:3] == [said.text(f"column.{name}") for name in ("region", "settlement_id", "school_id")]


# --- what a programme leaves out


def test_a_programme_without_money_or_with_free_seats_says_so(tiny_plan):
    said, none = words.load("ru"), tiny_plan.relieved.iloc[:0]
    assert "no_budget" in costing.caveats(tiny_plan)
    assert "Бюджет не задан" in " ".join(sheets.frames(tiny_plan, said)["summary"]["text"])
    paid = tiny_plan.options.model_copy(update={"budget_mkzt": (100.0,)})
    assert plan_sheets.programme_caveats(paid, none, tiny_plan.sites) == []
    assert plan_sheets.programme_caveats(tiny_plan.options, none, tiny_plan.sites.iloc[:0]) == []
    moved = pd.DataFrame({"how": ["site", "free_seats"]})
    assert plan_sheets.programme_caveats(paid, moved, tiny_plan.sites) == ["free_seats"]


def test_a_plan_of_a_day_after_the_national_project_says_that_it_has_ended(tiny_plan):
    """The targets are of 2021-2025."""
    assert tiny_plan.norms.day.year > 2025
    assert "project_over" in costing.caveats(tiny_plan)
    assert "project_over" not in costing.money_caveats(tiny_plan)


# --- the workbook


def test_each_figure_of_the_summary_is_whole_or_not_by_itself(tmp_path):
    """One fraction in the column (0.25) makes no fraction of 603; a title wider than its columns is laid over them."""
    frame = pd.DataFrame({"text": ["a", "b", "c"], "value": [603, 0.25, 535472.0]}, dtype=object)
    title = "long " * 20
    book = tmp_path / "x.xlsx"
    workbook.bound({"summary": frame}, book, words.load("en"), title=title, day=dt.date(2026, 9, 1))
    assert _formats(book, "B4", "B5", "B6") == ["#,##0", "#,##0.0##", "#,##0"]
    with zipfile.ZipFile(book) as parts:
        assert b'<mergeCell ref="A1:B1"/>' in parts.read("xl/worksheets/sheet1.xml")


def _formats(book, *cells):
    """Return how numbers of cells of the first sheet are shown (ECMA-376: a style, and its number format)."""
    with zipfile.ZipFile(book) as parts:
        styles, sheet = (parts.read(f"xl/{one}.xml").decode() for one in ("styles", "worksheets/sheet1"))
    own = {"3": "#,##0"} | dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', styles))
    kinds = re.findall(r'<xf numFmtId="(\d+)"', styles.split("<cellXfs")[1])
    found = dict(re.findall(r'<c r="([A-Z]+\d+)" s="(\d+)"', sheet))
    return [own[kinds[int(found[cell])]] for cell in cells]


# --- names and roles in words


def test_districts_are_called_with_the_word_of_their_kind_everywhere(tiny_plan):
    """Айыртауский is a district; so says the brief, the sheet of districts, the programme and the map."""
    named = tiny_plan.region.districts.assign(name_ru=["Айыртауский", "Аккайынский"])
    plan = dataclasses.replace(tiny_plan, region=dataclasses.replace(tiny_plan.region, districts=named))
    said = words.load("ru")
    tables = sheets.frames(plan, said)
    for table in ("settlements", "districts", "sites", "transport"):
        there = {one for one in tables[table]["district_id"] if "ский" in one or "йынский" in one}
        assert there <= {"Айыртауский район", "Аккайынский район"}
        assert "Айыртауский район" in there
    assert brief_text.known(plan, said).names["east"] == "Айыртауский район"
    shown = map_backdrop.backdrop(plan.region, cited=set())["districts"]
    assert shown[0]["names"]["ru"] == "Айыртауский район"


def test_what_a_file_was_read_for_is_a_word():
    files = [Input(role, "a", 1, "0") for role in ("map", "schools", "own")]
    assert sheets.inputs(files, words.load("ru"))["role"].tolist() == ["Карта", "Школы", "own"]
