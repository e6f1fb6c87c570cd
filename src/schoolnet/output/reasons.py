"""Why each settlement has its verdict: the raw values its sentence is filled with, and the names put in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import tables
from schoolnet.model.access import in_season
from schoolnet.output import border, layers, words
from schoolnet.output.spelled import clean, names, plain, said
from schoolnet.planning import riders
from schoolnet.planning.found import bands_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schoolnet.planning.plan import Plan


def facts(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return, for each settlement, the raw values its reason and notes are filled with (see `Words.sentence`).

    `school` and `water` are identifiers; `named` puts names in their place.
    """
    found, sites = ways(plan), sites_of(plan)
    return {
        row.Index: _facts(row, found.get(row.Index, []), plan) | _sited(row, sites.get(row.Index, []), plan)
        for row in layers.settlements(plan).itertuples()
    }


def sites_of(plan: Plan) -> dict[str, list[Any]]:
    """Return the sites of each settlement, by rank."""
    found: dict[str, list[Any]] = {}
    for row in layers.sites(plan).itertuples():
        if isinstance(row.settlement_id, str):
            found.setdefault(row.settlement_id, []).append(row)
    return found


def _sited(row: Any, sites: list[Any], plan: Plan) -> dict[str, Any]:
    """Return the raw values of a reason that speaks of sites of the tiers after the guarantee."""
    if row.reason == "build_emergency":
        schools = plan.school_findings[plan.region.schools["settlement_id"] == row.Index]
        return {"broken": int((schools["emergency"] & schools["state_day"]).sum())}
    if row.reason in ("build_relief", "extend_relief"):
        eased = [one for one in sites if one.tier in ("three_shift", "seats")]
        built = [one.action for one in eased]
        counts = {"new": built.count("build"), "extended": built.count("extend")}
        return counts | {"lacking": int(sum(one.pupils for one in eased)), "whose": plan.options.size_for}
    if row.reason in ("build_travel", "upgrade_travel"):
        (site,) = [one for one in sites if one.tier == "travel"][:1]
        return {"moved": int(site.moved), "saved_m": round(float(site.saved_m), 4)}
    return {}


