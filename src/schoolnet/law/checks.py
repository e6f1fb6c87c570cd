"""What is wrong with a planner's own norms file: every fault at once, each with the line of its entry."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
import tomllib
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from schoolnet import foreign, toml_file
from schoolnet import tables as _tables
from schoolnet.errors import Fault, SourceError
from schoolnet.law.entries import FIELDS, LANGS, STANDINGS, TEXTS, inherited, named
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping

    from schoolnet.law.entries import Norm

_TABLES = ("act", "norm")
_ACT = ("number", "date", "cite", "title")
_KEY = re.compile(r"[a-z][a-z0-9_]*")  # a word like this in `act` is a key; anything else is free text
_DAY_OF_YEAR = re.compile(r"\d\d-\d\d")
_ALIKE = 0.92  # a new key so near to one of the project's is a slip of the pen
_RISING = tuple(f"threshold.{level}" for level in _tables.LEVELS)
#: Words a list may hold, by key.
_AMONG = {"transport.barriers": _tables.WATERS.columns["kind"].among or ()}
#: Last day or month there is, by key: such a value is a whole number from 1.
_LAST = {"calendar.quarterly_day": 31, "calendar.snapshot_month": 12}
_MOST = 1e12  # also keeps out infinity and what is not a number
_MOST_NAMED = 100  # unknown names
_MARK = "line-of-the-entry"
_Wrong = tuple[str, Message, Message]


class _Threshold(NamedTuple):
    """One entry of a threshold; its line is 0 in the project's file."""

    since: dt.date
    line: int
    key: str
    value: Any


