"""The tables of the national report: regions, the worst of them and of their districts, the quarterly form, sources."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import decisions
from schoolnet.output import plan_sheets, sheets, spelled, unclaimed
from schoolnet.output.report_region import COUNTS
from schoolnet.sources import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schoolnet.outcome import Outcome
    from schoolnet.output.report_region import Reported
    from schoolnet.output.words import Words
    from schoolnet.sources.unclaimed import Held

WHOLE = "*"
#: Columns of the table of regions, and of the worst districts.
REGIONS = (
    "region", *COUNTS[:5], "indicator_share", "share_after", *COUNTS[5:], "sites", "raised", "seats", "cost_mkzt",
)  # fmt: skip
DISTRICTS = ("district_id", "region", "state_day_schools", "emergency", "three_shift", "bad", "indicator_share")
QUARTERLY = (
    "region", "territory", "quarter", "due", "state_day_schools", "emergency", "three_shift", "bad", "indicator_share",
    "shortage_official", "in_place", "for_third", "under_way", "opened_quarter",
)  # fmt: skip
#: Of a district with fewer state day schools one bad school says little: it is not among the worst.
LEAST = 5
_WORST = 10
_NAMED = 4  # regions named in a title


@dataclass(frozen=True)
class Report:
    """The programme of all regions together, and what is said of each.

    Attributes
    ----------
    regions
        In the order they were read.
    outcome
        Their programme.
    linked
        Codes of the regions whose own map stands in a folder beside the page.
    missing
        Names of the regions that were asked for and are not in it.
    held
        Rows of the register no region took, and schools several took.
    """

    regions: Sequence[Reported]
    outcome: Outcome
    linked: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    held: Held | None = None


def missing(report: Report) -> bool:
    """Return whether a region of the country is missing: its sums are then not the nation's."""
    return not _country() <= {one.code for one in report.regions}


def _country() -> set[str]:
    """Return the codes of all regions of Kazakhstan (ISO 3166-2)."""
    return {f"KZ-{key}" for key in names.words()["regions"] if key.isdigit()}


def scope(report: Report, said: Words) -> str:
    """Return which regions a report is of, few of them by name; empty where it is of the whole country."""
    if not missing(report):
        return ""
    called = [spelled.said(one.names, said.lang) or one.code for one in report.regions]
    if len(called) <= _NAMED:
        return said.text("report_scope.named", count=said.number(len(called)), names=", ".join(called))
    return said.text("report_scope.counted", count=said.number(len(called)), all=said.number(len(_country())))


def title(report: Report, said: Words) -> str:
    """Return the title of a report: national only where no region is missing."""
    told = scope(report, said)
    return said.text("report_scope.some", regions=told) if told else said.text("report.title")


def whole(report: Report, said: Words) -> str:
    """Return what the sums over all regions of a report are called."""
    if not missing(report):
        return said.text("report.all")
    return said.text("report_scope.whole", count=said.number(len(report.regions)))


def caveats(report: Report) -> list[str]:
    """Return the keys of what must be said beside the figures: of the regions, and of their programme as it is here."""
    options, told = report.outcome.options, [key for one in report.regions for key in one.caveats]
    own = plan_sheets.programme_caveats(options, report.outcome.relieved, report.outcome.sites)
    return list(dict.fromkeys([*(key for key in told if key != "no_budget"), *own]))


def kinds(report: Report) -> dict[str, int]:
    """Return how many of the sites that open are new schools, buildings in place of others, extensions, levels raised.

    They add up to the sites: only of the last nothing is built.
    """
    opened = report.outcome.opened
    action = opened.loc[opened["seats"] > 0, "action"]
    kind = action.map({"build": "new", "replace": "replaced"}).fillna("extended")
    built = {name: int((kind == name).sum()) for name in ("new", "replaced", "extended")}
    return built | {"raised": decisions.counted(opened).raised}


