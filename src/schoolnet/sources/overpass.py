"""Fetch a small area of OpenStreetMap by the name of a place, as an extract that the ordinary reader reads.

The outline is Nominatim's, the map objects are Overpass's: both by osmnx, whose requests keep the servers' rules.
Source: Overpass API, “Language guide”; Nominatim usage policy.
"""

from __future__ import annotations

import json
import socket
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import shapely

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.sources import osm_tags, web
from schoolnet.sources.text import MOST, short, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import requests

    from schoolnet.sources.web import Net

MOST_KM2 = 20_000  # a district; the smallest oblast has five times as much
_MARGIN = 0.15  # degrees round the outline: 10 km of longitude at 55° N, and more elsewhere (option margin_m)
_SECONDS = 180  # Overpass may compute
_MOST_BYTES = 400_000_000  # of an answer
_EQUAL_AREA = "EPSG:6933"
_KINDS = ("node", "way", "relation")
_LETTER = {"node": "n", "way": "w", "relation": "r"}
_SMALLER = Message("Name a smaller place, or fetch the country's extract: `schoolnet fetch kazakhstan --only map`.")


class Servers(NamedTuple):
    """Where Nominatim and Overpass are; an office may have its own."""

    nominatim: str = "https://nominatim.openstreetmap.org/"
    overpass: str = "https://overpass-api.de/api"
    #: whether Overpass is asked when it has time for us
    polite: bool = True


class Place(NamedTuple):
    """A place by its name: what Nominatim calls it, and its outline (WGS 84)."""

    name: str
    shape: Any


def find(place: str, net: Net, servers: Servers) -> Place:
    """Return the outline of a place of Kazakhstan.

    Raises
    ------
    SourceError
        There is none of this name with an outline, it is too large, or Nominatim cannot be reached.
    """
    import osmnx

    with _asked(servers, net) as asked:
        try:
            found = asked(lambda: osmnx.geocode_to_gdf({"q": place, "countrycodes": "kz"}), "Nominatim")
        except (osmnx._errors.InsufficientResponseError, TypeError):  # noqa: SLF001 - its public name for “no outline”
            problem = Message("no outline of a place called “{place}” was found in Kazakhstan.", place=place)
            remedy = Message("Name a district or town, with its oblast: “Айыртау ауданы, Солтүстік Қазақстан облысы”.")
            raise SourceError(Fault(problem, remedy)) from None
    name, shape = short(tidy(str(found["display_name"].iloc[0])), MOST), found.geometry.iloc[0]
    km2 = float(found.to_crs(_EQUAL_AREA).geometry.area.iloc[0]) / 1e6
    if not km2 <= MOST_KM2:  # nor what is no number
        values = {"name": name, "km2": f"{km2:.0f}", "most": MOST_KM2}
        raise SourceError(Fault(Message("{name} has {km2} km², more than the {most} allowed.", **values), _SMALLER))
    return Place(name, shape)


def extract(place: Place, path: Path, net: Net, servers: Servers) -> None:
    """Write the map objects in and round a place that are read of an extract, as .osm.pbf.

    Raises
    ------
    SourceError
        Overpass cannot be reached, is too busy, or gives no whole answer.
    """
    with _asked(servers, net) as asked:
        answer = asked(lambda: _elements(query(place.shape)), "Overpass")
    elements = answer.get("elements")
    if "remark" in answer or not isinstance(elements, list) or not elements:  # a remark: it ran out of time or memory
        raise SourceError(Fault(Message("Overpass gave no whole answer."), _SMALLER, "Overpass"))
    try:
        write(elements, path)
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise SourceError(Fault(Message("Overpass gave no whole answer."), web.LATER, "Overpass")) from None


