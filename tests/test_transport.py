"""Buses: a road on paper, two shifts, the longest ride, stops of a long village; and a check that finds every fault."""

from __future__ import annotations

import dataclasses
import io
import json

import numpy as np
import pandas as pd
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import conftest
import worlds
from conftest import SHARED, box, table, tiny_region
from schoolnet import api, networks, schema
from schoolnet.model.access import in_season
from schoolnet.model.balance import WHOLE
from schoolnet.options import Options
from schoolnet.output import bus_sheets, buses, column_notes, costing, explain, open_data, sheets, words
from schoolnet.planning import costs, fleet, prices, rides
from schoolnet.planning.found import Found
from schoolnet.planning.found import planned as made_for

CROSS = [worlds.road("", (x, -200), (x, 0), (x, 200)) for x in (6500, 7500)]


def road(**more):
    """Return a road of 12 km at 55 km/h: a school at 0, villages of 11 pupils (one a grade) at 0, 6 and 12 km."""
    net = [worlds.road("", (0, 0), (6000, 0), (6500, 0), (7500, 0), (12_000, 0), kind="secondary"), *CROSS]
    homes = {"A": (0, 0), "B": (6000, 0), "C": (12_000, 0)}
    return worlds.world(homes, net, schools={"S": ((0, 0), "A")}, children=11, **more)


def shifts(region, count):
    return dataclasses.replace(region, schools=region.schools.assign(shifts=pd.array([count], dtype="Int64")))


def planned(region, **choices):
    return api.plan(region, worlds.options(**choices))


@pytest.fixture(scope="module")
def plan():
    return planned(road())


def test_two_villages_ride_with_one_bus_as_on_paper(plan):
    """12 km at 55 km/h are 13.09 min, with two stops of a minute 15.09: from 07:34 to 07:50; out from 07:21."""
    (route,) = plan.routes.itertuples()
    assert (route.Index, route.bus_id, route.seats, route.pupils, route.stops) == ("S:1-1", "S:1", 24, 22, 2)
    assert (route.leaves, route.pickup, route.arrives) == ("07:21", "07:34", "07:50")
    assert route.loop_m == pytest.approx(24_000, abs=0.1)
    assert route.loop_min == pytest.approx(2 * 12 / 55 * 60 + 2, abs=1e-4)
    assert route.ride_min == pytest.approx(12 / 55 * 60 + 2, abs=1e-4)
    assert route.km_day == pytest.approx(48, abs=1e-3)
    fuel = 48 * 170 * 25 / 100 * 300 / 1e6
    assert route.cost_year_mkzt == pytest.approx(35 / 10 + 1.5 + 3 + fuel, abs=1e-4)
    calls = plan.calls[["call", "stop_id", "pupils", "aboard", "time"]]
    expected = table(
        """
        call  stop_id  pupils  aboard  time
        1     C:1      11      11      07:34
        2     B:1      11      22      07:42
        """
    )
    assert calls.to_numpy().tolist() == expected.to_numpy().tolist()


def test_the_cost_of_a_route_says_where_its_prices_come_from(plan):
    """One price assumed marks the whole; all given, it is given; in the table, the sheet and the card of the map."""
    assert plan.routes["price_basis"].tolist() == ["assumed"]
    said = words.load("en")
    sheet = bus_sheets.frames(plan, said, sheets.places(plan.region, said))["routes"]
    assert sheet["price_basis"].tolist() == ["assumed", None]  # of the route, on the line of its first stop
    own = {name: plan.prices[name] for name in fleet.ENTERING}
    assert fleet.basis(prices.prices(Options(on="2026-09-01", prices=own), room=24)) == "given"
    own.pop("driver_year")
    assert fleet.basis(prices.prices(Options(on="2026-09-01", prices=own), room=24)) == "assumed"


