"""The settlements and districts of one region by code and by name, and what a cell says of a region or of a sum."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.messages import Message
from schoolnet.people import REGION
from schoolnet.sources import names, naming, text
from schoolnet.sources.headings import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schoolnet.region import Region

    Pool = Mapping[str, list[str]]

_NEAR = 0.6
_TOWNS = ("city", "town")
_NAMES = ["name", "name_kk", "name_ru", "name_en"]
_CODE = re.compile(r"(?:KZ-)?([0-9]{2})(?:[0-9]{7})?")  # KZ-59, 590000000
_REGION_DIGITS = 2  # the first digits of a KATO are the region
_OF_CITIES = "12"  # the third digit of the KATO of a city of oblast significance


class Gazetteer:
    """The areas of one region, by code and by name; names are compared as `names.name` gives them."""

    def __init__(self, region: Region) -> None:
        self.region = region

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """First two digits of the region's KATO codes (one outline may hold two regions)."""
        codes = self.region.districts["kato"].dropna()
        codes = self.region.settlements["kato"].dropna() if codes.empty else codes
        told = _CODE.fullmatch(self.region.code)
        return frozenset(codes.astype(str).str[:_REGION_DIGITS]) or frozenset({told[1]} if told else ())

    @cached_property
    def settlement_codes(self) -> Pool:
        """Settlements of each KATO: more than one where the map has a code twice."""
        return _by_code(self.region.settlements["kato"])

    @cached_property
    def district_codes(self) -> Pool:
        """Districts of each KATO."""
        return _by_code(self.region.districts["kato"])

    @cached_property
    def settlement_names(self) -> Pool:
        """Settlements of each name, in any language."""
        return _by_name(self.region.settlements, names.key)

    @cached_property
    def district_names(self) -> Pool:
        """Districts of each name, in any language."""
        return _by_name(self.region.districts, names.key)

    @cached_property
    def _district_stems(self) -> Pool:
        return _by_name(self.region.districts, names.stem)

    @cached_property
    def _own_names(self) -> frozenset[str]:
        known = [one for prefix in self.prefixes for one in names.words()["regions"].get(prefix, ())]
        return frozenset(names.key(one) for one in (*known, *self.region.names.values())) - {""}

    def is_own(self, cell: str) -> bool:
        """Return whether a cell names this region; “Алматы қаласы” is not the oblast of that name."""
        kind = names.name(cell).kind
        city = bool(self.prefixes & set(names.words()["regions"]["cities"]))
        clash = kind == "district" or (kind == "city" and not city) or (kind == "region" and city)
        return names.key(cell) in self._own_names and not clash

    def settlements(self, cells: list[str], inside: set[str] | None) -> list[str]:
        """Return the settlements of names, inside a district; of several those of the kind told: town or village."""
        ids = _among(self.settlement_names, cells, inside)
        kind = _kind_of(cells)
        if len(ids) == 1 or kind not in ("city", "settlement"):
            return ids
        place = self.region.settlements["place"]
        return [one for one in ids if (place[one] in _TOWNS) == (kind == "city")] or ids

    def districts(self, cells: list[str]) -> list[str]:
        """Return the districts of names, and of the kind told: a city, or a district."""
        ids = _among(self.district_names, cells, None)
        if not ids:
            ids = sorted({one for cell in cells for one in self._district_stems.get(names.stem(cell), [])})
        kind = _kind_of(cells)
        return [one for one in ids if not kind or self._kind(one) in ("", kind)]

    def inside(self, district_id: str) -> set[str]:
        """Return the settlements of a district."""
        return set(self.region.settlements.index[self.region.settlements["district_id"] == district_id])

    def _kind(self, district_id: str) -> str:
        """Return whether a district is a city of oblast significance or a district proper; “” where it is not known."""
        row = self.region.districts.loc[district_id]
        code = row["kato"]
        if isinstance(code, str):
            in_city = code[:_REGION_DIGITS] in names.words()["regions"]["cities"]
            return "city" if code[_REGION_DIGITS] in _OF_CITIES and not in_city else "district"
        return next((kind for one in _labels(row) if (kind := names.name(one).kind) in ("city", "district")), "")

    def near(self, pool: Pool, cells: list[str], inside: set[str] | None = None) -> Message:
        """Return why a name is not found, with the names nearest to it."""
        kept = {key: [one for one in ids if inside is None or one in inside] for key, ids in pool.items()}
        keys = difflib.get_close_matches(names.key(cells[0]), [key for key, ids in kept.items() if ids], 3, _NEAR)
        if not keys:
            return Message("the region has none of this name: correct it, or give its KATO")
        known = listed(list(dict.fromkeys(self.label(one) for key in keys for one in kept[key])))
        return Message("the region has none of this name; near it: {names}", names=known)

    def label(self, key: str) -> str:
        """Return the name of an area and its KATO, or its identifier where it has none."""
        if key == REGION:
            return naming.said(self.region.names, self.region.code)
        layer = self.region.settlements if key in self.region.settlements.index else self.region.districts
        row = layer.loc[key]
        name, code = _labels(row), row["kato"]
        return f"{text.short(name[0]) if name else key} ({code if isinstance(code, str) else key})"

    def keys(self, settlement_id: str) -> set[str]:
        """Return the names of a settlement as they are compared."""
        return {names.key(one) for one in _labels(self.region.settlements.loc[settlement_id])}


@cache
def _totals() -> frozenset[str]:
    return frozenset(names.key(word) for word in names.words()["totals"])


def is_total(cell: str) -> bool:
    """Return whether a cell says that its row, or column, is the sum of others."""
    return names.key(cell) in _totals()


@cache
def _countries() -> frozenset[str]:
    return frozenset(names.key(one) for one in names.words()["country"]["names"])


def is_country(cell: str) -> bool:
    """Return whether a cell names Kazakhstan."""
    return names.key(cell) in _countries()


@cache
def _regions() -> frozenset[str]:
    found = names.words()["regions"]
    return frozenset(names.key(one) for key, some in found.items() if key != "cities" for one in some)


def regions() -> int:
    """Return how many regions the country has."""
    return len(names.words()["regions"].keys() - {"cities"})


def is_region(cell: str) -> bool:
    """Return whether a cell can name a region of Kazakhstan."""
    return names.name(cell).kind != "district" and names.key(cell) in _regions()


def _kind_of(cells: Iterable[str]) -> str:
    return next((kind for cell in cells if (kind := names.name(cell).kind)), "")


def _by_code(codes: pd.Series[Any]) -> Pool:
    found: dict[str, list[str]] = {}
    for key, code in codes.dropna().sort_index().items():
        found.setdefault(str(code), []).append(str(key))
    return found


def _labels(row: pd.Series[Any]) -> list[str]:
    return [row[column] for column in _NAMES if isinstance(row[column], str)]


def _by_name(layer: pd.DataFrame, form: Any) -> Pool:
    found: dict[str, list[str]] = {}
    for key, *some in pd.DataFrame(layer[_NAMES]).sort_index().itertuples():
        for label in sorted({form(one) for one in some if isinstance(one, str)} - {""}):
            found.setdefault(label, []).append(str(key))
    return found


def _among(pool: Pool, cells: Iterable[str], inside: set[str] | None) -> list[str]:
    """Return what all names of a row have in common, or what the most of them say."""
    found = [set(pool.get(names.key(cell), ())) for cell in cells]
    counts = Counter(one for some in found for one in some if inside is None or one in inside)
    return sorted(one for one, count in counts.items() if count == max(counts.values()))
