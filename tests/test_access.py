from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest
import shapely

import worlds
from conftest import box, line, roads, schools, waters
from schoolnet import schema, tables
from schoolnet.model import access
from schoolnet.model import roads as road_model
from schoolnet.model.ground import Ground
from worlds import road, way, world


def _row(plan_or_frame, settlement, band, season="dry"):
    frame = getattr(plan_or_frame, "access", plan_or_frame)
    return frame.set_index(["settlement_id", "band", "season"]).loc[(settlement, band, season)]


def _laid(region, norms, options):
    roads = road_model.build(region, options)
    return roads, Ground(region, roads, norms, options)


def _access(region, norms, options):
    return access.access(region, *_laid(region, norms, options), options).ways


@pytest.mark.parametrize(
    ("settlement", "band", "school", "metres", "here"),
    [
        ("A", "1-4", "SA", 300, True),
        ("A", "10-11", "SA", 300, True),
        ("B", "1-4", "SB", 0, True),
        ("B", "5-9", "SA", 3300, False),
        ("D", "1-4", "SA", 10_400, False),
        ("G", "1-4", "SA", 1500, False),
        ("G", "10-11", "SA", 1500, False),
        ("Q", "10-11", "SQ", 0, True),
    ],
)
def test_on_the_tiny_region_the_nearest_school_is_as_on_paper(tiny_plan, settlement, band, school, metres, here):
    row = _row(tiny_plan, settlement, band)
    assert (row["school_id"], row["here"], row["approx"]) == (school, here, False)
    assert row["road_m"] == pytest.approx(metres, abs=0.01)


def test_over_the_bridge_the_river_lies_between_and_is_no_barrier(tiny_plan):
    row = _row(tiny_plan, "D", "5-9")
    assert row["straight_m"] == pytest.approx(2400, abs=0.01)
    assert (row["water_id"], row["crossing"], row["between"], row["barrier"]) == ("w0", "bridge", True, False)


@pytest.mark.parametrize("mark", ["ford", "ferry", "ice_road"])
def test_over_anything_but_a_bridge_dam_or_tunnel_the_river_is_a_barrier(tiny, norms, options, mark):
    marks = tiny.roads["crossing"].replace("bridge", mark)
    found = _access(dataclasses.replace(tiny, roads=tiny.roads.assign(crossing=marks)), norms, options)
    assert (_row(found, "D", "1-4")["crossing"], _row(found, "D", "1-4")["barrier"]) == (mark, True)


def test_a_river_cut_into_pieces_gives_the_same_answer(tiny, norms, options):
    cut = waters(
        ("river", "Taza", line((1500, -9000), (1500, 1000))),
        ("river", "Taza", line((1500, 1000), (1500, 9000))),
    )
    found = _access(dataclasses.replace(tiny, waters=cut), norms, options)
    assert (_row(found, "D", "1-4")["crossing"], _row(found, "D", "1-4")["barrier"]) == ("bridge", False)


def test_a_bend_that_the_straight_line_cuts_is_no_barrier_when_the_road_stays_on_the_bank(tiny, norms, options):
    """Gulder to Arka's school: the line passes (0, 60); a bend reaches down to y = 20 there, the road runs on y = 0."""
    bend = waters(("river", "Taza", line((-300, 900), (0, 20), (300, 900))))
    row = _row(_access(dataclasses.replace(tiny, waters=bend), norms, options), "G", "1-4")
    assert (row["school_id"], row["between"], row["barrier"], row["crossing"]) == ("SA", False, False, "")


def test_a_lake_that_the_road_goes_round_lies_between(tiny, norms, options):
    lake = waters(("lake", "Aina", box(-100, 20, 100, 900)))
    row = _row(_access(dataclasses.replace(tiny, waters=lake), norms, options), "G", "1-4")
    assert (row["between"], row["barrier"], row["crossing"]) == (True, True, "round")


def test_a_village_off_the_network_is_measured_in_a_straight_line_and_says_so(tiny_plan):
    row = _row(tiny_plan, "E", "1-4")
    straight = math.hypot(1000, 3000)
    assert (row["school_id"], row["approx"], row["crossing"], row["barrier"]) == ("SB", True, "none", True)
    assert row["straight_m"] == pytest.approx(straight, abs=0.01)
    assert row["road_m"] == pytest.approx(straight * 1.3, abs=0.02)
    assert _row(tiny_plan, "E", "5-9")["school_id"] == "SA"
    assert _row(tiny_plan, "E", "5-9")["water_id"] == "w1"


