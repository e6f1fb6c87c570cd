"""The brief: two pages whatever the region, the card's own sentences, cut with a count, the same bytes each time."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess

import pytest

from schoolnet.errors import OptionError
from schoolnet.output import brief, brief_text, letters, pdf, picture, words
from schoolnet.output.pdf import Block, Line
from schoolnet.output.scene import Label
from schoolnet.region import Input

HOSTILE = ["<b>&amp;</b>", "</script>", "=1+1", "x" * 4000, "\u202eabc\x00", "%s {name} 😀"]


def _text(path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def _pages(path):
    return path.read_bytes().count(b"/Type /Page\n")


@pytest.fixture(scope="module")
def hostile(tiny_plan):
    """Return the tiny plan with names that other people may have given."""
    homes = tiny_plan.region.settlements.assign(name=HOSTILE)
    districts = tiny_plan.region.districts.assign(name=["../../<east>", "west"])
    region = dataclasses.replace(
        tiny_plan.region, settlements=homes, districts=districts, names={"name": "<i>Tiny</i> " + "y" * 300}
    )
    return dataclasses.replace(tiny_plan, region=region)


@pytest.mark.slow
@pytest.mark.parametrize("lang", words.LANGS)
def test_a_brief_has_two_pages_and_the_same_bytes_each_time(tiny_plan, tmp_path, lang):
    for name in ("one", "two"):
        files = tiny_plan.brief(tmp_path / name, lang=lang, districts=[None, "East", "west"])
        assert [file.name for file in files] == ["brief.pdf", "brief-east.pdf", "brief-west.pdf"]
        assert [_pages(file) for file in files] == [2, 2, 2]
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
        assert b"/URI" not in file.read_bytes()


@pytest.mark.slow
def test_kazakh_letters_are_on_the_page(tiny_plan, tmp_path):
    (file,) = tiny_plan.brief(tmp_path, lang="kk")
    text = _text(file)
    assert "Мектеп желісі – Кішкентай" in text
    assert set("әғқңөұүһі") - {"һ"} <= set(text.lower())
    assert "http" not in text


def test_a_brief_says_the_sentences_of_the_cards(tiny_plan):
    told = brief_text.content(brief_text.known(tiny_plan, words.load("en")))
    sites, owed, carry, norms = told.blocks
    assert sites.lines[0].lead == "Bulak (East)"
    assert sites.lines[0].text.startswith("No 1 of 4: owed by the guarantee. Level of the school raised (basic school)")
    assert [line.lead for line in owed.lines if line.lead] == ["Bulak", "Dala", "Gulder", "Qala", "Eski"]
    assert owed.lines[0].text == ("Verdict “Build a school” – 3: owed by law – 2, in place of emergency buildings – 1")
    assert owed.lines[1].text == (
        "Raise the school's level: basic school. 41 school-age children live here. From 41 children on the law "
        "guarantees a basic school, and there is only a primary school here."
    )
    assert carry.lines[0].text == (
        "Pupils entitled to transport: 50 if one condition is enough, 4 if both are required; in the flood season 50."
    )
    assert carry.lines[-1].text == "Villages in need of boarding places: Eski."
    assert any("annex 1, row 1" in line.text for line in norms.lines)
    figures = dict(told.figures)
    assert (figures["Villages owed a school"], figures["Settlements"]) == ("2", "6")
    assert any("assumptions of the model" in one for one in told.warnings)


def test_a_districts_brief_is_about_the_district_alone(tiny_plan):
    told = brief_text.content(brief_text.known(tiny_plan, words.load("en")), "west")
    sites, owed, carry, _ = told.blocks
    assert [line.lead for line in sites.lines] == ["Qala"]
    assert [line.lead for line in owed.lines if line.lead] == ["Qala"]
    assert [line.text for line in carry.lines] == [
        "Pupils entitled to transport: 0 if one condition is enough, 0 if both are required; in the flood season 0."
    ]
    figures = dict(told.figures)
    assert figures["Schools"] == "1"
    assert figures["Three-shift state day schools"] == "1"


@pytest.mark.slow
@pytest.mark.parametrize("lang", words.LANGS)
def test_names_from_outside_are_shown_as_text_and_break_nothing(hostile, tmp_path, lang):
    files = hostile.brief(tmp_path, lang=lang, districts=[None, "east", "west"])
    assert [_pages(file) for file in files] == [2, 2, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brief-east.pdf", "brief-west.pdf", "brief.pdf"]
    assert "</script>" in _text(files[0])


def test_the_identifier_of_a_district_can_lead_to_no_other_folder():
    files = brief._files([None, "../../etc/passwd", "a/b", "a?b", "Айыртау"])
    assert list(files.values()) == [
        "brief.pdf", "brief-______etc_passwd.pdf", "brief-a_b.pdf", "brief-a_b~2.pdf", "brief-Айыртау.pdf",
    ]  # fmt: skip


def test_a_district_is_known_by_identifier_code_or_name_and_another_is_refused(tiny_plan):
    coded = tiny_plan.region.districts.assign(kato=["990100000", "990200000"], name_kk=["Шығыс", "Батыс"])
    plan = dataclasses.replace(tiny_plan, region=dataclasses.replace(tiny_plan.region, districts=coded))
    assert [brief.find(plan, one) for one in ("east", "990200000", " шығыс ", "WEST")] == [
        "east",
        "west",
        "east",
        "west",
    ]
    with pytest.raises(OptionError, match=r"no district is called “North”.*east \(East\), west \(West\)"):
        brief.find(plan, "North")
    twice = coded.assign(name_kk="Шығыс")
    plan = dataclasses.replace(tiny_plan, region=dataclasses.replace(tiny_plan.region, districts=twice))
    with pytest.raises(OptionError, match="several districts are called “Шығыс”"):
        brief.find(plan, "Шығыс")


def _more(count):
    return f"… and {count} more"


def test_what_does_not_fit_is_counted_and_what_fits_is_whole():
    """One line of 10 points takes 12.8; a head 1.28 x 11.5 + 8 = 22.72. Two blocks in 22.72 x 2 + 5 x 12.8 = 109.44."""
    long, short = Block("long", tuple(Line("", f"l{at}") for at in range(9))), Block("short", (Line("", "s0"),))
    found = pdf.flowed([long, short, Block("none", ())], 109.44, 500, 10, _more)
    assert [line.text for line in found[0].lines] == ["l0", "l1", "l2", "… and 6 more"]
    assert found[1] == short
    assert pdf.flowed([long, short], 109.44 + 5 * 12.8 + 0.01, 500, 10, _more) == [long, short]
    assert [len(block.lines) for block in pdf.flowed([long, long], 0, 500, 10, _more)] == [1, 1]


def test_blocks_are_cut_evenly():
    blocks = [Block(name, tuple(Line("", f"{name}{at}") for at in range(50))) for name in "ab"]
    found = pdf.flowed(blocks, 2 * 22.72 + 20 * 12.8 + 0.01, 500, 10, _more)
    assert [len(block.lines) for block in found] == [10, 10]
    assert found[0].lines[-1].text == "… and 41 more"


def test_lines_are_no_wider_than_the_page_and_a_word_too_long_is_cut():
    text = "Мектеп жасындағы балалар " * 20 + "ы" * 500
    lines = pdf.wrapped(text, 200, 8, most=99, indent=80)
    assert all(letters.wide(one, 8) <= 200 for one in lines)
    assert letters.wide(lines[0], 8) <= 120
    assert lines[-1].endswith("ы…")
    assert " ".join(lines[:-1]) == ("Мектеп жасындағы балалар " * 20).strip()
    assert len(pdf.wrapped(text, 200, 8, most=3)) == 3
    assert pdf.wrapped(text, 200, 8, most=3)[-1].endswith("…")
    assert pdf.clean("a\u202eb\x00 \n c") == "a b c"


def test_the_picture_counts_in_its_legend_what_it_shows(tiny_plan):
    """Bulak upgrade; Dala, Gulder and Qala build; Eski board; Arka keep. Sites: two new, one for old, one raised."""
    scene = picture.picture(tiny_plan, words.load("en"), width=500, height=300)
    shown = [one.text for one in scene.items if isinstance(one, Label)]
    assert shown[-7:] == [
        "Build a school – 3", "Raise the school's level – 1", "Give a boarding place – 1", "Network unchanged – 1",
        "Site: build a school – 2", "Site: replace the school building – 1", "Site: raise the school's level – 1",
    ]  # fmt: skip
    assert shown[0] == "Qala"  # the town comes first
    west = picture.picture(tiny_plan, words.load("en"), width=500, height=300, district="west")
    assert [one.text for one in west.items if isinstance(one, Label)][-2:] == [
        "Build a school – 1", "Site: replace the school building – 1",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_region_without_schools_sites_or_districts_has_its_brief(tiny, options, tmp_path):
    from schoolnet import api

    homes = tiny.settlements.assign(district_id=None)
    bare = dataclasses.replace(
        tiny, schools=tiny.schools.iloc[:0], settlements=homes, districts=tiny.districts.iloc[:0],
        waters=tiny.waters.iloc[:0],
    )  # fmt: skip
    (file,) = api.plan(bare, options).brief(tmp_path, lang="ru")
    assert _pages(file) == 2


@pytest.fixture(scope="module")
def example(example_on):
    return example_on("2026-10-15")


@pytest.mark.parametrize("lang", words.LANGS)
def test_no_label_lies_on_another_and_nothing_runs_past_the_picture(example, lang):
    """Names of the example's towns and districts, and the legend, as wide as the letters of the PDF draw them."""
    drawn = picture.picture(example, words.load(lang), width=523, height=380)
    labels = [one for one in drawn.items if isinstance(one, Label)]
    edges = {"start": (0, 1), "middle": (-0.5, 0.5), "end": (-1, 0)}
    boxes = []
    for one in labels:
        wide = letters.wide(one.text, one.size, bold=one.bold)
        left, right = (one.x + part * wide for part in edges[one.anchor])
        boxes.append((left, one.y - one.size, right, one.y, one.text))
        assert left >= 0, one.text
        assert right <= drawn.width, one.text
    names = [box for box, one in zip(boxes, labels, strict=True) if one.halo]
    assert len(names) > 6
    for at, (left, top, right, low, text) in enumerate(names):
        for west, north, east, south, other in names[at + 1 :]:
            assert left >= east or west >= right or top >= south or north >= low, (text, other)


@pytest.mark.parametrize("lang", words.LANGS)
def test_the_stamp_stands_at_the_foot_of_both_pages(tiny_plan, tmp_path, lang):
    region = dataclasses.replace(tiny_plan.region, inputs=(Input("map", "karta.pbf", 1, "0123456789"),))
    (file,) = dataclasses.replace(tiny_plan, region=region).brief(tmp_path, lang=lang)
    assert _text(file).count("karta.pbf (01234567)") == 2
    assert _pages(file) == 2
