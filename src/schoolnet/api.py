"""The public stages: read a region, plan it, look at it, save it."""

from __future__ import annotations

import importlib.resources
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schoolnet import schema, tables, views
from schoolnet.errors import Fault, OptionError, SourceError
from schoolnet.law.norms import Norms
from schoolnet.messages import Message
from schoolnet.model import population
from schoolnet.options import Options
from schoolnet.planning import plan as _plan
from schoolnet.planning.plan import quiet
from schoolnet.region import hashed
from schoolnet.sources import address, belonging, database, folder, osm, register, snapshot, territory
from schoolnet.sources import given as _given
from schoolnet.sources import inputs as _inputs
from schoolnet.sources import people as _people
from schoolnet.sources import plots as _plots
from schoolnet.views import FILES as FILES  # noqa: PLC0414 - public here
from schoolnet.views import Plan as Plan  # noqa: PLC0414

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolnet.planning.plan import Stage
    from schoolnet.region import Region
    from schoolnet.sources.address import Address
    from schoolnet.views import Checkup


def read(
    source: Path | str | Address,
    region: str | None = None,
    *,
    schools: Path | str | None = None,
    boundary: Path | str | None = None,
    people: Sequence[Path | str] = (),
    plots: Path | str | None = None,
    given: Sequence[Path | str] = (),
    options: Options | None = None,
    stage: Stage = quiet,
) -> Region:
    """Read a region from a map extract, or from a folder of layers, its school register and what is known of people.

    Parameters
    ----------
    source
        An OpenStreetMap extract (.osm.pbf), a folder of GeoJSON layers as `Region.save` writes them, a snapshot
        (`schoolnet.snapshot`), which is the region as it was frozen, or a database as `to_postgis` writes it
        (postgresql://user@host/name?schema=schoolnet).
    region
        ISO 3166-2 code (KZ-59), KATO code, or name in Kazakh, Russian or English; not needed where there is one.
    schools
        The school register, CSV or XLSX; without it the map's schools serve, their levels unknown.
    boundary
        A GeoJSON with the region's outline, in place of the extract's own.
    people
        Settlement tables, official totals, ages, births, pupils by year (CSV or XLSX) and population rasters (GeoTIFF);
        each file is known by its headers. Any of them may be left out.
    plots
        Land plots given for new schools, CSV or XLSX.
    given
        A planner's own tables, CSV or XLSX: network schools that work, partner universities and colleges, education
        okrugs; each file is known by its headers.
    options, stage
        The choices of the plan; called with the name of each step, to show progress.

    Raises
    ------
    SourceError, TableError, RegionError, OptionError
        With every fault found: file, row, column and remedy.
    """
    options = options or Options()
    sheet = None
    if schools is not None:
        with stage("register"):  # first: it is quick, and its faults need not wait for a large map
            sheet = register.read(schools)
    found, country = _territory(source, region, boundary, options, stage)
    options = of_day(found, options)
    frozen = not isinstance(source, address.Address) and snapshot.is_snapshot(source)
    if sheet is not None or people or not frozen:  # a snapshot is joined already
        found = joined(found, sheet, people, options, stage=stage, country=country)
    return views.public(views.Region, with_own(found, plots, given, options))


def of_day(region: Region, options: Options) -> Options:
    """Return the choices with the day a snapshot's data speak of, where no other day of the norms is named."""
    if region.day is None or "on" in options.model_fields_set:
        return options
    return options.model_copy(update={"on": region.day})


def with_own(
    found: Region, plots: Path | str | None, given: Sequence[Path | str], options: Options, *, several: bool = False
) -> Region:
    """Return a region with its land plots, and a planner's own tables; `several`: it is one of several regions."""
    found = found if plots is None else _plots.attach(found, plots, options)
    return _given.attach(found, given, several=several) if given else found


def joined(
    found: Region,
    sheet: register.Register | None,
    people: Sequence[Path | str],
    options: Options,
    *,
    stage: Stage,
    country: belonging.Country | None = None,
) -> Region:
    """Return a region with its school register, and what is known of its people, joined to it.

    `country`: all regions of the map, where they are known.
    """
    with stage("join"):
        if sheet is not None:
            found = register.attach(found, sheet, options, country)
        elif "schools_from_map" in found.caveats:
            found = register.join_map_schools(found, options)
    with stage("people_read"):
        return _people.with_cells(_people.attach(found, people, options) if people else found, options)


def _territory(
    source: Path | str | Address, region: str | None, boundary: Path | str | None, options: Options, stage: Stage
) -> tuple[Region, belonging.Country | None]:
    if isinstance(source, address.Address) or address.is_address(source):
        return _stored(source, region, boundary, stage), None
    source = Path(source)
    if source.is_dir():
        if region is not None or boundary is not None:
            remedy = Message("Leave --region and --boundary out, or give a map extract (.osm.pbf).")
            raise SourceError(Fault(Message("a folder of layers is one region already."), remedy, str(source)))
        with stage("map"):
            return (snapshot.read(source) if snapshot.is_snapshot(source) else folder.read(source)), None
    area = territory.from_file(boundary) if boundary is not None else None
    with stage("map"):
        extract = osm.read(source)
    with stage("region"):
        found = territory.cut(extract, area or territory.find(extract, region), options)
    return found, belonging.country(extract)


