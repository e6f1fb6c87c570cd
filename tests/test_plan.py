"""The plan as a whole: what it refuses, and what it says beside its figures."""

from __future__ import annotations

import contextlib
import dataclasses

import pandas as pd
import pytest

from conftest import line
from schoolnet import api
from schoolnet.errors import TableError


@pytest.mark.slow
def test_the_stages_run_in_the_order_of_the_method(tiny, options):
    names = []

    def stage(name):
        names.append(name)
        return contextlib.nullcontext()

    api.plan(tiny, options, stage=stage)
    before = ["people", "forecast", "roads", "access", "audit", "balance", "buses", "verdicts", "sites"]
    assert names == [*before, "okrugs", "profiles"]


@pytest.mark.slow
def test_a_plan_does_not_change_its_region(tiny, options):
    before = {name: getattr(tiny, name).copy() for name in ("settlements", "schools", "roads", "waters", "districts")}
    api.plan(tiny, options)
    for name, layer in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(tiny, name)), pd.DataFrame(layer))


@pytest.mark.slow
def test_without_any_school_it_says_so_beside_every_figure(tiny, options):
    plan = api.plan(dataclasses.replace(tiny, schools=tiny.schools.iloc[:0]), options)
    assert "no_schools" in plan.region.caveats
    assert plan.summary["indicator_share"] is None


@pytest.mark.slow
def test_a_planners_own_norms_are_said_and_hashed(tiny, options, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(
        '[[norm]]\nkey = "transport.distance_m"\nvalue = 4000\nstanding = "default"\nfrom = 2020-01-01\n',
        encoding="utf-8",
    )
    plan = api.plan(tiny, options, norms=file)
    assert "own_norms" in plan.region.caveats
    assert [one.name for one in plan.region.inputs if one.role == "norms"] == ["own.toml"]
    assert plan.findings.loc["B", "pupils_entitled_or"] == 0  # 3,300 m are not more than 4,000
    again = api.plan(plan.region, options)
    assert again.region.caveats == ()
    assert all(one.role != "norms" for one in again.region.inputs)


@pytest.mark.slow
def test_children_that_are_estimated_are_said_to_be(tiny, options, tiny_plan):
    homes = tiny.settlements.copy()
    homes.loc["A", "children"] = pd.NA
    plan = api.plan(dataclasses.replace(tiny, settlements=homes), options)
    assert plan.region.caveats == ("estimated_children",)
    assert tiny_plan.region.caveats == ()


@pytest.mark.parametrize(
    ("layer", "key", "row"), [("schools", "settlement_id", "SA"), ("settlements", "district_id", "A")]
)
def test_a_key_that_points_nowhere_is_refused_with_its_row(tiny, layer, key, row):
    wrong = getattr(tiny, layer).copy()
    wrong.loc[row, key] = "nowhere"
    with pytest.raises(TableError, match=rf"{layer}, row {row}, column “{key}”: 'nowhere' is not there"):
        dataclasses.replace(tiny, **{layer: wrong})


def test_a_road_of_several_lines_is_refused(tiny):
    import shapely

    parts = shapely.MultiLineString([line((0, 0), (1, 0)), line((5000, 0), (5001, 0))])
    roads = tiny.roads.copy()
    roads.loc[0, "geometry"] = parts
    with pytest.raises(TableError, match="not a LineString"):
        dataclasses.replace(tiny, roads=roads)


@pytest.mark.slow
def test_settlements_of_unknown_children_are_counted_beside_the_entitled(tiny, options):
    homes = tiny.settlements.copy()
    homes.loc["D", ["children", "population"]] = pd.NA
    plan = api.plan(dataclasses.replace(tiny, settlements=homes), options)
    assert plan.summary["entitled_unknown"] == 1
    assert plan.summary["pupils_entitled_or"] == 30


@pytest.mark.slow
def test_saving_over_a_plan_replaces_all_files_or_none(tiny_plan, tmp_path, monkeypatch):
    from schoolnet.output import layers

    folder = tiny_plan.save(tmp_path / "out")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(*_arguments, **_options):
        raise RuntimeError

    monkeypatch.setattr(layers, "write", fail)
    with pytest.raises(RuntimeError):
        tiny_plan.save(folder, lang="en")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
