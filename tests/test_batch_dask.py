"""Batches on Dask, with real schedulers and workers: the same bytes; workers that die, are too small or are others."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import batch_works
import schoolnet
from batch_works import batch, replies, started, wait_for
from dask_desk import cluster, environment, free_port
from schoolnet.batches import asked, folders, pool, work
from schoolnet.batches.memory import Size
from schoolnet.batches.telling import Note
from schoolnet.batches.work import Task
from schoolnet.errors import SchoolnetError, SourceError

distributed = pytest.importorskip("distributed", reason="Dask is not installed")
pytest.importorskip("cryptography", reason="cryptography is not installed")

import dask_works  # noqa: E402 - needs Dask
from schoolnet.batches import dask_cluster, dask_pool  # noqa: E402

CODES = ("KZ-91", "KZ-92")
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return batch_works.country(tmp_path_factory.mktemp("drawn"), CODES)


@pytest.fixture(scope="module")
def undisturbed(drawn, tmp_path_factory):
    return batch_works.undisturbed(drawn, tmp_path_factory.mktemp("undisturbed"))


def told(running):
    """Return what is on the planner's screen when it is over; no library speaks of itself there."""
    said, _ = running.communicate(timeout=300)
    for word in ("distributed", "asyncio", "tornado", "Traceback", "Warning", "ERROR", "Exception"):
        assert word not in said, said
    return said


def on(one, todo, **more):
    return dask_pool.run(batch_works.obey, todo, asked.Where(scheduler=one.address), **more)


# --- a batch


@pytest.fixture(scope="module")
def two():
    with cluster("w1", "w2") as made:
        yield made


def in_hand(client):
    """Return the region each worker has in hand, by the worker's name."""
    names = {address: one["name"] for address, one in client.scheduler_info(n_workers=-1)["workers"].items()}
    keys = {names.get(address): key for address, held in client.processing().items() for key in held}
    return {name: code for name, key in keys.items() for code in CODES if f"-{code}-" in key}


@pytest.mark.slow
def test_the_bytes_are_the_same_when_a_worker_is_killed_with_a_region_in_hand(drawn, undisturbed, tmp_path):
    """Two regions, two workers: each has one in hand, one worker is killed, the other one plans both regions."""
    with cluster("w1", "w2") as made, distributed.Client(made.address, set_as_default=False) as client:
        running = started(batch(drawn, tmp_path / "out", "--scheduler", made.address))
        wait_for(lambda: len(in_hand(client)) == 2)
        victim, code = min(in_hand(client).items())
        made.workers[victim].send_signal(signal.SIGKILL)
        other = next(name for name in made.workers if name != victim)
        wait_for(lambda: in_hand(client).get(other) == code)
        said = told(running)
    assert running.returncode == 0, said
    assert "planned – 2, done before – 0, failed – 0" in said
    assert "Regions at once: 2. They are taken to need" in said
    assert batch_works.hashes(tmp_path / "out") == undisturbed


@pytest.mark.slow
def test_workers_of_this_computer_make_the_same_bytes_and_no_line_of_dask_is_seen(drawn, undisturbed, tmp_path):
    running = started(batch(drawn, tmp_path / "out", "--workers", "2", "--memory", "2G"))
    said = told(running)
    assert running.returncode == 0, said
    limit = int(re.search(r"there are ([0-9],[0-9]{3}) MB", said)[1].replace(",", ""))
    assert 1024 < limit < 2048  # less what the one who asks holds
    assert batch_works.hashes(tmp_path / "out") == undisturbed


@pytest.mark.slow
def test_no_worker_has_memory_for_a_region_and_it_fails_alone(drawn, tmp_path):
    """The worker has 100 MB, and the libraries alone are taken to need 320."""
    with cluster() as made:
        made.worker("small", "--memory-limit", "100MiB")
        running = started(batch(drawn, tmp_path / "out", "--scheduler", made.address))
        said = told(running)
    assert running.returncode == 3, said
    assert said.count("failed: it is taken to need") == 2
    assert said.count("and there are 100 MB.") == 2


