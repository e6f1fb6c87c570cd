"""The programme: so many schools over so many years, with money, quotas and mechanisms, in the order of the needs.

Every rule is a prefix of one list, so that more money opens the same schools and more, a later year holds the earlier
ones, and nothing is opened in the place of a school the law owes:

- A level raised without building (no seats) costs nothing and takes no place: one the guarantee owes opens in the
  first year, one of a later need when the list comes to it.
- A region's or district's quota lets its first sites through; its later ones are passed over for good.
- A place: the first N/Y sites of the list are within reach in the first year, as many more in each year after.
- Partners (option `ppp`) open, of the sites that come within reach in a year, the first so many new buildings of
  `ppp_seats` and more whose need is emergency, three shifts or seats. What they leave is the state's; it is not
  carried over to their next year.
- The state order in private schools (option `private_seats`, a stock by year) takes, of the town sites that come
  within reach for three shifts or seats, the first that fit into the year's increase of the stock; nothing is built.
- The rest is the state's, strictly one after another: a site waits for the money of all before it. Money left over is
  carried on. Who pays does not hang on the state's money, and so more money takes nothing from anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import decisions, schema
from schoolnet.planning import ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.options import Options

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_PARTNERS = ("emergency", "three_shift", "seats")
_ORDERED = ("three_shift", "seats")
_SUMS = ("seats", "pupils", "from_emergency", "from_third_shift", "from_shortage", "unbused")
_NEVER = np.iinfo(np.int64).max
_TENGE = 1e-6  # million tenge: sums of money equal to a tenge are equal
_FIRST, _ROWS = 50, 180  # rows of the frontier: every site at first, then so many in all


@dataclass(frozen=True)
class Programme:
    """What is opened when and by whom, the years one by one, and what more money would bring."""

    sites: pd.DataFrame  # decisions.PROGRAMME
    years: pd.DataFrame  # decisions.YEARS
    frontier: pd.DataFrame  # decisions.FRONTIER


def programme(sites: pd.DataFrame, options: Options, errors: pd.DataFrame | None = None) -> Programme:
    """Return the programme of sites of one or several regions (`decisions.SITES`), ranked anew all together.

    Two schools a year for two years, 100 million a year; `a` and `d` of one settlement each:

    | site | rank | seats | cost | → | year | state pays | stopped by |
    |---|---|---|---|---|---|---|---|
    | a | 1 | 60 | 80 | | 2027 | 80 | |
    | b | 2 | 0 | | | 2027 | 0 | |
    | c | 3 | 300 | 120 | | 2028 | 120 | |
    | d | 4 | 60 | 40 | | | | budget |

    Parameters
    ----------
    sites
        Their ranks of before are not used.
    options
        Schools, years, money, quotas, mechanisms and weights.
    errors
        How far the data may be off (`ranking.ERRORS`) for the range of each rank; None: taken for exact.
    """
    order = ranking.ranked(sites, options).join(ranking.rank_range(sites, options, errors))
    listed = pd.DataFrame(sites).drop(columns=[*order.columns], errors="ignore").join(order).sort_values("rank")
    chosen = _programme(listed, options)
    return Programme(chosen, _years(listed, chosen, options), frontier(listed))


def _programme(listed: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return `decisions.PROGRAMME` of sites in the order of the list."""
    built = (listed["seats"] > 0).to_numpy(bool)
    passed, owed = _passed(listed, built, options), (listed["tier"] == decisions.TIERS[0]).to_numpy(bool)
    reach = np.where(passed, _NEVER, _reach(built & ~passed, owed, options))
    mechanism = _mechanisms(listed, reach, built, options)
    year = np.where(mechanism == "state", _paid(listed, reach, mechanism, options), reach)
    stopped = np.where(passed, "quota", np.where(reach == _NEVER, "schools", np.where(year == _NEVER, "budget", "")))
    opened = year != _NEVER
    cost = np.where(built, listed["cost_mkzt"].to_numpy(float), 0.0)
    out = listed[["region", "tier", "rank", "rank_best", "rank_worst"]].copy()
    out["year"] = pd.array(np.where(opened, options.first_year + year, -1), dtype="Int64")
    out.loc[~opened, "year"] = pd.NA
    out["mechanism"] = pd.Series(mechanism, index=listed.index, dtype="str").where(opened)
    out["state_mkzt"] = np.where(opened, np.where(mechanism == "state", cost, 0.0), np.nan)
    out["stopped_by"] = pd.array(stopped, dtype="str")
    schema.check(out, decisions.PROGRAMME)
    return out


