"""What is known of people, on sheets, layers, cards and in the record: the plan's own figures, in three languages."""

from __future__ import annotations

import dataclasses
import hashlib
import html
import json
import re
import time
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import chain
import schoolnet
from conftest import point, shared
from schoolnet.options import Options
from schoolnet.output import column_notes, layers, norms_text, reasons, record, words, workbook
from test_maps import block, browse, page_of

GRADES = [f"g{grade}" for grade in range(1, 13)]
DISTRICTS = {
    "kk": {"east": "Шығыс", "north": "Солтүстік", "west": "Батыс"},
    "ru": {"east": "Восток", "north": "Север", "west": "Запад"},
    "en": {"east": "East", "north": "North", "west": "West"},
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return chain.files(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def plan(written):
    folder, files = written
    return schoolnet.plan(schoolnet.read(folder, people=files, options=chain.OPTIONS), chain.OPTIONS)


@pytest.fixture(scope="module", params=words.LANGS)
def book(request, plan, tmp_path_factory):
    """Return a function that gives a sheet of the workbook in a language as a frame, its path and its words."""
    path = tmp_path_factory.mktemp(request.param) / "plan.xlsx"
    workbook.write(plan, path, lang=request.param)
    said = words.load(request.param)

    def sheet(name):
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(said.text(f"sheet.{name}"))
        rows = rows.to_python(skip_empty_area=False)
        return pd.DataFrame(rows[3:], columns=rows[2])

    sheet.said, sheet.path = said, path
    return sheet


def places(said):
    return DISTRICTS[said.lang] | {"*": said.text("layer.region"), "": said.text("no_district")}


def columns(said, *names):
    return [said.text(f"column.{name}") for name in names]


def whole(values):
    """Return cells as whole numbers, None where they are empty."""
    return [None if pd.isna(value) or value == "" else int(value) for value in values]


# --- sheets


def test_the_sheet_of_people_has_sources_raster_official_totals_and_what_was_placed(plan, book):
    found, said = book("people"), book.said
    names = places(said)
    rows = plan.reconciled
    for at, row in rows[rows["territory"] == "all"].iterrows():
        keys = columns(said, "district_id", "territory")
        mine = found[(found[keys[0]] == names[row["district_id"]]) & (found[keys[1]] == said.text("territory.all"))]
        assert len(mine) == 1, at
        for name in ("settlements", "without_figure", "source", "raster", "official", "placed", "unplaced"):
            shown = "population_source" if name == "source" else name
            assert whole(mine[said.text(f"column.{shown}")]) == whole([row[name]])
        for name in ("source_ratio", "raster_ratio"):
            shown = mine[said.text(f"column.{name}")].tolist()
            assert shown == ([""] if pd.isna(row[name]) else pytest.approx([row[name]]))
    assert set(found[said.text("column.district_id")]) == set(names.values())


def test_the_sheet_of_the_basis_says_what_was_given_and_what_stands_in(book):
    found, said = book("basis"), book.said
    given = dict(zip(found[said.text("column.piece")], found[said.text("column.given")], strict=True))
    for piece in ("inhabitants", "official", "children", "ages", "births", "raster", "languages", "stay"):
        assert given[said.text(f"piece.{piece}")] == said.text("choice.yes"), piece
    assert given[said.text("piece.survival")] == said.text("choice.no")
    assert found[said.text("column.used")].str.contains("World Population Prospects 2024").any()


def test_the_sheet_of_the_forecast_is_the_forecast_of_districts(plan, book):
    found, said = book("forecast"), book.said
    rows = plan.forecast.districts
    assert len(found) == len(rows) == 4 * 5 * 3  # east, west, no district, region; 2026 to 2030; three paths
    names = places(said)
    assert found[said.text("column.district_id")].tolist() == [names[key] for key in rows["district_id"]]
    assert found[said.text("column.scenario")].tolist() == [said.text(f"scenario.{one}") for one in rows["scenario"]]
    titles = columns(said, "year", *GRADES, "children")
    assert found[titles].astype(int).to_numpy().tolist() == rows[["year", *GRADES, "children"]].to_numpy(int).tolist()


def test_the_sheet_of_the_outlook_is_of_villages_those_to_look_at_first_on_top(plan, book):
    found, said = book("outlook"), book.said
    codes = plan.region.settlements["kato"]
    order = [codes[codes == code].index[0] for code in found[said.text("column.kato")].astype(str)]
    assert set(order) == set("ABDEGX")  # Qala is a town
    cautions = [plan.verdicts.loc[key, "caution"] != "" for key in order]
    assert cautions == sorted(cautions, reverse=True)
    outlook, ranked = plan.outlook.loc[order], layers.settlements(plan).loc[order]
    for name in ("children_low", "children_high", "fewer", "more", "year", "children_then", "children_then_low",
                 "children_then_high", "change_year"):  # fmt: skip
        assert whole(found[said.text(f"column.{name}")]) == whole(outlook[name]), name
    for name in ("rank", "rank_best", "rank_worst"):
        assert whole(found[said.text(f"column.{name}")]) == whole(ranked[name]), name
    for name in ("guaranteed_low", "guaranteed_high", "guaranteed_then"):
        assert found[said.text(f"column.{name}")].tolist() == [said.text(f"level.{one}") for one in outlook[name]]
    changes = [said.text(f"change.{one}") for one in outlook["change"]]
    assert found[said.text("column.change")].tolist() == changes
    yes = {True: said.text("choice.yes"), False: said.text("choice.no")}
    assert found[said.text("column.sure")].tolist() == [yes[one] for one in outlook["sure"]]


def test_the_sheet_of_consultations_says_where(plan, book):
    found, said = book("pmpc"), book.said
    names = places(said)
    rows = plan.pmpc
    assert found[said.text("column.district_id")].tolist() == [names[key] for key in rows.index]
    for name, title in (("children", "minors"), ("needed", "needed"), ("placed", "allotted")):
        assert whole(found[said.text(f"column.{title}")]) == whole(rows[name])
    assert whole(found[said.text("column.to_one")]) == [50_000] * len(rows)  # Resolution 726, indicator 6
    homes = plan.region.settlements["name"]
    assert found[said.text("column.where")].tolist() == [homes.get(key, "") for key in rows["settlement_id"]]


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("kk", "аудандардың қосындысы өңірдікінен көп болуы мүмкін"),
        ("ru", "районы в сумме могут дать больше, чем область"),
        ("en", "the districts may add up to more than the region"),
    ],
)
def test_why_the_districts_need_more_consultations_than_the_region_is_said_beside_the_figures(lang, sentence):
    """3 and 2 beside 4, as in test_pmpc."""
    said = words.load(lang)
    assert sentence in said.text("heading.pmpc")
    assert sentence in column_notes.meaning("pmpc", "needed", said)


