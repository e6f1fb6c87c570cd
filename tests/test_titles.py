"""Titles of regions and districts: the word of the kind is put where the source leaves it out, and never twice."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from schoolnet.output import titles


@pytest.mark.parametrize(
    ("code", "names", "titled"),
    [
        (
            "KZ-59",
            {"kk": "Солтүстік Қазақстан", "ru": "Северо-Казахстанская", "en": "North Kazakhstan"},
            ("Солтүстік Қазақстан облысы", "Северо-Казахстанская область", "North Kazakhstan Region"),
        ),
        ("KZ-10", {"kk": "Абай", "ru": "Абай", "en": "Abai"}, ("Абай облысы", "область Абай", "Abai Region")),
        (
            "KZ-10",
            {"kk": "Абай облысы", "ru": "область Абай", "en": "Abai Region"},
            ("Абай облысы", "область Абай", "Abai Region"),
        ),
        (
            "KZ-71",
            {"kk": "Астана (қала)", "ru": "Астана", "en": "Astana (city)"},
            ("Астана қаласы", "город Астана", "Astana City"),
        ),
        (
            "KZ-99",
            {"kk": "Алтынсай облысы (ойдан шығарылған)", "ru": "Дальняя (вымышленная)", "en": "Far (fictional)"},
            ("Алтынсай облысы (ойдан шығарылған)", "Дальняя область (вымышленная)", "Far Region (fictional)"),
        ),
        ("own", {"kk": "Өңір", "ru": "Край", "en": "Land"}, ("Өңір", "Край", "Land")),
    ],
)
def test_a_region_is_titled_once_and_by_its_kind(code, names, titled):
    found = titles.of_region({**names, "name": names["ru"]}, code)
    assert (found["kk"], found["ru"], found["en"]) == titled
    assert found["name"] == names["ru"]  # as the source has it
    assert titles.of_region(found, code) == found


def _row(kk=None, ru=None, en=None, name=None):
    return SimpleNamespace(name_kk=kk, name_ru=ru, name_en=en, name=name)


@pytest.mark.parametrize(
    ("row", "titled"),
    [
        (_row("Айыртау", "Айыртауский"), {"kk": "Айыртау ауданы", "ru": "Айыртауский район"}),
        (_row("Айыртау ауданы", "Айыртауский"), {"kk": "Айыртау ауданы", "ru": "Айыртауский район"}),
        (_row("Петропавл", "Петропавловск"), {"kk": "Петропавл", "ru": "Петропавловск"}),  # no spelling tells a kind
        (_row("Петропавл қаласы", "Петропавловск"), {"kk": "Петропавл қаласы", "ru": "город Петропавловск"}),
        (_row(name="East"), {"name": "East"}),
    ],
)
def test_a_district_is_titled_where_one_of_its_names_tells_the_kind(row, titled):
    assert titles.of_district(row) == titled


def test_names_that_say_nothing_stay():
    assert titles.of_region({"name": None, "kk": "", "ru": None}, "KZ-59") == {}
    assert titles.of_region({"kk": "()", "ru": "<i>"}, "KZ-59") == {"kk": "()", "ru": "область <i>"}
