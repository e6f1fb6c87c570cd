"""The second way to a file: the newest dated one, where the main address leads nowhere; and what is said offline.

The world's day is 21 November 2026 (261121); `named` writes an index page such as web servers make.
"""

from __future__ import annotations

import hashlib
import re
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import badsite
import command
from schoolnet.commands import fetch
from schoolnet.errors import SourceError
from schoolnet.output import words
from schoolnet.sources import catalogue, dated, download
from test_fetch import CSV, World, web  # noqa: F401 - a fixture

OTHER = CSV.replace(b"village", b"hamlet")


def named(*days, name="m-{}.csv"):
    rows = (f'<a href="{name.format(day)}">{name.format(day)}</a> 2026 9.1M' for day in days)
    return "<html><pre>" + "\n".join(rows)


class Second(World):
    """A list of one file with a second way: main.csv, m-260927.csv, and the page index.html."""

    def listed(self, more=""):
        base = self.web.base
        super().listed("main.csv", more=f'dated = "{base}m-{{date}}.csv"\ndated_checksum = "{base}m-{{date}}.csv.md5"\n'
                       f'dates_on = "{base}index.html"\n{more}')  # fmt: skip
        return self

    def main(self, body=b"", *acts):
        self.web.put("main.csv", body, *acts)

    def index(self, page, *acts):
        self.web.put("index.html", page.encode() if isinstance(page, str) else page, *acts)

    def day(self, day, body=CSV, *acts):
        self.web.put(f"m-{day}.csv", body, *acts)
        self.web.put(f"m-{day}.csv.md5", hashlib.md5(body, usedforsecurity=False).hexdigest().encode())

    def asked(self):
        """Return what was asked for, repetitions left out, in order."""
        return list(dict.fromkeys(path for path, _ in self.web.log))

    def none_taken(self, main="the source sends from one address to the next without end."):
        """Check that there is one fault, which says what to do by hand, and nothing in the cache."""
        with pytest.raises(SourceError) as caught:
            self.fetch()
        (fault,) = caught.value.faults
        none = f"No dated file named on {self.web.base}index.html could be taken either."
        assert fault.problem == f"{main} {none}"
        assert f"By hand: download main.csv from https://example.org/page, {self.web.base}main.csv" in fault.remedy
        assert self.left() == []


@pytest.fixture
def world(web, tmp_path):  # noqa: F811
    made = Second(web, tmp_path).listed()
    made.main(b"", *badsite.always(badsite.round_and_round))
    return made


def test_the_newest_dated_file_is_taken_where_the_main_address_redirects_for_ever(world):
    world.index(named("260927", "261101", "261002"))
    for day in ("260927", "261002"):
        world.day(day, OTHER)
    world.day("261101")
    got = world.fetch()
    assert (got.map, got.map.read_bytes()) == (world.cache / "main.csv", CSV)
    assert world.asked() == ["main.csv", "index.html", "m-261101.csv.md5", "m-261101.csv"]
    record = download.recorded(got.map)
    base = world.web.base
    assert [record[name] for name in ("url", "instead_of", "date", "version")] == [
        f"{base}m-261101.csv", f"{base}main.csv", "2026-11-01", "261101",
    ]  # fmt: skip
    assert world.left() == ["main.csv", "main.csv.fetched.json"]
    before = len(world.web.log)
    assert world.fetch().map == got.map  # it is the list's own file, and not fetched again
    assert len(world.web.log) == before


@pytest.mark.parametrize("code", [301, 403, 404, 418, 503])
def test_it_is_taken_for_whatever_shows_that_the_address_is_wrong(world, code):
    world.main(b"", *badsite.always(badsite.status(code, Location="http://example.org/x")))
    world.index(named("261101"))
    world.day("261101")
    assert world.fetch().map.read_bytes() == CSV


@pytest.mark.parametrize(
    "act", [badsite.page, lambda h, _: badsite.whole(h, b""), lambda h, _: badsite.whole(h, b"<p>")]
)
def test_it_is_taken_for_a_page_in_place_of_the_file(world, act):
    world.main(CSV, act)
    world.index(named("261101"))
    world.day("261101", OTHER)
    assert world.fetch().map.read_bytes() == OTHER


