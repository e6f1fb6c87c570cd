"""A planner's own tables: known by their headers in three languages, every row used, corrected or rejected."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, settings
from hypothesis import given as given_rows
from hypothesis import strategies as st

import conftest
from schoolnet import api, given, schema
from schoolnet.errors import SourceError, TableError
from schoolnet.given import Given
from schoolnet.sources import folder, naming
from schoolnet.sources import given as reader

TEMPLATES = Path(__file__).parents[1] / "data" / "schools"


def sheet(tmp_path, text, name="own.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def attached(region, tmp_path, *texts):
    return reader.attach(region, [sheet(tmp_path, text, f"own-{at}.csv") for at, text in enumerate(texts)])


def outcomes(region, table):
    """Return (row, outcome) of what the ledger says of a table."""
    entries = region.ledger.frame(str)
    rows = entries[entries["table"] == table]
    return list(zip(rows["row"], rows["outcome"], rows["column"], strict=True))


def rows(frame):
    return [tuple(None if pd.isna(one) else one for one in row) for row in frame.itertuples(index=False)]


# --- network schools


def test_network_schools_are_read_in_three_languages_and_those_of_other_regions_stay(tiny, tmp_path):
    english = "region,profile,school,lon,lat,since,evidence\nKZ-59,abai,First,69.15,54.87,2025,order 12\n"
    russian = "Регион;Профиль;Школа;Основание\nСеверо-Казахстанская область;Сәтбаев;Вторая;приказ 13\n"
    kazakh = "Облыс,Бейін,Мектеп атауы,Ашылған жылы\nАлматы қаласы,Жәутіков,Үшінші,2024/25\n750000000,STEM,Төртінші,\n"
    found = attached(tiny, tmp_path, english, russian, kazakh)
    assert rows(found.given.network) == [
        ("KZ-59", "abai", "First", 69.15, 54.87, 2025, "order 12"),
        ("KZ-59", "satpayev", "Вторая", None, None, None, "приказ 13"),
        ("KZ-75", "stem", "Төртінші", None, None, None, None),
        ("KZ-75", "zhautykov", "Үшінші", None, None, 2024, None),
    ]
    assert [one.role for one in found.inputs] == ["given"] * 3
    schema.check(found.given.network, given.NETWORK)


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("KZ-59", ["KZ-59"]),
        ("kz-59", ["KZ-59"]),
        ("59", ["KZ-59"]),
        ("590000000", ["KZ-59"]),
        ("СКО", ["KZ-59"]),
        ("Солтүстік Қазақстан облысы", ["KZ-59"]),
        ("г. Алматы", ["KZ-75"]),
        ("Алматинская область", ["KZ-19"]),
        ("Алматы облысы", ["KZ-19"]),
        ("Алматы", ["KZ-19", "KZ-75"]),
        ("Almaty region", ["KZ-19"]),
        ("Есильский район", []),
        ("KZ-98", []),
        ("Атлантида", []),
    ],
)
def test_a_region_is_known_by_code_kato_or_name(cell, codes):
    assert naming.region_codes(cell) == codes


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("Абай", "abai"),
        ("ABAI", "abai"),
        ("Жаутыков", "zhautykov"),
        ("Жәутіков", "zhautykov"),
        ("Сатпаев", "satpayev"),
        ("Қ.И. Сәтбаев", "satpayev"),
        ("Робототехника  и ИИ", "робототехника и ии"),
    ],
)
def test_profiles_are_known_by_name_and_others_are_kept(tiny, tmp_path, cell, key):
    found = attached(tiny, tmp_path, f"region,profile\nKZ-59,{cell}\n")
    assert found.given.network["profile"].tolist() == [key]


def test_rows_of_network_schools_that_cannot_be_used_are_rejected_and_cells_corrected(tiny, tmp_path):
    lines = [
        "region,profile,school,lon,lat,since,evidence",
        ",abai,A,,,,",  # 2: no region
        "Атлантида,abai,B,,,,",  # 3: no such region
        "Алматы,abai,C,,,,",  # 4: two regions are called so
        "KZ-59,,D,,,,",  # 5: no profile
        "KZ-59,abai,E,54.87,69.15,,",  # 6: swapped
        "KZ-59,abai,F,-120,10,,",  # 7: no place of the country
        "KZ-59,abai,G,69,nine,soon,",  # 8: no latitude, no year
        "KZ-59,ABAI,e,,,,",  # 9: the same as 6
        f"KZ-59,{'x' * 300},H,,,1700,=HYPERLINK(1)",  # 10: over-long, a formula, a year before any
        "KZ-59,abai,I,,,,,,more",  # 11: more cells than headers
        "XX-00,abai,J,,,,",  # 12: this region's own code
    ]
    found = attached(tiny, tmp_path, "\n".join(lines))
    network = found.given.network.set_index("school")
    assert sorted(network.index) == ["E", "F", "G", "H", "J"]
    assert network.loc["E", ["lon", "lat"]].tolist() == [69.15, 54.87]
    assert network.loc[["F", "G", "H"], "lon"].isna().all()
    assert network.loc["H", "profile"] == "x" * 199 + "…"
    assert network.loc["H", "evidence"] == "=HYPERLINK(1)"
    assert network.loc["J", "region"] == "XX-00"
    said = outcomes(found, "network")
    assert sorted(row for row, outcome, _ in said if outcome == "rejected") == ["11", "2", "3", "4", "5", "9"]
    assert sorted((row, column) for row, outcome, column in said if outcome == "corrected") == [
        ("10", "profile"), ("10", "since"), ("6", "lon"), ("7", "lon"), ("8", "lat"), ("8", "since"),
    ]  # fmt: skip
    counts = found.ledger.counts().reset_index().set_index("table").loc["network"]
    assert counts[["read", "rejected", "corrected"]].tolist() == [11, 6, 4]  # rows, not cells


# --- partners


def test_partners_are_universities_or_colleges_at_a_place(tiny, tmp_path):
    lines = [
        "Название;Вид;Профиль;Долгота;Широта",
        "СКУ им. Козыбаева;вуз;;69,15;54,87",
        "Жоғары колледж;колледж;IT;69,2;54,8",
        "Политехнический университет;;Сатпаев;69,3;54,9",  # 4: its name says what it is
        "Дом учителя;клуб;;69,3;54,9",  # 5: neither
        "Медицинский колледж;вуз;;;",  # 6: no place
        ";вуз;;69,1;54,8",  # 7: no name
        "Академия наук;школа;;69,3;54,9",  # 8: taken from its name
    ]
    found = attached(tiny, tmp_path, "\n".join(lines))
    assert rows(found.given.partners) == [
        ("Академия наук", "university", None, 69.3, 54.9),
        ("Жоғары колледж", "college", "zhautykov", 69.2, 54.8),
        ("Политехнический университет", "university", "satpayev", 69.3, 54.9),
        ("СКУ им. Козыбаева", "university", None, 69.15, 54.87),
    ]
    said = outcomes(found, "partners")
    assert [row for row, outcome, _ in said if outcome == "rejected"] == ["7", "5", "6"]
    assert [row for row, outcome, _ in said if outcome == "corrected"] == ["8"]


# --- okrugs


def test_okrugs_are_joined_to_settlements_by_kato_name_or_identifier(tiny, tmp_path):
    russian = "Образовательный округ;КАТО;Роль\nСевер;990100001;опорная школа\nСевер;990100002;Спутник\n"
    kazakh = "Білім беру округі,Елді мекен,Аудан,Рөлі\nОңтүстік,Dala,East,тірек мектебі\n"
    own = "okrug,settlement_id,role\nThird,G,satellite\n"
    found = attached(tiny, tmp_path, russian, kazakh, own)
    assert rows(found.given.okrugs) == [
        ("Third", "G", "satellite"),
        ("Оңтүстік", "D", "hub"),
        ("Север", "A", "hub"),
        ("Север", "B", "satellite"),
    ]


def test_a_kato_under_the_heading_of_a_settlement_is_read_as_kato(tiny, tmp_path):
    # 990100001 is the KATO of A; D is called Dala; of the third row the KATO column tells
    alone = "okrug,settlement,role\nOne,990100001,hub\nOne,Dala,satellite\n"
    beside = "okrug,kato,settlement,role\nTwo,990100002,990100001,hub\nTwo,,990100001,satellite\n"
    found = attached(tiny, tmp_path, alone)
    assert rows(found.given.okrugs) == [("One", "A", "hub"), ("One", "D", "satellite")]
    assert outcomes(found, "own_okrugs") == []
    found = attached(tiny, tmp_path, beside)
    assert rows(found.given.okrugs) == [("Two", "A", "satellite"), ("Two", "B", "hub")]
    with pytest.raises(TableError) as caught:
        attached(tiny, tmp_path, "okrug,settlement,role\nOne,990100777,hub\n")
    assert caught.value.faults[1].column == "settlement"


def test_a_table_none_of_whose_rows_can_be_used_is_a_fault_with_the_first_reasons(tiny, tmp_path):
    lines = ["okrug,settlement,role", *(f"One,Nowhere {at},satellite" for at in range(7))]
    with pytest.raises(TableError, match="none of its 7 rows can be used") as caught:
        attached(tiny, tmp_path, "\n".join(lines), "region,profile\nKZ-59,abai\n")
    first, *reasons = caught.value.faults
    assert (first.file, first.row) == ("own-0.csv", "")
    assert [(one.row, one.column) for one in reasons] == [(str(at), "settlement") for at in range(2, 7)]
    # of several regions another may hold them all; network schools bear their region themselves
    own = sheet(tmp_path, "\n".join(lines))
    assert reader.attach(tiny, [own], several=True).ledger.counts()["rejected"].tolist() == [7]
    with pytest.raises(TableError):
        reader.attach(tiny, [sheet(tmp_path, "region,profile\nKZ-99,abai\n")], several=True)


def test_rows_of_okrugs_that_cannot_be_used_are_rejected(tiny, tmp_path):
    lines = [
        "okrug,kato,settlement,role",
        "One,990100001,,hub",
        "One,990100001,,HUB",  # 3: said already
        "One,,Nowhere,satellite",  # 4: no such settlement
        "One,590000123,,satellite",  # 5: of another region
        ",990100002,,satellite",  # 6: of no okrug
        "One,990100002,,friend",  # 7: neither hub nor satellite
        "One,,Dala,satellite",
    ]
    found = attached(tiny, tmp_path, "\n".join(lines))
    assert rows(found.given.okrugs) == [("One", "A", "hub"), ("One", "D", "satellite")]
    said = outcomes(found, "own_okrugs")
    assert sorted(row for row, outcome, _ in said if outcome == "rejected") == ["3", "4", "5", "6", "7"]
    counts = found.ledger.counts().reset_index().set_index("table").loc["own_okrugs"]
    assert counts[["read", "rejected"]].tolist() == [7, 5]


# --- files


def test_a_kind_that_is_given_stands_in_place_of_what_there_was(tiny, tmp_path):
    first = attached(tiny, tmp_path, "region,profile\nKZ-59,abai\n", "okrug,settlement_id,role\nOne,A,hub\n")
    second = attached(first, tmp_path, "region,profile\nKZ-10,abai\n")
    assert second.given.network["region"].tolist() == ["KZ-10"]
    assert len(second.given.okrugs) == 1


def test_a_workbook_is_read_as_a_csv_is(tiny, tmp_path):
    path = tmp_path / "own.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("about").write(0, 0, "Network schools, 2026")
        page = book.add_worksheet("schools")
        page.write_row(1, 0, ["Network schools that work"])
        page.write_row(3, 0, ["Region", "Profile", "School", "Lon", "Lat", "Since"])
        page.write_row(4, 0, ["KZ-59", "Abai", "First", 69.15, 54.87, 2025])
    found = reader.attach(tiny, [path])
    assert rows(found.given.network) == [("KZ-59", "abai", "First", 69.15, 54.87, 2025, None)]


def test_files_of_no_kind_are_refused_all_at_once(tiny, tmp_path):
    strange, both = sheet(tmp_path, "a,b\n1,2\n"), sheet(tmp_path, "school_id,level,lon,lat\n", "register.csv")
    with pytest.raises(SourceError) as caught:
        reader.attach(tiny, [strange, both, tmp_path / "none.csv"])
    assert [fault.file.rpartition("/")[2] for fault in caught.value.faults] == ["own.csv", "register.csv", "none.csv"]
    assert "network schools" in str(caught.value)


@pytest.mark.parametrize("kind", ["network", "partners", "okrugs"])
def test_templates_hold_headers_only_and_are_known(tiny, kind):
    path = TEMPLATES / f"{kind}-template.csv"
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1
    assert reader.knows(path)
    found = reader.attach(tiny, [path])
    assert getattr(found.given, kind).empty
    schema.check(getattr(found.given, kind), given.TABLES[kind])


@pytest.mark.parametrize("name", ["template.csv", "example.csv", "settlements-template.csv", "README.md"])
def test_other_tables_are_not_taken_for_these(name):
    assert not reader.knows(TEMPLATES / name)


# --- ways in and out


def test_tables_come_back_from_a_saved_region_as_they_were(tiny, tmp_path):
    found = attached(
        tiny,
        tmp_path,
        'region,profile,school,lon,lat,since,evidence\nKZ-59,abai,"One, ""big""",69.15,54.87,2025,\nKZ-10,stem,,,,,x\n',
        "name,kind,profile,lon,lat\nNU,university,,71.4,51.09\n",
        "okrug,settlement_id,role\nOne,A,hub\nOne,B,satellite\n",
    )
    again = folder.read(found.save(tmp_path / "saved"))
    for name in given.TABLES:
        pd.testing.assert_frame_equal(getattr(again.given, name), getattr(found.given, name))
    replace(found, given=Given()).save(tmp_path / "saved")
    assert folder.read(tmp_path / "saved").given.okrugs.empty


