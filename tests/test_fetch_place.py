"""Fetching a small place: osmnx asks a server of this machine, which gives recorded answers of a fictional oblast."""

from __future__ import annotations

import json
import shutil
import socket
from collections import namedtuple
from urllib.parse import parse_qs

import pytest

import badsite
import command
import pbf
import schoolnet
from schoolnet import fetching
from schoolnet.errors import SourceError
from schoolnet.sources import overpass
from schoolnet.sources.web import Net
from test_fetch import web  # noqa: F401 - a fixture

NAMED = {
    "place_id": 1, "osm_type": "relation", "osm_id": 1, "lat": "50.5", "lon": "61", "class": "boundary",
    "type": "administrative", "place_rank": 8, "importance": 0.5, "addresstype": "state", "name": "Пробная область",
    "display_name": "Пробная область, Казахстан", "boundingbox": ["50.0", "51.0", "60.0", "62.0"],
}  # fmt: skip


def outline(west=60, south=50, east=62, north=51):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"geojson": {"type": "Polygon", "coordinates": [ring]}}


def recorded(drawn):
    """Return what Overpass answers (`out body`) of a drawn map; an oblast's outline is not asked for."""
    nodes = [
        {"type": "node", "id": one.id, "lon": one.location[0], "lat": one.location[1], "tags": one.tags}
        for one in drawn.nodes
    ]
    ways = [{"type": "way", "id": one.id, "nodes": one.nodes, "tags": one.tags} for one in drawn.ways]
    kinds = {"n": "node", "w": "way", "r": "relation"}
    relations = [
        {
            "type": "relation",
            "id": one.id,
            "members": [{"type": kinds[kind], "ref": ref, "role": role} for kind, ref, role in one.members],
            "tags": one.tags,
        }
        for one in drawn.relations
        if one.tags.get("admin_level") != "4"
    ]
    elements = [*relations, *ways, *nodes, *nodes]  # in no order, and some twice: both are to be put right
    return {"version": 0.6, "generator": "Overpass API", "osm3s": {"copyright": "made up"}, "elements": elements}


NODE = {"type": "node", "id": 1, "lon": 61, "lat": 50.5, "tags": {}}


def saying(body, seen=None):
    def act(handler, _body):
        if seen is not None:
            seen.append(handler)
        handler.head(200, Content_Type="application/json", Content_Length=len(body))
        handler.wfile.write(body)

    return act


def answering(value, seen=None):
    return saying(json.dumps(value).encode(), seen)


class Place:
    def __init__(self, site, folder):
        self.site, self.cache, self.waits = site, folder / "cache", []
        self.net = Net(plain=(site.base,), sleep=self.waits.append, tries=2)
        self.servers = overpass.Servers(site.base, site.base + "api", polite=False)
        self.found([NAMED | outline()])
        self.answers(answering(recorded(pbf.oblast())))

    def found(self, value):
        self.site.put("search", b"", *[answering(value)] * 9)

    def answers(self, *acts):
        self.site.put("api/interpreter", b"", *acts)

    def fetch(self, name="Пробная", **more):
        return schoolnet.fetch_place(name, cache=self.cache, net=self.net, servers=self.servers, **more)

    def asked(self, name):
        return [path for path, _ in self.site.log].count(name)


