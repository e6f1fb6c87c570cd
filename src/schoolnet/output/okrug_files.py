"""Education okrugs as files: tables a spreadsheet opens, layers a map opens, a workbook; all or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schoolnet.output import okrug_sheets, words, workbook
from schoolnet.output.layers import dated
from schoolnet.output.outcome import flat, table_file
from schoolnet.output.record import placed

if TYPE_CHECKING:
    from schoolnet.planning.plan import Plan

_TABLES = ("okrugs", "okrug_members", "okrug_proofs")
_COMPARED = "okrug_compared"


def files(plan: Plan) -> tuple[str, ...]:
    """Return the names of the files: one more where the planner gave okrugs of his own."""
    tables = (*_TABLES, _COMPARED) if len(plan.okrug_compared) else _TABLES
    return (*(f"{name}.csv" for name in tables), "okrugs.gpkg", "okrugs.xlsx")


def write(plan: Plan, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write the okrugs of a plan to a folder; returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    names, said = files(plan), words.load(lang)
    with placed(Path(folder), names) as part:
        for name in names:
            if name.endswith(".csv"):
                table_file(flat(getattr(plan, name.removesuffix(".csv"))), part / name)
        with dated(plan.norms.day):
            for layer, frame in (("okrugs", plan.okrugs.reset_index()), ("okrug_ways", okrug_sheets.ways(plan))):
                frame.to_file(part / "okrugs.gpkg", layer=layer, driver="GPKG", engine="pyogrio")
        region = plan.region.names.get(lang) or plan.region.names.get("name") or plan.region.code
        title = said.text("ui.title", region=region)
        workbook.bound(okrug_sheets.frames(plan, said), part / "okrugs.xlsx", said, title=title, day=plan.norms.day)
    return Path(folder)
