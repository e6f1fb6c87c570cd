"""What other programs say of a fault (the system, CSV, TOML and option readers), as sentences of our own.

What none of the sentences fits is passed on in the English of its program.
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any

from schoolnet.messages import Message

if TYPE_CHECKING:
    import csv
    import tomllib
    from collections.abc import Mapping

_SYSTEM = {
    errno.EACCES: Message("Permission denied"),
    errno.EPERM: Message("Operation not permitted"),
    errno.ENOENT: Message("No such file or directory"),
    errno.EEXIST: Message("File exists"),
    errno.EISDIR: Message("Is a directory"),
    errno.ENOTDIR: Message("Not a directory"),
    errno.ENOSPC: Message("No space left on device"),
    errno.EROFS: Message("Read-only file system"),
    errno.ENAMETOOLONG: Message("File name too long"),
    errno.EIO: Message("Input/output error"),
}
_TOML = (
    Message("Invalid statement"),
    Message("Invalid value"),
    Message("Expected '=' after a key in a key/value pair"),
    Message("Expected newline or end of document after a statement"),
    Message("Invalid initial character for a key part"),
    Message("Unterminated string"),
    Message('Expected "\'"'),
    Message("Illegal character '\\n'"),
    Message("Unescaped '\\' in a string"),
    Message("Unclosed array"),
    Message("Unclosed inline table"),
    Message("Expected ']' at the end of a table declaration"),
    Message("Cannot overwrite a value"),
)
_MOST = 200  # characters
_AT = re.compile(r"(?P<rule>.*) \(at (?:line (?P<row>[0-9]+), column (?P<column>[0-9]+)|end of document)\)", re.DOTALL)
_CSV = re.compile(r"field larger than field limit \(([0-9]+)\)")
_CHOICE = re.compile("'[^']*'")


def system(error: OSError) -> str:
    """Return what the operating system says of a file."""
    return _SYSTEM.get(error.errno or 0, str(error.strerror))


def library(error: Exception) -> str:
    """Return what a library says of a file it could not write: the beginning of it, on one line."""
    said = "".join(letter for letter in " ".join(str(error).split()) if letter.isprintable())
    return said[:_MOST].rstrip(".") or type(error).__name__


def sheet(error: csv.Error) -> str:
    """Return what the CSV reader says of a row."""
    limit = _CSV.fullmatch(str(error))
    return Message("field larger than field limit ({limit})", limit=limit[1]) if limit else str(error)


def toml(error: tomllib.TOMLDecodeError | UnicodeDecodeError) -> str:
    """Return what the TOML reader says of a file, and where."""
    if isinstance(error, UnicodeDecodeError):
        return Message("byte {number} is not UTF-8", number=error.start + 1)
    if error.args and isinstance(error.args[0], Message):
        return error.args[0]
    found = _AT.fullmatch(str(error))
    if not found:
        return str(error)
    rule = next((known for known in _TOML if known == found["rule"]), found["rule"])
    if found["row"] is None:
        return Message("{rule} (at end of document)", rule=rule)
    return Message("{rule} (at line {row}, column {column})", rule=rule, row=found["row"], column=found["column"])


def option(error: Mapping[str, Any]) -> str:
    """Return the rule that the value of an option breaks, from one of pydantic's errors."""
    kind, bounds = error["type"], error.get("ctx", {})
    rules = {
        "extra_forbidden": Message("there is no such option"),
        "greater_than": Message("must be greater than {low}", low=f"{bounds.get('gt', 0):g}"),
        "greater_than_equal": Message("must be at least {low}", low=f"{bounds.get('ge', 0):g}"),
        "less_than": Message("must be less than {high}", high=f"{bounds.get('lt', 0):g}"),
        "less_than_equal": Message("must be at most {high}", high=f"{bounds.get('le', 0):g}"),
        "float_parsing": Message("must be a number"),
        "float_type": Message("must be a number"),
        "finite_number": Message("must be a number"),
        "int_parsing": Message("must be a whole number"),
        "int_parsing_size": Message("must be a whole number"),
        "int_type": Message("must be a whole number"),
        "int_from_float": Message("must be a whole number"),
        "tuple_type": Message("must be a list of figures"),
        "too_long": Message("must hold no more than {count} figures", count=bounds.get("max_length", 0)),
        "pairs": Message("must be written NAME=VALUE, parted by commas, each name once"),
        "funded": Message("budget_mkzt must hold one figure, or one for each year"),
        "dict_type": Message("must be a table of names and values"),
        "string_type": Message("must be text"),
        "string_pattern_mismatch": Message("must be a time of the day, HH:MM (06:30)"),
        "paths": Message("births_low, births_medium and births_high must rise in this order"),
        "sizes": Message("okrug_least, okrug_low, okrug_high and okrug_most must rise in this order"),
        "clock": Message("pickup_earliest, lessons_from and lessons_from_second must rise in this order"),
        "horizon": Message("the horizon lies before the school year of the plan"),
    }
    if kind.startswith("date"):
        return Message("must be a day (2026-10-01)")
    choices = _CHOICE.findall(str(bounds.get("expected", "")))
    if kind == "literal_error" and len(choices) > 1:
        return Message("must be {some} or {last}", some=", ".join(choices[:-1]), last=choices[-1])
    return rules.get(kind, str(error["msg"]))
