from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import readme  # noqa: E402

from schoolnet import decisions, people, prospects, results, tables  # noqa: E402
from schoolnet.options import Options  # noqa: E402

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_generated_parts_are_what_the_declarations_say():
    assert readme.filled(TEXT) == TEXT, "run python tools/readme.py"


def test_every_table_column_and_option_stands_in_the_readme():
    for table in (*tables.INPUTS, *people.TABLES.values(), *results.ALL, *prospects.ALL, *decisions.ALL):
        part = TEXT.split(f"### {table.name}\n")[1].split("\n### ")[0]
        for column in table.columns:
            assert f"| `{column}` |" in part, (table.name, column)
    for name in Options.model_fields:
        assert f"| `{name}` |" in TEXT


def test_every_path_the_readme_names_is_there():
    for path in re.findall(r"`((?:data|tests|tools|maps)/[\w./-]+)`", TEXT):
        if not path.startswith("maps/demo/"):
            assert (ROOT / path).exists(), path
    for image in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT):
        assert (ROOT / image).is_file(), image