# --- memory


@pytest.mark.slow
def test_a_region_goes_where_there_is_memory_for_it():
    """Roads take 16.5 MB a thousand above 320 MB: none fit 400 MB, 20,000 (650 MB) fit 1,024, 100,000 (1,970) none."""
    sizes = {"a": Size(0, 0, 100_000), "b": Size(0, 0, 20_000), "c": Size(0, 0, 20_000), "d": Size(0, 0, 0)}
    heard = []
    with cluster() as made:
        made.worker("small", "--memory-limit", "400MiB")
        made.worker("large", "--memory-limit", "1GiB")
        with distributed.Client(made.address, set_as_default=False) as client:
            client.wait_for_workers(2)
        at = asked.Where(scheduler=made.address)
        todo = [Task(name, b"") for name in sizes]
        events = dask_pool.run(dask_works.named, todo, at, sizes=sizes, tell=heard.append)
        found = replies(events)
    fault = found["a"].faults[0]
    assert fault.problem.values == {"needed": 1970, "available": 1024}
    assert [found[name].value["worker"] for name in "bc"] == ["large", "large"]
    assert found["d"].value["worker"] in {"small", "large"}
    assert heard == [Note("memory", {"jobs": 2, "needed": 1970.0 + 650.0, "limit": 400.0 + 1024.0})]


# --- workers that die


@pytest.mark.slow
def test_a_region_that_kills_its_workers_fails_alone(tmp_path):
    """Nannies begin a worker anew; four die with the region, the others are done, and no line of Dask is seen."""
    code = """
from schoolnet.batches import asked, dask_pool
from schoolnet.batches.work import Task
import dask_works
if __name__ == "__main__":
    todo = [Task("bad", b"kill"), *(Task(str(one), b"back 12") for one in range(6))]
    for event in dask_pool.run(dask_works.late, todo, asked.Where(workers=2, memory_mb=4000.0)):
        if event.reply is not None:
            print(event.name, event.reply.value or event.reply.faults[0].problem)
"""
    script = tmp_path / "s.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, env=environment(), timeout=120
    )
    assert done.stderr == ""
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert "4 workers died" in lines.pop("bad")
    assert set(lines) == set("012345")
    assert all("b'21'" in line for line in lines.values())


@pytest.mark.slow
def test_the_last_worker_dies_and_what_was_in_hand_is_said(monkeypatch):
    with cluster("w1") as made:
        events = on(made, [Task("KZ-91", b"back 12"), Task("KZ-92", b"kill"), Task("KZ-93", b"back 1")])
        heard = [next(events)]  # the worker may take its time to come
        monkeypatch.setattr(dask_cluster, "PATIENCE_S", 1.0)
        with pytest.raises(SourceError, match="has no worker left; the last died while they planned KZ-92") as found:
            heard.extend(events)
    assert list(replies(heard)) == ["KZ-91"]
    assert "regions that are done stay" in str(found.value.faults[0].remedy)
    assert made.address in str(found.value.faults[0].remedy)


@pytest.mark.slow
def test_a_scheduler_without_a_worker_is_said(monkeypatch):
    monkeypatch.setattr(dask_cluster, "PATIENCE_S", 3.0)
    with cluster() as made, pytest.raises(SourceError, match="the Dask scheduler has no worker"):
        list(on(made, [Task("a", b"back 1")]))


# --- others' programs


