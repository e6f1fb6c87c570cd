"""Map extracts: each settlement and school ends in one place of the ledger, each broken file in one clear message."""

from __future__ import annotations

import json
import zlib

import osmium
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbf import Drawing, administrative, oblast
from schoolnet.errors import SourceError
from schoolnet.messages import Message
from schoolnet.sources import osm, osm_roads, osm_tags, territory


def read(tmp_path, drawn, **kwargs):
    return osm.read(drawn.write(tmp_path / "map.osm.pbf", **kwargs))


def lines(extract, table=None):
    """Return (row, outcome, column, what, why), without the two notes every reading has."""
    entries = [entry for entry in extract.ledger.entries if table in (None, entry[1])]
    return [entry[2:] for entry in entries if entry[4] != "is_rural" and entry[5] not in ("is_rural", "none was found")]


def counted(extract, table):
    (row,) = (row for row in extract.ledger.counts().itertuples() if row.table == table)
    return (row.read, row.used, row.corrected, row.rejected)


def fault(path):
    with pytest.raises(SourceError) as caught:
        osm.read(path)
    (one,) = caught.value.faults
    return one


def village(**tags):
    drawn = Drawing()
    drawn.node((61, 50), {"place": "village", **tags})
    return drawn


# --- files that are no map ---


def test_a_missing_file_a_folder_and_an_empty_file_say_what_they_are(tmp_path):
    assert fault(tmp_path / "none.osm.pbf").problem == "there is no such file."
    assert fault(tmp_path / "none.osm.pbf").file == str(tmp_path / "none.osm.pbf")
    assert fault(tmp_path).problem == "this is a folder, not a file."
    empty = tmp_path / "empty.osm.pbf"
    empty.write_bytes(b"")
    assert (fault(empty).file, fault(empty).problem) == ("empty.osm.pbf", "the file is empty.")
    assert fault(empty).remedy == "Download the map extract again."


@pytest.mark.parametrize("name", ["a.osm.pbf", "a.PBF", "a.geojson", "a.txt", "a.osm", "a.osm.bz2", "-"])
def test_a_file_that_is_no_map_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"<html>404 not found</html>" * 40)
    one = fault(path)
    assert one.file == name
    assert ".osm.pbf" in one.problem + one.remedy


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    path = oblast().write(tmp_path / "map.osm.pbf")

    def locked(*_arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", locked)
    assert fault(path).problem == "cannot be read: Permission denied."


def test_a_map_cut_short_at_any_byte_never_reads_as_whole(tmp_path):
    whole = oblast().write(tmp_path / "whole.osm.pbf").read_bytes()
    path = tmp_path / "cut.osm.pbf"
    seams = []
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        try:
            extract = osm.read(path)
        except SourceError as error:
            (one,) = error.faults
            assert one.file == "cut.osm.pbf"
            assert "ownload" in one.remedy or "PBF form" in one.remedy
        else:  # between two blocks nothing tells that there were more
            seams.append(length)
            assert ("areas", "none was found") in [(entry[1], entry[5]) for entry in extract.ledger.entries]
    assert len(seams) == 2  # of its four blocks (header, nodes, ways, relations) after the nodes and after the ways


def test_a_block_that_is_not_whole_is_named_by_its_place(tmp_path):
    whole = oblast().write(tmp_path / "whole.osm.pbf").read_bytes()
    begins = whole.index(b"OSMData") - 6  # four bytes of length, and the first two of the header
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: begins + 100])
    one = fault(path)
    assert one.problem == f"the block at byte {begins} of the file is damaged: the file is cut short in it."
    assert one.remedy == "Download the map extract again and compare its size or checksum."


def test_a_zero_byte_in_a_name_is_refused_before_it_can_stop_the_program(tmp_path):
    path = village(name="QQQQ").write(tmp_path / "map.osm.pbf", compression="none")
    path.write_bytes(path.read_bytes().replace(b"QQQQ", b"Q\0QQ"))
    assert "a name in it holds a zero byte" in fault(path).problem


def _packed(kind, block):
    """Return a block of a PBF: its header (fields 1 and 3) and its content."""
    header = b"\x0a" + bytes([len(kind)]) + kind + b"\x18" + _varint(len(block))
    return len(header).to_bytes(4, "big") + header + block


