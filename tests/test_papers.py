"""The commands `brief`, `open-data` and `plan --parquet`."""

from __future__ import annotations

import importlib.util

import pytest
from typer.testing import CliRunner

from schoolnet import cli
from schoolnet.errors import OptionError

DAY = ["--on", "2026-09-01"]


def _run(*arguments):
    return CliRunner().invoke(cli.app, [*map(str, arguments), *DAY])


@pytest.mark.slow
def test_brief_writes_the_example_and_each_district_and_names_the_files(tmp_path):
    done = _run("brief", "--all-districts", "--lang", "ru", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in tmp_path.iterdir())
    assert len(files) == 7  # the oblast and its six districts
    assert all(name in done.output for name in files)
    assert "brief.pdf" in files


@pytest.mark.slow
def test_brief_of_an_unknown_district_is_refused_and_writes_nothing(tmp_path, tiny):
    done = _run("brief", tiny.save(tmp_path / "tiny"), "--district", "Nowhere", "--out", tmp_path / "out")
    assert isinstance(done.exception, OptionError)
    assert "no district is called “Nowhere”" in str(done.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_open_data_writes_its_sets(tmp_path):
    done = _run("open-data", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "open_data_10.csv",
        "open_data_6.csv",
        "open_data_61.csv",
    ]
    lines = (tmp_path / "open_data_6.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("Өңір / Регион,Аудан / Район,Елді мекен / Населённый пункт")
    assert len(lines) == 1 + 112  # the schools of the example


def test_parquet_without_its_package_is_refused_before_the_map_is_read(tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyarrow" else found(name))
    done = _run("plan", tmp_path / "no-such-map.osm.pbf", "--parquet", "--out", tmp_path / "out")
    assert isinstance(done.exception, OptionError)
    assert "pyarrow" in str(done.exception)


@pytest.mark.slow
def test_parquet_goes_to_the_folder_layers(tmp_path, tiny):
    pytest.importorskip("pyarrow")
    done = _run("plan", tiny.save(tmp_path / "tiny"), "--parquet", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "out" / "layers").iterdir()} >= {"settlements.parquet", "roads.parquet"}