@pytest.mark.parametrize("order", [["a", "b"], ["b", "a"]])
@pytest.mark.parametrize("off", [False, True])
def test_of_two_schools_equally_near_the_first_by_id_is_taken(tiny, norms, options, order, off):
    """Two schools, as far west as east of Arka (on the road, then off it), or at one and the same point."""
    for places in ({"a": (-500, 0), "b": (500, 0)}, {"a": (500, 0), "b": (-500, 0)}, {"a": (500, 0), "b": (500, 0)}):
        text = "school_id  name  level  settlement_id\n" + "\n".join(f"{one}  {one}  primary  -" for one in order)
        found = schools(text, places).loc[order]
        home = tiny.settlements.geometry.copy()
        if off:
            home["A"] = shapely.Point(0, 0.1)
        region = dataclasses.replace(tiny, schools=found, settlements=tiny.settlements.set_geometry(home))
        row = _row(_access(region, norms, options), "A", "1-4")
        assert (row["school_id"], row["approx"]) == ("a", off)


def test_a_school_exactly_in_the_village_is_no_metre_away():
    """On the road, beside it, and off every road: the leg is not counted twice, and nothing lies between."""
    net = [road("", (0, 0), (1000, 0))]
    homes = {"on": (0, 0), "by": (700, 300), "off": (0, 9000)}
    here = {key: (place, key) for key, place in homes.items()}
    ways = worlds.access(world(homes, net, [("river", "Taza", line((0, -99), (0, 9999)))], here)).ways
    for key, metres in (("on", 0), ("by", 2 * 300), ("off", 0)):
        row = way(ways, key)
        assert (row["school_id"], row["here"], row["straight_m"], row["barrier"]) == (key, True, 0, False)
        assert row["road_m"] == pytest.approx(metres, abs=0.01)


def test_without_any_school_every_distance_is_missing_never_zero(tiny, norms, options):
    found = _access(dataclasses.replace(tiny, schools=tiny.schools.iloc[:0]), norms, options)
    assert found["road_m"].isna().all()
    assert found["school_id"].isna().all()
    assert not found["here"].any()


def test_without_roads_all_is_approximate(tiny, norms, options):
    found = _access(dataclasses.replace(tiny, roads=tiny.roads.iloc[:0]), norms, options)
    assert found["approx"].all()
    assert found["road_m"].notna().all()


def test_an_evening_school_teaches_no_child_by_day(tiny, options):
    region = dataclasses.replace(tiny, schools=tiny.schools.assign(kind=["evening", None, None]))
    assert access.teaching(region, "1-4", options).to_dict() == {"SA": False, "SB": True, "SQ": True}


def test_a_private_school_counts_only_when_the_option_says_so(tiny, options):
    region = dataclasses.replace(tiny, schools=tiny.schools.assign(ownership=["private", None, "state"]))
    assert access.teaching(region, "1-4", options).to_dict() == {"SA": False, "SB": True, "SQ": True}
    yes = options.model_copy(update={"private_schools": "yes"})
    assert access.teaching(region, "1-4", yes).all()


@pytest.mark.parametrize(("taken", "teaches"), [("secondary", True), ("basic", True), ("primary", False)])
def test_a_school_of_unknown_level_teaches_what_the_option_says(tiny, options, taken, teaches):
    region = dataclasses.replace(tiny, schools=tiny.schools.assign(level=pd.array([None] * 3, dtype="str")))
    chosen = options.model_copy(update={"unknown_level": taken})
    assert access.teaching(region, "5-9", chosen).all() == teaches


def test_more_schools_never_make_any_way_longer(tiny, norms, options):
    before = _access(tiny, norms, options)
    extra = schema.geoframe(
        [{"school_id": "SX", "name": "new", "level": "secondary", "settlement_id": "D"}],
        tables.SCHOOLS,
        [tiny.settlements.geometry["D"]],
    )
    after = _access(dataclasses.replace(tiny, schools=pd.concat([tiny.schools, extra])), norms, options)
    on = ~before["approx"]
    assert (after["road_m"][on] <= before["road_m"][on] + 1e-9).all()


