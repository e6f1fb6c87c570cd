"""Which settlement a school stands in: by its KATO, the built-up area it lies in, or nearness with no water between.

What a school's own settlement teaches is taught in place, and neither the 3 km nor the rivers are asked; so a school is
joined only where there is reason to, and what nearness alone decides, or leaves open, is in the ledger.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from schoolnet.messages import Message
from schoolnet.sources import placing
from schoolnet.sources.text import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region
    from schoolnet.sources.cells import Remarks

_FAR_M = 25_000.0
_TOWN = 5  # a town reaches so many times as far as a village
_BESIDE = 0.001  # degrees: a straight line of some kilometres leaves the box of its two ends by less
_ENDS_WITHIN = "*T*******"  # the end of a piece of river lies within the line


def join(
    schools: gpd.GeoDataFrame, lines: Mapping[str, str], region: Region, options: Options, remarks: Remarks
) -> pd.Series[str]:
    """Return the settlement each school stands in, missing where it stands in none.

    1. The settlement of its KATO; of several that share the code the nearest.
    2. Else the settlement in whose built-up area it lies (the border counts).
    3. Else the nearest settlement whose point is within `options.join_m`, to the metre, with no river or lake on the
       straight line to it. A water with a bridge lies between here all the same: the school is then simply not in the
       village, and the way to it is measured by road, over the bridge. A city or town reaches five times as far, and
       over its rivers: the norms of the way to school are not for it, and its own schools are all over it.

    Of several areas, or settlements as near, the first by its identifier counts. A school joined by nearness alone, and
    one that joins none (it serves by road), are noted.

    Parameters
    ----------
    schools
        Schools with `kato` and a point.
    lines
        Row of the file of each school.
    region, options, remarks
        Where, how far, and where what is joined by nearness, or not at all, is listed.
    """
    joined = schools["kato"].map(placing.codes(region)).astype(object)
    _note_unknown_codes(schools["kato"], lines, region, remarks)
    _part_twins(joined, schools, region, remarks)
    _note_far(joined, schools, lines, region, remarks)
    joined = joined.fillna(_by_area(schools[joined.isna()], region))
    joined = joined.fillna(_by_nearness(schools[joined.isna()], lines, region, options, remarks))
    return joined.astype("str")


def _note_unknown_codes(kato: pd.Series[Any], lines: Mapping[str, str], region: Region, remarks: Remarks) -> None:
    known = region.settlements["kato"].dropna()
    if known.empty and kato.notna().any():
        what = Message("no settlement of the map has a KATO")
        remarks.note(what, Message("schools are joined to settlements by their coordinates"), column="kato")
        return
    for school_id in kato.index[kato.notna() & ~kato.isin(known)]:
        what = Message("{kato}: no settlement of the region has this KATO", kato=kato[school_id])
        remarks.note(what, Message("its coordinates decide instead"), row=lines[school_id], column="kato")


def _part_twins(joined: pd.Series[Any], schools: gpd.GeoDataFrame, region: Region, remarks: Remarks) -> None:
    """Give each school of a KATO that two settlements share to the nearer of them, and note it."""
    known = region.settlements["kato"].dropna().sort_index()
    for code, ids in known[known.duplicated(keep=False)].groupby(known).groups.items():
        here = schools.index[schools["kato"] == code]
        if len(here):
            names = [f"{placing.named(region, one)} ({one})" for one in ids]
            twins = reduce(lambda some, last: Message("{some} and {last}", some=some, last=last), names)
            what = Message("{kato} is the KATO of {twins}", kato=code, twins=twins)
            remarks.note(what, Message("its schools join the nearest of them"), column="kato")
            joined[here] = _nearest(schools.loc[here], region.settlements.loc[ids], region)["settlement_id"].to_numpy()


def _note_far(
    joined: pd.Series[Any],
    schools: gpd.GeoDataFrame,
    lines: Mapping[str, str],
    region: Region,
    remarks: Remarks,
) -> None:
    """Note each school whose KATO names a settlement far from its coordinates."""
    told = joined.dropna()
    places = _metric(schools.loc[told.index], region)
    metres = shapely.distance(places, _metric(region.settlements.loc[told], region))
    far = told[metres > _FAR_M]
    near = _nearest(schools.loc[far.index], region.settlements, region)["settlement_id"]
    for school_id, home, seen, away in zip(far.index, far, near, metres[metres > _FAR_M], strict=True):
        what = Message(
            "KATO of {told}, but the coordinates are {km} km away, near {seen}",
            told=short(placing.named(region, home)),
            km=round(float(away) / 1000, 1),
            seen=short(placing.named(region, seen)),
        )
        why = Message("joined by KATO: correct the one that is wrong")
        remarks.note(what, why, row=lines[school_id], column="kato")


def _by_area(schools: gpd.GeoDataFrame, region: Region) -> pd.Series[Any]:
    """Return the settlement in whose built-up area each school lies; those in none are left out."""
    areas = region.built_up.geometry.to_numpy()
    school, area = shapely.STRtree(areas).query(schools.geometry.to_numpy(), predicate="intersects")
    owners = pd.Series(region.built_up["settlement_id"].to_numpy(object)[area], schools.index[school], dtype=object)
    return owners.groupby(level=0).min()


def _by_nearness(
    schools: gpd.GeoDataFrame, lines: Mapping[str, str], region: Region, options: Options, remarks: Remarks
) -> pd.Series[Any]:
    """Return the nearest settlement of each school with no water between, each noted; those with none are left out."""
    pairs = _within(schools, region.settlements, region, _TOWN * options.join_m + 1)
    rural = pairs["settlement_id"].map(region.settlements["is_rural"]).astype(bool)
    pairs = pairs[pairs["metres"] <= options.join_m * np.where(rural, 1, _TOWN)].reset_index(drop=True)
    water = _waters_between(pairs, schools, region, options)
    pairs["water"] = np.where(pairs["settlement_id"].map(region.settlements["is_rural"]).astype(bool), water, "")
    joined, across = _first(pairs[pairs["water"] == ""]), _first(pairs)
    lonely = schools[~schools.index.isin(list(across))]
    away = _first(_nearest(lonely, region.settlements, region))
    for school_id in schools.index:
        why = Message("joins no settlement; serves by road only")
        if school_id in joined:
            said = _said(joined[school_id], region)
            what = Message("{school}: joined to {settlement}, {metres} m away", school=school_id, **said)
            why = Message("by nearness alone: neither a KATO nor a built-up area tells where it stands")
        elif school_id in across:
            what = Message(
                "{school}: {water} lies between it and {settlement}, {metres} m away",
                school=school_id,
                water=_water(region, across[school_id]["water"]),
                **_said(across[school_id], region),
            )
        elif school_id in away:
            what = Message(
                "{school}: the nearest settlement, {settlement}, is {metres} m away, beyond {limit} m",
                school=school_id,
                limit=f"{options.join_m:g}",
                **_said(away[school_id], region),
            )
        else:
            what = Message("{school}: there is no settlement near", school=school_id)
        remarks.note(what, why, row=lines[school_id], column="settlement_id")
    return pd.Series({school_id: pair["settlement_id"] for school_id, pair in joined.items()}, dtype=object)


def _first(pairs: pd.DataFrame) -> dict[Any, dict[Any, Any]]:
    """Return the first pair of each school."""
    return pairs.drop_duplicates("school_id").set_index("school_id").to_dict("index")


def _said(pair: Mapping[str, Any], region: Region) -> dict[str, object]:
    return {"settlement": short(placing.named(region, pair["settlement_id"])), "metres": int(pair["metres"])}


def _water(region: Region, water_id: str) -> str:
    name, kind = region.waters.loc[water_id, ["name", "kind"]]
    if pd.notna(name):
        return short(name)
    return Message("a lake without a name") if kind == "lake" else Message("a river without a name")


def _metric(layer: gpd.GeoDataFrame, region: Region) -> NDArray[Any]:
    return layer.geometry.to_crs(region.crs).to_numpy()


def _within(schools: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, region: Region, reach_m: Any) -> pd.DataFrame:
    """Return each school with each settlement within reach of it (metres, one for all or one for each): `_pairs`."""
    places, points = _metric(schools, region), _metric(homes, region)
    school, home = shapely.STRtree(points).query(places, predicate="dwithin", distance=reach_m)
    return _pairs(schools.index[school], homes.index[home], shapely.distance(places[school], points[home]))


def _nearest(schools: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, region: Region) -> pd.DataFrame:
    """Return each school with the nearest of the settlements, in the order of the schools: `_pairs`."""
    places, points = _metric(schools, region), _metric(homes, region)
    (school, _), metres = shapely.STRtree(points).query_nearest(places, all_matches=False, return_distance=True)
    first = _within(schools.iloc[school], homes, region, metres + 1).drop_duplicates("school_id")
    return first.set_index("school_id").loc[schools.index[school]].reset_index()


def _pairs(schools: pd.Index, homes: pd.Index, metres: NDArray[np.float64]) -> pd.DataFrame:
    """Return `school_id`, `settlement_id`, `metres` (whole), for each school the nearest first, then by identifier."""
    keys = ["school_id", "metres", "settlement_id"]
    pairs = pd.DataFrame(dict(zip(keys, (schools, np.rint(metres), homes), strict=True)))
    return pairs.sort_values(keys, ignore_index=True)


def _waters_between(pairs: pd.DataFrame, schools: gpd.GeoDataFrame, region: Region, options: Options) -> NDArray[Any]:
    """Return the water on the straight line of each pair, "" for none; of several the first that has a name.

    A canal, a small lake, and what dries up count as the options say; a short river always.
    """
    kinds = ["river", "lake", *(["canal"] if options.canal_water == "yes" else [])]
    dry = region.waters["intermittent"] & (options.intermittent_water == "no")
    waters = region.waters[region.waters["kind"].isin(kinds) & ~dry]
    waters = waters.iloc[np.lexsort((waters.index.to_numpy(str), waters["name"].isna()))]
    ends = [schools.geometry.loc[pairs["school_id"]], region.settlements.geometry.loc[pairs["settlement_id"]]]
    boxes = shapely.buffer(_segments(*ends), _BESIDE, cap_style="square", join_style="mitre")
    line, water = shapely.STRtree(waters.geometry.to_numpy()).query(boxes, predicate="intersects")
    met, water = np.unique(water, return_inverse=True)
    shapes = _metric(waters.iloc[met], region)
    straight = _segments(*(one.to_crs(region.crs) for one in ends))
    shapely.prepare(shapes)
    pond = (waters["kind"].iloc[met] == "lake").to_numpy() & (shapely.area(shapes) < options.min_water_ha * 10_000)
    crossed = shapely.crosses(shapes[water], straight[line]) & ~pond[water]
    # a river drawn in two pieces that meet on the line crosses it, though neither piece does
    ended = ~crossed & ~pond[water] & shapely.relate_pattern(straight[line], shapes[water], _ENDS_WITHIN)
    crossed |= ended & (np.bincount(line[ended], minlength=len(pairs))[line] > 1)
    found = np.full(len(pairs), "", dtype=object)
    first = pd.Series(met[water[crossed]]).groupby(line[crossed]).min()
    found[first.index] = waters.index.to_numpy(object)[first]
    return found


def _segments(begin: gpd.GeoSeries, end: gpd.GeoSeries) -> NDArray[Any]:
    places = [shapely.get_coordinates(one.to_numpy()) for one in (begin, end)]
    return shapely.linestrings(np.stack(places, axis=1))
