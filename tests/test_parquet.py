"""The layers as GeoParquet: the rows of the GeoPackage, all or none, and a clear word where the writer is missing."""

from __future__ import annotations

import importlib.util

import geopandas as gpd
import pytest

from schoolnet.errors import OptionError
from schoolnet.output import layers, parquet


def test_layers_come_back_as_they_were_and_twice_the_same(tiny_plan, tmp_path):
    pytest.importorskip("pyarrow")
    found = layers.named(tiny_plan)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        parquet.write(found, tmp_path / name)
    for file in parquet.files(found):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    again = gpd.read_parquet(tmp_path / "one" / "layers" / "settlements.parquet")
    assert again["settlement_id"].tolist() == list(tiny_plan.region.settlements.index)
    assert again["verdict"].tolist() == tiny_plan.verdicts["verdict"].tolist()
    assert again.crs.to_epsg() == 4326
    assert len(gpd.read_parquet(tmp_path / "one" / "layers" / "built_up.parquet")) == 0


def test_without_the_writer_nothing_is_written(tiny_plan, tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyarrow" else found(name))
    with pytest.raises(OptionError, match=r"needs the Python package pyarrow.* leave --parquet out"):
        tiny_plan.save(tmp_path / "out", parquet=True)
    assert not (tmp_path / "out").exists()