def _varint(value):
    return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + _varint(value >> 7)


def _bomb():
    packed = zlib.compress(bytes(33 << 20), 1)  # the format allows 32 MiB
    return b"\x1a" + _varint(len(packed)) + packed


DAMAGED = {
    "a bomb": (_bomb, "it does not unpack to a block"),
    "another packing": (lambda: b"\x22\x03abc", "it is packed in another way than zlib"),
    "a field beyond the end": (lambda: b"\x0a\x7fabc", "a field in it is not whole"),
    "an unknown field": (lambda: b"\x0b\x7fabc", "a field in it is not whole"),
    "a number without an end": (lambda: b"\x18\xff\xff", "it cannot be unpacked"),
    "no zlib": (lambda: b"\x1a\x03abc", "it cannot be unpacked"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_blocks_that_are_not_as_the_format_says_are_refused(tmp_path, name):
    block, why = DAMAGED[name]
    head = village().write(tmp_path / "map.osm.pbf").read_bytes()
    head = head[: head.index(b"OSMData") - 6]
    path = tmp_path / "bad.osm.pbf"
    path.write_bytes(head + _packed(b"OSMData", block()))
    assert fault(path).problem == f"the block at byte {len(head)} of the file is damaged: {why}."


def test_a_map_cut_at_a_seam_of_its_blocks_says_what_it_has_none_of(tmp_path):
    # the nodes are whole, ways and relations are lost: as if written without them
    drawn = oblast()
    drawn.ways, drawn.relations = [], []
    extract = read(tmp_path, drawn)
    notes = [entry for entry in extract.ledger.entries if entry[5] == "none was found"]
    assert [entry[1] for entry in notes] == ["areas", "roads", "waters"]
    assert all("cut short: download it again" in entry[6] for entry in notes)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("id='x' lat='1' lon='1'", "illegal id: 'x'"),
        ("id='1' lat='a' lon='1'", "wrong format for coordinate: 'a'"),
        ("id='1' lat='5150' lon='1'", "wrong format for coordinate: '5150'"),
        ("id='1' version='a' lat='1' lon='1'", "illegal version: 'a'"),
    ],
)
def test_a_wrong_object_in_xml_is_refused_by_what_is_wrong_with_it(tmp_path, wrong, why):
    path = tmp_path / "map.osm"
    path.write_text(f"<osm version='0.6'><node {wrong}><tag k='place' v='village'/></node></osm>", encoding="utf-8")
    assert fault(path).problem == f"reading stopped: {why}."
    assert "correct the object" in fault(path).remedy


def test_an_object_without_a_latitude_in_xml_is_no_settlement(tmp_path):
    path = tmp_path / "map.osm"
    path.write_text("<osm version='0.6'><node id='1' lon='1'><tag k='place' v='village'/></node></osm>", "utf-8")
    assert "no settlement" in fault(path).problem


def test_xml_that_ends_in_the_middle_is_refused(tmp_path):
    path = tmp_path / "map.osm"
    path.write_text("<osm version='0.6'><node id='1' lat='1' lon='1'>", encoding="utf-8")
    assert "no element found" in fault(path).problem
    assert "cut short" in fault(path).remedy


def test_a_name_of_ten_thousand_letters_in_xml_is_refused_not_a_crash(tmp_path):
    # OpenStreetMap itself holds at most 255 letters; the reading library stops beyond 1,024
    tags = f"<tag k='place' v='village'/><tag k='name' v='{'x' * 10_000}'/>"
    path = tmp_path / "map.osm"
    path.write_text(f"<osm version='0.6'><node id='1' lat='1' lon='1'>{tags}</node></osm>", encoding="utf-8")
    assert fault(path).problem == "reading stopped: OSM tag value is too long."
    assert "correct the object" in fault(path).remedy


