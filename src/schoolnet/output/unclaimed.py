"""The register held against what all regions took of it: rows no region took, and schools two regions took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet.messages import Message
from schoolnet.sources import placing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schoolnet.output.report_region import Reported
    from schoolnet.output.words import Words
    from schoolnet.sources.register import Register

_TWICE = ("id", "region", "row")
_LOST = ("row", "id", "name", "region", "column", "what", "why")


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


def held(regions: Sequence[Reported], register: Register | None = None, *, whole: bool = False) -> Held:
    """Return what no region took of a register, and what several took.

    Parameters
    ----------
    regions
        With what each took and refused.
    register
        The register they were read with; None: only schools taken twice can be told, without their rows.
    whole
        All regions of the map are there: a row none of them took is taken by none.
    """
    takers: dict[str, list[str]] = {}
    for one in regions:
        for key in one.claims.used:
            takers.setdefault(key, []).append(one.code)
    rows = pd.DataFrame(columns=["school_id"]) if register is None else register.rows
    several = {key: codes for key, codes in sorted(takers.items()) if len(codes) > 1}
    lines: dict[str, list[str]] = {}
    for row, key in rows["school_id"].items():
        if key in several:
            lines.setdefault(key, []).append(str(row))
    twice = [(key, codes, lines.get(key, [])) for key, codes in several.items()]
    same = register is not None and all(one.claims.sha256 == register.input.sha256 for one in regions)
    lost = [*_lost(regions, takers, register)] if register is not None and whole and same else []
    return Held(pd.DataFrame(lost, columns=[*_LOST]), pd.DataFrame(twice, columns=[*_TWICE]))


def _lost(regions: Sequence[Reported], takers: dict[str, list[str]], register: Register) -> Iterable[tuple[Any, ...]]:
    """Yield the rows no region took, in the order of the file; a row another region refused may well be taken."""
    refused: dict[str, dict[str, tuple[Any, ...]]] = {}
    for one in regions:
        for row, *told in one.claims.rejected:
            refused.setdefault(row, {}).setdefault(one.code, tuple(told))
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


def told(found: Held, said: Words) -> list[str]:
    """Return what must be said beside the sums: nothing where every row is in one region."""
    return [
        said.text(f"report_scope.{name}", count=said.number(len(rows)), sheet=said.text(f"sheet.{name}"))
        for name, rows in _named(found)
    ]


def frames(found: Held, called: dict[str, str], said: Words) -> dict[str, pd.DataFrame]:
    """Return the sheets that hold rows, regions by name, sentences in the words of a language."""
    out = dict(_named(found))
    if "lost_rows" in out:
        sentences = {name: [said.message(one) for one in out["lost_rows"][name]] for name in ("what", "why")}
        out["lost_rows"] = out["lost_rows"].assign(**sentences)
    if "taken_twice" in out:
        rows = out["taken_twice"]
        names = [", ".join(called.get(one, one) for one in codes) for codes in rows["region"]]
        out["taken_twice"] = rows.assign(region=names, row=rows["row"].map(", ".join))
    return out


def _named(found: Held) -> list[tuple[str, pd.DataFrame]]:
    """Return the tables that hold rows, by the names of their sheets."""
    both = {"lost_rows": found.lost, "taken_twice": found.twice}
    return [(name, rows) for name, rows in both.items() if len(rows)]
