"""Maximal covering with a quota of sites for each group: greedy and swaps, then HiGHS to proof."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from schoolnet.planning.facility import answers
from schoolnet.planning.facility.answers import Served
from schoolnet.planning.facility.exact import HALF

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.problems import Cover, Result

#: Rounds of swaps, at most; each takes the first site that is better in its place.
SWAPS = 50


class _Left(NamedTuple):
    """What is left to decide: free sites (`number`: the problem's own), customers alike as one, and what is asked."""

    reach: Any  # customers down, free sites across
    weight: NDArray[np.float64]
    number: NDArray[np.int64]
    group: NDArray[np.int64]
    rival: NDArray[np.int64]  # every site has one: a site without rivals its own
    asked: NDArray[np.int64]
    p: int


def quotas(problem: Cover, *, seconds: float, gap: float) -> Result:
    """Solve a maximal covering problem with quotas.

    A quota of more sites than the group has cannot be met, nor quotas of more sites than rivals leave (a matching of
    what is asked with rivals tells), nor all of them with fewer sites than they ask for together: then the answer says
    how many each group lacks, and the least p. Source: Church and ReVelle (1974), with a row for each group and one for
    the sites of each rival.
    """
    begun = time.perf_counter()
    left = _left(problem)
    start = matched(left.group, left.rival, left.asked)
    if least := _lacking(left, start):
        return answers.infeasible(np.zeros(problem.pairs.customers), begun=begun, least=least)
    if len(np.unique(left.rival)) == len(left.rival):
        start[:] = False
    opened = _swapped(left, _greedy(left, start), until=begun + seconds)
    found, bound = _program(left, seconds=begun + seconds - time.perf_counter(), gap=gap)
    if found is not None and _covered(left, found) > _covered(left, opened):
        opened = found
    kept = float(problem.weight.sum() - left.weight.sum() - _nobody(problem))
    upper = min(kept + bound, kept + float(left.weight.sum()))
    return _result(problem, left.number[opened], upper, begun=begun)


def _left(problem: Cover) -> _Left:
    """Return the problem without kept sites and those they serve; customers who reach the same sites become one."""
    pairs, group = problem.pairs, problem.group
    assert group is not None  # noqa: S101 - the one who calls has looked
    kept = np.zeros(pairs.sites, dtype=bool)
    kept[problem.keep] = True
    number = np.flatnonzero(~kept)
    into = np.full(pairs.sites, -1)
    into[number] = np.arange(len(number))
    served = np.zeros(pairs.customers, dtype=bool)
    served[pairs.customer[kept[pairs.site]]] = True
    rows = ~served[pairs.customer]
    who, left = np.unique(pairs.customer[rows], return_inverse=True)
    reach = csr_array((np.ones(rows.sum()), (left, into[pairs.site[rows]])), shape=(len(who), len(number)))
    reach, weight = _alike(reach, problem.weight[who])
    there = np.bincount(group[kept], minlength=len(problem.least))
    rival = np.full(pairs.sites, -1) if problem.rival is None else problem.rival
    own = np.where(rival < 0, rival.max(initial=-1) + 1 + np.arange(pairs.sites), rival)
    asked = np.maximum(problem.least - there, 0)
    return _Left(reach, weight, number, group[number], np.unique(own[number], return_inverse=True)[1], asked, problem.p)


def matched(group: NDArray[np.int64], rival: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return sites that meet as much of what each group asks for as any can, one of each rival (from 0)."""
    from scipy.sparse.csgraph import maximum_bipartite_matching

    taken = np.zeros(len(group), dtype=bool)
    slots = np.repeat(np.arange(len(asked)), asked)
    if not len(slots) or not len(group):
        return taken
    fits = csr_array((np.ones(len(group)), (group, rival)), shape=(len(asked), int(rival.max()) + 1))
    found = maximum_bipartite_matching(fits[slots].tocsr(), perm_type="column")
    site = {(one, other): at for at, (one, other) in enumerate(zip(group.tolist(), rival.tolist(), strict=True))}
    for slot, other in zip(slots[found >= 0].tolist(), found[found >= 0].tolist(), strict=True):
        taken[site[slot, other]] = True
    return taken


def _alike(reach: Any, weight: NDArray[np.float64]) -> tuple[Any, NDArray[np.float64]]:
    """Return customers with the same sites as one, of their weights together."""
    reach.sort_indices()
    keys = [reach.indices[start:end].tobytes() for start, end in zip(reach.indptr[:-1], reach.indptr[1:], strict=True)]
    first: dict[bytes, int] = {}
    one = np.array([first.setdefault(key, len(first)) for key in keys], dtype=np.int64)
    _, rows = np.unique(one, return_index=True)
    return reach[rows], np.bincount(one, weight, minlength=len(rows)).astype(float)


def _nobody(problem: Cover) -> float:
    """Return the weight of customers of no site."""
    return float(problem.weight[np.diff(problem.pairs.start) == 0].sum())


def _lacking(left: _Left, start: NDArray[np.bool_]) -> dict[str, float]:
    """Return what no answer can meet: sites each group has too few of, and the least p; nothing where there is one."""
    there = np.bincount(left.group[start], minlength=len(left.asked))
    few = np.maximum(left.asked - there, 0)
    out = {f"group {at}": float(few[at]) for at in np.flatnonzero(few).tolist()}
    asked = float(left.asked.sum())
    return out | ({"p": asked} if out or asked > left.p else {})


def _covered(left: _Left, opened: NDArray[np.bool_]) -> float:
    return float(left.weight[left.reach @ opened.astype(float) > 0].sum())


def _free(left: _Left, opened: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the sites that are closed, as are all their rivals."""
    return ~np.isin(left.rival, left.rival[opened])


def _greedy(left: _Left, start: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return sites opened by most new weight: those the quotas ask for first, then the others while p allows.

    `start` are open from the first on: where sites have rivals, an answer that meets all quotas.
    """
    by_site = left.reach.T.tocsr()
    opened = start.copy()
    asked = left.asked - np.bincount(left.group[start], minlength=len(left.asked))
    new = np.where(left.reach @ start.astype(float) > 0, 0.0, left.weight)
    for _ in range(left.p - int(start.sum())):
        gain = by_site @ new
        free = _free(left, opened)
        if not free.any():
            break
        if asked.any():
            free &= asked[left.group] > 0
        elif not gain[free].any():
            break
        site = int(np.argmax(np.where(free, gain, -1.0)))
        opened[site] = True
        asked[left.group[site]] = max(0, asked[left.group[site]] - 1)
        new[by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]]] = 0.0
    return opened


def _swapped(left: _Left, opened: NDArray[np.bool_], *, until: float) -> NDArray[np.bool_]:
    """Return the answer with sites exchanged for better ones of their group, until none is."""
    by_site = left.reach.T.tocsr()
    opened = opened.copy()
    for _ in range(SWAPS):
        better = False
        for site in np.flatnonzero(opened).tolist():
            if time.perf_counter() >= until:
                return opened
            opened[site] = False
            times = left.reach @ opened.astype(float)
            gain = by_site @ np.where(times > 0, 0.0, left.weight)
            free = _free(left, opened) & (left.group == left.group[site])
            best = int(np.argmax(np.where(free, gain, -1.0)))
            take = best if gain[best] > gain[site] else site
            better |= take != site
            opened[take] = True
        if not better:
            return opened
    return opened


def _program(left: _Left, *, seconds: float, gap: float) -> tuple[NDArray[np.bool_] | None, float]:
    """Return the program's answer, and what no answer covers more than: a variable a site, one a customer."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    customers, sites = left.reach.shape
    if not customers:
        return None, 0.0
    scale = float(left.weight.max()) or 1.0
    own = csr_array((-np.ones(customers), (np.arange(customers), np.arange(customers))), shape=(customers, customers))
    groups = len(left.asked)
    per_group = csr_array((np.ones(sites), (left.group, np.arange(sites))), shape=(groups, sites + customers))
    rivals = int(left.rival.max(initial=-1)) + 1
    per_rival = csr_array((np.ones(sites), (left.rival, np.arange(sites))), shape=(rivals, sites + customers))
    rows: list[Any] = [
        LinearConstraint(_beside(left.reach, own), lb=0.0),
        LinearConstraint(per_group, lb=left.asked.astype(float)),
        LinearConstraint(per_rival, ub=1.0),
        LinearConstraint(np.concatenate([np.ones(sites), np.zeros(customers)])[None, :], ub=float(left.p)),
    ]
    answer = milp(
        np.concatenate([np.zeros(sites), -left.weight / scale]),
        integrality=(np.arange(sites + customers) < sites).astype(int),
        bounds=Bounds(0, 1),
        constraints=rows,
        options={"time_limit": max(seconds, 0.01), "mip_rel_gap": max(gap / 2, 1e-9)},
    )
    bound = np.inf if answer.mip_dual_bound is None else -float(answer.mip_dual_bound) * scale
    return (None if answer.x is None else answer.x[:sites] > HALF), bound


def _beside(left: Any, right: Any) -> Any:
    from scipy.sparse import hstack

    return hstack([left, right], format="csr")


def _result(problem: Cover, opened: NDArray[np.int64], upper: float, *, begun: float) -> Result:
    """Return the result of all sites opened and kept: none is closed, for the quotas ask for it."""
    pairs, weight = problem.pairs, problem.weight
    every = np.union1d(opened, problem.keep).astype(np.int64)
    found = Served(every, answers.first_rows(pairs, every))
    objective = float(weight[found.row >= 0].sum())
    if (weight == np.rint(weight)).all():
        upper = float(np.floor(upper + 1e-7 * max(1.0, abs(upper))))
    return answers.result(pairs, weight, found, sums=(objective, max(objective, upper)), begun=begun)
