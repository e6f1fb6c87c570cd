"""The profiles of network schools: data of `profiles.toml`, and a planner's own in the same form."""

from __future__ import annotations

import difflib
import re
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from schoolnet import foreign, toml_file
from schoolnet.errors import Fault, OptionError, SourceError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from schoolnet.law.norms import Norms

LANGS = ("kk", "ru", "en")
_FIELDS = ("name", "field", "norm", "marks", "on_base")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_WORD = re.compile(r"\w+")


class Profile(NamedTuple):
    """One profile of network schools.

    Attributes
    ----------
    key
        Its name in tables.
    name, field
        How its schools are called and what they teach, by language.
    norm
        Key of the norm it rests on; empty where there is none.
    marks
        Words of the register that mark a school of it, in small letters.
    on_base
        Whether it opens on the base of working schools so marked.
    """

    key: str
    name: Mapping[str, str]
    field: Mapping[str, str]
    norm: str
    marks: frozenset[str]
    on_base: bool

    def marked(self, told: Any) -> bool:
        """Return whether a register's column `profile` marks a school of this profile."""
        return isinstance(told, str) and not self.marks.isdisjoint(_WORD.findall(told.casefold()))


def profiles(norms: Norms, *, file: Path | str | None = None) -> dict[str, Profile]:
    """Return the profiles by key: the project's, those a planner's own file names put in their place, then its others.

    Raises
    ------
    SourceError
        The file is missing or not TOML.
    OptionError
        An entry is wrong; every fault is listed, with the near name.
    """
    ours = _made(_ours())
    if file is None:
        return ours
    path = Path(file)
    data = toml_file.data(path, Message("Check the path of the file of profiles."))
    try:
        tables = toml_file.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = Message("not a TOML file: {error}.", error=foreign.toml(error))
        raise SourceError(Fault(problem, Message("Compare it with planning/profiles.toml."), path.name)) from None
    known = {norm.key for norm in norms.known}
    if faults := [fault for key, row in tables.items() for fault in _faults(key, row, known, path.name)]:
        raise OptionError(faults)
    return ours | _made(tables)


def known(keys: Collection[str], profiles: Mapping[str, Profile], *, at: Mapping[str, tuple[str, str]]) -> None:
    """Raise OptionError with a fault, and the near name, for each key that is no profile; `at`: file and row."""
    faults = []
    for key in sorted(set(keys) - set(profiles)):
        remedy = _near(key, profiles) or Message("Use one of {known}.", known=", ".join(profiles))
        file, row = at.get(key, ("network, partners", ""))
        faults.append(Fault(Message("there is no profile “{name}”.", name=key), remedy, file, row, "profile"))
    if faults:
        raise OptionError(faults)


@cache
def _ours() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "profiles.toml").read_text(encoding="utf-8"))


def _made(tables: Mapping[str, Any]) -> dict[str, Profile]:
    return {
        key: Profile(
            key,
            _texts(row["name"]),
            _texts(row["field"]),
            row.get("norm", ""),
            frozenset(mark.casefold() for mark in row.get("marks", ())),
            row.get("on_base", False),
        )
        for key, row in tables.items()
    }


def _texts(text: str | Mapping[str, str]) -> dict[str, str]:
    return dict.fromkeys(LANGS, text) if isinstance(text, str) else dict(text)


def _faults(key: str, row: Any, norms: Collection[str], file: str) -> Iterator[Fault]:
    if not _KEY.fullmatch(key):
        remedy = Message("Write it in small Latin letters, digits and _, a letter first.")
        yield Fault(Message("“{name}” cannot be the key of a profile.", name=key), remedy, file)
    if not isinstance(row, dict):
        remedy = Message("Compare it with planning/profiles.toml.")
        yield Fault(Message("“{name}” is not a table [{name}] of a profile.", name=key), remedy, file)
        return
    for name in row:
        if name not in _FIELDS:
            problem = Message("profile “{profile}”: there is no “{name}”.", profile=key, name=name)
            remedy = _near(name, _FIELDS) or Message("Use one of {known}.", known=", ".join(_FIELDS))
            yield Fault(problem, remedy, file, column=name)
    for name, fits, asked in _rules(row):
        if not fits:
            yield Fault(
                Message("profile “{profile}”: {rule}.", profile=key, rule=asked),
                Message("Correct it."),
                file,
                column=name,
            )
    norm = row.get("norm", "")
    if isinstance(norm, str) and norm and norm not in norms:
        problem = Message("no norm is called “{key}”.", key=norm)
        yield Fault(problem, _near(norm, norms) or Message("See `schoolnet norms`."), file, column="norm")


def _rules(row: Mapping[str, Any]) -> Iterator[tuple[str, bool, Message]]:
    """Yield each field, whether its value is as it must be, and what it must be."""
    for name in ("name", "field"):
        text = row.get(name)
        texts = (
            isinstance(text, dict) and set(text) == set(LANGS) and all(isinstance(one, str) for one in text.values())
        )
        yield (
            name,
            texts or isinstance(text, str),
            Message("{name} must be a text, or texts of kk, ru and en", name=name),
        )
    marks = row.get("marks", [])
    words = isinstance(marks, list) and all(isinstance(one, str) and _WORD.fullmatch(one) for one in marks)
    yield "marks", words, Message("marks must be a list of single words")
    yield "on_base", isinstance(row.get("on_base", False), bool), Message("on_base must be true or false")
    yield "norm", isinstance(row.get("norm", ""), str), Message("norm must be the key of a norm")


def _near(name: str, among: Collection[str]) -> Message | None:
    found = difflib.get_close_matches(name, list(among), n=1)
    return Message("Did you mean “{name}”?", name=found[0]) if found else None
