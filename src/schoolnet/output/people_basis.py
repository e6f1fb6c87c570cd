"""What the people of a plan rest on: each piece that can be given, and what stands in for it where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.model import vital
from schoolnet.people import REGION

if TYPE_CHECKING:
    from schoolnet.law.norms import Norms
    from schoolnet.options import Options
    from schoolnet.output.words import Words
    from schoolnet.region import Region

#: Pieces of what is known of people, in the order they are shown.
PIECES = (
    "inhabitants", "official", "children", "ages", "births", "survival", "stay", "migration", "raster", "languages",
)  # fmt: skip


def table(region: Region, norms: Norms, options: Options, said: Words) -> pd.DataFrame:
    """Return each piece, whether it was given, and what is used: `piece`, `given`, `used`.

    | piece | given | used |
    |---|---|---|
    | births | no | Bureau of National Statistics, 2000-2025 |
    """
    given = _given(region, options)
    figures = _figures(norms, options, said)
    rows = [
        {
            "piece": said.text(f"piece.{one}"),
            "given": said.text(f"choice.{'yes' if given[one] else 'no'}"),
            "used": said.text(f"used.{one}" if given[one] else f"default.{one}", **figures),
        }
        for one in PIECES
    ]
    return pd.DataFrame(rows)


def _given(region: Region, options: Options) -> dict[str, bool]:
    people, series = region.people, region.people.series
    past = series[series["year"] <= options.school_year]
    counted = people.headcounts.drop(columns=["population", "year", "home_taught"]).notna().any(axis=1)
    fitted = past.groupby("area_id")["year"].nunique().gt(1).any()
    return {
        "inhabitants": bool(people.headcounts["population"].notna().any()),
        "official": len(people.official.index.difference([REGION])) > 0 and options.rake == "yes",
        "children": bool(counted.any() or region.settlements["children"].notna().any()),
        "ages": len(people.ages) > 0,
        "births": len(people.births) > 0,
        "survival": False,
        "stay": options.stay_after_9 is not None or bool(fitted),
        "migration": bool(fitted),
        "raster": len(people.raster) > 0,
        "languages": bool(people.headcounts[["children_kk", "children_ru", "children_other"]].notna().any().any()),
    }


def _figures(norms: Norms, options: Options, said: Words) -> dict[str, str]:
    share = options.school_age_share
    if share is None:
        share = float(norms["children.share"].value)
    years = [int(year) for year in vital.defaults()["births"]["years"]]
    return {
        "share": said.number(share, digits=4),
        "stay": said.number(vital.stay(norms, options), digits=4),
        "migration": said.percent(options.migration),
        "first": str(min(years)),
        "last": str(max(years)),
    }