def parse(data: bytes, file: str) -> tuple[dict[str, Any], str]:
    """Return the tables of a TOML file and its text, or raise SourceError with the line of the fault."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        return toml_file.loads(text), text
    except UnicodeDecodeError as error:
        line, problem = data[: error.start].count(b"\n") + 1, Message("the file is not in UTF-8.")
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.rstrip().count("\n") + 1
        problem = Message("not a TOML file: {error}.", error=foreign.toml(error))
    raise SourceError(Fault(problem, Message("Compare it with law/kz.toml."), file, str(line)))


def faults(tables: Mapping[str, Any], text: str, file: str, ours: Iterable[Norm], acts: Collection[str]) -> list[Fault]:
    """Return every fault of a planner's own norms file.

    Parameters
    ----------
    tables, text
        From `parse`.
    file
        Name of the file.
    ours
        The project's norms: a value must be of the kind it has there, and go together with those that stay.
    acts
        Keys of the project's acts.
    """
    ours = tuple(ours)
    kinds = {norm.key: norm.value for norm in ours if norm.value is not None}
    rows, own = tables.get("norm"), tables.get("act", {})
    found = [
        Fault(*_unknown(name, _TABLES), file, _line(text, rf"\[*\s*{re.escape(name)}\b"))
        for name in [one for one in tables if one not in _TABLES][:_MOST_NAMED]
    ]
    own = own if isinstance(own, dict) else {"": own}
    for name, row in own.items():
        at = _line(text, rf"\[\s*act\s*\.\s*{re.escape(name)}\s*\]")
        found += [Fault(problem, remedy, file, at, column) for column, problem, remedy in _act(row)]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        problem, remedy = Message("no entry [[norm]] was found."), Message("Compare it with law/kz.toml.")
        return [*found, Fault(problem, remedy, file)]
    lines = _lines(text, len(rows))
    found += _entries(rows, lines, file, kinds, {*own, *acts})
    return [*found, *_falling(rows, lines, file, ours, kinds)]


def _entries(
    rows: list[dict[str, Any]], lines: list[int], file: str, kinds: Mapping[str, Any], acts: Container[str]
) -> Iterator[Fault]:
    given: dict[tuple[str, str], int] = {}
    for number, (row, whole) in enumerate(zip(rows, inherited(rows), strict=True)):
        line = str(lines[number])
        for column, problem, remedy in _entry(row, whole, kinds, acts):
            yield Fault(problem, remedy, file, line, column)
        if "key" in row and "from" in row:
            key, day = str(row["key"]), str(row["from"])
            if (first := given.setdefault((key, day), number)) != number:
                at = lines[first]
                problem = Message("“{key}” from {day} is there already, in row {row}.", key=key, day=day, row=at)
                remedy = Message("Leave one of the two out, or give it another day.")
                yield Fault(problem, remedy, file, line, "from")


def _entry(
    row: Mapping[str, Any], whole: Mapping[str, Any], kinds: Mapping[str, Any], acts: Container[str]
) -> Iterator[_Wrong]:
    for name in ("key", "standing", "from"):
        if name not in whole:
            yield name, Message("{name} is missing.", name=name), Message("Add it.")
    for name in row:
        if name not in FIELDS:
            yield name, *_unknown(name, FIELDS)
    if "key" in row:
        yield from _key(row["key"], kinds)
    yield from _days(row, whole)
    yield from _standing(row, whole)
    yield from _value(row, kinds)
    yield from _texts(row, TEXTS)
    for act in named(row.get("act")):
        if not isinstance(act, str):
            yield "act", Message("{act} names no act.", act=_toml(act)), Message("Write a key, or the act in words.")
        elif _KEY.fullmatch(act) and act not in acts:
            remedy = Message("Add a table [act.{act}], or write the act in words.", act=act)
            yield "act", Message("the act “{act}” is not known.", act=act), remedy


def _key(key: Any, kinds: Mapping[str, Any]) -> Iterator[_Wrong]:
    if not isinstance(key, str) or not key.strip():
        remedy = Message("Write it as {example}.", example='"threshold.primary"')
        yield "key", Message("key {key} is not a text.", key=_toml(key)), remedy
    elif key not in kinds and (near := difflib.get_close_matches(key, kinds, n=1, cutoff=_ALIKE)):
        remedy = Message("Write “{near}”, or choose a key less like it.", near=near[0])
        yield "key", Message("“{key}” is not a key of law/kz.toml.", key=key), remedy


def _days(row: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[_Wrong]:
    for name in ("from", "until"):
        if name in row and not _is_day(row[name]):
            problem = Message("{name} {value} is not a day.", name=name, value=_toml(row[name]))
            yield name, problem, Message("Write it as {example}.", example="2021-07-13")
    first, last = whole.get("from", ""), whole.get("until", "")
    if _is_day(first) and _is_day(last) and last < first:
        problem = Message("until {last} is before from {first}.", last=last.isoformat(), first=first.isoformat())
        yield "until", problem, Message("Give the last day of the period the value was set for.")


def _standing(row: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[_Wrong]:
    if row.get("standing", "law") not in STANDINGS:
        remedy = Message("Use one of {known}.", known=", ".join(STANDINGS))
        yield "standing", Message("standing {value}.", value=_toml(row["standing"])), remedy
    if whole.get("standing") == "law" and not whole.get("act"):
        yield "act", Message("a norm of standing law names no act."), Message("Name the act.")
    if whole.get("standing") == "target" and not whole.get("act"):
        remedy = Message("Name the act that set it; a target of your own is an option of the plan, not a norm.")
        yield "act", Message("a norm of standing target names no act."), remedy


def _value(row: Mapping[str, Any], kinds: Mapping[str, Any]) -> Iterator[_Wrong]:
    key, value = row.get("key"), row.get("value")
    if value is None or not isinstance(key, str):
        return
    problem = Message("{key} = {value} cannot be used.", key=key, value=_toml(value))
    if key in _AMONG and isinstance(value, list) and not (value and all(one in _AMONG[key] for one in value)):
        yield "value", problem, Message("Use one of {known}.", known=", ".join(_AMONG[key]))
    elif key in kinds and not _alike(value, kinds[key], share=key.endswith("share")):
        yield "value", problem, Message("Write it as in law/kz.toml, where it is {ours}.", ours=_toml(kinds[key]))
    elif key in _LAST and not (value in range(1, _LAST[key] + 1) and isinstance(value, int)):
        yield "value", problem, Message("Write a whole number from {low} to {high}.", low=1, high=_LAST[key])
    elif key not in kinds and not all(_plain(one) for one in (value if isinstance(value, list) else [value])):
        yield "value", problem, Message("Give a number, a text, true or false, or a list of such.")


def _falling(
    rows: list[dict[str, Any]], lines: list[int], file: str, ours: Iterable[Norm], kinds: Mapping[str, Any]
) -> Iterator[Fault]:
    """Yield a fault for each own threshold that does not rise above the one below it, own or the project's."""
    given: list[_Threshold] = []
    for row, line in zip(rows, lines, strict=True):
        key, day, value = row.get("key"), row.get("from"), row.get("value")
        if key in _RISING and _is_day(day) and (value is None or _alike(value, kinds[key], share=False)):
            given.append(_Threshold(day, line, key, value))
    own = {row.get("key") for row in rows if row.get("key") in _RISING}
    given += [_Threshold(norm.since, 0, norm.key, norm.value) for norm in ours if norm.key in {*_RISING} - own]
    given.sort(key=lambda one: one.since)
    remedy = Message("The thresholds rise: primary, basic, secondary. Correct this one, or give the others too.")
    said = set()
    for day in dict.fromkeys(one.since for one in given):
        latest = {one.key: one for one in given if one.since <= day}
        for low, high in pairwise(latest[key] for key in _RISING if key in latest and latest[key].value is not None):
            to_blame = max((one for one in (low, high) if one.line), key=lambda one: one[:2], default=None)
            if low.value < high.value or to_blame is None or (low[1:], high[1:]) in said:
                continue
            said.add((low[1:], high[1:]))
            problem = Message(
                "from {day} on, {low} = {least} is not below {high} = {most}.",
                day=day.isoformat(),
                low=low.key,
                least=_toml(low.value),
                high=high.key,
                most=_toml(high.value),
            )
            yield Fault(problem, remedy, file, str(to_blame.line), "value")


