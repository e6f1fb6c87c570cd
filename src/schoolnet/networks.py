"""The tables of what schools share: buses, education okrugs, network schools; counts and gaps as in `tables`."""

from __future__ import annotations

from schoolnet.decisions import PRICES
from schoolnet.schema import Col, Table
from schoolnet.tables import BANDS, LEVELS

#: How an entitled pupil gets to school.
MODES = ("bus", "board", "unserved")
#: Why a pupil rides no bus: nobody knows how many there are, no school or road or bus, a ride too long or too early.
NOT_CARRIED = ("", "unknown", "no_school", "no_road", "no_bus", "too_long", "too_early")
#: Part of a settlement in an education okrug; `own`: its own school is not small; `attached`: its pupils ride to one.
ROLES = ("hub", "satellite", "attached", "own", "alone")
#: Why a settlement is in no okrug.
ALONE = ("", "no_children", "no_hub", "no_road", "too_far", "no_seats", "too_few", "full", "no_school")
#: What a place for a network school is: a school that is there, or a settlement without one that fits.
BASES = ("school", "settlement")
#: Places looked at: those with a working school of the profile alone; all; all, as the register shows no such school.
LOOKED_AT = ("working", "all", "no_working")
#: Minutes of the reach of a network school.
NEAR_MIN, FAR_MIN = 60, 90
#: What okrugs are chosen by, in this order: small schools left out, satellites beside the target, pupil-minutes.
OKRUG_AIMS = ("okrugs_left_out", "okrugs_sizes", "okrugs_minutes")
#: What may be amiss with a settlement in a planner's own okrug.
OKRUG_FAULTS = (
    "no_hub", "two_hubs", "hub_not_fit", "other_district", "no_school", "not_small", "no_road", "too_far", "no_seats",
    "too_many", "too_few", "twice",
)  # fmt: skip
_CLOCK = "HH:MM"
STOPS = Table(
    "stops",
    "stop_id",
    "where pupils are picked up: a settlement, or several places of a large one",
    {
        "settlement_id": Col("str", "settlement"),
        "pupils": Col("Int64", "pupils picked up here, all schools and waves", "pupils", low=0),
    },
    geometry="point",
)

RIDES = Table(
    "rides",
    "",
    "every pupil owed transport: the bus that brings him to school, or why none does",
    {
        "settlement_id": Col("str", "settlement"),
        "band": Col("str", "band of grades", among=BANDS),
        "wave": Col("Int64", "shift the bus brings them for", low=1, high=2),
        "school_id": Col("str", "school they are brought to", absent="no school in reach of a bus"),
        "pupils": Col("Int64", "pupils", "pupils", absent="unknown", low=0),
        "mode": Col(
            "str",
            "how they get there; unserved: nobody in the data can teach them, or how many is unknown",
            among=MODES,
        ),
        "why": Col("str", "why no bus brings them", among=NOT_CARRIED),
        "stop_id": Col("str", "where they are picked up", absent="no bus"),
        "route_id": Col("str", "route", absent="no bus"),
        "direct_min": Col("float64", "minutes of a bus straight to the school", "min", absent="no road", low=0),
        "ride_min": Col(
            "float64", "minutes they ride, the stop where they get on counted", "min", absent="no bus", low=0
        ),
        "pickup": Col("str", f"when they are picked up, {_CLOCK}", absent="no bus"),
        "over_advised": Col("bool", "the ride is longer than option `ride_advised_min`"),
    },
)

