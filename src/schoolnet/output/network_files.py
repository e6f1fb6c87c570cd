"""Network schools as files: tables a spreadsheet opens, a layer a map opens, a map of its own; all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolnet.output import network_map, network_sheets, network_text, service, words

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from schoolnet.planning.profile_choice import Network

_MAP = "network.html"
FILES = (*service.files("network", ("coverage", "candidates", "proof")), _MAP)


def write(found: Network, folder: Path | str, *, lang: str = "kk") -> Path:
    """Write network schools to a folder (`FILES`), all or none; returns the folder.

    Raises
    ------
    SourceError
        The folder cannot be made or written to.
    """
    said, places = words.load(lang), _sourced(found)
    tables = {"coverage": found.coverage, "candidates": places, "proof": found.proof}
    shown = service.Shown(tables, {"network_candidates": places.reset_index()}, network_sheets.frames(found, said))
    drawn = {_MAP: lambda path: network_map.write(found, path, lang=lang)}
    return service.save(network_text.about(found, said), shown, folder, "network", said, drawn)


def _sourced(found: Network) -> gpd.GeoDataFrame:
    """Return the places, each with the name of the data it was made of where they ask for it."""
    source = {code: about.get("attribution") for code, about in found.about.items()}
    named = found.candidates["region"].map(source)
    return found.candidates if named.isna().all() else found.candidates.assign(source=named)
