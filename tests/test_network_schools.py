"""Network schools as a public stage and a command: the tables, the files, the map and the words of the report."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
import python_calamine
import shapely
from typer.testing import CliRunner

import schoolnet
from conftest import DAY, SHARED
from schoolnet import api, networks, schema
from schoolnet import given as own
from schoolnet.cli import app
from schoolnet.commands import console
from schoolnet.errors import OptionError
from schoolnet.given import Given
from schoolnet.law.norms import Norms
from schoolnet.options import Options
from schoolnet.output import network_files, network_map, network_sheets, network_text, words
from schoolnet.services import PARTS
from schoolnet.sources import places as sources
from test_maps import Page

KEYS = ["abai", "satpayev", "zhautykov"]


@pytest.fixture(scope="module")
def national():
    return schoolnet.profiles(options=Options(on=DAY))


@pytest.fixture(scope="module")
def example():
    folder, register = api.example()
    return schoolnet.read(folder, schools=register)


def network(*rows):
    return Given(network=schema.frame([{"region": code, "profile": key} for code, key in rows], own.NETWORK))


def test_the_embedded_places_give_every_region_each_profile(national):
    assert national.candidates["opened"].sum() == 60
    assert national.candidates[national.candidates["opened"]].groupby(["region", "profile"]).size().eq(1).all()
    assert national.proof.loc[0, "status"] == "optimal"
    assert national.proof.loc[0, "reached"] == counted(national)
    for frame, table in (
        (national.coverage, networks.COVERAGE), (national.candidates, networks.CANDIDATES),
        (national.proof, networks.NETWORK_PROOF),
    ):  # fmt: skip
        schema.check(frame, table)


def counted(found):
    """Count anew, from the file of places: pupils of the own region in reach of an opened place, once a profile."""
    regions, places, _ = sources.read()
    known = places[places["population"].notna()]
    share = Norms.on(found.norms.day)["children.share"].value
    pupils = (known["population"] * share * 7 / 11).round()
    assert set(known["region"]) <= set(regions.index)
    total = 0
    for (code, _), rows in found.candidates[found.candidates["opened"]].groupby(["region", "profile"]):
        own = known[known["region"] == code]
        near = {
            home
            for place in rows["settlement_id"]
            for home, lon, lat in zip(own.index, own["lon"], own["lat"], strict=True)
            if haversine(known.loc[place], lon, lat) * found.options.straight_factor <= found.options.straight_kmh
        }
        total += int(pupils[list(near)].sum())
    return total


def haversine(place, lon, lat):
    a, b, c, d = (math.radians(one) for one in (place["lat"], place["lon"], lat, lon))
    return (
        2
        * 6371
        * math.asin(math.sqrt(math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2))
    )


@pytest.mark.slow
def test_pupils_in_reach_of_several_places_of_a_profile_count_once():
    found = schoolnet.profiles(options=Options(on=DAY, network_quota=3))
    opened = found.candidates[found.candidates["opened"]]
    assert opened.groupby(["region", "profile"]).size().max() == 3
    assert found.proof.loc[0, "reached"] == counted(found)
    assert counted(found) < opened["pupils_60"].sum()  # places beside one another share pupils


@pytest.mark.slow
def test_in_every_region_no_other_place_of_the_best_ranks_reaches_much_more(national):
    slack = national.options.network_slack
    ranked = national.candidates[national.candidates["rank"] <= national.options.network_ranks]
    best = ranked.groupby(["region", "profile"])["pupils_60"].max()
    opened = national.candidates[national.candidates["opened"]].set_index(["region", "profile"])["pupils_60"]
    assert (opened >= (1 - slack) * best.reindex(opened.index)).all()
    exact = schoolnet.profiles(options=Options(on=DAY, network_slack=0))
    opened = exact.candidates[exact.candidates["opened"]].set_index(["region", "profile"])["pupils_60"]
    assert (opened == best.reindex(opened.index)).all()
    assert exact.proof.loc[0, "reached"] == exact.proof.loc[0, "most"] == opened.sum()


@pytest.mark.slow
def test_a_region_without_siting_has_the_places_of_its_plan(example):
    options = Options(on=DAY)
    plan = schoolnet.plan(example, options)
    alone, planned = schoolnet.profiles(example, options), schoolnet.profiles(plan, options)
    pd.testing.assert_frame_equal(pd.DataFrame(alone.candidates), pd.DataFrame(planned.candidates))
    pd.testing.assert_frame_equal(pd.DataFrame(alone.candidates), pd.DataFrame(plan.candidates))  # opened ones too
    pd.testing.assert_frame_equal(alone.coverage, plan.coverage)


def test_a_profile_or_region_twice_or_unknown_is_refused(example):
    with pytest.raises(OptionError, match=r"there is no profile “abay”. Did you mean “abai”?"):
        schoolnet.profiles(given=network(("KZ-10", "abay")))
    with pytest.raises(OptionError, match="region XX-99 is there more than once"):
        schoolnet.profiles([example, example], Options(on=DAY))
    with pytest.raises(OptionError, match="there is no region to choose network schools in"):
        schoolnet.profiles([])


@pytest.mark.slow
def test_all_files_are_written_and_name_their_source(national, tmp_path):
    national.save(tmp_path, lang="ru")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(network_files.FILES)
    rows = pd.read_csv(tmp_path / "candidates.csv")
    assert len(rows) == len(national.candidates)
    assert set(rows["source"]) == {"GeoNames (geonames.org), CC BY 4.0"}
    layer = gpd.read_file(tmp_path / "network.gpkg", layer="network_candidates")
    assert set(layer["source"]) == set(rows["source"])
    assert json.loads((tmp_path / "provenance.json").read_text())["attribution"] == [rows["source"].iloc[0]]
    assert rows["source"].iloc[0] in (tmp_path / "network.html").read_text(encoding="utf-8")
    again = tmp_path / "again"
    national.save(again, lang="ru")
    for name in network_files.FILES:
        assert (tmp_path / name).read_bytes() == (again / name).read_bytes(), name


def test_the_map_can_load_nothing_and_holds_every_chosen_place(national):
    page = network_map.build(national, lang="kk").get_root().render()
    assert "default-src 'none'" in page
    assert Page(page).addresses == []
    data = json.loads(re.search(r'id="schoolnet-data">(.*?)</script>', page, re.DOTALL)[1])
    assert sum(one.get("opened", False) for one in data["candidates"]) == 60
    assert data["about"]["caveats"] == [
        "straight_reach", "modelled_pupils", "no_outlines", "no_network_table",
    ]  # fmt: skip
    assert len(data["homes"]) == len(national.homes)
    assert {len(one["parts"]) for one in data["candidates"]} == {len(PARTS)}
    # at 60 km/h an hour leads 60 km by road; a straight line that roads make 1.3 of leads 46.154 km, in 90 min 69.231
    told = replace(national, options=Options(on=DAY, straight_kmh=60, straight_factor=1.3))
    page = network_map.build(told, lang="kk").get_root().render()
    data = json.loads(re.search(r'id="schoolnet-data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["reach"] == {"60": 46154, "90": 69231}


def test_by_road_no_circle_is_drawn(example):
    page = network_map.build(schoolnet.profiles(example, Options(on=DAY)), lang="kk").get_root().render()
    data = json.loads(re.search(r'id="schoolnet-data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["reach"] == {}


def test_every_word_the_map_asks_for_is_there():
    script = (api.Path(network_map.__file__).parent / "network.js").read_text(encoding="utf-8")
    asked = set(re.findall(r"""\bt\(["']([\w.]+)["']""", script))
    asked |= {f"column.part_{name}" for name in PARTS}
    asked |= {f"network.looked_{one}" for one in networks.LOOKED_AT if one != "all"}
    for lang in words.LANGS:
        texts = words.load(lang).texts
        assert asked - {key for key in texts if network_map._used(key)} == set()


def test_a_hostile_name_stays_text(national):
    names = national.names.copy()
    names.loc["KZ-10", "name_kk"] = "</script><script>alert(1)</script>"
    page = network_map.build(replace(national, names=names), lang="kk").get_root().render()
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize("lang", words.LANGS)
def test_the_report_says_coverage_standing_deadline_and_quota(national, lang, capsys):
    console.show(network_text.parts(national, lang), width=300)
    said, out = words.load(lang), capsys.readouterr().out
    assert said.text("caveat.straight_reach") in out
    assert said.text("caveat.no_network_table") in out
    assert "31.12.2027" in out
    assert said.text("standing.target") in out
    assert said.text("network.no_figure") in out  # how many work today is not known
    assert f"{said.number(int(national.proof.loc[0, 'reached']))}" in out


def test_the_report_says_what_is_given_up_and_for_what(national, capsys):
    proof = national.proof.assign(
        **{name: pd.array([n], dtype="Int64") for name, n in (("reached", 76), ("most", 80), ("anywhere", 100))}
    )
    console.show(network_text.parts(replace(national, proof=proof), "en"), width=900)
    out = " ".join(capsys.readouterr().out.split())
    # 76 of 80: 5 % fewer, given up for rank; 80 of 100: 20 % fewer, given up for the best ranks and buildings
    assert "the most is 80 (proven best, gap 0%): 5% fewer, for places of a higher rank are preferred" in out
    assert "no more than 100 would: the most is 20% fewer" in out


@pytest.mark.slow
def test_a_quota_that_is_not_met_is_said_with_its_numbers(capsys):
    found = schoolnet.profiles(options=Options(on=DAY, network_schools=7))
    console.show(network_text.parts(found, "en"), width=300)
    assert "7 schools are to be opened, at least 60 are needed" in capsys.readouterr().out
    found = schoolnet.profiles(options=Options(on=DAY, network_quota=2), given=network(("KZ-71", "abai")))
    console.show(network_text.parts(found, "en"), width=300)
    out = capsys.readouterr().out
    # Astana has one place: of Abai one school works and one place is there, of the others two are lacking
    assert "Astana, Zhautykov school (IT): 2 schools are lacking to the quota, and there are 1 places." in out
    assert "Astana, Abai school" not in out
    assert "regions today – 1" in out


def test_the_sheets_name_places_and_say_what_a_profile_rests_on(national):
    sheets = network_sheets.frames(national, words.load("kk"))
    first = sheets["candidates"].iloc[0]
    assert (first["region"], first["settlement_id"]) == ("Абай облысы", "Семей")
    assert first["network_opened"]
    rests = sheets["coverage"]["rests_on"].unique()
    assert len(rests) == 3
    assert all(words.load("kk").text("standing.target") in one for one in rests)


@pytest.mark.slow
def test_own_tables_count_for_the_embedded_places_and_no_row_is_lost(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text(
        "region,profile,school,lon,lat,evidence\n"
        "Северо-Казахстанская область,Абай,Школа-гимназия,69.15,54.87,приказ №1\n"
        "KZ-71,zhautykov,Лицей,,,\n"
        "Атлантида,abai,Школа,,,\n",
        encoding="utf-8",
    )
    found = schoolnet.profiles(options=Options(on=DAY), given=[table])
    working = found.coverage.set_index(["region", "profile"])["schools"]
    assert working["KZ-59", "abai"] == working["KZ-71", "zhautykov"] == 1
    assert working.sum() == 2
    assert found.ledger.counts()[["read", "used", "rejected"]].to_numpy().tolist() == [[3, 2, 1]]
    assert found.coverage["opened"].sum() == 60 - 2
    apart = found.candidates[(found.candidates["region"] == "KZ-59") & (found.candidates["profile"] == "abai")]
    assert apart["apart_km"].notna().all()
    found.save(tmp_path / "out", lang="ru")
    book = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "out" / "network.xlsx"))
    rows = book.get_sheet_by_name("Журнал данных").to_python()
    assert rows[3][2:6] == ["4", "отклонено", "region", "Атлантида"]


def test_an_unknown_profile_is_refused_with_its_file_and_row(tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("region,profile\nXX-99,abai\nXX-99,abay school\nXX-99,stem\n", encoding="utf-8")
    folder, register = api.example()
    read = schoolnet.read(folder, schools=register, given=[table])
    for regions, files in ((read, None), (None, [table])):
        if files:
            table.write_text("region,profile\nKZ-10,abai\nKZ-10,abay school\nKZ-10,stem\n", encoding="utf-8")
        with pytest.raises(OptionError) as caught:
            schoolnet.profiles(regions, Options(on=DAY), given=files)
        places = [(one.file, one.row, one.column) for one in caught.value.faults]
        assert places == [("mine.csv", "3", "profile"), ("mine.csv", "4", "profile")]


def test_every_profile_is_told_of_the_regions_of_the_country(example):
    # one region is planned, and lacks all three: none today, one after this choice, of 20
    found = schoolnet.profiles(example, Options(on=DAY))
    told = [one for one in network_text.covered(found, words.load("en")) if not one.startswith(" ")]
    assert [one.rsplit(": ", 1)[1] for one in told] == ["regions today – not given, after this choice – 1; of 20"] * 3


@pytest.mark.slow
def test_regions_and_profiles_stand_in_one_table(tmp_path):
    # Astana has one place, itself; its Abai school works, so none is to open
    found = schoolnet.profiles(options=Options(on=DAY), given=network(("KZ-71", "abai")))
    wide = network_sheets.by_region(found, words.load("en"))
    assert wide.shape == (20, 4)
    astana = wide.set_index("region").loc["Astana"]
    assert astana.tolist() == ["working: 1", "new: Astana", "new: Astana"]
    found.save(tmp_path, lang="en")
    book = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "network.xlsx"))
    assert {"Caveats", "Regions and profiles", "Rules of the calculation"} <= set(book.sheet_names)
    assert len(book.get_sheet_by_name("Regions and profiles").to_python()) == 3 + 20


