"""A PostGIS database: one transaction, and what the server says of a fault in words of our own."""

from __future__ import annotations

import contextlib
import getpass
import socket
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from schoolnet import foreign
from schoolnet.errors import Fault, OptionError, SourceError, not_installed
from schoolnet.messages import Message
from schoolnet.sources.text import short, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from schoolnet.sources.address import Address

_CONNECT_S = 10
_STATEMENT_S = 300
_LOCK_S = 30
_SHOWN = 300  # letters of what a server says


def reached(at: Address) -> Address:
    """Return the address with a password the server takes, asked for where it is wanted and somebody can answer.

    Raises
    ------
    SourceError
        The server cannot be reached, refuses, or has no PostGIS: said before a large map is read.
    """
    try:
        with session(at):
            return at
    except _NoPasswordError as error:
        if sys.stdin is None or not sys.stdin.isatty():
            raise SourceError(error.faults) from None
    asked = replace(at, password=getpass.getpass(f"{at}: "))
    with session(asked):
        return asked


class _NoPasswordError(SourceError):
    """The server asks for a password, and none is known."""


@dataclass(frozen=True)
class Session:
    """One transaction of a database."""

    connection: Any
    schema: str

    def rows(self, sql: str, **values: object) -> list[list[Any]]:
        """Return the rows of a statement; values stand in it as :name."""
        return self.connection.run(sql, **values) or []

    def fetched(self, sql: str, size: int, **values: object) -> Iterator[list[list[Any]]]:
        """Yield the rows of a query, so many at a time."""
        self.connection.run(f"DECLARE read_rows NO SCROLL CURSOR FOR {sql}", **values)
        while rows := self.connection.run(f"FETCH {size:d} FROM read_rows"):
            yield rows
        self.connection.run("CLOSE read_rows")

    def copy(self, table: str, columns: Iterable[str], lines: Iterable[str]) -> None:
        """Put lines of PostgreSQL's own text form into a table."""
        names = ", ".join(quoted(column) for column in columns)
        self.connection.run(f"COPY {self.table(table)} ({names}) FROM STDIN", stream=iter(lines))

    def table(self, name: str) -> str:
        """Return a table's name with its schema, quoted."""
        return f"{quoted(self.schema)}.{quoted(name)}"

    def columns(self) -> dict[str, dict[str, str]]:
        """Return the tables and views of the schema: the kind of each column by its name."""
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in self.rows(
            "SELECT c.relname::text, a.attname::text, t.typname::text FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " JOIN pg_type t ON t.oid = a.atttypid"
            " WHERE n.nspname = :schema AND c.relkind IN ('r', 'v', 'm', 'f', 'p') ORDER BY c.relname, a.attnum",
            schema=self.schema,
        ):
            found.setdefault(table, {})[column] = kind
        return found


def quoted(name: str) -> str:
    """Return a name as an SQL identifier, whatever letters it holds."""
    return '"' + name.replace('"', '""') + '"'


