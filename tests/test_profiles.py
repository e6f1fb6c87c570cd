"""Network schools of one region, worked out on paper, and of several regions against every choice.

One road of 60 km/h, so that a kilometre is a minute: A at 0, B at 50, C at 80 and D at 200 km; E lies off the road.

    A ---50--- B --30-- C ---------120--------- D        E (no road)
    100 pupils 50       30                      20       8           of grades 5-11, 208 in all

Within 60 minutes: A 150 (A, B), B 180 (A, B, C), C 80 (B, C), D 20, E 8.  Within 90: A 180, B 180, C 180, D 20, E 8.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import worlds
from conftest import DAY, deep, lonlat, point
from schoolnet import given as own
from schoolnet import networks, schema, tables
from schoolnet.errors import OptionError
from schoolnet.given import Given
from schoolnet.options import Options
from schoolnet.planning import profile_choice, profile_list, profile_parts, profile_scores, profiles
from schoolnet.planning.profile_parts import Looked
from schoolnet.services import PARTS

PUPILS = {"A": 100, "B": 50, "C": 30, "D": 20, "E": 8}
AT = {"A": (0, 0), "B": (50_000, 0), "C": (80_000, 0), "D": (200_000, 0), "E": (0, 9_000)}
KEYS = ("abai", "zhautykov", "satpayev")


def chosen(**choices):
    """Return options that give up no pupil for a higher rank, unless asked for."""
    return Options(on=DAY, bus_kmh={"primary": 60}, **{"network_slack": 0} | choices)


def listed():
    return profile_list.profiles(worlds.norms())


def region(schools=(), **tables_given):
    """Return the region of this module's docstring with schools (rows of `tables.SCHOOLS`), A a town."""
    made = worlds.world(AT, [worlds.road("", *list(AT.values())[:4], kind="primary")])
    homes = made.settlements.assign(is_rural=[key != "A" for key in AT], place=["town", *["village"] * 4])
    rows = schema.geoframe(schools, tables.SCHOOLS, [point(*AT[one["settlement_id"]]) for one in schools])
    return replace(made, settlements=homes, schools=rows, given=Given(**tables_given))


def part(schools=(), choices=None, **tables_given):
    options, made = chosen(**choices or {}), region(schools, **tables_given)
    demand = pd.DataFrame(
        {"children_5_9": [n - 5 for n in PUPILS.values()], "children_10_11": 5}, index=list(PUPILS), dtype="Int64"
    )
    roads = worlds.road_model.build(made, options)
    return profiles.part(made, roads, demand, worlds.norms(), options, profiles=listed())


def rows(found, profile="abai"):
    return found.candidates[found.candidates["profile"] == profile].set_index("settlement_id")


def school(key, home, **cells):
    return {"school_id": key, "name": key, "level": "secondary", "settlement_id": home} | cells


def network(*working):
    """Return the planner's table of (region, profile, place in metres or None, evidence)."""
    found = []
    for code, profile, at, evidence in working:
        lon, lat = lonlat(*at) if at else (None, None)
        found.append({"region": code, "profile": profile, "school": "S", "lon": lon, "lat": lat, "evidence": evidence})
    return schema.frame(found, own.NETWORK)


def partners(*places):
    found = []
    for profile, at in places:
        lon, lat = lonlat(*at)
        found.append({"name": "U", "kind": "university", "profile": profile, "lon": lon, "lat": lat})
    return schema.frame(found, own.PARTNERS)


# --- one region


def test_reach_is_counted_by_bus_minutes_and_the_pupils_beyond_need_boarding():
    found = rows(part()).loc[["A", "B", "C", "D", "E"]]
    assert found["pupils_60"].tolist() == [150, 180, 80, 20, 8]
    assert found["pupils_90"].tolist() == [180, 180, 180, 20, 8]
    assert found["pupils_beyond"].tolist() == [28, 28, 28, 188, 200]
    # 300 seats x 28 / 208 = 40.4; x 188 / 208 = 271.2; x 200 / 208 = 288.5: rounded up
    assert found["boarding_seats"].tolist() == [41, 41, 41, 272, 289]
    # A is a town: of the 180 within 90 minutes 80 are rural
    assert found["rural_share"].round(6).tolist() == [0.444444, 0.444444, 0.444444, 1.0, 1.0]
    assert not found["approx"].any()


