"""Hostile files: whatever a reader is given, it reads it or refuses it by name; no traceback, no hang, no full memory.

The quick half throws a few mutated files at every reader, the same ones in every run. The slow half throws many more,
and what is dangerous (bombs, absurd sizes) at a process with little memory and a clock.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import re
import secrets
import shutil
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pytest
import shapely
import xlsxwriter
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import command
import hostile
import hostile_bombs
import hostile_good
import schoolnet
from hostile_good import OUTLINE, TOML
from schoolnet import api
from schoolnet.output.record import folder_name
from schoolnet.sources import download, limits, osm_blocks, sheet, snapshot

#: What is put where a number or a word stood.
TOKENS = (
    "1e400", "nan", "-inf", "-1", "9" * 400, "0x" + "f" * 60, "\0", "<script>", "../../x", "٣", "null", "[]", "{}",
    '"', "\u202e", "\ufeff", "2026-13-45", "=1+1", "true", "1.7976931348623157e308", "1e-320", "",
)  # fmt: skip
#: Examples of a quick run, of readers that are slow or have many kinds of files; seconds each has in a long run.
QUICK = {
    "folder": 5, "outcome": 5, "map": 12, "snapshot": 5, "national": 8, "people": 40, "check": 30, "given": 30,
    "people alone": 12, "given alone": 12,
}  # fmt: skip
LONG = float(os.environ.get("FUZZ_SECONDS", "2.5"))
#: Where a long run begins: the same files in every run, so that a red run is the change's doing; `any` looks elsewhere.
FIRST = os.environ.get("FUZZ_FIRST", "0")
#: What a small file may cost: seconds, and MB beyond what the process held.
MOST_SECONDS, MOST_MB = 15, 300
TAKEN = {"people alone": ("people",), "given alone": ("given",)}  # whose files else a reader is given
PRINTED = 3000  # bytes of a file that are printed where it broke something


@pytest.fixture(scope="module")
def good(tmp_path_factory, tiny, tiny_plan):
    """Return good files, or folders, by `reader` or `reader: what`."""
    return hostile_good.files(tmp_path_factory.mktemp("good"), tiny, tiny_plan)


@pytest.fixture(scope="module")
def child():
    child = hostile.Child()
    yield child
    child.close()


def of_reader(good, reader):
    """Return the good files a reader is given; a check gets all there are."""
    readers = (reader, *TAKEN.get(reader, ()))
    told = [path for case, path in good.items() if case.split(":")[0] in readers]
    return told if reader != "check" else [path for path in good.values() if path.suffix not in (".toml", "")] + [
        good["folder"], good["snapshot"]
    ]  # fmt: skip


@pytest.mark.parametrize("reader", hostile.READERS)
def test_every_good_file_is_read(good, child, reader):
    paths = of_reader(good, reader)
    assert paths
    ends = {path.name: child.told(reader, path) for path in paths}
    assert {one.end for one in ends.values()} <= {"read", "refused"}, ends
    if reader not in ("check", "people alone"):  # plots are no file of a check, one sex is not enough
        assert {one.end for one in ends.values()} == {"read"}, ends


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
            words = _words(data)
            if words:
                start, end = draw(st.sampled_from(words))
                data = data[:start] + draw(st.sampled_from(TOKENS)).encode() + data[end:]
    return data


def _words(data):
    return [found.span() for found in re.finditer(rb'"[^"\n]{0,30}"|-?[0-9.]+|[a-z]+', data)][:2000]


def _thrown(data, reader, path, child, place):
    """Throw one damaged copy at a reader; it must read it, or say what is wrong with which file, soon and in little."""
    if path.is_dir():
        victim = data.draw(st.sampled_from(sorted(one for one in path.rglob("*.*") if one.is_file())))
        one = _in_folder(data, reader, path, victim, child, place)
    elif path.suffix == ".xlsx" and data.draw(st.booleans()):
        victim = _repacked(data, path, place / path.name)
        one = child.told(reader, victim)
    else:
        victim = place / path.name
        whole = path.read_bytes()
        victim.write_bytes(data.draw(mutated(whole) if data.draw(st.integers(0, 9)) else st.binary(max_size=300)))
        victim.chmod(0o600)
        one = child.told(reader, victim)
    sound = one.end == "read" or (one.end == "refused" and one.faults)
    assert sound, f"{one.end}: {_kept(place, victim)}"
    assert one.seconds < MOST_SECONDS, f"{one.seconds:.0f} s: {_kept(place, victim)}"
    assert one.peak_mb < MOST_MB, f"{one.peak_mb} MB: {_kept(place, victim)}"


def _in_folder(data, reader, folder, victim, child, place):
    """Damage a file of a folder, or put something else in its place; the folder is then as it was."""
    whole, kept = victim.read_bytes(), {one: one.read_bytes() for one in folder.glob("*.[jc]s*")}
    kind = data.draw(st.sampled_from(("damaged",) * 8 + ("missing", "folder", "link", "far", "loop", "pipe")))
    victim.unlink()
    try:
        if kind == "damaged":
            victim.write_bytes(data.draw(mutated(whole)))
            if reader in ("snapshot", "check") and (folder / snapshot.MANIFEST).exists() and data.draw(st.booleans()):
                hostile_good.sealed(folder)
            (place / "damaged").write_bytes(victim.read_bytes())
        elif kind == "folder":
            victim.mkdir()
        elif kind == "link":
            (place / "elsewhere").write_bytes(whole)
            victim.symlink_to(place / "elsewhere")
        elif kind == "pipe":
            os.mkfifo(victim)
        elif kind != "missing":
            victim.symlink_to(victim if kind == "loop" else "/dev/zero")
        one = child.told(reader, folder)
        return one._replace(faults=one.faults, end=one.end if one.end in ("read", "refused") else f"{kind} {one.end}")
    finally:
        shutil.rmtree(victim) if victim.is_dir() and not victim.is_symlink() else victim.unlink(missing_ok=True)
        for path, content in (kept | {victim: whole}).items():
            path.write_bytes(content)


def _kept(place, victim):
    """Keep the bytes that broke something; return where they are, and the bytes themselves where they are few."""
    source = place / "damaged" if place not in victim.parents else victim
    if not source.is_file():
        return str(victim)
    kept = place / f"kept-{victim.name}"
    shutil.copy(source, kept)
    held = kept.read_bytes()
    return f"{kept} {held!r}" if len(held) < PRINTED else f"{kept} ({victim})"


def _repacked(data, path, target):
    """Write a workbook again, the content of one of its parts damaged."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as out:
        victim = data.draw(st.sampled_from(source.namelist()))
        for name in source.namelist():
            content = source.read(name)
            out.writestr(name, data.draw(mutated(content)) if name == victim else content)
    return target


