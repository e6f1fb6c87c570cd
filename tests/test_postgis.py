"""PostGIS in and out, against a real server: same region, same plan, all or nothing, and no password anywhere."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import re
import socket
import threading
from urllib.parse import quote

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from python_calamine import CalamineWorkbook

import command
import conftest
import peopled
import postgres
import schoolnet
from schoolnet import given as given_tables
from schoolnet import people, regions, schema
from schoolnet.commands import arguments
from schoolnet.errors import OptionError, RegionError, SchoolnetError, SourceError, TableError
from schoolnet.given import Given
from schoolnet.ledger import Ledger
from schoolnet.messages import Message, packed, unpacked
from schoolnet.output import plan_tables, words
from schoolnet.output import postgis as writer
from schoolnet.people import People
from schoolnet.region import Input
from schoolnet.sources import address, database, postgis, stored

NO_SERVER = "postgresql://planner@127.0.0.1:1/plans"


@pytest.fixture(scope="module")
def server():
    with postgres.server() as found:
        yield found


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    monkeypatch.setenv("PGSSLMODE", "disable")  # quicker: the driver reads all certificates of the computer
    for name in ("PGPASSFILE", "PGHOST", "PGUSER", "PGPORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def url(server):
    """Return a schema of the test's own."""
    yield server.url()
    for (name,) in server.run("SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^(pg_|information_|public)'"):
        server.run(f"DROP SCHEMA {database.quoted(name)} CASCADE")


def whole(region):
    """Return the tiny region with something in every table, empty texts beside absent ones, and a ledger."""
    homes = region.settlements.copy()
    homes.loc["A", ["name", "name_kk", "name_ru"]] = ["", 'Арқа"; DROP TABLE settlements; --', "a\tb\\N\r\n\\."]
    raster = [{"zone": "all", "zone_id": "", "group": "total", "people": 0.1 + 0.2}]
    heads = [{"settlement_id": "B", "population": 300, "g1": 0, "a17": 5_000_000}]
    cells = schema.geoframe(
        [{"cell_id": "c", "settlement_id": "Q"}], people.CELLS, [conftest.box(-9100, -100, -8900, 100)]
    )
    partner = {"name": "КазНУ", "kind": "university", "lon": 76.92561234567891, "lat": 43.2}
    entry = ("a.csv", "schools", "3", "corrected", "seats", "x", Message("read as {number}", number="5"))
    return dataclasses.replace(
        region,
        settlements=homes,
        people=People(
            headcounts=schema.frame(heads, people.HEADCOUNTS), raster=schema.frame(raster, people.RASTER), cells=cells,
            births=peopled.births(KZ={2025: 1000}), series=peopled.series(("*", 2024, {1: 10, 2: 9})),
        ),
        given=Given(partners=schema.frame([partner], given_tables.PARTNERS)),
        caveats=("fictional",),
        ledger=Ledger((entry,), {("a.csv", "schools"): 4}),
        inputs=(Input("schools", "a.csv", 12, "ab" * 32),),
    )  # fmt: skip


def same(one, other):
    for name, frame in stored.frames(one).items():
        assert_frame_equal(frame, stored.frames(other)[name], check_exact=True, obj=name)
        if "geometry" in frame:
            wkb = [shapely.to_wkb(each[name].geometry.to_numpy()) for each in map(stored.frames, (one, other))]
            assert list(wkb[0]) == list(wkb[1])
    assert shapely.to_wkb(one.boundary) == shapely.to_wkb(other.boundary)
    assert (one.code, one.names, one.caveats) == (other.code, other.names, other.caveats)


def back(url, code=None):
    """Return a region as the database has it: without what reading adds to every source."""
    return postgis.read(database.reached(address.address(url)), code)


def faults(error):
    return {(fault.file, fault.row, fault.column) for fault in error.value.faults}


@pytest.mark.slow
def test_a_region_comes_back_as_it_went_in_with_its_ledger_and_where_it_came_from(tiny, url):
    region = whole(tiny)
    schoolnet.to_postgis(region, url)
    found = back(url, region.code)
    same(region, found)
    assert found.settlements.loc["A", "name"] == ""
    assert found.settlements["name_en"].isna().equals(region.settlements["name_en"].isna())
    assert found.ledger == region.ledger
    assert words.load("ru").message(found.ledger.entries[0][-1]) != str(region.ledger.entries[0][-1])  # said in Russian
    assert found.inputs[:-1] == region.inputs
    size, sha256 = stored.digest(region)
    assert found.inputs[-1] == Input("database", f"{address.address(url)}#{region.code}", size, sha256)


def unstamped(path):
    """Return a map without the inputs it names."""
    text, many = re.subn(r'"made":\{"inputs":\[.*?\]', '"made":{', path.read_text(encoding="utf-8"))
    assert many == 1
    return text


