"""Compare names of settlements, districts and regions: without case, words of their kind, and look-alike letters."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

_WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*")
_BRACKET = re.compile(r"[(\[].*?[)\]]")
_DAY = re.compile(
    r"(?:\b(?:на|по состоянию на|as of|on)\s+)?"
    r"(?:[0-9]{1,2}\s+(?:января|сентября|қаңтар|қыркүйек|january|september)\w*\s+|"
    r"[0-9]{1,2}[./][0-9]{1,2}[./])?\b(?:19|20)[0-9]{2}\b(?:\s*-?\s*(?:жылғы|жылы|жыл|года|год|г|ж))?\.?"
    r"(?:\s+[0-9]{1,2}\s+(?:қаңтарға|қаңтардағы|қыркүйекке|қыркүйектегі))?",
    re.IGNORECASE,
)
_CYRILLIC = re.compile(r"[а-яәғқңөұүһі]")
_ALIKE = str.maketrans("aceiopxyhk", "асеіорхуһк")
_ENDINGS = re.compile(r"(?<=\w{3})[ая]$")  # район Магжана Жумабаева
#: Kinds a name may say it is of, the one that decides first.
KINDS = ("region", "district", "okrug", "city", "settlement")


class Name(NamedTuple):
    """A name as it is compared: its letters, and the kind its words say (of `KINDS`, or “”)."""

    key: str
    kind: str


@cache
def words() -> dict[str, Any]:
    """Return the titles, kinds and words of the sheets of people in English, Russian and Kazakh."""
    return tomllib.loads(resources.files("schoolnet.sources").joinpath("people.toml").read_text(encoding="utf-8"))


def plain_words(title: str) -> list[str]:
    """Return the words of a title in small letters, without what stands in brackets and without its day or year."""
    return _WORD.findall(_DAY.sub(" ", _BRACKET.sub(" ", title)).casefold())


@cache
def _kinds() -> dict[str, str]:
    return {word: kind for kind in (*KINDS, "plain") for word in words()["words"][kind]}


@lru_cache(maxsize=65536)
def name(text: str) -> Name:
    """Return a name as it is compared.

    `Солтүстiк Қазақстан облысы` (with a Latin i), `с. Новоникольское` and `район имени Габита Мусрепова` are
    `солтүстікқазақстан` (region), `новоникольское` (settlement) and `габитамусрепова` (district).
    """
    found, kind = _bare(text)
    return Name(_joined(found), kind)


def key(text: str) -> str:
    """Return the letters of a name, without the words of its kind."""
    return name(text).key


@lru_cache(maxsize=65536)
def stem(text: str) -> str:
    """Return the letters of a name without the endings a Russian genitive adds: a second chance, never the first."""
    return _joined(tuple(_ENDINGS.sub("", word) for word in _bare(text)[0]))


def _joined(found: tuple[str, ...]) -> str:
    return re.sub(r"[-’']", "", "".join(found))


@lru_cache(maxsize=65536)
def _bare(text: str) -> tuple[tuple[str, ...], str]:
    found = [_cyrillic(word) for word in _WORD.findall(text.casefold().replace("ё", "е"))]
    seen: set[str] = set()
    while len(found) > 1 and (kind := _kinds().get(found[-1])):
        seen.add(kind)
        found.pop()
    while len(found) > 1 and (kind := _kinds().get(found[0])):
        seen.add(kind)
        found.pop(0)
    return tuple(found), next((kind for kind in KINDS if kind in seen), "")


def _cyrillic(word: str) -> str:
    """Return a Cyrillic word with the Latin letters that look like Cyrillic ones put right."""
    return word.translate(_ALIKE) if _CYRILLIC.search(word) else word
