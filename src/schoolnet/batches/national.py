"""What is made of all regions together: the programme, the page with the way to each map, tables, quarterly forms."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schoolnet import outcomes
from schoolnet.batches import asked as _asked
from schoolnet.batches import folders, form
from schoolnet.batches.folders import Left
from schoolnet.output import outcome, report, report_frames
from schoolnet.planning import scenario
from schoolnet.sources import register, unclaimed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schoolnet.batches.asked import Job
    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Stage

#: The files of the programme stand in a folder of their own: some are called as those of a region.
PROGRAMME = "programme"
FILES = (*report.FILES, *(f"{PROGRAMME}/{name}" for name in outcome.FILES))
_NONE = folders.Record(key="0" * 64)


class Wanted(NamedTuple):
    """What the national step needs: the job, and names by code of regions that are done, and of those missing."""

    job: Job
    regions: dict[str, str]
    missing: dict[str, str]


def stands(wanted: Wanted) -> Left | None:
    """Return what must be said beside the national files of these regions; None where they do not stand there yet."""
    record = folders.whole(wanted.job.out, key_of(*wanted), FILES)
    return None if record is None else record.left


def lines(left: Left, said: Words) -> list[str]:
    """Return the lines that must be said beside the national files."""
    counts = {name: getattr(left, name) for name in ("lost", "twice")}
    return [
        *([said.text("batch.quotas", keys=", ".join(left.quotas))] if left.quotas else []),
        *(said.texts[f"caveat.{key}"] for key in left.caveats if f"caveat.{key}" in said.texts),
        *(said.text(f"batch.{name}", count=said.number(count)) for name, count in counts.items() if count),
    ]


def made(data: bytes, stage: Stage, scratch: str | None) -> Left:
    """Make the national files (`Wanted`, pickled) of the regions that are there, in `scratch` until they are whole.

    Raises
    ------
    SourceError
        The folder cannot be written to, or the file of a region is not as it was written.
    OptionError
        No region is there; a quota is of no region or district, and none is missing that it might be of.
    """
    wanted: Wanted = pickle.loads(data)  # noqa: S301 - from the process that asked for the work
    with stage("report"):
        return _made(wanted, Path(scratch or "."))


def _made(wanted: Wanted, passing: Path) -> Left:
    (asked, key, out), regions = wanted.job, wanted.regions
    read = {code: form.read(folders.place(out, code) / form.FILE, code, asked.options) for code in sorted(regions)}
    found = {code: pair for code, pair in read.items() if pair is not None}
    missing = wanted.missing | {code: regions[code] for code in read if code not in found}
    parts = [part for part, _ in found.values()]
    strange = scenario.strange_quotas(parts, asked.options) if missing else []
    quotas = {key: most for key, most in asked.options.quotas.items() if key not in strange}
    programme = outcomes.programme(parts, asked.options.model_copy(update={"quotas": quotas}))
    if missing:
        programme.about["missing"] = sorted(missing)
    staged = passing / "national"
    with folders.writing(out):
        staged.mkdir()
    programme.save(staged / PROGRAMME, lang=asked.lang)
    reported = [one for _, one in found.values()]
    sheet = None if asked.schools is None else register.read(asked.schools)
    held = unclaimed.held({one.code: one.claims for one in reported}, sheet, whole=not asked.regions and not missing)
    lacking = tuple(missing[code] for code in sorted(missing))
    shown = report_frames.Report(reported, programme, frozenset(found), lacking, held)
    report.write(shown, staged, lang=asked.lang)
    left = Left(
        quotas=tuple(strange), caveats=tuple(report_frames.caveats(shown)), lost=len(held.lost), twice=len(held.twice)
    )
    own, names = key_of(wanted.job, found, missing), {**regions, **missing}
    record = folders.Record(key=own, day=asked.options.on, batch=key, regions=names, left=left)
    folders.put(staged, out, FILES, record)
    return left


def key_of(job: Job, regions: Iterable[str], missing: dict[str, str]) -> str:
    """Return the key of the national files: what was asked, what the files of its regions hash to, what is missing."""
    hashes = {code: (folders.record_of(folders.place(job.out, code)) or _NONE).files for code in regions}
    return _asked.digest([job.key, job.asked.regions, hashes, missing])
