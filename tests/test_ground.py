"""What lies between a village and its school: situations on paper, each a few roads and one water.

Village `v` at (0, 0), school `S` at (2000, 0), the river upright at x = 1000, unless a test says otherwise.
"""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from conftest import box, line
from worlds import access, build, ground, road, verdict, way, world

TAZA = ("river", "Taza", line((1000, -9000), (1000, 9000)))
HOME, SCHOOL = {"v": (0, 0)}, {"S": ((2000, 0), None)}
BANKS = [road("", (0, 0), (950, 0)), road("", (1050, 0), (2000, 0))]


def _over(mark, y=0):
    """Return roads over the river at a place so far north of the straight line: 100 m of it bear the mark."""
    return [
        road("", (0, 0), (0, y), (950, y)),
        road(mark, (950, y), (1050, y)),
        road("", (1050, y), (2000, y), (2000, 0)),
    ]


@pytest.mark.parametrize("y", [1, 4000])
def test_over_a_bridge_near_or_far_the_river_lies_between_and_is_no_barrier(y):
    ways = access(world(HOME, _over("bridge", y), [TAZA], SCHOOL)).ways
    assert verdict(ways, "v") == verdict(ways, "v", "flood") == ("bridge", True, False)
    assert way(ways, "v")["road_m"] == pytest.approx(2000 + 2 * y, abs=0.01)


@pytest.mark.parametrize(
    ("mark", "dry", "flood"),
    [("dam", ("dam", True, False), ("dam", True, False)), ("tunnel", ("tunnel", True, False), ("tunnel", True, False)),
     ("ford", ("ford", True, True), ("none", True, True)), ("ferry", ("ferry", True, True), ("none", True, True)),
     ("ice_road", ("ice_road", True, True), ("none", True, True)),
     ("", ("unmarked", True, True), ("unmarked", True, True))],
)  # fmt: skip
def test_over_anything_else_in_either_season(mark, dry, flood):
    ways = access(world(HOME, _over(mark), [TAZA], SCHOOL)).ways
    assert verdict(ways, "v") == dry
    assert verdict(ways, "v", "flood") == flood


def test_without_a_crossing_there_is_no_path_and_the_river_is_a_barrier():
    ways = access(world(HOME | {"w": (500, 0)}, BANKS, [TAZA], SCHOOL | {"T": ((1500, 0), "w")})).ways
    row = way(ways, "v")
    assert verdict(ways, "v") == ("none", True, True)
    assert (row["school_id"], row["approx"]) == ("T", True)
    assert row["road_m"] == pytest.approx(1500 * 1.3, abs=0.01)


def test_in_flood_the_bridge_far_off_ends_the_barrier_that_the_ford_was():
    """Dry: the ford, 2,000 m, a barrier. Flood: by the bridge 1,500 m north 2,000 + 3,000 m, and no barrier."""
    ways = access(world(HOME, _over("ford") + _over("bridge", 1500), [TAZA], SCHOOL)).ways
    assert verdict(ways, "v") == ("ford", True, True)
    assert verdict(ways, "v", "flood") == ("bridge", True, False)
    assert way(ways, "v", season="flood")["road_m"] == pytest.approx(5000, abs=0.01)


def test_where_flood_leaves_no_road_the_school_is_not_nearer_than_dry():
    """Dry 2 x 4,000 + 2,000 m by the ford in the north; in flood the straight line x 1.3 would be 2,600 m."""
    ways = access(world(HOME, _over("ford", 4000), [TAZA], SCHOOL)).ways
    dry, flood = way(ways, "v"), way(ways, "v", season="flood")
    assert (dry["approx"], flood["approx"]) == (False, True)
    assert flood["road_m"] == dry["road_m"] == pytest.approx(10_000, abs=0.01)
    assert flood["walk_min"] == dry["walk_min"]


def test_a_bend_that_the_straight_line_cuts_does_not_lie_between():
    """The road runs south of the bend, and both places lie on the same bank."""
    bend = ("river", "Taza", line((500, 9000), (500, -50), (1500, -50), (1500, 9000)))
    net = [road("", (0, 0), (0, -200), (2000, -200), (2000, 0))]
    assert verdict(access(world(HOME, net, [bend], SCHOOL)).ways, "v") == ("", False, False)


