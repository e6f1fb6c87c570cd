"""Which region a row of a register is of: one answer, whichever region it is read for, and no row lost unseen.

West Kazakhstan in small: two regions mirrored over longitude = latitude, so that a point of one, its degrees swapped,
lies in the other; and a third far from both.

      lon 48  49     50  51              70  71
lat 51    +--B--+
    50    +-----+                         +--C--+  lat 49-50
  49.2               +--A--+              +-----+
    48               +-----+
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

import pbf
from conftest import deep, shared
from schoolnet import regions as _regions
from schoolnet.errors import TableError
from schoolnet.messages import Message
from schoolnet.options import Options
from schoolnet.sources import register, territory, unclaimed

OPTIONS = Options(on="2026-09-01")
REGIONS = {"KZ-A": (50, 48, 51, 49.2), "KZ-B": (48, 50, 49, 51), "KZ-C": (70, 49, 71, 50)}
HOMES = {"KZ-A": ("110000001", (50.5, 48.5)), "KZ-B": ("220000001", (48.5, 50.5)), "KZ-C": ("330000001", (70.5, 49.5))}
NEAR = "m outside the region, in no other: correct the coordinates or give the KATO of its settlement"


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    drawing = pbf.Drawing()
    for code, box in REGIONS.items():
        drawing.relation([drawing.box(*box)], pbf.administrative("4", code, **{"ISO3166-2": code}))
        kato, place = HOMES[code]
        drawing.node(place, {"place": "village", "name": code, "kato": kato})
    return drawing.write(tmp_path_factory.mktemp("mirrored") / "map.osm.pbf")


def sheet(folder, rows):
    """Write a register of schools: lon, lat and KATO each; the first stands on row 2."""
    path = folder / "schools.csv"
    text = "".join(f"S{at};Мектеп;орта;{lon};{lat};{kato}\n" for at, (lon, lat, kato) in enumerate(rows))
    path.write_text(f"id;name;level;lon;lat;kato\n{text}", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def opened(extract, tmp_path_factory):
    return _regions.opened(extract, sheet(tmp_path_factory.mktemp("none"), [(50.5, 48.5, "")]))


def each(opened, path):
    """Return each region with the register, by code; None where it takes no row."""
    read, found = register.read(path), {}
    for area in territory.regions(opened.extract):
        region = territory.cut(opened.extract, area, OPTIONS)
        try:
            found[area.code] = register.attach(region, read, OPTIONS, opened.country)
        except TableError:
            found[area.code] = None
    return found


def where(regions, key):
    """Return the codes of the regions a school is in, each with its point."""
    schools = {code: region.schools.geometry for code, region in regions.items() if region is not None}
    return {code: (of[key].x, of[key].y) for code, of in schools.items() if key in of.index}


def said(region, row):
    return [(entry[3], str(entry[6])) for entry in region.ledger.entries if entry[2] == str(row)]


BOTH = [(50.5, 48.5, ""), (48.5, 50.5, ""), (70.5, 49.5, "")]


def test_a_point_of_another_region_is_not_swapped_into_this_one(opened, tmp_path):
    """(48.2, 50.3) lies in B; swapped, in A. So for (50.3, 48.2)."""
    found = each(opened, sheet(tmp_path, [*BOTH, (48.2, 50.3, ""), (50.3, 48.2, "")]))
    assert where(found, "S3") == {"KZ-B": (48.2, 50.3)}
    assert where(found, "S4") == {"KZ-A": (50.3, 48.2)}


def test_nor_in_the_register_of_a_country(opened, tmp_path):
    rows = [*BOTH, (48.2, 50.3, ""), *[(70.1 + at / 1000, 49.5, "") for at in range(200)]]
    found = each(opened, sheet(tmp_path, rows))
    assert where(found, "S3") == {"KZ-B": (48.2, 50.3)}
    assert [len(region.schools) for region in found.values()] == [1, 2, 201]


@pytest.mark.slow
def test_a_point_in_no_region_that_lies_in_one_swapped_is_put_right(opened, tmp_path):
    """(49.3, 70.2) is north of Kazakhstan; (49.19, 50.5) is 0.19° = 13 km east of B, swapped it lies in A."""
    found = each(opened, sheet(tmp_path, [*BOTH, (49.3, 70.2, ""), (49.19, 50.5, "")]))
    assert where(found, "S3") == {"KZ-C": (70.2, 49.3)}
    assert where(found, "S4") == {"KZ-A": (50.5, 49.19)}
    assert said(found["KZ-C"], 5)[0] == ("corrected", "longitude and latitude were swapped")


def test_a_point_just_outside_a_border_is_left_with_a_remedy(opened, tmp_path):
    """(49.1, 50.5) is 0.1° east of B: 111.32 km · cos 50.5° · 0.1 = 7.1 km; swapped it would lie in A."""
    found = each(opened, sheet(tmp_path, [*BOTH, (49.1, 50.5, "")]))
    assert where(found, "S3") == {}
    (outcome, why), *more = said(found["KZ-B"], 5)
    assert (outcome, more) == ("rejected", [])
    metres, rest = why.split(" ", 1)
    assert rest == NEAR
    assert float(metres) == pytest.approx(7100, abs=30)
    notes = {code: [e[5] for e in region.ledger.entries if "swapped" in e[5]] for code, region in found.items()}
    assert notes == {"KZ-A": ["swapped, 1 points lie here: rows 5"], "KZ-B": [], "KZ-C": []}


def test_the_kato_of_its_settlement_places_it(opened, tmp_path):
    found = each(opened, sheet(tmp_path, [*BOTH, (49.1, 50.5, "220000001")]))
    assert where(found, "S3") == {"KZ-B": HOMES["KZ-B"][1]}


def test_a_kato_tells_which_of_two_mirrored_regions_a_point_is_in(opened, tmp_path):
    """Its KATO is A's, its point lies in B, and swapped in A: two of three say A."""
    found = each(opened, sheet(tmp_path, [*BOTH, (48.2, 50.3, "110000001")]))
    assert where(found, "S3") == {"KZ-A": (50.3, 48.2)}


