"""The sheets of the workbook as frames: what each column holds, in the words of one language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.model.balance import WHOLE
from schoolnet.output import (
    border,
    bus_sheets,
    costing,
    layers,
    network_sheets,
    norms_text,
    okrug_sheets,
    people_basis,
    people_sheets,
    plan_sheets,
    reasons,
    record,
    shares,
    titles,
    words,
)
from schoolnet.output.register import COLUMNS, register
from schoolnet.planning import scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schoolnet.planning.plan import Plan
    from schoolnet.region import Input, Region

_SETTLEMENTS = [
    "id",
    "name",
    "kato",
    "district_id",
    "place",
    "is_rural",
    "population",
    "population_basis",
    "children",
    "children_basis",
    "children_1_4",
    "children_5_9",
    "children_10_11",
    "home_taught",
    "guaranteed",
    "existing",
    "level_known",
    "network_deficit",
    "bands_not_taught",
    "divided_by",
    "pupils_entitled_or",
    "pupils_entitled_and",
    "pupils_entitled_dry",
    "pupils_entitled_flood",
    "rank",
    "rank_best",
    "rank_worst",
    "caution",
    "verdict",
    "level_target",
    "verdict_mkzt",
    "runner_up",
    "runner_up_mkzt",
    "below_guarantee",
    "reason",
    "notes",
    "clause",
]
_SCHOOLS = [
    "id",
    "name",
    "settlement_id",
    "kato",
    "level",
    "seats",
    "seat_basis",
    "enrolment",
    "shifts",
    "condition",
    "ownership",
    "kind",
    "language",
    "profile",
    "support",
    "subject_rooms",
    "teachers",
    "modernised",
    "running_water",
    "toilets",
    "built",
    "sustained",
    "at_risk",
    "protected",
    "emergency",
    "three_shift",
    "state_day",
    "shortage_official",
    "shortage_comfort",
    "source",
    "updated_at",
    "changed_at",
]
#: What of the register is printed; the figures behind it stand to the right of it.
_TRANSPORT = [
    "district_id",
    "name",
    "kato",
    "band",
    "pupils",
    "reason",
    "entitled_or",
    "entitled_and",
    "entitled_dry",
    "entitled_flood",
]
PRINTED = {"transport": len(_TRANSPORT)}
_WATERS = [
    "settlement_id", "school_id", "season", "water_id", "crossing", "barrier", "round_m", "bridge_m", "bridge_to",
    "bridge_lon", "bridge_lat",
]  # fmt: skip


def frames(plan: Plan, said: words.Words) -> dict[str, pd.DataFrame]:
    """Return the sheets by name, in order; names of places stand for identifiers, sentences for keys."""
    return {
        "summary": _summary(plan, said),
        "settlements": _settlements(plan, said),
        "schools": _schools(plan, said.lang),
        **_decisions(plan, said),
        **network_sheets.of_plan(plan, said),
        **okrug_sheets.frames(plan, said),
        "transport": _transport(plan, said),
        **bus_sheets.frames(plan, said, places(plan.region, said)),
        "waters": _waters(plan, said),
        "districts": _districts(plan, said),
        "basis": people_basis.table(plan.region, plan.norms, plan.options, said),
        **people_sheets.frames(plan, said, places(plan.region, said)),
        "ledger": plan.ledger.frame(said.message),
        "norms": _norms(plan, said),
        "options": plan_sheets.options(plan.options, said),
        "inputs": inputs(plan.region.inputs, said),
    }


def inputs(files: Iterable[Input], said: words.Words) -> pd.DataFrame:
    """Return the files a region was read from, what each was read for in words."""
    rows = [one._asdict() | {"role": _role(one.role, said)} for one in files]
    return pd.DataFrame(rows, columns=["role", "name", "bytes", "sha256"])


def _role(role: str, said: words.Words) -> str:
    """Return what a file was read for in words; a word of somebody else's as it is."""
    return said.texts.get(f"input_role.{role}") or said.texts.get(f"layer.{role}", role)


def places(region: Region, said: words.Words) -> dict[str, str]:
    """Return the names of districts and settlements by identifier; the identifier where there is no name."""
    layers_of = (region.districts, region.settlements)
    names = pd.concat([_named(layer, said.lang) for layer in layers_of])
    called = {str(key): str(key) if pd.isna(name) else str(name) for key, name in names.items()}
    return called | titles.districts(region.districts, said.lang)


def _named(frame: pd.DataFrame, lang: str) -> pd.Series[Any]:
    """Return names in the language asked for, else in the next one, else as the source has it (as `spelled.said`)."""
    columns = dict.fromkeys([f"name_{lang}", *(f"name_{other}" for other in words.LANGS), "name"])
    return frame[list(columns)].bfill(axis=1).iloc[:, 0]


def _summary(plan: Plan, said: words.Words) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {"text": said.text(f"caveat.{caveat}"), "value": "!"} for caveat in costing.caveats(plan)
    ]
    for key, value in plan.summary.items():
        if f"summary.{key}" in said.texts:
            shown = shares.share(value) if shares.named(key) else value
            rows.append({"text": said.text(f"summary.{key}"), "value": shown})
    rows.append({"text": said.text("ui.norms_day", day=f"{plan.norms.day:%d.%m.%Y}"), "value": None})
    rows.append({"text": record.stamp(plan.region.inputs, plan.norms.day, said), "value": None})
    return pd.DataFrame(rows, columns=["text", "value"], dtype=object)


