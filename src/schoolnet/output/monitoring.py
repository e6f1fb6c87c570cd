"""What changed between two dates as files: tables, layer of changed schools, workbook, forms; all or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from schoolnet import schema
from schoolnet.disk import placed
from schoolnet.output import monitoring_forms, monitoring_notes, monitoring_text, words, workbook
from schoolnet.output.layers import dated
from schoolnet.output.outcome import flat
from schoolnet.sources import table_file

if TYPE_CHECKING:
    from schoolnet.output.monitoring_forms import Recorded

TABLES = ("changes", "owed", "figures", "events")
#: Languages of the state the forms are written in.
FORMS = ("kk", "ru")
#: The files a comparison of two dates is saved as.
FILES = (
    *(f"{name}.csv" for name in TABLES), "norms.csv", "changed.gpkg", "compare.xlsx",
    *(f"{form}.{lang}.csv" for form in ("quarterly", "yearly") for lang in FORMS), "provenance.json",
)  # fmt: skip


def write(found: Recorded, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write what changed to a folder (`FILES`); returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    said = words.load(lang)
    called = monitoring_text.names(found, said)
    title = said.text("ui.title", region=", ".join(called[one.code] for one in found.b))
    with placed(Path(folder), FILES) as part:
        for name in TABLES:
            table_file.write(flat(getattr(found, name)), part / f"{name}.csv")
        table_file.write(monitoring_notes.norms(found, said), part / "norms.csv")
        with dated(found.b[0].day):
            layer(found).to_file(part / "changed.gpkg", layer="changed_schools", driver="GPKG", engine="pyogrio")
        tables = monitoring_text.frames(found, said, called)
        workbook.bound(tables, part / "compare.xlsx", said, title=title, day=found.b[0].day)
        for one in FORMS:
            _forms(found, one, part)
        text = json.dumps(_about(found), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (part / "provenance.json").write_text(text, encoding="utf-8")
    return Path(folder)


def layer(found: Recorded) -> gpd.GeoDataFrame:
    """Return the changed schools as points, at the later place where there is one, with what became of them."""
    places = {
        (one.code, key): (row.lon, row.lat)
        for one in (*found.a, *found.b)
        for key, row in zip(one.schools.index, one.schools[["lon", "lat"]].itertuples(), strict=True)
    }
    rows = found.changes
    points = [places[key] for key in zip(rows["region"], rows["school_id"], strict=True)]
    geometry = gpd.points_from_xy([x for x, _ in points], [y for _, y in points])
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=geometry, crs=schema.EPSG_AT_REST)


def _forms(found: Recorded, lang: str, part: Path) -> None:
    said = words.load(lang)
    called = monitoring_text.names(found, said)
    table_file.write(monitoring_forms.yearly_form(found, said, called), part / f"yearly.{lang}.csv")
    table_file.write(monitoring_forms.quarterly_form(found, said), part / f"quarterly.{lang}.csv")


def _about(found: Recorded) -> dict[str, Any]:
    days = {side: {one.code: f"{one.day}" for one in regions} for side, regions in (("a", found.a), ("b", found.b))}
    return {
        "days": days,
        "snapshots": list(found.sides),
        "options": found.options.model_dump(mode="json", exclude={"on"}),
        "norm_days": {side: [f"{day}" for day in told] for side, told in monitoring_forms.norm_days(found).items()},
        "norms_changed": list(found.norms_changed),
        "left_out": list(found.left_out),
    }
