"""Read the map once and cut out of it the regions that are still to be planned, each as bytes for its own process."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schoolnet import outcomes
from schoolnet.batches import asked as _asked
from schoolnet.batches import folders, form, memory
from schoolnet.batches.work import FILES, Wanted, packed
from schoolnet.errors import Fault, RegionError, SchoolnetError
from schoolnet.messages import Message
from schoolnet.output import titles
from schoolnet.output.record import folder_name
from schoolnet.output.words import LANGS
from schoolnet.sources import territory

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from schoolnet.batches.asked import Job
    from schoolnet.planning.plan import Stage
    from schoolnet.planning.scenario import Part
    from schoolnet.sources.osm import Extract

_LOST = Message("Give an extract cut with whole relations.")


class Cut(NamedTuple):
    """One region of the map: to be planned (`file`), done already, or not to be had (`faults`).

    Attributes
    ----------
    code, name
        Of the region; its title in the language of its files.
    file
        The file of what its plan needs (`work.packed`), so that no process holds all; empty where there is
        nothing to plan.
    size
        What its memory hangs on.
    faults
        Why it cannot be planned.
    districts
        Codes of its districts.
    """

    code: str
    name: str
    file: str = ""
    size: memory.Size = memory.Size(0, 0, 0)
    faults: tuple[Fault, ...] = ()
    districts: frozenset[str] = frozenset()


def done(job: Job, code: str) -> Part | None:
    """Return what a region brings to the nation, where its files stand there, of the same inputs and unchanged.

    Raises
    ------
    RegionError
        Its code cannot be the name of a folder.
    """
    folder = folders.place(job.out, code)
    there = folders.whole(folder, _asked.key_of_region(job.key, code), FILES)
    found = None if there is None else form.read(folder / form.FILE, code, job.asked.options)
    return None if found is None else found[0]


def cut(data: bytes, stage: Stage, scratch: str | None) -> list[Cut]:
    """Read the map and cut the regions asked for (`Job`, pickled) into files; those done are only named.

    Raises
    ------
    SourceError, TableError, RegionError
        With every fault found of the map and the register, and every region that is not there.
    """
    job: Job = pickle.loads(data)  # noqa: S301 - from the process that asked for the work
    asked = job.asked
    read = outcomes.opened(asked.source, asked.schools, stage=stage)
    norms = None if asked.norms is None else (asked.norms.name, asked.norms.read_bytes())
    found: dict[str, Cut] = {}
    for area in _areas(read.extract, asked.regions, asked.lang):
        one = area if isinstance(area, Cut) else _one(job, read, area, norms, Path(scratch or "."), stage)
        where = folder_name(one.code).casefold()
        if where in found:
            twice = Fault(Message("region {code} is there more than once.", code=one.code), _LOST)
            one = found[where]._replace(file="", faults=(twice,))
        found[where] = one
    return sorted(found.values(), key=lambda one: one.code)


def _areas(extract: Extract, wanted: tuple[str, ...], lang: str) -> Iterator[territory.Area | Cut]:
    """Yield the areas asked for; of one whose outline is not whole, why it cannot be had."""
    broken = [*_broken(extract, lang)]
    if not wanted:
        yield from territory.regions(extract) or [territory.find(extract, None)]
        countries = {area.code.partition("-")[0] for area in territory.regions(extract)}
        # an extract cut along a border holds pieces of the neighbours' regions too
        yield from (cut for _, cut in broken if "-" in cut.code and cut.code.partition("-")[0] in countries)
        return
    strange: list[Fault] = []
    found: list[territory.Area | Cut] = []
    for word in wanted:
        try:
            found.append(territory.find(extract, word))
        except RegionError as error:
            lost = [cut for names, cut in broken if word.strip().casefold() in names]
            found += lost[:1]
            strange += () if lost else error.faults
    if strange:
        raise RegionError(strange)
    yield from {one.code: one for one in found}.values()


def _broken(extract: Extract, lang: str) -> Iterator[tuple[set[str], Cut]]:
    """Yield the areas whose outline is not whole: what each is called, and why it cannot be had."""
    for row in extract.incomplete:
        words = [str(row[key] or "") for key in ("iso", "kato", "name", "name_kk", "name_ru", "name_en", "area_id")]
        fault = Fault(Message("its outline is not whole in the extract."), _LOST, extract.input.name)
        code = next(filter(None, words))
        names = {"name": row["name"]} | {tongue: row[f"name_{tongue}"] for tongue in LANGS}
        yield {word.casefold() for word in words if word}, Cut(code, titles.region(names, code, lang), faults=(fault,))


def _one(
    job: Job,
    read: outcomes.Opened,
    area: territory.Area,
    norms: tuple[str, bytes] | None,
    folder: Path,
    stage: Stage,
) -> Cut:
    asked, name = job.asked, titles.region(area.names, area.code, job.asked.lang)
    try:
        there = done(job, area.code)
        if there is not None:
            return Cut(area.code, name, districts=_districts(there.homes))
        region = outcomes.one_of(
            read, area, asked.people, asked.plots, asked.given,
            options=asked.options, stage=stage, several=asked.several,
        )  # fmt: skip
    except SchoolnetError as error:
        return Cut(area.code, name, faults=error.faults)
    wanted = Wanted(region, asked.options, norms, asked.lang)
    file = folder / f"cut-{folder_name(area.code)}.pickle"
    file.write_bytes(packed(wanted))
    size = memory.Size(len(region.settlements), len(region.schools), len(region.roads))
    return Cut(area.code, name, str(file), size, districts=_districts(region.settlements))


def _districts(homes: pd.DataFrame) -> frozenset[str]:
    return frozenset(map(str, homes["district_id"].dropna().unique()))