def test_every_part_of_the_score_stands_beside_it():
    found = rows(part([school("s", "B", seats=200, enrolment=100, condition="repair")])).loc[["A", "B", "D"]]
    # greatest: 180 within 60 and within 90, 100 of its own, a share of 1
    assert found["near"].round(6).tolist() == [0.833333, 1.0, 0.111111]
    assert found["own"].tolist() == [1.0, 0.5, 0.2]
    assert found["far"].round(6).tolist() == [1.0, 1.0, 0.111111]
    assert found["rural"].round(6).tolist() == [0.444444, 0.444444, 1.0]
    assert found["fit"].tolist() == [0, 1, 0]
    assert found["partner"].tolist() == [0, 0, 0]  # none is given
    assert found["apart"].tolist() == [1, 1, 1]  # no school of the profile has a place
    # B: 0.3 x 1 + 0.1 x 0.5 + 0.1 x 1 + 0.15 x 0.4444 + 0.15 x 1 + 0 + 0.1 x 1 = 0.766667, the weights adding up to 1
    assert found.loc["B", "score"] == pytest.approx(0.766667, abs=1e-6)
    assert found.loc["B", "rank"] == 1


def test_a_partner_and_the_next_school_of_the_profile_are_measured_straight():
    given_tables = {
        "partners": partners(("satpayev", (200_000, 0)), (None, (0, 0))),
        "network": network(("XX-77", "abai", (80_000, 0), None)),  # of another region: it still must not be doubled
    }
    found = rows(part(**given_tables)).loc[["A", "C", "D"]]
    # to A, the only partner that fits Abai: 0, 80 and 200 km (a sphere is 0.1 % off); D is the farthest
    assert found["partner_km"].tolist() == pytest.approx([0, 80, 200], rel=2e-3, abs=1e-6)
    assert found["partner"].tolist() == pytest.approx([1, 0.6, 0])
    assert found["apart_km"].tolist() == pytest.approx([80, 0, 120], rel=2e-3, abs=1e-6)
    assert found["apart"].tolist() == pytest.approx([2 / 3, 0, 1], rel=1e-3)
    satpayev = rows(part(**given_tables), "satpayev").loc[["A", "D"]]
    assert satpayev["partner_km"].tolist() == pytest.approx([0, 0], abs=1e-6)  # D has its own
    assert satpayev["partner"].tolist() == [1, 1]
    assert satpayev["apart"].tolist() == [1, 1]


def test_the_base_is_the_fittest_state_day_school_that_teaches_all_grades():
    found = rows(part([
        school("a1", "A", seats=400, enrolment=700),  # 800 in two shifts, 100 free of 300: (1 + 1/3) / 2 = 2/3
        school("a2", "A", seats=400, enrolment=500, condition="good"),  # 300 free: (1 + 1 + 1) / 3 = 1
        school("a3", "A", seats=900, enrolment=1, condition="emergency"),
        school("a4", "A", seats=900, enrolment=1, ownership="private"),
        school("a5", "A", seats=900, enrolment=1, kind="evening"),
        school("b1", "B", level="basic", seats=900, enrolment=1),
        school("c1", "C", level=None),  # taken for a secondary one, 0.5
    ]))  # fmt: skip
    assert found["school_id"].dropna().to_dict() == {"A": "a2", "C": "c1"}
    assert found.loc[["A", "B", "C"], "base"].tolist() == ["school", "settlement", "school"]
    assert found.loc[["A", "B", "C"], "fit"].tolist() == [1.0, 0.0, 0.5]


