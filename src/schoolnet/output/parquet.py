"""The layers of a plan as GeoParquet, a file each: for databases and notebooks that read columns."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

FOLDER = "layers"


def files(layers: Mapping[str, gpd.GeoDataFrame]) -> tuple[str, ...]:
    """Return the files layers are written as, beside the plan.

    Raises
    ------
    OptionError
        The package that writes them is not installed: said before anything is written.
    """
    if importlib.util.find_spec("pyarrow") is None:
        problem = Message("GeoParquet needs the Python package pyarrow, and it is not installed.")
        remedy = Message("Install it (`pip install pyarrow`), or leave --parquet out.")
        raise OptionError(Fault(problem, remedy))
    return tuple(f"{FOLDER}/{name}.parquet" for name in layers)


def write(layers: Mapping[str, gpd.GeoDataFrame], folder: Path) -> None:
    """Write layers to the folder `layers` inside; the same layers give the same bytes."""
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, layer in layers.items():
        layer.to_parquet(folder / FOLDER / f"{name}.parquet", index=False, compression="zstd")
