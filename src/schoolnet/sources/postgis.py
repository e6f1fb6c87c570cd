"""Read a region from a PostGIS database: one that was written there, or a planner's own tables in the same form.

Everything is read in one transaction that sees one moment. Rows that were changed since they were written are read as
they are; then the files they once came from are no longer named as their source.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from schoolnet import given, people, schema
from schoolnet.errors import Fault, RegionError, SourceError, TableError
from schoolnet.given import Given
from schoolnet.ledger import Ledger
from schoolnet.messages import Message, unpacked
from schoolnet.people import People
from schoolnet.region import LAYERS, Input, Region
from schoolnet.sources import database, folder, people_folder, stored, table_file
from schoolnet.sources.database import Session, quoted
from schoolnet.sources.stored import KEY, NAMES, ORDER, TABLES
from schoolnet.sources.text import short, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.schema import Table
    from schoolnet.sources.address import Address

_NEEDED = ("region", "districts", "settlements", "roads", "waters")
_CHUNK = 5_000
_MOST_ROWS = 5_000_000
_MOST_BYTES = 4_000_000_000
_SHOWN = 30  # regions named where the one asked for is not there
_ADD = Message("Add it; the table dictionary says what it holds.")


def read(at: Address, region: str | None = None) -> Region:
    """Read a region by its code or a name of it; None where the database holds one only.

    Raises
    ------
    SourceError
        The server cannot be reached or refuses, a table is missing, or holds more than can be read.
    RegionError
        The region is not there, or several are of this name.
    TableError
        Columns, values or shapes are not as declared; every fault of every table is listed.
    """
    with database.session(at) as session:
        known = session.columns()
        faults = list(_layout_faults(session, known))
        if faults:
            raise SourceError(faults)
        code = _code(session, region, known["region"], at)
        cells = {name: _cells(session, table, code, known[name]) for name, table in _there(known).items()}
        origin = {
            table.name: _plain(session, table, code, known[table.name])
            for table in stored.ORIGIN
            if {KEY, *table.columns} <= known.get(table.name, {}).keys()
        }
    made, sha256 = _made(cells, code)
    return _sourced(made, sha256, origin, at)


def _there(known: dict[str, dict[str, str]]) -> dict[str, Table]:
    declared = {"region": stored.REGION, **TABLES}
    return {name: table for name, table in declared.items() if name in known}


def _layout_faults(session: Session, known: dict[str, dict[str, str]]) -> Iterator[Fault]:
    """Yield the tables that are missing, and those without the columns no row can be read without."""
    for name in _NEEDED:
        if name not in known:
            remedy = Message("Add the table, or name its schema: postgresql://…?schema=…; the README shows the form.")
            yield Fault(Message("the table is missing."), remedy, _said(session, name))
    for name, table in _there(known).items():
        if KEY not in known[name]:
            yield Fault(Message("the column is missing."), _ADD, _said(session, name), "", KEY)
        if table.geometry and known[name].get("geometry") != "geometry":
            problem = Message("there is no column of shapes of this name.")
            remedy = Message("Add it as geometry in WGS 84, or rename the one there is.")
            yield Fault(problem, remedy, _said(session, name), "", "geometry")


def _said(session: Session, table: str) -> str:
    return f"{session.schema}.{table}"


def _code(session: Session, asked: str | None, columns: dict[str, str], at: Address) -> str:
    """Return the code of the region asked for."""
    names = [name for name in NAMES.values() if name in columns]
    shown = ", ".join(f"CAST({quoted(name)} AS text)" for name in (KEY, *names))
    rows = session.rows(f"SELECT {shown} FROM {session.table('region')} ORDER BY 1 LIMIT 10000")  # noqa: S608 - quoted
    wanted = None if asked is None else asked.strip().casefold()
    exact = [row[0] for row in rows if asked in (None, row[0])]
    found = exact or [row[0] for row in rows if wanted == str(row[0]).casefold()]
    found = found or [row[0] for row in rows if wanted in [str(name).casefold() for name in row[1:] if name]]
    if len(found) == 1 and found[0]:
        return str(found[0])
    known = ", ".join(short(tidy(str(row[0]))) for row in rows[:_SHOWN]) + ("…" if len(rows) > _SHOWN else "")
    if not rows:
        problem = Message("the database holds no region.")
        remedy = Message("Put one in first: `schoolnet plan … --to postgresql://…`, or `schoolnet.to_postgis`.")
    elif asked is None:
        problem = Message("the database holds several regions: {known}.", known=known)
        remedy = Message("Choose one with --region.")
    elif found:
        problem = Message(
            "several regions are called “{name}”: {known}.",
            name=short(tidy(str(asked))),
            known=", ".join(short(tidy(code)) for code in found),
        )
        remedy = Message("Choose one by its code.")
    else:
        problem = Message("the database has no region “{name}”.", name=short(tidy(str(asked))))
        remedy = Message("It holds: {known}.", known=known)
    raise RegionError(Fault(problem, remedy, str(at)))


def _cells(session: Session, table: Table, code: str, columns: dict[str, str]) -> pd.DataFrame:
    """Return the rows of a region as text and shapes, in their order; the index is the key, or counts from 1.

    Arcs, as ArcGIS writes them, come as the straight lines PostGIS makes of them.
    """
    cells = _plain(session, table, code, columns)
    if table.geometry:
        shapes = shapely.from_wkb(cells["geometry"].to_numpy(object), on_invalid="ignore")
        cells = cells.assign(geometry=pd.Series(list(shapes), dtype=object))
    keys = cells.get(table.index)
    named = keys is not None and keys.is_unique and keys.notna().all()
    return cells.set_axis(keys.to_numpy(object) if named else [str(row) for row in range(1, len(cells) + 1)])


def _plain(session: Session, table: Table, code: str, columns: dict[str, str]) -> pd.DataFrame:
    wanted = [column.name for column in stored.columns(table) if column.name in columns]
    plain = [name for name in wanted if name != "geometry"]
    shown = [f"CAST({quoted(name)} AS text)" for name in plain]
    shown += ["ST_AsEWKB(ST_CurveToLine(geometry))"] if table.geometry else []
    where = f"FROM {session.table(table.name)} AS t WHERE CAST({quoted(KEY)} AS text) = :code"
    names = [*plain, "geometry"] if table.geometry else plain
    if not _count(session, where, table.name, code):
        return pd.DataFrame([], columns=names, dtype=object)
    keys = [quoted(ORDER)] * (ORDER in columns) + [f"CAST({quoted(table.index)} AS text)"] * (table.index in columns)
    order = [f'{key} COLLATE "C"' if "CAST" in key else key for key in keys or ["CAST(t AS text)"]]
    query = f"SELECT {', '.join(shown)} {where} ORDER BY {', '.join(order)}"
    parts = [pd.DataFrame(rows, columns=names, dtype=object) for rows in session.fetched(query, _CHUNK, code=code)]
    return pd.concat(parts, ignore_index=True)


def _count(session: Session, where: str, table: str, code: str) -> int:
    """Return how many rows a region has; or raise a `SourceError` where a computer should not take them in."""
    size = "SELECT count(*), coalesce(sum(octet_length(CAST(t AS text))), 0)::bigint"
    rows, amount = session.rows(f"{size} {where}", code=code)[0]
    if rows > _MOST_ROWS or amount > _MOST_BYTES:
        problem = Message("{rows} rows of {size} MB are more than a region has.", rows=rows, size=amount // 1_000_000)
        remedy = Message("Keep only what lies in the region, or part it.")
        raise SourceError(Fault(problem, remedy, _said(session, table)))
    return int(rows)


def _made(cells: dict[str, pd.DataFrame], code: str) -> tuple[Region, str]:
    """Return the region of its cells, and the hash its rows were written with; or raise with every fault."""
    about = cells.pop("region")
    outline = gpd.GeoDataFrame(about.drop(columns="geometry").assign(code=code), geometry=list(about["geometry"]))
    faults = [*folder.about_faults(outline, "region"), *_srid_faults(about, "region"), *_day_faults(about)]
    if len(about) > 1:
        problem = Message("{key} stands here a second time.", key=repr(code))
        faults.append(Fault(problem, Message("Leave one of the two out."), "region", "2", KEY))
    for name, frame in cells.items():
        faults += _table_faults(frame, TABLES[name])
    if faults:
        raise TableError(faults)
    made = {name: _typed(cells.get(name), table) for name, table in TABLES.items()}
    faults = list(_strangers(cells, made))
    if faults:
        raise TableError(faults)
    row = about.iloc[0]
    region = Region(
        code=code,
        names={key: row[column] for key, column in NAMES.items() if row.get(column) is not None},
        boundary=folder.multi(shapely.set_srid(row["geometry"], 0)),
        caveats=tuple(str(row.get("caveats") or "").split()),
        day=dt.date.fromisoformat(row["day"]) if row.get("day") else None,
        people=People(**{name: made[table.name] for name, table in people.TABLES.items()}),
        given=Given(**{name: made[table.name] for name, table in given.TABLES.items()}),
        **{name: made[name] for name in LAYERS},
    )
    return region, str(row.get("sha256") or "")


def _table_faults(cells: pd.DataFrame, table: Table) -> Iterator[Fault]:
    if table.name == "settlements" and cells.empty:
        yield Fault(
            Message("the table holds no row of the region."), Message("Give at least one settlement."), table.name
        )
    if cells.empty:
        return
    yield from table_file.faults(cells.drop(columns="geometry", errors="ignore"), table, table.name)
    if table.geometry:
        yield from _srid_faults(cells, table.name)
        layer = gpd.GeoDataFrame(geometry=list(cells["geometry"]))
        yield from folder.shape_faults(layer, table.geometry, table.name, list(cells.index))


def _srid_faults(cells: pd.DataFrame, table: str) -> Iterator[Fault]:
    """Yield a fault for each reference system of the shapes that is not WGS 84, at its first row."""
    kinds = pd.Series(shapely.get_srid(cells["geometry"].to_numpy(object)), index=cells.index)
    kinds = kinds[cells["geometry"].notna() & (kinds != schema.EPSG_AT_REST)]
    remedy = Message("Bring them to WGS 84: ST_Transform(geometry, 4326); ST_SetSRID where they are in it already.")
    for row, srid in kinds.drop_duplicates().items():
        problem = Message("the shapes are in SRID {srid}, not 4326.", srid=int(srid))
        yield Fault(problem, remedy, table, str(row), "geometry")


def _day_faults(about: pd.DataFrame) -> Iterator[Fault]:
    """Yield a fault where what stands for the day the data speak of is none."""
    text = str((about.iloc[0].get("day") if len(about) else None) or "")
    try:
        dt.date.fromisoformat(text or "2026-10-01")
    except ValueError:
        problem = Message("{name} {value} is not a day.", name="day", value=repr(short(tidy(text))))
        yield Fault(problem, Message("Write it as {example}.", example="2026-10-01"), "region", "1", "day")


def _strangers(cells: dict[str, pd.DataFrame], made: dict[str, pd.DataFrame]) -> Iterator[Fault]:
    """Yield a fault for each row of people that is of an area the region does not have."""
    areas = {"settlement": made["settlements"].index, "district": made["districts"].index}
    for name, table in people.TABLES.items():
        if table.name in cells and not table.geometry:
            yield from people_folder.strangers(cells[table.name], name, table.name, areas)
    yield from folder.cell_strangers(made["cells"], made, "cells")


def _typed(cells: pd.DataFrame | None, table: Table) -> pd.DataFrame:
    """Return cells as the declared table; an empty text stays one, unless the column knows a list of words."""
    if cells is None or cells.empty:
        return schema.geoframe([], table, []) if table.geometry else schema.frame([], table)
    plain = cells.drop(columns="geometry", errors="ignore")
    rows = table_file.values(plain, table)
    for name, column in table.columns.items():
        if name in plain and column.dtype == "str" and column.absent is not None and column.among is None:
            for row, text in zip(rows, plain[name], strict=True):
                row[name] = text
    if not table.geometry:
        return schema.frame(rows, table)
    return schema.geoframe(rows, table, shapely.set_srid(cells["geometry"].to_numpy(object), 0))


def _sourced(made: Region, sha256: str, origin: dict[str, pd.DataFrame], at: Address) -> Region:
    """Return the region with where it came from: the database, and what was read before, where nothing was changed."""
    size, found = stored.digest(made)
    source = Input("database", f"{at}#{made.code}", size, found)
    if found == sha256 and len(origin) == len(stored.ORIGIN):
        with contextlib.suppress(ValueError, TypeError, AttributeError, RecursionError):  # else told by another hand
            rows = origin["inputs"].itertuples(index=False, name=None)
            inputs = tuple(Input(role, name, int(size), sha256) for role, name, size, sha256 in rows)
            return replace(made, ledger=_ledger(origin), inputs=(*inputs, source))
    counts = {(name, name): len(frame) for name, frame in stored.frames(made).items() if len(frame)}
    what = Message("the rows were changed in the database since they were written")
    why = Message("used as they are; the files they came from are not named")
    changed = ((source.name, "region", "", "note", "", what, why),) if sha256 else ()
    return replace(made, ledger=Ledger(changed, counts), inputs=(source,))


def _ledger(origin: dict[str, pd.DataFrame]) -> Ledger:
    entries = []
    for row in origin["ledger"].to_dict("records"):
        plain = [row[name] for name in ("file", "table", "row", "outcome", "column")]
        what, why = (unpacked(one) for one in json.loads(row["said"]))
        entries.append((*plain, what, why))
    read = {(row.file, row.table): int(row.rows) for row in origin["rows_read"].itertuples(index=False)}
    return Ledger(tuple(entries), read)
