"""The headline indicator by year: worked out on paper, and what must hold of it whatever the programme."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conftest
import schoolnet
import worlds
from schoolnet import api, decisions, outcome, schema, tables
from schoolnet.options import Options
from schoolnet.output import report_region, sheets, words
from schoolnet.planning.indicator import WHOLE, indicator
from sited import sites

OPTIONS = Options(on=dt.date(2026, 10, 15), years=4)  # 2027 to 2030; the horizon is 2030
TODAY = OPTIONS.model_copy(update={"size_for": "today", "travel_sites": "no"})
FLAGS = {"state_day": True, "emergency": False, "three_shift": False, "told": True, "region": "XX-00"}


def register(**schools):
    """Return schools by the letters of what they are: e in emergency condition, 3 with three shifts, p private."""
    rows = [
        {"school_id": key, "level": "secondary", **FLAGS, "emergency": "e" in kind, "three_shift": "3" in kind,
         "state_day": "p" not in kind}
        for key, kind in schools.items()
    ]  # fmt: skip
    return schema.frame(rows, outcome.REGISTER)


def ends(*rows):
    names = ("school_id", "need", "how", "site_id")
    return schema.frame([dict(zip(names, row, strict=False)) | {"pupils": 10} for row in rows], decisions.RELIEVED)


def opens(there, years, mechanism=None):
    rows = [
        {"site_id": key, "region": there.loc[key, "region"], "tier": "seats", "rank": 1, "rank_best": 1,
         "rank_worst": 1, "year": year, "mechanism": mechanism or "state", "stopped_by": ""}
        for key, year in years.items()
    ]  # fmt: skip
    return schema.frame(rows, decisions.PROGRAMME)


def built(*keys, **columns):
    return sites([{"site_id": key, "action": "build" if key.startswith("new") else "replace", **columns}
                  for key in keys])  # fmt: skip


def of(found, region=WHOLE):
    rows = found[found["region"] == region]
    return rows[["state_day_schools", "emergency", "three_shift", "bad"]].astype(object).to_numpy().tolist()


def test_a_school_leaves_the_count_when_all_that_makes_it_bad_is_met():
    """Five schools, E, S and B bad: 3 of 5.

    2027: a new school opens: six; E waits for the second of its two buildings: still 3. 2028: E is whole: 2 of 6.
    2029: S, whose pupils go to two sites, sees the second open: 1 of 6. B is both, and the one building that replaces
    it, in 2030, ends both: 0 of 6.
    """
    there = built("E1", "E2", "new1", "S1", "B1")
    told = ends(
        ("E", "emergency", "site", "E1"), ("E", "emergency", "site", "E2"), ("S", "three_shift", "site", "new1"),
        ("S", "three_shift", "site", "S1"), ("B", "emergency", "site", "B1"),
    )  # fmt: skip
    years = {"E1": 2027, "new1": 2027, "E2": 2028, "S1": 2029, "B1": 2030}
    schools = register(E="e", S="3", B="e3", G="", H="", P="pe")
    found = indicator(schools, told, there, opens(there, years), OPTIONS)
    assert of(found) == [[5, 2, 2, 3], [6, 2, 2, 3], [6, 1, 2, 2], [6, 1, 1, 1], [6, 0, 0, 0]]
    assert found["year"].fillna(0).tolist()[:5] == [0, 2027, 2028, 2029, 2030]
    assert found["indicator_share"].tolist()[:5] == [3 / 5, 3 / 6, 2 / 6, 1 / 6, 0.0]
    assert of(found, "XX-00") == of(found)


@pytest.mark.parametrize(
    ("how", "bad"),
    [
        ("free_seats", [1, 0, 0, 0, 0]),  # in the first year: nothing is built
        ("two_shifts", [1, 0, 0, 0, 0]),
        ("by_horizon", [1, 1, 1, 1, 0]),  # 2030
        ("nowhere", [1, 1, 1, 1, 1]),
    ],
)
def test_what_needs_no_building_has_its_year_too(how, bad):
    there = built("S1")
    told = ends(("S", "three_shift", how), ("S", "seats", "site", "S1"))
    found = indicator(register(S="3", G=""), told, there, opens(there, {"S1": None}), OPTIONS)
    assert [row[-1] for row in of(found)] == bad


def test_a_school_the_programme_does_not_reach_or_nothing_is_known_of_stays():
    there = built("E1")
    told = ends(("E", "emergency", "site", "E1"))
    found = indicator(register(E="e", S="3"), told, there, opens(there, {"E1": None}), OPTIONS)
    assert [row[-1] for row in of(found)] == [2, 2, 2, 2, 2]


def test_seats_ordered_in_private_schools_and_levels_raised_are_no_new_state_schools():
    there = built("new1", "new2")
    there.loc["new2", "seats"] = 0
    found = indicator(register(G=""), ends(), there, opens(there, {"new1": 2027, "new2": 2027}, "private"), OPTIONS)
    assert [row[0] for row in of(found)] == [1, 1, 1, 1, 1]
    by_partners = indicator(register(G=""), ends(), there, opens(there, {"new1": 2027}, "ppp"), OPTIONS)
    assert [row[0] for row in of(by_partners)] == [1, 2, 2, 2, 2]


def test_a_region_whose_register_tells_nothing_is_not_called_good():
    both = pd.concat([register(E="e", G=""), register(Y="").assign(told=False, region="YY-00")])
    there = built("E1")
    found = indicator(both, ends(), there, opens(there, {"E1": None}), OPTIONS)
    silent = found[found["region"] == "YY-00"]
    assert silent["state_day_schools"].tolist() == [1] * 5
    assert silent[["emergency", "three_shift", "bad", "indicator_share"]].isna().all(axis=None)
    assert of(found) == [[2, 1, 0, 1]] * 5  # of the region that tells
    nothing = indicator(both[~both["told"]], ends(), there, opens(there, {}), OPTIONS)
    assert nothing["indicator_share"].isna().all()


KEYS = [f"s{at}" for at in range(6)]
YEARS = st.one_of(st.none(), st.integers(2027, 2030))
KINDS = st.dictionaries(st.sampled_from("ABCDEFG"), st.sampled_from(["", "e", "3", "e3", "p", "pe"]), min_size=1)
TOLD = st.lists(
    st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from(decisions.NEEDS), st.sampled_from(decisions.RELIEFS),
              st.sampled_from(KEYS)),
    unique_by=lambda row: (row[0], row[1], row[3]),
)  # fmt: skip


def _drawn(kinds, told, years, actions):
    there = sites([{"site_id": key, "action": action} for key, action in zip(KEYS, actions, strict=True)])
    rows = [(*row[:3], row[3] if row[2] == "site" else None) for row in told]
    return indicator(register(**kinds), ends(*rows), there, opens(there, dict(zip(KEYS, years, strict=True))), OPTIONS)


def _slow(kinds, told, years, actions):
    """Return bad schools and all of them by year, school by school and year by year."""
    out = []
    for year in (None, 2027, 2028, 2029, 2030):
        bad = 0
        for key, kind in kinds.items():
            if "p" in kind:
                continue
            done = {need: all(_open(row, years, year) for row in told if row[:2] == (key, need))
                    and any(row[:2] == (key, need) for row in told) for need in decisions.NEEDS}  # fmt: skip
            replaced = any(row[:2] == (key, "emergency") for row in told)
            fit = done["emergency"] if replaced else done["three_shift"]
            bad += ("e" in kind and not done["emergency"]) or ("3" in kind and not fit)
        new = sum(
            action == "build" and one is not None and year is not None and one <= year
            for action, one in zip(actions, years, strict=True)
        )
        out.append((bad, sum("p" not in kind for kind in kinds.values()) + new))
    return out


def _open(row, years, year):
    first = {"free_seats": 2027, "two_shifts": 2027, "by_horizon": 2030, "nowhere": None}
    when = years[KEYS.index(row[3])] if row[2] == "site" else first[row[2]]
    return when is not None and year is not None and when <= year


ACTIONS = st.lists(st.sampled_from(["build", "replace", "extend"]), min_size=6, max_size=6)


@conftest.deep(30)
@given(KINDS, TOLD, st.lists(YEARS, min_size=6, max_size=6), ACTIONS)
def test_the_count_is_that_of_school_by_school_and_never_grows(kinds, told, years, actions):
    found = _drawn(kinds, told, years, actions)
    rows = found[found["region"] == WHOLE]
    assert list(zip(rows["bad"], rows["state_day_schools"], strict=True)) == _slow(kinds, told, years, actions)
    shares = rows["indicator_share"].fillna(0.0).to_numpy()
    assert (shares[1:] <= shares[:-1]).all()
    assert (rows["bad"] <= rows["emergency"] + rows["three_shift"]).all()


@conftest.deep(15)
@given(KINDS, TOLD, st.lists(YEARS, min_size=6, max_size=6), ACTIONS)
def test_what_opens_earlier_never_leaves_more_schools_bad(kinds, told, years, actions):
    sooner = [None if year is None else max(2027, year - 1) for year in years]
    late, early = (_drawn(kinds, told, one, actions)["bad"].to_numpy() for one in (years, sooner))
    assert (early <= late).all()


# --- with the plan's own sites


def _town(*, seats, pupils, third=(), broken=()):
    """Return a town of schools side by side, their children all taught: no guarantee, no bus."""
    keys = [f"S{at}" for at in range(len(seats))]
    places = [(at * 100.0, 0.0) for at in range(len(seats))]
    schools = {key: (place, "T") for key, place in zip(keys, places, strict=True)}
    region = worlds.world({"T": (0, 0)}, [worlds.road("", (0, 0), (1000, 0))], (), schools, children=sum(pupils))
    homes = region.settlements.assign(is_rural=False, place="town")
    rows = [
        {"school_id": key, "name": key, "level": "secondary", "settlement_id": "T", "seats": one, "enrolment": many,
         "shifts": 3 if at in third else 2, "condition": "emergency" if at in broken else "good"}
        for at, (key, one, many) in enumerate(zip(keys, seats, pupils, strict=True))
    ]  # fmt: skip
    there = schema.geoframe(rows, tables.SCHOOLS, [conftest.point(*at) for at in places])
    return dataclasses.replace(region, settlements=homes, schools=there)


def _told(plan):
    return plan.relieved.astype(object).where(plan.relieved.notna(), None).to_numpy().tolist()


@pytest.mark.slow
def test_the_plan_says_what_ends_the_need_of_each_school():
    """S0 has 60 pupils beyond two shifts, S1 room for 30: one classroom takes 50, ten go next door; S2 is replaced."""
    plan = api.plan(_town(seats=[100, 100, 100], pupils=[260, 170, 200], third=[0, 2], broken=[2]), TODAY)
    assert _told(plan) == [
        ["S0", "three_shift", "free_seats", None, 10],
        ["S0", "three_shift", "site", "extend:S0", 50],
        ["S2", "emergency", "site", "replace:S2", 200],
    ]
    said, counted = words.load("ru"), report_region.reported(plan).counts
    totals = sheets.frames(plan, said)["summary"].set_index("text")["value"]
    for name, many in {"eased_schools": 1, "eased_pupils": 10}.items():  # the national page and the own workbook
        assert (plan.summary[name], counted[name], totals[said.text(f"column.{name}")]) == (many, many, many)
    assert "на местах самой школы" in said.text("summary.shifts_retimed")
    assert totals[said.text("summary.shifts_retimed")] == 0
    found = schoolnet.programme(plan, TODAY.model_copy(update={"schools": 2, "years": 2}))
    assert of(found.indicator) == [[3, 1, 2, 2], [3, 0, 1, 1], [3, 0, 0, 0]]  # the emergency building is first
    assert found.indicator["indicator_share"].iloc[0] == plan.summary["indicator_share"]


@pytest.mark.slow
def test_a_third_shift_that_two_end_is_told_and_one_nobody_knows_the_seats_of_stays():
    region = _town(seats=[100, 100], pupils=[180, 180], third=[0, 1])
    plan = api.plan(region, TODAY)
    assert _told(plan) == [["S0", "three_shift", "two_shifts", None, 0], ["S1", "three_shift", "two_shifts", None, 0]]
    assert plan.summary["shifts_retimed"] == 2
    rows = region.schools.copy()
    rows.loc["S1", ["seats", "enrolment"]] = pd.NA
    plan = api.plan(dataclasses.replace(region, schools=rows), TODAY)
    assert _told(plan)[1] == ["S1", "three_shift", "nowhere", None, None]
    assert plan.summary["shifts_retimed"] == 1
    assert [row[-1] for row in of(schoolnet.programme(plan).indicator)] == [2, 1, 1, 1, 1]


@pytest.mark.slow
def test_a_replacement_of_several_buildings_is_done_with_the_last():
    """6000 pupils: a school of 2500 seats in two shifts holds 5000, the other 1000; one opens each year."""
    plan = api.plan(_town(seats=[2000], pupils=[6000], broken=[0]), TODAY)
    assert [row[3:] for row in _told(plan)] == [["replace:S0", 5000], ["replace:S0:2", 1000]]
    found = schoolnet.programme(plan, TODAY.model_copy(update={"schools": 2, "years": 2}))
    assert of(found.indicator) == [[1, 1, 0, 1], [1, 1, 0, 1], [1, 0, 0, 0]]


@pytest.mark.slow
def test_a_third_shift_that_ends_only_as_a_village_gets_its_own_school_waits_for_it():
    """V (100 children) is taught at T, 250 pupils to 100 seats in three shifts: 50 beyond two.

    V is owed a secondary school; with its 100 pupils gone 150 are left, which two shifts hold. If the 100 stayed the
    third shift would stay: it ends when the school of V opens, not before the horizon.
    """
    region = worlds.world(
        {"T": (0, 0), "V": (5000, 0)}, [worlds.road("", (0, 0), (5000, 0))], (), {"S0": ((0, 0), "T")}, children=100
    )
    homes = region.settlements.assign(is_rural=[False, True], place=["town", "village"])
    rows = region.schools.assign(seats=100, seat_basis="one_shift", enrolment=250, shifts=3, condition="good")
    rows = rows.astype({"seats": "Int64", "enrolment": "Int64", "shifts": "Int64"})
    plan = api.plan(dataclasses.replace(region, settlements=homes, schools=rows), TODAY)
    assert _told(plan) == [
        ["S0", "three_shift", "by_horizon", None, 50],
        ["S0", "three_shift", "site", "build:V:secondary", 100],
    ]


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(
    st.lists(st.tuples(st.integers(20, 400), st.integers(1, 1500), st.booleans(), st.booleans()), min_size=1,
             max_size=4)
)  # fmt: skip
def test_what_sites_take_is_what_they_count_and_every_bad_school_is_told(drawn):
    seats, pupils, third, broken = zip(*drawn, strict=True)
    marks = ([at for at, one in enumerate(row) if one] for row in (third, broken))
    plan = api.plan(_town(seats=seats, pupils=pupils, third=next(marks), broken=next(marks)), TODAY)
    by_site = plan.relieved.groupby(["need", "site_id"])["pupils"].sum()
    for need, column in zip(decisions.NEEDS, ("from_emergency", "from_third_shift", "from_shortage"), strict=True):
        counted = plan.sites[column][plan.sites[column] > 0]
        assert by_site.xs(need).to_dict() == counted.to_dict() if len(counted) else need not in by_site.index
    bad = plan.school_findings.index[plan.school_findings["emergency"] | plan.school_findings["three_shift"]]
    assert set(bad) <= set(plan.relieved["school_id"])
    found = schoolnet.programme(plan).indicator
    assert found["indicator_share"].iloc[0] == plan.summary["indicator_share"]


@pytest.mark.slow
def test_an_outcome_is_saved_with_its_indicator_and_read_again(tmp_path):
    plan = api.plan(_town(seats=[100, 100], pupils=[260, 190], third=[0], broken=[1]), TODAY)
    found = schoolnet.programme(plan)
    again = schoolnet.read_outcome(found.save(tmp_path))
    for table in ("indicator", "relieved", "register"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(found, table))


@pytest.mark.slow
def test_of_north_kazakhstan_every_bad_school_is_told_and_the_share_never_grows():
    extract, register = (
        conftest.shared(f"kz/north-kazakhstan-{end}") for end in ("modelled.osm.pbf", "schools-modelled.csv")
    )
    plan = api.plan(schoolnet.read(extract, schools=register, options=OPTIONS), OPTIONS)
    flags = plan.school_findings[plan.school_findings["state_day"]]
    assert set(flags.index[flags["emergency"] | flags["three_shift"]]) <= set(plan.relieved["school_id"])
    assert set(plan.relieved["site_id"].dropna()) <= set(plan.sites.index)
    found = schoolnet.programme(plan).indicator
    shares = found.loc[found["region"] == WHOLE, "indicator_share"].to_numpy()
    assert shares[0] == plan.summary["indicator_share"]
    assert (shares[1:] <= shares[:-1]).all()
    assert shares[-1] < shares[0]
