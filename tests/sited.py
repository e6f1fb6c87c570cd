"""Small tables of sites for the programme, equity and comparison: what is not said takes a plain value."""

from __future__ import annotations

import pandas as pd
import shapely

from conftest import table
from schoolnet import decisions, schema

PLAIN = {
    "region": "XX-00",
    "district_id": "east",
    "school_id": None,
    "at": "settlement",
    "at_id": None,
    "is_rural": False,
    "action": "build",
    "level": "secondary",
    "tier": "seats",
    "also": "",
    "pupils": 100,
    "seats": 300,
    "shifts": 2,
    "from_emergency": 0,
    "from_third_shift": 0,
    "from_shortage": 0,
    "moved": 0,
    "saved_m": 0.0,
    "saved_min": None,
    "unbused": 0,
    "cost_mkzt": 1000.0,
    "price_basis": "published",
    "score": 0.0,
    "rank": 1,
    "rank_best": 1,
    "rank_worst": 1,
    "decided": "first",
    "caution": "",
}


def sites(rows):
    """Return `decisions.SITES` from rows (a table in text, or mappings), each with a `site_id`."""
    rows = table(rows).to_dict("records") if isinstance(rows, str) else list(rows)
    full = []
    for at, row in enumerate(rows):
        given = {key: value for key, value in row.items() if not (isinstance(value, float) and pd.isna(value))}
        given |= {"cost_mkzt": None} if "cost_mkzt" in row and pd.isna(row["cost_mkzt"]) else {}
        one = PLAIN | {"settlement_id": row["site_id"].upper()} | given
        one["cost_pupil_mkzt"] = (
            None if one["cost_mkzt"] is None or not one["pupils"] else one["cost_mkzt"] / one["pupils"]
        )
        full.append(one | {"lon": at})
    frame = schema.geoframe(full, decisions.SITES, [shapely.Point(one["lon"] / 100, 50) for one in full])
    schema.check(frame, decisions.SITES)
    return frame


def errors(sites, **columns):
    """Return the errors of sites: each column a figure, or one for each site."""
    values = {"pupils_sd_share": 0.0, "children": None, "threshold": None, "rooms": 0.0} | columns
    frame = pd.DataFrame({name: pd.Series(value, index=sites.index) for name, value in values.items()})
    return frame.astype({"pupils_sd_share": "float64", "children": "Int64", "threshold": "Int64", "rooms": "float64"})
