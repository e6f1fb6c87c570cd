"""Norms.on(day): every value with its act, clause, standing and date; no number of the law stands in code."""

from __future__ import annotations

import datetime as dt
import difflib
import importlib.resources
import math
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
            A planner's own norms in the form of `law/kz.toml`: a key it names is taken from it alone, the others are
            the project's.

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
    """Return the project's norms, those a planner's own file names put in their place."""
    name = "kz.toml"
    ours = [_norm(row) for row in _rows(importlib.resources.files("schoolnet.law").joinpath(name).read_bytes(), name)]
    if file is None:
        return ours
    try:
        data = Path(file).read_bytes()
    except OSError:
        raise SourceError(Fault("there is no such file.", "Check the path of the norms file.", str(file))) from None
    kinds = {norm.key: norm.value for norm in ours if norm.value is not None}
    rows, name = _rows(data, Path(file).name), Path(file).name
    faults = [fault for number, row in enumerate(rows, 1) for fault in _faults(row, number, name, kinds)]
    if not rows:
        faults = [Fault("no entry [[norm]] was found.", "Compare it with law/kz.toml.", name)]
    if faults:
        raise OptionError(faults)
    own = [_norm(row) for row in rows]
    return [norm for norm in ours if norm.key not in {one.key for one in own}] + own


def _rows(data: bytes, file: str) -> list[dict[str, Any]]:
    try:
        rows = tomllib.loads(data.decode("utf-8")).get("norm", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(Fault(f"not a TOML file in UTF-8: {error}.", "Compare it with law/kz.toml.", file)) from None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _norm(row: dict[str, Any]) -> Norm:
    text = {name: row.get(name, "") for name in ("unit", "act", "clause", "text")}
    return Norm(key=row["key"], value=row.get("value"), standing=row["standing"], since=row["from"], **text)


def _faults(row: dict[str, Any], number: int, file: str, kinds: Mapping[str, Any]) -> list[Fault]:
    place = f"{number}. entry [[norm]]"
    named = ("key", "standing", "from")
    faults = [Fault(f"{name} is missing.", "Add it.", file, place, name) for name in named if name not in row]
    key, value, day = row.get("key", ""), row.get("value"), row.get("from", dt.date.min)
    if row.get("standing", "law") not in STANDINGS:
        remedy = f"Use one of {', '.join(STANDINGS)}."
        faults.append(Fault(f"standing {row['standing']!r}.", remedy, file, place, "standing"))
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        faults.append(Fault(f"from {day!r} is not a day.", "Write it as 2021-07-13.", file, place, "from"))
    if row.get("standing") == "law" and not row.get("act"):
        faults.append(Fault("a norm of standing law names no act.", "Name the act.", file, place, "act"))
    if key in kinds and value is not None and not _alike(value, kinds[key]):
        remedy = f"Write it as in law/kz.toml, where it is {kinds[key]!r}."
        faults.append(Fault(f"{key} = {value!r} cannot be used.", remedy, file, place, "value"))
    return faults


def _alike(value: Any, ours: Any) -> bool:
    """Return whether a value is of the kind of the project's own: a positive number, a list of words, yes or no."""
    if isinstance(ours, list):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(ours, bool) or isinstance(value, bool):
        return isinstance(ours, bool) and isinstance(value, bool)
    return isinstance(value, (int, float)) and math.isfinite(value) and value > 0
