"""What a check of the inputs found, for the terminal: files, ledger, districts beside official totals, freshness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from schoolnet.model.balance import WHOLE
from schoolnet.output import people_basis, people_sheets, printed, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from rich.console import RenderableType
    from rich.table import Table

    from schoolnet.output.words import Words
    from schoolnet.planning.checkup import Checkup

_ENTRIES = 40  # of one outcome, in the terminal; the corrected copy holds them all
_OUTCOMES = ("rejected", "corrected", "note")
_FILES = ("file", "table", "read", "used", "corrected", "rejected")
_DISTRICTS = (
    "district_id",
    "territory",
    "settlements",
    "without_figure",
    "population_source",
    "official",
    "source_ratio",
    "placed",
)
_RASTER = ("raster", "raster_ratio")


def parts(found: Checkup, lang: str) -> Iterator[RenderableType]:
    """Yield what a check found, part by part, in the words of a language."""
    said = words.load(lang)
    yield Text(said.text("check.title"), style="bold")
    yield _table(said, "check.files", _coded(said, found.ledger.counts()), _FILES)
    yield from _ledger(found, said)
    if found.region is None:
        yield Text(said.text("check.no_map"))
    if found.reconciled is not None:
        yield from _districts(found, said)
    if found.region is not None and "children.share" in found.norms.in_force:
        frame = people_basis.table(found.region, found.norms, found.options, said)
        yield _table(said, "check.basis", frame, tuple(frame.columns))
    if len(found.freshness):
        frame = _coded(said, found.freshness)
        yield _table(said, "check.fresh", frame, tuple(frame.columns))
    if len(found.late):
        frame = found.late.assign(late=found.late["late"])
        yield _table(said, "check.late_schools", frame, tuple(frame.columns), days=str(found.allowed_days))


def _ledger(found: Checkup, said: Words) -> Iterator[RenderableType]:
    frame = _coded(said, found.ledger.frame(said.message))
    for outcome in _OUTCOMES:
        rows = frame[frame["outcome"] == outcome]
        if rows.empty:
            continue
        shown = rows.head(_ENTRIES).assign(outcome=said.text(f"outcome.{outcome}"))
        yield _table(said, "check.ledger", shown, ("outcome", "file", "table", "row", "column", "what", "why"))
        if len(rows) > _ENTRIES:
            yield Text(said.text("check.more", count=str(len(rows) - _ENTRIES)))


def _districts(found: Checkup, said: Words) -> Iterator[RenderableType]:
    assert found.reconciled is not None  # noqa: S101 - for the checker of types
    names = _names(found, said)
    table = found.reconciled
    columns = _DISTRICTS if table["raster"].isna().all() else (*_DISTRICTS, *_RASTER)
    frame = people_sheets.reconciled(table, names)
    yield _table(said, "check.districts", _coded(said, frame), columns)
    off = people_sheets.worst(table)
    if len(off):
        frame = people_sheets.reconciled(off, names)
        yield _table(said, "check.worst", frame, ("district_id", "raster", "official", "raster_ratio"))


def _names(found: Checkup, said: Words) -> dict[str, str]:
    from schoolnet.output.sheets import places

    names = {} if found.region is None else places(found.region, said)
    return names | {WHOLE: said.text("check.total"), "": said.text("no_district")}


def _coded(said: Words, frame: pd.DataFrame) -> pd.DataFrame:
    groups = {"table": "layer", "territory": "territory"}
    out = frame.copy()
    for column, group in groups.items():
        if column in out:
            out[column] = [said.texts.get(f"{group}.{value}", value) for value in out[column]]
    return out


def _table(said: Words, title: str, frame: pd.DataFrame, columns: tuple[str, ...], **params: str) -> Table:
    """Return a table of the terminal; text from outside is never read as markup."""
    named = said.text(title, **params)
    return printed.table(said, named, frame, columns, digits=0, plain=("last_year",), empty="")