def test_two_rivers_one_bridged_the_other_forded_are_both_listed_and_the_ford_decides():
    ashy = ("river", "Ashy", line((500, -9000), (500, 9000)))
    net = [
        road("", (0, 0), (400, 0)),
        road("ford", (400, 0), (600, 0)),
        road("", (600, 0), (950, 0)),
        *_over("bridge")[1:],
    ]
    found = access(world(HOME, net, [TAZA, ashy], SCHOOL))
    assert way(found.ways, "v")["water_id"] == "w1"
    assert verdict(found.ways, "v") == ("ford", True, True)
    dry = found.waters[found.waters["season"] == "dry"].set_index("water_id")
    assert dry["crossing"].to_dict() == {"w0": "bridge", "w1": "ford"}
    assert dry["barrier"].to_dict() == {"w0": False, "w1": True}


@pytest.mark.slow
@pytest.mark.parametrize(("lake_round", "says"), [("yes", ("round", True, True)), ("no", ("", False, False))])
def test_a_lake_with_a_road_round_it_lies_between_and_is_a_barrier_by_option(lake_round, says):
    lake = ("lake", "Aina", box(500, -400, 1500, 400))
    net = [road("", (0, 0), (0, 600), (2000, 600), (2000, 0))]
    ways = access(world(HOME, net, [lake], SCHOOL), lake_round=lake_round).ways
    assert verdict(ways, "v") == says
    assert way(ways, "v")["road_m"] == pytest.approx(3200, abs=0.01)


def test_the_straight_line_along_the_shore_does_not_cross_the_lake():
    lake = ("lake", "Aina", box(500, 10, 1500, 400))
    ways = access(world(HOME, [road("", (0, 0), (2000, 0))], [lake], SCHOOL)).ways
    assert verdict(ways, "v") == ("", False, False)


@pytest.mark.parametrize(
    ("mark", "dry", "flood"),
    [("bridge", ("bridge", True, False), ("bridge", True, False)),
     ("ferry", ("ferry", True, True), ("none", True, True)),
     (None, ("none", True, True), ("none", True, True))],
)  # fmt: skip
def test_an_island_is_reached_as_its_crossing_says(mark, dry, flood):
    """The village on an island of 400 m (a hole of the lake); 800 m of water to the shore in the east."""
    lake = box(-1000, -1000, 1000, 1000).difference(box(-200, -200, 200, 200))
    net = [road("", (-100, 0), (200, 0)), road("", (1000, 0), (2000, 0))]
    net += [] if mark is None else [road(mark, (200, 0), (1000, 0))]
    homes = HOME | {"isle": (-100, 0)}
    ways = access(world(homes, net, [("lake", "Aina", lake)], SCHOOL)).ways
    assert verdict(ways, "v") == dry
    assert verdict(ways, "v", "flood") == flood
    assert way(ways, "v")["approx"] == (mark is None)


def test_on_one_island_nothing_lies_between():
    lake = box(-3000, -3000, 5000, 3000).difference(box(-500, -500, 2500, 500))
    ways = access(world(HOME, [road("", (0, 0), (2000, 0))], [("lake", "Aina", lake)], SCHOOL)).ways
    assert verdict(ways, "v") == ("", False, False)


def test_a_cape_keeps_to_its_own_bank():
    """pandana#170: the school's road is 300 m off across the bay; by the own bank it is 3 x 2,000 m + legs."""
    bay = ("lake", "Bay", box(-2000, 100, 500, 200))
    net = [road("", (0, -100), (1000, -100), (1000, 1900), (0, 1900), (0, 250))]
    ways = access(world(HOME | {"w": (1000, 0)}, net, [bay], {"S": ((0, 300), None)})).ways
    assert way(ways, "v")["road_m"] == pytest.approx(100 + 1000 + 2000 + 1000 + 1600, abs=0.01)
    assert verdict(ways, "v") == ("round", True, True)


