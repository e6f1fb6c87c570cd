"""Published optima: OR-Library's p-median instances, proven."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from conftest import shared
from schoolnet.planning.facility.pairs import Pairs
from schoolnet.planning.facility.problems import Median
from schoolnet.planning.facility.solving import solve


def pmed(name):
    """Return the pairs and p of an instance: of the same edge given twice, the last counts."""
    text = shared(f"location/pmed/{name}.txt").read_text(encoding="ascii")
    (count, edges, p), rest = np.array(text.split()[:3], int), np.array(text.split()[3:], float)
    lines = rest[: 3 * edges].reshape(-1, 3)
    start, end = lines[:, :2].astype(int).T - 1
    key = np.minimum(start, end) * count + np.maximum(start, end)
    last = {one: at for at, one in enumerate(key.tolist())}
    at = np.array(list(last.values()))
    return Pairs.from_matrix(
        shortest_path(csr_array((lines[at, 2], (start[at], end[at])), shape=(count, count)), directed=False)
    ), int(p)


@pytest.mark.parametrize("name", [f"pmed{one}" for one in (1, 2, 3, 5, 6, 8, 11, 13, 16, 17, 21, 26)])
def test_the_published_optimum_is_proven(name):
    with shared("location/optima.csv").open(encoding="utf-8") as file:
        known = {row["instance"]: float(row["optimum"]) for row in csv.DictReader(file)}
    pairs, p = pmed(name)
    result = solve(Median(pairs, np.ones(pairs.customers), p))
    assert (result.status, result.objective, result.bound) == ("optimal", known[name], known[name])
