"""Whole numbers that keep their sums: largest remainder, free or between bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HAIR = 1e-9  # what adding up in another order can take from a whole number


def whole(values: NDArray[np.float64], groups: NDArray[Any]) -> NDArray[np.float64]:
    """Return whole numbers that keep each group's rounded sum (largest remainder, ties to the first)."""
    floor = np.floor(values + _HAIR)
    codes, _ = pd.factorize(groups)
    sums = nearest(np.bincount(codes, values)) if len(values) else np.zeros(0)
    missing = (sums - np.bincount(codes, floor, len(sums))).astype(int)
    place = _places(floor - values, codes)
    out = floor.copy()
    out[place < missing[codes]] += 1
    return out


def nearest(values: Any) -> Any:
    """Return the nearest whole numbers; a half is a half however it was added up."""
    return np.rint(np.round(values, 6))


def between(
    values: NDArray[np.float64],
    groups: NDArray[np.int64],
    totals: NDArray[np.float64],
    *,
    least: NDArray[np.float64],
    most: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return whole numbers near the values that keep each group's total, none under its `least` or over its `most`.

    A total that the bounds have no room for is met as nearly as they allow.

    Parameters
    ----------
    values
        What is wanted, one number an element.
    groups
        The group of each element: 0, 1, 2 …
    totals
        The whole sum of each group.
    least, most
        Whole bounds of each element.
    """
    out = np.clip(np.floor(values + _HAIR), least, most)
    while True:
        missing = (totals - np.bincount(groups, out, len(totals)))[groups]
        can = np.flatnonzero(((missing > 0) & (out < most)) | ((missing < 0) & (out > least)))
        if not len(can):
            return out
        step, wanted = np.sign(missing[can]), np.abs(missing[can])
        place = _places((out[can] - values[can]) * step, groups[can])
        each = np.floor(wanted / np.bincount(groups[can], minlength=len(totals))[groups[can]])
        room = np.where(step > 0, most[can] - out[can], out[can] - least[can])
        out[can] += step * np.where(each > 0, np.minimum(each, room), place < wanted)


def rows_between(
    values: NDArray[np.float64],
    totals: NDArray[np.float64],
    *,
    least: NDArray[np.float64],
    most: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the same as `between` where each row is a group; much faster on many short rows."""
    out = np.clip(np.floor(values + _HAIR), least, most)
    rest = np.arange(len(out))
    while True:
        missing = (totals[rest] - out[rest].sum(axis=1))[:, None]
        can = ((missing > 0) & (out[rest] < most[rest])) | ((missing < 0) & (out[rest] > least[rest]))
        left = can.any(axis=1)
        rest, can, missing = rest[left], can[left], missing[left]
        if not len(rest):
            return out
        step, wanted = np.sign(missing), np.abs(missing)
        key = np.where(can, (out[rest] - values[rest]) * step, np.inf)
        order = np.argsort(key, axis=1, kind="stable")
        place = np.empty_like(order)
        np.put_along_axis(place, order, np.broadcast_to(np.arange(key.shape[1]), key.shape), axis=1)
        each = np.floor(wanted / can.sum(axis=1, keepdims=True))
        room = np.where(step > 0, most[rest] - out[rest], out[rest] - least[rest])
        out[rest] += step * can * np.where(each > 0, np.minimum(each, room), place < wanted)


def _places(keys: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each element in its group by its key, smallest first, ties to the first."""
    order = np.lexsort((np.arange(len(keys)), keys, codes))
    start = np.searchsorted(codes[order], codes[order], side="left")
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.arange(len(keys)) - start
    return place
