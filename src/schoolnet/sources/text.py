"""Text that came from outside: put on one line, cut to a length people read, and the KATO code in it."""

from __future__ import annotations

import re

#: Characters kept of a name or another cell of text; a longer one is cut, and said to be.
MOST = 200
_IN_MESSAGE = 80


def tidy(text: str) -> str:
    """Return text on one line, without control and invisible characters: safe for a terminal, a map and a workbook."""
    if text.isprintable():
        return text.strip()
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable()).strip()


def short(text: str, most: int = _IN_MESSAGE) -> str:
    """Return text cut to `most` characters, for a message or the ledger."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def kato(text: str) -> str | None:
    """Return the nine digits of a KATO code, however a sheet has put them, or None.

    `104045100.0`, `104 045 100` and `10.40.45.100` are 104045100.
    """
    plain = re.sub(r"\s", "", text)
    if re.fullmatch(r"[0-9]{9}\.0+", plain):
        return plain[:9]
    plain = re.sub(r"[.\-]", "", plain)
    return plain if re.fullmatch(r"[0-9]{9}", plain) else None