def _throw(reader, good, child, place, *, count, number=0):
    """Throw so many damaged files at a reader, the same ones for the same number."""
    paths = of_reader(good, reader)

    @seed(number)
    @settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )  # fmt: skip
    @given(st.data())
    def thrown(data):
        _thrown(data, reader, data.draw(st.sampled_from(paths)), child, place)

    thrown()


@pytest.mark.parametrize("reader", hostile.READERS)
def test_a_damaged_file_is_read_or_refused_by_name(good, child, tmp_path, reader):
    _throw(reader, good, child, tmp_path, count=QUICK.get(reader, 15))


@pytest.mark.slow
@pytest.mark.parametrize("reader", hostile.READERS)
def test_many_damaged_files_are_read_or_refused_by_name(good, child, tmp_path, reader, record_property):
    first = secrets.randbelow(2**32) if FIRST == "any" else int(FIRST)
    end, rounds = time.monotonic() + LONG, 0
    while time.monotonic() < end:
        rounds += 1
        _throw(reader, good, child, tmp_path, count=10, number=first + rounds)
    record_property("cases", 10 * rounds)
    sys.stdout.write(f"\n{reader}: {10 * rounds} cases from {first}\n")


# --- the child itself


@pytest.mark.slow
def test_a_file_that_takes_too_long_or_too_much_is_told_of_and_the_next_one_is_read(tmp_path, good):
    """A pipe that nobody writes to is waited for; the child ends itself, says where it stood, and another follows."""
    child = hostile.Child(seconds=3)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    try:
        assert "in _waits" in child.told("waits", pipe).end
        assert "MemoryError" in child.told("fills", pipe).end
        assert child.told("options", good["options"]).end == "read"
    finally:
        child.close()


# --- no reader is left out

#: What opens a file in the program.
OPENING = {
    "open", "read_text", "read_bytes", "read_file", "read_csv", "read_excel", "ZipFile", "FileProcessor",
    "read_parquet", "read_dataframe", "fromfile", "load_workbook", "from_path", "file_digest",
}  # fmt: skip
#: Functions that open what no stranger made: why.
OWN_FILES = {
    "asked.program": "the program itself",
    "places.read": "the places of the program itself",
    "places.regions": "the places of the program itself",
    "memory.available_mb": "what the system says of its memory",
    "work._status": "what the system says of a process",
    "work._files": "files made a moment before",
    "work.load": "regions that were cut a moment before",
    "capacitated_program.silent": "nothing: what a library prints goes there",
    "cutting.cut": "norms that were read before, taken along as bytes",
    "download._attempt": "writes the half of a file that is being fetched",
}


