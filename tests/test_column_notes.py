"""What the columns of the workbook hold, and that an office program opens it as it was written."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import reports
import schoolnet
from schoolnet import prospects
from schoolnet.output import (
    bus_sheets,
    column_notes,
    network_sheets,
    plan_sheets,
    report_frames,
    sheets,
    words,
    workbook,
)

CODED = workbook.CODED


@pytest.fixture(scope="module")
def books(tiny_plan):
    """Return the sheets of every workbook by language: plan, programme, comparison, report, network schools, others."""
    made = schoolnet.programme(tiny_plan)
    other = schoolnet.programme(tiny_plan, tiny_plan.options.model_copy(update={"schools": 1}))
    network, drawn = schoolnet.profiles(tiny_plan), reports.drawn()

    def sheets_of(said):
        return {
            **sheets.frames(tiny_plan, said), **plan_sheets.frames(made, said),
            **plan_sheets.compared(schoolnet.compare(made, other), said), **report_frames.frames(drawn, said),
            **network_sheets.frames(network, said),
        }  # fmt: skip

    return {lang: sheets_of(words.load(lang)) for lang in words.LANGS}


@pytest.mark.parametrize("lang", words.LANGS)
def test_every_column_of_every_sheet_has_a_note_of_its_own(books, lang):
    """A note says more than the heading; columns of one sheet never share one."""
    said = words.load(lang)
    for name, frame in books[lang].items():
        told = [column_notes.meaning(name, str(column), said) for column in frame]
        headings = [said.texts.get(f"column.{column}", column) for column in frame]
        assert [one for one, heading in zip(told, headings, strict=True) if one.casefold() == heading.casefold()] == []
        if name != "coverage_regions":  # its columns are profiles
            assert len(set(told)) == len(told), name
        assert all(len(column_notes.note(name, str(column), CODED, said)) > 10 for column in frame)


@pytest.mark.parametrize("lang", words.LANGS)
def test_every_declared_column_that_reaches_a_sheet_is_told(lang):
    """Those of sheets the tiny plan has nothing for: okrugs given, languages, backtest, routes and rides, people."""
    said = words.load(lang)
    shown = {
        "okrug_compared": ["given", "given_role", "given_min", "faults"],
        "okrugs_given": ["whose_okrugs", "pooled", "faulty", "okrug_count"],
        "languages": prospects.LANGUAGES.columns, "backtest": prospects.BACKTEST.columns,
        "fleet": ["school_district", "bus_seats", "buses", "km_day", "cost_year_mkzt"],
        "routes": [*bus_sheets._ROUTE, *bus_sheets._CALL, *bus_sheets._ONCE], "rides": bus_sheets._RIDES,
        "transport": sheets._TRANSPORT, "waters": sheets._WATERS, "schools": sheets._SCHOOLS,
        "settlements": sheets._SETTLEMENTS, "sites": plan_sheets._SITES, "programme": plan_sheets._PROGRAMME,
    }  # fmt: skip
    for name, columns in shown.items():
        assert [one for one in columns if not column_notes.meaning(name, one, said)] == []


def test_a_column_told_nowhere_is_an_error():
    with pytest.raises(KeyError, match=r"meaning\.nobody"):
        column_notes.note("sites", "nobody", CODED, words.load("en"))


def test_every_column_of_every_table_sheet_is_told_once(tiny_plan):
    frames = sheets.frames(tiny_plan, words.load("en"))
    told = column_notes.table(frames, CODED, words.load("en"))
    wanted = [
        (words.load("en").text(f"sheet.{name}"), words.load("en").texts[f"column.{column}"])
        for name, frame in frames.items() for column in frame.columns
    ]  # fmt: skip
    assert list(told[["sheet", "heading"]].itertuples(index=False, name=None)) == wanted
    assert told["heading"].str.contains("_").sum() == 0


def test_a_column_is_told_with_its_meaning_unit_and_values():
    frames = {"transport": pd.DataFrame({"road_m": [1.0], "crossing": ["ford"], "name": ["x"]})}
    rows = column_notes.table(frames, CODED, words.load("en")).to_numpy().tolist()
    assert rows[0] == [
        "Transport", "By road, m", "Both legs to the road counted; without a road, an estimate from the straight line",
        "m", "",
    ]  # fmt: skip
    assert rows[1][4].startswith("bridge, dam, tunnel, ford, ferry, ice road, not marked on the map")
    assert rows[2][3:] == ["", ""]
    note = column_notes.note("transport", "crossing", CODED, words.load("ru"))
    assert note.split("\n")[1].startswith("Возможные значения: мост, ")
    assert column_notes.note("forecast", "g7", CODED, words.load("en")) == "Pupils of grade 7.\nUnit: pupils."
    two = {column_notes.meaning(name, "pupils", words.load("kk")) for name in ("sites", "routes", "reassigned")}
    assert len(two) == 3  # one heading, three meanings


def test_every_meaning_belongs_to_a_column_and_every_unit_has_words():
    told = {key.removeprefix("meaning.") for key in words.load("en").texts if key.startswith("meaning.")}
    headed = {key.removeprefix("column.") for key in words.load("en").texts if key.startswith("column.")}
    known = {key.removeprefix("sheet.") for key in words.load("en").texts if key.startswith("sheet.")}
    strays = {one for one in told if one.split("-")[-1] not in headed | {"g", "any"}}
    assert strays == set()
    assert {one for one in told if "-" in one and one.split("-")[0] not in known} == set()
    for lang in words.LANGS:
        texts = words.load(lang).texts
        units = {column.unit for table in column_notes._TABLES for column in table.columns.values()} - {"", "rows"}
        assert {unit for unit in units if f"unit.{unit}" not in texts} == set()
        assert set(column_notes._OWN.values()) <= {key.removeprefix("unit.") for key in texts}


@pytest.mark.slow
def test_percentages_are_numbers_with_a_format(tiny_plan, tmp_path):
    """The share of schools in need: one of three, as on the sheet of districts and in the summary."""
    workbook.write(tiny_plan, tmp_path / "plan.xlsx", lang="en")
    book = CalamineWorkbook.from_path(str(tmp_path / "plan.xlsx"))
    rows = {row[0]: row[1] for row in book.get_sheet_by_name("Summary").to_python()}
    assert rows[words.load("en").text("summary.indicator_share")] == pytest.approx(1 / 3)
    cells = [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()[3:] for cell in row]
    assert [cell for cell in cells if isinstance(cell, str) and re.fullmatch(r"-?[\d.,]+\s?%", cell)] == []
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as archive:
        styles, page = (ET.fromstring(archive.read(f"xl/{one}.xml")) for one in ("styles", "worksheets/sheet1"))
    (percent,) = (one.get("numFmtId") for one in styles.iterfind(".//x:numFmt[@formatCode='0.00%']", space))
    formats = [one.get("numFmtId") for one in styles.findall("x:cellXfs/x:xf", space)]
    shown = [float(one.findtext("x:v", "", space)) for one in page.iterfind(".//x:c", space)
             if formats[int(one.get("s", "0"))] == percent]  # fmt: skip
    assert shown == [pytest.approx(1 / 3)]


@pytest.mark.slow
def test_headings_carry_notes_and_stay_frozen_and_filtered(tiny_plan, tmp_path):
    workbook.write(tiny_plan, tmp_path / "plan.xlsx", lang="en")
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as archive:
        names = archive.namelist()
        notes = [archive.read(name).decode() for name in names if name.startswith("xl/comments")]
        pages = [archive.read(name).decode() for name in names if name.startswith("xl/worksheets/sheet")]
    assert any("Farther than 3 km, or behind a natural barrier" in text for text in notes)
    assert len(notes) == len(pages)  # every sheet has notes
    assert all('state="frozen"' in page for page in pages)
    assert sum("<autoFilter" in page for page in pages) >= len(pages) - 1  # the ledger may be empty
    book = CalamineWorkbook.from_path(str(tmp_path / "plan.xlsx"))
    assert book.sheet_names[-1] == "Columns"


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_libreoffice_opens_the_workbook_as_it_was_written(tiny_plan, tmp_path, lang):
    """Every sheet is there with its cells; nothing is repaired, no cell is a fault or a formula."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    workbook.write(tiny_plan, tmp_path / "plan.xlsx", lang=lang)
    home = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [office, home, "--headless", "--convert-to", "ods", "--outdir", tmp_path, tmp_path / "plan.xlsx"],
        capture_output=True, check=True, timeout=180,
    )  # fmt: skip
    ours, theirs = (CalamineWorkbook.from_path(str(tmp_path / f"plan.{end}")) for end in ("xlsx", "ods"))
    assert ours.sheet_names == theirs.sheet_names
    for name in ours.sheet_names:
        one, two = (book.get_sheet_by_name(name).to_python(skip_empty_area=False) for book in (ours, theirs))
        assert [_plain(row) for row in one] == [_plain(row) for row in two], name
    with zipfile.ZipFile(tmp_path / "plan.ods") as archive:
        content = archive.read("content.xml").decode()
    assert "table:formula" not in content
    assert not re.search(r"#(REF|NAME|VALUE|DIV/0)", content)
    assert "office:annotation" in content  # the notes came along


def _plain(row):
    """Return the cells of a row without those empty at its end, numbers as they are shown to ten digits."""
    cells = [float(f"{cell:.10g}") if isinstance(cell, (int, float)) else str(cell).strip() for cell in row]
    while cells and cells[-1] == "":
        cells.pop()
    return cells
