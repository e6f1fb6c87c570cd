"""Works that only Dask's workers are tried with."""

from __future__ import annotations

import time

import distributed

import batch_works


def named(data, stage, scratch):  # noqa: ARG001 - as every work
    """Return the name of the worker that does it."""
    with stage("named"):
        return {"worker": distributed.get_worker().name}


def late(data, stage, scratch):
    """Obey after three seconds: a nanny begins no worker anew that dies while it is begun."""
    time.sleep(3.0 if data == b"kill" else 0.0)
    return batch_works.obey(data, stage, scratch)
