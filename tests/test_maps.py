"""The map: one file that loads nothing, holds the plan whole, and says it in three languages."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from branca.element import JavascriptLink

from schoolnet import api, decisions, results, tables
from schoolnet.errors import SourceError
from schoolnet.output import costing, layers, map_backdrop, map_lines, maps, norms_text, page, reasons, site_text, words

SOURCE = Path(maps.__file__).parent
HOSTILE = {
    "A": "</script><img src=x onerror=alert(1)>",
    "B": "`${alert(1)}` \"'\\ <!-- <script>",
    "D": "{{ 7 * 7 }}{% raw %}{# #}",
    "E": "$& {children} \u2028 &lt;b&gt;",
    "G": "Ғүлдер",
}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page(HTMLParser):
    """What a page is made of: its tags in order, the addresses it asks for, and the text of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.texts, self.policy, self.here = [], [], {}, "", ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.addresses += [value for key, value in attrs if key in ("src", "href", "srcset", "action", "poster")]
        if values.get("http-equiv", "").lower() == "content-security-policy":
            self.policy, self.before_policy = values["content"], list(self.tags)
        self.here = values.get("id", tag)

    def handle_data(self, data):
        self.texts[self.here] = self.texts.get(self.here, "") + data


#: The pages built, each with its plan, so that the plan keeps its `id`.
_PAGES = {}


def page_of(plan, **how):
    """Return the page of a plan, built once for each way of asking: nobody changes a text."""
    key = id(plan), *sorted(how.items())
    if key not in _PAGES:
        _PAGES[key] = plan, maps.build(plan, **how).get_root().render()
    return _PAGES[key][1]


def block(text):
    return json.loads(Page(text).texts["schoolnet-data"])


def renamed(plan, names):
    """Return the plan with the names of some settlements changed."""
    settlements = plan.region.settlements.copy()
    for key, name in names.items():
        settlements.loc[key, ["name", "name_ru"]] = name
    schools = plan.region.schools.copy()
    schools["name"] = "</script><b>"
    region = dataclasses.replace(plan.region, settlements=settlements, schools=schools)
    return dataclasses.replace(plan, region=region)


@pytest.fixture(scope="module")
def hostile(tiny_plan):
    return renamed(tiny_plan, HOSTILE)


@pytest.mark.slow
@pytest.mark.parametrize("lean", [True, False])
def test_the_page_asks_for_nothing_outside(hostile, lean):
    page = Page(page_of(hostile, lean=lean))
    assert page.addresses == []
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.tags)


@pytest.mark.slow
def test_the_page_forbids_every_request_before_its_first_script(tiny_plan):
    page = Page(page_of(tiny_plan, lean=True))
    assert page.policy.startswith(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    )
    assert "script" not in page.before_policy
    assert "style" not in page.before_policy


def test_names_come_through_whole_and_add_no_element(tiny_plan, hostile):
    text = page_of(hostile, lean=True)
    names = {one["id"]: one["names"] for one in block(text)["settlements"]}
    assert {key: names[key]["ru"] for key in HOSTILE} == HOSTILE
    assert Page(text).tags == Page(page_of(tiny_plan, lean=True)).tags


@pytest.mark.slow
def test_a_hostile_name_of_the_region_stays_a_title(tiny_plan):
    names = {"name": "</title><script>alert(1)</script>{{ 7 * 7 }}"}
    region = dataclasses.replace(tiny_plan.region, names=names)
    page = Page(page_of(dataclasses.replace(tiny_plan, region=region), lang="ru", lean=True))
    assert page.texts["title"].strip() == f"Сеть школ – {names['name']}"


def test_a_script_of_folium_cannot_end_its_own_tag():
    assert page._script("a='</SCRIPT>';b='<!--';c=1</2") == "a='<\\/SCRIPT>';b='<\\!--';c=1</2"


@pytest.mark.slow
def test_the_same_plan_gives_the_same_file(tiny_plan):
    assert page_of(tiny_plan, lean=True) == maps.build(tiny_plan, lean=True).get_root().render()


