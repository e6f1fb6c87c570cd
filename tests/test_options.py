"""The choices of a plan: named, bounded, read from a file or from values."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from schoolnet import options
from schoolnet.errors import OptionError, SourceError
from schoolnet.output import words
from schoolnet.planning import prices


def test_the_defaults_are_the_readings_of_the_specification():
    chosen = options.Options()
    assert (chosen.transport_rule, chosen.distance_basis, chosen.bridged_barrier) == ("or", "road", "no")


def test_a_file_of_options_is_read_by_name(tmp_path):
    file = tmp_path / "options.toml"
    file.write_text('transport_rule = "and"\njoin_m = 3000\non = 2025-09-01\n', encoding="utf-8")
    chosen = options.load(file)
    assert (chosen.transport_rule, chosen.join_m, chosen.on) == ("and", 3000, dt.date(2025, 9, 1))
    assert chosen.snap_m == options.Options().snap_m


def test_every_fault_of_a_file_is_named_at_once(tmp_path):
    file = tmp_path / "options.toml"
    file.write_text('transport_rule = "xor"\nzebra = 3\nspeed = 3\njoin_m = -1\n', encoding="utf-8")
    with pytest.raises(OptionError) as error:
        options.load(file)
    assert len(error.value.faults) == 4
    for part in (
        "options.toml",
        "transport_rule",
        "'xor'",
        "speed",
        "mean “seed”?",
        "zebra",
        "Known options: on, transport_rule",
        "join_m",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("content", [b"transport_rule", b"\xff\xfe\x00"])
def test_a_file_that_is_not_toml_is_refused(tmp_path, content):
    file = tmp_path / "options.toml"
    file.write_bytes(content)
    with pytest.raises(SourceError, match="not a TOML file"):
        options.load(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"none\.toml: there is no such file"):
        options.load(tmp_path / "none.toml")


def test_options_cannot_be_changed_in_place():
    with pytest.raises(ValidationError):
        options.Options().join_m = 1


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ppp", "6,26,26,25,18", (6, 26, 26, 25, 18)),
        ("ppp", "", ()),
        ("budget_mkzt", " 100 ", (100.0,)),
        ("private_seats", "76095, 114962", (76095, 114962)),
        ("quotas", "KZ-59=40,KZ-11=30", {"KZ-59": 40, "KZ-11": 30}),
        ("weights", "pupils=1, metres=0.5", {"pupils": 1.0, "metres": 0.5}),
        ("prices", "bus=12.5", {"bus": 12.5}),
        ("bus_kmh", "track=10", {"track": 10.0}),
    ],
)
def test_lists_and_tables_are_read_from_a_line_of_text(name, text, value):
    assert getattr(options.make({name: text}), name) == value


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ppp", "6,many", "option “ppp.1” = 'many': must be a whole number"),
        ("ppp", [1.5], "option “ppp.0” = 1.5: must be a whole number"),
        ("ppp", 6, "option “ppp” = 6: must be a list of figures"),
        ("ppp", [1] * 31, "must hold no more than 30 figures"),
        ("budget_mkzt", "-1", "must be at least 0"),
        ("pickup_earliest", "25:00", "must be a time of the day, HH:MM (06:30)"),
        ("budget_mkzt", "inf", "must be a number"),
        ("budget_mkzt", [1, 2], "budget_mkzt must hold one figure, or one for each year"),
        ("quotas", "KZ-59", "NAME=VALUE"),
        ("quotas", "a=1,a=2", "each name once"),
        ("quotas", {"KZ-59": "x"}, "option “quotas.KZ-59” = 'x': must be a whole number"),
        ("weights", "pupil=1", "option “weights.pupil” = 'pupil': must be 'pupils', 'relieved', 'metres', 'unbused'"),
        ("budget_mkt", 1, "Did you mean “budget_mkzt”?"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said(name, value, said):
    with pytest.raises(OptionError) as error:
        options.make({name: value})
    assert said in str(error.value)


def test_the_first_year_is_the_one_after_the_plan_or_the_one_given():
    assert options.Options(on="2026-10-01").first_year == 2027
    assert options.Options(on="2026-08-01").first_year == 2026
    assert options.Options(on="2026-10-01", start=2030).first_year == 2030


def test_the_scenario_of_the_readme_is_a_right_one(tmp_path):
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    file = tmp_path / "thousand.toml"
    file.write_text(next(one for one in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL) if "ppp" in one))
    chosen = options.load(file)
    assert (chosen.schools, chosen.years, chosen.ppp) == (1000, 5, (6, 26, 26, 25, 18))
    assert len(chosen.budget_mkzt) == chosen.years
    assert prices.prices(chosen, room=25).basis["small_seat"] == "given"


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"okrug_least": 5}, "okrug_least, okrug_low, okrug_high"),
        ({"pickup_earliest": "09:00"}, "pickup_earliest, lessons_from"),
        ({"births_low": 0.4}, "births_low, births_medium"),
    ],
)
def test_options_that_do_not_fit_together_are_refused_in_kazakh_and_russian(wrong, names):
    with pytest.raises(OptionError, match=names) as caught:
        options.make(wrong)
    for lang in ("kk", "ru"):
        assert "must rise" not in words.load(lang).fault(caught.value.faults[0])


def test_python_hears_of_a_wrong_option_what_a_file_does():
    with pytest.raises(OptionError) as error:
        options.Options(border_schools=3, years=0, zebra=1)
    assert [str(fault).split(".")[0] for fault in error.value.faults] == [
        "option “border_schools” = 3: must be 'yes' or 'no'",
        "option “years” = 0: must be at least 1",
        "option “zebra” = 1: there is no such option",
    ]
    with pytest.raises(OptionError, match="budget_mkzt must hold one figure, or one for each year"):
        options.Options(years=3, budget_mkzt=(1, 2))


@pytest.mark.parametrize(("given", "taken"), [(True, "yes"), (False, "no"), ("no", "no")])
def test_yes_and_no_may_be_true_and_false(given, taken):
    assert options.Options(border_schools=given).border_schools == taken
    assert options.make({"extend": given}).extend == taken


def test_true_is_no_answer_to_a_question_that_is_not_of_yes_and_no():
    with pytest.raises(OptionError, match="transport_rule"):
        options.Options(transport_rule=True)
