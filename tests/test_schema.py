"""How a table is declared and checked."""

from __future__ import annotations

import math

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

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


FIT = {
    "word": ["a", "b"],
    "one": ["x", "y"],
    "count": [0, 7],
    "share": [0.0, 1.0],
    "flag": [True, False],
    "maybe": ["a", None],
    "few": [3, None],
    "part": [0.5, None],
}
WORN = schema.Table(
    "worn",
    "key",
    "every kind of column",
    {
        "word": schema.Col("str", ""),
        "one": schema.Col("str", "", among=("x", "y")),
        "count": schema.Col("Int64", "", low=0, high=9),
        "share": schema.Col("float64", "", low=0, high=1),
        "flag": schema.Col("bool", ""),
        "maybe": schema.Col("str", "", absent="", among=("a",)),
        "few": schema.Col("Int64", "", absent="", low=0),
        "part": schema.Col("float64", "", absent="", high=1),
    },
)
CELLS = ["a", "x", None, pd.NA, math.nan, math.inf, -math.inf, -1, 0, 1, 7, 9.5, 10, True, ""]
TYPES = [None, "str", "object", "Int64", "int64", "float64", "Float64", "bool", "boolean", "category"]
KEYS = [["a", "b"], ["a", "a"], ["a", None], [None, None], [0, 1], ["", "b"]]


def _fit() -> pd.DataFrame:
    rows = [{"key": key, **{name: cells[at] for name, cells in FIT.items()}} for at, key in enumerate("ab")]
    return schema.frame(rows, WORN)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:invalid value")  # of pandas, where the cells are no whole numbers
@given(st.sampled_from(list(FIT)), st.tuples(*[st.sampled_from(CELLS)] * 2), st.sampled_from(TYPES))
def test_what_is_right_at_a_glance_is_right_to_pandera(name, cells, kind):
    found = _fit()
    try:
        found[name] = pd.Series(cells, index=found.index, dtype=kind)
    except (TypeError, ValueError, OverflowError):
        reject()
    assert not schema._plain(found, WORN) or not _pandera_faults(found)


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.parametrize("name", ["key", "other", None])
@pytest.mark.parametrize("kind", ["str", "object"])
def test_an_index_that_is_right_at_a_glance_is_right_to_pandera(keys, name, kind):
    found = _fit()
    found.index = pd.Index(keys, name=name, dtype=kind)
    assert not schema._plain(found, WORN) or not _pandera_faults(found)


def test_a_frame_as_declared_is_seen_at_a_glance_and_one_that_lacks_or_doubles_a_column_is_not():
    assert schema._plain(_fit(), WORN)
    assert schema._plain(_fit().iloc[:0], WORN)
    assert schema._plain(_fit().assign(more=1), WORN)
    assert not schema._plain(_fit().drop(columns="maybe"), WORN)
    assert not schema._plain(pd.concat([_fit(), _fit()[["word"]]], axis=1), WORN)


def _pandera_faults(found: pd.DataFrame) -> bool:
    try:
        WORN.schema.validate(found, lazy=True)
    except pa.errors.SchemaErrors:
        return True
    return False
