"""Capacitated location with sizes: the least sum of prices, serving and what is not served, with a proven bound."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility import capacitated_lacking, flow
from schoolnet.planning.facility.capacitated_answer import PROVEN, result, tidy, total
from schoolnet.planning.facility.capacitated_bound import raised
from schoolnet.planning.facility.capacitated_fill import cheapest_kept, filled
from schoolnet.planning.facility.capacitated_model import ready
from schoolnet.planning.facility.capacitated_program import everything, program
from schoolnet.planning.facility.capacitated_search import Pieces, kernel, opened

if TYPE_CHECKING:
    from schoolnet.planning.facility.capacitated_answer import Answer
    from schoolnet.planning.facility.capacitated_bound import Bound
    from schoolnet.planning.facility.capacitated_model import Model
    from schoolnet.planning.facility.capacitated_program import Part
    from schoolnet.planning.facility.problems import Capacitated, Result

#: Up to so many pairs the whole program is solved at once (more where each site has one size: it is tighter);
#: up to so many more it is tried after all else.
SMALL, SMALL_SINGLE, EXACT = 6_000, 50_000, 400_000
#: Shares of the seconds for the bound, and for the kernel.
BOUND_SHARE, SLOPES_SHARE, KERNEL_SHARE, PIECES_SHARE = 0.2, 0.2, 0.2, 0.25
#: How many answers of slope scaling are looked at.
TRIED = 3


class UnfinishedError(TimeoutError):
    """No answer was found in the time given, and none is proven not to be: only where every unit must be served."""


def capacitated(problem: Capacitated, *, seconds: float, gap: float, seed: int) -> Result:
    """Return the least sum found, its bound, and whether it is proven.

    Small problems are one mixed-integer program with strong rows. Larger ones have a Lagrangian bound first, then a
    program on the sites it thinks well of (the kernel), pieces of the answer solved anew, and the whole program on
    the sites that reduced costs leave undecided. Where customers may be left unserved there is always an answer,
    however short the time: kept sites at their cheapest sizes, filled by saving.

    Raises
    ------
    ValueError
        Naming every fault of the arrays.
    UnfinishedError
        When every unit must be served and the time was too short to find an answer, or to prove that there is none.
    """
    begun = time.monotonic()
    model = ready(problem)
    run = _Run(model, begun, seconds, max(gap, PROVEN / 2))
    if run.impossible():
        return capacitated_lacking.infeasible(model, begun=begun, clock=time.monotonic, seconds=seconds)
    single = int(np.diff(model.first).max(initial=0)) <= 1
    if len(model.site) <= (SMALL_SINGLE if single else SMALL):
        run.prove(everything(model))
    if not run.done():
        run.search(seed)
    if run.infeasible or (run.answer is None and run.hopeless()):
        return capacitated_lacking.infeasible(model, begun=begun, clock=time.monotonic, seconds=seconds)
    if run.answer is None:
        raise UnfinishedError(
            f"no answer that serves every unit was found in {seconds:g} s, and none is proven not to be: give more"
            " seconds, or say what a unit costs that is not served (`unserved`)"
        )
    return result(problem, model, run.answer, run.bound, time.monotonic() - begun)


class _Run:
    """The best answer and the best bound so far, and the time that is left."""

    def __init__(self, model: Model, begun: float, seconds: float, gap: float) -> None:
        self.model, self.begun, self.seconds, self.gap = model, begun, seconds, gap
        self.bound, self.infeasible = 0.0, False
        self.answer: Answer | None = None
        self.take(filled(model, cheapest_kept(model)))

    def take(self, answer: Answer | None) -> None:
        """Keep an answer that is better than the one at hand."""
        if answer is not None and answer.objective < (np.inf if self.answer is None else self.answer.objective):
            self.answer = answer

    def remaining(self) -> float:
        """Return the seconds that are left."""
        return self.seconds - (time.monotonic() - self.begun)

    def done(self) -> bool:
        """Return whether the gap is small enough, or the time is over."""
        near = self.answer is not None and self.answer.objective - self.bound <= self.gap * self.answer.objective
        return near or self.infeasible or self.remaining() <= 0

    def impossible(self) -> bool:
        """Return whether the budget does not pay for the kept sites, or a customer that must be served has no pair."""
        model = self.model
        least = float(model.price[cheapest_kept(model)[model.kept]].sum())
        return least > model.budget * (1 + PROVEN) or not capacitated_lacking.served_somewhere(model)

    def hopeless(self) -> bool:
        """Return whether it is proven that some unit must be left that may not be."""
        return capacitated_lacking.most_served(self.model, seconds=max(self.remaining(), 0.1))[1]

    def prove(self, part: Part) -> None:
        """Solve a part that holds every answer better than the one at hand."""
        solved = program(self.model, part, seconds=self.remaining(), gap=self.gap)
        self.infeasible = solved.infeasible and self.answer is None
        self.take(solved.answer)
        ends = np.inf if self.answer is None else self.answer.objective
        self.bound = max(self.bound, min(ends if solved.infeasible else solved.bound, ends))

    def search(self, seed: int) -> None:
        """Bound, then search, then prove on what is undecided."""
        model, ends = self.model, self.remaining()
        loose = self._loose()
        start = self.answer or filled(loose, cheapest_kept(model))
        target = filled(loose, start.size).objective
        begin = flow.first(loose, seconds=BOUND_SHARE * ends)
        bound = raised(model, begin, target=target, seconds=BOUND_SHARE * ends)
        self.bound = max(self.bound, bound.value)
        self.take(self._hard(opened(loose, bound)))
        found = [] if self.done() else flow.scaled(loose, bound.toll, seconds=SLOPES_SHARE * ends)
        if begin is not None:
            sized = np.where(np.diff(model.first) > 0, model.first[1:] - 1, -1)
            self.take(self._hard(filled(loose, flow.within(model, tidy(loose, sized, begin.amount)))))
        for one in found[:TRIED]:
            self._fit(loose, one)
        if self.done():
            return
        part = kernel(model, [*found[:TRIED], self.answer or start])
        if np.isinf(part.unserved).any():
            part = replace(part, unserved=loose.unserved)
        solved = program(model, part, seconds=KERNEL_SHARE * ends, gap=self.gap, strong=False)
        self.take(self._hard(solved.answer))
        self._pieces(bound, seed, until=self.remaining() - PIECES_SHARE * ends if len(model.site) <= EXACT else 0.0)
        if not self.done() and len(model.site) <= EXACT:
            self.prove(self._undecided(bound))

    def _fit(self, loose: Model, split: Answer) -> None:
        """Take an answer of slope scaling, cut to p and the budget; whole customers are filled in anew."""
        size = flow.within(self.model, split)
        self.take(self._hard(filled(loose, size)))
        if not self.model.whole and not self.done():
            self.take(self._hard(flow.served(loose, size, seconds=self.remaining())))

    def _pieces(self, bound: Bound, seed: int, *, until: float) -> None:
        pieces = Pieces(self.model, bound, seed=seed)
        if self.answer is None or not len(pieces.centres):
            return
        while not self.done() and self.remaining() > until:
            self.take(pieces.improved(self.answer, seconds=self.remaining()))

    def _loose(self) -> Model:
        """Return the model in which a unit that must be served may be left, at more than any answer costs a unit."""
        model = self.model
        if np.isfinite(model.unserved).all():
            return model
        most = float(model.cost.max(initial=0.0)) * float(model.demand.sum()) + float(model.price.sum())
        least = model.demand[model.demand > 0].min(initial=1.0)
        dear = 10 * most / max(float(model.demand.sum()) * 0.01, float(least)) + 1.0
        return replace(model, unserved=np.where(np.isfinite(model.unserved), model.unserved, dear))

    def _hard(self, answer: Answer | None) -> Answer | None:
        """Return an answer of the loose model as one of the model: none where it leaves what must be served."""
        if answer is None:
            return None
        return replace(answer, objective=total(self.model, answer.size, answer.amount))

    def _undecided(self, bound: Bound) -> Part:
        """Return all but the new sites that no better answer opens: those that raise the bound past the answer."""
        part = everything(self.model)
        if self.answer is None:
            return part
        room = self.answer.objective - bound.value
        room += PROVEN * self.answer.objective  # equal answers stay, so that the part is never empty by rounding
        sites = ~(self.model.new & (bound.loss > room))
        pairs = sites[self.model.site]
        if self.model.whole:
            pairs &= bound.forced(self.model) <= room
        return replace(part, pairs=pairs, sizes=sites[self.model.size_site])
