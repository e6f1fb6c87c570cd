"""The map as a reader uses it: in a browser, on a desktop and a phone, by mouse and by keyboard."""

from __future__ import annotations

import datetime as dt

import pytest

import browsing
from schoolnet.options import Options
from schoolnet.output import maps, words
from schoolnet.planning import whatif

pytestmark = pytest.mark.browser
UNNAMED = """() => [...document.querySelectorAll("#panel button, #panel input, #panel select")]
  .filter((one) => !one.textContent.trim() && !one.getAttribute("aria-label") && !one.labels?.length)
  .map((one) => one.outerHTML)"""
OPTIONS = Options(on=dt.date(2026, 10, 15))


@pytest.fixture(scope="module")
def plan(example_on):
    return example_on(str(OPTIONS.on))


@pytest.fixture(scope="module")
def path(plan, tmp_path_factory):
    file = tmp_path_factory.mktemp("map") / "map.html"
    maps.write(plan, file, lang="ru")
    return file


@pytest.fixture(scope="module")
def chromium():
    with browsing.browser() as found:
        yield found


@pytest.fixture(params=[browsing.DESKTOP, browsing.PHONE], ids=["desktop", "phone"])
def seen(request, chromium, path):
    found = browsing.opened(chromium, path, size=request.param)
    yield found
    assert found.asked == []
    assert found.said == []
    found.page.close()


def figure(page, key, column):
    row = page.locator(f'#trial td[data-count="{key}"]').nth(column).inner_text()
    return int("".join(char for char in row if char.isdigit()))


def unfolded(page, box):
    """Return a box or radio of the layers, its group opened where it was closed."""
    if not box.is_visible():
        page.locator("details.branch", has=box).locator("> summary").click()
    return box


def chosen(page, kind, theme):
    unfolded(page, page.locator(f"#theme-{kind}-{theme}")).check()


def test_every_word_changes_with_the_language(seen):
    page = seen.page
    for lang, title in (("kk", "Мектеп желісі"), ("en", "School network"), ("ru", "Сеть школ")):
        page.click(f'#panel nav [lang="{lang}"]')
        assert page.title().startswith(title)
        assert page.locator("html").get_attribute("lang") == lang
        said = page.locator("#panel").inner_text()
        assert words.load(lang).text("ui.whatif") in said
        assert "undefined" not in said
        assert f"lang={lang}" in page.evaluate("location.hash")


@pytest.mark.slow
def test_a_village_is_found_in_kazakh_and_in_russian_and_its_card_opens(seen, plan):
    page = seen.page
    names = plan.region.settlements[["name_kk", "name_ru"]].dropna()
    key = plan.verdicts.index[(plan.verdicts["verdict"] == "build") & plan.verdicts.index.isin(names.index)][0]
    for lang in ("kk", "ru"):
        page.click(f'#panel nav [lang="{lang}"]')
        name = names.loc[key, f"name_{lang}"]
        page.fill("#search", name.upper())
        page.click("#found .rows button >> nth=0")
        assert page.inner_text(".card h2") == name
        assert words.load(lang).text("verdict.build") in page.inner_text(".card .verdict")
        assert f"s={key}" in page.evaluate("location.hash").replace("%2F", "/")
        page.click(".card .back")


def test_a_filter_of_district_need_and_year_leaves_what_it_says(seen, plan):
    page, sites = seen.page, plan.sites
    district = sites["district_id"].value_counts().index[0]
    page.select_option("#choose-district", district)
    assert page.locator("#owed ol").first.locator("li").count() == (sites["district_id"] == district).sum()
    page.select_option("#choose-tier", "guarantee")
    both = (sites["district_id"] == district) & (sites["tier"] == "guarantee")
    assert page.locator("#owed ol").first.locator("li").count() == both.sum()
    page.select_option("#choose-district", "")
    page.select_option("#choose-tier", "")
    first = str(plan.options.first_year)
    page.select_option("#choose-year", first)
    assert 0 < page.locator("#owed ol").first.locator("li").count() <= len(sites)


