"""Six location problems and their results, one for five of them: frozen arrays, no word of any field of use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.planning.facility.pairs import Pairs


def _none() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Median:
    """p-median: open at most `p` sites beside those kept, so that the sum of weight × cost to the nearest is least.

    `unserved`: what a unit of weight costs that no open site serves (one figure for each customer); without it every
    customer must be served. Hakimi (1964); ReVelle and Swain (1970).
    """

    pairs: Pairs
    weight: NDArray[np.float64]
    p: int
    keep: NDArray[np.int64] = field(default_factory=_none)
    unserved: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Cover:
    """Maximal covering: open at most `p` sites beside those kept, so that the weight with an open pair is greatest.

    Costs of pairs say nothing here: a pair is reach. Church and ReVelle (1974). With `group`, of each group at least
    `least` sites are open, those kept counted; they stay open in the answer even where they serve nobody. With `rival`
    too, of sites that stand in one another's place at most one is opened.

    Attributes
    ----------
    pairs, weight, p, keep
        As above.
    group
        The group of each site, from 0; without it there are none.
    least
        Fewest open sites of each group, not negative.
    rival
        Sites of the same number, from 0, are rivals: at most one of them is opened beside those kept; -1: of none.
    """

    pairs: Pairs
    weight: NDArray[np.float64]
    p: int
    keep: NDArray[np.int64] = field(default_factory=_none)
    group: NDArray[np.int64] | None = None
    least: NDArray[np.int64] = field(default_factory=_none)
    rival: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class CoverAll:
    """Set covering: open sites of least price in all, so that every customer has an open pair.

    `price`: of each site, not negative; a kept site costs nothing. Toregas and others (1971).
    """

    pairs: Pairs
    price: NDArray[np.float64]
    keep: NDArray[np.int64] = field(default_factory=_none)


@dataclass(frozen=True, eq=False)
class Centre:
    """p-centre: open at most `p` sites beside those kept, so that the greatest cost to the nearest is least."""

    pairs: Pairs
    p: int
    keep: NDArray[np.int64] = field(default_factory=_none)


@dataclass(frozen=True, eq=False)
class Capacitated:
    """Capacitated location with sizes: the sum of prices of sizes, serving, and what is not served is least.

    A site that is open takes exactly one of its sizes (one row of `size_*` each); a site of `keep` is always open, so
    an existing site is one that is kept with a size of price 0, and one that can be extended has dearer sizes beside.
    The price of a kept site's size counts as that of any other. A size's capacity is in units of demand.

    Attributes
    ----------
    pairs, demand
        Costs a unit, and the units each customer has (not negative).
    size_site, size_capacity, size_price
        The sizes that can be taken: at which site, how many units, at what price.
    keep
        Sites that are open whatever it costs.
    whole
        Whether a customer goes to one site only; else its units may be split.
    p
        At most so many sites open beside those kept (`None`: any number).
    budget
        At most so much for prices of sizes in all, kept sites' sizes too (`None`: any sum).
    unserved
        What a unit costs that is not served, for each customer; without it every unit must be served. A whole
        customer is served whole or not at all.
    """

    pairs: Pairs
    demand: NDArray[np.float64]
    size_site: NDArray[np.int64]
    size_capacity: NDArray[np.float64]
    size_price: NDArray[np.float64]
    keep: NDArray[np.int64] = field(default_factory=_none)
    whole: bool = False
    p: int | None = None
    budget: float | None = None
    unserved: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Pooling:
    """Pools of limited sizes: each customer joins one open site, or is left out, or is a site itself.

    A site is closed, or has `least` to `most` customers, who fit its room. In this order: the fewest customers are
    left out; the sum of how far the sizes of pools lie below `low` or above `high` is least; the sum of weight × cost
    is least. Without sizes and rooms it is a p-median that chooses its p.

    Attributes
    ----------
    pairs, weight
        Costs a unit, and the weight of each customer (not negative).
    same
        The site each customer is itself, or -1: while that site is open, the customer joins none and is not left out.
    load, room
        What each customer takes up, and what each site holds of its customers together (infinite: anything); whole
        numbers, so that no sum lies within the tolerance of a solver.
    least, low, high, most
        Sizes, whole numbers that rise in this order, from 1 on.
    """

    pairs: Pairs
    weight: NDArray[np.float64]
    same: NDArray[np.int64]
    load: NDArray[np.float64]
    room: NDArray[np.float64]
    least: int
    low: int
    high: int
    most: int


Problem = Median | Cover | CoverAll | Centre | Capacitated
Status = Literal["optimal", "feasible", "infeasible"]


@dataclass(frozen=True, eq=False)
class Result:
    """What a solver answers, with a bound no answer can pass.

    Attributes
    ----------
    open
        Open sites in their order, with those kept (a site that is open and serves nobody is left out unless kept).
    size
        Parallel to `open`: the row of `size_*` taken, or -1 where the problem has no sizes.
    customer, site, amount
        Who is served where, by customer: units (weight, in problems without demand; 1 in `CoverAll` and `Centre`).
    unserved
        Units of each customer that are served nowhere.
    objective, bound
        The sum this answer has; no answer can be better than the bound (below it; above it for `Cover`).
    gap
        |objective - bound| as a share of the greater of them; 0 when both are 0.
    status
        `optimal` (gap of at most 1e-6, or both whole numbers of a whole-number problem), `feasible`, `infeasible`.
    seconds
        Wall clock, reading the problem included.
    lacking
        Of an infeasible problem: units of each customer that cannot be served as asked, as far as is known.
    least
        Of an infeasible problem: the least `p`, budget or total capacity known to be needed, by name (`p`, `budget`,
        `capacity`), and how many sites a group has too few of (`group 3`); empty when no such figure is known.
    """

    open: NDArray[np.int64]
    size: NDArray[np.int64]
    customer: NDArray[np.int64]
    site: NDArray[np.int64]
    amount: NDArray[np.float64]
    unserved: NDArray[np.float64]
    objective: float
    bound: float
    gap: float
    status: Status
    seconds: float
    lacking: NDArray[np.float64]
    least: dict[str, float]


@dataclass(frozen=True, eq=False)
class Pools:
    """Pools, and what none can pass.

    Attributes
    ----------
    site
        The site each customer joins, or -1.
    open
        Open sites in their order.
    sums, bounds
        Customers left out, sum of the misses of sizes, sum of weight × cost; and for each what no answer can be below
        that is as good in those before it.
    status
        `optimal` when every sum is its bound (the last within 1e-6 as a share), else `feasible`.
    seconds
        Wall clock.
    """

    site: NDArray[np.int64]
    open: NDArray[np.int64]
    sums: tuple[int, int, float]
    bounds: tuple[int, int, float]
    status: Literal["optimal", "feasible"]
    seconds: float
