"""Schools over the border: nearest for a child, never subjects of findings; who they are, and what they are called.

A(0, 0) school S ---------- V(5000, 0) ----|---- N(7000, 0)
border x = 6000
"""

from __future__ import annotations

import dataclasses
import json
import random

import pandas as pd
import pytest
import shapely
from hypothesis import given

import browsing
import conftest
import drawn
import pbf
import worlds
from conftest import box, line, lonlat, point
from judge import Judge
from schoolnet import api, schema, tables
from schoolnet.commands import console
from schoolnet.errors import TableError
from schoolnet.model import access, audit
from schoolnet.model.access import in_season
from schoolnet.model.balance import PLACES, WHOLE
from schoolnet.output import border as called
from schoolnet.output import layers, map_shared, maps, register, sheets, words
from schoolnet.planning import flips, rides, whatif
from schoolnet.sources import border, folder, osm, territory
from schoolnet.sources import register as registers
from test_judge import _check_waters, _check_ways

WITHOUT = {"border_schools": "no"}
AROUND = {"region_id": "r2", "name_kk": "Көрші", "name_ru": "Соседняя", "name_en": "Next"}


def beyond(region, places, *, edge=6000, **cells):
    """Return a region that ends at x = `edge`, with secondary schools of the region next to it at places."""
    rows = [{"school_id": key, "name": key, "level": "secondary", "region_id": "r2", **cells} for key in places]
    return dataclasses.replace(
        region,
        boundary=shapely.MultiPolygon([box(-15000, -10000, edge, 10000)]),
        adjoining=schema.geoframe([AROUND], tables.ADJOINING, [shapely.MultiPolygon([box(edge, -9e3, 2e4, 9e3)])]),
        neighbours=schema.geoframe(rows, tables.NEIGHBOURS, [point(*at) for at in places.values()]),
    )


def near(places=None, *, net=None, water=(), homes=None, children=11, **cells):
    """Return the world of this module's docstring, 11 children in each village."""
    places = places or {"N": (7000, 0)}
    end = max(x for x, _ in places.values())
    net = net or [worlds.road("", (0, 0), (5000, 0), (end, 0), kind="secondary")]
    region = worlds.world(
        homes or {"A": (0, 0), "V": (5000, 0)}, net, water, schools={"S": ((0, 0), "A")}, children=children
    )
    return beyond(region, places, **cells)


def planned(region, **choices):
    return api.plan(region, worlds.options(**choices, rank_draws=0, profile_draws=0))


@pytest.fixture(scope="module")
def close():
    return planned(near())


@pytest.fixture(scope="module")
def without():
    return planned(near(), **WITHOUT)


@pytest.fixture(scope="module")
def far():
    """Return the plan of a village 4.5 km from a school over the border, and 5 km from its own."""
    return planned(near({"N": (9500, 0)}))


# --- what the law asks ---


def test_a_school_over_the_border_that_is_nearer_ends_the_right_to_a_bus(close, without):
    """2,000 m are not more than 3,000 m, 5,000 m are: 11 pupils of V."""
    for plan, school, metres, owed in ((close, "N", 2000, 0), (without, "S", 5000, 11)):
        row = worlds.way(plan.access, "V")
        assert (row["school_id"], row["bus_school_id"]) == (school, school)
        assert row["road_m"] == pytest.approx(metres, abs=0.01)
        assert not row["here"]
        assert plan.findings.loc["V", "pupils_entitled_or"] == owed
        assert plan.findings.loc["V", "existing"] == "none"  # nothing is taught in V by a school elsewhere
        assert plan.routes["pupils"].sum() == owed
    assert (close.summary["over_border"], without.summary["over_border"]) == (1, 0)


def test_the_command_line_counts_them_where_there_are_any(close, without, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["schoolnet", "plan", "--lang", "ru"])
    told = []
    for plan in (close, without):
        console.report(plan, tmp_path)
        told.append(capsys.readouterr().out)
    text = words.load("ru").text("summary.over_border")
    assert f"  {text}: 1\n" in told[0]
    assert text not in told[1]


