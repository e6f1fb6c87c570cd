"""From files of people to a plan: after every step the sum is what it was, to the child (the numbers of chain.py)."""

from __future__ import annotations

import dataclasses
import itertools
import math
import types

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import chain
import schoolnet
from chain import CHILDREN, DISTRICT, OFFICIAL, OPTIONS, PEOPLE
from conftest import deep, tiny_region
from schoolnet import people, schema
from schoolnet.model import reconcile

GRADES = [f"g{grade}" for grade in range(1, 13)]
BANDS = {"children_1_4": GRADES[:4], "children_5_9": GRADES[4:9], "children_10_11": GRADES[9:]}
PATHS = ("low", "medium", "high")
YEARS = range(2026, 2031)
TINY = tiny_region()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return chain.files(tmp_path_factory.mktemp("chain"))


@pytest.fixture(scope="module")
def region(written):
    folder, files = written
    return schoolnet.read(folder, people=files, options=OPTIONS)


@pytest.fixture(scope="module")
def fresh(region):
    return schoolnet.plan(region, OPTIONS)


@pytest.fixture(scope="module")
def again(region, tmp_path_factory):
    """Return the plan of the same region saved to a folder and read from it."""
    folder = region.save(tmp_path_factory.mktemp("saved"))
    return schoolnet.plan(schoolnet.read(folder, options=OPTIONS), OPTIONS)


@pytest.fixture(params=["fresh", "again"])
def plan(request):
    return request.getfixturevalue(request.param)


def raster(plan, kind):
    rows = plan.region.people.raster
    return rows[rows["zone"] == kind].set_index("zone_id")["people"].to_dict()


# --- mass, step by step


def test_the_raster_is_all_there_in_every_kind_of_zone_also_over_a_border_and_abroad(plan):
    assert sum(people for *_, people in chain.SQUARES) == 5141
    assert raster(plan, "all") == {"": 5141}
    assert raster(plan, "region") == {"*": 5130, "": 11}
    assert raster(plan, "district") == {"east": 945, "west": 4060, "north": 70, "": 66}
    # Bulak has the square over the border, Qala the steppe; in no zone are the people of North, and those abroad
    assert raster(plan, "settlement") == {
        "A": 500, "B": 280, "D": 100, "E": 25, "G": 40, "Q": 4060, "X": 55, "": 70 + 11,
    }  # fmt: skip
    cells = raster(plan, "cell")
    assert cells.pop("") == 5141 - 4000
    assert sorted(value for value in cells.values() if value) == [1000, 1000, 2000]


def test_official_people_are_in_settlements_or_said_to_be_in_none(plan):
    assert plan.headcount["population"].to_dict() == PEOPLE
    rows = plan.reconciled[plan.reconciled["territory"] == "all"].set_index("district_id")
    for key, total in OFFICIAL.items():
        assert rows.loc[key, ["official", "placed", "unplaced"]].tolist()[0] == total
        assert rows.loc[key, "placed"] + rows.loc[key, "unplaced"] == total
    assert rows["unplaced"].to_dict() == {"east": 0, "north": 50, "west": 0, "": 0, "*": 50}
    assert rows["placed"].to_dict() == {"east": 569, "north": 0, "west": 3500, "": 55, "*": 4124}
    assert rows["raster"].to_dict() == {"east": 945, "north": 70, "west": 4060, "": 55, "*": 5130}
    assert rows["source"].to_dict() == {"east": 724, "north": 0, "west": 3000, "": 55, "*": 3779}
    assert rows.loc["west", "raster_ratio"] == pytest.approx(1.16)
    parts = plan.reconciled[plan.reconciled["territory"] != "all"].groupby("district_id")["placed"].sum()
    assert parts.to_dict() == rows["placed"].to_dict()
    bases = dict.fromkeys("ABDE", "raked") | {"G": "raster", "Q": "raked", "X": "given"}
    assert plan.headcount["population_basis"].to_dict() == bases
    assert plan.region.settlements["population"].to_dict() == PEOPLE


