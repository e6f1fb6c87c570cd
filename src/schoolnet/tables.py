"""The words of the trade and the tables a region is made of: columns, units, bounds and meaning.

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
VERDICTS = ("keep", "build", "upgrade", "extend", "bus", "board", "no_data")
#: Seasons the way to school is measured in; in flood, fords, ferries and ice roads are closed.
SEASONS = ("dry", "flood")
#: How a road gets over a river or lake; `round` goes round it, `unmarked` crosses it without a mark on the map.
CROSSINGS = ("bridge", "dam", "tunnel", "ford", "ferry", "ice_road", "unmarked", "round", "none")

#: Where a settlement's inhabitants come from: a figure, one filled in, one brought to an official total, a raster.
POPULATION_BASES = ("given", "modelled", "raked", "raster", "unknown")
#: Where a bridge lies from a settlement, clockwise from north.
DIRECTIONS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")

_NAMES = {
    "name": Col("str", "name as the source has it", absent="shown as “without a name”"),
    "name_kk": Col("str", "name in Kazakh", absent="the next language, then `name`"),
    "name_ru": Col("str", "name in Russian", absent="the next language, then `name`"),
    "name_en": Col("str", "name in English", absent="the next language, then `name`"),
}
_KATO = Col(
    "str", "code of the classifier of administrative-territorial objects, nine digits", absent="joined by place"
)

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
        "population_basis": Col(
            "str", "where the figure comes from", among=("given", "modelled", "raked", "raster", "unknown")
        ),
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
        "support": Col("str", "support school of its district", absent="not told: no", among=("yes", "no")),
        "subject_rooms": Col("Int64", "rooms fitted for a subject", absent="unknown", low=0, high=200),
        "teachers": Col("Int64", "teachers", absent="unknown", low=0, high=2000),
        "modernised": Col("str", "modernised: rooms fitted anew", absent="unknown", among=("yes", "no")),
        "running_water": Col("str", "running water", absent="unknown", among=("yes", "no")),
        "toilets": Col("str", "toilets inside the building", absent="unknown", among=("yes", "no")),
        "built": Col("Int64", "year of construction", "year", absent="not used", low=1800, high=2100),
        "protected": Col("str", "why the school is kept below its norm", absent="not protected"),
        "source": Col("str", "where the row comes from", absent="the register"),
        "updated_at": Col("str", "day the record was last updated, YYYY-MM-DD", absent="not judged stale"),
        "changed_at": Col("str", "day the school itself last changed, YYYY-MM-DD", absent="not judged late"),
    },
    geometry="point",
)

ADJOINING = Table(
    "adjoining",
    "region_id",
    "the regions around, as far as roads are read over the border: where a school of another region lies",
    _NAMES,
    geometry="polygon",
)

BEYOND = Table(
    "beyond",
    "settlement_id",
    "settlements of the regions around near the border: where a school with a KATO and no coordinates stands",
    {**_NAMES, "kato": _KATO, "region_id": Col("str", "region around that it lies in")},
    geometry="point",
)

NEIGHBOURS = Table(
    "neighbours",
    "school_id",
    "schools of other regions near the border: a child's nearest school may be one; nothing is found in them",
    {name: column for name, column in SCHOOLS.columns.items() if name != "settlement_id"}
    | {"region_id": Col("str", "region around that it lies in", absent="not known which")},
    geometry="point",
)

PLOTS = Table(
    "plots",
    "plot_id",
    "land plots given for new schools of towns and villages",
    {
        **_NAMES,
        "settlement_id": Col("str", "settlement whose pupils it serves", absent="not used"),
        "seats_max": Col("Int64", "seats of the largest school it holds", "seats", absent="any size", low=1, high=5000),
    },
    geometry="point",
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

INPUTS = (DISTRICTS, SETTLEMENTS, ROADS, WATERS, BUILT_UP, SCHOOLS, ADJOINING, BEYOND, NEIGHBOURS, PLOTS, LEDGER)
