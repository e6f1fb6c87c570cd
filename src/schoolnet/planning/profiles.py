"""Network schools: where a region may open one of each profile, and why there.

A pupil counts for schools of the own region alone: a network school is its region's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from schoolnet.model import minutes
from schoolnet.model.demand import COLUMN_OF_BAND
from schoolnet.networks import FAR_MIN
from schoolnet.planning import profile_choice, profile_list, profile_parts
from schoolnet.planning.profile_bases import bases
from schoolnet.planning.profile_parts import NAMES, Looked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from schoolnet.law.norms import Norms
    from schoolnet.model.roads import Roads
    from schoolnet.options import Options
    from schoolnet.planning.found import Found
    from schoolnet.planning.profile_list import Profile
    from schoolnet.planning.profile_parts import Part
    from schoolnet.region import Region

_BANDS = ("5-9", "10-11")


@dataclass(frozen=True)
class Profiled:
    """Network schools; tables as in `networks`."""

    coverage: pd.DataFrame
    candidates: gpd.GeoDataFrame


def profiled(found: Found) -> Profiled:
    """Return the network schools of a region, and the places where one may open.

    Opened is what its quotas lack, by the choice that is made for all regions: it parts into regions, but for schools
    beyond the quotas (option `network_schools`), which no single plan can place.
    """
    profiles = profile_list.profiles(found.norms)
    made = part(found.region, found.roads, found.demand, found.norms, found.options, profiles=profiles)
    chosen = profile_choice.choice([made], found.options.model_copy(update={"network_schools": 0}))
    return Profiled(chosen.coverage, chosen.candidates)


def counts(found: Profiled) -> dict[str, int]:
    """Return what a summary says of network schools."""
    totals = found.coverage[["schools", "lacking"]].sum()
    return {"network_schools": int(totals["schools"]), "network_lacking": int(totals["lacking"])}


def part(
    region: Region,
    roads: Roads,
    demand: pd.DataFrame,
    norms: Norms,
    options: Options,
    *,
    profiles: Mapping[str, Profile],
) -> Part:
    """Return the places of one region for each profile, measured by road and ranked; no siting is needed.

    Minutes are those of a bus in the season of the plan, from the place to the pupils' home.
    """
    settlements = region.settlements
    pupils = demand[[COLUMN_OF_BAND[band] for band in _BANDS]].fillna(0).sum(axis=1).reindex(settlements.index)
    homes = pd.DataFrame(settlements[[*NAMES, "is_rural"]]).assign(
        pupils=pupils.fillna(0).astype("Int64"), lon=settlements.geometry.x, lat=settlements.geometry.y
    )
    places = bases(region, homes["pupils"], profiles, norms, options)
    working = profile_parts.working(region.code, homes, region.given)
    starts = profile_parts.starts(places, working)
    node = roads.nodes("settlement").reindex(settlements.index).fillna(-1).astype(np.int64)
    took = minutes.between(
        roads, node[starts].to_numpy(), node.to_numpy(), season=options.season, within_min=FAR_MIN
    ).minutes  # fmt: skip
    about = {
        "caveats": list(region.caveats), "inputs": [one._asdict() for one in region.inputs],
        "norms_on": norms.day.isoformat(),
    }  # fmt: skip
    looked = Looked(
        code=region.code, names=region.names, homes=homes, places=places, working=working, starts=starts,
        schools=pd.DataFrame(region.schools)[list(NAMES)].loc[sorted(set(places["school_id"].dropna()))],
        minutes=took, approx=False, about=about,
    )  # fmt: skip
    return profile_parts.made(looked, region.given, profiles, options)
