"""Read land plots given for new schools (CSV or XLSX; headers in kk, ru or en) and join each to its settlement.

Grain in: one row a plot. Grain out: `tables.PLOTS`. Every row is used, corrected or rejected in the ledger.
"""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from schoolnet import schema, tables
from schoolnet.errors import Fault, TableError
from schoolnet.ledger import Recorder
from schoolnet.messages import Message
from schoolnet.region import hashed
from schoolnet.sources import cells, headings, joining, placing, sheet

if TYPE_CHECKING:
    from schoolnet.options import Options
    from schoolnet.region import Region

_TITLES = {
    "plot_id": ["plot_id", "id", "plot", "код участка", "номер участка", "участок", "учаске", "жер учаскесі"],
    "seats": ["seats_max", "seats", "max seats", "мест не более", "не более мест", "орын саны", "ең көп орын"],
}
_SHARED = ("name", "name_kk", "name_ru", "name_en", "lon", "lat", "kato")


def attach(region: Region, path: Path | str, options: Options) -> Region:
    """Return the region with the plots of a sheet, each joined to the settlement it serves.

    A plot is joined as a school is (`joining.join`): by KATO, by the built-up area it lies in, or by nearness. One
    outside the region, without coordinates, or without an identifier of its own is rejected.

    Raises
    ------
    SourceError
        The file is missing, empty or of another kind.
    TableError
        There is no column of coordinates; the headers found are listed.
    """
    path = Path(path)
    chosen = max(sheet.sheets(path), key=lambda one: max(headings.scores(one.rows, _name_of), default=0))
    scores = headings.scores(chosen.rows, _name_of)
    place = scores.index(max(scores))
    number, titles = chosen.rows[place]
    columns = headings.columns(titles, _name_of)
    if missing := [name for name in ("lon", "lat") if name not in columns.values()]:
        shown = headings.listed([title for title in titles if title])
        problem = Message("no column of {columns} among: {titles}.", columns=", ".join(missing), titles=shown)
        raise TableError(Fault(problem, Message("Add the column."), path.name, str(number)))
    body = chosen.rows[place + 1 :]
    remarks = cells.Remarks(Recorder(path.name), {name: titles[at] for at, name in columns.items()}, table="plots")
    fitting = headings.fitting(body, len(titles), remarks)
    data = {name: [row[at] if at < len(row) else "" for _, row in fitting] for at, name in columns.items()}
    raw = pd.DataFrame(data, index=pd.Index([str(n) for n, _ in fitting], name="row"), dtype=object)
    rows = cells.values(raw.assign(name=raw.get("name", "")).rename(columns={"plot_id": "school_id"}), remarks)
    kept = _kept(region, rows, remarks)
    remarks.recorder.read("plots", len(fitting))
    return dataclasses.replace(
        region,
        plots=_placed(region, kept, options, remarks),
        ledger=region.ledger + remarks.ledger(),
        inputs=(*region.inputs, hashed(path, "plots")),
    )


def _kept(region: Region, rows: pd.DataFrame, remarks: cells.Remarks) -> pd.DataFrame:
    """Return the rows with a place in the region and an identifier of their own (the row's number where none)."""
    ids = rows["school_id"] if "school_id" in rows else pd.Series(None, index=rows.index, dtype=object)
    rows = rows.assign(plot_id=ids.where(ids.notna() & (ids != ""), [f"plot-{row}" for row in rows.index]))
    seen: set[str] = set()
    keep = np.zeros(len(rows), dtype=bool)
    for at, row in enumerate(rows.itertuples()):
        if pd.isna(row.lon) or pd.isna(row.lat):
            remarks.rejected(row.Index, "lon", Message("no place"), Message("give coordinates in degrees"))
        elif not shapely.intersects_xy(region.boundary, row.lon, row.lat):
            why = Message("outside the region: correct the coordinates or the KATO")
            remarks.rejected(row.Index, "lon", placing.point(row.lon, row.lat), why)
        elif row.plot_id in seen:
            why = Message("stands already above: remove one")
            remarks.rejected(row.Index, "plot_id", str(row.plot_id), why)
        else:
            keep[at] = True
            seen.add(str(row.plot_id))
    return rows[keep]


def _placed(region: Region, rows: pd.DataFrame, options: Options, remarks: cells.Remarks) -> Any:
    points = shapely.points(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float))
    full = rows.assign(seats_max=rows.get("seats")).to_dict("records")
    plots = schema.geoframe(full, tables.PLOTS, points)
    lines = dict(zip(rows["plot_id"], rows.index, strict=True))
    if len(plots):
        plots["settlement_id"] = joining.join(
            plots.assign(kato=rows["kato"].to_numpy()), lines, region, options, remarks
        )
    schema.check(plots, tables.PLOTS)
    return plots.sort_index()


@cache
def _names() -> dict[str, str]:
    titles = _TITLES | {name: cells.words()["headers"][name] for name in _SHARED}
    return {headings.plain(alias): name for name, aliases in titles.items() for alias in aliases}


def _name_of(title: str) -> str | None:
    return _names().get(re.sub(r"[\W_]+", "", title).casefold())