def test_each_profile_has_a_base_of_its_own_in_a_settlement_as_long_as_there_are_some():
    # one-shift seats, 300 free of 300: 1 and 1; 60 of 300: 1 and 0.2; 0 of 300: 1 and 0. Fitness 1, 0.6 and 0.5
    three = [
        school("a1", "A", seats=100, enrolment=140), school("a2", "A", seats=300, enrolment=300),
        school("a3", "A", seats=400, seat_basis="two_shift", enrolment=400), school("b1", "B"),
    ]  # fmt: skip
    found = part(three).candidates
    at = found[found["settlement_id"] == "A"].set_index("profile")
    assert sorted(at["school_id"]) == ["a1", "a2", "a3"]
    assert sorted(at["fitness"] if "fitness" in at else at["fit"]) == [0.5, 0.6, 1.0]
    # B has one school: each profile sees it there, and the choice gives it to one
    assert found[found["settlement_id"] == "B"]["school_id"].tolist() == ["b1"] * 3
    # of two marked ones each goes to the profile it is marked for, though the other is as fit
    pair = part([school("a1", "A", profile="IT"), school("a2", "A", profile="Абай")]).candidates
    at = pair[pair["settlement_id"] == "A"].set_index("profile")["school_id"]
    assert at[["abai", "zhautykov"]].tolist() == ["a2", "a1"]


def test_a_building_that_carries_a_network_school_already_is_no_base():
    schools = [school("a1", "A", name_ru="Лицей №1"), school("a2", "A"), school("b1", "B")]
    by_name = [{"region": "XX-01", "profile": "abai", "school": " лицей №1"}]
    found = part(schools, network=schema.frame(by_name, own.NETWORK))
    assert rows(found, "satpayev")["school_id"].dropna().to_dict() == {"A": "a2", "B": "b1"}
    # by its place: 50 m from b1; the same name in another region takes nothing
    near = network(("XX-01", "abai", (50_050, 0), None))
    other = schema.frame([by_name[0] | {"region": "XX-02"}], own.NETWORK)
    found = part(schools, network=pd.concat([near, other], ignore_index=True))
    assert set(rows(found, "satpayev")["school_id"].dropna()) <= {"a1", "a2"}


def test_a_profile_on_a_base_has_only_settlements_with_a_working_school_where_there_are_some():
    found = part([school("it", "C", profile="ИТ-мектебі"), school("x", "A", profile="Абай"), school("y", "B")])
    assert rows(found, "zhautykov")["school_id"].to_dict() == {"C": "it"}
    looked = found.coverage.set_index("profile")
    assert looked["looked_at"].to_dict() == {"abai": "all", "zhautykov": "working", "satpayev": "all"}
    assert looked["candidates"].to_dict() == {"abai": 5, "zhautykov": 1, "satpayev": 5}
    # the mark counts to the fitness of Abai: x has both level and mark, y the level of two
    assert rows(found).loc[["A", "B"], "fit"].tolist() == [1.0, 0.5]
    none = part([school("y", "B")]).coverage.set_index("profile")
    assert none.loc["zhautykov", ["looked_at", "candidates"]].tolist() == ["no_working", 5]


def test_only_the_largest_settlements_towns_and_those_with_a_marked_school_are_looked_at():
    found = part([school("it", "D", profile="IT")], choices={"network_candidates": 1})
    assert sorted(rows(found).index) == ["A", "D"]


def test_coverage_counts_the_planners_table_and_shows_what_says_so():
    found = part(
        network=network(("XX-01", "abai", None, "order 5"), ("XX-01", "abai", None, None)), choices={"network_quota": 3}
    )
    shown = found.coverage.set_index("profile").loc["abai", ["schools", "evidence", "quota", "lacking"]]
    assert shown.tolist() == [2, "order 5", 3, 1]
    assert pd.isna(found.coverage.set_index("profile").loc["satpayev", "evidence"])
    unknown = part(network=network(("XX-01", "art", None, None))).coverage.set_index("profile")
    assert unknown.loc["art", ["schools", "quota", "lacking", "candidates"]].tolist() == [1, 0, 0, 0]


