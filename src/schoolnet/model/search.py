"""Shortest ways on a network: the nearest of several sources for every node, and what is met on the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.model.roads import Network

NOWHERE = -9999  # as scipy has it


class Search(NamedTuple):
    """Nearest source of every node: metres (inf: none), the next node on the way there, the source (-9999: none)."""

    metres: NDArray[np.float64]
    before: NDArray[np.int32]
    source: NDArray[np.int32]

    def reach(self, nodes: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return metres and source node of some nodes: infinite and -1 where there is no path, or the node is -1."""
        metres, source = np.full(len(nodes), np.inf), np.full(len(nodes), -1, np.int64)
        on = nodes >= 0
        metres[on] = self.metres[nodes[on]]
        source[on] = self.source[nodes[on]]
        return metres, np.where(np.isfinite(metres), source, -1)

    def path(self, node: int) -> NDArray[np.int64]:
        """Return the nodes from a node to its nearest source."""
        nodes = [node]
        while self.before[nodes[-1]] >= 0:
            nodes.append(int(self.before[nodes[-1]]))
        return np.array(nodes, dtype=np.int64)


def nearest(net: Network, sources: NDArray[np.int64]) -> Search:
    """Return the nearest of the source nodes for every node, going to it (Dijkstra from all sources at once)."""
    sources = np.unique(sources[sources >= 0])
    count = net.graph.shape[0]
    if not len(sources):
        nowhere = np.full(count, NOWHERE, np.int32)
        return Search(np.full(count, np.inf), nowhere, nowhere)
    return Search(*dijkstra(net.graph.T.tocsr(), indices=sources, min_only=True, return_predecessors=True))


def route(net: Network, start: int, end: int, *, limit_m: float = np.inf) -> tuple[float, list[int]]:
    """Return metres and edges of the shortest way between two nodes up to a limit; infinite and none without one."""
    metres, before = dijkstra(net.graph, indices=start, limit=limit_m, return_predecessors=True)
    nodes = [end]
    while before[nodes[-1]] >= 0:
        nodes.append(int(before[nodes[-1]]))
    at = np.array(nodes[::-1], dtype=np.int64)
    return float(metres[end]), [int(edge) for edge in net.edges_between(at[:-1], at[1:])]


class Tree:
    """The ways of one search as a tree that hangs from its sources: sums along it, and edges met on it."""

    def __init__(self, net: Network, before: NDArray[Any]) -> None:
        node = np.flatnonzero(before >= 0)
        self.parent = np.arange(len(before))
        self.parent[node] = before[node]
        self.edge = np.full(len(before), -1, np.int64)
        self.edge[node] = net.edges_between(node, before[node].astype(np.int64))

    def summed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of a value of the edges on each node's way (by doubling: a round halves the ways left)."""
        total = np.where(self.edge >= 0, values[self.edge], 0.0)
        parent = self.parent
        while (parent[parent] != parent).any():
            total = total + total[parent]
            parent = parent[parent]
        return total

    def met(self, nodes: NDArray[np.int64], wanted: NDArray[np.bool_]) -> pd.DataFrame:
        """Return the wanted edges on the way of each node, in order: rows of `line` (place in `nodes`) and `edge`.

        A node of -1 meets none.
        """
        here = (self.edge >= 0) & wanted[self.edge]
        jump = np.where(here, np.arange(len(here)), self.parent)
        while (jump[jump] != jump).any():
            jump = jump[jump]
        line = np.flatnonzero(nodes >= 0)
        at = jump[nodes[line]]
        lines, edges = [], []
        while (on := here[at]).any():
            at, line = at[on], line[on]
            lines.append(line)
            edges.append(self.edge[at])
            at = jump[self.parent[at]]
        none = np.zeros(0, np.int64)
        out = pd.DataFrame({"line": np.concatenate([none, *lines]), "edge": np.concatenate([none, *edges])})
        return out.sort_values("line", kind="stable", ignore_index=True)
