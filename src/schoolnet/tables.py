"""Every table that flows through the house: its columns, units, bounds and meaning.

Counts are `Int64` (a missing value is `<NA>`, never 0), lengths are `float64` metres (missing is NaN), coordinates are
WGS 84.
"""

from __future__ import annotations

from schoolnet.schema import Col, Table

#: Levels of a school, lowest first: grades 1-4, 1-9, 1-11.
LEVELS = ("primary", "basic", "secondary")
#: Bands of grades, lowest first; the level at the same place is the lowest that teaches the band.
BANDS = ("1-4", "5-9", "10-11")
#: Grades in each band.
GRADES_OF_BAND = {"1-4": 4, "5-9": 5, "10-11": 2}
#: What a settlement can be told to do.
VERDICTS = ("keep", "build", "upgrade", "bus", "board", "no_data")
#: Seasons the way to school is measured in; in flood, fords, ferries and ice roads are closed.
SEASONS = ("dry", "flood")
#: How a road gets over a river or lake; `round` goes round it, `unmarked` crosses it without a mark on the map.
CROSSINGS = ("bridge", "dam", "tunnel", "ford", "ferry", "ice_road", "unmarked", "round", "none")

_NAMES = {
    "name": Col("str", "name as the source has it", absent="shown as “without a name”"),
    "name_kk": Col("str", "name in Kazakh", absent="the next language, then `name`"),
    "name_ru": Col("str", "name in Russian", absent="the next language, then `name`"),
    "name_en": Col("str", "name in English", absent="the next language, then `name`"),
}
_KATO = Col(
    "str", "code of the classifier of administrative-territorial objects, nine digits", absent="joined by place"
)
_BAND = Col("str", "band of grades", among=BANDS)
_LEVEL_OR_NONE = ("none", *LEVELS)

DISTRICTS = Table(
    "districts",
    "district_id",
    "districts and cities of oblast significance of the region",
    {**_NAMES, "kato": _KATO},
    geometry="polygon",
)

SETTLEMENTS = Table(
    "settlements",
    "settlement_id",
    "cities, towns and villages of the region, one point each",
    {
        **_NAMES,
        "kato": _KATO,
        "district_id": Col("str", "district it lies in", absent="outside every district; counted as such"),
        "place": Col("str", "kind of place", among=("city", "town", "village", "hamlet")),
        "is_rural": Col("bool", "the guarantee and the transport norm are for rural settlements only"),
        "population": Col("Int64", "inhabitants", "people", absent="children unknown unless given", low=0, high=5e6),
        "population_basis": Col("str", "where the figure comes from", among=("given", "modelled", "unknown")),
        "children": Col(
            "Int64", "school-age children who live here", "children", absent="share of the population", low=0, high=1e6
        ),
    },
    geometry="point",
)

ROADS = Table(
    "roads",
    "",
    "roads and paths that can be driven or walked",
    {
        "highway": Col("str", "class of road"),
        "crossing": Col(
            "str",
            "how it gets over water",
            among=("", "bridge", "dam", "tunnel", "ford", "ferry", "ice_road"),
        ),
        "drive": Col("bool", "open to a bus"),
        "walk": Col("bool", "open to a child on foot"),
        "oneway": Col(
            "str", "one-way in (forward) or against (backward) its drawn direction", among=("", "forward", "backward")
        ),
        "maxspeed_kmh": Col(
            "float64", "speed limit on a sign", "km/h", absent="the default of its class", low=1, high=200
        ),
        "name": Col("str", "name of the road", absent="not shown"),
    },
    geometry="line",
)

WATERS = Table(
    "waters",
    "water_id",
    "rivers, canals and lakes: the layer of natural barriers",
    {
        **_NAMES,
        "kind": Col("str", "kind of water", among=("river", "canal", "lake")),
        "intermittent": Col("bool", "dry for part of the year"),
    },
    geometry="line or polygon",
)

BUILT_UP = Table(
    "built_up",
    "",
    "built-up areas of settlements: a water that runs through one does not lie between it and its neighbour",
    {"settlement_id": Col("str", "settlement the area belongs to")},
    geometry="polygon",
)

SCHOOLS = Table(
    "schools",
    "school_id",
    "schools on the register (or on the map, when there is no register)",
    {
        **_NAMES,
        "level": Col(
            "str", "highest level taught", absent="option `unknown_level`; said in every finding", among=LEVELS
        ),
        "settlement_id": Col("str", "settlement it stands in", absent="stands in none; serves by road only"),
        "kato": _KATO,
        "seats": Col("Int64", "design capacity", "seats", absent="no seat finding", low=1, high=5000),
        "seat_basis": Col(
            "str", "shifts the seats are counted in", absent="one shift", among=("one_shift", "two_shift")
        ),
        "enrolment": Col(
            "Int64", "pupils on roll (contingent)", "pupils", absent="no contingent finding", low=0, high=20000
        ),
        "shifts": Col("Int64", "shifts worked", "shifts", absent="not three-shift", low=1, high=3),
        "condition": Col(
            "str", "state of the building", absent="not in emergency", among=("good", "repair", "emergency")
        ),
        "ownership": Col("str", "owner", absent="state", among=("state", "private")),
        "kind": Col("str", "kind of school", absent="day", among=("day", "evening", "boarding")),
        "language": Col("str", "language of instruction", absent="not used", among=("kk", "ru", "mixed", "other")),
        "profile": Col("str", "profile (Abai, Zhautykov, Satpayev, …)", absent="none"),
        "built": Col("Int64", "year of construction", "year", absent="not used", low=1800, high=2100),
        "protected": Col("str", "why the school is kept below its norm", absent="not protected"),
        "source": Col("str", "where the row comes from", absent="the register"),
        "updated_at": Col("str", "day of the last change, YYYY-MM-DD", absent="not judged stale"),
    },
    geometry="point",
)