@pytest.mark.slow
def test_a_river_on_the_way_over_the_border_is_a_barrier():
    """The road fords the river at 6,500 m: near as the school is, 11 pupils are owed a bus."""
    net = [
        worlds.road("", (0, 0), (5000, 0), (6400, 0)),
        worlds.road("ford", (6400, 0), (6600, 0)),
        worlds.road("", (6600, 0), (7000, 0)),
    ]
    river = [("river", "Taza", line((6500, -9000), (6500, 9000)))]
    plan = planned(near(net=net, water=river))
    row = worlds.way(plan.access, "V")
    assert (row["school_id"], row["crossing"], row["barrier"]) == ("N", "ford", True)
    assert plan.findings.loc["V", "pupils_entitled_or"] == 11
    flood = worlds.way(plan.access, "V", season="flood")
    assert flood["school_id"] == "S"  # the ford is closed


@pytest.mark.parametrize(
    ("cells", "choices", "school"),
    [
        ({"level": None}, {"unknown_level": "secondary"}, "N"),
        ({"level": None}, {"unknown_level": "primary"}, "S"),
        ({"level": "basic"}, {}, "S"),
        ({"kind": "evening"}, {}, "S"),
        ({"ownership": "private"}, {}, "S"),
        ({"ownership": "private"}, {"private_schools": "yes"}, "N"),
    ],
)
def test_level_kind_and_owner_count_over_the_border_as_inside(cells, choices, school):
    found = worlds.access(near(**cells), **choices).ways
    assert worlds.way(found, "V", band="10-11")["school_id"] == school


@pytest.mark.slow
def test_nothing_is_found_in_a_school_over_the_border(without):
    """N is in emergency condition, of three shifts, short of 800 places, and has no village of the region."""
    bad = {"condition": "emergency", "shifts": 3, "seats": 100, "enrolment": 1000, "seat_basis": "one_shift"}
    plans = [planned(near(**bad)), without]
    for plan in plans:
        assert [*plan.school_findings.index] == ["S"]
        assert not plan.sites["school_id"].eq("N").any()
        assert (plan.summary["schools"], plan.summary["emergency"], plan.summary["three_shift"]) == (1, None, None)
        assert plan.district_findings.loc[WHOLE, "schools"] == 1
        for frame in (plan.okrugs, plan.candidates):
            assert not frame["school_id"].eq("N").any()
        assert not plan.reassigned.isin(["N"]).any(axis=None)
    pd.testing.assert_frame_equal(plans[0].school_findings, plans[1].school_findings)


def test_the_balance_holds_with_children_taught_over_the_border(close, far):
    """22 children: 11 of A here, 11 of V elsewhere (2 km), or entitled to a bus (4.5 km)."""
    for plan, place in ((close, "elsewhere"), (far, "entitled")):
        for row in (plan.district_findings.loc["east"], plan.district_findings.loc[WHOLE]):
            assert row[[*PLACES]].to_dict() == dict.fromkeys(PLACES, 0) | {"taught_here": 11, place: 11}
            assert row["children"] == 22


def test_what_if_counts_as_the_plan_does(close):
    found = whatif.rows(close.access, close.transport, close.reach, close.options)
    owed = [
        whatif.counts(found, close.sites, close.findings, [], close.options, limit_m=limit).bused
        for limit in (3000, 1999, 2001)
    ]
    assert owed == [0, 11, 0]


# --- buses ---


def test_a_bus_brings_pupils_over_the_border_and_is_of_their_district(far):
    """The check of the buses was passed: a loop of 9 km with one stop, 11 pupils in 16 seats."""
    (route,) = far.routes.itertuples()
    assert (route.school_id, route.district_id, route.pupils, route.seats) == ("N", "east", 11, 16)
    assert route.loop_m == pytest.approx(9000, abs=0.1)
    assert far.fleet.set_index("district_id").loc["east", "buses"] == 1
    assert set(far.rides["school_id"]) == {"N"}


@pytest.mark.slow
def test_grades_of_a_second_shift_over_the_border_ride_in_a_second_wave():
    """Nobody rides before 07:45: too late for the first shift, but all grades of N are taught in the second.

    4.5 km at 55 km/h and a minute at the stop are 6 minutes, from 07:45 to 07:50 are 5. V alone is told the same.
    """
    grades = tuple(range(1, 12))
    region = near({"N": (9500, 0)}, shifts=2, children=4)
    plan = planned(region, second_shift_grades=grades, pickup_earliest="07:45")
    assert set(zip(plan.rides["wave"], plan.rides["mode"], strict=True)) == {(2, "bus")}
    assert plan.verdicts.loc["V", "verdict"] == "bus"
    assert flips.outcome(plan, flips.case_of(plan, "V")) == flips.Outcome("bus", "", 4)
    early = planned(near({"N": (9500, 0)}, shifts=1, children=4), pickup_earliest="07:45")
    assert early.verdicts.loc["V", "reason"] == "board_ride_long"


