"""Background tiles of the map, an option: the one server it may ask, and the name of whose tiles they are."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from schoolnet.errors import Fault, OptionError
from schoolnet.messages import Message

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_PATH = re.compile(r"[A-Za-z0-9._~/{}?=&%@,:-]*")
_PLACES = ("{z}", "{x}", "{y}")


class Tiles(NamedTuple):
    """Address of the tiles with places for zoom, column and row; where they come from, for the page's policy."""

    url: str
    origin: str
    attribution: str


def checked(url: str, attribution: str = "") -> Tiles:
    """Return an address of tiles, checked: https, one host, the places {z}, {x} and {y} and no others.

    Raises
    ------
    OptionError
        With what is amiss.
    """
    remedy = Message("Give an address such as {example}.", example="https://tile.example.org/{z}/{x}/{y}.png")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise OptionError(
            Fault(Message("the address of the tiles is not understood: “{url}”.", url=url), remedy)
        ) from None
    faults = []
    if parts.scheme != "https" or parts.netloc not in (host, f"{host}:{port}") or not _HOST.fullmatch(host):
        faults.append(
            Message("the address of the tiles must begin with https:// and the name of one server: “{url}”.", url=url)
        )
    path = url[len(f"https://{parts.netloc}") :]
    left = re.sub(r"\{[zxy]\}", "", path)
    if any(path.count(one) != 1 for one in _PLACES) or set("{}") & set(left):
        faults.append(
            Message(
                "the address of the tiles must hold z, x and y in braces, each once, and no other: “{url}”.", url=url
            )
        )
    elif not _PATH.fullmatch(path):
        faults.append(
            Message("the address of the tiles holds a character that does not belong there: “{url}”.", url=url)
        )
    if faults:
        raise OptionError([Fault(one, remedy) for one in faults])
    return Tiles(url, f"https://{parts.netloc}", attribution)
