"""The plan as a workbook for planners: plan.xlsx, in the language asked for."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.disk import whole
from schoolnet.output import column_notes, shares, sheets, titles, words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xlsxwriter import Workbook

    from schoolnet.planning.plan import Plan

#: Columns whose values are codes, and the group of words that names them; the terminal words them so too.
CODED = {
    name: name
    for name in [
        "place",
        "level",
        "verdict",
        "band",
        "crossing",
        "season",
        "condition",
        "ownership",
        "kind",
        "seat_basis",
        "outcome",
        "standing",
        "territory",
        "scenario",
        "change",
        "caution",
        "tier",
        "action",
        "at",
        "mechanism",
        "price_basis",
        "decided",
        "stopped_by",
        "measure",
        "status",
        "how",
        "mode",
        "move",
        "not_carried",
        "base",
        "looked_at",
    ]
} | {
    "guaranteed": "level",
    "level_target": "level",
    "level_a": "level",
    "level_b": "level",
    "existing": "level",
    "sustained": "level",
    "language": "teaching",
    "table": "layer",
    "children_basis": "basis",
    "basis": "basis",
    "guaranteed_low": "level",
    "guaranteed_high": "level",
    "guaranteed_then": "level",
    "bridge_to": "direction",
    "runner_up": "verdict",
    "population_basis": "basis",
    "support": "choice",
    "modernised": "choice",
    "running_water": "choice",
    "toilets": "choice",
    "pooled_level": "level",
}
_MIXED = ("value",)  # of one thing a row: whether a figure is whole is its own affair
YEARS = ("year", "change_year", "last_year", "built", "year_a", "year_b")
_WIDEST, _NARROWEST = 60, 12
_PERCENT = "0.00%"
_NOTE = 38  # letters to a line of a note twice as wide as a plain one
_A4 = 9
_DECIMALS, _FINE = 2, 4  # of a frame that is looked at, of 1 and more, and of less; the workbook holds numbers whole
_DEGREES = 5  # decimals of a longitude or latitude: a metre
_LARGE = 1.3  # of the title of a sheet, to the letters of its cells
_LINE_HEIGHT, _LOOSE = 15, 1.1  # points a line; words do not break at the last letter


def write(plan: Plan, path: Path, *, lang: str = "kk") -> None:
    """Write the plan's tables to one workbook."""
    said = words.load(lang)
    tables = sheets.frames(plan, said)
    tables["columns"] = column_notes.table(tables, CODED, said)
    bound(tables, path, said, title=said.text("ui.title", region=titles.of(plan, said)), day=plan.norms.day)


def bound(tables: dict[str, pd.DataFrame], path: Path, said: words.Words, *, title: str, day: dt.date) -> None:
    """Write tables to one workbook, a sheet each; text from outside can never become a formula or a link."""
    import xlsxwriter

    safe = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with whole(path) as part:
        book = xlsxwriter.Workbook(str(part), safe)
        # the day of the norms, not of the writing: equal plans are equal files
        book.set_properties({"title": title, "created": dt.datetime.combine(day, dt.time())})
        for name, frame in tables.items():
            _sheet(book, said, name, frame, title)
        book.close()


def _sheet(book: Workbook, said: words.Words, name: str, frame: pd.DataFrame, title: str) -> None:
    sheet = book.add_worksheet(said.text(f"sheet.{name}"))
    bold = book.add_format({"bold": True, "font_size": 13})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EAF2F8"})
    frame = _worded(frame, said)
    titles = [said.texts.get(f"column.{column}", column) for column in frame.columns]
    widths = [_width(frame[column]) for column in frame.columns]
    printed = sheets.PRINTED.get(name, len(frame.columns))
    _headline(sheet, f"{title}. {said.text(f'heading.{name}')}", bold, widths[:printed])
    for at, column in enumerate(frame.columns):
        sheet.write_string(2, at, titles[at], head)
        told = column_notes.note(name, str(column), CODED, said)
        sheet.write_comment(2, at, told, {"author": "schoolnet", "x_scale": 2, "y_scale": _tall(told)})
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
    sheet.print_area(0, 0, 2 + len(frame), printed - 1)
    if len(frame):
        sheet.autofilter(2, 0, 2 + len(frame), len(frame.columns) - 1)


