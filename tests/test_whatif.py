"""What if: the same as the plan where nothing is changed, and by hand where something is."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from schoolnet import decisions
from schoolnet.planning import whatif
from schoolnet.planning.programme import programme


@pytest.fixture(scope="module")
def example(example_on):
    return example_on("2026-10-15")


def found(plan):
    return whatif.rows(plan.access, plan.transport, plan.reach, plan.options)


def counted(plan, opens, limit_m=3_000.0, **choices):
    options = plan.options.model_copy(update=choices)
    return whatif.counts(found(plan), plan.sites, plan.findings, opens, options, limit_m=limit_m)


def test_with_no_site_it_is_what_the_plan_finds(example):
    now = counted(example, [])
    assert now.served == 0
    assert now.owed == example.findings["network_deficit"].sum()
    assert now.bused == example.summary["pupils_entitled_or"]
    assert counted(example, [], transport_rule="and").bused == example.summary["pupils_entitled_and"]


@pytest.mark.parametrize("limit", [500, 3_000, 3_300, 12_000])
def test_another_limit_is_the_norm_changed(example, limit):
    changed = (example.access["season"] == "dry") & ~example.access["here"]
    rows = example.access[changed].merge(
        example.transport[example.transport["season"] == "dry"], on=["settlement_id", "band"], suffixes=("", "_owed")
    )
    by_hand = rows[(rows["road_m"] > limit) | rows["road_m"].isna() | rows["barrier_owed"]]["pupils"].sum()
    assert counted(example, [], limit_m=limit).bused == by_hand


@pytest.mark.parametrize("schools", [0, 1, 7, 30, 1_000])
def test_so_many_schools_are_those_the_programme_opens(example, schools):
    options = example.options.model_copy(update={"schools": schools, "years": 1})
    made = programme(example.sites, options).sites
    assert set(whatif.opened(example.sites, schools)) == set(made.index[made["year"].notna()])


def test_all_sites_serve_all_their_pupils_and_unbus_as_the_sites_say(example):
    opens = whatif.opened(example.sites, 1_000)
    now = counted(example, opens)
    assert now.served == example.sites["pupils"].sum()
    owed = example.findings.index[example.findings["network_deficit"]]
    met = set(example.sites["settlement_id"][example.sites["tier"] == "guarantee"])
    assert now.owed == len(set(owed) - met)
    assert counted(example, []).bused - now.bused == example.sites["unbused"].sum()


def test_a_site_switched_off_leaves_its_place_to_the_next():
    rows = [(1, "guarantee", 50), (2, "guarantee", 0), (3, "emergency", 50), (4, "travel", 0), (5, "travel", 25)]
    sites = pd.DataFrame(rows, columns=["rank", "tier", "seats"], index=[*"abcde"])
    assert whatif.opened(sites, 0) == ["b"]
    assert whatif.opened(sites, 1) == ["a", "b"]
    assert whatif.opened(sites, 2) == ["a", "b", "c", "d"]
    assert whatif.opened(sites, 1, off={"a"}) == ["b", "c", "d"]
    assert whatif.opened(sites, 2, off={"a", "b"}) == ["c", "d", "e"]
    assert decisions.TIERS[0] == "guarantee"


def test_a_school_of_another_tier_does_not_keep_the_guarantee(example):
    first = example.sites[example.sites["tier"] == "guarantee"].index[0]
    moved = dataclasses.replace(example, sites=example.sites.assign(tier="seats"))
    assert counted(moved, [first]).owed == counted(example, []).owed
