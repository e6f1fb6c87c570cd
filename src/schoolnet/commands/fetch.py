"""The command that fetches public data over the network, and says how to go on."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path  # noqa: TC003 - the command line asks for it
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schoolnet.commands import arguments, console
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolnet.fetching import Fetched
    from schoolnet.output.words import Words
    from schoolnet.sources.catalogue import Source


def fetch(
    area: Annotated[
        str, typer.Argument(help="kazakhstan, or a region by code (KZ-59), KATO or name in kk, ru or en.")
    ] = "kazakhstan",
    list_: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--list", help="List what there is, where from and under which licence; fetch nothing.")
    ] = False,
    only: Annotated[
        str | None, typer.Option("--only", help="Kinds of data, parted by commas: map, people, boundaries, kato.")
    ] = None,
    place: Annotated[
        str | None, typer.Option("--place", help="A district or town by name, in place of the extract (needs osmnx).")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the layers of the place.")] = None,
    cache: Annotated[
        Path | None, typer.Option("--cache", help="Folder files are kept in; without it that of the system.")
    ] = None,
    catalogue: Annotated[
        Path | None, typer.Option("--catalogue", help="Own list in the form of sources/catalogue.toml.")
    ] = None,
    renew: Annotated[  # noqa: FBT002
        bool, typer.Option("--renew", help="Fetch again what is there, if the source has another one.")
    ] = False,
    lang: arguments.Printed = None,
) -> None:
    """Fetch public data into a cache: the map extract and rasters of people, or the map of a small place."""
    from schoolnet import fetching
    from schoolnet.output import downloading, words

    said = words.load(console.language() if lang is None else lang.value)
    kinds = tuple(part.strip() for part in (only or "").split(",") if part.strip())
    folder = fetching.cache_folder(cache)
    if out is not None and place is None:
        raise OptionError(Fault(Message("--out is the folder of a place."), Message("Give --place too, or --cache.")))
    if list_:
        sources = fetching.chosen(fetching.area_code(area), kinds, file=catalogue)
        _list(sources, folder, said)
    elif place is not None:
        _fetch_place(place, out, cache, said, renew=renew)
    else:
        with downloading.bars(said.lang) as told:
            got = fetching.fetch(area, cache=cache, only=kinds, file=catalogue, renew=renew, told=told)
        _report(got, said)


def _fetch_place(place: str, out: Path | None, cache: Path | None, said: Words, *, renew: bool) -> None:
    from schoolnet import fetching

    with console.progress() as stage, stage("fetch_place"):
        got = fetching.fetch_place(place, out=out, cache=cache, renew=renew)
    typer.echo(f"{got.name}\n  {got.map}\n  {got.boundary}\n  © OpenStreetMap contributors, ODbL 1.0")
    source = [got.map, "--boundary", got.boundary] if got.folder is None else [got.folder]
    _go_on("plan", *source, said=said)


def _report(got: Fetched, said: Words) -> None:
    """Print what is there, how its makers must be named, what is to be fetched by hand, and how to go on."""
    from schoolnet.sources import download

    for path in (*([got.map] if got.map else []), *got.people, *got.others):
        about = download.recorded(path)
        typer.echo(f"  {path}\n    {_named(*(_of_record(about, name, said) for name in ('attribution', 'licence')))}")
        if "instead_of" in about:
            typer.echo(f"    {said.text('fetch.instead', date=about['date'], url=about['url'])}")
    for source, path in got.by_hand:
        what = source.title[said.lang]
        typer.echo(f"  {said.text('fetch.by_hand', what=what, page=source.page, path=str(path))}")
    if got.map is None:
        return
    people = [word for path in got.people for word in ("--people", path)]
    if got.area == "KZ":
        _go_on("report", got.map, "--all", *people, said=said)
    else:
        _go_on("plan", got.map, "--region", got.area, *people, said=said)


def _of_record(about: dict[str, Any], name: str, said: Words) -> str:
    """Return a text of a record, in the language where it has it: a record may have been written by anybody."""
    texts = about.get(f"{name}_in")
    return str((isinstance(texts, dict) and texts.get(said.lang)) or about.get(name, ""))


def _go_on(*command: Path | str, said: Words) -> None:
    parts = ["schoolnet", *map(str, command)]
    line = subprocess.list2cmdline(parts) if os.name == "nt" else shlex.join(parts)
    typer.echo(f"{said.text('fetch.go_on')}\n  {line}")


def _list(sources: Sequence[Source], folder: Path, said: Words) -> None:
    """Print the list, with addresses that can be copied."""
    from schoolnet.sources import catalogue, catalogue_checks

    typer.echo(said.text("fetch.cache", folder=str(folder)))
    for one in sources:
        size = _size(one.about_mb, said)
        state = "there" if (folder / one.file).exists() else "page" if one.by_hand else "missing"
        tried = "" if one.checked or one.by_hand else f" {said.text('fetch.unchecked')}"
        typer.echo(f"{one.title[said.lang]} – {said.text(f'fetch.{one.role}')}")
        typer.echo(f"  {one.file}; {said.text('fetch.size', size=size)}; {said.text(f'fetch.{state}')}")
        licence, version = one.licence_in.get(said.lang, one.licence), one.version_in.get(said.lang, one.version)
        typer.echo(f"  {_named(one.attribution_in.get(said.lang, one.attribution), licence)}; {version}")
        typer.echo(f"  {catalogue.said(one.url or one.page)}{tried}")
        if one.dated:
            address = catalogue.said(one.dated).replace(catalogue_checks.DATE, said.text("fetch.day"))
            typer.echo(f"  {said.text('fetch.dated', url=address)}")
        if one.note:
            typer.echo(f"  {one.note[said.lang]}")


def _size(megabytes: float | None, said: Words) -> str:
    if megabytes is None:
        return said.text("unknown")
    return said.text("fetch.about", megabytes=said.text("fetch.megabytes", value=said.number(megabytes, digits=1)))


def _named(attribution: str, licence: str) -> str:
    """Return how makers are named with their licence, which some ask for in their name already."""
    return attribution if attribution.endswith(licence) else f"{attribution}; {licence}"
