"""Estimated children brought to what is known of their area: its births, and its pupils of the plan's school year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from schoolnet.messages import Message
from schoolnet.model import cohorts, vital
from schoolnet.people import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region

    Floats = NDArray[np.float64]

#: How children are known that were not counted.
ESTIMATED = ("structure", "share", "modelled")


def fitted(region: Region, state: Floats, basis: NDArray[Any], options: Options, notes: list[Message]) -> Floats:
    """Return the cohorts of settlements, estimated ones at the level of their area's births and pupils.

    Children not in school yet (a0-a5) of settlements without an age table add up, with the others', to those the
    area's births make; pupils to those of the area in the plan's school year, by grade where it is told, else
    together. A district's figures come before the region's, which are for the rest of it. Children counted in a
    settlement stay as they are: what is over is for the estimated ones.

    Parameters
    ----------
    region
        With births and series of its people.
    state
        Settlements by cohort; changed in a copy.
    basis
        How the children of each are known (`prospects.HEADCOUNT`).
    options
        The school year, and who enters school when.
    notes
        Takes what was brought to which total, and what could not be.
    """
    out = state.copy()
    known = np.isfinite(out).all(axis=1)
    estimated = np.isin(basis, ESTIMATED) & known
    for area, members, own in _pools(region, set(region.people.births["area_id"])):
        _to_births(region, out, (area, members & known, own & estimated & (basis != "structure")), options)
    series = region.people.series
    now = series[series["year"] == options.school_year]
    for area, members, own in _pools(region, set(now["area_id"])):
        rows = now[now["area_id"] == area]
        totals = dict(zip(rows["grade"].astype(int), rows["pupils"].astype(float), strict=True))
        _to_pupils(out, (area, members & known, own & estimated), totals, notes)
    return out


def of_this_year(region: Region, options: Options) -> bool:
    """Return whether the region's own pupils of the plan's school year are known."""
    series = region.people.series
    return bool(((series["year"] == options.school_year) & (series["area_id"] == REGION)).any())


def _pools(region: Region, areas: set[str]) -> Iterator[tuple[str, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield the settlements of each district among the areas, then those of the region if it is among them.

    The second mask is of those a total may move: the region's moves only what no district's total has moved.
    """
    district = region.settlements["district_id"].fillna("").to_numpy(object)
    moved = np.zeros(len(district), dtype=bool)
    for area in sorted(areas & set(region.districts.index)):
        yield area, district == area, district == area
        moved |= district == area
    if REGION in areas:
        yield REGION, np.ones(len(district), dtype=bool), ~moved


_Pool = tuple[str, "NDArray[np.bool_]", "NDArray[np.bool_]"]


def _to_births(region: Region, state: Floats, pool: _Pool, options: Options) -> None:
    area, members, free = pool
    births = vital.of_area(region.people.births, area, vital.national(region.people.births, options))
    late = options.school_year - int(vital.defaults()["fit"]["births_years"])
    if births is None or births.years[-1] < late:
        return
    ages = births.ages(options.school_year, cohorts.COHORTS + 1)
    born = cohorts.from_ages(ages, options.enter_at_six, 1.0)
    for age in range(cohorts.FIRST):
        _scale(state, members, free, [age], float(born[age]))


def _to_pupils(state: Floats, pool: _Pool, totals: dict[int, float], notes: list[Message]) -> None:
    area, members, free = pool
    total = totals.pop(0, None)
    short = False
    for grade, pupils in totals.items():
        short |= not _scale(state, members, free, [grade + 5], pupils)
    last = cohorts.COHORTS - 1
    others = [age for age in range(cohorts.FIRST, last) if age - 5 not in totals]
    if total is not None and others:
        told = sum(float(state[members, grade + 5].sum()) for grade in totals)
        short |= not _scale(state, members, free, others, total - told)
    what = Message("pupils of {area} in this school year", area=area)
    notes.append(
        Message("{what}: more are counted in settlements, or none can be put anywhere; they do not add up", what=what)
        if short
        else Message("{what}: the estimates are brought to them", what=what)
    )


def _scale(state: Floats, members: NDArray[np.bool_], free: NDArray[np.bool_], ages: list[int], total: float) -> bool:
    """Scale cohorts of free settlements so that those of all members add up to the total; False where they cannot."""
    fixed = float(state[members & ~free][:, ages].sum())
    held = float(state[free][:, ages].sum())
    if held <= 0 or total < fixed:
        return held <= 0 and total == fixed
    for age in ages:
        state[free, age] *= (total - fixed) / held
    return True
