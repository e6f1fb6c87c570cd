"""Every value and column of a scenario has words in the three languages, and every sheet a name and a heading."""

from __future__ import annotations

import pytest

from schoolnet import decisions, outcome, results
from schoolnet.output import words
from schoolnet.planning import compare, equity

TABLES = (*decisions.ALL, *outcome.TABLES.values(), compare.MOVED, compare.FIGURES, compare.CHOICES)
SHEETS = (
    "sites", "programme", "years", "frontier", "equity", "proofs", "indicator", "relieved", "moved", "figures",
    "choices",
)  # fmt: skip
KK, RU, EN = (words.load(lang).texts for lang in words.LANGS)


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("tier", decisions.TIERS),
        ("action", decisions.ACTIONS),
        ("at", decisions.PLACES),
        ("mechanism", decisions.MECHANISMS),
        ("price_basis", decisions.PRICES),
        ("decided", decisions.SITES.columns["decided"].among),
        ("stopped_by", [one for one in decisions.PROGRAMME.columns["stopped_by"].among if one]),
        ("measure", equity.MEASURES),
        ("status", decisions.PROOFS.columns["status"].among),
        ("sought", decisions.PROOFS.columns["what"].among),
        ("tier", decisions.NEEDS),
        ("how", decisions.RELIEFS),
        ("caution", results.CAUTIONS),
        ("move", compare.MOVES),
        ("differs", ("place", "action", "level", "seats", "year", "mechanism")),
        ("choice", ("today", "horizon", "greater")),
        ("layer", [table.name for table in TABLES]),
        ("column", [column for table in TABLES for column in (table.index, *table.columns) if column]),
        ("sheet", SHEETS),
        ("heading", SHEETS),
    ],
)
def test_every_value_has_words(group, values):
    for texts in (KK, RU, EN):
        assert [value for value in values if f"{group}.{value}" not in texts] == []


def test_the_names_of_sheets_fit_a_workbook_and_differ():
    for texts in (KK, RU, EN):
        names = [texts[f"sheet.{name}"] for name in (*SHEETS[:8], "options")]
        assert all(len(name) <= 31 for name in names)
        assert len({name.casefold() for name in names}) == len(names)