def named(plan: Plan, lang: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a function that puts the names of a language in the place of the identifiers in facts."""
    region, unnamed = plan.region, words.load(lang).text("no_name")
    places = {row.Index: said(names(row), lang) or unnamed for row in region.settlements.itertuples()}
    schools = {}
    for row in region.schools.itertuples():
        home = f" ({places[row.settlement_id]})" if row.settlement_id in places else ""
        schools[row.Index] = (said(names(row), lang) or unnamed) + home
    schools |= border.called(region, lang)
    waters = {row.Index: (row.kind, said(names(row), lang)) for row in region.waters.itertuples()}
    known: dict[str, dict[str, Any]] = {
        "place": places,
        "school": schools,
        "bus_school": schools,
        "water": waters,
        "divided_by": waters,
    }

    def put(raw: Mapping[str, Any]) -> dict[str, Any]:
        return {key: known[key][value] if key in known else value for key, value in raw.items()}

    return put


def ways(plan: Plan) -> dict[str, list[Any]]:
    """Return, by settlement, a row for each band not taught there in the season of the plan: its way, and who is owed.

    `entitled_dry` and `entitled_flood` hold under the rule of the plan; `bridge` is what `Words.bridge` says.
    """
    keys, season = ["settlement_id", "band"], plan.options.season
    owed = in_season(plan.transport, season).drop(columns=["far", "barrier"])
    for one in tables.SEASONS:
        then = in_season(plan.transport, one)[[*keys, "entitled"]].rename(columns={"entitled": f"entitled_{one}"})
        owed = owed.merge(then, how="left", on=keys)
    away = in_season(plan.access, season)
    away = away[~away["here"]].merge(owed, how="left", on=keys)
    over = in_season(plan.waters_between, season).drop(columns=["crossing", "barrier"])
    away = away.merge(over, how="left", on=["settlement_id", "school_id", "water_id"])
    away = away.merge(_long(plan), how="left", on=keys)
    levels = plan.region.all_schools["level"]
    found: dict[str, list[Any]] = {}
    bridges = [_bridge(row) for row in away.itertuples()]
    assumed = away["school_id"].isin(levels.index[levels.isna()])
    for row in away.assign(bridge=bridges, assumed=assumed).itertuples():
        found.setdefault(row.settlement_id, []).append(row)
    return found


def _long(plan: Plan) -> pd.DataFrame:
    """Return the settlements and bands whose ride is too long for all: its minutes, and the longest there may be."""
    beyond = riders.beyond(plan.rides)
    pairs = zip(plan.rides["settlement_id"], plan.rides["band"], strict=True)
    rows = plan.rides[np.fromiter((pair in beyond for pair in pairs), bool, len(plan.rides))]
    limit = rows["wave"].map({wave: riders.cap(plan.options, wave) for wave in (1, 2)}).astype(float)
    rows = rows.assign(long_min=np.ceil(rows["direct_min"] + plan.options.stop_min), limit_min=limit)
    return rows.groupby(["settlement_id", "band"], as_index=False)[["long_min", "limit_min"]].max()


def _bridge(row: Any) -> dict[str, Any] | None:
    """Return the bridge and the way round of a barrier; nothing where a road goes round it, or over nothing."""
    if not row.barrier or row.crossing == "round":
        return None
    at = [] if pd.isna(row.bridge_m) else [round(row.bridge_lat, 5), round(row.bridge_lon, 5)]
    return clean({"m": row.bridge_m, "to": row.bridge_to, "at": at, "round_m": row.round_m})


def notes(row: Any, away: list[Any]) -> list[str]:
    """Return the keys of the notes that go with a settlement's verdict.

    Parameters
    ----------
    row
        The settlement with its findings and verdict.
    away
        Its rows of `ways`.
    """
    held = {
        "note_level_unknown": row.existing != "none" and not row.level_known,
        "note_nearest_unknown": any(way.assumed for way in away),
        "note_approx": any(way.approx for way in away),
        "note_board": bool(boarding(away)) and row.verdict != "board",
        "note_board_long": bool(boarding_long(away)) and row.verdict != "board",
        "note_divided": isinstance(row.divided_by, str) and bool(row.is_rural),
        **dict.fromkeys(_ahead(row), True),
        "note_flood": row.pupils_entitled_dry != row.pupils_entitled_flood,
        "note_meanwhile_bus": row.meanwhile_bus,
        "note_bus_after": row.meanwhile_bus and bool(staying(row, away)),
        "note_reassigned": row.reassigned > 0,
        "note_unplaced": row.unplaced > 0,
        "note_substitute_consent": row.verdict == "board" or (row.verdict == "bus" and row.existing == "none"),
    }
    return [key for key, holds in held.items() if holds]


def _ahead(row: Any) -> list[str]:
    """Return the notes on what becomes of the guaranteed level, and on what it hangs."""
    none = "_none" if row.caution == "falls" and row.guaranteed_then == "none" else ""
    changes = [f"note_{row.caution}{none}"] if row.caution in ("falls", "rises") else []
    return [*changes, *(["note_hangs"] if _hangs(row) else [])]


def _hangs(row: Any) -> bool:
    return not row.sure and isinstance(row.guaranteed_low, str)


def staying(row: Any, away: list[Any]) -> dict[str, Any]:
    """Return the bands that a school to be built or raised here does not teach and that ride on, and their pupils.

    | level to be | entitled of today | → |
    |---|---|---|
    | primary | 1-4: 12, 5-9: 15, 10-11: 4 | 5-9, 10-11: 19 |
    | secondary | 1-4: 12, 5-9: 15, 10-11: 4 | nobody |
    """
    taught = bands_of(row.level) if row.verdict in ("build", "upgrade") else tables.BANDS
    left = [way for way in away if pd.notna(way.entitled) and way.entitled and way.band not in taught]
    many = sum(int(way.pupils) for way in left if pd.notna(way.pupils))
    return {"bands_after": ", ".join(way.band for way in left), "pupils_after": many} if many else {}


def boarding(away: list[Any]) -> str:
    """Return the bands of a rural settlement that need a boarding place, “5-9, 10-11”.

    Those no bus can take to a school, though they are owed one or no road leads there; a path to a near school is
    enough.
    """
    rural = (way for way in away if isinstance(way.entitled_or, bool) and pd.isna(way.bus_school_id))
    return ", ".join(way.band for way in rural if way.entitled or way.approx or pd.isna(way.school_id))


def boarding_long(away: list[Any]) -> str:
    """Return the bands of a settlement that need a boarding place because the ride would be too long."""
    return ", ".join(way.band for way in away if pd.notna(way.long_min))


def _facts(row: Any, ways_away: list[Any], plan: Plan) -> dict[str, Any]:
    options, norms = plan.options, plan.norms
    level = row.level or plain(row.guaranteed) or "none"
    band = row.band or row.bands_not_taught.split(", ")[0]
    known = {
        "children": row.children,
        "counted": row.counted,
        "bands": boarding(ways_away),
        "bands_long": boarding_long(ways_away),
        "threshold": norms[f"threshold.{tables.LEVELS[0] if level == 'none' else level}"].value,
        "level": "" if level == "none" else level,
        "existing": row.existing,
        "band": band,
        "limit_m": norms["transport.distance_m"].value,
        "assumed": options.unknown_level,
        "factor": options.straight_factor,
        "divided_by": row.divided_by,
        **{name: count for name in ("reassigned", "unplaced") if (count := getattr(row, name)) > 0},
    }
    if row.caution in ("falls", "rises"):
        ahead = {"ahead": row.children_then, "year": str(row.change_year), "year_end": str(row.change_year + 1)}
        known |= ahead | ({} if row.guaranteed_then == "none" else {"level_then": row.guaranteed_then})
    if _hangs(row):
        known |= {"low": row.children_low, "high": row.children_high}
    if row.pupils_entitled_dry != row.pupils_entitled_flood:
        known |= {"dry": row.pupils_entitled_dry, "flood": row.pupils_entitled_flood}
    known |= staying(row, ways_away)
    for way in ways_away:
        if way.band == band:
            known |= way_facts(way, plan)
    return clean(known)


def way_facts(way: Any, plan: Plan) -> dict[str, Any]:
    """Return the raw values of one row of `ways` that sentences are filled with."""
    basis = plan.options.distance_basis
    estimated = basis == "road" and way.approx
    metres = way.road_m if basis == "road" else way.straight_m
    if estimated:  # what the sentence says can be checked: in flood road_m may be the longer way of the dry season
        metres = way.straight_m * plan.options.straight_factor
    facts = {"school": way.school_id, "metres": metres, "basis": "approx" if estimated else basis}
    if pd.notna(way.long_min):
        facts |= {"ride": way.long_min, "ride_limit": way.limit_min}
    return (
        facts
        | {"factor": plan.options.straight_factor}
        | {"water": way.water_id, "crossing": way.crossing, "bridge": way.bridge}
    )
