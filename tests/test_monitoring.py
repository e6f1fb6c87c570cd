"""Two dates side by side: a world worked out on paper, read as a planner gives it; and what must hold of any two."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import os
from unittest import mock

import geopandas as gpd
import pandas as pd
import pytest
import rich.console
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

import command
import schoolnet
from conftest import deep, lonlat, shared
from schoolnet import monitored
from schoolnet import monitoring as public
from schoolnet.errors import OptionError
from schoolnet.law.norms import Norms
from schoolnet.output import monitoring as written
from schoolnet.output import monitoring_forms, monitoring_notes, monitoring_text, words
from schoolnet.planning import monitoring
from schoolnet.planning.observed import Observed
from schoolnet.sources import table_file

A_DAY, B_DAY = dt.date(2026, 7, 5), dt.date(2026, 10, 5)
HEADER = ("school_id", "name", "level", "seats", "enrolment", "shifts", "condition", "kato", "lon", "lat")
_ARKA, _BULAK, _DALA, _GULDER, _QALA = "990100001", "990100002", "990100003", "990100005", "990200001"
#: Six schools; the later register has five, and a row of SR that cannot be placed.
EARLIER = [
    ("SA", "Arka school", "secondary", 120, 95, 1, "good", _ARKA, (300, 0)),
    ("SB", "Bulak school", "primary", 40, 15, 1, "repair", _BULAK, (-3000, 0)),
    ("SQ", "Qala school", "secondary", 300, 700, 3, "emergency", _QALA, (-9000, 0)),
    ("ST", "Gulder school", "primary", 20, 5, 1, "good", _GULDER, (-1000, 200)),
    ("SN", "Qala school No 2", "secondary", 100, 90, 1, "good", _QALA, (-9000, 300)),
    ("SR", "Qala school No 3", "secondary", 100, 80, 1, "good", _QALA, (-9000, -300)),
]
LATER = [
    ("SA", "Arka school", "secondary", 120, 95, 1, "good", _ARKA, (300, 0)),
    ("SB", "Bulak school", "basic", 60, 35, 1, "repair", _BULAK, (-3000, 0)),
    ("SQ", "Qala school", "secondary", 300, 700, 2, "good", _QALA, (-9000, 0)),
    ("900", "QALA school no. 2", "secondary", 100, 90, 1, "good", _QALA, (-9000, 300)),
    ("SR", "Qala school No 3", "secondary", 100, 80, 1, "good", "", (9e6, 0)),
    ("SD", "Dala school", "secondary", 60, 20, 1, "good", _DALA, (2700, 0)),
]


def register(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows((*row[:-1], *lonlat(*row[-1])) for row in rows)
    return path


@pytest.fixture(scope="module")
def frozen(tiny, tmp_path_factory):
    """Freeze the tiny region with the earlier register, and with the later one, as a planner does."""
    folder = tmp_path_factory.mktemp("monitoring")
    source = tiny.save(folder / "map")
    for day, rows in ((A_DAY, EARLIER), (B_DAY, LATER)):
        sheet = register(folder / f"register-{day}.csv", rows)
        done = command.run(
            "snapshot", source, "--schools", sheet, "--date", day, "--out", folder / "snapshots", "--lang", "en"
        )
        assert done.returncode == 0, done.stderr
        assert f"{folder / 'snapshots' / 'XX-00'}/{day}" in done.stdout
    return folder / "snapshots"


@pytest.fixture(scope="module")
def run(frozen, tmp_path_factory):
    """Run the command once; returns what it printed, the folder it wrote, and what it found."""
    out, seen, real = tmp_path_factory.mktemp("compared"), [], public.monitor
    with mock.patch.object(public, "monitor", lambda *sides, **told: seen.append(real(*sides, **told)) or seen[-1]):
        days = ("--day-a", A_DAY, "--day-b", B_DAY)
        done = command.run("compare", frozen, frozen, *days, "--out", out, "--lang", "en")
    return done, out, seen[0]


@pytest.fixture(scope="module")
def done(run):
    return run[:2]


@pytest.fixture(scope="module")
def found(run):
    return run[2]


def cells(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


# --- the world on paper


def test_what_became_of_each_school(found):
    """SB teaches grades 5-9 now, SQ has a new building and two shifts, 900 is SN under another number, SD is new.

    ST is gone from the register; SR is not: its row lies at the other end of the world, and is rejected.
    """
    shown = found.changes[["school_id", "district_id", "changed", "nature", "doubt", "value_a", "value_b"]]
    assert shown.astype(object).where(shown.notna(), None).to_numpy().tolist() == [
        ["900", "west", "renumbered", "data", "likely_same", "SN", "900"],
        ["SB", "east", "raised", "world", "", "primary", "basic"],
        ["SQ", "west", "emergency_ended", "world", "", "emergency", "good"],
        ["SQ", "west", "three_shift_ended", "world", "", "3", "2"],
        ["SR", "west", "row_lost", "data", "row_rejected", "secondary", None],
        ["ST", "east", "closed", "world", "", "primary", None],
        ["SD", "east", "opened", "world", "", None, "secondary"],
    ]


def test_what_each_settlement_is_owed_and_why(found):
    """Bulak (41 children: 15, 19, 7) rode to SA 3,300 m away for grades 5-11, 26 pupils; now for grades 10-11, 7.

    Dala (20 children) has all grades now. Gulder (5 children, a primary school is guaranteed) has lost its school; SA
    is 1,500 m away, so no transport is owed. Bulak is guaranteed the basic school it now has. The gravest stands first.
    """
    shown = found.owed.astype(object).where(found.owed.notna(), None)
    columns = ["settlement_id", "duty", "turn", "causes", "pupils_a", "pupils_b", "guaranteed_b", "existing_b"]
    assert shown[columns].to_numpy().tolist() == [
        ["G", "level", "begun", "own_school", None, None, "primary", "none"],
        ["B", "transport", "fewer", "own_school", 26, 7, None, None],
        ["D", "transport", "ended", "own_school", 20, 0, None, None],
        ["B", "level", "ended", "own_school", None, None, "basic", "basic"],
        ["D", "level", "ended", "own_school", None, None, "primary", "secondary"],
    ]


def test_the_figures_of_districts_add_up_to_the_region(found):
    """East: SA, SB, ST before, SA, SB, SD after. West: SQ, SN, SR before, SQ, 900 after; SQ alone is short of seats.

    Seats: 120 + 40 + 20 + 300 + 100 + 100 = 680, then 120 + 60 + 60 + 300 + 100 = 640. Owed transport: Bulak 26, Dala
    20, Eski 4 = 50; then Bulak 7, Eski 4 = 11.
    """
    rows = found.figures.set_index(["district_id", "figure"])[["then_a", "then_b", "difference"]]
    expected = {
        "schools": [(6, 5), (3, 3), (3, 2)],
        "state_day_schools": [(6, 5), (3, 3), (3, 2)],
        "emergency": [(1, 0), (0, 0), (1, 0)],
        "three_shift": [(1, 0), (0, 0), (1, 0)],
        "bad": [(1, 0), (0, 0), (1, 0)],
        "indicator_share": [(1 / 6, 0), (0, 0), (1 / 3, 0)],
        "seats": [(680, 640), (180, 240), (500, 400)],
        "enrolment": [(985, 940), (115, 150), (870, 790)],
        "shortage_official": [(100, 100), (0, 0), (100, 100)],
        "shortage_comfort": [(400, 400), (0, 0), (400, 400)],
        "children": [(751, 751), (151, 151), (600, 600)],
        "network_deficit": [(2, 1), (2, 1), (0, 0)],
        "owed_build": [(1, 1), (1, 1), (0, 0)],
        "entitled_settlements": [(3, 2), (3, 2), (0, 0)],
        "entitled_pupils": [(50, 11), (50, 11), (0, 0)],
    }
    assert tuple(expected) == monitored.FIGURES_OF
    for figure, areas in expected.items():
        for area, (a, b) in zip(("*", "east", "west"), areas, strict=True):
            assert rows.loc[(area, figure)].tolist() == pytest.approx([a, b, b - a]), (figure, area)


def test_events_are_counted_by_district(found):
    rows = found.events[["district_id", "changed", "count", "doubtful"]].to_numpy().tolist()
    assert [row for row in rows if row[0] != "*"] == [
        ["east", "opened", 1, 0], ["east", "closed", 1, 0], ["east", "raised", 1, 0],
        ["west", "emergency_ended", 1, 0], ["west", "three_shift_ended", 1, 0], ["west", "renumbered", 1, 1],
        ["west", "row_lost", 1, 1],
    ]  # fmt: skip
    assert sum(row[2] for row in rows if row[0] == "*") == 7


def test_the_norms_that_changed_between_the_days_are_named(found):
    """On 12 July 2026 a wording nobody here has read comes into force: what was law is practice from then."""
    assert "calendar.snapshot_month" in found.norms_changed
    assert not [key for key in found.norms_changed if not key.startswith("calendar.")]
    one, two = (side[0].norms["calendar.snapshot_month"].standing for side in (found.a, found.b))
    assert (one, two) == ("law", "practice")


def test_the_command_writes_every_file_and_says_what_changed(done, found):
    result, out = done
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in out.iterdir()) == sorted(written.FILES)
    assert "level raised" in result.stdout
    assert "Changes of schools: 7; of these doubtful, or of the data only: 2." in result.stdout
    assert [row["changed"] for row in cells(out / "changes.csv")] == found.changes["changed"].tolist()
    layer = gpd.read_file(out / "changed.gpkg")
    assert dict(zip(layer["school_id"], layer.geometry.x.round(6), strict=True))["SD"] == round(lonlat(2700, 0)[0], 6)
    sheets = CalamineWorkbook.from_path(out / "compare.xlsx").sheet_names
    assert sheets == [words.load("en").text(f"sheet.{name}") for name in (
        "figures_then", "events", "changes", "owed_changes", "quarterly", "yearly", "norms_between", "rests",
        "snapshots", "options",
    )]  # fmt: skip


def test_the_quarterly_form_is_of_the_quarter_before_while_its_figures_are_due(done):
    """5 October: the third quarter's figures are due by the 10th. One opened and one closed, both in villages."""
    rows = cells(done[1] / "quarterly.ru.csv")
    shown = {
        (row["Регион"], row["Город или село"]): [
            row[key] for key in ("открылась", "закрылась", "перестала быть аварийной")
        ]
        for row in rows
    }
    assert {row["Квартал"] for row in rows} == {"III 2026"}
    assert {row["Срок представления"] for row in rows} == {"10.10.2026"}
    assert shown["Малая", "село"] == ["1", "1", "0"]
    assert shown["Малая", "город"] == ["0", "0", "1"]
    assert shown["Малая", "всего"] == shown["Всего по этим регионам (1)", "всего"] == ["1", "1", "1"]


