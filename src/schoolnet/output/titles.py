"""Names of regions and districts as titles: with the word of their kind, where the source leaves it out.

Many sources write “Северо-Казахстанская”, “Айыртауский”, “Алматы (қала)”. Inside a table whose heading says “region”
that is enough; over a map, a paper or a report it is not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from schoolnet.output import spelled as _spelled
from schoolnet.output import words
from schoolnet.sources import names, naming

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from schoolnet.planning.plan import Plan

_ISO = re.compile(r"KZ-(\d\d)")
_BRACKET = re.compile(r"\s*[(\[]([^)\]]*)[)\]]")
_FEMININE, _MASCULINE = (
    ("ая", "яя"),
    ("ий", "ый", "ой"),
)  # ends of the Russian adjectives regions and districts are called by


def of_region(called: Mapping[str, Any], code: str) -> dict[str, str]:
    """Return the names of a region by language, each with the word of its kind.

    A region of Kazakhstan is called by its official name, however the source spells it (`naming.official`).

    | source | title |
    |---|---|
    | kk “Солтүстiк Қазақстан” with a Latin i | kk “Солтүстік Қазақстан облысы” |
    | ru “Улытауская” | ru “область Ұлытау” |
    | KZ-99, ru “Дальняя” | ru “Дальняя область” |

    Parameters
    ----------
    called
        Names by language, and `name` as the source has it.
    code
        ISO 3166-2. Of a region with another code no kind is guessed: a planner's own outline may be of anything.
    """
    spelled: dict[str, str] = _spelled.clean(called)
    known = naming.official(spelled, code)
    found = _ISO.fullmatch(code)
    if known or found is None:
        return spelled | known
    cities = names.words()["regions"]["cities"]
    kind = "city" if found[1] in cities else "region"
    return _titled(spelled, kind)


def region(called: Mapping[str, Any], code: str, lang: str) -> str:
    """Return the title of a region in a language; its code where it has no name (see `of_region`)."""
    return _spelled.said(of_region(called, code), lang) or code


def around(layer: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return the names of the regions around by identifier and language; those without any name are left out.

    The layer has no codes of regions: one is known by what it is called, where all its names tell the same one.
    """
    found = {str(row.Index): _spelled.names(row) for row in layer.itertuples()}
    return {key: of_region(called, _code(called)) for key, called in found.items() if called}


def _code(called: Mapping[str, str]) -> str:
    told = [set(codes) for name in called.values() if (codes := naming.region_codes(name))]
    one = set.intersection(*told) if told else set()
    return one.pop() if len(one) == 1 else ""


def of_district(row: Any) -> dict[str, str]:
    """Return the names of a district by language, each with the word of its kind where one spelling tells it."""
    spelled = _spelled.names(row)
    kinds = {_kind(name) for name in spelled.values()} & {"district", "city"}
    if not kinds and spelled.get("ru", "").endswith(_MASCULINE):
        kinds = {"district"}
    return _titled(spelled, kinds.pop()) if len(kinds) == 1 else spelled


def districts(layer: pd.DataFrame, lang: str) -> dict[str, str]:
    """Return the titles of districts in a language by identifier; those without any name are left out."""
    called = {str(row.Index): _spelled.said(of_district(row), lang) for row in layer.itertuples()}
    return {key: name for key, name in called.items() if name}


def of(plan: Plan, said: words.Words, district: str | None = None) -> str:
    """Return the title of a plan's region in a language, or of one of its districts; its code where it has no name."""
    if district is None:
        return region(plan.region.names, plan.region.code, said.lang)
    row = next(plan.region.districts.loc[[district]].itertuples())
    return _spelled.said(of_district(row), said.lang) or district


def _titled(spelled: Mapping[str, str], kind: str) -> dict[str, str]:
    """Return the names with the word of a kind; `name`, whose language nobody tells, as it is."""
    return {lang: _one(name, kind, lang) if lang in words.LANGS else name for lang, name in spelled.items()}


def _one(name: str, kind: str, lang: str) -> str:
    bare = _BRACKET.sub("", name).strip()
    if not bare or _kind(bare):
        return name
    noun = kind == "region" and not bare.endswith(_FEMININE)  # область Абай
    made = words.load(lang).text(f"titled.{'region_of' if noun else kind}", name=bare)
    said = [one for one in _BRACKET.findall(name) if not _kind(f"{bare} {one}")]  # (қала) is said now
    return " ".join([made, *(f"({one})" for one in said)])


def _kind(name: str) -> str:
    return names.name(name).kind