@pytest.mark.slow
def test_why_tells_the_bus_its_time_and_its_share_of_the_cost(plan):
    """C is picked up at 07:34, 15.09 min from S; two thirds of 2 x 35 + 20 (4.5 + 0.612 of fuel) = 172.24 are 114.8."""
    told = explain.explain(plan, "C", lang="en").text
    assert "07:34" in told
    assert "(S:1-1); pupils – 4" in told
    assert "Share of the cost of the routes: ≈ 115 mln tenge" in told
    assert "07:34" not in explain.explain(plan, "B", lang="en").text


def test_every_pupil_owed_a_bus_has_his_ride(plan):
    found = plan.rides[["settlement_id", "band", "wave", "pupils", "mode", "stop_id", "route_id", "pickup"]]
    expected = table(
        """
        settlement_id  band   wave  pupils  mode  stop_id  route_id  pickup
        B              1-4    1     4       bus   B:1      S:1-1     07:42
        B              5-9    1     5       bus   B:1      S:1-1     07:42
        B              10-11  1     2       bus   B:1      S:1-1     07:42
        C              1-4    1     4       bus   C:1      S:1-1     07:34
        C              5-9    1     5       bus   C:1      S:1-1     07:34
        C              10-11  1     2       bus   C:1      S:1-1     07:34
        """
    )
    assert found.to_numpy().tolist() == expected.to_numpy().tolist()
    assert plan.rides.loc[3, "ride_min"] == pytest.approx(15.0909, abs=1e-3)
    assert plan.carried.loc[WHOLE].to_dict() == {
        "settlements": 2, "entitled": 22, "bus": 22, "board": 0, "unserved": 0, "over_advised": 0, "unknown": 0,
    }  # fmt: skip
    assert plan.summary["pupils_entitled_dry"] == 22
    assert (plan.summary["pupils_bused"], plan.summary["buses"], plan.summary["bus_km_day"]) == (22, 1, 48.0)


@pytest.mark.slow
def test_a_bus_is_counted_where_its_school_stands_and_the_sheet_says_so():
    """A, where the school is, is the town of a district of its own: nobody there is owed a bus, and it has the bus."""
    region = road()
    homes = region.settlements.assign(district_id=["east", "west", "west"])
    plan = planned(dataclasses.replace(region, settlements=homes))
    assert plan.carried["entitled"].to_dict() == {"east": 0, "west": 22, WHOLE: 22}
    assert plan.fleet[["district_id", "buses"]].to_numpy().tolist() == [["east", 1], [WHOLE, 1]]
    told = {
        "kk": ("Мектеп ауданы", "көрші"),
        "ru": ("Район школы", "соседнего района"),
        "en": ("District of the school", "beside it"),
    }
    for lang, (heading, sentence) in told.items():
        said = words.load(lang)
        frame = bus_sheets.frames(plan, said, sheets.places(plan.region, said))["fleet"]
        assert said.text(f"column.{frame.columns[0]}") == heading
        assert frame[frame.columns[0]].tolist()[0] == sheets.places(plan.region, said)["east"]
        assert sentence in column_notes.meaning("fleet", frame.columns[0], said)
        assert sentence in said.text("heading.fleet")


@pytest.mark.slow
def test_where_rides_may_be_longer_there_may_be_fewer_buses_and_the_sheet_says_so():
    """C straight to school is 14.09 min with its stop, and 15.09 by B: two buses up to 15 min, one from 15.1 on."""
    assert [planned(road(), ride_max_min=limit).summary["buses"] for limit in (15.0, 15.1)] == [2, 1]
    told = {"kk": "олар азаюы мүмкін", "ru": "их может стать меньше", "en": "there may be fewer"}
    for lang, sentence in told.items():
        assert sentence in column_notes.meaning("fleet", "buses", words.load(lang))