def test_a_plan_from_the_database_is_the_plan_from_files(tiny, tmp_path, url):
    layers = tiny.save(tmp_path / "tiny")
    done = command.run("plan", layers, "--on", conftest.DAY, "--to", url, "--out", tmp_path / "files")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"  {address.address(url)}"  # among what was written
    done = command.run("plan", "--from", url, "--region", tiny.code, "--on", conftest.DAY, "--out", tmp_path / "db")
    assert done.returncode == 0, done.stderr
    one, other = tmp_path / "files", tmp_path / "db"
    assert (one / "plan.gpkg").read_bytes() == (other / "plan.gpkg").read_bytes()
    assert unstamped(one / "map.html") == unstamped(other / "map.html")
    books = [CalamineWorkbook.from_path(str(folder / "plan.xlsx")) for folder in (one, other)]
    source = words.load("kk").text("sheet.inputs")
    assert books[0].sheet_names == books[1].sheet_names
    stamped = words.load("kk").text("sheet.summary")
    for sheet in set(books[0].sheet_names) - {source}:
        rows = [book.get_sheet_by_name(sheet).to_python() for book in books]
        if sheet == stamped:  # its last row names the inputs
            assert rows[0].pop() != rows[1].pop()
        assert rows[0] == rows[1], sheet
    records = [json.loads((folder / "provenance.json").read_text(encoding="utf-8")) for folder in (one, other)]
    inputs = [record.pop("inputs") for record in records]
    assert records[0] == records[1]
    assert inputs[1][:-1] == inputs[0]
    assert inputs[1][-1]["role"] == "database"
    for file in (*one.iterdir(), *other.iterdir()):
        assert postgres.PASSWORD.encode() not in file.read_bytes()
        assert b"planner@" not in file.read_bytes()


#: Commands that read one region, and the names of what they write: one file, or a folder.
COMMANDS = {
    "explain": ["explain", "--settlement", "B", "--out", "explain.html"],
    "siting": ["siting", "--out", "siting"],
    "programme": ["programme", "--out", "programme"],
    "okrugs": ["okrugs", "--out", "okrugs"],
    "buses": ["buses", "--out", "buses"],
    "brief": ["brief", "--all-districts", "--out", "brief"],
    "open-data": ["open-data", "--out", "open-data"],
    "profiles": ["profiles", "--out", "profiles"],
    "snapshot": ["snapshot", "--date", "2026-10-05", "--out", "snapshot"],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_reads_one_region_reads_it_from_the_database_too(name, tiny, url, tmp_path, monkeypatch):
    """Every byte that is printed or written is the same, once the database is no longer named among the inputs."""
    sourced, named = postgis._sourced, []

    def unnamed(*told):
        region = sourced(*told)
        named.append(region.inputs[-1])
        return dataclasses.replace(region, inputs=region.inputs[:-1])

    layers = tiny.save(tmp_path / "layers")
    schoolnet.to_postgis(schoolnet.read(layers), url)
    monkeypatch.setattr(postgis, "_sourced", unnamed)
    secret = quote(postgres.PASSWORD, safe="")
    known = url.replace("planner@", f"planner:{secret}@")
    monkeypatch.delenv("PGPASSWORD")
    day = [] if name == "snapshot" else ["--on", conftest.DAY]
    done, files = {}, {}
    for place, source in (("files", [layers]), ("db", ["--from", known, "--region", tiny.code])):
        (tmp_path / place).mkdir()
        done[place] = command.run(*COMMANDS[name], *source, *day, cwd=tmp_path / place)
        assert done[place].returncode == 0, done[place].stderr
        found = sorted(path for path in (tmp_path / place).rglob("*") if path.is_file())
        files[place] = {path.relative_to(tmp_path / place).as_posix(): path.read_bytes() for path in found}
    assert files["db"] == files["files"]
    assert files["db"]
    assert done["db"].stdout == done["files"].stdout
    assert [one.role for one in named] == ["database"]
    said = [*files["db"].values(), done["db"].stdout.encode(), done["db"].stderr.encode(), named[0].name.encode()]
    assert not [text for text in said if postgres.PASSWORD.encode() in text or secret.encode() in text]


@pytest.mark.parametrize("name", COMMANDS)
def test_one_source_is_wanted_and_a_database_that_does_not_answer_is_said_before_a_large_file_is_read(name, tmp_path):
    """The register is missing too: that is found later, when it is read."""
    ask = [*COMMANDS[name], "--schools", "no.csv"]
    both = command.run(*ask, tmp_path, "--from", NO_SERVER, cwd=tmp_path)
    away = command.run(*ask, "--from", NO_SERVER.replace("@", ":Qupiya@"), cwd=tmp_path)
    assert (both.returncode, away.returncode) == (2, 2)
    assert re.search("one source is wanted|нужен один источник|бір дереккөз керек", both.stderr)
    assert ":1/plans" in away.stderr
    assert not re.search("no.csv|Traceback|Qupiya", both.stderr + away.stderr + away.stdout)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["siting", "programme", "okrugs", "buses", "snapshot", "plan", "profiles"])
def test_without_a_source_what_is_wanted_is_said_in_the_planners_language(name):
    done = command.run(name, env=os.environ | {"LC_ALL": "ru_RU.UTF-8"})
    said = "карта не дана." if name == "profiles" else "нужен один источник: файл карты, папка слоёв или база данных"
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("name", ["batch", "report"])
def test_what_reads_a_whole_map_takes_no_database_and_does_not_repeat_its_address(name):
    for words_ in (["--from", "postgresql://u:Qupiya@h/d"], ["--from=postgresql://u:Qupiya@h/d"]):
        done = command.run(name, *words_)
        assert done.returncode == 2
        assert "Qupiya" not in done.stderr + done.stdout


@pytest.mark.slow
def test_regions_of_a_database_are_read_in_turn_by_their_names(tiny, url):
    other = dataclasses.replace(tiny, code="XX-2", names={"name": "Other"})
    for region in (tiny, other):
        schoolnet.to_postgis(region, url)
    assert [one.code for one in regions.each(url, ["other", tiny.code])] == ["XX-2", tiny.code]
    with pytest.raises(RegionError, match=r"several regions: .*Choose one with --region"):
        list(regions.each(address.address(url)))


