"""All words for people: three languages, one set of keys, the terms of the acts."""

from __future__ import annotations

import datetime as dt
import re
import string
from pathlib import Path

import pytest

from schoolnet import decisions, networks, people, prospects, region, results, tables
from schoolnet.law.norms import Norms
from schoolnet.options import Options
from schoolnet.output import words
from schoolnet.planning import prices

PRICES = prices.prices(Options(), room=25)
TABLES = (*tables.INPUTS, *people.TABLES.values(), *results.ALL, *prospects.ALL)

KK, RU, EN = (words.load(lang).texts for lang in words.LANGS)
NOTES = ("note_level_unknown", "note_nearest_unknown", "note_approx", "note_meanwhile_bus", "note_substitute_consent")
SHEETS = (
    "summary", "settlements", "schools", "reassigned", "prices", "transport", "ledger", "norms", "options", "inputs",
)  # fmt: skip
FACTS = {
    "children": 57,
    "threshold": 41,
    "counted": 41,
    "bands": "5-9, 10-11",
    "level": "basic",
    "existing": "primary",
    "band": "5-9",
    "school": "Абай {атындағы} <мектеп>",
    "metres": 7340.0,
    "basis": "road",
    "limit_m": 3000,
    "water": ("river", "Есіл"),
    "crossing": "ford",
    "assumed": "secondary",
    "factor": 1.3,
    "broken": 2,
    "lacking": 120,
    "whose": "horizon",
    "new": 1,
    "extended": 2,
    "moved": 21,
    "saved_m": 39_912.4,
    "ride": 73,
    "ride_limit": 60.0,
}
# kk, ru, en as facts/terms.csv has them from the acts
TERMS = {
    "level.primary": ("бастауыш мектеп", "начальная школа", "primary school"),
    "level.basic": ("негізгі мектеп", "основная школа", "basic school"),
    "level.secondary": ("орта мектеп", "средняя школа", "secondary school"),
    "column.settlement_id": ("елді мекен", "населённый пункт", "settlement"),
    "column.is_rural": ("ауылдық елді мекен", "сельский населённый пункт", "rural settlement"),
    "column.district_id": ("аудан", "район", "district"),
    "column.children": ("мектеп жасындағы балалар", "дети школьного возраста", "school-age children"),
    "column.pupils": ("оқушылар", "учащиеся", "pupils"),
    "column.enrolment": ("контингент", "контингент", "contingent (pupils on roll)"),
    "column.seats": ("жобалық қуаттылық", "проектная мощность", "design capacity (seats)"),
    "layer.transport": ("оқушыларды тасымалдау", "подвоз учащихся", "pupil transport"),
    "finding.natural_barrier": ("табиғи бөгет", "естественная преграда", "natural barrier"),
    "finding.three_shift": ("үш ауысымды мектеп", "трёхсменная школа", "three-shift school"),
    "finding.emergency": ("апатты жағдайдағы мектеп", "аварийная школа", "school in emergency condition"),
    "finding.shortage_official": (
        "оқушы орындарының тапшылығы",
        "дефицит ученических мест",
        "shortage of pupil places",
    ),
    "kind.boarding": ("интернат", "интернат", "boarding"),
    "water.river": ("өзен", "река", "river"),
    "water.lake": ("көл", "озеро", "lake"),
    "crossing.bridge": ("көпір", "мост", "bridge"),
    "crossing.ford": ("өткел", "брод", "ford"),
    "crossing.ferry": ("паром", "паром", "ferry"),
}


