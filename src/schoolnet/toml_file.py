"""Read a planner's TOML, which is not trusted: a small file, flat, of plain numbers.

The reader of the language takes what would stop a program: lists in lists without end, keys of ten thousand parts (its
memory grows with their square), whole numbers too long to be written out again.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from schoolnet import foreign
from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes of a file.
MOST_BYTES = 1_000_000
_MOST_DEPTH = 20  # tables and lists in one another, and parts of a key
_MOST_VALUES = 20_000  # names, values, and members of lists
_MOST_TEXT = 20_000  # characters of one text
_MOST_BITS = 4096  # of a whole number: longer ones cannot be written out again
_KEY = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_LONG_KEY = re.compile(rf"""(?<![\w-])(?:{_KEY}\.[ \t]*+){{{_MOST_DEPTH}}}""")


def data(path: Path, missing: Message) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    path
        The file.
    missing
        What to do where there is none.

    Raises
    ------
    SourceError
        The file is missing, a folder, too large, or cannot be read.
    """
    if not path.exists() or path.is_fifo():  # a pipe that nobody writes to would be waited for
        raise SourceError(Fault(Message("there is no such file."), missing, str(path)))
    if path.is_dir():
        raise SourceError(Fault(Message("this is a folder, not a file."), missing, str(path)))
    try:
        with path.open("rb") as stream:
            found = stream.read(MOST_BYTES + 1)
    except OSError as error:
        problem = Message("cannot be read: {error}.", error=foreign.system(error))
        remedy = Message("Close it in other programs, and check that you may read it.")
        raise SourceError(Fault(problem, remedy, str(path))) from None
    if len(found) > MOST_BYTES:
        problem = Message("the file is over {size} MB: no TOML file is so large.", size=MOST_BYTES // 10**6)
        raise SourceError(Fault(problem, Message("Check that it is the file you mean."), path.name))
    return found


def loads(text: str) -> dict[str, Any]:
    """Return the tables of a text, or raise TOMLDecodeError; `foreign.toml` says of it what is wrong.

    >>> loads("seed = 1")
    {'seed': 1}
    """
    deep = Message("tables, lists or parts of a key stand over {count} deep in one another", count=_MOST_DEPTH)
    if _LONG_KEY.search(text):
        raise tomllib.TOMLDecodeError(deep)
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError(deep) from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # a number of thousands of digits, a day that is not in the calendar
        raise tomllib.TOMLDecodeError(Message("a number or a day in it cannot be one")) from None
    met = 0
    held: list[tuple[int, Any]] = [(0, found)]
    while held:
        depth, value = held.pop()
        if depth > _MOST_DEPTH:
            raise tomllib.TOMLDecodeError(deep)
        met += 1
        if met > _MOST_VALUES:
            raise tomllib.TOMLDecodeError(Message("it holds over {count} values", count=_MOST_VALUES))
        _check(value)
        inside = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
        held += [(depth + 1, one) for one in inside]
    return found


def _check(value: Any) -> None:
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise tomllib.TOMLDecodeError(Message("a whole number in it is too large"))
    if isinstance(value, str) and len(value) > _MOST_TEXT:
        raise tomllib.TOMLDecodeError(Message("a text in it is over {count} characters long", count=_MOST_TEXT))