@pytest.mark.parametrize(
    ("acts", "problem"),
    [
        ([badsite.cut(10)], "the connection was cut off."),
        ([badsite.status(429)], "the source is busy or out of order (status 429)."),
        ([badsite.status(503, Retry_After=7200)], "the source asks to come back in 120 minutes."),
        ([badsite.saying(10**12)], "the source gives more than the 5 MB the file may have."),
    ],
)
def test_a_line_that_is_cut_and_a_server_that_asks_to_wait_are_not_gone_round(world, acts, problem):
    world.main(CSV, *badsite.always(*acts))
    assert world.refused().problem == problem
    assert world.asked() == ["main.csv"]


def test_a_wrong_checksum_and_a_full_disk_are_not_gone_round(world, monkeypatch):
    world.listed(f'sha256 = "{"0" * 64}"\n')
    world.main(CSV)
    assert world.refused().problem == "its checksum (SHA256) is not the one the source gives."
    world.listed()
    monkeypatch.setattr(download, "_SPARE", 10**18)
    assert "MB are free" in world.refused().problem
    assert world.asked() == ["main.csv"]


@pytest.mark.parametrize(
    "page",
    [
        "", "<html>Sign in", "m-261101.csv".replace("m", "n"), bytes(range(256)) * 50, "m-999999.csv m-260230.csv",
        "m-٢٦١١٠١.csv",
        "m-261123.csv m-991231.csv",  # the day after tomorrow, and one far off
        "m-261101.csv2 xm-261101.csv m-2611011.csv ../m-261101.csvx", "m-{}.csv m-{date}.csv m-%s.csv",
    ],
)  # fmt: skip
def test_a_page_without_a_day_that_can_be_is_no_way(world, page):
    world.index(page)
    world.none_taken()
    assert world.asked() == ["main.csv", "index.html"]


@pytest.mark.parametrize(
    "acts",
    [[badsite.status(404)], [badsite.status(500)], [badsite.round_and_round], [badsite.cut(5)], [badsite.saying(9999)]],
)
def test_a_page_that_cannot_be_read_is_no_way(world, acts):
    world.index(named("261101"), *badsite.always(*acts))
    world.none_taken()


def test_a_page_without_end_is_left_after_its_limit(world, monkeypatch):
    """Of 1,000 bytes the first day is within, the second is not."""
    monkeypatch.setattr(dated, "_MOST_PAGE", 1000)
    world.index(named("261101") + "." * 2000 + named("261102"))
    world.day("261101")
    world.day("261102", OTHER)
    assert world.fetch().map.read_bytes() == CSV
    world.index("", badsite.endless)
    with pytest.raises(SourceError, match="No dated file"):
        world.fetch(renew=True)


def test_of_a_thousand_days_the_three_newest_are_tried(world):
    days = [f"{year:02}{month:02}{day:02}" for year in range(20, 26) for month in range(1, 13) for day in range(1, 15)]
    assert len(days) == 1008
    world.index(named(*days, *days))
    for day in days[-9:]:
        world.day(day, CSV, badsite.status(404), badsite.status(404))
    world.none_taken()
    tried = [path for path in world.asked() if path.endswith(".csv")]
    assert tried == ["main.csv", "m-251214.csv", "m-251213.csv", "m-251212.csv"]


@pytest.mark.parametrize("act", [badsite.status(404), badsite.round_and_round, badsite.page])
def test_the_next_older_day_is_taken_where_the_newest_leads_nowhere(world, act):
    world.index(named("261101", "261002", "260927"))
    world.day("261101", OTHER, *badsite.always(act))
    world.day("261002", OTHER, *badsite.always(act))
    world.day("260927")
    got = world.fetch()
    assert got.map.read_bytes() == CSV
    assert download.recorded(got.map)["date"] == "2026-09-27"


def test_a_dated_file_that_is_cut_off_is_gone_on_with(world):
    world.index(named("261101"))
    world.day("261101", CSV, *[badsite.cut(70_000)] * 4)
    assert world.refused().problem == "the connection was cut off."
    assert world.fetch().map.read_bytes() == CSV
    assert world.web.ranges("m-261101.csv")[-1] == "bytes=280000-"


