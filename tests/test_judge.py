"""The model against the judge (`judge.py`): nearest schools, ways, barriers, ways round and pairs on random worlds."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import drawn
import worlds
from judge import DRY, Judge, Verdict
from schoolnet.model import access, matrix
from schoolnet.options import Options


def _judged(judge, options, season, home, band):
    """Return school, metres, approx and verdict of a settlement's nearest school as the judge finds them."""
    schools = judge.schools(band)
    if not schools:
        return None, np.nan, False, Verdict(None, "", between=False, barrier=False)
    near = judge.nearest(options.way, season, home, band)
    if near:
        return near[1], near[0], False, judge.verdict(season, home, near[1])
    school = min(schools, key=lambda one: (round(judge.straight(home, one), 3), one))
    metres = judge.straight(home, school) * options.straight_factor
    dry = judge.nearest(options.way, "dry", home, band)
    metres = max(metres, dry[0] if dry else 0)  # no flood brings a school nearer
    return school, metres, True, judge.verdict(season, home, school, path=False)


def _check_ways(ways, judge, options):
    for row in ways.itertuples():
        school, metres, approx, verdict = _judged(judge, options, row.season, row.settlement_id, row.band)
        if pd.isna(row.school_id):
            assert school is None
            continue
        assert (row.school_id, row.approx) == (school, approx)
        assert row.road_m == pytest.approx(metres, abs=2e-3)
        water = row.water_id if pd.notna(row.water_id) else None
        assert Verdict(water, row.crossing, row.between, row.barrier) == verdict
        bus = judge.nearest("drive", row.season, row.settlement_id, row.band)
        assert pd.isna(row.bus_school_id) == (bus is None)
        if bus:
            assert (row.bus_school_id, row.bus_m) == (bus[1], pytest.approx(bus[0], abs=2e-3))
            assert row.bus_min == pytest.approx(judge.minutes(row.season, row.settlement_id, bus[1]), abs=1e-4)


def _check_waters(found, judge, options):
    asked = found.ways.dropna(subset=["school_id"]).drop_duplicates(["settlement_id", "school_id", "season"])
    rows = found.waters.set_index(["settlement_id", "school_id", "season", "water_id"])
    assert rows.index.is_unique
    count = 0
    for way in asked.itertuples():
        pair = way.settlement_id, way.school_id
        expected = judge.all_between(way.season, *pair, path=not way.approx)
        count += len(expected)
        for number, (crossing, barrier) in expected.items():
            row = rows.loc[(*pair, way.season, judge.waters[number].key)]
            assert (row["crossing"], row["barrier"]) == (crossing, barrier)
            if not barrier:
                assert np.isnan(row["round_m"])
                continue
            bars = tuple(one for one, (_, barred) in expected.items() if barred)
            dry = judge.metres(options.way, "dry", *pair, dry_shod=bars)
            assert row["round_m"] == pytest.approx(dry[0] if dry else np.nan, abs=2e-3, nan_ok=True)
            _check_bridge(row, judge, dry, number, bars)
    assert count == len(rows)


def _check_bridge(row, judge, dry, number, bars):
    """Check that the first bridge over this water on the way round is named; without such a way, one on the map."""
    over = {at for at, met in judge.crossing.items() if met.get(number) in DRY}
    if dry:
        graph = judge.graph(judge.options.way, "dry", dry_shod=bars)
        used = [graph[a][b]["stretch"] for a, b in itertools.pairwise(dry[1])]
        over = {*[at for at in used if at in over][:1]}
    assert np.isnan(row["bridge_m"]) == (not over)
    if not over:
        assert row["bridge_to"] == ""
        return
    place = judge.metric(drawn.shapely.Point(row["bridge_lon"], row["bridge_lat"]))
    assert min(place.distance(judge.courses[at]) for at in over) < 60  # on it, or where the dam's water is


def _check_pairs(region, judge, options, season, within_m):
    roads = access_roads(region, options)
    ground = worlds.ground(region, roads, **options.model_dump(exclude_unset=True))
    found = matrix.pairs(region, roads, options, within_m=within_m, season=season, ground=ground)
    rows = {(row.settlement_id, row.school_id): row for row in found.itertuples()}
    assert len(rows) == len(found)
    expected = set()
    for home, school in itertools.product(region.settlements.index, region.schools.index):
        way = judge.metres(options.way, season, home, school)
        if way and way[0] <= within_m:
            expected.add((home, school))
            row = rows[home, school]
            assert row.road_m == pytest.approx(way[0], abs=2e-3)
            water = row.water_id if pd.notna(row.water_id) else None
            assert Verdict(water, row.crossing, bool(water), row.barrier) == judge.verdict(season, home, school)
    assert set(rows) == expected
    return found


def access_roads(region, options):
    return worlds.road_model.build(region, options)


def _world(seed):
    region, chosen = drawn.draw(seed), drawn.choices(seed)
    options = Options(on=worlds.OPTIONS.on, **chosen)
    return region, options, Judge(region, options)


def _check(seed):
    region, options, judge = _world(seed)
    roads = access_roads(region, options)
    found = access.access(region, roads, worlds.Ground(region, roads, worlds.norms(), options), options)
    _check_ways(found.ways, judge, options)
    _check_waters(found, judge, options)
    chosen = options.model_dump(exclude_unset=True)
    assert worlds.ground(region, roads, **chosen).divided == judge.divided


def _check_matrix(seed):
    region, options, judge = _world(seed)
    roads = access_roads(region, options)
    ways = access.access(region, roads, worlds.Ground(region, roads, worlds.norms(), options), options).ways
    for season, within_m in (("dry", 50_000), ("flood", 1500)):
        found = _check_pairs(region, judge, options, season, within_m).set_index(["settlement_id", "school_id"])
        here = ways[(ways["season"] == season) & ~ways["approx"] & (ways["road_m"] <= within_m)]
        for row in here.itertuples():
            pair = found.loc[(row.settlement_id, row.school_id)]
            assert pair["road_m"] == pytest.approx(row.road_m, abs=1.1e-3)  # half a millimetre may fall either way
            assert pair[["crossing", "barrier"]].tolist() == [row.crossing, row.barrier]
            assert pair["water_id"] == row.water_id or (pd.isna(pair["water_id"]) and pd.isna(row.water_id))


@pytest.mark.slow
@drawn.worlds(12)
@given(drawn.SEEDS)
def test_on_random_worlds_every_way_and_barrier_is_the_judges(seed):
    _check(seed)


@pytest.mark.slow
@drawn.worlds(8)
@given(drawn.SEEDS)
def test_on_random_worlds_every_pair_is_the_judges_and_as_the_nearest(seed):
    _check_matrix(seed)


@pytest.mark.slow
@drawn.worlds(250)
@given(drawn.SEEDS)
def test_on_many_random_worlds_every_way_pair_and_barrier_is_the_judges(seed):
    _check(seed)
    _check_matrix(seed)


@pytest.mark.slow
def test_a_leg_to_a_near_bank_ends_at_the_bank():
    _check(56388151)  # the nearest place of the road itself is 23 cm on, in the water
