"""Which settlement, district or region a row of a sheet is of: by identifier, by KATO, else by name.

What a row says is never guessed at: a name near to one of the region is offered, not taken, and a name that several
answer to asks for its KATO.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from schoolnet.messages import Message
from schoolnet.people import COUNTRY, REGION
from schoolnet.sources import names, text
from schoolnet.sources.gazetteer import Gazetteer, is_country, is_region, is_total
from schoolnet.sources.headings import listed
from schoolnet.sources.placing import named

if TYPE_CHECKING:
    from schoolnet.region import Region

_TAIL = "00000"  # a KATO that ends so is of a district, or of more


class Told(NamedTuple):
    """What the cells of one row say of its area; “” where they say nothing.

    `names` are of what the table lists (see `Areas.find`); `settlement` is of a settlement, whatever the table.
    """

    id: str = ""
    kato: str = ""
    names: tuple[str, ...] = ()
    settlement: str = ""
    district: str = ""
    oblast: str = ""
    oblast_kato: str = ""


class Found(NamedTuple):
    """The area of a row.

    Attributes
    ----------
    area_id
        Identifier of the settlement or district, `*` or `KZ`; “” when there is none.
    outcome
        `found`; `elsewhere`, a row of another region; `total`, a sum of other rows; `stranger`, a district of this
        region that is not on the map; `rejected`.
    column, what, why
        For the ledger: of a row that is not found, or was found otherwise than it says.
    """

    area_id: str
    outcome: str
    column: str = ""
    what: str = ""
    why: Message | None = None


_ELSEWHERE, _TOTAL = Found("", "elsewhere"), Found("", "total")


def _found(area_id: str) -> Found:
    return Found(area_id, "found")


def _rejected(column: str, what: str, why: Message) -> Found:
    return Found("", "rejected", column, what, why)


class Areas:
    """Finds the areas of one region by what rows of sheets say of them."""

    def __init__(self, region: Region) -> None:
        self.region, self.known = region, Gazetteer(region)

    def find(self, told: Told, level: str) -> Found:
        """Return the area of a row of a table of settlements, of districts, or of any areas.

        Parameters
        ----------
        told
            What the row says.
        level
            `settlement`; `district` (the whole region is one of them); `any` (the country too).
        """
        if told.id:
            return self._by_id(told.id, level)
        if other := self._of_another_region(told):
            return other
        code = (text.kato(told.kato) or text.kato(f"0{told.kato}")) if told.kato else None
        if code and (found := self._by_kato(code, told, level)):
            return found
        found = self._by_name(told, level, code)
        if found.outcome != "found" or not told.kato:
            return found
        if not code:
            return found._replace(column="kato", what=told.kato, why=_NO_KATO)
        what = Message("{kato}: no area of the region has this KATO", kato=code)
        return found._replace(column="kato", what=what, why=Message("joined by its name instead"))

    def _by_id(self, key: str, level: str) -> Found:
        settlement = key in self.region.settlements.index
        district = key in self.region.districts.index or key == REGION
        known = {"settlement": settlement, "district": district}
        if known.get(level, settlement or district or key == COUNTRY):
            return _found(key)
        return _rejected("id", key, Message("the region has no such identifier: correct it, or leave it empty"))

    def _of_another_region(self, told: Told) -> Found | None:
        """Return what becomes of a row whose region is told and is another, or is not known; None of any other row."""
        code = text.kato(told.oblast_kato)
        if code and self.known.prefixes:
            return None if code[:2] in self.known.prefixes else _ELSEWHERE
        if not told.oblast or told.kato or is_total(told.oblast) or self.known.is_own(told.oblast):
            return None
        if is_region(told.oblast) or is_country(told.oblast):
            return _ELSEWHERE if not is_country(told.oblast) or told.names or told.district else None
        return _rejected("oblast", told.oblast, Message("no region is called so: correct it, or give the KATO"))

    # --- by code

    def _by_kato(self, code: str, told: Told, level: str) -> Found | None:
        """Return the area of a code, or None where the names of the row must tell it."""
        ids = self.known.settlement_codes.get(code, [])
        if ids and level != "district":
            return self._twin(ids, told, code)
        districts = self.known.district_codes.get(code) or self.known.district_codes.get(code[:4] + _TAIL, [])
        if len(districts) == 1 and (code.endswith(_TAIL) or code in self.known.district_codes):
            return _found(districts[0]) if level != "settlement" else _TOTAL
        if self.known.prefixes and code[:2] not in self.known.prefixes:
            return _ELSEWHERE._replace(
                column="kato", what=told.kato, why=Message("a KATO of another region: correct it")
            )
        if not code[2:].strip("0"):
            return _found(REGION) if level != "settlement" else _TOTAL
        if told.settlement or told.names or told.district:
            return None
        found = _rejected(
            "kato", told.kato, Message("no area of the region has this KATO: correct it, or give its name")
        )
        return found._replace(outcome="stranger") if level == "district" else found

    def _twin(self, ids: list[str], told: Told, code: str) -> Found:
        """Return the settlement of a code; of several that share it the one named so, else the one of most people."""
        wanted = {names.key(one) for one in (told.settlement, *told.names) if one}
        own = [one for one in ids if wanted & self.known.keys(one)] or ids
        if len(own) == 1:
            return self._unlike(own[0], wanted)
        people = self.region.settlements.loc[own, "population"].fillna(-1)
        first = str(people.index[people == people.max()].min())
        labels = [f"{named(self.region, one)} ({one})" for one in ids]
        twins = reduce(lambda some, last: Message("{some} and {last}", some=some, last=last), labels)
        what = Message("{kato} is the KATO of {twins}", kato=code, twins=twins)
        why = Message("taken for the one with most inhabitants on the map, {id}; the others keep theirs", id=first)
        return Found(first, "found", "kato", what, why)

    def _unlike(self, key: str, wanted: set[str]) -> Found:
        """Return the settlement of a code, with a note where the name is that of another one of the same district."""
        if not wanted or wanted & self.known.keys(key):
            return _found(key)
        home = self.region.settlements.loc[key, "district_id"]
        beside = self.known.inside(home) if isinstance(home, str) else set()
        others = [one for name in wanted for one in self.known.settlement_names.get(name, ()) if one in beside]
        if not others:
            return _found(key)
        labels = {"told": self.known.label(key), "seen": self.known.label(others[0])}
        what = Message("KATO of {told}, but the name of {seen}", **labels)
        return Found(key, "found", "kato", what, Message("joined by KATO: correct the one that is wrong"))

    # --- by name

    def _by_name(self, told: Told, level: str, code: str | None) -> Found:
        cells = [one for one in told.names if one]
        if told.settlement or (level == "settlement" and cells):
            return self._settlement([told.settlement] if told.settlement else cells, told, code)
        if level == "settlement":
            return _TOTAL if told.district or told.oblast else _nowhere(told)
        if told.district and level == "any" and cells and not is_total(cells[0]):
            return self._settlement(cells, told, code)
        if not cells or (told.district and is_total(cells[0])):
            column = "district" if told.district else "oblast"
            cells = [cell for cell in [told.district or told.oblast] if cell]
            return self._area(cells, level, told, column) if cells else _nowhere(told)
        return self._area(cells, level, told, "name")

    def _settlement(self, cells: list[str], told: Told, code: str | None) -> Found:
        column = "settlement" if told.settlement else "name"
        if any(map(is_total, cells)):
            return _TOTAL
        if any(names.name(cell).kind == "okrug" for cell in cells):
            why = Message("a rural okrug, not a settlement: give its settlements one by one")
            return _rejected(column, cells[0], why)
        inside = self._inside(told, code)
        if isinstance(inside, Found):
            return inside
        ids = self.known.settlements(cells, inside)
        if code and ids:
            free = [one for one in ids if pd.isna(self.region.settlements.loc[one, "kato"])]
            if not free:
                why = Message(
                    "the settlement of this name has the KATO {kato}: correct one of them",
                    kato=self.region.settlements.loc[ids[0], "kato"],
                )
                return _rejected("kato", told.kato, why)
            ids = free
        if len(ids) > 1:
            return self._several(ids, cells, column)
        return (
            _found(ids[0])
            if ids
            else _rejected(column, cells[0], self.known.near(self.known.settlement_names, cells, inside))
        )

    def _inside(self, told: Told, code: str | None) -> set[str] | Found | None:
        """Return the settlements of the district the row is in, None (all of them) where it does not say."""
        if told.district and not is_total(told.district):
            found = self._area([told.district], "district", Told(), "district")
            if found.outcome != "found":
                return found
            return None if found.area_id == REGION else self.known.inside(found.area_id)
        ids = self.known.district_codes.get(code[:4] + _TAIL, []) if code else []
        return self.known.inside(ids[0]) if ids else None

    def _area(self, cells: list[str], level: str, told: Told, column: str) -> Found:
        """Return the district, region or country of a name; where any area may stand, also the settlement."""
        if plain := _whole(cells, level):
            return plain
        ids = self._candidates(cells, level, told, column)
        if column != "district" and any(map(is_region, cells)) and not any(map(self.known.is_own, cells)):
            if not ids:
                return _ELSEWHERE
            if not (_kinds(cells) or told.oblast or told.oblast_kato or told.kato):
                why = Message("a region is called so too: write район, ауданы or облысы after it, or give its KATO")
                return _rejected(column, cells[0], why)
        if ids:
            return _found(ids[0]) if len(ids) == 1 else self._several(ids, cells, column)
        found = _rejected(column, cells[0], self.known.near(self._pool(level), cells))
        ours = level == "district" and bool(told.oblast or told.oblast_kato or told.kato)
        return found._replace(outcome="stranger") if ours else found

    def _candidates(self, cells: list[str], level: str, told: Told, column: str) -> list[str]:
        kinds = _kinds(cells)
        ids = [] if kinds & {"okrug", "region"} else self.known.districts(cells)
        if any(map(self.known.is_own, cells)) and not (ids and told.oblast):
            ids = [*ids, REGION]
        if level == "any" and column == "name" and not kinds & {"region", "district"} and not (ids and "city" in kinds):
            ids = [*ids, *self.known.settlements(cells, None)]
        return ids

    def _pool(self, level: str) -> dict[str, list[str]]:
        pools = (self.known.district_names, self.known.settlement_names if level == "any" else {})
        return {key: [*pools[0].get(key, ()), *pools[1].get(key, ())] for key in {**pools[0], **pools[1]}}

    def _several(self, ids: list[str], cells: list[str], column: str) -> Found:
        known = listed([self.known.label(one) for one in ids])
        why = Message("several are called so: {names}; give the KATO, or the district", names=known)
        return _rejected(column, cells[0], why)


def _kinds(cells: list[str]) -> set[str]:
    return {names.name(cell).kind for cell in cells} - {""}


def _whole(cells: list[str], level: str) -> Found | None:
    """Return the outcome of a cell that names the region by `*`, the country, or a sum; None of any other."""
    if any(map(is_total, cells)):
        return _TOTAL
    if cells[0] == REGION:
        return _found(REGION)
    if any(map(is_country, cells)):
        return _found(COUNTRY) if level == "any" else _ELSEWHERE
    return None


_NO_KATO = Message("not a KATO code of nine digits: taken as missing")


def _nowhere(told: Told) -> Found:
    if told.kato:
        return _rejected("kato", told.kato, _NO_KATO)
    return _rejected("", Message("no area"), Message("give the KATO, or the name, of its area"))
