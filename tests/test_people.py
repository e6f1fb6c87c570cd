"""Sheets of people are known by their headers, read as they are written, and joined to the region; nothing is lost."""

from __future__ import annotations

import csv
import dataclasses
import inspect
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from conftest import shared
from schoolnet.errors import SchoolnetError, SourceError, TableError
from schoolnet.options import Options
from schoolnet.output import words
from schoolnet.sources import kinds, people, register

DAY = "2024-10-01"


@pytest.fixture(scope="module")
def region(tiny):
    districts = tiny.districts.assign(
        kato=["990300000", "991000000"], name_kk=["Шығысқала", "Батысқала"], name_ru=["Восточный", "Западный"]
    )
    codes = ["990301001", "990301002", "990301003", "990301004", "990301005", "991010000"]
    return dataclasses.replace(tiny, districts=districts, settlements=tiny.settlements.assign(kato=codes))


@pytest.fixture
def write(tmp_path):
    def write(text, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(inspect.cleandoc(text) + "\n", encoding=encoding)
        return path

    return write


def attach(region, *paths, on=DAY):
    return people.attach(region, paths, Options(on=on))


def said(region, outcome="", table=""):
    """Return the ledger's entries as (row, column, what, why)."""
    rows = region.ledger.frame().fillna("")
    rows = rows[rows["outcome"].eq(outcome) if outcome else rows["outcome"] != ""]
    rows = rows[rows["table"].eq(table)] if table else rows
    return list(rows[["row", "column", "what", "why"]].itertuples(index=False, name=None))


def cells(table, *columns):
    """Return rows of a table as plain values, missing as None."""
    rows = table.reset_index() if table.index.name else table
    plain = rows[list(columns)].astype(object)
    return list(plain.where(plain.notna(), None).itertuples(index=False, name=None))


def counts(region, table):
    found = region.ledger.counts()
    return tuple(found.loc[found["table"] == table, ["read", "used", "corrected", "rejected"]].sum())


# --- kinds


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("headcounts", "КАТО;Населённый пункт;Население на 1 января 2023 г., чел.\n990301001;Арка;430"),
        ("headcounts", "Елді мекен;Аудан;Халық саны;7 жас;8 жас\nАрқа;Шығыс;430;5;6"),
        ("headcounts", "kato,name,year,g1,g2\n990301001,A,2023,1,2\n990301002,B,2023,1,2"),
        ("official", "Район;Население\nВосточный район;804"),
        ("official", "Наименование;Численность населения (человек)\nВосточный район;804\nЗападный район;3209"),
        ("official", "kato;population\n990300000;804"),
        ("ages", "area;age;people\n*;0-4;10"),
        ("ages", "Регион;Пол;0-4;5-9;85 и старше\nАкмолинская область;оба пола;1;2;3"),
        ("ages", "kato;0;1;2;3\n990300000;1;2;3;4"),
        ("births", "Регион;Год;Число родившихся\nАкмолинская область;2021;1"),
        ("births", "Родившиеся по регионам\n\nРегион;2020;2021\nАкмолинская область;1;2"),
        ("series", "kato,name,year,g1,g2\n990301001,A,2023,1,2\n990301001,A,2024,1,2"),
        ("series", "Район;Учебный год;Всего учащихся\nВосточный район;2023/24;100"),
        ("series", "Численность учащихся\nРегион;2020/21;2021/22\nАкмолинская область;1;2"),
        ("register", "id;name;level;kato;seats\n1;A;орта;990301001;100"),
    ],
)
def test_a_sheet_is_known_by_its_headers(write, kind, text):
    assert people.kind_of(write(text)) == kind


def test_files_are_known_by_their_endings(tmp_path, tiny):
    assert people.kind_of(tmp_path / "ppp_2020.TIF") == "raster"
    assert people.kind_of("kz.osm.pbf") == "map"
    assert people.kind_of(tiny.save(tmp_path / "tiny")) == "map"


def test_the_template_and_the_register_are_known():
    template = Path(__file__).parents[1] / "data" / "schools"
    assert people.kind_of(template / "settlements-template.csv") == "headcounts"
    assert people.kind_of(template / "template.csv") == "register"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("foo;bar\n1;2", "the headers are of no kind of table that is known."),
        ("Регион;2020;2021\nАкмолинская область;1;2", "the headers are of no kind"),  # births, or pupils?
    ],
)
def test_headers_of_no_kind_are_listed_beside_the_kinds(write, text, why):
    with pytest.raises(TableError) as error:
        people.kind_of(write(text))
    fault = error.value.faults[0]
    assert why in fault.problem
    assert "the settlement table, district totals, ages, births, pupils by year" in fault.remedy
    assert text.split("\n", maxsplit=1)[0].replace(";", ", ") in fault.remedy
    assert (fault.file, fault.row) == ("table.csv", "1")


