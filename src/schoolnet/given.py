"""Given: tables of a planner's own - network schools that work, partner universities and colleges, own okrugs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schoolnet import schema
from schoolnet.schema import Col, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

NETWORK = Table(
    "network",
    "",
    "network schools that work today: no list is published, so it is the planner's",
    {
        "region": Col("str", "region, by its code"),
        "profile": Col("str", "profile, by its key (abai, zhautykov, satpayev, or one of the planner's)"),
        "school": Col("str", "name of the school", absent="not told"),
        "lon": Col("float64", "longitude", "°", absent="not told: nearness to it is not looked at", low=-180, high=180),
        "lat": Col("float64", "latitude", "°", absent="not told", low=-90, high=90),
        "since": Col("Int64", "school year it opened in", "year", absent="not told", low=1900, high=2100),
        "evidence": Col("str", "what says so: an order, a page, a letter", absent="none is given: shown as such"),
    },
)

PARTNERS = Table(
    "partners",
    "",
    "universities and colleges a network school can lean on",
    {
        "name": Col("str", "name"),
        "kind": Col("str", "kind", among=("university", "college")),
        "profile": Col("str", "profile it fits, by its key", absent="all"),
        "lon": Col("float64", "longitude", "°", low=-180, high=180),
        "lat": Col("float64", "latitude", "°", low=-90, high=90),
    },
)

OKRUGS = Table(
    "own_okrugs",
    "",
    "education okrugs of the planner's own",
    {
        "okrug": Col("str", "name of the okrug"),
        "settlement_id": Col("str", "settlement"),
        "role": Col("str", "part in it", among=("hub", "satellite")),
    },
)

TABLES = {"network": NETWORK, "partners": PARTNERS, "okrugs": OKRUGS}


@dataclass(frozen=True)
class Given:
    """A planner's own tables; every one may be empty (see `TABLES`).

    Attributes
    ----------
    named_at
        Of profiles named in files: the file and the row of the first place.
    """

    network: pd.DataFrame = field(default_factory=lambda: schema.frame([], NETWORK))
    partners: pd.DataFrame = field(default_factory=lambda: schema.frame([], PARTNERS))
    okrugs: pd.DataFrame = field(default_factory=lambda: schema.frame([], OKRUGS))

    named_at: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every table against its declaration."""
        for name, table in TABLES.items():
            schema.check(getattr(self, name), table)
