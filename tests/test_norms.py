"""Norms as dated situations in plain words, and a planner's own file of them."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from command import run
from schoolnet import api
from schoolnet.errors import OptionError, SourceError
from schoolnet.law.entries import LANGS, TEXTS
from schoolnet.law.norms import NEEDED, Norms
from schoolnet.messages import Message
from schoolnet.output import maps, norms_text, shares, words, workbook

AUTUMN = dt.date(2026, 9, 1)
KZ = tomllib.loads(resources.files("schoolnet.law").joinpath("kz.toml").read_text(encoding="utf-8"))
#: Targets of the national project by year, 2021-2025: acts/000, section 2 and the annex, read with their empty cells.
TARGETS = {
    "indicator.share": (0.019, 0.013, 0.007, 0.004, 0.001),
    "programme.ppp_schools": (6, 26, 26, 25, 18),
    "programme.private_seats": (76_095, 114_962, 139_378, 139_578, 139_578),
    "rooms.share": (0.65, 0.70, 0.75, 0.80, 0.90),
    "rooms.schools": (3_730, 4_017, 4_304, 4_591, 4_878),
    "modernised.schools": (1_015, 2_018, 3_012, 4_006, 5_000),
    "cctv.outside_share": (0.30, 0.40, 0.60, 0.80, 1.0),
    "cctv.inside_share": (0.60, 0.80, 1.0, 1.0, 1.0),
    "water.share": (0.855, 0.89, 0.925, 0.96, 1.0),
    "programme.schools_per_year": (200,) * 5,
}
#: Values that do not change by year, with the act and clause: acts/002 (336), 003 (459), 000 (726), 004 (ДС-322).
FIXED = {
    "threshold.primary": (5, "law", "1256", "annex 1, row 1"),
    "threshold.basic": (41, "law", "336", "annex 1, row 1"),
    "threshold.secondary": (81, "law", "336", "annex 1, row 1"),
    "transport.distance_m": (3000, "law", "158", "annex 1, row 4"),
    "transport.barriers": (["river", "lake"], "law", "336", "annex 1, row 4"),
    "substitute.consent": (True, "law", "1256", "clause 2(2)"),
    "class.size_max": (25, "law", "DSM-76", "annex 1, row 9"),
    "calendar.update_workdays": (5, "law", "459", "clause 9"),
    "calendar.snapshot_month": (10, "law", "459", "clause 10"),
    "calendar.suspension_workdays": (10, "law", "459", "clause 10"),
    "calendar.notice_workdays": (3, "law", "459", "clause 10"),
    "calendar.report": ("12-01", "law", "459", "clause 12"),
    "calendar.compendium": ("03-01", "law", "459", "clause 12"),
    "calendar.quarterly_day": (10, "law", "336", "annex 2, rows 10"),
    "calendar.register_quarter": (1, "law", "336", "annex 2, rows 6"),
    "calendar.transport_month": (9, "law", "336", "annex 2, row 61"),
    "shifts.allowed": (2, "target", "726", "indicator 4"),
    "indicator.share_before": (0.025, "target", "726", "indicator 4"),
    "indicator.monitoring": ("quarterly", "target", "726", "section 5, task 3"),
    "pmpc.children": (50_000, "target", "726", "indicator 6"),
    "network.abai_regions": (20, "target", "DS-322", "Abai"),
    "network.abai_working": (12, "practice", "DS-322", "Abai"),
    "network.zhautykov": (["it"], "target", "DS-322", "IT schools"),
    "network.satpayev": (
        ["physics", "mathematics", "informatics", "chemistry", "geography"],
        "target",
        "DS-322",
        "IT schools",
    ),
    "okrug.satellites": (4, "practice", "DS-322", "no size"),
    "okrug.satellites_max": (11, "practice", "DS-322", "no size"),
    "age.first": (6, "practice", "On Education", "six"),
    "age.last": (17, "default", "", ""),
    "children.share": (0.187, "default", "", ""),
    "children.stay_after_9": (0.65, "default", "", ""),
    "pmpc.age_last": (17, "default", "", ""),
}
OWN = """# norms of the Tau district
[[norm]]
key = "transport.distance_m"
value = 2500
standing = "law"
from = 2024-01-01
act = "decision of the Tau maslikhat No 7 of 9 January 2024"
clause = "clause 3"
text = { kk = "Тау ауданында 2,5 км", ru = "в районе Тау 2,5 км", en = "2.5 km in the Tau district" }
"""


def written(tmp_path, text, name="own.toml"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def faults(tmp_path, text):
    with pytest.raises((OptionError, SourceError)) as error:
        Norms.on(AUTUMN, file=written(tmp_path, text))
    return error.value.faults


@pytest.mark.parametrize("key", TARGETS)
def test_each_year_of_the_project_has_its_target_from_new_years_day(key):
    days = [dt.date(2021, 10, 12), *(dt.date(year, 1, 1) for year in range(2022, 2026))]  # 2021: the day of the act
    assert tuple(Norms.on(day)[key].value for day in days) == TARGETS[key]
    assert tuple(Norms.on(dt.date(year, 12, 31))[key].value for year in range(2021, 2026)) == TARGETS[key]
    assert key not in Norms.on(dt.date(2021, 10, 11)).in_force
    norm = Norms.on(AUTUMN)[key]
    assert (norm.value, norm.standing) == (TARGETS[key][-1], "target")
    assert "No 726 of 12 October 2021" in norm.citation("en")


def test_the_programme_sums_as_the_act_does():
    years = [Norms.on(dt.date(year, 12, 1)) for year in range(2021, 2026)]
    assert sum(norms["programme.schools_per_year"].value for norms in years) == 1000
    assert sum(norms["programme.ppp_schools"].value for norms in years) == 101


@pytest.mark.parametrize("key", FIXED)
def test_each_value_is_the_acts_and_says_where(key):
    value, standing, act, clause = FIXED[key]
    norm = Norms.on(dt.date(2026, 6, 1))[key]  # before clauses 9 and 10 of Order 459 were worded anew
    assert (norm.value, norm.standing) == (value, standing)
    assert act in norm.citation("en")
    assert clause in norm.citation("en")


def test_no_value_is_left_without_a_test():
    assert {row["key"] for row in KZ["norm"]} == {*TARGETS, *FIXED}


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("threshold.primary", dt.date(2007, 12, 21)),
        ("substitute.consent", dt.date(2007, 12, 21)),
        ("transport.distance_m", dt.date(2021, 7, 13)),
        ("calendar.quarterly_day", dt.date(2021, 7, 13)),
        ("class.size_max", dt.date(2021, 8, 5)),
        ("pmpc.children", dt.date(2021, 10, 12)),
        ("network.abai_regions", dt.date(2023, 9, 15)),
        ("calendar.update_workdays", dt.date(2026, 5, 15)),
        ("calendar.report", dt.date(2026, 5, 15)),
    ],
)
def test_a_norm_is_there_from_its_day_and_not_the_day_before(key, first):
    assert key not in Norms.on(first - dt.timedelta(days=1)).in_force
    assert Norms.on(first)[key].since == first


@pytest.mark.parametrize("key", [key for key, row in FIXED.items() if row[3] in ("clause 9", "clause 10")])
def test_a_clause_whose_new_wording_was_not_read_is_no_longer_printed_as_law(key):
    before, after = Norms.on(dt.date(2026, 7, 11))[key], Norms.on(dt.date(2026, 7, 12))[key]
    assert (before.standing, after.standing) == ("law", "practice")
    assert before.value == after.value
    assert "new wording was not read" in after.say("text", "en")


@pytest.mark.parametrize(("day", "historical"), [(dt.date(2025, 12, 31), False), (dt.date(2026, 1, 1), True)])
def test_after_the_project_its_targets_are_there_but_historical(day, historical):
    norm = Norms.on(day)["indicator.share"]
    assert (norm.value, norm.historical(day)) == (0.001, historical)
    assert (norm.begun, norm.until) == (dt.date(2021, 10, 12), dt.date(2025, 12, 31))
    assert not Norms.on(day)["threshold.primary"].historical(day)
    assert not Norms.on(day)["network.abai_regions"].historical(day)


def test_the_cameras_inside_were_set_for_three_years_only():
    assert Norms.on(dt.date(2024, 1, 1))["cctv.inside_share"].historical(dt.date(2024, 1, 1))


@pytest.mark.parametrize("lang", LANGS)
def test_every_law_names_its_act_and_clause_and_every_text_is_there_in_the_language(lang):
    for day in (dt.date(2008, 1, 1), dt.date(2022, 6, 1), dt.date(2026, 6, 1), AUTUMN):
        for norm in Norms.on(day):
            assert all(act.cite[lang] for act in norm.acts), norm.key
            assert bool(norm.acts and norm.texts["clause"].get(lang)) == (norm.standing != "default"), norm.key
            assert norm.texts["text"][lang], norm.key


def test_every_text_of_the_file_is_in_three_languages_that_differ():
    groups = [row[name] for row in KZ["norm"] for name in TEXTS if name in row]
    groups += [act[name] for act in KZ["act"].values() for name in ("cite", "title")]
    for group in groups:
        assert list(group) == list(LANGS), group
        assert all(text and text == text.strip() and "  " not in text for text in group.values()), group
        assert not re.search("[А-яЁё]", group["en"]), group["en"]
    kazakh = set("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
    for row in KZ["norm"]:
        if "text" in row:
            assert kazakh & set(row["text"]["kk"])
            assert not kazakh & set(row["text"]["ru"].replace("ҚР ДСМ", "").replace("Ауыл мектебі – сапа алаңы", ""))
            assert len(set(row["text"].values())) == 3


def test_every_act_of_the_file_is_dated_as_its_citation_says():
    for key, act in KZ["act"].items():
        for lang in LANGS:
            assert str(act["date"].year) in act["cite"][lang], key
            assert str(act["date"].day) in act["cite"][lang], key
    assert KZ["act"]["r1256"]["date"] == dt.date(2007, 12, 21)
    assert {
        act
        for row in KZ["norm"]
        for act in [*([row["act"]] if isinstance(row.get("act"), str) else row.get("act", []))]
    } == set(KZ["act"])


def test_no_entry_of_any_day_cites_an_act_that_did_not_exist_then():
    for day in sorted({row["from"] for row in KZ["norm"]}):
        for norm in Norms.on(day):
            for act in norm.acts:
                assert act.date <= norm.since, norm.key
            years = re.findall(r"of \d+ [A-Z]\w+ (\d{4})", norm.citation("en"))  # also of a wording
            assert all(int(year) <= norm.since.year for year in years), norm.key


@pytest.mark.parametrize(("key", "value"), [("primary", 5), ("basic", 41), ("secondary", 81)])
def test_before_order_336_a_threshold_rests_on_the_resolution_alone_and_says_what_was_not_read(key, value):
    before, after = (Norms.on(dt.date(2021, 7, day))[f"threshold.{key}"] for day in (12, 13))
    assert (before.value, before.standing, [act.key for act in before.acts]) == (value, "law", ["r1256"])
    assert (after.value, after.standing, [act.key for act in after.acts]) == (value, "law", ["r1256", "o336"])
    assert before.citation("en") == (
        "Resolution of the Government of Kazakhstan No 1256 of 21 December 2007, the clause itself was not read;"
        " the thresholds are confirmed by published practice and by the later Order No 336, which names this"
        " Resolution as its basis"
    )
    assert after.citation("en").endswith("No 336 of 13 July 2021, annex 1, row 1 (minimum social standard)")
    assert [before.say("text", lang) for lang in LANGS] == [after.say("text", lang) for lang in LANGS]


def test_the_list_of_2020_names_no_order_of_2021():
    text = re.sub(r"\s+", " ", run("norms", "--on", "2020-01-01", "--lang", "en").stdout)
    assert "No 1256 of 21 December 2007" in text
    assert "of 13 July 2021" not in text


def test_what_is_only_recalled_or_derived_is_never_law():
    law = [norm for norm in Norms.on(AUTUMN) if norm.standing == "law"]
    # R in facts/norms.md: ride of 30 minutes, walks of 500 m, 2 and 4 km, ride of 15 km, small-class up to 180
    assert not {30, 500, 2000, 4000, 15_000, 180} & {norm.value for norm in law if isinstance(norm.value, int)}
    children = ("children.share", "children.stay_after_9", "pmpc.age_last", "age.last")
    derived = ("okrug.satellites", "okrug.satellites_max", *children)
    assert not {norm.key for norm in law} & {*derived, "transport.max_ride_min"}
    assert all(Norms.on(AUTUMN)[key].standing in ("practice", "default") for key in derived)


def test_the_order_that_replaced_the_sanitary_one_is_named():
    norm = Norms.on(AUTUMN)["class.size_max"]
    for lang in LANGS:
        assert "611" in norm.say("text", lang)
        assert "76" in norm.citation(lang)


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
    with pytest.raises(OptionError, match=r"threshold.primary.*20\.12\.2007.*21\.12\.2007 or a later day"):
        Norms.on(dt.date(2007, 12, 20)).guaranteed_level(5)


def test_in_2015_no_transport_norm_of_order_336_was_in_force():
    with pytest.raises(OptionError, match=r"transport\.distance_m"):
        Norms.on(dt.date(2015, 9, 1))["transport.distance_m"]


def refused(norms, key):
    with pytest.raises(OptionError) as error:
        norms[key]
    return str(error.value)


def test_a_plan_is_refused_on_a_day_its_norms_are_not_known_and_each_says_its_first_day():
    with pytest.raises(OptionError) as error:
        Norms.for_plan(api.Options(on=dt.date(2021, 7, 12)))
    day = "is not in force on 12.07.2021: the first day it is known from is"
    assert [str(fault) for fault in error.value.faults] == [
        f"the norm “{key}” {day} {first}. Ask for {first} or a later day, or give it an earlier day in a norms file."
        for key, first in [
            ("transport.distance_m", "13.07.2021"),
            ("transport.barriers", "13.07.2021"),
            ("shifts.allowed", "12.10.2021"),
        ]
    ]
    assert Norms.for_plan(api.Options(on=dt.date(2021, 10, 12)))["transport.distance_m"].value == 3000


def test_every_norm_a_model_asks_for_is_among_those_a_plan_needs():
    asked = set()
    for path in (Path(api.__file__).parent / "model").glob("*.py"):
        asked |= set(re.findall(r'norms\["([^"]+)"\]', path.read_text(encoding="utf-8")))
    assert len(asked) > 3
    assert asked - set(NEEDED) == {"children.share", "children.stay_after_9"}  # needed where no option gives them
    assert {f"threshold.{level}" for level in ("primary", "basic", "secondary")} < set(NEEDED)


def test_the_share_of_children_is_needed_only_where_the_options_give_none(tmp_path):
    own = '[[norm]]\nkey = "children.share"\nstanding = "default"\nfrom = 2020-01-01\n'
    file = written(tmp_path, own)
    assert "children.share" not in Norms.for_plan(api.Options(on=AUTUMN, school_age_share=0.2), file=file).in_force
    with pytest.raises(OptionError, match=r"own\.toml: the norm “children\.share”.*repeals it from 01\.01\.2020 on"):
        Norms.for_plan(api.Options(on=AUTUMN), file=file)


@pytest.mark.parametrize(
    "arguments", [("plan", "{tmp}"), ("demo",), ("explain", "--settlement", "Aqsu"), ("explain", "{tmp}")]
)
def test_a_plan_of_a_day_before_is_refused_before_the_map_is_read(tmp_path, arguments):
    given = [
        argument.format(tmp=tmp_path / "no.osm.pbf") for argument in arguments
    ]  # read first, it would be the fault
    done = run(*given, "--on", "2020-01-01", "--lang", "en", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    first, *others = done.stderr.splitlines()
    assert first.startswith("schoolnet: the norm “transport.distance_m” is not in force on 01.01.2020: the first day")
    assert "13.07.2021" in first
    assert all(line.startswith("schoolnet: the norm “") for line in others)
    assert list(tmp_path.iterdir()) == []


def test_a_plan_of_a_day_before_is_refused_by_the_library_too(tiny, options):
    stages = []
    early = options.model_copy(update={"on": dt.date(2020, 1, 1)})
    with pytest.raises(OptionError, match=r"transport\.distance_m.*13\.07\.2021"):
        api.plan(tiny, early, stage=stages.append)
    assert stages == []


def test_a_norm_of_no_day_one_not_there_yet_and_one_repealed_are_told_apart(tmp_path):
    own = """[[norm]]