def test_distances_are_kept_to_the_millimetre(tiny, norms, options):
    far = tiny.roads.iloc[:1].set_geometry([line((-9000, 0), (3000.0004, 0))])
    found = _access(dataclasses.replace(tiny, roads=far.set_crs(4326, allow_override=True)), norms, options)
    assert (found["road_m"].dropna() * 1000 % 1).round(6).isin([0.0, 1.0]).all()


def test_of_two_roads_to_the_same_school_the_shorter_counts(tiny, norms, options):
    net = roads(
        ("track", "", line((0, 0), (0, 1000), (300, 1000), (300, 0))),
        ("track", "", line((0, 0), (300, 0))),
    )
    found = _access(dataclasses.replace(tiny, roads=net), norms, options)
    assert _row(found, "A", "1-4")["road_m"] == pytest.approx(300, abs=0.01)


@pytest.mark.parametrize(("x", "metres"), [(2999.999, 2999.999), (3000, 3000.0), (3000.001, 3000.001)])
def test_the_millimetre_about_3_km_is_kept_on_the_road(x, metres):
    ways = worlds.access(world({"v": (0, 0)}, [road("", (0, 0), (5000, 0))], schools={"S": ((x, 0), None)})).ways
    assert way(ways, "v")["road_m"] == metres


@pytest.mark.slow
def test_a_childs_minutes_are_the_metres_at_the_speed_of_the_option():
    """3,000 m at 4 km/h are 45 minutes, at 5 km/h 36."""
    region = world({"v": (0, 0)}, [road("", (0, 0), (3000, 0))], schools={"S": ((3000, 0), None)})
    for kmh, minutes in ((4, 45), (5, 36)):
        assert way(worlds.access(region, walk_kmh=kmh).ways, "v")["walk_min"] == pytest.approx(minutes, abs=1e-3)


CLASSES = {  # metres in one minute, dry and in flood: km/h x 1000 / 60
    "motorway": (1500, 1500), "trunk": (1416.667, 1416.667), "primary": (1083.333, 1083.333),
    "secondary": (916.667, 916.667), "tertiary": (666.667, 500), "unclassified": (416.667, 250),
    "residential": (416.667, 250), "track": (250, 83.333), "service": (250, 250), "no_such_class": (166.667, 166.667),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "metres"), CLASSES.items())
def test_a_bus_goes_so_many_metres_a_minute_by_class_of_road_and_season(kind, metres):
    for season, far in zip(tables.SEASONS, metres, strict=True):
        net = [road("", (0, 0), (10 * far, 0), kind=kind)]
        ways = worlds.access(world({"v": (0, 0)}, net, schools={"S": ((10 * far, 0), None)})).ways
        assert way(ways, "v", season=season)["bus_min"] == pytest.approx(10, abs=1e-3)


@pytest.mark.parametrize(("sign", "dry", "flood"), [(20.0, 6.0, 6.0), (90.0, 3.0, 4.0), (35.0, 120 / 35, 4.0)])
def test_a_sign_slows_the_bus_and_never_speeds_it(sign, dry, flood):
    """2,000 m of tertiary road: 40 km/h dry (3 min), 30 in flood (4 min), and never more than the sign says."""
    net = [road("", (0, 0), (2000, 0), kind="tertiary", maxspeed_kmh=sign)]
    ways = worlds.access(world({"v": (0, 0)}, net, schools={"S": ((2000, 0), None)})).ways
    assert way(ways, "v")["bus_min"] == pytest.approx(dry, abs=1e-4)
    assert way(ways, "v", season="flood")["bus_min"] == pytest.approx(flood, abs=1e-4)


def test_both_legs_of_the_bus_are_at_10_km_h_and_the_planners_own_speeds_hold_in_both_seasons():
    """Legs of 100 and 200 m at 10 km/h: 1.8 min; 2,000 m of track at 15 km/h: 8, in flood at 5: 24; at 60: 2."""
    region = world({"v": (0, 100)}, [road("", (0, 0), (2000, 0))], schools={"S": ((2000, -200), None)})
    ways = worlds.access(region).ways
    assert way(ways, "v")["bus_m"] == pytest.approx(2300, abs=0.01)
    assert way(ways, "v")["bus_min"] == pytest.approx(9.8, abs=1e-3)
    assert way(ways, "v", season="flood")["bus_min"] == pytest.approx(25.8, abs=1e-3)
    fast = worlds.access(region, bus_kmh={"track": 60.0}).ways
    for season in tables.SEASONS:
        assert way(fast, "v", season=season)["bus_min"] == pytest.approx(3.8, abs=1e-3)


