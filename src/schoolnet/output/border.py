"""Schools over the border by name: each is said to lie in another region, and in which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet.output import spelled, titles, words

if TYPE_CHECKING:
    import pandas as pd

    from schoolnet.region import Region


def called(region: Region, lang: str) -> dict[str, str]:
    """Return the name of each school over the border by its identifier: “№ 1 (another region: Akmola)”."""
    said = words.load(lang)
    names = _named(region.neighbours, lang)
    regions = {key: spelled.said(called, lang) for key, called in titles.around(region.adjoining).items()}
    out = {}
    for key, at in region.neighbours["region_id"].items():
        where = said.text("other_region", region=regions[at]) if at in regions else said.text("other_region_unknown")
        out[str(key)] = f"{names.get(key, said.text('no_name'))} ({where})"
    return out


def _named(layer: pd.DataFrame, lang: str) -> dict[str, str]:
    columns = dict.fromkeys([f"name_{lang}", *(f"name_{other}" for other in words.LANGS), "name"])
    return layer[[*columns]].bfill(axis=1).iloc[:, 0].dropna().to_dict()
