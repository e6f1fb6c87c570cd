"""From plans to an outcome: what a programme needs of each region, then one order, one programme, one equity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import geopandas as gpd
import pandas as pd

from schoolnet import decisions, outcome, schema
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message
from schoolnet.outcome import Outcome
from schoolnet.planning import equity
from schoolnet.planning.indicator import indicator
from schoolnet.planning.programme import programme
from schoolnet.planning.ranking import ERRORS, ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.region import Region

_NAMES = list(outcome.NAMES.columns)
_LIMIT = "transport.distance_m"


class Planned(Protocol):
    """What a programme asks of a plan."""

    @property
    def region(self) -> Region:
        """Its region."""

    @property
    def options(self) -> Options:
        """The choices it was made with."""

    @property
    def norms(self) -> Norms:
        """The norms of its day."""

    @property
    def access(self) -> pd.DataFrame:
        """The way to school (`results.ACCESS`)."""

    @property
    def demand(self) -> pd.DataFrame:
        """Pupils (`results.DEMAND`)."""

    @property
    def findings(self) -> pd.DataFrame:
        """What the law finds (`results.FINDINGS`)."""

    @property
    def sites(self) -> gpd.GeoDataFrame:
        """Where to build (`decisions.SITES`)."""

    @property
    def reach(self) -> pd.DataFrame:
        """Whom a site is nearer to (`decisions.REACH`)."""

    @property
    def school_findings(self) -> pd.DataFrame:
        """What is found in each school (`results.SCHOOL_FINDINGS`)."""

    @property
    def relieved(self) -> pd.DataFrame:
        """What ends the need of each school (`decisions.RELIEVED`)."""

    @property
    def proofs(self) -> pd.DataFrame:
        """How good each search is (`decisions.PROOFS`)."""

    @property
    def site_errors(self) -> pd.DataFrame:
        """How far the data behind each site may be off (`ranking.ERRORS`, by `site_id`)."""


@dataclass(frozen=True)
class Part:
    """What one region brings to a programme: small, where its plan holds all roads."""

    code: str
    options: Options
    limit_m: float
    sites: gpd.GeoDataFrame
    errors: pd.DataFrame
    reach: pd.DataFrame
    proofs: pd.DataFrame
    relieved: pd.DataFrame
    people: pd.DataFrame
    homes: pd.DataFrame
    register: pd.DataFrame
    names: pd.DataFrame
    about: dict[str, Any]


def part(plan: Planned) -> Part:
    """Return what a programme needs of a plan."""
    region = plan.region
    named = [region.districts, region.settlements, region.schools]
    called = {"name": region.names.get("name")} | {f"name_{key}": region.names.get(key) for key in ("kk", "ru", "en")}
    own = pd.DataFrame({column: name or None for column, name in called.items()}, index=[region.code], dtype=object)
    names = pd.concat([own[_NAMES], *(pd.DataFrame(layer)[_NAMES] for layer in named)])
    return Part(
        code=region.code,
        options=plan.options,
        limit_m=float(plan.norms[_LIMIT].value),
        sites=plan.sites,
        errors=plan.site_errors[list(ERRORS)],
        reach=plan.reach,
        proofs=plan.proofs,
        relieved=plan.relieved,
        people=equity.ways(plan.access, plan.demand, plan.options.season),
        homes=equity.homes(region.settlements, plan.findings),
        register=_register(region, plan.school_findings),
        names=names[~names.index.duplicated()].rename_axis("id"),
        about={
            "names": region.names,
            "caveats": list(region.caveats),
            "inputs": [one._asdict() for one in region.inputs],
            "norms_on": plan.norms.day.isoformat(),
        },
    )


def _register(region: Region, findings: pd.DataFrame) -> pd.DataFrame:
    schools = pd.DataFrame(region.schools)
    told = bool(schools[["condition", "shifts"]].notna().any().all())
    flags = findings[["state_day", "emergency", "three_shift"]]
    return schools[["settlement_id", "level"]].join(flags).assign(region=region.code, told=told)


def outcome_of(parts: Sequence[Part], options: Options | None = None) -> Outcome:
    """Return the outcome of one or several regions together.

    Parameters
    ----------
    parts
        One of each region; their sites are ranked anew all together.
    options
        The scenario; that of the first part when None. Where it names no day, it is that of the first part.

    Raises
    ------
    OptionError
        No region is given, or one of them twice, or a quota is of no region or district.
    """
    chosen = _chosen(parts, options)
    faults = [*_faults(parts, chosen)]
    if faults or chosen is None:
        raise OptionError(faults)
    sites = gpd.GeoDataFrame(_joined(one.sites for one in parts), crs=schema.EPSG_AT_REST)
    made = programme(sites, chosen, _joined(one.errors for one in parts))
    sites = _anew(sites, made.sites, chosen)
    opened = made.sites.index[made.sites["year"].notna()]
    people, homes = _joined(one.people for one in parts).reset_index(drop=True), _joined(one.homes for one in parts)
    reach = _joined(one.reach for one in parts).reset_index(drop=True)
    equity.nobody_loses(people, homes, reach, sites, opened)
    shared = equity.equity(people, homes, reach, sites, opened, limit_m=parts[0].limit_m)
    register = schema.frame(_rows(_joined(one.register for one in parts)), outcome.REGISTER)
    relieved = _joined(one.relieved for one in parts).reset_index(drop=True)
    return Outcome(
        sites=sites,
        programme=made.sites,
        years=made.years,
        indicator=indicator(register, relieved, sites, made.sites, chosen),
        frontier=made.frontier,
        equity=shared,
        proofs=_joined(one.proofs for one in parts).reset_index(drop=True),
        relieved=relieved,
        register=register,
        names=schema.frame(_rows(_distinct(one.names for one in parts)), outcome.NAMES),
        options=chosen,
        about={"regions": [one.code for one in parts], "of": {one.code: one.about for one in parts}},
    )


def _chosen(parts: Sequence[Part], options: Options | None) -> Options | None:
    """Return the scenario with the day its first part was planned for, where it names none of its own."""
    if not parts:
        return options
    day = parts[0].options.on
    if options is None or options.on == day or "on" in options.model_fields_set:
        return options or parts[0].options
    return options.model_copy(update={"on": day})


def alone(plan: Planned) -> Outcome:
    """Return the outcome a region would have alone, by the scenario of its plan: quotas of others do not concern it."""
    one = part(plan)
    left = strange_quotas([one], one.options)
    own = {key: most for key, most in one.options.quotas.items() if key not in left}
    return outcome_of([one], one.options.model_copy(update={"quotas": own}))


def _faults(parts: Sequence[Part], options: Options | None) -> Iterable[Fault]:
    codes = [one.code for one in parts]
    if not codes:
        yield Fault(Message("there is no plan to make a programme of."), Message("Give at least one region."))
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        problem = Message("region {code} is there more than once.", code=code)
        yield Fault(problem, Message("Leave one of the two out."))
    if options is not None and codes:
        yield from quota_faults(options, codes, _districts(parts))


def quota_faults(options: Options, codes: Iterable[str], districts: Iterable[str]) -> Iterable[Fault]:
    """Yield what is wrong with quotas of no region or district among these."""
    known = [*codes, *sorted(districts)]
    for key in sorted(options.quotas.keys() - {*known}):
        problem = Message("option “quotas”: “{key}” is no region or district of the plan.", key=key)
        yield Fault(problem, Message("Use one of {known}.", known=", ".join(known[:30])))


def strange_quotas(parts: Sequence[Part], options: Options) -> list[str]:
    """Return the keys of quotas of no region or district among the parts."""
    return sorted(options.quotas.keys() - {one.code for one in parts} - _districts(parts))


def _districts(parts: Iterable[Part]) -> set[str]:
    return {str(one) for part in parts for one in part.homes["district_id"].dropna().unique()}


def _anew(sites: gpd.GeoDataFrame, made: pd.DataFrame, options: Options) -> gpd.GeoDataFrame:
    """Return the sites in the order of the programme, with their ranks among all."""
    order = ranked(sites, options).join(made[["rank_best", "rank_worst"]])
    out = sites.assign(**{name: order[name] for name in order}).loc[made.index]
    schema.check(out, decisions.SITES)
    return out


def _joined(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    some = list(tables)
    filled = [one for one in some if len(one)]  # a table without rows has no types worth keeping
    return pd.concat(filled) if filled else some[0]


def _distinct(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    found = _joined(tables)
    return found[~found.index.duplicated()]


def _rows(table: pd.DataFrame) -> Any:
    return table.reset_index().to_dict("records")
