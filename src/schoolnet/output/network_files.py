"""Network schools as files: tables a spreadsheet opens, a layer a map opens, a map of its own; all or none."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import TYPE_CHECKING

from schoolnet.output import network_map, network_sheets, network_text, outcome, plan_sheets, words, workbook
from schoolnet.output.layers import dated
from schoolnet.output.record import placed

if TYPE_CHECKING:
    import geopandas as gpd

    from schoolnet.planning.profile_choice import Network

FILES = (
    "coverage.csv", "candidates.csv", "proof.csv", "network.gpkg", "network.xlsx", "network.html", "provenance.json",
)  # fmt: skip


def write(found: Network, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write network schools to a folder (`FILES`), all or none; returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    said = words.load(lang)
    with placed(Path(folder), FILES) as part:
        tables = {"coverage": found.coverage, "candidates": _sourced(found), "proof": found.proof}
        for name, table in tables.items():
            outcome.table_file(outcome.flat(table), part / f"{name}.csv")
        with dated(found.norms.day):
            _sourced(found).reset_index().to_file(
                part / "network.gpkg", layer="network_candidates", driver="GPKG", engine="pyogrio"
            )
        sheets = network_sheets.frames(found, said) | {"options": plan_sheets.options(found.options, said)}
        if found.ledger.read:
            sheets["ledger"] = found.ledger.frame(said.message)
        title = " · ".join([said.text("network.title"), *network_text.attributions(found)])
        workbook.bound(sheets, part / "network.xlsx", said, title=title, day=found.norms.day)
        network_map.write(found, part / "network.html", lang=lang)
        text = json.dumps(record(found), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (part / "provenance.json").write_text(text, encoding="utf-8")
    return Path(folder)


def _sourced(found: Network) -> gpd.GeoDataFrame:
    """Return the places, each with the name of the data it was made of where they ask for it."""
    source = {code: about.get("attribution") for code, about in found.about.items()}
    named = found.candidates["region"].map(source)
    return found.candidates if named.isna().all() else found.candidates.assign(source=named)


def record(found: Network) -> dict[str, object]:
    """Return what it was made of: regions with their inputs and caveats, attribution, norms, options, version."""
    used = [found.norms[one.norm] for one in found.profiles.values() if one.norm in found.norms.in_force]
    return {
        "regions": {code: dict(about) for code, about in found.about.items()},
        "attribution": network_text.attributions(found),
        "given": [[file, table, count] for (file, table), count in found.ledger.read.items()],
        "norms": {
            "on": found.norms.day.isoformat(),
            "used": {
                one.key: {"value": one.value, "standing": one.standing, "cited": one.citation("en")} for one in used
            },
        },
        "options": found.options.model_dump(mode="json"),
        "proof": json.loads(found.proof.to_json(orient="records")),
        "schoolnet": importlib.metadata.version("schoolnet"),
    }
