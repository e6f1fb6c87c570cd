"""What is said of two dates, in the words of one language: the sheets of compare.xlsx and the lines of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import monitored
from schoolnet.model.balance import WHOLE
from schoolnet.output import monitoring_forms, monitoring_notes, plan_sheets, printed, spelled, titles, words
from schoolnet.planning import turns
from schoolnet.planning.observed import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from schoolnet.output.monitoring_forms import Recorded
    from schoolnet.output.words import Words

_TOP = 20
#: Columns of codes, each with the group of words that names them.
_CODED = {"changed": "changed", "nature": "nature", "doubt": "doubt", "duty": "duty", "turn": "turn",
          "figure": "column", "of_column": "column"}  # fmt: skip
_LEVELS = ("guaranteed_a", "guaranteed_b", "existing_a", "existing_b")
_CHANGES = ("settlement_id", "school_id", "changed", "of_column", "nature", "doubt", "value_a", "value_b")
_EVENTS = ("changed", "count", "doubtful", *monitored.ADDS)
_OWED = ("settlement_id", "duty", "turn", "causes", "existing_a", "existing_b", "guaranteed_b", "pupils_a", "pupils_b")


def names(found: Recorded, said: Words) -> dict[str, str]:
    """Return the names of regions, districts, settlements and schools by identifier, as the later side has them."""
    called: dict[str, str] = {}
    for one in (*found.a, *found.b):
        for frame in (one.settlements, one.schools):
            columns = list(dict.fromkeys([f"name_{said.lang}", *NAMES[1:], "name"]))
            first = frame[columns].astype(object).bfill(axis=1).iloc[:, 0].dropna()
            called |= {str(key): str(name) for key, name in first.items()}
        for row in one.districts.itertuples():
            called[str(row.Index)] = spelled.said(titles.of_district(row), said.lang) or str(row.Index)
        called[one.code] = titles.region(one.names, one.code, said.lang)
    return called


def frames(found: Recorded, said: Words, called: dict[str, str] | None = None) -> dict[str, pd.DataFrame]:
    """Return the sheets by name, in order; `called`: the `names`, where they are at hand."""
    called = names(found, said) if called is None else called
    return {
        "figures_then": _figures(found.figures, found.owed, called, said),
        "events": _worded(found.events, called, said),
        "changes": _worded(found.changes, called, said),
        "owed_changes": _worded(found.owed, called, said),
        "quarterly": monitoring_forms.quarterly_form(found, said),
        "yearly": monitoring_forms.yearly_form(found, said, called),
        "norms_between": monitoring_notes.norms(found, said),
        "rests": monitoring_notes.rests(found, said),
        "snapshots": _sides(found, called),
        "options": _options(found, said),
    }


def _options(found: Recorded, said: Words) -> pd.DataFrame:
    """Return the options, the day of the norms as each side had it."""
    out = plan_sheets.options(found.options, said)
    told = said.text("monitored.both_days", **_norm_days(found))
    out["value"] = out["value"].astype(object).mask(out["option"] == "on", told)
    return out


def told(found: Recorded, lang: str) -> Iterator[RenderableType | str]:
    """Yield what changed: figures of the regions, schools, what settlements are owed, and what must be known of it."""
    said = words.load(lang)
    called = names(found, said)
    yield heading(found, said, called)
    yield from monitoring_notes.notes(found, said)
    whole = found.figures["district_id"] == WHOLE
    rows = found.figures[whole & (found.figures["region"] == found.figures.loc[whole, "region"].iloc[0])]
    figures = _figures(rows, found.owed, called, said)
    columns = ("figure", "then_a", "then_b", "difference")
    yield printed.table(said, said.text("heading.figures_then"), figures, columns)
    events = found.events[(found.events["district_id"] == WHOLE) & (found.events["region"] == rows["region"].iloc[0])]
    yield from _table(said, "events", _worded(events, called, said), _EVENTS)
    yield from _table(said, "changes", _worded(found.changes, called, said), _CHANGES)
    turned = found.owed[~turns.estimated_only(found.owed)]
    yield from _table(said, "owed_changes", _worded(turned, called, said), _OWED, most=len(turned))


def heading(found: Recorded, said: Words, called: dict[str, str]) -> str:
    """Return which regions are compared, the days of their data and of their norms, in one sentence."""
    norms = _norm_days(found)
    return said.text(
        "monitored.days",
        region=", ".join(called[one.code] for one in found.b),
        a=monitoring_forms.told_days(found.a),
        b=monitoring_forms.told_days(found.b),
        norms_a=norms["a"],
        norms_b=norms["b"],
    )


def _norm_days(found: Recorded) -> dict[str, str]:
    sides = monitoring_forms.norm_days(found).items()
    return {side: ", ".join(f"{day:%d.%m.%Y}" for day in days) for side, days in sides}


def _table(
    said: Words, name: str, frame: pd.DataFrame, columns: tuple[str, ...], *, most: int = _TOP
) -> Iterator[RenderableType | str]:
    if frame.empty:
        return
    yield printed.table(said, said.text(f"heading.{name}"), frame.head(most), columns)
    if len(frame) > most:
        yield said.text("check.more", count=said.number(len(frame) - most))


def _figures(table: pd.DataFrame, owed: pd.DataFrame, called: dict[str, str], said: Words) -> pd.DataFrame:
    """Return figures with the share as a percentage, and counts as they are; a region's end with what is estimated."""
    table = _with_estimate(table, owed)
    share = table["figure"] == "indicator_share"
    out = _worded(table, called, said)
    for column in ("then_a", "then_b", "difference"):
        cells = zip(table[column], share, strict=True)
        out[column] = [_share(value, column, said) if is_share else value for value, is_share in cells]
    return out