def test_the_quarterly_form_of_days_farther_apart_leaves_the_quarter_open(found):
    rows = monitoring_forms.quarterly(on_days(found, a=dt.date(2025, 10, 1)))
    assert rows["opened"].isna().all()
    assert rows["state_day_schools"].tolist()[:3] == [2, 3, 5]


def test_the_yearly_form_has_both_days_and_what_lies_between_a_year(done, found):
    rows = cells(done[1] / "yearly.kk.csv")
    assert list(rows[0])[2:4] == ["Мектептер (А күні, 05.07.2026)", "Мектептер (Б күні, 05.10.2026)"]
    whole = {row["Қала немесе ауыл"]: row for row in rows[:3]}
    assert {key: list(row.values())[2:4] for key, row in whole.items()} == {
        "қала": ["3", "2"], "ауыл": ["3", "3"], "барлығы": ["6", "5"],
    }  # fmt: skip
    # three months are no year: what lies between is left open, and said to be
    assert whole["барлығы"]["деңгейі көтерілді"] == ""
    assert "not a year apart" in done[0].stdout
    year = on_days(found, a=dt.date(2025, 10, 1))
    row = monitoring_forms.yearly(year).set_index("territory").loc["all"].iloc[0]
    between = {name: row[name] for name in monitoring_forms.YEAR if row[name]}
    # SR, whose row is rejected, is neither opened nor closed; SQ alone was in emergency condition and in three shifts
    assert between == {
        "opened": 1, "closed": 1, "state_day_otherwise": -1, "raised": 1, "emergency_ended": 1, "three_shift_ended": 1,
    }  # fmt: skip
    assert "not a year apart" not in said(year)


@pytest.mark.slow
def test_two_plans_are_compared_as_two_snapshots_are(frozen, found):
    a, b = (
        schoolnet.plan(schoolnet.read(frozen / "XX-00" / f"{day}"), schoolnet.Options(on=day)) for day in (A_DAY, B_DAY)
    )
    of_plans = schoolnet.monitor(a, b)
    pd.testing.assert_frame_equal(of_plans.figures, found.figures)
    pd.testing.assert_frame_equal(of_plans.owed, found.owed)
    # plans know no rejected rows: SR is a school that closed
    told = ["closed" if one == "row_lost" else one for one in found.changes["changed"]]
    assert of_plans.changes["changed"].tolist() == told


@pytest.mark.slow
def test_a_plan_beside_itself_and_plans_that_cannot_be_compared(tiny_plan, tmp_path):
    same = schoolnet.monitor(tiny_plan, [tiny_plan])
    assert same.changes.empty
    assert same.sides == ()
    assert sorted(path.name for path in same.save(tmp_path / "out", lang="kk").iterdir()) == sorted(written.FILES)
    other = dataclasses.replace(tiny_plan, options=tiny_plan.options.model_copy(update={"transport_rule": "and"}))
    with pytest.raises(OptionError, match="different options: transport_rule"):
        schoolnet.monitor(tiny_plan, other)
    earlier = dataclasses.replace(tiny_plan, norms=Norms.on(A_DAY))
    with pytest.raises(OptionError, match="later than B"):
        schoolnet.monitor(tiny_plan, earlier)


@pytest.mark.slow
def test_what_is_printed_is_in_one_language_and_files_in_kazakh_where_none_is_asked_for(frozen, tmp_path):
    """On a Russian computer progress and result are Russian; the workbook is Kazakh, as the default of --lang says."""
    days = ("--day-a", A_DAY, "--day-b", B_DAY)
    env = os.environ | {"LC_ALL": "ru_RU.UTF-8"}
    result = command.run("compare", frozen, frozen, *days, "--out", tmp_path, env=env)
    assert result.returncode == 0, result.stderr
    assert "Изменений школ 7" in result.stdout
    assert words.load("ru").text("stage.compare") in result.stderr
    sheets = CalamineWorkbook.from_path(tmp_path / "compare.xlsx").sheet_names
    assert sheets[0] == words.load("kk").text("sheet.figures_then")


# --- what a planner may do wrong


def test_one_side_that_is_no_snapshot_and_arguments_without_meaning_are_refused(frozen, tmp_path):
    side = frozen / "XX-00" / f"{A_DAY}"
    mixed = command.run("compare", side, tmp_path, "--lang", "en")
    assert (mixed.returncode, "one side is a snapshot, the other is not" in mixed.stderr) == (2, True)
    stray = command.run("compare", side, side, "--schools", tmp_path / "x.csv", "--lang", "en")
    assert (stray.returncode, "--schools cannot be used" in stray.stderr) == (2, True)
    programmes = command.run("compare", tmp_path, tmp_path, "--day-a", A_DAY, "--lang", "en")
    assert (programmes.returncode, "--day-a cannot be used" in programmes.stderr) == (2, True)
    several = command.run("compare", frozen, frozen, "--lang", "en")
    assert (several.returncode, "--day-a or --day-b" in several.stderr) == (2, True)


# --- any two dates


def frames(rows, columns, index):
    out = pd.DataFrame(rows, columns=columns).drop_duplicates(index).set_index(index)
    return out.set_axis(out.index.astype("str").rename(index))