@pytest.mark.slow
def test_the_check_of_the_buses_finds_a_ride_that_passes_a_nearer_school_over_the_border(far):
    known = planned(near({"N": (9500, 0)}), **WITHOUT)  # V rides 5 km to S
    assert [*rides._nearest(far, known.rides)] == [f"V, {band}: a nearer school" for band in sorted(tables.BANDS)]
    assert [*rides._nearest(far, far.rides)] == []


@pytest.mark.slow
def test_buses_of_one_school_over_the_border_stay_in_the_district_of_most_pupils():
    """West (W, 11 pupils) lies at 4,500 m from N, V and U of East (22) at 4,000 and 3,500 m."""
    homes = {"A": (-9000, 0), "W": (5000, 0), "V": (5500, 0), "U": (6000, 0)}
    region = near({"N": (9500, 0)}, homes=homes, net=[worlds.road("", (-9000, 0), (9500, 0), kind="secondary")])
    west = region.settlements.assign(district_id=pd.array(["east", "west", "east", "east"], dtype="str"))
    plan = planned(dataclasses.replace(region, settlements=west))
    assert set(plan.routes["school_id"]) == {"N"}
    assert set(plan.routes["district_id"]) == {"east"}
    assert plan.carried.loc["west", "bus"] == 11  # pupils are counted where they live


# --- invariants ---


def split(seed):
    """Return a random world of which about half the schools are the neighbour's."""
    region, luck = drawn.draw(seed), random.Random(seed + 7)  # noqa: S311 - a drawing, no secret
    own = pd.Series([luck.random() < 0.5 for _ in region.schools.index], region.schools.index)
    out = region.schools[~own].assign(region_id=None).astype({"region_id": "str"})
    return dataclasses.replace(region, schools=region.schools[own], neighbours=out.drop(columns="settlement_id"))


@drawn.worlds(3)
@given(drawn.SEEDS)
def test_nobodys_way_by_road_is_longer_and_findings_of_schools_stay(seed):
    _shorter(seed)


def _shorter(seed):
    region = split(seed)
    plain = worlds.options(**drawn.choices(seed))
    found = {}
    for choice in ("yes", "no"):
        options = plain.model_copy(update={"border_schools": choice})
        roads = worlds.road_model.build(region, options)
        found[choice] = access.access(region, roads, worlds.Ground(region, roads, worlds.norms(), options), options)
    more, less = found["yes"].ways, found["no"].ways
    by_road = ~less["approx"] & less["school_id"].notna() & ~more["approx"]
    assert (more["road_m"][by_road] <= less["road_m"][by_road] + 1e-3).all()
    assert more["approx"].to_numpy()[~less["approx"] & less["school_id"].notna()].sum() == 0
    assert (more["bus_m"].fillna(1e9) <= less["bus_m"].fillna(1e9) + 1e-3).all()
    assert more["here"].equals(less["here"])
    assert not less["school_id"].isin(region.neighbours.index).any()
    without = dataclasses.replace(region, neighbours=region.neighbours.iloc[:0])
    pd.testing.assert_frame_equal(worlds.access(without, **drawn.choices(seed)).ways, less)
    pd.testing.assert_frame_equal(
        audit.school_findings(region, worlds.norms()), audit.school_findings(without, worlds.norms())
    )


@drawn.worlds(2)
@given(drawn.SEEDS)
def test_with_and_without_the_option_every_way_is_the_judges(seed):
    _judged(seed)


@pytest.mark.slow
@drawn.worlds(100)
@given(drawn.SEEDS)
def test_on_many_random_worlds_nobodys_way_is_longer_and_every_way_is_the_judges(seed):
    _shorter(seed)
    _judged(seed)


def _judged(seed):
    region = split(seed)
    for choice in ("yes", "no"):
        options = worlds.options(**drawn.choices(seed), border_schools=choice)
        judge = Judge(region, options)
        roads = worlds.road_model.build(region, options)
        found = access.access(region, roads, worlds.Ground(region, roads, worlds.norms(), options), options)
        _check_ways(found.ways, judge, options)
        _check_waters(found, judge, options)


