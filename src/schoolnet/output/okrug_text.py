"""Education okrugs as text for the command line: okrugs, who is left alone and why, proofs, and the planner's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.output import okrug_sheets, printed, service, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType
    from rich.table import Table

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

_OKRUGS = ("district_id", "okrug_id", "satellites", "attached", "pupils", "adds", "mean_min", "worst_min", "members")
_PROOFS = ("sought", "small_schools", "possible_hubs", "pairs", "objective", "bound", "gap_share", "status")
_TOTALS = ("whose_okrugs", "okrug_count", "pooled", "mean_min", "worst_min", "faulty")
_ALONE = ("why_alone", "settlements", "settlement_id")
_NAMED = 12  # villages of one reason
_DIGITS = {"mean_min": 1, "worst_min": 1}


def report(plan: Plan, lang: str) -> Iterator[RenderableType | str]:
    """Yield the okrugs of a plan, the villages left alone by reason, the proofs, and the planner's own okrugs."""
    said, options = words.load(lang), plan.options
    yield from service.head(service.of_plan(plan, said, money=False), said)
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
                "settlement_id": ", ".join([*named[:_NAMED], *more]),
            }
        )
    return pd.DataFrame(rows)


def _table(said: Words, name: str, frame: pd.DataFrame, columns: tuple[str, ...]) -> Table:
    title = said.text(f"heading.{name}")
    return printed.table(said, title, frame, columns, digits=_DIGITS, coded={"status": "status"})
