"""The national page as a reader uses it: in a browser, on a desktop and a phone, by mouse and by keyboard."""

from __future__ import annotations

import re

import pytest

import browsing
import reports
from schoolnet.output import report_frames, report_page, words

pytestmark = pytest.mark.browser
UNNAMED = """() => [...document.querySelectorAll("button, select, a, [role=button], section, [role=region]")]
  .filter((one) => !one.textContent.trim() && !one.getAttribute("aria-label") && !one.labels?.length)
  .map((one) => one.outerHTML)"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return the page, with a map beside it of the north alone."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "KZ-01").mkdir()
    (folder / "KZ-01" / "map.html").write_text('<!DOCTYPE html><title>north</title><body data-ready="1">')
    (folder / "index.html").write_text(report_page.page(reports.drawn(linked=("KZ-01",)), lang="ru"), encoding="utf-8")
    return folder / "index.html"


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


def column(page, at):
    return [one.inner_text() for one in page.locator(f"#regions tbody tr > :nth-child({at})").all()]


@pytest.mark.slow
def test_every_word_changes_with_the_language_and_nothing_is_undefined(seen):
    page, drawn = seen.page, reports.drawn()
    for lang in ("kk", "en", "ru"):
        page.click(f'nav [lang="{lang}"]')
        assert page.title() == report_frames.title(drawn, words.load(lang))
        assert page.locator("html").get_attribute("lang") == lang
        text = page.locator("body").inner_text()
        assert words.load(lang).text("report.regions") in text
        assert not re.findall(r"undefined|NaN|null|column\.|report\.(?!xlsx)", text)
    assert page.evaluate(UNNAMED) == []


def test_names_of_others_are_shown_as_text(seen):
    seen.page.click('nav [lang="en"]')
    assert reports.NASTY in seen.page.locator("#regions").inner_text()
    assert seen.page.locator("img").count() == 0


def test_nothing_is_wider_than_the_screen(seen):
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_table_fits_or_scrolls_inside_its_box(seen):
    """On a desktop nothing of a table is out of sight; on a phone its last column comes into sight by scrolling."""
    desktop = seen.page.viewport_size["width"] == browsing.DESKTOP[0]
    for lang in words.LANGS:
        seen.page.click(f'nav [lang="{lang}"]')
        boxes = seen.page.evaluate("""() => [...document.querySelectorAll(".scroll")].map((box) => {
          box.scrollLeft = box.scrollWidth;
          const edge = box.getBoundingClientRect();
          const cell = box.querySelector("thead th:last-child").getBoundingClientRect();
          return [box.scrollWidth - box.clientWidth, cell.right <= edge.right + 1 && edge.right <= innerWidth];
        })""")
        assert len(boxes) == 5
        assert all(reached for _, reached in boxes)
        assert not desktop or [wider for wider, _ in boxes] == [0] * 5


def test_the_table_is_sorted_by_click_and_by_keyboard(seen):
    page = seen.page
    page.click('nav [lang="en"]')
    north, south, city = (reports.NAMES[code]["en"] for code in ("KZ-01", "KZ-02", "KZ-03"))
    assert column(page, 1) == [north, south, city]  # 50 %, 10 %, 0 %
    page.click('#regions button[data-column="schools"]')  # 5, 11, 3
    assert column(page, 1) == [south, north, city]
    assert page.locator('#regions th[aria-sort="descending"]').inner_text().startswith("Schools")
    assert page.evaluate("document.activeElement.dataset.column") == "schools"
    page.keyboard.press("Enter")
    assert column(page, 1) == [city, north, south]
    assert page.locator('#regions th[aria-sort="ascending"]').count() == 1
    assert page.locator("#regions tfoot th").inner_text() == report_frames.whole(reports.drawn(), words.load("en"))


def test_the_map_is_coloured_by_the_year_chosen(seen):
    """From 2.5 % to the worst, 50 %, in three steps of 15.83: classes up to 0.1, 2.5, 19 and 35 %.

    North: 50 % today is the darkest class, 0 % after 2028 the lightest; south stays at 10 %.
    """
    page = seen.page

    def fill(code):
        return page.locator(f'#map [data-region="{code}"] .shape').get_attribute("fill")

    assert (fill("KZ-01"), fill("KZ-02"), fill("KZ-03")) == ("#b30000", "#fc8d59", "#fef0d9")
    page.select_option("#map select", "2028")
    assert (fill("KZ-01"), fill("KZ-02")) == ("#fef0d9", "#fc8d59")
    assert page.locator("#map select").input_value() == "2028"
    assert [one.inner_text().replace("\xa0", " ") for one in page.locator("#map .legend li").all()][2:4] == [
        "от 2,5 % до 19 %", "от 19 % до 35 %",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_region_with_a_map_opens_it_by_click_and_by_enter(seen):
    page = seen.page
    assert page.locator('#map a[data-region="KZ-01"]').get_attribute("href") == "./KZ-01/map.html"
    assert page.locator("#regions tbody a").get_attribute("href") == "./KZ-01/map.html"
    for act in (lambda one: one.click(), lambda one: one.press("Enter")):
        act(page.locator('#map a[data-region="KZ-01"]'))
        page.wait_for_url("**/KZ-01/map.html")
        seen.asked.clear()  # the map asked for, beside the page
        page.go_back()
        page.wait_for_selector('body[data-ready="1"] #map', state="attached")
        seen.asked.clear()


def test_a_region_without_a_map_shows_its_line_on_the_chart(seen):
    page = seen.page
    page.locator('#map [data-region="KZ-02"]').press("Enter")
    assert page.locator("#chart select").input_value() == "KZ-02"
    assert page.locator('#map [data-region="KZ-02"]').get_attribute("class") == "chosen"
    assert page.locator("#chart .made-dot").count() == 3  # today and two years
    assert page.locator("#chart .goal-dot").count() == 6  # 2.5 % and five targets
    page.select_option("#chart select", "*")
    assert "18.75%" in page.locator("#chart svg[role=img]").get_attribute("aria-label").replace("\xa0", "").replace(
        ",", "."
    )


def test_the_page_can_be_printed_on_a4(seen):
    assert seen.page.evaluate("matchMedia('print').matches") is False
    seen.page.emulate_media(media="print")
    assert seen.page.locator("nav").is_hidden()


def test_what_must_be_said_takes_one_line_until_it_is_opened(seen):
    page = seen.page
    note = page.locator("details.banner")
    assert note.bounding_box()["height"] < 40
    note.locator("summary").click()
    told = page.evaluate("JSON.parse(document.getElementById('schoolnet-data').textContent).caveats")
    assert note.locator("li").count() == len(told) > 0
    assert note.bounding_box()["height"] > 40
