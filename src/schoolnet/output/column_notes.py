"""What the columns of a workbook hold: a sheet of its own, and a note on every heading."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from schoolnet import decisions, networks, people, prospects, results, tables
from schoolnet.output import shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schoolnet.output.words import Words

_TABLES = (*tables.INPUTS, *people.TABLES.values(), *results.ALL, *prospects.ALL, *decisions.ALL, *networks.ALL)
#: Units told by the ends of names; they stand before the declared ones.
_ENDS = {"_m": "m", "_min": "min", "_km": "km", "_mkzt": "mln tenge", "_lon": "°", "_lat": "°"}
_SHOWN = ("sheet", "heading", "meaning", "unit", "values")
#: Units of columns the workbook names by itself, or that tables count in words of their own.
_OWN = {
    "children": "children", "pupils": "pupils", "bus_seats": "seats", "minors": "children", "no_school": "pupils",
    "entitled": "pupils", "entitled_pupils": "pupils", "placed": "people", "population_source": "people",
    "seats_a": "seats", "seats_b": "seats", "pupils_a": "pupils", "pupils_b": "pupils", "network_pupils": "pupils",
    "network_most": "pupils", "network_reached": "pupils", "network_anywhere": "pupils", "unserved": "pupils",
    "unbused": "pupils", "to_one": "children",
}  # fmt: skip
_GRADE = re.compile(r"g(\d+)")


def table(frames: Mapping[str, pd.DataFrame], coded: Mapping[str, str], said: Words) -> pd.DataFrame:
    """Return a row for each column of the sheets, as the sheets name them.

    | sheet | heading | meaning | unit | values |
    |---|---|---|---|---|
    | Transport | By road, m | Both legs to the road counted; … | m | |

    Parameters
    ----------
    frames
        The sheets by name.
    coded
        Columns whose values are codes, with the group of words that names them.
    said
        The words of the workbook.
    """
    rows = [
        (
            said.text(f"sheet.{name}"), said.texts.get(f"column.{column}", column), meaning(name, str(column), said),
            *_told(str(column), coded, said),
        )
        for name, frame in frames.items()
        for column in frame.columns
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(_SHOWN))


def note(sheet: str, column: str, coded: Mapping[str, str], said: Words) -> str:
    """Return the note on a heading: what the column means on that sheet, its unit, its possible values."""
    unit, values = _told(column, coded, said)
    parts = [f"{meaning(sheet, column, said)}."]
    parts += [f"{said.text('column.unit')}: {unit}."] if unit else []
    parts += [f"{said.text('column.values')}: {values}."] if values else []
    return "\n".join(parts)


def meaning(sheet: str, column: str, said: Words) -> str:
    """Return what a column means, on that sheet where it means something of its own there.

    Raises
    ------
    KeyError
        It is told nowhere.
    """
    if grade := _GRADE.fullmatch(column):
        return said.text("meaning.g", grade=grade[1])
    keys = (f"meaning.{sheet}-{column}", f"meaning.{column}", f"meaning.{sheet}-any")
    return said.text(next((key for key in keys if key in said.texts), keys[1]))


def _told(column: str, coded: Mapping[str, str], said: Words) -> tuple[str, str]:
    unit = said.texts.get(f"unit.{_unit(column)}", "")
    known = (said.texts.get(f"{coded[column]}.{value}") for value in _among(column)) if column in coded else iter(())
    return unit, ", ".join(dict.fromkeys(filter(None, known)))


def _unit(column: str) -> str:
    if column in _OWN or _GRADE.fullmatch(column):
        return _OWN.get(column, "pupils")
    if shares.named(column):
        return "share"
    for end, unit in _ENDS.items():
        if column.endswith(end):
            return unit
    units = {table.columns[column].unit for table in _TABLES if column in table.columns}
    return units.pop() if len(units) == 1 else ""


def _among(column: str) -> Iterator[str]:
    for one in _TABLES:
        if column in one.columns:
            yield from one.columns[column].among or ()
