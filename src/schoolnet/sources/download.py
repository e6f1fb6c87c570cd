"""Fetch one file of public data: what is half there goes on, and only a whole, checked file has its name.

Beside NAME stand NAME.part while it is fetched, NAME.part.json (which version of the file that is) and, at the end,
NAME.fetched.json: where it is from, when, its size and SHA-256, licence and attribution, and
which edition it is: ETag and Last-Modified of the server, and of an OSM extract the time its data are of.

Source: RFC 9110, sections 13.1.5 (If-Range), 14.2 (Range), 15.3.7 (206), 15.5.17 (416).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet import disk
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.sources import catalogue, contents, limits, web

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import requests

    from schoolnet.sources.catalogue import Source
    from schoolnet.sources.web import Net

    #: Called with the file's name, the bytes there are, and all of them (None: not known).
    Told = Callable[[str, int, int | None], None]

_PIECE = 1 << 16  # bytes
_MEGABYTE = 1_000_000
_SPARE = 50 * _MEGABYTE  # bytes of the disk that stay free
_STEP = 1 << 20  # bytes an attempt must bring to count as progress
_RANGE = re.compile(r"bytes (?:(?P<start>[0-9]{1,18})-[0-9]{1,18}|\*)/(?P<all>[0-9]{1,18}|\*)")
_DIGESTS = {"md5": 32, "sha256": 64}  # hexadecimal digits
_MOST_CHECKSUM = 4096  # bytes
_ROOM = Message("Make room, or name another folder with --cache.")
_EDITION = {"etag": "ETag", "last_modified": "Last-Modified"}


class Half(NamedTuple):
    """A file that is half there: its place, and which version it is (an ETag, or a date of change)."""

    path: Path
    version: str
    size: int


def download(source: Source, folder: Path, net: Net, told: Told) -> Path:
    """Fetch a file, going on where an earlier run stopped; return its path.

    Parameters
    ----------
    source
        What, and where from; its address is not empty.
    folder, net, told
        The cache, how the network is used, and what is told of the progress.

    Raises
    ------
    SourceError
        The source cannot be reached, does not have the file, or gives another one; nothing stays under the final name.
    """
    path = folder / source.file
    part = path.with_name(f"{path.name}.part")
    calls = web.session(net)
    with calls, written(folder, source.file):
        folder.mkdir(parents=True, exist_ok=True)
        wanted = _checksums(source, calls, net)
        if wanted and path.is_file() and all(disk.digest(path, name) == value for name, value in wanted.items()):
            record(source, path, {"url": catalogue.said(source.url), "sha256": disk.digest(path), **wanted}, net)
            return path
        digests = web.repeated(lambda: _attempt(source, part, calls, net, told=told), net, lambda: _size(part) // _STEP)
        _check(source, part, digests, wanted)
        part.replace(path)
        record(source, path, {"url": catalogue.said(source.url), **digests}, net)
        _note(part).unlink(missing_ok=True)
    return path


def record(source: Source, path: Path, about: dict[str, Any], net: Net) -> None:
    """Write the record of a file of the list beside it."""
    named = {name: getattr(source, name) for name in ("key", "role", "version", "licence", "attribution")}
    by_language = {"attribution_in": source.attribution_in, "licence_in": source.licence_in}
    named |= {name: dict(texts) for name, texts in by_language.items() if texts}
    named |= {"date": source.date} if source.date else {}
    note_down(path, named | contents.edition(path, source.form) | about, net)


def note_down(path: Path, about: dict[str, Any], net: Net) -> None:
    """Write a record beside a file: what is said of it, its size, and the time."""
    said = about | {"size": path.stat().st_size, "fetched": f"{net.now():%Y-%m-%dT%H:%M:%SZ}"}
    beside, half = record_of(path), path.with_name(f"{path.name}.fetched.part")
    half.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    half.replace(beside)


def record_of(path: Path) -> Path:
    """Return where the record of a file stands."""
    return path.with_name(f"{path.name}.fetched.json")


def recorded(path: Path) -> dict[str, Any]:
    """Return the record of a file; empty where there is none that can be read."""
    try:
        found = json.loads(limits.note(record_of(path)))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def written(folder: Path, file: str) -> AbstractContextManager[None]:
    """Turn what the system says of writing to a cache into a fault (`disk.writing`)."""
    return disk.writing(folder, file=Path(file), remedy=_ROOM, room=_ROOM)


def room(folder: Path, needed: float, file: str) -> None:
    """Raise a `SourceError` where a disk has not so many bytes free, and some to spare."""
    needed, free = needed + _SPARE, shutil.disk_usage(folder).free
    if needed > free:
        megabytes = {"needed": round(needed / _MEGABYTE), "free": round(free / _MEGABYTE)}
        problem = Message("needs {needed} MB of the disk, of which {free} MB are free.", **megabytes)
        raise SourceError(Fault(problem, _ROOM, file))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _checksums(source: Source, calls: requests.Session, net: Net) -> dict[str, str]:
    """Return the checksums the file must have: those of the list, and the one beside it at the source."""
    wanted = {name: value for name in _DIGESTS if (value := getattr(source, name))}
    if not source.checksum_url:
        return wanted

    def attempt() -> str:
        with web.answer(calls, source.checksum_url, source.file, net) as found:
            return bytes(found.raw.read(_MOST_CHECKSUM, decode_content=False)).decode("ascii", "replace")

    first = (web.repeated(attempt, net).split() or [""])[0].casefold()
    for name, digits in _DIGESTS.items():
        if re.fullmatch(f"[0-9a-f]{{{digits}}}", first):
            return wanted | {name: first}
    problem = Message("the source's checksum cannot be read.")
    raise web.AddressError(Fault(problem, web.LATER, source.file))


def _attempt(source: Source, part: Path, calls: requests.Session, net: Net, *, told: Told) -> dict[str, str]:
    """Fetch the file, or the rest of it, into `part`; return its checksums."""
    half = _half(source, part)
    headers = {"Range": f"bytes={half.size}-", "If-Range": half.version} if half.size else {}
    with web.answer(calls, source.url, source.file, net, headers=headers) as found:
        start, whole = _place(found, half, source)
        if found.status_code == web.NO_RANGE:
            told(source.file, start, start)
            return {name: disk.digest(part, name) for name in _DIGESTS}
        _refuse_page(found, source, part)
        _refuse_size(source, part, start, whole)
        if not start:
            _begin(source, found, part)
        digests = {name: hashlib.new(name, usedforsecurity=False) for name in _DIGESTS}
        with part.open("r+b" if start else "wb") as out:
            for piece in _pieces_of(out, start):
                _add(digests, piece)
            size = start
            for piece in found.raw.stream(_PIECE, decode_content=False):
                size += len(piece)
                if size > source.most_mb * _MEGABYTE:
                    _drop(part)
                    raise SourceError(_too_large(source))
                out.write(piece)
                _add(digests, piece)
                told(source.file, size, whole)
            out.flush()
            os.fsync(out.fileno())
    return {name: one.hexdigest() for name, one in digests.items()} | _edition(found)


def _half(source: Source, part: Path) -> Half:
    """Return what an earlier run left; without a version that the server can be asked for it begins anew."""
    try:
        about = json.loads(limits.note(_note(part)))
        version = about["version"] if about["url"] == catalogue.said(source.url) else ""
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        version = ""
    size = _size(part)
    sound = isinstance(version, str) and version.isprintable() and version.isascii()
    return Half(part, version, size) if sound and version and size else Half(part, "", 0)


def _place(found: requests.Response, half: Half, source: Source) -> tuple[int, int | None]:
    """Return at which byte the body begins, and how large the whole file is; 416 says that no byte is missing."""
    length = found.headers.get("Content-Length", "")
    told = int(length) if length.isdecimal() and len(length) < 19 else None  # noqa: PLR2004 - digits of a sane number
    span = _RANGE.fullmatch(found.headers.get("Content-Range", ""))
    whole = int(span["all"]) if span and span["all"] != "*" else None
    if found.status_code == web.NO_RANGE and half.size and whole == half.size:
        return half.size, whole
    asked = span is not None and span["start"] == str(half.size) and _version(found) in ("", half.version)
    if found.status_code == web.PART and asked:
        return half.size, whole or (None if told is None else half.size + told)
    if found.status_code in (web.PART, web.NO_RANGE):  # another part than asked for, or of another version: begin anew
        _drop(half.path)
        raise web.BusyError(Fault(Message("the source gave another part than asked for."), web.LATER, source.file))
    return 0, told


def _version(found: requests.Response) -> str:
    """Return what tells one version of the file from the next: a strong ETag, or the date of change."""
    tag = found.headers.get("ETag", "")
    if tag.startswith('"') and tag.isprintable() and tag.isascii():
        return tag
    changed = found.headers.get("Last-Modified", "")
    return changed if changed.isprintable() and changed.isascii() else ""


def _edition(found: requests.Response) -> dict[str, str]:
    """Return what the server says of the edition, for the record."""
    told = {name: found.headers.get(header, "") for name, header in _EDITION.items()}
    return {name: value for name, value in told.items() if value and value.isprintable()}


def _begin(source: Source, found: requests.Response, part: Path) -> None:
    """Note which version is fetched; nothing of an earlier one may stand beside the note, not for a moment."""
    _drop(part)
    said = {"url": catalogue.said(source.url), "version": _version(found)}
    _note(part).write_text(json.dumps(said), encoding="utf-8")


def _pieces_of(out: Any, size: int) -> Any:
    """Yield what is there already, up to a byte, and cut the file there."""
    while left := size - out.tell():
        yield out.read(min(_PIECE, left))
    out.truncate(size)


def _add(digests: dict[str, Any], piece: bytes) -> None:
    for one in digests.values():
        one.update(piece)


def _refuse_page(found: requests.Response, source: Source, part: Path) -> None:
    if found.headers.get("Content-Type", "").split(";")[0].strip().casefold() == "text/html":
        _drop(part)
        problem = Message("the source gave a web page (a login?) in place of the file.")
        raise web.AddressError(Fault(problem, Message("Fetch the file by hand."), source.file))


def _refuse_size(source: Source, part: Path, start: int, whole: int | None) -> None:
    if whole is not None and whole > source.most_mb * _MEGABYTE:
        _drop(part)
        raise SourceError(_too_large(source))
    guess = (source.about_mb or 0) * _MEGABYTE
    room(part.parent, (guess if whole is None else whole) - start, source.file)


def _too_large(source: Source) -> Fault:
    problem = Message("the source gives more than the {most} MB the file may have.", most=f"{source.most_mb:g}")
    return Fault(problem, Message("Fetch the file by hand."), source.file)


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _check(source: Source, part: Path, digests: dict[str, str], wanted: dict[str, str]) -> None:
    """Raise, and drop the file, when it is not what the source says it is."""
    try:
        contents.check(part, source.form, source.file)
    except SourceError as error:
        _drop(part)
        raise web.AddressError(error.faults) from None
    wrong = [name for name, value in wanted.items() if digests[name] != value]
    if wrong:
        _drop(part)
        problem = Message("its checksum ({name}) is not the one the source gives.", name=wrong[0].upper())
        remedy = Message("The source may have renewed it meanwhile: run the command again.")
        raise SourceError(Fault(problem, remedy, source.file))
