"""The arguments commands share: their types, their help, and the options they make."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolnet.options import Options
    from schoolnet.sources.address import Address


class Lang(StrEnum):
    """Language the outputs open in."""

    kk = "kk"
    ru = "ru"
    en = "en"


class Season(StrEnum):
    """Season the verdict is given for."""

    dry = "dry"
    flood = "flood"


Source = Annotated[
    Path | None, typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers; none with --from.")
]
SourceOrExample = Annotated[
    Path | None,
    typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers; the example where no --from is given."),
]
Out = Annotated[Path, typer.Option("--out", help="Folder for map.html, plan.xlsx, plan.gpkg and provenance.json.")]
Language = Annotated[Lang, typer.Option("--lang", help="Language the map opens in and the workbook is written in.")]
Printed = Annotated[Lang | None, typer.Option("--lang", help="Language of what is printed.")]
On = Annotated[dt.datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Day on which the norms are asked.")]
OptionsFile = Annotated[Path | None, typer.Option("--options", help="Options file (TOML); names as in the README.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One option; may be given several times.")
]
Norms = Annotated[Path | None, typer.Option("--norms", help="Own norms file in the form of law/kz.toml.")]

Seasonal = Annotated[
    Season | None, typer.Option("--season", help="Season of the verdict: in flood, fords and ferries are closed.")
]
Region = Annotated[str | None, typer.Option("--region", help="Code (KZ-59), KATO, or name in kk, ru or en.")]
Schools = Annotated[Path | None, typer.Option("--schools", help="School register, CSV or XLSX.")]
People = Annotated[
    list[Path] | None,
    typer.Option("--people", help="Settlement table, official totals, ages, births, pupils or raster; several times."),
]
Plots = Annotated[Path | None, typer.Option("--plots", help="Land plots for new schools, CSV or XLSX.")]
Given = Annotated[
    list[Path] | None,
    typer.Option("--given", help="Own table: network schools, partners or education okrugs; several times."),
]
Boundary = Annotated[Path | None, typer.Option("--boundary", help="GeoJSON with the region's outline.")]
Regions = Annotated[
    list[str] | None, typer.Option("--region", help="Code (KZ-59), KATO, or name in kk, ru or en; several times.")
]
Parquet = Annotated[
    bool, typer.Option("--parquet", help="Write the layers as GeoParquet too, to the folder `layers` (needs pyarrow).")
]
# plain texts: a path would lose one of the strokes of an address
From = Annotated[
    str | None,
    typer.Option("--from", metavar="POSTGRESQL://…", help="PostGIS database to read the region from, not a map."),
]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="POSTGRESQL://…", help="PostGIS database to write the region and the plan to, too."),
]
Tiles = Annotated[
    str | None,
    typer.Option("--tiles", help="Background of the map, https://host/{z}/{x}/{y}.png: it then asks that server."),
]
Attribution = Annotated[str, typer.Option("--attribution", help="Whose tiles they are, shown under the map.")]
All = Annotated[bool, typer.Option("--all", help="All regions of the extract, one after another.")]


def chosen(
    file: Path | None,
    pairs: list[str] | None,
    on: dt.datetime | None,
    season: Season | None = None,
    *,
    source: Path | None = None,
) -> Options:
    """Return the options of a file, of --set, --on and --season, the later before the earlier.

    Where none of them names a day and the source is a snapshot, it is the day its data speak of.
    """
    from schoolnet import options
    from schoolnet.planning import prices
    from schoolnet.sources import snapshot

    values: dict[str, Any] = {} if file is None else options.load(file).model_dump(exclude_unset=True)
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals:
            problem = Message("“{text}” is not NAME=VALUE.", text=pair)
            raise OptionError(Fault(problem, Message("Write it as --set transport_rule=and.")))
        values[name.strip()] = value.strip()
    if on is not None:
        values["on"] = on.date()
    elif "on" not in values and source is not None and snapshot.is_snapshot(source):
        values["on"] = snapshot.opened(source).day
    if season is not None:
        values["season"] = season.value
    made = options.make(values)
    prices.prices(made, room=1)  # the faults of prices need not wait for a large map
    return made


def source(file: Path | None, database: str | None) -> Path | Address:
    """Return where a region is read from, which is one place; that a database answers need not wait for other files."""
    from schoolnet.sources import address
    from schoolnet.sources import database as _database

    if file is not None and database is None:
        return file
    if database is None or file is not None:
        problem = Message("one source is wanted: a map extract, a folder of layers, or a database (--from).")
        raise OptionError(Fault(problem, Message("Give one of them.")))
    return _database.reached(address.address(database))


def source_or_example(
    file: Path | None, database: str | None, schools: Path | None
) -> tuple[Path | Address, Path | None]:
    """Return where a region is read from and its register: the example's where no source is given."""
    import schoolnet

    if file is not None or database is not None:
        return source(file, database), schools
    layers, register = schoolnet.example()
    return layers, schools or register


def target(database: str | None) -> Address | None:
    """Return the database to write to, if any; that it answers need not wait for a large map."""
    from schoolnet.sources import address
    from schoolnet.sources import database as _database

    return None if database is None else _database.reached(address.address(database))


def refuse_addresses(words: Sequence[str]) -> None:
    """Raise an `OptionError` where an address stands where a file or a name is wanted: it may hold a password.

    Asked before anything else is done with the words of a command, as whatever refuses one of them repeats it.
    """
    from schoolnet.sources.address import is_address

    for before, word in pairwise(["", *words]):
        value = word.partition("=")[2] if not word.startswith(("--from=", "--to=")) else ""
        if (is_address(word) and before not in ("--from", "--to")) or is_address(value):
            problem = Message("the address of a database stands where none is wanted.")
            raise OptionError(
                Fault(problem, Message("Give it as --from of a command that reads one region, or as --to of plan."))
            )


def check_tiles(address: str | None) -> None:
    """Refuse an address of tiles that cannot be used, before a long plan."""
    from schoolnet.output import map_tiles

    if address is not None:
        map_tiles.checked(address)


def check_parquet(*, asked: bool) -> None:
    """Raise an `OptionError` where GeoParquet is asked for and cannot be written: it need not wait for a large map."""
    from schoolnet.output import parquet

    if asked:
        parquet.files({})
