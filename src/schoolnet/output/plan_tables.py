"""The tables of a plan as a database holds them: what is in each, and of what kind each column is.

A column is of the kind its table declares, whatever its rows hold: a region where a column is empty all through lies
beside another where it is not.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from schoolnet import decisions, networks, people, prospects, results, tables
from schoolnet.output import layers, record
from schoolnet.planning.plan import Plan
from schoolnet.schema import Col, Table
from schoolnet.sources import stored
from schoolnet.sources.stored import Column

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Tables of a plan are called so, and as its layers and fields are.
PREFIX = "plan_"
_RECORD = Table("record", "", "where a plan comes from", {"provenance": Col("str", "its provenance, as JSON")})
_REGION = Table(
    "region",
    "",
    "the region of the plan",
    {
        "code": Col("str", "code of the region"),
        "name": Col("str", "its name"),
        "norms_on": Col("str", "day of the norms, YYYY-MM-DD"),
    },
)
_CROWDED = Table(
    "crowded",
    "settlement_id",
    "pupils beyond two shifts of the schools of a settlement",
    {
        "reassigned": Col("Int64", "of them, those other schools take", "pupils"),
        "unplaced": Col("Int64", "of them, those nobody can take", "pupils"),
    },
)
_SITE_ERRORS = Table(
    "site_errors",
    "site_id",
    "how far the data behind each site may be off",
    {
        "pupils_sd_share": Col("float64", "standard deviation of its children", "share of them"),
        "children": Col("float64", "children counted where the guarantee owes it", "children", absent="not owed"),
        "threshold": Col("float64", "children the level above the existing one asks", "children", absent="not owed"),
        "rooms": Col("float64", "seats of the schools it relieves", "seats"),
    },
)
_DECLARED = (*tables.INPUTS, *people.TABLES.values(), *results.ALL, *prospects.ALL, *decisions.ALL, *networks.ALL)
#: Tables by the name of a plan's field, or layer; those made of several are named below.
_OWN = {table.name: (table,) for table in (*_DECLARED, tables.LEDGER, _SITE_ERRORS, _RECORD)}
_PARTS = _OWN | {
    "settlements": (
        tables.SETTLEMENTS, results.DEMAND, results.FINDINGS, decisions.VERDICT, prospects.OUTLOOK, decisions.SITES,
        _CROWDED,
    ),
    "schools": (tables.SCHOOLS, results.SCHOOL_FINDINGS),
    "districts": (tables.DISTRICTS, results.DISTRICT_FINDINGS),
    "nearest_school": (results.ACCESS, results.TRANSPORT),
    "network_candidates": (networks.CANDIDATES,),
    "bridges": (results.WATERS_BETWEEN,),
    "bus_stops": (networks.STOPS,),
    "bus_routes": (networks.ROUTES,),
    "okrug_ways": (networks.OKRUG_MEMBERS,),
    "region": (_REGION,),
    "water_lines": (tables.WATERS,),
}  # fmt: skip


def frames(plan: Plan) -> dict[str, pd.DataFrame]:
    """Return the tables of a plan by name: its layers, as plan.gpkg holds them, its other tables and its provenance."""
    found: dict[str, pd.DataFrame] = {PREFIX + name: layer for name, layer in layers.named(plan).items()}
    for field in fields(Plan):
        frame = getattr(plan, field.name)
        if isinstance(frame, pd.DataFrame) and not isinstance(frame, gpd.GeoDataFrame):
            found.setdefault(PREFIX + field.name, frame.reset_index() if any(frame.index.names) else frame)
    found[PREFIX + "ledger"] = plan.ledger.frame()
    text = json.dumps(record.record(plan), ensure_ascii=False)
    found[PREFIX + "record"] = pd.DataFrame({"provenance": [text]})
    return found


def columns(name: str, names: Iterable[str]) -> list[Column]:
    """Return the columns of a table of a plan as it declares them; one that nothing declares is text."""
    return [_column(_PARTS[name.removeprefix(PREFIX)], str(one)) for one in names]


def _column(parts: tuple[Table, ...], name: str) -> Column:
    if name == "geometry":
        return Column(name, stored.shape_kind(""), "shape, WGS 84")
    plain = name.removesuffix("_owed")  # of a second table with a column of the same name
    found = [(table, one) for one in (name, plain) for table in parts if one in (table.index, *table.columns)]
    if not found or found[0][1] == found[0][0].index:
        return Column(name, stored.SQL["str"], "identifier" if found else "")
    table, one = found[0]
    return Column(name, stored.SQL[table.columns[one].dtype], stored.meaning(table.columns[one]))