@pytest.mark.slow
def test_the_example_opens_the_first_place_of_each_profile_it_lacks(example_on):
    import schoolnet

    plan = example_on("2026-10-15")
    opened = plan.candidates[plan.candidates["opened"]]
    assert opened["profile"].tolist() == sorted(KEYS)
    assert (opened["rank"] == 1).all()
    assert plan.summary["network_lacking"] == 3
    working = replace(plan.region, given=Given(network=network(("XX-99", "abai", None, None))))
    again = schoolnet.plan(working, plan.options)
    assert again.candidates.groupby("profile")["opened"].sum().to_dict() == {"abai": 0, "satpayev": 1, "zhautykov": 1}


# --- scores


@st.composite
def places(draw):
    count = draw(st.integers(1, 9))
    numbers = st.integers(0, 500)
    columns = {name: draw(st.lists(numbers, min_size=count, max_size=count)) for name in ("pupils_60", "pupils_own")}
    km = st.one_of(st.none(), st.floats(0, 900))
    frame = pd.DataFrame(columns).astype(float)
    frame["pupils_90"] = frame["pupils_60"] + draw(numbers)
    frame["rural_share"] = draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))
    frame["fitness"] = draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))
    for name in ("partner_km", "apart_km"):
        frame[name] = np.array(draw(st.lists(km, min_size=count, max_size=count)), dtype=float)
    frame["settlement_id"] = [f"s{at}" for at in range(count)]
    return frame.assign(region="R", profile=draw(st.sampled_from(KEYS)))


weights = st.fixed_dictionaries({name: st.floats(0, 5) for name in PARTS})


@deep(60)
@given(places(), weights)
def test_parts_lie_between_0_and_1_and_ranks_are_a_whole_order(frame, weight):
    found = profile_scores.scored(frame, chosen(profile_weights=weight, profile_draws=20))
    assert found[list(PARTS)].stack().between(0, 1).all()
    assert sorted(found["rank"]) == list(range(1, len(frame) + 1))
    assert (found["rank_best"] <= found["rank"]).all()
    assert (found["rank"] <= found["rank_worst"]).all()
    assert found["first_share"].sum() == pytest.approx(1.0)
    by_hand = sum(found[name] * weight[name] for name in PARTS) / (sum(weight.values()) or 1.0)
    assert np.allclose(found["score"], by_hand, atol=1e-6)
    order = found.sort_values("rank")["score"].to_numpy()
    assert (np.diff(order) <= 0).all()


@deep(30)
@given(places())
def test_a_place_that_gains_pupils_never_falls(frame):
    before = profile_scores.scored(frame, chosen(profile_draws=0))
    last = before["rank"].idxmax()
    better = frame.copy()
    better.loc[last, ["pupils_60", "pupils_90", "pupils_own"]] = [2_000.0, 2_000.0, 2_000.0]
    after = profile_scores.scored(better, chosen(profile_draws=0))
    assert after.loc[last, "rank"] <= before.loc[last, "rank"]


def test_without_draws_the_range_is_the_rank_and_equal_places_go_by_pupils_then_identifier():
    frame = pd.DataFrame({
        "region": "R", "profile": "abai", "settlement_id": ["b", "a", "c"], "pupils_60": [10.0, 10.0, 20.0],
        "pupils_own": 5.0, "pupils_90": 20.0, "rural_share": 0.0, "fitness": 0.0, "partner_km": np.nan,
        "apart_km": np.nan,
    })  # fmt: skip
    found = profile_scores.scored(frame, chosen(profile_weights={"far": 1.0}, profile_draws=0))
    assert found["rank"].tolist() == [3, 2, 1]
    assert found["rank_best"].tolist() == found["rank_worst"].tolist() == [3, 2, 1]
    assert found["first_share"].tolist() == [0, 0, 1]


# --- several regions


