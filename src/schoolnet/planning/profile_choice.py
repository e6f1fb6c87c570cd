"""The national choice of network schools: every region its quota of every profile, and most pupils within an hour.

Maximal covering with quotas (`facility.quotas`): a pupil counts once for each profile, schools that work count, and a
place is opened for the pupils of its own region.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from schoolnet import networks, schema
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message
from schoolnet.planning.facility.pairs import Pairs
from schoolnet.planning.facility.problems import Cover
from schoolnet.planning.facility.solving import solve
from schoolnet.planning.profile_ranked import parted, ranked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.ledger import Ledger
    from schoolnet.options import Options
    from schoolnet.planning.facility.problems import Result
    from schoolnet.planning.profile_list import Profile
    from schoolnet.planning.profile_parts import Part


@dataclass(frozen=True)
class Choice:
    """Network schools of one or several regions; tables as in `networks`, `proof` is `NETWORK_PROOF`."""

    coverage: pd.DataFrame
    candidates: gpd.GeoDataFrame
    proof: pd.DataFrame


@dataclass(frozen=True)
class Network(Choice):
    """A choice with all that is needed to show it.

    Attributes
    ----------
    ledger
        What became of the rows of the planner's own tables.
    profiles
        The profiles by key.
    names
        Names of regions, settlements and base schools by identifier.
    homes
        Settlements with pupils: `pupils` of grades 5-11, `lon`, `lat`.
    outlines
        Outlines of regions by code, where they are known.
    norms, options
        What it was made with.
    about
        By region: `caveats`, `inputs`, and `attribution` where the data ask for it.
    """

    ledger: Ledger
    profiles: Mapping[str, Profile]
    names: pd.DataFrame
    homes: pd.DataFrame
    outlines: Mapping[str, Any]
    norms: Norms
    options: Options
    about: Mapping[str, Mapping[str, Any]]


def choice(parts: Sequence[Part], options: Options) -> Choice:
    """Return the network schools to open in all regions together.

    Places are the best ranked of each region and profile, and one base school carries one profile
    (`profile_ranked.ranked`); the proof says what all places would reach, were neither asked for.
    Where a region has fewer places than a quota asks for, all it has are opened and the rest is `short`. Where fewer
    schools are to be opened than the quotas lack (option `network_schools`), nothing is: the status is infeasible, and
    `lacking` less `short` is the least number. A place of a higher rank is opened where it reaches hardly fewer pupils
    (option `network_slack`): so at most that share of the most is given up, and the proof shows both.

    Raises
    ------
    OptionError
        No region is given, or one of them twice.
    """
    _once(parts)
    candidates = gpd.GeoDataFrame(pd.concat([one.candidates for one in parts]), crs=schema.EPSG_AT_REST)
    coverage = pd.concat([one.coverage for one in parts], ignore_index=True)
    short = (coverage["lacking"] - coverage["candidates"]).clip(lower=0)
    least = int((coverage["lacking"] - short).sum())
    count = options.network_schools or least
    may = ranked(candidates, coverage, options)
    taken = candidates.iloc[may["row"]]
    problem = _problem(parts, taken, coverage, count, may["rival"].to_numpy(np.int64))
    found = solve(problem, seconds=options.solve_seconds, gap=options.solve_gap, seed=options.seed)
    rows, reached, anywhere = np.empty(0, dtype=np.int64), None, None
    if found.status != "infeasible":
        opened, reached = _preferred(problem, found, taken, options.network_slack)
        rows = may["row"].to_numpy()[opened]
        every = _problem(parts, candidates, coverage, count)
        anywhere = int(solve(every, seconds=options.solve_seconds, gap=options.solve_gap, seed=options.seed).bound)
    out = _opened(candidates, rows)
    counts = out[out["opened"]].groupby(["region", "profile"]).size()
    keys = pd.MultiIndex.from_frame(coverage[["region", "profile"]])
    coverage = coverage.assign(opened=counts.reindex(keys, fill_value=0).to_numpy(np.int64)).astype({"opened": "Int64"})
    totals = {"schools": count, "short": int(short.sum()), "reached": reached, "anywhere": anywhere}
    proof = _proof(problem, found, coverage, totals)
    for frame, table in ((coverage, networks.COVERAGE), (out, networks.CANDIDATES), (proof, networks.NETWORK_PROOF)):
        schema.check(frame, table)
    return Choice(coverage, out, proof)


def _opened(candidates: gpd.GeoDataFrame, rows: NDArray[np.int64]) -> gpd.GeoDataFrame:
    """Return the candidates with these rows opened; one whose base carries another profile is a new school."""
    chosen = np.zeros(len(candidates), dtype=bool)
    chosen[rows] = True
    order = np.sort(rows)
    new = order[parted(candidates.iloc[order])]
    school, base = (candidates[name].to_numpy(object, copy=True) for name in ("school_id", "base"))
    school[new], base[new] = None, "settlement"
    names = {"school_id": candidates["school_id"].dtype, "base": candidates["base"].dtype}
    return candidates.assign(opened=chosen, school_id=school, base=base).astype(names)


def _once(parts: Sequence[Part]) -> None:
    codes = [one.code for one in parts]
    faults = []
    if not codes:
        problem = Message("there is no region to choose network schools in.")
        faults.append(Fault(problem, Message("Give at least one region.")))
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        problem = Message("region {code} is there more than once.", code=code)
        faults.append(Fault(problem, Message("Leave one of the two out.")))
    if faults:
        raise OptionError(faults)


def _problem(
    parts: Sequence[Part],
    candidates: pd.DataFrame,
    coverage: pd.DataFrame,
    count: int,
    rival: NDArray[np.int64] | None = None,
) -> Cover:
    """Return the covering problem: sites are the candidates in their order, then the working schools with a place.

    A working school without a place is taken off the quota of its group: whom it reaches is not known.
    """
    profiles = list(dict.fromkeys(coverage["profile"]))
    groups = pd.MultiIndex.from_frame(coverage[["region", "profile"]])
    working = pd.concat([one.working.assign(region=one.code) for one in parts], ignore_index=True)
    columns = ["region", "profile", "settlement_id"]
    sites = pd.concat([pd.DataFrame(candidates)[columns], working[columns]], ignore_index=True)
    homes = pd.concat([one.homes[["pupils"]].assign(region=one.code) for one in parts])
    homes = homes[homes["pupils"] > 0].rename_axis("home").reset_index()
    number = pd.Series(np.arange(len(homes)), index=pd.MultiIndex.from_frame(homes[["region", "home"]]))
    within = pd.concat([one.within.assign(region=one.code) for one in parts], ignore_index=True)
    rows = sites.assign(site=np.arange(len(sites))).merge(
        within, left_on=["region", "settlement_id"], right_on=["region", "place"]
    )  # fmt: skip
    who = number.reindex(pd.MultiIndex.from_frame(rows[["region", "home"]])).to_numpy(float)
    rows, who = rows[np.isfinite(who)], who[np.isfinite(who)].astype(np.int64)
    customer = who + len(homes) * rows["profile"].map(profiles.index).to_numpy(np.int64)
    pairs = Pairs.of(
        customer, rows["site"], np.zeros(len(rows)), customers=len(homes) * len(profiles), sites=len(sites)
    )  # fmt: skip
    group = groups.get_indexer(pd.MultiIndex.from_frame(sites[["region", "profile"]])).astype(np.int64)
    keep = np.arange(len(candidates), len(sites))
    placed = np.bincount(group[keep], minlength=len(groups))
    there = np.minimum(coverage["lacking"], coverage["candidates"]).to_numpy(np.int64)
    weight = np.tile(homes["pupils"].to_numpy(float), len(profiles))
    others = None if rival is None else np.concatenate([rival, np.full(len(keep), -1)])
    return Cover(pairs, weight, count, keep, group, placed + there, others)


def _preferred(problem: Cover, found: Result, candidates: pd.DataFrame, slack: float) -> tuple[list[int], float]:
    """Return the candidates opened and the pupils reached, some changed for one of a higher rank of their group.

    It may lose at most a share `slack` of those whom the place alone reaches. A pupil is reached by one place alone at
    most once, so all changes together lose at most that share of the most.
    """
    pairs = problem.pairs
    rank, group, rival = candidates["rank"].to_numpy(np.int64), problem.group, problem.rival
    assert group is not None  # noqa: S101 - as `_problem` made it
    assert rival is not None  # noqa: S101 - as `_problem` made it
    order = np.argsort(pairs.site, kind="stable")
    first = np.searchsorted(pairs.site[order], np.arange(pairs.sites + 1))
    reached = [pairs.customer[order[a:b]] for a, b in pairwise(first.tolist())]
    opened = [site for site in found.open.tolist() if site < len(candidates)]
    times = np.zeros(pairs.customers, dtype=np.int64)
    for site in found.open.tolist():
        times[reached[site]] += 1

    def alone(site: int) -> float:
        return float(problem.weight[reached[site]][times[reached[site]] == 0].sum())

    for at, site in enumerate(opened):
        times[reached[site]] -= 1
        better = np.flatnonzero((group[: len(candidates)] == group[site]) & (rank < rank[site]))
        least = (1.0 - slack) * alone(site)
        carried = {int(rival[other]) for other in opened if other != site} - {-1}
        by_rank = better[np.argsort(rank[better])].tolist()
        free = (other for other in by_rank if other not in opened and int(rival[other]) not in carried)
        opened[at] = next((other for other in free if alone(other) >= least), site)
        times[reached[opened[at]]] += 1
    return opened, float(problem.weight[times > 0].sum())


def _proof(problem: Cover, found: Result, coverage: pd.DataFrame, totals: dict[str, Any]) -> pd.DataFrame:
    answered = found.status != "infeasible"
    row = totals | {
        "lacking": int(coverage["lacking"].sum()), "candidates": int(coverage["candidates"].sum()),
        "pupils": float(problem.weight.sum()), "most": found.objective if answered else None,
        "bound": found.bound if answered else np.nan, "gap_share": found.gap if answered else np.nan,
        "status": found.status,
    }  # fmt: skip
    return schema.frame([row], networks.NETWORK_PROOF)
