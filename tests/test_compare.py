"""Two outcomes side by side, kept in folders and read again; a hostile folder is refused in a planner's words."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from pandas.testing import assert_frame_equal
from python_calamine import CalamineWorkbook

import schoolnet
from schoolnet import decisions, schema
from schoolnet.errors import OptionError, SchoolnetError, SourceError
from schoolnet.options import Options
from schoolnet.outcome import TABLES
from schoolnet.output import words
from schoolnet.planning.compare import compare
from schoolnet.planning.scenario import Part, outcome_of
from sited import errors, sites

DAY = dt.date(2026, 10, 1)
PROOF = {
    "region": "XX-00",
    "tier": "seats", "what": "seats_least_cost", "customers": 3, "candidates": 2, "pairs": 5, "objective": 10.0,
    "bound": 9.5, "gap_share": 0.05, "status": "feasible", "unserved": 0,
}  # fmt: skip
LIST = [
    {"site_id": "s1", "tier": "guarantee", "settlement_id": "A", "pupils": 40, "seats": 60, "cost_mkzt": 80.0,
     "is_rural": True, "district_id": "east"},
    {"site_id": "s2", "settlement_id": "Q", "district_id": "west", "pupils": 600, "seats": 600, "cost_mkzt": 4080.0},
    {"site_id": "s3", "settlement_id": "Q", "district_id": "west", "school_id": "SQ", "action": "extend",
     "at": "school", "pupils": 100, "seats": 300, "cost_mkzt": None, "price_basis": "none"},
]  # fmt: skip


TOLD = {"state_day": True, "emergency": False, "three_shift": False, "told": True}


def region(code="XX-00", rows=LIST, schools=("SQ", "SB"), prefix=""):
    """Return a region of two settlements: A is owed a school 4 km away, Q is a town short of seats."""
    rows = [row | {"region": code, "site_id": prefix + row["site_id"]} for row in rows]
    there = sites(rows)
    ids = [f"{prefix}{one}" for one in "AQ"]
    there["settlement_id"] = [prefix + one for one in there["settlement_id"]]
    people = pd.DataFrame(
        {"settlement_id": ids, "band": ["1-4", "1-4"], "pupils": [40, 900], "road_m": [4000.0, 0.0]},
    )
    homes = pd.DataFrame(
        {
            "district_id": ["east", "west"],
            "is_rural": [True, False],
            "guaranteed": [True, False],
            "owed": [True, False],
        },
        index=pd.Index(ids, name="settlement_id"),
    )
    reach = pd.DataFrame([{"settlement_id": ids[0], "band": "1-4", "site_id": f"{prefix}s1", "road_m": 0.0}])
    register = pd.DataFrame(
        {"settlement_id": [ids[1]] * len(schools), "level": "secondary", "region": code, **TOLD},
        index=pd.Index([prefix + one for one in schools], dtype="str", name="school_id"),
    )
    names = pd.DataFrame(
        {"name": ["=A()", "Qala", "West"], "name_kk": [None, "Қала", None], "name_ru": None, "name_en": None},
        index=pd.Index([*ids, "west"], name="id"), dtype=object,
    )  # fmt: skip
    return Part(
        code=code, options=Options(on=DAY), limit_m=3000.0, sites=there, errors=errors(there, pupils_sd_share=0.1),
        reach=schema.frame(reach.to_dict("records"), decisions.REACH), proofs=schema.frame([PROOF], decisions.PROOFS),
        relieved=schema.frame([], decisions.RELIEVED),
        people=people, homes=homes, register=register, names=names,
        about={"norms_on": "2026-10-01", "caveats": ["modelled_schools", "=word"]},
    )  # fmt: skip


def scenario(**given):
    return schoolnet.programme(region(), Options(on=DAY, **({"schools": 2, "years": 2} | given)))


def moves(found):
    return found.moved[["move", "site_a", "site_b", "differs"]].fillna("").to_numpy().tolist()


# --- one outcome


def test_an_outcome_is_the_programme_of_its_region_and_its_equity():
    found = scenario()
    assert isinstance(found.sites, gpd.GeoDataFrame)
    assert found.opened.index.tolist() == ["s1", "s2"]
    assert found.sites["rank"].tolist() == [1, 2, 3]
    even = found.equity.set_index(["territory", "measure"]).loc[("rural", "mean_m")]
    assert even.tolist() == [4000.0, 0.0]
    assert found.equity.set_index(["territory", "measure"]).loc[("*", "owed_share")].tolist() == [1.0, 0.0]


def test_several_regions_are_one_list():
    both = schoolnet.programme(iter([region(), region("YY-00", prefix="y")]), Options(on=DAY, schools=4))
    assert both.about["regions"] == ["XX-00", "YY-00"]
    assert both.sites.index.tolist() == ["s1", "ys1", "s2", "ys2", "s3", "ys3"]
    assert both.years["sites"].sum() == 4
    assert both.sites.crs.to_epsg() == 4326


@pytest.mark.parametrize(
    ("parts", "given", "said"),
    [
        ([], {}, "no plan"),
        ([region(), region()], {}, "region XX-00 is there more than once"),
        ([region()], {"quotas": {"KZ-59": 1}}, "“KZ-59” is no region or district of the plan"),
    ],
)
def test_what_makes_no_programme_is_refused(parts, given, said):
    with pytest.raises(OptionError, match=said):
        outcome_of(parts, Options(on=DAY, **given))


def test_a_region_where_nothing_is_to_be_built_has_a_programme_of_nothing():
    none = dataclasses.replace(region(), sites=region().sites.iloc[:0], errors=region().errors.iloc[:0])
    found = schoolnet.programme(none)
    assert found.sites.empty
    assert found.years["sites"].sum() == 0
    assert found.equity["today"].equals(found.equity["after"].rename("today"))


# --- two outcomes


def test_what_opens_in_one_only_and_what_opens_otherwise():
    found = compare(scenario(), scenario(schools=6, weights={"price": 1}))
    assert moves(found) == [["differs", "s2", "s2", "year"], ["only_b", "", "s3", ""]]
    assert found.choices.index.tolist() == ["schools", "weights"]
    assert found.choices.loc["weights"].tolist() == ["pupils=1", "price=1"]
    figures = found.figures.set_index(["figure", "territory"])
    assert figures.loc[("sites", "*")].tolist() == [2, 3, 1]
    assert figures.loc[("pupils", "*"), "difference"] == 100
    assert figures.loc[("unpriced", "*")].tolist() == [0, 1, 1]


def test_a_scenario_beside_itself_differs_in_nothing():
    found = compare(scenario(), scenario())
    assert found.moved.empty
    assert found.choices.empty
    assert (found.figures["difference"].fillna(0) == 0).all()


def test_a_site_that_has_moved_within_its_settlement_and_one_at_the_same_school_are_the_same():
    rows = [
        LIST[0],
        LIST[1] | {"site_id": "s9", "at": "cell", "at_id": "c1"},
        LIST[2] | {"site_id": "s8", "seats": 900},
    ]
    a, b = (outcome_of([region(rows=one)], Options(on=DAY, schools=9)) for one in (LIST, rows))
    found = compare(a, b)
    assert sorted(moves(found)) == [["differs", "s2", "s9", "place"], ["differs", "s3", "s8", "seats"]]


def test_a_school_the_other_register_does_not_hold_closes():
    a, b = (outcome_of([region(schools=one)], Options(on=DAY)) for one in (("SQ", "SB"), ("SQ", "SC")))
    found = compare(a, b).moved
    assert found[["move", "school_id"]].to_numpy().tolist() == [["closes", "SB"], ["appears", "SC"]]


def test_regions_only_one_of_them_is_of_do_not_close():
    b = outcome_of([region("YY-00", prefix="y")], Options(on=DAY))
    assert set(compare(scenario(), b).moved["move"]) == {"only_a", "only_b"}


# --- kept and read again


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return scenario(quotas={"XX-00": 5}, budget_mkzt=(5000,), ppp=(1,)).save(tmp_path_factory.mktemp("a") / "out")


@pytest.mark.slow
def test_an_outcome_is_read_again_as_it_was(folder):
    saved = scenario(quotas={"XX-00": 5}, budget_mkzt=(5000,), ppp=(1,))
    found = schoolnet.read_outcome(folder)
    for name in TABLES:
        assert_frame_equal(pd.DataFrame(getattr(found, name)), pd.DataFrame(getattr(saved, name)), check_dtype=False)
    assert found.options == saved.options
    assert found.about == saved.about
    assert compare(saved, found).moved.empty
    assert schoolnet.compare(folder, folder).moved.empty


def test_the_same_outcome_gives_the_same_files_and_leaves_no_part(folder, tmp_path):
    again = schoolnet.read_outcome(folder).save(tmp_path)
    assert sorted(path.name for path in again.iterdir()) == sorted(path.name for path in folder.iterdir())
    for path in folder.iterdir():
        if path.suffix != ".xlsx":
            assert (again / path.name).read_bytes() == path.read_bytes(), path.name


def test_no_cell_starts_a_formula(folder):
    assert "'=A()" in (folder / "names.csv").read_text(encoding="utf-8-sig")
    assert schoolnet.read_outcome(folder).names.loc["A", "name"] == "=A()"


@pytest.mark.parametrize("lang", words.LANGS)
def test_the_workbook_has_its_sheets_in_the_language(folder, tmp_path, lang):
    schoolnet.read_outcome(folder).save(tmp_path, lang=lang)
    book = CalamineWorkbook.from_path(str(tmp_path / "programme.xlsx"))
    said = words.load(lang)
    names = (
        "caveats",
        "years",
        "indicator",
        "programme",
        "sites",
        "proofs",
        "frontier",
        "equity",
        "relieved",
        "options",
    )
    assert book.sheet_names == [said.text(f"sheet.{name}") for name in names]
    told = book.get_sheet_by_name(said.text("sheet.caveats")).to_python()
    assert [row[0] for row in told[3:]] == [said.text("caveat.modelled_schools")]  # a word nobody knows is not said
    rows = book.get_sheet_by_name(said.text("sheet.sites")).to_python(skip_empty_area=False)
    assert "Қала" in rows[4] or "Qala" in rows[4]
    cells = {
        cell
        for sheet in names[:-1]
        for row in book.get_sheet_by_name(said.text(f"sheet.{sheet}")).to_python()
        for cell in row
    }
    assert not {"guarantee", "build", "extend", "state", "ppp", "mean_m", "feasible", "seats_least_cost"} & cells
    options = book.get_sheet_by_name(said.text("sheet.options")).to_python(skip_empty_area=False)
    assert ["ppp", "1"] in [row[:2] for row in options]


def test_the_layer_holds_the_year_of_each_site(folder):
    layer = gpd.read_file(folder / "sites.gpkg")
    assert layer["site_id"].tolist() == ["s1", "s2", "s3"]
    assert layer["year"].tolist()[:2] == [2027, 2028]
    assert pyogrio.list_layers(folder / "sites.gpkg").tolist() == [["sites", "Point"]]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return scenario().save(tmp_path_factory.mktemp("sound") / "out")


def _spoil(name, old, new):
    def spoil(folder):
        path = folder / name
        text = path.read_bytes()
        assert old in text
        path.write_bytes(text.replace(old, new, 1))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "years.csv").unlink(), "years.csv: the file is missing"),
        (_spoil("sites.csv", b"guarantee", b"bribe"), "sites.csv, row 2, column “tier”"),
        (_spoil("sites.csv", b",50\r", b",500\r"), "column “lat”: '500' is not a number"),
        (_spoil("sites.csv", b"true", b"maybe"), "column “is_rural”: 'maybe' is not true or false"),
        (_spoil("programme.csv", b"s1", b"sX"), "'s1' is not in the other table of sites"),
        (_spoil("programme.csv", b"s1", b"s2"), "'s2' stands here a second time"),
        (_spoil("years.csv", b"2027", b"soon"), "years.csv, row 2, column “year”: 'soon' is not a whole number"),
        (_spoil("frontier.csv", b"bound", b"bond"), "frontier.csv, column “bound”: the column is missing"),
        (_spoil("equity.csv", b"mean_m", b"\xff"), "equity.csv: the file is not in UTF-8"),
        (_spoil("options.toml", b"\nschools", b"\nscools"), "Did you mean “schools”?"),
        (_spoil("provenance.json", b"{", b"["), "provenance.json: this is not a JSON file"),
        (lambda folder: (folder / "provenance.json").write_text('{"regions": 5}'), "does not say which regions"),
        (lambda folder: (folder / "provenance.json").write_text("[" * 100_000), "this is not a JSON file"),
    ],
)  # fmt: skip
def test_a_hostile_folder_is_refused_in_words(sound, tmp_path, spoil, said):
    folder = shutil.copytree(sound, tmp_path / "out")
    spoil(folder)
    with pytest.raises(SchoolnetError) as error:
        schoolnet.read_outcome(folder)
    assert said in str(error.value)


def test_a_folder_that_is_not_there_or_cannot_be_made_is_named(tmp_path):
    with pytest.raises(SourceError, match="there is no such folder"):
        schoolnet.read_outcome(tmp_path / "none")
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="cannot be written"):
        scenario().save(tmp_path / "file")
    with pytest.raises(SourceError, match="cannot be written"):
        scenario().save_sites(tmp_path / "file")


def test_the_record_says_where_it_comes_from(folder):
    about = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert about["regions"] == ["XX-00"]
    assert about["of"]["XX-00"]["norms_on"] == "2026-10-01"