def test_a_map_without_a_settlement_is_refused(tmp_path):
    drawn = Drawing()
    drawn.node((61, 50), {"place": "suburb"})
    one = fault(drawn.write(tmp_path / "map.osm.pbf"))
    assert "no settlement" in one.problem
    assert "with its places" in one.remedy


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_map_with_broken_bytes_inside_reads_or_is_clearly_refused(tmp_path, data):
    whole = oblast().write(tmp_path / "whole.osm.pbf", compression="none").read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path / "map.osm.pbf"
    path.write_bytes(
        whole[:at] + data.draw(st.binary(min_size=1, max_size=4)) + whole[at + data.draw(st.integers(0, 5)) :]
    )
    try:
        extract = osm.read(path)
    except SourceError as error:
        assert error.faults[0].file == "map.osm.pbf"  # noqa: PT017 - either outcome is right
    else:
        counts = extract.ledger.counts()
        kept = counts.set_index("table")[["used", "corrected"]].sum(axis=1)
        assert kept["settlements"] == len(extract.settlements)
        assert kept.get("schools", 0) == len(extract.schools)


# --- a whole map ---


def test_the_whole_map_reads_into_its_layers(tmp_path):
    extract = read(tmp_path, oblast())
    assert extract.settlements[["name", "place", "is_rural", "population", "kato"]].to_numpy().tolist() == [
        ["Арка", "town", False, 3000, "990100001"],
        ["Бұлақ", "village", True, 400, "990200001"],
    ]
    assert extract.areas["admin_level"].to_list() == [4, 6, 6]
    assert extract.areas["name_kk"].iloc[0] == "Сынақ облысы"
    assert extract.roads["crossing"].to_list() == ["", "bridge", ""]
    assert extract.waters["kind"].to_dict() == {"ar4": "lake", "w7": "river"}
    assert extract.schools["name"].to_list() == ["Школа № 1"]
    assert (extract.modelled, extract.incomplete) == ((), ())
    assert lines(extract) == []


def test_an_island_in_a_lake_is_land(tmp_path):
    lake = read(tmp_path, oblast()).waters.geometry.loc["ar4"]
    assert lake.contains(shapely.Point(60.12, 50.12))
    assert not lake.contains(shapely.Point(60.17, 50.17))
    assert lake.area == pytest.approx(0.2 * 0.2 - 0.05 * 0.05)


# --- settlements ---

POPULATIONS = [
    ("500", 500, None),
    ("~500", 500, "read as 500"),
    ("1 200", 1200, "read as 1200"),
    ("1\u00a0200", 1200, "read as 1200"),
    ("1,200", 1200, "read as 1200"),
    ("12 000 (2009)", 12000, "read as 12000"),
    ("ок. 300 чел.", 300, "read as 300"),
    ("500-600", 500, "read as 500"),
    ("0", 0, None),
    ("-5", None, "not a number of people: taken as unknown"),
    ("–5", None, "not a number of people: taken as unknown"),
    ("many", None, "not a number of people: taken as unknown"),
    ("1,5 тыс.", None, "not a number of people: taken as unknown"),
    ("1.5 million", None, "not a number of people: taken as unknown"),
    ("2009: 500", None, "not a number of people: taken as unknown"),
    ("6000000", None, "not a number of people: taken as unknown"),
    ("9" * 1000, None, "not a number of people: taken as unknown"),
    ("٣٠", None, "not a number of people: taken as unknown"),
]


@pytest.mark.parametrize(("text", "people", "why"), POPULATIONS)
def test_population_as_people_write_it(tmp_path, text, people, why):
    extract = read(tmp_path, village(population=text))
    row = extract.settlements.loc["n1"]
    assert row["population_basis"] == ("unknown" if people is None else "given")
    assert (extract.settlements["population"].isna().iloc[0]) if people is None else row["population"] == people
    assert [entry[:3] + entry[4:] for entry in lines(extract)] == (
        [("n1", "corrected", "population", why)] if why else []
    )
    assert counted(extract, "settlements") == ((1, 0, 1, 0) if why else (1, 1, 0, 0))


def test_a_settlement_without_a_name_is_used(tmp_path):
    extract = read(tmp_path, village())
    assert extract.settlements["name"].isna().all()
    assert counted(extract, "settlements") == (1, 1, 0, 0)


def test_a_name_in_one_language_only_is_the_name(tmp_path):
    extract = read(tmp_path, village(**{"name:kk": "Арқа"}))
    assert extract.settlements.loc["n1", ["name", "name_kk"]].to_list() == ["Арқа", "Арқа"]


HOSTILE = [
    ("</script><img src=x onerror=alert(1)>`${7*7}`", "</script><img src=x onerror=alert(1)>`${7*7}`", 0),
    ("=HYPERLINK('http://x')", "=HYPERLINK('http://x')", 0),
    ("Арка\nTwo\x1b[31m", "Арка Two[31m", 1),
    ("\u202eakrA", "akrA", 1),
    ("ш" * 400, "ш" * 199 + "…", 1),
]