def test_minutes_add_up_along_the_classes_of_the_way():
    """1 km of track (4 min), 2 km of tertiary (3 min), 5.5 km of secondary (6 min): 13; in flood 12 + 4 + 6: 22."""
    net = [
        road("", (0, 0), (1000, 0)), road("", (1000, 0), (3000, 0), kind="tertiary"),
        road("", (3000, 0), (8500, 0), kind="secondary"),
    ]  # fmt: skip
    ways = worlds.access(world({"v": (0, 0)}, net, schools={"S": ((8500, 0), None)})).ways
    assert way(ways, "v")["bus_min"] == pytest.approx(13, abs=1e-3)
    assert way(ways, "v", season="flood")["bus_min"] == pytest.approx(22, abs=1e-3)


def test_the_bus_may_have_a_school_of_its_own():
    """On foot to P, 2,500 m by a path, too far from any road for a bus; the bus goes to Q, 3,000 m.

    The street to Q is one-way that way; the way back does not matter.
    """
    net = [road("", (0, 0), (2500, 0), kind="path", drive=False), road("", (0, 0), (-3000, 0), oneway="forward")]
    region = world({"v": (0, 0), "w": (-3000, 0)}, net, schools={"P": ((2500, 0), None), "Q": ((-3000, 0), None)})
    row = way(worlds.access(region).ways, "v")
    assert (row["school_id"], row["bus_school_id"]) == ("P", "Q")
    assert (row["road_m"], row["bus_m"]) == (pytest.approx(2500, abs=0.01), pytest.approx(3000, abs=0.01))


def test_a_bus_that_would_have_to_go_against_a_one_way_street_has_no_school():
    net = [road("", (0, 0), (2000, 0), oneway="backward")]
    row = way(worlds.access(world({"v": (0, 0)}, net, schools={"S": ((2000, 0), None)})).ways, "v")
    assert row["road_m"] == pytest.approx(2000, abs=0.01)
    assert row[["bus_school_id", "bus_m", "bus_min"]].isna().all()


def test_the_3_km_are_those_of_the_way_the_option_names():
    """Straight over the path 1,000 m; the road goes round, 3 x 1,000 m."""
    net = [road("", (0, 0), (1000, 0), kind="path", drive=False), road("", (0, 0), (0, 1000), (1000, 1000), (1000, 0))]
    region = world({"v": (0, 0)}, net, schools={"S": ((1000, 0), None)})
    assert way(worlds.access(region).ways, "v")["road_m"] == pytest.approx(1000, abs=0.01)
    assert way(worlds.access(region, way="drive").ways, "v")["road_m"] == pytest.approx(3000, abs=0.01)


@pytest.mark.parametrize(
    ("homes", "net", "water", "found"),
    [({}, [], [], {}), ({}, [road("", (0, 0), (9, 0))], [], {"S": ((0, 0), None)}),
     ({"v": (0, 0)}, [], [], {"S": ((9, 0), None)}), ({"v": (0, 0)}, [road("", (0, 0), (9, 0))], [], {}),
     ({"v": (0, 0)}, [], [("lake", "Aina", box(1, -900, 50, 900))], {"S": ((90, 0), None)})],
)  # fmt: skip
def test_a_region_that_lacks_anything_has_all_its_columns_and_a_row_for_each_settlement_band_and_season(
    homes, net, water, found
):
    ways, between = worlds.access(world(homes, net, water, found))
    assert len(ways) == 6 * len(homes)
    assert list(ways.columns)[:3] == ["settlement_id", "band", "season"]
    assert len(between) == (2 if water else 0)
    assert (ways["road_m"].isna() == (not found)).all()
    assert ways["bus_m"].isna().all()


def test_seasons_and_bands_stand_in_their_order(tiny_plan):
    rows = tiny_plan.access[["settlement_id", "band", "season"]].to_numpy().tolist()
    assert rows == [[key, band, season] for key in "ABDEGQ" for band in tables.BANDS for season in tables.SEASONS]
