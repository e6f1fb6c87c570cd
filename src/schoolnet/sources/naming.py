"""What a region of Kazakhstan is officially called, whatever a map or a table calls it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from schoolnet.messages import ByLanguage
from schoolnet.sources import names, places, text

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE = re.compile(r"(?:KZ-)?([0-9]{2})(?:[0-9]{7})?")  # KZ-59, 590000000
_WHOLE = re.compile(r"KZ-([0-9]{2})|([0-9]{2})0{7}")  # of a region itself, not of what lies in it
_LANGS = ("kk", "ru", "en")


def region_codes(cell: str) -> list[str]:
    """Return the ISO codes of the regions a cell names: one where it says which, none where it names none.

    `KZ-59`, `590000000`, `59` and `СКО` are KZ-59; `Алматы қаласы` is KZ-75, `Алматинская область` KZ-19, and `Алматы`
    is either.
    """
    known = names.words()["regions"]
    told = _CODE.fullmatch(text.kato(cell) or cell.strip().upper())
    if told:
        return [f"KZ-{told[1]}"] if told[1] in known else []
    plain = names.name(cell)
    found = [key for key, some in _keys().items() if plain.key in some]
    if plain.kind in ("city", "region"):
        found = [key for key in found if (key in known["cities"]) == (plain.kind == "city")]
    return [f"KZ-{key}" for key in sorted(found)] if plain.kind != "district" else []


@cache
def _keys() -> dict[str, frozenset[str]]:
    """Return what every region is called, official names among them, as names are compared."""
    official = {code.removeprefix("KZ-"): tuple(called.values()) for code, called in places.regions().items()}
    known = names.words()["regions"]
    return {key: frozenset(map(names.key, (*known[key], *some))) for key, some in official.items()}


def official(called: Mapping[str, object], code: str) -> dict[str, str]:
    """Return the official names of a region by language (`places.REGIONS`); none where it is not known to be one.

    It is where its code, ISO 3166-2 or KATO, is of a region, and one of its names is of that region: an own outline, or
    a country made up, may bear the code of a region and be something else.

    Parameters
    ----------
    called
        Names as the source has them.
    code
        Its code.
    """
    told = _WHOLE.fullmatch(code)
    code = f"KZ-{told[1] or told[2]}" if told else code
    known = places.regions().get(code, {})
    return dict(known) if any(isinstance(one, str) and code in region_codes(one) for one in called.values()) else {}


def said(called: Mapping[str, str], code: str) -> str:
    """Return a region's name for a sentence: the official one in each language, else that of the source, or its code.

    Of a language that the source leaves out, `name` is said.
    """
    if known := official(called, code):
        return ByLanguage(known)
    return called.get("name") or next(filter(None, map(called.get, _LANGS)), code)