@pytest.mark.parametrize(("raw", "name", "corrected"), HOSTILE)
def test_hostile_names_become_one_printable_line(tmp_path, raw, name, corrected):
    extract = read(tmp_path, village(name=raw))
    assert extract.settlements["name"].to_list() == [name]
    assert counted(extract, "settlements") == (1, 1 - corrected, corrected, 0)
    if corrected:
        ((row, _, column, what, why),) = lines(extract)
        assert (row, column, why) == ("n1", "name", "put on one line, cut to 200 characters")
        assert len(what) <= 80


def test_the_name_of_a_school_is_cut_and_said_too(tmp_path):
    drawn = village()
    drawn.node((61, 50), {"amenity": "school", "name:kk": "ш" * 400})
    extract = read(tmp_path, drawn)
    assert extract.schools[["name", "name_kk"]].to_numpy().tolist() == [["ш" * 199 + "…"] * 2]
    assert [(entry[0], entry[2]) for entry in lines(extract)] == [("n2", "name_kk")]


def test_a_name_that_is_not_utf8_rejects_its_settlement_by_number(tmp_path):
    drawn = village(name="QQQQ")
    drawn.node((61, 50.5), {"place": "village", "name": "Арка"})
    path = drawn.write(tmp_path / "map.osm.pbf", compression="none")
    path.write_bytes(path.read_bytes().replace(b"QQQQ", b"\xff\xfeQ\xff"))
    extract = osm.read(path)
    assert extract.settlements["name"].to_list() == ["Арка"]
    assert lines(extract) == [("n1", "rejected", "", "its letters are not UTF-8", "correct its tags on the map")]
    assert counted(extract, "settlements") == (2, 1, 0, 1)


def test_a_school_drawn_in_letters_that_are_not_utf8_is_rejected_once(tmp_path):
    drawn = village()
    drawn.box(61, 50, 61.1, 50.1, {"amenity": "school", "name": "QQQQ"})  # comes by as a way and as an area
    path = drawn.write(tmp_path / "map.osm.pbf", compression="none")
    path.write_bytes(path.read_bytes().replace(b"QQQQ", b"\xff\xfeQ\xff"))
    extract = osm.read(path)
    assert lines(extract) == [("w1", "rejected", "", "its letters are not UTF-8", "correct its tags on the map")]
    assert counted(extract, "schools") == (1, 0, 0, 1)


def test_roads_and_waters_whose_names_are_not_utf8_are_listed(tmp_path):
    drawn = village()
    drawn.way([(61, 50), (61.1, 50)], {"highway": "track", "name": "QQQQ"})
    drawn.way([(61, 50), (61.1, 50)], {"waterway": "river", "name": "QQQQ"})
    path = drawn.write(tmp_path / "map.osm.pbf", compression="none")
    path.write_bytes(path.read_bytes().replace(b"QQQQ", b"\xff\xfeQ\xff"))
    why = "left out: their shape is not whole in the extract, or their tags cannot be read"
    assert lines(osm.read(path)) == [
        ("", "note", "", "1 map objects: w1", why),
        ("", "note", "", "1 map objects: w2", why),
    ]


@pytest.mark.parametrize("place", [(500, 10), (10, 95)])
def test_a_settlement_that_is_nowhere_on_earth_is_rejected(tmp_path, place):
    drawn = village()
    drawn.node(place, {"place": "village"})
    extract = read(tmp_path, drawn)
    assert lines(extract) == [
        ("n2", "rejected", "", "its coordinates are not on Earth", "correct its place on the map")
    ]
    assert counted(extract, "settlements") == (2, 1, 0, 1)


def test_an_object_that_stands_twice_is_used_once(tmp_path):
    drawn = village(name="first")
    drawn.node((61, 50.5), {"amenity": "school", "name": "first"})
    drawn.nodes += [
        osmium.osm.mutable.Node(id=1, location=(61, 51), tags={"place": "town", "name": "second"}),
        osmium.osm.mutable.Node(id=2, location=(61, 51), tags={"amenity": "school", "name": "second"}),
    ]
    extract = read(tmp_path, drawn)
    assert extract.settlements["name"].to_list() == extract.schools["name"].to_list() == ["first"]
    assert lines(extract) == [
        ("n1", "rejected", "", "stands twice in the extract", "the first is used"),
        ("n2", "rejected", "", "stands twice in the extract", "the first is used"),
    ]
    assert counted(extract, "settlements") == counted(extract, "schools") == (2, 1, 0, 1)


