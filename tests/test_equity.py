"""Equity by hand: the worst-served tenth, the share over 3 km, the Gini of districts; and nobody loses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conftest
from conftest import table
from schoolnet.planning import equity
from sited import sites

PEOPLE = table("""
    settlement_id  band   pupils  road_m
    A              1-4    40      0
    A              5-9    20      5000
    B              1-4    10      2000
    B              5-9    10      8000
    Q              1-4    20      0
    X              10-11  7       -
""").astype({"road_m": "float64"})
HOMES = table("""
    settlement_id  district_id  is_rural  guaranteed  owed
    A              east         True      True        False
    B              east         True      True        True
    Q              west         False     False       False
    X              west         True      True        True
""").set_index("settlement_id").astype(dict.fromkeys(["is_rural", "guaranteed", "owed"], bool))  # fmt: skip
REACH = table("""
    settlement_id  band  site_id  road_m
    A              5-9   s1       1000
    B              5-9   s1       4000
    B              5-9   s2       0
    B              1-4   s2       0
""")
SITES = sites([
    {"site_id": "s1", "tier": "travel", "settlement_id": "A"},
    {"site_id": "s2", "tier": "guarantee", "settlement_id": "B"},
])  # fmt: skip


def measured(opened):
    found = equity.equity(PEOPLE, HOMES, REACH, SITES, opened, limit_m=3000.0)
    return found.set_index(["territory", "measure"])


def test_today_and_after_by_hand():
    found = measured(["s1", "s2"])
    # today: 20 x 5000 + 10 x 2000 + 10 x 8000 = 200,000 over the 80 pupils of villages; after: 20 x 1000
    assert found.loc[("*", "mean_m")].tolist() == [2500.0, 250.0]
    # the worst eight of eighty: today of the ten at 8000; after of the twenty at 1000
    assert found.loc[("*", "worst_tenth_m")].tolist() == [8000.0, 1000.0]
    # A's twenty and B's ten go more than 3000
    assert found.loc[("*", "far_share")].tolist() == [30 / 80, 0.0]
    assert found.loc[("rural", "far_share")].tolist() == [30 / 80, 0.0]
    # A, B, X have a guarantee; B and X are below it; B is built
    assert found.loc[("*", "owed_share")].tolist() == [2 / 3, 1 / 3]
    # only east has pupils of villages with a way: nobody's is longer than another district's
    assert found.loc[("*", "gini")].tolist() == [0.0, 0.0]
    # east: A 100,000 / 60, B 100,000 / 20: 60 x 20 x (5000 - 1666.7) / (80 x 80 x 2500) = 0.25
    assert found.loc[("east", "gini"), "today"] == pytest.approx(0.25)
    assert found.loc["urban"].isna().all(axis=None)
    assert found.loc[[("west", "mean_m"), ("west", "gini")]].isna().all(axis=None)  # Q is a town


def test_the_gini_of_districts_by_hand():
    """Were Q a village: east 2500 (80 pupils), west 0 (20); 2 x 80 x 20 x 2500 / (2 x 100 x 100 x 2000) = 0.2."""
    village = HOMES.assign(is_rural=True)
    found = equity.equity(PEOPLE, village, REACH, SITES, ["s1", "s2"], limit_m=3000.0)
    found = found.set_index(["territory", "measure"])
    assert found.loc[("*", "mean_m")].tolist() == [2000.0, 200.0]
    assert found.loc[("*", "gini")].tolist() == pytest.approx([0.2, 0.2])


def test_what_a_town_walks_changes_no_figure():
    """The way inside a town is not measured: 20 pupils there, or 20,000, every figure is the same."""
    crowd = PEOPLE.assign(pupils=PEOPLE["pupils"].where(PEOPLE["settlement_id"] != "Q", 20_000))
    found = equity.equity(crowd, HOMES, REACH, SITES, ["s1", "s2"], limit_m=3000.0).set_index(["territory", "measure"])
    pd.testing.assert_frame_equal(found, measured(["s1", "s2"]))


def test_without_a_site_nothing_changes():
    found = measured([])
    assert found["today"].equals(found["after"].rename("today"))


def test_pupils_without_any_school_of_their_band_have_no_length_of_way():
    alone = PEOPLE[PEOPLE["settlement_id"] == "X"]
    found = equity.equity(alone, HOMES, REACH, SITES, [], limit_m=3000.0).set_index(["territory", "measure"])
    assert found.loc[("*", "mean_m")].isna().all()
    assert found.loc[("*", "owed_share"), "today"] == pytest.approx(2 / 3)


def test_a_guarantee_is_met_when_all_of_its_sites_are_open():
    two = sites([
        {"site_id": "a", "tier": "guarantee", "settlement_id": "B"},
        {"site_id": "b", "tier": "guarantee", "settlement_id": "B"},
    ])  # fmt: skip
    assert equity.served(two, ["a"]) == set()
    assert equity.served(two, ["a", "b"]) == {"B"}


def test_the_tiny_region_has_its_ways_as_on_paper(tiny_plan):
    found = equity.ways(tiny_plan.access, tiny_plan.demand, "dry")
    metres = found.set_index(["settlement_id", "band"])["road_m"]
    assert metres["A"].tolist() == [0, 0, 0]
    assert metres["B"].tolist() == pytest.approx([0, 3300, 3300], abs=0.1)
    assert found["pupils"].sum() == tiny_plan.demand["children"].sum()
    there = equity.homes(tiny_plan.region.settlements, tiny_plan.findings)
    assert there["owed"].to_dict() == {"A": False, "B": True, "D": True, "E": False, "G": True, "Q": False}
    assert there["guaranteed"].to_dict() == {"A": True, "B": True, "D": True, "E": False, "G": True, "Q": False}


# --- the measures

NUMBERS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=12)


@given(NUMBERS)
@conftest.deep(60)
def test_gini_is_half_the_mean_difference_over_the_mean(rows):
    x, w = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    mean = (x * w).sum() / w.sum()
    pairs = (w[:, None] * w[None, :] * abs(x[:, None] - x[None, :])).sum()
    wanted = 0.0 if mean == 0 else pairs / (2 * w.sum() ** 2 * mean)
    assert equity.gini(x, w) == pytest.approx(wanted, abs=1e-12)


@given(NUMBERS)
@conftest.deep(60)
def test_the_worst_tenth_is_that_of_each_pupil_written_out_ten_times(rows):
    x, w = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    each = np.sort(np.repeat(x, (w * 10).astype(int)))[::-1]  # ten parts of each pupil: a tenth is whole
    assert equity.worst(x, w, 0.1) == pytest.approx(each[: int(w.sum())].mean())


# --- the law is kept


@given(
    st.lists(st.tuples(st.sampled_from("ABQX"), st.sampled_from(["1-4", "5-9"]), st.integers(0, 9000)), max_size=12),
    st.sets(st.sampled_from(["s1", "s2"])),
)
@conftest.deep(60)
def test_nobody_goes_farther_and_no_guarantee_is_lost_whatever_is_opened(rows, opened):
    reach = pd.DataFrame(rows, columns=["settlement_id", "band", "road_m"]).assign(site_id="s1")
    after = equity.then(PEOPLE, reach, opened)
    met = equity.served(SITES, opened)
    owed = HOMES.index[HOMES["owed"] & ~HOMES.index.isin(met)]
    assert equity.losses(PEOPLE, after, HOMES, owed) == []
    more = equity.then(PEOPLE, reach, [*opened, "s1", "s2"])
    assert not (more > after).any()


def test_what_would_be_lost_is_named():
    farther = PEOPLE["road_m"].where(PEOPLE["settlement_id"] != "B", 9000.0)
    assert equity.losses(PEOPLE, farther, HOMES, ["A", "B"]) == ["A", "B"]
    closed = PEOPLE["road_m"].where(PEOPLE["settlement_id"] != "Q")  # no way at all
    assert equity.losses(PEOPLE, closed, HOMES, ["B", "X"]) == ["Q"]