ROUTES = Table(
    "routes",
    "route_id",
    "a loop of one bus: out from the school, and back with the pupils; after lessons the same the other way round",
    {
        "school_id": Col("str", "school"),
        "district_id": Col("str", "district of the school (over the border: of most pupils)", absent="outside all"),
        "wave": Col("Int64", "shift it brings pupils for", low=1, high=2),
        "bus_id": Col("str", "bus of the school; the same in both waves"),
        "seats": Col("Int64", "seats of the bus", "seats", low=1),
        "pupils": Col("Int64", "pupils it brings", "pupils", low=1),
        "stops": Col("Int64", "stops", low=1),
        "loop_m": Col("float64", "metres of the loop, out and back", "m", low=0),
        "loop_min": Col("float64", "minutes of the loop, stops counted", "min", low=0),
        "ride_min": Col("float64", "longest ride of a pupil", "min", low=0),
        "leaves": Col("str", f"when the bus leaves the school, {_CLOCK}"),
        "pickup": Col("str", f"when the first pupil is picked up, {_CLOCK}"),
        "arrives": Col("str", f"when it is back at the school, {_CLOCK}"),
        "km_day": Col("float64", "kilometres a school day: to school and home", "km", low=0),
        "cost_year_mkzt": Col("float64", "cost a year: fuel, its part of bus and driver by waves", "mln tenge", low=0),
        "price_basis": Col("str", "where the prices come from: assumed where one of them is", among=PRICES),
    },
    geometry="line",
)

CALLS = Table(
    "calls",
    "",
    "the stops of each route in their order to school",
    {
        "route_id": Col("str", "route"),
        "call": Col("Int64", "place in the order", low=1),
        "stop_id": Col("str", "stop"),
        "settlement_id": Col("str", "settlement"),
        "pupils": Col("Int64", "pupils who get on", "pupils", low=1),
        "aboard": Col("Int64", "pupils aboard after it", "pupils", low=1),
        "time": Col("str", f"when the bus stops there, {_CLOCK}"),
        "ride_min": Col("float64", "minutes from there to the school", "min", low=0),
    },
)

FLEET = Table(
    "fleet",
    "",
    "buses of each district by size; district `*` is the whole region",
    {
        "district_id": Col("str", "district of the schools; `*` all, “” outside every district"),
        "seats": Col("Int64", "seats of a bus", "seats", low=1),
        "buses": Col("Int64", "buses", low=0),
        "km_day": Col("float64", "kilometres a school day", "km", low=0),
        "cost_year_mkzt": Col("float64", "cost a year: bus, driver, repairs, fuel", "mln tenge", low=0),
    },
)

CARRIED = Table(
    "carried",
    "district_id",
    "pupils owed transport in each district they live in, and how they get to school; `*` is the whole region",
    {
        "settlements": Col("Int64", "settlements with pupils owed transport", low=0),
        "entitled": Col("Int64", "pupils owed transport", "pupils", low=0),
        "bus": Col("Int64", "of these a bus brings", "pupils", low=0),
        "board": Col("Int64", "of these in need of a boarding place", "pupils", low=0),
        "unserved": Col("Int64", "of these whose grades no school of the data teaches", "pupils", low=0),
        "over_advised": Col("Int64", "of the bused, with a ride over option `ride_advised_min`", "pupils", low=0),
        "unknown": Col("Int64", "settlements owed transport whose pupils are not known, in no count", low=0),
    },
)

OKRUGS = Table(
    "okrugs",
    "okrug_id",
    "education okrugs: a hub school and its satellites",
    {
        "district_id": Col("str", "district", absent="outside every district"),
        "school_id": Col("str", "hub school"),
        "settlement_id": Col("str", "settlement of the hub"),
        "satellites": Col("Int64", "satellite schools", low=1),
        "attached": Col("Int64", "settlements without a school whose pupils ride to one of its schools", low=0),
        "attached_far": Col("Int64", "of these farther from the hub than option `okrug_min`, or with no road", low=0),
        "pupils": Col("Int64", "pupils of the hub and its satellites", "pupils", absent="unknown", low=0),
        "pupils_satellites": Col("Int64", "of these of the satellites", "pupils", absent="unknown", low=0),
        "free_seats": Col("Int64", "seats of the hub free in the shifts allowed", "seats", absent="unknown", low=0),
        "visitors": Col("Int64", "pupils of grades 5-11 of all satellites together", "pupils", low=0),
        "subject_rooms": Col("Int64", "subject rooms of the hub", absent="unknown", low=0),
        "teachers": Col("Int64", "teachers of all its schools", absent="unknown for one of them", low=0),
        "adds": Col("str", "bands taught at the hub that a satellite does not teach, “10-11”"),
        "pooled_level": Col(
            "str", "level the children of its villages would sustain together, the hub's own left out",
            absent="unknown", among=("none", *LEVELS),
        ),
        "mean_min": Col("float64", "minutes of a bus from satellite to hub, on average", "min", low=0),
        "worst_min": Col("float64", "the same, at most: of satellites, not of attached settlements", "min", low=0),
        "in_target": Col("bool", "it has as many satellites as it should (options `okrug_low`, `okrug_high`)"),
    },
    geometry="point",
)  # fmt: skip