def drawn(code, pupils, reach, working=(), candidates=None, schools=None):
    """Return the part of a region: pupils of its homes, who reaches whom (0 or 1), working schools (profile, home).

    `schools`: the base school of each home, or None; or those of each profile.
    """
    names = [f"{code}{at}" for at in range(len(pupils))]
    homes = pd.DataFrame(
        {"pupils": pd.array(pupils, dtype="Int64"), "is_rural": True, "lon": np.arange(len(pupils)) + 1.0, "lat": 50.0},
        index=names,
    ).assign(name=names, name_kk=None, name_ru=None, name_en=None)  # fmt: skip
    among = names[: len(pupils) if candidates is None else candidates]
    found = pd.DataFrame(
        [(key, place, None, 0.0, "all") for key in KEYS for place in among],
        columns=["profile", "settlement_id", "school_id", "fitness", "looked_at"],
    )
    if schools is not None:
        by_profile = schools if isinstance(schools, dict) else dict.fromkeys(KEYS, schools)
        at = [
            by_profile[key][names.index(place)]
            for key, place in zip(found["profile"], found["settlement_id"], strict=True)
        ]
        found["school_id"] = pd.Series(at, index=found.index, dtype=object)
    stands = pd.DataFrame([(key, names[at]) for key, at in working], columns=["profile", "settlement_id"], dtype=object)
    table = network(*((code, key, None, None) for key, _ in working))
    minutes = np.where(np.array(reach) > 0, 30.0, np.inf)
    looked = Looked(
        code=code, names={"name": code}, homes=homes, schools=homes.iloc[:0], places=found, working=stands,
        starts=names, minutes=minutes, approx=False, about={},
    )  # fmt: skip
    return profile_parts.made(looked, Given(network=table), listed(), chosen())


# Region P: home 0 (50 pupils) reaches 0; home 1 (40) reaches 1 and 2; home 2 (30) reaches 1 and 2. Region Q: one home.
P = drawn("P", [50, 40, 30], [[1, 0, 0], [0, 1, 1], [0, 1, 1]])
Q = drawn("Q", [7], [[1]])


def test_every_region_gets_one_of_each_profile_where_most_pupils_are_reached():
    found = profile_choice.choice([P, Q], chosen())
    opened = found.candidates[found.candidates["opened"]]
    # P: 1 or 2 reach 70, 0 reaches 50; of 1 and 2 the first has more pupils of its own, and so the higher rank
    assert opened.groupby("profile")["settlement_id"].apply(list).to_dict() == {
        key: ["P1", "Q0"] for key in sorted(KEYS)
    }
    proof = found.proof.iloc[0]
    assert proof[["schools", "lacking", "short", "candidates", "pupils", "reached"]].tolist() == [6, 6, 0, 12, 381, 231]
    assert proof["status"] == "optimal"
    assert found.coverage["opened"].tolist() == [1] * 6


def test_more_schools_than_the_quotas_lack_go_where_most_are_not_reached():
    found = profile_choice.choice([P, Q], chosen(network_schools=7))
    # one more: home 0 of P, 50 pupils of one profile
    assert found.proof.loc[0, "reached"] == 231 + 50
    assert found.coverage["opened"].sum() == 7


def test_a_place_of_a_higher_rank_is_taken_where_it_loses_hardly_anybody():
    # home 1 reaches 2 as well, 42 pupils in all, but has 2 of its own; home 0 reaches itself, 40 pupils: 4.8 % fewer
    one = drawn("R", [40, 2, 40], [[1, 0, 0], [0, 1, 1], [0, 0, 1]])
    ranks = one.candidates[one.candidates["profile"] == "abai"].set_index("settlement_id")["rank"]
    # near 40/42, 42/42, 40/42; own 1, 1/20, 1: by 0.3, 0.1 and 0.1 (90 minutes) the large homes lead, 0 before 2
    assert ranks.to_dict() == {"R0": 1, "R2": 2, "R1": 3}
    exact = profile_choice.choice([one], chosen())
    assert exact.candidates[exact.candidates["opened"]]["settlement_id"].unique().tolist() == ["R1"]
    near = profile_choice.choice([one], chosen(network_slack=0.05))
    assert near.candidates[near.candidates["opened"]]["settlement_id"].unique().tolist() == ["R0"]
    assert near.proof.loc[0, ["most", "reached"]].tolist() == [3 * 42, 3 * 40]
    strict = profile_choice.choice([one], chosen(network_slack=0.04))
    assert strict.proof.loc[0, "reached"] == 3 * 42