DEMAND = Table(
    "demand",
    "settlement_id",
    "school-age children of each settlement, by band of grades",
    {
        "children": Col("Int64", "school-age children (grades 1-11)", "children", absent="unknown: no verdict", low=0),
        "children_basis": Col("str", "where the figure comes from", among=("given", "share", "modelled", "unknown")),
        "children_1_4": Col("Int64", "children of grades 1-4", "children", absent="unknown", low=0),
        "children_5_9": Col("Int64", "children of grades 5-9", "children", absent="unknown", low=0),
        "children_10_11": Col("Int64", "children of grades 10-11", "children", absent="unknown", low=0),
    },
)

ACCESS = Table(
    "access",
    "",
    "for each settlement and band, the nearest school that teaches the band",
    {
        "settlement_id": Col("str", "settlement"),
        "band": _BAND,
        "here": Col("bool", "a school of the settlement teaches the band"),
        "school_id": Col("str", "nearest school that teaches the band", absent="no such school in reach"),
        "road_m": Col("float64", "metres by road, both snap legs counted", "m", absent="no school at all", low=0),
        "straight_m": Col("float64", "geodesic metres in a straight line", "m", absent="no school at all", low=0),
        "approx": Col("bool", "no road path: road_m is straight_m × factor"),
        "water_id": Col("str", "river or lake on the straight line", absent="none between"),
        "crossing": Col("str", "how the road path gets over that water", among=("", *CROSSINGS)),
        "between": Col("bool", "a river or lake lies between, bridged or not"),
        "barrier": Col("bool", "a river or lake separates the two (no bridge, dam or tunnel on the path)"),
    },
)

TRANSPORT = Table(
    "transport",
    "",
    "transport entitlement of each rural settlement and band not taught there",
    {
        "settlement_id": Col("str", "settlement"),
        "band": _BAND,
        "pupils": Col("Int64", "children of the band who live here", "children", absent="unknown", low=0),
        "far": Col("bool", "nearest school of the band is more than the norm away"),
        "barrier": Col("bool", "a river or lake lies between, read as option `bridged_barrier` says"),
        "entitled_or": Col("bool", "entitled when one of the two conditions is enough"),
        "entitled_and": Col("bool", "entitled when both conditions are asked"),
        "entitled": Col("bool", "entitled under the rule of the plan (option `transport_rule`)"),
    },
)

FINDINGS = Table(
    "findings",
    "settlement_id",
    "what the law finds in each settlement",
    {
        "children": Col("Int64", "school-age children", "children", absent="unknown", low=0),
        "guaranteed": Col("str", "level the law guarantees", absent="unknown", among=_LEVEL_OR_NONE),
        "existing": Col("str", "highest level of the settlement's schools", among=_LEVEL_OR_NONE),
        "level_known": Col("bool", "no level in `existing` was assumed"),
        "network_deficit": Col("bool", "existing level is below the guaranteed one"),
        "bands_not_taught": Col("str", "bands with children but no school here, “5-9, 10-11”"),
        "pupils_entitled_or": Col("Int64", "children entitled to transport, “or” rule", "children", low=0),
        "pupils_entitled_and": Col("Int64", "children entitled to transport, “and” rule", "children", low=0),
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

SITES = Table(
    "verdicts",
    "settlement_id",
    "what to do in each settlement, and why",
    {
        "verdict": Col("str", "what to do", among=VERDICTS),
        "level": Col("str", "level to build, or to raise the school to", among=("", *LEVELS)),
        "reason": Col("str", "key of the sentence that gives the reason"),
        "band": Col(
            "str", "lowest band the reason speaks of: not taught here, and owed transport or far", among=("", *BANDS)
        ),
        "meanwhile_bus": Col("bool", "children are owed transport until the school stands"),
        "rank": Col("Int64", "place in the list of what is owed first", absent="nothing to do", low=1),
    },
)

LEDGER = Table(
    "ledger",
    "",
    "every input row that was not simply used",
    {
        "file": Col("str", "input file"),
        "table": Col("str", "table the row was meant for"),
        "row": Col("str", "line of the file, or identifier of the map object", absent="about the whole file"),
        "outcome": Col("str", "what became of it", among=("corrected", "rejected", "note")),
        "column": Col("str", "column concerned", absent="the whole row"),
        "what": Col("str", "what was found"),
        "why": Col("str", "what was done, and why"),
    },
)

ALL = (
    DISTRICTS, SETTLEMENTS, ROADS, WATERS, BUILT_UP, SCHOOLS,
    DEMAND, ACCESS, TRANSPORT, FINDINGS, SCHOOL_FINDINGS, SITES, LEDGER,
)  # fmt: skip


def dictionary() -> str:
    """Return all tables as Markdown: the table dictionary of the README is this text."""
    parts = []
    for table in ALL:
        head = f"### {table.name}\n\n{table.meaning[0].upper()}{table.meaning[1:]}."
        notes = [
            f"Index `{table.index}`." if table.index else "",
            f"Geometry: {table.geometry}." if table.geometry else "",
        ]
        head += "".join(f" {note}" for note in notes if note)
        lines = ["| column | type | unit | meaning | when absent |", "|---|---|---|---|---|"]
        for name, column in table.columns.items():
            meaning = column.meaning
            if column.among:
                meaning += ": " + " · ".join(f"`{value}`" for value in column.among if value)
            absent = "required" if column.absent is None else column.absent
            lines.append(f"| `{name}` | {column.dtype} | {column.unit} | {meaning} | {absent} |")
        parts.append(head + "\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"
