"""Education okrugs as files: tables a spreadsheet opens, layers a map opens, a workbook; all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet.output import okrug_sheets, service, words

if TYPE_CHECKING:
    from pathlib import Path

    from schoolnet.planning.plan import Plan

_TABLES = ("okrugs", "okrug_members", "okrug_proofs")
_COMPARED = "okrug_compared"


def files(plan: Plan) -> tuple[str, ...]:
    """Return the names of the files: one more where the planner gave okrugs of his own."""
    return service.files("okrugs", _tables(plan))


def write(plan: Plan, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write the okrugs of a plan to a folder; returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    said = words.load(lang)
    tables = {name: getattr(plan, name) for name in _tables(plan)}
    layers = {"okrugs": plan.okrugs.reset_index(), "okrug_ways": okrug_sheets.ways(plan)}
    shown = service.Shown(tables, layers, okrug_sheets.frames(plan, said))
    return service.save(service.of_plan(plan, said, money=False), shown, folder, "okrugs", said)


def _tables(plan: Plan) -> tuple[str, ...]:
    return (*_TABLES, _COMPARED) if len(plan.okrug_compared) else _TABLES
