"""A PostGIS database: its address, its password, one transaction, and what it says of a fault in words of our own.

No password, and nothing of an address that was not understood, is ever printed, logged or kept.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import stat
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from schoolnet import foreign
from schoolnet.errors import Fault, OptionError, SourceError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

SCHEMA = "schoolnet"
_SCHEMES = ("postgresql", "postgres")
_PORT = 5432
_NAME_BYTES = 63  # of a PostgreSQL identifier
_CONNECT_S = 10
_STATEMENT_S = 300
_LOCK_S = 30
_SSL = ("disable", "prefer", "require", "verify-full")
_QUERY = {"schema", "host", "port", "user", "password", "dbname", "sslmode", "sslrootcert"}


@dataclass(frozen=True)
class Address:
    """Where a database is; `str` and `repr` say it without user and password."""

    host: str
    port: int
    name: str
    user: str = field(repr=False)
    password: str | None = field(repr=False)
    schema: str = SCHEMA
    sslmode: str = "prefer"
    sslrootcert: str | None = None

    def __str__(self) -> str:
        place = "" if self.socket else f"{self.host}:{self.port}" if ":" not in self.host else f"[{self.host}]:{self.port}"
        at = f"&host={quote(self.host)}&port={self.port}" if self.socket else ""
        return f"postgresql://{place}/{quote(self.name, safe='')}?schema={quote(self.schema, safe='')}{at}"

    @property
    def socket(self) -> str | None:
        """Path of the server's socket on this computer, if it is reached by one."""
        return f"{self.host}/.s.PGSQL.{self.port}" if self.host.startswith("/") else None


def is_address(source: object) -> bool:
    """Return whether a source is the address of a database, also where it was taken for a path."""
    return str(source).lower().startswith(tuple(f"{scheme}:/" for scheme in _SCHEMES))


def address(url: str) -> Address:
    """Return the address that a URL tells, its password from the URL, PGPASSWORD or ~/.pgpass.

    | url | what it says |
    |---|---|
    | postgresql://ana@db.akimat.kz/plans | host, user and database; port 5432, schema `schoolnet` |
    | postgresql://ana@db.akimat.kz:5433/plans?schema=edu&sslmode=verify-full | all that can be said but a password |
    | postgresql:///plans?host=/run/postgresql | a server on this computer, by its socket |

    Raises
    ------
    OptionError
        The URL is not of this form. It is not repeated: it may hold a password.
    """
    try:
        told = _told(url)
        named = told["dbname"] and told["host"] and told["user"]
        port = int(told["port"])
    except (ValueError, KeyError):
        raise OptionError(_misread()) from None
    ill = set(told["dbname"] + told["host"] + told["user"]) & set("\0@") or "/" in told["dbname"]
    if not named or ill or not 0 < port < 2**16 or told["sslmode"] not in _SSL:
        raise OptionError(_misread())
    made = Address(
        told["host"], port, told["dbname"], told["user"], told.get("password") or None,
        _schema(told["schema"]), told["sslmode"], told.get("sslrootcert"),
    )  # fmt: skip
    return made if made.password else replace(made, password=_remembered(made))


def _told(url: str) -> dict[str, str]:
    """Return the parts of a URL by name; a ValueError where it is not one."""
    if url != url.strip() or not url.isprintable():
        raise ValueError
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    keys = [key for key, _ in query]
    if parts.scheme not in _SCHEMES or parts.fragment or set(keys) - _QUERY or len(set(keys)) < len(keys):
        raise ValueError
    plain = {
        "host": unquote(parts.hostname or ""), "user": unquote(parts.username or ""), "port": str(parts.port or ""),
        "password": unquote(parts.password or ""), "dbname": unquote(parts.path.removeprefix("/")),
    }  # fmt: skip
    system = os.environ.get
    defaults = {
        "host": system("PGHOST") or "localhost", "user": system("PGUSER") or getpass.getuser(),
        "port": system("PGPORT") or str(_PORT), "sslmode": system("PGSSLMODE") or "prefer", "schema": SCHEMA,
    }  # fmt: skip
    return defaults | {key: value for key, value in plain.items() if value} | dict(query)


