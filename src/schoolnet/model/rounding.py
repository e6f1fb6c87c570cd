"""Whole children: numbers are rounded so that the sums a planner checks stay as they were, to the child."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet import tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Columns of a table of grades (from 0) that each band takes; the twelfth grade, where there is one, is of the last.
GRADES_OF_BAND = {"1-4": slice(0, 4), "5-9": slice(4, 9), "10-11": slice(9, 12)}
_EVEN = np.array([1.0] * sum(tables.GRADES_OF_BAND.values()) + [0.0])
_HAIR = 1e-9  # what adding up in another order can take from a whole number


def whole(values: NDArray[np.float64], groups: NDArray[Any]) -> NDArray[np.float64]:
    """Return whole numbers that keep each group's rounded sum (largest remainder, ties to the first)."""
    floor = np.floor(values + _HAIR)
    codes, _ = pd.factorize(groups)
    sums = nearest(np.bincount(codes, values)) if len(values) else np.zeros(0)
    missing = (sums - np.bincount(codes, floor, len(sums))).astype(int)
    place = _places(np.round(floor - values, 9), codes)  # equal remainders are equal however they were added up
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


def shared(weights: Floats, totals: Floats, groups: NDArray[Any]) -> Floats:
    """Return each group's whole total shared among its members by weight, to the last one.

    Parameters
    ----------
    weights
        What each member weighs; not below 0.
    totals
        Total of each member's group, the same for all its members.
    groups
        Group of each member. The members of a group without any weight get nothing.
    """
    codes, _ = pd.factorize(groups)
    sums = np.bincount(codes, weights)[codes] if len(weights) else np.zeros(0)
    parts = np.divide(weights * totals, sums, out=np.zeros(len(weights)), where=sums > 0)
    return whole(parts, groups)


def grades(totals: Floats, shape: Floats, groups: NDArray[Any], free: NDArray[np.bool_]) -> Floats:
    """Return each row's whole total as whole grades: first by bands, then inside each band (largest remainder).

    Of estimated rows what rounding took from a grade, or gave it, is carried on to the next row of the group: rounded
    each by itself, many small villages would together have too many in one grade and too few in another. A row that
    was counted is rounded by itself, so that its bands depend on nothing else.

    Parameters
    ----------
    totals
        Whole numbers, one a row; NaN rows stay NaN.
    shape
        Weights of grades 1-12, one row each; a row without weight is split evenly among grades 1-11.
    groups
        Group of each row, as a district.
    free
        Rows that were estimated.
    """
    known = np.flatnonzero(np.isfinite(totals))
    order = known[np.argsort(pd.factorize(groups[known])[0], kind="stable")]
    weights = np.where(np.isfinite(shape[order]), shape[order], 0.0)
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, _EVEN)
    begins = np.concatenate([[True], groups[order][1:] != groups[order][:-1]]) if len(order) else np.zeros(0, bool)
    rows = (begins.tolist(), free[order].tolist())
    bands = np.stack([weights[:, part].sum(axis=1) for part in GRADES_OF_BAND.values()], axis=1)
    by_band = _carried(bands, totals[order], rows)
    out = np.full(shape.shape, np.nan)
    inside = [_carried(weights[:, part], by_band[:, at], rows) for at, part in enumerate(GRADES_OF_BAND.values())]
    out[order] = np.concatenate(inside, axis=1)
    return out


def _carried(weights: Floats, totals: Floats, rows: tuple[list[bool], list[bool]]) -> Floats:
    """Return rows of whole numbers with these sums; of free rows the remainders are carried on to the next of a group.

    Plain lists: a row waits for the one before it, and has a handful of cells.
    """
    sums = weights.sum(axis=1, keepdims=True)
    parts = np.divide(weights * totals[:, None], sums, out=np.zeros_like(weights), where=sums > 0)
    width, out = weights.shape[1], []
    carry = [0.0] * width
    for wanted, total, begins, free in zip(parts.tolist(), totals.astype(int).tolist(), *rows, strict=True):
        if begins:
            carry = [0.0] * width
        cells = [part + more for part, more in zip(wanted, carry, strict=True)] if free else wanted
        found = [max(int(cell + _HAIR), 0) if part else 0 for cell, part in zip(cells, wanted, strict=True)]
        missing = total - sum(found)
        while missing:
            step = 1 if missing > 0 else -1
            rest = [(-step * round(cells[at] - found[at], 9), at) for at in range(width) if wanted[at]]
            best = [at for _, at in sorted(rest) if found[at] + step >= 0]
            for at in best[: abs(missing)]:
                found[at] += step
                missing -= step
        if free:
            carry = [cell - got for cell, got in zip(cells, found, strict=True)]
        out.append(found)
    return np.array(out, dtype=float).reshape(weights.shape)


def dealt(totals: NDArray[np.int64], kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a table of whole numbers with exactly these row sums and column sums, each row a fair mix of the columns.

    The things of all kinds are put in one row so that each kind comes round as evenly as it can, and are dealt out in
    that order: row after row takes as many as it is owed.

    Parameters
    ----------
    totals
        Sum of each row.
    kinds
        Sum of each column; adds up to the same.
    """
    kind = np.repeat(np.arange(len(kinds)), kinds)
    turn = np.concatenate([(np.arange(count) + 0.5) / count for count in kinds if count] or [np.zeros(0)])
    order = kind[np.lexsort((kind, turn))]
    row = np.repeat(np.arange(len(totals)), totals)
    out = np.zeros((len(totals), len(kinds)), dtype=np.int64)
    np.add.at(out, (row, order), 1)
    return out


def _places(keys: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each element in its group by its key, smallest first, ties to the first."""
    order = np.lexsort((np.arange(len(keys)), keys, codes))
    start = np.searchsorted(codes[order], codes[order], side="left")
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.arange(len(keys)) - start
    return place