class Bomb:
    """What shows that it was unpickled: a folder that is there then."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_region_of_another_program_is_not_unpickled(tmp_path):
    """A bomb goes off where the program is ours (so it would), and does not where it is another."""
    with pytest.raises(SchoolnetError, match="a worker runs another schoolnet"):
        work.planned(pickle.dumps(("other", pickle.dumps(Bomb(tmp_path / "a")))), contextlib.nullcontext, None)
    bomb = pickle.dumps(Bomb(tmp_path / "a"))
    assert dask_pool._done("other", bomb, "a", bomb, "topic") is None
    assert not (tmp_path / "a").exists()
    with pytest.raises(AttributeError):
        work.planned(pickle.dumps((asked.program(), bomb)), contextlib.nullcontext, None)
    assert (tmp_path / "a").exists()


def unpickled(data, stage, scratch):  # noqa: ARG001 - as every work
    return pickle.loads(data)  # noqa: S301 - the test's own


class Future:
    def __init__(self, what):
        self.what = what

    def result(self, timeout=None):
        del timeout
        if isinstance(self.what, BaseException):
            raise self.what
        return self.what


@pytest.mark.parametrize(
    "what",
    [ImportError("x"), ModuleNotFoundError("x"), AttributeError("x"), pickle.UnpicklingError("x"), TypeError("x"),
     None, b"cschoolnet.batches.work\nNo\n.", b"cschoolnet.no\nNo\n."],
)  # fmt: skip
def test_what_cannot_be_unpickled_is_of_another_program(what):
    assert dask_pool._reply(Future(what), None).faults == (work.OTHER_PROGRAM,)


def test_a_reply_that_never_comes_is_asked_for_again_and_other_errors_fail_the_region():
    assert dask_pool._reply(Future(TimeoutError()), None) is None
    killed = distributed.scheduler.KilledWorker("a", None, 0)
    assert dask_pool._reply(Future(killed), None) is None
    assert "could not plan it" in str(dask_pool._reply(Future(ValueError("x")), None).faults[0].problem)


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Return paths of four others: with other data, without a function, without the modules, without the package."""
    root = tmp_path_factory.mktemp("others")
    for name in ("data", "function"):
        shutil.copytree(ROOT / "src" / "schoolnet", root / name / "src" / "schoolnet")
        shutil.copytree(ROOT / "data", root / name / "data")
    with datum(root / "data").open("ab") as stream:
        stream.write(b"\n")
    path = root / "function" / "src" / "schoolnet" / "batches" / "asked.py"
    path.write_text(path.read_text(encoding="utf-8").replace("def program(", "def programme("), encoding="utf-8")
    for name, text in (("inside", ""), ("package", "raise ModuleNotFoundError('schoolnet')\n")):
        (root / name / "src" / "schoolnet").mkdir(parents=True)
        (root / name / "src" / "schoolnet" / "__init__.py").write_text(text, encoding="utf-8")
    return {path.name: path / "src" for path in sorted(root.iterdir())}


def datum(copy):
    """Return a file of data of a copy of the program."""
    return min(path for path in (copy / "data").rglob("*") if path.is_file())


@pytest.mark.slow
def test_workers_of_another_program_are_left_out_and_alone_they_are_refused(others, tmp_path, monkeypatch):
    monkeypatch.setattr(dask_cluster, "PATIENCE_S", 8.0)
    heard = []
    with cluster() as made:
        for name, path in others.items():
            made.worker(name, env=environment(path))
        with distributed.Client(made.address, set_as_default=False) as client:
            client.wait_for_workers(4)
        at = asked.Where(scheduler=made.address)
        bomb = Task("a", pickle.dumps(Bomb(tmp_path / "a")))
        with pytest.raises(SourceError, match="a worker runs another schoolnet") as found:
            list(dask_pool.run(unpickled, [bomb], at, tell=heard.append))
        assert heard[-1] == Note("refused", {"count": 4})
        assert found.value.faults[0].file.count("tcp://") == 4
        assert not (tmp_path / "a").exists()
        made.worker("ours")
        todo = [Task(str(one), b"") for one in range(8)]
        done = replies(dask_pool.run(dask_works.named, todo, at))
    assert [done[str(one)].value for one in range(8)] == [{"worker": "ours"}] * 8