@pytest.fixture
def place(web, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("time.sleep", lambda _: None)  # osmnx waits a second before it asks
    return Place(web, tmp_path)


@pytest.mark.slow
def test_a_place_becomes_an_extract_and_a_folder_that_reads_the_same(place, tmp_path):
    got = place.fetch(out=tmp_path / "area")
    assert got.name == "Пробная область, Казахстан"
    region = schoolnet.read(got.folder)
    # of the drawing: two settlements in two districts, a road of three pieces, a river and a lake, one school
    assert sorted(region.settlements["name"]) == ["Арка", "Бұлақ"]
    assert sorted(region.districts["name"]) == ["East district", "West district"]
    assert region.settlements["population"].sort_values().tolist() == [400, 3000]
    assert len(region.roads) == 3
    assert sorted(region.waters["kind"]) == ["lake", "river"]
    assert region.schools["name"].tolist() == ["Школа № 1"]
    assert region.names["name"] == "Пробная область"
    again = schoolnet.read(got.map, boundary=got.boundary)
    assert sorted(again.settlements.index) == sorted(region.settlements.index)
    record = json.loads(got.map.with_name(got.map.name + ".fetched.json").read_text(encoding="utf-8"))
    assert (record["attribution"], record["place"]) == ("© OpenStreetMap contributors", got.name)


@pytest.mark.slow
def test_equal_answers_give_equal_bytes_and_what_is_there_is_not_asked_for_again(place):
    first = place.fetch().map.read_bytes()
    place.fetch("  ПРОБНАЯ ")
    assert (place.asked("search"), place.asked("api/interpreter")) == (1, 1)
    answer = recorded(pbf.oblast())
    answer["elements"].reverse()
    place.answers(answering(answer))
    assert place.fetch(renew=True).map.read_bytes() == first
    assert place.asked("api/interpreter") == 2


def test_overpass_is_asked_for_what_the_reader_reads_round_the_place(place):
    seen = []
    place.answers(answering(recorded(pbf.oblast()), seen))
    place.fetch()
    query = parse_qs(seen[0].asked.decode())["data"][0]
    assert query.startswith("[out:json][timeout:180];(")
    assert query.endswith(";);(._;>;);out body;")
    assert '"place"~"^(city|' in query
    assert '"amenity"~"^(school)$"' in query
    assert 'rel["boundary"="administrative"]["admin_level"="6"](49.8500,59.8500,51.1500,62.1500);' in query
    assert '"admin_level"="4"' not in query
    asked = next(handler for path, handler in place.site.log if path == "search")
    assert "schoolnet" in asked["User-Agent"]


def test_osmnx_is_left_as_it_was(place):
    import osmnx  # heavy: only where it is used, not while all tests are collected

    before = {name: getattr(osmnx.settings, name) for name in ("overpass_url", "use_cache", "requests_kwargs")}
    names = socket.getaddrinfo
    place.fetch()
    assert {name: getattr(osmnx.settings, name) for name in before} == before
    assert socket.getaddrinfo is names


@pytest.mark.parametrize("found", [[], [NAMED | {"geojson": {"type": "Point", "coordinates": [61, 50]}}]])
def test_a_place_without_an_outline_is_said_to_be_none(place, found):
    place.found(found)
    with pytest.raises(SourceError, match="no outline of a place called “Пробная” was found in Kazakhstan"):
        place.fetch()
    assert place.asked("api/interpreter") == 0


def test_a_whole_oblast_is_refused_with_the_extract_as_remedy(place):
    place.found([NAMED | outline(east=64)])  # 4° x 1° at 50.5° N: about 4 x 71 km x 111 km = 31,500 km²
    with pytest.raises(SourceError, match="more than the 20000 allowed") as caught:
        place.fetch()
    assert "schoolnet fetch kazakhstan --only map" in caught.value.faults[0].remedy
    assert place.asked("api/interpreter") == 0


@pytest.mark.parametrize("code", [429, 504])
def test_a_busy_server_is_asked_again_a_few_times_only(place, code):
    place.answers(*[badsite.status(code)] * 9)
    with pytest.raises(SourceError, match="busy or out of order"):
        place.fetch()
    assert place.asked("api/interpreter") == 3
    place.answers(badsite.status(code, Retry_After=5), answering(recorded(pbf.oblast())))
    assert place.fetch().map.is_file()
    assert place.waits[-1] == 5


@pytest.mark.parametrize(
    "answer",
    [
        {"elements": [], "version": 0.6},
        {"elements": [{"type": "node", "id": 1}]},
        {"elements": [{"type": "area", "id": 1}]},
        {"elements": 5},
        {"elements": [5]},
        {"elements": [NODE | {"tags": None}]},
        {"elements": [NODE | {"tags": ["highway"]}]},
        {"elements": [NODE | {"tags": {"name": "a\0b"}}]},  # libosmium takes it for the end of the text
        {"elements": [NODE | {"tags": {"name": "\ud800"}}]},
        {"elements": [NODE | {"tags": {"name": "ж" * 513}}]},  # 1026 bytes of the 1024 there may be
        {"elements": [NODE | {"id": float("inf")}]},
        {"elements": [NODE | {"id": 2**70}]},
        {"elements": [NODE | {"id": -1}]},
        {"elements": [NODE | {"lon": float("nan")}]},
        {"elements": [NODE | {"lat": 91}]},
        {"elements": [{"type": "way", "id": 1, "nodes": [float("inf")]}]},
        {"elements": [{"type": "relation", "id": 1, "members": [{"type": "area", "ref": 1, "role": ""}]}]},
        {"remark": "runtime error: Query timed out", **recorded(pbf.oblast())},
    ],
)
def test_an_answer_that_is_not_whole_leaves_no_extract(place, answer):
    place.answers(answering(answer))
    with pytest.raises(SourceError, match="Overpass gave no whole answer"):
        place.fetch()
    assert not list(place.cache.glob("places/[0-9a-f]*"))


@pytest.mark.parametrize(
    "found",
    [
        [5],
        [{key: value for key, value in NAMED.items() if key != "importance"} | outline()],
        [{key: value for key, value in NAMED.items() if key != "display_name"} | outline()],
        [NAMED | {"boundingbox": None} | outline()],
        [NAMED | {"geojson": {"type": "Polygon", "coordinates": [[[60, 50], [62, 50]]]}}],
        [NAMED | {"geojson": {"type": "Polygon", "coordinates": "x"}}],
        [NAMED | {"geojson": {"type": "Polygon", "coordinates": []}}],
        [NAMED | outline(east=float("inf"))],
        [NAMED | outline(north=91)],
        [NAMED | {"lat": "north"} | outline()],
    ],
)
def test_an_odd_answer_about_a_place_is_a_fault_of_the_source(place, found):
    place.found(found)
    with pytest.raises(SourceError, match="Nominatim: the source gave an answer that is not understood"):
        place.fetch()


def test_a_name_with_half_a_letter_is_written_without_it(place):
    place.found([NAMED | outline() | {"display_name": "Проб\ud800ная область, Казахстан"}])
    got = place.fetch()
    assert got.name == "Пробная область, Казахстан"
    assert got.boundary.is_file()


def test_an_extract_the_disk_has_no_room_for_is_not_begun(place, monkeypatch):
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as shutil's
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 60, 40_000_000))
    with pytest.raises(SourceError, match=r"needs 50 MB of the disk, of which 40 MB are free\."):
        place.fetch()
    assert list((place.cache / "places").iterdir()) == []