def _passed(listed: pd.DataFrame, built: Flags, options: Options) -> Flags:
    """Return which sites their region's or district's quota leaves out: those after its first so many."""
    out, left = np.zeros(len(listed), dtype=bool), dict(options.quotas)
    if not left:
        return out
    for at, keys in enumerate(zip(listed["region"], listed["district_id"], strict=True)):
        limits = [key for key in dict.fromkeys(keys) if built[at] and key in left]
        out[at] = any(left[key] == 0 for key in limits)
        if not out[at]:
            left |= {key: left[key] - 1 for key in limits}
    return out


def _reach(counted: Flags, owed: Flags, options: Options) -> Ints:
    """Return the year (0, 1, …) each site comes within reach by its place alone.

    What takes no place comes at once where the guarantee owes it, else with its neighbours in the list.
    """
    places = options.schools * np.arange(1, options.years + 1) // options.years
    year = np.searchsorted(places, np.cumsum(counted), side="left").astype(np.int64)
    year[year == options.years] = _NEVER
    return np.where(counted | ~owed, year, 0)


def _mechanisms(listed: pd.DataFrame, reach: Ints, built: Flags, options: Options) -> NDArray[Any]:
    """Return who pays for each site."""
    out = np.full(len(listed), "state", dtype=object)
    seats, tier = listed["seats"].to_numpy(np.int64), listed["tier"]
    whole = listed["action"].isin(["build", "replace"]) & (seats >= options.ppp_seats)
    partners = (whole & tier.isin(_PARTNERS)).to_numpy(bool) & built
    ordered = (~listed["is_rural"] & tier.isin(_ORDERED)).to_numpy(bool) & built
    stock = np.maximum.accumulate([0, *options.private_seats])
    for year in range(options.years):
        here = reach == year
        first = np.flatnonzero(here & partners)[: options.ppp[year] if year < len(options.ppp) else 0]
        out[first] = "ppp"
        among = np.flatnonzero(here & ordered & (out != "ppp"))
        room = stock[year + 1] - stock[year] if year + 1 < len(stock) else 0
        out[among[np.cumsum(seats[among]) <= room]] = "private"
    return out


def _paid(listed: pd.DataFrame, reach: Ints, mechanism: NDArray[Any], options: Options) -> Ints:
    """Return the year the state opens each site: within reach, and all before it and itself paid for."""
    built = (listed["seats"] > 0).to_numpy(bool)
    owed = (listed["tier"] == decisions.TIERS[0]).to_numpy(bool)
    state = (mechanism == "state") & (reach != _NEVER) & (built | ~owed)
    cost = np.where(state & built, np.nan_to_num(listed["cost_mkzt"].to_numpy(float)), 0.0)
    money = _money(options)
    if money is None:
        return reach
    year = np.searchsorted(money + _TENGE, np.cumsum(cost), side="left").astype(np.int64)
    year[year == options.years] = _NEVER
    return np.where(state, np.maximum(reach, year), reach)


def _money(options: Options) -> Floats | None:
    """Return the state's money up to the end of each year; None: no limit."""
    given = options.budget_mkzt
    if not given:
        return None
    by_year = np.resize(given, options.years) if len(given) == 1 else np.array(given[: options.years])
    return np.cumsum(np.pad(by_year, (0, options.years - len(by_year))))