def _stored(source: Path | str | Address, region: str | None, boundary: Path | str | None, stage: Stage) -> Region:
    from schoolnet.sources import postgis

    if boundary is not None:
        problem = Message("a region of a database has its outline there.")
        raise OptionError(Fault(problem, Message("Leave --boundary out.")))
    at = source if isinstance(source, address.Address) else database.reached(address.address(str(source)))
    with stage("database"):
        return postgis.read(at, region)


def to_postgis(what: Region | Plan, url: str) -> None:
    """Write a region, or a plan, to a PostGIS database: all or nothing, in place of that region's rows only.

    Parameters
    ----------
    what
        A region (the tables `read` reads), or a plan (its layers, tables and provenance, each called `plan_…`).
    url
        postgresql://user@host:5432/database?schema=schoolnet; the password by PGPASSWORD, ~/.pgpass, or when asked.

    Raises
    ------
    SourceError, TableError, OptionError
        The server cannot be reached or refuses, a table there has another form, or the URL is not understood.
    """
    from schoolnet.output import postgis

    at = database.reached(address.address(url))
    if isinstance(what, _plan.Plan):
        postgis.write(at, plan=what)
    else:
        postgis.write(at, what)


def example() -> tuple[Path, Path]:
    """Return the embedded example, a fictional oblast: its folder of layers and its school register (CSV).

    >>> folder, register = example()
    >>> region = read(folder, schools=register)  # doctest: +SKIP

    Both stand inside the installed package: they are to be read, not written to.
    """
    inside = Path(str(importlib.resources.files("schoolnet"))) / "data"
    data = inside if inside.is_dir() else Path(__file__).parents[2] / "data"
    return data / "boundaries" / "example", data / "schools" / "example.csv"


def plan(
    region: Region,
    options: Options | None = None,
    *,
    norms: Path | str | None = None,
    stage: Stage = quiet,
) -> Plan:
    """Make the plan of a region: who is owed what and why, and what to do first.

    Its tables are fields, as declared in `schoolnet.results`, `prospects`, `decisions` and `networks`, with units in
    their names: `_m` metres, `_min` minutes, `_share` of 1, `_mkzt` millions of tenge of the prices in the options.
    Money of a programme is by school year; a plan asks nothing of the network, and the same region and choices give
    the same plan.

    Parameters
    ----------
    region
        From `read`.
    options
        The choices of the plan; the defaults when None. Of a snapshot the norms are those of its own day, unless
        `options` names one (`on`).
    norms
        A planner's own norms file in the form of law/kz.toml; the project's when None.
    stage
        Called with the name of each stage, to show progress.

    Raises
    ------
    SourceError
        The file of norms is missing, or not TOML.
    OptionError
        An entry of it is wrong; norms the plan rests on are not in force on the day; or the options name a price that
        there is not. Every fault is listed.
    """
    options = of_day(region, options or Options())
    made = _plan.make(region, options, norms=Norms.for_plan(options, file=norms), stage=stage)
    return views.public(Plan, made, region=_said(made, norms))


def _said(made: _plan.Plan, norms: Path | str | None) -> Region:
    """Return the region with what must be said beside the figures of this plan, and its own norms among the inputs."""
    estimated = made.demand["children_basis"].isin(population.ESTIMATED).any()
    found = {
        "no_schools": made.region.schools.empty,
        "own_norms": norms is not None,
        "estimated_children": bool(estimated),
    }
    kept = [caveat for caveat in made.region.caveats if caveat not in found]
    inputs = [one for one in made.region.inputs if one.role != "norms"]
    if norms is not None:
        inputs.append(hashed(Path(norms), "norms"))
    caveats = (*kept, *(caveat for caveat, holds in found.items() if holds))
    return replace(made.region, caveats=caveats, inputs=tuple(inputs))


def check(
    inputs: Sequence[Path | str],
    region: str | None = None,
    *,
    boundary: Path | str | None = None,
    options: Options | None = None,
    stage: Stage = quiet,
) -> Checkup:
    """Check inputs before anything is planned: every row's fate, people beside official totals, freshness.

    Parameters
    ----------
    inputs
        A map extract or a folder of layers, a school register, files of people and own tables, in any order; each is
        known by what it holds. Without a map rows are read, but not joined to settlements.
    region, boundary, options, stage
        As for `read`.

    Raises
    ------
    SourceError, TableError, RegionError
        With every fault found.
    """
    from schoolnet.planning import checkup

    options = options or Options()
    norms = Norms.on(options.on)
    told = _inputs.told_apart(inputs)
    sheet, ledger = _inputs.alone(told)  # their faults need not wait for a large map, nor for each other
    if told.source is not None:
        found = read(
            told.source, region, schools=told.schools, boundary=boundary, people=told.people, given=told.given,
            options=options, stage=stage,
        )  # fmt: skip
        options = of_day(found, options)
        return views.public(views.Checkup, checkup.joined(found, Norms.on(options.on), options))
    rows = schema.frame([], tables.SCHOOLS) if sheet is None else sheet.rows
    return views.public(views.Checkup, checkup.unjoined(rows, ledger, norms, options))
