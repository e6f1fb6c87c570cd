"""Shares in tables: numbers everywhere, shown as percentages by whoever shows them."""

from __future__ import annotations

from typing import Any

import pandas as pd


class Share(float):
    """A share among other figures of a column: the cell knows by itself that it is shown as a percentage."""

    __slots__ = ()


def share(value: Any) -> Share | None:
    """Return a share (0.025), or nothing where it is not known."""
    return None if pd.isna(value) else Share(value)


def named(column: str) -> bool:
    """Return whether all figures of a column are shares, by its name."""
    return column.endswith(("_share", "_ratio")) or column == "share_after"