def test_the_list_is_sorted_as_asked_and_a_row_pans_to_its_site(seen, plan):
    page = seen.page
    page.select_option("#choose-sort", "pupils")
    first = plan.sites.sort_values(["pupils", "rank"], ascending=[False, True])
    row = page.locator("#owed ol").first.locator("button").first
    assert row.inner_text().startswith(f"{first['rank'].iloc[0]}.")
    row.click()
    lat, lon = page.evaluate("(() => { const at = map_plan.getCenter(); return [at.lat, at.lng]; })()")
    assert abs(lon - first.geometry.iloc[0].x) < 0.5
    assert abs(lat - first.geometry.iloc[0].y) < 0.5


@pytest.mark.parametrize(("schools", "km"), [(0, 3), (5, 3), (12, 0.5), (31, 12)])
def test_what_if_in_the_page_is_what_python_gives(seen, plan, schools, km):
    page = seen.page
    page.click("#whatif summary")
    page.fill("#schools-number", str(schools))
    page.fill("#limit-number", str(km))
    found = whatif.rows(plan.access, plan.transport, plan.reach, plan.options)
    opens = whatif.opened(plan.sites, schools)
    told = whatif.counts(found, plan.sites, plan.findings, opens, plan.options, limit_m=1000 * km)
    assert {key: figure(page, key, 2) for key in told._fields} == told._asdict()
    none = whatif.counts(found, plan.sites, plan.findings, [], plan.options, limit_m=3000)
    assert {key: figure(page, key, 0) for key in none._fields} == none._asdict()


@pytest.mark.slow
def test_a_site_switched_off_on_its_card_is_off_in_the_counts(seen, plan):
    page = seen.page
    first = plan.sites[plan.sites["seats"] > 0].sort_values("rank").index[0]
    page.evaluate(f"location.hash = 'site={first}'")
    page.reload()
    page.wait_for_selector(".card .switch input")
    page.uncheck(".card .switch input")
    page.click(".card .back >> nth=0")
    page.fill("#schools-number", "3")  # what is tried stays open
    found = whatif.rows(plan.access, plan.transport, plan.reach, plan.options)
    opens = whatif.opened(plan.sites, 3, off={first})
    told = whatif.counts(found, plan.sites, plan.findings, opens, plan.options, limit_m=3000)
    assert first not in opens
    assert {key: figure(page, key, 2) for key in told._fields} == told._asdict()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["settlements", "schools"])
def test_the_legend_is_that_of_the_theme_and_counts_everybody_once(seen, plan, kind):
    page = seen.page
    many = len(plan.region.settlements if kind == "settlements" else plan.region.schools)
    for theme in page.locator(f'input[name="theme-{kind}"]').evaluate_all("all => all.map((one) => one.value)"):
        chosen(page, kind, theme)
        rows = page.locator(f'.classes[data-kind="{kind}"] label b').all_text_contents()
        counts = [int("".join(filter(str.isdigit, text))) for text in rows]
        assert sum(counts) == many, theme
        drawn = page.evaluate(f"Object.values(map_plan._layers).filter((one) => one.options.kind === '{kind}').length")
        assert drawn <= many


@pytest.mark.slow
def test_a_link_brings_back_what_was_chosen(chromium, path, plan):
    district = plan.sites["district_id"].dropna().iloc[0]
    asked = f"#lang=kk&settlements=owed&schools=condition&of={district}&sort=name"
    found = browsing.opened(chromium, path, hash_=asked)
    page = found.page
    assert page.input_value("#choose-district") == district
    assert page.input_value("#choose-sort") == "name"
    assert page.is_checked("#theme-settlements-owed")
    assert page.is_checked("#theme-schools-condition")
    again = browsing.opened(chromium, path, hash_=page.evaluate("location.hash"))
    assert again.page.inner_text("#panel") == page.inner_text("#panel")


