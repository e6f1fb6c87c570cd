"""Headless Chromium by Playwright: a page opened from disk, with every request and message of the browser kept."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DESKTOP, PHONE = (1366, 768), (390, 844)
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


class Seen(NamedTuple):
    """An open page, the addresses it asked for besides its own file, and what the browser complained of."""

    page: Any
    asked: list[str]
    said: list[str]


@contextmanager
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=[*_FLAGS])
        yield opened
        opened.close()


def opened(chromium: Any, path: Path, *, size: tuple[int, int] = DESKTOP, hash_: str = "") -> Seen:
    """Open a file, and wait until its script is through."""
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    asked: list[str] = []
    said: list[str] = []
    address = path.as_uri()
    page.on("request", lambda one: asked.append(one.url) if not one.url.startswith((address, "data:")) else None)
    page.on("console", lambda one: said.append(f"{one.type}: {one.text}"))
    page.on("pageerror", lambda one: said.append(str(one)))
    page.goto(f"{address}{hash_}")
    page.wait_for_selector('body[data-ready="1"]', state="attached")
    return Seen(page, asked, said)
