"""Findings: who is outside the law, by how much; three separate findings, never one flag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import results, schema, tables
from schoolnet.model.demand import COLUMN_OF_BAND

if TYPE_CHECKING:
    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.region import Region

#: Levels by rank; `none` is below every one.
RANK = {"none": -1} | {level: at for at, level in enumerate(tables.LEVELS)}
_LEVELS = {rank: level for level, rank in RANK.items()}
_TWO_SHIFT = {"two_shift": 2.0}


def transport(
    region: Region, demand: pd.DataFrame, access: pd.DataFrame, norms: Norms, options: Options
) -> pd.DataFrame:
    """Return who is owed transport to school: rural settlement x band not taught there x season (`results.TRANSPORT`).

    Far is strictly more than the norm (3,000 m is not, 3,000.001 m is). Both readings of the act are counted, and both
    of a bridged river.

    Source: Order 336 of 13.07.2021, annex 1, row 4.
    """
    column = access["band"].map(COLUMN_OF_BAND)
    stacked = demand[list(COLUMN_OF_BAND.values())].stack(future_stack=True)
    pupils = stacked.reindex(pd.MultiIndex.from_arrays([access["settlement_id"], column])).array
    rows = held(region, access, norms, options)
    rows.insert(rows.columns.get_loc("far"), "pupils", pupils)
    out = rows[rows["asked"] & ~(rows["pupils"] == 0).fillna(value=False)].drop(columns="asked")
    out = out.reset_index(drop=True)
    schema.check(out, results.TRANSPORT)
    return out


def held(region: Region, access: pd.DataFrame, norms: Norms, options: Options) -> pd.DataFrame:
    """Return who would be owed transport were there pupils: the columns of `results.TRANSPORT` but `pupils`.

    It hangs on the way alone; ways of one season may lack its column. `asked`: a rural settlement and a band not taught
    there; of no other is it asked.
    """
    rows = access
    rural = rows["settlement_id"].map(region.settlements["is_rural"]).astype(bool)
    whose = ~rows.groupby("settlement_id")["here"].transform("any") | (options.transport_holder == "band")
    metres = rows["road_m"] if options.distance_basis == "road" else rows["straight_m"]
    far = (metres > norms["transport.distance_m"].value) | metres.isna()
    nowhere = rows["school_id"].isna()  # neither reading of the act can be meant to leave these out
    ends, stays = rows["barrier"] | nowhere, rows["between"] | nowhere
    barrier = stays if options.bridged_barrier == "yes" else ends
    either = options.transport_rule == "or"
    out = rows.filter(["settlement_id", "band", "season"]).assign(
        asked=rural & ~rows["here"],
        far=far,
        barrier=barrier,
        entitled_or=(far | barrier) & whose,
        entitled_and=far & barrier & whose,
        entitled_bridge_ends=((far | ends) if either else (far & ends)) & whose,
        entitled_bridge_stays=((far | stays) if either else (far & stays)) & whose,
    )
    return out.assign(entitled=out["entitled_or"] if either else out["entitled_and"])


def findings(
    region: Region, demand: pd.DataFrame, access: pd.DataFrame, transport: pd.DataFrame, norms: Norms, options: Options
) -> pd.DataFrame:
    """Return what the law finds in each settlement (`results.FINDINGS`): guarantee, deficit, bands not taught.

    The guarantee is for rural settlements, on whom option `threshold_base` names; the acts read here set no network
    norm for towns.

    Source: Government Resolution 1256 of 21.12.2007; Order 336, annex 1, row 1.
    """
    settlements = region.settlements
    children = demand["children"]
    counted, basis = _counted(region, children, options)
    owed = [norms.guaranteed_level(int(n)) if pd.notna(n) else None for n in counted]
    now = transport[transport["season"] == options.season]
    one = access.drop_duplicates(["settlement_id", "band"])
    guaranteed = np.where(settlements["is_rural"], np.array(owed, dtype=object), "none")
    existing, known = _existing(region, one, options)
    deficit = [bool(g) and RANK[g] > RANK[e] for g, e in zip(guaranteed, existing, strict=True)]
    out = pd.DataFrame(
        {
            "children": children,
            "counted": counted,
            "counted_basis": basis,
            "guaranteed": pd.array(guaranteed, dtype="str"),
            "existing": existing,
            "level_known": known,
            "network_deficit": np.array(deficit, dtype=bool),
            "bands_not_taught": _not_taught(demand, one),
            "divided_by": one.drop_duplicates("settlement_id").set_index("settlement_id")["divided_by"],
            "pupils_entitled_or": _entitled(now, "entitled_or", settlements.index),
            "pupils_entitled_and": _entitled(now, "entitled_and", settlements.index),
        }
        | {
            f"pupils_entitled_{season}": _entitled(
                transport[transport["season"] == season], "entitled", settlements.index
            )
            for season in tables.SEASONS
        },
        index=settlements.index,
    )
    schema.check(out, results.FINDINGS)
    return out


def one_shift(schools: pd.DataFrame) -> pd.Series[Any]:
    """Return the one-shift seats of each school, `<NA>` where they are not known."""
    counted = schools["seat_basis"].map(_TWO_SHIFT).astype("float64").fillna(1.0)
    return schools["seats"].astype("Float64") / counted


def school_findings(region: Region, norms: Norms) -> pd.DataFrame:
    """Return what is found in each school (`results.SCHOOL_FINDINGS`).

    A rural school is at risk when its contingent no longer sustains its level; it is reported, never closed, and
    a protected one stays off the list. Shortage: contingent beyond two shifts (official) or one (comfort);
    `seat_basis` says what the seats count.
    """
    schools = region.schools
    pupils = schools["enrolment"]
    rural = schools["settlement_id"].isin(region.settlements.index[region.settlements["is_rural"]])
    sustained = [norms.guaranteed_level(int(n)) if pd.notna(n) else None for n in pupils]
    has_level = schools["level"].notna().to_numpy()
    below = [
        norm is not None and RANK[level] > RANK[norm]
        for level, norm in zip(schools["level"].fillna("none"), sustained, strict=True)
    ]
    protected = schools["protected"].notna()
    room = one_shift(schools)
    allowed = norms["shifts.allowed"].value
    day = (schools["kind"].fillna("day") != "evening") & (schools["ownership"].fillna("state") == "state")
    out = pd.DataFrame(
        {
            "sustained": pd.Series(sustained, index=schools.index, dtype=object).where(has_level).astype("str"),
            "at_risk": np.array(below, dtype=bool) & rural.to_numpy() & ~protected.to_numpy() & day.to_numpy(),
            "protected": protected,
            "emergency": schools["condition"].eq("emergency"),
            "three_shift": (schools["shifts"] > allowed).fillna(value=False).astype(bool),
            "state_day": day,
            "shortage_official": _shortage(pupils, room * allowed),
            "shortage_comfort": _shortage(pupils, room),
        },
        index=schools.index,
    )
    schema.check(out, results.SCHOOL_FINDINGS)
    return out


def _counted(region: Region, children: pd.Series[int], options: Options) -> tuple[pd.Series[int], Any]:
    """Return whom the thresholds count, and who they are: the residents, or the pupils of the own schools if known."""
    from schoolnet.model.access import teaching

    if options.threshold_base == "residents":
        return children, pd.array(["residents"] * len(children), dtype="str")
    schools = region.schools[teaching(region, tables.BANDS[0], options)[region.schools.index]]
    pupils = schools.groupby("settlement_id")["enrolment"].sum(min_count=1).reindex(children.index)
    return pupils.fillna(children), pd.array(np.where(pupils.notna(), "contingent", "residents"), dtype="str")


def _existing(region: Region, access: pd.DataFrame, options: Options) -> tuple[Any, Any]:
    """Return the highest level taught in each settlement, and whether no level in it was assumed."""
    from schoolnet.model.access import teaching

    here = access[access["here"]].groupby("settlement_id").size().reindex(region.settlements.index, fill_value=0)
    existing = pd.array((here - 1).map(_LEVELS), dtype="str")
    schools = region.schools[teaching(region, tables.BANDS[0], options)[region.schools.index]]
    assumed = schools.loc[schools["level"].isna(), "settlement_id"].dropna()
    return existing, ~region.settlements.index.isin(assumed)


def _not_taught(demand: pd.DataFrame, access: pd.DataFrame) -> Any:
    bands = []
    here = access.pivot_table(index="settlement_id", columns="band", values="here", aggfunc="first")
    here = here.reindex(index=demand.index, columns=list(COLUMN_OF_BAND))
    for band, column in COLUMN_OF_BAND.items():
        children = demand[column].ne(0).fillna(value=True).astype(bool)
        bands.append(np.where(children & ~here[band].astype(bool), band, ""))
    return pd.array([", ".join(one for one in row if one) for row in zip(*bands, strict=True)], dtype="str")


def _entitled(transport: pd.DataFrame, rule: str, settlements: pd.Index[str]) -> pd.Series[int]:
    pupils = transport.loc[transport[rule]].groupby("settlement_id")["pupils"].sum()
    return pupils.reindex(settlements).fillna(0).astype("Int64")


def _shortage(pupils: pd.Series[int], room: pd.Series[float]) -> pd.Series[int]:
    return (pupils.astype("Float64") - room).clip(lower=0).round().astype("Int64")


def summary(
    region: Region, findings: pd.DataFrame, schools: pd.DataFrame, transport: pd.DataFrame, access: pd.DataFrame
) -> dict[str, Any]:
    """Return the headline counts of a region in the season of the plan: plain numbers by name.

    `indicator_share` is the national project's: (emergency or three-shift) / state day schools, each counted once;
    a figure is None where the register says nothing that could make it.
    """
    rural = region.settlements["is_rural"]
    state_day = schools[schools["state_day"]]
    bad = state_day["emergency"] | state_day["three_shift"]
    known = region.schools[["level", "enrolment", "seats", "condition", "shifts"]].notna().any()
    seated = known["enrolment"] and known["seats"]
    shown = known["condition"] and known["shifts"]
    deficit = findings["network_deficit"]
    unknown = transport["pupils"].isna()
    bridges = {
        f"pupils_{name}": int(transport.loc[transport[f"entitled_{name}"], "pupils"].sum())
        for name in ("bridge_ends", "bridge_stays")
    }
    return {
        "settlements": len(findings),
        "settlements_rural": int(rural.sum()),
        "population": int(region.settlements["population"].sum()),
        "children": int(findings["children"].sum()),
        "children_unknown": int(findings["children"].isna().sum()),
        "schools": len(schools),
        "state_day_schools": len(state_day),
        "network_deficit": int(deficit.sum()),
        "owed_build": int((deficit & (findings["existing"] == "none")).sum()),
        "owed_upgrade": int((deficit & (findings["existing"] != "none")).sum()),
        "level_unknown": int(region.schools["level"].isna().sum()),
        "pupils_entitled_or": int(findings["pupils_entitled_or"].sum()),
        "pupils_entitled_and": int(findings["pupils_entitled_and"].sum()),
        **{f"pupils_entitled_{one}": int(findings[f"pupils_entitled_{one}"].sum()) for one in tables.SEASONS},
        **bridges,
        "entitled_unknown": int(transport.loc[transport["entitled"] & unknown, "settlement_id"].nunique()),
        "at_risk": int(schools["at_risk"].sum()) if known["enrolment"] and known["level"] else None,
        "protected": int(schools["protected"].sum()),
        "emergency": int(state_day["emergency"].sum()) if known["condition"] else None,
        "three_shift": int(state_day["three_shift"].sum()) if known["shifts"] else None,
        "indicator_share": float(bad.mean()) if len(state_day) and shown else None,
        "shortage_official": int(schools["shortage_official"].sum()) if seated else None,
        "shortage_comfort": int(schools["shortage_comfort"].sum()) if seated else None,
        "approx": int(access["approx"].sum()),
    }
