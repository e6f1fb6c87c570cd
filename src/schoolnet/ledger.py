"""The row ledger: every input row ends in exactly one of used, corrected or rejected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schoolnet import schema, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

Key = tuple[str, str]


@dataclass(frozen=True)
class Ledger:
    """What became of every input row.

    Attributes
    ----------
    entries
        Rows that were corrected or rejected, and notes about whole files; tuples in the order of `tables.LEDGER`.
        What was found is a `Message`, or a cell as it stood; what was done and why is a `Message`.
    read
        Rows read, by (file, table).
    """

    entries: tuple[tuple[str, str, str, str, str, str, str], ...] = ()
    read: Mapping[Key, int] = field(default_factory=dict)

    def __add__(self, other: Ledger) -> Ledger:
        """Return both ledgers as one; rows read of the same file and table are added up."""
        read = dict(self.read)
        for key, count in other.read.items():
            read[key] = read.get(key, 0) + count
        return Ledger(self.entries + other.entries, read)

    def frame(self, say: Callable[[str], str] = str) -> pd.DataFrame:
        """Return the entries as a table (`tables.LEDGER`), their sentences put into a language by `say`."""
        rows = ((*entry[:-2], say(entry[-2]), say(entry[-1])) for entry in self.entries)
        return schema.frame((dict(zip(tables.LEDGER.columns, row, strict=True)) for row in rows), tables.LEDGER)

    def counts(self) -> pd.DataFrame:
        """Return one row per file and table: read = used + corrected + rejected."""
        import pandas as pd

        rows = []
        for (file, table), read in self.read.items():
            rejected = self._rows(file, table, ("rejected",))
            corrected = self._rows(file, table, ("corrected",)) - rejected
            used = read - len(rejected) - len(corrected)
            rows.append((file, table, read, used, len(corrected), len(rejected)))
        return pd.DataFrame(rows, columns=["file", "table", "read", "used", "corrected", "rejected"])

    def _rows(self, file: str, table: str, outcomes: Iterable[str]) -> set[str]:
        return {e[2] for e in self.entries if e[0] == file and e[1] == table and e[3] in outcomes}


class Recorder:
    """Collects the ledger of one file while it is read, from where an earlier one left off; `ledger()` freezes it."""

    def __init__(self, file: str, before: Ledger | None = None) -> None:
        self.file = file
        self._entries = list(before.entries) if before else []
        self._read = dict(before.read) if before else {}

    def read(self, table: str, count: int = 1) -> None:
        """Count rows read for a table."""
        self._read[self.file, table] = self._read.get((self.file, table), 0) + count

    def corrected(self, table: str, row: str, column: str, what: str, why: str) -> None:
        """Record a cell that was changed and is used."""
        self._entries.append((self.file, table, row, "corrected", column, what, why))

    def rejected(self, table: str, row: str, column: str, what: str, why: str) -> None:
        """Record a row that is not used."""
        self._entries.append((self.file, table, row, "rejected", column, what, why))

    def note(self, table: str, what: str, why: str, *, row: str = "", column: str = "") -> None:
        """Record what a planner must know of the whole file, or of a row that is used as it is."""
        self._entries.append((self.file, table, row, "note", column, what, why))

    def ledger(self) -> Ledger:
        """Return what was recorded."""
        return Ledger(tuple(self._entries), dict(self._read))
