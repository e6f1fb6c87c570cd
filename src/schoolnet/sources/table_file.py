"""A declared table in a CSV that this program wrote: read back as it was, every fault named by row and column."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import foreign, schema
from schoolnet.errors import Fault, SourceError, TableError
from schoolnet.messages import Message
from schoolnet.sources import limits
from schoolnet.sources.text import short

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SAVE = Message("Save it as CSV (UTF-8, with commas) again, or leave the file out.")
_CORRECT = Message("Correct the cell.")
_FLAGS = {"true": True, "false": False}


def opened(path: Path) -> pd.DataFrame:
    """Return the cells of a file as text, the index the line each row begins on."""
    limits.size(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(Fault(Message("the file is not in UTF-8."), _SAVE, path.name)) from None
    limits.cells(text.count(",") + text.count("\n"), path.name)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for row in reader:
            rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        problem = Message("not a readable CSV file: {error}.", error=foreign.sheet(error))
        raise SourceError(Fault(problem, _SAVE, path.name, str(begins))) from None
    if not rows:
        raise SourceError(Fault(Message("the file is empty."), _SAVE, path.name))
    titles = rows[0][1]
    wrong = [(line, row) for line, row in rows[1:] if len(row) != len(titles)]
    if wrong or len(set(titles)) < len(titles):
        problem = Message("a column stands twice.")
        if wrong:
            line, row = wrong[0]
            problem = Message("{cells} cells under {headers} headers.", cells=len(row), headers=len(titles))
            raise SourceError(Fault(problem, _SAVE, path.name, str(line)))
        raise SourceError(Fault(problem, _SAVE, path.name, "1"))
    return pd.DataFrame(
        [row for _, row in rows[1:]], columns=titles, index=[str(line) for line, _ in rows[1:]], dtype=object
    )


def faults(cells: pd.DataFrame, table: schema.Table, file: str) -> Iterator[Fault]:
    """Yield what is wrong with the cells of a table: columns that are missing, values, rows that stand twice."""
    absent = missing(cells, table)
    for column in absent:
        remedy = Message("Add it; the table dictionary says what it holds.")
        yield Fault(Message("the column is missing."), remedy, file, "", column)
    sound = cells.copy()  # with the cells that are no numbers emptied, so that they hide nothing else
    named = set()
    for column, declared in table.columns.items():
        if column in cells and declared.dtype != "str":
            for fault in _cell_faults(cells[column], declared, file):
                yield fault
                named.add((fault.row, column))
                sound.loc[fault.row, column] = "false" if declared.dtype == "bool" else None
    if absent:
        return
    if table.index:
        again = cells[table.index].duplicated()
        for row in cells.index[again]:
            problem = Message("{key} stands here a second time.", key=repr(short(cells.loc[row, table.index])))
            yield Fault(problem, Message("Leave one of the two out."), file, row, table.index)
    try:
        bare = schema.frame(values(sound, table), replace(table, index=""))
        schema.check(bare.set_axis(cells.index), replace(table, index=""), file=file)
    except TableError as error:
        yield from (fault for fault in error.faults if (fault.row, fault.column) not in named)


def missing(cells: pd.DataFrame, table: schema.Table) -> list[str]:
    """Return the columns that must be there and are not."""
    wanted = [
        *([table.index] if table.index else []),
        *(one for one, column in table.columns.items() if column.absent is None),
    ]
    return [column for column in wanted if column not in cells]


def _cell_faults(cells: pd.Series[Any], column: schema.Col, file: str) -> Iterator[Fault]:
    whole = column.dtype == "Int64"
    wanted = Message("a whole number") if whole else Message("a number")
    if column.dtype == "bool":
        wanted = Message("true or false")
    for row, cell in cells.items():
        right = cell in _FLAGS if column.dtype == "bool" else not cell or _is_number(cell, whole=whole)
        if not right:
            yield Fault(
                Message("{cell} is not {wanted}.", cell=repr(short(cell)), wanted=wanted),
                _CORRECT,
                file,
                str(row),
                str(cells.name),
            )


def _is_number(cell: str, *, whole: bool) -> bool:
    try:
        value = float(cell)
    except ValueError:
        return False
    return cell.isascii() and math.isfinite(value) and (value.is_integer() or not whole)


def values(cells: pd.DataFrame, table: schema.Table) -> list[dict[str, Any]]:
    """Return the rows with numbers as numbers and empty cells as nothing; text that must be there may be empty."""
    out = {}
    for name in [*([table.index] if table.index else []), *table.columns]:
        if name not in cells:
            continue
        column = table.columns.get(name)
        if column is None or (column.dtype == "str" and column.absent is None):
            out[name] = list(cells[name])
        elif column.dtype == "str":
            out[name] = [cell or None for cell in cells[name]]
        elif column.dtype == "bool":
            out[name] = [_FLAGS[cell] for cell in cells[name]]
        else:
            out[name] = [float(cell) if cell else None for cell in cells[name]]
    return [dict(zip(out, row, strict=True)) for row in zip(*out.values(), strict=True)]