key = "transport.distance_m"
value = 2000
standing = "default"
from = 2020-01-01
[[norm]]
key = "transport.distance_m"
from = 2024-01-01
[[norm]]
key = "transport.distance_m"
value = 2500
from = 2025-01-01
[[norm]]
key = "class.size_max"
standing = "default"
from = 2024-02-03
"""
    file = written(tmp_path, own)
    said = refused(Norms.on(dt.date(1999, 1, 1)), "transport.distanse_m")
    assert said.startswith("no norm is called “transport.distanse_m”. Near it: transport.distance_m")
    assert refused(Norms.on(AUTUMN), "zzz") == "no norm is called “zzz”. See `schoolnet norms`."
    assert refused(Norms.on(dt.date(2019, 12, 31), file=file), "transport.distance_m") == (
        "own.toml: the norm “transport.distance_m” is not in force on 31.12.2019: the first day it is known from is"
        " 01.01.2020. Ask for 01.01.2020 or a later day, or give it an earlier day in a norms file."
    )
    assert refused(Norms.on(dt.date(2024, 12, 31), file=file), "transport.distance_m") == (
        "own.toml: the norm “transport.distance_m” is not in force on 31.12.2024: an entry without a value repeals it"
        " from 01.01.2024 on. Give it a value in the norms file."
    )
    assert Norms.on(dt.date(2025, 1, 1), file=file)["transport.distance_m"].value == 2500
    for day in (dt.date(2023, 1, 1), AUTUMN):  # never given a value: there is no first day to name
        said = refused(Norms.on(day, file=file), "class.size_max")
        assert "repeals it from 03.02.2024 on. Give it a value" in said


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("kk", "own.toml: «shifts.allowed» нормасы 01.09.2026 күні қолданыста емес: мәні жоқ жазба оның күшін"),
        (
            "ru",
            "own.toml: норма «shifts.allowed» на 01.09.2026 не действует: запись без значения отменяет её с 01.01.2024",
        ),
    ],
)
def test_a_norm_repealed_by_the_planners_file_is_said_with_the_file_and_the_day(tmp_path, lang, said):
    file = written(tmp_path, '[[norm]]\nkey = "shifts.allowed"\nstanding = "default"\nfrom = 2024-01-01\n')
    done = run("plan", tmp_path / "no.osm.pbf", "--on", "2026-09-01", "--norms", file, "--lang", lang)
    assert done.returncode == 2
    assert done.stderr.startswith(f"schoolnet: {said}")


def test_three_kilometres_are_law_and_say_where():
    norm = Norms.on(AUTUMN)["transport.distance_m"]
    assert (norm.value, norm.say("unit", "en"), norm.standing) == (3000, "m", "law")
    assert norm.citation("en") == (
        "Order of the Minister of Education and Science No 158 of 24 April 2020;"
        " Order of the Acting Minister of Education and Science No 336 of 13 July 2021, annex 1, row 4"
    )
    assert norm.citation("kk").endswith("№ 336 бұйрығы, 1-қосымша, реттік нөмірі 4-жол")
    assert norm.citation("ru").startswith("Приказ Министра образования и науки Республики Казахстан от 24 апреля 2020")


def test_only_rivers_and_lakes_are_natural_barriers_in_the_act():
    assert Norms.on(AUTUMN)["transport.barriers"].value == ["river", "lake"]


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


def test_a_wrong_norms_file_is_refused_with_every_fault_and_its_line(tmp_path):
    found = faults(
        tmp_path,
        """# own norms

