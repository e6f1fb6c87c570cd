"""Education okrugs: a hub school and its satellites, by minutes of a bus, inside a district."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schoolnet import networks, schema

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from schoolnet.planning.found import Found


@dataclass(frozen=True)
class Pooled:
    """Education okrugs; tables as in `networks`."""

    okrugs: gpd.GeoDataFrame
    okrug_members: pd.DataFrame
    okrug_compared: pd.DataFrame


def pooled(found: Found, rides: pd.DataFrame) -> Pooled:  # noqa: ARG001
    """Return the education okrugs of a region."""
    return Pooled(
        okrugs=schema.geoframe([], networks.OKRUGS, []),
        okrug_members=schema.frame([], networks.OKRUG_MEMBERS),
        okrug_compared=schema.frame([], networks.OKRUG_COMPARED),
    )