@pytest.mark.slow
def test_a_lean_page_holds_leaflet_only_and_a_full_one_takes_foliums_markers(tiny_plan):
    lean = page_of(tiny_plan, lean=True)
    assert "Leaflet 1.9.3" in lean
    assert "jQuery v3" not in lean
    made = maps.build(tiny_plan)
    folium.Marker([0, 0], popup="<b>here</b>", icon=folium.Icon(color="red")).add_to(made)
    full = made.get_root().render()
    assert "jQuery v3" in full
    assert "L.AwesomeMarkers.icon" in full
    assert made._repr_html_().startswith("<div")


def test_a_script_that_is_not_at_hand_is_refused_by_name(tiny_plan):
    made = maps.build(tiny_plan)
    with pytest.raises(SourceError, match=r"holds no copy of https://example\.org/x\.js"):
        made.get_root().header.add_child(JavascriptLink("https://example.org/x.js"))


@pytest.mark.slow
def test_the_file_is_written_whole_in_the_language_asked_for(tiny_plan, tmp_path):
    path = tmp_path / "map.html"
    path.write_text("old", encoding="utf-8")
    maps.write(tiny_plan, path, lang="ru")
    assert "<title>Сеть школ – Малая</title>" in path.read_text(encoding="utf-8")
    assert [one.name for one in tmp_path.iterdir()] == ["map.html"]


def test_the_block_holds_every_settlement_with_its_findings(tiny_plan):
    rows = {one["id"]: one for one in block(page_of(tiny_plan, lean=True))["settlements"]}
    assert {key: row["verdict"] for key, row in rows.items()} == tiny_plan.verdicts["verdict"].to_dict()
    named = ("year", "children_then", "children_then_low", "children_then_high", "guaranteed_then", "fewer", "more")
    then = {key: value for key, value in tiny_plan.outlook.loc["B"].items() if key in named and not pd.isna(value)}
    assert rows["B"] == {
        "id": "B", "names": {"name": "Bulak"}, "at": [0.0, -0.02695], "kato": "990100002", "district_id": "east",
        "place": "village", "is_rural": True, "population": 219, "population_basis": "given", "children": 41,
        "children_basis": "given", "guaranteed": "basic", "existing": "primary", "pupils_entitled_or": 26,
        "pupils_entitled_and": 0, "verdict": "upgrade", "level": "basic", "reason": "upgrade_owed",
        "rank": 1, "rank_best": 1, "rank_worst": 1, "network_deficit": True, "bands_not_taught": "5-9, 10-11",
        "pupils_entitled_flood": 26,
        "children_1_4": 15, "children_5_9": 19, "children_10_11": 7, **then,
        "okrug": {"role": "alone", "why": "too_few"},
        "facts": {
            "children": 41, "counted": 41, "threshold": 41, "level": "basic", "existing": "primary", "band": "5-9",
            "limit_m": 3000, "assumed": "secondary", "factor": 1.3, "school": "SA", "basis": "road",
            "metres": rows["B"]["facts"]["metres"], "bands_after": "10-11", "pupils_after": 7,
        },
        "notes": ["note_meanwhile_bus", "note_bus_after"],
        "ways": rows["B"]["ways"], "paths": {"SA": rows["B"]["paths"]["SA"]},
        "rides": rows["B"]["rides"], "flips": rows["B"]["flips"],
        "next": {
            "chosen": "upgrade", "cost_mkzt": 200.0, "cost_basis": "assumed", "other": "bus",
            "other_cost_basis": "assumed", "other_cost_mkzt": rows["B"]["next"]["other_cost_mkzt"], "years": 20,
            "staff": True, "below": True, "bands_after": "10-11", "pupils_after": 7,
        },
    }  # fmt: skip
    by_bus = tiny_plan.verdicts.loc["B", "runner_up_mkzt"]
    assert rows["B"]["next"]["other_cost_mkzt"] == pytest.approx(by_bus, abs=1e-4)
    assert rows["B"]["facts"]["metres"] == pytest.approx(3300, abs=0.1)
    assert [way["band"] for way in rows["B"]["ways"]] == ["5-9", "10-11"]
    assert [way["pupils"] for way in rows["B"]["ways"]] == [19, 7]
    assert ["flip_nearer", {"change_m": 300.0, "limit_m": 3000, "band": "5-9"}, "upgrade", "basic", 0] in [
        [key, {name: value if isinstance(value, str) else round(value, 1) for name, value in told.items()}, *then]
        for key, told, *then in rows["B"]["flips"]
    ]
    assert [(ride["mode"], ride["pupils"]) for ride in rows["B"]["rides"]] == [("bus", 19), ("bus", 7)]