def test_a_dated_file_must_have_its_own_checksum(world):
    world.index(named("261101"))
    world.day("261101")
    world.web.put("m-261101.csv.md5", b"0" * 32)
    assert world.refused().problem == "its checksum (MD5) is not the one the source gives."


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60), st.text(st.characters(codec="utf-8"), max_size=60))
def test_whatever_the_page_says_only_addresses_of_the_pattern_are_asked_for(tmp_path_factory, before, after):
    web = badsite.Site()  # noqa: F811
    try:
        world = Second(web, tmp_path_factory.mktemp("page")).listed()
        world.main(b"", *badsite.always(badsite.round_and_round))
        world.index(f"{before}/m-261101.csv{after} {before}m-261102.csv{after} <a href='{before}m-260101.csv'>")
        with pytest.raises(SourceError):
            world.fetch()
        asked = set(world.asked()) - {"main.csv", "index.html"}
        assert all(re.fullmatch(r"m-26[0-9]{4}\.csv\.md5", path) for path in asked)
    finally:
        web.close()


# --- renewing


def test_renewing_takes_no_older_file_than_is_there(world):
    world.index(named("261101"))
    world.day("261101")
    world.fetch()
    for day, body in (("261031", OTHER), ("261101", CSV)):
        world.index(named(day))
        world.day(day, body)
        if day == "261031":
            with pytest.raises(SourceError, match="No dated file"):
                world.fetch(renew=True)
        else:
            world.fetch(renew=True)  # the same one: its checksum is looked at, and it is not fetched again
        assert (world.cache / "main.csv").read_bytes() == CSV
    assert len(world.web.ranges("m-261101.csv")) == 1
    world.index(named("261110"))
    world.day("261110", OTHER)
    assert world.fetch(renew=True).map.read_bytes() == OTHER
    world.main(CSV)
    assert world.fetch(renew=True).map.read_bytes() == CSV
    assert "instead_of" not in download.recorded(world.cache / "main.csv")


# --- the list


def test_the_map_of_our_list_has_a_second_way_with_a_checksum():
    (one,) = [one for one in catalogue.load() if one.role == "map"]
    assert one.dated.startswith(one.dates_on)
    assert one.dated_checksum == f"{one.dated}.md5"
    assert dated.is_of(one, one.dated.replace("{date}", "260927"))
    assert dated.is_of(one, one.url)
    assert not any(dated.is_of(one, one.dated.replace("{date}", other)) for other in ("older", "26092", "{date}"))


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('m-{date}.csv"', 'm.csv"', "dated"),
        ('m-{date}.csv"', 'm-{date}{date}.csv"', "dated"),
        ('m-{date}.csv"', 'm-{date}/x.csv"', "dated"),
        ('m-{date}.csv"', 'm.csv?{date}"', "dated"),
        ('https://a.kz/m-{date}.csv"', 'https://{date}/m-{date}.csv"', "dated"),
        ('https://a.kz/m-{date}.csv"', 'file:///m-{date}.csv"', "dated"),
        ('https://a.kz/m-{date}.csv"', 'https://[/m-{date}.csv"', "dated"),
        ('"https://a.kz/m-{date}.csv"', "5", "dated"),
        ("m-{date}.md5", "m.md5", "dated_checksum"),
        ('dates_on = "https:', 'dates_on = "http:', "dates_on"),
        ("dates_on", "x = 1 #", "dates_on"),
        ("url", "x = 1 #", "url"),
    ],
)
def test_a_second_way_that_could_lead_elsewhere_is_refused(tmp_path, old, new, name):
    text = (
        '[[source]]\nkey = "a"\nrole = "map"\ncovers = ["KZ"]\nfile = "a.csv"\nform = "csv"\npage = "https://a.kz"\n'
        'most_mb = 1\nlicence = "x"\nattribution = "y"\ntitle = { kk = "a", ru = "a", en = "a" }\n'
        'url = "https://a.kz/a.csv"\ndated = "https://a.kz/m-{date}.csv"\ndates_on = "https://a.kz/"\n'
        'dated_checksum = "https://a.kz/m-{date}.md5"\n'
    )
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    assert catalogue.load(path)[0].dated == "https://a.kz/m-{date}.csv"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SourceError, match=f"“{name}”"):
        catalogue.load(path)


# --- what is said of several files


@pytest.fixture
def closed():
    """Return addresses of this machine where nobody listens."""
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        for each in (one, two, three):
            each.bind(("127.0.0.1", 0))
        yield [f"http://127.0.0.1:{each.getsockname()[1]}/" for each in (one, two, three)]


