"""What the commands of a service of one region share: read, plan, write its files, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet.commands import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from rich.console import RenderableType

    from schoolnet.api import Plan
    from schoolnet.options import Options
    from schoolnet.sources.address import Address

_WIDE = 160  # columns of a table that goes to a file


class Service(NamedTuple):
    """How the service of a plan is written to a folder, reported in a language, and which files it leaves."""

    write: Callable[..., Path]
    report: Callable[[Plan, str], Iterable[RenderableType | str]]
    files: Callable[[Plan], Iterable[str]]


def run(
    service: Service,
    source: Path | Address,
    inputs: Mapping[str, Any],
    chosen: Options,
    *,
    norms: Path | None,
    out: Path,
    lang: str,
) -> None:
    """Read a region, plan it, write the files of a service and report it; `inputs` are those of `schoolnet.read`."""
    import schoolnet

    schoolnet.Norms.for_plan(chosen, file=norms)  # its faults need not wait for a large map
    with console.progress() as stage:
        read = schoolnet.read(source, **inputs, options=chosen, stage=stage)
        made = schoolnet.plan(read, chosen, norms=norms, stage=stage)
        service.write(made, out, lang=lang)
    console.show(service.report(made, console.language()), width=_WIDE)
    console.files(out, service.files(made))