def test_what_no_settlement_takes_is_in_the_ledger(plan):
    notes = plan.ledger.frame()
    assert "North: 50 official inhabitants" in notes["what"].tolist()


def test_children_are_the_same_in_cohorts_grades_bands_and_districts(plan):
    demand, cohorts = plan.demand, plan.headcount[[f"a{age}" for age in range(6, 17)]].sum(axis=1)
    assert demand["children"].to_dict() == CHILDREN
    assert cohorts.to_dict() == pytest.approx(CHILDREN)
    pupils = demand["children"] - demand["home_taught"]
    assert (demand[GRADES].sum(axis=1) == pupils).all()
    assert (demand[list(BANDS)].sum(axis=1) == pupils).all()
    for band, grades in BANDS.items():
        assert (demand[grades].sum(axis=1) == demand[band]).all()
    assert demand["home_taught"].to_dict() == dict.fromkeys(CHILDREN, 0) | {"A": 3}
    assert demand["children_basis"].to_dict() == {
        "A": "grades", "B": "given", "D": "share", "E": "ages", "G": "share", "Q": "structure", "X": "share",
    }  # fmt: skip
    # 3 of Arka's 81 are not in its grades: 8 x 78 / 81 = 7.7 and 7 x 78 / 81 = 6.7, so all but one stay as they were
    taken = [have - left for have, left in zip(chain.GRADES_OF_ARKA, demand.loc["A", GRADES[:11]], strict=True)]
    assert sum(taken) == 3
    assert set(taken) <= {0, 1}


def test_every_child_of_the_sources_is_taught_in_one_place(plan):
    found = plan.district_findings
    places = found[["at_home", "taught_here", "entitled", "elsewhere", "unreachable"]].sum(axis=1)
    assert (places == found["children"]).all()
    assert (found["sources"] == found["children"]).all()
    # East 81 + 41 + 13 + 4 + 4
    assert found["children"].to_dict() == {"east": 143, "north": 0, "west": 642, "": 10, "*": 795}
    assert {f"children_{place}" for place in ("at_home", "taught_here")} <= set(plan.summary)
    assert sum(count for key, count in plan.summary.items() if key.startswith("children_")) == 795


def test_pupils_by_language_are_the_pupils_of_every_grade(plan):
    rows = plan.languages
    assert rows["settlement_id"].unique().tolist() == ["A"]
    assert rows.set_index("language")["children"].to_dict() == {"kk": 50, "ru": 20, "unknown": 8}
    assert (rows[GRADES].sum(axis=1) == rows["children"]).all()
    assert rows[GRADES].sum().to_dict() == plan.demand.loc["A", GRADES].to_dict()


def test_a_towns_cells_are_the_town_in_people_pupils_and_every_grade(plan):
    cells = plan.town_cells
    assert set(cells["settlement_id"]) == {"Q"}
    assert cells["people"].sum() == 3500
    assert cells["children"].sum() == 642
    assert cells[GRADES].sum().to_dict() == plan.demand.loc["Q", GRADES].to_dict()
    assert (cells[GRADES].sum(axis=1) == cells["children"]).all()
    # 2 : 1 : 1 of 3500 and of 642: 1750 875 875; 321 160.5 160.5
    lived_in = cells[cells["people"] > 0]
    assert sorted(lived_in["people"]) == [875, 875, 1750]
    assert sorted(lived_in["children"]) == [160, 161, 321]
    assert cells["children"].sum() == lived_in["children"].sum()


