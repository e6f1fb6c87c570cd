"""What monitoring, comparisons, checks, batches, network schools and fetches show of themselves in Jupyter."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from schoolnet.output import (
    monitoring_notes,
    monitoring_text,
    network_sheets,
    network_text,
    plan_sheets,
    shown,
    titles,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from schoolnet.errors import Fault
    from schoolnet.output.monitoring_forms import Recorded
    from schoolnet.output.words import Words
    from schoolnet.planning.checkup import Checkup
    from schoolnet.planning.compare import Comparison
    from schoolnet.planning.profile_choice import Network

_FIGURES = ["figure", "then_a", "then_b", "difference"]
_CHANGES = ["settlement_id", "school_id", "changed", "nature", "doubt", "value_a", "value_b"]
_OWED = ["settlement_id", "duty", "turn", "causes", "pupils_a", "pupils_b"]
_MOVED = ["move", "settlement_id", "school_id", "differs", "seats_a", "year_a", "seats_b", "year_b"]
_COMPARED = ["figure", "where", "a", "b", "difference"]
_LEDGER = ["outcome", "file", "table", "row", "column", "what", "why"]
_OUTCOMES = ("rejected", "corrected", "note")
_COUNTED = ("read", "used", "corrected", "rejected")
_PLACES = ["profile", "region", "settlement_id", "school_id", "network_rank", "pupils_60", "network_score"]


def monitored(found: Recorded, lang: str) -> str:
    """Return what two dates show of themselves: what must be said, figures, what changed, what next."""
    said = words.load(lang)
    called = monitoring_text.names(found, said)
    frames = monitoring_text.frames(found, said, called)
    figures = frames["figures_then"]
    figures = figures[figures["district_id"] == said.text("territory.all")]
    figures = figures[figures["region"] == figures["region"].iloc[0]]  # all regions together come first
    regions = ", ".join(called[one.code] for one in found.b)
    parts = [
        _lines([monitoring_text.heading(found, said, called), *monitoring_notes.notes(found, said)]),
        *_tables(said, {"figures_then": figures[_FIGURES]}, most=len(figures)),
        *_tables(said, {"changes": frames["changes"][_CHANGES], "owed_changes": frames["owed_changes"][_OWED]}),
        shown.hint('changed.sheet("changes"), changed.sheet("owed_changes"), changed.save("…")', said),
    ]
    return shown.page(regions, parts, lang)


def comparison(found: Comparison, lang: str) -> str:
    """Return what two scenarios show of themselves: options chosen otherwise, figures that differ, what moves."""
    said = words.load(lang)
    frames = plan_sheets.compared(found, said)
    figures = frames["figures"][(found.figures["difference"].fillna(0) != 0).to_numpy()]
    tables = {"choices": frames["choices"], "figures": figures[_COMPARED], "moved": frames["moved"][_MOVED]}
    parts = [
        shown.caveats(plan_sheets.caveats(found.b, said)),
        *_tables(said, tables),
        _lines([] if len(found.moved) else [said.text("move.none")]),
        shown.hint('difference.sheet("moved"), difference.sheet("figures"), difference.sheet("choices")', said),
    ]
    return shown.page(plan_sheets.regions(found.b, said), parts, lang)


def checkup(found: Checkup, lang: str) -> str:
    """Return what a check shows of itself: rows, the first ones not taken as they are, how fresh all is."""
    said = words.load(lang)
    counts = found.ledger.counts()
    entries = found.ledger.frame(said.message)[_LEDGER]
    entries = entries.sort_values("outcome", kind="stable", key=lambda outcomes: outcomes.map(_OUTCOMES.index))
    parts = [
        _lines([] if found.region is not None else [said.text("check.no_map")]),
        shown.section(
            said.text("check.files"),
            shown.pairs((said.text(f"column.{name}"), said.number(counts[name].sum())) for name in _COUNTED),
        ),
        _section(said, "check.ledger", entries),
        _section(said, "check.fresh", found.freshness),
        shown.hint('checked.ledger.frame(), checked.late, checked.save("…")', said),
    ]
    return shown.page(said.text("check.title"), parts, lang)


def network(found: Network, lang: str) -> str:
    """Return what network schools show of themselves: coverage of the regions, the places chosen, the quotas."""
    said = words.load(lang)
    about = network_text.about(found, said)
    called = network_sheets.names(found.names, said)
    places = network_sheets.candidates(
        found.candidates[found.candidates["opened"]], called, found.profiles, said
    )  # fmt: skip
    parts = [
        shown.caveats(about.caveats),
        _lines(network_text.covered(found, said)),
        *_tables(said, {"coverage_regions": network_sheets.by_region(found, said)}, most=len(found.coverage)),
        *_tables(said, {"candidates": places[_PLACES]}),
        _lines(network_text.quotas(found, said)),
        shown.hint('found.coverage, found.candidates, found.save("…")', said),
    ]
    return shown.page(about.title, parts, lang)


def batch(
    folder: Path,
    counts: Mapping[str, int],
    failed: Mapping[str, Sequence[Fault]],
    files: Sequence[str],
    left: Sequence[str],
    *,
    lang: str,
) -> str:
    """Return what a batch shows of itself: how many regions are there, why others are not, what the nation lacks."""
    said = words.load(lang)
    why = [(code, " ".join(said.fault(one) for one in faults)) for code, faults in failed.items()]
    parts = [
        _lines([said.text("batch.counts", **{name: said.number(count) for name, count in counts.items()})]),
        shown.caveats([said.text("batch.missing", regions=", ".join(sorted(failed)))] if failed else []),
        shown.pairs(why),
        shown.caveats(left),
        shown.pairs((name, "") for name in files) if files else _lines([said.text("batch.nothing")]),
    ]
    return shown.page(str(folder), parts, lang)


def fetched(area: str, files: Iterable[Path], by_hand: Iterable[tuple[Mapping[str, str], str, Path]], lang: str) -> str:
    """Return what a fetch shows of itself: the files there, and what is to be fetched by hand, from where to where.

    `by_hand` holds title by language, page and path.
    """
    said = words.load(lang)
    wanted = [
        said.text("fetch.by_hand", what=title[lang], page=page, path=str(path)) for title, page, path in by_hand
    ]  # fmt: skip
    there = [(path.name, str(path.parent)) for path in files]
    parts = [shown.pairs(there) if there else _lines([said.text("fetch.missing")]), _lines(wanted)]
    return shown.page(titles.region({"name": area}, area, lang), parts, lang)


def _tables(said: Words, frames: Mapping[str, pd.DataFrame], most: int = 15) -> Iterator[str]:
    """Yield the tables that have rows, each under its heading."""
    for name, frame in frames.items():
        yield _section(said, f"heading.{name}", frame, most)


def _section(said: Words, head: str, frame: pd.DataFrame, most: int = 15) -> str:
    if frame.empty:
        return ""
    return shown.section(said.text(head), shown.table(shown.headed(frame, said), said, most))


def _lines(told: Iterable[str]) -> str:
    return "".join(f"<p>{escape(one)}</p>" for one in told)
