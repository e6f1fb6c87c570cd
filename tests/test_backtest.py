from __future__ import annotations

import pytest

from conftest import tiny_region
from peopled import LIVES, NORMS, births, flat, options, peopled, series
from schoolnet import prospects, schema
from schoolnet.model import backtest as model

pytestmark = pytest.mark.usefixtures("real_cohorts")

TINY = tiny_region()
EVEN = dict.fromkeys(range(1, 12), 100)


def backtest(*rows, choices=None, **known):
    return model.backtest(peopled(TINY, series=series(*rows), **known), NORMS, choices or options())


def row(found, area="*", ahead=1, grades="all"):
    at = (found["area_id"] == area) & (found["ahead"] == ahead) & (found["grades"] == grades)
    assert at.sum() == 1
    return found[at].iloc[0]


def test_one_forecast_is_judged_as_on_paper():
    # 100 in every grade in 2023 and 2024: of each grade all move on, so moves make up for deaths, and grade 1 of
    # 2025, births being even, is forecast to be as many more: 100.03; grades 2-11 are 100; 110 and 100 come
    found = backtest(("*", 2023, EVEN), ("*", 2024, EVEN), ("*", 2025, EVEN | {1: 110}), births=flat())
    schema.check(found, prospects.BACKTEST)
    assert found["grades"].tolist() == ["1", "1-4", "5-9", "10-11", "all"]
    assert set(found["forecasts"]) == {1}
    inside = [LIVES[grade + 5] for grade in (1, 2, 3, 5, 6, 7, 8, 10)]
    miss = 110 - 100 * len(inside) / sum(inside)
    assert row(found, grades="1")["error_share"] == pytest.approx(miss / 110)
    assert row(found, grades="1")["bias_share"] == pytest.approx(-miss / 110)
    assert row(found, grades="1")["naive_share"] == pytest.approx(10 / 110)
    assert row(found, grades="1-4")["error_share"] == pytest.approx(miss / 410)
    assert row(found, grades="5-9")["error_share"] == pytest.approx(0)
    assert row(found)["naive_share"] == pytest.approx(10 / 1110)


def test_errors_of_several_forecasts_are_added_up_and_may_cancel_only_in_the_bias():
    grown = EVEN | {1: 110}
    rows = [("*", 2023, {1: 100}), ("*", 2024, {1: 100}), ("*", 2025, {1: 110}), ("*", 2026, {1: 100})]
    found = row(backtest(*rows, births=flat()), grades="1")
    # nothing is fitted on grade 1 alone: 100 and 110 are forecast to stay, and 110 and 100 come
    assert found["forecasts"] == 2
    assert found["error_share"] == pytest.approx(20 / 210)
    assert found["bias_share"] == pytest.approx(0)
    assert grown[1] == 110


def own_ratios(years, born, *, moves=1.03):
    """Return pupils of a region that follows its births and its own ratios exactly, but for rounding."""
    ratios = {grade: moves * LIVES[grade + 5] for grade in range(1, 11)} | {4: 1.01, 9: 0.6}
    of_year = {years[0]: {grade: 1_000_000 - 20_000 * grade for grade in range(1, 12)}}
    newborn = {year: born[year - 1] / 3 + born[year] * 2 / 3 for year in range(years[0] - 6, years[-1])}
    start = of_year[years[0]][1] / newborn[years[0] - 6]
    for year in years[1:]:
        before = of_year[year - 1]
        first = start * newborn[year - 6] * moves ** (year - years[0])
        of_year[year] = {1: first} | {grade + 1: before[grade] * ratio for grade, ratio in ratios.items()}
    return [("*", year, {grade: round(count) for grade, count in grades.items()}) for year, grades in of_year.items()]


def test_a_series_that_follows_its_own_ratios_is_forecast_without_error():
    born = {year: 900_000 + 7_000 * ((year * 37) % 11) for year in range(2000, 2027)}
    found = backtest(*own_ratios(range(2018, 2026), born), births=births(KZ=born))
    assert found["ahead"].max() == 6
    assert found["forecasts"].max() == 6
    assert found["error_share"].max() < 1e-5
    assert (found.loc[found["grades"] == "1", "naive_share"] > 1e-3).all()


def test_nothing_known_later_is_used():
    rows = [("*", 2022, EVEN), ("*", 2023, EVEN), ("*", 2024, dict.fromkeys(EVEN, 900))]
    born = dict.fromkeys(range(2000, 2024), 1000)
    early = backtest(*rows, births=births(KZ=born | {2024: 9000}))
    late = backtest(*rows, births=births(KZ=born | dict.fromkeys(range(2024, 2030), 10)))
    assert early.equals(late)
    assert row(early, grades="5-9")["error_share"] == pytest.approx(8 / 9)


def test_births_of_the_area_lead_its_first_grade():
    born = dict.fromkeys(range(2000, 2030), 1000)
    halved = {year: 100 if year < 2018 else 50 for year in range(2000, 2024)}
    rows = [(area, year, {1: 100}) for area in ("east", "west", "A") for year in (2023, 2024, 2025)]
    found = backtest(*rows, births=births(KZ=born, east=halved))
    # six in 2025: born September 2018 - August 2019, half as many as a year and a half before
    for area, forecast in (("east", 50 / (200 / 3) * 100), ("A", 50 / (200 / 3) * 100), ("west", 100)):
        assert row(found, area, grades="1")["bias_share"] == pytest.approx(forecast / 100 - 1)


@pytest.mark.slow
def test_what_is_too_short_broken_or_empty_is_not_judged():
    assert backtest().empty
    assert backtest(("*", 2023, EVEN), ("*", 2024, EVEN)).empty
    assert backtest(("*", 2021, EVEN), ("*", 2023, EVEN), ("*", 2025, EVEN)).empty
    assert backtest(*[("*", year, {0: 100}) for year in range(2020, 2026)]).empty
    assert backtest(*[("*", year, {3: 0}) for year in range(2020, 2026)]).empty
    ahead = [("*", year, EVEN) for year in (2025, 2026, 2027)]  # a total to be met is no past
    assert backtest(*ahead).empty


def test_a_group_of_grades_is_judged_only_where_all_of_it_is_told():
    rows = [("*", year, dict.fromkeys(range(1, 10), 100)) for year in (2023, 2024, 2025)]
    assert backtest(*rows, births=flat())["grades"].tolist() == ["1", "1-4", "5-9"]


def test_areas_of_every_level_are_judged_and_unknown_ones_are_not():
    rows = [(area, year, EVEN) for area in ("KZ", "*", "east", "A", "nowhere") for year in (2023, 2024, 2025)]
    assert backtest(*rows)["area_id"].unique().tolist() == ["*", "A", "KZ", "east"]
