"""Read the text cells of a school register into values; a cell that cannot be read is in the ledger."""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import tables
from schoolnet.ledger import Ledger
from schoolnet.messages import Message, joined
from schoolnet.sources import text as texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from schoolnet.ledger import Recorder

    Reader = Callable[[str, str], tuple[Any, Message | None]]

_NUMBERS = ("seats", "enrolment", "shifts", "built", "subject_rooms", "teachers")
_CHOICES = (
    "level",
    "seat_basis",
    "condition",
    "ownership",
    "kind",
    "language",
    "support",
    "modernised",
    "running_water",
    "toilets",
)
_TEXTS = ("school_id", "name", "name_kk", "name_ru", "name_en", "profile", "protected", "source")
_DAY = re.compile(r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4})(?![0-9])")
_MOST_DEGREES = 180


class Remarks:
    """Writes the ledger of a register, or of another sheet, under its own names of the columns."""

    def __init__(self, recorder: Recorder, headers: Mapping[str, str], table: str = "schools") -> None:
        self.recorder, self.headers, self.table = recorder, dict(headers), table
        self._elsewhere: frozenset[str] = frozenset()
        self._beyond: frozenset[str] = frozenset()

    def corrected(self, row: object, column: str, what: str, why: Message) -> None:
        """Record a cell that was changed and is used."""
        self.recorder.corrected(self.table, str(row), self._title(column), _cut(what), why)

    def rejected(self, row: object, column: str, what: str, why: Message) -> None:
        """Record a row that is not used."""
        self.recorder.rejected(self.table, str(row), self._title(column), _cut(what), why)

    def note(self, what: str, why: Message, *, row: object = "", column: str = "") -> None:
        """Record what a planner must know of the whole file, or of a row that is used as it is."""
        self.recorder.note(self.table, what, why, row=str(row), column=self._title(column))

    def elsewhere(self, rows: Iterable[object]) -> None:
        """Leave out what was recorded of rows that turn out to be no rows of this region."""
        self._elsewhere = frozenset(str(row) for row in rows)

    def beyond(self, rows: Iterable[object]) -> None:
        """Count rows that turn out to be schools over the border apart, with what was recorded of them."""
        self._beyond = frozenset(str(row) for row in rows)
        if self._beyond:
            self.recorder.read("neighbours", len(self._beyond))

    def ledger(self) -> Ledger:
        """Return what was recorded."""
        found = self.recorder.ledger()
        kept = (entry for entry in found.entries if entry[2] not in self._elsewhere)
        entries = ((one[0], "neighbours", *one[2:]) if one[2] in self._beyond else one for one in kept)
        return Ledger(tuple(entries), found.read)

    def _title(self, column: str) -> str:
        return self.headers.get(column, column)


def _cut(what: str) -> str:
    return what if isinstance(what, Message) else texts.short(what)


@cache
def words() -> dict[str, Any]:
    """Return the headers and values of a register in English, Russian and Kazakh."""
    return tomllib.loads(resources.files("schoolnet.sources").joinpath("register.toml").read_text(encoding="utf-8"))


def values(raw: pd.DataFrame, remarks: Remarks) -> pd.DataFrame:
    """Return the cells of a register as values, one row each, columns as in `tables.SCHOOLS` plus lon and lat.

    A cell that cannot be read is taken as unknown and written in the ledger; no row is left out.

    In                                      Out
    school_id  level     seats  lon         school_id  level      seats  lon
    7          средняя   300    69,15       7          secondary  300    69.15
    8          лучшая    300    69.2        8          None       300    69.2     “лучшая”: not one of the levels
    9          основная  -5     69.2        9          basic      None   69.2     “-5”: not a number of seats
    """
    out = {name: _column(raw[name], reader, remarks) for name, reader in _readers().items() if name in raw}
    grades = [name for name in raw if re.fullmatch(r"g[0-9]+", name)]
    if grades:
        out["enrolment"] = _contingent(raw[grades], out.get("enrolment"), remarks)
    rows = pd.DataFrame(out, index=raw.index)
    for name in ("lon", "lat", "kato"):
        rows[name] = rows.get(name)
    rows[["lon", "lat"]] = rows[["lon", "lat"]].astype(float)
    names = [name for name in ("name", "name_kk", "name_ru", "name_en") if name in rows]
    return rows.assign(name=rows[names].bfill(axis=1).iloc[:, 0])


def _readers() -> dict[str, Reader]:
    return {
        **dict.fromkeys(_TEXTS, _text),
        **dict.fromkeys(_NUMBERS, _number),
        **dict.fromkeys(_CHOICES, _choice),
        **dict.fromkeys(("lon", "lat"), _degrees),
        "kato": _kato,
        **dict.fromkeys(("updated_at", "changed_at"), _day),
    }