def test_a_piece_of_road_with_a_school_over_the_border_takes_nobody_off_the_network():
    """V hangs on the road 300 m off, which leads to S 5 km on, not on the piece 100 m off that leads to N alone.

    N hangs on that road too, 200 m on: 300 + 200 + 400 = 900 m.
    """
    net = [worlds.road("", (0, 0), (5000, 0), (5200, 0)), worlds.road("", (4800, 400), (5200, 400))]
    homes = {"A": (0, 0), "V": (5000, 300)}
    found = worlds.access(near({"N": (5200, 400)}, net=net, homes=homes, edge=5100, level="primary")).ways
    for band, school, metres in (("1-4", "N", 900), ("5-9", "S", 5300)):
        row = worlds.way(found, "V", band=band)
        assert (row["school_id"], row["approx"]) == (school, False)
        assert row["road_m"] == pytest.approx(metres, abs=0.01)


# --- the region ---


def test_a_saved_region_is_read_again_with_its_neighbours(tmp_path):
    region = near()
    found = folder.read(region.save(tmp_path))
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.neighbours.drop(columns="geometry")),
        pd.DataFrame(region.neighbours.drop(columns="geometry")),
    )
    assert [*found.all_schools.index] == ["S", "N"]
    assert found.adjoining.loc["r2", "name_ru"] == "Соседняя"
    assert found.ledger.read["neighbours.geojson", "neighbours"] == 1
    assert worlds.way(worlds.access(found).ways, "V")["school_id"] == "N"
    dataclasses.replace(region, neighbours=region.neighbours.iloc[:0]).save(tmp_path)
    assert not (tmp_path / "neighbours.geojson").exists()
    assert folder.read(tmp_path).neighbours.empty


def test_a_school_in_both_layers_and_a_region_that_is_not_there_are_refused():
    region = near()
    twice = region.neighbours.rename(index={"N": "S"}).assign(region_id=pd.array(["r9"], dtype="str"))
    with pytest.raises(TableError) as caught:
        dataclasses.replace(region, neighbours=twice)
    said = [str(fault) for fault in caught.value.faults]
    assert any("'r9' is not there" in one for one in said)
    assert any("'S' stands among the schools already" in one for one in said)


# --- out of an extract ---


def two():
    """Draw two regions of a country, and one abroad; at 50.5 north 0.01 degrees of longitude are 709 m.

    50.0 - 51.0 north:   60 ---- KZ-99 ---- 62 ---- KZ-98 ---- 64          below it (49 - 50): RU-OMS
    """
    map_ = pbf.oblast()
    names = {"name:kk": "Көрші облыс", "name:ru": "Соседняя область", "name:en": "Next Region"}
    whole = map_.box(62, 50, 64, 51)
    map_.relation([whole], pbf.administrative("4", "Next", **names, **{"ISO3166-2": "KZ-98", "kato": "980000000"}))
    abroad = map_.box(60, 49, 64, 50)
    map_.relation([abroad], pbf.administrative("4", "Abroad", **{"ISO3166-2": "RU-OMS"}))
    map_.node((61.99, 50.5), {"place": "village", "name": "Шет", "population": "100", "kato": "990200002"})
    map_.node((62.02, 50.5), {"place": "village", "name": "Арғы", "population": "100", "kato": "980200001"})
    map_.way([(61.5, 50.5), (61.99, 50.5), (62.02, 50.5)], {"highway": "tertiary"})
    map_.node((62.02, 50.5), {"amenity": "school", "name": "near"})  # 1.4 km over the border, 2.1 km from Shet
    map_.node((62.5, 50.5), {"amenity": "school", "name": "far"})  # 35 km
    map_.node((61.99, 49.99), {"amenity": "school", "name": "abroad"})  # 1.1 km over it
    return map_


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    return osm.read(two().write(tmp_path_factory.mktemp("two") / "map.osm.pbf"))


def cut(extract, **choices):
    return territory.cut(extract, territory.find(extract, "KZ-99"), worlds.options(**choices))


