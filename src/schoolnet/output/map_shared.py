"""What the map holds besides settlements: routes, okrugs, network schools, years of sites, and what-if."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.output import layers, spelled, titles, words
from schoolnet.output import plots as _plots
from schoolnet.output.map_lines import coded
from schoolnet.output.scene import svg
from schoolnet.planning import whatif as _whatif
from schoolnet.planning.flips_many import flips_of_all
from schoolnet.planning.programme import programme

if TYPE_CHECKING:
    from schoolnet.planning.plan import Plan

_ROUTE = ("wave", "seats", "pupils", "ride_min", "loop_m", "km_day", "leaves", "pickup", "arrives")
_OKRUG = (
    "satellites", "attached_far", "pupils", "free_seats", "visitors", "subject_rooms", "teachers", "adds",
    "pooled_level", "mean_min", "worst_min",
)  # fmt: skip
_PLACE = (
    "profile", "pupils_60", "pupils_90", "pupils_beyond", "boarding_seats", "rural_share", "near", "own", "far",
    "rural", "fit", "partner", "apart", "score", "rank", "rank_best", "rank_worst", "first_share", "opened", "approx",
)  # fmt: skip
_SHOWN = 5  # places of a profile
_FINE = 0.0002  # tolerance of a route's line in degrees, about 20 m


def shared(plan: Plan) -> dict[str, Any]:
    """Return routes, okrugs and places for network schools, as the page draws and lists them."""
    return {"routes": _routes(plan), "okrugs": _okrugs(plan), "places": _places(plan)}


def of_settlements(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return how the pupils of each settlement are carried, and its part in an okrug, by settlement."""
    out: dict[str, dict[str, Any]] = {}
    for row in plan.rides.itertuples():
        ride = {"route": row.route_id, "ride": row.ride_min, "school": row.school_id}
        keys = {name: getattr(row, name) for name in ("band", "wave", "mode", "why", "pickup", "pupils")}
        out.setdefault(str(row.settlement_id), {}).setdefault("rides", []).append(spelled.clean(keys | ride))
    for row in plan.okrug_members.itertuples():
        part = spelled.clean({"role": row.role, "id": row.okrug_id, "why": row.why})
        out.setdefault(str(row.Index), {})["okrug"] = part
    return out


def years(plan: Plan) -> dict[str, Any]:
    """Return the school year each site of a plan opens in by the programme of its options; empty: not reached."""
    return programme(plan.sites, plan.options.model_copy(update={"rank_draws": 0})).sites["year"].to_dict()


def whatif(plan: Plan) -> dict[str, Any]:
    """Return what the page reckons other choices from (`planning.whatif`)."""
    found = _whatif.rows(plan.access, plan.transport, plan.reach, plan.options)
    rows = [
        [
            row.pupils,
            None if pd.isna(row.metres) else round(row.metres, 4),
            bool(row.barrier),
            bool(row.held),
            row.sites,
        ]
        for row in found.itertuples()
    ]
    return {
        "limit_m": plan.norms["transport.distance_m"].value,
        "rule": plan.options.transport_rule,
        "rows": [[*row] for row in rows],
        "owed": [*plan.findings.index[plan.findings["network_deficit"]]],
    }


def flips(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return what would change each verdict, by settlement: sentence, its raw values, verdict, level, pupils.

    Settlements that `planning.flips_many` does not try have none; an empty list says that nothing tried changes it.
    """
    return {
        key: {"flips": [[one.change, spelled.clean(one.facts), *one.outcome] for one in some]}
        for key, some in flips_of_all(plan).items()
    }


def plots(plan: Plan) -> dict[str, list[str]]:
    """Return the plots of a plan as SVG texts, by language."""
    ways = _plots.walks(plan)
    out = {}
    for lang in words.LANGS:
        said = words.load(lang)
        scenes = (_plots.forecast(plan, said), _plots.cohorts(plan, said), _plots.money(plan, said))
        out[lang] = [svg(scene) for scene in (*scenes, _plots.distance(ways, said))]
    return out


def neighbours(plan: Plan, told: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the schools over the border that somebody goes to, with the names of the region each lies in."""
    regions = titles.around(plan.region.adjoining)
    return [
        _at(row)
        | {"id": row.Index, "names": spelled.names(row), "region": regions.get(row.region_id, {})}
        | spelled.clean({name: getattr(row, name) for name in told})
        for row in layers.neighbours(plan).itertuples()
    ]


def _routes(plan: Plan) -> list[dict[str, Any]]:
    calls = {str(key): rows for key, rows in plan.calls.groupby("route_id")}
    lines = plan.routes.geometry.simplify(_FINE)
    out = []
    for row, line in zip(plan.routes.itertuples(), lines, strict=True):
        stops = [
            spelled.clean({"s": one.settlement_id, "pupils": one.pupils, "time": one.time, "ride": one.ride_min})
            for one in calls[row.Index].itertuples()
        ]
        out.append(
            spelled.clean({"id": row.Index, "school": row.school_id} | {name: getattr(row, name) for name in _ROUTE})
            | spelled.clean({"cost_mkzt": row.cost_year_mkzt, "cost_basis": row.price_basis})
            | spelled.clean({"district": row.district_id if row.school_id in plan.region.neighbours.index else None})
            | {"over": bool(row.ride_min > plan.options.ride_advised_min), "line": coded(line), "calls": stops}
        )
    return out


def _okrugs(plan: Plan) -> list[dict[str, Any]]:
    members = {str(key): rows for key, rows in plan.okrug_members.groupby("okrug_id")}
    return [
        _at(row)
        | spelled.clean({"id": row.Index, "school": row.school_id, "s": row.settlement_id})
        | spelled.clean({name: getattr(row, name) for name in _OKRUG})
        | {"members": [_member(one) for one in members[row.Index].itertuples()]}
        for row in plan.okrugs.itertuples()
    ]


def _member(row: Any) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("role", "minutes", "school_min", "adds")}
    return spelled.clean({"s": row.Index, "school": row.school_id, "below": row.below_guarantee or None} | told)


def _places(plan: Plan) -> list[dict[str, Any]]:
    rows: pd.DataFrame = plan.candidates[plan.candidates["rank"] <= _SHOWN]
    return [
        _at(row)
        | spelled.clean({"id": row.Index, "s": row.settlement_id, "school": row.school_id})
        | spelled.clean({name: getattr(row, name) for name in _PLACE})
        for row in rows.itertuples()
    ]


def _at(row: Any) -> dict[str, Any]:
    return {"at": [round(row.geometry.y, 5), round(row.geometry.x, 5)]}
