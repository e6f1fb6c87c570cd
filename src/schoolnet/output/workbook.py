"""The plan as a workbook for planners: plan.xlsx, in the language asked for."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.options import Options
from schoolnet.output import layers, norms_text, reasons, words
from schoolnet.output.record import whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

    from schoolnet.planning.plan import Plan

#: Columns whose values are codes, and the group of words that names them.
_CODED = {
    name: name
    for name in [
        "place",
        "level",
        "verdict",
        "band",
        "crossing",
        "condition",
        "ownership",
        "kind",
        "seat_basis",
        "outcome",
        "standing",
    ]
} | {
    "guaranteed": "level",
    "level_target": "level",
    "existing": "level",
    "sustained": "level",
    "language": "teaching",
    "table": "layer",
    "children_basis": "basis",
    "population_basis": "basis",
}
_WIDEST, _NARROWEST = 60, 12
_A4 = 9
_LINE_HEIGHT, _LOOSE = 15, 1.1  # points a line; words do not break at the last letter

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
    "guaranteed",
    "existing",
    "level_known",
    "network_deficit",
    "bands_not_taught",
    "pupils_entitled_or",
    "pupils_entitled_and",
    "rank",
    "verdict",
    "level_target",
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
]
_TRANSPORT = [
    "settlement_id",
    "name",
    "band",
    "pupils",
    "school_id",
    "road_m",
    "straight_m",
    "approx",
    "water_id",
    "crossing",
    "between",
    "barrier",
    "far",
    "entitled_or",
    "entitled_and",
    "entitled",
]


def write(plan: Plan, path: Path, *, lang: str = "kk") -> None:
    """Write the plan's tables to one workbook; text from outside can never become a formula or a link."""
    import xlsxwriter

    said = words.load(lang)
    sheets = {
        "summary": _summary(plan, said),
        "settlements": _settlements(plan, said),
        "schools": _schools(plan, lang),
        "transport": _transport(plan, said),
        "ledger": plan.ledger.frame(said.message),
        "norms": _norms(plan, said),
        "options": _options(plan, said),
        "inputs": pd.DataFrame(
            [one._asdict() for one in plan.region.inputs], columns=["role", "name", "bytes", "sha256"]
        ),
    }
    safe = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with whole(path) as part:
        book = xlsxwriter.Workbook(str(part), safe)
        # the day of the norms, not of the writing: equal plans are equal files
        book.set_properties({"title": _title(plan, said), "created": dt.datetime.combine(plan.norms.day, dt.time())})
        for name, frame in sheets.items():
            _sheet(book, said, name, frame, _title(plan, said))
        book.close()


def _title(plan: Plan, said: words.Words) -> str:
    return said.text(
        "ui.title", region=plan.region.names.get(said.lang) or plan.region.names.get("name") or plan.region.code
    )


def _sheet(book: Workbook, said: words.Words, name: str, frame: pd.DataFrame, title: str) -> None:
    sheet = book.add_worksheet(said.text(f"sheet.{name}"))
    bold = book.add_format({"bold": True, "font_size": 13})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EAF2F8"})
    sheet.write_string(0, 0, f"{title}. {said.text(f'heading.{name}')}", bold)
    frame = _worded(frame, said)
    titles = [said.texts.get(f"column.{column}", column) for column in frame.columns]
    widths = [_width(frame[column]) for column in frame.columns]
    for at, column in enumerate(frame.columns):
        sheet.write_string(2, at, titles[at], head)
        sheet.set_column(at, at, widths[at])
        _cells(book, sheet, at, frame[column])
    # not every office program finds the height of wrapped text itself
    for row, cells in enumerate([titles, *frame.itertuples(index=False)], 2):
        sheet.set_row(row, _LINE_HEIGHT * _lines(cells, widths))
    sheet.freeze_panes(3, min(2, len(frame.columns)))
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    if len(frame):
        sheet.autofilter(2, 0, 2 + len(frame), len(frame.columns) - 1)


def _cells(book: Workbook, sheet: Any, at: int, values: pd.Series[Any]) -> None:
    whole_number, decimal = (book.add_format({"num_format": form, "valign": "top"}) for form in ("#,##0", "#,##0.0##"))
    text = book.add_format({"text_wrap": True, "valign": "top"})
    for row, value in enumerate(values, 3):
        if isinstance(value, str):
            sheet.write_string(row, at, value, text)
        elif not pd.isna(value):
            sheet.write_number(row, at, float(value), _number_format(value, whole_number, decimal))


def _number_format(value: Any, whole_number: Format, decimal: Format) -> Format:
    return whole_number if float(value).is_integer() else decimal


def _lines(cells: Iterable[Any], widths: list[int]) -> int:
    """Return how many lines of text the tallest cell of a row takes."""
    return max(math.ceil(len(str(cell)) / width * _LOOSE) for cell, width in zip(cells, widths, strict=True))


