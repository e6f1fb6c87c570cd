"""What if: other sites switched off, another number of schools, another limit of the transport norm.

The map's page reckons the same from what it holds; this is what it is held against.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from schoolnet import decisions
from schoolnet.model.access import in_season

if TYPE_CHECKING:
    from collections.abc import Collection

    from schoolnet.options import Options


class Counts(NamedTuple):
    """Pupils served by the schools that open, settlements still owed one, and pupils owed transport."""

    served: int
    owed: int
    bused: int


def opened(sites: pd.DataFrame, schools: int, off: Collection[str] = ()) -> list[str]:
    """Return the sites that open when so many schools are built, in the order of the list.

    As in `planning.programme` without money, quotas and partners: a level raised without building takes no place, and
    opens at once where the guarantee owes it, else when the list comes to it. A site switched off leaves its place to
    the next.
    """
    out, built = [], 0
    for row in sites.sort_values("rank").itertuples():
        if row.Index in off:
            continue
        if row.seats == 0:
            if row.tier == decisions.TIERS[0] or built <= schools:
                out.append(row.Index)
            continue
        built += 1
        if built <= schools:
            out.append(row.Index)
    return out


def rows(access: pd.DataFrame, transport: pd.DataFrame, reach: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return what entitlement hangs on, for each settlement and band not taught in it, in the season of the plan.

    Columns: `settlement_id`, `band`, `pupils` (0: unknown), `metres` (NaN: no school), `barrier`, `held` (left in by
    option `transport_holder`), `sites` (those that would teach the band in the settlement itself).
    """
    now, owed = in_season(access, options.season), in_season(transport, options.season)
    schooled = now.groupby("settlement_id")["here"].transform("any")
    metres = now["road_m"] if options.distance_basis == "road" else now["straight_m"]
    facts = now[["settlement_id", "band"]].assign(metres=metres, held=~schooled | (options.transport_holder == "band"))
    out = owed[["settlement_id", "band", "pupils", "barrier"]].merge(facts, on=["settlement_id", "band"])
    own = reach[reach["road_m"] == 0].groupby(["settlement_id", "band"])["site_id"].agg(list)
    keys = pd.MultiIndex.from_frame(out[["settlement_id", "band"]])
    return out.assign(pupils=out["pupils"].fillna(0).astype(int), sites=[own.get(key, []) for key in keys])


def counts(
    found: pd.DataFrame, sites: pd.DataFrame, findings: pd.DataFrame, opens: Collection[str], options: Options,
    *, limit_m: float,
) -> Counts:  # fmt: skip
    """Return whom the sites that open serve, who is still owed a school, and who a bus, under another limit.

    Parameters
    ----------
    found
        From `rows`.
    sites, findings
        Of the plan (`decisions.SITES`, `results.FINDINGS`).
    opens
        Sites that open.
    options
        For `transport_rule`.
    limit_m
        Metres beyond which transport is owed.
    """
    open_now = sites[sites.index.isin([*opens])]
    kept = set(open_now["settlement_id"][open_now["tier"] == decisions.TIERS[0]])
    far = (found["metres"] > limit_m) | found["metres"].isna()
    due = (far | found["barrier"]) if options.transport_rule == "or" else (far & found["barrier"])
    taught = found["sites"].map(lambda own: any(one in open_now.index for one in own))
    return Counts(
        served=int(open_now["pupils"].sum()),
        owed=sum(home not in kept for home in findings.index[findings["network_deficit"]]),
        bused=int(found["pupils"][due & found["held"] & ~taught].sum()),
    )