def test_headers_are_in_the_language_and_no_code_is_left(book):
    said = book.said
    codes = {
        "east",
        "west",
        "low",
        "medium",
        "high",
        "urban",
        "rural",
        "all",
        "same",
        "rises",
        "falls",
        "hangs",
        "none",
    }
    for name in ("people", "forecast", "outlook", "pmpc", "languages"):
        found = book(name)
        assert not set(found.columns) & set(plan_columns()), name
        if said.lang != "en":
            cells = {cell for column in found for cell in found[column] if isinstance(cell, str)}
            assert not cells & codes, name


def plan_columns():
    return {"district_id", "territory", "placed", "unplaced", "scenario", "g1", "rank_best", "sure", "needed", "minors"}


def test_there_is_no_formula_in_the_workbook(book):
    with zipfile.ZipFile(book.path) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name), name


def test_the_sheet_of_settlements_and_the_summary_have_the_reconciled_people(plan, book):
    found, said = book("settlements"), book.said
    rows = found.set_index(said.text("column.id"))
    assert whole(rows.loc[list(chain.PEOPLE), said.text("column.population")]) == list(chain.PEOPLE.values())
    assert whole(rows.loc[list(chain.CHILDREN), said.text("column.children")]) == list(chain.CHILDREN.values())
    assert rows.loc["G", said.text("column.population_basis")] == said.text("basis.raster")
    assert rows.loc["A", said.text("column.children_basis")] == said.text("basis.grades")
    assert plan.summary["children"] == 795


