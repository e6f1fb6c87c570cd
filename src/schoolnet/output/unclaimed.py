"""What is said of the register held against what all regions took of it: beside the sums, and on sheets of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from schoolnet.output.words import Words
    from schoolnet.sources.unclaimed import Held


def told(found: Held, said: Words) -> list[str]:
    """Return what must be said beside the sums: nothing where every row is in one region."""
    return [
        said.text(f"report_scope.{name}", count=said.number(len(rows)), sheet=said.text(f"sheet.{name}"))
        for name, rows in _named(found)
    ]


def frames(found: Held, called: dict[str, str], said: Words) -> dict[str, pd.DataFrame]:
    """Return the sheets that hold rows, regions by name, sentences in the words of a language."""
    out = dict(_named(found))
    if "lost_rows" in out:
        sentences = {name: [said.message(one) for one in out["lost_rows"][name]] for name in ("what", "why")}
        out["lost_rows"] = out["lost_rows"].assign(**sentences)
    if "taken_twice" in out:
        rows = out["taken_twice"]
        names = [", ".join(called.get(one, one) for one in codes) for codes in rows["region"]]
        out["taken_twice"] = rows.assign(region=names, row=rows["row"].map(", ".join))
    return out


def _named(found: Held) -> list[tuple[str, pd.DataFrame]]:
    """Return the tables that hold rows, by the names of their sheets."""
    both = {"lost_rows": found.lost, "taken_twice": found.twice}
    return [(name, rows) for name, rows in both.items() if len(rows)]