def test_headers_of_two_kinds_are_refused(write, monkeypatch):
    both = {**kinds.names.words()["kinds"]}
    both["births"] = {**both["births"], "needs": [["place"]], "never": []}
    monkeypatch.setitem(kinds.names.words()["kinds"], "births", both["births"])
    with pytest.raises(TableError, match="several kinds of tables: births, pupils by year"):
        people.kind_of(write("Оқушылар\nRegion;2020;2021\nАкмолинская область;1;2"))


def test_every_file_that_cannot_be_read_is_named_at_once(write, region, tmp_path):
    register_ = write("id;name;level;kato;seats\n1;A;орта;990301001;100", "schools.csv")
    thousands = write("Численность, тыс. человек\nРайон;Население\nВосточный район;0.8", "short.csv")
    empty = write("kato;population", "empty.csv")
    with pytest.raises(SourceError) as error:
        attach(region, register_, thousands, empty, tmp_path / "none.csv")
    assert [(fault.file, fault.row, str(fault.problem)) for fault in error.value.faults] == [
        ("schools.csv", "", "this is a school register, not a table of people."),
        ("short.csv", "1", "the numbers are in thousands."),
        ("empty.csv", "1", "the sheet holds a header and no row."),
        (str(tmp_path / "none.csv"), "", "there is no such file."),
    ]


# --- the settlement table


def test_a_settlement_table_is_read_and_its_inhabitants_stand_in_place_of_the_maps(write, region):
    path = write("""
        Население сельских округов на 1 января 2023 года

        Код КАТО;Населённый пункт;Население;Дети;0 лет;7 лет;1 класс;На дому;На казахском языке;Год;прим.
        990301001;с. Арка;1 430;;10;12;11;1;60;2023/24;да
        990301002.0;Bulak;219,0;41;;;;;;;
        ;Dala;107;;;;;;;;
    """)
    out = attach(region, path)
    columns = ("settlement_id", "population", "children", "a0", "a7", "g1", "home_taught", "children_kk", "year")
    assert cells(out.people.headcounts, *columns) == [
        ("A", 1430, None, 10, 12, 11, 1, 60, 2023),
        ("B", 219, 41, None, None, None, None, None, None),
        ("D", 107, None, None, None, None, None, None, None),
    ]
    assert list(out.settlements["population"]) == [1430, 219, 107, 21, 27, 3209]
    assert set(out.settlements["population_basis"]) == {"given"}
    assert counts(out, "headcounts") == (3, 3, 0, 0)
    assert said(out, "note") == [
        ("", "", "columns not used: прим.", "their headers are not known in a table of this kind"),
        ("", "", "3 of 6 settlements have no row", "they keep the figures of the map"),
    ]
    assert [(one.role, one.name) for one in out.inputs] == [("headcounts", "table.csv")]
    assert list(region.settlements["population"]) == [430, 219, 107, 21, 27, 3209]  # the input is not changed


def test_numbers_as_text_are_read_and_guesses_and_garbage_are_owned(write, region):
    out = attach(
        region,
        write("""
        kato;population;children;g1
        990301001;1,234;-5;x
        990301002;"2 345";–;1.5
        990301003;9000000;20;1
    """),
    )
    assert cells(out.people.headcounts, "population", "children", "g1") == [
        (1234, None, None), (2345, None, None), (None, 20, 1),
    ]  # fmt: skip
    unknown = "not a whole number from 0 to 5000000: taken as unknown"
    assert sorted(said(out, "corrected")) == [
        ("2", "children", "-5", unknown),
        ("2", "g1", "x", unknown),
        ("2", "population", "1,234", "read as 1234"),
        ("3", "children", "–", "a dash is taken as unknown: write 0 where there is none"),
        ("3", "g1", "1.5", unknown),
        ("4", "population", "9000000", unknown),
    ]
    assert counts(out, "headcounts") == (3, 0, 3, 0)
    assert out.settlements.loc["D", "population"] == 107  # the map's, where the table's is unknown


def test_a_second_row_of_a_settlement_is_rejected_with_both_rows_named(write, region):
    first = write("kato;name;population\n990301001;;430\n990301002;;219\n;Arka;431", "first.csv")
    second = write("kato;name;population\n990301002;;220\n990301003;;107", "second.csv")
    out = attach(region, first, second)
    assert cells(out.people.headcounts, "settlement_id", "population") == [("A", 430), ("B", 219), ("D", 107)]
    assert said(out, "rejected") == [
        ("4", "kato", "A", "stands already on row 2: remove one"),
        ("2", "kato", "B", "stands already in first.csv, row 3: remove one"),
    ]