@pytest.mark.slow
@pytest.mark.parametrize("hash_", ["#s=nobody", "#site=%3Cimg%20onerror%3E", "#settlements=constructor&sort=__proto__"])
def test_a_link_to_nothing_opens_the_map_as_it_is(chromium, path, hash_):
    found = browsing.opened(chromium, path, hash_=hash_)
    assert found.said == []
    assert found.page.locator(".card").count() == 0


def test_everything_can_be_reached_and_told_by_keyboard(seen):
    page = seen.page
    page.focus("#search")
    page.keyboard.type("а")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.click(".card .back >> nth=0")
    unnamed = page.evaluate(UNNAMED)
    assert unnamed == []
    assert page.locator(".folium-map").get_attribute("aria-label")


@pytest.mark.slow
def test_a_card_is_printed_alone_on_white(chromium, path, plan):
    key = plan.verdicts.index[plan.verdicts["verdict"] == "build"][0]
    page = browsing.opened(chromium, path, hash_=f"#s={key}").page
    page.emulate_media(media="print")
    assert not page.locator(".folium-map").is_visible()
    assert not page.locator(".card .back").first.is_visible()
    assert page.locator(".card .verdict").is_visible()
    assert page.locator("#panel header").evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"
    pdf = page.pdf(format="A4")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 2
    district = plan.region.districts.index[0]
    page = browsing.opened(chromium, path, hash_=f"#district={district}").page
    assert page.inner_text(".card h2")
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("kind", ["route", "okrug", "place"])
def test_routes_okrugs_and_places_open_from_their_lists(seen, plan, kind):
    page = seen.page
    rows = {"route": plan.routes, "okrug": plan.okrugs, "place": plan.candidates[plan.candidates["rank"] <= 5]}[kind]
    layer = page.locator(f'input[data-layer="{kind}s"]')
    many = int("".join(filter(str.isdigit, page.locator("label", has=layer).locator("b").text_content())))
    assert many == len(rows)
    unfolded(page, layer).check()
    assert f"{kind}s" in page.evaluate("new URLSearchParams(location.hash.slice(1)).get('on')")
    page.locator("details.shared > summary").nth(["route", "okrug", "place"].index(kind)).click()
    page.locator("details.shared[open] button").first.click()
    said = page.inner_text(".card")
    assert said
    assert "undefined" not in said
    assert "NaN" not in said
    if kind == "route":
        calls = plan.calls[plan.calls["route_id"] == plan.routes.index[0]]
        assert page.locator(".card ol li").count() == len(calls)
        assert all(time in said for time in calls["time"])
    if kind == "okrug":
        assert page.locator(".card ul li").count() == plan.okrugs[["satellites", "attached"]].iloc[0].sum()


@pytest.mark.slow
def test_the_card_of_an_okrug_tells_how_far_its_attached_villages_are(chromium, plan, path):
    rode = plan.okrug_members[(plan.okrug_members["role"] == "attached") & plan.okrug_members["minutes"].notna()]
    okrug = rode["okrug_id"].value_counts().index[0]
    page = browsing.opened(chromium, path, hash_=f"#okrug={okrug}&lang=kk").page
    told = [text for text in page.locator(".card ul li").all_inner_texts() if "тірек мектебіне дейін" in text]
    mine = rode[rode["okrug_id"] == okrug]
    assert len(told) == len(mine)
    for row, text in zip(mine.itertuples(), told, strict=True):
        assert f"тірек мектебіне дейін {row.minutes:.0f} мин" in text
        assert f": {row.school_min:.0f} мин" in text


def test_the_plots_are_drawn_in_the_language_of_the_page(seen):
    page = seen.page
    page.click("#plots summary")
    titles = {}
    for lang in ("kk", "ru"):
        page.click(f'#panel nav [lang="{lang}"]')
        assert page.locator("#plots").get_attribute("open") is not None
        pictures = page.locator("#plots img")
        assert pictures.evaluate_all("all => all.every((one) => one.complete && one.naturalWidth > 0)")
        titles[lang] = pictures.evaluate_all("all => all.map((one) => one.alt)")
    assert len(titles["kk"]) == 4
    assert not set(titles["kk"]) & set(titles["ru"])


