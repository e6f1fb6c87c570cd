"""Roads of a map: who may use them, which way, how fast, and what they say of water."""

from __future__ import annotations

import pytest

from pbf import Drawing
from schoolnet.sources import osm, osm_roads
from schoolnet.sources.osm_rules import rules

PRIMARY = {"highway": "primary"}
BOTH, BUS, FOOT = (True, True), (True, False), (False, True)

USES = [
    # the class opens a road
    (PRIMARY, BOTH),
    ({"highway": "motorway"}, BUS),
    ({"highway": "path"}, FOOT),
    ({"highway": "construction"}, None),
    ({"highway": "proposed"}, None),
    ({"highway": "abandoned"}, None),
    (PRIMARY | {"construction": "yes"}, None),
    (PRIMARY | {"abandoned": "yes"}, None),
    (PRIMARY | {"construction": "minor"}, BOTH),
    (PRIMARY | {"area": "yes"}, None),
    # `access` closes both, a finer tag opens what it closes
    (PRIMARY | {"access": "no"}, None),
    (PRIMARY | {"access": "private"}, None),
    (PRIMARY | {"access": "military"}, None),
    (PRIMARY | {"access": "no", "foot": "yes"}, FOOT),
    (PRIMARY | {"access": "no", "foot": "designated"}, FOOT),
    (PRIMARY | {"access": "no", "bus": "yes"}, BUS),
    (PRIMARY | {"access": "private", "psv": "yes"}, BUS),
    (PRIMARY | {"access": "no", "motor_vehicle": "yes"}, BUS),
    (PRIMARY | {"access": "no", "vehicle": "destination"}, BUS),
    (PRIMARY | {"access": "no", "bicycle": "yes"}, None),
    (PRIMARY | {"access": "destination"}, BOTH),
    (PRIMARY | {"access": "permit"}, BOTH),
    (PRIMARY | {"access": "agricultural"}, FOOT),
    # closed to vehicles, or to people on foot
    (PRIMARY | {"motor_vehicle": "no"}, FOOT),
    (PRIMARY | {"vehicle": "no"}, FOOT),
    (PRIMARY | {"vehicle": "no", "bus": "yes"}, BOTH),
    (PRIMARY | {"motor_vehicle": "no", "psv": "designated"}, BOTH),
    (PRIMARY | {"motor_vehicle": "forestry"}, FOOT),
    (PRIMARY | {"bus": "no"}, FOOT),
    (PRIMARY | {"foot": "no"}, BUS),
    (PRIMARY | {"foot": "use_sidepath"}, BOTH),
    (PRIMARY | {"motorroad": "yes"}, BUS),
    (PRIMARY | {"motorroad": "yes", "foot": "yes"}, BOTH),
    ({"highway": "motorway", "foot": "yes"}, BOTH),
    ({"highway": "motorway", "access": "yes"}, BUS),
    ({"highway": "motorway", "motor_vehicle": "no"}, None),
    ({"highway": "footway", "foot": "private"}, None),
    ({"highway": "footway", "bus": "yes"}, FOOT),  # a platform
    # what is no word of access says nothing
    (PRIMARY | {"access": "unbekannt"}, BOTH),
    (PRIMARY | {"access": "no", "foot": "maybe"}, None),
    (PRIMARY | {"access": "no", "foot": ""}, None),
    # ferries
    ({"route": "ferry"}, BOTH),
    ({"route": "ferry", "motor_vehicle": "no"}, FOOT),
    ({"route": "ferry", "foot": "only"}, FOOT),
    ({"route": "ferry", "foot": "yes"}, BOTH),
    ({"route": "ferry", "access": "no"}, None),
    ({"route": "ferry", "access": "no", "foot": "yes"}, FOOT),
]


@pytest.mark.parametrize(("tags", "use"), USES)
def test_who_may_use_a_road(tags, use):
    assert osm_roads.use(tags) == use