@pytest.mark.slow
def test_rows_that_are_not_used_are_counted_on_screen(tmp_path):
    # of three rows one is of the example (XX-99), one of Astana, and KZ-99 is no region
    folder, register = api.example()
    table = tmp_path / "own.csv"
    table.write_text("region,profile\nXX-99,abai\nKZ-71,abai\nKZ-99,abai\n", encoding="utf-8")
    asked = [str(folder), "--schools", str(register), "--given", str(table), "--on", DAY, "--lang", "en"]
    done = CliRunner().invoke(app, ["profiles", *asked, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    shown = " ".join(done.stdout.split())
    assert "own.csv (network schools that work): Read 3, Used 2, Corrected 0, Rejected 1" in shown
    assert "4, region: KZ-99 – give the region: its code (KZ-59), KATO or name" in shown
    assert "! The oblast is fictional" in shown
    assert f"Norms on {DAY[8:]}.{DAY[5:7]}.{DAY[:4]}" in shown
    book = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "out" / "network.xlsx"))
    assert any("KZ-99" in row for row in book.get_sheet_by_name("Data ledger").to_python())


@pytest.mark.slow
def test_the_command_writes_the_national_map_and_refuses_what_it_cannot_tell(tmp_path):
    done = CliRunner().invoke(app, ["profiles", "--national", "--out", str(tmp_path), "--on", DAY, "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "APPROXIMATE" in done.stdout
    assert (tmp_path / "network.html").exists()
    for given, said in (
        ([], "no map is given"), (["x.pbf", "--national"], "--national takes no map"),
        (["x.pbf", "--all", "--region", "KZ-59"], "--region and --all are both given"),
    ):  # fmt: skip
        wrong = CliRunner().invoke(app, ["profiles", *given])
        assert isinstance(wrong.exception, OptionError)
        assert said in str(wrong.exception)


@pytest.mark.slow
def test_the_command_takes_a_folder_and_a_planners_own_tables_and_profiles(tmp_path):
    folder, register = api.example()
    table = tmp_path / "network.csv"
    table.write_text("region,profile,school,evidence\nXX-99,abai,Abai school,order 5\n", encoding="utf-8")
    profile = tmp_path / "own.toml"
    profile.write_text('[art]\nname = "Art school"\nfield = "arts"\n')
    wanted = ["profiles", str(folder), "--schools", str(register), "--profiles", str(profile), "--out", str(tmp_path)]
    done = CliRunner().invoke(app, [*wanted, "--given", str(table), "--on", DAY, "--lang", "en"])
    assert done.exit_code == 0, done.output
    rows = pd.read_csv(tmp_path / "coverage.csv")
    assert rows["profile"].tolist() == ["abai", "zhautykov", "satpayev", "art"]
    assert rows["schools"].tolist() == [1, 0, 0, 0]
    assert rows["evidence"].iloc[0] == "order 5"
    assert rows["opened"].tolist() == [0, 1, 1, 1]
    assert "source" not in pd.read_csv(tmp_path / "candidates.csv")


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "kz").exists(), reason="the modelled country is not at hand")
def test_the_modelled_country_is_placed_by_road():
    from schoolnet import regions

    kz = SHARED / "kz"
    read = regions.each(kz / "kazakhstan-modelled.osm.pbf", schools=kz / "kazakhstan-schools-modelled.csv")
    found = schoolnet.profiles(read)
    assert found.candidates["opened"].sum() == 60
    assert found.proof.loc[0, "gap_share"] <= found.options.solve_gap
    assert not found.candidates["approx"].any()
    opened = found.candidates[found.candidates["opened"]]
    assert not opened.duplicated(["region", "school_id"]).any()
    assert opened["school_id"].notna().all()
    assert set(found.outlines) == set(found.coverage["region"])
    points = found.candidates.geometry
    inside = [
        shapely.dwithin(found.outlines[code], at, 0.02)
        for code, at in zip(found.candidates["region"], points, strict=True)
    ]
    assert all(inside)
