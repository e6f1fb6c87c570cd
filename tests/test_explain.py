"""Why?: the answer of one settlement, found by code or name, in text and on a page that runs nothing."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET

import pytest

from conftest import point
from schoolnet import api
from schoolnet.cli import main
from schoolnet.errors import OptionError
from schoolnet.output import explain, trip, words
from schoolnet.output.sketch import Mark, sketch
from schoolnet.planning.flips import break_even

pytestmark = pytest.mark.usefixtures("tried_once")


@pytest.mark.parametrize("wanted", ["D", "990100003", "Dala", "dala", " DALA "])
def test_a_settlement_is_found_by_identifier_kato_or_name(tiny_plan, wanted):
    assert explain.find(tiny_plan, wanted) == "D"


def test_a_name_that_nobody_bears_is_answered_with_the_near_ones(tiny_plan):
    with pytest.raises(OptionError, match=r"no settlement is called “Dola”\. Near it: Dala"):
        explain.find(tiny_plan, "Dola")


@pytest.mark.slow
def test_a_name_that_two_bear_is_answered_with_their_codes(tiny, options):
    twins = tiny.settlements.assign(name=tiny.settlements["name"].replace("Bulak", "Dala"))
    plan = api.plan(dataclasses.replace(tiny, settlements=twins), options)
    with pytest.raises(OptionError, match=r"990100002 \(East\); 990100003 \(East\)"):
        explain.find(plan, "Dala")


@pytest.mark.slow
def test_every_number_behind_dala_is_said(tiny_plan):
    """The bus: 70 and 20 years of 4.5 and 0.5304 of fuel make 170.6; grades 1-4 are 7 of its 20 pupils: 59.7."""
    text = tiny_plan.explain("Dala", lang="en").text
    for piece in (
        "Build a school: primary school",
        "annex 1, row 1",
        "School-age children: 20",
        "grades 1–4: 7; grades 5–9: 9; grades 10–11: 4",
        "primary school: 5 children or more; basic school: 41 children or more; secondary school: 81 children or more",
        "annex 1, row 4",
        "10.4 km = 0 m from the settlement to the road + 4,700 m",
        "With 41 children (21 more than now): “Build a school: basic school”",
        "With 4 children (16 fewer than now): “Organise transport”, pupils entitled to transport – 4.",
        "no more than 3 km (the longest, of grades 1–4, shorter by 7.4 km)",
        "Next best: “Organise transport” – ≈ 59.7 mln tenge (assumed price) over 20 years; ",
        "; “Build a school” – ≈ 858 mln tenge (assumed price) over 20 years.",
        "The next best gives less than the law guarantees",
        "New school (primary school): pupils – 7, seats – 25, ≈ 208 mln tenge (assumed price); the way grows",
        "For each pupil – ≈ 29.6 mln tenge (assumed price)",
        "! Prices of buses, boarding and small schools are assumptions of the model",
    ):
        assert piece in text, piece


def test_a_building_in_emergency_rests_on_a_target_and_is_explained(tiny_plan):
    text = tiny_plan.explain("Qala", lang="en").text
    for piece in (
        "State day schools in emergency condition here: 1.",
        "Target of the national project: ",
        "seats – 600, 4,080 mln tenge (price published in 2022).",
        "Also meets – third shift, shortage of seats",
        "no longer in emergency condition (schools – 1): “Extend the school: secondary school”",
    ):
        assert piece in text, piece
    assert "Legal basis" not in text


@pytest.mark.slow
def test_from_how_many_pupils_a_bus_costs_more_is_said_beside_the_costs(tiny_plan):
    text = tiny_plan.explain("D", lang="en").text
    found = break_even(tiny_plan, "D")
    assert (
        "with 10.4 km for the bus to go, building a school costs less than a bus of their own"
        f" from {found['pupils']} pupils" in text
    )


def test_bands_that_share_a_way_are_told_once(tiny_plan):
    text = tiny_plan.explain("D", lang="en").text
    assert text.count("are not taught") == 1
    assert "grades 1–4, 5–9, 10–11 are not taught" in text


@pytest.mark.slow
@pytest.mark.parametrize("lang", words.LANGS)
def test_the_page_is_in_one_language_and_whole(tiny_plan, tmp_path, lang):
    page = tiny_plan.explain("B", lang=lang).save(tmp_path / "why" / "b.html").read_text(encoding="utf-8")
    assert f'<html lang="{lang}">' in page
    assert words.load(lang).text("explain.flips") in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="', page)


def test_the_parts_of_a_way_add_up_to_its_length(tiny_plan):
    """Gulder: a leg of 200, 1300 on the road, no leg of the school: 1500."""
    (one,) = trip.trips(tiny_plan, "G")
    metres = tiny_plan.roads.edges.metres[one.edges]
    assert one.school == "SA"
    assert metres.sum() == pytest.approx(1500, abs=0.01)
    (line,) = trip.lines(one, tiny_plan, words.load("en"))
    assert line == (
        "Arka school (Arka): 1.5 km = 200 m from the settlement to the road + 1,300 m secondary road + "
        "0 m from the road to the school"
    )


def test_the_drawn_way_begins_at_the_settlement_and_ends_at_the_school(tiny_plan):
    lines, marks, _ = trip.drawing(trip.trips(tiny_plan, "D"), tiny_plan, "D", words.load("en"))
    way = next(line for style, line in lines if style == "way")
    assert tuple(way[0]) == marks[0].at
    assert tuple(way[-1]) == marks[1].at
    assert [mark.kind for mark in marks] == ["settlement", "school"]


@pytest.mark.slow
def test_where_a_ford_bars_the_way_the_bridge_and_the_way_round_are_drawn(tiny, options):
    """The bridge becomes a ford; a second road from (1000, 0) over a bridge at y = -5000 leads to Dala the long way."""
    import pandas as pd

    from conftest import line, roads

    more = roads(
        ("track", "", line((1000, 0), (1000, -5000))),
        ("track", "bridge", line((1000, -5000), (2000, -5000))),
        ("track", "", line((2000, -5000), (2000, 0))),
    )
    net = pd.concat([tiny.roads.assign(crossing=tiny.roads["crossing"].replace("bridge", "ford")), more])
    plan = api.plan(dataclasses.replace(tiny, roads=net.reset_index(drop=True)), options)
    (one,) = trip.trips(plan, "D")
    assert plan.roads.edges.metres[one.edges].sum() == pytest.approx(700 + 4000 + 1000 + 4000 + 700, abs=0.01)
    assert plan.roads.edges.metres[one.round_edges].sum() == pytest.approx(700 + 5000 + 1000 + 5000 + 700, abs=0.01)
    _, marks, _ = trip.drawing([one], plan, "D", words.load("en"))
    assert [mark.kind for mark in marks] == ["settlement", "school", "bridge"]
    assert marks[2].at == pytest.approx((point(1500, -5000).x, point(1500, -5000).y), abs=1e-6)
    text = plan.explain("D", lang="en").text  # from (2700, 0) to (1500, -5000): 5.14 km, 13 degrees west of south
    over = "the road crosses it by a ford; the bridge is 5.14 km to the south in a straight line"
    assert f"{over}, the way round to the school is 12.4 km" in text


@pytest.mark.slow
def test_a_settlement_without_a_road_is_explained_without_a_path(tiny_plan):
    said = tiny_plan.explain("E", lang="en")
    assert "no road on the map leads to a school" in said.text
    assert "straight line" in said.svg


def test_a_town_that_needs_nothing_has_no_sketch(tiny_plan):
    assert tiny_plan.explain("Q", lang="en").svg == ""


@pytest.mark.slow
def test_names_from_outside_are_only_text(tiny, options):
    evil = "</title><script>alert(1)</script>\"'&"
    homes = tiny.settlements.assign(name=evil)
    schools = tiny.schools.assign(name=evil)
    plan = api.plan(dataclasses.replace(tiny, settlements=homes, schools=schools), options)
    html = plan.explain("D", lang="en")._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_the_sketch_is_well_formed_and_keeps_its_marks_on_the_page(tiny):
    marks = [Mark("settlement", (0.0, 0.0), "a < b"), Mark("school", (0.02, 0.01), "c & d")]
    drawn = [("straight", [[0.0, 0.0], [0.02, 0.01]])]
    root = ET.fromstring(sketch(tiny, drawn, marks, {"title": "way", "straight": "line", "scale": "{km} km"}))
    circle = root.find("{http://www.w3.org/2000/svg}circle")
    assert 0 < float(circle.get("cx")) < 760
    assert 0 < float(circle.get("cy")) < 520
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a < b", "c & d", "line"} <= set(texts)


@pytest.mark.slow
def test_the_command_explains_the_example_and_writes_the_page(tmp_path, capsys, monkeypatch):
    page = tmp_path / "why.html"
    arguments = ["schoolnet", "explain", "--settlement", "993237100", "--lang", "ru", "--out", str(page)]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "Алакамыс" in capsys.readouterr().out
    assert "<svg" in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_command_says_which_names_are_near(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["schoolnet", "explain", "--settlement", "Алакамас", "--lang", "ru"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "населённого пункта «Алакамас» нет" in capsys.readouterr().err
