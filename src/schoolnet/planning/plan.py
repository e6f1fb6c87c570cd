"""The narrative: from a region to a plan, one stage a line."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from schoolnet import tables
from schoolnet.decisions import counted
from schoolnet.ledger import Ledger, Recorder
from schoolnet.messages import Message
from schoolnet.model import access, audit, balance, population
from schoolnet.model import backtest as _backtest
from schoolnet.model import blocks as _blocks
from schoolnet.model import demand as _demand
from schoolnet.model import forecast as _forecast
from schoolnet.model import outlook as _outlook
from schoolnet.model import roads as _roads
from schoolnet.model.ground import Ground
from schoolnet.planning import costs, fleet, okrugs, profiles, ranking, riders, siting, transport, verdicts
from schoolnet.planning import pmpc as _pmpc
from schoolnet.planning import prices as _prices
from schoolnet.planning.found import Found, planned

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import geopandas as gpd

    from schoolnet.law.norms import Norms
    from schoolnet.model.forecast import Forecast
    from schoolnet.model.population import Headcount
    from schoolnet.model.roads import Roads
    from schoolnet.options import Options
    from schoolnet.planning.okrugs import Pooled
    from schoolnet.planning.prices import Prices
    from schoolnet.planning.profiles import Profiled
    from schoolnet.planning.transport import Carried
    from schoolnet.region import Region


class Stage(Protocol):
    """Called with the name of each stage; the stage runs inside what it returns (a progress bar, a stopwatch)."""

    def __call__(self, name: str, /) -> AbstractContextManager[object]:
        """Return a context manager for one stage."""


def quiet(_name: str, /) -> nullcontext[None]:
    """Show nothing of a stage."""
    return nullcontext()


@dataclass(frozen=True)
class Persons:
    """The people of a region, today and in years to come: the first part of a plan (tables as in `prospects`)."""

    region: Region
    headcount: pd.DataFrame
    reconciled: pd.DataFrame
    sources: pd.Series[int]
    demand: pd.DataFrame
    languages: pd.DataFrame
    town_cells: pd.DataFrame
    forecast: Forecast
    backtest: pd.DataFrame
    pmpc: pd.DataFrame
    notes: Ledger


@dataclass(frozen=True)
class Decided:
    """What is to be done (tables as in `decisions`; `site_errors`: `ranking.errors`), and counts for the summary."""

    verdicts: pd.DataFrame
    sites: gpd.GeoDataFrame
    site_errors: pd.DataFrame
    reach: pd.DataFrame
    reassigned: pd.DataFrame
    relieved: pd.DataFrame
    proofs: pd.DataFrame
    counts: dict[str, int]


@dataclass(frozen=True)
class Plan(Persons):
    """What was found and what is to be done, each stage's value by name; declared as its name says."""

    options: Options
    norms: Norms
    roads: Roads
    ground: Ground
    access: pd.DataFrame
    waters_between: pd.DataFrame
    transport: pd.DataFrame
    findings: pd.DataFrame
    school_findings: pd.DataFrame
    district_findings: pd.DataFrame
    outlook: pd.DataFrame
    prices: Prices
    verdicts: pd.DataFrame
    sites: gpd.GeoDataFrame
    site_errors: pd.DataFrame
    reach: pd.DataFrame
    reassigned: pd.DataFrame
    relieved: pd.DataFrame
    proofs: pd.DataFrame
    stops: gpd.GeoDataFrame
    rides: pd.DataFrame
    routes: gpd.GeoDataFrame
    calls: pd.DataFrame
    fleet: pd.DataFrame
    carried: pd.DataFrame
    okrugs: gpd.GeoDataFrame
    okrug_members: pd.DataFrame
    okrug_proofs: pd.DataFrame
    okrug_compared: pd.DataFrame
    coverage: pd.DataFrame
    candidates: gpd.GeoDataFrame
    summary: dict[str, Any]
    ledger: Ledger