@pytest.mark.parametrize("known", [True, False])
def test_a_settlement_on_both_banks_is_not_parted_from_its_neighbour_by_its_own_river(known):
    """The village lies at (700, 0) and on both banks of the river at x = 1000; the school of another is at 3000.

    Where its built-up area (600 to 1100) is known, the river runs inside it and does not lie between; else it does.
    """
    area = {"v": box(600, -300, 1100, 300)} if known else None
    net = [road("", (700, 0), (950, 0)), road("ford", (950, 0), (1050, 0)), road("", (1050, 0), (3000, 0))]
    region = world({"v": (700, 0), "n": (3000, 0)}, net, [TAZA], {"S": ((3000, 0), "n")}, area)
    ways = access(region).ways
    assert verdict(ways, "v") == (("", False, False) if known else ("ford", True, True))
    assert (way(ways, "v")["divided_by"] == "w0") == known


def test_a_river_inside_the_schools_village_does_not_lie_between_either():
    area = {"n": box(900, -300, 2100, 300)}
    region = world({"v": (0, 0), "n": (1500, 0)}, _over("ford"), [TAZA], {"S": ((2000, 0), "n")}, area)
    assert verdict(access(region).ways, "v") == ("", False, False)


def test_the_built_up_area_of_a_third_village_changes_nothing():
    area = {"n": box(900, -300, 1100, 300)}
    region = world({"v": (0, 0), "n": (1000, 100)}, _over("ford"), [TAZA], {"S": ((2000, 0), None)}, area)
    assert verdict(access(region).ways, "v") == ("ford", True, True)


def test_of_a_river_that_runs_out_of_the_village_and_comes_again_the_second_place_lies_between():
    """It is crossed at x = 300, inside the village, and at x = 1000, outside."""
    twice = ("river", "Taza", line((300, -9000), (300, 2000), (1000, 2000), (1000, -9000)))
    net = [road("bridge", (0, 0), (500, 0)), road("", (500, 0), (2000, 0))]
    region = world(HOME, net, [twice], SCHOOL, {"v": box(-100, -300, 500, 300)})
    assert verdict(access(region).ways, "v") == ("unmarked", True, True)


@pytest.mark.parametrize(("mark", "divided"), [("bridge", False), ("ford", True), (None, True)])
def test_a_settlement_whose_own_school_is_on_the_other_bank_is_divided_unless_by_bridge(mark, divided):
    """No built-up area is known; the school of the village itself stands across the river."""
    net = BANKS if mark is None else _over(mark)
    homes = HOME | {"w": (500, 0), "x": (1900, 0)}
    found = access(world(homes, net, [TAZA], {"S": ((2000, 0), "v")})).ways
    row = way(found, "v")
    assert row["here"]
    assert row["barrier"] == divided
    assert (row["divided_by"] == "w0") == divided


def test_a_built_up_area_that_a_river_runs_through_is_divided_and_one_it_only_enters_is_not():
    """Taza through v's square; Ashy ends in the middle of w's."""
    ashy = ("river", "Ashy", line((5000, -9000), (5000, 0)))
    areas = {"v": box(800, -200, 1200, 200), "w": box(4800, -200, 5200, 200)}
    region = world({"v": (900, 0), "w": (4900, 0)}, [road("", (900, 0), (4900, 0))], [TAZA, ashy], SCHOOL, areas)
    roads = build(region)
    assert ground(region, roads).divided == {"v": "w0"}


def test_a_lake_divides_no_settlement():
    lake = ("lake", "Aina", box(990, -900, 1010, 900))
    region = world({"v": (900, 0)}, [road("", (0, 0), (2000, 0))], [lake], SCHOOL, {"v": box(800, -200, 1200, 200)})
    assert ground(region, build(region)).divided == {}


def test_a_lake_on_the_way_to_the_own_school_is_a_barrier_and_divides_no_settlement():
    lake = ("lake", "Aina", box(500, -400, 1500, 400))
    net = [road("", (0, 0), (0, 600), (2000, 600), (2000, 0))]
    row = way(access(world(HOME, net, [lake], {"S": ((2000, 0), "v")})).ways, "v")
    assert row["barrier"]
    assert row[["divided_by"]].isna().all()


def test_a_river_drawn_as_line_and_nameless_area_is_one_and_its_bridge_may_miss_the_line():
    """The bridge spans the area's east half; the line at x = 1000 lies 20 m before it, inside the area's 60 m."""
    area = ("river", None, box(970, -9000, 1030, 9000))
    net = [road("", (0, 0), (1010, 0)), road("bridge", (1010, 0), (1040, 0)), road("", (1040, 0), (2000, 0))]
    found = access(world(HOME, net, [TAZA, area], SCHOOL))
    assert verdict(found.ways, "v") == ("bridge", True, False)
    assert found.waters["water_id"].unique().tolist() == ["w0"]


