"""The choices of what schools share: buses, education okrugs, network schools."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schoolnet.choices import Choices

#: Parts of the score of a place for a network school.
PARTS = ("near", "own", "far", "rural", "fit", "partner", "apart")
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class Services(Choices):
    """How pupils are carried and villages pooled, and what a network school is placed by; part of `Options`."""

    ride_max_min: float | None = Field(
        60,
        gt=0,
        le=600,
        description="longest ride to school, minutes; who would ride longer is owed a boarding place. An assumption of"
        " the model: no act read sets a limit",
    )
    ride_advised_min: float = Field(
        30,
        gt=0,
        le=600,
        description="rides over so many minutes are counted apart, nothing more: the figure is recalled, not read in an"
        " act (advisory)",
    )
    pickup_earliest: str = Field(
        "06:30", pattern=_CLOCK, description="no pupil is picked up earlier (an assumption of the model)"
    )
    lessons_from: str = Field(
        "08:00", pattern=_CLOCK, description="beginning of lessons of the first shift (an assumption)"
    )
    lessons_from_second: str = Field(
        "14:00", pattern=_CLOCK, description="beginning of lessons of the second shift (an assumption)"
    )
    arrive_min: float = Field(
        10, ge=0, le=120, description="a bus is at the school so many minutes before lessons (an assumption)"
    )
    stop_min: float = Field(1, ge=0, le=30, description="a bus stands so many minutes at a stop (an assumption)")
    stop_reach_m: float = Field(
        500,
        ge=100,
        le=5_000,
        description="a settlement whose built-up area reaches farther from its stop gets more stops: recalled, not read"
        " in an act (advisory)",
    )
    second_shift_grades: tuple[Annotated[int, Field(ge=1, le=12)], ...] = Field(
        (2, 3, 4, 6, 7, 8),
        description="grades a school of two or three shifts teaches in the second: a bus brings them in a second wave"
        " (an assumption: the register does not tell)",
    )
    bus_search: int = Field(
        300, ge=1, le=1_000_000, description="rounds of the search for routes of each school and wave"
    )

    okrug_least: int = Field(2, ge=1, le=11, description="fewest satellites of an education okrug (an assumption)")
    okrug_low: int = Field(
        3, ge=1, le=11, description="satellites an education okrug should have, from (practice, no act read says so)"
    )
    okrug_high: int = Field(
        4, ge=1, le=11, description="satellites an education okrug should have, to (practice: `okrug.satellites`)"
    )
    okrug_most: int = Field(
        11, ge=1, le=30, description="most satellites of an education okrug (practice: `okrug.satellites_max`)"
    )
    okrug_min: float = Field(
        60, gt=0, le=300, description="farthest a satellite lies from its hub, minutes of a bus (an assumption)"
    )
    okrug_rooms: int = Field(1, ge=0, le=50, description="subject rooms a hub must have, where the register tells")
    okrug_hub_least: int = Field(
        0, ge=0, le=5_000, description="fewest pupils a hub must have, where they are known; 0: any (an assumption)"
    )
    okrug_turns: Literal["yes", "no"] = Field(
        "yes",
        description="pupils of the satellites come to the hub in turns: each satellite's fit its free seats by"
        " themselves (an assumption); no: all of an okrug together",
    )
    small_school: int = Field(
        81,
        ge=1,
        le=2_000,
        description="a school of fewer pupils is small, and may be a satellite: no act read gives a number, the"
        " threshold of a secondary school stands in",
    )

    network_schools: int = Field(
        0,
        ge=0,
        le=10_000,
        description="network schools to open in all; 0: one for each region and profile that has none",
    )
    network_quota: int = Field(1, ge=0, le=100, description="fewest schools of a profile in each region")
    network_candidates: int = Field(40, ge=1, le=1_000, description="settlements of a region looked at, largest first")
    network_ranks: int = Field(
        5,
        ge=1,
        le=1_000,
        description="the national choice takes places of the first ranks, so many of each region and profile, among"
        " those with a base school where there are some; more only where the quotas cannot be met so",
    )
    network_new: bool = Field(
        default=False,
        description="the national choice also takes places without a base school where the region has others",
    )
    network_slack: float = Field(
        0.05,
        ge=0,
        le=1,
        description="the national choice takes a place of a higher rank where it reaches at most this share fewer"
        " pupils: a village beside a city is not taken for a few of them",
    )
    network_seats: int = Field(
        300, ge=1, le=5_000, description="seats of a network school, for its boarding need (an assumption)"
    )
    profile_weights: dict[
        Literal["near", "own", "far", "rural", "fit", "partner", "apart"], Annotated[float, Field(ge=0)]
    ] = Field(
        {"near": 0.3, "own": 0.1, "far": 0.1, "rural": 0.15, "fit": 0.15, "partner": 0.1, "apart": 0.1},
        description="weights of the score of a place for a network school: pupils of grades 5-11 within 60 minutes,"
        " those of the settlement itself and within 90 minutes, rural share of them, fitness of the base school,"
        " nearness of a partner university or college, distance from the next school of the profile",
    )
    profile_draws: int = Field(
        200,
        ge=0,
        le=10_000,
        description="draws of the weights, each up to a half more or less, behind the range of each place; 0: none",
    )
    straight_kmh: float = Field(
        50, gt=0, le=120, description="speed behind reach in a straight line, where no roads are given (approximate)"
    )

    @model_validator(mode="after")
    def _sized(self) -> Self:
        """Refuse sizes of okrugs that do not rise, and lessons that begin before anybody may be picked up."""
        if not self.okrug_least <= self.okrug_low <= self.okrug_high <= self.okrug_most:
            raise PydanticCustomError(
                "sizes", "okrug_least, okrug_low, okrug_high and okrug_most must rise in this order"
            )
        if not minute(self.pickup_earliest) < minute(self.lessons_from) < minute(self.lessons_from_second):
            raise PydanticCustomError(
                "clock", "pickup_earliest, lessons_from and lessons_from_second must rise in this order"
            )
        return self


def minute(clock: str) -> int:
    """Return the minute of the day of a time written HH:MM."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
