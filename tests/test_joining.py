"""Which settlement a school stands in: by KATO, by the built-up area, by nearness with no water between, or in none.

Drawn in metres on the equator, as in conftest.py: Arka (A) at 0, 0; a school 7 without KATO where each test puts it.
"""

from __future__ import annotations

import dataclasses

import pytest

from conftest import DAY, box, line, lonlat, point, settlements, waters
from schoolnet import api, schema, tables
from schoolnet.errors import OptionError
from schoolnet.options import Options, make
from schoolnet.sources import register

ALONE = "by nearness alone: neither a KATO nor a built-up area tells where it stands"
NONE = "joins no settlement; serves by road only"
RIVER = ("river", "Taza", line((2500, -9000), (2500, 9000)))
NO_WATER = waters(("river", "Far", line((-9000, -9000), (-9000, 9000))))


def world(tiny, places=None, water=(), areas=()):
    """Return the tiny region with these settlements, waters and built-up areas (settlement, shape) instead."""
    places = places or {"A": (0, 0)}
    rows = ["settlement_id  name  kato  district_id  place  population  children"]
    rows += [f"{key}  {'Arka' if key == 'A' else 'Of ' + key}  99010000{n}  east  village  430  60"
             for n, key in enumerate(places, 1)]  # fmt: skip
    return dataclasses.replace(
        tiny,
        settlements=settlements("\n".join(rows), places),
        waters=waters(*water) if water else NO_WATER,
        built_up=schema.geoframe([{"settlement_id": key} for key, _ in areas], tables.BUILT_UP, [s for _, s in areas]),
        schools=tiny.schools.iloc[:0],
    )


def joined(tmp_path, region, *places, kato="", **options):
    """Return the region with schools 7, 8, … at these places."""
    path = tmp_path / "r.csv"
    rows = [f"{n},M,secondary,{','.join(map(str, lonlat(*place)))},{kato}\n" for n, place in enumerate(places, 7)]
    path.write_text("id,name,level,lon,lat,kato\n" + "".join(rows), encoding="utf-8")
    return register.attach(region, register.read(path), Options(on=DAY, **options))


def notes(region):
    return [entry[4:] for entry in region.ledger.entries if entry[1] == "schools" and entry[3] == "note"]


def home(region, school="7"):
    """Return the settlement of the school, "" for none."""
    return {key: value if isinstance(value, str) else "" for key, value in region.schools["settlement_id"].items()}[
        school
    ]


# --- by nearness


@pytest.mark.slow
def test_a_school_across_an_unbridged_river_is_not_taught_here_and_it_is_said(tmp_path, tiny):
    region = joined(tmp_path, world(tiny, water=[RIVER]), (4900, 0))
    assert home(region) == ""
    what = "7: the nearest settlement, Arka, is 4900 m away, beyond 2000 m"
    assert notes(region) == [("settlement_id", what, NONE)]
    plan = api.plan(region, Options(on=DAY))
    assert not plan.access["here"].any()
    assert plan.verdicts.loc["A", "verdict"] != "keep_satisfied"


def test_a_school_within_reach_and_no_water_between_joins_and_the_metres_are_said(tmp_path, tiny):
    region = joined(tmp_path, world(tiny, water=[RIVER]), (1200, 900))  # 3-4-5: 1500 m
    assert home(region) == "A"
    assert notes(region) == [("settlement_id", "7: joined to Arka, 1500 m away", ALONE)]
    assert [entry[2] for entry in region.ledger.entries] == ["2"]
    counts = region.ledger.counts()
    assert counts[["read", "used", "corrected"]].to_numpy().tolist() == [[1, 1, 0]]  # a note, not a correction


@pytest.mark.parametrize(
    ("metres", "options", "found"),
    [
        (2000, {}, "A"),
        (2001, {}, ""),
        (3000, {"join_m": 3000}, "A"),
        (3001, {"join_m": 3000}, ""),
        (501, {"join_m": 500}, ""),
    ],
)
def test_the_reach_holds_to_the_metre(tmp_path, tiny, metres, options, found):
    region = joined(tmp_path, world(tiny), (0, metres), **options)
    assert home(region) == found
    ((_, what, why),) = notes(region)
    assert f"{metres} m away" in what
    assert why == (ALONE if found else NONE)


def test_the_reach_is_never_over_the_three_km_of_the_norm():
    assert Options().join_m == 2000
    assert make({"join_m": 3000}).join_m == 3000
    with pytest.raises(OptionError, match="join_m"):
        make({"join_m": 3001})


@pytest.mark.parametrize("order", ["AB", "BA"])
def test_of_two_settlements_as_near_the_first_by_its_id_counts(tmp_path, tiny, order):
    places = {"A": (-1000, 0), "B": (1000, 0)}
    region = joined(tmp_path, world(tiny, {key: places[key] for key in order}), (0, 0), (0, 700), (10, 0))
    assert [home(region, key) for key in "789"] == ["A", "A", "B"]


