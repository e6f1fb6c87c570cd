"""The order of sites: hand-worked scores, what decided, and the range of ranks under the data's error."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conftest
from schoolnet.decisions import TIERS
from schoolnet.options import Options
from schoolnet.planning import ranking
from sited import errors, sites

FIVE = """
    site_id  tier       pupils  moved  saved_m  unbused  cost_mkzt
    a        seats      100     10     3000     0        50
    b        seats      50      30     2000     5        10
    c        guarantee  41      0      0        41       400
    d        seats      50      0      0        0        -
    e        travel     500     0      0        0        0
"""


def test_the_first_need_comes_first_then_the_score_then_pupils_then_the_way_then_the_name():
    found = ranking.ranked(sites(FIVE), Options())
    assert found["rank"].to_dict() == {"a": 2, "b": 3, "c": 1, "d": 4, "e": 5}
    assert found["decided"].to_dict() == {"a": "tier", "b": "score", "c": "first", "d": "metres", "e": "tier"}
    assert found["score"].to_dict() == {"a": 1.0, "b": 0.5, "c": 1.0, "d": 0.5, "e": 1.0}


def test_weights_are_over_shares_of_the_tiers_greatest():
    # seats: pupil-km a 30, b 60, d 0; pupils for a million a 2, b 5, d no price
    found = ranking.scores(sites(FIVE), Options(weights={"pupils": 1, "metres": 0.5, "price": 0.1, "unbused": 2}))
    assert found["a"] == pytest.approx(1 + 0.5 * 30 / 60 + 0.1 * 2 / 5)
    assert found["b"] == pytest.approx(0.5 + 0.5 + 0.1 + 2)
    assert found["d"] == pytest.approx(0.5)
    assert found["e"] == pytest.approx(1 + 0.1)  # costs nothing: as cheap as the cheapest


def test_pupils_decide_between_equal_scores():
    found = ranking.ranked(sites(FIVE), Options(weights={"relieved": 1}))
    assert found.loc[["a", "b", "d"], "decided"].tolist() == ["tier", "pupils", "metres"]


def test_relieved_pupils_are_those_of_emergency_third_shift_and_shortage():
    two = sites([
        {"site_id": "a", "from_emergency": 5, "from_third_shift": 3, "from_shortage": 2},
        {"site_id": "b", "from_shortage": 20},
    ])  # fmt: skip
    assert ranking.scores(two, Options(weights={"relieved": 1})).tolist() == [0.5, 1.0]


def test_no_site_has_no_rank():
    none = sites(FIVE).iloc[:0]
    assert ranking.ranked(none, Options()).empty
    assert ranking.rank_range(none, Options(), errors(none)).empty


# --- the range


def test_what_is_known_for_sure_keeps_its_place():
    some = sites(FIVE)
    sure = Options(error_seats=0, error_road=0)
    found = ranking.rank_range(some, sure, errors(some))
    rank = ranking.ranked(some, sure)["rank"]
    assert (found["rank_best"] == rank).all()
    assert (found["rank_worst"] == rank).all()


def test_without_draws_the_range_is_the_place():
    some = sites(FIVE)
    found = ranking.rank_range(some, Options(rank_draws=0), errors(some, pupils_sd_share=0.5))
    assert found["rank_best"].equals(found["rank_worst"])


def test_two_that_are_near_may_change_places_and_a_third_far_off_may_not():
    some = sites([{"site_id": "a", "pupils": 100}, {"site_id": "b", "pupils": 98}, {"site_id": "c", "pupils": 10}])
    found = ranking.rank_range(some, Options(), errors(some, pupils_sd_share=0.05))
    assert found["rank_best"].tolist() == [1, 1, 3]
    assert found["rank_worst"].tolist() == [2, 2, 3]


def test_a_tier_is_left_only_where_the_children_may_fall_below_the_threshold():
    some = sites([
        {"site_id": "a", "tier": "guarantee", "pupils": 41},
        {"site_id": "b", "tier": "guarantee", "pupils": 400},
        {"site_id": "c", "tier": "seats", "pupils": 2000},
        {"site_id": "d", "tier": "guarantee", "pupils": 42, "also": "seats"},
    ])  # fmt: skip
    off = errors(some, pupils_sd_share=0.1, children=[41, 400, None, 42], threshold=[41, 81, None, 41])
    found = ranking.rank_range(some, Options(), off)
    assert found.loc["a", "rank_worst"] == 4  # past all: nothing is owed there
    assert found.loc["b"].tolist() == [1, 1]
    assert found.loc["d", "rank_worst"] == 4  # a need of its own, seats, but few pupils
    assert found.loc["c", "rank_best"] == 2
    sure = ranking.rank_range(some, Options(), off.assign(threshold=5))
    assert sure.loc["c"].tolist() == [4, 4]


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.sampled_from(TIERS), st.integers(0, 200), st.floats(0, 0.5), st.sampled_from([None, 5, 41])),
        min_size=1, max_size=12,
    ),
    st.integers(0, 5),
)  # fmt: skip
@conftest.deep(40)
def test_the_place_is_in_its_range_and_the_order_of_rows_changes_nothing(rows, seed):
    some = sites([{"site_id": f"s{at:02}", "tier": tier, "pupils": n} for at, (tier, n, *_) in enumerate(rows)])
    off = errors(
        some,
        pupils_sd_share=[spread for *_, spread, _ in rows],
        children=[n for _, n, *_ in rows],
        threshold=[one for *_, one in rows],
    )
    chosen = Options(rank_draws=30, seed=seed)
    found = ranking.rank_range(some, chosen, off)
    rank = ranking.ranked(some, chosen)["rank"]
    assert ((found["rank_best"] <= rank) & (rank <= found["rank_worst"])).all()
    assert sorted(rank) == list(range(1, len(some) + 1))
    assert found["rank_best"].ge(1).all()
    assert found["rank_worst"].le(len(some)).all()
    turned = ranking.rank_range(some.iloc[::-1], chosen, off).loc[some.index]
    assert turned.equals(found)


@pytest.mark.slow
def test_eight_thousand_sites_are_drawn_in_seconds():
    draw = np.random.default_rng(1)
    many = sites(
        [{"site_id": f"s{at}", "tier": TIERS[at % 5], "pupils": int(draw.integers(5, 900))} for at in range(8000)]
    )
    off = errors(many, pupils_sd_share=0.2, children=many["pupils"], threshold=41)
    begun = time.process_time()
    ranking.rank_range(many, Options(), off)
    assert time.process_time() - begun < 10  # about two on an idle core
