"""The tables of monitoring: what changed between two snapshots of the same regions; counts and gaps as in `tables`."""

from __future__ import annotations

from schoolnet.schema import Col, Table
from schoolnet.tables import LEVELS

#: What may have become of a school.
KINDS = (
    "opened", "closed", "joined_state_day", "left_state_day", "raised", "lowered", "emergency_begun",
    "emergency_ended", "three_shift_begun", "three_shift_ended", "took_in", "moved", "redrawn", "renamed",
    "renumbered", "row_lost", "row_found", "untold", "told",
)  # fmt: skip
#: Of the world, of the data, or either: the data give a reason to doubt that the world changed.
NATURES = ("world", "doubtful", "data")
#: Why a change is doubted, or known to be of the data.
DOUBTS = (
    "", "likely_same", "likely_built", "perhaps_same", "likely_merged", "another_school", "same_building",
    "built_before", "not_updated", "name_only", "row_rejected", "not_told",
)  # fmt: skip
#: Numbers of a school that figures sum: one that is not told counts as none, so losing it is told as a change.
SUMMED = ("seats", "enrolment")
#: What a settlement can be owed, and what may have become of it.
DUTIES, TURNS = ("transport", "level"), ("begun", "ended", "more", "fewer", "better", "worse")
#: Why what a settlement is owed changed.
CAUSES = ("settlement", "own_school", "nearest_school", "way", "children", "estimate", "norms", "unknown")
#: Figures counted at both dates; all but the share add up over districts and regions.
FIGURES_OF = (
    "schools", "state_day_schools", "emergency", "three_shift", "bad", "indicator_share", "seats", "enrolment",
    "shortage_official", "shortage_comfort", "children", "network_deficit", "owed_build", "entitled_settlements",
    "entitled_pupils",
)  # fmt: skip

#: What a change adds to a figure, by its column: the changes of a region add up to the difference of the figure.
ADDS = {
    "adds_state_day": "state_day_schools",
    "adds_emergency": "emergency",
    "adds_three_shift": "three_shift",
    "adds_bad": "bad",
}

_ADDS = {
    "adds_state_day": Col("Int64", "what that adds to the state day schools", "schools"),
    "adds_emergency": Col("Int64", "what that adds to the state day schools in emergency condition", "schools"),
    "adds_three_shift": Col("Int64", "what that adds to the state day schools with three shifts", "schools"),
    "adds_bad": Col("Int64", "what that adds to those with either, the indicator's", "schools"),
}
_PLACE = {
    "region": Col("str", "region, by its code"),
    "district_id": Col("str", "district; at the later side where it is there"),
}
_AREA = {
    "region": Col("str", "region, by its code; `*`: all together"),
    "district_id": Col("str", "district; `*`: the whole region; empty: outside every district"),
}

CHANGES = Table(
    "changes",
    "",
    "what became of each school between two snapshots",
    {
        **_PLACE,
        "settlement_id": Col("str", "settlement; at the later side where it is there", absent="in none"),
        "school_id": Col("str", "school; as B names it where it is there"),
        "id_a": Col("str", "its identifier in A", absent="not in A"),
        "id_b": Col("str", "its identifier in B", absent="not in B"),
        "changed": Col("str", "what became of it", among=KINDS),
        "nature": Col("str", "whether the world changed, or the data", among=NATURES),
        "doubt": Col("str", "why that is doubted, or known to be of the data", among=DOUBTS),
        "of_column": Col("str", "column of the register concerned", absent="the whole school"),
        "value_a": Col("str", "value of it in A", absent="not told"),
        "value_b": Col("str", "value of it in B", absent="not told"),
        "twin": Col(
            "str", "school of the other date it may be, or that took its pupils in, or gave them", absent="none"
        ),
        "is_rural": Col("bool", "it stands in a rural settlement"),
        "state_day": Col("bool", "a state day school, neither private nor evening"),
        **_ADDS,
    },
)

OWED = Table(
    "owed",
    "",
    "what each settlement is newly owed, no longer owed, or owed for more or fewer pupils, and where its level turned",
    {
        **_PLACE,
        "settlement_id": Col("str", "settlement; as B names it where it is there"),
        "duty": Col("str", "what it is owed", among=DUTIES),
        "turn": Col("str", "what became of that", among=TURNS),
        "causes": Col("str", f"why, “children, own_school”: {' · '.join(CAUSES)}"),
        "pupils_a": Col("Int64", "pupils owed transport in A", "pupils", absent="not asked", low=0),
        "pupils_b": Col("Int64", "pupils owed transport in B", "pupils", absent="not asked", low=0),
        "guaranteed_a": Col("str", "level guaranteed in A", absent="not asked, or unknown", among=("none", *LEVELS)),
        "guaranteed_b": Col("str", "level guaranteed in B", absent="not asked, or unknown", among=("none", *LEVELS)),
        "existing_a": Col("str", "level of its schools in A", absent="not asked", among=("none", *LEVELS)),
        "existing_b": Col("str", "level of its schools in B", absent="not asked", among=("none", *LEVELS)),
    },
)

FIGURES = Table(
    "figures_then",
    "",
    "figures of each district and region at the two dates, and the difference",
    {
        **_AREA,
        "figure": Col("str", "what is counted", among=FIGURES_OF),
        "then_a": Col("float64", "at the date of A", absent="the register does not tell, or the district is not there"),
        "then_b": Col("float64", "at the date of B", absent="the register does not tell, or the district is not there"),
        "difference": Col("float64", "B less A", absent="one of the two is not known"),
    },
)

EVENTS = Table(
    "events",
    "",
    "how often what became of schools, and what that adds to the figures, by district and region; a school that came to"
    " another district counts in both",
    {
        **_AREA,
        "changed": Col("str", "what became of them", among=KINDS),
        "count": Col("Int64", "schools", "schools", low=0),
        "doubtful": Col("Int64", "of these doubtful, or changes of the data", "schools", low=0),
        **_ADDS,
    },
)

ALL = (CHANGES, OWED, FIGURES, EVENTS)
