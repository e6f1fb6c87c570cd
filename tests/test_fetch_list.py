"""The list of public data, a hostile list of somebody else's, and the command line."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

import command
import pbf
import rasters
import schoolnet
from schoolnet import fetching
from schoolnet.batches import dask_cluster
from schoolnet.commands import fetch as fetch_command
from schoolnet.errors import OptionError, RegionError, SchoolnetError, SourceError
from schoolnet.output import words
from schoolnet.sources import address, catalogue, database, worldpop

SOURCE = Path(catalogue.__file__).parents[1]
ROOT = Path(__file__).parents[1]
GOOD = """
[[source]]
key = "a"
role = "map"
covers = ["KZ-59"]
file = "a.osm.pbf"
form = "osm.pbf"
url = "https://example.org/a.osm.pbf?token=s3cret"
page = "https://example.org"
most_mb = 5
licence = "ODbL 1.0"
attribution = "© somebody"
title = { kk = "Карта", ru = "Карта", en = "[red]Map[/red]" }
"""


def listed(folder, text):
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


# --- our own list


def test_every_entry_says_licence_attribution_page_and_what_vouches_for_it():
    found = catalogue.load()
    assert {one.role for one in found} == set(catalogue.ROLES)
    for one in found:
        assert all((one.licence, one.attribution, one.licence_url, one.version, one.page)), one.key
        assert one.checked or one.seen, one.key
        assert [one.covers_area(code) for code in ("KZ", "KZ-59", "RU")] == [True, True, False], one.key
    assert [one.key for one in found if one.by_hand] == ["boundaries-hdx", "kato"]


def test_the_rasters_are_those_the_reader_knows_and_counts_together():
    people = [one for one in catalogue.load() if one.role == "people"]
    labels = {Path(one.file): worldpop.label(one.file) for one in people}
    assert len(people) == 11  # a total, and five groups of two sexes
    assert {(one.group, one.sex) for one in labels.values()} == {("total", "")} | {
        (group, sex) for group in ("0", "1", "5", "10", "15") for sex in "fm"
    }
    choice = worldpop.choose(labels)
    assert (choice.left_out, choice.faults) == ({}, [])


def test_the_attributions_stand_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    part = text.split("\n## Public data\n")[1].split("\n## ")[0]
    for one in catalogue.load():
        assert one.licence in part or one.licence_url in part, one.key
        assert one.attribution.split(" (")[0].split(",")[0] in part, one.key


@pytest.mark.parametrize(
    ("area", "code"),
    [
        ("kazakhstan", "KZ"), ("Қазақстан", "KZ"), ("kz", "KZ"), ("KZ-59", "KZ-59"), ("kz-59", "KZ-59"),
        ("590000000", "KZ-59"), ("Солтүстік Қазақстан облысы", "KZ-59"), ("СКО", "KZ-59"),
    ],
)  # fmt: skip
def test_an_area_is_found_by_code_and_name(area, code):
    assert fetching.area_code(area) == code


@pytest.mark.parametrize("area", ["", "Алматы", "KZ-99", "../../x", "Russia"])
def test_what_is_no_one_region_is_refused(area):
    with pytest.raises(RegionError, match="is not one region of Kazakhstan"):
        schoolnet.fetch(area)


def test_an_unknown_kind_and_an_area_nothing_covers_are_refused(tmp_path):
    with pytest.raises(OptionError, match="“roads” is no kind of data"):
        schoolnet.fetch("KZ-59", only=["roads"])
    with pytest.raises(SourceError, match="nothing for KZ-10"):
        schoolnet.fetch("KZ-10", file=listed(tmp_path, GOOD))
    with pytest.raises(OptionError, match="“roads”"):
        schoolnet.fetch("KZ-59", only="map, roads")


def test_the_cache_is_where_the_system_keeps_such_files(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert fetching.cache_folder() == tmp_path / "schoolnet"
    assert fetching.cache_folder("own") == Path("own")


# --- a list of somebody else's


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('"a.osm.pbf"', '"../../x.osm.pbf"', "file"),
        ('"a.osm.pbf"', '"/etc/x.osm.pbf"', "file"),
        ('"a.osm.pbf"', r'"..\\x.osm.pbf"', "file"),
        ('"a.osm.pbf"', '"con.osm.pbf"', "file"),
        ('"a.osm.pbf"', '".osm.pbf"', "file"),
        ('"a.osm.pbf"', '"a.osm.pbf\\u0000"', "file"),
        ('"a.osm.pbf"', '"a.exe"', "file"),
        ('"a.osm.pbf"', "5", "file"),
        ('"https://example.org/a', '"http://example.org/a', "url"),
        ('"https://example.org/a', '"file:///etc/a', "url"),
        ('"https://example.org/a', '"HTTPS:example.org/a', "url"),
        ('"https://example.org/a', '"https://user:s3cret@example.org/a', "url"),
        ('"https://example.org/a', '"https://example.org:99999/a', "url"),
        ('"https://example.org/a', '"https://[::1/a', "url"),
        ('"https://example.org/a', '"https://exa mple.org/a', "url"),
        ('"https://example.org/a', '"https://example.org\\u000d\\u000aHost: x/a', "url"),
        ("most_mb = 5", "most_mb = -5", "most_mb"),
        ("most_mb = 5", "most_mb = nan", "most_mb"),
        ("most_mb = 5", "most_mb = true", "most_mb"),
        ("most_mb = 5", "", "most_mb"),
        ('["KZ-59"]', '["KZ-5"]', "covers"),
        ('["KZ-59"]', "[[]]", "covers"),
        ('"map"', '"shell"', "role"),
        ('key = "a"', 'key = "../a"', "key"),
        ('ru = "Карта"', 'ru = "\\u001b[31m"', "title"),
        ("most_mb = 5", 'most_mb = 5\nsha256 = "x"', "sha256"),
        ("most_mb = 5", "most_mb = 5\nrun = 1", "run"),
        ("most_mb = 5", "most_mb = 5\neach = { a = [] }", "each"),
        ("most_mb = 5", "most_mb = 5\neach = 5", "each"),
        ("most_mb = 5", "most_mb = 5\nwords = 5", "words"),
        ("most_mb = 5", "most_mb = 5\neach = { n = [1] }\nwords = { n = 5 }", "words"),
        ("most_mb = 5", "most_mb = 5\ndate = 'soon'", "date"),
        ("most_mb = 5", "most_mb = 5\nnote = { en = 'x' }", "note"),
        ('key = "a"', 'key = "a"\neach = { n = [1, 2] }', "key"),
    ],
)
def test_a_hostile_entry_is_refused_in_every_language_and_says_no_password(tmp_path, old, new, name):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(SourceError) as caught:
        catalogue.load(listed(tmp_path, text))
    for lang in words.LANGS:
        said = [words.load(lang).fault(fault) for fault in caught.value.faults]
        assert any(f"{name}" in line for line in said)
        assert "s3cret" not in "".join(said)


@pytest.mark.parametrize("text", ["", "source = 5", "source = []", "[[[", "[" * 5000, "a = " + "[" * 3000, "\udcff"])
def test_what_is_no_list_is_refused(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SourceError):
        catalogue.load(path)


def test_a_list_that_is_not_there_or_too_large_is_refused(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        catalogue.load(tmp_path / "no.toml")
    with pytest.raises(SourceError, match="over 1 MB"):
        catalogue.load(listed(tmp_path, "#" * 1_000_001))


def test_a_place_in_a_name_is_put_in_as_text_only(tmp_path):
    text = GOOD.replace('key = "a"', 'key = "a-{n}"\neach = { n = [1, 2] }').replace("a.osm", "{n.__class__}{n}.osm")
    with pytest.raises(SourceError, match="plain file name"):
        catalogue.load(listed(tmp_path, text))
    good = listed(tmp_path, text.replace("{n.__class__}", "a"))
    assert [one.file for one in catalogue.load(good)] == ["a1.osm.pbf", "a2.osm.pbf"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://a.kz/x?token=s3cret#part", "https://a.kz/x?…"),
        ("https://user:s3cret@a.kz/x", "https://a.kz/x"),
        ("https://a.kz:8443/x", "https://a.kz:8443/x"),
    ],
)
def test_an_address_is_said_without_what_is_secret(url, said):
    assert catalogue.said(url) == said


# --- the command line


def fetch(*arguments, lang="en"):
    return command.run("fetch", *arguments, "--lang", lang)


def test_the_list_is_printed_whole_with_addresses_licences_and_what_is_there(tmp_path):
    pbf.oblast().write(tmp_path / "kazakhstan-latest.osm.pbf")
    done = fetch("--list", "--cache", tmp_path)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    for one in catalogue.load():
        state = "there" if one.role == "map" else "fetched by hand" if one.by_hand else "not fetched yet"
        size = "about 600 MB" if one.role == "map" else "not known"
        assert f"  {one.file}; size: {size}; {state}" in lines
        assert f"  {one.url} (address not tried by us)" in lines if one.url else f"  {one.page}" in lines
    kinds = fetch("KZ-59", "--list", "--only", "kato", "--cache", tmp_path, lang="kk")
    assert "ӘАОЖ (КАТО) жіктеуіші" in kinds.stdout
    assert "WorldPop" not in kinds.stdout
    told = {lang: fetch("--list", "--cache", tmp_path, lang=lang).stdout for lang in ("kk", "ru")}
    assert "kaz_ppp_2020.tif; көлемі: белгісіз; әлі жүктелмеген" in told["kk"]
    assert "kaz_ppp_2020.tif; объём: неизвестно; ещё не загружен" in told["ru"]


@pytest.mark.parametrize("lang", words.LANGS)
def test_the_list_is_in_the_language_asked_for_and_repeats_nothing(tmp_path, lang):
    printed = fetch("--list", "--cache", tmp_path, lang=lang).stdout
    for one in catalogue.load():
        assert (one.note[lang] in printed) if one.note else True
        assert one.title[lang] in printed
        assert one.version_in.get(lang, one.version) in printed
        assert one.attribution_in.get(lang, one.attribution) in printed
    assert ("Bureau of National Statistics" in printed) == (lang == "en")
    assert "CC BY 4.0; CC BY 4.0" not in printed
    assert ("made anew each day" in printed, "renewed several times" in printed, "see the page" in printed) == (
        False,
    ) * 3
    assert {"kk": "қыздар, 1 жастан", "ru": "девочки и девушки от 1 года", "en": "girls from 1 to"}[lang] in printed
    assert "{" not in printed


def test_sizes_and_makers_are_said_in_the_language_asked_for(tmp_path):
    own = GOOD + 'about_mb = 0.5\nattribution_in = { kk = "Біреу", ru = "Некто", en = "Somebody" }\n'
    (tmp_path / "half.toml").write_text(own, encoding="utf-8")
    for lang, size, maker in (("kk", "0,5 МБ", "Біреу"), ("ru", "около 0,5 МБ", "Некто"), ("en", "0.5 MB", "Somebody")):
        done = fetch("KZ-59", "--list", "--catalogue", tmp_path / "half.toml", lang=lang)
        assert size in done.stdout
        assert f"{maker}; ODbL 1.0" in done.stdout


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"attribution": "A", "attribution_in": {"ru": "А по-русски"}, "licence": "B"}, "А по-русски; B"),
        ({"attribution": "A", "attribution_in": ["ru"], "licence_in": {"kk": "C"}, "licence": "B"}, "A; B"),
    ],
)
def test_what_was_fetched_is_named_in_the_language_asked_for(tmp_path, capsys, about, said):
    (tmp_path / "a.tif.fetched.json").write_text(json.dumps(about), encoding="utf-8")
    got = fetching.Fetched("KZ", None, (tmp_path / "a.tif",), (), ())
    fetch_command._report(got, words.load("ru"))
    assert capsys.readouterr().out.splitlines()[1] == f"    {said}"


def test_marks_in_a_list_of_somebody_elses_are_printed_as_they_are(tmp_path):
    done = fetch("KZ-59", "--list", "--catalogue", listed(tmp_path, GOOD))
    assert "[red]Map[/red]" in done.stdout
    assert "s3cret" not in done.stdout


@pytest.mark.parametrize(
    ("lang", "go_on", "hand"),
    [("kk", "Әрі қарай:", "Қолмен:"), ("ru", "Дальше:", "Вручную:"), ("en", "Go on with:", "By hand:")],
)
def test_files_put_there_by_hand_need_no_network_and_the_next_command_is_printed(tmp_path, lang, go_on, hand):
    cache = tmp_path / "my cache"
    cache.mkdir()
    extract = pbf.oblast().write(cache / "kazakhstan-latest.osm.pbf")
    grids = [one.file for one in catalogue.load() if one.role == "people"]
    for name in grids:
        rasters.write(cache / name, [[1, 2], [3, 4]])
    done = fetch("KZ-59", "--cache", cache, lang=lang)
    assert (done.returncode, done.stderr) == (0, "")
    people = " ".join(f"--people '{cache / name}'" for name in grids)
    assert done.stdout.splitlines()[-2:] == [go_on, f"  schoolnet plan '{extract}' --region KZ-59 {people}"]
    assert done.stdout.count(hand) == 2  # boundaries and KATO
    assert "© OpenStreetMap contributors; ODbL 1.0" in done.stdout
    country = fetch("--only", "map", "--cache", cache, lang=lang)
    assert country.stdout.splitlines()[-1] == f"  schoolnet report '{extract}' --all"


def test_what_is_only_fetched_by_hand_is_a_fault_when_it_is_asked_for(tmp_path):
    done = fetch("--only", "kato", "--cache", tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "schoolnet: kato.xlsx: no steady address leads to this file. By hand: download kato.xlsx from "
        f"https://stat.gov.kz/ru/classifiers/statistical/21/ and put it to {tmp_path / 'kato.xlsx'}.\n"
    )


def test_an_out_without_a_place_is_refused(tmp_path):
    done = fetch("--out", tmp_path / "area")
    assert (done.returncode, done.stderr.count("Give --place too")) == (2, 1)


def test_nothing_but_the_fetch_uses_the_network():
    asks = re.compile(
        r"^ *(?:import|from) (?:requests|urllib3|osmnx|socket|aiohttp|httpx|http\.client|urllib\.request|distributed"
        r"|http import client|urllib import request)\b",
        re.MULTILINE,
    )
    found = {path.name for path in SOURCE.rglob("*.py") if asks.search(path.read_text(encoding="utf-8"))}
    fetch = {"web.py", "download.py", "overpass.py", "fetching.py", "office.py"}
    # a database and a scheduler, each at an address given as one
    assert found == fetch | {"database.py", "dask_cluster.py", "dask_pool.py"}
    callers = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"import .*\bfetching\b|schoolnet\.fetching", path.read_text(encoding="utf-8"))
    ]
    assert sorted(callers) == ["__init__.py", "commands/fetch.py"]


@pytest.mark.parametrize(
    ("extra", "package", "asks"),
    [
        ("place", "osmnx", lambda: schoolnet.fetch_place("x")),
        ("dask", "distributed", dask_cluster.check),
        (
            "postgis",
            "pg8000.native",
            lambda: database.session(address.address("postgresql://a@127.0.0.1:1/x")).__enter__(),
        ),
    ],
)
def test_what_is_not_installed_is_got_as_the_readme_installs_it(monkeypatch, extra, package, asks):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SchoolnetError) as caught:
        asks()
    way = f'`pip install ".[{extra}]"`'
    assert caught.value.faults[0].remedy == f"Install it in the project folder: {way}."
    assert way in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_list_is_the_form_a_planner_can_copy(tmp_path):
    own = listed(tmp_path, catalogue.OWN.read_text(encoding="utf-8"))
    assert catalogue.load(own) == catalogue.load()
    assert tomllib.loads(own.read_text(encoding="utf-8"))["source"]