def test_a_region_without_a_settlement_has_none_near(tmp_path, tiny):
    bare = dataclasses.replace(world(tiny), settlements=tiny.settlements.iloc[:0])
    region = joined(tmp_path, bare, (100, 0))
    assert home(region) == ""
    assert notes(region) == [("settlement_id", "7: there is no settlement near", NONE)]


# --- water between


def test_water_on_the_straight_line_parts_a_school_from_a_settlement_within_reach(tmp_path, tiny):
    river = ("river", "Taza", line((1500, -9000), (1500, 9000)))
    region = joined(tmp_path, world(tiny, water=[river]), (1900, 0), (1400, 0))
    assert [home(region, key) for key in "78"] == ["", "A"]
    assert notes(region) == [
        ("settlement_id", "7: Taza lies between it and Arka, 1900 m away", NONE),
        ("settlement_id", "8: joined to Arka, 1400 m away", ALONE),
    ]


def test_the_nearest_settlement_on_its_own_bank_is_joined_not_a_nearer_one_across(tmp_path, tiny):
    river = ("river", "Taza", line((1500, -9000), (1500, 9000)))
    region = joined(tmp_path, world(tiny, {"A": (0, 0), "B": (2000, 0)}, [river]), (1400, 0))
    assert home(region) == "A"  # 1400 m; B, 600 m off, is on the other bank
    assert notes(region) == [("settlement_id", "7: joined to Arka, 1400 m away", ALONE)]


@pytest.mark.slow
def test_a_water_with_a_bridge_lies_between_all_the_same(tmp_path, tiny):
    places = {"A": (1000, 4000)}  # the tiny region's bridge goes from 1000, 4000 to 2000, 4000
    river = ("river", "Taza", line((1500, -9000), (1500, 9000)))
    region = joined(tmp_path, world(tiny, places, [river]), (2000, 4000))
    assert home(region) == ""
    plan = api.plan(region, Options(on=DAY))
    way = plan.access[plan.access["settlement_id"] == "A"].iloc[0]
    assert (way["here"], way["school_id"], round(way["road_m"])) == (False, "7", 1000)  # by road, over the bridge


@pytest.mark.parametrize(
    ("water", "said"),
    [
        ([("lake", "Aina", box(400, -100, 600, 100))], "Aina"),
        ([("lake", None, box(400, -100, 600, 100))], "a lake without a name"),
        ([("river", None, line((500, -100), (500, 100)))], "a river without a name"),
        # drawn as an area without a name, and as a line with one
        (
            [("river", None, box(400, -100, 600, 100)), ("river", "Taza", line((500, -100), (500, 100)))],
            "Taza",
        ),
        # two that have names: the first by its identifier
        ([("river", "Taza", line((500, -9), (500, 9))), ("river", "Esil", line((300, -9), (300, 9)))], "Taza"),
        # two pieces that meet on the line: neither crosses it, the river does
        ([("river", "Taza", line((500, -100), (500, 0))), ("river", "Taza", line((500, 0), (500, 100)))], "Taza"),
        # two arms from the north that meet on the line, and the river on to the south
        (
            [
                ("river", "Taza", line((400, 100), (500, 0))),
                ("river", "Esil", line((600, 100), (500, 0))),
                ("river", "Taza", line((500, 0), (500, -100))),
            ],
            "Taza",
        ),
        # the school stands in the lake's area, on an island the map does not draw
        ([("lake", "Aina", box(900, -100, 1100, 100))], "Aina"),
    ],
)
def test_rivers_and_lakes_part_and_are_named(tmp_path, tiny, water, said):
    region = joined(tmp_path, world(tiny, water=water), (1000, 0))
    assert home(region) == ""
    assert notes(region) == [("settlement_id", f"7: {said} lies between it and Arka, 1000 m away", NONE)]


@pytest.mark.parametrize(
    "water",
    [
        [("river", "Taza", line((500, 10), (500, 100)))],  # beside the line
        [("river", "Taza", line((500, 0), (500, 100)))],  # begins on the line
        [("river", "Taza", line((1000, -100), (1000, 0), (1000, 100)))],  # the school stands on it
        [("river", "Taza", line((0, -100), (0, 0))), ("river", "Taza", line((0, 0), (0, 100)))],  # the settlement does
        [("lake", "Aina", box(400, 0, 600, 100))],  # its shore along the line
        [("lake", "Aina", box(1001, -100, 1100, 100))],  # behind the school
        [("canal", "Arna", line((500, -100), (500, 100)))],  # the act names rivers and lakes
    ],
)
def test_water_that_is_not_between_parts_nothing(tmp_path, tiny, water):
    assert home(joined(tmp_path, world(tiny, water=water), (1000, 0))) == "A"


def test_a_canal_parts_where_the_options_count_it_as_a_barrier(tmp_path, tiny):
    canal = [("canal", "Arna", line((500, -100), (500, 100)))]
    assert home(joined(tmp_path, world(tiny, water=canal), (1000, 0), canal_water="yes")) == ""


