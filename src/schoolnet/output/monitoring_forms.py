"""The forms of monitoring: of a quarter and of a year, each region in towns, in villages and together.

No act read sets either form. Their columns are what the acts have watched: Resolution 726 every quarter (schools in
place of emergency and three-shift ones, shortage of places), Order 459 the network and the contingent, Order 336 who is
brought to school.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet.model.balance import WHOLE
from schoolnet.output import report_frames
from schoolnet.planning import became
from schoolnet.planning.monitoring import Monitored, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolnet.options import Options
    from schoolnet.output.report_frames import Report
    from schoolnet.output.words import Words
    from schoolnet.planning.observed import Observed


@dataclass(frozen=True, kw_only=True)
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

    options: Options
    sides: tuple[dict[str, Any], ...]
    later: Report


#: What a form counts between its two days, each by the figure it adds to and the changes that do; the sign it is told
#: with. What other changes add to that figure is told as `…_otherwise`, net.
_COUNTED = {
    "opened": ("adds_state_day", ("opened",), 1),
    "closed": ("adds_state_day", ("closed",), -1),
    "joined_state_day": ("adds_state_day", ("joined_state_day",), 1),
    "left_state_day": ("adds_state_day", ("left_state_day",), -1),
    "emergency_begun": ("adds_emergency", ("emergency_begun",), 1),
    "emergency_ended": ("adds_emergency", ("emergency_ended",), -1),
    "three_shift_begun": ("adds_three_shift", ("three_shift_begun",), 1),
    "three_shift_ended": ("adds_three_shift", ("three_shift_ended",), -1),
}
_OTHERWISE = {
    "state_day_otherwise": "adds_state_day",
    "emergency_otherwise": "adds_emergency",
    "three_shift_otherwise": "adds_three_shift",
}
#: Of these a form says how many are doubtful.
_DOUBTED = {"opened_doubtful": "opened", "closed_doubtful": "closed"}
#: Columns between the days: of the year's form; of the quarterly one, in the place of the one that waits to be filled.
YEAR = (
    "opened", "opened_doubtful", "closed", "closed_doubtful", "joined_state_day", "left_state_day",
    "state_day_otherwise", "raised", "lowered", "emergency_begun", "emergency_ended", "emergency_otherwise",
    "three_shift_begun", "three_shift_ended", "three_shift_otherwise",
)  # fmt: skip
BETWEEN = tuple(name for name in YEAR if name not in ("raised", "lowered"))
#: Days two dates may be more or less than a year apart and still stand for one: data are frozen once a year.
_YEAR_DAYS, _SLACK_DAYS = 365, 31
_FIGURES = (
    "schools", "state_day_schools", "emergency", "three_shift", "bad", "indicator_share", "seats", "enrolment",
    "shortage_official", "shortage_comfort", "network_deficit", "owed_build", "entitled_settlements",
    "entitled_pupils",
)  # fmt: skip
_TERRITORIES = {"urban": False, "rural": True}


def quarterly(found: Recorded) -> pd.DataFrame:
    """Return the quarterly form of the later day, with what happened since the earlier one.

    What happened is told of state day schools, so that it adds up to the difference of their number, of those in
    emergency condition and of those with three shifts. It stays empty where the earlier day is of before the quarter
    (`near`). In the first days of a quarter, until its predecessor's figures are due, the form is of the one before.
    """
    rows = report_frames.quarterly(found.later).drop(columns="opened_quarter")
    due = _due(found)
    ended = max(_ended(one.day, two.day, due) for one, two in found.pairs)
    told = report_frames.due_day(ended, due)
    rows = rows.assign(quarter=report_frames.quarter(ended), due=f"{told:%d.%m.%Y}" if told else None)
    rows = rows[rows["region"].isin([WHOLE, *(one.code for one in found.b)])].reset_index(drop=True)
    counts, known = _between(found), near(found)
    for name in BETWEEN:
        keys = zip(rows["region"], rows["territory"], strict=True)
        rows[name] = pd.array([counts.get(key, {}).get(name, 0) if known else None for key in keys], dtype="Int64")
    for name, side in (("day_a", found.a), ("day_b", found.b)):
        days = {WHOLE: told_days(side)} | {one.code: told_days([one]) for one in side}
        rows[name] = rows["region"].map(days)
    return rows


def told_days(side: Sequence[Observed]) -> str:
    """Return the day of the data of a side, as it is printed; the first and the last where its regions differ."""
    days = sorted({one.day for one in side})
    return "–".join(f"{day:%d.%m.%Y}" for day in dict.fromkeys((days[0], days[-1])))


def norm_days(found: Monitored) -> dict[str, list[dt.date]]:
    """Return the days of the norms each side (`a`, `b`) was held against: one, or more where its regions differ."""
    return {side: sorted({one.norms.day for one in regions}) for side, regions in (("a", found.a), ("b", found.b))}


def near(found: Recorded) -> bool:
    """Return whether in every region all between its days is of the form's quarter: A is of its eve at the earliest."""
    days = [(one.day, two.day) for one, two in found.pairs]
    starts = {_start(_ended(a, b, _due(found))) for a, b in days}
    return len(starts) == 1 and all(a >= max(starts) - dt.timedelta(days=1) for a, _ in days)


