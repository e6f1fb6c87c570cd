"""Why? Every number behind one settlement's verdict, its clause, the way on a small map, and what would change it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from schoolnet import tables
from schoolnet.disk import whole
from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message
from schoolnet.model.access import in_season
from schoolnet.model.demand import COLUMN_OF_BAND
from schoolnet.output import costing, layers, norms_text, okrug_told, reasons, register, site_text, spelled, trip, words
from schoolnet.output.sketch import sketch
from schoolnet.planning.flips import break_even, flips

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolnet.planning.plan import Plan

Section = tuple[str, list[str]]
_SHOWN_OPTIONS = (
    "transport_rule", "transport_holder", "distance_basis", "way", "season", "bridged_barrier", "lake_round",
    "threshold_base", "unknown_level", "border_schools",
)  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """Why a settlement has its verdict, in one language; in Jupyter it shows itself.

    Attributes
    ----------
    title
        The question, with the settlement's name.
    caveats
        What must be said beside every figure.
    sections
        Heads with their lines.
    svg
        The way to school, drawn; empty where the settlement needs none.
    lang
        Its language.
    """

    title: str
    caveats: tuple[str, ...]
    sections: tuple[Section, ...]
    svg: str
    lang: str

    @property
    def text(self) -> str:
        """The whole as plain text."""
        heads = [f"{head}\n" + "\n".join(f"  {line}" for line in lines) for head, lines in self.sections]
        return "\n\n".join([self.title, *(f"! {one}" for one in self.caveats), *heads]) + "\n"

    def _repr_html_(self) -> str:
        """Return the whole as HTML without scripts; everything from outside is text."""
        parts = [f"<h1>{escape(self.title)}</h1>", *(f"<p><b>! {escape(one)}</b></p>" for one in self.caveats)]
        told = [
            f"<h2>{escape(head)}</h2>" + "".join(f"<p>{escape(line)}</p>" for line in lines)
            for head, lines in self.sections
        ]
        return "".join([*parts, *told[:1], self.svg, *told[1:]])

    def save(self, path: Path | str) -> Path:
        """Write the whole as one HTML page that loads nothing; returns the path.

        Raises
        ------
        SourceError
            It cannot be written.
        """
        page = (
            f'<!DOCTYPE html><html lang="{self.lang}"><head><meta charset="utf-8"><title>{escape(self.title)}</title>'
            f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            "<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:1em auto;padding:0 1em}h1{font-size:1.4em}"
            "h2{font-size:1.1em;margin:1.2em 0 .2em}p{margin:.2em 0}svg{max-width:100%;border:1px solid #ccc}</style>"
            f"</head><body>{self._repr_html_()}</body></html>\n"
        )
        path = Path(path)
        with whole(path, remedy=Message("Choose another file with --out, or close it if it is open.")) as part:
            part.write_text(page, encoding="utf-8")
        return path


def explain(plan: Plan, settlement: str, *, lang: str = "kk") -> Explanation:
    """Return why a settlement has its verdict.

    Parameters
    ----------
    plan
        The plan.
    settlement
        Its identifier, KATO code, or name in any language.
    lang
        Language of the answer: kk, ru or en.

    Raises
    ------
    OptionError
        No settlement answers to the name (the near ones are named), or more than one does.
    """
    key = find(plan, settlement)
    said, put = words.load(lang), reasons.named(plan, lang)
    name = put({"place": key})["place"]
    trips = trip.trips(plan, key)
    sections = (
        (said.text("explain.verdict"), list(_verdict(plan, key, said, put))),
        (said.text("explain.costs"), _costs(plan, key, said)),
        (said.text("card.rides"), costing.ridden(plan, key, said)),
        (said.text("explain.sites"), list(_sites(plan, key, said))),
        (said.text("explain.children"), list(_children(plan, key, said))),
        (said.text("explain.guarantee"), list(_guarantee(plan, key, said))),
        (said.text("explain.okrug"), list(okrug_told.told(plan, key, said))),
        (said.text("explain.ways"), list(_ways(plan, key, said))),
        (said.text("explain.path"), [line for one in trips for line in trip.lines(one, plan, said)]),
        (said.text("explain.flips"), list(_flips(plan, key, said)) or [said.text("flip_none")]),
        (said.text("explain.rules"), list(_rules(plan, said))),
    )
    kept = tuple((head, lines) for head, lines in sections if lines)
    caveats = tuple(said.text(f"caveat.{one}") for one in costing.money_caveats(plan))
    drawn = sketch(plan.region, *trip.drawing(trips, plan, key, said)) if trips else ""
    return Explanation(said.text("explain.title", name=name), caveats, kept, drawn, lang)


def find(plan: Plan, wanted: str) -> str:
    """Return the identifier of the settlement that answers to an identifier, a KATO code or a name."""
    rows, asked = plan.region.settlements, wanted.strip().casefold()
    columns = ["name", "name_kk", "name_ru", "name_en"]
    if wanted.strip() in rows.index:
        return wanted.strip()
    names = rows[columns].apply(lambda column: column.str.casefold())
    found = rows.index[(rows["kato"] == wanted.strip()) | (names == asked).any(axis=1)]
    if len(found) == 1:
        return str(found[0])
    if len(found):
        districts = plan.region.districts["name"]
        known = "; ".join(
            f"{row.kato or row.Index} ({districts.get(row.district_id, '')})" for row in rows.loc[found].itertuples()
        )
        raise OptionError(
            Fault(
                Message("“{name}” means more than one settlement: {known}.", name=wanted, known=known),
                Message("Give the code in place of the name."),
            )
        )
    spelled = rows[columns].stack().dropna().unique()
    near = difflib.get_close_matches(wanted.strip(), spelled, n=3, cutoff=0.5)
    hint = Message("Near it: {names}.", names="; ".join(near)) if near else Message("Give its KATO code or its name.")
    raise OptionError(Fault(Message("no settlement is called “{name}”.", name=wanted), hint))


def _verdict(plan: Plan, key: str, said: words.Words, put: Any) -> Iterator[str]:
    row = layers.settlements(plan).loc[[key]].itertuples().__next__()
    facts, away = put(reasons.facts(plan)[key]), reasons.ways(plan).get(key, [])
    kind = said.text(f"verdict.{row.verdict}")
    yield said.text("named", kind=kind, name=said.text(f"level.{row.level}")) if row.level else kind
    yield said.sentence(row.reason, facts)
    if basis := norms_text.rests_on(plan.norms, row.reason, said):
        yield basis
    for note in reasons.notes(row, away):
        yield norms_text.note(plan.norms, note, said.sentence(note, facts), said.lang)


def _costs(plan: Plan, key: str, said: words.Words) -> list[str]:
    """Return what the verdict and the next best thing cost."""
    row = layers.settlements(plan).loc[[key]].itertuples().__next__()
    still = reasons.staying(row, reasons.ways(plan).get(key, []))
    told = costing.sentences(costing.compared(row, reasons.sites_of(plan).get(key, []), plan.prices, still), said)
    if {row.verdict, row.runner_up} == {"build", "bus"} and (facts := break_even(plan, key)):
        told.append(said.sentence("break_even" if "pupils" in facts else "break_even_never", facts))
    return told


def _sites(plan: Plan, key: str, said: words.Words) -> Iterator[str]:
    for row in reasons.sites_of(plan).get(key, []):
        yield site_text.sentence(row, said, of=len(plan.sites))
        detail = {
            "card.shifts": said.number(row.shifts) if row.seats else None,
            "card.cost_pupil": None if pd.isna(row.cost_pupil_mkzt) or not row.cost_pupil_mkzt
            else said.cost(row.cost_pupil_mkzt, row.price_basis),
            "card.also": ", ".join(said.text(f"tier.{one}") for one in row.also.split(", ") if one),
        }  # fmt: skip
        shown = [f"{said.text(name)} – {value}" for name, value in detail.items() if value]
        if shown:
            yield "; ".join(shown)


def _children(plan: Plan, key: str, said: words.Words) -> Iterator[str]:
    home, demand = plan.region.settlements.loc[key], plan.demand.loc[key]
    people, basis = said.number(home["population"]), said.text(f"basis.{home['population_basis']}")
    yield f"{said.text('column.population')}: {people} ({basis})"
    source = plan.headcount.loc[key, "population_source"]
    if home["population_basis"] == "raked":
        yield f"{said.text('column.population_source')}: {said.number(source)}"
    basis = said.text(f"basis.{demand['children_basis']}")
    yield f"{said.text('column.children')}: {said.number(demand['children'])} ({basis})"
    if demand["children_basis"] in ("share", "modelled") and plan.region.people.ages.empty:
        given = plan.options.school_age_share
        share = plan.norms["children.share"].value if given is None else given
        yield f"{people} × {said.number(share, digits=4)} = {said.number(home['population'] * share, digits=2)}"
    yield "; ".join(
        f"{said.text(f'band.{band}')}: {said.number(demand[column])}" for band, column in COLUMN_OF_BAND.items()
    )


def _ahead(outlook: pd.Series[Any], said: words.Words) -> Iterator[str]:
    """Yield the range of the children today, and what is forecast for the horizon."""
    low, high = (said.number(outlook[f"children_{end}"]) for end in ("low", "high"))
    if low != high:
        yield f"{said.text('explain.range')}: {low}–{high}"
    if pd.isna(outlook["children_then"]):
        return
    year = outlook["year"]
    low, high = (said.number(outlook[f"children_then_{end}"]) for end in ("low", "high"))
    then = f"{said.number(outlook['children_then'])} ({low}–{high})"
    level = said.text(f"level.{outlook['guaranteed_then']}")
    yield said.text("explain.forecast", year=f"{year}/{year + 1}", children=then, level=level)


def _guarantee(plan: Plan, key: str, said: words.Words) -> Iterator[str]:
    finding = plan.findings.loc[key]
    if not plan.region.settlements.loc[key, "is_rural"]:
        return
    thresholds = {level: plan.norms[f"threshold.{level}"].value for level in tables.LEVELS}
    yield "; ".join(
        said.text("explain.level_from", level=said.text(f"level.{level}"), threshold=said.number(value))
        for level, value in thresholds.items()
    )
    whom = said.text(f"counted.{finding['counted_basis']}")
    yield f"{said.text('explain.counted', count=said.number(finding['counted']))} ({whom})"
    level = finding["guaranteed"]
    owed = said.text("unknown") if pd.isna(level) else said.text(f"level.{level}")
    yield f"{said.text('column.guaranteed')}: {owed}"
    yield f"{said.text('column.existing')}: {said.text(f'level.{finding.existing}')}"
    yield from _ahead(plan.outlook.loc[key], said)
    schools = plan.region.schools[plan.region.schools["settlement_id"] == key]
    for row in schools.itertuples():
        taught = said.text("unknown") if pd.isna(row.level) else said.text(f"level.{row.level}")
        yield f"– {spelled.said(spelled.names(row), said.lang) or said.text('no_name')}: {taught}"


def _ways(plan: Plan, key: str, said: words.Words) -> Iterator[str]:
    """Yield the rows of the register, bands that share a way in one, and the answer under every reading."""
    rows = register.register(plan, lang=said.lang, together=True)
    rows = rows[rows["settlement_id"] == key]
    for row in rows.itertuples():
        yield row.reason
        if isinstance(row.school_id, str):
            yield said.sentence("reg_more", _more(row, plan, said))
        held = [
            f"{said.text(f'column.{name}')} – {said.text('choice.yes' if getattr(row, name) else 'choice.no')}"
            for name in rows.columns
            if name.startswith("entitled_")
        ]
        yield f"{said.text('explain.readings')}: {'; '.join(held)}"
    if len(rows):
        yield f"{said.text('card.clause')}: {norms_text.basis(plan.norms, words.REASONS['bus_far'], said.lang)}"


def _more(row: Any, plan: Plan, said: words.Words) -> dict[str, Any]:
    """Return the straight line, the minutes on foot and the way in flood of a row of the register."""
    rows = in_season(plan.access, "flood")
    rows = rows[(rows["settlement_id"] == row.settlement_id) & (rows["band"] == row.band.split(", ")[0])]
    flood = rows.iloc[0]
    then = said.text("flood_none") if flood["approx"] or pd.isna(flood["road_m"]) else said.km(flood["road_m"])
    return {"straight_m": row.straight_m, "walk": row.walk_min, "then": then}


def _flips(plan: Plan, key: str, said: words.Words) -> Iterator[str]:
    for flip in flips(plan, key):
        kind, level = said.text(f"verdict.{flip.outcome.verdict}"), flip.outcome.level
        todo = said.text("named", kind=kind, name=said.text(f"level.{level}")) if level else kind
        after = said.text("flip_after", verdict=todo, pupils=said.number(flip.outcome.pupils))
        yield said.sentence(flip.change, flip.facts | {"after": after})


def _rules(plan: Plan, said: words.Words) -> Iterator[str]:
    yield said.text("ui.norms_day", day=f"{plan.norms.day:%d.%m.%Y}")
    for name in _SHOWN_OPTIONS:
        value = getattr(plan.options, name)
        shown = said.text(f"level.{value}" if name == "unknown_level" else f"choice.{value}")
        yield f"{said.text(f'option.{name}')}: {shown}"
