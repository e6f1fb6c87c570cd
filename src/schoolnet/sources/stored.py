"""How a region lies in a database: its tables, their columns and kinds, and each row as one line of text.

The lines are PostgreSQL's own text form: they are what is copied into a table, and what a region's hash is taken of.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from schoolnet import given, people, schema, tables
from schoolnet.errors import Fault, TableError
from schoolnet.messages import Message
from schoolnet.region import LAYERS, Region
from schoolnet.schema import Col, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Column every table has: whose rows they are. Some tables have a column `region` of their own.
KEY = "region_code"
#: Column that keeps the rows in their order: numbers the database gives.
ORDER = "ord"
#: Tables of a region, by name; each holds the rows of all regions.
TABLES = {table.name: table for table in (*LAYERS.values(), *people.TABLES.values(), *given.TABLES.values())}
NAMES = {"name": "name", "kk": "name_kk", "ru": "name_ru", "en": "name_en"}
_TEXT = "text"
REGION = Table(
    "region",
    "",
    "regions, one row each",
    {
        KEY: Col("str", "ISO 3166-2 code (KZ-59), KATO code, or the name where neither is known"),
        **{column: Col("str", f"its name ({key})", absent="another language's") for key, column in NAMES.items()},
        "caveats": Col("str", "what must be said beside every figure", absent="nothing"),
        "day": Col(
            "str", "day its data speak of, YYYY-MM-DD: that of the snapshot they are from", absent="no snapshot"
        ),
        "sha256": Col("str", "SHA-256 of the rows as they were written: tells whether they were changed since"),
    },
    geometry="polygon",
)
ROWS_READ = Table(
    "rows_read",
    "",
    "rows read of the files a region came from",
    {"file": Col("str", "file"), "table": Col("str", "table"), "rows": Col("Int64", "rows read")},
)
LEDGER = Table(
    "ledger",
    "",
    tables.LEDGER.meaning,
    {**tables.LEDGER.columns, "said": Col("str", "both sentences with their values, to be said in other languages")},
)
INPUTS = Table(
    "inputs",
    "",
    "files a region came from",
    {
        "role": Col("str", "what the file was for"),
        "name": Col("str", "its name"),
        "bytes": Col("Int64", "its size", "bytes"),
        "sha256": Col("str", "its SHA-256"),
    },
)
#: Tables of where a region came from: they are of its rows as they were written.
ORIGIN = (ROWS_READ, LEDGER, INPUTS)
#: Kinds of columns by their declared type.
SQL = {"str": _TEXT, "Int64": "bigint", "float64": "double precision", "bool": "boolean"}
#: A single kind of shape is held by the column, more than one by a check.
_SHAPES = {
    "point": ("Point", ()),
    "line": ("LineString", ()),
    "polygon": ("Geometry", ("POLYGON", "MULTIPOLYGON")),
    "line or polygon": ("Geometry", ("LINESTRING", "MULTILINESTRING", "POLYGON", "MULTIPOLYGON")),
    "": ("Geometry", ()),
}


class Column(NamedTuple):
    """One column in the database: its name, kind in SQL, and what it means, with its unit."""

    name: str
    sql: str
    comment: str = ""


def columns(table: Table) -> list[Column]:
    """Return the columns of a declared table, its key first, its shape last."""
    key = [Column(table.index, "text NOT NULL", "identifier, one a row of a region")] if table.index else []
    plain = [
        Column(name, f"{SQL[column.dtype]}{' NOT NULL' if column.absent is None else ''}", meaning(column))
        for name, column in table.columns.items()
    ]
    shape = [Column("geometry", shape_kind(table.geometry), "shape, WGS 84")] if table.geometry else []
    return [*key, *plain, *shape]


def meaning(column: Col) -> str:
    """Return what a column holds, its unit, and what an empty cell means."""
    unit = f" ({column.unit})" if column.unit else ""
    return f"{column.meaning}{unit}" + (f"; empty: {column.absent}" if column.absent else "")


def shape_kind(kind: str) -> str:
    """Return a column's kind for a declared kind of shape (empty: any)."""
    single, several = _SHAPES[kind]
    among = ", ".join(f"'{one}'" for one in several)
    check = f" CHECK (GeometryType(geometry) IN ({among}))" if several else ""
    return f"geometry({single}, {schema.EPSG_AT_REST}) NOT NULL{check}" if kind else f"geometry({single}, 4326)"


def frames(region: Region) -> dict[str, pd.DataFrame]:
    """Return the tables of a region by name, each with its declared columns, its key among them."""
    found = {name: getattr(region, name) for name in LAYERS}
    found |= {table.name: getattr(region.people, name) for name, table in people.TABLES.items()}
    found |= {table.name: getattr(region.given, name) for name, table in given.TABLES.items()}
    return {name: _plain(found[name], table) for name, table in TABLES.items()}


def _plain(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    frame = frame.reset_index() if table.index else frame
    return frame[[column.name for column in columns(table)]]


def about(region: Region, sha256: str) -> pd.DataFrame:
    """Return the row of the region itself (`REGION`)."""
    row: dict[str, str | None] = {KEY: region.code, "caveats": " ".join(region.caveats), "sha256": sha256}
    row |= {column: region.names.get(key) for key, column in NAMES.items()}
    row |= {"day": region.day.isoformat()} if region.day else {}
    frame = pd.DataFrame([row], dtype=object)[[name for name in REGION.columns if name in row]]
    return gpd.GeoDataFrame(frame, geometry=[region.boundary], crs=schema.EPSG_AT_REST)


def digest(region: Region) -> tuple[int, str]:
    """Return the size and the SHA-256 of a region's rows, all its tables in their order.

    It is of what the rows say: the same from whatever server, and after a copy to another one.
    """
    hasher, size = hashlib.sha256(), 0
    for name, frame in {"region": about(region, ""), **frames(region)}.items():
        head = "\t".join((name, *frame.columns)) + "\n"
        for line in (head, *lines(frame, name)):
            data = line.encode()
            hasher.update(data)
            size += len(data)
    return size, hasher.hexdigest()


def lines(frame: pd.DataFrame, file: str) -> Iterator[str]:
    r"""Yield each row as a line: cells parted by tabs, `\N` where there is none, shapes as WKB in hexadecimal digits.

    Raises
    ------
    TableError
        A text holds a letter that no database keeps; every such cell of the table is named.
    """
    cells, faults = [], []
    for name in frame.columns if len(frame) else ():
        values = frame[name]
        if name == "geometry":
            cells.append(_shapes(values))
            continue
        texts = [_text(value) for value in values.astype(object).where(values.notna(), None)]
        cells.append(texts)
        for row, text in enumerate(texts, 1):
            if "\0" in text or not _encodes(text):
                problem = Message("the text holds a letter that a database cannot keep.")
                faults.append(Fault(problem, Message("Remove it from the cell."), file, str(row), str(name)))
    if faults:
        raise TableError(faults)
    for line in zip(*cells, strict=True):
        yield "\t".join(line) + "\n"


def _shapes(values: pd.Series[Any]) -> list[str]:
    """Return shapes as hexadecimal digits, without heights, which nothing here reads."""
    flat = shapely.set_srid(shapely.force_2d(values.to_numpy()), schema.EPSG_AT_REST)
    found = shapely.to_wkb(flat, hex=True, byte_order=1, include_srid=True)
    return [r"\N" if one is None else one for one in found]


def _text(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, str):
        for letter, kept in (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r")):
            value = value.replace(letter, kept)
        return value
    if isinstance(value, float):
        return repr(float(value))
    return str(value)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