def test_figures_that_do_not_fit_one_another_are_noted_and_said_which_is_used(write, region):
    grades = ";".join(f"g{grade}" for grade in range(1, 12))
    ages = ";".join(f"a{age}" for age in range(6, 17))
    tens, nines = ";".join(["10"] * 11), ";".join(["9"] * 11)
    out = attach(
        region,
        write(
            f"kato;population;children;home_taught;children_kk;children_ru;children_other;{grades};{ages}\n"
            f"990301001;430;110;2;50;50;10;{tens};{tens}\n"
            f"990301002;219;100;200;50;40;5;{tens};{nines}\n"
            f"990301003;20;;;;;;{nines}{';' * 11}\n"
        ),
    )
    assert said(out, "note")[:-1] == [
        ("3", "children", "100 children, but the grades sum to 110",
         "the children given are used; the grades give their shares"),
        ("3", "children", "100 children, but ages 6 to 16 sum to 99",
         "the children given are used; the ages give their shares"),
        ("3", "children", "100 children, but the languages sum to 95",
         "the children given are used; the languages give their shares"),
        ("4", "children", "99 of 20 inhabitants", "more children than inhabitants: correct one"),
    ]  # fmt: skip
    assert said(out, "corrected") == [
        ("3", "home_taught", "200 of 100 children", "more than there are: taken as unknown")
    ]
    assert cells(out.people.headcounts, "children", "home_taught") == [(110, 2), (100, None), (None, None)]


def test_every_row_ends_in_exactly_one_outcome(write, region):
    path = write("""
        kato;name;district;population
        990301001;;;430
        990301002;;;1,219
        990301002;;;219
        990399999;;;5
        ;Nowhere;;5
        ;Arka;Northern;5
        ;;;5
        990301003;;;many
        593230100;;;100
        990300000;;;804
        ;Итого;;4013
        990301004;a;b;c;d;e
    """)
    out = attach(region, path)
    read, used, corrected, rejected = counts(out, "headcounts")
    assert (read, used, corrected, rejected) == (10, 1, 1, 8)
    aside = [("", "", "rows 11, 12", "they are sums of other rows: not used")]
    assert [entry for entry in said(out, "note") if entry[2].startswith("rows ")] == aside
    assert read + 2 == 12
    rows = [entry[0] for entry in said(out, "rejected")]
    assert sorted(rows, key=int) == ["4", "5", "6", "7", "8", "9", "10", "13"]
    assert ("10", "kato", "593230100", "a KATO of another region: correct it") in said(out, "rejected")


def test_a_national_table_is_counted_in_one_note_and_a_table_of_another_region_is_refused(write, region):
    rows = "".join(f"5932{at:05d};;10\n" for at in range(1, 40))
    out = attach(region, write(f"kato;name;population\n990301001;;430\n{rows}"))
    assert counts(out, "headcounts") == (1, 1, 0, 0)
    assert said(out, "note")[0] == (
        "", "", "39 of 40 rows", "they lie in other regions: not rows of this region",
    )  # fmt: skip
    with pytest.raises(TableError, match="none of the 39 rows is of Tiny"):
        attach(region, write(f"kato;name;population\n{rows}"))


def test_a_table_of_which_nothing_joins_is_refused_with_the_first_reasons(write, region):
    with pytest.raises(TableError) as error:
        attach(region, write("name;population\nNowhere;5\nElsewhere;6"))
    assert [fault.row for fault in error.value.faults] == ["", "2", "3"]
    assert "Nowhere: not used. The region has none of this name" in str(error.value.faults[1])


def test_a_population_that_is_all_given_is_modelled_no_more(write, region):
    modelled = dataclasses.replace(
        region,
        settlements=region.settlements.assign(population_basis=["modelled", *["given"] * 5]),
        caveats=("fictional", "modelled_population"),
    )
    assert attach(modelled, write("kato;population\n990301001;430")).caveats == ("fictional",)
    kept = attach(modelled, write("kato;population;year\n990301002;219;скоро"))
    assert kept.caveats == ("fictional", "modelled_population")
    assert said(kept, "corrected")[0][:3] == ("2", "year", "скоро")


# --- district totals


def test_district_totals_are_read_and_the_regions_total_is_their_sum(write, region):
    out = attach(
        region,
        write("""
        Районы и города;Всё население;мужчины;женщины;городское;сельское
        Восточный район;804;400;404;0;804
        Западный Г.А.;3 209;1600;1609;3209;0
    """),
    )
    assert cells(out.people.official, "district_id", "population", "urban", "rural", "year") == [
        ("*", 4013, 3209, 804, None), ("east", 804, 0, 804, None), ("west", 3209, 3209, 0, None),
    ]  # fmt: skip
    assert said(out) == []