@pytest.mark.slow
def test_the_second_shift_rides_with_the_bus_of_the_first():
    """Of 11 a village, grades 2-4 and 6-8 are of the second shift: 12 and 10 pupils, one bus of 16 for both."""
    plan = planned(shifts(road(), 2))
    found = plan.routes[["wave", "bus_id", "seats", "pupils", "arrives"]]
    assert found.to_numpy().tolist() == [[1, "S:1", 16, 10, "07:50"], [2, "S:1", 16, 12, "13:50"]]
    fuel = 48 * 170 * 16 / 100 * 300 / 1e6
    assert plan.routes["cost_year_mkzt"].tolist() == pytest.approx([(2.5 + 4.5) / 2 + fuel] * 2, abs=1e-4)
    assert plan.fleet[["district_id", "seats", "buses"]].to_numpy().tolist() == [["east", 16, 1], [WHOLE, 16, 1]]
    by_wave = plan.rides.groupby(["band", "wave"])["pupils"].sum().to_dict()
    assert by_wave == {("1-4", 1): 2, ("1-4", 2): 6, ("5-9", 1): 4, ("5-9", 2): 6, ("10-11", 1): 4}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choices", "modes", "why", "routes"),
    [
        ({"ride_max_min": 15.1}, {"bus"}, "", 1),
        ({"ride_max_min": 15}, {"bus"}, "", 2),  # 14.09 alone, 15.09 by way of B
        ({"ride_max_min": 14}, {"board"}, "too_long", 1),
        ({"pickup_earliest": "07:36"}, {"board"}, "too_early", 1),  # 14 minutes before 07:50
        ({"pickup_earliest": "07:36", "arrive_min": 5}, {"bus"}, "", 1),
        ({"ride_max_min": None}, {"bus"}, "", 1),
    ],
)  # fmt: skip
def test_no_ride_is_longer_or_earlier_than_may_be(choices, modes, why, routes):
    plan = planned(road(), **choices)
    far = plan.rides[plan.rides["settlement_id"] == "C"]
    assert (set(far["mode"]), set(far["why"]), len(plan.routes)) == (modes, {why}, routes)
    assert plan.carried.loc[WHOLE, "board"] == (11 if why else 0)


@pytest.mark.slow
def test_the_clock_of_the_morning_does_not_bind_the_second_shift():
    plan = planned(shifts(road(), 2), pickup_earliest="07:36")
    far = plan.rides[plan.rides["settlement_id"] == "C"].groupby("wave")["why"].agg(set).to_dict()
    assert far == {1: {"too_early"}, 2: {""}}


@pytest.mark.slow
def test_rides_over_the_advised_minutes_are_counted_apart():
    plan = planned(road(), ride_advised_min=15)
    assert plan.rides.loc[plan.rides["over_advised"], "settlement_id"].unique().tolist() == ["C"]
    assert plan.carried.loc[WHOLE, "over_advised"] == 11


def test_the_routes_cost_what_the_verdicts_compare(plan):
    """C is twice as far as B: of 22 pupils' route it has two thirds, grades 1-4 of it 4 of 11."""
    shares = fleet.shares(plan.rides, plan.routes, plan.prices)
    whole = 2 * 35 + 20 * (4.5 + 48 * 170 * 25 / 100 * 300 / 1e6)
    assert shares["C", "1-4"] == pytest.approx(whole * 2 / 3 * 4 / 11, rel=1e-5)
    assert shares.sum() == pytest.approx(fleet.costs(plan.routes, plan.prices, period=True).sum())
    verdict = plan.verdicts.loc["C"]
    assert (verdict["verdict"], verdict["runner_up"]) == ("build", "bus")
    assert verdict["runner_up_mkzt"] == pytest.approx(whole * 2 / 3 * 4 / 11, rel=1e-5)


def two_schools(first, second, at):
    """Return a road as above with schools of two levels at 0 and further on; nobody lives but at B, 6 km, and at 0."""
    net = [worlds.road("", (0, 0), (4500, 0), (6000, 0), (70_000, 0), kind="secondary")]
    homes = {"A": (0, 0), "P": (at, 0), "B": (6000, 0)}
    region = worlds.world(homes, net, schools={"S": ((0, 0), "A"), "T": ((at, 0), "P")}, children=4)
    people = region.settlements.copy()
    people.loc["P", ["children", "population"]] = 0
    levels = region.schools.assign(level=pd.array([first, second], dtype="str"))
    return dataclasses.replace(region, settlements=people, schools=levels)


