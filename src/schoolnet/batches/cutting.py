"""Read the map once and cut out of it the regions that are still to be planned, each as bytes for its own process."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schoolnet import regions as _regions
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
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from schoolnet.batches.asked import Job
    from schoolnet.planning.plan import Stage
    from schoolnet.planning.scenario import Part
    from schoolnet.sources.osm import Extract

_WHOLE = Message("Give an extract cut with whole relations.")


class Cut(NamedTuple):
    """One region of the map that is to be planned.

    Attributes
    ----------
    code, name
        Of the region; its title in the language of its files.
    file
        The file of what its plan needs (`work.packed`), so that no process holds all.
    size
        What its memory hangs on.
    """

    code: str
    name: str
    file: str
    size: memory.Size


class Cutting(NamedTuple):
    """The regions of the map that are asked for, each in one of three, in the order of their codes.

    Attributes
    ----------
    todo
        Those to be planned.
    done
        Names by code of those whose files stand there already.
    failed
        Name and faults by code of those that are not to be had.
    districts
        Codes of the districts of those to be planned or done.
    """

    todo: list[Cut]
    done: dict[str, str]
    failed: dict[str, tuple[str, tuple[Fault, ...]]]
    districts: set[str]


class _Found(NamedTuple):
    """A region on the map; without an area where its outline is not whole."""

    code: str
    name: str
    area: territory.Area | None = None


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


def cut(data: bytes, stage: Stage, scratch: str | None) -> Cutting:
    """Read the map and cut the regions asked for (`Job`, pickled) into files; those done are only named.

    Raises
    ------
    SourceError, TableError, RegionError
        With every fault found of the map and the register, and every region that is not there.
    """
    job: Job = pickle.loads(data)  # noqa: S301 - from the process that asked for the work
    asked, made = job.asked, Cutting([], {}, {}, set())
    read = _regions.opened(asked.source, asked.schools, stage=stage)
    norms = None if asked.norms is None else (asked.norms.name, asked.norms.read_bytes())
    found = sorted(_found(read.extract, asked.regions, asked.lang), key=lambda one: one.code)
    places = Counter(folder_name(one.code).casefold() for one in found)
    for code, name, area in found:
        try:
            if places[folder_name(code).casefold()] > 1:
                raise RegionError(Fault(Message("region {code} is there more than once.", code=code), _WHOLE))
            if area is None:
                problem = Message("its outline is not whole in the extract.")
                raise RegionError(Fault(problem, _WHOLE, read.extract.input.name))
            if (there := done(job, code)) is not None:
                made.done[code] = name
                made.districts.update(_districts(there.homes))
                continue
            region = _regions.one_of(
                read, area, asked.people, asked.plots, asked.given,
                options=asked.options, stage=stage, several=asked.several,
            )  # fmt: skip
        except SchoolnetError as error:
            made.failed[code] = (name, error.faults)
            continue
        file = Path(scratch or ".") / f"cut-{folder_name(code)}.pickle"
        file.write_bytes(packed(Wanted(region, asked.options, norms, asked.lang)))
        size = memory.Size(len(region.settlements), len(region.schools), len(region.roads))
        made.todo.append(Cut(code, name, str(file), size))
        made.districts.update(_districts(region.settlements))
    return made


def _districts(homes: pd.DataFrame) -> set[str]:
    return set(map(str, homes["district_id"].dropna().unique()))


def _found(extract: Extract, wanted: tuple[str, ...], lang: str) -> Iterable[_Found]:
    """Return the regions asked for; without words, those of the map, and the broken ones of their countries."""
    broken = [*_broken(extract, lang)]
    if not wanted:
        regions = territory.regions(extract)
        countries = {area.code.partition("-")[0] for area in regions}
        # an extract cut along a border holds pieces of the neighbours' regions too
        near = [one for _, one in broken if "-" in one.code and one.code.partition("-")[0] in countries]
        return [*(_named(area, lang) for area in regions or [territory.find(extract, None)]), *near]
    strange: list[Fault] = []
    found: dict[str, _Found] = {}
    for word in wanted:
        try:
            one = _named(territory.find(extract, word), lang)
        except RegionError as error:
            lost = [one for words, one in broken if word.strip().casefold() in words]
            if not lost:
                strange += error.faults
                continue
            one = lost[0]
        found[one.code] = one
    if strange:
        raise RegionError(strange)
    return found.values()


def _named(area: territory.Area, lang: str) -> _Found:
    return _Found(area.code, titles.region(area.names, area.code, lang), area)


def _broken(extract: Extract, lang: str) -> Iterator[tuple[set[str], _Found]]:
    """Yield the regions whose outline is not whole, each with what it is called."""
    for row in extract.incomplete:
        words = [str(row[key] or "") for key in ("iso", "kato", "name", "name_kk", "name_ru", "name_en", "area_id")]
        code = next(filter(None, words))
        names = {"name": row["name"]} | {tongue: row[f"name_{tongue}"] for tongue in LANGS}
        yield {word.casefold() for word in words if word}, _Found(code, titles.region(names, code, lang))