ONEWAYS = [
    ({}, ""),
    ({"oneway": "yes"}, "forward"),
    ({"oneway": "1"}, "forward"),
    ({"oneway": "-1"}, "backward"),
    ({"oneway": "reverse"}, "backward"),
    ({"oneway": "no"}, ""),
    ({"oneway": "reversible"}, ""),
    ({"oneway": "sometimes"}, ""),
    ({"junction": "roundabout"}, "forward"),
    ({"junction": "circular"}, "forward"),
    ({"junction": "roundabout", "oneway": "-1"}, "backward"),
    ({"junction": "roundabout", "oneway": "no"}, ""),
    ({"junction": "roundabout", "oneway": "sometimes"}, "forward"),
    ({"junction": "yes"}, ""),
    ({"highway": "motorway"}, "forward"),
    ({"highway": "motorway_link"}, "forward"),
    ({"highway": "motorway", "oneway": "no"}, ""),
    ({"highway": "trunk"}, ""),
    ({"oneway": "yes", "oneway:bus": "no"}, ""),
    ({"oneway": "yes", "oneway:psv": "no"}, ""),
    ({"oneway": "yes", "oneway:bicycle": "no"}, "forward"),
    ({"oneway": "yes", "oneway:bus": "-1"}, "backward"),
    ({"oneway": "no", "oneway:psv": "yes"}, "forward"),
]


@pytest.mark.parametrize(("tags", "direction"), ONEWAYS)
def test_which_way_a_bus_is_bound_to(tags, direction):
    assert osm_roads.oneway(tags) == direction


SPEEDS = [
    ("60", 60.0, False),
    (" 60 ", 60.0, False),
    ("60 km/h", 60.0, False),
    ("60km/h", 60.0, False),
    ("60 kmh", 60.0, False),
    ("60 км/ч", 60.0, False),
    ("40 mph", 64.374, False),
    ("10 knots", 18.52, False),
    ("7.5", 7.5, False),
    ("KZ:60", 60.0, False),
    ("RU:zone30", 30.0, False),
    ("DE:zone:30", 30.0, False),
    ("1", 1.0, False),
    ("200", 200.0, False),
    ("KZ:urban", None, False),
    ("RU:living_street", None, False),
    ("none", None, False),
    ("walk", None, False),
    ("signals", None, False),
    ("", None, False),
    ("0", None, True),
    ("201", None, True),
    ("130 mph", None, True),
    ("9999", None, True),
    ("9" * 500, None, True),
    ("-60", None, True),
    ("60;40", None, True),
    ("60 @ (winter)", None, True),
    ("fast", None, True),
    ("٦٠", None, True),
    ("60\n", 60.0, False),
]


@pytest.mark.parametrize(("text", "speed", "odd"), SPEEDS)
def test_speed_limits_as_people_write_them(text, speed, odd):
    assert osm_roads.maxspeed({"maxspeed": text}) == (speed, text.strip() if odd else "")


def test_the_limit_for_buses_comes_before_that_for_all():
    assert osm_roads.maxspeed({"maxspeed": "90", "maxspeed:bus": "60"}) == (60.0, "")
    assert osm_roads.maxspeed({}) == (None, "")


CROSSINGS = [
    ({"bridge": "yes"}, "bridge"),
    ({"bridge": "movable"}, "bridge"),
    ({"man_made": "bridge"}, "bridge"),
    ({"bridge": "no"}, ""),
    ({"bridge": "collapsed"}, ""),
    ({"bridge": "abandoned"}, ""),
    ({"bridge": "construction"}, ""),
    ({"bridge": "low_water_crossing"}, "ford"),
    ({"ford": "yes"}, "ford"),
    ({"ford": "stepping_stones"}, "ford"),
    ({"ford": "no"}, ""),
    ({"ford": "no", "bridge": "yes"}, "bridge"),
    ({"ford": "yes", "bridge": "yes"}, "ford"),
    ({"highway": "ford"}, "ford"),
    ({"ice_road": "yes"}, "ice_road"),
    ({"ice_road": "no"}, ""),
    ({"winter_road": "yes", "bridge": "yes"}, "ice_road"),
    ({"highway": "winter_road"}, "ice_road"),
    ({"highway": "track", "seasonal": "winter"}, "ice_road"),
    ({"highway": "track", "seasonal": "yes"}, ""),
    ({"tunnel": "yes"}, "tunnel"),
    ({"tunnel": "building_passage"}, "tunnel"),
    ({"tunnel": "no"}, ""),
    ({"tunnel": "culvert"}, "bridge"),
    ({"embankment": "dam"}, "dam"),
    ({"embankment": "yes"}, ""),
    ({"waterway": "dam"}, "dam"),
    ({"waterway": "weir"}, ""),
    ({"route": "ferry", "bridge": "yes"}, "ferry"),
]


