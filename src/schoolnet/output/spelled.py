"""Rows as plain values, and names by language: the one that is read where the language asked for has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schoolnet.output import words

if TYPE_CHECKING:
    from collections.abc import Mapping


def names(row: Any) -> dict[str, str]:
    """Return the names of a row that are there, by language."""
    found = clean({"kk": row.name_kk, "ru": row.name_ru, "en": row.name_en})
    # `name` is the last resort of a reader, and one more spelling to search for
    return found if row.name in found.values() else clean({**found, "name": row.name})


def said(spellings: Mapping[str, str], lang: str) -> str:
    """Return a name in a language, else in the next one that has it, else as the source has it."""
    return next((spellings[key] for key in (lang, *words.LANGS, "name") if spellings.get(key)), "")


def clean(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as plain values without its empty cells: the script takes an absent cell as empty or no."""
    cells = {key: plain(value) for key, value in row.items()}
    return {
        key: value
        for key, value in cells.items()
        if value is not None and value is not False and value not in ("", [], {})
    }


def plain(value: Any) -> Any:
    """Return a cell as a plain Python value, None where it is empty."""
    if isinstance(value, (str, list, dict)):
        return value
    if pd.isna(value):
        return None
    value = value.item() if isinstance(value, np.generic) else value
    return round(value, 4) if isinstance(value, float) else value
