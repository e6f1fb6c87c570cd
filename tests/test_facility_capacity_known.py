"""Capacitated location on published instances: split (OR-Library cap) and whole customers (cpmp, SJC)."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from conftest import SHARED
from schoolnet.planning.facility.capacitated import capacitated
from schoolnet.planning.facility.pairs import Pairs
from schoolnet.planning.facility.problems import Capacitated
from schoolnet.planning.facility.verify import verify

FOLDER = SHARED / "location"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="published instances lie beside the project")


def numbers(path):
    return np.array((FOLDER / path).read_text(encoding="ascii").split(), dtype=float)


def optimum(name):
    with (FOLDER / "optima.csv").open(encoding="utf-8") as lines:
        return next(float(row["optimum"]) for row in csv.DictReader(lines) if row["instance"] == name)


def medians(xy, demand, capacity, p, *, floored):
    """Return the problem of p medians whose sum counts each customer's distance once."""
    away = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    away = np.floor(away) if floored else away
    count = len(xy)
    pairs = Pairs.from_matrix(away / demand[:, None])
    return Capacitated(pairs, demand, np.arange(count), capacity, np.zeros(count), whole=True, p=int(p))


def solved(problem, seconds):
    found = capacitated(problem, seconds=seconds, gap=0.0, seed=0)
    verify(problem, found)
    return found


@pytest.mark.parametrize("name", ["cap41", "cap61", "cap71", "cap101", "cap131"])
def test_split_customers_are_proven_at_the_published_optimum(name):
    read = numbers(f"cap/{name}.txt")
    sites, customers = map(int, read[:2])
    offers = read[2 : 2 + 2 * sites].reshape(sites, 2)
    rows = read[2 + 2 * sites :].reshape(customers, sites + 1)
    pairs = Pairs.from_matrix(rows[:, 1:] / rows[:, :1])
    found = solved(Capacitated(pairs, rows[:, 0], np.arange(sites), offers[:, 0], offers[:, 1]), 30)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(optimum(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", [f"cpmp0{at}" for at in range(1, 7)])
def test_whole_customers_are_proven_at_the_published_optimum(name):
    read = numbers(f"cpmp/{name}.txt")
    rows = read[5:].reshape(-1, 4)
    found = solved(medians(rows[:, 1:3], rows[:, 3], np.full(len(rows), read[4]), read[3], floored=True), 30)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(optimum(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sjc1", "sjc2"])
def test_real_towns_are_within_half_a_percent(name):
    read = numbers(f"sjc/{name.upper()}.dat")
    rows = read[2:].reshape(-1, 4)
    found = solved(medians(rows[:, :2], rows[:, 3], rows[:, 2], read[1], floored=False), 30)
    assert found.bound <= optimum(name) + 0.01
    assert found.objective <= optimum(name) * 1.005
    assert found.gap <= 0.005
