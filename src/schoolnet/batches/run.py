"""A batch from end to end: what is done stays, the map is read once, regions are planned at once, then all together."""

from __future__ import annotations

import pickle
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schoolnet.batches import asked as _asked
from schoolnet.batches import cutting, days, folders, national, pool, spent
from schoolnet.batches import memory as _memory
from schoolnet.batches.asked import Asked, Job, Where
from schoolnet.batches.course import Course
from schoolnet.batches.cutting import Cutting
from schoolnet.batches.folders import Left
from schoolnet.batches.telling import Note, Region
from schoolnet.batches.work import Reply, Task, planned
from schoolnet.errors import Fault, OptionError, SchoolnetError, SourceError
from schoolnet.law.norms import Norms
from schoolnet.messages import Message
from schoolnet.options import Options
from schoolnet.planning.scenario import quota_faults

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from schoolnet.batches.cutting import Cut
    from schoolnet.batches.pool import Event
    from schoolnet.batches.telling import Tell
    from schoolnet.batches.work import Work

#: What the reading of the map, and the making of the national files, are called among the regions.
MAP, NATIONAL = "map", "national"
_THERE = ("done", "skipped")
_NOTHING = Left()


@dataclass(frozen=True)
class Batch:
    """What a batch came to.

    Attributes
    ----------
    folder
        Where its files stand.
    done, skipped
        Codes of the regions planned now, and of those whose files stood there already.
    failed
        Why the others could not be planned, by code.
    files
        The files of all regions together; none where no region is there.
    remade
        Whether these were made anew.
    left
        What must be said beside them: quotas left out, caveats, rows no region took, schools several took.
    """

    folder: Path
    done: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: dict[str, tuple[Fault, ...]]
    files: tuple[str, ...]
    remade: bool
    left: Left = _NOTHING

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown_runs, words

        lang = session.language()
        counts = {name: len(getattr(self, name)) for name in ("done", "skipped", "failed")}
        lines = national.lines(self.left, words.load(lang))
        return shown_runs.batch(self.folder, counts, self.failed, self.files, lines, lang=lang)


def batch(
    source: Path | str,
    out: Path | str,
    regions: Sequence[str] = (),
    *,
    schools: Path | str | None = None,
    people: Sequence[Path | str] = (),
    plots: Path | str | None = None,
    given: Sequence[Path | str] = (),
    norms: Path | str | None = None,
    options: Options | None = None,
    lang: str = "kk",
    jobs: int | None = None,
    memory: str | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    tell: Tell = lambda _told: None,
) -> Batch:
    """Plan many regions of one map extract at once, each into a folder of its own, and all of them together.

    What stands there already, made of the same inputs, is not made again. In a script this stands under
    `if __name__ == "__main__":`, as all that begins processes.

    Parameters
    ----------
    source, schools, people, plots, given, options, norms
        As for `read` and `plan`.
    out
        Folder: the files of each region in a folder of its code, the national ones beside them.
    regions
        Codes or names; all regions of the extract when empty.
    lang
        Language the maps open in; that of the workbooks.
    jobs, memory
        Regions at once, and the memory of all (4G): as many as there are cores and free memory when None.
    scheduler, workers
        A Dask scheduler (tcp://host:port) whose workers plan, or so many workers on this computer (needs dask).
    tell
        Called to show progress: with a `Region` when it comes to something else, with a `Note` on all (`telling`).

    Raises
    ------
    SchoolnetError
        What concerns all regions, with every fault found. What concerns one does not stop the others: `Batch.failed`.
    """
    asked = Asked(
        Path(source), tuple(regions), options or Options(), _path(schools), tuple(map(Path, people)), _path(plots),
        tuple(map(Path, given)), _path(norms), lang,
    )  # fmt: skip
    return run(asked, Path(out), Where(jobs, _memory.parsed_mb(memory), scheduler, workers), tell)


def _path(given: Path | str | None) -> Path | None:
    return None if given is None else Path(given)


def run(asked: Asked, out: Path, where: Where, tell: Tell) -> Batch:
    """Run a batch; see `batch`."""
    _refuse(asked, where)
    Norms.for_plan(asked.options, file=asked.norms)  # its faults need not wait for a large map
    files = _asked.held(asked)
    with folders.locked(out) as passing:
        begun = days.begun(asked, files, out)
        if begun is not None:
            asked = asked if begun.ended else days.on(asked, begun.day)
            about = {"day": f"{begun.day:%d.%m.%Y}", "on": begun.day.isoformat()}
            tell(Note("ended_on" if begun.ended else "goes_on", about))
        now = Course(Job(asked, _asked.key_of(asked, files), out), passing, tell)
        _planned(now, where, _known(now.job) or _read(now, where))
        try:
            remade, left = _together(now, where)
        finally:  # whatever becomes of the national files
            spent.write(out, passing, now.spent)
    failed = {code: one.faults for code, one in now.of("failed").items()}
    together = national.FILES if now.of(*_THERE) else ()
    return Batch(out, (*now.of("done"),), (*now.of("skipped"),), failed, together, remade, left)


