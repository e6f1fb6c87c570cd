from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd
import pytest

from schoolnet import schema
from schoolnet.law.norms import Norms
from schoolnet.model import freshness
from schoolnet.options import Options
from schoolnet.people import BIRTHS, OFFICIAL, SERIES, People

NOVEMBER = Options(on="2026-11-20")  # a Friday


def schools(tiny, **columns):
    return tiny.schools.assign(**{name: pd.array(cells, dtype="str") for name, cells in columns.items()})


@pytest.mark.parametrize(
    ("changed", "updated", "over"),
    [
        ("2026-11-02", "2026-11-09", None),  # Monday to Monday: five working days
        ("2026-11-02", "2026-11-10", 1),
        ("2026-11-06", "2026-11-13", None),  # Friday to Friday: the fifth working day after
        ("2026-11-06", "2026-11-14", 1),  # the Saturday after it
        ("2026-11-02", "2026-10-01", 9),  # not updated since: fourteen working days to 20 November
        ("2026-11-02", None, 9),
        (None, "2026-01-01", None),
    ],
)
def test_a_record_is_late_over_five_working_days_after_its_change(tiny, changed, updated, over):
    rows = schools(tiny, changed_at=[changed, None, None], updated_at=[updated, None, None])
    found = freshness.late(rows, Norms.on(NOVEMBER.on), NOVEMBER)
    assert found["late"].tolist() == ([] if over is None else [over])


@pytest.mark.parametrize(
    ("on", "first"), [("2026-11-20", "2026-10-01"), ("2026-10-01", "2026-10-01"), ("2026-09-30", "2025-10-01")]
)
def test_the_last_snapshot_is_of_the_last_october_that_has_begun(on, first):
    options = Options(on=on)
    assert freshness.snapshot(Norms.on(options.on), options) == dt.date.fromisoformat(first)


def test_before_the_rules_there_is_no_calendar_to_be_late_by(tiny):
    options = Options(on="2025-11-20")
    norms = Norms.on(options.on)
    rows = schools(tiny, changed_at=["2025-01-01"] * 3, updated_at=["2025-06-01"] * 3)
    assert freshness.snapshot(norms, options) is None
    assert freshness.allowed(norms) is None
    assert freshness.late(rows, norms, options).empty


def test_each_table_is_told_by_its_last_year_and_the_register_by_its_days(tiny):
    people = People(
        official=schema.frame([{"district_id": "*", "population": 5, "year": 2023}], OFFICIAL),
        births=schema.frame([{"area_id": "KZ", "year": 2025, "births": 335005}], BIRTHS),
        series=schema.frame(
            [{"area_id": "*", "year": year, "grade": 0, "pupils": 9} for year in (2025, 2026, 2030)], SERIES
        ),
    )
    rows = schools(tiny, updated_at=["2026-09-30", "2026-10-05", None])
    region = dataclasses.replace(tiny, schools=rows, people=people)
    found = freshness.freshness(region, Norms.on(NOVEMBER.on), NOVEMBER).set_index("table")
    assert found.loc["schools", ["rows", "dated", "newest", "before_snapshot"]].tolist() == [3, 2, "2026-10-05", 1]
    assert pd.isna(found.loc["schools", "late"])  # nothing says when a school changed
    assert found.loc["official", ["last_year", "years_old"]].tolist() == [2023, 3]
    assert found.loc["births", ["last_year", "years_old"]].tolist() == [2025, 0]
    assert found.loc["series", ["dated", "last_year", "years_old"]].tolist() == [2, 2026, 0]  # 2030 is a plan
