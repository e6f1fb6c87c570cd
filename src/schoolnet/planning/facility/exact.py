"""What is left of a core after fixing, solved to proof as a mixed-integer program (HiGHS through scipy)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.core import Core
    from schoolnet.planning.facility.lagrange import Dual

#: What scipy says of a program nothing satisfies.
INFEASIBLE = 2
#: From where on a site counts as open in an answer that is whole but for rounding.
HALF = 0.5


@dataclass(frozen=True, eq=False)
class Rest:
    """What the program found: open sites of the core (none where it found nothing), and a proven bound."""

    opened: NDArray[np.bool_] | None
    bound: float


@dataclass(frozen=True, eq=False)
class _Levels:
    """Rows a better answer may use, and one variable for each customer and cost: not served as cheaply as this."""

    site: NDArray[np.int64]
    level: NDArray[np.int64]
    first: NDArray[np.bool_]
    step: NDArray[np.float64]
    base: float


def rest(core: Core, dual: Dual, *, cut: float, seconds: float, room: float) -> Rest:
    """Solve the radius model of a core for answers below `cut`: Cornuejols and others (1980); García and others (2011).

    `room` may stay open between the answer and the bound. A row that would bring the bound to `cut` is left out; a
    customer whose fallback would must be served. So an infeasible program says that nothing is below `cut`.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    levels = _levels(core, dual, cut)
    if levels is None:
        return Rest(None, cut)
    count, sites = len(levels.step), core.sites
    size = max(1e-300, abs(cut - levels.base))
    scale = 1e4 / size
    unknown = sites + count
    answer = milp(
        np.concatenate([np.zeros(sites), np.where(np.isfinite(levels.step), levels.step, 0.0) * scale]),
        integrality=(np.arange(unknown) < sites).astype(int),
        bounds=Bounds(0, np.where(np.concatenate([np.zeros(sites), levels.step]) < np.inf, 1.0, 0.0)),
        constraints=[LinearConstraint(_rows(levels, sites), lb=np.concatenate([levels.first * 1.0, [-core.p]]))],
        options={"time_limit": max(seconds, 0.01), "mip_rel_gap": max(room / size, 1e-7)},
    )
    if answer.status == INFEASIBLE:
        return Rest(None, cut)
    bound = -np.inf if answer.mip_dual_bound is None else levels.base + float(answer.mip_dual_bound) / scale
    return Rest(None if answer.x is None else answer.x[:sites] > HALF, min(cut, bound))


def _levels(core: Core, dual: Dual, cut: float) -> _Levels | None:
    room = cut - dual.bound
    price = dual.price[core.customer]
    mine = core.cost - price < room
    customer, site, cost = core.customer[mine], core.site[mine], core.cost[mine]
    start = np.searchsorted(customer, np.arange(core.customers + 1))
    spare = core.fallback - dual.price < room
    if (~spare & (np.diff(start) == 0)).any():
        return None  # a customer that nothing below the cut can serve
    base = core.base + float(core.fallback[np.diff(start) == 0].sum())
    new = np.ones(len(cost), dtype=bool)
    new[1:] = (customer[1:] != customer[:-1]) | (cost[1:] != cost[:-1])
    head = np.flatnonzero(new)
    who, what = customer[head], cost[head]
    first = np.ones(len(head), dtype=bool)
    first[1:] = who[1:] != who[:-1]
    after = np.append(what[1:], 0.0)
    last = np.append(first[1:], True)[: len(head)]
    after[last] = np.where(spare, core.fallback, np.inf)[who[last]]
    base += float(what[first].sum())
    return _Levels(site, np.cumsum(new) - 1, first, after - what, base)


def _rows(levels: _Levels, sites: int) -> object:
    """Return the matrix: a level's sites, and its own variable, less that of the level before; last, the count."""
    from scipy.sparse import csr_array

    count = len(levels.step)
    own = np.arange(count)
    later = own[~levels.first]
    row = np.concatenate([levels.level, own, later, np.full(sites, count)])
    column = np.concatenate([levels.site, sites + own, sites + later - 1, np.arange(sites)])
    value = np.repeat([1.0, 1.0, -1.0, -1.0], [len(levels.site), count, len(later), sites])
    return csr_array((value, (row, column)), shape=(count + 1, sites + count))
