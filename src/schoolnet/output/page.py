"""A page of one map that opens without internet: Leaflet, one script, one style and one JSON block, all inside.

A content-security policy in its head forbids every request, so nothing can be loaded even by mistake; where a server of
background tiles is named, pictures of that one are let through.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, cast

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from jinja2 import Template

from schoolnet.errors import Fault, SourceError
from schoolnet.messages import Message
from schoolnet.output import sealed, words

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAFLET = ("leaflet", "leaflet_css")


class _Raw(Element):
    """Text that goes into the page as it is: a name in it is never read as a template."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Head(Element):
    """Head of the page: where folium links to a script or style, its text is put in."""

    def add_child(self, child: Element, name: str | None = None, index: int | None = None) -> Element:
        if isinstance(child, JavascriptLink):
            child = _Raw(f"<script>{_script(_asset(child.url))}</script>")
        elif isinstance(child, CssLink):
            child = _Raw(f"<style>{_asset(child.url)}</style>")
        return super().add_child(child, name=name, index=index)


class _Page(Figure):
    """A page that can load nothing from outside, but for pictures of one server where it is named."""

    def __init__(self, title: str, images: str) -> None:
        super().__init__(title=html.escape(title))
        self.header = _Head()
        self.header._parent = self  # noqa: SLF001 - as Figure does with its own head
        self.header.add_child(_Raw('<meta charset="utf-8">'), name="charset")
        self.header.add_child(_Raw(sealed.policy(images)), name="policy")


class _Panel(MacroElement):
    """The data, the panel beside the map, and the script that draws both."""

    def __init__(self, data: Mapping[str, Any], map_name: str, script: str, style: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.data, self.map_name, self.script, self.style = data, map_name, script, style

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]
        page = cast("Figure", self.get_root())
        off = html.escape(words.load(self.data["lang"]).text("ui.noscript"))
        page.header.add_child(_Raw(f"<style>{self.style}</style>"), name="panel_style")
        page.html.add_child(_Raw(f'<aside id="panel"><noscript>{off}</noscript></aside>'), name="panel")
        page.html.add_child(_Raw(sealed.block(self.data)), name="panel_data")
        page.script.add_child(_Raw(f"{self.script}\nschoolnet({self.map_name});"), name="panel_script")
        super().render(**kwargs)  # type: ignore[no-untyped-call]


class PageMap(folium.Map):
    """A Leaflet map without tiles, on a page of its own, with a panel.

    Parameters
    ----------
    data
        What the script is given as JSON; `lang` is the language the page opens in.
    title
        Title of the page.
    script
        Defines `schoolnet`, which is given the Leaflet map and draws the rest.
    style
        Its style.
    lean
        Put in Leaflet only; otherwise folium's full set, so that folium's markers can be added to the map.
    images
        The one server pictures may be asked of (`https://host`); none when empty.
    """

    def __init__(
        self, data: Mapping[str, Any], *, title: str, script: str, style: str, lean: bool, images: str = ""
    ) -> None:
        super().__init__(tiles=None, prefer_canvas=True, attribution_control=False, zoom_snap=0.25, max_zoom=16)
        self._id = "plan"  # the same plan gives the same file, byte for byte
        self.default_js = [link for link in self.default_js if link[0] in _LEAFLET or not lean]
        self.default_css = [link for link in self.default_css if link[0] in _LEAFLET or not lean]
        _Page(title, images).add_child(self)
        self.add_child(_Panel(data, self.get_name(), script, style))


def _asset(url: str) -> str:
    """Return a script or style of folium by its address, from the copies in folium-offline."""
    from offlinefolium.elements import _res

    if url not in _res:
        remedy = Message("Leave out the folium plugin that asks for it: the map must open without internet.")
        raise SourceError(Fault(Message("folium-offline holds no copy of {url}.", url=url), remedy))
    return str(_res[url])


def _script(text: str) -> str:
    # both sequences stand in strings and patterns of scripts, where the backslash changes nothing
    return re.sub(r"<(/script|!--)", r"<\\\1", text, flags=re.IGNORECASE)
