"""Zones of districts and settlements, and the cells of towns, on the tiny region (metres from its origin)."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import box, point
from schoolnet import people, schema, tables
from schoolnet.errors import OptionError
from schoolnet.options import Options
from schoolnet.sources import towns, zones

NOBODY = {"schools": schema.geoframe([], tables.SCHOOLS, [])}


def changed(region, **columns):
    """Return the region with other values of its settlements: column = {settlement: value}."""
    homes = region.settlements.copy()
    for name, values in columns.items():
        for key, value in values.items():
            homes.loc[key, name] = value
    return dataclasses.replace(region, settlements=homes)


def parted(region):
    return zones.settlement_zones(region, zones.district_zones(region))


def owner(found, x, y):
    return sorted(found.index[shapely.intersects(found.to_numpy(), point(x, y))])


def area(shapes):
    return float(shapely.area(np.asarray(shapes)).sum())


# --- districts


def test_districts_that_lie_apart_stay_as_they_are(tiny):
    found = zones.district_zones(tiny)
    assert found.index.tolist() == ["east", "west"]
    assert found.geom_equals(tiny.districts.geometry.sort_index()).all()


def test_what_two_districts_hold_is_the_firsts(tiny):
    districts = tiny.districts.copy()
    districts.loc["west", "geometry"] = box(-15000, -10000, -4000, 10000)  # 1 km into the east
    found = zones.district_zones(dataclasses.replace(tiny, districts=districts))
    assert found["east"].equals(tiny.districts.geometry["east"])
    assert shapely.equals(found["west"], tiny.districts.geometry["west"])


# --- settlements


def test_a_zone_is_what_lies_nearest(tiny):
    found = parted(tiny)
    assert found.index.tolist() == tiny.settlements.index.tolist()
    assert owner(found, 1340, 50) == ["A"]  # Arka at 0, Dala at 2700: half way at 1350
    assert owner(found, 1360, 50) == ["D"]
    assert owner(found, -2700, -1450) == ["B"]  # Bulak at (-3000, 0), Eski at (-2000, -3000)
    assert owner(found, -2300, -1550) == ["E"]
    assert owner(found, -510, 0) == ["A"]  # Gulder at (-1000, 200): as far as Arka from (-520, 0)
    assert owner(found, -530, 0) == ["G"]
    assert owner(found, -6000, 0) == ["Q"]  # nearer to Bulak, but another district
    assert owner(found, 11000, 0) == []


def test_the_zones_of_a_district_part_it(tiny):
    found, districts = parted(tiny), tiny.districts.geometry
    assert found["Q"].equals(districts["west"])
    east = found.drop("Q")
    assert area(east) == pytest.approx(area([districts["east"]]), rel=1e-12)
    assert shapely.area(shapely.union_all(east.to_numpy())) == pytest.approx(area(east), rel=1e-12)


def test_a_city_draws_its_surroundings_by_its_area_not_by_its_point(tiny):
    city = changed(tiny, population={"A": 20_000})  # a disc of 1,784 m; Dala stays a point at 2700
    found = parted(city)
    assert owner(found, 1700, 50) == ["A"]
    assert owner(found, 2600, 50) == ["D"]
    assert owner(found, -1000, 210) == ["G"]  # inside the disc, at its own point
    assert owner(found, -1500, 210) == ["A"]


def test_a_built_up_area_draws_its_surroundings(tiny):
    drawn = schema.geoframe([{"settlement_id": "D"}], tables.BUILT_UP, [box(700, -400, 3000, 400)])
    found = parted(dataclasses.replace(tiny, built_up=drawn))
    assert owner(found, 800, 50) == ["D"]
    assert owner(found, 200, 50) == ["A"]
    assert shapely.area(zones.areas(dataclasses.replace(tiny, built_up=drawn))["D"]) == pytest.approx(
        2300 * 800, rel=1e-3
    )


def test_of_two_settlements_at_one_point_the_first_has_the_zone(tiny):
    places = tiny.settlements.copy()
    places.loc["B", "geometry"] = places.loc["A", "geometry"]
    found = parted(dataclasses.replace(tiny, settlements=places))
    assert found["B"].is_empty
    assert owner(found, 100, 0) == ["A"]
    assert zones.twins(places).to_dict() == {"B": "A"}
    assert zones.twins(tiny.settlements).to_dict() == {}


def test_settlements_outside_any_district_part_what_the_districts_leave(tiny):
    homes = tiny.settlements.copy()
    homes.loc["Q", "district_id"] = None
    homes.loc["B", "district_id"] = None  # lies in the east, but is said to be in none
    homes.loc["B", "geometry"] = point(-6000, 0)
    found = parted(dataclasses.replace(tiny, districts=tiny.districts.loc[["east"]], settlements=homes))
    assert owner(found, -7200, 50) == ["B"]  # the disc of Qala draws from 500 m nearer than its point
    assert owner(found, -7300, 50) == ["Q"]
    west = tiny.districts.geometry["west"]
    assert area(found[["B", "Q"]]) == pytest.approx(shapely.area(west), rel=1e-12)


def test_a_district_without_settlements_is_in_no_zone(tiny):
    found = parted(dataclasses.replace(tiny, settlements=tiny.settlements.drop("Q"), **NOBODY))
    assert owner(found, -9000, 0) == []
    assert area(found) == pytest.approx(area([tiny.districts.geometry["east"]]), rel=1e-12)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(-5, 10), st.integers(-10, 10)), min_size=5, max_size=5), st.integers(0, 60_000))
def test_wherever_settlements_stand_they_part_their_district(tiny, places, population):
    homes = tiny.settlements.copy()
    east = ["A", "B", "D", "E", "G"]
    homes.loc[east, "geometry"] = [point(1000 * x, 1000 * y) for x, y in places]
    homes.loc["G", "population"] = population
    found = parted(dataclasses.replace(tiny, settlements=homes))[east]
    district = tiny.districts.geometry["east"]
    assert area(found) == pytest.approx(shapely.area(district), rel=1e-9)
    joined = shapely.union_all(found.to_numpy(), grid_size=1e-12)  # without a grid GEOS loses one of two that touch
    assert shapely.area(joined) == pytest.approx(area(found), rel=1e-9)
    assert sum(not one.is_empty for one in found) == len(set(places))


# --- the cells of towns


def cells(region, **options):
    districts = zones.district_zones(region)
    return towns.cells(region, Options(**options), zones.settlement_zones(region, districts), districts)


def test_a_town_is_covered_by_whole_squares_of_one_grid(tiny):
    found = cells(tiny)
    assert set(found["settlement_id"]) == {"Q"}  # the only town: rural places have no cells
    assert set(found["district_id"]) == {"west"}
    metric = found.geometry.to_crs(tiny.crs)
    assert metric.area.to_numpy() == pytest.approx(250**2, rel=1e-6)
    disc = zones.areas(tiny)["Q"]
    assert shapely.area(disc) == pytest.approx(3209 / 2000 * 1e6, rel=0.01)
    covered = shapely.union_all(metric.to_numpy())
    assert shapely.area(disc - covered.buffer(0.01)) == 0
    assert (shapely.area(shapely.intersection(disc, metric.to_numpy())) > 0).all()
    corner = np.array([key.split(":")[1:] for key in found.index], dtype=float) * 250
    assert shapely.get_coordinates(metric.to_numpy()).reshape(-1, 5, 2).min(axis=1) == pytest.approx(corner, abs=0.01)
    schema.check(found, people.CELLS)


def test_a_square_keeps_its_name_when_the_town_grows(tiny):
    small, large = cells(tiny), cells(changed(tiny, population={"Q": 12_000}))
    assert set(small.index) < set(large.index)
    assert large.loc[small.index, "geometry"].geom_equals(small.geometry).all()


def test_hexagons_are_those_of_h3(tiny):
    import h3

    found = cells(tiny, cells="h3", h3_resolution=9)
    assert all(h3.is_valid_cell(key) and h3.get_resolution(key) == 9 for key in found.index)
    corners = [(lon, lat) for lat, lon in h3.cell_to_boundary(found.index[0])]
    assert shapely.hausdorff_distance(found.geometry.iloc[0], shapely.Polygon(corners)) < 1e-9
    disc = zones.areas(tiny)["Q"]
    covered = shapely.union_all(found.geometry.to_crs(tiny.crs).to_numpy())
    assert shapely.area(disc - covered.buffer(0.01)) == 0


def test_a_town_of_unknown_size_is_a_disc_of_one_kilometre(tiny):
    unknown = changed(tiny, population={"Q": None, "A": None}, population_basis={"Q": "unknown", "A": "unknown"})
    found = zones.areas(unknown)
    assert shapely.area(found["Q"]) == pytest.approx(math.pi * 1e6, rel=0.01)
    assert found["A"].is_empty  # a village


def test_the_disc_of_a_town_ends_with_its_zone(tiny):
    large = changed(tiny, population={"Q": 300_000})  # a disc of 6.9 km; the east begins 4 km away
    found = cells(large, cell_m=1000)
    assert set(found["district_id"].dropna()) == {"west"}  # some centres lie over the region's border
    east = found.geometry.to_crs(tiny.crs).bounds["maxx"].max()
    assert east <= -5000 + 2500 + 1000  # the region's projection has its origin at x = -2500


def test_a_built_up_area_is_covered_as_it_is_drawn(tiny):
    drawn = schema.geoframe([{"settlement_id": "Q"}], tables.BUILT_UP, [box(-9400, -900, -8600, 900)])
    found = cells(dataclasses.replace(tiny, built_up=drawn))
    # the origin is at x = -2500: -6900 to -6100 are the squares -28 to -25, -900 to 900 the squares -4 to 3
    assert sorted(found.index) == sorted(f"s250:{x}:{y}" for x in range(-28, -24) for y in range(-4, 4))


def test_a_square_that_two_towns_share_belongs_to_the_one_that_holds_more(tiny):
    towns_ = changed(tiny, is_rural={"B": False}, place={"B": "town"})
    drawn = schema.geoframe(
        [{"settlement_id": "B"}, {"settlement_id": "Q"}],
        tables.BUILT_UP,
        [box(-4500, 10, -3900, 90), box(-3900, 10, -3300, 90)],  # -2000 to -1400, to -800 in the projection
    )
    found = cells(dataclasses.replace(towns_, built_up=drawn), cell_m=1000)
    assert found["settlement_id"].to_dict() == {"s1000:-2:0": "B", "s1000:-1:0": "Q"}
    assert found["district_id"].to_dict() == {"s1000:-2:0": "east", "s1000:-1:0": "east"}


def test_a_square_over_a_district_border_lies_where_its_centre_is(tiny):
    drawn = schema.geoframe([{"settlement_id": "Q"}], tables.BUILT_UP, [box(-5020, 10, -4950, 90)])
    found = cells(dataclasses.replace(tiny, built_up=drawn), cell_m=400)  # -2800 to -2400; the border is at -2500
    assert found["district_id"].to_dict() == {"s400:-7:0": "west"}


def test_no_cells_are_cut_when_none_are_asked_for(tiny):
    assert cells(tiny, cells="none").empty
    rural = changed(tiny, is_rural={"Q": True})
    assert cells(rural).empty


def test_a_town_too_large_to_cut_is_refused(tiny):
    drawn = schema.geoframe([{"settlement_id": "Q"}], tables.BUILT_UP, [shapely.box(-1, -1, 1, 1)])
    with pytest.raises(OptionError, match=r"Qala .* would be cut into too many cells"):
        cells(dataclasses.replace(tiny, built_up=drawn), cell_m=100)
    with pytest.raises(OptionError, match=r"Qala .* would be cut into too many cells"):
        cells(dataclasses.replace(tiny, built_up=drawn), cells="h3", h3_resolution=11)
