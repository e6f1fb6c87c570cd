"""What the command line says of sites, of a programme and of two scenarios: tables and lines, in one language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet.output import plan_sheets, printed, report_frames, site_text, unclaimed, words, workbook

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from rich.console import RenderableType

    from schoolnet.outcome import Outcome
    from schoolnet.output.report_frames import Report
    from schoolnet.output.words import Words
    from schoolnet.planning.compare import Comparison

_TOP = 20
_SITES = ("rank", "settlement_id", "district_id", "tier", "action", "level", "pupils", "seats", "cost_mkzt", "decided")
_PROOFS = ("tier", "sought", "customers", "candidates", "objective", "bound", "gap_share", "status", "unserved")
_YEARS = (
    "year",
    "sites",
    "raised",
    "ppp",
    "private",
    "seats",
    "pupils",
    "cost_mkzt",
    "state_mkzt",
    "left_mkzt",
    "owed_left",
)
_REGIONS = (
    "region", "schools", "emergency", "three_shift", "indicator_share", "share_after", "shortage_official",
    "owed_build", "entitled_pupils", "sites", "raised",
)  # fmt: skip
_EQUITY = ("where", "measure", "today", "after")
_MOVED = ("move", "region", "settlement_id", "school_id", "differs", "seats_a", "seats_b", "year_a", "year_b")
_FIGURES = ("figure", "where", "a", "b", "difference")
_PLAIN = ("year", "year_a", "year_b")
_DIGITS = 3


def siting(outcome: Outcome, lang: str) -> Iterator[RenderableType | str]:
    """Yield the first of the ranked sites, and how sure each search is of its answer."""
    said = words.load(lang)
    yield plan_sheets.regions(outcome, said)
    yield from (f"! {one}" for one in plan_sheets.caveats(outcome, said))
    found = plan_sheets.site_frames(outcome.sites, outcome.proofs, plan_sheets.names(outcome, said), said)
    yield f"{said.text('sheet.sites')}: {site_text.counted(outcome.sites, said)}"
    yield from _table(said, "sites", found["sites"], _SITES)
    yield from _table(said, "proofs", found["proofs"], _PROOFS)


def programme(outcome: Outcome, lang: str) -> Iterator[RenderableType | str]:
    """Yield the years of a programme, and how even the way to school is before and after."""
    said = words.load(lang)
    yield plan_sheets.regions(outcome, said)
    yield from (f"! {one}" for one in plan_sheets.caveats(outcome, said))
    yield from _table(said, "years", outcome.years, _YEARS)
    found = plan_sheets.frames(outcome, said)["equity"]
    yield from _table(said, "equity", found[outcome.equity["territory"].isin(["*", "urban", "rural"])], _EQUITY)


def report(found: Report, lang: str) -> Iterator[RenderableType | str]:
    """Yield the regions with what is found in each and where the programme takes its indicator, and the years."""
    said = words.load(lang)
    frames = report_frames.frames(found, said)
    yield from (f"! {one}" for one in (unclaimed.told(found.held, said) if found.held else ()))
    yield from _table(said, "report_regions", frames["report_regions"], _REGIONS, top=len(frames["report_regions"]))
    yield from _table(said, "years", frames["years"], _YEARS)


def compared(found: Comparison, lang: str) -> Iterator[RenderableType | str]:
    """Yield the options chosen otherwise, the figures side by side, and what opens, moves and closes."""
    said = words.load(lang)
    shown = plan_sheets.compared(found, said)
    yield from (f"! {one}" for one in plan_sheets.caveats(found.b, said))
    yield from _table(said, "choices", shown["choices"], ("option", "a", "b", "meaning"))
    whole = found.figures["territory"].isin(["*", "urban", "rural"])
    yield from _table(said, "figures", shown["figures"][whole], _FIGURES, top=len(shown["figures"]))
    counts = found.moved["move"].value_counts()
    yield "; ".join(
        f"{said.text(f'move.{move}')}: {said.number(count)}" for move, count in counts.items()
    ) or said.text("move.none")
    yield from _table(said, "moved", shown["moved"], _MOVED)


def _table(
    said: Words, name: str, frame: pd.DataFrame, columns: tuple[str, ...], *, top: int = _TOP
) -> Iterator[RenderableType | str]:
    if frame.empty:
        return
    title = said.text(f"heading.{name}")
    yield printed.table(said, title, frame.head(top), columns, digits=_DIGITS, coded=workbook.CODED, plain=_PLAIN)
    if len(frame) > top:
        yield said.text("check.more", count=said.number(len(frame) - top))
