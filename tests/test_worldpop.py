"""Whose people a raster holds, by its name, and which of several are counted together."""

from __future__ import annotations

from pathlib import Path

import pytest

from schoolnet.sources import worldpop
from schoolnet.sources.worldpop import Label


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kaz_ppp_2020.tif", Label("total", "", 2020)),
        ("kaz_ppp_2020_constrained.tif", Label("total", "", 2020)),
        ("KAZ_ppp_v2c_2015_UNadj.tif", Label("total", "", 2015)),
        ("kaz_pop_2025_CN_100m_R2025A_v1.tif", Label("total", "", 2025)),
        ("kaz_f_5_2020.tif", Label("5", "f", 2020)),
        ("kaz_m_10_2020_constrained.tif", Label("10", "m", 2020)),
        ("kaz_f_05_2025_CN_100m_R2025A_v1.tif", Label("5", "f", 2025)),
        ("kaz_f_00_2025_CN_100m_R2025A_v1.tif", Label("0", "f", 2025)),
        ("kaz_t_0_2025.tif", Label("0", "", 2025)),
        ("kaz_T_F_2025_CN_100m_R2025A_v1.tif", Label("total", "f", 2025)),
        ("kaz_m_2025_CN_100m.tif", Label("total", "m", 2025)),
        ("халық.tif", Label("total", "", None)),
        ("people_2023.tif", Label("total", "", 2023)),
        ("kaz_T_Under_18_2025_CN_100m_R2025A_v1.tif", None),
    ],
)
def test_a_name_says_whose_people_a_raster_holds(name, expected):
    assert worldpop.label(name) == expected


def choose(*names):
    return worldpop.choose({Path(name): worldpop.label(name) for name in names})


def test_one_file_of_each_sex_or_one_of_both_is_counted():
    choice = choose("kaz_f_0_2020.tif", "kaz_m_0_2020.tif", "kaz_t_1_2020.tif")
    assert (choice.left_out, choice.faults) == ({}, [])


def test_a_file_of_both_sexes_wins_over_its_parts():
    choice = choose("kaz_f_0_2020.tif", "kaz_m_0_2020.tif", "kaz_t_0_2020.tif")
    why = "not used: kaz_t_0_2020.tif holds both sexes"
    assert choice.left_out == {Path("kaz_f_0_2020.tif"): why, Path("kaz_m_0_2020.tif"): why}


def test_half_a_group_is_left_out_and_said():
    choice = choose("kaz_f_0_2020.tif", "kaz_m_0_2020.tif", "kaz_f_1_2020.tif")
    assert choice.left_out == {Path("kaz_f_1_2020.tif"): "not used: the file of the other sex is missing"}
    assert choice.faults == []


def test_files_of_one_sex_only_are_refused():
    faults = choose("kaz_f_0_2020.tif", "kaz_f_1_2020.tif").faults
    assert [(fault.problem, fault.file) for fault in faults] == [
        ("holds one sex only.", "kaz_f_0_2020.tif"),
        ("holds one sex only.", "kaz_f_1_2020.tif"),
    ]


def test_two_totals_are_refused():
    faults = choose("kaz_ppp_2020.tif", "kaz_ppp_2020_constrained.tif").faults
    assert [(fault.problem, fault.file) for fault in faults] == [
        ("holds the same people as kaz_ppp_2020.tif.", "kaz_ppp_2020_constrained.tif")
    ]


def test_what_is_missing_among_the_groups_is_said():
    notes = choose("kaz_t_0_2020.tif", "kaz_t_5_2020.tif", "kaz_t_15_2021.tif").notes
    assert [str(what) for what, _ in notes] == [
        "no file of the ages from 1, 10",
        "no total, and not every age",
        "files of the years 2020, 2021",
    ]
    notes = choose("kaz_t_0_2020.tif", "kaz_t_1_2020.tif", "kaz_ppp_2020.tif").notes
    assert [str(what) for what, _ in notes] == ["a total and groups of ages"]
    assert choose("kaz_ppp_2020.tif").notes == []


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ([0, 1, *range(5, 85, 5)], True),
        ([0, 1, *range(5, 95, 5)], True),
        ([0, 1, *range(5, 75, 5), 80], False),  # 75 is missing
        ([0, 1, 5, 10, 15], False),
        (range(101), True),
        (range(1, 101), False),
        ([], False),
    ],
)
def test_groups_are_everybody_when_none_is_missing(ages, expected):
    assert worldpop.everybody([str(age) for age in ages]) is expected
