"""The one way in: a location problem to a verified result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.problems import Centre, Cover, CoverAll, Median
from schoolnet.planning.facility.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.planning.facility.problems import Problem, Result


def solve(problem: Problem, *, seconds: float = 60.0, gap: float = 0.0, seed: int = 0) -> Result:
    """Return open sites, who goes where, and a bound no answer can pass; every result is verified.

    Of two results that are both `optimal`, the one with a greater p, or with more candidate sites, is never worse; of
    results with an open gap the bounds alone may be compared so. The same problem gives the same result, unless time
    runs out in between.

    Parameters
    ----------
    problem
        What to solve.
    seconds
        When to stop with the best answer found and its bound. Only the search for any answer at all is not cut short,
        where every customer must be served and p hardly allows it.
    gap
        What share between the answer and the bound is good enough to stop.
    seed
        Of whatever is drawn at random.

    Raises
    ------
    ValueError
        Naming every figure of the problem that cannot be.
    """
    from schoolnet.planning.facility.centre import centre, cover_all
    from schoolnet.planning.facility.median import cover, median
    from schoolnet.planning.facility.quotas import quotas

    faults = [*_faults(problem)]
    if not (seconds > 0 and gap >= 0):
        faults.append(f"seconds must be above 0 and gap not below: {seconds}, {gap}")
    if faults:
        raise ValueError("; ".join(faults))
    if isinstance(problem, Median):
        result = median(problem, seconds=seconds, gap=gap)
    elif isinstance(problem, Cover):
        result = (cover if problem.group is None else quotas)(problem, seconds=seconds, gap=gap)
    elif isinstance(problem, CoverAll):
        result = cover_all(problem, seconds=seconds, gap=gap)
    elif isinstance(problem, Centre):
        result = centre(problem, seconds=seconds, gap=gap)
    else:
        from schoolnet.planning.facility.capacitated import capacitated

        result = capacitated(problem, seconds=seconds, gap=gap, seed=seed)
    verify(problem, result)
    return result


def _faults(problem: Problem) -> Iterator[str]:
    pairs = problem.pairs
    for name, count in (
        ("weight", pairs.customers),
        ("price", pairs.sites),
        ("unserved", pairs.customers),
        ("demand", pairs.customers),
    ):
        values = getattr(problem, name, None)
        if values is None:
            continue
        if np.shape(values) != (count,):
            yield f"{name} must have {count} figures, not {np.shape(values)}"
        elif not (np.isfinite(values) & (np.asarray(values) >= 0)).all():
            yield f"{name} must be finite numbers, not negative"
    keep = np.asarray(problem.keep)
    if len(keep) and (keep.min() < 0 or keep.max() >= pairs.sites):
        yield f"keep must lie in 0 to {pairs.sites - 1}"
    if (p := getattr(problem, "p", None)) is not None and p < 0:
        yield f"p must not be negative: {p}"
    if isinstance(problem, Cover):
        yield from _group_faults(problem)


def _group_faults(problem: Cover) -> Iterator[str]:
    group, least = problem.group, np.asarray(problem.least)
    if group is None:
        if len(least):
            yield "least is given without group"
    elif np.shape(group) != (problem.pairs.sites,):
        yield f"group must have {problem.pairs.sites} figures, not {np.shape(group)}"
    elif len(group) and not (np.min(group) >= 0 and np.max(group) < len(least)):
        yield f"group must lie in 0 to {len(least) - 1}"
    if problem.rival is not None and group is None:
        yield "rival is given without group"
    elif problem.rival is not None and np.shape(problem.rival) != (problem.pairs.sites,):
        yield f"rival must have {problem.pairs.sites} figures, not {np.shape(problem.rival)}"
    if len(least) and least.min() < 0:
        yield "least must not be negative"