@st.composite
def sides(draw, day=A_DAY):
    """Draw one region of few settlements and schools at one date."""
    homes = {"h1": "d1", "h2": "d1", "h3": "d2", "h4": ""}
    there = draw(st.lists(st.sampled_from(sorted(homes)), min_size=1, unique=True))
    taught = draw(st.booleans())
    settled = frames(
        [
            {"settlement_id": key, "name": key, "name_kk": None, "name_ru": None, "name_en": None, "kato": None,
             "is_rural": key != "h1", "district_id": homes[key], "children": draw(st.sampled_from([0, 7, 50])),
             "estimated": draw(st.booleans()), "population": 100,
             "guaranteed": draw(st.sampled_from(["none", "basic"])),
             "existing": draw(st.sampled_from(["none", "primary"])), "network_deficit": draw(st.booleans())}
            for key in there
        ],
        None, "settlement_id",
    )  # fmt: skip
    ways = pd.DataFrame(
        [
            {"settlement_id": key, "band": band, "here": draw(st.booleans()),
             "school_id": draw(st.sampled_from(["s1", "s2"])),
             "pupils": draw(st.sampled_from([0, 3, pd.NA])), "far": draw(st.booleans()),
             "barrier": draw(st.booleans()), "entitled": draw(st.booleans())}
            for key in there for band in ("1-4", "5-9")
        ]
    ).set_index(["settlement_id", "band"])  # fmt: skip
    owed = ways[ways["entitled"]].groupby("settlement_id")["pupils"].sum()
    settled["entitled_pupils"] = owed.reindex(settled.index).fillna(0).astype("Int64")
    names = st.sampled_from(["one", "ONE", "two", None])
    schools = frames(
        [
            {"school_id": key, "name": draw(names), "name_kk": None, "name_ru": None, "name_en": None,
             "settlement_id": home, "district_id": "" if home is None else homes[home],
             "level": draw(st.sampled_from(["primary", "basic", "secondary", None])),
             "condition": draw(st.sampled_from(["good", "emergency", None])) if taught else None,
             "shifts": draw(st.sampled_from([1, 3, None])), "enrolment": draw(st.sampled_from([5, None])),
             "built": draw(st.sampled_from([1990, 2026, None])),
             "updated_at": draw(st.sampled_from(["2026-01-01", None])), "is_rural": home is None or home != "h1",
             "seats": draw(st.sampled_from([10.0, None])), "lon": draw(st.sampled_from([0.0, 0.5])), "lat": 0.0,
             "ownership": draw(st.sampled_from(["state", "private", None])),
             "kind": draw(st.sampled_from(["day", "evening", None])), "shortage_official": 1, "shortage_comfort": 2}
            for key in draw(st.lists(st.sampled_from(["s1", "s2", "s3", "s4"]), unique=True))
            for home in [draw(st.sampled_from([*there, None]))]
        ],
        ["school_id", "name", "name_kk", "name_ru", "name_en", "settlement_id", "district_id", "level", "condition",
         "shifts", "enrolment", "built", "updated_at", "is_rural", "seats", "lon", "lat", "ownership", "kind",
         "shortage_official", "shortage_comfort"], "school_id",
    )  # fmt: skip
    numbers = {name: schools[name].astype("Float64") for name in ("shifts", "enrolment", "built", "seats")}
    state = schools["ownership"].ne("private") & schools["kind"].ne("evening")
    flags = {"state_day": state, "is_rural": schools["is_rural"].astype(bool)}
    schools = schools.assign(**numbers, **flags, emergency=schools["condition"].eq("emergency"))
    schools["three_shift"] = (schools["shifts"] > 2).fillna(value=False).astype(bool)
    rejected = {key: "why" for key in draw(st.sets(st.sampled_from(["s1", "s2", "s3"]))) if key not in schools.index}
    districts = pd.DataFrame({"name": ["one", "two"]}, index=["d1", "d2"]).assign(
        name_kk=None, name_ru=None, name_en=None
    )
    return Observed("XX", {"name": "X"}, day, schools, settled, ways, districts, Norms.on(day), rejected)


#: What is seen the other way round; the others are their own mirror.
PAIRS = [
    ("opened", "closed"), ("joined_state_day", "left_state_day"), ("raised", "lowered"), ("row_lost", "row_found"),
    ("emergency_begun", "emergency_ended"), ("three_shift_begun", "three_shift_ended"), ("untold", "told"),
    ("begun", "ended"), ("more", "fewer"), ("better", "worse"),
]  # fmt: skip


def swapped(frame):
    """Return a table with A in the place of B."""
    swap = {name: name[:-1] + {"a": "b", "b": "a"}[name[-1]] for name in frame if name.endswith(("_a", "_b"))}
    out = frame.rename(columns=swap)[frame.columns]
    turned = dict(PAIRS) | {two: one for one, two in PAIRS}
    return out.assign(
        **{name: out[name].map(lambda one: turned.get(one, one)) for name in ("changed", "turn") if name in out}
    )


def listed(frame, leave=("school_id", "settlement_id", "district_id", "is_rural", "state_day")):
    rows = frame.drop(columns=[name for name in leave if name in frame]).astype(object)
    return sorted(map(str, rows.where(rows.notna(), None).to_numpy().tolist()))


@pytest.mark.slow
@deep(15)
@given(sides(), sides())
def test_what_is_seen_from_b_is_the_mirror_of_what_is_seen_from_a(a, b):
    """Of two plans of one day neither is the earlier; doubts are of what is later, and so not mirrored."""
    one, two = monitoring.compare([a], [b]), monitoring.compare([b], [a])
    seen = ("region", "id_a", "id_b", "changed", "of_column", "value_a", "value_b", "twin")
    assert listed(swapped(one.changes[[*seen]])) == listed(two.changes[[*seen]])
    sums = (found.changes[[*monitored.ADDS]].sum() for found in (one, two))
    assert (0 - next(sums)).tolist() == next(sums).tolist()
    assert listed(swapped(one.owed)) == listed(two.owed)
    back = two.figures.assign(difference=0 - two.figures["difference"])
    assert listed(swapped(one.figures), ()) == listed(back, ())
    assert one.norms_changed == two.norms_changed or set(one.norms_changed) == set(two.norms_changed)


@pytest.mark.slow
@deep(20)
@given(sides())
def test_a_date_beside_itself_shows_nothing(a):
    found = monitoring.compare([a], [a])
    assert found.changes.empty
    assert found.owed.empty
    assert found.events.empty
    assert found.norms_changed == ()
    assert (found.figures["difference"].dropna() == 0).all()


@deep(15)
@given(sides(), sides(B_DAY))
def test_districts_add_up_and_every_school_is_accounted_for(a, b):
    found = monitoring.compare([a], [b])
    rows = found.figures[found.figures["figure"] != "indicator_share"]
    for column in ("then_a", "then_b"):
        table = rows.pivot_table(index="district_id", columns="figure", values=column, aggfunc="sum")
        whole, parts = table.loc["*"], table.drop(index="*").sum()
        assert whole.tolist() == pytest.approx(parts.reindex(whole.index).tolist())
    counts = found.changes["changed"].value_counts()
    net = {"opened": 1, "row_found": 1, "closed": -1, "row_lost": -1}
    assert len(b.schools) - len(a.schools) == sum(sign * counts.get(kind, 0) for kind, sign in net.items())
    # each school of either side is in one pair, or gone, or come
    gone, come = (found.changes.loc[found.changes["changed"].isin(kinds), side] for kinds, side in (
        (("closed", "row_lost"), "id_a"), (("opened", "row_found"), "id_b")))  # fmt: skip
    assert gone.is_unique
    assert come.is_unique
    assert len(a.schools) - len(gone) == len(b.schools) - len(come)


def explained(found):
    """Say that nothing moves a figure without a change that says so: in each district, each territory and together."""
    figures = found.figures.pivot_table(
        index=["region", "district_id"], columns="figure", values="difference", dropna=False, aggfunc="sum", min_count=1
    ) if not found.figures.empty else found.figures  # fmt: skip
    sums = found.events.groupby(["region", "district_id"])[[*monitored.ADDS]].sum()
    for name, figure in monitored.ADDS.items():
        told = figures[figure].dropna()
        assert sums[name].reindex(told.index).fillna(0).tolist() == told.tolist(), figure
    both = [one["district_id"] == "*" for one in (found.figures, found.events)]
    whole = found.events[both[1]].groupby("region")[[*monitored.ADDS]].sum()
    own = found.changes.groupby("region")[[*monitored.ADDS]].sum()
    pd.testing.assert_frame_equal(whole.loc[own.index].astype(int), own.astype(int))
    form = monitoring_forms.yearly(on_days(found, a=found.b[0].day - dt.timedelta(days=365)))
    for figure, sides_of in {
        "state_day_schools": ("opened", "joined_state_day", "state_day_otherwise", "closed", "left_state_day"),
        "emergency": ("emergency_begun", "emergency_otherwise", "emergency_ended"),
        "three_shift": ("three_shift_begun", "three_shift_otherwise", "three_shift_ended"),
    }.items():
        at = next(i for i, name in enumerate(sides_of) if name.endswith("otherwise")) + 1
        net = sum(form[name] for name in sides_of[:at]) - sum(form[name] for name in sides_of[at:])
        difference = form[f"then_b.{figure}"] - form[f"then_a.{figure}"]
        known = difference.notna()
        assert net[known].astype(int).tolist() == difference[known].astype(int).tolist(), figure


