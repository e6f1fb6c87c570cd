"""Places for network schools measured, scored and ranked: every part of the score from 0 to 1, the weights an option.

| place | pupils_60 | rural_share | near | rural | score of 0.7 near + 0.3 rural |
|---|---|---|---|---|---|
| A | 200 | 0.2 | 1.0 | 0.4 | 0.82 |
| B | 50 | 0.5 | 0.25 | 1.0 | 0.475 |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet.networks import FAR_MIN, NEAR_MIN
from schoolnet.services import PARTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.given import Given
    from schoolnet.options import Options

    Floats = NDArray[np.float64]

_EARTH_KM = 6371.0
_RANGE = (5.0, 95.0)
_SWAY = 0.5  # how far a draw may move each weight, as a share
_RANKED = ["score", "rank", "rank_best", "rank_worst", "first_share"]
_EQUAL = 9  # decimals from which on scores are alike


def reach(minutes: Floats, homes: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return whom each place reaches: pupils within 60 and 90 minutes, beyond, boarding places, rural share.

    Parameters
    ----------
    minutes
        From each place (row) to each home (column); infinite where no way is known.
    homes
        `pupils` of grades 5-11 and `is_rural` (may be empty) of each.
    options
        `network_seats`: the boarding places are its share of pupils beyond, rounded up.
    """
    pupils = homes["pupils"].to_numpy(float)
    rural = homes["is_rural"].astype("Float64").to_numpy(float, na_value=np.nan)
    near, far = (((minutes <= limit) @ pupils) for limit in (NEAR_MIN, FAR_MIN))
    total = float(pupils.sum())
    beyond = total - far
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(far > 0, (minutes <= FAR_MIN) @ (pupils * rural) / far, np.nan)
    board = np.ceil(options.network_seats * beyond / total - 1e-9) if total else np.zeros(len(near))
    return pd.DataFrame({
        "pupils_60": near, "pupils_90": far, "pupils_beyond": beyond, "boarding_seats": board, "rural_share": share,
    })  # fmt: skip


def nearness(places: pd.DataFrame, given: Given) -> pd.DataFrame:
    """Return straight kilometres of each place (`profile`, `lon`, `lat`) to the nearest partner, and the next school.

    A partner of no told profile fits all; a school of the same profile counts whatever its region.
    """
    out = pd.DataFrame({"partner_km": np.nan, "apart_km": np.nan}, index=places.index)
    for profile, rows in places.groupby("profile"):
        fits = given.partners["profile"].isna() | given.partners["profile"].eq(profile)
        same = given.network[given.network["profile"].eq(profile)].dropna(subset=["lon", "lat"])
        for name, others in (("partner_km", given.partners[fits]), ("apart_km", same)):
            if len(others):
                out.loc[rows.index, name] = km(rows, others).min(axis=1)
    return out


def km(places: pd.DataFrame, others: pd.DataFrame) -> Floats:
    """Return the great-circle kilometres from each place (row) to each other (column), by `lon` and `lat`."""
    lon, lat = (np.radians(places[name].to_numpy(float))[:, None] for name in ("lon", "lat"))
    to_lon, to_lat = (np.radians(others[name].to_numpy(float))[None, :] for name in ("lon", "lat"))
    half = np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(half)))


def scored(places: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return the parts of the score, the score, the rank and how it moves with the weights, of each place.

    Pupils, rural share and fitness count as a share of the greatest of the region and profile; nearness to a partner is
    1 at none and 0 at the farthest; apartness is 1 at the farthest, and everywhere where the profile has no school.
    What is not known speaks for no place. The score is the mean by weight. Ties: more pupils within 60 minutes, then of
    the settlement itself, then the identifier. In each draw every weight is up to a half more or less (uniform); the
    range holds 90 of 100 draws, and the rank itself.

    Parameters
    ----------
    places
        `region`, `profile`, `settlement_id`, `pupils_own`, what `reach` and `nearness` say, and `fitness`.
    options
        `profile_weights`, `profile_draws`, `seed`.
    """
    parts = _parts(places)
    groups = places.groupby(["region", "profile"], sort=True)
    ranks = [_ranked(rows, parts.loc[rows.index], options) for _, rows in groups]
    return parts.join(pd.concat(ranks) if ranks else pd.DataFrame(columns=_RANKED, index=places.index, dtype=float))


def _parts(places: pd.DataFrame) -> pd.DataFrame:
    group = [places["region"], places["profile"]]

    def shares(values: pd.Series[Any]) -> pd.Series[float]:
        top = values.groupby(group).transform("max")
        return (values / top.where(top > 0)).fillna(0.0)

    partner, apart = shares(places["partner_km"]), shares(places["apart_km"])
    found = {
        "near": shares(places["pupils_60"]),
        "own": shares(places["pupils_own"]),
        "far": shares(places["pupils_90"]),
        "rural": shares(places["rural_share"]),
        "fit": shares(places["fitness"]),
        "partner": (1.0 - partner).where(places["partner_km"].notna(), 0.0),
        "apart": apart.where(places["apart_km"].notna(), 1.0),
    }
    return pd.DataFrame(found, index=places.index)[list(PARTS)].astype(float)


def _weights(options: Options) -> Floats:
    weights: dict[str, float] = dict(options.profile_weights.items())
    return np.array([weights.get(name, 0.0) for name in PARTS])


def _score(parts: Floats, weights: Floats) -> Floats:
    """Return the mean of the parts (a row a place) by the weights of each draw (a row a draw); 0 where all are 0."""
    whole = weights.sum(axis=-1, keepdims=True)
    return np.asarray(parts @ np.divide(weights, whole, out=np.zeros_like(weights), where=whole > 0).T).round(_EQUAL)


def _ranked(rows: pd.DataFrame, parts: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return rank, range and share of first places of the places of one region and profile."""
    more = {"near": -rows["pupils_60"], "own": -rows["pupils_own"]}
    order = rows.assign(**more).sort_values(["near", "own", "settlement_id"]).index
    table, weights = parts.loc[order].to_numpy(float), _weights(options)
    sway = 1.0 - _SWAY + 2 * _SWAY * np.random.default_rng(options.seed).random((options.profile_draws, len(PARTS)))
    score = _score(table, weights * np.vstack([np.ones(len(PARTS)), sway]))
    at = np.argsort(-score, axis=0, kind="stable")
    ranks = np.empty_like(at)
    np.put_along_axis(ranks, at, np.arange(1, len(order) + 1)[:, None], axis=0)
    own, drawn = ranks[:, 0], ranks[:, 1:] if options.profile_draws else ranks
    low = np.percentile(drawn, _RANGE[0], axis=1, method="lower").astype(np.int64)
    high = np.percentile(drawn, _RANGE[1], axis=1, method="higher").astype(np.int64)
    return pd.DataFrame({
        "score": score[:, 0], "rank": own, "rank_best": np.minimum(low, own), "rank_worst": np.maximum(high, own),
        "first_share": (drawn == 1).mean(axis=1),
    }, index=order)  # fmt: skip