def test_a_region_is_cut_with_the_schools_of_its_country_near_the_border(extract):
    region = cut(extract)
    assert region.neighbours["name"].to_list() == ["near"]
    row = region.adjoining.loc[region.neighbours["region_id"].iloc[0]]
    assert row["name_kk"] == "Көрші облыс"
    assert [*region.adjoining["name"]] == ["Next"]
    assert "Арғы" not in set(region.settlements["name"])
    assert [*region.schools["name"]] == ["Школа № 1"]
    counts = region.ledger.counts().set_index("table")["used"]
    assert (counts["schools"], counts["neighbours"]) == (1, 1)
    assert cut(extract, margin_m=1_000).neighbours.empty
    assert set(cut(extract, margin_m=40_000).neighbours["name"]) == {"near", "far"}
    none = cut(extract, **WITHOUT)
    assert none.neighbours.empty
    assert none.adjoining.empty


def test_the_schools_of_an_extract_without_other_regions_are_not_counted(tmp_path):
    map_ = pbf.oblast()
    map_.node((62.02, 50.5), {"amenity": "school", "name": "whose"})
    found = osm.read(map_.write(tmp_path / "map.osm.pbf"))
    assert territory.cut(found, territory.find(found, None), worlds.options()).neighbours.empty


def test_a_village_at_the_border_goes_to_school_over_it(extract):
    region = registers.join_map_schools(cut(extract), worlds.options())
    key = region.settlements.index[region.settlements["name"] == "Шет"][0]
    (school,) = region.neighbours.index
    row = worlds.way(worlds.access(region).ways, key)
    assert row["school_id"] == school
    assert row["road_m"] == pytest.approx(0.03 * 70_978, rel=0.002)  # metres of a degree of longitude at 50.5 north


HEAD = "id,name,level,lon,lat,kato,seats\n"
OWN = "1,Own,secondary,60.5,50.5,990100001,100\n"


def attached(extract, tmp_path, rows, **choices):
    path = tmp_path / "register.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return registers.attach(cut(extract, **choices), registers.read(path), worlds.options(**choices))


def test_a_national_register_brings_its_neighbours_counted_apart(extract, tmp_path):
    """Own 1; over the border 2 (by KATO) and 3 (without); 100 far away; the id of 5 is taken, its seats unreadable."""
    rows = OWN + "2,Next,basic,62.02,50.5,980000001,many\n3,Third,,62.03,50.5,,\n1,Twin,basic,62.02,50.6,980000001,50\n"
    rows += "".join(f"f{n},Far,basic,63.5,50.5,,\n" for n in range(100))
    region = attached(extract, tmp_path, rows)
    assert [*region.schools.index] == ["1"]
    assert region.neighbours["level"].fillna("").to_dict() == {"2": "basic", "3": ""}
    assert set(region.neighbours["region_id"]) == {*region.adjoining.index}
    counts = region.ledger.counts().set_index("table")[["read", "used", "corrected", "rejected"]]
    assert counts.loc["schools"].to_list() == [1, 1, 0, 0]
    assert counts.loc["neighbours"].to_list() == [3, 1, 1, 1]
    told = {(entry[1], entry[2], entry[3]) for entry in region.ledger.entries}
    assert {("neighbours", "3", "corrected"), ("neighbours", "5", "rejected"), ("neighbours", "", "note")} <= told
    off = attached(extract, tmp_path, rows, **WITHOUT)
    assert off.neighbours.empty
    assert ("register.csv", "neighbours") not in off.ledger.read


def test_a_school_without_coordinates_stands_at_the_settlement_of_its_kato_over_the_border(extract, tmp_path):
    """2 and 3 are of Argy, 1.4 km over the border; 4 is of a settlement no one knows, and stays rejected."""
    rows = OWN + "2,By,basic,,,980200001,\n3,Too,basic,,,980200001,\n4,Far,basic,,,980200002,\n"
    region = attached(extract, tmp_path, rows)
    assert [*region.neighbours.index] == ["2", "3"]
    place = region.beyond.geometry.iloc[0]
    assert region.beyond["name"].to_list() == ["Арғы"]
    assert region.neighbours.geometry.geom_equals(place).all()
    assert set(region.neighbours["region_id"]) == {*region.adjoining.index}
    rows = {entry[2]: entry[3] for entry in region.ledger.entries if entry[0] == "register.csv" and entry[2]}
    assert rows == {"5": "rejected"}
    found = folder.read(region.save(tmp_path / "saved"))
    assert found.beyond["kato"].to_list() == ["980200001"]
    again = registers.attach(found, registers.read(tmp_path / "register.csv"), worlds.options())
    assert [*again.neighbours.index] == ["2", "3"]


