from __future__ import annotations

import numpy as np
import pytest

from conftest import tiny_region
from peopled import LIVES, NORMS, births, flat, options, peopled, series, state
from schoolnet.model import growth as model

pytestmark = pytest.mark.usefixtures("real_cohorts")

TINY = tiny_region()  # A, B, D, E, G in east; Q in west


def growth(*, headcount=None, choices=None, **known):
    region = peopled(TINY, **known)
    return model.growth(
        region, state(TINY, a0=3, a4=7) if headcount is None else headcount, NORMS, choices or options()
    )


def test_the_years_go_from_the_plan_to_the_horizon():
    assert growth().years == (2026, 2027, 2028, 2029, 2030)
    found = growth(choices=options(horizon=2026))
    assert found.years == (2026,)
    assert found.newborn["low"].shape == (6, 0)


def test_without_a_series_the_norms_and_options_lead_the_cohorts():
    found = growth(choices=options(migration=0.03, migration_spread=0.02))
    assert found.stay == NORMS["children.stay_after_9"].value
    assert found.shares[:, 14] == pytest.approx(0.65 * LIVES[14])
    assert found.shares[:, 0] == pytest.approx(LIVES[0])
    assert [found.moves(path)[0] for path in ("low", "medium", "high")] == pytest.approx([0.01, 0.03, 0.05])
    assert found.fitted.empty
    assert set(found.births_basis) == {"country"}
    assert found.notes == ()


def test_a_series_up_to_the_plans_year_is_fitted_and_later_years_are_not():
    rows = [("*", 2025, {1: 1000, 9: 1000}), ("*", 2026, {2: 1100, 10: 700})]
    found = growth(series=series(*rows, ("*", 2027, {3: 9000, 11: 9000})))
    changed = found.shares * (1 + found.migration.to_numpy())[:, None]
    assert changed[:, 6] == pytest.approx(1.1)
    assert changed[:, 14] == pytest.approx(0.7)
    assert found.shares[:, 0] == pytest.approx(LIVES[0])
    assert found.fitted["pupils"].tolist() == [2000]
    given = growth(series=series(*rows), choices=options(stay_after_9=0.4))
    assert given.shares[:, 14] == pytest.approx(0.4 * LIVES[14])


def test_births_of_the_country_move_those_of_a_settlement_with_them():
    # ten cohorts of 10 where 1,000 were born in the country each year: one in a hundred of those to come
    even = births(KZ=dict.fromkeys(range(2000, 2027), 1000) | {2027: 500, 2028: 0})
    alive = np.cumprod([1, *LIVES[:4]])
    home = state(TINY, **{f"a{age}": 10 * part for age, part in enumerate(alive)})
    found = growth(births=even, headcount=home).newborn["medium"]
    # born September 2026 - August 2027: 1000 / 3 + 500 x 2/3 = 666.7; then 500 / 3 = 166.7; then none
    assert found[0] == pytest.approx([20 / 3, 5 / 3, 0, 0])
    assert found == pytest.approx(np.tile(found[0], (6, 1)))


def test_one_empty_year_ends_no_village():
    assert (growth(births=flat(), headcount=state(TINY, a1=4)).newborn["medium"] > 0).all()
    assert (growth(births=flat(), headcount=state(TINY, a5=4)).newborn["medium"] == 0).all()


def test_births_of_a_district_are_shared_out_by_the_youngest_and_kept():
    home = state(TINY, a2=1.0)
    home.loc["A", "a2"] = 6.0
    found = growth(births=flat(east={2026: 90, 2027: 120}, region={2026: 150, 2027: 150}), headcount=home)
    # the east has A 6 and B, D, E, G 1 each: 0.6 and 0.1 of 90 / 3 + 120 x 2/3 = 110, then of 120 as in the country
    assert found.newborn["medium"][:, 0] == pytest.approx([66, 11, 11, 11, 11, 40])
    assert found.newborn["medium"][:, 1] == pytest.approx([72, 12, 12, 12, 12, 30])  # Q: what the east leaves of 150
    assert found.births_basis.to_dict() == dict.fromkeys("ABDEG", "district") | {"Q": "region"}


def test_births_of_a_district_without_young_children_go_where_children_are():
    home = state(TINY)
    home.loc["B", "a9"] = 5.0
    found = growth(births=flat(east={2026: 90, 2027: 90}), headcount=home).newborn["medium"]
    assert found[:, 0] == pytest.approx([0, 90, 0, 0, 0, 0])
    empty = growth(births=flat(east={2026: 90}), headcount=state(TINY)).newborn["medium"]
    assert (empty == 0).all()


def test_births_long_before_the_plan_give_way_to_the_children_born_since():
    found = growth(births=flat(east={2020: 90}, west={2021: 90}))
    assert found.births_basis.to_dict() == dict.fromkeys("ABDEG", "country") | {"Q": "district"}
    assert [str(note) for note in found.notes] == [
        "births of east end in 2020: its children under five tell more of those to come"
    ]


def test_births_of_no_child_in_the_country_are_born_nowhere():
    assert all((born == 0).all() for born in growth(births=flat(0)).newborn.values())


def test_paths_of_births_lie_in_order_and_part_after_the_last_year_known():
    found = growth(births=births(KZ={2027: 1000}), choices=options(horizon=2040)).newborn
    assert (found["low"] <= found["medium"]).all()
    assert (found["medium"] <= found["high"]).all()
    assert (found["low"][:, 0] == found["high"][:, 0]).all()
    assert (found["low"][:, 1] < found["medium"][:, 1]).all()


def test_what_could_not_be_fitted_is_said():
    rows = [("east", 2025, {0: 900}), ("*", 2025, {1: 10}), ("*", 2026, {2: 1000})]
    assert [str(note) for note in growth(series=series(*rows)).notes] == [
        "pupils of east are not told by grade: nothing was fitted on them",
        "1 times more than 1.5 pupils to one of the grade before: 1.5 is taken",
    ]
