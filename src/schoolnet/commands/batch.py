"""The command of a batch: many regions of one map at once, each kept, then all together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schoolnet.commands import arguments, batch_lines
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

#: Exit code when some regions could not be planned.
SOME_FAILED = 3


def batch(
    source: Annotated[Path, typer.Argument(help="Map extract (.osm.pbf).")],
    regions: Annotated[
        str, typer.Option("--regions", help="`all`, or codes, KATO or names parted by commas: KZ-59,KZ-39.")
    ] = "all",
    schools: arguments.Schools = None,
    people: arguments.People = None,
    plots: arguments.Plots = None,
    given: arguments.Given = None,
    out: Annotated[
        Path, typer.Option("--out", help="Folder: the files of each region in one of its code, the national beside.")
    ] = Path("maps/batch"),
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, max=1024, help="Regions at once; else the cores, if memory allows.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option("--memory", help="Memory of all regions together (4G, 800M); else what is free.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="Dask scheduler (tcp://host:port) whose workers plan.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=1024, help="So many Dask workers on this computer.")
    ] = None,
    lang: arguments.Language = arguments.Lang.kk,
    on: arguments.On = None,
    season: arguments.Seasonal = None,
    options: arguments.OptionsFile = None,
    set_: arguments.Set = None,
    norms: arguments.Norms = None,
) -> None:
    """Plan many regions at once, keep what is done, go on after a stop; then the national programme and report."""
    import schoolnet

    chosen = arguments.chosen(options, set_, on, season)
    named = [one.strip() for one in regions.split(",") if one.strip()]
    if not named:
        problem = Message("--regions names no region.")
        raise OptionError(Fault(problem, Message("Give `all`, or codes parted by commas: KZ-59,KZ-39.")))
    every = [one for one in named if one.casefold() == "all"]
    if every and len(named) > 1:
        problem = Message("--regions: `all` stands alone.")
        raise OptionError(Fault(problem, Message("Give `all`, or codes parted by commas: KZ-59,KZ-39.")))
    with batch_lines.stoppable(), batch_lines.shown() as tell:
        made = schoolnet.batch(
            source,
            out,
            [] if every else named,
            schools=schools,
            people=people or (),
            plots=plots,
            given=given or (),
            norms=norms,
            options=chosen,
            lang=lang.value,
            jobs=jobs,
            memory=memory,
            scheduler=scheduler,
            workers=workers,
            tell=tell,
        )
    batch_lines.end(made)
    if made.failed:
        raise typer.Exit(SOME_FAILED)
