"""Do the same for each of several tasks on Dask's workers, which may be other machines: bytes go out, bytes come back.

Nothing is shared but the network: a task holds its region, and the files come back to the one who asked, who alone
writes. A worker is asked for its program before it gets anything, and has one region at a time: so it is known which
region was in hand where one dies, and a region goes where there is memory for it.
"""

from __future__ import annotations

import pickle
import time
import uuid
from collections import Counter, deque
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schoolnet.batches import asked as _asked
from schoolnet.batches import dask_cluster as _cluster
from schoolnet.batches import memory as _memory
from schoolnet.batches import work as _work
from schoolnet.batches.pool import Event
from schoolnet.batches.telling import Note
from schoolnet.batches.work import Reply, Task
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from schoolnet.batches.asked import Where
    from schoolnet.batches.memory import Size
    from schoolnet.batches.telling import Tell
    from schoolnet.batches.work import Work

TOPIC = "schoolnet-stage"
#: A worker that cannot unpickle what it is sent dies of it, and a scheduler fails: what is sent are words and bytes,
#: which every Python knows, and these words are evaluated.
_PROGRAM = "__import__('schoolnet.batches.asked', fromlist=['program']).program()"
_DONE = "__import__('schoolnet.batches.dask_pool', fromlist=['_done'])._done(*given)"
_TICK_S = 0.2
_DEATHS = 4  # workers that die with a region in hand before it is given up
_FETCH_S = 120.0  # for a reply that is ready


def run(
    work: Work,
    tasks: Iterable[Task],
    at: Where,
    *,
    sizes: Mapping[str, Size] | None = None,
    tell: Tell = lambda _note: None,
) -> Generator[Event, None, None]:
    """Do the work for each task on the workers, and yield what happens, as `pool.run` does.

    Parameters
    ----------
    work, tasks, at
        A function of a module; taken one by one, when a worker is free for them; where.
    sizes
        What the memory of a task hangs on, by name: one taken to need more than any worker has fails alone.
    tell
        Called with what is known of the workers (`memory`, `refused`).

    Raises
    ------
    SourceError
        The scheduler does not answer or is gone, it has no worker (left), or all of them run another program.
    """
    with _cluster.connected(at) as client:
        heard: list[Event] = []
        own = uuid.uuid4().hex  # several may ask one scheduler at once: neither answers nor stages are shared
        client.subscribe_topic(f"{TOPIC}-{own}", lambda said: heard.append(Event(*said[1])))
        crew = _Crew(client, at, own, _asked.program(), tell)
        shift = _Shift(crew, work, iter(tasks), dict(sizes or {}))
        since = time.monotonic()
        while True:
            crew.look()
            in_hand = {task.name for task, _ in shift.busy.values()}
            yield from (event for event in heard if event.name in in_hand)  # a stage may come after the end
            heard.clear()
            over = [*shift.ended()]
            yield from over
            yield from shift.begin()
            if shift.over:
                return
            since = time.monotonic() if over or crew.limits or crew.asked else since
            if time.monotonic() - since > _cluster.PATIENCE_S:
                raise SourceError(_nobody(crew, shift))
            time.sleep(0 if over else _TICK_S)


@dataclass
class _Crew:
    """The workers there are: memory (MB) of those that may plan, those being asked for their program, the others."""

    client: Any
    at: Where
    own: str
    program: str
    tell: Tell
    limits: dict[str, float] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def look(self) -> None:
        """See who has come and gone; ask those who have come for their program."""
        there = _cluster.workers(self.client, self.at)
        self.limits = {address: mb for address, mb in self.limits.items() if address in there}
        self.asked = {address: future for address, future in self.asked.items() if address in there}
        self.refused &= there.keys()
        for address in sorted(there.keys() - self.limits - self.asked.keys() - self.refused):
            self.asked[address] = self.submit("program", address, _PROGRAM)
        for address in [address for address, future in self.asked.items() if future.done()]:
            if _program_of(self.asked.pop(address)) == self.program:
                self.limits[address] = (there[address].get("memory_limit") or float("inf")) / 2**20
            else:
                self.refuse(address)

    def refuse(self, address: str) -> None:
        """Leave a worker out: it runs another program."""
        self.limits.pop(address, None)
        self.refused.add(address)
        self.tell(Note("refused", {"count": len(self.refused)}))

    def submit(self, what: str, address: str, words: str, *given: str | bytes) -> Any:
        """Have one worker evaluate words, with `given` in them; a future comes back."""
        key = f"schoolnet-{self.own}-{what}-{uuid.uuid4().hex}"
        return self.client.submit(eval, words, {"given": given}, key=key, pure=False, workers=[address])