@pytest.mark.slow
def test_the_scheduler_itself_needs_no_schoolnet(others):
    with cluster(env=environment(others["package"])) as made:
        made.worker("ours")
        found = replies(on(made, [Task("a", b"back 12")]))
    assert found["a"].value["back"] == b"21"


@pytest.mark.slow
def test_a_worker_whose_program_changes_after_it_was_asked_gets_no_region(others, tmp_path, monkeypatch):
    """The program that is told is ours, then the file of data changes: the region comes back and another plans it."""
    monkeypatch.setattr(dask_cluster, "PATIENCE_S", 10.0)
    shutil.copytree(others["data"].parent, tmp_path / "copy", dirs_exist_ok=True)
    changed = datum(tmp_path / "copy")
    other = changed.read_bytes()
    changed.write_bytes(other.removesuffix(b"\n"))
    with cluster() as made:
        made.worker("changes", env=environment(tmp_path / "copy" / "src"))
        events = on(made, [Task("a", b"sleep 1"), Task("b", b"back 12"), Task("c", b"back 34")])
        assert next(events).stage == "stage sleep"
        changed.write_bytes(other)
        made.worker("ours")
        found = replies(events)
    assert [found[name].value["back"] for name in "bc"] == [b"21", b"43"]


# --- the scheduler


@pytest.mark.slow
def test_dask_says_what_fails_as_the_own_pool_does(two):
    todo = [Task("a", b"back 12"), Task("bug", b"bug q"), Task("fault", b"fault seats")]
    theirs, mine = replies(on(two, todo)), replies(pool.run(batch_works.obey, todo, jobs=2))
    assert theirs["a"].value == mine["a"].value == {"back": b"21", "scratch": b"None"}
    assert [theirs[name].faults for name in ("bug", "fault")] == [mine[name].faults for name in ("bug", "fault")]
    assert "batch_works.py" in theirs["bug"].bug


@pytest.mark.slow
def test_two_who_ask_one_scheduler_get_each_their_own(two):
    """Same names, other data: `back 12` gives 21, `back 34` gives 43."""
    with ThreadPoolExecutor(2) as both:
        heard = [*both.map(lambda data: list(on(two, [Task("a", data)])), (b"back 12", b"back 34"))]
    assert [replies(events)["a"].value["back"] for events in heard] == [b"21", b"43"]


@pytest.mark.slow
def test_a_scheduler_that_is_lost_is_said_and_what_is_done_stays(capfd):
    with cluster("w1") as made:
        events = on(made, [Task(str(one), b"back 1") for one in range(200)])
        assert next(event for event in events if event.reply is not None)
        made.scheduler.send_signal(signal.SIGKILL)
        with pytest.raises(SourceError, match="the Dask scheduler is gone"):
            list(events)
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setattr(dask_cluster, "PATIENCE_S", 1.0)
    at = asked.Where(scheduler=f"tcp://127.0.0.1:{free_port()}")
    with pytest.raises(SourceError, match="the Dask scheduler does not answer"):
        next(dask_pool.run(batch_works.obey, [Task("a", b"back 1")], at))


@pytest.mark.slow
def test_the_scheduler_is_asked_before_the_map_is_read(monkeypatch, tmp_path, drawn):
    monkeypatch.setattr(dask_cluster, "PATIENCE_S", 1.0)
    heard = []
    with pytest.raises(SourceError) as error:
        schoolnet.batch(
            drawn[0],
            tmp_path / "o",
            scheduler=f"tcp://127.0.0.1:{free_port()}",
            tell=lambda told: heard.append(told[1]),
        )
    assert error.value.faults[0].problem == "the Dask scheduler does not answer: no answer in time."
    assert [told["stage"] for told in heard] == ["scheduler"]


# --- quiet, and keys


