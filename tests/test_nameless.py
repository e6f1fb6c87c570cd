"""A settlement without any name, as the registers hold some, stops neither the map nor its search."""

from __future__ import annotations

import dataclasses

import pytest

import browsing
from schoolnet.output import maps, words

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_the_map_of_a_region_with_nameless_villages_opens_and_is_searched(tiny_plan, tmp_path):
    homes = tiny_plan.region.settlements.copy()
    homes[["name", "name_kk", "name_ru", "name_en"]] = None
    schools = tiny_plan.region.schools.copy()
    schools[["name", "name_kk", "name_ru", "name_en"]] = None
    region = dataclasses.replace(tiny_plan.region, settlements=homes, schools=schools)
    file = tmp_path / "map.html"
    maps.write(dataclasses.replace(tiny_plan, region=region), file, lang="en")
    with browsing.browser() as chromium:
        seen = browsing.opened(chromium, file)
        panel = seen.page.locator("#panel")
        assert words.load("en").text("no_name") in panel.inner_text()
        seen.page.fill('#panel input[type="search"]', homes["kato"].iloc[0])
        assert words.load("en").text("no_name") in seen.page.locator("#found").inner_text()
        assert seen.said == []
        assert seen.asked == []