def test_a_kato_that_is_no_code_is_taken_as_missing_and_one_with_spaces_is_read(tmp_path):
    drawn = village(kato="99 01 00 001")
    drawn.node((61, 51), {"place": "village", "ref:kato": "unknown"})
    extract = read(tmp_path, drawn)
    assert extract.settlements.loc["n1", "kato"] == "990100001"
    assert extract.settlements["kato"].isna().to_list() == [False, True]
    assert lines(extract) == [
        ("n2", "corrected", "kato", "unknown", "not a KATO code of nine digits: taken as missing")
    ]


def test_a_settlement_drawn_as_an_outline_is_not_lost(tmp_path):
    drawn = village(name="Арка")
    # the first two hold the node of Арка, of the same name, then of the same kind: one settlement
    drawn.box(60.9, 49.9, 61.1, 50.1, {"place": "hamlet", "name": "Арка"})
    drawn.box(60.9, 49.9, 61.1, 50.1, {"place": "village"})
    drawn.box(60.9, 49.9, 61.1, 50.1, {"place": "hamlet", "name": "Дала"})  # a hamlet around a village is another
    drawn.box(62, 50, 62.1, 50.1, {"place": "hamlet", "name": "Бұлақ", "population": "20"})  # holds none
    extract = read(tmp_path, drawn)
    assert extract.settlements["name"].to_dict() == {"n1": "Арка", "w3": "Дала", "w4": "Бұлақ"}
    assert shapely.box(62, 50, 62.1, 50.1).contains(extract.settlements.geometry.loc["w4"])
    assert lines(extract) == [
        (key, "corrected", "geometry", "drawn as an outline", "a point inside it is taken") for key in ("w3", "w4")
    ]
    assert counted(extract, "settlements") == (3, 1, 2, 0)


def test_a_settlement_whose_outline_is_not_whole_is_rejected_unless_it_is_there_as_a_node(tmp_path):
    drawn = village(name="Арка")
    for name in ("Арка", "Бұлақ"):
        drawn.relation([77], {"place": "village", "name": name})
    extract = read(tmp_path, drawn)
    assert lines(extract) == [
        ("r2", "rejected", "", "Бұлақ", "its outline is not whole in the extract: mark it by a node")
    ]
    assert counted(extract, "settlements") == (2, 1, 0, 1)


# --- schools ---


def test_schools_as_node_closed_way_and_multipolygon_are_all_read(tmp_path):
    drawn = village()
    drawn.node((61, 50), {"amenity": "school", "name": "node"})
    drawn.box(61, 50, 61.2, 50.2, {"amenity": "school", "name": "way"})
    yard = drawn.box(61.05, 50.05, 61.1, 50.1)
    drawn.relation([drawn.box(61, 50, 61.2, 50.2)], {"amenity": "school", "name": "relation"}, inner=(yard,))
    extract = read(tmp_path, drawn)
    assert extract.schools["name"].to_dict() == {"n2": "node", "r1": "relation", "w1": "way"}
    assert shapely.box(61, 50, 61.2, 50.2).contains(extract.schools.geometry.loc["w1"])
    assert not shapely.box(61.05, 50.05, 61.1, 50.1).contains(extract.schools.geometry.loc["r1"])
    assert counted(extract, "schools") == (3, 3, 0, 0)


def test_schools_whose_outline_does_not_close_stand_in_the_middle_of_their_line(tmp_path):
    drawn = village()
    drawn.way([(61, 50), (61.2, 50)], {"amenity": "school", "name": "open"})
    drawn.box(61, 51, 61.2, 51.2, {"amenity": "school", "name": "no area", "area": "no"})
    corners = [drawn.node(place) for place in ((61, 52), (61.2, 52.2), (61.2, 52), (61, 52.2))]
    drawn.way([*corners, corners[0]], {"amenity": "school", "name": "crosses itself"})
    extract = read(tmp_path, drawn)
    assert extract.schools.geometry.loc["w1"].equals_exact(shapely.Point(61.1, 50), 1e-6)
    assert extract.schools.geometry.loc["w2"].equals_exact(shapely.Point(61.1, 51.1), 1e-6)
    assert lines(extract) == [
        (key, "corrected", "geometry", "its outline does not close", "the middle of its line is taken")
        for key in ("w1", "w2", "w3")
    ]
    assert counted(extract, "schools") == (3, 0, 3, 0)


