"""A picture of a region or district for paper: outline, waters, roads, settlements by verdict, sites, legend.

What differs in colour differs in shape, so that a black and white print says the same.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from schoolnet.output import spelled, titles
from schoolnet.output.letters import wide
from schoolnet.output.looks import Look, looks
from schoolnet.output.scene import Item, Label, Path, Scene, line, mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

_MARGIN, _ROW, _COLUMNS = 6.0, 11.0, 3
_FINE = 0.3  # points on paper: what is drawn finer is not seen
_LEAST_M = 2_000.0  # a district of one village is not drawn as if it were wide
_MANY = 150  # settlements: with more of them marks are smaller, and small roads are left out
_LABELS = 40
_PAPER = 0.4  # width of a line on paper to that on a screen


class _Sheet(NamedTuple):
    """Where places in metres fall on paper."""

    middle: NDArray[np.float64]
    per_m: float
    width: float
    height: float

    def xy(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places in metres as points of the picture."""
        moved = (places - self.middle) * [self.per_m, -self.per_m]
        return np.asarray(moved + np.array([self.width / 2, self.height / 2]))

    def frame(self) -> shapely.Polygon:
        """Return the picture's edge in metres."""
        half = np.array([self.width, self.height]) / 2 / self.per_m
        return shapely.box(*(self.middle - half), *(self.middle + half))


def picture(plan: Plan, said: Words, *, width: float, height: float, district: str | None = None) -> Scene:
    """Return the picture of a plan's region, or of one of its districts.

    Parameters
    ----------
    plan
        The plan.
    said
        The words of the legend and labels.
    width, height
        Size in points; the legend takes part of the height.
    district
        Identifier of a district; the whole region when None.
    """
    region = plan.region
    keys = _legend_keys(plan, district)
    legend = _ROW * math.ceil(len(keys) / _COLUMNS) + 6
    whole = region.boundary if district is None else region.districts.geometry[district]
    area = gpd.GeoSeries([whole], crs=region.settlements.crs).to_crs(region.crs).iloc[0]
    sheet = _sheet(area, width, height - legend)
    title = said.text("ui.title", region=titles.of(plan, said, district))
    ground, words_of_ground = _ground(plan, said, sheet, area, district)
    items = [*ground, *_marks(plan, sheet, district), *_labels(plan, said, sheet, district, words_of_ground)]
    items += _legend(keys, said, width, height - legend)
    return Scene(width, height, title, tuple(items))


def _sheet(area: Any, width: float, height: float) -> _Sheet:
    west, south, east, north = shapely.bounds(area)
    size = np.maximum([east - west, north - south], _LEAST_M)
    per_m = float(min((width - 2 * _MARGIN) / size[0], (height - 2 * _MARGIN) / size[1]))
    return _Sheet(np.array([(west + east) / 2, (south + north) / 2]), per_m, width, height)


def _ground(
    plan: Plan, said: Words, sheet: _Sheet, area: Any, district: str | None
) -> tuple[list[Item], list[tuple[float, float, str]]]:
    """Return outline, districts, waters and roads, and the names of districts with their places."""
    region, looked = plan.region, looks()["ground"]
    items: list[Item] = [*_areas(area, looked["region"], sheet, edge=False)]
    waters = _near(region.waters, region.crs, sheet)
    for shape in waters.geometry:
        kind = "lake" if shape.geom_type.endswith("Polygon") else "river"
        items += _areas(shape, looked[kind], sheet) if kind == "lake" else _lines(shape, looked[kind], sheet)
    items += _roads(plan, sheet, fine=_shown(plan, district).size <= _MANY)
    names = []
    outlines = _near(region.districts, region.crs, sheet)
    for row in outlines.itertuples():
        items += _lines(row.geometry.boundary, looked["district"], sheet)
        at = sheet.xy(shapely.get_coordinates(row.geometry.representative_point()))[0]
        names.append((float(at[0]), float(at[1]), spelled.said(spelled.names(row), said.lang)))
    items += _areas(area, looked["region"]._replace(fill=""), sheet)
    return items, names if district is None else []