def test_the_forecast_begins_with_the_children_counted_and_adds_up_in_every_year_and_path(plan):
    homes, areas = plan.forecast.settlements, plan.forecast.districts
    assert set(homes["year"]) == set(YEARS)
    for path in PATHS:
        first = homes[(homes["year"] == 2026) & (homes["scenario"] == path)].set_index("settlement_id")
        assert first["children"].to_dict() == CHILDREN  # those taught at home among them
        assert first.loc["A", GRADES].tolist() == [*chain.GRADES_OF_ARKA, 0]
        others = [key for key in CHILDREN if key != "A"]
        assert (first.loc[others, GRADES] == plan.demand.loc[others, GRADES]).all(axis=None)
    assert (homes[GRADES].sum(axis=1) == homes["children"]).all()
    columns = [*GRADES, "children"]
    keys = ["year", "scenario"]
    summed = homes.assign(district_id=homes["settlement_id"].map(DISTRICT)).groupby(["district_id", *keys])[columns]
    told = areas[areas["district_id"] != "*"].set_index(["district_id", *keys])[columns].sort_index()
    pd.testing.assert_frame_equal(summed.sum().sort_index(), told, check_names=False)
    whole = areas[areas["district_id"] == "*"].set_index(keys)[columns].sort_index()
    pd.testing.assert_frame_equal(homes.groupby(keys)[columns].sum().sort_index(), whole, check_names=False)


def test_control_totals_are_met_to_the_child(plan):
    areas = plan.forecast.districts
    medium = areas[areas["scenario"] == "medium"].set_index(["district_id", "year"])
    assert medium.loc[("east", 2028), "children"] == 150
    assert medium.loc[("*", 2029), ["g1", "children"]].tolist() == [70, 800]


def test_no_path_crosses_another(plan):
    by_path = {
        path: rows.set_index(["settlement_id", "year"])[[*GRADES, "children"]].sort_index()
        for path, rows in plan.forecast.settlements.groupby("scenario")
    }
    assert (by_path["low"] <= by_path["medium"]).all(axis=None)
    assert (by_path["medium"] <= by_path["high"]).all(axis=None)


def test_a_region_saved_and_read_gives_the_same_people(fresh, again):
    tables = (
        "headcount",
        "reconciled",
        "demand",
        "languages",
        "backtest",
        "pmpc",
        "outlook",
        "district_findings",
        "sites",
    )
    for name in tables:
        pd.testing.assert_frame_equal(getattr(fresh, name), getattr(again, name))
    pd.testing.assert_frame_equal(fresh.town_cells, again.town_cells)
    pd.testing.assert_frame_equal(fresh.forecast.settlements, again.forecast.settlements)
    pd.testing.assert_frame_equal(fresh.forecast.districts, again.forecast.districts)
    one, other = (plan.region.people.cells.geometry.to_numpy() for plan in (fresh, again))
    assert shapely.equals_exact(one, other, tolerance=1e-15).all()  # degrees about 0, where 17 decimals are not all


@pytest.mark.slow
def test_a_district_the_map_does_not_have_counts_in_the_regions_total_and_is_noted(tmp_path):
    strange = ["", "district", "Белгісіз ауданы", "777.0", "0.0", "777.0", "990900000"]
    folder, files = chain.files(tmp_path, official=chain.official_csv(strange))
    plan = schoolnet.plan(schoolnet.read(folder, people=files, options=OPTIONS), OPTIONS)
    assert plan.headcount["population"].to_dict() == PEOPLE
    rows = plan.reconciled[plan.reconciled["territory"] == "all"].set_index("district_id")
    assert rows.loc["*", "official"] == 569 + 3500 + 50 + 777
    # in no district and officially nowhere: the 55 of Xutor; 50 and 777 have no settlement
    assert rows.loc["*", "unplaced"] == 50 + 777
    assert rows.loc["*", "official"] == rows.loc["*", "placed"] - 55 + rows.loc["*", "unplaced"]
    said = plan.ledger.frame()
    assert said["what"].astype(str).str.contains("Белгісіз ауданы|990900000").any()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["homes", "official", "ages", "births", "series", "raster"])
