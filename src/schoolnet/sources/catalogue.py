"""Read the list of public data: what there is, where from, under which licence; a planner's own list is not trusted.

A name of the list becomes a path and an address is called, so both are looked at before anything is fetched.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from schoolnet import foreign, toml_file
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROLES = ("map", "people", "boundaries", "kato")
FORMS = ("osm.pbf", "tif", "geojson", "csv", "xlsx")
LANGS = ("kk", "ru", "en")
OWN = Path(__file__).with_name("catalogue.toml")
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)  # devices of Windows
_COVERS = re.compile(r"KZ(?:-[0-9]{2})?")
_DIGEST = {"md5": re.compile(r"[0-9a-f]{32}"), "sha256": re.compile(r"[0-9a-f]{64}")}
_LONGEST = 2000  # characters of a text
_MOST_EACH = 200  # entries one `each` may make


@dataclass(frozen=True)
class Source:
    """One file of public data.

    Attributes
    ----------
    key, role, covers
        Its name in the list, what it is for (`ROLES`), and the country (KZ) or regions (KZ-59) it covers.
    title
        What it is, by language.
    file, form
        Name in the cache, and how its content is looked at (`FORMS`).
    page
        Where a person finds it.
    most_mb
        A download is cut off beyond it.
    licence, licence_url, attribution, version, seen
        As they are to be said; `seen`: what vouches for the address.
    url
        Address of the file; empty: it is fetched by hand from `page`.
    checksum_url, md5, sha256
        Where the source says the checksum, or the checksum itself.
    about_mb
        Rough size, or None.
    checked
        Whether the address was tried when the list was made.
    """

    key: str
    role: str
    covers: tuple[str, ...]
    title: Mapping[str, str]
    file: str
    form: str
    page: str
    most_mb: float
    licence: str
    attribution: str
    licence_url: str = ""
    version: str = ""
    seen: str = ""
    url: str = ""
    checksum_url: str = ""
    md5: str = ""
    sha256: str = ""
    about_mb: float | None = None
    checked: bool = field(default=False)

    def covers_area(self, code: str) -> bool:
        """Return whether it covers the country (KZ) or a region (KZ-59)."""
        return code in self.covers or code.partition("-")[0] in self.covers

    @property
    def by_hand(self) -> bool:
        """Whether no steady address leads to it."""
        return not self.url


def load(path: Path | str | None = None, *, plain: tuple[str, ...] = ()) -> tuple[Source, ...]:
    """Read a list of public data; the project's own when None.

    Parameters
    ----------
    path
        A list in the form of sources/catalogue.toml.
    plain
        Beginnings of addresses that may be called without https: a server of this machine.

    Raises
    ------
    SourceError
        The list cannot be read, or an entry names a path, an address that is not https or holds a password, …; every
        fault is listed.
    """
    path = OWN if path is None else Path(path)
    faults: list[Fault] = []
    found: list[Source] = []
    for number, row in enumerate(_rows(path), 1):
        for one in _expanded(row):
            wrong = list(_wrong(one, plain))
            faults += [_fault(name, why, path.name, str(number)) for name, why in wrong]
            if not wrong:
                found.append(Source(**one | {"covers": tuple(one["covers"])}))
    for name in ("key", "file"):
        values = [getattr(one, name).casefold() for one in found]
        twice = sorted({value for value in values if values.count(value) > 1})
        faults += [_fault(name, Message("“{value}” is there twice", value=value), path.name, "") for value in twice]
    if faults:
        raise SourceError(faults)
    return tuple(found)


def said(url: str) -> str:
    """Return an address as it may be printed and stored: without user, password, query and fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def _rows(path: Path) -> list[dict[str, Any]]:
    remedy = Message("Give a list in the form of sources/catalogue.toml.")
    try:
        rows = toml_file.loads(toml_file.data(path, remedy).decode("utf-8")).get("source")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = Message("not a TOML file: {error}.", error=foreign.toml(error))
        raise SourceError(Fault(problem, remedy, path.name)) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise SourceError(Fault(Message("holds no [[source]]."), remedy, path.name))
    return rows


