from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schoolnet
from conftest import SHARED, deep, point
from conftest import settlements as homes_of
from schoolnet import schema, tables
from schoolnet.model import reconcile
from schoolnet.options import Options
from schoolnet.people import OFFICIAL, RASTER, People

DAY = Options(on="2026-09-01")


def official(**rows):
    """Official totals by district: a number, or (population, urban, rural); `whole` is the region."""
    made = []
    for key, value in rows.items():
        people, urban, rural = value if isinstance(value, tuple) else (value, None, None)
        area = "*" if key == "whole" else key
        made.append({"district_id": area, "population": people, "urban": urban, "rural": rural, "year": 2026})
    return schema.frame(made, OFFICIAL)


def raster(**settlements_of):
    """Raster sums of settlements, and of their districts east and west."""
    rows = [
        {"zone": "settlement", "zone_id": key, "group": "total", "people": value}
        for key, value in settlements_of.items()
    ]
    rows.append({"zone": "district", "zone_id": "east", "group": "total", "people": sum(settlements_of.values())})
    return schema.frame(rows, RASTER)


def homes(tiny, rows, **tables_):
    found = homes_of(rows, dict.fromkeys("abcdefx", (0, 0)))
    return dataclasses.replace(tiny, settlements=found, schools=tiny.schools.iloc[:0], people=People(**tables_))


VILLAGES = """
    settlement_id  name  district_id  place    population  children
    a              A     east         village  300         -
    b              B     east         village  100         -
    c              C     east         village  -           -
    d              D     west         village  50          -
"""


def test_settlements_are_raked_to_their_districts_total_and_one_without_a_figure_gets_the_rasters(tiny):
    # raster 345 + 115 beside 300 + 100: 0.8696 of it; C 58 -> 50.43; 450.43 people to 500: 333.0 111.0 56.0
    region = homes(tiny, VILLAGES, official=official(east=500), raster=raster(a=345.0, b=115.0, c=58.0))
    found = reconcile.inhabitants(region, DAY)
    assert found.settlements["population"].to_dict() == {"a": 333, "b": 111, "c": 56, "d": 50}
    assert found.settlements["population_basis"].tolist() == ["raked", "raked", "raster", "given"]
    rows = found.districts.set_index(["district_id", "territory"])
    assert rows.loc[("east", "all"), ["source", "official", "placed", "unplaced"]].tolist() == [400, 500, 500, 0]
    assert rows.loc[("east", "all"), "raster_ratio"] == pytest.approx(518 / 500)
    assert rows.loc[("east", "all"), "source_ratio"] == pytest.approx(0.8)
    assert rows.loc[("*", "all"), "placed"] == 550


def test_without_a_raster_a_settlement_without_a_figure_stays_unknown(tiny):
    found = reconcile.inhabitants(homes(tiny, VILLAGES, official=official(east=500)), DAY)
    assert found.settlements["population"].fillna(-1).to_dict() == {"a": 375, "b": 125, "c": -1, "d": 50}
    assert found.settlements.loc["c", "population_basis"] == "unknown"


def test_without_official_totals_figures_stay_as_they_are_and_the_raster_fills_gaps(tiny):
    found = reconcile.inhabitants(homes(tiny, VILLAGES, raster=raster(a=345.0, b=115.0, c=58.0)), DAY)
    assert found.settlements["population"].to_dict() == {"a": 300, "b": 100, "c": 50, "d": 50}


def test_raking_can_be_left_out(tiny):
    found = reconcile.inhabitants(
        homes(tiny, VILLAGES, official=official(east=500)), Options(on="2026-09-01", rake="no")
    )
    assert found.settlements.loc["a", "population"] == 300


TOWN = """
    settlement_id  name  district_id  place    population  children
    a              A     east         town     1000        -
    b              B     east         village  100         -
    c              C     east         village  100         -
"""


def test_town_and_village_are_raked_apart_where_both_sides_tell_them_apart(tiny):
    found = reconcile.inhabitants(homes(tiny, TOWN, official=official(east=(1700, 1200, 500))), DAY)
    assert found.settlements["population"].to_dict() == {"a": 1200, "b": 250, "c": 250}


def test_where_officially_nobody_lives_a_rasters_people_are_the_neighbours(tiny):
    rows = """
        settlement_id  name  district_id  place    population  children
        a              A     east         town     1000        -
        b              B     east         hamlet   -           -
    """
    region = homes(tiny, rows, official=official(east=(1100, 1100, 0)), raster=raster(a=900.0, b=200.0))
    found = reconcile.inhabitants(region, DAY)
    assert found.settlements["population"].fillna(-1).to_dict() == {"a": 1100, "b": -1}
    assert found.settlements.loc["b", "population_basis"] == "unknown"
    assert any("officially nobody lives: B" in entry[5] for entry in found.ledger.entries)


def test_a_town_the_official_table_does_not_know_is_raked_with_the_villages_and_noted(tiny):
    found = reconcile.inhabitants(homes(tiny, TOWN, official=official(east=(2400, 0, 2400))), DAY)
    assert found.settlements["population"].to_dict() == {"a": 2000, "b": 200, "c": 200}
    what = [entry[5] for entry in found.ledger.entries]
    assert any("no townspeople" in one and "A" in one for one in what)


