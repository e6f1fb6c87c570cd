"""Lines and areas as the map's page holds them: steps in whole ten-thousandths of a degree."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

_PER_DEGREE = 10_000  # the page keeps 0.0001 degree, about 10 m


def parts(shape: Any) -> list[Any]:
    """Return lines as coded lines, and polygons as lists of coded rings."""
    several = shapely.get_parts(shape)
    if shape.geom_type.endswith("Polygon"):
        return [[coded(ring) for ring in (part.exterior, *part.interiors)] for part in several]
    return [coded(part) for part in several if part.geom_type == "LineString"]


def coded(line: Any) -> list[int]:
    """Return latitude, longitude pairs in whole ten-thousandths of a degree, each as a step from the one before."""
    whole_steps = np.round(shapely.get_coordinates(line)[:, ::-1] * _PER_DEGREE).astype(np.int64)
    return [int(step) for step in np.diff(whole_steps, axis=0, prepend=[[0, 0]]).ravel()]