#: The four or fewer pupils of B ride 6 km in a bus of 16 seats: bought twice in 20 years, 24 km a school day.
ROUTE = 2 * 25 + 20 * (4.5 + 24 * 170 * 16 / 100 * 300 / 1e6)


@pytest.mark.slow
@pytest.mark.usefixtures("tried_once")
def test_a_band_that_walks_costs_no_bus():
    """Grades 1-4 of B are 1.5 km from P: only its pupils of 5-11 are owed a bus, or a boarding place at 12 + 20."""
    plan = planned(two_schools("secondary", "primary", 4500))
    verdict = plan.verdicts.loc["B"]
    owed = plan.demand.loc["B", ["children_5_9", "children_10_11"]].sum()
    assert 0 < owed == plan.rides["pupils"].sum() < 4
    assert verdict[["verdict", "runner_up"]].tolist() == ["bus", "board"]
    assert verdict[["cost_mkzt", "runner_up_mkzt"]].tolist() == pytest.approx([ROUTE, owed * 32], rel=1e-5)
    for lang in words.LANGS:  # boarding is cheaper, and is told why it is not chosen
        assert words.load(lang).text("next_best_order") in explain.explain(plan, "B", lang=lang).text
    dear = planned(two_schools("secondary", "primary", 4500), prices={"board_year": 50.0})
    assert costing.keys(costing.compared(dear.verdicts.loc["B"], [], dear.prices)) == ["next_best"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("longest", "more"),
    [
        (70, 32),  # one boarding place
        (71, 2 * 25 + 20 * (4.5 + 64 * 4 * 170 * 16 / 100 * 300 / 1e6)),  # 64 km at 55 km/h and a stop: 70.8 min
    ],
)
def test_a_band_of_the_horizon_too_far_for_a_bus_costs_a_boarding_place(longest, more):
    """B has pupils of grades 1-9 on the bus to A, and by the horizon one of 10-11, 64 km from P."""
    plan = planned(two_schools("basic", "secondary", 70_000), ride_max_min=longest)
    found = found_of(plan)
    then = found.planned.copy()
    then.loc["B", "10-11"] = 1
    near = pd.DataFrame({"settlement_id": [], "to_id": [], "road_m": []})
    judged = costs.decided(
        dataclasses.replace(found, planned=then), plan.verdicts, plan.sites, near, plan.outlook,
        bused=fleet.shares(plan.rides, plan.routes, plan.prices), beyond=set(),
    )  # fmt: skip
    assert judged.loc["B", "cost_mkzt"] == pytest.approx(ROUTE + more, rel=1e-5)


@pytest.mark.slow
def test_a_long_village_has_two_stops_and_its_pupils_are_shared():
    """Two kilometres of houses, junctions at 6.5 and 7.5 km: 500 m from either to all; 4, 5, 2 pupils in halves."""
    plan = planned(road(built_up={"B": box(6000, -50, 8000, 50)}))
    stops = plan.stops[plan.stops["settlement_id"] == "B"]
    metres = sorted(point.x * 111_319.4908 for point in stops.geometry)
    assert metres == pytest.approx([6500, 7500], abs=0.1)
    by_band = plan.rides[plan.rides["settlement_id"] == "B"].groupby("band")["pupils"].agg(list).to_dict()
    assert {band: sorted(some) for band, some in by_band.items()} == {"1-4": [2, 2], "5-9": [2, 3], "10-11": [1, 1]}
    assert planned(road(built_up={"B": box(6000, -50, 8000, 50)}), stop_reach_m=2100).stops.index.tolist() == [
        "B:1", "C:1",
    ]  # fmt: skip


