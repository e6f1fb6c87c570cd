"""How sure a guaranteed level is, and what becomes of it: the norms judged over a range of children, and in years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import prospects, schema, tables
from schoolnet.model.population import ESTIMATED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.law.norms import Norms
    from schoolnet.model.forecast import Forecast
    from schoolnet.options import Options
    from schoolnet.region import Region

    Floats = NDArray[np.float64]

_NINETY = 1.645  # standard deviations either side that nine figures in ten lie within (normal)
_ENDS = {"plan": "", "low": "_low", "high": "_high"}
_LEVELS = np.array(("none", *tables.LEVELS), dtype=object)
#: How far inhabitants that nobody counted are off, as a share of them (standard deviation): assumptions of the model.
_OFF = {"raster": 0.5, "modelled": 0.5}


def outlook(
    region: Region, headcount: pd.DataFrame, findings: pd.DataFrame, forecast: Forecast, norms: Norms, options: Options
) -> pd.DataFrame:
    """Return how sure the guaranteed level of each settlement is, and what it is at the horizon (`prospects.OUTLOOK`).

    Children that were counted have no range today. Those estimated from inhabitants lie, nine times in ten, within
    1.645 standard deviations: of the share of children among settlements (option `share_spread`), of the draw itself
    (binomial), and of the inhabitants where a raster or a model gave them. Years ahead, the range is that of the low
    and high paths, widened by today's. Only rural settlements are guaranteed a level.

    | settlement | children | basis | range | guaranteed | sure | fewer | then | change |
    |---|---|---|---|---|---|---|---|---|
    | A | 85 | given | 85-85 | secondary | yes | 5 | 78 | falls |
    | B | 84 | share | 52-116 | secondary | no | 4 | 84 | same |
    """
    counted, children = _numbers(findings["counted"]), _numbers(findings["children"])
    rural = region.settlements["is_rural"].to_numpy(bool)
    # pupils of the own school, where they are what the thresholds count, go with the children
    scale = np.divide(counted, children, out=np.ones(len(counted)), where=(children > 0) & np.isfinite(counted))
    low, high = _range(headcount, children, options)
    today = {"low": np.floor(low * scale), "plan": counted, "high": np.ceil(high * scale)}
    paths = _paths(forecast, findings.index, options, scale)
    room = {name: _ratio(bound, counted) for name, bound in today.items()}
    then = {
        "low": np.floor(paths["low"][-1] * room["low"]),
        "plan": paths["plan"][-1],
        "high": np.ceil(paths["high"][-1] * room["high"]),
    }
    level = {name: _level(some, rural, norms) for name, some in today.items()}
    level_then = {name: _level(some, rural, norms) for name, some in then.items()}
    change, since = _change(level["plan"], paths["plan"], rural, norms, options)
    out = pd.DataFrame(
        {
            "children_low": _counts(today["low"]),
            "children_high": _counts(today["high"]),
            "guaranteed_low": _named(level["low"]),
            "guaranteed_high": _named(level["high"]),
            "sure": level["low"] == level["high"],
            "fewer": _fewer(counted, level["plan"], norms),
            "more": _more(counted, level["plan"], rural, norms),
            "year": pd.array([options.horizon_year] * len(counted), dtype="Int64"),
            **{f"children_then{end}": _counts(then[name]) for name, end in _ENDS.items()},
            "guaranteed_then": _named(level_then["plan"]),
            "change": pd.array(change, dtype="str"),
            "change_year": since,
            "sure_then": level_then["low"] == level_then["high"],
        },
        index=findings.index,
    )
    schema.check(out, prospects.OUTLOOK)
    return out


def _ratio(bound: Floats, counted: Floats) -> Floats:
    return np.divide(bound, counted, out=np.ones(len(counted)), where=counted > 0)


def _range(headcount: pd.DataFrame, children: Floats, options: Options) -> tuple[Floats, Floats]:
    """Return the fewest and most children the figures leave room for; of children counted, as many as were counted."""
    people = _numbers(headcount["population"])
    estimated = headcount["children_basis"].isin(ESTIMATED).to_numpy()
    share = np.divide(children, people, out=np.zeros(len(people)), where=people > 0).clip(max=1.0)
    drawn = np.divide(1 - share, children, out=np.zeros(len(people)), where=children > 0)
    off = headcount["population_basis"].map(_OFF).fillna(0.0).to_numpy(float)
    deviation = np.sqrt(options.share_spread**2 + drawn + off**2)
    room = np.where(estimated, _NINETY * deviation, 0.0)
    return np.floor(np.maximum(children * (1 - room), 0.0)), np.ceil(children * (1 + room))


def _paths(forecast: Forecast, settlements: pd.Index[str], options: Options, scale: Floats) -> dict[str, list[Floats]]:
    """Return children by year on the path of the plan, the low and the high one; NaN where there is no forecast."""
    years = range(options.school_year, options.horizon_year + 1)
    wide = forecast.settlements.pivot_table(
        index="settlement_id", columns=["scenario", "year"], values="children", aggfunc="sum"
    ).reindex(settlements, columns=pd.MultiIndex.from_product([prospects.SCENARIOS, years]))
    named = {"plan": options.growth, "low": "low", "high": "high"}
    return {
        path: [np.rint(_numbers(wide[scenario, year]) * scale) for year in years] for path, scenario in named.items()
    }


def _thresholds(norms: Norms) -> Floats:
    return np.array([float(norms[f"threshold.{level}"].value) for level in tables.LEVELS])


def _level(children: Floats, rural: NDArray[np.bool_], norms: Norms) -> Floats:
    """Return the place of the guaranteed level (0 none, 1 primary …); NaN where children are unknown.

    Source: Government Resolution 1256 of 21.12.2007; Order 336, annex 1, row 1.
    """
    place = np.searchsorted(_thresholds(norms), np.where(np.isfinite(children), children, -1), side="right")
    return np.where(rural, np.where(np.isfinite(children), place, np.nan), 0.0)


def _fewer(children: Floats, level: Floats, norms: Norms) -> Any:
    floor = np.concatenate([[np.nan], _thresholds(norms)])[np.nan_to_num(level).astype(int)]
    return _counts(children - floor + 1)


def _more(children: Floats, level: Floats, rural: NDArray[np.bool_], norms: Norms) -> Any:
    ceiling = np.concatenate([_thresholds(norms), [np.nan]])[np.nan_to_num(level).astype(int)]
    return _counts(np.where(rural, ceiling - children, np.nan))


def _change(
    now: Floats, path: list[Floats], rural: NDArray[np.bool_], norms: Norms, options: Options
) -> tuple[NDArray[Any], Any]:
    """Return what becomes of the level by the horizon, and the first year from which it stays what it will be."""
    levels = np.stack([_level(children, rural, norms) for children in path])
    then = levels[-1]
    unknown = ~np.isfinite(now) | ~np.isfinite(then)
    change = np.select([unknown, then < now, then > now], ["unknown", "falls", "rises"], "same")
    other = levels != then
    first = len(levels) - np.argmax(other[::-1], axis=0)  # the year after the last one with another level
    year = np.where(other.any(axis=0), options.school_year + first, options.school_year).astype(float)
    return change, _counts(np.where(np.isin(change, ["falls", "rises"]), year, np.nan))


def _named(places: Floats) -> Any:
    names = _LEVELS[np.nan_to_num(places).astype(int)]
    return pd.array(np.where(np.isfinite(places), names, None), dtype="str")


def _numbers(values: pd.Series[Any]) -> Floats:
    return values.astype("Float64").to_numpy(float, na_value=np.nan)


def _counts(values: Floats) -> Any:
    return pd.array(np.asarray(values, float), dtype="Float64").astype("Int64")