def places(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_the_three_languages_have_the_same_keys_and_places():
    assert list(KK) == list(RU) == list(EN)
    differing = [key for key in KK if not places(KK[key]) == places(RU[key]) == places(EN[key])]
    assert not differing


def test_no_text_is_empty_or_carries_a_stray_space():
    for texts in (KK, RU, EN):
        assert [key for key, text in texts.items() if not text or text != text.strip() or "  " in text] == []


def test_every_sentence_differs_between_the_languages():
    alike = {key for key, text in KK.items() if " " in text and len({text, RU[key], EN[key]}) < 3}
    assert alike == {"named", "km", "m", "min", "seconds", "fetch.megabytes"}  # only a place, or a place and a unit


def test_kazakh_has_its_own_letters_and_russian_and_english_have_none_of_them():
    letters = set("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
    reasons = [*words.REASONS, *NOTES]
    assert [key for key in reasons if not letters & set(KK[key])] == []
    assert [key for key in RU if letters & set(RU[key])] == []
    assert [key for key in EN if re.search("[А-яЁё]", EN[key])] == []


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("verdict", tables.VERDICTS),
        ("summary", [f"verdict_{verdict}" for verdict in tables.VERDICTS]),
        ("level", ("none", *tables.LEVELS)),
        ("level_owed", tables.LEVELS),
        ("band", tables.BANDS),
        ("crossing", tables.CROSSINGS),
        ("crossing_how", tables.CROSSINGS),
        ("caveat", region.CAVEATS),
        (
            "layer",
            [table.name for table in TABLES if table.name not in ("findings", "school_findings", "ledger")],
        ),
        (
            "column",
            [column for table in TABLES for column in (table.index, *table.columns) if column],
        ),
        ("change", prospects.OUTLOOK.columns["change"].among),
        ("caution", results.CAUTIONS),
        ("territory", people.AGE_STRUCTURE.columns["territory"].among),
        ("scenario", prospects.SCENARIOS),
        ("teaching", prospects.LANGUAGES.columns["language"].among),
        ("basis", prospects.TOWN_CELLS.columns["basis"].among),
        ("option", Options.model_fields),
        ("sheet", SHEETS),
        ("heading", SHEETS),
        ("place", tables.SETTLEMENTS.columns["place"].among),
        ("basis", results.DEMAND.columns["children_basis"].among),
        ("water", tables.WATERS.columns["kind"].among),
        ("seat_basis", tables.SCHOOLS.columns["seat_basis"].among),
        ("condition", tables.SCHOOLS.columns["condition"].among),
        ("ownership", tables.SCHOOLS.columns["ownership"].among),
        ("kind", tables.SCHOOLS.columns["kind"].among),
        ("teaching", tables.SCHOOLS.columns["language"].among),
        ("outcome", tables.LEDGER.columns["outcome"].among),
        ("price", PRICES.values),
        ("price_unit", PRICES.units.values()),
        ("price_source", set(PRICES.basis.values()) | {"given"}),
        ("cost", decisions.PRICES),
        ("price_basis", decisions.PRICES),
        ("tier", decisions.TIERS),
        ("action", decisions.ACTIONS),
        ("whose", ("today", "horizon", "greater")),
        ("stage", ("sites", "programme")),
        ("mode", networks.MODES),
        ("not_carried", [why for why in networks.NOT_CARRIED if why]),
    ],
)
def test_every_value_has_words(group, values):
    assert [value for value in values if f"{group}.{value}" not in KK] == []


@pytest.mark.parametrize("key", TERMS)
def test_terms_are_those_of_the_acts(key):
    found = [KK[key], RU[key], EN[key]]
    assert [text[0].lower() + text[1:] for text in found] == list(TERMS[key])


def test_names_of_sheets_fit_a_workbook():
    for texts in (KK, RU, EN):
        names = [texts[f"sheet.{name}"] for name in SHEETS]
        assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)
        assert len({name.casefold() for name in names}) == len(names)


@pytest.mark.parametrize("lang", words.LANGS)
@pytest.mark.parametrize("key", [*words.REASONS, *NOTES])
def test_every_reason_and_note_can_be_said(lang, key):
    said = words.load(lang).sentence(key, FACTS)
    assert said.endswith(".")
    filled = said.replace(FACTS["school"], "")
    assert "{" not in filled
    assert "nan" not in filled.lower()


def test_a_reason_reads_as_a_sentence_with_its_numbers():
    assert words.load("kk").sentence("build_owed", FACTS) == (
        "Мұнда мектеп жасындағы 57 бала тұрады. 41 және одан артық бала болғанда заң негізгі мектептің жұмыс істеуіне"
        " кепілдік береді, ал мұнда күндізгі мемлекеттік мектеп жоқ."
    )
    assert words.load("ru").sentence("upgrade_owed", FACTS) == (
        "Детей школьного возраста здесь: 57. Если их 41 и более, закон гарантирует основную школу, а здесь только"
        " начальная школа."
    )
    assert words.load("en").sentence("bus_barrier", FACTS) == (
        "Grades 5–9 are not taught here. Nearest school with these grades: Абай {атындағы} <мектеп>, 7.34 km by road."
        " A natural barrier lies between (river: Есіл); the road crosses it by a ford."
    )


