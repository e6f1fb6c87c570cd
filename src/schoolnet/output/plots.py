"""Plots of a plan as drawings: pupils in years to come, money and pupils served, the way to school today and after.

One of them is an SVG that stands by itself (`scene.svg`); the brief, Jupyter and the map's panel show the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from schoolnet.model.balance import WHOLE
from schoolnet.output import charts, words
from schoolnet.output.charts import Axis, Bars, Series
from schoolnet.output.scene import Scene, svg
from schoolnet.people import GRADES
from schoolnet.planning import equity
from schoolnet.planning.programme import frontier
from schoolnet.planning.scenario import alone, part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

#: Grades of each line of the forecast, its colour, and whether the line is broken.
_BANDS = {
    "1-4": (GRADES[:4], "#0072b2", False),
    "5-9": (GRADES[4:9], "#d55e00", True),
    "10-11": (GRADES[9:], "#117733", False),
}
#: Upper ends of the classes of the way to school, kilometres; 3 km is the norm's.
EDGES_KM = (1, 3, 5, 10, 20, 50)
_TODAY, _AFTER = "#d9dde0", "#0072b2"
_BLN = 1000.0


@dataclass(frozen=True)
class Plots:
    """The plots of a plan by name; in Jupyter they show themselves.

    Attributes
    ----------
    scenes
        `forecast`, `cohorts`, `frontier` and `distance`, as drawings.
    """

    scenes: dict[str, Scene]

    def svg(self, name: str) -> str:
        """Return one plot as an SVG element that loads nothing: `forecast`, `cohorts`, `frontier` or `distance`."""
        return svg(self.scenes[name])

    def _repr_html_(self) -> str:
        return "\n".join(svg(scene) for scene in self.scenes.values())


def plots(plan: Plan, *, lang: str = "kk", district: str | None = None) -> Plots:
    """Return the plots of a plan, or of one of its districts.

    Parameters
    ----------
    plan
        The plan.
    lang
        Language of titles and numbers: kk, ru or en.
    district
        Identifier of a district; the whole region when None.
    """
    said = words.load(lang)
    return Plots({
        "forecast": forecast(plan, said, district),
        "cohorts": cohorts(plan, said, district),
        "frontier": money(plan, said, district),
        "distance": distance(walks(plan), said, district),
    })  # fmt: skip


def forecast(plan: Plan, said: Words, district: str | None = None) -> Scene:
    """Return pupils by band of grades and school year: the medium path, and the band from the low to the high one."""
    title, rows = said.text("plot.forecast"), _years(plan, district)
    if rows.empty:
        return charts.empty(title, said.text("plot.empty"))
    series = []
    for band, (grades, colour, dash) in _BANDS.items():
        sums = {path: rows.xs(path, level="scenario")[[f"g{one}" for one in grades]].sum(axis=1) for path in _PATHS}
        points = tuple((float(year), float(count)) for year, count in sums["medium"].items())
        low, high = (tuple(sums[path].astype(float)) for path in ("low", "high"))
        series.append(Series(said.text(f"band.{band}"), points, colour, low, high, dash))
    years = [year for year, _ in series[0].points]
    x, note = Axis(said.text("plot.year"), _year), said.text("plot.band")
    return charts.lines(title, series, x, _pupils(said), at=_thinned(years), note=note)


_PATHS = ("low", "medium", "high")


def cohorts(plan: Plan, said: Words, district: str | None = None) -> Scene:
    """Return pupils of each grade by school year on the medium path: a large year of births climbs the grades."""
    title, rows = said.text("plot.cohorts"), _years(plan, district)
    if rows.empty:
        return charts.empty(title, said.text("plot.empty"))
    medium = rows.xs("medium", level="scenario")
    grades = [grade for grade in reversed(GRADES) if medium[f"g{grade}"].sum()]
    names = [said.text(f"column.g{grade}") for grade in grades]
    values = [[float(count) for count in medium[f"g{grade}"]] for grade in grades]
    years = [_year(float(year)) for year in medium.index]
    return charts.grid(title, names, years, values, _pupils(said))


def money(plan: Plan, said: Words, district: str | None = None) -> Scene:
    """Return pupils served by the first sites of the list for the money they cost, and the bound no choice passes."""
    title, sites = said.text("plot.frontier"), plan.sites
    sites = sites if district is None else sites[sites["district_id"] == district]
    if sites.empty:
        return charts.empty(title, said.text("plot.empty"))
    rows = frontier(pd.DataFrame(sites).sort_values("rank"))
    cost = rows["cost_mkzt"].to_numpy(float) / _BLN
    if not cost[-1]:
        return charts.empty(title, said.text("plot.no_price"))
    found, bound = (_stairs(cost, rows[name].to_numpy(float)) for name in _FRONTIER)
    series = [
        Series(said.text("plot.bound"), bound, "#8c959b", dash=True),
        Series(said.text("plot.served"), found, "#0072b2"),
    ]
    return charts.lines(title, series, Axis(said.text("plot.money"), lambda one: _number(one, said)), _pupils(said))


_FRONTIER = ("pupils", "bound")


def _stairs(cost: NDArray[np.float64], served: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """Return places of a line that rises where the money of a site is whole: half a school serves nobody."""
    before = [0.0, *served[:-1]]
    steps = ((float(at), float(level)) for at, *levels in zip(cost, before, served, strict=True) for level in levels)
    return ((0.0, 0.0), *steps)


def distance(walked: pd.DataFrame, said: Words, district: str | None = None) -> Scene:
    """Return how many pupils have how far to school, today and when the sites of the programme are open.

    Those taught in their own settlement are counted under the chart: their way counts as 0 m.

    Parameters
    ----------
    walked
        From `walks`.
    said
        The words.
    district
        Identifier of a district; the whole region when None.
    """
    title = said.text("plot.distance")
    rows = walked if district is None else walked[walked["district_id"] == district]
    today, after = (classed(rows[name], rows["pupils"]) for name in ("road_m", "after"))
    if not today.sum():
        return charts.empty(title, said.text("plot.empty"))
    note = said.text("plot.here", today=_number(today["here"], said), after=_number(after["here"], said))
    shown = [name for name in today.index if name != "here" and (name != "none" or today[name] or after[name])]
    names = [said.text("plot.no_school") if name == "none" else name for name in shown]
    groups = [
        Bars(said.text("column.today"), tuple(float(today[name]) for name in shown), _TODAY),
        Bars(said.text("column.after"), tuple(float(after[name]) for name in shown), _AFTER),
    ]
    return charts.bars(title, names, groups, _pupils(said, "plot.pupils_km"), note)


def walks(plan: Plan) -> pd.DataFrame:
    """Return pupils by settlement and band with their way to school today and when the programme is carried out.

    | settlement_id | band | pupils | road_m | after | district_id |
    |---|---|---|---|---|---|
    | D | 1-4 | 7 | 10400 | 0 | east |
    """
    made, outcome = part(plan), alone(plan)
    opened = outcome.programme.index[outcome.programme["year"].notna()]
    homes = plan.region.settlements["district_id"]
    after = equity.then(made.people, made.reach, opened)
    return made.people.assign(after=after, district_id=made.people["settlement_id"].map(homes))


def classed(metres: pd.Series[float], pupils: pd.Series[int]) -> pd.Series[int]:
    """Return pupils by class of their way to school.

    `here`: in their own settlement; `none`: no school of the data teaches their grades; else kilometres, `1–3` for more
    than 1 and no more than 3.
    """
    ends = [*EDGES_KM, np.inf]
    names = ["here", *(f"{low}–{high}" for low, high in zip([0, *EDGES_KM], EDGES_KM, strict=False))]
    names += [f"> {EDGES_KM[-1]}", "none"]
    place = np.searchsorted(ends, metres.to_numpy(float) / 1000, side="left") + 1
    place[metres.to_numpy(float) == 0] = 0
    place[metres.isna().to_numpy()] = len(names) - 1
    counts = np.bincount(place, weights=pupils.to_numpy(float), minlength=len(names))
    return pd.Series(counts.astype(np.int64), index=names)


def _years(plan: Plan, district: str | None) -> pd.DataFrame:
    rows = plan.forecast.districts
    rows = rows[rows["district_id"] == (WHOLE if district is None else district)]
    return rows.set_index(["year", "scenario"]).sort_index()


def _thinned(years: list[float], most: int = 6) -> list[float]:
    step = -(-len(years) // most)
    return years[::step]


def _year(year: float) -> str:
    """Return a school year as it is named: 2027/28."""
    return f"{int(year)}/{int(year + 1) % 100:02d}"


def _pupils(said: Words, title: str = "column.pupils") -> Axis:
    return Axis(said.text(title), lambda one: _number(one, said))


def _number(value: float, said: Words) -> str:
    return said.number(value, digits=0 if value >= 1 or not value else 2)
