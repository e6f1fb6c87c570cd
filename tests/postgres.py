"""A real PostgreSQL with PostGIS for the tests: a cluster of its own in a temporary folder, on a port of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest

PASSWORD = "s3cret/кұпия@#?"  # noqa: S105 - of a server that lives as long as the tests; letters a URL parts itself by
USER = "planner"
_PROGRAMS = Path("/usr/lib/postgresql")
_CONFIG = """
listen_addresses = '127.0.0.1'
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 20
shared_buffers = 32MB
"""


class Server(NamedTuple):
    port: int
    folder: Path

    def url(self, name="plans", *, user=USER, query=""):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{name}{query}"

    def run(self, sql, name="plans", user=USER):
        """Run one statement by the driver itself; return its rows."""
        import pg8000.native

        at = {"host": "127.0.0.1", "port": self.port, "database": name, "password": PASSWORD}
        letters = {"client_encoding": "UTF8"}  # of a statement, whatever the database is kept in
        with contextlib.closing(pg8000.native.Connection(user, **at, startup_params=letters)) as connection:
            return connection.run(sql)


@contextlib.contextmanager
def server():
    """Start a cluster and make the database `plans`; skip the test where it cannot be, and say why."""
    pytest.importorskip("pg8000", reason="the Python package pg8000 is not installed")
    found = sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql, postgresql-*-postgis-3)")
    programs = found[-1].parent
    if not Path(f"/usr/share/postgresql/{programs.parent.name}/extension/postgis.control").exists():
        pytest.skip(f"PostGIS is not installed (Debian: postgresql-{programs.parent.name}-postgis-3)")
    as_other = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if as_other:
            shutil.chown(folder, "postgres", "postgres")
        (folder / "pw").write_text(PASSWORD, encoding="utf-8")
        (folder / "pw").chmod(0o644)  # the folder is its owner's alone
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        yield from _started(programs, folder, port, as_other)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(programs, folder, port, as_other):
    def call(*words):
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, timeout=60, **as_other)
        if done.returncode:
            pytest.skip(f"{Path(words[0]).name} does not run here: {done.stderr.strip()[-300:]}")

    data = folder / "data"
    call(
        programs / "initdb", "-D", data, "-U", USER, "--auth=scram-sha-256", f"--pwfile={folder / 'pw'}",
        "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
    )  # fmt: skip
    (folder / "pw").unlink()
    config = data / "postgresql.conf"
    config.write_text(
        config.read_text(encoding="utf-8") + _CONFIG + f"port = {port}\nunix_socket_directories = '{folder}'\n",
        encoding="utf-8",
    )
    # its output to a file of its own: a pipe would stay open as long as the server runs
    call(programs / "pg_ctl", "-D", data, "-w", "-t", "30", "-l", folder / "log", "start")
    try:
        made = Server(port, folder)
        made.run("CREATE DATABASE plans", "postgres")
        made.run("CREATE EXTENSION postgis")
        yield made
    finally:
        call(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
