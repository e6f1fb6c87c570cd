"""Map of network schools: one HTML file that opens without internet, in Kazakh, Russian and English."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from schoolnet.disk import whole
from schoolnet.networks import FAR_MIN, NEAR_MIN
from schoolnet.output import network_text, words
from schoolnet.output.map_lines import parts as outline_parts
from schoolnet.output.page import PageMap
from schoolnet.output.spelled import clean
from schoolnet.output.titles import of_region
from schoolnet.services import PARTS

if TYPE_CHECKING:
    from schoolnet.options import Options
    from schoolnet.planning.profile_choice import Network
    from schoolnet.planning.profile_list import Profile

_M_PER_KM, _MIN_PER_HOUR = 1000.0, 60.0
_TOP = 5  # places of a region and profile that are listed, beside those opened
_COLUMNS = (
    "region", "profile", "base", "pupils_60", "pupils_90", "pupils_own", "pupils_beyond", "boarding_seats",
    "rural_share", "partner_km", "apart_km", "score", "rank", "rank_best", "rank_worst", "first_share",
)  # fmt: skip
#: Words of the page: whole groups, and single keys.
_GROUPS = ("network.", "caveat.", "standing.", "status.", "column.", "ui.", "card.")
_KEYS = ("unknown", "no_name", "km", "m")


def write(found: Network, path: Path | str, *, lang: str = "kk") -> None:
    """Write the map of network schools; a file already there is replaced only when the new one is whole."""
    text = build(found, lang=lang).get_root().render()
    with whole(Path(path)) as part:
        part.write_text(text, encoding="utf-8")


def build(found: Network, *, lang: str = "kk") -> PageMap:
    """Return the map of network schools, with everything it needs inside; `lang` is the language it opens in."""
    folder = resources.files(__package__)
    script, *styles = (folder.joinpath(name).read_text("utf-8") for name in ("network.js", "map.css", "network.css"))
    title = words.load(lang).text("network.title")
    return PageMap(_data(found, lang), title=title, script=script, style="".join(styles), lean=True)


def _data(found: Network, lang: str) -> dict[str, Any]:
    said = {code: words.load(code) for code in words.LANGS}
    rows = found.candidates
    shown = rows[rows["opened"] | (rows["rank"] <= _TOP)]
    west, south, east, north = (
        shapely.bounds(shapely.MultiPoint(found.homes[["lon", "lat"]].to_numpy())).round(2).tolist()
    )
    keep = {one: {key: text for key, text in said[one].texts.items() if _used(key)} for one in words.LANGS}
    return {
        "lang": lang,
        "words": keep,
        "about": {
            "caveats": network_text.caveats(found), "attributions": network_text.attributions(found),
            "osm": any(geometry is not None for geometry in found.outlines.values()),
            "approx": bool(rows["approx"].any()), "day": found.norms.day.isoformat(),
            "covered": {one: list(network_text.covered(found, said[one])) for one in words.LANGS},
            "quotas": {one: list(network_text.quotas(found, said[one])) for one in words.LANGS},
        },
        "reach": _circles(found.options) if rows["approx"].any() else {},
        "bounds": [[south, west], [north, east]],
        "parts": list(PARTS),
        "weights": dict(found.options.profile_weights),
        "profiles": [_profile(key, one) for key, one in found.profiles.items()],
        "regions": [_region(found, code) for code in dict.fromkeys(found.coverage["region"])],
        "candidates": [_place(row, found) for row in shown.itertuples()],
        "homes": [[round(y, 3), round(x, 3), int(n)] for n, x, y in found.homes.to_numpy()],
    }  # fmt: skip


def _circles(options: Options) -> dict[str, int]:
    """Return the metres that a straight line leads to in 60 and 90 minutes."""
    metres = options.straight_kmh * _M_PER_KM / options.straight_factor / _MIN_PER_HOUR
    return {str(minutes): round(metres * minutes) for minutes in (NEAR_MIN, FAR_MIN)}


def _used(key: str) -> bool:
    return key.startswith(_GROUPS) or key in _KEYS


def _profile(key: str, profile: Profile) -> dict[str, Any]:
    return {"key": key, "names": dict(profile.name), "fields": dict(profile.field)}


def _named(found: Network, key: Any) -> dict[str, str]:
    row = found.names.loc[key]
    return clean({one.removeprefix("name_"): value for one, value in row.items()})


def _region(found: Network, code: str) -> dict[str, Any]:
    own = found.coverage[found.coverage["region"] == code]
    columns = ("schools", "evidence", "lacking", "looked_at", "candidates", "opened")
    outline = found.outlines.get(code)
    return clean({
        "code": code, "names": of_region(_named(found, code), code),
        "outline": None if outline is None else outline_parts(outline),
        "coverage": {row.profile: clean({name: getattr(row, name) for name in columns}) for row in own.itertuples()},
    })  # fmt: skip


def _place(row: Any, found: Network) -> dict[str, Any]:
    school = None if row.base == "settlement" else _named(found, row.school_id)
    return clean(
        {
            "id": row.Index, "names": _named(found, row.settlement_id), "school": school,
            "at": [round(row.geometry.y, 5), round(row.geometry.x, 5)], "opened": bool(row.opened),
            "parts": [round(float(getattr(row, name)), 3) for name in PARTS],
        }
        | {name: getattr(row, name) for name in _COLUMNS}
    )  # fmt: skip
