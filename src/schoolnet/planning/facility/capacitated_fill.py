"""A first answer in one pass, and the part of an answer that is taken apart to be solved anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schoolnet.planning.facility.capacitated_answer import Answer, tidy
from schoolnet.planning.facility.capacitated_model import ROOM, Model

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cheapest_kept(model: Model) -> NDArray[np.int64]:
    """Return the cheapest size of each kept site, -1 at the others."""
    size = np.full(len(model.kept), -1, dtype=np.int64)
    size[model.kept] = model.first[:-1][model.kept]
    return size


def filled(model: Model, size: NDArray[np.int64]) -> Answer:
    """Return the answer of some sizes that takes pairs by falling saving, each as far as the site has room.

    Where a customer must be served, its cheapest pairs come first; the sum is infinite when one is left.
    """
    room = np.where(size >= 0, np.append(model.capacity, 0.0)[size], 0.0)
    at = np.flatnonzero(room[model.site] > 0)
    saving = np.where(np.isfinite(model.unserved), model.unserved, 0.0)[model.customer[at]] - model.cost[at]
    at = at[np.argsort(-saving, kind="stable")]
    rooms, lefts = room.tolist(), model.demand.tolist()
    amount = np.zeros(len(model.site))
    for pair, customer, site in zip(at.tolist(), model.customer[at].tolist(), model.site[at].tolist(), strict=True):
        units, free = lefts[customer], rooms[site]
        if units <= 0 or free <= 0 or (model.whole and units > free * (1 + ROOM)):
            continue
        units = min(units, free) if not model.whole else units
        amount[pair] = units
        lefts[customer] -= units
        rooms[site] -= units
    return tidy(model, size, amount)


@dataclass(frozen=True, eq=False)
class Piece:
    """A smaller model cut out of an answer: which of its pairs and sizes are which of the whole model's."""

    model: Model
    pairs: NDArray[np.int64]
    sizes: NDArray[np.int64]
    free: NDArray[np.bool_]


def piece(model: Model, answer: Answer, asked: NDArray[np.bool_], free: NDArray[np.bool_]) -> Piece:
    """Return the model in which only some customers are served anew, and only some sites may change their size.

    Other customers stay as they are, and other sites: an open one has the room that others leave, a closed one is
    not there. A free site keeps at least the room its other customers take.
    """
    taken, opened = answer.size, answer.size >= 0
    pairs = np.flatnonzero(asked[model.customer] & (opened | free)[model.site])
    beside = np.bincount(model.site, np.where(asked[model.customer], 0.0, answer.amount), len(taken))
    held = beside > 0
    mine = np.arange(len(model.size_site)) == taken[model.size_site]
    usable = free[model.size_site] & (model.capacity >= beside[model.size_site] * (1 - ROOM))
    sizes = np.flatnonzero(mine | usable)
    of = model.size_site[sizes]
    outside = opened & ~free
    price = np.where(outside[of], 0.0, model.price[sizes])
    spent = float(model.price[taken[outside]].sum())
    fixed = (opened & (model.kept | held | outside)) | model.kept
    small = Model(
        customer=model.customer[pairs],
        site=model.site[pairs],
        cost=model.cost[pairs],
        demand=np.where(asked, model.demand, 0.0),
        unserved=model.unserved,
        size_site=of,
        capacity=np.maximum(model.capacity[sizes] - beside[of], 0.0),
        price=price,
        row=sizes,
        first=np.searchsorted(of, np.arange(len(taken) + 1)),
        kept=fixed,
        whole=model.whole,
        p=model.p - np.count_nonzero(fixed & ~model.kept),
        budget=model.budget - spent,
    )
    return Piece(small, pairs, sizes, free)


def joined(model: Model, answer: Answer, part: Piece, found: Answer) -> Answer:
    """Return the answer with a piece of it as it was found anew."""
    amount = answer.amount.copy()
    amount[part.model.demand[model.customer] > 0] = 0.0
    amount[part.pairs] = found.amount
    size = np.where(part.free, -1, answer.size)
    there = found.size >= 0
    size[there] = part.sizes[found.size[there]]
    return tidy(model, size, amount)
