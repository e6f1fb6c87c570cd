"""Read the cells of sheets of people: numbers as people write them, years, ages and grades, alone or as a title."""

from __future__ import annotations

import re
from typing import NamedTuple

from schoolnet.messages import Message

#: Last age of a group without an end (85+).
OLDEST = 120
_MOST_GRADE = 12
_DASHES = re.compile(r"\s*[‐‑‒–—−-]\s*")
_DASH = re.compile(r"[‐‑‒–—−-]+")
_SPACED = re.compile(r"[1-9][0-9]{0,2}([ '’][0-9]{3})+([.,]0*)?")  # 1 234 567,0
_POINTED = re.compile(r"[1-9][0-9]{0,2}([.,])[0-9]{3}(\1[0-9]{3})*")  # 1.234.567, 1,234
_BOTH = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+\.0*|[1-9][0-9]{0,2}(\.[0-9]{3})+,0*")  # 1,234.00
_PLAIN = re.compile(r"[0-9]+([.,]0*)?")  # 1234, 1234.0
_PARTED = re.compile(r"[0-9]+[.,][0-9]+")  # 12.5
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_YEAR_IN = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_YEAR_CELL = re.compile(r"((?:19|20)[0-9]{2})(?:\.0+)?(?:\s*[-/]\s*((?:[0-9]{2}){1,2}))?")
_YEAR_WORDS = re.compile(
    r"\s*-?\s*(учебный год|уч\.? ?год|оқу жылы|school year|год|года|жыл|жылы|жылғы|year|г\.?|ж\.?)\.?\s*$"
)
_AGE_WORDS = re.compile(
    r"(?:^|(?<=[0-9\s]))(?:в возрасте|возраст|aged|ages?|лет|года?|жастағы|жаста|жас|жасар|years? old|years?|y|г\.|л\.)"
    r"(?=[0-9\s]|$)"
)
_OPEN = re.compile(
    r"([0-9]{1,3})\s*(?:\+|жастан (?:асқан|жоғары|үлкен)|(?:и|және)\s+(?:старше|более|выше|одан (?:жоғары|үлкен|асқан))"
    r"|and (?:over|older|above|more))"
)
_UNDER_ONE = re.compile(r"(?:до|менее|моложе|младше|under|below|less than)\s*1|1 (?:жасқа дейін|жастан кіші)")
_AGES = re.compile(r"a?([0-9]{1,3})(?:-([0-9]{1,3}))?")
_GRADE = re.compile(
    r"(?:g|grade|класс|сынып)\s*([0-9]{1,2})|([0-9]{1,2})\s*-?\s*(?:й|ый|ой|ші|шы|инші|th|st|nd|rd)?\.?\s*-?\s*(?:класс|кл|сынып|сын|grade)\.?"
)


class Amount(NamedTuple):
    """A number of a cell: None when it is none, and whether its separators were guessed to part thousands."""

    value: float | None
    guessed: bool = False


def number(text: str, *, whole: bool = True) -> Amount:
    """Return the number of a cell, not below zero, as people write it.

    `1234`, `1234.0`, `1 234` and `1'234` are read as they stand. In `1,234`, `1.234` and `1,234.00` a point and a
    comma part thousands: a guess, and said to be, as nobody counts people in thousandths. A minus, a dash, words, or a
    number with a part (unless `whole` is False) is none.
    """
    text = " ".join(text.split())
    if _SPACED.fullmatch(text):
        return Amount(float(re.sub(r"[ '’]|[.,]0*$", "", text)))
    if _POINTED.fullmatch(text):
        return Amount(float(re.sub(r"[.,]", "", text)), guessed=True)
    if _BOTH.fullmatch(text):
        return Amount(float(re.sub(r"[.,]", "", re.sub(r"[.,]0*$", "", text))), guessed=True)
    if _PLAIN.fullmatch(text):
        return Amount(float(re.split(r"[.,]", text)[0]))
    if not whole and _PARTED.fullmatch(text):
        return Amount(float(text.replace(",", ".")))
    return Amount(None)


def count(text: str, low: float, high: float, *, whole: bool = True) -> tuple[float | None, Message | None]:
    """Return the number of a cell within bounds, and why it is not what the cell says, where it is not."""
    value, guessed = number(text, whole=whole)
    if value is not None and low <= value <= high:
        return value, Message("read as {number}", number=f"{value:.0f}") if guessed else None
    if _DASH.fullmatch(text):
        return None, Message("a dash is taken as unknown: write 0 where there is none")
    bounds = {"low": f"{low:g}", "high": f"{high:.0f}"}
    if not whole:
        return None, Message("not a number from {low} to {high}: taken as unknown", **bounds)
    return None, Message("not a whole number from {low} to {high}: taken as unknown", **bounds)


def year(text: str) -> int | None:
    """Return the year a cell or title says: of a school year (2023/24, 2023-2024 оқу жылы) the one it begins in."""
    found = _YEAR_CELL.fullmatch(_DASHES.sub("-", _YEAR_WORDS.sub("", text.casefold().strip())))
    if not found:
        return None
    first, second = int(found[1]), found[2]
    if second is not None and int(second) not in (first + 1, (first + 1) % 100):
        return None
    return first


def year_within(*texts: str) -> int | None:
    """Return the year named in texts (a title, the name of a file) when they name one only."""
    found = {int(one) for text in texts for one in _YEAR_IN.findall(text)}
    return found.pop() if len(found) == 1 else None


def ages(text: str) -> tuple[int, int] | None:
    """Return the first and last age of a cell or title: `7`, `7 лет`, `0-4`, `5 – 9 жас`, `85+`, `85 и старше`.

    `a7` is age 7, as in the tables of this project; a group without an end reaches `OLDEST`.
    """
    text = _DASHES.sub("-", text.casefold().replace("ё", "е")).strip()
    text = " ".join(_AGE_WORDS.sub(" ", text).split())
    if _UNDER_ONE.fullmatch(text):
        return 0, 0
    if found := _OPEN.fullmatch(text):
        return (int(found[1]), OLDEST) if int(found[1]) <= OLDEST else None
    if found := _AGES.fullmatch(text):
        first, last = int(found[1]), int(found[2] or found[1])
        return (first, last) if first <= last <= OLDEST else None
    return None


def grade(text: str) -> int | None:
    """Return the grade a title says: `g1`, `1 класс`, `1-й класс`, `1-сынып`, `grade 1`."""
    found = _GRADE.fullmatch(" ".join(_DASHES.sub("-", text.casefold()).split()))
    value = int(found[1] or found[2]) if found else 0
    return value if 1 <= value <= _MOST_GRADE else None