def make(region: Region, options: Options, *, norms: Norms, stage: Stage) -> Plan:
    """Make the plan of a region: people, roads, access, findings, balance, verdicts, sites."""
    prices = _prices.prices(options, room=int(norms["class.size_max"].value))  # its faults need not wait
    people = _people(region, norms, options, stage)
    region, demand = people.region, people.demand
    with stage("roads"):
        roads = _roads.build(region, options)
    with stage("access"):
        ground = Ground(region, roads, norms, options)
        ways = access.access(region, roads, ground, options)
    with stage("audit"):
        entitled = audit.transport(region, demand, ways.ways, norms, options)
        findings = audit.findings(region, demand, ways.ways, entitled, norms, options)
        schools = audit.school_findings(region, norms)
        outlook = _outlook.outlook(region, people.headcount, findings, people.forecast, norms, options)
    now, owed = (access.in_season(frame, options.season) for frame in (ways.ways, entitled))
    with stage("balance"):
        taught = balance.children(demand, now, owed)
        districts = balance.districts(region, people.sources, taught, findings, schools)
    known = Found(
        region=region, norms=norms, options=options, prices=prices, roads=roads, demand=demand, access=now,
        transport=owed, findings=findings, schools=schools, town_cells=people.town_cells,
        planned=planned(demand, people.forecast.settlements, options),
    )  # fmt: skip
    rides = _rides(known, stage)
    decided = _decided(known, outlook, rides, stage)
    shared = _shared(known, rides, stage)
    whole = {f"children_{place}": int(districts.loc[balance.WHOLE, place]) for place in balance.PLACES}
    summary = audit.summary(region, findings, schools, owed, now) | whole
    summary |= _counts(decided.verdicts, known) | _ahead(outlook, decided.verdicts) | decided.counts
    summary |= transport.counts(rides)
    summary |= profiles.counts(shared[1])
    summary |= okrugs.counts(shared[0])
    return Plan(
        **{field.name: getattr(people, field.name) for field in fields(people)},
        **{field.name: getattr(decided, field.name) for field in fields(decided) if field.name != "counts"},
        **{field.name: getattr(part, field.name) for part in (rides, *shared) for field in fields(part)},
        options=options, norms=norms, prices=prices, roads=roads, ground=ground, access=ways.ways,
        waters_between=ways.waters, transport=entitled, findings=findings, school_findings=schools,
        district_findings=districts, outlook=outlook, summary=summary,
        ledger=region.ledger + people.notes + _off_network(region, roads),
    )  # fmt: skip


def _decided(known: Found, outlook: pd.DataFrame, rides: Carried, stage: Stage) -> Decided:
    """Judge every settlement, choose the sites, and put them in their order."""
    beyond = riders.beyond(rides.rides)
    with stage("verdicts"):
        law = verdicts.verdicts(known.region, known.findings, known.transport, known.access, beyond)
    with stage("sites"):
        found = siting.siting(known)
        errors = ranking.errors(found.sites, found.rooms, known.findings, outlook, known.norms)
        sites = siting.listed(found.sites, errors, costs.caution(outlook), known.options)
        bused = fleet.shares(rides.rides, rides.routes, known.prices)
        judged = costs.decided(known, law, sites, found.near, outlook, bused=bused, beyond=beyond)
    return Decided(
        judged, sites, errors, found.reach, found.reassigned, found.relieved, found.proofs,
        found.counts | counted(sites)._asdict(),
    )  # fmt: skip


def _rides(known: Found, stage: Stage) -> Carried:
    """Bring everybody owed transport to school."""
    with stage("buses"):
        return transport.carried(known)


def _shared(known: Found, rides: Carried, stage: Stage) -> tuple[Pooled, Profiled]:
    """Pool small villages, and look for places of network schools."""
    with stage("okrugs"):
        pooled = okrugs.pooled(known, rides.rides)
    with stage("profiles"):
        return pooled, profiles.profiled(known)


