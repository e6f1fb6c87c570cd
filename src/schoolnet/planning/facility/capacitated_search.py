"""Better answers of a capacitated model: a program on what the bound thinks well of, then pieces solved anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.capacitated_fill import cheapest_kept, filled, joined, piece
from schoolnet.planning.facility.capacitated_program import Part, everything, program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.capacitated_answer import Answer
    from schoolnet.planning.facility.capacitated_bound import Bound
    from schoolnet.planning.facility.capacitated_model import Model

#: Pieces: pairs in the first one, the most in any, seconds for one, and its gap.
PIECE_PAIRS, MOST_PAIRS, PIECE_SECONDS, PIECE_GAP = 1_000, 20_000, 1.0, 1e-3
#: The share of its seconds after which a piece was slow, and how many closed sites a piece tries.
SLOW, TRIED, HALF = 0.5, 12, 0.5
#: Each customer's pairs that a kernel has at least.
NEAREST = 4


def kernel(model: Model, answers: list[Answer]) -> Part:
    """Return the part of promising sites and pairs: those of some answers, split ones too.

    After the kernel search of Guastaroba and Speranza (2012), answers of slope scaling in place of the linear
    program's. A pair is in when an answer takes it, or when it is among its customer's cheapest to the sites left.
    """
    sites, pairs = model.kept.copy(), np.zeros(len(model.site), dtype=bool)
    for answer in answers:
        sites |= answer.size >= 0
        pairs |= answer.amount > 0
    inside = np.flatnonzero(sites[model.site])
    order = inside[np.lexsort((model.cost[inside], model.customer[inside]))]
    begin = np.searchsorted(model.customer[order], np.arange(len(model.demand)))
    rank = np.arange(len(order)) - begin[model.customer[order]]
    pairs[order[rank < NEAREST]] = True
    return Part(pairs & sites[model.site], sites[model.size_site], model.unserved)


def opened(model: Model, bound: Bound) -> Answer:
    """Return the answer that takes the new sites the bound's mean point has most of, as far as p and budget go."""
    size = cheapest_kept(model)
    share = np.bincount(model.size_site, bound.share, len(model.kept))
    rank = np.lexsort((bound.share, model.size_site))
    spent, count = float(model.price[size[model.kept]].sum()), 0
    for site in np.argsort(-share, kind="stable").tolist():
        if share[site] < HALF:
            break
        best = rank[model.first[site + 1] - 1]
        price = float(model.price[best])
        if model.new[site] and count < model.p and spent + price <= model.budget:
            size[site], spent, count = best, spent + price, count + 1
    return filled(model, size)


class Pieces:
    """Solves random pieces of an answer anew, each by its own program, and keeps what is better.

    A large neighbourhood search after Shaw (1998): customers around a site, the sites among theirs that are open, and
    a few that are closed. Pieces grow while they are solved in time and shrink when they are not.
    """

    def __init__(self, model: Model, bound: Bound, *, seed: int) -> None:
        self.model, self.rng, self.pairs = model, np.random.default_rng(seed), PIECE_PAIRS
        self.start = np.searchsorted(model.site, np.arange(len(model.kept) + 1))
        self.order = np.lexsort((model.cost, model.customer))
        self.begin = np.searchsorted(model.customer[self.order], np.arange(len(model.demand) + 1))
        share = np.bincount(model.size_site, bound.share, len(model.kept))
        self.likely = np.where(model.new, share + 0.01 + np.exp(-bound.loss / max(bound.typical, 1e-9)), 0.0)
        self.several = np.diff(model.first) > 1
        self.centres = np.flatnonzero((model.new | self.several) & (np.diff(self.start) > 0))

    def improved(self, answer: Answer, *, seconds: float) -> Answer:
        """Return the answer after one piece of it was solved anew: never a worse one."""
        customers, free = self._chosen(answer)
        part = piece(self.model, answer, customers, free)
        limit, begun = min(PIECE_SECONDS, seconds), time.monotonic()
        solved = program(part.model, everything(part.model), seconds=limit, gap=PIECE_GAP, strong=False)
        slow = time.monotonic() - begun > SLOW * limit
        self.pairs = int(np.clip(self.pairs * (0.8 if slow else 1.1), 300, MOST_PAIRS))
        if solved.answer is None:
            return answer
        found = joined(self.model, answer, part, solved.answer)
        return found if found.objective < answer.objective else answer

    def _chosen(self, answer: Answer) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the customers and the sites of a random piece."""
        model, opened = self.model, answer.size >= 0
        asked, free = np.zeros(len(model.demand), dtype=bool), np.zeros(len(opened), dtype=bool)
        queue, pairs = [int(self.rng.choice(self.centres))], 0
        seen = set(queue)
        while queue and pairs < self.pairs:
            site = queue.pop(0)
            free[site] = True
            rows = np.arange(self.start[site], self.start[site + 1])
            rows = rows[np.argsort(model.cost[rows], kind="stable")]
            fresh = model.customer[rows][~asked[model.customer[rows]]]
            for customer in fresh.tolist():
                asked[customer] = True
                sites = model.site[self.order[self.begin[customer] : self.begin[customer + 1]]]
                pairs += int(np.count_nonzero(opened[sites] | free[sites]))
                if pairs >= self.pairs:
                    break
            queue += [one for one in self._beside(asked, opened) if one not in seen]
            seen.update(queue)
        near = np.unique(model.site[asked[model.customer]])
        free[near[opened[near] & (self.several | model.new)[near]]] = True
        closed = near[model.new[near] & ~opened[near]]
        if len(closed):
            weight = self.likely[closed] / self.likely[closed].sum()
            free[self.rng.choice(closed, min(TRIED, len(closed)), replace=False, p=weight)] = True
        return asked, free

    def _beside(self, asked: NDArray[np.bool_], opened: NDArray[np.bool_]) -> list[int]:
        """Return the open sites, some closed ones too, that serve the customers taken, in a random order."""
        near = np.unique(self.model.site[asked[self.model.customer]])
        near = near[self.several[near] | self.model.new[near]]
        weight = np.where(opened[near], 1.0, 0.05) * self.rng.random(len(near))
        return near[np.argsort(-weight)][:TRIED].tolist()