def _headline(sheet: Any, text: str, bold: Any, widths: list[int]) -> None:
    """Write the title of a sheet over its columns: paper ends where the last of them does."""
    lines = math.ceil(len(text) * _LARGE / sum(widths))
    if lines > 1 and len(widths) > 1:
        bold.set_text_wrap()
        sheet.merge_range(0, 0, 0, len(widths) - 1, text, bold)
        sheet.set_row(0, _LARGE * _LINE_HEIGHT * lines)
    else:
        sheet.write_string(0, 0, text, bold)


def _tall(told: str) -> float:
    """Return the height of a note, to that of a plain one (five lines), so that it is read without scrolling."""
    lines = sum(math.ceil(len(line) / _NOTE) for line in told.split("\n"))
    return max(0.6, (lines + 1) / 5)


def _cells(book: Workbook, sheet: Any, at: int, values: pd.Series[Any]) -> None:
    kinds = ("#,##0", "#,##0.0##", _form(values))
    forms = {kind: book.add_format({"num_format": kind, "valign": "top"}) for kind in kinds}
    form = forms[_form(values)]
    percent = book.add_format({"num_format": _PERCENT, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    own = str(values.name) in _MIXED
    for row, value in enumerate(values, 3):
        if own and not isinstance(value, str) and not pd.isna(value):
            form = forms[_form(pd.Series([value], name=values.name))]
        if isinstance(value, str):
            sheet.write_string(row, at, value, text)
        elif not pd.isna(value):
            sheet.write_number(row, at, float(value), percent if isinstance(value, shares.Share) else form)


def _form(values: pd.Series[Any]) -> str:
    """Return how the numbers of a column are shown; the cell holds them whole."""
    name = str(values.name)
    if name.endswith("_m"):
        return "#,##0.0"
    if name in YEARS:
        return "0"
    if shares.named(name):
        return _PERCENT
    if name.endswith(("_lon", "_lat")):
        return "0.00000"
    numbers = [value for value in values if not isinstance(value, str) and not pd.isna(value)]
    whole_numbers = name.endswith("_min") or all(float(value).is_integer() for value in numbers)
    return "#,##0" if whole_numbers else "#,##0.0##"


def _lines(cells: Iterable[Any], widths: list[int]) -> int:
    """Return how many lines of text the tallest cell of a row takes."""
    return max(math.ceil(len(str(cell)) / width * _LOOSE) for cell, width in zip(cells, widths, strict=True))


def _width(values: pd.Series[Any]) -> int:
    longest = values.map(lambda value: len(str(value))).max() if len(values) else 0
    return int(min(_WIDEST, max(_NARROWEST, longest + 1)))


def headed(frame: pd.DataFrame, said: words.Words) -> pd.DataFrame:
    """Return a sheet's frame as it is looked at: headings and coded values in words, numbers rounded but numbers still.

    A share in a column of mixed figures stays a `shares.Share`.
    """
    shown = _worded(frame, said)
    for column in shown.columns:
        if pd.api.types.is_float_dtype(shown[column]):
            degrees = str(column).endswith(("_lon", "_lat"))
            digits = _DEGREES if degrees else _FINE if shares.named(str(column)) else _DECIMALS
            shown[column] = shown[column].round(digits)
        elif shown[column].dtype == object:
            shown[column] = pd.Series([_rounded(one) for one in shown[column]], shown.index, dtype=object)
    return shown.rename(columns=lambda name: said.texts.get(f"column.{name}", name))


def _rounded(value: Any) -> Any:
    """Return a number of a column of mixed figures as it is looked at, anything else as it is."""
    if not isinstance(value, float) or math.isnan(value):
        return value
    return type(value)(round(float(value), _DECIMALS if abs(value) >= 1 else _FINE))


def _worded(frame: pd.DataFrame, said: words.Words) -> pd.DataFrame:
    out = frame.copy()
    for column in out.columns:
        if column in CODED:
            group = CODED[column]
            out[column] = [
                said.texts.get(f"{group}.{value}", value) if isinstance(value, str) else value for value in out[column]
            ]
        elif out[column].dtype == bool:
            out[column] = [said.text("choice.yes") if value else said.text("choice.no") for value in out[column]]
    return out
