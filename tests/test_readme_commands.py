"""Every command and every piece of Python the README shows is run, on a desk that holds the files it names (`desk`).

What needs another machine is left out by name, with the reason; nothing else is.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import dask_desk
import desk
import postgres
from schoolnet.law.norms import Norms

PORT = "8786"
TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh|python|toml)\n(.*?)```", TEXT, re.DOTALL)
#: Programs other than schoolnet, and why their lines are not run here.
OTHERS = {
    "pip": "the check of the project installs with it",
    "pytest": "this is it",
    "jupyter": "it stays open; tests/test_notebooks.py runs the notebooks",
}


def _commands():
    for kind, text in BLOCKS:
        if kind == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                for command in line.split("&&"):
                    words = shlex.split(command, comments=True)
                    if words and words[0] not in OTHERS:
                        yield words


#: Those that stay open (`&`) are begun for the one that needs them; the others are run to their end.
KEPT = [words[:-1] for words in _commands() if words[-1] == "&"]
COMMANDS = [words for words in _commands() if words[-1] != "&"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return desk.lay(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def server():
    with postgres.server() as found:
        yield found


@pytest.fixture(scope="module")
def port():
    """Begin what stays open, all of it Dask's, on a port that is free; yields the port."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    found, begun = str(dask_desk.free_port()), []
    for words in KEPT:
        line = [word.replace(PORT, found) for word in words[1:]]
        line += ["--dashboard-address", "127.0.0.1:0"] if line[0] == "scheduler" else []  # 8787 may be taken
        begun.append(dask_desk.begun("dask", line, dask_desk.environment()))
    yield found
    for one in reversed(begun):
        one.terminate()
        one.wait()


def _run(words, folder, **more):
    code = "from schoolnet.cli import main; main()"
    env = os.environ | more | {"LC_ALL": "ru_RU.UTF-8", "XDG_CACHE_HOME": str(folder / "cache")}
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code, *words[1:]],
        capture_output=True, text=True, encoding="utf-8", cwd=folder, check=False, env=env,
    )  # fmt: skip


def test_the_readme_shows_only_commands_known_here():
    assert {words[0] for words in COMMANDS} == {"schoolnet"}
    assert [words[:2] for words in KEPT] == [["dask", "scheduler"], ["dask", "worker"]]
    assert set(re.findall(r"^```(\w+)$", TEXT, re.MULTILINE)) == {"sh", "python", "toml"}  # no other block holds any
    assert len(COMMANDS) > 15


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_of_the_readme_runs(words, folder, request):
    more = {}
    if any(word.startswith("postgresql:") for word in words):
        server = request.getfixturevalue("server")  # skips where it cannot be started
        more = {"PGPORT": str(server.port), "PGPASSWORD": postgres.PASSWORD, "PGSSLMODE": "disable"}
    if "--scheduler" in words:
        words = [word.replace(PORT, request.getfixturevalue("port")) for word in words]
    done = _run(words, folder, **more)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    if "--out" in words:
        out = folder / words[words.index("--out") + 1]
        assert out.is_file() or any(out.iterdir())


@pytest.mark.slow
def test_the_python_of_the_readme_runs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    given = np.random.default_rng(7)
    known = {"cost_matrix": given.uniform(0, 40_000, (60, 40)), "weights": given.integers(1, 50, 60)}
    for kind, text in BLOCKS:
        if kind == "python":
            exec(compile(text, "README.md", "exec"), known)  # noqa: S102 - the project's own
    assert known["result"].status == "optimal"


def test_the_toml_of_the_readme_is_read(tmp_path):
    found = [tomllib.loads(text) for kind, text in BLOCKS if kind == "toml"]
    assert any("schools" in one for one in found)
    own = next(text for kind, text in BLOCKS if kind == "toml" and "[[norm]]" in text)
    path = tmp_path / "own.toml"
    path.write_text(own, encoding="utf-8")
    assert Norms.on(dt.date(2025, 1, 1), file=path)["transport.distance_m"].value == 2500
