"""How evenly the way to school and the guarantee are shared, today and after a programme; and that nobody loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import decisions, schema, tables
from schoolnet.model.access import in_season
from schoolnet.model.demand import COLUMN_OF_BAND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_TENTH = 0.1
_EPSILON_M = 1e-6
MEASURES = ("mean_m", "worst_tenth_m", "far_share", "owed_share", "gini")


def ways(access: pd.DataFrame, demand: pd.DataFrame, season: str) -> pd.DataFrame:
    """Return pupils and their way to school today: `settlement_id`, `band`, `pupils`, `road_m`.

    | settlement | band | taught here | nearest, m | pupils | → | road_m |
    |---|---|---|---|---|---|---|
    | A | 5-9 | yes | 300 | 37 | | 0 |
    | B | 5-9 | no | 3300 | 19 | | 3300 |

    `road_m` is missing where the data hold no school of the band at all; a settlement of unknown children has no row.
    """
    pupils = demand.rename(columns={column: band for band, column in COLUMN_OF_BAND.items()})[list(tables.BANDS)]
    long = pupils.rename_axis(columns="band").stack().rename("pupils").dropna().astype("int64").reset_index()
    found = long.merge(in_season(access, season)[["settlement_id", "band", "here", "road_m"]], validate="1:1")
    found["road_m"] = found["road_m"].where(~found["here"], 0.0)
    return found[["settlement_id", "band", "pupils", "road_m"]]


def homes(settlements: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the settlements as equity looks at them: `district_id`, `is_rural`, `guaranteed` (a level), `owed`."""
    return pd.DataFrame(
        {
            "district_id": settlements["district_id"],
            "is_rural": settlements["is_rural"].astype(bool),
            "guaranteed": findings["guaranteed"].isin(tables.LEVELS) & settlements["is_rural"],
            "owed": findings["network_deficit"].astype(bool),
        },
        index=settlements.index,
    )


def then(people: pd.DataFrame, reach: pd.DataFrame, opened: Collection[str]) -> pd.Series[float]:
    """Return the way to school when some sites are open: the nearest of them or the school of today.

    | people: settlement, band, road_m | reach: site, road_m | opened | → | metres |
    |---|---|---|---|---|
    | B, 5-9, 3300 | s1, 800 | s1 | | 800 |
    | B, 5-9, 3300 | s1, 800 | | | 3300 |
    """
    near = reach[reach["site_id"].isin(set(opened))].groupby(["settlement_id", "band"])["road_m"].min()
    keys = pd.MultiIndex.from_frame(people[["settlement_id", "band"]])
    return people["road_m"].combine(
        pd.Series(near.reindex(keys).to_numpy(float), index=people.index), np.fmin
    )  # a way that is missing does not count


def served(sites: pd.DataFrame, opened: Collection[str]) -> set[str]:
    """Return the settlements whose guarantee is met when some sites are open: all of their sites for it are."""
    owed = sites[sites["tier"] == "guarantee"]
    waiting = owed.loc[~owed.index.isin(set(opened)), "settlement_id"]
    return set(owed["settlement_id"].dropna()) - set(waiting)


def equity(
    people: pd.DataFrame,
    homes: pd.DataFrame,
    reach: pd.DataFrame,
    sites: pd.DataFrame,
    opened: Collection[str],
    *,
    limit_m: float,
) -> pd.DataFrame:
    """Return the measures today and when some sites are open (`decisions.EQUITY`).

    `mean_m`: mean metres of a pupil. `worst_tenth_m`: the mean of the tenth of pupils farthest off, one of them in part
    where the tenth is not whole. `far_share`: pupils farther than the norm. `owed_share`: of rural settlements with a
    guarantee, those below it. `gini`: of the mean metres of districts, each with the weight of its pupils; in the row
    of a district, of its settlements. 0: all have the same way; near 1: a few have all of it.

    Ways are of rural pupils, in the row of all and of a district too: roads lead from settlement to settlement, and how
    far a town's pupils go inside it is not measured. A village with a school counts as 0 metres for the same reason.

    Pupils of a band no school of the data teaches are left out, today and after: a way that is not there has no length.

    Parameters
    ----------
    people, homes
        From `ways` and `homes`.
    reach, sites
        As `decisions.REACH` and `decisions.SITES`.
    opened
        The sites that are open then.
    limit_m
        The norm of transport, metres.

    Notes
    -----
    Gini with weights w: half the mean absolute difference over the mean, sum_ij w_i w_j |x_i - x_j| / (2 W^2 mean)
    (Sen 1973, On Economic Inequality, chapter 2).
    """
    rows = people.assign(after=then(people, reach, opened)).join(homes, on="settlement_id")
    rows = rows[rows["road_m"].notna() & (rows["pupils"] > 0) & rows["is_rural"]]
    met = served(sites, opened)
    places = homes.assign(after=homes["owed"] & ~homes.index.isin(met))
    found: list[dict[str, Any]] = []
    for territory, part, there in _territories(rows, places):
        unit = "district_id" if territory in ("*", "urban", "rural") else "settlement_id"
        today, after = (_measured(part, name, unit, limit_m) for name in ("road_m", "after"))
        owed = there[there["guaranteed"]]
        shares = (float(owed[name].mean()) if len(owed) else np.nan for name in ("owed", "after"))
        today["owed_share"], after["owed_share"] = shares
        found += [{"territory": territory, "measure": m, "today": today[m], "after": after[m]} for m in MEASURES]
    out = schema.frame(found, decisions.EQUITY)
    schema.check(out, decisions.EQUITY)
    return out


