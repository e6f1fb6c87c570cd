"""Crossings that the map draws apart from their road: fords as points, bridges as areas, dams as lines and areas.

Roads are split at their own vertices, so that what was joined stays joined, and each piece bears its crossing. What a
road says of itself stands: only pieces with no crossing get one, from a ford first, then from a bridge, then a dam.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from schoolnet.messages import Message
from schoolnet.sources.osm_tags import listed

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from schoolnet.ledger import Recorder

#: A road as near as this to a dam runs on it: a dam is drawn along its wall, the road along its crown.
DAM_M = 25.0
#: A road that overlaps the area of a bridge by less than this is beside it, or drawn a step too far.
GRAZE_M = 3.0
_HALF = 0.5
_SAME = 5e-8  # degrees; OpenStreetMap stores 1e-7
_M_PER_DEGREE = 111_320.0


@dataclass
class Drawn:
    """Crossings gathered from the map.

    Attributes
    ----------
    fords
        Longitude and latitude of each point that is a ford, by object.
    bridges
        Areas of bridges, WKB.
    dams
        Lines and areas of dams, WKB.
    """

    fords: dict[str, tuple[float, float]] = field(default_factory=dict)
    bridges: list[bytes] = field(default_factory=list)
    dams: list[bytes] = field(default_factory=list)


def resolved(roads: gpd.GeoDataFrame, drawn: Drawn, recorder: Recorder) -> gpd.GeoDataFrame:
    """Return the roads, split where a crossing drawn apart from them begins and ends.

    - A ford is at a vertex: the segments before and after it are the ford.
    - The area of a bridge: every segment that runs in it, unless the road passes beneath (see `_beneath`).
    - A dam: every segment that runs along it, within 25 m, for most of its own length or most of the dam's.

    Fords on no road, and fords on a road that says it is a bridge, dam or tunnel there, are noted.
    """
    if not (drawn.fords or drawn.bridges or drawn.dams):
        return roads
    marks = _Marks(roads)
    _mark_fords(marks, drawn.fords, recorder)
    for shape in shapely.make_valid(shapely.from_wkb(drawn.bridges)):
        _mark_bridge(marks, shape)
    for shape in shapely.from_wkb(drawn.dams):
        _mark_dam(marks, shape)
    return marks.split(roads)


class _Marks:
    """The crossing of each segment of the roads that were touched."""

    def __init__(self, roads: gpd.GeoDataFrame) -> None:
        self.shapes = roads.geometry.to_numpy()
        self.said = roads["crossing"].to_numpy(object)
        self.tree = shapely.STRtree(self.shapes)
        self._of: dict[int, NDArray[np.object_]] = {}

    def near(self, shape: Any) -> list[int]:
        """Return the roads that meet a shape, in their order."""
        return sorted(self.tree.query(shape, predicate="intersects").tolist())

    def put(self, road: int, segments: NDArray[Any], crossing: str) -> None:
        """Mark segments of a road that bear no mark yet."""
        of = self._of.setdefault(
            road, np.full(len(shapely.get_coordinates(self.shapes[road])) - 1, self.said[road], dtype=object)
        )
        of[segments] = np.where(of[segments] == "", crossing, of[segments])

    def split(self, roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the roads, those with several marks in pieces, in the place of the whole."""
        pieces: dict[int, list[tuple[Any, str]]] = {}
        for road, of in self._of.items():
            ends = [0, *(np.flatnonzero(of[1:] != of[:-1]) + 1).tolist(), len(of)]
            corners = shapely.get_coordinates(self.shapes[road])
            pieces[road] = [(shapely.linestrings(corners[start : end + 1]), of[start]) for start, end in pairwise(ends)]
        counts = np.ones(len(roads), dtype=np.int64)
        counts[list(pieces)] = [len(parts) for parts in pieces.values()]
        first = np.cumsum(counts) - counts
        out = roads.iloc[np.repeat(np.arange(len(roads)), counts)].reset_index(drop=True)
        shapes, said = out.geometry.to_numpy().copy(), out["crossing"].to_numpy(object).copy()
        for road, parts in pieces.items():
            for at, (shape, crossing) in enumerate(parts, int(first[road])):
                shapes[at], said[at] = shape, crossing
        return (
            out.assign(crossing=said).astype({"crossing": roads["crossing"].dtype}).set_geometry(shapes, crs=roads.crs)
        )


def _mark_fords(marks: _Marks, fords: dict[str, tuple[float, float]], recorder: Recorder) -> None:
    stray, kept = [], []
    for key, place in fords.items():
        found = [
            (road, at)
            for road in marks.near(shapely.Point(place))
            for at in np.flatnonzero(np.abs(shapely.get_coordinates(marks.shapes[road]) - place).max(axis=1) < _SAME)
        ]
        if not found:
            stray.append(key)
        elif all(marks.said[road] not in ("", "ford") for road, _ in found):
            kept.append(key)
        for road, at in found:
            last = len(shapely.get_coordinates(marks.shapes[road])) - 1
            marks.put(road, np.array([one for one in (at - 1, at) if 0 <= one < last]), "ford")
    if stray:
        what = Message("{count} fords: {keys}", count=len(stray), keys=listed(stray))
        why = Message("on no vertex of a road that is read: not used")
        recorder.note("roads", what, why, column="crossing")
    if kept:
        what = Message("{count} fords: {keys}", count=len(kept), keys=listed(kept))
        why = Message(
            "on a road that says how it crosses there (a bridge, dam, tunnel, ferry or ice road): the road is believed"
        )
        recorder.note("roads", what, why, column="crossing")