def _years(listed: pd.DataFrame, chosen: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Return `decisions.YEARS`: what each year brings, and what it leaves."""
    money, spent, rows = _money(options), 0.0, []
    built = listed["seats"] > 0
    met = _met(listed, chosen["year"].astype("Float64").to_numpy(float, na_value=np.inf))
    for at in range(options.years):
        year = options.first_year + at
        opened = (chosen["year"] == year).fillna(value=False).to_numpy(bool)
        here, paid = listed[opened & built], chosen[opened & built]
        cost = here["cost_mkzt"].where(paid["mechanism"] != "private", 0.0)  # of seats ordered nothing is built
        spent += float(chosen.loc[opened, "state_mkzt"].sum())
        rows.append(
            {"year": year}
            | decisions.counted(listed[opened])._asdict()
            | {name: int((paid["mechanism"] == name).sum()) for name in decisions.MECHANISMS}
            | {name: int(listed.loc[opened, name].sum()) for name in _SUMS}
            | {
                "cost_mkzt": float(cost.sum()),
                "state_mkzt": float(chosen.loc[opened, "state_mkzt"].sum()),
                "left_mkzt": None if money is None else max(0.0, float(money[at]) - spent),
                "owed_left": int((met > year).sum()),
                "unpriced": int(cost.isna().sum()),
            }
        )
    out = schema.frame(rows, decisions.YEARS)
    schema.check(out, decisions.YEARS)
    return out


def _met(listed: pd.DataFrame, when: Any) -> Floats:
    """Return when the guarantee is met in each settlement below it that the list serves: with the last of its sites."""
    below = (listed["tier"] == "guarantee").to_numpy(bool)
    keys = [listed.loc[below, name].to_numpy(object) for name in ("region", "settlement_id")]
    return pd.Series(np.asarray(when, dtype=float)[below]).groupby(keys).max().to_numpy(float)


def frontier(listed: pd.DataFrame) -> pd.DataFrame:
    """Return what the first so many sites of a ranked list cost and whom they serve (`decisions.FRONTIER`).

    The bound holds for any choice of as many sites for as much money that, like the list, completes each tier before
    the next: all pupils of the tiers complete, and inside the tier reached the lesser of its greatest so many sites,
    and of the sites with most pupils for the money, the last one in part (Dantzig 1957, doi:10.1287/opre.5.2.266).

    | rank | tier | pupils | cost | → | sites | cost | pupils | bound |
    |---|---|---|---|---|---|---|---|---|
    | 1 | seats | 60 | 100 | | 1 | 100 | 60 | 60 |
    | 2 | seats | 50 | 20 | | 2 | 120 | 110 | 110 |

    Every site up to fifty, then evenly about a hundred more, and the last of each tier.
    """
    cost = np.where(listed["seats"] > 0, np.nan_to_num(listed["cost_mkzt"].to_numpy(float)), 0.0)
    pupils = listed["pupils"].to_numpy(np.int64)
    bound = np.maximum(_bounds(listed["tier"].to_numpy(object), cost, pupils), np.cumsum(pupils))
    met = _met(listed, np.arange(len(listed)))
    sums = {name: listed[name].astype("Int64").fillna(0).cumsum().to_numpy(np.int64) for name in _SUMS}
    rows = [
        {"sites": at + 1, "cost_mkzt": float(cost[: at + 1].sum()), "tier": listed["tier"].iat[at], "bound": bound[at]}
        | {name: int(total[at]) for name, total in sums.items()}
        | {"owed_left": int((met > at).sum())}
        for at in _kept(listed["tier"].to_numpy(object))
    ]
    out = schema.frame(rows, decisions.FRONTIER)
    schema.check(out, decisions.FRONTIER)
    return out


def _kept(tier: NDArray[Any]) -> Ints:
    last = np.flatnonzero(np.append(tier[1:] != tier[:-1], True)) if len(tier) else np.array([], dtype=np.int64)
    even = np.linspace(0, max(0, len(tier) - 1), _ROWS - _FIRST).astype(np.int64)[: len(tier)]
    return np.unique(np.concatenate([np.arange(min(_FIRST, len(tier))), even[: len(tier)], last])).astype(np.int64)


def _bounds(tier: NDArray[Any], cost: Floats, pupils: Ints) -> Ints:
    """Return the bound on pupils of each prefix of the list."""
    out, before = np.zeros(len(tier), dtype=np.int64), 0
    for one in pd.unique(tier):
        at = np.flatnonzero(tier == one)
        most = np.cumsum(np.sort(pupils[at])[::-1])
        fill = _filled(cost[at], pupils[at], np.cumsum(cost[at]))
        out[at] = before + np.floor(np.minimum(most, fill) + _TENGE).astype(np.int64)
        before += int(pupils[at].sum())
    return out


def _filled(cost: Floats, pupils: Ints, money: Floats) -> Floats:
    """Return the most pupils that sums of money reach when the last site may be built in part."""
    free = float(pupils[cost == 0].sum())
    cost, pupils = cost[cost > 0], pupils[cost > 0]
    best = np.argsort(-pupils / cost, kind="stable")
    bought = np.concatenate([[0.0], np.cumsum(cost[best])])
    return free + np.interp(money, bought, np.concatenate([[0.0], np.cumsum(pupils[best])]))
