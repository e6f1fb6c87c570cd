"""The embedded regions and places of Kazakhstan: GeoNames (CC BY 4.0), put right as data/places/README.md says."""

from __future__ import annotations

import csv
import importlib.resources
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from schoolnet import schema, tables
from schoolnet.region import LAYERS, Region, hashed
from schoolnet.schema import Col, Table

if TYPE_CHECKING:
    from schoolnet.region import Input

#: How the data must be named wherever something made of them is shown.
ATTRIBUTION = "GeoNames (geonames.org), CC BY 4.0"
BASES = ("given", "nearest", "corrected")

REGIONS = Table(
    "regions",
    "region",
    "the regions of Kazakhstan",
    {
        **{f"name_{lang}": Col("str", f"name in {lang}") for lang in ("kk", "ru", "en")},
        **{f"centre_{lang}": Col("str", f"its centre in {lang}") for lang in ("kk", "ru", "en")},
        "geonameid": Col("str", "its centre among the places"),
    },
)
PLACES = Table(
    "places",
    "geonameid",
    "cities, towns and villages of Kazakhstan, of 500 people and more, as GeoNames has them",
    {
        "name": Col("str", "name in Latin letters"),
        "name_kk": Col("str", "name in Kazakh", absent="no sure one"),
        "name_ru": Col("str", "name in Russian", absent="no sure one"),
        "lon": Col("float64", "longitude", "°", low=46, high=88),
        "lat": Col("float64", "latitude", "°", low=40, high=56),
        "population": Col("Int64", "inhabitants", "people", absent="unknown", low=1),
        "region": Col("str", "region, by its code"),
        "region_basis": Col("str", "what the region rests on", among=BASES),
        "reason": Col("str", "why it, or the population, is not as given", absent="it is"),
    },
)


def read() -> tuple[pd.DataFrame, pd.DataFrame, tuple[Input, ...]]:
    """Return regions (`REGIONS`), places (`PLACES`) and the files they were read from."""
    folder = _folder()
    tables = []
    for table in (REGIONS, PLACES):
        rows = pd.read_csv(folder / f"{table.name}.csv", dtype="str", encoding="utf-8", keep_default_na=False)
        rows = rows.mask(rows.eq(""))
        for name, column in table.columns.items():
            if column.dtype != "str":
                rows[name] = pd.to_numeric(rows[name])
        frame = schema.frame(rows.to_dict("records"), table)
        schema.check(frame, table, file=f"{table.name}.csv")
        tables.append(frame)
    files = tuple(hashed(folder / f"{table.name}.csv", table.name) for table in (REGIONS, PLACES))
    return tables[0], tables[1], files


@cache
def regions() -> dict[str, dict[str, str]]:
    """Return the names of the regions of Kazakhstan by code and language."""
    with (_folder() / f"{REGIONS.name}.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["region"]: {lang: row[f"name_{lang}"] for lang in ("kk", "ru", "en")} for row in rows}


def country() -> Region:
    """Return the whole country as a region of its places alone: what a planner's own tables are read against."""
    _, found, files = read()
    points = shapely.points(found["lon"].to_numpy(float), found["lat"].to_numpy(float))
    rows = found.reset_index().rename(columns={"geonameid": "settlement_id"}).to_dict("records")
    about = {"place": "town", "is_rural": False, "population_basis": "given"}
    box = shapely.box(*shapely.total_bounds(points))
    return Region(
        code="KZ",
        names={"name": "Kazakhstan", "kk": "Қазақстан", "ru": "Казахстан", "en": "Kazakhstan"},
        boundary=shapely.MultiPolygon([box]),
        settlements=schema.geoframe([row | about for row in rows], tables.SETTLEMENTS, points),
        inputs=files,
        **{
            name: schema.geoframe([], table, [])
            for name, table in LAYERS.items()
            if name in ("districts", "roads", "waters", "schools")
        },
    )


def _folder() -> Path:
    inside = Path(str(importlib.resources.files("schoolnet"))) / "data"
    data = inside if inside.is_dir() else Path(__file__).parents[3] / "data"
    return data / "places"
