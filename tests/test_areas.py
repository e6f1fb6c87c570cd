"""Rows of sheets find their area: by code, by name in any language, and never by guess."""

from __future__ import annotations

import dataclasses

import pytest

from schoolnet.sources import names
from schoolnet.sources.areas import Areas, Told


@pytest.fixture(scope="module")
def region(tiny):
    """Two districts that bear codes; D has no code, E the name of a settlement of the other district."""
    districts = tiny.districts.assign(
        kato=["990300000", "991000000"], name=["Есильский", "Западный"], name_kk=["Есіл", "Батыс"],
        name_ru=["Есильский", "Западный"], name_en=["Esil", "West"],
    )  # fmt: skip
    settlements = tiny.settlements.assign(
        kato=["990301001", "990301002", None, "990301004", "990301005", "991010000"],
        name_ru=["Арка", "Булак", "Далаозёрное", "Кала", "Гулдер", "Кала"],
        name_kk=["Арқа", "Бұлақ", None, None, None, "Қала"],
    )
    return dataclasses.replace(tiny, districts=districts, settlements=settlements, names={"name": "Tiny", "kk": "Кіші"})


@pytest.fixture(scope="module")
def areas(region):
    return Areas(region)


@pytest.mark.parametrize(
    ("text", "key", "kind"),
    [
        ("Солтүстiк Қазақстан облысы", "солтүстікқазақстан", "region"),  # a Latin i, as maps have it
        ("Северо-Казахстанская обл.", "северказахстанская".replace("север", "северо"), "region"),
        ("с. Новоникольское", "новоникольское", "settlement"),
        ("Район им.Габита Мусрепова", "габитамусрепова", "district"),
        ("Ғабит Мүсірепов атын.ауданы", "ғабитмүсірепов", "district"),
        ("Семей қ.ә.", "семей", "city"),
        ("Семей Г.А.", "семей", "city"),
        ("Астана (қала)", "астана", "city"),
        ("Володарский с.о.", "володарский", "okrug"),
        ("Бухар-Жырау", "бухаржырау", ""),
        ("село", "село", ""),
    ],
)
def test_a_name_is_compared_without_the_words_of_its_kind(text, key, kind):
    assert names.name(text) == (key, kind)


@pytest.mark.parametrize(
    ("told", "level", "area"),
    [
        (Told(kato="990301001"), "settlement", "A"),
        (Told(kato="990301001.0"), "settlement", "A"),
        (Told(kato="990 301 001"), "any", "A"),
        (Told(kato="990300000"), "district", "east"),
        (Told(kato="990300000"), "any", "east"),
        (Told(kato="990000000"), "any", "*"),
        (Told(names=("Арқа",)), "settlement", "A"),
        (Told(names=("село Арка",)), "settlement", "A"),
        (Told(names=("ДАЛАОЗЕРНОЕ",)), "settlement", "D"),
        (Told(names=("Кала",), district="Есильский район"), "settlement", "E"),
        (Told(names=("г. Кала",)), "settlement", "Q"),  # a town, of the two of that name
        (Told(settlement="Кала", district="Батыс қ.ә."), "any", "Q"),
        (Told(names=("Есіл ауданы",)), "district", "east"),
        (Told(names=("Esil district",)), "any", "east"),
        (Told(district="Есиль", names=()), "district", ""),
        (Told(district="Esil"), "any", "east"),
        (Told(names=("*",)), "any", "*"),
        (Told(names=("Tiny",)), "district", "*"),
        (Told(oblast="Кіші облысы"), "any", "*"),
        (Told(names=("Республика Казахстан",)), "any", "KZ"),
        (Told(id="A"), "settlement", "A"),
        (Told(id="KZ"), "any", "KZ"),
    ],
)
def test_areas_are_found_by_code_and_by_name(areas, told, level, area):
    assert areas.find(told, level).area_id == area


@pytest.mark.parametrize(
    ("told", "level", "column", "why"),
    [
        (Told(names=("Арко",)), "settlement", "name", "near it: Arka (990301001)"),
        (Told(names=("Кала",)), "settlement", "name", "several are called so: Eski (990301004), Qala (991010000)"),
        (Told(names=("Арка",), district="Восточный район"), "settlement", "district", "none of this name"),
        (Told(names=("Арка",), district="Западный"), "settlement", "name", "none of this name"),
        (Told(names=("Есилский",)), "district", "name", "near it: Есильский (990300000)"),
        (Told(names=("Есілский с.о.",)), "settlement", "name", "a rural okrug"),
        (Told(names=("Арка",), kato="990301009"), "settlement", "kato", "has the KATO 990301001"),
        (Told(kato="12"), "settlement", "kato", "not a KATO code of nine digits"),
        (Told(kato="990309999"), "any", "kato", "no area of the region has this KATO"),
        (Told(names=("Арка",), oblast="Атлантида"), "settlement", "oblast", "no region is called so"),
        (Told(), "any", "", "give the KATO, or the name"),
        (Told(id="nobody"), "any", "id", "no such identifier"),
        (Told(id="A"), "district", "id", "no such identifier"),
    ],
)
def test_what_is_not_found_is_rejected_with_a_reason(areas, told, level, column, why):
    found = areas.find(told, level)
    assert (found.area_id, found.outcome, found.column) == ("", "rejected", column)
    assert why in found.why