def test_totals_that_do_not_fit_are_noted(write, region):
    out = attach(
        region,
        write("""
        Население на 1 января 2023 года
        name;kato;population;men;women;urban;rural
        Tiny;990000000;5000;;;;
        East;990300000;804;400;400;1;804
        West;991000000;;;;3209;0
    """),
    )
    assert cells(out.people.official, "district_id", "population", "year") == [
        ("*", 5000, 2023), ("east", 804, 2023), ("west", 3209, 2023),
    ]  # fmt: skip
    assert said(out, "note") == [
        ("4", "population", "804 inhabitants, but men and women sum to 800", "the inhabitants given are used"),
        ("4", "population", "804 inhabitants, but town and village sum to 805", "the inhabitants given are used"),
        ("", "", "5000 in the region, but its districts sum to 4013",
         "both are kept: the districts' totals are used for the districts"),
    ]  # fmt: skip
    assert said(out, "corrected") == [
        ("5", "population", "no inhabitants", "taken as the sum of its parts, 3209"),
    ]


def test_a_district_unknown_or_missing_or_empty_is_said(write, region):
    out = attach(region, write("oblast;district;population\nTiny;East;0\nTiny;Севрный;50\nАкмолинская;Есиль;7"))
    assert cells(out.people.official, "district_id", "population") == [("*", 50), ("east", 0)]
    assert said(out, "note") == [
        ("", "", "1 of 3 rows", "they lie in other regions: not rows of this region"),
        ("2", "population", "0 inhabitants", "a district without a soul: check the figure"),
        ("3", "", "Севрный: the region has none of this name: correct it, or give its KATO",
         "no district of the map: counts in the region's total only"),
        ("", "", "no row for West (991000000)",
         "these districts have no official total: their settlements are not raked to one"),
    ]  # fmt: skip
    without = attach(region, write("district;population\nEast;804\nСевёрный;50"))
    assert [entry[0] for entry in said(without, "rejected")] == ["3"]


def test_districts_of_a_city_listed_below_it_count_once(write, region):
    text = """
        oblast_kato;name;population
        990000000;East;{whole}
        990000000;Алматы ауданы;600
        990000000;Абай ауданы;{part}
        990000000;West;3209
    """
    out = attach(region, write(text.format(whole=804, part=204)))
    assert out.people.official.loc["*", "population"] == 4013
    assert [entry[0] for entry in said(out, "note")] == ["3", "4"]
    all_but = attach(region, write(text.format(whole=804, part=190)))  # 790 of 804: 1.7 % of the city lies outside them
    assert all_but.people.official.loc["*", "population"] == 4013
    others = attach(region, write(text.format(whole=804, part=100)))  # 700 of 804: districts of their own
    assert others.people.official.loc["*", "population"] == 4713


def test_of_several_years_the_last_before_the_plans_day_is_used(write, region):
    path = write("""
        Район;Год;Население
        East;2022;800
        East;2023;804
        East;2030;900
        West;2023;3209
    """)
    out = attach(region, path)
    assert cells(out.people.official, "district_id", "population", "year") == [
        ("*", 4013, 2023), ("east", 804, 2023), ("west", 3209, 2023),
    ]  # fmt: skip
    assert ("", "", "2 of 4 rows", "they are of other years: the figures of 2023 are used") in said(out, "note")


def test_below_the_name_of_another_region_all_rows_are_of_that_region(write, region):
    path = write("""
        Наименование;Население
        Республика Казахстан;9999
        Акмолинская область;500
        Восточный район;100
        Tiny облысы;4013
        Восточный район;804
        Западный Г.А.;3209
    """)
    out = attach(region, path)
    assert cells(out.people.official, "district_id", "population") == [("*", 4013), ("east", 804), ("west", 3209)]
    assert counts(out, "official") == (3, 3, 0, 0)


def test_one_district_that_is_the_whole_city_takes_the_total_of_its_parts(write, region):
    one = dataclasses.replace(
        region,
        code="KZ-75",
        districts=region.districts.iloc[:1].assign(kato="750000000", name="Алматы", name_kk=None, name_ru=None),
        settlements=region.settlements.assign(district_id="east", kato=None).astype({"kato": "str"}),
    )
    path = write(
        "oblast_kato;kato;name;population\n750000000;751110000;Алатау ауданы;30\n750000000;751210000;Алмалы;70"
    )
    out = attach(one, path)
    assert cells(out.people.official, "district_id", "population") == [("*", 100), ("east", 100)]


