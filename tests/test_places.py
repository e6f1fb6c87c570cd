"""The embedded places of Kazakhstan: whole, in their regions, and what network schools make of them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pyproj
import pytest
import shapely

import worlds
from conftest import DAY, SHARED
from schoolnet import given as own
from schoolnet import schema
from schoolnet.given import Given
from schoolnet.options import Options
from schoolnet.planning import profile_list, profile_places, profile_scores
from schoolnet.sources import places

REGIONS, PLACES, FILES = places.read()
DATA = Path(__file__).parents[1] / "data" / "places"
FACTS = SHARED.parent / "facts" / "regions.csv"
EXTRACT = SHARED / "kz" / "kazakhstan-modelled.osm.pbf"
DEGREE = 0.02  # of a simplified outline, about 2 km


def test_there_are_20_regions_each_with_its_centre_among_the_places():
    assert len(REGIONS) == 20
    assert set(PLACES["region"]) == set(REGIONS.index)
    centres = PLACES.loc[REGIONS["geonameid"]]
    assert centres["region"].tolist() == REGIONS.index.tolist()
    assert centres["population"].notna().all()


def test_unknown_people_are_never_0_and_what_was_put_right_says_why():
    assert PLACES["population"].isna().sum() == 47
    assert (PLACES["population"].dropna() > 0).all()
    touched = PLACES[PLACES["region_basis"] != "given"]
    assert touched["reason"].notna().all()
    # of five blank codes one is a second record of Kokpekty and one stands by the wrong side of a lake: three are left
    assert touched["region_basis"].value_counts().to_dict() == {"corrected": 6, "nearest": 3}


def test_no_place_is_there_twice_and_none_is_inside_a_city_of_its_own():
    away = profile_scores.km(PLACES, PLACES)
    for at, other in zip(*((away < 2.0) & (away > 0)).nonzero(), strict=True):
        assert PLACES["name"].iloc[at] != PLACES["name"].iloc[other]
    for city in ("KZ-71", "KZ-75", "KZ-79"):
        assert (PLACES["region"] == city).sum() == 1


def test_names_in_kazakh_and_russian_are_in_their_letters():
    kazakh, russian = (PLACES[name].dropna() for name in ("name_kk", "name_ru"))
    assert all(re.fullmatch(r"[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі -]+", name) for name in kazakh)
    assert all(re.fullmatch(r"[А-Яа-яЁё -]+", name) for name in russian)


@pytest.mark.slow
@pytest.mark.skipif(not EXTRACT.exists(), reason="the outlines of the regions are not at hand")
def test_every_place_lies_in_the_outline_of_its_region():
    from schoolnet.sources import osm, territory

    outlines = {area.code: area.shape for area in territory.regions(osm.read(EXTRACT))}
    points = shapely.points(PLACES["lon"].to_numpy(), PLACES["lat"].to_numpy())
    away = [outlines[code].distance(point) for code, point in zip(PLACES["region"], points, strict=True)]
    assert PLACES.index[[one > DEGREE for one in away]].tolist() == []


@pytest.mark.skipif(not FACTS.exists(), reason="the official figures are not at hand")
def test_the_people_of_a_region_are_about_its_townspeople(capsys):
    official = pd.read_csv(FACTS, index_col="iso_3166_2")
    sums = PLACES.groupby("region")["population"].sum()
    ratio = (sums / official["population_2023"]).astype(float)
    town = (sums / official["urban_2023"]).astype(float)
    with capsys.disabled():
        print(pd.DataFrame({"all": ratio.round(2), "town": town.round(2)}).T.to_string())  # noqa: T201 - asked for
    assert ratio.between(0.15, 1.15).all()
    assert town.between(0.75, 1.25).drop("KZ-43").all()  # Baikonur is among the places of Kyzylorda
    assert 0.6 < sums.sum() / official["population_2023"].sum() < 0.7
    names = official.loc[REGIONS.index, ["name_kk", "name_ru", "name_en"]]
    assert (REGIONS[names.columns] == names).to_numpy().all()


@pytest.mark.slow
def test_pupils_are_a_share_of_the_people_and_reach_is_straight_by_hand():
    options = Options(on=DAY, straight_kmh=60, straight_factor=1.0, school_age_share=0.22)
    parts = profile_places.parts(worlds.norms(), options, Given(), profiles=profile_list.profiles(worlds.norms()))
    assert [one.code for one in parts] == REGIONS.index.tolist()
    ulytau = next(one for one in parts if one.code == "KZ-62")
    # Jezkazgan: 104,357 x 0.22 x 7 / 11 = 14,610 (and a half less); share 0.22 over 11 grades is 0.02 a grade
    people = PLACES.loc["1516589", "population"]
    assert ulytau.homes.loc["1516589", "pupils"] == round(people * 0.14)
    assert ulytau.candidates["approx"].all()
    assert ulytau.candidates["rural_share"].isna().all()
    # within 60 km in a straight line of it: by great circles found place by place
    row = ulytau.candidates.set_index("settlement_id").loc["1516589"].iloc[0]
    lon, lat = PLACES.loc["1516589", ["lon", "lat"]]
    own_places = PLACES[(PLACES["region"] == "KZ-62") & PLACES["population"].notna()]
    geod = pyproj.Geod(ellps="sphere")
    near = [
        one.Index for one in own_places.itertuples() if geod.inv(lon, lat, one.lon, one.lat)[2] <= 60_000
    ]  # fmt: skip
    assert row["pupils_60"] == ulytau.homes.loc[near, "pupils"].sum()


@pytest.mark.slow
def test_a_planners_table_counts_for_the_embedded_places_too():
    rows = [{"region": "KZ-62", "profile": "abai", "school": "S", "lon": 67.71, "lat": 47.8, "evidence": "order 1"}]
    given = Given(network=schema.frame(rows, own.NETWORK))
    profiles = profile_list.profiles(worlds.norms())
    parts = profile_places.parts(worlds.norms(), Options(on=DAY), given, profiles=profiles)
    ulytau = next(one for one in parts if one.code == "KZ-62")
    assert ulytau.coverage.set_index("profile")["lacking"].to_dict() == {"abai": 0, "zhautykov": 1, "satpayev": 1}
    assert ulytau.working["settlement_id"].tolist() == ["1516589"]  # in Jezkazgan, the nearest place


def test_the_licence_of_the_places_stands_beside_them():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert places.ATTRIBUTION in text
    assert "creativecommons.org/licenses/by/4.0" in text
    assert [one.name for one in FILES] == ["regions.csv", "places.csv"]
