"""Titles of regions and districts: the word of the kind is put where the source leaves it out, and never twice."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
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
            ("Астана қаласы", "город Астана", "Astana"),
        ),
        (  # a map says “Улытауская” and “Чимкент”
            "KZ-62",
            {"kk": "Ұлытау облысы", "ru": "Улытауская область", "en": "Ulytau"},
            ("Ұлытау облысы", "область Ұлытау", "Ulytau Region"),
        ),
        ("KZ-79", {"kk": "Шымкент (қала)", "ru": "Чимкент"}, ("Шымкент қаласы", "город Шымкент", "Shymkent")),
        ("330000000", {"ru": "Жетысуская"}, ("Жетісу облысы", "область Жетісу", "Jetisu Region")),  # by its KATO
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


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("Абайская", "KZ-10", ("Абай облысы", "область Абай", "Abai Region")),
        ("Мангистауская", "KZ-47", ("Маңғыстау облысы", "Мангистауская область", "Mangystau Region")),
        ("Алматы", "KZ-75", ("Алматы қаласы", "город Алматы", "Almaty City")),
        ("Улытауская область", "KZ-62", ("Ұлытау облысы", "область Ұлытау", "Ulytau Region")),  # a line of a batch
        ("Мой край", "KZ-47", ("Мой край",) * 3),  # nobody knows it by this name
        ("Атырауская область", "KZ-47", ("Атырауская область",) * 3),  # its code is of another
        ("Абай облысы (ойдан шығарылған)", "KZ-10", ("Абай облысы (ойдан шығарылған)",) * 3),  # made up
        ("Ұлытау ауданы", "KZ-62", ("Ұлытау ауданы",) * 3),  # a district of the name
        (None, "KZ-47", ("KZ-47",) * 3),
    ],
)
def test_a_region_with_one_name_is_called_in_every_language_as_it_is_known(name, code, told):
    assert tuple(titles.region({"name": name}, code, lang) for lang in ("kk", "ru", "en")) == told


def test_a_region_around_is_known_by_what_it_is_called():
    """Its names tell the code where they agree: Almaty with the adjective of the oblast is no city."""
    layer = pd.DataFrame(
        [("Алматы", "Алматинская"), ("Алматы", None), ("Көрші", "Соседняя"), (None, None)],
        columns=["name_kk", "name_ru"],
        index=["r1", "r2", "r3", "r4"],
    ).assign(name_en=None, name=None)
    found = titles.around(layer)
    assert (found["r1"]["kk"], found["r1"]["ru"]) == ("Алматы облысы", "Алматинская область")
    assert found["r2"] == {"kk": "Алматы"}  # the oblast or the city
    assert found["r3"] == {"kk": "Көрші", "ru": "Соседняя"}
    assert set(found) == {"r1", "r2", "r3"}


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