@pytest.mark.slow
def test_whom_nobody_can_bring_is_named():
    """No road at D: a boarding place; nobody knows how many live at E; no school of the grades: not served."""
    region = road()
    net = [worlds.road("", (0, 0), (12_000, 0), kind="secondary")]
    homes = {"A": (0, 0), "B": (6000, 0), "D": (6000, 9000), "E": (9000, 0)}
    region = worlds.world(homes, net, schools={"S": ((0, 0), "A")}, children=11)
    lost = region.settlements.copy()
    lost.loc["E", ["children", "population"]] = pd.NA
    lost.loc["E", "population_basis"] = "unknown"
    plan = planned(dataclasses.replace(region, settlements=lost))
    why = plan.rides.groupby("settlement_id")[["mode", "why"]].first().to_numpy().tolist()
    assert why == [["bus", ""], ["board", "no_road"], ["unserved", "unknown"]]
    assert plan.carried.loc[WHOLE, ["entitled", "bus", "board", "unknown"]].tolist() == [22, 11, 11, 1]
    primary = dataclasses.replace(region, schools=region.schools.assign(level="primary"))
    plan = planned(primary)
    none = plan.rides[plan.rides["why"] == "no_school"]
    assert set(none["mode"]) == {"unserved"}
    assert plan.carried.loc[WHOLE, "unserved"] == none["pupils"].sum() == 4 * 7  # grades 5-11 of all four


@pytest.mark.slow
def test_nobody_owed_transport_is_no_bus():
    region = worlds.world({"A": (0, 0)}, [worlds.road("", (0, 0), (900, 0))], schools={"S": ((0, 0), "A")})
    plan = planned(region)
    assert (len(plan.rides), len(plan.routes), len(plan.stops), len(plan.calls), len(plan.fleet)) == (0, 0, 0, 0, 0)
    assert plan.carried.loc[WHOLE].sum() == 0
    assert bus_sheets.frames(plan, words.load("kk"), {}) == {}


def spoilt(frame, row, **cells):
    out = frame.copy()
    for name, value in cells.items():
        out.loc[out.index[row], name] = value
    return out


@pytest.mark.parametrize(
    ("name", "row", "cells", "said"),
    [
        ("rides", 0, {"pupils": 3}, "pupils of"),
        ("rides", 0, {"why": "no_bus"}, "a bus and a reason"),
        ("rides", 0, {"ride_min": 9.0}, "not that of its call"),
        ("rides", 3, {"ride_min": 90.0}, "too long"),
        ("routes", 0, {"seats": 16}, "more pupils than seats"),
        ("routes", 0, {"loop_m": 23_000.0, "km_day": 46.0}, "metres of the loop"),
        ("routes", 0, {"km_day": 48.1}, "metres of the loop"),
        ("routes", 0, {"loop_min": 27.0}, "minutes of the loop"),
        ("routes", 0, {"leaves": "07:22"}, "the clock"),
        ("routes", 0, {"cost_year_mkzt": 8.6}, "cost"),
        ("calls", 1, {"time": "07:43"}, "the clock"),
        ("calls", 1, {"ride_min": 7.0}, "minutes of the rides"),
        ("calls", 1, {"aboard": 21}, "aboard"),
        ("calls", 0, {"pupils": 10, "aboard": 10}, "not those who ride"),
        ("calls", 0, {"call": 2}, "order of calls"),
        ("rides", 0, {"wave": 2}, "second shift of B"),
        ("fleet", 0, {"buses": 2}, "the fleet"),
        ("fleet", 1, {"km_day": 49.0}, "the fleet"),
        ("carried", -1, {"board": 1}, "board of the district"),
        ("carried", 0, {"entitled": 23}, "carried and entitled"),
    ],
)
def test_the_check_finds_what_does_not_add_up(plan, name, row, cells, said):
    tables = {one: getattr(plan, one) for one in ("rides", "routes", "calls", "fleet", "carried")}
    assert_checked(plan, tables)
    with pytest.raises(AssertionError, match=said):
        assert_checked(plan, tables | {name: spoilt(tables[name], row, **cells)})