def test_names_of_people_from_outside_are_text_on_the_sheets(plan, tmp_path):
    region = plan.region
    districts = region.districts.assign(name_en=["=1+1", "[red]x[/red]", "@SUM(A1)"])
    homes = region.settlements.assign(name="=HYPERLINK(1)")
    hostile = dataclasses.replace(plan, region=dataclasses.replace(region, districts=districts, settlements=homes))
    path = tmp_path / "plan.xlsx"
    workbook.write(hostile, path, lang="en")
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if b"<f>" in archive.read(name)]
    book = CalamineWorkbook.from_path(str(path))
    cells = {cell for name in ("people", "pmpc", "forecast") for row in book.get_sheet_by_name(
        words.load("en").text(f"sheet.{name}")).to_python() for cell in row}  # fmt: skip
    assert {"=1+1", "@SUM(A1)", "[red]x[/red]", "=HYPERLINK(1)"} <= cells


# --- layers and record


def test_the_geopackage_has_the_cells_of_towns_and_the_outlook_of_settlements(plan, tmp_path):
    layers.write(plan, tmp_path / "plan.gpkg")
    cells = gpd.read_file(tmp_path / "plan.gpkg", layer="town_cells").set_index("cell_id")
    assert cells.crs.to_epsg() == 4326
    assert cells.index.tolist() == plan.town_cells.index.tolist()
    assert cells["people"].sum() == 3500
    assert cells[[*GRADES, "children"]].sum().tolist() == plan.town_cells[[*GRADES, "children"]].sum().tolist()
    # 2000 of the raster's 4000 live at (-8850, 350): half of the town's 3500
    most = cells.loc[cells["people"].idxmax()]
    assert most["people"] == 1750
    assert most.geometry.contains(point(-8850, 350))
    homes = gpd.read_file(tmp_path / "plan.gpkg", layer="settlements").set_index("settlement_id")
    for name in ("children_then", "rank_best", "rank_worst", "children_low", "children_high"):
        joined = layers.settlements(plan)[name]
        assert whole(homes.loc[joined.index, name]) == whole(joined)


def test_the_record_lists_every_file_of_people_with_its_hash(plan, written):
    found = json.loads(json.dumps(record.record(plan)))
    inputs = {one["name"]: one for one in found["inputs"]}
    roles = {"homes.csv": "headcounts", "official.csv": "official", "ages.csv": "ages", "births.csv": "births",
             "series.csv": "series", "xxx_ppp_2020.tif": "raster"}  # fmt: skip
    for path in written[1]:
        data = path.read_bytes()
        one = inputs[path.name]
        assert (one["role"], one["bytes"]) == (roles[path.name], len(data))
        assert one["sha256"] == hashlib.sha256(data).hexdigest()
    assert found["options"]["horizon"] == 2030
    assert found["counts"]["guarantees_rise"] == int((plan.outlook["change"] == "rises").sum())
    read = {row["file"]: row["read"] for row in found["ledger"]["counts"]}
    assert [read[name] for name in list(roles)[:5]] == [5, 3, 19, 8, 25]


# --- cards of the map

_CARDS = """
const said = {};
for (const lang of ["kk", "ru", "en"]) {
  document.querySelector(`#panel [lang="${lang}"]`).click();
  for (const kato of KATOS) {
    const box = document.getElementById("search");
    box.value = kato;
    box.dispatchEvent(new Event("input"));
    document.querySelector("#found .rows button").click();
    said[`${lang} ${kato}`] = [...document.querySelectorAll(".notes li")].map((one) => one.textContent);
    document.querySelector(".back").click();
  }
}
document.body.dataset.said = JSON.stringify(said);
"""