@pytest.mark.slow
@deep(40)
@given(sides(), sides(B_DAY))
def test_what_became_of_schools_explains_the_figures(a, b):
    """Of state day schools, of those in emergency condition, with three shifts, with either; twice, as two regions."""
    explained(monitoring.compare([a], [b]))
    twin = [dataclasses.replace(one, code="YY") for one in (a, b)]
    explained(monitoring.compare([a, twin[0]], [b, twin[1]]))


@deep(15)
@given(sides(), sides(B_DAY))
def test_pupils_owed_transport_change_by_what_the_settlements_say(a, b):
    found = monitoring.compare([a], [b])
    rows = found.owed[found.owed["duty"] == "transport"]
    told = float((rows["pupils_b"] - rows["pupils_a"]).sum())
    whole = found.figures[(found.figures["district_id"] == "*") & (found.figures["figure"] == "entitled_pupils")]
    assert whole["difference"].tolist() == [told]


def test_several_regions_are_summed_and_one_of_one_side_is_left_out(found):
    a, b = found.a[0], found.b[0]
    twin = [dataclasses.replace(one, code="YY-00") for one in (a, b)]
    alone = dataclasses.replace(b, code="ZZ-00")
    both = monitoring.compare([a, twin[0]], [alone, twin[1], b], ["AA-00"])  # AA was not even planned
    assert both.left_out == ("AA-00", "ZZ-00")
    rows = both.figures.set_index(["region", "district_id", "figure"])["then_b"]
    assert rows["*", "*", "schools"] == 2 * rows["XX-00", "*", "schools"] == 10
    assert rows["*", "*", "indicator_share"] == 0
    assert both.events[both.events["region"] == "*"]["count"].sum() == 14
    with pytest.raises(OptionError, match="no region in common"):
        monitoring.compare([a], [alone])


# --- likely the same, and doubts


def test_two_schools_of_one_name_in_one_place_are_not_paired(found):
    """SN is gone and two schools called the same have come to the town: which of them it is cannot be told."""
    b = found.b[0]
    again = b.schools.loc[["900"]].rename(index={"900": "901"})
    two = dataclasses.replace(b, schools=pd.concat([b.schools, again]))
    changes = monitoring.compare(found.a, [two]).changes
    assert sorted(changes.loc[changes["changed"] == "opened", "id_b"]) == ["900", "901", "SD"]
    assert "SN" in changes.loc[changes["changed"] == "closed", "id_a"].tolist()


def test_a_name_alone_is_not_enough(found):
    """The same name 60 km off, in another settlement, is another school."""
    b = found.b[0]
    moved = b.schools.copy()
    moved.loc["900", ["settlement_id", "lon"]] = ["D", 0.6]
    changes = monitoring.compare(found.a, [dataclasses.replace(b, schools=moved)]).changes
    assert "renumbered" not in changes["changed"].tolist()


def became(found, **told):
    """Return what became of schools where the cells of B's (`SB={"name": …}`) are others; no school is doubted else."""
    a, b = found.a[0], found.b[0]
    schools = b.schools.astype(dict.fromkeys(("name", "ownership", "kind", "built", "settlement_id"), object))
    for key, cells_of in told.items():
        for name, value in cells_of.items():
            schools.loc[key.removeprefix("_"), name] = value
    schools["state_day"] = schools["ownership"].ne("private") & schools["kind"].ne("evening")
    compared = monitoring.compare([a], [dataclasses.replace(b, schools=schools)])
    explained(compared)
    return compared


def rows_of(compared, school, *columns):
    rows = compared.changes.loc[compared.changes["school_id"] == school, ["changed", *columns]]
    return rows.astype(object).where(rows.notna(), None).to_numpy().tolist()


def test_a_school_that_leaves_the_state_day_schools_leaves_their_figures(found):
    """SQ, in emergency condition with three shifts, turns private: 1 - 1 of each, and nothing is left for its repair.

    SB turns evening. State day schools: 6 before; SQ, SB, ST and SR (its row rejected) gone, SD come: 3.
    """
    compared = became(found, SQ={"ownership": "private"}, SB={"kind": "evening"})
    adds = ("of_column", "nature", *monitored.ADDS)
    assert rows_of(compared, "SQ", *adds) == [
        # not told in A, where it is state by default: of the data
        ["left_state_day", "ownership", "data", -1, -1, -1, -1],
        ["emergency_ended", "condition", "world", 0, 0, 0, 0],
        ["three_shift_ended", "shifts", "world", 0, 0, 0, 0],
    ]
    assert rows_of(compared, "SB", *adds)[0] == ["left_state_day", "kind", "data", -1, 0, 0, 0]
    figures = compared.figures[compared.figures["district_id"] == "*"].set_index("figure")
    assert figures.loc["state_day_schools", ["then_a", "then_b"]].tolist() == [6, 3]
    assert "is no state day school any more" in said(dataclasses.replace(found, changes=compared.changes))


def test_a_school_in_another_village_has_moved_and_counts_in_both_districts(found):
    """SB goes from Bulak (east) to Qala (west, a town): one school less there, one more here, none in the region."""
    compared = became(found, SB={"settlement_id": "Q", "district_id": "west", "is_rural": False, "lon": -0.0808})
    (row,) = [one for one in rows_of(compared, "SB", "of_column", "nature", "value_a", "value_b") if one[0] == "moved"]
    assert row == ["moved", "settlement_id", "world", "B", "Q"]
    events = compared.events[compared.events["changed"] == "moved"].set_index("district_id")
    assert events["count"].to_dict() == {"*": 1, "east": 1, "west": 1}
    assert events["adds_state_day"].to_dict() == {"*": 0, "east": -1, "west": 1}


@pytest.mark.parametrize(
    ("cells_of", "nature", "doubt"),
    [
        ({"lon": 0.03}, "world", ""),  # 6.3 km off in the same village: a building of its own
        ({"lon": 0.03, "built": 1975}, "doubtful", "same_building"),  # a building of 1975 was not built since
        ({"settlement_id": "G"}, "doubtful", "same_building"),  # of another village at the same point
        ({"settlement_id": "G", "name": "Gulder school"}, "doubtful", "another_school"),
        ({"lon": 0.03, "name": "Abai lyceum", "built": 2026}, "doubtful", "another_school"),  # as in a town
    ],
)
def test_why_a_move_is_doubted(found, cells_of, nature, doubt):
    compared = became(found, SB=cells_of)
    assert ["moved", nature, doubt] in rows_of(compared, "SB", "nature", "doubt")


def test_another_name_is_told_and_is_of_the_data(found):
    compared = became(found, SA={"name": "Abai school"}, SB={"name": "BULAK-school"})
    assert rows_of(compared, "SA", "nature", "doubt", "value_a", "value_b") == [
        ["renamed", "data", "name_only", "Arka school", "Abai school"]
    ]
    assert "renamed" not in [row[0] for row in rows_of(compared, "SB")]


def test_a_school_whose_settlement_is_not_told_any_more_is_a_gap_of_the_data(found):
    """SB stands where it stood, and its KATO is lost: no district counts it, nor do the villages."""
    lost = {"settlement_id": None, "district_id": "", "is_rural": False}
    compared = became(found, SB=lost)
    assert ["redrawn", "data", "not_told"] in rows_of(compared, "SB", "nature", "doubt")
    back = monitoring.compare(
        [dataclasses.replace(compared.b[0], day=A_DAY)], [dataclasses.replace(compared.a[0], day=B_DAY)]
    )
    assert ["redrawn", "data", "not_told"] in rows_of(back, "SB", "nature", "doubt")


def test_a_village_that_counts_to_another_district_takes_its_school_with_it(found):
    """Bulak's school counts to the west: east 3 - ST + SD - SB = 2, west 3 - SR + SB = 3."""
    compared = became(found, SB={"district_id": "west"})
    assert ["redrawn", "district_id", "east", "west"] in rows_of(compared, "SB", "of_column", "value_a", "value_b")
    rows = compared.figures[compared.figures["figure"] == "state_day_schools"].set_index("district_id")
    assert rows.loc[["east", "west"], "then_b"].tolist() == [2, 3]


def gulder(found, *, rejected=False, **told):
    """Return the changes where a primary school, X1, has come to Gulder, whose ST is gone (`rejected`: its row is)."""
    a, b = found.a[0], found.b[0]
    new = a.schools.loc[["ST"]].rename(index={"ST": "X1"}).assign(name="Another school", **told)
    schools = pd.concat([b.schools, new.astype(object)]).astype(b.schools.dtypes.drop("built"))
    built = a.schools.assign(built=a.schools["built"].astype(object).where(a.schools.index != "ST", 1975))
    sides = [dataclasses.replace(a, schools=built), dataclasses.replace(b, schools=schools)]
    if rejected:
        sides[1] = dataclasses.replace(sides[1], rejected={**b.rejected, "ST": "why"})
    compared = monitoring.compare([sides[0]], [sides[1]])
    explained(compared)
    return compared


