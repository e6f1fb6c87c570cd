"""A Dask scheduler and workers on the loopback, as processes of their own, for tests and for the README's commands."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parent
_SCHEDULER, _WORKER = "distributed.cli.dask_scheduler", "distributed.cli.dask_worker"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def environment(*before, **more):
    """Return the environment of a process that finds what this one does, but first what stands in `before`."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, before), str(TESTS), *sys.path])} | more


def begun(module, words, env):
    return subprocess.Popen(
        [sys.executable, "-m", module, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env
    )


class Cluster:
    """A scheduler, and the workers begun so far."""

    def __init__(self, scheme="tcp", env=None, **more):
        port = free_port()
        self.address, self.more = f"{scheme}://127.0.0.1:{port}", more
        words = [
            "--host",
            f"{scheme}://127.0.0.1",
            "--port",
            str(port),
            "--no-dashboard",
            "--dashboard-address",
            "127.0.0.1:0",
        ]
        self.scheduler = begun(_SCHEDULER, words, env or environment(**more))
        self.workers = {}
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)

    def worker(self, name, *words, env=None):
        """Begin a worker of one thread; without a nanny, so that it stays away when it dies."""
        line = [self.address, "--name", name, "--nthreads", "1", "--no-dashboard", "--no-nanny", *words]
        self.workers[name] = begun(_WORKER, line, env or environment(**self.more))

    def end(self):
        for one in [self.scheduler, *self.workers.values()]:
            one.kill()
            one.wait()


@contextmanager
def cluster(*names, scheme="tcp", env=None, **more):
    made = Cluster(scheme, env, **more)
    try:
        for name in names:
            made.worker(name)
        yield made
    finally:
        made.end()
