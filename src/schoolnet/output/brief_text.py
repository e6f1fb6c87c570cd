"""What a brief says, in words: figures of a region or district, its sites, who is owed what and why, what it rests on.

Sentences are those of the map's cards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from schoolnet.model.balance import WHOLE
from schoolnet.output import costing, layers, norms_text, reasons, record, site_text, spelled, titles, words
from schoolnet.output.pdf import Block, Line
from schoolnet.planning import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan

_REGION = (
    "settlements", "settlements_rural", "population", "children", "schools", "owed_build", "owed_upgrade",
    "pupils_entitled_or", "pupils_entitled_and", "three_shift", "emergency", "indicator_share", "shortage_official",
)  # fmt: skip
#: Figures of a district, and their words, which are those of the region where there are such.
_DISTRICT = {
    name: f"summary.{name}"
    for name in ("settlements", "settlements_rural", "children", "schools", "network_deficit", "owed_build")
} | {
    "band_not_taught": "column.band_not_taught",
    "entitled": "summary.children_entitled",
    **{name: f"summary.{name}" for name in ("three_shift", "emergency", "indicator_share", "shortage_official")},
}
#: Who comes first among those owed something.
_ORDER = ("build", "upgrade", "extend", "board", "bus")
_NAMES = 12  # villages named in one line


class Content(NamedTuple):
    """The words of a brief."""

    title: str
    subtitle: str
    warnings: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    footer: str
    stamp: str


@dataclass(frozen=True)
class Known:
    """What all briefs of a plan share, worked out once: settlements with their findings, facts and names."""

    plan: Plan
    said: Words
    homes: gpd.GeoDataFrame
    facts: dict[str, dict[str, Any]]
    put: Any
    names: dict[str, str]

    def inside(self, frame: pd.DataFrame, district: str | None) -> Any:
        """Return the rows of a frame with `district_id` that lie in a district; all when None."""
        return frame if district is None else frame[frame["district_id"] == district]


def known(plan: Plan, said: Words) -> Known:
    """Return what the briefs of a plan share."""
    region = plan.region
    names = {
        str(row.Index): spelled.said(spelled.names(row), said.lang) or said.text("no_name")
        for layer in (region.districts, region.settlements)
        for row in layer.itertuples()
    } | titles.districts(region.districts, said.lang)
    put = reasons.named(plan, said.lang)
    return Known(plan, said, layers.settlements(plan), reasons.facts(plan), put, names)


def content(of: Known, district: str | None = None) -> Content:
    """Return the words of the brief of a region, or of one of its districts."""
    plan, said = of.plan, of.said
    name = titles.of(plan, said, district)
    about = [said.text("ui.norms_day", day=f"{plan.norms.day:%d.%m.%Y}")]
    if district is not None:
        about.insert(0, titles.of(plan, said, None))
    told = [said.text(f"caveat.{one}") for one in costing.caveats(plan)]
    counted = site_text.counted(of.inside(plan.sites, district), said)
    credit = [] if "fictional" in plan.region.caveats else [said.text("ui.osm")]
    return Content(
        title=said.text("ui.title", region=name),
        subtitle=" · ".join([said.text("brief.subtitle"), *about]),
        warnings=tuple(told),
        figures=tuple(_figures(of, district)),
        blocks=(
            Block(f"{said.text('ui.list_sites')}: {counted}", tuple(_sites(of, district))),
            Block(said.text("brief.owed"), tuple(_owed(of, district))),
            Block(said.text("brief.carry"), tuple(Line("", one) for one in _carry(of, district))),
            Block(said.text("brief.norms"), tuple(Line("", one) for one in _norms(of, district))),
        ),
        footer=" · ".join(["schoolnet", name, *about[-1:], *credit]),
        stamp=record.stamp(plan.region.inputs, plan.norms.day, said),
    )


def _figures(of: Known, district: str | None) -> Iterator[tuple[str, str]]:
    called = {key: f"summary.{key}" for key in _REGION} if district is None else _DISTRICT
    found: Any = of.plan.summary if district is None else of.plan.district_findings.loc[district]
    for key, word in called.items():
        value = found[key]
        shown = of.said.percent(value) if key.endswith("_share") else of.said.number(value)
        yield of.said.text(word), shown


def _sites(of: Known, district: str | None) -> Iterator[Line]:
    listed = of.plan.sites.sort_values("rank", kind="stable")
    for row in of.inside(listed, district).itertuples():
        place = of.names.get(str(row.settlement_id), of.said.text("no_name"))
        where = f" ({of.names.get(str(row.district_id), row.district_id)})" if district is None else ""
        yield Line(f"{place}{where}", site_text.sentence(row, of.said, of=len(listed)))


def _owed(of: Known, district: str | None) -> Iterator[Line]:
    """Yield a line for each settlement that is owed something, or needs it most, in the order of the list.

    Before them stands how many a verdict counts, where it counts more than the law owes.
    """
    rows = of.inside(of.homes, district)
    yield from (Line("", one) for one in told(rows, of.said))
    rows = rows[rows["verdict"].isin(_ORDER)]
    deficit = ~rows["network_deficit"].astype(bool)
    kind = rows["verdict"].map({verdict: at for at, verdict in enumerate(_ORDER)})
    pupils = -rows["pupils_entitled_or"].fillna(0).astype(float)
    order = pd.DataFrame({"deficit": deficit, "rank": rows["rank"].astype(float), "kind": kind, "pupils": pupils})
    order = order.sort_values(["deficit", "rank", "kind", "pupils"], kind="stable", na_position="last")
    for row in rows.loc[order.index].itertuples():
        todo = of.said.text(f"verdict.{row.verdict}")
        if isinstance(row.level, str) and row.level:
            todo = of.said.text("named", kind=todo, name=of.said.text(f"level.{row.level}"))
        reason = of.said.sentence(row.reason, of.put(of.facts[row.Index]))
        yield Line(of.names[str(row.Index)], f"{todo}. {reason}")


def told(rows: pd.DataFrame, said: Words) -> Iterator[str]:
    """Yield how many settlements are told to build and to raise the level, by why, where the law alone is not why."""
    for verdict in ("build", "upgrade"):
        found = verdicts.parts(rows, verdict)
        if found["emergency"] or found["more"]:
            shown = [said.text(f"ui.told_{why}", count=said.number(many)) for why, many in found.items() if many]
            total = said.number(sum(found.values()))
            yield said.text("ui.told", verdict=said.text(f"verdict.{verdict}"), total=total, parts=", ".join(shown))


def _carry(of: Known, district: str | None) -> Iterator[str]:
    said, rows = of.said, of.inside(of.homes, district)
    counts = {
        name: said.number(int(rows[f"pupils_entitled_{column}"].fillna(0).sum()))
        for name, column in (("all", "or"), ("both", "and"), ("flood", "flood"))
    }
    yield said.text("brief.entitled", **counts)
    yield from _carried(of, WHOLE if district is None else district)
    far = [of.names[str(key)] for key in rows.index[rows["verdict"] == "board"]]
    if far:
        more = [said.text("brief.more", count=said.number(len(far) - _NAMES))] if len(far) > _NAMES else []
        yield said.text("brief.board", places=", ".join([*far[:_NAMES], *more]))


def _carried(of: Known, district: str) -> Iterator[str]:
    """Yield how those entitled get to school, and with what buses, where routes were worked out."""
    said, plan = of.said, of.plan
    if district in plan.carried.index and plan.carried.loc[district, "entitled"]:
        row = plan.carried.loc[district]
        names = ("entitled", "bus", "board", "unserved", "over_advised")
        limit = said.number(plan.options.ride_advised_min)
        yield said.text("brief.carried", limit=limit, **{name: said.number(row[name]) for name in names})
    fleet = plan.fleet[plan.fleet["district_id"] == district]
    if fleet["buses"].sum():
        sums = fleet[["buses", "km_day", "cost_year_mkzt"]].sum()
        cost = said.cost(float(sums["cost_year_mkzt"]), plan.prices.basis["bus"])
        yield said.text("brief.fleet", buses=said.number(sums["buses"]), km=said.number(sums["km_day"]), cost=cost)


def _norms(of: Known, district: str | None) -> Iterator[str]:
    """Yield what the verdicts rest on, each act once."""
    there = set(of.inside(of.homes, district)["reason"])
    found = (norms_text.rests_on(of.plan.norms, key, of.said) for key in words.REASONS if key in there)
    yield from (one for one in dict.fromkeys(found) if one)