def test_one_building_carries_one_profile():
    # home 0 reaches 100, home 1 reaches 60, home 2 reaches 30; one school in each. All three at home 0: 300.
    one = drawn("P", [100, 60, 30], np.eye(3), schools=["s0", "s1", "s2"])
    found = profile_choice.choice([one], chosen())
    opened = found.candidates[found.candidates["opened"]]
    assert sorted(opened["school_id"]) == ["s0", "s1", "s2"]
    assert found.proof.loc[0, ["most", "reached", "anywhere"]].tolist() == [190, 190, 300]
    # two schools at home 0: two profiles stand there, the third at home 1: 100 + 100 + 60
    two = {"abai": ["s0", "s1", "s2"], "zhautykov": ["s9", "s1", "s2"], "satpayev": ["s0", "s1", "s2"]}
    found = profile_choice.choice([drawn("P", [100, 60, 30], np.eye(3), schools=two)], chosen())
    assert found.proof.loc[0, "reached"] == 260
    # the slack prefers no place whose base is taken: home 1 reaches 97, less by 3 %
    near = drawn("P", [100, 97, 90], np.eye(3), schools=["s0", "s1", "s2"])
    found = profile_choice.choice([near], chosen(network_slack=0.5))
    assert sorted(found.candidates[found.candidates["opened"]]["school_id"]) == ["s0", "s1", "s2"]


def test_with_fewer_buildings_than_profiles_one_is_a_new_school_and_no_base_is_taken_twice():
    # two homes, one school: one profile on s0, the others without a base, at 0 or 1
    one = drawn("P", [100, 60], np.eye(2), schools=["s0", None])
    found = profile_choice.choice([one], chosen())
    opened = found.candidates[found.candidates["opened"]]
    assert len(opened) == 3
    assert opened["school_id"].dropna().tolist() == ["s0"]
    assert opened.loc[opened["school_id"].isna(), "base"].eq("settlement").all()
    schema.check(found.candidates, networks.CANDIDATES)


def test_a_place_without_a_base_is_taken_only_where_allowed():
    # home 0 has no school and reaches 100; homes 1 to 3 have one each and reach 60, 50, 40
    one = drawn("P", [100, 60, 50, 40], np.eye(4), schools=[None, "s1", "s2", "s3"])
    found = profile_choice.choice([one], chosen())
    assert found.proof.loc[0, ["most", "anywhere"]].tolist() == [60 + 50 + 40, 300]
    assert profile_choice.choice([one], chosen(network_new=True)).proof.loc[0, "most"] == 300


def test_the_choice_is_among_the_best_ranks_and_says_what_that_gives_up():
    # home 5 has 1 pupil and reaches the 100 of home 0 too; by what they reach and have, ranks are not by reach alone
    reach = np.eye(6)
    reach[5, 0] = 1
    one = drawn("P", [100, 60, 50, 40, 30, 1], reach)
    ranks = one.candidates[one.candidates["profile"] == "abai"].set_index("settlement_id")["rank"]
    # near 100/101 and 1, own 1 and 0.01: home 0 is first (0.5 of 0.5 but 0.4 % of it), home 5 second
    assert ranks[["P0", "P5"]].tolist() == [1, 2]
    assert profile_choice.choice([one], chosen()).proof.loc[0, "most"] == 303
    told = profile_choice.choice([one], chosen(network_ranks=1)).proof.loc[0]
    assert told[["most", "reached", "anywhere", "status"]].tolist() == [300, 300, 303, "optimal"]
    # a quota of three asks for three ranks, whatever the option
    more = replace(one, coverage=one.coverage.assign(quota=3, lacking=pd.array([3] * 3, dtype="Int64")))
    found = profile_choice.choice([more], chosen(network_ranks=1))
    assert found.candidates.groupby("profile")["opened"].sum().eq(3).all()
    assert (found.candidates.loc[found.candidates["opened"], "rank"] <= 3).all()