def test_any_file_may_be_missing_and_no_child_is_lost(tmp_path, name):
    folder, files = chain.files(tmp_path, **{name: None})
    plan = schoolnet.plan(schoolnet.read(folder, people=files, options=OPTIONS), OPTIONS)
    found = plan.district_findings
    places = found[["at_home", "taught_here", "entitled", "elsewhere", "unreachable"]].sum(axis=1)
    assert (places == found["children"]).all()
    assert (found["sources"] == found["children"]).all()
    cells = plan.town_cells
    assert cells["people"].sum() == plan.headcount.loc["Q", "population"]
    assert cells[GRADES].sum().to_dict() == plan.demand.loc["Q", GRADES].to_dict()
    whole = plan.forecast.districts.query("district_id == '*' and year == 2026 and scenario == 'low'")
    assert whole["children"].tolist() == [plan.demand["children"].sum()]
    # without the settlement table or the raster nobody counted Gulder
    assert pd.isna(plan.headcount.loc["G", "population"]) == (name == "raster")


# --- the same once more, slowly


def _raked(figures, total):
    """Return whole people: each figure's share of the total rounded down, then one more by largest remainder."""
    exact = [figure * total / sum(figures) for figure in figures]
    out = [math.floor(one + 1e-9) for one in exact]
    while sum(out) < total:
        gaps = [round(one - whole, 9) for one, whole in zip(exact, out, strict=True)]
        out[gaps.index(max(gaps))] += 1
    return out


def test_the_slow_raking_is_that_of_the_docstring():
    assert _raked([400, 200, 100, 24, 32], 569) == [301, 151, 75, 18, 24]


@deep(40)
@given(
    st.lists(st.integers(1, 5000), min_size=5, max_size=5),
    st.integers(5, 40_000),
    st.integers(1, 500_000),
)
def test_settlements_are_raked_as_a_slow_loop_rakes_them(figures, east, west):
    homes = TINY.settlements.assign(population=pd.array([*figures, 100], dtype="Int64"))
    official = schema.frame(
        [{"district_id": "east", "population": east}, {"district_id": "west", "population": west}], people.OFFICIAL
    )
    known = types.SimpleNamespace(official=official, raster=schema.frame([], people.RASTER))
    made = types.SimpleNamespace(settlements=homes, districts=TINY.districts, people=known, inputs=())
    found = reconcile.inhabitants(made, OPTIONS)
    assert found.settlements["population"].tolist() == [*_raked(figures, east), west]
    placed = found.districts[found.districts["territory"] == "all"].set_index("district_id")["placed"]
    assert placed.to_dict() == {"east": east, "west": west, "*": east + west}


def test_demand_by_structure_is_that_of_a_slow_loop(fresh):
    """Inhabitants x share, each district's children the nearest whole number of what its people make.

    East's are what its pupils of this school year, 13 in each of 11 grades, leave of those counted: 81 + 41 + 4.
    """
    known = {"east": 11 * 13 - 81 - 41 - 4}
    share = {"east": 0.187, "west": 660 / 3600, "": 0.187}
    exact = {key: PEOPLE[key] * share[DISTRICT[key]] for key in "DGQX"}
    for district in ("east", "west", ""):
        keys = [key for key in exact if DISTRICT[key] == district]
        parts = [exact[key] for key in keys]
        assert [fresh.demand.loc[key, "children"] for key in keys] == _raked(
            parts, known.get(district, round(sum(parts)))
        )


def _births_of_region(year, path):
    """Return births: 60 a year as far as they are known, after 2025 as the country's go."""
    change = {"low": -0.04, "medium": 0.0, "high": 0.02}[path]
    known = max(year - 2060, 0)  # the country's are known to 2060 in the paper worlds
    return 60 * (1 + change) ** known


def _slow_forecast(state, parts, path, years):
    """Return pupils of grades 1-11 by year, not rounded: a loop over cohorts; nobody dies, all stay after grade 9."""
    away = {"low": -0.01, "medium": 0.0, "high": 0.01}[path]
    cohorts = {key: list(row) for key, row in state.items()}
    out = {}
    for year in years:
        if year > years[0]:
            born = _births_of_region(year - 1, path) / 3 + 2 * _births_of_region(year, path) / 3
            for key, row in cohorts.items():
                cohorts[key] = [parts[key] * born, *[one * (1 + away) for one in row[:-1]]]
        for key, row in cohorts.items():
            out[key, year] = row[6:17]
    return out