def test_a_row_whose_kato_and_point_name_two_regions_is_in_one(opened, tmp_path):
    """In a register of several regions the KATO decides; in one of C alone, 10 of 11 rows, a KATO is soon mistyped."""
    row = (70.5, 49.5, "220000001")
    assert where(each(opened, sheet(tmp_path, [*BOTH, row])), "S3") == {"KZ-B": HOMES["KZ-B"][1]}
    mine = [(70.1, 49.5, "")] * 10
    assert where(each(opened, sheet(tmp_path, [*mine, row])), "S10") == {"KZ-C": (70.5, 49.5)}


@pytest.mark.parametrize(("others", "kato", "is_in"), [(0, "", True), (300, "", False), (300, "110000001", True)])
def test_where_only_one_region_is_known_a_register_of_more_is_not_swapped(extract, tmp_path, others, kato, is_in):
    """(48.2, 50.3) may be a school of a region that the map does not hold, unless its KATO says it is of this one."""
    rows = [(50.5, 48.5, ""), *[(60 + at / 1000, 45, "") for at in range(others)], (48.2, 50.3, kato)]
    read = _regions.opened(extract, sheet(tmp_path, rows))
    region = territory.cut(read.extract, territory.find(read.extract, "KZ-A"), Options(on="2026-09-01", margin_m=0))
    found = register.attach(region, read.sheet, OPTIONS)
    assert where({"KZ-A": found}, f"S{len(rows) - 1}") == ({"KZ-A": (50.3, 48.2)} if is_in else {})
    notes = [str(entry[5]) for entry in found.ledger.entries if "swapped, " in entry[5]]
    assert notes == ([] if is_in else [f"swapped, 1 points lie here: rows {len(rows) + 1}"])


LON = st.sampled_from(["", 0, 48, 48.2, 48.9, 49, 49.1, 49.19, 49.5, 50, 50.3, 51, 60, 70.2])
KATO = st.sampled_from(["", "", "", "110000001", "220000001", "330000001", "110000009", "770000001"])


