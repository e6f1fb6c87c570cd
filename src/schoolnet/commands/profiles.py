"""The command of network schools: coverage of regions and profiles, the best places, and the choice for all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schoolnet.commands import arguments, console
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schoolnet.options import Options
    from schoolnet.planning.plan import Stage
    from schoolnet.region import Region
    from schoolnet.sources.address import Address

_WIDE = 260  # columns of a table that goes to a file
_Source = Annotated[
    Path | None,
    typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers; none with --from or --national."),
]
_Own = Annotated[
    Path | None, typer.Option("--profiles", help="Own profiles (TOML) in the form of planning/profiles.toml.")
]
_National = Annotated[
    bool, typer.Option("--national", help="All 20 regions from embedded towns, in a straight line: approximate.")
]


def profiles(
    source: _Source = None,
    region: arguments.Regions = None,
    all_: arguments.All = False,  # noqa: FBT002 - a flag of the command line
    national: _National = False,  # noqa: FBT002 - a flag of the command line
    schools: arguments.Schools = None,
    people: arguments.People = None,
    given: arguments.Given = None,
    own: _Own = None,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the tables, the layer, the workbook and the map.")
    ] = Path("maps/network"),
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
    from_: arguments.From = None,
) -> None:
    """Place network schools: which regions have which profile, the best places for others, and the choice for all."""
    import schoolnet
    from schoolnet.output import network_files, network_text

    _asked(source or from_, region, all_=all_, national=national)
    chosen = arguments.chosen(options, set_, on, season, source=source)
    place = None if national else arguments.source(source, from_)
    with console.progress() as stage:

        def each(extract: Path | Address) -> Iterator[Region]:
            tables = {"people": people or (), "given": given or ()}
            yield from _regions(extract, region, schools, tables, all_=all_, chosen=chosen, stage=stage)

        read = None if place is None else each(place)
        found = schoolnet.profiles(
            read, chosen, norms=norms, profiles=own, given=given if national else None, stage=stage
        )  # fmt: skip
        found.save(out, lang=lang.value)
    console.show(network_text.parts(found, console.language()), width=_WIDE)
    console.files(out, network_files.FILES)


def _asked(source: Path | str | None, region: list[str] | None, *, all_: bool, national: bool) -> None:
    """Raise OptionError where what is asked for cannot be told."""
    faults = []
    if source is None and not national:
        remedy = Message("Give a map, or --national for the embedded towns of all regions.")
        faults.append(Fault(Message("no map is given."), remedy))
    if national and (source is not None or region or all_):
        problem = Message("--national takes no map and no region.")
        faults.append(Fault(problem, Message("Leave --national out, or what is beside it.")))
    if region and all_:
        faults.append(Fault(Message("--region and --all are both given."), Message("Leave one of the two out.")))
    if faults:
        raise OptionError(faults)


def _regions(
    source: Path | Address,
    region: list[str] | None,
    schools: Path | None,
    tables: Mapping[str, Sequence[Path]],
    *,
    all_: bool,
    chosen: Options,
    stage: Stage,
) -> Iterator[Region]:
    """Read the regions asked for in turn; without a name the only one there is."""
    import schoolnet
    from schoolnet import regions

    told, given = tables["people"], tables["given"]
    if all_ or region:
        yield from regions.each(
            source, region or (), schools=schools, people=told, given=given, options=chosen, stage=stage
        )  # fmt: skip
    else:
        yield schoolnet.read(source, schools=schools, people=told, given=given, options=chosen, stage=stage)