@pytest.mark.parametrize(("tags", "crossing"), CROSSINGS)
def test_how_a_road_says_it_gets_over_water(tags, crossing):
    assert osm_roads.crossing(tags) == crossing


def read(tmp_path, *roads):
    drawn = Drawing()
    drawn.node((61, 50), {"place": "village"})
    for tags in roads:
        drawn.way([(61, 50), (61.1, 50)], tags)
    return osm.read(drawn.write(tmp_path / "map.osm.pbf"))


def notes(extract):
    return [entry[4:] for entry in extract.ledger.entries if entry[1] == "roads"]


def test_roads_bear_their_columns(tmp_path):
    named = {"name": "Абай көшесі", "maxspeed": "40", "oneway": "yes", "bridge": "yes", "foot": "no", "lit": "yes"}
    roads = read(tmp_path, PRIMARY | named, PRIMARY | {"name": "Тек аты"}, PRIMARY | {"surface": "gravel"}).roads
    columns = ["highway", "crossing", "drive", "walk", "oneway", "maxspeed_kmh"]
    assert roads[columns].iloc[0].to_list() == ["primary", "bridge", True, False, "forward", 40.0]
    for plain in (1, 2):
        assert roads[columns[:5]].iloc[plain].to_list() == ["primary", "", True, True, ""]
    assert roads["maxspeed_kmh"].isna().to_list() == [False, True, True]
    assert roads["name"].to_list()[:2] == ["Абай көшесі", "Тек аты"]


def test_an_old_word_for_a_road_is_taken_as_its_class(tmp_path):
    roads = read(tmp_path, {"highway": "winter_road"}, {"highway": "ice_road"}, {"highway": "ford"}).roads
    assert roads[["highway", "crossing"]].to_numpy().tolist() == [
        ["track", "ice_road"],
        ["track", "ice_road"],
        ["road", "ford"],
    ]
    assert set(rules().read_as.values()) <= rules().drive


def test_a_ferry_is_a_ferry_even_with_a_class_of_road(tmp_path):
    roads = read(tmp_path, {"highway": "primary", "route": "ferry"}).roads
    assert roads[["highway", "crossing"]].to_numpy().tolist() == [["ferry", "ferry"]]


def test_speed_limits_that_are_none_and_roads_in_a_culvert_are_noted(tmp_path):
    odd = [PRIMARY | {"maxspeed": text} for text in ("fast", "fast", "60;40", "x" * 200, "60", "KZ:urban")]
    extract = read(tmp_path, *odd, PRIMARY | {"tunnel": "culvert"})
    assert extract.roads["crossing"].to_list()[-1] == "bridge"
    assert notes(extract)[:2] == [
        (
            "maxspeed_kmh",
            f"4 speed limits: 60;40, fast, {'x' * 19}…",
            "not a speed from 1 to 200 km/h: the default of the class of road is taken",
        ),
        (
            "crossing",
            "1 roads with tunnel=culvert",
            "a culvert is a pipe for water: read as water led beneath the road, dry as under a bridge",
        ),
    ]


def test_what_is_no_road_at_all_is_dropped(tmp_path):
    extract = read(
        tmp_path, {"highway": "construction", "construction": "primary"}, PRIMARY | {"access": "no"}, PRIMARY
    )
    assert extract.roads["highway"].to_list() == ["primary"]
    assert notes(extract) == []
