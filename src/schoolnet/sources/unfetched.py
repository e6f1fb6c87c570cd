"""Say which files were not fetched, why, and what to do by hand: where each is, and where it is to be put."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import ByLanguage, Message, joined
from schoolnet.sources import catalogue, contents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from schoolnet.sources.catalogue import Source

_HANDS = (Message("Fetch the file by hand."), contents.REMEDY)


def error(failed: Iterable[tuple[Source, SourceError]], folder: Path) -> SourceError:
    """Return one error for files that were not fetched; what failed for the same reason is one fault with a list.

    Parameters
    ----------
    failed
        Entries of the list, and of what each failed.
    folder
        The cache, where files fetched by hand are put.
    """
    alike: dict[tuple[str, str], list[tuple[Source, Fault]]] = {}
    for source, refused in failed:
        for fault in refused.faults:
            alike.setdefault((fault.problem, fault.remedy), []).append((source, fault))
    return SourceError([_one(*some[0], folder) if len(some) == 1 else _many(some, folder) for some in alike.values()])


def _one(source: Source, fault: Fault, folder: Path) -> Fault:
    where = joined(*filter(None, (source.page, catalogue.said(source.url) if source.url else "")), by=", ")
    how = Message("By hand: download {file} from {where} and put it to {path}.", file=source.file, where=where,
                  path=folder / source.file)  # fmt: skip
    remedy = how if fault.remedy in _HANDS else joined(fault.remedy, how)
    if source.note:
        remedy = joined(remedy, _known(source))
    return fault._replace(remedy=remedy)


def _many(some: list[tuple[Source, Fault]], folder: Path) -> Fault:
    """Return one fault for files that failed alike: a line for each, with an address and a path that can be copied."""
    fault = some[0][1]
    problem = Message("{count} files were not fetched: {why}", count=len(some), why=fault.problem)
    how = Message("By hand: download each file (what -> from where -> where to put it):")
    head = how if fault.remedy in _HANDS else joined(fault.remedy, how)
    lines = (line for source, _ in some for line in _lines(source, folder))
    return Fault(problem, joined(head, *lines, by="\n  "))


def _lines(source: Source, folder: Path) -> Iterator[Message]:
    address = catalogue.said(source.url or source.page)
    yield joined(ByLanguage(source.title), address, str(folder / source.file), by=" -> ")
    if source.note:
        yield joined(" ", source.page, _known(source))


def _known(source: Source) -> Message:
    return Message("Known of this address: {note}.", note=ByLanguage(source.note))
