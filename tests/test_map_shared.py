"""What the map holds besides villages: ways, routes, okrugs, places, years, plots - beside the tables of the plan."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from pyproj import Geod

from schoolnet.model.access import in_season
from schoolnet.options import Options
from schoolnet.output import map_paths, map_shared

OPTIONS = Options(on=dt.date(2026, 10, 15))


@pytest.fixture(scope="module")
def plan(example_on):
    return example_on(str(OPTIONS.on))


@pytest.fixture(scope="module")
def held(plan):
    return map_shared.shared(plan)


def places(coded):
    return np.cumsum(np.reshape(coded, (-1, 2)), axis=0)[:, ::-1] / 10_000


def test_a_way_is_as_long_as_the_plan_says_and_joins_its_two_ends(plan):
    found = map_paths.paths(plan)
    now = in_season(plan.access, "dry")
    rows = now[~now["here"] & ~now["approx"] & now["school_id"].notna()]
    assert len(rows) > 50
    for row in rows.itertuples():
        line = places(found[row.settlement_id][row.school_id])
        metres = Geod(ellps="WGS84").line_length(line[:, 0], line[:, 1])
        assert metres == pytest.approx(row.road_m, rel=0.06, abs=60)  # drawn to 30 m, and kept to 10 m
        for at, layer, key in (
            (0, plan.region.settlements, row.settlement_id),
            (-1, plan.region.schools, row.school_id),
        ):
            point = layer.geometry[key]
            assert line[at] == pytest.approx([point.x, point.y], abs=1e-4)


def test_every_route_has_its_calls_in_order_and_its_line(plan, held):
    assert [one["id"] for one in held["routes"]] == [*plan.routes.index]
    for one in held["routes"]:
        calls = plan.calls[plan.calls["route_id"] == one["id"]].sort_values("call")
        assert [call["s"] for call in one["calls"]] == [*calls["settlement_id"]]
        assert sum(call["pupils"] for call in one["calls"]) == one["pupils"]
        line = places(one["line"])
        assert line[0] == pytest.approx(line[-1], abs=1e-4)  # a loop
        assert one["over"] == (plan.routes.loc[one["id"], "ride_min"] > OPTIONS.ride_advised_min)


def test_every_okrug_has_all_its_members(plan, held):
    assert [one["id"] for one in held["okrugs"]] == [*plan.okrugs.index]
    for one in held["okrugs"]:
        members = plan.okrug_members[plan.okrug_members["okrug_id"] == one["id"]]
        assert {row["s"]: row["role"] for row in one["members"]} == members["role"].to_dict()
        assert sum(row["role"] == "satellite" for row in one["members"]) == one["satellites"]
        far = {row["s"]: row["minutes"] for row in one["members"] if row["role"] == "attached" and "minutes" in row}
        rode = members[members["role"] == "attached"]
        assert far == pytest.approx(rode["minutes"].dropna().to_dict(), abs=0.01)
        near = {row["s"]: row["school_min"] for row in one["members"] if "school_min" in row}
        assert near == pytest.approx(rode["school_min"].dropna().to_dict(), abs=0.01)
        assert one["visitors"] == plan.okrugs.loc[one["id"], "visitors"]
        below = {row["s"] for row in one["members"] if row.get("below")}
        assert below == set(members.index[members["below_guarantee"]])


def test_the_first_places_of_each_profile_are_held(plan, held):
    first = plan.candidates[plan.candidates["rank"] <= 5]
    assert {one["id"] for one in held["places"]} == set(first.index)
    assert [one.get("opened", False) for one in held["places"]] == [*first["opened"]]


def test_a_village_knows_its_rides_and_its_part_in_an_okrug(plan):
    found = map_shared.of_settlements(plan)
    assert {key for key, one in found.items() if "rides" in one} == set(plan.rides["settlement_id"])
    for key, one in found.items():
        assert one.get("okrug", {}).get("role") == plan.okrug_members["role"].get(key)
        mine = plan.rides[plan.rides["settlement_id"] == key]
        assert [ride.get("route") for ride in one.get("rides", [])] == [
            route if isinstance(route, str) else None for route in mine["route_id"]
        ]


def test_the_years_are_those_of_the_programme(plan):
    made = map_shared.years(plan)
    assert set(made) == set(plan.sites.index)
    assert min(made.values()) == OPTIONS.first_year


def test_the_plots_stand_in_every_language_and_load_nothing(plan):
    found = map_shared.plots(plan)
    assert {lang: len(some) for lang, some in found.items()} == {"kk": 4, "ru": 4, "en": 4}
    for some in found.values():
        for svg in some:
            root = ET.fromstring(svg)
            assert root.tag.endswith("svg")
            assert "href" not in svg
    assert len({svg for some in found.values() for svg in some}) == 12


def test_all_of_it_is_json(plan, held):
    json.dumps([held, map_shared.whatif(plan), map_paths.paths(plan), map_shared.of_settlements(plan)], allow_nan=False)
