"""How the law is read, and what the model takes where nothing is told: the choices behind every finding, by name."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

_FIRST_MONTH = 9  # the school year begins on 1 September
_HORIZON = 2030


class Choices(BaseModel):
    """The readings and assumptions a plan rests on; part of `Options`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: dt.date = Field(default_factory=dt.date.today, description="day on which the norms are asked")
    transport_rule: Literal["or", "and"] = Field(
        "or", description="A1: transport is owed beyond 3 km *or* behind water, or only when both hold"
    )
    transport_holder: Literal["band", "no_school"] = Field(
        "band", description="A3: owed where the child's grades are not taught, or only where there is no school at all"
    )
    distance_basis: Literal["road", "straight"] = Field("road", description="A2: what the 3 km are measured along")
    way: Literal["walk", "drive"] = Field(
        "walk",
        description="whose road the 3 km are measured along: a child's on foot, or a bus's (one-way streets hold)",
    )
    season: Literal["dry", "flood"] = Field(
        "dry",
        description="season of the verdict; in flood, fords, ferries and ice roads are closed (both are reported)",
    )
    threshold_base: Literal["residents", "contingent"] = Field(
        "residents", description="A5, A7: whom 5, 41 and 81 count: resident children, or the pupils of the own school"
    )
    bridged_barrier: Literal["no", "yes"] = Field(
        "no", description="whether a river with a bridge on the road path still counts as a barrier"
    )
    lake_round: Literal["yes", "no"] = Field(
        "yes", description="whether a lake that the road goes round lies between, and so is a barrier"
    )
    unknown_level: Literal["secondary", "basic", "primary"] = Field(
        "secondary", description="level taken for a school whose level is not known; the default alleges no breach"
    )
    private_schools: Literal["no", "yes"] = Field(
        "no", description="whether a private school discharges the state's guarantee"
    )
    school_age_share: float | None = Field(
        None, gt=0, lt=1, description="school-age children per inhabitant where none are given; default in the norms"
    )
    join_m: float = Field(
        2_000,
        gt=0,
        le=3_000,
        description="a school that no KATO and no built-up area places stands in the nearest settlement up to this far,"
        " no river or lake between: the reach of a village, an assumption of the model, never over the norm's 3 km",
    )
    snap_m: float = Field(
        2_000, gt=0, le=50_000, description="a point farther than this from every road is off the network"
    )
    straight_factor: float = Field(
        1.3, ge=1, le=3, description="road metres per straight metre where there is no road path (marked approx)"
    )
    walk_kmh: float = Field(4.0, gt=0, le=10, description="speed of a child on foot (an assumption of the model)")
    bus_kmh: dict[str, Annotated[float, Field(gt=0, le=150)]] = Field(
        {}, description="speeds of a bus by class of road, in place of the defaults of `model/speeds.toml`"
    )
    margin_m: float = Field(
        10_000, ge=0, le=200_000, description="roads, waters and schools are read this far over the border"
    )
    border_schools: Literal["yes", "no"] = Field(
        "yes",
        description="whether a school over the region's border counts where it is the nearest: the acts read measure"
        " the way to school, and name no border",
    )
    min_water_ha: float = Field(1.0, ge=0, le=1e6, description="a lake smaller than this is not a barrier")
    min_river_km: float = Field(
        0.0, ge=0, le=5000, description="a river or canal shorter than this, all its pieces together, is not a barrier"
    )
    canal_water: Literal["no", "yes"] = Field(
        "no", description="whether a canal is a barrier too (the act names rivers and lakes)"
    )
    horizon: int | None = Field(
        None,
        ge=2000,
        le=2100,
        description="school year the norms are judged at as well as today; 2030 when not given,"
        " or four years after the plan's own where that is later",
    )
    growth: Literal["low", "medium", "high"] = Field(
        "medium", description="path the norms at the horizon are judged on"
    )
    rake: Literal["yes", "no"] = Field(
        "yes", description="whether official totals of districts win over the sum of their settlements' figures"
    )
    enter_at_six: float = Field(
        1.0,
        ge=0,
        le=1,
        description="A6: share of the six-year-olds of 1 September who enter grade 1 then, not a year later",
    )
    stay_after_9: float | None = Field(
        None,
        gt=0,
        le=1,
        description="share of grade 9 that goes on to grade 10 (the others leave for colleges); default in the norms",
    )
    twelve_from: int | None = Field(
        None,
        ge=2024,
        le=2100,
        description="school year grade 12 is first taught in (12-year schooling); never by default",
    )
    births_low: float = Field(
        -0.04, ge=-0.5, le=0.5, description="yearly change of births after the last year known, low path"
    )
    births_medium: float = Field(0.0, ge=-0.5, le=0.5, description="the same, medium path")
    births_high: float = Field(0.02, ge=-0.5, le=0.5, description="the same, high path")
    migration: float = Field(
        0.0, ge=-0.5, le=0.5, description="yearly net migration of children, as a share, where no series tells it"
    )
    migration_spread: float = Field(
        0.01, ge=0, le=0.5, description="how far the low and high paths lie from it, or from what a series tells"
    )
    share_spread: float = Field(
        0.2,
        ge=0,
        le=2,
        description="how far the share of children differs between settlements (its standard deviation"
        " as a share of it): the range of an estimated figure",
    )
    cells: Literal["square", "h3", "none"] = Field(
        "square", description="what a town's people are counted in: squares of `cell_m`, or hexagons of `h3_resolution`"
    )
    cell_m: float = Field(250.0, ge=100, le=5000, description="side of a town's square")
    h3_resolution: int = Field(9, ge=6, le=11, description="resolution of a town's hexagons")
    intermittent_water: Literal["yes", "no"] = Field(
        "yes", description="whether a river or lake that dries up for part of the year is a barrier"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse paths of births that cross, and a horizon that is past."""
        if not self.births_low <= self.births_medium <= self.births_high:
            raise PydanticCustomError("paths", "births_low, births_medium and births_high must rise in this order")
        if self.horizon is not None and self.horizon < self.school_year:
            raise PydanticCustomError("horizon", "the horizon lies before the school year of the plan")
        return self

    @property
    def school_year(self) -> int:
        """The school year of the plan's day: the year of the last 1 September."""
        return self.on.year if self.on.month >= _FIRST_MONTH else self.on.year - 1

    @property
    def horizon_year(self) -> int:
        """The school year of the horizon."""
        if self.horizon is not None:
            return self.horizon
        return max(_HORIZON, self.school_year + 4)
