"""The register held against what all regions took of it: rows no region took, and schools two regions took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet.messages import Message
from schoolnet.sources import placing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schoolnet.region import Region
    from schoolnet.sources.register import Register

_TWICE = ("id", "region", "row")
_LOST = ("row", "id", "name", "region", "column", "what", "why")


class Claims(NamedTuple):
    """What a region took of the school register.

    Attributes
    ----------
    sha256
        Of the register; empty where the schools are the map's own.
    used
        Identifiers of its schools.
    rejected
        Row, column, what was found and why, of each row its ledger refuses.
    """

    sha256: str = ""
    used: tuple[str, ...] = ()
    rejected: tuple[tuple[str, str, str, str], ...] = ()


class Held(NamedTuple):
    """What the sums over regions lack, and what they count more than once.

    Attributes
    ----------
    lost
        A row of the register no region took: `row` of the file, `id`, `name`, `region` whose ledger refuses it
        (missing: none, or several), `column`, and the sentences `what` and `why`. Empty where it cannot be known.
    twice
        A school several regions took: `id`, `region` (codes), `row` (rows of the register with this identifier).
    """

    lost: pd.DataFrame
    twice: pd.DataFrame


def claims(region: Region) -> Claims:
    """Return what a region took of its register, and what its ledger refuses."""
    used = tuple(map(str, region.schools.index))
    file = next((one for one in reversed(region.inputs) if one.role == "schools"), None)
    if file is None:
        return Claims(used=used)
    refused = (one for one in region.ledger.entries if (one[0], one[1], one[3]) == (file.name, "schools", "rejected"))
    return Claims(file.sha256, used, tuple((one[2], *one[4:]) for one in refused))


def held(regions: Mapping[str, Claims], register: Register | None = None, *, whole: bool = False) -> Held:
    """Return what no region took of a register, and what several took.

    Parameters
    ----------
    regions
        By code what each took and refused.
    register
        The register they were read with; None: only schools taken twice can be told, without their rows.
    whole
        All regions of the map are there: a row none of them took is taken by none.
    """
    takers: dict[str, list[str]] = {}
    for code, one in regions.items():
        for key in one.used:
            takers.setdefault(key, []).append(code)
    rows = pd.DataFrame(columns=["school_id"]) if register is None else register.rows
    several = {key: codes for key, codes in sorted(takers.items()) if len(codes) > 1}
    lines: dict[str, list[str]] = {}
    for row, key in rows["school_id"].items():
        if key in several:
            lines.setdefault(key, []).append(str(row))
    twice = [(key, codes, lines.get(key, [])) for key, codes in several.items()]
    same = register is not None and all(one.sha256 == register.input.sha256 for one in regions.values())
    lost = [*_lost(regions, takers, register)] if register is not None and whole and same else []
    return Held(pd.DataFrame(lost, columns=[*_LOST]), pd.DataFrame(twice, columns=[*_TWICE]))


def _lost(regions: Mapping[str, Claims], takers: dict[str, list[str]], register: Register) -> Iterable[tuple[Any, ...]]:
    """Return the rows no region took, in the order of the file; a row another region refused may well be taken."""
    refused: dict[str, dict[str, tuple[Any, ...]]] = {}
    for code, one in regions.items():
        for row, *told in one.rejected:
            refused.setdefault(row, {}).setdefault(code, tuple(told))
    unread = {entry[2]: entry[4:] for entry in register.ledger.entries if entry[3] == "rejected"}
    found: list[tuple[Any, ...]] = [(row, None, None, None, *told) for row, told in unread.items()]
    taken = _taken(register.rows["school_id"].drop([int(row) for row in unread], errors="ignore"), takers, refused)
    for cells in register.rows[["school_id", "name", "lon", "lat", "kato"]].itertuples():
        row, by = str(cells.Index), refused.get(str(cells.Index), {})
        if row in unread or row in taken:
            continue
        placed = pd.notna(cells.kato) or pd.notna(cells.lon + cells.lat)
        region = next(iter(by)) if len(by) == 1 else None
        # that it lies outside a region is of no help where every region says so
        why = _nowhere(cells) if not by or (placed and region is None) else next(iter(by.values()))
        found.append((row, cells.school_id or None, cells.name or None, region, *why))
    return sorted(found, key=lambda one: int(one[0]))


def _taken(ids: pd.Series, takers: dict[str, list[str]], refused: dict[str, dict[str, Any]]) -> set[str]:
    """Return the rows that were taken: a region takes one row of an identifier, and none it refuses."""
    free = {key: [*codes] for key, codes in takers.items()}
    taken = set()
    for row, key in sorted(ids.items(), key=lambda one: len(refused.get(str(one[0]), ()))):
        code = next((code for code in free.get(key, ()) if code not in refused.get(str(row), ())), None)
        if code is not None:
            free[key].remove(code)
            taken.add(str(row))
    return taken


def _nowhere(cells: Any) -> tuple[str, str, Message]:
    if pd.notna(cells.lon) and pd.notna(cells.lat):
        why = Message("in no region of the map: correct the coordinates, or give the KATO of its settlement")
        return "lon", placing.point(cells.lon, cells.lat), why
    why = Message("a KATO of no region of the map, and no coordinates: correct the KATO or give coordinates")
    return "kato", str(cells.kato), why