@pytest.mark.slow
def test_the_block_holds_every_site_in_its_order_without_empty_counts(tiny_plan):
    ranked = tiny_plan.sites.assign(rank=[4, 3, 2, 1], rank_best=1, rank_worst=4)
    found = block(page_of(dataclasses.replace(tiny_plan, sites=ranked)))
    order = ["replace:SQ", "build:G:primary", "build:D:primary", "upgrade:B:basic"]
    assert [one["id"] for one in found["sites"]] == order
    assert found["sites"][1] == {
        "id": "build:G:primary", "at": [0.00181, -0.00898], "where": "settlement", "settlement_id": "G",
        "district_id": "east", "year": 2027,
        "action": "build", "level": "primary", "tier": "guarantee", "shifts": 1, "cost_mkzt": 207.5,
        "cost_pupil_mkzt": 103.75, "price_basis": "assumed", "rank": 2, "rank_best": 1, "rank_worst": 4, "pupils": 2,
        "seats": 25, "moved": 2, "saved_m": 1500.0,
    }  # fmt: skip


@pytest.mark.slow
def test_the_banner_and_the_panel_say_which_prices_are_assumed(tiny, options, tiny_plan):
    found = block(page_of(tiny_plan, lean=True))
    assert "assumed_prices" in found["about"]["caveats"]
    prices = {row[0]: row[1:] for row in found["prices"]}
    assert prices["size_600"] == [4080.0, "mkzt", "published"]
    assert prices["bus"] == [35.0, "mkzt", "assumed"]
    assert set(prices) == set(tiny_plan.prices.values)
    given = {name: value for name, value in tiny_plan.prices.values.items() if not name.startswith("size_")}  # noqa: PD011
    plan = api.plan(tiny, options.model_copy(update={"prices": given}))
    found = block(page_of(plan))
    assert "assumed_prices" not in found["about"]["caveats"]
    assert {row[3] for row in found["prices"]} == {"published", "given"}


@pytest.mark.slow
def test_notes_say_what_is_estimated_assumed_or_asks_for_consent(tiny, options, tiny_plan):
    rows = {one["id"]: one for one in block(page_of(tiny_plan, lean=True))["settlements"]}
    assert rows["E"]["notes"] == ["note_approx", "note_substitute_consent"]
    assert "notes" not in rows["A"]
    unknown = tiny.schools.assign(level=pd.array([None] * 3, dtype="str"))
    plan = api.plan(dataclasses.replace(tiny, schools=unknown), options)
    rows = {one["id"]: one for one in block(page_of(plan))["settlements"]}
    assert rows["A"]["notes"] == ["note_level_unknown"]


@pytest.mark.parametrize("lang", words.LANGS)
def test_every_settlement_can_be_given_its_reason(tiny_plan, lang):
    said, put = words.load(lang), reasons.named(tiny_plan, lang)
    raw = reasons.facts(tiny_plan)
    sentences = {key: said.sentence(reason, put(raw[key])) for key, reason in tiny_plan.verdicts["reason"].items()}
    assert set(sentences) == set(tiny_plan.region.settlements.index)
    assert said.text("unknown") not in " ".join(sentences.values())


def test_names_are_put_in_with_the_village_of_the_school_and_the_kind_of_water(tiny_plan):
    put = reasons.named(tiny_plan, "kk")
    assert put({"school": "SA", "water": "w1", "children": 4}) == {
        "school": "Arka school (Arka)", "water": ("lake", "Aina"), "children": 4,
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["schools", "waters", "roads", "districts"])
def test_a_region_may_lack_a_layer(tiny, options, layer):
    empty = getattr(tiny, layer).iloc[:0]
    homes = tiny.settlements
    if layer == "districts":
        homes = homes.assign(district_id=homes["district_id"].where(homes.index.isna()))
    plan = api.plan(dataclasses.replace(tiny, **{"settlements": homes, layer: empty}), options)
    assert not any(block(page_of(plan))[layer])


