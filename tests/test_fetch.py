"""Fetching public data from a server of this machine that cuts, lies, stalls and serves the wrong file."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import http.server
import io
import json
import shutil
import socket
import ssl
import threading
from collections import namedtuple
from functools import partial
from importlib.util import find_spec

import certifi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import badsite
import pbf
import rasters
import schoolnet
from schoolnet.errors import SourceError
from schoolnet.output import downloading, session, words
from schoolnet.sources import download
from schoolnet.sources.web import Net

TITLE = 'title = { kk = "Карта", ru = "Карта", en = "Map" }'
CSV = b"kato,name\n" + b"".join(b"%09d,village %d\n" % (number, number) for number in range(20_000))


@pytest.fixture
def web(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    made = badsite.Site()
    yield made
    made.close()


class World:
    """A cache, a list of one file, and a net whose waits are written down instead of waited."""

    def __init__(self, web, folder, *, tries=3, read_s=5.0):
        self.web, self.folder, self.cache, self.waits = web, folder, folder / "cache", []
        now = dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.UTC)
        self.net = Net(plain=(web.base,), sleep=self.waits.append, now=lambda: now, tries=tries, read_s=read_s)

    def listed(self, name="a.csv", form="csv", most_mb=5, more=""):
        self.name = name
        self.list = self.folder / "own.toml"
        self.list.write_text(
            f'[[source]]\nkey = "a"\nrole = "map"\ncovers = ["KZ"]\nfile = "{name}"\nform = "{form}"\n'
            f'url = "{self.web.base}{name}"\npage = "https://example.org/page"\nmost_mb = {most_mb}\n'
            f'licence = "ODbL 1.0"\nattribution = "© somebody"\n{TITLE}\n{more}',
            encoding="utf-8",
        )
        return self

    def fetch(self, **more):
        return schoolnet.fetch("KZ-59", cache=self.cache, file=self.list, net=self.net, **more)

    def refused(self, **more):
        with pytest.raises(SourceError) as caught:
            self.fetch(**more)
        assert not (self.cache / self.name).exists()
        return caught.value.faults[0]

    def left(self):
        return sorted(path.name for path in self.cache.iterdir()) if self.cache.is_dir() else []


@pytest.fixture
def world(web, tmp_path):
    return World(web, tmp_path).listed()


# --- what goes well


def test_a_file_is_fetched_checked_recorded_and_not_fetched_again(web, world):
    sha = hashlib.sha256(CSV).hexdigest()
    world.listed(more=f'sha256 = "{sha}"\n')
    web.put("a.csv", CSV)
    seen = []
    got = world.fetch(told=lambda *one: seen.append(one))
    assert (got.area, got.map, got.people) == ("KZ-59", world.cache / "a.csv", ())
    assert got.map.read_bytes() == CSV
    assert seen[-1] == ("a.csv", len(CSV), len(CSV))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert json.loads((world.cache / "a.csv.fetched.json").read_text(encoding="utf-8")) == {
        "key": "a", "role": "map", "version": "", "licence": "ODbL 1.0", "attribution": "© somebody",
        "url": f"{web.base}a.csv", "sha256": sha, "md5": hashlib.md5(CSV, usedforsecurity=False).hexdigest(),
        "etag": badsite.tag(CSV), "size": len(CSV), "fetched": "2026-11-21T08:30:00Z",
    }  # fmt: skip
    assert world.left() == ["a.csv", "a.csv.fetched.json"]
    assert world.fetch().map == got.map
    assert len(web.log) == 1


def test_an_extract_is_recorded_with_the_time_its_data_are_of(web, world, tmp_path):
    """1 000 000 000 s after 1970 are 9 September 2001, 01:46:40; an extract that does not say its time has none."""
    import osmium

    head = osmium.io.Header()
    head.set("osmosis_replication_timestamp", "2001-09-09T01:46:40Z")
    with osmium.SimpleWriter(str(tmp_path / "one.osm.pbf"), header=head) as out:
        out.add_node(osmium.osm.mutable.Node(id=1, location=(70.0, 50.0)))
    world.listed("a.osm.pbf", "osm.pbf", more='date = "2001-09"\n')
    web.put("a.osm.pbf", (tmp_path / "one.osm.pbf").read_bytes())
    record = download.recorded(world.fetch().map)
    assert (record["data_of"], record["date"]) == ("2001-09-09T01:46:40Z", "2001-09")
    web.put("a.osm.pbf", pbf.oblast().write(tmp_path / "two.osm.pbf").read_bytes())
    assert "data_of" not in download.recorded(world.fetch(renew=True).map)


@pytest.mark.parametrize(("lang", "note"), [("kk", "қз"), ("ru", "рус"), ("en", "eng")])
def test_what_is_known_of_an_address_is_said_when_it_fails(world, lang, note):
    world.listed(more='note = { kk = "қз", ru = "рус", en = "eng" }\n')
    said = words.load(lang).fault(world.refused())
    assert said.endswith(f" {note}.")


def test_renewing_fetches_what_has_changed_and_nothing_else(web, world):
    world.listed(more=f'checksum_url = "{web.base}a.csv.md5"\n')
    other = CSV.replace(b"village", b"town")
    for body, requests in ((CSV, 1), (CSV, 1), (other, 2)):
        web.put("a.csv", body)
        web.put("a.csv.md5", hashlib.md5(body, usedforsecurity=False).hexdigest().encode() + b"  a.csv\n")
        assert world.fetch(renew=True).map.read_bytes() == body
        assert len(web.ranges("a.csv")) == requests


# --- cut, stalled, changed


def test_a_cut_connection_goes_on_where_it_was_in_the_same_run(web, world):
    web.put("a.csv", CSV, badsite.cut(100_000), badsite.cut(50_000))
    assert world.fetch().map.read_bytes() == CSV
    assert web.ranges("a.csv") == [None, "bytes=100000-", "bytes=150000-"]
    assert world.waits == [0, 2]  # none after the first failure, then 1 s doubled


def test_what_a_stopped_run_left_is_gone_on_with_in_the_next(web, world):
    web.put("a.csv", CSV, *[badsite.cut(70_000)] * 4)
    fault = world.refused()
    assert fault.problem == "the connection was cut off."
    assert world.left() == ["a.csv.part", "a.csv.part.json"]
    assert (world.cache / "a.csv.part").read_bytes() == CSV[:280_000]
    assert world.fetch().map.read_bytes() == CSV
    assert web.ranges("a.csv")[-1] == "bytes=280000-"
    assert world.left() == ["a.csv", "a.csv.fetched.json"]


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 200_000), max_size=6))
def test_however_often_it_is_cut_the_bytes_are_those_of_the_source(tmp_path_factory, cuts):
    web = badsite.Site()
    try:
        world = World(web, tmp_path_factory.mktemp("cut"), tries=7).listed()
        web.put("a.csv", CSV, *map(badsite.cut, cuts))
        assert world.fetch().map.read_bytes() == CSV
    finally:
        web.close()


def test_the_count_of_failures_begins_anew_when_a_mebibyte_came(web, tmp_path):
    world = World(web, tmp_path, tries=1).listed(most_mb=9)
    body = b"a,b\n" * 1_000_000
    web.put("a.csv", body, *[badsite.cut(1_100_000)] * 3)  # three failures in a row, of which one is allowed
    assert world.fetch().map.read_bytes() == body
    web.put("a.csv", body, *[badsite.cut(1000)] * 2)
    with pytest.raises(SourceError, match="cut off"):
        world.fetch(renew=True)


def test_a_server_that_ignores_ranges_begins_anew(web, world):
    web.put("a.csv", CSV, badsite.cut(100_000), badsite.without_ranges)
    assert world.fetch().map.read_bytes() == CSV
    assert web.ranges("a.csv") == [None, "bytes=100000-"]


def test_a_file_that_changes_between_two_runs_is_fetched_whole(web, world):
    web.put("a.csv", CSV, *[badsite.cut(10)] * 4)
    world.refused()
    other = CSV.replace(b"village", b"hamlet")
    web.put("a.csv", other)
    assert world.fetch().map.read_bytes() == other


def test_a_part_of_another_version_is_not_joined(web, world):
    other = CSV.replace(b"village", b"hamlet!")
    web.put("a.csv", CSV, badsite.cut(100_000))
    web.acts["a.csv"] += [
        lambda handler, _: badsite.other_version(handler, other),
        lambda h, _: badsite.whole(h, other),
    ]
    assert world.fetch().map.read_bytes() == other
    assert web.ranges("a.csv") == [None, "bytes=100000-", None]


def test_without_a_version_to_ask_for_a_half_file_is_not_gone_on_with(web, world):
    half = badsite.saying(len(CSV), etag='W/"weak"')
    web.put("a.csv", CSV, lambda handler, body: half(handler, body[:1000]))
    assert world.fetch().map.read_bytes() == CSV
    assert web.ranges("a.csv") == [None, None]


def test_a_server_that_stalls_is_given_up_and_gone_on_with_later(web, tmp_path):
    world = World(web, tmp_path, tries=0, read_s=0.2).listed()
    web.put("a.csv", CSV, badsite.stall(200_000))
    assert world.refused().problem == "the source did not answer in time."
    half = (world.cache / "a.csv.part").read_bytes()
    assert half == CSV[: 3 * 65_536]  # pieces of 64 KiB: 3 of them are whole in 200,000 bytes
    assert world.fetch().map.read_bytes() == CSV
    assert web.ranges("a.csv") == [None, "bytes=196608-"]


# --- lies about length


def test_a_length_that_is_too_long_is_a_cut_connection(web, world):
    web.put("a.csv", CSV, *[badsite.saying(len(CSV) + 100)] * 4)
    assert world.refused().problem == "the connection was cut off."
    web.put("a.csv", CSV)
    assert world.fetch().map.read_bytes() == CSV


def test_a_length_that_is_too_short_leaves_no_map(web, world, tmp_path):
    body = pbf.oblast().write(tmp_path / "drawn.osm.pbf").read_bytes()
    world.listed("m.osm.pbf", "osm.pbf")
    web.put("m.osm.pbf", body, badsite.saying(len(body) - 20))
    assert world.refused().problem == "this is not a whole .osm.pbf file."
    assert world.left() == []
    assert world.fetch().map.read_bytes() == body


def test_no_length_at_all_is_no_fault(web, world):
    web.put("a.csv", CSV, badsite.saying(None))
    assert world.fetch().map.read_bytes() == CSV


@pytest.mark.parametrize("act", [badsite.endless, badsite.saying(10**12)])
def test_more_than_the_file_may_have_is_cut_off(web, world, act):
    world.listed(most_mb=0.3)
    web.put("a.csv", CSV[:200_000], act)
    assert world.refused().problem == "the source gives more than the 0.3 MB the file may have."
    assert world.left() == []
    assert world.fetch().map.read_bytes() == CSV[:200_000]


def test_a_full_disk_is_said_before_anything_is_written(web, world, monkeypatch):
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as shutil has it
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 40_000_000))
    web.put("a.csv", CSV)
    # 50 MB that stay free and 0.5 MB of the file
    assert world.refused().problem == "needs 50 MB of the disk, of which 40 MB are free."
    assert world.left() == []


# --- answers that are no file


def test_a_busy_server_is_waited_for_as_long_as_it_asks(web, world):
    web.put("a.csv", CSV, badsite.status(429, Retry_After=7), badsite.status(503, Retry_After=0), badsite.status(500))
    assert world.fetch().map.read_bytes() == CSV
    assert world.waits == [7, 0, 4]  # as asked, as asked, and the third failure's own: 1 s doubled twice


@pytest.mark.parametrize("junk", ["soon", "-5", "²", "9" * 5000, "Mon, 01 Jan 99999 00:00:00 GMT"])
def test_a_wait_that_cannot_be_read_is_our_own(web, world, junk):
    web.put("a.csv", CSV, badsite.status(429, Retry_After=junk.encode("utf-8").decode("latin-1")))
    assert world.fetch().map.read_bytes() == CSV
    assert world.waits == [0]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (301, "6 minutes"), (3600, "60 minutes"), (7200, "120 minutes"), (7201, "3 hours"), (86_400, "24 hours"),
        (259_200, "72 hours"), (259_201, "4 days"), (864_000, "10 days"),
    ],
)  # fmt: skip
def test_a_server_that_asks_for_more_than_five_minutes_is_left_alone_and_not_too_short(web, world, after, said):
    web.put("a.csv", CSV, badsite.status(429, Retry_After=after))
    assert world.refused().problem == f"the source asks to come back in {said}."
    assert world.waits == []
    assert world.fetch().map.read_bytes() == CSV


@pytest.mark.parametrize(("days", "said"), [(-1, None), (2, "48 hours")])
def test_a_date_to_come_back_on_is_read(web, world, days, said):
    """A date in whole seconds: of two days hence, less a moment, 48 hours are left; one that is past asks for none."""
    at = email.utils.format_datetime(dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=days), usegmt=True)
    web.put("a.csv", CSV, badsite.status(503, Retry_After=at))
    if said is None:
        assert world.fetch().map.read_bytes() == CSV
        assert world.waits == [0]
    else:
        assert world.refused().problem == f"the source asks to come back in {said}."


@pytest.mark.parametrize(
    ("code", "problem", "requests"),
    [
        (404, "the source has no such file any more (status 404).", 1),
        (410, "the source has no such file any more (status 410).", 1),
        (403, "the source does not give the file to us (status 403).", 1),
        (418, "the source gave an answer that is not understood (status 418).", 1),
        (206, "the source gave an answer that is not understood (status 206).", 1),
        (500, "the source is busy or out of order (status 500).", 4),
        (429, "the source is busy or out of order (status 429).", 4),
    ],
)
def test_an_answer_that_is_no_success_leaves_nothing_and_the_next_run_goes_on(web, world, code, problem, requests):
    web.put("a.csv", CSV, *[badsite.status(code)] * requests)
    assert world.refused().problem == problem
    assert (len(web.log), world.left()) == (requests, [])
    assert world.fetch().map.read_bytes() == CSV


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream"])
def test_a_login_page_in_place_of_the_file_is_refused_and_removed(web, world, kind):
    web.put("a.csv", CSV, lambda handler, body: badsite.page(handler, body, kind=kind))
    assert "web page" in world.refused().problem
    assert world.left() == []
    assert world.fetch().map.read_bytes() == CSV


@pytest.mark.parametrize("form", ["osm.pbf", "tif", "geojson", "xlsx"])
@pytest.mark.parametrize(
    "body", [b"", CSV, b"PK\3\4 no archive", b"II*\0 no raster", b'{"type": "Point"}', b"[" * 9999]
)
def test_another_kind_of_file_is_refused_and_removed(web, world, form, body):
    world.listed(f"x.{form}", form)
    web.put(f"x.{form}", body)
    assert world.refused().problem in ("the file is empty.", f"this is not a whole .{form} file.")
    assert world.left() == []


def test_a_raster_is_taken_whole_and_refused_short(web, world, tmp_path):
    body = rasters.write(tmp_path / "r.tif", [[1, 2], [3, 4], [5, 6], [7, 8]]).read_bytes()
    world.listed("r.tif", "tif")
    web.put("r.tif", body, badsite.saying(len(body) - 8))
    assert world.refused().problem == "this is not a whole .tif file."
    assert world.fetch().map.read_bytes() == body


def test_a_wrong_checksum_is_refused_and_removed(web, world):
    world.listed(more=f'checksum_url = "{web.base}a.md5"\n')
    web.put("a.csv", CSV)
    web.put("a.md5", b"0" * 32 + b"  a.csv\n")
    assert world.refused().problem == "its checksum (MD5) is not the one the source gives."
    assert world.left() == []
    web.put("a.md5", hashlib.md5(CSV, usedforsecurity=False).hexdigest().upper().encode())
    assert world.fetch().map.read_bytes() == CSV


def test_a_checksum_that_cannot_be_read_stops_before_the_download(web, world):
    world.listed(more=f'checksum_url = "{web.base}a.md5"\n')
    web.put("a.csv", CSV)
    web.put("a.md5", b"", badsite.page)
    assert world.refused().problem == "the source's checksum cannot be read."
    assert web.ranges("a.csv") == []


# --- redirects and passwords


@pytest.mark.parametrize("to", ["http://localhost:9/a.csv", "file:///etc/passwd", "ftp://example.org/a", "http://["])
def test_a_redirect_away_from_https_is_not_followed(web, world, to):
    web.put("a.csv", CSV, badsite.status(302, Location=to))
    assert world.refused().problem == "the source sends on to an address that is not https."
    assert world.left() == []


def test_a_redirect_to_an_allowed_address_is_followed_and_one_without_end_is_not(web, world):
    web.put("b.csv", CSV)
    web.put("a.csv", b"", badsite.status(302, Location=web.base + "b.csv?token=s3cret"))
    assert "s3cret" not in world.fetch().map.with_name("a.csv.fetched.json").read_text(encoding="utf-8")
    web.put("a.csv", b"", *[badsite.status(302, Location=web.base + "a.csv")] * 9)
    with pytest.raises(SourceError, match="without end"):
        world.fetch(renew=True)
    assert (world.cache / "a.csv").read_bytes() == CSV  # what was there stays


def test_a_name_a_server_gives_is_not_taken(web, world):
    evil = {"Content_Disposition": 'attachment; filename="../../evil.csv"', "Content_Length": len(CSV)}

    def named(handler, body):
        handler.head(200, **evil)
        handler.wfile.write(body)

    web.put("a.csv", CSV, named)
    world.fetch()
    assert world.left() == ["a.csv", "a.csv.fetched.json"]
    assert sorted(path.name for path in world.folder.iterdir()) == ["cache", "own.toml"]


# --- what the office sets


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("body", [None, b"", b"no certificate", b"\xff\0"])
def test_certificates_that_cannot_be_read_are_named_and_nobody_is_asked(web, world, tmp_path, monkeypatch, name, body):
    path = tmp_path / "office.pem"
    if body is not None:
        path.write_bytes(body)
    monkeypatch.setenv(name, str(path))
    web.put("a.csv", CSV)
    fault = world.refused()
    assert fault.problem == f"the certificates named in {name} cannot be read: {path}."
    assert fault.remedy.startswith(f"Correct {name}. By hand: ")
    assert (web.log, world.waits) == ([], [])


@pytest.mark.parametrize("form", ["file", "folder"])
def test_certificates_of_the_office_are_no_hindrance(web, world, tmp_path, monkeypatch, form):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where() if form == "file" else str(tmp_path))
    web.put("a.csv", CSV)
    assert world.fetch().map.read_bytes() == CSV


@pytest.fixture
def own_server(tmp_path):
    """Serve the test's folder over https by a certificate nobody else vouches for; return port and certificate."""
    x509 = pytest.importorskip("cryptography.x509", reason="the Python package cryptography is not installed")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    both = tmp_path / "own.pem"
    secret = key.private_bytes(serialization.Encoding.PEM, *form)
    both.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(both)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    (tmp_path / "a.csv").write_bytes(CSV)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        server.handle_error = lambda *_: None  # who does not trust it hangs up
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, both
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("name", "trusted"), [("REQUESTS_CA_BUNDLE", True), ("SSL_CERT_FILE", False)])
def test_a_server_of_ones_own_is_trusted_by_the_name_the_readme_gives(world, own_server, monkeypatch, name, trusted):
    port, certificate = own_server
    monkeypatch.setenv(name, str(certificate))
    text = world.list.read_text(encoding="utf-8")
    world.list.write_text(text.replace(world.web.base, f"https://localhost:{port}/"), encoding="utf-8")
    if trusted:
        assert world.fetch().map.read_bytes() == CSV
    else:
        assert "REQUESTS_CA_BUNDLE" in world.refused().remedy


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("http://", "is not understood"),
        ("http://proxy.kz:80a", "is not understood"),
        ("proxy.kz:80a", "is not understood"),
        ("http://[::1", "is not understood"),
        ("ftp://proxy.kz:21", "is not understood"),
        ("http://ana:s3cret@127.0.0.1:1", "does not answer or does not let us through"),
        ("127.0.0.1:1", "does not answer or does not let us through"),
    ],
)
def test_a_proxy_that_does_not_do_is_said_to_be_at_fault_and_not_the_source(web, world, monkeypatch, proxy, said):
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)
    web.put("a.csv", CSV)
    fault = world.refused()
    assert fault.problem == f"the proxy named in HTTPS_PROXY, or in the settings of the system, {said}."
    assert fault.remedy.startswith("Correct HTTPS_PROXY: http://host:port, or ")
    assert "s3cret" not in str(fault)


