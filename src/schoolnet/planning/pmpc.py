"""Psychological-medical-pedagogical consultations (PMPC): how many a region needs, and where."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from schoolnet import prospects, schema
from schoolnet.model import vital
from schoolnet.people import REGION

if TYPE_CHECKING:
    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.region import Region

_LEAVERS = 15  # cohorts from here on are those who stay at school; the consultation is for all


def need(region: Region, headcount: pd.DataFrame, norms: Norms, options: Options) -> pd.DataFrame:
    """Return the consultations needed by district and region (`prospects.PMPC`); no row where no norm is in force.

    One to 50,000 children, rounded up: of each district by itself (`needed`), and of the region, whose number goes to
    the districts one by one, each time to the one with most children to a consultation, none over its own (`placed`).
    Where: in the settlement with most children.

    Source: Government Resolution 726 of 12.10.2021, annex, indicator 6; ages 0-17 are an assumption (A14).
    """
    keys = ("pmpc.children", "pmpc.age_last")
    if any(key not in norms.in_force for key in keys):
        return schema.frame([], prospects.PMPC).rename_axis("district_id")
    each, oldest = (int(norms[key].value) for key in keys)
    cohorts = headcount[[f"a{age}" for age in range(oldest + 1)]].copy()
    stay = vital.stay(norms, options)
    late = [name for name in cohorts if int(str(name)[1:]) >= _LEAVERS]
    cohorts[late] = cohorts[late] / stay
    children = cohorts.sum(axis=1)
    district = region.settlements["district_id"].fillna("").astype("str")
    keys_of = sorted({*region.districts.index, *district})
    sums = children.groupby(district).sum().reindex(keys_of).fillna(0.0).round().astype(int)
    total = round(children.sum())
    rows = {key: int(count) for key, count in sums.items()}
    needed = {key: math.ceil(count / each) for key, count in rows.items()}
    placed = _placed(rows, needed, math.ceil(total / each))
    largest = children[children > 0].groupby(district).idxmax()
    out = pd.DataFrame(
        {
            "children": [*rows.values(), total],
            "needed": [*needed.values(), math.ceil(total / each)],
            "placed": [*(placed[key] for key in rows), sum(placed.values())],
            "settlement_id": [*(largest.get(key) for key in rows), children.idxmax() if total else None],
        },
        index=pd.Index([*rows, REGION], dtype="str", name="district_id"),
    )
    out = out.astype({"children": "Int64", "needed": "Int64", "placed": "Int64", "settlement_id": "str"})
    schema.check(out, prospects.PMPC)
    return out


def _placed(children: dict[str, int], needed: dict[str, int], number: int) -> dict[str, int]:
    placed = dict.fromkeys(children, 0)
    for _ in range(number):
        open_ = [key for key in children if placed[key] < needed[key]]
        first = max(open_, key=lambda key: (children[key] / (placed[key] + 1), key))
        placed[first] += 1
    return placed