@pytest.mark.slow
def test_what_dask_logs_is_silent_while_it_runs_and_as_before_after():
    heard = io.StringIO()
    above, ours = logging.getLogger("distributed"), logging.StreamHandler(heard)
    above.addHandler(ours)
    try:
        with dask_cluster.quiet():
            logging.getLogger("distributed.scheduler").error("known")
            logging.getLogger("distributed.later").error("of a module loaded later")
        assert not heard.getvalue()
        logging.getLogger("distributed.scheduler").error("after")
        assert heard.getvalue() == "after\n"
    finally:
        above.removeHandler(ours)


@pytest.mark.slow
def test_two_who_are_silent_at_once_leave_the_logs_as_they_were():
    """The first to come is the first to go: the second must not put back the silence of the first."""
    above, first, second = logging.getLogger("distributed"), dask_cluster.quiet(), dask_cluster.quiet()
    before = (above.handlers, above.propagate)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert (above.handlers, above.propagate) != before
    second.__exit__(None, None, None)
    assert (above.handlers, above.propagate) == before


@pytest.mark.slow
def test_workers_begun_here_take_nobody_without_the_keys_of_the_run():
    with dask_cluster.connected(asked.Where(workers=1)) as client:
        address = client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        plain = address.replace("tls://", "tcp://")
        stranger = distributed.Security.temporary()
        for at, security in ((plain, None), (address, stranger)):
            with pytest.raises(OSError, match=r"Timed out|reset|SSL|closed|TLS certificate does not match"):
                distributed.Client(at, security=security, timeout=2, set_as_default=False)


@pytest.mark.slow
def test_a_scheduler_with_certificates(tmp_path, monkeypatch):
    """Certificates of Dask's own configuration open it; without them the batch says what is missing."""
    keys = distributed.Security.temporary()
    more = {"DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(tmp_path / "ca.pem")}
    (tmp_path / "ca.pem").write_text(keys.tls_ca_file, encoding="ascii")
    for role in ("client", "scheduler", "worker"):
        for kind in ("cert", "key"):
            path = tmp_path / f"{role}-{kind}.pem"
            path.write_text(getattr(keys, f"tls_{role}_{kind}"), encoding="ascii")
            more[f"DASK_DISTRIBUTED__COMM__TLS__{role.upper()}__{kind.upper()}"] = str(path)
    with cluster("w1", scheme="tls", **more) as made:
        monkeypatch.setattr(dask_cluster, "PATIENCE_S", 3.0)
        with pytest.raises(SourceError, match="there are no certificates for tls://"):
            list(on(made, [Task("a", b"back 12")]))
        names = {name.lower().removeprefix("dask_").replace("__", "."): value for name, value in more.items()}
        import dask

        with dask.config.set({name.replace("ca_file", "ca-file"): value for name, value in names.items()}):
            monkeypatch.setattr(dask_cluster, "PATIENCE_S", 30.0)
            found = replies(on(made, [Task("a", b"back 12")]))
    assert found["a"].value["back"] == b"21"


@pytest.mark.slow
def test_stopped_by_ctrl_c_nobody_is_left_behind(drawn, tmp_path):
    """The record of the first region is there, the other one is in hand: the workers begun here end with the batch."""
    running = started(batch(drawn, tmp_path / "out", "--workers", "1"), env=environment(SCHOOLNET_MARK=str(tmp_path)))
    wait_for(lambda: any((tmp_path / "out" / code / folders.RECORD).exists() for code in CODES))
    assert len(marked(tmp_path)) > 1
    running.send_signal(signal.SIGINT)
    said = told(running)
    assert running.returncode == 130, said
    wait_for(lambda: not marked(tmp_path), 5)


def marked(path):
    """Return the processes begun with a mark."""
    found = []
    for one in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"SCHOOLNET_MARK={path}".encode() in one.read_bytes().split(b"\0"):
                found.append(int(one.parent.name))
    return found