# --- ages


AGES = "area;age;people\n*;0-4;10\n*;5-9;12\n*;10-14;11\n*;15+;967\n"


def test_ages_down_the_sheet(write, region):
    out = attach(region, write(AGES + "*;всего;1000\nРеспублика Казахстан;0-17;6 902 492\nАкмолинская область;0-17;5"))
    assert cells(out.people.ages, "area_id", "territory", "age", "age_to", "people", "month", "year") == [
        ("*", "all", 0, 4, 10, 1, 2024), ("*", "all", 5, 9, 12, 1, 2024), ("*", "all", 10, 14, 11, 1, 2024),
        ("*", "all", 15, 120, 967, 1, 2024), ("KZ", "all", 0, 17, 6902492, 1, 2024),
    ]  # fmt: skip
    assert said(out, "note") == [
        ("", "", "1 of 7 rows", "they lie in other regions: not rows of this region"),
        ("", "year", "no year", "taken as of the plan's year, 2024: name a column `year`"),
    ]


def test_ages_across_the_sheet_by_sex_and_by_town_and_village(write, region):
    path = write("""
        На 1 сентября 2023 года
        Район;Местность;Пол;0-4 лет;5 – 17 лет;18 лет и старше;Барлығы
        East;село;мужчины;10;20;70;100
        East;село;женщины;11;19;71;101
        East;село;оба пола;21;40;141;202
        West;городское население;оба пола;1;2;3;6
    """)
    out = attach(region, path)
    assert cells(out.people.ages, "area_id", "territory", "age", "age_to", "people", "month", "year") == [
        ("east", "rural", 0, 4, 21, 9, 2023), ("east", "rural", 5, 17, 40, 9, 2023),
        ("east", "rural", 18, 120, 141, 9, 2023), ("west", "urban", 0, 4, 1, 9, 2023),
        ("west", "urban", 5, 17, 2, 9, 2023), ("west", "urban", 18, 120, 3, 9, 2023),
    ]  # fmt: skip
    assert said(out, "note") == [
        ("3", "5 – 17 лет", "40 inhabitants, but men and women sum to 39", "the inhabitants given are used"),
        ("3", "Барлығы", "202 inhabitants, but men and women sum to 201", "the inhabitants given are used"),
    ]


def test_men_and_women_are_summed_and_one_sex_alone_is_rejected(write, region):
    path = write("""
        area;sex;age;people;year
        *;m;0-17;10;2023
        *;f;0-17;11;2023
        KZ;m;0-17;10;2023
        *;кто;0-17;10;2023
    """)
    out = attach(region, path)
    assert cells(out.people.ages, "area_id", "people") == [("*", 21)]
    assert [(row, column, what) for row, column, what, _ in said(out, "rejected")] == [
        ("5", "sex", "кто"), ("4", "sex", "one sex only"),
    ]  # fmt: skip


def test_a_group_that_finer_ones_fill_is_their_sum(write, region):
    path = write("""
        area;age;people;year
        *;0;1;2023
        *;1;2;2023
        *;0-1;3;2023
        *;2-9;9;2023
        *;0-9;13;2023
        *;10-17;7;2023
        *;итого;19;2023
    """)
    out = attach(region, path)
    assert cells(out.people.ages, "age", "age_to", "people") == [(0, 0, 1), (1, 1, 2), (2, 9, 9), (10, 17, 7)]
    assert said(out, "note") == [
        ("6", "people", "ages 0–9: 13, but they sum to 12", "the single ages are used"),
    ]


def test_a_total_that_is_not_the_sum_is_noted_with_both(write, region):
    out = attach(region, write(AGES + "*;всего;1001"))
    assert said(out, "note")[-1] == ("6", "people", "1001 of all ages, but the ages sum to 1000", "the ages are used")


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ("*;0-4;1\n*;4-9;1\n*;10-17;1", [("3", "ages 4–9 overlap ages 0–4 of row 2.")]),
        ("*;0-4;1\n*;10-17;1", [("3", "ages 5–9 are missing.")]),
        ("*;6-17;1", [("2", "ages 0–5 are missing.")]),
        ("*;0-14;1", [("2", "ages 15–17 are missing.")]),
        ("*;0-17;0", [("2", "nobody is counted in any age.")]),
        ("*;0-4;1\n*;5-9;–\n*;10-17;1\nKZ;5+;7", [("4", "ages 5–9 are missing."), ("5", "ages 0–4 are missing.")]),
    ],
)
def test_groups_that_overlap_or_are_missing_are_refused_all_at_once(write, region, rows, faults):
    with pytest.raises(TableError) as error:
        attach(region, write(f"area;age;people\n{rows}"))
    assert [(fault.row, str(fault.problem)) for fault in error.value.faults] == faults
    assert {(fault.file, fault.column) for fault in error.value.faults} <= {("table.csv", "people"), ("table.csv", "")}