@pytest.mark.slow
def test_the_day_of_a_snapshot_comes_back_and_where_it_was_changed_that_is_said(tiny, server, url, tmp_path):
    """The data are of 5 October: so are the norms of what is planned from the database, today is another day."""
    region = dataclasses.replace(tiny, day=dt.date(2026, 10, 5))
    schoolnet.to_postgis(tiny, f"{url}?schema=none")
    schoolnet.to_postgis(region, url)
    assert back(f"{url}?schema=none").day is None
    assert back(url).day == region.day
    assert back(url).inputs[-1].sha256 != back(f"{url}?schema=none").inputs[-1].sha256
    assert schoolnet.plan(schoolnet.read(url)).norms.day == region.day
    done = command.run("snapshot", "--from", url, "--out", tmp_path, "--lang", "en")
    assert (done.returncode, "is taken" in done.stdout) == (0, False), done.stderr
    assert [path.name for path in (tmp_path / tiny.code).iterdir()] == ["2026-10-05"]
    server.run("UPDATE schoolnet.region SET day = '2026-10-06'")
    assert schoolnet.read(url).ledger.entries[0][-2] == "the rows were changed in the database since they were written"
    server.run("UPDATE schoolnet.region SET day = 'soon'")
    with pytest.raises(TableError, match=r"region, row 1, column “day”: day 'soon' is not a day"):
        schoolnet.read(url)


@pytest.mark.slow
def test_a_table_of_regions_made_before_days_were_kept_is_read_and_written(tiny, server, url):
    schoolnet.to_postgis(tiny, url)
    server.run("ALTER TABLE schoolnet.region DROP COLUMN day")
    same(tiny, back(url))
    assert back(url).ledger == tiny.ledger  # nothing was changed
    schoolnet.to_postgis(dataclasses.replace(tiny, day=dt.date(2026, 10, 5)), url)
    assert back(url).day == dt.date(2026, 10, 5)


@pytest.mark.slow
def test_a_plan_lies_in_the_database_as_sql_reads_it(tiny_plan, server, url):
    schoolnet.to_postgis(tiny_plan, url)
    schoolnet.to_postgis(tiny_plan, url)  # in place of the first
    rows = server.run(
        "SELECT settlement_id, children FROM schoolnet.plan_settlements WHERE verdict = 'upgrade' OR verdict = 'build'"
        " ORDER BY 1"
    )
    assert ["B", 41] in rows  # owed first, see conftest
    assert server.run("SELECT sum(children)::int FROM schoolnet.plan_settlements") == [[600 + 81 + 41 + 20 + 5 + 4]]
    near = "SELECT round(ST_Distance(s.geometry::geography, h.geometry::geography)) FROM schoolnet.plan_schools s"
    # Arka's school is 300 m from Arka: 300 / 111,319.4908 degrees of the equator
    assert server.run(f"{near}, schoolnet.plan_settlements h WHERE school_id = 'SA' AND h.settlement_id = 'A'") == [
        [300.0]
    ]
    record = server.run("SELECT provenance FROM schoolnet.plan_record")[0][0]
    assert json.loads(record)["region"]["code"] == tiny_plan.region.code
    (count,) = server.run("SELECT count(*) FROM schoolnet.plan_access")[0]
    assert count == len(tiny_plan.access)


@pytest.mark.slow
@pytest.mark.parametrize("empty_first", [True, False])
def test_plans_of_two_regions_lie_side_by_side_though_a_column_of_one_is_empty(tiny_plan, server, url, empty_first):
    """Nobody of the second region is owed a bus: what is told of a bus is empty in each row of it."""
    nobody = dataclasses.replace(tiny_plan.region, code="XX-2")
    empty = dataclasses.replace(tiny_plan, region=nobody, transport=tiny_plan.transport.iloc[:0])
    pair = [tiny_plan, empty]
    for plan in reversed(pair) if empty_first else pair:
        schoolnet.to_postgis(plan, url)
    told = server.run(
        "SELECT region_code, count(*)::int, count(barrier_owed)::int FROM schoolnet.plan_nearest_school"
        " GROUP BY 1 ORDER BY 1"
    )
    rows = {code: (many, owed) for code, many, owed in told}
    assert rows["XX-2"] == (rows[tiny_plan.region.code][0], 0)
    assert rows[tiny_plan.region.code][1] > 0
    kinds = server.run(
        "SELECT DISTINCT data_type::text FROM information_schema.columns WHERE column_name = 'barrier_owed'"
    )
    assert kinds == [["boolean"]]


def test_every_column_of_a_plan_is_declared_and_of_the_kind_its_rows_are(tiny_plan):
    fits = {"bigint": "iu", "double precision": "fiu", "boolean": "b", "text": "OUT"}
    for name, frame in plan_tables.frames(tiny_plan).items():
        for column in plan_tables.columns(name, frame):
            assert column.comment, (name, column.name)
            if column.name == "geometry":
                continue
            kind = frame[column.name].dropna().infer_objects().dtype.kind if len(frame) else fits[column.sql][0]
            assert kind in fits[column.sql], (name, column.name)


def test_a_table_of_a_plan_of_another_form_is_to_be_removed_not_another_schema_named(tiny_plan, server, url):
    schoolnet.to_postgis(tiny_plan, url)
    server.run("ALTER TABLE schoolnet.plan_nearest_school ALTER COLUMN barrier_owed TYPE text")
    with pytest.raises(SourceError) as error:
        schoolnet.to_postgis(tiny_plan, url)
    (fault,) = error.value.faults
    assert (fault.file, fault.column) == ("schoolnet.plan_nearest_school", "barrier_owed")
    assert "Remove the table" in fault.remedy
    assert "schema" not in fault.remedy