@deep(30, phases=(Phase.explicit, Phase.generate))
@given(rows=st.lists(st.tuples(LON, LON, KATO), min_size=1, max_size=25), many=st.sampled_from([0, 0, 210]))
def test_every_row_is_in_one_region_or_told(opened, tmp_path_factory, rows, many):
    """Whatever the points and codes: no row in two regions, and each of the others is listed, with a reason."""
    path = sheet(tmp_path_factory.mktemp("drawn"), [*BOTH, *rows, *[(70.3, 49.3, "")] * many])
    regions = each(opened, path)
    taken = [key for region in regions.values() for key in region.schools.index]
    assert len(taken) == len(set(taken))
    found = held(regions, register.read(path))
    assert sorted([*taken, *found.lost["id"]]) == sorted(f"S{at}" for at in range(3 + len(rows) + many))
    assert found.twice.empty
    assert found.lost["why"].str.contains("correct|give").all()  # a remedy
    for region in regions.values():  # and each is used, corrected, rejected, over the border or elsewhere
        counts = region.ledger.counts().set_index("table")["read"].drop("settlements", errors="ignore")
        elsewhere = [str(entry[5]) for entry in region.ledger.entries if "rows" in entry[5] and " of " in entry[5]]
        beside = int(elsewhere[0].split()[0]) if elsewhere else 0
        assert counts.sum() + beside == 3 + len(rows) + many


def held(regions, read):
    return unclaimed.held(claims(regions), read, whole=True)


def claims(regions):
    return {code: unclaimed.claims(region) for code, region in regions.items()}


@pytest.mark.slow
def test_an_id_of_two_regions_is_told_with_its_rows(opened, tmp_path):
    path = sheet(tmp_path, BOTH)
    path.write_text(path.read_text("utf-8").replace("S1;", "S0;"), encoding="utf-8")
    regions = each(opened, path)
    found = held(regions, register.read(path))
    assert found.twice.to_numpy().tolist() == [["S0", ["KZ-A", "KZ-B"], ["2", "3"]]]
    assert found.lost.empty


def test_a_row_no_region_took_is_told_though_its_id_was_taken_of_another_row(tmp_path):
    """A took row 2, S0, and refuses nothing; row 3, S0 too, is refused by B alone; row 4 by nobody, and not taken."""
    path = sheet(tmp_path, BOTH)
    path.write_text(path.read_text("utf-8").replace("S1;", "S0;"), encoding="utf-8")
    read = register.read(path)
    sha = read.input.sha256
    refused = ("3", "lon", "here", Message("correct it"))
    told = {"KZ-A": unclaimed.Claims(sha, ("S0",)), "KZ-B": unclaimed.Claims(sha, (), (refused,))}
    lost = unclaimed.held(told, read, whole=True).lost
    assert lost[["row", "id"]].to_numpy().tolist() == [["3", "S0"], ["4", "S2"]]
    assert (lost["region"].iloc[0], lost["why"].iloc[0]) == ("KZ-B", "correct it")


def test_what_is_in_no_region_is_not_told_of_a_part_or_of_another_register(opened, tmp_path):
    path = sheet(tmp_path, [*BOTH, (60, 45, "")])
    regions, read = each(opened, path), register.read(path)
    assert held(regions, read).lost[["row", "id", "column", "what"]].to_numpy().tolist() == [
        ["5", "S3", "lon", "lon 60, lat 45"]
    ]
    told = claims(regions)
    assert unclaimed.held(told, read).lost.empty  # a region may be missing
    assert unclaimed.held(told, whole=True).lost.empty
    (tmp_path / "other").mkdir()
    assert unclaimed.held(told, register.read(sheet(tmp_path / "other", BOTH[:1])), whole=True).lost.empty


@pytest.mark.slow
def test_every_school_of_the_country_is_in_one_region_or_told():
    """7,687 rows; M03-1158 lies 11 m outside of every outline, and has no KATO."""
    kz = [shared(f"kz/kazakhstan-{name}") for name in ("modelled.osm.pbf", "schools-modelled.csv")]
    opened = _regions.opened(*kz)
    regions = each(opened, kz[1])
    taken = [key for region in regions.values() for key in region.schools.index]
    assert (len(taken), len(set(taken)), len(opened.sheet.rows)) == (7686, 7686, 7687)
    lost = held(regions, opened.sheet).lost
    assert lost[["row", "id", "region"]].to_numpy().tolist() == [["1160", "M03-1158", "KZ-61"]]
    for code, key in (("KZ-27", "M03-5037"), ("KZ-27", "M03-5244")):
        assert [*where(regions, key)] == [code]
