"""What population rasters say of a region: people by district, settlement and town cell, each raster read once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from schoolnet import people, schema
from schoolnet.errors import Fault, SourceError
from schoolnet.ledger import Ledger, Recorder
from schoolnet.messages import Message
from schoolnet.region import Input, hashed
from schoolnet.sources import raster, towns, worldpop, zonal, zones
from schoolnet.sources.osm_tags import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from schoolnet.options import Options
    from schoolnet.region import Region
    from schoolnet.sources.raster import Raster
    from schoolnet.sources.zonal import Sums

_MOST_NEGATIVE = 0.01  # of the people: beyond it the cells are not people


class Gridded(NamedTuple):
    """Sums by zone (`people.RASTER`), the town cells (`people.CELLS`), what is to be said, and the files."""

    raster: pd.DataFrame
    cells: gpd.GeoDataFrame
    ledger: Ledger
    inputs: tuple[Input, ...]


def sums_of_region(region: Region, paths: Sequence[Path | str], options: Options) -> Gridded:
    """Return the people of some rasters by zone; each kind of zone, with what lies in none, sums to the whole raster.

    A cell of the raster that no district or settlement zone holds is in the row “” of its kind, as is one over the
    region's border in the row “” of `region`. Rasters of age groups are added up over the sexes, and, where they hold
    every age and no total is given, to the total.

    Raises
    ------
    SourceError
        Files that are not population rasters, of the same people twice, of one sex only, without people, or without
        any in the region; every fault of every file is listed.
    OptionError
        A town would be cut into too many cells.
    """
    used, ledger = _chosen(paths)
    districts = zones.district_zones(region)
    homes = zones.settlement_zones(region, districts)
    cells = towns.cells(region, options, homes, districts)
    layers = {
        "region": np.array([region.boundary]),
        "district": districts.to_numpy(),
        "settlement": homes.to_numpy(),
        "cell": cells.geometry.to_numpy(),
    }
    found = [(one, zonal.sums(one, layers)) for one in used]
    faults = [fault for one, sums in found for fault in _faults(one, sums, region)]
    if faults:
        raise SourceError(faults)
    for one, sums in found:
        ledger += _told(one, sums)
    keys = {"region": [people.REGION], "district": districts.index, "settlement": homes.index, "cell": cells.index}
    table = _table(keys, _by_group(found))
    for said in (_empty_districts(region, table, used), _twins(region, used)):
        ledger += said
    return Gridded(table, cells, ledger, tuple(hashed(one.path, "raster") for one in used))


def alone(paths: Sequence[Path | str]) -> Ledger:
    """Return what is to be said of rasters where there is no region to add them up by.

    Raises
    ------
    SourceError
        Files that are not population rasters, of the same people twice, or of one sex only; all of them.
    """
    if not paths:
        return Ledger()
    used, ledger = _chosen(paths)
    for one in used:
        recorder = Recorder(one.path.name)
        why = Message("its people are not added up: without a map there are no districts to add them up by")
        recorder.note("raster", Message("the whole file"), why)
        ledger += recorder.ledger()
    return ledger


def cells(region: Region, options: Options) -> gpd.GeoDataFrame:
    """Return the cells of the region's towns (`people.CELLS`), as `sums_of_region` cuts them."""
    districts = zones.district_zones(region)
    homes = region.settlements.loc[~region.settlements["is_rural"], "district_id"]
    # only the zones of towns are asked for; what is outside every district needs them all
    asked = districts if homes.isna().any() else districts[districts.index.isin(homes)]
    return towns.cells(region, options, zones.settlement_zones(region, asked), districts)


def structure(table: pd.DataFrame, paths: Sequence[Path | str], options: Options) -> pd.DataFrame:
    """Return the age structure that rasters of age groups make (`people.AGE_STRUCTURE`); empty without groups.

    A group ends where WorldPop's next one begins, whether it is given or not; the oldest has no end. Rasters are of
    1 January of the year in their names.
    """
    firsts = sorted(int(group) for group in table["group"].unique() if group != "total")
    ends = {first: worldpop.last_age(first, firsts) for first in firsts}
    years = [label.year for path in paths if (label := worldpop.label(Path(path).name)) and label.year]
    of = table[(table["group"] != "total") & table["zone"].isin(["region", "district"]) & (table["zone_id"] != "")]
    rows = [
        {
            "area_id": row.zone_id, "territory": "all", "age": int(row.group), "age_to": ends[int(row.group)],
            "people": row.people, "month": 1, "year": max(years, default=options.school_year),
        }
        for row in of.itertuples()
    ]  # fmt: skip
    return schema.frame(rows, people.AGE_STRUCTURE)


def _chosen(paths: Sequence[Path | str]) -> tuple[list[Raster], Ledger]:
    """Return the rasters that are counted together, and what is to be said of the choice."""
    checked: list[Raster] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            checked.append(raster.check(path))
        except SourceError as error:
            faults.extend(error.faults)
    choice = worldpop.choose({one.path: one.label for one in checked})
    if faults or choice.faults:
        raise SourceError([*faults, *choice.faults])
    ledger = Ledger()
    for path, why in choice.left_out.items():
        recorder = Recorder(path.name)
        recorder.note("raster", Message("the whole file"), why)
        ledger += recorder.ledger()
    used = [one for one in checked if one.path not in choice.left_out]
    recorder = Recorder(_of(used))
    for what, why in choice.notes:
        recorder.note("raster", what, why)
    return used, ledger + recorder.ledger()


