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
from schoolnet.sources import download, osm_tags, web
from schoolnet.sources.text import MOST, short, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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
_MOST_DEGREES = (180, 90)  # of longitude and latitude
_MOST_ID = 2**53  # what is more is no number of OpenStreetMap, and JSON does not keep it
_MOST_TEXT = 1024  # bytes of a key, value or role, as libosmium has it
_LETTER_BYTES, _PART_BYTES = 4, 16  # a letter, an object and a part of it take at most
_ODD = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)  # where an answer is of another form
_NOT_UNDERSTOOD = Message("the source gave an answer that is not understood.")
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


class Element(NamedTuple):
    """A map object: its kind (index of _KINDS), number, tags, and longitude and latitude, nodes, or members."""

    kind: int
    id: int
    tags: dict[str, str]
    parts: tuple[Any, ...]


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
            made = _place(found)
        except (*_ODD, shapely.errors.ShapelyError) as error:
            none = isinstance(error, osmnx._errors.InsufficientResponseError)  # noqa: SLF001
            if not none and not isinstance(error.__cause__, TypeError):  # so osmnx says that a place has no outline
                raise SourceError(Fault(_NOT_UNDERSTOOD, web.LATER, "Nominatim")) from None
            problem = Message("no outline of a place called “{place}” was found in Kazakhstan.", place=place)
            remedy = Message("Name a district or town, with its oblast: “Айыртау ауданы, Солтүстік Қазақстан облысы”.")
            raise SourceError(Fault(problem, remedy)) from None
    km2 = float(found.to_crs(_EQUAL_AREA).geometry.area.iloc[0]) / 1e6
    if km2 > MOST_KM2:
        values = {"name": made.name, "km2": f"{km2:.0f}", "most": MOST_KM2}
        raise SourceError(Fault(Message("{name} has {km2} km², more than the {most} allowed.", **values), _SMALLER))
    return made


def _place(found: Any) -> Place:
    """Return the first place of an answer, or raise one of `_ODD`."""
    name, shape = short(tidy(str(found["display_name"].iloc[0])), MOST), found.geometry.iloc[0]
    degrees = abs(shapely.get_coordinates(shape))
    if not len(degrees) or not (degrees <= _MOST_DEGREES).all():  # nor what is no number
        raise ValueError
    return Place(name, shape)


def extract(place: Place, path: Path, net: Net, servers: Servers) -> None:
    """Write the map objects in and round a place that are read of an extract, as .osm.pbf.

    Raises
    ------
    SourceError
        Overpass cannot be reached, is too busy, or gives no whole answer; the extract cannot be written.
    """
    try:
        with _asked(servers, net) as asked:
            answer = asked(lambda: _elements(query(place.shape)), "Overpass")
        elements = answer.get("elements")
        if "remark" in answer or not isinstance(elements, list) or not elements:  # it ran out of time or memory
            raise SourceError(Fault(Message("Overpass gave no whole answer."), _SMALLER, "Overpass"))
        taken = sorted({(made.kind, made.id): made for made in map(_element, elements)}.values())
    except _ODD:
        raise SourceError(Fault(Message("Overpass gave no whole answer."), web.LATER, "Overpass")) from None
    with download.written(path.parent, path.name):
        write(taken, path)


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


def _element(one: Any) -> Element:
    """Return a map object of an answer, or raise one of `_ODD`: nothing reaches the writer that it would not take."""
    kind = _KINDS.index(one["type"])
    tags = {_text(key): _text(value) for key, value in one.get("tags", {}).items()}
    if _KINDS[kind] == "node":
        lon, lat = float(one["lon"]), float(one["lat"])
        if not (abs(lon) <= _MOST_DEGREES[0] and abs(lat) <= _MOST_DEGREES[1]):  # nor what is no number
            raise ValueError
        return Element(kind, _id(one["id"]), tags, (lon, lat))
    if _KINDS[kind] == "way":
        return Element(kind, _id(one["id"]), tags, tuple(map(_id, one["nodes"])))
    members = tuple((_LETTER[each["type"]], _id(each["ref"]), _text(each["role"])) for each in one["members"])
    return Element(kind, _id(one["id"]), tags, members)


def _id(said: Any) -> int:
    if not 0 < int(said) < _MOST_ID:
        raise ValueError
    return int(said)


def _text(said: Any) -> str:
    """Return a text as it is; half a letter is a `UnicodeError`."""
    if "\0" in str(said) or len(str(said).encode()) > _MOST_TEXT:
        raise ValueError
    return str(said)


def write(elements: Sequence[Element], path: Path) -> None:
    """Write map objects, in their order, as .osm.pbf.

    Raises
    ------
    OSError, SourceError
        The file cannot be written, or the disk has no room. Both are looked at before: the writer of osmium ends the
        whole program where its file cannot be closed.
    """
    import osmium
    from osmium.osm.mutable import Node, Relation, Way

    texts = sum(len(key) + len(value) for one in elements for key, value in one.tags.items())
    parts = sum(1 + len(one.parts) for one in elements)
    download.room(path.parent, _LETTER_BYTES * texts + _PART_BYTES * parts, path.name)
    path.write_bytes(b"")
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf"), overwrite=True) as out:
        for one in elements:
            if _KINDS[one.kind] == "node":
                out.add_node(Node(id=one.id, location=one.parts, tags=one.tags))
            elif _KINDS[one.kind] == "way":
                out.add_way(Way(id=one.id, nodes=one.parts, tags=one.tags))
            else:
                out.add_relation(Relation(id=one.id, members=one.parts, tags=one.tags))


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
            except (ValueError, RecursionError) as error:
                none = isinstance(error, osmnx._errors.InsufficientResponseError)  # noqa: SLF001
                if none and error.__cause__ is None:  # there is an answer, and it names no place
                    raise
                raise SourceError(Fault(_NOT_UNDERSTOOD, web.LATER, server)) from None

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
