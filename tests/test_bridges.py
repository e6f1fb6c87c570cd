"""The way round a water that separates, and the bridge it goes over: metres and directions on paper.

Village `v` at (0, 0), school `S` at (2000, 0), the river upright at x = 1000 with a ford on the straight line.
"""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from conftest import box, line, lonlat
from schoolnet.model import bridges
from worlds import access, road, world

TAZA = ("river", "Taza", line((1000, -9000), (1000, 9000)))
HOME, SCHOOL = {"v": (0, 0)}, {"S": ((2000, 0), None)}


def _over(mark, y):
    return [
        road("", (0, 0), (0, y), (950, y)),
        road(mark, (950, y), (1050, y)),
        road("", (1050, y), (2000, y), (2000, 0)),
    ]


def _rows(net, water=(TAZA,), homes=HOME, **choices):
    return access(world(homes, net, list(water), SCHOOL), **choices).waters.set_index("season")


def test_the_way_round_a_ford_goes_over_the_nearest_bridge_by_road():
    """By the bridge 3,000 m north 2,000 + 6,000 m; it stands at (1000, 3000): 3,162.3 m off, north by east: `n`."""
    row = _rows(_over("ford", 0) + _over("bridge", 3000)).loc["dry"]
    assert (row["crossing"], row["barrier"]) == ("ford", True)
    assert row["round_m"] == pytest.approx(8000, abs=0.01)
    assert row["bridge_m"] == pytest.approx(np.hypot(1000, 3000), abs=0.05)
    assert row["bridge_to"] == "n"
    assert (row["bridge_lon"], row["bridge_lat"]) == pytest.approx(lonlat(1000, 3000), abs=2e-7)


@pytest.mark.parametrize(
    ("x", "y", "to"),
    [(0, 5000, "n"), (3000, 3000, "ne"), (5000, 100, "e"), (3000, -3000, "se"), (0, -5000, "s"), (-3000, -3000, "sw"),
     (-5000, 0, "w"), (-3000, 3000, "nw"), (1000, 2500, "n"), (1000, 2400, "ne"), (-1000, 2500, "n")],
)  # fmt: skip
def test_the_bridge_lies_in_one_of_eight_directions(x, y, to):
    """Borders at 22.5 degrees: tan 22.5 = 0.4142, so 1,000 east of 2,500 north (21.8) is n, of 2,400 (22.6) ne."""
    metres, direction, lon, lat = bridges._nearest((0, 0), [lonlat(9000, 9000), lonlat(x, y)])
    assert (metres, direction) == (pytest.approx(np.hypot(x, y), abs=0.05), to)
    assert (lon, lat) == pytest.approx(lonlat(x, y), abs=1e-7)


def test_where_no_way_is_dry_shod_the_nearest_bridge_in_a_straight_line_is_named():
    """The bridge 4,000 m south is on a road of its own, joined to nothing."""
    alone = road("bridge", (900, -4000), (1100, -4000))
    row = _rows([*_over("ford", 0), alone]).loc["dry"]
    assert np.isnan(row["round_m"])
    assert row["bridge_m"] == pytest.approx(np.hypot(1000, 4000), abs=0.05)
    assert row["bridge_to"] == "s"


def test_of_two_bridges_the_one_on_the_way_is_named_though_the_other_is_nearer():
    """The bridge at y = -500 leads nowhere; the way goes by the one at y = 2000."""
    row = _rows([*_over("ford", 0), road("bridge", (900, -500), (1100, -500)), *_over("bridge", 2000)]).loc["dry"]
    assert row["round_m"] == pytest.approx(6000, abs=0.01)
    assert row["bridge_m"] == pytest.approx(np.hypot(1000, 2000), abs=0.05)


def test_without_any_bridge_there_is_neither_way_round_nor_bridge():
    row = _rows(_over("ford", 0)).loc["dry"]
    assert row[["round_m", "bridge_m", "bridge_lon", "bridge_lat"]].isna().all()
    assert row["bridge_to"] == ""


def test_over_a_bridge_already_nothing_is_said():
    row = _rows(_over("bridge", 0)).loc["dry"]
    assert not row["barrier"]
    assert row[["round_m", "bridge_m"]].isna().all()


def test_a_village_off_the_road_has_a_bridge_and_no_way_round():
    homes = HOME | {"a": (950, 4000), "b": (1050, 4000)}
    rows = _rows(_over("bridge", 4000)[1:2], homes=homes).loc["dry"]
    row = rows[rows["settlement_id"] == "v"].iloc[0]
    assert row["crossing"] == "none"
    assert np.isnan(row["round_m"])
    assert row["bridge_m"] == pytest.approx(np.hypot(1000, 4000), abs=0.05)