@pytest.mark.parametrize(
    ("told", "level", "outcome"),
    [
        (Told(kato="593230100"), "settlement", "elsewhere"),
        (Told(names=("Арка",), oblast="Акмолинская область"), "settlement", "elsewhere"),
        (Told(names=("Абай ауданы",), oblast_kato="100000000"), "district", "elsewhere"),
        (Told(names=("г. Алматы",)), "any", "elsewhere"),
        (Told(names=("СКО",)), "any", "elsewhere"),
        (Told(names=("Қазақстан Республикасы",)), "district", "elsewhere"),
        (Told(names=("Итого",)), "settlement", "total"),
        (Told(names=("Барлығы:",)), "any", "total"),
        (Told(kato="990300000"), "settlement", "total"),
        (Told(district="Есильский район"), "settlement", "total"),
        (Told(names=("Жаңа ауданы",), oblast_kato="990000000"), "district", "stranger"),
    ],
)
def test_rows_of_other_regions_sums_and_districts_not_on_the_map_are_told_apart(areas, told, level, outcome):
    assert areas.find(told, level).outcome == outcome


def test_a_code_the_map_lacks_goes_by_name_within_the_district_of_the_code(areas):
    found = areas.find(Told(kato="990301003", names=("Далаозёрное",)), "settlement")
    assert (found.area_id, found.column, found.what) == (
        "D", "kato", "990301003: no area of the region has this KATO",
    )  # fmt: skip
    assert areas.find(Told(kato="991001003", names=("Далаозёрное",)), "settlement").outcome == "rejected"


def test_a_code_wins_over_a_name_and_the_name_of_a_neighbour_is_noted(areas):
    found = areas.find(Told(kato="990301001", names=("Булак",)), "settlement")
    assert found.area_id == "A"
    assert found.what == "KATO of Arka (990301001), but the name of Bulak (990301002)"
    assert areas.find(Told(kato="990301001", names=("Arca",)), "settlement").why is None  # only spelt otherwise


def test_a_code_that_two_settlements_share_is_the_one_named_or_the_larger(region):
    twins = region.settlements.assign(kato=["990301001", "990301001", *region.settlements["kato"][2:]])
    areas = Areas(dataclasses.replace(region, settlements=twins))
    assert areas.find(Told(kato="990301001", names=("Булак",)), "settlement").area_id == "B"
    found = areas.find(Told(kato="990301001"), "settlement")
    assert (found.area_id, found.what) == ("A", "990301001 is the KATO of Arka (A) and Bulak (B)")  # 430 people, 219


def test_a_city_and_a_district_of_one_name_are_told_apart_by_their_words(region):
    both = region.districts.assign(name=["Павлодар"] * 2, name_kk=["Павлодар"] * 2, name_ru=None, name_en=None)
    areas = Areas(dataclasses.replace(region, districts=both))
    assert areas.find(Told(names=("Павлодар қ.ә.",)), "district").area_id == "west"
    assert areas.find(Told(names=("Павлодар ауданы",)), "district").area_id == "east"
    assert "several are called so" in areas.find(Told(names=("Павлодар",), oblast="Tiny"), "district").why


def test_the_bare_name_of_a_district_that_is_also_a_regions_is_not_guessed_at(region):
    abay = region.districts.assign(name=["Абай", "West"], name_kk=None, name_ru=None, name_en=None)
    areas = Areas(dataclasses.replace(region, districts=abay))
    assert "a region is called so too" in areas.find(Told(names=("Абай",)), "any").why
    assert areas.find(Told(names=("Абай ауданы",)), "any").area_id == "east"
    assert areas.find(Told(names=("Абай облысы",)), "any").outcome == "elsewhere"


def test_a_russian_genitive_finds_its_district(region):
    named = region.districts.assign(name=["Магжан Жумабаев", "West"], name_kk=None, name_ru=None, name_en=None)
    areas = Areas(dataclasses.replace(region, districts=named))
    assert areas.find(Told(names=("Район Магжана Жумабаева",)), "district").area_id == "east"


def test_a_region_without_codes_or_districts_finds_by_name(tiny):
    bare = dataclasses.replace(
        tiny,
        districts=tiny.districts.assign(kato=None).astype({"kato": "str"}),
        settlements=tiny.settlements.assign(kato=None).astype({"kato": "str"}),
    )
    areas = Areas(bare)
    assert areas.find(Told(names=("Arka",)), "settlement").area_id == "A"
    assert areas.find(Told(kato="990100001", names=("Arka",)), "settlement").area_id == "A"
    assert areas.find(Told(kato="990100001"), "settlement").outcome == "rejected"
