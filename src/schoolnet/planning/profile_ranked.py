"""Which places the national choice may take: the best ranked of each region and profile, a base school each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet.planning.facility.quotas import matched

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.options import Options


def ranked(candidates: pd.DataFrame, coverage: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return the rows of candidates the choice may take: `row`, and `rival` (a base school's number, -1: none).

    Of a region and profile: those of the first ranks (option `network_ranks`) among places with a base school; without
    one only where the region has none for the profile, or option `network_new` allows it. A base school carries one
    profile. Where quotas cannot be met so, ranks after these are taken too, in the whole region, as many as are needed;
    if there are still too few, places without a base; at last a base may be shared (`parted` makes one school of two a
    new one).
    """
    columns = ["region", "profile", "rank", "school_id"]
    rows = pd.DataFrame(candidates)[columns].assign(row=np.arange(len(candidates)))
    asked = np.minimum(coverage["lacking"], coverage["candidates"]).astype(np.int64)
    asked.index = pd.MultiIndex.from_frame(coverage[["region", "profile"]])
    found = [_of_region(own, asked.loc[[code]].droplevel(0), options) for code, own in rows.groupby("region")]
    out = pd.concat(found) if found else rows.assign(rival=-1)
    names = out["region"] + ":" + out["school_id"].fillna("").astype(str)
    out["rival"] = np.where(out["rival"] < 0, -1, pd.factorize(names)[0])
    return out.sort_values("row")[["row", "rival"]].reset_index(drop=True)


def parted(chosen: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which of the chosen (`region`, `school_id`, `rank`) have no base: one of a better rank carries it."""
    order = chosen.reset_index(drop=True).sort_values("rank", kind="stable")
    told = order[order["school_id"].notna()]
    out = np.zeros(len(chosen), dtype=bool)
    out[told.index[told.duplicated(["region", "school_id"])]] = True
    return out


def _of_region(rows: pd.DataFrame, asked: pd.Series[Any], options: Options) -> pd.DataFrame:
    """Return the places of one region that meet as much of its quotas (by profile) as it can."""
    based = rows["school_id"].notna()
    new = ~based & (not options.network_new)
    order = rows.assign(based=based).assign(after=new).sort_values(["profile", "after", "rank"])
    order["at"] = order.groupby("profile").cumcount() + 1
    order["rival"] = pd.factorize(order["school_id"].fillna("").astype(str))[0]
    order["rival"] = order["rival"].where(order["based"], -1)
    group = asked.index.get_indexer(order["profile"])
    none = ~order.groupby("profile")["based"].transform("any")
    own = order["rival"].where(order["based"], len(order) + np.arange(len(order)))
    for allowed in (~order["after"] | none, pd.Series(data=True, index=order.index)):
        for depth in range(options.network_ranks, max(options.network_ranks, len(order)) + 1):
            some = (allowed & (order["at"] <= depth)).to_numpy(bool)
            numbers = np.unique(own[some], return_inverse=True)[1]
            if matched(group[some], numbers, asked.to_numpy()).sum() == asked.sum():
                return order[some]
            if depth >= order["at"].max():
                break
    depth = max(options.network_ranks, int(asked.max()))
    return order[order["at"] <= depth].assign(rival=-1)