@pytest.fixture(scope="module")
def cautioned(plan):
    """Return the plan with a village of each caution: A falls, B falls to none, D rises, G hangs, E both."""
    verdicts, outlook = plan.verdicts.copy(), plan.outlook.copy()
    cautions = {"A": "falls", "B": "falls", "D": "rises", "E": "rises", "G": "hangs", "X": ""}
    verdicts.loc[list(cautions), "caution"] = list(cautions.values())
    outlook.loc[list("ABDEGX"), "sure"] = [True, True, True, False, False, True]
    then = {"A": ("basic", 43, 2028), "B": ("none", 4, 2029), "D": ("basic", 44, 2027), "E": ("primary", 1234, 2030)}
    for key, (level, children, year) in then.items():
        outlook.loc[key, ["guaranteed_then", "children_then", "change_year"]] = [level, children, year]
    return dataclasses.replace(plan, verdicts=verdicts, outlook=outlook)


def sentences(plan, lang):
    """Return the notes of each settlement as Python says them."""
    said, put = words.load(lang), reasons.named(plan, lang)
    facts, away = reasons.facts(plan), reasons.ways(plan)
    return {
        row.Index: [
            norms_text.note(plan.norms, key, said.sentence(key, put(facts[row.Index])), lang)
            for key in reasons.notes(row, away.get(row.Index, []))
        ]
        for row in layers.settlements(plan).itertuples()
    }


@pytest.mark.parametrize("lang", words.LANGS)
def test_notes_of_what_falls_rises_and_hangs_are_whole_sentences(cautioned, lang):
    found = sentences(cautioned, lang)
    expected = {"A": ["2028/2029", "43"], "B": ["2029/2030", "4"], "D": ["2027/2028", "44"], "E": ["2030/2031"]}
    for key, parts in expected.items():
        assert any(all(part in one for part in parts) for one in found[key]), (key, found[key])
    ranges = cautioned.outlook.loc["G", ["children_low", "children_high"]].tolist()
    assert any(all(str(end) in one for end in ranges) for one in found["G"])
    assert not [one for notes in found.values() for one in notes if re.search(r"[{}]|None|nan|<NA>", one)]