def test_a_name_that_is_missing_is_said_to_be_missing():
    said = words.load("ru").sentence("bus_far", FACTS | {"school": "", "basis": "straight"})
    nearest = "Ближайшая школа с этими классами: без названия, по прямой 7,34 км"
    assert said == f"Классов 5–9 здесь нет. {nearest}; это больше 3 км."
    nameless = words.load("en").sentence("bus_barrier", FACTS | {"water": ("lake", "")})
    assert "(lake)" in nameless


def test_numbers_are_written_as_the_language_writes_them():
    shown = [
        [said.number(1234567), said.number(1.25, digits=1), said.percent(0.0251), said.km(3040), said.km(12_345)]
        for said in map(words.load, words.LANGS)
    ]
    assert shown == [
        ["1\xa0234\xa0567", "1,2", "2,51\xa0%", "3,04 км", "12,3 км"],
        ["1\xa0234\xa0567", "1,2", "2,51\xa0%", "3,04 км", "12,3 км"],
        ["1,234,567", "1.2", "2.51%", "3.04 km", "12.3 km"],
    ]


@pytest.mark.parametrize(
    ("mkzt", "basis", "shown"),
    [
        (622.5, "assumed", "≈ 623 mln tenge (assumed price)"),
        (4080.0, "published", "4,080 mln tenge (price published in 2022)"),
        (25.94, "given", "25.9 mln tenge (price given)"),
        (5.8286, "published", "5.83 mln tenge (price published in 2022)"),
        (0.0, "none", "nothing is built"), (None, "none", "nothing is built"), (None, "assumed", "not known"),
    ],
)  # fmt: skip
def test_a_cost_says_where_its_price_comes_from(mkzt, basis, shown):
    assert words.load("en").cost(mkzt, basis) == shown


@pytest.mark.parametrize("lang", words.LANGS)
def test_only_an_assumed_cost_is_marked_as_about(lang):
    said = words.load(lang)
    assert [basis for basis in decisions.PRICES if said.cost(5.0, basis).startswith("≈")] == ["assumed"]
    assert "2,5" in said.cost(2.5, "given") or "2.5" in said.cost(2.5, "given")


def test_an_unknown_number_is_said_to_be_unknown():
    said = words.load("ru")
    assert said.number(None) == said.percent(float("nan")) == said.km(float("nan")) == "неизвестно"


def test_a_wrong_key_or_language_is_named():
    with pytest.raises(KeyError, match=r"no words for “nothing” in words/kk\.toml"):
        words.load("kk").text("nothing")
    with pytest.raises(KeyError, match="no words in “de”: there are kk, ru, en"):
        words.load("de")


def test_every_reason_and_note_rests_on_norms_that_are_there_or_on_none():
    norms = Norms.on(dt.date(2026, 9, 1))
    resting = words.REASONS | words.NOTES
    assert {key for keys in resting.values() for key in keys if key not in norms.in_force} == set()
    assert set(words.NOTES) <= set(NOTES)
    without = {reason for reason, keys in words.REASONS.items() if not keys}
    assert without == {"keep_urban", "no_data", "build_unschooled"}


@pytest.mark.parametrize(
    ("metres", "shown"),
    [(3000, "3 km"), (3000.1, "3.0001 km"), (2999.9, "2.9999 km"), (3040, "3.04 km"), (12_345, "12.3 km")],
)
def test_a_decimetre_more_than_three_kilometres_is_seen_to_be_more(metres, shown):
    assert words.load("en").km(metres) == shown


def test_a_region_is_called_by_one_word_in_kazakh():
    """Өңір is any of the twenty; облыс stands in the names of oblasts and of their towns, аймақ is a zone."""
    folder = Path(words.__file__).parent
    told = (folder / "kk.toml").read_text(encoding="utf-8").splitlines()
    told += [line for line in (folder / "messages.kk.po").read_text(encoding="utf-8").splitlines() if "msgstr" in line]
    names = r"облыстық маңызы|\w облыс[ын]|\} облысы|«облысы»|ойдан шығарылған|^region = \"Облыс, астана"
    zones = r"^zone|тұрғын аймақ"
    found = [line for line in told if re.search("облыс|айма[қғ]", line, re.IGNORECASE)]
    assert [line for line in found if not re.search(f"{names}|{zones}", line)] == []