@pytest.mark.slow
def test_a_school_without_a_place_and_a_plan_with_few_counts_are_shown(tiny_plan):
    places = gpd.GeoSeries(
        [None, *tiny_plan.region.schools.geometry.iloc[1:]], index=tiny_plan.region.schools.index, crs=4326
    )
    region = dataclasses.replace(tiny_plan.region, schools=tiny_plan.region.schools.set_geometry(places))
    found = block(
        page_of(dataclasses.replace(tiny_plan, region=region, summary={"children": 755, "indicator_share": None}))
    )
    assert ["at" in one for one in found["schools"]] == [False, True, True]
    assert found["about"]["summary"] == {"children": 755, "indicator_share": None}


@pytest.mark.slow
def test_the_map_is_credited_unless_the_region_is_made_up(tiny_plan):
    assert block(page_of(tiny_plan, lean=True))["about"]["osm"]
    region = dataclasses.replace(tiny_plan.region, caveats=("fictional",))
    assert not block(page_of(dataclasses.replace(tiny_plan, region=region)))["about"]["osm"]


def test_lines_are_coded_as_steps_and_polygons_as_rings():
    line = shapely.LineString([(70.12345, 54.00001), (70.2, 54.5)])
    assert map_lines.parts(line) == [[540000, 701234, 5000, 766]]
    square = shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2)
    parts = map_lines.parts(shapely.MultiPolygon([square, shapely.box(5, 5, 6, 6)]))
    assert [len(rings) for rings in parts] == [2, 1]
    rings = [np.cumsum(np.reshape(ring, (-1, 2)), axis=0)[:, ::-1] / 10_000 for ring in parts[0]]
    assert shapely.Polygon(rings[0], [rings[1]]).equals(square)


def test_the_smallest_roads_are_left_out_when_there_are_too_many(tiny_plan, monkeypatch):
    assert [len(lines) for lines in map_backdrop._roads(tiny_plan.region.roads)] == [0, 1, 1, 0]
    monkeypatch.setattr(map_backdrop, "_ROAD_VERTICES", 5)
    assert [len(lines) for lines in map_backdrop._roads(tiny_plan.region.roads)] == [0, 1]


def test_a_water_that_a_finding_names_is_never_left_out(tiny_plan, monkeypatch):
    monkeypatch.setattr(map_backdrop, "_WATER_VERTICES", 0)
    assert [one["id"] for one in map_backdrop._waters(tiny_plan.region.waters, {"w1", None})] == ["w1"]


def test_every_verdict_and_action_has_a_symbol_of_its_own_in_shape_and_colour():
    script = maps.script()
    looks = {name: script.split(f"const {name} = {{")[1].split("\n};")[0] for name in ("LOOK", "SITES")}
    for name, keys in (("LOOK", tables.VERDICTS), ("SITES", decisions.ACTIONS)):
        look = r"^  (\w+): \{ fill: \"(#\w+)\"(?:, shape: (.*?\]\]))?"
        found = re.findall(look, looks[name], re.MULTILINE | re.DOTALL)
        assert {key for key, *_ in found} == set(keys)
        assert len({fill for _, fill, _ in found}) == len(found)
        shapes = [shape for *_, shape in found if shape]
        assert len(set(shapes)) == len(shapes)


def test_all_words_the_script_asks_for_are_there():
    script = maps.script()
    known = words.load("kk").texts
    plain = set(re.findall(r"""\bt\("([^"$]+)"[,)]""", script))
    assert len(plain) > 50
    assert plain - set(known) == set()
    groups = {key.split(".")[0] for key in known if "." in key}
    assert set(re.findall(r"""\bt\(`(\w+)\.""", script)) - groups == set()
    assert set(re.findall(r"""\bword\("(\w+)\"""", script)) - groups == set()


def test_the_script_never_sets_html_and_asks_for_nothing():
    script = maps.script()
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
        "XMLHttp",
        "http",
    ):
        assert word not in script.replace("http://www.w3.org/2000/svg", ""), word