def test_schools_whose_shape_is_not_in_the_extract_are_rejected_by_number(tmp_path):
    drawn = village()
    drawn.way([1, 900, 901], {"amenity": "school", "name": "way"})
    drawn.relation([77], {"amenity": "school", "name": "relation"})
    drawn.relation([77], {"amenity": "school"}, kind="site")
    extract = read(tmp_path, drawn)
    why = "its outline is not whole in the extract: mark it by a node"
    assert lines(extract) == [
        ("r1", "rejected", "", "relation", why),
        ("r2", "rejected", "", "without a name", why),
        ("w1", "rejected", "", "way", why),
    ]
    assert counted(extract, "schools") == (3, 0, 0, 3)


# --- roads and waters ---

ROADS = [
    ({"highway": "primary"}, ("primary", "", True, True, "")),
    ({"highway": "motorway"}, ("motorway", "", True, False, "forward")),
    ({"highway": "footway"}, ("footway", "", False, True, "")),
    ({"highway": "primary", "bridge": "viaduct"}, ("primary", "bridge", True, True, "")),
    ({"highway": "primary", "bridge": "no"}, ("primary", "", True, True, "")),
    ({"highway": "track", "ford": "yes"}, ("track", "ford", True, True, "")),
    ({"highway": "track", "ford": "yes", "bridge": "yes"}, ("track", "ford", True, True, "")),
    ({"highway": "track", "embankment": "dam"}, ("track", "dam", True, True, "")),
    ({"highway": "track", "winter_road": "yes"}, ("track", "ice_road", True, True, "")),
    ({"highway": "track", "tunnel": "yes"}, ("track", "tunnel", True, True, "")),
    ({"route": "ferry"}, ("ferry", "ferry", True, True, "")),
    ({"highway": "primary", "oneway": "yes"}, ("primary", "", True, True, "forward")),
    ({"highway": "primary", "oneway": "-1"}, ("primary", "", True, True, "backward")),
    ({"highway": "primary", "oneway": "alternating"}, ("primary", "", True, True, "")),
    ({"highway": "primary", "access": "private"}, None),
    ({"highway": "primary", "access": "no"}, None),
    ({"highway": "pedestrian", "area": "yes"}, None),
    ({"highway": "construction"}, None),
]


@pytest.mark.parametrize(("tags", "row"), ROADS)
def test_roads_by_their_tags(tmp_path, tags, row):
    drawn = village()
    drawn.way([(61, 50), (61.1, 50)], tags)
    found = read(tmp_path, drawn).roads[["highway", "crossing", "drive", "walk", "oneway"]]
    assert [tuple(one) for one in found.to_numpy().tolist()] == ([row] if row else [])


WATERS = [
    ({"waterway": "river"}, "river"),
    ({"waterway": "canal"}, "canal"),
    ({"waterway": "stream"}, None),
    ({"waterway": "river", "tunnel": "culvert"}, None),
    ({"waterway": "river", "tunnel": "no"}, "river"),
    ({"natural": "water"}, "lake"),
    ({"natural": "water", "water": "river"}, "river"),
    ({"natural": "water", "water": "wastewater"}, None),
    ({"landuse": "reservoir"}, "lake"),
    ({"waterway": "riverbank"}, "river"),
]


@pytest.mark.parametrize(("tags", "kind"), WATERS)
def test_waters_by_their_tags(tmp_path, tags, kind):
    drawn = village()
    drawn.box(61, 50, 61.1, 50.1, tags)
    extract = read(tmp_path, drawn)
    assert extract.waters["kind"].to_list() == ([kind] if kind else [])
    assert lines(extract) == []


