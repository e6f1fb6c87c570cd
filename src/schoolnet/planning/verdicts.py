"""A first verdict for each settlement by the rules of the law: open, raise, carry; nothing is closed.

The order of needs is lexicographic: the guarantee comes before transport. `planning.siting` then says where else to
build, and `planning.costs` what the verdict and the next best thing cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import decisions, schema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schoolnet.region import Region


def verdicts(
    region: Region,
    findings: pd.DataFrame,
    transport: pd.DataFrame,
    access: pd.DataFrame,
    beyond: Collection[tuple[str, str]] = (),
) -> pd.DataFrame:
    """Return what to do in each settlement, and why (`decisions.VERDICT`), by the transport and access of one season.

    `beyond`: settlements and bands whose ride would be too long (`riders.beyond`).

    | children | guaranteed | existing | nearest of the missing band | verdict | level | reason |
    |---|---|---|---|---|---|---|
    | 41 | basic | none | 2 km | build | basic | build_owed |
    | 81 | secondary | basic | 9 km | upgrade | secondary | upgrade_owed |
    | 4 | none | none | 9 km | bus | | bus_far |
    | 4 | none | none | 90 km, the ride too long | board | | board_ride_long |
    | 4 | none | none | 2 km | keep | | keep_near |
    """
    found = transport.merge(
        access[["settlement_id", "band", "school_id", "approx", "bus_school_id"]], on=["settlement_id", "band"]
    )
    owed = _first(found[found["entitled"]], findings)
    away = _first(found[found["far"] | found["barrier"] | found["approx"]], findings)
    facts = zip(findings.itertuples(), region.settlements["is_rural"], owed, away, strict=True)
    rows = [_verdict(finding, rural=rural, owed=carried, away=far) for finding, rural, carried, far in facts]
    for row in rows:
        if row["verdict"] == "bus" and (row["settlement_id"], row["band"]) in beyond:
            row.update({"verdict": "board", "reason": "board_ride_long"})
    out = schema.frame(rows, decisions.VERDICT)
    out["caution"] = out["runner_up"] = ""
    out["below_guarantee"] = False
    schema.check(out, decisions.VERDICT)
    return out


def parts(rows: pd.DataFrame, verdict: str) -> dict[str, int]:
    """Return how many settlements have a verdict, by why: owed by law, an emergency building, or more (seats, the way).

    An action of a site is another thing: a village that is told to build in place of an emergency building has a site
    that replaces it, and a need may be met by several sites.

    | verdict | reason | → |
    |---|---|---|
    | build | build_owed | owed |
    | build | build_emergency | emergency |
    | build | build_relief, build_unschooled, build_travel | more |
    | upgrade | upgrade_owed, upgrade_owed_contingent | owed |
    | upgrade | upgrade_travel | more |
    """
    reasons = rows.loc[rows["verdict"] == verdict, "reason"].astype(str)
    owed, broken = reasons.str.contains("_owed"), reasons.str.endswith("_emergency")
    return {"owed": int(owed.sum()), "emergency": int(broken.sum()), "more": int((~owed & ~broken).sum())}


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
    if pd.isna(carried.bus_school_id):
        return {"verdict": "board", "reason": "board_no_road" if carried.approx else "board_no_bus"}
    if carried.far and carried.barrier:
        return {"verdict": "bus", "reason": "bus_far_barrier"}
    return {"verdict": "bus", "reason": "bus_far" if carried.far else "bus_barrier"}