def _roads(plan: Plan, sheet: _Sheet, *, fine: bool) -> Iterator[Item]:
    looked, roads = looks()["road"], plan.region.roads
    main = [key for key in looked if key != "other"]
    kinds = [*main, "unclassified"] if fine else main
    near = _near(roads[roads["highway"].isin(kinds)], plan.region.crs, sheet)
    for kind in reversed(kinds):
        shapes = near.geometry[near["highway"] == kind].to_numpy()
        merged = shapely.line_merge(shapely.union_all(shapes)) if len(shapes) else shapely.MultiLineString()
        yield from _lines(merged, looked.get(kind, looked["other"]), sheet)


def _near(layer: gpd.GeoDataFrame, crs: Any, sheet: _Sheet) -> gpd.GeoDataFrame:
    """Return the rows of a layer that the picture shows, in metres."""
    moved = layer[layer.geometry.notna() & ~layer.geometry.is_empty].to_crs(crs)
    return moved.iloc[np.sort(moved.sindex.query(sheet.frame()))] if len(moved) else moved


def _lines(shape: Any, look: Look, sheet: _Sheet) -> Iterator[Item]:
    for part in shapely.get_parts(_cut(shape, sheet)):
        if part.geom_type == "LineString" and not part.is_empty:
            yield line(_points(part, sheet), look.edge, width=max(0.3, look.width * _PAPER), dash=look.dash)


def _areas(shape: Any, look: Look, sheet: _Sheet, *, edge: bool = True) -> Iterator[Item]:
    for part in shapely.get_parts(_cut(shape, sheet)):
        if part.geom_type == "Polygon" and not part.is_empty:
            rings = tuple(_points(ring, sheet) for ring in (part.exterior, *part.interiors))
            colour, width = look.edge if edge else "", max(0.3, look.width * _PAPER)
            yield Path(rings, look.fill, colour, width, look.dash, closed=True)


def _cut(shape: Any, sheet: _Sheet) -> Any:
    return shapely.intersection(shapely.simplify(shapely.make_valid(shape), _FINE / sheet.per_m), sheet.frame())


def _points(part: Any, sheet: _Sheet) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in sheet.xy(shapely.get_coordinates(part)))


def _shown(plan: Plan, district: str | None) -> NDArray[Any]:
    homes = plan.region.settlements
    inside = homes.index if district is None else homes.index[homes["district_id"] == district]
    return np.asarray(inside)


def _sites(plan: Plan, district: str | None) -> gpd.GeoDataFrame:
    """Return the sites to draw; among very many settlements not those the village's own mark already says."""
    sites = plan.sites if district is None else plan.sites[plan.sites["district_id"] == district]
    if len(_shown(plan, district)) <= _MANY:
        return sites
    return sites[(sites["action"] == "replace") | sites["at"].isin(["cell", "plot"])]


def _marks(plan: Plan, sheet: _Sheet, district: str | None) -> Iterator[Item]:
    """Yield the marks of settlements, the quiet ones beneath, then of the sites beside them."""
    verdict, action = looks()["verdict"], looks()["action"]
    keys = _shown(plan, district)
    homes = plan.region.settlements.loc[keys].to_crs(plan.region.crs)
    judged = plan.verdicts["verdict"].loc[keys]
    least = 2.2 if len(keys) > _MANY else 3.2
    for kind in reversed(list(verdict)):
        look = verdict[kind]
        for row in homes[judged == kind].itertuples():
            if row.geometry is None or row.geometry.is_empty:
                continue
            x, y = sheet.xy(shapely.get_coordinates(row.geometry))[0]
            yield mark(float(x), float(y), least * (0.6 if look.quiet else 1.0), look)
    for row in _sites(plan, district).to_crs(plan.region.crs).sort_values("rank", ascending=False).itertuples():
        x, y = sheet.xy(shapely.get_coordinates(row.geometry))[0]
        aside = least * 1.7 if row.at in ("settlement", "school") else 0.0
        yield mark(float(x + aside), float(y - aside), least, action[row.action])


