"""The sheets of an outcome as frames, in the words of one language: sites, programme, years, frontier, equity, proofs.

Names of regions, districts, settlements and schools stand in the place of identifiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.options import Options
from schoolnet.output import site_text, spelled, titles, words
from schoolnet.output.shares import Share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolnet.outcome import Outcome
    from schoolnet.planning.compare import Comparison

_SITES = [
    "rank", "rank_best", "rank_worst", "settlement_id", "region", "district_id", "tier", "also", "action", "level",
    "school_id", "at", "is_rural", "pupils", "seats", "shifts", "from_emergency", "from_third_shift", "from_shortage",
    "moved", "saved_m", "saved_min", "unbused", "cost_mkzt", "cost_pupil_mkzt", "price_basis", "score", "decided",
    "caution", "reason", "id",
]  # fmt: skip
_PROGRAMME = [
    "rank", "settlement_id", "region", "district_id", "tier", "action", "level", "pupils", "seats", "year",
    "mechanism", "cost_mkzt", "state_mkzt", "stopped_by", "rank_best", "rank_worst", "id",
]  # fmt: skip
_PLACES = ("region", "district_id", "settlement_id", "school_id")
_PERCENT = ("far_share", "owed_share")
_WHOLE = "*"


def names(outcome: Outcome, said: words.Words) -> dict[str, str]:
    """Return the names of places and schools by identifier; the identifier where there is no name."""
    columns = list(dict.fromkeys([f"name_{said.lang}", *(f"name_{other}" for other in words.LANGS), "name"]))
    found = (
        outcome.names[columns].astype(object).bfill(axis=1).iloc[:, 0]
        if len(outcome.names)
        else pd.Series(dtype=object)
    )
    called = {str(key): str(key) if pd.isna(name) else str(name) for key, name in found.items()}
    own = {code: titles.of_region(about.get("names", {}), code) for code, about in outcome.about["of"].items()}
    inside = outcome.names.index.isin(outcome.sites["district_id"].dropna().unique())
    called |= titles.districts(outcome.names[inside], said.lang)
    return called | {code: name for code, names in own.items() if (name := spelled.said(names, said.lang))}


def regions(outcome: Outcome, said: words.Words) -> str:
    """Return the names of the outcome's regions, one after another."""
    called = names(outcome, said)
    return ", ".join(called.get(code, code) for code in outcome.about["regions"])


def caveats(outcome: Outcome, said: words.Words) -> list[str]:
    """Return what must be said beside every figure of an outcome: of its regions' data, and of assumed prices."""
    keys = [key for one in outcome.about["of"].values() for key in one.get("caveats", ())]
    assumed = ["assumed_prices"] if (outcome.sites["price_basis"] == "assumed").any() else []
    assumed += programme_caveats(outcome.options, outcome.relieved, outcome.sites)
    known = [f"caveat.{key}" for key in dict.fromkeys([*keys, *assumed])]  # a record is a file, and may hold any word
    return [said.text(key) for key in known if key in said.texts]


def programme_caveats(options: Options, relieved: pd.DataFrame, sites: pd.DataFrame) -> list[str]:
    """Return the keys of what must be said beside a programme: what it leaves out of its sums and its years.

    Parameters
    ----------
    options
        Without money (`budget_mkzt`) only places hold a site back.
    relieved
        `decisions.RELIEVED`: pupils moved to free seats of the same place.
    sites
        Without any there are no years to speak of.
    """
    told = {
        "free_seats": bool((relieved["how"] == "free_seats").any()),
        "no_budget": not options.budget_mkzt and len(sites) > 0,
    }
    return [key for key, holds in told.items() if holds]


def frames(outcome: Outcome, said: words.Words) -> dict[str, pd.DataFrame]:
    """Return the sheets by name, in order."""
    called = names(outcome, said)
    return {
        "years": outcome.years,
        "indicator": indicator(outcome.indicator, called, said),
        "programme": programme(outcome, called),
        **site_frames(outcome.sites, outcome.proofs, called, said),
        "frontier": outcome.frontier,
        "equity": equity(outcome.equity, called, said),
        "relieved": relieved(outcome, called),
        "options": options(outcome.options, said),
    }


def site_frames(
    sites: pd.DataFrame, proofs: pd.DataFrame, called: Mapping[str, str], said: words.Words
) -> dict[str, pd.DataFrame]:
    """Return the sheets of the sites of one plan: `sites` (`decisions.SITES`) and `proofs` (`decisions.PROOFS`)."""
    listed = pd.DataFrame(sites).sort_values("rank")
    frame = _named(listed, called)
    frame["reason"] = [site_text.sentence(row, said, of=len(listed)) for row in listed.itertuples()]
    frame["also"] = [_tiers(text, said) for text in frame["also"]]
    sought = _named(proofs.rename(columns={"what": "sought"}), called)
    sought["sought"] = [said.texts.get(f"sought.{one}", one) for one in sought["sought"]]
    return {"sites": frame[_SITES], "proofs": sought}


