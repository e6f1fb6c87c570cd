"""Do the same for each of several tasks, each in a process of its own on this computer: what one does hurts no other.

A process holds one region and ends with it. It is forked of a server that has loaded the libraries once and holds no
region. The memory of all together is watched from outside (resident, as the system counts it). Where it passes the
limit the largest is ended, and done again alone when the others are over. A limit of addresses (RLIMIT_AS) would count
what libraries reserve and never use, and end a process in the middle of a library that does not expect it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet.batches import work as _work
from schoolnet.batches.work import Reply, Task
from schoolnet.errors import Fault
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from multiprocessing.connection import Connection

    from schoolnet.batches.work import Work

_TICK_S = 0.05
#: Loaded once, before processes are forked: what planning and writing a region load.
_LOADED = (
    "schoolnet.batches.work", "schoolnet.output.maps", "schoolnet.output.workbook", "schoolnet.output.layers",
    "schoolnet.planning.facility.solving", "schoolnet.planning.facility.pooling", "schoolnet.planning.rides",
    "schoolnet.planning.okrugs", "schoolnet.planning.profiles", "scipy.optimize", "scipy.sparse.csgraph",
    "scipy.spatial", "sklearn.cluster", "pyvrp", "pandera.pandas", "pyogrio", "xlsxwriter", "folium", "h3",
    "offlinefolium", "babel.numbers",
)  # fmt: skip


class Event(NamedTuple):
    """What happens to a task: it enters a stage, is put off to be done alone, or has ended with a reply."""

    name: str
    stage: str = ""
    reply: Reply | None = None
    put_off: bool = False


class _Running(NamedTuple):
    task: Task
    process: Any
    pipe: Connection


def run(
    work: Work, tasks: Iterable[Task], *, jobs: int, limit_mb: float | None = None, scratch: str | None = None
) -> Generator[Event, None, None]:
    """Do the work for each task, so many at once, and yield what happens; replies come as they are ready.

    Parameters
    ----------
    work
        A function of a module, as `work.Work`.
    tasks
        Taken one by one, when a process is free for them.
    jobs, limit_mb
        Processes at once, and the memory (resident, MB) of all together; None: no limit.
    scratch
        Folder for the passing files of the work.
    """
    context = _context()
    waiting, running, put_off = iter(tasks), list[_Running](), list[Task]()
    try:
        while True:
            while len(running) < jobs and (task := next(waiting, None)) is not None:
                running.append(_begun(context, work, task, scratch))
            if put_off and not running:
                running.append(_begun(context, work, put_off.pop(0), scratch))
            if not running:
                return
            for event in _heard(running, limit_mb):
                yield event
                if event.put_off:
                    put_off += [one.task for one in running if one.task.name == event.name]
                if event.put_off or event.reply is not None:
                    _ended(running, event.name)
                jobs = max(1, len(running)) if event.put_off else jobs  # no other takes the room at once
    finally:  # also when the one who asked stops listening
        for one in running:
            one.process.kill()
        for one in running:
            one.process.join()
            one.pipe.close()


def _context() -> Any:
    kinds = multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if "forkserver" in kinds else "spawn")
    if "forkserver" in kinds:
        context.set_forkserver_preload(list(_LOADED))
    return context


def _begun(context: Any, work: Work, task: Task, scratch: str | None) -> _Running:
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, work, task.load(), scratch), name=task.name, daemon=True)
    process.start()
    theirs.close()
    return _Running(task, process, ours)


def _ended(running: list[_Running], name: str) -> None:
    for one in [one for one in running if one.task.name == name]:
        one.process.join()
        one.pipe.close()
        running.remove(one)


def _heard(running: list[_Running], limit_mb: float | None) -> Iterator[Event]:
    """Yield what the processes said within a tick, and what became of those that are dead or too large."""
    ready = connection.wait([one.pipe for one in running], timeout=_TICK_S)
    silent = [one for one in running if one.pipe not in ready]
    for one in [one for one in running if one.pipe in ready]:
        yield _said(one)
    if limit_mb is None or not silent:
        return
    held = {one.task.name: _work.resident_mb(one.process.pid) for one in silent}
    largest = max(silent, key=lambda one: held[one.task.name])
    if sum(held.values()) > limit_mb:
        largest.process.kill()
        fits = held[largest.task.name] <= limit_mb
        yield Event(largest.task.name, reply=None if fits else Reply(faults=(_too_large(limit_mb),)), put_off=fits)


def _said(one: _Running) -> Event:
    try:
        said = one.pipe.recv()
    except (EOFError, OSError):  # it is dead, and has not replied
        one.process.join()
        return Event(one.task.name, reply=Reply(faults=(_died(one.process.exitcode),)))
    return Event(one.task.name, reply=said) if isinstance(said, Reply) else Event(one.task.name, said)


def _too_large(limit_mb: float) -> Fault:
    problem = Message(
        "it took more than the {limit} MB of memory that are left beside this program, and was ended.",
        limit=round(limit_mb),
    )
    return Fault(problem, Message("Give more with --memory, or plan it on a computer with more."))


def _died(code: int | None) -> Fault:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in {*signal.Signals} else str(-code)
        problem = Message("its process was ended from outside ({signal}): mostly for want of memory.", signal=name)
    else:
        problem = Message("its process ended without a word (code {code}).", code=code)
    remedy = Message("Run it again; if it happens again, give less memory with --memory, or fewer --jobs.")
    return Fault(problem, remedy)


def _child(pipe: Connection, work: Work, data: bytes, scratch: str | None) -> None:
    """Do the work in a process of its own; end with the one who asked for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the one who asked ends the others
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        pipe.send(_work.attempt(work, data, pipe.send, scratch))
    except BrokenPipeError:  # nobody listens any more
        os._exit(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