# ---- in a browser ----------------------------------------------------------------------------------------------

DRIVER = """
const said = {};
const seen = (key, value) => { said[key] = value; };
const click = (selector) => document.querySelector(selector).click();
const type = (text) => {
  const box = document.getElementById("search");
  box.value = text;
  box.dispatchEvent(new Event("input"));
};
for (const lang of ["ru", "en", "kk"]) {
  click(`#panel [lang="${lang}"]`);
  seen(`${lang} title`, document.title);
  seen(`${lang} rows`, document.querySelectorAll("#owed li").length);
  for (const kato of KATOS) {
    type(kato);
    click("#found .rows button");
    seen(`${lang} ${kato}`, document.querySelector(".reason").textContent);
    seen(`${lang} ${kato} name`, document.querySelector(".card h2").textContent);
    seen(`${lang} ${kato} next`, [...document.querySelectorAll(".next li")].map((one) => one.textContent));
    click(".back");
  }
  const many = document.querySelectorAll("#owed ol:first-of-type li").length;
  for (let at = 0; at < many; at += 1) {
    document.querySelectorAll("#owed ol:first-of-type button")[at].click();
    seen(`${lang} site ${at}`, document.querySelector(".reason").textContent);
    seen(`${lang} site ${at} name`, document.querySelector(".card h2").textContent);
    click(".back");
  }
}
seen("prices", [...document.querySelectorAll("#prices dd")].map((one) => one.textContent));
click('input[data-layer="site_build"]');
seen("rows without build", document.querySelectorAll("#owed li").length);
type("гулд");
seen("found without Kazakh letters", document.querySelector("#found .rows .name").firstChild.textContent);
document.body.dataset.said = JSON.stringify(said);
"""


def browse(folder, text, *, hash_=""):
    """Return the page as it is after its scripts, the browser's messages, and the addresses the page asked for."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    (folder / "map.html").write_text(text, encoding="utf-8")
    log = folder / "net.json"
    flags = (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1366,768", "--virtual-time-budget=5000",
        "--enable-logging=stderr", f"--log-net-log={log}", "--dump-dom",
    )  # fmt: skip
    address = f"{(folder / 'map.html').as_uri()}{hash_}"
    done = subprocess.run(
        [CHROMIUM, *flags, address], capture_output=True, check=True, timeout=120, env=dict(os.environ)
    )
    messages = [line for line in done.stderr.decode().splitlines() if "CONSOLE" in line]
    return done.stdout.decode(), messages, _asked(json.loads(log.read_text(encoding="utf-8")))


def _asked(log):
    """Return the addresses a page asked for; Chromium's own calls have no origin."""
    calls = [event.get("params", {}) for event in log["events"]]
    asked = {call["url"] for call in calls if call.get("initiator", "not an origin") != "not an origin"}
    return sorted(address for address in asked if not address.startswith(("file:", "data:")))


@pytest.mark.browser
def test_the_page_opens_and_asks_for_nothing(hostile, tmp_path):
    text, messages, asked = browse(tmp_path, page_of(hostile, lang="ru", lean=True), hash_="#s=B&lang=en")
    assert 'data-ready="1"' in text
    assert messages == []
    assert asked == []
    page = Page(text)
    assert page.texts["title"].strip() == "School network – Tiny"
    assert "Raise the school's level: basic school" in text
    assert "img" not in page.tags


@pytest.mark.slow
@pytest.mark.browser
def test_a_card_and_its_notes_cite_the_norms_of_the_plan(tiny_plan, tmp_path):
    noted = next(
        one
        for one in block(page_of(tiny_plan, lean=True))["settlements"]
        if "note_substitute_consent" in one.get("notes", [])
    )
    text, messages, _ = browse(tmp_path, page_of(tiny_plan, lean=True), hash_=f"#s={noted['id']}&lang=ru")
    assert messages == []
    cited = norms_text.clauses(tiny_plan.norms)
    assert f"</b>{cited[noted['reason']]['ru']}</p>" in text
    note = words.load("ru").text("note_substitute_consent")
    assert f"{note} Правовое основание: {cited['note_substitute_consent']['ru']}.</li>" in text


