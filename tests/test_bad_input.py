"""Bad input, whole: one clear message (file, row, column, remedy; exit code 2) or a ledger line; never a traceback.

The parts are tested in test_sheet, test_register, test_osm and test_territory; here the doors a planner uses.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from conftest import deep, lonlat
from pbf import oblast
from schoolnet import api, cli
from schoolnet.errors import SchoolnetError, SourceError, TableError
from schoolnet.options import Options
from schoolnet.sources import register

GOOD = "id,name,level,lon,lat\n7,M,basic,60.5,50.5\n"


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    return oblast().write(tmp_path_factory.mktemp("map") / "map.osm.pbf")


@pytest.fixture
def planner(monkeypatch, capsys):
    """Return a planner who types a command: exit code, and the lines of stderr that are not about progress."""

    def types(*arguments):
        monkeypatch.setattr(sys, "argv", ["schoolnet", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr().err
        assert "Traceback" not in said
        return left.value.code, [line for line in said.splitlines() if line.startswith("schoolnet:")]

    return types


# --- the command line ---


def test_a_truncated_map_ends_in_one_message_and_code_2(tmp_path, extract, planner):
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(extract.read_bytes()[:-20])
    code, said = planner("plan", path, "--out", tmp_path / "out")
    assert code == 2
    (only,) = said
    assert only.startswith("schoolnet: cut.osm.pbf: the block at byte ")
    assert only.endswith(
        "is damaged: the file is cut short in it. Download the map extract again and compare its size or checksum."
    )
    assert not (tmp_path / "out").exists()


def test_a_wrong_region_names_the_near_one(tmp_path, extract, planner):
    code, said = planner("plan", extract, "--region", "Пробнная", "--out", tmp_path / "out")
    assert code == 2
    assert said == ["schoolnet: map.osm.pbf: no region is called “Пробнная”. Near it: KZ-99 Пробная область."]


def test_a_register_with_unknown_headers_gives_one_line_a_column(tmp_path, extract, planner):
    path = tmp_path / "r.csv"
    path.write_bytes("шифр;название;уровень\n1;М;средняя\n".encode("cp1251"))
    code, said = planner("plan", extract, "--schools", path, "--out", tmp_path / "out")
    assert code == 2
    assert [line.split(": ")[1] for line in said] == [
        f"r.csv, row 1, column “{name}”" for name in ("school_id", "lon", "lat")
    ]
    assert all("Headers found: шифр, название, уровень." in line for line in said)


def test_a_register_of_another_oblast_names_rows_and_remedy(tmp_path, extract, planner):
    path = tmp_path / "r.csv"
    path.write_text("id,name,level,lon,lat\n7,M,basic,76.9,43.2\n", encoding="utf-8")
    code, said = planner("plan", extract, "--schools", path, "--out", tmp_path / "out")
    remedy = "Check that it is the register of this region, and that lon and lat are degrees of longitude and latitude."
    why = "Outside the region: correct the coordinates or the KATO."
    assert code == 2
    assert said == [
        "schoolnet: r.csv: none of the 1 schools can be placed in Пробная область. " + remedy,
        "schoolnet: r.csv, row 2, column “lon”: lon 76.9, lat 43.2: not used. " + why,
    ]


@pytest.mark.parametrize(
    ("source", "arguments", "words"),
    [
        ("none.osm.pbf", (), ["there is no such file.", "Check the path of the map extract (.osm.pbf)."]),
        (
            "page.osm.pbf",
            (),
            ["page.osm.pbf: this is not an .osm.pbf file.", "Give an OpenStreetMap extract in PBF form."],
        ),
        ("empty.osm.pbf", (), ["empty.osm.pbf: the file is empty.", "Download the map extract again."]),
        (
            None,
            ("--schools", "none.xlsx"),
            ["none.xlsx: there is no such file.", "Check the path of the CSV or XLSX file."],
        ),
        (
            None,
            ("--schools", "page.osm.pbf"),
            ["page.osm.pbf, row 1, column “school_id”", "Name the column `school_id`"],
        ),
        (
            None,
            ("--schools", "nul.csv"),
            ["nul.csv, row 1: a zero byte stands here", "Save the register as CSV (UTF-8) or XLSX"],
        ),
        (
            None,
            ("--boundary", "page.osm.pbf"),
            ["this is not a map layer of a known form.", "Give the outline as polygons"],
        ),
        (None, ("--boundary", "none.geojson"), ["there is no such file.", "Check the path of the boundary file."]),
        ("layers", ("--region", "KZ-99"), ["a folder of layers is one region already.", "Leave --region"]),
        ("layers", (), ["layers/roads.geojson: the layer is missing.", "layers/waters.geojson", "Add the layer"]),
    ],
)
def test_each_wrong_file_is_named_with_its_remedy(tmp_path, extract, planner, monkeypatch, source, arguments, words):
    (tmp_path / "page.osm.pbf").write_bytes(b"<html>404 not found</html>" * 40)
    (tmp_path / "empty.osm.pbf").write_bytes(b"")
    (tmp_path / "nul.csv").write_bytes(b"id\0name")
    (tmp_path / "layers").mkdir()
    for name in ("region", "districts", "settlements"):
        (tmp_path / "layers" / f"{name}.geojson").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code, said = planner("plan", source or extract, *arguments, "--out", "out")
    assert code == 2
    for word in words:
        assert word in "\n".join(said)


def test_the_real_command_leaves_with_code_2_and_no_traceback(tmp_path, extract):
    path = tmp_path / "r.csv"
    path.write_bytes(b"id,name\n1,\0\n")
    command = [
        sys.executable,
        "-c",
        "from schoolnet.cli import main; main()",
        "plan",
        str(extract),
        "--schools",
        str(path),
    ]
    done = subprocess.run([*command, "--out", str(tmp_path / "out")], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("schoolnet: r.csv, row 2: a zero byte stands here")


@pytest.mark.slow
def test_a_cp1251_register_just_works_and_every_row_is_accounted_for(tmp_path, extract, planner):
    path = tmp_path / "Тізілім №1.csv"
    text = (
        "Код;Название;Уровень;Долгота;Широта;Мест;Контингент\n"
        "1;Школа имени Абая;Средняя школа;60,51;50,5;300;250\n"  # used
        "2;Лицей;Лицей;50,5;61,51;-5;200\n"  # swapped, and seats cannot be: corrected once
        "2;Лицей;Лицей;61,5;50,5;300;200\n"  # the id is taken: rejected
        "3;Гимназия;Гимназия;76,9;43,2;300;много\n"  # corrected, then outside: rejected
    )
    path.write_bytes(text.encode("cp1251"))
    code, said = planner("plan", extract, "--schools", path, "--out", tmp_path / "out")
    assert (code, said) == (0, [])
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        "map.html",
        "plan.xlsx",
        "plan.gpkg",
        "provenance.json",
    }
    region = api.read(extract, schools=path)
    assert region.schools["name"].to_dict() == {"1": "Школа имени Абая", "2": "Лицей"}
    counts = region.ledger.counts().set_index("file")[["read", "used", "corrected", "rejected"]]
    assert counts.loc[path.name].to_list() == [4, 1, 1, 2]


# --- the library ---


def test_the_register_is_refused_before_the_map_is_read(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TableError):
        api.read(tmp_path / "a map that is not there.osm.pbf", schools=path)


def test_a_folder_of_layers_names_every_layer_that_is_missing(tmp_path):
    (tmp_path / "region.geojson").write_text("{}", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        api.read(tmp_path)
    files = [fault.file for fault in caught.value.faults]
    assert files == [f"{tmp_path.name}/{name}.geojson" for name in ("districts", "settlements", "roads", "waters")]
    assert all("data/boundaries/example" in fault.remedy for fault in caught.value.faults)


def test_hostile_names_travel_as_data_through_the_whole_reading(tmp_path):
    hostile = "</script><script>alert(1)</script>`${x}`"
    drawn = oblast()
    drawn.node((60.7, 50.7), {"place": "village", "name": hostile, "population": "70"})
    path = tmp_path / "r.csv"
    path.write_text(f"id,name,level,lon,lat\n../../x,{hostile},basic,60.7,50.7\n", encoding="utf-8")
    region = api.read(drawn.write(tmp_path / "map.osm.pbf"), schools=path, options=Options())
    assert hostile in set(region.settlements["name"])
    assert region.schools["name"].to_dict() == {"../../x": hostile}


def test_without_a_register_the_maps_schools_balance_too(tmp_path):
    drawn = oblast()
    drawn.way([(60.5, 50.5), (60.6, 50.5)], {"amenity": "school"})  # its outline does not close: corrected
    drawn.node((500, 50), {"amenity": "school"})  # nowhere on Earth: rejected
    region = api.read(drawn.write(tmp_path / "map.osm.pbf"), "KZ-99")
    counts = region.ledger.counts().set_index("table")[["read", "used", "corrected", "rejected"]]
    assert counts.loc["schools"].to_list() == [3, 1, 1, 1]
    assert len(region.schools) == 2
    assert json.dumps(region.ledger.entries).count("no register was given") == 1


# --- every row ends in exactly one of used, corrected, rejected ---

_LON, _LAT = (f"{value:.6f}" for value in lonlat(300, 0))
CELLS = {
    "school_id": ["1", "2", "3", "4", "5", "6", "", " ", "x" * 300, "\u200b"],
    "name": ["Мектеп", "", '"a\nb"', "</script>", "ш" * 300],
    "level": ["basic", "Орта", "1–11", "", "?", "²"],
    "lon": [_LON, _LON, _LON, "", "0", "69.1", "1e400", "nan", "x", '"0,0027"', "-200"],
    "lat": [_LAT, _LAT, _LAT, "", "0", "54.8", "inf", "1e-9"],
    "kato": ["", "990100001", "99 01 00 002", "990100003.0", "591000000", "990199999", "x", "1.0E+08"],
    "seats": ["", "300", "0", "-1", "1 200", '"1,200"', "9" * 400, "1e3", "٣"],
    "g1": ["", "10", "x", "-3", "20000", "12.0"],
    "g2": ["", "7", "0.5"],
    "shifts": ["", "1", "9"],
    "updated_at": ["", "2026-10-01", "32.13.2026", "0000-00-00"],
}
ROW = st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()})


@pytest.mark.slow
@deep(80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROW, max_size=8), columns=st.permutations(list(CELLS)), ragged=st.lists(st.integers(0, 8), max_size=2)
)
def test_every_row_of_any_register_ends_in_exactly_one_place(tmp_path, tiny, rows, columns, ragged):
    body = [",".join(row[name] for name in columns) + (",more" if at in ragged else "") for at, row in enumerate(rows)]
    text = "\n".join([",".join(columns), *body]) + "\n"
    path = tmp_path / "any.csv"
    path.write_text(text, encoding="utf-8")
    try:
        region = register.attach(tiny, register.read(path), Options())
    except SchoolnetError as error:
        faults = error.faults  # no row at all, or none that can be placed
        assert faults
        assert all(fault.problem and fault.remedy and fault.file == "any.csv" for fault in faults)
        return
    (counts,) = region.ledger.counts().itertuples()
    written = sum(1 for row in body if row.replace(",", "").strip(" \u200b"))
    assert counts.read == written == counts.used + counts.corrected + counts.rejected
    assert min(counts.used, counts.corrected, counts.rejected) >= 0
    assert len(region.schools) == counts.used + counts.corrected
    assert region.schools.index.is_unique
    lines = {int(entry[2]) for entry in region.ledger.entries if entry[2]}
    assert all(2 <= line <= text.count("\n") for line in lines)
    assert all(entry[5] and entry[6] and len(entry[5]) < 700 for entry in region.ledger.entries)


@pytest.mark.slow
@deep(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([(60.5, 50.5), (61.5, 50.6), (70.0, 50.0), (500.0, 50.0)]),
            st.sampled_from(["village", "town", "suburb"]),
            st.sampled_from(["", "500", "~500", "-5", "many"]),
            st.sampled_from(["", "990100001", "x"]),
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_every_settlement_and_school_of_any_map_ends_in_exactly_one_place(tmp_path, objects):
    drawn = oblast()
    for place, kind, people, kato, school in objects:
        tags = {"amenity": "school"} if school else {"place": kind}
        drawn.node(place, {key: value for key, value in {**tags, "population": people, "kato": kato}.items() if value})
    region = api.read(drawn.write(tmp_path / "any.osm.pbf"), "KZ-99")
    kept = {"settlements": len(region.settlements), "schools": len(region.schools)}
    for counts in region.ledger.counts().itertuples():
        assert counts.read == counts.used + counts.corrected + counts.rejected
        assert kept[counts.table] == counts.used + counts.corrected
    here = [
        place for place, kind, _, _, school in objects if not school and kind != "suburb" and place[0] in (60.5, 61.5)
    ]
    assert kept["settlements"] == 2 + len(here)
