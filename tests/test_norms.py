"""Norms as dated situations in plain words."""

from __future__ import annotations

import datetime as dt

import pytest

from schoolnet.errors import OptionError, SourceError
from schoolnet.law.norms import Norms

AUTUMN = dt.date(2026, 9, 1)


@pytest.mark.parametrize(
    ("children", "owed"),
    [
        (0, "none"),
        (4, "none"),
        (5, "primary"),
        (40, "primary"),
        (41, "basic"),
        (80, "basic"),
        (81, "secondary"),
        (2000, "secondary"),
    ],
)
def test_in_autumn_2026_a_village_with_so_many_children_is_owed(children, owed):
    assert Norms.on(AUTUMN).guaranteed_level(children) == owed


def test_in_2008_the_same_thresholds_were_law_already():
    assert Norms.on(dt.date(2008, 9, 1)).guaranteed_level(41) == "basic"


def test_before_resolution_1256_nothing_was_guaranteed_and_the_message_names_the_day():
    with pytest.raises(OptionError, match=r"threshold.primary.*20\.12\.2007.*later day"):
        Norms.on(dt.date(2007, 12, 20)).guaranteed_level(5)


def test_in_2015_no_transport_norm_of_order_336_was_in_force():
    with pytest.raises(OptionError, match=r"transport\.distance_m"):
        Norms.on(dt.date(2015, 9, 1))["transport.distance_m"]


def test_three_kilometres_are_law_and_say_where():
    norm = Norms.on(AUTUMN)["transport.distance_m"]
    assert (norm.value, norm.unit, norm.standing) == (3000, "m", "law")
    assert "336" in norm.act
    assert "row 4" in norm.clause


def test_only_rivers_and_lakes_are_natural_barriers_in_the_act():
    assert Norms.on(AUTUMN)["transport.barriers"].value == ["river", "lake"]


def test_every_norm_of_standing_law_names_an_act_and_a_clause_and_no_default_does():
    for norm in Norms.on(AUTUMN):
        named = bool(norm.act and norm.clause)
        assert named == (norm.standing != "default"), norm.key


def test_a_later_entry_replaces_an_earlier_one_from_its_day(tmp_path):
    entry = '[[norm]]\nkey = "k"\nvalue = {}\nstanding = "default"\nfrom = {}\n'
    file = tmp_path / "own.toml"
    file.write_text(entry.format(1, "2020-01-01") + entry.format(2, "2024-01-01"), encoding="utf-8")
    assert Norms.on(dt.date(2023, 12, 31), file=file)["k"].value == 1
    assert Norms.on(dt.date(2024, 1, 1), file=file)["k"].value == 2


def test_an_entry_without_a_value_repeals_the_norm(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        '[[norm]]\nkey = "k"\nvalue = 1\nstanding = "default"\nfrom = 2020-01-01\n'
        '[[norm]]\nkey = "k"\nstanding = "default"\nfrom = 2024-01-01\n',
        encoding="utf-8",
    )
    with pytest.raises(OptionError, match="“k” is not in force"):
        Norms.on(dt.date(2025, 1, 1), file=file)["k"]


def test_a_wrong_norms_file_is_refused_with_every_fault(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        '[[norm]]\nvalue = 1\nstanding = "law"\nfrom = 2020-01-01\n'
        '[[norm]]\nkey = "k"\nstanding = "rumour"\nfrom = "soon"\n',
        encoding="utf-8",
    )
    with pytest.raises(OptionError) as error:
        Norms.on(AUTUMN, file=file)
    text = str(error.value)
    for said in (
        "own.toml, row 1. entry",
        "key is missing",
        "names no act",
        "row 2. entry",
        "'rumour'",
        "'soon' is not a day",
    ):
        assert said in text


def test_a_planners_own_norm_stands_in_place_of_the_projects_and_the_others_stay(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        '[[norm]]\nkey = "transport.distance_m"\nvalue = 2000\nstanding = "default"\nfrom = 2020-01-01\n',
        encoding="utf-8",
    )
    norms = Norms.on(AUTUMN, file=file)
    assert (norms["transport.distance_m"].value, norms["transport.distance_m"].standing) == (2000, "default")
    assert norms.guaranteed_level(41) == "basic"
    with pytest.raises(OptionError, match="not in force"):
        Norms.on(dt.date(2019, 12, 31), file=file)["transport.distance_m"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("transport.distance_m", '"3000"'),
        ("transport.distance_m", "nan"),
        ("threshold.primary", "-5"),
        ("threshold.primary", "true"),
        ("transport.barriers", '"river"'),
        ("transport.barriers", "[1]"),
        ("substitute.consent", "1"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_what_is_wanted(tmp_path, key, value):
    file = tmp_path / "own.toml"
    file.write_text(
        f'[[norm]]\nkey = "{key}"\nvalue = {value}\nstanding = "default"\nfrom = 2020-01-01\n', encoding="utf-8"
    )
    with pytest.raises(OptionError, match=r"own\.toml, row 1\. entry.*value.*law/kz\.toml"):
        Norms.on(AUTUMN, file=file)


@pytest.mark.parametrize("content", ["[norm]\nkey = 1\n", "norm = 3\n"])
def test_entries_of_another_shape_are_refused(tmp_path, content):
    file = tmp_path / "own.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(OptionError, match="no entry"):
        Norms.on(AUTUMN, file=file)


def test_a_time_of_day_is_not_a_day(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        '[[norm]]\nkey = "k"\nvalue = 1\nstanding = "default"\nfrom = 2020-01-01T08:00:00\n', encoding="utf-8"
    )
    with pytest.raises(OptionError, match="is not a day"):
        Norms.on(AUTUMN, file=file)


@pytest.mark.parametrize(("content", "said"), [("", "no entry"), ("= 3", "not a TOML file")])
def test_an_empty_or_broken_norms_file_is_refused(tmp_path, content, said):
    file = tmp_path / "own.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises((OptionError, SourceError), match=said):
        Norms.on(AUTUMN, file=file)


def test_a_missing_norms_file_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"none\.toml.*no such file"):
        Norms.on(AUTUMN, file=tmp_path / "none.toml")
