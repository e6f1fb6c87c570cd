"""One norm with the acts it rests on, in three languages, and how both are read from tables of TOML."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the fields
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LANGS = ("kk", "ru", "en")
STANDINGS = ("law", "target", "practice", "default")
#: Texts of an entry, and every name an entry may hold.
TEXTS = ("unit", "clause", "text", "shown", "note")
FIELDS = ("key", "value", "standing", "from", "until", "act", *TEXTS)
#: Names a later entry of the same key does not take from the entry before it.
_ITS_OWN = ("key", "value", "from", "shown")


class Act(NamedTuple):
    """An act, or another text a norm is read in.

    Attributes
    ----------
    key
        Its name in the file, such as `r1256`; empty for free text.
    number
        Its number, empty where it has none.
    date
        The day it is dated, None where it is not known.
    cite, title
        How it is cited, and what it is about, by language.
    """

    key: str
    number: str
    date: dt.date | None
    cite: Mapping[str, str]
    title: Mapping[str, str]


class Norm(NamedTuple):
    """One value that holds from a day.

    Attributes
    ----------
    key
        Its name in the model, such as `threshold.primary`.
    value
        The value, or None from the day of repeal.
    standing
        law, target, practice or default; only *law* may be called a breach.
    since
        First day.
    until
        Last day of the period it was set for, None where it was set for none: later it is historical, still there.
    begun
        First day of that period: of the first entry of the key set for it.
    acts
        The acts it is read in; none for a default. The clause is that of the last one.
    texts
        unit, clause, text, shown (the value in words) and note, each by language.
    file
        Name of the planner's own file it is from, empty for the project's.
    """

    key: str
    value: Any
    standing: str
    since: dt.date
    until: dt.date | None
    begun: dt.date
    acts: tuple[Act, ...]
    texts: Mapping[str, Mapping[str, str]]
    file: str = ""

    def say(self, name: str, lang: str) -> str:
        """Return one of its texts (unit, clause, text, shown, note) in a language; empty where there is none."""
        return spoken(self.texts.get(name, {}), lang)

    def citation(self, lang: str) -> str:
        """Return its acts and clause in a language, as they are cited; empty where it rests on no act.

        >>> from schoolnet.law.norms import Norms
        >>> Norms.on(dt.date(2026, 9, 1))["substitute.consent"].citation("en")
        'Resolution of the Government of Kazakhstan No 1256 of 21 December 2007, clause 2(2)'
        """
        acts = "; ".join(spoken(act.cite, lang) for act in self.acts)
        cited = ", ".join(part for part in (acts, self.say("clause", lang)) if part)
        return cited[:1].upper() + cited[1:]

    def historical(self, day: dt.date) -> bool:
        """Return whether the period it was set for is over on a day."""
        return self.until is not None and day > self.until


def spoken(text: Mapping[str, str], lang: str) -> str:
    """Return a text in a language, else in the next one that has it, else an empty string."""
    return next((text[one] for one in (lang, *LANGS) if text.get(one)), "")


def acts(table: Mapping[str, Any]) -> dict[str, Act]:
    """Return the acts of the tables [act.…] by their keys."""
    return {
        key: Act(key, str(row.get("number", "")), row.get("date"), _text(row["cite"]), _text(row.get("title", "")))
        for key, row in table.items()
    }


def inherited(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return entries with what each leaves out taken from the entry of the same key before it (see law/kz.toml)."""
    before: dict[Any, dict[str, Any]] = {}
    out = []
    for row in rows:
        key = str(row.get("key"))
        whole = {name: value for name, value in before.get(key, {}).items() if name not in _ITS_OWN} | dict(row)
        before[key] = whole
        out.append(whole)
    return out


def norms(rows: Iterable[Mapping[str, Any]], known: Mapping[str, Act], *, file: str = "") -> list[Norm]:
    """Return the norms of entries that are whole and right.

    Parameters
    ----------
    rows
        From `inherited`.
    known
        The acts that may be named by key.
    file
        Name of the planner's own file, empty for the project's.
    """
    rows = list(rows)
    begun: dict[Any, dt.date] = {}
    for row in rows:
        period = row["key"], row.get("until")
        begun[period] = min(row["from"], begun.get(period, row["from"]))
    return [
        Norm(
            key=row["key"],
            value=row.get("value"),
            standing=row["standing"],
            since=row["from"],
            until=row.get("until"),
            begun=begun[row["key"], row.get("until")],
            acts=tuple(known.get(name) or Act("", "", None, _text(name), _text("")) for name in named(row.get("act"))),
            texts={name: _text(row.get(name, "")) for name in TEXTS},
            file=file,
        )
        for row in rows
    ]


def named(act: Any) -> list[Any]:
    """Return the acts an entry names, as a list: keys of the tables [act.…], or free text."""
    return [one for one in (act if isinstance(act, list) else [act]) if one]


def _text(text: str | Mapping[str, str]) -> Mapping[str, str]:
    return dict.fromkeys(LANGS, text) if isinstance(text, str) else text
