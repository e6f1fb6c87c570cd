"""What is made of all regions together: the programme, the page with the way to each map, tables, quarterly forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schoolnet import outcomes
from schoolnet.batches import asked as _asked
from schoolnet.batches import folders, form
from schoolnet.output import outcome, report, report_frames

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from schoolnet.batches.asked import Asked

#: The files of the programme stand in a folder of their own: some are called as those of a region.
PROGRAMME = "programme"
FILES = (*report.FILES, *(f"{PROGRAMME}/{name}" for name in outcome.FILES))
_NONE = folders.Record(key="0" * 64, files={})


class Places(NamedTuple):
    """The folder of a batch, and that for what passes."""

    out: Path
    passing: Path


class National(NamedTuple):
    """What became of the national step: the regions in it, those left out, and whether it was made anew."""

    regions: tuple[str, ...]
    missing: dict[str, str]
    made: bool


def made(asked: Asked, key: str, regions: dict[str, str], missing: dict[str, str], places: Places) -> National:
    """Make the national files of the regions that are there, unless they stand there already.

    Parameters
    ----------
    asked, key
        What the batch is of, and its key.
    regions, missing
        Names by code of the regions that are done, and of those that are not.
    places
        Where to.

    Raises
    ------
    SourceError
        The folder cannot be written to.
    OptionError
        A quota is of no region or district of the regions.
    """
    out, passing = places
    read = {code: form.read(folders.place(out, code) / form.FILE, code, asked.options) for code in sorted(regions)}
    found = {code: pair for code, pair in read.items() if pair is not None}
    missing = missing | {code: regions[code] for code in read if code not in found}
    if not found:
        return National((), missing, made=False)
    own = key_of(asked, key, out, found, missing)
    if folders.whole(out, own, FILES):
        return National(tuple(found), missing, made=False)
    programme = outcomes.programme([part for part, _ in found.values()], asked.options)
    if missing:
        programme.about["missing"] = sorted(missing)
    staged = passing / "national"
    with folders.writing(out):
        staged.mkdir()
    programme.save(staged / PROGRAMME, lang=asked.lang)
    shown = report_frames.Report(
        [told for _, told in found.values()],
        programme,
        frozenset(found),
        tuple(missing[code] for code in sorted(missing)),
    )
    report.write(shown, staged, lang=asked.lang)
    folders.put(staged, out, own, FILES, {**regions, **missing})
    return National(tuple(found), missing, made=True)


def key_of(asked: Asked, key: str, out: Path, regions: Iterable[str], missing: dict[str, str]) -> str:
    """Return the key of the national files: what was asked, what the files of its regions hash to, what is missing."""
    hashes = {code: (folders.record_of(folders.place(out, code)) or _NONE).files for code in regions}
    return _asked.digest([key, asked.regions, hashes, missing])
