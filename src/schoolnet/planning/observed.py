"""What monitoring keeps of a plan: small tables, where the plan holds all roads; one for each region and date."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.model import access
from schoolnet.model.audit import one_shift
from schoolnet.model.demand import COLUMN_OF_BAND
from schoolnet.model.population import ESTIMATED

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd

    from schoolnet.law.norms import Norms
    from schoolnet.planning.plan import Plan

NAMES = ("name", "name_kk", "name_ru", "name_en")
_FOUND = ("state_day", "emergency", "three_shift", "shortage_official", "shortage_comfort")
_TOLD = ("level", "condition", "shifts", "enrolment", "ownership", "kind", "built", "updated_at")


@dataclass(frozen=True)
class Observed:
    """One region on one date.

    Attributes
    ----------
    code, names, day
        Of the region; names by language; the day its data speak of: of a snapshot its own, else that of the norms.
    schools
        By `school_id`: names, `settlement_id`, `district_id` (empty: outside every district), `is_rural`, `lon`, `lat`,
        what the register tells, one-shift `seats`, and what is found (`results.SCHOOL_FINDINGS`).
    settlements
        By `settlement_id`: names, `kato`, `district_id`, `is_rural`, `children`, `guaranteed`, `existing`,
        `network_deficit`, `entitled_pupils`, inhabitants (`population`), and whether the children are `estimated`.
    ways
        By settlement and band, in the season of the plan: `here`, `school_id` (nearest), `pupils`, `far`, `barrier`,
        `entitled`.
    districts
        By `district_id`: names.
    norms
        Those the plan was held against: of the day, unless another was named.
    rejected
        Schools whose row the register's ledger rejects, by identifier: why.
    """

    code: str
    names: Mapping[str, str]
    day: dt.date
    schools: pd.DataFrame
    settlements: pd.DataFrame
    ways: pd.DataFrame
    districts: pd.DataFrame
    norms: Norms = field(repr=False)
    rejected: Mapping[str, str] = field(default_factory=dict)


def observed(plan: Plan, rejected: Mapping[str, str] | None = None) -> Observed:
    """Return what monitoring needs of a plan; `rejected`: schools whose row was not used, by identifier, and why."""
    region = plan.region
    return Observed(
        code=region.code,
        names=dict(region.names),
        day=plan.region.day or plan.norms.day,
        schools=_schools(plan),
        settlements=_settlements(plan),
        ways=_ways(plan),
        districts=pd.DataFrame(region.districts)[[*NAMES]],
        norms=plan.norms,
        rejected=dict(rejected or {}),
    )


def _schools(plan: Plan) -> pd.DataFrame:
    rows, homes = plan.region.schools, plan.region.settlements
    return pd.DataFrame(rows)[[*NAMES, "settlement_id", *_TOLD]].assign(
        district_id=_district(rows["settlement_id"], homes),
        is_rural=rows["settlement_id"].map(homes["is_rural"]).fillna(value=False).astype(bool),
        seats=one_shift(rows),
        lon=rows.geometry.x,
        lat=rows.geometry.y,
        **{name: plan.school_findings[name] for name in _FOUND},
    )


def _district(settlements: pd.Series[str], homes: gpd.GeoDataFrame) -> pd.Series[str]:
    return settlements.map(homes["district_id"].fillna("")).fillna("").astype(str)


def _settlements(plan: Plan) -> pd.DataFrame:
    rows, found = plan.region.settlements, plan.findings
    kept = ("children", "guaranteed", "existing", "network_deficit")
    return pd.DataFrame(rows)[[*NAMES, "kato", "is_rural"]].assign(
        district_id=rows["district_id"].fillna("").astype(str),
        estimated=plan.demand["children_basis"].isin(ESTIMATED),
        population=rows["population"],
        **{name: found[name] for name in kept},
        entitled_pupils=found[f"pupils_entitled_{plan.options.season}"],
    )


def _ways(plan: Plan) -> pd.DataFrame:
    """Return the ways to school of the season, with who is owed transport on them."""
    season = plan.options.season
    now, owed = (access.in_season(frame, season) for frame in (plan.access, plan.transport))
    keys = ["settlement_id", "band"]
    rows = now[[*keys, "here", "school_id"]].merge(owed[[*keys, "far", "barrier", "entitled"]], how="left", on=keys)
    flags: dict[str, Any] = {
        name: rows[name].astype(object).where(rows[name].notna(), other=False).astype(bool)
        for name in ("far", "barrier", "entitled")
    }
    stacked = plan.demand[list(COLUMN_OF_BAND.values())].stack(future_stack=True)
    column = rows["band"].map(COLUMN_OF_BAND)
    pupils = stacked.reindex(pd.MultiIndex.from_arrays([rows["settlement_id"], column])).array
    return rows.assign(**flags, pupils=pupils).set_index(keys)
