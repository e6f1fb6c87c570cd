"""Norms.on(day): every value with its acts, clause, standing and date; no number of the law stands in code."""

from __future__ import annotations

import difflib
import importlib.resources
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from schoolnet.errors import Fault, OptionError, SourceError
from schoolnet.law import checks, entries
from schoolnet.messages import Message

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from schoolnet.law.entries import Act, Norm


@dataclass(frozen=True)
class Norms:
    """The norms of one day; `norms["threshold.primary"].value` is 5.

    Attributes
    ----------
    day
        The day asked for.
    in_force
        The norms by their keys, in the order of the file.
    """

    day: dt.date
    in_force: Mapping[str, Norm]

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
        return cls(day, {key: norm for key, norm in latest.items() if norm is not None and norm.value is not None})

    def __getitem__(self, key: str) -> Norm:
        """Return a norm, or raise OptionError naming the day."""
        if key not in self.in_force:
            near = ", ".join(difflib.get_close_matches(key, self.in_force)) or Message("none like it")
            raise OptionError(
                Fault(
                    Message(
                        "the norm “{key}” is not in force on {day} (in force then: {near}).",
                        key=key,
                        day=f"{self.day:%d.%m.%Y}",
                        near=near,
                    ),
                    Message("Ask for a later day, or give a file of norms that holds it."),
                )
            )
        return self.in_force[key]

    def __iter__(self) -> Iterator[Norm]:
        """Return the norms in the order of their keys."""
        return iter([self.in_force[key] for key in sorted(self.in_force)])

    def guaranteed_level(self, children: int) -> str:
        """Return the level guaranteed to a rural settlement with so many school-age children.

        Thresholds are inclusive: 5 children are owed a primary school, 4 are not.

        Source: Government Resolution 1256 of 21.12.2007; Order 336 of 13.07.2021, annex 1, row 1.
        """
        level = "none"
        for name in ("primary", "basic", "secondary"):
            if children >= self[f"threshold.{name}"].value:
                level = name
        return level


def _read(file: Path | str | None) -> list[Norm]:
    """Return the project's norms, those a planner's own file names put in their place."""
    ours, acts = _ours()
    if file is None:
        return list(ours)
    name = Path(file).name
    try:
        data = Path(file).read_bytes()
    except OSError:
        problem, remedy = Message("there is no such file."), Message("Check the path of the norms file.")
        raise SourceError(Fault(problem, remedy, str(file))) from None
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
