"""Fetch a file from its main address or, where that leads nowhere, the newest of the source's dated files.

Of the page that names the dated files only days are taken (260927 in the place of {date}): the addresses are always
made of the list's own pattern, so that the page cannot lead elsewhere.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from schoolnet.errors import SourceError
from schoolnet.messages import Message, joined
from schoolnet.sources import catalogue, catalogue_checks, download, web

if TYPE_CHECKING:
    from pathlib import Path

    from schoolnet.sources.catalogue import Source
    from schoolnet.sources.download import Told
    from schoolnet.sources.web import Net

_MOST_PAGE = 4_000_000  # bytes of the page that are looked at; an index of a continent has about one
_MOST_TRIED = 3  # of the newest days
_DAY = "%y%m%d"


def fetched(source: Source, folder: Path, net: Net, told: Told) -> Path:
    """Fetch a file from its main address, or else its newest dated file; the record says which it was.

    No other address is tried of a source that nobody answers for, that asks to wait for long, or whose line is cut off
    (what is half there is gone on with), of a file too large or not the one of its checksum, or when the disk is full.

    Parameters
    ----------
    source, folder, net, told
        As for `download.download`.

    Raises
    ------
    SourceError
        As for `download.download`; of the main address when no dated file could be taken either.
    """
    try:
        return download.download(source, folder, net, told)
    except web.AddressError as error:
        if not source.dated:
            raise
        main = error
    for one in _newest(source, folder, net):
        try:
            path = download.download(one, folder, net, told)
        except (web.AddressError, web.OfflineError):
            continue
        with download.written(folder, source.file):
            about = download.recorded(path) | {"instead_of": catalogue.said(source.url)}
            download.note_down(path, about, net)
        return path
    none = Message("No dated file named on {page} could be taken either.", page=catalogue.said(source.dates_on))
    raise web.AddressError([fault._replace(problem=joined(fault.problem, none)) for fault in main.faults]) from None


def is_of(source: Source, url: str) -> bool:
    """Return whether a recorded address is the main one of a source, or one of its dated ones."""
    dated = re.escape(catalogue.said(source.dated)).replace(re.escape(catalogue_checks.DATE), "[0-9]{6}")
    return url == catalogue.said(source.url) or bool(source.dated and re.fullmatch(dated, url))


def _newest(source: Source, folder: Path, net: Net) -> list[Source]:
    """Return the newest dated files, newest first; none older than what is there already."""
    there = _day_of(download.recorded(folder / source.file)) if (folder / source.file).is_file() else ""
    days = [day for day in _days(source, net) if f"{day}" >= there]
    return [_of_day(source, day) for day in sorted(days, reverse=True)[:_MOST_TRIED]]


def _of_day(source: Source, day: dt.date) -> Source:
    """Return the entry of the list for the file of a day."""
    put = {name: getattr(source, name).replace(catalogue_checks.DATE, f"{day:{_DAY}}") for name in _PLACES}
    return dataclasses.replace(
        source, url=put["dated"], checksum_url=put["dated_checksum"], version=f"{day:{_DAY}}", date=f"{day}"
    )


_PLACES = ("dated", "dated_checksum")


def _days(source: Source, net: Net) -> set[dt.date]:
    """Return the days the page names in names of dated files, none that is still to come; empty where it fails."""

    def attempt() -> bytes:
        with web.answer(calls, source.dates_on, source.file, net) as found:
            return bytes(found.raw.read(_MOST_PAGE, decode_content=False))

    with web.session(net) as calls:
        try:
            page = web.repeated(attempt, net).decode("ascii", "replace")
        except SourceError:
            return set()
    before, after = map(re.escape, source.dated.rpartition("/")[2].partition("?")[0].split(catalogue_checks.DATE))
    tomorrow = net.now().date() + dt.timedelta(days=1)  # the source's clock may be east of ours
    named = (_day(digits) for digits in set(re.findall(rf"(?<![\w.-]){before}([0-9]{{6}}){after}(?![\w-])", page)))
    return {day for day in named if day is not None and day <= tomorrow}


def _day(digits: str) -> dt.date | None:
    try:
        return dt.date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        return None


def _day_of(about: dict[str, Any]) -> str:
    """Return the day (2026-09-27) what is there is of, as its record says; empty when it does not."""
    said = (str(about.get(name, ""))[:10] for name in ("data_of", "date"))
    return next((day for day in said if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day)), "")
