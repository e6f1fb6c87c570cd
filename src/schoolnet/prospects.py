"""The tables of people counted, and of people to come: what `model.population`, `model.forecast` and others hand on."""

from __future__ import annotations

from schoolnet.people import AGES, GRADES
from schoolnet.results import CHILDREN_BASES
from schoolnet.schema import Col, Table
from schoolnet.tables import LEVELS, POPULATION_BASES

#: Paths a forecast is made for.
SCENARIOS = ("low", "medium", "high")
_GRADES = {f"g{grade}": Col("Int64", f"pupils of grade {grade}", "pupils", low=0) for grade in GRADES}
_BEFORE_SCHOOL = 5
_LEVEL_OR_NONE = ("none", *LEVELS)
_DISTRICT = "district; `*` is the region, “” what lies outside every district"

HEADCOUNT = Table(
    "headcount",
    "settlement_id",
    "inhabitants of each settlement after reconciliation, and its children by age",
    {
        "population": Col("Int64", "inhabitants", "people", absent="unknown", low=0),
        "population_basis": Col("str", "where the figure comes from", among=POPULATION_BASES),
        "population_source": Col("Int64", "inhabitants before reconciliation", "people", absent="unknown", low=0),
        **{
            f"a{age}": Col(
                "float64",
                f"children of the cohort that is in grade {age - 5}"
                if age > _BEFORE_SCHOOL
                else f"children aged {age} on 1 September",
                "children",
                absent="unknown",
                low=0,
            )
            for age in AGES
        },
        "children_basis": Col(
            "str",
            "where the children come from",
            among=CHILDREN_BASES,
        ),
    },
)

RECONCILED = Table(
    "reconciled",
    "",
    "inhabitants of each district and territory: sources beside the official total, and what became of them",
    {
        "district_id": Col("str", _DISTRICT),
        "territory": Col("str", "which settlements", among=("all", "urban", "rural")),
        "settlements": Col("Int64", "settlements", low=0),
        "without_figure": Col("Int64", "of these with no figure of their own", low=0),
        "source": Col("Int64", "inhabitants in the settlements' own figures", "people", low=0),
        "raster": Col("float64", "inhabitants on the raster", "people", absent="no raster", low=0),
        "official": Col("Int64", "official inhabitants", "people", absent="no official total", low=0),
        "placed": Col("Int64", "inhabitants in settlements after reconciliation", "people", low=0),
        "unplaced": Col("Int64", "official inhabitants that no settlement could take", "people", low=0),
        "source_ratio": Col("float64", "source / official", absent="either is missing or zero", low=0),
        "raster_ratio": Col("float64", "raster / official", absent="either is missing or zero", low=0),
    },
)

FORECAST = Table(
    "forecast",
    "",
    "pupils of each settlement by grade, school year and path",
    {
        "settlement_id": Col("str", "settlement"),
        "year": Col("Int64", "school year (it begins on 1 September of this year)", "year"),
        "scenario": Col("str", "path", among=SCENARIOS),
        **_GRADES,
        "children": Col("Int64", "pupils of all grades", "pupils", low=0),
    },
)

FORECAST_DISTRICTS = Table(
    "forecast_districts",
    "",
    "pupils of each district and of the region by grade, school year and path",
    {
        "district_id": Col("str", _DISTRICT),
        "year": Col("Int64", "school year (it begins on 1 September of this year)", "year"),
        "scenario": Col("str", "path", among=SCENARIOS),
        **_GRADES,
        "children": Col("Int64", "pupils of all grades", "pupils", low=0),
    },
)

BACKTEST = Table(
    "backtest",
    "",
    "how far the forecast misses when it is made from the earlier years of a series",
    {
        "area_id": Col("str", "area of the series"),
        "ahead": Col("Int64", "years ahead", "years", low=1),
        "grades": Col("str", "grades judged", among=("1", "1-4", "5-9", "10-11", "all")),
        "forecasts": Col("Int64", "forecasts judged", low=1),
        "error_share": Col("float64", "mean absolute error / pupils", "share", low=0),
        "bias_share": Col("float64", "mean error / pupils; above 0 is too many", "share"),
        "naive_share": Col("float64", "the same error were nothing to change", "share", low=0),
    },
)