def _with_estimate(table: pd.DataFrame, owed: pd.DataFrame) -> pd.DataFrame:
    """Return figures, after the pupils owed transport in a region how many of the difference are of the estimate."""
    rows = owed[turns.estimated_only(owed)]
    sums = (rows["pupils_b"] - rows["pupils_a"]).groupby(rows["region"]).sum()
    after = table[(table["district_id"] == WHOLE) & (table["figure"] == "entitled_pupils")]
    told = [float(sums.sum() if one == WHOLE else sums.get(one, 0)) for one in after["region"]]
    new = after.assign(figure="from_estimate", then_a=None, then_b=None, difference=told)
    new = new[new["region"].isin([WHOLE, *sums.index]).to_numpy() & bool(len(rows))]
    parts = pd.concat([table.astype(object), new.astype(object)])
    return parts.sort_index(kind="stable").reset_index(drop=True)


def _share(value: Any, column: str, said: Words) -> Any:
    """Return a share as a percentage, the difference of two shares in percentage points."""
    if pd.isna(value):
        return None
    if column != "difference":
        return said.percent(value)
    return said.text("monitored.points", value=said.number(100 * value, digits=2))


def _worded(table: pd.DataFrame, called: dict[str, str], said: Words) -> pd.DataFrame:
    """Return a table with names for identifiers and words for codes."""
    out = _named(table, called, said)
    for column, group in _CODED.items():
        if column in out:
            out[column] = [said.texts.get(f"{group}.{one}", one) if one else "" for one in out[column].fillna("")]
    if "causes" in out:
        out["causes"] = [", ".join(said.text(f"cause.{one}") for one in text.split(", ")) for text in out["causes"]]
    for column in _LEVELS:
        if column in out:
            out[column] = [_value(one, "level", called, said) for one in out[column]]
    for column in ("value_a", "value_b"):
        if column in out:
            cells = zip(out[column], table["of_column"].fillna("level"), strict=True)
            out[column] = [_value(one, what, called, said) for one, what in cells]
    return out


def _named(table: pd.DataFrame, called: dict[str, str], said: Words) -> pd.DataFrame:
    out = table.copy()
    for column in ("region", "district_id", "settlement_id", "school_id"):
        if column in out:
            out[column] = [_place(one, column, called, said) for one in out[column]]
    if "twin" in out:
        out["twin"] = [_twins(one, called) for one in out["twin"]]
    return out


def _value(one: Any, what: str, called: dict[str, str], said: Words) -> Any:
    """Return a value of a column of the register in words: a code by its name, a settlement or district by its own."""
    if not isinstance(one, str):
        return None
    if what in ("settlement_id", "district_id"):
        return called.get(one, one)
    return said.texts.get(f"{'territory' if what == 'is_rural' else what}.{one}", one)


def _twins(one: Any, called: dict[str, str]) -> str | None:
    if not isinstance(one, str):
        return None
    return called[one] if one in called else ", ".join(called.get(key, key) for key in one.split(", "))


def _place(one: Any, column: str, called: dict[str, str], said: Words) -> Any:
    if not isinstance(one, str):
        return None
    if one == WHOLE:
        return said.text("report.all") if column == "region" else said.text("territory.all")
    return said.text("no_district") if not one and column == "district_id" else called.get(one, one)


def _sides(found: Recorded, called: dict[str, str]) -> pd.DataFrame:
    """Return the snapshots compared: region, day, day of freezing, source, version and seal."""
    rows = [
        {
            "region": called.get(one["region"]["code"], one["region"]["code"]),
            "data_day": one["date"],
            "frozen_on": one["frozen_on"],
            "told_by": one["source"],
            "schoolnet": one["schoolnet"],
            "seal": one["seal"],
        }
        for one in found.sides
    ]
    return pd.DataFrame(rows, columns=["region", "data_day", "frozen_on", "told_by", "schoolnet", "seal"])
