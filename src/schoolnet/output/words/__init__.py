"""All words for people, as data: kk.toml, ru.toml and en.toml hold the same keys and the same {places}.

Sentences of faults and of the ledger stand in the code in English (`schoolnet.messages`); messages.kk.po and
messages.ru.po hold them in Kazakh and Russian.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import pandas as pd
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schoolnet.errors import Fault

LANGS = ("kk", "ru", "en")
_GUARANTEE = ("threshold.primary", "threshold.basic", "threshold.secondary")
_TRANSPORT = ("transport.distance_m", "transport.barriers")
#: Each reason of a verdict (`verdicts.reason`, also the key of its sentence) with the keys of the norms it rests on.
REASONS = {
    "keep_satisfied": _GUARANTEE,
    "keep_too_few": _GUARANTEE,
    "keep_near": _TRANSPORT,
    "keep_rule": _TRANSPORT,
    "keep_urban": (),
    "build_owed": _GUARANTEE,
    "upgrade_owed": _GUARANTEE,
    "upgrade_owed_contingent": _GUARANTEE,
    "bus_far": _TRANSPORT,
    "bus_barrier": _TRANSPORT,
    "bus_far_barrier": _TRANSPORT,
    "board_no_road": _TRANSPORT,
    "board_no_bus": _TRANSPORT,
    "board_no_school": _TRANSPORT,
    "board_ride_long": _TRANSPORT,
    "no_data": (),
    "build_emergency": ("indicator.share",),
    "build_relief": ("shifts.allowed",),
    "build_unschooled": (),
    "extend_relief": ("shifts.allowed",),
    "build_travel": _TRANSPORT,
    "upgrade_travel": _TRANSPORT,
}
#: The reasons that rest on a target of the national project: an aim, never a breach.
TARGETS = ("build_emergency", "build_relief", "extend_relief")
#: The notes that rest on norms of their own.
NOTES = {"note_substitute_consent": ("substitute.consent",)}
_NEAR_M = 10_000
_MANY_MKZT, _SOME_MKZT = 100, 10
_SHOWN = {  # what a raw value of a sentence is shown as: words of a group; the rest are numbers or names
    "level": "level_owed",
    "level_then": "level_owed",
    "existing": "level",
    "assumed": "level",
    "site_level": "level",
    "tier": "tier",
    "whose": "whose",
    "other": "verdict",
    "chosen": "verdict",
}
_PERCENT = {"kk": "ru"}
_TEXTS = ("school", "bus_school", "place", "after", "then", "year", "year_end")  # shown as they are


@dataclass(frozen=True)
class Words:
    """The words of one language, and numbers as that language writes them.

    Attributes
    ----------
    lang
        kk, ru or en.
    texts
        Every text by its key; keys of a group have a dot: `verdict.build`.
    """

    lang: str
    texts: Mapping[str, str]

    def text(self, key: str, **params: str) -> str:
        """Return the text of a key with its {places} filled; a wrong key is a KeyError that names it."""
        if key not in self.texts:
            raise KeyError(f"no words for “{key}” in words/{self.lang}.toml")
        return self.texts[key].format(**params) if params else self.texts[key]

    def message(self, text: str) -> str:
        """Return a sentence of a fault or of the ledger in the language; other text, such as a cell, as it is."""
        if self.lang == "en" or not isinstance(text, Message):
            return str(text)
        template = sentences(self.lang).get(text.template, text.template)
        values = {name: self._place(value) for name, value in text.values.items()}  # noqa: PD011 - no frame
        return template.format(**values) if values else template

    def _place(self, value: object) -> str:
        if isinstance(value, float):
            return str(value).replace(".", ",")  # the decimals of the English sentence, no more and no fewer
        return self.message(value) if isinstance(value, str) else str(value)

    def fault(self, fault: Fault) -> str:
        """Return the line of a fault in the language: where, what, and what to do."""
        return fault.said(self.message)

    def number(self, value: Any, *, digits: int = 0) -> str:
        """Return a number with at most so many decimals, or the word for unknown."""
        if pd.isna(value):
            return self.text("unknown")
        return _decimal(round(float(value), digits) + 0.0, self.lang)  # no number is -0

    def percent(self, share: Any) -> str:
        """Return a share (0.025) as a percentage with at most two decimals, or the word for unknown.

        Kazakh is written as Russian is (10,71 %): browsers hold no data for it, and page and paper are to agree.
        """
        if pd.isna(share):
            return self.text("unknown")
        return str(
            format_percent(
                round(float(share), 4), locale=_PERCENT.get(self.lang, self.lang), decimal_quantization=False
            )
        )

    def km(self, metres: Any) -> str:
        """Return metres as kilometres: two decimals below 10 km, four where two would hide 3.0001."""
        if pd.isna(metres):
            return self.text("unknown")
        return self.text("km", value=self.number(metres / 1000, digits=self._digits(metres)))

    @staticmethod
    def _digits(metres: float) -> int:
        if metres >= _NEAR_M:
            return 1
        tens = math.floor(metres / 10 + 0.5) * 10
        return 4 if tens % 1000 == 0 and tens != metres else 2

    def cost(self, mkzt: Any, basis: str) -> str:
        """Return a cost in million tenge with where its price comes from; an assumed one is marked ≈."""
        if pd.isna(mkzt) or (basis == "none" and not mkzt):
            return self.text("cost.none" if basis == "none" else "unknown")
        digits = 0 if mkzt >= _MANY_MKZT else 1 if mkzt >= _SOME_MKZT else 2
        # halves go up, as in the script of the map
        shown = math.floor(round(float(mkzt), 4) * 10**digits + 0.5) / 10**digits
        return self.text(f"cost.{basis}", value=self.number(shown, digits=digits))

    def sentence(self, key: str, facts: Mapping[str, Any]) -> str:
        """Return a reason or note with raw values put into words.

        Parameters
        ----------
        key
            Key of the sentence, such as `build_owed`.
        facts
            Raw values as `maps.facts` gives them: `children`, `threshold` (numbers), `level`, `existing`,
            `assumed` (levels), `band`, `school` (a name), `metres`, `basis` (road or straight), `limit_m`,
            `water` (kind, name), `crossing`, `bridge` (see `bridge`), `factor`, `place` (a name), `bus_m`, `minutes`,
            `change_m`, `dry` and `flood` (pupils), `divided_by` (kind, name), `ahead`, `low` and `high` (children),
            `year` and `year_end` (texts), `level_then`, `site_level` (levels), `tier`, `whose`, `other` and `chosen`
            (verdicts), `cost_mkzt` with `cost_basis` (see `cost`; so too other costs), other numbers.
        """
        return self.text(key, **dict(self._filled(facts)))

    def _filled(self, facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in facts.items():
            if name == "metres":
                factor = self.number(facts.get("factor"), digits=2)
                yield "distance", self.text(f"distance_{facts['basis']}", km=self.km(value), factor=factor)
            elif name == "crossing":
                yield name, self._over(value, facts.get("bridge"))
            elif name.endswith("_mkzt"):
                stem = name.removesuffix("_mkzt")
                yield stem, self.cost(value, facts[f"{stem}_basis"])
            elif name != "bridge" and not name.endswith("basis"):
                yield name.removesuffix("_m"), self._shown(name, value)

    def _shown(self, name: str, value: Any) -> str:
        if name in _SHOWN:
            return self.text(f"{_SHOWN[name]}.{value}")
        if name in _TEXTS:
            return value or self.text("no_name")
        if name in ("water", "divided_by"):
            return self._water(value)
        if name in ("band", "bands", "bands_long", "bands_after"):
            return str(value).replace("-", "–")
        if name.endswith("_m"):
            return self.km(value)
        return self.number(value, digits=0 if name in ("minutes", "walk") else 2)

    def _water(self, water: tuple[str, str]) -> str:
        kind, named = self.text(f"water.{water[0]}"), water[1]
        return self.text("named", kind=kind, name=named) if named else kind

    def _over(self, crossing: str, bridge: Mapping[str, Any] | None) -> str:
        """Return how the road gets over the water, and where it is barred, the bridge and the way round."""
        how = self.text(f"crossing_how.{crossing}")
        return how if bridge is None else f"{how}; {self.bridge(bridge)}"

    def bridge(self, bridge: Mapping[str, Any]) -> str:
        """Return where the nearest bridge is and how far round: `m`, `to` and `round_m`, each there or not."""
        params = {"round": self.km(bridge.get("round_m"))}
        if "m" in bridge:
            params |= {"km": self.km(bridge["m"]), "direction": self.text(f"direction.{bridge['to']}")}
            return self.text("bridge_round" if "round_m" in bridge else "bridge_lone", **params)
        return self.text("bridge_other" if "round_m" in bridge else "bridge_none", **params)


@lru_cache(maxsize=100_000)
def _decimal(value: float, lang: str) -> str:
    """Return a number as the language writes it; a plan says some figures thousands of times."""
    return str(format_decimal(value, decimal_quantization=False, locale=lang))


@cache
def load(lang: str) -> Words:
    """Return the words of a language (`LANGS`)."""
    if lang not in LANGS:
        raise KeyError(f"no words in “{lang}”: there are {', '.join(LANGS)}")
    text = resources.files(__name__).joinpath(f"{lang}.toml").read_text(encoding="utf-8")
    return Words(lang, dict(_flat(tomllib.loads(text))))


@cache
def sentences(lang: str) -> Mapping[str, str]:
    """Return the sentences of faults and of the ledger in a language, by their English template."""
    if lang == "en":
        return {}
    with resources.files(__name__).joinpath(f"messages.{lang}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file, locale=lang) if entry.id and entry.string}


def _flat(table: Mapping[str, Any], group: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield f"{group}{key}", value
        else:
            yield from _flat(value, f"{group}{key}.")
