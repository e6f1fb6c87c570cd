"""Real and modelled extracts beside the project: the main job ends with no manual step, and the invariants hold."""

from __future__ import annotations

import csv

import networkx as nx
import numpy as np
import pytest

import schoolnet
from conftest import DAY, SHARED, shared
from schoolnet import api
from schoolnet.model.access import nearest
from schoolnet.options import Options

CASES = {
    "liechtenstein": ("liechtenstein/liechtenstein.osm.pbf", None, None),
    "north-kazakhstan": (
        "kz/north-kazakhstan-modelled.osm.pbf",
        "KZ-59",
        "kz/north-kazakhstan-schools-modelled.csv",
    ),
    "mangystau": ("kz/mangystau-modelled.osm.pbf", "Маңғыстау облысы", "kz/mangystau-schools-modelled.csv"),
    "atyrau": ("kz/atyrau-modelled.osm.pbf", "Atyrau Region", "kz/atyrau-schools-modelled.csv"),
    "abay": ("kz/abay-modelled.osm.pbf", "область Абай", "kz/abay-schools-modelled.csv"),
}


@pytest.fixture(scope="module", params=list(CASES))
def plan(request):
    extract, region, schools = CASES[request.param]
    options = Options(on=DAY)
    register = shared(schools) if schools else None
    return api.plan(schoolnet.read(shared(extract), region, schools=register, options=options), options)


def test_every_register_row_is_used_corrected_or_rejected(plan):
    counts = plan.ledger.counts()
    assert (counts[["used", "corrected", "rejected"]] >= 0).all(axis=None)
    for one in plan.region.inputs:
        if one.role == "schools":
            with (SHARED / "kz" / one.name).open(encoding="utf-8", newline="") as stream:
                rows = sum(1 for _ in csv.reader(stream)) - 1
            assert counts.loc[counts["file"] == one.name, "read"].sum() == rows
    schools = counts[counts["table"] == "schools"]
    assert (schools["used"] + schools["corrected"]).sum() == len(plan.region.schools)


def test_children_are_conserved_to_the_last_one_in_every_district(plan):
    demand = plan.demand
    bands = demand[["children_1_4", "children_5_9", "children_10_11"]].sum(axis=1)
    assert (bands == demand["children"].fillna(0)).all()
    settlements = plan.region.settlements
    share = plan.norms["children.share"].value
    shared_out = demand["children_basis"].isin(["share", "modelled"])
    people = settlements["population"][shared_out].astype(float).groupby(settlements["district_id"].fillna("")).sum()
    children = demand["children"][shared_out].astype(float).groupby(settlements["district_id"].fillna("")).sum()
    assert ((children - people * share).abs() <= 0.5 + 1e-6).all()


def test_who_is_entitled_under_and_is_entitled_under_or(plan):
    transport = plan.transport
    assert not (transport["entitled_and"] & ~transport["entitled_or"]).any()
    assert set(transport["settlement_id"]) <= set(plan.region.settlements.index[plan.region.settlements["is_rural"]])


def test_no_road_is_shorter_than_the_straight_line(plan):
    access = plan.access.dropna(subset=["road_m"])
    assert (access["road_m"] >= access["straight_m"] - 0.01).all()


def test_every_deficit_has_a_verdict_that_mends_it_and_nothing_is_closed(plan):
    deficit = plan.findings["network_deficit"]
    assert set(plan.sites.loc[deficit, "verdict"]) <= {"build", "upgrade"}
    assert (plan.sites.loc[deficit, "level"] == plan.findings.loc[deficit, "guaranteed"]).all()


def test_on_the_real_graph_the_nearest_school_is_networkxs_to_the_millimetre(plan):
    roads = plan.roads
    sources = roads.nodes("school").to_numpy()
    sources = sources[sources >= 0]
    ours = nearest(roads, sources).metres
    judge = nx.multi_source_dijkstra_path_length(roads.to_networkx(), set(sources.tolist()), weight="metres")
    theirs = np.array([judge.get(node, np.inf) for node in range(len(ours))])
    assert (np.isfinite(ours) == np.isfinite(theirs)).all()
    reached = np.isfinite(ours)
    assert np.abs(ours[reached] - theirs[reached]).max() < 1e-3


def test_liechtenstein_says_what_it_took_and_what_it_does_not_know():
    plan = api.plan(schoolnet.read(shared(CASES["liechtenstein"][0]), options=Options(on=DAY)), Options(on=DAY))
    notes = plan.ledger.frame().set_index("table")["why"]
    assert "largest administrative area" in notes["region"]
    assert "their level is not known" in " ".join(notes[["schools"]])
    assert plan.region.names["en"] == "Liechtenstein"
    assert plan.summary["level_unknown"] == plan.summary["schools"] == 19
    assert plan.summary["indicator_share"] is None
    assert set(plan.region.districts["name"]) == {"Wahlkreis Oberland", "Wahlkreis Unterland"}


def test_north_kazakhstan_has_its_official_numbers_of_settlements_and_schools():
    """603 settlements in the extract; 467 schools = 403 rural + 64 urban, the official figures of 2022/23."""
    extract, region, schools = CASES["north-kazakhstan"]
    found = schoolnet.read(shared(extract), region, schools=shared(schools), options=Options(on=DAY))
    assert (len(found.settlements), len(found.schools), len(found.districts)) == (603, 467, 14)
    assert found.code == "KZ-59"
    assert found.settlements["district_id"].notna().all()
    assert set(found.caveats) == {"modelled_roads", "modelled_schools"}


def test_more_schools_never_make_more_deficit():
    extract, region, schools = CASES["mangystau"]
    options = Options(on=DAY)
    full = schoolnet.read(shared(extract), region, schools=shared(schools), options=options)
    import dataclasses

    half = dataclasses.replace(full, schools=full.schools.iloc[::2])
    before, after = api.plan(half, options), api.plan(full, options)
    assert not (after.findings["network_deficit"] & ~before.findings["network_deficit"]).any()
    assert after.summary["pupils_entitled_or"] <= before.summary["pupils_entitled_or"]
