"""What is made of all regions together: the programme, the page with the way to each map, tables, quarterly forms."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, NamedTuple

from schoolnet import outcomes
from schoolnet.batches import asked as _asked
from schoolnet.batches import folders, form
from schoolnet.output import outcome, report, report_frames
from schoolnet.planning import scenario
from schoolnet.sources import register, unclaimed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from schoolnet.batches.asked import Asked
    from schoolnet.planning.plan import Stage

#: The files of the programme stand in a folder of their own: some are called as those of a region.
PROGRAMME = "programme"
FILES = (*report.FILES, *(f"{PROGRAMME}/{name}" for name in outcome.FILES))
_NONE = folders.Record(key="0" * 64)


class Places(NamedTuple):
    """The folder of a batch, and that for what passes."""

    out: Path
    passing: Path


class Wanted(NamedTuple):
    """What the national step needs.

    Attributes
    ----------
    asked, key
        What the batch is of, and its key.
    regions, missing
        Names by code of the regions that are done, and of those that are not.
    places
        Where to.
    """

    asked: Asked
    key: str
    regions: dict[str, str]
    missing: dict[str, str]
    places: Places


class Made(NamedTuple):
    """What must be said beside the national files.

    Attributes
    ----------
    quotas, caveats
        Keys of quotas that are of no region there, and of caveats.
    lost, twice
        How many rows of the register no region took, and how many schools several took.
    """

    quotas: list[str]
    caveats: list[str]
    lost: int
    twice: int


def stands(wanted: Wanted) -> bool:
    """Return whether the national files of these regions stand there already."""
    own = key_of(wanted.asked, wanted.key, wanted.places.out, wanted.regions, wanted.missing)
    return folders.whole(wanted.places.out, own, FILES) is not None


def made(data: bytes, stage: Stage, scratch: str | None) -> Made:  # noqa: ARG001 - as every work
    """Make the national files (`Wanted`, pickled) of the regions that are there.

    Raises
    ------
    SourceError
        The folder cannot be written to, or the file of a region is not as it was written.
    OptionError
        No region is there; a quota is of no region or district, and none is missing that it might be of.
    """
    wanted: Wanted = pickle.loads(data)  # noqa: S301 - from the process that asked for the work
    with stage("report"):
        return _made(wanted)


def _made(wanted: Wanted) -> Made:
    asked, (out, passing), regions = wanted.asked, wanted.places, wanted.regions
    read = {code: form.read(folders.place(out, code) / form.FILE, code, asked.options) for code in sorted(regions)}
    found = {code: pair for code, pair in read.items() if pair is not None}
    missing = wanted.missing | {code: regions[code] for code in read if code not in found}
    parts = [part for part, _ in found.values()]
    left = scenario.strange_quotas(parts, asked.options) if missing else []
    quotas = {key: most for key, most in asked.options.quotas.items() if key not in left}
    programme = outcomes.programme(parts, asked.options.model_copy(update={"quotas": quotas}))
    if missing:
        programme.about["missing"] = sorted(missing)
    staged = passing / "national"
    with folders.writing(out):
        staged.mkdir()
    programme.save(staged / PROGRAMME, lang=asked.lang)
    told = [told for _, told in found.values()]
    sheet = None if asked.schools is None else register.read(asked.schools)
    held = unclaimed.held({one.code: one.claims for one in told}, sheet, whole=not asked.regions and not missing)
    lacking = tuple(missing[code] for code in sorted(missing))
    shown = report_frames.Report(told, programme, frozenset(found), lacking, held)
    report.write(shown, staged, lang=asked.lang)
    own = key_of(asked, wanted.key, out, found, missing)
    record = folders.Record(key=own, day=asked.options.on, batch=wanted.key, regions={**regions, **missing})
    folders.put(staged, out, FILES, record)
    return Made(left, report_frames.caveats(shown), len(held.lost), len(held.twice))


def key_of(asked: Asked, key: str, out: Path, regions: Iterable[str], missing: dict[str, str]) -> str:
    """Return the key of the national files: what was asked, what the files of its regions hash to, what is missing."""
    hashes = {code: (folders.record_of(folders.place(out, code)) or _NONE).files for code in regions}
    return _asked.digest([key, asked.regions, hashes, missing])