@pytest.mark.slow
def test_the_check_finds_a_school_that_is_not_the_nearest():
    """Of schools at 0 and 12 km D, at 4 km, rides to the first; B, at 6 km, may ride to either."""
    net = [worlds.road("", (0, 0), (6000, 0), (12_000, 0), kind="secondary")]
    homes = {"A": (0, 0), "B": (6000, 0), "C": (12_000, 0), "D": (4000, 0)}
    both = planned(worlds.world(homes, net, schools={"S": ((0, 0), "A"), "T": ((12_000, 0), "C")}, children=11))
    found = found_of(both)
    assert [*rides._nearest(found, both.rides)] == []
    away = both.rides.assign(school_id="T")
    assert [*rides._nearest(found, away)] == [f"D, {band}: a nearer school" for band in ("1-4", "10-11", "5-9")]


def found_of(plan):
    season = plan.options.season
    return Found(
        region=plan.region, norms=plan.norms, options=plan.options, prices=plan.prices, roads=plan.roads,
        demand=plan.demand, access=in_season(plan.access, season), transport=in_season(plan.transport, season),
        findings=plan.findings, schools=plan.school_findings, town_cells=plan.town_cells,
        planned=made_for(plan.demand, plan.forecast.settlements, plan.options),
    )  # fmt: skip


def assert_checked(plan, tables):
    homes = plan.roads.nodes("settlement")
    node = plan.stops["settlement_id"].map(homes)
    found, sums = found_of(plan), {name: tables[name] for name in ("fleet", "carried")}
    rides.check(found, tables["rides"], tables["routes"], tables["calls"], node, **sums)


@pytest.mark.slow
@conftest.deep(8)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 300)), min_size=6, max_size=6),
    st.integers(1, 3),
    st.sampled_from([10.0, 16.0, 60.0, None]),
    st.sampled_from(["dry", "flood"]),
)
def test_whatever_the_children_everybody_is_in_one_place(children, count, longest, season):
    tiny = tiny_region()
    homes = tiny.settlements.assign(
        children=pd.array(children, dtype="Int64"),
        population=pd.array([pd.NA] * 6, dtype="Int64"),
        population_basis="unknown",
    )
    schools = tiny.schools.assign(shifts=pd.array([count] * 3, dtype="Int64"))
    options = Options(on="2026-09-01", ride_max_min=longest, season=season)
    plan = api.plan(dataclasses.replace(tiny, settlements=homes, schools=schools), options)
    for name in ("stops", "rides", "routes", "calls", "fleet", "carried"):
        schema.check(getattr(plan, name), getattr(networks, name.upper()))
    whole = plan.carried.loc[WHOLE]
    assert whole["entitled"] == whole["bus"] + whole["board"] + whole["unserved"]
    assert whole["entitled"] == plan.summary[f"pupils_entitled_{season}"]
    assert (plan.carried.drop(WHOLE).sum() == whole).all()
    both = plan.fleet["district_id"] == WHOLE
    for column, total in (("km_day", plan.routes["km_day"]), ("cost_year_mkzt", plan.routes["cost_year_mkzt"])):
        assert plan.fleet.loc[both, column].sum() == pytest.approx(total.sum())
        assert plan.fleet.loc[~both, column].sum() == pytest.approx(total.sum())
    assert plan.fleet.loc[both, "buses"].sum() == plan.routes["bus_id"].nunique()
    shares = fleet.shares(plan.rides, plan.routes, plan.prices)
    assert shares.sum() == pytest.approx(fleet.costs(plan.routes, plan.prices, period=True).sum())
    long = plan.verdicts["reason"] == "board_ride_long"
    assert set(plan.verdicts.index[long]) <= set(plan.rides.loc[plan.rides["why"] == "too_long", "settlement_id"])


def test_the_sheets_add_up_and_say_names(plan):
    said = words.load("en")
    found = bus_sheets.frames(plan, said, sheets.places(plan.region, said))
    assert found["routes"]["km_day"].sum() == pytest.approx(48, abs=1e-3)
    assert found["routes"][["stop_id", "pupils", "school_id"]].to_numpy().tolist() == [
        ["C", 11, "S (A)"], ["B", 11, "S (A)"],
    ]  # fmt: skip
    for frame in found.values():
        assert [column for column in frame if f"column.{column}" not in said.texts] == []