@pytest.mark.parametrize(("options", "found"), [({}, ""), ({"intermittent_water": "no"}, "A")])
def test_a_water_that_dries_up_parts_as_the_options_say(tmp_path, tiny, options, found):
    region = world(tiny, water=[("river", "Taza", line((500, -100), (500, 100)))])
    dry = dataclasses.replace(region, waters=region.waters.assign(intermittent=True))
    assert home(joined(tmp_path, dry, (1000, 0), **options)) == found


@pytest.mark.parametrize(("options", "found"), [({}, ""), ({"min_water_ha": 4.1}, "A")])
def test_a_lake_smaller_than_the_options_ask_parts_nothing(tmp_path, tiny, options, found):
    lake = [("lake", "Aina", box(400, -100, 600, 100))]  # 200 m by 200 m: 4 ha
    assert home(joined(tmp_path, world(tiny, water=lake), (1000, 0), **options)) == found


# --- the built-up area


def test_a_school_in_the_built_up_area_stands_in_its_settlement_however_far_and_across_the_river(tmp_path, tiny):
    region = joined(
        tmp_path, world(tiny, water=[RIVER], areas=[("A", box(-500, -500, 5000, 500))]), (4900, 0), (0, 500), (5001, 0)
    )
    assert [home(region, key) for key in "789"] == ["A", "A", ""]  # the border counts
    what = "9: the nearest settlement, Arka, is 5001 m away, beyond 2000 m"
    assert notes(region) == [("settlement_id", what, NONE)]


def test_the_built_up_area_goes_before_nearness_and_the_kato_before_both(tmp_path, tiny):
    region = world(tiny, {"A": (0, 0), "B": (2000, 0)}, areas=[("A", box(-500, -500, 1900, 500))])
    assert home(joined(tmp_path, region, (1800, 0))) == "A"  # B is 200 m off
    found = joined(tmp_path, region, (1800, 0), kato="990100002")
    assert (home(found), notes(found)) == ("B", [])


@pytest.mark.parametrize("order", ["AB", "BA"])
def test_of_two_areas_that_overlap_the_first_by_its_id_counts(tmp_path, tiny, order):
    areas = [(key, box(-500, -500, 2500, 500)) for key in order]
    assert home(joined(tmp_path, world(tiny, {"A": (0, 0), "B": (2000, 0)}, areas=areas), (1900, 0))) == "A"


def test_the_kato_is_followed_whatever_the_way(tmp_path, tiny):
    region = joined(tmp_path, world(tiny, water=[RIVER]), (4900, 0), kato="990100001")
    assert (home(region), notes(region)) == ("A", [])


def test_a_kato_that_no_settlement_has_leaves_it_to_the_coordinates(tmp_path, tiny):
    region = joined(tmp_path, world(tiny, water=[RIVER]), (4900, 0), kato="990100009")
    assert home(region) == ""
    assert notes(region)[0] == (
        "kato",
        "990100009: no settlement of the region has this KATO",
        "its coordinates decide instead",
    )


def test_a_kato_of_two_as_near_goes_to_the_first_by_its_id(tmp_path, tiny):
    region = world(tiny, {"B": (1000, 0), "A": (-1000, 0)})
    shared = dataclasses.replace(region, settlements=region.settlements.assign(kato="990100001"))
    assert home(joined(tmp_path, shared, (0, 0), kato="990100001")) == "A"


# --- the map's own schools


def test_the_maps_own_schools_are_joined_by_the_same_rules_and_noted(tiny):
    region = world(tiny, {"A": (0, 0), "B": (-6000, 0)}, [RIVER], [("B", box(-9000, -500, -5500, 500))])
    spots = {"M1": (1000, 0), "M2": (2900, 0), "M3": (-8900, 0), "M4": (-3000, 0)}
    rows = [{"school_id": key, "name": key} for key in spots]
    schools = schema.geoframe(rows, tables.SCHOOLS, [point(*spot) for spot in spots.values()])
    region = dataclasses.replace(region, schools=schools, caveats=("schools_from_map",))
    found = register.join_map_schools(region, Options(on=DAY, join_m=2950))
    assert [home(found, key) for key in spots] == ["A", "", "B", ""]
    assert [(entry[2], *entry[5:]) for entry in found.ledger.entries] == [
        ("M1", "M1: joined to Arka, 1000 m away", ALONE),
        ("M2", "M2: Taza lies between it and Arka, 2900 m away", NONE),
        ("M4", "M4: the nearest settlement, Arka, is 3000 m away, beyond 2950 m", NONE),
        ("", "no register was given", "schools are taken from the map; their level is not known"),
    ]


@pytest.mark.parametrize(("metres", "found"), [(4900, "A"), (9_990, "A"), (-10_010, "")])
def test_a_town_reaches_five_times_as_far_and_over_its_river(tmp_path, tiny, metres, found):
    region = world(tiny, water=[RIVER])
    town = region.settlements.assign(place="town", is_rural=False)
    region = dataclasses.replace(region, settlements=town)
    assert home(joined(tmp_path, region, (metres, 0))) == found
