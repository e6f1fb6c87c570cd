"""The tables the stages hand on: columns, units, bounds and meaning; counts, lengths and gaps as in `tables`."""

from __future__ import annotations

from schoolnet.people import GRADES
from schoolnet.schema import Col, Table
from schoolnet.tables import BANDS, CROSSINGS, DIRECTIONS, LEVELS, SEASONS

#: Where the children of a settlement come from: counted (by total, grade or age), or inhabitants x a structure of ages.
CHILDREN_BASES = ("given", "grades", "ages", "structure", "share", "modelled", "unknown")
#: What to look at before a verdict is carried out.
CAUTIONS = ("falls", "rises", "hangs")
_BAND = Col("str", "band of grades", among=BANDS)
_SEASON = Col("str", "season", among=SEASONS)
_LEVEL_OR_NONE = ("none", *LEVELS)

DEMAND = Table(
    "demand",
    "settlement_id",
    "school-age children of each settlement, by band of grades",
    {
        "children": Col("Int64", "school-age children (grades 1-11)", "children", absent="unknown: no verdict", low=0),
        "children_basis": Col("str", "where the figure comes from", among=CHILDREN_BASES),
        "home_taught": Col("Int64", "of these taught at home", "children", absent="unknown", low=0),
        **{
            f"g{grade}": Col("Int64", f"pupils of grade {grade}", "pupils", absent="unknown", low=0) for grade in GRADES
        },
        "children_1_4": Col("Int64", "children of grades 1-4", "children", absent="unknown", low=0),
        "children_5_9": Col("Int64", "children of grades 5-9", "children", absent="unknown", low=0),
        "children_10_11": Col("Int64", "children of grades 10-11 (and 12)", "children", absent="unknown", low=0),
    },
)

ACCESS = Table(
    "access",
    "",
    "for each settlement, band and season, the nearest school that teaches the band",
    {
        "settlement_id": Col("str", "settlement"),
        "band": _BAND,
        "season": _SEASON,
        "here": Col("bool", "a school of the settlement teaches the band"),
        "school_id": Col("str", "nearest school that teaches the band", absent="no such school in reach"),
        "road_m": Col(
            "float64", "metres by road (option `way`), both snap legs counted", "m", absent="no school at all", low=0
        ),
        "walk_min": Col("float64", "minutes on foot for road_m", "min", absent="no school at all", low=0),
        "straight_m": Col("float64", "geodesic metres in a straight line", "m", absent="no school at all", low=0),
        "approx": Col("bool", "no road path: road_m is straight_m × factor, in flood at least that of the dry season"),
        "bus_school_id": Col("str", "nearest school of the band by bus", absent="no bus can reach one"),
        "bus_m": Col("float64", "metres of a bus to it, one-way streets respected", "m", absent="no bus", low=0),
        "bus_min": Col("float64", "minutes of a bus to it, by class of road", "min", absent="no bus", low=0),
        "water_id": Col("str", "river or lake on the straight line; of several the one that decides", absent="none"),
        "crossing": Col("str", "how the road path gets over that water", among=("", *CROSSINGS)),
        "between": Col("bool", "a river or lake lies between, bridged or not"),
        "barrier": Col("bool", "a river or lake separates the two (no bridge, dam or tunnel on the path)"),
        "divided_by": Col(
            "str", "river that runs through the settlement, or bars the way to its own school", absent="none is known"
        ),
    },
)

WATERS_BETWEEN = Table(
    "waters_between",
    "",
    "every river and lake between a settlement and its nearest schools, and the nearest bridge over it",
    {
        "settlement_id": Col("str", "settlement"),
        "school_id": Col("str", "school"),
        "season": _SEASON,
        "water_id": Col("str", "river or lake"),
        "crossing": Col("str", "how the road path gets over it", among=CROSSINGS),
        "barrier": Col("bool", "it separates the two"),
        "round_m": Col(
            "float64", "metres by road to the school dry-shod: by bridges, dams and tunnels only", "m",
            absent="not a barrier, or no such way", low=0,
        ),
        "bridge_m": Col(
            "float64", "straight metres from the settlement to the bridge over it on that way, else to the nearest one",
            "m", absent="not a barrier, or no bridge over it is on the map", low=0,
        ),
        "bridge_to": Col("str", "where that bridge lies, seen from the settlement", among=("", *DIRECTIONS)),
        "bridge_lon": Col("float64", "longitude of that bridge", "°", absent="as bridge_m"),
        "bridge_lat": Col("float64", "latitude of that bridge", "°", absent="as bridge_m"),
    },
)  # fmt: skip

PAIRS = Table(
    "pairs",
    "",
    "every settlement and school within so many metres by road of each other (`model.matrix.pairs`)",
    {
        "settlement_id": Col("str", "settlement"),
        "school_id": Col("str", "school"),
        "road_m": Col("float64", "metres by road (option `way`), both snap legs counted", "m", low=0),
        "water_id": Col("str", "river or lake between; of several the one that decides", absent="none"),
        "crossing": Col("str", "how the road path gets over that water", among=("", *CROSSINGS)),
        "barrier": Col("bool", "a river or lake separates the two"),
    },
)

