"""What would change each verdict, tried for all settlements at once: the same as settlement by settlement."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from schoolnet import api
from schoolnet.planning import flips, flips_many


def same(plan):
    found = flips_many.flips_of_all(plan)
    left = flips_many.by_schools(plan)
    assert set(found) == set(plan.region.settlements.index) - left
    for key, told in found.items():
        assert told == flips.flips(plan, key), key
    return found, left


@pytest.mark.slow
def test_all_at_once_is_one_by_one_on_the_tiny_region(tiny_plan):
    """Qala's school is in emergency condition: what is told there hangs on it."""
    found, left = same(tiny_plan)
    assert left == {"Q"}
    assert found["A"] == []
    assert [one.change for one in found["E"]] == ["flip_children_more"]
    assert {one.change for one in found["B"]} >= {
        "flip_children_more",
        "flip_children_fewer",
        "flip_nearer",
        "flip_and",
    }


@pytest.mark.parametrize(
    "choice",
    [
        {"transport_rule": "and", "threshold_base": "contingent", "season": "flood", "ride_max_min": 5},
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in (
                {"transport_rule": "and"}, {"threshold_base": "contingent"}, {"season": "flood"}, {"ride_max_min": 5},
                {"distance_basis": "straight", "transport_holder": "no_school"},
            )
        ),
    ],
    ids=str,
)  # fmt: skip
def test_the_same_under_other_choices(tiny, options, choice):
    same(api.plan(tiny, options.model_copy(update=choice)))


@pytest.mark.slow
def test_a_bridge_is_tried_too(tiny, options):
    """Every bridge a ford: its lack is what parts the villages."""
    marks = tiny.roads["crossing"].replace("bridge", "ford")
    found, _ = same(api.plan(dataclasses.replace(tiny, roads=tiny.roads.assign(crossing=marks)), options))
    assert found


@pytest.mark.slow
def test_where_nobody_is_known_to_live_and_no_school_is_nothing_is_told(tiny, options):
    """No change has anybody to be tried on."""
    nobody = pd.array([None] * len(tiny.settlements), dtype="Int64")
    homes = tiny.settlements.assign(population=nobody, population_basis="unknown", children=nobody)
    found, _ = same(api.plan(dataclasses.replace(tiny, settlements=homes, schools=tiny.schools.iloc[:0]), options))
    assert not any(found.values())


@pytest.mark.slow
def test_settlements_of_crowded_schools_are_left_out(tiny, options):
    """Qala with a sound building: 700 pupils on 300 seats are 100 more than two shifts hold; 500 are not."""
    sound = tiny.schools.assign(condition=tiny.schools["condition"].replace("emergency", "good"))
    one = options.model_copy(update={"size_for": "today"})
    assert "Q" in flips_many.by_schools(api.plan(dataclasses.replace(tiny, schools=sound), one))
    few = sound.assign(enrolment=sound["enrolment"].mask(sound.index == "SQ", 500), shifts=pd.array([1] * 3, "Int64"))
    assert flips_many.by_schools(api.plan(dataclasses.replace(tiny, schools=few), one)) == set()
