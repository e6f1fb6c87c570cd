"""The order of sites: tier after tier, inside a tier by weights; and how far the data's error may move each place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet.decisions import TIERS
from schoolnet.tables import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.options import Options

    Floats = NDArray[np.float64]
    Terms = dict[str, Floats]

#: Columns of the errors of sites, besides their index `site_id`: the standard deviation of the children behind a site
#: as a share of them; the children a guarantee counts, and the number from which it holds (both empty where none does);
#: the places, in two shifts, of the schools whose pupils beyond them it takes (0: it takes none).
ERRORS = ("pupils_sd_share", "children", "threshold", "rooms")
_RELIEVED = ("from_emergency", "from_third_shift", "from_shortage")
_EQUAL = 9  # decimals: scores nearer than that are the same
_AT_ONCE = 2_000_000  # cells of draws held at a time
_RANGE = (5, 95)  # percentiles: 90 of 100 draws lie between
_KM = 1000.0
_NINE_OF_TEN = 1.645  # standard deviations either side


def scores(sites: pd.DataFrame, options: Options) -> pd.Series[float]:
    """Return the score of each site inside its tier: option `weights` over shares of the tier's greatest value.

    `pupils` served; `relieved`: of these from emergency, third shift and shortage; `metres`: pupil-kilometres saved;
    `unbused`: no longer bused; `price`: pupils for a million tenge, a site that costs nothing as the cheapest, one
    without a price as the dearest. Two sites of one tier, weights pupils = 1 and metres = 0.5:

    | pupils | pupil-km | → | score |
    |---|---|---|---|
    | 100 | 30 | | 1 + 0.5 x 30/60 = 1.25 |
    | 50 | 60 | | 0.5 + 0.5 = 1 |
    """
    found = _scored(_terms(sites), _tier(sites), options)
    return pd.Series(found, index=sites.index, name="score")


def ranked(sites: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return `score`, `rank` and `decided` of each site: by tier, score, pupils, pupil-kilometres saved, identifier.

    | site | tier | score | pupils | → | rank | decided |
    |---|---|---|---|---|---|---|
    | b | guarantee | 0.4 | 41 | | 1 | first |
    | c | emergency | 1 | 600 | | 2 | tier |
    | a | emergency | 1 | 600 | | 3 | name |
    """
    score, tier, pupils = scores(sites, options).to_numpy(), _tier(sites), _numbers(sites["pupils"])
    names, metres = sites.index.to_numpy(object), _terms(sites)["metres"].round(_EQUAL)
    order = np.lexsort((sites.index.argsort().argsort(), -metres, -pupils, -score, tier))
    rank = np.empty(len(sites), dtype=np.int64)
    rank[order] = np.arange(1, len(sites) + 1)
    keys = {"tier": tier[order], "score": score[order], "pupils": pupils[order], "metres": metres[order]}
    keys["name"] = names[order]
    decided = np.full(len(sites), "name", dtype=object)
    for name in ("metres", "pupils", "score", "tier"):  # the highest that differs has the last word
        decided[1:][keys[name][1:] != keys[name][:-1]] = name
    decided[:1] = "first"
    out = pd.DataFrame({"score": score, "rank": pd.array(rank, dtype="Int64")}, index=sites.index)
    out["decided"] = pd.Series(decided, index=sites.index[order], dtype="str")
    return out


def errors(
    sites: pd.DataFrame, rooms: pd.Series[float], findings: pd.DataFrame, outlook: pd.DataFrame, norms: Norms
) -> pd.DataFrame:
    """Return how far the data behind each site may be off (`ERRORS`), from the range of its settlement's children.

    The range holds nine of ten cases, so its half is 1.645 standard deviations. A site the guarantee owes leaves its
    tier where fewer children are counted than the level above the existing one asks. Pupils beyond two shifts are of
    the register: it is the seats (`rooms`) that may be more or fewer.
    """
    rank = {"none": -1} | {level: at for at, level in enumerate(LEVELS)}
    low, high, now = (
        sites["settlement_id"].map(one.astype("Float64")).astype(float)
        for one in (outlook["children_low"], outlook["children_high"], findings["children"])
    )
    spread = ((high - low) / 2 / _NINE_OF_TEN / now.where(now > 0)).fillna(0.0)
    owed = (sites["tier"] == TIERS[0]).to_numpy(bool)
    lived = (owed | (sites["tier"] == TIERS[-1])).to_numpy(bool)  # whom a school of these serves is counted at home
    existing = sites["settlement_id"].map(findings["existing"]).fillna("none").map(rank)
    limits = {at - 1: float(norms[f"threshold.{level}"].value) for at, level in enumerate(LEVELS)}
    counted = sites["settlement_id"].map(findings["counted"].astype("Float64")).astype(float)
    return pd.DataFrame({
        "pupils_sd_share": spread.where(lived, 0.0), "children": counted.where(owed),
        "threshold": existing.map(limits).where(owed), "rooms": rooms.reindex(sites.index).fillna(0.0),
    })  # fmt: skip


