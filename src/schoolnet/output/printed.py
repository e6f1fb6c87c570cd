"""A frame as a table of the terminal: headings and codes in words, numbers to the right; nothing is read as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from schoolnet.output import shares

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from schoolnet.output.words import Words


def table(
    said: Words,
    title: str,
    frame: pd.DataFrame,
    columns: Collection[str] = (),
    *,
    digits: int | Mapping[str, int] = 2,
    coded: Mapping[str, str] | None = None,
    plain: Collection[str] = (),
    unbroken: Collection[str] = (),
    empty: str = "–",
) -> Table:
    """Return some columns of a frame, or all, as a table.

    Parameters
    ----------
    said
        The words of a language.
    title
        In that language.
    frame, columns
        What is shown, each column under its heading in words; a column without one bears its own name.
    digits
        After the point, at most; by column: none where the column is not named.
    coded
        Columns whose values are codes, with the group of words that names them.
    plain
        Columns of numbers that are no quantities, as years.
    unbroken
        Columns whose cells are never broken into lines.
    empty
        Stands for a value that is missing.
    """
    names, groups = list(columns or frame.columns), coded or {}
    out = Table(title=Text(title), title_justify="left")
    for name in names:
        right = pd.api.types.is_numeric_dtype(frame[name])
        heading = Text(said.texts.get(f"column.{name}", name))
        out.add_column(heading, justify="right" if right else "left", no_wrap=name in unbroken)

    def shown(name: str, value: Any) -> str:
        if value is None or pd.isna(value):
            return empty
        if isinstance(value, str):
            return said.texts.get(f"{groups[name]}.{value}", value) if name in groups else value
        if name in plain:
            return str(value)
        if isinstance(value, shares.Share) or shares.named(name):
            return said.percent(value)
        return said.number(value, digits=digits if isinstance(digits, int) else digits.get(name, 0))

    for row in frame[names].to_dict("records"):
        out.add_row(*(Text(shown(name, row[name])) for name in names))
    return out