def _refuse(asked: Asked, where: Where) -> None:
    """Raise an error where what is asked cannot be."""
    if asked.source.is_dir():
        remedy = Message("Give a map extract (.osm.pbf), or plan the folder with `schoolnet plan`.")
        raise SourceError(Fault(Message("a folder of layers is one region already."), remedy, str(asked.source)))
    alone = [name for name in ("scheduler", "workers", "jobs") if getattr(where, name) is not None]
    if len(alone) > 1 or (where.scheduler is not None and where.memory_mb is not None):
        problem = Message("--scheduler, --workers and --jobs do not go together, nor --scheduler and --memory.")
        raise OptionError(Fault(problem, Message("The workers of a scheduler have their own limits: leave one out.")))
    _memory.check(where.memory_mb, where.workers)
    if where.on_dask:
        from schoolnet.batches import dask_cluster

        dask_cluster.check()


def _known(job: Job) -> Cutting | None:
    """Return the regions where all of them are done, so that the map need not be read; else None."""
    record = folders.record_of(job.out)
    if record is None or not record.regions:
        return None
    try:
        if any(cutting.done(job, code) is None for code in record.regions):
            return None
    except SchoolnetError:
        return None
    same = record.key == national.key_of(job, sorted(record.regions), {})
    return Cutting([], record.regions, {}, set()) if same else None


def _planned(now: Course, where: Where, found: Cutting) -> None:
    """Plan the regions that are not done."""
    for code, (name, faults) in found.failed.items():
        now.fail(code, name, faults)
    for code, name in found.done.items():
        now.take(Region(code, name, "skipped"))
    available = _memory.available_mb(where.memory_mb)
    todo: list[Cut] = []
    for one in found.todo:
        if not where.on_dask and _memory.estimate_mb(one.size) > available:
            now.fail(one.code, one.name, (_memory.refused(one.size, available),))
        else:
            todo.append(one)
    if not todo:
        return
    estimates = [_memory.estimate_mb(one.size) for one in todo]
    jobs = _memory.jobs_of(where.jobs, estimates, available)
    if not where.on_dask:
        now.tell(Note("memory", {"jobs": jobs, "needed": sum(sorted(estimates)[-jobs:]), "limit": available}))
    for one in todo:
        now.take(Region(one.code, one.name, "waiting"))
    todo.sort(key=lambda one: (-_memory.estimate_mb(one.size), one.code))  # the longest first: none is waited for alone
    with closing(_events(now, where, todo, jobs, available)) as events:  # whatever stops it ends the work
        for event in events:
            now.hear(event)


def _read(now: Course, where: Where) -> Cutting:
    """Ask whether the scheduler answers, say what the map is taken to need, and cut it."""
    if where.scheduler is not None:
        from schoolnet.batches import dask_cluster

        now.tell(Note("stage", {"file": where.address, "stage": "scheduler"}))
        with dask_cluster.connected(where):
            pass
    limit_mb = _memory.available_mb(where.memory_mb)
    least, most = _memory.reading_mb(now.job.asked.source.stat().st_size)
    now.tell(Note("reading", {"least": least, "most": most, "limit": limit_mb}))
    return _cut(now, limit_mb)


def _cut(now: Course, limit_mb: float) -> Cutting:
    """Read the map and cut it.

    Raises
    ------
    SourceError
        A file was changed meanwhile: what is made would stand under the key of another.
    OptionError
        A quota is of no region or district of the map.
    """
    asked = now.job.asked
    found: Cutting = _alone(now, cutting.cut, MAP, pickle.dumps(now.job), limit_mb)
    if _asked.key_of(asked, _asked.held(asked)) != now.job.key:
        problem = Message("an input was changed while it was read.")
        raise SourceError(Fault(problem, Message("Run it again: regions that are done stay."), str(asked.source)))
    codes = sorted([*found.done, *(one.code for one in found.todo)])
    # of a region that is not to be had the districts cannot be known
    faults = [] if found.failed else [*quota_faults(asked.options, codes, found.districts)]
    if faults:
        raise OptionError(faults)
    return found


def _alone(now: Course, work: Work, name: str, data: bytes, limit_mb: float) -> Any:
    """Do what concerns all regions in a process of its own, whose memory goes with it; return what it returns."""
    reply = Reply()
    with closing(pool.run(work, [Task(name, data)], jobs=1, limit_mb=limit_mb, scratch=str(now.passing))) as events:
        for event in events:
            if event.reply is None:
                now.tell(Note("stage", {"file": now.job.asked.source.name, "stage": event.stage}))
            else:
                reply = event.reply
    now.spent[name] = reply.spent
    if reply.value is None:
        where = str(now.details(name, reply.bug) if reply.bug else now.job.asked.source)
        raise SchoolnetError(fault._replace(file=fault.file or where) for fault in reply.faults)
    return reply.value


def _events(now: Course, where: Where, todo: list[Cut], jobs: int, limit_mb: float) -> Generator[Event, None, None]:
    tasks = [Task(one.code, file=one.file) for one in todo]
    if not where.on_dask:
        yield from pool.run(planned, tasks, jobs=jobs, limit_mb=limit_mb, scratch=str(now.passing))
        return
    from schoolnet.batches import dask_pool

    sizes = {one.code: one.size for one in todo}
    yield from dask_pool.run(planned, tasks, where, sizes=sizes, tell=now.tell)


def _together(now: Course, where: Where) -> tuple[bool, Left]:
    """Make the national files of the regions that are there, unless they stand; return whether, and what they lack."""
    there, missing = ({code: one.name for code, one in now.of(*states).items()} for states in (_THERE, ["failed"]))
    wanted = national.Wanted(now.job, there, missing)
    left = national.stands(wanted) if there else _NOTHING
    if left is not None:
        return False, left
    return True, _alone(now, national.made, NATIONAL, pickle.dumps(wanted), _memory.available_mb(where.memory_mb))
