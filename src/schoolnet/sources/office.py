"""Look at what an office sets for the network: its certificates (REQUESTS_CA_BUNDLE) and its proxy (HTTPS_PROXY).

Where one is wrong, requests says it of the disk, of the source's certificate, or of an address it is sent on to.
"""

from __future__ import annotations

import os
import ssl
from importlib.util import find_spec
from pathlib import Path
from urllib.request import getproxies

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # in this order, as requests looks
PROXY_SHUT = Message(
    "the proxy named in HTTPS_PROXY, or in the settings of the system, does not answer or does not let us through."
)
PROXY = Message("Correct HTTPS_PROXY: http://host:port, or http://name:password@host:port where it asks for them.")


def look_at_certificates(file: str) -> None:
    """Raise when what the office has named as certificates is none: requests says it of the disk, or of the source."""
    name = next((name for name in _BUNDLES if os.environ.get(name)), None)
    if name is None or (path := Path(os.environ[name])).is_dir():
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (OSError, ValueError):
        problem = Message("the certificates named in {name} cannot be read: {path}.", name=name, path=str(path))
        raise SourceError(Fault(problem, Message("Correct {name}.", name=name), file)) from None


def look_at_proxies(file: str) -> None:
    """Raise when a proxy of the office is no address, or of a kind that nothing here speaks to."""
    import urllib3

    for proxy in (value for scheme, value in getproxies().items() if scheme in ("https", "http", "all")):
        try:
            at = urllib3.util.parse_url(proxy if "://" in proxy else f"http://{proxy}")
        except urllib3.exceptions.LocationParseError:
            at = urllib3.util.Url()
        if at.host and (at.scheme or "").startswith("socks"):
            if find_spec("socks") is None:
                problem = Message("a socks proxy needs the Python package PySocks, and it is not installed.")
                remedy = Message("Install it: `pip install PySocks`, or name an http proxy in HTTPS_PROXY.")
                raise SourceError(Fault(problem, remedy, file))
        elif not at.host or at.scheme not in ("http", "https"):
            problem = Message("the proxy named in HTTPS_PROXY, or in the settings of the system, is not understood.")
            raise SourceError(Fault(problem, PROXY, file))
