"""Call an address over https: who we are, how long we wait, when we try again, and what is said when it fails.

Redirects are followed, but never to an address without https, nor to a file: no adapter is there that would open it.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import math
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.sources import office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests

_T = TypeVar("_T")
AGENT = "schoolnet (school-network planning for Kazakhstan)"
_REDIRECTS = 5
_LONGEST_WAIT_S = 300.0  # a server that asks for more is left alone
_BACKOFF_MOST_S = 60
_MINUTES_UPTO_S, _HOURS_UPTO_S = 2 * 3600, 3 * 86_400
_TRIES_OFFLINE = 1
_TOO_OFTEN, _PROXY_ASKS = 429, 407
_BUSY = (_TOO_OFTEN, 500, 502, 503, 504)
_NOT_THERE, _FORBIDDEN = (404, 410), (401, 402, 403, 451)
OK, PART, NO_RANGE = 200, 206, 416
NO_ANSWER = Message("no connection to the source.")
AGAIN = Message("Check the connection and run the command again: it goes on where it stopped.")
LATER = Message("Run the command again later: it goes on where it stopped.")


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


class Net(NamedTuple):
    """How the network is used.

    Attributes
    ----------
    plain
        Beginnings of addresses that may be called without https (“http://127.0.0.1:8000/”): servers of this machine.
    sleep, now
        Wait for seconds; the time of the record.
    connect_s, read_s
        Seconds until a connection, or the next bytes, are given up.
    tries
        How often a failed attempt that brought nothing new is repeated; where nobody answers at all, once at most.
    """

    plain: tuple[str, ...] = ()
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], dt.datetime] = _now
    connect_s: float = 15
    read_s: float = 60
    tries: int = 5


class AddressError(SourceError):
    """The address does not lead to the file, while the line is in order: another address may."""


class OfflineError(SourceError):
    """Nobody answered at all."""


class BusyError(Exception):
    """An attempt failed in a way that may pass: what is said if it does not, and seconds the server asks for.

    `lasting`: what is raised if it does not pass; nobody answering at all is not tried for long.
    """

    def __init__(self, fault: Fault, after_s: float | None = None, *, lasting: type[SourceError] = SourceError) -> None:
        super().__init__(str(fault))
        self.fault, self.after_s, self.lasting = fault, after_s, lasting


def session(net: Net) -> requests.Session:
    """Return a session that knows https only, and the plain addresses of `net`."""
    import requests
    from requests.adapters import HTTPAdapter

    made = requests.Session()
    made.adapters.pop("http://")
    for beginning in net.plain:
        made.mount(beginning, HTTPAdapter())
    made.max_redirects = _REDIRECTS
    made.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})
    made.auth = _unsigned  # no password of a .netrc goes along
    return made


def _unsigned(request: Any) -> Any:
    return request


@contextmanager
def answer(
    calls: requests.Session, url: str, file: str, net: Net, *, headers: dict[str, str] | None = None
) -> Iterator[requests.Response]:
    """Call an address and give its answer, whose body is not read yet, when it is whole, a part, or “no such part”.

    Raises
    ------
    BusyError
        What may pass: no connection, cut off, stalled, 429, 5xx.
    AddressError
        What does not, of this address: 404, 403, a redirect away from https or without end.
    SourceError
        What does not: an unknown certificate, a server that asks to be left alone for long.
    """
    good = (OK, PART, NO_RANGE) if headers else (OK,)
    with failures(file), _called(calls, url, headers, (net.connect_s, net.read_s)) as found:
        if found.status_code not in good:
            refuse(found, file)
        yield found


def _called(
    calls: requests.Session, url: str, headers: dict[str, str] | None, seconds: tuple[float, float]
) -> requests.Response:
    import requests

    try:
        return calls.get(url, headers=headers, stream=True, timeout=seconds)
    except requests.RequestException:
        raise
    except OSError:  # else it would be taken for one of the file that is written
        raise requests.exceptions.ConnectionError from None
    except ValueError:  # what it is sent on to is no address at all
        raise requests.exceptions.InvalidURL from None


@contextmanager
def failures(file: str) -> Iterator[None]:
    """Turn what the libraries say of a failed call into words: they name addresses, which may hold passwords.

    Raises
    ------
    BusyError, SourceError
        As for `answer`.
    """
    import requests
    import urllib3

    office.look_at_certificates(file)
    try:
        yield
    except requests.exceptions.ProxyError:
        raise BusyError(Fault(office.PROXY_SHUT, office.PROXY, file), lasting=OfflineError) from None
    except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL):
        office.look_at_proxies(file)
        problem = Message("the source sends on to an address that is not https.")
        raise AddressError(Fault(problem, _by_hand(), file)) from None
    except requests.TooManyRedirects:
        problem = Message("the source sends from one address to the next without end.")
        raise AddressError(Fault(problem, _by_hand(), file)) from None
    except (requests.exceptions.SSLError, urllib3.exceptions.SSLError):
        problem = Message("the source's certificate is not known here, so nothing was fetched.")
        remedy = Message("If your office has a proxy with a certificate of its own, name it in REQUESTS_CA_BUNDLE.")
        raise SourceError(Fault(problem, remedy, file)) from None
    except (requests.Timeout, urllib3.exceptions.TimeoutError):
        raise BusyError(Fault(Message("the source did not answer in time."), AGAIN, file)) from None
    except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError):
        raise BusyError(Fault(Message("the connection was cut off."), AGAIN, file)) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError):
        raise BusyError(Fault(NO_ANSWER, AGAIN, file), lasting=OfflineError) from None


def refuse(found: requests.Response, file: str) -> None:
    """Raise what an answer that is no success means.

    Raises
    ------
    BusyError, SourceError
        As for `answer`.
    """
    status = found.status_code
    if status == _PROXY_ASKS:
        raise SourceError(Fault(office.PROXY_SHUT, office.PROXY, file))
    if status in _BUSY:
        after = _after(found)
        if after is not None and after > _LONGEST_WAIT_S:
            raise SourceError(Fault(_come_back(after), LATER, file))
        problem = Message("the source is busy or out of order (status {status}).", status=status)
        lasting = SourceError if status == _TOO_OFTEN else AddressError
        raise BusyError(Fault(problem, LATER, file), after, lasting=lasting)
    if status in _NOT_THERE:
        problem = Message("the source has no such file any more (status {status}).", status=status)
    elif status in _FORBIDDEN:
        problem = Message("the source does not give the file to us (status {status}).", status=status)
    else:
        problem = Message("the source gave an answer that is not understood (status {status}).", status=status)
    raise AddressError(Fault(problem, _by_hand(), file))


def _after(found: requests.Response) -> float | None:
    """Return the seconds a server asks to wait, in a number or a date (RFC 9110, 10.2.3); None: it asks nothing sane.

    Read here since urllib3 takes six hours for whatever is more, and a planner is to be told when to come back.
    """
    said = found.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return float(said)
    try:
        at = email.utils.parsedate_to_datetime(said)
        return max(0.0, (at.astimezone(dt.UTC) - _now()).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _come_back(after_s: float) -> Message:
    """Return when to come back, never too early: in minutes up to two hours, in hours up to three days, in days."""
    if after_s <= _MINUTES_UPTO_S:
        return Message("the source asks to come back in {minutes} minutes.", minutes=math.ceil(after_s / 60))
    if after_s <= _HOURS_UPTO_S:
        return Message("the source asks to come back in {hours} hours.", hours=math.ceil(after_s / 3600))
    return Message("the source asks to come back in {days} days.", days=math.ceil(after_s / 86_400))


def _by_hand() -> Message:
    return Message("Fetch the file by hand.")


def repeated(attempt: Callable[[], _T], net: Net, progress: Callable[[], int] = int) -> _T:
    """Return what an attempt gives; one that fails in a way that may pass is repeated after a while.

    Parameters
    ----------
    attempt
        Raises `BusyError` when it may be repeated.
    net
        How often, and how it is waited: at once, after 2 s, twice as long each time, or as long as the server asks.
    progress
        How far the attempts have come, in steps; the count begins anew when it rises.

    Raises
    ------
    SourceError
        The attempts are used up: what the last one failed of (`AddressError`, `OfflineError` where it was that).
    """
    failed = offline = 0
    reached = progress()
    while True:
        try:
            return attempt()
        except BusyError as busy:
            if progress() > reached:
                failed = offline = 0
                reached = progress()
            own = min(_BACKOFF_MOST_S, 2**failed) if failed else 0
            failed += 1
            offline += busy.lasting is OfflineError
            if failed > net.tries or offline > _TRIES_OFFLINE:
                raise busy.lasting(busy.fault) from None
            net.sleep(own if busy.after_s is None else busy.after_s)
