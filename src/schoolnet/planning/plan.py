"""The narrative: from a region to a plan, one stage a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from schoolnet import tables
from schoolnet.ledger import Ledger, Recorder
from schoolnet.messages import Message
from schoolnet.model import access, audit, balance
from schoolnet.model import demand as _demand
from schoolnet.model import roads as _roads
from schoolnet.model.ground import Ground
from schoolnet.planning import siting

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from schoolnet.law.norms import Norms
    from schoolnet.model.roads import Roads
    from schoolnet.options import Options
    from schoolnet.region import Region


class Stage(Protocol):
    """Called with the name of each stage; the stage runs inside what it returns (a progress bar, a stopwatch)."""

    def __call__(self, name: str, /) -> AbstractContextManager[object]:
        """Return a context manager for one stage."""


@dataclass(frozen=True)
class Plan:
    """What was found and what is to be done, each stage's value by name; tables as in `schoolnet.tables`."""

    region: Region
    options: Options
    norms: Norms
    demand: pd.DataFrame
    roads: Roads
    ground: Ground
    access: pd.DataFrame
    waters_between: pd.DataFrame
    transport: pd.DataFrame
    findings: pd.DataFrame
    school_findings: pd.DataFrame
    district_findings: pd.DataFrame
    sites: pd.DataFrame
    summary: dict[str, Any]
    ledger: Ledger


def make(region: Region, options: Options, *, norms: Norms, stage: Stage) -> Plan:
    """Make the plan of a region: pupils, roads, access, findings, balance, verdicts."""
    with stage("demand"):
        demand = _demand.demand(region, norms, options)
    with stage("roads"):
        roads = _roads.build(region, options)
    with stage("access"):
        ground = Ground(region, roads, norms, options)
        ways = access.access(region, roads, ground, options)
    with stage("audit"):
        transport = audit.transport(region, demand, ways.ways, norms, options)
        findings = audit.findings(region, demand, ways.ways, transport, norms, options)
        schools = audit.school_findings(region, norms)
    now, owed = (access.in_season(frame, options.season) for frame in (ways.ways, transport))
    with stage("balance"):
        taught, sources = balance.children(demand, now, owed), _demand.sources(region, demand, norms, options)
        districts = balance.districts(region, sources, taught, findings, schools)
    with stage("verdicts"):
        sites = siting.verdicts(region, findings, owed, now)
    whole = {f"children_{place}": int(districts.loc[balance.WHOLE, place]) for place in balance.PLACES}
    summary = audit.summary(region, findings, schools, owed, now) | whole | _decided(sites, roads)
    return Plan(
        region=region,
        options=options,
        norms=norms,
        demand=demand,
        roads=roads,
        ground=ground,
        access=ways.ways,
        waters_between=ways.waters,
        transport=transport,
        findings=findings,
        school_findings=schools,
        district_findings=districts,
        sites=sites,
        summary=summary,
        ledger=region.ledger + _off_network(region, roads),
    )


def _decided(sites: pd.DataFrame, roads: Roads) -> dict[str, int]:
    counts = sites["verdict"].value_counts()
    off = {"off_network": int(roads.snaps["snap_m"].isna().sum()), "past_stray": int(roads.snaps["stray"].sum())}
    return {f"verdict_{verdict}": int(counts.get(verdict, 0)) for verdict in tables.VERDICTS} | off


def _off_network(region: Region, roads: Roads) -> Ledger:
    """Return a note for every settlement and school that is off the road network, or was snapped past a stray piece."""
    recorder = Recorder(region.inputs[0].name if region.inputs else "")
    for (kind, key), snap in roads.snaps[roads.snaps["snap_m"].isna() | roads.snaps["stray"]].iterrows():
        table = f"{kind}s"
        if pd.isna(snap["snap_m"]):
            what, why = Message(snap["why"]), Message("off the road network: distances are approximate")
        else:
            what = Message("the nearest road is a stray piece")
            why = Message("snapped {metres} m farther on", metres=f"{snap['snap_m']:.0f}")
        recorder.note(table, what, why, row=key)
    return recorder.ledger()
