"""Read sheets and rasters of people and join them to a region; every row is used, corrected, rejected or elsewhere.

Grain in: any number of files, of any of the kinds. Grain out: the tables of `people.People`.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import disk, given, people, schema, tables
from schoolnet.errors import Fault, SchoolnetError, SourceError, TableError
from schoolnet.ledger import Ledger
from schoolnet.messages import Message
from schoolnet.sources import ages, counts, forms, gridded, headcounts, kinds, official, table_file
from schoolnet.sources.areas import Areas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from schoolnet.options import Options
    from schoolnet.region import Region

kind_of = kinds.kind_of


def read(paths: Iterable[Path | str]) -> list[forms.Form]:
    """Read sheets of people, each of the kind its headers say.

    Raises
    ------
    SourceError
        With every fault of every file that cannot be read, or is of no kind, or of several.
    """
    found: list[forms.Form] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            found.append(forms.read(path))
        except SchoolnetError as error:
            faults += error.faults
    if faults:
        raise SourceError(faults)
    return found


def alone(paths: Iterable[Path | str]) -> Ledger:
    """Return what became of the rows of files that are joined to no region, and what is to be said of rasters.

    Raises
    ------
    SourceError
        With every fault of every file that can be seen without a region.
    """
    files = [Path(path) for path in paths]
    rasters = [path for path in files if path.suffix.casefold() in kinds.RASTERS]
    faults: list[Fault] = []
    found: list[forms.Form] = []
    ledger = Ledger()
    try:
        found = read(path for path in files if path not in rasters)
    except SourceError as error:
        faults += error.faults
    try:
        ledger = gridded.alone(rasters)
    except SourceError as error:
        faults += error.faults
    if faults:
        raise SourceError(faults)
    for form in found:
        form.remarks.recorder.read(form.kind, len(form.rows))
        ledger += form.remarks.ledger()
    return ledger


def attach(region: Region, paths: Iterable[Path | str], options: Options) -> Region:
    """Return the region with what files say of its people: the settlement table, totals, ages, births, pupils, rasters.

    Files of one kind are joined; of two rows of one key the first is used. A kind that is given stands in place of what
    the region had. Inhabitants of the settlement table stand in place of the map's.

    Parameters
    ----------
    region
        Its settlements and districts.
    paths
        CSV, XLSX and GeoTIFF files, in any order: each is known by its headers, or by its ending.
    options
        The plan's year, and the cells of towns.

    Raises
    ------
    SourceError, TableError
        With every fault of every file: row, column and remedy.
    """
    files = [Path(path) for path in paths]
    rasters = [path for path in files if path.suffix.casefold() in kinds.RASTERS]
    found = read(path for path in files if path not in rasters)
    areas = Areas(region)
    made: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for kind in kinds.KINDS:
        of_kind = [form for form in found if form.kind == kind]
        if of_kind:
            made[kind], wrong = _table(kind, of_kind, areas, options)
            faults += wrong
    if faults:
        raise TableError(faults)
    out = dataclasses.replace(
        region,
        people=dataclasses.replace(region.people, **made),
        ledger=sum((form.remarks.ledger() for form in found), _without(region.ledger, made)),
        inputs=(*[one for one in region.inputs if one.role not in made], *(form.input for form in found)),
    )
    if "headcounts" in made:
        out = _with_population(out)
    return _rasters(out, rasters, options) if rasters else out


def _rasters(region: Region, paths: list[Path], options: Options) -> Region:
    """Return the region with the sums of rasters of people by zone, and the cells of its towns.

    Where no age table was given, rasters of age groups are one: of each district and of the region.
    """
    found = gridded.sums_of_region(region, paths, options)
    made = {"raster": found.raster, "cells": found.cells}
    if region.people.ages.empty:
        made["ages"] = gridded.structure(found.raster, paths, options)
    return dataclasses.replace(
        region,
        people=dataclasses.replace(region.people, **made),
        ledger=_without(region.ledger, ["raster"]) + found.ledger,
        inputs=(*[one for one in region.inputs if one.role != "raster"], *found.inputs),
    )


def with_cells(region: Region, options: Options) -> Region:
    """Return the region with its towns cut into cells, where no raster has done it: their people are spread evenly."""
    if options.cells == "none" or len(region.people.cells) or region.settlements["is_rural"].all():
        return region
    return dataclasses.replace(region, people=dataclasses.replace(region.people, cells=gridded.cells(region, options)))


def _without(ledger: Ledger, kinds_: Iterable[str]) -> Ledger:
    """Return the ledger without the rows of tables that are replaced."""
    gone = set(kinds_)
    read = {key: count for key, count in ledger.read.items() if key[1] not in gone}
    return Ledger(tuple(entry for entry in ledger.entries if entry[1] not in gone), read)


# --- tables


def _table(kind: str, found: list[forms.Form], areas: Areas, options: Options) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the table of a kind, of all its files, and the faults of those of which nothing can be used."""
    seen = forms.Seen()
    readers: dict[str, Callable[[forms.Form], Any]] = {
        "headcounts": lambda form: headcounts.read(form, areas, seen),
        "official": lambda form: official.read(form, areas, seen, options),
        "ages": lambda form: ages.read(form, areas, seen, options),
        "births": lambda form: counts.births(form, areas, seen),
        "series": lambda form: counts.series(form, areas, seen),
    }
    parts: list[Any] = []
    faults: list[Fault] = []
    for form in found:
        try:
            part = readers[kind](form)
        except TableError as error:
            faults += error.faults
            continue
        if not any(map(len, part if kind == "official" else [part])):
            faults += forms.nothing(form, areas).faults
        parts.append(part)
    if faults:
        return schema.frame([], people.TABLES[kind]), faults
    rows = official.whole(parts, found[-1], areas) if kind == "official" else pd.concat(parts)
    if kind == "headcounts":
        _note_others(rows, found[-1], areas)
    return _sorted(schema.frame(rows.to_dict("records"), people.TABLES[kind])), []


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in the order of its keys, whatever the order of files and rows."""
    if table.index.name:
        return table.sort_index()
    keys = [name for name in ("area_id", "territory", "year", "month", "grade", "age", "age_to") if name in table]
    return table.sort_values(keys, ignore_index=True)


def _note_others(rows: pd.DataFrame, form: forms.Form, areas: Areas) -> None:
    others = ~areas.region.settlements.index.isin(rows["settlement_id"])
    if others.any():
        what = Message("{count} of {all} settlements have no row", count=int(others.sum()), all=len(others))
        form.remarks.note(what, Message("they keep the figures of the map"))


def _with_population(region: Region) -> Region:
    """Return the region with the inhabitants of the settlement table in place of the map's."""
    given = region.people.headcounts["population"].dropna()
    settlements = region.settlements.copy()
    settlements.loc[given.index, "population"] = given
    settlements.loc[given.index, "population_basis"] = "given"
    modelled = (settlements["population_basis"] == "modelled").any()
    caveats = tuple(one for one in region.caveats if one != "modelled_population" or modelled)
    return dataclasses.replace(region, settlements=settlements, caveats=caveats)


