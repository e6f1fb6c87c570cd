"""The school register: each row ends in exactly one of used, corrected or rejected, and says why.

Schools are placed in the tiny region of conftest.py; metres are turned into degrees by `at`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import shapely
import xlsxwriter

from conftest import box, lonlat
from schoolnet.errors import SourceError, TableError
from schoolnet.options import Options
from schoolnet.sources import register

NAME = "r.csv"


def at(x, y):
    """Return “lon,lat” of a place in metres, as a register would have it."""
    lon, lat = lonlat(x, y)
    return f"{lon:.7f},{lat:.7f}"


HERE = at(300, 0)  # in Arka (settlement A, KATO 990100001), as school SA


def attached(tmp_path, region, text, options=None):
    path = tmp_path / NAME
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return register.attach(region, register.read(path), options or Options(on="2026-09-01"))


def refusals(tmp_path, text, name=NAME):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises((SourceError, TableError)) as caught:
        register.read(path)
    return caught.value.faults


def lines(region, outcome=None):
    """Return (row, outcome, column, what, why) of the register's ledger.

    Without the note on the map's schools, and those on schools joined by nearness (tests/test_joining.py).
    """
    entries = [
        entry[2:]
        for entry in region.ledger.entries
        if entry[0].startswith("r.") and "schools of the map" not in entry[5] and ": joined to " not in entry[5]
    ]
    return [entry for entry in entries if outcome in (None, entry[1])]


def counted(region):
    (row,) = (row for row in region.ledger.counts().itertuples() if row.file.startswith("r."))
    return (row.read, row.used, row.corrected, row.rejected)


# --- naming the columns ---


def test_headers_and_values_in_kazakh_russian_and_english_mean_the_same(tmp_path, tiny):
    lon, lat = HERE.split(",")
    english = (
        "id,name,level,lon,lat,capacity,condition,language,ownership,kind,shifts\n"
        f"7,M,basic,{lon},{lat},300,repair,kk,state,day,2\n"
    )
    russian = (
        "Код школы;Наименование школы;Уровень;Долгота;Широта;Проектная мощность;Состояние здания;Язык обучения;"
        "Форма собственности;Тип школы;Количество смен\n"
        f"7;M;Основная школа;{lon};{lat};300;Требует ремонта;Казахский;Государственная;Дневная;2\n"
    )
    kazakh = (
        "Мектеп коды\tМектеп атауы\tДеңгейі\tБойлық\tЕндік\tЖобалық қуаттылығы\tҒимарат жағдайы\tОқыту тілі\t"
        "Меншік нысаны\tМектеп түрі\tАуысым саны\n"
        f"7\tM\tНегізгі мектеп\t{lon}\t{lat}\t300\tЖөндеу қажет\tҚазақша\tМемлекеттік\tКүндізгі\t2\n"
    )
    for text in (english, russian.encode("cp1251"), kazakh.encode("kz1048"), kazakh.encode("utf-16")):
        region = attached(tmp_path, tiny, text)
        school = region.schools.loc["7"]
        found = [
            school[name] for name in ("name", "level", "seats", "condition", "language", "ownership", "kind", "shifts")
        ]
        assert found == ["M", "basic", 300, "repair", "kk", "state", "day", 2]
        assert counted(region) == (1, 1, 0, 0)


def test_a_workbook_with_a_title_above_kazakh_headers_and_numbers_as_floats(tmp_path, tiny):
    path = tmp_path / "r.xlsx"
    lon, lat = lonlat(300, 0)
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Нұсқаулық").write(0, 0, "Алдымен оқыңыз")
        page = book.add_worksheet("Мектептер")
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        page.write(0, 0, "Мектептер тізілімі, 2026 жыл")
        page.write_row(
            2, 0, ["Мектеп коды", "Атауы", "Деңгейі", "Бойлық", "Ендік", "КАТО коды", "Орын саны", "Жаңартылған күні"]
        )
        page.write_row(3, 0, [12.0, "Арқа мектебі", "Орта", lon, lat, 990100001.0, 120.0])
        page.write_datetime(3, 7, dt.datetime.fromisoformat("2026-10-01"), day)
    region = register.attach(tiny, register.read(path), Options())
    school = region.schools.loc["12"]
    assert list(school[["level", "kato", "seats", "updated_at", "settlement_id"]]) == [
        "secondary",
        "990100001",
        120,
        "2026-10-01",
        "A",
    ]
    assert counted(region) == (1, 1, 0, 0)
    assert lines(region) == [
        (
            "",
            "note",
            "",
            "sheet “Мектептер” was read; 1 more were not",
            "check that the letters, and the sheet, are the ones meant",
        )
    ]


def test_unknown_headers_are_all_named_with_the_near_one_and_what_to_write(tmp_path):
    faults = refusals(tmp_path, "шифр,наименовние,уровнь,долгота\n1,a,b,c\n")
    assert [fault.column for fault in faults] == ["school_id", "level", "name", "lat"]
    assert all((fault.file, fault.row) == (NAME, "1") for fault in faults)
    assert "Is “уровнь” meant?" in faults[1].remedy
    assert "Is “наименовние” meant?" in faults[2].remedy
    assert "Name the column `lat` or `ендік` (or give a KATO column)" in faults[3].remedy
    assert all("Headers found: шифр, наименовние, уровнь, долгота." in fault.remedy for fault in faults)


def test_a_kato_column_stands_in_for_coordinates(tmp_path):
    path = tmp_path / NAME
    path.write_text("id,name,level,kato\n1,a,basic,990100001\n", encoding="utf-8")
    assert list(register.read(path).headers) == ["school_id", "name", "level", "kato"]


def test_a_header_without_a_school_is_refused_with_its_row(tmp_path):
    (fault,) = refusals(tmp_path, "Мектептер\nid,name,level,lon,lat\n\n")
    assert (fault.file, fault.row) == (NAME, "2")
    assert fault.problem == "the sheet holds a header and no school."
    assert "Fill in one row for each school" in fault.remedy


def test_a_column_that_stands_twice_is_used_once_and_said(tmp_path, tiny):
    region = attached(tmp_path, tiny, f"id,name,name,level,lon,lat,Код\n7,First,Second,basic,{HERE},9\n")
    assert region.schools.loc["7", "name"] == "First"
    assert lines(region) == [
        ("", "note", "", "column 3, “name”, not used", "“name” before it is read as `name`"),
        ("", "note", "", "column 7, “Код”, not used", "“id” before it is read as `school_id`"),
    ]


def test_columns_that_are_unknown_or_have_no_header_are_listed(tmp_path, tiny):
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat,примечание,\n7,M,basic,{HERE},хорошая,ещё\n")
    assert lines(region) == [
        ("", "note", "", "columns not used: примечание", "their headers are not known to the register"),
        ("", "note", "", "columns without a header, not used: 7", "give them a header if they are meant"),
    ]


def test_ragged_rows_too_wide_are_rejected_and_too_narrow_ones_are_said(tmp_path, tiny):
    text = f"id,name,level,lon,lat,seats\n1,Школа, лицей,basic,{HERE},100\n2,M,basic,{HERE}\n3,M,basic,{HERE},\n"
    region = attached(tmp_path, tiny, text)
    assert list(region.schools.index) == ["2", "3"]
    assert counted(region) == (3, 2, 0, 1)
    assert lines(region) == [
        ("", "note", "", "rows with fewer cells than headers: 3", "the cells missing at their end are taken as empty"),
        ("2", "rejected", "", "7 cells under 6 headers", "put the cell that holds the separator in quotes"),
    ]


# --- cells ---


BAD_CELLS = [
    ("seats", "-5", "not a whole number from 1 to 5000: taken as unknown"),
    ("seats", "0", "not a whole number from 1 to 5000: taken as unknown"),
    ("seats", "много", "not a whole number from 1 to 5000: taken as unknown"),
    ("seats", "9" * 70, "not a whole number from 1 to 5000: taken as unknown"),
    ("seats", "300.5", "not a whole number from 1 to 5000: taken as unknown"),
    ("seats", "²", "not a whole number from 1 to 5000: taken as unknown"),
    ("enrolment", "1000000000", "not a whole number from 0 to 20000: taken as unknown"),
    ("enrolment", "-1", "not a whole number from 0 to 20000: taken as unknown"),
    ("enrolment", "nan", "not a whole number from 0 to 20000: taken as unknown"),
    ("shifts", "9", "not a whole number from 1 to 3: taken as unknown"),
    ("built", "1066", "not a whole number from 1800 to 2100: taken as unknown"),
    ("level", "лучшая", "not one of primary, basic, secondary (or their Russian and Kazakh names): taken as unknown"),
    ("condition", "Школа", "not one of good, repair, emergency (or their Russian and Kazakh names): taken as unknown"),
    ("updated_at", "31.02.2026", "not a day (2026-10-01 or 01.10.2026): taken as unknown"),
    ("updated_at", "вчера", "not a day (2026-10-01 or 01.10.2026): taken as unknown"),
    ("kato", "10404510", "not a KATO code of nine digits: taken as missing"),
    ("kato", "1.04E+08", "not a KATO code of nine digits: taken as missing"),
]


@pytest.mark.parametrize(("column", "cell", "why"), BAD_CELLS)
def test_a_cell_that_cannot_be_read_is_taken_as_unknown_and_the_row_is_corrected(tmp_path, tiny, column, cell, why):
    level = "" if column == "level" else "level,"
    value = "" if column == "level" else "basic,"
    region = attached(tmp_path, tiny, f"id,name,{level}lon,lat,{column}\n7,M,{value}{HERE},{cell}\n")
    assert counted(region) == (1, 0, 1, 0)
    assert lines(region) == [("2", "corrected", column, cell, why)]
    assert region.schools[column].isna().all()


GOOD_CELLS = [
    ("seats", "1 200", 1200),
    ("seats", "1\u00a0200", 1200),
    ("seats", "400.0", 400),
    ("enrolment", "0", 0),
    ("kato", "990100001.0", "990100001"),
    ("kato", " 99 01 00 001 ", "990100001"),
    ("level", "1–11 классы", "secondary"),
    ("level", "НЕГІЗГІ  орта мектеп", "basic"),
    ("level", "Начальная школа", "primary"),
    ("updated_at", "1.10.2026", "2026-10-01"),
    ("updated_at", "2026-10-01 00:00:00", "2026-10-01"),
    ("changed_at", "2.11.2026", "2026-11-02"),
]


@pytest.mark.parametrize(("column", "cell", "value"), GOOD_CELLS)
def test_a_cell_written_in_another_way_is_simply_used(tmp_path, tiny, column, cell, value):
    text = f"id;name;level;lon;lat;{column}\n7;M;basic;{HERE.replace(',', ';')};{cell}\n"
    if column == "level":
        text = f"id;name;lon;lat;level\n7;M;{HERE.replace(',', ';')};{cell}\n"
    region = attached(tmp_path, tiny, text)
    assert counted(region) == (1, 1, 0, 0)
    assert region.schools.loc["7", column] == value


def test_thousands_with_a_comma_are_read_and_said(tmp_path, tiny):
    region = attached(tmp_path, tiny, f'id,name,level,lon,lat,seats\n7,M,basic,{HERE},"1,200"\n')
    assert region.schools.loc["7", "seats"] == 1200
    assert lines(region) == [("2", "corrected", "seats", "1,200", "read as 1200")]


def test_a_name_of_ten_thousand_letters_is_cut_and_said(tmp_path, tiny):
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat\n7,{'ш' * 10_000},basic,{HERE}\n")
    assert region.schools.loc["7", "name"] == "ш" * 199 + "…"
    assert lines(region) == [("2", "corrected", "name", "ш" * 79 + "…", "cut to 200 characters")]


def test_hostile_names_are_kept_as_text(tmp_path, tiny):
    name = "</script><b>`${1}`=HYPERLINK(1)'; DROP"
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat\n7,{name},basic,{HERE}\n")
    assert region.schools.loc["7", "name"] == name
    assert counted(region) == (1, 1, 0, 0)


def test_the_contingent_is_summed_from_grades_when_it_is_not_given(tmp_path, tiny):
    text = (
        "id,name,level,lon,lat,enrolment,1 класс,2 сынып,g3\n"
        f"1,M,basic,{HERE},,10,11,12\n2,M,basic,{HERE},40,10,11,12\n"
        f"3,M,basic,{HERE},33,10,11,12\n4,M,basic,{HERE},,10,x,12\n5,M,basic,{HERE},,20000,1,\n6,M,basic,{HERE},,,,\n"
    )
    region = attached(tmp_path, tiny, text)
    assert region.schools["enrolment"].astype(object).where(region.schools["enrolment"].notna(), None).to_list() == [
        33, 40, 33, None, None, None,
    ]  # fmt: skip
    assert lines(region) == [
        (
            "5",
            "corrected",
            "2 сынып",
            "x",
            "not a whole number from 0 to 20000: the contingent cannot be summed from the grades",
        ),
        ("6", "corrected", "enrolment", "the grades sum to 20001", "more than 20000: taken as unknown"),
        ("3", "note", "enrolment", "40, but the grades sum to 33", "the contingent given is used"),
    ]
    assert counted(region) == (6, 4, 2, 0)


# --- placing ---


def test_swapped_coordinates_are_put_right(tmp_path, tiny):
    # 9 km west and 12 km south lies outside (the border is at -10 km); 12 km west and 9 km south, inside
    lon, lat = lonlat(-9000, -12000)
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat\n7,M,basic,{lon},{lat}\n")
    point = region.schools.geometry.loc["7"]
    assert (point.x, point.y) == pytest.approx((lat, lon))
    assert lines(region, "corrected") == [
        ("2", "corrected", "lat", f"lon {lon:g}, lat {lat:g}", "longitude and latitude were swapped")
    ]
    assert counted(region) == (1, 0, 1, 0)


def test_a_school_outside_the_region_is_rejected_by_name_and_row(tmp_path, tiny):
    region = attached(tmp_path, tiny, f"id,name,level,Долгота,Широта\n1,M,basic,{HERE}\n2,M,basic,69.15,54.86\n")
    assert list(region.schools.index) == ["1"]
    assert lines(region) == [
        ("3", "rejected", "Долгота", "lon 69.15, lat 54.86", "outside the region: correct the coordinates or the KATO")
    ]
    assert counted(region) == (2, 1, 0, 1)


@pytest.mark.parametrize(
    ("place", "column", "what", "why"),
    [
        ("12000,5000", "lon", "12000", "not decimal degrees (as 69.15): taken as missing"),
        ("69° 15' E,54", "lon", "69° 15' E", "not decimal degrees (as 69.15): taken as missing"),
        ("inf,0", "lon", "inf", "not decimal degrees (as 69.15): taken as missing"),
        ("nan,0", "lon", "nan", "not decimal degrees (as 69.15): taken as missing"),
        ("0,север", "lat", "север", "not decimal degrees (as 69.15): taken as missing"),
    ],
)
def test_a_school_with_no_readable_place_is_corrected_first_and_counts_once_as_rejected(
    tmp_path, tiny, place, column, what, why
):
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat\n1,M,basic,{HERE}\n2,M,basic,{place}\n")
    found = lines(region)
    assert ("3", "corrected", column, what, why) in found
    assert found[-1] == (
        "3",
        "rejected",
        "lon",
        "no place",
        "give coordinates, or the KATO of a settlement of the region",
    )
    assert counted(region) == (2, 1, 0, 1)


def test_coordinates_0_0_are_no_place(tmp_path, tiny):
    # the tiny region lies on 0, 0; one moved 100 km east does not
    moved = dataclasses.replace(tiny, boundary=shapely.MultiPolygon([box(100_000, -10_000, 120_000, 10_000)]))
    text = f"id,name,level,lon,lat,kato\n1,M,basic,0,0,\n2,M,basic,0.0,0.0,990100001\n3,M,basic,{at(110_000, 0)},\n"
    region = attached(tmp_path, moved, text)
    assert lines(region)[:4] == [
        ("2", "corrected", "lon", "0, 0", "no place: taken as missing"),
        ("3", "corrected", "lon", "0, 0", "no place: taken as missing"),
        ("2", "rejected", "lon", "no place", "give coordinates, or the KATO of a settlement of the region"),
        ("3", "corrected", "lon", "no coordinates", "placed at the settlement of its KATO, Arka"),
    ]
    assert counted(region) == (3, 1, 1, 1)
    assert region.schools.loc["2", "settlement_id"] == "A"


def test_ids_that_are_missing_blank_or_taken_reject_the_row(tmp_path, tiny):
    rows = [
        f"{school_id},{name},basic,{HERE}"
        for school_id, name in (("7", "M"), ("", "M"), ("   ", "M"), ("\u200b", "M"), ("7", "N"))
    ]
    text = "\n".join(["id,name,level,lon,lat", *rows])
    region = attached(tmp_path, tiny, text)
    assert lines(region) == [
        ("3", "rejected", "id", "no id", "give each school an id of its own"),
        ("4", "rejected", "id", "no id", "give each school an id of its own"),
        ("5", "rejected", "id", "no id", "give each school an id of its own"),
        ("6", "rejected", "id", "7", "stands already on row 2: remove one"),
    ]
    assert region.schools["name"].to_list() == ["M"]
    assert counted(region) == (5, 1, 0, 4)


def test_a_school_with_kato_and_no_coordinates_stands_at_its_settlement(tmp_path, tiny):
    region = attached(tmp_path, tiny, "id,name,level,КАТО\n7,M,basic,990100002\n")
    assert region.schools.loc["7", "settlement_id"] == "B"
    assert region.schools.geometry.loc["7"].equals(tiny.settlements.geometry.loc["B"])
    assert lines(region) == [("2", "corrected", "lon", "no coordinates", "placed at the settlement of its KATO, Bulak")]


def test_a_school_with_kato_here_and_coordinates_elsewhere_stands_at_its_settlement(tmp_path, tiny):
    region = attached(tmp_path, tiny, "id,name,level,lon,lat,kato\n7,M,basic,69.15,54.86,990100002\n")
    assert region.schools.geometry.loc["7"].equals(tiny.settlements.geometry.loc["B"])
    what = "lon 69.15, lat 54.86, outside the region"
    assert lines(region) == [("2", "corrected", "lon", what, "placed at the settlement of its KATO, Bulak")]


def test_a_kato_of_another_region_without_coordinates_is_rejected_and_says_so(tmp_path, tiny):
    region = attached(
        tmp_path, tiny, f"id,name,level,lon,lat,kato\n1,M,basic,{HERE},\n2,M,basic,,,591000000\n3,M,basic,,,990999999\n"
    )
    assert lines(region) == [
        (
            "3",
            "rejected",
            "kato",
            "591000000",
            "a KATO of another region, and no coordinates: correct the KATO or give coordinates",
        ),
        ("4", "rejected", "lon", "no place", "give coordinates, or the KATO of a settlement of the region"),
    ]


def test_a_kato_no_settlement_has_is_listed_and_the_school_joins_by_place(tmp_path, tiny):
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat,kato\n7,M,basic,{HERE},591000000\n")
    assert region.schools.loc["7", "settlement_id"] == "A"
    what = "591000000: no settlement of the region has this KATO"
    assert lines(region) == [("2", "note", "kato", what, "its coordinates decide instead")]
    assert counted(region) == (1, 1, 0, 0)


def test_kato_wins_over_the_nearer_settlement(tmp_path, tiny):
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat,kato\n7,M,basic,{HERE},990100002\n")
    assert region.schools.loc["7", "settlement_id"] == "B"  # Bulak, 3.3 km away, though Arka is at 0.3 km
    assert lines(region) == []


def test_coordinates_far_from_the_settlement_of_the_kato_are_noted_with_both_names(tmp_path, tiny):
    # 29 km west of Arka; the nearest settlement is Qala, 20 km
    wide = dataclasses.replace(tiny, boundary=shapely.MultiPolygon([box(-40_000, -10_000, 10_000, 10_000)]))
    region = attached(tmp_path, wide, f"id,name,level,lon,lat,kato\n7,M,basic,{at(-29_000, 0)},990100001\n")
    assert region.schools.loc["7", "settlement_id"] == "A"
    what = "KATO of Arka, but the coordinates are 29.0 km away, near Qala"
    assert lines(region) == [("2", "note", "kato", what, "joined by KATO: correct the one that is wrong")]
    assert counted(region) == (1, 1, 0, 0)


def test_a_kato_two_settlements_share_is_settled_by_place(tmp_path, tiny):
    settlements = tiny.settlements.copy()
    settlements.loc["D", "kato"] = "990100001"  # Dala, at 2700 m, beside Arka, at 0
    shared = dataclasses.replace(tiny, settlements=settlements)
    places = (at(100, 0), at(2600, 0), ",")
    text = "id,name,level,lon,lat,kato\n" + "".join(
        f"{n},M,basic,{place},990100001\n" for n, place in enumerate(places, 1)
    )
    region = attached(tmp_path, shared, text)
    assert region.schools["settlement_id"].to_list() == ["A", "D", "A"]
    assert lines(region) == [
        ("4", "corrected", "lon", "no coordinates", "placed at the settlement of its KATO, Arka"),
        ("", "note", "kato", "990100001 is the KATO of Arka (A) and Dala (D)", "its schools join the nearest of them"),
    ]


def test_a_school_beyond_the_limit_joins_none_and_is_listed_with_its_row(tmp_path, tiny):
    # 4 km east of Dala (2700): beyond 3 km
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat\n7,M,basic,{at(6700, 0)}\n", Options(join_m=3000))
    assert region.schools["settlement_id"].isna().all()
    what = "7: the nearest settlement, Dala, is 4000 m away, beyond 3000 m"
    assert lines(region) == [("2", "note", "settlement_id", what, "joins no settlement; serves by road only")]


def test_where_no_settlement_has_a_kato_it_is_said_once(tmp_path, tiny):
    without = dataclasses.replace(tiny, settlements=tiny.settlements.assign(kato=None).astype({"kato": "str"}))
    text = f"id,name,level,lon,lat,kato\n1,M,basic,{HERE},990100001\n2,M,basic,{HERE},990100002\n"
    region = attached(tmp_path, without, text)
    assert region.schools["settlement_id"].to_list() == ["A", "A"]
    what = "no settlement of the map has a KATO"
    assert lines(region) == [("", "note", "kato", what, "schools are joined to settlements by their coordinates")]


def test_a_national_register_counts_only_the_rows_of_the_region(tmp_path, tiny):
    others = "".join(f"x{n},M,basic,69.15,54.86,-1\n" for n in range(150))  # -1 seats: corrections that are not ours
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat,seats\n{others}7,M,basic,{HERE},-1\n")
    assert counted(region) == (1, 0, 1, 0)
    assert lines(region, "note") == [
        ("", "note", "", "150 of 151 rows", "they lie in other regions: not rows of this region")
    ]
    assert [entry[0] for entry in lines(region, "corrected")] == ["152"]


@pytest.mark.parametrize(("elsewhere", "here"), [(2, 1), (150, 150)])
def test_a_register_that_is_not_national_names_every_row_outside(tmp_path, tiny, elsewhere, here):
    others = "".join(f"x{n},M,basic,69.15,54.86\n" for n in range(elsewhere))
    ours = "".join(f"{n},M,basic,{HERE}\n" for n in range(here))
    region = attached(tmp_path, tiny, f"id,name,level,lon,lat\n{others}{ours}")
    assert [entry[0] for entry in lines(region, "rejected")] == [str(row) for row in range(2, elsewhere + 2)]
    assert counted(region) == (elsewhere + here, here, 0, elsewhere)


def test_coordinates_of_a_school_whose_kato_is_of_another_region_are_not_swapped(tmp_path, tiny):
    lon, lat = lonlat(-9000, -12000)  # swapped it would lie inside, as above
    region = attached(
        tmp_path, tiny, f"id,name,level,lon,lat,kato\n1,M,basic,{HERE},\n2,M,basic,{lon},{lat},591000000\n"
    )
    point = region.neighbours.geometry.loc["2"]  # 2 km over the border it is a neighbour's
    assert (point.x, point.y) == pytest.approx((lon, lat))


def test_a_register_of_another_region_is_refused_with_its_first_rows(tmp_path, tiny):
    with pytest.raises(TableError) as caught:
        attached(tmp_path, tiny, "id,name,level,lon,lat\n1,M,basic,69.15,54.86\n,M,basic,,\n")
    first, *rows = caught.value.faults
    assert first.problem == "none of the 2 schools can be placed in Tiny."
    assert "the register of this region" in first.remedy
    assert [(fault.file, fault.row, fault.column) for fault in rows] == [(NAME, "2", "lon"), (NAME, "3", "lon")]
    assert rows[0].problem == "lon 69.15, lat 54.86: not used."


def test_the_maps_schools_give_way_to_the_register_and_it_is_said(tmp_path, tiny):
    path = tmp_path / NAME
    path.write_text("id,name,level,kato,lon,lat\n7,M,basic,990100001," + HERE, encoding="utf-8")
    region = register.attach(tiny, register.read(path), Options())
    assert list(region.schools.index) == ["7"]
    assert region.ledger.entries == (
        (NAME, "schools", "", "note", "", "3 schools of the map", "not used: the register stands in their place"),
    )
    assert region.ledger.read == {(NAME, "schools"): 1}


def test_modelled_schools_are_known_by_their_source(tmp_path, tiny):
    mapped = dataclasses.replace(tiny, caveats=("modelled_roads", "schools_from_map", "modelled_schools"))
    head = "id,name,level,lon,lat,source\n"
    assert attached(tmp_path, mapped, f"{head}7,M,basic,{HERE},NOBD\n").caveats == ("modelled_roads",)
    modelled = attached(tmp_path, mapped, f"{head}7,M,basic,{HERE},modelled\n")
    assert modelled.caveats == ("modelled_roads", "modelled_schools")


def test_the_maps_schools_join_the_nearest_settlement_without_a_register(tiny):
    # SA is 300 m from Arka, SB and SQ stand in Bulak and Qala
    bare = dataclasses.replace(
        tiny, schools=tiny.schools.assign(settlement_id=None, kato=None).astype({"settlement_id": "str", "kato": "str"})
    )
    region = register.join_map_schools(bare, Options())
    assert region.schools["settlement_id"].to_dict() == {"SA": "A", "SB": "B", "SQ": "Q"}
    assert region.ledger.counts()[["read", "used", "corrected", "rejected"]].to_numpy().tolist() == [[3, 3, 0, 0]]


@pytest.mark.slow
def test_a_national_register_is_read_and_joined_whole(tmp_path, tiny):
    rows = [
        f"{n},Мектеп {n},Орта,{at(-14_000 + 3 * n, 10 * (n % 900))},990100001,300,250,1,Жақсы\n" for n in range(7_700)
    ]
    path = tmp_path / NAME
    path.write_text("id,name,level,lon,lat,kato,seats,enrolment,shifts,condition\n" + "".join(rows), encoding="utf-8")
    region = register.attach(tiny, register.read(path), Options())
    assert len(region.schools) == 7_700
