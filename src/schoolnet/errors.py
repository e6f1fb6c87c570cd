"""The four errors a caller can catch, each made of faults that say what, where, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from schoolnet.messages import Message, hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Fault(NamedTuple):
    """One thing that is wrong with an input, in words for a planner.

    Attributes
    ----------
    problem
        What is wrong, in one sentence.
    remedy
        What to do about it, in one sentence.
    file
        Name of the file, or an empty string when the fault is not in a file.
    row
        Line of the file (1 is the header), or an empty string.
    column
        Name of the column as the file has it, or an empty string.
    """

    problem: Message
    remedy: Message
    file: str = ""
    row: str = ""
    column: str = ""

    def __str__(self) -> str:
        return self.said(str)

    def said(self, say: Callable[[str], str]) -> str:
        """Return where, what and what to do in one line, each sentence put into a language by `say`."""
        row = say(Message("row {row}", row=self.row)) if self.row else ""
        column = say(Message("column “{column}”", column=self.column)) if self.column else ""
        place = ", ".join(part for part in (hidden(self.file), row, column) if part)
        remedy = say(self.remedy)  # may be a clause of the ledger, which begins small
        text = f"{say(self.problem)} {remedy[:1].upper()}{remedy[1:]}"
        return f"{place}: {text}" if place else text


def not_installed(problem: Message, extra: str) -> Fault:
    """Return the fault of a package that only some need: `problem` says for what, and `extra` installs it."""
    return Fault(problem, Message('Install it in the project folder: `pip install ".[{extra}]"`.', extra=extra))


class SchoolnetError(Exception):
    """Something a planner can mend; holds every fault found, not the first one."""

    #: Puts a sentence into the language of the session (`output.session.language`), for Jupyter.
    say: ClassVar[Callable[[str], str]] = staticmethod(str)

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows in the place of a traceback: the faults, one a line."""
        return [f"schoolnet: {fault.said(type(self).say)}" for fault in self.faults]


class SourceError(SchoolnetError):
    """A file cannot be read: missing, empty, cut short, or of another kind."""


class TableError(SchoolnetError):
    """Rows or columns of a table are not as declared in `schoolnet.tables`."""


class RegionError(SchoolnetError):
    """The region asked for is not there, or more than one answers to the name."""


class OptionError(SchoolnetError):
    """An option, or a file of norms, holds a value that cannot be used."""