@pytest.mark.slow
def test_the_forecast_is_that_of_a_slow_loop_to_2040(tmp_path):
    """No series: births reach grade 1 in 2033; whole pupils lie beside the loop's, districts' sums are its rounded."""
    folder, files = chain.files(tmp_path, series=None)
    options = OPTIONS.model_copy(update={"horizon": 2040})
    plan = schoolnet.plan(schoolnet.read(folder, people=files, options=options), options)
    ages = [f"a{age}" for age in range(18)]
    state = {key: row.tolist() for key, row in plan.headcount[ages].iterrows()}
    young = {key: sum(row[:5]) for key, row in state.items()}
    parts = {key: one / sum(young.values()) for key, one in young.items()}
    table = plan.forecast.settlements.set_index(["scenario", "settlement_id", "year"])
    areas = plan.forecast.districts.set_index(["scenario", "district_id", "year"])["children"]["medium"]
    for path in PATHS:
        slow = _slow_forecast(state, parts, path, range(2026, 2041))
        for (key, year), grades in slow.items():
            row = table.loc[(path, key, year)]
            assert abs(row["children"] - sum(grades)) < 1.001
            assert np.abs(row[GRADES[:11]].to_numpy(float) - grades).max() < 2
        if path == "medium":
            for district, year in itertools.product(("east", "west", ""), range(2026, 2041)):
                whole = sum(sum(slow[key, year]) for key in DISTRICT if DISTRICT[key] == district)
                assert areas[district, year] == round(whole)


THREE_YEARS = """
kato;population;{ages};{grades}
990100002;400;6;5;4;6;8;10;9;9;8;8;7;7;6;6;10;4;5
"""


@pytest.mark.slow
def test_three_years_of_a_village_by_hand(tmp_path):
    """Bulak alone in its district: 6 5 4 6 8 10 aged 0 to 5, and 9 9 8 8 7 7 6 6 10 4 5 in grades 1 to 11, 79.

    Half stay after grade 9; a tenth move in every year: nobody on the low path, a fifth on the high one.

    Low: 2027: 10 9 9 8 8 7 7 6 6 5 4 = 79; 2028: 8 10 9 9 8 8 7 7 6 3 5 = 80; 2029: 6 8 10 9 9 8 8 7 7 3 3 = 78.
    Medium: 79 x 1.1 = 86.9, 80 x 1.21 = 96.8, 78 x 1.331 = 103.8: 87, 97, 104. High: 79 x 1.2 = 94.8, 80 x 1.44 =
    115.2, 78 x 1.728 = 134.8, rounded up: 95, 116, 135.

    Medium 2027 by bands: 39.6 37.4 9.9 of 86.9 -> of 87: 39.65 37.44 9.91 -> 40 37 10; inside them
    11 9.9 9.9 8.8 -> 11.11 10 10 8.89 -> 11 10 10 9; 8.8 7.7 7.7 6.6 6.6 -> 8.71 7.62 7.62 6.53 6.53 -> 9 8 8 6 6;
    5.5 4.4 -> 5.56 4.44 -> 6 4.
    """
    homes, schools = TINY.settlements.loc[["B", "Q"]], TINY.schools.loc[["SB", "SQ"]]
    alone = dataclasses.replace(TINY, settlements=homes, schools=schools)
    head = {"ages": ";".join(f"a{age}" for age in range(6)), "grades": ";".join(f"g{one}" for one in range(1, 12))}
    table = tmp_path / "village.csv"
    table.write_text(THREE_YEARS.strip().format(**head) + "\n", encoding="utf-8")
    options = OPTIONS.model_copy(
        update={"horizon": 2029, "stay_after_9": 0.5, "migration": 0.1, "migration_spread": 0.1}
    )
    plan = schoolnet.plan(schoolnet.read(alone.save(tmp_path / "map"), people=[table], options=options), options)
    rows = plan.forecast.settlements.query("settlement_id == 'B'").set_index(["scenario", "year"])
    low = {
        2026: [9, 9, 8, 8, 7, 7, 6, 6, 10, 4, 5],
        2027: [10, 9, 9, 8, 8, 7, 7, 6, 6, 5, 4],
        2028: [8, 10, 9, 9, 8, 8, 7, 7, 6, 3, 5],
        2029: [6, 8, 10, 9, 9, 8, 8, 7, 7, 3, 3],
    }
    assert {year: rows.loc[("low", year), GRADES[:11]].tolist() for year in low} == low
    assert rows.loc["medium"]["children"].tolist() == [79, 87, 97, 104]
    assert rows.loc["high"]["children"].tolist() == [79, 95, 116, 135]
    assert rows.loc[("medium", 2027), GRADES[:11]].tolist() == [11, 10, 10, 9, 9, 8, 8, 6, 6, 6, 4]