def test_open_data_are_children_carried_by_district_of_the_school_year(plan):
    found = open_data.carried(plan)
    assert [one.split(" / ")[-1] for one in found][-2:] == [
        "Учебный год",
        "Дети, для которых организован подвоз в школу",
    ]
    assert found.iloc[:, -2:].to_numpy().tolist() == [["2026/2027", 22]]


def test_the_text_says_how_full_the_buses_are(plan):
    """One route of 22 pupils (11 at each of two stops) in the least bus of those sizes that holds them."""
    (seats,) = plan.routes["seats"]
    console = Console(width=200, file=io.StringIO())
    for line in buses.report(plan, "en"):
        console.print(line)
    said = words.load("en")
    load = said.percent(22 / seats)
    text = console.file.getvalue()
    assert f"Seats of the buses on their routes: {seats}; pupils carried: 22; load: {load}." in text
    assert text.count(load) == 3  # the line, the district, the region


def test_files_are_written_all_and_the_same_again(plan, tmp_path):
    first, again = (buses.write(plan, tmp_path / name, lang="ru") for name in ("a", "b"))
    assert {one.name for one in first.iterdir()} == set(buses.FILES)
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in buses.FILES)
    routes = pd.read_csv(first / "routes.csv")
    assert routes["km_day"].tolist() == pytest.approx([48], abs=1e-3)


def test_the_workbook_holds_prices_options_and_what_must_be_said(plan, tmp_path):
    buses.write(plan, tmp_path, lang="en")
    book = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "buses.xlsx"))
    assert {"Caveats", "Prices", "Rules of the calculation"} <= set(book.sheet_names)
    told = [row[0] for row in book.get_sheet_by_name("Caveats").to_python()[3:]]
    assert told[1:] == [words.load("en").text(f"caveat.{one}") for one in (*plan.region.caveats, "assumed_prices")]
    assert "01.09.2026" in told[0]
    record = json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8"))
    assert record["prices"]["bus"]["value"] == plan.prices["bus"]


@pytest.mark.slow
def test_north_kazakhstan_is_carried_whole_and_the_same_again():
    kz = SHARED / "kz"
    if not kz.exists():
        pytest.skip("the modelled data of the country are not here")
    region = api.read(kz / "north-kazakhstan-modelled.osm.pbf", schools=kz / "north-kazakhstan-schools-modelled.csv")
    plan = api.plan(region, Options(on="2026-09-01"))
    again = api.plan(region, Options(on="2026-09-01"))
    whole = plan.carried.loc[WHOLE]
    assert whole["entitled"] == plan.summary["pupils_entitled_dry"] == whole[["bus", "board", "unserved"]].sum()
    assert (plan.routes["pupils"] <= plan.routes["seats"]).all()
    pd.testing.assert_frame_equal(plan.rides, again.rides)
    assert np.isfinite(plan.routes["cost_year_mkzt"]).all()


@pytest.mark.slow
def test_the_command_reports_the_example_and_leaves_its_files(tmp_path):
    from typer.testing import CliRunner

    import schoolnet
    from schoolnet.cli import app

    layers, register = schoolnet.example()
    done = CliRunner().invoke(
        app, ["buses", str(layers), "--schools", str(register), "--out", str(tmp_path), "--lang", "en"]
    )
    assert done.exit_code == 0, done.output
    assert {one.name for one in tmp_path.iterdir()} == set(buses.FILES)
    carried = pd.read_csv(tmp_path / "carried.csv").set_index("district_id")
    published = pd.read_csv(tmp_path / open_data.CARRIED)
    assert published.iloc[:, -1].sum() == carried.loc[WHOLE, "bus"] > 0
    assert f"Pupils brought by bus: {carried.loc[WHOLE, 'bus']}" in done.output
    assert "advisory only" in done.output
