"""What seals a page: a policy that forbids every request, and a block of data that cannot end the page it stands in."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:{images}; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)
_JSON_SAFE = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def policy(images: str = "") -> str:
    """Return what forbids a page every request, for its head; but pictures of the one host named, if any."""
    content = html.escape(_POLICY.format(images=f" {images}" if images else ""), quote=False).replace('"', "&quot;")
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'


def block(data: Mapping[str, Any]) -> str:
    """Return the data of a page's script as an element; a name in them never reads as markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_JSON_SAFE)
    return f'<script type="application/json" id="schoolnet-data">{text}</script>'