def test_a_school_whose_row_is_rejected_was_not_given_another_number(found):
    """ST stands in B's register, in a row that is rejected: X1, alike in level, year and place, is another school."""
    compared = gulder(found, rejected=True, built=1975)
    columns = ("nature", "doubt", "adds_state_day")
    assert rows_of(compared, "ST", *columns) == [["row_lost", "data", "row_rejected", -1]]
    assert rows_of(compared, "X1", *columns) == [["opened", "doubtful", "built_before", 1]]
    mirror = monitoring.compare(
        [dataclasses.replace(compared.b[0], day=A_DAY)], [dataclasses.replace(compared.a[0], day=B_DAY)]
    )
    assert rows_of(mirror, "ST", *columns) == [["row_found", "data", "row_rejected", 1]]
    assert rows_of(mirror, "X1", *columns) == [["closed", "world", "", -1]]


def test_a_new_number_and_a_new_name_of_one_building_are_likely_one_school(found):
    """Gulder's school of 1975 is gone, and a primary one of 1975 has come: the same, under another number and name."""
    compared = gulder(found, built=1975)
    assert rows_of(compared, "X1", "nature", "doubt", "id_a") == [
        ["renumbered", "data", "likely_built", "ST"], ["renamed", "data", "name_only", "ST"],
    ]  # fmt: skip
    assert compared.changes["changed"].isin(["closed", "opened"]).sum() == 1  # SD
    # built since: one closed, another opened, and nobody doubts it
    apart = gulder(found, built=2026)
    assert [rows_of(apart, key, "doubt", "twin") for key in ("ST", "X1")] == [
        [["closed", "", None]], [["opened", "", None]],
    ]  # fmt: skip


@pytest.mark.slow
def test_where_no_year_of_building_is_told_both_sides_are_doubted_and_the_forms_count_them(found):
    compared = gulder(found, built=None)
    assert rows_of(compared, "ST", "nature", "doubt", "twin") == [["closed", "doubtful", "perhaps_same", "X1"]]
    assert rows_of(compared, "X1", "nature", "doubt", "twin") == [["opened", "doubtful", "perhaps_same", "ST"]]
    whole = with_found(found, compared)
    row = monitoring_forms.quarterly(whole).set_index("territory").loc["rural"].iloc[0]
    assert row[["opened", "opened_doubtful", "closed", "closed_doubtful"]].tolist() == [2, 1, 1, 1]


def test_a_school_whose_pupils_are_found_in_another_has_likely_joined_it(found):
    """SN, 90 pupils, is gone from Qala, where SQ had 700 and has 785: 85 more, within a fifth of 90."""
    a, b = found.a[0], found.b[0]
    for pupils, merged in ((785, True), (715, False), (900, False)):
        schools = b.schools.drop(index="900").copy()
        schools.loc["SQ", "enrolment"] = pupils
        compared = monitoring.compare([a], [dataclasses.replace(b, schools=schools)])
        told = [["closed", "doubtful", "likely_merged", "SQ"]] if merged else [["closed", "world", "", None]]
        assert rows_of(compared, "SN", "nature", "doubt", "twin") == told, pupils
        took = [["took_in", "doubtful", "SN", "700", f"{pupils}"]] if merged else []
        rows = rows_of(compared, "SQ", "nature", "twin", "value_a", "value_b")
        assert [row for row in rows if row[0] == "took_in"] == took, pupils


@pytest.mark.parametrize("lang", words.LANGS)
def test_the_two_forms_call_all_regions_together_by_one_name(run, lang):
    """One region of the country's: “Всего по этим регионам (1)”, in the form of the year as in that of the quarter."""
    _, out, found = run
    whole = words.load(lang).text("report_scope.whole", count="1")
    if lang in written.FORMS:
        for form in ("quarterly", "yearly"):
            regions = {next(iter(row.values())) for row in cells(out / f"{form}.{lang}.csv")}
            assert len(regions) == 2, form
            assert whole in regions, form
    frames = monitoring_text.frames(found, words.load(lang))
    region = words.load(lang).text("column.region")
    assert {frames[name].iloc[-1][region] for name in ("quarterly", "yearly")} == {whole}
    assert words.load(lang).text("report.all") not in set(frames["figures_then"]["region"])


@pytest.mark.slow
@pytest.mark.parametrize(("pupils", "lost"), [(700, 90), (715, 75), (690, 90), (785, 5), (900, 0)])
def test_pupils_of_a_closed_school_who_stand_nowhere_are_told_with_the_doubtful_and_under_the_forms(
    found, pupils, lost, tmp_path
):
    """SN, 90 pupils, is gone from Qala, and ST, 5 pupils, from Gulder, in whose district others have 40 more.

    SQ, the only other school of Qala, had 700. The 80 pupils of SR, whose row was rejected, are told elsewhere.
    """
    a, b = found.a[0], found.b[0]
    schools = b.schools.drop(index="900").copy()
    schools.loc["SQ", "enrolment"] = pupils
    whole = with_found(found, monitoring.compare([a], [dataclasses.replace(b, schools=schools)]))
    assert monitoring.nowhere(whole) == (95, lost)
    assert monitoring.nowhere(found) == (5, 0)
    for lang in words.LANGS:
        speech = words.load(lang)
        note = speech.text("monitored.nowhere", count=str(lost), all="95")
        assert [line for line in monitoring_notes.notes(whole, speech) if line == note] == [note] * (lost > 0)
        assert (note in set(monitoring_notes.rests(whole, speech)["text"])) == (lost > 0)
        assert not [line for line in monitoring_notes.notes(found, speech) if line[:12] == note[:12]]
        called = monitoring_text.names(whole, speech)
        bare = [monitoring_forms.yearly_form(found, speech, called), monitoring_forms.quarterly_form(found, speech)]
        for own, other in zip((monitoring_forms.yearly_form(whole, speech, called),
                               monitoring_forms.quarterly_form(whole, speech)), bare, strict=True):  # fmt: skip
            assert list(own) == list(other)
            assert len(own) == len(other) + (lost > 0)
            assert (own.iloc[-1, 0] == note) == (lost > 0)
    under = monitoring_forms._with_notes(bare[0], ["below"])
    for frame, name in ((bare[0], "bare.csv"), (under, "under.csv")):
        table_file.write(frame, tmp_path / name)
    lines = [(tmp_path / name).read_text(encoding="utf-8-sig").splitlines() for name in ("bare.csv", "under.csv")]
    assert lines[1] == [*lines[0], "below" + "," * (len(under.columns) - 1)]  # figures are written as they were


def on_days(found, a=None, b=None):
    """Return what was found with sides of these days; None: their own."""
    pairs = [
        tuple(dataclasses.replace(one, day=day or one.day) for one, day in zip(pair, (a, b), strict=True))
        for pair in found.pairs
    ]
    return dataclasses.replace(found, pairs=tuple(pairs))


def with_found(found, compared):
    return dataclasses.replace(found, **{one.name: getattr(compared, one.name) for one in dataclasses.fields(compared)})


@pytest.mark.parametrize(
    ("a", "b", "quarter", "is_near"),
    [
        ((2026, 4, 1), (2026, 9, 30), "III 2026", False),  # 182 days: two quarters
        ((2026, 6, 29), (2026, 9, 30), "III 2026", False),
        ((2026, 6, 30), (2026, 9, 30), "III 2026", True),  # the eve of the quarter
        ((2026, 7, 5), (2026, 10, 10), "III 2026", True),  # due by the 10th: still the third
        ((2026, 7, 5), (2026, 10, 11), "IV 2026", False),
        ((2026, 10, 1), (2026, 10, 8), "IV 2026", True),
    ],
)
def test_a_quarter_is_a_quarter(found, a, b, quarter, is_near):
    options = found.later.outcome.options.model_copy(update={"on": dt.date(*b)})
    later = dataclasses.replace(found.later, outcome=dataclasses.replace(found.later.outcome, options=options))
    whole = dataclasses.replace(on_days(found, dt.date(*a), dt.date(*b)), later=later)
    form = monitoring_forms.quarterly(whole)
    assert set(form["quarter"]) == {quarter}
    assert form["opened"].notna().all() == is_near
    assert ("the days is left empty in the quarterly" in said(whole)) != is_near