@pytest.mark.slow
def test_two_regions_that_share_a_school_count_it_and_its_pupils_once(extract, tmp_path):
    """Shet and Bulak of KZ-99 go to Argy's school, in KZ-98: there alone it is found short of 900 - 2 x 300 places.

    Bulak is 0.52 degrees from it, and 1.00 from the school of Arka.
    """
    head = HEAD.strip() + ",enrolment\n"
    rows = "1,Own,secondary,60.5,50.5,990100001,100,50\n2,Next,secondary,62.02,50.5,980200001,300,900\n"
    (tmp_path / "register.csv").write_text(head + rows, encoding="utf-8")
    sheet, plans = registers.read(tmp_path / "register.csv"), {}
    for code in ("KZ-99", "KZ-98"):
        region = territory.cut(extract, territory.find(extract, code), worlds.options())
        plans[code] = planned(registers.attach(region, sheet, worlds.options()))
    assert {code: [*plan.school_findings.index] for code, plan in plans.items()} == {"KZ-99": ["1"], "KZ-98": ["2"]}
    assert {code: plan.summary["over_border"] for code, plan in plans.items()} == {"KZ-99": 2, "KZ-98": 0}
    assert {code: plan.summary["shortage_official"] for code, plan in plans.items()} == {"KZ-99": 0, "KZ-98": 300}
    assert sum(plan.summary["settlements"] for plan in plans.values()) == len(extract.settlements)
    assert not plans["KZ-99"].sites["school_id"].eq("2").any()


def test_a_register_of_the_region_alone_leaves_the_maps_schools_over_the_border(extract, tmp_path):
    region = attached(extract, tmp_path, OWN + "2,Lost,basic,69.15,54.86,,\n")  # one place is wrong, and rejected
    assert region.neighbours["name"].to_list() == ["near"]
    assert region.ledger.read["map.osm.pbf", "neighbours"] == 1


def test_a_row_that_says_it_is_of_this_region_is_no_neighbour(extract, tmp_path):
    """2 has a KATO of the region, of no settlement: rejected as before; 3 has none: a neighbour, and noted."""
    region = attached(extract, tmp_path, OWN + "2,Slip,basic,62.02,50.5,990999999,\n3,Who,basic,62.02,50.5,,\n")
    assert [*region.neighbours.index] == ["3"]
    rows = {entry[2]: entry[3] for entry in region.ledger.entries if entry[0] == "register.csv" and entry[2]}
    assert rows == {"3": "rejected", "4": "note"}


def test_where_no_region_around_is_known_only_rows_told_to_be_of_another_are_neighbours(tmp_path):
    """The tiny region knows no regions around; 2 km beyond its border 2 has a KATO of elsewhere, 3 has none."""
    lon, lat = lonlat(12_000, 0)
    rows = f"1,M,basic,0,0,990100001,\n2,M,basic,{lon},{lat},591000000,\n3,M,basic,{lon},{lat},,\n"
    path = tmp_path / "register.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    region = registers.attach(conftest.tiny_region(), registers.read(path), worlds.options())
    assert [*region.neighbours.index] == ["2"]
    assert region.neighbours["region_id"].isna().all()


def test_the_margin_is_met_to_the_metre():
    places = {"in": (5999, 0), "edge": (6000, 0), "last": (15_990, 0), "out": (16_010, 0)}
    """From the border at x = 6,000 m; the projection moves a place 10 km on by less than a metre."""
    found = near().boundary
    series = schema.geoframe(
        [{"school_id": key, "name": key, "region_id": None} for key in places],
        tables.NEIGHBOURS,
        [point(*at) for at in places.values()],
    ).geometry
    assert border.near(series, found, 10_000).tolist() == [False, False, True, False]


# --- what is said ---


@pytest.mark.parametrize(
    ("lang", "name"),
    [("kk", "N (басқа өңір: Көрші)"), ("ru", "N (другой регион: Соседняя)"), ("en", "N (another region: Next)")],
)
def test_a_school_over_the_border_is_named_with_its_region(far, lang, name):
    assert called.called(far.region, lang) == {"N": name}
    assert name in " ".join(register.register(far, lang=lang)["reason"])


