"""A check of the inputs: what became of every row, people beside official totals, and how fresh the data are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.model import freshness, reconcile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from schoolnet.law.norms import Norms
    from schoolnet.ledger import Ledger
    from schoolnet.options import Options
    from schoolnet.region import Region


@dataclass(frozen=True)
class Checkup:
    """What a check of the inputs found.

    Attributes
    ----------
    region
        The region with everything joined to it; None when no map was among the inputs.
    ledger
        What became of every row.
    reconciled
        People of districts, sources beside official totals (`prospects.RECONCILED`); None without a map.
    freshness
        How fresh each table is (`prospects.FRESHNESS`).
    late
        Schools updated later after a change than allowed: `school_id`, `name`, `changed_at`, `updated_at`, `late`
        (working days over those allowed).
    allowed_days
        Working days allowed; None where no norm says.
    norms, options
        The norms and choices the inputs were checked by.
    """

    region: Region | None
    ledger: Ledger
    reconciled: pd.DataFrame | None
    freshness: pd.DataFrame
    late: pd.DataFrame
    allowed_days: int | None
    norms: Norms
    options: Options

    def save(self, folder: Path | str, *, say: Callable[[str], str] = str) -> Path:
        """Write the corrected copy: the tables as they were used, and the rejected rows with their reasons.

        Raises
        ------
        SourceError
            There is no map, so that nothing is known to be right; or the folder cannot be written to.
        """
        from schoolnet.sources import people

        if self.region is None:
            problem = Message("without a map there is no corrected copy: rows are not joined to settlements.")
            raise SourceError(Fault(problem, Message("Add a map (.osm.pbf) or a folder of layers.")))
        return people.corrected(self.region, folder, say=say)


def joined(region: Region, norms: Norms, options: Options) -> Checkup:
    """Return the check of a region with everything joined to it."""
    counted = reconcile.inhabitants(region, options)
    return Checkup(
        region=region,
        ledger=region.ledger + counted.ledger,
        reconciled=counted.districts,
        freshness=freshness.freshness(region, norms, options),
        late=freshness.late(region.schools, norms, options),
        allowed_days=freshness.allowed(norms),
        norms=norms,
        options=options,
    )


def unjoined(schools: pd.DataFrame, ledger: Ledger, norms: Norms, options: Options) -> Checkup:
    """Return the check of tables without a map: what can be said of their rows alone."""
    return Checkup(
        region=None,
        ledger=ledger,
        reconciled=None,
        freshness=freshness.of_schools(schools, norms, options),
        late=freshness.late(schools, norms, options),
        allowed_days=freshness.allowed(norms),
        norms=norms,
        options=options,
    )
