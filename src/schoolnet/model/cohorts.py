"""Cohorts of children on arrays: from ages to cohorts, and on from year to year.

A state holds the cohorts a0 … a17 of a school year along its last axis: a0 … a5 are not in school yet, a6 is the
cohort in grade 1, a16 in grade 11, a17 in grade 12 (taught only where 12-year schooling has begun). From a15 on a
cohort holds those who stay after grade 9. A missing number stays missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

COHORTS = 18
#: Cohort in grade 1, and the transition after which leavers are out: from grade 9 (a14) to grade 10 (a15).
FIRST, LEAVING = 6, 14
_OF_YEAR_BEFORE = 1 / 3  # of the children of an age on 1 September, those born in September to December


def january_to_september(january: NDArray[np.float64], births: ArrayLike) -> NDArray[np.float64]:
    """Return children by single age on 1 September from those on 1 January of the same year.

    Who is seven on 1 September was either seven on 1 January, born in September to December (a third of the year), or
    six, born in January to August.

    Parameters
    ----------
    january
        Children aged 0, 1, 2 … on 1 January, along the last axis.
    births
        Births of the calendar year.
    """
    younger = np.concatenate([np.asarray(births, dtype=float)[..., None], january[..., :-1]], axis=-1)
    return _OF_YEAR_BEFORE * january + (1 - _OF_YEAR_BEFORE) * younger


def from_ages(ages: NDArray[np.float64], enter_at_six: float, stay: float) -> NDArray[np.float64]:
    """Return the cohorts of a school year from children by single age on 1 September.

    Parameters
    ----------
    ages
        Children aged 0 … 18 (or 0 … 17: then as many are taken to be eighteen as seventeen), along the last axis.
    enter_at_six
        Share of the six-year-olds who are in grade 1; the others enter at seven, a cohort later.
    stay
        Share of grade 9 that goes on to grade 10.
    """
    older = np.concatenate([ages[..., 1:], ages[..., -1:]], axis=-1)[..., :COHORTS]
    entering = ((enter_at_six, ages[..., :COHORTS]), (1 - enter_at_six, older))
    state = np.sum([share * some for share, some in entering if share], axis=0)  # an age nobody is of may be missing
    state[..., LEAVING + 1 :] *= stay
    return state


def rates(survival: NDArray[np.float64], stay: float) -> NDArray[np.float64]:
    """Return the share of each cohort that is in the next one a year on, nobody moving: a0 → a1 … a16 → a17."""
    out = survival[: COHORTS - 1].copy()
    out[LEAVING] *= stay
    return out


def grades(state: NDArray[np.float64], *, twelve: bool) -> NDArray[np.float64]:
    """Return pupils of grades 1 … 12 along the last axis; grade 12 is 0 where it is not taught."""
    out = state[..., FIRST:].copy()
    if not twelve:
        out[..., -1] = 0
    return out


def step(
    state: NDArray[np.float64],
    newborn: NDArray[np.float64],
    shares: NDArray[np.float64],
    migration: ArrayLike,
) -> NDArray[np.float64]:
    """Return the state a year on: every cohort one older, fewer by deaths and leavers, more or fewer by moves.

    Parameters
    ----------
    state
        Places by cohort.
    newborn
        The new a0 of each place.
    shares
        Share of each cohort that is in the next one a year on, nobody moving, alike for all places or by place; see
        `rates`.
    migration
        Net migration in a year as a share, alike for all places or by place.
    """
    stays = np.maximum(1 + np.asarray(migration, dtype=float), 0)[..., None]
    known = ~np.isnan(state).all(axis=-1)
    first = np.where(known, np.maximum(newborn, 0), np.nan)
    return np.concatenate([first[..., None], np.maximum(state[..., :-1] * shares * stays, 0)], axis=-1)


def project(
    state: NDArray[np.float64],
    newborn: NDArray[np.float64],
    shares: NDArray[np.float64],
    migration: ArrayLike,
) -> NDArray[np.float64]:
    """Return the states of as many years on as `newborn` (places, years) has columns, the first one among them."""
    states = [state]
    for year in range(newborn.shape[-1]):
        states.append(step(states[-1], newborn[..., year], shares, migration))
    return np.stack(states)