OUTLOOK = Table(
    "outlook",
    "settlement_id",
    "how sure the guaranteed level of each settlement is, and what it is at the horizon",
    {
        "children_low": Col("Int64", "fewest children the figures leave room for", "children", absent="unknown", low=0),
        "children_high": Col("Int64", "most children the figures leave room for", "children", absent="unknown", low=0),
        "guaranteed_low": Col("str", "level guaranteed to the fewest", absent="unknown", among=_LEVEL_OR_NONE),
        "guaranteed_high": Col("str", "level guaranteed to the most", absent="unknown", among=_LEVEL_OR_NONE),
        "sure": Col("bool", "the guaranteed level is the same over the whole range"),
        "fewer": Col(
            "Int64", "so many children fewer, and the level falls", "children", absent="it cannot fall", low=1
        ),
        "more": Col("Int64", "so many children more, and the level rises", "children", absent="it cannot rise", low=1),
        "year": Col("Int64", "school year of the horizon", "year"),
        "children_then": Col("Int64", "children at the horizon, path of the plan", "children", absent="unknown", low=0),
        "children_then_low": Col("Int64", "the same, low path", "children", absent="unknown", low=0),
        "children_then_high": Col("Int64", "the same, high path", "children", absent="unknown", low=0),
        "guaranteed_then": Col("str", "level guaranteed at the horizon", absent="unknown", among=_LEVEL_OR_NONE),
        "change": Col(
            "str", "what becomes of the guaranteed level by the horizon", among=("same", "falls", "rises", "unknown")
        ),
        "change_year": Col("Int64", "first school year of the new level", "year", absent="no change"),
        "sure_then": Col("bool", "both paths give the same level at the horizon"),
    },
)

PMPC = Table(
    "pmpc",
    "district_id",
    "psychological-medical-pedagogical consultations needed; row `*` is the region",
    {
        "children": Col("Int64", "children of the ages counted", "children", low=0),
        "needed": Col("Int64", "one to so many children, rounded up", low=0),
        "placed": Col("Int64", "of the region's number, those that fall to this district by its children", low=0),
        "settlement_id": Col("str", "where: the settlement with most children", absent="no settlement with children"),
    },
)

LANGUAGES = Table(
    "languages",
    "",
    "pupils of each settlement by language of instruction and grade, where the settlement table tells them apart",
    {
        "settlement_id": Col("str", "settlement"),
        "language": Col("str", "language of instruction", among=("kk", "ru", "other", "unknown")),
        **_GRADES,
        "children": Col("Int64", "pupils of all grades", "pupils", low=0),
    },
)

TOWN_CELLS = Table(
    "town_cells",
    "cell_id",
    "people and pupils of the cells of towns",
    {
        "settlement_id": Col("str", "the town"),
        "people": Col("Int64", "inhabitants", "people", low=0),
        "basis": Col("str", "what spread them", among=("raster", "area")),
        **_GRADES,
        "children": Col("Int64", "pupils of all grades", "pupils", low=0),
    },
)

FRESHNESS = Table(
    "freshness",
    "",
    "how fresh each input table is",
    {
        "table": Col("str", "input table"),
        "rows": Col("Int64", "rows used", "rows", low=0),
        "dated": Col("Int64", "of these with a day, or a year", "rows", low=0),
        "newest": Col("str", "day of the newest record, YYYY-MM-DD", absent="no day is given"),
        "before_snapshot": Col(
            "Int64", "records last updated before the last October snapshot", "rows", absent="no day is given", low=0
        ),
        "late": Col(
            "Int64", "records updated later than five working days after their change", "rows",
            absent="no day is given", low=0,
        ),
        "last_year": Col("Int64", "last year of the figures", "year", absent="no year is given"),
        "years_old": Col("Int64", "years between it and the plan's", "years", absent="no year is given", low=0),
    },
)  # fmt: skip

ALL = (HEADCOUNT, RECONCILED, FORECAST, FORECAST_DISTRICTS, BACKTEST, OUTLOOK, PMPC, LANGUAGES, TOWN_CELLS, FRESHNESS)
