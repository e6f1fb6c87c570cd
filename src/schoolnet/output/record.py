"""Provenance: inputs with their hashes, norms, options, versions, counts and the ledger, beside every result."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import re
from typing import TYPE_CHECKING, Any

from schoolnet import disk

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

    from schoolnet.law.entries import Norm
    from schoolnet.output.words import Words
    from schoolnet.planning.plan import Plan
    from schoolnet.region import Input

_LIBRARIES = ("geopandas", "numpy", "osmium", "pandas", "pyproj", "scipy", "shapely", "folium")
_DIGITS = 8  # of a checksum: enough to tell two files apart by eye


def made_from(plan: Plan) -> dict[str, Any]:
    """Return what a plan was made from: its inputs with their hashes, the day of the norms, the version."""
    return {
        "inputs": [one._asdict() for one in plan.region.inputs],
        "on": plan.norms.day.isoformat(),
        "version": importlib.metadata.version("schoolnet"),
    }


_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,59}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)  # devices of Windows


def record(plan: Plan) -> dict[str, Any]:
    """Return the provenance of a plan; the same inputs give the same record, so it holds no time of day."""
    region, made = plan.region, made_from(plan)
    return {
        "region": {"code": region.code, "names": region.names, "caveats": list(region.caveats)},
        "inputs": made["inputs"],
        "norms": {
            "on": made["on"],
            "in_force": [_norm(norm) for norm in plan.norms],
        },
        "options": plan.options.model_dump(mode="json"),
        "prices": {name: {"value": plan.prices[name], "basis": basis} for name, basis in plan.prices.basis.items()},
        "searches": plan.proofs.to_dict("records"),
        "versions": versions(),
        "counts": plan.summary,
        "ledger": {
            "counts": plan.ledger.counts().to_dict("records"),
            "entries": [list(entry) for entry in plan.ledger.entries],
        },
    }


def versions() -> dict[str, str]:
    """Return the versions a result hangs on: schoolnet, its libraries, Python."""
    found = {name: importlib.metadata.version(name) for name in ("schoolnet", *_LIBRARIES)}
    return found | {"python": platform.python_version()}


def stamp(inputs: Iterable[Input], day: dt.date, said: Words) -> str:
    """Return the line a paper bears of what it was made from: files with their SHA-256 cut short, day, version.

    Two papers with one stamp, of the same options, say the same; `provenance.json` has the whole record.
    """
    files = dict.fromkeys(f"{one.name} ({one.sha256[:_DIGITS]})" for one in inputs)
    version = importlib.metadata.version("schoolnet")
    return said.text("ui.stamp", files=", ".join(files), day=f"{day:%d.%m.%Y}", version=version)


def _norm(norm: Norm) -> dict[str, Any]:
    return {
        "key": norm.key,
        "value": norm.value,
        "unit": norm.say("unit", "en"),
        "standing": norm.standing,
        "since": norm.since.isoformat(),
        "until": norm.until and norm.until.isoformat(),
        "cited": norm.citation("en"),
        "text": norm.say("text", "en"),
        "file": norm.file or "law/kz.toml",
    }


def write(plan: Plan, path: Path) -> None:
    """Write the provenance as JSON."""
    with disk.whole(path) as part:
        part.write_text(json.dumps(record(plan), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def folder_name(code: str) -> str:
    """Return the name of the folder of a region: its code, or where that is no plain name, one made of it.

    A code comes from a map or a planner's file: `../../x`, `CON`, a line end or 300 letters must not lead elsewhere.
    What is made is of plain letters and ends in a digest, so two codes never share a folder.

    >>> folder_name("KZ-59"), folder_name("../../x")
    ('KZ-59', '______x-9cdf6a50')
    """
    if _PLAIN.fullmatch(code) and not _RESERVED.fullmatch(code):
        return code
    digest = hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{re.sub('[^0-9A-Za-z-]', '_', code)[:40] or 'region'}-{digest}"