def _expanded(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an entry for every value of its `each`; {sex} is put in as text, never as a format."""
    each = row.get("each")
    if each is None:
        yield row
        return
    rest = {name: value for name, value in row.items() if name != "each"}
    lists = list(each.values()) if isinstance(each, dict) else []
    count = 1
    for values in lists:
        count *= len(values) if isinstance(values, list) else 0
    if not lists or not 0 < count <= _MOST_EACH:
        yield row  # refused as an unknown entry
        return
    for values in itertools.product(*lists):
        pairs = [(f"{{{name}}}", str(value)) for name, value in zip(each, values, strict=True)]
        yield {name: _put_in(value, pairs) for name, value in rest.items()}


def _put_in(value: Any, pairs: list[tuple[str, str]]) -> Any:
    if isinstance(value, dict):
        return {name: _put_in(one, pairs) for name, one in value.items()}
    if isinstance(value, str):
        for place, text in pairs:
            value = value.replace(place, text)
    return value


def _wrong(row: Mapping[str, Any], plain: tuple[str, ...]) -> Iterator[tuple[str, Message]]:
    known = {one.name for one in fields(Source)}
    for name in sorted(row.keys() - known):
        yield name[:60], Message("there is no such entry")
    for name, check in _CHECKS.items():
        if name not in row:
            if name in _NEEDED:
                yield name, Message("is missing")
        elif (why := check(row[name])) is not None:
            yield name, why
    for name in ("url", "checksum_url", "page", "licence_url"):
        value = row.get(name, "")
        if isinstance(value, str) and value and not _is_address(value, plain):
            yield name, Message("must be an https address without user name and password")
    form, file = row.get("form"), row.get("file")
    if form in FORMS and isinstance(file, str) and not file.casefold().endswith(f".{form}"):
        yield "file", Message("must end with .{form}", form=form)


def _is_address(value: str, plain: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    if not value.isprintable() or " " in value or "\\" in value or "@" in parts.netloc or port == 0:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or value.startswith(plain or ("https://",)))


def _fault(name: str, why: Message, file: str, row: str) -> Fault:
    problem = Message("entry {row}, “{name}”: {why}.", row=row or "–", name=name, why=why)
    return Fault(problem, Message("Correct the list of public data."), file)


def _text(value: Any) -> Message | None:
    good = isinstance(value, str) and len(value) <= _LONGEST and value.isprintable()
    return None if good else Message("must be a text of one line")


def _among(values: tuple[str, ...]) -> Callable[[Any], Message | None]:
    return lambda value: None if value in values else Message("must be one of {values}", values=", ".join(values))


def _like(pattern: re.Pattern[str], why: Message) -> Callable[[Any], Message | None]:
    return lambda value: None if isinstance(value, str) and pattern.fullmatch(value) else why


def _is_file(value: Any) -> Message | None:
    good = isinstance(value, str) and _FILE.fullmatch(value) and not _RESERVED.fullmatch(value)
    return None if good else Message("must be a plain file name of Latin letters, digits, dots and hyphens")


def _is_covers(value: Any) -> Message | None:
    good = isinstance(value, list) and value and all(isinstance(one, str) and _COVERS.fullmatch(one) for one in value)
    return None if good else Message("must be a list of KZ, or of regions such as KZ-59")


def _is_title(value: Any) -> Message | None:
    good = isinstance(value, dict) and set(value) == set(LANGS) and all(_text(one) is None for one in value.values())
    return None if good else Message("must be texts in kk, ru and en")


def _is_size(value: Any) -> Message | None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= 1_000_000  # noqa: PLR2004
    return None if good else Message("must be a number of megabytes")


def _is_flag(value: Any) -> Message | None:
    return None if isinstance(value, bool) else Message("must be true or false")


_CHECKS: dict[str, Callable[[Any], Message | None]] = {
    "key": _like(_KEY, Message("must be small Latin letters, digits and hyphens")),
    "role": _among(ROLES),
    "covers": _is_covers,
    "title": _is_title,
    "file": _is_file,
    "form": _among(FORMS),
    **dict.fromkeys(("page", "licence", "attribution", "licence_url", "version", "seen", "url", "checksum_url"), _text),
    "most_mb": _is_size,
    "about_mb": _is_size,
    "checked": _is_flag,
    **{name: _like(form, Message("must be a checksum in hexadecimal")) for name, form in _DIGEST.items()},
}
_NEEDED = ("key", "role", "covers", "title", "file", "form", "page", "most_mb", "licence", "attribution")