def _column(cells: pd.Series[Any], reader: Reader, remarks: Remarks) -> pd.Series[Any]:
    """Return the values of a column; a reader gives the value and, when it is not what the cell says, why."""
    name = str(cells.name)
    found = []
    for row, text in cells.items():
        value, why = reader(name, text) if text else (None, None)
        if why:
            remarks.corrected(row, name, text, why)
        found.append(value)
    return pd.Series(found, index=cells.index, dtype=object)


def _text(_column: str, text: str) -> tuple[str, Message | None]:
    if len(text) <= texts.MOST:
        return text, None
    return texts.short(text, texts.MOST), Message("cut to {count} characters", count=texts.MOST)


def _number(column: str, text: str) -> tuple[float | None, Message | None]:
    value, grouped = _whole(column, text)
    if value is None:
        low, high = _bounds(column)
        return None, Message("not a whole number from {low} to {high}: taken as unknown", low=low, high=high)
    return value, Message("read as {number}", number=f"{value:.0f}") if grouped else None


def _bounds(column: str) -> tuple[str, str]:
    declared = tables.SCHOOLS.columns[column]
    return f"{declared.low or 0:g}", f"{declared.high or math.inf:g}"


def _whole(column: str, text: str) -> tuple[float | None, bool]:
    """Return the whole number of a cell, None when it is none or out of bounds, and whether it was grouped."""
    declared = tables.SCHOOLS.columns[column]
    low, high = declared.low or 0, declared.high or math.inf
    plain = re.sub(r"[\s']", "", text)
    grouped = bool(re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", plain))  # 1,200: no school has a fraction of a seat
    plain = re.sub(r"[.,]", "", plain) if grouped else plain.replace(",", ".")
    value = float(plain) if re.fullmatch(r"[0-9]+(\.0*)?", plain) else -1
    return (value, grouped) if low <= value <= high else (None, grouped)


@cache
def _choices(column: str) -> dict[str, str]:
    return {alias: value for value, aliases in words()["values"][column].items() for alias in aliases}


@lru_cache(maxsize=1024)  # the same few words stand in thousands of rows
def _choice(column: str, text: str) -> tuple[str | None, Message | None]:
    plain = " ".join(word for word in text.casefold().split() if word not in words()["not_said"])
    value = _choices(column).get(re.sub(r"\s*[‐‑‒–—−-]\s*", "-", plain))
    if value:
        return value, None
    known = joined(*map(Message, words()["values"][column]), by=", ")
    return None, Message("not one of {known} (or their Russian and Kazakh names): taken as unknown", known=known)


def _degrees(_column: str, text: str) -> tuple[float, Message | None]:
    try:
        value = float(text.replace(",", ".").replace("°", ""))
    except ValueError:
        value = math.nan
    if abs(value) <= _MOST_DEGREES:
        return value, None
    return math.nan, Message("not decimal degrees (as 69.15): taken as missing")


def _kato(_column: str, text: str) -> tuple[str | None, Message | None]:
    code = texts.kato(text)
    return code, None if code else Message("not a KATO code of nine digits: taken as missing")


def _day(_column: str, text: str) -> tuple[str | None, Message | None]:
    found = _DAY.match(text)
    day = found.group(1) if found else ""
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(day, form).replace(tzinfo=dt.UTC).date().isoformat(), None
        except ValueError:
            continue
    return None, Message("not a day (2026-10-01 or 01.10.2026): taken as unknown")


def _contingent(grades: pd.DataFrame, given: pd.Series[Any] | None, remarks: Remarks) -> pd.Series[Any]:
    """Return the pupils on roll: as given, else the sum of the grades; unknown when a grade cannot be read."""
    counts = grades.apply(lambda cells: _column(cells, _pupils, remarks))
    unread = (counts.isna() & (grades != "")).any(axis=1)
    total = counts.astype(float).sum(axis=1, min_count=1).mask(unread)
    most = tables.SCHOOLS.columns["enrolment"].high or math.inf
    for row in total.index[total > most]:
        what = Message("the grades sum to {sum}", sum=f"{total[row]:.0f}")
        remarks.corrected(row, "enrolment", what, Message("more than {most}: taken as unknown", most=f"{most:.0f}"))
    total = total.mask(total > most)
    if given is None:
        return total
    given = given.astype(float)
    for row in total.index[(total != given) & total.notna() & given.notna()]:
        what = Message("{given}, but the grades sum to {sum}", given=f"{given[row]:.0f}", sum=f"{total[row]:.0f}")
        remarks.note(what, Message("the contingent given is used"), row=row, column="enrolment")
    return given.fillna(total)


def _pupils(_column: str, text: str) -> tuple[float | None, Message | None]:
    value, why = _number("enrolment", text)
    if value is not None:
        return value, why
    low, high = _bounds("enrolment")
    return None, Message(
        "not a whole number from {low} to {high}: the contingent cannot be summed from the grades", low=low, high=high
    )