def test_official_people_no_settlement_can_take_are_counted_and_noted(tiny):
    rows = """
        settlement_id  name  district_id  place    population  children
        a              A     east         village  -           -
        b              B     west         village  10          -
    """
    found = reconcile.inhabitants(homes(tiny, rows, official=official(east=70, west=20)), DAY)
    table = found.districts.set_index(["district_id", "territory"])
    assert table.loc[("east", "all"), "unplaced"] == 70
    assert table.loc[("*", "all"), ["placed", "unplaced"]].tolist() == [20, 70]
    assert any("70 official inhabitants" in entry[5] for entry in found.ledger.entries)


def test_what_the_regions_total_leaves_is_not_used_where_it_cannot_be_the_districts(tiny):
    # 507 - 500 = 7 people for West, whose village has 50: they are of a district the map does not have
    found = reconcile.inhabitants(homes(tiny, VILLAGES, official=official(east=500, whole=507)), DAY)
    assert found.settlements.loc["d", "population"] == 50
    assert any("leaves 7 people" in entry[5] for entry in found.ledger.entries)


def test_a_district_whose_sources_are_far_from_its_total_is_noted(tiny):
    found = reconcile.inhabitants(homes(tiny, VILLAGES, official=official(east=1000)), DAY)
    assert any("400 inhabitants, officially 1000" in entry[5] for entry in found.ledger.entries)


def test_a_city_that_is_a_region_is_raked_as_a_whole(tiny):
    # one point on the map, in one of two districts whose people it all is
    rows = """
        settlement_id  name  district_id  place    population  children
        a              A     east         city     1000        -
        b              B     west         village  50          -
    """
    region = homes(tiny, rows, official=official(east=(600, 600, 0), west=(660, 660, 0)))
    found = reconcile.inhabitants(region, DAY)
    assert found.settlements["population"].to_dict() == {"a": 1200, "b": 60}
    table = found.districts.set_index(["district_id", "territory"])
    assert table.loc[("*", "all"), ["placed", "unplaced"]].tolist() == [1260, 0]


def test_a_district_the_table_leaves_out_gets_what_is_left_of_the_region(tiny):
    found = reconcile.inhabitants(homes(tiny, VILLAGES, official=official(east=500, whole=600)), DAY)
    assert found.settlements.loc["d", "population"] == 100
    assert found.districts.set_index(["district_id", "territory"]).loc[("*", "all"), "placed"] == 600


def test_a_settlement_outside_every_district_keeps_its_figure(tiny):
    rows = """
        settlement_id  name  district_id  place    population  children
        a              A     east         village  300         -
        x              X     -            village  40          -
    """
    found = reconcile.inhabitants(homes(tiny, rows, official=official(east=500, whole=500)), DAY)
    assert found.settlements["population"].to_dict() == {"a": 500, "x": 40}
    table = found.districts.set_index(["district_id", "territory"])
    assert table.loc[("", "all"), "placed"] == 40


@deep(10)
@given(
    st.lists(
        st.tuples(st.sampled_from(["east", "west"]), st.sampled_from(["town", "village"]), st.integers(0, 5000)),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 20000),
    st.integers(0, 20000),
)
def test_every_official_inhabitant_is_placed_or_unplaced(case, east, west):
    rows = [
        {
            "settlement_id": f"s{at}", "name": "S", "district_id": key, "place": kind, "is_rural": kind == "village",
            "population": people, "population_basis": "given",
        }
        for at, (key, kind, people) in enumerate(case)
    ]  # fmt: skip
    region = _region(rows, official(east=east, west=west))
    found = reconcile.inhabitants(region, DAY)
    table = found.districts[found.districts["territory"] == "all"].set_index("district_id")
    for key, total in (("east", east), ("west", west)):
        if any(row["district_id"] == key for row in rows):
            placed = table.loc[key, "placed"]
            assert placed + table.loc[key, "unplaced"] == total or placed == 0
    assert table.loc["*", "placed"] == found.settlements["population"].sum()
    assert (found.settlements["population"] >= 0).all()


def _region(rows, totals):
    from conftest import tiny_region

    found = schema.geoframe(rows, tables.SETTLEMENTS, [point(0, 0)] * len(rows))
    tiny = tiny_region()
    return dataclasses.replace(tiny, settlements=found, schools=tiny.schools.iloc[:0], people=People(official=totals))


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the data folder beside the project is absent")
def test_every_district_of_north_kazakhstan_comes_out_at_its_official_total_to_the_person():
    region = schoolnet.read(SHARED / "kz" / "north-kazakhstan-modelled.osm.pbf", "KZ-59")
    table = pd.read_csv(SHARED / "kz" / "bns_population_2023_districts.csv")
    table = table[table["adm1_kato"] == 590000000]
    by_kato = {kato: key for key, kato in region.districts["kato"].items()}
    totals = {
        by_kato[f"{row.adm2_kato:.0f}"]: (int(row.pop), int(row.urban), int(row.rural)) for row in table.itertuples()
    }
    region = dataclasses.replace(region, people=People(official=official(**totals)))
    found = reconcile.inhabitants(region, DAY)
    placed = found.settlements["population"].groupby(region.settlements["district_id"]).sum()
    assert placed.to_dict() == {key: people for key, (people, *_) in totals.items()}
    assert placed.sum() == 534024  # the sum of the 14 rows of the official form
