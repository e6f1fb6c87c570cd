"""Write a region, or a plan, to a PostGIS database: all in one transaction, in place of that region's rows only."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message, packed
from schoolnet.output import plan_tables
from schoolnet.sources import database, stored
from schoolnet.sources.database import quoted
from schoolnet.sources.stored import KEY, ORDER, Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schoolnet.planning.plan import Plan
    from schoolnet.region import Region
    from schoolnet.schema import Table
    from schoolnet.sources.address import Address
    from schoolnet.sources.database import Session

_BLOCK = 500  # rows sent together
_LOCK = 0x5C4001  # one writer at a time: a number of our own among the database's advisory locks
_TYPES = {"bigint": "int8", "double precision": "float8"}
_ELSEWHERE = Message("Name another schema (postgresql://…?schema=…), or remove the table.")
_ANEW = Message("Remove the table, and write the plans of its regions again: another version of schoolnet made it.")


def write(at: Address, region: Region | None = None, plan: Plan | None = None) -> None:
    """Write a region's tables, a plan's, or both: all or nothing; rows of other regions stay as they are.

    A region's tables are those `sources.postgis` reads. A plan's are its layers, as plan.gpkg holds them, its other
    tables and its provenance, each called `plan_…`. Tables, keys, indexes and comments are made where there are none.
    Heights of shapes are not kept.

    Raises
    ------
    SourceError
        The server cannot be reached or refuses, or a table of the same name has another form.
    TableError
        A text holds a letter that a database cannot keep.
    """
    with database.session(at, writes=True) as session:
        session.rows("SELECT pg_advisory_xact_lock(:lock)", lock=_LOCK)
        if not session.rows("SELECT 1 FROM pg_namespace WHERE nspname = :name", name=at.schema):
            session.rows(f"CREATE SCHEMA {quoted(at.schema)}")
            session.rows(f"COMMENT ON SCHEMA {quoted(at.schema)} IS 'schoolnet: regions and their plans'")
        if region is not None:
            _region(session, region)
        if plan is not None:
            _plan(session, plan)


def _region(session: Session, region: Region) -> None:
    found = stored.frames(region)
    about = stored.about(region, stored.digest(region)[1])
    tables_of = {"region": stored.REGION, **stored.TABLES, **{one.name: one for one in stored.ORIGIN}}
    formed = {name: stored.columns(table) for name, table in tables_of.items()}
    _form(session, formed, tables_of)
    for name, frame in {"region": about, **found, **_origin(region)}.items():
        _replace(session, name, frame, region.code)


def _origin(region: Region) -> dict[str, pd.DataFrame]:
    """Return where a region came from: its files, the rows read of them, and what became of those not simply used."""
    entries = [(*entry, json.dumps([packed(one) for one in entry[-2:]])) for entry in region.ledger.entries]
    read = [(*key, rows) for key, rows in region.ledger.read.items()]
    made = {"inputs": list(region.inputs), "rows_read": read, "ledger": entries}
    return {
        table.name: pd.DataFrame(made[table.name], columns=list(table.columns), dtype=object) for table in stored.ORIGIN
    }


def _plan(session: Session, plan: Plan) -> None:
    found = plan_tables.frames(plan)
    _form(session, {name: plan_tables.columns(name, frame) for name, frame in found.items()}, {})
    for name, frame in found.items():
        _replace(session, name, frame, plan.region.code)


def _form(session: Session, wanted: dict[str, list[Column]], declared: dict[str, Table]) -> None:
    """Make the tables and columns that are not there.

    Raises
    ------
    SourceError
        A table of the same name is another program's, or a column is of another kind.
    """
    known = session.columns()
    faults = [
        fault for name, columns in wanted.items() if name in known for fault in _strange(session, name, columns, known)
    ]
    if faults:
        raise SourceError(faults)
    statements: list[str] = []
    for name, columns in wanted.items():
        if name not in known:
            statements += _making(session, name, columns, declared.get(name))
            continue
        for column in columns:
            if column.name not in known[name]:
                kind = column.sql.partition(" NOT NULL")[0]  # rows of other regions have none
                statements.append(f"ALTER TABLE {session.table(name)} ADD COLUMN {quoted(column.name)} {kind}")
    if statements:
        session.rows("; ".join(statements))  # together: there are hundreds


def _strange(
    session: Session, name: str, columns: Iterable[Column], known: dict[str, dict[str, str]]
) -> Iterator[Fault]:
    remedy = _ANEW if name.startswith(plan_tables.PREFIX) else _ELSEWHERE
    found, file = known[name], f"{session.schema}.{name}"
    if KEY not in found or (ORDER not in found and name != "region"):
        yield Fault(Message("a table of this name is there, and it is not of schoolnet."), _ELSEWHERE, file)
        return
    for column in columns:
        kind = column.sql.partition(" NOT NULL")[0].partition("(")[0]
        if column.name in found and found[column.name] != _TYPES.get(kind, kind.replace("boolean", "bool")):
            problem = Message("the column is of the kind {kind}.", kind=found[column.name])
            yield Fault(problem, remedy, file, "", column.name)


def _making(session: Session, name: str, columns: list[Column], declared: Table | None) -> Iterator[str]:
    """Yield the statements that make a table, with its key, its comments and an index of its shapes."""
    key, plain = Column(KEY, "text NOT NULL", "region the row is of"), [one for one in columns if one.name != KEY]
    order = [Column(ORDER, "bigint GENERATED BY DEFAULT AS IDENTITY", "keeps the rows in their order")]
    order = [] if name == "region" else order
    unique = [declared.index] if declared and declared.index else [one.name for one in order]
    body = [f"{quoted(one.name)} {one.sql}" for one in (key, *order, *plain)]
    body.append(f"PRIMARY KEY ({', '.join(map(quoted, (KEY, *unique)))})")
    table = session.table(name)
    yield f"CREATE TABLE {table} ({', '.join(body)})"
    if declared:
        yield f"COMMENT ON TABLE {table} IS {_literal(declared.meaning)}"
    for one in (key, *order, *plain):
        if one.comment:
            yield f"COMMENT ON COLUMN {table}.{quoted(one.name)} IS {_literal(one.comment)}"
        if one.name == "geometry":
            yield f"CREATE INDEX ON {table} USING gist (geometry)"


def _replace(session: Session, name: str, frame: pd.DataFrame, code: str) -> None:
    """Put rows in place of those of the region."""
    session.rows(f"DELETE FROM {session.table(name)} WHERE {quoted(KEY)} = :code", code=code)  # noqa: S608 - quoted
    if frame.empty:
        return
    if KEY not in frame:
        frame = frame.assign(**{KEY: code})
    session.copy(name, list(frame.columns), _blocks(stored.lines(frame, name)))


def _blocks(lines: Iterator[str]) -> Iterator[str]:
    while block := "".join(islice(lines, _BLOCK)):
        yield block


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