@pytest.mark.slow
def test_a_link_put_into_an_open_map_is_followed_and_the_way_back_closes_a_card(chromium, path, plan):
    keys = plan.verdicts.index[plan.verdicts["verdict"] == "build"]
    page = browsing.opened(chromium, path, hash_="#lang=ru").page
    page.evaluate(f"location.hash = '#lang=kk&s={keys[0]}&settlements=owed'")
    page.wait_for_selector(".card h2")
    assert page.locator("html").get_attribute("lang") == "kk"
    page.keyboard.press("Escape")
    assert page.locator(".card").count() == 0
    assert page.evaluate("document.activeElement.id") == "search"
    assert page.is_checked("#theme-settlements-owed")
    page.go_back()
    page.wait_for_selector(".card h2")


def test_an_empty_or_wrong_box_changes_no_count(seen):
    page = seen.page
    page.click("#whatif summary")
    before = page.inner_text("#trial")
    for wrong in ("", "-5"):
        page.fill("#limit-number", wrong)
        assert page.locator("#limit-number").get_attribute("aria-invalid") == "true"
        assert page.inner_text("#trial") == before


def test_a_district_chosen_leaves_its_routes_okrugs_and_a_way_back(seen, plan):
    page = seen.page
    district = plan.region.settlements["district_id"].value_counts().index[0]
    page.select_option("#choose-district", district)
    at = plan.region.settlements["district_id"]
    home = plan.region.schools["settlement_id"].map(at)
    expected = {
        "routes": (plan.routes["school_id"].map(home) == district).sum(),
        "okrugs": (plan.okrugs["settlement_id"].map(at) == district).sum(),
    }
    for key, many in expected.items():
        label = page.locator("label", has=page.locator(f'input[data-layer="{key}"]')).locator("b").text_content()
        assert int("".join(filter(str.isdigit, label))) == many
    page.select_option("#choose-tier", "travel") if page.locator("#choose-tier option[value=travel]").count() else None
    assert page.locator('input[name="theme-settlements"]:checked').count() == 1


@pytest.mark.slow
@pytest.mark.parametrize("hash_", ["#tier=nothing", "#year=1999"])
def test_a_link_to_a_need_or_year_that_is_not_there_shows_all(chromium, path, plan, hash_):
    page = browsing.opened(chromium, path, hash_=hash_).page
    assert page.locator("#owed ol").first.locator("li").count() == len(plan.sites)


@pytest.mark.slow
def test_a_card_tells_the_children_by_grades_at_the_horizon_and_what_changes_the_guarantee(chromium, path, plan):
    outlook = plan.outlook[plan.outlook["fewer"].notna() & plan.outlook["more"].notna()]
    key = outlook.index.intersection(plan.verdicts.index[plan.verdicts["verdict"] == "build"])[0]
    said = browsing.opened(chromium, path, hash_=f"#lang=ru&s={key}").page.inner_text(".card dl >> nth=0")
    told, row = words.load("ru"), plan.demand.loc[key]
    shares = [("1–4", "children_1_4"), ("5–9", "children_5_9"), ("10–11", "children_10_11")]
    assert "; ".join(f"{band}: {row[column]}" for band, column in shares) in said
    assert told.text("card.fewer", count=str(outlook.loc[key, "fewer"])) in said
    assert told.text("card.more", count=str(outlook.loc[key, "more"])) in said
    assert f"≈ {outlook.loc[key, 'children_then']}" in said


@pytest.mark.slow
def test_a_name_with_a_latin_letter_in_it_is_found(chromium, path, plan):
    page = browsing.opened(chromium, path, hash_="#lang=ru").page
    name = next(one for one in plan.region.settlements["name_ru"].dropna() if "а" in one.lower())
    page.fill("#search", name.lower().replace("а", "a"))
    assert page.locator("#found .rows .name").first.inner_text().split("\n")[0].endswith(name)
