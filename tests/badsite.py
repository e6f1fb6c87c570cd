"""A web server of this machine that behaves badly on purpose: used by the tests of downloads.

Each path has a body and a list of acts, one for each request; when they are used up it behaves as RFC 9110 says.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus


class Site:
    """The server; `log` holds path and headers of every request, in order."""

    def __init__(self):
        self.bodies, self.acts, self.log, self.over = {}, {}, [], threading.Event()
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def put(self, name, body, *acts):
        self.bodies[name], self.acts[name] = body, list(acts)
        return self.base + name

    def ranges(self, name):
        return [headers.get("Range") for path, headers in self.log if path == name]

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_):
        """Say nothing of a client that has gone."""


def _handler(site):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name, _, query = self.path[1:].partition("?")
            site.log.append((name, {**self.headers, "query": unquote_plus(query)}))
            acts = site.acts.get(name, [])
            act = acts.pop(0) if acts else whole
            self.over = site.over
            with contextlib.suppress(ConnectionError):
                act(self, site.bodies.get(name, b""))

        def do_POST(self):
            self.asked = self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_):
            """Print nothing."""

        def head(self, status, **headers):
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key.replace("_", "-"), str(value))
            self.end_headers()

    return Handler


def tag(body):
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def start(handler, body):
    """Return the byte asked for, when the version asked for is this one."""
    found = re.fullmatch(r"bytes=([0-9]+)-", handler.headers.get("Range", ""))
    return int(found[1]) if found and handler.headers.get("If-Range") == tag(body) else None


def whole(handler, body, *, upto=None, etag=None):
    """Answer as RFC 9110 says; `upto`: only so many bytes of it are sent, then the line is cut."""
    at, etag = start(handler, body), etag or tag(body)
    if at is None:
        handler.head(200, Content_Length=len(body), ETag=etag)
    elif at >= len(body):
        handler.head(416, Content_Range=f"bytes */{len(body)}", ETag=etag)
        return
    else:
        span = f"bytes {at}-{len(body) - 1}/{len(body)}"
        handler.head(206, Content_Length=len(body) - at, Content_Range=span, ETag=etag)
    handler.wfile.write(body[at or 0 :][:upto])


def cut(upto):
    return lambda handler, body: whole(handler, body, upto=upto)


def stall(upto):
    def act(handler, body):
        whole(handler, body, upto=upto)
        handler.wfile.flush()
        handler.over.wait(20)

    return act


def without_ranges(handler, body):
    handler.head(200, Content_Length=len(body), ETag=tag(body))
    handler.wfile.write(body)


def saying(length, *, etag='"v"'):
    """Say another length than there is; None: say none."""

    def act(handler, body):
        handler.head(200, **({} if length is None else {"Content_Length": length}), ETag=etag)
        handler.wfile.write(body)

    return act


def status(code, **headers):
    return lambda handler, _body: handler.head(code, **headers)


def page(handler, _body, *, kind="text/html; charset=utf-8"):
    handler.head(200, Content_Type=kind, ETag='"page"')
    handler.wfile.write(b"\n <!DOCTYPE html><title>Sign in</title>")


def round_and_round(handler, _body):
    handler.head(302, Location=handler.path)


def always(act):
    """Return the act so often that the server never behaves."""
    return [act] * 100


def endless(handler, _body):
    handler.head(200)
    while not handler.over.is_set():
        handler.wfile.write(b"a,b\n" * 10_000)


def other_version(handler, body):
    """Give the part asked for, but of another version than was asked for."""
    at = int(handler.headers["Range"][6:-1])
    span = f"bytes {at}-{len(body) - 1}/{len(body)}"
    handler.head(206, Content_Range=span, Content_Length=len(body) - at, ETag='"other"')
    handler.wfile.write(body[at:])