def test_a_saved_table_that_was_damaged_is_refused_with_its_row(tiny, tmp_path):
    found = attached(tiny, tmp_path, "okrug,settlement_id,role\nOne,A,hub\n")
    saved = found.save(tmp_path / "saved")
    (saved / "given" / "okrugs.csv").write_text("okrug,settlement_id,role\nOne,Z,hub\nOne,A,boss\n", encoding="utf-8")
    with pytest.raises(TableError) as caught:
        folder.read(saved)
    assert {(fault.row, fault.column) for fault in caught.value.faults} == {("2", "settlement_id"), ("3", "role")}


def test_a_region_is_read_with_them_and_a_check_tells_them_apart(tiny, tmp_path):
    layers = tiny.save(tmp_path / "layers")
    own = sheet(tmp_path, "okrug,kato,role\nOne,990100001,hub\nOne,990100009,satellite\n")
    network = sheet(tmp_path, "region,profile\nKZ-59,abai\n", "network.csv")
    assert len(api.read(layers, given=[own, network]).given.okrugs) == 1
    found = api.check([network, layers, own])
    assert len(found.region.given.network) == 1
    counts = found.ledger.counts().reset_index().set_index("table")
    assert counts.loc["own_okrugs", ["read", "rejected"]].tolist() == [2, 1]
    copy = found.save(tmp_path / "corrected")
    assert reader.attach(tiny, [copy / "okrugs.csv"]).given.okrugs["settlement_id"].tolist() == ["A"]
    alone = api.check([own])  # without a map rows are read, not joined
    assert alone.ledger.counts().reset_index().set_index("table").loc["own_okrugs", "read"] == 2