def test_a_total_without_ages_is_rejected(write, region):
    out = attach(region, write(AGES + "KZ;всего;20 000 000"))
    assert set(out.people.ages["area_id"]) == {"*"}
    assert said(out, "rejected") == [("6", "age", "a total alone", "give the ages too")]


def test_rows_of_ages_that_cannot_be_read_are_rejected(write, region):
    out = attach(region, write(AGES.replace("people", "people;month", 1) + "*;дети;5;\n*;0-4;10;\n*;5-9;3;7"))
    assert [(row, column, what) for row, column, what, _ in said(out, "rejected")] == [
        ("8", "month", "7"), ("6", "age", "дети"), ("7", "age", "*, all, 2024.0, 1.0, both, (0, 4)"),
    ]  # fmt: skip


# --- births and pupils


def test_births_across_and_down_the_sheet(write, region):
    across = write("Число родившихся\nРегион;2020;2021;2022\nРК;425;447;-\nTiny;10;12;11\nАкмолинская область;1;1;1")
    down = write("area;sex;year;births\n*;boys;2023;5\n*;girls;2023;6\n*;;2022;11\nEast;;2023/24;7", "down.csv")
    out = attach(region, across, down)
    assert cells(out.people.births, "area_id", "year", "births") == [
        ("*", 2020, 10), ("*", 2021, 12), ("*", 2022, 11), ("*", 2023, 11),
        ("KZ", 2020, 425), ("KZ", 2021, 447), ("east", 2023, 7),
    ]  # fmt: skip
    assert said(out, "rejected") == [("4", "", "*", "stands already in table.csv, row 4: remove one")]


def test_of_a_row_whose_years_were_partly_read_before_only_the_new_are_used(write, region):
    first = write("Родилось\narea;2021;2022\n*;12;11", "first.csv")
    second = write("Родилось\narea;2022;2023\n*;99;10", "second.csv")
    out = attach(region, first, second)
    assert cells(out.people.births, "year", "births") == [(2021, 12), (2022, 11), (2023, 10)]
    assert said(out, "corrected") == [("3", "2022", "99", "stands already in first.csv, row 3: remove one")]


def test_births_of_one_sex_alone_are_rejected(write, region):
    out = attach(region, write("area;sex;year;births\n*;м;2023;5\n*;ж;2023;6\nEast;м;2023;2"))
    assert cells(out.people.births, "area_id", "births") == [("*", 11)]
    assert said(out, "rejected") == [("4", "sex", "one sex only", "the other is missing: give both, or their sum")]


def test_pupils_by_year_and_grade(write, region):
    path = write("""
        Район;Учебный год;1 класс;2 класс;Всего
        East;2022/23;10;9;19
        East;2023/24;11;10;22
        East;2023/24;11;10;22
        Tiny;2023/24;;;90
        West;скоро;1;2;3
    """)
    out = attach(region, path)
    assert cells(out.people.series, "area_id", "year", "grade", "pupils") == [
        ("*", 2023, 0, 90), ("east", 2022, 0, 19), ("east", 2022, 1, 10), ("east", 2022, 2, 9),
        ("east", 2023, 0, 22), ("east", 2023, 1, 11), ("east", 2023, 2, 10),
    ]  # fmt: skip
    assert said(out, "note") == [("3", "Всего", "22 pupils, but the grades sum to 21", "both are kept")]
    assert said(out, "rejected") == [
        ("6", "Учебный год", "скоро", "not a year (2023 or 2023/24)"),
        ("4", "", "east", "stands already on row 3: remove one"),
    ]


def test_pupils_down_the_sheet_and_by_settlement(write, region):
    path = write("""
        settlement;district;year;grade;pupils
        Arka;East;2023;1;5
        Arka;East;2023;2 класс;4
        Arka;East;2023;всего;9
        Arka;East;2023;13;9
        ;East;2023;1;50
    """)
    out = attach(region, path)
    assert cells(out.people.series, "area_id", "grade", "pupils") == [
        ("A", 0, 9),
        ("A", 1, 5),
        ("A", 2, 4),
        ("east", 1, 50),
    ]
    assert [entry[:3] for entry in said(out, "rejected")] == [("5", "grade", "13")]


# --- what is attached