def nobody_loses(
    people: pd.DataFrame, homes: pd.DataFrame, reach: pd.DataFrame, sites: pd.DataFrame, opened: Collection[str]
) -> None:
    """Check that a programme improves no mean by breaking the law: nobody's way grows longer, no guarantee is lost.

    Raises
    ------
    AssertionError
        Naming who would lose; a fault of the program, never of the data.
    """
    owed = homes.index[homes["owed"] & ~homes.index.isin(served(sites, opened))]
    if lost := losses(people, then(people, reach, opened), homes, owed):
        raise AssertionError(f"the programme makes {len(lost)} settlements worse off: {', '.join(lost[:5])}")


def losses(
    people: pd.DataFrame, after: pd.Series[float], homes: pd.DataFrame, owed_after: Collection[str]
) -> list[str]:
    """Return the settlements a programme makes worse off: a longer way, or a guarantee met today and not then.

    A lawful plan has none: no mean is improved at the cost of anyone's right.
    """
    longer = people["road_m"].notna() & ~(after <= people["road_m"] + _EPSILON_M)
    lost = homes.index[~homes["owed"] & homes.index.isin(set(owed_after))]
    return sorted({*people.loc[longer & (people["pupils"] > 0), "settlement_id"], *lost})


def _territories(rows: pd.DataFrame, places: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Yield all, towns, villages, and each district, with their pupils and settlements."""
    rural, village = rows["is_rural"].to_numpy(bool), places["is_rural"].to_numpy(bool)
    yield "*", rows, places
    yield "urban", rows[~rural], places[~village]
    yield "rural", rows[rural], places[village]
    for district in sorted(places["district_id"].dropna().unique()):
        yield str(district), rows[rows["district_id"] == district], places[places["district_id"] == district]


def _measured(rows: pd.DataFrame, name: str, unit: str, limit_m: float) -> dict[str, float]:
    """Return the measures of the ways in one column; NaN where there is nobody."""
    metres, pupils = rows[name].to_numpy(float), rows["pupils"].to_numpy(float)
    if not len(rows):
        return dict.fromkeys(MEASURES, np.nan)
    total = pd.DataFrame({"unit": rows[unit].fillna(""), "pupils": pupils, "metres": metres * pupils})
    by_unit = total.groupby("unit").sum()
    return {
        "mean_m": float(np.average(metres, weights=pupils)),
        "worst_tenth_m": worst(metres, pupils, _TENTH),
        "far_share": float(pupils[metres > limit_m].sum() / pupils.sum()),
        "gini": gini((by_unit["metres"] / by_unit["pupils"]).to_numpy(float), by_unit["pupils"].to_numpy(float)),
    }


def worst(values: Floats, weights: Floats, share: float) -> float:
    """Return the mean of the greatest values that make up a share of all weight, the last of them in part.

    >>> worst(np.array([1.0, 9.0, 5.0]), np.array([6.0, 1.0, 3.0]), 0.2)  # one at 9 and one of three at 5
    7.0
    """
    order = np.argsort(-values, kind="stable")
    wanted = share * weights.sum()
    before = np.concatenate([[0.0], np.cumsum(weights[order])[:-1]])
    taken = np.clip(wanted - before, 0.0, weights[order])
    return float((values[order] * taken).sum() / wanted)


def gini(values: Floats, weights: Floats) -> float:
    """Return the weighted Gini coefficient; 0 where all values are 0.

    >>> gini(np.array([0.0, 4.0]), np.array([1.0, 1.0]))
    0.5
    """
    order = np.argsort(values, kind="stable")
    x, w = values[order], weights[order]
    if (x * w).sum() == 0:
        return 0.0
    share, income = np.cumsum(w) / w.sum(), np.cumsum(x * w) / (x * w).sum()
    below = np.concatenate([[0.0], income[:-1]])
    return float(1.0 - ((w / w.sum()) * (income + below)).sum()) if len(share) > 1 else 0.0
