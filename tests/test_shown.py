"""What regions, plans and findings show of themselves in Jupyter, checked against the tiny region of conftest."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import browsing
import schoolnet
from schoolnet import api, decisions, networks, outcome, prospects, results, tables, views
from schoolnet.batches.run import Batch
from schoolnet.errors import Fault, SchoolnetError
from schoolnet.fetching import Fetched, FetchedPlace
from schoolnet.messages import Message
from schoolnet.output import plan_sheets, session, sheets, shown, words
from schoolnet.output.shares import Share
from schoolnet.planning import compare

HOSTILE = "<img src=x onerror=alert(1)></script>`\"'"


@pytest.fixture(autouse=True)
def forgotten():
    """Leave no language behind for other tests."""
    yield
    session._CHOSEN.clear()
    SchoolnetError.say = staticmethod(str)


def _cells(html):
    return re.findall(r"<t[dh](?: [^>]*)?>(.*?)</t[dh]>", html)


def test_findings_are_those_of_the_law_on_paper(tiny_plan):
    found = tiny_plan.owed(lang="ru")
    # Bulak has a primary school and is owed a basic one, Dala and Gulder are owed a primary one; Eski is owed a bus
    assert sorted(found.settlements["Название"]) == ["Bulak", "Dala", "Eski", "Gulder"]
    bulak = found.settlements.set_index("Название").loc["Bulak"]
    assert bulak["Уровень, гарантированный законом"] == words.load("ru").text("level.basic")
    # SQ alone is in emergency, of three shifts and short of 100 places
    assert len(found.schools) == 1
    html = found._repr_html_()
    assert f"{words.load('ru').text('heading.owed')}: 4" in html
    assert f"{words.load('ru').text('heading.below')}: 1" in html


@pytest.mark.slow
def test_a_plan_shows_its_figures_and_its_caveats(tiny_plan):
    for lang in words.LANGS:
        said = words.load(lang)
        cells = _cells(shown.plan(tiny_plan, lang))
        # the headline indicator: SQ of three state day schools
        assert cells[cells.index(said.text("summary.indicator_share")) + 1] == said.percent(1 / 3)
        assert cells[cells.index(said.text("summary.pupils_entitled_or")) + 1] == "50"
        assert cells[cells.index(said.text("summary.children")) + 1] == said.number(600 + 81 + 41 + 20 + 5 + 4)


def test_a_region_shows_its_layers_and_its_files(tiny):
    cells = _cells(views.public(views.Region, tiny)._repr_html_())
    assert cells[cells.index("Settlements") + 1] == "6"
    assert cells[cells.index("Schools") + 1] == "3"


def test_a_region_read_shows_itself_in_the_language_of_the_session():
    folder, register = schoolnet.example()
    region = schoolnet.read(folder, schools=register)
    assert schoolnet.language("kk") == "kk"
    html = region._repr_html_()
    assert "Алтынсай облысы" in html
    assert "Елді мекендер" in html
    assert isinstance(replace(region, code="XX-98"), views.Region)
    for one in region.inputs:
        assert one.sha256[:8] in html


@pytest.mark.slow
def test_names_from_outside_are_text(tiny, options):
    homes = tiny.settlements.assign(name=HOSTILE)
    region = replace(tiny, settlements=homes, names={"name": HOSTILE})
    plan = api.plan(region, options)
    whole = plan._repr_html_() + plan.owed(lang="ru")._repr_html_() + views.public(views.Region, region)._repr_html_()
    assert "&lt;img src=x" in whole
    assert "<img" not in whole
    assert "</script>" not in whole


@pytest.mark.slow
def test_a_sheet_is_that_of_the_workbook_in_words(tiny_plan):
    frame = tiny_plan.sheet("districts", lang="kk")
    assert words.load("kk").text("column.district_id") in frame
    with pytest.raises(schoolnet.OptionError, match="there is no sheet “nothing”"):
        tiny_plan.sheet("nothing")


def test_a_fault_is_one_line_in_the_language_of_the_session():
    schoolnet.language("ru")
    with pytest.raises(schoolnet.OptionError) as caught:
        schoolnet.language("de")
    assert caught.value._render_traceback_() == ["schoolnet: языка «de» нет. Выберите одно из: kk, ru, en."]
    assert schoolnet.language() == "ru"


@pytest.mark.parametrize(("system", "lang"), [("kk_KZ.UTF-8", "kk"), ("ru_RU", "ru"), ("C", "en"), ("de_DE", "en")])
def test_the_language_is_the_computers_until_one_is_chosen(monkeypatch, system, lang):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", system)
    assert schoolnet.language() == lang


def test_progress_in_a_notebook_is_one_table_written_anew(monkeypatch):
    drawn = []
    handle = SimpleNamespace(update=lambda html: drawn.append(html.data))
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: handle)
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: SimpleNamespace(kernel=object()))
    with session.progress("ru") as stage:
        with stage("roads"):
            assert "<td>…</td>" in drawn[-1]
        with pytest.raises(ZeroDivisionError), stage("<i>"):
            _ = 1 / 0
    assert re.search(r"<td>Построение сети дорог</td><td>\d+(,\d{1,2})? с</td>", drawn[-1])
    assert "<td>&lt;i&gt;</td><td>✗</td>" in drawn[-1]


def test_progress_without_a_terminal_is_plain_lines(capsys):
    with session.progress("en") as stage, stage("roads"):
        pass
    assert re.fullmatch(r"Building the road graph +\d+(\.\d{1,2})? s\n", capsys.readouterr().err)


@pytest.mark.parametrize(("lang", "spent"), [("kk", "1\xa0234,57 с"), ("ru", "1\xa0234,57 с"), ("en", "1,234.57 s")])
def test_seconds_are_written_as_the_language_writes_numbers(lang, spent, monkeypatch):
    monkeypatch.setattr(session.time, "perf_counter", lambda: 2234.5678)
    assert session._spent(1000.0, words.load(lang)) == spent


def _sheets(frame, lang="ru"):
    return re.findall(r"<td[^>]*>(.*?)</td>", shown.headed(frame, words.load(lang))._repr_html_())


def test_a_sheet_writes_its_numbers_as_the_language_does_and_leaves_unknown_ones_empty():
    frame = pd.DataFrame({
        "name": ["<b>", None],
        "pupils": pd.array([1234, None], "Int64"),
        "road_m": [33782.126193, np.nan],
        "bridge_lon": [66.0912345, np.nan],
        "far_share": [0.0328504, np.nan],
        "year": pd.array([2027, None], "Int64"),
        "value": pd.Series([Share(0.05504587), None], dtype=object),
    })  # fmt: skip
    assert _sheets(frame) == [
        "&lt;b&gt;", "1\xa0234", "33\xa0782,13", "66,09123", "3,29\xa0%", "2027", "5,5\xa0%",
        "", "", "", "", "", "", "",
    ]  # fmt: skip
    assert _sheets(frame, "en")[1:3] == ["1,234", "33,782.13"]


def test_a_sheet_holds_numbers_still_and_what_is_made_of_it_is_a_sheet():
    frame = shown.headed(pd.DataFrame({"year": [2027, 2028], "road_m": [1.0, 2.5]}), words.load("ru"))
    year, road = frame.columns
    assert frame[road].sum() == 3.5
    assert "2028" in _cells(frame[frame[road] > 2].head(5)._repr_html_())
    # a column that became the index is shown, the numbers of rows are not
    assert re.findall(r"<t[dh](?: [^>]*)?>(.*?)</t[dh]>", frame.set_index(year)._repr_html_())[::2] == [
        year,
        "2027",
        "2028",
    ]


def test_an_index_has_a_heading_of_words_too(tiny_plan):
    sheet = tiny_plan.sheet("outlook", lang="ru")
    assert sheet.index.name == words.load("ru").text("column.id")
    assert "settlement_id" not in sheet._repr_html_()


def test_numbers_among_other_things_are_rounded_too():
    mixed = pd.Series([77.87734525961443, 0.393123, "x", None, float("nan")], dtype=object)
    found = shown.headed(pd.DataFrame({"value": mixed}), words.load("kk")).iloc[:, 0].tolist()
    assert found[:4] == [77.88, 0.3931, "x", None]


TABLES = (
    *(tables.SETTLEMENTS, tables.SCHOOLS, tables.WATERS, compare.MOVED),
    *(*results.ALL, *decisions.ALL, *outcome.TABLES.values(), *networks.ALL, *prospects.ALL),
)
#: Codes of a scheme: whatever a declared table may hold in words of its own.
CODES = {
    value
    for table in TABLES
    for column in table.columns.values()
    for value in column.among or ()
    if re.fullmatch(r"[a-z][a-z_]+", str(value))
}


@pytest.fixture(scope="module")
def two(tiny_plan):
    """Return a programme of three schools in one year, and one of two schools in two."""
    return tuple(
        schoolnet.programme(
            tiny_plan, tiny_plan.options.model_copy(update={"schools": schools, "years": years, "rank_draws": 0})
        )
        for schools, years in ((3, 1), (2, 2))
    )


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_no_code_stands_in_a_sheet(tiny_plan, two, lang):
    """Plan, programme and comparison: B builds one school fewer, and opens the others in other years."""
    a, difference = two[0], schoolnet.compare(*two)
    assert set(difference.moved["move"]) == {"differs", "only_a"}
    said = words.load(lang)
    names = [sheets.frames(tiny_plan, said), plan_sheets.frames(a, said), plan_sheets.compared(difference, said)]
    assert len(CODES) > 50
    found = {
        (name, column, value)
        for frames in names
        for name in frames
        for column, values in shown.headed(frames[name], said).items()
        for value in values
        if column != said.text("column.option")  # names of options and prices, to be typed as they are
        if isinstance(value, str) and value in CODES
    }
    assert found == set()
    level = said.texts["column.level_a"]
    assert set(difference.sheet("moved", lang=lang)[level].dropna()) <= {
        said.text(f"level.{one}") for one in tables.LEVELS
    }


# --- what results of other stages show


@pytest.fixture(scope="module")
def results_shown(tiny_plan, two, tmp_path_factory):
    """Return what each result shows, by its class: one school of the tiny region is repaired between two plans."""
    schools = tiny_plan.region.schools.copy()
    schools.loc["SQ", "condition"] = "good"
    repaired = api.plan(replace(tiny_plan.region, schools=schools), tiny_plan.options)
    csv = tmp_path_factory.mktemp("checked") / f"{HOSTILE.replace('/', '')}.csv"
    csv.write_text(
        "school_id,name,lon,lat,level\nS1,Мектеп,67.1,49.9,primary\nS2,,67.1,49.9,first\n",
        encoding="utf-8",
    )
    fault = Fault(Message("there is no such file."), Message("Check its path."), HOSTILE)
    return (
        schoolnet.monitor(tiny_plan, repaired),
        schoolnet.compare(*two),
        schoolnet.check([csv]),
        schoolnet.profiles(),
        Batch(Path("maps"), ("KZ-59",), (), {"KZ-10": (fault,)}, ("index.html",), remade=True),
        Fetched("KZ-59", Path(f"{HOSTILE}.pbf"), (), (), ()),
        FetchedPlace("Айыртау", Path("a.pbf"), Path("b.geojson"), None),
    )


@pytest.mark.parametrize("lang", words.LANGS)
def test_every_result_shows_itself_in_the_language_of_the_session(results_shown, lang):
    schoolnet.language(lang)
    said = words.load(lang)
    seen = [one._repr_html_() for one in results_shown]
    for html in seen:
        assert html.startswith(f'<div lang="{lang}"><h3>')
        assert not re.search("<img|<script|</script|>None<|>nan<|&lt;NA&gt;", html)
        assert html.count("<table>") == html.count("</table>")
    monitored, comparison, checked, network, batch, fetched, place = seen
    cells = _cells(monitored)
    # SQ was the one emergency school of three, and still has three shifts
    assert cells[cells.index(said.text("column.emergency")) + 1 :][:3] == ["1", "0", "-1"]
    assert said.text("changed.emergency_ended") in cells
    assert said.text("move.only_a") in _cells(comparison)
    assert said.text("outcome.corrected") in _cells(checked)  # there is no such level
    assert said.text("heading.coverage_regions") in network
    assert "KZ-10" in batch
    assert "&lt;img src=x" in batch
    assert {"kk": "Солтүстік Қазақстан облысы", "ru": "Северо-Казахстанская", "en": "North"}[lang] in fetched
    assert "<h3>Айыртау</h3>" in place


def test_a_frame_of_ones_own_is_shown_as_a_sheet_is():
    """Mixed figures of a column, rows without a name, what is missing; a sheet cut in pieces keeps its shares."""
    schoolnet.language("ru")
    mixed = pd.Series([3, Share(0.0642)], dtype=object)
    both = pd.DataFrame({"школ": mixed, "км": [1787.25, np.nan]}).set_axis(["аварийных", "доля"])
    html = schoolnet.table(both)._repr_html_()
    assert _cells(html) == ["", "школ", "км", "аварийных", "3", "1\xa0787,25", "доля", "6,42\xa0%", ""]
    counted = pd.DataFrame({"Село": ["Дала"], "road_m": [2265.0], "here": [True]}, index=[44])
    road = words.load("ru").text("column.road_m")
    assert _cells(schoolnet.table(counted)._repr_html_())[:2] == ["Село", road]
    assert _cells(schoolnet.table(counted)._repr_html_())[3:] == ["Дала", "2\xa0265", "да"]
    minutes = counted.set_axis([45]).rename_axis("Село")  # a heading there already
    assert _cells(schoolnet.table(minutes)._repr_html_())[:2] == ["Село", "Село"]
    sheet = schoolnet.table(pd.DataFrame({"state_share": [0.5], "year": [2027]}))
    for one in (sheet, schoolnet.table(sheet), schoolnet.table(sheet[sheet.columns[::-1]]).iloc[:, ::-1]):
        assert _cells(one._repr_html_())[2:] == ["50\xa0%", "2027"]
    assert 'lang="kk"' in schoolnet.table(both, lang="kk")._repr_html_()


def test_a_column_of_long_texts_is_wide_and_no_other_has_a_least_width():
    """Em of a heading: the root of 400 letters; at most 24; none up to 60 letters."""
    frame = pd.DataFrame({"reason": ["x" * 400], "pupils": [5], "note": ["x" * 900], "p": ["x" * 60]})
    html = shown.headed(frame, words.load("en"))._repr_html_()
    styles = re.findall(r'<th style="([^"]*)">', html)
    assert [re.findall(r"min-width:(\d+)em", style) for style in styles] == [["20"], [], ["24"], []]
    assert ["text-align:left" in style for style in styles] == [True, False, True, True]
    assert '<div style="overflow-x:auto"><table>' in html


@pytest.mark.slow
@pytest.mark.parametrize("lang", words.LANGS)
def test_the_reason_stands_on_the_page_where_cells_of_the_page_are_wide(lang, tmp_path):
    """On 1100 pixels, with the style a notebook has (and one that wraps nothing), nothing is scrolled to."""
    reason = "Предлагается построить школу: закон гарантирует её селу, ближайшая за рекой. " * 5
    row = {"district_id": "Айыртауский район", "name": "Көктоғай (Новоникольское)", "children": 1_234,
           "guaranteed": "basic", "existing": "primary", "pupils_entitled_or": 12, "verdict": "build",
           "reason": reason}  # fmt: skip
    html = shown.headed(pd.DataFrame([row] * 3), words.load(lang))._repr_html_()
    style = "table {font: 12px sans-serif; table-layout: fixed} td, th {padding: 0.5em; white-space: nowrap}"
    file = tmp_path / "page.html"
    file.write_text(f'<meta charset="utf-8"><style>{style}</style><body data-ready="1">{html}', encoding="utf-8")
    with browsing.browser() as chromium:
        page = browsing.opened(chromium, file, size=(1100, 800)).page
        needed, there, rows = page.evaluate(
            "() => {const one = document.querySelector('table'), box = one.parentElement;"
            "return [one.scrollWidth, box.clientWidth, one.rows[1].offsetHeight]}"
        )
    assert needed <= there <= 1100
    assert rows < 300  # the reason is no column of single words
