"""Sheets as planners save them: every encoding and separator gives the same cells, and what is broken says so."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolnet.errors import SourceError
from schoolnet.sources import limits, sheet

RUSSIAN = "код,название\n1,Школа № 5\n"
KAZAKH = "код,атауы\n1,Әуезов атындағы №2 мектеп, Ұлытау\n"


def written(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def faults(path):
    with pytest.raises(SourceError) as caught:
        sheet.sheets(path)
    return caught.value.faults


def fault(path):
    (one,) = faults(path)
    return one


def workbook(path, *sheets):
    """Write sheets of (name, {(row, column): value}) with rows and columns from 0."""
    with xlsxwriter.Workbook(path) as book:
        day, moment = (book.add_format({"num_format": form}) for form in ("dd.mm.yyyy", "dd.mm.yyyy hh:mm"))
        for name, cells in sheets:
            page = book.add_worksheet(name)
            for (row, column), value in cells.items():
                if isinstance(value, dt.date):
                    page.write_datetime(row, column, value, moment if isinstance(value, dt.datetime) else day)
                else:
                    page.write(row, column, value)
    return path


# --- text files ---


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("cp1251", "read as Windows-1251"),
        ("utf-16", "read as UTF-16"),
    ],
)
def test_russian_reads_the_same_in_every_encoding(tmp_path, encoding, note):
    read = sheet.read(written(tmp_path / "r.csv", RUSSIAN.encode(encoding)))
    assert read.rows == [(1, ["код", "название"]), (2, ["1", "Школа № 5"])]
    assert read.note == note


@pytest.mark.parametrize(("encoding", "note"), [("utf-8", ""), ("kz1048", "read as KZ-1048 (Kazakh Windows)")])
def test_kazakh_letters_survive_their_own_code_page(tmp_path, encoding, note):
    read = sheet.read(written(tmp_path / "r.csv", KAZAKH.encode(encoding)))
    assert read.rows[1] == (2, ["1", "Әуезов атындағы №2 мектеп", "Ұлытау"])
    assert read.note == note


def test_a_few_broken_letters_do_not_turn_utf8_into_another_encoding(tmp_path):
    data = "код,название\n1,Школа\n2,Лицей\n".encode()
    read = sheet.read(written(tmp_path / "r.csv", data.replace("Л".encode(), b"\xd0")))
    assert read.rows == [(1, ["код", "название"]), (2, ["1", "Школа"]), (3, ["2", "\ufffdицей"])]
    assert read.note == "read as UTF-8, in which 1 letters are broken, the first on row 3"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found(tmp_path, separator):
    text = "id,name,lon\n1,Орта мектеп,69.1\n".replace(",", separator)
    assert sheet.read(written(tmp_path / "r.csv", text)).rows[1] == (2, ["1", "Орта мектеп", "69.1"])


def test_decimal_commas_and_a_title_with_commas_do_not_hide_the_semicolons(tmp_path):
    text = "Список школ, область, 2026, осень\nid;name;lon;lat\n1;Школа;69,15;54,86\n2;Лицей, гимназия;69,2;54,9\n"
    rows = sheet.read(written(tmp_path / "r.csv", text)).rows
    assert rows[1:] == [
        (2, ["id", "name", "lon", "lat"]),
        (3, ["1", "Школа", "69,15", "54,86"]),
        (4, ["2", "Лицей, гимназия", "69,2", "54,9"]),
    ]


def test_rows_keep_the_line_they_begin_on_past_blank_lines_and_quoted_line_ends(tmp_path):
    text = 'id,name\r\n\r\n1,"Школа\r\nимени Абая"\r\n,\r\n2,Лицей\r\n'
    rows = sheet.read(written(tmp_path / "r.csv", text)).rows
    assert rows == [(1, ["id", "name"]), (3, ["1", "Школа имени Абая"]), (6, ["2", "Лицей"])]


def test_rows_longer_and_shorter_than_the_header_are_handed_on_whole(tmp_path):
    rows = sheet.read(written(tmp_path / "r.csv", "a,b,c\n1,2,3,4\n5\n")).rows
    assert rows == [(1, ["a", "b", "c"]), (2, ["1", "2", "3", "4"]), (3, ["5"])]


def test_control_and_invisible_characters_are_taken_out_of_cells(tmp_path):
    text = "id,name\n1,\x1b[31mRed\x07\u202egnikcah\u200b\u00a0 end\n"
    assert sheet.read(written(tmp_path / "r.csv", text)).rows[1] == (2, ["1", "[31mRedgnikcah end"])


def test_a_quote_mark_that_is_not_closed_is_refused_with_its_row_not_swallowed(tmp_path):
    text = 'id,name,level,kato\n1,Абай,primary,1\n2,"Школа,basic,2\n3,Лицей,basic,3\n4,Мектеп,basic,4\n'
    one = fault(written(tmp_path / "r.csv", text))
    assert (one.file, one.row) == ("r.csv", "3")
    assert "quote mark" in one.problem
    assert "Close it" in one.remedy


def test_two_quote_marks_on_different_rows_are_refused_with_the_first_row(tmp_path):
    text = 'id,name,level,kato\n1,"Школа,basic,1\n2,Лицей,basic,2\n3,"Мектеп,basic,3\n4,Абай,basic,4\n5,Алма,basic,5\n'
    assert faults(written(tmp_path / "r.csv", text))[0].row == "2"


def test_quote_marks_left_open_on_every_row_do_not_swallow_every_other_row(tmp_path):
    # the second mark closes the first: a cell `Школа,basic,1⏎2,` that ends row 2 and begins row 3
    text = 'id,name,level,kato\n1,"Школа,basic,1\n2,"Лицей,basic,2\n3,Мектеп,basic,3\n4,Абай,basic,4\n'
    assert faults(written(tmp_path / "r.csv", text))[0].row == "2"


def test_an_address_of_two_lines_is_no_open_quote(tmp_path):
    text = 'id,name,level,kato\n1,"Школа\nул. Абая, 5",basic,7\n'
    assert sheet.read(written(tmp_path / "r.csv", text)).rows[1] == (2, ["1", "Школа ул. Абая, 5", "basic", "7"])


def test_a_huge_cell_is_refused_with_its_row(tmp_path):
    one = fault(written(tmp_path / "r.csv", "id,name\n1,ok\n2," + "x" * 200_000 + "\n"))
    assert (one.file, one.row) == ("r.csv", "3")
    assert "field larger" in one.problem
    assert "Shorten the cell" in one.remedy


def test_a_zero_byte_is_refused_with_its_row(tmp_path):
    one = fault(written(tmp_path / "r.csv", b"id,name\n1,ok\n2,a\0b\n"))
    assert (one.file, one.row) == ("r.csv", "3")
    assert "zero byte" in one.problem
    assert "CSV (UTF-8) or XLSX" in one.remedy


@pytest.mark.parametrize("data", [b"", b" \n\r\n\t", b"\xef\xbb\xbf", b"\xff\xfe", b",,,\n,,\n"])
def test_a_file_with_nothing_in_it_is_refused(tmp_path, data):
    one = fault(written(tmp_path / "r.csv", data))
    assert one.file == "r.csv"
    assert one.problem in ("the file is empty.", "the sheet holds no row.")
    assert "Fill the template" in one.remedy


def test_utf16_cut_in_the_middle_of_a_letter_still_reads(tmp_path):
    rows = sheet.read(written(tmp_path / "r.csv", "id,атауы\n1,Аб".encode("utf-16")[:-1])).rows
    assert rows == [(1, ["id", "атауы"]), (2, ["1", "А\ufffd"])]


def test_what_is_not_a_file_says_what_it_is(tmp_path):
    assert fault(tmp_path).problem == "this is a folder, not a file."
    missing = fault(tmp_path / "none.csv")
    assert missing.problem == "there is no such file."
    assert missing.file == str(tmp_path / "none.csv")
    assert "Check the path" in missing.remedy


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    path = written(tmp_path / "r.csv", RUSSIAN)

    def locked(_self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", locked)
    assert fault(path).problem == "cannot be read: Permission denied."


def test_an_old_or_locked_excel_file_is_told_what_to_save_as(tmp_path):
    one = fault(written(tmp_path / "r.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600))
    assert ".xls" in one.problem
    assert "password" in one.problem
    assert "Save it as .xlsx" in one.remedy


def test_a_file_too_large_for_a_register_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "TABLE_BYTES", 10)
    assert "no table of this kind is so large" in fault(written(tmp_path / "r.csv", RUSSIAN)).problem


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=80) | st.text(alphabet='a1,;"\n\r\t\0 Әі\ufeff', max_size=60).map(str.encode))
def test_any_bytes_give_rows_or_a_clear_refusal(tmp_path, data):
    path = written(tmp_path / "any.csv", data)
    try:
        rows = sheet.read(path).rows
    except SourceError as error:
        assert all(one.remedy and "any.csv" in one.file for one in error.faults)  # noqa: PT017 - either outcome is right
    else:
        assert rows
        assert all(any(cells) for _, cells in rows)
        numbers = [number for number, _ in rows]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] <= data.count(b"\n") + data.count(b"\r") + 1 or data.startswith((b"\xff\xfe", b"\xfe\xff"))


# --- workbooks ---


def test_a_workbook_gives_whole_numbers_days_and_its_own_row_numbers(tmp_path):
    path = workbook(
        tmp_path / "r.xlsx",
        (
            "Мектептер",
            {
                (0, 0): "Тізілім 2026",
                (2, 0): "Мектеп коды",
                (2, 1): "КАТО",
                (2, 2): "Бойлық",
                (2, 3): "Күні",
                (4, 0): 12.0,
                (4, 1): 104045100.0,
                (4, 2): 69.15,
                (4, 3): dt.date(2026, 10, 1),
                (4, 4): dt.datetime.fromisoformat("2026-10-02T15:30"),
            },
        ),
    )
    assert sheet.read(path).rows == [
        (1, ["Тізілім 2026", "", "", "", ""]),
        (3, ["Мектеп коды", "КАТО", "Бойлық", "Күні", ""]),
        (5, ["12", "104045100", "69.15", "2026-10-01", "2026-10-02"]),
    ]


def test_every_filled_sheet_is_handed_on_and_its_neighbours_are_counted(tmp_path):
    path = workbook(
        tmp_path / "r.xlsx", ("Читай", {(0, 0): "Инструкция"}), ("Пусто", {}), ("Школы", {(0, 0): "id", (1, 0): 7})
    )
    found = sheet.sheets(path)
    assert [one.rows for one in found] == [[(1, ["Инструкция"])], [(1, ["id"]), (2, ["7"])]]
    assert found[1].note == "sheet “Школы” was read; 1 more were not"


def test_a_sheet_with_a_chart_does_not_stop_the_workbook(tmp_path):
    path = tmp_path / "r.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("Школы")
        page.write(0, 0, "id")
        page.write(1, 0, 5)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=Школы!$A$2:$A$2"})
        book.add_chartsheet("График").set_chart(chart)
    (only,) = sheet.sheets(path)
    assert only.rows == [(1, ["id"]), (2, ["5"])]


def test_an_empty_workbook_is_refused(tmp_path):
    assert fault(workbook(tmp_path / "r.xlsx", ("Лист1", {}))).problem == "the sheet holds no row."


def test_one_stray_cell_in_the_last_corner_is_named_not_a_crash(tmp_path):
    # Excel's last cell: a dense grid of it would take half a terabyte
    path = workbook(tmp_path / "r.xlsx", ("Школы", {(0, 0): "id", (1_048_575, 16_383): "x"}))
    one = fault(path)
    assert one.file == "r.xlsx"
    assert "column XFD, row 1048576" in one.problem
    assert "Delete the stray cells" in one.remedy


@pytest.mark.slow
def test_a_tall_narrow_sheet_is_no_stray_cell(tmp_path):
    path = workbook(tmp_path / "r.xlsx", ("Школы", {(0, 0): "id", (60_000, 0): 5}))
    assert sheet.read(path).rows == [(1, ["id"]), (60_001, ["5"])]


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 4 << 20)
    path = tmp_path / "r.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"A" * (5 << 20))
    assert path.stat().st_size < 100_000
    one = fault(path)
    assert one.problem == "the workbook unpacks to over 4 MiB."
    assert one.remedy == "Give the register itself."


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path):
    good = workbook(tmp_path / "g.xlsx", ("Школы", {(0, 0): "id", (1, 0): 7})).read_bytes()
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    truth = entry.file_size.to_bytes(4, "little")
    assert good.count(truth) >= 2
    one = fault(written(tmp_path / "r.xlsx", good.replace(truth, (50).to_bytes(4, "little"))))
    assert "not a readable workbook" in one.problem
    assert one.remedy == "Save it as .xlsx again."


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "r.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../etc/passwd", "root")
    one = fault(path)
    assert one.file == "r.xlsx"
    assert "not a readable workbook" in one.problem


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.99])
def test_a_workbook_cut_short_is_refused(tmp_path, share):
    whole = workbook(tmp_path / "g.xlsx", ("Школы", {(0, 0): "id", (1, 0): 7})).read_bytes()
    one = fault(written(tmp_path / "r.xlsx", whole[: int(len(whole) * share)]))
    assert "not a readable workbook" in one.problem


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_workbook_with_broken_bytes_inside_gives_rows_or_a_clear_refusal(tmp_path, data):
    good = tmp_path / "good.xlsx"
    if not good.exists():
        workbook(good, ("Школы", {(0, 0): "id", (0, 1): "атауы", (1, 0): 7, (1, 1): "Мектеп"}))
    path = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
        victim = data.draw(st.sampled_from(source.namelist()))
        for name in source.namelist():
            content = source.read(name)
            if name == victim:
                at = data.draw(st.integers(0, len(content) - 1))
                content = content[:at] + data.draw(st.binary(max_size=6)) + content[at + data.draw(st.integers(0, 9)) :]
            target.writestr(name, content)
    try:
        assert sheet.read(path).rows
    except SourceError as error:
        assert error.faults[0].file == "bad.xlsx"  # noqa: PT017 - either outcome is right