OKRUG_MEMBERS = Table(
    "okrug_members", "settlement_id",
    "the part of each rural settlement in an education okrug, or why it has none",
    {
        "role": Col("str", "part", among=ROLES),
        "okrug_id": Col("str", "okrug", absent="in none"),
        "school_id": Col("str", "its school, or the one its pupils ride to", absent="none"),
        "why": Col("str", "why it is in no okrug", among=ALONE),
        "minutes": Col("float64", "minutes of a bus to the hub", "min", absent="in none, or no road", low=0),
        "road_m": Col("float64", "metres of that way", "m", absent="the same", low=0),
        "school_min": Col("float64", "minutes to that school, of an attached one", "min", absent="no road", low=0),
        "adds": Col("str", "bands of the hub that its school, or the one its pupils ride to, does not teach"),
        "below_guarantee": Col("bool", "the law guarantees a higher level than is there: pooling does not cancel it"),
    },
)  # fmt: skip

OKRUG_PROOFS = Table(
    "okrug_proofs", "",
    "the choice of okrugs: three sums, each least while those before it are; and how far below the best can be",
    {
        "sought": Col("str", "what was sought", among=OKRUG_AIMS),
        "customers": Col("Int64", "small schools that may be satellites", low=0),
        "candidates": Col("Int64", "schools that may be hubs", low=0),
        "pairs": Col("Int64", "pairs of them near enough, with seats enough", low=0),
        "objective": Col("float64", "what was found"),
        "bound": Col("float64", "no answer can be better"),
        "gap_share": Col("float64", "the difference as a share", low=0),
        "status": Col("str", "proven best, or the best found in time", among=("optimal", "feasible")),
    },
)  # fmt: skip

OKRUG_COMPARED = Table(
    "okrug_compared", "settlement_id",
    "the planner's own okrugs beside those found",
    {
        "given": Col("str", "okrug in the planner's table", absent="in none"),
        "given_role": Col("str", "part in it", absent="in none", among=("hub", "satellite")),
        "given_min": Col("float64", "minutes of a bus to its hub", "min", absent="no road, or no hub", low=0),
        "okrug_id": Col("str", "okrug found", absent="in none"),
        "role": Col("str", "part found", among=ROLES),
        "minutes": Col("float64", "minutes of a bus to that hub", "min", absent="in none", low=0),
        "faults": Col("str", f"what is amiss in the planner's okrug, by keys: {', '.join(OKRUG_FAULTS)}"),
    },
)  # fmt: skip

COVERAGE = Table(
    "coverage",
    "",
    "network schools by region and profile",
    {
        "region": Col("str", "region, by its code"),
        "profile": Col("str", "profile, by its key"),
        "schools": Col("Int64", "network schools working today, as the planner's table says", low=0),
        "evidence": Col("str", "what says so", absent="nothing is given"),
        "quota": Col("Int64", "fewest there should be (option `network_quota`)", low=0),
        "lacking": Col("Int64", "schools it lacks to the quota today", low=0),
        "looked_at": Col("str", "which places were looked at", among=LOOKED_AT),
        "candidates": Col("Int64", "places looked at", low=0),
        "opened": Col("Int64", "schools opened by the choice", absent="not chosen", low=0),
    },
)