def offline(world, *bases):
    """List a file at each address; return how often it was tried to be fetched from each."""
    rows = [
        f'[[source]]\nkey = "k{number}"\nrole = "map"\ncovers = ["KZ"]\nfile = "f{number}.csv"\nform = "csv"\n'
        f'url = "{base}f{number}.csv"\npage = "https://a.kz/{number}"\nmost_mb = 1\nlicence = "x"\nattribution = "y"\n'
        f'title = {{ kk = "қз{number}", ru = "рус{number}", en = "eng{number}" }}\n'
        for number, base in enumerate(bases)
    ]
    world.list.write_text("".join(rows), encoding="utf-8")
    world.net = world.net._replace(plain=tuple(dict.fromkeys(bases)))
    with pytest.raises(SourceError) as caught:
        world.fetch()
    return caught.value.faults


def test_offline_is_one_fault_with_a_line_a_file_that_can_be_copied(world, closed):
    base = closed[0]
    (fault,) = offline(world, *[base] * 3)
    assert world.waits == [0]  # the first file, once more at once; the others of this host are not asked for
    lines = {lang: words.load(lang).fault(fault).splitlines() for lang in words.LANGS}
    assert "\n".join(found[0] for found in lines.values()) == (
        "3 файл жүктелмеді: дереккөзбен байланыс жоқ. Байланысты тексеріп, бұйрықты қайта іске қосыңыз: ол тоқтаған "
        "жерінен жалғастырады. Қолмен: әр файлды жүктеп алыңыз (не -> қайдан -> қайда салу керек):\n"
        "не загружено файлов – 3: нет связи с источником. Проверьте связь и запустите команду снова: она продолжит с "
        "того места, где остановилась. Вручную: скачайте каждый файл (что -> откуда -> куда положить):\n"
        "3 files were not fetched: no connection to the source. Check the connection and run the command again: it "
        "goes on where it stopped. By hand: download each file (what -> from where -> where to put it):"
    )
    for lang, title in (("kk", "қз"), ("ru", "рус"), ("en", "eng")):
        assert lines[lang][1:] == [
            f"  {title}{number} -> {base}f{number}.csv -> {world.cache / f'f{number}.csv'}" for number in range(3)
        ]


def test_after_two_hosts_without_an_answer_no_other_is_asked(world, closed):
    (fault,) = offline(world, closed[0], closed[1], closed[2], closed[0])
    assert fault.problem.startswith("4 files")
    assert world.waits == [0, 0]


def test_one_host_without_an_answer_does_not_stop_the_others(world, closed):
    world.web.put("f1.csv", CSV)
    world.web.put("f3.csv", b"", badsite.status(404))
    (away, gone) = offline(world, closed[0], world.web.base, closed[1], world.web.base, closed[2], closed[2])
    assert (away.problem, gone.file) == ("4 files were not fetched: no connection to the source.", "f3.csv")
    assert world.left() == ["f1.csv", "f1.csv.fetched.json"]
    assert world.waits == [0, 0, 0]  # the other host answered, so that each is asked once


def test_what_is_there_needs_nobody_to_answer(world, closed):
    world.cache.mkdir()
    for number in (1, 2):
        (world.cache / f"f{number}.csv").write_bytes(CSV)
    (fault,) = offline(world, *[closed[0]] * 3)
    assert fault.file == "f0.csv"


def test_the_command_says_offline_on_one_screen(tmp_path):
    """Twelve files of our own list, a proxy that is not there: one fault, a line a file, one of what is known."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{free.getsockname()[1]}"
        done = command.run(
            "fetch", "KZ-59", "--lang", "ru", "--cache", tmp_path, env={"https_proxy": proxy, "HTTPS_PROXY": proxy}
        )
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[0].startswith("schoolnet: не загружено файлов – 12: прокси, указанный в HTTPS_PROXY")
    sources = [one for one in catalogue.load() if one.role in ("map", "people")]
    assert [line for line in lines[1:] if " -> " in line] == [
        f"  {one.title['ru']} -> {one.url} -> {tmp_path / one.file}" for one in sources
    ]
    assert len(lines) == 1 + 12 + 1


def test_the_command_says_of_which_day_the_file_is(world, capsys):
    world.index(named("261101"))
    world.day("261101")
    fetch._report(world.fetch(), words.load("ru"))
    assert (
        f"основной адрес не работал, взят файл от 2026-11-01: {world.web.base}m-261101.csv" in capsys.readouterr().out
    )
