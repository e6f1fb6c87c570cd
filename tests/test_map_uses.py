"""What a reader does with the map: filters, layers, paper, links, tiles; the counts beside those of the sheets."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
import re
import shutil
import subprocess

import pandas as pd
import pytest

import browsing
from schoolnet.errors import OptionError
from schoolnet.options import Options
from schoolnet.output import brief_text, explain, map_tiles, maps, record, sheets, words
from schoolnet.planning import verdicts

OPTIONS = Options(on=dt.date(2026, 10, 15))
TILES = "https://tiles.example.org/{z}/{x}/{y}.png"


@pytest.fixture(scope="module")
def plan(example_on):
    return example_on(str(OPTIONS.on))


@pytest.fixture(scope="module")
def path(plan, tmp_path_factory):
    file = tmp_path_factory.mktemp("map") / "map.html"
    maps.write(plan, file, lang="ru")
    return file


@pytest.fixture(scope="module")
def paper(tiny_plan, tmp_path_factory):
    file = tmp_path_factory.mktemp("paper") / "map.html"
    maps.write(tiny_plan, file, lang="ru")
    return file


@pytest.fixture(scope="module")
def chromium():
    with browsing.browser() as found:
        yield found


def number(text):
    return int("".join(filter(str.isdigit, text)))


def pages(page, tmp_path):
    if shutil.which("pdfinfo") is None:
        pytest.skip("pdfinfo (poppler-utils) is not installed")
    (tmp_path / "x.pdf").write_bytes(page.pdf(format="A4", prefer_css_page_size=True))
    said = subprocess.run(["pdfinfo", tmp_path / "x.pdf"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"^Pages:\s+(\d+)", said, re.MULTILINE)[1])


# ---- one count everywhere -------------------------------------------------------------------------------------------


def test_verdicts_are_parted_by_why():
    """Two owed, one of them by its own pupils; one emergency building; one for seats."""
    rows = pd.DataFrame(
        [
            ("build", "build_owed"), ("build", "build_emergency"), ("build", "build_relief"), ("bus", "bus_far"),
            ("upgrade", "upgrade_owed_contingent"), ("upgrade", "upgrade_travel"),
        ],
        columns=["verdict", "reason"],
    )  # fmt: skip
    assert verdicts.parts(rows, "build") == {"owed": 1, "emergency": 1, "more": 1}
    assert verdicts.parts(rows, "upgrade") == {"owed": 1, "emergency": 0, "more": 1}


def test_the_counts_of_a_plan_add_up(plan, tiny_plan):
    for of in (plan, tiny_plan):
        told = of.summary
        assert told["verdict_build"] == told["owed_build"] + told["build_emergency"] + told["build_more"]
        assert told["verdict_upgrade"] == told["owed_upgrade"] + told["upgrade_more"]


@pytest.mark.slow
@pytest.mark.browser
def test_tile_legend_filter_list_brief_and_sheet_say_one_thing(chromium, paper, tiny_plan):
    """Dala and Gulder have no school and are owed one; Qala's is in emergency condition and is replaced.

    Two villages owed a school; three told to build; two sites that build and one that replaces.
    """
    said = words.load("ru")
    page = browsing.opened(chromium, paper, hash_="#lang=ru").page
    assert number(page.inner_text(".tiles div >> nth=0 >> b")) == 2
    row = page.locator("label", has=page.locator('input[data-layer="settlements:verdict:build"]'))
    assert number(row.locator("b").inner_text()) == 3
    parts = [said.text("ui.told_owed", count="2"), said.text("ui.told_emergency", count="1")]
    assert row.locator("small").inner_text() == ", ".join(parts)
    for action, many in (("build", 2), ("replace", 1)):
        box = page.locator("label", has=page.locator(f'input[data-layer="site_{action}"]'))
        assert number(box.locator("b").inner_text()) == many
    page.select_option("#choose-verdict", "build")
    assert page.locator("#owed ol").nth(0).locator("li").count() == 3
    assert page.locator("#owed ol").nth(1).locator("li").count() == 3
    line = said.text("ui.told", verdict=said.text("verdict.build"), total="3", parts=", ".join(parts))
    owed = brief_text.content(brief_text.known(tiny_plan, said)).blocks[1]
    assert line in [one.text for one in owed.lines]
    sheet = sheets.frames(tiny_plan, said)["summary"].set_index("text")["value"]
    keys = {"owed_build": 2, "build_emergency": 1, "build_more": 0, "verdict_build": 3}
    assert {key: sheet[said.text(f"summary.{key}")] for key in keys} == keys


# ---- filters and layers ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("size", [browsing.DESKTOP, browsing.PHONE], ids=["desktop", "phone"])
def test_a_verdict_filters_list_counts_points_and_legend_with_the_other_choices(chromium, path, plan, size):
    seen = browsing.opened(chromium, path, size=size, hash_="#lang=ru&verdict=upgrade")
    page = seen.page
    homes = plan.region.settlements.join(plan.verdicts[["verdict"]])
    rows = homes[homes["verdict"] == "upgrade"]
    assert page.input_value("#choose-verdict") == "upgrade"
    assert page.locator("#owed ol").nth(1).locator("li").count() == len(rows)
    counts = page.locator('.classes[data-kind="settlements"] label b').all_text_contents()
    assert [number(one) for one in counts] == [len(rows)]
    drawn = "Object.values(map_plan._layers).filter((one) => one.options.kind === 'settlements').length"
    assert page.evaluate(drawn) == len(rows)
    district = rows["district_id"].value_counts().index[0]
    page.select_option("#choose-district", district)
    both = rows[rows["district_id"] == district]
    assert page.evaluate(drawn) == len(both)
    sites = plan.sites[plan.sites["settlement_id"].isin(both.index)]
    assert page.locator("#owed ol").nth(0).locator("li").count() == len(sites)
    page.select_option("#choose-tier", "travel")
    assert page.locator("#owed ol").nth(0).locator("li").count() == (sites["tier"] == "travel").sum()
    assert "verdict=upgrade" in page.evaluate("location.hash")
    assert seen.said == []


@pytest.mark.slow
@pytest.mark.browser
def test_the_layers_are_walked_by_arrows(chromium, path):
    page = browsing.opened(chromium, path).page
    page.focus("#branch-law > summary")
    page.keyboard.press("ArrowRight")
    assert page.locator("#theme-settlements-owed").is_visible()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.type") == "radio"
    page.keyboard.press("Space")
    assert page.is_checked("#theme-settlements-owed")
    assert "settlements=owed" in page.evaluate("location.hash")
    assert page.evaluate("document.activeElement.id") == "theme-settlements-owed"
    page.keyboard.press("ArrowDown")  # the next theme, as in any choice
    assert page.is_checked("#theme-settlements-missing")
    page.focus("#branch-law > summary")
    page.keyboard.press("ArrowLeft")
    assert not page.locator("#theme-settlements-owed").is_visible()
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.closest('details').id") == "branch-todo"


@pytest.mark.slow
@pytest.mark.browser
def test_a_trial_is_in_the_address_and_stays_open(chromium, path, plan):
    page = browsing.opened(chromium, path, hash_="#lang=ru").page
    first = plan.sites[plan.sites["seats"] > 0].sort_values("rank").index[0]
    page.click("#whatif summary")
    page.fill("#schools-number", "3")
    page.fill("#limit-number", "0.5")
    before = page.locator("#trial td").all_inner_texts()
    page.click('#panel nav [lang="kk"]')
    assert page.locator("#trial td").all_inner_texts() == before
    page.select_option("#choose-district", plan.region.districts.index[0])
    assert page.locator("#trial").is_visible()
    assert page.locator("#trial td").all_inner_texts() == before
    page.select_option("#choose-district", "")
    again = browsing.opened(chromium, path, hash_=f"{page.evaluate('location.hash')}&off={first}").page
    assert again.locator("#trial").is_visible()
    assert again.input_value("#schools-number") == "3"
    assert again.input_value("#limit-number") == "0.5"
    assert f"off={first}" in again.evaluate("decodeURIComponent(location.hash)")
    assert again.locator("#trial td").all_inner_texts() != before
    wrong = browsing.opened(chromium, path, hash_="#build=-3&km=abc&off=nobody")
    assert wrong.said == []
    assert not wrong.page.locator("#trial").is_visible()


# ---- cards ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.usefixtures("tried_once")
def test_a_card_tells_what_would_change_the_verdict_as_explain_does(chromium, paper, tiny_plan):
    for lang, key in itertools.product(words.LANGS, "ABDEG"):
        if key == "A":
            page = browsing.opened(chromium, paper, hash_=f"#lang={lang}").page
            head = words.load(lang).text("explain.flips")
        page.evaluate(f"location.hash = 'lang={lang}&s={key}'")
        page.wait_for_function(
            "(name) => document.querySelector('.card h2')?.textContent === name", arg=told(tiny_plan, key, lang)
        )
        sections = dict(explain.explain(tiny_plan, key, lang=lang).sections)
        assert page.locator(".card .flips li").all_inner_texts() == sections[head]


def told(plan, key, lang):
    row = plan.region.settlements.loc[key]
    return next(
        row[name] for name in (f"name_{lang}", "name_kk", "name_ru", "name_en", "name") if isinstance(row[name], str)
    )


@pytest.mark.slow
@pytest.mark.browser
def test_text_in_another_language_says_so(chromium, tiny_plan, tmp_path):
    homes = tiny_plan.region.settlements.copy()
    homes.loc["G", ["name", "name_kk", "name_ru", "name_en"]] = ["Гүлдер", "Гүлдер", None, None]
    schools = tiny_plan.region.schools.assign(protected=pd.array(["жалғыз мектеп"] * 3, dtype="str"))
    flags = tiny_plan.school_findings.assign(protected=True)
    region = dataclasses.replace(tiny_plan.region, settlements=homes, schools=schools)
    maps.write(dataclasses.replace(tiny_plan, region=region, school_findings=flags), tmp_path / "map.html")
    for lang, marks in (("ru", 1), ("en", 1), ("kk", 0)):
        page = browsing.opened(chromium, tmp_path / "map.html", hash_=f"#lang={lang}&s=G").page
        assert page.locator('.card h2 [lang="kk"]').count() == marks
        assert page.locator(".card h2 .tongue").count() == marks
        page = browsing.opened(chromium, tmp_path / "map.html", hash_=f"#lang={lang}&school=SA").page
        assert page.locator('.card .notes [lang="kk"]').count() == marks
        assert "жалғыз мектеп" in page.inner_text(".card .notes")


@pytest.mark.slow
@pytest.mark.browser
def test_a_nameless_village_is_shown_as_one(chromium, tiny_plan, tmp_path):
    homes = tiny_plan.region.settlements.copy()
    homes.loc["B", ["name", "name_kk", "name_ru", "name_en"]] = None
    region = dataclasses.replace(tiny_plan.region, settlements=homes)
    maps.write(dataclasses.replace(tiny_plan, region=region), tmp_path / "map.html")
    seen = browsing.opened(chromium, tmp_path / "map.html", hash_="#lang=ru&s=B")
    assert seen.said == []
    assert seen.page.inner_text(".card h2") == words.load("ru").text("no_name")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("theme", ["verdict", "owed", "children"])
def test_the_symbol_on_a_card_is_the_one_on_the_map(chromium, path, plan, theme):
    key = plan.verdicts.index[plan.verdicts["verdict"] == "build"][0]
    page = browsing.opened(chromium, path, hash_=f"#settlements={theme}&s={key}").page
    shown = page.locator(".card .verdict svg *, .card .onmap svg *")
    assert shown.count() == 1
    drawn = """([lat, lon]) => Object.values(map_plan._layers).find((one) => one.options.kind === "settlements"
      && Math.abs(one._latlng.lat - lat) + Math.abs(one._latlng.lng - lon) < 1e-9).options.fillColor"""
    point = plan.region.settlements.geometry[key]
    assert page.evaluate(drawn, [round(point.y, 5), round(point.x, 5)]) == shown.get_attribute("fill")


# ---- what it was made from, and paper -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.browser
def test_the_panel_and_the_paper_say_what_the_map_was_made_from(chromium, path, plan):
    page = browsing.opened(chromium, path, hash_="#lang=ru").page
    page.click("#made summary")
    made = record.made_from(plan)
    assert made["inputs"] == record.record(plan)["inputs"]
    for text in (page.inner_text("#made"), page.locator(".stamp").text_content()):
        for one in made["inputs"]:
            assert f"{one['name']} – SHA-256 {one['sha256'][:8]}" in text
        assert "15.10.2026" in text
        assert f"schoolnet {made['version']}" in text
    assert not page.locator(".stamp").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".stamp").is_visible()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_a_card_is_one_sheet_and_the_map_at_most_two(chromium, path, plan, tmp_path, lang):
    largest = plan.region.settlements["district_id"].value_counts().index[0]
    ways = plan.access[~plan.access["here"]].groupby("settlement_id").size().sort_values(kind="stable")
    page = browsing.opened(chromium, path, hash_=f"#lang={lang}").page
    assert pages(page, tmp_path) <= 2
    for card in (f"district={largest}", f"s={ways.index[-1]}"):
        page = browsing.opened(chromium, path, hash_=f"#lang={lang}&{card}").page
        assert pages(page, tmp_path) == 1
    page = browsing.opened(chromium, path, hash_=f"#lang={lang}&district={largest}").page
    many = (plan.sites["district_id"] == largest).sum()
    assert page.locator(".card ol li").count() == many  # on the screen all
    page.emulate_media(media="print")
    assert page.locator(".card ol li:visible").count() == 8
    assert words.load(lang).text("ui.print_more", count=str(many - 8)) in page.inner_text(".card")


# ---- tiles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://tiles.example.org/{z}/{x}/{y}.png", "https:///{z}/{x}/{y}.png", "https://me:word@a.org/{z}/{x}/{y}",
        "https://a.org/{z}/{x}.png", "https://a.org/{z}/{x}/{y}/{s}.png", 'https://a.org/{z}/{x}/{y}.png"><script>',
        "https://a.org; script-src *//{z}/{x}/{y}", "https://{s}.a.org/{z}/{x}/{y}.png", "javascript:alert({z}{x}{y})",
        "https://a.org/{z}/{x}/{y}.png'", "https://a.org:99999/{z}/{x}/{y}.png", "https://a.org/{z}/{x}/{y}\n",
    ],
)  # fmt: skip
def test_an_address_of_tiles_that_cannot_be_used_is_refused(url):
    with pytest.raises(OptionError, match="tiles"):
        map_tiles.checked(url)


def test_a_good_address_is_taken_apart():
    assert map_tiles.checked("https://a.org:8443/t/{z}/{x}/{y}@2x.png?k=1", "A") == (
        "https://a.org:8443/t/{z}/{x}/{y}@2x.png?k=1", "https://a.org:8443", "A",
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.browser
def test_with_tiles_only_their_server_is_asked_and_the_map_says_so(chromium, tiny_plan, tmp_path):
    mark = "</script><img src=x onerror=alert(1)>"
    maps.write(tiny_plan, tmp_path / "map.html", lang="ru", tiles=map_tiles.checked(TILES, mark))
    seen = browsing.opened(chromium, tmp_path / "map.html")
    seen.page.wait_for_timeout(300)
    assert seen.asked
    assert all(one.startswith("https://tiles.example.org/") for one in seen.asked)
    assert words.load("ru").text("ui.tiles_asked", host="tiles.example.org") in seen.page.inner_text("#panel footer")
    assert mark in seen.page.inner_text("#panel footer")
    assert seen.page.locator("#panel img").count() == 0 or seen.page.locator('img[src="x"]').count() == 0
    refused = seen.page.evaluate(
        "() => new Promise((done) => { document.addEventListener('securitypolicyviolation', () => done(true));"
        " new Image().src = 'https://other.example.org/a.png'; setTimeout(() => done(false), 2000); })"
    )
    assert refused
    off = browsing.opened(chromium, tmp_path / "map.html", hash_="#hide=tiles")
    off.page.wait_for_timeout(300)
    assert off.asked == []


@pytest.mark.slow
def test_without_tiles_the_policy_names_no_server(tiny_plan):
    made = tiny_plan.map(lang="ru").get_root().render()
    assert "img-src data:;" in made
    assert json.dumps("tiles")[1:-1] + '":{' not in made
    assert "img-src data: https://tiles.example.org;" in tiny_plan.map(tiles=TILES).get_root().render()


# ---- what a reader sees and reads -----------------------------------------------------------------------------------

FALLBACK = 'params[name] ?? t("unknown")'  # what a place in a sentence is filled with when nothing is given for it
WIDER = """() => [...document.querySelectorAll("#body *")].filter((one) => !one.closest("summary")
  && one.getBoundingClientRect().right > document.getElementById("body").getBoundingClientRect().right + 0.5)
  .map((one) => one.outerHTML.slice(0, 80))"""


def rewritten(plan, tmp_path, change):
    """Write the map of a plan with its data changed."""
    maps.write(plan, tmp_path / "map.html", lang="ru")
    text = (tmp_path / "map.html").read_text("utf-8")
    head, body = text.split('id="schoolnet-data">', 1)
    block, tail = body.split("</script>", 1)
    data = json.loads(block)
    change(data)
    block = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    (tmp_path / "map.html").write_text(f'{head}id="schoolnet-data">{block}</script>{tail}', "utf-8")
    return tmp_path / "map.html"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("size", [browsing.DESKTOP, browsing.PHONE], ids=["desktop", "phone"])
def test_long_options_do_not_widen_the_panel(chromium, tiny_plan, tmp_path, size):
    def lengthen(data):
        for lang in words.LANGS:
            for key in data["words"][lang]:
                if key.startswith(("verdict.", "tier.", "ui.sort_")):
                    data["words"][lang][key] += " и ещё довольно много слов об одном выборе из списка"

    file = rewritten(tiny_plan, tmp_path, lengthen)
    for lang in words.LANGS:
        page = browsing.opened(chromium, file, size=size, hash_=f"#lang={lang}&build=1").page
        page.wait_for_timeout(50)
        assert page.evaluate("document.getElementById('panel').offsetWidth") == min(410, size[0])
        assert page.evaluate(WIDER) == []
        assert page.evaluate("map_plan.getSize().x") == page.evaluate("map_plan.getContainer().clientWidth")


@pytest.mark.slow
@pytest.mark.browser
def test_no_sentence_of_a_card_lacks_what_it_is_filled_with(chromium, paper, tiny_plan, tmp_path):
    cards_are_whole(chromium, paper, tiny_plan, tmp_path)


@pytest.mark.slow
@pytest.mark.browser
def test_no_sentence_of_any_card_of_the_example_lacks_what_it_is_filled_with(chromium, path, plan, tmp_path):
    cards_are_whole(chromium, path, plan, tmp_path)


def cards_are_whole(chromium, path, plan, tmp_path):
    text = path.read_text("utf-8")
    assert text.count(FALLBACK) == 1
    file = tmp_path / "map.html"
    file.write_text(text.replace(FALLBACK, "params[name] ?? `⟦${key} ${name}⟧`"), "utf-8")
    page = browsing.opened(chromium, file, hash_="#lang=ru").page
    cards = {
        "s": plan.verdicts.index, "school": plan.region.schools.index, "site": plan.sites.index,
        "district": plan.region.districts.index, "route": plan.routes.index, "okrug": plan.okrugs.index,
    }  # fmt: skip
    asked = [[kind, key] for kind, keys in cards.items() for key in keys]
    told = page.evaluate(
        """async (asked) => {
          const out = [];
          for (const [kind, key] of asked) {
            history.replaceState(null, "", `#${new URLSearchParams({ lang: "ru", [kind]: key })}`);
            window.dispatchEvent(new PopStateEvent("popstate"));
            out.push(document.querySelector(".card")?.textContent ?? `no card: ${key}`);
          }
          return out;
        }""",
        asked,
    )
    assert len(told) == len(asked)
    assert [text for text in told if "⟦" in text or text.startswith("no card")] == []
    limit = words.load("ru").text("alone.too_far", limit=str(plan.options.okrug_min))
    assert any(limit in text for text in told) == (plan.okrug_members["why"] == "too_far").any()


@pytest.mark.slow
@pytest.mark.browser
def test_a_link_with_a_district_opens_the_map_on_it(chromium, path, plan):
    homes = plan.region.settlements
    district = homes["district_id"].value_counts().index[-1]
    west, south, east, north = homes[homes["district_id"] == district].total_bounds
    whole = browsing.opened(chromium, path).page.evaluate("map_plan.getZoom()")
    page = browsing.opened(chromium, path, hash_=f"#of={district}").page
    assert page.evaluate("map_plan.getZoom()") > whole
    lat, lon = page.evaluate("(() => { const at = map_plan.getCenter(); return [at.lat, at.lng]; })()")
    assert (lon, lat) == (pytest.approx((west + east) / 2, abs=0.05), pytest.approx((south + north) / 2, abs=0.05))


@pytest.mark.slow
@pytest.mark.browser
def test_a_theme_of_schools_is_drawn_at_every_zoom_and_only_if_something_is_known(chromium, tiny_plan, tmp_path):
    schools = tiny_plan.region.schools
    known = {key: schools[key].notna().any() for key in ("modernised", "subject_rooms")}
    assert not any(known.values())
    maps.write(tiny_plan, tmp_path / "map.html", lang="ru")
    page = browsing.opened(chromium, tmp_path / "map.html", hash_="#schools=level").page
    page.evaluate("map_plan.setZoom(map_plan.getMinZoom(), { animate: false })")
    drawn = "Object.values(map_plan._layers).filter((one) => one.options.kind === 'schools').length"
    assert page.evaluate(drawn) == len(schools)
    themes = page.locator('input[name="theme-schools"]').evaluate_all("all => all.map((one) => one.value)")
    assert "level" in themes
    assert not {"modernised", "rooms", "equipment"} & set(themes)


@pytest.mark.slow
@pytest.mark.browser
def test_the_search_goes_by_words_and_tells_namesakes_apart(chromium, tiny_plan, tmp_path):
    """A and D bear one name, in two districts or in one; SA is school No 42, SQ No 142; and there are more than fit."""
    homes, schools = tiny_plan.region.settlements.copy(), tiny_plan.region.schools.copy()
    both = ["name", "name_kk", "name_ru", "name_en"]
    homes.loc[["A", "D"], both] = "Жанажол"
    schools.loc["SA", both] = "Средняя школа №42"
    schools.loc["SQ", both] = "Средняя школа №142"
    region = dataclasses.replace(tiny_plan.region, settlements=homes, schools=schools)

    def crowd(data):
        data["settlements"] += [
            {**data["settlements"][0], "id": f"x{at}", "names": {"name": "Крот"}} for at in range(33)
        ]

    file = rewritten(dataclasses.replace(tiny_plan, region=region), tmp_path, crowd)
    page = browsing.opened(chromium, file, hash_="#lang=ru").page
    page.fill("#search", "школа № 42")
    assert [one.split(" (")[0] for one in page.locator("#found .name").all_inner_texts()] == ["Средняя школа №42"]
    page.fill("#search", "жанажол")
    rows = page.locator("#found .name").all_inner_texts()[:2]
    assert len(set(rows)) == 2
    page.fill("#search", "крот")
    assert page.locator("#found .rows li").count() == 30
    assert page.inner_text("#left") == words.load("ru").text("ui.found_more", count="3")
    district = tiny_plan.region.districts.iloc[0]["name"]
    page.fill("#search", district)
    page.locator("#found .rows button", has_text=words.load("ru").text("card.district")).first.click()
    assert f"district={tiny_plan.region.districts.index[0]}" in page.evaluate("location.hash")


@pytest.mark.slow
@pytest.mark.browser
def test_a_target_whose_period_has_ended_says_so_on_the_card(chromium, path, plan):
    said = words.load("ru").text("report.chart_over", until="2025")
    key = plan.verdicts.index[plan.verdicts["reason"] == "build_emergency"][0]
    site = plan.sites.index[plan.sites["tier"] == "emergency"][0]
    owed = plan.verdicts.index[plan.verdicts["reason"] == "build_owed"][0]
    for asked, holds in ((f"s={key}", True), (f"site={site}", True), (f"s={owed}", False)):
        card = browsing.opened(chromium, path, hash_=f"#lang=ru&{asked}").page.inner_text(".card")
        assert (said in card) == holds, asked


@pytest.mark.slow
@pytest.mark.browser
def test_minutes_are_counted_one_way_and_nobody_walks_far(chromium, path, plan):
    key = plan.verdicts.index[plan.verdicts["reason"] == "board_ride_long"][0]
    page = browsing.opened(chromium, path, hash_=f"#lang=ru&s={key}").page
    ride = re.search(r"около (\d+) мин", page.inner_text(".card .reason"))[1]
    assert f"{ride} мин" in page.inner_text(".card .ways")
    away = plan.access[~plan.access["here"] & (plan.access["season"] == plan.options.season)]
    for far in (True, False):
        rows = away[away["road_m"] > 5000] if far else away[away["road_m"] <= 5000]
        others = away.loc[~away.index.isin(rows.index), "settlement_id"]
        one = rows.loc[~rows["settlement_id"].isin(others), "settlement_id"].iloc[0]
        ways = browsing.opened(chromium, path, hash_=f"#lang=ru&s={one}").page.inner_text(".card .ways")
        assert ("пешком" in ways) != far


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_who_is_owed_what_stands_on_the_first_screen(chromium, path, lang):
    page = browsing.opened(chromium, path, hash_=f"#lang={lang}").page
    first = page.locator("#first li")
    assert first.count() == 5
    assert first.nth(4).bounding_box()["y"] + first.nth(4).bounding_box()["height"] < browsing.DESKTOP[1]
    assert page.locator("#banner").bounding_box()["height"] < 40
    phone = browsing.opened(chromium, path, size=browsing.PHONE, hash_=f"#lang={lang}").page
    phone.click("#to-legend")
    assert phone.locator('input[data-layer="settlements:verdict:build"]').is_visible()
    assert phone.locator("#layers").bounding_box()["y"] < browsing.PHONE[1]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_map_is_one_sheet_with_its_caveats_and_without_empty_boxes(chromium, path, plan, tmp_path, lang):
    page = browsing.opened(chromium, path, hash_=f"#lang={lang}").page
    assert pages(page, tmp_path) == 1
    page.emulate_media(media="print")
    assert page.locator("#choose").evaluate("one => getComputedStyle(one).borderTopWidth") == "0px"
    assert page.locator("p.banner").is_visible()
    key = plan.verdicts.index[plan.verdicts["verdict"] == "bus"][0]
    page = browsing.opened(chromium, path, hash_=f"#lang={lang}&s={key}").page
    assert page.locator(".card dt").evaluate_all("all => all.filter((one) => !one.textContent).length") == 0