def a_year(found: Monitored) -> bool:
    """Return whether the two days of every region are a year apart, a month more or less."""
    apart = [(two.day - one.day).days for one, two in found.pairs]
    return all(abs(days - _YEAR_DAYS) <= _SLACK_DAYS for days in apart)


def _due(found: Recorded) -> int | None:
    """Return the day of the month after a quarter by which its figures are given; None where no norm says it."""
    return found.later.regions[0].targets.day


def _ended(a: dt.date, b: dt.date, due: int | None) -> dt.date:
    """Return the day the quarterly form is of: the later one, or the last of the quarter before while that is due."""
    eve = _start(b) - dt.timedelta(days=1)
    last = report_frames.due_day(eve, due)
    return eve if last is not None and a <= eve and b <= last else b


def _start(day: dt.date) -> dt.date:
    """Return the first day of a day's quarter."""
    return dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def yearly(found: Monitored) -> pd.DataFrame:
    """Return the form of a year: figures at both days (`then_a.schools`, …), and what happened between them.

    What happened is told as in the quarterly form, and stays empty where the days are not a year apart (`a_year`).
    """
    sides = {"then_a": found.a, "then_b": found.b}
    figures = {side: _territories(regions) for side, regions in sides.items()}
    counts = _between(found)
    rows = []
    for key in figures["then_b"].index:
        row = dict(zip(("region", "territory"), key, strict=True))
        for name in _FIGURES:
            row |= {f"{side}.{name}": frame.loc[key, name] for side, frame in figures.items()}
        rows.append(row | {name: counts.get(key, {}).get(name, 0) if a_year(found) else None for name in YEAR})
    return pd.DataFrame(rows).astype(dict.fromkeys(YEAR, "Int64"))


def quarterly_form(found: Recorded, said: Words) -> pd.DataFrame:
    """Return the quarterly form with headers and values in the words of a language."""
    frame = report_frames.quarterly_form(found.later, said, quarterly(found))
    titles = [said.text(f"{'changed' if name in BETWEEN else 'column'}.{name}") for name in frame]
    return frame.set_axis(titles, axis=1)


def yearly_form(found: Monitored, said: Words, called: dict[str, str]) -> pd.DataFrame:
    """Return the yearly form with headers and values in the words of a language; `called`: names of regions."""
    frame = yearly(found)
    days = {"then_a": told_days(found.a), "then_b": told_days(found.b)}
    titles = []
    for name in frame:
        side, _, figure = str(name).partition(".")
        if figure == "indicator_share":
            frame[name] = [None if pd.isna(one) else said.percent(one) for one in frame[name]]
        group = "changed" if name in YEAR else "column"
        at = {"figure": said.text(f"column.{figure}"), "day": days[side]} if figure else {}
        titles.append(said.text(f"monitored.at_{side[-1]}", **at) if figure else said.text(f"{group}.{name}"))
    frame["region"] = [said.text("report.all") if one == WHOLE else called.get(one, one) for one in frame["region"]]
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
        parts[one.code].loc["all"] = sums.loc[WHOLE]
    every = pd.concat(parts, names=["region", "territory"]).astype(float)
    whole = every.groupby("territory", sort=False).sum(min_count=len(parts))
    out = pd.concat([every, pd.concat({WHOLE: whole}, names=["region", "territory"])])
    known = out["state_day_schools"].where(out["state_day_schools"] > 0)
    return out.assign(indicator_share=out["bad"] / known)


def _between(found: Monitored) -> dict[tuple[str, str], dict[str, int]]:
    """Return what happened to the state day schools of each region and territory: columns of the forms."""
    apart = became.by_area(found.changes, found.pairs, "is_rural")
    territory = apart["is_rural"].map({flag: key for key, flag in _TERRITORIES.items()})
    parts = [apart.assign(territory=territory), found.changes.assign(territory="all")]
    every = pd.concat([one.assign(region=region) for one in parts for region in (one["region"], WHOLE)])
    groups = every.groupby(["region", "territory"])
    return {(str(region), str(part)): _counts(rows) for (region, part), rows in groups}


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    """Return the columns of the forms that some changes make, `…_otherwise` being what no named column tells."""
    out, rest = {}, {name: int(rows[adds].sum()) for name, adds in _OTHERWISE.items()}
    of_adds = {adds: name for name, adds in _OTHERWISE.items()}
    for name, (adds, kinds, sign) in _COUNTED.items():
        added = int(rows.loc[rows["changed"].isin(kinds), adds].sum())
        rest[of_adds[adds]] -= added
        out[name] = sign * added
    doubtful = rows[rows["nature"] == "doubtful"]
    for name, kind in _DOUBTED.items():
        out[name] = abs(int(doubtful.loc[doubtful["changed"] == kind, "adds_state_day"].sum()))
    levels = rows.loc[rows["state_day"], "changed"]
    return out | rest | {kind: int((levels == kind).sum()) for kind in ("raised", "lowered")}
