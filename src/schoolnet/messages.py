"""Sentences for people that can be said in Kazakh, Russian and English: English here, the others by `output.words`."""

from __future__ import annotations

from typing import Self


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
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made


def joined(*parts: str, by: str = " ") -> Message:
    """Return sentences, or names, one after another; each is said in its own words."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Message(by.join(f"{{{name}}}" for name in values), **values)
