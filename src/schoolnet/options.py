"""The choices of a plan and its scenario: the readings of the law, and what is to be built."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

from pydantic import (
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from schoolnet import foreign, toml_file
from schoolnet.errors import Fault, OptionError, SourceError
from schoolnet.messages import Message
from schoolnet.services import Services

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_SHOWN = 200  # characters of a name or value in a fault
_MOST_NAMED = 100  # faults of one file


class Options(Services):
    """The named choices of a plan; every report prints the values used.

    The letters A1-A17 are the open questions of the acts, listed in the README. What is built is a scenario: a file of
    these names (TOML) is kept and compared. On the command line a list is written `ppp=6,26,26`, a table
    `quotas=KZ-59=40,KZ-11=30`.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    schools: int = Field(
        1000,
        ge=0,
        le=100_000,
        description="how many schools are built, replaced or extended in the programme;"
        " a level raised without building is not counted",
    )
    years: int = Field(5, ge=1, le=30, description="school years the programme runs over, as many schools each")
    start: int | None = Field(
        None, ge=2000, le=2100, description="first school year of the programme; the one after the plan's own"
    )
    budget_mkzt: tuple[Annotated[float, Field(ge=0, le=1e9)], ...] = Field(
        (),
        max_length=30,
        description="money of the state by year, million tenge; one figure: each year; none: no limit",
    )
    quotas: dict[str, Annotated[int, Field(ge=0)]] = Field(
        {}, description="most schools of a region or district, by its code; others are free"
    )
    ppp: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (),
        max_length=30,
        description="schools by public-private partnership, by year (the national project: 6, 26,"
        " 26, 25, 18); they cost the state's programme nothing",
    )
    private_seats: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (), max_length=30, description="seats of the state order in private schools, by year, for towns short of seats"
    )
    ppp_seats: int = Field(
        600, ge=1, le=5000, description="smallest school a partner builds (an assumption of the model)"
    )
    shifts_planned: Literal[1, 2] = Field(
        2, description="shifts the seats of a new school of a standard size are counted in; a smaller one works in one"
    )
    size_for: Literal["today", "horizon", "greater"] = Field(
        "horizon", description="whose pupils a new school is made for: today's, those of the horizon, or the greater"
    )
    extend: Literal["yes", "no"] = Field("yes", description="whether a school short of seats may be extended")
    plots_only: Literal["no", "yes"] = Field(
        "no", description="whether a town's new schools stand on given land plots only"
    )
    town_reach_m: float = Field(
        3_000,
        gt=0,
        le=50_000,
        description="how far a new school in a town takes pupils from, on foot: the 3 km of the transport norm taken"
        " as reach (an assumption: no act read sets a radius for towns)",
    )
    candidate_m: float = Field(
        1_000, ge=100, le=20_000, description="a town is searched for sites in blocks of this side, one site a block"
    )
    travel_reach_m: float = Field(
        30_000, gt=0, le=100_000, description="how far a school may be by road to be reached by a daily bus"
    )
    travel_sites: Literal["yes", "no"] = Field(
        "yes", description="whether schools are also built only to shorten the way of those who are owed a bus"
    )
    weights: dict[Literal["pupils", "relieved", "metres", "unbused", "price"], Annotated[float, Field(ge=0)]] = Field(
        {"pupils": 1.0},
        description="weights inside a tier: pupils served, pupils relieved, pupil-kilometres saved, pupils no longer"
        " bused, pupils for a million tenge; each as a share of the tier's greatest",
    )
    cost_years: int = Field(20, ge=1, le=100, description="years over which building, bus and boarding are compared")
    discount: float = Field(0.0, ge=0, le=0.5, description="yearly discount of later costs, as a share")
    prices: dict[str, Annotated[float, Field(ge=0, le=1e9)]] = Field(
        {}, description="prices in place of those of `planning/prices.toml`, by name"
    )
    rank_draws: int = Field(
        200, ge=0, le=10_000, description="draws of the data's error behind the range of each rank; 0: none"
    )
    error_seats: float = Field(0.05, ge=0, le=1, description="how far seats may be off (standard deviation as a share)")
    error_road: float = Field(0.05, ge=0, le=1, description="how far road metres may be off (the same)")
    seed: int = Field(1, ge=0, description="seed of everything drawn at random")
    solve_seconds: float = Field(60.0, gt=0, le=86_400, description="seconds a search for sites may take, each")
    solve_gap: float = Field(
        0.0001, ge=0, le=1, description="a search ends when its answer is proven within this share of the best"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _answered(cls, value: object, info: ValidationInfo) -> object:
        """Take True and False where yes and no are asked for."""
        asked = set(get_args(cls.model_fields[info.field_name or ""].annotation))
        return ("yes" if value else "no") if isinstance(value, bool) and asked == {"yes", "no"} else value

    @field_validator("budget_mkzt", "ppp", "private_seats", "second_shift_grades", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """Take the figures of a text, parted by commas."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("quotas", "weights", "prices", "bus_kmh", "profile_weights", mode="before")
    @classmethod
    def _paired(cls, value: object) -> object:
        """Take the names and values of a text, parted by commas."""
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        found = {name.strip(): one.strip() for name, _, one in pairs}
        if len(found) < len(pairs) or not all(name.strip() and equals for name, equals, _ in pairs):
            raise PydanticCustomError("pairs", "must be written NAME=VALUE, parted by commas, each name once")
        return found

    @model_validator(mode="after")
    def _funded(self) -> Self:
        """Refuse money for some of the years only: what is meant for the others cannot be told."""
        if 1 < len(self.budget_mkzt) < self.years:
            raise PydanticCustomError("funded", "budget_mkzt must hold one figure, or one for each year")
        return self

    @model_validator(mode="wrap")  # the last of the validators, so that it hears of what all the others refuse
    @classmethod
    def _refused(cls, values: Any, made: ModelWrapValidatorHandler[Self]) -> Self:
        """Raise an `OptionError` of all faults in the place of pydantic's: Python and Jupyter say what a file says."""
        try:
            return made(values)
        except ValidationError as error:
            raise OptionError(_fault(one) for one in error.errors()[:_MOST_NAMED]) from None

    @property
    def first_year(self) -> int:
        """The first school year of the programme."""
        return self.school_year + 1 if self.start is None else self.start


def load(path: Path | str) -> Options:
    """Read options from a TOML file; names as in `Options`.

    Raises
    ------
    SourceError
        The file is missing or not TOML.
    OptionError
        A name is unknown or a value out of bounds; every fault is listed.
    """
    path = Path(path)
    data = toml_file.data(path, Message("Check the path of the options file."))
    try:
        values = toml_file.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = Message("not a TOML file: {error}.", error=foreign.toml(error))
        raise SourceError(Fault(problem, Message("Write it as `name = value`, one a line."), path.name)) from None
    return make(values, file=path.name)


def make(values: dict[str, object], *, file: str = "") -> Options:
    """Return options from plain values, or raise `OptionError` with every fault."""
    try:
        return Options.model_validate(values)
    except OptionError as error:
        raise OptionError(fault._replace(file=file) for fault in error.faults) from None


def _fault(error: Mapping[str, Any]) -> Fault:
    name = _told(".".join(str(part) for part in error["loc"] if part != "[key]"))
    if not name:  # of several options together
        return Fault(Message("{rule}.", rule=foreign.option(error)), Message("Change one of them."))
    problem = Message(
        "option “{option}” = {value}: {rule}.",
        option=name,
        value=_told(repr(error["input"])),
        rule=foreign.option(error),
    )
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, Options.model_fields, n=1)
        if near:
            return Fault(problem, Message("Did you mean “{name}”?", name=near[0]))
        return Fault(problem, Message("Known options: {names}.", names=", ".join(Options.model_fields)))
    return Fault(problem, Message("Give a value the option allows."))


def _told(text: str) -> str:
    """Return what a file holds as a message shows it: printable, and not too long."""
    shown = text if text.isprintable() else repr(text)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[: _MOST_SHOWN - 1]}…"
