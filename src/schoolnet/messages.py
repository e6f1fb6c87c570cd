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


def kept(text: str) -> str | dict[str, object]:
    """Return a sentence as plain data (JSON) that `restored` makes the same sentence of; other text as it is."""
    if not isinstance(text, Message):
        return str(text)
    values = text.values.items()
    return {"template": text.template, "values": {name: _plain(value) for name, value in values}}


def _plain(value: object) -> object:
    return value if isinstance(value, (int, float)) else kept(value if isinstance(value, str) else str(value))


def restored(data: object) -> str:
    """Return the sentence of what `kept` returned; what it cannot have returned is a ValueError."""
    if isinstance(data, str):
        return data
    try:
        template, held = _held(data)
        return Message(
            template, **{name: one if isinstance(one, (int, float)) else restored(one) for name, one in held}
        )
    except (LookupError, AttributeError, TypeError) as error:
        raise ValueError(str(error)) from None


def _held(data: object) -> tuple[str, list[tuple[str, object]]]:
    if not isinstance(data, dict) or not isinstance(data.get("template"), str):
        raise TypeError(data)
    return data["template"], list(data["values"].items())
