"""Which school, settlement and district of one date is which of another: by identifier, else by what else tells it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pyproj

from schoolnet.planning.observed import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from schoolnet.planning.observed import Observed

#: A school of the same name within so many metres of one that is gone is likely the same (a choice of the model).
LIKELY_M = 1000.0
_GLOBE = pyproj.Geod(ellps="WGS84")


def districts(a: Observed, b: Observed) -> dict[str, str]:
    """Return what A calls each district of B that A has: by identifier, else by a name only one has on either side."""
    return _same(a.districts, b.districts, "name")


def settlements(a: Observed, b: Observed) -> dict[str, str]:
    """Return what A calls each settlement of B that A has: by identifier, else by a KATO only one has on each."""
    return _same(a.settlements, b.settlements, "kato")


def schools(a: Observed, b: Observed, homes: dict[str, str]) -> dict[str, str]:
    """Return what A calls each school of B that has the same identifier in A, or is likely the same school.

    Likely the same: the identifier is in one of the two only, a name is the same letter for letter (case, spaces and
    marks apart), and it stands in the same settlement or within `LIKELY_M`; and no other school could be meant.

    | A | B | → |
    |---|---|---|
    | 17 “Abai school”, Arka | 900 “ABAI SCHOOL”, Arka | 900 is likely 17 |
    | 18 “Abai school”, Dala, 60 km off | | 18 is gone |
    """
    found = {str(key): str(key) for key in b.schools.index if key in a.schools.index}
    gone = a.schools[~a.schools.index.isin(b.schools.index)]
    come = b.schools[~b.schools.index.isin(a.schools.index)]
    pairs = list(_likely(gone, come, homes))
    gone_of, come_of = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    return found | {new: old for old, new in pairs if gone_of[old] == come_of[new] == 1}


def _same(a: pd.DataFrame, b: pd.DataFrame, column: str) -> dict[str, str]:
    found = {str(key): str(key) for key in b.index if key in a.index}
    left, right = (here[column][~here.index.isin(there.index)].dropna() for here, there in ((a, b), (b, a)))
    left, right = (cells[~cells.duplicated(keep=False)] for cells in (left, right))
    by_cell = {cell: key for key, cell in left.items()}
    return found | {str(key): str(by_cell[cell]) for key, cell in right.items() if cell in by_cell}


def _likely(gone: pd.DataFrame, come: pd.DataFrame, homes: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a school that is gone and one that has come that may be the same."""
    called: dict[str, list[str]] = {}
    for key, name in _called(gone):
        called.setdefault(name, []).append(key)
    seen = set()
    for new, name in _called(come):
        for old in called.get(name, ()):
            if (old, new) not in seen and _near(gone.loc[old], come.loc[new], homes):
                seen.add((old, new))
                yield old, new


def _called(schools: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for row in schools[[*NAMES]].itertuples():
        names = {re.sub(r"[\W_]+", "", one).casefold() for one in row[1:] if isinstance(one, str)}
        for name in sorted(names - {""}):
            yield str(row.Index), name


def _near(old: pd.Series[float], new: pd.Series[float], homes: dict[str, str]) -> bool:
    home = homes.get(str(new["settlement_id"]))
    if home is not None and home == old["settlement_id"]:
        return True
    return bool(_GLOBE.inv(old["lon"], old["lat"], new["lon"], new["lat"])[2] <= LIKELY_M)
