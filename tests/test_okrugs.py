"""Education okrugs: worked out on paper, equal to brute force in small districts, and what must hold on any region.

The world lies along a road of 60 km/h, so a kilometre is a minute; schools stand on their villages' points (metres).

      W       V    |    B      H   E   A      C   F   O       D
    -9000   -7000  |  -3000    0  1000 2000  5000 6000 7000  9000       G (3000, 5000), no road
        west       |                     east

H secondary, 120 pupils on 300 one-shift seats: 600 - 120 = 480 free. A primary 8, B basic 18, C primary 6, D basic 27,
G basic 15, W primary 9, O basic 150 (not small); E, V and F have none, and nobody lives in F. Within 8 minutes H is
reached by A (2), B (3) and C (5): pupil-minutes 8 x 2 + 18 x 3 + 6 x 5 = 100.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import python_calamine
from typer.testing import CliRunner

import conftest
import worlds
from schoolnet import api, cli, given, networks, schema
from schoolnet.law.norms import Norms
from schoolnet.model import access, audit, population
from schoolnet.model import demand as demand_model
from schoolnet.model import roads as road_model
from schoolnet.model.ground import Ground
from schoolnet.options import Options
from schoolnet.output import okrug_files, okrug_sheets, okrug_text, okrug_told, words
from schoolnet.planning import okrug_compare, okrugs
from schoolnet.planning.found import Found, pupils_today

PLACES = {
    "W": (-9000, 0), "V": (-7000, 0), "B": (-3000, 0), "H": (0, 0), "E": (1000, 0), "A": (2000, 0), "C": (5000, 0),
    "F": (6000, 0), "O": (7000, 0), "D": (9000, 0), "G": (3000, 5000),
}  # fmt: skip
HOMES = """
settlement_id  name   district_id  place    population  children
A              Arka   east         village  60          9
B              Bulak  east         village  100         18
C              Chili  east         village  50          7
D              Dala   east         village  150         27
E              Eski   east         village  60          12
F              Fara   east         hamlet   0           0
G              Gul    east         village  90          15
H              Hub    east         village  600         120
O              Oba    east         village  800         150
V              Vali   west         village  60          10
W              West   west         village  50          9
"""
SCHOOLS = """
school_id  name      level      settlement_id  seats  seat_basis  enrolment  subject_rooms  teachers  support
SA         A school  primary    A              40     one_shift   8          -              2         no
SB         B school  basic      B              80     one_shift   18         0              5         no
SC         C school  primary    C              40     one_shift   6          -              2         no
SD         D school  basic      D              80     one_shift   27         0              6         no
SG         G school  basic      G              80     one_shift   15         0              4         no
SH         H school  secondary  H              300    one_shift   120        3              20        no
SO         O school  basic      O              200    one_shift   150        2              15        no
SW         W school  primary    W              40     one_shift   9          -              2         no
"""


def region(schools=SCHOOLS, homes=HOMES, places=PLACES):
    line = [places[key] for key in sorted(places, key=lambda key: places[key]) if places[key][1] == 0]
    base = worlds.world({}, [worlds.road("", *line, kind="secondary")])
    at = {row["school_id"]: places[row["settlement_id"]] for row in conftest.table(schools).to_dict("records")}
    return replace(
        base, settlements=conftest.settlements(homes, places).sort_index(), schools=conftest.schools(schools, at)
    )


CHOICES = {"on": conftest.DAY, "bus_kmh": {"secondary": 60}, "okrug_min": 8}


def plan(found=None, *, shifts=2, **choices):
    """Return the okrugs of a region, of the stages they need alone."""
    chosen, found = Options(**CHOICES | choices), found or region()
    norms = Norms.for_plan(chosen)
    allowed = norms["shifts.allowed"]._replace(value=shifts)
    norms = replace(norms, in_force={**norms.in_force, "shifts.allowed": allowed})
    counted = population.headcount(found, norms, chosen)
    demand = demand_model.demand(found, counted, chosen)
    roads = road_model.build(found, chosen)
    ways = access.access(found, roads, Ground(found, roads, norms, chosen), chosen).ways
    entitled = audit.transport(found, demand, ways, norms, chosen)
    known = Found(
        region=found, norms=norms, options=chosen, prices=None, roads=roads, demand=demand,
        access=access.in_season(ways, chosen.season), transport=entitled,
        findings=audit.findings(found, demand, ways, entitled, norms, chosen),
        schools=audit.school_findings(found, norms), town_cells=None,
        planned=pupils_today(demand),
    )  # fmt: skip
    pooled = okrugs.pooled(known, schema.frame([], networks.RIDES))
    return SimpleNamespace(**vars(pooled), options=chosen, region=found, summary=okrugs.counts(pooled))


@pytest.fixture(scope="module")
def made():
    return api.plan(region(), Options(**CHOICES))


def roles(made):
    return {key: (row["role"], row["why"]) for key, row in made.okrug_members.iterrows()}


def edited(text, school, **cells):
    """Return the table of schools with other cells of one school; None empties a cell."""
    frame = conftest.table(text).set_index("school_id", drop=False)
    for name, value in cells.items():
        frame[name] = frame[name].astype(object)
        frame.loc[school, name] = value
    rows = [list(frame.columns), *frame.to_numpy(dtype=object).tolist()]
    return "\n".join("  ".join("-" if pd.isna(one) else _plain(one) for one in row) for row in rows)


def _plain(value):
    return str(int(value)) if isinstance(value, float) else str(value)


def test_a_hub_gathers_the_small_schools_a_bus_reaches(made):
    assert list(made.okrugs.index) == ["okrug-SH"]
    row = made.okrugs.loc["okrug-SH"]
    assert (row["school_id"], row["settlement_id"], row["district_id"]) == ("SH", "H", "east")
    assert (row["satellites"], row["attached"], row["free_seats"], row["subject_rooms"]) == (3, 1, 480, 3)
    assert (row["pupils"], row["pupils_satellites"]) == (120 + 32, 8 + 18 + 6)
    assert row["teachers"] == 20 + 2 + 5 + 2
    assert row["adds"] == "5-9, 10-11"
    assert row["pooled_level"] == "basic"  # A 9, B 18, C 7, E 12 children: 46; with the hub's 120 it would tell nothing
    assert row["visitors"] == 10  # B 18 x 5 / 9; the schools of A and C are primary
    assert row["mean_min"] == pytest.approx(10 / 3, abs=1e-6)
    assert row["worst_min"] == pytest.approx(5, abs=1e-6)
    assert row["in_target"]


def test_every_village_has_one_part_or_the_reason_why_none(made):
    assert roles(made) == {
        "A": ("satellite", ""),
        "B": ("satellite", ""),
        "C": ("satellite", ""),
        "D": ("alone", "too_far"),  # 9 minutes
        "E": ("attached", ""),
        "F": ("alone", "no_children"),
        "G": ("alone", "no_road"),
        "H": ("hub", ""),
        "O": ("own", ""),
        "V": ("alone", "no_school"),  # the nearest school of grades 5-9 is SB, in the other district
        "W": ("alone", "no_hub"),
    }


def test_minutes_metres_and_what_the_hub_adds_are_of_each_village(made):
    members = made.okrug_members
    assert members["minutes"].dropna().to_dict() == pytest.approx({"A": 2, "B": 3, "C": 5, "E": 1, "H": 0}, abs=1e-6)
    assert members["road_m"].dropna().to_dict() == pytest.approx(
        {"A": 2000, "B": 3000, "C": 5000, "E": 1000, "H": 0}, abs=1e-3
    )
    assert members["adds"][members["adds"] != ""].to_dict() == {"A": "5-9, 10-11", "B": "10-11", "C": "5-9, 10-11"}
    assert members["school_id"].dropna().to_dict() == {
        "A": "SA", "B": "SB", "C": "SC", "D": "SD", "E": "SH", "G": "SG", "H": "SH", "O": "SO", "V": "SB", "W": "SW",
    }  # fmt: skip


def test_pooling_cancels_no_guarantee(made):
    # E (12) and V (10) are owed a primary school and have none; O (150) a secondary one and has a basic
    low = made.okrug_members["below_guarantee"]
    assert list(low.index[low]) == ["E", "O", "V"]
    assert made.okrug_members.loc["E", "role"] == "attached"
    assert made.findings.loc["E", "network_deficit"]


def test_the_choice_is_proven_aim_by_aim(made):
    proofs = made.okrug_proofs
    assert proofs["sought"].tolist() == list(networks.OKRUG_AIMS)
    assert proofs["objective"].tolist() == pytest.approx([3, 0, 100], abs=1e-4)  # D, G and W are left out
    assert proofs["bound"].tolist() == pytest.approx([3, 0, 100], abs=1e-4)
    assert set(proofs["status"]) == {"optimal"}
    assert proofs[["customers", "candidates", "pairs"]].iloc[0].tolist() == [6, 1, 3]
    counts = {key: value for key, value in made.summary.items() if key.startswith("okrug")}
    assert counts == {
        "okrugs": 1, "okrugs_in_target": 1, "okrug_satellite": 3, "okrug_attached": 1, "okrug_own": 1, "okrug_alone": 5,
        "okrug_attached_far": 0,
    }  # fmt: skip


@pytest.mark.slow
def test_a_hub_needs_seats_for_the_older_pupils_of_a_satellite():
    # 2 x 60 - 115 = 5 free; of B's 18 pupils in nine grades ten are of grades 5-9; a primary school sends nobody
    found = plan(region(edited(SCHOOLS, "SH", seats=60, enrolment=115)))
    assert roles(found)["B"] == ("alone", "no_seats")
    assert found.okrugs["satellites"].tolist() == [2]
    unknown = plan(region(edited(SCHOOLS, "SH", seats=None)))
    assert roles(unknown)["B"] == ("satellite", "")
    assert unknown.okrugs["free_seats"].isna().all()


@pytest.mark.slow
def test_seats_are_free_in_as_many_shifts_as_the_norm_allows():
    assert plan(shifts=1).okrugs["free_seats"].tolist() == [300 - 120]
    assert plan(shifts=3).okrugs["free_seats"].tolist() == [900 - 120]


# A basic: 8 x 5 / 9, rounded up 5 visitors beside B's 10; H has 2 x 60 - 108 = 12 seats free
CROWDED = edited(edited(SCHOOLS, "SA", level="basic"), "SH", seats=60, enrolment=108)


@pytest.mark.slow
def test_satellites_come_in_turns_or_fit_the_free_seats_together():
    turns = plan(region(CROWDED))
    assert turns.okrugs[["satellites", "visitors", "free_seats"]].iloc[0].tolist() == [3, 15, 12]
    # together one stays out: without A 18 x 3 + 6 x 5 = 84, without B 8 x 2 + 6 x 5 = 46 pupil-minutes
    both = plan(region(CROWDED), okrug_turns="no")
    assert both.okrugs[["satellites", "visitors", "free_seats"]].iloc[0].tolist() == [2, 5, 12]
    assert both.okrug_proofs["objective"].tolist() == pytest.approx([4, 1, 46], abs=1e-4)
    assert roles(both)["B"] == ("alone", "no_seats")  # not full: an okrug may have eleven
    # an okrug of three at least cannot be, for its seats alone
    none = plan(region(CROWDED), okrug_turns="no", okrug_least=3)
    assert {key: roles(none)[key] for key in "ABC"} == dict.fromkeys("ABC", ("alone", "no_seats"))
    # where seats are not known, all are let in
    unknown = plan(region(edited(CROWDED, "SH", seats=None)), okrug_turns="no")
    assert unknown.okrugs["satellites"].tolist() == [3]


@pytest.mark.slow
def test_a_planners_satellites_are_held_against_free_seats_in_turns_or_together():
    rows = "okrug  settlement_id  role\nOne  H  hub\nOne  A  satellite\nOne  B  satellite\nOne  C  satellite"
    found = with_given(rows, region(CROWDED))
    assert set(plan(found).okrug_compared["faults"]) == {""}
    table = plan(found, okrug_turns="no").okrug_compared
    assert table["faults"].to_dict() == {"A": "no_seats", "B": "no_seats", "C": "no_seats", "E": "", "H": ""}


@pytest.mark.slow
def test_a_hub_may_be_asked_to_have_pupils_enough():
    assert len(plan(okrug_hub_least=120).okrugs) == 1
    assert plan(okrug_hub_least=121).okrugs.empty
    assert len(plan(region(edited(SCHOOLS, "SH", enrolment=None)), okrug_hub_least=121).okrugs) == 1


@pytest.mark.slow
def test_a_village_far_from_the_hub_belongs_by_the_school_its_pupils_ride_to_and_is_counted():
    # V in the east rides 4 minutes to B, whose hub is 7 away, where a satellite may be 5
    found = plan(region(homes=HOMES.replace("Vali   west", "Vali   east")), okrug_min=5)
    told = found.okrug_members.loc["V", ["role", "okrug_id", "school_id"]].tolist()
    assert told == ["attached", "okrug-SH", "SB"]
    assert found.okrug_members["school_min"].dropna().to_dict() == pytest.approx({"E": 1, "V": 4}, abs=1e-6)
    assert found.okrug_members.loc["V", "minutes"] == pytest.approx(7, abs=1e-6)
    row = found.okrugs.loc["okrug-SH"]
    assert (row["attached"], row["attached_far"]) == (2, 1)
    assert row["worst_min"] == pytest.approx(5, abs=1e-6)  # of satellites
    assert found.summary["okrug_attached_far"] == 1
    assert plan(region(homes=HOMES.replace("Vali   west", "Vali   east"))).summary["okrug_attached_far"] == 0  # of 8


def test_of_too_many_the_dearest_is_left_out_as_full():
    # two of three: without A 54 + 30, without B 16 + 30, without C 16 + 54: B stays out
    found = plan(okrug_least=2, okrug_low=2, okrug_high=2, okrug_most=2)
    assert roles(found)["B"] == ("alone", "full")
    assert found.okrug_proofs["objective"].tolist() == pytest.approx([4, 0, 46], abs=1e-4)


def test_fewer_than_the_least_make_no_okrug():
    found = plan(okrug_least=4, okrug_low=4, okrug_high=4)
    assert found.okrugs.empty
    assert {roles(found)[key] for key in "ABC"} == {("alone", "too_few")}
    assert roles(found)["E"] == ("alone", "no_school")  # its school is in no okrug
    assert roles(found)["H"] == ("own", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "fits"),
    [
        ({"subject_rooms": 0}, False),
        ({"subject_rooms": None}, True),  # not told: allowed, and shown as unknown
        ({"level": "basic"}, False),
        ({"level": "basic", "support": "yes"}, True),
        ({"level": None}, True),  # taken for secondary (option unknown_level)
    ],
)
def test_what_a_hub_must_be(cells, fits):
    assert (len(plan(region(edited(SCHOOLS, "SH", **cells))).okrugs) == 1) == fits


def test_a_school_in_emergency_condition_is_no_hub():
    lines = SCHOOLS.strip().splitlines()
    broken = [f"{lines[0]}  condition", *(f"{row}  {'emergency' if 'SH' in row else 'good'}" for row in lines[1:])]
    assert plan(region("\n".join(broken))).okrugs.empty


@pytest.mark.slow
def test_a_school_of_unknown_contingent_is_small_below_secondary_and_leaves_sums_unknown():
    found = plan(region(edited(SCHOOLS, "SO", enrolment=None)))
    # basic, so small: O is 7 minutes from H; grades 5-9 living there need seats, 480 are free
    assert roles(found)["O"] == ("satellite", "")
    assert found.okrugs["pupils"].isna().all()
    assert found.okrugs["teachers"].tolist() == [20 + 2 + 5 + 2 + 15]
    small = region(edited(SCHOOLS, "SH", enrolment=None))
    assert roles(plan(small))["H"] == ("hub", "")


@pytest.mark.slow
def test_a_small_secondary_school_is_hub_or_satellite_as_the_sums_ask():
    # C secondary of 60: as a second hub it would take two of the others at least, and miss the target both times;
    # as a satellite of H it makes four, which is the target
    schools = edited(
        edited(SCHOOLS, "SC", level="secondary", enrolment=60, subject_rooms=2, seats=80), "SD", enrolment=99
    )
    found = plan(region(schools))
    assert roles(found)["C"] == ("satellite", "")
    # with H no hub, C takes A (3 minutes) and B (8); D (not small) is out; H is small itself with 80 pupils: 5 minutes,
    # and 51 of grades 5-11 for the 160 - 60 seats of C
    alone = plan(region(edited(schools, "SH", subject_rooms=0, enrolment=80)))
    assert {key: role for key, (role, _) in roles(alone).items() if role in ("hub", "satellite")} == {
        "C": "hub", "A": "satellite", "B": "satellite", "H": "satellite",
    }  # fmt: skip
    assert alone.okrug_proofs["objective"].tolist()[2] == pytest.approx(8 * 3 + 18 * 8 + 80 * 5, abs=1e-3)


def test_a_town_may_hold_the_hub():
    homes = HOMES.replace("H              Hub    east         village", "H              Hub    east         town   ")
    found = plan(region(homes=homes))
    assert found.okrugs["settlement_id"].tolist() == ["H"]
    assert "H" not in found.okrug_members.index
    assert roles(found)["E"] == ("attached", "")


def test_the_defaults_are_the_practice_the_norms_name():
    norms, options = Norms.on(worlds.OPTIONS.on), Options()
    assert norms["okrug.satellites"].value == options.okrug_high
    assert norms["okrug.satellites_max"].value == options.okrug_most
    assert norms["okrug.satellites"].standing == "practice"


# --- brute force


def drawn(seed):
    """Return a district of eight villages at whole kilometres, with schools of any level and size."""
    rng = np.random.default_rng(seed)
    keys = [f"V{at}" for at in range(8)]
    places = {key: (int(x) * 1000, 0) for key, x in zip(keys, rng.permutation(14)[:8] - 4, strict=True)}
    homes = ["settlement_id  name  district_id  place  population  children"]
    schools = ["school_id  name  level  settlement_id  seats  seat_basis  enrolment  subject_rooms  teachers  support"]
    for key in keys:
        homes.append(f"{key}  {key}  east  village  300  60")
        level = rng.choice(["primary", "basic", "secondary", "secondary"])
        schools.append(
            f"S{key}  {key}  {level}  {key}  {rng.integers(20, 70)}  one_shift  {rng.integers(5, 110)}  -  -  no"
        )
    return "\n".join(schools), "\n".join(homes), places


def brute(schools, places, options):
    """Return the least sums over every choice of hubs, and of a hub or none for each small school."""
    rows = conftest.table(schools).set_index("settlement_id").to_dict("index")
    share = {"primary": 0, "basic": 5 / 9, "secondary": 7 / 11}
    small = [key for key, row in rows.items() if row["enrolment"] < options.small_school]
    hubs = [key for key, row in rows.items() if row["level"] == "secondary"]
    far = {(a, b): abs(places[a][0] - places[b][0]) / 1000 for a in rows for b in rows}
    best = None
    for count in range(len(hubs) + 1):
        for opened in itertools.combinations(hubs, count):
            free = {hub: max(0, 2 * rows[hub]["seats"] - rows[hub]["enrolment"]) for hub in opened}
            some = [key for key in small if key not in opened]
            can = [
                [None] + [
                    hub for hub in opened
                    if far[key, hub] <= options.okrug_min
                    and np.ceil(round(rows[key]["enrolment"] * share[rows[key]["level"]], 9)) <= free[hub]
                ]
                for key in some
            ]  # fmt: skip
            for choice in itertools.product(*can):
                sizes = [choice.count(hub) for hub in opened]
                come = dict.fromkeys(opened, 0)
                for key, hub in zip(some, choice, strict=True):
                    if hub is not None:
                        come[hub] += np.ceil(round(rows[key]["enrolment"] * share[rows[key]["level"]], 9))
                if options.okrug_turns == "no" and any(come[hub] > free[hub] for hub in opened):
                    continue
                if not all(options.okrug_least <= size <= options.okrug_most for size in sizes):
                    continue
                missed = sum(max(options.okrug_low - n, n - options.okrug_high, 0) for n in sizes)
                paid = sum(
                    rows[key]["enrolment"] * far[key, hub]
                    for key, hub in zip(some, choice, strict=True) if hub is not None
                )  # fmt: skip
                sums = (choice.count(None), missed, paid)
                best = min(best, sums) if best else sums
    return best


@pytest.mark.parametrize("turns", ["yes", "no"])
@pytest.mark.parametrize("seed", range(8))
def test_okrugs_equal_brute_force_in_small_districts(seed, turns):
    schools, homes, places = drawn(seed)
    found = plan(region(schools, homes, places), okrug_min=6, okrug_turns=turns)
    if turns == "no":
        assert not (found.okrugs["visitors"] > found.okrugs["free_seats"]).any()
    assert found.okrug_proofs["objective"].tolist() == pytest.approx(brute(schools, places, found.options), abs=1e-3)


# --- what must hold


def holds(made):
    """Check everything that must hold of the okrugs of a plan."""
    region, members, options = made.region, made.okrug_members, made.options
    rural = region.settlements["is_rural"]
    assert sorted(members.index) == sorted(region.settlements.index[rural])
    assert ((members["why"] != "") == (members["role"] == "alone")).all()
    assert (members["okrug_id"].notna() == members["role"].isin(["hub", "satellite", "attached"])).all()
    sizes = members[members["role"] == "satellite"].groupby("okrug_id").size()
    assert sizes.to_dict() == made.okrugs["satellites"].to_dict()
    assert made.okrugs["satellites"].between(options.okrug_least, options.okrug_most).all()
    attached = members[members["role"] == "attached"].groupby("okrug_id").size()
    assert attached.reindex(made.okrugs.index, fill_value=0).to_dict() == made.okrugs["attached"].to_dict()
    some = members[members["role"] == "satellite"]
    assert (some["minutes"] <= options.okrug_min).all()
    rode = members[members["role"] == "attached"]
    far = rode[~(rode["minutes"] <= options.okrug_min)].groupby("okrug_id").size()
    assert far.reindex(made.okrugs.index, fill_value=0).to_dict() == made.okrugs["attached_far"].to_dict()
    assert (members["school_min"].notna() <= (members["role"] == "attached")).all()
    district = region.settlements["district_id"].fillna("")
    inside = members[members["okrug_id"].notna()]
    hub_home = made.okrugs["settlement_id"].reindex(inside["okrug_id"])
    assert (district[inside.index].to_numpy() == district[hub_home].to_numpy()).all()
    hubs = region.schools.loc[made.okrugs["school_id"]]
    assert (hubs["condition"].fillna("good") != "emergency").all()
    assert members["below_guarantee"].to_dict() == made.findings.loc[members.index, "network_deficit"].to_dict()
    state_day = made.school_findings["state_day"]
    pupils = region.schools["enrolment"].where(state_day).groupby(region.schools["settlement_id"]).max()
    assert not (pupils.reindex(some.index).dropna() >= options.small_school).any()


@pytest.mark.slow
def test_what_holds_of_the_example(example_on):
    made = example_on("2026-10-15")
    holds(made)
    assert len(made.okrugs) > 5
    again = api.plan(made.region, made.options)
    pd.testing.assert_frame_equal(pd.DataFrame(made.okrugs), pd.DataFrame(again.okrugs))


@pytest.mark.slow
@pytest.mark.parametrize("choices", [{}, {"okrug_min": 30}, {"season": "flood"}, {"okrug_most": 4}])
def test_what_holds_of_north_kazakhstan(choices):
    extract = conftest.shared("kz/north-kazakhstan-modelled.osm.pbf")
    schools = conftest.shared("kz/north-kazakhstan-schools-modelled.csv")
    made = api.plan(api.read(extract, schools=schools), Options(**choices))
    holds(made)
    assert set(made.okrug_proofs["status"]) == {"optimal"}


# --- beside the planner's own


def with_given(rows, found=None):
    table = schema.frame(conftest.table(rows).to_dict("records"), given.OKRUGS)
    return replace(found or region(), given=given.Given(okrugs=table))


GIVEN = """
okrug  settlement_id  role
One    H              hub
One    A              satellite
One    D              satellite
One    W              satellite
One    O              satellite
Two    C              satellite
Three  E              hub
Three  B              satellite
Three  G              satellite
Three  A              satellite
"""


def test_a_planners_own_okrugs_are_set_beside_those_found():
    made = plan(with_given(GIVEN))
    table = made.okrug_compared
    assert table["faults"].to_dict() == {
        "A": "twice",
        "B": "hub_not_fit",
        "C": "no_hub, too_few",
        "D": "too_far",  # 9 minutes of 8
        "E": "hub_not_fit",
        "G": "hub_not_fit, no_road",
        "H": "",
        "O": "not_small",
        "W": "other_district, too_far",
    }
    assert table["given"].to_dict()["A"] == "One"  # of two okrugs the first by name
    assert table["given_min"].dropna().to_dict() == pytest.approx(
        {"A": 2, "B": 4, "D": 9, "E": 0, "H": 0, "O": 7, "W": 9}, abs=1e-6
    )
    assert table.loc["B", ["okrug_id", "role"]].tolist() == ["okrug-SH", "satellite"]
    totals = okrug_compare.totals(table, len(made.okrugs))
    # A 2, D 9, W 9, O 7 and B 4 minutes are known; C has no hub, G no road
    assert totals["given"] == (3, 7, pytest.approx(31 / 5), pytest.approx(9), 8)
    assert totals["found"] == (1, 3, pytest.approx(10 / 3), pytest.approx(5), 0)


def test_sizes_seats_and_second_hubs_of_a_planners_okrug_are_named():
    rows = (
        "okrug  settlement_id  role\nOne  H  hub\nOne  C  hub\nOne  A  satellite\nOne  B  satellite\nOne  E  satellite"
    )
    crowded = region(edited(SCHOOLS, "SH", seats=60, enrolment=115))
    made = plan(with_given(rows, crowded), okrug_least=1, okrug_low=2, okrug_high=2, okrug_most=2)
    assert made.okrug_compared["faults"].to_dict() == {
        "A": "too_many",
        "B": "no_seats, too_many",
        "C": "two_hubs, hub_not_fit, too_many",
        "E": "no_school, too_many",
        "H": "two_hubs, too_many",
    }


def test_nothing_is_compared_where_nothing_is_given(made):
    assert made.okrug_compared.empty
    assert okrug_sheets.totals(made, words.load("en")).empty


# --- outputs


@pytest.fixture(scope="module")
def beside():
    return api.plan(with_given(GIVEN), Options(**CHOICES))


@pytest.mark.parametrize("lang", words.LANGS)
def test_sheets_and_report_are_in_words(beside, lang):
    made, said = beside, words.load(lang)
    found = okrug_sheets.frames(made, said)
    assert list(found) == ["okrugs", "okrug_members", "okrug_compared", "okrug_proofs"]
    for frame in found.values():
        for column in frame:
            assert f"column.{column}" in said.texts
    cells = {str(one) for frame in found.values() for one in frame.to_numpy().ravel()}
    assert not cells & {*networks.ROLES, *networks.ALONE, *networks.OKRUG_FAULTS, *networks.OKRUG_AIMS, "SH"} - {""}
    assert found["okrugs"]["members"].tolist() == ["Arka (2), Bulak (3), Chili (5)"]
    assert found["okrugs"]["okrug_id"].tolist() == ["H school"]
    far = found["okrug_members"].set_index("settlement_id").loc["Dala", "why_alone"]
    assert far == said.text("alone.too_far", limit="8")
    printed = [part for part in okrug_text.report(made, lang) if isinstance(part, str)]
    assert made.region.names[lang if lang in made.region.names else "name"] in printed[0]
    assert "01.09.2026" in printed[0]
    practice = printed[1 + len(made.region.caveats)]
    assert "3" in practice
    assert "11" in practice


def lines(made, key, lang="en"):
    return dict(made.explain(key, lang=lang).sections)[words.load(lang).text("explain.okrug")]


@pytest.mark.slow
@pytest.mark.usefixtures("tried_once")
def test_the_part_of_a_village_is_explained_with_its_way_and_the_guarantee(made):
    keeps = "An okrug cancels no level the law guarantees."
    assert lines(made, "A") == [
        "satellite school. Education okrug, hub: Hub (H school)",
        "To the hub by bus, min: 2 (2 km)",
        "Grades the hub school adds: grades 5–9, grades 10–11",
        "Subject rooms: 3",
        keeps,
    ]
    assert lines(made, "H") == [
        "hub school. Education okrug, hub: Hub (H school)",
        (
            "Satellite schools: 3; Villages without a school that ride there: 1; "
            "Pupils of grades 5–11 of all satellites together: 10; Free seats in the shifts allowed: 480"
        ),
        keeps,
    ]
    attached = lines(made, "E")
    assert attached[1:3] == [
        "From a village without a school to the one its pupils ride to, min: 1 (H school)",
        "To the hub by bus, min: 1 (1 km)",
    ]
    assert attached[-1].startswith("The law guarantees this village a school, and there is none here")
    assert lines(made, "D")[0].endswith(": every hub is too far (over 8 minutes)")
    assert lines(made, "O")[0] == "has a school of its own that is not small, in no okrug"
    assert {lang: len(lines(made, "A", lang)) for lang in words.LANGS} == dict.fromkeys(words.LANGS, 5)


@pytest.mark.parametrize(
    ("lang", "none", "higher"),
    [
        ("kk", "мектеп ашуға кепілдік береді", "жоғарырақ деңгейдегі мектепке"),
        ("ru", "гарантирует этому селу школу, а её здесь нет", "школу более высокого уровня"),
        ("en", "guarantees this village a school, and there is none here", "a school of a higher level"),
    ],
)
def test_a_village_without_a_school_is_guaranteed_one_and_not_a_higher_level(made, lang, none, higher):
    """E has 12 children and no school; with a primary one there, the law would guarantee a higher level."""
    said = words.load(lang)
    assert made.findings.loc["E", ["existing", "network_deficit"]].tolist() == ["none", True]
    told = [*okrug_told.told(made, "E", said)][-1]
    assert none in told
    assert higher not in told
    there = replace(made, findings=made.findings.assign(existing="primary"))
    assert higher in [*okrug_told.told(there, "E", said)][-1]


@pytest.mark.slow
def test_a_town_that_holds_a_hub_is_told_what_it_gathers():
    homes = HOMES.replace("H              Hub    east         village", "H              Hub    east         town   ")
    town = api.plan(region(homes=homes), Options(**CHOICES))
    assert lines(town, "H")[0] == "Education okrug, hub: Hub (H school)"
    assert len(lines(town, "H")) == 2


def test_lines_run_from_each_village_to_its_hub(made):
    ways = okrug_sheets.ways(made).set_index("settlement_id")
    assert sorted(ways.index) == ["A", "B", "C", "E"]
    # the road has a place at every village: from C by A and E
    assert list(ways.geometry["C"].coords) == [pytest.approx(conftest.lonlat(x, 0)) for x in (5000, 2000, 1000, 0)]


def test_a_line_without_a_road_is_straight(made):
    cut = made.okrug_members.assign(minutes=made.okrug_members["minutes"].where(made.okrug_members.index != "E"))
    line = okrug_sheets.ways(replace(made, okrug_members=cut)).set_index("settlement_id").geometry["E"]
    assert list(line.coords) == [pytest.approx(conftest.lonlat(1000, 0)), pytest.approx((0, 0))]


def test_okrugs_are_written_as_files(made, beside, tmp_path):
    okrug_files.write(made, tmp_path, lang="ru")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(okrug_files.files(made))
    rows = pd.read_csv(tmp_path / "okrug_members.csv", index_col="settlement_id", keep_default_na=False)
    assert rows["why"].to_dict() == {key: why for key, (_, why) in roles(made).items()}
    assert "okrug_compared.csv" in okrug_files.files(beside)


def sheets_of(path):
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.mark.slow
def test_modelled_data_are_said_to_be_so_on_screen_in_the_workbook_and_in_the_record(tmp_path):
    # the paper region, its schools and roads declared modelled
    modelled = replace(region(), caveats=("modelled_roads", "modelled_schools"))
    made = api.plan(modelled, Options(**CHOICES))
    said = words.load("ru")
    told = [said.text(f"caveat.{one}") for one in modelled.caveats]
    printed = [part for part in okrug_text.report(made, "ru") if isinstance(part, str)]
    assert printed[1:3] == [f"! {one}" for one in told]
    okrug_files.write(made, tmp_path, lang="ru")
    book = sheets_of(tmp_path / "okrugs.xlsx")
    assert [row[0] for row in book[said.text("sheet.caveats")][3:]] == ["Нормы на 01.09.2026", *told]
    assert said.text("sheet.options") in book
    assert said.text("sheet.prices") not in book  # okrugs show no money
    record = json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8"))
    assert record["region"]["caveats"] == ["modelled_roads", "modelled_schools"]
    assert record["norms"]["on"] == "2026-09-01"
    assert record["options"]["okrug_min"] == CHOICES["okrug_min"]


@pytest.mark.slow
def test_the_command_writes_the_files_and_says_what_was_found(tmp_path):
    layers = region().save(tmp_path / "layers")
    own = tmp_path / "own.csv"
    own.write_text("okrug,settlement_id,role\nOne,H,hub\nOne,D,satellite\n", encoding="utf-8")
    asked = ["okrugs", str(layers), "--given", str(own), "--out", str(tmp_path / "out"), "--lang", "en"]
    asked += ["--set", "okrug_min=8", "--set", "bus_kmh=secondary=60", "--on", conftest.DAY]
    done = CliRunner().invoke(cli.app, asked)
    assert done.exit_code == 0, done.output
    for words_of in ("Arka (2)", "H school", "every hub is too far (over 8 minutes)", "Okrugs given and found"):
        assert words_of in " ".join(done.output.split()), words_of
    given_row = pd.read_csv(tmp_path / "out" / "okrug_compared.csv", index_col="settlement_id").loc["D"]
    assert given_row[["given", "faults"]].tolist() == ["One", "too_far, too_few"]


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("okrug_role", networks.ROLES),
        ("alone", [why for why in networks.ALONE if why]),
        ("okrug_fault", networks.OKRUG_FAULTS),
        ("sought", networks.OKRUG_AIMS),
        ("summary", ["okrugs", "okrugs_in_target", *(f"okrug_{role}" for role in networks.ROLES if role != "hub")]),
        ("sheet", ["okrugs", "okrug_members", "okrug_compared", "okrug_proofs"]),
        ("heading", ["okrugs", "okrug_members", "okrug_compared", "okrug_proofs", "okrug_alone", "okrug_totals"]),
        (
            "option",
            [
                "okrug_least",
                "okrug_low",
                "okrug_high",
                "okrug_most",
                "okrug_min",
                "okrug_rooms",
                "okrug_hub_least",
                "okrug_turns",
                "small_school",
            ],
        ),
    ],
)
def test_every_value_has_words(group, values):
    for lang in words.LANGS:
        texts = words.load(lang).texts
        assert [value for value in values if f"{group}.{value}" not in texts] == []
        if group == "sheet":
            assert all(len(texts[f"sheet.{value}"]) <= 31 for value in values)
