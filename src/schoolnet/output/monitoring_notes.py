"""What must be known of a comparison of two dates before its figures are read: norms, spans, what data do not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import monitored
from schoolnet.output import monitoring_forms, norms_text
from schoolnet.planning import turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.output.monitoring_forms import Recorded
    from schoolnet.output.words import Words

#: Norms that move a figure; the others say when and what is reported.
_MOVING = ("threshold.", "transport.", "shifts.", "children.")
#: What the two forms and the freeze of a day rest on.
RESTS = ("calendar.snapshot_month", "indicator.monitoring", "calendar.quarterly_day", "calendar.report",
         "calendar.compendium", "calendar.transport_month")  # fmt: skip


def norms(found: Recorded, said: Words) -> pd.DataFrame:
    """Return the norms that are not the same on both days: value and standing of each."""
    rows = []
    for key in found.norms_changed:
        one, two = (side.norms.in_force.get(key) for side in found.pairs[0])
        told: dict[str, Any] = {
            "text": next((norm.say("text", said.lang) for norm in (two, one) if norm is not None), ""),
            "norm": key,
        }
        for side, norm in (("a", one), ("b", two)):
            told[f"value_{side}"] = None if norm is None else norms_text.shown(norm, said)
            told[f"standing_{side}"] = None if norm is None else said.text(f"standing.{norm.standing}")
        rows.append(told)
    columns = ["text", "value_a", "value_b", "standing_a", "standing_b", "norm"]
    return pd.DataFrame(rows, columns=columns)


def rests(found: Recorded, said: Words) -> pd.DataFrame:
    """Return what the freeze of a day and the forms rest on, as the later day's norms know it; then what is unknown."""
    known = found.b[0].norms
    rows = [
        {
            "text": known[key].say("text", said.lang),
            "value": norms_text.shown(known[key], said),
            "standing": said.text(f"standing.{known[key].standing}"),
            "clause": norms_text.basis(known, (key,), said.lang),
        }
        for key in RESTS
        if key in known.in_force
    ]
    rows += [{"text": said.text(f"monitored.{key}")} for key in ("no_day", "no_form")]
    rows += [{"text": line} for line in (*_unknown(found, said), *_spans(found, said))]
    return pd.DataFrame(rows, columns=["text", "value", "standing", "clause"])


def notes(found: Recorded, said: Words) -> Iterator[str]:
    """Yield what must be known of the comparison before its figures are read."""
    if found.left_out:
        yield said.text("monitored.left_out", regions=", ".join(found.left_out))
    yield from _norms_told(found, said)
    doubtful = int((found.changes["nature"] != "world").sum())
    if found.changes.empty:
        yield said.text("monitored.no_changes")
    elif doubtful:
        yield said.text("monitored.doubtful", count=said.number(doubtful), all=said.number(len(found.changes)))
    yield from _unknown(found, said)
    if (only := turns.estimated_only(found.owed)).any():
        rows = found.owed[only]
        counts = {"count": int((rows["pupils_b"] - rows["pupils_a"]).sum()), "rows": len(rows)}
        yield said.text("monitored.estimate", **{name: said.number(one) for name, one in counts.items()})
    yield from _spans(found, said)


def _norms_told(found: Recorded, said: Words) -> Iterator[str]:
    """Yield which norms changed between the days: those that move a figure by name, of others how many."""
    rows = norms(found, said)
    if rows.empty:
        yield said.text("monitored.norms_same")
        return
    moving = rows["norm"].str.startswith(_MOVING) & ~_same(rows["value_a"], rows["value_b"])
    if moving.any():
        yield said.text("monitored.norms_differ", norms="; ".join(dict.fromkeys(rows.loc[moving, "text"])))
    if not moving.all():
        key = "norms_others" if moving.any() else "norms_still"
        yield said.text(f"monitored.{key}", count=said.number(int((~moving).sum())))


def _same(one: pd.Series[Any], two: pd.Series[Any]) -> pd.Series[bool]:
    return (one == two) | (one.isna() & two.isna())


def _spans(found: Recorded, said: Words) -> Iterator[str]:
    """Yield which forms leave empty what happened between the days, as these are no quarter, or no year."""
    if not monitoring_forms.near(found):
        yield said.text("monitored.far_apart")
    if not monitoring_forms.a_year(found):
        yield said.text("monitored.not_a_year")


def _unknown(found: Recorded, said: Words) -> Iterator[str]:
    """Yield of how many schools seats or pupils are not known on each day: figures count them as none."""
    for name in monitored.SUMMED:
        counts = {
            side: sum(int(one.schools[name].isna().sum()) for one in regions)
            for side, regions in (("a", found.a), ("b", found.b))
        }
        if any(counts.values()):
            told = {side: said.number(count) for side, count in counts.items()}
            yield said.text(f"monitored.unknown_{name}", **told)
