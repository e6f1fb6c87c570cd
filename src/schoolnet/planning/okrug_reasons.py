"""Why a small school is in no education okrug."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.problems import Pooling, Pools
    from schoolnet.planning.okrug_places import Places


def reasons(known: Places, problem: Pooling, pools: Pools) -> dict[str, str]:
    """Return why each small school that is in no okrug is in none.

    Who could join an open hub would have: the open hubs in reach are full. Where none is open, too few are left to
    open one. Where satellites do not come in turns, seats may be lacking in place of either.
    """
    size = np.bincount(pools.site[pools.site >= 0], minlength=problem.pairs.sites)
    short = _short(problem, size, pools.site < 0)
    near, fits = set(known.ways["settlement_id"]), set(known.ways.loc[known.ways["fits"], "settlement_id"])
    out = {}
    for at, (key, district) in enumerate(known.satellites["district_id"].items()):
        rows = slice(problem.pairs.start[at], problem.pairs.start[at + 1])
        if not known.districts_with_hubs.get(district, set()) - {key}:
            out[str(key)] = "no_hub"
        elif key in known.roadless:
            out[str(key)] = "no_road"
        elif key not in near:
            out[str(key)] = "too_far"
        elif key not in fits:
            out[str(key)] = "no_seats"
        else:
            sites = problem.pairs.site[rows]
            out[str(key)] = "no_seats" if short[sites].any() else "full" if size[sites].any() else "too_few"
    return out


def _short(problem: Pooling, size: NDArray[np.int64], left: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the sites seats alone keep from more customers: open and not full, or closed with enough left in reach."""
    pairs, own = problem.pairs, problem.same[problem.same >= 0]
    reached = np.bincount(pairs.site[left[pairs.customer]], minlength=pairs.sites)
    free = np.ones(pairs.sites, dtype=bool)
    free[own] = left[problem.same >= 0]  # a hub that is a satellite elsewhere is kept from its own okrug by that
    short = ((size > 0) & (size < problem.most)) | ((size == 0) & free & (reached >= problem.least))
    return short & np.isfinite(problem.room)