def test_places_on_the_equator_are_places_where_the_region_lies_there(tiny, tmp_path):
    lon, lat = conftest.lonlat(-9000, 0)
    found = attached(tiny, tmp_path, f"name,kind,lon,lat\nCollege,college,{lon},{lat}\n")
    assert found.given.partners["lon"].tolist() == [pytest.approx(lon)]


CELLS = st.sampled_from(
    ["", "KZ-59", "Алматы", "abai", "Сәтбаев", "69.15", "54.87", "-500", "nan", "inf", "1e9", "2025", "2025/30", "=1+1",
     "'", "ы" * 400, "a;b", "0"]
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_rows(st.lists(st.lists(CELLS, min_size=7, max_size=7), min_size=1, max_size=6))
def test_every_row_is_used_or_rejected_whatever_stands_in_it(tiny, tmp_path, table):
    lines = ["region,profile,school,lon,lat,since,evidence", *(",".join(row) for row in table)]
    filled = sum(any(row) for row in table)
    good = any(len(naming.region_codes(row[0])) == 1 and row[1] for row in table)
    if filled and not good:
        with pytest.raises(TableError, match=f"none of its {filled} rows can be used"):
            attached(tiny, tmp_path, "\n".join(lines))
        return
    found = attached(tiny, tmp_path, "\n".join(lines))
    schema.check(found.given.network, given.NETWORK)
    rejected = [row for row, outcome, _ in outcomes(found, "network") if outcome == "rejected"]
    assert len(rejected) == len(set(rejected))
    assert len(found.given.network) + len(rejected) == filled
    assert found.ledger.read[("own-0.csv", "network")] == filled
