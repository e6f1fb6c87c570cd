"""A site in one sentence: its place and need, what is built for whom, what it costs, whose way grows shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schoolnet import decisions
from schoolnet.output.spelled import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from schoolnet.output.words import Words


def cells(row: Any) -> dict[str, Any]:
    """Return a row of `decisions.SITES` (a named tuple of `itertuples`, a series or a mapping) as plain values."""
    return clean(row._asdict() if hasattr(row, "_asdict") else dict(row))


def sentence(row: Any, said: Words, *, of: int) -> str:
    """Return the sentence of a site; `of`: how many sites the list holds.

    | rank | tier | action | pupils | seats | sentence |
    |---|---|---|---|---|---|
    | 12 | guarantee | build | 8 | 25 | No 12 of 257: owed by the guarantee. New school (primary school): … |
    """
    site = cells(row)
    known = facts(site, of=of)
    head, *parts = (said.sentence(key, known) for key in keys(site))
    return f"{head} {'; '.join(parts)}."


def counted(sites: pd.DataFrame, said: Words) -> str:
    """Return how many sites a table holds, and how many of them are without: 28, of them without building – 7."""
    found = decisions.counted(sites)
    if not found.raised:
        return said.number(found.sites)
    return f"{said.number(found.sites)}, {said.text('ui.without_building', count=said.number(found.raised))}"


def facts(site: Mapping[str, Any], *, of: int) -> dict[str, Any]:
    """Return the raw values a site's sentence is filled with."""
    return {
        "of": of,
        "site_level": site["level"],
        "cost_basis": site["price_basis"],
        "cost_mkzt": site.get("cost_mkzt"),
        **{name: site.get(name, 0) for name in ("pupils", "seats", "moved", "saved_m", "unbused")},
        "rank": site["rank"],
        "tier": site["tier"],
    }


def keys(site: Mapping[str, Any]) -> Iterator[str]:
    """Return the keys of the parts of the sentence; the script of the map keeps the same rule."""
    yield "site_place"
    raised = site["action"] == "upgrade" and not site.get("seats")
    yield "site_raise" if raised else f"site_{site['action']}"
    if site.get("moved") and site.get("saved_m"):
        yield "site_saved"
    if site.get("unbused"):
        yield "site_unbused"
