"""QGIS itself opens plan.gpkg: every layer is valid, comes with its own style, and is drawn in its colours."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import schoolnet
from conftest import SHARED
from schoolnet.output import layers, looks, words

SCRIPT = Path(__file__).parent / "qgis_opens.py"
DATA = SHARED / "kz"
CLASSED = {"settlements", "sites", "schools", "bus_routes", "town_cells", "roads"}


@pytest.fixture(scope="module")
def python():
    """Return the system's Python if it has PyQGIS."""
    found = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if found is None or subprocess.run([found, "-c", "import qgis.core"], capture_output=True, check=False).returncode:
        pytest.skip("PyQGIS is not installed (apt-get install qgis python3-qgis)")
    return found


def _example():
    source, register = schoolnet.example()
    return schoolnet.read(source, schools=register)


def _north_kazakhstan():
    if not DATA.is_dir():
        pytest.skip("the modelled data of Kazakhstan are not here")
    register = DATA / "north-kazakhstan-schools-modelled.csv"
    return schoolnet.read(DATA / "north-kazakhstan-modelled.osm.pbf", schools=register)


@pytest.mark.slow
@pytest.mark.parametrize(("region", "lang"), [(_example, "ru"), (_north_kazakhstan, "kk")])
def test_qgis_opens_every_layer_in_its_own_style(python, tmp_path, region, lang):
    path = tmp_path / "plan.gpkg"
    layers.write(schoolnet.plan(region()), path, lang=lang)
    done = subprocess.run(
        [python, SCRIPT, path, tmp_path / "picture.png"], capture_output=True, text=True, check=True, timeout=120
    )
    assert "GeoPackage user_version" not in done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["errors"] == []
    assert all(one["valid"] for one in found["layers"].values())
    spatial = {name: one for name, one in found["layers"].items() if one["spatial"]}
    assert set(found["layers"]) - set(spatial) == {"layer_styles"}
    assert all(one["loaded"] for one in spatial.values())
    assert {name for name, one in spatial.items() if one["renderer"] == "categorizedSymbol"} == CLASSED
    said, verdicts = words.load(lang), looks.looks()["verdict"]
    assert [one.casefold() for one in spatial["settlements"]["classes"]] == [
        said.text(f"verdict.{key}").casefold() for key in verdicts
    ]
    assert spatial["districts"]["labels"] == [4_000_000, 1]  # the least scale and the greatest, as QGIS reads them
    assert {verdicts["build"].fill, verdicts["bus"].fill, looks.looks()["ground"]["lake"].fill} <= set(found["colours"])