def _width(values: pd.Series[Any]) -> int:
    longest = values.map(lambda value: len(str(value))).max() if len(values) else 0
    return int(min(_WIDEST, max(_NARROWEST, longest + 1)))


def _worded(frame: pd.DataFrame, said: words.Words) -> pd.DataFrame:
    out = frame.copy()
    for column in out.columns:
        if column in _CODED:
            group = _CODED[column]
            out[column] = [
                said.texts.get(f"{group}.{value}", value) if isinstance(value, str) else value for value in out[column]
            ]
        elif out[column].dtype == bool:
            out[column] = [said.text("choice.yes") if value else said.text("choice.no") for value in out[column]]
    return out


def _named(frame: pd.DataFrame, lang: str) -> pd.Series[Any]:
    """Return names in the language asked for, else in the next one, else as the source has it (as `reasons.said`)."""
    columns = dict.fromkeys([f"name_{lang}", *(f"name_{other}" for other in words.LANGS), "name"])
    return frame[list(columns)].bfill(axis=1).iloc[:, 0]


def _summary(plan: Plan, said: words.Words) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {"text": said.text(f"caveat.{caveat}"), "value": "!"} for caveat in plan.region.caveats
    ]
    for key, value in plan.summary.items():
        if f"summary.{key}" in said.texts:
            shown = said.percent(value) if key.endswith("_share") else value
            rows.append({"text": said.text(f"summary.{key}"), "value": shown})
    rows.append({"text": said.text("ui.norms_day", day=f"{plan.norms.day:%d.%m.%Y}"), "value": None})
    return pd.DataFrame(rows, columns=["text", "value"])


def _settlements(plan: Plan, said: words.Words) -> pd.DataFrame:
    frame = layers.settlements(plan)
    frame["name"] = _named(frame, said.lang)
    districts = _named(plan.region.districts, said.lang)
    frame["district_id"] = frame["district_id"].map(districts).fillna(frame["district_id"])
    facts, away = reasons.facts(plan), reasons.ways(plan)
    names = reasons.named(plan, said.lang)
    frame["notes"] = [
        " ".join(
            norms_text.note(plan.norms, key, said.sentence(key, names(facts[row.Index])), said.lang)
            for key in reasons.notes(row, away.get(row.Index, []))
        )
        for row in frame.itertuples()
    ]
    frame["clause"] = [norms_text.basis(plan.norms, words.REASONS[key], said.lang) for key in frame["reason"]]
    frame["reason"] = [said.sentence(key, names(facts[at])) for at, key in frame["reason"].items()]
    frame = frame.sort_values("rank", na_position="last", kind="stable").reset_index()
    return frame.rename(columns={"settlement_id": "id", "level": "level_target"})[_SETTLEMENTS]


def _schools(plan: Plan, lang: str) -> pd.DataFrame:
    frame = layers.schools(plan)
    frame["name"] = _named(frame, lang)
    frame["settlement_id"] = frame["settlement_id"].map(_named(plan.region.settlements, lang))
    return frame.reset_index().rename(columns={"school_id": "id"})[_SCHOOLS]


def _transport(plan: Plan, said: words.Words) -> pd.DataFrame:
    frame = plan.transport.drop(columns="barrier").merge(plan.access, on=["settlement_id", "band"], how="left")
    frame["name"] = frame["settlement_id"].map(_named(plan.region.settlements, said.lang))
    frame["school_id"] = frame["school_id"].map(_named(plan.region.schools, said.lang)).fillna(frame["school_id"])
    frame["water_id"] = frame["water_id"].map(_named(plan.region.waters, said.lang)).fillna(frame["water_id"])
    return frame[_TRANSPORT]


def _options(plan: Plan, said: words.Words) -> pd.DataFrame:
    rows = []
    for name, given in plan.options.model_dump(mode="json").items():
        value = given
        if isinstance(given, dict):  # speeds of a bus by class of road
            value = ", ".join(f"{road} {speed:g}" for road, speed in given.items()) or None
        shown = said.text("choice.default") if value is None else said.texts.get(f"choice.{value}", value)
        shown = said.texts.get(f"level.{value}", shown) if name == "unknown_level" else shown
        chosen = name in plan.options.model_fields_set and value != Options.model_fields[name].default
        meaning = said.text(f"option.{name}") + ("*" if chosen else "")
        rows.append({"option": name, "value": shown, "meaning": meaning})
    return pd.DataFrame(rows)


def _norms(plan: Plan, said: words.Words) -> pd.DataFrame:
    rows = norms_text.rows(plan.norms, said.lang)
    frame = pd.DataFrame([row._asdict() for row in rows], columns=norms_text.Row._fields, dtype=object)
    frame["value"] = [norms_text.cell(plan.norms[row.key], said) for row in rows]
    return frame[["standing", "text", "value", "unit", "clause", "since", "notes", "key"]]
