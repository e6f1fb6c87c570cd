"""Drawings and plots: vectors that load nothing, with the figures of the plan in them."""

from __future__ import annotations

import dataclasses
import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolnet.output import charts, plots, words
from schoolnet.output.looks import Look
from schoolnet.output.scene import Label, Scene, mark, svg

EN = words.load("en")
_SVG = "{http://www.w3.org/2000/svg}"


def _words(scene):
    return [one.text for one in scene.items if isinstance(one, Label)]


@pytest.mark.parametrize(
    "name", ['<script>alert("x")</script>', "a & b", "`${x}`", "\x00\x0b\ud800", "'\"><img onerror=x>"]
)
def test_words_from_outside_are_only_ever_words(name):
    text = svg(Scene(10, 10, name, (Label(1, 1, name, bold=True, halo=True), mark(2, 2, 1, Look("#ffffff", "house")))))
    root = ET.fromstring(text)
    assert {one.tag for one in root.iter()} == {f"{_SVG}{tag}" for tag in ("svg", "title", "text", "path")}
    shown = re.sub("[\x00\x0b\ud800]", "\ufffd", name)
    assert [root.find(f"{_SVG}title").text, root.find(f"{_SVG}text").text] == [shown, shown]


def test_a_drawing_asks_for_nothing_from_outside(tiny_plan):
    for name in ("forecast", "cohorts", "frontier", "distance"):
        text = plots.plots(tiny_plan, lang="kk").svg(name)
        ET.fromstring(text)
        assert not re.search(r"href|url\(|<image|<style|<script|\bon\w+=", text)
        assert text.replace('"http://www.w3.org/2000/svg"', "").count("http") == 0


@given(st.floats(1e-6, 1e12))
def test_axes_go_to_the_first_round_number_that_holds_all(most):
    ticks = charts.round_numbers(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most * (1 - 1e-9)
    assert ticks[-2] < most
    assert 3 <= len(ticks) <= 6
    steps = np.diff(ticks)
    assert np.allclose(steps, steps[0])
    assert round(steps[0] / 10 ** np.floor(np.log10(steps[0]) + 1e-9), 6) in (1, 2, 2.5, 5, 10)


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(0, [0, 1]), (730, [0, 200, 400, 600, 800]), (4, [0, 1, 2, 3, 4]), (1000, [0, 250, 500, 750, 1000])],
)
def test_round_numbers_by_hand(most, ticks):
    assert charts.round_numbers(most) == ticks


def test_the_way_to_school_is_classed_by_the_norm_of_three_kilometres():
    """3 km exactly is not more than 3 km; 0 m is the own settlement; a way that is not there has a class of its own."""
    metres = pd.Series([0.0, 0.1, 1000.0, 1000.1, 3000.0, 3000.1, 50_000.0, 50_000.1, np.nan])
    found = plots.classed(metres, pd.Series([1, 2, 4, 8, 16, 32, 64, 128, 256]))
    assert found.to_dict() == {
        "here": 1, "0–1": 2 + 4, "1–3": 8 + 16, "3–5": 32, "5–10": 0, "10–20": 0, "20–50": 64, "> 50": 128, "none": 256,
    }  # fmt: skip


def test_the_distances_of_the_tiny_region_before_and_after_are_those_of_the_paper(tiny_plan):
    """See conftest: 729 of 751 children are taught at home or near it before; three villages get schools.

    Today, by settlement and band: Arka 81, Qala 600 and Bulak's 1-4 (15) at home: 696. Bulak 19 + 7 = 26 have 3300 m,
    Dala 20 have 10,400 m, Gulder 5 have 1500 m, Eski 1 has 4111 m and 3 have 4914 m. After: Bulak is raised to basic
    (19 stay), Dala and Gulder get primary schools (7 and 2 stay); the others go where they went, or nearer.
    """
    walked = plots.walks(tiny_plan)
    today = plots.classed(walked["road_m"], walked["pupils"])
    assert today[["here", "1–3", "3–5", "10–20"]].tolist() == [696, 5, 26 + 4, 20]
    after = plots.classed(walked["after"], walked["pupils"])
    assert after["here"] == 696 + 19 + 7 + 2
    assert after.sum() == today.sum() == 751
    text = _words(plots.distance(walked, EN))
    assert "Taught in their own settlement: today 696, after the programme 724. Ways in km." in text
    east = _words(plots.distance(walked, EN, "east"))
    assert "Taught in their own settlement: today 96, after the programme 124. Ways in km." in east


def test_the_grid_of_cohorts_holds_the_forecast_of_the_medium_path(tiny_plan):
    rows = tiny_plan.forecast.districts
    rows = rows[(rows["district_id"] == "*") & (rows["scenario"] == "medium")].set_index("year")
    shown = _words(plots.cohorts(tiny_plan, EN))
    first = shown.index("Grade 1")
    assert shown[first + 1 : first + 1 + len(rows)] == [EN.number(count) for count in rows["g1"]]
    last = shown.index("Grade 11")
    assert shown[last + 1 : last + 1 + len(rows)] == [EN.number(count) for count in rows["g11"]]
    assert "Grade 12" not in shown
    assert shown[1] == "2026/27"


def test_money_serves_nobody_until_a_site_is_paid(tiny_plan):
    """The line goes up where the cost of a site is reached, never on the way there."""
    steps = plots._stairs(np.array([2.0, 5.0]), np.array([10.0, 30.0]))
    assert steps == ((0.0, 0.0), (2.0, 0.0), (2.0, 10.0), (5.0, 10.0), (5.0, 30.0))
    assert EN.text("plot.bound") in _words(plots.money(tiny_plan, EN))


def test_where_there_is_nothing_to_show_it_is_said(tiny_plan):
    none = dataclasses.replace(tiny_plan, sites=tiny_plan.sites.iloc[:0], reach=tiny_plan.reach.iloc[:0])
    assert EN.text("plot.empty") in _words(plots.money(none, EN))
    assert EN.text("plot.empty") in _words(plots.money(tiny_plan, EN, "nowhere"))
    assert EN.text("plot.empty") in _words(plots.forecast(tiny_plan, EN, "nowhere"))
    assert EN.text("plot.empty") in _words(plots.cohorts(tiny_plan, EN, "nowhere"))
    assert EN.text("plot.empty") in _words(plots.distance(plots.walks(none), EN, "nowhere"))


@pytest.mark.slow
def test_plots_show_themselves_and_know_a_district_by_name(tiny_plan):
    shown = tiny_plan.plots(lang="ru")._repr_html_()
    assert shown.count("<svg") == 4
    assert "Путь до школы" in shown
    assert tiny_plan.plots(district="East").svg("distance") == tiny_plan.plots(district="east").svg("distance")
    assert tiny_plan.plots(district="East").svg("distance") != tiny_plan.plots().svg("distance")
