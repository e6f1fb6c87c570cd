"""Tell apart the files of a check by what they hold, and read those that can be read without a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schoolnet.errors import Fault, SchoolnetError, SourceError
from schoolnet.ledger import Ledger
from schoolnet.messages import Message
from schoolnet.sources import given, people, register

if TYPE_CHECKING:
    from collections.abc import Sequence


class Told(NamedTuple):
    """A map (or a folder of layers), a school register, files of people, and a planner's own tables."""

    source: Path | str | None
    schools: Path | str | None
    people: list[Path | str]
    given: list[Path | str]


def told_apart(inputs: Sequence[Path | str]) -> Told:
    """Return what each input is.

    Raises
    ------
    SourceError
        A file cannot be read, or is of no kind; or there are two maps, or two registers.
    """
    faults: list[Fault] = []
    kinds: dict[str, list[Path | str]] = {"map": [], "register": [], "people": [], "given": []}
    for one in inputs:
        try:
            kind = "given" if given.knows(one) else people.kind_of(one)
            kinds[kind if kind in kinds else "people"].append(one)
        except SchoolnetError as error:
            faults += error.faults
    for kind in ("map", "register"):
        if len(kinds[kind]) > 1:
            files = ", ".join(Path(one).name for one in kinds[kind])
            faults.append(Fault(Message("there are several files of this kind."), Message("Give one of them."), files))
    if faults:
        raise SourceError(faults)
    source, schools = (next(iter(kinds[kind]), None) for kind in ("map", "register"))
    return Told(source, schools, kinds["people"], kinds["given"])


def alone(told: Told) -> tuple[register.Register | None, Ledger]:
    """Return a register, and what became of the rows of files that are not joined to a map; raise all their faults."""
    faults: list[Fault] = []
    sheet, ledger = None, Ledger()
    for read, files in ((people.alone, told.people), (given.alone, told.given)):
        try:
            ledger += read(files)
        except SchoolnetError as error:
            faults += error.faults
    try:
        sheet = None if told.schools is None else register.read(told.schools)
    except SchoolnetError as error:
        faults += error.faults
    if faults:
        raise SourceError(faults)
    if sheet is not None:
        ledger += sheet.ledger + Ledger(read={(sheet.input.name, "schools"): len(sheet.rows)})
    return sheet, ledger
