"""Control totals: pupils of districts and of the region in years to come, which the forecast must add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from schoolnet.messages import Message
from schoolnet.model import cohorts, rounding
from schoolnet.people import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from schoolnet.options import Options

_GRADES = cohorts.COHORTS - cohorts.FIRST
_NOBODY = 0.01  # children that no factor can honestly make many of
States = dict[str, "NDArray[np.float64]"]


@dataclass(frozen=True)
class Controls:
    """Totals to be met, and where.

    Attributes
    ----------
    totals
        By year and area (a district, or `*`): pupils by grade, 0 being all grades together.
    district
        District of each settlement ("": none).
    free
        Settlements whose children were estimated (see `rounding.grades`).
    """

    totals: Mapping[int, Mapping[str, Mapping[int, float]]]
    district: NDArray[np.str_]
    free: NDArray[np.bool_]

    def pools(self, year: int) -> dict[str, NDArray[np.bool_]]:
        """Return the settlements that share each total of a year: a district's; the rest of the region for `*`."""
        given = self.totals.get(year, {})
        out = {area: self.district == area for area in given if area != REGION}
        if REGION in given:
            out[REGION] = ~np.isin(self.district, list(out))
        return out


def controls(
    series: pd.DataFrame, homes: pd.DataFrame, districts: pd.Index[str], options: Options, notes: list[Message]
) -> Controls:
    """Return the control totals among the rows of a series: those of years after the plan's, of districts and region.

    Parameters
    ----------
    series
        `people.SERIES`.
    homes
        `district_id` of each settlement of the forecast ("": none), and whether its children were estimated (`free`).
    districts
        Identifiers of the districts.
    options
        The school year of the plan, its horizon, and the year grade 12 begins.
    notes
        Takes what is not used, and why.
    """
    ahead = series[(series["year"] > options.school_year) & (series["year"] <= options.horizon_year)]
    placed = ahead["area_id"].isin([REGION, *districts])
    if not placed.all():
        notes.append(
            Message(
                "{count} totals of years to come are of settlements or of the country: only those of districts and of"
                " the region are met",
                count=int((~placed).sum()),
            )
        )
    begun = options.twelve_from if options.twelve_from is not None else np.inf
    untaught = placed & (ahead["grade"] == _GRADES) & (ahead["year"] < begun)
    if untaught.any():
        notes.append(
            Message("{count} totals of grade 12 are of years it is not taught in: not met", count=int(untaught.sum()))
        )
    totals: dict[int, dict[str, dict[int, float]]] = {}
    for row in ahead[placed & ~untaught].itertuples():
        totals.setdefault(int(row.year), {}).setdefault(str(row.area_id), {})[int(row.grade)] = float(row.pupils)
    return Controls(totals, homes["district_id"].to_numpy().astype(str), homes["free"].to_numpy(bool))


def met(
    states: States, year: int, found: Controls, *, twelve: bool, notes: list[Message]
) -> tuple[States, NDArray[np.float64], NDArray[np.int64]]:
    """Return the states of a year with every total met, the medium path's whole pupils by grade, and their groups.

    The medium path is scaled to the total, the others by the same factor. Grades given are met one by one, then the
    other grades together come to what the total leaves them. A district's total wins over the region's, which the rest
    of the region comes up for. Pupils of grades that nobody is in are put where children of other grades are.
    Settlements of one group are made whole together: a total's, or a district's where no total is given.

    Parameters
    ----------
    states
        Settlements by cohort, by path.
    year
        School year.
    found
        The totals.
    twelve
        Whether grade 12 is taught.
    notes
        Takes each total that cannot be met.
    """
    states = {path: state.copy() for path, state in states.items()}
    pupils = np.zeros((len(found.district), _GRADES))
    groups = np.unique(found.district, return_inverse=True)[1] + 1
    rest = np.ones(len(found.district), dtype=bool)
    for area, members in found.pools(year).items():
        wanted = dict(found.totals[year][area])
        if area == REGION:
            done = pupils[~members]
            wanted = {grade: total - _of(done, grade) for grade, total in wanted.items()}
            groups[members] = 0
        _meet(states, members, wanted, _Place(area, year, _GRADES if twelve else _GRADES - 1), notes)
        alone = [grade for grade in wanted if grade]
        values = cohorts.grades(states["medium"][members], twelve=twelve)
        pupils[members] = whole_grades(values, np.zeros(len(values), dtype=np.int64), found.free[members], alone)
        rest &= ~members
    pupils[rest] = whole_grades(
        cohorts.grades(states["medium"][rest], twelve=twelve), groups[rest], found.free[rest], []
    )
    return states, pupils, groups


def whole_grades(
    values: NDArray[np.float64], groups: NDArray[np.int64], free: NDArray[np.bool_], alone: list[int]
) -> NDArray[np.float64]:
    """Return whole pupils by settlement and grade that keep each group's rounded sum, by largest remainder.

    Settlements' totals are made whole inside their group, then the grades inside each settlement; but where grades
    have totals of their own (`alone`), those are made whole one by one, and the other grades together.
    """
    if not alone:
        totals = rounding.whole(values.sum(axis=1), groups)
        return rounding.grades(totals, values, groups, free)
    kind = np.array([grade if grade in alone else 0 for grade in range(1, _GRADES + 1)])
    codes = groups[:, None] * (_GRADES + 1) + kind
    return rounding.whole(values.ravel(), codes.ravel()).reshape(values.shape)


class _Place(NamedTuple):
    area: str
    year: int
    taught: int


def _of(pupils: NDArray[np.float64], grade: int) -> float:
    return float(pupils.sum() if grade == 0 else pupils[:, grade - 1].sum())


def _meet(
    states: States, members: NDArray[np.bool_], wanted: Mapping[int, float], place: _Place, notes: list[Message]
) -> None:
    """Scale the cohorts of one total's settlements to it, on every path."""
    alone = {grade: total for grade, total in wanted.items() if grade}
    others = [grade for grade in range(1, place.taught + 1) if grade not in alone]
    parts = [([grade], total) for grade, total in alone.items()]
    if 0 in wanted:
        parts.append((others, wanted[0] - sum(alone.values())))
    for grades, total in parts:
        if total < 0 or (not grades and total) or not _put(states, members, grades, total):
            notes.append(
                Message(
                    "the total of {area} for {year} is not met: it differs by {pupils} pupils from what its districts"
                    " and grades can come to",
                    area=place.area,
                    year=place.year,
                    pupils=int(total),
                )
            )


def _put(states: States, members: NDArray[np.bool_], grades: list[int], total: float) -> bool:
    """Make the grades of the settlements come to a total, if there are children to be scaled or to go by."""
    at = np.ix_(np.flatnonzero(members), np.array(grades) + cohorts.FIRST - 1)
    now = states["medium"][at].sum()
    if now > _NOBODY:
        for state in states.values():
            state[at] *= total / now
        return True
    weights = states["medium"][members].sum(axis=1)
    if total == 0 or not weights.sum() > 0:
        return total == 0
    put = np.outer(weights / weights.sum() * total, np.full(len(grades), 1 / len(grades)))
    states["medium"][at] = put
    states["low"][at], states["high"][at] = np.minimum(states["low"][at], put), np.maximum(states["high"][at], put)
    return True
