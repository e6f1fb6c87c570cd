"""An outcome as files: tables a spreadsheet opens, a layer a map opens, the scenario and the record, all or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.disk import placed
from schoolnet.outcome import TABLES
from schoolnet.output import plan_sheets, words, workbook
from schoolnet.output.layers import VERSION, dated
from schoolnet.sources import table_file

if TYPE_CHECKING:
    import geopandas as gpd

    from schoolnet.options import Options
    from schoolnet.outcome import Outcome
    from schoolnet.planning.compare import Comparison

#: The files an outcome is saved as.
FILES = (*(f"{name}.csv" for name in TABLES), "sites.gpkg", "programme.xlsx", "options.toml", "provenance.json")
SITE_FILES = ("sites.csv", "proofs.csv", "sites.gpkg", "sites.xlsx")
COMPARED_FILES = ("moved.csv", "figures.csv", "choices.csv", "compare.xlsx")
_DEGREES = 7


def write(outcome: Outcome, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write an outcome to a folder that `sources.outcome.read` reads; returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    with placed(Path(folder), FILES) as part:
        for table in TABLES:
            table_file.write(flat(getattr(outcome, table)), part / f"{table}.csv")
        _layer(outcome, part / "sites.gpkg")
        said = words.load(lang)
        _book(plan_sheets.frames(outcome, said), outcome, part / "programme.xlsx", said)
        (part / "options.toml").write_text(toml(outcome.options), encoding="utf-8")
        text = json.dumps(outcome.about, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (part / "provenance.json").write_text(text, encoding="utf-8")
    return Path(folder)


def write_sites(outcome: Outcome, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write the sites of an outcome and the searches they come of (`SITE_FILES`); returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    with placed(Path(folder), SITE_FILES) as part:
        for table in ("sites", "proofs"):
            table_file.write(flat(getattr(outcome, table)), part / f"{table}.csv")
        _layer(outcome, part / "sites.gpkg")
        said = words.load(lang)
        tables = plan_sheets.site_frames(outcome.sites, outcome.proofs, plan_sheets.names(outcome, said), said)
        tables["options"] = plan_sheets.options(outcome.options, said)
        _book(tables, outcome, part / "sites.xlsx", said)
    return Path(folder)


def write_comparison(found: Comparison, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write what differs between two outcomes (`COMPARED_FILES`); returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    with placed(Path(folder), COMPARED_FILES) as part:
        for table in ("moved", "figures", "choices"):
            table_file.write(flat(getattr(found, table)), part / f"{table}.csv")
        said = words.load(lang)
        _book(plan_sheets.compared(found, said), found.b, part / "compare.xlsx", said)
    return Path(folder)


def toml(options: Options) -> str:
    """Return options as a scenario file: every option that has a value, chosen or not, and the day among them."""
    lines = [f"{name} = {_toml(value)}" for name, value in options.model_dump(mode="json").items() if value is not None]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(str(key), ensure_ascii=False)} = {_toml(one)}" for key, one in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def flat(table: Any) -> pd.DataFrame:
    """Return a table with its index, and its points as `lon` and `lat` (lines are left out)."""
    frame = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    if "geometry" in table and set(table.geom_type) <= {"Point"}:
        frame = frame.assign(lon=table.geometry.x.round(_DEGREES), lat=table.geometry.y.round(_DEGREES))
    return frame.reset_index() if frame.index.name else frame


def _layer(outcome: Outcome, path: Path) -> None:
    layer: gpd.GeoDataFrame = outcome.sites.join(outcome.programme[["year", "mechanism", "state_mkzt", "stopped_by"]])
    with dated(outcome.options.on):
        layer.reset_index().to_file(path, layer="sites", driver="GPKG", engine="pyogrio", **VERSION)


def _book(tables: dict[str, pd.DataFrame], outcome: Outcome, path: Path, said: words.Words) -> None:
    title = said.text("ui.title", region=plan_sheets.regions(outcome, said))
    caveats = pd.DataFrame({"text": plan_sheets.caveats(outcome, said)})
    workbook.bound({"caveats": caveats, **tables}, path, said, title=title, day=outcome.options.on)
