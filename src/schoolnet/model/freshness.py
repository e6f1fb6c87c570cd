"""How fresh the inputs are: records late to be updated, records older than the last October, figures of other years."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import prospects, schema

if TYPE_CHECKING:
    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.region import Region

#: Tables whose rows are of a year: the first year that is fresh for a plan, counted from its school year.
_YEARS = {"headcounts": 0, "official": 0, "ages": 0, "births": -1, "series": 0}


def freshness(region: Region, norms: Norms, options: Options) -> pd.DataFrame:
    """Return how fresh each input table is (`prospects.FRESHNESS`).

    A school's record is late when more than the allowed working days lie between `changed_at` and `updated_at` (or the
    plan's day, when it was not updated since the change); Monday to Friday are working days, holidays are not known
    here. It is before the snapshot when it was last updated before the last snapshot month (October) began: nothing
    says that it was confirmed since. Tables of a year are old when their last year is before the plan's.

    Source: Order 459, clauses 9 and 10 (calendar of the monitoring).
    """
    rows = [_schools(region.schools, norms, options)] if len(region.schools) else []
    for name, lag in _YEARS.items():
        table = getattr(region.people, name)
        if len(table):
            rows.append(_years(name, table["year"], lag, options))
    return _made(rows)


def of_schools(schools: pd.DataFrame, norms: Norms, options: Options) -> pd.DataFrame:
    """Return how fresh the rows of a register are that is not joined to a region (`prospects.FRESHNESS`)."""
    return _made([_schools(schools, norms, options)] if len(schools) else [])


def allowed(norms: Norms) -> int | None:
    """Return the working days a record may be updated in after a change; None where no norm says."""
    key = "calendar.update_workdays"
    return int(norms[key].value) if key in norms.in_force else None


def late(schools: pd.DataFrame, norms: Norms, options: Options) -> pd.DataFrame:
    """Return the schools whose record was updated later after a change than allowed, and by how many working days.

    | changed_at | updated_at | allowed | → late |
    |---|---|---|---|
    | Mon 2026-11-02 | Mon 2026-11-09 | 5 | |
    | Mon 2026-11-02 | Tue 2026-11-10 | 5 | 1 |
    """
    rows = schools.reset_index()
    columns = ["school_id", "name", "changed_at", "updated_at"]
    rows = rows[columns].assign(late=0) if set(columns) <= set(rows) else pd.DataFrame(columns=[*columns, "late"])
    days = allowed(norms)
    known = _days(rows["changed_at"]).notna()
    if days is None or not known.any():
        return rows.iloc[:0]
    rows = rows[known]
    changed, updated = (_days(rows[name]).to_numpy("datetime64[D]") for name in ("changed_at", "updated_at"))
    done = np.where(np.isnat(updated) | (updated < changed), np.datetime64(options.on, "D"), updated)
    over = np.busday_count(changed, np.maximum(done, changed)) - days
    return rows.assign(late=over)[over > 0].reset_index(drop=True)


def snapshot(norms: Norms, options: Options) -> dt.date | None:
    """Return the first day of the last snapshot month that has begun; None where no norm names the month."""
    if "calendar.snapshot_month" not in norms.in_force:
        return None
    month = int(norms.in_force["calendar.snapshot_month"].value)
    year = options.on.year if options.on.month >= month else options.on.year - 1
    return dt.date(year, month, 1)


def _schools(schools: pd.DataFrame, norms: Norms, options: Options) -> dict[str, Any]:
    updated = _days(schools["updated_at"]) if "updated_at" in schools else pd.Series(dtype="datetime64[ns]")
    day = snapshot(norms, options)
    dated, changed = int(updated.notna().sum()), "changed_at" in schools and bool(schools["changed_at"].notna().any())
    before = None if day is None or not dated else int((updated < pd.Timestamp(day)).sum())
    newest = updated.max()
    return {
        "table": "schools",
        "rows": len(schools),
        "dated": dated,
        "newest": None if pd.isna(newest) else f"{newest:%Y-%m-%d}",
        "before_snapshot": before,
        "late": len(late(schools, norms, options)) if changed and allowed(norms) is not None else None,
    }


def _years(name: str, years: pd.Series[int], lag: int, options: Options) -> dict[str, Any]:
    known = years.dropna()
    known = known[known <= options.school_year] if name == "series" else known
    last = None if known.empty else int(known.max())
    old = None if last is None else max(options.school_year + lag - last, 0)
    return {"table": name, "rows": len(years), "dated": len(known), "last_year": last, "years_old": old}


def _made(rows: list[dict[str, Any]]) -> pd.DataFrame:
    out = schema.frame(rows, prospects.FRESHNESS)
    schema.check(out, prospects.FRESHNESS)
    return out


def _days(cells: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    return pd.to_datetime(cells.astype(object), format="%Y-%m-%d", errors="coerce")
