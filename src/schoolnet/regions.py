"""Several regions read in turn: the map and the register once for all, and one region held at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schoolnet import api
from schoolnet.options import Options
from schoolnet.planning.plan import quiet
from schoolnet.sources import address, belonging, osm, register, territory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schoolnet.planning.plan import Stage
    from schoolnet.region import Region


def each(
    source: Path | str | address.Address,
    regions: Sequence[str] = (),
    *,
    schools: Path | str | None = None,
    people: Sequence[Path | str] = (),
    plots: Path | str | None = None,
    given: Sequence[Path | str] = (),
    options: Options | None = None,
    stage: Stage = quiet,
) -> Iterator[Region]:
    """Read several regions of one map extract, or of a database, in turn; an extract and its register are read once.

    Parameters
    ----------
    source
        An OpenStreetMap extract (.osm.pbf), or a database; a folder of layers is one region.
    regions
        Codes or names; when empty all regions of the extract, and of a database the only one there is.
    schools, people, plots, given, options, stage
        As for `read`.

    Raises
    ------
    SourceError, TableError, RegionError
        With every fault found; of an extract every name of a region is looked up before the first is read.
    """
    options = options or Options()
    if isinstance(source, address.Address) or address.is_address(source) or Path(source).is_dir():
        for wanted in regions or (None,):
            found = api.read(source, wanted, schools=schools, people=people, options=options, stage=stage)
            yield api.with_own(found, plots, given, api.of_day(found, options), several=len(regions) > 1)
        return
    read = opened(source, schools, stage=stage)
    areas = [territory.find(read.extract, wanted) for wanted in regions] or territory.regions(read.extract)
    for area in areas or [territory.find(read.extract, None)]:
        yield one_of(read, area, people, plots, given, options=options, stage=stage, several=len(regions) != 1)


class Opened(NamedTuple):
    """A map extract, its regions and a school register, read once for all regions."""

    extract: osm.Extract
    sheet: register.Register | None
    country: belonging.Country


def opened(source: Path | str, schools: Path | str | None, *, stage: Stage = quiet) -> Opened:
    """Read a map extract and a school register (None: the map's own schools serve); arguments as for `each`.

    Raises
    ------
    SourceError, TableError
        With every fault found.
    """
    sheet = None
    if schools is not None:
        with stage("register"):
            sheet = register.read(schools)
    with stage("map"):
        extract = osm.read(Path(source))
        return Opened(extract, sheet, belonging.country(extract))


def one_of(
    read: Opened,
    area: territory.Area,
    people: Sequence[Path | str],
    plots: Path | str | None,
    given: Sequence[Path | str],
    *,
    options: Options,
    stage: Stage = quiet,
    several: bool = True,
) -> Region:
    """Return one region of an extract, all that is known of it joined; arguments as for `each`.

    Raises
    ------
    SourceError, TableError, RegionError
        With every fault found.
    """
    with stage("region"):
        found = territory.cut(read.extract, area, options)
    found = api.joined(found, read.sheet, people, options, stage=stage, country=read.country)
    return api.with_own(found, plots, given, options, several=several)
