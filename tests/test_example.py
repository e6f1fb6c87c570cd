"""The embedded example is what its script makes, and it is plainly fictional."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from schoolnet import api

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_script_makes_the_stored_files_byte_for_byte(tmp_path):
    subprocess.run([sys.executable, ROOT / "tools" / "make_example.py", tmp_path], check=True, capture_output=True)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(made) >= 9
    for path in made:
        assert (tmp_path / path).read_bytes() == (ROOT / "data" / path).read_bytes(), path


def test_no_code_of_the_example_could_be_a_real_one():
    folder, register = api.example()
    region = api.read(folder, schools=register)
    assert region.code == "XX-99"
    for table in (region.districts, region.settlements, region.schools):
        assert table["kato"].dropna().str.fullmatch(r"99\d{7}").all()
    assert set(region.schools["source"]) == {"fictional"}
    assert {"fictional"} == set(region.caveats)


def test_the_files_are_small_enough_to_review():
    files = [path for path in (ROOT / "data").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_000_000
    assert {path.suffix for path in files} <= {".geojson", ".csv", ".md"}


def test_the_example_has_each_ill_it_is_there_to_show(example_on):
    plan = example_on("2026-10-15")
    crossings = plan.access.loc[plan.access["between"], ["crossing", "water_id"]]
    kinds = set(plan.region.waters.loc[crossings["water_id"], "kind"])
    assert kinds == {"river", "lake"}
    assert {"bridge", "ford", "round"} <= set(crossings["crossing"])
    assert plan.summary["past_stray"] > 0
    assert plan.summary["off_network"] >= 2
    assert plan.summary["level_unknown"] == 2
    assert plan.summary["protected"] >= 3
    assert (plan.school_findings["emergency"] & plan.school_findings["three_shift"]).sum() == 1
    assert {4, 5, 40, 41, 80, 81} <= set(plan.demand["children"].dropna())
    for verdict in ("keep", "build", "upgrade", "bus", "board", "no_data"):
        assert plan.summary[f"verdict_{verdict}"] > 0