def rank_range(sites: pd.DataFrame, options: Options, errors: pd.DataFrame | None) -> pd.DataFrame:
    """Return `rank_best` and `rank_worst`: between them a site's place lies in 90 of 100 draws of the data's error.

    In each of `options.rank_draws` draws the children behind a site are multiplied by 1 + sd x z (never below 0), its
    relieved pupils by seats as far off (option `error_seats`), its metres by roads as far off (option `error_road`),
    each z standard normal and drawn for the site alone. Where the children a guarantee counts fall below its
    threshold the site leaves the tier in that draw, for the next need it also meets, or for the end of the list: the
    only change of tier there is. The place the plan gives it is always within the range.

    Parameters
    ----------
    sites
        As `decisions.SITES`.
    options
        The weights, errors, draws and seed.
    errors
        The columns of `ERRORS` by `site_id`; a site that is not there has sure children. None: no range is drawn.
    """
    rank = ranked(sites, options)["rank"]
    out = pd.DataFrame({"rank_best": rank, "rank_worst": rank})
    if errors is None or options.rank_draws == 0 or sites.empty:
        return out
    drawn = np.concatenate(list(_draws(sites.sort_index(), options, errors)))
    low = np.percentile(drawn, _RANGE[0], axis=0, method="lower")
    high = np.percentile(drawn, _RANGE[1], axis=0, method="higher")
    ends = pd.DataFrame({"rank_best": low, "rank_worst": high}, index=sites.sort_index().index).loc[sites.index]
    out["rank_best"] = np.minimum(ends["rank_best"], rank.astype(float)).astype("Int64")
    out["rank_worst"] = np.maximum(ends["rank_worst"], rank.astype(float)).astype("Int64")
    return out


def _draws(sites: pd.DataFrame, options: Options, errors: pd.DataFrame) -> Iterator[NDArray[np.int32]]:
    """Yield the places of all sites (columns, in the order of their identifiers) in some draws (rows) at a time."""
    normal = np.random.default_rng(options.seed).standard_normal
    known = errors.reindex(sites.index)
    spread = _numbers(known["pupils_sd_share"])
    counted, threshold = (known[name].astype("Float64").to_numpy(float, na_value=np.nan) for name in ERRORS[1:3])
    rooms = _numbers(known["rooms"])
    own, after = _tier(sites), _after_guarantee(sites)
    terms, at_once = _terms(sites), max(1, _AT_ONCE // len(sites))
    for begin in range(0, options.rank_draws, at_once):
        shape = (min(at_once, options.rank_draws - begin), len(sites))
        children, seats, road = (
            np.maximum(0.0, 1.0 + by * normal(shape)) for by in (spread, options.error_seats, options.error_road)
        )
        tier = np.where(counted * children < threshold, after, own)
        factors = {"pupils": children, "relieved": seats, "metres": children * road, "unbused": children}
        with np.errstate(invalid="ignore"):  # pupils for a million of a site that costs nothing, in a draw without any
            drawn = {
                name: np.nan_to_num(value * factors.get(name, children), posinf=np.inf) for name, value in terms.items()
            }
        for name in ("pupils", "relieved"):  # beyond two shifts: what the seats are more or fewer, the pupils are too
            beyond = np.maximum(0.0, terms[name] - rooms * (seats - 1.0))
            drawn[name] = np.where(rooms > 0, beyond, drawn[name])
        yield _places(_scored(drawn, tier, options), drawn, tier)


def _places(score: Floats, drawn: Terms, tier: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the places in each row; a stable sort leaves equals in the order of their identifiers."""
    out = np.empty(score.shape, dtype=np.int32)
    places = np.arange(1, score.shape[-1] + 1)
    for row, *keys in zip(out, -drawn["metres"].round(_EQUAL), -drawn["pupils"], -score, tier, strict=True):
        row[np.lexsort(keys)] = places
    return out


def _terms(sites: pd.DataFrame) -> Terms:
    """Return the values the weights are for, a figure for each site."""
    pupils, cost = _numbers(sites["pupils"]), sites["cost_mkzt"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        price = np.where(pupils > 0, pupils / cost, 0.0)
    price = np.nan_to_num(price, nan=0.0, posinf=np.inf)
    return {
        "pupils": pupils,
        "relieved": sum((_numbers(sites[name]) for name in _RELIEVED), np.zeros(len(sites))),
        "metres": _numbers(sites["moved"]) * _numbers(sites["saved_m"]) / _KM,
        "unbused": _numbers(sites["unbused"]),
        "price": price,
    }


def _scored(terms: Terms, tier: NDArray[np.int64], options: Options) -> Floats:
    """Return the sum of weights over shares of the tier's greatest; the last axis of all arrays is the sites."""
    out = np.zeros(tier.shape)
    for name, weight in options.weights.items():
        if weight > 0:
            out += weight * _shares(terms[name], tier)
    return out.round(_EQUAL)


def _shares(values: Floats, tier: NDArray[np.int64]) -> Floats:
    finite = np.where(np.isinf(values), 0.0, values)
    top = _by_tier(finite, tier, np.max)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(top > 0, finite / top, 0.0)
    return np.where(np.isinf(values), 1.0, share)


def _by_tier(values: Floats, tier: NDArray[np.int64], reduce: Callable[..., Any]) -> Floats:
    out = np.zeros(values.shape)
    for one in np.unique(tier):
        there = tier == one
        top = reduce(np.where(there, values, 0.0), axis=-1, keepdims=True)
        out = np.where(there, top, out)
    return out


def _tier(sites: pd.DataFrame) -> NDArray[np.int64]:
    return sites["tier"].map({tier: at for at, tier in enumerate(TIERS)}).to_numpy(np.int64)


def _after_guarantee(sites: pd.DataFrame) -> NDArray[np.int64]:
    """Return the tier of the next need each site meets; one past the last where it meets no other."""
    found = [
        min((TIERS.index(one) for one in text.split(", ") if one in TIERS), default=len(TIERS))
        for text in sites["also"]
    ]
    return np.array(found, dtype=np.int64)


def _numbers(values: pd.Series[Any]) -> Floats:
    return values.astype("Float64").to_numpy(float, na_value=0.0)
