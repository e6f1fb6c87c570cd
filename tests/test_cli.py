"""The command line, as a planner meets it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from command import process, run
from conftest import lonlat
from schoolnet import api, cli


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    done = process("demo", "--out", "out", "--on", "2026-09-01", "--lang", "en", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "out", done


def test_the_demo_makes_a_plan_and_says_it_is_fictional(demo):
    folder, done = demo
    assert {path.name for path in folder.iterdir()} == {"map.html", "plan.xlsx", "plan.gpkg", "provenance.json"}
    assert "fictional" in done.stdout
    assert "Applying the norms" in done.stderr
    counts = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["counts"]
    assert counts["owed_build"] > 0
    assert counts["owed_upgrade"] > 0
    assert counts["verdict_bus"] > 0
    assert counts["pupils_entitled_or"] > counts["pupils_entitled_and"] > 0
    assert counts["three_shift"] >= 3
    assert counts["emergency"] >= 3
    assert counts["at_risk"] > 0
    assert counts["protected"] > 0


def test_the_example_is_big_enough_to_look_at_and_has_its_ills_in_the_ledger():
    folder, register = api.example()
    region = api.read(folder, schools=register)
    assert region.caveats == ("fictional",)
    assert all("fictional" in name or "вымышленная" in name or "ойдан" in name for name in region.names.values())
    assert 140 <= len(region.settlements) <= 160
    assert region.settlements["population"].min() == 4
    assert region.settlements["population"].max() >= 39_000
    assert len(region.districts) == 6
    assert len(region.schools) >= 110
    outcomes = region.ledger.frame()["outcome"].value_counts()
    assert outcomes["corrected"] > 0
    assert outcomes["rejected"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plan", "nothing.osm.pbf"], ["nothing.osm.pbf", "no such file", "Check the path"]),
        (["plan", "x.osm.pbf", "--set", "transport_rule"], ["NAME=VALUE"]),
        (["plan", "x.osm.pbf", "--set", "transport_rule=xor"], ["transport_rule", "'or' or 'and'"]),
        (["plan", "x.osm.pbf", "--set", "zebra=3"], ["zebra", "Known options", "transport_rule"]),
        (["plan", "x.osm.pbf", "--options", "none.toml"], ["none.toml", "no such file"]),
        (["plan", "x.osm.pbf", "--schools", "none.csv"], ["none.csv", "no such file"]),
        (["plan", "x.osm.pbf", "--norms", "none.toml"], ["none.toml", "no such file"]),
        (["demo", "--on", "1999-01-01"], ["not in force on 01.01.1999"]),
    ],
)
def test_a_planners_fault_is_one_clear_message_and_exit_code_2(tmp_path, arguments, said):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for part in said:
        assert part in done.stderr
    assert not (tmp_path / "maps").exists()


def test_help_names_the_commands():
    done = process("--help")
    assert done.returncode == 0
    for command in ("plan", "demo", "version"):
        assert command in done.stdout


@pytest.mark.slow
def test_python_runs_the_package_as_the_command():
    words = [sys.executable, "-m", "schoolnet", "version"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, process("version").stdout)
    refused = subprocess.run([*words[:-1], "nothing"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "python -m schoolnet" in refused.stderr


def test_version_is_the_installed_one():
    assert process("version").stdout.startswith("schoolnet 0.")


def test_a_fault_of_the_program_is_said_to_be_one_without_a_traceback(monkeypatch, capsys):
    monkeypatch.setattr(cli, "app", lambda: 1 / 0)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 1
    assert "a fault of the program, not of your data: ZeroDivisionError" in capsys.readouterr().err


def test_debugging_shows_where_a_fault_of_the_program_happened(monkeypatch):
    monkeypatch.setattr(cli, "app", lambda: 1 / 0)
    monkeypatch.setenv("SCHOOLNET_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main()


#: Letters of Kazakh that Russian does not have.
_KAZAKH = set("әғқңөұүһ")
#: Commands that print of a folder of layers, `map`, and a register, `register.csv`; `compare` is in test_monitoring.
PRINTING = (
    "plan map --out out", "explain map --settlement Dala --out out/why.html", "norms",
    "check map register.csv --out out", "siting map --out out", "programme map --out out", "buses map --out out",
    "okrugs map --out out", "profiles map --out out", "report map --out out --maps no", "snapshot map --out out",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("words", PRINTING)
def test_all_that_is_printed_is_in_the_language_of_the_computer(tiny, tmp_path, words):
    """On a Russian computer where no language is asked for; the names of the tiny region are Latin."""
    tiny.save(tmp_path / "map")
    rows = ["school_id,name,level,lon,lat,kato", f"S1,Arka,secondary,{','.join(map(str, lonlat(300, 0)))},990100001"]
    (tmp_path / "register.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = run(*words.split(), cwd=tmp_path, env=os.environ | {"LC_ALL": "ru_RU.UTF-8"})
    assert done.returncode == 0, done.stderr
    kazakh = {word for word in re.findall(r"\w+", done.stdout + done.stderr) if _KAZAKH & set(word.casefold())}
    assert kazakh <= {"ҚР", "НҚ", "ұлт", "алаңы"}  # numbers of acts, and a name
    assert re.search("[а-я]", done.stdout)
    if words.startswith("explain"):
        assert 'lang="kk"' in (tmp_path / "out" / "why.html").read_text(encoding="utf-8")
