"""A first verdict for each settlement by the rules of the law: open, raise, carry; nothing is closed.

The order of needs is lexicographic: what the guarantee owes comes before what transport owes; inside each, more
children first, then the identifier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import results, schema
from schoolnet.model.audit import RANK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.region import Region

_TIER = {"build": 0, "upgrade": 0, "board": 1, "bus": 1}


def verdicts(region: Region, findings: pd.DataFrame, transport: pd.DataFrame, access: pd.DataFrame) -> pd.DataFrame:
    """Return what to do in each settlement, and why (`results.SITES`), by the transport and access of one season.

    | children | guaranteed | existing | nearest of the missing band | verdict | level | reason |
    |---|---|---|---|---|---|---|
    | 41 | basic | none | 2 km | build | basic | build_owed |
    | 81 | secondary | basic | 9 km | upgrade | secondary | upgrade_owed |
    | 4 | none | none | 9 km | bus | | bus_far |
    | 4 | none | none | 2 km | keep | | keep_near |
    """
    found = transport.merge(
        access[["settlement_id", "band", "school_id", "approx", "bus_school_id"]], on=["settlement_id", "band"]
    )
    owed = _first(found[found["entitled"]], findings)
    away = _first(found[found["far"] | found["barrier"] | found["approx"]], findings)
    facts = zip(findings.itertuples(), region.settlements["is_rural"], owed, away, strict=True)
    rows = [_verdict(finding, rural=rural, owed=carried, away=far) for finding, rural, carried, far in facts]
    out = schema.frame(rows, results.SITES)
    out["rank"] = _ranked(out, findings)
    out["rank_best"] = out["rank_worst"] = out["rank"]
    out["caution"] = ""
    schema.check(out, results.SITES)
    return out


def weighed(sites: pd.DataFrame, findings: pd.DataFrame, outlook: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts with the places the range of children leaves room for, and what to look at first.

    Of two settlements of a tier either may come first where their ranges overlap; one whose guarantee is not sure may
    leave the tier of what is owed, or enter it: it may stand in either. `caution`: the guaranteed level `falls` or
    `rises` by the horizon, or it `hangs` on few children (its range spans a threshold).

    | settlement | children | range | rank | → | best | worst |
    |---|---|---|---|---|---|---|
    | A | 60 | 50-70 | 1 | | 1 | 2 |
    | B | 55 | 55-55 | 2 | | 1 | 2 |
    | C | 41 | 30-49 | 3 | | 3 | 3 |
    """
    best, worst = _places(sites, findings, outlook)
    changes = outlook["change"].where(outlook["change"].isin(["falls", "rises"]), "")
    hangs = ~outlook["sure"] & outlook["guaranteed_low"].notna() & (changes == "")
    out = sites.assign(rank_best=best, rank_worst=worst, caution=changes.mask(hangs, "hangs").astype("str"))
    schema.check(out, results.SITES)
    return out


def _places(sites: pd.DataFrame, findings: pd.DataFrame, outlook: pd.DataFrame) -> tuple[Any, Any]:
    """Return the first and the last place of each settlement of the list that the ranges leave room for.

    The first: with most children, owed a school if it may be, among those that cannot but come before it. The last:
    with fewest children, owed no school if that may be, after all that may come before it.
    """
    rank = sites["rank"].astype("Float64").to_numpy(float, na_value=np.nan)
    carried = (sites["verdict"].map(_TIER) == 1).to_numpy(bool)
    low, high = (outlook[f"children_{end}"].astype("Float64").to_numpy(float, na_value=0.0) for end in ("low", "high"))
    has = findings["existing"].map(RANK)
    sure, may = ((outlook[f"guaranteed_{end}"].map(RANK) > has).to_numpy(bool) for end in ("low", "high"))
    by_id = sites.index.argsort().argsort()
    best, worst = rank.copy(), rank.copy()
    for at in np.flatnonzero(np.isfinite(rank)):
        certain = (low > high[at]) | ((low == high[at]) & (by_id < by_id[at]))
        possible = (high > low[at]) | ((high == low[at]) & (by_id < by_id[at]))
        ahead = sure & certain if may[at] else sure | (carried & certain)
        behind = may & possible if sure[at] else may | (carried & possible)
        ahead[at] = behind[at] = False
        best[at], worst[at] = min(rank[at], 1 + ahead.sum()), max(rank[at], 1 + behind.sum())
    first, last = (pd.array(places, dtype="Float64").astype("Int64") for places in (best, worst))
    return first, last


def _first(rows: pd.DataFrame, findings: pd.DataFrame) -> Iterator[Any]:
    """Return the row of the lowest band of each settlement (its cells empty where there is none)."""
    return (
        rows.groupby("settlement_id", sort=True).head(1).set_index("settlement_id").reindex(findings.index).itertuples()
    )


def _verdict(finding: Any, *, rural: bool, owed: Any, away: Any) -> dict[str, Any]:  # noqa: PLR0911 - a return a rule
    band = owed.band if isinstance(owed.band, str) else ""
    row = {"settlement_id": finding.Index, "level": "", "band": band, "meanwhile_bus": False}
    if not rural:
        return row | {"verdict": "keep", "reason": "keep_urban"}
    if pd.isna(finding.counted):
        return row | {"verdict": "no_data", "reason": "no_data", "band": ""}
    if finding.network_deficit:
        verdict = "build" if finding.existing == "none" else "upgrade"
        whom = "_contingent" if finding.counted_basis == "contingent" and verdict == "upgrade" else ""
        raised = {"verdict": verdict, "level": finding.guaranteed, "reason": f"{verdict}_owed{whom}"}
        return row | raised | {"meanwhile_bus": bool(band)}
    if band:
        return row | _carry(owed)
    if isinstance(away.band, str):
        return row | _left(away) | {"band": away.band}
    if finding.bands_not_taught:
        return row | {"verdict": "keep", "reason": "keep_near"}
    few = finding.guaranteed == "none" and finding.existing == "none"
    return row | {"verdict": "keep", "reason": "keep_too_few" if few else "keep_satisfied"}


def _left(away: Any) -> dict[str, str]:
    """Return the verdict of a settlement that is owed no transport, and has no school near."""
    if pd.isna(away.school_id):
        return {"verdict": "board", "reason": "board_no_school"}
    if away.approx:
        return {"verdict": "board", "reason": "board_no_road"}
    return {"verdict": "keep", "reason": "keep_rule"}


def _carry(carried: Any) -> dict[str, str]:
    if pd.isna(carried.school_id):
        return {"verdict": "board", "reason": "board_no_school"}
    if carried.approx:
        return {"verdict": "board", "reason": "board_no_road"}
    if pd.isna(carried.bus_school_id):
        return {"verdict": "board", "reason": "board_no_bus"}
    if carried.far and carried.barrier:
        return {"verdict": "bus", "reason": "bus_far_barrier"}
    return {"verdict": "bus", "reason": "bus_far" if carried.far else "bus_barrier"}


def _ranked(sites: pd.DataFrame, findings: pd.DataFrame) -> pd.Series[int]:
    tier = sites["verdict"].map(_TIER)
    order = pd.DataFrame({"tier": tier, "children": -findings["counted"].astype("Float64"), "id": sites.index})
    order = order[tier.notna()].sort_values(["tier", "children", "id"])
    return pd.Series(range(1, len(order) + 1), index=order.index, dtype="Int64").reindex(sites.index)