def test_kinds_of_any_order_are_joined_and_a_kind_given_again_replaces_the_one_before(write, region):
    totals = write("Район;Население\nEast;804\nWest;3209", "totals.csv")
    table = write("kato;population\n990301001;430", "settlements.csv")
    one = attach(region, totals, table)
    assert people.attach(region, [table, totals], Options(on=DAY)).people.official.equals(one.people.official)
    again = attach(one, write("Район;Население\nEast;805", "newer.csv"))
    assert again.people.official.loc["east", "population"] == 805
    assert again.people.headcounts.equals(one.people.headcounts)
    assert {key for key in again.ledger.read if key[1] == "official"} == {("newer.csv", "official")}
    assert sorted(one.name for one in again.inputs) == ["newer.csv", "settlements.csv"]


def test_a_workbook_is_read_by_its_best_sheet_numbers_as_they_are(region, tmp_path):
    path = tmp_path / "Аудандар.xlsx"
    with Workbook(path) as book:
        book.add_worksheet("Кіріспе").write_string(0, 0, "Мазмұны")
        sheet = book.add_worksheet("Халық")
        for row, cells_ in enumerate([["КАТО", "Халық саны"], [990301001, 430.0], ["990301002", "1 219"]]):
            for column, cell in enumerate(cells_):
                sheet.write(row, column, cell)
    out = attach(region, path)
    assert cells(out.people.headcounts, "settlement_id", "population") == [("A", 430), ("B", 1219)]


def test_a_name_of_a_hostile_cell_stays_text(write, region):
    out = attach(region, write('kato;name;population\n990301001;"=HYPERLINK(""x"")";430\n;<script>;5'))
    assert said(out, "rejected")[0][2] == "<script>"
    assert out.people.headcounts.loc["A", "population"] == 430


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["990301001", "990301002.0", "990309999", "593230100", "990300000", "", "x", "Итого"]),
            st.sampled_from(["", "Arka", "с. Dala", "Nowhere", "всего"]),
            st.sampled_from(["", "East", "West", "Northern"]),
            st.sampled_from(["", "430", "1,234", "-5", "1 000", "много", "0"]),
        ).filter(any),
        min_size=1,
    )
)
def test_no_row_is_lost_or_counted_twice(region, tmp_path, rows):
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("kato", "settlement", "district", "population"), *rows])
    try:
        out = attach(region, path)
    except TableError as error:
        assert "none of the" in str(error)  # noqa: PT017
        return
    read, used, corrected, rejected = counts(out, "headcounts")
    notes = said(out, "note")
    elsewhere = sum(int(what.split()[0]) for *_, what, why in notes if why.startswith("they lie in other"))
    totals = sum(
        len(what.removeprefix("rows ").split(", ")) for *_, what, why in notes if why.startswith("they are sums")
    )
    assert used + corrected == len(out.people.headcounts)
    assert used + corrected + rejected == read == len(rows) - elsewhere - totals
    assert out.people.headcounts["population"].dropna().isin([430, 1234, 1000, 0]).all()


# --- a corrected copy


