"""Read the tables of people of a saved region: one CSV a table in its folder `people`, each as it was written."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import foreign, people, schema
from schoolnet.errors import Fault, SourceError, TableError
from schoolnet.messages import Message
from schoolnet.people import COUNTRY, REGION
from schoolnet.sources.text import short

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

_SAVE = Message("Save it as CSV (UTF-8, with commas) again, or leave the file out.")
_CORRECT = Message("Correct the cell.")


def tables(folder: Path, settlements: Collection[str], districts: Collection[str]) -> dict[str, pd.DataFrame]:
    """Return the tables that are there, all but the cells of towns, which are a layer.

    Parameters
    ----------
    folder
        The region's; the tables are in its folder `people`.
    settlements, districts
        Identifiers that a row may be of.

    Raises
    ------
    SourceError
        A file is not a CSV in UTF-8, or a row has more or fewer cells than the header.
    TableError
        Columns or values are not as declared, a row is of no area of the region, or two are of one; every fault of
        every table is listed.
    """
    found, faults = {}, []
    for name in people.TABLES:
        path = folder / "people" / f"{name}.csv"
        if name == "cells" or not path.is_file():
            continue
        cells = _opened(path)
        wrong = list(_faults(cells, name, path.name, {"settlement": settlements, "district": districts}))
        faults += wrong
        if not wrong:
            table = schema.frame(_values(cells, people.TABLES[name]), people.TABLES[name])
            found[name] = table
    if faults:
        raise TableError(faults)
    return found


def _opened(path: Path) -> pd.DataFrame:
    """Return the cells of a file as text, the index the line each row begins on."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(Fault(Message("the file is not in UTF-8."), _SAVE, path.name)) from None
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


def _faults(cells: pd.DataFrame, name: str, file: str, areas: dict[str, Collection[str]]) -> Iterator[Fault]:
    table = people.TABLES[name]
    wanted = [
        *([table.index] if table.index else []),
        *(one for one, column in table.columns.items() if column.absent is None),
    ]
    missing = [column for column in wanted if column not in cells]
    for column in missing:
        remedy = Message("Add it; the table dictionary says what it holds.")
        yield Fault(Message("the column is missing."), remedy, file, "", column)
    for column, declared in table.columns.items():
        if column in cells and declared.dtype != "str":
            yield from _number_faults(cells[column], declared, file)
    if missing:
        return
    if table.index:
        again = cells[table.index].duplicated()
        for row in cells.index[again]:
            problem = Message("{key} stands here a second time.", key=repr(short(cells.loc[row, table.index])))
            yield Fault(problem, Message("Leave one of the two out."), file, row, table.index)
    yield from _strangers(cells, name, file, areas)
    try:
        bare = schema.frame(_values(cells, table), replace(table, index=""))
        schema.check(bare.set_axis(cells.index), replace(table, index=""), file=file)
    except TableError as error:
        yield from error.faults
    except (ValueError, OverflowError):
        return  # cells that are no numbers are named above


def _number_faults(cells: pd.Series[Any], column: schema.Col, file: str) -> Iterator[Fault]:
    whole = column.dtype == "Int64"
    wanted = Message("a whole number") if whole else Message("a number")
    for row, cell in cells.items():
        if cell and not _is_number(cell, whole=whole):
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


def _strangers(cells: pd.DataFrame, name: str, file: str, areas: dict[str, Collection[str]]) -> Iterator[Fault]:
    """Yield a fault for each row of an area that the region does not have."""
    remedy = Message("Correct the key, or leave the row out.")
    for column, knows in _known(name, areas).items():
        for row, key in cells[column].items():
            if not knows(cells.loc[row], key):
                yield Fault(Message("{key} is not there.", key=repr(short(key))), remedy, file, str(row), column)


def _known(name: str, areas: dict[str, Collection[str]]) -> dict[str, Callable[[pd.Series[Any], str], bool]]:
    settlements, districts = areas["settlement"], areas["district"]
    if name == "headcounts":
        return {"settlement_id": lambda _row, key: key in settlements}
    if name == "official":
        return {"district_id": lambda _row, key: key in districts or key == REGION}
    if name == "raster":
        zones = {"all": ("",), "region": ("", REGION), "district": ("", *districts), "settlement": ("", *settlements)}
        sets = {zone: frozenset(keys) for zone, keys in zones.items()}
        return {"zone_id": lambda row, key: row["zone"] not in sets or key in sets[row["zone"]]}
    return {"area_id": lambda _row, key: key in settlements or key in districts or key in (REGION, COUNTRY)}


def _values(cells: pd.DataFrame, table: schema.Table) -> list[dict[str, Any]]:
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
        else:
            out[name] = [float(cell) if cell else None for cell in cells[name]]
    return [dict(zip(out, row, strict=True)) for row in zip(*out.values(), strict=True)]
