"""The tables of what is to be done: verdicts, sites, programme, frontier, equity; counts and gaps as in `tables`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schoolnet.results import CAUTIONS
from schoolnet.schema import Col, Table
from schoolnet.tables import BANDS, LEVELS, VERDICTS

if TYPE_CHECKING:
    import pandas as pd

#: Needs in the order they are met: what the law owes, then the aims of the national project, then the way to school.
TIERS = ("guarantee", "emergency", "three_shift", "seats", "travel")
#: What is done at a site.
ACTIONS = ("build", "replace", "extend", "upgrade")
#: Where a site stands: in a settlement, in a cell of a town, on a given land plot, at a school that is there.
PLACES = ("settlement", "cell", "plot", "school")
#: Who pays for a site.
MECHANISMS = ("state", "ppp", "private")
#: Needs of a school that is there, and how each ends: by a site, on free seats of other schools, in two shifts with the
#: seats there are, as its pupils grow fewer until the horizon; `nowhere`: nothing found ends it.
NEEDS = ("emergency", "three_shift", "seats")
RELIEFS = ("site", "free_seats", "two_shifts", "by_horizon", "nowhere")
#: Where a price comes from: published, assumed by the model, given by the planner; `none`: there is no price.
PRICES = ("published", "assumed", "given", "none")
_PERIOD = "over the years the costs are compared"

VERDICT = Table(
    "verdicts",
    "settlement_id",
    "what to do in each settlement, and why; what it costs, and what the next best thing costs",
    {
        "verdict": Col("str", "what to do", among=VERDICTS),
        "level": Col("str", "level to build, or to raise the school to", among=("", *LEVELS)),
        "reason": Col("str", "key of the sentence that gives the reason"),
        "band": Col(
            "str", "lowest band the reason speaks of: not taught here, and owed transport or far", among=("", *BANDS)
        ),
        "meanwhile_bus": Col("bool", "children are owed transport until the school stands"),
        "caution": Col(
            "str",
            "what to look at before anything is built: the guaranteed level falls or rises by the horizon, or hangs on"
            " few children",
            among=("", *CAUTIONS),
        ),
        "runner_up": Col("str", "the next best thing to do", among=("", *VERDICTS)),
        "below_guarantee": Col("bool", "the next best thing gives less than the guarantee"),
        "cost_mkzt": Col("float64", f"what the verdict costs {_PERIOD}", "mln tenge", absent="nothing, or no price"),
        "runner_up_mkzt": Col("float64", f"what the next best thing costs {_PERIOD}", "mln tenge", absent="the same"),
    },
)

SITES = Table(
    "sites",
    "site_id",
    "every place where something is built or a level is raised, in the order of the needs it meets",
    {
        "region": Col("str", "region, by its code"),
        "district_id": Col("str", "district it lies in", absent="outside every district"),
        "settlement_id": Col("str", "settlement it stands in", absent="a land plot outside settlements"),
        "school_id": Col("str", "school that is replaced, extended or raised", absent="a new school"),
        "at": Col("str", "where it stands", among=PLACES),
        "at_id": Col("str", "cell or land plot", absent="the settlement or school itself"),
        "is_rural": Col("bool", "it stands in a rural settlement"),
        "action": Col("str", "what is done", among=ACTIONS),
        "level": Col("str", "level of the school then", among=LEVELS),
        "tier": Col("str", "highest need it meets", among=TIERS),
        "also": Col("str", "further needs it meets, “three_shift, seats”"),
        "pupils": Col("Int64", "pupils served: those in need of it who are taught there then", "pupils", low=0),
        "seats": Col("Int64", "seats built; 0: a level is raised without building", "seats", low=0),
        "shifts": Col("Int64", "shifts the seats are counted in", "shifts", low=1, high=2),
        "from_emergency": Col("Int64", "of the pupils, from a building in emergency condition", "pupils", low=0),
        "from_third_shift": Col("Int64", "of the pupils, beyond two shifts of a three-shift school", "pupils", low=0),
        "from_shortage": Col("Int64", "of the pupils, beyond two shifts of another school", "pupils", low=0),
        "moved": Col("Int64", "pupils whose way to school grows shorter", "pupils", low=0),
        "saved_m": Col("float64", "metres saved, one way, by each of these on average", "m", low=0),
        "saved_min": Col(
            "float64", "minutes of a bus saved, one way, by each on average", "min", absent="no bus today", low=0
        ),
        "unbused": Col("Int64", "pupils owed a bus or a boarding place today, and no more then", "pupils", low=0),
        "cost_mkzt": Col("float64", "what building costs", "mln tenge", absent="no price", low=0),
        "cost_pupil_mkzt": Col("float64", "the same for each pupil served", "mln tenge", absent="no price", low=0),
        "price_basis": Col("str", "where the price comes from", among=PRICES),
        "score": Col("float64", "place inside the tier: the sum of weights (option `weights`)", low=0),
        "rank": Col("Int64", "place in the list", low=1),
        "rank_best": Col("Int64", "first place in 90 of 100 draws of the data's error", low=1),
        "rank_worst": Col("Int64", "last place in 90 of 100 draws of the data's error", low=1),
        "decided": Col(
            "str", "what put it behind the one before", among=("first", "tier", "score", "pupils", "metres", "name")
        ),
        "caution": Col("str", "what to look at before anything is built", among=("", *CAUTIONS)),
    },
    geometry="point",
)  # fmt: skip

REACH = Table(
    "reach",
    "",
    "for each settlement and band, the sites that would be nearer than its school of today",
    {
        "settlement_id": Col("str", "settlement"),
        "band": Col("str", "band of grades", among=BANDS),
        "site_id": Col("str", "site"),
        "road_m": Col("float64", "metres by road to it", "m", low=0),
    },
)

PROGRAMME = Table(
    "programme",
    "site_id",
    "the sites of the list by year, as far as schools, money and quotas go",
    {
        "region": Col("str", "region, by its code"),
        "tier": Col("str", "highest need it meets", among=TIERS),
        "rank": Col("Int64", "place in the list of all regions together", low=1),
        "rank_best": Col("Int64", "first place in 90 of 100 draws of the data's error", low=1),
        "rank_worst": Col("Int64", "last place in 90 of 100 draws of the data's error", low=1),
        "year": Col("Int64", "school year it opens in", "year", absent="not reached"),
        "mechanism": Col("str", "who pays", absent="not reached", among=MECHANISMS),
        "state_mkzt": Col("float64", "what it takes of the state's money", "mln tenge", absent="no price", low=0),
        "stopped_by": Col("str", "what stopped it", among=("", "schools", "budget", "quota")),
    },
)

YEARS = Table(
    "years",
    "",
    "the programme by school year",
    {
        "year": Col("Int64", "school year", "year"),
        "sites": Col("Int64", "sites opened, those without building among them", low=0),
        "raised": Col("Int64", "of these without building: a level is raised", low=0),
        "state": Col("Int64", "of these paid by the state", low=0),
        "ppp": Col("Int64", "of these by partnership", low=0),
        "private": Col("Int64", "of these by the state order in private schools", low=0),
        "seats": Col("Int64", "seats built", "seats", low=0),
        "pupils": Col("Int64", "pupils served", "pupils", low=0),
        "from_emergency": Col("Int64", "of these from emergency buildings", "pupils", low=0),
        "from_third_shift": Col("Int64", "of these from third shifts", "pupils", low=0),
        "from_shortage": Col("Int64", "of these from shortage", "pupils", low=0),
        "unbused": Col("Int64", "pupils no longer bused", "pupils", low=0),
        "cost_mkzt": Col("float64", "cost, all mechanisms", "mln tenge", low=0),
        "state_mkzt": Col("float64", "money of the state spent", "mln tenge", low=0),
        "left_mkzt": Col("float64", "money of the state left over, carried on", "mln tenge", absent="no limit", low=0),
        "owed_left": Col("Int64", "settlements still below the guarantee", low=0),
        "unpriced": Col("Int64", "schools without a price: counted, not paid for", low=0),
    },
)

FRONTIER = Table(
    "frontier",
    "",
    "what the first so many sites of the list cost, and whom they serve",
    {
        "sites": Col("Int64", "sites of the list, from its top", low=1),
        "cost_mkzt": Col("float64", "cost", "mln tenge", low=0),
        "tier": Col("str", "tier the last of them is in", among=TIERS),
        "pupils": Col("Int64", "pupils served", "pupils", low=0),
        "bound": Col(
            "Int64", "pupils no other choice of as many sites for as much money, tier after tier, can pass", "pupils",
            low=0,
        ),
        "from_emergency": Col("Int64", "of these from emergency buildings", "pupils", low=0),
        "from_third_shift": Col("Int64", "of these from third shifts", "pupils", low=0),
        "from_shortage": Col("Int64", "of these from shortage", "pupils", low=0),
        "unbused": Col("Int64", "pupils no longer bused", "pupils", low=0),
        "owed_left": Col("Int64", "settlements still below the guarantee", low=0),
    },
)  # fmt: skip

EQUITY = Table(
    "equity",
    "",
    "how evenly the way to school and the guarantee are shared, today and after the programme",
    {
        "territory": Col("str", "`*` all, `urban`, `rural`, or a district by its identifier"),
        "measure": Col("str", "what is measured", among=("mean_m", "worst_tenth_m", "far_share", "owed_share", "gini")),
        "today": Col("float64", "today; ways are of rural pupils", absent="nobody to measure, or a town's ways"),
        "after": Col("float64", "after the programme", absent="nobody to measure"),
    },
)

PROOFS = Table(
    "proofs",
    "",
    "each search for sites: what was found, and how far from it the best can be",
    {
        "region": Col("str", "region, by its code"),
        "tier": Col("str", "need it was made for", among=TIERS),
        "what": Col(
            "str",
            "what was sought: the cheapest seats, or the shortest ways",
            among=("seats_least_cost", "ways_shortest"),
        ),
        "customers": Col("Int64", "places with pupils in need", low=0),
        "candidates": Col("Int64", "places a school may stand", low=0),
        "pairs": Col("Int64", "pairs of them within reach", low=0),
        "objective": Col("float64", "what was found"),
        "bound": Col("float64", "no answer can be better"),
        "gap_share": Col("float64", "the difference as a share", low=0),
        "status": Col("str", "proven best, or the best found in time", among=("optimal", "feasible", "infeasible")),
        "unserved": Col("Int64", "pupils no candidate can serve", "pupils", low=0),
    },
)

REASSIGNED = Table(
    "reassigned",
    "",
    "pupils beyond two shifts for whom nothing is built: another school there has seats, or none can be had",
    {
        "school_id": Col("str", "school they are at"),
        "to_school_id": Col("str", "school with free seats in two shifts", absent="no place within reach: not served"),
        "pupils": Col("Int64", "pupils", "pupils", low=0),
    },
)

RELIEVED = Table(
    "relieved",
    "",
    "what ends the need of each school: the sites that replace it or take its pupils, or that nothing need be built",
    {
        "school_id": Col("str", "school in need"),
        "need": Col("str", "its need", among=NEEDS),
        "how": Col("str", "how it ends", among=RELIEFS),
        "site_id": Col("str", "site that must open for it", absent="nothing is built"),
        "pupils": Col("Int64", "pupils it takes from the school", "pupils", absent="not known", low=0),
    },
)

INDICATOR = Table(
    "indicator",
    "",
    "state day schools in emergency condition or with three shifts, today and after each year of the programme",
    {
        "region": Col("str", "region, by its code; `*` all together"),
        "year": Col("Int64", "school year", "year", absent="today"),
        "state_day_schools": Col("Int64", "state day schools, those opened until then among them", low=0),
        "opened": Col("Int64", "of these, opened by the programme", low=0),
        "emergency": Col("Int64", "in emergency condition", absent="the register does not tell", low=0),
        "three_shift": Col("Int64", "with three shifts", absent="the register does not tell", low=0),
        "bad": Col("Int64", "one or both, each counted once", absent="the register does not tell", low=0),
        "indicator_share": Col(
            "float64", "the last to the first", absent="no school, or the register does not tell", low=0, high=1
        ),
    },
)

ALL = (VERDICT, SITES, REACH, PROGRAMME, YEARS, FRONTIER, EQUITY, PROOFS, REASSIGNED, RELIEVED, INDICATOR)


class Counted(NamedTuple):
    """How many sites there are, and at how many of them nothing is built: a level is raised."""

    sites: int
    raised: int


def counted(sites: pd.DataFrame) -> Counted:
    """Return how many sites a table holds, and how many of them are without building: all that counts sites asks here.

    | site | seats | → | sites | raised |
    |---|---|---|---|---|
    | build:a | 60 | | | |
    | upgrade:b | 0 | | 2 | 1 |
    """
    return Counted(len(sites), int((sites["seats"] == 0).sum()))
