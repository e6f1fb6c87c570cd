"""The workbook, the GeoPackage and the record of a plan."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import geopandas as gpd
import pytest
from python_calamine import CalamineWorkbook

from schoolnet import api, decisions, disk, schema
from schoolnet.errors import SourceError
from schoolnet.output import layers, record, sheets, words, workbook


def _sheet(path, number):
    book = CalamineWorkbook.from_path(str(path))
    return book.get_sheet_by_index(number).to_python(skip_empty_area=False)


@pytest.mark.slow
def test_the_workbook_says_each_verdict_in_words_with_its_clause(tiny_plan, tmp_path):
    workbook.write(tiny_plan, tmp_path / "plan.xlsx", lang="en")
    rows = _sheet(tmp_path / "plan.xlsx", 1)
    heads = rows[2]
    bulak = next(dict(zip(heads, row, strict=True)) for row in rows[3:] if "B" in row)
    assert bulak["Verdict"] == "Raise the school's level"
    assert bulak["Reason"].startswith(
        "41 school-age children live here. From 41 children on the law guarantees a basic school"
    )
    assert "annex 1, row 1" in bulak["Legal basis"]
    assert "Until the school is open" in bulak["Notes"]
    assert [row[heads.index("Code in the data")] for row in rows[3:]] == ["B", "D", "G", "Q", "A", "E"]
    qala = next(dict(zip(heads, row, strict=True)) for row in rows[3:] if "Q" in row)
    assert qala["Legal basis"].startswith("Target of the national project: ")
    assert qala[words.load("en").text("column.verdict_mkzt")] == 4080


@pytest.mark.slow
def test_the_summary_warns_of_assumed_prices_and_a_sheet_names_each(tiny_plan, tmp_path):
    workbook.write(tiny_plan, tmp_path / "plan.xlsx", lang="en")
    book = CalamineWorkbook.from_path(str(tmp_path / "plan.xlsx"))
    summary = book.get_sheet_by_name("Summary").to_python()
    assert any("assumptions of the model" in str(cell) for row in summary for cell in row)
    rows = book.get_sheet_by_name("Prices").to_python(skip_empty_area=False)
    found = {row[0]: row[1:5] for row in rows[3:]}
    source = "national project “Comfortable school”, 6.8 mln tenge a seat (2022)"
    assert found["School of 600 seats"] == [4080, "mln tenge", "published", source]
    assert found["Seats of a bus"][:3] == [24, "seats", "assumed by the model"]
    assert len(found) == len(tiny_plan.prices.values)


@pytest.mark.slow
def test_pupils_for_whom_seats_are_free_have_a_sheet_with_the_names_of_schools(tiny_plan):
    moved = schema.frame([{"school_id": "SQ", "to_school_id": "SA", "pupils": 12}], decisions.REASSIGNED)
    found = sheets.frames(dataclasses.replace(tiny_plan, reassigned=moved), words.load("en"))
    assert found["reassigned"].to_numpy().tolist() == [["Qala school", "Arka school", 12]]
    assert "reassigned" not in sheets.frames(tiny_plan, words.load("en"))


def test_the_sheet_of_sites_names_them_in_their_order_each_with_its_sentence(tiny_plan):
    found = sheets.frames(tiny_plan, words.load("en"))["sites"]
    assert found["rank"].tolist() == sorted(tiny_plan.sites["rank"])
    dala = found.set_index("id").loc["build:D:primary"]
    assert dala[["settlement_id", "district_id", "region"]].tolist() == ["Dala", "East", "Tiny"]
    assert "New school (primary school)" in dala["reason"]


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "word"), [("kk", "Қорытынды"), ("ru", "Вывод"), ("en", "Verdict")])
def test_the_workbook_speaks_each_language(tiny_plan, tmp_path, lang, word):
    workbook.write(tiny_plan, tmp_path / "plan.xlsx", lang=lang)
    assert word in _sheet(tmp_path / "plan.xlsx", 1)[2]


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [{"snap_m": 1}, {"way": "drive", "season": "flood", "distance_basis": "straight"}])
def test_a_plan_of_any_choices_can_be_written(tiny, options, tmp_path, chosen):
    """With a reach of 1 m hardly anybody is on a road, and no bus reaches a school."""
    api.plan(tiny, options.model_copy(update=chosen)).save(tmp_path, lang="ru")
    assert {file.name for file in tmp_path.iterdir()} == set(api.FILES)


@pytest.mark.slow
def test_text_from_outside_never_becomes_a_formula_or_a_link(tiny, options, tmp_path):
    homes = tiny.settlements.copy()
    homes["name"] = ["=1+1", "+SUM(A1)", "@x", "http://evil.example", "-2", "=HYPERLINK(1)"]
    plan = api.plan(dataclasses.replace(tiny, settlements=homes), options)
    workbook.write(plan, tmp_path / "plan.xlsx", lang="en")
    import zipfile

    with zipfile.ZipFile(tmp_path / "plan.xlsx") as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8")
            assert "<f>" not in text, name
            assert "hyperlink" not in text or name.endswith("styles.xml"), name


@pytest.mark.slow
def test_the_geopackage_holds_every_layer_and_the_same_plan_gives_the_same_bytes(tiny_plan, tmp_path):
    for name in ("one", "two"):
        layers.write(tiny_plan, tmp_path / f"{name}.gpkg")
    assert hashlib.sha256((tmp_path / "one.gpkg").read_bytes()).digest() == (
        hashlib.sha256((tmp_path / "two.gpkg").read_bytes()).digest()
    )
    found = gpd.list_layers(tmp_path / "one.gpkg")["name"].tolist()
    assert found == [
        "settlements", "sites", "schools", "nearest_school", "network_candidates", "bridges", "bus_stops", "bus_routes",
        "okrugs", "okrug_ways", "districts", "town_cells", "region", "waters", "water_lines", "built_up", "roads",
        "layer_styles",
    ]  # fmt: skip
    homes = gpd.read_file(tmp_path / "one.gpkg", layer="settlements").set_index("settlement_id")
    assert homes["verdict"].to_dict() == tiny_plan.verdicts["verdict"].to_dict()
    assert homes.crs.to_epsg() == 4326
    assert homes["site_id"].dropna().to_dict() == {
        "B": "upgrade:B:basic", "D": "build:D:primary", "G": "build:G:primary", "Q": "replace:SQ",
    }  # fmt: skip
    placed = gpd.read_file(tmp_path / "one.gpkg", layer="sites").set_index("site_id")
    assert placed["tier"].to_dict() == tiny_plan.sites["tier"].to_dict()
    assert placed.geometry["build:D:primary"].equals(tiny_plan.region.settlements.geometry["D"])


def test_the_place_of_a_settlement_is_that_of_its_first_site(tiny_plan):
    twice = tiny_plan.sites.assign(settlement_id=["B", "D", "D", None], rank=[2, 4, 3, 1])
    found = layers.first_sites(dataclasses.replace(tiny_plan, sites=twice))
    assert found["rank"].to_dict() == {"B": 2, "D": 3}
    assert found["site_id"].to_dict() == {"B": "upgrade:B:basic", "D": "build:G:primary"}


def test_the_record_says_inputs_norms_options_versions_counts_and_ledger(tiny_plan):
    found = json.loads(json.dumps(record.record(tiny_plan)))
    assert found["norms"]["on"] == "2026-09-01"
    assert {norm["key"] for norm in found["norms"]["in_force"]} >= {"threshold.primary", "transport.distance_m"}
    assert found["options"]["transport_rule"] == "or"
    assert found["counts"]["owed_build"] == 2
    assert set(found["versions"]) >= {"schoolnet", "python", "scipy", "geopandas"}
    assert any("no road is near" in entry for row in found["ledger"]["entries"] for entry in row)


def test_a_file_is_never_half_written(tmp_path):
    target = tmp_path / "plan.xlsx"
    target.write_text("before")

    def break_off():
        with disk.whole(target) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_saving_twice_gives_the_same_bytes_and_the_four_files(tiny_plan, tmp_path):
    for name in ("one", "two"):
        tiny_plan.save(tmp_path / name, lang="ru")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["map.html", "plan.gpkg", "plan.xlsx", "provenance.json"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_a_folder_that_cannot_be_made_is_a_planners_fault(tiny_plan, tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(SourceError, match="Choose another folder"):
        tiny_plan.save(tmp_path / "file" / "inside")


@pytest.mark.slow
def test_a_region_saved_and_loaded_gives_the_same_plan(tiny, tiny_plan, options, tmp_path):
    from schoolnet.sources import folder

    again = folder.read(tiny.save(tmp_path / "tiny"))
    assert (again.code, again.names) == (tiny.code, tiny.names)
    plan = api.plan(again, options)
    costs = ["cost_mkzt", "runner_up_mkzt"]
    assert plan.verdicts.drop(columns=costs).equals(tiny_plan.verdicts.drop(columns=costs))
    assert plan.verdicts[costs].to_numpy() == pytest.approx(tiny_plan.verdicts[costs].to_numpy(), abs=0.01, nan_ok=True)
    metres = (plan.access["road_m"] - tiny_plan.access["road_m"]).abs()
    assert metres.max() < 0.2  # GeoJSON is written to 1e-7 degree, a centimetre; ten legs add up
