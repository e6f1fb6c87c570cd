"""Tell by the names of WorldPop's files whose people they hold, and which of several files can be counted together.

Source: names of the releases Global 2000-2020 and R2025A of data.worldpop.org.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from schoolnet.errors import Fault
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

TOTAL = "total"
_AGES = re.compile(r"[a-z]{3}_(?P<sex>[fmt])_(?P<age>[0-9]{1,2})_", re.IGNORECASE)
_SEX = re.compile(r"[a-z]{3}_(?:t_)?(?P<sex>[fm])_(?=[12][0-9]{3})", re.IGNORECASE)
_SPAN = re.compile(r"(?<![a-z])under_?[0-9]+", re.IGNORECASE)
_YEAR = re.compile(r"(?<![0-9a-z])(?:19|20)[0-9]{2}(?![0-9a-z])", re.IGNORECASE)
_GROUPS = (0, 1, *range(5, 121, 5))
_OLDEST = 80  # groups that reach it, and leave none out, hold everybody


class Label(NamedTuple):
    """Whose people a raster holds: `total` or the first age of its group, sex (f, m or both: “”), year or None."""

    group: str = TOTAL
    sex: str = ""
    year: int | None = None


class Choice(NamedTuple):
    """Which of several rasters are counted: those left out with why, what is to be said of all, and faults."""

    left_out: dict[Path, Message]
    notes: list[tuple[Message, Message]]
    faults: list[Fault]


def label(name: str) -> Label | None:
    """Return whose people a file of this name holds; None for a span of ages (“under_18”), which is not a group.

    Known are kaz_ppp_2020.tif, kaz_f_5_2020_constrained.tif, kaz_T_F_2025_CN_100m_R2025A_v1.tif and their like; a file
    of any other name is taken as a total.
    """
    year = _YEAR.search(name)
    when = int(year[0]) if year else None
    if _SPAN.search(name):
        return None
    if found := _AGES.match(name):
        return Label(str(int(found["age"])), found["sex"].lower().replace("t", ""), when)
    sex = _SEX.match(name)
    return Label(TOTAL, sex["sex"].lower() if sex else "", when)


def choose(labels: Mapping[Path, Label]) -> Choice:
    """Return which files are counted together: for each group one file of both sexes, or one of each sex.

    A file of one sex whose twin is missing would halve its group, and is left out. Two files of the same people are a
    fault, as nothing tells which one is meant.
    """
    choice = Choice({}, [], [])
    by_group: dict[str, dict[str, Path]] = {}
    for path, (group, sex, _) in labels.items():
        first = by_group.setdefault(group, {}).setdefault(sex, path)
        if first != path:
            problem = Message("holds the same people as {other}.", other=first.name)
            choice.faults.append(Fault(problem, Message("Give one of the two."), path.name))
    for sexes in by_group.values():
        for sex in sexes.keys() - {""}:
            if "" in sexes:
                choice.left_out[sexes[sex]] = Message("not used: {other} holds both sexes", other=sexes[""].name)
            elif len(sexes) == 1:
                choice.left_out[sexes[sex]] = Message("not used: the file of the other sex is missing")
    kept = [one for path, one in labels.items() if path not in choice.left_out]
    if labels and not kept and not choice.faults:
        remedy = Message("Give the files of the other sex too, or the total.")
        choice.faults.extend(Fault(Message("holds one sex only."), remedy, path.name) for path in labels)
    choice.notes.extend(_said({one.group for one in kept}, {one.year for one in kept}))
    return choice


def missing(ages: Collection[int]) -> list[int]:
    """Return the first ages of the groups that are not there, below the oldest that is."""
    known = range(max(ages) + 1) if set(ages) - set(_GROUPS) else _GROUPS
    return [age for age in known if age < max(ages) and age not in ages]


def everybody(groups: Collection[str]) -> bool:
    """Return whether groups of ages hold all people, so that their sum is a total."""
    ages = {int(group) for group in groups if group != TOTAL}
    return bool(ages) and max(ages) >= _OLDEST and not missing(ages)


def _said(groups: set[str], years: set[int | None]) -> list[tuple[Message, Message]]:
    """Return what is to be said of the files that are counted."""
    said = []
    ages = sorted(int(group) for group in groups - {TOTAL})
    if ages and missing(ages):
        what = Message("no file of the ages from {ages}", ages=", ".join(map(str, missing(ages))))
        said.append((what, Message("these groups are taken as unknown")))
    if ages and TOTAL not in groups and not everybody(groups):
        said.append(
            (Message("no total, and not every age"), Message("the rasters do not say how many people there are"))
        )
    if ages and TOTAL in groups:
        why = Message("the total says how many people there are, the groups their ages")
        said.append((Message("a total and groups of ages"), why))
    if len(years - {None}) > 1:
        what = Message(
            "files of the years {years}", years=", ".join(str(one) for one in sorted(years - {None}, key=str))
        )
        said.append((what, Message("counted together as they are")))
    return said


def last_age(first: int, given: Collection[int]) -> int:
    """Return the last age of the group that begins with an age: before the next group's first; the oldest is open.

    Parameters
    ----------
    first
        First age of the group.
    given
        First ages of all groups that are there.
    """
    if first >= _OLDEST and first == max(given):
        return _GROUPS[-1]
    later = [age for age in (*_GROUPS, *given) if age > first]
    return min(later, default=_GROUPS[-1] + 1) - 1