def test_a_corrected_copy_reads_as_the_same_tables(write, region, tmp_path, options):
    paths = [
        write("kato;name;population;7 лет\n990301001;;1,430;5\n;Dala;107;\n;Nowhere;5;", "a.csv"),
        write("Район;Население\nEast;804\nWest;3209", "b.csv"),
        write(AGES, "c.csv"),
        write("area;year;births\n*;2023;5", "d.csv"),
        write("area;year;grade;pupils\n*;2023;1;5\n*;2022;1;6", "e.csv"),
        write("id;name;level;kato;seats\n1;=Мектеп;орта;990301001;100\n2;Two;орта;;5", "schools.csv"),
    ]
    one = register.attach(attach(region, *paths[:5]), register.read(paths[5]), options)
    copy = people.corrected(one, tmp_path / "copy")
    names = {path.name for path in copy.iterdir()}
    assert names == {
        "headcounts.csv",
        "official.csv",
        "ages.csv",
        "births.csv",
        "series.csv",
        "schools.csv",
        "rejected.csv",
    }
    assert {name: people.kind_of(copy / name) for name in names - {"rejected.csv"}} == {
        **{f"{kind}.csv": kind for kind in kinds.KINDS}, "schools.csv": "register",
    }  # fmt: skip
    again = attach(region, *(copy / f"{kind}.csv" for kind in kinds.KINDS))
    for kind in kinds.KINDS:
        assert getattr(again.people, kind).equals(getattr(one.people, kind)), kind
        assert said(again, "rejected", kind) == said(again, "corrected", kind) == [], kind
    schools = register.attach(region, register.read(copy / "schools.csv"), options).schools
    assert list(schools.index) == ["1"]
    text = (copy / "schools.csv").read_text(encoding="utf-8-sig")
    assert "'=Мектеп" in text
    rejected = list(csv.reader((copy / "rejected.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rejected[0] == ["file", "row", "column", "what", "why"]
    assert [row[:4] for row in rejected[1:]] == [
        ["a.csv", "4", "name", "Nowhere"],
        ["schools.csv", "3", "lon", "no place"],
    ]


def test_a_copy_that_cannot_be_written_is_a_fault(region, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SourceError, match="cannot be written"):
        people.corrected(region, tmp_path / "file")


# --- the real table


def test_the_bureaus_table_gives_every_district_of_a_region_its_total(modelled, options):
    region, path, rows = modelled("KZ-59", "59")
    out = people.attach(region, [path], options)
    official = out.people.official
    assert len(rows) == 14
    assert set(official.index) == {*region.districts.index, "*"}
    assert official.loc["*", "population"] == sum(float(row["pop"]) for row in rows) == 534024
    codes = region.districts["kato"]
    assert {codes[key]: official.loc[key, "population"] for key in codes.index} == {
        row["adm2_kato"]: float(row["pop"]) for row in rows
    }
    assert official.loc["*", "urban"] + official.loc["*", "rural"] == official.loc["*", "population"]
    assert set(official["year"]) == {2023}
    assert counts(out, "official") == (14, 14, 0, 0)
    assert said(out, "rejected", "official") == []


@pytest.mark.parametrize(
    ("code", "digits", "joined", "parts"),
    [("KZ-15", "15", 13, 2), ("KZ-35", "35", 13, 2), ("KZ-61", "61", 16, 0)],
)
def test_districts_of_cities_in_the_bureaus_table_count_once_and_a_new_district_in_the_total(
    modelled, options, code, digits, joined, parts
):
    region, path, rows = modelled(code, digits)
    out = people.attach(region, [path], options)
    nameless = [row for row in rows if not row["adm2_kato"]]
    aside = sum(float(row["pop"]) for row in nameless) if parts else 0
    assert len(out.people.official) == joined + 1
    assert out.people.official.loc["*", "population"] == sum(float(row["pop"]) for row in rows) - aside
    assert sum(why == "counted once, with the whole" for *_, why in said(out, "note")) == parts
    assert counts(out, "official") == (len(rows), len(rows), 0, 0)


def test_districts_without_a_code_are_joined_by_name(modelled, options):
    region, path, rows = modelled("KZ-61", "61")
    out = people.attach(region, [path], options).people.official
    bare = dataclasses.replace(region, districts=region.districts.assign(kato=None).astype({"kato": "str"}))
    assert people.attach(bare, [path], options).people.official.equals(out)
    assert len(rows) == 17


@pytest.fixture(scope="module")
def modelled():
    """Return a region of the modelled country, the Bureau's table, and its rows of that region."""
    from schoolnet.sources import osm, territory

    path = shared("kz/bns_population_2023_districts.csv")
    extract = osm.read(shared("kz/kazakhstan-modelled.osm.pbf"))
    with path.open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))

    def one(code, digits):
        region = territory.cut(extract, territory.find(extract, code), Options(on=DAY))
        return region, path, [row for row in table if row["adm1_kato"] == f"{digits}0000000"]

    return one


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_ledger_and_the_faults_are_said_in_the_language(write, region, tmp_path, lang):
    say = words.load(lang).message
    out = attach(
        region,
        write(
            "kato;name;district;population\n990301001;Bulak;;1,219\n990301001;;;–\n990301009;Дала;;7\n;Aрка;Север;x\n;;;1"
        ),
        write("oblast;name;population;men;women\nTiny;East;5;1;1\nTiny;Жаңа ауданы;7;;\nTiny;Итого;7;;", "b.csv"),
        write(AGES + "*;всего;7\n*;x;1", "c.csv"),
        write("area;grade;year;pupils\n*;1;2023;5\n*;x;2023;5\n*;1;2023;6\n*;2;soon;6", "d.csv"),
    )
    frame, plain = out.ledger.frame(say), out.ledger.frame()
    assert len(frame) > 15
    assert (frame["why"] != plain["why"]).all()
    english = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
    assert [text for text in [*frame["what"], *frame["why"]] if english.search(text)] == []
    people.corrected(out, tmp_path / "copy", say=say)
    assert not english.search((tmp_path / "copy" / "rejected.csv").read_text(encoding="utf-8-sig").lower())
    for text in ("foo;bar\n1;2", "area;age;people\n*;0-4;1\n*;3-9;1", "name;population\nNowhere;5"):
        with pytest.raises(SchoolnetError) as error:
            attach(region, write(text))
        assert [fault for fault in error.value.faults if english.search(words.load(lang).fault(fault))] == []