@pytest.mark.parametrize(
    ("days", "is_year"), [(87, False), (333, False), (334, True), (369, True), (396, True), (730, False)]
)
def test_a_year_is_a_year(found, days, is_year):
    form = monitoring_forms.yearly(on_days(found, a=B_DAY - dt.timedelta(days=days)))
    assert form["opened"].notna().all() == is_year
    assert form["then_a.schools"].notna().all()


def of_days(found, a, b):
    """Return one region whose sides are of these days; nothing changed between them."""
    sides = (dataclasses.replace(one, day=day) for one, day in ((found.b[0], a), (found.b[0], b)))
    return with_found(found, monitoring.compare(*([one] for one in sides)))


def test_where_nothing_changed_the_forms_say_none_and_not_that_it_is_not_known(found):
    quarter = of_days(found, dt.date(2026, 7, 2), dt.date(2026, 8, 20))
    assert quarter.changes.empty
    form = monitoring_forms.quarterly(quarter)
    assert {*form[[*monitoring_forms.BETWEEN]].stack(future_stack=True)} == {0}
    assert "left empty in the quarterly" not in said(quarter)
    year = monitoring_forms.yearly(of_days(found, B_DAY - dt.timedelta(days=365), B_DAY))
    assert {*year[[*monitoring_forms.YEAR]].stack(future_stack=True)} == {0}


@pytest.mark.slow
def test_a_side_frozen_on_several_days_is_judged_by_every_region_and_says_so(found):
    """A year from October to October in one region, and 19 days in another, are no year; nor are they one quarter.

    Of two regions inside the third quarter the days differ too, and the form holds.
    """

    def of(*days):
        """Return a region for each pair of days, in which SD is opened."""
        pairs = [
            [dataclasses.replace(one, code=f"YY-0{at}", day=day) for one, day in zip(found.pairs[0], pair, strict=True)]
            for at, pair in enumerate(days)
        ]
        first = found.later.regions[0]
        later = dataclasses.replace(
            found.later, regions=[dataclasses.replace(first, code=two.code) for _, two in pairs]
        )
        compared = monitoring.compare([one for one, _ in pairs], [two for _, two in pairs])
        return dataclasses.replace(with_found(found, compared), later=later)

    year, short = (B_DAY - dt.timedelta(days=365), B_DAY), (dt.date(2026, 9, 16), B_DAY)
    for days in ((year, short), (short, year)):
        mixed = of(*days)
        assert monitoring_forms.yearly(mixed)["opened"].isna().all()
        assert monitoring_forms.quarterly(mixed)["opened"].isna().all()
        assert "A of 05.10.2025–16.09.2026, B of 05.10.2026." in said(mixed)
        assert "not a year apart" in said(mixed)
        titles = monitoring_forms.yearly_form(mixed, words.load("en"), {})
        assert "Schools (A, 05.10.2025–16.09.2026)" in titles
    assert monitoring_forms.yearly(of(year, (year[0], dt.date(2026, 10, 1))))["opened"].notna().all()
    first, second = (dt.date(2026, 7, 2), dt.date(2026, 9, 1)), (dt.date(2026, 7, 9), dt.date(2026, 9, 30))
    inside = of(first, second)
    form = monitoring_forms.quarterly(inside)
    assert form["opened"].notna().all()
    assert dict(zip(form["region"], form["day_a"] + " " + form["day_b"], strict=True)) == {
        "YY-00": "02.07.2026 01.09.2026", "YY-01": "09.07.2026 30.09.2026",
        "*": "02.07.2026–09.07.2026 01.09.2026–30.09.2026",
    }  # fmt: skip
    # each within a quarter, but not within the same one
    other = of(first, (dt.date(2026, 10, 1), dt.date(2026, 10, 8)))
    assert monitoring_forms.quarterly(other)["opened"].isna().all()
    assert "left empty in the quarterly" in said(other)


@pytest.mark.parametrize(
    ("on", "due", "quarter", "told"),
    [
        ((2026, 4, 20), 31, "I 2026", "30.04.2026"),  # April has no 31st
        ((2026, 5, 1), 31, "II 2026", "31.07.2026"),
        ((2026, 4, 30), 30, "I 2026", "30.04.2026"),
        ((2026, 1, 31), 31, "IV 2025", "31.01.2026"),
    ],
)
def test_figures_due_by_the_end_of_a_month_are_due_by_its_last_day(found, on, due, quarter, told):
    first = found.later.regions[0]
    targets = dataclasses.replace(first.targets, day=due)
    later = dataclasses.replace(found.later, regions=[dataclasses.replace(first, targets=targets)])
    sides = of_days(found, dt.date(2025, 11, 3), dt.date(*on))
    form = monitoring_forms.quarterly(dataclasses.replace(sides, later=later))
    assert set(form["quarter"] + " " + form["due"]) == {f"{quarter} {told}"}


def test_norms_that_move_a_figure_are_named_first_and_the_others_counted(found):
    """Four or more of the calendar changed standing alone: no figure is another for that."""
    assert "Norms that changed between" not in said(found)
    assert f"others changed ({len(found.norms_changed)})" in said(found)
    b = found.b[0]
    norm = b.norms["threshold.primary"]
    changed = dataclasses.replace(b.norms, in_force={**b.norms.in_force, "threshold.primary": norm._replace(value=7)})
    compared = monitoring.compare(found.a, [dataclasses.replace(b, norms=changed)])
    lines = said(with_found(found, compared))
    assert f"Norms that changed between the two days: {' '.join(norm.say('text', 'en').split())}." in lines
    assert f"changed too ({len(found.norms_changed)})" in lines


def test_a_change_the_record_knows_nothing_of_is_doubted(found):
    """SB's record was last updated in June, before the earlier date; SD was built in 1990: both may be of the data."""
    b = found.b[0]
    schools = b.schools.copy()
    schools["updated_at"] = schools["updated_at"].astype(object)
    schools.loc["SB", "updated_at"] = "2026-06-01"
    schools["built"] = schools["built"].astype("Int64")
    schools.loc["SD", "built"] = 1990
    changes = monitoring.compare(found.a, [dataclasses.replace(b, schools=schools)]).changes.set_index("school_id")
    assert changes.loc["SB", ["nature", "doubt"]].tolist() == ["doubtful", "not_updated"]
    assert changes.loc["SD", ["nature", "doubt"]].tolist() == ["doubtful", "built_before"]


def test_a_condition_no_longer_told_is_not_an_emergency_ended(found):
    a = found.a[0]
    schools = a.schools.copy()
    schools.loc["SQ", "condition"] = None
    schools["emergency"] = False
    changes = monitoring.compare([a], [dataclasses.replace(a, schools=schools)]).changes
    assert changes[["school_id", "changed", "nature"]].to_numpy().tolist() == [["SQ", "untold", "data"]]


@pytest.mark.slow
def test_seats_no_longer_told_are_not_a_fall(found, tmp_path):
    """SB had 40 seats and has a cell nobody can read: a change of the data, and a note beside the sums.

    SA's pupils were not told and are now. A number told on both days that moves is one of the figures alone.
    """
    a = found.a[0]
    before, after = a.schools.copy(), a.schools.copy()
    before.loc["SA", "enrolment"], after.loc["SB", "seats"], after.loc["SQ", "seats"] = None, None, 310
    sides = [dataclasses.replace(a, schools=one) for one in (before, after)]
    compared = monitoring.compare(*[[one] for one in sides])
    columns = ["school_id", "changed", "of_column", "nature", "doubt", "value_a", "value_b"]
    rows = compared.changes[columns]
    assert rows.astype(object).where(rows.notna(), None).to_numpy().tolist() == [
        ["SA", "told", "enrolment", "data", "not_told", None, "95"],
        ["SB", "untold", "seats", "data", "not_told", "40", None],
    ]
    assert compared.events.query("district_id == '*'")[["count", "doubtful"]].to_numpy().tolist() == [[1, 1], [1, 1]]
    whole = with_found(found, compared)
    notes = [
        "Seats not known: schools on A – 0, on B – 1. They count as none in the seats and the shortage.",
        "Pupils not known: schools on A – 1, on B – 0. They count as none in the enrolment and the shortage.",
    ]
    assert [line for line in said(whole).splitlines() if line in notes] == notes
    assert "not known: schools" not in said(found)
    sheet = CalamineWorkbook.from_path(whole.save(tmp_path, lang="en") / "compare.xlsx").get_sheet_by_index(7)
    assert {row[0] for row in sheet.to_python()} >= set(notes)


