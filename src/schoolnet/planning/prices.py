"""What a school, a bus and a boarding place cost: published prices, the model's assumptions, or the planner's own."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schoolnet.options import Options

_SIZE, _INDEX = "size_", "index"
_PER_100KM, _KZT_PER_MKZT, _M_PER_KM = 100.0, 1e6, 1e3


class Building(NamedTuple):
    """A building to be put up: seats, the shifts they are counted in, its price, and where the price comes from."""

    seats: int
    shifts: int
    mkzt: float
    basis: str


class Vehicle(NamedTuple):
    """A kind of bus: its seats, what one costs to buy, to keep and staff a year, and to drive a kilometre."""

    name: str
    seats: int
    mkzt: float
    year_mkzt: float
    km_mkzt: float


@dataclass(frozen=True)
class Prices:
    """All prices of a plan, by name; `basis`: published, assumed or given.

    Source of what is published: the sizes and prices a seat of the national project “Comfortable school” (2022).
    """

    values: dict[str, float]
    basis: dict[str, str]
    units: dict[str, str]
    years: int
    discount: float
    shifts: int
    room: int

    def __getitem__(self, name: str) -> float:
        """Return one price."""
        return self.values[name]

    @property
    def standard(self) -> list[int]:
        """Seats of the standard schools, smallest first."""
        return sorted(int(name.removeprefix(_SIZE)) for name in self.values if name.startswith(_SIZE))

    @property
    def worth(self) -> float:
        """What a sum paid every year is worth today, over the years costs are compared, for each tenge a year."""
        return float(sum((1 + self.discount) ** -year for year in range(self.years)))

    def school(self, pupils: int) -> Building:
        """Return the cheapest building for so many pupils.

        Up to the smallest standard school: whole classrooms, in one shift, at the price of a small school's seat. More:
        standard schools, in the shifts new schools are planned for (option `shifts_planned`), as many as are needed.

        | pupils | shifts | seats |
        |---|---|---|
        | 41 | | 50 |
        | 300 | | 300 |
        | 301 | 2 | 300 |
        | 301 | 1 | 600 |
        """
        smallest = self.standard[0]
        if pupils < smallest:
            seats = min(smallest, max(1, math.ceil(pupils / self.room)) * self.room)
            if seats < smallest:
                return Building(seats, 1, seats * self["small_seat"] * self[_INDEX], self.basis["small_seat"])
        if pupils <= smallest:
            return Building(smallest, 1, self._standard(smallest), self.basis[f"{_SIZE}{smallest}"])
        whole, rest = divmod(pupils, self.standard[-1] * self.shifts)
        fits = [seats for seats in self.standard if seats * self.shifts >= rest] if rest else []
        last = min(fits, key=lambda seats: (self._standard(seats), seats), default=0)
        cost = whole * self._standard(self.standard[-1]) + (self._standard(last) if last else 0.0)
        seats = whole * self.standard[-1] + last
        return Building(seats, self.shifts, cost, self.basis[f"{_SIZE}{last or self.standard[-1]}"])

    def extension(self, pupils: int) -> Building:
        """Return an extension for so many pupils: whole classrooms, in the shifts new schools are planned for.

        What would be larger than the smallest standard school is a school building beside.
        """
        seats = max(1, math.ceil(pupils / self.shifts / self.room)) * self.room
        if seats > self.standard[0]:
            return self.school(pupils)
        return Building(seats, self.shifts, seats * self["extension_seat"] * self[_INDEX], self.basis["extension_seat"])

    def running(self, building: Building) -> float:
        """Return what a building costs over the years compared: put up, kept and staffed."""
        return building.mkzt + self.worth * (self["school_year"] + building.seats * self["seat_year"])

    def buses(self, pupils: NDArray[Any], metres: NDArray[Any]) -> NDArray[np.float64]:
        """Return what a bus costs over the years compared, for so many pupils, so many metres one way.

        Whole buses, each bought anew at the end of its life, with a driver, repairs and fuel of `runs` one-way runs a
        school day.
        """
        bus = next(one for one in self.vehicles if one.name == "bus")
        km_day = np.asarray(metres, float) / _M_PER_KM * self["runs"]
        return np.asarray(np.ceil(np.asarray(pupils, float) / bus.seats) * self.bus_period(bus, km_day))

    @property
    def vehicles(self) -> list[Vehicle]:
        """Kinds of bus, smallest first; a kind of no seats is not used."""
        kinds = []
        for name, fuel in (("bus_small", "fuel_small"), ("bus", "fuel"), ("bus_large", "fuel_large")):
            km = self[fuel] / _PER_100KM * self["fuel_litre"] / _KZT_PER_MKZT
            year = self["driver_year"] + self["bus_year"]
            kinds.append(Vehicle(name, int(self[f"{name}_seats"]), self[name], year, km))
        return sorted((one for one in kinds if one.seats), key=lambda one: one.seats)

    def bus_year(self, bus: Vehicle, km_day: float) -> float:
        """Return what a bus costs a school year: its price by years of life, repairs, driver, and fuel."""
        return bus.mkzt / self["bus_life"] + bus.year_mkzt + km_day * self["school_days"] * bus.km_mkzt

    def bus_period(self, bus: Vehicle, km_day: Any) -> Any:
        """Return what a bus costs over the years compared: bought anew at the end of its life, driven so far a day."""
        lives = math.ceil(self.years / self["bus_life"])
        bought = sum((1 + self.discount) ** -(life * self["bus_life"]) for life in range(lives)) * bus.mkzt
        return bought + self.worth * (bus.year_mkzt + km_day * self["school_days"] * bus.km_mkzt)

    def boarding(self, pupils: NDArray[Any]) -> NDArray[np.float64]:
        """Return what boarding places for so many pupils cost over the years compared."""
        places = np.asarray(pupils, float)
        return np.asarray(places * (self["board_place"] + self.worth * self["board_year"]))

    def _standard(self, seats: int) -> float:
        return self[f"{_SIZE}{seats}"] * self[_INDEX]


def prices(options: Options, *, room: int) -> Prices:
    """Return the prices of a plan.

    Parameters
    ----------
    options
        For `prices`, `cost_years`, `discount` and `shifts_planned`.
    room
        Pupils of one classroom (norm `class.size_max`): what small buildings are rounded up to.

    Raises
    ------
    OptionError
        A price is named that there is not, or cannot be nought; the near name is given.
    """
    known = _known()
    faults = [_unknown(name, known) for name in options.prices if name not in known]
    faults += [
        Fault(Message("price “{name}” must be over 0.", name=name), Message("Give a price, or leave it out."))
        for name in ("bus_seats", "bus_life")
        if options.prices.get(name, 1) <= 0
    ]
    if faults:
        raise OptionError(faults)
    return Prices(
        values={name: options.prices.get(name, float(entry["value"])) for name, entry in known.items()},
        basis={name: _basis(name, entry["standing"], options) for name, entry in known.items()},
        units={name: entry["unit"] for name, entry in known.items()},
        years=options.cost_years,
        discount=options.discount,
        shifts=options.shifts_planned,
        room=room,
    )


def _basis(name: str, standing: str, options: Options) -> str:
    """Return where a price comes from; a published one times an index of the planner's is the planner's."""
    indexed = standing == "published" and options.prices.get(_INDEX, 1.0) != 1.0
    return "given" if name in options.prices or indexed else standing


def _unknown(name: str, known: dict[str, Any]) -> Fault:
    problem = Message("there is no price “{name}”.", name=name)
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return Fault(problem, Message("Did you mean “{name}”?", name=near[0]))
    return Fault(problem, Message("Known prices: {names}.", names=", ".join(known)))


@cache
def _known() -> dict[str, Any]:
    text = (resources.files("schoolnet.planning") / "prices.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
