"""Read the tables of people of a saved region: one CSV a table in its folder `people`, each as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolnet import people, schema
from schoolnet.errors import Fault, TableError
from schoolnet.messages import Message
from schoolnet.people import COUNTRY, REGION
from schoolnet.sources import table_file
from schoolnet.sources.text import short

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    import pandas as pd


def tables(folder: Path, settlements: Collection[str], districts: Collection[str]) -> dict[str, pd.DataFrame]:
    """Return the tables that are there, all but the cells of towns, which are a layer.

    Parameters
    ----------
    folder
        The region's; the tables are in its folder `people`.
    settlements, districts
        Identifiers that a row may be of.

    Raises
    ------
    SourceError
        A file is not a CSV in UTF-8, or a row has more or fewer cells than the header.
    TableError
        Columns or values are not as declared, a row is of no area of the region, or two are of one; every fault of
        every table is listed.
    """
    found, faults = {}, []
    for name in people.TABLES:
        path = folder / "people" / f"{name}.csv"
        if name == "cells" or not path.is_file():
            continue
        cells = table_file.opened(path)
        wrong = list(_faults(cells, name, path.name, {"settlement": settlements, "district": districts}))
        faults += wrong
        if not wrong:
            table = schema.frame(table_file.values(cells, people.TABLES[name]), people.TABLES[name])
            found[name] = table
    if faults:
        raise TableError(faults)
    return found


def _faults(cells: pd.DataFrame, name: str, file: str, areas: dict[str, Collection[str]]) -> Iterator[Fault]:
    yield from table_file.faults(cells, people.TABLES[name], file)
    if not table_file.missing(cells, people.TABLES[name]):
        yield from strangers(cells, name, file, areas)


def strangers(cells: pd.DataFrame, name: str, file: str, areas: dict[str, Collection[str]]) -> Iterator[Fault]:
    """Yield a fault for each row of an area that the region does not have."""
    remedy = Message("Correct the key, or leave the row out.")
    for column, knows in _known(name, areas).items():
        for row, key in cells[column].items():
            if not knows(cells.loc[row], key):
                yield Fault(Message("{key} is not there.", key=repr(short(key))), remedy, file, str(row), column)


def _known(name: str, areas: dict[str, Collection[str]]) -> dict[str, Callable[[pd.Series[Any], str], bool]]:
    settlements, districts = areas["settlement"], areas["district"]
    if name == "headcounts":
        return {"settlement_id": lambda _row, key: key in settlements}
    if name == "official":
        return {"district_id": lambda _row, key: key in districts or key == REGION}
    if name == "raster":
        zones = {"all": ("",), "region": ("", REGION), "district": ("", *districts), "settlement": ("", *settlements)}
        sets = {zone: frozenset(keys) for zone, keys in zones.items()}
        return {"zone_id": lambda row, key: row["zone"] not in sets or key in sets[row["zone"]]}
    return {"area_id": lambda _row, key: key in settlements or key in districts or key in (REGION, COUNTRY)}
