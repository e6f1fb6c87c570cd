"""Education okrugs as sheets and layers, in the words of one language: names stand in the place of identifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from schoolnet.model import minutes
from schoolnet.output import border, words
from schoolnet.planning import okrug_compare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolnet.planning.plan import Plan

_OKRUGS = [
    "okrug_id", "district_id", "settlement_id", "satellites", "attached", "attached_far", "pupils",
    "pupils_satellites", "free_seats", "visitors", "subject_rooms", "teachers", "adds", "pooled_level", "mean_min",
    "worst_min", "in_target", "members",
]  # fmt: skip
_MEMBERS = [
    "district_id", "settlement_id", "role", "okrug_id", "school_id", "minutes", "road_m", "school_min", "adds",
    "why_alone", "guarantee_owed",
]  # fmt: skip
_COMPARED = ["settlement_id", "given", "given_role", "given_min", "faults", "okrug_id", "role", "minutes"]
_HAIR = 1e-6  # minutes, that the longest way is found again
_SAME = 1e-9  # degrees, a tenth of a millimetre
_IN_OKRUG = ("satellite", "attached")


def names(plan: Plan, said: words.Words) -> dict[str, str]:
    """Return the names of districts, settlements, schools and okrugs (their hubs'); the identifier where none is."""
    columns = list(dict.fromkeys([f"name_{said.lang}", *(f"name_{other}" for other in words.LANGS), "name"]))
    region = plan.region
    layers = [pd.DataFrame(layer[columns]) for layer in (region.districts, region.settlements, region.schools)]
    first = pd.concat(layers).bfill(axis=1).iloc[:, 0]
    called = {str(key): str(key) if pd.isna(name) else str(name) for key, name in first.items()}
    called |= border.called(region, said.lang)
    schools = plan.okrugs["school_id"]
    return called | {str(okrug): called[school] for okrug, school in schools.items()}


def frames(plan: Plan, said: words.Words) -> dict[str, pd.DataFrame]:
    """Return the sheets by name, in order; those with nothing to show are left out."""
    called = names(plan, said)
    found = {
        "okrugs": _okrugs(plan, called, said),
        "okrug_members": members(plan, called, said),
        "okrug_compared": _compared(plan, called, said),
        "okrug_proofs": proofs(plan, said),
    }
    return {name: frame for name, frame in found.items() if len(frame)}


def members(plan: Plan, called: Mapping[str, str], said: words.Words) -> pd.DataFrame:
    """Return the part of every rural settlement in words, by district, okrug and part."""
    table = plan.okrug_members
    frame = table.assign(settlement_id=table.index, guarantee_owed=table["below_guarantee"])
    frame["district_id"] = plan.region.settlements["district_id"].reindex(table.index).fillna("")
    keys = pd.DataFrame({"at": frame["district_id"], "okrug": frame["okrug_id"].fillna("~"), "role": frame["role"]})
    keys["role"] = keys["role"].map({role: at for at, role in enumerate(("hub", *_IN_OKRUG, "own", "alone"))})
    frame = frame.loc[keys.assign(id=frame.index).sort_values(["at", "okrug", "role", "id"]).index]
    frame["role"] = [said.text(f"okrug_role.{role}") for role in frame["role"]]
    frame["why_alone"] = [reason(plan, why, said) for why in frame["why"]]
    frame["district_id"] = frame["district_id"].replace("", said.text("no_district"))
    return _named(frame, called)[_MEMBERS].reset_index(drop=True)


def reason(plan: Plan, why: str, said: words.Words) -> str:
    """Return why a settlement is in no okrug, in words; “” where it is in one."""
    return said.text(f"alone.{why}", limit=said.number(plan.options.okrug_min)) if why else ""


def proofs(plan: Plan, said: words.Words) -> pd.DataFrame:
    """Return the proofs of the choice in words."""
    table = plan.okrug_proofs
    sought = [said.text(f"sought.{one}") for one in table["sought"]]
    table = table.rename(columns={"customers": "small_schools", "candidates": "possible_hubs"})
    return table.assign(sought=sought)


def totals(plan: Plan, said: words.Words) -> pd.DataFrame:
    """Return the planner's okrugs and those found side by side; empty where none are given."""
    if plan.okrug_compared.empty:
        return pd.DataFrame()
    found = okrug_compare.totals(plan.okrug_compared, len(plan.okrugs))
    rows = [{"whose_okrugs": said.text(f"okrug.{whose}"), **total._asdict()} for whose, total in found.items()]
    return pd.DataFrame(rows).rename(columns={"okrugs": "okrug_count"})


def ways(plan: Plan) -> gpd.GeoDataFrame:
    """Return the way of a bus from each satellite, and each village that rides along, to the hub of its okrug.

    A straight line stands in where there is no road.
    """
    table = plan.okrug_members[plan.okrug_members["role"].isin(_IN_OKRUG)].reset_index()
    homes = plan.region.settlements.geometry.loc[table["settlement_id"]].to_numpy()
    hubs = plan.okrugs.geometry.loc[table["okrug_id"]].to_numpy()
    roads = _roads(plan, table)
    ends = zip(shapely.get_coordinates(homes), shapely.get_coordinates(hubs), strict=True)
    lines = [shapely.LineString(_joined(start, roads.get(at), end)) for at, (start, end) in enumerate(ends)]
    return gpd.GeoDataFrame(table, geometry=lines, crs=plan.region.settlements.crs)


def _roads(plan: Plan, table: pd.DataFrame) -> dict[int, shapely.LineString]:
    """Return the lines of those with a road to their hub, by row: from their school, or from the village without."""
    schools, homes = plan.roads.nodes("school"), plan.roads.nodes("settlement")
    starts = np.where(
        table["role"] == "satellite", schools.reindex(table["school_id"]), homes.reindex(table["settlement_id"])
    )
    ends = schools.reindex(plan.okrugs["school_id"].reindex(table["okrug_id"])).to_numpy()
    on = np.flatnonzero(table["minutes"].notna())
    paths = [[int(starts[at]), int(ends[at])] for at in on]
    within = table["minutes"].max() + _HAIR
    drawn = minutes.lines(plan.roads, paths, season=plan.options.season, within_min=within) if paths else []
    return dict(zip(on.tolist(), drawn, strict=True))


def _joined(start: Any, road: shapely.LineString | None, end: Any) -> Any:
    """Return the places from one point by a road to another, none twice in a row."""
    places = np.vstack([start, *([] if road is None else [shapely.get_coordinates(road)]), end])
    new = np.append(True, ~np.isclose(places[1:], places[:-1], rtol=0, atol=_SAME).all(axis=1))
    return places[new] if new.sum() > 1 else places[[0, -1]]


def _okrugs(plan: Plan, called: Mapping[str, str], said: words.Words) -> pd.DataFrame:
    table = pd.DataFrame(plan.okrugs.drop(columns="geometry"))
    some = plan.okrug_members[plan.okrug_members["role"] == "satellite"]
    theirs: dict[str, list[str]] = {}
    for key, row in some.sort_values(["minutes"], kind="stable").iterrows():
        took = said.number(row["minutes"])
        theirs.setdefault(row["okrug_id"], []).append(f"{called[str(key)]} ({took})")
    frame = table.reset_index().sort_values(["district_id", "okrug_id"], kind="stable")
    frame["members"] = [", ".join(theirs[okrug]) for okrug in frame["okrug_id"]]
    frame["district_id"] = frame["district_id"].fillna(said.text("no_district"))
    return _named(frame, called)[_OKRUGS]


def _compared(plan: Plan, called: Mapping[str, str], said: words.Words) -> pd.DataFrame:
    table = plan.okrug_compared
    frame = table.assign(settlement_id=table.index).sort_values(["given", "given_role"], kind="stable")
    for column in ("given_role", "role"):
        frame[column] = [said.text(f"okrug_role.{one}") if isinstance(one, str) else one for one in frame[column]]
    frame["faults"] = [
        "; ".join(said.text(f"okrug_fault.{fault}") for fault in text.split(", ") if fault) for text in frame["faults"]
    ]
    return _named(frame, called)[_COMPARED]


def _named(frame: pd.DataFrame, called: Mapping[str, str]) -> pd.DataFrame:
    named: dict[str, Any] = {}
    for column in ("okrug_id", "district_id", "settlement_id", "school_id"):
        if column in frame:
            named[column] = [called.get(one, one) for one in frame[column]]
    return frame.assign(**named)