@pytest.mark.slow
def test_where_a_database_refuses_a_plan_its_files_are_named(tiny, server, tmp_path, url):
    server.run("CREATE SCHEMA schoolnet")
    server.run("CREATE TABLE schoolnet.plan_sites (a int)")  # another program's
    layers, out = tiny.save(tmp_path / "tiny"), tmp_path / "out"
    done = command.run("plan", layers, "--on", conftest.DAY, "--to", url, "--out", out, "--lang", "ru")
    assert done.returncode == 2
    *_, head, one, two, three, four, fault = done.stderr.splitlines()
    assert head == "База данных не записана, а файлы записаны:"
    named = [line.strip() for line in (one, two, three, four)]
    assert named == [str(out / name) for name in ("map.html", "plan.gpkg", "plan.xlsx", "provenance.json")]
    assert all((out / name).is_file() for name in named)
    assert "plan_sites" in fault


@pytest.mark.parametrize(("lang", "said"), [("kk", "«Нарния»"), ("ru", "«Нарния»"), ("en", "“Нарния”")])
def test_a_region_the_database_has_not_is_quoted_as_the_language_does(tiny, url, lang, said):
    schoolnet.to_postgis(tiny, url)
    with pytest.raises(RegionError) as error:
        back(url, "Нарния")
    assert said in words.load(lang).fault(error.value.faults[0])


def test_tables_have_keys_indexes_and_comments(tiny, server, url):
    schoolnet.to_postgis(tiny, url)
    keys = server.run(
        "SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON attrelid = indrelid AND attnum = ANY(indkey)"
        " WHERE indrelid = 'schoolnet.schools'::regclass AND indisprimary ORDER BY 1"
    )
    assert keys == [["region_code"], ["school_id"]]
    gist = server.run("SELECT tablename::text FROM pg_indexes WHERE schemaname = 'schoolnet' AND indexdef ~ 'gist'")
    assert {row[0] for row in gist} == {
        "region", "districts", "settlements", "roads", "waters", "built_up", "schools", "plots", "cells", "adjoining",
        "beyond", "neighbours",
    }  # fmt: skip
    said = server.run(
        "SELECT col_description(attrelid, attnum) FROM pg_attribute"
        " WHERE attrelid = 'schoolnet.schools'::regclass AND attname = 'seats'"
    )
    assert said == [["design capacity (seats); empty: no seat finding"]]
    with contextlib.suppress(Exception):
        server.run("INSERT INTO schoolnet.schools (region_code, school_id, geometry) SELECT region_code, 'T',"
                   " ST_SetSRID(ST_MakePoint(500000, 5000000), 32642) FROM schoolnet.region")  # fmt: skip
        pytest.fail("a shape that is not WGS 84 is let in")


@pytest.mark.slow
def test_regions_lie_side_by_side_and_a_second_write_replaces_one_of_them(tiny, server, url):
    other = dataclasses.replace(tiny, code="XX-2", names={"name": "Other"})
    for region in (tiny, other, dataclasses.replace(other, schools=other.schools.iloc[:1])):
        schoolnet.to_postgis(region, url)
    counts = server.run("SELECT region_code, count(*)::int FROM schoolnet.schools GROUP BY 1 ORDER BY 1")
    assert dict(map(tuple, counts)) == {tiny.code: 3, "XX-2": 1}
    same(tiny, back(url, tiny.code))
    assert schoolnet.read(url, "other").code == "XX-2"  # by its name
    with pytest.raises(RegionError, match=f"several regions: .*{tiny.code}.*XX-2|several regions: XX-2.*{tiny.code}"):
        schoolnet.read(url)
    with pytest.raises(RegionError, match="no region “KZ-59”\\. It holds: "):
        schoolnet.read(url, "KZ-59")


@pytest.mark.slow
def test_a_write_that_fails_leaves_everything_as_it_was(tiny, tiny_plan, url, monkeypatch):
    schoolnet.to_postgis(tiny, url)
    fewer = dataclasses.replace(tiny, schools=tiny.schools.iloc[:1])
    calls, copy = [], database.Session.copy

    def failing(session, table, columns, lines):
        calls.append(table)
        if table == "plan_roads":
            raise KeyboardInterrupt
        copy(session, table, columns, lines)

    monkeypatch.setattr(database.Session, "copy", failing)
    with pytest.raises(KeyboardInterrupt):
        writer.write(address.address(url), fewer, tiny_plan)
    assert {"schools", "plan_settlements"} < set(calls)  # rows had gone
    same(tiny, back(url))


def test_a_letter_no_database_keeps_is_named_and_nothing_is_written(tiny, url):
    ill = tiny.settlements.assign(name=["a\0b", "c\udfff", *["d"] * (len(tiny.settlements) - 2)])
    with pytest.raises(TableError) as error:
        schoolnet.to_postgis(dataclasses.replace(tiny, settlements=ill), url)
    assert faults(error) == {("settlements", "1", "name"), ("settlements", "2", "name")}