def test_the_crossings_of_all_edges_are_the_same_whichever_way_a_road_is_drawn():
    net = _over("bridge")
    back = [one | {"geometry": shapely.reverse(one["geometry"])} for one in net]
    for roads in (net, back):
        region = world(HOME, roads, [TAZA], SCHOOL)
        built = build(region)
        met = ground(region, built).met
        assert built.edges.way[met["edge"]].tolist() == [1]
        assert met["crossing"].tolist() == ["bridge"]


def test_where_there_is_no_water_or_no_road_there_are_no_crossings():
    for region in (world(HOME, BANKS, [], SCHOOL), world(HOME, [], [TAZA], SCHOOL), world({}, [], [], {})):
        found = ground(region, build(region))
        assert found.met.empty
        assert not np.any(found.crossed)
        assert found.divided == {}


def test_a_river_whose_head_the_road_goes_round_lies_between_and_is_no_barrier():
    """The river ends at (1000, 300); the road passes at y = 600: the line crosses it once, an odd number of times."""
    river = ("river", "Taza", line((1000, -5000), (1000, 300)))
    net = [road("", (0, 0), (0, 600), (2000, 600), (2000, 0))]
    assert verdict(access(world(HOME, net, [river], SCHOOL)).ways, "v") == ("round", True, False)


def test_a_bend_crossed_twice_does_not_lie_between():
    river = ("river", "Taza", line((900, -5000), (1000, 300), (1100, -5000)))
    net = [road("", (0, 0), (0, 600), (2000, 600), (2000, 0))]
    assert verdict(access(world(HOME, net, [river], SCHOOL)).ways, "v") == ("", False, False)


def test_a_pond_that_holds_the_settlements_own_point_does_not_lie_between():
    pond = ("lake", "Aina", box(-100, -100, 100, 100))
    net = [road("", (200, 0), (2000, 0))]
    assert verdict(access(world(HOME, net, [pond], SCHOOL)).ways, "v") == ("", False, False)


def test_a_nameless_river_and_a_nameless_lake_it_flows_into_are_two():
    """The road goes round the lake, and bridges the river north of it."""
    lake, river = ("lake", None, box(600, -500, 1400, 500)), ("river", None, line((1000, 5000), (1000, 500)))
    net = [
        road("", (0, 0), (0, 1000), (900, 1000)), road("bridge", (900, 1000), (1100, 1000)),
        road("", (1100, 1000), (2000, 1000), (2000, 0)),
    ]  # fmt: skip
    assert verdict(access(world(HOME, net, [lake, river], SCHOOL)).ways, "v") == ("round", True, True)


def test_in_a_straight_line_the_school_beyond_the_bridge_is_the_nearest():
    """N at 2,000 m over the river, 2 x 5,000 + 2,000 by road; F at 3,500 m on the own bank."""
    river = ("river", "Taza", line((1000, -9000), (1000, 9000)))
    net = [
        road("", (-3500, 0), (0, 0), (0, 5000), (900, 5000)), road("bridge", (900, 5000), (1100, 5000)),
        road("", (1100, 5000), (2000, 5000), (2000, 0)),
    ]  # fmt: skip
    region = world(HOME, net, [river], {"N": ((2000, 0), None), "F": ((-3500, 0), None)})
    assert way(access(region).ways, "v")["school_id"] == "F"
    row = way(access(region, distance_basis="straight").ways, "v")
    assert (row["school_id"], row["crossing"], row["approx"]) == ("N", "bridge", False)
    assert row["road_m"] == pytest.approx(12_000, abs=0.01)


def test_the_near_bank_of_a_road_that_crosses_the_river_is_reached():
    """The river is x = 0; the road's nearest place to (-50, 0) lies beyond it, its west part is dry, 150 m away."""
    river = ("river", "Taza", line((0, -9000), (0, 9000)))
    net = [road("", (-1000, 1200), (1000, -800))]
    region = world({"v": (-50, 0)}, net, [river], {"S": ((-900, 1100), None)})
    assert not way(access(region).ways, "v")["approx"]
