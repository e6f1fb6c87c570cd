"""Read an outcome from the folder it was saved to: its tables, its scenario and where it comes from, all checked."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from schoolnet import options, schema
from schoolnet.errors import Fault, SourceError, TableError
from schoolnet.messages import Message
from schoolnet.outcome import TABLES, Outcome
from schoolnet.sources import limits, table_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_AGAIN = Message("Write it again with `schoolnet programme`.")
_MARKS = ("'=", "'+", "'-", "'@", "'\t", "'\r", "''")
_PLACE = ("lon", "lat")
_BOUNDS = (180.0, 90.0)


def read(folder: Path | str) -> Outcome:
    """Read what `schoolnet programme` wrote, as it was.

    Raises
    ------
    SourceError
        The folder or a file of it is missing, or is no CSV, TOML or JSON.
    TableError
        Columns or values are not as declared, or tables do not fit one another; every fault is listed.
    OptionError
        An option of the scenario is unknown or out of bounds.
    """
    folder = Path(folder)
    files = [f"{name}.csv" for name in TABLES] + ["options.toml", "provenance.json"]
    if not folder.is_dir():
        raise SourceError(Fault(Message("there is no such folder."), _AGAIN, str(folder)))
    missing = [file for file in files if not (folder / file).is_file()]
    if missing:
        problem = Message("the file is missing.")
        raise SourceError([Fault(problem, _AGAIN, f"{folder.name}/{file}") for file in missing])
    cells = {name: _cells(folder / f"{name}.csv") for name in TABLES}
    faults = [fault for name, table in TABLES.items() for fault in table_file.faults(cells[name], table, f"{name}.csv")]
    faults += _place_faults(cells["sites"])
    if faults:
        raise TableError(faults)
    found = {name: schema.frame(table_file.values(cells[name], table), table) for name, table in TABLES.items()}
    faults = [*_strangers(found), *_miscounted(found)]
    if faults:
        raise TableError(faults)
    places = [shapely.Point(float(x), float(y)) for x, y in cells["sites"][[*_PLACE]].itertuples(index=False)]
    found["sites"] = schema.geoframe(found["sites"].reset_index().to_dict("records"), TABLES["sites"], places)
    return Outcome(**found, options=options.load(folder / "options.toml"), about=_about(folder / "provenance.json"))


def _cells(path: Path) -> pd.DataFrame:
    """Return the cells of a table as they were before marks kept a spreadsheet from taking them for formulas."""
    cells = table_file.opened(path)
    return cells.map(lambda cell: cell[1:] if cell.startswith(_MARKS) else cell)


def _place_faults(cells: pd.DataFrame) -> Iterator[Fault]:
    for column, bound in zip(_PLACE, _BOUNDS, strict=True):
        if column not in cells:
            yield Fault(Message("the column is missing."), _AGAIN, "sites.csv", "", column)
            continue
        for row, cell in cells[column].items():
            if not _is_degree(cell, bound):
                problem = Message("{cell} is not {wanted}.", cell=repr(cell), wanted=Message("a number"))
                yield Fault(problem, Message("Correct the cell."), "sites.csv", str(row), column)


def _is_degree(cell: str, bound: float) -> bool:
    try:
        return math.isfinite(float(cell)) and abs(float(cell)) <= bound
    except ValueError:
        return False


def _strangers(found: dict[str, pd.DataFrame]) -> Iterator[Fault]:
    """Yield a fault for each site that is in one of the tables of sites and of the programme, and not in the other."""
    sites, programme = found["sites"].index, found["programme"].index
    for file, here, there in (("sites", sites, programme), ("programme", programme, sites)):
        for key in here[~here.isin(there)]:
            yield Fault(Message("{key} is not in the other table of sites.", key=repr(key)), _AGAIN, f"{file}.csv")


def _miscounted(found: dict[str, pd.DataFrame]) -> Iterator[Fault]:
    """Yield a fault for each year that counts other sites than open in it, as records did that left some out."""
    opened = found["programme"]["year"].value_counts()
    for at, row in found["years"].iterrows():
        if row["sites"] != opened.get(row["year"], 0):
            counts = {"year": str(row["year"]), "count": str(row["sites"]), "opened": str(opened.get(row["year"], 0))}
            problem = Message("{year}: {count} sites are counted, and {opened} open.", **counts)
            yield Fault(problem, _AGAIN, "years.csv", str(at), "sites")


def _about(path: Path) -> dict[str, Any]:
    limits.size(path)
    try:
        about = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise SourceError(Fault(Message("this is not a JSON file."), _AGAIN, path.name)) from None
    regions = about.get("regions") if isinstance(about, dict) else None
    if not isinstance(regions, list) or not all(isinstance(one, str) for one in regions):
        raise SourceError(Fault(Message("it does not say which regions it is of."), _AGAIN, path.name))
    return dict(about)