def _metres(shapes: Any, latitude: float) -> Any:
    """Return shapes in metres around a latitude: good to a few parts in ten thousand over a dam or a bridge."""
    scale = np.array([np.cos(np.radians(latitude)) * _M_PER_DEGREE, _M_PER_DEGREE])
    return shapely.transform(shapes, lambda places: places * scale)


def _segments(line: Any) -> NDArray[Any]:
    corners = shapely.get_coordinates(line)
    return shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1))


def _mark_bridge(marks: _Marks, shape: Any) -> None:
    latitude = shapely.get_coordinates(shape)[0, 1]
    area = _metres(shape, latitude)
    candidates = []
    for road in marks.near(shape):
        if marks.said[road] in ("", "bridge"):
            line = _metres(marks.shapes[road], latitude)
            inside = shapely.intersection(line, area)
            candidates.append((marks.said[road] == "", -shapely.length(inside), road, line, inside))
    over: list[tuple[Any, Any]] = []
    for unmarked, _, road, line, inside in sorted(candidates, key=lambda one: one[:3]):
        if unmarked and _beneath(line, inside, over):
            continue
        over.append((line, inside))
        segments = _segments(line)
        length = shapely.length(shapely.intersection(segments, area))
        runs = (length > 0) & ((length >= GRAZE_M) | (length >= _HALF * shapely.length(segments)))
        if runs.any():
            marks.put(road, np.flatnonzero(runs), "bridge")


def _beneath(line: Any, inside: Any, over: list[tuple[Any, Any]]) -> bool:
    """Return whether a road crosses, inside the area of a bridge, one on the bridge without a common vertex.

    Roads on one level are joined where they cross, so one of the two is above. Those that say they are a bridge are
    on it, then those that run the longest in its area.
    """
    for other, inside_other in over:
        meet = shapely.get_parts(shapely.intersection(inside, inside_other))
        meet = meet[shapely.get_type_id(meet) == shapely.GeometryType.POINT]  # not where both are one line
        if len(meet):
            vertices = [shapely.MultiPoint(shapely.get_coordinates(one)) for one in (line, other)]
            gaps = [shapely.distance(meet, one) for one in vertices]
            if (np.max(gaps, axis=0) > _SAME * _M_PER_DEGREE).any():
                return True
    return False


def _mark_dam(marks: _Marks, shape: Any) -> None:
    """Mark the segments along a dam; those that only pass its end or run off it at a steep angle are not on it."""
    latitude = shapely.get_coordinates(shape)[0, 1]
    dam = _metres(shape, latitude)
    axis, band = _axis(dam), shapely.buffer(dam, DAM_M)
    back = shapely.transform(
        band, lambda places: places / [np.cos(np.radians(latitude)) * _M_PER_DEGREE, _M_PER_DEGREE]
    )
    for road in marks.near(back):
        segments = _segments(_metres(marks.shapes[road], latitude))
        inside = shapely.intersection(segments, band)
        length = shapely.length(inside)
        along = _along(inside, axis)
        most = (length >= _HALF * shapely.length(segments)) | (along >= _HALF * shapely.length(axis))
        on = (length > 0) & (along >= _HALF * length) & most
        if on.any():
            marks.put(road, np.flatnonzero(on), "dam")


def _axis(dam: Any) -> Any:
    """Return the line of a dam: itself, or the middle line of the narrowest box around its area."""
    if shapely.length(dam) == 0 or dam.geom_type == "LineString":
        return dam
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(dam))
    if len(corners) < 5:  # noqa: PLR2004 - no box around what has no width
        return shapely.linestrings(shapely.get_coordinates(dam))
    sides = np.hypot(*np.diff(corners[:3], axis=0).T)
    corners = corners[:4] if sides[0] >= sides[1] else np.roll(corners[:4], -1, axis=0)
    return shapely.linestrings([(corners[3] + corners[0]) / 2, (corners[1] + corners[2]) / 2])


def _along(inside: NDArray[Any], axis: Any) -> NDArray[np.float64]:
    """Return how far each line runs along the axis: the length between the feet of its ends."""
    feet = []
    for line in inside:
        ends = shapely.get_coordinates(line)[[0, -1]] if not shapely.is_empty(line) else np.zeros((2, 2))
        feet.append(shapely.line_locate_point(axis, shapely.points(ends)))
    return np.abs(np.diff(np.array(feet), axis=1))[:, 0]
