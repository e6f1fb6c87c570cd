"""People: what official tables and rasters say of a region's inhabitants and children, joined to its settlements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schoolnet import schema
from schoolnet.schema import Col, Table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

#: Ages a child passes through before and in school, on 1 September.
AGES = tuple(range(18))
#: Grades that can be taught; the twelfth only where option `twelve_from` opens it.
GRADES = tuple(range(1, 13))
#: Key of an area that is the whole region, or the whole country.
REGION, COUNTRY = "*", "KZ"
#: Languages of instruction a settlement's children are told apart by.
LANGUAGES = ("kk", "ru", "other")

_COUNT: dict[str, Any] = {"low": 0, "high": 5e6}
_YEAR: dict[str, Any] = {"low": 1990, "high": 2100}
_AREA = "settlement_id, district_id, `*` (the region) or `KZ` (the country)"

HEADCOUNTS = Table(
    "headcounts",
    "settlement_id",
    "people and children of settlements, as the settlement table gives them",
    {
        "population": Col("Int64", "inhabitants", "people", absent="the map's figure", **_COUNT),
        "children": Col(
            "Int64",
            "school-age children (grades 1-11)",
            "children",
            absent="from ages or grades, else the age structure",
            **_COUNT,
        ),
        **{
            f"a{age}": Col(
                "Int64", f"children aged {age} on 1 September", "children", absent="by the age structure", **_COUNT
            )
            for age in AGES
        },
        **{
            f"g{grade}": Col("Int64", f"children of grade {grade} who live here", "children", absent="by age", **_COUNT)
            for grade in GRADES
        },
        "home_taught": Col("Int64", "of the children, those taught at home", "children", absent="none", **_COUNT),
        **{
            f"children_{one}": Col(
                "Int64",
                f"of the children, those taught in the language “{one}”",
                "children",
                absent="language not told",
                **_COUNT,
            )
            for one in LANGUAGES
        },
        "year": Col(
            "Int64",
            "school year the children are of (it begins on 1 September of this year)",
            "year",
            absent="the plan's",
            **_YEAR,
        ),
    },
)

OFFICIAL = Table(
    "official",
    "district_id",
    "official inhabitants of districts; row `*` is the region",
    {
        "population": Col("Int64", "inhabitants", "people", **_COUNT),
        "urban": Col("Int64", "of these in cities and towns", "people", absent="not told apart", **_COUNT),
        "rural": Col("Int64", "of these in villages", "people", absent="not told apart", **_COUNT),
        "year": Col("Int64", "1 January of this year", "year", absent="not said", **_YEAR),
    },
)

AGE_STRUCTURE = Table(
    "ages",
    "",
    "inhabitants of areas by age, single years or groups",
    {
        "area_id": Col("str", _AREA),
        "territory": Col("str", "whose ages", among=("all", "urban", "rural")),
        "age": Col("Int64", "first age of the group", "years", low=0, high=120),
        "age_to": Col(
            "Int64", "last age of the group, itself included; the same for a single year", "years", low=0, high=120
        ),
        "people": Col("float64", "inhabitants of these ages", "people", low=0),
        "month": Col("Int64", "month of the count: 1 (ages on 1 January) or 9 (on 1 September)", low=1, high=12),
        "year": Col("Int64", "year of the count", "year", **_YEAR),
    },
)

BIRTHS = Table(
    "births",
    "",
    "live births of areas by calendar year",
    {
        "area_id": Col("str", _AREA),
        "year": Col("Int64", "calendar year", "year", **_YEAR),
        "births": Col("Int64", "live births", "children", **_COUNT),
    },
)

SERIES = Table(
    "series",
    "",
    "pupils of areas by school year and grade: years gone by are fitted, years to come are control totals",
    {
        "area_id": Col("str", _AREA),
        "year": Col("Int64", "school year (it begins on 1 September of this year)", "year", **_YEAR),
        "grade": Col("Int64", "grade; 0 is all grades together", low=0, high=12),
        "pupils": Col("Int64", "pupils", "pupils", **_COUNT),
    },
)

CELLS = Table(
    "cells",
    "cell_id",
    "squares or hexagons a town's people are counted in",
    {
        "settlement_id": Col("str", "the town"),
        "district_id": Col("str", "district its centre lies in", absent="outside every district"),
    },
    geometry="polygon",
)

RASTER = Table(
    "raster",
    "",
    "sums of population rasters, on their own grid, by zone; zones of a kind part the region among them",
    {
        "zone": Col("str", "kind of zone", among=("all", "region", "district", "settlement", "cell")),
        "zone_id": Col("str", "the zone; “” is what lies in none of its kind"),
        "group": Col("str", "`total`, or the first age of the group: 0, 1, 5, 10 …"),
        "people": Col("float64", "sum of the raster's cells whose centre lies in the zone", "people", low=0),
    },
)

TABLES = {
    "headcounts": HEADCOUNTS,
    "official": OFFICIAL,
    "ages": AGE_STRUCTURE,
    "births": BIRTHS,
    "series": SERIES,
    "raster": RASTER,
    "cells": CELLS,
}


def _empty(table: Table) -> pd.DataFrame:
    if table.geometry:
        return schema.geoframe([], table, [])
    return schema.frame([], table)


@dataclass(frozen=True)
class People:
    """What is known of the people of a region; every table may be empty (see `TABLES`)."""

    headcounts: pd.DataFrame = field(default_factory=lambda: _empty(HEADCOUNTS))
    official: pd.DataFrame = field(default_factory=lambda: _empty(OFFICIAL))
    ages: pd.DataFrame = field(default_factory=lambda: _empty(AGE_STRUCTURE))
    births: pd.DataFrame = field(default_factory=lambda: _empty(BIRTHS))
    series: pd.DataFrame = field(default_factory=lambda: _empty(SERIES))
    raster: pd.DataFrame = field(default_factory=lambda: _empty(RASTER))
    cells: gpd.GeoDataFrame = field(default_factory=lambda: _empty(CELLS))

    def __post_init__(self) -> None:
        """Check every table against its declaration."""
        for name, table in TABLES.items():
            schema.check(getattr(self, name), table)
