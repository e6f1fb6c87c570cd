"""The public stage of network schools: places of one or several regions, and the choice for all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from schoolnet import views
from schoolnet.api import of_day
from schoolnet.given import TABLES, Given
from schoolnet.law.norms import Norms
from schoolnet.ledger import Ledger
from schoolnet.model import demand as _demand
from schoolnet.model import population
from schoolnet.model import roads as _roads
from schoolnet.options import Options
from schoolnet.planning import profile_choice, profile_list, profile_places
from schoolnet.planning import profiles as _profiles
from schoolnet.planning.plan import Plan, quiet
from schoolnet.planning.profile_choice import Network
from schoolnet.sources import given as _given
from schoolnet.sources import places as _places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from schoolnet.planning.plan import Stage
    from schoolnet.planning.profile_list import Profile
    from schoolnet.planning.profile_parts import Part
    from schoolnet.region import Region

_COARSE = 0.003  # of outlines on the map, degrees
_NAMES = ["name", "name_kk", "name_ru", "name_en"]


@dataclass(frozen=True)
class NetworkSchools(Network):
    """Network schools of one or several regions; tables as in `schoolnet.networks`."""

    def save(self, folder: Path | str, *, lang: str = "kk") -> Path:
        """Write its tables (CSV), network.gpkg, network.xlsx, network.html and provenance.json; returns the folder.

        Raises
        ------
        SourceError
            The folder cannot be made or written to.
        """
        from schoolnet.output import network_files

        return network_files.write(self, folder, lang=lang)

    def _repr_html_(self) -> str:
        from schoolnet.output import session, shown_runs

        return shown_runs.network(self, session.language())


def profiles(
    regions: Iterable[Plan | Region] | Plan | Region | None = None,
    options: Options | None = None,
    *,
    norms: Path | str | None = None,
    profiles: Path | str | None = None,
    given: Given | Sequence[Path | str] | None = None,
    stage: Stage = quiet,
) -> NetworkSchools:
    """Return where network schools may open, and the choice for all regions together.

    Parameters
    ----------
    regions
        From `plan` or `read`, one or several; an iterator is taken one by one, so that only one region with its roads
        is held at a time. None: the 20 regions and their towns as embedded, straight lines, approximate.
    options
        The choices; the defaults when None. Of snapshots the norms are those of the day of the first, unless `options`
        names one (`on`).
    norms
        A planner's own norms file.
    profiles
        A planner's own profiles (TOML as `planning/profiles.toml`).
    given
        Network schools that work, and partners, where no region brings them: for the embedded places. Tables, or
        files of them (CSV or XLSX).
    stage
        Called with the name of each stage, to show progress.

    Raises
    ------
    SourceError, OptionError
        With every fault: of the file of profiles, of profiles or regions named that there are not, of no region.
    """
    options = options or Options()
    law, listed = _law(options, norms, profiles)  # their faults need not wait for a large map
    parts: list[Part] = []
    outlines: dict[str, Any] = {}
    ledger = Ledger()
    if regions is None:
        with stage("profiles"):
            own, ledger = _read(given)
            _known(own, listed)
            parts = profile_places.parts(law, options, own, profiles=listed)
    else:
        for one in _several(regions):
            region = one.region if isinstance(one, Plan) else one
            if not parts and region.day is not None:
                options = of_day(region, options)
                law, listed = _law(options, norms, profiles)
            _known(region.given, listed)
            ledger = _once(ledger, region.ledger)
            outlines[region.code] = shapely.simplify(region.boundary, _COARSE)
            parts.append(_part(one, law, options, listed, stage))
            del one, region
    with stage("profiles"):
        found = profile_choice.choice(parts, options)
    return views.public(
        NetworkSchools, found,
        ledger=ledger, profiles=listed, names=_names(parts), outlines=outlines, norms=law, options=options,
        homes=pd.concat([one.homes.loc[one.homes["pupils"] > 0, ["pupils", "lon", "lat"]] for one in parts]),
        about={one.code: one.about for one in parts},
    )  # fmt: skip


def _law(
    options: Options, norms: Path | str | None, profiles: Path | str | None
) -> tuple[Norms, Mapping[str, Profile]]:
    """Return the norms of the day of the options, and the profiles under them."""
    law = Norms.for_plan(options, file=norms)
    return law, profile_list.profiles(law, file=profiles)


def _read(given: Given | Sequence[Path | str] | None) -> tuple[Given, Ledger]:
    """Return a planner's own tables for the embedded places, and what became of their rows."""
    if given is None or isinstance(given, Given):
        return given or Given(), Ledger()
    read = _given.attach(_places.country(), given, several=True)
    return read.given, read.ledger


def _once(before: Ledger, more: Ledger) -> Ledger:
    """Return a ledger with what another says of a planner's own tables: they are read anew for every region."""
    own = {table.name for table in TABLES.values()}
    mine = {key: count for key, count in more.read.items() if key[1] in own}
    new = tuple(one for one in more.entries if one[1] in own and one not in before.entries)
    return Ledger(before.entries + new, {**before.read, **mine})


def _several(regions: Iterable[Plan | Region] | Plan | Region) -> Iterator[Plan | Region]:
    from schoolnet.region import Region

    yield from [regions] if isinstance(regions, (Plan, Region)) else regions


def _known(own: Given, listed: Mapping[str, Profile]) -> None:
    named = {*own.network["profile"], *own.partners["profile"].dropna()}
    profile_list.known(named, listed, at=own.named_at)


def _part(one: Plan | Region, law: Norms, options: Options, listed: Mapping[str, Profile], stage: Stage) -> Part:
    """Return the part of a plan, or of a region that nothing else is planned for: people, roads, places."""
    if isinstance(one, Plan):
        return _profiles.part(one.region, one.roads, one.demand, law, options, profiles=listed)
    with stage("people"):
        pupils = _demand.demand(one, population.headcount(one, law, options), options)
    with stage("roads"):
        roads = _roads.build(one, options)
    with stage("profiles"):
        return _profiles.part(one, roads, pupils, law, options, profiles=listed)


def _names(parts: list[Part]) -> pd.DataFrame:
    """Return the names of regions, settlements and base schools."""
    own = pd.DataFrame(
        [
            {"name": one.names.get("name")} | {f"name_{key}": one.names.get(key) for key in ("kk", "ru", "en")}
            for one in parts
        ],
        index=[one.code for one in parts],
    )
    some = [own, *(one.homes[_NAMES] for one in parts), *(one.schools[_NAMES] for one in parts)]
    names = pd.concat([frame.astype(object) for frame in some if len(frame)])
    return names[~names.index.duplicated()].rename_axis("id")
