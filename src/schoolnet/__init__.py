"""schoolnet: a region's people, roads, waters and schools -> a plan the law owes and a planner can defend.

>>> import schoolnet
>>> region = schoolnet.read("kazakhstan.osm.pbf", "KZ-59", schools="register.csv")  # doctest: +SKIP
>>> plan = schoolnet.plan(region)  # doctest: +SKIP
>>> plan.save("maps/kz-59")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schoolnet.api import Plan as Plan
    from schoolnet.api import check as check
    from schoolnet.api import example as example
    from schoolnet.api import plan as plan
    from schoolnet.api import read as read
    from schoolnet.api import to_postgis as to_postgis
    from schoolnet.batches.run import Batch as Batch
    from schoolnet.batches.run import batch as batch
    from schoolnet.errors import OptionError as OptionError
    from schoolnet.errors import RegionError as RegionError
    from schoolnet.errors import SchoolnetError as SchoolnetError
    from schoolnet.errors import SourceError as SourceError
    from schoolnet.errors import TableError as TableError
    from schoolnet.fetching import Fetched as Fetched
    from schoolnet.fetching import FetchedPlace as FetchedPlace
    from schoolnet.fetching import fetch as fetch
    from schoolnet.fetching import fetch_place as fetch_place
    from schoolnet.law.norms import Norms as Norms
    from schoolnet.monitoring import Monitored as Monitored
    from schoolnet.monitoring import monitor as monitor
    from schoolnet.network_schools import NetworkSchools as NetworkSchools
    from schoolnet.network_schools import profiles as profiles
    from schoolnet.options import Options as Options
    from schoolnet.outcomes import Comparison as Comparison
    from schoolnet.outcomes import Outcome as Outcome
    from schoolnet.outcomes import compare as compare
    from schoolnet.outcomes import programme as programme
    from schoolnet.outcomes import read_outcome as read_outcome
    from schoolnet.outcomes import report as report
    from schoolnet.output.session import language as language
    from schoolnet.output.session import progress as progress
    from schoolnet.snapshots import snapshot as snapshot
    from schoolnet.views import Checkup as Checkup
    from schoolnet.views import Region as Region

_WHERE = {
    "Batch": "batches.run",
    "Checkup": "views",
    "Comparison": "outcomes",
    "Fetched": "fetching",
    "FetchedPlace": "fetching",
    "Monitored": "monitoring",
    "NetworkSchools": "network_schools",
    "Norms": "law.norms",
    "OptionError": "errors",
    "Options": "options",
    "Outcome": "outcomes",
    "Plan": "api",
    "Region": "views",
    "RegionError": "errors",
    "SchoolnetError": "errors",
    "SourceError": "errors",
    "TableError": "errors",
    "batch": "batches.run",
    "check": "api",
    "compare": "outcomes",
    "example": "api",
    "fetch": "fetching",
    "fetch_place": "fetching",
    "language": "output.session",
    "monitor": "monitoring",
    "plan": "api",
    "profiles": "network_schools",
    "programme": "outcomes",
    "progress": "output.session",
    "read": "api",
    "read_outcome": "outcomes",
    "to_postgis": "api",
    "report": "outcomes",
    "snapshot": "snapshots",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that `import schoolnet` stays light."""
    if name not in _WHERE:
        raise AttributeError(f"module 'schoolnet' has no attribute {name!r}")
    return getattr(importlib.import_module(f"schoolnet.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_WHERE])
