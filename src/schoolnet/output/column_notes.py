"""What the columns of the workbook hold: a sheet of its own, and a note on each heading that does not say it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schoolnet import decisions, networks, people, prospects, results, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schoolnet.output.words import Words

_TABLES = (*tables.INPUTS, *people.TABLES.values(), *results.ALL, *prospects.ALL, *decisions.ALL, *networks.ALL)
#: Units told by the ends of names; they stand before the declared ones.
_ENDS = {"_m": "m", "_min": "min", "_km": "km", "_mkzt": "mln tenge", "_lon": "°", "_lat": "°"}
_SHOWN = ("sheet", "heading", "meaning", "unit", "values")
#: Sheets that are lists of texts, each row of which says what it is.
_PLAIN = ("summary", "options", "prices", "norms", "inputs", "basis")


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
        The words of the workbook. A meaning is given where the heading does not say it by itself.
    """
    rows = [
        (said.text(f"sheet.{name}"), said.texts.get(f"column.{column}", column), *_told(str(column), coded, said))
        for name, frame in frames.items()
        if name not in _PLAIN
        for column in frame.columns
    ]
    return pd.DataFrame(rows, columns=list(_SHOWN))


def note(column: str, coded: Mapping[str, str], said: Words) -> str:
    """Return the note on a heading: meaning and possible values; empty where the heading says all."""
    meaning, _, values = _told(column, coded, said)
    parts = [f"{meaning}." if meaning else "", f"{said.text('column.values')}: {values}." if values else ""]
    return "\n".join(part for part in parts if part)


def _told(column: str, coded: Mapping[str, str], said: Words) -> tuple[str, str, str]:
    unit = said.texts.get(f"unit.{_unit(column)}", "")
    known = (said.texts.get(f"{coded[column]}.{value}") for value in _among(column)) if column in coded else iter(())
    return said.texts.get(f"meaning.{column}", ""), unit, ", ".join(dict.fromkeys(filter(None, known)))


def _unit(column: str) -> str:
    for end, unit in _ENDS.items():
        if column.endswith(end):
            return unit
    units = {table.columns[column].unit for table in _TABLES if column in table.columns}
    return units.pop() if len(units) == 1 else ""


def _among(column: str) -> Iterator[str]:
    for one in _TABLES:
        if column in one.columns:
            yield from one.columns[column].among or ()
