"""The way to Dask's workers: those of a scheduler elsewhere, or some begun on this computer; quietly."""

from __future__ import annotations

import gc
import logging
import warnings
from contextlib import ExitStack, contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

from schoolnet import foreign
from schoolnet.batches import memory as _memory
from schoolnet.errors import Fault, OptionError, SourceError, not_installed
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.batches.asked import Where

PATIENCE_S = 30.0  # for a scheduler or a worker to be there
_SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1GB",  # a task holds its region
    "distributed.scheduler.http.routes": [],  # nothing of a batch is served to a browser
    "distributed.worker.http.routes": [],
}
#: Whose English lines for makers are not a planner's.
_LOUD = ("distributed", "tornado", "asyncio")
#: One for each who is at work with Dask in this process, and what ends the silence that all share.
_INSIDE: list[None] = []
_ENDS, _LOCK = ExitStack(), RLock()
STAYS = Message("Start it and run the same command again: regions that are done stay.")


def check() -> None:
    """Raise an `OptionError` where Dask is asked for and not installed: it need not wait for a large map."""
    try:
        import cryptography  # noqa: F401 - for the keys of workers begun here
        import distributed  # noqa: F401
    except ImportError:
        problem = Message("--scheduler and --workers need Dask, which is not installed.")
        raise OptionError(not_installed(problem, "dask")) from None


@contextmanager
def connected(at: Where) -> Iterator[Any]:
    """Yield a client of the scheduler; workers begun here are ended with it.

    Raises
    ------
    SourceError
        The scheduler does not answer, or its certificates cannot be used.
    """
    import dask

    with quiet(), dask.config.set(_SETTINGS), _here(at) if at.scheduler is None else _there(at.scheduler) as client:
        yield client


@contextmanager
def _here(at: Where) -> Iterator[Any]:
    """Begin workers on this computer; keys made for this run keep other accounts of it out."""
    import distributed

    count = at.workers or 1
    limit = f"{int(_memory.available_mb(at.memory_mb) / count)}MiB" if at.memory_mb else "auto"
    with ExitStack() as ends:
        try:
            cluster = ends.enter_context(
                distributed.LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=count, threads_per_worker=1, memory_limit=limit, dashboard_address=None, security=True,
                    silence_logs=logging.CRITICAL, scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                )
            )  # fmt: skip
            client = ends.enter_context(distributed.Client(cluster, set_as_default=False))  # type: ignore[no-untyped-call]
        except (OSError, RuntimeError) as error:
            problem = Message("the Dask scheduler does not answer: {error}.", error=_said(error))
            raise SourceError(Fault(problem, Message("Give more with --memory, or take fewer --workers."))) from None
        yield client


@contextmanager
def _there(address: str) -> Iterator[Any]:
    import distributed

    try:
        client = distributed.Client(address, timeout=PATIENCE_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        if address.startswith("tls://") and not _certified():
            problem = Message("there are no certificates for tls://, or they cannot be read.")
            remedy = Message("Name them in Dask's configuration (distributed.comm.tls), as on the scheduler.")
            raise SourceError(Fault(problem, remedy, address)) from None
        problem = Message("the Dask scheduler does not answer: {error}.", error=_said(error))
        remedy = Message("Check its address (tcp://host:port) and that it runs: `dask scheduler`.")
        raise SourceError(Fault(problem, remedy, address)) from None
    with client:
        yield client


def _said(error: Exception) -> str:
    """Return what Dask says of a scheduler that does not answer."""
    said = foreign.library(error)
    return Message("no answer in time") if said.startswith("Timed out") else f"({said})"


def _certified() -> bool:
    """Return whether Dask's configuration names certificates that can be read."""
    import distributed

    try:
        security: Any = distributed.Security
        return security().get_connection_args("client")["ssl_context"] is not None
    except (OSError, ValueError):
        return False


def workers(client: Any, at: Where) -> dict[str, Any]:
    """Return what the scheduler says of each worker there is, by address; raise where the scheduler is gone."""
    found = client.scheduler_info(n_workers=-1).get("workers") if client.status == "running" else None
    if found is None:
        raise SourceError(Fault(Message("the Dask scheduler is gone."), STAYS, at.address))
    return dict(found)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what Dask and its event loop log or warn of among themselves from the planner's screen.

    Batches may run side by side in threads: the first begins the silence, the last ends it. What each would put back
    by itself is the silence of another.
    """
    with _LOCK:
        if not _INSIDE:
            _ENDS.enter_context(_silence())
        _INSIDE.append(None)
    try:
        yield
    finally:
        with _LOCK:
            _INSIDE.pop()
            if not _INSIDE:
                _ENDS.close()


@contextmanager
def _silence() -> Iterator[None]:
    from distributed.versions import VersionMismatchWarning

    names = [*_LOUD, *(name for name in logging.root.manager.loggerDict if name.split(".")[0] in _LOUD)]
    loggers = {name: logging.getLogger(name) for name in names}
    before = {name: (one.handlers, one.propagate) for name, one in loggers.items()}
    for one in loggers.values():
        one.handlers, one.propagate = [logging.NullHandler()], False
    try:
        with warnings.catch_warnings():  # versions that matter are compared by us
            warnings.simplefilter("ignore", VersionMismatchWarning)
            yield
    finally:
        gc.collect()  # what is left of the event loop speaks when it goes
        for name, one in loggers.items():
            one.handlers, one.propagate = before[name]
