"""Works that only Dask's workers are tried with."""

from __future__ import annotations

import distributed


def named(data, stage, scratch):  # noqa: ARG001 - as every work
    """Return the name of the worker that does it."""
    with stage("named"):
        return {"worker": distributed.get_worker().name}