def _openers():
    """Return file, name and line of each function of the program that opens a file to read, all but its own data."""
    home = Path(schoolnet.__file__).parent
    found = {}
    for path in sorted(home.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(map(_opens, ast.walk(node))):
                found[str(path), node.name] = f"{path.stem}.{node.name}"
    return found


def _opens(node):
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    text = ast.unparse(node)
    writes = any(isinstance(one, ast.Constant) and one.value in ("w", "wb", "ab", "r+b", "x") for one in node.args)
    return name in OPENING and not writes and not re.search(r"resources|inside\b|folder\.joinpath", text)


def test_every_function_that_opens_a_file_is_reached_by_a_reader(good):
    """A new reader that no good file of this test leads to is none that the fuzz throws anything at."""
    openers, seen = _openers(), set()

    def watch(frame, _event, _arg):
        seen.add((frame.f_code.co_filename, frame.f_code.co_name))

    before = sys.gettrace()
    for reader in hostile.READERS:
        for path in of_reader(good, reader)[: 2 if reader == "map" else 1]:
            sys.settrace(watch)
            try:
                hostile.told(reader, path)
            finally:
                sys.settrace(before)
    assert len(openers) > 30
    missed = {name for where, name in openers.items() if where not in seen}
    assert missed == set(OWN_FILES)


# --- what was found broken, by hand ---

SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(path, rows, texts="", *, sheets=1, head=""):
    """Write a workbook whose sheets all show one part, of these rows (XML), and these shared texts."""
    named = "".join(f'<sheet name="S{number}" sheetId="{number}" r:id="r1"/>' for number in range(1, sheets + 1))
    links = (("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "sharedStrings", "sharedStrings.xml"))
    linked = "".join(f'<Relationship Id="{id_}" Type="{OFFICE}/{kind}" Target="{to}"/>' for id_, kind, to in links)
    whole = f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", f'<Types xmlns="{LINKS.replace("relationships", "content-types")}"/>')
        out.writestr("_rels/.rels", f'<Relationships xmlns="{LINKS}">{whole}</Relationships>')
        out.writestr("xl/workbook.xml", f'<workbook {SPACE} xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>')
        out.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{LINKS}">{linked}</Relationships>')
        out.writestr("xl/worksheets/sheet1.xml", f"{head}<worksheet {SPACE}><sheetData>{rows}</sheetData></worksheet>")
        out.writestr("xl/sharedStrings.xml", f"<sst {SPACE} {texts}</sst>" if texts else f"<sst {SPACE}/>")
    return path


def refused(reader, path):
    """Return why a reader refuses a file, all its faults in one text."""
    one = hostile.told(reader, path)
    assert one.end == "refused"
    assert one.faults
    return "\n".join(one.faults)


def test_the_workbook_of_these_tests_is_a_good_one(tmp_path):
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>7</v></c></row>'
    path = workbook(tmp_path / "r.xlsx", rows, 'count="1" uniqueCount="1"><si><t>id</t></si>')
    assert sheet.read(path).rows == [(1, ["id", "7"])]


A_FAR_ROW = '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>'
LAUGHS = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
LOUD = '<row r="1"><c r="A1" t="inlineStr"><is><t>&{};</t></is></c></row>'
#: Each of these ended the program, or held it for minutes, in about a kilobyte; all but the last three.
SWOLLEN = {
    "a row without a cell's place": ((A_FAR_ROW,), {}, "column XFD, row 10485"),
    "a row beyond every sheet": (('<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>',), {}, "A, row 42949672"),
    "a row behind noughts": (('<row r="1"><c r="A00000000099999999"><v>1</v></c></row>',), {}, "A, row 99999999"),
    "a column beyond every sheet": (('<row r="7"><c r="ZZZZZZZZZZ7"><v>1</v></c></row>',), {}, "column ZZZZ, row 7"),
    "the column after the last": (('<row r="1"><c r="XFE1"><v>1</v></c></row>',), {}, "column XFE, row 1"),
    "the row after the last": (('<row r="1048577"/>',), {}, "row 1048577"),
    "a count of texts": (("<row/>", 'count="4000000000" uniqueCount="4000000000"><si/>'), {}, "its counts"),
    "a count in references": (("<row/>", 'count="&#52;000000000"><si/>'), {}, "its counts"),
    "a long text in many cells": (
        ('<row><c t="s"><v>0</v></c></row>' * 20_000, f"><si><t>{'A' * 10_000}</t></si>"), {}, "128 MiB of text",
    ),
    "a long text in cells of two values": (
        (
            '<row><c t="s"><v>0</v><v>1</v></c></row>' * 20_000,
            f"><si><t>A</t></si><si><t>{'A' * 10_000}</t></si>",
        ), {}, "128 MiB of text",
    ),
    "many sheets of one part": (("<row/>",), {"sheets": 300}, "holds 300 sheets"),
    "laughs": ((LOUD.format("i"),), {"head": f'<!DOCTYPE l [<!ENTITY a "aaaa">{LAUGHS}]>'}, "unrecognized entity"),
    "an entity of a file": (
        (LOUD.format("x"),), {"head": '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'}, "unrecognized entity",
    ),
    "no part at all": (("",), {"sheets": 0}, "holds no row"),
}  # fmt: skip


@pytest.mark.parametrize("name", SWOLLEN)
def test_a_workbook_that_would_not_fit_is_refused_before_it_is_opened(tmp_path, name):
    parts, more, why = SWOLLEN[name]
    assert why in refused("sheet", workbook(tmp_path / "r.xlsx", *parts, **more))


def test_the_last_column_of_a_sheet_is_one(tmp_path):
    path = workbook(tmp_path / "r.xlsx", '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>7</v></c></row>')
    (row,) = sheet.read(path).rows
    assert (len(row[1]), row[1][0], row[1][-1]) == (16_384, "1", "7")


def timed(path, value, form):
    """Write a workbook with a number that is shown as a day or a time."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["id", "from"])
        page.write_number(1, 1, value, book.add_format({"num_format": form}))
    return path


@pytest.mark.parametrize("value", [1e300, -1e300, -1e15, 1e12, -1e11])
@pytest.mark.parametrize("form", ["[h]:mm", "[mm]:ss", "d.m.yy h:mm"])
def test_a_cell_of_a_time_that_is_none_is_refused_and_nothing_else_is_said(tmp_path, capfd, value, form):
    one = hostile.told("sheet", timed(tmp_path / "r.xlsx", value, form))
    assert all("a day or a time in it cannot be one" in fault for fault in one.faults)
    read = form.startswith("d") and value not in (-1e15, -1e300)  # a day too far off is read as the number it is
    assert (one.end, capfd.readouterr().err) == ("read" if read else "refused", "")
    sys.stderr.write("still there\n")
    assert capfd.readouterr().err == "still there\n"


def test_a_time_and_a_large_loss_are_read(tmp_path):
    assert sheet.read(timed(tmp_path / "t.xlsx", 0.5, "[h]:mm")).rows[1] == (2, ["", "12:00:00"])
    assert sheet.read(timed(tmp_path / "n.xlsx", -1e15, "0.00")).rows[1] == (2, ["", "-1000000000000000"])


#: Numbers and places of cells, most of them none.
NUMBERS = st.one_of(
    st.floats().map(repr), st.integers(-(10**20), 10**20).map(str), st.sampled_from((*TOKENS[:6], "1e300", "-1e15"))
)
CELLS = st.builds("{}{}".format, st.text("AXFZ", min_size=1, max_size=12), st.integers(0, 10**12))


@pytest.mark.slow
def test_a_workbook_of_odd_days_times_and_places_is_read_or_refused(good, child, tmp_path_factory):
    """In the place of the day and the time of a good workbook, and of where they stand, come others."""
    place, name = tmp_path_factory.mktemp("odd"), "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(good["sheet"]) as source:
        parts = {one: source.read(one) for one in source.namelist()}
    cells = re.findall(r'<c r="([A-Z]+13)" s="[12]"><v>([0-9.]+)</v>', parts[name].decode())
    assert [at for at, _ in cells] == ["M13", "N13"]

    @seed(0)
    @settings(max_examples=80, deadline=None, database=None, phases=[Phase.generate])
    @given(st.sampled_from(cells), st.one_of(NUMBERS.map(lambda one: (one, "")), CELLS.map(lambda one: ("", one))))
    def thrown(cell, new):
        (at, value), (number, where) = cell, new
        text = (
            parts[name]
            .decode()
            .replace(f'r="{at}"', f'r="{where or at}"')
            .replace(f">{value}<", f">{number or value}<")
        )
        with zipfile.ZipFile(place / "r.xlsx", "w") as out:
            for one, content in (parts | {name: text.encode()}).items():
                out.writestr(one, content)
        one = child.told("sheet", place / "r.xlsx")
        assert one.end == "read" or (one.end == "refused" and one.faults), (at, new, one.end)

    thrown()


def test_a_claimed_size_of_the_sheet_is_not_believed(tmp_path):
    claim = '<dimension ref="A1:XFD1048576"/>'
    path = workbook(tmp_path / "r.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>', head="")
    data = {}
    with zipfile.ZipFile(path) as source:
        data = {name: source.read(name) for name in source.namelist()}
    sheet1 = data["xl/worksheets/sheet1.xml"].replace(b"<sheetData>", claim.encode() + b"<sheetData>")
    with zipfile.ZipFile(path, "w") as out:
        for name, content in (data | {"xl/worksheets/sheet1.xml": sheet1}).items():
            out.writestr(name, content)
    assert sheet.read(path).rows == [(1, ["1"])]


@pytest.mark.parametrize(("limit", "why"), [("CELLS", "over 5 cells"), ("ROWS", "over 5 rows")])
def test_a_table_of_too_many_cells_or_rows_is_refused(tmp_path, monkeypatch, limit, why):
    monkeypatch.setattr(limits, limit, 5)
    path = tmp_path / "r.csv"
    path.write_text("a,b\n" * 6, encoding="utf-8")  # 6 rows, 6 commas: 12 cells
    assert why in refused("sheet", path)


def test_blank_lines_are_no_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "ROWS", 5)
    path = tmp_path / "r.csv"
    path.write_text("a,b\n" + "\n" * 50 + "1,2\n", encoding="utf-8")
    assert sheet.read(path).rows == [(1, ["a", "b"]), (52, ["1", "2"])]


#: Text of a TOML file, and what each of its readers must say of it.
WILD = {
    "lists in lists": ("seed = " + "[" * 3000 + "]" * 3000, "deep in one another"),
    "a list that is not closed": ("seed = " + "[" * 20_000, "deep in one another"),
    "tables in tables": ("seed = " + "{a = " * 2000 + "1" + "}" * 2000, "deep in one another"),
    "a key of many parts": (".".join(["a"] * 20_000) + " = 1", "deep in one another"),
    "a key of many quoted parts": (" . ".join(['"a b"', "'c'"] * 5000) + " = 1", "deep in one another"),
    "a number of 5,000 digits": ("seed = " + "9" * 5000, "a number or a day in it cannot be one"),
    "a number too long to be written": ("seed = 0x" + "f" * 5000, "a whole number in it is too large"),
    "a long text": ('season = "' + "x" * 30_000 + '"', "over 20000 characters"),
    "many names": ("\n".join(f"k{one} = 1" for one in range(30_000)), "over 20000 values"),
    "a large file": ("#" * 1_000_001, "over 1 MB"),
    "a day that is none": ("on = 2026-13-45", ""),
}  # fmt: skip


@pytest.mark.parametrize("reader", TOML)
@pytest.mark.parametrize("name", WILD)
def test_a_wild_toml_is_refused_in_a_short_sentence(tmp_path, name, reader):
    text, why = WILD[name]
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    said = refused(reader, path)
    assert why in said
    assert len(said) < 500


@pytest.mark.parametrize("reader", TOML)
def test_a_folder_in_the_place_of_a_toml_is_refused(tmp_path, reader):
    assert "this is a folder, not a file." in refused(reader, tmp_path)


def test_of_ten_thousand_unknown_names_a_hundred_are_told_and_none_breaks_the_line(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text("".join(f'"k{one}\\n\\u001b[31m" = 1\n' for one in range(9_000)), encoding="utf-8")
    said = refused("options", path).splitlines()
    assert len(said) == 100
    assert all(line.isprintable() for line in said)
    path.write_text("".join(f"[t{one}]\n" for one in range(9_000)), encoding="utf-8")
    assert len(refused("norms", path).splitlines()) == 101  # and that there is no [[norm]]


def test_faults_of_a_thousand_norms_stand_on_their_lines_at_once(tmp_path):
    # each entry has three lines; the second names no day, so its fault stands on line 1 + 3 x number
    path = tmp_path / "own.toml"
    entry = '[[norm]] # one\nkey = "k{}"\nnote = """\n[[norm]]\n"""\nstanding = "default"\nvalue = 1\n'
    path.write_text("".join(entry.format(one) for one in range(1000)), encoding="utf-8")
    said = refused("norms", path).splitlines()
    assert [line.split(":")[0] for line in said] == [
        f"own.toml, row {1 + 7 * one}, column “from”" for one in range(1000)
    ]


def test_a_raster_of_the_same_tile_a_hundred_thousand_times_is_refused(tmp_path):
    packed = zlib.compress(bytes(4 * 16 * 16))
    good_one = hostile_bombs.tif(tmp_path / "a.tif", width=48, height=32, side=16, packed=packed)
    assert hostile.told("raster", good_one).end == "read"
    huge = zlib.compress(bytes(4 * 4096 * 4096), 9)
    path = hostile_bombs.tif(
        tmp_path / "b.tif", width=150_000, height=150_000, side=4096, packed=huge
    )  # 22.5 milliard cells
    assert path.stat().st_size < 100_000
    assert "150000 x 150000 cells: too many" in refused("raster", path)


def test_a_number_in_a_map_that_does_not_end_is_refused_at_once(tmp_path, good):
    block = b"\x08" + b"\xff" * (4 << 20)  # a number of 4 million bytes: reading it whole takes hours
    header = b"\x0a\x07OSMData\x18" + b"\x81\x80\x80\x02"
    path = tmp_path / "m.osm.pbf"
    path.write_bytes(good["map"].read_bytes() + len(header).to_bytes(4, "big") + header + block)
    assert "a number in it has no end" in refused("map", path)


def test_a_map_in_xml_that_unpacks_to_a_text_without_end_is_refused(tmp_path):
    path = tmp_path / "m.osm.gz"
    path.write_bytes(gzip.compress(b'<osm version="0.6"><node id="1" v="' + b"A" * (4 << 20), 1))
    assert "a text in it has no end" in refused("map", path)


#: Shapes of the first road, or words in its properties, that ended in a traceback or in a fault without a file.
ROADS = {
    '"coordinates": [[0, 0]], "type": "LineString"': "not a readable GeoJSON file",
    '"coordinates": [[[0, 0], [1, 1]]], "type": "Polygon"': "not a readable GeoJSON file",
    '"coordinates": [[[NaN, 0], [1, 1], [1, 0], [0, 0]]], "type": "Polygon"': "roads.geojson",
    '"coordinates": [[0, 0], [1e300, 1]], "type": "LineString"': "not on Earth",
    '"coordinates": [[0, 91], [1, 1]], "type": "LineString"': "not on Earth",
}


@pytest.mark.parametrize("shape", ROADS)
def test_a_layer_of_odd_shapes_is_refused_by_name(tiny, tmp_path, shape):
    folder = tiny.save(tmp_path / "tiny")
    text = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {%s}}]}'
    (folder / "roads.geojson").write_text(text % shape, encoding="utf-8")
    said = refused("folder", folder)
    assert ROADS[shape] in said
    assert "roads.geojson" in said


@pytest.mark.parametrize("crs", ["EPSG:5800", "EPSG:99999999"])
def test_a_layer_in_no_projection_of_the_earth_is_refused(tiny, tmp_path, crs, good):
    folder = tiny.save(tmp_path / "tiny")
    named = f'"crs": {{"type": "name", "properties": {{"name": "{crs}"}}}}, "features"'
    for path, reader in ((folder / "waters.geojson", "folder"), (tmp_path / "o.geojson", "outline")):
        source = path if reader == "folder" else good["outline"]
        path.write_text(_without_crs(source).replace('"features"', named, 1), encoding="utf-8")
        one = hostile.told(reader, folder if reader == "folder" else path)
        assert (one.end == "read") == (crs == "EPSG:99999999")  # GDAL takes what it does not know for degrees
        assert one.end == "read" or path.name in one.faults[0]


def _without_crs(path):
    held = json.loads(path.read_text(encoding="utf-8"))
    held.pop("crs", None)
    return json.dumps(held)


@pytest.mark.parametrize("cell", ['"2026-01-01"', "-5", '"x"'])
def test_a_wrong_speed_is_named_with_the_file_it_stands_in(tiny, tmp_path, cell):
    folder = tiny.save(tmp_path / "tiny")
    path = folder / "roads.geojson"
    held = json.loads(path.read_text(encoding="utf-8"))
    for feature in held["features"]:
        feature["properties"]["maxspeed_kmh"] = json.loads(cell)
    path.write_text(json.dumps(held), encoding="utf-8")
    assert "roads.geojson" in refused("folder", folder)


# --- names that lead elsewhere ---

EVIL = ["../../x", "/abs", "..", ".", "", "CON", "nul", "a\0b", "a\nb", "x" * 300, "<script>", "C:\\x", "облысы", "~"]


def test_the_folder_of_a_region_is_a_plain_name_of_its_own():
    names = [folder_name(code) for code in EVIL]
    assert all(len(name) < 60 and name.isascii() and not set(name) & set("/\\.:\0\n<>~") for name in names)
    assert len(set(names)) == len(EVIL)
    assert not {name.casefold() for name in names} & {"con", "nul"}
    assert [folder_name(code) for code in ("KZ-59", "590000000")] == ["KZ-59", "590000000"]


@given(st.text(max_size=400))
@settings(max_examples=50, derandomize=True, deadline=None, database=None)
def test_any_code_makes_a_folder_inside_the_one_asked_for(tmp_path_factory, code):
    home = tmp_path_factory.getbasetemp() / "codes"
    made = home / folder_name(code)
    made.mkdir(parents=True, exist_ok=True)
    assert made.resolve().parent == home.resolve()


@pytest.mark.slow
@pytest.mark.parametrize("code", ["../../x", "/abs/x", "a\nb<script>"])
def test_a_report_on_a_region_of_an_evil_code_stays_in_its_folder(tmp_path, code):
    source = shutil.copytree(api.example()[0], tmp_path / "source")
    held = json.loads((source / "region.geojson").read_text(encoding="utf-8"))
    held["features"][0]["properties"]["code"] = code
    (source / "region.geojson").write_text(json.dumps(held), encoding="utf-8")
    out = tmp_path / "deep" / "er" / "out"
    done = command.run("report", source, "--out", out, "--lang", "en")
    assert done.returncode == 0, done.stderr
    inside = out / folder_name(code)
    assert (inside / "map.html").is_file()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["deep", "source"]
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["er"]
    assert [one.name for one in (tmp_path / "deep" / "er").iterdir()] == ["out"]
    assert [one.name for one in out.iterdir() if one.is_dir()] == [inside.name]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert f'"folder":"{inside.name}"' in page
    assert "b<script>" not in page


# --- bombs: in a process of their own, with 1.5 GB of addresses and a clock ---

HEAD = b"id,name,level,lon,lat\n"
SIZE = 60 << 20
BOMBS = {
    "commas": (lambda: b"," * SIZE, "refused"),
    "blank lines": (lambda: HEAD + b"\n" * SIZE, "refused"),
    "one line of 50 MB": (lambda: b"x" * (50 << 20), "refused"),
    "a cell of 10 MB": (lambda: HEAD + b"1," + b"x" * (10 << 20) + b",basic,60,50\n", "refused"),
    "10,000 columns": (lambda: (b",".join(b"c%d" % one for one in range(10_000)) + b"\n") * 300, "refused"),
    "one wide letter": (lambda: HEAD + "1,😀,basic,60,50\n".encode() + b"y" * 99 + b"\n" * (SIZE // 9), "read"),
    "300,000 wrong rows": (lambda: HEAD + b"a,b,c,d,e\n" * 299_000, "read"),
    "quote marks": (lambda: b'"' * SIZE, "refused"),
    "open quotes": (lambda: HEAD + b'1,"M,basic,60,50\n' * 200_000, "refused"),
    "UTF-16": (lambda: (HEAD + b"1,M,basic,60,50\n" * 299_000).decode().encode("utf-16"), "read"),
    "a gigabyte": (None, "refused"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_huge_table_is_read_or_refused_in_bounded_memory(tmp_path, name):
    made, end = BOMBS[name]
    path = tmp_path / "r.csv"
    if made is None:
        with path.open("wb") as out:
            out.write(HEAD)
            out.truncate(10**9)
    else:
        path.write_bytes(made())
    one = hostile.apart("register", path, seconds=240)
    path.unlink()
    assert one.end == end
    assert end == "read" or one.faults


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "texts"),
    [
        ("<row>" + "<c><v>1</v></c>" * 12_000_000 + "</row>", ""),
        ("<row><c><v>1</v></c></row>" * 4_000_000, ""),
        ('<row><c t="s"><v>0</v></c></row>' * 100_000, f"><si><t>{'A' * 1_000_000}</t></si>"),
        ('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', ">" + "<si><t>x</t></si>" * 14_000_000),
    ],
    ids=["wide", "tall", "texts", "many texts"],
)
def test_a_zip_bomb_is_read_or_refused_in_bounded_memory(tmp_path, rows, texts):
    path = workbook(tmp_path / "r.xlsx", rows, texts)
    assert path.stat().st_size < 1_000_000
    one = hostile.apart("sheet", path, seconds=240)
    assert one.end in ("read", "refused")
    assert one.end == "read" or one.faults


@pytest.mark.slow
def test_a_workbook_of_a_gigabyte_of_zeros_is_refused(tmp_path):
    path = tmp_path / "r.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out, out.open("xl/worksheets/sheet1.xml", "w") as part_:
        for _ in range(100):
            part_.write(bytes(10_000_000))
    one = hostile.apart("sheet", path)
    assert one.faults == ("r.xlsx: the workbook unpacks to over 256 MiB. Give the register itself.",)


#: Reader, name of the file, its bytes, what is said of it, and the MB and seconds it may cost on a busy machine.
COSTS = {
    **{f"map: {name}": ("map", "m.osm.pbf", made, 250, 40) for name, made in hostile_bombs.MAPS.items()},
    **{f"map: {name}": ("map", file, made, 250, 60) for name, (file, made) in hostile_bombs.XML.items()},
    **{
        f"raster: {name}": ("raster", "kaz_ppp_2020.tif", made, 250, 30) for name, made in hostile_bombs.RASTERS.items()
    },
    **{f"layer: {name}": ("outline", "o.geojson", made, 1100, 40) for name, made in hostile_bombs.LAYERS.items()},
    **{f"toml: {name}": ("options", "o.toml", made, 400, 40) for name, made in hostile_bombs.TOML.items()},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COSTS)
def test_a_bomb_costs_little_time_and_memory(tmp_path, name):
    reader, file, made, megabytes, seconds = COSTS[name]
    path = tmp_path / file
    if reader == "raster":
        hostile_bombs.tif(path, **made())
    elif file == "m.osm.pbf":
        hostile_bombs.pbf(path, made())
    else:
        path.write_bytes(made())
    one = hostile.apart(reader, path, seconds=2 * seconds)
    path.unlink()
    assert one.end == "refused" or (one.end == "read" and name == "raster: a tile that unpacks to 1 GB"), one.end
    assert one.end == "read" or one.faults
    assert one.peak_mb < megabytes
    assert one.seconds < seconds


def test_a_map_that_unpacks_to_far_more_than_its_bytes_is_refused(tmp_path):
    """5 MB of nodes in 5 kB; as many bytes that are no pattern are a map without a settlement."""
    path = hostile_bombs.pbf(tmp_path / "m.osm.pbf", hostile_bombs.blob(b"OSMData", hostile_bombs.nodes(1_700_000)))
    assert path.stat().st_size < 20_000
    assert "it unpacks to far more than a map does" in refused("map", path)
    few = hostile_bombs.pbf(tmp_path / "few.osm.pbf", hostile_bombs.blob(b"OSMData", hostile_bombs.nodes(100_000)))
    assert "no settlement" in refused("map", few)


def test_a_map_of_a_million_names_in_one_block_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(osm_blocks, "_MOST_NAMES", 1000)
    names = hostile_bombs.field(1, hostile_bombs.field(1, b"ab") * 1002)
    path = hostile_bombs.pbf(tmp_path / "m.osm.pbf", hostile_bombs.blob(b"OSMData", names))
    assert "it unpacks to far more than a map does" in refused("map", path)


def test_a_layer_of_a_thousand_and_one_columns_is_refused(tmp_path):
    for count, why in ((1000, "no polygon"), (1001, "the layer has over 1000 columns")):
        columns = ", ".join(f'"p{one}": 1' for one in range(count))
        text = '{"type": "Feature", "properties": {%s}, "geometry": {"type": "Point", "coordinates": [60, 50]}}'
        path = tmp_path / "o.geojson"
        path.write_text(text % columns, encoding="utf-8")
        assert why in refused("outline", path)


def test_a_raster_whose_cells_its_file_could_not_hold_is_refused(tmp_path):
    """625 million cells in tiles that are all one: 5,000 for each of 40,000 bytes are 200 million."""
    packed = zlib.compress(bytes(4 * 1024 * 1024), 9)
    path = hostile_bombs.tif(tmp_path / "a.tif", width=25_600, height=25_600, side=1024, packed=packed)
    assert path.stat().st_size < 40_000
    assert "too many to be read" in refused("raster", path)


def test_lines_that_cross_until_memory_ends_are_refused(tmp_path, monkeypatch):
    def fails(_shapes):
        raise shapely.errors.GEOSException("std::bad_alloc")

    monkeypatch.setattr(shapely, "make_valid", fails)
    path = tmp_path / "o.geojson"
    path.write_text(OUTLINE, encoding="utf-8")
    assert "bad_alloc" in refused("outline", path)


@pytest.mark.parametrize("kind", ["damaged", "pipe", "far"])
def test_a_pipe_or_an_endless_file_beside_what_was_fetched_is_passed_over(tmp_path, kind):
    file = tmp_path / "a.tif"
    file.write_bytes(b"x")
    record = download.record_of(file)
    if kind == "pipe":
        os.mkfifo(record)
    elif kind == "far":
        record.symlink_to("/dev/zero")
    else:
        record.write_text('{"sha256": ', encoding="utf-8")
    assert download.recorded(file) == {}


def test_a_line_that_jumps_across_180_degrees_is_refused(tiny, tmp_path):
    folder = tiny.save(tmp_path / "tiny")
    held = json.loads((folder / "roads.geojson").read_text(encoding="utf-8"))
    held["features"][1]["geometry"]["coordinates"] = [[179.9, 0], [-179.9, 0]]
    (folder / "roads.geojson").write_text(json.dumps(held), encoding="utf-8")
    said = refused("folder", folder)
    assert said.startswith("roads.geojson, row 2")
    assert "180°" in said


#: A file of each folder that is read, and each file that is read alone.
PLACES = (
    ("snapshot", "layers/built_up.geojson"), ("snapshot", "ledger.json"), ("batch", "batch.csv"),
    ("batch", "batch.json"), ("batch", "plan.xlsx"), ("folder", "people/births.csv"), ("outcome", "provenance.json"),
    ("fetched", "half.part.json"), ("national", ""), ("passwords", ""), ("register", ""), ("map", ""), ("raster", ""),
    ("outline", ""), ("options", ""), ("norms", ""),
)  # fmt: skip


@pytest.mark.parametrize("kind", ["pipe", "far", "loop", "folder"])
def test_a_pipe_or_a_link_in_the_place_of_a_file_is_never_waited_for(good, child, tmp_path, kind):
    """A pipe in a snapshot, in a batch or in the place of a TOML was waited for without end."""
    for reader, name in PLACES:
        home = tmp_path / reader / name.replace("/", "-")
        home.parent.mkdir(exist_ok=True)
        place = home / name if name else home.with_suffix(good[reader].suffix)
        if name:
            shutil.copytree(good[reader], home)
            place.unlink()
        if kind == "pipe":
            os.mkfifo(place)
        elif kind == "folder":
            place.mkdir()
        else:
            place.symlink_to(place if kind == "loop" else "/dev/zero")
        one = child.told(reader, home if name else place)
        assert one.end in ("read", "refused"), (reader, name, one.end)
        assert one.end == "read" or one.faults