def _level(children):
    return "secondary" if children >= 81 else "basic" if children >= 41 else "primary" if children >= 5 else "none"


@pytest.mark.slow
@pytest.mark.parametrize("growth", PATHS)
def test_the_outlook_is_the_norm_applied_to_the_forecast(region, growth):
    options = OPTIONS.model_copy(update={"growth": growth})
    plan = schoolnet.plan(region, options)
    table = plan.forecast.settlements.set_index(["scenario", "settlement_id", "year"])["children"]
    for key, row in plan.outlook.iterrows():
        now = CHILDREN[key]
        then = {path: table[path, key, 2030] for path in PATHS}
        assert row["children_then"] == then[growth]
        if key == "Q":
            assert row[["guaranteed_low", "guaranteed_then", "change"]].tolist() == ["none", "none", "same"]
            continue
        assert row["guaranteed_then"] == _level(then[growth])
        # of an estimate the range of today widens the paths by the same share
        assert row["children_then_low"] == math.floor(round(then["low"] * row["children_low"] / now, 9))
        assert row["children_then_high"] == math.ceil(round(then["high"] * row["children_high"] / now, 9))
        assert row["sure_then"] == (_level(row["children_then_low"]) == _level(row["children_then_high"]))
        assert row["sure"] == (_level(row["children_low"]) == _level(row["children_high"]))
        levels = [_level(table[growth, key, year]) for year in YEARS]
        if levels[0] == levels[-1]:
            assert row["change"] == "same"
            assert pd.isna(row["change_year"])
        else:
            order = ["none", "primary", "basic", "secondary"]
            rises = order.index(levels[-1]) > order.index(levels[0])
            assert row["change"] == ("rises" if rises else "falls")
            last_other = max(at for at, level in enumerate(levels) if level != levels[-1])
            assert row["change_year"] == YEARS[last_other + 1]


def test_the_range_of_an_estimate_by_hand(fresh):
    """1.645 deviations of: the share (0.2), the draw, and people only a raster tells (0.5); none where counted.

    Dala 13 of 75: 0.04 + (1 - 13/75) / 13 = 0.1036, root 0.3219, x 1.645 = 0.5295: 6.12 and 19.9.
    Gulder 4 of 24, by the raster: 0.04 + (1 - 4/24) / 4 + 0.25 = 0.4983, root 0.7059, x 1.645 = 1.1613: 0 and 8.64.
    Xutor 10 of 55: 0.04 + (1 - 10/55) / 10 = 0.1218, root 0.3490, x 1.645 = 0.5741: 4.26 and 15.7.
    """
    ranges = fresh.outlook[["children_low", "children_high"]].astype(int)
    assert {key: ranges.loc[key].tolist() for key in "ABDEGX"} == {
        "A": [81, 81], "B": [41, 41], "D": [6, 20], "E": [4, 4], "G": [0, 9], "X": [4, 16],
    }  # fmt: skip
