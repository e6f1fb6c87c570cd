"""Branch and bound on a core: a site open or closed, the Lagrangian bound of each half, the lowest bound first."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility import lagrange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.core import Core
    from schoolnet.planning.facility.search import Search

#: Steps of the bound in each node, and how long the first are.
STEPS, THETA = 40, 0.3
#: Rows that nodes yet to be looked at may hold in all: some 500 MB.
HELD = 20_000_000


@dataclass(frozen=True, eq=False)
class _Node:
    core: Core
    fixed: NDArray[np.int64]
    price: NDArray[np.float64]
    bound: float


def branch(search: Search, price: NDArray[np.float64], *, nodes: int) -> None:
    """Prove the best answer, or better it, in at most so many nodes; the search's core stays as it was.

    Each node bounds and fixes anew, then divides by the chosen site that saves most: without it the bound rises fast.
    Christofides and Beasley (1982); Hanjoul and Peeters (1985).
    """
    count = itertools.count()
    root = _Node(search.core, search.fixed, price, search.bound)
    heap, held = [(root.bound, next(count), root)], 0
    while heap and heap[0][0] < search.cut and next(count) < nodes * 3 and held < HELD and not search.over():
        node = heapq.heappop(heap)[2]
        held -= len(node.core.cost)
        for half in _halves(search, node):
            heapq.heappush(heap, (half.bound, next(count), half))
            held += len(half.core.cost)
    search.core, search.fixed = root.core, root.fixed
    search.prove(heap[0][0] if heap else np.inf)


def _halves(search: Search, node: _Node) -> list[_Node]:
    """Bound and fix a node until that shrinks it no more, and divide what is left; nothing, where it is settled."""
    search.core, search.fixed, price = node.core, node.fixed, node.price
    bound, before = node.bound, np.inf
    while not search.settled():
        core = search.core
        if core.sites > 0.8 * before:
            saving = lagrange.evaluate(core, price).saving
            one = np.arange(core.sites) == np.argmin(np.where(lagrange.chosen(core, saving), saving, 0.0))
            halves = [(one, ~one & one), (~one & one, one)]
            return [_half(search, (core, search.fixed), half, price, bound) for half in halves]
        before = core.sites
        dual = lagrange.ascend(
            core,
            price,
            search.upper,
            steps=STEPS,
            enough=lambda bound: bound >= search.cut or search.over(),
            improve=search.offer,
            theta=THETA,
        )
        bound = max(bound, dual.bound)
        if bound >= search.cut:
            break
        price = search.fix(dual)
    return []


def _half(
    search: Search,
    parent: tuple[Core, NDArray[np.int64]],
    half: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    price: NDArray[np.float64],
    bound: float,
) -> _Node:
    search.core, search.fixed = parent
    carried = search.narrow(*half, price)
    return _Node(search.core, search.fixed, carried, bound)
