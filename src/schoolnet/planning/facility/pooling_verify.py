"""The verifier of pools: recompute them from the problem alone, pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet.planning.facility.verify import NAMED, ROOM, ResultError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.planning.facility.problems import Pooling, Pools


def verify(problem: Pooling, found: Pools) -> None:
    """Recompute pools: who joins what, sizes, room, who is left out, the three sums, and that none is below its bound.

    Raises
    ------
    ResultError
        Naming everything that does not hold.
    """
    faults = [*_joined(problem, found), *_sums(problem, found)]
    if faults:
        raise ResultError("; ".join(faults[:NAMED]))


def _members(found: Pools) -> dict[int, list[int]]:
    out: dict[int, list[int]] = {}
    for customer, site in enumerate(found.site.tolist()):
        if site >= 0:
            out.setdefault(site, []).append(customer)
    return out


def _costs(problem: Pooling) -> dict[tuple[int, int], float]:
    pairs = problem.pairs
    return dict(zip(zip(pairs.customer.tolist(), pairs.site.tolist(), strict=True), pairs.cost.tolist(), strict=True))


def _joined(problem: Pooling, found: Pools) -> Iterator[str]:
    members, reach, same = _members(found), _costs(problem), problem.same.tolist()
    if len(found.site) != problem.pairs.customers:
        yield f"{len(found.site)} customers are answered for, there are {problem.pairs.customers}"
    if found.open.tolist() != sorted(members):
        yield "the open sites are not those customers join"
    for site, some in sorted(members.items()):
        if not problem.least <= len(some) <= problem.most:
            yield f"site {site} has {len(some)} customers"
        if (load := sum(float(problem.load[customer]) for customer in some)) > problem.room[site]:
            yield f"site {site} holds {load}, it has room for {problem.room[site]}"
        for customer in some:
            if (customer, site) not in reach:
                yield f"customer {customer} joins site {site}, which it cannot reach"
            if same[customer] in members:
                yield f"customer {customer} joins a site, and is the open site {same[customer]} itself"


def _sums(problem: Pooling, found: Pools) -> Iterator[str]:
    members, reach, same = _members(found), _costs(problem), problem.same.tolist()
    left = sum(site < 0 and same[customer] not in members for customer, site in enumerate(found.site.tolist()))
    missed = sum(max(problem.low - len(some), 0, len(some) - problem.high) for some in members.values())
    cost = sum(
        reach.get((customer, site), 0.0) * float(problem.weight[customer])
        for site, some in members.items()
        for customer in some
    )
    sums, room = (left, missed, cost), ROOM * max(1.0, cost)
    if found.sums[:2] != sums[:2] or abs(found.sums[2] - cost) > room:
        yield f"the sums are {sums}, not {found.sums}"
    for value, bound in zip(found.sums, found.bounds, strict=True):
        if value < bound - room:
            yield f"a sum, {value}, passes its own bound, {bound}"
        if value > bound + room:
            if found.status == "optimal":
                yield f"it is called optimal at {value}, with a bound of {bound}"
            break
