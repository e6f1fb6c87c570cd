"""Small rasters for the tests, written as GeoTIFF."""

from __future__ import annotations

import warnings

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine

#: Cells of one degree; the upper left corner of the raster at longitude 0, latitude 4.
DEGREES = Affine(1, 0, 0, 0, -1, 4)


def write(path, values, *, crs="EPSG:4326", transform=DEGREES, nodata=-99999.0, **form):
    """Write rows of numbers (or several bands of them) as a GeoTIFF; returns its path."""
    values = np.asarray(values) if hasattr(values, "dtype") else np.asarray(values, dtype=np.float32)
    bands = values if values.ndim == 3 else values[np.newaxis]
    count, height, width = bands.shape
    profile = {"count": count, "height": height, "width": width, "dtype": values.dtype, "nodata": nodata}
    place = {"crs": crs, "transform": transform}
    given = profile | {key: value for key, value in place.items() if value} | form
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", driver="GTiff", **given) as made:
            made.write(bands)
    return path