def test_a_working_school_counts_to_the_quota_and_its_pupils_are_reached():
    working = drawn("P", [50, 40, 30], [[1, 0, 0], [0, 1, 1], [0, 1, 1]], working=[("abai", 1)])
    found = profile_choice.choice([working, Q], chosen())
    assert found.coverage["lacking"].tolist() == [0, 1, 1, 1, 1, 1]
    assert found.coverage["opened"].tolist() == [0, 1, 1, 1, 1, 1]
    assert found.proof.loc[0, ["schools", "reached"]].tolist() == [5, 231]


def test_a_quota_that_cannot_be_met_is_said_in_numbers():
    # two of each profile: Q has one place, so one of each is short; P takes 0 and 1
    parts = [
        replace(one, coverage=one.coverage.assign(quota=2, lacking=pd.array([2] * 3, dtype="Int64"))) for one in (P, Q)
    ]
    found = profile_choice.choice(parts, chosen())
    proof = found.proof.iloc[0]
    assert proof[["schools", "lacking", "short", "reached", "status"]].tolist() == [9, 12, 3, 381, "optimal"]
    few = profile_choice.choice([P, Q], chosen(network_schools=5))
    assert few.proof.loc[0, ["schools", "lacking", "short", "status"]].tolist() == [5, 6, 0, "infeasible"]
    assert not few.candidates["opened"].any()
    assert pd.isna(few.proof.loc[0, "reached"])


def test_no_region_or_one_twice_is_refused():
    with pytest.raises(OptionError, match="there is no region to choose network schools in"):
        profile_choice.choice([], chosen())
    with pytest.raises(OptionError, match="region P is there more than once"):
        profile_choice.choice([P, Q, P], chosen())


@pytest.mark.slow
@deep(60)
@given(st.data())
def test_the_choice_is_the_best_of_all_that_keep_ranks_and_buildings(data):
    count = data.draw(st.integers(3, 4))
    pupils = data.draw(st.lists(st.integers(1, 30), min_size=count, max_size=count))
    cells = st.lists(st.lists(st.booleans(), min_size=count, max_size=count), min_size=count, max_size=count)
    pool = st.sampled_from(["s0", "s1", "s2", "s3"])
    schools = {key: data.draw(st.lists(pool, min_size=count, max_size=count)) for key in KEYS}
    one = drawn("P", pupils, data.draw(cells), schools=schools)
    ranks = data.draw(st.integers(1, count))
    found = profile_choice.choice([one], chosen(network_ranks=ranks))
    reached = one.within.groupby("place")["home"].apply(set).to_dict()
    table = one.candidates.set_index(["profile", "settlement_id"])
    for depth in range(ranks, count + 1):  # more ranks only where these are not enough
        sums = []
        for some in itertools.product(one.homes.index, repeat=len(KEYS)):
            own = [table.loc[pair] for pair in zip(KEYS, some, strict=True)]
            if max(row["rank"] for row in own) <= depth and len({row["school_id"] for row in own}) == len(KEYS):
                sums.append(sum(int(one.homes["pupils"][list(reached.get(at, {at}))].sum()) for at in some))
        if sums:
            assert found.proof.loc[0, "most"] == max(sums)
            break
    opened = found.candidates[found.candidates["opened"]]
    assert opened["profile"].tolist() == sorted(KEYS)
    assert not opened["school_id"].dropna().duplicated().any()


@st.composite
def regions(draw):
    parts = []
    for code in "PQ"[: draw(st.integers(1, 2))]:
        count = draw(st.integers(1, 3))
        cells = st.lists(st.lists(st.booleans(), min_size=count, max_size=count), min_size=count, max_size=count)
        pupils = draw(st.lists(st.integers(1, 30), min_size=count, max_size=count))
        working = draw(st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, count - 1)), max_size=2))
        parts.append(drawn(code, pupils, draw(cells), working))
    return parts


