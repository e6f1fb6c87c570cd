"""Norms.on(day): every value with its acts, clause, standing and date; no number of the law stands in code."""

from __future__ import annotations

import difflib
import importlib.resources
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from schoolnet import tables as _tables
from schoolnet import toml_file
from schoolnet.errors import Fault, OptionError
from schoolnet.law import checks, entries
from schoolnet.messages import Message

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from schoolnet.law.entries import Act, Norm
    from schoolnet.options import Options

#: What no plan is made without, whatever its options.
NEEDED = (
    *(f"threshold.{level}" for level in _tables.LEVELS),
    "transport.distance_m",
    "transport.barriers",
    "shifts.allowed",
)


@dataclass(frozen=True)
class Norms:
    """The norms of one day; `norms["threshold.primary"].value` is 5.

    Attributes
    ----------
    day
        The day asked for.
    in_force
        The norms by their keys, in the order of the file.
    known
        Every entry read, of whatever day: tells a norm that is not there yet from one that is repealed.
    """

    day: dt.date
    in_force: Mapping[str, Norm]
    known: tuple[Norm, ...] = field(default=(), repr=False)

    @classmethod
    def on(cls, day: dt.date, *, file: Path | str | None = None) -> Norms:
        """Return the norms of a day.

        Parameters
        ----------
        day
            The day asked for.
        file
            A planner's own norms in the form of `law/kz.toml`: a key it names is taken from it alone, the others are
            the project's.

        Raises
        ------
        SourceError
            The file is missing or not TOML.
        OptionError
            An entry is wrong; every fault is listed with its line.
        """
        found = _read(file)
        latest: dict[str, Norm | None] = {norm.key: None for norm in found}
        for norm in sorted(found, key=lambda norm: norm.since):
            if norm.since <= day:
                latest[norm.key] = norm
        in_force = {key: norm for key, norm in latest.items() if norm is not None and norm.value is not None}
        return cls(day, in_force, tuple(found))

    @classmethod
    def for_plan(cls, options: Options, *, file: Path | str | None = None) -> Norms:
        """Return the norms of the day a plan asks for, all that it needs among them.

        Asked before a map is read: a plan that cannot be made is refused at once.

        Raises
        ------
        SourceError
            The file is missing or not TOML.
        OptionError
            An entry is wrong, or norms the plan needs are not in force on the day; every one is listed.
        """
        found = cls.on(options.on, file=file)
        given = {"children.share": options.school_age_share, "children.stay_after_9": options.stay_after_9}
        found.require(*NEEDED, *(key for key, value in given.items() if value is None))
        return found

    def __getitem__(self, key: str) -> Norm:
        """Return a norm, or raise OptionError: it is of no day, not there yet, or repealed."""
        self.require(key)
        return self.in_force[key]

    def require(self, *keys: str) -> None:
        """Raise OptionError with a fault for each of the keys that is not in force on the day."""
        if missing := [self._absent(key) for key in keys if key not in self.in_force]:
            raise OptionError(missing)

    def _absent(self, key: str) -> Fault:
        """Return why a norm is not in force on the day, and what to do about it."""
        own = sorted((norm for norm in self.known if norm.key == key), key=lambda norm: norm.since)
        if not own:
            near = difflib.get_close_matches(key, dict.fromkeys(norm.key for norm in self.known))
            remedy = Message("Near it: {names}.", names=", ".join(near)) if near else Message("See `schoolnet norms`.")
            return Fault(Message("no norm is called “{key}”.", key=key), remedy)
        day, file = f"{self.day:%d.%m.%Y}", own[0].file
        valued = [norm.since for norm in own if norm.value is not None]
        if own[0].since > self.day and valued:
            first = f"{valued[0]:%d.%m.%Y}"
            problem = Message(
                "the norm “{key}” is not in force on {day}: the first day it is known from is {first}.",
                key=key,
                day=day,
                first=first,
            )
            remedy = Message("Ask for {first} or a later day, or give it an earlier day in a norms file.", first=first)
            return Fault(problem, remedy, file)
        last = next((norm for norm in reversed(own) if norm.since <= self.day), own[0])
        problem = Message(
            "the norm “{key}” is not in force on {day}: an entry without a value repeals it from {since} on.",
            key=key,
            day=day,
            since=f"{last.since:%d.%m.%Y}",
        )
        return Fault(problem, Message("Give it a value in the norms file."), file or "law/kz.toml")

    def __iter__(self) -> Iterator[Norm]:
        """Return the norms in the order of their keys."""
        return iter([self.in_force[key] for key in sorted(self.in_force)])

    def guaranteed_level(self, children: int) -> str:
        """Return the level guaranteed to a rural settlement with so many school-age children.

        Thresholds are inclusive: 5 children are owed a primary school, 4 are not.

        Source: Government Resolution 1256 of 21.12.2007; Order 336 of 13.07.2021, annex 1, row 1.
        """
        level = "none"
        for name in _tables.LEVELS:
            if children >= self[f"threshold.{name}"].value:
                level = name
        return level


def _read(file: Path | str | None) -> list[Norm]:
    """Return the project's norms, those a planner's own file names put in their place."""
    ours, acts = _ours()
    if file is None:
        return list(ours)
    name = Path(file).name
    data = toml_file.data(Path(file), Message("Check the path of the norms file."))
    tables, text = checks.parse(data, name)
    if faults := checks.faults(tables, text, name, ours, acts):
        raise OptionError(faults)
    rows = _with_units(entries.inherited(tables["norm"]), ours)
    own = entries.norms(rows, {**acts, **entries.acts(tables.get("act", {}))}, file=name)
    return [norm for norm in ours if norm.key not in {one.key for one in own}] + own


@cache
def _ours() -> tuple[tuple[Norm, ...], dict[str, Act]]:
    text = importlib.resources.files("schoolnet.law").joinpath("kz.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    acts = entries.acts(tables["act"])
    return tuple(entries.norms(entries.inherited(tables["norm"]), acts)), acts


def _with_units(rows: list[dict[str, object]], ours: tuple[Norm, ...]) -> list[dict[str, object]]:
    """Return a planner's entries, each without a unit in the project's own: the value is of the same kind."""
    units = {norm.key: norm.texts["unit"] for norm in ours}
    return [{"unit": units.get(str(row["key"]), "")} | row for row in rows]