def test_a_known_region_is_named_with_the_word_of_its_kind_on_cards_and_in_sentences(far):
    akmola = far.region.adjoining.assign(name_kk="Ақмола", name_ru="Акмолинская", name_en=None)
    plan = dataclasses.replace(far, region=dataclasses.replace(far.region, adjoining=akmola))
    assert called.called(plan.region, "ru") == {"N": "N (другой регион: Акмолинская область)"}
    assert called.called(plan.region, "kk") == {"N": "N (басқа өңір: Ақмола облысы)"}
    (card,) = map_shared.neighbours(plan, ())
    assert card["region"]["en"] == "Akmola Region"


@pytest.mark.slow
def test_its_name_with_its_region_stands_in_the_explanation_and_on_every_sheet(far):
    said, name = words.load("ru"), "N (другой регион: Соседняя)"
    assert name in far.explain("V", lang="ru").text
    frames = sheets.frames(far, said)
    for sheet in ("transport", "routes", "rides"):
        assert frames[sheet].astype(str).apply(lambda column: column.str.contains(name, regex=False)).any(axis=None)
    assert frames["schools"]["name"].to_list() == ["S"]
    assert said.text("summary.over_border") in set(frames["summary"]["text"])


def test_a_region_that_is_not_known_is_said_to_be_another(far):
    nameless = far.region.neighbours.assign(region_id=pd.array([None], dtype="str"), name=pd.array([None], dtype="str"))
    region = dataclasses.replace(far.region, neighbours=nameless)
    assert called.called(region, "en") == {"N": "without a name (in another region)"}


@pytest.mark.slow
def test_the_layers_hold_the_schools_over_the_border_that_somebody_goes_to(far, without):
    two_of_them = near({"N": (9500, 0), "O": (12_000, 0)})
    assert [*layers.neighbours(planned(two_of_them)).index] == ["N"]
    assert "neighbours" in layers.named(far)
    assert "neighbours" not in layers.named(without)


@pytest.mark.slow
def test_the_map_holds_them_apart(far):
    text = maps.build(far).get_root().render()
    data = json.loads(text.split('id="schoolnet-data">')[1].split("</script>")[0])
    assert [one["id"] for one in data["schools"]] == ["S"]
    (school,) = data["neighbours"]
    assert (school["id"], school["region"]["ru"]) == ("N", "Соседняя")
    assert data["routes"][0]["district"] == "east"
    assert data["about"]["options"]["border_schools"] == "yes"


@pytest.mark.slow
@pytest.mark.browser
def test_the_card_of_a_village_leads_to_the_school_over_the_border(far, tmp_path):
    maps.write(far, tmp_path / "map.html", lang="en")
    with browsing.browser() as chromium:
        seen = browsing.opened(chromium, tmp_path / "map.html", hash_="#s=V")
        card = seen.page.locator(".card")
        card.get_by_role("button", name="N (another region: Next)").first.click()
        assert "another region: Next" in card.inner_text()
        assert words.load("en").text("card.beyond") in card.inner_text()
        assert words.load("en").text("card.findings") not in card.inner_text()
        assert (seen.said, seen.asked) == ([], [])


# --- on the modelled country ---


@pytest.mark.slow
def test_in_the_modelled_country_villages_at_a_border_change_their_school_and_nobody_loses():
    extract = osm.read(conftest.shared("kz/kazakhstan-modelled.osm.pbf"))
    sheet = registers.read(conftest.shared("kz/kazakhstan-schools-modelled.csv"))
    plans = {}
    for choice in ("no", "yes"):
        options = worlds.options(border_schools=choice)
        region = territory.cut(extract, territory.find(extract, "KZ-59"), options)
        plans[choice] = api.plan(registers.attach(region, sheet, options), options)  # its buses are checked
    less, more = (in_season(plans[choice].access, "dry") for choice in ("no", "yes"))
    moved = more["school_id"].isin(plans["yes"].region.neighbours.index)
    assert moved.any()
    assert more["school_id"][~moved].equals(less["school_id"][~moved])
    by_road = ~less["approx"]
    assert (more["road_m"][by_road] <= less["road_m"][by_road] + 1e-3).all()
    pd.testing.assert_frame_equal(plans["yes"].school_findings, plans["no"].school_findings)
    assert plans["yes"].routes["school_id"].isin(plans["yes"].region.neighbours.index).any()
    assert plans["yes"].routes["district_id"].notna().all()
    for name in ("schools", "state_day_schools", "shortage_official", "indicator_share", "children", "network_deficit"):
        assert plans["yes"].summary[name] == plans["no"].summary[name]
