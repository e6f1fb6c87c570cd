"""What regions, plans and findings show of themselves in Jupyter: HTML without scripts; all from outside is text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message
from schoolnet.output import costing, plan_sheets, session, shares, sheets, site_text, titles, words, workbook
from schoolnet.region import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from schoolnet.outcome import Outcome
    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan
    from schoolnet.region import Region

_Found = TypeVar("_Found")

_HASH = 8  # digits of a SHA-256 that tell files apart
_ROWS, _MOST = 15, 60  # of a part of a page; of a sheet by itself
_LINE, _WIDEST = 60, 24  # letters of a text that is not long; em of a column of long ones, at least
_SNUG = "padding:2px 4px;white-space:normal"  # the page's own style has wider cells, and in places none wraps
_DIGITS = 5  # at most: what is shown by itself is rounded already
_HEADLINE = (
    "settlements", "population", "children", "schools", "state_day_schools", "owed_build", "owed_upgrade",
    "pupils_entitled_or", "pupils_entitled_and", "emergency", "three_shift", "indicator_share", "shortage_official",
)  # fmt: skip
_VERDICTS = "verdict_"
_SITES = ["rank", "settlement_id", "district_id", "action", "pupils", "seats", "cost_mkzt", "reason"]
_OWED = ["district_id", "name", "children", "guaranteed", "existing", "pupils_entitled_or", "verdict", "reason"]
_YEARS = [
    "year", "sites", "raised", "state", "ppp", "private", "seats", "pupils", "cost_mkzt", "state_mkzt", "owed_left",
]  # fmt: skip
_DISTRICTS = [
    "district_id", "settlements", "children", "network_deficit", "owed_build", "entitled", "emergency", "three_shift",
    "shortage_official",
]  # fmt: skip
_BELOW = ["settlement_id", "name", "condition", "shifts", "enrolment", "seats", "shortage_official"]


class Sheet(pd.DataFrame):  # type: ignore[misc]
    """A frame in the words of one language; its values are plain ones, and in Jupyter that language writes them.

    There shares are percentages, what is missing is an empty cell, and no text is cut short.
    """

    _metadata = ("of_lang", "of_shares", "of_years")  # kept by whatever pandas makes of it
    of_lang: str = ""
    of_shares: frozenset[str] = frozenset()
    of_years: frozenset[str] = frozenset()

    @property
    def _constructor(self) -> type[Sheet]:
        return Sheet

    def _repr_html_(self) -> str:
        if not self.of_lang or self.columns.nlevels > 1:
            return str(pd.DataFrame(self)._repr_html_())
        numbered = self.index.name is None and pd.api.types.is_integer_dtype(self.index)
        frame = self if numbered else self._beside_index()
        return f'<div lang="{self.of_lang}">{table(frame, words.load(self.of_lang), _MOST)}</div>'

    def _beside_index(self) -> Sheet:
        """Return the frame with its index as columns; one without a name has no heading."""
        called = ["" if name is None else name for name in self.index.names]
        return self.reset_index(names=called, allow_duplicates=True)


def headed(frame: pd.DataFrame, said: Words) -> Sheet:
    """Return a frame under its headings, in the words of a language."""
    out = Sheet(workbook.headed(frame, said))
    titles = dict(zip(frame.columns, out.columns, strict=True))
    if isinstance(key := out.index.name, str):  # identifiers beside a column of names
        out.index.name = said.texts.get("column.id" if key.endswith("_id") else f"column.{key}", key)
    out.of_lang = said.lang
    # a sheet, or a part of one, keeps what it was
    before = frame if isinstance(frame, Sheet) else Sheet()
    out.of_shares = before.of_shares | {titles[name] for name in titles if shares.named(str(name))}
    out.of_years = before.of_years | {titles[name] for name in titles if name in workbook.YEARS}
    return out


@dataclass(frozen=True)
class Findings:
    """Who is outside the law, and by how much, in the words of one language; in Jupyter it shows itself.

    Attributes
    ----------
    title
        Of what.
    settlements
        Settlements whose level is below the guaranteed one, or whose pupils are entitled to transport, with the
        verdict and its reason; in the order of their rank.
    schools
        State day schools in emergency condition, of three shifts, or short of places in two shifts.
    districts
        The sums of every district.
    lang
        The language.
    """

    title: str
    settlements: Sheet
    schools: Sheet
    districts: Sheet
    lang: str

    def _repr_html_(self) -> str:
        said = words.load(self.lang)
        districts = self.districts[[said.text(f"column.{name}") for name in _DISTRICTS]]
        parts = [
            (f"{said.text('heading.owed')}: {len(self.settlements)}", self.settlements),
            (f"{said.text('heading.below')}: {len(self.schools)}", self.schools),
            (said.text("sheet.districts"), districts),
        ]
        return page(self.title, [section(head, table(frame, said)) for head, frame in parts], self.lang)


def findings(plan: Plan, said: Words) -> Findings:
    """Return who is outside the law, and by how much, in the words of a language."""
    found = sheets.frames(plan, said)
    homes, schools = found["settlements"], found["schools"]
    owed = homes["network_deficit"] | (homes["pupils_entitled_or"].fillna(0) > 0)
    below = schools["state_day"] & (
        schools["emergency"] | schools["three_shift"] | (schools["shortage_official"].fillna(0) > 0)
    )
    return Findings(
        _title(plan.region, said),
        headed(homes.loc[owed, _OWED], said),
        headed(schools.loc[below, _BELOW], said),
        headed(found["districts"], said),
        said.lang,
    )


def sheet(
    frames: Callable[[_Found, Words], Mapping[str, pd.DataFrame]], found: _Found, name: str, lang: str | None
) -> Sheet:
    """Return one of the sheets of a workbook as a frame, headings and values in words of `lang`, else of the session.

    Raises
    ------
    OptionError
        There is no such sheet; those there are are named.
    """
    said = words.load(lang or session.language())
    there = frames(found, said)
    if name not in there:
        remedy = Message("Choose one of {choices}.", choices=", ".join(there))
        raise OptionError(Fault(Message("there is no sheet “{name}”.", name=name), remedy))
    return headed(there[name], said)


def region(found: Region, lang: str) -> str:
    """Return what a region shows of itself: caveats, layers, what became of the rows, the files behind it."""
    said = words.load(lang)
    counts = [(said.text(f"layer.{name}"), said.number(len(getattr(found, name)))) for name in LAYERS]
    ledger = found.ledger.counts()
    rows = [
        (said.text(f"column.{name}"), said.number(ledger[name].sum()))
        for name in ("read", "used", "corrected", "rejected")
    ]
    files = [(one.name, one.sha256[:_HASH]) for one in found.inputs]
    parts = [
        caveats(said.text(f"caveat.{key}") for key in found.caveats),
        section(said.text("shown.layers"), pairs(counts)),
        section(said.text("sheet.ledger"), pairs(rows)),
        section(said.text("sheet.inputs"), pairs(files)),
        hint("schoolnet.plan(region)", said),
    ]
    return page(_title(found, said), parts, lang)


def plan(made: Plan, lang: str) -> str:
    """Return what a plan shows of itself: caveats, headline figures, verdicts, the first sites, what to ask next."""
    said = words.load(lang)
    figures = [(said.text(f"summary.{key}"), _figure(key, made.summary[key], said)) for key in _HEADLINE]
    verdicts = [
        (said.text(f"verdict.{key.removeprefix(_VERDICTS)}"), said.number(value))
        for key, value in made.summary.items()
        if key.startswith(_VERDICTS)
    ]
    sites = sheets.frames(made, said).get("sites", pd.DataFrame(columns=_SITES))
    head = f"{said.text('sheet.sites')}: {site_text.counted(made.sites, said)}"
    parts = [
        caveats(said.text(f"caveat.{key}") for key in costing.caveats(made)),
        f"<p>{escape(said.text('ui.norms_day', day=f'{made.norms.day:%d.%m.%Y}'))}</p>",
        section(said.text("sheet.summary"), pairs(figures)),
        section(said.text("layer.verdicts"), pairs(verdicts)),
        section(head, table(headed(sites[_SITES], said), said)),
        hint('plan.map(), plan.owed(), plan.explain("…"), plan.sheet("sites"), plan.plots(), plan.save("…")', said),
    ]
    return page(_title(made.region, said), parts, lang)


def outcome(made: Outcome, lang: str) -> str:
    """Return what a programme shows of itself: caveats, its years, and what to ask next."""
    said = words.load(lang)
    years = made.years[_YEARS].astype({"year": str})
    parts = [
        caveats(plan_sheets.caveats(made, said)),
        section(said.text("heading.years"), table(headed(years, said), said)),
        hint('outcome.sheet("programme"), outcome.sheet("equity"), outcome.save("…")', said),
    ]
    return page(plan_sheets.regions(made, said), parts, lang)


def _figure(key: str, value: Any, said: Words) -> str:
    return said.percent(value) if key.endswith("_share") else said.number(value)


def _title(found: Region, said: Words) -> str:
    return f"{titles.region(found.names, found.code, said.lang)} ({found.code})"


def caveats(told: Iterable[str]) -> str:
    """Return what must be said beside every figure."""
    return "".join(f"<p><b>! {escape(one)}</b></p>" for one in told)


def hint(code: str, said: Words) -> str:
    """Return what may be asked next."""
    return f"<p>{escape(said.text('shown.next'))}: <code>{escape(code)}</code></p>"


def section(head: str, inside: str) -> str:
    """Return a part under its heading."""
    return f"<h4>{escape(head)}</h4>{inside}"


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of names with what belongs to each."""
    cells = "".join(
        f'<tr><td style="text-align:left">{escape(name)}</td><td style="text-align:right">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table>{cells}</table>"


def table(frame: Sheet, said: Words, most: int = _ROWS) -> str:
    """Return the first rows of a frame, numbers as the language writes them; how many more there are.

    Texts are wrapped, so that what a person decides by fits a page; what does not is scrolled to within the table.
    """
    kinds = ["share" if name in frame.of_shares else "year" if name in frame.of_years else "" for name in frame]
    rows = [*frame.head(most).itertuples(index=False, name=None)]
    styles = [_style([row[at] for row in rows]) for at in range(len(kinds))]
    head = "".join(
        f'<th style="{_SNUG}{style}">{escape(str(name))}</th>' for name, style in zip(frame, styles, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(_cell(value, kind, said) for value, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    more = len(frame) - most
    rest = f"<p>{escape(said.text('check.more', count=said.number(more)))}</p>" if more > 0 else ""
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div style="overflow-x:auto">{whole}</div>{rest}'


def _style(values: Iterable[Any]) -> str:
    """Return the style of a heading: of long texts width and lines grow alike, by the square root of their letters.

    Any other column is as narrow as its longest word lets it be: a browser breaks none.
    """
    texts = [one for one in values if isinstance(one, str)]
    longest = max(map(len, texts), default=0)
    left = ";text-align:left" if texts else ""
    return left + (f";min-width:{min(math.sqrt(longest), _WIDEST):.0f}em" if longest > _LINE else "")


def _cell(value: Any, kind: str, said: Words) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return f'<td style="{_SNUG}"></td>'
    if not isinstance(value, Real):
        return f'<td style="{_SNUG};text-align:left">{escape(str(value))}</td>'
    if kind == "share" or isinstance(value, shares.Share):
        written = said.percent(value)
    else:
        written = f"{value:.0f}" if kind == "year" else said.number(value, digits=_DIGITS)
    return f'<td style="{_SNUG}">{escape(written)}</td>'


def page(title: str, parts: Iterable[str], lang: str) -> str:
    """Return parts under a title, as one piece of a language."""
    return f'<div lang="{lang}"><h3>{escape(title)}</h3>{"".join(parts)}</div>'
