"""What regions, plans and findings show of themselves in Jupyter, checked against the tiny region of conftest."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

import schoolnet
from schoolnet import api, views
from schoolnet.errors import SchoolnetError
from schoolnet.output import session, shown, words

HOSTILE = "<img src=x onerror=alert(1)></script>`\"'"


@pytest.fixture(autouse=True)
def forgotten():
    """Leave no language behind for other tests."""
    yield
    session._CHOSEN.clear()
    SchoolnetError.say = staticmethod(str)


def _cells(html):
    return re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", html)


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


def test_a_plan_shows_its_figures_and_its_caveats(tiny_plan):
    for lang in words.LANGS:
        said = words.load(lang)
        cells = _cells(shown.plan(tiny_plan, lang))
        # the headline indicator: SQ of three state day schools
        assert cells[cells.index(said.text("summary.indicator_share")) + 1] == said.percent(1 / 3)
        assert cells[cells.index(said.text("summary.pupils_entitled_or")) + 1] == "50"
        assert cells[cells.index(said.text("summary.children")) + 1] == said.number(600 + 81 + 41 + 20 + 5 + 4)


def test_a_region_shows_its_layers_and_its_files(tiny):
    cells = _cells(views.region(tiny)._repr_html_())
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


def test_names_from_outside_are_text(tiny, options):
    homes = tiny.settlements.assign(name=HOSTILE)
    region = replace(tiny, settlements=homes, names={"name": HOSTILE})
    plan = api.plan(region, options)
    whole = plan._repr_html_() + plan.owed(lang="ru")._repr_html_() + views.region(region)._repr_html_()
    assert "&lt;img src=x" in whole
    assert "<img" not in whole
    assert "</script>" not in whole


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
    assert re.search(r"<td>Построение сети дорог</td><td>\d+\.\d\d s</td>", drawn[-1])
    assert "<td>&lt;i&gt;</td><td>✗</td>" in drawn[-1]


def test_progress_without_a_terminal_is_plain_lines(capsys):
    with session.progress("en") as stage, stage("roads"):
        pass
    assert re.fullmatch(r"Building the road graph +\d+\.\d\d s\n", capsys.readouterr().err)