NETWORK_PROOF = Table(
    "network_proof",
    "",
    "how good the national choice is: one row",
    {
        "schools": Col("Int64", "schools to open in all", low=0),
        "lacking": Col("Int64", "schools all quotas lack: the fewest to open", low=0),
        "short": Col("Int64", "of these, schools for which the region has no place", low=0),
        "candidates": Col("Int64", "places looked at", low=0),
        "pupils": Col("Int64", "pupils of grades 5-11, once for each profile", "pupils", low=0),
        "most": Col("Int64", "of these within 60 minutes (`network_ranks`)", "pupils", absent="no answer", low=0),
        "reached": Col(
            "Int64", "of these within 60 minutes once places of a higher rank are taken (option `network_slack`)",
            "pupils", absent="no answer", low=0,
        ),
        "anywhere": Col("Int64", "no choice of any rank, base or building reaches more", "pupils", absent="no answer"),
        "bound": Col("float64", "no choice of these ranks reaches more", "pupils", absent="no answer", low=0),
        "gap_share": Col("float64", "share between the bound and `most`", "share", absent="no answer", low=0, high=1),
        "status": Col("str", "state of the search", among=("optimal", "feasible", "infeasible")),
    },
)  # fmt: skip

CANDIDATES = Table(
    "candidates",
    "candidate_id",
    "places for a network school, for each region and profile in their order",
    {
        "region": Col("str", "region, by its code"),
        "profile": Col("str", "profile, by its key"),
        "settlement_id": Col("str", "settlement, or place of the embedded table"),
        "school_id": Col("str", "base school: of all places opened it carries one profile", absent="a new school"),
        "base": Col("str", "what it is", among=BASES),
        "pupils_own": Col("Int64", "pupils of grades 5-11 of the settlement itself", "pupils", low=0),
        "pupils_60": Col("Int64", "pupils of grades 5-11 within 60 minutes", "pupils", low=0),
        "pupils_90": Col("Int64", "pupils of grades 5-11 within 90 minutes", "pupils", low=0),
        "pupils_beyond": Col("Int64", "pupils of grades 5-11 of the region beyond: boarding only", "pupils", low=0),
        "boarding_seats": Col("Int64", "boarding places its seats ask for, by their share", "seats", low=0),
        "rural_share": Col("float64", "rural share within 90 min", "share", absent="not told, nobody", low=0, high=1),
        "partner_km": Col(
            "float64", "to the nearest university or college, straight", "km", absent="none is given", low=0
        ),
        "apart_km": Col(
            "float64", "to the next school of the profile, straight", "km", absent="none has a place", low=0
        ),
        **{
            name: Col("float64", f"part of the score, 0 to 1: {meaning}", low=0, high=1)
            for name, meaning in (
                ("near", "pupils within 60 minutes"),
                ("own", "pupils of the settlement itself"),
                ("far", "pupils within 90 minutes"),
                ("rural", "rural share"),
                ("fit", "fitness of the base school"),
                ("partner", "nearness of a university or college"),
                ("apart", "distance from the next school of the profile"),
            )
        },
        "score": Col("float64", "mean of the parts by weight (option `profile_weights`)", low=0, high=1),
        "rank": Col("Int64", "place among those of the region and profile", low=1),
        "rank_best": Col("Int64", "first place in 90 of 100 draws of the weights", low=1),
        "rank_worst": Col("Int64", "last place in 90 of 100 draws of the weights", low=1),
        "first_share": Col("float64", "share of draws in which it is first", "share", low=0, high=1),
        "opened": Col("bool", "taken by the national choice (in a plan: by the same one, for its quotas)"),
        "approx": Col("bool", "reach in a straight line: no roads are given"),
    },
    geometry="point",
)

ALL = (
    STOPS, RIDES, ROUTES, CALLS, FLEET, CARRIED, OKRUGS, OKRUG_MEMBERS, OKRUG_PROOFS, OKRUG_COMPARED, COVERAGE,
    NETWORK_PROOF, CANDIDATES,
)  # fmt: skip
