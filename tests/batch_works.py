"""Works a pool is tried with: each does what its data say, in a process of its own; a country drawn by hand."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time

from osmium.osm.mutable import Relation

import command
from dask_desk import environment
from pbf import Drawing, oblast
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message


def obey(data, stage, scratch):
    """Do what the data say: return them turned round, fail in some way, or take memory and wait to be ended."""
    what, _, value = data.decode().partition(" ")
    with stage(f"stage {what}"):
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif what == "leave":
            os._exit(7)
        elif what == "bug":
            raise KeyError(value)
        elif what == "fault":
            raise SourceError([Fault(Message("no {what}.", what=value), Message("Give it."), "a.csv", "2", "b")])
        elif what == "memory":
            raise MemoryError
        elif what == "eat":
            size, _, seconds = value.partition(" ")
            held = bytearray(int(size) * 2**20)
            time.sleep(float(seconds or 60))
            return bytes(held[:1])
        elif what == "full":  # as a library says it: the system's word is behind its own
            raise RuntimeError("cannot flush") from OSError(errno.ENOSPC, value)
        elif what == "sleep":
            time.sleep(float(value))
    return {"back": value[::-1].encode(), "scratch": str(scratch).encode()}


def country(folder, codes=("KZ-91", "KZ-92"), *, broken=()):
    """Draw the trial oblast once a code, each two degrees south of the one before, and a register; returns the files.

    Arka's school is in emergency condition and works in three shifts, 900 pupils on 300 seats; Bulak has none.
    `broken`: codes of regions whose outline lacks a piece, as where an extract is cut through them.
    """
    whole = Drawing()
    rows = ["id;name;level;seats;enrolment;shifts;condition;lon;lat"]
    for at, code in enumerate(codes):
        one, nodes, ways = oblast(), len(whole.nodes), len(whole.ways)
        for node in one.nodes:
            x, y = node.location
            whole.node((x, y - 2 * at), _own(node.tags, at))
        for way in one.ways:
            whole.way([ref + nodes for ref in way.nodes], _own(way.tags, at))
        for relation in one.relations:
            tags = _own(relation.tags, at)
            is_region = "ISO3166-2" in tags
            if is_region:
                tags |= {"ISO3166-2": code, "name": f"Пробная {at + 1}", "name:en": f"Trial {at + 1}"}
            members = [(kind, ref + ways, role) for kind, ref, role in relation.members]
            if is_region and code in broken:
                members.append(("w", 99_999, "outer"))
            whole.relations.append(Relation(id=len(whole.relations) + 1, members=members, tags=tags))
        rows.append(f"S{at};Школа {at};орта;300;900;3;авариялық;60.51;{50.5 - 2 * at}")
    folder.mkdir(exist_ok=True)
    schools = folder / "schools.csv"
    schools.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return whole.write(folder / "country.osm.pbf"), schools


LINE = ("--on", "2026-09-01", "--lang", "en")


def batch(drawn, out, *more):
    """Return the words of a batch of a country drawn."""
    source, schools = drawn
    return ["batch", str(source), "--schools", str(schools), "--out", str(out), *LINE, *more]


def ran(*words):
    """Run a command line here; return the exit code and what was printed."""
    done = command.run(*words)
    return done.returncode, done.stdout, done.stderr


def started(words, **given):
    """Begin a command line in a process of its own, which says all in one stream."""
    code = "from schoolnet.cli import main; main()"
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "env": environment()} | given
    return subprocess.Popen([sys.executable, "-c", code, *words], stdin=subprocess.DEVNULL, text=True, **given)


def wait_for(what, seconds=120):
    """Wait until there is something, and return it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def undisturbed(drawn, out):
    """Run a batch of one region after another; return what its files hash to."""
    code, _, err = ran(*batch(drawn, out, "--jobs", "1"))
    assert code == 0, err
    return hashes(out)


def replies(events):
    """Return what came of each task, by its name."""
    return {event.name: event.reply for event in events if event.reply is not None}


def _own(tags, at):
    return {key: f"{91 + at}{value[2:]}" if key == "kato" else value for key, value in dict(tags).items()}


def hashes(out):
    """Return what the files of a batch hash to, but for those of the run itself: its times, and its lock."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in ("batch.csv", "lock")
    }


def emptied(out):
    """Remove the folder of a batch."""
    shutil.rmtree(out, ignore_errors=True)