[[norm]]
value = 1
standing = "law"
from = 2020-01-01

[[norm]]
key = "k"
standing = "rumour"
from = "soon"
text = { kk = "мәтін", de = "Text" }

  [[ norm ]]   # a header may be written so too
key = "transport.distance_m"
value = 3
standing = "default"
from = 2024-01-01
until = 2023-12-31
act = "o999"
note = 4
vaule = 3

[[norm]]
key = "transport.distance_m"
value = 4
standing = "target"
from = 2024-01-01
until = 2024-12-31
act = ""

[[nrom]]
key = "x"
""",
    )
    assert [(fault.row, fault.column) for fault in found] == [
        ("32", ""),
        ("3", "key"),
        ("3", "act"),
        ("8", "from"),
        ("8", "standing"),
        ("8", "text"),
        ("14", "vaule"),
        ("14", "until"),
        ("14", "note"),
        ("14", "act"),
        ("24", "act"),
        ("24", "from"),
    ]
    text = "\n".join(map(str, found))
    for said in (
        "own.toml, row 32: “nrom” is not a name of this file. Use one of act, norm.",
        "row 3, column “key”: key is missing.",
        "a norm of standing law names no act",
        '"soon" is not a day',
        'standing "rumour"',
        "the language “de” is not known. Use kk, ru, en.",
        "until 2023-12-31 is before from 2024-01-01",
        "the act “o999” is not known. Add a table [act.o999]",
        "a target of your own is an option of the plan, not a norm",
        "“transport.distance_m” from 2024-01-01 is there already, in row 14.",
    ):
        assert said in text
    for fault in found:
        assert isinstance(fault.problem, Message)
        assert isinstance(fault.remedy, Message)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('[[norm]]\nkey = "k"\nvalue = = 3\n', "3"),
        ('[[norm]]\r\nkey = "k"\r\nkey = "k"\r\n', "3"),
        ('[[norm]]\nkey = "k"\n\n\nvalue = "open', "5"),
        ('[[norm]]\nkey = "k"\nvalue = [1,\n', "3"),
        ("= 3", "1"),
    ],
)
def test_a_fault_of_writing_is_named_with_its_line(tmp_path, text, row):
    (fault,) = faults(tmp_path, text)
    assert fault.row == row
    assert str(fault).startswith(f"own.toml, row {row}: not a TOML file")


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path):
    file = tmp_path / "own.toml"
    file.write_bytes('[[norm]]\nkey = "k"\ntext = "мектеп"\n'.encode("cp1251"))
    with pytest.raises(SourceError, match=r"own\.toml, row 3: the file is not in UTF-8"):
        Norms.on(AUTUMN, file=file)


def test_a_header_inside_a_text_is_no_header(tmp_path):
    (fault,) = faults(
        tmp_path,
        '[[norm]]\nkey = "k"\nstanding = "default"\nfrom = 2020-01-01\ntext = """\n[[norm]]\n"""\n[[norm]]\n'
        'key = "l"\nstanding = "x"\nfrom = 2020-01-01\n',
    )
    assert fault.row == "8"


def test_entries_written_in_one_list_are_named_by_its_line(tmp_path):
    (fault,) = faults(tmp_path, '\nnorm = [{ key = "k", standing = "x", from = 2020-01-01 }]\n')
    assert fault.row == "2"


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("act.d = 3", "cite is missing"),
        ('[act.d]\nnumber = "7"', "cite is missing"),
        ("[act.d]\ncite = 7", "cite is not a text"),
        ('[act.d]\ncite = "d"\nfile = "x"', "“file” is not a name of this file"),
        ('[act.d]\ncite = { xx = "d" }', "the language “xx” is not known"),
    ],
)
def test_a_wrong_act_is_refused(tmp_path, act, said):
    found = faults(tmp_path, f'{act}\n[[norm]]\nkey = "k"\nvalue = 1\nstanding = "law"\nfrom = 2020-01-01\nact = "d"\n')
    assert said in str(found[0])


@pytest.mark.parametrize("value", ["nan", "-inf", "2020-01-01", "[[1]]", "{ a = 1 }", "1" + "0" * 400])
def test_a_new_key_takes_a_number_a_text_yes_or_no_or_a_list_of_them(tmp_path, value):
    (fault,) = faults(tmp_path, f'[[norm]]\nkey = "k"\nvalue = {value}\nstanding = "default"\nfrom = 2020-01-01\n')
    assert (fault.row, fault.column) == ("1", "value")


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("act = [7]", "act", "7 names no act. Write a key, or the act in words."),
        ("unit = {}", "unit", "unit is not a text"),
        ("unit = { kk = 3 }", "unit", "unit is not a text"),
        ("until = 2020-01-01T08:00:00", "until", "is not a day"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, line, column, said):
    (fault,) = faults(tmp_path, f'[[norm]]\nkey = "k"\nvalue = 1\nstanding = "default"\nfrom = 2020-01-01\n{line}\n')
    assert (fault.row, fault.column) == ("1", column)
    assert said in str(fault)


@pytest.mark.parametrize("key", ["7", '" "', "[]"])
def test_a_key_that_is_no_name_is_refused(tmp_path, key):
    (fault,) = faults(tmp_path, f'[[norm]]\nkey = {key}\nvalue = 1\nstanding = "default"\nfrom = 2020-01-01\n')
    assert (fault.row, fault.column) == ("1", "key")


def test_a_slip_of_the_pen_in_a_key_is_refused(tmp_path):
    (fault,) = faults(tmp_path, OWN.replace("transport.distance_m", "transport.distance"))
    assert "Write “transport.distance_m”" in str(fault)
    assert fault.row == "2"


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
        ("substitute.consent", "1"),
        ("indicator.share", "1.9"),
        ("calendar.report", '"1 December"'),
        ("calendar.report", "12"),
        ("threshold.primary", "1" + "0" * 400),
    ],
)
def test_a_value_of_another_kind_is_refused_with_what_is_wanted(tmp_path, key, value):
    file = tmp_path / "own.toml"
    file.write_text(
        f'[[norm]]\nkey = "{key}"\nvalue = {value}\nstanding = "default"\nfrom = 2020-01-01\n', encoding="utf-8"
    )
    with pytest.raises(OptionError, match=r"own\.toml, row 1, column “value”.*law/kz\.toml"):
        Norms.on(AUTUMN, file=file)


def test_a_copy_of_the_projects_file_is_a_planners_own_file_too(tmp_path):
    file = tmp_path / "own.toml"
    file.write_bytes(resources.files("schoolnet.law").joinpath("kz.toml").read_bytes())
    own, ours = Norms.on(dt.date(2024, 3, 1), file=file), Norms.on(dt.date(2024, 3, 1))
    assert {key: norm.value for key, norm in own.in_force.items()} == {
        key: norm.value for key, norm in ours.in_force.items()
    }
    assert own["indicator.monitoring"].value == "quarterly"


@pytest.mark.parametrize(
    ("key", "value", "span"),
    [
        ("calendar.quarterly_day", "32", "1 to 31"),
        ("calendar.quarterly_day", "10.5", "1 to 31"),
        ("calendar.snapshot_month", "13", "1 to 12"),
    ],
)
def test_a_day_or_a_month_no_calendar_has_is_refused(tmp_path, key, value, span):
    (fault,) = faults(tmp_path, f'[[norm]]\nkey = "{key}"\nvalue = {value}\nstanding = "default"\nfrom = 2020-01-01\n')
    assert (fault.row, fault.column) == ("1", "value")
    assert f"Write a whole number from {span}." in str(fault)


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ('["swamp"]', False),
        ('["river", "swamp"]', False),
        ('["River"]', False),
        ("[1]", False),
        ("[[]]", False),
        ("[]", False),
        ('["river"]', True),
        ('["canal", "lake", "river"]', True),
    ],
)
def test_barriers_are_kinds_of_water_on_the_map_and_at_least_one(tmp_path, value, good):
    own = f'\n[[norm]]\nkey = "transport.barriers"\nvalue = {value}\nstanding = "default"\nfrom = 2020-01-01\n'
    if good:
        assert Norms.on(AUTUMN, file=written(tmp_path, own))["transport.barriers"].value == json.loads(value)
        return
    (fault,) = faults(tmp_path, own)
    assert str(fault) == (
        f"own.toml, row 2, column “value”: transport.barriers = {value} cannot be used. Use one of river, canal, lake."
    )


def thresholds(*entries):
    """Return a file of thresholds, five lines an entry: the first is in line 1, the next in line 6."""
    return "".join(
        f'[[norm]]\nkey = "threshold.{level}"\n{"" if value is None else f"value = {value}"}\n'
        f'standing = "default"\nfrom = {day}\n'
        for level, value, day in entries
    )


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        # against the project's own: 5, 41, 81
        ([("basic", 90, "2024-01-01")], [(1, "2024-01-01", "basic = 90", "secondary = 81")]),
        ([("basic", 81, "2024-01-01")], [(1, "2024-01-01", "basic = 81", "secondary = 81")]),
        ([("basic", 5, "2024-01-01")], [(1, "2024-01-01", "primary = 5", "basic = 5")]),
        ([("primary", 41, "2024-01-01")], [(1, "2024-01-01", "primary = 41", "basic = 41")]),
        ([("secondary", 40, "2024-01-01")], [(1, "2024-01-01", "basic = 41", "secondary = 40")]),
        # from before the project's: wrong from the project's first day
        ([("basic", 90, "2000-01-01")], [(1, "2007-12-21", "basic = 90", "secondary = 81")]),
        # a later entry of the file, and only from its day
        (
            [("basic", 50, "2024-01-01"), ("basic", 90, "2025-01-01")],
            [(6, "2025-01-01", "basic = 90", "secondary = 81")],
        ),
        # own entries only: the later one is wrong, or of two of one day the later in the file
        (
            [("basic", 90, "2025-01-01"), ("secondary", 80, "2024-01-01")],
            [(1, "2025-01-01", "basic = 90", "secondary = 80")],
        ),
        (
            [("basic", 90, "2024-01-01"), ("secondary", 80, "2024-01-01")],
            [(6, "2024-01-01", "basic = 90", "secondary = 80")],
        ),
        # a day between two entries that go together in the end
        (
            [("basic", 90, "2024-01-01"), ("secondary", 80, "2020-01-01"), ("secondary", 120, "2024-01-02")],
            [(1, "2024-01-01", "basic = 90", "secondary = 80")],
        ),
        # the one between is repealed
        (
            [("basic", None, "2024-01-01"), ("primary", 81, "2024-01-01")],
            [(6, "2024-01-01", "primary = 81", "secondary = 81")],
        ),
        # both pairs
        (
            [("primary", 60, "2024-01-01"), ("secondary", 20, "2024-01-01")],
            [
                (1, "2024-01-01", "primary = 60", "basic = 41"),
                (6, "2024-01-01", "basic = 41", "secondary = 20"),
            ],
        ),
        # right ones
        ([("basic", 80, "2024-01-01")], []),
        ([("basic", 90, "2024-01-01"), ("secondary", 91, "2024-01-01")], []),
        ([("primary", 100, "2024-01-01"), ("basic", 200, "2024-01-01"), ("secondary", 300, "2024-01-01")], []),
        ([("basic", 90, "2000-01-01"), ("basic", None, "2005-01-01")], []),
    ],
)
def test_own_thresholds_must_rise_on_every_day(tmp_path, entries, said):
    if not said:
        Norms.on(AUTUMN, file=written(tmp_path, thresholds(*entries)))
        return
    assert [str(fault) for fault in faults(tmp_path, thresholds(*entries))] == [
        f"own.toml, row {row}, column “value”: from {day} on, threshold.{low} is not below threshold.{high}."
        " The thresholds rise: primary, basic, secondary. Correct this one, or give the others too."
        for row, day, low, high in said
    ]


def test_a_threshold_that_is_no_number_is_one_fault_not_two(tmp_path):
    found = faults(tmp_path, thresholds(("basic", '"90"', "2024-01-01"), ("primary", 3, '"soon"')))
    assert [(fault.row, fault.column) for fault in found] == [("1", "value"), ("6", "from")]


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


def test_later_years_of_an_own_series_need_say_only_what_changes(tmp_path):
    file = written(
        tmp_path,
        '[act.plan]\ncite = { kk = "Тау жоспары", ru = "план Тау" }\n'
        '[[norm]]\nkey = "tau.share"\nvalue = 0.2\nstanding = "target"\nfrom = 2024-01-01\nuntil = 2026-12-31\n'
        'act = ["plan", "r726"]\nshown = "a fifth"\nunit = "of schools"\n'
        '[[norm]]\nkey = "tau.share"\nvalue = 0.1\nfrom = 2025-01-01\n',
    )
    norm = Norms.on(AUTUMN, file=file)["tau.share"]
    assert (norm.value, norm.standing, norm.begun, norm.file) == (0.1, "target", dt.date(2024, 1, 1), "own.toml")
    assert norm.citation("ru").startswith("План Тау; постановление Правительства")
    assert norm.citation("en").startswith("Тау жоспары; Resolution")  # a language that is missing: the next one
    assert norms_text.shown(norm, words.load("en")) == "10%"
    assert norms_text.rows(Norms.on(dt.date(2027, 1, 1), file=file), "en")[-1].key != ""


def test_an_own_value_keeps_the_unit_of_the_project_and_a_mark_of_order_is_no_fault(tmp_path):
    file = tmp_path / "own.toml"
    file.write_bytes(b"\xef\xbb\xbf" + OWN.replace("\n", "\r\n").encode())
    norm = Norms.on(AUTUMN, file=file)["transport.distance_m"]
    assert [norm.say("unit", lang) for lang in LANGS] == ["м", "м", "m"]


def _clauses(plan):
    page = maps.build(plan).get_root().render()
    return json.loads(re.search(r'id="schoolnet-data">(.*?)</script>', page, re.DOTALL)[1])["clauses"]


@pytest.mark.slow
def test_the_cards_cite_the_acts_in_three_languages_with_the_note_on_the_two_conditions(tiny_plan):
    found = _clauses(tiny_plan)
    assert set(found) == {key for key, keys in words.REASONS.items() if keys} | set(words.NOTES)
    assert all(list(texts) == list(LANGS) for texts in found.values())
    assert found["build_owed"]["en"] == (
        "Resolution of the Government of Kazakhstan No 1256 of 21 December 2007; Order of the Acting Minister of"
        " Education and Science No 336 of 13 July 2021, annex 1, row 1 (minimum social standard)"
    )
    assert found["bus_far"]["ru"].endswith(
        "приложение 1, строка 4 (два условия соединены союзом «и»; выбранное толкование – в правилах расчёта)"
    )
    assert "«және»" in found["bus_far"]["kk"]
    assert "“and”" in found["bus_far"]["en"]
    assert found["note_substitute_consent"]["kk"].endswith("№ 1256 қаулысы, 2-тармақтың 2) тармақшасы")


@pytest.mark.slow
def test_a_planners_own_norms_are_cited_in_the_cards_and_the_workbook(tiny, options, tmp_path):
    plan = api.plan(tiny, options, norms=written(tmp_path, OWN))
    found = _clauses(plan)["bus_far"]
    for lang in LANGS:
        assert found[lang].startswith("Decision of the Tau maslikhat No 7 of 9 January 2024, clause 3; ")
    assert "336" in found["en"]  # the barrier is still the order's
    assert "Tau" not in _clauses(plan)["build_owed"]["en"]
    workbook.write(plan, tmp_path / "plan.xlsx", lang="en")
    book = CalamineWorkbook.from_path(str(tmp_path / "plan.xlsx"))
    sheet = book.get_sheet_by_name("Settlements").to_python()
    cited = [row[sheet[2].index("Legal basis")] for row in sheet[3:]]
    assert any("Tau maslikhat" in text for text in cited)
    listed = book.get_sheet_by_name("Norms").to_python()
    row = next(row for row in listed if "transport.distance_m" in row)
    assert row[:5] == [
        "act in force",
        "2.5 km in the Tau district.",
        2500.0,
        "m",
        "Decision of the Tau maslikhat No 7 of 9 January 2024, clause 3",
    ]
    assert "The planner's own norms, file own.toml." in row


@pytest.mark.slow
def test_an_own_norm_that_names_no_act_is_cited_by_its_file(tiny, options, tmp_path):
    own = '[[norm]]\nkey = "transport.distance_m"\nvalue = 4000\nstanding = "default"\nfrom = 2020-01-01\n'
    both = own + own.replace("distance_m", "barriers").replace("4000", '["river"]')
    found = _clauses(api.plan(tiny, options, norms=written(tmp_path, both)))["bus_far"]
    assert found == {
        "kk": "Жоспарлаушының жеке нормалары, own.toml файлы",
        "ru": "Собственные нормы планировщика, файл own.toml",
        "en": "The planner's own norms, file own.toml",
    }


def test_a_note_whose_norm_is_repealed_has_no_legal_basis(tmp_path):
    own = '[[norm]]\nkey = "substitute.consent"\nstanding = "law"\nact = "r1256"\nfrom = 2024-01-01\n'
    norms = Norms.on(AUTUMN, file=written(tmp_path, own))
    assert "note_substitute_consent" not in norms_text.clauses(norms)
    assert norms_text.note(norms, "note_substitute_consent", "So.", "en") == "So."
    assert "Legal basis: Resolution" in norms_text.note(Norms.on(AUTUMN), "note_substitute_consent", "So.", "en")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("kk", ["Қолданыстағы акт", "Бастауыш мектептер".lower()[:8], "Тарихи мән: 2021–2025 кезеңіне белгіленген."]),
        ("ru", ["действующий акт", "начальной школы", "Историческое значение: установлено на период 2021–2025."]),
        ("en", ["act in force", "primary school", "Historical: set for 2021–2025."]),
    ],
)
def test_the_norms_sheet_of_the_workbook_is_in_the_language_chosen(tiny_plan, tmp_path, lang, said):
    workbook.write(tiny_plan, tmp_path / "plan.xlsx", lang=lang)
    sheet = CalamineWorkbook.from_path(str(tmp_path / "plan.xlsx")).get_sheet_by_name(
        words.load(lang).text("sheet.norms")
    )
    text = "\n".join(str(cell) for row in sheet.to_python() for cell in row)
    for part in said:
        assert part.lower() in text.lower()
    assert ("Order of" in text) == (lang == "en")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "kk",
            [
                "01.09.2026 күнгі нормалар",
                "ҚОЛДАНЫСТАҒЫ АКТ",
                "5 бала",
                "№ 1256 қаулысы",
                "0,1\xa0% (күндізгі",
                "1 желтоқсанға дейін",
                "өзендер, көлдер",
                "2021–2025 кезеңіне белгіленген",
                "2023–2027 кезеңіне",
            ],
        ),
        (
            "ru",
            [
                "Нормы на 01.09.2026",
                "ДЕЙСТВУЮЩИЙ АКТ",
                "5 детей",
                "№ 1256",
                "0,1\xa0% (от числа",
                "до 1 декабря",
                "реки, озёра",
                "установлено на период 2021–2025",
                "строка 9 (нормы наполняемости",
            ],
        ),
        (
            "en",
            [
                "Norms on 01.09.2026",
                "ACT IN FORCE",
                "5 children",
                "No 1256 of 21 December 2007",
                "0.1% (of state day",
                "by 1 December",
                "rivers, lakes",
                "Historical: set for 2021–2025",
                "TARGET",
                "PRACTICE",
                "3,000 m",
            ],
        ),
    ],
)
def test_the_list_of_norms_is_printed_in_the_language_asked(lang, said):
    done = run("norms", "--on", "2026-09-01", "--lang", lang)
    assert (done.returncode, done.stderr) == (0, "")
    text = re.sub(r"[ \n]+", " ", done.stdout)
    for part in said:
        assert part in text
    assert max(map(len, done.stdout.splitlines())) <= 110
    assert "{" not in text
    for key in {row["key"] for row in KZ["norm"]}:
        assert f"[{key}]" in text


def test_the_list_of_a_day_holds_the_values_of_that_day():
    text = run("norms", "--on", "2023-06-01", "--lang", "en").stdout
    assert "0.7% (of state day" in text
    assert "Historical" not in text
    assert "Set for 2021–2025." in text
    assert "The list is empty." in run("norms", "--on", "1999-01-01", "--lang", "en").stdout


def test_an_own_file_is_printed_beside_the_rest_and_its_signs_are_only_text(tmp_path):
    own = OWN.replace("2.5 km in", "[red]2.5 km[/red] [/] in")
    done = run("norms", "--on", "2026-09-01", "--lang", "en", "--norms", written(tmp_path, own))
    assert done.returncode == 0
    text = re.sub(r"\s+", " ", done.stdout)
    assert "The norms are the planner's own file" in text
    assert "2,500 m [red]2.5 km[/red] [/] in the Tau district. The planner's" in text
    assert "Decision of the Tau maslikhat No 7 of 9 January 2024, clause 3" in text


def test_a_bad_file_of_norms_ends_the_command_with_exit_code_2(tmp_path):
    for text, row in ((OWN.replace('"law"', '"rumour"'), 2), (OWN.replace("clause 3", 'cl"ause 3'), 8)):
        done = run("norms", "--norms", written(tmp_path, text))
        assert done.returncode == 2
        assert f"own.toml, row {row}" in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


def test_the_file_of_the_readme_is_a_right_one(tmp_path):
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    own = next(one for one in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL) if "[[norm]]" in one)
    norm = Norms.on(AUTUMN, file=written(tmp_path, own))["transport.distance_m"]
    assert (norm.value, norm.citation("en")) == (2500, "…, clause 3")


@pytest.mark.parametrize("lang", words.LANGS)
def test_a_share_is_told_as_a_percentage_whatever_follows_the_word(lang):
    law, said = Norms.on(dt.date(2026, 9, 1)), words.load(lang)
    for key in ("indicator.share", "indicator.share_before"):
        assert norms_text.shown(law[key], said) == said.percent(law[key].value)
        assert "%" in norms_text.shown(law[key], said)
        assert isinstance(norms_text.cell(law[key], said), shares.Share)