def _settlements(plan: Plan, said: words.Words) -> pd.DataFrame:
    frame = layers.settlements(plan)
    frame["name"] = _named(frame, said.lang)
    districts = titles.districts(plan.region.districts, said.lang)
    frame["district_id"] = frame["district_id"].map(districts).astype(object).fillna(frame["district_id"])
    waters = frame["divided_by"].map(_named(plan.region.waters, said.lang)).astype(object)
    frame["divided_by"] = waters.fillna(frame["divided_by"])
    facts, away = reasons.facts(plan), reasons.ways(plan)
    names = reasons.named(plan, said.lang)
    frame["notes"] = [
        " ".join(
            norms_text.note(plan.norms, key, said.sentence(key, names(facts[row.Index])), said.lang)
            for key in reasons.notes(row, away.get(row.Index, []))
        )
        for row in frame.itertuples()
    ]
    frame["clause"] = [norms_text.cited(plan.norms, key, said) for key in frame["reason"]]
    frame["reason"] = [said.sentence(key, names(facts[at])) for at, key in frame["reason"].items()]
    frame = frame.sort_values("rank", na_position="last", kind="stable").reset_index()
    called = {"settlement_id": "id", "level": "level_target", "cost_mkzt": "verdict_mkzt"}
    return frame.rename(columns=called)[_SETTLEMENTS]


def _decisions(plan: Plan, said: words.Words) -> dict[str, pd.DataFrame]:
    """Return the sheets of what is to be done: the sites, the programme this region would have alone, prices.

    Those with nothing to show are left out.
    """
    found = plan_sheets.frames(scenario.alone(plan), said)
    schools = _named(plan.region.schools, said.lang).dropna().to_dict()
    ends = {
        name: plan.reassigned[name].map(lambda one: schools.get(one, one)) for name in ("school_id", "to_school_id")
    }
    found["reassigned"] = plan.reassigned.assign(**ends)
    shown = {name: frame for name, frame in found.items() if len(frame) and name != "options"}
    return shown | {"prices": costing.prices_frame(plan.prices, said)}


def _schools(plan: Plan, lang: str) -> pd.DataFrame:
    frame = layers.schools(plan)
    frame["name"] = _named(frame, lang)
    frame["settlement_id"] = frame["settlement_id"].map(_named(plan.region.settlements, lang))
    return frame.reset_index().rename(columns={"school_id": "id"})[_SCHOOLS]


def _transport(plan: Plan, said: words.Words) -> pd.DataFrame:
    frame = register(plan, lang=said.lang)
    homes = plan.region.settlements.loc[frame["settlement_id"], ["kato", "district_id"]].reset_index(drop=True)
    homes["district_id"] = homes["district_id"].map(titles.districts(plan.region.districts, said.lang))
    frame = _with_names(frame.assign(name=frame["settlement_id"]).join(homes), plan, said)
    frame = frame.sort_values(["district_id", "name", "settlement_id"], kind="stable")
    return frame[[*_TRANSPORT, *(column for column in COLUMNS if column not in ("settlement_id", *_TRANSPORT))]]


def _waters(plan: Plan, said: words.Words) -> pd.DataFrame:
    return _with_names(plan.waters_between.rename(columns={"settlement_id": "name"}), plan, said).rename(
        columns={"name": "settlement_id"}
    )[_WATERS]


def _with_names(frame: pd.DataFrame, plan: Plan, said: words.Words) -> pd.DataFrame:
    """Return a table with names in the place of identifiers of settlements, schools and waters."""
    region = plan.region
    layer = {"name": region.settlements, "school_id": region.schools, "bus_school_id": region.schools}
    out, beyond = frame.copy(), border.called(region, said.lang)
    for column, rows in (layer | {"water_id": region.waters}).items():
        if column in out:
            names = _named(rows, said.lang).dropna().to_dict() | beyond
            out[column] = [names.get(one, one) for one in out[column]]
    return out


def _districts(plan: Plan, said: words.Words) -> pd.DataFrame:
    frame = plan.district_findings.reset_index()
    names = titles.districts(plan.region.districts, said.lang) | {
        WHOLE: said.text("layer.region"),
        "": said.text("no_district"),
    }
    frame["district_id"] = frame["district_id"].map(names)
    return frame.rename(columns={"protected": "kept"})  # schools, not a reason


def _norms(plan: Plan, said: words.Words) -> pd.DataFrame:
    rows = norms_text.rows(plan.norms, said.lang)
    frame = pd.DataFrame([row._asdict() for row in rows], columns=norms_text.Row._fields, dtype=object)
    shown = [norms_text.cell(plan.norms[row.key], said) for row in rows]
    frame["value"] = pd.Series(shown, frame.index, dtype=object)
    return frame[["standing", "text", "value", "unit", "clause", "since", "notes", "key"]]
