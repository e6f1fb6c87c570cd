"""A core solved: bound and interchange, fixing, then branch and bound or a mixed-integer program for what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility import exact, interchange, lagrange
from schoolnet.planning.facility.branch import branch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.lagrange import Dual
    from schoolnet.planning.facility.search import Search

#: Steps of the bound in one round; the step is long in the first, where prices are only a guess.
STEPS, LONG, SHORT = 400, 1.0, 0.4
#: Of how many times the bound shows its chosen sites they are tried by interchange: late, when they are good.
TRY = 30
#: Rows up to which what is left after the first round is settled at once, without another.
SMALL = 20_000
#: Rows up to which what is left may be handed to the mixed-integer program, and nodes of branching before that.
ROWS, NODES, NO_LIMIT = 400_000, 100, 10**9
#: Sites to open up to which the program is given a third of the time: few sites among many are hard for it, unless
#: costs are all 0 (covering), where it is the first thing tried.
FEW = 100


def run(search: Search) -> None:
    """Improve the best answer and the bound until they meet, or time is up."""
    if search.settled():
        search.prove(np.inf)
        return
    search.prove(search.core.base + float(search.core.cost[search.core.start[:-1]].sum()))
    price, theta = lagrange.begin(search.core), LONG
    while not (search.closed or search.settled()):
        sites, gap = search.core.sites, search.upper - search.bound
        dual = _ascend(search, price, theta)
        search.prove(dual.bound)
        if search.over() or search.closed:
            return
        price, theta = search.fix(dual), SHORT
        slow = search.core.sites > 0.9 * sites and search.upper - search.bound > 0.8 * gap
        if slow or len(search.core.cost) <= SMALL:
            _finish(search, price)
            return
    if not search.closed:
        search.prove(np.inf)


def _ascend(search: Search, price: NDArray[np.float64], theta: float) -> Dual:
    core, rows, calls = search.core, interchange.BySite(search.core), 0

    def improve(opened: NDArray[np.bool_]) -> float:
        nonlocal calls
        calls += 1
        if calls % TRY == 0:
            opened = interchange.improve(core, opened, sorted_rows=rows, over=search.over)
        return search.offer(opened)

    def enough(bound: float) -> bool:
        return bound >= search.cut or search.over()

    dual = lagrange.ascend(core, price, search.upper, steps=STEPS, enough=enough, improve=improve, theta=theta)
    if dual.bound < search.cut:
        opened = lagrange.chosen(core, dual.saving)
        search.offer(interchange.improve(core, opened, sorted_rows=rows, over=search.over))
    return dual


def _finish(search: Search, price: NDArray[np.float64]) -> None:
    if search.settled():
        search.prove(np.inf)
        return
    covering = not search.core.cost.any()
    few, small = search.core.p <= FEW and not covering, len(search.core.cost) <= ROWS
    if not (covering and small):
        branch(search, price, nodes=NODES if small else NO_LIMIT)
    if small and not (search.closed or search.over()):
        _program(search, price, seconds=search.left() / 3 if few else search.left())
        if not (search.closed or search.over()):
            branch(search, price, nodes=NO_LIMIT)


def _program(search: Search, price: NDArray[np.float64], *, seconds: float) -> None:
    dual = lagrange.evaluate(search.core, price)
    room = (search.upper - search.near) / 2
    found = exact.rest(search.core, dual, cut=search.cut, seconds=seconds, room=room)
    if found.opened is not None:
        search.offer(found.opened)
    search.prove(found.bound)
