"""Cells of sheets of people: numbers as people write them, years, ages and grades."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolnet.sources import amounts, names

SPACES = [" ", "\xa0", "\u202f", "\u2009"]


@pytest.mark.parametrize(
    ("text", "value", "guessed"),
    [
        ("1234", 1234, False),
        ("1 234", 1234, False),
        ("1\xa0234\u202f567", 1234567, False),
        ("1'234", 1234, False),
        ("328762.0", 328762, False),
        ("1 234,00", 1234, False),
        ("0", 0, False),
        ("0.0", 0, False),
        ("1,234", 1234, True),
        ("1.234", 1234, True),
        ("1.234.567", 1234567, True),
        ("1,234.00", 1234, True),
        ("1.234,0", 1234, True),
        ("12.000", 12000, True),
    ],
)
def test_numbers_are_read_as_people_write_them(text, value, guessed):
    assert amounts.number(text) == (value, guessed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-5",
        "–",
        "12 34",
        "1234 567",
        "12.5",
        "0,5",
        "0.123",
        "1.234,567",
        "1,23",
        "1e5",
        "много",
        "٣",
        "²",
        "5-7",
        "∞",
    ],
)
def test_what_is_no_whole_number_is_none(text):
    assert amounts.number(text) == (None, False)


def test_a_part_is_read_where_it_may_stand_and_a_group_of_three_is_thousands_there_too():
    assert amounts.number("12,5", whole=False) == (12.5, False)
    assert amounts.number("1.234", whole=False) == (1234, True)
    assert amounts.number("1.2345", whole=False) == (1.2345, False)


def test_a_number_out_of_bounds_a_dash_and_a_guess_say_why():
    assert amounts.count("11", 0, 10) == (None, "not a whole number from 0 to 10: taken as unknown")
    assert amounts.count("10", 0, 10) == (10, None)
    assert amounts.count("1,000", 0, 5000) == (1000, "read as 1000")
    assert amounts.count("–", 0, 10) == (None, "a dash is taken as unknown: write 0 where there is none")
    assert amounts.count("x", 0, 10, whole=False) == (None, "not a number from 0 to 10: taken as unknown")


@given(st.integers(0, 10**9), st.sampled_from([*SPACES, "'", ",", "."]), st.sampled_from(["", ".0", ",0", ".00"]))
def test_a_grouped_number_is_the_number_and_a_point_or_comma_is_owned_to_be_a_guess(value, mark, tail):
    text = f"{value:,}".replace(",", mark)
    if mark in ",." and tail.startswith(mark):
        tail = ""
    found = amounts.number(text + tail)
    assert found.value == value
    assert found.guessed == (mark in ",." and value >= 1000)


@given(st.text())
def test_no_cell_makes_a_crash_or_a_negative_number(text):
    value, _ = amounts.count(text, 0, 5e6)
    assert value is None or 0 <= value <= 5e6
    assert amounts.year(text) is None or 1900 <= amounts.year(text) < 2100
    found = amounts.ages(text)
    assert found is None or 0 <= found[0] <= found[1] <= amounts.OLDEST
    assert amounts.grade(text) in {None, *range(1, 13)}
    names.stem(text)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2023", 2023),
        ("2023.0", 2023),
        ("2023/24", 2023),
        ("2023-2024", 2023),
        ("2023 – 2024 учебный год", 2023),
        ("2023-24 оқу жылы", 2023),
        ("1999/00", 1999),
        ("2023 г.", 2023),
        ("2023-жыл", 2023),
        ("2023/25", None),
        ("23", None),
        ("20230", None),
        ("", None),
    ],
)
def test_years_and_school_years(text, year):
    assert amounts.year(text) == year


def test_a_year_is_taken_from_a_title_that_names_one_only():
    assert amounts.year_within("bns_population_2023_districts") == 2023
    assert amounts.year_within("на 1 января 2024 года", "2024") == 2024
    assert amounts.year_within("2021-2024") is None
    assert amounts.year_within("таблица 12023") is None


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("7", (7, 7)),
        ("a7", (7, 7)),
        ("a5-9", (5, 9)),
        ("age 7", (7, 7)),
        ("7 лет", (7, 7)),
        ("1 год", (1, 1)),
        ("0 жас", (0, 0)),
        ("7 жаста", (7, 7)),
        ("в возрасте 7 лет", (7, 7)),
        ("0-4", (0, 4)),
        ("5 – 9 лет", (5, 9)),
        ("5—9 жас", (5, 9)),
        ("85+", (85, 120)),
        ("85 лет и старше", (85, 120)),
        ("85 жас және одан жоғары", (85, 120)),
        ("100 and over", (100, 120)),
        ("до 1 года", (0, 0)),
        ("1 жасқа дейін", (0, 0)),
        ("9-5", None),
        ("121", None),
        ("всего", None),
        ("2021", None),
    ],
)
def test_ages_and_groups(text, ages):
    assert amounts.ages(text) == ages


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("g1", 1), ("1 класс", 1), ("1-й класс", 1), ("11-сынып", 11), ("grade 12", 12), ("13 класс", None),
        ("5", None),
    ],
)  # fmt: skip
def test_grades(text, grade):
    assert amounts.grade(text) == grade
