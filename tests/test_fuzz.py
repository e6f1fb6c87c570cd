"""Hostile files: whatever a reader is given, it reads it or refuses it by name; no traceback, no hang, no full memory.

The quick half throws a few mutated files at every reader, the same ones in every run. The slow half throws many more,
and what is dangerous (bombs, absurd sizes) at a process with little memory and a clock.
"""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
import zlib

import numpy as np
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hostile
import rasters
from pbf import oblast
from schoolnet import api, outcomes
from schoolnet.errors import SourceError
from schoolnet.output import outcome as output_outcome
from schoolnet.output.record import folder_name
from schoolnet.planning.scenario import outcome_of, part
from schoolnet.sources import limits, sheet

REGISTER = (
    "id;name;level;lon;lat;seats;updated_at\n"
    '1;"Школа ""Абай""";basic;60,5;50.5;120;2026-10-01\n'
    "2;'=1+1;Орта;60.51;50.5;1 200;01.10.2026\n"
)
TOML = {
    "options": 'seed = 2\non = 2026-10-01\nyears = 3\nbudget_mkzt = [10.5, 20, 30]\nquotas = { "KZ-59" = 4 }\n',
    "norms": '[act.own]\ncite = "Order"\n[[norm]]\nkey = "threshold.primary"\nvalue = 6\nstanding = "law"\n'
    'act = "own"\nfrom = 2026-01-01\nnote = """\n[[x]]\n"""\n',
    "profiles": '[robots]\nname = "Robots"\nfield = { kk = "a", ru = "b", en = "c" }\nmarks = ["robot"]\n',
    "catalogue": '[[source]]\nkey = "a"\nrole = "map"\ncovers = ["KZ"]\ntitle = "A"\nfile = "a.osm.pbf"\n'
    'form = "osm.pbf"\npage = "https://x.kz/"\nmost_mb = 5\nlicence = "ODbL"\nattribution = "A"\n'
    '[[source]]\nkey = "b-{sex}"\neach = { sex = ["f", "m"] }\n',
}
OUTLINE = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"iso": "KZ-99", "name": "X"},'
    ' "geometry": {"type": "Polygon", "coordinates": [[[60, 50], [62, 50], [62, 51], [60, 51], [60, 50]]]}}]}'
)
NAMES = {
    "sheet": "r.xlsx", "register": "r.csv", "map": "m.osm.pbf", "raster": "kaz_ppp_2020.tif", "outline": "o.geojson",
    "check": "f.csv",
}  # fmt: skip
#: What is put where a number or a word stood.
TOKENS = (
    "1e400", "nan", "-inf", "-1", "9" * 400, "0x" + "f" * 60, "\0", "<script>", "../../x", "٣", "null", "[]", "{}",
    '"', "\u202e", "\ufeff", "2026-13-45", "=1+1", "true", "1.7976931348623157e308", "1e-320", "",
)  # fmt: skip
QUICK = {"folder": 4, "outcome": 5, "map": 12}
MANY = 40  # times the examples, when there is time


@pytest.fixture(scope="module")
def good(tmp_path_factory, tiny, tiny_plan):
    """Return a good file, or folder, of each reader."""
    home = tmp_path_factory.mktemp("good")
    paths = {reader: home / f"{reader}.toml" for reader in TOML}
    for reader, text in TOML.items():
        paths[reader].write_text(text, encoding="utf-8")
    paths |= {reader: home / name for reader, name in NAMES.items()}
    paths["register"].write_text(REGISTER, encoding="utf-8")
    paths["check"].write_text(REGISTER, encoding="utf-8")
    paths["outline"].write_text(OUTLINE, encoding="utf-8")
    with xlsxwriter.Workbook(paths["sheet"]) as book:
        page = book.add_worksheet("Школы")
        for row, line in enumerate(REGISTER.splitlines()):
            page.write_row(row, 0, [float(one) if one.isdigit() else one for one in line.split(";")])
        page.write_datetime(5, 5, dt.datetime.fromisoformat("2026-10-01"), book.add_format({"num_format": "d.m.yy"}))
    oblast().write(paths["map"], compression="none")
    rasters.write(paths["raster"], np.ones((20, 30)), tiled=True, blockxsize=16, blockysize=16, compress="deflate")
    paths["folder"] = tiny.save(home / "folder")
    paths["outcome"] = output_outcome.write(outcome_of([part(tiny_plan)]), home / "outcome")
    return paths