@pytest.mark.slow
def test_two_writers_at_once_both_write(tiny, url):
    regions = [dataclasses.replace(tiny, code=f"XX-{at}") for at in range(2)]
    threads = [threading.Thread(target=schoolnet.to_postgis, args=(region, url)) for region in regions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for region in regions:
        same(region, back(url, region.code))


LETTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
TEXTS = st.none() | st.text(LETTERS, max_size=20)
CALLED = st.text(LETTERS, min_size=1, max_size=20)
DEGREES = st.floats(-80, 80, allow_nan=False, allow_subnormal=True)


@pytest.mark.slow
@conftest.deep(9)
@given(data=st.data())
def test_whatever_names_and_places_a_region_has_they_come_back(tiny, server, data):
    draw = data.draw
    homes = tiny.settlements.copy()
    for name in ("name", "name_kk", "kato"):
        values = draw(st.lists(TEXTS, min_size=len(homes), max_size=len(homes)))
        homes[name] = pd.Series(values, index=homes.index, dtype=object).astype("str")
    places = [shapely.Point(draw(DEGREES), draw(DEGREES)) for _ in range(len(homes))]
    homes = homes.set_geometry(places, crs=4326)
    code, name = draw(CALLED), draw(CALLED)
    region = dataclasses.replace(tiny, code=code, names={"name": name}, settlements=homes)
    url = server.url(query="?schema=drawn")
    schoolnet.to_postgis(region, url)
    same(region, back(url, code))


@pytest.mark.slow
@pytest.mark.parametrize("name", ['a"; DROP SCHEMA public CASCADE; --', "Оқу '$$:x' / %", "SELECT", '"'])
def test_whatever_a_schema_is_called_it_is_a_name(tiny, server, url, name):
    there = f"{url}?schema={quote(name, safe='')}"
    schoolnet.to_postgis(tiny, there)
    same(tiny, back(there))
    assert [name] in server.run("SELECT nspname::text FROM pg_namespace")


def test_rows_changed_in_the_database_no_longer_name_the_files_they_came_from(tiny, server, url):
    region = whole(tiny)
    schoolnet.to_postgis(region, url)
    server.run("UPDATE schoolnet.schools SET seats = 77 WHERE school_id = 'SA'")
    found = schoolnet.read(url)
    assert found.schools.loc["SA", "seats"] == 77
    assert [one.role for one in found.inputs] == ["database"]
    assert found.ledger.entries[0][-2] == "the rows were changed in the database since they were written"
    assert found.ledger.read["schools", "schools"] == 3


def test_a_planners_own_tables_and_views_are_read_by_the_declared_columns(tiny, server, url):
    schoolnet.to_postgis(tiny, url)
    server.run("""
        CREATE SCHEMA own;
        CREATE TABLE own.sel (kod char(5), id varchar(20), atau text, punkt varchar, auyl bool, san numeric(8, 1),
            bala int2, geom geometry(Point, 4326));
        INSERT INTO own.sel SELECT 'MINE', settlement_id, name, place, is_rural, population, children, geometry
            FROM schoolnet.settlements;
        CREATE VIEW own.settlements AS SELECT 'MINE' AS region_code, id AS settlement_id, atau AS name, punkt AS place,
            auyl AS is_rural, san AS population, 'given' AS population_basis, bala AS children, geom AS geometry
            FROM own.sel;
        CREATE VIEW own.region AS SELECT 'MINE' AS region_code, 'Mine' AS name, geometry FROM schoolnet.region;
        CREATE VIEW own.districts AS SELECT 'MINE' AS region_code, district_id, geometry FROM schoolnet.districts;
        CREATE VIEW own.roads AS SELECT 'MINE' AS region_code, highway, crossing, drive, walk, oneway, geometry
            FROM schoolnet.roads;
        CREATE VIEW own.waters AS SELECT 'MINE' AS region_code, water_id, kind, intermittent, geometry
            FROM schoolnet.waters
    """)
    found = schoolnet.read(f"{url}?schema=own")
    assert found.schools.empty
    assert found.names == {"name": "Mine"}
    assert found.settlements["children"].to_dict() == tiny.settlements["children"].to_dict()
    assert list(found.settlements.index) == sorted(
        tiny.settlements.index
    )  # without an order of their own: by identifier
    assert shapely.equals(found.roads.union_all(), tiny.roads.union_all())


def test_all_faults_of_all_tables_are_in_one_error(tiny, server, url):
    schoolnet.to_postgis(tiny, url)
    server.run("""
        ALTER TABLE schoolnet.settlements ALTER population TYPE text, ALTER place DROP NOT NULL;
        UPDATE schoolnet.settlements SET population = 'many' WHERE settlement_id = 'A';
        UPDATE schoolnet.settlements SET place = 'hut' WHERE settlement_id = 'B';
        UPDATE schoolnet.settlements SET place = NULL WHERE settlement_id = 'D';
        ALTER TABLE schoolnet.schools ALTER geometry TYPE geometry USING
            CASE school_id WHEN 'SA' THEN ST_Transform(geometry, 3857) WHEN 'SB' THEN ST_Buffer(geometry, 1)
            ELSE geometry END;
        ALTER TABLE schoolnet.waters DROP COLUMN kind
    """)
    with pytest.raises(TableError) as error:
        schoolnet.read(url)
    assert faults(error) == {
        ("settlements", "A", "population"), ("settlements", "B", "place"), ("settlements", "D", "place"),
        ("schools", "SA", "geometry"), ("schools", "SB", "geometry"), ("waters", "", "kind"),
    }  # fmt: skip
    assert "schools, row SA, column “geometry”: the shapes are in SRID 3857, not 4326." in str(error.value)


@pytest.mark.slow
def test_where_the_server_has_no_tls_it_is_not_asked_for(tiny, url):
    schoolnet.to_postgis(tiny, f"{url}?sslmode=prefer")
    same(tiny, back(f"{url}?sslmode=prefer"))


@pytest.fixture
def other(server):
    """Return a function that makes a database of another encoding; nothing of it stays."""
    made = []

    def make(encoding):
        name = encoding.lower()
        server.run(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'", "postgres")
        made.append(name)
        server.run("CREATE EXTENSION postgis", name)
        return name

    yield make
    for name in made:
        server.run(f"DROP DATABASE {name}", "postgres")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["WIN1251", "KOI8R"])
def test_a_database_without_kazakh_letters_says_so_and_keeps_nothing(tiny, server, other, encoding):
    name = other(encoding)
    with pytest.raises(SourceError, match=r"is not kept in UTF-8.*ENCODING 'UTF8'"):
        schoolnet.to_postgis(whole(tiny), server.url(name))
    assert server.run("SELECT count(*)::int FROM pg_namespace WHERE nspname = 'schoolnet'", name) == [[0]]


@pytest.mark.slow
def test_a_planners_own_tables_are_read_of_a_database_in_another_encoding(server, other):
    name = other("WIN1251")
    square = "ST_GeomFromText('POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))', 4326) AS geometry"
    server.run(
        f"""
        CREATE SCHEMA schoolnet;
        CREATE TABLE schoolnet.region AS SELECT 'MINE' AS region_code, 'Область' AS name, {square};
        CREATE TABLE schoolnet.districts AS SELECT 'MINE' AS region_code, 'd' AS district_id, {square};
        CREATE TABLE schoolnet.settlements AS SELECT 'MINE' AS region_code, 'a' AS settlement_id, 'Щучинск' AS name,
            'town' AS place, false AS is_rural, 'given' AS population_basis,
            ST_SetSRID(ST_MakePoint(0.5, 0.5), 4326) AS geometry;
        CREATE TABLE schoolnet.roads (region_code text, highway text, crossing text, drive text, walk text,
            oneway text, geometry geometry);
        CREATE TABLE schoolnet.waters (region_code text, water_id text, kind text, intermittent bool,
            geometry geometry)
        """,
        name,
    )
    found = schoolnet.read(server.url(name))
    assert (found.names["name"], found.settlements.loc["a", "name"]) == ("Область", "Щучинск")


@pytest.mark.slow
def test_a_database_of_bytes_gives_back_what_it_was_given_and_says_what_is_no_text(tiny, server, other):
    name = other("SQL_ASCII")
    schoolnet.to_postgis(whole(tiny), server.url(name))
    same(whole(tiny), back(server.url(name)))
    # the letter А of Windows-1251, which stands for no letter of UTF-8
    server.run("UPDATE schoolnet.settlements SET name = convert_from('\\xc0', 'SQL_ASCII')", name)
    with pytest.raises(SourceError, match=r"is not in UTF-8.*ENCODING 'UTF8'"):
        schoolnet.read(server.url(name))


def test_half_a_letter_is_no_fault_of_the_program(url):
    with (
        pytest.raises(SourceError, match=r"is not in UTF-8"),
        database.session(address.address(url)) as session,
    ):
        session.rows("SELECT :text", text="\udfff")


def test_arcs_are_read_as_the_lines_they_bend_along(tiny, server, url):
    """A half circle of radius 1 is pi long; PostGIS parts it into 64 chords, 2 x 64 x sin(pi / 128) = 3.1413."""
    schoolnet.to_postgis(tiny, url)
    server.run("""
        ALTER TABLE schoolnet.roads ALTER geometry TYPE geometry USING
            ST_GeomFromText('CIRCULARSTRING(0 0, 1 1, 2 0)', 4326);
        ALTER TABLE schoolnet.region DROP CONSTRAINT region_geometry_check, ALTER geometry TYPE geometry USING
            ST_GeomFromText('CURVEPOLYGON((0 0, 2 0, 2 2, 0 2, 0 0))', 4326)
    """)
    found = schoolnet.read(url)
    ends = shapely.get_coordinates(found.roads.geometry.iloc[0])[[0, -1]].tolist()
    assert ends == [[0, 0], [2, 0]]
    assert shapely.length(found.roads.geometry.to_numpy()) == pytest.approx(3.1413, abs=1e-4)
    assert shapely.equals(found.boundary, shapely.box(0, 0, 2, 2))


def test_missing_tables_are_all_named(tiny, server, url):
    schoolnet.to_postgis(tiny, url)
    server.run("""
        DROP TABLE schoolnet.roads, schoolnet.waters;
        ALTER TABLE schoolnet.schools DROP COLUMN region_code;
        ALTER TABLE schoolnet.districts RENAME geometry TO geom
    """)
    with pytest.raises(SourceError) as error:
        schoolnet.read(url)
    assert faults(error) == {
        ("schoolnet.roads", "", ""), ("schoolnet.waters", "", ""), ("schoolnet.schools", "", "region_code"),
        ("schoolnet.districts", "", "geometry"),
    }  # fmt: skip


def test_a_table_of_another_program_is_not_touched(tiny, server, url):
    server.run("""
        CREATE SCHEMA schoolnet; CREATE TABLE schoolnet.roads (id int); INSERT INTO schoolnet.roads VALUES (1);
        CREATE TABLE schoolnet.schools (region_code text, ord int, seats text)
    """)
    with pytest.raises(SourceError) as error:
        schoolnet.to_postgis(tiny, url)
    assert faults(error) == {("schoolnet.roads", "", ""), ("schoolnet.schools", "", "seats")}
    assert server.run("SELECT id FROM schoolnet.roads") == [[1]]


@pytest.mark.slow
def test_a_read_sees_one_moment(tiny, server, url, monkeypatch):
    schoolnet.to_postgis(tiny, url)
    cells = postgis._cells

    def meddling(session, table, code, columns):
        found = cells(session, table, code, columns)
        if table.name == "districts":
            server.run("DELETE FROM schoolnet.schools")
        return found

    monkeypatch.setattr(postgis, "_cells", meddling)
    same(tiny, back(url))
    assert server.run("SELECT count(*)::int FROM schoolnet.schools") == [[0]]


def test_more_than_a_region_has_is_refused_before_it_is_read(tiny, url, monkeypatch):
    schoolnet.to_postgis(tiny, url)
    monkeypatch.setattr(postgis, "_MOST_ROWS", 5)
    with pytest.raises(SourceError, match=r"^schoolnet\.settlements: 6 rows of 0 MB are more"):
        schoolnet.read(url)


@pytest.mark.slow
def test_rows_come_in_parts_and_in_their_order(tiny, url, monkeypatch):
    schoolnet.to_postgis(tiny, url)
    monkeypatch.setattr(postgis, "_CHUNK", 2)
    same(tiny, back(url))


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_not_waited_for(tiny, server, url, monkeypatch):
    schoolnet.to_postgis(tiny, url)
    server.run("""
        ALTER TABLE schoolnet.roads RENAME TO slow;
        CREATE VIEW schoolnet.roads AS SELECT * FROM schoolnet.slow, LATERAL (SELECT pg_sleep(30)::text) AS wait
    """)
    monkeypatch.setattr(database, "_STATEMENT_S", 1)
    with pytest.raises(SourceError, match="took too long to answer"):
        schoolnet.read(url)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?schema=empty", "the table is missing"),
        ("?sslmode=require", "no TLS between the two"),
        ("?host=127.0.0.1&port=1", "nothing answers there"),
        ("?sslmode=verify-full&sslrootcert=/nowhere.pem", r"^/nowhere\.pem: no certificates.*Correct sslrootcert="),
        ("?user=nobody", "refuses the user or the password"),
        ("?dbname=nowhere", "no database of this name"),
        ("?dbname=postgres", "has no PostGIS"),
    ],
)
def test_what_the_server_says_against_it_is_said_in_words_of_our_own(url, query, said):
    with pytest.raises(SourceError, match=said) as error:
        schoolnet.read(url + query, "KZ-59")
    assert postgres.PASSWORD not in str(error.value)