@pytest.mark.slow
def test_the_map_holds_the_keys_of_the_notes(cautioned):
    rows = {one["id"]: one.get("notes", []) for one in block(page_of(cautioned))["settlements"]}
    ahead = {
        key: [one for one in notes if one.split("_")[1] in ("falls", "rises", "hangs")] for key, notes in rows.items()
    }
    assert ahead == {
        "A": ["note_falls"], "B": ["note_falls_none"], "D": ["note_rises"], "E": ["note_rises", "note_hangs"],
        "G": ["note_hangs"], "Q": [], "X": [],
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.browser
def test_cards_say_the_notes_as_python_does(cautioned, tmp_path):
    katos = cautioned.region.settlements["kato"]
    driver = _CARDS.replace("KATOS", json.dumps(list(katos)))
    text, messages, _ = browse(tmp_path, page_of(cautioned, lean=True) + f"<script>{driver}</script>")
    assert messages == []
    said = json.loads(html.unescape(re.search(r'data-said="([^"]*)"', text).group(1)))
    for lang in words.LANGS:
        expected = sentences(cautioned, lang)
        for key, kato in katos.items():
            assert said[f"{lang} {kato}"] == expected[key], (lang, key)


# --- real data


@pytest.fixture(scope="module")
def northern():
    """Return the plan of North Kazakhstan with its official totals and its raster, and the seconds it took."""
    names = (
        "kz/north-kazakhstan-modelled.osm.pbf", "kz/north-kazakhstan-schools-modelled.csv",
        "kz/bns_population_2023_districts.csv", "kz/north-kazakhstan-population-modelled.tif",
    )  # fmt: skip
    extract, schools, official, raster = map(shared, names)
    options = Options(on="2026-09-01")
    begun = time.process_time()
    region = schoolnet.read(extract, "KZ-59", schools=schools, people=[official, raster], options=options)
    return schoolnet.plan(region, options), time.process_time() - begun


@pytest.fixture(scope="module")
def bureau():
    """Return the Bureau's table of North Kazakhstan, by KATO, as pandas reads it."""
    table = pd.read_csv(shared("kz/bns_population_2023_districts.csv"), dtype={"adm1_kato": str, "adm2_kato": str})
    return table[(table["adm1_kato"] == "590000000") & (table["level"] == "district")].set_index("adm2_kato")


def test_official_totals_of_north_kazakhstan_come_out_to_the_person(northern, bureau):
    plan, _ = northern
    rows = plan.reconciled[plan.reconciled["territory"] == "all"].set_index("district_id")
    codes = plan.region.districts["kato"]
    assert set(codes) == set(bureau.index)
    assert len(codes) == 14
    placed = plan.region.settlements["population"].groupby(plan.region.settlements["district_id"]).sum()
    for key, code in codes.items():
        assert rows.loc[key, "official"] == bureau.loc[code, "pop"]
        assert rows.loc[key, "placed"] == placed[key] == bureau.loc[code, "pop"]
        assert rows.loc[key, "unplaced"] == 0
    assert placed.sum() == bureau["pop"].sum() == 534_024
    assert rows.loc["*", "placed"] == 534_024


def test_towns_and_villages_of_north_kazakhstan_keep_their_own_totals_where_both_tell_them_apart(northern, bureau):
    plan, _ = northern
    homes = plan.region.settlements
    urban = homes.loc[~homes["is_rural"], "population"].groupby(homes["district_id"]).sum()
    codes = plan.region.districts["kato"]
    for key, people in urban.items():
        row = bureau.loc[codes[key]]
        if row["urban"] > 0:
            assert people == row["urban"]


def test_the_raster_of_north_kazakhstan_is_said_to_be_too_high(northern):
    plan, _ = northern
    rows = plan.reconciled[plan.reconciled["territory"] == "all"].set_index("district_id")
    # the raster was made 1.15 times the settlements' figures, with 1 % missed
    assert rows.loc["*", "raster"] / rows.loc["*", "source"] == pytest.approx(1.15, abs=0.02)
    assert rows.loc["*", "raster_ratio"] == pytest.approx(rows.loc["*", "raster"] / 534_024)
    assert rows.drop(index="*")["raster"].sum() == pytest.approx(rows.loc["*", "raster"])


def test_a_town_the_official_table_calls_a_village_is_noted(northern):
    plan, _ = northern
    found = plan.ledger.frame()
    row = found[found["what"].str.contains("Новоишимское")]
    assert row["what"].tolist() == ["Габит Мусрепов has officially no townspeople, but towns on the map: Новоишимское"]
    assert row["column"].tolist() == ["is_rural"]


def test_children_and_cells_of_north_kazakhstan_add_up(northern):
    plan, _ = northern
    demand, cells = plan.demand, plan.town_cells
    towns = ~plan.region.settlements["is_rural"]
    assert set(cells["settlement_id"]) == set(demand.index[towns & demand["children"].notna()])
    by_town = cells.groupby("settlement_id")
    assert by_town["people"].sum().to_dict() == plan.headcount.loc[list(by_town.groups), "population"].to_dict()
    for grade in GRADES:
        assert by_town[grade].sum().to_dict() == demand.loc[list(by_town.groups), grade].to_dict()
    found = plan.district_findings
    assert (found["sources"] == found["children"]).all()
    first = plan.forecast.districts.query("district_id == '*' and year == 2026")["children"]
    assert set(first) == {demand["children"].sum()}


def test_north_kazakhstan_is_read_and_planned_in_seconds(northern):
    _, seconds = northern
    assert seconds < 10