def regions(report: Report) -> pd.DataFrame:
    """Return one row a region by its code, and one of all together (`*`), last: counts, shares, what is opened."""
    rows = pd.DataFrame([{"region": one.code, **one.counts} for one in report.regions]).set_index("region")
    rows = rows.astype("Int64")
    rows.loc[WHOLE] = rows.sum(min_count=1)
    opened = report.outcome.opened
    codes = rows.index[:-1]
    sums = pd.DataFrame([_opened(opened[opened["region"] == code]) for code in codes], codes)
    sums.loc[WHOLE] = sums.sum()
    share = report.outcome.indicator.set_index("region")["indicator_share"]
    first, last = (share[~share.index.duplicated(keep=which)] for which in ("first", "last"))
    out = rows.join(sums).assign(indicator_share=first, share_after=last)
    whole = ["sites", "raised", "seats"]
    return out.astype(dict.fromkeys(whole, "Int64")).reset_index()[[*REGIONS]]


def _opened(sites: pd.DataFrame) -> dict[str, float]:
    """Return how many of the sites there are, their seats, and what they cost."""
    built = sites[sites["seats"] > 0]
    sums = {"seats": int(built["seats"].sum()), "cost_mkzt": float(built["cost_mkzt"].sum())}
    return decisions.counted(sites)._asdict() | sums


def worst_regions(report: Report) -> pd.DataFrame:
    """Return the ten regions of the highest share, those without a school in need left out."""
    rows = regions(report)
    return _worst(rows[rows["region"] != WHOLE], "region")[["region", *DISTRICTS[2:], "share_after"]]


def worst_districts(report: Report) -> pd.DataFrame:
    """Return the ten districts of the highest share, of those with `LEAST` state day schools and one in need."""
    rows = [one.districts.reset_index(names="district_id").assign(region=one.code) for one in report.regions]
    every = pd.concat(rows, ignore_index=True)
    return _worst(every[every["state_day_schools"] >= LEAST], "district_id")[[*DISTRICTS, "names"]]


