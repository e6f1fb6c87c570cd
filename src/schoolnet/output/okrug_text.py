"""Education okrugs as text for the command line: okrugs, who is left alone and why, proofs, and the planner's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from schoolnet.output import okrug_sheets, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

_OKRUGS = ("district_id", "okrug_id", "satellites", "attached", "pupils", "adds", "mean_min", "worst_min", "members")
_PROOFS = ("sought", "small_schools", "possible_hubs", "pairs", "objective", "bound", "gap_share", "status")
_TOTALS = ("whose_okrugs", "okrug_count", "pooled", "mean_min", "worst_min", "faulty")
_ALONE = ("why_alone", "settlements", "members")
_NAMED = 12  # villages of one reason


def report(plan: Plan, lang: str) -> Iterator[RenderableType | str]:
    """Yield the okrugs of a plan, the villages left alone by reason, the proofs, and the planner's own okrugs."""
    said, options = words.load(lang), plan.options
    sizes = {name: said.number(getattr(options, f"okrug_{name}")) for name in ("low", "high", "most")}
    yield said.text("okrug.practice", **sizes, small=said.number(options.small_school))
    yield "; ".join(
        f"{said.text(f'summary.{key}')}: {said.number(value)}"
        for key, value in plan.summary.items()
        if key.startswith("okrug")
    )
    found = okrug_sheets.frames(plan, said)
    if "okrugs" in found:
        yield _table(said, "okrugs", found["okrugs"], _OKRUGS)
    else:
        yield said.text("okrug.none")
    alone = _alone(plan, said)
    for name, frame, columns in (
        ("okrug_alone", alone, _ALONE),
        ("okrug_proofs", found["okrug_proofs"], _PROOFS),
        ("okrug_totals", okrug_sheets.totals(plan, said), _TOTALS),
    ):
        if len(frame):
            yield _table(said, name, frame, columns)


def _alone(plan: Plan, said: Words) -> pd.DataFrame:
    """Return the villages in no okrug by reason, the first of them named."""
    called = okrug_sheets.names(plan, said)
    table = plan.okrug_members[plan.okrug_members["role"] == "alone"]
    rows = []
    for why, some in table.groupby("why"):
        named = sorted(called[str(key)] for key in some.index)
        more = [said.text("check.more", count=said.number(len(named) - _NAMED))] if len(named) > _NAMED else []
        rows.append(
            {
                "why_alone": okrug_sheets.reason(plan, str(why), said),
                "settlements": len(named),
                "members": ", ".join([*named[:_NAMED], *more]),
            }
        )
    return pd.DataFrame(rows)


def _table(said: Words, name: str, frame: pd.DataFrame, columns: tuple[str, ...]) -> Table:
    table = Table(title=Text(said.text(f"heading.{name}")), title_justify="left")
    for column in columns:
        right = pd.api.types.is_numeric_dtype(frame[column])
        title = "settlement_id" if column == "members" and name == "okrug_alone" else column
        table.add_column(Text(said.text(f"column.{title}")), justify="right" if right else "left")
    for row in frame[list(columns)].to_dict("records"):
        table.add_row(*(Text(_shown(said, str(column), value)) for column, value in row.items()))
    return table


def _shown(said: Words, column: str, value: Any) -> str:
    if value is None or pd.isna(value):
        return "–"
    if isinstance(value, str):
        return said.texts.get(f"status.{value}", value) if column == "status" else value
    return said.number(value, digits=0 if column not in ("mean_min", "worst_min") else 1)
