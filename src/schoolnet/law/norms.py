"""Norms.on(day): every value with its act, clause, standing and date; no number of the law stands in code."""

from __future__ import annotations

import datetime as dt
import difflib
import importlib.resources
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet.errors import Fault, OptionError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STANDINGS = ("law", "target", "practice", "default")


class Norm(NamedTuple):
    """One value in force from a day.

    Attributes
    ----------
    key
        Its name in the model, such as `threshold.primary`.
    value
        The value, or None from the day of repeal.
    unit
        Unit of the value.
    standing
        law, target, practice or default; only *law* may be called a breach.
    since
        First day in force.
    act, clause
        Where it is read; empty for a default.
    text
        What it says, in one sentence.
    """

    key: str
    value: Any
    unit: str
    standing: str
    since: dt.date
    act: str
    clause: str
    text: str


@dataclass(frozen=True)
class Norms:
    """The norms in force on one day; `norms["threshold.primary"].value` is 5."""

    day: dt.date
    in_force: Mapping[str, Norm]

    @classmethod
    def on(cls, day: dt.date, *, file: Path | str | None = None) -> Norms:
        """Return the norms in force on a day.

        Parameters
        ----------
        day
            The day asked for.
        file
            A planner's own norms in the form of `law/kz.toml`; the project's when None.

        Raises
        ------
        SourceError
            The file is missing or not TOML.
        OptionError
            An entry is wrong; every fault is listed.
        """
        in_force: dict[str, Norm] = {}
        for norm in sorted(_read(file), key=lambda norm: norm.since):
            if norm.since <= day:
                in_force[norm.key] = norm
        return cls(day, {key: norm for key, norm in in_force.items() if norm.value is not None})

    def __getitem__(self, key: str) -> Norm:
        """Return a norm in force, or raise OptionError naming the day."""
        if key not in self.in_force:
            near = ", ".join(difflib.get_close_matches(key, self.in_force)) or "none like it"
            raise OptionError(
                Fault(
                    f"the norm “{key}” is not in force on {self.day:%d.%m.%Y} (in force then: {near}).",
                    "Ask for a later day, or give a file of norms that holds it.",
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
    if file is None:
        name = "kz.toml"
        text = importlib.resources.files("schoolnet.law").joinpath(name).read_text(encoding="utf-8")
    else:
        name = Path(file).name
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (FileNotFoundError, IsADirectoryError):
            raise SourceError(Fault("there is no such file.", "Check the path of the norms file.", str(file))) from None
    try:
        rows = tomllib.loads(text).get("norm", [])
    except tomllib.TOMLDecodeError as error:
        raise SourceError(Fault(f"not a TOML file: {error}.", "Compare it with law/kz.toml.", name)) from None
    faults = [fault for number, row in enumerate(rows, 1) for fault in _faults(row, number, name)]
    if not rows:
        faults = [Fault("no entry [[norm]] was found.", "Compare it with law/kz.toml.", name)]
    if faults:
        raise OptionError(faults)
    return [_norm(row) for row in rows]


def _norm(row: dict[str, Any]) -> Norm:
    text = {name: row.get(name, "") for name in ("unit", "act", "clause", "text")}
    return Norm(key=row["key"], value=row.get("value"), standing=row["standing"], since=row["from"], **text)


def _faults(row: dict[str, Any], number: int, file: str) -> list[Fault]:
    place = f"{number}. entry [[norm]]"
    faults = [
        Fault(f"{name} is missing.", "Add it.", file, place, name)
        for name in ("key", "standing", "from")
        if name not in row
    ]
    if row.get("standing", "law") not in STANDINGS:
        faults.append(
            Fault(f"standing {row['standing']!r}.", f"Use one of {', '.join(STANDINGS)}.", file, place, "standing")
        )
    if not isinstance(row.get("from", dt.date.min), dt.date):
        faults.append(Fault(f"from {row['from']!r} is not a day.", "Write it as 2021-07-13.", file, place, "from"))
    if row.get("standing") == "law" and not row.get("act"):
        faults.append(Fault("a norm of standing law names no act.", "Name the act.", file, place, "act"))
    return faults
