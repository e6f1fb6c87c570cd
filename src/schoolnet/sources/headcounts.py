"""Read the settlement table: inhabitants and children of settlements, by age, by grade, by language.

Grain in: one row of the sheet per settlement. Grain out: `people.HEADCOUNTS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schoolnet.messages import Message
from schoolnet.people import GRADES, HEADCOUNTS, LANGUAGES
from schoolnet.sources import forms

if TYPE_CHECKING:
    from schoolnet.sources.areas import Areas

_SCHOOL_AGES = [f"a{age}" for age in range(6, 17)]  # grades 1 to 11
_GRADES = [f"g{grade}" for grade in GRADES]
_LANGUAGES = [f"children_{one}" for one in LANGUAGES]


def read(form: forms.Form, areas: Areas, seen: forms.Seen) -> pd.DataFrame:
    """Return the rows of settlements of the region, columns as in `people.HEADCOUNTS` and `settlement_id`.

    In                                       Out
    КАТО       Население  7 лет  1 класс     settlement_id  population  a7    g1
    593230100  10 000     150    148         n1             10000       150   148
    593230200  1,234      -5                 n2             1234        <NA>  <NA>   “1,234” is 1234; “-5” unknown
    593230100  9 000                                                                 stands already on row 2
    """
    placed = forms.placed(form, areas, "settlement").rows
    columns = [name for name in HEADCOUNTS.columns if name in placed and name != "year"]
    figures = pd.DataFrame(
        {name: forms.numbers(form, placed[name], HEADCOUNTS.columns[name]) for name in columns}, index=placed.index
    )
    placed = forms.without_figure(form, placed, figures)
    placed = seen.once(placed, placed["area_id"], form, "kato" if "kato" in placed else "name")
    out = figures.loc[placed.index].assign(settlement_id=placed["area_id"], year=forms.years(form, placed))
    out = out.reindex(columns=["settlement_id", *HEADCOUNTS.columns])
    _check(form, out)
    return out


def _check(form: forms.Form, out: pd.DataFrame) -> None:
    """Note the figures of a row that do not fit one another; more children at home than children are unknown."""
    given = out["children"]
    for columns, said in ((_GRADES, "grades"), (_SCHOOL_AGES, "ages"), (_LANGUAGES, "languages")):
        parts = out[columns].sum(axis=1, min_count=1)
        whole = out[columns].notna().sum(axis=1) >= (len(_LANGUAGES) if said == "languages" else len(_SCHOOL_AGES))
        for row in out.index[whole & given.notna() & (parts != given)]:
            _note_sum(form, row, said, given[row], parts[row])
    most = (
        out["children"].fillna(out[_GRADES].sum(axis=1, min_count=1)).fillna(out[_SCHOOL_AGES].sum(axis=1, min_count=1))
    )
    for row in out.index[out["home_taught"] > most]:
        what = Message("{count} of {all} children", count=f"{out['home_taught'][row]:.0f}", all=f"{most[row]:.0f}")
        form.remarks.corrected(row, "home_taught", what, Message("more than there are: taken as unknown"))
        out.loc[row, "home_taught"] = pd.NA
    for row in out.index[most > out["population"]]:
        what = Message("{count} of {all} inhabitants", count=f"{most[row]:.0f}", all=f"{out['population'][row]:.0f}")
        form.remarks.note(what, Message("more children than inhabitants: correct one"), row=row, column="children")


def _note_sum(form: forms.Form, row: str, said: str, given: float, parts: float) -> None:
    values = {"given": f"{given:.0f}", "sum": f"{parts:.0f}"}
    what, why = {
        "grades": (
            Message("{given} children, but the grades sum to {sum}", **values),
            Message("the children given are used; the grades give their shares"),
        ),
        "ages": (
            Message("{given} children, but ages 6 to 16 sum to {sum}", **values),
            Message("the children given are used; the ages give their shares"),
        ),
        "languages": (
            Message("{given} children, but the languages sum to {sum}", **values),
            Message("the children given are used; the languages give their shares"),
        ),
    }[said]
    form.remarks.note(what, why, row=row, column="children")
