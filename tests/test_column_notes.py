"""What the columns of the workbook hold, and that an office program opens it as it was written."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from schoolnet.output import column_notes, sheets, words, workbook

CODED = workbook._CODED


def test_every_column_of_every_table_sheet_is_told_once(tiny_plan):
    frames = sheets.frames(tiny_plan, words.load("en"))
    told = column_notes.table(frames, CODED, words.load("en"))
    wanted = [
        (words.load("en").text(f"sheet.{name}"), words.load("en").texts[f"column.{column}"])
        for name, frame in frames.items() if name not in column_notes._PLAIN for column in frame.columns
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
    assert rows[2] == ["Transport", "Name", "", "", ""]
    note = column_notes.note("crossing", CODED, words.load("ru"))
    assert note.startswith("Возможные значения: мост, ")
    assert column_notes.note("name", CODED, words.load("kk")) == ""


def test_every_meaning_belongs_to_a_column_and_every_unit_has_words():
    declared = {name for table in column_notes._TABLES for name in table.columns}
    given = {*declared, "verdict_mkzt"}  # the workbook's own name of `verdicts.cost_mkzt`
    for lang in words.LANGS:
        texts = words.load(lang).texts
        assert {key.removeprefix("meaning.") for key in texts if key.startswith("meaning.")} <= given
        units = {column.unit for table in column_notes._TABLES for column in table.columns.values()} - {"", "rows"}
        assert {unit for unit in units if f"unit.{unit}" not in texts} == set()


def test_headings_carry_notes_and_stay_frozen_and_filtered(tiny_plan, tmp_path):
    workbook.write(tiny_plan, tmp_path / "plan.xlsx", lang="en")
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as archive:
        names = archive.namelist()
        notes = [archive.read(name).decode() for name in names if name.startswith("xl/comments")]
        pages = [archive.read(name).decode() for name in names if name.startswith("xl/worksheets/sheet")]
    assert any("Farther than 3 km, or behind a natural barrier" in text for text in notes)
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
