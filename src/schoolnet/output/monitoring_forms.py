"""The forms of monitoring: of a quarter and of a year, each region in towns, in villages and together.

No act read sets either form. Their columns are what the acts have watched: Resolution 726 every quarter (schools in
place of emergency and three-shift ones, shortage of places), Order 459 the network and the contingent, Order 336 who is
brought to school.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.options import Options
from schoolnet.output import report_frames
from schoolnet.planning.monitoring import Monitored, counted

if TYPE_CHECKING:
    import datetime as dt

    from schoolnet.output.report_frames import Report
    from schoolnet.output.words import Words
    from schoolnet.planning.observed import Observed


@dataclass(frozen=True)
class Recorded(Monitored):
    """What changed between two dates, with what its forms and its record need.

    Attributes
    ----------
    options
        The choices both sides were planned with; the day (`on`) of the norms is each side's own (`norm_days`).
    sides
        What the manifests of the snapshots say, region after region; nothing of plans.
    later
        The report of the later side: it holds the rest of the quarterly form.
    """

    options: Options = field(default_factory=Options)
    sides: tuple[dict[str, Any], ...] = ()
    later: Report | None = None


#: Columns of the quarterly form in the place of the one that waits to be filled in.
BETWEEN = ("opened", "closed", "emergency_ended", "three_shift_ended")
#: What a year's form counts between its two days, and at both of them.
_COUNTED = ("opened", "closed", "raised", "lowered", "emergency_begun", "emergency_ended", "three_shift_begun",
            "three_shift_ended")  # fmt: skip
_FIGURES = (
    "schools", "state_day_schools", "emergency", "three_shift", "bad", "indicator_share", "seats", "enrolment",
    "shortage_official", "shortage_comfort", "network_deficit", "owed_build", "entitled_settlements",
    "entitled_pupils",
)  # fmt: skip
_WHOLE = "*"
_TERRITORIES = {"urban": False, "rural": True}


def quarterly(found: Monitored, later: Report) -> pd.DataFrame:
    """Return the quarterly form of the later day, with what opened, closed and ended since the earlier one.

    The counts between the days are of state day schools, doubtful changes among them, changes of the data not; they
    stay empty where the days are more than one quarter apart. In the first days of a quarter, until its predecessor's
    figures are due, the form is of the quarter before.
    """
    rows = report_frames.quarterly(later).drop(columns="opened_quarter")
    a, b = found.a[0].day, found.b[0].day
    due = later.regions[0].targets.day
    if due is not None and b.day <= due and _quarter(a) < _quarter(b) and (b.month - 1) % 3 == 0:
        ended = pd.Timestamp(b).to_period("Q").start_time.date() - pd.Timedelta(days=1)
        told = report_frames.due_day(ended, due)
        rows = rows.assign(quarter=report_frames.quarter(ended), due=f"{told:%d.%m.%Y}" if told else None)
    rows = rows[rows["region"].isin([_WHOLE, *(one.code for one in found.b)])].reset_index(drop=True)
    counts = _events(found, BETWEEN) if near(found) else {}
    for name in BETWEEN:
        keys = zip(rows["region"], rows["territory"], strict=True)
        rows[name] = pd.array([counts.get((*key, name), 0) if counts else None for key in keys], dtype="Int64")
    return rows.assign(day_a=f"{a:%d.%m.%Y}", day_b=f"{b:%d.%m.%Y}")


def norm_days(found: Monitored) -> dict[str, list[dt.date]]:
    """Return the days of the norms each side (`a`, `b`) was held against: one, or more where its regions differ."""
    return {side: sorted({one.day for one in regions}) for side, regions in (("a", found.a), ("b", found.b))}


def near(found: Monitored) -> bool:
    """Return whether the two days are in one quarter, or in two that follow one another."""
    return _quarter(found.b[0].day) - _quarter(found.a[0].day) <= 1


def yearly(found: Monitored) -> pd.DataFrame:
    """Return the form of a year: figures at both days (`then_a.schools`, …), and what happened between them."""
    sides = {"then_a": found.a, "then_b": found.b}
    figures = {side: _territories(regions) for side, regions in sides.items()}
    counts = _events(found, _COUNTED, state=False)
    rows = []
    for key in figures["then_b"].index:
        row = dict(zip(("region", "territory"), key, strict=True))
        for name in _FIGURES:
            row |= {f"{side}.{name}": frame.loc[key, name] for side, frame in figures.items()}
        rows.append(row | {name: counts.get((*key, name), 0) for name in _COUNTED})
    return pd.DataFrame(rows)


def quarterly_form(found: Monitored, later: Report, said: Words) -> pd.DataFrame:
    """Return the quarterly form with headers and values in the words of a language."""
    frame = report_frames.quarterly_form(later, said, quarterly(found, later))
    titles = [said.texts.get(f"changed.{name}") if name in BETWEEN else said.text(f"column.{name}") for name in frame]
    return frame.set_axis(titles, axis=1)


def yearly_form(found: Monitored, said: Words, called: dict[str, str]) -> pd.DataFrame:
    """Return the yearly form with headers and values in the words of a language; `called`: names of regions."""
    frame = yearly(found)
    days = {"then_a": f"{found.a[0].day:%d.%m.%Y}", "then_b": f"{found.b[0].day:%d.%m.%Y}"}
    titles = []
    for name in frame:
        side, _, figure = str(name).partition(".")
        if figure == "indicator_share":
            frame[name] = [None if pd.isna(one) else said.percent(one) for one in frame[name]]
        group = "changed" if name in _COUNTED else "column"
        at = {"figure": said.text(f"column.{figure}"), "day": days[side]} if figure else {}
        titles.append(said.text(f"monitored.at_{side[-1]}", **at) if figure else said.text(f"{group}.{name}"))
    frame["region"] = [said.text("report.all") if one == _WHOLE else called.get(one, one) for one in frame["region"]]
    frame["territory"] = [said.text(f"territory.{one}") for one in frame["territory"]]
    return frame.set_axis(titles, axis=1)


def _territories(regions: tuple[Observed, ...]) -> pd.DataFrame:
    """Return the figures of each region in towns, in villages and together, all regions (`*`) last."""
    parts = {}
    for one in regions:
        sums = counted(one, {}, by="is_rural").rename({True: "rural", False: "urban"})
        empty = sums.iloc[0] * 0.0  # a region without towns has none of anything; what is not told stays so
        rows = {key: sums.loc[key] if key in sums.index else empty for key in _TERRITORIES}
        parts[one.code] = pd.DataFrame(rows).T.assign(indicator_share=None)
        parts[one.code].loc["all"] = sums.loc[_WHOLE]
    every = pd.concat(parts, names=["region", "territory"]).astype(float)
    whole = every.groupby("territory", sort=False).sum(min_count=len(parts))
    out = pd.concat([every, pd.concat({_WHOLE: whole}, names=["region", "territory"])])
    known = out["state_day_schools"].where(out["state_day_schools"] > 0)
    return out.assign(indicator_share=out["bad"] / known)


def _events(found: Monitored, kinds: tuple[str, ...], *, state: bool = True) -> dict[tuple[str, str, str], int]:
    """Return how often what became of schools in each region and territory; `state`: of state day schools only."""
    rows = found.changes[found.changes["changed"].isin(kinds) & (found.changes["state_day"] | (not state))]
    territory = rows["is_rural"].map({flag: key for key, flag in _TERRITORIES.items()})
    rows = rows.assign(territory=territory)
    parts = [rows, rows.assign(territory="all"), rows.assign(region=_WHOLE)]
    every = pd.concat([*parts, parts[2].assign(territory="all")])
    sums = every.groupby(["region", "territory", "changed"]).size()
    zero = {(_WHOLE, "all", kind): 0 for kind in kinds}
    return zero | {(str(region), str(part), str(kind)): int(n) for (region, part, kind), n in sums.items()}


def _quarter(day: dt.date) -> int:
    return day.year * 4 + (day.month - 1) // 3