def _labels(
    plan: Plan, said: Words, sheet: _Sheet, district: str | None, names: list[tuple[float, float, str]]
) -> Iterator[Item]:
    """Yield names from the most to the least important; one that would touch another is left out."""
    keys = _shown(plan, district)
    homes = plan.region.settlements.loc[keys]
    owed = plan.findings["network_deficit"].loc[keys].to_numpy(bool)
    people = homes["population"].fillna(0).to_numpy(float)
    order = np.lexsort((-people, ~owed, homes["is_rural"].to_numpy(bool)))
    taken: list[tuple[float, float, float, float]] = []

    def room(x: float, y: float, text: str, size: float, *, bold: bool = False) -> bool:
        half = wide(text, size, bold=bold) / 2 + 1
        new = (x - half, y - size, x + half, y + 2)
        inside = new[0] > 0 and new[2] < sheet.width and new[1] > 0 and new[3] < sheet.height
        if not inside or any(new[0] < r and new[2] > w and new[1] < b and new[3] > t for w, t, r, b in taken):
            return False
        taken.append(new)
        return True

    towns = [at for at in order if not homes["is_rural"].iat[at]]
    written = [*_named(plan, said, sheet, homes.iloc[towns], 7.5, room)]
    yield from written
    for x, y, text in names:
        if text and all(text != one.text for one in written) and room(x, y, text, 7.0):  # a town is its own district
            yield Label(x, y, text, 7.0, "middle", halo=True, colour="#6a6350")
    villages = [at for at in order if homes["is_rural"].iat[at]][: _LABELS if district else 0]
    yield from _named(plan, said, sheet, homes.iloc[villages], 6.0, room)


def _named(plan: Plan, said: Words, sheet: _Sheet, homes: gpd.GeoDataFrame, size: float, room: Any) -> Iterator[Label]:
    for row in homes.to_crs(plan.region.crs).itertuples():
        if row.geometry is None or row.geometry.is_empty:
            continue
        x, y = (float(one) for one in sheet.xy(shapely.get_coordinates(row.geometry))[0])
        text = spelled.said(spelled.names(row), said.lang)
        if text and room(x, y + 10, text, size, bold=not row.is_rural):
            yield Label(x, y + 10, text, size, "middle", bold=not row.is_rural, halo=True)


def _legend_keys(plan: Plan, district: str | None) -> list[tuple[str, str, int]]:
    """Return group, class and count of what the picture shows."""
    judged = plan.verdicts["verdict"].loc[_shown(plan, district)].value_counts()
    built = _sites(plan, district)["action"].value_counts()
    found = [("verdict", key, int(judged.get(key, 0))) for key in looks()["verdict"]]
    found += [("action", key, int(built.get(key, 0))) for key in looks()["action"]]
    return [one for one in found if one[2]]


def _legend(keys: list[tuple[str, str, int]], said: Words, width: float, top: float) -> Iterator[Item]:
    rows = math.ceil(len(keys) / _COLUMNS)
    for at, (group, key, count) in enumerate(keys):
        x, y = width / _COLUMNS * (at // rows) + 6, top + 10 + _ROW * (at % rows)
        yield mark(x, y - 2.5, 3.0, looks()[group][key])
        action = said.text("brief.site", action=said.text(f"action.{key}")) if group == "action" else ""
        word = f"{action or said.text(f'verdict.{key}')} – {said.number(count)}"
        room = width / _COLUMNS - 16
        yield Label(x + 8, y, word, min(7.0, 7.0 * room / wide(word, 7.0)))