def _faults(one: Raster, sums: Sums, region: Region) -> Iterator[Fault]:
    """Yield why the cells of a raster cannot be the region's people."""
    file, tally = one.path.name, sums.tally
    if tally.filler is None and -tally.negative_people > _MOST_NEGATIVE * sums.total and tally.negative:
        problem = Message("{count} cells are below zero, and they differ: they are no people.", count=tally.negative)
        yield Fault(problem, Message("Give a raster of people per cell, with its nodata declared."), file)
    elif not sums.total:
        remedy = Message("Give a raster of people per cell.")
        yield Fault(Message("nobody lives in it: every cell is zero or without data."), remedy, file)
    elif not sums.zones["region"][0]:
        name = region.names.get("name") or region.code
        problem = Message("none of its people live in {region}.", region=name)
        yield Fault(problem, Message("Give the raster of this region or of the country."), file)


def _told(one: Raster, sums: Sums) -> Ledger:
    """Return what a planner must know of the cells of one raster."""
    tally, recorder = sums.tally, Recorder(one.path.name)
    if one.bands > 1:
        recorder.note("raster", Message("{count} bands", count=one.bands), Message("the first one is taken"))
    if one.nodata is None and not one.masked:
        what = Message("no nodata is declared; the largest cell holds {most}", most=f"{tally.largest:g}")
        recorder.note("raster", what, Message("every cell above zero is taken as people"))
    if tally.negative and tally.filler is not None:
        what = Message("{count} cells of the value {value}", count=tally.negative, value=f"{tally.filler:g}")
        recorder.note("raster", what, Message("taken as cells without data"))
    elif tally.negative:
        people_there = f"{tally.negative_people:g}"
        what = Message("{count} cells below zero, {people} together", count=tally.negative, people=people_there)
        recorder.note("raster", what, Message("taken as nobody"))
    if tally.broken:
        what = Message("{count} cells that are not a number", count=tally.broken)
        recorder.note("raster", what, Message("taken as nobody"))
    return recorder.ledger()


def _by_group(found: Sequence[tuple[Raster, Sums]]) -> dict[str, NDArray[np.float64]]:
    """Return the people of each group by zone, in the order of the table's zones; the total first."""
    groups: dict[str, NDArray[np.float64]] = {}
    for one, sums in found:
        parts = [part for layer, inside in sums.zones.items() for part in (inside, [sums.outside[layer]])]
        numbers = np.concatenate([[sums.total], *parts])
        groups[one.label.group] = groups.get(one.label.group, 0) + numbers
    if worldpop.TOTAL not in groups and worldpop.everybody(groups):
        groups[worldpop.TOTAL] = sum(groups.values(), np.zeros(1))
    return dict(sorted(groups.items(), key=lambda item: -1 if item[0] == worldpop.TOTAL else int(item[0])))


def _table(keys: Mapping[str, Iterable[str]], groups: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Return the sums as a table (`people.RASTER`): the whole, then each kind of zone and what lies in none of it."""
    rows = [("all", ""), *((zone, key) for zone, found in keys.items() for key in (*found, ""))]
    zone, zone_id = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    columns = {
        "zone": np.tile(zone, len(groups)),
        "zone_id": np.tile(zone_id, len(groups)),
        "group": np.repeat(list(groups), len(rows)),
        "people": np.concatenate([*groups.values()]),
    }
    return pd.DataFrame(columns).astype({name: column.dtype for name, column in people.RASTER.columns.items()})


def _empty_districts(region: Region, table: pd.DataFrame, used: Sequence[Raster]) -> Ledger:
    """Return a line for each district in which the rasters show nobody."""
    recorder = Recorder(_of(used))
    sums = table[(table["zone"] == "district") & (table["zone_id"] != "")].groupby("zone_id")["people"].sum()
    for key in sums.index[sums == 0]:
        what = Message("nobody in the district {district}", district=region.districts.loc[key, "name"])
        recorder.note("raster", what, Message("the raster says nothing of it"), row=str(key))
    return recorder.ledger()


def _twins(region: Region, used: Sequence[Raster]) -> Ledger:
    """Return a line on the settlements whose people a raster cannot tell from those of another at the same point."""
    recorder = Recorder(_of(used))
    same = zones.twins(region.settlements)
    if len(same):
        names = region.settlements["name"].reindex(same.index).fillna("").tolist()
        what = Message("{count} settlements at the point of another: {names}", count=len(same), names=listed(names))
        recorder.note("raster", what, Message("the raster's people are counted with the other"))
    return recorder.ledger()


def _of(used: Sequence[Raster]) -> str:
    """Return the file that what is said of all rasters stands under: the first."""
    return min(one.path.name for one in used)
