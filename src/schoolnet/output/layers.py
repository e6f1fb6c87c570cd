"""The plan as a GeoPackage: settlements with their findings and verdicts, sites, schools, waters and roads."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from schoolnet.disk import whole
from schoolnet.model.access import in_season
from schoolnet.output import okrug_sheets, styles

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from schoolnet.planning.plan import Plan

#: The oldest form of a GeoPackage that holds all that is written, so that older QGIS read it without complaint.
VERSION = {"VERSION": "1.2"}


def settlements(plan: Plan) -> gpd.GeoDataFrame:
    """Return the settlements with demand, findings, verdict and the place of their first site beside them."""
    findings = plan.findings.drop(columns="children")
    demand = plan.demand.drop(columns="children")
    base = plan.region.settlements.assign(children=plan.demand["children"])
    judged = base.join(demand).join(findings).join(plan.verdicts).join(plan.outlook)
    return judged.join(first_sites(plan)).join(_crowded(plan))


def _crowded(plan: Plan) -> pd.DataFrame:
    """Return the pupils beyond two shifts of each settlement whom other schools take, and those nobody can take."""
    rows = plan.reassigned
    home = rows["school_id"].map(plan.region.schools["settlement_id"])
    placed = rows["to_school_id"].notna()
    counts = {"reassigned": rows["pupils"].where(placed, 0), "unplaced": rows["pupils"].where(~placed, 0)}
    sums = pd.DataFrame(counts).groupby(home.to_numpy(object)).sum()
    return sums.reindex(plan.region.settlements.index).fillna(0).astype("Int64")


def sites(plan: Plan) -> gpd.GeoDataFrame:
    """Return the sites, in the order of their ranks."""
    return plan.sites.sort_values("rank", kind="stable")


def first_sites(plan: Plan) -> pd.DataFrame:
    """Return the rank, its range and the identifier of the first site of each settlement that has one."""
    ranked = sites(plan)
    first = ranked[ranked["settlement_id"].notna()].reset_index().drop_duplicates("settlement_id")
    return pd.DataFrame(first.set_index("settlement_id")[["rank", "rank_best", "rank_worst", "site_id"]])


def schools(plan: Plan) -> gpd.GeoDataFrame:
    """Return the schools with their findings beside them."""
    return plan.region.schools.join(plan.school_findings.drop(columns="protected"))


def neighbours(plan: Plan) -> gpd.GeoDataFrame:
    """Return the schools over the border that somebody's way, or bus, leads to."""
    access = in_season(plan.access, plan.options.season)
    near = access.loc[~access["here"], ["school_id", "bus_school_id"]]
    used = {*near["school_id"], *near["bus_school_id"], *plan.rides["school_id"], *plan.okrug_members["school_id"]}
    return plan.region.neighbours[plan.region.neighbours.index.isin([*used])]


def _neighbours(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    found = neighbours(plan)
    return {"neighbours": found.reset_index()} if len(found) else {}


def nearest(plan: Plan) -> gpd.GeoDataFrame:
    """Return a straight line from each settlement to the nearest school of each band not taught there."""
    access = in_season(plan.access, plan.options.season)
    rows = access[~access["here"] & access["school_id"].notna()]
    owed = in_season(plan.transport, plan.options.season)
    rows = rows.merge(owed, on=["settlement_id", "band"], how="left", suffixes=("", "_owed"))
    a = shapely.get_coordinates(plan.region.settlements.geometry.loc[rows["settlement_id"]].to_numpy())
    b = shapely.get_coordinates(plan.region.all_schools.geometry.loc[rows["school_id"]].to_numpy())
    lines = [shapely.LineString(ends) for ends in zip(a, b, strict=True)]
    flags = [column for column in rows if column == "far" or column.startswith("entitled")]
    return gpd.GeoDataFrame(
        rows.assign(**rows[flags].fillna(value=False).astype(bool)), geometry=lines, crs=plan.region.settlements.crs
    )


def bridges(plan: Plan) -> gpd.GeoDataFrame:
    """Return the bridges named for barriers, a point for each settlement, school and water."""
    rows = in_season(plan.waters_between, plan.options.season)
    rows = rows[rows["bridge_m"].notna()]
    places = shapely.points(rows["bridge_lon"].to_numpy(float), rows["bridge_lat"].to_numpy(float))
    return gpd.GeoDataFrame(rows, geometry=places, crs=plan.region.settlements.crs)


def districts(plan: Plan) -> gpd.GeoDataFrame:
    """Return the districts with their findings and the balance of their children."""
    return plan.region.districts.join(plan.district_findings)


def town_cells(plan: Plan) -> gpd.GeoDataFrame:
    """Return the cells of towns with their people and pupils."""
    cells = plan.region.people.cells[["geometry"]]
    return cells.loc[plan.town_cells.index].join(plan.town_cells)


def named(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a plan by name, each of one kind of geometry, as plan.gpkg and GeoParquet hold them."""
    region = plan.region
    about = {"code": region.code, "name": region.names.get("name", ""), "norms_on": plan.norms.day.isoformat()}
    outline = gpd.GeoDataFrame([about], geometry=[region.boundary], crs=region.settlements.crs)
    lines = region.waters.geom_type.isin(["LineString", "MultiLineString"])
    layers = {
        "settlements": settlements(plan).reset_index(),
        "sites": sites(plan).reset_index(),
        "schools": schools(plan).reset_index(),
        **_neighbours(plan),
        "nearest_school": nearest(plan),
        "network_candidates": plan.candidates.reset_index(),
        "bridges": bridges(plan),
        "bus_stops": plan.stops.reset_index(),
        "bus_routes": plan.routes.reset_index(),
        "okrugs": plan.okrugs.reset_index(),
        "okrug_ways": okrug_sheets.ways(plan),
        "districts": districts(plan).reset_index(),
        "town_cells": town_cells(plan).reset_index(),
        "region": outline,
        "waters": region.waters[~lines].reset_index(),
        "water_lines": region.waters[lines].reset_index(),
        "built_up": region.built_up,
        "roads": region.roads,
    }
    return {name: _plain(layer) for name, layer in layers.items()}


def write(plan: Plan, path: Path, *, lang: str = "kk") -> None:
    """Write the plan's layers and their styles to one GeoPackage; the same plan gives the same bytes."""
    layers, kinds = named(plan), styles.kinds(plan.norms)
    with dated(plan.norms.day), whole(path) as part:
        part.unlink()
        for name, layer in layers.items():
            kind = {} if len(layer) else {"geometry_type": kinds.get(name, "Unknown")}  # an empty layer tells none
            layer.to_file(part, layer=name, driver="GPKG", engine="pyogrio", **VERSION, **kind)
        pyogrio.write_dataframe(
            styles.table(layers, plan.norms, lang=lang),
            part,
            layer=styles.TABLE,
            driver="GPKG",
            FID="id",
            DATETIME_PRECISION="MILLISECOND",
        )


@contextmanager
def dated(day: dt.date) -> Iterator[None]:
    """Let GeoPackages note a day as the time of their last change, so that equal plans are equal files."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _plain(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer with polygons or lines of both kinds made multi, as a layer holds one kind of geometry."""
    kinds = set(layer.geom_type.dropna())
    for one, many in (("Polygon", shapely.MultiPolygon), ("LineString", shapely.MultiLineString)):
        if kinds == {one, f"Multi{one}"}:
            shapes = [many([g]) if g.geom_type == one else g for g in layer.geometry]
            return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))
    return layer