def test_an_extract_that_cannot_be_written_is_a_fault(place):
    got = place.fetch()
    (got.map.parent / f"part-{got.map.name}").mkdir()
    place.answers(answering(recorded(pbf.oblast())))
    with pytest.raises(SourceError, match=r"cannot be written: Is a directory\."):
        place.fetch(renew=True)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("REQUESTS_CA_BUNDLE", "/nowhere.pem", "named in REQUESTS_CA_BUNDLE cannot be read: /nowhere.pem"),
        ("http_proxy", "proxy.kz:80a", "the proxy named in HTTPS_PROXY.* is not understood"),
        ("http_proxy", "127.0.0.1:1", "the proxy named in HTTPS_PROXY.* does not answer"),
    ],
)
def test_what_the_office_has_set_wrongly_is_said_of_a_place_too(place, monkeypatch, name, value, problem):
    monkeypatch.setenv(name, value)
    with pytest.raises(SourceError, match=problem):
        place.fetch()


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (badsite.page, "is not understood"),
        (saying(b"[" * 100_000), "is not understood"),
        (saying(b'{"elements": ' + b"9" * 5000 + b"}"), "is not understood"),
        (saying(b"[]"), "no whole answer"),
        (badsite.status(400), "is not understood"),
        (badsite.status(302, Location="http://example.org/"), "is not understood"),
        (badsite.saying(10_000), "cut off"),
    ],
)
def test_an_answer_that_is_none_is_a_fault(place, act, problem):
    place.answers(*[act] * 9)
    with pytest.raises(SourceError, match=problem):
        place.fetch()


def test_an_answer_too_large_to_be_held_is_cut_off(place, monkeypatch):
    monkeypatch.setattr(overpass, "_MOST_BYTES", 1000)
    with pytest.raises(SourceError, match="more than can be held"):
        place.fetch()


def test_without_osmnx_it_is_said_how_to_get_it(place, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "osmnx", None)
    with pytest.raises(SourceError, match=r'in the project folder: `pip install "\.\[place\]"`'):
        place.fetch()


def test_a_name_of_a_place_is_no_path(place):
    got = place.fetch("../../x")
    assert got.map.parent == place.cache / "places"
    assert sorted(path.name for path in place.cache.iterdir()) == ["places"]
    assert place.site.log[0][1]["query"].endswith("&countrycodes=kz&q=../../x")


def test_the_command_prints_where_it_is_and_how_to_go_on(place, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching.web, "Net", lambda: place.net)
    monkeypatch.setattr(fetching.overpass, "Servers", lambda: place.servers)
    out = tmp_path / "area"
    done = command.run("fetch", "--place", "Пробная", "--out", out, "--cache", place.cache, "--lang", "ru")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "Пробная область, Казахстан"
    assert done.stdout.splitlines()[-2:] == ["Дальше:", f"  schoolnet plan {out}"]


@pytest.mark.slow
def test_what_is_fetched_can_be_planned(place, tmp_path):
    got = place.fetch(out=tmp_path / "area")
    planned = command.run("plan", got.folder, "--out", tmp_path / "plan")
    assert planned.returncode == 0, planned.stderr


def test_overpass_is_asked_first_whether_it_has_time(place):
    place.servers = place.servers._replace(polite=True)
    free = b"Connected as: 1\nCurrent time: 2026-11-21T08:30:00Z\nRate limit: 2\n\n2 slots available now.\n"
    place.site.put("api/status", free)
    place.fetch()
    assert [path for path, _ in place.site.log] == ["search", "api/status", "api/interpreter"]


@pytest.mark.parametrize("status", [b"\n\n\n\nSlot", b"\n\n\n\nSlot available after: now, in 5 seconds."])
def test_an_odd_answer_about_its_time_is_a_fault_of_overpass(place, status):
    place.servers = place.servers._replace(polite=True)
    place.site.put("api/status", status)
    with pytest.raises(SourceError, match="Overpass: "):
        place.fetch()