def query(shape: Any) -> str:
    """Return what Overpass is asked: the objects the reader reads, with all they are made of."""
    west, south, east, north = shapely.bounds(shape)
    box = ",".join(f"{edge:.4f}" for edge in (south - _MARGIN, west - _MARGIN, north + _MARGIN, east + _MARGIN))
    values: dict[str, list[str]] = {}
    for key, value in osm_tags.wanted():
        values.setdefault(key, []).append(value)
    values.pop("boundary")  # of districts only: an oblast's whole outline would come along
    parts = [f'nwr["{key}"~"^({"|".join(sorted(set(some)))})$"]({box});' for key, some in sorted(values.items())]
    parts.append(f'rel["boundary"="administrative"]["admin_level"="6"]({box});')
    return f"[out:json][timeout:{_SECONDS}];({''.join(parts)});(._;>;);out body;"


def write(elements: list[Mapping[str, Any]], path: Path) -> None:
    """Write Overpass's elements as .osm.pbf, sorted by kind and number, each once."""
    import osmium
    from osmium.osm.mutable import Node, Relation, Way

    found = {(_KINDS.index(one["type"]), int(one["id"])): one for one in elements}
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf"), overwrite=True) as out:
        for kind, number in sorted(found):
            one = found[kind, number]
            tags = {str(key): str(value) for key, value in one.get("tags", {}).items()}
            if _KINDS[kind] == "node":
                out.add_node(Node(id=number, location=(float(one["lon"]), float(one["lat"])), tags=tags))
            elif _KINDS[kind] == "way":
                out.add_way(Way(id=number, nodes=[int(node) for node in one["nodes"]], tags=tags))
            else:
                members = [(_LETTER[each["type"]], int(each["ref"]), str(each["role"])) for each in one["members"]]
                out.add_relation(Relation(id=number, members=members, tags=tags))


def outline(place: Place, path: Path) -> None:
    """Write the outline of a place as GeoJSON."""
    feature = {
        "type": "Feature",
        "properties": {"name": place.name.split(",")[0].strip()},
        "geometry": json.loads(shapely.to_geojson(place.shape)),
    }
    said = {"type": "FeatureCollection", "features": [feature]}
    path.write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")


def _elements(asked: str) -> dict[str, Any]:
    """Return Overpass's answer: the one place where a function is used that osmnx does not promise to keep."""
    from osmnx import _overpass

    return _overpass._overpass_request(OrderedDict(data=asked))  # noqa: SLF001


@contextmanager
def _asked(servers: Servers, net: Net) -> Iterator[Any]:
    """Give a function that asks by osmnx, with its settings and its change of the name service put back afterwards."""
    import osmnx

    def ask(call: Any, server: str) -> Any:
        def attempt() -> Any:
            try:
                with web.failures(server):
                    return call()
            except osmnx._errors.InsufficientResponseError as error:  # noqa: SLF001
                if error.__cause__ is None:  # there is an answer, and it names no place
                    raise
                problem = Message("the source gave an answer that is not understood.")
                raise SourceError(Fault(problem, web.LATER, server)) from None

        return web.repeated(attempt, net)

    chosen = {
        "nominatim_url": servers.nominatim,
        "overpass_url": servers.overpass,
        "overpass_rate_limit": servers.polite,
        "use_cache": False,
        "doh_url_template": None,
        "http_user_agent": web.AGENT,
        "http_referer": web.AGENT,
        "requests_timeout": _SECONDS,
        "requests_kwargs": {"allow_redirects": False, "stream": True, "hooks": {"response": _looked_at}},
    }
    before = {name: getattr(osmnx.settings, name) for name in chosen}
    names = socket.getaddrinfo
    try:
        for name, value in chosen.items():
            setattr(osmnx.settings, name, value)
        yield ask
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = names


def _looked_at(found: requests.Response, **_: Any) -> None:
    """Refuse a busy server (osmnx would ask it again and again) and an answer too large to be held."""
    if not found.ok or found.is_redirect:
        web.refuse(found, urlsplit(found.url).hostname or "")
    body = bytearray()
    for piece in found.iter_content(1 << 20):
        body += piece
        if len(body) > _MOST_BYTES:
            raise SourceError(Fault(Message("the source gives more than can be held."), _SMALLER))
    found._content = bytes(body)  # noqa: SLF001 - what .json() reads