@contextlib.contextmanager
def session(at: Address, *, writes: bool = False) -> Iterator[Session]:
    """Give one transaction: read-only and of one moment, or one that writes all or nothing.

    Raises
    ------
    SourceError
        What the server or the network says against it, in words of our own.
    OptionError
        The driver is not installed.
    """
    driver = _driver()
    connection = None
    try:
        connection = _connected(driver, at)
        connection.run(f"SET statement_timeout = '{_STATEMENT_S:d}s'")
        connection.run(f"SET lock_timeout = '{_LOCK_S:d}s'")
        connection.run("SET datestyle = 'ISO'")
        connection.run("SET extra_float_digits = 1")  # numbers come as they are, to the last bit
        connection.run("SET standard_conforming_strings = on")
        connection.run("BEGIN" if writes else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # nobody else's functions stand in for PostGIS's
        connection.run(f"SET LOCAL search_path = pg_catalog, {quoted(_postgis(connection, at))}")
        yield Session(connection, at.schema)
        connection.run("COMMIT")
    except driver.Error as error:
        raise _refused(error, at) from None
    except UnicodeError:
        raise SourceError(Fault(_ILL_LETTERS, _IN_UTF8, str(at))) from None
    finally:
        if connection is not None:
            with contextlib.suppress(driver.Error, OSError):
                connection.close()  # what was not committed is undone


def _driver() -> ModuleType:
    try:
        import pg8000.native
    except ModuleNotFoundError:
        problem = Message("A database needs the Python package pg8000, and it is not installed.")
        raise OptionError(not_installed(problem, "postgis")) from None
    return pg8000.native


def _connected(driver: ModuleType, at: Address) -> Any:
    place = {"unix_sock": at.socket} if at.socket else {"host": at.host, "port": at.port}
    tls = False if at.socket else _tls(at)
    try:
        made = driver.Connection(
            at.user, database=at.name, password=at.password or "", timeout=_CONNECT_S,
            ssl_context=tls, application_name="schoolnet", startup_params={"client_encoding": "UTF8"}, **place,
        )  # fmt: skip
    except driver.Error:
        raise
    except Exception as error:  # noqa: BLE001 - what answers need not be PostgreSQL: the driver may trip over anything
        raise SourceError(_unreached(error, at)) from None
    wire = made._usock  # noqa: SLF001 - the driver knows one timeout for both, and waits to fill its packets
    wire.settimeout(_STATEMENT_S + _CONNECT_S)
    if not at.socket:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _tls(at: Address) -> Any:
    """Return what the driver takes for a mode of TLS: None is “if the server can”, True is “must”."""
    if at.sslmode == "verify-full":
        import ssl

        try:
            return ssl.create_default_context(cafile=at.sslrootcert)
        except (OSError, ValueError):
            remedy = Message("Correct sslrootcert= in the address of the database.")
            raise SourceError(Fault(_NO_CERTIFICATES, remedy, at.sslrootcert or "")) from None
    return {"disable": False, "prefer": None, "require": True}[at.sslmode]


def _postgis(connection: Any, at: Address) -> str:
    """Return the schema PostGIS is installed in."""
    found = connection.run(
        "SELECT n.nspname::text FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
        " WHERE e.extname = 'postgis'"
    )
    if not found:
        remedy = Message("Ask its administrator to run: CREATE EXTENSION postgis.")
        raise SourceError(Fault(Message("the database has no PostGIS."), remedy, str(at)))
    return str(found[0][0])


def _unreached(error: BaseException, at: Address) -> Fault:
    cause = error.__cause__ or error
    what: str = next((said for kind, said in _UNREACHED if isinstance(cause, kind)), Message("no answer of PostgreSQL"))
    if "SSL" in str(cause):
        what = Message("no TLS between the two, or a certificate that is not trusted")
    elif isinstance(cause, OSError) and cause.errno and not isinstance(cause, tuple(kind for kind, _ in _UNREACHED)):
        what = foreign.system(cause)
    problem = Message("the database cannot be reached: {error}.", error=what)
    return Fault(problem, Message("Check host and port, and that the server runs and lets this computer in."), str(at))


_UNREACHED = (
    (ConnectionRefusedError, Message("nothing answers there")),
    (TimeoutError, Message("no answer in time")),
    (socket.gaierror, Message("no computer of this name")),
)


def _refused(error: Exception, at: Address) -> SourceError:
    """Return what the server says against it; nothing that could hold the password is repeated."""
    said = error.args[0] if error.args and isinstance(error.args[0], dict) else None
    if said is None:
        return SourceError(_unreached(error, at))
    code = str(said.get("C", ""))
    if code.startswith("28") and not at.password:
        problem = Message("the server asks for a password, and none is given.")
        remedy = Message("Give it by PGPASSWORD, by the file ~/.pgpass (readable by you alone), or when asked.")
        return _NoPasswordError(Fault(problem, remedy, str(at)))
    for start, problem, remedy in _SAID:
        if code.startswith(start):
            return SourceError(Fault(problem, remedy, str(at)))
    text = " ".join(str(said.get(key, "")) for key in ("M", "C"))
    text = text.replace(at.password, "***") if at.password else text
    problem = Message("the database refuses: {error}.", error=short(tidy(text), _SHOWN))
    return SourceError(Fault(problem, Message("Show this to its administrator."), str(at)))


_NO_CERTIFICATES = Message("no certificates can be read of this file.")
_ILL_LETTERS = Message("text of the database, or for it, is not in UTF-8.")
_IN_UTF8 = Message("Ask its administrator for a database made with ENCODING 'UTF8', and name that one.")
_SAID = (
    ("22021", _ILL_LETTERS, _IN_UTF8),  # a database of bytes (SQL_ASCII) keeps whatever it is given
    ("22P05", Message("the database is not kept in UTF-8, and has no place for some letters (as ә, ғ, қ)."), _IN_UTF8),
    (
        "28",
        Message("the server refuses the user or the password."),
        Message("Check both, and that the server lets this user in (pg_hba.conf)."),
    ),
    ("3D000", Message("the server has no database of this name."), Message("Correct the name, or have it made.")),
    (
        "42501",
        Message("the user may not do this in the database."),
        Message("Ask its administrator for the right to read, or to write, in this schema."),
    ),
    (
        "57014",
        Message("the database took too long to answer ({seconds} s).", seconds=_STATEMENT_S),
        Message("Try again when it is less busy; where it reads a view, make it a table."),
    ),
    (
        "55P03",
        Message("somebody else holds the tables."),
        Message("Try again when the other program has ended."),
    ),
    ("53", Message("the server has no more room, memory or connections."), Message("Show this to its administrator.")),
    ("25006", Message("the database is read-only."), Message("Write to another one, or to files.")),
)
