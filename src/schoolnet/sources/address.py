"""The address of a PostGIS database and its password, as PostgreSQL's own programs find it.

No password, and nothing of an address that was not understood, is ever printed, logged or kept.
"""

from __future__ import annotations

import getpass
import os
import re
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

SCHEMA = "schoolnet"
_SCHEMES = ("postgresql", "postgres")
#: As PostgreSQL, SQLAlchemy, GDAL and Java write it; any address with a password; PostgreSQL's keys and values.
_ADDRESS = re.compile(
    r"(?is)\s*(?:(?:jdbc:|pg:)?post(?:gres|gis)\w*(?:\+\w+)?:|pg:|(?:[a-z][\w+.:-]+:)?/{0,2}[^/\s:@]{2,}:[^/\s@]+@|"
    r".*(?:password|passwd|pwd)\s*=)"
)
_PORT = 5432
_NAME_BYTES = 63  # of a PostgreSQL identifier
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
        place = (
            "" if self.socket else f"{self.host}:{self.port}" if ":" not in self.host else f"[{self.host}]:{self.port}"
        )
        at = f"&host={quote(self.host)}&port={self.port}" if self.socket else ""
        return f"postgresql://{place}/{quote(self.name, safe='')}?schema={quote(self.schema, safe='')}{at}"

    @property
    def socket(self) -> str | None:
        """Path of the server's socket on this computer, if it is reached by one."""
        return f"{self.host}/.s.PGSQL.{self.port}" if self.host.startswith("/") else None


def is_address(source: object) -> bool:
    """Return whether a source is the address of a database, or holds a password, also where it was taken for a path.

    >>> is_address("postgresql+psycopg2://ana:x@db/plans"), is_address("jdbc:postgresql://db/plans?password=x")
    (True, True)
    >>> is_address("maps/postgres.osm.pbf"), is_address("https://tiles.kz/{z}/{x}/{y}@2x.png")
    (False, False)
    """
    return _ADDRESS.match(str(source)) is not None


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
        "host": system("PGHOST") or "localhost", "port": system("PGPORT") or str(_PORT),
        "sslmode": system("PGSSLMODE") or "prefer", "schema": SCHEMA,
    }  # fmt: skip
    told = defaults | {key: value for key, value in plain.items() if value} | dict(query)
    return told if "user" in told else told | {"user": system("PGUSER") or _account()}


def _account() -> str:
    """Return the name of the account that runs this; empty where it has none, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""


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
        if not path.is_file():  # a pipe would be waited for
            return None
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
