"""Outcome: a scenario thought through to its end, and the tables it is kept as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schoolnet import decisions
from schoolnet.schema import Col, Table
from schoolnet.tables import LEVELS

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from schoolnet.options import Options

REGISTER = Table(
    "register",
    "school_id",
    "the schools the scenario began with",
    {
        "region": Col("str", "region, by its code"),
        "settlement_id": Col("str", "settlement it stands in", absent="stands in none"),
        "level": Col("str", "highest level taught", absent="unknown", among=LEVELS),
        "state_day": Col("bool", "a state day school, neither private nor evening"),
        "emergency": Col("bool", "its building is in emergency condition"),
        "three_shift": Col("bool", "it has more than two shifts"),
        "told": Col("bool", "the register of its region tells conditions and shifts"),
    },
)

NAMES = Table(
    "names",
    "id",
    "names of the regions, districts, settlements and schools the tables speak of",
    {
        "name": Col("str", "name as the source has it", absent="shown as “without a name”"),
        "name_kk": Col("str", "name in Kazakh", absent="the next language, then `name`"),
        "name_ru": Col("str", "name in Russian", absent="the next language, then `name`"),
        "name_en": Col("str", "name in English", absent="the next language, then `name`"),
    },
)

#: Tables of an outcome by the name of their field and of their file.
TABLES = {
    "sites": decisions.SITES,
    "programme": decisions.PROGRAMME,
    "years": decisions.YEARS,
    "indicator": decisions.INDICATOR,
    "frontier": decisions.FRONTIER,
    "equity": decisions.EQUITY,
    "proofs": decisions.PROOFS,
    "relieved": decisions.RELIEVED,
    "register": REGISTER,
    "names": NAMES,
}


@dataclass(frozen=True)
class Outcome:
    """What a scenario comes to: the sites of its regions in one order, when they open, what it costs and brings.

    Attributes
    ----------
    sites, programme, years, indicator, frontier, equity, proofs, relieved
        As declared in `schoolnet.decisions`; sites are ranked over all regions together.
    register, names
        As declared in `schoolnet.outcome`.
    options
        The scenario.
    about
        Where it comes from: regions, caveats, inputs with their hashes, day of the norms, versions.
    """

    sites: gpd.GeoDataFrame
    programme: pd.DataFrame
    years: pd.DataFrame
    indicator: pd.DataFrame
    frontier: pd.DataFrame
    equity: pd.DataFrame
    proofs: pd.DataFrame
    relieved: pd.DataFrame
    register: pd.DataFrame
    names: pd.DataFrame
    options: Options
    about: dict[str, Any]

    @property
    def opened(self) -> pd.DataFrame:
        """The sites that open, with their year and mechanism, in the order of the list."""
        import pandas as pd

        chosen = self.programme[["year", "mechanism", "state_mkzt"]]
        found = pd.DataFrame(self.sites).join(chosen)
        return found[found["year"].notna()].sort_values("rank")