def _worst(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the first ten by share, then by number, then by identifier."""
    bad = rows[rows["bad"].fillna(0) > 0]
    order = bad.sort_values(["indicator_share", "bad", key], ascending=[False, False, True])
    return order.head(_WORST).reset_index(drop=True)


def quarterly(report: Report) -> pd.DataFrame:
    """Return the quarterly form: each region in towns, in villages and together, then all regions (`*`).

    A region that is missing has one row without figures, last.

    No act read sets a form; its columns are what Resolution 726 has watched every quarter: schools built in place of
    emergency and three-shift ones, and the shortage of places. What is under way and what opened in the quarter the
    plan does not know: these cells are empty, to be filled in.
    """
    parts = [one.territories.assign(region=one.code).reset_index() for one in report.regions]
    rows = pd.concat(parts, ignore_index=True)
    counts = [name for name in rows if name not in ("region", "territory")]
    rows[counts] = rows[counts].astype("Int64")
    whole = rows.groupby("territory", sort=False)[counts].sum(min_count=1).reset_index().assign(region=WHOLE)
    rows = pd.concat([rows, whole], ignore_index=True)
    both = rows.groupby("region", sort=False)[counts].sum(min_count=1).reset_index().assign(territory="all")
    order = {key: at for at, key in enumerate(rows["region"].unique())}
    out = pd.concat([rows, both], ignore_index=True)
    out = out.assign(at=out["region"].map(order)).sort_values("at", kind="stable").drop(columns="at")
    known = out["state_day_schools"].where(out["state_day_schools"] > 0)
    share = (out["bad"] / known).astype("Float64")
    day = report.outcome.options.on
    due = due_day(day, report.regions[0].targets.day)
    told = {"quarter": quarter(day), "due": f"{due:%d.%m.%Y}" if due else None}
    out = out.assign(indicator_share=share, **told, under_way=None, opened_quarter=None)
    lost = pd.DataFrame({"region": [*report.missing], "territory": "all", **told})
    return pd.concat([out, lost] if report.missing else [out], ignore_index=True)[[*QUARTERLY]]


def quarter(day: dt.date) -> str:
    """Return the quarter of a day: IV 2026."""
    return f"{('I', 'II', 'III', 'IV')[(day.month - 1) // 3]} {day.year}"


def quarter_told(day: dt.date, said: Words) -> str:
    """Return the quarter of a day in words; before it is over the figures are those of the day."""
    named = quarter(day)
    if quarter(day + dt.timedelta(days=1)) != named:
        return named
    return said.text("report_scope.as_of", quarter=named, day=f"{day:%d.%m.%Y}")


def _as_of(report: Report, said: Words) -> pd.DataFrame:
    """Return the quarterly form with its quarter in words."""
    return quarterly(report).assign(quarter=quarter_told(report.outcome.options.on, said))


def due_day(day: dt.date, of_month: int | None) -> dt.date | None:
    """Return the day by which the figures of a day's quarter are given, in the month after it; None: no norm says.

    `of_month`: the day of that month; its last where it has fewer days.
    """
    if of_month is None:
        return None
    after = (day.month - 1) // 3 * 3 + 4
    year, month = day.year + (after > 12), (after - 1) % 12 + 1  # noqa: PLR2004 - months of a year
    return dt.date(year, month, min(of_month, calendar.monthrange(year, month)[1]))


def frames(report: Report, said: Words) -> dict[str, pd.DataFrame]:
    """Return the sheets of the workbook by name, in order, in the words of one language."""
    called = plan_sheets.names(report.outcome, said)
    districts = worst_districts(report)
    districts["district_id"] = [spelled.said(names, said.lang) for names in districts.pop("names")]
    inputs = [
        {"region": one.code, **row}
        for one in report.regions
        for row in sheets.inputs(one.inputs, said).to_dict("records")
    ]
    told = [said.text("report_scope.note", regions=about)] if (about := scope(report, said)) else []
    told += unclaimed.told(report.held, said) if report.held else []
    told += [said.text(f"caveat.{key}") for key in caveats(report)]
    found = {
        "caveats": pd.DataFrame({"text": told}),
        "report_regions": regions(report),
        "worst_regions": worst_regions(report),
        "worst_districts": districts,
        "indicator": plan_sheets.indicator(report.outcome.indicator, called, said),
        "years": report.outcome.years,
        "targets": _targets(report, said),
        "quarterly": _as_of(report, said),
        "inputs": pd.DataFrame(inputs, columns=["region", "role", "name", "bytes", "sha256"]),
    }
    if report.missing:
        found = {"missing": pd.DataFrame({"region": [*report.missing]}), **found}
    all_of = whole(report, said)
    if report.held:
        found |= unclaimed.frames(report.held, called, said)
    worded = {name: _worded(frame, called, all_of) for name, frame in found.items()}
    return worded | {"options": plan_sheets.options(report.outcome.options, said)}


def quarterly_form(report: Report, said: Words, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the quarterly form (`rows`: one filled in further) with its values in the words of one language."""
    frame = _worded(
        _as_of(report, said) if rows is None else rows, plan_sheets.names(report.outcome, said), whole(report, said)
    )
    share = [None if pd.isna(one) else said.percent(one) for one in frame["indicator_share"]]
    return frame.assign(territory=[said.text(f"territory.{one}") for one in frame["territory"]], indicator_share=share)


def _targets(report: Report, said: Words) -> pd.DataFrame:
    """Return the targets by year with what they rest on, and what is said of the quarterly form."""
    told = report.regions[0].targets
    cited = told.cited[said.lang]
    rows: list[dict[str, Any]] = [
        {"year": year, "indicator_share": share, "text": said.text("report.target"), "clause": cited["target"]}
        for year, share in told.years
    ]
    rows += [{"text": said.text(f"report.rests_{key}"), "clause": cited[key]} for key in ("monitoring", "day")]
    return pd.DataFrame(rows, columns=["year", "indicator_share", "text", "clause"])


def _worded(frame: pd.DataFrame, called: dict[str, str], all_of: str) -> pd.DataFrame:
    """Return a table with regions by name."""
    out = frame.copy()
    if "region" in out:
        out["region"] = [all_of if one == WHOLE else called.get(one, one) for one in out["region"]]
    return out
