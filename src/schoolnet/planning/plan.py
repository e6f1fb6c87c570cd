"""The narrative: from a region to a plan, one stage a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from schoolnet import tables
from schoolnet.ledger import Ledger, Recorder
from schoolnet.messages import Message
from schoolnet.model import access as _access
from schoolnet.model import audit
from schoolnet.model import demand as _demand
from schoolnet.model import roads as _roads
from schoolnet.planning import siting

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import pandas as pd

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
    access: pd.DataFrame
    transport: pd.DataFrame
    findings: pd.DataFrame
    school_findings: pd.DataFrame
    sites: pd.DataFrame
    summary: dict[str, Any]
    ledger: Ledger


def make(region: Region, options: Options, *, norms: Norms, stage: Stage) -> Plan:
    """Make the plan of a region: pupils, roads, access, findings, verdicts."""
    with stage("demand"):
        demand = _demand.demand(region, norms, options)
    with stage("roads"):
        roads = _roads.build(region, options)
    with stage("access"):
        access = _access.access(region, roads, norms, options)
    with stage("audit"):
        transport = audit.transport(region, demand, access, norms, options)
        findings = audit.findings(region, demand, access, transport, norms, options)
        schools = audit.school_findings(region, norms)
    with stage("verdicts"):
        sites = siting.verdicts(region, findings, transport, access)
    summary = audit.summary(region, findings, schools, transport, access) | _decided(sites, roads)
    ledger = region.ledger + _off_network(region, roads)
    return Plan(
        region, options, norms, demand, roads, access, transport, findings, schools, sites, summary, ledger
    )  # fmt: skip


def _decided(sites: pd.DataFrame, roads: Roads) -> dict[str, int]:
    counts = sites["verdict"].value_counts()
    off = {"off_network": int((roads.snaps["node"] < 0).sum()), "past_stray": int(roads.snaps["stray"].sum())}
    return {f"verdict_{verdict}": int(counts.get(verdict, 0)) for verdict in tables.VERDICTS} | off


def _off_network(region: Region, roads: Roads) -> Ledger:
    """Return a note for every settlement and school that is off the road network, or was snapped past a stray piece."""
    recorder = Recorder(region.inputs[0].name if region.inputs else "")
    for (kind, key), snap in roads.snaps[(roads.snaps["node"] < 0) | roads.snaps["stray"]].iterrows():
        table = f"{kind}s"
        if snap["node"] < 0:
            what, why = Message(snap["why"]), Message("off the road network: distances are approximate")
        else:
            what = Message("the nearest road is a stray piece")
            why = Message("snapped {metres} m farther on", metres=f"{snap['snap_m']:.0f}")
        recorder.note(table, what, why, row=key)
    return recorder.ledger()
