"""How a table is declared and checked."""

from __future__ import annotations

import pandas as pd
import pytest

from schoolnet import people, prospects, results, schema, tables
from schoolnet.errors import TableError

ROWS = [
    {"settlement_id": "a", "place": "village", "is_rural": True, "population": 12, "population_basis": "given"},
    {"settlement_id": "b", "place": "hamlet", "is_rural": True, "population": None, "population_basis": "unknown"},
]


def test_rows_become_a_table_with_every_column_typed_and_absent_cells_empty():
    found = schema.frame(ROWS, tables.SETTLEMENTS)
    schema.check(found, tables.SETTLEMENTS)
    assert found.index.tolist() == ["a", "b"]
    assert found["population"].tolist() == [12, pd.NA]
    assert found["name"].isna().all()
    assert list(found) == list(tables.SETTLEMENTS.columns)


def test_a_table_without_rows_is_as_declared():
    for table in (*tables.INPUTS, *people.TABLES.values(), *results.ALL, *prospects.ALL):
        schema.check(schema.frame([], table), table)


def test_all_faults_are_in_one_error_each_with_row_and_column():
    found = schema.frame(ROWS, tables.SETTLEMENTS)
    found.loc["a", "population"] = -3
    found.loc["b", "place"] = "castle"
    with pytest.raises(TableError) as error:
        schema.check(found.drop(columns="is_rural"), tables.SETTLEMENTS, file="s.geojson")
    faults = {(fault.row, fault.column) for fault in error.value.faults}
    assert faults == {("", "is_rural"), ("a", "population"), ("b", "place")}
    text = str(error.value)
    assert "s.geojson, row a, column “population”" in text
    assert "must be at least 0" in text
    assert "must be one of city, town, village, hamlet" in text


def test_two_rows_with_one_id_are_a_fault():
    found = schema.frame([ROWS[0], ROWS[0]], tables.SETTLEMENTS)
    with pytest.raises(TableError, match="settlements"):
        schema.check(found, tables.SETTLEMENTS)
