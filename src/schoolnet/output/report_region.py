"""What the national report holds of one region: small, where its plan holds all roads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import decisions
from schoolnet.output import costing, norms_text, titles, words
from schoolnet.sources import unclaimed
from schoolnet.sources.unclaimed import Claims

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from schoolnet.law.norms import Norms
    from schoolnet.planning.plan import Plan
    from schoolnet.region import Input

#: Counts of a region that add up over regions; None where the data do not tell.
COUNTS = (
    "schools", "state_day_schools", "emergency", "three_shift", "bad", "eased_schools", "eased_pupils",
    "shortage_official", "shortage_comfort", "owed_build", "owed_upgrade", "entitled_pupils",
)  # fmt: skip
#: The headline indicator of the national project, its value before the project, who watches it, and when.
INDICATOR, BEFORE = costing.INDICATOR, "indicator.share_before"
QUARTERLY, MONITORING = "calendar.quarterly_day", "indicator.monitoring"
_DISTRICT = ("state_day_schools", "emergency", "three_shift", "bad", "indicator_share")
_STANDING = ("state_day_schools", "emergency", "three_shift", "bad")


@dataclass(frozen=True)
class Reported:
    """What the report says of one region.

    Attributes
    ----------
    code, names
        Of the region; names by language.
    outline
        Its outline, WGS 84.
    counts
        `COUNTS` by name.
    districts
        `names` and the indicator of each district that has state day schools.
    territories
        Counts of the quarterly form, by `urban` and `rural`.
    targets
        The targets of the indicator by year, the value before them first; what they rest on, by language.
    caveats, inputs, day, osm
        Keys of what must be said beside the figures, files with their hashes, day of the norms, whether the map is
        OpenStreetMap's.
    claims
        What it took of the register.
    """

    code: str
    names: dict[str, str]
    outline: BaseGeometry
    counts: dict[str, Any]
    districts: pd.DataFrame
    territories: pd.DataFrame
    targets: Targets
    caveats: tuple[str, ...]
    inputs: tuple[Input, ...]
    day: dt.date
    osm: bool
    claims: Claims = field(default_factory=Claims)


@dataclass(frozen=True)
class Targets:
    """The targets of the headline indicator, and when the quarterly form is due.

    Attributes
    ----------
    years
        Pairs of year and share; the first is of the year before the first target, empty where no target is known.
    until
        Year the period of the targets ends.
    cited
        By language: the act and clause of `target`, of `monitoring` and of the `day` of the quarter.
    day
        Day of the month after a quarter by which its figures are given; None where no norm of the day says it.
    historical
        The period is over on the day of the norms.
    """

    years: list[tuple[int, float]]
    until: int | None
    cited: Mapping[str, Mapping[str, str]]
    day: int | None
    historical: bool


def reported(plan: Plan) -> Reported:
    """Return what the report needs of a plan."""
    region, summary = plan.region, plan.summary
    bad = _flags(plan)
    told = summary["indicator_share"] is not None
    counts = {name: summary[name] for name in COUNTS if name in summary} | {
        "bad": int(bad["bad"].sum()) if told else None,
        "entitled_pupils": summary[f"pupils_entitled_{plan.options.season}"],
    }
    return Reported(
        code=region.code,
        names=titles.of_region(region.names, region.code),
        outline=region.boundary,
        counts={name: counts[name] for name in COUNTS},
        districts=_districts(plan, bad) if told else _districts(plan, bad).iloc[:0],
        territories=_territories(plan, bad, told=told),
        targets=targets(plan.norms),
        caveats=costing.caveats(plan),
        inputs=region.inputs,
        day=plan.norms.day,
        osm="fictional" not in region.caveats,
        claims=unclaimed.claims(region),
    )


def targets(norms: Norms) -> Targets:
    """Return the targets of the indicator as the norms of a day know them: a series by year, or nothing."""
    own = norms.in_force.get(INDICATOR)
    rows = sorted({norm.since.year: norm for norm in norms.known if norm.key == INDICATOR}.items()) if own else []
    years = [(year, float(norm.value)) for year, norm in rows if isinstance(norm.value, (int, float))]
    before = norms.in_force.get(BEFORE)
    if years and before is not None and isinstance(before.value, (int, float)):
        years.insert(0, (years[0][0] - 1, float(before.value)))
    day = norms.in_force.get(QUARTERLY)
    keys = {"target": (INDICATOR,), "monitoring": (MONITORING,), "day": (QUARTERLY,)}
    return Targets(
        years=years,
        until=own.until.year if own is not None and own.until is not None else None,
        cited={lang: {name: norms_text.basis(norms, key, lang) for name, key in keys.items()} for lang in words.LANGS},
        day=int(day.value) if day is not None and isinstance(day.value, int) else None,
        historical=own is not None and own.historical(norms.day),
    )


def _flags(plan: Plan) -> pd.DataFrame:
    """Return what is found in each school, its district, and whether it stands in a rural settlement."""
    homes, schools = plan.region.settlements, plan.region.schools
    found = plan.school_findings
    bad = found["state_day"] & (found["emergency"] | found["three_shift"])
    return found.assign(
        state_day_schools=found["state_day"],
        emergency=found["emergency"] & found["state_day"],
        three_shift=found["three_shift"] & found["state_day"],
        bad=bad,
        district_id=schools["settlement_id"].map(homes["district_id"]),
        rural=schools["settlement_id"].map(homes["is_rural"]).fillna(value=False).astype(bool),
    )


def _districts(plan: Plan, schools: pd.DataFrame) -> pd.DataFrame:
    """Return the indicator of each district: names by language and counts, those without state day schools left out."""
    rows = plan.district_findings.join(schools.groupby("district_id")["bad"].sum())
    rows = rows[rows["state_day_schools"].gt(0) & rows.index.isin(plan.region.districts.index)]
    named = {row.Index: titles.of_district(row) for row in plan.region.districts.itertuples()}
    return rows[[*_DISTRICT]].assign(names=[named[key] for key in rows.index])


def _territories(plan: Plan, schools: pd.DataFrame, *, told: bool) -> pd.DataFrame:
    """Return the counts of the quarterly form, in towns and in villages; sites that end a need among them."""
    counted = schools[[*_STANDING, "shortage_official"]].astype("Int64").fillna(0)
    out = counted.groupby(schools["rural"]).sum().reindex([False, True], fill_value=0)
    if not told:
        out[["emergency", "three_shift", "bad"]] = pd.NA
    for need, column in zip(decisions.NEEDS, ("in_place", "for_third"), strict=False):
        ending = plan.relieved.loc[plan.relieved["need"] == need, "site_id"].dropna().unique()
        sites = plan.sites[plan.sites.index.isin(ending)]
        out[column] = sites.groupby("is_rural").size().reindex(out.index, fill_value=0)
    return out.set_axis(["urban", "rural"]).rename_axis("territory")
