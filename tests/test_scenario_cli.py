"""The commands of scenarios as a planner meets them; the sites of a plan are drawn by hand."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

import schoolnet
from pbf import administrative, oblast
from schoolnet import cli, decisions, regions, schema
from schoolnet.output import words
from sited import errors, sites
from test_compare import PROOF

FAST = ("--on", "2026-09-01", "--lang", "en")


def drawn(plan):
    """Return a plan of the tiny region with three sites: two owed schools, and one for the town."""
    there = sites([
        {"site_id": "sD", "settlement_id": "D", "tier": "guarantee", "pupils": 20, "seats": 60, "is_rural": True,
         "cost_mkzt": 500.0},
        {"site_id": "sG", "settlement_id": "G", "tier": "guarantee", "pupils": 5, "seats": 60, "is_rural": True,
         "cost_mkzt": None, "price_basis": "none"},
        {"site_id": "sQ", "settlement_id": "Q", "tier": "three_shift", "pupils": 300, "seats": 300,
         "district_id": "west", "cost_mkzt": 2490.0},
    ])  # fmt: skip
    reach = [{"settlement_id": "D", "band": band, "site_id": "sD", "road_m": 0.0} for band in ("1-4", "5-9", "10-11")]
    kept = ("region", "options", "norms", "access", "demand", "findings", "school_findings")
    return SimpleNamespace(
        **{name: getattr(plan, name) for name in kept},
        sites=there,
        reach=schema.frame(reach, decisions.REACH),
        proofs=schema.frame([PROOF], decisions.PROOFS),
        relieved=schema.frame([], decisions.RELIEVED),
        site_errors=errors(there, pupils_sd_share=0.1),
    )


@pytest.fixture(scope="module")
def source(tiny, tmp_path_factory):
    return tiny.save(tmp_path_factory.mktemp("tiny") / "map")


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command line on plans whose sites are drawn by hand; returns the exit code and what was printed."""
    real = schoolnet.plan
    monkeypatch.setattr(schoolnet, "plan", lambda *args, **given: drawn(real(*args, **given)), raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["schoolnet", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        done = capsys.readouterr()
        return code, done.out, done.err

    return run


@pytest.mark.slow
def test_siting_prints_the_sites_in_order_and_how_good_the_search_is(run, source, tmp_path):
    code, out, _ = run("siting", source, "--out", tmp_path, *FAST)
    assert code == 0
    assert 0 < out.index("Dala") < out.index("Gulder") < out.index("Qala")
    assert "cheapest" in out
    assert "5%" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["proofs.csv", "sites.csv", "sites.gpkg", "sites.xlsx"]


@pytest.mark.slow
def test_programme_prints_the_years_and_the_equity_and_keeps_the_outcome(run, source, tmp_path):
    code, out, _ = run("programme", source, "--out", tmp_path, "--set", "schools=2", "--set", "years=2", *FAST)
    assert code == 0
    assert "2027" in out
    assert "Mean way to a settlement" in out
    found = schoolnet.read_outcome(tmp_path)
    assert found.programme["year"].fillna(0).tolist() == [2027, 2028, 0]
    assert found.equity.set_index(["territory", "measure"]).loc[("rural", "owed_share")].tolist() == [0.75, 0.25]


@pytest.mark.slow
def test_compare_reads_folders_and_plans_scenarios(run, source, tmp_path):
    run("programme", source, "--out", tmp_path / "a", "--set", "schools=2", *FAST)
    more = tmp_path / "more.toml"
    more.write_text("schools = 9\nprivate_seats = [300]\non = 2026-09-01\n", encoding="utf-8")
    code, out, _ = run("compare", tmp_path / "a", more, "--source", source, "--out", tmp_path / "c", "--lang", "en")
    assert code == 0
    assert "opens in B only: 1" in out
    assert "private_seats" in out
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == [
        "choices.csv", "compare.xlsx", "figures.csv", "moved.csv",
    ]  # fmt: skip
    code, out, _ = run("compare", tmp_path / "a", tmp_path / "a", "--lang", "en")
    assert "Nothing opens, moves or closes otherwise." in out


@pytest.mark.slow
@pytest.mark.parametrize("lang", words.LANGS)
def test_the_commands_speak_the_language_asked_for(run, source, tmp_path, lang):
    said = words.load(lang)
    _, out, _ = run("programme", source, "--out", tmp_path, "--on", "2026-09-01", "--lang", lang)
    assert said.text("heading.years") in " ".join(out.split())
    _, out, _ = run("siting", source, "--out", tmp_path, "--on", "2026-09-01", "--lang", lang)
    assert said.text("status.feasible")[:5] in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["programme", "none.pbf", "--region", "KZ-59", "--all"], "--region and --all are both given"),
        (["programme", "none.pbf", "--all"], "no such file"),
        (["programme", "none.pbf", "--set", "ppp=six"], "must be a whole number"),
        (["programme", "none.pbf", "--set", "quota=KZ-59=1"], "Did you mean “quotas”?"),
        (["siting", "none.pbf"], "no such file"),
        (["compare", "none", "none"], "there is no such folder"),
        (["compare", "a.toml", "b.toml"], "a scenario is planned with a map"),
    ],
)
def test_a_planners_fault_is_one_message_and_exit_code_2(run, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(*arguments)
    assert code == 2
    assert said in err


@pytest.mark.slow
def test_a_quota_of_nowhere_is_refused(run, source, tmp_path):
    code, _, err = run("programme", source, "--out", tmp_path, "--set", "quotas=KZ-99=1", *FAST)
    assert code == 2
    assert "“KZ-99” is no region or district of the plan" in err
    assert list(tmp_path.iterdir()) == []


def test_the_same_from_python_with_geodataframes_in_and_out(tiny_plan, options):
    made = drawn(tiny_plan)
    found = schoolnet.programme(made, options)
    assert isinstance(found, schoolnet.Outcome)
    made.sites = made.sites[made.sites["tier"] == "guarantee"]
    fewer = schoolnet.programme([made], options)
    assert schoolnet.compare(found, fewer).moved["move"].tolist() == ["only_a"]
    assert fewer.sites.geometry.geom_type.eq("Point").all()


def test_a_folder_of_layers_is_one_region(source, options):
    assert [one.code for one in regions.each(source, options=options)] == ["XX-00"]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Return an extract of two regions, the second east of the first."""
    drawn_map = oblast()
    drawn_map.node((63.5, 50.5), {"place": "village", "name": "Дала", "population": "900", "kato": "980200001"})
    drawn_map.way([(63.4, 50.5), (63.6, 50.5)], {"highway": "primary"})
    outline = drawn_map.box(63, 50, 64, 51)
    drawn_map.relation([outline], administrative("4", "Восточная область", **{"ISO3166-2": "KZ-98"}))
    return drawn_map.write(tmp_path_factory.mktemp("two") / "two.osm.pbf")


@pytest.mark.slow
def test_regions_of_an_extract_are_read_in_turn_all_or_those_named(two, options):
    assert [one.code for one in regions.each(two, options=options)] == ["KZ-98", "KZ-99"]
    assert [one.code for one in regions.each(two, ["KZ-99"], options=options)] == ["KZ-99"]
    with pytest.raises(schoolnet.RegionError, match="KZ-97"):
        next(regions.each(two, ["KZ-98", "KZ-97"], options=options))


@pytest.mark.slow
def test_all_regions_of_an_extract_make_one_programme(two, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["schoolnet", "programme", str(two), "--all", "--out", str(tmp_path), *FAST])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    found = schoolnet.read_outcome(tmp_path)
    assert found.about["regions"] == ["KZ-98", "KZ-99"]
    assert found.sites["rank"].tolist() == list(range(1, len(found.sites) + 1))
    assert found.sites["region"].nunique() == 2
    assert "Восточная область" in capsys.readouterr().out