def test_the_way_round_fords_no_other_water_either():
    """By the bridge at 1,000 m north the way meets a ford of another river; by the one at 3,000 m it does not."""
    ashy = ("river", "Ashy", line((1500, 500), (1500, 1500)))
    low = [road("", (0, 0), (0, 1000), (950, 1000)), road("bridge", (950, 1000), (1050, 1000)),
           road("", (1050, 1000), (1400, 1000)), road("ford", (1400, 1000), (1600, 1000)),
           road("", (1600, 1000), (2000, 1000), (2000, 0))]  # fmt: skip
    row = _rows([*_over("ford", 0), *low, *_over("bridge", 3000)], [TAZA, ashy]).loc["dry"]
    assert row["round_m"] == pytest.approx(8000, abs=0.01)


@pytest.mark.parametrize("mark", ["ford", "ferry", "ice_road"])
def test_a_ford_or_ferry_is_not_dry_shod_though_its_water_is_on_no_map(mark):
    """As above, and the brook at x = 1500 is not drawn."""
    low = [road("", (0, 0), (0, 1000), (950, 1000)), road("bridge", (950, 1000), (1050, 1000)),
           road("", (1050, 1000), (1400, 1000)), road(mark, (1400, 1000), (1600, 1000)),
           road("", (1600, 1000), (2000, 1000), (2000, 0))]  # fmt: skip
    row = _rows([*_over("ford", 0), *low, *_over("bridge", 3000)]).loc["dry"]
    assert row["round_m"] == pytest.approx(8000, abs=0.01)


def test_a_way_round_that_goes_over_no_bridge_of_the_water_names_none():
    """Round the lake 2,000 + 1,200 m; the dam 700 m south stands alone: it is not on the way."""
    lake = ("lake", "Aina", box(500, -400, 1500, 400))
    net = [road("", (0, 0), (0, 600), (2000, 600), (2000, 0)), road("dam", (900, -420), (1100, -420))]
    row = _rows(net, [lake]).loc["dry"]
    assert (row["crossing"], row["barrier"]) == ("round", True)
    assert row["round_m"] == pytest.approx(3200, abs=0.01)
    assert np.isnan(row["bridge_m"])
    assert row["bridge_to"] == ""


def test_in_flood_the_way_round_is_the_same_and_never_shorter_than_the_road_of_the_dry_season():
    rows = _rows(_over("ford", 0) + _over("bridge", 3000) + _over("", 6000))
    assert rows.loc["dry", "round_m"] == pytest.approx(8000, abs=0.01)
    assert rows.loc["flood", "crossing"] == "bridge"


def test_the_way_of_the_bus_round_keeps_to_one_way_streets():
    """The bridge at 1,000 m north is one-way, westward; a child goes 4,000 m, the bus 2,000 + 6,000 by the next."""
    west = [one | {"oneway": "backward"} for one in _over("bridge", 1000)]
    net = [*_over("ford", 0), *west, *_over("bridge", 3000)]
    assert _rows(net).loc["dry", "round_m"] == pytest.approx(4000, abs=0.01)
    assert _rows(net, way="drive").loc["dry", "round_m"] == pytest.approx(8000, abs=0.01)


def test_a_way_round_may_cross_another_water_the_map_shows_no_bridge_over():
    """By the bridge at 1,000 m north the road crosses a brook unmarked: it is no ford, and does not part the two."""
    ashy = ("river", "Ashy", line((1500, 500), (1500, 1500)))
    low = [road("", (0, 0), (0, 1000), (950, 1000)), road("bridge", (950, 1000), (1050, 1000)),
           road("", (1050, 1000), (2000, 1000), (2000, 0))]  # fmt: skip
    row = _rows([*_over("ford", 0), *low], [TAZA, ashy]).loc["dry"]
    assert row["round_m"] == pytest.approx(4000, abs=0.01)
    assert row["bridge_to"] == "ne"


def test_a_bridge_that_goes_over_two_arms_is_named_where_its_road_is():
    """The bridge turns 1,000 m south between two arms of the river: the middle of the two places is on no road."""
    arms = (
        "river",
        "Taza",
        shapely.MultiLineString([line((1000, -9000), (1000, 9000)), line((1400, -9000), (1400, 9000))]),
    )
    long = [road("", (0, 0), (0, 3000), (900, 3000)),
            road("bridge", (900, 3000), (1200, 3000), (1200, 2000), (1500, 2000)),
            road("", (1500, 2000), (2000, 2000), (2000, 0))]  # fmt: skip
    row = _rows([*_over("ford", 0), *long], [arms]).loc["dry"]
    assert (row["bridge_lon"], row["bridge_lat"]) == pytest.approx(lonlat(1000, 3000), abs=1e-6)
