"""Small worlds to be worked out on paper: homes, schools, roads and waters in metres on the equator (see conftest)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import conftest
from schoolnet import schema, tables
from schoolnet.law.norms import Norms
from schoolnet.model import access as access_model
from schoolnet.model import roads as road_model
from schoolnet.model.ground import Ground
from schoolnet.options import Options
from schoolnet.region import Region

if TYPE_CHECKING:
    import pandas as pd

    from schoolnet.model.roads import Roads

OPTIONS = Options(on=conftest.DAY)
Place = tuple[float, float]


@functools.cache
def norms() -> Norms:
    return Norms.on(OPTIONS.on)


@functools.cache
def _ground_plan() -> tuple[Any, Any]:
    tiny = conftest.tiny_region()
    return tiny.boundary, tiny.districts


def road(mark: str, *places: Place, kind: str = "track", **cells: Any) -> dict[str, Any]:
    """Return one road: open to all, both ways, without a sign, unless the cells say otherwise."""
    row = {"highway": kind, "crossing": mark, "drive": True, "walk": True, "oneway": ""}
    return row | cells | {"geometry": conftest.line(*places)}


def world(
    homes: dict[str, Place],
    net: list[dict[str, Any]],
    water: list[tuple[str, str, Any]] = (),
    schools: dict[str, tuple[Place, str | None]] | None = None,
    built_up: dict[str, Any] | None = None,
    *,
    children: int = 10,
) -> Region:
    """Return a region of hamlets, roads (`road`), waters (kind, name, shape) and secondary schools (place, home)."""
    boundary, districts = _ground_plan()
    homes_rows = [
        {"settlement_id": key, "name": key, "district_id": "east", "place": "hamlet", "is_rural": True,
         "population": 5 * children, "population_basis": "given", "children": children}
        for key in homes
    ]  # fmt: skip
    found = schools or {}
    school_rows = [
        {"school_id": key, "name": key, "level": "secondary", "settlement_id": home}
        for key, (_, home) in found.items()
    ]  # fmt: skip
    areas = built_up or {}
    return Region(
        code="XX-01",
        names={"name": "World", "kk": "Әлем", "ru": "Мир", "en": "World"},
        boundary=boundary,
        districts=districts,
        settlements=schema.geoframe(homes_rows, tables.SETTLEMENTS, [conftest.point(*at) for at in homes.values()]),
        roads=schema.geoframe(net, tables.ROADS, [one["geometry"] for one in net]),
        waters=conftest.waters(*water),
        schools=schema.geoframe(school_rows, tables.SCHOOLS, [conftest.point(*at) for at, _ in found.values()]),
        built_up=schema.geoframe(
            [{"settlement_id": key} for key in areas], tables.BUILT_UP, [*areas.values()]
        ),
    )  # fmt: skip


def build(region: Region, **choices: Any) -> Roads:
    return road_model.build(region, options(**choices))


def options(**choices: Any) -> Options:
    return OPTIONS.model_copy(update=choices)


def access(region: Region, **choices: Any) -> access_model.Access:
    """Return the ways to school of a region and all waters between."""
    chosen = options(**choices)
    roads = road_model.build(region, chosen)
    return access_model.access(region, roads, Ground(region, roads, norms(), chosen), chosen)


def ground(region: Region, roads: Roads, **choices: Any) -> Ground:
    return Ground(region, roads, norms(), options(**choices))


def way(ways: pd.DataFrame, home: str, *, season: str = "dry", band: str = "1-4") -> pd.Series[Any]:
    """Return the row of one settlement."""
    at = (ways["settlement_id"] == home) & (ways["season"] == season) & (ways["band"] == band)
    return ways[at].iloc[0]


def verdict(ways: pd.DataFrame, home: str, season: str = "dry") -> tuple[str, bool, bool]:
    """Return crossing, between and barrier of one settlement's way to school."""
    row = way(ways, home, season=season)
    return row["crossing"], bool(row["between"]), bool(row["barrier"])