@pytest.mark.slow
def test_a_region_has_one_name_in_every_line_and_sheet(found, tmp_path):
    """The map has a Latin i in one word and no word of the kind: lines, sheets and forms say the known name."""
    named = {"kk": "Солтүст\N{LATIN SMALL LETTER I}к Қазақстан", "ru": "Северо-Казахстанская"}
    sides = [dataclasses.replace(one[0], code="KZ-59", names=named) for one in (found.a, found.b)]
    compared = monitoring.compare(*[[one] for one in sides])
    whole = with_found(found, compared)
    told = {"kk": "Солтүстік Қазақстан облысы", "ru": "Северо-Казахстанская область", "en": "North Kazakhstan Region"}
    for lang, name in told.items():
        assert said(whole, lang).startswith(f"{name}: ")
        out = whole.save(tmp_path / lang, lang=lang)
        sheet = CalamineWorkbook.from_path(out / "compare.xlsx").get_sheet_by_index(0).to_python()
        assert {row[0] for row in sheet[3:]} == {name}
        assert name in sheet[0][0]
    called = {row["Өңір"] for row in cells(tmp_path / "en" / "yearly.kk.csv")}
    assert called == {told["kk"], "Осы өңірлер бойынша барлығы (1)"}


@pytest.mark.parametrize(
    ("code", "called", "title"),
    [
        ("KZ-59", {"name": "Северо-Казахстанская"}, ("Солтүстік Қазақстан облысы", "Северо-Казахстанская область")),
        ("KZ-10", {"ru": "Абай"}, ("Абай облысы", "область Абай")),
        ("KZ-75", {"kk": "Алматы (қала)", "ru": "Алматы"}, ("Алматы қаласы", "город Алматы")),
        # an outline of something else keeps its names: Almaty the city is not its region, the west is not the north
        ("KZ-19", {"kk": "Алматы қаласы"}, ("Алматы қаласы", None)),
        ("KZ-59", {"kk": "Батыс Қазақстан"}, ("Батыс Қазақстан облысы", None)),
        ("XX-00", {"kk": "Солтүстік Қазақстан"}, ("Солтүстік Қазақстан", None)),
    ],
)
def test_a_region_is_called_as_it_is_known_where_the_source_says_the_same(code, called, title):
    from schoolnet.output import titles

    found = titles.of_region(called, code)
    assert (found.get("kk"), found.get("ru")) == title
    assert ("en" in found) == (title[1] is not None)


# --- causes, one by one


def way(**told):
    return {"here": False, "school_id": "S1", "pupils": 3, "far": False, "barrier": False, "entitled": False} | told


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        (way(here=True), way(far=True, entitled=True), "own_school"),
        (way(pupils=0, far=True), way(far=True, entitled=True), "children"),
        (way(), way(school_id="S2", far=True, entitled=True), "nearest_school"),
        (way(), way(far=True, entitled=True), "nearest_school"),
        (way(school_id="S3"), way(school_id="S3", far=True, entitled=True), "way"),
        (way(school_id="S3"), way(school_id="S3", barrier=True, entitled=True), "way"),
        (way(school_id="S3", far=True), way(school_id="S3", far=True, entitled=True), "unknown"),
    ],
)  # fmt: skip
def test_why_transport_is_newly_owed(found, before, after, cause):
    """S1 closed between the dates; S2 and S3 did not change."""
    from schoolnet.planning import turns

    changes = pd.DataFrame({"id_a": ["S1"], "id_b": [None]})
    sides = [
        dataclasses.replace(one, ways=pd.DataFrame([told | {"settlement_id": "D", "band": "1-4"}]).set_index(
            ["settlement_id", "band"]), settlements=one.settlements.loc[["D"]].assign(
                entitled_pupils=3 if told["entitled"] else 0, network_deficit=False, existing="none"))
        for one, told in ((found.a[0], before), (found.b[0], after))
    ]  # fmt: skip
    rows = list(turns.turns(*sides, changes))
    assert [(row["turn"], row["causes"], row["pupils_a"], row["pupils_b"]) for row in rows] == [("begun", cause, 0, 3)]
    back = list(turns.turns(*sides[::-1], changes))
    assert [(row["turn"], row["causes"], row["pupils_a"], row["pupils_b"]) for row in back] == [("ended", cause, 3, 0)]


def levels(found, *rows):
    """Return Dala on two days: guaranteed, existing and deficit of each; its children estimated on both."""
    return [
        dataclasses.replace(one, ways=one.ways.iloc[:0], settlements=one.settlements.loc[["D"]].assign(
            guaranteed=due, existing=built, network_deficit=deficit, entitled_pupils=0, estimated=True, population=100))
        for one, (due, built, deficit) in zip((found.a[0], found.b[0]), rows, strict=True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "turn", "cause"),
    [
        (("basic", "primary", True), ("basic", "none", True), "worse", "own_school"),  # 1 level below, then 2
        (("none", "primary", False), ("none", "none", False), "worse", "own_school"),  # owed nothing, had a school
        (("basic", "none", True), ("basic", "primary", True), "better", "own_school"),
        (("primary", "none", True), ("basic", "none", True), "worse", "estimate"),
        # each a level lower: as far from the guarantee, and the school is less
        (("basic", "primary", True), ("primary", "none", True), "worse", "own_school, estimate"),
        (("primary", "primary", False), ("primary", "none", True), "begun", "own_school"),
        ((None, "primary", False), ("basic", "primary", False), None, None),  # a guarantee not known moved nothing
        (("basic", "primary", True), ("basic", "primary", True), None, None),
    ],
)
def test_what_became_of_the_level_of_a_settlement(found, before, after, turn, cause):
    from schoolnet.planning import turns

    rows = list(turns.turns(*levels(found, before, after), found.changes))
    assert [(row["turn"], row["causes"]) for row in rows] == ([(turn, cause)] if turn else [])


def test_the_gravest_is_first_and_what_is_estimated_only_last():
    """Lost the last school; owed a level; worse; 9 pupils before 2; no longer owed; then 40 pupils of the estimate."""
    from schoolnet.planning import turns

    gone, none = ("primary", "none"), (None, None)
    rows = [
        ("a", "transport", "more", "estimate", 0, 40, *none), ("b", "level", "ended", "own_school", None, None, *none),
        ("c", "transport", "begun", "own_school", 0, 2, *none), ("d", "transport", "begun", "way", 0, 9, *none),
        ("e", "level", "worse", "own_school", None, None, *gone),
        ("f", "level", "begun", "children", None, None, *none),
        ("g", "level", "worse", "own_school", None, None, "basic", "primary"),
        ("h", "level", "begun", "estimate", None, None, *none),
    ]  # fmt: skip
    columns = ["settlement_id", "duty", "turn", "causes", "pupils_a", "pupils_b", "existing_a", "existing_b"]
    told = pd.DataFrame(rows, columns=columns).astype({"pupils_a": "Int64", "pupils_b": "Int64"})
    assert turns.by_gravity(told)["settlement_id"].tolist() == ["e", "f", "g", "d", "c", "b", "h", "a"]


def said(found, lang="en"):
    """Return what the terminal shows, wide enough that no cell is broken."""
    screen = rich.console.Console(width=400, file=io.StringIO())
    for one in monitoring_text.told(found, lang):
        screen.print(one)
    return screen.file.getvalue()


def test_the_terminal_names_a_village_that_is_farther_from_its_guarantee(found):
    """Dala is owed a level on both days and lost its primary school: 0 begun, 0 ended, and yet it is shown."""
    sides = levels(found, ("basic", "primary", True), ("basic", "none", True))
    compared = monitoring.compare([sides[0]], [sides[1]])
    shown = said(dataclasses.replace(found, owed=compared.owed))
    rows = [line for line in shown.splitlines() if "worse: farther" in line]
    assert len(rows) == 1
    assert "Dala" in rows[0]


@pytest.mark.slow
def test_what_comes_of_the_estimate_alone_is_said_and_not_listed(found, tmp_path):
    """Bulak: 26 pupils, then 7 (19 fewer, its own school); Eski: 4, then 7, of the estimate: 3 of the difference."""
    row = found.owed.iloc[[1]].assign(settlement_id="E", turn="more", causes="estimate", pupils_a=4, pupils_b=7)
    more = dataclasses.replace(found, owed=pd.concat([found.owed, row], ignore_index=True))
    shown = said(more)
    assert "Of the difference in pupils owed transport, 3 come from the estimate of children alone" in shown
    assert "for more pupils" not in shown
    more.save(tmp_path, lang="en")
    sheet = CalamineWorkbook.from_path(tmp_path / "compare.xlsx").get_sheet_by_index(0).to_python()
    assert [line[-1] for line in sheet if "of the difference, from the estimate of children alone" in line] == [3]
    assert "estimate of children alone" not in said(found)