@pytest.mark.slow
@pytest.mark.browser
def test_a_request_put_into_the_page_is_refused(tiny_plan, tmp_path):
    more = '<img src="http://example.org/a.png"><script>fetch("https://example.org/b")</script>'
    _, messages, asked = browse(tmp_path, page_of(tiny_plan, lean=True) + more)
    assert len(messages) >= 2
    assert all("Content Security Policy" in message or "Failed to fetch" in message for message in messages)
    assert asked == []


@pytest.mark.slow
@pytest.mark.browser
def test_a_reader_can_switch_search_and_open_and_reads_what_python_says(hostile, tmp_path):
    costs = {"runner_up": "board", "cost_mkzt": 100.0, "runner_up_mkzt": 64.0}
    bus = hostile.verdicts.assign(**{name: hostile.verdicts[name].astype(object) for name in costs})
    bus.loc["A", ["verdict", *costs]] = ["bus", *costs.values()]  # carried, though boarding costs less
    bus = bus.astype(hostile.verdicts.dtypes.to_dict())
    hostile = dataclasses.replace(hostile, verdicts=bus)
    katos = hostile.region.settlements["kato"]
    driver = DRIVER.replace("KATOS", json.dumps(list(katos)))
    text, messages, _ = browse(tmp_path, page_of(hostile, lean=True) + f"<script>{driver}</script>")
    assert messages == []
    said = json.loads(next(dict(attrs)["data-said"] for attrs in _bodies(text)))
    raw = reasons.facts(hostile)
    for lang in words.LANGS:
        language, put = words.load(lang), reasons.named(hostile, lang)
        for key, reason in hostile.verdicts["reason"].items():
            assert said[f"{lang} {katos[key]}"] == language.sentence(reason, put(raw[key]))
        homes = {row.Index: row for row in layers.settlements(hostile).itertuples()}
        for key, row in homes.items():
            next_best = costing.compared(row, reasons.sites_of(hostile).get(key, []), hostile.prices, raw[key])
            assert said[f"{lang} {katos[key]} next"] == costing.sentences(next_best, language)
        for at, row in enumerate(layers.sites(hostile).itertuples()):
            assert said[f"{lang} site {at}"] == site_text.sentence(row, language, of=4)
            assert said[f"{lang} site {at} name"] == (HOSTILE.get(row.settlement_id) or "Qala")
    assert {key: said[f"ru {katos[key]} name"] for key in HOSTILE} == HOSTILE
    assert [said[f"{lang} rows"] for lang in words.LANGS] == [6, 6, 6]  # four sites, Eski's boarding, A's bus
    assert said["rows without build"] == 4
    assert [one.startswith("≈") for one in said["prices"]] == [
        basis == "assumed" for basis in hostile.prices.basis.values()
    ]
    assert said["found without Kazakh letters"].endswith("Ғүлдер")
    assert said["kk title"] == "Мектеп желісі – Кішкентай"


def _bodies(text):
    found = []

    class Bodies(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag == "body":
                found.append(attrs)

    Bodies().feed(text)
    return found


@pytest.mark.slow
def test_the_file_of_an_oblast_is_under_three_megabytes(options, tmp_path):
    from conftest import shared

    region = api.read(
        shared("kz/north-kazakhstan-modelled.osm.pbf"),
        schools=shared("kz/north-kazakhstan-schools-modelled.csv"),
        options=options,
    )
    path = tmp_path / "map.html"
    maps.write(api.plan(region, options), path)
    assert path.stat().st_size < 3_000_000
    assert len(block(path.read_text(encoding="utf-8"))["settlements"]) == len(region.settlements)


def test_tables_the_map_relies_on_have_their_columns():
    made = {"bridge", "entitled_dry", "entitled_flood", "long_min"}  # by reasons.ways
    assert set(maps._WAY) - made <= set(results.ACCESS.columns) | set(results.TRANSPORT.columns)
    assert {*maps._SITE, *maps._SITE_COUNTS} <= set(decisions.SITES.columns)
    assert set(maps._SCHOOL) <= set(tables.SCHOOLS.columns) | set(results.SCHOOL_FINDINGS.columns)
