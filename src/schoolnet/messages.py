"""Sentences for people that can be said in Kazakh, Russian and English: English here, the others by `output.words`."""

from __future__ import annotations

import re
import string
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


_LANGS = ("kk", "ru", "en")
#: An address with a name or a password, also where it was taken for a path; a password of a key and a value.
_NAMED = re.compile(r"(?i)((?:password|passwd|pwd)\s*=\s*)(?:'[^']*'?|\"[^\"]*\"?|[^\s&]+)")
_PLACED = re.compile(r"(?i)((?:\b[a-z][\w+.-]+:|^)/{0,2})[^\s:/@]*:[^\n]*@")


def hidden(text: str) -> str:
    """Return what somebody gave, as a path or a name, without what may be a password in it.

    >>> hidden("postgis:/ana:x@db/plans"), hidden("maps/a.osm.pbf")
    ('postgis:/…@db/plans', 'maps/a.osm.pbf')
    """
    if "@" not in text and "=" not in text:
        return text
    return _PLACED.sub(r"\1…@", _NAMED.sub(r"\1…", text))


def _given(value: object) -> bool:
    return type(value) is str or isinstance(value, PurePath)


class Message(str):
    """A sentence in English that keeps its template and values, so that it can be said in another language.

    It is a plain string to everybody else. A value may be a Message itself.

    >>> Message("{count} rows are empty.", count=3)
    '3 rows are empty.'

    Attributes
    ----------
    template
        The English sentence with its {places}: the key of the catalogues words/messages.kk.po and messages.ru.po.
    values
        What stands in the places.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Return the sentence with its places filled."""
        values = {name: hidden(str(one)) if _given(one) else one for name, one in values.items()}
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made


class ByLanguage(str):
    """A text of a list that has it in every language: English to everybody else, `texts` by language."""

    __slots__ = ("texts",)
    texts: Mapping[str, str]

    def __new__(cls, texts: Mapping[str, str]) -> Self:
        """Return the text."""
        made = super().__new__(cls, texts["en"])
        made.texts = texts
        return made

    def __getnewargs__(self) -> tuple[Mapping[str, str]]:  # type: ignore[override]
        """Return what another process makes it of."""
        return (dict(self.texts),)


def joined(*parts: str, by: str = " ") -> Message:
    """Return sentences, or names, one after another; each is said in its own words."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Message(by.join(f"{{{name}}}" for name in values), **values)


def packed(said: object) -> Any:
    """Return a sentence with its template and values, all sentences in it too, in a form that JSON can hold."""
    if isinstance(said, Message):
        return {"template": said.template, "values": {name: packed(value) for name, value in said.values.items()}}
    if isinstance(said, ByLanguage):
        return {"texts": dict(said.texts)}
    return said if said is None or isinstance(said, (str, int, float, bool)) else str(said)


def unpacked(told: Any) -> Any:
    """Return a sentence that was `packed`; whatever else, as it is.

    A template of another hand fills no places but plain names: what came from outside is no program.

    Raises
    ------
    TypeError
        It is nothing that `packed` returns.
    """
    if not isinstance(told, dict):
        return told
    if isinstance(texts := told.get("texts"), dict) and all(isinstance(texts.get(lang), str) for lang in _LANGS):
        return ByLanguage({lang: texts[lang] for lang in _LANGS})
    template, values = told.get("template"), told.get("values")
    if not isinstance(template, str) or not isinstance(values, dict):
        raise TypeError(str(told))
    places = (
        (name, spec or turned) for _, name, spec, turned in string.Formatter().parse(template) if name is not None
    )
    if any(name not in values or not name.isidentifier() or more for name, more in places):
        return template
    return Message(template, **{str(name): unpacked(value) for name, value in values.items()})