@pytest.mark.parametrize(
    ("fault", "said"),
    [(socket.gaierror(-2, "x"), "no computer of this name"), (TimeoutError(), "no answer in time")],
)
def test_what_the_network_says_against_it_is_said_in_words_of_our_own(monkeypatch, fault, said):
    def failing(*_, **__):
        raise fault

    monkeypatch.setattr("socket.create_connection", failing)
    with pytest.raises(SourceError, match=rf"the database cannot be reached: {said}\."):
        schoolnet.read(NO_SERVER)


@pytest.mark.slow
def test_a_user_without_the_right_is_told_so(tiny, server, url):
    schoolnet.to_postgis(tiny, url)
    server.run("DROP ROLE IF EXISTS reader")
    server.run(f"CREATE ROLE reader LOGIN PASSWORD '{postgres.PASSWORD}'")
    mine = url.replace("planner@", "reader@")
    with pytest.raises(SourceError, match="may not do this in the database"):
        schoolnet.read(mine)
    server.run("GRANT USAGE ON SCHEMA schoolnet TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA schoolnet TO reader")
    same(tiny, back(mine))
    with pytest.raises(SourceError, match="may not do this in the database"):
        schoolnet.to_postgis(tiny, mine)


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_the_command_says_faults_in_the_planners_language_and_never_a_password(tmp_path, url, lang):
    secret = "Qupiya-сөз%"  # noqa: S105 - of nobody
    stray, misread = (
        "the address of a database stands where none is wanted.",
        "the address of the database is not understood; it is not repeated here, as it may hold a password.",
    )
    cases = [
        ("--from", url.replace("@", f":{quote(secret)}@"), "the server refuses the user or the password."),
        ("--from", f"{url}?sslmode={secret}", misread),
        (tmp_path, "--to", NO_SERVER.replace("@", f":{quote(secret)}@"), ""),
        (url.replace("@", f":{secret}@"), stray),
        (tmp_path, f"--schools=postgresql://u:{secret}@h/d", stray),
        ("one source is wanted: a map extract, a folder of layers, or a database (--from).",),
    ]
    for *given_words, problem in cases:
        done = command.run("plan", *given_words, "--lang", lang, "--out", tmp_path / "out")
        said = words.load(lang).message(Message(problem)) if problem else ":1/plans"
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert "Qupiya" not in done.stderr + done.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_without_a_password_it_is_asked_for_where_somebody_can_answer(tiny, url, monkeypatch, tmp_path):
    schoolnet.to_postgis(tiny, url)
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(SourceError, match="asks for a password, and none is given"):
        schoolnet.read(url)
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or postgres.PASSWORD)
    same(tiny, back(url))
    assert asked == [f"{address.address(url)}: "]