def _people(region: Region, norms: Norms, options: Options, stage: Stage) -> Persons:
    """Count the people of a region, and look ahead."""
    with stage("people"):
        counted = population.headcount(region, norms, options)
        people, region = counted.settlements, _with_people(region, counted)
        demand = _demand.demand(region, counted, options)
        cells = _blocks.blocks(region, people, demand)
    with stage("forecast"):
        forecast = _forecast.forecast(region, people, norms, options)
        tested = _backtest.backtest(region, norms, options)
    return Persons(
        region=region,
        headcount=people,
        reconciled=counted.districts,
        sources=counted.sources,
        demand=demand,
        languages=_demand.languages(region, demand),
        town_cells=cells,
        forecast=forecast,
        backtest=tested,
        pmpc=_pmpc.need(region, people, norms, options),
        notes=counted.ledger + _noted(region, forecast),
    )


def _noted(region: Region, forecast: Forecast) -> Ledger:
    recorder = Recorder(region.inputs[0].name if region.inputs else "")
    for what in forecast.notes:
        recorder.note("people", what, Message("of the forecast"))
    return recorder.ledger()


def _with_people(region: Region, counted: Headcount) -> Region:
    """Return the region with its inhabitants as they were reconciled: what every later stage, and every map, shows."""
    columns = counted.settlements[["population", "population_basis"]]
    return replace(region, settlements=region.settlements.assign(**{name: columns[name] for name in columns}))


def _ahead(outlook: pd.DataFrame, verdict: pd.DataFrame) -> dict[str, int]:
    """Return how many guarantees change by the horizon, or are not sure today, and how many of them of what is owed."""
    owed = verdict["verdict"].isin(["build", "upgrade"])
    unsure = ~outlook["sure"] & outlook["guaranteed_low"].notna()
    return {
        "guarantees_fall": int((outlook["change"] == "falls").sum()),
        "guarantees_rise": int((outlook["change"] == "rises").sum()),
        "guarantees_unsure": int(unsure.sum()),
        "owed_falls": int((owed & (outlook["change"] == "falls")).sum()),
        "owed_unsure": int((owed & unsure).sum()),
    }


def _counts(verdict: pd.DataFrame, known: Found) -> dict[str, int]:
    """Return verdicts by kind, who is off the network, and settlements whose nearest school is over the border."""
    counts, beyond = verdict["verdict"].value_counts(), known.region.neighbours.index
    snaps = known.roads.snaps[~known.roads.snaps.index.isin([("school", key) for key in beyond])]
    away = known.access[~known.access["here"] & known.access["school_id"].isin(beyond)]
    off = {"over_border": int(away["settlement_id"].nunique())}
    off |= {"off_network": int(snaps["snap_m"].isna().sum()), "past_stray": int(snaps["stray"].sum())}
    built, raised = (verdicts.parts(verdict, one) for one in ("build", "upgrade"))
    why = {"build_emergency": built["emergency"], "build_more": built["more"], "upgrade_more": raised["more"]}
    return {f"verdict_{one}": int(counts.get(one, 0)) for one in tables.VERDICTS} | why | off


def _off_network(region: Region, roads: Roads) -> Ledger:
    """Return a note for every settlement and school that is off the road network, or was snapped past a stray piece."""
    recorder = Recorder(region.inputs[0].name if region.inputs else "")
    for (kind, key), snap in roads.snaps[roads.snaps["snap_m"].isna() | roads.snaps["stray"]].iterrows():
        table = "neighbours" if kind == "school" and key in region.neighbours.index else f"{kind}s"
        if pd.isna(snap["snap_m"]):
            what, why = Message(snap["why"]), Message("off the road network: distances are approximate")
        else:
            what = Message("the nearest road is a stray piece")
            why = Message("snapped {metres} m farther on", metres=f"{snap['snap_m']:.0f}")
        recorder.note(table, what, why, row=key)
    return recorder.ledger()
