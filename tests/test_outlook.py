from __future__ import annotations

import types

import pandas as pd
import pytest

from schoolnet import schema
from schoolnet.model import outlook
from schoolnet.options import Options
from schoolnet.planning import costs
from schoolnet.prospects import FORECAST

OPTIONS = Options(on="2026-09-01", horizon=2028, share_spread=0.2)


def _region(tiny, rural):
    homes = tiny.settlements.iloc[[0] * len(rural)].set_axis(list(rural), axis=0).rename_axis("settlement_id")
    return types.SimpleNamespace(settlements=homes.assign(is_rural=list(rural.values())))


def _forecast(paths):
    """Forecast from {settlement: {path: (2026, 2027, 2028)}}."""
    rows = [
        {"settlement_id": key, "year": 2026 + at, "scenario": path, "children": count}
        for key, by_path in paths.items()
        for path, counts in by_path.items()
        for at, count in enumerate(counts)
    ]
    return types.SimpleNamespace(settlements=schema.frame(rows, FORECAST))


def _outlook(tiny, norms, children, basis, paths, *, rural=True):
    keys = list(children)
    region = _region(tiny, dict.fromkeys(keys, rural))
    headcount = pd.DataFrame(
        {
            "population": pd.array([5 * (n or 0) for n in children.values()], dtype="Int64"),
            "population_basis": "given",
            "children_basis": [basis] * len(keys),
        },
        index=keys,
    )
    counts = pd.array(list(children.values()), dtype="Int64")
    findings = pd.DataFrame({"children": counts, "counted": counts}, index=pd.Index(keys, name="settlement_id"))
    return outlook.outlook(region, headcount, findings, _forecast(paths), norms, OPTIONS)


def _flat(low, medium, high):
    return {"low": low, "medium": medium, "high": high}


def test_a_counted_village_is_sure_and_its_fall_below_81_is_seen_with_its_year(tiny, norms):
    paths = {"A": _flat((85, 82, 75), (85, 80, 78), (85, 84, 83))}
    row = _outlook(tiny, norms, {"A": 85}, "given", paths).loc["A"]
    assert row[["children_low", "children_high"]].tolist() == [85, 85]
    assert row["sure"]
    assert row[["guaranteed_low", "guaranteed_then", "change"]].tolist() == ["secondary", "basic", "falls"]
    assert row["change_year"] == 2027
    assert row["fewer"] == 5  # 80 are no longer 81
    assert pd.isna(row["more"])
    assert not row["sure_then"]  # 75 to 83


def test_a_level_that_comes_back_has_not_changed(tiny, norms):
    path = (85, 79, 81)
    row = _outlook(tiny, norms, {"A": 85}, "given", {"A": _flat(path, path, path)}).loc["A"]
    assert row["change"] == "same"
    assert pd.isna(row["change_year"])


def test_an_estimated_village_has_a_range_and_may_hang_on_it(tiny, norms):
    # 84 of 420 people: share 0.2; variance 0.2^2 + 0.8 / 84 = 0.04952, deviation 0.22254; 1.645 of it is 0.36608
    # 84 x (1 - 0.36608) = 53.2, 84 x 1.36608 = 114.8
    path = (84, 84, 84)
    row = _outlook(tiny, norms, {"A": 84}, "share", {"A": _flat(path, path, path)}).loc["A"]
    assert row[["children_low", "children_high"]].tolist() == [53, 115]
    assert row[["guaranteed_low", "guaranteed_high"]].tolist() == ["basic", "secondary"]
    assert not row["sure"]


@pytest.mark.parametrize(
    ("children", "fewer", "more"), [(4, None, 1), (5, 1, 36), (40, 36, 1), (41, 1, 40), (81, 1, None)]
)
def test_how_many_children_a_level_hangs_on(tiny, norms, children, fewer, more):
    path = (children,) * 3
    row = _outlook(tiny, norms, {"A": children}, "given", {"A": _flat(path, path, path)}).loc["A"]
    found = [None if pd.isna(row[name]) else int(row[name]) for name in ("fewer", "more")]
    assert found == [fewer, more]


def test_a_town_is_guaranteed_nothing_and_an_unknown_village_has_no_outlook(tiny, norms):
    path = (85, 20, 3)
    town = _outlook(tiny, norms, {"A": 85}, "given", {"A": _flat(path, path, path)}, rural=False).loc["A"]
    assert town[["guaranteed_low", "guaranteed_then", "change"]].tolist() == ["none", "none", "same"]
    unknown = _outlook(tiny, norms, {"A": None}, "unknown", {}).loc["A"]
    assert unknown["change"] == "unknown"
    assert not unknown["sure"]
    assert pd.isna(unknown["guaranteed_low"])


def test_the_path_of_the_plan_decides_and_the_others_tell_how_sure_it_is(tiny, norms):
    paths = {"A": _flat((41, 39, 37), (41, 41, 41), (41, 43, 45))}
    low = OPTIONS.model_copy(update={"growth": "low"})
    medium = _outlook(tiny, norms, {"A": 41}, "given", paths).loc["A"]
    assert medium["change"] == "same"
    assert not medium["sure_then"]
    keys = pd.Index(["A"], name="settlement_id")
    counts = pd.array([41], dtype="Int64")
    found = outlook.outlook(
        _region(tiny, {"A": True}),
        pd.DataFrame({"population": counts, "population_basis": "given", "children_basis": "given"}, index=keys),
        pd.DataFrame({"children": counts, "counted": counts}, index=keys),
        _forecast(paths),
        norms,
        low,
    )
    assert found.loc["A", ["change", "change_year", "children_then"]].tolist() == ["falls", 2027, 37]


def test_what_is_to_be_looked_at_first_is_a_level_that_falls_or_rises_then_one_that_hangs_on_few():
    """A falls, B rises, C hangs on few, D falls and hangs, E is sure, F has no level (a town), G is not known."""
    rows = [
        ("falls", True, "basic"), ("rises", True, "basic"), ("same", False, "basic"), ("falls", False, "basic"),
        ("same", True, "basic"), ("same", False, None), ("unknown", False, "none"),
    ]  # fmt: skip
    index = pd.Index(list("ABCDEFG"), name="settlement_id", dtype="str")
    found = costs.caution(pd.DataFrame(rows, columns=["change", "sure", "guaranteed_low"], index=index))
    assert found.to_dict() == {
        "A": "falls", "B": "rises", "C": "hangs", "D": "falls", "E": "", "F": "", "G": "hangs",
    }  # fmt: skip