# --- a corrected copy

_PLACES = {"headcounts": "settlement_id", "official": "district_id"}


def corrected(region: Region, folder: Path | str, *, say: Callable[[str], str] = str) -> Path:
    """Write what was read of the sheets of a region, as it is used, and what was not: a copy to go on with.

    One CSV (UTF-8) a table with the headers of the templates, `schools.csv` where a register was read, and
    `rejected.csv`: file, row, column, what and why. Each is read again as the same table. Text that a spreadsheet would
    take for a formula begins with an apostrophe.

    Parameters
    ----------
    region
        From `attach`, and from `register.attach`.
    folder
        Made where it is not there; files of the same names are replaced.
    say
        Puts the sentences of `rejected.csv` into a language.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    folder = Path(folder)
    found = {kind: _named(region, kind) for kind in kinds.KINDS}
    found |= {kind: getattr(region.given, kind) for kind in given.TABLES}
    found["schools"] = _register(region)
    entries = region.ledger.frame(say)
    found["rejected"] = entries.loc[entries["outcome"] == "rejected", ["file", "row", "column", "what", "why"]]
    with disk.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in found.items():
            if len(table) or name == "rejected":
                table_file.write(table, folder / f"{name}.csv")
    return folder


def _named(region: Region, kind: str) -> pd.DataFrame:
    """Return a table with the KATO, the name and the district of its areas, without columns that hold nothing."""
    table = getattr(region.people, kind)
    table = table.reset_index() if table.index.name else table
    key = _PLACES.get(kind, "area_id")
    places = pd.concat([region.districts[["name", "kato"]], region.settlements[["name", "kato", "district_id"]]])
    told = {column: table[key].map(places[column]) for column in ("kato", "name")}
    if kind == "headcounts":
        told["district"] = table[key].map(places["district_id"]).map(region.districts["name"])
    figures = table.drop(columns=key).dropna(axis=1, how="all")
    return pd.DataFrame({key: table[key], **told}).join(figures)


def _register(region: Region) -> pd.DataFrame:
    schools = region.schools
    if not any(one.role == "schools" for one in region.inputs):
        return schools.iloc[:0]
    names = [name for name in tables.SCHOOLS.columns if name != "settlement_id"]
    points = {"lon": schools.geometry.x.round(7), "lat": schools.geometry.y.round(7)}
    return pd.DataFrame(schools[names].assign(**points)).reset_index().dropna(axis=1, how="all")