def programme(outcome: Outcome, called: Mapping[str, str]) -> pd.DataFrame:
    """Return the programme with what is built beside it, in the order of the list."""
    more = [name for name in outcome.sites if name not in (*outcome.programme, "geometry")]
    frame = outcome.programme.join(pd.DataFrame(outcome.sites)[more]).sort_values("rank")
    return _named(frame, called)[_PROGRAMME]


def equity(table: pd.DataFrame, called: Mapping[str, str], said: words.Words) -> pd.DataFrame:
    """Return the measures of equity, shares as percentages, territories by name."""
    frame = table.rename(columns={"territory": "where"})
    frame["where"] = [_territory(one, called, said) for one in frame["where"]]
    for column in ("today", "after"):
        shown = [measured(value, measure) for value, measure in zip(frame[column], frame["measure"], strict=True)]
        frame[column] = pd.Series(shown, frame.index, dtype=object)
    return frame


def measured(value: Any, measure: str) -> Any:
    """Return a measure as it is shown: shares as such, the others as numbers; nothing where nobody is."""
    if pd.isna(value):
        return None
    if measure in _PERCENT:
        return Share(value)
    return round(float(value), 3 if measure == "gini" else 1)


def indicator(table: pd.DataFrame, called: Mapping[str, str], said: words.Words) -> pd.DataFrame:
    """Return the indicator by region and year; a row without a year is of today."""
    frame = table.copy()
    frame["region"] = [_territory(one, called, said) for one in frame["region"]]
    frame["year"] = frame["year"].astype(object).where(frame["year"].notna(), said.text("column.today"))
    return frame


def relieved(outcome: Outcome, called: Mapping[str, str]) -> pd.DataFrame:
    """Return what ends the need of each school, schools by name; many have one, so region and settlement stand by."""
    found = outcome.relieved.join(outcome.register[["region", "settlement_id"]], on="school_id")
    first = ["region", "settlement_id", "school_id"]
    frame = found[[*first, *(name for name in outcome.relieved if name not in first)]]
    return _named(frame.rename(columns={"need": "tier", "site_id": "id"}), called)


def compared(found: Comparison, said: words.Words) -> dict[str, pd.DataFrame]:
    """Return the sheets of a comparison: what moves, figures, and the options chosen otherwise."""
    called = names(found.b, said) | names(found.a, said)
    moved = _named(found.moved, called).drop(columns=["site_a", "site_b", "id"], errors="ignore")
    moved["differs"] = [
        ", ".join(said.texts.get(f"differs.{one}", one) for one in text.split(", ")) for text in moved["differs"]
    ]
    figures = found.figures.rename(columns={"territory": "where"})
    for side in ("a", "b", "difference"):
        shown = zip(found.figures[side], found.figures["figure"], strict=True)
        figures[side] = pd.Series([measured(value, figure) for value, figure in shown], figures.index, dtype=object)
    figures["where"] = [_territory(one, called, said) for one in figures["where"]]
    figures["figure"] = [
        said.texts.get(f"measure.{one}") or said.text(f"column.{one}") for one in found.figures["figure"]
    ]
    choices = found.choices.reset_index()
    choices["meaning"] = [said.text(f"option.{name}") for name in choices["option"]]
    return {"moved": moved, "figures": figures, "choices": choices}


def options(chosen: Options, said: words.Words) -> pd.DataFrame:
    """Return the options with their values and meanings; `*` marks one that is not the default."""
    rows = []
    for name, value in chosen.model_dump(mode="json").items():
        shown: Any = value
        if isinstance(value, dict):
            shown = ", ".join(f"{said.texts.get(f'weight.{key}', key)} – {one:g}" for key, one in value.items()) or None
        elif isinstance(value, list):
            shown = ", ".join(f"{one:g}" for one in value) or None
        shown = said.text("choice.default") if shown is None else said.texts.get(f"choice.{shown}", shown)
        shown = said.texts.get(f"level.{value}", shown) if name == "unknown_level" else shown
        changed = name in chosen.model_fields_set and getattr(chosen, name) != Options.model_fields[name].default
        rows.append({"option": name, "value": shown, "meaning": said.text(f"option.{name}") + "*" * changed})
    return pd.DataFrame(rows)


def _named(frame: pd.DataFrame, called: Mapping[str, str]) -> pd.DataFrame:
    out = frame.reset_index(names="id") if frame.index.name else frame.copy()
    for column in [name for name in _PLACES if name in out]:
        out[column] = [called.get(one, one) for one in out[column]]
    return out


def _tiers(text: str, said: words.Words) -> str:
    return ", ".join(said.text(f"tier.{one}") for one in text.split(", ") if one)


def _territory(one: str, called: Mapping[str, str], said: words.Words) -> str:
    group = "all" if one == _WHOLE else one
    return said.text(f"territory.{group}") if group in ("all", "urban", "rural") else called.get(one, one)
