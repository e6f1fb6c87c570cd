"""Buses: every pupil owed transport rides to school, or is named with the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schoolnet import networks, schema

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from schoolnet.planning.found import Found


@dataclass(frozen=True)
class Carried:
    """How pupils owed transport get to school; tables as in `networks`."""

    stops: gpd.GeoDataFrame
    rides: pd.DataFrame
    routes: gpd.GeoDataFrame
    calls: pd.DataFrame
    fleet: pd.DataFrame
    carried: pd.DataFrame


def carried(found: Found) -> Carried:  # noqa: ARG001
    """Return stops, rides, routes and fleet of a region."""
    return Carried(
        stops=schema.geoframe([], networks.STOPS, []),
        rides=schema.frame([], networks.RIDES),
        routes=schema.geoframe([], networks.ROUTES, []),
        calls=schema.frame([], networks.CALLS),
        fleet=schema.frame([], networks.FLEET),
        carried=schema.frame([], networks.CARRIED),
    )
