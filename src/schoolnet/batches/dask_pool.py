"""Do the same for each of several tasks on Dask's workers, which may be other machines: bytes go out, bytes come back.

Nothing is shared but the network: a task holds its region, and the files come back to the one who asked, who alone
writes. A task whose worker dies is done again by another.
"""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet.batches import work as _work
from schoolnet.batches.pool import Event
from schoolnet.batches.work import Reply, Task
from schoolnet.errors import Fault, OptionError, SourceError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from schoolnet.batches.work import Work

TOPIC = "schoolnet-stage"
_PATIENCE_S = 30.0  # for a scheduler or a worker to be there
_TICK_S = 0.2
_AHEAD = 2  # tasks a worker has in hand or waiting
_DEATHS = 3  # workers one task may take along before it is given up
_SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1GB",  # a task holds its region
    "distributed.scheduler.allowed-failures": _DEATHS,
}


class At(NamedTuple):
    """Where: the address of a scheduler, or so many workers on this computer with so much memory (MB) together."""

    scheduler: str | None
    workers: int | None
    memory_mb: float | None


def check() -> None:
    """Raise an `OptionError` where Dask is asked for and not installed: it need not wait for a large map."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        problem = Message("--scheduler and --workers need Dask, which is not installed.")
        remedy = Message('Install it in the project folder: `pip install ".[{extra}]"`.', extra="dask")
        raise OptionError(Fault(problem, remedy)) from None


def run(work: Work, tasks: Iterable[Task], at: At) -> Generator[Event, None, None]:
    """Do the work for each task on the workers, and yield what happens, as `pool.run` does.

    Raises
    ------
    SourceError
        The scheduler does not answer, is gone, or has no worker.
    """
    with _client(at) as client:
        heard: list[Event] = []
        own = uuid.uuid4().hex  # several may ask one scheduler at once: neither answers nor stages are shared
        topic = f"{TOPIC}-{own}"
        client.subscribe_topic(topic, lambda said: heard.append(Event(*said[1])))
        waiting, asked = iter(tasks), dict[Any, Task]()
        alone_since = time.monotonic()
        while True:
            workers = len(_workers(client, at))
            while len(asked) < max(1, workers) * _AHEAD and (task := next(waiting, None)) is not None:
                future = client.submit(_done, work, task, topic, key=f"schoolnet-{own}-{task.name}", pure=False)
                asked[future] = task
            if not asked:
                return
            yield from _taken(heard)
            over = [future for future in asked if future.done()]
            for future in over:
                yield Event(asked.pop(future).name, reply=_reply(future))
            alone_since = time.monotonic() if workers or over else alone_since
            if time.monotonic() - alone_since > _PATIENCE_S:
                raise SourceError(_nobody(at))
            time.sleep(0 if over else _TICK_S)


def _workers(client: Any, at: At) -> Any:
    """Return the workers there are, or raise where the scheduler is gone."""
    found = client.scheduler_info(n_workers=-1).get("workers") if client.status == "running" else None
    if found is None:
        problem = Message("the Dask scheduler is gone.")
        remedy = Message("Start it and run the same command again: regions that are done stay.")
        raise SourceError(Fault(problem, remedy, str(at.scheduler or "")))
    return found


def _done(work: Work, task: Task, topic: str) -> Reply:
    """Do one task; runs on a worker."""
    import distributed

    worker = distributed.get_worker()
    return _work.attempt(work, task.data, lambda stage: worker.log_event(topic, [task.name, stage]))


def _taken(heard: list[Event]) -> Iterator[Event]:
    while heard:
        yield heard.pop(0)


def _reply(future: Any) -> Reply:
    """Return what came of a task, also where no worker outlived it."""
    import distributed

    try:
        reply = future.result()
    except distributed.scheduler.KilledWorker:
        problem = Message("{count} workers died while they planned it: mostly for want of memory.", count=_DEATHS + 1)
        return Reply(faults=(Fault(problem, Message("Give the workers more memory.")),))
    except Exception as error:  # noqa: BLE001 - whatever a cluster says, one region's failure is not the others'
        what = Message(
            "the workers could not plan it: {kind}: {error}", kind=type(error).__name__, error=str(error)[:500]
        )
        return Reply(faults=(Fault(what, Message("See the logs of the workers.")),))
    return reply if isinstance(reply, Reply) else Reply(faults=(_work.OTHER_PROGRAM,))


def _nobody(at: At) -> Fault:
    problem = Message("the Dask scheduler has no worker.")
    return Fault(
        problem, Message("Start workers: `dask worker {address}`.", address=str(at.scheduler)), str(at.scheduler)
    )


@contextmanager
def _client(at: At) -> Iterator[Any]:
    import dask
    import distributed

    with dask.config.set(_SETTINGS):
        if at.scheduler is None:
            count = at.workers or 1
            limit = f"{int(at.memory_mb / count)}MiB" if at.memory_mb else "auto"
            with (
                distributed.LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=count, threads_per_worker=1, memory_limit=limit, dashboard_address=None
                ) as cluster,
                distributed.Client(cluster) as client,  # type: ignore[no-untyped-call]
            ):
                yield client
            return
        try:
            client = distributed.Client(at.scheduler, timeout=_PATIENCE_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            problem = Message("the Dask scheduler does not answer: {error}.", error=str(error)[:200])
            remedy = Message("Check its address (tcp://host:port) and that it runs: `dask scheduler`.")
            raise SourceError(Fault(problem, remedy, at.scheduler)) from None
        with client:
            yield client
