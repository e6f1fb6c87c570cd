"""Open-data sets 6, 10 and 61: what the list of Order 336 (annex 2) asks for, in Kazakh and Russian."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt

import pytest

from schoolnet.output import open_data


@pytest.mark.parametrize(
    ("day", "quarter", "due"),
    [
        ((2026, 9, 1), (2026, 2), (2026, 7, 10)),
        ((2026, 1, 1), (2025, 4), (2026, 1, 10)),
        ((2026, 3, 31), (2025, 4), (2026, 1, 10)),
        ((2026, 4, 1), (2026, 1), (2026, 4, 10)),
        ((2026, 12, 31), (2026, 3), (2026, 10, 10)),
    ],
)
def test_the_quarter_is_the_last_that_is_over_and_due_by_the_tenth(day, quarter, due):
    assert open_data.quarter(dt.date(*day)) == quarter
    assert open_data.due(dt.date(*day)) == dt.date(*due)


@pytest.fixture
def plan(tiny_plan):
    """Return the tiny plan with an evening lyceum in Arka, and a school of Qala that is still being built."""
    schools = tiny_plan.region.schools.copy()
    schools.loc["SA", ["name_ru", "kind"]] = ["Школа-лицей Арка", "evening"]
    schools["built"] = schools["built"].astype("Int64")
    schools.loc["SA", "built"] = 1990
    schools.loc["SQ", "built"] = 2028
    return dataclasses.replace(tiny_plan, region=dataclasses.replace(tiny_plan.region, schools=schools))


def test_the_register_says_where_a_school_is_and_what_it_is(plan):
    found = open_data.register(plan)
    assert list(found.columns) == [
        "Өңір / Регион", "Аудан / Район", "Елді мекен / Населённый пункт", "ӘАОЖ (КАТО) коды / Код КАТО",
        "Атауы (қазақша) / Название (по-казахски)", "Атауы (орысша) / Название (по-русски)",
        "Күндізгі немесе кешкі / Дневная или вечерняя",
        "Түрі (лицей, гимназия, мектеп деңгейі) / Тип (лицей, гимназия, уровень школы)",
        "Меншік нысаны / Форма собственности", "Деректердегі код / Код в данных",
    ]  # fmt: skip
    rows = {row[-1]: row[:-1] for row in found.itertuples(index=False, name=None)}
    assert rows["SA"] == (
        "Кішкентай / Малая", "East", "Arka", "990100001", "Школа-лицей Арка", "Школа-лицей Арка",
        "кешкі / вечерняя", "лицей", "мемлекеттік / государственная",
    )  # fmt: skip
    assert rows["SB"][6:8] == ("күндізгі / дневная", "бастауыш мектеп / начальная школа")
    assert found.iloc[:, 2].tolist() == ["Arka", "Bulak", "Qala"]  # by district, settlement, name


def test_availability_counts_each_school_once_where_it_works_and_once_where_it_opened_or_is_being_built(plan):
    """SA (1990, 120 seats, 95 pupils) and SB (year unknown, 40 and 15) work; SQ (2028, 300 and 700) is being built."""
    found = open_data.availability(plan)
    rows = [row[2:3] + row[4:] for row in found.astype(object).itertuples(index=False, name=None)]
    village, works = "ауыл / село", "жұмыс істейді / действует"
    opened = "осы жылы ашылған (салынған жылы бойынша) / открыта в этом году (по году постройки)"
    assert rows[:4] == [
        (1990, opened, village, "лицей", 1, 120, 95),
        (2026, works, village, "бастауыш мектеп / начальная школа", 1, 40, 15),
        (2026, works, village, "лицей", 1, 120, 95),
        (2028, "құрылып жатыр / строится", "қала / город", "орта мектеп / средняя школа", 1, 300, 700),
    ]
    assert [row[1:] for row in rows[4:]] == [(opened, village, "бастауыш мектеп / начальная школа", 1, 40, 15)]
    assert set(found.iloc[:, 0]) == {"2026-Q2"}
    assert set(found.iloc[:, 1]) == {"2026-07-10"}


def test_children_carried_are_those_of_the_buses_under_headings_of_two_languages(plan):
    found = open_data.carried(plan)
    assert list(found.columns)[-2:] == [
        "Оқу жылы / Учебный год",
        "Мектепке тасымалдау ұйымдастырылған балалар / Дети, для которых организован подвоз в школу",
    ]
    assert found.iloc[:, -1].sum() == plan.carried.loc["*", "bus"]
    assert set(found.iloc[:, 3]) == {"2026/2027"}


def test_the_files_are_all_written_and_no_cell_is_a_formula(plan, tmp_path):
    schools = plan.region.schools.copy()
    schools["name"] = '=HYPERLINK("http://evil.example")'
    schools[["name_kk", "name_ru"]] = None
    hostile = dataclasses.replace(plan, region=dataclasses.replace(plan.region, schools=schools))
    open_data.write(hostile, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(open_data.FILES)
    with (tmp_path / "open_data_6.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == 4
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
