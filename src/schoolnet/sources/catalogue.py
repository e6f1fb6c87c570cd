"""Read the list of public data: what there is, where from, under which licence; a planner's own list is not trusted.

A name of the list becomes a path and an address is called, so both are looked at before anything is fetched.
"""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from schoolnet import foreign, toml_file
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.sources import catalogue_checks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROLES = catalogue_checks.ROLES
OWN = Path(__file__).with_name("catalogue.toml")
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
        Name in the cache, and how its content is looked at (`catalogue_checks.FORMS`).
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
    dated, dated_checksum, dates_on
        A second way, if any, for when `url` leads nowhere: addresses in which {date} stands for a day (260927) of those
        named on the page `dates_on`.
    about_mb
        Rough size, or None.
    attribution_in, licence_in, version_in, note
        By language, if any: said in place of `attribution`, `licence` and `version`; what is known of the address
        besides.
    date, seen_on
        Of the edition, and when what vouches for the address was seen: 2026, 2026-10 or 2026-10-01.
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
    dated: str = ""
    dated_checksum: str = ""
    dates_on: str = ""
    about_mb: float | None = None
    attribution_in: Mapping[str, str] = field(default_factory=dict)
    licence_in: Mapping[str, str] = field(default_factory=dict)
    version_in: Mapping[str, str] = field(default_factory=dict)
    note: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    seen_on: str = ""
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
    known = {one.name for one in fields(Source)}
    faults: list[Fault] = []
    found: list[Source] = []
    for number, row in enumerate(_rows(path), 1):
        for one in _expanded(row):
            wrong = list(catalogue_checks.wrong(one, known, plain))
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
    """Yield an entry for every value of its `each`; {sex} is put in as text, never as a format.

    `words` has the texts by language that stand for the values in the title: words.sex.f.ru.
    """
    each = row.get("each")
    if each is None:
        yield row
        return
    said = row.get("words", {})
    rest = {name: value for name, value in row.items() if name not in ("each", "words")}
    lists = list(each.values()) if isinstance(each, dict) else []
    count = 1
    for values in lists:
        count *= len(values) if isinstance(values, list) else 0
    if not lists or not 0 < count <= _MOST_EACH or not _is_words(said):
        yield row  # refused as an unknown entry
        return
    for values in itertools.product(*lists):
        pairs = [(f"{{{name}}}", str(value)) for name, value in zip(each, values, strict=True)]
        title = rest.get("title")
        if isinstance(title, dict):
            title = {lang: _put_in(text, [*_worded(said, each, values, lang)]) for lang, text in title.items()}
        told = rest | ({} if title is None else {"title": title})
        yield {name: _put_in(value, pairs) for name, value in told.items()}


def _is_words(said: Any) -> bool:
    """Return whether it has texts by place, value and language."""
    good = isinstance(said, dict) and all(isinstance(one, dict) for one in said.values())
    return good and all(catalogue_checks.is_title(one) is None for some in said.values() for one in some.values())


def _worded(said: Any, each: Any, values: tuple[Any, ...], lang: str) -> Iterator[tuple[str, str]]:
    for name, value in zip(each, values, strict=True):
        if text := said.get(name, {}).get(str(value), {}).get(lang):
            yield f"{{{name}}}", text


def _put_in(value: Any, pairs: list[tuple[str, str]]) -> Any:
    if isinstance(value, dict):
        return {name: _put_in(one, pairs) for name, one in value.items()}
    if isinstance(value, str):
        for place, text in pairs:
            value = value.replace(place, text)
    return value


def _fault(name: str, why: Message, file: str, row: str) -> Fault:
    problem = Message("entry {row}, “{name}”: {why}.", row=row or "–", name=name, why=why)
    return Fault(problem, Message("Correct the list of public data."), file)