@pytest.mark.skipif(find_spec("socks") is not None, reason="PySocks is installed: a socks proxy would be asked")
def test_a_socks_proxy_needs_its_package(web, world, monkeypatch):
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    web.put("a.csv", CSV)
    fault = world.refused()
    assert fault.problem == "a socks proxy needs the Python package PySocks, and it is not installed."
    assert "`pip install PySocks`" in fault.remedy


def test_a_proxy_that_asks_who_we_are_is_told_apart_from_the_source(web, world):
    web.put("a.csv", CSV, badsite.status(407))
    assert "does not let us through" in world.refused().problem


def test_a_source_that_sends_astray_is_not_blamed_on_a_proxy_that_works(web, world, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.kz:3128")
    web.put("a.csv", b"", badsite.status(302, Location="ftp://example.org/a"))
    assert world.refused().problem == "the source sends on to an address that is not https."


def test_what_the_system_says_of_a_call_is_not_said_of_the_file_that_is_written(world, monkeypatch):
    def failing(*_, **__):
        raise OSError("Could not find a suitable TLS CA certificate bundle")  # as requests does without its own

    monkeypatch.setattr("requests.Session.get", failing)
    assert world.refused().problem == "no connection to the source."


# --- by hand, and without the internet


def test_without_a_connection_it_is_said_what_to_fetch_by_hand_and_where_to_put_it(web, world):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world.listed()
    base = f"http://127.0.0.1:{port}/"
    world.list.write_text(world.list.read_text(encoding="utf-8").replace(web.base, base), encoding="utf-8")
    world.net = world.net._replace(plain=(base,))
    fault, path = world.refused(), world.cache / "a.csv"
    assert world.waits == [0]  # once more at once, no waiting for a net that is not there
    assert {lang: words.load(lang).fault(fault) for lang in words.LANGS} == {
        "en": "a.csv: no connection to the source. Check the connection and run the command again: it goes on where it "
        f"stopped. By hand: download a.csv from https://example.org/page, {base}a.csv and put it to {path}.",
        "ru": "a.csv: нет связи с источником. Проверьте связь и запустите команду снова: она продолжит с того места, "
        f"где остановилась. Вручную: скачайте a.csv по адресу https://example.org/page, {base}a.csv и положите в "
        f"{path}.",
        "kk": "a.csv: дереккөзбен байланыс жоқ. Байланысты тексеріп, бұйрықты қайта іске қосыңыз: ол тоқтаған жерінен "
        f"жалғастырады. Қолмен: a.csv файлын https://example.org/page, {base}a.csv мекенжайынан жүктеп, мына жерге "
        f"салыңыз: {path}.",
    }
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(CSV)
    assert world.fetch().map == path
    assert download.recorded(path)["by_hand"] is True


def test_a_wrong_file_put_there_by_hand_is_refused_and_left_to_its_owner(web, world):
    path = world.cache / "a.csv"
    path.parent.mkdir()
    path.write_bytes(b"<html>")
    with pytest.raises(SourceError, match=r"this is a web page, not the file\. By hand: download a\.csv from"):
        world.fetch()
    assert path.read_bytes() == b"<html>"
    world.listed(more=f'sha256 = "{"0" * 64}"\n')
    path.write_bytes(CSV)
    with pytest.raises(SourceError, match="its checksum"):
        world.fetch()
    assert web.log == []


def test_a_file_of_another_list_is_not_taken_for_this_one(web, world):
    web.put("a.csv", CSV)
    path = world.fetch().map
    about = download.recorded(path) | {"url": "https://example.org/other.csv"}
    download.record_of(path).write_text(json.dumps(about), encoding="utf-8")
    other = CSV.replace(b"village", b"town")
    web.put("a.csv", other)
    assert world.fetch().map.read_bytes() == other


@pytest.mark.parametrize("junk", [b"", b"[]", b"{", b"[" * 100_000, b'{"version": 5, "url": 1}', b"%INJECT%"])
def test_a_damaged_note_or_record_is_no_fault(web, world, junk):
    world.cache.mkdir()
    note = json.dumps({"url": f"{web.base}a.csv", "version": '"x"\r\nX-Evil: 1'}).encode()
    junk = junk.replace(b"%INJECT%", note)
    for name in ("a.csv.part", "a.csv.part.json", "a.csv.fetched.json"):
        (world.cache / name).write_bytes(junk)
    web.put("a.csv", CSV)
    assert world.fetch().map.read_bytes() == CSV
    download.record_of(world.cache / "a.csv").write_bytes(junk)
    assert world.fetch().map.read_bytes() == CSV


def test_a_cache_that_cannot_be_written_is_a_fault(web, world):
    world.cache.write_text("a file", encoding="utf-8")
    web.put("a.csv", CSV)
    with pytest.raises(SourceError, match="cannot be written"):
        world.fetch()


def test_every_file_that_fails_is_named_and_the_others_are_fetched(web, world):
    one = world.list.read_text(encoding="utf-8")
    world.list.write_text(one + one.replace('"a"', '"b"').replace("a.csv", "b.csv"), encoding="utf-8")
    more = one.replace('"a"', '"c"').replace("a.csv", "c.csv")
    world.list.write_text(world.list.read_text(encoding="utf-8") + more, encoding="utf-8")
    web.put("b.csv", CSV)
    for codes in ((404, 404), (404, 403)):
        for name, code in zip(("a.csv", "c.csv"), codes, strict=True):
            web.put(name, b"", badsite.status(code))
        with pytest.raises(SourceError) as caught:
            world.fetch()
        paths = [str(world.cache / name) for name in ("a.csv", "c.csv")]
        assert [[path in fault.remedy for path in paths] for fault in caught.value.faults] == (
            [[True, True]] if codes[0] == codes[1] else [[True, False], [False, True]]
        )
        assert world.left() == ["b.csv", "b.csv.fetched.json"]


# --- progress


def test_without_a_terminal_a_line_is_printed_for_every_tenth(capsys):
    with downloading.bars("en") as told:
        for done in range(0, 2_000_001, 50_000):
            told("a.csv", done, 2_000_000)
        told("a.csv", 2_000_000, 2_000_000)
        for done in range(0, 250_000_001, 1_000_000):
            told("b.csv", done, None)
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["a.csv 10% 0.2 MB", "a.csv 20% 0.4 MB"]
    assert [line.split()[1] for line in lines[:-2]] == [f"{tenth}0%" for tenth in range(1, 11)]
    assert lines[-2:] == ["b.csv 100 MB", "b.csv 200 MB"]


@pytest.mark.parametrize(
    ("lang", "shown"),
    [("kk", "25\N{NO-BREAK SPACE}% 0,5 МБ"), ("ru", "25\N{NO-BREAK SPACE}% 0,5 МБ"), ("en", "25% 0.5 MB")],
)
def test_how_far_a_download_is_stands_in_the_language_asked_for(capsys, lang, shown):
    """Half a megabyte of two is a quarter."""
    with downloading.bars(lang) as told:
        told("a.csv", 500_000, 2_000_000)
    assert capsys.readouterr().err == f"a.csv {shown}\n"


def test_a_terminal_shows_megabytes_in_the_language_asked_for(monkeypatch):
    import rich.console

    written = io.StringIO()
    terminal = rich.console.Console(file=written, force_terminal=True, width=100)
    monkeypatch.setattr(rich.console, "Console", lambda **_: terminal)
    with downloading.bars("ru") as told:
        told("a.csv", 1_500_000, 3_000_000)
    assert "1,5 МБ" in written.getvalue()
    assert "MB" not in written.getvalue()


def test_in_jupyter_a_table_is_shown_without_being_asked_for(web, world, monkeypatch):
    import IPython.display

    drawn = []
    handle = type("Handle", (), {"update": lambda _, html: drawn.append(html.data)})()
    monkeypatch.setattr(IPython.display, "display", lambda *_, **__: handle)
    web.put("a.csv", CSV)
    world.fetch()
    assert drawn == []
    for room in (downloading, session):
        monkeypatch.setattr(room, "in_jupyter", lambda: True)
    world.fetch(renew=True)
    assert drawn[-1] == f"<table><tr><td>a.csv</td><td>100% {len(CSV) / 1e6:.1f} MB</td></tr></table>"