@pytest.mark.slow
@deep(40)
@given(regions(), st.integers(0, 1))
def test_the_choice_reaches_what_trying_every_choice_reaches(parts, more):
    lacking = int(sum(one.coverage["lacking"].sum() for one in parts))
    found = profile_choice.choice(parts, chosen(network_schools=lacking + more))
    best = 0
    for key in KEYS:  # without more schools the profiles and regions do not touch each other
        for one in parts:
            reached = one.within.groupby("place")["home"].apply(set).to_dict()
            there = set().union(*(reached[at] for at in one.working[one.working["profile"] == key]["settlement_id"]))
            lack = int(one.coverage.set_index("profile").loc[key, "lacking"])
            best += max(
                int(one.homes["pupils"][list(there.union(*(reached.get(at, set()) for at in some)))].sum())
                for some in itertools.combinations(one.homes.index, lack)
            )
    told = found.proof.loc[0]
    assert told["status"] == "optimal"
    assert told["reached"] >= best if more else told["reached"] == best
    schema.check(found.candidates, networks.CANDIDATES)
    # what is opened, counted anew from who is reached
    total = 0
    for one in parts:
        opened = found.candidates[found.candidates["opened"] & (found.candidates["region"] == one.code)]
        for key in KEYS:
            at = {*opened[opened["profile"] == key]["settlement_id"]}
            at |= {*one.working[one.working["profile"] == key]["settlement_id"]}
            homes = set(one.within[one.within["place"].isin(at)]["home"])
            total += int(one.homes["pupils"][list(homes)].sum())
    assert total == told["reached"]


@pytest.mark.slow
@deep(40)
@given(regions(), st.integers(1, 3), st.floats(0, 1))
def test_no_more_is_given_up_for_a_higher_rank_than_allowed(parts, more, slack):
    lacking = int(sum(one.coverage["lacking"].sum() for one in parts))
    options = chosen(network_schools=lacking + more, network_slack=slack)
    found = profile_choice.choice(parts, options)
    told = found.proof.loc[0]
    assert told["most"] * (1 - slack) - 1e-6 <= told["reached"] <= told["most"]
    there = found.candidates[found.candidates["opened"]].groupby(["region", "profile"]).size()
    quota = found.coverage.set_index(["region", "profile"])["lacking"]
    assert (there.reindex(quota.index, fill_value=0) >= quota).all()


# --- profiles as data


def test_the_profiles_rest_on_norms_that_are_no_law():
    norms = worlds.norms()
    found = listed()
    assert list(found) == list(KEYS)
    assert {norms[one.norm].standing for one in found.values()} == {"target"}
    assert found["zhautykov"].on_base
    assert found["zhautykov"].marked("Специализированный ИТ лицей")
    assert not found["zhautykov"].marked("политехнический")  # a whole word, not a part of one
    assert not found["abai"].marked(None)


def test_a_planner_adds_a_profile_and_replaces_one(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('[art]\nname = "Art school"\nfield = "arts"\nmarks = ["art"]\n[abai]\nname = "A"\nfield = "B"\n')
    found = profile_list.profiles(worlds.norms(), file=file)
    assert list(found) == [*KEYS, "art"]
    assert found["art"].name == {"kk": "Art school", "ru": "Art school", "en": "Art school"}
    assert (found["abai"].norm, found["art"].on_base) == ("", False)


def test_every_fault_of_a_planners_file_is_listed_with_the_near_name(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        'x = 1\n[Art]\nname = "a"\nfield = "b"\n[b]\nnmae = "a"\nfield = {kk = "b"}\nmarks = ["two words"]\n'
        'norm = "network.abay_regions"\non_base = "yes"\n'
    )
    with pytest.raises(OptionError) as caught:
        profile_list.profiles(worlds.norms(), file=file)
    said = str(caught.value)
    for part_of in (
        "“x” is not a table", "“Art” cannot be the key", "there is no “nmae”. Did you mean “name”?",
        "field must be a text, or texts of kk, ru and en", "marks must be a list of single words",
        "no norm is called “network.abay_regions”. Did you mean “network.abai_regions”?",
        "on_base must be true or false", "name must be a text",
    ):  # fmt: skip
        assert part_of in said


def test_a_profile_of_a_table_that_is_none_is_refused_with_the_near_name():
    with pytest.raises(OptionError, match=r"there is no profile “abay”. Did you mean “abai”?"):
        profile_list.known(["abai", "abay"], listed(), at={"abay": ("network.csv", "7")})