@pytest.mark.slow
def test_the_password_file_is_read_as_postgresql_does(tiny, server, url, monkeypatch, tmp_path):
    schoolnet.to_postgis(tiny, url)
    monkeypatch.delenv("PGPASSWORD")
    file = tmp_path / "pass"
    kept = postgres.PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(
        f"# of the server\nother:*:*:*:no\n127.0.0.1:{server.port}:*:planner:{kept}\n*:*:*:*:late\n", "utf-8"
    )
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    same(tiny, back(url))
    file.chmod(0o644)  # others can read it: it is no secret, and not used
    assert address.address(url).password is None
    file.chmod(0o600)
    file.write_text(r"h\:1:*:*:*:a\:b\\c" + "\n", "utf-8")
    assert address.address("postgresql://me@db/x?host=h:1").password == r"a:b\c"  # noqa: S105 - of nobody


@pytest.mark.slow
@pytest.mark.usefixtures("url")
def test_a_server_on_this_computer_is_reached_by_its_socket(tiny, server):
    there = f"postgresql://planner@/plans?host={quote(str(server.folder))}&port={server.port}"
    schoolnet.to_postgis(tiny, there)
    same(tiny, back(there))
    assert str(address.address(there)).startswith("postgresql:///plans?schema=schoolnet&host=/")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://", "postgresql://u@h", "mysql://u@h/d", "postgresql://u@h/d#x", "postgresql://u@h/d?x=1",
        "postgresql://u@h/d?schema", "postgresql://u@h:99999/d", "postgresql://u@h/d?sslmode=maybe",
        "postgresql://u@h/d?schema=a&schema=b", "postgresql://u@h/d\n", "postgresql://u@[h/d", "postgresql://u@h/d/e",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url):
    with pytest.raises(OptionError, match="is not understood"):
        address.address(url)


