"""Find the header of a sheet, name its columns, and say which cells under it are not used."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from schoolnet.messages import Message
from schoolnet.sources.text import short

if TYPE_CHECKING:
    from schoolnet.sources.cells import Remarks
    from schoolnet.sources.sheet import Sheet

Rows = Sequence[tuple[int, list[str]]]
#: Returns the name of a column by its title, or None.
Naming = Callable[[str], str | None]

#: Rows a header is looked for in; titles may stand above it.
WITHIN = 20
_TITLES_SHOWN = 600


def plain(text: str) -> str:
    """Return the letters and digits of a title, in small letters: what titles are compared by."""
    return re.sub(r"[\W_]+", "", text).casefold()


def columns(titles: Sequence[str], name_of: Naming) -> dict[int, str]:
    """Return the name of each column that has one; of two columns of one name the first."""
    found: dict[int, str] = {}
    for at, title in enumerate(titles):
        name = name_of(title)
        if name and name not in found.values():
            found[at] = name
    return found


def scores(rows: Rows, name_of: Naming) -> list[int]:
    """Return how many columns each of the first rows would name if it were the header."""
    return [len(columns(titles, name_of)) for _, titles in rows[:WITHIN]]


def fitting(body: Rows, width: int, remarks: Remarks) -> Rows:
    """Return the rows whose cells fit the headers; the others are rejected."""
    refused = [(number, row) for number, row in body if any(row[width:])]
    remarks.recorder.read(remarks.table, len(refused))
    for number, row in refused:
        what = Message("{cells} cells under {headers} headers", cells=len(row), headers=width)
        remarks.rejected(number, "", what, Message("put the cell that holds the separator in quotes"))
    return [(number, row) for number, row in body if not any(row[width:])]


def notes(
    read: Sheet, titles: Sequence[str], found: dict[int, str], body: Rows, name_of: Naming, *, unknown: Message
) -> list[tuple[str, Message]]:
    """Return what was guessed, and which cells of the sheet are not used; `unknown` says why a title has no name."""
    said: list[tuple[str, Message]] = []
    if read.note:
        said.append((read.note, Message("check that the letters, and the sheet, are the ones meant")))
    others = [(at, title) for at, title in enumerate(titles) if title and at not in found]
    ignored = [title for _, title in others if not name_of(title)]
    if ignored:
        what = Message("columns not used: {columns}", columns=listed(ignored))
        said.append((what, unknown))
    for at, title in others:
        if name := name_of(title):
            first = titles[next(place for place, other in found.items() if other == name)]
            what = Message("column {number}, “{title}”, not used", number=at + 1, title=short(title))
            said.append((what, Message("“{title}” before it is read as `{name}`", title=short(first), name=name)))
    blank = [
        str(at + 1)
        for at, title in enumerate(titles)
        if not title and any(row[at : at + 1] != [""] for _, row in body if row[at : at + 1])
    ]
    if blank:
        what = Message("columns without a header, not used: {columns}", columns=listed(blank))
        said.append((what, Message("give them a header if they are meant")))
    narrow = [str(number) for number, row in body if len(row) < len(titles)]
    if narrow:
        what = Message("rows with fewer cells than headers: {rows}", rows=listed(narrow))
        said.append((what, Message("the cells missing at their end are taken as empty")))
    return said


def listed(parts: Sequence[str]) -> str:
    """Return titles or rows in one line, cut to a length people read."""
    return short(", ".join(parts), _TITLES_SHOWN)
