"""Arguments -> stages -> files: the command line, and the only place that prints."""

from __future__ import annotations

import datetime as dt
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schoolnet import console
from schoolnet.errors import Fault, OptionError, SchoolnetError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from schoolnet.options import Options

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="School-network planning for Kazakhstan: who is owed a school or a bus, why, and where to build.",
)


class Lang(StrEnum):
    """Language the outputs open in."""

    kk = "kk"
    ru = "ru"
    en = "en"


class Season(StrEnum):
    """Season the verdict is given for."""

    dry = "dry"
    flood = "flood"


_Out = Annotated[Path, typer.Option("--out", help="Folder for map.html, plan.xlsx, plan.gpkg and provenance.json.")]
_Lang = Annotated[Lang, typer.Option("--lang", help="Language the map opens in and the workbook is written in.")]
_On = Annotated[
    dt.datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Day on which the norms are asked.")
]
_OptionsFile = Annotated[Path | None, typer.Option("--options", help="Options file (TOML); names as in the README.")]
_Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One option; may be given several times.")
]
_Norms = Annotated[Path | None, typer.Option("--norms", help="Own norms file in the form of law/kz.toml.")]

_Season = Annotated[
    Season | None, typer.Option("--season", help="Season of the verdict: in flood, fords and ferries are closed.")
]
_Region = Annotated[str | None, typer.Option("--region", help="Code (KZ-59), KATO, or name in kk, ru or en.")]
_Schools = Annotated[Path | None, typer.Option("--schools", help="School register, CSV or XLSX.")]
_People = Annotated[
    list[Path] | None,
    typer.Option("--people", help="Settlement table, official totals, ages, births, pupils or raster; several times."),
]
_Boundary = Annotated[Path | None, typer.Option("--boundary", help="GeoJSON with the region's outline.")]

_TABLES = 200  # columns of a check that goes to a file


@app.command()
def plan(
    source: Annotated[Path, typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers.")],
    region: _Region = None,
    schools: _Schools = None,
    people: _People = None,
    boundary: _Boundary = None,
    out: _Out = Path("maps/plan"),
    lang: _Lang = Lang.kk,
    on: _On = None,
    season: _Season = None,
    options: _OptionsFile = None,
    set_: _Set = None,
    norms: _Norms = None,
) -> None:
    """Plan one region: a map, a workbook, layers and a record."""
    import schoolnet

    chosen = _options(options, set_, on, season)
    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    with console.progress() as stage:
        read = schoolnet.read(
            source, region, schools=schools, boundary=boundary, people=people or (), options=chosen, stage=stage
        )
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
        made.save(out, lang=lang.value, stage=stage)
    console.report(made, out, lang.value)


@app.command()
def demo(out: _Out = Path("maps/demo"), lang: _Lang = Lang.kk, on: _On = None, season: _Season = None) -> None:
    """Plan the embedded example, a fictional oblast: no file and no network is needed."""
    import schoolnet

    chosen = _options(None, None, on, season)
    schoolnet.Norms.for_plan(chosen)
    layers, register = schoolnet.example()
    with console.progress() as stage:
        read = schoolnet.read(layers, schools=register, options=chosen, stage=stage)
        made = schoolnet.plan(read, chosen, stage=stage)
        made.save(out, lang=lang.value, stage=stage)
    console.report(made, out, lang.value)


@app.command("explain")
def explain_settlement(
    source: Annotated[
        Path | None,
        typer.Argument(help="Map extract (.osm.pbf), or a folder of GeoJSON layers; the example if left out."),
    ] = None,
    settlement: Annotated[
        str, typer.Option("--settlement", help="KATO code, name in kk, ru or en, or identifier.")
    ] = "",
    region: _Region = None,
    schools: _Schools = None,
    people: _People = None,
    boundary: _Boundary = None,
    out: Annotated[Path, typer.Option("--out", help="HTML page with the way on a small map.")] = Path(
        "maps/explain.html"
    ),
    lang: _Lang = Lang.kk,
    on: _On = None,
    season: _Season = None,
    options: _OptionsFile = None,
    set_: _Set = None,
    norms: _Norms = None,
) -> None:
    """Say why one settlement has its verdict: every number, the clause, the way, and what would change it."""
    import schoolnet

    chosen = _options(options, set_, on, season)
    schoolnet.Norms.for_plan(chosen, file=norms)
    layers, register = (source, schools) if source is not None else schoolnet.example()
    with console.progress() as stage:
        read = schoolnet.read(
            layers, region, schools=register, boundary=boundary, people=people or (), options=chosen, stage=stage
        )
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
    found = made.explain(settlement, lang=lang.value)
    typer.echo(found.text)
    typer.echo(found.save(out))


@app.command("norms")
def list_norms(on: _On = None, lang: _Lang = Lang.kk, norms: _Norms = None) -> None:
    """List the norms of a day: value, act and clause, standing, and the day it holds from."""
    import schoolnet
    from schoolnet.output import norms_text, words

    found = schoolnet.Norms.on(_options(None, None, on).on, file=norms)
    own = [] if norms is None else [words.load(lang.value).text("caveat.own_norms")]
    console.show([*own, *norms_text.listing(found, lang.value)])


@app.command("check")
def check_inputs(
    inputs: Annotated[
        list[Path],
        typer.Argument(help="Map or folder of layers, register, tables of people, rasters: in any order."),
    ],
    region: _Region = None,
    boundary: _Boundary = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the corrected copy of the tables.")] = None,
    lang: _Lang = Lang.kk,
    on: _On = None,
    options: _OptionsFile = None,
    set_: _Set = None,
) -> None:
    """Check inputs: every row used, corrected or rejected; districts beside official totals; how fresh the data are."""
    import schoolnet
    from schoolnet.output import checkup, words

    with console.progress() as stage:
        chosen = _options(options, set_, on)
        found = schoolnet.check(inputs, region, boundary=boundary, options=chosen, stage=stage)
    console.show(checkup.parts(found, lang.value), width=_TABLES)
    if out is not None:
        said = words.load(lang.value)
        typer.echo(said.text("check.corrected", folder=str(found.save(out, say=said.message))))


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(f"schoolnet {installed('schoolnet')}")


def _options(
    file: Path | None, pairs: list[str] | None, on: dt.datetime | None, season: Season | None = None
) -> Options:
    from schoolnet import options

    values: dict[str, Any] = {} if file is None else options.load(file).model_dump(exclude_unset=True)
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals:
            problem = Message("“{text}” is not NAME=VALUE.", text=pair)
            raise OptionError(Fault(problem, Message("Write it as --set transport_rule=and.")))
        values[name.strip()] = value.strip()
    if on is not None:
        values["on"] = on.date()
    if season is not None:
        values["season"] = season.value
    return options.make(values)


def main() -> None:
    """Run the command line; a planner's fault ends in one clear message and exit code 2, never in a traceback."""
    try:
        app()
    except SchoolnetError as error:
        console.refuse(error)
        sys.exit(2)
    except Exception as error:
        console.admit(error)
        if os.environ.get("SCHOOLNET_DEBUG"):
            raise
        sys.exit(1)