@st.composite
def mutated(draw, data):
    """Draw a damaged copy: bytes flipped, cut, put in, repeated or swapped, and words changed for hostile ones."""
    for _ in range(draw(st.integers(1, 3))):
        size = max(1, len(data))
        a, b = sorted((draw(st.integers(0, size)), draw(st.integers(0, size))))
        kind = draw(st.sampled_from(("flip", "cut", "insert", "repeat", "swap", "token", "end")))
        if kind == "flip":
            data = data[:a] + bytes([(data[a] if a < len(data) else 0) ^ draw(st.integers(1, 255))]) + data[a + 1 :]
        elif kind == "cut":
            data = data[:a] + data[min(b, a + draw(st.integers(1, 40))) :]
        elif kind == "insert":
            data = data[:a] + draw(st.binary(min_size=1, max_size=12)) + data[a:]
        elif kind == "repeat":
            data = data[:b] + data[a:b][:4000] * draw(st.integers(1, 20)) + data[b:]
        elif kind == "swap":
            middle = (a + b) // 2
            data = data[:a] + data[middle:b] + data[a:middle] + data[b:]
        elif kind == "end":
            data = data[:b]
        else:
            words = [match for match in _words(data)]
            if words:
                start, end = draw(st.sampled_from(words))
                data = data[:start] + draw(st.sampled_from(TOKENS)).encode() + data[end:]
    return data


def _words(data):
    import re

    return [found.span() for found in re.finditer(rb'"[^"\n]{0,30}"|-?[0-9.]+|[a-z]+', data)][:2000]


def _thrown(data, reader, good, place):
    """Throw one damaged copy at a reader; it must read it, or say what is wrong with which file."""
    path = good[reader]
    if path.is_dir():
        victim = data.draw(st.sampled_from(sorted(one for one in path.rglob("*.*") if one.is_file())))
        whole = victim.read_bytes()
    else:
        victim, whole = path, path.read_bytes()
    bad = data.draw(mutated(whole) if data.draw(st.integers(0, 9)) else st.binary(max_size=300))
    if path.is_dir():
        try:
            victim.write_bytes(bad)
            one = hostile.told(reader, path)
        finally:
            victim.write_bytes(whole)
    elif path.suffix == ".xlsx" and data.draw(st.booleans()):
        one = hostile.told(reader, _repacked(data, path, place / path.name))
    else:
        (place / path.name).write_bytes(bad)
        one = hostile.told(reader, place / path.name)
    assert one.end == "read" or one.faults


def _repacked(data, path, target):
    """Write a workbook again, the content of one of its parts damaged."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as out:
        victim = data.draw(st.sampled_from(source.namelist()))
        for name in source.namelist():
            content = source.read(name)
            out.writestr(name, data.draw(mutated(content)) if name == victim else content)
    return target


@pytest.mark.parametrize("reader", hostile.READERS)
def test_a_damaged_file_is_read_or_refused_by_name(good, tmp_path, reader):
    @settings(
        max_examples=QUICK.get(reader, 20), derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def thrown(data):
        _thrown(data, reader, good, tmp_path)

    thrown()


@pytest.mark.slow
@pytest.mark.parametrize("reader", hostile.READERS)
def test_many_damaged_files_are_read_or_refused_by_name(good, tmp_path, reader):
    @settings(
        max_examples=MANY * QUICK.get(reader, 20), deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def thrown(data):
        _thrown(data, reader, good, tmp_path)

    thrown()
