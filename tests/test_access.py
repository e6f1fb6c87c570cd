from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest
import shapely

from conftest import line, roads
from schoolnet import schema, tables
from schoolnet.model import access
from schoolnet.model import roads as road_model


def _row(plan_or_frame, settlement, band):
    frame = getattr(plan_or_frame, "access", plan_or_frame)
    return frame.set_index(["settlement_id", "band"]).loc[(settlement, band)]


def _access(region, norms, options):
    return access.access(region, road_model.build(region, options), norms, options)


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
    from conftest import waters

    cut = waters(
        ("river", "Taza", line((1500, -9000), (1500, 1000))),
        ("river", "Taza", line((1500, 1000), (1500, 9000))),
    )
    found = _access(dataclasses.replace(tiny, waters=cut), norms, options)
    assert (_row(found, "D", "1-4")["crossing"], _row(found, "D", "1-4")["barrier"]) == ("bridge", False)


def test_a_bend_that_the_straight_line_cuts_is_no_barrier_when_the_road_stays_on_the_bank(tiny, norms, options):
    """Gulder to Arka's school: the line passes (0, 60); a bend reaches down to y = 20 there, the road runs on y = 0."""
    from conftest import waters

    bend = waters(("river", "Taza", line((-300, 900), (0, 20), (300, 900))))
    row = _row(_access(dataclasses.replace(tiny, waters=bend), norms, options), "G", "1-4")
    assert (row["school_id"], row["between"], row["barrier"], row["crossing"]) == ("SA", False, False, "")


def test_a_lake_that_the_road_goes_round_lies_between(tiny, norms, options):
    from conftest import box, waters

    lake = waters(("lake", "Aina", box(-100, 20, 100, 900)))
    row = _row(_access(dataclasses.replace(tiny, waters=lake), norms, options), "G", "1-4")
    assert (row["between"], row["barrier"], row["crossing"]) == (True, True, "round")


@pytest.mark.parametrize("order", [["a", "b"], ["b", "a"]])
@pytest.mark.parametrize("east", [1000, 3000])
def test_of_two_schools_equally_near_the_first_by_id_is_taken(tiny, norms, options, order, east):
    """Two schools, as far west as east of a village (on the road, then off it), or at one and the same point."""
    for places in ({"a": (-500, 0), "b": (500, 0)}, {"a": (500, 0), "b": (-500, 0)}, {"a": (500, 0), "b": (500, 0)}):
        from conftest import schools

        text = "school_id  name  level  settlement_id\n" + "\n".join(f"{one}  {one}  primary  -" for one in order)
        found = schools(text, places).loc[order]
        home = tiny.settlements.geometry.copy()
        home["A"] = home["A"] if east == 1000 else shapely.Point(0, 0.1)
        region = dataclasses.replace(tiny, schools=found, settlements=tiny.settlements.set_geometry(home))
        assert _row(_access(region, norms, options), "A", "1-4")["school_id"] == "a"


def test_a_village_off_the_network_is_measured_in_a_straight_line_and_says_so(tiny_plan):
    row = _row(tiny_plan, "E", "1-4")
    straight = math.hypot(1000, 3000)
    assert (row["school_id"], row["approx"], row["crossing"], row["barrier"]) == ("SB", True, "none", True)
    assert row["straight_m"] == pytest.approx(straight, abs=0.01)
    assert row["road_m"] == pytest.approx(straight * 1.3, abs=0.02)
    assert _row(tiny_plan, "E", "5-9")["school_id"] == "SA"
    assert _row(tiny_plan, "E", "5-9")["water_id"] == "w1"


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


def test_a_canal_is_no_natural_barrier(tiny, norms, options):
    region = dataclasses.replace(tiny, waters=tiny.waters.assign(kind=["canal", "lake"]))
    assert not _row(_access(region, norms, options), "D", "1-4")["between"]


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
