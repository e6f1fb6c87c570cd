"""Capacitated location with sizes: the least sum of prices, serving and what is not served, with a proven bound."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility import capacitated_lacking
from schoolnet.planning.facility.capacitated_answer import PROVEN, cheapest_kept, filled, result, tidy, total, within
from schoolnet.planning.facility.capacitated_bound import priced
from schoolnet.planning.facility.capacitated_model import ready
from schoolnet.planning.facility.capacitated_program import Part, everything, program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.capacitated_answer import Answer
    from schoolnet.planning.facility.capacitated_bound import Priced
    from schoolnet.planning.facility.capacitated_model import Model
    from schoolnet.planning.facility.problems import Capacitated, Result

#: Up to so many pairs the whole program is solved at once; up to so many, where customers split, after the kernel.
SMALL, EASY = 6_000, 50_000
#: Shares of the seconds for the bound and for the kernel, and shares of the gap asked.
BOUND_SHARE, KERNEL_SHARE, FINER = 0.5, 0.6, 0.1
#: How many pairs beyond those within worth the first program in whole numbers has, and each after it.
WIDER = 4.0


class UnfinishedError(TimeoutError):
    """No answer was found in the time given, and none is proven not to be: only where every unit must be served."""


def capacitated(problem: Capacitated, *, seconds: float, gap: float, seed: int) -> Result:  # noqa: ARG001 - nothing is drawn
    """Return the least sum found, its bound, and whether it is proven.

    Small problems are one mixed-integer program with strong rows. Larger ones are priced first: a relaxed program on
    few pairs whose multipliers bound all of them. A program on those pairs and the sites the relaxed one opened in
    part follows (the kernel, after Guastaroba and Speranza, 2012); then programs on the pairs that cost less than
    their customer is worth and a little more, which bound the others by the cheapest of them, wider and wider until
    the gap is closed. Where customers may be left unserved there is always an answer, however short the time: kept
    sites at their cheapest sizes, filled by saving.

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
    if len(model.site) <= SMALL:
        run.prove(everything(model))
    if not run.done():
        run.search()
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
        if answer is None:
            return
        answer = replace(answer, objective=total(self.model, answer.size, answer.amount))
        if answer.objective < (np.inf if self.answer is None else self.answer.objective):
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
        """Solve a part that no answer of the model better than the one at hand is below."""
        solved = program(self.model, part, seconds=self.remaining(), gap=self.gap * (1 - FINER))
        self.infeasible = solved.infeasible and self.answer is None
        if solved.answer is not None:
            self.take(solved.answer)
            self._complete(solved.answer)
        ends = np.inf if self.answer is None else self.answer.objective
        self.bound = max(self.bound, min(ends if solved.infeasible else solved.bound, ends))

    def search(self) -> None:
        """Bound, then search among what the bound thinks well of, then prove on what is undecided."""
        model, ends = self.model, self.remaining()
        loose = self._loose()
        found = priced(loose, seconds=BOUND_SHARE * ends, gap=FINER * self.gap)
        self.bound = max(self.bound, found.bound.value)
        self._round(loose, found)
        slack = model.cost - found.bound.worth[model.customer]
        if not self.done():
            self._kernel(loose, found, seconds=min(KERNEL_SHARE * ends, self.remaining()))
        count = WIDER * max(int(np.count_nonzero(slack <= 0)), SMALL // 4, 1)
        if not model.whole:
            count = max(count, EASY)
        while not self.done():
            part = self._undecided(found, slack, count)
            self.prove(part)
            if part.unserved is model.unserved:  # no pair is left out that could matter
                break
            count *= WIDER

    def _round(self, loose: Model, found: Priced) -> None:
        """Take the answer of the sites that the relaxed program fills most, as far as p and the budget go."""
        if found.last is None:
            return
        largest = np.where(np.diff(loose.first) > 0, loose.first[1:] - 1, -1)
        split = tidy(loose, largest, found.last.amount)
        size = within(self.model, split)
        self.take(filled(loose, size))
        self._served(size, found.pairs)

    def _served(self, size: NDArray[np.int64], pairs: NDArray[np.bool_]) -> None:
        """Take the best answer of given sizes on some pairs."""
        taken = np.zeros(len(self.model.size_site), dtype=bool)
        taken[size[size >= 0]] = True
        part = Part(pairs & (size >= 0)[self.model.site], taken, self.model.unserved, fixed=True)
        if not self.done():
            self.take(program(self.model, part, seconds=self.remaining(), gap=FINER * self.gap).answer)

    def _complete(self, answer: Answer) -> None:
        """Serve those whom a part served elsewhere, at sites the answer has open."""
        rest = self.model.demand - np.bincount(self.model.customer, answer.amount, len(self.model.demand))
        if (rest <= PROVEN * self.model.demand).all():
            return
        self.take(filled(self.model, answer.size, answer.amount))
        self._served(answer.size, np.ones(len(self.model.site), dtype=bool))

    def _kernel(self, loose: Model, found: Priced, *, seconds: float) -> None:
        """Take the best answer on the pairs the relaxed program had and the sites it opened in part."""
        if found.last is None:
            return
        sites = (np.bincount(loose.size_site, found.last.share, len(loose.kept)) > PROVEN) | loose.kept
        part = Part(found.pairs & sites[loose.site], sites[loose.size_site], loose.unserved, strong=found.matters)
        self.take(program(loose, part, seconds=seconds, gap=self.gap / 2).answer)

    def _loose(self) -> Model:
        """Return the model in which a unit that must be served may be left, at more than any answer costs a unit."""
        model = self.model
        if np.isfinite(model.unserved).all():
            return model
        most = float(model.cost.max(initial=0.0)) * float(model.demand.sum()) + float(model.price.sum())
        least = model.demand[model.demand > 0].min(initial=1.0)
        dear = 10 * most / max(float(model.demand.sum()) * 0.01, float(least)) + 1.0
        return replace(model, unserved=np.where(np.isfinite(model.unserved), model.unserved, dear))

    def _undecided(self, found: Priced, slack: NDArray[np.float64], count: float) -> Part:
        """Return so many pairs of least slack, the others bounded by the cheapest of each customer.

        New sites, and pairs of whole customers, that raise the bound past the answer at hand are in no better one.
        """
        model = self.model
        hard = model.whole or int(np.diff(model.first).max(initial=0)) > 1  # else HiGHS finds the rows it needs
        part = replace(everything(model), strong=found.matters & hard)
        sites, pairs = np.ones(len(model.kept), dtype=bool), part.pairs
        if self.answer is not None:
            room = self.answer.objective - found.bound.value
            room += PROVEN * self.answer.objective  # equal answers stay, so that the part is never empty by rounding
            sites = ~(model.new & (found.bound.loss > room))
            pairs = sites[model.site] & (~np.array(model.whole) | (found.bound.forced(model) <= room))
        if np.count_nonzero(pairs) <= count:
            return replace(part, pairs=pairs, sizes=sites[model.size_site])
        inside = pairs & (slack <= np.partition(slack[pairs], int(count))[int(count)])
        elsewhere = np.full(len(model.demand), np.inf)
        outside = pairs & ~inside
        np.minimum.at(elsewhere, model.customer[outside], model.cost[outside])
        return replace(part, pairs=inside, sizes=sites[model.size_site], unserved=np.minimum(model.unserved, elsewhere))