def _misread() -> Fault:
    return Fault(
        Message("the address of the database is not understood; it is not repeated here, as it may hold a password."),
        Message(
            "Write it as postgresql://user@host:5432/database?schema=schoolnet, and give the password by PGPASSWORD,"
            " by the file ~/.pgpass, or when asked."
        ),
    )


def _schema(name: str) -> str:
    """Return the name of a schema, which may hold any letters: it is quoted wherever it stands."""
    system = name.lower().startswith("pg_") or name.lower() == "information_schema"
    if not name or len(name.encode("utf-8", "replace")) > _NAME_BYTES or system or not name.isprintable():
        problem = Message("a schema cannot be called so: a name of 1 to 63 bytes, not of the system's own, is wanted.")
        raise OptionError(Fault(problem, Message("Correct “schema=” in the address of the database.")))
    return name


def _remembered(at: Address) -> str | None:
    """Return the password of PGPASSWORD, or of the password file, which must be the user's alone."""
    if os.environ.get("PGPASSWORD"):
        return os.environ["PGPASSWORD"]
    try:
        path = Path(os.environ.get("PGPASSFILE") or Path.home() / ".pgpass")
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            return None  # as PostgreSQL's own programs: what others can read is no secret
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError, RuntimeError):
        return None
    wanted = ("localhost" if at.socket else at.host, str(at.port), at.name, at.user)
    for line in lines:
        cells = _cells(line)
        if len(cells) == len(wanted) + 1 and all(
            cell in ("*", want) for cell, want in zip(cells, wanted, strict=False)
        ):
            return cells[-1]
    return None


def _cells(line: str) -> list[str]:
    """Return the cells of a line of a password file, parted by colons; a backslash keeps the letter after it."""
    cells, letters = [""], iter(line if not line.startswith("#") else "")
    for letter in letters:
        if letter == ":":
            cells.append("")
        else:
            cells[-1] += next(letters, "") if letter == "\\" else letter
    return cells


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
        if not sys.stdin.isatty():
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
    finally:
        if connection is not None:
            with contextlib.suppress(driver.Error, OSError):
                connection.close()  # what was not committed is undone


def _driver() -> ModuleType:
    try:
        import pg8000.native
    except ModuleNotFoundError:
        problem = Message("A database needs the Python package pg8000, and it is not installed.")
        raise OptionError(Fault(problem, Message('Install it (`pip install ".[postgis]"`), or use files.'))) from None
    return pg8000.native


def _connected(driver: ModuleType, at: Address) -> Any:
    place = {"unix_sock": at.socket} if at.socket else {"host": at.host, "port": at.port}
    try:
        made = driver.Connection(
            at.user, database=at.name, password=at.password or "", timeout=_CONNECT_S,
            ssl_context=False if at.socket else _tls(at), application_name="schoolnet", **place,
        )  # fmt: skip
    except driver.Error:
        raise
    except Exception as error:  # noqa: BLE001 - what answers need not be PostgreSQL: the driver may trip over anything
        raise SourceError(_unreached(error, at)) from None
    made._usock.settimeout(_STATEMENT_S + _CONNECT_S)  # noqa: SLF001 - the driver knows one timeout for both
    return made


def _tls(at: Address) -> Any:
    """Return what the driver takes for a mode of TLS: None is “if the server can”, True is “must”."""
    if at.sslmode == "verify-full":
        import ssl

        return ssl.create_default_context(cafile=at.sslrootcert)
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
    what = foreign.system(cause) if isinstance(cause, OSError) and cause.strerror else Message("no answer of PostgreSQL")
    problem = Message("the database cannot be reached: {error}.", error=what)
    return Fault(problem, Message("Check host and port, and that the server runs and lets this computer in."), str(at))


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
    problem = Message("the database refuses: {error}.", error=text)
    return SourceError(Fault(problem, Message("Show this to its administrator."), str(at)))


_SAID = (
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
