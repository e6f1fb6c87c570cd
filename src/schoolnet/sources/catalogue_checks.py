"""What an entry of the list of public data may hold: a name becomes a path, and an address is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

ROLES = ("map", "people", "boundaries", "kato")
FORMS = ("osm.pbf", "tif", "geojson", "csv", "xlsx")
LANGS = ("kk", "ru", "en")
DATE = "{date}"  # stands in a dated address for the day of the file: 260927
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)  # devices of Windows
_COVERS = re.compile(r"KZ(?:-[0-9]{2})?")
_DIGEST = {"md5": re.compile(r"[0-9a-f]{32}"), "sha256": re.compile(r"[0-9a-f]{64}")}
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_LONGEST = 2000  # characters of a text
_DATED = ("dated", "dated_checksum")


def wrong(row: Mapping[str, Any], known: Collection[str], plain: tuple[str, ...]) -> Iterator[tuple[str, Message]]:
    """Yield every entry of a row that cannot be used, and why.

    Parameters
    ----------
    row
        What stands in the list.
    known
        The entries there are.
    plain
        Beginnings of addresses that may be called without https: a server of this machine.
    """
    for name in sorted(row.keys() - set(known)):
        yield name[:60], Message("there is no such entry")
    for name, check in _CHECKS.items():
        if name not in row:
            if name in _NEEDED:
                yield name, Message("is missing")
        elif (why := check(row[name])) is not None:
            yield name, why
    for name in ("url", "checksum_url", "page", "licence_url", "dates_on", *_DATED):
        value = row.get(name, "")
        if isinstance(value, str) and value and not _is_address(value, plain):
            yield name, Message("must be an https address without user name and password")
    form, file = row.get("form"), row.get("file")
    if form in FORMS and isinstance(file, str) and not file.casefold().endswith(f".{form}"):
        yield "file", Message("must end with .{form}", form=form)
    yield from _wrong_dated(row)


def _wrong_dated(row: Mapping[str, Any]) -> Iterator[tuple[str, Message]]:
    """Yield what is wrong with the second way: its day may stand in the path alone, never where the host is."""
    for name in _DATED:
        value = row.get(name, "")
        if isinstance(value, str) and value and not _holds_day(value):
            yield name, Message("must hold {place} once, in the name of the file", place=DATE)
    way = ("url", "dated", "dates_on")
    if any(row.get(name) for name in ("dated_checksum", *way[1:])):
        for name in way:
            if not row.get(name):
                yield name, Message("is missing")


def _holds_day(value: str) -> bool:
    try:
        name = urlsplit(value).path.rpartition("/")[2]
    except ValueError:
        return False
    return value.count(DATE) == name.count(DATE) == 1


def _is_address(value: str, plain: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    if not value.isprintable() or " " in value or "\\" in value or "@" in parts.netloc or port == 0:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or value.startswith(plain or ("https://",)))


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


def is_title(value: Any) -> Message | None:
    """Return why a value is no text in every language, or None."""
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
    "title": is_title,
    "file": _is_file,
    "form": _among(FORMS),
    **dict.fromkeys(("page", "licence", "attribution", "licence_url", "version", "seen", "url", "checksum_url"), _text),
    **dict.fromkeys(("dated", "dated_checksum", "dates_on"), _text),
    "most_mb": _is_size,
    "about_mb": _is_size,
    "checked": _is_flag,
    **dict.fromkeys(("attribution_in", "licence_in", "version_in", "note"), is_title),
    **dict.fromkeys(("date", "seen_on"), _like(_DATE, Message("must be a date such as 2026-10-01"))),
    **{name: _like(form, Message("must be a checksum in hexadecimal")) for name, form in _DIGEST.items()},
}
_NEEDED = ("key", "role", "covers", "title", "file", "form", "page", "most_mb", "licence", "attribution")
