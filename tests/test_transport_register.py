"""The transport register in words, on the tiny region."""

from __future__ import annotations

import dataclasses

import pytest

from schoolnet import api
from schoolnet.output import layers, reasons, register, words


def _reason(plan, settlement, band, lang="en", **kwargs):
    rows = register.register(plan, lang=lang, **kwargs)
    return rows.set_index(["settlement_id", "band"])["reason"][(settlement, band)]


def test_there_is_a_row_for_each_rural_settlement_and_band_not_taught_there(tiny_plan):
    rows = register.register(tiny_plan)
    found = rows.groupby("settlement_id", sort=False)["band"].agg(list).to_dict()
    every = ["1-4", "5-9", "10-11"]
    assert found == {"B": every[1:], "D": every, "E": every, "G": every}
    assert rows["pupils"].sum() == 26 + 20 + 4 + 5


def test_far_over_a_bridge(tiny_plan):
    """The bus: 9,700 m of tertiary road at 40 km/h and 700 m of secondary at 55: 14.55 + 0.76 = 15.3 minutes."""
    assert _reason(tiny_plan, "D", "5-9") == (
        "Dala: grades 5–9 are not taught; the nearest school with them is Arka school (Arka), 10.4 km by road. "
        "That is more than 3 km. Water lies between (river: Taza), but it does not count as a natural barrier: the "
        "road crosses it by a bridge. Entitled to transport. By bus such a school is 10.4 km away, about 15 min."
    )


def test_near_and_nothing_between(tiny_plan):
    reason = _reason(tiny_plan, "G", "1-4")
    assert "1.5 km by road. That is no more than 3 km. Not entitled to transport." in reason


def test_no_road_and_a_lake_between(tiny_plan):
    reason = _reason(tiny_plan, "E", "1-4")
    assert "A natural barrier lies between (lake: Aina); no road on the map leads over it" in reason
    assert reason.endswith("Entitled to transport. No road a bus can take leads to such a school.")


@pytest.mark.slow
def test_a_bridged_river_is_a_barrier_when_the_option_says_so(tiny, options):
    plan = api.plan(tiny, options.model_copy(update={"bridged_barrier": "yes"}))
    assert "but in this plan such water counts as a natural barrier too" in _reason(plan, "D", "5-9")


@pytest.mark.slow
def test_in_a_straight_line_dala_is_near(tiny, options):
    plan = api.plan(tiny, options.model_copy(update={"distance_basis": "straight"}))
    assert "2.4 km in a straight line. That is no more than 3 km." in _reason(plan, "D", "5-9")


@pytest.mark.parametrize("lang", words.LANGS)
def test_every_row_has_a_reason_in_each_language_and_no_place_is_left_open(tiny_plan, lang):
    reasons = register.register(tiny_plan, lang=lang)["reason"]
    assert reasons.str.len().gt(40).all()
    assert not reasons.str.contains("[{}]").any()


def test_bands_that_share_way_and_answer_stand_together(tiny_plan):
    rows = register.register(tiny_plan, lang="en", together=True)
    assert rows["band"].tolist() == ["5-9, 10-11", "1-4, 5-9, 10-11", "1-4", "5-9, 10-11", "1-4, 5-9, 10-11"]
    assert rows["pupils"].tolist() == [26, 20, 1, 3, 5]


@pytest.mark.slow
def test_a_near_school_on_a_path_asks_for_no_boarding_place_and_a_far_one_does(tiny, options):
    """The road from Arka's school to Gulder (1,500 m) and to Bulak (3,300 m) becomes a path no bus can take."""
    paths = tiny.roads.assign(drive=[False, True, True, True, False])
    plan = api.plan(dataclasses.replace(tiny, roads=paths), options)
    away = reasons.ways(plan)
    assert reasons.boarding(away["G"]) == ""
    assert reasons.boarding(away["B"]) == "5-9, 10-11"
    rows = {row.Index: row for row in layers.settlements(plan).itertuples()}
    assert "note_board" not in reasons.notes(rows["G"], away["G"])
    assert "note_board" in reasons.notes(rows["B"], away["B"])


@pytest.mark.slow
def test_an_estimate_is_the_straight_line_times_the_factor_in_flood_too(tiny, options):
    """The bridge becomes a ford: in flood Dala has no road, 2,400 m straight x 1.3 = 3.12 km; dry it is 10.4 km."""
    marks = tiny.roads["crossing"].replace("bridge", "ford")
    region = dataclasses.replace(tiny, roads=tiny.roads.assign(crossing=marks))
    plan = api.plan(region, options.model_copy(update={"season": "flood"}))
    assert "about 3.12 km (straight line × 1.3: no road on the map)" in _reason(plan, "D", "1-4")