@dataclass
class _Shift:
    """What is in hand, by the address of the worker, what waits, and how many workers died with it."""

    crew: _Crew
    work: Work
    waiting: Iterator[Task]
    sizes: dict[str, Size]
    busy: dict[str, tuple[Task, Any]] = field(default_factory=dict)
    again: deque[Task] = field(default_factory=deque)
    deaths: Counter[str] = field(default_factory=Counter)
    announced: bool = field(default=False)

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        if not self.busy and not self.again:
            self.again.extend(task for task in [next(self.waiting, None)] if task is not None)
        return not self.busy and not self.again

    def ended(self) -> Iterator[Event]:
        """Yield the replies that are there; what was in hand of a worker that is gone is to be done again."""
        for address, (task, future) in [*self.busy.items()]:
            alive = address in self.crew.limits
            if alive and not future.done():
                continue
            del self.busy[address]
            reply = _reply(future, self.crew) if alive else None
            if reply is None:
                future.cancel()
                self.deaths[task.name] += 1
                if self.deaths[task.name] < _DEATHS:
                    self.again.append(task)
                    continue
                reply = Reply(faults=(_killed(),))
            elif reply.faults == (_work.OTHER_PROGRAM,):  # changed since it was asked
                self.crew.refuse(address)
                self.again.append(task)
                continue
            del self.deaths[task.name]
            yield Event(task.name, reply=reply)

    def begin(self) -> Iterator[Event]:
        """Give each idle worker the next region it has memory for; yield the faults of those no worker has it for."""
        self._announce()
        limits, later = self.crew.limits, list[Task]()
        while idle := limits.keys() - self.busy.keys():
            task = self.again.popleft() if self.again else next(self.waiting, None)
            if task is None:
                break
            size = self.sizes.get(task.name)
            needed = 0.0 if size is None else _memory.estimate_mb(size)
            fits = [address for address in idle if limits[address] >= needed]
            if fits:
                address = min(fits, key=lambda one: (limits[one], one))
                topic, by = f"{TOPIC}-{self.crew.own}", pickle.dumps(self.work)
                future = self.crew.submit(
                    task.name, address, _DONE, self.crew.program, by, task.name, task.load(), topic
                )
                self.busy[address] = (task, future)
            elif size is None or self.crew.asked or max(limits.values()) >= needed:
                later.append(task)
            else:
                yield Event(task.name, reply=Reply(faults=(_refused(size, max(limits.values())),)))
        self.again.extendleft(reversed(later))

    def _announce(self) -> None:
        """Tell once what memory the workers have, and what the regions are taken to need."""
        if self.announced or not self.sizes or not self.crew.limits or self.crew.asked:
            return
        self.announced = True
        needed = sorted(map(_memory.estimate_mb, self.sizes.values()))
        jobs = min(len(self.crew.limits), len(needed))
        values = {"jobs": jobs, "needed": sum(needed[-jobs:]), "limit": sum(self.crew.limits.values())}
        self.crew.tell(Note("memory", values))


def _done(program: str, by: bytes, name: str, data: bytes, topic: str) -> bytes | None:
    """Do one task; runs on a worker. The data are not looked into where the program is another: None comes back."""
    import distributed

    if program != _asked.program():
        return None
    worker, work = distributed.get_worker(), pickle.loads(by)  # noqa: S301 - from the one who asks
    return pickle.dumps(_work.attempt(work, data, lambda stage: worker.log_event(topic, [name, stage])))


def _program_of(future: Any) -> str:
    """Return what a worker says its program is; empty where it cannot say: it lacks schoolnet, or ours of it."""
    try:
        return str(future.result(timeout=_FETCH_S))
    except Exception:  # noqa: BLE001 - whatever it lacks
        return ""


def _reply(future: Any, crew: _Crew) -> Reply | None:
    """Return what came of a task; None: its worker died with it.

    The work puts its own failures into words (`work.attempt`), so what is raised here is of the way there and back:
    where something cannot be unpickled, the two are not of one program.
    """
    import distributed

    try:
        data = future.result(timeout=_FETCH_S)
        return Reply(faults=(_work.OTHER_PROGRAM,)) if data is None else pickle.loads(data)  # noqa: S301 - a worker's
    except (distributed.scheduler.KilledWorker, TimeoutError):
        return None
    except CancelledError:
        _cluster.workers(crew.client, crew.at)  # raises where the scheduler is gone
        return None
    except (ImportError, AttributeError, TypeError, pickle.PickleError):
        return Reply(faults=(_work.OTHER_PROGRAM,))
    except Exception as error:  # noqa: BLE001 - whatever a cluster says, one region's failure is not the others'
        what = Message(
            "the workers could not plan it: {kind}: {error}", kind=type(error).__name__, error=str(error)[:500]
        )
        return Reply(faults=(Fault(what, Message("See the logs of the workers.")),))


def _killed() -> Fault:
    problem = Message("{count} workers died while they planned it: mostly for want of memory.", count=_DEATHS)
    return Fault(problem, Message("Give the workers more memory."))


def _refused(size: Size, limit_mb: float) -> Fault:
    remedy = Message("Give the workers more memory.")
    return _memory.refused(size, limit_mb)._replace(remedy=remedy)


def _nobody(crew: _Crew, shift: _Shift) -> Fault:
    """Return why nobody plans: all workers run another program, died with regions in hand, or there is none."""
    if crew.refused:
        return _work.OTHER_PROGRAM._replace(file=", ".join(sorted(crew.refused)))
    start = Message("Start workers: `dask worker {address}`.", address=crew.at.address)
    if crew.at.scheduler is None:
        start = Message("Give more with --memory, or plan it on a computer with more.")
    if not shift.deaths:
        return Fault(Message("the Dask scheduler has no worker."), start, crew.at.address)
    problem = Message(
        "the Dask scheduler has no worker left; the last died while they planned {regions}: mostly for want of memory.",
        regions=", ".join(sorted(shift.deaths)),
    )
    remedy = Message(
        "Start workers with more memory (`dask worker {address}`) and run the same command again, or leave these "
        "regions out with --regions: regions that are done stay.",
        address=crew.at.address,
    )
    return Fault(problem, start if crew.at.scheduler is None else remedy, crew.at.address)
