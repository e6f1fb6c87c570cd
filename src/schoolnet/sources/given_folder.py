"""Read the planner's own tables of a saved region: one CSV a table in its folder `given`, each as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet import given, schema
from schoolnet.errors import Fault, TableError
from schoolnet.given import Given
from schoolnet.messages import Message
from schoolnet.sources import table_file
from schoolnet.sources.text import short

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def read(folder: Path, settlements: Collection[str]) -> Given:
    """Return the tables that are there.

    Parameters
    ----------
    folder
        The region's; the tables are in its folder `given`.
    settlements
        Identifiers an okrug's row may be of.

    Raises
    ------
    SourceError
        A file is not a CSV in UTF-8, or a row has more or fewer cells than the header.
    TableError
        Columns or values are not as declared, or an okrug's row is of no settlement; every fault is listed.
    """
    found, faults = {}, []
    for path in files(folder):
        table = given.TABLES[path.stem]
        cells = table_file.opened(path)
        wrong = list(table_file.faults(cells, table, path.name))
        if path.stem == "okrugs" and not table_file.missing(cells, table):
            remedy = Message("Correct the key, or leave the row out.")
            for row, key in cells["settlement_id"].items():
                if key not in settlements:
                    what = Message("{key} is not there.", key=repr(short(key)))
                    wrong.append(Fault(what, remedy, path.name, str(row), "settlement_id"))
        faults += wrong
        if not wrong:
            found[path.stem] = schema.frame(table_file.values(cells, table), table)
    if faults:
        raise TableError(faults)
    return Given(**found)


def files(folder: Path) -> list[Path]:
    """Return the files of the tables that are there."""
    paths = (folder / "given" / f"{name}.csv" for name in given.TABLES)
    return [path for path in paths if path.is_file()]