def _alike(value: Any, ours: Any, *, share: bool) -> bool:
    """Return whether a value is of the kind of the project's own.

    A positive number, not over 1 for a share; a list of words; yes or no; a day of the year; a text.
    """
    if isinstance(ours, list):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(ours, str):
        return isinstance(value, str) and (not _DAY_OF_YEAR.fullmatch(ours) or bool(_DAY_OF_YEAR.fullmatch(value)))
    if isinstance(ours, bool) or isinstance(value, bool):
        return isinstance(ours, bool) and isinstance(value, bool)
    return isinstance(value, (int, float)) and 0 < value <= (1 if share else _MOST)


def _plain(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, (int, float)) and -_MOST <= value <= _MOST)


def _act(row: Any) -> Iterator[_Wrong]:
    if not isinstance(row, dict) or "cite" not in row:
        yield "cite", Message("{name} is missing.", name="cite"), Message("Write how the act is cited.")
        return
    for name in row:
        if name not in _ACT:
            yield name, *_unknown(name, _ACT)
    yield from _texts(row, ("cite", "title"))


def _texts(row: Mapping[str, Any], names: Iterable[str]) -> Iterator[_Wrong]:
    three = '{ kk = "…", ru = "…", en = "…" }'
    remedy = Message("Write it as {one}, or as {three}.", one='"…"', three=three)
    for name in names:
        text = row.get(name, "")
        for lang in text if isinstance(text, dict) else ():
            if lang not in LANGS:
                problem = Message("the language “{lang}” is not known.", lang=lang)
                yield name, problem, Message("Use {known}.", known=", ".join(LANGS))
        if not isinstance(text, str) and not _spoken(text):
            yield name, Message("{name} is not a text.", name=name), remedy


def _spoken(text: Any) -> bool:
    return isinstance(text, dict) and bool(text) and all(isinstance(one, str) for one in text.values())


def _unknown(name: str, known: Iterable[str]) -> tuple[Message, Message]:
    problem = Message("“{name}” is not a name of this file.", name=name)
    return problem, Message("Use one of {known}.", known=", ".join(known))


def _toml(value: Any) -> str:
    """Return a value as the file writes it, as far as JSON writes it alike."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_day(value: Any) -> TypeGuard[dt.date]:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _lines(text: str, count: int) -> list[int]:
    """Return the line of each entry's header; of `norm =` where the entries are written in one list."""
    told = re.sub(
        r"^[ \t]*\[\[[^\]\n]*\]\][^\n]*$",
        lambda found: f"{found[0]}\n{_MARK} = {text.count(chr(10), 0, found.start()) + 1}",
        text,
        flags=re.MULTILINE,
    )
    try:
        rows = toml_file.loads(told)["norm"]  # what stands inside a text of several lines stays in the text
        return [int(row[_MARK]) for row in rows]
    except (tomllib.TOMLDecodeError, KeyError):
        return [int(_line(text, r"norm\b") or 1)] * count


def _line(text: str, pattern: str) -> str:
    at = re.search(rf"^\s*{pattern}", text, flags=re.MULTILINE)
    return str(text.count("\n", 0, at.end()) + 1) if at else ""
