"""One count of sites wherever it stands: all of them, and how many of these are without building; the sums agree."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

import browsing
import schoolnet
from schoolnet import decisions
from schoolnet.commands import console
from schoolnet.output import (
    brief_text,
    explain,
    maps,
    plan_sheets,
    report_frames,
    report_page,
    report_region,
    scenario_text,
    sheets,
    shown,
    site_text,
    words,
)
from schoolnet.output.report_frames import Report

DAY = "2026-10-15"
LANG = "ru"


@pytest.fixture(scope="module")
def plans(example_on, tiny_plan):
    return [example_on(DAY), tiny_plan]


@pytest.fixture(scope="module")
def national(plans):
    """Return the report of both regions; its programme opens every site of theirs."""
    made = schoolnet.programme(plans, schoolnet.Options(on=DAY))
    return Report([report_region.reported(one) for one in plans], made)


@pytest.fixture(scope="module")
def chromium():
    with browsing.browser() as found:
        yield found


def by_hand(plan):
    """Return how many sites a plan has, and how many of them have no seats, counted one by one."""
    raised = 0
    for seats in plan.sites["seats"]:
        raised += seats == 0
    return len([*plan.sites.index]), raised


def test_a_site_is_counted_once_and_one_without_seats_is_named_beside():
    rows = pd.DataFrame({"seats": pd.array([60, 0, 300, 0], "Int64")}, index=[*"abcd"])
    assert decisions.counted(rows) == (4, 2)
    assert site_text.counted(rows, words.load("en")) == "4, of them without building – 2"
    assert site_text.counted(rows.loc[["a", "c"]], words.load("en")) == "2"
    assert site_text.counted(rows, words.load("ru")) == "4, из них без строительства – 2"
    assert site_text.counted(rows, words.load("kk")) == "4, оның ішінде құрылыссыз – 2"


def test_the_example_has_levels_that_are_only_raised(plans):
    sites, raised = by_hand(plans[0])
    assert 0 < raised < sites


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, 1])
def test_plan_workbook_repr_brief_explain_and_terminal_say_one_count(plans, which, tmp_path, capsys, monkeypatch):
    plan, said = plans[which], words.load(LANG)
    sites, raised = by_hand(plan)
    told = site_text.counted(plan.sites, said)
    assert (plan.summary["sites"], plan.summary["raised"]) == (sites, raised)
    found = sheets.frames(plan, said)
    totals = found["summary"].set_index("text")["value"]
    assert [totals[said.text(f"summary.{name}")] for name in ("sites", "raised")] == [sites, raised]
    assert len(found["sites"]) == sites
    assert found["years"][["sites", "raised"]].sum().tolist() == [sites, raised]
    assert f"<h4>{said.text('sheet.sites')}: {told}</h4>" in shown.plan(plan, LANG)
    heads = [one.head for one in brief_text.content(brief_text.known(plan, said)).blocks]
    assert f"{said.text('ui.list_sites')}: {told}" in heads
    home = plan.sites.sort_values("rank")["settlement_id"].iloc[0]
    assert f"№ 1 из {sites}:" in explain.explain(plan, home, lang=LANG).text
    monkeypatch.setattr(console, "language", lambda: LANG)
    console.report(plan, tmp_path)
    printed = capsys.readouterr().out
    assert f"{said.text('summary.sites')}: {sites}\n" in printed
    assert f"{said.text('summary.raised')}: {raised}\n" in printed
    assert f"{said.text('sheet.sites')}: {told}" in [*scenario_text.siting(schoolnet.programme([plan]), LANG)]


def test_every_part_of_the_national_report_says_the_sum_of_the_regions(plans, national):
    each = [by_hand(one) for one in plans]
    sites, raised = (sum(one) for one in zip(*each, strict=True))
    outcome, said = national.outcome, words.load(LANG)
    assert len(outcome.opened) == sites  # the programme is large enough to open all
    rows = report_frames.regions(national).set_index("region")
    assert [tuple(rows.loc[one.region.code, ["sites", "raised"]]) for one in plans] == each
    assert tuple(rows.loc["*", ["sites", "raised"]]) == (sites, raised)
    kinds = report_frames.kinds(national)
    assert (sum(kinds.values()), kinds["raised"]) == (sites, raised)
    data = json.loads(re.search(r'id="schoolnet-data">(.*?)</script>', report_page.page(national), re.DOTALL)[1])
    (whole,) = [one for one in data["regions"] if one["region"] == "*"]
    assert (whole["sites"], whole["raised"], data["kinds"]["raised"]) == (sites, raised, raised)
    assert (sum(one["sites"] for one in data["years"]), sum(one["raised"] for one in data["years"])) == (sites, raised)
    book = report_frames.frames(national, said)
    assert book["report_regions"][["sites", "raised"]].iloc[-1].tolist() == [sites, raised]
    assert book["years"][["sites", "raised"]].sum().tolist() == [sites, raised]


def test_programme_repr_files_and_comparison_say_the_same_sums(plans, national):
    each = [by_hand(one) for one in plans]
    sites, raised = (sum(one) for one in zip(*each, strict=True))
    outcome, said = national.outcome, words.load(LANG)
    years = outcome.years
    assert (years["sites"] == years[["raised", "state", "ppp", "private"]].sum(axis=1)).all()
    assert plan_sheets.frames(outcome, said)["programme"]["year"].notna().sum() == years["sites"].sum() == sites
    assert f">{said.text('column.raised')}</th>" in shown.outcome(outcome, LANG)
    figures = schoolnet.compare(outcome, outcome).figures.set_index(["figure", "territory"])["a"]
    assert (figures["sites", "*"], figures["raised", "*"]) == (sites, raised)
    assert {"sites", "raised"} <= {*scenario_text._YEARS} & {*scenario_text._REGIONS}


def test_a_record_whose_years_leave_out_levels_raised_is_not_compared_as_if_they_did_not(national, tmp_path):
    folder = national.outcome.save(tmp_path)
    assert schoolnet.read_outcome(folder).years["sites"].tolist() == national.outcome.years["sites"].tolist()
    years = pd.read_csv(folder / "years.csv")
    many, left = years.loc[0, ["sites", "raised"]]
    years.loc[0, "sites"] = many - left
    years.to_csv(folder / "years.csv", index=False)
    with pytest.raises(schoolnet.TableError, match=f"{many - left} sites are counted, and {many} open"):
        schoolnet.read_outcome(folder)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_map_says_the_count_of_the_workbook_whole_and_chosen(chromium, plans, tmp_path, lang):
    plan, said = plans[0], words.load(lang)
    page = tmp_path / "map.html"
    maps.write(plan, page, lang=lang)
    seen = browsing.opened(chromium, page)
    told = site_text.counted(plan.sites, said)
    first = seen.page.locator("#first button.link").last.inner_text()
    assert first.replace("\xa0", " ") == f"{said.text('ui.list_whole')} ({told})".replace("\xa0", " ")
    assert f"{said.text('ui.list_sites')} ({told})" in seen.page.locator("#owed").inner_text()
    seen.page.select_option("#choose-tier", "guarantee")
    some = site_text.counted(plan.sites[plan.sites["tier"] == "guarantee"], said)
    assert seen.page.locator("#shown").inner_text().endswith(some)
    assert seen.said == []


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_national_page_shows_all_sites_and_those_without_building(chromium, plans, national, tmp_path, lang):
    sites, raised = (sum(one) for one in zip(*[by_hand(one) for one in plans], strict=True))
    page = tmp_path / "national.html"
    page.write_text(report_page.page(national, lang=lang), encoding="utf-8")
    seen = browsing.opened(chromium, page)
    said = words.load(lang)
    tile = seen.page.locator(".tiles > div", has_text=said.text("report.opened")).inner_text()
    assert tile.split()[0] == str(sites)
    assert re.search(rf"{'құрылыссыз' if lang == 'kk' else 'без строительства'} – {raised}\.", tile)
    foot = seen.page.locator("#regions tfoot").inner_text().split("\t")
    columns = [*report_frames.REGIONS]
    assert [int(foot[columns.index(name)]) for name in ("sites", "raised")] == [sites, raised]
    hidden = "one => one.scrollWidth - one.clientWidth"
    assert seen.page.locator("#regions .scroll").evaluate(hidden) <= 0  # the cost, its last column, is to be seen
    heads = seen.page.locator("#years thead th").all_inner_texts()
    total = seen.page.locator("#years tfoot tr").locator("th, td").all_inner_texts()
    assert [int(total[heads.index(said.text(f"column.{name}"))]) for name in ("sites", "raised")] == [sites, raised]
    assert seen.said == []