def options_of(folder):
    sheet = CalamineWorkbook.from_path(folder / "compare.xlsx").get_sheet_by_index(9).to_python()
    return {row[0]: row[1:3] for row in sheet[3:]}


@pytest.mark.slow
def test_the_options_name_the_day_of_the_norms_of_each_side(done, frozen, tmp_path):
    """A was held against the norms of 5 July, B against those of 5 October; nobody asked for a day, so no star.

    Asked for: 1 September holds both, and is marked.
    """
    value, meaning = options_of(done[1])["on"]
    assert value == "A – 05.07.2026, B – 05.10.2026"
    assert not meaning.endswith("*")
    about = json.loads((done[1] / "provenance.json").read_text(encoding="utf-8"))
    assert about["norm_days"] == {"a": ["2026-07-05"], "b": ["2026-10-05"]}
    assert "on" not in about["options"]
    asked = schoolnet.monitor(frozen, frozen, schoolnet.Options(on=dt.date(2026, 9, 1)), days=(A_DAY, B_DAY))
    value, meaning = options_of(asked.save(tmp_path, lang="en"))["on"]
    assert value == "A – 01.09.2026, B – 01.09.2026"
    assert meaning.endswith("*")
    assert asked.sheet("norms_between", lang="en").empty


@pytest.mark.slow
def test_another_day_of_the_norms_leaves_the_data_their_own_days(frozen):
    """Norms of 1 July 2026 for both: the data are of 5 July and 5 October still, and so is the quarter, the third.

    SD was built in 2020, before A.
    """
    asked = schoolnet.monitor(frozen, frozen, schoolnet.Options(on=dt.date(2026, 7, 1)), days=(A_DAY, B_DAY))
    assert [one.day for one in (*asked.a, *asked.b)] == [A_DAY, B_DAY]
    assert "A of 05.07.2026, B of 05.10.2026. Norms: A – of 01.07.2026, B – of 01.07.2026." in said(asked)
    form = monitoring_forms.quarterly(asked)
    assert set(form["quarter"] + " " + form["due"] + " " + form["day_b"]) == {"III 2026 10.10.2026 05.10.2026"}
    a, b = asked.a[0], asked.b[0]
    schools = b.schools.assign(built=pd.array([2020] * len(b.schools), dtype="Int64"))
    changes = monitoring.compare([a], [dataclasses.replace(b, schools=schools)]).changes.set_index("school_id")
    assert changes.loc["SD", ["nature", "doubt"]].tolist() == ["doubtful", "built_before"]
    early = schoolnet.Options(on=dt.date(2026, 2, 1))
    later = dataclasses.replace(asked.later, outcome=dataclasses.replace(asked.later.outcome, options=early))
    assert set(monitoring_forms.quarterly(dataclasses.replace(asked, later=later))["quarter"]) == {"III 2026"}


@pytest.mark.slow
def test_plans_of_two_snapshots_under_norms_of_one_day_are_of_the_days_of_their_data(frozen):
    on = schoolnet.Options(on=B_DAY)
    a, b = (schoolnet.plan(schoolnet.read(frozen / "XX-00" / f"{day}"), on) for day in (A_DAY, B_DAY))
    found = schoolnet.monitor(a, b)
    assert [one.day for one in (*found.a, *found.b)] == [A_DAY, B_DAY]
    with pytest.raises(OptionError, match="later than B"):
        schoolnet.monitor(b, a)


def test_the_norms_that_changed_are_named_by_their_titles(found):
    """The sheet says what each norm is, not `calendar.report`."""
    texts = monitoring_notes.norms(found, words.load("en"))["text"].tolist()
    assert texts == [found.b[0].norms[key].say("text", "en") for key in found.norms_changed]


# --- a real oblast


@pytest.mark.slow
def test_mangystau_is_explained_by_what_became_of_its_schools(tmp_path):
    """Edits a register of a year may hold, each counted by hand; the figures move by nothing else.

    Turned private: a good state day school, and one in emergency condition. Turned evening: one. Repaired: one in
    emergency condition. Joined: 20 pupils or more gone from a village, found in another school of it. Under another
    number and name: one. Closed: one. So state day schools: -1 -1 -1 -1 (joined) -1 (closed); emergency: -1 -1.
    """
    pbf = shared("kz/mangystau-modelled.osm.pbf")
    rows = pd.read_csv(shared("kz/mangystau-schools-modelled.csv"), dtype=str, keep_default_na=False)
    rows = rows.assign(ownership="state", kind="day")
    bad = rows[rows["condition"] == "emergency"].index
    good = rows[(rows["condition"] != "emergency") & (rows["shifts"] != "3")]
    private, evening, number, closed = good.index[:4]
    groups = good.drop(index=good.index[:4]).groupby("kato").groups
    gone, host = next(index[:2] for index in groups.values() if len(index) > 1)
    later = rows.copy()
    later.loc[[private, bad[0]], "ownership"] = "private"
    later.loc[evening, "kind"] = "evening"
    later.loc[bad[1], "condition"] = "good"
    later.loc[host, "enrolment"] = str(int(rows.loc[host, "enrolment"]) + int(rows.loc[gone, "enrolment"]))
    later.loc[number, ["school_id", "name"]] = ["X-901", "Жаңа атау"]
    later = later.drop(index=[gone, closed])
    day, plans = dt.date(2026, 10, 1), []
    for name, table in (("a", rows), ("b", later)):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        options = schoolnet.Options(on=day)
        plans.append(schoolnet.plan(schoolnet.read(pbf, schools=tmp_path / f"{name}.csv", options=options), options))
    found = schoolnet.monitor(*plans)
    explained(found)
    whole = found.figures[found.figures["district_id"] == "*"].set_index("figure")["difference"]
    assert whole[["state_day_schools", "emergency"]].tolist() == [-5, -2]
    told = found.changes.set_index("school_id")
    assert told.loc[rows.loc[gone, "school_id"], "changed"] == "closed"
    assert told.loc[[rows.loc[one, "school_id"] for one in (private, evening)], "changed"].tolist() == [
        "left_state_day", "left_state_day",
    ]  # fmt: skip
    assert told.loc[["X-901"], "changed"].tolist()[0] == "renumbered"
    assert "opened" not in found.changes["changed"].tolist()


@pytest.mark.slow
def test_north_kazakhstan_against_its_register_edited(tmp_path):
    """One village school closes, one is raised, one new one opens; nothing else is told to have changed."""
    pbf = shared("kz/north-kazakhstan-modelled.osm.pbf")
    rows = pd.read_csv(shared("kz/north-kazakhstan-schools-modelled.csv"), dtype=str, keep_default_na=False)
    rural = rows[rows["level"] == "basic"]
    closed, raised = rural.index[0], rural.index[1]
    later = rows.drop(index=closed)
    later.loc[raised, "level"] = "secondary"
    new = rows.loc[rural.index[2]].to_dict() | {"school_id": "new-1", "name": "Жаңа мектеп", "built": "2026"}
    later = pd.concat([later, pd.DataFrame([new])])
    for day, table in ((dt.date(2025, 10, 1), rows), (dt.date(2026, 10, 1), later)):
        sheet = tmp_path / f"{day}.csv"
        table.to_csv(sheet, index=False)
        options = schoolnet.Options(on=day)
        region = schoolnet.read(pbf, schools=sheet, options=options)
        schoolnet.snapshot(region, day, tmp_path / "snapshots", files=[sheet], options=options)
    found = schoolnet.monitor(*[tmp_path / "snapshots"] * 2, days=(dt.date(2025, 10, 1), dt.date(2026, 10, 1)))
    told = found.changes.set_index("changed")["school_id"].to_dict()
    assert told == {"closed": rows.loc[closed, "school_id"], "raised": rows.loc[raised, "school_id"], "opened": "new-1"}
    turned = found.owed[found.owed["turn"].isin(["begun", "ended"])]
    assert set(turned["causes"]) <= {"own_school", "nearest_school", "own_school, nearest_school"}
    assert set(found.owed.loc[~found.owed["turn"].isin(["begun", "ended"]), "causes"]) <= {
        "estimate", "own_school", "nearest_school", "own_school, estimate", "nearest_school, estimate",
    }  # fmt: skip
