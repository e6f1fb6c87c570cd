"""All pairs within reach: metres on paper, the limit, tiles, seasons, and the water between."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import worlds
from conftest import line
from schoolnet import results, schema
from schoolnet.model import matrix
from worlds import build, road, world


def _pairs(region, *, wet=True, **asked):
    choices = asked.pop("choices", {})
    roads = build(region, **choices)
    ground = worlds.ground(region, roads, **choices) if wet else None
    return matrix.pairs(region, roads, worlds.options(**choices), ground=ground, **asked)


def _metres(found):
    return {(row.settlement_id, row.school_id): row.road_m for row in found.itertuples()}


def test_on_the_tiny_region_the_pairs_are_as_on_paper(tiny):
    """SA at x = 300: from A 300, B 3,300, G 200 + 1,300, Q 9,300, D 10,400 over the bridge. E has no road.

    SB at B: from A 3,000, G 2,200, Q 6,000, D 10,700 + 3,000. SQ at Q: from A 9,000, B 6,000, G 8,200, D 19,700.
    """
    expected = {
        ("A", "SA"): 300, ("B", "SA"): 3300, ("G", "SA"): 1500, ("Q", "SA"): 9300, ("D", "SA"): 10_400,
        ("A", "SB"): 3000, ("B", "SB"): 0, ("G", "SB"): 2200, ("Q", "SB"): 6000, ("D", "SB"): 13_700,
        ("A", "SQ"): 9000, ("B", "SQ"): 6000, ("G", "SQ"): 8200, ("Q", "SQ"): 0, ("D", "SQ"): 19_700,
    }  # fmt: skip
    found = _pairs(tiny)
    assert _metres(found) == pytest.approx(expected, abs=0.01)
    assert found[["settlement_id", "school_id"]].to_numpy().tolist() == [list(pair) for pair in sorted(expected)]
    within = _metres(_pairs(tiny, within_m=6000))
    assert within.keys() == {pair for pair, metres in expected.items() if metres <= 6000}
    over = found.set_index(["settlement_id", "school_id"]).loc[("D", "SB")]
    assert over[["water_id", "crossing", "barrier"]].tolist() == ["w0", "bridge", False]
    dry = found["settlement_id"] != "D"
    assert (found.loc[dry, "crossing"] == "").all()


@pytest.mark.parametrize("wet", [True, False])
def test_a_school_exactly_at_the_limit_is_within_it_however_many_schools_there_are(wet):
    """400 schools far off make a hair of 4 micrometres for the last; 3,000 m are still within 3,000, 3,000.001 not."""
    crowd = {f"a{at:03d}": ((9000 - at, 0), None) for at in range(400)}
    near = {"y": ((-3000.001, 0), None), "z": ((3000, 0), None)}
    region = world({"v": (0, 0), "w": (-9000, 0)}, [road("", (-9000, 0), (0, 0), (9000, 0))], schools=crowd | near)
    found = _pairs(region, wet=wet, within_m=3000)
    assert found[["settlement_id", "school_id"]].to_numpy().tolist() == [["v", "z"]]
    assert found["road_m"].tolist() == [3000.0]


def test_a_one_way_bridge_is_seen_by_the_bus():
    """The bus goes east over the bridge; the river lies between and is no barrier."""
    net = [
        road("", (0, 0), (900, 0)),
        road("bridge", (900, 0), (1100, 0), oneway="forward"),
        road("", (1100, 0), (2000, 0)),
    ]
    river = [("river", "Taza", line((1000, -5000), (1000, 5000)))]
    region = world({"v": (0, 0)}, net, river, {"S": ((2000, 0), None)})
    row = _pairs(region, choices={"way": "drive"}).iloc[0]
    assert (row["water_id"], row["crossing"], row["barrier"]) == ("w0", "bridge", False)


def test_in_flood_the_pairs_go_round_the_ford():
    """Over the ford 2,000 m; by the bridge 500 m north 500 + 2,000 + 500."""
    net = [
        road("", (0, 0), (900, 0)), road("ford", (900, 0), (1100, 0)), road("", (1100, 0), (2000, 0)),
        road("", (0, 0), (0, 500), (900, 500)), road("bridge", (900, 500), (1100, 500)),
        road("", (1100, 500), (2000, 500), (2000, 0)),
    ]  # fmt: skip
    region = world({"v": (0, 0)}, net, [("river", "Taza", line((1000, -5000), (1000, 5000)))], {"S": ((2000, 0), None)})
    dry, flood = _pairs(region).iloc[0], _pairs(region, season="flood").iloc[0]
    assert (dry["road_m"], dry["crossing"], dry["barrier"]) == (pytest.approx(2000, abs=0.01), "ford", True)
    assert (flood["road_m"], flood["crossing"], flood["barrier"]) == (pytest.approx(3000, abs=0.01), "bridge", False)


def test_a_way_over_the_borders_of_the_tiles_is_found_whole():
    """Tiles are half a degree (55.66 km): a road of 120 km from x = -60 to 60 km crosses three of their borders."""
    homes = {f"v{at}": (at * 1000, 0) for at in range(-60, 61, 5)}
    schools = {"w": ((-60_000, 0), None), "e": ((60_000, 0), None)}
    region = world(homes, [road("", (-60_000, 0), (60_000, 0))], schools=schools)
    found = _metres(_pairs(region, within_m=100_000))
    expected = {(f"v{at}", key): abs(at - x) * 1000 for at in range(-60, 61, 5) for key, x in (("w", -60), ("e", 60))}
    assert found == pytest.approx({pair: m for pair, m in expected.items() if m <= 100_000}, abs=0.1)


def test_without_waters_given_no_pair_has_one_and_the_columns_are_the_same(tiny):
    found = _pairs(tiny, wet=False)
    schema.check(found, results.PAIRS)
    schema.check(_pairs(tiny), results.PAIRS)
    assert found["water_id"].isna().all()
    assert not found["barrier"].any()


@pytest.mark.parametrize(
    ("homes", "net", "schools"),
    [({}, [], {}), ({"v": (0, 0)}, [], {"S": ((0, 0), None)}), ({"v": (0, 0)}, [road("", (0, 0), (900, 0))], {})],
)
def test_where_nothing_reaches_anything_there_are_no_pairs_but_all_columns(homes, net, schools):
    found = _pairs(world(homes, net, schools=schools))
    assert found.empty
    schema.check(found, results.PAIRS)


@pytest.mark.slow
def test_two_villages_and_two_schools_at_one_place_are_four_pairs():
    homes, schools = {"a": (0, 0), "b": (0, 0)}, {"S": ((0, 0), "a"), "T": ((0, 0), "b")}
    found = _pairs(world(homes, [road("", (0, 0), (900, 0))], schools=schools))
    assert found["road_m"].tolist() == [0.0] * 4
    assert isinstance(found, pd.DataFrame)
    assert not np.isnan(found["road_m"]).any()