@pytest.mark.parametrize("schema", ["pg_catalog", "PG_x", "information_schema", "a" * 64, "ж" * 32, "", "a%00", "a%0A"])
def test_a_schema_of_the_system_is_refused(schema):
    with pytest.raises(OptionError):
        address.address(f"postgresql://u@h/d?schema={schema}")


@given(secret=st.text(min_size=6, max_size=12).map(lambda text: f"§{text}§"), encoded=st.booleans())
def test_no_password_is_ever_repeated(secret, encoded):
    url = f"postgresql://user:{quote(secret, safe='') if encoded else secret}@host/name"
    made, said = None, ""
    try:
        made = address.address(url)
    except OptionError as error:
        said = str(error)
    assert "§" not in f"{said} {made} {made!r}"
    assert (made is not None and made.password == secret) or not encoded
    with pytest.raises(OptionError, match="is wanted") as error:
        arguments.refuse_addresses(["plan", "--out", url])
    assert "§" not in str(error.value)


def test_no_driver_is_said_before_anything_is_read(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pg8000", None)
    monkeypatch.setitem(__import__("sys").modules, "pg8000.native", None)
    with pytest.raises(OptionError, match=r"needs the Python package pg8000.*postgis"):
        schoolnet.read(NO_SERVER)


@pytest.mark.parametrize("template", ["{a.__class__}", "{a:>999999999}", "{a!r}", "{b}", "{", "{a:{a}}"])
def test_a_sentence_of_another_hand_is_no_program(template):
    told = {"template": template, "values": {"a": 1}}
    with contextlib.suppress(ValueError):
        assert unpacked(told) == template


def test_a_sentence_is_packed_with_the_sentences_in_it():
    inner = Message("{count} rows are empty.", count=3)
    outer = Message("{what} {why}", what=inner, why="x")
    found = unpacked(json.loads(json.dumps(packed(outer))))
    assert (found, found.template) == (outer, outer.template)
    assert packed(found) == packed(outer)


@pytest.mark.slow
def test_the_plan_of_a_modelled_region_is_the_same_from_the_database(url, tmp_path):
    source = conftest.shared("kz/north-kazakhstan-modelled.osm.pbf")
    schools = conftest.shared("kz/north-kazakhstan-schools-modelled.csv")
    region = schoolnet.read(source, "KZ-59", schools=schools)
    schoolnet.to_postgis(region, url)
    found = schoolnet.read(url, "KZ-59")
    same(region, found)
    assert found.ledger == region.ledger
    chosen = schoolnet.Options(on=conftest.DAY)
    for name, one in (("files", region), ("db", found)):
        schoolnet.plan(one, chosen).save(tmp_path / name, lang="ru")
    one, other = tmp_path / "files", tmp_path / "db"
    assert (one / "plan.gpkg").read_bytes() == (other / "plan.gpkg").read_bytes()
    assert unstamped(one / "map.html") == unstamped(other / "map.html")


PLAIN = "postgresql+psycopg2://a:Qu/p@zzq@h/x", "postgis://a:Qu/p@zzq@h/x", "jdbc:postgresql://a:Qu/p@zzq@h/x"
PLAIN += "PG:host=h dbname=x password=Qu/p@zzq", "https://a:Qu/p@zzq@h/x.osm.pbf"
PLAIN += "postgresql:a:Qu/p@zzq@h/x", "aa:Qup@zzq@h/x", "//aa:Qup@zzq@h/x", "PGPASSWORD=Qu/pzzq"


@pytest.mark.parametrize("url", PLAIN)
@pytest.mark.parametrize(
    "line",
    [
        ["plan", "{}"],
        ["plan", "{}", "--schools", "no.csv"],
        ["plan", "no.pbf", "--schools", "{}"],
        ["batch", "{}"],
        ["siting", "no.pbf", "--people={}"],
        ["brief", "--from", "{}"],
        ["snapshot", "no", "--out", "{}"],
        ["compare", "{}", "{}"],
        ["check", "{}"],
    ],
)
def test_the_forms_of_an_address_that_other_programs_use_are_not_repeated_either(url, line):
    done = command.run(*(word.format(url) for word in line))
    assert done.returncode == 2
    assert not re.search("Qu/?p|zzq", done.stderr + done.stdout)


@pytest.mark.parametrize("url", PLAIN)
def test_nor_are_they_in_python(url, tmp_path):
    for ask in (
        lambda: schoolnet.read(url),
        lambda: schoolnet.read(tmp_path / "no.pbf", schools=url),
        lambda: schoolnet.compare(url, url),
        lambda: schoolnet.batch(url, tmp_path),
    ):
        with pytest.raises(SchoolnetError) as error:
            ask()
        assert not re.search("Qu/?p|zzq", str(error.value))