def test_roads_and_waters_that_are_not_whole_are_counted_and_numbered(tmp_path):
    drawn = village()
    for _ in range(12):
        drawn.way([1, 900], {"highway": "track"})
    drawn.way([1, 900], {"waterway": "river"})
    drawn.relation([77], {"natural": "water"})
    drawn.way([(61, 50), (61, 50)], {"highway": "track"})  # two nodes in one place are no line
    why = "left out: their shape is not whole in the extract, or their tags cannot be read"
    assert lines(read(tmp_path, drawn)) == [
        ("", "note", "", "13 map objects: w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, …", why),
        ("", "note", "", "2 map objects: w13, r1", why),
    ]


def test_a_route_or_river_relation_is_no_broken_outline(tmp_path):
    drawn = village()
    line = drawn.way([(61, 50), (61.1, 50)], {"waterway": "river", "name": "Таза"})
    drawn.relation([line], {"waterway": "river", "name": "Таза"}, kind="waterway")
    drawn.way([(61, 50), (61.1, 50)], administrative("4", "a side of a boundary"))
    extract = read(tmp_path, drawn)
    assert lines(extract) == []
    assert len(extract.waters) == 1


# --- administrative areas ---


def test_a_map_without_administrative_areas_reads_and_says_so(tmp_path):
    extract = read(tmp_path, village())
    assert extract.areas.empty
    assert ("areas", "none was found") in [(entry[1], entry[5]) for entry in extract.ledger.entries]


def test_a_boundary_with_a_side_missing_is_listed_and_remembered(tmp_path):
    drawn = village()
    side = drawn.way([(60, 50), (62, 50), (62, 51)])
    drawn.relation([side, 77], administrative("4", "Сынақ", **{"ISO3166-2": "KZ-99"}), kind="boundary")
    extract = read(tmp_path, drawn)
    assert lines(extract) == [("r1", "note", "", "Сынақ", "left out: its outline is not whole in the extract")]
    assert [(row["area_id"], row["name"], row["iso"]) for row in extract.incomplete] == [("r1", "Сынақ", "KZ-99")]


@pytest.mark.parametrize("level", ["4;6", "four", "²", "9" * 1000, "-4"])
def test_an_admin_level_that_is_no_number_is_neither_region_nor_district_and_is_said(tmp_path, level):
    drawn = village()
    drawn.relation([drawn.box(60, 49, 62, 51)], administrative(level, "Сынақ"))
    extract = read(tmp_path, drawn)
    assert extract.areas["admin_level"].isna().to_list() == [True]
    assert territory.regions(extract) == []
    ((row, outcome, column, what, why),) = lines(extract)
    assert (row, outcome, column) == ("r1", "note", "admin_level")
    assert what == (level if len(level) < 80 else "9" * 79 + "…")
    assert "neither region nor district" in why


def test_modelled_layers_are_known_by_their_tags(tmp_path):
    drawn = village(**{"population": "500", "population:modelled": "yes"})
    drawn.node((61, 50), {"amenity": "school", "modelled": "yes"})
    drawn.way([(61, 50), (61.1, 50)], {"highway": "track"})
    drawn.way([(61, 50), (61.1, 50)], {"highway": "track", "modelled": "yes"})
    assert read(tmp_path, drawn).modelled == ("population", "roads", "schools")


def test_every_tag_asked_of_the_file_is_one_the_rows_know():
    # the filter and the reading must not drift apart: all that is let through is read as something
    for key, value in osm_tags.wanted():
        tags = {key: value, "admin_level": "4"}
        found = (
            osm_roads.use(tags) or osm_tags.water_line(tags) or osm_tags.is_ford(tags) or list(osm_tags.outlines(tags))
        )
        assert found, json.dumps(tags)


def test_every_sentence_of_the_ledger_can_be_said_in_another_language(tmp_path):
    drawn = village(name="a\nb", population="many", kato="x")
    drawn.node((500, 50), {"place": "village"})
    drawn.node((61, 50), {"ford": "yes"})
    drawn.relation([77], administrative("4", "Сынақ"))
    drawn.relation([77], {"natural": "water"})
    drawn.way([(61, 50), (61.1, 50)], {"amenity": "school"})
    drawn.way([(61, 51), (61.1, 51)], {"highway": "track", "maxspeed": "fast", "tunnel": "culvert"})
    entries = read(tmp_path, drawn).ledger.entries
    assert len(entries) >= 12
    assert [entry for entry in entries if not isinstance(entry[6], Message)] == []