TRANSPORT = Table(
    "transport",
    "",
    "transport entitlement of each rural settlement and band not taught there, in each season",
    {
        "settlement_id": Col("str", "settlement"),
        "band": _BAND,
        "season": _SEASON,
        "pupils": Col("Int64", "children of the band who live here", "children", absent="unknown", low=0),
        "far": Col("bool", "nearest school of the band is more than the norm away"),
        "barrier": Col("bool", "a river or lake lies between, read as option `bridged_barrier` says"),
        "entitled_or": Col("bool", "entitled when one of the two conditions is enough"),
        "entitled_and": Col("bool", "entitled when both conditions are asked"),
        "entitled": Col("bool", "entitled under the rule of the plan (option `transport_rule`)"),
        "entitled_bridge_ends": Col("bool", "the same, were a bridge on the path to end a barrier"),
        "entitled_bridge_stays": Col("bool", "the same, were a river between to count though bridged"),
    },
)

FINDINGS = Table(
    "findings",
    "settlement_id",
    "what the law finds in each settlement",
    {
        "children": Col("Int64", "school-age children", "children", absent="unknown", low=0),
        "counted": Col(
            "Int64",
            "whom the thresholds are held against (option `threshold_base`)",
            "children",
            absent="unknown",
            low=0,
        ),
        "counted_basis": Col("str", "who they are", among=("residents", "contingent")),
        "guaranteed": Col("str", "level the law guarantees", absent="unknown", among=_LEVEL_OR_NONE),
        "existing": Col("str", "highest level of the settlement's schools", among=_LEVEL_OR_NONE),
        "level_known": Col("bool", "no level in `existing` was assumed"),
        "network_deficit": Col("bool", "existing level is below the guaranteed one"),
        "bands_not_taught": Col("str", "bands with children but no school here, “5-9, 10-11”"),
        "divided_by": Col(
            "str", "river that runs through the settlement, or bars the way to its own school", absent="none is known"
        ),
        "pupils_entitled_or": Col("Int64", "children entitled to transport, “or” rule", "children", low=0),
        "pupils_entitled_and": Col("Int64", "children entitled to transport, “and” rule", "children", low=0),
        "pupils_entitled_dry": Col("Int64", "children entitled in the dry season, rule of the plan", "children", low=0),
        "pupils_entitled_flood": Col("Int64", "children entitled in flood, rule of the plan", "children", low=0),
    },
)

SCHOOL_FINDINGS = Table(
    "school_findings",
    "school_id",
    "what the law and the national project find in each school",
    {
        "sustained": Col(
            "str", "level the contingent sustains", absent="contingent or level unknown", among=_LEVEL_OR_NONE
        ),
        "at_risk": Col("bool", "contingent no longer sustains the level, and the school is not protected"),
        "protected": Col("bool", "kept below the norm for a stated reason"),
        "emergency": Col("bool", "building in emergency condition"),
        "three_shift": Col("bool", "a grade is taught in a third shift"),
        "state_day": Col("bool", "counted in the headline indicator"),
        "shortage_official": Col(
            "Int64", "pupils beyond two shifts", "seats", absent="seats or contingent unknown", low=0
        ),
        "shortage_comfort": Col(
            "Int64", "pupils beyond one shift", "seats", absent="seats or contingent unknown", low=0
        ),
    },
)

DISTRICT_FINDINGS = Table(
    "district_findings",
    "district_id",
    "findings and the mass balance of children of each district; its last row, `*`, is the whole region",
    {
        "settlements": Col("Int64", "settlements", low=0),
        "settlements_rural": Col("Int64", "rural settlements", low=0),
        "network_deficit": Col("Int64", "rural settlements below the guaranteed level", low=0),
        "owed_build": Col("Int64", "of these without any school", low=0),
        "band_not_taught": Col(
            "Int64", "rural settlements with children of a band that no school there teaches", low=0
        ),
        "schools": Col("Int64", "schools (by the settlement they stand in)", low=0),
        "state_day_schools": Col("Int64", "state day schools", low=0),
        "emergency": Col("Int64", "state day schools in emergency condition", low=0),
        "three_shift": Col("Int64", "three-shift state day schools", low=0),
        "indicator_share": Col(
            "float64",
            "(emergency or three-shift) / state day schools",
            "share",
            absent="the register does not say",
            low=0,
            high=1,
        ),
        "at_risk": Col("Int64", "schools whose contingent no longer sustains their level", low=0),
        "protected": Col("Int64", "schools kept below the norm for a stated reason", low=0),
        "shortage_official": Col("Int64", "pupils beyond two shifts", "seats", low=0),
        "sources": Col(
            "Int64", "school-age children in the sources: counted, or inhabitants × ages", "children", low=0
        ),
        "children": Col("Int64", "school-age children in the settlements; equal to `sources`", "children", low=0),
        "at_home": Col("Int64", "of these taught at home", "children", low=0),
        "taught_here": Col("Int64", "of these taught in their settlement", "children", low=0),
        "entitled": Col("Int64", "entitled to transport, and a road leads to the school", "children", low=0),
        "elsewhere": Col("Int64", "not entitled, taught elsewhere; a road leads there", "children", low=0),
        "unreachable": Col("Int64", "no road leads to a school of their band", "children", low=0),
    },
)

ALL = (DEMAND, ACCESS, WATERS_BETWEEN, PAIRS, TRANSPORT, FINDINGS, SCHOOL_FINDINGS, DISTRICT_FINDINGS)
